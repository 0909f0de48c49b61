"""What a peer's Date says about our clock."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.clocks import NOTEWORTHY, ClockComparison, read_clock, read_http_date

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
LENGTHS = st.timedeltas(min_value=timedelta(days=-3_000), max_value=timedelta(days=3_000))


def reading(ahead: timedelta) -> ClockComparison:
    return ClockComparison(NOW, NOW + ahead)


@pytest.mark.parametrize(
    ("ahead", "said"),
    [
        (timedelta(hours=2), "2 hours ahead of"),
        (timedelta(hours=-2), "2 hours behind"),
        (timedelta(minutes=-3), "3 min behind"),
        (timedelta(seconds=61), "1 min ahead of"),
        (timedelta(minutes=89), "89 min ahead of"),
        (timedelta(minutes=90), "2 hours ahead of"),
        (timedelta(hours=35), "35 hours ahead of"),
        (timedelta(days=-400), "400 days behind"),
    ],
)
def test_a_difference_is_said_in_words(ahead: timedelta, said: str) -> None:
    assert reading(ahead).sentence == f"Its clock is {said} ours: one of the two is wrong."


@given(st.timedeltas(min_value=-NOTEWORTHY, max_value=NOTEWORTHY))
def test_honest_clocks_are_not_worth_a_word(ahead: timedelta) -> None:
    assert not reading(ahead).differs
    assert reading(ahead).sentence == ""


@given(LENGTHS)
def test_a_moment_is_early_by_their_clock_and_not_by_ours(ahead: timedelta) -> None:
    assert reading(ahead).is_before(NOW) == (ahead < -NOTEWORTHY)


def test_what_was_made_too_early_says_how_much() -> None:
    said = reading(timedelta(hours=-2)).say_early(NOW)
    assert said.startswith("It was made 2 hours ahead of the clock there")


@pytest.mark.parametrize("offset", [0, 60, -480])
def test_a_date_is_read_in_utc(offset: int) -> None:
    assert read_http_date(f"Sat, 14 Mar 2026 12:00:00 {offset // 60 * 100:+05d}") == NOW - timedelta(
        minutes=offset
    )


@pytest.mark.parametrize("text", ["", "soon", "Sat, 14 Mar", "Sat, 99 Mar 2026 12:00:00 GMT", "0" * 400])
def test_garbage_is_no_date(text: str) -> None:
    assert read_http_date(text) is None
    assert read_clock(text, now=NOW) is None


def test_a_date_after_all_time_is_none() -> None:
    assert read_http_date("Fri, 31 Dec 9999 23:59:59 -2359") is None


def test_no_date_is_no_reading() -> None:
    assert read_clock(None, now=NOW) is None


@given(st.integers(0, 2**37))
def test_what_servers_write_is_read(seconds: int) -> None:
    moment = datetime.fromtimestamp(seconds, UTC)
    assert read_clock(format_datetime(moment, usegmt=True), now=NOW) == ClockComparison(NOW, moment)
