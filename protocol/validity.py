"""Validity: whether the dates and lengths of an agreement fit together.

Rules that hold here:

- Terms that nobody could keep are refused before they are offered or taken: an end before the start, a notice
  of no length or of a lifetime, one that is longer than what it ends, a payment that is due after the end.
- Both ends look at the same terms and at no clock. Where the terms name no start, nobody can know when
  something falls due, and that is not judged.

Sources: XML Schema 1.1 Part 2 (duration); the terms of docs/protocol.md.
"""

from datetime import datetime
from typing import Final

from protocol import codes
from protocol.charges import Span, times_due
from protocol.drafts import Draft
from protocol.errors import Unprocessable
from protocol.prices import PriceLine
from protocol.times import Duration, add_duration, read_duration, step

_DAYS_IN_A_MONTH: Final = 30
# Ten years, the leap days in them: longer than any lease is given notice of.
_LONGEST_NOTICE_DAYS: Final = 3_660


def check_validity(draft: Draft) -> None:
    """Check that dates, notice and payments of these terms fit together.

    Raises:
        Unprocessable: `ends-before-start`, `notice-out-of-range`, `notice-exceeds-term`, `payment-after-end`;
            or as `charges.times_due`.
    """
    starts_at, ends_at = draft.starts_at, draft.ends_at
    notice = None if draft.notice is None else _read_notice(draft.notice)
    if starts_at is None or ends_at is None:
        return
    if ends_at <= starts_at:
        raise Unprocessable(codes.ENDS_BEFORE_START)
    if notice is not None and _is_beyond(starts_at, notice, ends_at):
        raise Unprocessable(codes.NOTICE_EXCEEDS_TERM)
    if any(_last_due(line, draft.span, starts_at) > ends_at for line in draft.price):
        raise Unprocessable(codes.PAYMENT_AFTER_END)


def _read_notice(text: str) -> Duration:
    notice = read_duration(text)
    months = 12 * notice.years + notice.months
    days = _DAYS_IN_A_MONTH * months + 7 * notice.weeks + notice.days
    if not 0 < days <= _LONGEST_NOTICE_DAYS:
        raise Unprocessable(codes.NOTICE_OUT_OF_RANGE)
    return notice


def _is_beyond(starts_at: datetime, notice: Duration, ends_at: datetime) -> bool:
    """Tell whether a notice given on the first day would run out only after the end."""
    try:
        return add_duration(starts_at, notice) > ends_at
    except Unprocessable:  # in a year that no calendar has
        return True


def _last_due(line: PriceLine, span: Span, starts_at: datetime) -> datetime:
    """Return when a line falls due for the last time; what runs on does so before the end, whenever it is."""
    times = None if line.per is None else times_due(line, span)
    return starts_at if line.per is None or times is None else step(starts_at, line.per, times - 1)
