"""Standings: what sets one offer apart beside others: its judgement, how far off it is, what it costs more.

Rules that hold here:

- Whether an offer fits comes before what it costs: a judgement names the first thing that should give pause.
- The best value of a point is that of a number that was bounded on one side, meets it, and is not shared by
  all; where words were asked for nothing is better than what fits.
- What is measured from here is the lowest offer that fits; the limit is the owner's, and stays home.
"""

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from enum import StrEnum
from fractions import Fraction
from typing import Any, Final

from node.core.comparison import Difference, Ranking, Tender, in_whole, lacking, view_difference
from protocol.decimals import decimal_string
from protocol.offers import Draft
from protocol.prices import amount_string
from protocol.specifications import Fit, Specification, find
from protocol.values import dataclass

_HUNDREDTH: Final = Decimal("0.01")


class Judgement(StrEnum):
    """What is to be said of an offer first."""

    SHUT_OUT = "shut-out"  # nobody would accept it: its maker is blocked, or has a key that waits
    MISSES = "misses"  # something that must be is not
    UNSAID = "unsaid"  # it does not say whether something that must be is
    OVER_LIMIT = "over-limit"
    FITS = "fits"  # whatever must be, and not all that was hoped for
    FITS_ALL = "fits-all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placing:
    """One offer beside the others.

    Args:
        judgement: what is to be said of it first.
        points: how it meets the wish, point by point.
        best: the places among `points` in which it has the best value.
        off: how far each value lies beyond its bound, in the unit that was asked for, below zero if it is too
            little; None where it fits, or cannot be measured.
        above_limit: by how much the total is above the owner's limit, below zero if it is under it.
        above_lowest: by how much the cost is above that of the lowest offer that fits.
    """

    judgement: Judgement
    points: list[Difference]
    best: frozenset[int]
    off: list[Decimal | None]
    above_limit: Decimal | None
    above_lowest: Decimal | None


@dataclass(frozen=True, slots=True)
class Yardstick:
    """What each of several offers is measured by: what is best among all of them.

    Args:
        best: for each point of the wish, the places of the offers with the best value.
        lowest: the cost of the lowest that fits, by what their ranking goes by; None if there is none.
    """

    best: list[frozenset[int]]
    lowest: Decimal | None


def yardstick(
    tenders: Sequence[Tender], ranking: Ranking, *, shut_out: frozenset[int] = frozenset()
) -> Yardstick:
    """Find what offers are measured by."""
    return Yardstick(_best(tenders), _lowest_that_fits(tenders, ranking, shut_out))


def standings(
    tenders: Sequence[Tender],
    ranking: Ranking,
    measure: Yardstick,
    places: Sequence[int],
    *,
    limit: Decimal | None = None,
    shut_out: frozenset[int] = frozenset(),
) -> list[Placing]:
    """Say of the offers at these places how each stands beside all others, in the order of the places."""
    found = []
    for place in places:
        tender = tenders[place]
        found.append(
            Placing(
                judgement=judge(tender, limit=limit, is_shut_out=place in shut_out),
                points=tender.points,
                best=frozenset(number for number, having in enumerate(measure.best) if place in having),
                off=[
                    off(point.wanted, number) if point.fit is Fit.MISSED else None
                    for point, number in zip(tender.points, tender.numbers, strict=True)
                ],
                above_limit=above(tender.total, limit),
                above_lowest=above(ranking.costs[place], measure.lowest),
            )
        )
    return found


def judge(tender: Tender, *, limit: Decimal | None, is_shut_out: bool) -> Judgement:
    """Return what is to be said of an offer first."""
    if is_shut_out:
        return Judgement.SHUT_OUT
    if tender.missed:
        return Judgement.MISSES if Fit.MISSED in lacking(tender.points) else Judgement.UNSAID
    above_limit = above(tender.total, limit)
    if above_limit is not None and above_limit > 0:
        return Judgement.OVER_LIMIT
    return Judgement.FITS_ALL if all(point.fit is Fit.MET for point in tender.points) else Judgement.FITS


def above(amount: Decimal | None, other: Decimal | None) -> Decimal | None:
    """Return by how much one amount is above another, None if either is unknown."""
    return None if amount is None or other is None else amount - other


def off(wanted: Specification, number: Fraction | None) -> Decimal | None:
    """Return how far a number is beyond its bound, to the hundredth; None if it is not, or nobody knows."""
    if number is None:
        return None
    beyond = Fraction(0)
    if wanted.at_least is not None:
        beyond = min(number - Fraction(wanted.at_least), beyond)
    if wanted.at_most is not None and not beyond:
        beyond = max(number - Fraction(wanted.at_most), beyond)
    said = (Decimal(beyond.numerator) / Decimal(beyond.denominator)).quantize(_HUNDREDTH, ROUND_HALF_UP)
    return said or None


def _best(tenders: Sequence[Tender]) -> list[frozenset[int]]:
    """Return for each point of the wish which offers have the best value."""
    points = tenders[0].points if tenders else []
    return [
        best_of(point.wanted, [tender.numbers[number] for tender in tenders])
        for number, point in enumerate(points)
    ]


def best_of(wanted: Specification, numbers: Sequence[Fraction | None]) -> frozenset[int]:
    """Return the places of the offers with the best value for one point; nobody's if all are alike."""
    if (wanted.at_least is None) == (wanted.at_most is None):
        return frozenset()
    whole = in_whole(numbers)
    known = [number for number in whole if number is not None]
    if not known:
        return frozenset()
    best = min(known) if wanted.at_least is None else max(known)
    places = frozenset(place for place, number in enumerate(whole) if number == best)
    meets = off(wanted, numbers[min(places)]) is None
    return places if meets and len(places) < len(numbers) else frozenset()


def _lowest_that_fits(
    tenders: Sequence[Tender], ranking: Ranking, shut_out: frozenset[int]
) -> Decimal | None:
    costs = [
        cost
        for place, cost in enumerate(ranking.costs)
        if cost is not None and place not in shut_out and not tenders[place].missed
    ]
    return min(costs) if costs else None


def view_standing(standing: Placing, draft: Draft) -> dict[str, Any]:
    """Show how an offer stands beside the others, as the owner's programs read it."""
    return {
        "judgement": standing.judgement.value,
        "difference": [
            {
                **view_difference(point),
                "stated": _view_stated(point.wanted, draft),
                "off": None if off is None else decimal_string(off),
                "best": number in standing.best,
            }
            for number, (point, off) in enumerate(zip(standing.points, standing.off, strict=True))
        ],
        "above_limit": _view_amount(standing.above_limit, draft.currency),
        "above_lowest": _view_amount(standing.above_lowest, draft.currency),
    }


def _view_stated(wanted: Specification, draft: Draft) -> dict[str, str] | None:
    stated = find(draft.properties, wanted.property)
    return None if stated is None else {"value": stated.value, "unit": stated.unit}


def _view_amount(amount: Decimal | None, currency: str) -> str | None:
    return None if amount is None else amount_string(amount, currency=currency)
