"""Ending: grants whose time has come, or whose agreement is over, and what has to go with them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from node.core.entries import Direction, Entry
from node.services.acting import Acting, Residents
from node.services.grants.basis import is_in_force
from node.services.grants.holding import purge, purge_all
from node.services.grants.projecting import ENDED, EXPIRED
from node.services.ledger.chapters import Clock, Follower
from node.services.negotiations.concluding import CONCLUDED
from node.storage import accesses, agreements, grants, holdings
from node.storage.grants import GrantRow
from node.storage.journal import Recorded
from node.storage.session import Session
from protocol.grants import GrantState
from protocol.negotiation import Event

_STEP: Final = 50  # grants, or fields, in one write
_CHANGES: Final = frozenset({"agreement.ended", CONCLUDED, Event.COUNTERSIGN.value})


def _next_due(session: Session, _residents: Residents) -> datetime | None:
    moments = (grants.next_end(session), holdings.next_purge(session))
    return min((moment for moment in moments if moment is not None), default=None)


def _turn(session: Session, residents: Residents, now: datetime) -> bool:
    ended = purged = 0  # what is somebody's who is not here stays due, and is nothing to go on with
    over = grants.due_grants(session, now, limit=_STEP)
    for row in over:
        acting = residents.of(row.actor)
        if acting is not None:
            _end(session, acting, row, EXPIRED)
            ended += 1
    due = holdings.due_holdings(session, now, limit=_STEP)
    for held in due:
        acting = residents.of(held.actor)
        if acting is not None:
            purge(session, acting, [held], why="due")
            purged += 1
    return (len(over) == _STEP and ended > 0) or (len(due) == _STEP and purged > 0)


def _end(session: Session, acting: Acting, row: GrantRow, kind: str) -> None:
    entry = Entry(
        at=acting.now,
        direction=Direction.LOCAL,
        kind=kind,
        actor=row.actor,
        subject=row.iri,
        decision={"grant": row.iri, "agreement": row.agreement, "peer": row.peer},
    )
    acting.record(session, entry, None)
    if row.own:
        accesses.forget_answers(session, row.actor, row.iri)
    else:
        purge_all(session, acting, row, why="ended")


def end_all_from(session: Session, acting: Acting, peer: str) -> None:
    """End what a peer (its id) gave us, and erase what is held under it. Call inside a write."""
    for row in grants.held_from(session, acting.iri, peer):
        if row.state is GrantState.ACTIVE:
            _end(session, acting, row, ENDED)
        else:
            purge_all(session, acting, row, why="ended")


def _look(session: Session, acting: Acting, recorded: Recorded) -> Sequence[str] | None:
    """Return the agreements (IRIs) that an entry ended, as far as something is granted under them."""
    offer = str(recorded.entry.decision["offer"])
    led_to = agreements.agreements_of_offer(session, acting.iri, offer)
    named = {iri for row in led_to for iri in (row.iri, row.supersedes) if iri is not None}
    over = [
        row.iri
        for row in agreements.agreements_by_iri(session, acting.iri, named)
        if not is_in_force(row, acting.now) and grants.active_under(session, acting.iri, row.iri)
    ]
    return over or None


def _act(session: Session, acting: Acting, over: Sequence[str]) -> None:
    for iri in over:
        for row in grants.active_under(session, acting.iri, iri):
            if row.state is GrantState.ACTIVE:
                _end(session, acting, row, ENDED)


CLOCK: Final = Clock(next_due=_next_due, turn=_turn)
FOLLOWER: Final = Follower(name="grants", kinds=_CHANGES, look=_look, act=_act)
"""Ends what was granted under an agreement with it, whether it ended or another took its place."""
