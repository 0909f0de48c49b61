"""Signatures on HTTP requests: who vouches for this body, sent to this address, just now.

`sign` makes the header fields of a signature, `read` takes a request apart as far as that goes without a key,
`check` does the rest once the key was found (see `verification`). Two standards hide behind them: RFC 9421 in
`rfc9421`, and draft-cavage-12 in `cavage` for the servers that know nothing else. Rules that hold for both:

- A request with a body counts as signed only if a digest of the body is covered **and** was recomputed.
  Method and target have to be covered always.
- Anything ambiguous is refused, not resolved: a signature field, label, parameter or component given twice.
- The algorithm belongs to the key. One that is named in the signature may only agree with it.
- A signature is fresh if the time it states, and covers, lies in a window around now.
- Every failure is `Unauthenticated`. The codes are for the log; outside, all failures look alike.
"""

from datetime import datetime, timedelta
from typing import Final

from protocol import cavage, codes, rfc9421
from protocol.errors import Unauthenticated
from protocol.httpmessages import HttpSignature, Request, Scheme, Window
from protocol.keys import PrivateKey, PublicKey

__all__ = ["HttpSignature", "Request", "Scheme", "accept_signature", "check", "read", "sign"]

MAX_AGE: Final = timedelta(hours=12)  # a queue that stood still over night still gets through
MAX_SKEW: Final = timedelta(minutes=5)  # clocks of honest servers differ by less

_SIGNATURE_FIELDS: Final = frozenset({"signature", "signature-input"})


def sign(request: Request, *, scheme: Scheme, key: PrivateKey, key_id: str, now: datetime) -> dict[str, str]:
    """Sign a request and return the header fields to add to it; a digest of the body is one of them.

    Sign anew for each attempt to deliver: a signature grows stale.
    """
    if scheme is Scheme.RFC9421:
        return rfc9421.sign(request, key=key, key_id=key_id, now=now)
    return cavage.sign(request, key=key, key_id=key_id, now=now)


def read(
    request: Request, *, now: datetime, max_age: timedelta = MAX_AGE, max_skew: timedelta = MAX_SKEW
) -> HttpSignature:
    """Read the signature of a request and check everything that needs no key.

    Raises:
        Unauthenticated: `signature-missing`; `signature-malformed`; `signature-ambiguous`;
            `component-missing` or `component-unsupported` for what is covered; `algorithm-unsupported`;
            `digest-mismatch`; `stale`.
    """
    names = [name for name, _ in request.headers if name in _SIGNATURE_FIELDS]
    if "signature" not in names:
        raise Unauthenticated(codes.SIGNATURE_MISSING)
    if len(set(names)) != len(names):
        raise Unauthenticated(codes.SIGNATURE_AMBIGUOUS, "The request has a signature field twice.")
    window = Window(now, max_age, max_skew)
    if "signature-input" in names:
        return rfc9421.read(request, request.fields(), window)
    return cavage.read(request, request.fields(), window)


def check(signature: HttpSignature, key: PublicKey) -> None:
    """Check that the holder of `key` made the signature; whose key that is, `verification` asks.

    Raises:
        Unauthenticated: `algorithm-mismatch` or `signature-invalid`.
    """
    if signature.algorithm not in (None, key.algorithm):
        raise Unauthenticated(codes.ALGORITHM_MISMATCH)
    bases = (signature.base, signature.base_without_query)
    if not any(base is not None and key.verifies(signature.signature, base) for base in bases):
        raise Unauthenticated(codes.SIGNATURE_INVALID)


def accept_signature(*, body: bool = True) -> str:
    """Write the `Accept-Signature` of a 401 answer: what a signature on such a request has to cover here."""
    return rfc9421.accept_signature(body=body)
