"""What an agreement makes fall due within a span of time."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from node.core.outgoings import payments
from protocol.prices import PriceLine, PriceLineKind
from protocol.times import Period
from tests.core.test_obligations import LEASED, START, obligation
from tests.core.test_threads import draft

ENDLESS = PriceLine(PriceLineKind.RECURRING, Decimal("9.90"), "EUR", per=Period.MONTH)
LESS = PriceLine(PriceLineKind.DISCOUNT, Decimal("10.00"), "EUR")
METERED = PriceLine(
    PriceLineKind.UNIT_RATE, Decimal("0.284"), "EUR", per=Period.MONTH, unit="kW.h", estimate=Decimal(200)
)
OPEN = replace(draft("99"), price=(ENDLESS,), notice="P1M")


def day(month: int, number: int = 15, year: int = 2026) -> datetime:
    return datetime(year, month, number, 12, tzinfo=UTC)


def due(since: datetime, until: datetime, /, terms: Any = LEASED, **members: Any) -> list[tuple[str, str]]:
    chain = {name: members.pop(name) for name in ("over", "changed", "begun") if name in members}
    found = payments(obligation(terms, **members), since=since, until=until, **chain)
    return [(one.at.date().isoformat(), str(one.amount)) for one in found]


def test_what_falls_due_together_is_one_payment() -> None:
    assert due(day(1, 1), day(3)) == [("2026-01-15", "108.90"), ("2026-02-15", "9.90")]


def test_a_span_begins_with_its_first_moment_and_ends_before_its_last() -> None:
    assert due(START, START) == []
    assert due(day(2), day(3)) == [("2026-02-15", "9.90")]


def test_it_falls_due_as_often_as_was_agreed() -> None:
    assert [at for at, _ in due(day(11), day(12, year=2028))] == ["2026-11-15", "2026-12-15"]


@pytest.mark.parametrize(
    "members",
    [{"state": "ending", "leaves_at": day(3)}, {"over": day(3)}, {"terms": replace(OPEN, ends_at=day(3))}],
)
def test_nothing_falls_due_once_it_is_over(members: dict[str, Any]) -> None:
    assert due(day(1, 1), day(12), **{"terms": OPEN, **members}) == [
        ("2026-01-15", "9.90"),
        ("2026-02-15", "9.90"),
    ]


def test_what_is_paid_once_is_paid_once_however_often_it_is_changed() -> None:
    assert due(day(1, 1), day(3), over=day(1, 20)) == [("2026-01-15", "9.90")]  # its lease, and not its entry
    assert due(day(1, 1), day(3), draft("99"), begun=day(1, 2)) == [("2026-01-02", "99")]


@pytest.mark.parametrize("terms", [OPEN, replace(OPEN, starts_at=day(1))])
def test_no_month_counts_twice_because_the_terms_were_changed_in_it(terms: Any) -> None:
    change, less = day(2, 20), replace(ENDLESS, amount=Decimal("8.90"))
    old = due(day(1, 1), day(5), terms, over=change)
    new = due(day(1, 1), day(5), replace(terms, price=(less,)), since=change, changed=change, begun=day(1))
    assert [old, new] == [
        [("2026-01-15", "9.90"), ("2026-02-15", "9.90")],
        [("2026-03-15", "8.90"), ("2026-04-15", "8.90")],
    ]


def test_what_was_agreed_so_many_times_is_so_after_a_change_too() -> None:
    thrice = replace(OPEN, price=(replace(ENDLESS, count=3),))
    assert due(day(1, 1), day(12), thrice, since=day(2, 20), changed=day(2, 20), begun=day(1)) == [
        ("2026-03-15", "9.90")
    ]


def test_new_terms_may_begin_anew() -> None:
    terms = replace(OPEN, starts_at=day(3, 1))
    assert due(day(1, 1), day(3, 20), terms, since=day(2, 20), changed=day(2, 20), begun=day(1)) == [
        ("2026-03-01", "9.90")
    ]


def test_what_is_taken_off_is_off_and_what_hangs_on_use_is_left_out() -> None:
    terms = replace(draft("99"), price=(*draft("99").price, LESS, METERED), notice="P1M")
    assert due(day(1, 1), day(3), terms) == [("2026-01-15", "89.00")]
    assert due(day(1, 1), day(3), replace(OPEN, price=(METERED,))) == []


def test_it_begins_when_it_begins() -> None:
    assert due(day(1, 1), day(6), replace(OPEN, starts_at=day(5))) == [("2026-05-15", "9.90")]
