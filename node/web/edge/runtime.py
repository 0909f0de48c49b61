"""What the handlers are given: one value per node, made by `node.app` and reached through one key.

Rules here: handlers know services and storage, and ask for all else by the ports (`node.web.edge.ports`);
nothing here is global, so several nodes can run in one process.
"""

import asyncio
import math
import sys
from collections.abc import Callable
from dataclasses import field
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar
from weakref import WeakValueDictionary

from aiohttp import web

from node.core import codes
from node.metrics import Metrics
from node.services.access.challenges import Challenges
from node.services.access.claims import ClaimDesk
from node.services.access.doors import Doors
from node.services.access.hashing import SlowHashes
from node.services.acting import LocalActor, Residents
from node.services.counts import Counts
from node.services.ledger.broadcast import Broadcast
from node.services.ledger.chapters import Ledger
from node.services.people.actors import load_owners
from node.services.people.bell import Bell
from node.services.people.faces import Gallery
from node.services.people.tokens import Recognition
from node.services.store import Store
from node.settings import Settings
from node.supervisor import Supervisor
from node.web.edge.bodies import Budget
from node.web.edge.connections import ConnectionLimiter
from node.web.edge.floods import Floods
from node.web.edge.hosts import allowed_hosts
from node.web.edge.ports import (
    ActorLookup,
    CopyAsker,
    CrmDesk,
    Fetcher,
    HookTester,
    NoticeTester,
    Postman,
    SelfLook,
)
from node.web.edge.problems import Refusal, unavailable
from node.web.edge.rates import Buckets
from protocol.keys import Algorithm, PrivateKey
from protocol.values import dataclass

T = TypeVar("T")


class Phase(StrEnum):
    """Where a node is in its life; it answers requests only while ready."""

    STARTING = "starting"
    READY = "ready"
    DRAINING = "draining"


FAILED_AT_ONCE: Final = 10  # of one caller: more than anybody mistypes
FAILED_EVERY_SECONDS: Final = 30.0
READ_AT_ONCE: Final = 100  # of one actor: a business reads each grant once a delivery
READ_EVERY_SECONDS: Final = 5.0
FIRST_TRIES: Final = 3  # of a network, and as many again in half an hour: what an owner mistypes
FIRST_TRY_EVERY_SECONDS: Final = 600.0
NEW_AT_ONCE: Final = 30  # first tries of all networks; to use these up takes six hundred of them
NEW_EVERY_SECONDS: Final = 1.0
GUESSED_AT_ONCE: Final = 30  # of everybody beyond that: 9,000 a day are looked at, wherever they come from
GUESSED_EVERY_SECONDS: Final = 10.0

_UNREADY: Final = {Phase.STARTING: codes.STARTING, Phase.DRAINING: codes.DRAINING}


@dataclass(frozen=True, slots=True)
class Check:
    """A look whether a caller may still do what it does, by the clock of the event loop."""

    asked_at: float
    answer: "asyncio.Future[bool]"

    @property
    def has_failed(self) -> bool:
        """Whether it ended without an answer."""
        return self.answer.done() and (self.answer.cancelled() or self.answer.exception() is not None)


@dataclass(slots=True, kw_only=True)
class Runtime:
    """One node while it runs."""

    settings: Settings
    store: Store
    residents: Residents
    ledger: Ledger
    server: LocalActor
    """The actor that speaks for the node as a whole."""
    directory: ActorLookup
    own_address: SelfLook
    post: Postman
    fetch: Fetcher
    wake: Callable[[], None]
    """Makes deliveries look again at what is due."""
    notices: NoticeTester
    crm: CrmDesk
    hooks: HookTester
    own_copies: CopyAsker
    clock: Callable[[], datetime]
    generate: Callable[[Algorithm], PrivateKey]
    """Makes a new key."""
    broadcast: Broadcast
    """What happens, for all who listen."""
    owners: dict[str, LocalActor]
    """The actors of `residents`, the very same mapping, which changes when keys do."""
    supervisor: Supervisor
    """What keeps the node's loops."""
    claims: ClaimDesk = field(default_factory=ClaimDesk)
    """Whether the node is anybody's yet, and where it is claimed."""
    room: int = sys.maxsize
    """How many connections the process can bear."""
    metrics: Metrics = field(default_factory=Metrics)
    phase: Phase = Phase.STARTING
    running: int = 0
    """Requests being answered now."""
    stops_at: float = math.inf
    """When what still runs is no longer waited for, in the loop's time."""
    idle: asyncio.Event = field(default_factory=asyncio.Event)
    """Set while draining, once no request is being answered any more."""
    counts: Counts = field(default_factory=Counts)
    """How many things need each owner."""
    gallery: Gallery = field(init=False)
    """The pictures of peers that there are."""
    tokens: Recognition = field(init=False)
    limiter: ConnectionLimiter = field(init=False)
    budget: Budget = field(init=False)
    callers: Buckets = field(init=False)
    readers: Buckets = field(init=False)
    """Readings of what is granted, by the actor that signs them."""
    floods: Floods = field(init=False)
    """What was too much, summed up."""
    failures: Buckets = field(init=False)
    """Sign-ins that failed, by caller."""
    first_tries: Buckets = field(init=False)
    """Passwords that were tried, by network."""
    claim_tries: Buckets = field(init=False)
    """Codes of the claim that were tried, by network."""
    new_guesses: Buckets = field(init=False)
    """First tries of networks, all of them together."""
    guesses: Buckets = field(init=False)
    """Passwords that were tried beyond these, all of them together."""
    doors: Doors = field(init=False)
    hosts: frozenset[str] = field(init=False)
    streams: dict[str, int] = field(default_factory=dict)
    """Open event streams by caller."""
    checks: dict[str, Check] = field(default_factory=dict)
    """By caller, the last look whether its streams may go on: hundreds of them ask at once what one does."""
    sign_outs: Bell = field(default_factory=Bell)
    """Rung once a sign-in to the pages has ended in the file, wherever that was asked for."""
    pressing: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """By sign-in, whose forms are done one after the other: a second press waits for the first."""
    obtaining: WeakValueDictionary[str, asyncio.Lock] = field(default_factory=WeakValueDictionary)
    """By grant, whose readings are done one after the other: answers count on in the order they are kept."""
    _drained: list[Callable[[], object]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Make what follows from the settings."""
        limits = self.settings
        self.gallery = Gallery(self.store)
        self.tokens = Recognition(self.store)
        self.limiter = ConnectionLimiter(
            connections=min(limits.connections, self.room),
            per_address=limits.connections_per_address,
            trusted=limits.trusted_proxies,
        )
        self.budget = Budget(limits.inflight_limit_bytes)
        self.callers = Buckets(per_second=limits.requests_per_second, burst=limits.requests_burst)
        self.readers = Buckets(per_second=1 / READ_EVERY_SECONDS, burst=READ_AT_ONCE)
        self.floods = Floods(self.clock)
        self.on_drain(self.floods.tell)
        self.failures = Buckets(per_second=1 / FAILED_EVERY_SECONDS, burst=FAILED_AT_ONCE)
        self.first_tries = Buckets(per_second=1 / FIRST_TRY_EVERY_SECONDS, burst=FIRST_TRIES)
        self.claim_tries = Buckets(per_second=1 / FAILED_EVERY_SECONDS, burst=FAILED_AT_ONCE)
        self.new_guesses = Buckets(per_second=1 / NEW_EVERY_SECONDS, burst=NEW_AT_ONCE)
        self.guesses = Buckets(per_second=1 / GUESSED_EVERY_SECONDS, burst=GUESSED_AT_ONCE)
        drawn = self.residents.salt() + self.residents.salt()
        self.doors = Doors(self.store, self.residents, Challenges(drawn.encode()), SlowHashes())
        self.hosts = allowed_hosts(limits.origin, limits.port)

    def enter(self) -> None:
        """Count a request in."""
        self.running += 1

    def leave(self) -> None:
        """Count a request out."""
        self.running -= 1
        if not self.running and self.phase is Phase.DRAINING:
            self.idle.set()

    def on_drain(self, callback: Callable[[], object]) -> Callable[[], None]:
        """Call `callback` when the node begins to drain; return the function that forgets it again."""
        self._drained.append(callback)
        return lambda: self._drained.remove(callback)

    def drain(self) -> None:
        """Take no new requests from now on, and let those go that would stay for ever."""
        self.phase = Phase.DRAINING
        self.stops_at = min(self.stops_at, asyncio.get_running_loop().time() + self.settings.drain_seconds)
        if not self.running:
            self.idle.set()
        for callback in list(self._drained):
            callback()

    @property
    def grace_seconds(self) -> float:
        """How long what still runs may take to end."""
        return max(0.0, self.stops_at - asyncio.get_running_loop().time())

    async def reload_owners(self) -> None:
        """Take over the actors' keys as they stand in the file now."""
        now = self.clock()
        self.owners.update(await self.store.read(lambda session: load_owners(session, now=now)))

    @property
    def first_handle(self) -> str:
        """The actor that acts when a request names none."""
        return next(iter(self.residents.owners))


def not_ready(phase: Phase) -> Refusal:
    """Return the refusal of a request that came before or behind the time in which they are taken."""
    return unavailable(_UNREADY[phase])


RUNTIME: Final = web.AppKey("runtime", Runtime)
