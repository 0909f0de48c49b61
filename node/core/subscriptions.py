"""Subscriptions to push messages, as a browser says them; whatever it says is hostile.

Rules that hold here:

- The address is one that this node posts to: https, read in one way only. It says nothing of who answers
  there, so the client decides what is within reach when it dials.
- The key is a point on the curve, in the one form that RFC 8291 knows: a message for another would be for
  somebody who chose it to learn ours.

Sources: Push API §8 (`PushSubscription.toJSON`); RFC 8291 §2; RFC 5903 §3.1 (P-256).
"""

import binascii
from base64 import urlsafe_b64decode
from dataclasses import field
from typing import Final

from node.core import codes
from protocol import strictjson
from protocol.errors import ProtocolError, Unprocessable
from protocol.iris import check_iri
from protocol.values import dataclass

LONGEST: Final = 4_000  # characters of a subscription; those of today have under 800
LONGEST_ENDPOINT: Final = 1_500
_POINT: Final = 65  # bytes: 4, x, y
_AUTH: Final = 16  # bytes of the secret
_FIELD: Final = 0xFFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF
_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


@dataclass(frozen=True, slots=True)
class PushSubscription:
    """Where messages for one browser are posted, and with which of its keys they are encrypted.

    `p256dh` and `auth` are base64url without padding, as they were said.
    """

    endpoint: str
    p256dh: str
    auth: str = field(repr=False)


def read_subscription(text: str, *, allow_http: bool) -> PushSubscription:
    """Read what a browser says; `allow_http` admits plain HTTP to this machine, for development.

    Raises:
        Unprocessable: `subscription-invalid`.
    """
    try:
        if len(text) > LONGEST:
            raise _invalid()
        document = strictjson.parse(text.encode(), limit_bytes=4 * LONGEST)
        keys = document.get("keys")
        endpoint, keys = document.get("endpoint"), keys if isinstance(keys, dict) else {}
        p256dh, auth = keys.get("p256dh"), keys.get("auth")
        if not (isinstance(endpoint, str) and isinstance(p256dh, str) and isinstance(auth, str)):
            raise _invalid()
        check_iri(endpoint, allow_http=allow_http)
        if len(endpoint) > LONGEST_ENDPOINT or not _is_point(_bytes(p256dh)) or len(_bytes(auth)) != _AUTH:
            raise _invalid()
    except (ProtocolError, ValueError):
        raise _invalid() from None
    return PushSubscription(endpoint, p256dh, auth)


def _invalid() -> Unprocessable:
    return Unprocessable(codes.SUBSCRIPTION_INVALID)


def _bytes(text: str) -> bytes:
    """Read base64url without padding (RFC 4648 §5), and nothing that is not in its alphabet."""
    if not text.isascii() or not text.replace("-", "").replace("_", "").isalnum():
        raise _invalid()
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error:
        raise _invalid() from None


def _is_point(said: bytes) -> bool:
    if len(said) != _POINT or said[0] != 4:
        return False
    x, y = int.from_bytes(said[1:33], "big"), int.from_bytes(said[33:], "big")
    within = x < _FIELD and y < _FIELD
    return within and (y * y - (x * x * x - 3 * x + _B)) % _FIELD == 0
