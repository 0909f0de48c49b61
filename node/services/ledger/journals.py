"""The journal as the owner sees it: read it, verify its chains, rebuild what follows from it.

Places are an actor's own, from 1 without a gap; a position that programs keep names edition and link too.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from types import MappingProxyType
from typing import Any, Final

from node.core import codes
from node.core.drafts import view_time
from node.services.ledger.chapters import Ledger
from node.services.ledger.positions import Position
from node.services.ledger.recording import rebuild as replay
from node.storage import chains, journal, peers, persons
from node.storage.editions import current_edition
from node.storage.journal import Head, Recorded
from node.storage.projections import differences, marks, snapshot
from node.storage.session import Session
from protocol.errors import Conflict

DIFFERENCES_NAMED: Final = 100  # so many fit on a page; who has more needs none of them

__all__ = ["Head", "list", "rebuild", "verify", "view"]


def verify(
    session: Session, *, after: Mapping[str, Head] | None = None, limit: int | None = None
) -> dict[str, Any]:
    """Recompute the chains, or go on from links verified before, and report how far they hold."""
    return chains.verify(session, after=after, limit=limit).view()


def rebuild(session: Session, ledger: Ledger) -> dict[str, Any]:
    """Empty the tables of current state and replay the journal; say where they come out different.

    Named are the first `DIFFERENCES_NAMED` differences; `different` counts them all.

    Raises:
        Conflict: `journal-broken`, for what a damaged journal leads to never was.
    """
    broken = chains.verify(session).broken
    if broken is not None:
        raise Conflict(
            codes.JOURNAL_BROKEN,
            f"The journal of {broken.actor} is broken at entry {broken.place}: {broken.reason}.",
        )
    before = marks(session, ledger.tables)
    done = replay(session, ledger)
    found = [*differences(session, before)]
    return {
        "entries": done.entries,
        "purged": done.purged,
        "passed_over": done.passed_over,
        "unchanged": not found,
        "different": len(found),
        "differences": [asdict(each) for each in found[:DIFFERENCES_NAMED]],
        "state": snapshot(session, ledger.tables).hex(),
    }


def list(session: Session, actor: str, *, after: int = 0, limit: int = 50) -> dict[str, Any]:
    """List an actor's entries in order, behind the place `after`."""
    size = max(1, min(limit, 100))
    found = journal.entries_of(session, actor, after=after, limit=size + 1)
    shown, more = found[:size], len(found) > size
    next = Position.of(current_edition(session), shown[-1].place, shown[-1].hash) if more else None
    by = _by(session, shown)
    return {"items": [view(recorded, by) for recorded in shown], "next": next and str(next)}


def latest(session: Session, actor: str, *, before: int | None = None, limit: int = 25) -> dict[str, Any]:
    """List an actor's entries newest first, the last or those before a place; `next` is such a place."""
    end = journal.head(session, actor).place + 1 if before is None else before
    after = max(0, end - 1 - limit)
    found = journal.entries_of(session, actor, after=after, limit=max(0, end - 1 - after))
    by = _by(session, found)
    return {
        "items": [view(recorded, by) for recorded in reversed(found)],
        "next": after + 1 if after else None,
    }


def names(session: Session, actor: str, addresses: Iterable[str | None]) -> dict[str, str]:
    """Return what those are called who are known at these addresses, by address."""
    known = peers.peers_at(session, actor, {address for address in addresses if address})
    return {address: peer.name for address, peer in known.items()}


def _by(session: Session, found: Sequence[Recorded]) -> dict[str, str]:
    """Return what those are called who did what these entries record; nobody where the owner is alone."""
    ids = {str(recorded.entry.decision.get("by", "")) for recorded in found}
    rows = [persons.load_person(session, id) for id in ids if id]
    return {row.id: row.name for row in rows if row is not None}


def view(recorded: Recorded, by: Mapping[str, str] = MappingProxyType({})) -> dict[str, Any]:
    """Show an entry; the activity is parsed, because people read it. `by` are names by the ids of people."""
    entry = recorded.entry
    return {
        "place": recorded.place,
        "at": view_time(entry.at),
        "direction": entry.direction.value,
        "kind": entry.kind,
        "peer": entry.peer,
        "by": by.get(str(entry.decision.get("by", ""))),
        "subject": entry.subject,
        "hash": recorded.hash.hex(),
        "purged": recorded.purged,
        "decision": dict(entry.decision),
        "activity": json.loads(entry.body) if entry.body else None,
    }
