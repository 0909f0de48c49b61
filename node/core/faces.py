"""Faces: when the picture of a peer is fetched, and how long a failure is remembered.

Rules here: a picture is fetched once for each address that its actor names, and at most once a day for each
actor, whoever looks at it and however often; whom nobody here has anything to do with costs a look now and
then, and no fetch; each failure in a row makes the next wait longer.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from protocol.values import dataclass

EVERY: Final = timedelta(days=1)
_FIRST_WAIT: Final = timedelta(hours=1)
_LONGEST_WAIT: Final = timedelta(days=7)
_FIRST_LOOK: Final = timedelta(minutes=1)  # who is met is a stranger until what it sent has been taken
_LONGEST_LOOK: Final = timedelta(days=1)
_DOUBLINGS: Final = 20  # beyond any of the bounds


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """How far it has come with the picture at `source`: when it was asked for, and when it is due.

    `due_at` is None when there is nothing more to do. `tries` counts those in a row that came to nothing.
    """

    source: str
    due_at: datetime | None
    asked_at: datetime | None = None
    tries: int = 0


def named(known: Course | None, source: str, *, now: datetime) -> Course:
    """Return what is to be done now that an actor's document names the picture at `source`."""
    if known is None:
        return Course(source=source, due_at=now)
    if known.source == source:
        return known
    soonest = now if known.asked_at is None else max(now, known.asked_at + EVERY)
    return Course(source=source, due_at=soonest, asked_at=known.asked_at)


def passed_over(course: Course, *, now: datetime) -> Course:
    """Return what is to be done after a look at somebody with whom there is nothing to do yet."""
    wait = _waiting(course.tries, first=_FIRST_LOOK, longest=_LONGEST_LOOK)
    return replace(course, due_at=now + wait, tries=course.tries + 1)


def fetched(course: Course, *, now: datetime) -> Course:
    """Return what is to be done after the picture came: nothing, until the actor names another."""
    return replace(course, due_at=None, asked_at=now, tries=0)


def failed(course: Course, *, now: datetime) -> Course:
    """Return what is to be done after no picture came, or none that is shown."""
    tries = 0 if course.asked_at is None else course.tries  # those before were looks at a stranger
    wait = _waiting(tries, first=_FIRST_WAIT, longest=_LONGEST_WAIT)
    return replace(course, due_at=now + wait, asked_at=now, tries=tries + 1)


def _waiting(tries: int, *, first: timedelta, longest: timedelta) -> timedelta:
    doublings: int = 2 ** min(tries, _DOUBLINGS)
    return min(longest, first * doublings)
