"""What an item of a price list is found by, so that an intention need not look at every item.

Rules that hold here:

- Keys only narrow: whatever `protocol.specifications.meets` takes for met is found by them, and it decides. A
  property test compares both with a look at every item.
- What a thing is, and the unit it is sold in, are found like properties: each of its kinds, its category, and
  its unit is a name that it has or has not. So a wish has them as musts.
- A property is found by its name (`protocol.propertynames`) and the kind of its unit, a number by its
  millionths in the kind's own unit, any other value by its text without regard to case and form.
  What is no whole number of millionths is rounded down wherever it stands, so that what lies between two
  bounds still does.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from hashlib import sha256
from math import floor
from typing import Any, Final

from node.core.likeness import called, wanted_by
from node.core.matching import Rule, is_answered
from protocol.caseless import caseless
from protocol.decimals import EXACT, PARTS
from protocol.errors import Unprocessable
from protocol.intentions import Intention
from protocol.propertynames import property_form
from protocol.quantities import Quantity, read_decimal
from protocol.specifications import Necessity, Property, Specification
from protocol.units import Unit, convert, unit_of, units_like
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME, UNIT_ONE

_IS: Final = "\0is"  # stands for a unit of properties, and is none
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
    """What an item must be to come into question: each must met, so much of it, ready in so many days.

    Of the list's items that are sold in one unit; `millionths` of it are wanted.
    """

    currency: str
    kind: tuple[Sought, ...]  # the unit first, then what it is, if it may not be any
    musts: tuple[Sought, ...]  # those among them
    wishes: tuple[Sought, ...]
    millionths: int
    lead_days: int


def keys_of(property: Property) -> Keys:
    """Return what a property of an item is found by."""
    number = _number(property.value, property.unit)
    if number is None:
        return Keys(_text_key(property.value), None)
    return Keys(_number_key(number), millionths(number))


def property_key(actor: str, name: str, unit: str) -> int:
    """Return the number under which an actor's items have a property, in whichever unit of one kind it is."""
    named = "\0".join((actor, unit_of(unit).kind, property_form(name)))
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


def keys_by_property(actor: str, document: Mapping[str, Any]) -> dict[int, Keys]:
    """Return all that an item of an actor is found by, from the document that `render_item` gives of it.

    As where offers are compared, the first of two properties with one name counts.
    """
    named = [
        Property(stated["property"], stated["value"], stated.get("unit", ""))
        for stated in document["properties"]
    ]
    named.append(Property(LEAD_TIME, str(document["lead_days"]), "d"))
    found: dict[int, Keys] = {}
    for property in named:
        found.setdefault(property_key(actor, property.name, property.unit), keys_of(property))
    kinds = {each.kind for each in called(document["name"], document.get("words", []))}
    unit = unit_of(document.get("unit", UNIT_ONE))
    category = document.get("category", "")
    for name in (*kinds, *([category] if category else []), _unit_name(unit)):
        found[property_key(actor, name, _IS)] = Keys(_IS, None)
    return found


def searches(intention: Intention, rule: Rule, *, now: datetime) -> list[Search]:
    """Return what to look for in the list, one by one; nothing if the rule does not answer an intention."""
    if not is_answered(intention, rule):
        return []
    end = intention.window_end
    lead_days = _LONGEST_LEAD if end is None else (end - now) // timedelta(days=1)
    musts, wishes = _sought(intention, Necessity.MUST), _sought(intention, Necessity.SHOULD)
    return [
        Search(
            currency=rule.currency,
            kind=(whole := (_is(_unit_name(each)), *kind)),
            musts=(*whole, *musts),
            wishes=wishes,
            millionths=millionths(Fraction(amount)),
            lead_days=lead_days,
        )
        for each, amount in _amounts(intention.quantity)
        for kind in _kinds(intention, rule)
    ]


def unbounded(search: Search) -> Search:
    """Return a search for the same kind of thing in the same unit, whatever it is like, however much."""
    return replace(search, musts=search.kind, millionths=0, lead_days=_LONGEST_LEAD)


def kinds_sought(intention: Intention, rule: Rule) -> list[Sought]:
    """Return what finds every item that is what is wanted; nothing if it may be any."""
    return [kind for kinds in _kinds(intention, rule) for kind in kinds]


def _kinds(intention: Intention, rule: Rule) -> list[tuple[Sought, ...]]:
    """Return the ways in which an item can be what is wanted, each as the musts that it adds."""
    if rule.category:
        return [()]
    wanted = wanted_by(intention.name)
    names = [intention.category or "", "" if wanted is None else wanted.kind]
    return [(_is(name),) for name in names if name]


def _amounts(wanted: Quantity) -> Iterator[tuple[Unit, Decimal]]:
    """Yield the units in which the list may sell what is wanted, each with how many of it are."""
    value, unit = Decimal(1) if wanted.value is None else wanted.value, unit_of(wanted.unit)
    for other in units_like(unit):
        amount = convert(value, unit, other)
        if amount is not None:
            yield other, amount


def _unit_name(unit: Unit) -> str:
    return f"{unit.kind} {unit.factor}"


def _is(name: str) -> Sought:
    """Return what finds the items that are called so, are of that category, or are sold in that unit."""
    return Sought(name, _IS, (_IS,))


def millionths(number: Fraction) -> int:
    """Return a number in whole millionths, rounded down; beyond what is kept, the bound on that side."""
    return max(min(floor(number * PARTS), MOST), LEAST)


def from_millionths(count: int) -> Decimal:
    """Return what so many millionths are, exactly."""
    return EXACT.divide(Decimal(count), Decimal(PARTS))


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
