"""Losing: what of our own offers came to nothing, and why, follows from where their negotiations stand.

A part of projecting: it reads its entry and projections, and never sees the clock.
"""

from node.core.entries import Entry
from node.core.intentions import IntentionState
from node.core.losses import LossFacts, is_lost, reason_of
from node.core.threads import Thread
from node.services.negotiations.words import load_bodies, words_in
from node.storage import agreements, intentions
from node.storage.losses import LossRow, delete_loss, save_loss
from node.storage.session import Session
from protocol.negotiation import Event, Party, State


def settle_loss(session: Session, entry: Entry, offer: str, thread: Thread) -> None:
    """Note that a negotiation (the id of its offer) has come to nothing with an entry, or has not."""
    if thread.role is not Party.OFFERER:
        return
    if not is_lost(thread.state) or _pays(session, entry.actor, thread.amends):
        delete_loss(session, entry.actor, offer)
        return
    facts = _facts(session, entry, thread)
    loss = LossRow(
        id=offer,
        actor=entry.actor,
        peer=thread.peer,
        reason=reason_of(thread.state, facts),
        codes=tuple(facts.codes),
        worded=facts.worded,
        day=entry.at.date().isoformat(),
        lost_at=entry.at,
    )
    save_loss(session, loss)


def _pays(session: Session, actor: str, amended: str | None) -> bool:
    """Tell whether an actor is who pays by the agreement that is to be changed: nothing is sold by that."""
    row = None if amended is None else agreements.load_agreement_by_iri(session, actor, amended)
    return row is not None and row.own


def _facts(session: Session, entry: Entry, thread: Thread) -> LossFacts:
    decision = entry.decision
    if thread.state is State.REFUSED:
        return LossFacts(codes=decision.get("codes", ()), status=decision.get("status"))
    if thread.state not in (State.REJECTED, State.EXPIRED):
        # Nobody withdraws by the clock but what has never left.
        return LossFacts(unsent=decision.get("event") == Event.WITHDRAW.value)
    is_first = thread.amends is None
    return LossFacts(
        undelivered=bool(decision.get("undelivered")),
        worded=thread.state is State.REJECTED and _is_worded(session, entry.actor, thread.head.iri),
        chosen=is_first and agreements.is_met(session, entry.actor, thread.intention),
        wish_over=is_first and _is_over(session, entry, thread.intention),
    )


def _is_worded(session: Session, actor: str, move: str) -> bool:
    return bool(words_in(load_bodies(session, actor, [move]).get(move)))


def _is_over(session: Session, entry: Entry, intention: str) -> bool:
    row = intentions.load_intention_by_iri(session, entry.actor, intention)
    if row is None:
        return False
    closed = row.state in (IntentionState.WITHDRAWN, IntentionState.EXPIRED)
    return closed or (row.deadline is not None and row.deadline <= entry.at)
