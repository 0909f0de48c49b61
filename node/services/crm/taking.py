"""What somebody did in the CRM, taken as what it means here: an offer, a message, a countersignature.

Rules here:

- A quotation is an offer once: the negotiation and the row of the map are one transaction.
- What cannot be done is written back into the record, in a sentence, and put before the owner; nothing is
  swallowed, and nothing is half done.
- Nothing that was set there becomes true by that: what nobody signed is put back.
- What one person may not sign alone is asked for, as any other move of ours (`seconding`).
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from node.core import codes
from node.core import crm_sayings as sayings
from node.core.crm_mapping import CrmMapping
from node.core.crm_merging import PRICE
from node.core.crm_quotations import (
    TERMS,
    QuotationMove,
    QuotedTerms,
    decide_quotation,
    is_another,
    is_signed,
    read_quotation,
    requote,
    say_lines,
    say_quantity,
    says_quantity,
    shows,
    terms_seen,
)
from node.core.records import CrmRecord, RecordKind, RecordState, RecordVerb
from node.services.acting import Acting
from node.services.crm import seconding
from node.services.crm.notes import take_note
from node.services.crm.queueing import put_before_owner, queue, remark, remark_id, settle
from node.services.crm.wanting import say_wishes
from node.services.negotiations import agreements as agreement_service
from node.services.negotiations import offers as offer_service
from node.services.negotiations.asking import SecondNeeded
from node.services.negotiations.loading import read_terms_of
from node.storage import agreements, crm, intentions, offers, peers
from node.storage.crm import ConflictReason, CrmRecordRow
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import NotFound, ProtocolError, Unprocessable
from protocol.intentions import Intention, read_intention
from protocol.quantities import Quantity
from protocol.values import dataclass

_DECIDED: Final = (ConflictReason.INCOMPLETE, ConflictReason.UNSIGNED)
_OUT: Final = "What stood in the way is mended, and this has gone out as an offer."
_MOST_SAID: Final = 10  # faults of a quotation: what a person mends at once


@dataclass(frozen=True, slots=True)
class QuotationChange:
    """A quotation that somebody changed, its negotiation if there is one, and what it says.

    `differs` says that this is not what stands or was signed, `is_unsent` that somebody wrote it since the
    last look, and it would go out if it were quoted.
    """

    record: CrmRecord
    offer: OfferRow | None
    quoted: QuotedTerms
    differs: bool
    is_unsent: bool

    @property
    def is_signed(self) -> bool:
        """Whether the customer has signed what was offered."""
        return self.offer is not None and is_signed(self.offer.state)


def take(
    session: Session, acting: Acting, mapping: CrmMapping, record: CrmRecord, known: CrmRecordRow | None
) -> tuple[RecordVerb, ...]:
    """Take a record that somebody changed in the CRM; return what is to be done to it there, if anything.

    That is the first of the verbs that the CRM has. `known` is its row of the map, None for one that is
    nothing here yet. A CRM that was let go meanwhile, or must not be listened to, says nothing any more.
    """
    if not crm.is_spoken_with(session, acting.iri, asked=known is not None):
        return ()
    if known is not None and _is_decided(session, known):
        return ()  # it is looked at once more behind this
    if record.kind is RecordKind.NOTE and known is None:
        take_note(session, acting, mapping, record)
    if record.kind is not RecordKind.QUOTATION:
        return ()
    return _take_quotation(session, acting, mapping, record, known)


def _is_decided(session: Session, known: CrmRecordRow) -> bool:
    """Tell whether somebody had a record tried again, or chose a value, since its row was read."""
    now = crm.load_record(session, known.actor, known.kind, known.external_id)
    return now is not None and now != known


def _take_quotation(
    session: Session, acting: Acting, mapping: CrmMapping, record: CrmRecord, known: CrmRecordRow | None
) -> tuple[RecordVerb, ...]:
    offer = None
    if known is not None:
        offer = offers.load_offer_by_negotiation(session, acting.iri, known.external_id)
        if offer is None:
            return _take_waiting(session, acting, mapping, record, known)
    differs = known is not None and is_another(record, mapping, known.base.get(TERMS))
    if known is not None and record.state is known.state and not differs:
        return ()  # nobody did anything to it: what became of its negotiation meanwhile is not yet there
    is_unsent = True
    if offer is not None:
        is_shown = shows(record, mapping, read_terms_of(offer))
        is_new = differs and not (is_shown and record.valid_until == _last_day(offer))
        # Who confirms one signs what it shows, whenever that was written.
        differs = differs or not is_shown if record.state is RecordState.CONFIRMED else is_new
        goes_out = decide_quotation(RecordState.QUOTED, offer.state, differs=is_new)
        is_unsent = is_new and goes_out is QuotationMove.REOFFER
    move = decide_quotation(record.state, None if offer is None else offer.state, differs=differs)
    if known is None and _wish_of(session, acting, record) is None:
        return ()  # it is about something else: most of what a business quotes did not come from here
    quoted = read_quotation(record, mapping, now=acting.now)
    change = QuotationChange(record, offer, quoted, differs, is_unsent)
    if move is not QuotationMove.NOTHING:
        _do(session, acting, mapping, move, change)
    elif record.faults and (known is not None or quoted.faults == record.faults):
        # Not one that somebody still writes: what they have put there was to do something, and did not.
        detail = " ".join(record.faults)
        remark(session, acting, remark_id(record, mapping, detail), detail, {record.kind: record.id})
    if move is not QuotationMove.UNSIGNED:
        return ()
    if is_unsent:  # a draft is looked at anew when it is quoted
        return RecordVerb.DRAFT, RecordVerb.CANCEL if offer is None else RecordVerb.REOPEN
    return (RecordVerb.REOPEN,)


def _last_day(offer: OfferRow) -> str:
    return "" if offer.expires_at is None else offer.expires_at.date().isoformat()


def _do(
    session: Session, acting: Acting, mapping: CrmMapping, move: QuotationMove, change: QuotationChange
) -> None:
    """Do what a change means, or write back into the record why that cannot be done."""
    step, record = _STEPS[move], change.record
    attempted = session.attempt(lambda inner: step(inner, acting, mapping, change))
    needed, is_out = attempted.error, attempted.error is None and move in _OFFERED
    if isinstance(needed, SecondNeeded):
        attempted = session.attempt(lambda inner: _ask(inner, acting, mapping, change, needed))
    if attempted.error is None:
        if is_out:
            _say_out(session, acting, mapping, record)
        settle(session, acting, RecordKind.QUOTATION, _DECIDED, crm_id=record.id)
        return
    if not isinstance(attempted.error, ProtocolError):
        raise attempted.error
    detail = attempted.error.detail
    reason = ConflictReason.UNSIGNED if move in _SIGNED else ConflictReason.INCOMPLETE
    external_id = "" if change.offer is None else change.offer.negotiation
    put_before_owner(session, acting, record.kind, reason, detail, external_id=external_id, crm_id=record.id)
    remark(session, acting, remark_id(record, mapping, detail), detail, {record.kind: record.id})


def _say_out(session: Session, acting: Acting, mapping: CrmMapping, record: CrmRecord) -> None:
    """Say in the record that it has gone out, if it says that it did not."""
    asked = crm.conflicts_of(session, acting.iri, record.kind, "", record.id)
    if any(row.reason is ConflictReason.INCOMPLETE for row in asked):
        remark(session, acting, remark_id(record, mapping, _OUT), _OUT, {record.kind: record.id})


def _offer(session: Session, acting: Acting, mapping: CrmMapping, change: QuotationChange) -> None:
    record = change.record
    wish = _wish_of(session, acting, record)
    if wish is None:
        raise NotFound(codes.UNKNOWN_ID)
    wished = read_intention(wish.document)
    _check(session, acting, mapping, change, wish.peer, wished.quantity, _asked(wished))
    made = offer_service.make(session, acting, wish.id, dict(change.quoted.terms))
    _know(session, acting, mapping, record, made["negotiation"])
    queue(session, acting, [(record.kind, made["negotiation"])])


def _know(session: Session, acting: Acting, mapping: CrmMapping, record: CrmRecord, negotiation: str) -> None:
    """Note which negotiation a record is; it is looked at once more, to be given its external id."""
    row = CrmRecordRow(
        actor=acting.iri,
        kind=record.kind,
        external_id=negotiation,
        crm_id=record.id,
        version="",
        # Its price is the offer's: whoever changes one of both before the next look changes that one alone.
        base={TERMS: terms_seen(record, mapping), PRICE: say_lines(record.lines, record.currency)},
        state=record.state,
        ignored=False,
        seen_at=acting.now,
    )
    crm.save_record(session, row)


def _ask(
    session: Session, acting: Acting, mapping: CrmMapping, change: QuotationChange, needed: SecondNeeded
) -> None:
    """Ask for the second signature that a change needs; the record waits for what it would begin."""
    negotiation = seconding.ask(session, acting, needed, change.record)
    if change.offer is None:
        _know(session, acting, mapping, change.record, negotiation)


def _take_waiting(
    session: Session, acting: Acting, mapping: CrmMapping, record: CrmRecord, known: CrmRecordRow
) -> tuple[RecordVerb, ...]:
    """Take a quotation that waits for signatures, or waited in vain: another one is asked for anew."""
    if record.state is known.state and not is_another(record, mapping, known.base.get(TERMS)):
        crm.save_record(session, replace(known, version=record.version))
        return ()
    seconding.drop(session, acting, known.external_id)
    crm.delete_record(session, acting.iri, known.kind, known.external_id)
    return _take_quotation(session, acting, mapping, record, None)


def _wish_of(session: Session, acting: Acting, record: CrmRecord) -> IntentionRow | None:
    """Return the wish that a quotation answers, by the opportunity it belongs to."""
    opportunity = record.links.get(RecordKind.OPPORTUNITY, "")
    known = crm.load_record_at(session, acting.iri, RecordKind.OPPORTUNITY, opportunity)
    if known is None:
        return None
    return intentions.load_intention_by_iri(session, acting.iri, known.external_id)


def _reoffer(session: Session, acting: Acting, mapping: CrmMapping, change: QuotationChange) -> None:
    if change.offer is not None:
        standing, peer, intention = read_terms_of(change.offer), change.offer.peer, change.offer.intention
        quoted = requote(change.quoted, change.record, mapping, standing)
        change = replace(change, quoted=quoted)
        wish = intentions.load_intention_by_iri(session, acting.iri, intention)
        asked = "" if wish is None else _asked(read_intention(wish.document))
        _check(session, acting, mapping, change, peer, standing.quantity, asked)
    offer_service.reoffer(session, acting, _id(change), dict(change.quoted.terms))


def _withdraw(session: Session, acting: Acting, _mapping: CrmMapping, change: QuotationChange) -> None:
    offer_service.withdraw(session, acting, _id(change))


def _countersign(session: Session, acting: Acting, _mapping: CrmMapping, change: QuotationChange) -> None:
    agreement = agreements.load_agreement_by_offer(session, acting.iri, _id(change))
    if agreement is None:
        raise Unprocessable(codes.CRM_UNSIGNED)
    agreement_service.countersign(session, acting, agreement.id, by_rule=True)


def _put_back(_session: Session, _acting: Acting, _mapping: CrmMapping, change: QuotationChange) -> None:
    if change.is_unsent:
        raise Unprocessable(codes.CRM_UNSIGNED, sayings.NEVER_OFFERED)
    raise Unprocessable(
        codes.CRM_UNSIGNED, sayings.OTHERS_SIGNED if change.differs and change.is_signed else ""
    )


def _over(_session: Session, _acting: Acting, _mapping: CrmMapping, change: QuotationChange) -> None:
    raise Unprocessable(codes.CRM_OVER, sayings.OTHERS_SIGNED if change.is_signed else "")


Step = Callable[[Session, Acting, CrmMapping, QuotationChange], None]

_STEPS: Final[Mapping[QuotationMove, Step]] = {
    QuotationMove.OFFER: _offer,
    QuotationMove.REOFFER: _reoffer,
    QuotationMove.WITHDRAW: _withdraw,
    QuotationMove.COUNTERSIGN: _countersign,
    QuotationMove.UNSIGNED: _put_back,
    QuotationMove.OVER: _over,
}
_OFFERED: Final = frozenset({QuotationMove.OFFER, QuotationMove.REOFFER})
_SIGNED: Final = frozenset({QuotationMove.UNSIGNED, QuotationMove.COUNTERSIGN, QuotationMove.OVER})


def _id(change: QuotationChange) -> str:
    return "" if change.offer is None else change.offer.id


def _check(
    session: Session,
    acting: Acting,
    mapping: CrmMapping,
    change: QuotationChange,
    peer: str | None,
    promised: Quantity,
    asked: str,
) -> None:
    """Check that nothing is missing, and that it is for who would get it (a peer's id), and so much of it.

    `asked` is what the customer says of it.

    Raises:
        Unprocessable: `crm-incomplete`, with all that is.
    """
    faults = [*change.quoted.faults]
    if peer is not None and _is_for_another(session, acting, change.record, peer):
        faults.append(sayings.FOR_ANOTHER)
    counts = change.offer is None or any(line.quantity != "1" for line in change.record.lines)
    if (
        promised.value not in (None, 1)
        and counts
        and not says_quantity(change.record, mapping, promised.value, asked)
    ):
        faults.append(sayings.QUANTITY % {"quantity": say_quantity(promised)})
    if faults:
        each = [*dict.fromkeys(faults)]
        more = [sayings.MORE % {"count": len(each) - _MOST_SAID}] if len(each) > _MOST_SAID else []
        said = " ".join([*each[:_MOST_SAID], *more])
        raise Unprocessable(codes.CRM_INCOMPLETE, f"{sayings.NOT_OUT} {said}")


def _asked(wish: Intention) -> str:
    return f"{wish.name}\n{wish.content}\n{say_wishes(wish)}"


def _is_for_another(session: Session, acting: Acting, record: CrmRecord, peer: str) -> bool:
    """Tell whether a quotation names another customer than a peer is; one that names nobody is for them."""
    named = record.links.get(RecordKind.CUSTOMER)
    address = peers.named_peer(session, acting.iri, peer).address
    known = crm.load_record(session, acting.iri, RecordKind.CUSTOMER, address)
    return named is not None and known is not None and named != known.crm_id
