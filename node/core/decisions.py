"""Decisions: whether a move of a negotiation takes effect, and what follows from it, as one value.

Rules that hold here:

- Both ends are decided by the same function; whose move it is shows in its step.
- The order: whose turn it is and what it answers (`crossings.admit`), then the move's own conditions, then
  the table, then whether it proves what it is for. Only a move that passed all of them is recorded.
- A decision says everything that is to be written; carrying it out reads nothing.
- Time may close what a move would have answered, so the moment of the decision is an argument.
- After we took an offer back, or replaced it, nothing is countersigned by itself unless the acceptance was
  made before and came within minutes: who is slow to hear of it could keep the offer for as long as it likes.
- What notice was given of is changed by people alone: a change would take the notice away.
- What a rule would agree to and holds (`node.core.terms_door`) waits for a person, and the record says why.

Sources: FEP-0837; the negotiation of docs/protocol.md; decision 22.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import datetime
from typing import Any

from node.core import codes
from node.core.conditions import (
    Policy,
    agreement_of,
    check_acceptable,
    check_acceptance,
    check_amended,
    check_amendment,
    check_countersignable,
    check_expiry,
    check_not_closed,
    check_opening,
    check_own_opening,
    check_rounds,
    check_signatory,
    check_still_open,
    check_terms,
    drafted,
)
from node.core.crossings import admit
from node.core.data_terms import check_data_terms, is_met
from node.core.deadlines import (
    CROSSING,
    check_agreed_date,
    check_amending_term,
    check_date,
    is_over,
    is_run_out,
)
from node.core.evidence import check_provable, is_plain
from node.core.leaving import check_leave, given_at
from node.core.negotiations import Agreed, Made, Negotiation, Signed
from node.core.pauses import check_not_paused
from node.core.terms_door import check_by_rule, check_door, held
from node.core.threads import Link, Thread, follow, open_thread
from protocol import codes as wire
from protocol.canonical import digest_of
from protocol.errors import Conflict, Unprocessable
from protocol.moves import Move
from protocol.negotiation import Event, Party, State
from protocol.proofs import read as read_proof
from protocol.strictjson import Document
from protocol.values import dataclass

PROVING = frozenset({Event.ACCEPT, Event.COUNTERSIGN, Event.ACKNOWLEDGE})
"""Events that are signed as evidence, so the negotiation's documents are looked at."""
_AGREEING = frozenset({Event.ACCEPT, Event.COUNTERSIGN})  # what binds our owner


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a move does: what is recorded and where the negotiation stands then.

    `before` is the negotiation as it was loaded, `after` its thread with the move. `own` moves are sent, the
    other end's were received. `record` is what the journal keeps beside the document. `cancels` are own moves
    (IRIs) that are not sent any more. `reaction` is the event by which our end answers at once, because its
    owner said so beforehand or because the protocol does. `concludes` says that the move concludes the
    agreement once it has been delivered.
    """

    before: Negotiation
    signed: Signed
    after: Thread
    own: bool
    record: Mapping[str, Any] = field(default_factory=dict)
    cancels: tuple[str, ...] = ()
    reaction: Event | None = None
    concludes: bool = False

    @property
    def negotiation(self) -> Negotiation:
        """The negotiation as it is once this has been carried out."""
        move, agreement = self.signed.move, self.before.agreement
        if move.event is Event.ACCEPT:
            agreement = _agreed(self)
        elif agreement is not None:
            agreement = replace(agreement, state=self.after.state, leaves_at=self.after.leaves_at)
        history = tuple(made for made in self.before.history if made.iri not in self.cancels)
        return replace(
            self.before, thread=self.after, agreement=agreement, history=(*history, _made(self.signed))
        )


def decide(negotiation: Negotiation, signed: Signed, policy: Policy, *, now: datetime) -> Decision:
    """Decide a move of either end.

    Args:
        negotiation: as loaded for this event.
        signed: the move, its document and key; verified if it is the other end's.
        policy: limits, and what our owner decided beforehand.
        now: when it entered our journal.

    Raises:
        Conflict: what stands, or the table, does not allow it; `peer-blocked`.
        Forbidden: it is not this end's to do, `not-your-move`.
        Unprocessable: what is wrong with what it says; `supersedes-mismatch`, `unprovable`, `times-reversed`.
    """
    if signed.move.actor != negotiation.actor:
        check_date(signed.move, at=now, grace=policy.grace)
    if negotiation.thread is None:
        return _open(negotiation, signed, policy, now=now)
    own = signed.step.party is negotiation.thread.role
    if own:
        decision = _speak(negotiation, signed, policy, now=now)
    else:
        decision = _hear(negotiation, signed, policy, now=now)
    return _prove(decision) if signed.move.event in PROVING else decision


def _open(negotiation: Negotiation, signed: Signed, policy: Policy, *, now: datetime) -> Decision:
    """Decide a first offer, ours or the other end's, to an intention or to replace an agreement."""
    move, amended, wanted = signed.move, negotiation.amended, negotiation.intention
    own = move.actor == negotiation.actor
    about = dict[str, str]()
    if own:
        _check_own_opening(negotiation, move, now=now)
    elif amended is not None:
        check_amendment(negotiation, amended, move, policy, now=now)
    else:
        about["currency"] = check_opening(negotiation, move, policy, now=now).currency
    _check_superseding(move, None if amended is None else amended.link.iri)
    intention = amended.intention if amended is not None else wanted.iri if wanted is not None else ""
    after = open_thread(
        signed.step,
        role=Party.OFFERER if own else Party.OFFEREE,
        peer=negotiation.peer.id,
        intention=intention,
        amends=None if amended is None else amended.link.iri,
    )
    about |= {"intention": intention} | ({} if amended is None else {"amends": amended.link.iri})
    return _decision(negotiation, signed, after, own=own, **about)


def _check_own_opening(negotiation: Negotiation, move: Move, *, now: datetime) -> None:
    amended = negotiation.amended
    if amended is None:
        check_own_opening(negotiation.intention, drafted(move), now=now)
    elif amended.state is not State.CONCLUDED or is_over(amended, at=now):
        state = State.ENDED if amended.state is State.CONCLUDED else amended.state or "void"
        detail = f"This agreement is {state}; only one in force can be amended."
        raise Conflict(codes.NOT_IN_FORCE, detail)
    else:
        check_amending_term(drafted(move), amended, at=now)
    check_data_terms(drafted(move), negotiation.ends, None if amended is None else amended.draft)
    _check_not_blocked(negotiation)


def _speak(negotiation: Negotiation, signed: Signed, policy: Policy, *, now: datetime) -> Decision:
    """Decide a move of ours."""
    move = signed.move
    match move.event:
        case Event.REOFFER | Event.COUNTER:
            check_not_closed(negotiation)
            if move.event is Event.REOFFER:
                check_not_paused(negotiation.intention, now=now, thread=negotiation.begun)
            check_rounds(negotiation.begun, policy)
            check_amending_term(drafted(move), negotiation.amended, at=now)
            check_terms(negotiation, drafted(move))
        case Event.ACCEPT:
            check_acceptable(negotiation, policy, now=now)
        case Event.COUNTERSIGN:
            check_countersignable(negotiation, policy, now=now)
        case Event.LEAVE:
            check_leave(negotiation, move, party=signed.step.party, given_at=given_at(move, now), now=now)
    if policy.by_rule:
        check_by_rule(negotiation, move.draft, policy.door)
    _check_not_blocked(negotiation)
    after = follow(negotiation.begun, signed.step)
    return _decision(negotiation, signed, after, own=True)


def _check_not_blocked(negotiation: Negotiation) -> None:
    if negotiation.peer.blocked:
        raise Conflict(codes.PEER_BLOCKED)


def _hear(negotiation: Negotiation, signed: Signed, policy: Policy, *, now: datetime) -> Decision:
    """Decide a move of the other end on a negotiation that is under way."""
    admission = admit(
        negotiation.begun, signed.step, pending=negotiation.pending, grace=policy.grace, rounds=policy.rounds
    )
    met = replace(negotiation, thread=admission.thread)
    _check_heard(met, signed, policy, now=now)
    voids, after = admission.voids, follow(admission.thread, signed.step)
    reaction = _reaction(met, signed, policy, now=now)
    asked = policy.accepts_met and signed.move.event is Event.REOFFER and met.begun.countered is not None
    waits = held(replace(met, thread=after), policy.door) if asked or reaction in _AGREEING else ()
    decision = _decision(
        negotiation,
        signed,
        after,
        own=False,
        **({"voids": [*voids]} if voids else {}),
        **({"held": " ".join(waits)} if waits else {}),
    )
    return replace(decision, cancels=voids, reaction=None if waits else reaction)


def _check_heard(negotiation: Negotiation, signed: Signed, policy: Policy, *, now: datetime) -> None:
    """Check what a move of the other end says besides being one."""
    move = signed.move
    match move.event:
        case Event.REOFFER:
            check_expiry(move, now)
            check_amending_term(drafted(move), negotiation.amended, at=now)
            check_still_open(negotiation, now=now)
            _check_superseding(move, negotiation.begun.amends)
            check_terms(negotiation, drafted(move))
            check_door(negotiation, drafted(move), policy.door, now=now)
        case Event.COUNTER:
            check_expiry(move, now)
            check_amending_term(drafted(move), negotiation.amended, at=now)
            check_terms(negotiation, drafted(move))
            check_door(negotiation, drafted(move), policy.door, now=now)
        case Event.ACCEPT:
            check_acceptance(negotiation, signed)
            check_agreed_date(move, since=negotiation.begun.opened_at, at=now, grace=policy.grace)
        case Event.COUNTERSIGN:
            check_amended(negotiation, at=now)
            check_signatory(negotiation, signed.key, Party.OFFERER)
        case Event.ACKNOWLEDGE:
            check_signatory(negotiation, signed.key, Party.OFFEREE)
        case Event.LEAVE:
            check_leave(negotiation, move, party=signed.step.party, given_at=given_at(move, now), now=now)


def _check_superseding(move: Move, amends: str | None) -> None:
    """Check that an offer of the other end would replace no other agreement (IRI) than its negotiation."""
    if move.supersedes not in (None, amends):
        raise Unprocessable(wire.SUPERSEDES_MISMATCH, "The offer would replace what is not up for change.")


def _reaction(met: Negotiation, signed: Signed, policy: Policy, *, now: datetime) -> Event | None:
    """Return how our end answers at once: a receipt, or what our owner said beforehand."""
    countered, move = met.begun.countered, signed.move
    match move.event:
        case Event.COUNTERSIGN:
            return Event.ACKNOWLEDGE
        case _ if met.amended is not None and met.amended.state is State.ENDING:
            return None  # notice was given: nobody but a person lets it hold on
        case Event.ACCEPT if policy.countersigns and _is_unaware(signed, met.retracted_at):
            return Event.COUNTERSIGN
        case Event.REOFFER if (
            policy.accepts_met
            and countered is not None
            and is_met(countered, drafted(move), narrower=met.is_customers)
        ):
            # Whoever asked for it asked until a date.
            return None if is_run_out(met.begun, at=now) else Event.ACCEPT
    return None


def _is_unaware(signed: Signed, retracted_at: datetime | None) -> bool:
    """Tell whether a move was made, and came, as one that does not know yet that we retracted the offer."""
    if retracted_at is None:
        return True
    created, at = read_proof(signed.document).created, signed.step.at
    made_at = max(created, signed.move.published or created)
    return made_at <= retracted_at and at - retracted_at <= CROSSING


def _prove(decision: Decision) -> Decision:
    """Check that what was signed is evidence; what a plain offer leads to is none, and concludes."""
    after = decision.negotiation
    offer = next(made for made in after.history if made.iri == decision.after.standing.iri)
    if is_plain(offer.document):
        return replace(decision, concludes=decision.own and decision.signed.move.event is Event.ACCEPT)
    check_provable(after.history, head=decision.after.head.iri, agreement=agreement_of(after).document)
    return decision


def _decision(
    negotiation: Negotiation, signed: Signed, after: Thread, *, own: bool, **record: Any
) -> Decision:
    chosen: dict[str, Any] = {
        "offer": negotiation.id,
        "party": signed.step.party.value,
        "digest": signed.step.link.digest,
        "key": {"id": signed.key.id, "multibase": signed.key.multibase},
    }
    if signed.move.event is Event.ACCEPT:
        chosen["own"] = negotiation.intention is not None and negotiation.intention.own
    return Decision(
        before=negotiation, signed=signed, after=after, own=own, record={**chosen, **signed.kept, **record}
    )


def _agreed(decision: Decision) -> Agreed:
    document: Document = decision.signed.move.agreement or {}
    return Agreed(
        id=str(decision.record["agreement"]),
        link=decision.after.agreement or Link(document["id"], digest_of(document)),
        state=decision.after.state,
        document=document,
        currency=decision.after.draft.currency,
        concluded_at=decision.signed.step.at,
        intention=decision.after.intention,
        own=bool(decision.record["own"]),
        holds_until=decision.after.holds_until,
    )


def _made(signed: Signed) -> Made:
    move = signed.move
    return Made(
        iri=move.iri,
        event=move.event,
        digest=signed.step.link.digest,
        answers=move.answers,
        document=signed.document,
        key=signed.key,
    )
