"""Deadlines: what time allows, looked at where a move is decided and not only where a clock is.

Rules that hold here:

- A clock may be late; a move that comes after the end is refused all the same.
- Two honest clocks may differ by `grace`. What ends at a date is taken until so much later, and a clock ends
  it no earlier.
- Nobody signs for what is past: what recurs begins so late that of it at most the first payment is due. What
  changes an agreement may go on from where that began.
- Nothing binds for longer than a lifetime, unless it can be left before.

Sources: the negotiation of docs/protocol.md.
"""

from datetime import datetime, timedelta
from typing import Final

from node.core import codes
from node.core.negotiations import Agreed
from node.core.threads import Step, Thread
from protocol import codes as wire
from protocol.agreements import over_at, read_agreement
from protocol.errors import Conflict, Unprocessable
from protocol.members import read_moment
from protocol.moves import Move, holds_until
from protocol.negotiation import Event, State
from protocol.offers import Draft
from protocol.times import step

LATENESS: Final = timedelta(days=8)
"""How long a notice may be on its way and still count from when it was signed; no claim goes back further.

A delivery is tried for seven days before it is given up, and whoever was off for so long is asked once more.
"""
_LATE: Final = timedelta(days=1)  # who offers in the evening is answered the next day
_LIFETIME: Final = timedelta(days=36_525)  # a hundred years, as leases have
CROSSING: Final = timedelta(minutes=5)
"""How long after a move of ours one of the other end may come and still have been made without knowing it.

Delivery takes seconds; who needs longer was not reached, or has waited.
"""


def check_time(thread: Thread, step: Step, *, grace: timedelta) -> None:
    """Check that time allows a move of the other end, by when it came.

    Raises:
        Conflict: `offer-expired`, `acceptance-lapsed`; `acceptance-binds`, if an acceptance is revoked before
            its date.
    """
    match step.move.event:
        case Event.ACCEPT:
            if _is_over(thread.expires_at, step.at, grace=grace):
                raise Conflict(wire.OFFER_EXPIRED, "The offer had ended when the acceptance arrived.")
            until = holds_until(step.move, made_at=step.at, offer_ends_at=thread.expires_at)
            if _is_over(until, step.at, grace=grace):
                raise Conflict(wire.ACCEPTANCE_LAPSED, "The acceptance had lapsed when it arrived.")
        case Event.COUNTERSIGN:
            check_holding(thread, at=step.at, grace=grace)
        case Event.REVOKE:
            _check_lapsed(thread, at=step.at)


def check_date(move: Move, *, at: datetime, grace: timedelta) -> None:
    """Check that a move of the other end is not dated ahead of us: an answer to it could not be proved.

    Raises:
        Unprocessable: `dated-ahead`.
    """
    if move.published is not None and move.published - at > grace:
        raise Unprocessable(codes.DATED_AHEAD)


def check_agreed_date(acceptance: Move, *, since: datetime, at: datetime, grace: timedelta) -> None:
    """Check when the agreement of an acceptance says that it was made: with the acceptance, and by now.

    Notices of it begin then, and the time in which the customer may withdraw: a later date would keep both
    ends in it, an earlier one would have that time run out before it begins. `since` is when the negotiation
    began.

    Raises:
        Unprocessable: `times-reversed`, `dated-ahead`.
    """
    agreed_at = read_moment(acceptance.agreement or {}, "published")
    if agreed_at is None:  # a plain one may not say
        return
    signed_at = max(acceptance.published or agreed_at, at - LATENESS)
    if max(since, signed_at) - agreed_at > grace:
        raise Unprocessable(wire.TIMES_REVERSED, at="result.published")
    if agreed_at - at > grace:
        raise Unprocessable(codes.DATED_AHEAD, at="result.published")


def is_run_out(thread: Thread, *, at: datetime) -> bool:
    """Tell whether what stands, an offer or a counter, has ended by our clock, whether one has looked or not.

    Nothing is done by itself about what has: not even within the time in which another's clock may be late.
    """
    return thread.expires_at is not None and thread.expires_at <= at


def check_holding(thread: Thread, *, at: datetime, grace: timedelta) -> None:
    """Check that the acceptance of a thread can be countersigned now, by either end.

    Raises:
        Conflict: `acceptance-lapsed`.
    """
    if _is_over(thread.holds_until, at, grace=grace):
        raise Conflict(wire.ACCEPTANCE_LAPSED)


def check_term(draft: Draft, *, at: datetime, since: datetime | None = None) -> None:
    """Check that what is offered, asked for or signed now is neither past nor binds without end.

    `since` is when the agreement began that is to be changed.

    Raises:
        Conflict: `term-over`, `term-began`, `term-endless`.
    """
    if draft.ends_at is not None and draft.ends_at <= at:
        raise Conflict(codes.TERM_OVER)
    starts_at = draft.starts_at
    if starts_at is not None and starts_at < at and (since is None or starts_at < since):
        second = [step(starts_at, line.per, 1) for line in draft.price if line.per is not None]
        if min(second, default=at) + _LATE <= at:
            raise Conflict(codes.TERM_BEGAN)
    if draft.notice is None:
        ends = [draft.ends_at, *(line.until for line in draft.price)]
        if max((end for end in ends if end is not None), default=at) - max(starts_at or at, at) > _LIFETIME:
            raise Conflict(codes.TERM_ENDLESS)


def check_amending_term(draft: Draft, amended: Agreed | None, *, at: datetime) -> None:
    """Check that of terms that are to replace an agreement; None if they replace none.

    Raises:
        Conflict: as `check_term`.
    """
    check_term(draft, at=at, since=None if amended is None else _began_at(amended))


def _began_at(agreed: Agreed) -> datetime | None:
    """Return when an agreement began: as its terms say, else when it was made."""
    agreement = read_agreement(agreed.document, currency=agreed.currency)
    return agreement.draft.starts_at or agreement.published


def is_over(agreed: Agreed, *, at: datetime) -> bool:
    """Tell whether an agreement has ended, by its own end or by a notice, whatever a clock has said."""
    draft = agreed.draft
    ends_at = over_at(draft, agreed.leaves_at)
    return ends_at is not None and ends_at <= at


def _check_lapsed(thread: Thread, *, at: datetime) -> None:
    # Who revokes waits for as long as clocks may differ, so nobody honest comes too early here.
    if thread.state is State.ACCEPTED and thread.holds_until is not None and at < thread.holds_until:
        raise Conflict(codes.ACCEPTANCE_BINDS)


def _is_over(end: datetime | None, at: datetime, *, grace: timedelta) -> bool:
    return end is not None and at - end > grace
