"""Amounts of money as people write them: a number, and before or behind it the sign or name of its currency.

Rules that hold here:

- A currency is named by its three letters in any case, by its sign, or by its name where nobody else has it.
  A sign that several countries use (`$`, `kr`) names all of them; who reads it has to know which is meant.

Sources: ISO 4217 (codes), Unicode CLDR 44 (signs of currencies).
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

from node.core.numerals import Numeral, read_numeral
from protocol import vocabulary
from protocol.caseless import caseless
from protocol.decimals import EXACT
from protocol.errors import ProtocolError
from protocol.values import dataclass

_MARKS: Final = r"$\u00a3\u00a5\u0e3f\u20a0-\u20c0"
_SIGN: Final = rf"(?:[^\W\d_]{{1,6}}\.?)?[{_MARKS}]|[^\W\d_]{{1,6}}\.?"
_MONEY: Final = re.compile(
    rf"(?P<minus>[-\u2212] ?(?=[^\W\d_]|[{_MARKS}]))?(?:(?P<before>{_SIGN})\s{{0,100}})?"
    rf"(?P<number>[^\W_A-Za-z].{{0,100}}?|[-+(\u2212.,].{{0,100}}?)(?:\s{{0,100}}(?P<after>{_SIGN}))?"
)

_LONGEST: Final = 100  # characters; the longest amount with the longest sign and blanks has half of that

# How currencies are written beside their three letters; a sign of several names all that are known here.
SIGNS: Final[Mapping[str, tuple[str, ...]]] = {
    "€": ("EUR",), "euro": ("EUR",), "euros": ("EUR",),
    "£": ("GBP",),
    "$": ("USD", "CAD", "AUD", "NZD", "SGD", "HKD", "TWD", "MXN", "ARS", "CLP", "COP", "UYU"),
    "us$": ("USD",), "ca$": ("CAD",), "c$": ("CAD",), "au$": ("AUD",), "a$": ("AUD",), "nz$": ("NZD",),
    "s$": ("SGD",), "hk$": ("HKD",), "nt$": ("TWD",), "mx$": ("MXN",), "r$": ("BRL",), "$u": ("UYU",),
    "¥": ("JPY", "CNY"), "円": ("JPY",), "元": ("CNY",), "rmb": ("CNY",),
    "fr": ("CHF",), "sfr": ("CHF",),
    "kr": ("SEK", "NOK", "DKK", "ISK"), "zł": ("PLN",), "kč": ("CZK",), "ft": ("HUF",), "lei": ("RON",),
    "₹": ("INR",), "₺": ("TRY",), "tl": ("TRY",), "₴": ("UAH",), "₩": ("KRW",), "₫": ("VND",), "₪": ("ILS",),
    "฿": ("THB",), "₦": ("NGN",), "₱": ("PHP",), "rp": ("IDR",), "rm": ("MYR",), "rs": ("INR", "PKR"),
    "r": ("ZAR",), "s/": ("PEN",),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Money:
    """An amount as it is written; `currencies` are those that its sign may stand for, none without a sign."""

    numeral: Numeral
    currencies: tuple[str, ...] = ()


def read_money(text: str) -> Money | None:
    """Return an amount of money, or a number without a currency; None for what is neither."""
    if text[:1].isdigit() and text[-1:].isdigit():  # a sign stands at one of its ends
        bare = read_numeral(text)
        return None if bare is None else Money(bare)
    found = _MONEY.fullmatch(text.strip()) if len(text) <= _LONGEST else None
    if found is None:
        return None
    numeral = read_numeral(("-" if found["minus"] else "") + found["number"])
    signs = [sign for sign in (found["before"], found["after"]) if sign is not None]
    meant = [currencies_of(sign) for sign in signs]
    if numeral is None or not all(meant):
        return None
    if len(meant) < len(("before", "after")):
        return Money(numeral, meant[0] if meant else ())
    common = tuple(code for code in meant[0] if code in meant[1])
    return Money(numeral, common) if common else None


def currencies_of(sign: str) -> tuple[str, ...]:
    """Return the codes that the name or the sign of a currency may stand for; none if it is unknown."""
    known = caseless(sign).removesuffix(".")
    if known in SIGNS:
        return SIGNS[known]
    code = known.upper()
    return (code,) if decimals_of(code) is not None else ()


def decimals_of(code: str) -> int | None:
    """Return how many decimals a currency has, None if it is none that is known."""
    try:
        return vocabulary.minor_units(code)
    except ProtocolError:
        return None


def fits(amount: Decimal, decimals: int) -> bool:
    """Tell whether an amount has no more than so many decimals; zeros behind them are none."""
    return not EXACT.remainder(EXACT.scaleb(amount, decimals), Decimal(1))
