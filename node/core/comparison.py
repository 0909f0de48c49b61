"""Offers side by side: what each costs over its term and where it differs from the wish.

Totals come from the signed price lines, never from what a sender says; nothing here leaves the node.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from node.core.drafts import TERMS
from node.core.intentions import view_specification
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.specifications import Fit, Necessity, Specification, find, meets


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


def rank(intention: Intention, drafts: Sequence[Draft]) -> list[int]:
    """Return the places of the drafts, best first: fewest hard misses, then the lowest total.

    A draft without a total comes after those with one: nobody can say that it costs less.
    """

    def order(place: int) -> tuple[int, bool, Decimal]:
        total = drafts[place].total
        return misses(intention, drafts[place]), total is None, total or Decimal(0)

    return sorted(range(len(drafts)), key=order)


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
