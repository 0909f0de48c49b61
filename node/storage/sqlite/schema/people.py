"""Who lives here, whom they know, and what may speak for them."""

PEOPLE = (
    # Who lives here, and with which keys.
    """
    CREATE TABLE actors (
        iri TEXT PRIMARY KEY,
        handle TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        name TEXT NOT NULL,
        summary TEXT NOT NULL,
        created_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE keys (
        id TEXT PRIMARY KEY,
        actor TEXT NOT NULL REFERENCES actors (iri),
        algorithm TEXT NOT NULL,
        private_pem TEXT NOT NULL,
        created_at TEXT NOT NULL,
        retired_at TEXT
    ) STRICT
    """,
    "CREATE INDEX keys_by_actor ON keys (actor, algorithm, created_at)",
    # The others. What is between an actor and a peer names the peer by id: the address is in this row alone.
    """
    CREATE TABLE peers (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        address TEXT NOT NULL,
        name TEXT NOT NULL,
        kind TEXT NOT NULL,
        handle TEXT,
        first_seen TEXT NOT NULL,
        blocked INTEGER NOT NULL CHECK (blocked IN (0, 1)),
        PRIMARY KEY (actor, id),
        UNIQUE (actor, address)
    ) STRICT
    """,
    "CREATE INDEX peers_blocked ON peers (actor, address) WHERE blocked = 1",
    """
    CREATE TABLE peer_keys (
        actor TEXT NOT NULL,
        peer TEXT NOT NULL,
        fragment TEXT NOT NULL,
        state TEXT NOT NULL CHECK (state IN ('known', 'held', 'refused')),
        since TEXT NOT NULL,
        PRIMARY KEY (actor, peer, fragment)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX peer_keys_by_key ON peer_keys (actor, fragment)",
    "CREATE INDEX peer_keys_by_state ON peer_keys (actor, state, peer)",
    """
    CREATE TABLE follows (
        actor TEXT NOT NULL,
        peer TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('follower', 'following')),
        state TEXT NOT NULL CHECK (state IN ('requested', 'accepted')),
        activity TEXT NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, peer, direction)
    ) STRICT
    """,
    "CREATE INDEX follows_by_state ON follows (actor, direction, state, peer)",
    "CREATE INDEX follows_by_activity ON follows (actor, activity)",
    # What an owner has set about terms: the most that is allowed, what is refused.
    """
    CREATE TABLE term_settings (
        actor TEXT PRIMARY KEY, document TEXT NOT NULL, set_at TEXT NOT NULL, accepted_at TEXT
    ) STRICT
    """,
    "CREATE TABLE profiles (actor TEXT PRIMARY KEY, document TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT",
    """
    CREATE TABLE publications (actor TEXT PRIMARY KEY, members TEXT NOT NULL, updated_at TEXT NOT NULL) STRICT
    """,
    # The owner's programs.
    """
    CREATE TABLE tokens (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        scopes TEXT NOT NULL,
        created_at TEXT NOT NULL,
        person TEXT,
        last_used_at TEXT,
        revoked_at TEXT
    ) STRICT
    """,
    """
    CREATE TABLE idempotency (
        key TEXT NOT NULL,
        caller TEXT NOT NULL,
        edition TEXT NOT NULL,
        request_digest BLOB NOT NULL,
        status INTEGER NOT NULL,
        body BLOB NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (key, caller)
    ) STRICT
    """,
    "CREATE INDEX idempotency_by_age ON idempotency (at)",
)
