"""The journal, what can be erased from it, its editions, and how far its followers have read."""

RECORD = (
    # The journal: the truth. It only grows; the triggers turn a slip of ours into an error. What can be
    # erased stands beside it, under its SHA-256.
    """
    CREATE TABLE journal (
        entry INTEGER PRIMARY KEY CHECK (entry > 0),
        actor TEXT NOT NULL,
        place INTEGER NOT NULL CHECK (place > 0),
        at TEXT NOT NULL,
        direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'local')),
        kind TEXT NOT NULL,
        peer TEXT,
        subject TEXT,
        decision TEXT NOT NULL,
        document BLOB CHECK (length(document) = 32),
        body BLOB CHECK (length(body) = 32),
        hash BLOB NOT NULL CHECK (length(hash) = 32),
        chain BLOB NOT NULL CHECK (length(chain) = 32),
        UNIQUE (actor, place)
    ) STRICT
    """,
    "CREATE INDEX journal_by_kind ON journal (actor, kind, place)",
    "CREATE INDEX journal_by_subject ON journal (subject, entry)",
    "CREATE INDEX journal_by_document ON journal (document) WHERE document IS NOT NULL",
    """
    CREATE TRIGGER journal_is_never_edited BEFORE UPDATE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is never edited'); END
    """,
    """
    CREATE TRIGGER journal_is_never_cut BEFORE DELETE ON journal
    BEGIN SELECT RAISE(ABORT, 'the journal is never cut'); END
    """,
    """
    CREATE TABLE payloads (
        digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
        entry INTEGER NOT NULL,
        bytes BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TRIGGER payloads_are_never_edited BEFORE UPDATE ON payloads
    BEGIN SELECT RAISE(ABORT, 'a payload is never edited'); END
    """,
    """
    CREATE TABLE purges (
        digest BLOB PRIMARY KEY CHECK (length(digest) = 32),
        at TEXT NOT NULL,
        why TEXT NOT NULL
    ) STRICT
    """,
    # The editions of the file: a restore begins another, so that old cursors are told from new ones.
    """
    CREATE TABLE editions (
        number INTEGER PRIMARY KEY,
        edition TEXT NOT NULL UNIQUE,
        begun_at TEXT NOT NULL,
        heads TEXT NOT NULL
    ) STRICT
    """,
    # How far the followers of the journal have read.
    """
    CREATE TABLE cursors (
        actor TEXT NOT NULL,
        name TEXT NOT NULL,
        place INTEGER NOT NULL,
        PRIMARY KEY (actor, name)
    ) STRICT
    """,
)
