"""Offers side by side: what each costs and where it differs from the wish.

Rules that hold here:

- What a thing costs comes from the signed price lines, never from what a sender says; nothing here leaves the
  node.
- Totals are compared between like terms alone: as long, and for as much. Where terms differ, the order is by
  what a month costs, or, if a part is charged once, by what all cost over the time of the longest. A time of
  the customer's own goes before both.
"""

from collections.abc import Sequence
from dataclasses import field
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from fractions import Fraction
from math import lcm
from typing import Any, Final

from node.core.costs import cost_by_month, cost_over, is_endless, is_paid_by_month, months_of
from node.core.drafts import TERMS
from node.core.intentions import view_specification
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import amount_string
from protocol.specifications import Fit, Necessity, Specification, find, measured, meets
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME


class Basis(StrEnum):
    """By what offers are put in order."""

    TOTAL = "total"
    MONTH = "month"
    OVER = "over"


_A_YEAR = Decimal(12)  # in months: over that endless terms are compared with what is bought
_READY: Final = Specification(LEAD_TIME, at_most=Decimal(0), unit="d", necessity=Necessity.SHOULD)


@dataclass(frozen=True, slots=True)
class Ranking:
    """One order of several offers.

    Args:
        basis: what it goes by.
        over: for how many months, if it goes by that.
        order: their places, the best first.
        costs: what each costs by that, None where nobody can say.
        lowest: the places of those that cost least among others of like terms.
    """

    basis: Basis
    over: int | None
    order: list[int]
    costs: list[Decimal | None]
    lowest: frozenset[int]


@dataclass(frozen=True, slots=True)
class Difference:
    """One thing that was wanted and what is offered instead, or as well."""

    wanted: Specification
    offered: str | None
    fit: Fit


@dataclass(frozen=True, slots=True, kw_only=True)
class Tender:
    """One offer as it is compared: its terms, and what follows from them and the wish alone.

    Nothing here hangs on the time or on other offers, so it can be kept.

    Args:
        draft: its terms.
        total: what it costs over its whole term; None if nobody can know that beforehand.
        points: how it meets the wish, point by point.
        numbers: the number that it states for each point, in the unit that was asked for; None if it states
            none that can be compared.
        missed: how many hard specifications it does not show it meets.
        months: for how many months it runs (`costs.months_of`).
        monthly: what a month costs (`costs.cost_by_month`).
        runs_on: whether something is paid until somebody ends it.
        by_month: whether what a month costs says all.
        ready: in how many days it is had, by what it says of its delivery; None if it does not.
    """

    draft: Draft
    total: Decimal | None
    points: list[Difference]
    numbers: list[Fraction | None]
    missed: int
    months: Decimal | None
    monthly: Decimal | None
    runs_on: bool
    by_month: bool
    ready: Fraction | None
    # What it costs over so many months, once that has been asked for.
    _over: dict[int, Decimal | None] = field(default_factory=dict, init=False, repr=False, compare=False)

    def cost_over(self, months: int) -> Decimal | None:
        """Return what having it for so many months costs (`costs.cost_over`)."""
        if months not in self._over:
            self._over[months] = cost_over(self.draft, months)
        return self._over[months]


def read_tender(intention: Intention, draft: Draft) -> Tender:
    """Work out what follows from an offer's terms and the wish that it answers."""
    points = differences(intention, draft)
    return Tender(
        draft=draft,
        total=draft.total,
        points=points,
        numbers=[measured(wanted, draft.properties) for wanted in intention.specifications],
        missed=len(lacking(points)),
        months=months_of(draft),
        monthly=cost_by_month(draft),
        runs_on=is_endless(draft),
        by_month=is_paid_by_month(draft),
        ready=measured(_READY, draft.properties),
    )


def lacking(points: Sequence[Difference]) -> list[Fit]:
    """Return how what must be is not met: missed, or not said."""
    return [
        point.fit for point in points if point.wanted.necessity is Necessity.MUST and point.fit is not Fit.MET
    ]


def in_whole(numbers: Sequence[Fraction | None]) -> list[int | None]:
    """Return numbers as whole ones, each multiplied by the same: they compare as before, and sooner."""
    scale = lcm(*[number.denominator for number in numbers if number is not None])
    return [
        None if number is None else number.numerator * (scale // number.denominator) for number in numbers
    ]


def differences(intention: Intention, draft: Draft) -> list[Difference]:
    """List every specification with how the offered thing meets it, in the order of the wish."""
    return [
        Difference(wanted, _offered(wanted, draft), meets(wanted, draft.properties))
        for wanted in intention.specifications
    ]


def rank(
    tenders: Sequence[Tender], *, over: int | None = None, shut_out: frozenset[int] = frozenset()
) -> Ranking:
    """Put offers in order: fewest hard misses first, then what costs least.

    What has no cost comes after what has one: nobody can say that it costs less.

    Args:
        tenders: what is offered, by the wish that all of them answer.
        over: for how many months the customer wants it.
        shut_out: places of offers that nobody would accept, such as a blocked peer's; they come last.
    """
    basis, over = _basis(tenders, over)
    costs = [_cost(tender, basis, over) for tender in tenders]

    def order(place: int) -> tuple[bool, int, bool, Decimal]:
        cost, tender = costs[place], tenders[place]
        expected = tender.cost_over(int(_A_YEAR)) if cost is None else cost
        return place in shut_out, tender.missed, cost is None, expected or Decimal(0)

    places = sorted(range(len(tenders)), key=order)
    return Ranking(basis, over, places, costs, _lowest(tenders, shut_out))


def _basis(tenders: Sequence[Tender], over: int | None) -> tuple[Basis, int | None]:
    if over is not None:
        return Basis.OVER, over
    terms = {tender.months for tender in tenders}
    if len(terms) <= 1 and not any(tender.runs_on for tender in tenders):
        return Basis.TOTAL, None
    if all(tender.by_month for tender in tenders):
        return Basis.MONTH, None
    longest = max((months for months in terms if months is not None), default=_A_YEAR)
    return Basis.OVER, int(longest.to_integral_value(ROUND_CEILING))


def _cost(tender: Tender, basis: Basis, over: int | None) -> Decimal | None:
    if over is not None:
        return tender.cost_over(over)
    return tender.monthly if basis is Basis.MONTH else tender.total


def _lowest(tenders: Sequence[Tender], shut_out: frozenset[int]) -> frozenset[int]:
    """Return the places of the lowest totals: each among two or more of like terms that meet what must be."""
    alike: dict[object, list[tuple[Decimal, int]]] = {}
    for place, tender in enumerate(tenders):
        total = tender.total
        if total is not None and place not in shut_out and not tender.missed:
            draft = tender.draft
            terms = tender.months, draft.quantity.value, draft.quantity.unit, draft.currency
            alike.setdefault(terms, []).append((total, place))
    lowest: set[int] = set()
    for rivals in alike.values():
        least = min(rivals)[0]
        lowest |= {place for total, place in rivals if total == least and len(rivals) > 1}
    return frozenset(lowest)


def view_cost(draft: Draft, cost: Decimal | None) -> dict[str, Any]:
    """Show how long terms run and what they cost: by month, and by what an order goes by."""
    return _view_cost(draft, months_of(draft), cost_by_month(draft), cost)


def view_tender(tender: Tender, cost: Decimal | None) -> dict[str, Any]:
    """Show of an offer that is compared what `view_cost` shows of its terms."""
    return _view_cost(tender.draft, tender.months, tender.monthly, cost)


def _view_cost(
    draft: Draft, months: Decimal | None, monthly: Decimal | None, cost: Decimal | None
) -> dict[str, Any]:
    return {
        "months": None if months is None else f"{months.normalize():f}",
        "monthly": None if monthly is None else amount_string(monthly, currency=draft.currency),
        "cost": None if cost is None else amount_string(cost, currency=draft.currency),
    }


def within_limit(draft: Draft, limit: Decimal | None) -> bool | None:
    """Tell whether what is owed stays within the owner's limit; None if there is no limit, or nobody knows.

    What is owed at least tells that it does not, whatever comes to it.
    """
    if limit is None or draft.least > limit:
        return None if limit is None else False
    return None if draft.total is None else True


def differing(drafts: Sequence[Draft]) -> list[str]:
    """Name the terms, computed ones too, in which the drafts are not all alike, in the order of showing."""
    return [term.name for term in TERMS if any(term.view(draft) != term.view(drafts[0]) for draft in drafts)]


def view_difference(difference: Difference) -> dict[str, Any]:
    """Show a difference as the owner's programs read it."""
    return {
        **view_specification(difference.wanted),
        "offered": difference.offered,
        "fit": difference.fit.value,
    }


def _offered(wanted: Specification, draft: Draft) -> str | None:
    property = find(draft.properties, wanted.property)
    return None if property is None else f"{property.value} {property.unit}".strip()
