"""Moments, calendar steps and durations, read from and written to the wire.

Rules that hold here:

- A moment on the wire names its offset from UTC; inside it is an aware `datetime` in UTC. Calendar steps are
  taken in UTC too, so both ends count the same months whatever zone their owners live in.
- A step is always counted from its anchor, never from the step before: the last of January, one month on, is
  the last of February, and two months on is the last of March again.

Sources: RFC 3339, XML Schema 1.1 Part 2 (dateTime, duration), ActivityStreams 2.0 §2.3.
"""

import re
from calendar import monthrange
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from protocol import codes
from protocol.documents import Json
from protocol.errors import Unprocessable
from protocol.values import dataclass

# ActivityStreams makes the seconds optional; nine decimals is the most that common software writes.
_MOMENT = re.compile(
    r"(?P<minutes>\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):\d\d)(?::(?P<seconds>\d\d)(?P<decimals>\.\d{1,9})?)?(?P<zone>Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)",
    re.ASCII,
)
# What is written most, in UTC to the second or to the microsecond: Python reads it as it stands.
_USUAL_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{6})?Z", re.ASCII)
# At most four digits each: the calendar has no more years than that.
_DURATION = re.compile(r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,4})D)?", re.ASCII)

_LEAP_SECOND = "60"
_MONTHS_IN_A_YEAR = 12
_MONTHS_IN_A_CYCLE, _DAYS_IN_A_CYCLE = 48, 1461  # of leap years; the centuries without one are left aside
# From these days on a number of months within a cycle has the fewest days, and the most.
_SHORTEST, _LONGEST = datetime(2021, 2, 1, tzinfo=UTC), datetime(2023, 7, 1, tzinfo=UTC)


class Period(StrEnum):
    """How often something recurs."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of calendar time, such as a notice period."""

    years: int = 0
    months: int = 0
    weeks: int = 0
    days: int = 0

    @property
    def measure(self) -> tuple[int, int]:
        """Its months and its days: P1Y is P12M, P2W is P14D, and how long P1M is depends on the month."""
        return _MONTHS_IN_A_YEAR * self.years + self.months, 7 * self.weeks + self.days


def read_time(json: Json) -> datetime:
    """Read a moment; the answer is in UTC, to the microsecond.

    A leap second counts as the second after it, because a `datetime` has no name for it.

    Raises:
        Unprocessable: `malformed-time`, if this is not an RFC 3339 date and time with an offset.
    """
    if not isinstance(json, str):
        raise _malformed()
    return _read_usual(json) or _read_any(json)


def _read_usual(text: str) -> datetime | None:
    """Read a moment in the usual spelling as `_read_any` does; None for any other, and for no such day."""
    if not _USUAL_MOMENT.fullmatch(text):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def _read_any(text: str) -> datetime:
    match = _MOMENT.fullmatch(text)
    if match is None:
        raise _malformed()
    leap = match["seconds"] == _LEAP_SECOND
    seconds = "59" if leap else match["seconds"] or "00"
    text = f"{match['minutes']}:{seconds}{match['decimals'] or ''}{match['zone']}"
    try:
        return (datetime.fromisoformat(text) + timedelta(seconds=leap)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unprocessable(
            codes.MALFORMED_TIME, "A time names a day or an hour that does not exist."
        ) from None


def render_time(moment: datetime) -> str:
    """Write an aware moment in UTC, with microseconds only if it has any."""
    timespec = "microseconds" if moment.microsecond else "seconds"
    return moment.astimezone(UTC).isoformat(timespec=timespec).replace("+00:00", "Z")


def step(anchor: datetime, period: Period, count: int) -> datetime:
    """Return the moment `count` periods after the anchor; a day its month lacks becomes the month's last.

    Raises:
        Unprocessable: `time-out-of-range`, if that is after the year 9999.
    """
    try:
        if period is Period.DAY:
            return anchor + timedelta(days=count)
        if period is Period.WEEK:
            return anchor + timedelta(weeks=count)
        return _add_months(anchor, count * (_MONTHS_IN_A_YEAR if period is Period.YEAR else 1))
    except (ValueError, OverflowError):
        raise Unprocessable(codes.TIME_OUT_OF_RANGE) from None


def periods_before(until: datetime, *, anchor: datetime, period: Period) -> int:
    """Count the periods from the anchor that start before `until`; both moments are in UTC.

    The count is computed, not walked: `until` is a stranger's and may be millennia away.
    """
    if until <= anchor:
        return 0
    if period in (Period.DAY, Period.WEEK):
        length = timedelta(days=1) if period is Period.DAY else timedelta(weeks=1)
        return -((anchor - until) // length)  # the floor of the negative is the ceiling
    years = until.year - anchor.year
    count = years if period is Period.YEAR else years * _MONTHS_IN_A_YEAR + until.month - anchor.month
    # Step number `count` falls in the month (or the year) of `until`, so it is the only one in doubt.
    return count + (step(anchor, period, count) < until)


def read_duration(json: Json) -> Duration:
    """Read an ISO 8601 duration of years, months, weeks and days, in this order, at least one of them.

    Raises:
        Unprocessable: `malformed-duration` for anything else, hours and fractions included.
    """
    match = _DURATION.fullmatch(json) if isinstance(json, str) else None
    if match is None:
        raise Unprocessable(codes.MALFORMED_DURATION)
    return Duration(*(int(number or 0) for number in match.groups()))


def add_duration(moment: datetime, duration: Duration) -> datetime:
    """Return the moment the duration later: first its months, then its days (XML Schema 1.1 §E.3.3).

    Raises:
        Unprocessable: `time-out-of-range`, if that is after the year 9999.
    """
    later = step(moment, Period.MONTH, duration.years * _MONTHS_IN_A_YEAR + duration.months)
    return step(step(later, Period.WEEK, duration.weeks), Period.DAY, duration.days)


def may_exceed(one: Duration, other: Duration) -> bool:
    """Tell whether a duration is longer than another, from some day on at least: P1M may exceed P30D."""
    (months, days), (other_months, other_days) = one.measure, other.measure
    more, longer = months - other_months, days - other_days
    if more >= 0:
        return _days_in(more, _LONGEST) + longer > 0
    return longer > _days_in(-more, _SHORTEST)


def _days_in(months: int, anchor: datetime) -> int:
    cycles, rest = divmod(months, _MONTHS_IN_A_CYCLE)
    return cycles * _DAYS_IN_A_CYCLE + (_add_months(anchor, rest) - anchor).days


def _add_months(anchor: datetime, months: int) -> datetime:
    years, month_index = divmod(anchor.month - 1 + months, _MONTHS_IN_A_YEAR)
    year, month = anchor.year + years, month_index + 1
    return anchor.replace(year=year, month=month, day=min(anchor.day, monthrange(year, month)[1]))


def _malformed() -> Unprocessable:
    return Unprocessable(codes.MALFORMED_TIME)
