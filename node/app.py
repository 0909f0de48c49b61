"""The node put together: the one place where settings, storage, services, network and web meet.

`make_app` builds the application, whose clean-up context opens and closes everything it needs; `node.host`
runs it as a process. Rules here: one process per data folder; what was opened is closed in the opposite
order, whatever happens; nothing is global, so a process may open as many nodes as it likes.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog
from aiohttp import web

from node import __version__, folder, randomness
from node.core.addresses import Reach
from node.core.identities import contradiction
from node.core.quotas import PERIOD, Quotas
from node.delivery.client import Client
from node.delivery.directory import Directory
from node.delivery.envelopes.activities import Activities
from node.delivery.trust import check_authorities
from node.delivery.worker import Worker
from node.folder import FolderError
from node.nouns import NOUNS, Noun, components_of, ledger_of, migrations_of, operations_of
from node.services.access import claims, sessions
from node.services.access.claims import ClaimDesk
from node.services.acting import Limits, LocalActor, Record, Residents
from node.services.ledger import broadcast
from node.services.ledger.broadcast import Broadcast
from node.services.ledger.chapters import Ledger
from node.services.ledger.clockwork import Clockwork
from node.services.ledger.recording import recorder
from node.services.outbox.trimming import trim
from node.services.people import actors
from node.settings import Settings, given
from node.storage import cache, editions, tokens
from node.storage.deliveries import ACTIVITY, CONCLUSION, forget_origins
from node.storage.errors import StorageError, StorageUnavailable
from node.storage.journal import last_number
from node.storage.locks import FolderLock
from node.storage.quotas import forget_uses
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.store import Store
from node.supervisor import Supervisor
from node.web.api import owner
from node.web.edge import streams
from node.web.edge.gate import gate
from node.web.edge.pages import REFUSALS
from node.web.edge.probes import Operations
from node.web.edge.runtime import RUNTIME, Phase, Runtime
from node.web.federation import discovery, documents, inbox
from node.web.pages import errors, pages
from protocol.actors import Actor, ActorKind
from protocol.canonical import canonicalise
from protocol.keys import Algorithm, PrivateKey
from protocol.strictjson import Document

_TIDY_EVERY_SECONDS: Final = 3_600.0
_KEEP_EVERY_SECONDS: Final = 180.0
_ANSWERS_KEPT: Final = timedelta(days=1)  # a program that repeats a request does so within minutes
_ORIGINS_KEPT: Final = timedelta(days=30)
_SHOWN_BYTES: Final = 2_000  # of a peer's answer to a hand-made activity

log = structlog.get_logger(__name__)


def utc_now() -> datetime:
    """Return the system's time."""
    return datetime.now(UTC)


# --- the application -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Edge:
    """Where time and new keys come from, and how many connections the process has room for."""

    clock: Callable[[], datetime] = utc_now
    generate: Callable[[Algorithm], PrivateKey] = randomness.new_key
    connections: int = sys.maxsize


def make_app(settings: Settings, *, edge: Edge = Edge(), nouns: Sequence[Noun] = NOUNS) -> web.Application:
    """Return the node as an application; while it runs, `app[RUNTIME]` is its inside.

    Raises, when it starts:
        AuthoritiesError: `ca_file` cannot be used.
        FolderError: the folder is not ours alone, or its actors live at another origin.
        Locked: another process works in it.
    """
    app = web.Application(middlewares=[gate])
    operations = Operations()
    app.add_routes(
        [
            *pages.routes(develops=settings.dev),
            web.get("/livez", operations.livez),
            web.get("/readyz", operations.readyz),
            web.get("/metrics", operations.metrics),
            *inbox.ROUTES,
            *discovery.ROUTES,
            *documents.ROUTES,
            *owner.routes(operations_of(nouns), components_of(nouns)),
        ]
    )
    app[REFUSALS] = errors.answer
    app.cleanup_ctx.append(partial(_live, settings=settings, edge=edge, nouns=nouns))
    return app


async def _live(
    app: web.Application, *, settings: Settings, edge: Edge, nouns: Sequence[Noun]
) -> AsyncIterator[None]:
    """Open everything, let the application run, and close everything."""
    check_authorities(settings.ca_file)
    for name in folder.prepare(settings.data):
        log.warning("closed to other users", name=name)
    if settings.links:
        log.warning("variables passed over that a platform sets for its services", names=settings.links)
    async with AsyncExitStack() as stack:
        lock = stack.enter_context(FolderLock(settings.data))
        store = SqliteStore.open(settings.data / folder.DATABASE_NAME, more=migrations_of(nouns))
        stack.push_async_callback(store.close)
        runtime = await _furnish(stack, store, settings, edge, ledger_of(nouns), lock)
        app[RUNTIME] = runtime
        runtime.phase = Phase.READY
        yield
        runtime.drain()


async def _furnish(
    stack: AsyncExitStack, store: Store, settings: Settings, edge: Edge, ledger: Ledger, lock: FolderLock
) -> Runtime:
    """Make the actors, the network and the loops that run by themselves, and tie them together."""
    server, owners = await _settle(stack, store, settings, edge, lock)
    residents = _residents(settings, owners, edge.clock, recorder(ledger))
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
    carried = dict.fromkeys((ACTIVITY, CONCLUSION), Activities(directory, signer_of, residents.record))
    worker = Worker(store, client, carried, clock=edge.clock, jitter=randomness.jitter)
    last, edition = await store.read(broadcast.start)
    supervisor = Supervisor()
    runtime = Runtime(
        settings=settings,
        store=store,
        residents=residents,
        ledger=ledger,
        server=server,
        directory=directory,
        post=_postman(client),
        wake=worker.wake,
        clock=edge.clock,
        generate=edge.generate,
        broadcast=Broadcast(store, partial(streams.render, ledger=ledger, edition=edition), after=last),
        owners=owners,
        supervisor=supervisor,
        claims=ClaimDesk(await store.write(partial(_is_claimed, settings=settings, now=edge.clock()))),
        room=edge.connections,
    )
    stack.push_async_callback(_stop, worker, runtime)
    stack.push_async_callback(supervisor.stop)
    _keep_running(supervisor, runtime, worker, lock)
    return runtime


def _is_claimed(session: Session, *, settings: Settings, now: datetime) -> bool:
    return claims.settle(session, by_setting=settings.claimed, now=now)


def _keep_running(supervisor: Supervisor, runtime: Runtime, worker: Worker, lock: FolderLock) -> None:
    """Start what runs by itself for as long as the node does."""
    clockwork = Clockwork(runtime.store, runtime.residents, runtime.ledger, queued=worker.wake)
    supervisor.keep("deliveries", worker.run)
    supervisor.keep("clockwork", clockwork.run)
    supervisor.keep("broadcast", runtime.broadcast.run)
    supervisor.keep("tidying", partial(_tidy_for_ever, runtime))
    supervisor.keep("keeping", partial(_keep_for_ever, runtime.store, lock))


def _client(settings: Settings, clock: Callable[[], datetime]) -> Client:
    return Client(
        Reach(allow_loopback_http=settings.dev, allowed=settings.allowed_networks),
        clock=clock,
        user_agent=f"freehold/{__version__} (+{settings.origin}/actor)",
        authorities=settings.ca_file,
    )


async def _stop(worker: Worker, runtime: Runtime) -> None:
    await worker.stop(runtime.grace_seconds)


async def _settle(
    stack: AsyncExitStack, store: Store, settings: Settings, edge: Edge, lock: FolderLock
) -> tuple[LocalActor, dict[str, LocalActor]]:
    """Find out who lives here, or let somebody move in, and keep that beyond doubt."""
    found = await _load_actors(store, settings, edge, known_to=lock.entry or 0)
    if lock.entry is None:
        await _keep(store, lock)  # who the node is, is in the file itself before anybody hears of it
    stack.push_async_callback(_note, store, lock)
    return found


async def _load_actors(
    store: Store, settings: Settings, edge: Edge, *, known_to: int
) -> tuple[LocalActor, dict[str, LocalActor]]:
    """Make the actors if there are none, and load them; `known_to` is how far the journal went once."""
    newcomer = actors.Newcomer(
        handle=settings.handle,
        name=settings.name or settings.handle,
        kind=ActorKind(settings.kind.capitalize()),
    )
    now = edge.clock()

    def load(session: Session) -> tuple[LocalActor, dict[str, LocalActor]]:
        _check_identity(session, settings)
        entries = last_number(session)
        if entries < known_to:
            log.warning("an older database was put in place of the last one", entries=entries, had=known_to)
        if entries < known_to or not editions.current_edition(session):
            editions.begin_edition(session, randomness.new_id("ed"), at=now)
        actors.ensure(session, newcomer, origin=settings.origin, now=now, generate=edge.generate)
        return actors.load_server(session, now=now), actors.load_owners(session, now=now)

    return await store.write(load)


def _check_identity(session: Session, settings: Settings) -> None:
    """Refuse settings that name somebody else than who lives here.

    Raises:
        FolderError: they do.
    """
    known = actors.identity(session)
    if known is None:
        return
    handle, kind = (given(settings, key) for key in ("handle", "kind"))
    wrong = contradiction(known, origin=settings.origin, handle=handle, kind=kind)
    if wrong is not None:
        hint = f"Set {wrong.key} to {wrong.holds}, or start a new node in another folder."
        raise FolderError(wrong.reason, hint=hint)
    if given(settings, "name") not in {None, "", known.name}:
        log.warning("name is set by the first start only", instead="freehold profile rename")


def _residents(
    settings: Settings, owners: dict[str, LocalActor], clock: Callable[[], datetime], record: Record
) -> Residents:
    return Residents(
        owners=owners,
        clock=clock,
        origin=settings.origin,
        new_id=randomness.new_id,
        salt=randomness.new_salt,
        limits=limits_of(settings),
        record=record,
        countersigns=settings.countersign == "auto",
        acceptance_holds=timedelta(hours=settings.acceptance_holds_hours),
    )


def limits_of(settings: Settings) -> Limits:
    """Return the bounds on peers that the settings set."""
    return Limits(
        rounds=settings.max_rounds,
        open_offers_per_peer=settings.max_open_per_peer,
        offers_per_intention=settings.offers_per_intention_per_peer,
        offers_per_origin=settings.offers_per_intention_per_origin,
        open_per_intention=settings.max_open_per_intention,
        messages_per_offer=settings.messages_per_offer,
        clock_skew_seconds=settings.clock_skew_seconds,
        quotas=Quotas(
            stranger=settings.kept_per_stranger_bytes,
            answered=settings.kept_per_peer_bytes,
            partner=settings.kept_per_partner_bytes,
            origin=settings.kept_per_origin_bytes,
            partners=settings.kept_of_partners_per_origin_bytes,
            strangers=settings.kept_of_strangers_bytes,
        ),
    )


def _local(owners: dict[str, LocalActor], server: LocalActor, iri: str) -> LocalActor | None:
    return next((local for local in (*owners.values(), server) if local.iri == iri), None)


def _actor(local: LocalActor | None) -> Actor | None:
    return None if local is None else local.actor


def _postman(client: Client) -> Callable[..., Coroutine[Any, Any, tuple[int, str]]]:
    async def post(*, sender: LocalActor, inbox: str, activity: Document) -> tuple[int, str]:
        answer = await client.post(inbox, body=canonicalise(activity), signer=sender)
        return answer.status, answer.body[:_SHOWN_BYTES].decode("utf-8", "replace")

    return post


async def _keep_for_ever(store: Store, lock: FolderLock) -> None:
    """Bring what is in the log into the file, so that a copy of the file alone lacks minutes at most."""
    while True:
        await asyncio.sleep(_KEEP_EVERY_SECONDS)
        with suppress(StorageError):  # whoever has something to keep will hear of it
            await _keep(store, lock)


async def _keep(store: Store, lock: FolderLock) -> None:
    await store.checkpoint()
    await _note(store, lock)


async def _note(store: Store, lock: FolderLock) -> None:
    with suppress(StorageError):  # the next time says it
        lock.note(await store.read(last_number))


async def _tidy_for_ever(runtime: Runtime) -> None:
    """Forget now and then what has served its time, and let keys end whose time has come."""
    while True:
        with suppress(StorageUnavailable):  # whoever has something to keep will hear of it
            await runtime.store.write(partial(_tidy, now=runtime.clock()))
            await trim(runtime.store, runtime.clock(), days=runtime.settings.deliveries_kept_days)
        await asyncio.sleep(_TIDY_EVERY_SECONDS)
        await runtime.reload_owners()


def _tidy(session: Session, now: datetime) -> None:
    sessions.forget(session, now=now)
    tokens.forget_answers(session, before=now - _ANSWERS_KEPT)
    cache.purge_replays(session, now)
    cache.trim_remote_actors(session)
    forget_origins(session, before=now - _ORIGINS_KEPT)
    forget_uses(session, before=now - PERIOD)
