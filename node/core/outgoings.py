"""Outgoings: what an agreement makes fall due within a span of time, payment by payment.

Rules that hold here:

- They follow from the signed lines, as both ends compute them; whether anything was paid nobody here knows.
- What hangs on use is left out: nobody knows it beforehand, and a guess is no amount that is owed.
- Nothing falls due at the moment at which an agreement is over, or later.
- What is paid once is paid once, however often an agreement was changed: what was replaced no longer says how
  much, and what took its place says so for the moment at which the first of them made it fall due.
- A change starts no month anew: what recurs falls due by the old terms before the change, and by the new
  ones from then on, in the rhythm of the first and counted from its beginning, unless the new terms name a
  start of their own.
"""

from datetime import datetime
from decimal import Decimal

from node.core.obligations import Obligation
from protocol.agreements import over_at
from protocol.charges import each, times_due
from protocol.times import Period, periods_before, step
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Payment:
    """What falls due at one moment."""

    at: datetime
    amount: Decimal


def payments(
    obligation: Obligation,
    *,
    since: datetime,
    until: datetime,
    over: datetime | None = None,
    changed: datetime | None = None,
    begun: datetime | None = None,
) -> list[Payment]:
    """Return what falls due from `since` to before `until`, the soonest first.

    `over` is when another agreement took the place of this one, `changed` when this one took another's place,
    and `begun` when the first of those began whose place it took.
    """
    draft = obligation.agreement.draft
    start = begun if begun is not None and draft.starts_at is None else began(obligation)
    since_change = since if changed is None else max(since, changed)
    ends = [end for end in (until, over, over_at(draft, obligation.leaves_at)) if end is not None]
    sums: dict[datetime, Decimal] = {}
    for line in draft.price:
        once = line.per is None
        if line.estimate is None and not (once and over is not None):
            often = times_due(line, draft.span)
            first = begun if once and begun is not None else start
            after = since if once else since_change
            for at in _moments(line.per, often, first, since=after, until=min(ends)):
                sums[at] = sums.get(at, Decimal(0)) + each(line)
    return [Payment(at, amount) for at, amount in sorted(sums.items()) if amount > 0]


def began(obligation: Obligation) -> datetime:
    """Return the moment from which an agreement makes something fall due."""
    return obligation.agreement.draft.starts_at or obligation.since


def _moments(
    period: Period | None, often: int | None, start: datetime, *, since: datetime, until: datetime
) -> list[datetime]:
    """Return when a line falls due within a span; `often` is None where it runs until it is left."""
    if period is None:
        return [start] if since <= start < until else []
    first = periods_before(since, anchor=start, period=period)
    last = periods_before(until, anchor=start, period=period)
    return [step(start, period, count) for count in range(first, last if often is None else min(last, often))]
