"""Projections of the journal: the tables that a rebuild empties, and the hash that proves it faithful."""

from collections.abc import Sequence
from hashlib import sha256

from node.storage.session import Session

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


def truncate_projections(session: Session) -> None:
    """Empty every projection. Call inside the write that replays the journal."""
    for table in PROJECTIONS:
        session.run(f"DELETE FROM {table}")


def snapshot(session: Session, tables: Sequence[str] = PROJECTIONS) -> bytes:
    """Hash all rows of some tables, whatever order they are stored in: equal states have equal hashes.

    Of each table that is the sum of the hashes of its rows, so nothing is sorted.
    Raises: StorageError for a table that does not exist.
    """
    state = sha256()
    for table in tables:
        rows = session.all(f"SELECT * FROM {table}")
        total = sum(int.from_bytes(sha256(repr(row).encode()).digest(), "big") for row in rows)
        state.update(f"{table}\0{len(rows)}\0{total:x}\n".encode())
    return state.digest()
