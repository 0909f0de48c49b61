"""Amounts of something: an exact decimal and its unit.

Rules that hold here:

- A quantity is a decimal text on the wire and a `Decimal` inside. A JSON float never carries one: 0.1 has no
  exact value, and canonical JSON would round it.
- Readers take what FEP-0837 software writes: "1", 1, {"@value": "1"} and typed decimals.
- Digits are bounded, so every sum and product of the protocol is exact (`protocol.decimals`).

Sources: FEP-0837 (resourceQuantity), Ontology of units of Measure 2, XML Schema 1.1 Part 2 §3.3.3 (decimal).
"""

import re
from decimal import Decimal
from functools import lru_cache
from typing import Final

from protocol import codes
from protocol.decimals import DECIMALS, INTEGER_DIGITS, decimal_string
from protocol.errors import Unprocessable
from protocol.jsonld import one
from protocol.members import NAME_LIMIT, missing, read_required_text, read_within, refuse_unknown
from protocol.strictjson import Document, Json
from protocol.values import dataclass
from protocol.vocabulary import OM2, UNIT_ONE, VALUEFLOWS, XSD

# Bounded before it is converted: Decimal("1E+999999999") is quick to make and endless to write out. Twice 24
# digits are fewer than EXACT holds; two digits of exponent are more than 12 integer digits and 6 decimals can
# use.
_DECIMAL = re.compile(r"[+-]?(?:\d{1,24}(?:\.\d{0,24})?|\.\d{1,24})(?:[eE][+-]?\d{1,2})?", re.ASCII)

# What most numbers look like; nothing that looks so is refused.
_USUAL_NUMBER = re.compile(rf"\d{{1,{INTEGER_DIGITS}}}(?:\.\d{{1,{DECIMALS}}})?", re.ASCII)
_USUAL_LENGTH: Final = INTEGER_DIGITS + 1 + DECIMALS

_EXACT_TYPES = ("decimal", "integer", "nonNegativeInteger", "positiveInteger", "int", "long", "string")
_DECIMAL_TYPES = (None, *(prefix + name for prefix in (XSD, "xsd:") for name in _EXACT_TYPES))

_UNIT_PREFIXES = (OM2, "om2:", VALUEFLOWS, "vf:")
# Some software takes the two members for ValueFlows' own; expansion leaves them under their whole address
# then.
_ALIASES = {VALUEFLOWS + "hasUnit": "hasUnit", VALUEFLOWS + "hasNumericalValue": "hasNumericalValue"}
_MEMBERS = frozenset({"type", "hasUnit", "hasNumericalValue"})


@dataclass(frozen=True, slots=True)
class Quantity:
    """So many of a unit; without a value, any number of it."""

    value: Decimal | None
    unit: str = UNIT_ONE


def read_quantity(json: Json) -> Quantity:
    """Read a `resourceQuantity`: not negative, its unit without the prefix of its ontology.

    Raises:
        Unprocessable: `wrong-shape`, `unknown-member`, `missing-member`, `negative-quantity`, or as
            `read_decimal`.
    """
    return _read_usual_quantity(json) or _read_any_quantity(json)


def read_resource_quantity(holder: Document, *, of: str) -> Quantity:
    """Read the `resourceQuantity` of an intent or a commitment, which is what `of` holds.

    Raises:
        Unprocessable: as `read_quantity`, with its place.
    """

    def read(quantity: Json) -> Quantity:
        return read_within("resourceQuantity", read_quantity, quantity)

    return read_within(of, read, holder.get("resourceQuantity"))


def _read_usual_quantity(json: Json) -> Quantity | None:
    """Read a usual number of a unit without a prefix, as `_read_any_quantity` does; None for any other."""
    if type(json) is not dict or len(json) != 2:
        return None
    unit, number = json.get("hasUnit"), json.get("hasNumericalValue")
    if type(unit) is not str or ":" in unit or not 0 < len(unit) <= NAME_LIMIT or type(number) is not str:
        return None
    value = _read_usual_number(number) if len(number) <= _USUAL_LENGTH else None
    return None if value is None else Quantity(value, unit)


def _read_any_quantity(json: Json) -> Quantity:
    document = one(json)
    if not isinstance(document, dict):
        raise Unprocessable(
            codes.WRONG_SHAPE, "A quantity is not an object with hasUnit and hasNumericalValue."
        )
    document = _rename(document)
    refuse_unknown(document, known=_MEMBERS, what="The quantity")
    unit = _read_unit(document)
    if document.get("hasNumericalValue") is None:
        return Quantity(None, unit)
    value = read_within("hasNumericalValue", read_decimal, document["hasNumericalValue"])
    if value < 0:
        raise Unprocessable(codes.NEGATIVE_QUANTITY)
    return Quantity(value, unit)


def render_quantity(quantity: Quantity) -> Document:
    """Write a `resourceQuantity`."""
    if quantity.value is None:
        return {"hasUnit": quantity.unit}
    return {"hasUnit": quantity.unit, "hasNumericalValue": decimal_string(quantity.value)}


def read_decimal(json: Json) -> Decimal:
    """Read an exact number of at most 12 integer digits and 6 decimals.

    Raises:
        Unprocessable: `inexact-number` for a JSON float or a typed double, `malformed-number` for what is no
            finite number, `number-too-long` beyond the digits.
    """
    if type(json) is str and len(json) <= _USUAL_LENGTH:
        usual = _read_usual_number(json)
        if usual is not None:
            return usual
    return _read_any_number(json)


# Offers repeat their numbers, and a Decimal never changes.
@lru_cache(maxsize=1_024)
def _read_usual_number(text: str) -> Decimal | None:
    """Read digits, with a point among them or without, as `_read_any_number` does; None for anything else."""
    return _bounded(Decimal(text)) if _USUAL_NUMBER.fullmatch(text) else None


def _read_any_number(json: Json) -> Decimal:
    json = _untyped(json)
    if isinstance(json, bool) or not isinstance(json, str | int):
        raise Unprocessable(codes.MALFORMED_NUMBER)
    text = str(json)
    if not _DECIMAL.fullmatch(text):
        raise Unprocessable(codes.MALFORMED_NUMBER)
    return _bounded(Decimal(text))


def _untyped(json: Json) -> Json:
    json = one(json)
    if isinstance(json, dict) and "@value" in json and json.keys() <= {"@value", "@type"}:
        if json.get("@type") not in _DECIMAL_TYPES:
            raise Unprocessable(codes.INEXACT_NUMBER)
        json = json["@value"]
    if isinstance(json, float):
        raise Unprocessable(
            codes.INEXACT_NUMBER, "A number is a JSON float, which is not exact; write it as text."
        )
    return json


def _bounded(value: Decimal) -> Decimal:
    text = decimal_string(value)
    _, _, decimals = text.partition(".")
    if value.adjusted() >= INTEGER_DIGITS or len(decimals) > DECIMALS:
        raise Unprocessable(codes.NUMBER_TOO_LONG)
    return Decimal(text)


def _rename(document: Document) -> Document:
    renamed = {_ALIASES.get(member, member): value for member, value in document.items()}
    if len(renamed) < len(document):
        raise Unprocessable(codes.WRONG_SHAPE, "A quantity says the same thing twice.")
    return renamed


def _read_unit(document: Document) -> str:
    unit = read_required_text(document, "hasUnit")
    for prefix in _UNIT_PREFIXES:
        unit = unit.removeprefix(prefix)
    if not unit:
        raise missing("hasUnit")
    return unit
