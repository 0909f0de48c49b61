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

from sqlite_utils import Database

from node.core.entries import Direction, Entry
from node.core.terms import view_time
from node.core.threads import OPEN_STATES
from node.services.desk import Desk
from node.services.recording import record
from node.services.threads import applied_moves, refold
from node.storage import deliveries, journal, offers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.ids import resolve_id
from node.storage.offers import MoveStatus, OfferRow
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Event

_CLIENT_ERRORS = (400, 499)  # RFC 9110 §15.5: the request was not taken, and will not be


def delivered(db: Database, row: DeliveryRow, *, now: datetime, status: int) -> None:
    """Settle a delivery that the recipient acknowledged (2xx). Call inside a write."""
    deliveries.settle_delivery(db, row.id, DeliveryState.DELIVERED, at=now, status=status)


def refused(
    db: Database,
    row: DeliveryRow,
    *,
    now: datetime,
    status: int | None,
    detail: str,
    state: DeliveryState = DeliveryState.REFUSED,
) -> None:
    """Settle a delivery that the recipient refused for good, and void the move it carried."""
    if deliveries.settle_delivery(db, row.id, state, at=now, status=status, error=detail):
        _void(db, row, now=now, status=status)


def _void(db: Database, row: DeliveryRow, *, now: datetime, status: int | None) -> None:
    if status is not None and _CLIENT_ERRORS[0] <= status <= _CLIENT_ERRORS[1]:
        take_back(db, row, now=now, status=status)
    # Without such an answer the peer may have applied the move, so it stands.


def take_back(db: Database, row: DeliveryRow, *, now: datetime, status: int | None = None) -> None:
    """Take back the move that a delivery carried and the peer never took, and what builds on it.

    What builds on it is not sent any more either.
    """
    move = offers.load_move(db, row.actor, row.activity)
    offer = None if move is None else offers.load_offer(db, row.actor, move.offer)
    if move is None or offer is None or move.status is not MoveStatus.APPLIED:
        return
    if move.event is Event.OFFER:
        _close(db, offer, row, now=now, status=status)
        return
    kept = [other for other in applied_moves(db, offer.id) if other.iri != move.iri]
    _, dropped = refold(db, offer, kept)
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
    record(db, entry)
    cancel_moves(db, row.actor, row.recipient, void, now=now)


def _close(db: Database, offer: OfferRow, row: DeliveryRow, *, now: datetime, status: int | None) -> None:
    """End a negotiation that never began at the other end: its first Offer was refused."""
    cancel_moves(db, row.actor, row.recipient, [move.iri for move in applied_moves(db, offer.id)], now=now)
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
    record(db, entry)


def cancel_moves(db: Database, actor: str, peer: str, moves: Sequence[str], *, now: datetime) -> None:
    """Send moves that were taken back no more."""
    for iri in moves:
        waiting = deliveries.load_delivery_of(db, actor, iri, peer)
        if waiting is not None:
            deliveries.settle_delivery(
                db, waiting.id, DeliveryState.CANCELLED, at=now, error="The move was taken back."
            )


def cancel_all(db: Database, desk: Desk, peer: str) -> None:
    """Cancel what waits for a peer, and take back the moves that were never tried."""
    for row in deliveries.queued_for(db, desk.iri, peer):
        deliveries.settle_delivery(
            db, row.id, DeliveryState.CANCELLED, at=desk.now, error="The peer is blocked."
        )
        if row.attempts == 0:
            take_back(db, row, now=desk.now)


def abandon(db: Database, row: DeliveryRow, *, now: datetime, status: int, detail: str) -> None:
    """Settle everything that waits for an inbox that is gone (404, 410), each with what it carried."""
    for waiting in deliveries.queued_to_inbox(db, row.inbox):
        refused(db, waiting, now=now, status=status, detail=detail, state=DeliveryState.GONE)


def list(
    db: Database,
    desk: Desk,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """List what is on its way or was, newest first, with its last error."""
    if state is not None and state not in set(DeliveryState):
        raise Unprocessable("unknown-state", "A delivery is queued, delivered, refused, gone or cancelled.")
    chosen = None if state is None else DeliveryState(state)
    page = deliveries.list_deliveries(db, desk.iri, state=chosen, cursor=cursor, limit=limit)
    return {
        "items": [view(db, row) for row in page.items],
        "next": page.next,
        "counts": deliveries.count_deliveries(db, desk.iri),
    }


def retry(db: Database, desk: Desk, id: str) -> dict[str, Any]:
    """Send a delivery again now.

    Raises:
        NotFound: `unknown-id`; Conflict: `settled`, it was delivered or cancelled; `taken-back`,
            it is a move that no longer counts.
    """
    found = resolve_id(db, "deliveries", desk.iri, id)
    row = deliveries.load_delivery(db, found)
    move = None if row is None else offers.load_move(db, desk.iri, row.activity)
    if move is not None and move.status is not MoveStatus.APPLIED:
        raise Conflict("taken-back", "This move was taken back when it was refused. Make a new one.")
    if not deliveries.requeue_delivery(db, found, now=desk.now):
        raise Conflict("settled", "This was delivered or cancelled already. Nothing sent.")
    row = deliveries.load_delivery(db, found)
    assert row is not None  # noqa: S101 - requeued just now
    return view(db, row)


def view(db: Database, row: DeliveryRow) -> dict[str, Any]:
    """Show a delivery as the owner's programs read it."""
    recorded = journal.load_entry(db, row.sequence)
    return {
        "id": row.id,
        "activity": row.activity,
        "kind": recorded.entry.kind if recorded else "",
        "recipient": row.recipient,
        "state": row.state.value,
        "attempts": row.attempts,
        "due_at": view_time(row.due_at) if row.state is DeliveryState.QUEUED else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "created_at": view_time(row.created_at),
        "settled_at": view_time(row.settled_at),
    }
