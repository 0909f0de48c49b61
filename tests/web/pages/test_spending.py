"""What falls due month by month, where the reader is, and what is next."""

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from node.web.pages.agreements import spending
from node.web.pages.wording import formats
from node.web.pages.wording.languages import ENGLISH, GERMAN, Reader, reading

NOW = datetime(2027, 2, 2, 17, 0, tzinfo=UTC)
BERLIN = ZoneInfo("Europe/Berlin")
HERE = Reader(language=ENGLISH, zone=BERLIN, now=NOW)


def payment(at: str, amount: str = "10.00", currency: str = "EUR") -> dict[str, Any]:
    return {"at": at, "amount": amount, "currency": currency}


def test_half_a_year_is_looked_at_and_two_months_ahead() -> None:
    with reading(HERE):
        since, until = spending.span()
    assert since == datetime(2026, 8, 31, 22, 0, tzinfo=UTC)  # midnight where the reader is
    assert until == datetime(2027, 4, 5, 17, 0, tzinfo=UTC)


def test_a_payment_belongs_to_the_month_where_the_reader_is() -> None:
    paid = [payment("2026-12-31T23:30:00Z"), payment("2027-02-15T00:00:00Z", "25.50")]
    with reading(HERE):
        (spent,) = spending.spending([*paid, payment("2027-03-15T00:00:00Z")])
    assert [(month.first, month.amount) for month in spent.months if month.amount != "0"] == [
        (date(2027, 1, 1), "10.00"),
        (date(2027, 2, 1), "25.50"),
    ]
    assert (spent.most.first, spent.most.whole, spent.most.now) == (date(2027, 2, 1), "26", True)


def test_each_currency_is_told_apart_and_none_is_drawn_for_nothing() -> None:
    with reading(HERE):
        both = spending.spending(
            [payment("2027-01-05T00:00:00Z", currency="CHF"), payment("2027-01-05T00:00:00Z")]
        )
        assert [one.currency for one in both] == ["CHF", "EUR"]
        assert spending.spending([]) == []


def test_what_is_next_is_still_to_come() -> None:
    paid = [
        payment("2027-02-01T00:00:00Z"),
        *(payment(f"2027-02-{day:02}T00:00:00Z") for day in range(3, 12)),
    ]
    with reading(HERE):
        ahead = spending.ahead(paid)
    assert [one["at"][:10] for one in ahead] == [f"2027-02-{day:02}" for day in range(3, 8)]


@pytest.mark.parametrize(
    ("first", "short", "english", "german"),
    [
        (date(2027, 2, 1), False, "February", "Februar"),
        (date(2026, 10, 1), False, "October 2026", "Oktober 2026"),
        (date(2026, 10, 1), True, "Oct", "Okt"),
    ],
)
def test_months_have_names(first: date, short: bool, english: str, german: str) -> None:
    for language, said in ((ENGLISH, english), (GERMAN, german)):
        with reading(Reader(language=language, zone=BERLIN, now=NOW)):
            assert formats.month(first, short=short) == said
