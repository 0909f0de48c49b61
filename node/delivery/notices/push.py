"""Web Push: a notice on a device, through the push service of its browser, which can read nothing of it.

Rules here: what is sent is encrypted for that one browser and posted by the guarded client, as everything
else that leaves this node over HTTP; whoever subscribed named the address. The message carries words that the
owner allows and a path on this node, and no secret. A newer message of a kind takes the place of one that
still waits.

Sources: RFC 8030 (push: TTL, Topic, Urgency), RFC 8188 and RFC 8291 (encryption), RFC 8292 (VAPID).
"""

import asyncio
import hmac
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import urlsplit

import orjson

from node.core.notices import KEPT_TRYING
from node.core.tidings import TAKEN, Notification, Reception, Sending, Trouble
from node.delivery.client import Client, Unreachable
from node.delivery.notices.channels import is_for_later, unreached
from node.storage import push
from node.storage.notices import ChannelRow
from node.storage.store import Store
from protocol.errors import Unprocessable
from protocol.iris import origin as origin_of

VERSION: Final = 1
"""Of what a message says. A worker of another release shows `title` and `body`, which stay what they are."""
MOST_BYTES: Final = 3_000  # of 4,096 that a push service has to take (RFC 8030 §7.2), encryption aside
_PADDED_BYTES: Final = 1_000
"""A message is a multiple of so many long: else its length would tell how long a name in it is."""
_TOPIC_CHARACTERS: Final = 32  # as many as there may be (RFC 8030 §5.4)
_VALID: Final = timedelta(hours=12)  # half of what a push service may allow (RFC 8292 §2)
_GONE: Final = frozenset({404, 410})


class Push:
    """Sends to one browser."""

    def __init__(
        self,
        config: Mapping[str, Any],
        client: Client,
        store: Store,
        clock: Callable[[], datetime],
        home: str,
    ) -> None:
        self._config, self._client, self._store = config, client, store
        self._clock, self._home = clock, home

    async def send(self, message: Notification) -> Sending:
        """Push a message."""
        private = await self._store.read(push.load_push_key)
        if private is None:  # whoever subscribed did so to another key
            return Sending(Reception.GONE)
        text, endpoint = payload(message, self._home), str(self._config["endpoint"])
        expires_at = self._clock() + _VALID
        try:
            body, signed = await asyncio.to_thread(_seal, self._config, private, text, self._home, expires_at)
            answer = await self._client.post(
                endpoint, body=body, headers={**signed, **_how(message, self._config)}
            )
        except Unreachable as error:
            return unreached(error)
        except Unprocessable:
            return Sending(Reception.GONE)  # an address that this node does not post to any more
        return replace(_meaning(answer.status), wait=answer.wait)


def payload(message: Notification, home: str) -> bytes:
    """Write what a service worker reads: a title, a text, what the button says, and a path of this node.

    Blanks behind it are no part of JSON; whoever passes it on sealed sees how long it is.
    """
    lines, path = [*message.lines], message.url.removeprefix(home)
    while True:
        said = {
            "v": VERSION,
            "kind": str(message.kind or "digest"),
            "title": message.title,
            "body": "\n".join(lines),
            "label": message.label,
            "path": path,
            "urgent": message.urgent,
        }
        text = orjson.dumps(said)
        if len(text) <= MOST_BYTES or not lines:
            return text + b" " * (-len(text) % _PADDED_BYTES)
        del lines[-1]


def _how(message: Notification, config: Mapping[str, Any]) -> dict[str, str]:
    """Say how a push service is to treat a message, and not what it is about.

    Of a topic it has to see that it is the same; which it is, only this browser and we can tell.
    """
    kind = hmac.digest(str(config["auth"]).encode(), str(message.kind or "digest").encode(), "sha256")
    urgency = "high" if message.urgent else "low" if message.kind is None else "normal"
    return {
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(int(KEPT_TRYING.total_seconds())),
        "Topic": urlsafe_b64encode(kind).decode("ascii")[:_TOPIC_CHARACTERS],
        "Urgency": urgency,
    }


def _seal(
    config: Mapping[str, Any], private: bytes, text: bytes, home: str, expires_at: datetime
) -> tuple[bytes, dict[str, str]]:
    """Encrypt a message for a browser, and say who sends it; loads what that takes."""
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
    from py_vapid import Vapid02
    from pywebpush import WebPusher

    endpoint = str(config["endpoint"])
    keys = {"p256dh": config["p256dh"], "auth": config["auth"]}
    body = bytes(WebPusher({"endpoint": endpoint, "keys": keys}).encode(text)["body"])
    signer = Vapid02(conf={"no-strict": True})  # its strict rule knows no origin with a port
    signer.private_key = derive_private_key(int.from_bytes(private, "big"), SECP256R1())
    claims = {
        "aud": str(origin_of(endpoint)),
        "exp": int(expires_at.timestamp()),
        "sub": f"https://{urlsplit(home).netloc}",
    }
    return body, {"Authorization": str(signer.sign(claims)["Authorization"])}


def _meaning(status: int) -> Sending:
    """Return what a status means (RFC 8030 §5)."""
    if 200 <= status < 300:
        return TAKEN
    if status in _GONE:
        return Sending(Reception.GONE)
    if is_for_later(status):
        return Sending(Reception.LATER, Trouble.BUSY)
    return Sending(Reception.REFUSED, Trouble.REFUSED)


def opener(client: Client, store: Store, clock: Callable[[], datetime], home: str, row: ChannelRow) -> Push:
    """Open the channel of a row."""
    return Push(row.config, client, store, clock, home)
