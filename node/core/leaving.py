"""Leaving: whether a notice ends an agreement, and on which day at the earliest.

Rules that hold here:

- A notice counts from when it was signed, if it comes within eight days and before its own day.
- Who is the customer by terms about data, and gives notice within the time to withdraw, keeps no notice
  period: it ends on the day that they name, from the moment of their signature on.
- What is over is not left, whatever a clock has written down; and nobody gives notice on and on.
- Notice needs nobody's consent: one of ours that the other end refuses counts all the same, if every honest
  end would have taken it by now. Which honest ends there are follows from the skew between two clocks.
- Silence decides nothing but at its end: who answers nothing in the last day on which a notice could be taken
  has had it. Whatever is said later changes nothing.

Sources: the negotiation of docs/protocol.md; decisions 104, 111 and 116.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, TypeVar

from node.core import codes
from node.core.conditions import agreement_of
from node.core.deadlines import LATENESS, is_over
from node.core.negotiations import Negotiation
from node.core.threads import Step, check_link
from protocol import codes as wire
from protocol.agreements import Agreement, earliest_end, read_agreement, withdrawal_until
from protocol.errors import Conflict, Unprocessable
from protocol.evidence import SKEW
from protocol.moves import Move
from protocol.negotiation import Party, State, advance
from protocol.times import render_time

Shown = TypeVar("Shown", bound=Mapping[str, object])


LAST_DAY: Final = timedelta(hours=26)
"""The end of that time: an end that is awake tries within it, however long it is told to wait."""

WARNED: Final = timedelta(hours=6)
"""How long a notice is under way before its sender is told; a server that restarts is back long before."""

KEPT_TRYING: Final = timedelta(days=30)
"""How long a notice is sent at least, once a day, until it is taken; else until its own day."""

# Whoever gives notice may think again, for an earlier day or a later one; more often it is noise.
NOTICES: Final = 3


def check_notice(agreement: Agreement, *, ends_at: datetime | None, now: datetime) -> None:
    """Check that leaving at this moment keeps the notice that the agreement asks for.

    Raises:
        Unprocessable: `notice-too-short`.
    """
    if ends_at is None or ends_at < earliest_end(agreement, now):
        raise Unprocessable(codes.NOTICE_TOO_SHORT)


def is_withdrawal(agreement: Agreement, move: Move, *, by_customer: bool, given_at: datetime) -> bool:
    """Tell whether a notice is the customer's, signed within the time to withdraw.

    Raises:
        Unprocessable: `time-out-of-range`.
    """
    until = withdrawal_until(agreement)
    return by_customer and until is not None and _signed_at(move, given_at) <= until


def _signed_at(move: Move, given_at: datetime) -> datetime:
    """Return when a notice was signed by its own words, also by a clock that is ahead of ours."""
    return max(given_at, move.published or given_at)


def check_withdrawing(agreement: Agreement, *, by_customer: bool, now: datetime) -> None:
    """Check that our owner may withdraw now.

    Raises:
        Conflict: `no-withdrawal`. Unprocessable: `time-out-of-range`.
    """
    until = withdrawal_until(agreement)
    if not by_customer or until is None:
        raise Conflict(
            codes.NO_WITHDRAWAL, "This agreement gives you no time to change your mind. Nothing sent."
        )
    if now > until:
        raise Conflict(
            codes.NO_WITHDRAWAL, f"You could change your mind until {render_time(until)}. Nothing sent."
        )


def check_leave(
    negotiation: Negotiation, move: Move, *, party: Party, given_at: datetime, now: datetime
) -> None:
    """Check a notice that a party gave at a moment, and that is decided now.

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
    by_customer = agreed.own == (party is negotiation.begun.role)
    if is_withdrawal(agreement, move, by_customer=by_customer, given_at=given_at):
        # It may end before it arrives: what is withdrawn in time does not wait for who is left.
        earliest = max(_signed_at(move, given_at), agreement.published or given_at)
        if move.ends_at is None or move.ends_at < earliest:
            raise Unprocessable(codes.NOTICE_TOO_SHORT)
        return
    check_notice(agreement, ends_at=move.ends_at, now=given_at)
    if move.ends_at is not None and move.ends_at <= now:  # nothing ends in the past
        raise Unprocessable(codes.NOTICE_TOO_SHORT)


def given_at(move: Move, now: datetime) -> datetime:
    """Return when notice was given: when its sender signed it, within what a delivery may take."""
    return min(max(move.published or now, now - LATENESS), now)


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
    check_leave(negotiation, move, party=notice.party, given_at=given_at(move, heard_at), now=heard_at)


def has_heard(negotiation: Negotiation, notice: Step, *, is_changing: bool, now: datetime) -> bool:
    """Tell whether who answers nothing at this moment has had a notice of ours: on its last day, and in time.

    The arguments are those of `check_refused`, which says until when every honest end takes it.
    """
    is_timely, is_timely_tomorrow = (
        _is_taken(negotiation, notice, is_changing=is_changing, now=at) for at in (now, now + LAST_DAY)
    )
    return is_timely and not is_timely_tomorrow


def _is_taken(negotiation: Negotiation, notice: Step, *, is_changing: bool, now: datetime) -> bool:
    try:
        check_refused(negotiation, notice, is_changing=is_changing, now=now)
    except (Conflict, Unprocessable):
        return False
    return True


def is_kept_trying(move: Move, *, since: datetime, now: datetime) -> bool:
    """Tell whether a notice that nobody has taken is sent again; `since` is when it was given."""
    return now < max(since + KEPT_TRYING, move.ends_at or since)
