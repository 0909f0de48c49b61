"""Moments, calendar steps and durations."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import times
from protocol.errors import Unprocessable
from protocol.times import (
    Duration,
    Period,
    add_duration,
    may_exceed,
    periods_before,
    read_duration,
    read_time,
    render_time,
    step,
)

MOMENTS = st.datetimes(*map(datetime.fromisoformat, ("1990-01-01", "2100-01-01")), timezones=st.just(UTC))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-14T12:30:00Z", datetime(2026, 3, 14, 12, 30, tzinfo=UTC)),
        ("2026-03-14T12:30Z", datetime(2026, 3, 14, 12, 30, tzinfo=UTC)),  # ActivityStreams 2.0 §2.3
        ("2026-03-14T12:30:00+02:00", datetime(2026, 3, 14, 10, 30, tzinfo=UTC)),
        ("2023-06-18T19:22:03.918737Z", datetime(2023, 6, 18, 19, 22, 3, 918737, tzinfo=UTC)),  # FEP-0837
        ("2026-03-14T12:30:00.123456789Z", datetime(2026, 3, 14, 12, 30, 0, 123456, tzinfo=UTC)),
        ("2024-02-29T00:00:00-00:00", datetime(2024, 2, 29, tzinfo=UTC)),
        ("2016-12-31T23:59:60Z", datetime(2017, 1, 1, tzinfo=UTC)),  # a leap second
        ("2038-01-19T03:14:08Z", datetime(2038, 1, 19, 3, 14, 8, tzinfo=UTC)),
        ("9999-12-31T23:59:59Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_moment_is_read_in_utc(text: str, moment: datetime) -> None:
    assert read_time(text) == moment
    assert read_time(text).utcoffset() == timedelta(0)


def outcome(read: Callable[[str], datetime], text: str) -> str:
    try:
        return repr(read(text))
    except Unprocessable as error:
        return repr(error)


@given(
    st.from_regex(
        r"(000\d|2024|2026|9999)-(0[012]|1[0-3])-(0[01]|2[89]|3[012])T(0\d|2[0-5]):(00|5\d|6[01]):(00|59|6[01])"
        r"(\.\d{1,7})?(Z|z|[+-]0[01]:00)\n?",
        fullmatch=True,
    )
    | MOMENTS.map(render_time)
)
def test_the_usual_spelling_is_read_as_any_other(text: str) -> None:
    assert outcome(read_time, text) == outcome(times._read_any, text)


def test_what_is_written_here_is_usual() -> None:
    for moment in (datetime(2026, 3, 14, tzinfo=UTC), datetime(2026, 3, 14, 0, 0, 0, 7, tzinfo=UTC)):
        assert times._read_usual(render_time(moment)) == moment


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-14",
        "2026-03-14T12:30:00",
        "2026-03-14 12:30:00Z",
        "2026-03-14t12:30:00z",
        "2026-02-29T00:00:00Z",
        "2026-13-01T00:00:00Z",
        "2026-01-01T24:00:00Z",
        "2026-01-01T00:61:00Z",
        "2026-01-01T00:00:00+24:00",
        "2026-01-01T00:00:00+00:60",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59-01:00",
        "2026-01-01T00:00:00.1234567890Z",
        "\u0662\u0660\u0662\u0666-01-01T00:00:00Z",
        "2026-01-01T00:00:00Z\n",
        "",
        None,
        1_770_000_000,
        ["2026-01-01T00:00:00Z"],
    ],
)
def test_anything_else_is_refused(text: Any) -> None:
    with pytest.raises(Unprocessable, match="malformed-time"):
        read_time(text)


@given(MOMENTS)
def test_a_moment_survives_the_round_trip(moment: datetime) -> None:
    assert read_time(render_time(moment)) == moment


def test_a_moment_is_written_in_utc_and_as_short_as_it_is() -> None:
    zone = timezone(timedelta(hours=5, minutes=30))
    assert render_time(datetime(2026, 3, 14, 18, 0, tzinfo=zone)) == "2026-03-14T12:30:00Z"
    assert render_time(datetime(2026, 3, 14, 12, 30, 0, 5, tzinfo=UTC)) == "2026-03-14T12:30:00.000005Z"


@pytest.mark.parametrize(
    ("period", "count", "day"),
    [
        (Period.DAY, 1, "2024-02-01"),
        (Period.WEEK, 2, "2024-02-14"),
        (Period.MONTH, 0, "2024-01-31"),
        (Period.MONTH, 1, "2024-02-29"),
        (Period.MONTH, 2, "2024-03-31"),
        (Period.MONTH, 3, "2024-04-30"),
        (Period.MONTH, 13, "2025-02-28"),
        (Period.YEAR, 1, "2025-01-31"),
    ],
)
def test_a_step_is_counted_from_its_anchor(period: Period, count: int, day: str) -> None:
    anchor = datetime(2024, 1, 31, 8, tzinfo=UTC)
    assert step(anchor, period, count) == datetime.fromisoformat(f"{day}T08:00:00Z")


def test_a_leap_day_has_its_anniversary_on_the_last_of_february() -> None:
    anchor = datetime(2024, 2, 29, tzinfo=UTC)
    assert step(anchor, Period.YEAR, 1) == datetime(2025, 2, 28, tzinfo=UTC)
    assert step(anchor, Period.YEAR, 4) == datetime(2028, 2, 29, tzinfo=UTC)


@pytest.mark.parametrize("period", list(Period))
def test_a_step_beyond_the_calendar_is_refused(period: Period) -> None:
    with pytest.raises(Unprocessable, match="time-out-of-range"):
        step(datetime(9999, 12, 31, tzinfo=UTC), period, 1)


def test_a_step_of_astronomic_length_is_refused() -> None:
    with pytest.raises(Unprocessable, match="time-out-of-range"):
        step(datetime(2026, 1, 1, tzinfo=UTC), Period.DAY, 10**12)


@given(
    anchor=MOMENTS, period=st.sampled_from(Period), length=st.timedeltas(timedelta(0), timedelta(days=900))
)
def test_periods_are_those_that_start_before_the_end(
    anchor: datetime, period: Period, length: timedelta
) -> None:
    until = anchor + length
    walked = 0
    while step(anchor, period, walked) < until:
        walked += 1
    assert periods_before(until, anchor=anchor, period=period) == walked


@pytest.mark.parametrize("period", list(Period))
def test_no_period_starts_before_an_end_that_is_not_after_the_start(period: Period) -> None:
    anchor = datetime(2026, 3, 14, tzinfo=UTC)
    assert periods_before(anchor, anchor=anchor, period=period) == 0
    assert periods_before(anchor - timedelta(days=900), anchor=anchor, period=period) == 0


def test_an_end_millennia_away_is_counted_at_once() -> None:
    anchor, until = datetime(2026, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    assert periods_before(until, anchor=anchor, period=Period.DAY) == (until - anchor).days
    assert periods_before(until, anchor=anchor, period=Period.MONTH) == 7974 * 12


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("P1M", Duration(months=1)),
        ("P1Y2M3W4D", Duration(1, 2, 3, 4)),
        ("P0D", Duration()),
        ("P9999Y", Duration(years=9999)),
    ],
)
def test_a_duration_is_read(text: str, duration: Duration) -> None:
    assert read_duration(text) == duration


@pytest.mark.parametrize(
    "text",
    ["P", "", "1M", "P1H", "PT1H", "P1.5M", "-P1M", "P1D1M", "P12345D", "P1M ", "p1m", "P\u0663D", None, 3],
)
def test_any_other_duration_is_refused(text: Any) -> None:
    with pytest.raises(Unprocessable, match="malformed-duration"):
        read_duration(text)


def test_a_duration_adds_months_before_days() -> None:
    start = datetime(2026, 1, 31, tzinfo=UTC)
    assert add_duration(start, Duration(months=1, days=1)) == datetime(2026, 3, 1, tzinfo=UTC)
    assert add_duration(start, Duration(years=1, weeks=1)) == datetime(2027, 2, 7, tzinfo=UTC)


def test_a_duration_beyond_the_calendar_is_refused() -> None:
    with pytest.raises(Unprocessable, match="time-out-of-range"):
        add_duration(datetime(2026, 1, 1, tzinfo=UTC), Duration(years=9999))


@pytest.mark.parametrize(
    ("one", "other", "may"),
    [
        ("P2W", "P14D", False),
        ("P14D", "P2W", False),
        ("P1Y", "P12M", False),
        ("P1M", "P30D", True),  # in July
        ("P1M", "P31D", False),
        ("P30D", "P1M", True),  # in February
        ("P28D", "P1M", False),
        ("P1Y1D", "P1Y", True),
        ("P366D", "P1Y", True),
        ("P365D", "P1Y", False),
        ("P1461D", "P48M", False),
        ("P9999Y9999M", "P9999W", True),
        ("P0D", "P0M", False),
    ],
)
def test_a_duration_may_exceed_another_by_what_it_means(one: str, other: str, may: bool) -> None:
    assert may_exceed(read_duration(one), read_duration(other)) is may


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 3000), st.integers(0, 3000))
def test_what_cannot_exceed_is_never_longer(months: int, others: int, days: int, other_days: int) -> None:
    one, other = Duration(months=months, days=days), Duration(months=others, days=other_days)
    if not may_exceed(one, other):
        anchors = [datetime(2021 + month // 12, month % 12 + 1, 1, tzinfo=UTC) for month in range(48)]
        assert all(add_duration(at, one) <= add_duration(at, other) for at in anchors)
