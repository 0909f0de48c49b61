"""Price lines, as they are read and written."""

from datetime import UTC, datetime
from decimal import Decimal, Inexact
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.errors import Unprocessable
from protocol.prices import (
    PriceLine,
    PriceLineKind,
    amount_string,
    rate_string,
    read_price,
    render_price,
    whole_price,
)
from protocol.times import Period
from tests.protocol.market import line

KINDS = st.sampled_from(PriceLineKind)
AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=2)


@st.composite
def any_lines(draw: st.DrawFn) -> PriceLine:
    """A line of any kind, with whatever members the kind has."""
    kind, per = draw(KINDS), draw(st.sampled_from([None, *Period]))
    per = {PriceLineKind.ONE_OFF: None, PriceLineKind.RECURRING: per or Period.DAY}.get(kind, per)
    amount, unit, estimate = draw(AMOUNTS), "", None
    if kind is PriceLineKind.UNIT_RATE:
        amount, unit = draw(st.decimals(0, 100, places=6)), draw(st.sampled_from(["hour", "kWh", "Seite"]))
        estimate = draw(st.decimals("0.5", 10_000, places=1))
    count = until = None
    if per is not None:
        count = draw(st.none() | st.integers(1, 100 if per is Period.YEAR else 1_200))
        moments = st.datetimes(
            *map(datetime.fromisoformat, ("2026-01-01", "2030-01-01")), timezones=st.just(UTC)
        )
        until = draw(st.none() | moments) if count is None else None
    return PriceLine(kind, amount, "EUR", draw(st.text(max_size=5)), per, count, until, unit, estimate)


@given(st.lists(any_lines(), min_size=1, max_size=5))
def test_a_price_survives_the_round_trip(some: list[PriceLine]) -> None:
    lines = (PriceLine(PriceLineKind.ONE_OFF, Decimal("0.01"), "EUR"), *some)
    read = read_price(render_price(lines))
    assert read == lines
    assert render_price(read) == render_price(lines)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"amount": "-1.00"}, "malformed-amount"),
        ({"amount": "-0"}, "malformed-amount"),
        ({"amount": "+1"}, "malformed-amount"),
        ({"amount": "1e3"}, "malformed-amount"),
        ({"amount": "01.00"}, "malformed-amount"),
        ({"amount": "1."}, "malformed-amount"),
        ({"amount": ".5"}, "malformed-amount"),
        ({"amount": "1,50"}, "malformed-amount"),
        ({"amount": "1.234,56"}, "malformed-amount"),
        ({"amount": "NaN"}, "malformed-amount"),
        ({"amount": "\u0661"}, "malformed-amount"),
        ({"amount": "1000000000000000"}, "malformed-amount"),
        ({"amount": 0.1}, "malformed-amount"),
        ({"amount": 1.0}, "malformed-amount"),
        ({"amount": 24}, "malformed-amount"),  # major or minor units? a number does not say
        ({"amount": None}, "malformed-amount"),
        ({"amount": "1.005"}, "malformed-amount"),  # EUR has two decimals
        ({"amount": "1.000"}, "malformed-amount"),
        ({"amount": "1.0", "currency": "JPY"}, "malformed-amount"),
        ({"currency": "XXX"}, "unknown-currency"),
        ({"currency": "eur"}, "unknown-currency"),
        ({"currency": None}, "missing-member"),
        ({"kind": None}, "missing-member"),
        ({"kind": "tiered"}, "unknown-kind"),
        ({"kind": "oneoff"}, "unknown-kind"),
        ({"type": "Price"}, "wrong-type"),
        ({"discount": "10"}, "unknown-member"),
        ({"per": "fortnight"}, "unknown-per"),
        ({"per": None}, "malformed-recurrence"),
        ({"per": None, "count": None}, "malformed-recurrence"),
        ({"per": None, "kind": "discount"}, "malformed-recurrence"),
        ({"kind": "unitRate"}, "malformed-rate"),
        ({"kind": "unitRate", "unit": "hour"}, "malformed-rate"),
        ({"kind": "unitRate", "estimate": "3"}, "malformed-rate"),
        ({"kind": "unitRate", "unit": "hour", "estimate": "0"}, "malformed-rate"),
        ({"kind": "unitRate", "unit": "hour", "estimate": "-3"}, "malformed-rate"),
        ({"kind": "unitRate", "unit": "hour", "estimate": 0.5}, "inexact-number"),
        ({"kind": "unitRate", "unit": "hour", "estimate": "3", "amount": "0.1234567"}, "malformed-amount"),
        ({"unit": "hour"}, "malformed-rate"),
        ({"estimate": "3"}, "malformed-rate"),
        ({"kind": "discount", "unit": "hour", "estimate": "3"}, "malformed-rate"),
        ({"until": "2028-03-14T00:00:00Z"}, "malformed-recurrence"),
        ({"kind": "oneOff"}, "malformed-recurrence"),
        ({"kind": "oneOff", "per": None}, "malformed-recurrence"),
        ({"count": 0}, "malformed-recurrence"),
        ({"count": 1201}, "malformed-recurrence"),
        ({"count": 101, "per": "year"}, "malformed-recurrence"),
        ({"count": "1.5"}, "malformed-recurrence"),
        ({"count": -1}, "malformed-recurrence"),
        ({"count": 1.0}, "inexact-number"),
        ({"count": True}, "malformed-number"),
        ({"count": None, "until": "2028-03-14"}, "malformed-time"),
        ({"label": "x" * 201}, "text-too-long"),
        ({"label": 7}, "wrong-shape"),
    ],
)
def test_a_line_we_do_not_fully_understand_is_refused(changes: dict[str, Any], code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_price([line(**changes)])


def test_one_line_may_be_free_but_not_all() -> None:
    free = line(amount="0", label="Delivery")
    assert len(read_price([free, line()])) == 2
    for other in (line(amount="0.00"), line(kind="discount", amount="5.00")):
        with pytest.raises(Unprocessable, match="zero-price"):
            read_price([free, other])


@pytest.mark.parametrize("json", [None, []])
def test_no_line_is_no_price(json: Any) -> None:
    with pytest.raises(Unprocessable, match="missing-price"):
        read_price(json)


def test_a_price_is_in_one_currency() -> None:
    with pytest.raises(Unprocessable, match="mixed-currencies"):
        read_price([line(), line(currency="CHF")])


def test_a_price_has_at_most_32_lines() -> None:
    assert len(read_price([line()] * 32)) == 32
    with pytest.raises(Unprocessable, match="too-many"):
        read_price([line()] * 33)


def test_a_plain_offer_s_total_is_one_line() -> None:
    assert whole_price(Decimal(30), currency="EUR") == (
        PriceLine(PriceLineKind.ONE_OFF, Decimal(30), "EUR", ""),
    )
    with pytest.raises(Unprocessable, match="zero-price"):
        whole_price(Decimal(0), currency="EUR")
    with pytest.raises(Unprocessable, match="malformed-amount"):
        whole_price(Decimal("30.5"), currency="JPY")


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("24.9", "EUR", "24.90"), ("2249", "EUR", "2249.00"), ("25", "JPY", "25"), ("0", "EUR", "0.00")],
)
def test_an_amount_is_written_as_its_currency_is(amount: str, currency: str, text: str) -> None:
    assert amount_string(Decimal(amount), currency=currency) == text


@pytest.mark.parametrize(
    ("amount", "currency", "text"),
    [("80", "EUR", "80.00"), ("0.3215", "EUR", "0.3215"), ("0.5", "JPY", "0.5"), ("1.20", "KWD", "1.200")],
)
def test_a_rate_may_have_more_decimals_than_its_currency(amount: str, currency: str, text: str) -> None:
    assert rate_string(Decimal(amount), currency=currency) == text


def test_an_amount_is_never_rounded() -> None:
    with pytest.raises(Inexact):
        amount_string(Decimal("0.005"), currency="EUR")
