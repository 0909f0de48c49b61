"""Ids as they are written: a prefix that says of what, and 128 bits in Crockford's base32.

That alphabet has no letters that read like digits. Which bits they are is for who makes one: drawn at random,
so that nobody finds one by trying, or made from what was drawn before.
"""

from typing import Final

BITS: Final = 128  # in 26 characters of 5 bits, the first of them carrying 3
_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = [first + second for first in _ALPHABET for second in _ALPHABET]  # two characters at a time
_PAIR_BITS: Final = 10
_PLACES: Final = range(BITS - BITS % _PAIR_BITS, -1, -_PAIR_BITS)  # where each pair begins


def write_id(prefix: str, number: int) -> str:
    """Return the id of these 128 bits, such as `of_5zm3…`."""
    return f"{prefix}_{''.join([_PAIRS[number >> place & 1023] for place in _PLACES])}"
