"""Refused notices: one of ours that the other end refuses for good counts if our own books say so.

Rules that hold here:

- A notice is a declaration. Whoever is gone, or will not hear of it, cannot keep anybody in an agreement.
- It is decided once, when the first answer comes, and written into the journal: whatever is answered to a
  repetition changes nothing, and a rebuild looks at no clock.
- What was tried for as long as anything is, and not heard, counts as what was given up does; a first attempt
  that is late is judged like any other.

Sources: decision 104.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from node.core.entries import Direction, Entry
from node.core.leaving import check_refused
from node.core.negotiations import Agreed, Negotiation
from node.core.retries import WINDOW
from node.core.threads import Step, Thread, fold
from node.services.acting import Record
from node.services.negotiations.folding import load_steps, open_with
from node.services.negotiations.loading import load_many
from node.storage import journal, offers
from node.storage.deliveries import DeliveryRow
from node.storage.moves import MoveRow
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
    if journal.last_about(session, offer.actor, sent.activity, kind=STANDS) is not None:
        return None
    if sent.attempts and now - sent.created_at >= WINDOW:
        return None
    negotiation, notice = _without(session, offer, moves, sent.activity)
    agreed = negotiation.agreement
    is_changing = agreed is not None and offers.has_signed_change(session, offer.actor, agreed.link.iri)
    try:
        check_refused(negotiation, notice, is_changing=is_changing, now=now)
    except (Conflict, Unprocessable) as error:
        return error.code
    return None


def _without(
    session: Session, offer: OfferRow, moves: Sequence[MoveRow], iri: str
) -> tuple[Negotiation, Step]:
    """Return a negotiation as it stands without a notice of ours (its IRI), and that."""
    opening, *steps = load_steps(session, offer, moves)
    notice = next(step for step in steps if isinstance(step, Step) and step.iri == iri)
    thread, _ = fold(open_with(offer, opening), [step for step in steps if step is not notice])
    known = load_many(session, offer.actor, [offer])[offer.id]
    given = [move for move in moves if move.event is Event.LEAVE and move.by_party is notice.party]
    agreed = None if known.agreement is None else _as_of(known.agreement, thread)
    return replace(known, thread=thread, agreement=agreed, notices=len(given) - 1), notice


def _as_of(agreed: Agreed, thread: Thread) -> Agreed:
    return replace(agreed, state=State(thread.state), leaves_at=thread.leaves_at)


def stand(
    session: Session,
    offer: OfferRow,
    sent: DeliveryRow,
    *,
    now: datetime,
    record: Record,
    answer: PeerRefusal,
) -> None:
    """Write down, once, that a notice was refused and counts all the same. Call inside a write."""
    if journal.last_about(session, offer.actor, sent.activity, kind=STANDS) is not None:
        return
    entry = Entry(
        at=now,
        direction=Direction.LOCAL,
        kind=STANDS,
        actor=offer.actor,
        peer=sent.address,
        subject=sent.activity,
        decision={"offer": offer.id, **answer.written(), "peer": sent.recipient},
    )
    record(session, entry, None)
