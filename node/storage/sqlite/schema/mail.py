"""What came in, what goes out, and what is remembered of where it goes."""

from node.storage.sqlite.schema.tallies import tally

_LINE = (
    "first.recipient = {row}.recipient AND first.actor = {row}.actor AND first.state = 'queued' "
    "AND first.aside = 0 ORDER BY first.entry, first.id LIMIT 1"
)
_MOVE_UP = (
    "UPDATE deliveries SET behind = 0 WHERE behind = 1 AND id = "
    f"(SELECT first.id FROM deliveries AS first WHERE {_LINE});"
)

MAIL = (
    # What came in and what goes out.
    """
    CREATE TABLE receipts (
        activity TEXT NOT NULL,
        recipient TEXT NOT NULL,
        digest TEXT NOT NULL,
        status INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (activity, recipient)
    ) STRICT, WITHOUT ROWID
    """,
    """
    CREATE TABLE deliveries (
        id TEXT PRIMARY KEY,
        actor TEXT NOT NULL,
        activity TEXT NOT NULL,
        entry INTEGER NOT NULL,
        recipient TEXT NOT NULL,
        inbox TEXT NOT NULL,
        origin TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'refused', 'gone', 'cancelled')),
        attempts INTEGER NOT NULL CHECK (attempts >= 0),
        due_at TEXT NOT NULL,
        last_status INTEGER,
        last_error TEXT,
        created_at TEXT NOT NULL,
        settled_at TEXT,
        envelope TEXT NOT NULL,
        tried INTEGER NOT NULL CHECK (tried IN (0, 1)),
        aside INTEGER NOT NULL CHECK (aside IN (0, 1)),
        held_until TEXT,
        behind INTEGER NOT NULL DEFAULT 0 CHECK (behind IN (0, 1)),
        UNIQUE (actor, activity, recipient)
    ) STRICT
    """,
    "CREATE INDEX deliveries_due ON deliveries (behind, due_at, entry) WHERE state = 'queued'",
    "CREATE INDEX deliveries_in_line ON deliveries (recipient, actor, entry, id) WHERE state = 'queued'",
    "CREATE INDEX deliveries_by_inbox ON deliveries (inbox) WHERE state = 'queued'",
    "CREATE INDEX deliveries_by_origin ON deliveries (origin) WHERE state = 'queued'",
    "CREATE INDEX deliveries_by_state ON deliveries (actor, state, created_at, id)",
    "CREATE INDEX deliveries_settled ON deliveries (settled_at) WHERE settled_at IS NOT NULL",
    *tally("deliveries"),
    # What waits behind another of its line is not looked at before that has made way. Whatever is first in
    # its line is behind nothing; what is behind nothing may still not be the first.
    f"""
    CREATE TRIGGER deliveries_line_up AFTER INSERT ON deliveries
    WHEN new.state = 'queued' AND (new.entry, new.id) > (
        SELECT first.entry, first.id FROM deliveries AS first WHERE {_LINE.format(row="new")}
    )
    BEGIN UPDATE deliveries SET behind = 1 WHERE id = new.id; END
    """,
    f"""
    CREATE TRIGGER deliveries_make_way AFTER UPDATE OF state, aside ON deliveries
    WHEN old.state = 'queued' AND old.aside = 0 AND (new.state <> 'queued' OR new.aside = 1)
    BEGIN {_MOVE_UP.format(row="new")} END
    """,
    f"""
    CREATE TRIGGER deliveries_leave AFTER DELETE ON deliveries WHEN old.state = 'queued'
    BEGIN {_MOVE_UP.format(row="old")} END
    """,
    """
    CREATE TRIGGER deliveries_come_back AFTER UPDATE OF state ON deliveries
    WHEN old.state <> 'queued' AND new.state = 'queued' AND new.behind = 1
    BEGIN UPDATE deliveries SET behind = 0 WHERE id = new.id; END
    """,
    # What is known of an address counts for no other: when a peer moves, what waits for it is due, and its
    # inbox is asked for. Until then the origin is that of the address, as before anything was sent to it.
    # What is held so that it can be undone stays so.
    """
    CREATE TRIGGER peers_move AFTER UPDATE OF address ON peers WHEN old.address <> new.address
    BEGIN
        UPDATE deliveries SET inbox = '',
            due_at = CASE WHEN held_until > created_at THEN held_until ELSE created_at END,
            origin = substr(new.address, 1, instr(substr(new.address || '/', 9), '/') + 7)
        WHERE recipient = new.id AND actor = new.actor AND state = 'queued';
    END
    """,
    # What goes to followers and is not queued yet for those behind `reached`, by the ids of peers.
    """
    CREATE TABLE fanouts (
        actor TEXT NOT NULL,
        entry INTEGER NOT NULL,
        activity TEXT NOT NULL,
        audience TEXT NOT NULL CHECK (audience IN ('followers', 'peers')),
        reached TEXT NOT NULL,
        spared TEXT NOT NULL,
        created_at TEXT NOT NULL,
        PRIMARY KEY (actor, entry)
    ) STRICT
    """,
    """
    CREATE TABLE origins (
        origin TEXT PRIMARY KEY,
        scheme TEXT,
        failures INTEGER NOT NULL CHECK (failures >= 0),
        open_until TEXT,
        updated_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX origins_at_rest ON origins (open_until) WHERE open_until IS NOT NULL",
    # Offers that were in order and too many, until the owner lets them in or drops them.
    """
    CREATE TABLE quarantine (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        activity TEXT NOT NULL,
        peer TEXT NOT NULL,
        origin TEXT NOT NULL,
        intention TEXT NOT NULL,
        negotiation TEXT NOT NULL,
        opens INTEGER NOT NULL CHECK (opens IN (0, 1)),
        currency TEXT NOT NULL,
        raw BLOB NOT NULL,
        digest TEXT NOT NULL,
        key_id TEXT NOT NULL,
        key TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, id),
        UNIQUE (actor, activity)
    ) STRICT
    """,
    "CREATE INDEX quarantine_by_age ON quarantine (actor, at, id)",
    "CREATE INDEX quarantine_by_peer ON quarantine (actor, peer)",
    "CREATE INDEX quarantine_by_negotiation ON quarantine (actor, negotiation)",
    "CREATE INDEX quarantine_by_origin ON quarantine (actor, origin, at)",
    # What may be forgotten.
    """
    CREATE TABLE remote_actors (
        iri TEXT PRIMARY KEY,
        inbox TEXT NOT NULL,
        shared_inbox TEXT,
        speaks_ed25519 INTEGER NOT NULL CHECK (speaks_ed25519 IN (0, 1)),
        keys TEXT NOT NULL,
        document TEXT NOT NULL,
        fetched_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX remote_actors_by_age ON remote_actors (fetched_at)",
    # The pictures that these name: which are to be looked at now, and which there are.
    """
    CREATE TABLE faces (
        address TEXT PRIMARY KEY,
        source TEXT NOT NULL,
        due_at TEXT,
        asked_at TEXT,
        tries INTEGER NOT NULL CHECK (tries >= 0),
        digest TEXT CHECK ((digest IS NULL) = (picture IS NULL)),
        picture BLOB CHECK (length(picture) <= 65536)
    ) STRICT
    """,
    "CREATE INDEX faces_due ON faces (due_at) WHERE due_at IS NOT NULL",
    "CREATE INDEX faces_shown ON faces (digest, asked_at) WHERE digest IS NOT NULL",
    "CREATE TABLE replays (fingerprint BLOB PRIMARY KEY, expires_at TEXT NOT NULL) STRICT, WITHOUT ROWID",
    "CREATE INDEX replays_by_expiry ON replays (expires_at)",
    """
    CREATE TABLE refusals (
        id INTEGER PRIMARY KEY,
        at TEXT NOT NULL,
        actor TEXT,
        peer TEXT,
        code TEXT NOT NULL,
        detail TEXT NOT NULL,
        activity TEXT,
        body BLOB NOT NULL
    ) STRICT
    """,
    # The newest versions of others' intentions, where they changed nothing of what is read.
    """
    CREATE TABLE versions (
        actor TEXT NOT NULL,
        intention TEXT NOT NULL,
        version TEXT NOT NULL,
        PRIMARY KEY (actor, intention)
    ) STRICT, WITHOUT ROWID
    """,
    # How much of what peers sent was kept lately.
    """
    CREATE TABLE quotas (
        actor TEXT NOT NULL,
        scope TEXT NOT NULL,
        who TEXT NOT NULL,
        bytes REAL NOT NULL CHECK (bytes >= 0),
        at TEXT NOT NULL,
        told_at TEXT,
        PRIMARY KEY (actor, scope, who)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX quotas_by_age ON quotas (at)",
)
