"""Plain language: the clauses of a sentence about terms, for people to read before they sign.

Rules that hold here:

- A sentence is made of machine terms only, so it cannot say anything the signature does not cover, and no
  text that the other side wrote gets into it.
- Dates are those of UTC, like the calendar steps they come from.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal

from protocol.drafts import Draft, Role
from protocol.prices import PriceLine, PriceLineKind, amount_string, times_due
from protocol.times import Duration, read_duration

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)
_NUMBERS = (
    "no",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def plain_date(moment: datetime) -> str:
    """Write a date as people do: "14 March 2028"."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def plain_amount(amount: Decimal, *, currency: str) -> str:
    """Write an amount as people do: "2,249.00 EUR"."""
    units, point, decimals = amount_string(amount, currency=currency).partition(".")
    return f"{int(units):,}{point}{decimals} {currency}"


def plain_price(draft: Draft, role: Role) -> str:
    """Say what someone pays or is paid: "You pay 24.90 EUR a month until 14 March 2028"."""
    verb = "You pay" if role is Role.CUSTOMER else "You are paid"
    lines = [PHRASES[line.kind](line) for line in draft.price if line.amount]
    if len(draft.price) == 1 and draft.price[0].kind == PriceLineKind.ONE_OFF:
        lines = [plain_amount(draft.price[0].amount, currency=draft.currency)]
    total = draft.total
    if len(lines) > 1 and total is not None:
        return f"{verb} {_join(lines)}, {plain_amount(total, currency=draft.currency)} in all"
    return f"{verb} {_join(lines)}"


def plain_end(draft: Draft, role: Role) -> str:  # noqa: ARG001 -- it ends for both
    """Say when it ends, if the price does not say so: "it ends on 14 March 2028"."""
    if draft.ends_at is None or any(line.until == draft.ends_at for line in draft.price):
        return ""
    return f"it ends on {plain_date(draft.ends_at)}"


def plain_leaving(draft: Draft, role: Role) -> str:  # noqa: ARG001 -- both may leave alike
    """Say how it can be left: "leave with one month's notice"."""
    if draft.notice is not None:
        return _notice(read_duration(draft.notice))
    return "it cannot be left before it ends" if draft.ends_at is not None else ""


def _once(line: PriceLine) -> str:
    return f"{plain_amount(line.amount, currency=line.currency)} once"


def _again_and_again(line: PriceLine) -> str:
    amount = plain_amount(line.amount, currency=line.currency)
    if line.until is not None:
        return f"{amount} a {line.per} until {plain_date(line.until)}"
    return f"{amount} a {line.per} for {_count(times_due(line, start=None), str(line.per))}"


# How a line is said, for every kind of `prices.KINDS`.
PHRASES: Mapping[str, Callable[[PriceLine], str]] = {
    PriceLineKind.ONE_OFF: _once,
    PriceLineKind.RECURRING: _again_and_again,
}


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
    word = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{word} {unit}" if number == 1 else f"{word} {unit}s"


def _join(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
