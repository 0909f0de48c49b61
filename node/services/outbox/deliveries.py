"""Deliveries: what became of an activity of ours at its recipient.

Rules that hold here:

- What a peer refused for good (4xx) it has not applied: a move is taken back then (`negotiations.undoing`),
  a notice only if it could not count (`negotiations.refused_notices`).
- What was given up without a refusal stands, because the peer may have applied it. Answers that pass by
  themselves (401, 408, 425, 429) refuse no move.
- A notice that counts is sent on, once a day, whatever was answered: who said that the peer is gone, or does
  not take it, may have been a proxy. Its owner is told when it does not arrive, whatever settles it.
- An inbox that is gone takes along all that waits for it; a recipient that is gone, what waits for it alone.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypedDict

from node.core import codes
from node.core.drafts import view_time
from node.core.leaving import WARNED
from node.core.negotiations import OPEN_STATES
from node.core.retries import TRANSIENT_CLIENT_ERRORS
from node.core.waits import QueueStanding, Wait, why_waiting
from node.services.acting import Acting, Record
from node.services.grants import giving
from node.services.intentions import ending, signing
from node.services.negotiations.refused_notices import (
    NEXT,
    PeerRefusal,
    goes_again,
    hear_nothing,
    is_decided,
    own_notice,
)
from node.services.negotiations.undoing import take_back
from node.services.outbox.undelivered import tell
from node.storage import deliveries, journal, offers, origins
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.ids import resolve_id
from node.storage.moves import MoveStatus, load_move
from node.storage.origins import OriginRow
from node.storage.session import Session
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Event

# RFC 9110 §15.5: the request was not taken, and will not be.
_REFUSALS = frozenset(range(400, 500)) - TRANSIENT_CLIENT_ERRORS


class DeliveryShown(TypedDict):
    """One activity on its way to one recipient; why it waits, and the delivery that goes before it, by id."""

    id: str
    activity: str
    kind: str
    recipient: str
    state: str
    attempts: int
    tried: bool
    due_at: str | None
    waits: Wait | None
    waits_for: str | None
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
    reasons: tuple[str, ...] = (),
    state: DeliveryState = DeliveryState.REFUSED,
    attempted: bool = True,
) -> None:
    """Settle a delivery that the recipient refused for good, and take back the move it carried.

    `reasons` are the words of its answer (`node.core.retries.Outcome`).
    """
    ended = (session, row.id, state)
    was_queued = deliveries.settle_delivery(*ended, at=now, status=status, error=detail, attempted=attempted)
    if not was_queued:
        return
    notice = own_notice(session, row)
    is_news = attempted if notice is None else not is_decided(session, row.actor, row.activity)
    if status in _REFUSALS:
        _take_back(session, row, now=now, record=record, refusal=PeerRefusal(status, detail, reasons))
    elif notice is not None:
        # Without such an answer the peer may have applied the move, so it stands.
        is_news = hear_nothing(session, row, notice, now=now, due_at=now + NEXT, record=record)
    if is_news:
        tell(session, row, now=now)
    _send_on(session, row, now=now)


def unanswered(
    session: Session, row: DeliveryRow, *, now: datetime, due_at: datetime | None, record: Record
) -> None:
    """Note what silence means for what a delivery carries; without `due_at` it has just been given up.

    Who does not answer what comes first is silent to the notices behind it, too.
    """
    if due_at is not None and due_at - row.created_at < WARNED:
        return
    for waiting in deliveries.notices_behind(session, row):
        _not_heard(session, waiting, now=now, due_at=due_at or now + NEXT, record=record)
    if own_notice(session, row) is None:
        if due_at is None:
            tell(session, row, now=now)
        return
    _not_heard(session, row, now=now, due_at=due_at or now + NEXT, record=record)
    if due_at is None or is_decided(session, row.actor, row.activity):
        _send_on(session, row, now=now)


def _not_heard(
    session: Session, row: DeliveryRow, *, now: datetime, due_at: datetime, record: Record
) -> None:
    """Note that nobody has heard a notice, if a delivery carries one, and tell its owner in time."""
    notice = own_notice(session, row)
    if notice is not None and hear_nothing(session, row, notice, now=now, due_at=due_at, record=record):
        tell(session, row, now=now)


def _send_on(session: Session, row: DeliveryRow, *, now: datetime) -> None:
    """Send a notice that counts again tomorrow, and until then what comes after it; or tell that it ended."""
    notice = own_notice(session, row)
    if notice is None:
        return
    if goes_again(session, row, notice, now=now):
        deliveries.keep_trying(session, row.id, due_at=now + NEXT)
    else:
        tell(session, row, now=now)


def cancel_all(session: Session, acting: Acting, peer: str) -> None:
    """Cancel what waits for a peer (its id), and take back the moves that were never tried.

    A notice that counts goes out all the same: who leaves a peer and blocks it is not to stay for that. So
    does the end of a wish that the peer has signed for: by that it deletes what it was told. So does what
    takes a grant back, or its place: by that it erases what it read.
    """
    for row in deliveries.queued_for(session, acting.iri, peer):
        if own_notice(session, row) is not None or ending.ends_duty(session, row):
            continue
        if giving.narrows(session, row):
            continue
        _cancel(session, acting, row, "The peer is blocked.")
        if not row.tried:
            _take_back(session, row, now=acting.now, record=acting.record)


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
        "items": _views(session, acting, page.items),
        "next": page.next,
        "counts": deliveries.count_deliveries(session, acting.iri),
    }


def retry(session: Session, acting: Acting, id: str) -> DeliveryShown:
    """Send a delivery again now; a server that is left in peace is asked for it all the same.

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
    origins.end_rest(session, row.origin, now=acting.now)
    (shown,) = _views(session, acting, [row])
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
    """Send a delivery no more; a move or an undertaking that was never tried is taken back with it.

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
        _take_back(session, row, now=acting.now, record=acting.record)
    (shown,) = _views(session, acting, [replace(row, state=DeliveryState.CANCELLED, settled_at=acting.now)])
    return {**shown, "last_error": "You cancelled it."}


def _take_back(
    session: Session, row: DeliveryRow, *, now: datetime, record: Record, refusal: PeerRefusal | None = None
) -> None:
    """Take back what a delivery carried, whichever it was: a move, an undertaking, or a grant."""
    take_back(session, row, now=now, record=record, refusal=refusal)
    signing.take_back(session, row, now=now, record=record)
    giving.take_back(session, row, now=now, record=record)


def _cancel(session: Session, acting: Acting, row: DeliveryRow, why: str) -> bool:
    """Send a delivery no more, which is no attempt; tell whether it was still queued."""
    state = DeliveryState.CANCELLED
    return deliveries.settle_delivery(session, row.id, state, at=acting.now, error=why, attempted=False)


def _views(session: Session, acting: Acting, rows: Sequence[DeliveryRow]) -> Sequence[DeliveryShown]:
    """Show deliveries as the owner's programs read them; their entries and origins are read at once."""
    entries = journal.load_entries(session, [row.entry for row in rows])
    queued = [row for row in rows if row.state is DeliveryState.QUEUED]
    known = origins.load_origins(session, {row.origin for row in queued})
    behind = {row.recipient for row in queued if row.behind}
    first = {recipient: deliveries.first_in_line(session, acting.iri, recipient) for recipient in behind}
    return [
        _view(
            row,
            entries.get(row.entry),
            waits=_why(row, known.get(row.origin), now=acting.now),
            waits_for=first.get(row.recipient),
        )
        for row in rows
    ]


def _why(row: DeliveryRow, origin: OriginRow | None, *, now: datetime) -> tuple[Wait | None, datetime | None]:
    if row.state is not DeliveryState.QUEUED:
        return None, None
    standing = QueueStanding(
        held_until=row.held_until,
        behind=row.behind,
        aside=row.aside,
        tried=row.attempts > 0,
        due_at=row.due_at,
        rests_until=None if origin is None else origin.open_until,
    )
    return why_waiting(standing, now=now)


def _view(
    row: DeliveryRow,
    recorded: journal.Recorded | None,
    *,
    waits: tuple[Wait | None, datetime | None],
    waits_for: str | None,
) -> DeliveryShown:
    why, due_at = waits
    return {
        "id": row.id,
        "activity": row.activity,
        "kind": recorded.entry.kind if recorded else "",
        "recipient": row.address,
        "state": row.state.value,
        "attempts": row.attempts,
        "tried": row.tried,
        "due_at": view_time(due_at),
        "waits": why,
        "waits_for": waits_for if why is Wait.BEHIND else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "created_at": view_time(row.created_at),
        "settled_at": view_time(row.settled_at),
    }
