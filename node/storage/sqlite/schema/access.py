"""How its owner gets into the pages."""

ACCESS = (
    # They are few: what holds no more is dropped, and a sign-in more than are kept ends the oldest.
    """
    CREATE TABLE web_sessions (
        id TEXT PRIMARY KEY,
        hash BLOB NOT NULL UNIQUE CHECK (length(hash) = 32),
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
)
