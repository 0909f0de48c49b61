"""Two clocks compared: what the `Date` of a peer's answer says about ours, as values and as a sentence.

Rules here:

- A peer's date decides nothing but how long we wait, and what we tell the owner. Nobody sets our clock.
- A difference is worth a word from the point on where peers begin to refuse what we sign.

Source: RFC 9110 §6.6.1 (Date).
"""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from protocol.values import dataclass

# A proof may be two minutes ahead (see protocol.proofs), an HTTP date has whole seconds, and an answer takes
# some: from here on it is no chance.
NOTEWORTHY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class ClockComparison:
    """Two clocks at one moment: `ours`, and `theirs` as their answer gave it."""

    ours: datetime
    theirs: datetime

    @property
    def lead(self) -> timedelta:
        """How far their clock is ahead of ours; negative where it is behind."""
        return self.theirs - self.ours

    @property
    def differs(self) -> bool:
        """Whether one of the two must be wrong."""
        return abs(self.lead) > NOTEWORTHY

    def is_before(self, moment: datetime) -> bool:
        """Say whether by their clock a moment has yet to come, so that they refuse what was signed at it."""
        return moment - self.theirs > NOTEWORTHY

    def say_early(self, moment: datetime) -> str:
        """Say that something was made at a moment which has yet to come by their clock."""
        ahead = _length(moment - self.theirs)
        return f"It was made {ahead} ahead of the clock there, and is sent again when that has come so far."

    @property
    def sentence(self) -> str:
        """Say how the clocks differ; empty where they do not."""
        if not self.differs:
            return ""
        side = "ahead of" if self.lead > timedelta(0) else "behind"
        return f"Its clock is {_length(abs(self.lead))} {side} ours: one of the two is wrong."


def read_clock(date: str | None, *, now: datetime) -> ClockComparison | None:
    """Read an answer's Date; None where it says nothing usable."""
    theirs = None if date is None else read_http_date(date)
    return None if theirs is None else ClockComparison(now, theirs)


def read_http_date(text: str) -> datetime | None:
    """Read an HTTP date; None for anything else."""
    try:
        date = parsedate_to_datetime(text)
        # A date without a zone is UTC: HTTP dates are always GMT (RFC 9110 §5.6.7).
        return date.astimezone(UTC) if date.tzinfo else date.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _length(length: timedelta) -> str:
    """Return a length of time in the largest unit that there are two of."""
    for unit, size in (("days", timedelta(days=1)), ("hours", timedelta(hours=1))):
        if length >= 1.5 * size:
            return f"{round(length / size)} {unit}"
    return f"{round(length / timedelta(minutes=1))} min"
