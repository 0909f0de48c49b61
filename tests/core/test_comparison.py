"""Offers side by side."""

from dataclasses import replace
from decimal import Decimal

import pytest

from node.core.comparison import differences, differing, misses, rank, view_difference, within_limit
from protocol import prices
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.specifications import Fit, Necessity, Property, Specification
from protocol.times import Period
from tests.core.test_drafts import wish
from tests.core.test_negotiations import draft

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
        draft("1"),
        price=(PriceLine(PriceLineKind.RECURRING, Decimal(30), "EUR", per=Period.MONTH, count=12),),
    )
    assert rank(replace(wanted(), specifications=()), [monthly, draft("100")]) == [1, 0]


def test_limit() -> None:
    assert within_limit(draft("100"), None) is None
    assert within_limit(draft("100"), Decimal(100)) is True
    assert within_limit(draft("100"), Decimal(99)) is False


METERED = PriceLine("metered", Decimal("0.30"), "EUR")


@pytest.fixture
def _metered(monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind of price line whose total nobody knows beforehand."""
    monkeypatch.setattr(prices, "KINDS", {**prices.KINDS, "metered": lambda *_: None})


@pytest.mark.usefixtures("_metered")
def test_what_has_no_total_comes_after_what_has_one() -> None:
    metered = replace(draft("1"), price=(METERED,))
    anyone = replace(wanted(), specifications=())
    assert rank(anyone, [metered, draft("1000000"), draft("5")]) == [2, 1, 0]
    light = replace(metered, properties=(Property("weight", "15", "kg"),))
    assert rank(wanted(), [draft("5"), light]) == [1, 0]
    assert within_limit(metered, Decimal(1)) is None
    assert within_limit(metered, None) is None


@pytest.mark.usefixtures("_metered")
def test_offers_differ_in_what_is_not_the_same_in_all() -> None:
    assert differing([]) == []
    assert differing([draft("100"), draft("100")]) == []
    named = replace(draft("100"), name="another")
    assert differing([draft("100"), named, draft("100")]) == ["name"]
    metered = replace(draft("100"), price=(METERED,), notice="P1M")
    assert differing([draft("100"), metered]) == ["price", "total", "notice"]
