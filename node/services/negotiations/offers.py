"""Offers: what the owner does with them on either side, and how they are shown.

An offer's id (`of_…`) stands for its whole negotiation: one thread, whatever the number of rounds.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from node.core.comparison import differences, rank, view_difference, within_limit
from node.core.negotiations import Thread
from node.core.terms import Terms, opening_draft, read_terms, view_draft, view_time
from node.services.acting import Acting
from node.services.intentions import intentions as intention_service
from node.services.negotiations import making
from node.services.negotiations.loading import chain, load_activity, load_thread, read_terms_of
from node.storage import agreements, deliveries, intentions, offers, peers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.ids import resolve_id
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.offers import MoveRow, OfferRow
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.intentions import read_intention
from protocol.moves import Move
from protocol.negotiation import Event, Party, State
from protocol.offers import Draft, check_answers, read_draft
from protocol.strictjson import Document

# An offer that names no end stands for a week: long enough to compare, short enough for a price to hold.
DEFAULT_LIFE = timedelta(days=7)

COMPARED = 100  # offers side by side: more than a person looks at, and few enough to answer at once

ON_MET = ("accept", "ask")


# --- what a business does -----------------------------------------------------------------------------------


def make(session: Session, acting: Acting, intention: str, terms: Document) -> dict[str, Any]:
    """Answer an intention with an offer.

    Raises:
        NotFound, Forbidden: `own-intention`; Conflict: `intention-closed`; Unprocessable: what is wrong with
        the terms.
    """
    row = intention_service.load(session, acting, intention)
    draft = opening_draft(read_intention(row.document))
    return open_offer(session, acting, row, read_terms(terms, base=draft))


def open_offer(
    session: Session, acting: Acting, row: IntentionRow, terms: Terms, **decision: Any
) -> dict[str, Any]:
    """Send a first offer on these terms; `decision` joins the journal's, such as the stock it reserves."""
    if row.own:
        raise Forbidden("own-intention", "This is your own intention: others make offers to it.")
    if row.state != "open" or (row.deadline is not None and row.deadline <= acting.now):
        raise Conflict("intention-closed", "This intention takes no more offers.")
    check_answers(read_intention(row.document), terms.draft)
    id = acting.new_id("of")
    move = _offer(acting, row.proposer, terms, negotiation=acting.mint("negotiations", "neg"))
    making.make_move(
        session,
        acting,
        move,
        offer=id,
        party=Party.OFFERER,
        intention=row.iri,
        currency=terms.draft.currency,
        **decision,
    )
    return show(session, acting, id)


def _offer(acting: Acting, peer: str, terms: Terms, *, negotiation: str, **members: Any) -> Move:
    return Move(
        event=Event.OFFER,
        iri=acting.mint("activities", "act"),
        actor=acting.iri,
        to=(peer,),
        negotiation=negotiation,
        draft=terms.draft,
        ends_at=expiry(acting, terms.expires_at),
        published=acting.now,
        **members,
    )


def open_amendment(session: Session, acting: Acting, agreement: AgreementRow, terms: Terms) -> dict[str, Any]:
    """Offer new terms for a concluded agreement: when they are agreed, they supersede it."""
    id = acting.new_id("of")
    negotiation = acting.mint("negotiations", "neg")
    move = _offer(
        acting,
        agreement.peer,
        terms,
        negotiation=negotiation,
        answers=agreement.iri,
        answers_digest=agreement.digest,
    )
    making.make_move(
        session,
        acting,
        move,
        offer=id,
        party=Party.OFFERER,
        intention=agreement.intention,
        amends=agreement.iri,
        currency=terms.draft.currency,
    )
    return show(session, acting, id)


def reoffer(session: Session, acting: Acting, id: str, terms: Document) -> dict[str, Any]:
    """Replace our offer, or answer a rejection or a counter with a new one.

    `{"meet": true}` offers exactly what the counter asked for; other members change the terms that stand.
    """
    row, thread = _load_as(session, acting, id, Party.OFFERER)
    if terms.get("meet") is True:
        return put_reoffer(session, acting, row, thread, Terms(_countered(thread), None))
    return put_reoffer(session, acting, row, thread, read_terms(terms, base=thread.draft))


def put_reoffer(
    session: Session, acting: Acting, row: OfferRow, thread: Thread, terms: Terms
) -> dict[str, Any]:
    """Send a new offer on these terms in a negotiation that is under way."""
    _check_intention(session, acting, thread, terms.draft)
    move = making.answer(
        acting, thread, Event.REOFFER, draft=terms.draft, ends_at=expiry(acting, terms.expires_at)
    )
    making.make_move(session, acting, move, offer=row.id, party=Party.OFFERER, currency=terms.draft.currency)
    return show(session, acting, row.id)


def _countered(thread: Thread) -> Draft:
    if thread.countered is None:
        raise Conflict("no-counter", "There is no counter-offer to meet.")
    return thread.countered


def withdraw(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Take back our standing offer."""
    row, thread = _load_as(session, acting, id, Party.OFFERER)
    making.make_move(
        session, acting, making.answer(acting, thread, Event.WITHDRAW), offer=row.id, party=Party.OFFERER
    )
    return show(session, acting, row.id)


# --- what a customer does -----------------------------------------------------------------------------------


def counter(
    session: Session, acting: Acting, id: str, terms: Document, *, on_met: str = "ask"
) -> dict[str, Any]:
    """Ask for other terms; `on_met` says whether an offer that meets them is accepted at once."""
    if on_met not in ON_MET:
        raise Unprocessable("unknown-choice", "on_met is accept or ask.")
    row, thread = _load_as(session, acting, id, Party.OFFEREE)
    wanted = read_terms(terms, base=thread.draft)
    if wanted.draft == thread.draft:
        raise Unprocessable(
            "nothing-asked", "The counter asks for what is offered already: accept it instead."
        )
    _check_intention(session, acting, thread, wanted.draft)
    ends_at = expiry(acting, wanted.expires_at)
    move = making.answer(acting, thread, Event.COUNTER, draft=wanted.draft, ends_at=ends_at)
    making.make_move(
        session,
        acting,
        move,
        offer=row.id,
        party=Party.OFFEREE,
        on_met=on_met,
        currency=wanted.draft.currency,
    )
    return show(session, acting, row.id)


def accept(session: Session, acting: Acting, id: str, *, digest: str | None = None) -> dict[str, Any]:
    """Accept the standing offer; with `digest`, only if it is still the one that was looked at.

    Raises:
        Conflict: `already-accepted`, `offer-changed`, `offer-expired`, `intention-awarded`,
            `intention-closed`, `illegal-transition`.
    """
    row, thread = _load_as(session, acting, id, Party.OFFEREE)
    _check_not_accepted(session, acting, row, thread)
    if digest is not None and digest != thread.standing.digest:
        raise Conflict(
            "offer-changed", "The offer has changed since you looked at it. Look again before you accept."
        )
    making.accept(session, acting, row, thread)
    return show(session, acting, row.id)


def _check_not_accepted(session: Session, acting: Acting, row: OfferRow, thread: Thread) -> None:
    if thread.agreement is not None:
        agreement = agreements.load_agreement_by_iri(session, acting.iri, thread.agreement.iri)
        if agreement is not None:
            at = agreement.concluded_at.strftime("%H:%M:%S")
            raise Conflict(
                "already-accepted", f"Already accepted at {at} UTC ({agreement.id}). Nothing sent."
            )
    living = agreements.living_agreement(session, acting.iri, thread.intention)
    if living is not None and thread.amends is None:
        detail = f"Another offer for this intention was accepted ({living.id}). Nothing sent."
        raise Conflict("intention-awarded", detail)
    intention = intentions.load_intention_by_iri(session, acting.iri, thread.intention)
    if thread.amends is None and intention is not None and intention.state is IntentionState.WITHDRAWN:
        raise Conflict("intention-closed", "You have taken this intention back. Nothing sent.")
    if row.state is not State.OFFERED:
        raise Conflict(
            "illegal-transition", f"This offer is {row.state} and cannot be accepted. Nothing sent."
        )


def reject(session: Session, acting: Acting, id: str, *, reason: str = "") -> dict[str, Any]:
    """Reject the standing offer, with or without a reason."""
    row, thread = _load_as(session, acting, id, Party.OFFEREE)
    making.reject(session, acting, row, thread, reason=reason)
    return show(session, acting, row.id)


def compare(session: Session, acting: Acting, intention: str) -> dict[str, Any]:
    """Put the standing offers to an intention of ours side by side, the best first.

    First those that meet every hard specification, among them the lowest total over the term. Of more than
    `COMPARED` the newest are taken, and `more` says that there are others.
    """
    row = intention_service.load(session, acting, intention)
    wish = read_intention(row.document)
    limit = row.private.get("limit_price")
    found = offers.standing_offers(session, acting.iri, row.iri, limit=COMPARED + 1)
    standing = found[COMPARED - 1 :: -1]  # the oldest first, as they came
    drafts = [read_terms_of(offer) for offer in standing]
    compared = [
        {
            **view(session, standing[place]),
            "rank": number,
            "difference": [view_difference(difference) for difference in differences(wish, drafts[place])],
            "within_limit": within_limit(drafts[place], None if limit is None else Decimal(limit)),
            "signature": "verified",
        }
        for number, place in enumerate(rank(wish, drafts), start=1)
    ]
    more = len(found) > COMPARED
    return {"intention": intention_service.view(session, row), "offers": compared, "more": more}


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
) -> dict[str, Any]:
    """List negotiations, newest first."""
    iri = None if intention is None else intention_service.load(session, acting, intention).iri
    page = offers.list_offers(
        session, acting.iri, intention=iri, state=state, role=role, cursor=cursor, limit=limit
    )
    return {"items": [view(session, row) for row in page.items], "next": page.next}


def show(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show one negotiation by its id or a unique beginning of it."""
    return view(session, load(session, acting, id))


def load(session: Session, acting: Acting, id: str) -> OfferRow:
    """Return a negotiation of this actor's by its id or a unique beginning of it.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = offers.load_offer(session, acting.iri, resolve_id(session, "offers", acting.iri, id))
    if row is None:
        raise NotFound("unknown-id", "There is no offer with this id.")
    return row


def history(session: Session, acting: Acting, id: str) -> dict[str, Any]:
    """Show the moves of a negotiation in order: the chain of digests that both ends share.

    Moves that crossed another, or that the peer refused, are listed in `moves` with their status but are not
    part of the chain.
    """
    row = load(session, acting, id)
    rows = offers.list_moves(session, row.id)
    return {
        "offer": row.id,
        "negotiation": row.negotiation,
        "state": row.state,
        "chain": [move.digest for move in chain(rows, row.head)],
        "moves": [_view_move(move) for move in rows],
    }


def _view_move(move: MoveRow) -> dict[str, Any]:
    return {
        "activity": move.iri,
        "event": move.event,
        "by": move.by_party,
        "at": view_time(move.at),
        "digest": move.digest,
        "answers": move.answers,
        "answers_digest": move.answers_digest,
        "status": move.status,
        "sequence": move.sequence,
    }


def view(session: Session, row: OfferRow) -> dict[str, Any]:
    """Show a negotiation as the owner's programs read it: its standing terms and where it stands."""
    peer = peers.load_peer(session, row.actor, row.peer)
    agreement = agreements.load_agreement_by_offer(session, row.actor, row.id)
    intention = intentions.load_intention_by_iri(session, row.actor, row.intention)
    countered = None if row.countered is None else view_draft(read_draft(row.countered["terms"]))
    return {
        "id": row.id,
        "negotiation": row.negotiation,
        "intention": row.intention if intention is None else intention.id,
        "role": row.role,
        "peer": {
            "iri": row.peer,
            "name": peer.name if peer else "",
            "handle": peer.handle if peer else None,
        },
        "state": row.state,
        **view_draft(read_terms_of(row)),
        "expires_at": view_time(row.expires_at),
        "rounds": row.rounds,
        "digest": row.standing_digest,
        "proof": _view_proof(session, row),
        "countered": countered,
        "delivery": _view_delivery(session, row),
        "agreement": None if agreement is None or agreement.state is AgreementState.VOID else agreement.id,
        "amends": row.amends,
        "opened_at": view_time(row.opened_at),
        "updated_at": view_time(row.updated_at),
    }


def _view_delivery(session: Session, row: OfferRow) -> dict[str, Any] | None:
    """Show what became of the standing offer on its way, if it is ours."""
    sent = deliveries.load_delivery_of(session, row.actor, row.standing, row.peer)
    return None if sent is None else {"state": sent.state.value, "last_error": sent.last_error}


def _view_proof(session: Session, row: OfferRow) -> dict[str, Any] | None:
    move = offers.load_move(session, row.actor, row.standing)
    if move is None:
        return None
    proof = load_activity(session, move.sequence)["proof"]
    # Only moves whose proof was verified are ever recorded.
    return {
        "cryptosuite": proof["cryptosuite"],
        "verification_method": proof["verificationMethod"],
        "verified": True,
    }


def expiry(acting: Acting, expires_at: datetime | None) -> datetime:
    """Return when an offer or a counter ends: as given, or in a week.

    Raises:
        Unprocessable: `already-expired`.
    """
    ends_at = expires_at or (acting.now + DEFAULT_LIFE).replace(microsecond=0)
    if ends_at <= acting.now:
        raise Unprocessable("already-expired", "It would have ended already: give a later time.")
    return ends_at


def _load_as(session: Session, acting: Acting, id: str, role: Party) -> tuple[OfferRow, Thread]:
    row = load(session, acting, id)
    if row.role is not role:
        side = "yours: others answer it" if row.role is Party.OFFERER else "the other side's to change"
        raise Forbidden("not-your-move", f"This offer is {side}.")
    return load_thread(session, acting.iri, row.id)


def _check_intention(session: Session, acting: Acting, thread: Thread, draft: Draft) -> None:
    """Check new terms against the intention; an amendment is bound by its agreement instead."""
    row = intentions.load_intention_by_iri(session, acting.iri, thread.intention)
    if row is not None and thread.amends is None:
        if row.state is not IntentionState.OPEN:
            raise Conflict("intention-closed", f"The intention is {row.state} and takes no more offers.")
        check_answers(read_intention(row.document), draft)
