"""What price lines come to, all told and at least."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.charges import Charge, Span, add_up, each, least_known, times_due
from protocol.errors import Unprocessable
from protocol.prices import PriceLine, PriceLineKind, read_price
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


def total(lines: list[PriceLine] | tuple[PriceLine, ...], start: datetime | None) -> Decimal | None:
    """What lines come to over their whole term."""
    charge = add_up(lines, Span(start))
    assert charge.least == charge.total
    return charge.total


@given(recurring_lines())
def test_the_total_is_what_a_diary_says(example: tuple[PriceLine, datetime]) -> None:
    recurring, start = example
    assert total([recurring], start) == walk_day_by_day(recurring, start)


def test_lines_add_up_exactly() -> None:
    lines = read_price(
        [line(kind="oneOff", amount="0.10", per=None, count=None), line(amount="0.20", count=1200)]
    )
    assert total(lines, None) == Decimal("240.10")


def test_the_largest_price_is_still_exact() -> None:
    most = PriceLine(PriceLineKind.ONE_OFF, Decimal("31249999999.99"), "EUR")
    assert total([most] * 32, None) == Decimal("999999999999.68")


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
    assert times_due(recurring, Span(START)) == times


def test_a_line_until_a_date_needs_a_start_before_it() -> None:
    (recurring,) = read_price(line(until="2026-01-31T09:00:00Z", count=None))
    with pytest.raises(Unprocessable, match="missing-start"):
        total([recurring], None)
    with pytest.raises(Unprocessable, match="until-before-start"):
        total([recurring], START)


@pytest.mark.parametrize("amount", ["999999999999.99", "500000000000"])
def test_a_trillion_is_refused(amount: str) -> None:
    lines = read_price([line(amount=amount, count=2)])
    with pytest.raises(Unprocessable, match="price-too-large"):
        total(lines, None)


def test_midnight_is_a_start_like_any_other() -> None:
    midnight = datetime.combine(date(2026, 1, 1), time(tzinfo=UTC))
    recurring = PriceLine(
        PriceLineKind.RECURRING, Decimal(1), "EUR", "", Period.DAY, until=midnight + timedelta(days=365)
    )
    assert total([recurring], midnight) == 365


# --- what nobody can know beforehand -----------------------------------------------------------------

SUBSCRIPTION = PriceLine(PriceLineKind.RECURRING, Decimal("9.90"), "EUR", "Radio", Period.MONTH)
HOURS = PriceLine(PriceLineKind.UNIT_RATE, Decimal(80), "EUR", "Work", unit="hour", estimate=Decimal("10.5"))
ONCE = PriceLine(PriceLineKind.ONE_OFF, Decimal(50), "EUR", "Set-up")
END = START + timedelta(days=365)


def off(amount: str, per: Period | None = None, **more: Any) -> PriceLine:
    return PriceLine(PriceLineKind.DISCOUNT, Decimal(amount), "EUR", "Less", per, **more)


@pytest.mark.parametrize(
    ("lines", "span", "least", "all_told"),
    [
        # Until it is ended: what falls due before whoever gives notice at the start is free.
        ([SUBSCRIPTION], Span(START, notice="P1M"), "9.90", None),
        ([SUBSCRIPTION], Span(START, notice="P3M"), "29.70", None),
        ([SUBSCRIPTION], Span(START, notice="P14D"), "9.90", None),
        ([SUBSCRIPTION], Span(START, notice="P0D"), "9.90", None),
        ([SUBSCRIPTION], Span(None, notice="P3M"), "9.90", None),
        ([SUBSCRIPTION], Span(START, START + timedelta(days=40), "P3M"), "19.80", None),
        ([SUBSCRIPTION, ONCE], Span(START, notice="P1M"), "59.90", None),
        # An end without a notice is a term like any other.
        ([SUBSCRIPTION], Span(START, END), "118.80", "118.80"),
        # What is used is estimated; the least is nothing.
        ([HOURS], Span(), "0", None),
        ([HOURS, ONCE], Span(), "50", None),
        ([HOURS, ONCE, off("60")], Span(), "0", None),
        # Discounts.
        ([ONCE, off("5")], Span(), "45", "45"),
        ([SUBSCRIPTION, off("9.90", Period.MONTH)], Span(START, notice="P3M"), "0", None),
        ([SUBSCRIPTION, off("4.90", Period.MONTH, count=2)], Span(START, notice="P1M"), "5.00", None),
        ([SUBSCRIPTION, off("4.90", Period.MONTH, count=2)], Span(START, notice="P3M"), "19.90", None),
        ([SUBSCRIPTION, off("4.90", Period.MONTH, count=2)], Span(START, END), "109.00", "109.00"),
        ([SUBSCRIPTION, off("9.90", Period.MONTH, count=3)], Span(START, notice="P1M"), "0", None),
        ([SUBSCRIPTION, off("20")], Span(START, notice="P1M"), "0", None),
        # Where nobody can leave early, nobody loses a discount.
        ([SUBSCRIPTION, off("4.90", Period.MONTH), HOURS], Span(START, END), "60.00", None),
        ([SUBSCRIPTION, off("4.90", Period.MONTH, count=2), HOURS], Span(START, END), "109.00", None),
    ],
)
def test_what_is_owed_at_least_and_all_told(
    lines: list[PriceLine], span: Span, least: str, all_told: str | None
) -> None:
    assert add_up(lines, span) == Charge(Decimal(least), None if all_told is None else Decimal(all_told))


def runs_on(amount: str, per: Period) -> PriceLine:
    return PriceLine(PriceLineKind.RECURRING, Decimal(amount), "EUR", "", per)


@pytest.mark.parametrize(
    ("lines", "span", "least"),
    [
        ([SUBSCRIPTION], Span(notice="P1M"), "9.90"),
        ([SUBSCRIPTION], Span(notice="P3M"), "29.70"),
        ([SUBSCRIPTION, ONCE], Span(notice="P1Y"), "168.80"),
        ([SUBSCRIPTION, off("4.90", Period.MONTH, count=2)], Span(notice="P3M"), "19.90"),
        ([runs_on("120", Period.YEAR)], Span(notice="P3M"), "120"),
        ([runs_on("2", Period.WEEK)], Span(notice="P15D"), "6"),
        ([runs_on("2", Period.DAY)], Span(notice="P2W"), "28"),
        # How many of the one there are in the other hangs on the calendar.
        ([SUBSCRIPTION], Span(notice="P90D"), "9.90"),
        ([SUBSCRIPTION], Span(notice="P3M1D"), "9.90"),
        ([runs_on("2", Period.WEEK), SUBSCRIPTION], Span(notice="P3M"), "11.90"),
        # It may begin shortly before its end.
        ([SUBSCRIPTION], Span(end=END, notice="P3M"), "9.90"),
        # With a start it is what is signed; so it is where it would be more than can be said.
        ([SUBSCRIPTION], Span(START, notice="P3M"), "29.70"),
        ([runs_on("999999999999", Period.MONTH)], Span(notice="P3M"), "999999999999"),
        ([HOURS], Span(), "0"),
    ],
)
def test_what_is_owed_at_least_is_known_without_a_start(
    lines: list[PriceLine], span: Span, least: str
) -> None:
    assert least_known(lines, span) == Decimal(least)


@given(recurring_lines(), st.integers(1, 40), st.sampled_from("DWMY"))
def test_whenever_it_begins_no_less_is_owed(
    example: tuple[PriceLine, datetime], number: int, unit: str
) -> None:
    recurring, start = example
    line = PriceLine(PriceLineKind.RECURRING, recurring.amount, "EUR", "", recurring.per)
    known = least_known([line], Span(notice=f"P{number}{unit}"))
    assert known <= add_up([line], Span(start, notice=f"P{number}{unit}")).least


@given(recurring_lines(), st.integers(0, 6), st.sampled_from("DWMY"))
def test_whoever_leaves_at_once_owes_the_least(
    example: tuple[PriceLine, datetime], number: int, unit: str
) -> None:
    recurring, start = example
    runs_on = PriceLine(PriceLineKind.RECURRING, recurring.amount, "EUR", "", recurring.per)
    charge = add_up([runs_on], Span(start, notice=f"P{number}{unit}"))
    free = moment_after(start, number, unit)
    until = PriceLine(PriceLineKind.RECURRING, recurring.amount, "EUR", "", recurring.per, until=free)
    owed = walk_day_by_day(until, start) if number else recurring.amount
    assert charge == Charge(owed, None)


def moment_after(start: datetime, number: int, unit: str) -> datetime:
    if unit in "DW":
        return start + timedelta(days=number * (7 if unit == "W" else 1))
    months = start.month - 1 + number * (12 if unit == "Y" else 1)
    last = (date(start.year + (months + 1) // 12, (months + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return start.replace(year=start.year + months // 12, month=months % 12 + 1, day=min(start.day, last))


@pytest.mark.parametrize(
    ("lines", "span", "code"),
    [
        ([SUBSCRIPTION], Span(), "no-leaving"),
        ([SUBSCRIPTION], Span(START), "no-leaving"),
        ([SUBSCRIPTION], Span(None, END), "missing-start"),
        ([SUBSCRIPTION], Span(START, START), "until-before-start"),
        ([ONCE, off("50")], Span(), "discount-too-large"),
        ([ONCE, off("50.01")], Span(), "discount-too-large"),
        ([SUBSCRIPTION, off("9.91", Period.MONTH)], Span(START, notice="P1M"), "discount-too-large"),
        ([SUBSCRIPTION, off("1", Period.WEEK)], Span(START, notice="P1M"), "discount-too-large"),
        ([SUBSCRIPTION, off("9.91", Period.MONTH, count=3)], Span(START, notice="P1M"), "discount-too-large"),
        (
            [SUBSCRIPTION, off("1", Period.MONTH, until=END), off("9", Period.MONTH)],
            Span(START, notice="P1M"),
            "discount-too-large",
        ),
        (
            [SUBSCRIPTION, ONCE, off("20", Period.MONTH, count=12)],
            Span(START, notice="P1M"),
            "discount-too-large",
        ),
        ([SUBSCRIPTION, off("1", Period.WEEK)], Span(START), "no-leaving"),
        ([HOURS, off("840")], Span(), "discount-too-large"),
        ([HOURS, ONCE, off("999999999999")], Span(), "discount-too-large"),
        (
            [PriceLine(PriceLineKind.UNIT_RATE, Decimal(10**6), "EUR", unit="kg", estimate=Decimal(10**6))],
            Span(),
            "price-too-large",
        ),
        (
            [
                PriceLine(
                    PriceLineKind.UNIT_RATE, Decimal(1), "EUR", per=Period.DAY, until=END, unit="h",
                    estimate=Decimal(1),
                )
            ],
            Span(),
            "missing-start",
        ),
        ([SUBSCRIPTION], Span(START, notice="P9999Y"), "time-out-of-range"),
    ],
)  # fmt: skip
def test_what_cannot_be_owed_is_refused(lines: list[PriceLine], span: Span, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        add_up(lines, span)


def test_a_discount_may_be_taken_off_what_is_used_as_far_as_that_is_estimated() -> None:
    assert add_up([HOURS, off("839.99")], Span()) == Charge(Decimal(0), None)
    # How often it falls due nobody knows, and so nobody knows that it is never earned.
    assert add_up([SUBSCRIPTION, off("50")], Span(START, notice="P1M")) == Charge(Decimal(0), None)


def test_each_line_comes_to_so_much_each_time() -> None:
    assert [each(line) for line in (SUBSCRIPTION, HOURS, off("5"))] == [Decimal("9.90"), 840, -5]
    energy = PriceLine(
        PriceLineKind.UNIT_RATE, Decimal("0.3215"), "EUR", unit="kWh", estimate=Decimal("250.1")
    )
    assert each(energy) == Decimal("80.41")
    wide = Decimal("999999999999.999999")
    assert each(PriceLine(PriceLineKind.UNIT_RATE, wide, "JPY", unit="kg", estimate=wide)) > 10**23
