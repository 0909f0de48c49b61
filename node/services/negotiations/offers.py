"""Offers: what the owner does with them on either side: load, decide, carry out, show.

An offer's id (`of_…`) stands for its whole negotiation: one thread, whatever the number of rounds.
"""

from datetime import datetime, timedelta
from typing import Any

from node.core import codes
from node.core.conditions import check_seen
from node.core.data_terms import address
from node.core.decisions import Decision
from node.core.drafts import ProposedTerms, read_terms
from node.core.negotiations import Agreed, Negotiation, Wanted
from node.core.threads import Thread
from node.services.acting import Acting
from node.services.intentions import showing as intention_showing
from node.services.negotiations import alternatives, making, waiting_aside
from node.services.negotiations.histories import HistoryShown, show_history
from node.services.negotiations.holding import held_for
from node.services.negotiations.loading import (
    load as load_negotiation,
)
from node.services.negotiations.loading import (
    load_policy,
    ruled,
    to_agreed,
    to_counterpart,
    to_wanted,
)
from node.services.negotiations.showing import (
    OfferShown,
    PageShown,
    show_decided,
    show_offers,
)
from node.services.terms import templates
from node.storage import offers, peers
from node.storage.agreements import AgreementRow
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow
from node.storage.offers import OfferRow
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.moves import Move
from protocol.negotiation import Event, Party, State
from protocol.offers import Draft
from protocol.strictjson import Document

# An offer that names no end stands for a week: long enough to compare, short enough for a price to hold.
DEFAULT_LIFE = timedelta(days=7)

ON_MET = ("accept", "ask")


# --- what a business does -----------------------------------------------------------------------------------


def make(
    session: Session, acting: Acting, intention: str, terms: Document, *, alternative_to: str | None = None
) -> OfferShown:
    """Answer an intention with an offer; `alternative_to` is the id of another of ours to choose from.

    Raises:
        NotFound, Forbidden: `own-intention`; Conflict: `intention-closed`; Unprocessable: `no-alternative`,
        and what is wrong with the terms.
    """
    row = intention_showing.load(session, acting, intention)
    base = templates.opening(session, acting, row)
    other = None if alternative_to is None else alternatives.named(session, acting, row, alternative_to)
    decision = open_offer(session, acting, row, read_terms(terms, base=base), alternative_to=other)
    return show_decided(session, decision)


def open_offer(
    session: Session,
    acting: Acting,
    row: IntentionRow,
    terms: ProposedTerms,
    *,
    alternative_to: str | None = None,
    **kept: Any,
) -> Decision:
    """Send a first offer on these terms; `kept` joins the journal's record, such as the stock it reserves.

    `alternative_to` is the IRI of another offer to choose from.

    Raises:
        Forbidden: `own-intention`; or as `make`.
    """
    if row.peer is None:
        raise Forbidden(codes.OWN_INTENTION)
    negotiation = unbegun(session, acting, row.peer, intention=to_wanted(row))
    kept |= templates.counted_as(session, acting, terms.draft)
    return _open(session, acting, negotiation, terms, alternative_to=alternative_to, **kept)


def open_amendment(
    session: Session, acting: Acting, agreement: AgreementRow, terms: ProposedTerms
) -> OfferShown:
    """Offer new terms for a concluded agreement: when they are agreed, they supersede it."""
    negotiation = unbegun(session, acting, agreement.peer, amended=to_agreed(agreement))
    return show_decided(session, _open(session, acting, negotiation, terms))


def unbegun(
    session: Session,
    acting: Acting,
    peer: str,
    *,
    intention: Wanted | None = None,
    amended: Agreed | None = None,
) -> Negotiation:
    """Return a negotiation with a peer (its id) that nobody has begun, under a fresh id."""
    return Negotiation(
        id=acting.new_id("of"),
        actor=acting.iri,
        peer=to_counterpart(peers.named_peer(session, acting.iri, peer)),
        thread=None,
        intention=intention,
        amended=amended,
    )


def _open(
    session: Session,
    acting: Acting,
    negotiation: Negotiation,
    terms: ProposedTerms,
    *,
    alternative_to: str | None = None,
    **kept: Any,
) -> Decision:
    """Begin a negotiation; an offer that amends answers the agreement."""
    draft = address(terms.draft, negotiation.ends)
    name = acting.mint("negotiations", "neg")
    answered = None if negotiation.amended is None else negotiation.amended.link
    move = Move(
        event=Event.OFFER,
        iri=acting.mint("activities", "act"),
        actor=acting.iri,
        to=(negotiation.peer.address,),
        negotiation=name,
        answers=None if answered is None else answered.iri,
        answers_digest=None if answered is None else answered.digest,
        draft=draft,
        ends_at=expiry(acting, terms.expires_at),
        published=acting.writes_at,
        alternative_to=alternative_to,
    )
    signed = making.sign(acting, move, party=Party.OFFERER, currency=terms.draft.currency, **kept)
    return making.make(session, acting, negotiation, signed)


def reoffer(
    session: Session, acting: Acting, id: str, terms: Document, *, digest: str | None = None
) -> OfferShown:
    """Replace our offer, or answer a rejection or a counter with a new one.

    `{"meet": true}` offers exactly what the counter asked for; other members change the terms that stand.
    With `digest`, only if the offer is still the one that was looked at.
    """
    negotiation = _load_as(session, acting, id, Party.OFFERER, Event.REOFFER)
    thread = negotiation.begun
    check_seen(thread, digest)
    meets = terms.get("meet") is True
    wanted = ProposedTerms(_countered(thread), None) if meets else read_terms(terms, base=thread.draft)
    return show_decided(session, put_reoffer(session, acting, negotiation, wanted))


def put_reoffer(
    session: Session, acting: Acting, negotiation: Negotiation, terms: ProposedTerms, *, by_rule: bool = False
) -> Decision:
    """Send a new offer on these terms in a negotiation that is under way; `by_rule` if no person does."""
    ends_at = expiry(acting, terms.expires_at)
    draft, amends = address(terms.draft, negotiation.ends), negotiation.begun.amends
    move = making.answer(acting, negotiation, Event.REOFFER, draft=draft, ends_at=ends_at, supersedes=amends)
    kept = held_for(session, negotiation, terms.draft)
    signed = making.sign(acting, move, party=Party.OFFERER, currency=terms.draft.currency, **kept)
    policy = ruled(session, acting, negotiation) if by_rule else None
    return making.make(session, acting, negotiation, signed, policy=policy)


def _countered(thread: Thread) -> Draft:
    if thread.countered is None:
        raise Conflict(codes.NO_COUNTER, "There is no counter-offer to meet.")
    return thread.countered


def withdraw(session: Session, acting: Acting, id: str) -> OfferShown:
    """Take back our last word: our standing offer, or our counter, which leaves the offer rejected.

    An offer that a paused wish has not taken is only not sent again; one before it that stands is withdrawn.
    """
    row = load(session, acting, id)
    if waiting_aside.drop(session, acting, row):
        row = load(session, acting, row.id)
        if row.state is not State.OFFERED:
            return show(session, acting, row.id)
    if (row.role, row.state) == (Party.OFFEREE, State.COUNTERED):
        return _recant(session, acting, load_negotiation(session, acting, row, Event.RECANT))
    negotiation = _complete_as(session, acting, row, Party.OFFERER, Event.WITHDRAW)
    move = making.answer(acting, negotiation, Event.WITHDRAW)
    signed = making.sign(acting, move, party=Party.OFFERER)
    return show_decided(session, making.make(session, acting, negotiation, signed))


# --- what a customer does -----------------------------------------------------------------------------------


def counter(
    session: Session,
    acting: Acting,
    id: str,
    terms: Document,
    *,
    on_met: str = "ask",
    digest: str | None = None,
) -> OfferShown:
    """Ask for other terms; `on_met` says whether an offer that meets them is accepted at once.

    With `digest`, only if the offer is still the one that was looked at.
    """
    if on_met not in ON_MET:
        raise Unprocessable(codes.UNKNOWN_CHOICE, "on_met is accept or ask.")
    negotiation = _load_as(session, acting, id, Party.OFFEREE, Event.COUNTER)
    thread = negotiation.begun
    check_seen(thread, digest)
    wanted = read_terms(terms, base=thread.draft)
    if wanted.draft == thread.draft:
        raise Unprocessable(codes.NOTHING_ASKED)
    ends_at = expiry(acting, wanted.expires_at)
    draft = address(wanted.draft, negotiation.ends)
    move = making.answer(acting, negotiation, Event.COUNTER, draft=draft, ends_at=ends_at)
    signed = making.sign(acting, move, party=Party.OFFEREE, on_met=on_met, currency=wanted.draft.currency)
    return show_decided(session, making.make(session, acting, negotiation, signed))


def accept(session: Session, acting: Acting, id: str, *, digest: str | None = None) -> OfferShown:
    """Accept the standing offer; with `digest`, only if it is still the one that was looked at.

    Raises:
        Conflict: `already-accepted`, `offer-changed`, `offer-expired`, `intention-awarded`,
            `intention-closed`, `illegal-transition`.
    """
    negotiation = _load_as(session, acting, id, Party.OFFEREE, Event.ACCEPT)
    signed = making.acceptance(acting, negotiation)
    policy = load_policy(acting, seen=digest)
    return show_decided(session, making.make(session, acting, negotiation, signed, policy=policy))


def reject(
    session: Session, acting: Acting, id: str, *, reason: str = "", digest: str | None = None
) -> OfferShown:
    """Reject the standing offer; with `digest`, only if it is still that one.

    After a counter of ours that is taken back, which leaves the offer rejected.
    """
    negotiation = _load_as(session, acting, id, Party.OFFEREE, Event.REJECT)
    check_seen(negotiation.begun, digest)
    if negotiation.begun.state is State.COUNTERED:
        return _recant(session, acting, negotiation, reason=reason)
    signed = making.rejection(acting, negotiation, reason=reason)
    return show_decided(session, making.make(session, acting, negotiation, signed))


def _recant(session: Session, acting: Acting, negotiation: Negotiation, *, reason: str = "") -> OfferShown:
    signed = making.recantation(acting, negotiation, reason=reason)
    return show_decided(session, making.make(session, acting, negotiation, signed))


# --- both ---------------------------------------------------------------------------------------------------


def list(
    session: Session,
    acting: Acting,
    *,
    intention: str | None = None,
    state: State | None = None,
    role: Party | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> PageShown:
    """List negotiations, newest first."""
    iri = None if intention is None else intention_showing.load(session, acting, intention).iri
    page = offers.list_offers(
        session, acting.iri, intention=iri, state=state, role=role, cursor=cursor, limit=limit
    )
    return {"items": [*show_offers(session, acting.iri, page.items)], "next": page.next}


def show(session: Session, acting: Acting, id: str) -> OfferShown:
    """Show one negotiation by its id or a unique beginning of it."""
    (shown,) = show_offers(session, acting.iri, [load(session, acting, id)])
    return shown


def load(session: Session, acting: Acting, id: str) -> OfferRow:
    """Return a negotiation of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = offers.load_offer(session, acting.iri, resolve_id(session, "offers", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID, "There is no offer with this id.")
    return row


def history(session: Session, acting: Acting, id: str) -> HistoryShown:
    """Show the moves of a negotiation in order: the chain of digests that both ends share."""
    row = load(session, acting, id)
    return show_history(session, row)


def expiry(acting: Acting, expires_at: datetime | None) -> datetime:
    """Return when an offer or a counter of ours ends: as the owner says, or in a week.

    Raises:
        Unprocessable: `already-expired`.
    """
    ends_at = expires_at or (acting.writes_at + DEFAULT_LIFE).replace(microsecond=0)
    if ends_at <= acting.now:
        raise Unprocessable(codes.ALREADY_EXPIRED)
    return ends_at


def _load_as(session: Session, acting: Acting, id: str, role: Party, event: Event) -> Negotiation:
    return _complete_as(session, acting, load(session, acting, id), role, event)


def _complete_as(session: Session, acting: Acting, row: OfferRow, role: Party, event: Event) -> Negotiation:
    if row.role is not role:
        side = "yours: others answer it" if row.role is Party.OFFERER else "the other side's to change"
        raise Forbidden(codes.NOT_YOUR_MOVE, f"This offer is {side}.")
    return load_negotiation(session, acting, row, event)
