"""Cursors: how far each follower of the journal has read."""

from sqlite_utils import Database


def load_cursor(db: Database, name: str) -> int:
    """Return the sequence a follower has read up to; 0 if it has not begun."""
    found = db.conn.execute("SELECT sequence FROM cursors WHERE name = ?", (name,)).fetchone()
    return 0 if found is None else int(found[0])


def save_cursor(db: Database, name: str, sequence: int) -> None:
    """Note that a follower has read up to a sequence."""
    statement = (
        "INSERT INTO cursors (name, sequence) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence"
    )
    db.conn.execute(statement, (name, sequence))
