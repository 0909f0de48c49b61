"""Plain language: the clauses of a sentence about terms, for people to read before they sign.

Rules that hold here:

- A sentence is made of machine terms only, so it cannot say anything the signature does not cover, and no
  text that the other side wrote gets into it.
- Dates are those of UTC, like the calendar steps they come from.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from protocol.charges import each
from protocol.decimals import decimal_string
from protocol.drafts import Draft, Role
from protocol.prices import FORMS, PriceLine, PriceLineKind, amount_string, rate_string
from protocol.times import Duration, read_duration
from protocol.units import is_known
from protocol.wording import MONTHS, NUMBERS


def plain_date(moment: datetime) -> str:
    """Write a date as people do: "14 March 2028"."""
    return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"


def plain_amount(amount: Decimal, *, currency: str) -> str:
    """Write an amount as people do: "2,249.00 EUR"."""
    return _marked(amount_string(amount, currency=currency), currency)


def plain_price(draft: Draft, role: Role) -> str:
    """Say what someone pays or is paid: "You pay 24.90 EUR a month until 14 March 2028"."""
    verb = "You pay" if role is Role.CUSTOMER else "You are paid"
    paid = [line for line in draft.price if line.amount]
    lines = [PHRASES[line.kind](line) for line in paid if not FORMS[line.kind].takes_off]
    off = [PHRASES[line.kind](line) for line in paid if FORMS[line.kind].takes_off]
    if len(draft.price) == 1 and draft.price[0].kind == PriceLineKind.ONE_OFF:
        lines = [plain_amount(draft.price[0].amount, currency=draft.currency)]
    less = f", less {_join(off)}" if off else ""
    return f"{verb} {_join(lines)}{less}{_in_all(draft, len(lines) + len(off))}"


def _in_all(draft: Draft, lines: int) -> str:
    """Say what all lines come to, or come to at least; nothing where one line has said so."""
    if draft.total is not None:
        return f", {plain_amount(draft.total, currency=draft.currency)} in all" if lines > 1 else ""
    return f", {plain_amount(draft.least, currency=draft.currency)} at least" if draft.least else ""


def plain_end(draft: Draft, role: Role) -> str:  # noqa: ARG001 -- it ends for both
    """Say when it ends, if the price does not say so: "it ends on 14 March 2028"."""
    if draft.ends_at is None or any(line.until == draft.ends_at for line in draft.price):
        return ""
    return f"it ends on {plain_date(draft.ends_at)}"


def plain_leaving(draft: Draft, role: Role) -> str:
    """Say how it can be left: "leave with one month's notice"; of what cannot, who may still withdraw."""
    if draft.notice is not None:
        return _notice(read_duration(draft.notice))
    if draft.ends_at is None:
        return ""
    days = 0 if draft.terms is None else draft.terms.conditions.withdrawal_days
    who = "you may change your" if role is Role.CUSTOMER else "the customer may change their"
    unless = f", but {who} mind within {_count(days, 'day')}" if days else ""
    return f"it cannot be left before it ends{unless}"


def _once(line: PriceLine) -> str:
    return f"{plain_amount(line.amount, currency=line.currency)} once"


def _again_and_again(line: PriceLine) -> str:
    return f"{plain_amount(line.amount, currency=line.currency)} a {line.per}{_how_long(line)}"


def _off(line: PriceLine) -> str:
    return _once(line) if line.per is None else _again_and_again(line)


def _for_each_unit(line: PriceLine) -> str:
    """Say what is paid for each unit, and how many there will be; a unit is named only if it is known."""
    unit = " ".join(line.unit.split()) if is_known(line.unit) else "unit"
    rate = _marked(rate_string(line.amount, currency=line.currency), line.currency)
    again = "" if line.per is None else f" a {line.per}"
    expected = plain_amount(each(line), currency=line.currency)
    number = decimal_string(line.estimate or Decimal(0))
    return f"{rate} for each {unit}, about {number}{again} ({expected}{again}){_how_long(line)}"


def _how_long(line: PriceLine) -> str:
    if line.per is None:
        return ""
    if line.until is not None:
        return f" until {plain_date(line.until)}"
    return " until it is ended" if line.count is None else f" for {_count(line.count, str(line.per))}"


# How a line is said, for every kind of `prices.FORMS`.
PHRASES: Mapping[str, Callable[[PriceLine], str]] = {
    PriceLineKind.ONE_OFF: _once,
    PriceLineKind.RECURRING: _again_and_again,
    PriceLineKind.DISCOUNT: _off,
    PriceLineKind.UNIT_RATE: _for_each_unit,
}


def _marked(amount: str, currency: str) -> str:
    units, point, decimals = amount.partition(".")
    return f"{int(units):,}{point}{decimals} {currency}"


def _notice(duration: Duration) -> str:
    lengths = (
        (duration.years, "year"),
        (duration.months, "month"),
        (duration.weeks, "week"),
        (duration.days, "day"),
    )
    parts = [_count(number, unit) for number, unit in lengths if number]
    possessive = "'" if parts[-1].endswith("s") else "'s"
    return f"leave with {_join(parts)}{possessive} notice"


def _count(number: int, unit: str) -> str:
    word = NUMBERS[number] if number < len(NUMBERS) else f"{number:,}"
    return f"{word} {unit}" if number == 1 else f"{word} {unit}s"


def _join(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
