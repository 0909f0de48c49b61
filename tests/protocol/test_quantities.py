"""Exact decimals and their units."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.decimals import DECIMALS, EXACT, INTEGER_DIGITS, decimal_string
from protocol.errors import Unprocessable
from protocol.quantities import Quantity, read_decimal, read_quantity, render_quantity
from protocol.vocabulary import OM2, VALUEFLOWS, XSD

DECIMALS_ON_THE_WIRE = st.decimals(
    min_value=-(Decimal(10) ** INTEGER_DIGITS) + 1,
    max_value=Decimal(10) ** INTEGER_DIGITS - 1,
    places=DECIMALS,
    allow_nan=False,
)


@pytest.mark.parametrize(
    ("json", "value"),
    [
        ("1", "1"),
        (1, "1"),
        ({"@value": "1"}, "1"),
        ({"@value": 1}, "1"),
        ({"@value": "1.50", "@type": XSD + "decimal"}, "1.5"),
        ({"@value": "30", "@type": "xsd:integer"}, "30"),
        (["30"], "30"),
        ("007", "7"),
        ("+5", "5"),
        (".5", "0.5"),
        ("5.", "5"),
        ("-0.000", "0"),
        (-3, "-3"),
        ("1E+2", "100"),
        ("999999999999.999999", "999999999999.999999"),
        ("000000000001.500000000000", "1.5"),
    ],
    ids=repr,
)
def test_a_number_is_read_in_every_spelling_in_use(json: Any, value: str) -> None:
    assert read_decimal(json) == Decimal(value)
    assert str(read_decimal(json)) == value


@pytest.mark.parametrize(
    ("json", "code"),
    [
        (0.1, "inexact-number"),
        (1.0, "inexact-number"),
        (1e-7, "inexact-number"),
        ({"@value": 0.5}, "inexact-number"),
        ({"@value": "1", "@type": XSD + "double"}, "inexact-number"),
        ({"@value": "1", "@type": ["xsd:decimal"]}, "inexact-number"),
        ({"@value": "1", "@language": "en"}, "malformed-number"),
        (None, "malformed-number"),
        (True, "malformed-number"),
        ("", "malformed-number"),
        (".", "malformed-number"),
        ("NaN", "malformed-number"),
        ("Infinity", "malformed-number"),
        ("1,5", "malformed-number"),
        ("1_000", "malformed-number"),
        (" 1", "malformed-number"),
        ("1\n", "malformed-number"),
        ("\u0661", "malformed-number"),
        ("0x1", "malformed-number"),
        ("1E999999999", "malformed-number"),
        ("1" * 100_000, "malformed-number"),
        ("1E+12", "number-too-long"),
        (10**12, "number-too-long"),
        ("1E-7", "number-too-long"),
        ("0.0000001", "number-too-long"),
    ],
)
def test_a_number_that_is_not_exact_and_bounded_is_refused(json: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_decimal(json)


@given(DECIMALS_ON_THE_WIRE)
def test_a_number_survives_the_round_trip(value: Decimal) -> None:
    text = decimal_string(value)
    assert read_decimal(text) == value
    assert decimal_string(read_decimal(text)) == text
    assert "E" not in text


@given(DECIMALS_ON_THE_WIRE, st.integers(min_value=0, max_value=20))
def test_equal_numbers_have_one_spelling(value: Decimal, zeros: int) -> None:
    padded = format(value, "f") + ("" if "." in str(value) else ".") + "0" * zeros
    assert decimal_string(Decimal(padded)) == decimal_string(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.00", "0"), ("-0", "0"), ("24.90", "24.9"), ("100", "100"), ("1E+3", "1000"), ("-0.50", "-0.5")],
)
def test_a_number_is_written_the_shortest_way(value: str, text: str) -> None:
    assert decimal_string(Decimal(value)) == text


def test_exact_arithmetic_raises_rather_than_rounds() -> None:
    with pytest.raises(ArithmeticError):
        EXACT.divide(Decimal(1), Decimal(3))


@pytest.mark.parametrize(
    ("json", "quantity"),
    [
        ({"hasUnit": "one", "hasNumericalValue": "30"}, Quantity(Decimal(30), "one")),
        ({"hasUnit": "one"}, Quantity(None, "one")),
        ({"hasUnit": "one", "hasNumericalValue": None}, Quantity(None, "one")),
        ({"hasUnit": "om2:kilogram", "hasNumericalValue": 2}, Quantity(Decimal(2), "kilogram")),
        ({"hasUnit": OM2 + "one", "hasNumericalValue": "0"}, Quantity(Decimal(0), "one")),
        ({"hasUnit": "vf:one", "type": "Measure"}, Quantity(None, "one")),
        (
            {VALUEFLOWS + "hasUnit": "one", VALUEFLOWS + "hasNumericalValue": "1"},
            Quantity(Decimal(1), "one"),
        ),
        ([{"hasUnit": ["one"]}], Quantity(None, "one")),
    ],
)
def test_a_quantity_is_read(json: Any, quantity: Quantity) -> None:
    assert read_quantity(json) == quantity
    assert read_quantity(render_quantity(quantity)) == quantity


@pytest.mark.parametrize(
    ("json", "code"),
    [
        (None, "wrong-shape"),
        ("30", "wrong-shape"),
        ({"hasNumericalValue": "1"}, "missing-member"),
        ({"hasUnit": "om2:", "hasNumericalValue": "1"}, "missing-member"),
        ({"hasUnit": "one", "hasNumericalValue": "-1"}, "negative-quantity"),
        ({"hasUnit": "one", "hasNumericalValue": 1.5}, "inexact-number"),
        ({"hasUnit": "one", "hasNumericalValue": "1", "minimum": "2"}, "unknown-member"),
        ({"hasUnit": "one", VALUEFLOWS + "hasUnit": "two"}, "wrong-shape"),
    ],
)
def test_any_other_quantity_is_refused(json: Any, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_quantity(json)
