"""A server shaped like another project's, on loopback: a fake of a boundary that cannot be run here.

What it serves, says and demands is set by the fixtures in `mitra`, `gotosocial` and `mastodon`, each after a
behaviour that the project documents. It signs and verifies requests with the few lines below and not with the
node's code, so that an error of the one is not an error of the other.

Sources: draft-cavage-http-signatures-12; RFC 9421 §2.5 and §3.3; RFC 9530.
"""

import hashlib
import itertools
import re
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.utils import formatdate
from functools import cache
from typing import Any, Final
from urllib.parse import urlsplit

import aiohttp
import base58
import orjson
from aiohttp import web
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_JSON, JRD_JSON, LD_JSON_ACTIVITYSTREAMS
from tests.ports import steady_port
from tests.web.house import Answer, House

CAVAGE: Final = "draft-cavage-12"
RFC9421: Final = "rfc9421"
UNSIGNED: Final = "unsigned"

PrivateRsa = rsa.RSAPrivateKey


@cache
def rsa_secret(number: int = 0) -> PrivateRsa:
    """Return one of a few RSA keys."""
    del number
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


def pem(secret: PrivateRsa) -> str:
    """Write a public key the way every server of the fediverse does."""
    spki = serialization.PublicFormat.SubjectPublicKeyInfo
    return secret.public_key().public_bytes(serialization.Encoding.PEM, spki).decode()


def multibase(secret: PrivateRsa | ed25519.Ed25519PrivateKey) -> str:
    """Write a public key as Multikeys do (FEP-521a)."""
    if isinstance(secret, PrivateRsa):
        pkcs1 = serialization.PublicFormat.PKCS1
        raw = b"\x85\x24" + secret.public_key().public_bytes(serialization.Encoding.DER, pkcs1)
    else:
        raw = b"\xed\x01" + secret.public_key().public_bytes_raw()
    return "z" + base58.b58encode(raw).decode()


def sign_cavage(
    method: str, url: str, body: bytes, *, secret: PrivateRsa, key_id: str, algorithm: str
) -> dict[str, str]:
    """Sign a request as draft-cavage-12 has it: `(request-target) host date`, and `digest` with a body."""
    parts = urlsplit(url)
    target = parts.path + (f"?{parts.query}" if parts.query else "")
    lines = {
        "(request-target)": f"{method.lower()} {target}",
        "host": parts.netloc,
        "date": formatdate(usegmt=True),
    }
    if body:
        lines["digest"] = "SHA-256=" + b64encode(hashlib.sha256(body).digest()).decode()
    text = "\n".join(f"{name}: {value}" for name, value in lines.items())
    signature = b64encode(secret.sign(text.encode(), padding.PKCS1v15(), SHA256())).decode()
    covered = " ".join(lines)
    header = f'keyId="{key_id}",algorithm="{algorithm}",headers="{covered}",signature="{signature}"'
    sent = {name.title(): value for name, value in lines.items() if name not in ("(request-target)", "host")}
    return {**sent, "Signature": header}


@dataclass(frozen=True)
class Signed:
    """What a request claims: the scheme, the key, and the text that was signed with it."""

    scheme: str
    key_id: str
    text: bytes
    signature: bytes


def read_signed(request: web.Request, url: str) -> Signed | None:
    """Read the signature of a request as it came; None if there is none."""
    headers = request.headers
    if "Signature-Input" in headers:
        label, _, parameters = headers["Signature-Input"].partition("=")
        components = re.findall(r'"([^"]+)"', parameters.partition(")")[0])
        (key_id,) = re.findall(r'keyid="([^"]+)"', parameters)
        values = {"@method": request.method, "@target-uri": url}
        lines = [f'"{name}": {values.get(name) or headers[name]}' for name in components]
        text = "\n".join([*lines, f'"@signature-params": {parameters}'])
        (encoded,) = re.findall(rf"{label}=:([^:]+):", headers["Signature"])
        return Signed(RFC9421, key_id, text.encode(), b64decode(encoded))
    if "Signature" not in headers:
        return None
    members = dict(re.findall(r'(\w+)="([^"]*)"', headers["Signature"]))
    values = {"(request-target)": f"{request.method.lower()} {request.path_qs}"}
    lines = [f"{name}: {values.get(name) or headers[name]}" for name in members["headers"].split()]
    return Signed(CAVAGE, members["keyId"], "\n".join(lines).encode(), b64decode(members["signature"]))


def covers(signed: Signed, method: str) -> bool:
    """Tell whether a signature covers what servers demand: the target, and for a post the body's digest."""
    text = signed.text.decode()
    demanded = {
        RFC9421: ['"@method": ', '"@target-uri": ', *(['"content-digest": '] if method == "POST" else [])],
        CAVAGE: ["(request-target): ", "host: ", "date: ", *(["digest: "] if method == "POST" else [])],
    }
    return all(part in text for part in demanded[signed.scheme])


def has_digest(request: web.Request, body: bytes) -> bool:
    """Tell whether the digest that a post carries is that of its body."""
    digest = b64encode(hashlib.sha256(body).digest()).decode()
    stated = request.headers.get("Content-Digest", "") + request.headers.get("Digest", "")
    return f":{digest}:" in stated or f"SHA-256={digest}" in stated


def verifies(signed: Signed, owner: Document) -> bool:
    """Tell whether a key that the owner's document lists made a signature."""
    for node in [*_many(owner.get("publicKey")), *_many(owner.get("assertionMethod"))]:
        if node["id"] == signed.key_id:
            try:
                _verify(signed, node)
            except InvalidSignature:
                return False
            return True
    return False


def _verify(signed: Signed, node: Document) -> None:
    if "publicKeyPem" in node:
        public = serialization.load_pem_public_key(node["publicKeyPem"].encode())
        assert isinstance(public, rsa.RSAPublicKey)
        public.verify(signed.signature, signed.text, padding.PKCS1v15(), SHA256())
    else:
        raw = base58.b58decode(node["publicKeyMultibase"][1:])[2:]
        ed25519.Ed25519PublicKey.from_public_bytes(raw).verify(signed.signature, signed.text)


def _many(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


@dataclass(frozen=True)
class Seen:
    """A request that came: what for, how it was signed, and how it was answered."""

    method: str
    path: str
    scheme: str
    status: int


@dataclass
class Foreign:
    """A foreign server and one actor on it.

    `actor_path` and `key_suffix` are how the project makes addresses, `algorithm` what it calls its
    signatures, `takes` the schemes it verifies, `refused` the types of activity that it does not take, each
    with its status. With `guarded`, every GET has to be signed, but for the paths in `open_pages`.
    """

    actor_path: str
    key_suffix: str
    algorithm: str
    takes: frozenset[str] = frozenset({CAVAGE, RFC9421})
    guarded: bool = False
    open_pages: set[str] = field(default_factory=set)
    secret: PrivateRsa = field(default_factory=rsa_secret)
    proving: ed25519.Ed25519PrivateKey = field(default_factory=ed25519.Ed25519PrivateKey.generate)
    origin: str = ""
    pages: dict[str, Document | int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)
    inbox: list[Document] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @property
    def iri(self) -> str:
        return self.origin + self.actor_path

    @property
    def key_id(self) -> str:
        return self.iri + self.key_suffix

    @property
    def authority(self) -> str:
        return self.origin.removeprefix("http://")

    def mint(self, path: str) -> str:
        """Return a new address of this server."""
        return f"{self.origin}/{path}/{next(self._numbers)}"

    def sign(self, method: str, url: str, body: bytes = b"") -> dict[str, str]:
        """Return the fields of a signed request, signed the way the project signs."""
        return sign_cavage(
            method, url, body, secret=self.secret, key_id=self.key_id, algorithm=self.algorithm
        )

    async def deliver(self, house: House, activity: Document, **signing: Any) -> Answer:
        """Post an activity to a node's owner, signed as the project signs."""
        body, path = orjson.dumps(activity), f"/actors/{house.settings.handle}/inbox"
        fields = self.sign("POST", house.origin + path, body) | signing
        return await house.request("POST", path, body, {"Content-Type": ACTIVITY_JSON, **fields})

    async def fetch(self, house: House, iri: str) -> Answer:
        """Ask a node for a document, signed as the project signs."""
        fields = {"Accept": LD_JSON_ACTIVITYSTREAMS, **self.sign("GET", iri)}
        return await house.request("GET", iri.removeprefix(house.origin), headers=fields)

    def asked(self, path: str) -> list[tuple[str, int]]:
        """Return how each GET of a path was signed and answered."""
        return [(seen.scheme, seen.status) for seen in self.seen if (seen.method, seen.path) == ("GET", path)]

    def posted(self) -> list[tuple[str, int]]:
        """Return how each delivery was signed and answered."""
        return [(seen.scheme, seen.status) for seen in self.seen if seen.method == "POST"]

    async def answer(self, request: web.Request) -> web.Response:
        """Answer as the project does: with a page, or with 202 to a delivery that verifies."""
        body = await request.read()
        signed = read_signed(request, self.origin + request.path_qs)
        response = await self._answer(request, body, signed)
        scheme = signed.scheme if signed else UNSIGNED
        self.seen.append(Seen(request.method, request.path, scheme, response.status))
        return response

    async def _answer(self, request: web.Request, body: bytes, signed: Signed | None) -> web.Response:
        if request.method == "POST":
            if not has_digest(request, body) or not await self._is_verified(request, signed):
                return web.Response(status=401)
            self.inbox.append(orjson.loads(body))
            return web.Response(status=self.refused.get(self.inbox[-1]["type"], 202))
        page = self.pages.get(request.path, 404)
        free = not self.guarded or request.path in self.open_pages or request.path.startswith("/.well-known/")
        if not free and not await self._is_verified(request, signed):
            return web.Response(status=401)
        if isinstance(page, int):
            return web.Response(status=page)
        media_type = JRD_JSON if request.path.startswith("/.well-known/") else ACTIVITY_JSON
        return web.Response(body=orjson.dumps(page), content_type=media_type)

    async def _is_verified(self, request: web.Request, signed: Signed | None) -> bool:
        """Look the key's owner up, as servers do, and check the signature with the key it lists."""
        if signed is None or signed.scheme not in self.takes or not covers(signed, request.method):
            return False
        url = signed.key_id.partition("#")[0]
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers={"Accept": ACTIVITY_JSON, **self.sign("GET", url)}) as response,
        ):
            owner: Document = orjson.loads(await response.read())
        return verifies(signed, owner)


@asynccontextmanager
async def serving(foreign: Foreign) -> AsyncIterator[Foreign]:
    """Run a foreign server on a free port."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", foreign.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    port = steady_port()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    foreign.origin = f"http://127.0.0.1:{port}"
    try:
        yield foreign
    finally:
        await runner.cleanup()
