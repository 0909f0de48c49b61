"""Notes that somebody wrote in the CRM: one that begins with the right word is a message to the customer.

What cannot be sent is said in a note of ours beside it, once; any other note is the business's own.
"""

from typing import Final

from node.core.crm_mapping import CrmMapping
from node.core.records import CrmRecord, RecordKind
from node.services.acting import Acting
from node.services.crm.queueing import is_remarked, remark, remark_id
from node.services.negotiations import messages
from node.storage import crm, offers
from node.storage import messages as sent
from node.storage.crm import CrmRecordRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import ProtocolError
from protocol.negotiation import Party

_NO_OFFER: Final = "A message goes to a customer once there is an offer to talk about. It was not sent."


def for_customer(record: CrmRecord, mapping: CrmMapping) -> str:
    """Return what a note says to the customer, "" if it is none that somebody has written to them there."""
    fields = (field.target for field in mapping.of(RecordKind.NOTE) if "text" in field.sources)
    said, length = record.fields.get(next(fields, ""), "").lstrip(), len(mapping.to_customer)
    word, text = said[:length], said[length:]
    is_whole = text[:1].isspace() or text[:1] in {":", ","}  # as people write it: `@Customer: yes`
    is_word = is_whole and word.casefold() == mapping.to_customer.casefold()
    if not is_word or record.kind is not RecordKind.NOTE or record.external_id:
        return ""
    return text.removeprefix(":").removeprefix(",").strip()


def take_note(session: Session, acting: Acting, mapping: CrmMapping, record: CrmRecord) -> None:
    """Send a note to the customer that begins with the word for it; any other is the business's own."""
    text = for_customer(record, mapping)
    if not text:
        return
    told = remark_id(record, mapping, "")
    if is_remarked(session, acting, told):
        return  # its writer was told that it did not go out
    offer = _talked_about(session, acting, record)
    if offer is None:
        remark(session, acting, told, _NO_OFFER, record.links)
        return
    iri = _sent_before(session, acting, offer, text)
    if iri is None:
        attempted = session.attempt(lambda inner: messages.write(inner, acting, offer.id, text))
        if isinstance(attempted.error, ProtocolError):
            remark(session, acting, told, attempted.error.detail, record.links)
            return
        if attempted.error is not None:
            raise attempted.error
        iri = str(attempted.value["iri"])
    row = CrmRecordRow(
        actor=acting.iri,
        kind=record.kind,
        external_id=iri,
        crm_id=record.id,
        version=record.version,
        base={},
        state=record.state,
        ignored=False,
        seen_at=acting.now,
    )
    crm.save_record(session, row)


def _sent_before(session: Session, acting: Acting, offer: OfferRow, text: str) -> str | None:
    """Return a message with this text that no note is yet: whoever connects a CRM again sends none twice."""
    said = (message.iri for message in sent.own_messages_saying(session, offer.id, text))
    return next(
        (iri for iri in said if crm.load_record(session, acting.iri, RecordKind.NOTE, iri) is None), None
    )


def _talked_about(session: Session, acting: Acting, record: CrmRecord) -> OfferRow | None:
    """Return the offer that a note is about: that of its quotation, or our newest to its opportunity."""
    for kind in (RecordKind.QUOTATION, RecordKind.OPPORTUNITY):
        known = crm.load_record_at(session, acting.iri, kind, record.links.get(kind, ""))
        if known is None:
            continue
        if kind is RecordKind.QUOTATION:
            return offers.load_offer_by_negotiation(session, acting.iri, known.external_id)
        ours = offers.list_offers(
            session, acting.iri, intention=known.external_id, role=Party.OFFERER, limit=1
        )
        return next(iter(ours.items), None)
    return None
