"""Offers side by side, and as they come: what a row and a line say."""

from datetime import UTC, datetime
from typing import Any

import pytest

from node.terminal import comparing
from node.terminal.counts import counted, size
from node.terminal.failures import Failure

NOW = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
LEAD = {"property": "deliveryLeadTime", "value": "6", "unit": "d"}
OFFER: dict[str, Any] = {
    "id": "of_5t2nnjzm6cb53jsyf3082c4myv",
    "peer": {"name": "Velo Nord", "blocked": False},
    "role": "offeree",
    "state": "offered",
    "name": "Touring bike",
    "quantity": {"value": "1", "unit": "one"},
    "properties": [LEAD],
    "total": "600.00",
    "currency": "EUR",
    "expires_at": "2026-02-06T12:00:00Z",
    "updated_at": "2026-01-31T11:00:00Z",
    "starts_at": None,
    "proof": {"verified": True},
    "months": "24",
    "monthly": "25.00",
    "cost": "25.00",
    "rank": 1,
    "within_limit": True,
    "difference": [],
    "signature": "verified",
    "lowest": True,
}


def comparison(basis: str, *offers: dict[str, Any], over: int | None = None) -> dict[str, Any]:
    return {
        "basis": basis,
        "over": over,
        "offers": list(offers),
        "intention": {"id": "int_6r71", "private": {"limit_price": "700.00"}},
    }


def test_a_line_says_what_is_offered_its_id_delivery_term_and_month() -> None:
    assert comparing.line(OFFER, comparison("total", OFFER), now=NOW) == (
        "  11:00:00  ● Velo Nord         of_5t2nnjzm        600.00 EUR  6 days      signed ✓"
        "  Touring bike, in 6 days, 25.00 EUR a month for 24 months  ← lowest total"
    )
    alone = comparing.line(OFFER | {"properties": []}, {}, now=NOW)
    assert alone.endswith("signed ✓  Touring bike")


def test_two_of_one_business_to_choose_from_are_said_with_data_first() -> None:
    without = OFFER | {"id": "of_2", "terms": None, "alternative_to": OFFER["id"], "total": "700.00"}
    named = OFFER | {"terms": {"policy": {}}, "alternative_to": None}
    said = [
        "Velo Nord lets you choose: with your data 600.00 EUR (of_5t2nnjzm), or without 700.00 EUR (of_2)."
    ]
    assert [*comparing.choices(comparison("total", without, named))] == said
    assert [*comparing.choices(comparison("total", without))] == []  # the other stands no more
    assert [*comparing.choices(comparison("total", OFFER, named))] == []


def test_what_no_longer_stands_says_why() -> None:
    gone = OFFER | {"state": "rejected", "reason": "Too\x1b[2J dear."}
    line = comparing.line(gone, {}, now=NOW)
    assert ("○ Velo Nord" in line, r"rejected: Too\x1b[2J dear.  signed ✓" in line) == (True, True)
    assert "withdrawn   signed ✓" in comparing.line(OFFER | {"state": "withdrawn"}, {}, now=NOW)


@pytest.mark.parametrize(
    ("change", "mark"),
    [
        ({"peer": {"name": "V", "blocked": True}}, "▲ V (blocked)"),
        ({"held": True}, "▲ Velo Nord (held: its key changed)"),
        ({"proof": {}}, "▲ Velo"),
    ],
)
def test_what_should_not_be_taken_is_marked(change: dict[str, Any], mark: str) -> None:
    assert mark in comparing.line(OFFER | change, {}, now=NOW)


@pytest.mark.parametrize(
    ("basis", "over", "said"),
    [
        ("total", None, "lowest total"),
        ("month", None, "by month: 25.00 EUR; lowest total of 24 months"),
        ("over", 1, "over 1 month: 25.00 EUR; lowest total of 24 months"),
    ],
)
def test_a_row_says_by_what_it_has_its_place(basis: str, over: int | None, said: str) -> None:
    assert comparing.ranked(OFFER, comparison(basis, OFFER, over=over)) == said


def test_a_row_says_what_nobody_can_know_and_what_is_bought() -> None:
    bought = OFFER | {"months": None, "monthly": None, "cost": None}
    said = comparing.ranked(bought, comparison("over", bought, over=24))
    assert said == "over 24 months: no total; lowest total of what is bought"
    assert comparing.ranked(OFFER | {"lowest": False}, comparison("total", OFFER)) == ""


def test_columns_in_which_nobody_says_anything_are_left_out() -> None:
    bare = OFFER | {"months": None, "monthly": None, "properties": [], "within_limit": None, "lowest": False}
    unlimited = comparison("total", bare) | {
        "intention": {"id": "int_6r71", "private": {"limit_price": None}}
    }
    titles = [column.title for column in comparing.columns(unlimited)]
    assert titles == ["", "offer", "from", "what", "total", "expires", "signed"]
    full = [column.title for column in comparing.columns(comparison("total", bare, OFFER))]
    assert {"delivery", "term", "a month", "limit", "ranked"} <= {*full}


@pytest.mark.parametrize(("within", "said"), [(True, "within"), (False, "OVER"), (None, "not compared")])
def test_what_has_no_total_says_that_it_was_not_compared_with_the_limit(
    within: bool | None, said: str
) -> None:
    offer = OFFER | {"within_limit": within}
    [column] = [column for column in comparing.columns(comparison("total", offer)) if column.title == "limit"]
    assert column.cell(offer) == said


@pytest.mark.parametrize(
    ("offer", "said"),
    [
        ({"properties": [LEAD | {"value": "1"}]}, "1 day"),
        ({"properties": [LEAD | {"unit": "weeks"}], "starts_at": "2026-05-01T00:00:00Z"}, "2026-05-01"),
        ({"properties": None, "starts_at": None}, ""),
    ],
)
def test_when_it_is_delivered(offer: dict[str, Any], said: str) -> None:
    assert comparing.delivery(offer) == said


@pytest.mark.parametrize(
    ("months", "said"),
    [(None, ""), ("1", "1 month"), ("24", "24 months"), ("0.33", "10 days"), ("11.96", "11.96 months")],
)
def test_how_long_it_binds(months: str | None, said: str) -> None:
    assert comparing.term({"months": months}) == said


def test_how_much_is_offered() -> None:
    assert comparing.what(OFFER) == "Touring bike"
    assert comparing.what(OFFER | {"quantity": {"value": "30", "unit": "kWh"}}) == "30 kWh x Touring bike"


def test_why_the_order_is_not_by_totals() -> None:
    by_month = comparing.summary(comparison("month"))
    assert by_month == (
        "Ranked by what a month costs. For another time: freehold offer compare int_6r71 --over '24 months'"
    )
    assert comparing.summary(comparison("over", over=12)).startswith("Ranked by what 12 months cost.")
    assert comparing.summary(comparison("total")) == ""
    many = {**comparison("total"), "count": 240}
    assert comparing.summary(many) == f"Shown are the best {len(many['offers'])} of 240."


@pytest.mark.parametrize(("text", "months"), [("", None), ("24 months", 24), ("2 years", 24), ("P1Y6M", 18)])
def test_a_time_of_ones_own(text: str, months: int | None) -> None:
    assert comparing.months(text) == months


@pytest.mark.parametrize("text", ["3 weeks", "P1M2D", "101 years", "soon", "24"])
def test_no_time_to_compare_over(text: str) -> None:
    with pytest.raises(Failure, match=rf"'{text}' is no time to compare over\. Write '24 months'"):
        comparing.months(text)


def test_one_is_not_several() -> None:
    assert [counted(number, "item") for number in (0, 1, 1_200)] == ["0 items", "1 item", "1,200 items"]
    assert [counted("1", "day"), counted(2, "day"), counted(2, "entry"), counted(2, "address")] == [
        "1 day",
        "2 days",
        "2 entries",
        "2 addresses",
    ]


@pytest.mark.parametrize(
    ("bytes", "said"),
    [
        (1, "1 byte"),
        (1_912, "1,912 bytes"),
        (16_000, "15.6 KB"),
        (16 * 1024**2, "16 MB"),
        (5 * 1024**3 + 1, "5 GB"),
        (5_000 * 1024**4, "5,000 TB"),
    ],
)
def test_a_size_is_said_alike_everywhere(bytes: int, said: str) -> None:
    assert size(bytes) == said
