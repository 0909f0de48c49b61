"""Leavings: who gave notice of an agreement and when, and what became of that on its way."""

from typing import Final, TypedDict

from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.negotiations.agreements import load
from node.storage.agreements import AgreementState
from node.storage.deliveries import deliveries_of
from node.storage.moves import MoveStatus, list_moves
from node.storage.session import Session
from protocol.negotiation import Event

_LEFT: Final = (AgreementState.ENDING, AgreementState.ENDED)


class LeavingShown(TypedDict):
    """A notice that counts: whose it is, when it was given, and for when.

    `delivery` is how ours stands on its way and `settled_at` when that was settled; None of theirs, which is
    here, and of one whose delivery is kept no more.
    """

    own: bool
    at: str | None
    leaves_at: str | None
    delivery: str | None
    settled_at: str | None


def show(session: Session, acting: Acting, id: str) -> LeavingShown | None:
    """Show the notice that ends an agreement, or has ended it; None if nobody gave any.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    row = load(session, acting, id)
    if row.state not in _LEFT:
        return None
    moves = list_moves(session, row.offer, statuses=[MoveStatus.APPLIED])
    given = [move for move in moves if move.event is Event.LEAVE]
    if not given:
        return None
    notice = given[-1]
    own = notice.by_party is row.role
    sent = deliveries_of(session, acting.iri, [notice.iri]) if own else []
    return {
        "own": own,
        "at": view_time(notice.at),
        "leaves_at": view_time(row.leaves_at),
        "delivery": sent[0].state.value if sent else None,
        "settled_at": view_time(sent[0].settled_at) if sent else None,
    }
