"""Verifying the journal's chains: each from its beginning, or on from a link that was verified before.

Rules: reads are bounded, so a journal of any length needs the memory of one batch; nothing is repaired. A
payload that was purged is borne and counted; one that is missing without a mark, or has other bytes, breaks
the chain at its entry.
"""

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Any

from node.core.entries import APART, GENESIS, chain, hash_entry, render_instant
from node.storage.errors import StorageError
from node.storage.journal import BATCH, READ, Head, chained_actors, recorded
from node.storage.payloads import load_purge
from node.storage.session import Session, Values
from node.storage.tables import write_document
from protocol.errors import ProtocolError
from protocol.values import dataclass

_NEXT = f"{READ} WHERE journal.actor = ? AND journal.place > ? ORDER BY journal.place LIMIT ? + 0"
_BEFORE_ALL = -(2**63)  # the least integer SQLite keeps; an entry has no such place, nor any below 1
_BEGINNING = Head(0, GENESIS)


@dataclass(frozen=True, slots=True)
class Break:
    """Where an actor's chain first breaks, and how."""

    actor: str
    place: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What `verify` found: how many entries hold, how many of them lost bytes to a purge, the first break.

    `heads` are the last links that hold, by actor: a later verification goes on from them. `complete` tells
    whether every chain was followed to its end.
    """

    count: int
    purged: int
    heads: Mapping[str, Head]
    complete: bool = True
    broken: Break | None = None

    @property
    def ok(self) -> bool:
        """Tell whether everything that was looked at holds."""
        return self.broken is None

    def view(self) -> dict[str, Any]:
        """Show the report as programs read it, a link in hexadecimal."""
        broken = self.broken
        return {
            "ok": self.ok,
            "complete": self.complete,
            "entries": self.count,
            "purged": self.purged,
            "heads": [
                {"actor": actor, "place": head.place, "hash": head.hash.hex()}
                for actor, head in self.heads.items()
            ],
            "actor": broken and broken.actor,
            "broken_at": broken and broken.place,
            "reason": broken and broken.reason,
        }


@dataclass(frozen=True, slots=True)
class _Walk:
    """How far one chain has been followed: `number` is that of the entry at the head."""

    head: Head
    number: int = 0
    count: int = 0
    purged: int = 0
    complete: bool = True
    reason: str | None = None


def verify(session: Session, *, after: Mapping[str, Head] | None = None, limit: int | None = None) -> Report:
    """Recompute the chains and report where one first breaks.

    Args:
        session: where the journal is.
        after: links verified before, by actor: only these actors' entries behind them are looked at. All
            chains from their beginning if left out.
        limit: look at this many entries at most, and say so by `complete`.
    """
    wanted = dict.fromkeys(chained_actors(session), _BEGINNING) if after is None else after
    count, purged, complete, heads = 0, 0, True, dict(wanted)
    for actor, head in wanted.items():
        walk = _follow(session, actor, head, None if limit is None else limit - count)
        count, purged = count + walk.count, purged + walk.purged
        complete = complete and walk.complete
        heads[actor] = walk.head
        if walk.reason is not None:
            broken = Break(actor, walk.head.place + 1, walk.reason)
            return Report(count, purged, heads, complete, broken)
    return Report(count, purged, heads, complete)


def _follow(session: Session, actor: str, head: Head, limit: int | None) -> _Walk:
    """Follow one chain from behind a link, at most `limit` entries."""
    walk = _begin(session, actor, head)
    if walk.reason is not None:
        return walk
    place = head.place or _BEFORE_ALL
    while limit is None or walk.count < limit:
        size = BATCH if limit is None else min(BATCH, limit - walk.count)
        try:
            rows = _read(session, actor, place, size)
        except StorageError:
            return replace(walk, reason="the entry cannot be read")
        if not rows:
            return walk
        for row in rows:
            walk = _step(session, walk, row)
            if walk.reason is not None:
                return walk
        place = walk.head.place
    return replace(walk, complete=False)


def _begin(session: Session, actor: str, head: Head) -> _Walk:
    """Stand at a link that was verified before, or say why it is not a link of this chain."""
    if head.place == 0:
        return _Walk(head, reason=None if head.hash == GENESIS else "the chain does not begin so")
    found = session.one("SELECT entry, chain FROM journal WHERE actor = ? AND place = ?", actor, head.place)
    if found is None:
        return _Walk(head, reason="the chain ends before the place it was verified to")
    number, link = found
    return _Walk(head, number, reason=None if link == head.hash else "the chain is not the one verified")


def _read(session: Session, actor: str, place: int, size: int) -> list[Values]:
    """Read some rows; one alone if there is damage among them, so that its neighbours are not blamed."""
    try:
        return session.all(_NEXT, actor, place, size)
    except StorageError:
        return session.all(_NEXT, actor, place, 1)


def _step(session: Session, walk: _Walk, row: Values) -> _Walk:
    reason, purged = _judge(session, walk, row)
    if reason is not None:
        return replace(walk, reason=reason)
    number, place, link = row[0], row[2], row[12]
    return replace(
        walk,
        head=Head(place, link),
        number=number,
        count=walk.count + 1,
        purged=walk.purged + purged,
    )


def _judge(session: Session, walk: _Walk, row: Values) -> tuple[str | None, bool]:
    """Say why a row cannot stand behind what was followed, or None, and whether it lost bytes to a purge."""
    number, place, hash, link = row[0], row[2], row[11], row[12]
    if place != walk.head.place + 1:
        return "entries are missing", False
    try:
        expected = _hash(row)
        lost = _lost(session, row[9:11], row[13:15])
    except (ValueError, TypeError, KeyError, ProtocolError):  # no instant, no direction, no document
        return "the entry cannot be read", False
    if expected != hash:
        return "the entry was changed", False
    if link != chain(walk.head.hash, place, hash) or number <= walk.number:
        return "the entry does not follow the one before it", False
    return lost


def _hash(row: tuple[Any, ...]) -> bytes | None:
    """Return the hash of a row's members; None if it spells one in another way than the journal does."""
    entry = recorded(row).entry
    at, text, document, body = row[3], row[8], row[9], row[10]
    # What is kept apart is in the decision by its digest alone, and the column says the same.
    decision = {name: value for name, value in entry.decision.items() if name not in entry.apart}
    if document is not None:
        decision[APART] = document.hex()
    elif APART in decision:
        return None
    if (render_instant(entry.at), write_document(decision)) != (at, text):
        return None
    return hash_entry(entry, at=at, decision=text.encode(), body=body)


def _lost(session: Session, digests: tuple[Any, ...], payloads: tuple[Any, ...]) -> tuple[str | None, bool]:
    """Say what is wrong with a row's payloads, and whether one was purged."""
    purged = False
    for digest, payload in zip(digests, payloads, strict=True):
        if digest is None:
            continue
        if payload is None:
            if load_purge(session, digest) is None:
                return "a payload is missing", False
            purged = True
        elif sha256(payload).digest() != digest:
            return "a payload was changed", False
    return None, purged
