"""A push service in small, on loopback: takes what is posted, and reads it as the browser would."""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import http_ece
from aiohttp import web
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from tests.ports import steady_port


def unpadded(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()


def padded(text: str) -> bytes:
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))


@dataclass
class Posted:
    """One message as it was posted."""

    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass
class PushService:
    """Takes messages for browsers whose keys it has, which a real one does not."""

    origin: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = b"sixteen bytes : "
    posted: list[Posted] = field(default_factory=list)
    answers: list[tuple[int, Mapping[str, str]]] = field(default_factory=list)
    """What it answers next; 201 when there is nothing."""

    def subscription(self, name: str) -> str:
        """Return what a browser of this name says of its subscription."""
        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        keys = {"p256dh": unpadded(point), "auth": unpadded(self.auth)}
        return json.dumps({"endpoint": f"{self.origin}/p/{name}", "expirationTime": None, "keys": keys})

    def read(self, posted: Posted) -> Any:
        """Decrypt a message (RFC 8291)."""
        plain = http_ece.decrypt(
            posted.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"
        )
        return json.loads(plain)

    async def take(self, request: web.Request) -> web.Response:
        self.posted.append(Posted(request.path, request.headers.copy(), await request.read()))
        status, headers = self.answers.pop(0) if self.answers else (201, {})
        return web.Response(status=status, headers=headers)


def vapid(posted: Posted) -> tuple[dict[str, Any], str]:
    """Check who sent a message (RFC 8292); return the claims and the public key."""
    scheme, _, said = posted.headers["Authorization"].partition(" ")
    assert scheme == "vapid"
    parts = dict(part.split("=", 1) for part in said.split(","))
    signed, _, signature = parts["t"].rpartition(".")
    raw = padded(signature)
    assert len(raw) == 64
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), padded(parts["k"]))
    numbers = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
    key.verify(encode_dss_signature(*numbers), signed.encode(), ec.ECDSA(hashes.SHA256()))
    header, claims = (json.loads(padded(part)) for part in signed.split("."))
    assert header["alg"] == "ES256"
    return claims, parts["k"]


@asynccontextmanager
async def push_service() -> AsyncIterator[PushService]:
    """Run a push service until the end of the block."""
    port = steady_port()
    service = PushService(f"http://127.0.0.1:{port}")
    app = web.Application()
    app.router.add_post("/p/{name}", service.take)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield service
    finally:
        await runner.cleanup()
