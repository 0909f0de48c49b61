"""Own notices that were refused, or that nobody answers: they count if our own books say so.

Rules that hold here:

- A notice is a declaration. Whoever is gone, or will not hear of it, cannot keep anybody in an agreement.
- It is decided once, and written into the journal: by the first refusal, or by the silence of the last day on
  which it could be taken. Whatever is answered later changes nothing, and a rebuild looks at no clock.
- What was not decided while it could be taken, because this node was off, is judged like any other.
- Its owner is told in time that it has not arrived, once: there are other ways to give notice.

Sources: decisions 104 and 111.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

from node.core.entries import Direction, Entry
from node.core.leaving import WARNED, check_refused, has_heard, is_kept_trying
from node.core.negotiations import Agreed, Negotiation
from node.core.threads import Step, Thread, fold
from node.services.acting import Record
from node.services.negotiations.folding import applied_moves, load_steps, open_with
from node.services.negotiations.loading import load_many
from node.services.negotiations.projecting import read_entry
from node.storage import journal, offers
from node.storage.deliveries import DeliveryRow
from node.storage.moves import MoveRow, MoveStatus, load_move
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.codes import Code
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Event, State
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class PeerRefusal:
    """How a peer refused something for good: the HTTP status, that in a sentence of ours, its own words."""

    status: int
    said: str
    reasons: tuple[str, ...] = ()

    def written(self) -> dict[str, Any]:
        """Return it as the journal keeps it."""
        return {"status": self.status, "said": self.said}


STANDS: Final = "notice.refused"
"""The kind of the entry that says that a notice was refused, and counts."""
UNANSWERED: Final = "notice.unanswered"
"""The kind of the entry that says that a notice counts which nobody answered while it could be taken."""
UNDELIVERED: Final = "notice.undelivered"
"""The kind of the entry that says that a notice has not arrived for hours, and is sent again."""

NEXT: Final = timedelta(days=1)
"""Between two attempts at a notice that counts, or that nobody has answered for seven days."""


def own_notice(session: Session, sent: DeliveryRow) -> MoveRow | None:
    """Return the notice of ours that a delivery carries, if it counts."""
    move = load_move(session, sent.actor, sent.activity)
    is_notice = move is not None and move.event is Event.LEAVE and move.status is MoveStatus.APPLIED
    return move if is_notice else None


def is_decided(session: Session, actor: str, iri: str) -> bool:
    """Tell whether it is on record that a notice of an actor's (its IRI) counts, whatever is answered."""
    return any(
        journal.last_about(session, actor, iri, kind=kind) is not None for kind in (STANDS, UNANSWERED)
    )


def objection(
    session: Session, offer: OfferRow, moves: Sequence[MoveRow], sent: DeliveryRow, *, now: datetime
) -> Code | None:
    """Return by which rule a notice that was refused just now does not count; None if it does.

    Args:
        session: the transaction.
        offer: the negotiation.
        moves: those that count, the notice among them.
        sent: how the notice went out.
        now: the moment of the answer.
    """
    if is_decided(session, offer.actor, sent.activity):
        return None
    negotiation, notice, is_changing = _without(session, offer, moves, sent.activity)
    try:
        check_refused(negotiation, notice, is_changing=is_changing, now=now)
    except (Conflict, Unprocessable) as error:
        return error.code
    return None


def _without(
    session: Session, offer: OfferRow, moves: Sequence[MoveRow], iri: str
) -> tuple[Negotiation, Step, bool]:
    """Return a negotiation as it stands without a notice of ours (its IRI), that, and what is signed.

    That is whether a change of the agreement may be in force at the other end already.
    """
    opening, *steps = load_steps(session, offer, moves)
    notice = next(step for step in steps if isinstance(step, Step) and step.iri == iri)
    thread, _ = fold(open_with(offer, opening), [step for step in steps if step is not notice])
    known = load_many(session, offer.actor, [offer])[offer.id]
    agreed = None if known.agreement is None else _as_of(known.agreement, thread)
    is_changing = agreed is not None and offers.has_signed_change(session, offer.actor, agreed.link.iri)
    return replace(known, thread=thread, agreement=agreed), notice, is_changing


def _as_of(agreed: Agreed, thread: Thread) -> Agreed:
    return replace(agreed, state=State(thread.state), leaves_at=thread.leaves_at)


def stand(
    session: Session, sent: DeliveryRow, move: MoveRow, *, now: datetime, record: Record, answer: PeerRefusal
) -> None:
    """Write down, once, that a notice was refused and counts all the same. Call inside a write."""
    if journal.last_about(session, sent.actor, sent.activity, kind=STANDS) is None:
        _note(session, sent, STANDS, now=now, record=record, offer=move.offer, **answer.written())


def hear_nothing(
    session: Session, sent: DeliveryRow, move: MoveRow, *, now: datetime, due_at: datetime, record: Record
) -> bool:
    """Write down what it means that a notice of ours was not answered just now. Call inside a write.

    `due_at` is when it is sent again. Returns whether its owner has to be told that it does not arrive.
    """
    is_late = due_at - sent.created_at >= WARNED
    told = is_late and journal.last_about(session, sent.actor, sent.activity, kind=UNDELIVERED) is None
    if told:
        _note(session, sent, UNDELIVERED, now=now, record=record, offer=move.offer)
    if is_late and not is_decided(session, sent.actor, sent.activity) and _has_heard(session, move, now=now):
        _note(session, sent, UNANSWERED, now=now, record=record, offer=move.offer)
    return told


def _has_heard(session: Session, move: MoveRow, *, now: datetime) -> bool:
    offer = offers.load_offer(session, move.actor, move.offer)
    if offer is None:
        return False
    negotiation, notice, is_changing = _without(session, offer, applied_moves(session, offer.id), move.iri)
    return has_heard(negotiation, notice, is_changing=is_changing, now=now)


def goes_again(session: Session, sent: DeliveryRow, move: MoveRow, *, now: datetime) -> bool:
    """Tell whether a notice of ours that nobody has taken is to be sent again."""
    recorded = journal.load_entry(session, move.entry)
    if recorded is None or not recorded.entry.body:  # its bytes were erased
        return False
    return is_kept_trying(read_entry(recorded.entry), since=sent.created_at, now=now)


def _note(
    session: Session, sent: DeliveryRow, kind: str, *, now: datetime, record: Record, **decision: Any
) -> None:
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=sent.actor,
        peer=sent.address,
        subject=sent.activity,
        decision={**decision, "peer": sent.recipient},
    )
    record(session, entry, None)
