"""Terms in plain English, for people to read before they sign.

Rules that hold here:

- A sentence is made of machine terms only, so it cannot say anything the signature does not cover, and no
  text that the other side wrote gets into it.
- Dates are those of UTC, like the calendar steps they come from.
"""

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum

from protocol.offers import Draft
from protocol.prices import PriceLine, amount_string, times_due
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


class Role(StrEnum):
    """Whom a sentence speaks to: who pays, or who is paid.

    Not offerer and offeree: in an amendment the customer may be either.
    """

    CUSTOMER = "customer"
    BUSINESS = "business"


def plain_terms(draft: Draft, *, for_role: Role) -> str:
    """Say what someone pays or is paid, for how long, and how the agreement can be left.

    Example: "You pay 24.90 EUR a month until 14 March 2028; leave with one month's notice."

    Raises:
        Unprocessable: as `prices.total`.
    """
    verb = "You pay" if for_role is Role.CUSTOMER else "You are paid"
    clauses = [f"{verb} {_price(draft)}", *_ending(draft)]
    return "; ".join(clauses) + "."


def plain_date(moment: datetime) -> str:
    """Write a date as people do: "14 March 2028"."""
    return f"{moment.day} {_MONTHS[moment.month - 1]} {moment.year}"


def plain_amount(amount: Decimal, *, currency: str) -> str:
    """Write an amount as people do: "2,249.00 EUR"."""
    units, point, decimals = amount_string(amount, currency=currency).partition(".")
    return f"{int(units):,}{point}{decimals} {currency}"


def _price(draft: Draft) -> str:
    lines = [_line(line, alone=len(draft.price) == 1) for line in draft.price if line.amount]
    if len(lines) == 1:
        return lines[0]
    return f"{_join(lines)}, {plain_amount(draft.total, currency=draft.currency)} in all"


def _line(line: PriceLine, *, alone: bool) -> str:
    amount = plain_amount(line.amount, currency=line.currency)
    if line.per is None:
        return amount if alone else f"{amount} once"
    if line.until is not None:
        return f"{amount} a {line.per} until {plain_date(line.until)}"
    return f"{amount} a {line.per} for {_count(times_due(line, start=None), line.per)}"


def _ending(draft: Draft) -> list[str]:
    clauses = []
    if draft.ends_at is not None and all(line.until != draft.ends_at for line in draft.price):
        clauses.append(f"it ends on {plain_date(draft.ends_at)}")
    if draft.notice is not None:
        clauses.append(_notice(read_duration(draft.notice)))
    elif draft.ends_at is not None:
        clauses.append("it cannot be left before it ends")
    return clauses


def _notice(duration: Duration) -> str:
    lengths = (
        (duration.years, "year"),
        (duration.months, "month"),
        (duration.weeks, "week"),
        (duration.days, "day"),
    )
    parts = [_count(number, unit) for number, unit in lengths if number]
    if not parts:
        return "leave at any time"
    possessive = "'" if parts[-1].endswith("s") else "'s"
    return f"leave with {_join(parts)}{possessive} notice"


def _count(number: int, unit: str) -> str:
    word = _NUMBERS[number] if number < len(_NUMBERS) else f"{number:,}"
    return f"{word} {unit}" if number == 1 else f"{word} {unit}s"


def _join(parts: Sequence[str]) -> str:
    return " and ".join([", ".join(parts[:-1]), parts[-1]] if len(parts) > 1 else parts)
