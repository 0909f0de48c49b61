"""What becomes of an order after it was signed: evidence, changes, notices, its end, as notes and files.

Rules here:

- They follow from the tables, as all that stands in the CRM does, and are found again by a name of ours: what
  is connected again gets them once.
- A change of an agreement is no order of its own: a CRM would deliver and invoice both. It is told where the
  order is, with what both have signed.
"""

from collections.abc import Iterator
from datetime import datetime
from hashlib import sha256
from typing import Final

from node.core.crm_changes import say_changes
from node.core.crm_quotations import QUOTATION_AIMS, say_price
from node.core.entries import Entry
from node.core.records import RecordKind, RecordState
from node.services.acting import Acting
from node.services.negotiations import agreements as agreement_service
from node.services.negotiations.projecting import read_body
from node.storage import agreements, journal, offers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.moves import MoveRow, MoveStatus, list_moves
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.agreements import read_agreement
from protocol.negotiation import Event, Party
from protocol.offers import Draft
from protocol.values import dataclass

EVIDENCE: Final = "#evidence"
"""Behind the address of an agreement: its evidence, as a file."""

_LONGEST_LINE: Final = 500  # agreements that took each other's place: a change a month for forty years
_SIGNED: Final = frozenset(
    {AgreementState.CONCLUDED, AgreementState.SUPERSEDED, AgreementState.ENDING, AgreementState.ENDED}
)
_NAME: Final = "urn:freehold:{}:{}:{}"  # what it is, of which agreement, and which of several
_DIGEST_SIGNS: Final = 16


@dataclass(frozen=True, slots=True)
class OrderNote:
    """Something that is so of an order: a sentence, since when, and the order's negotiation (its IRI)."""

    text: str
    at: datetime
    order: str


@dataclass(frozen=True, slots=True)
class OrderFile:
    """What signed bytes that prove something of an order are called, and its negotiation (an IRI)."""

    name: str
    order: str


def order_of(session: Session, acting: Acting, offer: OfferRow) -> OfferRow | None:
    """Return the negotiation of ours that an order came from: this one, or the first that it changes."""
    for _ in range(_LONGEST_LINE):
        if offer.amends is None:
            return offer if offer.role is Party.OFFERER else None
        amended = agreements.load_agreement_by_iri(session, acting.iri, offer.amends)
        earlier = None if amended is None else offers.load_offer(session, acting.iri, amended.offer)
        if earlier is None:  # what was erased breaks the line
            return None
        offer = earlier
    return None


def line_of(session: Session, acting: Acting, order: OfferRow) -> list[AgreementRow]:
    """Return what both have signed of an order: the agreement, what took its place, and so on."""
    if QUOTATION_AIMS[order.state] is not RecordState.CONFIRMED:
        return []
    row = agreements.load_agreement_by_offer(session, acting.iri, order.id)
    line: list[AgreementRow] = []
    while row is not None and row.state in _SIGNED and len(line) < _LONGEST_LINE:
        line.append(row)
        row = agreements.successor_of(session, acting.iri, row.iri)
    return line


def things_of(session: Session, acting: Acting, order: OfferRow) -> Iterator[tuple[RecordKind, str]]:
    """Yield the files and notes of what became of an order."""
    for row in line_of(session, acting, order):
        yield RecordKind.FILE, f"{row.iri}{EVIDENCE}"
        if row.supersedes is not None:
            yield RecordKind.NOTE, _NAME.format("changed", row.id, "")
        for move in _notices(session, row) if row.leaves_at is not None else ():
            name = _NAME.format("notice", row.id, _digest(move))
            yield RecordKind.FILE, name
            yield RecordKind.NOTE, name
        if row.state is AgreementState.ENDED:
            yield RecordKind.NOTE, _NAME.format("ended", row.id, "")
        for party, moment in (("customer", row.peer_confirmed_at), ("us", row.own_confirmed_at)):
            if moment is not None:
                yield RecordKind.NOTE, _NAME.format("performed", row.id, party)


def note_of(session: Session, acting: Acting, name: str) -> OrderNote | None:
    """Return what a note of `things_of` says; None if it is none, or no longer so."""
    found = _read(session, acting, name)
    if found is None:
        return None
    what, row, detail, order = found
    text, at = _say(session, what, row, detail)
    return None if at is None else OrderNote(text, at, order.negotiation)


def _say(session: Session, what: str, row: AgreementRow, detail: str) -> tuple[str, datetime | None]:
    match what:
        case "changed":
            return _say_changed(session, row), row.concluded_at
        case "notice":
            return _say_notice(session, row, detail)
        case "ended":
            return _say_ended(row), row.leaves_at or row.ends_at
        case "performed":
            return _say_performed(row, detail)
        case _:
            return "", None


def file_of(session: Session, acting: Acting, name: str) -> OrderFile | None:
    """Return what a file of `things_of` is; None if there is none."""
    if name.endswith(EVIDENCE):
        agreement = agreements.load_agreement_by_iri(session, acting.iri, name.removesuffix(EVIDENCE))
        order = None if agreement is None else _order(session, acting, agreement)
        if agreement is None or order is None:
            return None
        return OrderFile(f"evidence-{agreement.id}.json", order.negotiation)
    found = _read(session, acting, name)
    if found is None:
        return None
    _, row, detail, order = found
    notice = _find_notice(session, row, detail)
    if notice is None:
        return None
    return OrderFile(f"notice-{row.id}-{detail}.json", order.negotiation)


def content_of(session: Session, acting: Acting, kind: RecordKind, name: str) -> bytes:
    """Return the content of a file, nothing for what is none; it is made when it is to be written.

    Raises:
        Conflict: `no-evidence`, what was signed proves nothing to others.
    """
    if kind is not RecordKind.FILE:
        return b""
    if name.endswith(EVIDENCE):
        agreement = agreements.load_agreement_by_iri(session, acting.iri, name.removesuffix(EVIDENCE))
        return b"" if agreement is None else agreement_service.evidence(session, acting, agreement.id)
    found = _read(session, acting, name)
    notice = None if found is None else _find_notice(session, found[1], found[2])
    return b"" if notice is None else notice[1].body


def terms_now(line: list[AgreementRow]) -> tuple[str, str]:
    """Return what is paid by the last of a line, and the day on which it ends, or ended, if that is known."""
    if not line:
        return "", ""
    ends = [moment for moment in (line[-1].leaves_at, line[-1].ends_at) if moment is not None]
    return say_price(draft_of(line[-1]).price), min(ends).date().isoformat() if ends else ""


def draft_of(row: AgreementRow) -> Draft:
    """Return the terms of an agreement."""
    return read_agreement(row.document, currency=row.currency).draft


def _read(session: Session, acting: Acting, name: str) -> tuple[str, AgreementRow, str, OfferRow] | None:
    """Return what a name of ours says, about which agreement and order, and which of several it is."""
    parts = name.split(":")
    if len(parts) != 5 or parts[:2] != ["urn", "freehold"]:
        return None
    row = agreements.load_agreement(session, acting.iri, parts[3])
    order = None if row is None else _order(session, acting, row)
    return None if row is None or order is None else (parts[2], row, parts[4], order)


def _order(session: Session, acting: Acting, row: AgreementRow) -> OfferRow | None:
    offer = offers.load_offer(session, acting.iri, row.offer)
    return None if offer is None else order_of(session, acting, offer)


def _notices(session: Session, row: AgreementRow) -> list[MoveRow]:
    moves = list_moves(session, row.offer, statuses=(MoveStatus.APPLIED,))
    return [move for move in moves if move.event is Event.LEAVE]


def _find_notice(session: Session, row: AgreementRow, detail: str) -> tuple[MoveRow, Entry] | None:
    """Return a notice by the digest of its address, with its entry; None if its bytes were erased."""
    for move in _notices(session, row):
        recorded = journal.load_entry(session, move.entry) if _digest(move) == detail else None
        if recorded is not None and recorded.entry.body:
            return move, recorded.entry
    return None


def _digest(move: MoveRow) -> str:
    return sha256(move.iri.encode()).hexdigest()[:_DIGEST_SIGNS]


def _say_changed(session: Session, row: AgreementRow) -> str:
    before = agreements.load_agreement_by_iri(session, row.actor, row.supersedes or "")
    terms = "" if before is None else f": {say_changes(draft_of(before), draft_of(row))}"
    return (
        f"Both sides have signed a change of this order{terms}. It takes the place of what was agreed "
        "before; the signed evidence is attached. The lines of the order here are as they were."
    )


def _say_notice(session: Session, row: AgreementRow, detail: str) -> tuple[str, datetime | None]:
    notice = _find_notice(session, row, detail)
    if notice is None:
        return "", None
    move, entry = notice
    who = "We" if move.by_party is row.role else "The customer"
    ends_at = read_body(entry).ends_at
    day = "" if ends_at is None else f": this order ends on {ends_at:%Y-%m-%d}"
    return f"{who} gave notice{day}. What was signed is attached.", move.at


def _say_ended(row: AgreementRow) -> str:
    return f"This order has ended, {'by notice' if row.leaves_at is not None else 'as it was agreed'}."


def _say_performed(row: AgreementRow, detail: str) -> tuple[str, datetime | None]:
    if detail == "customer":
        return "The customer confirmed that this was performed.", row.peer_confirmed_at
    return "We confirmed that this was performed.", row.own_confirmed_at
