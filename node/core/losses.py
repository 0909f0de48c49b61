"""Losses: why an offer of ours came to nothing, as far as a business can know it.

Rules that hold here:

- Everything follows from signed moves, dates, and what became of a delivery; nothing is typed.
- A wish that was met and one that was taken back end in the same words (decision 14), so that somebody else
  was chosen is no reason: nobody is told.
- Of what the other side says of a refusal, only codes and flags that are known here are kept.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from node.core import codes
from node.core.linter import FLAGS
from node.core.retries import GONE_STATUSES
from node.core.terms_templates import REFUSING
from protocol.codes import MEANINGS
from protocol.negotiation import State
from protocol.values import dataclass

PERIOD: Final = timedelta(days=90)
"""So far back it is shown what was lost: a quarter, in whole days (UTC) with the one that is not over."""
AT_THE_END: Final = timedelta(hours=1)
"""Who ends a wish rejects what stands, and then says that it is over: within so long the two are one."""
MOST_REASONS: Final = 16  # codes and flags that are kept of one refusal


class LossReason(StrEnum):
    """Why an offer came to nothing, in the order in which they are counted."""

    DECLINED = "declined"  # by the customer
    TERMS = "terms"  # not taken there for what it says about data
    NOT_TAKEN = "not-taken"  # not taken there, for something else
    CHOSEN = "chosen"  # another offer of ours to the same wish was agreed on
    WISH_OVER = "wish-over"  # the wish was met, was taken back, or its time was up
    EXPIRED = "expired"  # nobody answered while the offer stood
    WITHDRAWN = "withdrawn"  # by us
    LAPSED = "lapsed"  # accepted, and not signed in time by us
    RENEGED = "reneged"  # accepted, and we said that it cannot be done
    UNDELIVERED = "undelivered"  # it has never arrived


_ENDS: Final = {
    State.REJECTED: LossReason.DECLINED,
    State.WITHDRAWN: LossReason.WITHDRAWN,
    State.EXPIRED: LossReason.EXPIRED,
    State.REFUSED: LossReason.NOT_TAKEN,
    State.LAPSED: LossReason.LAPSED,
    State.RENEGED: LossReason.RENEGED,
}
_FOR_TERMS: Final = frozenset({*REFUSING, codes.TERMS_REQUIRED})
_CLOSED: Final = frozenset({codes.INTENTION_CLOSED, codes.INTENTION_AWARDED})


@dataclass(frozen=True, slots=True, kw_only=True)
class LossFacts:
    """What is known of how an offer ended.

    `codes` are those of `known_reasons`, `status` with which it was refused. `unsent` says that it was taken
    back before it left, `undelivered` that it had not arrived when its time was up. `worded` is whether the
    customer has said something with the rejection, `chosen` whether another offer to the wish was agreed on,
    `wish_over` whether the wish takes no offers any more.
    """

    codes: Sequence[str] = ()
    status: int | None = None
    unsent: bool = False
    undelivered: bool = False
    worded: bool = False
    chosen: bool = False
    wish_over: bool = False


def is_lost(state: State) -> bool:
    """Tell whether a negotiation in this state has come to nothing; a rejected one may be taken up again."""
    return state in _ENDS


def reason_of(state: State, facts: LossFacts) -> LossReason:
    """Return why an offer in a state that `is_lost` came to nothing."""
    if state is State.REFUSED:
        return _refused(facts)
    if facts.unsent or (state is State.EXPIRED and facts.undelivered):
        return LossReason.UNDELIVERED
    if state in (State.REJECTED, State.EXPIRED) and not facts.worded:
        if facts.chosen:
            return LossReason.CHOSEN
        if facts.wish_over:
            return LossReason.WISH_OVER
    return _ENDS[state]


def _refused(facts: LossFacts) -> LossReason:
    if _FOR_TERMS.intersection(facts.codes):
        return LossReason.TERMS
    if _CLOSED.intersection(facts.codes):
        return LossReason.WISH_OVER
    return LossReason.UNDELIVERED if facts.status in GONE_STATUSES else LossReason.NOT_TAKEN


def known_reasons(reasons: Sequence[str]) -> tuple[str, ...]:
    """Return the code of a refusal, if it is one of ours, and the flags that it names and we know."""
    flags = {flag.code for flag in FLAGS}
    code = tuple(each for each in reasons[:1] if each in MEANINGS)
    return code + tuple(sorted(flags.intersection(reasons[1:])))[: MOST_REASONS - 1]


def days_looked_back(now: datetime) -> Sequence[date]:
    """Return the days of which it is shown what was lost, the first first."""
    today = now.date()
    return [today - timedelta(days=back) for back in reversed(range(PERIOD.days))]
