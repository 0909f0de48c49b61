"""Reaching: whom a wish of ours has reached, and whom it has not and why.

Rules here: what counts is the last that was told of the wish, itself or its change, and not its end; a
delivery that is no longer kept counts as nothing, since nobody can say what became of it. What is shown one
by one is bounded.
"""

from collections.abc import Sequence
from typing import Final, TypedDict

import orjson

from node.core.drafts import view_time
from node.core.entries import Entry
from node.services.acting import Acting
from node.services.intentions.showing import load_own
from node.storage import deliveries, journal, peers
from node.storage import told as tellings
from node.storage.deliveries import MOVED, DeliveryRow, DeliveryState
from node.storage.intentions import IntentionRow
from node.storage.session import Session

__all__ = ["MOVED", "DeliveryState", "ReachShown", "Unreached", "last_told", "show"]

_COPIES: Final = 500  # activities of one telling; each named business has its own
_NAMED: Final = 25
_TOLD: Final = ("intention.cast", "intention.amended")


class Unreached(TypedDict):
    """One that has not got it: why, as far as that is known, and when it is tried next."""

    name: str
    address: str
    state: DeliveryState
    due_at: str | None
    last_error: str | None


class ReachShown(TypedDict):
    """How many have a wish, how many deliveries are in each state, and who has not got it."""

    reached: int
    counts: dict[str, int]
    unreached: Sequence[Unreached]


def show(session: Session, acting: Acting, id: str) -> ReachShown:
    """Show whom the last version of a wish of ours has reached.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`; Forbidden: `not-yours`.
    """
    row = load_own(session, acting, id)
    sent = deliveries.deliveries_of(session, acting.iri, _last_copies(session, acting, row))
    open = sorted(
        (one for one in sent if one.state is not DeliveryState.DELIVERED), key=lambda one: one.address
    )
    known = peers.peers_by_id(session, acting.iri, {one.recipient for one in open[:_NAMED]})
    return {
        "reached": len(sent) - len(open),
        "counts": {str(state): sum(one.state is state for one in sent) for state in DeliveryState},
        "unreached": [
            _view(one, known[one.recipient].name if one.recipient in known else "") for one in open[:_NAMED]
        ],
    }


def _last_copies(session: Session, acting: Acting, row: IntentionRow) -> list[str]:
    """Return the activities that told a wish last; in rings each was told when there was news for them."""
    if row.private.get("rings") is not None:
        copies = tellings.all_told(session, acting.iri, row.iri).values()
        entries = journal.load_entries(session, [copy.entry for copy in copies])
        return [str(recorded.entry.subject) for recorded in entries.values()]
    place = last_told(session, acting, row.iri)
    told = journal.entries_of(session, acting.iri, after=place, limit=_COPIES, kinds=["intention.told"])
    return [
        entry.entry.subject
        for entry in told
        if entry.entry.decision.get("intention") == row.iri
        and entry.entry.subject is not None
        and not _tells_its_end(entry.entry)
    ]


def last_told(session: Session, acting: Acting, iri: str) -> int:
    """Return the place in the journal at which a wish of ours was told as it is now."""
    return max(journal.last_place_about(session, acting.iri, iri, kind=kind) for kind in _TOLD)


def _tells_its_end(entry: Entry) -> bool:
    return bool(entry.body) and orjson.loads(entry.body)["type"] == "Delete"


def _view(row: DeliveryRow, name: str) -> Unreached:
    return {
        "name": name,
        "address": row.address,
        "state": row.state,
        "due_at": view_time(row.due_at) if row.state is DeliveryState.QUEUED else None,
        "last_error": row.last_error,
    }
