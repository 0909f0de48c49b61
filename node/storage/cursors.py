"""Cursors: how far each follower of the journal has read."""

from node.storage.session import Session


def load_cursor(session: Session, name: str) -> int:
    """Return the sequence a follower has read up to; 0 if it has not begun."""
    found = session.one("SELECT sequence FROM cursors WHERE name = ?", name)
    return 0 if found is None else int(found[0])


def save_cursor(session: Session, name: str, sequence: int) -> None:
    """Note that a follower has read up to a sequence."""
    statement = (
        "INSERT INTO cursors (name, sequence) VALUES (?, ?) "
        "ON CONFLICT (name) DO UPDATE SET sequence = excluded.sequence"
    )
    session.run(statement, name, sequence)
