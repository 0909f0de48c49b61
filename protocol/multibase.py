"""Byte strings as base58btc multibase text, the spelling of keys, proofs and digests in signed documents.

Rules here: one byte string has exactly one spelling. The library skips trailing white space; here every
character has to be of the alphabet, and then base58 is a bijection: leading zero bytes are leading "1"s,
the rest is one number without leading zeros. Decoding takes time quadratic in the length, so the caller
states the longest text it expects.

Multibase (draft-multiformats-multibase-08); the alphabet is Bitcoin's.
"""

import re
from functools import lru_cache

import base58

_PREFIX = "z"
_ALPHABET = base58.BITCOIN_ALPHABET.decode("ascii")
_ZERO = _ALPHABET[0]
# Two digits at a time are half as many steps.
_PAIRS = [high + low for high in _ALPHABET for low in _ALPHABET]
_BASE = len(_PAIRS)
_DIGITS = bytes.maketrans(_ALPHABET.encode(), bytes(range(len(_ALPHABET))))
_BASE58BTC = re.compile(r"z[1-9A-HJ-NP-Za-km-z]*")


def encode(raw: bytes) -> str:
    """Spell bytes as base58btc with its multibase prefix "z"."""
    number, pairs = int.from_bytes(raw, "big"), []
    while number:
        number, pair = divmod(number, _BASE)
        pairs.append(_PAIRS[pair])
    pairs.reverse()
    digits = "".join(pairs).lstrip(_ZERO)
    return _PREFIX + _ZERO * (len(raw) - len(raw.lstrip(b"\0"))) + digits


def decode(text: str, *, limit_characters: int) -> bytes:
    """Read base58btc multibase text of at most `limit_characters` characters.

    Raises:
        ValueError: another multibase, a character outside the alphabet, or too long.
    """
    if len(text) > limit_characters:
        raise ValueError("multibase text too long")
    if not _BASE58BTC.fullmatch(text):
        raise ValueError("not base58btc multibase")
    digits = text[1:].lstrip(_ZERO)
    number = _evaluate(digits.encode().translate(_DIGITS))
    return bytes(len(text) - 1 - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")


def _evaluate(digits: bytes) -> int:
    """Return the number that digits of base 58, one in each byte, stand for.

    Side by side they are one large number. Each step makes one digit of every two, of all at once: first
    digits of base 58 in 8 bits, then of base 58^2 in 16 bits, of base 58^4 in 32 bits, until one is left.
    """
    number = int.from_bytes(digits, "big")
    for width, base, lower in _steps(len(digits).bit_length()):
        number = (number >> width & lower) * base + (number & lower)
    return number


@lru_cache(maxsize=16)  # of texts up to 64 KB
def _steps(count: int) -> list[tuple[int, int, int]]:
    """Return for each step the width in bits and the base of a digit, and a mask of every other one."""
    steps, whole = [], (1 << (8 << count)) - 1
    width, base = 8, len(_ALPHABET)
    for _ in range(count):
        steps.append((width, base, whole // ((1 << 2 * width) - 1) * ((1 << width) - 1)))
        width, base = 2 * width, base * base
    return steps
