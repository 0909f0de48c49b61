"""Offers side by side."""

from dataclasses import replace
from decimal import Decimal

from node.core.comparison import differences, misses, rank, view_difference, within_limit
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import Kind, PriceLine
from protocol.specifications import Fit, Necessity, Property, Specification
from protocol.times import Period
from tests.core.test_negotiations import draft
from tests.core.test_terms import wish

LIGHT = Specification("weight", at_most=Decimal(16), unit="kg")
BLUE = Specification("colour", value="blue", necessity=Necessity.SHOULD)


def wanted() -> Intention:
    return replace(wish().intention, specifications=(LIGHT, BLUE))


def offered(amount: str, *properties: Property) -> Draft:
    return replace(draft(amount), properties=properties)


def test_differences_follow_the_wish() -> None:
    shown = [
        view_difference(one) for one in differences(wanted(), offered("1", Property("weight", "15", "kg")))
    ]
    assert [(one["property"], one["offered"], one["fit"]) for one in shown] == [
        ("weight", "15 kg", "met"),
        ("colour", None, "unknown"),
    ]
    heavy = differences(wanted(), offered("1", Property("weight", "17", "kg")))
    assert heavy[0].fit is Fit.MISSED


def test_what_misses_a_must_comes_last_however_cheap() -> None:
    light, heavy, unknown = (
        offered("120", Property("weight", "15", "kg")),
        offered("80", Property("weight", "17", "kg")),
        offered("100", Property("weight", "15", "kg"), Property("colour", "red")),
    )
    assert rank(wanted(), [light, heavy, unknown]) == [2, 0, 1]
    assert [misses(wanted(), one) for one in (light, heavy)] == [0, 1]


def test_total_is_over_the_term() -> None:
    monthly = replace(
        draft("1"), price=(PriceLine(Kind.RECURRING, Decimal(30), "EUR", per=Period.MONTH, count=12),)
    )
    assert rank(replace(wanted(), specifications=()), [monthly, draft("100")]) == [1, 0]


def test_limit() -> None:
    assert within_limit(draft("100"), None) is None
    assert within_limit(draft("100"), Decimal(100)) is True
    assert within_limit(draft("100"), Decimal(99)) is False
