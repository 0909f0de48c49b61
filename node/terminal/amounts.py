"""Money, quantities and price lines as people type them, in the shapes the API takes.

Rules here: pure; a number keeps the digits it was typed with and never becomes a float; a spelling that
means one amount in one country and another in the next is refused (`1,234` and `1.234,56`).
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from node.terminal import moments
from node.terminal.failures import usage

# Digits with an optional decimal point, thousands marked only where a decimal point settles the reading.
NUMBER: Final = r"(?:\d{1,12}(?:\.\d{1,6})?|\d{1,3}(?:,\d{3})+\.\d{1,6})"
_MONEY: Final = re.compile(rf"(?:({NUMBER})\s*([A-Z]{{3}})?|([A-Z]{{3}})\s*({NUMBER}))", re.ASCII)
_QUANTITY: Final = re.compile(r"(\d{1,12}(?:\.\d{1,6})?)(?:\s+(\S.{0,63}))?", re.ASCII)
_PRICE: Final = re.compile(
    rf"(?:(?P<label>[^:]{{1,200}}):\s+)?(?P<amount>{NUMBER})\s*(?P<currency>[A-Z]{{3}})?"
    r"(?:\s*(?:/\s*|a\s+|per\s+)(?P<per>day|week|month|year)\s*"
    r"(?:x\s*(?P<count>\d{1,4})|until\s+(?P<until>\S.*))?)?",
    re.ASCII,
)


def money(text: str) -> tuple[str, str]:
    """Return amount and currency of `2249.00 EUR`; the currency is empty where none is named.

    Raises:
        Failure: `text` is no amount.
    """
    found = _MONEY.fullmatch(text.strip())
    if not found:
        raise usage(f"{text!r} is no amount.", "Write 2249.00 EUR, with a point before the cents.")
    return _plain(found[1] or found[4]), found[2] or found[3] or ""


def quantity(text: str) -> dict[str, str]:
    """Return value and unit of `3 pieces`; the unit is `one` where none is named.

    Raises:
        Failure: `text` is no quantity.
    """
    found = _QUANTITY.fullmatch(text.strip())
    if not found:
        raise usage(f"{text!r} is no quantity.", "Write 1, '30 kWh' or '2.5 kg'.")
    return {"value": found[1], "unit": found[2] or "one"}


def price_line(text: str, *, currency: str, now: datetime) -> dict[str, Any]:
    """Return one price line of `LABEL: AMOUNT CURRENCY[/PERIOD xCOUNT | /PERIOD until DATE]`.

    `currency` stands in where the line names none.

    Raises:
        Failure: `text` is no price line, or its currency is unknown.
    """
    found = _PRICE.fullmatch(text.strip())
    if not found:
        raise usage(
            f"{text!r} is no price line.",
            "Write '2249.00 EUR', 'Lease: 24.90 EUR/month x24' or 'Rent: 80 EUR/week until 2026-12-31'.",
        )
    if found["per"] and not (found["count"] or found["until"]):
        raise usage(f"{text!r} does not say for how long.", "Add x12, or 'until 2026-12-31'.")
    named = found["currency"] or currency
    if not named:
        raise usage(f"{text!r} names no currency.", "Write 2249.00 EUR, or add --currency EUR.")
    label = {"label": found["label"].strip()} if found["label"] else {}
    return {
        "kind": "recurring" if found["per"] else "oneOff",
        "amount": _plain(found["amount"]),
        "currency": named,
        **label,
        **_recurrence(found.groupdict(), now),
    }


def _recurrence(found: Mapping[str, str | None], now: datetime) -> dict[str, Any]:
    if not found["per"]:
        return {}
    if found["count"]:
        return {"per": found["per"], "count": int(found["count"])}
    until = moments.read(found["until"] or "", now=now, end_of_day=True)
    return {"per": found["per"], "until": moments.stamp(until)}


def _plain(number: str) -> str:
    return number.replace(",", "")
