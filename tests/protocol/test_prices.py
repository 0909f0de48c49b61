"""Price lines and what they come to."""

from datetime import UTC, date, datetime, time, timedelta
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
    read_price,
    render_price,
    times_due,
    total,
    whole_price,
)
from protocol.times import Period
from tests.protocol.market import line

START = datetime(2026, 1, 31, 9, tzinfo=UTC)

AMOUNTS = st.decimals(min_value=0, max_value=10_000, places=2)
STARTS = st.datetimes(*map(datetime.fromisoformat, ("2023-01-01", "2029-01-01")), timezones=st.just(UTC))


@st.composite
def recurring_lines(draw: st.DrawFn) -> tuple[PriceLine, datetime]:
    """A recurring line and its start, over at most three years."""
    start = draw(STARTS)
    per = draw(st.sampled_from(Period))
    if draw(st.booleans()):
        longest = {Period.DAY: 1_000, Period.WEEK: 150, Period.MONTH: 36, Period.YEAR: 3}[per]
        return PriceLine(
            PriceLineKind.RECURRING, draw(AMOUNTS), "EUR", "", per, count=draw(st.integers(1, longest))
        ), start
    until = start + draw(st.timedeltas(timedelta(seconds=1), timedelta(days=1_100)))
    return PriceLine(PriceLineKind.RECURRING, draw(AMOUNTS), "EUR", "", per, until=until), start


def walk_day_by_day(line: PriceLine, start: datetime) -> Decimal:
    """Pay whatever is due on each day of the calendar, like a person with a diary."""
    paid, day, times = Decimal(0), start.date(), 0
    while times < (line.count or 10_000) and (
        line.until is None or datetime.combine(day, start.timetz()) < line.until
    ):
        if falls_due(day, start.date(), line.per):
            paid, times = paid + line.amount, times + 1
        day += timedelta(days=1)
    return paid


def falls_due(day: date, first: date, per: Period | None) -> bool:
    is_last_of_month = (day + timedelta(days=1)).day == 1
    is_its_day = day.day == first.day or (is_last_of_month and first.day > day.day)
    match per:
        case Period.DAY:
            return True
        case Period.WEEK:
            return day.weekday() == first.weekday()
        case Period.MONTH:
            return is_its_day
    return is_its_day and day.month == first.month


@given(recurring_lines())
def test_the_total_is_what_a_diary_says(example: tuple[PriceLine, datetime]) -> None:
    recurring, start = example
    assert total([recurring], start=start) == walk_day_by_day(recurring, start)


@given(st.lists(recurring_lines(), min_size=1, max_size=5), STARTS)
def test_a_price_survives_the_round_trip(examples: list[tuple[PriceLine, datetime]], start: datetime) -> None:
    lines = (
        PriceLine(PriceLineKind.ONE_OFF, Decimal("0.01"), "EUR"),
        *(recurring for recurring, _ in examples),
    )
    read = read_price(render_price(lines))
    assert read == lines
    assert render_price(read) == render_price(lines)


def test_lines_add_up_exactly() -> None:
    lines = read_price(
        [line(kind="oneOff", amount="0.10", per=None, count=None), line(amount="0.20", count=1200)]
    )
    assert total(lines, start=None) == Decimal("240.10")


def test_the_largest_price_is_still_exact() -> None:
    most = PriceLine(PriceLineKind.ONE_OFF, Decimal("31249999999.99"), "EUR")
    assert total([most] * 32, start=None) == Decimal("999999999999.68")


@pytest.mark.parametrize(
    ("per", "until", "times"),
    [
        ("month", "2026-02-28T09:00:00Z", 1),  # the second period starts exactly then: not before
        ("month", "2026-02-28T09:00:01Z", 2),
        ("month", "2026-03-31T09:00:00Z", 2),
        ("day", "2026-02-01T09:00:00Z", 1),
        ("day", "2026-02-01T09:00:01Z", 2),
        ("week", "2026-02-14T00:00:00Z", 2),
        ("year", "2027-01-31T09:00:01Z", 2),
        ("year", "9999-12-31T00:00:00Z", 7974),
    ],
)
def test_a_line_falls_due_as_often_as_a_period_starts(per: str, until: str, times: int) -> None:
    (recurring,) = read_price(line(per=per, until=until, count=None))
    assert times_due(recurring, start=START) == times


def test_a_line_until_a_date_needs_a_start_before_it() -> None:
    (recurring,) = read_price(line(until="2026-01-31T09:00:00Z", count=None))
    with pytest.raises(Unprocessable, match="missing-start"):
        total([recurring], start=None)
    with pytest.raises(Unprocessable, match="until-before-start"):
        total([recurring], start=START)


@pytest.mark.parametrize("amount", ["999999999999.99", "500000000000"])
def test_a_trillion_is_refused(amount: str) -> None:
    lines = read_price([line(amount=amount, count=2)])
    with pytest.raises(Unprocessable, match="price-too-large"):
        total(lines, start=None)


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
        ({"count": None}, "malformed-recurrence"),
        ({"until": "2028-03-14T00:00:00Z"}, "malformed-recurrence"),
        ({"kind": "oneOff"}, "malformed-recurrence"),
        ({"kind": "oneOff", "per": None}, "malformed-recurrence"),
        ({"count": 0}, "malformed-recurrence"),
        ({"count": 1201}, "malformed-recurrence"),
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
    with pytest.raises(Unprocessable, match="zero-price"):
        read_price([free, line(amount="0.00")])


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


def test_an_amount_is_never_rounded() -> None:
    with pytest.raises(Inexact):
        amount_string(Decimal("0.005"), currency="EUR")


def test_midnight_is_a_start_like_any_other() -> None:
    midnight = datetime.combine(date(2026, 1, 1), time(tzinfo=UTC))
    recurring = PriceLine(
        PriceLineKind.RECURRING, Decimal(1), "EUR", "", Period.DAY, until=midnight + timedelta(days=365)
    )
    assert total([recurring], start=midnight) == 365
