"""Masks: a token as a page shows it, another text each time, so that no two answers have it in common.

Rules here: the mask is a one-time pad, as long as the token and never used twice; it stands before what it
makes of the token. So how an answer compresses says nothing of the token (BREACH), and whoever has the answer
can still send it back. A token that comes without a mask is none.
"""

import hmac
from base64 import b64decode, urlsafe_b64decode, urlsafe_b64encode


def mask(token: str, pad: str) -> str:
    """Return a token under a pad, each as many random bits as the other, in base64url without padding.

    Raises:
        ValueError: they are not of one length.
    """
    covering = _bytes(pad)
    return urlsafe_b64encode(covering + _across(covering, _bytes(token))).decode("ascii")


def covers(masked: str, token: str) -> bool:
    """Tell whether a masked text is this token under any pad."""
    plain = _bytes(token)
    try:
        sent = b64decode(masked.encode("ascii"), altchars=b"-_", validate=True)
    except ValueError:
        return False
    pad, under = sent[: len(plain)], sent[len(plain) :]
    return len(pad) == len(under) == len(plain) and hmac.compare_digest(_across(pad, under), plain)


def _bytes(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _across(pad: bytes, plain: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(pad, plain, strict=True))
