"""Deliveries: what became of an activity of ours at its recipient.

Rules that hold here:

- What a peer refused for good (4xx) it has not applied: a move is taken back then (`negotiations.undoing`),
  a notice only if it could not count (`negotiations.refused_notices`).
- What was given up without a refusal stands, because the peer may have applied it. Answers that pass by
  themselves (401, 408, 425, 429) refuse no move.
- An inbox that is gone takes along all that waits for it; a recipient that is gone, what waits for it alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from node.core import codes
from node.core.drafts import view_time
from node.core.negotiations import OPEN_STATES
from node.core.retries import TRANSIENT_CLIENT_ERRORS
from node.services.acting import Acting, Record
from node.services.intentions import signing
from node.services.negotiations.refused_notices import PeerRefusal
from node.services.negotiations.undoing import take_back
from node.storage import deliveries, journal, offers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.ids import resolve_id
from node.storage.moves import MoveStatus, load_move
from node.storage.session import Session
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Event

# RFC 9110 §15.5: the request was not taken, and will not be.
_REFUSALS = frozenset(range(400, 500)) - TRANSIENT_CLIENT_ERRORS


class DeliveryShown(TypedDict):
    """One activity on its way to one recipient."""

    id: str
    activity: str
    kind: str
    recipient: str
    state: str
    attempts: int
    tried: bool
    due_at: str | None
    last_status: int | None
    last_error: str | None
    created_at: str | None
    settled_at: str | None


class Deliveries(TypedDict):
    """Some of what is on its way or was, and how much there is in each state."""

    items: Sequence[DeliveryShown]
    next: str | None
    counts: dict[str, int]


def refused(
    session: Session,
    row: DeliveryRow,
    *,
    now: datetime,
    record: Record,
    status: int | None,
    detail: str,
    state: DeliveryState = DeliveryState.REFUSED,
    attempted: bool = True,
) -> None:
    """Settle a delivery that the recipient refused for good, and take back the move it carried."""
    ended = (session, row.id, state)
    was_queued = deliveries.settle_delivery(*ended, at=now, status=status, error=detail, attempted=attempted)
    # Without such an answer the peer may have applied the move, so it stands.
    if was_queued and status in _REFUSALS:
        take_back(session, row, now=now, record=record, refusal=PeerRefusal(status, detail))
        signing.take_back(session, row, now=now, record=record)


def cancel_all(session: Session, acting: Acting, peer: str) -> None:
    """Cancel what waits for a peer (its id), and take back the moves that were never tried."""
    for row in deliveries.queued_for(session, acting.iri, peer):
        _cancel(session, acting, row, "The peer is blocked.")
        if not row.tried:
            take_back(session, row, now=acting.now, record=acting.record)
            signing.take_back(session, row, now=acting.now, record=acting.record)


def retry_all(session: Session, acting: Acting, peer: str) -> None:
    """Send what waits for a peer (its id) now, except what is held so that it can be undone."""
    for row in deliveries.queued_for(session, acting.iri, peer):
        if row.held_until is None or row.held_until <= acting.now:
            deliveries.requeue_delivery(session, row.id, now=acting.now)


def abandon(
    session: Session,
    row: DeliveryRow,
    *,
    now: datetime,
    record: Record,
    status: int,
    detail: str,
    removed: bool = False,
) -> None:
    """Settle everything that waits for what is gone (404, 410), each with what it carried.

    That is the delivery's inbox; or its recipient alone, if that was `removed` or its inbox is not known.
    """
    # An empty inbox is nobody's address: everyone whose document has not been read yet has it.
    by_recipient = removed or not row.inbox
    queued = (
        deliveries.queued_to_recipient(session, row.recipient)
        if by_recipient
        else deliveries.queued_to_inbox(session, row.inbox)
    )
    for waiting in queued:
        refused(
            session,
            waiting,
            now=now,
            record=record,
            status=status,
            detail=detail,
            state=DeliveryState.GONE,
            attempted=False,
        )


def list(
    session: Session,
    acting: Acting,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Deliveries:
    """List what is on its way or was, newest first, with its last error."""
    if state is not None and state not in set(DeliveryState):
        raise Unprocessable(codes.UNKNOWN_STATE)
    chosen = None if state is None else DeliveryState(state)
    page = deliveries.list_deliveries(session, acting.iri, state=chosen, cursor=cursor, limit=limit)
    return {
        "items": _views(session, page.items),
        "next": page.next,
        "counts": deliveries.count_deliveries(session, acting.iri),
    }


def retry(session: Session, acting: Acting, id: str) -> DeliveryShown:
    """Send a delivery again now.

    Raises:
        NotFound: `unknown-id`; Conflict: `settled`, it was delivered or cancelled; `taken-back`,
            it is a move that no longer counts.
    """
    found = resolve_id(session, "deliveries", acting.iri, id)
    row = deliveries.load_delivery(session, found)
    if row is not None and not _counts(session, row):
        raise Conflict(codes.TAKEN_BACK)
    if not deliveries.requeue_delivery(session, found, now=acting.now):
        raise Conflict(codes.SETTLED)
    row = deliveries.load_delivery(session, found)
    assert row is not None  # noqa: S101 - requeued just now
    (shown,) = _views(session, [row])
    return shown


def _counts(session: Session, row: DeliveryRow) -> bool:
    """Tell whether what a delivery carries may still be sent: a move that counts here, if it is one.

    A refused first offer counts for the record; with it the negotiation ended, and nobody could accept it.
    """
    move = load_move(session, row.actor, row.activity)
    if move is None:
        return True
    offer = offers.load_offer(session, row.actor, move.offer)
    dead = move.event is Event.OFFER and offer is not None and offer.state not in OPEN_STATES
    return move.status is MoveStatus.APPLIED and not (dead and row.state is not DeliveryState.QUEUED)


def cancel(session: Session, acting: Acting, id: str) -> DeliveryShown:
    """Send a delivery no more; a move that was never tried is taken back with it.

    One that was tried, or is under way at this moment, may have arrived, so its move stands: what takes a
    move back is a move.

    Raises:
        NotFound: `unknown-id`; Conflict: `settled`, it was delivered or cancelled.
    """
    found = resolve_id(session, "deliveries", acting.iri, id)
    row = deliveries.load_delivery(session, found)
    assert row is not None  # noqa: S101 - its id was found just now
    if not _cancel(session, acting, row, "You cancelled it."):
        raise Conflict(codes.SETTLED)
    if not row.tried:
        take_back(session, row, now=acting.now, record=acting.record)
    (shown,) = _views(session, [replace(row, state=DeliveryState.CANCELLED, settled_at=acting.now)])
    return {**shown, "last_error": "You cancelled it."}


def _cancel(session: Session, acting: Acting, row: DeliveryRow, why: str) -> bool:
    """Send a delivery no more, which is no attempt; tell whether it was still queued."""
    state = DeliveryState.CANCELLED
    return deliveries.settle_delivery(session, row.id, state, at=acting.now, error=why, attempted=False)


def _views(session: Session, rows: Sequence[DeliveryRow]) -> Sequence[DeliveryShown]:
    """Show deliveries as the owner's programs read them; their entries are read at once."""
    entries = journal.load_entries(session, [row.entry for row in rows])
    return [_view(row, entries.get(row.entry)) for row in rows]


def _view(row: DeliveryRow, recorded: journal.Recorded | None) -> DeliveryShown:
    return {
        "id": row.id,
        "activity": row.activity,
        "kind": recorded.entry.kind if recorded else "",
        "recipient": row.address,
        "state": row.state.value,
        "attempts": row.attempts,
        "tried": row.tried,
        "due_at": view_time(row.due_at) if row.state is DeliveryState.QUEUED else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "created_at": view_time(row.created_at),
        "settled_at": view_time(row.settled_at),
    }
