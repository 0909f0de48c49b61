"""Offers of ours that came to a wish while it was paused: they wait aside until it takes offers again.

Rules that hold here:

- The customer's node said that it has not taken them, so they are in nobody's way and keep nothing waiting.
- They are sent again as they were signed: at the end of the pause, or earlier if the wish says so. Their own
  end, and seven days, end the waiting.
- Taken back before that, they are not sent any more, and nobody hears of them.
"""

from typing import Final

from node.core.intentions import IntentionState
from node.services.acting import Acting
from node.services.intentions.ending import WITHDRAWN
from node.services.intentions.pausing import RESUMING
from node.services.ledger.chapters import Follower
from node.services.negotiations.carrying import TAKEN_BACK
from node.services.negotiations.undoing import take_back
from node.storage import deliveries, intentions
from node.storage.deliveries import DeliveryState
from node.storage.journal import Recorded
from node.storage.offers import OfferRow
from node.storage.session import Session


def drop(session: Session, acting: Acting, row: OfferRow) -> bool:
    """Send the offer that stands no more if it waits aside; tell whether it did. Call inside a write."""
    waiting = deliveries.load_aside(session, acting.iri, row.standing)
    if waiting is None:
        return False
    state = DeliveryState.CANCELLED
    deliveries.settle_delivery(session, waiting.id, state, at=acting.now, error=TAKEN_BACK, attempted=False)
    take_back(session, waiting, now=acting.now, record=acting.record)
    return True


def look(session: Session, acting: Acting, recorded: Recorded) -> str | None:
    """Return the peer (its id) for whom something waits aside and whose wish is not paused any more.

    One that is closed is none either: what waits for it is refused for good then, and holds nothing longer.
    """
    iri = str(recorded.entry.decision["intention"])
    row = intentions.load_intention_by_iri(session, acting.iri, iri)
    if row is None or row.peer is None:
        return None
    if row.state is IntentionState.OPEN and row.pause is not None and row.pause.holds(acting.now):
        return None
    return row.peer if deliveries.has_aside(session, acting.iri, row.peer) else None


def send_again(session: Session, acting: Acting, peer: str) -> None:
    """Have what waits aside for a peer sent now. Call inside a write."""
    deliveries.call_in(session, acting.iri, peer, now=acting.now)


RESUMPTIONS: Final = Follower(
    name="resumptions", kinds=frozenset({*RESUMING, WITHDRAWN}), look=look, act=send_again
)
