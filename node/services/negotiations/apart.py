"""Apart: what comes after an offer that is in quarantine, from whoever does not know that it is there.

Rules that hold here:

- It is answered as if the offer had been let in: a sender that got another answer would learn that there are
  as many offers as the wish takes. So it is taken on trial, with all that came before it, and that is undone.
- What would be taken is kept with the offer, and taken when the owner lets that in. A withdrawal takes all of
  it away.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

from node.core import codes
from node.services.acting import Acting, unweighed
from node.services.ledger.received import Received
from node.services.negotiations import messages, quarantine, taking
from node.storage import offers, peers
from node.storage import quarantine as rows
from node.storage.quarantine import QuarantinedRow
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable
from protocol.jsonld import kind, ref
from protocol.moves import read_move


class _TakenError(Exception):
    """Undoes what was taken on trial; `within` is whether it joined what is in quarantine."""

    def __init__(self, *, within: bool) -> None:
        super().__init__()
        self.within = within


def receive_move(session: Session, acting: Acting, received: Received) -> None:
    """Take a move of the other end, or keep it with the offer in quarantine that it comes after.

    Raises: as `taking.receive_move`.
    """
    held = _held(session, acting, received)
    if not held:
        taking.receive_move(session, acting, received)
        return
    newest = [row for row in held if row.key][-1]
    if kind(received.activity.get("type")) == "Undo" and received.named == newest.activity:
        # Whether it could still be let in or not: who takes it back is not to be bound by it.
        if newest.peer != received.peer.id:
            raise Forbidden(codes.NOT_YOUR_NEGOTIATION)
        rows.delete_quarantined(session, acting.iri, newest.id)
        return
    rehearsing = replace(acting, weigh=unweighed)
    error = session.attempt(partial(_rehearse, acting=rehearsing, held=held, received=received)).error
    if not isinstance(error, _TakenError):
        assert error is not None  # noqa: S101 - a trial never ends well
        raise error
    if error.within:
        quarantine.hold_after(session, acting, received, held[0])
    else:  # it names the offer, and is about something else
        taking.receive_move(session, acting, received)


def receive_note(session: Session, acting: Acting, received: Received) -> None:
    """Take a message of the other end, or keep it with the offer in quarantine that it is about.

    Raises: as `messages.receive_note`.
    """
    held = rows.quarantined_negotiation(session, acting.iri, messages.negotiation_of(received))
    if not held:
        messages.receive_note(session, acting, received, received.object)
        return
    iri, _ = messages.read_note(received, received.object, peer=held[0].peer)
    if rows.load_quarantined_by_activity(session, acting.iri, iri) is not None:
        raise Conflict(codes.MESSAGE_EXISTS)
    if sum(not row.key for row in held) >= acting.limits.messages_per_offer:
        raise Conflict(codes.TOO_MANY_MESSAGES)
    quarantine.hold_after(session, acting, received, held[0], message=iri)


def find_message(session: Session, acting: Acting, received: Received) -> QuarantinedRow | None:
    """Return the message of a sender that a deletion names, if it is in quarantine."""
    row = rows.load_quarantined_by_activity(session, acting.iri, received.named)
    return row if row is not None and not row.key and row.peer == received.peer.id else None


def drop_message(session: Session, _acting: Acting, _received: Received, row: QuarantinedRow) -> None:
    """Erase a message that its author took back."""
    rows.delete_quarantined_message(session, row)


def let_in(session: Session, acting: Acting, held: Sequence[QuarantinedRow]) -> None:
    """Take an offer out of the quarantine as if it had come now, and then what came after it.

    What cannot be taken any more of what came after is left out. Call inside a write.

    Raises: as `taking.receive_opening`; nothing has changed then.
    """
    opening, *after = [
        (row, quarantine.received_of(row, peers.named_peer(session, acting.iri, row.peer))) for row in held
    ]
    row, received = opening
    rows.delete_quarantined(session, acting.iri, row.id)
    move = read_move(received.activity, currency=row.currency)
    taking.receive_opening(session, acting, received, move, released=True)
    for row, received in after:
        error = session.attempt(partial(_take, acting=acting, row=row, received=received)).error
        if error is not None and not isinstance(error, ProtocolError):
            raise error


def _take(session: Session, *, acting: Acting, row: QuarantinedRow, received: Received) -> None:
    if row.key:
        taking.receive_move(session, acting, received)
    else:
        messages.receive_note(session, acting, received, received.object)


def _rehearse(
    session: Session, *, acting: Acting, held: Sequence[QuarantinedRow], received: Received
) -> None:
    let_in(session, acting, [row for row in held if row.key])
    taking.receive_move(session, acting, received)
    opened = offers.load_offer_by_move(session, acting.iri, held[0].activity)
    moved = offers.load_offer_by_move(session, acting.iri, str(received.activity["id"]))
    raise _TakenError(within=moved is not None and moved == opened)


def _held(session: Session, acting: Acting, received: Received) -> list[QuarantinedRow]:
    """Return what is in quarantine of the negotiation that a move is in, or of what it answers."""
    if not rows.holds_any(session, acting.iri):  # as nearly always: one look in place of two for each member
        return []
    for member in ("context", "inReplyTo", "object"):
        address = _address(received, member)
        row = address and rows.load_quarantined_by_activity(session, acting.iri, address)
        negotiation = row.negotiation if row else address
        held = rows.quarantined_negotiation(session, acting.iri, negotiation) if negotiation else []
        if held:
            return held
    return []


def _address(received: Received, member: str) -> str | None:
    """Return what a member of an activity names, None if it names nothing by one address."""
    try:
        return ref(received.activity.get(member))
    except Unprocessable:
        return None
