"""What CRMs say of a line beside its price: how often it is paid, and an amount that they have rounded.

A CRM that knows no period of a line has it in words where there is room: `per month`. Where one rounds the
amount of a line, no price of one unit may give that amount exactly; then the line is one of the whole amount.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Final

from node.core.records import QuoteLine

PRICE_DECIMALS: Final = 4  # of a unit price, as CRMs have it unless told otherwise

_DECIMALS_SHOWN: Final = 2  # of a price, at least

_PERIODS: Final[Mapping[str, str]] = MappingProxyType(
    {"day": "P1D", "week": "P1W", "month": "P1M", "quarter": "P3M", "year": "P1Y"}
    | {"tag": "P1D", "woche": "P1W", "monat": "P1M", "quartal": "P3M", "jahr": "P1Y"}
)
_ADVERBS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "daily": "P1D",
        "weekly": "P1W",
        "monthly": "P1M",
        "quarterly": "P3M",
        "yearly": "P1Y",
        "annually": "P1Y",
    }
    | {"täglich": "P1D", "wöchentlich": "P1W", "monatlich": "P1M", "jährlich": "P1Y"}
    | {f"a {name}": _PERIODS[name] for name in ("day", "week", "month", "quarter", "year")}
)
_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {period: name for name, period in reversed([*_PERIODS.items()])}
)
_PER: Final = re.compile(r"(?:(?:per|pro|je|every|each)\b|/)\s*(\S+(?: \S+)?)", re.IGNORECASE)
_TIMES: Final = re.compile(
    r"(?:every|each|alle|jede[nrs]?)\b.{1,20}(?:day|week|night|month|quarter|year|tag|woche|monat|quartal|jahr)",
    re.IGNORECASE,
)
_BEGINS: Final = re.compile(
    rf"(?:(?:per|pro|je|every|each|a)\b|/)\s*(?:{'|'.join(_PERIODS)})\b"
    r"|[\w-]*(?:daily|weekly|nightly|monthly|quarterly|yearly|annually)\b"
    r"|[\w-]*(?:täglich|wöchentlich|monatlich|jährlich)\b",
    re.IGNORECASE,
)
"""How a note begins that says a period, and perhaps more of it: `per month, the first one free`."""
_ISO: Final = re.compile(r"P\d{1,3}[DWMY]", re.ASCII)


def read_period(note: str) -> str | None:
    """Return the period that a note says, "" if it says none, None if it says one that is not known."""
    text = note.strip()
    if _ISO.fullmatch(text):
        return text
    found = _PER.fullmatch(text)
    if found is not None:
        return _PERIODS.get(found[1].casefold())
    known = _ADVERBS.get(text.casefold())
    if known is not None:
        return known
    return None if _TIMES.match(text) or _BEGINS.match(text) else ""


def spell_period(per: str) -> str:
    """Say a period in words, or as it is where there are none; "" for none."""
    name = _NAMES.get(per)
    return per if name is None else f"per {name}"


def show_price(price: Decimal) -> str:
    """Return a price with two decimals, or as many more as it needs."""
    whole, _, decimals = f"{price.normalize():f}".partition(".")
    return f"{whole}.{decimals.ljust(_DECIMALS_SHOWN, '0')}"


def line_of(label: str, quantity: str, exact: Decimal, amount: Decimal, *, unit: str, per: str) -> QuoteLine:
    """Return a line whose quantity times its price is its amount; `exact` is about what one unit costs.

    If no price gives that, it is one of the whole amount.
    """
    for decimals in range(PRICE_DECIMALS + 1):
        price = exact.quantize(Decimal(1).scaleb(-decimals))
        if price * Decimal(quantity) == amount:
            return QuoteLine(label, quantity, show_price(price), unit, per)
    whole = " ".join(word for word in (quantity, unit, label) if word)
    return QuoteLine(whole, "1", show_price(amount), per=per)
