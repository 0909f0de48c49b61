"""Leaving: whether a notice ends an agreement, and on which day at the earliest.

Rules that hold here:

- A notice counts from when it was given, and a delivery may take a day.
- What is over is not left, whatever a clock has written down; and nobody gives notice on and on.

Sources: the negotiation of docs/protocol.md.
"""

from datetime import datetime, timedelta
from typing import Final

from node.core import codes
from node.core.conditions import agreement_of
from node.core.deadlines import is_over
from node.core.negotiations import Negotiation
from protocol import codes as wire
from protocol.agreements import Agreement, earliest_end, read_agreement
from protocol.errors import Conflict, Unprocessable
from protocol.moves import Move

# A notice may be a day on its way and still count from when it was given; no claim goes back further.
_GRACE: Final = timedelta(days=1)

# Whoever gives notice may think again, for an earlier day or a later one; more often it is noise.
NOTICES: Final = 3


def check_notice(agreement: Agreement, *, ends_at: datetime | None, now: datetime) -> None:
    """Check that leaving at this moment keeps the notice that the agreement asks for.

    Raises:
        Unprocessable: `notice-too-short`.
    """
    if ends_at is None or ends_at < earliest_end(agreement, now):
        raise Unprocessable(codes.NOTICE_TOO_SHORT)


def check_leave(negotiation: Negotiation, move: Move, *, given_at: datetime, now: datetime) -> None:
    """Check a notice that was given at a moment, and is decided now.

    Raises:
        Conflict: `no-agreement`, `no-leaving`, `too-many-notices`; `illegal-transition`, if the agreement has
            ended. Unprocessable: `notice-too-short`.
    """
    agreed = agreement_of(negotiation)
    if is_over(agreed, at=now):
        raise Conflict(wire.ILLEGAL_TRANSITION, "This agreement has ended: there is nothing to leave.")
    if negotiation.notices >= NOTICES:
        raise Conflict(codes.TOO_MANY_NOTICES)
    agreement = read_agreement(agreed.document, currency=agreed.currency)
    check_notice(agreement, ends_at=move.ends_at, now=given_at)


def given_at(move: Move, now: datetime) -> datetime:
    """Return when notice was given: when its sender says, within what a delivery may take."""
    return min(max(move.published or now, now - _GRACE), now)
