"""Accesses: whether a reading of a grant is answered, and why it is not.

Rules that hold here:

- Why is for the owner. Whoever reads gets one answer for all of it, so that nothing is learnt by trying.
- Now is before the end, or it is over; there is no grace.
- The last reading that may be makes a grant used up, and then not even the same is answered again.

Source: the order of the checks is this project's.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from protocol.grants import GrantState
from protocol.values import dataclass

REPEATED_WITHIN: Final = timedelta(seconds=60)
"""For so long the same asked again gets the same bytes, and is counted once: answers get lost."""
LISTED_IN_AN_HOUR: Final = 100
"""Refusals of one reader that are listed; of more is counted how many."""


class AccessRefusal(StrEnum):
    """Why a reading was refused."""

    UNKNOWN = "unknown-grant"
    NOT_THEIRS = "not-theirs"
    BLOCKED = "blocked"
    NOT_PULLED = "not-pulled"  # it is sent, and not read
    NOT_BEGUN = "not-begun"
    OVER = "grant-over"
    AGREEMENT_OVER = "agreement-over"
    FIELD_UNKNOWN = "unknown-field"
    FIELD_NOT_GRANTED = "field-not-granted"
    QUERY = "query"  # nothing can be asked for by a query


@dataclass(frozen=True, slots=True)
class GrantStanding:
    """How a grant stands for who reads; `is_theirs` tells that it was given to them."""

    state: GrantState
    starts_at: datetime | None
    ends_at: datetime | None
    is_theirs: bool
    is_pulled: bool
    is_blocked: bool
    is_agreed: bool
    fields: tuple[str, ...]


def refusal_of(
    standing: GrantStanding | None, *, field: str | None, has_query: bool, now: datetime
) -> AccessRefusal | None:
    """Say why a reading is refused; None if it is answered.

    `field` is the IRI of the one that is asked for, "" if there is none of that name, None for all.
    """
    if standing is None:
        return AccessRefusal.UNKNOWN
    checks = (
        (not standing.is_theirs, AccessRefusal.NOT_THEIRS),
        (standing.is_blocked, AccessRefusal.BLOCKED),
        (not standing.is_pulled, AccessRefusal.NOT_PULLED),
        (standing.state is not GrantState.ACTIVE, AccessRefusal.OVER),
        (standing.ends_at is not None and now >= standing.ends_at, AccessRefusal.OVER),
        (standing.starts_at is not None and now < standing.starts_at, AccessRefusal.NOT_BEGUN),
        (not standing.is_agreed, AccessRefusal.AGREEMENT_OVER),
        (field == "", AccessRefusal.FIELD_UNKNOWN),
        (field is not None and field not in standing.fields, AccessRefusal.FIELD_NOT_GRANTED),
        (has_query, AccessRefusal.QUERY),
    )
    return next((refusal for refused, refusal in checks if refused), None)
