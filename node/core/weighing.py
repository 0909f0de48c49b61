"""Weighing: an order of offers by what matters to the owner, instead of by what they cost alone.

Rules that hold here:

- Weights are the owner's; they are part of nothing that is sent or kept.
- What misses something that must be comes after what does not, whatever it weighs; who is shut out is last.
- Each thing that can matter is a number from 0 to 1, so that a weight means the same for all of them: 1 is
  the best of the offers at hand, 0 the worst, and what nobody knows.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from node.core.comparison import Ranking, differences, misses
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.specifications import Fit, Necessity, Specification, measured
from protocol.vocabulary import LEAD_TIME

HEAVIEST: Final = 3
_READY: Final = Specification(LEAD_TIME, at_most=Decimal(0), unit="d", necessity=Necessity.SHOULD)
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
    intention: Intention,
    drafts: Sequence[Draft],
    weights: Weights,
    *,
    now: datetime,
    shut_out: frozenset[int] = frozenset(),
) -> Ranking:
    """Put offers in another order: by weight, and by their place before where they weigh the same."""
    costs = _from_lowest([None if cost is None else Fraction(cost) for cost in ranking.costs])
    fits = [_fit(intention, draft) for draft in drafts]
    soon = _from_lowest([_days(draft, now) for draft in drafts])

    def order(place: int) -> tuple[bool, bool, Fraction]:
        weight = weights.cost * costs[place] + weights.fit * fits[place] + weights.soon * soon[place]
        return place in shut_out, misses(intention, drafts[place]) > 0, -weight

    return replace(ranking, order=sorted(ranking.order, key=order))


def view_weights(weights: Weights | None) -> dict[str, Any] | None:
    """Show weights as the owner's programs read them; nothing where none were given."""
    if weights is None:
        return None
    return {"cost": weights.cost, "fit": weights.fit, "soon": weights.soon}


def _from_lowest(numbers: Sequence[Fraction | None]) -> list[Fraction]:
    """Return 1 for the lowest number, 0 for the highest and what nobody knows, in between by distance."""
    known = [number for number in numbers if number is not None]
    if not known:
        return [Fraction(0) for _ in numbers]
    low, high = min(known), max(known)
    span = high - low
    return [
        Fraction(0) if number is None else (high - number) / span if span else Fraction(1)
        for number in numbers
    ]


def _fit(intention: Intention, draft: Draft) -> Fraction:
    points = differences(intention, draft)
    met = sum(point.fit is Fit.MET for point in points)
    return Fraction(met, len(points)) if points else Fraction(1)


def _days(draft: Draft, now: datetime) -> Fraction | None:
    """Return in how many days it is had, by its delivery time or else from its first day."""
    days = measured(_READY, draft.properties)
    if days is None and draft.starts_at is not None:
        days = Fraction((draft.starts_at - now) // timedelta(minutes=1), 24 * 60)
    return None if days is None else min(max(days, Fraction(0)), Fraction(_LONGEST_DAYS))
