"""Moves of ours in a negotiation: rendered, signed, recorded and queued for the other end.

Rules that hold here:

- A move and what it changes are one transaction; the projector applies it, and the table has the last word.
- Every answer names and hashes what it answers, so the moves of both ends are one chain.
- A countersignature is made with the key that signed the offer, because the agreement names that key.
"""

from collections.abc import Mapping
from typing import Any

from node.core.negotiations import Link, Thread
from node.services.acting import Acting
from node.services.ledger.recording import send
from node.services.negotiations.evidence import check_provable
from node.services.negotiations.loading import load_thread, to_thread
from node.storage import agreements, intentions, journal, offers, peers
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.offers import MoveRow, OfferRow
from node.storage.session import Session
from protocol.agreements import Signatory, conclude, read_agreement
from protocol.canonical import digest_of
from protocol.errors import Conflict, NotFound
from protocol.moves import Move, render_move
from protocol.negotiation import Event, Party, State


def make_move(
    session: Session, acting: Acting, move: Move, *, offer: str, party: Party, **decision: Any
) -> None:
    """Sign a move of ours, record it and queue it for the other end.

    Raises:
        Conflict: `illegal-transition`, if the table does not allow it now; `peer-blocked`.
    """
    if peers.is_blocked(session, acting.iri, move.to[0]):
        raise Conflict("peer-blocked", "You have blocked this peer: unblock it before you deal with it.")
    signing = acting.signing_key(decision.pop("multibase", None))
    document = acting.sign(render_move(move), signing)
    key = {"id": signing.id, "multibase": signing.key.public.multibase}
    chosen = {"offer": offer, "party": party.value, "digest": digest_of(document), "key": key}
    send(session, acting, move.event.value, document, chosen | decision, recipients=move.to, move=move)


def answer(acting: Acting, thread: Thread, event: Event, **members: Any) -> Move:
    """Return a move of ours on a thread: to its peer, about what that event answers."""
    link = _answered(thread, event)
    return Move(
        event=event,
        iri=acting.mint("activities", "act"),
        actor=acting.iri,
        to=(thread.peer,),
        negotiation=thread.negotiation,
        answers=link.iri,
        answers_digest=link.digest,
        published=acting.now,
        **members,
    )


def _answered(thread: Thread, event: Event) -> Link:
    if event in (Event.COUNTERSIGN, Event.RENEGE, Event.LEAVE):
        if thread.agreement is None:
            raise Conflict("no-agreement", "There is no agreement here yet.")
        return thread.agreement
    return thread.head if event is Event.REOFFER else thread.standing


def accept(session: Session, acting: Acting, row: OfferRow, thread: Thread) -> str:
    """Accept the standing offer: make the agreement, sign it, send it; return the agreement's id.

    Raises:
        Conflict: `offer-expired`, `already-agreed`, `not-in-force`, `illegal-transition`.
        Unprocessable: `unprovable`.
    """
    check_amended(session, acting, thread)
    if thread.expires_at is not None and thread.expires_at <= acting.now:
        raise Conflict(
            "offer-expired", "This offer has ended. Ask for a new one with a message or a counter."
        )
    id = acting.new_id("agr")
    iri = f"{acting.origin}/agreements/{id}"
    document = conclude(
        thread.draft,
        iri=iri,
        offer=thread.standing.iri,
        offer_digest=thread.standing.digest,
        parties=[_offerer_of(session, row, thread.standing), our_signatory(acting, Party.OFFEREE)],
        salt=acting.salt(),
        attributed_to=acting.iri,
        published=acting.now,
        supersedes=thread.amends,
    )
    move = answer(acting, thread, Event.ACCEPT, agreement=document)
    own = is_own(session, acting.iri, thread.intention)
    make_move(session, acting, move, offer=row.id, party=Party.OFFEREE, agreement=id, own=own)
    check_provable(session, load_thread(session, acting.iri, row.id)[0])
    return id


def reject(session: Session, acting: Acting, row: OfferRow, thread: Thread, *, reason: str = "") -> None:
    """Reject the standing offer, with or without a reason."""
    make_move(
        session,
        acting,
        answer(acting, thread, Event.REJECT, content=reason),
        offer=row.id,
        party=Party.OFFEREE,
    )


def countersign(session: Session, acting: Acting, row: OfferRow, thread: Thread) -> None:
    """Countersign the agreement with the key that signed the offer, which the agreement names.

    Raises:
        Conflict: `not-in-force`, `no-agreement`, `key-retired`. Unprocessable: `unprovable`.
    """
    check_amended(session, acting, thread)
    move = answer(acting, thread, Event.COUNTERSIGN)
    agreement = load_agreement_of(session, row)
    signatory = read_agreement(agreement.document).signatory(Party.OFFERER)
    make_move(session, acting, move, offer=row.id, party=Party.OFFERER, multibase=signatory.multibase)
    check_provable(session, load_thread(session, acting.iri, row.id)[0])


def check_amended(session: Session, acting: Acting, thread: Thread) -> None:
    """Check that what an amendment is to replace is still in force: of two amendments only one can conclude.

    Raises:
        Conflict: `not-in-force`.
    """
    if thread.amends is None:
        return
    amended = agreements.load_agreement_by_iri(session, acting.iri, thread.amends)
    if amended is None or amended.state not in (AgreementState.CONCLUDED, AgreementState.ENDING):
        raise Conflict("not-in-force", "The agreement that this would replace is not in force any more.")


def renege(session: Session, acting: Acting, row: OfferRow, thread: Thread, *, reason: str = "") -> None:
    """Say that an accepted offer cannot be performed."""
    make_move(
        session,
        acting,
        answer(acting, thread, Event.RENEGE, content=reason),
        offer=row.id,
        party=Party.OFFERER,
    )


def reject_the_rest(session: Session, acting: Acting, intention: str, *, but: str | None = None) -> int:
    """Reject every offer to an intention that still stands, except the negotiation `but`; return how many.

    Who is blocked is told nothing: their offers stand until they expire.
    """
    count = 0
    for row in offers.offers_for_intention(session, acting.iri, intention):
        standing = row.state == State.OFFERED and row.role == Party.OFFEREE and row.amends is None
        if standing and row.id != but and not peers.is_blocked(session, acting.iri, row.peer):
            reject(session, acting, row, to_thread(session, row))
            count += 1
    return count


def our_signatory(acting: Acting, role: Party) -> Signatory:
    """Return our side of an agreement with the key that signs for us now."""
    signing = acting.owner.ed25519
    return Signatory(acting.iri, role, signing.id, signing.key.public.multibase)


def _offerer_of(session: Session, row: OfferRow, offer: Link) -> Signatory:
    """Return the offerer as the key that proved its offer names it."""
    return load_signatory(session, row.actor, offer, actor=row.peer, role=Party.OFFERER)


def load_signatory(session: Session, local: str, link: Link, *, actor: str, role: Party) -> Signatory:
    """Return a party as the key that proved one of its moves names it."""
    move = offers.load_move(session, local, link.iri)
    if move is None:
        raise NotFound("unknown-activity", "There is no such move here.")
    key = key_of(session, move)
    return Signatory(actor, role, key["id"], key["multibase"])


def key_of(session: Session, move: MoveRow) -> Mapping[str, str]:
    """Return the key whose proof a recorded move carries: `id` and `multibase`, as verified at the time."""
    recorded = journal.load_entry(session, move.entry)
    if recorded is None:
        raise NotFound("unknown-activity", "The journal does not hold this activity.")
    key: Mapping[str, str] = recorded.entry.decision["key"]
    return key


def load_agreement_of(session: Session, row: OfferRow) -> AgreementRow:
    """Return the agreement that a negotiation led to.

    Raises:
        Conflict: `no-agreement`.
    """
    agreement = agreements.load_agreement_by_offer(session, row.actor, row.id)
    if agreement is None:
        raise Conflict("no-agreement", "There is no agreement here yet.")
    return agreement


def is_own(session: Session, actor: str, intention: str) -> bool:
    """Tell whether an intention (its IRI) is the actor's own."""
    row = intentions.load_intention_by_iri(session, actor, intention)
    return row is not None and row.own
