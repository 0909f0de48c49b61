"""Mistakes told together, and bounded."""

import re
from decimal import Decimal

import pytest

from node.core.advice import SENTENCES, Advice
from node.core.faults import (
    LIMIT_LINES,
    LIMIT_TOLD,
    ROW,
    FaultPlace,
    Faults,
    FaultSpot,
    PlaceNoun,
    PriceListInvalid,
    SpotNoun,
)

PRICE = FaultSpot(SpotNoun.COLUMN, "price")
STOCK = FaultSpot(SpotNoun.COLUMN, "stock")


def line(number: int) -> FaultPlace:
    return FaultPlace(PlaceNoun.LINE, number)


def told(faults: Faults) -> PriceListInvalid:
    with pytest.raises(PriceListInvalid) as caught:
        faults.refuse()
    assert caught.value.code == "price-list-invalid"
    return caught.value


def test_nothing_wrong_refuses_nothing() -> None:
    faults = Faults()
    faults.refuse()
    assert not faults


def test_one_mistake_is_the_whole_sentence() -> None:
    faults = Faults()
    faults.add(line(2), PRICE, Advice.DECIMALS, count=2)
    assert faults
    said = "Line 2, column price: this currency has 2 decimals; write no more than that."
    assert told(faults).sentences == [said]
    assert told(faults).detail == said


def test_a_mistake_without_a_column_and_one_behind_which_nothing_is_read() -> None:
    faults = Faults()
    faults.add(line(1), ROW, Advice.MISSING, column="sku")
    with pytest.raises(PriceListInvalid) as caught:
        faults.refuse_at(FaultPlace(PlaceNoun.LIST), FaultSpot(SpotNoun.MEMBER, "items"), Advice.ARRAY)
    assert caught.value.sentences == [
        "Line 1: the column sku is missing; add it.",
        "The list, member items: send an array of items, or an object that holds it.",
    ]
    assert caught.value.detail == "Line 1: the column sku is missing; add it. (1 more)"


def test_mistakes_of_one_kind_are_told_once_with_their_lines() -> None:
    faults = Faults()
    for number in (2, 4, *range(10, 10 + LIMIT_LINES)):
        faults.add(line(number), PRICE, Advice.MEASURE)
    for number in (3, 5):
        faults.add(line(number), STOCK, Advice.MEASURE)
    advice = SENTENCES[Advice.MEASURE]
    assert told(faults).sentences == [
        f"Lines 2, 4, 10, 11, 12 and 2 more, column price: {advice}",
        f"Lines 3 and 5, column stock: {advice}",
    ]


def test_one_advice_with_other_fillings_is_told_again() -> None:
    faults = Faults()
    for most in (64, 200, 64):
        faults.add(line(2), PRICE, Advice.TEXT, most=most)
    assert [(fault.count, fault.given) for fault in told(faults).faults] == [
        (2, {"most": 64}),
        (1, {"most": 200}),
    ]


def test_what_is_told_is_bounded_and_the_rest_counted() -> None:
    faults = Faults()
    for number in range(LIMIT_TOLD + 1_500):
        faults.add(line(number), FaultSpot(SpotNoun.COLUMN, str(number)), Advice.MEASURE)
    invalid = told(faults)
    assert (len(invalid.faults), invalid.untold) == (LIMIT_TOLD, 1_500)
    assert len(invalid.sentences) == LIMIT_TOLD + 1
    assert invalid.sentences[-1].startswith("And 1,500 more mistakes")


@pytest.mark.parametrize("advice", Advice)
def test_every_advice_is_a_sentence(advice: Advice) -> None:
    sentence = SENTENCES[advice]
    assert sentence.endswith((".", "…."))
    holes = set(re.findall(r"%\((\w+)\)s", sentence))
    assert "%" not in sentence % dict.fromkeys(holes, Decimal(1))
