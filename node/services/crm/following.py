"""Following the journal for the CRM: which things an entry concerns, so that they are brought up to date.

Rules here: an entry says what changed, never what is to be written: that is made from the tables when it is
sent. What a record cannot show, as a counter-offer or a step on the way to a change, becomes a note in it.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from node.core.crm_changes import say_asked, say_changes, say_step
from node.core.crm_quotations import say_price
from node.core.records import RecordKind
from node.services.acting import Acting
from node.services.crm import seconding
from node.services.crm.orders import draft_of, order_of, things_of
from node.services.crm.queueing import queue
from node.services.crm.wanting import OURS
from node.services.ledger.chapters import Follower
from node.services.negotiations.asking import DECLINED, RAN_OUT, STALE
from node.services.negotiations.chapter import MOVE_KINDS
from node.services.negotiations.concluding import CONCLUDED
from node.services.negotiations.loading import read_terms_of
from node.services.negotiations.projecting import read_body
from node.services.negotiations.revoking import LAPSED
from node.services.negotiations.undoing import REFUSED, UNTAKEN
from node.storage import agreements, crm, offers
from node.storage.agreements import AgreementState
from node.storage.crm import ConflictReason
from node.storage.journal import Recorded
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.negotiation import Event
from protocol.offers import Draft
from protocol.times import render_time
from protocol.values import dataclass

FOLLOWER: Final = "crm"
"""The name under which the journal is followed for the CRM."""

ACTIVE: Final = "crm.active"
"""The entry with which this begins: it concerns nothing, and wakes whoever follows to what came before it."""

_MESSAGES: Final = frozenset({"message", "message.deleted"})
_WISHES: Final = frozenset({"intention.received", "intention.withdrawn", "intention.expired"})
_NOTED: Final[Mapping[str, str]] = {
    Event.COUNTER: "The customer asks for other terms",
    Event.REOFFER: "A new offer went out",
    Event.ACCEPT: "The customer has signed",
}
_YOURS: Final = ". It is agreed once you sign, too: confirm it here, or sign at your desk, until {}."
_BOTH_SIGNED: Final = frozenset({Event.COUNTERSIGN.value, CONCLUDED})
_UNSIGNED: Final = frozenset({DECLINED, RAN_OUT, STALE})
_ENDS: Final = frozenset(
    {"offer.expired", "agreement.ended", "agreement.confirmed", CONCLUDED, LAPSED, UNTAKEN, REFUSED}
)


@dataclass(frozen=True, slots=True)
class Concerned:
    """The things that an entry concerns, and perhaps a note: its external id, its text and its time.

    `signed_at` is when both had signed: a confirmation that was put back before leaves nothing to decide.
    """

    things: tuple[tuple[RecordKind, str], ...]
    note: tuple[str, str, str] | None = None
    about: str = ""  # the negotiation that the note is about
    signed_at: datetime | None = None


def look(session: Session, acting: Acting, recorded: Recorded) -> Concerned | None:
    """Return what an entry concerns of what stands in the CRM."""
    entry = recorded.entry
    if entry.kind in _UNSIGNED:
        return _look_unsigned(session, acting, str(entry.decision["cosignature"]))
    if entry.kind in _WISHES:
        return Concerned(((RecordKind.OPPORTUNITY, str(entry.decision["intention"])),))
    offer = offers.load_offer(session, acting.iri, str(entry.decision.get("offer")))
    order = None if offer is None else order_of(session, acting, offer)
    if offer is None or order is None:
        return None
    if entry.kind in _MESSAGES:
        return Concerned(((RecordKind.NOTE, str(entry.decision["note"])),))
    things = (
        (RecordKind.QUOTATION, order.negotiation),
        (RecordKind.OPPORTUNITY, order.intention),
        *things_of(session, acting, order),
    )
    text = (
        _say(session, recorded, offer) if offer.amends is None else _say_on_the_way(session, recorded, offer)
    )
    name = entry.subject if entry.body else f"{offer.negotiation}#{entry.kind}"
    note = (f"{name}#note", text, render_time(entry.at)) if text else None
    is_signed = offer.amends is None and entry.kind in _BOTH_SIGNED
    return Concerned(things, note, order.negotiation, entry.at if is_signed else None)


def _look_unsigned(session: Session, acting: Acting, id: str) -> Concerned | None:
    said = seconding.say_unsigned(session, acting, id)
    return None if said is None else Concerned((), said[:3], said[3])


def _say(session: Session, recorded: Recorded, offer: OfferRow) -> str:
    """Say what a move is worth, beside what it changes of a record; "" for nothing."""
    entry = recorded.entry
    if entry.kind not in _NOTED or not entry.body:
        return ""
    draft = read_body(entry).draft
    terms = "" if draft is None else f": {_say_asked(entry.kind, offer, draft)}"
    said = f"{_NOTED[entry.kind]}{terms}"
    return said + _say_whose_turn(session, offer) if entry.kind == Event.ACCEPT else said


def _say_asked(event: str, offer: OfferRow, draft: Draft) -> str:
    """Say the price of a move; of what a customer asks for also the terms that the record does not show."""
    return say_asked(read_terms_of(offer), draft) if event == Event.COUNTER else say_price(draft.price)


def _say_whose_turn(session: Session, offer: OfferRow) -> str:
    """Say that an acceptance waits to be countersigned; "" where a rule has done so, or it is over."""
    agreement = agreements.load_agreement_by_offer(session, offer.actor, offer.id)
    if agreement is None or agreement.state is not AgreementState.ACCEPTED or agreement.holds_until is None:
        return ""
    return _YOURS.format(render_time(agreement.holds_until))


def _say_on_the_way(session: Session, recorded: Recorded, offer: OfferRow) -> str:
    """Say a step on the way to a change of an order; "" for one that the order itself shows."""
    entry = recorded.entry
    move = read_body(entry) if entry.body else None
    if move is None and "event" not in entry.decision:
        return ""
    kind = entry.decision.get("event", entry.kind)
    event = next((each for each in Event if each.value == kind), None)
    if event is None:
        return ""
    ours = entry.decision.get("party") == offer.role
    draft = None if move is None else move.draft
    terms = "" if draft is None else _say_terms(session, offer, draft)
    return say_step(event, ours=ours, terms=terms, reason="" if move is None else move.content)


def _say_terms(session: Session, offer: OfferRow, draft: Draft) -> str:
    amended = agreements.load_agreement_by_iri(session, offer.actor, offer.amends or "")
    return say_changes(read_terms_of(offer) if amended is None else draft_of(amended), draft)


def act(session: Session, acting: Acting, concerned: Concerned) -> None:
    """Have all of it brought up to date."""
    queue(session, acting, concerned.things)
    if concerned.signed_at is not None:
        for row in crm.conflicts_of(session, acting.iri, RecordKind.QUOTATION, concerned.about, ""):
            if row.reason is ConflictReason.UNSIGNED and row.at <= concerned.signed_at:
                crm.delete_conflict(session, acting.iri, row.id)
    if concerned.note is None:
        return
    external_id, text, at = concerned.note
    if crm.load_record(session, acting.iri, RecordKind.NOTE, external_id) is None:
        body = {"text": text, "author": OURS, "at": at, "within": concerned.about}
        queue(session, acting, [(RecordKind.NOTE, external_id)], body=body)


FOLLOWING: Final = Follower(
    name=FOLLOWER,
    kinds=frozenset({ACTIVE, *_WISHES, *_ENDS, *MOVE_KINDS, *_MESSAGES, *_UNSIGNED}),
    look=look,
    act=act,
    listens=crm.is_followed,
)
