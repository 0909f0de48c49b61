"""What an item of a price list is found by, so that an intention need not look at every item.

Rules that hold here:

- Keys only narrow: whatever `protocol.specifications.meets` takes for met is found by them, and it decides. A
  property test compares both with a look at every item.
- A number is found by its millionths, which are exact (`protocol.quantities` allows six decimals); any other
  value by its text without regard to case.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from node.core.matching import Rule
from protocol.errors import Unprocessable
from protocol.intentions import Intention
from protocol.quantities import EXACT, read_decimal
from protocol.specifications import Necessity, Property, Specification

_MILLION: Final = Decimal(10**6)
MOST: Final = 10**18  # millionths: twelve digits before the point and six behind it
LEAST: Final = -MOST
_LONGEST_LEAD: Final = 2**31  # days; longer than any list may say


@dataclass(frozen=True, slots=True)
class Keys:
    """What a property of an item is found by; `millionths` is None for what is no number."""

    word: str
    millionths: int | None


@dataclass(frozen=True, slots=True)
class Sought:
    """A property that is looked for: one of these words, or a number from `least` to `most`."""

    name: str
    unit: str
    words: tuple[str, ...] = ()
    least: int = LEAST
    most: int = MOST


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What an item must be to come into question: each must met, so many pieces, ready in so many days."""

    currency: str
    musts: tuple[Sought, ...]
    wishes: tuple[Sought, ...]
    pieces: int
    lead_days: int


def keys_of(property: Property) -> Keys:
    """Return what a property of an item is found by."""
    number = _number(property.value)
    if number is None:
        return Keys(_text_key(property.value), None)
    return Keys(_number_key(number), millionths(number, ROUND_FLOOR))


def sought(specification: Specification) -> Sought:
    """Return what finds every item that meets a specification."""
    name, unit = specification.property, specification.unit
    if specification.value is None:
        least, most = specification.at_least, specification.at_most
        return Sought(
            name,
            unit,
            least=LEAST if least is None else millionths(least, ROUND_CEILING),
            most=MOST if most is None else millionths(most, ROUND_FLOOR),
        )
    number = _number(specification.value)
    # An offered text that is no number, such as " 7", meets "7" as text: both are looked for.
    words = (_text_key(specification.value), *(() if number is None else (_number_key(number),)))
    return Sought(name, unit, words)


def search(intention: Intention, rule: Rule, *, now: datetime) -> Search | None:
    """Return what to look for in the list; None if the rule does not answer such an intention."""
    if rule.currency != intention.currency or (rule.category and rule.category != intention.category):
        return None
    wanted, end = intention.quantity.value, intention.window_end
    return Search(
        currency=rule.currency,
        musts=_sought(intention, Necessity.MUST),
        wishes=_sought(intention, Necessity.SHOULD),
        pieces=1 if wanted is None else int(wanted.to_integral_value(ROUND_CEILING)),
        lead_days=_LONGEST_LEAD if end is None else (end - now) // timedelta(days=1),
    )


def millionths(number: Decimal, rounding: str) -> int:
    """Return a number in millionths; beyond what a list can hold, the bound on that side."""
    scaled = EXACT.multiply(number, _MILLION).to_integral_value(rounding)
    return int(max(min(scaled, Decimal(MOST)), Decimal(LEAST)))


def _sought(intention: Intention, necessity: Necessity) -> tuple[Sought, ...]:
    return tuple(
        sought(specification)
        for specification in intention.specifications
        if specification.necessity is necessity
    )


def _number(text: str) -> Decimal | None:
    try:
        return read_decimal(text)
    except Unprocessable:
        return None


def _number_key(number: Decimal) -> str:
    return f"#{millionths(number, ROUND_FLOOR)}"


def _text_key(text: str) -> str:
    return f"={text.strip().casefold()}"
