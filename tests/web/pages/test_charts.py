"""Where things stand in a drawing."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.web.pages.wording.charts import BAR_WIDTH, FLOOR, LEFT, LEVEL, RIGHT, bars, spread

FIVE = [
    (1, Decimal("12967.60"), False),
    (2, Decimal(13584), False),
    (3, Decimal(14020), False),
    (4, Decimal(16450), False),
    (5, Decimal(11280), True),
]


def test_offers_on_an_axis() -> None:
    drawn = spread(FIVE, Decimal(15000))
    assert drawn is not None
    assert [tick.amount for tick in drawn.ticks] == [Decimal(10000 + 2000 * step) for step in range(5)]
    assert [disc.number for disc in drawn.discs] == [5, 1, 2, 3, 4]
    assert [disc.misses for disc in drawn.discs] == [True, False, False, False, False]
    assert drawn.limit == 220.2
    assert drawn.discs[-1].x > drawn.limit


def test_what_would_touch_is_stacked() -> None:
    drawn = spread([(1, Decimal(100), False), (2, Decimal(100), False), (3, Decimal(200), False)])
    assert drawn is not None
    assert [disc.y for disc in drawn.discs] == [50.0, 50.0 - LEVEL, 50.0]
    assert (drawn.lift, drawn.limit) == (LEVEL, None)


def test_nothing_is_no_drawing() -> None:
    assert spread([]) is None
    assert spread([], Decimal(5)) is None


@pytest.mark.parametrize("amount", ["0", "0.01", "5", "999999999999999"])
def test_one_offer_is_drawn(amount: str) -> None:
    drawn = spread([(1, Decimal(amount), False)])
    assert drawn is not None
    assert len(drawn.ticks) >= 2


@given(st.lists(st.decimals(min_value=0, max_value=10**12, places=2), min_size=1, max_size=12))
def test_everything_stands_inside_and_apart(amounts: list[Decimal]) -> None:
    drawn = spread([(number, amount, False) for number, amount in enumerate(amounts)])
    assert drawn is not None
    assert all(LEFT <= disc.x <= RIGHT for disc in drawn.discs)
    assert all(LEFT <= tick.x <= RIGHT for tick in drawn.ticks)
    assert 2 <= len(drawn.ticks) <= 8
    places = [(disc.x, disc.y) for disc in drawn.discs]
    apart = [abs(x - u) >= 22 or y != v for n, (x, y) in enumerate(places) for u, v in places[:n]]
    assert all(apart)


@given(st.lists(st.decimals(0, 10**12, places=2), max_size=12))
def test_bars_stand_on_the_floor_side_by_side(amounts: list[Decimal]) -> None:
    drawn = bars(amounts)
    assert all(abs(bar.y + bar.height - FLOOR) < 0.11 for bar in drawn)
    assert all(bar.x >= LEFT - BAR_WIDTH and bar.x + BAR_WIDTH <= RIGHT + BAR_WIDTH for bar in drawn)
    assert all((bar.height > 0) is (amount > 0) for bar, amount in zip(drawn, amounts, strict=True))
    assert all(one.x < other.x for one, other in pairwise(drawn))


def test_the_most_is_the_tallest() -> None:
    assert [bar.height for bar in bars([Decimal(50), Decimal(100), Decimal("0.01"), Decimal(0)])] == [
        52.0,
        104.0,
        2.0,
        0.0,
    ]
    assert bars([]) == ()
