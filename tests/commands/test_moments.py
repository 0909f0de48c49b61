"""Times as people type them."""

import math
import os
import time
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terminal import moments
from node.terminal.failures import ExitCode, Failure

NOW = datetime(2026, 1, 31, 12, 30, 15, 500_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z"),
        ("2026-05-01T12:00+02:00", "2026-05-01T10:00:00Z"),
        ("2026-05-01T12:00", "2026-05-01T12:00:00Z"),
        ("2026-05-01", "2026-05-01T00:00:00Z"),
        ("now", "2026-01-31T12:30:15Z"),
        ("today", "2026-01-31T00:00:00Z"),
        (" Tomorrow ", "2026-02-01T00:00:00Z"),
        ("in 3 weeks", "2026-02-21T12:30:15Z"),
        ("3 weeks", "2026-02-21T12:30:15Z"),
        ("+3w", "2026-02-21T12:30:15Z"),
        ("in 90 minutes", "2026-01-31T14:00:15Z"),
        ("45 s", "2026-01-31T12:31:00Z"),
        ("2h", "2026-01-31T14:30:15Z"),
        ("1 month", "2026-02-28T12:30:15Z"),
        ("in 1 year", "2027-01-31T12:30:15Z"),
        ("25 months", "2028-02-29T12:30:15Z"),
    ],
)
def test_times_are_read(text: str, read: str) -> None:
    assert moments.stamp(moments.read(text, now=NOW)) == read


def test_the_end_of_a_day_is_its_last_second() -> None:
    assert moments.stamp(moments.read("2026-05-01", now=NOW, end_of_day=True)) == "2026-05-01T23:59:59Z"
    assert moments.stamp(moments.read("today", now=NOW, end_of_day=True)) == "2026-01-31T23:59:59Z"
    assert moments.stamp(moments.read("in 1 day", now=NOW, end_of_day=True)) == "2026-02-01T12:30:15Z"


def test_a_time_without_a_zone_is_the_readers_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", "XST-02:00")
    time.tzset()
    assert moments.stamp(moments.read("2026-05-01T12:00", now=NOW)) == "2026-05-01T10:00:00Z"
    assert moments.stamp(moments.read("2026-05-01", now=NOW)) == "2026-04-30T22:00:00Z"


@pytest.mark.parametrize(
    "text", ["", "soon", "5", "in weeks", "3 fortnights", "2026-13-01", "01/02/2026", "9999 years"]
)
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no time") as refused:
        moments.read(text, now=NOW)
    assert refused.value.exit_code == ExitCode.USAGE


@given(st.text())
def test_reading_a_time_gives_one_or_says_so(text: str) -> None:
    try:
        moment = moments.read(text, now=NOW)
    except Failure:
        return
    assert moment.tzinfo is UTC


def test_ranges_may_be_open_on_one_side() -> None:
    start, end = moments.window("2026-05-01..2026-05-31", now=NOW)
    assert start is not None
    assert end is not None
    assert (moments.stamp(start), moments.stamp(end)) == ("2026-05-01T00:00:00Z", "2026-05-31T23:59:59Z")
    assert moments.window("2026-05-01..", now=NOW)[1] is None
    assert moments.window("..2026-05-01", now=NOW)[0] is None


@pytest.mark.parametrize("text", ["..", "2026-05-01", "2026-05-31..2026-05-01", "x..y"])
def test_ranges_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Failure):
        moments.window(text, now=NOW)


def test_spans_have_a_length() -> None:
    assert [moments.seconds(text) for text in ("30 s", "10 min", "2 h", "1 day", "1 week")] == [
        30, 600, 7_200, 86_400, 604_800,
    ]  # fmt: skip
    assert moments.patience("") == math.inf
    assert moments.patience("2 s") == 2


@pytest.mark.parametrize("text", ["1 month", "long", ""])
def test_spans_without_a_fixed_length_are_refused(text: str) -> None:
    with pytest.raises(Failure, match="no length of time"):
        moments.seconds(text)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("1 month", "P1M"),
        ("14 days", "P14D"),
        ("2 weeks", "P2W"),
        ("1 year", "P1Y"),
        ("P1M", "P1M"),
        ("P1DT2H", "P1DT2H"),
    ],
)
def test_notice_periods_become_durations(text: str, read: str) -> None:
    assert moments.notice(text) == read


@pytest.mark.parametrize("text", ["P", "PT", "5 min", "a while"])
def test_what_is_no_notice_period_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no notice period"):
        moments.notice(text)
