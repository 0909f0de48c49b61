"""Projections of the journal: the tables that a rebuild empties, and the hash that proves it faithful."""

from collections.abc import Iterator, Sequence
from hashlib import sha256

from node.storage.session import Session, Values

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

INDEXES = ("item_properties", "property_names")
"""What projections are found by: it follows from them alone, and is numbered as it comes."""


def truncate_projections(session: Session) -> None:
    """Empty every projection. Call inside the write that replays the journal."""
    for table in (*INDEXES, *PROJECTIONS):
        session.run(f"DELETE FROM {table}")


def snapshot(session: Session, tables: Sequence[str] = PROJECTIONS) -> bytes:
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
    # A number that is a row's key says in which order rows came, not what is there.
    named = "SELECT name FROM pragma_table_info(?) WHERE NOT (pk = 1 AND type = 'INTEGER')"
    columns = ", ".join(name for (name,) in session.all(named, table))
    return iter(session.all(f"SELECT {columns} FROM {table} ORDER BY {columns}"))
