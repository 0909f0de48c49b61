"""Byte strings as base58btc multibase text, the spelling of keys, proofs and digests in signed documents.

Rules here: one byte string has exactly one spelling. The library skips trailing white space; here every
character has to be of the alphabet, and then base58 is a bijection: leading zero bytes are leading "1"s,
the rest is one number without leading zeros. Decoding takes time quadratic in the length, so the caller
states the longest text it expects.

Multibase (draft-multiformats-multibase-08); the alphabet is Bitcoin's.
"""

import re

import base58

_PREFIX = "z"
_ALPHABET = base58.BITCOIN_ALPHABET.decode("ascii")
_ZERO = _ALPHABET[0]
_PAIRS = [
    high + low for high in _ALPHABET for low in _ALPHABET
]  # two digits at a time, half as many divisions
_BASE58BTC = re.compile(r"z[1-9A-HJ-NP-Za-km-z]*")


def encode(raw: bytes) -> str:
    """Spell bytes as base58btc with its multibase prefix "z"."""
    number, pairs = int.from_bytes(raw, "big"), []
    while number:
        number, pair = divmod(number, len(_PAIRS))
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
    digits = text[1:].lstrip("1")
    number = base58.b58decode_int(digits)  # b58decode itself takes a division per byte on top
    return bytes(len(text) - 1 - len(digits)) + number.to_bytes((number.bit_length() + 7) // 8, "big")
