"""The tray: rows that other systems hand in."""

TRAY = (
    """
    CREATE TABLE tray_senders (
        actor TEXT NOT NULL,
        id TEXT NOT NULL,
        name TEXT NOT NULL,
        algorithm TEXT NOT NULL,
        added_at TEXT NOT NULL,
        received_at TEXT,
        PRIMARY KEY (actor, id)
    ) STRICT
    """,
    # The webhooks that were taken, so that each is taken once.
    """
    CREATE TABLE tray_receipts (
        sender TEXT NOT NULL,
        webhook TEXT NOT NULL,
        digest BLOB NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (sender, webhook)
    ) STRICT, WITHOUT ROWID
    """,
    "CREATE INDEX tray_receipts_by_age ON tray_receipts (at)",
    """
    CREATE TABLE tray_rows (
        actor TEXT NOT NULL,
        sender TEXT NOT NULL,
        kind TEXT NOT NULL,
        external_id TEXT NOT NULL,
        fields BLOB NOT NULL,
        place INTEGER NOT NULL,
        at TEXT NOT NULL,
        PRIMARY KEY (actor, sender, kind, external_id)
    ) STRICT
    """,
    "CREATE UNIQUE INDEX tray_rows_in_order ON tray_rows (actor, place)",
)
