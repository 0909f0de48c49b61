"""Moves of ours in a negotiation: rendered and signed, so that they can be decided and carried out.

Rules that hold here:

- Every answer names and hashes what it answers, so the moves of both ends are one chain.
- A countersignature is made with the key that signed the offer, its receipt with the one that signed the
  acceptance, because the agreement names these keys.
- Nothing signed leaves the node unless it was decided (`make`); what is refused then is forgotten.
"""

from datetime import datetime
from typing import Any

from node.core import codes
from node.core.conditions import Policy, agreement_of, signatory_of
from node.core.decisions import Decision, decide
from node.core.negotiations import Key, Negotiation, Signed
from node.core.threads import AGREEMENT_EVENTS, HEAD_EVENTS, Link, Step, Thread
from node.services.acting import Acting
from node.services.negotiations.asking import check_signatures
from node.services.negotiations.carrying import carry_out
from node.services.negotiations.loading import load_policy
from node.services.negotiations.understanding import check_understood
from node.storage.session import Session
from protocol.agreements import Signatory, conclude, read_agreement
from protocol.canonical import canonicalise, digest
from protocol.errors import Conflict
from protocol.moves import Move, check_size, render_move
from protocol.negotiation import Event, Party


def make(
    session: Session,
    acting: Acting,
    negotiation: Negotiation,
    signed: Signed,
    *,
    policy: Policy | None = None,
) -> Decision:
    """Decide a move of ours and carry it out; return the decision.

    Raises:
        TermsNotUnderstood. ProtocolError: as `decide`. Nothing is written then.
        SecondNeeded: one signature is not enough.
    """
    policy = policy or load_policy(acting)
    check_understood(session, acting, negotiation, signed.move)
    decision = decide(negotiation, signed, policy, now=acting.now)
    check_signatures(session, acting, negotiation, signed, policy)
    carry_out(session, acting, decision)
    return decision


def sign(acting: Acting, move: Move, *, party: Party, multibase: str | None = None, **kept: Any) -> Signed:
    """Sign a move of ours, with our newest key or the one with this id; `kept` joins the journal's record.

    Raises:
        Conflict: `key-retired`. TooLarge: `move-too-large`.
    """
    signing = acting.signing_key(multibase)
    document = acting.sign(render_move(move), signing)
    canonical = canonicalise(document)
    check_size(canonical)
    step = Step(move=move, party=party, link=Link(move.iri, digest(canonical)), at=acting.now)
    key = Key(id=signing.id, multibase=signing.key.public.multibase)
    return Signed(step=step, document=document, key=key, kept=kept)


def answer(
    acting: Acting, negotiation: Negotiation, event: Event, *, to: Link | None = None, **members: Any
) -> Move:
    """Return a move of ours in a negotiation: to its other end, about `to` or else what that event answers.

    Raises:
        Conflict: `no-agreement`.
    """
    thread = negotiation.begun
    link = to or _answered(thread, event)
    return Move(
        event=event,
        iri=acting.mint("activities", "act"),
        actor=acting.iri,
        to=(negotiation.peer.address,),
        negotiation=thread.negotiation,
        answers=link.iri,
        answers_digest=link.digest,
        published=acting.writes_at,
        **members,
    )


def _answered(thread: Thread, event: Event) -> Link:
    if event in AGREEMENT_EVENTS:
        if thread.agreement is None:
            raise Conflict(codes.NO_AGREEMENT)
        return thread.agreement
    return thread.head if event in HEAD_EVENTS | {Event.REOFFER} else thread.standing


def acceptance(acting: Acting, negotiation: Negotiation) -> Signed:
    """Accept what stands: write the agreement, and sign that.

    Raises:
        NotFound: `unknown-activity`, the standing offer is not on record.
    """
    thread = negotiation.begun
    id = acting.new_id("agr")
    document = conclude(
        thread.draft,
        iri=f"{acting.origin}/agreements/{id}",
        offer=thread.standing.iri,
        offer_digest=thread.standing.digest,
        parties=[
            signatory_of(negotiation, actor=negotiation.peer.address),
            our_signatory(acting, Party.OFFEREE),
        ],
        salt=acting.salt(),
        attributed_to=acting.iri,
        published=acting.writes_at,
        supersedes=thread.amends,
    )
    until = holds_until(acting, thread.expires_at)
    move = answer(acting, negotiation, Event.ACCEPT, agreement=document, ends_at=until)
    return sign(acting, move, party=Party.OFFEREE, agreement=id)


def holds_until(acting: Acting, expires_at: datetime | None) -> datetime:
    """Return by when an acceptance of ours has to be countersigned: no longer than the offer stands."""
    until = (acting.writes_at + acting.acceptance_holds).replace(microsecond=0)
    return until if expires_at is None else min(until, expires_at)


def rejection(acting: Acting, negotiation: Negotiation, *, reason: str = "") -> Signed:
    """Reject the standing offer, with or without a reason."""
    return sign(acting, answer(acting, negotiation, Event.REJECT, content=reason), party=Party.OFFEREE)


def recantation(acting: Acting, negotiation: Negotiation, *, reason: str = "") -> Signed:
    """Take back our counter, which leaves the offer rejected, with or without a reason."""
    return sign(acting, answer(acting, negotiation, Event.RECANT, content=reason), party=Party.OFFEREE)


def countersignature(acting: Acting, negotiation: Negotiation) -> Signed:
    """Countersign the agreement with the key that signed the offer, which the agreement names.

    Raises:
        Conflict: `no-agreement`, `key-retired`.
    """
    return _sign_as(acting, negotiation, Event.COUNTERSIGN, Party.OFFERER)


def receipt(acting: Acting, negotiation: Negotiation) -> Signed:
    """Acknowledge the countersignature with the key that signed the acceptance.

    Raises:
        Conflict: `no-agreement`, `key-retired`.
    """
    return _sign_as(acting, negotiation, Event.ACKNOWLEDGE, Party.OFFEREE)


def _sign_as(acting: Acting, negotiation: Negotiation, event: Event, role: Party) -> Signed:
    """Sign a move with the key that the agreement names for our role."""
    agreement = read_agreement(agreement_of(negotiation).document)
    multibase = agreement.signatory(role).multibase
    return sign(acting, answer(acting, negotiation, event), party=role, multibase=multibase)


def revocation(acting: Acting, negotiation: Negotiation, acceptance: Link) -> Signed:
    """Revoke an acceptance of ours."""
    return sign(acting, answer(acting, negotiation, Event.REVOKE, to=acceptance), party=Party.OFFEREE)


def our_signatory(acting: Acting, role: Party) -> Signatory:
    """Return our side of an agreement with the key that signs for us now."""
    signing = acting.owner.ed25519
    return Signatory(acting.iri, role, signing.id, signing.key.public.multibase)
