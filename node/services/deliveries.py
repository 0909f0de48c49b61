"""Deliveries: what became of an activity of ours at its recipient, and what that means for a negotiation.

Rules that hold here:

- A peer that refuses a move for good (4xx) has not applied it. Then neither have we: the move
  becomes void and the negotiation is what it was without it, so both ends agree again.
- The first Offer of a negotiation cannot be taken back like this; its refusal withdraws nothing here, the
  delivery shows the reason and the offer expires.
"""

from datetime import datetime
from typing import Any

from sqlite_utils import Database

from node.core.entries import Direction, Entry
from node.core.terms import view_time
from node.services.desk import Desk
from node.services.recording import record
from node.storage import deliveries, journal, offers
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.ids import resolve_id
from node.storage.offers import MoveStatus
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
    if status is None or not _CLIENT_ERRORS[0] <= status <= _CLIENT_ERRORS[1]:
        return  # given up without an answer: the peer may have applied it, so it stands
    move = offers.load_move(db, row.actor, row.activity)
    if move is None or move.status is not MoveStatus.APPLIED or move.event is Event.OFFER:
        return
    # Deliveries to one recipient keep their order, so what we did after this move is unknown there too, and
    # builds on something that never took effect.
    applied = offers.list_moves(db, move.offer, statuses=(MoveStatus.APPLIED,))
    unknown = [
        later.iri for later in applied if later.by_party is move.by_party and later.sequence >= move.sequence
    ]
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind="move.refused",
        actor=row.actor,
        peer=row.recipient,
        subject=row.activity,
        decision={"offer": move.offer, "moves": unknown, "status": status},
    )
    record(db, entry)


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
        NotFound: `unknown-id`; Conflict: `settled`, it was delivered or cancelled.
    """
    found = resolve_id(db, "deliveries", desk.iri, id)
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
