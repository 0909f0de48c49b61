"""Sayings: what the log is told of a CRM again and again, each kind once in an hour; the rest is counted.

What a CRM answers may differ each time, by a number in it or a time: by its words it would always be news.
"""

from dataclasses import field
from datetime import datetime, timedelta
from typing import Final

from protocol.values import dataclass

EVERY: Final = timedelta(hours=1)


@dataclass(slots=True)
class Sayings:
    """When which kind of thing was said of whom, and how often it was left unsaid since."""

    _said: dict[tuple[str, str], tuple[datetime, int]] = field(default_factory=dict)

    def unsaid(self, whose: str, kind: str, *, now: datetime) -> int | None:
        """Return how often this was left unsaid before it is said now; None if it is left unsaid, too."""
        at, left_out = self._said.get((whose, kind), (None, 0))
        if at is not None and abs(now - at) < EVERY:  # also by a clock that was set back
            self._said[whose, kind] = (at, left_out + 1)
            return None
        self._said[whose, kind] = (now, 0)
        return left_out
