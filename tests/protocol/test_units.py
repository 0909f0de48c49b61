"""Units: spellings of one unit are one, and what converts does so exactly."""

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from protocol.units import convert, is_known, ratio, unit_of, units_like

TABLE = schemas.units()
SPELLINGS = [
    (code, spelling)
    for code, entry in TABLE.items()
    for spelling in (entry["om"], *entry["symbols"], *entry["names"])
    if spelling
]


@pytest.mark.parametrize(
    "spellings",
    [
        ("kg", "KGM", "kilogram", "KG", "Kilograms", " k g "),
        ("one", "C62", "H87", "EA", "pcs", "Stück", "STU\u0308CK"),
        ("m²", "m2", "MTK", "squareMetre", "qm"),
        ("°C", "\u2103", "degreeCelsius"),
        ("\u00b5m", "\u03bcm"),
        ("l/100 km", "l/100km", "l / 100 km"),
    ],
)
def test_spellings_of_one_unit_are_one(spellings: tuple[str, ...]) -> None:
    assert len({unit_of(spelling) for spelling in spellings}) == 1


@pytest.mark.parametrize(
    ("one", "other"),
    [("MW", "mW"), ("mA", "MA"), ("Nm", "nm"), ("ML", "ml"), ("", "one"), ("", "kg"), ("Mb", "MB")],
)
def test_spellings_of_two_units_are_two(one: str, other: str) -> None:
    assert ratio(unit_of(one), unit_of(other)) is None


@pytest.mark.parametrize(
    ("one", "other", "many"),
    [
        ("gross", "one", "144"),
        ("dozen", "gross", "1/12"),
        ("t", "kg", "1000"),
        ("g", "kg", "1/1000"),
        ("lb", "kg", "45359237/100000000"),
        ("oz", "lb", "1/16"),
        ("ft", "in", "12"),
        ("mile", "yd", "1760"),
        ("m3", "l", "1000"),
        ("kWh", "MJ", "18/5"),
        ("day", "h", "24"),
        ("year", "month", "12"),
        ("m/s", "km/h", "18/5"),
        ("GHz", "MHz", "1000"),
    ],
)
def test_what_converts_does_so_exactly(one: str, other: str, many: str) -> None:
    assert ratio(unit_of(one), unit_of(other)) == Fraction(many)


@pytest.mark.parametrize(("one", "other"), [("kg", "l"), ("month", "day"), ("°C", "°F"), ("box", "one")])
def test_what_has_no_exact_ratio_does_not_convert(one: str, other: str) -> None:
    assert ratio(unit_of(one), unit_of(other)) is None


@pytest.mark.parametrize(
    ("number", "one", "other", "converted"),
    [
        ("1", "gross", "one", "144"),
        ("2.5", "kg", "g", "2500"),
        ("500", "g", "kg", "0.5"),
        ("1", "lb", "kg", None),  # 0.45359237 has more decimals than a quantity has
        ("1", "kg", "lb", None),
        ("6", "one", "dozen", None),
        ("1.5", "one", "pcs", None),
        ("1.5", "box", "box", None),
        ("1", "kg", "l", None),
    ],
)
def test_what_converts_without_a_rest(number: str, one: str, other: str, converted: str | None) -> None:
    found = convert(Decimal(number), unit_of(one), unit_of(other))
    assert found == (None if converted is None else Decimal(converted))


def test_units_of_one_kind_stand_side_by_side() -> None:
    assert [unit.factor for unit in units_like(unit_of("gross"))] == [1, 2, 12, 100, 144, 1000, 1728]
    assert units_like(unit_of("box")) == [unit_of("box")]


def test_what_is_counted_or_unknown_comes_whole() -> None:
    assert [unit_of(text).whole for text in ("one", "gross", "box", "")] == [True] * 4
    assert [unit_of(text).whole for text in ("kg", "h", "kWh")] == [False] * 3


@pytest.mark.parametrize(
    ("text", "known"), [("kg", True), ("km/h", True), ("l/h", True), ("HTML", False), ("kg/HTML", False)]
)
def test_a_unit_is_known_if_all_its_parts_are(text: str, *, known: bool) -> None:
    assert is_known(text) is known


def test_no_spelling_of_the_table_is_that_of_two_units() -> None:
    meant: dict[str, set[str]] = {}
    for code, spelling in SPELLINGS:
        meant.setdefault(spelling, set()).add(code)
    assert {spelling for spelling, codes in meant.items() if len(codes) > 1} == set()
    for code, spelling in SPELLINGS:
        assert unit_of(spelling) == unit_of(code), spelling


def test_the_table_has_what_it_says_it_has() -> None:
    for code, entry in TABLE.items():
        assert code.isalnum()
        assert entry.keys() == {"om", "symbols", "names", "kind", "factor"}
        assert Fraction(entry["factor"]) > 0
    assert len({entry["kind"] for entry in TABLE.values()}) > 10


@given(one=st.sampled_from(sorted(TABLE)), other=st.sampled_from(sorted(TABLE)))
def test_there_and_back_is_one(one: str, other: str) -> None:
    there, back = ratio(unit_of(one), unit_of(other)), ratio(unit_of(other), unit_of(one))
    assert (there is None) == (back is None) == (TABLE[one]["kind"] != TABLE[other]["kind"])
    assert there is None or back is None or there * back == 1
