"""The node put together: the one place where settings, storage, services, network and web meet.

`make_app` builds the application, whose clean-up context opens and closes everything it needs; `node.host`
runs it as a process. Rules here: one process per data folder; what was opened is closed in the opposite
order, whatever happens; nothing is global, so a process may open as many nodes as it likes.
"""

import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, Final
from urllib.parse import urlsplit

import structlog
from aiohttp import web

from node import __version__, folder, randomness, upkeep
from node.core.identities import Contradiction, contradiction
from node.core.quotas import Quotas
from node.core.tidings import Gathered, Notification
from node.crm.bridge import Bridge, Outside
from node.crm.desk import Desk
from node.delivery.client import Client
from node.delivery.clients import Opening, open_client, open_hooks, open_looker, open_reader
from node.delivery.directory import Directory
from node.delivery.envelopes.activities import Activities
from node.delivery.envelopes.kinds import Kinds
from node.delivery.envelopes.webhooks import HookTrials, Webhooks
from node.delivery.faces import Faces
from node.delivery.notices import mail, ntfy, push
from node.delivery.notices.channels import Openers
from node.delivery.notices.notifier import Notifier, Wording
from node.delivery.own_copies import OwnCopies
from node.delivery.reachability import Reachability
from node.delivery.trust import Trust, check_authorities
from node.delivery.worker import Worker
from node.folder import FolderError
from node.nouns import NOUNS, Noun, components_of, ledger_of, migrations_of, operations_of
from node.services.access import claims
from node.services.access.claims import ClaimDesk
from node.services.acting import Limits, LocalActor, Record, Residents
from node.services.ledger import broadcast
from node.services.ledger.broadcast import Broadcast
from node.services.ledger.chapters import Ledger
from node.services.ledger.clockwork import Clockwork
from node.services.ledger.recording import recorder
from node.services.notices import adding, channels
from node.services.notices import push as subscribing
from node.services.people import actors
from node.settings import Settings, given
from node.storage import editions
from node.storage.deliveries import ACTIVITY, CONCLUSION
from node.storage.journal import last_number
from node.storage.locks import FolderLock
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.store import Store
from node.storage.webhooks import ENVELOPE as WEBHOOK
from node.supervisor import Supervisor
from node.web.api import PREFIX
from node.web.edge import streams
from node.web.edge.gate import gate
from node.web.edge.later import Later
from node.web.edge.pages import REFUSALS
from node.web.edge.probes import Operations
from node.web.edge.runtime import RUNTIME, Phase, Runtime
from node.web.federation import discovery, documents, inbox, tray
from node.web.pages.entrance import Entrance, refuse
from protocol.actors import Actor, ActorKind
from protocol.canonical import canonicalise
from protocol.keys import Algorithm, PrivateKey
from protocol.strictjson import Document
from protocol.values import dataclass

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


_EDGE: Final = Edge()


def make_app(settings: Settings, *, edge: Edge = _EDGE, nouns: Sequence[Noun] = NOUNS) -> web.Application:
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
            web.get("/livez", operations.livez),
            web.get("/readyz", operations.readyz),
            web.get("/metrics", operations.metrics),
            *inbox.ROUTES,
            *discovery.ROUTES,
            *documents.ROUTES,
            *tray.ROUTES,
        ]
    )
    app.router.register_resource(Later(PREFIX, partial(_api, nouns)))
    app.router.register_resource(Entrance(develops=settings.dev))
    app[REFUSALS] = refuse
    app.cleanup_ctx.append(partial(_live, settings=settings, edge=edge, nouns=nouns))
    return app


def _api(nouns: Sequence[Noun]) -> list[web.RouteDef]:
    from node.web.api import owner

    return owner.routes(operations_of(nouns), components_of(nouns))


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
    for_person = any(not owner.is_business for owner in owners.values())
    opening = Opening(stack=stack, settings=settings, clock=edge.clock, for_person=for_person)
    client = open_client(opening)
    reader = open_reader(opening, client)
    signer_of = partial(_local, owners, server)
    local = partial(_known, signer_of)
    directory = Directory(reader, store, clock=edge.clock, home=settings.origin, local=local, signer=server)
    stack.push_async_callback(directory.close)
    hooks = open_hooks(opening, ledger)
    worker = _worker(store, client, edge, Activities(directory, signer_of, residents.record), hooks)
    notifier = Notifier(store, residents, _media(client, store, settings, edge), _words(settings))
    bridge = Bridge(store, residents, _outside(settings))
    own_copies = OwnCopies(reader, store, residents, directory)
    supervisor = Supervisor()
    runtime = Runtime(
        settings=settings,
        store=store,
        residents=residents,
        ledger=ledger,
        server=server,
        directory=directory,
        own_address=_own_address(opening),
        post=_postman(client),
        wake=worker.wake,
        notices=notifier,
        crm=Desk(bridge),
        hooks=HookTrials(store, client, hooks),
        own_copies=own_copies,
        clock=edge.clock,
        generate=edge.generate,
        broadcast=await _broadcast(store, ledger),
        owners=owners,
        supervisor=supervisor,
        claims=await _claims(store, settings, edge),
        room=edge.connections,
    )
    stack.push_async_callback(_stop, worker, runtime)
    stack.push_async_callback(supervisor.stop)
    _keep_running(supervisor, runtime, worker, lock)
    loops = {"crm": bridge.run, "faces": Faces(reader, store, clock=edge.clock, home=settings.origin).run}
    supervisor.keep_all(loops | {"notices": notifier.run, "own copies": own_copies.run})
    return runtime


def _worker(store: Store, client: Client, edge: Edge, activities: Activities, hooks: Webhooks) -> Worker:
    carried: Kinds = {ACTIVITY: activities, CONCLUSION: activities, WEBHOOK: hooks}
    return Worker(store, client, carried, clock=edge.clock, jitter=randomness.jitter)


def _own_address(opening: Opening) -> Reachability:
    client, origin = open_looker(opening), opening.settings.origin
    made = Reachability(client, origin=origin, clock=opening.clock, draw=randomness.new_salt)
    opening.stack.push_async_callback(made.close)
    return made


async def _broadcast(store: Store, ledger: Ledger) -> Broadcast:
    last, edition = await store.read(broadcast.start)
    return Broadcast(store, partial(streams.render, ledger=ledger, edition=edition), after=last)


async def _claims(store: Store, settings: Settings, edge: Edge) -> ClaimDesk:
    settle = partial(claims.settle, by_setting=settings.claimed, now=edge.clock())
    return ClaimDesk(await store.write(settle))


def _keep_running(supervisor: Supervisor, runtime: Runtime, worker: Worker, lock: FolderLock) -> None:
    """Start what runs by itself for as long as the node does."""
    clockwork = Clockwork(runtime.store, runtime.residents, runtime.ledger, queued=worker.wake)
    supervisor.keep("deliveries", worker.run)
    supervisor.keep("clockwork", clockwork.run)
    supervisor.keep("broadcast", runtime.broadcast.run)
    supervisor.keep("gallery", runtime.gallery.run)
    supervisor.keep("tidying", partial(upkeep.tidy_for_ever, runtime))
    supervisor.keep("keeping", partial(upkeep.keep_for_ever, runtime.store, lock))


def _media(client: Client, store: Store, settings: Settings, edge: Edge) -> Openers:
    """Return how what is told leaves, by medium."""
    trust = Trust(also=settings.ca_file)
    return {
        adding.MAIL: partial(mail.opener, client.reach, trust),
        channels.NTFY: partial(ntfy.opener, client),
        subscribing.MEDIUM: partial(push.opener, client, store, edge.clock, settings.origin),
    }


def _words(settings: Settings) -> Wording:
    """Return who writes messages, and loads the words for them with the first."""

    def compose(gathered: Gathered) -> Notification:
        from node.web.pages.wording import notice_words

        return notice_words.compose(gathered, settings.origin)

    def trial(gathered: Gathered) -> Notification:
        from node.web.pages.wording import notice_words

        return notice_words.trial(gathered, settings.origin)

    return Wording(compose, trial)


def _outside(settings: Settings) -> Outside:
    return Outside(f"freehold/{__version__}", settings.ca_file, randomness.jitter)


async def _stop(worker: Worker, runtime: Runtime) -> None:
    await worker.stop(runtime.grace_seconds)


async def _settle(
    stack: AsyncExitStack, store: Store, settings: Settings, edge: Edge, lock: FolderLock
) -> tuple[LocalActor, dict[str, LocalActor]]:
    """Find out who lives here, or let somebody move in, and keep that beyond doubt."""
    found = await _load_actors(store, settings, edge, known_to=lock.entry or 0)
    if lock.entry is None:
        await upkeep.keep(store, lock)  # who the node is, is in the file itself before anybody hears of it
    stack.push_async_callback(upkeep.note, store, lock)
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
        raise FolderError(
            wrong.reason, hint=f"{_stays(settings, wrong)}, or start a new node in another folder."
        )
    if given(settings, "name") not in {None, "", known.name}:
        log.warning("name is set by the first start only", instead="freehold profile rename")


def _stays(settings: Settings, wrong: Contradiction) -> str:
    """Say how the node is started as who it is; where nobody gives an origin, it follows from the port."""
    if wrong.key == "origin" and given(settings, "origin") is None:
        return f"Start it with --port {urlsplit(wrong.holds).port}"
    return f"Set {wrong.key} to {wrong.holds}"


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


def _known(signer_of: Callable[[str], LocalActor | None], iri: str) -> Actor | None:
    local = signer_of(iri)
    return None if local is None else local.actor


def _postman(client: Client) -> Callable[..., Coroutine[Any, Any, tuple[int, str]]]:
    async def post(*, sender: LocalActor, inbox: str, activity: Document) -> tuple[int, str]:
        answer = await client.post(inbox, body=canonicalise(activity), signer=sender)
        return answer.status, answer.body[:_SHOWN_BYTES].decode("utf-8", "replace")

    return post
