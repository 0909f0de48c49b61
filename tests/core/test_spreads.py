"""Amounts on one axis."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.spreads import Spread, spread, view_spread

AMOUNT = st.decimals(min_value=0, max_value=Decimal(10) ** 12, places=2)


def laid_out(*amounts: str | None, limit: str | None = None, currency: str = "EUR") -> Spread | None:
    return spread(
        [None if amount is None else Decimal(amount) for amount in amounts],
        None if limit is None else Decimal(limit),
        currency=currency,
    )


@pytest.mark.parametrize(
    ("amounts", "limit", "marks"),
    [
        (
            ["12967.60", "13584", "14020", "16450", "11280"],
            "15000",
            "11000 12000 13000 14000 15000 16000 17000",
        ),
        (["19.90", "24.90"], None, "19 20 21 22 23 24 25"),
        (["100", "101"], None, "100.0 100.2 100.4 100.6 100.8 101.0"),
        (["0.01", "0.02"], None, "0.01 0.02"),
        (["5"], "70", "0 10 20 30 40 50 60 70"),
    ],
)
def test_an_axis_is_marked_at_round_numbers(amounts: list[str], limit: str | None, marks: str) -> None:
    made = laid_out(*amounts, limit=limit)
    assert made is not None
    assert made.marks == [Decimal(mark) for mark in marks.split()]


@pytest.mark.parametrize("amounts", [(), ("5",), ("5", "5.00"), (None, None), ("5", None)])
def test_where_there_is_nothing_to_tell_apart_there_is_no_axis(amounts: tuple[str | None, ...]) -> None:
    assert laid_out(*amounts) is None
    assert view_spread(None, [], currency="EUR") is None


def test_discs_that_would_cover_each_other_are_stacked() -> None:
    made = laid_out("100", "101", "102", "200", None, "103")
    assert made is not None
    assert [None if point is None else point.level for point in made.points] == [0, 1, 2, 0, None, 3]
    assert made.points[3] is not None
    assert made.points[3].at == 1


def test_no_mark_lies_between_coins() -> None:
    made = laid_out("3", "5", currency="JPY")
    assert made is not None
    assert made.marks == [3, 4, 5]


@given(st.lists(AMOUNT | st.none(), max_size=8), AMOUNT | st.none())
def test_everything_lies_on_the_axis(amounts: list[Decimal | None], limit: Decimal | None) -> None:
    made = spread(amounts, limit, currency="EUR")
    if made is None:
        return
    assert 2 <= len(made.marks) <= 9
    points = [point for point in made.points if point is not None]
    assert all(0 <= point.at <= 1 for point in points)
    assert len(points) == sum(amount is not None for amount in amounts)
    assert limit is None or (made.limit is not None and 0 <= made.limit <= 1)
    for one in points:
        near = [other for other in points if other is not one and other.level == one.level]
        assert all(abs(other.at - one.at) >= Decimal("0.0665") for other in near)


def test_a_spread_is_shown_as_text() -> None:
    shown = view_spread(laid_out("10", "20", None, limit="15"), ["a", "b", "c"], currency="EUR")
    assert shown is not None
    assert shown["marks"][0] == {"at": "0.0000", "amount": "10.00"}
    assert shown["marks"][-1] == {"at": "1.0000", "amount": "20.00"}
    assert (shown["limit"], shown["points"]) == (
        "0.5000",
        [{"offer": "a", "at": "0.0000", "level": 0}, {"offer": "b", "at": "1.0000", "level": 0}],
    )
    assert view_spread(laid_out("1", "2"), ["a", "b"], currency="EUR")["limit"] is None  # type: ignore[index]
