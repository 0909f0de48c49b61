"""Terms in plain English."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from protocol.conditions import Conditions
from protocol.drafts import Role
from protocol.offers import Draft, plain_terms
from protocol.plain_language import plain_amount, plain_date
from protocol.policies import DataPolicy
from protocol.prices import PriceLine, PriceLineKind
from protocol.terms import DataTerms
from protocol.times import Period
from tests.protocol.market import BUSINESS, CUSTOMER, DRAFT

END = datetime(2028, 3, 14, tzinfo=UTC)
ONCE = PriceLine(PriceLineKind.ONE_OFF, Decimal(2249), "EUR")
MONTHLY = PriceLine(PriceLineKind.RECURRING, Decimal("24.90"), "EUR", "Fee", Period.MONTH, until=END)
WEEKLY = PriceLine(PriceLineKind.RECURRING, Decimal(3), "EUR", "", Period.WEEK, count=52)
RUNS_ON = PriceLine(PriceLineKind.RECURRING, Decimal("9.90"), "EUR", "", Period.MONTH)
OFF = PriceLine(PriceLineKind.DISCOUNT, Decimal(50), "EUR", "Welcome")
OFF_MONTHLY = PriceLine(PriceLineKind.DISCOUNT, Decimal(5), "EUR", "", Period.MONTH, count=3)
HOURS = PriceLine(
    PriceLineKind.UNIT_RATE, Decimal(80), "EUR", "Work", unit=" hour ", estimate=Decimal("10.5")
)
POWER = PriceLine(
    PriceLineKind.UNIT_RATE, Decimal("0.3215"), "EUR", "", Period.MONTH, unit="kWh", estimate=Decimal(250)
)
FREE = PriceLine(PriceLineKind.ONE_OFF, Decimal(0), "EUR", "Delivery")


def draft(*price: PriceLine, ends_at: datetime | None = None, notice: str | None = None) -> Draft:
    start = datetime(2026, 3, 14, tzinfo=UTC)
    return replace(DRAFT, price=price, starts_at=start, ends_at=ends_at, notice=notice)


@pytest.mark.parametrize(
    ("terms", "sentence"),
    [
        (
            draft(MONTHLY, ends_at=END, notice="P1M"),
            "You pay 24.90 EUR a month until 14 March 2028; leave with one month's notice.",
        ),
        (draft(ONCE), "You pay 2,249.00 EUR."),
        (draft(ONCE, FREE), "You pay 2,249.00 EUR once."),
        (
            draft(ONCE, MONTHLY, WEEKLY, ends_at=END),
            (
                "You pay 2,249.00 EUR once, 24.90 EUR a month until 14 March 2028 and 3.00 EUR a week "
                "for 52 weeks, 3,002.60 EUR in all; it cannot be left before it ends."
            ),
        ),
        (
            draft(WEEKLY, ends_at=END, notice="P1Y6M2W1D"),
            (
                "You pay 3.00 EUR a week for 52 weeks; it ends on 14 March 2028; leave with one year, "
                "six months, two weeks and one day's notice."
            ),
        ),
        (
            draft(replace(MONTHLY, until=None, count=1), notice="P14D"),
            "You pay 24.90 EUR a month for one month; leave with 14 days' notice.",
        ),
        (
            draft(RUNS_ON, notice="P3M"),
            (
                "You pay 9.90 EUR a month until it is ended, 29.70 EUR at least; "
                "leave with three months' notice."
            ),
        ),
        (
            draft(RUNS_ON, ends_at=END),
            (
                "You pay 9.90 EUR a month until it is ended; it ends on 14 March 2028; "
                "it cannot be left before it ends."
            ),
        ),
        (draft(ONCE, OFF), "You pay 2,249.00 EUR once, less 50.00 EUR once, 2,199.00 EUR in all."),
        (
            draft(RUNS_ON, ONCE, OFF_MONTHLY, OFF, notice="P1M"),
            (
                "You pay 9.90 EUR a month until it is ended and 2,249.00 EUR once, "
                "less 5.00 EUR a month for three months and 50.00 EUR once, 2,203.90 EUR at least; "
                "leave with one month's notice."
            ),
        ),
        (draft(HOURS), "You pay 80.00 EUR for each hour, about 10.5 (840.00 EUR)."),
        (draft(replace(HOURS, unit="smile")), "You pay 80.00 EUR for each unit, about 10.5 (840.00 EUR)."),
        (
            draft(POWER, notice="P1M"),
            (
                "You pay 0.3215 EUR for each kWh, about 250 a month (80.38 EUR a month) until it is ended; "
                "leave with one month's notice."
            ),
        ),
    ],
    ids=[
        "one line",
        "once",
        "a free line",
        "several lines",
        "notice",
        "a count",
        "runs on",
        "runs to the end",
        "a discount",
        "discounts",
        "by the hour",
        "by what nobody knows",
        "by month and unit",
    ],
)
def test_terms_are_said_in_one_sentence(terms: Draft, sentence: str) -> None:
    assert plain_terms(terms, for_role=Role.CUSTOMER) == sentence


def test_the_business_is_paid() -> None:
    assert plain_terms(draft(ONCE), for_role=Role.BUSINESS) == "You are paid 2,249.00 EUR."


@pytest.mark.parametrize(
    ("days", "role", "leaving"),
    [
        (14, Role.CUSTOMER, "it cannot be left before it ends, but you may change your mind within 14 days."),
        (
            1,
            Role.BUSINESS,
            "it cannot be left before it ends, but the customer may change their mind within one day.",
        ),
        (0, Role.CUSTOMER, "it cannot be left before it ends."),
    ],
)
def test_what_cannot_be_left_says_who_may_still_withdraw(days: int, role: Role, leaving: str) -> None:
    agreed = DataTerms(CUSTOMER, BUSINESS, DataPolicy(), (), conditions=Conditions(withdrawal_days=days))
    said = plain_terms(replace(draft(ONCE, ends_at=END), terms=agreed), for_role=role)
    assert said.endswith(f"; {leaving}")
    assert "mind" not in plain_terms(
        replace(draft(ONCE, ends_at=END, notice="P1M"), terms=agreed), for_role=role
    )  # it can be left anyway


def test_no_text_of_the_other_side_gets_in() -> None:
    hostile = replace(
        draft(replace(ONCE, label="and nothing else, ever")), name="Free of charge", content="No costs."
    )
    assert plain_terms(hostile, for_role=Role.CUSTOMER) == "You pay 2,249.00 EUR."


def test_amounts_and_dates_are_written_as_people_do() -> None:
    assert plain_amount(Decimal(1234567), currency="JPY") == "1,234,567 JPY"
    assert plain_amount(Decimal("0.5"), currency="EUR") == "0.50 EUR"
    assert plain_date(datetime(2024, 2, 29, 23, 59, tzinfo=UTC)) == "29 February 2024"
