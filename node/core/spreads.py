"""Spreads: where the amounts of several offers, and the owner's limit, lie on one axis.

Rules that hold here:

- An axis begins and ends at a round number at which it is marked; it does not begin at nought, because what
  is looked at is how far offers lie apart.
- Two that would cover each other are stacked: the later one, from the left, goes up.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any, Final

from protocol.prices import amount_string
from protocol.vocabulary import minor_units

_MOST_STEPS: Final = 7
_ROUND: Final = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))
_THIN: Final = Decimal(1) / 15
"""How much of the axis a disc covers: 22 of 330 units."""
_PLACES: Final = Decimal("0.0001")


@dataclass(frozen=True, slots=True)
class Point:
    """One offer on the axis: from 0 at its beginning to 1 at its end, and how many discs are below it."""

    at: Decimal
    level: int


@dataclass(frozen=True, slots=True)
class Spread:
    """An axis: the amounts it is marked at, from its beginning to its end, and what lies on it."""

    marks: list[Decimal]
    limit: Decimal | None
    points: list[Point | None]


def spread(amounts: Sequence[Decimal | None], limit: Decimal | None, *, currency: str) -> Spread | None:
    """Lay amounts out on an axis, in their order; None where there are no two different ones."""
    known = [amount for amount in [*amounts, limit] if amount is not None]
    if len(set(known)) < 2:
        return None
    low, high = min(known), max(known)
    step = _step(high - low, currency)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    marks = [number * step for number in map(Decimal, range(int(first), int(last) + 1))]
    return Spread(marks, None if limit is None else _at(limit, marks), _points(amounts, marks))


def _step(span: Decimal, currency: str) -> Decimal:
    """Return the smallest round distance of marks that needs few of them."""
    coin = Decimal(1).scaleb(-minor_units(currency))
    size = Decimal(1).scaleb((span / _MOST_STEPS).adjusted())
    found = next(factor * size for factor in _ROUND if factor * size * _MOST_STEPS >= span)
    return max(found, coin)


def _points(amounts: Sequence[Decimal | None], marks: Sequence[Decimal]) -> list[Point | None]:
    at = [None if amount is None else _at(amount, marks) for amount in amounts]
    ends: list[Decimal] = []  # of each level: where its last disc lies
    levels: dict[int, int] = {}
    for place in sorted(range(len(at)), key=lambda place: (at[place] or Decimal(0), place)):
        here = at[place]
        if here is not None:
            free = [level for level, end in enumerate(ends) if here - end >= _THIN]
            level = free[0] if free else len(ends)
            ends[level : level + 1] = [here]
            levels[place] = level
    return [None if here is None else Point(here, levels[place]) for place, here in enumerate(at)]


def _at(amount: Decimal, marks: Sequence[Decimal]) -> Decimal:
    return ((amount - marks[0]) / (marks[-1] - marks[0])).quantize(_PLACES, ROUND_HALF_UP)


def view_spread(spread: Spread | None, offers: Sequence[str], *, currency: str) -> dict[str, Any] | None:
    """Show a spread as the owner's programs read it; `offers` are the ids of its points, in their order."""
    if spread is None:
        return None
    return {
        "marks": [
            {"at": str(_at(mark, spread.marks)), "amount": amount_string(mark, currency=currency)}
            for mark in spread.marks
        ],
        "limit": None if spread.limit is None else str(spread.limit),
        "points": [
            {"offer": offer, "at": str(point.at), "level": point.level}
            for offer, point in zip(offers, spread.points, strict=True)
            if point is not None
        ],
    }
