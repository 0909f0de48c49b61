"""Times as people type them, and as they are printed."""

import math
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.terminal import moments, phrases
from node.terminal.failures import ExitCode, Failure
from tests.zones import living_in

NOW = datetime(2026, 1, 31, 12, 30, 15, 500_000, tzinfo=UTC)  # a Saturday


def read(text: str, *, end: bool = False) -> str:
    return moments.stamp(moments.read(text, now=NOW, end_of_day=end))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-05-01T12:00:00Z", "2026-05-01T12:00:00Z"),
        ("2026-05-01T12:00+02:00", "2026-05-01T10:00:00Z"),
        ("2026-05-01T12:00", "2026-05-01T12:00:00Z"),
        ("2026-05-01 12:00:30", "2026-05-01T12:00:30Z"),
        ("20260501T1200", "2026-05-01T12:00:00Z"),
        ("2026-05-01", "2026-05-01T00:00:00Z"),
        ("20260501", "2026-05-01T00:00:00Z"),
        ("2026-W18-5", "2026-05-01T00:00:00Z"),
        ("1.5.2026", "2026-05-01T00:00:00Z"),
        ("01.05.2026", "2026-05-01T00:00:00Z"),
        ("31/12/2026", "2026-12-31T00:00:00Z"),
        ("12/31/2026", "2026-12-31T00:00:00Z"),
        ("31-12-2026", "2026-12-31T00:00:00Z"),
        ("2026/12/31", "2026-12-31T00:00:00Z"),
        ("02/02/2027", "2027-02-02T00:00:00Z"),
        ("14 March 2028", "2028-03-14T00:00:00Z"),
        ("14. mar 2028", "2028-03-14T00:00:00Z"),
        ("March 14th, 2028", "2028-03-14T00:00:00Z"),
        ("the day after tomorrow", "2026-02-02T00:00:00Z"),
        ("now", "2026-01-31T12:30:15Z"),
        ("today", "2026-01-31T00:00:00Z"),
        (" Tomorrow ", "2026-02-01T00:00:00Z"),
        ("friday", "2026-02-06T00:00:00Z"),
        ("on Mon", "2026-02-02T00:00:00Z"),
        ("this saturday", "2026-01-31T00:00:00Z"),
        ("31.12.2026 17:00", "2026-12-31T17:00:00Z"),
        ("31.12.2026, 17:00 Uhr", "2026-12-31T17:00:00Z"),
        ("friday at 5pm", "2026-02-06T17:00:00Z"),
        ("tomorrow 12 am", "2026-02-01T00:00:00Z"),
        ("tomorrow 9:30:15", "2026-02-01T09:30:15Z"),
        ("2026-05-01 12:00 UTC", "2026-05-01T12:00:00Z"),
        ("1 May 2026 12:00 +0200", "2026-05-01T10:00:00Z"),
        ("17:00", "2026-01-31T17:00:00Z"),
        ("in 3 weeks", "2026-02-21T12:30:15Z"),
        ("3 weeks", "2026-02-21T12:30:15Z"),
        ("+3w", "2026-02-21T12:30:15Z"),
        ("in a week", "2026-02-07T12:30:15Z"),
        ("in two months", "2026-03-31T12:30:15Z"),
        ("in 90 minutes", "2026-01-31T14:00:15Z"),
        ("45 s", "2026-01-31T12:31:00Z"),
        ("2h", "2026-01-31T14:30:15Z"),
        ("1 month", "2026-02-28T12:30:15Z"),
        ("in 1 year", "2027-01-31T12:30:15Z"),
        ("25 months", "2028-02-29T12:30:15Z"),
    ],
)
def test_times_are_read(text: str, moment: str) -> None:
    assert read(text) == moment


def test_the_end_of_a_day_is_its_last_second() -> None:
    for text in ("2026-05-01", "20260501", "1.5.2026", "1 May 2026", "2026-W18-5"):
        assert read(text, end=True) == "2026-05-01T23:59:59Z"
    assert read("today", end=True) == "2026-01-31T23:59:59Z"
    assert read("friday", end=True) == "2026-02-06T23:59:59Z"
    assert read("in 1 day", end=True) == "2026-02-01T12:30:15Z"
    assert read("9999-12-31", end=True) == "9999-12-31T23:59:59Z"


@pytest.mark.parametrize(
    ("text", "said", "written"),
    [
        ("01/02/2027", "could be 1 February 2027 or 2 January 2027", "Write 2027-02-01 or 2027-01-02."),
        ("3-4-2027", "could be 3 April 2027 or 4 March 2027", "Write 2027-04-03 or 2027-03-04."),
        ("next friday", "could be 6 February 2026 or 13 February 2026", "Write 2026-02-06 or 2026-02-13."),
        ("saturday", "could be 31 January 2026 or 7 February 2026", "Write 2026-01-31 or 2026-02-07."),
        ("31.12.26", "does not say its year in full", "Write it as 2026-12-31 or 31.12.2026."),
        ("14 March", "does not say its year in full", "Write it as '14 March 2028'"),
        ("09:00", "has passed today", "Write '2026-01-31 09:00' or '2026-02-01 09:00'."),
    ],
)
def test_a_time_with_two_readings_is_refused_with_both(text: str, said: str, written: str) -> None:
    with pytest.raises(Failure) as refused:
        read(text)
    assert said in refused.value.detail
    assert written in refused.value.hint


def test_a_time_without_a_zone_is_the_readers_own() -> None:
    with living_in("XST-02:00"):
        assert read("2026-05-01T12:00") == "2026-05-01T10:00:00Z"
        assert read("2026-05-01") == "2026-04-30T22:00:00Z"
        assert read("1.5.2026 12:00") == "2026-05-01T10:00:00Z"


class TestDaylightSaving:
    def test_an_hour_that_is_skipped_is_told_with_the_hours_around_it(self) -> None:
        with living_in("Europe/Berlin"):
            for text in ("2030-03-31T02:30", "31.3.2030 02:30", "31 March 2030 at 2:30am"):
                with pytest.raises(Failure, match="does not exist: the clocks are put forward") as refused:
                    read(text)
                assert refused.value.hint == "Write '2030-03-31 01:30:00' or '2030-03-31 03:30:00'."

    def test_an_hour_that_comes_twice_is_told_with_both(self) -> None:
        with living_in("Europe/Berlin"):
            with pytest.raises(Failure, match="comes twice: the clocks are put back") as refused:
                read("2030-10-27T02:30")
            assert refused.value.hint == "Write 2030-10-27T02:30:00+02:00 or 2030-10-27T02:30:00+01:00."
            assert read("2030-10-27T02:30:00+02:00") == "2030-10-27T00:30:00Z"
            assert read("2030-10-27T02:30:00+01:00") == "2030-10-27T01:30:00Z"

    @pytest.mark.parametrize(
        ("zone", "day", "begins", "ends"),
        [
            ("Europe/Berlin", "2030-03-31", "2030-03-30T23:00:00Z", "2030-03-31T21:59:59Z"),  # 23 hours
            ("Europe/Berlin", "2030-10-27", "2030-10-26T22:00:00Z", "2030-10-27T22:59:59Z"),  # 25 hours
            ("America/Santiago", "2024-09-08", "2024-09-08T04:00:00Z", "2024-09-09T02:59:59Z"),  # no midnight
            ("America/Santiago", "2024-04-06", "2024-04-06T03:00:00Z", "2024-04-07T03:59:59Z"),  # 23:30 twice
            (
                "America/Havana",
                "2024-11-03",
                "2024-11-03T04:00:00Z",
                "2024-11-04T04:59:59Z",
            ),  # midnight twice
        ],
    )
    def test_a_day_is_as_long_as_it_is(self, zone: str, day: str, begins: str, ends: str) -> None:
        with living_in(zone):
            assert (read(day), read(day, end=True)) == (begins, ends)


@pytest.mark.parametrize("text", ["2026-W50", "2026W50", " 2026-W50 ", "2026-W50 10:00", "2026-W50T10:00"])
def test_a_week_is_no_day_of_it(text: str) -> None:
    with pytest.raises(Failure, match="is a week and no day of it"):
        read(text, end=True)


@pytest.mark.parametrize(
    "text",
    [
        "", "soon", "5", "in weeks", "3 fortnights", "2026-13-01", "2026-02-30", "32.12.2026", "31.2.2026",
        "9999 years", "next week", "5 may 6 2026", "may", "tomorrow 25:00", "friday 13pm", "0am",
        "someday at 5pm", "2026", "x" * 200, "yesterday's", "12:60", "13/13/2026", "0001-01-01 00:00 +23:00",
    ],
)  # fmt: skip
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no time") as refused:
        read(text)
    assert refused.value.exit_code == ExitCode.USAGE


@given(st.text())
def test_reading_a_time_gives_one_or_says_so(text: str) -> None:
    try:
        moment = moments.read(text, now=NOW)
    except Failure:
        return
    assert moment.tzinfo is UTC


ZONES = ["UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "America/Havana", "Asia/Kathmandu"]


@pytest.mark.parametrize("zone", ZONES)
@given(at=st.integers(0, 2 * 10**9) | st.integers(1_000_000, 1_100_000).map(lambda hours: hours * 1_800))
def test_a_time_as_it_is_printed_is_the_same_time(zone: str, at: int) -> None:
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=at)
    with living_in(zone):
        text = moments.stamp(moment)
        assert moments.read(phrases.exactly(text), now=NOW) == moment
        assert moments.read(phrases.ends(text), now=NOW, end_of_day=True) == moment


def test_ranges_may_be_open_on_one_side() -> None:
    start, end = moments.window("2026-05-01..2026-05-31", now=NOW)
    assert start is not None
    assert end is not None
    assert (moments.stamp(start), moments.stamp(end)) == ("2026-05-01T00:00:00Z", "2026-05-31T23:59:59Z")
    assert moments.window("1.5.2026..", now=NOW)[1] is None
    assert moments.window("..friday", now=NOW)[0] is None


@pytest.mark.parametrize("text", ["..", "2026-05-01", "2026-05-31..2026-05-01", "x..y"])
def test_ranges_that_are_none_are_refused(text: str) -> None:
    with pytest.raises(Failure):
        moments.window(text, now=NOW)


def test_spans_have_a_length() -> None:
    assert [moments.seconds(text) for text in ("30 s", "10 min", "2 h", "a day", "1 week")] == [
        30, 600, 7_200, 86_400, 604_800,
    ]  # fmt: skip
    assert moments.patience("") == math.inf
    assert moments.patience("2 s") == 2


@pytest.mark.parametrize("text", ["1 month", "long", ""])
def test_spans_without_a_fixed_length_are_refused(text: str) -> None:
    with pytest.raises(Failure, match="no length of time"):
        moments.seconds(text)


@pytest.mark.parametrize(
    ("text", "duration"),
    [
        ("1 month", "P1M"),
        ("one month's", "P1M"),
        ("14 days", "P14D"),
        ("2 weeks", "P2W"),
        ("a year", "P1Y"),
        ("P1M", "P1M"),
        ("P1DT2H", "P1DT2H"),
    ],
)
def test_notice_periods_become_durations(text: str, duration: str) -> None:
    assert moments.notice(text) == duration


@pytest.mark.parametrize("text", ["P", "PT", "5 min", "a while"])
def test_what_is_no_notice_period_is_refused(text: str) -> None:
    with pytest.raises(Failure, match="no notice period"):
        moments.notice(text)
