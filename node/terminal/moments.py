"""Times as people type them: `2026-05-01`, `31.12.2026 17:00`, `in 3 weeks`, `friday`, `P1M`.

Rules here: pure, `now` is an argument; a time without a zone is the reader's own. What is two times in two
countries (`01/02/2027`), or to two people (`next friday`), is refused with both and how to write each, and so
is an hour that the clocks skip or repeat. What `phrases` prints is read back to the same moment.
"""

import math
import re
from calendar import monthrange
from datetime import MAXYEAR, UTC, date, datetime, time, timedelta
from typing import Final

from node.terminal.failures import Failure, usage
from protocol.wording import MONTHS, NUMBERS

# Each number that may be written as a word; of one there are two more.
_NUMBERS: Final = {word: number for number, word in enumerate(NUMBERS) if number} | {"a": 1, "an": 1}
_SPAN: Final = re.compile(
    rf"(?:in\s+|\+)?(\d{{1,4}}\s*|(?:{'|'.join(_NUMBERS)})\s+)([a-z]+)(?:'s?)?", re.IGNORECASE | re.ASCII
)
_ISO_SPAN: Final = re.compile(
    r"P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", re.ASCII
)
# A time of day behind a day, or alone.
_CLOCK: Final = re.compile(
    r"(?:(?P<day>.*?\S)(?:,?\s+at|,|\s|(?<=\d)T)\s*)?(?P<hour>\d{1,2})(?::(?P<minute>\d{2})(?::(?P<second>\d{2}))?"
    r"|(?=\s*[ap]m\b))\s*(?:(?P<half>[ap]m)|uhr|h)?\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?",
    re.IGNORECASE | re.ASCII,
)
# A week of ISO 8601 without its day, which Python reads as its Monday.
_WEEK: Final = re.compile(r"\d{4}-?W\d\d(?!-?\d)", re.ASCII)
_NUMERIC: Final = re.compile(r"(\d{1,4})([./-])(\d{1,2})\2(\d{1,4})", re.ASCII)
_NAMED: Final = re.compile(
    r"(?:(?P<before>\d{1,2})(?:\.|st|nd|rd|th)?\s+(?:of\s+)?)?(?P<month>[a-z]{3,9})\.?"
    r"(?:\s+(?P<behind>\d{1,2})(?:st|nd|rd|th)?)?(?:,?\s+(?P<year>\d{2,4}))?",
    re.IGNORECASE | re.ASCII,
)
_WEEKDAY: Final = re.compile(r"(?:(?P<which>on|this|next)\s+)?(?P<day>[a-z]+)", re.IGNORECASE | re.ASCII)

_WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = tuple(month.lower() for month in MONTHS)
_DAYS: Final = {"today": 0, "tomorrow": 1, "day after tomorrow": 2, "the day after tomorrow": 2}
_ABBREVIATED: Final = 3  # letters of the name of a month or a day
_YEAR_DIGITS: Final = 4
_MOST_MONTHS: Final = 12
_NOON: Final = 12
_LONGEST: Final = 100  # characters; the longest way to write a moment has half of that

# How each unit is spelt, in seconds where its length is fixed.
_SECONDS: Final = {"s": 1, "min": 60, "h": 3_600, "d": 86_400, "w": 604_800}
_SPELLINGS: Final = {
    "s": "s",
    "sec": "s",
    "second": "s",
    "m": "min",
    "min": "min",
    "minute": "min",
    "h": "h",
    "hour": "h",
    "d": "d",
    "day": "d",
    "w": "w",
    "week": "w",
    "month": "month",
    "year": "year",
}
_ISO_UNITS: Final = {"d": "D", "w": "W", "month": "M", "year": "Y"}


def read(text: str, *, now: datetime, end_of_day: bool = False) -> datetime:
    """Return the moment that `text` names, in UTC; a bare day is its beginning or, asked so, its end.

    Raises:
        Failure: `text` is no time, or could be two.
    """
    words = " ".join(text.split())
    if _WEEK.match(words):
        raise usage(f"{text!r} is a week and no day of it.", "Write its day: 2026-12-11 or 2026-W50-5.")
    moment = now if words.lower() == "now" else _span(words, now)
    try:
        if moment is None and len(words) <= _LONGEST:
            moment = _moment(words, now, end_of_day=end_of_day)
        utc = None if moment is None else moment.astimezone(UTC)
    except (OverflowError, ValueError):  # beyond the years there are
        utc = None
    if utc is None:
        raise usage(f"{text!r} is no time.", "Write 2026-05-01, '31.12.2026 17:00', friday or 'in 3 weeks'.")
    return utc.replace(microsecond=0)


def window(text: str, *, now: datetime) -> tuple[datetime | None, datetime | None]:
    """Return the two ends of `START..END`, either of which may be open.

    Raises:
        Failure: `text` is no such range, or ends before it begins.
    """
    first, dots, last = text.partition("..")
    if not dots or not (first.strip() or last.strip()):
        raise usage(
            f"{text!r} is no range of time.", "Write 2026-05-01..2026-05-31; one side may be left out."
        )
    start = read(first, now=now) if first.strip() else None
    end = read(last, now=now, end_of_day=True) if last.strip() else None
    if start and end and end < start:
        raise usage(f"{text!r} ends before it begins.", "Write the earlier time first.")
    return start, end


def seconds(text: str) -> float:
    """Return the length of a span such as `90 s`, `10 min` or `2 h` in seconds.

    Raises:
        Failure: `text` is no span of fixed length.
    """
    number, unit = _number_and_unit(text)
    if unit not in _SECONDS:
        raise usage(f"{text!r} is no length of time.", "Write '30 s', '10 min', '2 h', '3 days' or '1 week'.")
    return number * _SECONDS[unit]


def patience(text: str) -> float:
    """Return the length of a span in seconds, for ever where there is none.

    Raises:
        Failure: `text` is no span of fixed length.
    """
    return seconds(text) if text else math.inf


def notice(text: str) -> str:
    """Return a notice period as ISO 8601 duration: `1 month` becomes `P1M`, `P1M` stays.

    Raises:
        Failure: `text` is no period.
    """
    found = duration(text)
    if not found:
        raise usage(f"{text!r} is no notice period.", "Write '14 days', '1 month' or P1M.")
    return found


def duration(text: str) -> str:
    """Return a span of days or longer as ISO 8601 duration; "" if it is none."""
    if _ISO_SPAN.fullmatch(text.strip()):
        return text.strip()
    number, unit = _number_and_unit(text)
    return f"P{number}{_ISO_UNITS[unit]}" if unit in _ISO_UNITS else ""


def stamp(moment: datetime) -> str:
    """Return `moment` as the API writes times (RFC 3339, UTC)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


# --- spans ------------------------------------------------------------------------------------------


def _span(text: str, now: datetime) -> datetime | None:
    number, unit = _number_and_unit(text)
    if not unit:
        return None
    if unit in _SECONDS:
        return now + timedelta(seconds=number * _SECONDS[unit])
    months = now.month - 1 + number * (12 if unit == "year" else 1)
    year, month = now.year + months // 12, months % 12 + 1
    if year > MAXYEAR:
        return None
    return now.replace(year=year, month=month, day=min(now.day, monthrange(year, month)[1]))


def _number_and_unit(text: str) -> tuple[int, str]:
    found = _SPAN.fullmatch(text.strip())
    if not found:
        return 0, ""
    word, number = found[2].lower(), found[1].strip().lower()
    unit = _SPELLINGS.get(word) or _SPELLINGS.get(word.removesuffix("s"), "")
    return _NUMBERS.get(number) or int(number), unit


# --- days and hours ---------------------------------------------------------------------------------


def _moment(text: str, now: datetime, *, end_of_day: bool) -> datetime | None:
    """Return the moment of a day, of an hour of it, or of an hour of today."""
    day = _day(text, now)
    if day is not None:
        return _end(day) if end_of_day else _beginning(day)
    exact = _iso(text)
    if exact is not None:
        return exact
    found = _CLOCK.fullmatch(text)
    hour = _hour(found) if found else None
    if found is None or hour is None:
        return None
    day = _day(found["day"], now) if found["day"] else now.astimezone().date()
    if day is None:
        return None
    if found["zone"]:
        return _iso(f"{day.isoformat()}T{hour.isoformat()}{_offset(found['zone'])}")
    moment = _local(datetime.combine(day, hour), text)
    if not found["day"] and moment <= now:
        later = f"{day + timedelta(days=1)} {hour:%H:%M}"
        raise usage(f"{text!r} has passed today.", f"Write '{day} {hour:%H:%M}' or '{later}'.")
    return moment


def _offset(zone: str) -> str:
    return zone if zone[0] in "+-" else "+00:00"


def _hour(found: re.Match[str]) -> time | None:
    hour, half = int(found["hour"]), (found["half"] or "").lower()
    if half and not 1 <= hour <= _NOON:
        return None
    hour = hour % _NOON + (_NOON if half == "pm" else 0) if half else hour
    try:
        return time(hour, int(found["minute"] or 0), int(found["second"] or 0))
    except ValueError:
        return None


def _iso(text: str) -> datetime | None:
    """Return a moment of ISO 8601, in the reader's zone if it names none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else _local(moment, text)


def _local(wall: datetime, text: str) -> datetime:
    """Return the moment at which the reader's clock shows a time.

    Raises:
        Failure: it never does, or twice, because the clocks are put forward or back.
    """
    earlier, later = _instants(wall)
    if earlier == later:
        return earlier
    if _wall(earlier) != wall:
        ways = [f"'{_wall(moment):%Y-%m-%d %H:%M:%S}'" for moment in (earlier, later)]
        raise usage(
            f"{text!r} does not exist: the clocks are put forward then.", f"Write {' or '.join(ways)}."
        )
    ways = [moment.astimezone().isoformat(timespec="seconds") for moment in (earlier, later)]
    raise usage(f"{text!r} comes twice: the clocks are put back then.", f"Write {' or '.join(ways)}.")


def _instants(wall: datetime) -> tuple[datetime, datetime]:
    """Return the two moments that the reader's clock can mean by a time; almost always they are one."""
    first, second = (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))
    return min(first, second), max(first, second)


def _wall(moment: datetime) -> datetime:
    """Return what the reader's clock shows."""
    return moment.astimezone().replace(tzinfo=None)


def _beginning(day: date) -> datetime:
    """Return the first moment of a day; one whose midnight is skipped begins with the hour behind it."""
    midnight = datetime.combine(day, time(0, 0))
    earlier, later = _instants(midnight)
    return earlier if _wall(earlier) == midnight else later


def _end(day: date) -> datetime:
    """Return the last second of a day, however long that is."""
    if day == date.max:
        return datetime.combine(day, time(23, 59, 59)).astimezone(UTC)
    return _beginning(day + timedelta(days=1)) - timedelta(seconds=1)


def _day(text: str, now: datetime) -> date | None:
    """Return the day that a text names, None if it names none.

    Raises:
        Failure: it could be two days, or lacks its year.
    """
    today = now.astimezone().date()
    if text.lower() in _DAYS:
        return today + timedelta(days=_DAYS[text.lower()])
    try:
        return date.fromisoformat(text)  # 2026-05-01, 20260501 and 2026-W18-5
    except ValueError:
        pass
    numeric, named, weekday = _NUMERIC.fullmatch(text), _NAMED.fullmatch(text), _WEEKDAY.fullmatch(text)
    if numeric:
        return _numeric_day(text, numeric[1], numeric[2], numeric[3], numeric[4])
    if named and _place(_MONTHS, named["month"]):
        return _named_day(text, named)
    place = _place(_WEEKDAYS, weekday["day"]) if weekday else 0
    return _weekday(text, place, (weekday["which"] or "").lower(), today) if weekday and place else None


def _numeric_day(text: str, first: str, mark: str, second: str, third: str) -> date | None:
    """Return the day of `31.12.2026`, `31/12/2026` or `2026/12/31`."""
    if len(first) == _YEAR_DIGITS:
        return _calendar(first, second, third)
    if len(third) != _YEAR_DIGITS:
        raise usage(f"{text!r} does not say its year in full.", "Write it as 2026-12-31 or 31.12.2026.")
    by_day, by_month = _calendar(third, second, first), _calendar(third, first, second)
    # With points the day comes first wherever they are used; with strokes that hangs on the country.
    if mark == "." or by_month is None or by_day in (None, by_month):
        return by_day or (None if mark == "." else by_month)
    raise _two_days(text, by_day, by_month)


def _named_day(text: str, found: re.Match[str]) -> date | None:
    """Return the day of `14 March 2028` or `March 14, 2028`."""
    number = found["before"] or found["behind"]
    if not number or (found["before"] and found["behind"]):
        return None
    if len(found["year"] or "") != _YEAR_DIGITS:
        raise usage(f"{text!r} does not say its year in full.", "Write it as '14 March 2028' or 2028-03-14.")
    return _calendar(found["year"], str(_place(_MONTHS, found["month"])), number)


def _weekday(text: str, place: int, which: str, today: date) -> date:
    """Return the next day of that name; today is not the next."""
    ahead = (place - 1 - today.weekday()) % 7
    if which == "this":
        return today + timedelta(days=ahead)
    if which == "next" or ahead == 0:
        raise _two_days(text, today + timedelta(days=ahead), today + timedelta(days=ahead + 7))
    return today + timedelta(days=ahead)


def _two_days(text: str, one: date, other: date) -> Failure:
    said = [f"{day.day} {MONTHS[day.month - 1]} {day.year}" for day in (one, other)]
    return usage(f"{text!r} could be {said[0]} or {said[1]}.", f"Write {one} or {other}.")


def _calendar(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _place(names: tuple[str, ...], word: str) -> int:
    """Return which of some names a word is, or the beginning of at least three letters of; 0 for none."""
    plain = word.lower()
    found = [number for number, name in enumerate(names, 1) if name.startswith(plain)]
    return found[0] if len(plain) >= _ABBREVIATED and found else 0
