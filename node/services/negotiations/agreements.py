"""Agreements: what both sides signed, how it is proved, changed, confirmed and ended."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from node.core import codes
from node.core.conditions import agreement_of
from node.core.decisions import Decision
from node.core.drafts import read_terms
from node.core.evidence import conclusion, exhibit
from node.core.leaving import check_withdrawing
from node.core.negotiations import Negotiation
from node.services.acting import Acting
from node.services.ledger.received import Received
from node.services.ledger.recording import send, take
from node.services.negotiations import making
from node.services.negotiations import offers as offer_service
from node.services.negotiations.folding import applied_moves, load_history
from node.services.negotiations.loading import load as load_negotiation
from node.services.negotiations.loading import load_row, ruled, to_counterpart
from node.services.negotiations.showing import (
    AgreementShown,
    OfferShown,
    PageShown,
    show_agreement,
    show_agreements,
    show_offers,
)
from node.storage import agreements, offers, peers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.ids import resolve_id
from node.storage.session import Session
from protocol import codes as wire
from protocol.agreements import earliest_end, read_agreement
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.moves import check_size
from protocol.negotiation import Event, Party
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
) -> PageShown:
    """List agreements, newest first."""
    page = agreements.list_agreements(session, acting.iri, state=state, cursor=cursor, limit=limit)
    return {"items": [*show_agreements(session, acting.iri, page.items, now=acting.now)], "next": page.next}


def show(session: Session, acting: Acting, id: str) -> AgreementShown:
    """Show one agreement by its id or a unique beginning of it."""
    (shown,) = show_agreements(session, acting.iri, [load(session, acting, id)], now=acting.now)
    return shown


def load(session: Session, acting: Acting, id: str) -> AgreementRow:
    """Return an agreement of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = agreements.load_agreement(session, acting.iri, resolve_id(session, "agreements", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID, "There is no agreement with this id.")
    return row


def countersign(session: Session, acting: Acting, id: str, *, by_rule: bool = False) -> AgreementShown:
    """Countersign an accepted offer of ours: the agreement is concluded then. `by_rule` if no person does."""
    row = _load_ours(session, acting, id)
    negotiation = _load_behind(session, acting, row, Event.COUNTERSIGN)
    signed = making.countersignature(acting, negotiation)
    policy = ruled(session, acting, negotiation) if by_rule else None
    return _show_decided(
        session, acting, row, making.make(session, acting, negotiation, signed, policy=policy)
    )


def renege(session: Session, acting: Acting, id: str, *, reason: str = "") -> AgreementShown:
    """Say that we cannot perform an accepted offer of ours; it stays on record."""
    row = _load_ours(session, acting, id)
    negotiation = _load_behind(session, acting, row, Event.RENEGE)
    move = making.answer(acting, negotiation, Event.RENEGE, content=reason)
    signed = making.sign(acting, move, party=Party.OFFERER)
    return _show_decided(
        session, acting, row, making.make(session, acting, negotiation, signed), reason=reason
    )


def _load_ours(session: Session, acting: Acting, id: str) -> AgreementRow:
    row = load(session, acting, id)
    if row.role is not Party.OFFERER:
        raise Forbidden(
            codes.NOT_YOUR_MOVE, "Only who made the offer can countersign it or say it cannot perform."
        )
    return row


def _load_behind(session: Session, acting: Acting, row: AgreementRow, event: Event) -> Negotiation:
    """Load the negotiation that led to an agreement, without reading that again unless it never held."""
    agreed = None if row.state is AgreementState.VOID else {row.offer: row}
    offer = load_row(session, acting.iri, row.offer)
    return load_negotiation(session, acting, offer, event, agreed=agreed)


def _show_decided(
    session: Session, acting: Acting, row: AgreementRow, decision: Decision, *, reason: str = ""
) -> AgreementShown:
    """Show an agreement as it is once a decision has been carried out: its state is its negotiation's."""
    after = decision.after
    changed = agreement_of(decision.negotiation).id == row.id
    state = AgreementState(after.state) if changed else row.state
    leaves_at = after.leaves_at if changed else row.leaves_at
    after_it = replace(row, state=state, leaves_at=leaves_at)
    return show_agreement(session, after_it, decision.before.peer, now=acting.now, reason=reason)


def amend(session: Session, acting: Acting, id: str, terms: Document) -> OfferShown:
    """Offer other terms for an agreement in force; returns the offer. Until it concludes the old terms hold.

    Raises:
        Conflict: `not-in-force`.
    """
    row = load(session, acting, id)
    base = read_agreement(row.document).draft
    return offer_service.open_amendment(session, acting, row, read_terms(terms, base=base))


def amendments(
    session: Session, acting: Acting, id: str, *, cursor: str | None = None, limit: int = 50
) -> PageShown:
    """List what was proposed to change of an agreement, newest first: by either side, whatever came of it."""
    row = load(session, acting, id)
    page = offers.list_amendments(session, acting.iri, row.iri, cursor=cursor, limit=limit)
    return {"items": [*show_offers(session, acting.iri, page.items)], "next": page.next}


def amended_by(session: Session, acting: Acting, offer: OfferShown) -> str | None:
    """Return the id of the agreement that a negotiation would change; None if it would change none."""
    iri = offer["amends"]
    row = None if iri is None else agreements.load_agreement_by_iri(session, acting.iri, iri)
    return None if row is None else row.id


def proposed(session: Session, acting: Acting, *, limit: int) -> Sequence[OfferShown]:
    """Show what others propose to change of our agreements and we have not answered, the newest first."""
    return show_offers(session, acting.iri, offers.proposed_amendments(session, acting.iri, limit=limit))


def end(
    session: Session, acting: Acting, id: str, *, at: datetime | None = None, withdraw: bool = False
) -> AgreementShown:
    """Leave an agreement, at the earliest moment its notice terms allow or at a later one.

    To `withdraw` is to change one's mind within the time that terms about data give: it ends at once, or at
    `at`.

    Raises:
        Unprocessable: `notice-too-short`; Conflict: `no-leaving`, `no-withdrawal`, `illegal-transition`.
    """
    row = load(session, acting, id)
    agreement = read_agreement(row.document, currency=row.currency)
    if withdraw:
        check_withdrawing(agreement, by_customer=row.own, now=acting.now)
        ends_at = at or max(acting.writes_at, agreement.published or acting.writes_at)
    else:
        ends_at = at or earliest_end(agreement, acting.now)
    negotiation = _load_behind(session, acting, row, Event.LEAVE)
    move = making.answer(acting, negotiation, Event.LEAVE, ends_at=ends_at)
    signed = making.sign(acting, move, party=row.role)
    return _show_decided(session, acting, row, making.make(session, acting, negotiation, signed))


def confirm(session: Session, acting: Acting, id: str) -> AgreementShown:
    """Confirm that an agreement was performed (FEP-0837, Confirmations)."""
    row = load(session, acting, id)
    if row.state not in _IN_FORCE:
        raise Conflict(codes.NOT_IN_FORCE, f"This agreement is {row.state}; there is nothing to confirm yet.")
    if row.own_confirmed_at is not None:
        raise Conflict(codes.ALREADY_CONFIRMED, "This agreement has been confirmed already. Nothing sent.")
    peer = peers.named_peer(session, acting.iri, row.peer)
    activity = acting.sign(_confirmation(acting, row, to=peer.address))
    decision = {"agreement": row.iri, "offer": row.offer}
    send(session, acting, _CONFIRMED, activity, decision, recipients=[peer])
    confirmed = replace(row, own_confirmed_at=acting.now)
    return show_agreement(session, confirmed, to_counterpart(peer), now=acting.now)


def _confirmation(acting: Acting, row: AgreementRow, *, to: str) -> Document:
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
        "to": [to],
        "published": render_time(acting.now),
        "object": document,
    }


def receive_confirmation(session: Session, acting: Acting, received: Received, agreement: str) -> None:
    """Note that the other side confirms performance; whether we do is for us to say.

    Raises:
        Unprocessable: `proof-required`; TooLarge: `move-too-large`; Forbidden: `not-your-agreement`;
            Conflict: `unknown-agreement`, `not-in-force`, `already-confirmed`.
    """
    if received.proof_key is None:
        raise Unprocessable(wire.PROOF_REQUIRED, "A confirmation needs a proof by its actor.")
    check_size(received.raw)
    row = agreements.load_agreement_by_iri(session, acting.iri, agreement)
    if row is None:
        raise Conflict(codes.UNKNOWN_AGREEMENT)
    if row.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOUR_AGREEMENT)
    if row.state not in _IN_FORCE:
        raise Conflict(codes.NOT_IN_FORCE, "Only an agreement in force can be confirmed.")
    if row.peer_confirmed_at is not None:
        raise Conflict(codes.ALREADY_CONFIRMED)
    decision = {"agreement": row.iri, "offer": row.offer}
    take(session, acting, _CONFIRMED, received, decision, evidence=True)


def evidence(session: Session, acting: Acting, id: str) -> bytes:
    """Return the evidence bundle of an agreement: the documents as they went over the wire, and the keys.

    Raises:
        Conflict: `no-evidence`, for an acceptance that was undone, or that the other side refused.
    """
    row = load(session, acting, id)
    if row.state is AgreementState.VOID:
        raise Conflict(
            codes.NO_EVIDENCE,
            "This acceptance was undone, or the other side did not take it; there is no agreement to prove.",
        )
    offer = load_row(session, acting.iri, row.offer)
    concluding = conclusion(load_history(session, applied_moves(session, offer.id)), offer.head)
    return exhibit(concluding, row.document)
