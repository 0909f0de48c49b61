"""Money and quantities as people type them, in the shapes the API takes.

Rules here: pure; a number keeps the digits it was typed with and never becomes a float; what is one amount in
one country and another in the next (`1.250 EUR`) is refused with both readings and how to write each. What
`phrases` prints is read back to the same value.
"""

import re
from decimal import Decimal
from typing import Final

from node.core.money import currencies_of, decimals_of, fits, read_money
from node.core.numerals import Numeral, read_numeral
from node.terminal import phrases
from node.terminal.failures import usage
from protocol.decimals import DECIMALS, decimal_string

# A number, however its thousands are marked, and what stands behind it.
_MEASURE: Final = re.compile(
    r"(?P<number>[-+\u2212]?[.,]?\d(?:[\d.,]|['\u2019 \u00a0\u202f](?=\d{3}(?!\d)))*)"
    r"(?P<blank>\s*)(?P<unit>(?!e[-+]?\d)\D.{0,63})?"
)
_NAMED: Final = re.compile(r"(?P<number>\d.{0,60}?) ?(?P<code>[A-Z]{3})", re.ASCII)
_ONE: Final = re.compile(r"(?:an?|one)\s+(?P<unit>[^\W\d].{0,63})", re.IGNORECASE)
_THREE: Final = 3


def money(text: str, *, currency: str = "", fine: bool = False) -> tuple[str, str]:
    """Return amount and currency of `2249.00 EUR`, `€ 12.000` or `1 234,50 €`.

    `currency` stands in where none is named, and says which is meant by a sign of several; it may be empty,
    and then the answer may be. A `fine` amount may have more decimals than its currency.

    Raises:
        Failure: `text` is no amount, or could be two.
    """
    read = read_money(text)
    if read is None or read.numeral.text.startswith("-"):
        found = _NAMED.fullmatch(text.strip())
        if found and read_money(found["number"]) and not currencies_of(found["code"]):
            raise usage(
                f"{text!r} is no amount: {found['code']} is no currency that is known.",
                "Write its three letters, such as EUR.",
            )
        raise usage(
            f"{text!r} is no amount.", "Write 2249.00 EUR: a number and its currency's three letters."
        )
    codes = [code for code in read.currencies if len(read.currencies) == 1 or code == currency]
    if read.currencies and not codes:
        these, first = ", ".join(read.currencies), read.currencies[0]
        ways = _ways(read.numeral, first, decimals_of(first))
        raise usage(f"{text!r}: this sign is that of {these}.", f"Write {ways}.")
    code = codes[0] if codes else currency
    return _in_currency(text, read.numeral, code, fine=fine), codes[0] if codes else ""


def currency_code(text: str) -> str:
    """Return the three letters of the currency that `EUR`, `eur` or `€` names; "" where nothing was typed.

    Raises:
        Failure: it is none that is known, or that of several.
    """
    codes = currencies_of(text.strip()) if text.strip() else ()
    if text.strip() and len(codes) != 1:
        raise usage(f"{text!r} names no one currency.", "Write its three letters, such as EUR.")
    return codes[0] if codes else ""


def _in_currency(text: str, numeral: Numeral, code: str, *, fine: bool) -> str:
    """Return an amount as the API takes it, with no more decimals than its currency has."""
    decimals = DECIMALS if fine else decimals_of(code) if code else None
    if numeral.grouped:
        if _is_whole(numeral, code, decimals):
            return numeral.grouped
        readings = (numeral.grouped, decimal_string(Decimal(numeral.text)))
        one, other = (phrases.amount(reading, code) for reading in readings)
        raise usage(f"{text!r} could be {one} or {other}.", f"Write {_ways(numeral, code, decimals)}.")
    if decimals is None:
        return numeral.text
    if not fits(Decimal(numeral.text), decimals):
        raise usage(f"{text!r}: {code} has {decimals} decimals.", "Write no more than that.")
    whole, point, cents = numeral.text.partition(".")
    return f"{whole}{point}{cents[:decimals]}".removesuffix(".")


def _is_whole(numeral: Numeral, code: str, decimals: int | None) -> bool:
    """Whether a mark before three digits can only be one of thousands.

    Nobody writes cents with three zeros, and what has no cents is not written with them.
    """
    coins = decimals_of(code) if code else None
    return decimals == 0 or (coins is not None and coins < _THREE and numeral.text.endswith("000"))


def _ways(numeral: Numeral, code: str, decimals: int | None) -> str:
    """Return how to write what was read so that it has one reading: `1250 EUR or 1.25 EUR`."""
    ways = [numeral.grouped or numeral.text]
    if numeral.grouped and not _is_whole(numeral, code, decimals):
        fraction = decimal_string(Decimal(numeral.text))
        if decimals is None or fits(Decimal(fraction), decimals):
            ways.append(phrases.figure(fraction))
    return " or ".join(f"{way} {code}".strip() for way in ways)


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
