"""Challenges: what a passkey has to sign, so that what it signed once is of no use again.

Rules here: nobody is given room here by asking. A challenge carries its time and what it is for, under a key
that this process drew; kept are those that were answered well, until their time is over, so each is answered
once. A restart makes all of them void.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import UTC, datetime
from hashlib import sha256
from typing import Final

from node.core import codes
from node.core.access import CHALLENGE_HOLDS
from protocol.errors import Forbidden

_NONCE: Final = 16
_TIME: Final = 8  # bytes of seconds since 1970
_LENGTH: Final = _NONCE + _TIME + sha256().digest_size


class Challenges:
    """The challenges of one process, which drew `key`; used from one event loop."""

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._answered: dict[bytes, datetime] = {}

    def new(self, purpose: str, *, nonce: str, now: datetime) -> bytes:
        """Return a challenge for a purpose, which names whose it is; `nonce` as `Acting.salt` makes it."""
        begun = urlsafe_b64decode(nonce + "==") + int(now.timestamp()).to_bytes(_TIME, "big")
        return begun + self._seal(begun, purpose)

    def redeem(self, challenge: bytes, purpose: str, *, now: datetime) -> None:
        """Use a challenge up that was answered well.

        Raises:
            Forbidden: `passkey-refused`, it is not one of ours for this, is too old, or was answered before.
        """
        begun, seal = challenge[:-32], challenge[-32:]
        self._answered = {known: until for known, until in self._answered.items() if until > now}
        made_at = datetime.fromtimestamp(int.from_bytes(begun[_NONCE:], "big") % 2**34, UTC)
        whole = len(challenge) == _LENGTH and hmac.compare_digest(seal, self._seal(begun, purpose))
        if not whole or now - made_at >= CHALLENGE_HOLDS or challenge in self._answered:
            raise Forbidden(codes.PASSKEY_REFUSED)
        self._answered[challenge] = made_at + CHALLENGE_HOLDS

    def _seal(self, begun: bytes, purpose: str) -> bytes:
        return hmac.digest(self._key, begun + purpose.encode(), sha256)


def as_text(value: bytes) -> str:
    """Write bytes as WebAuthn does: base64url without padding."""
    return urlsafe_b64encode(value).rstrip(b"=").decode()
