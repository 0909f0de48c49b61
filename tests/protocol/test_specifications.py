"""What is wanted, and whether an offered thing has it."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Unprocessable
from protocol.specifications import (
    Fit,
    Necessity,
    Property,
    Specification,
    meets,
    read_properties,
    read_specifications,
    render_properties,
    render_specifications,
)

TEXTS = st.text(min_size=1, max_size=200)
UNITS = st.text(max_size=20)
BOUNDS = st.decimals(min_value=-1_000_000, max_value=1_000_000, places=3)
SPECIFICATIONS = st.one_of(
    st.builds(Specification, TEXTS, value=TEXTS, unit=UNITS, necessity=st.sampled_from(Necessity)),
    st.builds(Specification, TEXTS, at_least=BOUNDS, unit=UNITS, necessity=st.sampled_from(Necessity)),
    st.builds(Specification, TEXTS, at_most=BOUNDS, unit=UNITS),
    st.builds(
        lambda name, low, width: Specification(name, at_least=low, at_most=low + width),
        TEXTS,
        BOUNDS,
        st.just(1),
    ),
)


@given(st.lists(SPECIFICATIONS, max_size=64).map(tuple))
def test_specifications_survive_the_round_trip(specifications: tuple[Specification, ...]) -> None:
    document = {"additionalProperty": render_specifications(specifications)}
    assert read_specifications(document) == specifications


@given(st.lists(st.builds(Property, TEXTS, TEXTS, UNITS), max_size=64, unique_by=lambda p: p.name).map(tuple))
def test_properties_survive_the_round_trip(properties: tuple[Property, ...]) -> None:
    assert read_properties({"additionalProperty": render_properties(properties)}) == properties


def test_a_specification_is_a_schema_org_property_value() -> None:
    (document,) = render_specifications(
        [Specification("fuelConsumption", at_most=Decimal(7), unit="l/100 km")]
    )
    assert document == {
        "type": "PropertyValue",
        "propertyID": "fuelConsumption",
        "maxValue": "7",
        "unitText": "l/100 km",
        "necessity": "must",
    }


def wanted(**changes: Any) -> dict[str, Any]:
    document = {"type": "PropertyValue", "propertyID": "seats", "minValue": "5"} | changes
    return {"additionalProperty": {member: value for member, value in document.items() if value is not None}}


@pytest.mark.parametrize(
    ("changes", "specification"),
    [
        ({}, Specification("seats", at_least=Decimal(5))),
        ({"minValue": 5}, Specification("seats", at_least=Decimal(5))),
        ({"maxValue": {"@value": "7"}}, Specification("seats", at_least=Decimal(5), at_most=Decimal(7))),
        ({"minValue": None, "value": 5}, Specification("seats", "5")),
        ({"minValue": None, "value": True}, Specification("seats", "true")),
        ({"minValue": None, "value": False}, Specification("seats", "false")),
        ({"necessity": "should"}, Specification("seats", at_least=Decimal(5), necessity=Necessity.SHOULD)),
    ],
    ids=repr,
)
def test_a_specification_is_read(changes: dict[str, Any], specification: Specification) -> None:
    assert read_specifications(wanted(**changes)) == (specification,)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minValue": None}, "malformed-specification"),
        ({"value": "5"}, "malformed-specification"),
        ({"maxValue": "4"}, "malformed-specification"),
        ({"propertyID": None}, "missing-member"),
        ({"minValue": 5.5}, "inexact-number"),
        ({"minValue": "many"}, "malformed-number"),
        ({"minValue": None, "value": 5.5}, "inexact-number"),
        ({"necessity": "may"}, "unknown-necessity"),
        ({"name": "Seats"}, "unknown-member"),
        ({"type": "Thing"}, "wrong-type"),
    ],
    ids=repr,
)
def test_any_other_specification_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_specifications(wanted(**changes))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"minValue": None}, "missing-member"),
        ({"minValue": "5"}, "unknown-member"),
        ({"minValue": None, "value": "x" * 201}, "text-too-long"),
        ({"minValue": None, "value": "7", "necessity": "must"}, "unknown-member"),
    ],
    ids=repr,
)
def test_any_other_property_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_properties(wanted(**changes))


def test_lists_are_bounded_and_no_property_is_stated_twice() -> None:
    one = {"type": "PropertyValue", "propertyID": "seats", "value": "7"}
    assert len(read_specifications({"additionalProperty": [one] * 64})) == 64
    for read in (read_specifications, read_properties):
        with pytest.raises(Unprocessable, match="too-many"):
            read({"additionalProperty": [one] * 65})
    with pytest.raises(Unprocessable, match="repeated-property"):
        read_properties({"additionalProperty": [one, {**one, "propertyID": "Seats"}]})


def test_two_spellings_of_one_name_are_one_property() -> None:
    red, blue = (
        {"type": "PropertyValue", "propertyID": name, "value": name}
        for name in ("frame color", "Frame_Colour")
    )
    with pytest.raises(Unprocessable, match="repeated-property"):
        read_properties({"additionalProperty": [red, blue]})


AT_LEAST_5 = Specification("seats", at_least=Decimal(5))
BETWEEN = Specification("seats", at_least=Decimal(5), at_most=Decimal(7), unit="seats")


@pytest.mark.parametrize(
    ("specification", "offered", "fit"),
    [
        (AT_LEAST_5, Property("seats", "5"), Fit.MET),
        (AT_LEAST_5, Property("seats", "4.999999"), Fit.MISSED),
        (AT_LEAST_5, Property("seats", "five"), Fit.UNKNOWN),
        (AT_LEAST_5, Property("seats", "5", "rows"), Fit.UNKNOWN),
        (AT_LEAST_5, Property("doors", "5"), Fit.UNKNOWN),
        (BETWEEN, Property("seats", "7.0", "seats"), Fit.MET),
        (BETWEEN, Property("seats", "8", "seats"), Fit.MISSED),
        (BETWEEN, Property("seats", "4", "seats"), Fit.MISSED),
        (Specification("colour", "Red"), Property("colour", " red"), Fit.MET),
        (Specification("colour", "Red"), Property("colour", "blue"), Fit.MISSED),
        (Specification("doors", "5"), Property("doors", "5.0"), Fit.MET),
        (Specification("doors", "5"), Property("doors", "3"), Fit.MISSED),
        (Specification("doors", "five"), Property("doors", "5"), Fit.MISSED),
        (Specification("doors", "5"), Property("doors", "five"), Fit.MISSED),
        (Specification("color", "red"), Property("Colour", "red"), Fit.MET),
        (Specification("frameColour", "red"), Property("Frame color", "blue"), Fit.MISSED),
        (Specification("colour", "grün"), Property("COLOUR", "GRU\u0308N"), Fit.MET),
        (Specification("weight", at_most=Decimal(14), unit="kg"), Property("Weight", "13200", "g"), Fit.MET),
        (
            Specification("weight", at_most=Decimal(14), unit="kg"),
            Property("Weight", "14001", "g"),
            Fit.MISSED,
        ),
        (Specification("weight", "14", unit="kg"), Property("Weight", "14000.0", "GRM"), Fit.MET),
        (Specification("weight", at_least=Decimal(1), unit="lb"), Property("w", "1", "kg"), Fit.UNKNOWN),
        (Specification("w", at_most=Decimal("2.20462"), unit="lb"), Property("w", "1", "kg"), Fit.MISSED),
        (Specification("w", at_most=Decimal(1), unit="l"), Property("w", "1", "kg"), Fit.UNKNOWN),
    ],
)
def test_an_offered_thing_meets_misses_or_leaves_open(
    specification: Specification, offered: Property, fit: Fit
) -> None:
    assert meets(specification, [Property("price", "1"), offered]) is fit


def test_what_is_not_stated_is_unknown() -> None:
    assert meets(AT_LEAST_5, []) is Fit.UNKNOWN


def test_a_value_that_is_a_number_is_read_as_its_text() -> None:
    doors = {"type": "PropertyValue", "propertyID": "doors", "value": 3}
    (read,) = read_properties({"additionalProperty": [doors]})
    assert (read.name, read.value, read.unit) == ("doors", "3", "")
