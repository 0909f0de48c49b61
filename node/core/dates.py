"""Dates: what is going to happen to negotiations and agreements, and when, as their owner's calendar has it.

Rules that hold here:

- What is over is no date, and of two ends of one agreement the first is.
- An offer and an acceptance end at a moment; an agreement ends with a day.
"""

from datetime import datetime
from enum import StrEnum

from protocol.negotiation import Party
from protocol.values import dataclass


class DateKind(StrEnum):
    """What happens at a date."""

    STANDS = "stands"
    """An offer runs out."""
    ASKED = "asked"
    """What was asked for instead of an offer runs out."""
    HOLDS = "holds"
    """An acceptance lapses that nobody has countersigned."""
    NOTICE = "notice"
    """The last day on which notice ends an agreement before it ends by itself."""
    LEAVES = "leaves"
    """An agreement is over because notice was given."""
    ENDS = "ends"
    """An agreement ends by itself."""
    RESUMES = "resumes"
    """A paused wish takes offers again."""

    @property
    def takes_a_day(self) -> bool:
        """Whether it is a day rather than a moment."""
        return self in (DateKind.NOTICE, DateKind.LEAVES, DateKind.ENDS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Date:
    """One thing that is going to happen.

    `id` is that of the negotiation, the agreement or the wish, `role` its owner's end of it, `name` what it
    is about and `peer` the name of the other end, both as others wrote them; of a wish of the owner's it is
    "". `changed_at` is when it last changed.
    """

    kind: DateKind
    id: str
    role: Party
    at: datetime
    name: str
    peer: str
    changed_at: datetime


def over(*, leaves_at: datetime | None, ends_at: datetime | None) -> tuple[DateKind, datetime] | None:
    """Say how and when an agreement in force is over; None if nobody knows yet."""
    if leaves_at is not None and (ends_at is None or leaves_at <= ends_at):
        return DateKind.LEAVES, leaves_at
    return None if ends_at is None else (DateKind.ENDS, ends_at)
