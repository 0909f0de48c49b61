"""Keys: reading them, refusing the weak ones, signing and verifying with the rest.

Rules here: a `PublicKey` that exists is one we may rely on, because constructing it checks it; so no code
behind a key object ever asks again whether the key is good. The algorithm belongs to the key and never
comes from a message. One key has one spelling: `raw` is the 32 bytes of RFC 8032 for Ed25519 and canonical
PKCS#1 DER for RSA, so equal keys compare equal. Loaded keys are cached; refused ones are not.

RSA signs with PKCS#1 v1.5 and SHA-256 (RFC 8017 §8.2), the only RSA scheme the Fediverse speaks. Ed25519
signatures are made by OpenSSL (cryptography) and verified by libsodium (PyNaCl), which takes half the time
and refuses more: a small-order R as well. Text forms are PEM (RFC 7468) and Multikey multibase (Controlled
Identifiers 1.0 §2.2.2, FEP-521a).
"""

from dataclasses import field
from enum import StrEnum
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicKey
from nacl.exceptions import BadSignatureError

from protocol import codes, multibase
from protocol.canonical import digest
from protocol.errors import Unauthenticated
from protocol.values import dataclass

if TYPE_CHECKING:
    from nacl.signing import VerifyKey

_ED25519_BYTES = 32
_ED25519_SIGNATURE_BYTES = 64

# NIST SP 800-57: 2048 bits give 112 bits of security, the least still allowed. Verifying costs the square of
# the size, 0.2 ms at 8192 bits, and nobody publishes larger keys.
_RSA_SMALLEST_BITS = 2048
_RSA_LARGEST_BITS = 8192
# Smaller exponents turn a mistake in checking the padding into a forgery (e = 3). Verifying costs one
# multiplication per bit of e, so a huge one stalls the reader.
_RSA_SMALLEST_EXPONENT = 65537
_RSA_LARGEST_EXPONENT = 2**32 - 1

# Text longer than this is not a key we take: the largest RSA key is 1,038 bytes of DER, so 1,491 characters
# of PEM and 1,422 of multibase.
_LIMIT_CHARACTERS = 2048

# Multicodec prefixes as unsigned varints: ed25519-pub 0xed, rsa-pub 0x1205, ed25519-priv 0x1300.
_ED25519_PUBLIC = b"\xed\x01"
_RSA_PUBLIC = b"\x85\x24"

# Ed25519, RFC 8032 §5.1: y is encoded little-endian in 255 bits, the top bit is the sign of x.
_P = 2**255 - 19
_Y_MASK = 2**255 - 1
# The eight points whose order divides 8, by their y; the sign of x does not change a point's order. With such
# a key the hash of the message drops out of the verification equation, so one signature fits any message.
# y = 1 has order 1, y = -1 order 2, y = 0 order 4. For order 8, doubling must give y = 0: that is x^2 = -y^2,
# and then the curve -x^2 + y^2 = 1 + d x^2 y^2 reads d y^4 + 2 y^2 - 1 = 0, which has these two roots:
_Y_OF_ORDER_8 = 0x7A03AC9277FDC74EC6CC392CFA53202A0F67100D760B3CBA4FD84D3D706A17C7
_SMALL_ORDER = frozenset({1, _P - 1, 0, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})

_PKCS1V15 = padding.PKCS1v15()
_SHA256 = hashes.SHA256()


class Algorithm(StrEnum):
    """What a key can do; the value is stored with it."""

    RSA = "rsa"
    ED25519 = "ed25519"


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A public key we may rely on: `raw` is 32 bytes (Ed25519) or PKCS#1 DER (RSA).

    Raises:
        Unauthenticated: `weak-key` or `key-malformed`.
    """

    algorithm: Algorithm
    raw: bytes

    def __post_init__(self) -> None:
        _load_public(self.algorithm, self.raw)

    @property
    def multibase(self) -> str:
        """The key as `publicKeyMultibase` of a Multikey (FEP-521a)."""
        return _spell(self.algorithm, self.raw)

    @property
    def fragment(self) -> str:
        """What names the key in its address: its multibase, or for RSA the digest of that.

        360 characters in each header of each signed request, and in what servers keep as an address, would be
        no use to anybody: the multihash (sha2-256, base58btc) of the Multikey bytes names it as well.
        """
        if self.algorithm is Algorithm.ED25519:
            return self.multibase
        return _digest(self.algorithm, self.raw)

    @property
    def pem(self) -> str:
        """The key as `publicKeyPem`: SubjectPublicKeyInfo, the one form every Fediverse server reads."""
        loaded = _load_public(self.algorithm, self.raw)
        key = loaded if isinstance(loaded, RSAPublicKey) else Ed25519PublicKey.from_public_bytes(self.raw)
        spki = serialization.PublicFormat.SubjectPublicKeyInfo
        return key.public_bytes(serialization.Encoding.PEM, spki).decode("ascii")

    def verifies(self, signature: bytes, message: bytes) -> bool:
        """Say whether the holder of the private key signed exactly this message."""
        loaded = _load_public(self.algorithm, self.raw)
        try:
            if self.algorithm is Algorithm.RSA:
                cast("RSAPublicKey", loaded).verify(signature, message, _PKCS1V15, _SHA256)
            elif len(signature) == _ED25519_SIGNATURE_BYTES:
                _verifier(self.raw).verify(message, signature)
            else:
                return False
        except (InvalidSignature, BadSignatureError):
            return False
        return True


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key: `raw` is the 32-byte seed (Ed25519) or PKCS#8 DER (RSA). It never shows in a `repr`.

    Raises:
        Unauthenticated: `weak-key` or `key-malformed`.
    """

    algorithm: Algorithm
    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _load_private(self.algorithm, self.raw)

    @property
    def public(self) -> PublicKey:
        """The public half."""
        return _wrap_public(_load_private(self.algorithm, self.raw).public_key())

    @property
    def pem(self) -> str:
        """The key as unencrypted PKCS#8 PEM, for storage that is itself protected."""
        loaded = _load_private(self.algorithm, self.raw)
        return _private_bytes(loaded, serialization.Encoding.PEM).decode("ascii")

    def sign(self, message: bytes) -> bytes:
        """Sign a message; both algorithms are deterministic, so the same message gives the same signature."""
        loaded = _load_private(self.algorithm, self.raw)
        if isinstance(loaded, RSAPrivateKey):
            return loaded.sign(message, _PKCS1V15, _SHA256)
        return loaded.sign(message)


def ed25519_from_seed(seed: bytes) -> PrivateKey:
    """Make an Ed25519 key from 32 random bytes.

    Raises:
        Unauthenticated: `key-malformed`, another length.
    """
    return PrivateKey(Algorithm.ED25519, seed)


def read_private_pem(text: str, *, own: bool = False) -> PrivateKey:
    """Read an unencrypted private key in PEM (PKCS#8, or PKCS#1 for RSA).

    `own` says that it was made and kept here: then its primes, which were tested when they were made, are not
    tested again, which takes 15 ms.

    Raises:
        Unauthenticated: `weak-key`, or `key-malformed` for anything unreadable or encrypted.
    """
    try:
        loaded = serialization.load_pem_private_key(
            text.encode(), password=None, unsafe_skip_rsa_key_validation=own
        )
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _malformed() from error
    if isinstance(loaded, Ed25519PrivateKey):
        return PrivateKey(Algorithm.ED25519, loaded.private_bytes_raw())
    if isinstance(loaded, RSAPrivateKey):
        return PrivateKey(Algorithm.RSA, _private_bytes(loaded, serialization.Encoding.DER))
    raise _weak("The key is of a kind this node does not use.")


def read_public_pem(text: str) -> PublicKey:
    """Read a public key in PEM: SubjectPublicKeyInfo, or PKCS#1 for RSA.

    Raises:
        Unauthenticated: `weak-key` (too small, too large, small order, another kind) or `key-malformed`.
    """
    _refuse_long(text)
    try:
        loaded = serialization.load_pem_public_key(text.encode())
    except UnsupportedAlgorithm as unsupported:
        raise _weak("The key is of a kind this node does not use.") from unsupported
    except ValueError as malformed:
        raise _malformed() from malformed
    return _wrap_public(loaded)


def read_multibase(text: str) -> PublicKey:
    """Read `publicKeyMultibase` of a Multikey (FEP-521a).

    Raises:
        Unauthenticated: `weak-key` or `key-malformed`.
    """
    _refuse_long(text)
    decoded = _decode(text)
    prefix, raw = decoded[:2], decoded[2:]
    if prefix == _ED25519_PUBLIC:
        return PublicKey(Algorithm.ED25519, raw)
    if prefix == _RSA_PUBLIC:
        return PublicKey(Algorithm.RSA, raw)
    raise _weak("The key is of a kind this node does not use.")


# A negotiation touches a handful of keys, a busy node some hundreds; a loaded key is a few kilobytes.
@lru_cache(maxsize=1024)
def _load_public(algorithm: Algorithm, raw: bytes) -> bytes | RSAPublicKey:
    if algorithm is Algorithm.ED25519:
        _check_ed25519(raw)
        return raw
    return _load_rsa(raw)


@lru_cache(maxsize=1024)
def _verifier(raw: bytes) -> "VerifyKey":
    from nacl.signing import VerifyKey  # it takes longer to load than a node's own keys

    return VerifyKey(raw)


@lru_cache(maxsize=1024)
def _spell(algorithm: Algorithm, raw: bytes) -> str:
    return multibase.encode(_multikey(algorithm, raw))


@lru_cache(maxsize=1024)
def _digest(algorithm: Algorithm, raw: bytes) -> str:
    return digest(_multikey(algorithm, raw))


def _multikey(algorithm: Algorithm, raw: bytes) -> bytes:
    return (_ED25519_PUBLIC if algorithm is Algorithm.ED25519 else _RSA_PUBLIC) + raw


@lru_cache(maxsize=128)
def _load_private(algorithm: Algorithm, raw: bytes) -> Ed25519PrivateKey | RSAPrivateKey:
    if algorithm is Algorithm.ED25519:
        if len(raw) != _ED25519_BYTES:
            raise _malformed()
        return Ed25519PrivateKey.from_private_bytes(raw)
    try:
        # Validated when it was read; a private key is our own, and testing its primes again takes 15 ms.
        loaded = serialization.load_der_private_key(raw, password=None, unsafe_skip_rsa_key_validation=True)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise _malformed() from error
    if not isinstance(loaded, RSAPrivateKey):
        raise _malformed()
    _refuse_weak_rsa(loaded.public_key())
    return loaded


def _check_ed25519(raw: bytes) -> None:
    if len(raw) != _ED25519_BYTES:
        raise _malformed()
    y = int.from_bytes(raw, "little") & _Y_MASK
    if y >= _P:
        raise _weak("The key is not written in its one canonical form.")
    if y in _SMALL_ORDER:
        raise _weak("The key is of small order: anyone can sign with it.")


def _load_rsa(raw: bytes) -> RSAPublicKey:
    try:
        loaded = serialization.load_der_public_key(raw)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise _malformed() from error
    if not isinstance(loaded, RSAPublicKey) or _pkcs1(loaded) != raw:
        raise _malformed()
    _refuse_weak_rsa(loaded)
    return loaded


def _refuse_weak_rsa(key: RSAPublicKey) -> None:
    if not _RSA_SMALLEST_BITS <= key.key_size <= _RSA_LARGEST_BITS:
        raise _weak("The RSA key has fewer than 2048 or more than 8192 bits.")
    if not _RSA_SMALLEST_EXPONENT <= key.public_numbers().e <= _RSA_LARGEST_EXPONENT:
        raise _weak("The RSA key has an unsafe public exponent.")


def _wrap_public(loaded: object) -> PublicKey:
    if isinstance(loaded, Ed25519PublicKey):
        return PublicKey(Algorithm.ED25519, loaded.public_bytes_raw())
    if isinstance(loaded, RSAPublicKey):
        return PublicKey(Algorithm.RSA, _pkcs1(loaded))
    raise _weak("The key is of a kind this node does not use.")


def _pkcs1(key: RSAPublicKey) -> bytes:
    return key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.PKCS1)


def _private_bytes(key: Ed25519PrivateKey | RSAPrivateKey, encoding: serialization.Encoding) -> bytes:
    return key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def _decode(text: str) -> bytes:
    try:
        return multibase.decode(text, limit_characters=_LIMIT_CHARACTERS)
    except ValueError as error:
        raise _malformed() from error


def _refuse_long(text: str) -> None:
    if len(text) > _LIMIT_CHARACTERS:
        raise _weak("The key is too large.")


def _malformed() -> Unauthenticated:
    return Unauthenticated(codes.KEY_MALFORMED)


def _weak(detail: str) -> Unauthenticated:
    return Unauthenticated(codes.WEAK_KEY, detail)
