"""What the node draws at random: ids, salts, keys. The only place that asks the system for randomness."""

import secrets
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from node.core.identifiers import BITS, write_id
from protocol.keys import Algorithm, PrivateKey, ed25519_from_seed, read_private_pem

_SALT_BYTES: Final = 16
_RSA_BITS: Final = 2048  # what every server verifies; the keys that make evidence are Ed25519
_RSA_EXPONENT: Final = 65_537


def new_id(prefix: str) -> str:
    """Return a fresh id such as `of_5zm3…`."""
    return write_id(prefix, secrets.randbits(BITS))


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
