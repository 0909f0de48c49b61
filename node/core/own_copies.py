"""Own copies: when somebody else's intention is asked for at its address, and how often at most.

Rules here: what is told to many, and an answer that does not come, are asked for a few times and then no
more; nobody makes this node ask often, neither one intention nor one server nor all servers together.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final


class CopyPurpose(StrEnum):
    """Why a copy is asked for."""

    SIGN = "sign"  # what came was for many: more can be signed for on a copy of our own alone
    ANSWER = "answer"  # we have signed, and were not told


_WAITS: Final[Mapping[CopyPurpose, tuple[timedelta, ...]]] = MappingProxyType(
    {
        CopyPurpose.SIGN: (timedelta(0), timedelta(minutes=1), timedelta(minutes=15), timedelta(hours=2)),
        # An Update on its way is there within minutes; a server that is down comes back within days.
        CopyPurpose.ANSWER: (
            timedelta(minutes=15),
            timedelta(hours=2),
            timedelta(hours=12),
            timedelta(days=2),
        ),
    }
)
ANEW_AFTER: Final = timedelta(hours=6)
"""How long after a question the same intention is asked for at the soonest when it was told anew."""
UNSENT_WAIT: Final = timedelta(hours=1)
"""How long what we signed for waits while our signature is on its way, or who told us is blocked."""

MOST_OF_SERVER: Final = 50  # intentions in a day: more than any customer casts
MOST_OF_ALL: Final = 2_000
REMEMBERED: Final = timedelta(days=1)
"""How long it is remembered that an intention was asked for."""


def due(purpose: CopyPurpose, tries: int, *, now: datetime) -> datetime | None:
    """Return when to ask after so many questions in vain; None for no more."""
    waits = _WAITS[purpose]
    return now + waits[tries] if tries < len(waits) else None
