"""Prices: lines of one currency, and what they come to over the whole term.

Rules that hold here:

- An amount is a decimal text in major units with no more decimals than its currency has: never a number,
  never negative, never rounded.
- A line we do not fully understand is refused; a price is what a person signs, so nothing in it is skipped.
- A line may be free, a price may not: one without an amount above zero says nothing to agree on.
- A recurring line falls due at the start and then every `per`, `count` times, or as often as a period starts
  before `until`. Both ends compute the total from the signed lines and get the same.
- What a line comes to is said by its kind, and a kind may not know it beforehand, as where use is metered.
  The price has no total then: it is None, never nought and never a guess. None of today's kinds is such.

Sources: ISO 4217 (minor units), FEP-0837 (stipulatesReciprocal, whose quantity is this total).
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from protocol import codes
from protocol.decimals import EXACT, INTEGER_DIGITS
from protocol.errors import Unprocessable
from protocol.members import (
    literal,
    read_choice,
    read_list,
    read_moment,
    read_object,
    read_required_text,
    read_text,
)
from protocol.quantities import read_decimal
from protocol.strictjson import Document, Json
from protocol.times import Period, periods_before, render_time
from protocol.vocabulary import minor_units

LINES_LIMIT: Final = 32  # a phone bill has ten
COUNT_LIMIT: Final = 1_200  # a hundred years of months

_NOTHING = Decimal(0)
_TOO_LARGE = Decimal(10) ** INTEGER_DIGITS

# One spelling per amount but for zeros after the point: no sign, no exponent, no leading zeros.
_AMOUNT = re.compile(r"(?:0|[1-9]\d{0,11})(?:\.\d{1,6})?", re.ASCII)
_MEMBERS = frozenset({"type", "kind", "amount", "currency", "label", "per", "count", "until"})


class PriceLineKind(StrEnum):
    """How a line is charged."""

    ONE_OFF = "oneOff"
    RECURRING = "recurring"


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One thing that is charged: once, or every `per` for `count` times or `until` a moment."""

    kind: str  # a `PriceLineKind`, or another word of `KINDS`
    amount: Decimal
    currency: str
    label: str = ""
    per: Period | None = None
    count: int | None = None
    until: datetime | None = None


def read_price(json: Json) -> tuple[PriceLine, ...]:
    """Read a `price`: 1 to 32 lines of one currency, not all of them free, in the order they were written.

    Raises:
        Unprocessable: `missing-price`, `zero-price`, `mixed-currencies`, `too-many`, or what is wrong with a
            line: `unknown-member`, `unknown-kind`, `unknown-per`, `unknown-currency`, `malformed-amount`,
            `malformed-recurrence`.
    """
    lines = tuple(_read_line(item) for item in read_list({"price": json}, "price", limit=LINES_LIMIT))
    if not lines:
        raise Unprocessable(codes.MISSING_PRICE)
    if len({line.currency for line in lines}) > 1:
        raise Unprocessable(codes.MIXED_CURRENCIES)
    if not any(line.amount for line in lines):
        raise Unprocessable(codes.ZERO_PRICE)
    return lines


def render_price(lines: Sequence[PriceLine]) -> list[Document]:
    """Write a `price`."""
    return [_render_line(line) for line in lines]


def whole_price(amount: Decimal, *, currency: str) -> tuple[PriceLine, ...]:
    """Make the price of an offer that names nothing but its total, as plain FEP-0837 peers send it.

    Raises:
        Unprocessable: `zero-price`, `unknown-currency`, or `malformed-amount` for more decimals than the
            currency has.
    """
    if not amount:
        raise Unprocessable(codes.ZERO_PRICE)
    if EXACT.remainder(EXACT.scaleb(amount, minor_units(currency)), Decimal(1)):
        raise _too_many_decimals()
    return (PriceLine(PriceLineKind.ONE_OFF, amount, currency),)


def total(lines: Sequence[PriceLine], *, start: datetime | None) -> Decimal | None:
    """Add up everything the lines charge over their whole term, exactly; None if one of them cannot tell.

    Args:
        lines: of one currency.
        start: when recurring lines first fall due; only lines with `until` need it.

    Raises:
        Unprocessable: `missing-start`; `until-before-start`; `price-too-large` from a trillion on.
    """
    amount = _NOTHING
    for line in lines:
        charged = KINDS[line.kind](line, start)
        if charged is None:
            return None
        amount = EXACT.add(amount, charged)
    if amount >= _TOO_LARGE:
        raise Unprocessable(codes.PRICE_TOO_LARGE)
    return amount


def _charged_when_due(line: PriceLine, start: datetime | None) -> Decimal:
    times = times_due(line, start=start)
    return line.amount if times == 1 else EXACT.multiply(line.amount, Decimal(times))


# Every word for how a line is charged, with what a line of the kind comes to over its whole term, by the
# start of the agreement; None if nobody can know that beforehand.
KINDS: Mapping[str, Callable[[PriceLine, datetime | None], Decimal | None]] = {
    PriceLineKind.ONE_OFF.value: _charged_when_due,
    PriceLineKind.RECURRING.value: _charged_when_due,
}


def times_due(line: PriceLine, *, start: datetime | None) -> int:
    """Count how often a line falls due over its whole term.

    Raises:
        Unprocessable: `missing-start`, `until-before-start`.
    """
    if line.until is None or line.per is None:
        return 1 if line.count is None else line.count
    if start is None:
        raise Unprocessable(codes.MISSING_START)
    if line.until <= start:
        raise Unprocessable(codes.UNTIL_BEFORE_START)
    return periods_before(line.until, anchor=start, period=line.per)


def amount_string(amount: Decimal, *, currency: str) -> str:
    """Write an amount with exactly as many decimals as its currency has: "24.90" for EUR, "25" for JPY.

    Raises:
        decimal.Inexact: if the amount has more; amounts read or added up here never have.
    """
    return str(amount.quantize(EXACT.scaleb(Decimal(1), -minor_units(currency)), context=EXACT))


def _read_line(json: Json) -> PriceLine:
    document = read_object(json, type="PriceLine", known=_MEMBERS)
    kind = _read_kind(document)
    currency = read_required_text(document, "currency")
    amount = _read_amount(document, currency)
    per = read_choice(document, "per", Period, codes.UNKNOWN_PER)
    count, until = _read_count(document), read_moment(document, "until")
    if (kind == PriceLineKind.RECURRING) != (per is not None):
        raise Unprocessable(
            codes.MALFORMED_RECURRENCE, "A line must name a period if it recurs, and only then."
        )
    if (count is not None) + (until is not None) != (per is not None):
        raise Unprocessable(codes.MALFORMED_RECURRENCE, "A recurring line needs either a count or an until.")
    return PriceLine(kind, amount, currency, read_text(document, "label"), per, count, until)


def _read_kind(document: Document) -> str:
    kind = read_required_text(document, "kind")
    if kind not in KINDS:
        raise Unprocessable(codes.UNKNOWN_KIND)
    return kind


def _read_amount(document: Document, currency: str) -> Decimal:
    decimals = minor_units(currency)
    text = literal(document.get("amount"))
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise Unprocessable(codes.MALFORMED_AMOUNT)
    if len(text.partition(".")[2]) > decimals:
        raise _too_many_decimals()
    return Decimal(text)


def _read_count(document: Document) -> int | None:
    if document.get("count") is None:
        return None
    count = read_decimal(document["count"])
    if count % 1 or not 1 <= count <= COUNT_LIMIT:
        raise Unprocessable(codes.MALFORMED_RECURRENCE, f"A line recurs other than 1 to {COUNT_LIMIT} times.")
    return int(count)


def _render_line(line: PriceLine) -> Document:
    document: Document = {
        "type": "PriceLine",
        "kind": str(line.kind),
        "amount": amount_string(line.amount, currency=line.currency),
        "currency": line.currency,
    }
    if line.label:
        document["label"] = line.label
    if line.per is not None:
        document["per"] = line.per.value
    if line.count is not None:
        document["count"] = line.count
    if line.until is not None:
        document["until"] = render_time(line.until)
    return document


def _too_many_decimals() -> Unprocessable:
    return Unprocessable(codes.MALFORMED_AMOUNT, "An amount has more decimals than its currency.")
