"""Projections of the journal: the tables that a rebuild empties, and the hash that proves it faithful."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from sqlite_utils import Database

PROJECTIONS = (
    # A table that refers to another stands before it, so that they can be emptied in this order.
    "moves",
    "messages",
    "agreements",
    "offers",
    "intentions",
    "peers",
    "follows",
    "profiles",
    "reservations",
    "items",
    "rules",
)


def truncate_projections(db: Database) -> None:
    """Empty every projection. Call inside the write that replays the journal."""
    for table in PROJECTIONS:
        db.conn.execute(f"DELETE FROM {table}")


def snapshot(db: Database, tables: Sequence[str] = PROJECTIONS) -> bytes:
    """Hash all rows of some tables, whatever order they are stored in: equal states have equal hashes.

    Raises: ValueError for a table that does not exist.
    """
    unknown = set(tables) - set(db.table_names())
    if unknown:
        raise ValueError(f"no such table: {', '.join(sorted(unknown))}")
    state = sha256()
    for table in tables:
        for row in _rows(db, table):
            state.update(f"{table}\0{row!r}\n".encode())
    return state.digest()


def _rows(db: Database, table: str) -> Iterator[tuple[object, ...]]:
    width = len(db.conn.execute(f"SELECT * FROM {table} LIMIT 0").description)
    order = ", ".join(str(column) for column in range(1, width + 1))
    return iter(db.conn.execute(f"SELECT * FROM {table} ORDER BY {order}"))
