"""How its owner gets into the pages."""

ACCESS = (
    # Who is behind all of it; an owner who is alone has no row.
    """
    CREATE TABLE persons (
        id TEXT PRIMARY KEY,
        handle TEXT NOT NULL,
        name TEXT NOT NULL,
        added_at TEXT NOT NULL,
        removed_at TEXT
    ) STRICT
    """,
    "CREATE INDEX persons_by_handle ON persons (handle, added_at, id)",
    # They are few: what holds no more is dropped, and a sign-in more than are kept ends the oldest.
    """
    CREATE TABLE web_sessions (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        past_hash BLOB CHECK (length(past_hash) = 32),
        form_token TEXT NOT NULL,
        handle TEXT NOT NULL,
        person TEXT NOT NULL CHECK (person <> ''),
        how TEXT NOT NULL,
        device TEXT NOT NULL,
        opened_at TEXT NOT NULL,
        seen_at TEXT NOT NULL,
        stepped_up_at TEXT
    ) STRICT
    """,
    """
    CREATE TABLE sign_in_links (
        hash BLOB PRIMARY KEY CHECK (length(hash) = 32),
        handle TEXT NOT NULL,
        person TEXT NOT NULL CHECK (person <> ''),
        expires_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # What proves that it is the owner.
    """
    CREATE TABLE passkeys (
        id TEXT PRIMARY KEY,
        credential BLOB NOT NULL UNIQUE,
        handle TEXT NOT NULL,
        person TEXT NOT NULL CHECK (person <> ''),
        site TEXT NOT NULL,
        name TEXT NOT NULL,
        public_key BLOB NOT NULL,
        signatures INTEGER NOT NULL,
        added_at TEXT NOT NULL,
        used_at TEXT
    ) STRICT
    """,
    "CREATE INDEX passkeys_by_person ON passkeys (person, added_at, id)",
    "CREATE TABLE passwords (person TEXT PRIMARY KEY, hash TEXT NOT NULL, set_at TEXT NOT NULL) STRICT",
    "CREATE TABLE recovery_kits (handle TEXT PRIMARY KEY, hash TEXT NOT NULL, made_at TEXT NOT NULL) STRICT",
    "CREATE TABLE access_marks (mark TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT",
    """
    CREATE TABLE undo_times (
        handle TEXT PRIMARY KEY,
        seconds INTEGER NOT NULL,
        set_at TEXT NOT NULL
    ) STRICT
    """,
    # What a program of the owner's reads without a sign-in.
    """
    CREATE TABLE calendars (
        handle TEXT PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        names INTEGER NOT NULL,
        language TEXT NOT NULL,
        zone TEXT NOT NULL,
        made_at TEXT NOT NULL,
        read_at TEXT
    ) STRICT
    """,
    # What waits for another person of the team.
    """
    CREATE TABLE cosignatures (
        id TEXT PRIMARY KEY,
        actor TEXT NOT NULL,
        state TEXT NOT NULL,
        event TEXT NOT NULL,
        party TEXT NOT NULL,
        peer TEXT NOT NULL,
        offer TEXT,
        intention TEXT,
        agreement TEXT,
        currency TEXT NOT NULL,
        body TEXT NOT NULL,
        digest TEXT NOT NULL,
        multibase TEXT NOT NULL,
        standing TEXT NOT NULL,
        seen TEXT,
        kept TEXT NOT NULL,
        basis TEXT,
        asked_by TEXT NOT NULL,
        asked_at TEXT NOT NULL,
        until TEXT NOT NULL,
        ended_by TEXT NOT NULL,
        ended_at TEXT,
        reason TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX cosignatures_by_time ON cosignatures (actor, asked_at)",
    "CREATE INDEX cosignatures_waiting ON cosignatures (actor, until, id) WHERE state = 'asked'",
    """
    CREATE TABLE cosign_limits (
        actor TEXT PRIMARY KEY,
        amount TEXT NOT NULL,
        currency TEXT NOT NULL
    ) STRICT
    """,
)
