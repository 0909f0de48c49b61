"""How a node stands: how far its journal has come, what became of its deliveries, whether it can write."""

from dataclasses import dataclass

from node.services.states import DELIVERY_STATES
from node.storage import cursors, deliveries, journal
from node.storage.journal import Head
from node.storage.session import Session

_PROBE = "probe"


@dataclass(frozen=True, slots=True)
class Standing:
    """The journal's last entry, and how many deliveries are in each state that any is in."""

    head: Head
    deliveries: dict[str, int]


def look(session: Session, actor: str | None = None) -> Standing:
    """Say how the node stands; with `actor` count its deliveries alone."""
    return Standing(journal.head(session), deliveries.count_deliveries(session, actor))


def in_every_state(counts: dict[str, int]) -> dict[str, int]:
    """Return the counts with a zero for each state that no delivery is in."""
    return {str(state): counts.get(state, 0) for state in DELIVERY_STATES}


def touch(session: Session) -> None:
    """Write something that means nothing: only a write shows a full or read-only disk."""
    cursors.save_cursor(session, _PROBE, 0)
