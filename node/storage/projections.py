"""Projections of the journal: emptying them for a rebuild, and what proves it faithful."""

from collections.abc import Iterator, Sequence
from hashlib import blake2b, sha256
from typing import Any, Final

from node.storage.errors import StorageError
from node.storage.session import Session, Values
from protocol.values import dataclass

PAGE: Final = 1_000  # rows that are held at one time, of however many
_MARK_BYTES: Final = 8  # of each value: enough to tell two apart, and few enough to keep for every row

Marks = dict[str, dict[Values, bytes]]
"""By table and key of a row, a mark for each of its values."""


@dataclass(frozen=True, slots=True)
class Mismatch:
    """Where two states differ: a table, the key of a row, and the column; no column if the row is in one."""

    table: str
    row: str
    column: str | None


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
        count, total = 0, 0
        for _, row in _rows(session, table):
            count, total = count + 1, total + int.from_bytes(sha256(repr(row).encode()).digest(), "big")
        state.update(f"{table}\0{count}\0{total:x}\n".encode())
    return state.digest()


def marks(session: Session, tables: Sequence[str]) -> Marks:
    """Return what `differences` compares: every row of some tables, a few bytes for each value."""
    return {table: {key: _mark(row) for key, row in _rows(session, table)} for table in tables}


def _rows(session: Session, table: str) -> Iterator[tuple[Values, Values]]:
    """Yield the rows of a table with their keys, a page at a time; every projection has a key."""
    columns = _columns(session, table)
    if not columns:
        raise StorageError(f"no such table: {table}")
    # In the order of the key, which is that of its index, so that nothing is sorted.
    places = sorted((place for place, (_, rank) in enumerate(columns) if rank), key=lambda at: columns[at][1])
    names = ", ".join(columns[place][0] for place in places)
    behind, last = "", Values()
    while True:
        page = session.all(f"SELECT * FROM {table}{behind} ORDER BY {names} LIMIT {PAGE}", *last)
        for row in page:
            last = tuple(row[place] for place in places)
            yield last, row
        if len(page) < PAGE:
            return
        behind = f" WHERE ({names}) > ({', '.join('?' * len(places))})"


def _mark(row: Values) -> bytes:
    return b"".join(_mark_value(value) for value in row)


def _mark_value(value: Any) -> bytes:
    return blake2b(repr(value).encode(), digest_size=_MARK_BYTES).digest()


def _columns(session: Session, table: str) -> list[tuple[str, int]]:
    """Return the columns of a table in order, and for those of its key their place in it, from 1."""
    found = session.all("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", table)
    return [(str(name), int(rank)) for name, rank in found]


def differences(session: Session, before: Marks) -> Iterator[Mismatch]:
    """Yield where tables differ from a state before; its marks are used up, so that nothing is held twice."""
    for table, marked in before.items():
        names = [name for name, _ in _columns(session, table)]
        for key, row in _rows(session, table):
            yield from _compared(table, key, names, marked.pop(key, None), _mark(row))
        yield from (Mismatch(table, _named(key), None) for key in marked)


def _compared(
    table: str, key: Values, names: Sequence[str], one: bytes | None, other: bytes
) -> Iterator[Mismatch]:
    if one is None:
        yield Mismatch(table, _named(key), None)
    elif one != other:
        for name, was, now in zip(names, _split(one), _split(other), strict=True):
            if was != now:
                yield Mismatch(table, _named(key), name)


def _named(key: Values) -> str:
    return " ".join(map(str, key))


def _split(marked: bytes) -> list[bytes]:
    return [marked[start : start + _MARK_BYTES] for start in range(0, len(marked), _MARK_BYTES)]
