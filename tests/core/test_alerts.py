"""What the owner of an agreement must know now."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from node.core.alerts import LATE_FOR, Alert, AlertKind, alerts, promised_by, view_alert
from protocol.drafts import Role
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.specifications import Property
from protocol.times import Period
from protocol.vocabulary import LEAD_TIME
from tests.core.test_obligations import START, obligation
from tests.core.test_threads import draft

DAY = timedelta(days=1)
BEGINS = datetime(2026, 2, 1, tzinfo=UTC)
RISE = datetime(2026, 8, 1, tzinfo=UTC)  # after six months
MONTHLY = PriceLine(PriceLineKind.RECURRING, Decimal("30.00"), "EUR", per=Period.MONTH)
OFF = PriceLine(PriceLineKind.DISCOUNT, Decimal("10.00"), "EUR", per=Period.MONTH, count=6)


def goes_on(*more: PriceLine, **members: Any) -> Draft:
    """Terms that run until they are left, with a month's notice."""
    terms = {"price": (MONTHLY, *more), "starts_at": BEGINS, "notice": "P1M", **members}
    return replace(draft("30"), **terms)


def known(terms: Draft, now: datetime, *, is_confirmed: bool = False, **members: Any) -> list[Alert]:
    return alerts(obligation(terms, **members), is_confirmed=is_confirmed, now=now)


# --- a price that rises -------------------------------------------------------------------------------------


def test_a_price_that_rises_is_told_while_notice_avoids_it() -> None:
    act_by = datetime(2026, 7, 1, tzinfo=UTC)
    rise = Alert(
        kind=AlertKind.RISES, at=RISE, act_by=act_by, per=Period.MONTH, before=Decimal(20), after=Decimal(30)
    )
    assert known(goes_on(OFF), act_by - 31 * DAY) == []
    assert known(goes_on(OFF), act_by - 29 * DAY) == [rise]
    assert known(goes_on(OFF), act_by + DAY) == [replace(rise, act_by=None)]
    assert known(goes_on(OFF), RISE) == []


def test_it_is_told_without_a_day_to_act_where_none_can_be_given() -> None:
    terms = goes_on(OFF, notice=None, ends_at=datetime(2027, 2, 1, tzinfo=UTC))
    (rise,) = known(terms, RISE - 20 * DAY)
    assert (rise.kind, rise.at, rise.act_by) == (AlertKind.RISES, RISE, None)
    assert known(terms, RISE - 40 * DAY) == []


def test_only_who_pays_is_told() -> None:
    assert known(goes_on(OFF), RISE - DAY, role=Role.BUSINESS) == []


def test_what_is_left_before_does_not_rise() -> None:
    assert known(goes_on(OFF), RISE - 20 * DAY, state="ending", leaves_at=RISE) == []
    (rise,) = known(goes_on(OFF), RISE - 20 * DAY, state="ending", leaves_at=RISE + DAY)
    assert rise.act_by is None  # notice was given


def test_what_ends_with_its_discount_does_not_rise() -> None:
    both = replace(MONTHLY, count=6)
    assert known(replace(goes_on(OFF), price=(both, OFF)), RISE - DAY) == []
    assert known(goes_on(), RISE - DAY) == []  # nothing is taken off
    assert known(goes_on(replace(OFF, count=None)), RISE - DAY) == []  # for as long as it runs


def test_each_discount_that_ends_is_a_rise_of_its_own_the_next_first() -> None:
    later = replace(OFF, count=12)
    (rise,) = known(goes_on(OFF, later), RISE - DAY)
    assert (rise.before, rise.after) == (Decimal(10), Decimal(20))
    (rise,) = known(goes_on(OFF, later), datetime(2027, 1, 31, tzinfo=UTC))
    assert (rise.before, rise.after) == (Decimal(20), Decimal(30))


def test_of_what_is_paid_by_the_year_and_by_the_month_each_rises_by_itself() -> None:
    yearly = PriceLine(PriceLineKind.RECURRING, Decimal(100), "EUR", per=Period.YEAR)
    off = PriceLine(PriceLineKind.DISCOUNT, Decimal(40), "EUR", per=Period.YEAR, count=1)
    told = known(goes_on(yearly, off, replace(OFF, count=12)), datetime(2027, 1, 31, tzinfo=UTC))
    assert [(rise.per, rise.before, rise.after) for rise in told] == [
        (Period.MONTH, Decimal(20), Decimal(30)),
        (Period.YEAR, Decimal(60), Decimal(100)),
    ]


def test_a_price_is_never_below_zero_and_a_rise_from_there_to_there_is_none() -> None:
    free = replace(OFF, amount=Decimal("30.00"))
    (rise,) = known(goes_on(free), RISE - DAY)
    assert (rise.before, rise.after) == (Decimal(0), Decimal(30))
    assert known(goes_on(free, replace(free, count=12)), RISE - DAY) == []


def test_times_and_notices_beyond_all_years_are_no_mistake() -> None:
    assert known(goes_on(replace(OFF, per=Period.YEAR, count=1_200), notice="P9000Y"), RISE) == []
    far = datetime(9999, 12, 31, tzinfo=UTC)
    assert known(replace(draft("30"), starts_at=far, ends_at=None), RISE) == []
    late = goes_on(replace(OFF, per=Period.YEAR, count=1_200), starts_at=far)
    assert known(late, RISE) == []


# --- what was to be done ------------------------------------------------------------------------------------


def test_what_nobody_has_confirmed_is_late_from_the_day_after_for_a_while() -> None:
    terms = replace(draft("99"), starts_at=RISE)
    assert known(terms, RISE + DAY - timedelta(seconds=1)) == []
    assert known(terms, RISE + DAY) == [Alert(kind=AlertKind.LATE, at=RISE)]
    assert known(terms, RISE + DAY, is_confirmed=True) == []
    assert known(terms, RISE + DAY, role=Role.BUSINESS)[0].kind is AlertKind.LATE
    assert known(terms, RISE + LATE_FOR) == []
    assert known(terms, RISE + DAY, state="accepted") == known(terms, RISE + DAY, state="superseded") == []


@pytest.mark.parametrize(
    ("lead", "by"),
    [
        (Property(LEAD_TIME, "3", "d"), START + 3 * DAY),
        (Property("delivery lead time", "14", "days"), START + 14 * DAY),  # the same name, as typed
        (Property("delivery", "14", "days"), RISE),  # what is called otherwise says nothing
        (Property(LEAD_TIME, "3", "week"), RISE),
        (Property(LEAD_TIME, "soon", "d"), RISE),
        (Property(LEAD_TIME, "-3", "d"), RISE),
        (Property(LEAD_TIME, "9999", "d"), RISE),
        (Property(LEAD_TIME, "9" * 400, "d"), RISE),
        (Property(LEAD_TIME, "\N{SUPERSCRIPT TWO}", "d"), RISE),
    ],
)
def test_by_when_it_was_promised(lead: Property, by: datetime) -> None:
    assert promised_by(replace(draft("99"), starts_at=RISE, properties=(lead,)), since=START) == by


def test_what_goes_on_or_names_no_day_was_promised_by_none() -> None:
    assert promised_by(goes_on(), since=START) is None
    assert promised_by(draft("99"), since=START) is None


# --- what ends ----------------------------------------------------------------------------------------------


def test_the_last_day_for_notice_is_told_and_then_nothing() -> None:
    ends_at = datetime(2027, 2, 1, tzinfo=UTC)
    day = datetime(2027, 1, 1, tzinfo=UTC)
    terms = goes_on(ends_at=ends_at)
    assert known(terms, day - 15 * DAY) == []
    assert known(terms, day - 13 * DAY) == [Alert(kind=AlertKind.NOTICE, at=ends_at, act_by=day)]
    assert known(terms, day) == []
    assert known(terms, day - 13 * DAY, state="ending", leaves_at=ends_at) == []


def test_an_end_that_comes_by_itself_is_told() -> None:
    ends_at = datetime(2027, 2, 1, tzinfo=UTC)
    terms = goes_on(notice=None, ends_at=ends_at)
    assert known(terms, ends_at - 13 * DAY) == [Alert(kind=AlertKind.ENDS, at=ends_at)]
    assert known(terms, ends_at - 15 * DAY) == []
    assert known(terms, ends_at) == []


def test_what_was_agreed_after_its_last_day_has_none() -> None:
    terms = goes_on(ends_at=datetime(2027, 2, 1, tzinfo=UTC))
    assert known(terms, datetime(2027, 1, 20, tzinfo=UTC), since=datetime(2027, 1, 10, tzinfo=UTC)) == []


def test_it_is_shown_in_the_decimals_of_its_currency() -> None:
    (rise,) = known(goes_on(OFF), RISE - DAY)
    assert view_alert(rise, currency="EUR") == {
        "kind": "rises",
        "at": "2026-08-01T00:00:00Z",
        "act_by": None,
        "per": "month",
        "before": "20.00",
        "after": "30.00",
    }
    assert view_alert(Alert(kind=AlertKind.LATE, at=RISE), currency="EUR")["before"] is None
