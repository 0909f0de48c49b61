"""Pauses of a wish: what is not offered to it meanwhile, and when to come again.

Rules that hold here:

- Whoever was asked for other terms by a counter may answer it, pause or none: it was asked.
- What stands is accepted, rejected, withdrawn and expires as without a pause.
- Whether there is one is asked of the time at which something is decided, not of a clock that may be late.
"""

from datetime import datetime, timedelta
from typing import Final

from node.core import codes
from node.core.negotiations import Wanted
from node.core.retries import LONGEST_WISH
from node.core.threads import Thread
from protocol.errors import Conflict
from protocol.negotiation import State
from protocol.pauses import Pause
from protocol.times import render_time

SOONEST: Final = timedelta(minutes=1)
"""When to come again at the earliest: two clocks differ, and nobody is to ask every second."""


class Paused(Conflict):
    """An offer came to an intention that takes none until `until`; come again in `retry_seconds`."""

    def __init__(self, pause: Pause, *, now: datetime) -> None:
        end = "" if pause.until is None else f" It does again on {render_time(pause.until)}."
        super().__init__(codes.INTENTION_PAUSED, f"This intention takes no offers for now.{end}")
        self.until = pause.until
        wait = LONGEST_WISH if pause.until is None else min(pause.until - now, LONGEST_WISH)
        self.retry_seconds = int(max(wait, SOONEST).total_seconds())


def check_not_paused(wanted: Wanted | None, *, now: datetime, thread: Thread | None = None) -> None:
    """Check that an intention takes an offer now, a first one or another one in a thread.

    Raises:
        Paused: `intention-paused`.
    """
    pause = None if wanted is None else wanted.pause
    if pause is not None and pause.holds(now) and not (thread is not None and _is_asked(thread)):
        raise Paused(pause, now=now)


def _is_asked(thread: Thread) -> bool:
    """Tell whether an offer is asked for by a counter, or is about an agreement and not about the wish."""
    return thread.state is State.COUNTERED or thread.amends is not None
