"""Deliveries: what became of an activity of ours at its recipient, and what that means for a negotiation.

Rules that hold here:

- A peer that refuses a move for good (4xx) has not applied it. Then neither have we: the move becomes void,
  and with it what builds on it, so both ends agree again.
- With its first Offer refused a negotiation is over: there is nothing to go back to.
- What was given up without an answer stands, because the peer may have applied it.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from node.core.entries import Direction, Entry
from node.core.negotiations import OPEN_STATES
from node.core.terms import view_time
from node.services.acting import Acting
from node.services.ledger.recording import record
from node.services.negotiations.loading import applied_moves, refold
from node.storage import deliveries, journal, offers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.ids import resolve_id
from node.storage.offers import MoveStatus, OfferRow
from node.storage.session import Session
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Event

_CLIENT_ERRORS = (400, 499)  # RFC 9110 §15.5: the request was not taken, and will not be


def delivered(session: Session, row: DeliveryRow, *, now: datetime, status: int) -> None:
    """Settle a delivery that the recipient acknowledged (2xx). Call inside a write."""
    deliveries.settle_delivery(session, row.id, DeliveryState.DELIVERED, at=now, status=status)


def refused(
    session: Session,
    row: DeliveryRow,
    *,
    now: datetime,
    status: int | None,
    detail: str,
    state: DeliveryState = DeliveryState.REFUSED,
) -> None:
    """Settle a delivery that the recipient refused for good, and void the move it carried."""
    if deliveries.settle_delivery(session, row.id, state, at=now, status=status, error=detail):
        _void(session, row, now=now, status=status)


def _void(session: Session, row: DeliveryRow, *, now: datetime, status: int | None) -> None:
    if status is not None and _CLIENT_ERRORS[0] <= status <= _CLIENT_ERRORS[1]:
        take_back(session, row, now=now, status=status)
    # Without such an answer the peer may have applied the move, so it stands.


def take_back(session: Session, row: DeliveryRow, *, now: datetime, status: int | None = None) -> None:
    """Take back the move that a delivery carried and the peer never took, and what builds on it.

    What builds on it is not sent any more either.
    """
    move = offers.load_move(session, row.actor, row.activity)
    offer = None if move is None else offers.load_offer(session, row.actor, move.offer)
    if move is None or offer is None or move.status is not MoveStatus.APPLIED:
        return
    if move.event is Event.OFFER:
        _close(session, offer, row, now=now, status=status)
        return
    kept = [other for other in applied_moves(session, offer.id) if other.iri != move.iri]
    _, dropped = refold(session, offer, kept)
    void = [move.iri, *dropped]
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind="move.refused",
        actor=row.actor,
        peer=row.recipient,
        subject=row.activity,
        decision={"offer": offer.id, "moves": void, "status": status},
    )
    record(session, entry)
    cancel_moves(session, row.actor, row.recipient, void, now=now)


def _close(session: Session, offer: OfferRow, row: DeliveryRow, *, now: datetime, status: int | None) -> None:
    """End a negotiation that never began at the other end: its first Offer was refused."""
    cancel_moves(
        session, row.actor, row.recipient, [move.iri for move in applied_moves(session, offer.id)], now=now
    )
    if offer.state not in OPEN_STATES:
        return
    decision = {"offer": offer.id, "event": Event.EXPIRE.value, "status": status}
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind="offer.expired",
        actor=row.actor,
        peer=row.recipient,
        subject=offer.id,
        decision=decision,
    )
    record(session, entry)


def cancel_moves(session: Session, actor: str, peer: str, moves: Sequence[str], *, now: datetime) -> None:
    """Send moves that were taken back no more."""
    for iri in moves:
        waiting = deliveries.load_delivery_of(session, actor, iri, peer)
        if waiting is not None:
            deliveries.settle_delivery(
                session, waiting.id, DeliveryState.CANCELLED, at=now, error="The move was taken back."
            )


def cancel_all(session: Session, acting: Acting, peer: str) -> None:
    """Cancel what waits for a peer, and take back the moves that were never tried."""
    for row in deliveries.queued_for(session, acting.iri, peer):
        deliveries.settle_delivery(
            session, row.id, DeliveryState.CANCELLED, at=acting.now, error="The peer is blocked."
        )
        if row.attempts == 0:
            take_back(session, row, now=acting.now)


def abandon(session: Session, row: DeliveryRow, *, now: datetime, status: int, detail: str) -> None:
    """Settle everything that waits for an inbox that is gone (404, 410), each with what it carried."""
    for waiting in deliveries.queued_to_inbox(session, row.inbox):
        refused(session, waiting, now=now, status=status, detail=detail, state=DeliveryState.GONE)


def list(
    session: Session,
    acting: Acting,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """List what is on its way or was, newest first, with its last error."""
    if state is not None and state not in set(DeliveryState):
        raise Unprocessable("unknown-state", "A delivery is queued, delivered, refused, gone or cancelled.")
    chosen = None if state is None else DeliveryState(state)
    page = deliveries.list_deliveries(session, acting.iri, state=chosen, cursor=cursor, limit=limit)
    return {
        "items": _view_all(session, page.items),
        "next": page.next,
        "counts": deliveries.count_deliveries(session, acting.iri),
    }


def retry(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Send a delivery again now.

    Raises:
        NotFound: `unknown-id`; Conflict: `settled`, it was delivered or cancelled; `taken-back`,
            it is a move that no longer counts.
    """
    found = resolve_id(session, "deliveries", acting.iri, id)
    row = deliveries.load_delivery(session, found)
    move = None if row is None else offers.load_move(session, acting.iri, row.activity)
    if move is not None and move.status is not MoveStatus.APPLIED:
        raise Conflict("taken-back", "This move was taken back when it was refused. Make a new one.")
    if not deliveries.requeue_delivery(session, found, now=acting.now):
        raise Conflict("settled", "This was delivered or cancelled already. Nothing sent.")
    row = deliveries.load_delivery(session, found)
    assert row is not None  # noqa: S101 - requeued just now
    return view(session, row)


def view(session: Session, row: DeliveryRow) -> dict[str, Any]:
    """Show a delivery as the owner's programs read it."""
    (shown,) = _view_all(session, [row])
    return shown


def _view_all(session: Session, rows: Sequence[DeliveryRow]) -> Sequence[dict[str, Any]]:
    """Show many deliveries with one look for what kind of entry each carries."""
    kinds = journal.kinds_at(session, [row.sequence for row in rows])
    return [_view(row, kinds.get(row.sequence, "")) for row in rows]


def _view(row: DeliveryRow, kind: str) -> dict[str, Any]:
    return {
        "id": row.id,
        "activity": row.activity,
        "kind": kind,
        "recipient": row.recipient,
        "state": row.state.value,
        "attempts": row.attempts,
        "due_at": view_time(row.due_at) if row.state is DeliveryState.QUEUED else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "created_at": view_time(row.created_at),
        "settled_at": view_time(row.settled_at),
    }
