"""Reconsidering: an acceptance of ours that waits a while before it leaves, so that it can be undone.

Rules that hold here:

- It is signed, and counts here, from the start; only its delivery waits. So a node that is killed meanwhile
  sends it when its time has come, and nobody needs to keep a page open.
- It leaves when it was said to, and by hand before: not because its peer moves, or a clock is set back.
- It leaves in time: an acceptance that arrives when the offer has run out binds nobody, so the time to undo
  ends a little before that, however long it was to be. Nor is it longer than what is left then for whoever
  countersigns: an acceptance lapses by its own date, which is in what was signed.
- Undone before it left it is taken back like a move that no peer took, and nobody hears of it.
- Once an attempt was begun it may have arrived (decision 54): then nothing is undone.
"""

from datetime import datetime, timedelta

from node.core import codes
from node.services.acting import Acting
from node.services.negotiations import offers as negotiations
from node.services.negotiations.showing import OfferShown
from node.services.negotiations.undoing import take_back
from node.storage import agreements, deliveries
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.moves import MoveStatus, list_moves
from node.storage.session import Session
from protocol.errors import Conflict
from protocol.negotiation import Event, Party

IN_TIME = timedelta(minutes=1)
"""Before an offer runs out, an acceptance leaves: a clock may differ, and an inbox may be busy."""
_UNDONE = "You undid it."


def accept(
    session: Session, acting: Acting, id: str, *, digest: str | None = None, undo_for: timedelta
) -> OfferShown:
    """Accept the standing offer as `offers.accept`, and send that in `undo_for`, or while it stands still."""
    shown = negotiations.accept(session, acting, id, digest=digest)
    hold(session, acting, shown["id"], undo_for=undo_for)
    return shown


def hold(session: Session, acting: Acting, id: str, *, undo_for: timedelta) -> None:
    """Have an acceptance of ours leave in `undo_for`. Call in the write that made it."""
    held = _held(session, acting, id)
    row = negotiations.load(session, acting, id)
    until = acting.now + undo_for
    if row.expires_at is not None:
        until = min(until, row.expires_at - IN_TIME)
    agreement = agreements.load_agreement_by_offer(session, acting.iri, row.id)
    if agreement is not None and agreement.holds_until is not None:
        until = min(until, acting.now + (agreement.holds_until - acting.now) / 2)
    if held is not None and until > acting.now:
        deliveries.hold_delivery(session, held.id, until=until)


def undoable_until(session: Session, acting: Acting, id: str) -> datetime | None:
    """Return when our acceptance leaves that has not; None if there is none, or it may have left."""
    held = _held(session, acting, negotiations.load(session, acting, id).id)
    return None if held is None else held.due_at


def undo(session: Session, acting: Acting, id: str) -> OfferShown:
    """Undo an acceptance of ours that has not left: nothing of it is sent, and the offer stands as before.

    Raises:
        NotFound: `unknown-id`; Conflict: `left-already`, there is none that could be undone.
    """
    row = negotiations.load(session, acting, id)
    held = _held(session, acting, row.id)
    if held is None:
        raise Conflict(codes.LEFT_ALREADY)
    state = DeliveryState.CANCELLED
    deliveries.settle_delivery(session, held.id, state, at=acting.now, error=_UNDONE, attempted=False)
    take_back(session, held, now=acting.now, record=acting.record)
    return negotiations.show(session, acting, row.id)


def send(session: Session, acting: Acting, id: str) -> OfferShown:
    """Let an acceptance of ours that waits leave now; one that has left has.

    Raises:
        NotFound: `unknown-id`.
    """
    row = negotiations.load(session, acting, id)
    held = _held(session, acting, row.id)
    if held is not None:
        deliveries.requeue_delivery(session, held.id, now=acting.now)
    return negotiations.show(session, acting, row.id)


def _held(session: Session, acting: Acting, id: str) -> DeliveryRow | None:
    """Return the delivery of the acceptance of ours that counts, if nothing of it was tried."""
    moves = list_moves(session, id, statuses=[MoveStatus.APPLIED])
    ours = [move.iri for move in moves if (move.event, move.by_party) == (Event.ACCEPT, Party.OFFEREE)]
    waiting = [
        row
        for row in deliveries.deliveries_of(session, acting.iri, ours[-1:])
        if row.state is DeliveryState.QUEUED and not row.tried
    ]
    return waiting[0] if waiting else None
