"""Conduct: how one side has kept to its word with the other, as both of them know it.

Rules that hold here:

- Everything follows from what both have signed. Nobody rates anybody, and nothing is kept for it.
- What is still open counts for nothing yet, and what the other side did counts against nobody else.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from protocol.values import dataclass

_UNITS: Final = ((timedelta(days=2), timedelta(days=1)), (timedelta(hours=1), timedelta(hours=1)))
"""From how long on a span is said in which unit; what is shorter in minutes."""
_SHORTEST: Final = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Conduct:
    """What became of the offers of one side to the other.

    `within` is how long half of the first offers to a wish took at most, None if there were none. Of
    `accepted` offers, `kept` were signed by their maker in time, who has not backed out since.
    """

    offers: int
    withdrawn: int
    accepted: int
    kept: int
    within: timedelta | None


def within(waits: Sequence[timedelta]) -> timedelta | None:
    """Return the span in which half of these were over, said no finer than anybody reads; None for none."""
    if not waits:
        return None
    half = max(sorted(waits)[(len(waits) - 1) // 2], _SHORTEST)
    unit = next((unit for least, unit in _UNITS if half >= least), _SHORTEST)
    return -(-half // unit) * unit
