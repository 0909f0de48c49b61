"""What is wanted, property by property, and whether an offered thing has it.

Rules that hold here:

- A specification names one property and either its value or its bounds; an offered property has one value.
- Texts compare without regard to case and form (`protocol.caseless`), names also as they are spelled
  (`protocol.propertynames`), numbers as numbers, in whichever units of one kind they are (`protocol.units`).
  What cannot be compared is `unknown`, never met.
- No name is stated twice. Two spellings of one may be, which others see as two: then the first counts.
- The list is what a wish says in machine terms; nothing is guessed from its text.

Sources: schema.org PropertyValue (propertyID, value, minValue, maxValue, unitText); `necessity` is ours.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction

from protocol import codes
from protocol.caseless import caseless
from protocol.decimals import decimal_string
from protocol.errors import Unprocessable
from protocol.members import (
    NAME_LIMIT,
    literal,
    missing,
    read_choice,
    read_list,
    read_object,
    read_required_text,
    read_text,
    read_within,
)
from protocol.propertynames import property_form
from protocol.quantities import read_decimal
from protocol.strictjson import Document, Json
from protocol.units import ratio, unit_of
from protocol.values import dataclass

_PROPERTY_MEMBERS = frozenset({"type", "propertyID", "value", "unitText"})
_MEMBERS = _PROPERTY_MEMBERS | {"minValue", "maxValue", "necessity"}


class Necessity(StrEnum):
    """How much a specification matters."""

    MUST = "must"
    SHOULD = "should"


class Fit(StrEnum):
    """How an offered thing compares to one specification."""

    MET = "met"
    MISSED = "missed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Specification:
    """What one property should be: a value, or a range with at least one bound (both included)."""

    property: str
    value: str | None = None
    at_least: Decimal | None = None
    at_most: Decimal | None = None
    unit: str = ""
    necessity: Necessity = Necessity.MUST


@dataclass(frozen=True, slots=True)
class Property:
    """What one property of an offered thing is."""

    name: str
    value: str
    unit: str = ""


def read_specifications(document: Document) -> tuple[Specification, ...]:
    """Read the specifications of an intent from its `additionalProperty`, at most 64.

    Raises:
        Unprocessable: `unknown-member`, `missing-member`, `unknown-necessity`, `malformed-specification`,
            `too-many`.
    """
    items = read_list(document, "additionalProperty")
    return tuple(read_within("additionalProperty", _read_specification, item) for item in items)


def render_specifications(specifications: Iterable[Specification]) -> list[Document]:
    """Write specifications as schema.org PropertyValues."""
    return [_render_specification(specification) for specification in specifications]


def read_properties(document: Document) -> tuple[Property, ...]:
    """Read the properties of an offered thing from its `additionalProperty`: at most 64, none twice.

    One that is spelled in two ways is there twice: only the first would be compared.

    Raises:
        Unprocessable: `unknown-member`, `missing-member`, `repeated-property`, `too-many`.
    """
    items = read_list(document, "additionalProperty")
    properties = [
        _read_usual_property(item) or read_within("additionalProperty", _read_any_property, item)
        for item in items
    ]
    if len({property_form(property.name) for property in properties}) < len(properties):
        raise Unprocessable(codes.REPEATED_PROPERTY)
    return tuple(properties)


def render_properties(properties: Iterable[Property]) -> list[Document]:
    """Write properties as schema.org PropertyValues."""
    return [_render_property(property) for property in properties]


def meets(specification: Specification, properties: Sequence[Property]) -> Fit:
    """Compare an offered thing to one specification.

    Numbers compare as numbers ("7.0" is "7", 1000 g are 1 kg), other values as text. A property that is not
    stated, is in a unit of another kind, or is no number where a bound is asked for, leaves it unknown.
    """
    offered = find(properties, specification.property)
    scale = _scale(specification, offered)
    if offered is None or scale is None:
        return Fit.UNKNOWN
    number = _number(offered.value)
    if specification.value is not None:
        if number is not None:
            return _verdict(met=number * scale == _number(specification.value))
        return _verdict(met=caseless(offered.value) == caseless(specification.value))
    if number is None:
        return Fit.UNKNOWN
    number *= scale
    above = specification.at_least is None or number >= Fraction(specification.at_least)
    below = specification.at_most is None or number <= Fraction(specification.at_most)
    return _verdict(met=above and below)


def measured(specification: Specification, properties: Sequence[Property]) -> Fraction | None:
    """Return the offered number in the unit that was asked for; None if none can be compared."""
    offered = find(properties, specification.property)
    scale, number = _scale(specification, offered), None if offered is None else _number(offered.value)
    return None if scale is None or number is None else number * scale


def _scale(specification: Specification, offered: Property | None) -> Fraction | None:
    return None if offered is None else ratio(unit_of(offered.unit), unit_of(specification.unit))


def find(properties: Sequence[Property], name: str) -> Property | None:
    """Return the property that is called so, the first of several."""
    sought = property_form(name)
    for property in properties:
        if property_form(property.name) == sought:
            return property
    return None


def _verdict(*, met: bool) -> Fit:
    return Fit.MET if met else Fit.MISSED


def _number(text: str) -> Fraction | None:
    try:
        return Fraction(read_decimal(text))
    except Unprocessable:
        return None


def _read_specification(json: Json) -> Specification:
    document = read_object(json, type="PropertyValue", known=_MEMBERS)
    value, at_least, at_most = (
        _read_value(document),
        _read_bound(document, "minValue"),
        _read_bound(document, "maxValue"),
    )
    if (value is None) == (at_least is None and at_most is None):
        raise Unprocessable(codes.MALFORMED_SPECIFICATION, "A specification needs either a value or bounds.")
    if at_least is not None and at_most is not None and at_least > at_most:
        raise Unprocessable(
            codes.MALFORMED_SPECIFICATION, "A specification has its lower bound above its upper one."
        )
    name, unit = read_required_text(document, "propertyID"), read_text(document, "unitText")
    # Whoever does not say that something is only nice to have means it.
    necessity = read_choice(document, "necessity", Necessity, codes.UNKNOWN_NECESSITY) or Necessity.MUST
    return Specification(name, value, at_least, at_most, unit, necessity)


def _read_usual_property(json: Json) -> Property | None:
    """Read a property that is made of texts alone, as nearly all are; None for any other, right or wrong."""
    if type(json) is not dict or json.get("type") != "PropertyValue":
        return None
    name, value, unit = json.get("propertyID"), json.get("value"), json.get("unitText", "")
    if type(name) is not str or type(value) is not str or type(unit) is not str or not (name and value):
        return None
    is_whole = len(json) == 3 + ("unitText" in json)
    is_short = len(name) <= NAME_LIMIT and len(value) <= NAME_LIMIT and len(unit) <= NAME_LIMIT
    return Property(name, value, unit) if is_whole and is_short else None


def _read_any_property(json: Json) -> Property:
    document = read_object(json, type="PropertyValue", known=_PROPERTY_MEMBERS)
    value = _read_value(document)
    if value is None:
        raise missing("value")
    return Property(read_required_text(document, "propertyID"), value, read_text(document, "unitText"))


def _read_value(document: Document) -> str | None:
    """Read a value as text: schema.org allows texts, numbers and truth values."""
    value = document.get("value")
    if not isinstance(value, str):
        value = literal(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, int | float):
            return decimal_string(read_decimal(value))
    return read_text(document, "value") or None


def _read_bound(document: Document, member: str) -> Decimal | None:
    json = document.get(member)
    return None if json is None else read_within(member, read_decimal, json)


def _render_specification(specification: Specification) -> Document:
    document: Document = {"type": "PropertyValue", "propertyID": specification.property}
    if specification.value is not None:
        document["value"] = specification.value
    if specification.at_least is not None:
        document["minValue"] = decimal_string(specification.at_least)
    if specification.at_most is not None:
        document["maxValue"] = decimal_string(specification.at_most)
    if specification.unit:
        document["unitText"] = specification.unit
    return {**document, "necessity": specification.necessity.value}


def _render_property(property: Property) -> Document:
    document: Document = {"type": "PropertyValue", "propertyID": property.name, "value": property.value}
    if property.unit:
        document["unitText"] = property.unit
    return document
