"""Offers side by side: what each costs and where it differs from the wish.

Rules that hold here:

- What a thing costs comes from the signed price lines, never from what a sender says; nothing here leaves the
  node.
- Totals are compared between like terms alone: as long, and for as much. Where terms differ, the order is by
  what a month costs, or, if a part is charged once, by what all cost over the time of the longest. A time of
  the customer's own goes before both.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from enum import StrEnum
from typing import Any

from node.core.costs import cost_by_month, cost_over, is_endless, is_paid_by_month, months_of
from node.core.drafts import TERMS
from node.core.intentions import view_specification
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import amount_string
from protocol.specifications import Fit, Necessity, Specification, find, meets


class Basis(StrEnum):
    """By what offers are put in order."""

    TOTAL = "total"
    MONTH = "month"
    OVER = "over"


_A_YEAR = Decimal(12)  # in months: over that endless terms are compared with what is bought


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


def differences(intention: Intention, draft: Draft) -> list[Difference]:
    """List every specification with how the offered thing meets it, in the order of the wish."""
    return [
        Difference(wanted, _offered(wanted, draft), meets(wanted, draft.properties))
        for wanted in intention.specifications
    ]


def misses(intention: Intention, draft: Draft) -> int:
    """Count the hard specifications that the offer does not show it meets."""
    return sum(
        difference.fit is not Fit.MET and difference.wanted.necessity is Necessity.MUST
        for difference in differences(intention, draft)
    )


def rank(
    intention: Intention,
    drafts: Sequence[Draft],
    *,
    over: int | None = None,
    shut_out: frozenset[int] = frozenset(),
) -> Ranking:
    """Put offers in order: fewest hard misses first, then what costs least.

    What has no cost comes after what has one: nobody can say that it costs less.

    Args:
        intention: what is wanted.
        drafts: what is offered.
        over: for how many months the customer wants it.
        shut_out: places of offers that nobody would accept, such as a blocked peer's; they come last.
    """
    basis, over = _basis(drafts, over)
    costs = [_cost(draft, basis, over) for draft in drafts]

    def order(place: int) -> tuple[bool, int, bool, Decimal]:
        cost, missed = costs[place], misses(intention, drafts[place])
        expected = cost_over(drafts[place], int(_A_YEAR)) if cost is None else cost
        return place in shut_out, missed, cost is None, expected or Decimal(0)

    places = sorted(range(len(drafts)), key=order)
    return Ranking(basis, over, places, costs, _lowest(intention, drafts, shut_out))


def _basis(drafts: Sequence[Draft], over: int | None) -> tuple[Basis, int | None]:
    if over is not None:
        return Basis.OVER, over
    terms = {months_of(draft) for draft in drafts}
    if len(terms) <= 1 and not any(is_endless(draft) for draft in drafts):
        return Basis.TOTAL, None
    if all(is_paid_by_month(draft) for draft in drafts):
        return Basis.MONTH, None
    longest = max((months for months in terms if months is not None), default=_A_YEAR)
    return Basis.OVER, int(longest.to_integral_value(ROUND_CEILING))


def _cost(draft: Draft, basis: Basis, over: int | None) -> Decimal | None:
    if over is not None:
        return cost_over(draft, over)
    return cost_by_month(draft) if basis is Basis.MONTH else draft.total


def _lowest(intention: Intention, drafts: Sequence[Draft], shut_out: frozenset[int]) -> frozenset[int]:
    """Return the places of the lowest totals: each among two or more of like terms that meet what must be."""
    alike: dict[object, list[tuple[Decimal, int]]] = {}
    for place, draft in enumerate(drafts):
        total = draft.total
        if total is not None and place not in shut_out and not misses(intention, draft):
            terms = months_of(draft), draft.quantity, draft.currency
            alike.setdefault(terms, []).append((total, place))
    rivals = [some for some in alike.values() if len(some) > 1]
    return frozenset(place for some in rivals for total, place in some if total == min(some)[0])


def view_cost(draft: Draft, cost: Decimal | None) -> dict[str, Any]:
    """Show how long terms run and what they cost: by month, and by what an order goes by."""
    months, monthly = months_of(draft), cost_by_month(draft)
    return {
        "months": None if months is None else f"{months.normalize():f}",
        "monthly": None if monthly is None else amount_string(monthly, currency=draft.currency),
        "cost": None if cost is None else amount_string(cost, currency=draft.currency),
    }


def within_limit(draft: Draft, limit: Decimal | None) -> bool | None:
    """Tell whether the total stays within the owner's limit; None if there is no limit, or no total."""
    total = draft.total
    return None if limit is None or total is None else total <= limit


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
