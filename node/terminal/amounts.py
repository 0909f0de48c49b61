"""Money, quantities and price lines as people type them, in the shapes the API takes.

Rules here: pure; a number keeps the digits it was typed with and never becomes a float; what is one amount in
one country and another in the next (`1.250 EUR`) is refused with both readings and how to write each. What
`phrases` prints is read back to the same value.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from node.core.money import currencies_of, decimals_of, fits, read_money
from node.core.numerals import Numeral, read_numeral
from node.terminal import moments, phrases
from node.terminal.failures import Failure, usage
from protocol.decimals import decimal_string

# A number, however its thousands are marked, and what stands behind it.
_MEASURE: Final = re.compile(
    r"(?P<number>[-+\u2212]?[.,]?\d(?:[\d.,]|['\u2019 \u00a0\u202f](?=\d{3}(?!\d)))*)"
    r"(?P<blank>\s*)(?P<unit>(?!e[-+]?\d)\D.{0,63})?"
)
_ONE: Final = re.compile(r"(?:an?|one)\s+(?P<unit>[^\W\d].{0,63})", re.IGNORECASE)
_PERIODS: Final = "day|week|month|year"
_PRICE: Final = re.compile(
    rf"(?P<money>.+?)(?:\s*(?:/\s*|\ban?\s+|\bper\s+|\beach\s+|\bevery\s+)(?P<per>{_PERIODS})\b[\s,]*(?P<term>.*))?",
    re.IGNORECASE,
)
_TERM: Final = re.compile(
    rf"[x\u00d7]\s*(?P<count>\d{{1,4}})|(?P<times>\d{{1,4}})\s+times|until\s+(?P<until>\S.*)"
    rf"|for\s+(?P<length>\d{{1,4}})\s+(?P<unit>{_PERIODS})s?",
    re.IGNORECASE,
)
# How many of the shorter of two periods the longer one always has.
_LONGER: Final = {("week", "day"): 7, ("year", "month"): 12}
_THREE: Final = 3


def money(text: str, *, currency: str = "") -> tuple[str, str]:
    """Return amount and currency of `2249.00 EUR`, `€ 12.000` or `1 234,50 €`.

    `currency` stands in where none is named, and says which is meant by a sign of several; it may be empty,
    and then the answer may be.

    Raises:
        Failure: `text` is no amount, or could be two.
    """
    read = read_money(text)
    if read is None or read.numeral.text.startswith("-"):
        raise usage(
            f"{text!r} is no amount.", "Write 2249.00 EUR: a number and its currency's three letters."
        )
    codes = [code for code in read.currencies if len(read.currencies) == 1 or code == currency]
    if read.currencies and not codes:
        these = ", ".join(read.currencies)
        raise usage(
            f"{text!r}: this sign is that of {these}.", f"Write {read.numeral.text} {read.currencies[0]}."
        )
    code = codes[0] if codes else currency
    return _in_currency(text, read.numeral, code), codes[0] if codes else ""


def currency_code(text: str) -> str:
    """Return the three letters of the currency that `EUR`, `eur` or `€` names; "" where nothing was typed.

    Raises:
        Failure: it is none that is known, or that of several.
    """
    codes = currencies_of(text.strip()) if text.strip() else ()
    if text.strip() and len(codes) != 1:
        raise usage(f"{text!r} names no one currency.", "Write its three letters, such as EUR.")
    return codes[0] if codes else ""


def _in_currency(text: str, numeral: Numeral, code: str) -> str:
    """Return an amount as the API takes it, with no more decimals than its currency has."""
    decimals = decimals_of(code) if code else None
    if numeral.grouped:
        fraction = decimal_string(Decimal(numeral.text))
        # Nobody writes cents with three zeros, and what has no cents is not written with them.
        if decimals == 0 or (decimals is not None and decimals < _THREE and numeral.text.endswith("000")):
            return numeral.grouped
        one, other = (phrases.amount(reading, code) for reading in (numeral.grouped, fraction))
        ways = [f"{number} {code}".strip() for number in (numeral.grouped, phrases.figure(fraction))]
        if decimals is not None and not fits(Decimal(fraction), decimals):
            ways.pop()  # there is no such amount
        raise usage(f"{text!r} could be {one} or {other}.", f"Write {' or '.join(ways)}.")
    if decimals is None:
        return numeral.text
    if not fits(Decimal(numeral.text), decimals):
        raise usage(f"{text!r}: {code} has {decimals} decimals.", "Write no more than that.")
    whole, point, cents = numeral.text.partition(".")
    return f"{whole}{point}{cents[:decimals]}".removesuffix(".")


def quantity(text: str) -> dict[str, str]:
    """Return value and unit of `3 pieces`, `2,5 kg` or `a dozen`; the unit is `one` where none is named.

    Raises:
        Failure: `text` is no quantity, or could be two.
    """
    single = _ONE.fullmatch(text.strip())
    if single:
        return {"value": "1", "unit": single["unit"]}
    found = measure(text)
    if found is None or found[0].startswith("-"):
        raise usage(f"{text!r} is no quantity.", "Write 1, '30 kWh', '2.5 kg' or 'a dozen'.")
    return {"value": found[0], "unit": found[1] or "one"}


def measure(text: str) -> tuple[str, str, bool] | None:
    """Return number and unit of `14 kg` or `14kg`, and whether they stand apart; None for what is no number.

    Raises:
        Failure: the number could be two.
    """
    found = _MEASURE.fullmatch(text.strip())
    numeral = read_numeral(found["number"]) if found else None
    if found is None or numeral is None:
        return None
    unit = (found["unit"] or "").strip()
    if numeral.grouped:
        fraction = phrases.figure(decimal_string(Decimal(numeral.text)))
        ways = [f"{number} {unit}".strip() for number in (numeral.grouped, fraction)]
        said = [
            f"{number} {unit}".strip() for number in (numeral.grouped, decimal_string(Decimal(numeral.text)))
        ]
        raise usage(f"{text!r} could be {said[0]} or {said[1]}.", f"Write {ways[0]} or {ways[1]}.")
    return numeral.text, unit, bool(found["blank"]) or not unit


def price_line(text: str, *, currency: str, now: datetime) -> dict[str, Any]:
    """Return one price line of `LABEL: AMOUNT CURRENCY[/PERIOD xCOUNT | /PERIOD until DATE]`.

    `currency` stands in where the line names none. Periods and their number may be said as they are printed,
    too: `24.90 EUR a month, 24 times`.

    Raises:
        Failure: `text` is no price line, or its currency is unknown.
    """
    label, _, rest = text.strip().rpartition(": ")
    found = _PRICE.fullmatch(rest.strip())
    if not found:
        raise _no_price_line(text)
    try:
        amount, named = money(found["money"], currency=currency)
    except Failure as failure:
        if read_money(found["money"]) is None:
            raise _no_price_line(text) from failure
        raise
    if not (named or currency):
        raise usage(f"{text!r} names no currency.", "Write 2249.00 EUR, or add --currency EUR.")
    per = (found["per"] or "").lower()
    return {
        "kind": "recurring" if per else "oneOff",
        "amount": amount,
        "currency": named or currency,
        **({"label": label.strip()} if label.strip() else {}),
        **({"per": per, **_term(text, per, found["term"], now)} if per else {}),
    }


def _no_price_line(text: str) -> Failure:
    return usage(
        f"{text!r} is no price line.",
        "Write '2249.00 EUR', 'Lease: 24.90 EUR/month x24' or 'Rent: 80 EUR/week until 2026-12-31'.",
    )


def _term(text: str, per: str, said: str, now: datetime) -> Mapping[str, Any]:
    """Return for how long a line recurs: a number of times, or until a moment."""
    if not said.strip():
        raise usage(f"{text!r} does not say for how long.", "Add x12, or 'until 2026-12-31'.")
    found = _TERM.fullmatch(said.strip())
    if not found:
        raise _no_price_line(text)
    if found["until"]:
        return {"until": moments.stamp(moments.read(found["until"], now=now, end_of_day=True))}
    if not found["length"]:
        return {"count": int(found["count"] or found["times"])}
    unit = found["unit"].lower()
    many = 1 if unit == per else _LONGER.get((unit, per), 0)
    if not many:
        raise usage(
            f"{text!r}: so many {unit}s are no number of {per}s.", "Say how often it is paid, as in x12."
        )
    return {"count": int(found["length"]) * many}
