"""A real node on a loopback port, and a peer with a server of its own: what the tests of the web talk to."""

import asyncio
import inspect
import itertools
import json
import threading
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import orjson
from aiohttp import web

from node.app import Edge, make_app
from node.core.drafts import opening_draft, read_terms
from node.core.intentions import read_wish
from node.folder import DATABASE_NAME, SOCKET_NAME
from node.host import bound, listening
from node.nouns import NOUNS, Noun
from node.services.ledger.clockwork import unread
from node.services.people import actors
from node.settings import Settings, load
from node.storage import deliveries, journal
from node.storage.actors import ActorRow
from node.storage.session import Session
from node.web.edge.runtime import RUNTIME, Runtime
from protocol import proofs, signatures
from protocol.actors import Actor, ActorKey, ActorKind, KeyPurpose, render_actor
from protocol.intentions import read_intention, render_intention
from protocol.keys import Algorithm, PrivateKey, ed25519_from_seed
from protocol.moves import Move, render_move
from protocol.negotiation import Event
from protocol.signatures import Request, Scheme
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT, ACTIVITY_JSON
from tests.keys import rsa_key
from tests.ports import steady_port
from tests.storage.blank import blank

PATIENCE_SECONDS = 60.0  # so long a busy machine may take; who waits longer waits for nothing
_seeds = itertools.count(1)
_numbers = itertools.count(1)


def generate(algorithm: Algorithm, *, rsa: int = 0) -> PrivateKey:
    if algorithm is Algorithm.RSA:
        return rsa_key(rsa)
    return ed25519_from_seed(next(_seeds).to_bytes(32, "big"))


def generate_next() -> Callable[[Algorithm], PrivateKey]:
    """Return what makes a node's keys: its first two actors share an RSA key, each later one is another."""
    made = itertools.count(-1)
    return lambda algorithm: generate(algorithm, rsa=max(0, next(made)) if algorithm is Algorithm.RSA else 0)


class Clock:
    """The system's time, plus what a test adds to it."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Answer:
    """What a node answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def code(self) -> str:
        return str(self.json["code"])


@dataclass
class House:
    """A running node."""

    settings: Settings
    app: web.Application
    clock: Clock
    session: aiohttp.ClientSession

    @property
    def runtime(self) -> Runtime:
        return self.app[RUNTIME]

    @property
    def origin(self) -> str:
        return self.settings.origin

    @property
    def iri(self) -> str:
        return f"{self.origin}/actors/{self.settings.handle}"

    @property
    def socket_path(self) -> Path:
        return self.settings.data / SOCKET_NAME

    async def request(
        self, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        async with self.session.request(
            method, self.origin + path, data=body, headers=headers, allow_redirects=False
        ) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **headers: str) -> Answer:
        return await self.request("GET", path, headers=headers)

    async def raw(self, text: bytes, *, seconds: float = PATIENCE_SECONDS, to_end: bool = False) -> bytes:
        """Send bytes as they are and return the first answer; with `to_end` all until the node hangs up."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.settings.port)
        try:
            writer.write(text)
            await writer.drain()
            if to_end:
                return await asyncio.wait_for(reader.read(), seconds)
            return await read_answer(reader, seconds)
        finally:
            writer.close()

    async def owner(self, method: str, path: str, body: object = None, **headers: str) -> Answer:
        """Ask the owner's API over the socket."""
        content = None if body is None else orjson.dumps(body)
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        connector = aiohttp.UnixConnector(str(self.socket_path))
        async with (
            aiohttp.ClientSession(connector=connector) as session,
            session.request(method, f"http://owner/api/v1{path}", data=content, headers=headers) as response,
        ):
            return Answer(response.status, response.headers, await response.read())

    async def token(self, *scopes: str) -> str:
        made = await self.owner("POST", "/tokens", {"name": "test", "scopes": list(scopes)})
        return str(made.json["secret"])

    async def cast(self, *audience: str, **members: Any) -> Document:
        """Cast an intention to someone; return the owner's view of it."""
        wish = {
            "name": "A trekking bike",
            "deadline": "2099-01-01T00:00:00Z",
            "currency": "EUR",
            "limit_price": "2300.00",
            "notes": "a secret of the owner",
            "audience": list(audience),
            **members,
        }
        answer = await self.owner("POST", "/intentions", wish)
        assert answer.status == 201, answer.body
        view: Document = answer.json
        return view


async def read_answer(reader: asyncio.StreamReader, seconds: float = PATIENCE_SECONDS) -> bytes:
    received = b""
    try:
        async with asyncio.timeout(seconds):
            while chunk := await reader.read(65_536):
                received += chunk
                if _is_whole(received):
                    return received
    except (TimeoutError, ConnectionError):
        return received
    return received


def _is_whole(received: bytes) -> bool:
    head, separator, body = received.partition(b"\r\n\r\n")
    if not separator:
        return False
    lengths = [line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    return bool(lengths) and len(body) >= int(lengths[0].partition(b":")[2])


def settings_for(folder: Path, **flags: Any) -> Settings:
    return load({"dev": True, "claimed": True, "data": folder, "port": steady_port(), **flags}, {}, None)


def _prepare(folder: Path) -> None:
    """Make a folder that is not there, with the file that a first start would take long to make."""
    if not folder.exists():
        folder.mkdir(mode=0o700, parents=True)
        blank(folder / DATABASE_NAME)


@asynccontextmanager
async def open_house(folder: Path, *, nouns: Sequence[Noun] = NOUNS, **flags: Any) -> AsyncIterator[House]:
    """Run a node in `folder` on a free port."""
    if nouns is NOUNS:
        _prepare(folder)
    settings, clock = settings_for(folder, **flags), Clock()
    app = make_app(settings, edge=Edge(clock=clock, generate=generate_next()), nouns=nouns)
    runner = web.AppRunner(app, shutdown_timeout=1.0)
    with bound(settings) as sockets:
        await runner.setup()
        try:
            async with listening(app, runner, settings, sockets), aiohttp.ClientSession() as session:
                yield House(settings, app, clock, session)
        finally:
            await runner.cleanup()


async def move_in(house: House, handle: str, kind: ActorKind = ActorKind.PERSON) -> None:
    """Let another actor live on a node from its next start on; no command does that yet."""
    made = generate_next()
    iri = f"{house.origin}/actors/{handle}"
    row = ActorRow(iri, handle, kind.value, handle, "", house.clock())
    await house.runtime.store.write(lambda session: actors.move_in(session, row, generate=made))


@asynccontextmanager
async def hashing_held(house: House) -> AsyncIterator[Callable[[], Any]]:
    """Hold up whatever hashes a password there; what is given waits until something does."""
    hashes, release = house.runtime.doors.hashes, threading.Event()
    held = hashes._worker.submit(release.wait)
    try:
        yield lambda: until(lambda: hashes._waiting > 0)
    finally:
        release.set()
        await asyncio.wrap_future(held)


@dataclass
class Peer:
    """An actor with a server of its own on loopback: it shows its document and takes what is delivered."""

    origin: str = ""
    name: str = "shop"
    kind: ActorKind = ActorKind.ORGANIZATION
    ed25519: PrivateKey = field(default_factory=lambda: generate(Algorithm.ED25519))
    fetches: int = 0
    inbox: list[Document] = field(default_factory=list)
    gone: bool = False
    status: int = 202
    changes: Document = field(default_factory=dict)  # how its document differs from what it should say
    files: dict[str, tuple[str, bytes]] = field(default_factory=dict)  # media type and body by path
    opened: list[str] = field(default_factory=list)  # paths of files that were asked for
    answering: int = 0
    most_at_once: int = 0
    patience: float = 0.0  # so many seconds an answer waits for another one to be asked for meanwhile
    signals: list[str | None] = field(default_factory=list)  # Sec-GPC of each request

    @property
    def iri(self) -> str:
        return f"{self.origin}/actors/{self.name}"

    @property
    def rsa_id(self) -> str:
        return f"{self.iri}#rsa-1"

    @property
    def ed25519_id(self) -> str:
        return f"{self.iri}#ed25519-1"

    @property
    def actor(self) -> Actor:
        keys = (
            ActorKey(self.rsa_id, self.iri, rsa_key(1).public, frozenset({KeyPurpose.HTTP.value})),
            ActorKey(
                self.ed25519_id,
                self.iri,
                self.ed25519.public,
                frozenset({KeyPurpose.HTTP.value, KeyPurpose.ASSERTION.value}),
            ),
        )
        return Actor(
            iri=self.iri,
            kind=self.kind,
            name=self.name.title(),
            handle=self.name,
            inbox=f"{self.iri}/inbox",
            shared_inbox=f"{self.origin}/inbox",
            outbox=None,
            followers=f"{self.iri}/followers",
            summary="",
            keys=keys,
            speaks_ed25519=True,
        )

    async def answer(self, request: web.Request) -> web.Response:
        self.answering += 1
        self.most_at_once = max(self.most_at_once, self.answering)
        try:
            await asyncio.sleep(self.patience)
            return await self._answer(request)
        finally:
            self.answering -= 1

    async def _answer(self, request: web.Request) -> web.Response:
        self.signals.append(request.headers.get("Sec-GPC"))
        if request.method == "POST":
            self.inbox.append(json.loads(await request.read()))
            return web.Response(status=self.status)
        if request.path in self.files:
            self.opened.append(request.path)
            content_type, body = self.files[request.path]
            return web.Response(body=body, content_type=content_type)
        self.fetches += 1
        if self.gone:
            return web.Response(status=410)
        return web.json_response(render_actor(self.actor) | self.changes, content_type=ACTIVITY_JSON)

    # --- what it says -----------------------------------------------------------------------------

    def activity(self, type: str, object: Any, *to: str, **members: Any) -> Document:
        return {
            "@context": ACTIVITY_CONTEXT,
            "id": f"{self.origin}/activities/{next(_numbers)}",
            "type": type,
            "actor": self.iri,
            "to": list(to),
            "object": object,
            **members,
        }

    def prove(self, document: Document, *, created: datetime | None = None) -> Document:
        return proofs.attach(
            document,
            key=self.ed25519,
            verification_method=self.ed25519_id,
            created=created or datetime.now(UTC),
        )

    def proposal(self, *to: str) -> Document:
        """Return an intention of this peer's, addressed to someone."""
        wish = {"name": "A bike", "currency": "EUR", "audience": list(to), "deadline": "2099-01-01T00:00:00Z"}
        iri = f"{self.origin}/intentions/{next(_numbers)}"
        read = read_wish(wish, iri=iri, proposer=self.iri, now=datetime.now(UTC))
        return render_intention(replace(read.intention, to=to))

    def offer(self, intention: Document, customer: str, *, amount: str = "2249.00") -> Document:
        """Return a signed Offer to an intention as it was cast to this peer."""
        number = next(_numbers)
        price = [{"kind": "oneOff", "amount": amount, "currency": "EUR", "label": "Bike"}]
        draft = read_terms({"price": price}, base=opening_draft(read_intention(intention))).draft
        move = Move(
            event=Event.OFFER,
            iri=f"{self.origin}/activities/{number}",
            actor=self.iri,
            to=(customer,),
            negotiation=f"{self.origin}/negotiations/{number}",
            answers=None,
            answers_digest=None,
            draft=draft,
            published=datetime.now(UTC),
            ends_at=datetime.now(UTC) + timedelta(days=7),
        )
        return self.prove(render_move(move))

    # --- how it says it ---------------------------------------------------------------------------

    def sign(
        self,
        url: str,
        body: bytes,
        *,
        method: str = "POST",
        now: datetime | None = None,
        scheme: Scheme = Scheme.RFC9421,
        key: PrivateKey | None = None,
        key_id: str | None = None,
    ) -> dict[str, str]:
        """Return the headers of a signed request."""
        content_type = {"content-type": ACTIVITY_JSON} if body else {}
        request = Request(method, url, list(content_type.items()), body)
        added = signatures.sign(
            request,
            scheme=scheme,
            key=key or rsa_key(1),
            key_id=key_id or self.rsa_id,
            now=now or datetime.now(UTC),
        )
        return {**content_type, **added}

    async def post(
        self, house: House, document: Document | bytes, *, path: str | None = None, **how: Any
    ) -> Answer:
        """Deliver a document to a node's inbox, signed."""
        body = document if isinstance(document, bytes) else orjson.dumps(document)
        path = path or f"/actors/{house.settings.handle}/inbox"
        headers = self.sign(house.origin + path, body, **how)
        return await house.request("POST", path, body, headers)

    async def fetch(self, house: House, iri: str, **how: Any) -> Answer:
        """Ask a node for one of its documents, signed."""
        headers = self.sign(iri, b"", method="GET", **how)
        return await house.request("GET", iri.removeprefix(house.origin), headers=headers)


@asynccontextmanager
async def open_peer(**members: Any) -> AsyncIterator[Peer]:
    """Run a peer's server on a free port."""
    peer = Peer(**members)
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", peer.answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    peer.origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        yield peer
    finally:
        await runner.cleanup()


async def at_rest(*houses: House) -> None:
    """Wait until nothing moves among these nodes: whoever reads one of them twice then reads the same.

    Each has done by itself all that follows, and what it can send now has arrived. They are asked one after
    the other, so that something may be on its way behind whoever asks: they are at rest if all are twice in
    a row, and no journal has grown between.
    """
    seen: list[object] = []

    async def are_still() -> bool:
        before = list(seen)
        seen[:] = [await house.runtime.store.read(partial(_place_of_rest, house)) for house in houses]
        return seen == before and None not in seen

    await until(are_still)


def _place_of_rest(house: House, session: Session) -> list[object] | None:
    """Return how far the journals of a node have come; None if it is not done with what they say."""
    runtime, now = house.runtime, house.clock()
    chained = journal.chained_actors(session)
    moments = [clock.next_due(session, runtime.residents) for clock in runtime.ledger.clocks.values()]
    if (
        deliveries.due_deliveries(session, now)
        or any(moment is not None and moment <= now for moment in moments)
        or any(
            unread(session, follower=follower, actor=actor)
            for follower in runtime.ledger.followers
            for actor in chained
        )
    ):
        return None
    return [journal.head(session, actor) for actor in chained]


async def until(condition: Callable[[], Any], *, seconds: float = PATIENCE_SECONDS) -> None:
    """Wait until something is the case; the condition may be one that has to be awaited."""
    for _ in range(int(seconds / 0.02)):
        verdict = condition()
        if await verdict if inspect.isawaitable(verdict) else verdict:
            return
        await asyncio.sleep(0.02)
    raise TimeoutError
