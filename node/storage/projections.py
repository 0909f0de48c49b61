"""Projections of the journal: emptying them for a rebuild, and the hash that proves it faithful."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from node.storage.session import Session, Values


def truncate(session: Session, tables: Sequence[str]) -> None:
    """Empty projections, in this order. Call inside the write that replays the journal."""
    for table in tables:
        session.run(f"DELETE FROM {table}")


def snapshot(session: Session, tables: Sequence[str]) -> bytes:
    """Hash all rows of some tables, whatever order they are stored in: equal states have equal hashes.

    Raises: ValueError for a table that does not exist.
    """
    unknown = set(tables) - {
        name for (name,) in session.all("SELECT name FROM sqlite_schema WHERE type = 'table'")
    }
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    state = sha256()
    for table in tables:
        for row in _rows(session, table):
            state.update(f"{table}\0{row!r}\n".encode())
    return state.digest()


def _rows(session: Session, table: str) -> Iterator[Values]:
    columns = session.all("SELECT name FROM pragma_table_info(?)", table)
    order = ", ".join(name for (name,) in columns)
    return iter(session.all(f"SELECT * FROM {table} ORDER BY {order}"))
