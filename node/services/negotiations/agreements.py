"""Agreements: what both sides signed, how it is proved, changed, confirmed and ended."""

from datetime import datetime
from typing import Any

from node.core.entries import Direction
from node.core.negotiations import Thread
from node.core.terms import read_terms, view_draft, view_time
from node.services.acting import Acting
from node.services.ledger.received import Received
from node.services.ledger.recording import send, take
from node.services.negotiations import making, taking
from node.services.negotiations import offers as offer_service
from node.services.negotiations.evidence import exhibit
from node.services.negotiations.loading import load_thread
from node.storage import agreements, journal, offers, peers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.ids import resolve_id
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.agreements import earliest_end, read_agreement
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.negotiation import Event, Party
from protocol.sentences import Role, plain_terms
from protocol.strictjson import Document
from protocol.times import render_time
from protocol.vocabulary import ACTIVITY_CONTEXT

# What was agreed and may have been performed.
_IN_FORCE = (AgreementState.CONCLUDED, AgreementState.ENDING, AgreementState.ENDED)

_CONFIRMED = "agreement.confirmed"


def list(
    session: Session,
    acting: Acting,
    *,
    state: AgreementState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """List agreements, newest first."""
    page = agreements.list_agreements(session, acting.iri, state=state, cursor=cursor, limit=limit)
    return {"items": [view(session, row) for row in page.items], "next": page.next}


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one agreement by its id or a unique beginning of it."""
    return view(session, load(session, acting, id))


def load(session: Session, acting: Acting, id: str) -> AgreementRow:
    """Return an agreement of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = agreements.load_agreement(session, acting.iri, resolve_id(session, "agreements", acting.iri, id))
    if row is None:
        raise NotFound("unknown-id", "There is no agreement with this id.")
    return row


def countersign(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Countersign an accepted offer of ours: the agreement is concluded then."""
    row, thread = _load_as_offerer(session, acting, id)
    making.countersign(session, acting, row, thread)
    return show(session, acting, id)


def renege(session: Session, acting: Acting, id: str, *, reason: str = "") -> dict[str, Any]:
    """Say that we cannot perform an accepted offer of ours; it stays on record."""
    row, thread = _load_as_offerer(session, acting, id)
    making.renege(session, acting, row, thread, reason=reason)
    return show(session, acting, id)


def _load_as_offerer(session: Session, acting: Acting, id: str) -> tuple[OfferRow, Thread]:
    row = load(session, acting, id)
    if row.role is not Party.OFFERER:
        raise Forbidden(
            "not-your-move", "Only who made the offer can countersign it or say it cannot perform."
        )
    return load_thread(session, acting.iri, row.offer)


def amend(session: Session, acting: Acting, id: str, terms: Document) -> dict[str, Any]:
    """Offer other terms for an agreement in force; returns the offer. Until it concludes the old terms hold.

    Raises:
        Conflict: `not-in-force`.
    """
    row = load(session, acting, id)
    if row.state is not AgreementState.CONCLUDED:
        raise Conflict("not-in-force", f"This agreement is {row.state}; only one in force can be amended.")
    base = read_agreement(row.document).draft
    return offer_service.open_amendment(session, acting, row, read_terms(terms, base=base))


def end(session: Session, acting: Acting, id: str, *, at: datetime | None = None) -> dict[str, Any]:
    """Leave an agreement, at the earliest moment its notice terms allow or at a later one.

    Raises:
        Unprocessable: `notice-too-short`; Conflict: `no-leaving`, `illegal-transition`.
    """
    row = load(session, acting, id)
    agreement = read_agreement(row.document)
    ends_at = at or earliest_end(agreement, acting.now)
    taking.check_notice(agreement, ends_at=ends_at, now=acting.now)
    offer, thread = load_thread(session, acting.iri, row.offer)
    move = making.answer(acting, thread, Event.LEAVE, ends_at=ends_at)
    making.make_move(session, acting, move, offer=offer.id, party=row.role)
    return show(session, acting, id)


def confirm(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Confirm that an agreement was performed (FEP-0837, Confirmations)."""
    row = load(session, acting, id)
    if row.state not in _IN_FORCE:
        raise Conflict("not-in-force", f"This agreement is {row.state}; there is nothing to confirm yet.")
    if _is_confirmed(session, row, Direction.OUT):
        raise Conflict("already-confirmed", "This agreement has been confirmed already. Nothing sent.")
    activity = acting.sign(_confirmation(acting, row))
    decision = {"agreement": row.iri, "offer": row.offer}
    send(session, acting, _CONFIRMED, activity, decision, recipients=[row.peer])
    return show(session, acting, id)


def _confirmation(acting: Acting, row: AgreementRow) -> Document:
    iri = acting.mint("activities", "act")
    document = {
        "id": f"{iri}#confirmation",
        "type": "Document",
        "name": "Confirmation",
        "context": row.iri,
        "published": render_time(acting.now),
    }
    return {
        "@context": ACTIVITY_CONTEXT,
        "id": iri,
        "type": "Create",
        "actor": acting.iri,
        "to": [row.peer],
        "published": render_time(acting.now),
        "object": document,
    }


def receive_confirmation(session: Session, acting: Acting, received: Received, agreement: str) -> None:
    """Note that the other side confirms performance; whether we do is for us to say.

    Raises:
        Unprocessable: `proof-required`; Forbidden: `not-your-agreement`; Conflict: `unknown-agreement`,
            `not-in-force`, `already-confirmed`.
    """
    if received.proof_key is None:
        raise Unprocessable("proof-required", "A confirmation needs a proof by its actor.")
    row = agreements.load_agreement_by_iri(session, acting.iri, agreement)
    if row is None:
        raise Conflict("unknown-agreement", "There is no such agreement here.")
    if row.peer != received.sender.iri:
        raise Forbidden("not-your-agreement", "This agreement is with somebody else.")
    if row.state not in _IN_FORCE:
        raise Conflict("not-in-force", "Only an agreement in force can be confirmed.")
    if _is_confirmed(session, row, Direction.IN):
        raise Conflict("already-confirmed", "You have confirmed this agreement already.")
    take(session, acting, _CONFIRMED, received, {"agreement": row.iri, "offer": row.offer})


def _is_confirmed(session: Session, row: AgreementRow, by: Direction) -> bool:
    """Tell whether we (`out`) or the other side (`in`) have confirmed; the row keeps the first of both."""
    if row.confirmed_at is None:
        return False
    opening, *_ = offers.list_moves(session, row.offer)
    since = journal.place_of(session, opening.entry)
    said = journal.entries_of(session, row.actor, after=since, kinds=[_CONFIRMED])
    return any((item.entry.direction, item.entry.decision["agreement"]) == (by, row.iri) for item in said)


def evidence(session: Session, acting: Acting, id: str) -> bytes:
    """Return the evidence bundle of an agreement: the documents as they went over the wire, and the keys.

    Raises:
        Conflict: `no-evidence`, for an acceptance that the other side refused.
    """
    row = load(session, acting, id)
    if row.state is AgreementState.VOID:
        raise Conflict(
            "no-evidence", "The other side refused this acceptance; there is no agreement to prove."
        )
    offer, _ = load_thread(session, acting.iri, row.offer)
    return exhibit(session, offer)


def view(session: Session, row: AgreementRow) -> dict[str, Any]:
    """Show an agreement as the owner's programs read it, with a sentence made from its machine terms."""
    peer = peers.load_peer(session, row.actor, row.peer)
    agreement = read_agreement(row.document, currency=row.currency)
    role = Role.CUSTOMER if row.own else Role.BUSINESS
    return {
        "id": row.id,
        "iri": row.iri,
        "state": row.state,
        "role": row.role,
        "peer": {"iri": row.peer, "name": peer.name if peer else "", "handle": peer.handle if peer else None},
        **view_draft(agreement.draft),
        "leaves_at": view_time(row.leaves_at),
        "confirmed_at": view_time(row.confirmed_at),
        "digest": row.digest,
        "supersedes": row.supersedes,
        "concluded_at": view_time(row.concluded_at),
        "offer": row.offer,
        "intention": row.intention,
        "plain": plain_terms(agreement.draft, for_role=role),
        "document": row.document,
    }
