"""Names of properties that are one, however they are spelled, and those that are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.propertynames import property_form


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("color", "colour"),
        ("frameColor", "Frame colour"),
        ("fuelConsumption", "fuel consumption"),
        ("fuelConsumption", "Fuel-Consumption"),
        ("fuelConsumption", "fuel_consumption"),
        ("tyreSize", "Tire size"),
        ("Fibre", "fiber"),
        ("GRÜN", "gru\u0308n"),
    ],
)
def test_two_spellings_are_one_name(one: str, other: str) -> None:
    assert property_form(one) == property_form(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("seat", "seats"), ("color", "colors"), ("weight", "height"), ("size", "sizing"), ("-", ""), ("_", "-")],
)
def test_other_names_stay_apart(one: str, other: str) -> None:
    assert property_form(one) != property_form(other)


@given(st.text(max_size=60))
def test_a_form_is_its_own_form(name: str) -> None:
    assert property_form(property_form(name)) == property_form(name)
