"""Leaving: whether a notice ends an agreement, and on which day at the earliest.

Rules that hold here:

- A notice counts from when it was given, and a delivery may take a day.
- What is over is not left, whatever a clock has written down; and nobody gives notice on and on.
- Notice needs nobody's consent: one of ours that the other end refuses counts all the same, if every honest
  end would have taken it by now. Which honest ends there are follows from the skew between two clocks.

Sources: the negotiation of docs/protocol.md; decision 104.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from node.core import codes
from node.core.conditions import agreement_of
from node.core.deadlines import is_over
from node.core.negotiations import Negotiation
from node.core.threads import Step, check_link
from protocol import codes as wire
from protocol.agreements import Agreement, earliest_end, read_agreement
from protocol.errors import Conflict, Unprocessable
from protocol.evidence import SKEW
from protocol.moves import Move
from protocol.negotiation import State, advance

Shown = TypeVar("Shown", bound=Mapping[str, object])

# A notice may be a day on its way and still count from when it was given; no claim goes back further.
_GRACE: Final = timedelta(days=1)

KEPT_WAITING: Final = timedelta(days=10)
"""How much later than at the earliest a notice ends that cannot be kept waiting until it is too short.

A delivery is tried for seven days, within which a notice period of months may become three days longer.
"""

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


def to_be_known(state: str, given: Sequence[Shown]) -> Shown | None:
    """Return the notice that somebody has to know of, as it is shown; None if there is none.

    That is the one which ends the agreement, or has ended it; else the last, if it was refused and so does
    not count. `given` are those that were given of an agreement in that state, the oldest first.
    """
    if state in (State.ENDING, State.ENDED):
        return next((item for item in reversed(given) if item["counts"]), None)
    last = given[-1] if given and state == State.CONCLUDED else None
    return last if last is not None and last["refused_at"] is not None else None


def check_refused(negotiation: Negotiation, notice: Step, *, is_changing: bool, now: datetime) -> None:
    """Check that a notice of ours counts although the other end has just refused it.

    What an honest end may say by a clock that is ahead of ours is believed; so is that the agreement was
    changed, while a change that we have accepted (`is_changing`) may be signed there already.

    Args:
        negotiation: as it stands without the notice.
        notice: that, as it was sent.
        is_changing: whether we have accepted a change of the agreement that is not signed by both.
        now: the moment of the answer.

    Raises:
        Conflict: `stale-answer`, `digest-mismatch`, `illegal-transition`, or as `check_leave`.
        Unprocessable: `notice-too-short`.
    """
    thread, move, heard_at = negotiation.begun, notice.move, now + SKEW
    check_link(thread, move)
    advance(thread.state, notice.party, move.event)
    if is_changing:
        raise Conflict(wire.ILLEGAL_TRANSITION, "A change of this agreement may be signed there already.")
    check_leave(negotiation, move, given_at=given_at(move, heard_at), now=heard_at)
