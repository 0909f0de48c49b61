"""Exact decimals: how many digits a number may have here, and the one way in which it is written.

Rules that hold here:

- Digits are bounded, so every sum and product of the protocol is exact (`EXACT` raises rather than rounds).

Sources: XML Schema 1.1 Part 2 §3.3.3 (decimal).
"""

from decimal import Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from typing import Final

INTEGER_DIGITS: Final = 12  # a trillion of anything, in any currency, is a mistake or an attack
DECIMALS: Final = 6  # grams of a tonne; no currency has more than four
PARTS: Final = 10**DECIMALS  # of one: no number here has a smaller one

# The widest result: 32 lines of 18 digits, each some 3 million days long. 60 digits leave room, and none is
# lost.
EXACT: Final = Context(prec=60, traps=[DivisionByZero, Inexact, InvalidOperation, Overflow])


def decimal_string(value: Decimal) -> str:
    """Write a number the one shortest way: no exponent, no zeros at the end, no sign on zero."""
    if not value:
        return "0"
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
