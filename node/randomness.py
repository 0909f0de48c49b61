"""What the node draws at random: ids, salts, keys. The only place that asks the system for randomness.

Ids have 128 random bits, so that nobody finds one by trying, in Crockford's base32, which has no letters that
read like digits.
"""

import secrets
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from protocol.keys import Algorithm, PrivateKey, ed25519_from_seed, read_private_pem

_ALPHABET: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS: Final = [first + second for first in _ALPHABET for second in _ALPHABET]  # two characters at a time
_PAIR_BITS: Final = 10
_ID_BITS: Final = 128  # in 26 characters of 5 bits, the first of them carrying 3
_ID_PLACES: Final = range(_ID_BITS - _ID_BITS % _PAIR_BITS, -1, -_PAIR_BITS)  # where each pair begins
_SALT_BYTES: Final = 16
_RSA_BITS: Final = 2048  # what every server verifies; the keys that make evidence are Ed25519
_RSA_EXPONENT: Final = 65_537


def new_id(prefix: str) -> str:
    """Return a fresh id such as `of_5zm3…`."""
    number = secrets.randbits(_ID_BITS)
    return f"{prefix}_{''.join([_PAIRS[number >> place & 1023] for place in _ID_PLACES])}"


def new_salt() -> str:
    """Return 128 random bits as base64url without padding."""
    return secrets.token_urlsafe(_SALT_BYTES)


def jitter() -> float:
    """Return a number in [0, 1)."""
    return secrets.randbits(53) / 2**53


def new_key(algorithm: Algorithm) -> PrivateKey:
    """Return a fresh private key. An RSA key takes some 50 ms of computing."""
    if algorithm is Algorithm.ED25519:
        return ed25519_from_seed(secrets.token_bytes(32))
    key = rsa.generate_private_key(public_exponent=_RSA_EXPONENT, key_size=_RSA_BITS)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return read_private_pem(pem.decode(), own=True)
