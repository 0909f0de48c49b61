"""Courses: how a price went from move to move, as points of a line that the template draws.

Rules here: the latest few moves, from left to right; what has no total is not drawn. The highest amount is at
the top, the lowest at the bottom: what is looked at is the direction, and each amount is written beside.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from protocol.negotiation import Party
from protocol.values import dataclass

LEFT: Final = 40.0
RIGHT: Final = 318.0
_TOP: Final = 26.0
_BOTTOM: Final = 62.0
_SHOWN: Final = 5  # more would write one amount over the next
_FEWEST: Final = 2


@dataclass(frozen=True, slots=True)
class CoursePoint:
    """One move: whose, what all would cost, and where it is drawn."""

    mine: bool
    total: str
    x: float
    y: float


def course(moves: Sequence[Mapping[str, Any]]) -> list[CoursePoint]:
    """Return the points of the latest moves with a total; none where there is no line to draw."""
    totals = [
        (move["by"] is Party.OFFEREE, move["terms"]["total"])
        for move in moves
        if move["terms"] and move["terms"]["total"] is not None and move["status"].value == "applied"
    ][-_SHOWN:]
    if len(totals) < _FEWEST:
        return []
    amounts = [Decimal(total) for _, total in totals]
    low, high = min(amounts), max(amounts)
    span = high - low

    def height(amount: Decimal) -> float:
        return round(_TOP + float((high - amount) / span) * (_BOTTOM - _TOP), 1) if span else _BOTTOM

    step = (RIGHT - LEFT) / (len(totals) - 1)
    return [
        CoursePoint(mine, total, round(LEFT + place * step, 1), height(Decimal(total)))
        for place, (mine, total) in enumerate(totals)
    ]
