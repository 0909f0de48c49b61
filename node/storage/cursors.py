"""Cursors: how far each follower of an actor's journal has read."""

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session

TABLES = (Declared("cursors", TableKind.KEPT),)


def load_cursor(session: Session, actor: str, name: str) -> int:
    """Return the place in an actor's journal that a follower has read up to; 0 if it has not begun."""
    found = session.one("SELECT place FROM cursors WHERE actor = ? AND name = ?", actor, name)
    return 0 if found is None else int(found[0])


def save_cursor(session: Session, actor: str, name: str, place: int) -> None:
    """Note that a follower has read up to a place."""
    statement = (
        "INSERT INTO cursors (actor, name, place) VALUES (?, ?, ?) "
        "ON CONFLICT (actor, name) DO UPDATE SET place = excluded.place"
    )
    session.run(statement, actor, name, place)
