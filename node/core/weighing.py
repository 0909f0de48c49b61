"""Weighing: an order of offers by what matters to the owner, instead of by what they cost alone.

Rules that hold here:

- Weights are the owner's; they are part of nothing that is sent or kept.
- What misses something that must be comes after what does not, whatever it weighs; who is shut out is last.
- Each thing that can matter is a number from 0 to 1, so that a weight means the same for all of them: 1 is
  the best of the offers at hand, 0 the worst, and what nobody knows.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any, Final

from node.core.comparison import Ranking, Tender, in_whole
from protocol.specifications import Fit
from protocol.values import dataclass

HEAVIEST: Final = 3
_LONGEST_DAYS: Final = 36_500  # what takes a hundred years is not soon, however many more it takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Weights:
    """How much it matters that an offer costs little, fits the wish, is had soon: each 0 to `HEAVIEST`."""

    cost: int = 0
    fit: int = 0
    soon: int = 0

    @property
    def are_none(self) -> bool:
        """Whether nothing weighs anything."""
        return not (self.cost or self.fit or self.soon)


def weigh(
    ranking: Ranking,
    tenders: Sequence[Tender],
    weights: Weights,
    *,
    now: datetime,
    shut_out: frozenset[int] = frozenset(),
) -> Ranking:
    """Put offers in another order: by weight, and by their place before where they weigh the same."""
    # In whole numbers, each over one for all offers: the same order as that of fractions, and soon found.
    costs, low_cost = _from_lowest([None if cost is None else Fraction(cost) for cost in ranking.costs])
    fits, all_points = _fits(tenders)
    soon, low_days = _from_lowest([_days(tender, now) for tender in tenders])
    by_cost = weights.cost * all_points * low_days
    by_fit = weights.fit * low_cost * low_days
    by_days = weights.soon * low_cost * all_points

    def order(place: int) -> tuple[bool, bool, int]:
        weight = by_cost * costs[place] + by_fit * fits[place] + by_days * soon[place]
        return place in shut_out, tenders[place].missed > 0, -weight

    return replace(ranking, order=sorted(ranking.order, key=order))


def view_weights(weights: Weights | None) -> dict[str, Any] | None:
    """Show weights as the owner's programs read them; nothing where none were given."""
    if weights is None:
        return None
    return {"cost": weights.cost, "fit": weights.fit, "soon": weights.soon}


def _from_lowest(numbers: Sequence[Fraction | None]) -> tuple[list[int], int]:
    """Return shares, and the whole that they are of.

    The lowest number has all of it, the highest and what nobody knows nothing, others by their distance.
    """
    whole = in_whole(numbers)
    known = [number for number in whole if number is not None]
    if not known:
        return [0 for _ in numbers], 1
    high = max(known)
    span = high - min(known)
    shares = [0 if number is None else high - number if span else 1 for number in whole]
    return shares, span or 1


def _fits(tenders: Sequence[Tender]) -> tuple[list[int], int]:
    """Return how many points of the wish each offer meets, and how many there are."""
    points = len(tenders[0].points) if tenders else 0
    met = [sum(point.fit is Fit.MET for point in tender.points) for tender in tenders]
    return met, points or 1


def _days(tender: Tender, now: datetime) -> Fraction | None:
    """Return in how many days it is had, by its delivery time or else from its first day."""
    days, starts_at = tender.ready, tender.draft.starts_at
    if days is None and starts_at is not None:
        days = Fraction((starts_at - now) // timedelta(minutes=1), 24 * 60)
    return None if days is None else min(max(days, Fraction(0)), Fraction(_LONGEST_DAYS))
