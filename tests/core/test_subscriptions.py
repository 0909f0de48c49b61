"""Subscriptions that browsers say: those of today are read, and nothing else is."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core import codes
from node.core.subscriptions import LONGEST, LONGEST_ENDPOINT, PushSubscription, read_subscription
from protocol.errors import Unprocessable

# The user agent's key and secret of RFC 8291 §5 (Appendix A).
P256DH = "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"
AUTH = "BTBZMqHH6r4Tts7J_aSIgg"


def said(**members: Any) -> str:
    keys = {"p256dh": members.pop("p256dh", P256DH), "auth": members.pop("auth", AUTH)}
    whole = {"endpoint": "https://push.example/p/1", "expirationTime": None, "keys": keys, **members}
    return json.dumps({name: value for name, value in whole.items() if value is not ...})


def test_what_a_browser_says_is_read() -> None:
    for endpoint in (
        "https://fcm.googleapis.com/fcm/send/dVWxYz:APA91bG-_x",
        "https://updates.push.services.mozilla.com/wpush/v2/gAAAAABk",
        "https://web.push.apple.com/QHr5",
        "https://wns2-par02p.notify.windows.com/w/?token=BQYAAAD%2bab%2b",
    ):
        assert read_subscription(said(endpoint=endpoint), allow_http=False) == PushSubscription(
            endpoint, P256DH, AUTH
        )
    assert read_subscription(said(endpoint="http://127.0.0.1:8000/p"), allow_http=True)


POINT = bytearray(urlsafe_b64decode(P256DH + "="))
OFF_CURVE = urlsafe_b64encode(bytes(POINT[:-1]) + bytes([POINT[-1] ^ 1])).rstrip(b"=").decode()
PACKED = urlsafe_b64encode(b"\x02" + bytes(POINT[1:33])).rstrip(b"=").decode()
HUGE = urlsafe_b64encode(b"\x04" + b"\xff" * 64).rstrip(b"=").decode()


@pytest.mark.parametrize(
    "text",
    [
        "", "null", "[]", "{", "7", '{"endpoint":1e999}', "x" * (LONGEST + 1), "\ud800",
        said(endpoint=...), said(endpoint=7), said(keys=...), said(keys=[]), said(keys="x"),
        said(endpoint="http://push.example/p"), said(endpoint="http://127.0.0.1/p"),
        said(endpoint="https://user:pw@push.example/p"), said(endpoint="https://push.example/p#x"),
        said(endpoint="file:///etc/passwd"), said(endpoint="javascript:alert(1)"), said(endpoint="//x/y"),
        said(endpoint="https://push.example/" + "p" * LONGEST_ENDPOINT),
        said(endpoint="https://push.example/p\r\nX: y"), said(endpoint="https://2130706433/p"),
        said(p256dh=None), said(p256dh=""), said(p256dh=OFF_CURVE), said(p256dh=PACKED), said(p256dh=HUGE),
        said(p256dh=P256DH[:-4]), said(p256dh=P256DH + "="), said(p256dh="A"), said(p256dh=P256DH + "\n"),
        said(auth=None), said(auth=""), said(auth=AUTH + "AA"), said(auth=AUTH[:-2]), said(auth="A" * 21),
        said(auth="+/" * 11), said(auth="é" * 22),
    ],
)  # fmt: skip
def test_nothing_else_is(text: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_subscription(text, allow_http=False)
    assert refused.value.code == codes.SUBSCRIPTION_INVALID
    assert not text or text not in str(refused.value)


@given(st.text(max_size=200))
def test_whatever_is_said_is_read_or_refused(text: str) -> None:
    with pytest.raises(Unprocessable):
        read_subscription(text, allow_http=False)
