"""Costs: for how long terms run, what they cost by month, and what over a time that the customer names.

Rules that hold here:

- A month is one of the calendar; where days or weeks are compared with months, an average one of 30.44 days.
- Terms that are shorter than the customer's time count as renewed, what is charged once aside; of longer ones
  counts what falls due within it.
- No cost is below zero: a discount is never paid out. Part of a term has its part of the discounts, and what
  runs until it is ended costs at least what is owed at least.
- What runs until it is ended has no term, and costs by the month what runs on. What hangs on use costs by its
  estimate; a total is never made of that.
"""

from calendar import monthrange
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import ROUND_CEILING, ROUND_HALF_UP, Decimal
from typing import Final

from protocol.charges import each, times_due
from protocol.offers import Draft
from protocol.prices import FORMS, PriceLine
from protocol.times import Period, periods_before, step
from protocol.vocabulary import minor_units

_DAYS_IN_A_MONTH: Final = Decimal("30.436875")  # of 400 years of the calendar
_MONTHS: Final[Mapping[Period, Decimal]] = {
    Period.DAY: 1 / _DAYS_IN_A_MONTH,
    Period.WEEK: 7 / _DAYS_IN_A_MONTH,
    Period.MONTH: Decimal(1),
    Period.YEAR: Decimal(12),
}
_HUNDREDTH: Final = Decimal("0.01")
_NOTHING: Final = Decimal(0)


def months_of(draft: Draft) -> Decimal | None:
    """Return for how many months terms run, to the hundredth.

    None for what is bought and done with, and for what is endless.
    """
    if is_endless(draft):
        return None
    lengths = [_due(line, draft) * _MONTHS[line.per] for line in draft.price if line.per is not None]
    if draft.starts_at is not None and draft.ends_at is not None:
        lengths.append(_between(draft.starts_at, draft.ends_at))
    return max(lengths, default=Decimal(0)).quantize(_HUNDREDTH, ROUND_HALF_UP) or None


def is_endless(draft: Draft) -> bool:
    """Tell whether something is paid until somebody ends it."""
    return any(times_due(line, draft.span) is None for line in draft.price)


def _due(line: PriceLine, draft: Draft) -> int:
    """Return how often a line falls due whose end is known."""
    return times_due(line, draft.span) or 0


def _between(start: datetime, end: datetime) -> Decimal:
    """Return the months between two moments; one that lacks no more than its last day is whole."""
    months = periods_before(end, anchor=start, period=Period.MONTH)
    if months:
        last = step(start, Period.MONTH, months - 1)
        if end - last >= timedelta(days=monthrange(last.year, last.month)[1] - 1):
            return Decimal(months)
    return max(Decimal((end - start) // timedelta(hours=1)), Decimal(0)) / 24 / _DAYS_IN_A_MONTH


def is_paid_by_month(draft: Draft) -> bool:
    """Tell whether a month's cost says all: it goes on, and nothing is charged once beside it."""
    recurring = [line.per is not None for line in draft.price]
    goes_on = months_of(draft) is not None or is_endless(draft)
    return goes_on and (all(recurring) or not any(recurring))


def cost_by_month(draft: Draft) -> Decimal | None:
    """Return what a month costs beside what is charged once; None for what is bought and done with.

    Where nothing recurs, the total is spread over the term.
    """
    if is_endless(draft):
        running = [each(line) / _MONTHS[line.per] for line in draft.price if line.per and line.runs_on]
        return _in_coins(sum(running, start=_NOTHING), draft.currency)
    months, total = months_of(draft), draft.total
    recurring = [line for line in draft.price if line.per is not None]
    if months is None or (total is None and not recurring):
        return None
    spread = sum((each(line) * _due(line, draft) for line in recurring), start=_NOTHING)
    return _in_coins(max(spread if recurring else total or _NOTHING, _NOTHING) / months, draft.currency)


def cost_over(draft: Draft, months: int) -> Decimal | None:
    """Return what having it for so many months costs; what is bought costs the same, however long."""
    total, length = draft.total, months_of(draft)
    if length is None:
        if total is not None:
            return total
        return _in_coins(max(_until_ended(draft, months), draft.least), draft.currency)
    if total is not None and not any(line.per for line in draft.price):
        return _in_coins(total * max(months / length, Decimal(1)), draft.currency)
    return _in_coins(_in_terms(draft, Decimal(months), length), draft.currency)


def _in_terms(draft: Draft, months: Decimal, length: Decimal) -> Decimal:
    """Return what is paid in so many months of terms that are renewed.

    Part of a term has its part of the discounts, which are had for all of it; those that recur take no more
    off a renewed term than recurs.
    """
    terms, rest = divmod(months, length)
    part = rest / length
    once, again, begun = _NOTHING, _NOTHING, _NOTHING
    off_once, off_again = _NOTHING, _NOTHING
    for line in draft.price:
        due = Decimal(_due(line, draft))
        if FORMS[line.kind].takes_off:
            off_once -= _NOTHING if line.per else each(line)
            off_again -= each(line) * due if line.per else _NOTHING
        elif line.per is None:
            once += each(line)
        else:
            again += each(line) * due
            begun += each(line) * min(due, (rest / _MONTHS[line.per]).to_integral_value(ROUND_CEILING))
    paid = once + again * terms + begun
    if not terms:
        return paid - (off_once + off_again) * part
    return paid - off_once - off_again - min(off_again, again) * (terms - 1 + part)


def _until_ended(draft: Draft, months: int) -> Decimal:
    """Return what is paid in so many months by what runs on, beside what has an end and what is paid once."""
    cost = _NOTHING
    for line in draft.price:
        periods = (
            1 if line.per is None else int((months / _MONTHS[line.per]).to_integral_value(ROUND_CEILING))
        )
        due = times_due(line, draft.span)
        cost += each(line) * (periods if due is None else min(due, periods))
    return cost


def _in_coins(amount: Decimal, currency: str) -> Decimal:
    return amount.quantize(Decimal(1).scaleb(-minor_units(currency)), ROUND_HALF_UP)
