"""Webhooks as Standard Webhooks 1.0.0 signs them: three headers, and a signature over id, time and body.

Rules that hold here:

- What is signed is `{id}.{timestamp}.{body}`. An id with a full stop in it could be read in two ways, so it
  is refused; a timestamp is ASCII digits, and nothing that `int` would take besides.
- The algorithm belongs to the key and never comes from a message: HMAC with SHA-256 for a secret (`v1`),
  Ed25519 for a public key (`v1a`). A signature of the other kind is passed over, as one of a kind to come is.
- Several signatures in one header are how a sender changes its secret; a bounded number of them is looked at.
  One that is empty, or cannot be read, matches nothing.
- Signatures are compared in constant time.

Source: Standard Webhooks 1.0.0 (standardwebhooks.com).
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from dataclasses import field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Final, TypeAlias

from protocol import codes
from protocol.errors import Unauthenticated, Unprocessable
from protocol.keys import Algorithm, PrivateKey, PublicKey
from protocol.values import dataclass

ID_HEADER: Final = "webhook-id"
TIMESTAMP_HEADER: Final = "webhook-timestamp"
SIGNATURE_HEADER: Final = "webhook-signature"

TOLERANCE: Final = timedelta(minutes=5)
"""How far a timestamp may lie from now, before it or behind it: what the specification's libraries allow."""

LONGEST_ID: Final = 200  # characters; a UUID has 36
MOST_SIGNATURES: Final = 8  # two while a secret changes, and room for kinds to come
_LONGEST_SIGNATURES: Final = 2_048  # characters: eight of Ed25519 are under 800
_MOST_DIGITS: Final = 12  # seconds until the year 33658
_LEAST_SECRET: Final = 24  # bytes, as the specification says
_MOST_SECRET: Final = 64
_PUBLIC_BYTES: Final = 32
_SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how a secret begins, and not one
_PUBLIC_PREFIX: Final = "whpk_"


class HookAlgorithm(StrEnum):
    """How a webhook is signed; the words are those of its signature's version."""

    V1 = "v1"
    V1A = "v1a"


@dataclass(frozen=True, slots=True)
class HookSecret:
    """A secret that both ends know; it never shows in a `repr`.

    Raises:
        Unprocessable: `webhook-key`, it is shorter than 24 bytes or longer than 64.
    """

    raw: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if not _LEAST_SECRET <= len(self.raw) <= _MOST_SECRET:
            raise Unprocessable(codes.WEBHOOK_KEY)


HookSigner: TypeAlias = HookSecret | PrivateKey
HookVerifier: TypeAlias = HookSecret | PublicKey


def write_secret(secret: HookSecret) -> str:
    """Return a secret as it is handed over: `whsec_` and base64."""
    return _SECRET_PREFIX + b64encode(secret.raw).decode("ascii")


def write_public(key: PublicKey) -> str:
    """Return the public half of an Ed25519 key as it is handed over: `whpk_` and base64."""
    return _PUBLIC_PREFIX + b64encode(key.raw).decode("ascii")


def read_key(text: str) -> HookVerifier:
    """Read a secret (`whsec_`) or a public key (`whpk_`) as its other end hands it over.

    Raises:
        Unprocessable: `webhook-key`, it is neither. Unauthenticated: `weak-key`, `key-malformed`.
    """
    if text.startswith(_SECRET_PREFIX):
        return HookSecret(_key_bytes(text[len(_SECRET_PREFIX) :]))
    raw = _key_bytes(text[len(_PUBLIC_PREFIX) :]) if text.startswith(_PUBLIC_PREFIX) else b""
    if len(raw) != _PUBLIC_BYTES:
        raise Unprocessable(codes.WEBHOOK_KEY)
    return PublicKey(Algorithm.ED25519, raw)


def _key_bytes(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Unprocessable(codes.WEBHOOK_KEY) from None


def sign(id: str, body: bytes, signers: Iterable[HookSigner], *, now: datetime) -> dict[str, str]:
    """Return the headers of a webhook, with a signature of each key; the newest key comes first."""
    stamp = str(int(now.timestamp()))
    message = _message(id, stamp, body)
    signatures = [_signature(signer, message) for signer in signers]
    return {ID_HEADER: id, TIMESTAMP_HEADER: stamp, SIGNATURE_HEADER: " ".join(signatures)}


def verify(
    headers: Mapping[str, str], body: bytes, verifiers: Iterable[HookVerifier], *, now: datetime
) -> str:
    """Return the id of a webhook that one of these keys has signed; `headers` are by names in lower case.

    Raises:
        Unauthenticated: `webhook-headers`, one is missing or cannot be read; `webhook-late`, it was not
            signed within five minutes of now; `webhook-signature`, none of the keys signed it.
    """
    id, stamp = headers.get(ID_HEADER, ""), headers.get(TIMESTAMP_HEADER, "")
    given = headers.get(SIGNATURE_HEADER, "")
    _check_id(id)
    _check_time(stamp, now)
    if not given or len(given) > _LONGEST_SIGNATURES:
        raise Unauthenticated(codes.WEBHOOK_HEADERS)
    found = _read_signatures(given)
    message = _message(id, stamp, body)
    for verifier in verifiers:
        if _is_signed(verifier, message, found):
            return id
    raise Unauthenticated(codes.WEBHOOK_SIGNATURE)


def _check_id(id: str) -> None:
    plain = id.isascii() and id.isprintable() and "." not in id and " " not in id
    if not plain or not 0 < len(id) <= LONGEST_ID:
        raise Unauthenticated(codes.WEBHOOK_HEADERS)


def _check_time(stamp: str, now: datetime) -> None:
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= _MOST_DIGITS):
        raise Unauthenticated(codes.WEBHOOK_HEADERS)
    if abs(now.timestamp() - int(stamp)) > TOLERANCE.total_seconds():
        raise Unauthenticated(codes.WEBHOOK_LATE)


def _read_signatures(given: str) -> list[tuple[str, bytes]]:
    """Return version and bytes of the signatures that can be read."""
    found: list[tuple[str, bytes]] = []
    for one in given.split(" ")[:MOST_SIGNATURES]:
        version, _, text = one.partition(",")
        try:
            found.append((version, b64decode(text, validate=True)))
        except ValueError:
            continue
    return found


def _is_signed(verifier: HookVerifier, message: bytes, signatures: list[tuple[str, bytes]]) -> bool:
    if isinstance(verifier, HookSecret):
        expected = hmac.digest(verifier.raw, message, sha256)
        same = [
            hmac.compare_digest(expected, raw) for version, raw in signatures if version == HookAlgorithm.V1
        ]
        return any(same)
    return any(verifier.verifies(raw, message) for version, raw in signatures if version == HookAlgorithm.V1A)


def _signature(signer: HookSigner, message: bytes) -> str:
    if isinstance(signer, HookSecret):
        made = hmac.digest(signer.raw, message, sha256)
        return f"{HookAlgorithm.V1},{b64encode(made).decode('ascii')}"
    return f"{HookAlgorithm.V1A},{b64encode(signer.sign(message)).decode('ascii')}"


def _message(id: str, stamp: str, body: bytes) -> bytes:
    return b".".join((id.encode("ascii"), stamp.encode("ascii"), body))
