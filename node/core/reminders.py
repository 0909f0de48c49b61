"""Reminders: when the owner is reminded of a date in an agreement, so that there is time to act.

Rules that hold here:

- Of an acceptance that lapses a day ahead, of the last day for giving notice, or of the end where no notice
  can be given, two weeks ahead; of what lasts briefly when a quarter of its time is left.
- A notice that would only end what ends by itself is no reminder's worth: what has no end has no last day.

Sources: the negotiation of docs/protocol.md.
"""

from datetime import datetime, timedelta
from typing import Final

from protocol.agreements import Agreement
from protocol.errors import ProtocolError
from protocol.times import add_duration, read_duration

LAPSE_AHEAD: Final = timedelta(days=1)
DATE_AHEAD: Final = timedelta(days=14)
_SHARE: Final = 4
_DAY: Final = timedelta(days=1)
_MOST_DAYS: Final = 4  # by which the months before an end may be longer than those behind it


def reminded_at(date: datetime, *, since: datetime, ahead: timedelta) -> datetime | None:
    """Return when to remind of a date that has stood since a moment; None if it is past by then."""
    if date <= since:
        return None
    return date - min(ahead, (date - since) / _SHARE)


def last_day(agreement: Agreement) -> datetime | None:
    """Return the last day on which notice makes a difference, or the end; None without an end."""
    ends_at, notice = agreement.draft.ends_at, agreement.draft.notice
    return ends_at if ends_at is None or notice is None else last_day_before(ends_at, notice)


def last_day_before(date: datetime, notice: str) -> datetime | None:
    """Return the last day on which notice of this length is over by a date; None if there is none."""
    try:
        length = read_duration(notice)
        given = date - (add_duration(date, length) - date)
        late = [days for days in range(_MOST_DAYS) if add_duration(given - days * _DAY, length) <= date]
    except (ProtocolError, OverflowError):  # a notice of ten thousand years
        return None
    return given - late[0] * _DAY if late else None
