"""Moves of the other end: checked, recorded, and answered where the owner decided so beforehand.

Rules that hold here:

- The order of checks: is there such a negotiation, is the sender its other end, does the move answer what
  stands, does the table allow it, do its terms hold. Only then is it recorded.
- What the owner decided beforehand happens in the same transaction: a counter met to the letter is accepted
  if the owner said so, an acceptance is countersigned if the owner said so and the goods are there.
- Concluding with one peer rejects the rest, without a word about the winner.
- What a sender may not know of is a conflict, never 404: senders take that for an inbox that is gone.
"""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

from node.core.negotiations import Link, Step, Thread, admit, other
from node.services.acting import Acting
from node.services.intentions.audiences import is_invited
from node.services.intentions.intentions import announce_end
from node.services.ledger.received import Received
from node.services.ledger.recording import take
from node.services.negotiations.evidence import check_provable
from node.services.negotiations.loading import load_pending, load_thread, to_thread
from node.services.negotiations.making import (
    accept,
    check_amended,
    countersign,
    is_own,
    load_agreement_of,
    load_signatory,
    reject_the_rest,
)
from node.services.outbox.deliveries import cancel_moves
from node.storage import agreements, intentions, offers, stock
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.offers import OfferRow
from node.storage.session import Session
from node.storage.stock import ReservationState
from protocol.agreements import Agreement, Signatory, check_final, earliest_end, read_agreement
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable
from protocol.intentions import Intention, read_intention
from protocol.iris import same_origin, without_fragment
from protocol.moves import Move, read_move, resolve
from protocol.negotiation import Event, Party
from protocol.offers import check_answers
from protocol.strictjson import Document

# A notice may be a day on its way and still count from when it was given; no claim goes back further.
NOTICE_GRACE = timedelta(days=1)
AUTOMATIC = "auto"  # node.core.matching.Countersign.AUTO, as a stored rule spells it


def receive_move(session: Session, acting: Acting, received: Received) -> None:
    """Take a move of the other end: check it, record it, and do what the owner decided beforehand.

    Raises:
        Unprocessable: `proof-required`, or what is wrong with its terms.
        Forbidden: the sender is not the other end of the negotiation.
        Conflict: there is no such intention or offer, as far as this sender may know; or it does not answer
            what stands, comes too late, or the table does not allow it.
    """
    if received.proof_key is None:
        raise Unprocessable("proof-required", "A move of a negotiation needs a proof by its actor.")
    currency = _currency_of(session, acting, received.activity)
    move = read_move(received.activity, currency=currency)
    row = _find(session, acting, move)
    if row is None:
        _receive_first_offer(session, acting, received, move)
        return
    if row.peer != received.sender.iri:
        raise Forbidden("not-your-negotiation", "This negotiation is with somebody else.")
    agreement = agreements.load_agreement_by_offer(session, acting.iri, row.id)
    move = resolve(move, agreement.iri if agreement is not None else None)
    if move.event is Event.OFFER and agreement is not None:
        _receive_amendment(session, acting, received, move, agreement, currency=currency)
        return
    _receive_answer(session, acting, received, move, row, currency=currency)


def _currency_of(session: Session, acting: Acting, activity: Document) -> str | None:
    """Return the currency of the intention that terms are about, for plain ones that name none."""
    # The terms of an offer are its object, those of a counter-offer its result.
    terms = next((part for part in map(activity.get, ("object", "result")) if isinstance(part, dict)), {})
    if "price" in terms:
        return None
    given = terms.get("stipulatesReciprocal")
    intent = given.get("satisfies") if isinstance(given, dict) else None
    if not isinstance(intent, str):
        return None
    row = intentions.load_intention_by_iri(session, acting.iri, without_fragment(intent))
    return None if row is None else read_intention(row.document).currency


def _unnamed(currency: str | None) -> dict[str, str]:
    """Return what the projection needs to read terms that name no currency again."""
    return {} if currency is None else {"currency": currency}


def _find(session: Session, acting: Acting, move: Move) -> OfferRow | None:
    """Find the negotiation a move belongs to, by what it answers; None for a first Offer."""
    if move.answers is None:
        return None
    row = offers.load_offer_by_move(session, acting.iri, move.answers)
    if row is None:
        agreement = agreements.load_agreement_by_iri(session, acting.iri, move.answers)
        row = None if agreement is None else offers.load_offer(session, acting.iri, agreement.offer)
    if row is None:
        raise Conflict("unknown-offer", "There is no such offer here.")
    return row


def _receive_first_offer(session: Session, acting: Acting, received: Received, move: Move) -> None:
    assert move.draft is not None  # noqa: S101 - an Offer without terms is refused when it is read
    row = _load_invited(session, acting, received, move.draft.satisfies_primary)
    intention = read_intention(row.document)
    check_answers(intention, move.draft)
    _check_open(row, acting.now)
    _check_expiry(move, acting.now)
    _check_counts(session, acting, received.sender.iri, intention)
    _check_new_negotiation(session, acting, received, move)
    _record(
        session, acting, received, move, offer=acting.new_id("of"), party=Party.OFFERER,
        intention=row.iri, currency=intention.currency,
    )  # fmt: skip


def _load_invited(session: Session, acting: Acting, received: Received, intent: str) -> IntentionRow:
    """Return our intention that an offer answers, if its sender was told of it; otherwise there is none."""
    row = intentions.load_intention_by_iri(session, acting.iri, intent.partition("#")[0])
    if row is None or not row.own or not is_invited(session, acting.iri, row, received.sender.iri):
        raise Conflict("unknown-intention", "There is no such intention here.")
    return row


def _check_open(row: IntentionRow, now: datetime) -> None:
    if row.state is not IntentionState.OPEN or (row.deadline is not None and row.deadline <= now):
        raise Conflict("intention-closed", "This intention takes no more offers.")


def _check_expiry(move: Move, now: datetime) -> None:
    if move.ends_at is not None and move.ends_at <= now:
        raise Conflict("offer-expired", "The offer had ended when it arrived.")


def _check_open_count(session: Session, acting: Acting, peer: str) -> None:
    if offers.count_open_with_peer(session, acting.iri, peer) >= acting.limits.open_offers_per_peer:
        raise Conflict("too-many-offers", "Too many of your offers are open here.")


def _check_counts(session: Session, acting: Acting, peer: str, intention: Intention) -> None:
    _check_open_count(session, acting, peer)
    if (
        offers.count_offers_of_peer(session, acting.iri, peer, intention=intention.iri)
        >= acting.limits.offers_per_intention
    ):
        raise Conflict("too-many-offers", "You have made too many offers to this intention.")


def _check_new_negotiation(session: Session, acting: Acting, received: Received, move: Move) -> None:
    # The negotiation is the offerer's to name: under its own origin, and once.
    if not same_origin(move.negotiation, received.sender.iri):
        raise Unprocessable(
            "wrong-negotiation", "The negotiation's address is not under the offerer's origin."
        )
    if offers.load_offer_by_negotiation(session, acting.iri, move.negotiation) is not None:
        raise Conflict("negotiation-exists", "This negotiation has begun already.")


def _receive_amendment(
    session: Session,
    acting: Acting,
    received: Received,
    move: Move,
    agreement: AgreementRow,
    *,
    currency: str | None,
) -> None:
    """Take an offer to replace a concluded agreement: a negotiation of its own."""
    assert move.draft is not None  # noqa: S101 - an Offer without terms is refused when it is read
    if agreement.state is not AgreementState.CONCLUDED:
        raise Conflict("illegal-transition", "Only an agreement that is in force can be amended.")
    if move.answers_digest != agreement.digest:
        raise Conflict("digest-mismatch", "The agreement to amend differs from the one that was signed.")
    amended = read_agreement(agreement.document).draft
    same = (amended.satisfies_primary, amended.satisfies_reciprocal)
    if (move.draft.satisfies_primary, move.draft.satisfies_reciprocal) != same:
        raise Unprocessable("satisfies-primary", "An amendment is about the same intention as its agreement.")
    _check_expiry(move, acting.now)
    _check_new_negotiation(session, acting, received, move)
    _record(
        session, acting, received, move, offer=acting.new_id("of"), party=Party.OFFERER,
        intention=agreement.intention, amends=agreement.iri, **_unnamed(currency),
    )  # fmt: skip


def _receive_answer(
    session: Session, acting: Acting, received: Received, move: Move, row: OfferRow, *, currency: str | None
) -> None:
    """Take a move on a negotiation that is under way."""
    thread = to_thread(session, row)
    if move.negotiation not in (thread.negotiation, move.answers):
        raise Unprocessable("wrong-negotiation", "The move names another negotiation than what it answers.")
    party = other(thread.role)
    step = Step(move=move, party=party, link=Link(move.iri, received.digest), at=acting.now)
    thread, voids = _admit(session, acting, row, thread, step)
    decision: dict[str, Any] = {**_unnamed(currency), **({"voids": [*voids]} if voids else {})}
    decision |= _check_terms(session, acting, received, move, row=row, thread=thread)
    _record(session, acting, received, move, offer=row.id, party=party, **decision)
    cancel_moves(session, acting.iri, row.peer, voids, now=acting.now)
    if move.event in (Event.ACCEPT, Event.COUNTERSIGN):
        check_provable(session, load_thread(session, acting.iri, row.id)[0])
    _react(session, acting, row, thread, move)


def _admit(
    session: Session, acting: Acting, row: OfferRow, thread: Thread, step: Step
) -> tuple[Thread, tuple[str, ...]]:
    grace = timedelta(seconds=acting.limits.clock_skew_seconds)
    try:
        admission = admit(thread, step, pending=None, grace=grace, rounds=acting.limits.rounds)
    except Conflict:
        pending = load_pending(session, row, answered=step.move.answers)
        if pending is None:
            raise
        admission = admit(thread, step, pending=pending, grace=grace, rounds=acting.limits.rounds)
    return admission.thread, admission.voids


def _check_terms(
    session: Session, acting: Acting, received: Received, move: Move, *, row: OfferRow, thread: Thread
) -> dict[str, Any]:
    """Check what a move says besides being one; return what its projection needs to know."""
    if move.event is Event.REOFFER:
        _check_reoffer(session, acting, move, thread)
    elif move.event is Event.COUNTER:
        _check_expiry(move, acting.now)
        _check_subject(session, acting, move, thread)
    elif move.event is Event.ACCEPT:
        _check_agreement(session, acting, received, move, row=row, thread=thread)
        return {"agreement": acting.new_id("agr"), "own": is_own(session, acting.iri, thread.intention)}
    elif move.event is Event.COUNTERSIGN:
        check_amended(session, acting, thread)
        _check_signatory(session, received, row, Party.OFFERER)
    elif move.event is Event.LEAVE:
        _check_notice(session, acting, move, row)
    return {}


def _check_reoffer(session: Session, acting: Acting, move: Move, thread: Thread) -> None:
    _check_expiry(move, acting.now)
    intention = intentions.load_intention_by_iri(session, acting.iri, thread.intention)
    if intention is not None and thread.amends is None:
        _check_open(intention, acting.now)
    _check_subject(session, acting, move, thread)


def _check_subject(session: Session, acting: Acting, move: Move, thread: Thread) -> None:
    """Check that new terms are about what the negotiation is about, be they offered or asked for."""
    assert move.draft is not None  # noqa: S101 - a move without terms is refused when it is read
    intention = intentions.load_intention_by_iri(session, acting.iri, thread.intention)
    if intention is not None and thread.amends is None:
        check_answers(read_intention(intention.document), move.draft)
        return
    now, before = move.draft, thread.draft
    same = (before.satisfies_primary, before.satisfies_reciprocal)
    if (now.satisfies_primary, now.satisfies_reciprocal) != same:
        raise Unprocessable("satisfies-primary", "These terms are about something else than was amended.")


def _check_agreement(
    session: Session, acting: Acting, received: Received, move: Move, *, row: OfferRow, thread: Thread
) -> None:
    """Check that what was accepted is what we offered, by the keys that signed."""
    check_amended(session, acting, thread)
    assert received.proof_key is not None  # noqa: S101 - checked before anything else
    final = read_agreement(move.agreement, currency=row.currency)
    if not same_origin(final.iri, received.sender.iri):
        raise Unprocessable("wrong-origin", "The agreement's address is not under its author's origin.")
    if agreements.load_agreement_by_iri(session, acting.iri, final.iri) is not None:
        raise Conflict("agreement-exists", "There is an agreement with this address already.")
    ours = load_signatory(session, acting.iri, thread.standing, actor=acting.iri, role=Party.OFFERER)
    theirs = Signatory(
        received.sender.iri, Party.OFFEREE, received.proof_key.id, received.proof_key.key.multibase
    )
    check_final(
        final,
        draft=thread.draft,
        offer=thread.standing.iri,
        offer_digest=thread.standing.digest,
        parties=[ours, theirs],
        supersedes=thread.amends,
    )


def _check_signatory(session: Session, received: Received, row: OfferRow, role: Party) -> None:
    """Check that the party signs with the key that the agreement names."""
    assert received.proof_key is not None  # noqa: S101 - checked before anything else
    signatory = read_agreement(load_agreement_of(session, row).document).signatory(role)
    key = received.proof_key
    if signatory.multibase != key.key.multibase:
        raise Unprocessable("wrong-key", "The agreement names another key for this party.")


def _check_notice(session: Session, acting: Acting, move: Move, row: OfferRow) -> None:
    agreement = read_agreement(load_agreement_of(session, row).document)
    check_notice(agreement, ends_at=move.ends_at, now=_given_at(move, acting.now))


def _given_at(move: Move, now: datetime) -> datetime:
    """Return when notice was given: when its sender says, within what a delivery may take."""
    return min(max(move.published or now, now - NOTICE_GRACE), now)


def check_notice(agreement: Agreement, *, ends_at: datetime | None, now: datetime) -> None:
    """Check that leaving at this moment keeps the notice that the agreement asks for.

    Raises:
        Unprocessable: `notice-too-short`.
    """
    if ends_at is None or ends_at < earliest_end(agreement, now):
        raise Unprocessable("notice-too-short", "The terms do not allow the agreement to end so early.")


def _record(
    session: Session,
    acting: Acting,
    received: Received,
    move: Move,
    *,
    offer: str,
    party: Party,
    **decision: Any,
) -> None:
    key = received.proof_key
    assert key is not None  # noqa: S101 - checked before anything else
    chosen = {
        "offer": offer,
        "party": party.value,
        "digest": received.digest,
        "key": {"id": key.id, "multibase": key.key.multibase},
    }
    take(session, acting, move.event.value, received, chosen | decision, move=move)


# --- what the owner decided beforehand ----------------------------------------------------------------------


def _react(session: Session, acting: Acting, row: OfferRow, before: Thread, move: Move) -> None:
    """Do what the owner decided beforehand; if it cannot be done now, it is left to the owner.

    Why it cannot be done is the owner's affair: the peer, a rival of whom was chosen, must not learn it.
    """
    outcome = session.attempt(partial(_act, acting=acting, row=row, before=before, move=move))
    if outcome.error is not None and not isinstance(outcome.error, ProtocolError):
        raise outcome.error


def _act(session: Session, *, acting: Acting, row: OfferRow, before: Thread, move: Move) -> None:
    if move.event is Event.REOFFER:
        _accept_if_met(session, acting, row, before, move)
    elif move.event is Event.ACCEPT:
        _countersign_if_wanted(session, acting, row)
    elif move.event is Event.COUNTERSIGN and before.amends is None:
        _close_intention(session, acting, before.intention, winner=row.id)


def _close_intention(session: Session, acting: Acting, iri: str, *, winner: str) -> None:
    intention = intentions.load_intention_by_iri(session, acting.iri, iri)
    if intention is not None and intention.own:
        reject_the_rest(session, acting, iri, but=winner)
        announce_end(session, acting, intention)


def _accept_if_met(session: Session, acting: Acting, row: OfferRow, before: Thread, move: Move) -> None:
    wanted = (row.countered or {}).get("on_met") == "accept"
    if agreements.living_agreement(session, acting.iri, before.intention) is not None:
        return  # another offer was accepted meanwhile
    if wanted and before.countered is not None and move.draft == before.countered:
        after, thread = load_thread(session, acting.iri, row.id)
        accept(session, acting, after, thread)


def _countersign_if_wanted(session: Session, acting: Acting, row: OfferRow) -> None:
    reservation = stock.load_reservation(session, row.id)
    held = reservation is None or reservation.state is ReservationState.HELD
    rule = stock.load_rule(session, acting.iri)
    automatic = acting.countersigns if rule is None else rule["countersign"] == AUTOMATIC
    if automatic and held:
        after, thread = load_thread(session, acting.iri, row.id)
        countersign(session, acting, after, thread)
