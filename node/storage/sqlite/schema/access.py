"""How its owner gets into the pages."""

ACCESS = (
    # They are few: what holds no more is dropped, and a sign-in more than are kept ends the oldest.
    """
    CREATE TABLE web_sessions (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
        form_token TEXT NOT NULL,
        handle TEXT NOT NULL,
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
        expires_at TEXT NOT NULL
    ) STRICT, WITHOUT ROWID
    """,
    # What proves that it is the owner.
    """
    CREATE TABLE passkeys (
        id TEXT PRIMARY KEY,
        credential BLOB NOT NULL UNIQUE,
        handle TEXT NOT NULL,
        site TEXT NOT NULL,
        name TEXT NOT NULL,
        public_key BLOB NOT NULL,
        signatures INTEGER NOT NULL,
        added_at TEXT NOT NULL,
        used_at TEXT
    ) STRICT
    """,
    "CREATE INDEX passkeys_by_handle ON passkeys (handle, added_at, id)",
    "CREATE TABLE passwords (handle TEXT PRIMARY KEY, hash TEXT NOT NULL, set_at TEXT NOT NULL) STRICT",
    "CREATE TABLE recovery_kits (handle TEXT PRIMARY KEY, hash TEXT NOT NULL, made_at TEXT NOT NULL) STRICT",
    "CREATE TABLE access_marks (mark TEXT PRIMARY KEY, at TEXT NOT NULL) STRICT",
)
