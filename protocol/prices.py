"""Prices: lines of one currency, and how each is charged.

Rules that hold here:

- An amount is a decimal text in major units with no more decimals than its currency has: never a number,
  never negative, never rounded. Only what is paid for each unit may have more, as energy has.
- A line we do not fully understand is refused; a price is what a person signs, so nothing in it is skipped.
- A line may be free, a price may not: one without an amount above zero says nothing to agree on.
- A recurring line falls due at the start and then every `per`: `count` times, or as often as a period starts
  before `until`, or, with neither, until the agreement ends.
- A discount is taken off, once or again and again, and is an amount: no percentage is left to be rounded.

What a price comes to stands in `charges`.

Sources: ISO 4217 (minor units), UN/CEFACT Recommendation 20 (units).
"""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import Final

from protocol import codes
from protocol.decimals import DECIMALS, EXACT, decimal_string
from protocol.errors import Unprocessable
from protocol.members import (
    literal,
    read_choice,
    read_list,
    read_moment,
    read_object,
    read_required_text,
    read_text,
    read_within,
)
from protocol.quantities import read_decimal
from protocol.strictjson import Document, Json
from protocol.times import Period, render_time
from protocol.values import dataclass
from protocol.vocabulary import minor_units

LINES_LIMIT: Final = 32  # a phone bill has ten
COUNT_LIMIT: Final = 1_200  # a hundred years of months
YEARS_LIMIT: Final = 100

# One spelling per amount but for zeros after the point: no sign, no exponent, no leading zeros.
_AMOUNT = re.compile(r"(?:0|[1-9]\d{0,11})(?:\.\d{1,6})?", re.ASCII)
_MEMBERS = frozenset(
    {"type", "kind", "amount", "currency", "label", "per", "count", "until", "unit", "estimate"}
)


class PriceLineKind(StrEnum):
    """How a line is charged."""

    ONE_OFF = "oneOff"
    RECURRING = "recurring"
    DISCOUNT = "discount"
    UNIT_RATE = "unitRate"


@dataclass(frozen=True, slots=True)
class Form:
    """Which members a kind of line has beside its amount.

    Args:
        recurs: whether it has a period: always, never, or None for either.
        by_unit: whether its amount is for one unit, of which it has an estimate.
        takes_off: whether its amount is taken off.
    """

    recurs: bool | None = None
    by_unit: bool = False
    takes_off: bool = False


# Every word for how a line is charged; `charges.KINDS` says what a line of the kind comes to.
FORMS: Mapping[str, Form] = {
    PriceLineKind.ONE_OFF.value: Form(recurs=False),
    PriceLineKind.RECURRING.value: Form(recurs=True),
    PriceLineKind.DISCOUNT.value: Form(takes_off=True),
    PriceLineKind.UNIT_RATE.value: Form(by_unit=True),
}


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One thing that is charged or taken off: once, or every `per`, `count` times or `until` a moment.

    With `per` and neither of them it is charged until the agreement ends. `amount` is that of one `unit`
    where there is one, and `estimate` how many of it there will be, in each period if there are any.
    """

    kind: str  # a `PriceLineKind`, or another word of `FORMS`
    amount: Decimal
    currency: str
    label: str = ""
    per: Period | None = None
    count: int | None = None
    until: datetime | None = None
    unit: str = ""
    estimate: Decimal | None = None

    @property
    def runs_on(self) -> bool:
        """Whether it is charged until the agreement ends, whenever that is."""
        return self.per is not None and self.count is None and self.until is None


def read_price(json: Json) -> tuple[PriceLine, ...]:
    """Read a `price`: 1 to 32 lines of one currency, not all of them free, in the order they were written.

    Raises:
        Unprocessable: `missing-price`, `zero-price`, `mixed-currencies`, `too-many`, or what is wrong with a
            line: `unknown-member`, `unknown-kind`, `unknown-per`, `unknown-currency`, `malformed-amount`,
            `malformed-recurrence`, `malformed-rate`.
    """
    items = read_list({"price": json}, "price", limit=LINES_LIMIT)
    lines = tuple(read_within("price", _read_line, item) for item in items)
    if not lines:
        raise Unprocessable(codes.MISSING_PRICE)
    if len({line.currency for line in lines}) > 1:
        raise Unprocessable(codes.MIXED_CURRENCIES)
    if not any(line.amount for line in lines if not FORMS[line.kind].takes_off):
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


def amount_string(amount: Decimal, *, currency: str) -> str:
    """Write an amount with exactly as many decimals as its currency has: "24.90" for EUR, "25" for JPY.

    Raises:
        decimal.Inexact: if the amount has more; amounts read or added up here never have.
    """
    return str(amount.quantize(EXACT.scaleb(Decimal(1), -minor_units(currency)), context=EXACT))


def rate_string(amount: Decimal, *, currency: str) -> str:
    """Write what is paid for one unit: with as many decimals as its currency has, or with more."""
    decimals = minor_units(currency)
    text = decimal_string(amount)
    return text if len(text.partition(".")[2]) > decimals else amount_string(amount, currency=currency)


def read_amount(document: Document, decimals: int, *, member: str = "amount") -> Decimal:
    """Read the `amount` of something, or another member that is one, with at most so many decimals.

    Raises:
        Unprocessable: `malformed-amount`.
    """
    text = literal(document.get(member))
    if not isinstance(text, str) or not _AMOUNT.fullmatch(text):
        raise Unprocessable(codes.MALFORMED_AMOUNT, at=member)
    if len(text.partition(".")[2]) > decimals:
        raise _too_many_decimals()
    return Decimal(text)


def _read_line(json: Json) -> PriceLine:
    document = read_object(json, type="PriceLine", known=_MEMBERS)
    kind = _read_kind(document)
    form = FORMS[kind]
    currency = read_required_text(document, "currency")
    decimals = minor_units(currency)
    amount = read_amount(document, DECIMALS if form.by_unit else decimals)
    per = read_choice(document, "per", Period, codes.UNKNOWN_PER)
    count, until = _read_count(document, per), read_moment(document, "until")
    if form.recurs is not None and form.recurs != (per is not None):
        raise Unprocessable(
            codes.MALFORMED_RECURRENCE, "A line must name a period if it recurs, and only then."
        )
    if (count is not None) + (until is not None) > (per is not None):
        raise Unprocessable(codes.MALFORMED_RECURRENCE, "A line has a count or an until only if it recurs.")
    unit = read_text(document, "unit") if "unit" in document else ""
    estimate = _read_estimate(document)
    if form.by_unit != bool(unit) or form.by_unit != (estimate is not None):
        raise Unprocessable(codes.MALFORMED_RATE)
    return PriceLine(kind, amount, currency, read_text(document, "label"), per, count, until, unit, estimate)


def _read_kind(document: Document) -> str:
    kind = read_required_text(document, "kind")
    if kind not in FORMS:
        raise Unprocessable(codes.UNKNOWN_KIND, at="kind")
    return kind


def _read_count(document: Document, per: Period | None) -> int | None:
    if document.get("count") is None:
        return None
    count = read_within("count", read_decimal, document["count"])
    most = YEARS_LIMIT if per is Period.YEAR else COUNT_LIMIT
    if count % 1 or not 1 <= count <= most:
        raise Unprocessable(codes.MALFORMED_RECURRENCE, f"A line recurs other than 1 to {most} times.")
    return int(count)


def _read_estimate(document: Document) -> Decimal | None:
    if document.get("estimate") is None:
        return None
    estimate = read_within("estimate", read_decimal, document["estimate"])
    if estimate <= 0:
        raise Unprocessable(codes.MALFORMED_RATE, "An estimate is a number above zero.")
    return estimate


def _render_line(line: PriceLine) -> Document:
    document: Document = {
        "type": "PriceLine",
        "kind": str(line.kind),
        "amount": (rate_string if line.unit else amount_string)(line.amount, currency=line.currency),
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
    if line.estimate is not None:
        document |= {"unit": line.unit, "estimate": decimal_string(line.estimate)}
    return document


def _too_many_decimals() -> Unprocessable:
    return Unprocessable(codes.MALFORMED_AMOUNT, "An amount has more decimals than its currency.")
