"""Projections of the journal: emptying them for a rebuild, and what proves it faithful."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b, sha256
from typing import Final

from node.storage.session import Session

_MARK_BYTES: Final = 8  # of each value: enough to tell two apart, and few enough to keep for every row

Marks = Mapping[str, Mapping[tuple[object, ...], bytes]]
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
        rows = session.all(f"SELECT * FROM {table}")
        total = sum(int.from_bytes(sha256(repr(row).encode()).digest(), "big") for row in rows)
        state.update(f"{table}\0{len(rows)}\0{total:x}\n".encode())
    return state.digest()


def marks(session: Session, tables: Sequence[str]) -> Marks:
    """Return what `differences` compares: every row of some tables, a few bytes for each value."""
    return {table: _marks_of(session, table) for table in tables}


def _marks_of(session: Session, table: str) -> dict[tuple[object, ...], bytes]:
    columns = _columns(session, table)
    key = [place for place, (_, rank) in enumerate(columns) if rank] or range(len(columns))
    rows = session.all(f"SELECT * FROM {table}")
    return {tuple(row[place] for place in key): b"".join(map(_mark, row)) for row in rows}


def _mark(value: object) -> bytes:
    return blake2b(repr(value).encode(), digest_size=_MARK_BYTES).digest()


def _columns(session: Session, table: str) -> list[tuple[str, int]]:
    """Return the columns of a table in order, and for those of its key their place in it, from 1."""
    found = session.all("SELECT name, pk FROM pragma_table_info(?) ORDER BY cid", table)
    return [(str(name), int(rank)) for name, rank in found]


def differences(session: Session, before: Marks, after: Marks) -> Iterator[Mismatch]:
    """Yield where two states of the same tables differ."""
    for table, rows in before.items():
        names = [name for name, _ in _columns(session, table)]
        others = after[table]
        for key in dict.fromkeys((*rows, *others)):
            row = " ".join(map(str, key))
            if key not in rows or key not in others:
                yield Mismatch(table, row, None)
                continue
            for name, one, other in zip(names, _split(rows[key]), _split(others[key]), strict=True):
                if one != other:
                    yield Mismatch(table, row, name)


def _split(marked: bytes) -> list[bytes]:
    return [marked[start : start + _MARK_BYTES] for start in range(0, len(marked), _MARK_BYTES)]
