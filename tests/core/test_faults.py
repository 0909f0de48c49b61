"""Mistakes told together, and bounded."""

import pytest

from node.core.faults import LIMIT_LINES, LIMIT_TOLD, FaultPlace, Faults, PriceListInvalid


def told(faults: Faults) -> tuple[str, ...]:
    with pytest.raises(PriceListInvalid) as caught:
        faults.refuse()
    assert caught.value.code == "price-list-invalid"
    return caught.value.faults


def test_nothing_wrong_refuses_nothing() -> None:
    faults = Faults()
    faults.refuse()
    assert not faults


def test_one_mistake_is_the_whole_sentence() -> None:
    faults = Faults()
    faults.add(FaultPlace("Line", 2), "column price", "write a number.")
    assert faults
    with pytest.raises(
        PriceListInvalid, match=r"^price-list-invalid: Line 2, column price: write a number\.$"
    ):
        faults.refuse()


def test_a_mistake_without_a_column_and_one_behind_which_nothing_is_read() -> None:
    faults = Faults()
    faults.add(FaultPlace("Line", 1), "", "the column sku is missing.")
    with pytest.raises(PriceListInvalid) as caught:
        faults.refuse_at(FaultPlace("The list"), "member items", "send an array.")
    assert caught.value.faults == (
        "Line 1: the column sku is missing.",
        "The list, member items: send an array.",
    )
    assert caught.value.detail == "Line 1: the column sku is missing. (1 more)"


def test_mistakes_of_one_kind_are_told_once_with_their_lines() -> None:
    faults = Faults()
    for line in (2, 4, *range(10, 10 + LIMIT_LINES)):
        faults.add(FaultPlace("Line", line), "column price", "write a number.")
    for line in (3, 5):
        faults.add(FaultPlace("Line", line), "column stock", "write a number.")
    assert told(faults) == (
        "Lines 2, 4, 10, 11, 12 and 2 more, column price: write a number.",
        "Lines 3 and 5, column stock: write a number.",
    )


def test_what_is_told_is_bounded_and_the_rest_counted() -> None:
    faults = Faults()
    for number in range(LIMIT_TOLD + 1_500):
        faults.add(FaultPlace("Line", number), f"column {number}", "write a number.")
    sentences = told(faults)
    assert len(sentences) == LIMIT_TOLD + 1
    assert sentences[-1].startswith("And 1,500 more mistakes")
