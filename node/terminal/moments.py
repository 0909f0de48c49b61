"""Times as people type them: `2026-05-01`, `2026-05-01T12:00`, `in 3 weeks`, `tomorrow`, `P1M`.

Rules here: pure, `now` is an argument; a time without a zone is the reader's own; what could mean two things
is refused with the spellings that work.
"""

import math
import re
from calendar import monthrange
from datetime import MAXYEAR, UTC, datetime, time, timedelta
from typing import Final

from node.terminal.failures import usage

_SPAN: Final = re.compile(r"(?:in\s+|\+)?(\d{1,4})\s*([a-z]+)", re.IGNORECASE | re.ASCII)
_ISO_SPAN: Final = re.compile(
    r"P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?(?:T(?:\d+H)?(?:\d+M)?(?:\d+S)?)?", re.ASCII
)
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)

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
    """Return the moment that `text` names, in UTC; a bare date is its beginning or, asked so, its end.

    Raises:
        Failure: `text` is no time.
    """
    words = text.strip()
    moment = _word(words.lower(), now, end_of_day=end_of_day) or _span(words, now)
    if moment is None:
        moment = _iso(words, end_of_day=end_of_day)
    if moment is None:
        raise usage(f"{text!r} is no time.", "Write 2026-05-01, 2026-05-01T12:00 or 'in 3 weeks'.")
    return moment.astimezone(UTC).replace(microsecond=0)


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
        raise usage(f"{text!r} ends before it begins.")
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
    if _ISO_SPAN.fullmatch(text.strip()):
        return text.strip()
    number, unit = _number_and_unit(text)
    if unit not in _ISO_UNITS:
        raise usage(f"{text!r} is no notice period.", "Write '14 days', '1 month' or P1M.")
    return f"P{number}{_ISO_UNITS[unit]}"


def stamp(moment: datetime) -> str:
    """Return `moment` as the API writes times (RFC 3339, UTC)."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def _word(word: str, now: datetime, *, end_of_day: bool) -> datetime | None:
    days = {"now": 0, "today": 0, "tomorrow": 1}.get(word)
    if days is None:
        return None
    if word == "now":
        return now
    date = now.astimezone().date() + timedelta(days=days)
    return datetime.combine(date, _time(end_of_day=end_of_day)).astimezone()


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
    word = found[2].lower()
    return int(found[1]), _SPELLINGS.get(word) or _SPELLINGS.get(word.removesuffix("s"), "")


def _iso(text: str, *, end_of_day: bool) -> datetime | None:
    try:
        if _DATE.fullmatch(text):
            date = datetime.fromisoformat(text).date()
            return datetime.combine(date, _time(end_of_day=end_of_day)).astimezone()
        return datetime.fromisoformat(text).astimezone()
    except (ValueError, OverflowError):
        return None


def _time(*, end_of_day: bool) -> time:
    return time(23, 59, 59) if end_of_day else time(0, 0)
