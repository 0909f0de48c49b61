"""Keys nobody should trust, with signatures that fit them.

Each of these makes signatures that a reader without its own checks takes for good, so that what refuses them
is the check and not the arithmetic. RSA keys too small or too odd for the library are made from numbers here.
"""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa

Sign = Callable[[bytes], bytes]

# DigestInfo of SHA-256, before the digest (RFC 8017 §9.2, note 1).
_DIGEST_INFO = bytes.fromhex("3031300d060960864801650304020105000420")
_RSA = bytes.fromhex("300d06092a864886f70d0101010500")  # AlgorithmIdentifier: rsaEncryption, NULL

# Where the search for two primes of 256 bits begins.
_P, _Q = 3 * 2**254, 3 * 2**254 + 2**250


@dataclass(frozen=True, slots=True)
class WeakKey:
    """A public key in PEM, and what signs with it; `algorithm` is RFC 9421's name for that."""

    pem: str
    sign: Sign
    algorithm: str = "rsa-v1_5-sha256"


@cache
def small_rsa() -> WeakKey:
    """Return an RSA key of 512 bits."""
    p, q = _prime_after(_P), _prime_after(_Q)
    n, d = p * q, pow(65_537, -1, (p - 1) * (q - 1))
    return WeakKey(_pem(n, 65_537), lambda message: _to_bytes(pow(_padded(message, 64), d, n), 64))


@cache
def rsa_of(bits: int, exponent: int) -> WeakKey:
    """Return an RSA key of this size and public exponent, 3 or 65537."""
    key = rsa.generate_private_key(public_exponent=exponent, key_size=bits)
    numbers = key.public_key().public_numbers()
    return WeakKey(
        _pem(numbers.n, numbers.e), lambda message: key.sign(message, padding.PKCS1v15(), hashes.SHA256())
    )


@cache
def identity_rsa() -> WeakKey:
    """Return an RSA key with the exponent 1: the padded message is its own signature."""
    n = rsa.generate_private_key(public_exponent=65_537, key_size=2048).public_key().public_numbers().n
    return WeakKey(_pem(n, 1), lambda message: _to_bytes(_padded(message, 256), 256))


@cache
def huge_rsa() -> WeakKey:
    """Return an RSA key of 64 KB in PEM. Its signatures would fit into no header; this one fits nothing."""
    n = int.from_bytes(b"\xff" + bytes(47_998) + b"\x01", "big")
    return WeakKey(_pem(n, 65_537), lambda _: bytes(256))


@cache
def elliptic(curve: type[ec.EllipticCurve]) -> WeakKey:
    """Return a key on an elliptic curve that nobody here uses."""
    key = ec.generate_private_key(curve())
    pem = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return WeakKey(
        pem.decode(), lambda message: key.sign(message, ec.ECDSA(hashes.SHA256())), "ecdsa-p256-sha256"
    )


def _padded(message: bytes, size: int) -> int:
    """Pad a message's digest as PKCS#1 v1.5 does (RFC 8017 §9.2)."""
    digest = _DIGEST_INFO + sha256(message).digest()
    return int.from_bytes(b"\x00\x01" + b"\xff" * (size - 3 - len(digest)) + b"\x00" + digest, "big")


def _to_bytes(number: int, size: int) -> bytes:
    return number.to_bytes(size, "big")


def _prime_after(number: int) -> int:
    number |= 1
    while not _is_prime(number) or number % 65_537 == 1:
        number += 2
    return number


def _is_prime(number: int) -> bool:
    """Fermat's test for some bases is enough for numbers nobody chose against it."""
    return all(pow(base, number - 1, number) == 1 for base in (2, 3, 5, 7, 11, 13))


# --- DER ----------------------------------------------------------------------------------------------------


def _pem(n: int, e: int) -> str:
    key = _der(0x30, _integer(n) + _integer(e))
    info = b64encode(_der(0x30, _RSA + _der(0x03, b"\x00" + key))).decode()
    lines = [info[start : start + 64] for start in range(0, len(info), 64)]
    return "\n".join(["-----BEGIN PUBLIC KEY-----", *lines, "-----END PUBLIC KEY-----", ""])


def _integer(number: int) -> bytes:
    return _der(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def _der(tag: int, content: bytes) -> bytes:
    size = len(content)
    if size < 128:
        return bytes([tag, size]) + content
    length = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(length)]) + length + content


# --- Ed25519 ------------------------------------------------------------------------------------------------

_FIELD = 2**255 - 19
_SIGN = 2**255
_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7


def small_order() -> dict[str, bytes]:
    """Return the eight points whose order divides eight, as keys."""
    ys = {"order 1": 1, "order 2": _FIELD - 1, "order 4": 0, "order 4, other sign": _SIGN}
    for name, y in (("order 8", _ORDER_8), ("order 8, opposite", _FIELD - _ORDER_8)):
        ys |= {name: y, f"{name}, other sign": y | _SIGN}
    return {name: y.to_bytes(32, "little") for name, y in ys.items()}


def not_canonical() -> dict[str, bytes]:
    """Return the other ways to write points of small order, which a strict reader has no name for."""
    ys = {
        "0 as p": _FIELD,
        "0 as p, other sign": _FIELD | _SIGN,
        "1 as p + 1": _FIELD + 1,
        "1 as p + 1, other sign": (_FIELD + 1) | _SIGN,
        "1 with a sign": 1 | _SIGN,
        "-1 with a sign": (_FIELD - 1) | _SIGN,
    }
    return {name: y.to_bytes(32, "little") for name, y in ys.items()}


# R is the neutral element and S is 0: with a key A of small order, S·B = R + k·A holds for every message
# whose k is a multiple of A's order, which is one message in eight at least.
FORGED = (1).to_bytes(32, "little") + bytes(32)
