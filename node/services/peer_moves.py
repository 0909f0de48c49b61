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

from sqlite_utils import Database

from node.core.threads import Link, Step, Thread, admit, other
from node.services.audiences import is_invited
from node.services.deliveries import cancel_moves
from node.services.desk import Desk
from node.services.exhibits import check_provable
from node.services.intentions import announce_end
from node.services.moves import (
    accept,
    check_amended,
    countersign,
    is_own,
    load_agreement_of,
    load_signatory,
    reject_the_rest,
)
from node.services.receiving import Received
from node.services.recording import take
from node.services.threads import load_pending, load_thread, to_thread
from node.storage import agreements, intentions, offers, stock
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.groups import attempt
from node.storage.intentions import IntentionRow, IntentionState
from node.storage.offers import OfferRow
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


def receive_move(db: Database, desk: Desk, received: Received) -> None:
    """Take a move of the other end: check it, record it, and do what the owner decided beforehand.

    Raises:
        Unprocessable: `proof-required`, or what is wrong with its terms.
        Forbidden: the sender is not the other end of the negotiation.
        Conflict: there is no such intention or offer, as far as this sender may know; or it does not answer
            what stands, comes too late, or the table does not allow it.
    """
    if received.proof_key is None:
        raise Unprocessable("proof-required", "A move of a negotiation needs a proof by its actor.")
    currency = _currency_of(db, desk, received.activity)
    move = read_move(received.activity, currency=currency)
    row = _find(db, desk, move)
    if row is None:
        _receive_first_offer(db, desk, received, move)
        return
    if row.peer != received.sender.iri:
        raise Forbidden("not-your-negotiation", "This negotiation is with somebody else.")
    agreement = agreements.load_agreement_by_offer(db, desk.iri, row.id)
    move = resolve(move, agreement.iri if agreement is not None else None)
    if move.event is Event.OFFER and agreement is not None:
        _receive_amendment(db, desk, received, move, agreement, currency=currency)
        return
    _receive_answer(db, desk, received, move, row, currency=currency)


def _currency_of(db: Database, desk: Desk, activity: Document) -> str | None:
    """Return the currency of the intention that terms are about, for plain ones that name none."""
    # The terms of an offer are its object, those of a counter-offer its result.
    terms = next((part for part in map(activity.get, ("object", "result")) if isinstance(part, dict)), {})
    if "price" in terms:
        return None
    given = terms.get("stipulatesReciprocal")
    intent = given.get("satisfies") if isinstance(given, dict) else None
    if not isinstance(intent, str):
        return None
    row = intentions.load_intention_by_iri(db, desk.iri, without_fragment(intent))
    return None if row is None else read_intention(row.document).currency


def _unnamed(currency: str | None) -> dict[str, str]:
    """Return what the projection needs to read terms that name no currency again."""
    return {} if currency is None else {"currency": currency}


def _find(db: Database, desk: Desk, move: Move) -> OfferRow | None:
    """Find the negotiation a move belongs to, by what it answers; None for a first Offer."""
    if move.answers is None:
        return None
    row = offers.load_offer_by_move(db, desk.iri, move.answers)
    if row is None:
        agreement = agreements.load_agreement_by_iri(db, desk.iri, move.answers)
        row = None if agreement is None else offers.load_offer(db, desk.iri, agreement.offer)
    if row is None:
        raise Conflict("unknown-offer", "There is no such offer here.")
    return row


def _receive_first_offer(db: Database, desk: Desk, received: Received, move: Move) -> None:
    assert move.draft is not None  # noqa: S101 - an Offer without terms is refused when it is read
    row = _load_invited(db, desk, received, move.draft.satisfies_primary)
    intention = read_intention(row.document)
    check_answers(intention, move.draft)
    _check_open(row, desk.now)
    _check_expiry(move, desk.now)
    _check_counts(db, desk, received.sender.iri, intention)
    _check_new_negotiation(db, desk, received, move)
    _record(
        db, desk, received, move, offer=desk.new_id("of"), party=Party.OFFERER,
        intention=row.iri, currency=intention.currency,
    )  # fmt: skip


def _load_invited(db: Database, desk: Desk, received: Received, intent: str) -> IntentionRow:
    """Return our intention that an offer answers, if its sender was told of it; otherwise there is none."""
    row = intentions.load_intention_by_iri(db, desk.iri, intent.partition("#")[0])
    if row is None or not row.own or not is_invited(db, desk.iri, row, received.sender.iri):
        raise Conflict("unknown-intention", "There is no such intention here.")
    return row


def _check_open(row: IntentionRow, now: datetime) -> None:
    if row.state is not IntentionState.OPEN or (row.deadline is not None and row.deadline <= now):
        raise Conflict("intention-closed", "This intention takes no more offers.")


def _check_expiry(move: Move, now: datetime) -> None:
    if move.ends_at is not None and move.ends_at <= now:
        raise Conflict("offer-expired", "The offer had ended when it arrived.")


def _check_open_count(db: Database, desk: Desk, peer: str) -> None:
    if offers.count_open_with_peer(db, desk.iri, peer) >= desk.limits.open_offers_per_peer:
        raise Conflict("too-many-offers", "Too many of your offers are open here.")


def _check_counts(db: Database, desk: Desk, peer: str, intention: Intention) -> None:
    _check_open_count(db, desk, peer)
    if (
        offers.count_offers_of_peer(db, desk.iri, peer, intention=intention.iri)
        >= desk.limits.offers_per_intention
    ):
        raise Conflict("too-many-offers", "You have made too many offers to this intention.")


def _check_new_negotiation(db: Database, desk: Desk, received: Received, move: Move) -> None:
    # The negotiation is the offerer's to name: under its own origin, and once.
    if not same_origin(move.negotiation, received.sender.iri):
        raise Unprocessable(
            "wrong-negotiation", "The negotiation's address is not under the offerer's origin."
        )
    if offers.load_offer_by_negotiation(db, desk.iri, move.negotiation) is not None:
        raise Conflict("negotiation-exists", "This negotiation has begun already.")


def _receive_amendment(
    db: Database,
    desk: Desk,
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
    _check_expiry(move, desk.now)
    _check_new_negotiation(db, desk, received, move)
    _record(
        db, desk, received, move, offer=desk.new_id("of"), party=Party.OFFERER,
        intention=agreement.intention, amends=agreement.iri, **_unnamed(currency),
    )  # fmt: skip


def _receive_answer(
    db: Database, desk: Desk, received: Received, move: Move, row: OfferRow, *, currency: str | None
) -> None:
    """Take a move on a negotiation that is under way."""
    thread = to_thread(db, row)
    if move.negotiation not in (thread.negotiation, move.answers):
        raise Unprocessable("wrong-negotiation", "The move names another negotiation than what it answers.")
    party = other(thread.role)
    step = Step(move=move, party=party, link=Link(move.iri, received.digest), at=desk.now)
    thread, voids = _admit(db, desk, row, thread, step)
    decision: dict[str, Any] = {**_unnamed(currency), **({"voids": [*voids]} if voids else {})}
    decision |= _check_terms(db, desk, received, move, row=row, thread=thread)
    _record(db, desk, received, move, offer=row.id, party=party, **decision)
    cancel_moves(db, desk.iri, row.peer, voids, now=desk.now)
    if move.event in (Event.ACCEPT, Event.COUNTERSIGN):
        check_provable(db, load_thread(db, desk.iri, row.id)[0])
    _react(db, desk, row, thread, move)


def _admit(
    db: Database, desk: Desk, row: OfferRow, thread: Thread, step: Step
) -> tuple[Thread, tuple[str, ...]]:
    grace = timedelta(seconds=desk.limits.clock_skew_seconds)
    try:
        admission = admit(thread, step, pending=None, grace=grace, rounds=desk.limits.rounds)
    except Conflict:
        pending = load_pending(db, row, answered=step.move.answers)
        if pending is None:
            raise
        admission = admit(thread, step, pending=pending, grace=grace, rounds=desk.limits.rounds)
    return admission.thread, admission.voids


def _check_terms(
    db: Database, desk: Desk, received: Received, move: Move, *, row: OfferRow, thread: Thread
) -> dict[str, Any]:
    """Check what a move says besides being one; return what its projection needs to know."""
    if move.event is Event.REOFFER:
        _check_reoffer(db, desk, move, thread)
    elif move.event is Event.COUNTER:
        _check_expiry(move, desk.now)
        _check_subject(db, desk, move, thread)
    elif move.event is Event.ACCEPT:
        _check_agreement(db, desk, received, move, row=row, thread=thread)
        return {"agreement": desk.new_id("agr"), "own": is_own(db, desk.iri, thread.intention)}
    elif move.event is Event.COUNTERSIGN:
        check_amended(db, desk, thread)
        _check_signatory(db, received, row, Party.OFFERER)
    elif move.event is Event.LEAVE:
        _check_notice(db, desk, move, row)
    return {}


def _check_reoffer(db: Database, desk: Desk, move: Move, thread: Thread) -> None:
    _check_expiry(move, desk.now)
    intention = intentions.load_intention_by_iri(db, desk.iri, thread.intention)
    if intention is not None and thread.amends is None:
        _check_open(intention, desk.now)
    _check_subject(db, desk, move, thread)


def _check_subject(db: Database, desk: Desk, move: Move, thread: Thread) -> None:
    """Check that new terms are about what the negotiation is about, be they offered or asked for."""
    assert move.draft is not None  # noqa: S101 - a move without terms is refused when it is read
    intention = intentions.load_intention_by_iri(db, desk.iri, thread.intention)
    if intention is not None and thread.amends is None:
        check_answers(read_intention(intention.document), move.draft)
        return
    now, before = move.draft, thread.draft
    same = (before.satisfies_primary, before.satisfies_reciprocal)
    if (now.satisfies_primary, now.satisfies_reciprocal) != same:
        raise Unprocessable("satisfies-primary", "These terms are about something else than was amended.")


def _check_agreement(
    db: Database, desk: Desk, received: Received, move: Move, *, row: OfferRow, thread: Thread
) -> None:
    """Check that what was accepted is what we offered, by the keys that signed."""
    check_amended(db, desk, thread)
    assert received.proof_key is not None  # noqa: S101 - checked before anything else
    final = read_agreement(move.agreement, currency=row.currency)
    if not same_origin(final.iri, received.sender.iri):
        raise Unprocessable("wrong-origin", "The agreement's address is not under its author's origin.")
    if agreements.load_agreement_by_iri(db, desk.iri, final.iri) is not None:
        raise Conflict("agreement-exists", "There is an agreement with this address already.")
    ours = load_signatory(db, desk.iri, thread.standing, actor=desk.iri, role=Party.OFFERER)
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


def _check_signatory(db: Database, received: Received, row: OfferRow, role: Party) -> None:
    """Check that the party signs with the key that the agreement names."""
    assert received.proof_key is not None  # noqa: S101 - checked before anything else
    signatory = read_agreement(load_agreement_of(db, row).document).signatory(role)
    key = received.proof_key
    if (signatory.verification_method, signatory.multibase) != (key.id, key.key.multibase):
        raise Unprocessable("wrong-key", "The agreement names another key for this party.")


def _check_notice(db: Database, desk: Desk, move: Move, row: OfferRow) -> None:
    agreement = read_agreement(load_agreement_of(db, row).document)
    check_notice(agreement, ends_at=move.ends_at, now=_given_at(move, desk.now))


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
    db: Database, desk: Desk, received: Received, move: Move, *, offer: str, party: Party, **decision: Any
) -> None:
    key = received.proof_key
    assert key is not None  # noqa: S101 - checked before anything else
    chosen = {
        "offer": offer,
        "party": party.value,
        "digest": received.digest,
        "key": {"id": key.id, "multibase": key.key.multibase},
    }
    take(db, desk, move.event.value, received, chosen | decision, move=move)


# --- what the owner decided beforehand ----------------------------------------------------------------------


def _react(db: Database, desk: Desk, row: OfferRow, before: Thread, move: Move) -> None:
    """Do what the owner decided beforehand; if it cannot be done now, it is left to the owner.

    Why it cannot be done is the owner's affair: the peer, a rival of whom was chosen, must not learn it.
    """
    outcome = attempt(db, partial(_act, desk=desk, row=row, before=before, move=move))
    if outcome.error is not None and not isinstance(outcome.error, ProtocolError):
        raise outcome.error


def _act(db: Database, *, desk: Desk, row: OfferRow, before: Thread, move: Move) -> None:
    if move.event is Event.REOFFER:
        _accept_if_met(db, desk, row, before, move)
    elif move.event is Event.ACCEPT:
        _countersign_if_wanted(db, desk, row)
    elif move.event is Event.COUNTERSIGN and before.amends is None:
        _close_intention(db, desk, before.intention, winner=row.id)


def _close_intention(db: Database, desk: Desk, iri: str, *, winner: str) -> None:
    intention = intentions.load_intention_by_iri(db, desk.iri, iri)
    if intention is not None and intention.own:
        reject_the_rest(db, desk, iri, but=winner)
        announce_end(db, desk, intention)


def _accept_if_met(db: Database, desk: Desk, row: OfferRow, before: Thread, move: Move) -> None:
    wanted = (row.countered or {}).get("on_met") == "accept"
    if agreements.living_agreement(db, desk.iri, before.intention) is not None:
        return  # another offer was accepted meanwhile
    if wanted and before.countered is not None and move.draft == before.countered:
        after, thread = load_thread(db, desk.iri, row.id)
        accept(db, desk, after, thread)


def _countersign_if_wanted(db: Database, desk: Desk, row: OfferRow) -> None:
    reservation = stock.load_reservation(db, row.id)
    held = reservation is None or reservation.state is ReservationState.HELD
    rule = stock.load_rule(db, desk.iri)
    automatic = desk.countersigns if rule is None else rule["countersign"] == AUTOMATIC
    if automatic and held:
        after, thread = load_thread(db, desk.iri, row.id)
        countersign(db, desk, after, thread)
