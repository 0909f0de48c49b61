"""Digests of a request's body in its header fields, the link between a signature and what it is about.

Rules here: a digest that is looked at is recomputed, never believed; every digest of an algorithm we know has
to fit, so two algorithms cannot tell two stories; algorithms we do not know are skipped, but one we know must
be among them.

`Content-Digest` is RFC 9530 §2 (sha-256 and sha-512, its two active algorithms), `Digest` is RFC 3230 §4.3.2
as the Fediverse uses it next to draft-cavage signatures (SHA-256).
"""

import hashlib
import re
from base64 import b64encode
from collections.abc import Callable
from functools import lru_cache
from typing import Any, Final

from protocol import codes
from protocol.errors import Unauthenticated
from protocol.structuredfields import parse_dictionary

_HASHES: Final[dict[str, Callable[[bytes], Any]]] = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}
_LEGACY = re.compile(r"([A-Za-z0-9-]+)=([A-Za-z0-9+/]+={0,2})")
_LEGACY_ALGORITHM = "sha-256"


# One body goes to many recipients: its digest is the same in each of their requests.
@lru_cache(maxsize=64)
def content_digest(body: bytes) -> str:
    """Write the `Content-Digest` of a body."""
    return _usual_digest(hashlib.sha256(body).digest())


@lru_cache(maxsize=64)
def legacy_digest(body: bytes) -> str:
    """Write the `Digest` of a body."""
    return f"SHA-256={_base64_sha256(body)}"


def check_content_digest(value: str, body: bytes, *, sha256: bytes | None = None) -> None:
    """Check a `Content-Digest` against the body it came with; `sha256` is that of the body, if it is known.

    Raises:
        Unauthenticated: `signature-malformed`, or `digest-mismatch` if one does not fit or none is of a known
            algorithm.
    """
    if value == _usual_digest(sha256 or hashlib.sha256(body).digest()):  # compared as nearly all write it
        return
    known = {name: digest for name, digest in parse_dictionary(value).items() if name in _HASHES}
    if not known or any(digest != (_HASHES[name](body).digest(), {}) for name, digest in known.items()):
        raise _mismatch()


def check_legacy_digest(value: str, body: bytes) -> None:
    """Check a `Digest` against the body it came with; its algorithm names ignore case.

    Raises:
        Unauthenticated: `signature-malformed`, or `digest-mismatch` if SHA-256 is missing or does not fit.
    """
    matches = [_LEGACY.fullmatch(part.strip()) for part in value.split(",")]
    if not all(matches):
        raise Unauthenticated(codes.SIGNATURE_MALFORMED, "The Digest header cannot be read.")
    digests = [match[2] for match in matches if match and match[1].lower() == _LEGACY_ALGORITHM]
    if digests != [_base64_sha256(body)]:
        raise _mismatch()


def _usual_digest(sha256: bytes) -> str:
    return f"sha-256=:{b64encode(sha256).decode('ascii')}:"


def _base64_sha256(body: bytes) -> str:
    return b64encode(hashlib.sha256(body).digest()).decode("ascii")


def _mismatch() -> Unauthenticated:
    return Unauthenticated(codes.DIGEST_MISMATCH, "The digest in the header is not that of the body.")
