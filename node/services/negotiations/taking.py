"""Moves of the other end: found, loaded, decided, recorded, and answered as the owner decided beforehand.

Rules that hold here:

- The order of checks: is there such a negotiation, is the sender its other end, does the move answer what
  stands, does the table allow it, do its terms hold (`node.core.decisions`). Only then is it recorded.
- An offer to our owner goes through the door of terms about data (`node.core.terms_door`).
- What the owner decided beforehand happens in the same transaction: a counter met to the letter is accepted
  if the owner said so, an acceptance is countersigned if the owner said so and the goods are there. So does
  what the protocol asks for: a countersignature gets its receipt.
- What a sender may not know of is a conflict, never 404: senders take that for an inbox that is gone.
"""

from dataclasses import replace
from functools import partial
from types import MappingProxyType
from typing import Final

from node.core import codes
from node.core.conditions import crowding
from node.core.decisions import PROVING, Decision, decide
from node.core.evidence import is_plain
from node.core.negotiations import Crowd, Key, Negotiation, Signed, other
from node.core.threads import Link, Step
from node.services.acting import Acting
from node.services.intentions.audiences import is_invited
from node.services.ledger.received import Received
from node.services.negotiations import quarantine
from node.services.negotiations.asking import SecondNeeded, ask_if_room
from node.services.negotiations.carrying import carry_out
from node.services.negotiations.folding import applied_moves, load_history
from node.services.negotiations.loading import (
    countersigns,
    load,
    load_policy,
    ruled,
    to_agreed,
    to_counterpart,
    to_wanted,
)
from node.services.negotiations.making import acceptance, countersignature, make, receipt
from node.services.negotiations.revoking import take_revocation
from node.services.terms.doors import door_of
from node.storage import agreements, intentions, offers, stock
from node.storage import quarantine as rows
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.intentions import IntentionRow
from node.storage.moves import MoveRow, MoveStatus, load_move
from node.storage.offers import OfferRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from node.storage.stock import ReservationState
from protocol import codes as wire
from protocol import incoming
from protocol.errors import Conflict, Forbidden, ProtocolError, Unprocessable
from protocol.intentions import read_intention
from protocol.iris import server, without_fragment
from protocol.moves import Move, check_size, read_move, resolve
from protocol.negotiation import Event, Party
from protocol.strictjson import Document

# Events whose meaning, or refusal, depends on which move they answer.
_DEPENDING: Final = frozenset({Event.WITHDRAW, Event.ACKNOWLEDGE, Event.COUNTERSIGN})
# Events that bring terms, or agree to ours by a rule.
_OPEN_DOOR: Final = frozenset({Event.OFFER, Event.REOFFER, Event.COUNTER, Event.ACCEPT})
_NAMING: Final = frozenset({Event.COUNTERSIGN, Event.ACKNOWLEDGE})  # whatever the offer was, these prove


def receive_move(session: Session, acting: Acting, received: Received) -> None:
    """Take a move of the other end: check it, record it, and do what the owner decided beforehand.

    Raises:
        Unprocessable: `proof-required`, or what is wrong with its terms. TooLarge: `move-too-large`.
        Forbidden: the sender is not the other end of the negotiation.
        Conflict: there is no such intention or offer, as far as this sender may know; or it does not answer
            what stands, comes too late, or the table does not allow it.
    """
    if received.proof_key is None:
        raise Unprocessable(wire.PROOF_REQUIRED, "A move of a negotiation needs a proof by its actor.")
    check_size(received.raw)
    intention = _load_unpriced(session, acting, received)
    currency = None if intention is None else read_intention(intention.document).currency
    move = read_move(received.activity, currency=currency)
    kept = {} if currency is None else {"currency": currency}
    if move.answers is None:
        receive_opening(session, acting, received, move, known=intention)
        return
    if move.event is Event.WITHDRAW and quarantine.has_gone(session, acting, received, move.answers):
        return
    row, agreement = _find(session, acting, move.answers)
    if row.peer != received.peer.id:
        raise Forbidden(codes.NOT_YOUR_NEGOTIATION)
    agreed = None if agreement is None else agreement.iri
    answered = None if move.answers == agreed else _load_answered(session, acting, move)
    move = resolve(
        move,
        agreed,
        answered=None if answered is None else answered.event,
    )
    if move.event is Event.REVOKE and answered is not None and answered.status is MoveStatus.VOID:
        take_revocation(session, acting, received, move, row, answered)
        return
    if move.event is Event.OFFER and agreement is not None:
        _receive_amendment(session, acting, received, move, agreement, kept=kept)
    else:
        negotiation = load(
            session,
            acting,
            row,
            move.event,
            answers=move.answers,
            agreed={} if agreement is None else {row.id: agreement},
            wanted=[] if intention is None else [intention],
            others=[received.peer],
        )
        _receive_answer(session, acting, received, move, row, negotiation, kept=kept)


def _load_answered(session: Session, acting: Acting, move: Move) -> MoveRow | None:
    """Return the move that another answers, where it depends on that what the other is, or is told."""
    if move.event not in _DEPENDING or move.answers is None:
        return None
    return load_move(session, acting.iri, move.answers)


def _load_unpriced(session: Session, acting: Acting, received: Received) -> IntentionRow | None:
    """Return the intention that terms without price lines are about: they may be in its currency unsaid.

    One that is none of the sender's business is as unknown as one that is not here: by what is wrong with the
    terms they would learn that somebody was told of it.
    """
    # The terms of an offer are its object, those of a counter-offer its result.
    parts = map(received.activity.get, ("object", "result"))
    terms: Document = next((part for part in parts if isinstance(part, dict)), {})
    if "price" in terms:
        return None
    given = terms.get("stipulatesReciprocal")
    intent = given.get("satisfies") if isinstance(given, dict) else None
    if not isinstance(intent, str):
        return None
    row = intentions.load_intention_by_iri(session, acting.iri, without_fragment(intent))
    return row if row is not None and _concerns(session, row, received.peer) else None


def _concerns(session: Session, row: IntentionRow, peer: PeerRow) -> bool:
    """Tell whether an intention is a peer's own, or they were told of it."""
    return is_invited(session, row, peer) if row.own else row.peer == peer.id


def _find(session: Session, acting: Acting, answers: str) -> tuple[OfferRow, AgreementRow | None]:
    """Find the negotiation a move belongs to by what it answers, and what that negotiation led to."""
    row = offers.load_offer_by_move(session, acting.iri, answers)
    if row is not None:
        return row, agreements.load_agreement_by_offer(session, acting.iri, row.id)
    agreement = agreements.load_agreement_by_iri(session, acting.iri, answers)
    row = None if agreement is None else offers.load_offer(session, acting.iri, agreement.offer)
    if row is None:
        raise Conflict(codes.UNKNOWN_OFFER)
    if agreement is not None and agreement.state is AgreementState.VOID:
        agreement = agreements.load_agreement_by_offer(session, acting.iri, row.id)
    return row, agreement


# --- openings -----------------------------------------------------------------------------------------------


def receive_opening(
    session: Session,
    acting: Acting,
    received: Received,
    move: Move,
    *,
    known: IntentionRow | None = None,
    released: bool = False,
) -> None:
    """Take a first offer. One too many is held in quarantine, unless the owner has `released` it from there.

    Raises: as `decide`.
    """
    decision = consider_opening(session, acting, received, move, known=known, released=released)
    crowd = decision.before.crowd
    if not released and crowd is not None and crowding(crowd, load_policy(acting)) is not None:
        quarantine.hold(session, acting, received, move)
    else:
        carry_out(session, acting, decision, received=received)


def consider_opening(
    session: Session,
    acting: Acting,
    received: Received,
    move: Move,
    *,
    known: IntentionRow | None = None,
    released: bool = False,
) -> Decision:
    """Decide about a first offer, whether it is one too many or not. Reads only.

    One that the owner releases came before a pause of the wish, if there is one, and is asked for now.

    Raises: as `decide`.
    """
    assert move.draft is not None  # noqa: S101 - an Offer without terms is refused when it is read
    iri, peer = without_fragment(move.draft.satisfies_primary), received.peer
    row = (
        known
        if known is not None and known.iri == iri
        else intentions.load_intention_by_iri(session, acting.iri, iri)
    )
    invited = row is not None and row.own and is_invited(session, row, peer)
    wanted = to_wanted(row, invited=invited)
    negotiation = Negotiation(
        id=acting.new_id("of"),
        actor=acting.iri,
        peer=to_counterpart(peer),
        thread=None,
        intention=replace(wanted, pause=None) if released and wanted is not None else wanted,
        crowd=_count_all(session, acting, move, peer, intention=iri) if invited else None,
    )
    signed = _signed(acting, received, move, Party.OFFERER)
    policy = replace(load_policy(acting), door=door_of(session, negotiation, move.draft))
    return decide(negotiation, signed, policy, now=acting.now)


def _receive_amendment(
    session: Session,
    acting: Acting,
    received: Received,
    move: Move,
    agreement: AgreementRow,
    *,
    kept: dict[str, str],
) -> None:
    """Take an offer to replace a concluded agreement: a negotiation of its own."""
    negotiation = Negotiation(
        id=acting.new_id("of"),
        actor=acting.iri,
        peer=to_counterpart(received.peer),
        thread=None,
        amended=to_agreed(agreement),
        crowd=_count(session, acting, move, received.peer, intention=agreement.intention),
    )
    _take(session, acting, received, negotiation, _signed(acting, received, move, Party.OFFERER, **kept))


def _count_all(session: Session, acting: Acting, move: Move, peer: PeerRow, *, intention: str) -> Crowd:
    """Count what others have about the intention, too, as far as it matters."""
    there, open_of_all = offers.count_rivals(
        session,
        acting.iri,
        intention,
        origin=server(peer.address),
        had=acting.limits.offers_per_origin,
        open=acting.limits.open_per_intention,
    )
    return _count(session, acting, move, peer, intention=intention, of_origin=there, open_of_all=open_of_all)


def _count(
    session: Session, acting: Acting, move: Move, peer: PeerRow, *, intention: str, **of_others: int
) -> Crowd:
    """Count what a peer has itself, also in quarantine: it is not told what is; beside what others have.

    The offer itself, which may be there, is none of those that it would come to.
    """
    open, about, open_about, taken = offers.count_with_peer(
        session, acting.iri, peer.id, intention=intention, negotiation=move.negotiation
    )
    apart, apart_about = rows.count_quarantined_of(
        session, acting.iri, peer.id, intention=intention, besides=move.negotiation
    )
    return Crowd(
        open_with_peer=open + apart,
        about_intention=about + apart_about,
        open_about_intention=open_about + apart_about,
        name_taken=taken,
        **of_others,
    )


# --- answers ------------------------------------------------------------------------------------------------


def _receive_answer(
    session: Session,
    acting: Acting,
    received: Received,
    move: Move,
    row: OfferRow,
    negotiation: Negotiation,
    *,
    kept: dict[str, str],
) -> None:
    """Take a move on a negotiation that is under way."""
    _check_context(received, move, row)
    if move.agreement is not None:
        kept = {**kept, "agreement": acting.new_id("agr")}
        taken = agreements.load_agreement_by_iri(session, acting.iri, move.agreement["id"])
        negotiation = replace(negotiation, agreement_exists=taken is not None)
    signed = _signed(acting, received, move, other(row.role), **kept)
    decision = _take(session, acting, received, negotiation, signed, row=row)
    if decision.reaction is not None:
        _react(session, acting, decision)


def _check_context(received: Received, move: Move, row: OfferRow) -> None:
    """Check that a move names its negotiation; it may leave that out where nothing signed later needs it.

    An acceptance is told of it with all else that it lacks.

    Raises:
        Unprocessable: `wrong-negotiation`, `missing-context`.
    """
    if move.negotiation not in (row.negotiation, move.answers):
        raise Unprocessable(
            codes.WRONG_NEGOTIATION, "The move names another negotiation than what it answers."
        )
    # Whoever writes an offer without price lines may know of no negotiation, and it never makes evidence.
    proves = move.event in _NAMING or (move.event is Event.REOFFER and not is_plain(received.activity))
    if move.negotiation != row.negotiation and proves:
        raise Unprocessable(codes.MISSING_CONTEXT, "What makes evidence names its negotiation as `context`.")


def _signed(acting: Acting, received: Received, move: Move, party: Party, **kept: str) -> Signed:
    key = received.proof_key
    assert key is not None  # noqa: S101 - checked before anything else
    step = Step(move=move, party=party, link=Link(move.iri, received.digest), at=acting.now)
    # Evidence is what went over the wire, to the letter; nothing else looks at the document again.
    document = incoming.read(received.raw).document if move.event in PROVING else received.activity
    return Signed(step=step, document=document, key=Key(id=key.id, multibase=key.key.multibase), kept=kept)


def _take(
    session: Session,
    acting: Acting,
    received: Received,
    negotiation: Negotiation,
    signed: Signed,
    *,
    row: OfferRow | None = None,
) -> Decision:
    policy = load_policy(acting, row)
    if signed.move.event is Event.ACCEPT:
        policy = replace(policy, countersigns=countersigns(session, acting))
    if signed.move.event in _OPEN_DOOR:
        policy = replace(policy, door=door_of(session, negotiation, signed.move.draft))
    decision = decide(negotiation, signed, policy, now=acting.now)
    carry_out(session, acting, decision, received=received)
    return decision


# --- what the owner decided beforehand ----------------------------------------------------------------------


def _react(session: Session, acting: Acting, decision: Decision) -> None:
    """Do what the owner decided beforehand; if it cannot be done now, it is left to the owner.

    Why it cannot be done is the owner's affair: the peer, a rival of whom was chosen, must not learn it.
    """
    assert decision.reaction is not None  # noqa: S101 - the caller has looked
    act = _REACTIONS[decision.reaction]
    outcome = session.attempt(partial(act, acting=acting, negotiation=decision.negotiation))
    if isinstance(outcome.error, SecondNeeded):
        ask_if_room(session, acting, outcome.error)
    elif outcome.error is not None and not isinstance(outcome.error, ProtocolError):
        raise outcome.error


def _accept(session: Session, *, acting: Acting, negotiation: Negotiation) -> None:
    thread = negotiation.begun
    living = None
    if thread.amends is None:  # else it is what is to be changed that lives
        living = agreements.living_agreement(session, acting.iri, thread.intention)
    history = load_history(session, applied_moves(session, negotiation.id))
    amended = (
        None
        if thread.amends is None
        else to_agreed(agreements.load_agreement_by_iri(session, acting.iri, thread.amends))
    )
    if living is not None:
        return  # another offer was accepted meanwhile
    ready = replace(negotiation, history=history, amended=amended)
    make(session, acting, ready, acceptance(acting, ready), policy=ruled(session, acting, ready))


def _countersign(session: Session, *, acting: Acting, negotiation: Negotiation) -> None:
    reservation = stock.load_reservation(session, negotiation.id)
    if reservation is None or reservation.state is ReservationState.HELD:
        policy = ruled(session, acting, negotiation)
        make(session, acting, negotiation, countersignature(acting, negotiation), policy=policy)


def _acknowledge(session: Session, *, acting: Acting, negotiation: Negotiation) -> None:
    make(session, acting, negotiation, receipt(acting, negotiation))


_REACTIONS: Final = MappingProxyType(
    {Event.ACCEPT: _accept, Event.COUNTERSIGN: _countersign, Event.ACKNOWLEDGE: _acknowledge}
)
