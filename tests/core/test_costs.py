"""How long terms run, and what they cost by month and over a time."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.core.costs import cost_by_month, cost_over, is_endless, is_paid_by_month, months_of
from protocol.errors import Unprocessable
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind, read_price, render_price
from protocol.times import Period
from tests.core.test_threads import draft

START = datetime(2026, 1, 31, 12, tzinfo=UTC)


def line(
    amount: str, per: Period, count: int | None = None, until: datetime | None = None, currency: str = "EUR"
) -> PriceLine:
    return PriceLine(PriceLineKind.RECURRING, Decimal(amount), currency, per=per, count=count, until=until)


def once(amount: str) -> PriceLine:
    return PriceLine(PriceLineKind.ONE_OFF, Decimal(amount), "EUR")


def priced(*lines: PriceLine, starts_at: datetime | None = None, ends_at: datetime | None = None) -> Draft:
    return replace(draft(), price=lines, starts_at=starts_at, ends_at=ends_at)


@pytest.mark.parametrize(
    ("terms", "months"),
    [
        (priced(once("100")), None),
        (priced(line("30", Period.MONTH, 24)), "24"),
        (priced(once("100"), line("30", Period.MONTH, 12), line("9", Period.YEAR, 3)), "36"),
        (priced(line("5", Period.WEEK, 52)), "11.96"),
        (priced(line("5", Period.DAY, 30)), "0.99"),
        (priced(line("5", Period.MONTH, until=START.replace(year=2028)), starts_at=START), "24"),
        (priced(once("600"), starts_at=START, ends_at=START.replace(year=2027)), "12"),
        # The end of the day before, as people say when something ends.
        (priced(once("600"), starts_at=START, ends_at=datetime(2027, 1, 30, 23, 59, 59, tzinfo=UTC)), "12"),
        (priced(once("60"), starts_at=START, ends_at=datetime(2026, 2, 10, 12, tzinfo=UTC)), "0.33"),
        (priced(once("60"), starts_at=START, ends_at=datetime(2026, 3, 15, 12, tzinfo=UTC)), "1.41"),
        (priced(once("60"), starts_at=START, ends_at=START), None),
        (priced(once("60"), starts_at=START, ends_at=START.replace(year=2020)), None),
        (priced(once("60"), ends_at=START), None),
        # What ends with the calendar can be compared like the rest.
        (priced(once("60"), starts_at=START, ends_at=datetime.max.replace(tzinfo=UTC)), "95686.97"),
    ],
)
def test_terms_run_for_months(terms: Draft, months: str | None) -> None:
    assert months_of(terms) == (None if months is None else Decimal(months))


@pytest.mark.parametrize(
    ("terms", "by_month"),
    [
        (priced(once("100")), None),
        (priced(line("30", Period.MONTH, 24)), "30.00"),
        (priced(once("120"), line("30", Period.MONTH, 24)), "30.00"),
        (priced(once("600"), starts_at=START, ends_at=START.replace(year=2027)), "50.00"),
        (priced(line("100", Period.YEAR, 1)), "8.33"),
        (priced(line("1000", Period.YEAR, 1, currency="JPY")), "83"),
    ],
)
def test_a_month_has_its_share_of_what_recurs(terms: Draft, by_month: str | None) -> None:
    found = cost_by_month(terms)
    assert (None if found is None else str(found)) == by_month


@pytest.mark.parametrize(
    ("terms", "months", "cost"),
    [
        (priced(once("900")), 24, "900"),
        (priced(line("30", Period.MONTH, 24)), 24, "720.00"),
        # Of a longer term counts what falls due within the time.
        (priced(once("99"), line("30", Period.MONTH, 36)), 24, "819.00"),
        (priced(line("100", Period.YEAR, 3)), 13, "200.00"),
        # A shorter one is renewed, what is charged once aside.
        (priced(once("99"), line("30", Period.MONTH, 12)), 18, "639.00"),
        (priced(line("30", Period.MONTH, 12), line("10", Period.MONTH, 3)), 14, "470.00"),
        # Without a price by the month the whole is.
        (priced(once("600"), starts_at=START, ends_at=START.replace(year=2027)), 18, "900.00"),
        (priced(once("600"), starts_at=START, ends_at=START.replace(year=2027)), 6, "600.00"),
    ],
)
def test_a_time_costs_what_falls_due_in_it(terms: Draft, months: int, cost: str) -> None:
    assert str(cost_over(terms, months)) == cost


def test_a_months_cost_says_all_where_nothing_is_charged_once() -> None:
    assert is_paid_by_month(priced(line("30", Period.MONTH, 24)))
    assert is_paid_by_month(priced(once("600"), starts_at=START, ends_at=START.replace(year=2027)))
    assert not is_paid_by_month(priced(once("600")))
    assert not is_paid_by_month(priced(once("99"), line("30", Period.MONTH, 24)))


RADIO = line("9.90", Period.MONTH)
OFF = PriceLine(PriceLineKind.DISCOUNT, Decimal("4.90"), "EUR", per=Period.MONTH, count=2)
HOURS = PriceLine(PriceLineKind.UNIT_RATE, Decimal(80), "EUR", unit="hour", estimate=Decimal(10))


@pytest.mark.parametrize(
    ("terms", "by_month", "over_a_year"),
    [
        # What runs on has no term, but a price by the month.
        (priced(RADIO), "9.90", "118.80"),
        (priced(RADIO, once("50"), OFF), "9.90", "159.00"),
        (priced(line("2", Period.WEEK)), "8.70", "106.00"),
        (priced(RADIO, replace(HOURS, per=Period.MONTH)), "809.90", "9718.80"),
        # What hangs on use costs by its estimate, once or by the month.
        (priced(HOURS, once("20")), None, "820.00"),
        (priced(replace(HOURS, per=Period.MONTH, count=6), line("5", Period.MONTH, 6)), "805.00", "9660.00"),
    ],
)
def test_what_has_no_total_costs_by_the_month_and_by_estimate(
    terms: Draft, by_month: str | None, over_a_year: str
) -> None:
    terms = replace(terms, notice="P1M")
    assert months_of(terms) == (Decimal(6) if by_month == "805.00" else None)
    assert is_endless(terms) == (by_month not in (None, "805.00"))
    found = cost_by_month(terms)
    assert (None if found is None else str(found)) == by_month
    assert str(cost_over(terms, 12)) == over_a_year


def test_a_discount_lowers_what_a_month_costs() -> None:
    terms = priced(line("30", Period.MONTH, 12), replace(OFF, count=12))
    assert (cost_by_month(terms), cost_over(terms, 6)) == (Decimal("25.10"), Decimal("150.60"))


def off(amount: str, per: Period | None = None, count: int | None = None) -> PriceLine:
    return PriceLine(PriceLineKind.DISCOUNT, Decimal(amount), "EUR", per=per, count=count)


@pytest.mark.parametrize(
    ("terms", "months", "cost"),
    [
        # A credit is used up and never paid out.
        (priced(RADIO, off("50")), 1, "0.00"),
        (priced(RADIO, off("50")), 6, "9.40"),
        # Who cannot leave earlier owes what is owed at least.
        (replace(priced(RADIO, off("50"), starts_at=START), notice="P6M"), 1, "9.40"),
        # Part of a term has its part of what is taken off all of it.
        (priced(line("24.90", Period.MONTH, 12), off("120")), 1, "14.90"),
        (priced(line("24.90", Period.MONTH, 12), off("120")), 12, "178.80"),
        (priced(line("24.90", Period.MONTH, 12), off("120")), 24, "477.60"),
        (priced(line("9.90", Period.MONTH, 24), off("20", Period.MONTH, 3)), 3, "22.20"),
        (priced(line("9.90", Period.MONTH, 24), off("20", Period.MONTH, 3)), 36, "266.40"),
        # No term is renewed for less than nothing.
        (priced(once("500"), line("10", Period.MONTH, 12), off("20", Period.MONTH, 12)), 12, "380.00"),
        (priced(once("500"), line("10", Period.MONTH, 12), off("20", Period.MONTH, 12)), 120, "380.00"),
    ],
)
def test_a_discount_is_never_paid_out(terms: Draft, months: int, cost: str) -> None:
    terms = replace(
        terms, notice=terms.notice or ("P1M" if is_endless(replace(terms, notice="P1M")) else None)
    )
    assert str(cost_over(terms, months)) == cost


def test_no_month_costs_less_than_nothing() -> None:
    terms = priced(once("500"), line("10", Period.MONTH, 12), off("20", Period.MONTH, 12))
    assert cost_by_month(terms) == 0


AMOUNTS = st.decimals(0, 200, places=2).map(str)
COUNTS = st.none() | st.integers(1, 40)
PERS = st.sampled_from(Period)
LINES = st.one_of(
    st.builds(once, AMOUNTS),
    st.builds(line, AMOUNTS, PERS, COUNTS),
    st.builds(off, AMOUNTS),
    st.builds(off, AMOUNTS, PERS, COUNTS),
    st.builds(
        lambda amount, per: replace(HOURS, amount=Decimal(amount), per=per, count=per and 5), AMOUNTS, PERS
    ),
)


@given(
    st.lists(LINES, min_size=1, max_size=5),
    st.sampled_from([None, "P1M", "P2W", "P6M"]),
    st.sampled_from([None, START.replace(year=2028)]),
    st.integers(1, 60),
)
def test_nothing_that_can_be_agreed_costs_less_than_nothing(
    lines: list[PriceLine], notice: str | None, ends_at: datetime | None, months: int
) -> None:
    terms = replace(priced(*lines, starts_at=START, ends_at=ends_at), notice=notice)
    try:
        read_price(render_price(lines))
        charge = terms.charge
    except Unprocessable:
        assume(condition=False)
        raise
    monthly, over = cost_by_month(terms), cost_over(terms, months)
    assert monthly is None or monthly >= 0
    assert over is not None
    assert over >= 0
    assert charge.total is None or charge.total > 0
    if months_of(terms) is None and charge.total is not None:
        assert over == charge.total
