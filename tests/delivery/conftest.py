"""Peers to talk to: real servers on loopback, and the keys and clock of the node that talks to them."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from node.core.addresses import Reach
from node.delivery.client import Client
from node.delivery.directory import Directory
from node.services.acting import LocalActor, SigningKey
from node.storage.sqlite.database import SqliteStore
from protocol import signatures
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose, render_actor
from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.signatures import HttpSignature, Request
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_JSON
from tests import keys
from tests.storage.blank import blank
from tests.storage.plans import every_plan_checked

HOME = "https://home.example"
START = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


class Clock:
    """A clock that moves when told to."""

    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> datetime:
        return self.now

    def advance(self, **by: float) -> None:
        self.now += timedelta(**by)


@dataclass
class Seen:
    """A request as a peer received it."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    connection: object = None

    def header(self, name: str) -> str | None:
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)

    def signature(self, now: datetime) -> HttpSignature:
        """Read the signature as the peer would."""
        lowered = [(name.lower(), value) for name, value in self.headers]
        return signatures.read(Request(self.method, self.target, lowered, self.body), now=now)


@dataclass
class Peer:
    """A server on loopback that remembers what it was asked; `answer` decides what it says, `clock` when."""

    answer: Callable[[Seen], web.StreamResponse | Awaitable[web.StreamResponse]]
    clock: Callable[[], datetime]
    seen: list[Seen] = field(default_factory=list)
    documents: dict[str, Document] = field(default_factory=dict)
    origin: str = ""

    async def handle(self, request: web.BaseRequest) -> web.StreamResponse:
        body = await request.read()
        target = self.origin + request.raw_path
        assert request.transport is not None
        connection = request.transport.get_extra_info("peername")
        seen = Seen(request.method, target, list(request.headers.items()), body, connection)
        self.seen.append(seen)
        if request.method == "GET" and target in self.documents:
            return web.json_response(self.documents[target], content_type=ACTIVITY_JSON)
        answered = self.answer(seen)
        response = answered if isinstance(answered, web.StreamResponse) else await answered
        response.headers.setdefault("Date", format_datetime(self.clock(), usegmt=True))
        return response

    def posts(self) -> list[Seen]:
        return [seen for seen in self.seen if seen.method == "POST"]

    def gets(self, path: str = "") -> list[Seen]:
        return [seen for seen in self.seen if seen.method == "GET" and path in seen.target]


ServePeer = Callable[..., Awaitable[Peer]]


def accepted(_: Seen) -> web.Response:
    return web.Response(status=202)


@pytest.fixture
async def serve(clock: Clock) -> AsyncIterator[ServePeer]:
    """Start peers; they stop with the test."""
    servers: list[RawTestServer] = []

    async def start(answer: Callable[[Seen], web.StreamResponse] = accepted) -> Peer:
        peer = Peer(answer, clock)
        server = RawTestServer(peer.handle, host="127.0.0.1")
        await server.start_server()
        servers.append(server)
        peer.origin = str(server.make_url("")).rstrip("/")
        return peer

    yield start
    for server in servers:
        await server.close()


@pytest.fixture
async def peer(serve: ServePeer) -> Peer:
    return await serve()


@dataclass
class Canary:
    """A port on loopback that must never be connected to."""

    port: int
    hits: int = 0


@pytest.fixture
async def canary() -> AsyncIterator[Canary]:
    """Count whoever connects; the test fails at its end if anybody did."""

    def hit(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        bird.hits += 1
        writer.close()

    server = await asyncio.start_server(hit, ["127.0.0.1", "::1"], 0)
    bird = Canary(server.sockets[0].getsockname()[1])
    yield bird
    server.close()
    assert bird.hits == 0


SpeakRaw = Callable[[Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]], Awaitable[str]]


@pytest.fixture
async def speak_raw() -> AsyncIterator[SpeakRaw]:
    """Start a server that writes whatever its function writes; returns its origin."""
    servers: list[asyncio.Server] = []
    talks: set[asyncio.Task[None]] = set()

    async def start(talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]) -> str:
        async def serve_one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            talks.add(task)
            try:
                await reader.readuntil(b"\r\n\r\n")
                await talk(reader, writer)
                await writer.drain()
            except (ConnectionError, asyncio.CancelledError, asyncio.IncompleteReadError):
                pass
            finally:
                talks.discard(task)
                writer.close()

        server = await asyncio.start_server(serve_one, "127.0.0.1", 0)
        servers.append(server)
        return f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.close()
    under_way = list(talks)
    for task in under_way:
        task.cancel()
    await asyncio.gather(*under_way, return_exceptions=True)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="module")
def rsa_key() -> PrivateKey:
    return keys.rsa_key()


@pytest.fixture(scope="module")
def ed25519_key() -> PrivateKey:
    return ed25519_from_seed(bytes(range(32)))


def make_actor(iri: str, *keys: ActorKey, ed25519: bool = False, shared_inbox: str | None = None) -> Actor:
    return Actor(
        iri=iri,
        kind=ActorKind.ORGANIZATION,
        name="",
        handle=iri.rpartition("/")[2],
        inbox=f"{iri}/inbox",
        shared_inbox=shared_inbox,
        outbox=f"{iri}/outbox",
        followers=f"{iri}/followers",
        summary="",
        keys=keys,
        speaks_ed25519=ed25519,
    )


def publish(peer: Peer, actor: Actor) -> Actor:
    """Have a peer serve an actor's document."""
    peer.documents[actor.iri] = render_actor(actor)
    return actor


@pytest.fixture
def local(rsa_key: PrivateKey, ed25519_key: PrivateKey) -> LocalActor:
    """The node's own actor, with both keys."""
    iri = f"{HOME}/actors/alice"
    keys = (
        ActorKey(f"{iri}#rsa-1", iri, rsa_key.public, frozenset({KeyPurpose.HTTP})),
        ActorKey(
            f"{iri}#ed25519-1", iri, ed25519_key.public, frozenset({KeyPurpose.HTTP, KeyPurpose.ASSERTION})
        ),
    )
    return LocalActor(
        actor=make_actor(iri, *keys, ed25519=True, shared_inbox=f"{HOME}/inbox"),
        rsa=SigningKey(id=f"{iri}#rsa-1", key=rsa_key),
        ed25519=SigningKey(id=f"{iri}#ed25519-1", key=ed25519_key),
    )


@pytest.fixture
async def client(clock: Clock) -> AsyncIterator[Client]:
    """A client as in development: loopback over plain http is within reach."""
    async with Client(Reach(allow_loopback_http=True), clock=clock, user_agent="Freehold/test") as made:
        yield made


@pytest.fixture
async def production(clock: Clock) -> AsyncIterator[Client]:
    """A client as in production: https to public addresses only."""
    async with Client(Reach(), clock=clock, user_agent="Freehold/test") as made:
        yield made


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteStore]:
    opened = SqliteStore.open(blank(tmp_path / "data" / "node.db"))
    yield opened
    await opened.close()


@pytest.fixture
async def directory(
    client: Client, store: SqliteStore, clock: Clock, local: LocalActor
) -> AsyncIterator[Directory]:
    made = Directory(
        client,
        store,
        clock=clock,
        home=HOME,
        local=lambda iri: local.actor if iri == local.iri else None,
        signer=local,
    )
    yield made
    await made.close()


TlsPeer = Callable[..., Awaitable[tuple[Peer, ssl.SSLContext]]]


@pytest.fixture
async def tls_peer(tmp_path: Path) -> AsyncIterator[TlsPeer]:
    """Start peers that speak TLS with a certificate of their own, and return what has to trust it."""
    servers: list[RawTestServer] = []

    async def start(name: str, *, expired: bool = False) -> tuple[Peer, ssl.SSLContext]:
        certificate, key = make_certificate(tmp_path, name, expired=expired)
        serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        serving.load_cert_chain(certificate, key)
        peer = Peer(lambda _: web.json_response({"id": "x"}, content_type=ACTIVITY_JSON), Clock())
        server = RawTestServer(peer.handle, host="127.0.0.1", scheme="https")
        await server.start_server(ssl=serving)
        servers.append(server)
        peer.origin = f"https://localhost:{server.port}"
        return peer, ssl.create_default_context(cafile=str(certificate))

    yield start
    for server in servers:
        await server.close()


def make_certificate(folder: Path, name: str, *, expired: bool) -> tuple[Path, Path]:
    """Make a self-signed certificate for `name`, valid today unless it is to have expired."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    today = datetime.now(UTC)
    until = today - timedelta(days=1) if expired else today + timedelta(days=1)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=2))
        .not_valid_after(until)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    paths = folder / f"{name}.crt", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(Encoding.PEM))
    paths[1].write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return paths


@pytest.fixture(scope="module", autouse=True)
def plans() -> Iterator[None]:
    """No statement that these tests issue, through whatever use case, reads more as the tables grow."""
    with every_plan_checked():
        yield
