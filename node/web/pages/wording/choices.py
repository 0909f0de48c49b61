"""Choices: two offers of one business of which somebody takes either, beside each other."""

from collections.abc import Mapping, Sequence
from typing import Any

from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OfferChoice:
    """Two offers to choose from; `by_data` says that the first is with the customer's data, the other not."""

    first: Mapping[str, Any]
    second: Mapping[str, Any]
    by_data: bool


def between(one: Mapping[str, Any], other: Mapping[str, Any]) -> OfferChoice:
    """Put two offers beside each other, the one with terms about data first."""
    first, second = sorted((one, other), key=lambda offer: offer["terms"] is None)
    by_data = first["terms"] is not None and second["terms"] is None
    return OfferChoice(first=first, second=second, by_data=by_data)


def among(offers: Sequence[Mapping[str, Any]]) -> list[OfferChoice]:
    """Return the choices between some offers, in their order."""
    known = {offer["id"]: offer for offer in offers}
    named = ((known.get(offer["alternative_to"]), offer) for offer in offers)
    return [between(other, offer) for other, offer in named if other is not None]
