"""What an item of a price list is found by, so that an intention need not look at every item.

Rules that hold here:

- Keys only narrow: whatever `protocol.specifications.meets` takes for met is found by them, and it decides. A
  property test compares both with a look at every item.
- A property is found by its name and the kind of its unit, a number by its millionths in the kind's own unit,
  any other value by its text, all without regard to case and form. What is no whole number of millionths is
  rounded down wherever it stands, so that what lies between two bounds still does.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, Decimal
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import Final

from node.core.matching import Rule
from protocol.caseless import caseless
from protocol.errors import Unprocessable
from protocol.intentions import Intention
from protocol.quantities import read_decimal
from protocol.specifications import Necessity, Property, Specification
from protocol.units import unit_of

_MILLION: Final = 10**6
_KEY_BYTES: Final = 7  # 56 bits: no two names of a list are alike, and if they were, more would be looked at
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
    number = _number(property.value, property.unit)
    if number is None:
        return Keys(_text_key(property.value), None)
    return Keys(_number_key(number), millionths(number))


def property_key(actor: str, name: str, unit: str) -> int:
    """Return the number under which an actor's items have a property, in whichever unit of one kind it is."""
    named = "\0".join((actor, unit_of(unit).kind, caseless(name)))
    return int.from_bytes(sha256(named.encode()).digest()[:_KEY_BYTES], "big")


def sought(specification: Specification) -> Sought:
    """Return what finds every item that meets a specification."""
    name, unit = specification.property, specification.unit
    if specification.value is None:
        least, most = specification.at_least, specification.at_most
        return Sought(
            name,
            unit,
            least=LEAST if least is None else millionths(_scaled(least, unit)),
            most=MOST if most is None else millionths(_scaled(most, unit)),
        )
    number = _number(specification.value, unit)
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


def millionths(number: Fraction) -> int:
    """Return a number in whole millionths, rounded down; beyond what is kept, the bound on that side."""
    return max(min(floor(number * _MILLION), MOST), LEAST)


def _sought(intention: Intention, necessity: Necessity) -> tuple[Sought, ...]:
    return tuple(
        sought(specification)
        for specification in intention.specifications
        if specification.necessity is necessity
    )


def _number(text: str, unit: str) -> Fraction | None:
    """Return a number in its unit's kind's own unit."""
    try:
        return _scaled(read_decimal(text), unit)
    except Unprocessable:
        return None


def _scaled(number: Decimal, unit: str) -> Fraction:
    return Fraction(number) * unit_of(unit).factor


def _number_key(number: Fraction) -> str:
    return f"#{millionths(number)}"


def _text_key(text: str) -> str:
    return f"={caseless(text)}"
