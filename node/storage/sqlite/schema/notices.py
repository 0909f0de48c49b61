"""What the owner is told away from the pages: where, when, and what waits for it."""

NOTICES = (
    # An address at which a person of an actor is told. `config` holds its secrets, and is shown to nobody.
    """
    CREATE TABLE notice_channels (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        person TEXT NOT NULL,
        medium TEXT NOT NULL,
        address TEXT NOT NULL,
        config TEXT NOT NULL,
        added_at TEXT NOT NULL,
        lately TEXT NOT NULL,
        failures INTEGER NOT NULL CHECK (failures >= 0),
        rests_until TEXT,
        tried_at TEXT,
        reception TEXT NOT NULL,
        trouble TEXT NOT NULL,
        lost INTEGER NOT NULL CHECK (lost >= 0),
        PRIMARY KEY (actor, id)
    ) STRICT
    """,
    """
    CREATE TABLE notice_settings (
        actor TEXT PRIMARY KEY, document TEXT NOT NULL, set_at TEXT NOT NULL
    ) STRICT
    """,
    # One row for each thing that happened and each address, until it is told.
    """
    CREATE TABLE notices (
        actor TEXT NOT NULL,
        channel TEXT NOT NULL,
        event TEXT NOT NULL,
        kind TEXT NOT NULL,
        about TEXT NOT NULL,
        within TEXT NOT NULL,
        peer TEXT NOT NULL,
        at TEXT NOT NULL,
        due_at TEXT NOT NULL,
        digest INTEGER NOT NULL CHECK (digest IN (0, 1)),
        begun INTEGER NOT NULL CHECK (begun >= 0),
        PRIMARY KEY (actor, channel, event)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX notices_due ON notices (actor, channel, due_at, event)",
    "CREATE INDEX notices_of_kind ON notices (actor, channel, kind)",
    "CREATE INDEX notices_about ON notices (actor, about)",
    "CREATE INDEX notices_within ON notices (actor, within)",
    # The node's own key for push services, and the browsers that are told, by their sign-ins.
    """
    CREATE TABLE push_keys (
        number INTEGER PRIMARY KEY CHECK (number = 1),
        private BLOB NOT NULL CHECK (length(private) = 32),
        made_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE push_devices (
        session TEXT PRIMARY KEY, actor TEXT NOT NULL, channel TEXT NOT NULL UNIQUE
    ) STRICT
    """,
    # Dates of agreements that the owner is reminded of.
    """
    CREATE TABLE reminders (
        actor TEXT NOT NULL,
        kind TEXT NOT NULL,
        agreement TEXT NOT NULL,
        due_at TEXT NOT NULL,
        PRIMARY KEY (actor, kind, agreement)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX reminders_due ON reminders (due_at)",
    "CREATE INDEX notices_begun ON notices (actor, channel, at, event) WHERE begun > 0",
)
