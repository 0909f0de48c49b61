"""Projections of the journal: emptying them for a rebuild, and the hash that proves it faithful."""

from collections.abc import Sequence
from hashlib import sha256

from node.storage.session import Session


def truncate(session: Session, tables: Sequence[str]) -> None:
    """Empty projections, in this order. Call inside the write that replays the journal."""
    for table in tables:
        session.run(f"DELETE FROM {table}")


def snapshot(session: Session, tables: Sequence[str]) -> bytes:
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
