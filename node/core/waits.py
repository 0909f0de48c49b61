"""Why something that is to go to somebody has not gone yet, as a pure decision.

One reason is said, the one that everything else waits for: what is kept so that it can be undone leaves no
earlier, and what stands behind another goes when that has.
"""

from datetime import datetime
from enum import StrEnum

from protocol.values import dataclass


class Wait(StrEnum):
    """Why a delivery that is queued waits."""

    HELD = "held"
    """It can be undone until it leaves."""
    BEHIND = "behind"
    """Another to the same recipient goes first."""
    PAUSED = "paused"
    """The wish that it is for is paused, and whoever paused it said when to ask again."""
    RESTS = "rests"
    """The recipient's server failed again and again, and is left in peace for a while."""
    AGAIN = "again"
    """It was tried, and is tried again."""
    NEXT = "next"
    """Nothing keeps it: it is on its way, or about to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueStanding:
    """How a queued delivery stands: its row's members, and until when its origin rests, if it does."""

    held_until: datetime | None
    behind: bool
    aside: bool
    tried: bool
    due_at: datetime
    rests_until: datetime | None


def why_waiting(standing: QueueStanding, *, now: datetime) -> tuple[Wait, datetime | None]:
    """Return why it waits, and when it is tried next; None if that hangs on another delivery."""
    rests = standing.rests_until
    if standing.held_until is not None and standing.held_until > now:
        return Wait.HELD, standing.held_until
    if standing.behind:
        return Wait.BEHIND, None
    if standing.aside:
        return Wait.PAUSED, standing.due_at
    if rests is not None and rests > now:
        return Wait.RESTS, max(rests, standing.due_at)
    return Wait.AGAIN if standing.tried else Wait.NEXT, standing.due_at
