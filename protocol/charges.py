"""Charges: what the lines of a price come to over the life of an agreement, all told or at least.

Rules that hold here:

- Both ends compute them from the signed lines, exactly, and get the same.
- Where nobody can know what it will be, since it runs until somebody leaves or hangs on use, there is no
  total: None, never nought and never a guess. There is always a least: what is owed even if notice is given
  at the start and nothing is used.
- A discount never turns what is owed around.

Sources: FEP-0837 (stipulatesReciprocal, whose quantity is the least that is owed).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import Final

from protocol import codes
from protocol.decimals import EXACT, INTEGER_DIGITS
from protocol.errors import Unprocessable
from protocol.prices import FORMS, PriceLine, PriceLineKind
from protocol.times import Duration, Period, add_duration, periods_before, read_duration
from protocol.values import dataclass
from protocol.vocabulary import minor_units

_TOO_LARGE: Final = Decimal(10) ** INTEGER_DIGITS
_NOTHING: Final = Decimal(0)
_ANY_START: Final = datetime(2001, 1, 1, tzinfo=UTC)  # every month has a first, so that no day is clipped
_WIDE: Final = Context(prec=60)  # an estimated amount is the one thing here that is rounded


@dataclass(frozen=True, slots=True)
class Span:
    """When an agreement begins and when it ends, and with what notice (ISO 8601) it is left before."""

    start: datetime | None = None
    end: datetime | None = None
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class Charge:
    """What something comes to: at least, and all told; None if nobody can know that beforehand."""

    least: Decimal
    total: Decimal | None


def add_up(lines: Sequence[PriceLine], span: Span) -> Charge:
    """Add up what lines of one currency charge.

    Raises:
        Unprocessable: `missing-start`; `until-before-start`; `no-leaving` for what runs on in an agreement
            that cannot be left; `discount-too-large`; `price-too-large` from a trillion on.
    """
    least = total = _NOTHING
    known = True
    for line in lines:
        charge = KINDS[line.kind](line, span)
        least = EXACT.add(least, charge.least)
        if charge.total is None:
            known = False
        else:
            total = EXACT.add(total, charge.total)
    _check_discounts(lines, span)
    if known:
        least = total
    if least >= _TOO_LARGE:
        raise Unprocessable(codes.PRICE_TOO_LARGE)
    return Charge(max(least, _NOTHING), total if known else None)


def least_known(lines: Sequence[PriceLine], span: Span) -> Decimal:
    """Return what is owed at least, as far as anybody knows; without a start more than `add_up` says.

    Whenever an agreement begins, a notice of months lets as many months fall due, and one of days as many
    days. How many months there are in so many days hangs on the calendar: then it is what `add_up` says.

    Raises:
        Unprocessable: as `add_up`.
    """
    said = add_up(lines, span).least
    if span.start is not None or span.end is not None or span.notice is None:
        return said
    pers = {line.per for line in lines if line.per is not None}
    if not any(pers <= measure for measure in _measures(read_duration(span.notice))):
        return said
    try:
        return add_up(lines, Span(_ANY_START, notice=span.notice)).least
    except Unprocessable:  # the notice makes it more than can be said
        return said


def _measures(notice: Duration) -> Iterator[frozenset[Period]]:
    if not (notice.weeks or notice.days):
        yield frozenset({Period.MONTH, Period.YEAR})
    if not (notice.years or notice.months):
        yield frozenset({Period.DAY, Period.WEEK})


def times_due(line: PriceLine, span: Span) -> int | None:
    """Count how often a line falls due; None if that hangs on when the agreement is left.

    Raises:
        Unprocessable: `missing-start`, `until-before-start`, `no-leaving`.
    """
    if line.per is None or line.count is not None:
        return line.count or 1
    until = line.until
    if until is None:
        if span.notice is not None:
            return None
        if span.end is None:
            raise Unprocessable(
                codes.NO_LEAVING,
                "A price that runs until the agreement ends needs a notice period, or an end.",
            )
        until = span.end
    if span.start is None:
        raise Unprocessable(codes.MISSING_START)
    if until <= span.start:
        raise Unprocessable(codes.UNTIL_BEFORE_START)
    return periods_before(until, anchor=span.start, period=line.per)


def each(line: PriceLine) -> Decimal:
    """Return what a line comes to each time: a rate by its estimate, to the coin, a discount below zero."""
    if line.estimate is not None:
        coin = EXACT.scaleb(Decimal(1), -minor_units(line.currency))
        return EXACT.multiply(line.amount, line.estimate).quantize(coin, ROUND_HALF_UP, _WIDE)
    return -line.amount if FORMS[line.kind].takes_off else line.amount


def _charged(line: PriceLine, span: Span) -> Charge:
    times = times_due(line, span)
    if times is None:
        return Charge(_multiply(line.amount, _times_at_least(line.per, span)), None)
    amount = _multiply(line.amount, times)
    return Charge(amount, amount)


def _taken_off(line: PriceLine, span: Span) -> Charge:
    """Take a discount off; whoever leaves early gets only what has fallen due until then."""
    times, least = times_due(line, span), _times_at_least(line.per, span)
    if times is None:
        return Charge(-_multiply(line.amount, least), None)
    if span.notice is None:  # nobody leaves early
        least = times
    return Charge(-_multiply(line.amount, min(times, least)), -_multiply(line.amount, times))


def _used(line: PriceLine, span: Span) -> Charge:
    times_due(line, span)  # its dates have to hold, however little is used
    if each(line) >= _TOO_LARGE:
        raise Unprocessable(codes.PRICE_TOO_LARGE)
    return Charge(_NOTHING, None)


# What a line of each kind of `prices.FORMS` comes to.
KINDS: Mapping[str, Callable[[PriceLine, Span], Charge]] = {
    PriceLineKind.ONE_OFF.value: _charged,
    PriceLineKind.RECURRING.value: _charged,
    PriceLineKind.DISCOUNT.value: _taken_off,
    PriceLineKind.UNIT_RATE.value: _used,
}


def _times_at_least(per: Period | None, span: Span) -> int:
    """Count how often something falls due before whoever gives notice at the start is free; once at least."""
    if per is None or span.start is None or span.notice is None:
        return 1
    free = add_duration(span.start, read_duration(span.notice))
    if span.end is not None:
        free = min(free, span.end)
    return max(periods_before(free, anchor=span.start, period=per), 1)


def _check_discounts(lines: Sequence[PriceLine], span: Span) -> None:
    """Check that something is left to pay, by what is estimated, and that no period pays the customer.

    What is taken off once from a price without an end is a credit: nobody knows that it is never used up.
    """
    discounts = [line for line in lines if FORMS[line.kind].takes_off]
    if not discounts:
        return
    times = [times_due(line, span) for line in lines]
    amounts = [_multiply(each(line), often) for line, often in zip(lines, times, strict=True) if often]
    if None not in times and sum(amounts, _NOTHING) <= 0:
        raise Unprocessable(codes.DISCOUNT_TOO_LARGE)
    if None not in times:
        return
    for per in {line.per for line in discounts if line.per is not None}:
        beside = [line for line in lines if line.per == per and (line.runs_on or line in discounts)]
        if sum([each(line) for line in beside], _NOTHING) < 0:
            raise Unprocessable(codes.DISCOUNT_TOO_LARGE)


def _multiply(amount: Decimal, times: int) -> Decimal:
    return amount if times == 1 else EXACT.multiply(amount, Decimal(times))
