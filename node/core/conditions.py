"""What a move has to meet besides being one that the table allows: its terms, times, keys and counts.

Rules that hold here:

- A condition looks at the loaded negotiation, the move, the policy and the time, and at nothing else.
- What a sender may not know of is a conflict in the same words as what does not exist.
- An amendment is bound by the agreement it would replace, every other negotiation by its intention.

Sources: FEP-0837 (Responding to a proposal, Accepting, Agreements); the negotiation of docs/protocol.md.
"""

from datetime import datetime, timedelta
from enum import StrEnum

from node.core import codes
from node.core.completeness import check_complete, read_final
from node.core.data_terms import check_data_terms
from node.core.deadlines import check_amending_term, check_holding, check_term, is_over
from node.core.intentions import IntentionState
from node.core.negotiations import Agreed, Crowd, Key, Negotiation, Signed, Wanted
from node.core.pauses import check_not_paused
from node.core.terms_door import TermsDoor, check_door
from node.core.threads import Thread
from protocol import codes as wire
from protocol.agreements import Signatory, check_final, read_agreement
from protocol.errors import Conflict, NotFound, Unprocessable
from protocol.intentions import Intention, read_intention
from protocol.iris import same_origin
from protocol.moves import Move, check_holds
from protocol.negotiation import Party, State
from protocol.offers import Draft, check_answers
from protocol.values import dataclass

IN_FORCE = frozenset({State.CONCLUDED, State.ENDING})
"""The states in which an agreement binds, and an amendment can still replace it."""

_CAME_TO_NOTHING = frozenset({State.LAPSED, State.RENEGED})  # accepted once, and nobody is bound any more


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What was decided beforehand: by the node's limits, and by its owner.

    `grace` is how far two honest clocks may differ, the counts are the most a peer may have. `accepts_met`:
    an offer that meets our counter to the letter is accepted at once. `countersigns`: an acceptance of our
    offer is countersigned at once. `seen` is the digest of the offer that the owner looked at, if told.
    `door` is what our owner lets in of terms about data, None where the other end is the customer; `by_rule`
    tells that it is a rule that makes a move of ours, and no person.
    """

    grace: timedelta
    rounds: int
    open_offers_per_peer: int
    offers_per_intention: int
    offers_per_origin: int
    open_per_intention: int
    accepts_met: bool = False
    countersigns: bool = False
    seen: str | None = None
    door: TermsDoor | None = None
    by_rule: bool = False


# --- openings -----------------------------------------------------------------------------------------------


def check_opening(negotiation: Negotiation, move: Move, policy: Policy, *, now: datetime) -> Intention:
    """Check a first offer of the other end to an intention of ours; return that as read.

    Raises:
        Conflict: `unknown-intention`, `intention-closed`, `intention-paused`, `offer-expired`,
            `too-many-offers`, `negotiation-exists`, `term-over`. Unprocessable: `wrong-negotiation`, or as
            `check_answers`, `check_data_terms` and `check_door`.
    """
    wanted = negotiation.intention
    if wanted is None or not wanted.own or not wanted.invited:
        raise Conflict(codes.UNKNOWN_INTENTION)
    intention = read_intention(wanted.document)
    check_answers(intention, drafted(move))
    check_data_terms(drafted(move), negotiation.ends)
    _check_open(wanted, now)
    check_expiry(move, now)
    check_term(drafted(move), at=now)
    _check_crowd(negotiation, policy)
    _check_name(negotiation, move)
    check_door(negotiation, drafted(move), policy.door, now=now)
    # Last, because nothing else may be wrong with what is told to come again.
    check_not_paused(wanted, now=now)
    return intention


def check_own_opening(wanted: Wanted | None, draft: Draft, *, now: datetime) -> None:
    """Check a first offer of ours to somebody's intention.

    Raises:
        Conflict: `intention-closed`, `intention-paused`, `term-over`. Unprocessable: as `check_answers`.
    """
    assert wanted is not None  # noqa: S101 - offers of ours begin with an intention we know
    _check_open(wanted, now)
    check_not_paused(wanted, now=now)
    check_term(draft, at=now)
    check_answers(read_intention(wanted.document), draft)


class Crowding(StrEnum):
    """Of whom there are as many offers about one wish as it takes."""

    ORIGIN = "origin"  # of the offer's own server
    INTENTION = "intention"  # of all together that are open


def crowding(crowd: Crowd, policy: Policy) -> Crowding | None:
    """Return why a first offer that is in order is one too many about one wish; None if it is not.

    Such a one is not refused, since whoever sent it may have done nothing wrong: it goes to the quarantine.
    """
    if crowd.of_origin >= policy.offers_per_origin:
        return Crowding.ORIGIN
    return Crowding.INTENTION if crowd.open_of_all >= policy.open_per_intention else None


def check_amendment(
    negotiation: Negotiation, amended: Agreed, move: Move, policy: Policy, *, now: datetime
) -> None:
    """Check an offer of the other end to replace an agreement in force: a negotiation of its own.

    Raises:
        Conflict: `illegal-transition`, `digest-mismatch`, `offer-expired`, `too-many-offers`,
            `negotiation-exists`, `term-over`.
        Unprocessable: `digest-required`, `satisfies-primary`, `wrong-negotiation`, or as `check_data_terms`
            and `check_door`.
    """
    if amended.state is not State.CONCLUDED:
        raise Conflict(wire.ILLEGAL_TRANSITION, "Only an agreement that is in force can be amended.")
    if move.answers_digest is None:
        raise Unprocessable(codes.DIGEST_REQUIRED)
    if move.answers_digest != amended.link.digest:
        raise Conflict(wire.DIGEST_MISMATCH, "The agreement to amend differs from the one that was signed.")
    if is_over(amended, at=now):
        raise Conflict(wire.ILLEGAL_TRANSITION, "An agreement that has ended cannot be amended.")
    before = amended.draft
    if _subject(drafted(move)) != _subject(before):
        raise Unprocessable(
            wire.SATISFIES_PRIMARY, "An amendment is about the same intention as its agreement."
        )
    check_data_terms(drafted(move), negotiation.ends, before)
    check_expiry(move, now)
    check_amending_term(drafted(move), amended, at=now)
    crowd = _check_open_offers(negotiation, policy)
    # An agreement may be amended year after year, but not over and over at one time.
    if crowd.open_about_intention >= policy.offers_per_intention:
        raise Conflict(codes.TOO_MANY_OFFERS, "Too many of your offers to amend this agreement are open.")
    _check_name(negotiation, move)
    check_door(negotiation, drafted(move), policy.door, now=now)


def _check_open(wanted: Wanted, now: datetime) -> None:
    due = wanted.deadline is not None and wanted.deadline <= now
    if wanted.state is not IntentionState.OPEN or due:
        raise Conflict(codes.INTENTION_CLOSED)


def check_expiry(move: Move, now: datetime) -> None:
    """Check that what a move offers or asks for has not ended before it came.

    Raises:
        Conflict: `offer-expired`.
    """
    # Our own time of receipt counts, whatever the sender's clock says.
    if move.ends_at is not None and move.ends_at <= now:
        raise Conflict(wire.OFFER_EXPIRED, "The offer had ended when it arrived.")


def check_rounds(thread: Thread, policy: Policy) -> None:
    """Check that one more offer, or word about one, is within what a negotiation may hold.

    Raises:
        Conflict: `too-many-rounds`.
    """
    if thread.rounds >= policy.rounds:
        raise Conflict(codes.TOO_MANY_ROUNDS)


def _check_crowd(negotiation: Negotiation, policy: Policy) -> None:
    crowd = _check_open_offers(negotiation, policy)
    # Who knows FEP-0837 alone begins anew after a rejection: that is a round, and as bounded.
    most = policy.offers_per_intention
    if crowd.open_about_intention >= most or crowd.about_intention >= max(policy.rounds, most):
        raise Conflict(codes.TOO_MANY_OFFERS, "You have made too many offers to this intention.")


def _check_open_offers(negotiation: Negotiation, policy: Policy) -> Crowd:
    crowd = negotiation.crowd
    assert crowd is not None  # noqa: S101 - counted for every first offer of a peer
    if crowd.open_with_peer >= policy.open_offers_per_peer:
        raise Conflict(codes.TOO_MANY_OFFERS)
    return crowd


def _check_name(negotiation: Negotiation, move: Move) -> None:
    # The negotiation is the offerer's to name: under its own origin (FEP-fe34), and once.
    if not same_origin(move.negotiation, negotiation.peer.address):
        raise Unprocessable(
            codes.WRONG_NEGOTIATION, "The negotiation's address is not under the offerer's origin."
        )
    if negotiation.crowd is not None and negotiation.crowd.name_taken:
        raise Conflict(codes.NEGOTIATION_EXISTS)


# --- terms --------------------------------------------------------------------------------------------------


def check_terms(negotiation: Negotiation, draft: Draft) -> None:
    """Check that new terms are about what the negotiation is about, be they offered or asked for.

    Raises:
        Unprocessable: `satisfies-primary`, or as `check_answers` and `check_data_terms`.
    """
    wanted, thread = negotiation.intention, negotiation.begun
    if wanted is not None and thread.amends is None:
        check_answers(read_intention(wanted.document), draft)
    elif _subject(draft) != _subject(thread.draft):
        raise Unprocessable(wire.SATISFIES_PRIMARY, "These terms are about something else than was amended.")
    check_data_terms(draft, negotiation.ends, thread.countered or thread.draft)


def check_still_open(negotiation: Negotiation, *, now: datetime) -> None:
    """Check that the intention takes another offer of the other end; an amendment needs none.

    Raises:
        Conflict: `intention-closed`, `intention-paused`.
    """
    if negotiation.begun.amends is not None:
        return
    if negotiation.intention is None:  # erased, which it can only be after it was closed
        raise Conflict(codes.INTENTION_CLOSED)
    _check_open(negotiation.intention, now)
    check_not_paused(negotiation.intention, now=now, thread=negotiation.begun)


def check_not_closed(negotiation: Negotiation) -> None:
    """Check that the intention was not closed before we offer, or ask for, other terms.

    Raises:
        Conflict: `intention-closed`.
    """
    wanted = negotiation.intention
    closed = wanted is not None and wanted.state is not IntentionState.OPEN
    if wanted is not None and closed and negotiation.begun.amends is None:
        raise Conflict(codes.INTENTION_CLOSED, f"The intention is {wanted.state} and takes no more offers.")


def drafted(move: Move) -> Draft:
    """Return the terms of a move that has some: reading an offer or a counter refuses what has none."""
    assert move.draft is not None  # noqa: S101 - refused when it was read
    return move.draft


def _subject(draft: Draft) -> tuple[str, str]:
    return draft.satisfies_primary, draft.satisfies_reciprocal


# --- agreements ---------------------------------------------------------------------------------------------


def check_acceptable(negotiation: Negotiation, policy: Policy, *, now: datetime) -> None:
    """Check that our owner can accept what stands.

    Raises:
        Conflict: `already-accepted`, `intention-awarded`, `intention-closed`, `illegal-transition`,
            `offer-changed`, `not-in-force`, `offer-expired`, `term-over`.
    """
    _check_not_accepted(negotiation)
    thread = negotiation.begun
    check_seen(thread, policy.seen)
    check_amended(negotiation, at=now)
    check_amending_term(thread.draft, negotiation.amended, at=now)
    if thread.expires_at is not None and thread.expires_at <= now:
        raise Conflict(
            wire.OFFER_EXPIRED, "This offer has ended. Ask for a new one with a message or a counter."
        )


def check_seen(thread: Thread, seen: str | None) -> None:
    """Check that the offer that stands is the one our owner looked at, by its digest, if that was told.

    Raises:
        Conflict: `offer-changed`.
    """
    if seen is not None and seen != thread.standing.digest:
        raise Conflict(codes.OFFER_CHANGED)


def _check_not_accepted(negotiation: Negotiation) -> None:
    thread, agreement, living = negotiation.begun, negotiation.agreement, negotiation.living
    if agreement is not None and thread.state not in _CAME_TO_NOTHING:
        at = agreement.concluded_at.strftime("%H:%M:%S")
        raise Conflict(
            codes.ALREADY_ACCEPTED, f"Already accepted at {at} UTC ({agreement.id}). Nothing sent."
        )
    state = None if negotiation.intention is None else negotiation.intention.state
    if thread.amends is None and (living is not None or state is IntentionState.AWARDED):
        named = "" if living is None else f" ({living.id})"
        raise Conflict(
            codes.INTENTION_AWARDED, f"Another offer for this intention was accepted{named}. Nothing sent."
        )
    if thread.amends is None and state is IntentionState.WITHDRAWN:
        raise Conflict(codes.INTENTION_CLOSED, "You have taken this intention back. Nothing sent.")
    if thread.state is not State.OFFERED:
        detail = f"This offer is {thread.state} and cannot be accepted. Nothing sent."
        raise Conflict(wire.ILLEGAL_TRANSITION, detail)


def check_amended(negotiation: Negotiation, *, at: datetime) -> None:
    """Check that what an amendment is to replace is in force now: of two amendments only one can conclude.

    Raises:
        Conflict: `not-in-force`.
    """
    amended = negotiation.amended
    if negotiation.begun.amends is None:
        return
    if amended is None or amended.state not in IN_FORCE or is_over(amended, at=at):
        raise Conflict(codes.NOT_IN_FORCE, "The agreement that this would replace is not in force any more.")


def check_acceptance(negotiation: Negotiation, signed: Signed) -> None:
    """Check that what the other end accepted is what we offered, by the keys that signed.

    Raises:
        Conflict: `not-in-force`, `agreement-exists`, `term-over`.
        Unprocessable: `holds-too-long`, `wrong-origin`, `agreement-incomplete`, or as `check_final`.
    """
    check_amended(negotiation, at=signed.step.at)
    check_amending_term(negotiation.begun.draft, negotiation.amended, at=signed.step.at)
    check_holds(signed.move, offer_ends_at=negotiation.begun.expires_at)
    thread = negotiation.begun
    final = read_final(signed.move, thread.negotiation, thread.draft)
    # FEP-fe34: nobody takes an address on another server's behalf.
    if not same_origin(final.iri, negotiation.peer.address):
        raise Unprocessable(codes.WRONG_ORIGIN, "The agreement's address is not under its author's origin.")
    if negotiation.agreement_exists:
        raise Conflict(codes.AGREEMENT_EXISTS)
    check_complete(final, signed.move, thread.negotiation, thread.draft)
    ours = signatory_of(negotiation, actor=negotiation.actor)
    theirs = Signatory(negotiation.peer.address, Party.OFFEREE, signed.key.id, signed.key.multibase)
    check_final(
        final,
        draft=thread.draft,
        offer=thread.standing.iri,
        offer_digest=thread.standing.digest,
        parties=[ours, theirs],
        supersedes=thread.amends,
    )


def signatory_of(negotiation: Negotiation, *, actor: str) -> Signatory:
    """Return the offerer (its IRI) with the key that proved the standing offer.

    Raises:
        NotFound: `unknown-activity`, the standing offer is not on record.
    """
    made = negotiation.made(negotiation.begun.standing.iri)
    if made is None or made.key is None:
        raise NotFound(wire.UNKNOWN_ACTIVITY, "There is no such move here.")
    return Signatory(actor, Party.OFFERER, made.key.id, made.key.multibase)


def check_countersignable(negotiation: Negotiation, policy: Policy, *, now: datetime) -> None:
    """Check that we can countersign the agreement now.

    Raises:
        Conflict: `not-in-force`, `acceptance-lapsed`, `term-over`.
    """
    check_amended(negotiation, at=now)
    check_amending_term(negotiation.begun.draft, negotiation.amended, at=now)
    check_holding(negotiation.begun, at=now, grace=policy.grace)


def check_signatory(negotiation: Negotiation, key: Key, role: Party) -> None:
    """Check that the other end signs with the key that the agreement names for it in its role.

    Raises:
        Conflict: `no-agreement`. Unprocessable: `wrong-key`.
    """
    signatory = read_agreement(agreement_of(negotiation).document).signatory(role)
    if signatory.multibase != key.multibase:
        raise Unprocessable(wire.WRONG_KEY, "The agreement names another key for this party.")


def agreement_of(negotiation: Negotiation) -> Agreed:
    """Return the agreement that a negotiation led to.

    Raises:
        Conflict: `no-agreement`.
    """
    if negotiation.agreement is None:
        raise Conflict(codes.NO_AGREEMENT)
    return negotiation.agreement
