"""Second signatures, decided: what one person does not sign alone, until when it waits, and who may sign.

Rules that hold here:

- A limit is an amount in one currency, for one negotiation. Nothing is converted: what is in another
  currency, and what has no fixed total, is above it.
- What one person asks for another signs. What the node asks for by itself has nobody behind it yet: the first
  who signs stands behind it, and another signs.
- Saying no, taking back and leaving never need a second person.
"""

import re
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from protocol.decimals import decimal_string
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.negotiation import Event
from protocol.offers import Draft
from protocol.quantities import read_decimal
from protocol.values import dataclass

BINDING: Final = frozenset({Event.OFFER, Event.REOFFER, Event.COUNTER, Event.ACCEPT, Event.COUNTERSIGN})
"""The moves with which somebody binds themselves, or says on which terms they would."""

LONGEST: Final = timedelta(days=3)
"""How long something waits for a second signature at most: its bytes say when they were written."""


_CURRENCY: Final = re.compile("[A-Z]{3}")  # ISO 4217


class CosignState(StrEnum):
    """What has become of something that was asked for; only what is `asked` can be signed."""

    ASKED = "asked"
    SIGNED = "signed"
    DECLINED = "declined"
    STALE = "stale"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class CosignLimit:
    """Above which amount, of the negotiation as a whole, one signature of a person is not enough."""

    amount: Decimal
    currency: str


def read_limit(document: dict[str, Any]) -> CosignLimit:
    """Read a limit as the owner says it: `amount` as decimal text, and `currency`.

    Raises:
        Unprocessable: `cosign-limit`, it is no amount, or less than nothing.
    """
    currency = str(document["currency"])
    try:
        amount = read_decimal(document["amount"])
    except Unprocessable:
        raise Unprocessable(codes.COSIGN_LIMIT) from None
    if amount < 0 or not _CURRENCY.fullmatch(currency):
        raise Unprocessable(codes.COSIGN_LIMIT)
    return CosignLimit(amount, currency)


def view_limit(limit: CosignLimit) -> dict[str, Any]:
    """Show a limit as it is said."""
    return {"amount": decimal_string(limit.amount), "currency": limit.currency}


def is_above(limit: CosignLimit, draft: Draft) -> bool:
    """Tell whether these terms need a second signature."""
    total = draft.total
    return draft.currency != limit.currency or total is None or total > limit.amount


def ends_at(asked_at: datetime, moments: list[datetime | None]) -> datetime:
    """Return until when something waits: until it would not count any more, and three days at most."""
    until = asked_at + LONGEST
    for moment in moments:
        if moment is not None and moment < until:
            until = moment
    return until


def state_at(state: CosignState, until: datetime, *, now: datetime) -> CosignState:
    """Return how something stands now: what nobody has signed in time has fallen away."""
    return CosignState.EXPIRED if state is CosignState.ASKED and until <= now else state


def judge(state: CosignState, *, asked_by: str, person: str) -> bool:
    """Tell whether a signature of this person is the second one; if not, it is the first of two.

    `asked_by` is who stands behind what was asked, empty for the node. `state` is that of now.

    Raises:
        Forbidden: `person-unknown`, `same-person`. Conflict: `cosign-ended`.
    """
    if state is not CosignState.ASKED:
        raise Conflict(codes.COSIGN_ENDED)
    if not person:
        raise Forbidden(codes.PERSON_UNKNOWN)
    if person == asked_by:
        raise Forbidden(codes.SAME_PERSON)
    return bool(asked_by)
