"""How a node stands: how far its journal has come, what became of its deliveries, whether it can write."""

from node.services.states import DELIVERY_STATES
from node.storage import cursors, deliveries, journal, quarantine
from node.storage.editions import current_edition
from node.storage.journal import Head
from node.storage.session import Session
from protocol.values import dataclass

_PROBE = "probe"


@dataclass(frozen=True, slots=True)
class ActorHealth:
    """Where an actor's journal ends, in which edition of the file, and its deliveries by state."""

    edition: str
    head: Head
    deliveries: dict[str, int]


@dataclass(frozen=True, slots=True)
class Totals:
    """The number of the node's last entry, all its deliveries by state, and the offers in quarantine."""

    entries: int
    deliveries: dict[str, int]
    quarantined: int


def look(session: Session, actor: str) -> ActorHealth:
    """Say how one actor of the node stands."""
    counts = deliveries.count_deliveries(session, actor)
    return ActorHealth(current_edition(session), journal.head(session, actor), counts)


def count(session: Session) -> Totals:
    """Say how the node stands as a whole."""
    return Totals(
        journal.last_number(session),
        deliveries.count_deliveries(session),
        quarantine.count_quarantined(session),
    )


def in_every_state(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts with a zero for each state that no delivery is in."""
    return {str(state): counts.get(state, 0) for state in DELIVERY_STATES}


def touch(session: Session) -> None:
    """Write something that means nothing: only a write shows a disk that is read-only."""
    cursors.save_cursor(session, "", _PROBE, 0)
