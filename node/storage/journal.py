"""The journal: every event in order, each entry hashing the one before.

Rules: entries are appended and never changed; the sequence starts at 1 and has no gaps; `decision` is kept as
the canonical JSON its hash was made from. The chain shows any edit, deletion, insertion and reordering. It
cannot show that its end was cut off: only somebody who remembers a later head can (peers hold our signed
activities, a backup holds a head).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import orjson

from node.core.entries import GENESIS, Direction, Entry, hash_entry, render_instant
from node.storage.errors import StorageError
from node.storage.session import Session
from node.storage.tables import write_document
from protocol.errors import ProtocolError

_COLUMNS = "sequence, at, direction, kind, actor, peer, subject, decision, body, previous, hash"
_APPEND = f"INSERT INTO journal ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_HEAD = "SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1"
_SELECT = f"SELECT {_COLUMNS} FROM journal"
_NEXT = f"{_SELECT} WHERE sequence > ? ORDER BY sequence LIMIT 1"
_BEFORE_ALL = -(2**63)  # the least integer SQLite keeps; an entry has no such place, nor any below 1


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry's place and hash; place 0 and zero bytes while the journal is empty."""

    sequence: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Recorded:
    """An entry at its place in the journal."""

    sequence: int
    entry: Entry
    hash: bytes


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found: how many entries hold, the hash of the last of them, and where it first breaks."""

    count: int
    head: bytes
    broken_at: int | None = None
    reason: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the whole chain holds."""
        return self.broken_at is None


def kinds_at(session: Session, places: Sequence[int]) -> dict[int, str]:
    """Return the kind of the entry at each of these places that has one."""
    if not places:
        return {}
    marks = ", ".join("?" * len(places))
    return dict(session.all(f"SELECT sequence, kind FROM journal WHERE sequence IN ({marks})", *places))


def append(session: Session, entry: Entry) -> int:
    """Add an entry at the end and return its sequence number. Call inside a write."""
    last = head(session)
    sequence, previous = last.sequence + 1, last.hash
    values = (
        sequence,
        render_instant(entry.at),
        str(entry.direction),
        entry.kind,
        entry.actor,
        entry.peer,
        entry.subject,
        write_document(entry.decision),
        entry.body,
        previous,
        hash_entry(previous, sequence, entry),
    )
    session.run(_APPEND, *values)
    return sequence


def head(session: Session) -> Head:
    """Return the place and hash of the last entry."""
    return Head(*(session.one(_HEAD) or (0, GENESIS)))


def entries(
    session: Session, *, after: int = 0, limit: int | None = None, kinds: Sequence[str] | None = None
) -> Iterator[Recorded]:
    """Yield entries in order from behind the sequence `after`, at most `limit`, of `kinds` only if given.

    Without a limit the rows are read as they are consumed, so a rebuild needs no memory for the whole
    journal.
    """
    statement, parameters = f"{_SELECT} WHERE sequence > ?", [after, *(kinds or ())]
    if kinds is not None:
        statement += f" AND kind IN ({', '.join('?' * len(kinds))})"
    statement += " ORDER BY sequence"
    if limit is not None:
        statement += " LIMIT ?"
        parameters.append(limit)
    return (_recorded(row) for row in session.all(statement, *parameters))


def load_entry(session: Session, sequence: int) -> Recorded | None:
    """Return the entry at a place."""
    row = session.one(f"{_SELECT} WHERE sequence = ?", sequence)
    return None if row is None else _recorded(row)


def load_entry_about(session: Session, subject: str, *, direction: Direction) -> Recorded | None:
    """Return the first entry about a subject in this direction, such as the activity with this IRI."""
    row = session.one(
        f"{_SELECT} WHERE subject = ? AND direction = ? ORDER BY sequence LIMIT 1", subject, str(direction)
    )
    return None if row is None else _recorded(row)


def verify(session: Session) -> Report:
    """Recompute the whole chain in order and report where it first breaks.

    Rows are asked for one by one: a driver that reads ahead would blame a damaged row's neighbour.
    """
    count, previous, place = 0, GENESIS, _BEFORE_ALL
    while True:
        try:
            row = session.one(_NEXT, place)
        except StorageError:
            return Report(count, previous, count + 1, "the entry cannot be read")
        if row is None:
            return Report(count, previous)
        reason = _break(row, count + 1, previous)
        if reason is not None:
            return Report(count, previous, count + 1, reason)
        count, previous, place = count + 1, row[-1], row[0]


def _break(row: tuple[Any, ...], sequence: int, previous: bytes) -> str | None:
    """Say why a row cannot stand at `sequence` behind the hash `previous`, or None if it can."""
    if row[0] != sequence:
        return "entries are missing"
    if row[-2] != previous:
        return "the entry does not follow the one before it"
    try:
        recorded = _recorded(row)
        # The hash is made from values; another spelling of the same instant or decision is a change too.
        spelling = render_instant(recorded.entry.at), write_document(recorded.entry.decision)
        expected = hash_entry(previous, sequence, recorded.entry)
    except (ValueError, TypeError, ProtocolError):  # no instant, no direction, no JSON, no document
        return "the entry cannot be read"
    return None if spelling == (row[1], row[7]) and expected == row[-1] else "the entry was changed"


def _recorded(row: tuple[Any, ...]) -> Recorded:
    sequence, at, direction, kind, actor, peer, subject, decision, body, _previous, hash = row
    entry = Entry(
        at=datetime.fromisoformat(at),
        direction=Direction(direction),
        kind=kind,
        actor=actor,
        peer=peer,
        subject=subject,
        decision=orjson.loads(decision),
        body=body,
    )
    return Recorded(sequence, entry, hash)
