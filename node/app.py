"""The node put together: the one place where settings, storage, services, network and web meet.

`make_app` builds the application, whose clean-up context opens and closes everything it needs; `serve` runs
it on its port and on the owner's socket until it is told to stop. Rules here: one process per data folder;
what was opened is closed in the opposite order, whatever happens; a stop lets running requests end first.
"""

import asyncio
import gc
import os
import resource
import signal
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final, cast

import structlog
from aiohttp import web

from node import folder, observability, randomness
from node.core.addresses import Reach
from node.core.retries import GONE_STATUSES
from node.delivery.client import Client
from node.delivery.directory import Directory
from node.delivery.settlements import Books, plain_books
from node.delivery.worker import Worker
from node.services.acting import Limits, LocalActor, Residents
from node.services.ledger.clockwork import Clockwork
from node.services.outbox import deliveries
from node.services.outbox.trimming import trim
from node.services.people import actors
from node.settings import Settings
from node.storage import cache, tokens
from node.storage.actors import list_actors
from node.storage.deliveries import DeliveryRow, DeliveryState, forget_origins
from node.storage.errors import StorageUnavailable
from node.storage.locks import FolderLock
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.store import Store
from node.web.api import owner
from node.web.edge import connections
from node.web.edge.gate import gate
from node.web.edge.probes import Operations
from node.web.federation import discovery, documents, inbox
from node.web.runtime import RUNTIME, Phase, Runtime
from protocol.actors import Actor, ActorKind
from protocol.canonical import canonicalise
from protocol.iris import origin as origin_of
from protocol.iris import same_origin
from protocol.keys import Algorithm, PrivateKey
from protocol.strictjson import Document

SOCKET_NAME: Final = "owner.sock"
BACKLOG: Final = (
    512  # connections the system holds while we are busy; more than may be inside would only wait
)

_TIDY_EVERY_SECONDS: Final = 3_600.0
_ANSWERS_KEPT: Final = timedelta(days=1)  # a program that repeats a request does so within minutes
_ORIGINS_KEPT: Final = timedelta(days=30)
_LONGEST_SOCKET_PATH: Final = 100  # bytes; sun_path holds 104 on macOS and 108 on Linux
_SHOWN_BYTES: Final = 2_000  # of a peer's answer to a hand-made activity

log = structlog.get_logger(__name__)


class AddressError(Exception):
    """The node cannot listen where it should; `detail` says why and `hint` what to do."""

    def __init__(self, detail: str, *, hint: str) -> None:
        super().__init__(f"{detail} {hint}")
        self.detail, self.hint = detail, hint


def utc_now() -> datetime:
    """Return the system's time."""
    return datetime.now(UTC)


# --- the application -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edge:
    """Where time and new keys come from."""

    clock: Callable[[], datetime] = utc_now
    generate: Callable[[Algorithm], PrivateKey] = randomness.new_key


def make_app(settings: Settings, *, edge: Edge = Edge()) -> web.Application:
    """Return the node as an application; while it runs, `app[RUNTIME]` is its inside.

    Raises, when it starts:
        AddressError: the folder's actors live at another origin. FolderError: it is not ours alone.
        Locked: another process works in it.
    """
    app = web.Application(middlewares=[gate])
    operations = Operations()
    app.add_routes(
        [
            web.get("/livez", operations.livez),
            web.get("/readyz", operations.readyz),
            web.get("/metrics", operations.metrics),
            *inbox.ROUTES,
            *discovery.ROUTES,
            *documents.ROUTES,
            *owner.routes(),
        ]
    )
    app.cleanup_ctx.append(partial(_live, settings=settings, edge=edge))
    return app


async def _live(app: web.Application, *, settings: Settings, edge: Edge) -> AsyncIterator[None]:
    """Open everything, let the application run, and close everything."""
    os.umask(0o077)
    for name in folder.prepare(settings.data):
        log.warning("closed to other users", name=name)
    async with AsyncExitStack() as stack:
        stack.enter_context(FolderLock(settings.data))
        store = SqliteStore.open(settings.data / folder.DATABASE_NAME)
        stack.push_async_callback(store.close)
        runtime = await _furnish(stack, store, settings, edge)
        app[RUNTIME] = runtime
        _settle_memory()
        runtime.phase = Phase.READY
        yield
        runtime.drain()


def _settle_memory() -> None:
    """Tell the collector that what was made by now stays, and to look less often at what comes and goes.

    An activity makes some thousand short-lived objects and hardly a cycle.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)


async def _furnish(stack: AsyncExitStack, store: Store, settings: Settings, edge: Edge) -> Runtime:
    """Make the actors, the network and the loops that run by themselves, and tie them together."""
    server, owners = await _load_actors(store, settings, edge)
    residents = _desks(settings, owners, edge.clock)
    client = _client(settings, edge.clock)
    stack.push_async_callback(client.close)
    signer_of = partial(_local, owners, server)
    directory = Directory(
        client,
        store,
        clock=edge.clock,
        home=settings.origin,
        local=lambda iri: _actor(signer_of(iri)),
        signer=server,
    )
    stack.push_async_callback(directory.close)
    worker = Worker(
        store,
        client,
        directory,
        signer_of=signer_of,
        clock=edge.clock,
        jitter=randomness.jitter,
        books=_books(edge.clock),
    )
    worker.start()
    stack.push_async_callback(worker.stop, settings.drain_seconds)
    runtime = Runtime(
        settings=settings,
        store=store,
        residents=residents,
        server=server,
        directory=directory,
        post=_postman(client),
        wake=worker.wake,
        clock=edge.clock,
        generate=edge.generate,
        owners=owners,
    )
    clockwork = Clockwork(store, residents, queued=worker.wake)
    await stack.enter_async_context(_running(clockwork.run()))
    await stack.enter_async_context(_running(_tidy_for_ever(runtime)))
    return runtime


def _client(settings: Settings, clock: Callable[[], datetime]) -> Client:
    return Client(
        Reach(allow_loopback_http=settings.dev),
        clock=clock,
        user_agent=f"freehold/{discovery.software_version()} (+{settings.origin}/actor)",
    )


async def _load_actors(
    store: Store, settings: Settings, edge: Edge
) -> tuple[LocalActor, dict[str, LocalActor]]:
    newcomer = actors.Newcomer(
        handle=settings.handle,
        name=settings.name or settings.handle,
        kind=ActorKind(settings.kind.capitalize()),
    )
    now = edge.clock()

    def load(session: Session) -> tuple[LocalActor, dict[str, LocalActor]]:
        _check_origin(session, settings.origin)
        actors.ensure(session, newcomer, origin=settings.origin, now=now, generate=edge.generate)
        return actors.load_server(session, now=now), actors.load_owners(session, now=now)

    return await store.write(load)


def _check_origin(session: Session, origin: str) -> None:
    """Refuse to speak for actors that live elsewhere: their addresses stand in what was signed."""
    for row in list_actors(session):
        if not same_origin(row.iri, f"{origin}/"):
            raise AddressError(
                f"The node in this data folder lives at {origin_of(row.iri)}.",
                hint="Set origin to that, or start a new node in another folder.",
            )


def _desks(settings: Settings, owners: dict[str, LocalActor], clock: Callable[[], datetime]) -> Residents:
    return Residents(
        owners=owners,
        clock=clock,
        origin=settings.origin,
        new_id=randomness.new_id,
        salt=randomness.new_salt,
        limits=Limits(
            rounds=settings.max_rounds,
            open_offers_per_peer=settings.max_open_per_peer,
            offers_per_intention=settings.offers_per_intention_per_peer,
            messages_per_offer=settings.messages_per_offer,
            clock_skew_seconds=settings.clock_skew_seconds,
        ),
        countersigns=settings.countersign == "auto",
    )


def _local(owners: dict[str, LocalActor], server: LocalActor, iri: str) -> LocalActor | None:
    return next((local for local in (*owners.values(), server) if local.iri == iri), None)


def _actor(local: LocalActor | None) -> Actor | None:
    return None if local is None else local.actor


def _books(clock: Callable[[], datetime]) -> Books:
    """Return the books in which a refused move is also taken back from its negotiation."""

    def delivered(session: Session, row: DeliveryRow, status: int) -> None:
        deliveries.delivered(session, row, now=clock(), status=status)

    def refused(session: Session, row: DeliveryRow, status: int | None, detail: str) -> None:
        now = clock()
        gone = status if status in GONE_STATUSES else None
        state = DeliveryState.REFUSED if gone is None else DeliveryState.GONE
        deliveries.refused(session, row, now=now, status=status, detail=detail, state=state)
        if gone is not None:
            deliveries.abandon(session, row, now=now, status=gone, detail=detail)

    return Books(delivered, refused, plain_books(clock).retry)


def _postman(client: Client) -> Callable[..., Coroutine[Any, Any, tuple[int, str]]]:
    async def post(*, sender: LocalActor, inbox: str, activity: Document) -> tuple[int, str]:
        answer = await client.post(inbox, body=canonicalise(activity), signer=sender)
        return answer.status, answer.body[:_SHOWN_BYTES].decode("utf-8", "replace")

    return post


@asynccontextmanager
async def _running(loop: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Keep a loop running beside the rest, and cancel it at the end."""
    task = asyncio.create_task(loop)
    task.add_done_callback(_report)
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait([task])


def _report(task: asyncio.Task[None]) -> None:
    """Log a loop that ended by itself: it should not have."""
    if not task.cancelled() and task.exception() is not None:
        log.error("a loop of the node failed", exc_info=task.exception())


async def _tidy_for_ever(runtime: Runtime) -> None:
    """Forget now and then what has served its time, and let keys end whose time has come."""
    while True:
        with suppress(StorageUnavailable):  # whoever has something to keep will hear of it
            await runtime.store.write(partial(_tidy, now=runtime.clock()))
            await trim(runtime.store, runtime.clock(), days=runtime.settings.deliveries_kept_days)
        await asyncio.sleep(_TIDY_EVERY_SECONDS)
        await runtime.reload_owners()


def _tidy(session: Session, now: datetime) -> None:
    tokens.forget_answers(session, before=now - _ANSWERS_KEPT)
    cache.purge_replays(session, now)
    cache.trim_remote_actors(session)
    forget_origins(session, before=now - _ORIGINS_KEPT)


# --- the process -----------------------------------------------------------------------------------


def serve(settings: Settings, *, on_ready: Callable[[], object] = lambda: None) -> None:
    """Run a node until SIGTERM or SIGINT, then let running requests end and return.

    `on_ready` is called once, when requests are answered.

    Raises:
        AddressError, FolderError: it cannot start. Locked: another process works in the data folder.
    """
    observability.configure(settings.log_level, form=settings.log_format)
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a core dump would hold the private keys
    connections.make_room(settings.connections)
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        runner.run(run(settings, on_ready=on_ready))


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop
    except ImportError:  # no wheel for this platform: the standard loop does the same, slower
        return None
    return uvloop.new_event_loop


async def run(settings: Settings, *, on_ready: Callable[[], object] = lambda: None) -> None:
    """Run a node on the current event loop until SIGTERM or SIGINT. Raises: as `serve`."""
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, lambda: hurry.set() if stop.is_set() else stop.set())
    app = make_app(settings)
    runner = web.AppRunner(app, shutdown_timeout=1.0)  # requests have had their time in `_drain`
    try:
        await runner.setup()
        async with listening(app, runner, settings):
            log.info("ready", origin=settings.origin, port=settings.port, data=str(settings.data))
            on_ready()
            await stop.wait()
            log.info("draining", running=app[RUNTIME].running)
            await _drain(app[RUNTIME], hurry, settings.drain_seconds)
    finally:
        await runner.cleanup()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(number)
    log.info("stopped")


async def _drain(runtime: Runtime, hurry: asyncio.Event, seconds: float) -> None:
    """Refuse new requests and wait for the running ones, at most for some seconds or until told to hurry."""
    runtime.drain()
    waits = [asyncio.create_task(event.wait()) for event in (runtime.idle, hurry)]
    _, left = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in left:
        wait.cancel()


@asynccontextmanager
async def listening(app: web.Application, runner: web.AppRunner, settings: Settings) -> AsyncIterator[None]:
    """Listen on the node's port and on the owner's socket.

    Raises:
        AddressError: one of them cannot be had.
    """
    server = cast("web.Server", runner.server)  # there is one since `setup`
    connect = connections.factory(server, door=app[RUNTIME].door, idle_seconds=settings.idle_seconds)
    path = settings.data / SOCKET_NAME
    loop = asyncio.get_running_loop()
    if len(os.fsencode(path)) > _LONGEST_SOCKET_PATH:
        raise AddressError("The path of the data folder is too long for a socket.", hint="Use a shorter one.")
    try:
        tcp = await loop.create_server(connect, settings.host, settings.port, backlog=BACKLOG)
    except OSError as error:
        raise AddressError(
            f"Port {settings.port} cannot be listened on: {error.strerror}.",
            hint="Stop what uses it, or choose another port.",
        ) from error
    path.unlink(missing_ok=True)  # left over from a node that was killed; the folder's lock is ours
    unix = await loop.create_unix_server(connect, str(path), backlog=BACKLOG)
    path.chmod(folder.PRIVATE_FILE)
    try:
        yield
    finally:
        tcp.close()
        unix.close()
        path.unlink(missing_ok=True)
