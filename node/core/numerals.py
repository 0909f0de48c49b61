"""Numbers as people and programs write them: with a point or a comma, and with thousands marked or not.

Rules that hold here:

- A number keeps the digits it was written with, and never becomes a float.
- One mark with three digits behind it, as in `1.250` or `1,250`, is a thousand and a quarter in one country
  and one and a quarter in the next. Both readings are returned; nothing is guessed here.
- What has any other meaning somewhere (`1e3`, digits of other scripts, `12,34.00`) is no number here.

Sources: Unicode CLDR 44 (number symbols: point, comma, apostrophe, blanks; groups of 3, and of 3 then 2).
"""

import re
from typing import Final

from protocol.decimals import DECIMALS, INTEGER_DIGITS
from protocol.values import dataclass

# Blanks that typesetters put between thousands, and the signs that are taken for an apostrophe or a minus.
_PLAIN: Final = str.maketrans(
    {"\u00a0": " ", "\u2007": " ", "\u2009": " ", "\u202f": " ", "\u2019": "'", "\u2018": "'", "\u02bc": "'"}
    | {"\u2212": "-"}
)
_SIGNED: Final = re.compile(r"(?P<before>[+-] ?)?(?P<body>[\d.,].*?)(?P<after>-)?")
_IN_BRACKETS: Final = re.compile(r"\(([^()-]+)\)")
# `1890,-` and `1890.--`: there are no cents.
_NO_CENTS: Final = re.compile(r"(?<=\d)([.,]) ?(?:--?|\u2013|\u2014)$")

# What is written in groups, and what stands before its decimals; each with one reading.
_GROUPED: Final = (
    re.compile(r"([1-9]\d{0,2}(?: \d{3})+)(?:([.,])(\d+))?", re.ASCII),
    re.compile(r"([1-9]\d{0,2}(?:'\d{3})+)(?:([.,])(\d+))?", re.ASCII),
    re.compile(r"([1-9]\d{0,2}(?:,\d{3})+)(\.)(\d+)", re.ASCII),
    re.compile(r"([1-9]\d{0,2}(?:\.\d{3})+)(,)(\d+)", re.ASCII),
    re.compile(r"([1-9]\d{0,2}(?:,\d{3}){2,})()()", re.ASCII),
    re.compile(r"([1-9]\d{0,2}(?:\.\d{3}){2,})()()", re.ASCII),
    re.compile(r"([1-9]\d?(?:,\d{2})+,\d{3})(?:(\.)(\d+))?", re.ASCII),  # 12,34,567.00 of India
)
_SINGLE: Final = re.compile(r"(0|[1-9]\d*)?(?:([.,])(\d+))?", re.ASCII)
_IN_THOUSANDS: Final = re.compile(r"[1-9]\d{0,2}[.,]\d{3}", re.ASCII)
# What is written most, and means one thing everywhere but for its decimals' mark: Python reads it as it is.
_USUAL: Final = re.compile(r"(?:0|[1-9]\d{0,11})(\.(?:\d{1,2}|\d{4,6}))?", re.ASCII)
_LONGEST: Final = 64  # characters; far more than the digits that are allowed, with a mark behind each


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number as it is written.

    Args:
        text: decimal text, with a point before its decimals; where there are two readings, the one with them.
        mark: what stands before its decimals where they are, `.` or `,`.
        grouped: the other reading, in which the mark stands between thousands; "" where there is but one.
    """

    text: str
    mark: str = ""
    grouped: str = ""


def read_numeral(text: str) -> Numeral | None:
    """Return a number with one or two readings; None for what is none, or has too many digits to be one."""
    usual = _USUAL.fullmatch(text)
    if usual is not None:
        return Numeral(text, "." if usual[1] else "")
    if len(text) > _LONGEST:
        return None
    plain = _NO_CENTS.sub(r"\g<1>00", text.strip().translate(_PLAIN))
    bracketed = _IN_BRACKETS.fullmatch(plain)  # as accountants write what is below zero
    signed = _SIGNED.fullmatch(bracketed[1].strip() if bracketed else plain)
    if signed is None or (signed["before"] and signed["after"]):
        return None
    below = bracketed or signed["after"] or (signed["before"] or "").startswith("-")
    return _unsigned(signed["body"], "-" if below else "")


def _unsigned(body: str, sign: str) -> Numeral | None:
    for form in _GROUPED:
        if found := form.fullmatch(body):
            integer = re.sub(r"\D", "", found[1])
            return _numeral(sign, integer, found[2] or "", found[3] or "")
    found = _SINGLE.fullmatch(body)
    if found is None or not body:
        return None
    numeral = _numeral(sign, found[1] or "0", found[2] or "", found[3] or "")
    if numeral is None or not _IN_THOUSANDS.fullmatch(body):
        return numeral
    return Numeral(numeral.text, numeral.mark, f"{sign}{found[1]}{found[3]}")


def _numeral(sign: str, integer: str, mark: str, decimals: str) -> Numeral | None:
    if len(decimals) > DECIMALS:  # databases write 1890.00000000
        decimals = decimals[:DECIMALS] + decimals[DECIMALS:].rstrip("0")
    if len(integer) > INTEGER_DIGITS or len(decimals) > DECIMALS:
        return None
    text = f"{integer}.{decimals}" if decimals else integer
    return Numeral(sign + text, mark)
