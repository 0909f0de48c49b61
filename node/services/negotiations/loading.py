"""Loading: the one value that a decision about a negotiation looks at, read once, for one or for many.

Rules that hold here:

- What an event does not look at is not read (`load`); each row is read at most once in a use case.
- A thread can always be folded again from the moves in the journal (`folding.refold`); rows are written by
  projectors only.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from itertools import dropwhile
from types import MappingProxyType
from typing import Any, Final

from node.core import codes
from node.core.conditions import Policy
from node.core.decisions import PROVING
from node.core.negotiations import Agreed, Counterpart, Negotiation, Wanted, other
from node.core.threads import Link, Thread
from node.services.acting import Acting
from node.services.negotiations.folding import load_history, load_pending
from node.services.terms.doors import door_of
from node.storage import agreements, intentions, offers, peers, stock
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.intentions import IntentionRow
from node.storage.moves import MoveRow, MoveStatus, count_moves_of, list_moves
from node.storage.offers import OfferRow
from node.storage.peers import PeerRow
from node.storage.session import Session
from protocol.errors import NotFound
from protocol.negotiation import Event, State
from protocol.offers import Draft, read_draft, render_draft

_NO_DRAFTS: Final[Mapping[str, Draft]] = MappingProxyType({})
# What of an amendment is decided by the agreement that it would replace.
_OF_AMENDED: Final = PROVING | {Event.REOFFER, Event.COUNTER}
_AUTOMATIC = "auto"  # node.core.matching.Countersign.AUTO, as a stored rule spells it


# --- a negotiation with what a decision looks at ------------------------------------------------------------


def load(
    session: Session,
    acting: Acting,
    row: OfferRow,
    event: Event,
    *,
    answers: str | None = None,
    agreed: Mapping[str, AgreementRow] | None = None,
    wanted: Sequence[IntentionRow] = (),
    others: Sequence[PeerRow] = (),
) -> Negotiation:
    """Load a negotiation for the decision on one event.

    Args:
        session: the transaction.
        acting: whose negotiation it is.
        row: its row.
        event: of the move to decide.
        answers: what the move answers, if it is the other end's: it knows that much of ours.
        agreed: what the negotiation led to, by its id, if that has been read.
        wanted: intentions that have been read.
        others: peers that have been read.
    """
    known = load_many(session, acting.iri, [row], agreed=agreed, wanted=wanted, others=others)
    (negotiation,) = known.values()
    return complete(session, acting, row, negotiation, event, answers=answers)


def load_many(
    session: Session,
    actor: str,
    rows: Sequence[OfferRow],
    *,
    agreed: Mapping[str, AgreementRow] | None = None,
    wanted: Sequence[IntentionRow] = (),
    others: Sequence[PeerRow] = (),
    drafts: Mapping[str, Draft] = _NO_DRAFTS,
) -> dict[str, Negotiation]:
    """Load an actor's negotiations by id, each with peer, intention and agreement; one read for each kind.

    `agreed`, `wanted`, `others` and `drafts`, by the id of the offer, are what has been read of them before.
    """
    if agreed is None:
        agreed = agreements.agreements_by_offer(session, actor, {row.id for row in rows})
    intended = _intentions(session, actor, rows, wanted)
    ends = load_peers(session, actor, {row.peer for row in rows}, others)
    return {
        row.id: Negotiation(
            id=row.id,
            actor=actor,
            peer=to_counterpart(ends[row.peer]),
            thread=to_thread(row, agreed.get(row.id), draft=drafts.get(row.id)),
            intention=to_wanted(intended.get(row.intention)),
            agreement=_holding(agreed.get(row.id)),
        )
        for row in rows
    }


def _intentions(
    session: Session, actor: str, rows: Sequence[OfferRow], known: Sequence[IntentionRow]
) -> dict[str, IntentionRow]:
    found = {row.iri: row for row in known}
    missing = {row.intention for row in rows} - found.keys()
    return found | {row.iri: row for row in intentions.intentions_by_iri(session, actor, missing)}


def load_peers(
    session: Session, actor: str, ids: Collection[str], known: Sequence[PeerRow] = ()
) -> dict[str, PeerRow]:
    """Return an actor's peers by id; what is known of them is not read again."""
    found = {row.id: row for row in known}
    return found | peers.peers_by_id(session, actor, {*ids} - found.keys())


def complete(
    session: Session,
    acting: Acting,
    row: OfferRow,
    negotiation: Negotiation,
    event: Event,
    *,
    answers: str | None = None,
) -> Negotiation:
    """Add what the decision on this event looks at beyond the negotiation's own rows."""
    thread = negotiation.begun
    if event in _OF_AMENDED and thread.amends is not None:
        amended = agreements.load_agreement_by_iri(session, acting.iri, thread.amends)
        negotiation = replace(negotiation, amended=to_agreed(amended))
    if event is Event.ACCEPT and answers is None:
        living = agreements.living_agreement(session, acting.iri, thread.intention)
        negotiation = replace(negotiation, living=_holding(living))
    if event is Event.LEAVE:
        # One of ours that was taken back was not taken there either; of theirs each has cost us room.
        own = answers is None
        party, statuses = (row.role, [MoveStatus.APPLIED]) if own else (other(row.role), [*MoveStatus])
        counted = count_moves_of(session, row.id, event, party, statuses=statuses)
        negotiation = replace(negotiation, notices=counted)
    behind = answers is not None and answers != row.head
    moves = list_moves(session, row.id) if behind or event in PROVING else []
    rows = [move for move in moves if move.status is MoveStatus.APPLIED]
    if event in PROVING:
        negotiation = replace(negotiation, history=load_history(session, rows))
    if event is Event.ACCEPT and answers is not None:
        negotiation = replace(negotiation, retracted_at=_retracted_at(moves, answers))
    if answers is not None and behind:
        pending = load_pending(session, row, rows, answered=answers, now=acting.now)
        negotiation = replace(negotiation, pending=pending)
    return negotiation


def _retracted_at(moves: Sequence[MoveRow], offer: str) -> datetime | None:
    """Return when an offer of ours (its IRI) was first taken back or replaced, whatever became of that."""
    later = dropwhile(lambda move: move.iri != offer, moves)
    return next(
        (move.at for move in later if move.event in (Event.WITHDRAW, Event.REOFFER) and move.iri != offer),
        None,
    )


def load_policy(acting: Acting, row: OfferRow | None = None, *, seen: str | None = None) -> Policy:
    """Return the limits, and what was decided beforehand about a negotiation; nothing is read."""
    countered = {} if row is None else row.countered or {}
    return Policy(
        grace=timedelta(seconds=acting.limits.clock_skew_seconds),
        rounds=acting.limits.rounds,
        open_offers_per_peer=acting.limits.open_offers_per_peer,
        offers_per_intention=acting.limits.offers_per_intention,
        offers_per_origin=acting.limits.offers_per_origin,
        open_per_intention=acting.limits.open_per_intention,
        accepts_met=countered.get("on_met") == "accept",
        seen=seen,
    )


def ruled(session: Session, acting: Acting, negotiation: Negotiation) -> Policy:
    """Return the policy for a move of ours that a rule makes, and no person."""
    return replace(load_policy(acting), door=door_of(session, negotiation), by_rule=True)


def countersigns(session: Session, acting: Acting) -> bool:
    """Tell whether our owner has acceptances countersigned at once: by the shop's rule, or for the node."""
    rule = stock.load_rule(session, acting.iri)
    return acting.countersigns if rule is None else bool(rule["countersign"] == _AUTOMATIC)


def load_row(session: Session, actor: str, id: str) -> OfferRow:
    """Return the row of an actor's negotiation by its whole id.

    Raises:
        NotFound: `unknown-offer`.
    """
    row = offers.load_offer(session, actor, id)
    if row is None:
        raise NotFound(codes.UNKNOWN_OFFER, "There is no offer with this id. See: freehold offer list")
    return row


# --- rows as the core's values ------------------------------------------------------------------------------


def to_counterpart(row: PeerRow) -> Counterpart:
    """Read what we know of the other end, which may be no more than its address."""
    return Counterpart(id=row.id, address=row.address, name=row.name, handle=row.handle, blocked=row.blocked)


def to_wanted(row: IntentionRow | None, *, invited: bool = False) -> Wanted | None:
    """Read an intention as a decision looks at it."""
    if row is None:
        return None
    return Wanted(
        id=row.id,
        iri=row.iri,
        own=row.own,
        state=row.state,
        deadline=row.deadline,
        document=row.document,
        invited=invited,
        pause=row.pause,
    )


def to_agreed(row: AgreementRow | None) -> Agreed | None:
    """Read an agreement as a decision looks at it."""
    if row is None:
        return None
    return Agreed(
        id=row.id,
        link=Link(row.iri, row.digest),
        state=None if row.state is AgreementState.VOID else State(row.state),
        document=row.document,
        currency=row.currency,
        concluded_at=row.concluded_at,
        intention=row.intention,
        own=row.own,
        holds_until=row.holds_until,
        leaves_at=row.leaves_at,
    )


def _holding(row: AgreementRow | None) -> Agreed | None:
    return None if row is None or row.state is AgreementState.VOID else to_agreed(row)


def to_thread(row: OfferRow, agreement: AgreementRow | None, *, draft: Draft | None = None) -> Thread:
    """Read a row back into the thread it keeps; `agreement` is what it led to, void or not.

    `draft` are its terms, if they have been read before.
    """
    holds = agreement is not None and agreement.state is not AgreementState.VOID
    return Thread(
        negotiation=row.negotiation,
        peer=row.peer,
        role=row.role,
        intention=row.intention,
        amends=row.amends,
        state=row.state,
        head=Link(row.head, row.head_digest),
        standing=Link(row.standing, row.standing_digest),
        draft=read_terms_of(row) if draft is None else draft,
        countered=None if row.countered is None else read_draft(row.countered["terms"]),
        agreement=Link(agreement.iri, agreement.digest) if agreement is not None and holds else None,
        rounds=row.rounds,
        expires_at=row.expires_at,
        opened_at=row.opened_at,
        updated_at=row.updated_at,
        holds_until=agreement.holds_until if agreement is not None and holds else None,
        leaves_at=None if agreement is None else agreement.leaves_at,
        exceeded=None if row.exceeded is None else read_draft(row.exceeded),
        alternative_to=row.alternative_to,
    )


def read_terms_of(row: OfferRow) -> Draft:
    """Read the terms of the standing offer."""
    return read_draft(row.draft, currency=row.currency)


def load_thread(session: Session, actor: str, id: str) -> tuple[OfferRow, Thread]:
    """Return an actor's negotiation by id, as row and as thread; what a projector starts from.

    Raises:
        NotFound: `unknown-offer`.
    """
    row = load_row(session, actor, id)
    return row, to_thread(row, agreements.load_agreement_by_offer(session, row.actor, row.id))


def save_thread(
    session: Session, id: str, actor: str, thread: Thread, *, origin: str, on_met: str = "ask"
) -> OfferRow:
    """Write a thread to its row; `origin` is where its other end was when it began."""
    countered: dict[str, Any] | None = None
    if thread.countered is not None:
        countered = {"terms": render_draft(thread.countered), "on_met": on_met}
    row = OfferRow(
        id=id,
        actor=actor,
        negotiation=thread.negotiation,
        peer=thread.peer,
        origin=origin,
        role=thread.role,
        intention=thread.intention,
        amends=thread.amends,
        name=thread.draft.name,
        state=thread.state,
        head=thread.head.iri,
        head_digest=thread.head.digest,
        standing=thread.standing.iri,
        standing_digest=thread.standing.digest,
        draft=render_draft(thread.draft),
        countered=countered,
        total=thread.draft.total,
        currency=thread.draft.currency,
        rounds=thread.rounds,
        expires_at=thread.expires_at,
        opened_at=thread.opened_at,
        updated_at=thread.updated_at,
        exceeded=None if thread.exceeded is None else render_draft(thread.exceeded),
        alternative_to=thread.alternative_to,
    )
    offers.save_offer(session, row)
    return row
