"""The claim of a new node: one code at a time, for a while, and as many tries as its length bears.

Rules here: pure. A code is forty random bits, in letters that nobody takes for another; what is typed may be
small, spaced, and have an O for a zero. How many tries one network has is counted where it calls: a limit
that a stranger can use up within the time of a code would keep the owner out.
"""

import hmac
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from protocol.values import dataclass

CODE_HOLDS: Final = timedelta(minutes=15)
TRIES: Final = 1 << 20  # of 2^40 codes: one chance in a million, whoever guesses with however many machines
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford's base32
_ALIKE: Final = str.maketrans("OIL", "011")
_LETTERS: Final = 8
BITS: Final = 5 * _LETTERS
_LONGEST: Final = 40  # characters of what is typed


@dataclass(frozen=True, slots=True)
class ClaimCode:
    """A code that was given out: until when it holds, and how often it may still be tried."""

    code: str
    until: datetime
    tries: int = TRIES

    def holds(self, now: datetime) -> bool:
        """Say whether it may still be tried."""
        return self.tries > 0 and now < self.until


class Claimed(StrEnum):
    """What became of a try."""

    RIGHT = "right"
    EMPTY = "empty"
    WRONG = "wrong"
    OVER = "over"


def new_code(number: int, *, now: datetime) -> ClaimCode:
    """Return the code for a random number of `BITS` bits, such as `K7QM-4TRD`."""
    letters = "".join([_ALPHABET[number >> place & 31] for place in range(BITS - 5, -1, -5)])
    return ClaimCode(f"{letters[:4]}-{letters[4:]}", now + CODE_HOLDS)


def read_code(text: str) -> str:
    """Return a code as it is spelt here; what is none stays none."""
    letters = "".join([letter for letter in text[:_LONGEST].upper() if letter.isalnum()]).translate(_ALIKE)
    return f"{letters[:4]}-{letters[4:]}"


def is_typed(text: str) -> bool:
    """Say whether anything was typed: a press without it is no try, and costs none."""
    return any(map(str.isalnum, text))


def judge(given: ClaimCode | None, text: str, *, now: datetime) -> tuple[Claimed, ClaimCode | None]:
    """Say what a try is worth, and what is left of the code: nothing if it was right."""
    if given is None or not given.holds(now):
        return Claimed.OVER, given
    if not is_typed(text):
        return Claimed.EMPTY, given
    if hmac.compare_digest(read_code(text).encode(), given.code.encode()):
        return Claimed.RIGHT, None
    left = replace(given, tries=given.tries - 1)
    return Claimed.WRONG if left.tries else Claimed.OVER, left
