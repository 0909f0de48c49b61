"""The world around a node under attack: an honest business, a rival, a thief, and what may be asked of them.

Whatever the node, a world finds out what it needs over the owner's socket and in the node's file, so the same
cases run against any node on loopback.
"""

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, nullcontext, suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

import orjson

from node.app import limits_of
from node.core.entries import render_instant
from node.delivery.client import TIMEOUT_SECONDS
from node.folder import DATABASE_NAME
from node.services.acting import Residents
from node.services.ledger.clockwork import unread
from node.services.ledger.recording import recorder
from node.services.negotiations.revoking import REVOCATIONS
from node.services.negotiations.rivals import RIVALS
from node.services.notices.following import NOTICES
from node.settings import Settings
from node.storage.cache import save_remote_actor
from node.storage.journal import chained_actors
from node.storage.session import Session
from node.storage.sqlite.connections import connect
from node.storage.sqlite.database import open_database
from node.storage.sqlite.session import SqliteSession
from node.storage.sqlite.transactions import run_group
from protocol.actors import read_actor
from protocol.keys import PrivateKey
from protocol.negotiation import Event
from protocol.signatures import Scheme
from protocol.strictjson import Document
from tests.attacks.certificates import Authority
from tests.attacks.guests import Visit
from tests.attacks.network import Canary, Names
from tests.attacks.nodes import (
    Clock,
    Log,
    Node,
    ThreadedNode,
    actor_of,
    database_path,
    place,
    socket_path,
    until,
)
from tests.attacks.parties import Party, Wanted, number, serialise, shot
from tests.attacks.sites import Hit, Page, Site
from tests.attacks.wire import Answer, Shot, exchange
from tests.whole import LEDGER, PROJECTIONS

# No limit of a node may be what refuses an attack, unless the case is about that limit.
_PLENTY: Final = 1 << 36  # bytes
ROOMY: Final = {
    "body_seconds": 3,
    "connections": 100_000,
    "connections_per_address": 100_000,
    "kept_of_partners_per_origin_bytes": _PLENTY,
    "kept_of_strangers_bytes": _PLENTY,
    "kept_per_origin_bytes": _PLENTY,
    "kept_per_peer_bytes": _PLENTY,
    "kept_per_stranger_bytes": _PLENTY,
    "max_open_per_peer": 100_000,
    "max_open_per_intention": 100_000,
    "offers_per_intention_per_origin": 100_000,
    "offers_per_intention_per_peer": 1_000,
    "requests_burst": 1_000_000,
    "requests_per_second": 1_000_000,
}
FLAGS: Final[Mapping[str, Mapping[str, Any]]] = {
    "open": ROOMY,
    "hasty": {**ROOMY, "body_seconds": 1, "idle_seconds": 1, "connections_per_address": 50},
    "narrow": {**ROOMY, "connections": 40, "connections_per_address": 10},
    "strict": {
        **ROOMY,
        "offers_per_intention_per_peer": 3,
        "max_open_per_peer": 20,
        "messages_per_offer": 20,
        "max_rounds": 3,
    },
    "frugal": {**ROOMY, "kept_per_stranger_bytes": 262_144},
    "selling": ROOMY,
    "bargaining": ROOMY,  # another, since a rule answers few counters of one server
    "popular": {**ROOMY, "offers_per_intention_per_origin": 10, "max_open_per_intention": 25},
    "crowded": {**ROOMY, "kept_per_origin_bytes": 262_144},
    "choosy": {**ROOMY, "offers_per_intention_per_origin": 1, "kept_per_origin_bytes": 600_000},
    "allied": {**ROOMY, "kept_of_partners_per_origin_bytes": 262_144},
    "rationed": {**ROOMY, "requests_burst": 30, "requests_per_second": 1},
    "proxied": {**ROOMY, "requests_burst": 30, "requests_per_second": 1, "trusted_proxies": "127.0.0.0/8"},
    "travelling": ROOMY,
    "patient": ROOMY,
    "office": ROOMY,
    "public": {**ROOMY, "dev": False, "origin": "https://ada.example"},
    "ported": {
        **ROOMY,
        "dev": False,
        "origin": "https://ada.example",
        "offers_per_intention_per_origin": 1,
    },
}

# Where shop and rival are for a node that is not for development.
_OUTSIDE: Final[Mapping[str, tuple[str, str]]] = {
    "public": ("https://shop.example", "https://rival.example"),
    "ported": ("https://shop.example", "https://shop.example:8443"),
}

# Counters, caches and the lists of what was refused are not state; all else must stay as it was.
_TABLES: Final = (
    *PROJECTIONS,
    "receipts",
    "actors",
    "keys",
    "tokens",
    "idempotency",
    "tray_rows",
    "tray_receipts",
)
_KEPT: Final = (
    *(f"SELECT * FROM {table}" for table in _TABLES),
    "SELECT id, actor, activity, entry, recipient FROM deliveries ORDER BY id",
    "SELECT entry, chain FROM journal ORDER BY entry DESC LIMIT 1",
)
_WAITING: Final = "SELECT count(*) FROM deliveries WHERE state = 'queued' AND attempts = 0"
_RETRIES: Final = (
    "SELECT coalesce(sum(attempts - 1 + (state = 'queued' AND due_at <= ?)), 0) FROM deliveries "
    "WHERE attempts > 0"
)
_COUNT: Final = "SELECT count(*) FROM "
_IN_USE: Final = (
    "SELECT (page_count - freelist_count) * page_size "
    "FROM pragma_page_count, pragma_freelist_count, pragma_page_size"
)

_NAMES: Final = ("shop", "rival", "thief")
_FEW: Final = 100  # open negotiations: too few to leave them behind
# After so many cases a node is replaced by a fresh one: reading all it has taken would cost more than that.
_TURNS: Final = 60


State = Sequence[Sequence[tuple[Any, ...]]]
"""The rows of what a node keeps, query by query."""


class Missed(AssertionError):  # noqa: N818 - what a case says that it did not see
    """Something is not as the design demands."""


class NeedsClock(Exception):  # noqa: N818 - what a case asks for
    """A case turns the clock of a node that has no clock of its own."""


def expect(condition: object, sentence: str) -> None:
    """Demand something.

    Raises:
        Missed: it is not the case.
    """
    if not condition:
        raise Missed(sentence)


@dataclass
class World:
    """A node, and everybody it deals with."""

    node: Node
    shop: Party
    """An honest business, known to the node."""
    rival: Party
    """Another one."""
    thief: Party
    """An attacker with a domain and a valid key of its own."""
    dark: Site
    """The attacker's server."""
    canary: Canary
    names: Names
    log: Log
    sites: tuple[Site, ...]
    outside: set[str] = field(default_factory=set)
    """Hosts beyond loopback that the node may try to reach in this case."""
    clock: Clock | None = None
    """The node's clock, if cases may turn it."""
    realm: "Realm | None" = None
    refused: Answer | None = None
    """What whoever cannot be authenticated gets, always the same."""
    guest: bool = False
    """Whether the node is somebody else's, so that nothing may be left open in it."""

    def __post_init__(self) -> None:
        self.host = urlsplit(self.node.origin).netloc
        self.place = place(self.node)
        self.ada = actor_of(self.node)
        self._db: SqliteSession | None = None
        self._wanted: Wanted | None = None
        self._offers_left = 0
        self._version = -1
        self._state: State = []
        self.held: State = []
        self.marks: dict[str, int] = {}
        self._seen = [0 for _ in self.sites]
        self.turns = 0
        self._standing: list[tuple[Party, Document]] = []
        self._unanswered: list[tuple[Party, Document]] = []
        self._visit: Visit | None = None

    # --- what the runner does -----------------------------------------------------------------------------

    def open(self) -> "World":
        """Look around: the generic refusal, and a first baseline."""
        self._db = connect(database_path(self.node), read_only=True)
        limits = self.owner("GET", "/config").json
        self.limit = {item["key"]: item["value"] for item in limits["items"]}
        self._residents = Residents(
            owners={},
            clock=self.now,
            origin=self.node.origin,
            new_id=str,
            salt=str,
            limits=replace(limits_of(Settings()), clock_skew_seconds=int(self.limit["clock_skew_seconds"])),
            record=recorder(LEDGER),
        )
        self._visit = Visit(self) if self.guest else None
        hello = serialise(self.thief.activity("Follow", self.ada, self.ada))
        self.refused = self.throw(Shot("/inbox").having(Host=self.host, **_TYPE).carrying(hello))
        expect(self.refused.status == 401, "an unsigned activity is refused")
        expect(self.baseline().status == 202, "an honest business is heard")
        if self.guest:  # of whom the node has answered it keeps more than all cases together send
            self.offered(self.shop)
        return self

    def close(self) -> None:
        """Let go of the node's file; what was opened in a node that is somebody else's is ended first."""
        if self._db is not None:
            if self._visit is not None:
                with suppress(ConnectionError, FileNotFoundError):  # a node that is gone
                    self._visit.end()
            self._db.close()

    def begin(self) -> None:
        """Forget what was before this case."""
        self.turns += 1
        self._take_back()
        self.settle()
        self.outside.clear()
        if self.clock is not None:
            self.advance(seconds=1)  # so that fetch budgets refill, as they do between attacks in real life
        self.hold()

    def hold(self) -> None:
        """Take the state as it is now for the one that the attack must not change."""
        self._let_time_do_its_work()
        self.held = self.state()
        self._seen = [len(site.hits) for site in self.sites]
        self.marks = {
            "canary": self.canary.hits,
            "retries": self._retries(""),
            "log": len(self.log.events),
        }

    def since(self, what: str) -> int:
        """Count `gets`, `posts`, `canary` hits or `retries` of deliveries since the world was held."""
        now = {
            "gets": lambda: len(self.asked_since("GET")),
            "posts": lambda: len(self.asked_since("POST")),
            "canary": lambda: self.canary.hits - self.marks["canary"],
            "retries": lambda: self._retries(render_instant(self.now())) - self.marks["retries"],
        }
        return now[what]()

    def asked_since(self, method: str) -> list[Hit]:
        """Return what the sites were asked since then, but for what nodes of other worlds asked meanwhile.

        They live on beside this one, and do what is due; each says who it is.
        """
        others = set[str]() if self.realm is None else self.realm.origins - {self.node.origin}
        new = [hit for seen, site in zip(self._seen, self.sites, strict=True) for hit in site.hits[seen:]]
        return [
            hit
            for hit in new
            if hit.method == method
            and not any(f"+{origin}/" in hit.headers.get("user-agent", "") for origin in others)
        ]

    def _retries(self, under_way: str) -> int:
        """Count what was tried again; what is queued and due until then may just be tried once more."""
        [found] = self._file.conn.execute(_RETRIES, (under_way,)).fetchone()
        return int(found)

    def tells(self, answer: Answer) -> bool:
        """Say whether one can know why an answer is what it is; of a 401 only the log says it."""
        return self.clock is not None or answer.status != 401

    def logged(self) -> list[dict[str, Any]]:
        """Return what was logged since the world was held."""
        return self.log.events[self.marks["log"] :]

    # --- the node's state ---------------------------------------------------------------------------------

    def state(self) -> State:
        """Return everything the node keeps but counters and caches, row for row."""
        db = self._file
        [version] = db.conn.execute("PRAGMA data_version").fetchone()
        if version != self._version:
            db.conn.execute("BEGIN")
            try:
                self._state = [db.conn.execute(query).fetchall() for query in _KEPT]
            finally:
                db.conn.execute("ROLLBACK")
            self._version = version
        return self._state

    def count(self, table: str, where: str = "1 = 1", *values: object) -> int:
        """Count rows of a table."""
        [found] = self._file.conn.execute(f"{_COUNT}{table} WHERE {where}", values).fetchone()
        return int(found)

    def file_bytes(self) -> int:
        """Return how large the node's file is, less what is free in it."""
        [found] = self._file.conn.execute(_IN_USE).fetchone()
        return int(found)

    def rows(self, query: str, *values: object) -> list[Any]:
        """Look something up in the node's file."""
        return list(self._file.conn.execute(query, values).fetchall())

    @property
    def _file(self) -> SqliteSession:
        assert self._db is not None
        return self._db

    def settle(self) -> None:
        """Wait until what follows from what happened is done, and everything queued was tried."""
        until(self._has_followed)
        until(lambda: self._file.conn.execute(_WAITING).fetchone() == (0,))

    def _let_time_do_its_work(self) -> None:
        """Wait until what is due by the node's clock is done, in case one has turned it on; news wakes it."""
        if self._is_due():
            self.baseline()
            until(lambda: not self._is_due())
            self.settle()
        until(self._has_followed)

    def _has_followed(self) -> bool:
        """Tell whether what follows by itself from what happened to negotiations is done."""
        return not any(
            unread(self._file, follower=follower, actor=actor)
            for follower in (RIVALS, REVOCATIONS, NOTICES)
            for actor in chained_actors(self._file)
        )

    def _is_due(self) -> bool:
        moments = [clock.next_due(self._file, self._residents) for clock in LEDGER.clocks.values()]
        return any(moment is not None and moment <= self.now() for moment in moments)

    def now(self) -> datetime:
        """Return the node's time."""
        return self.node.now()

    @contextmanager
    def hurried(self) -> Iterator[None]:
        """Have the node give up on others soon, for as long as silence is the attack; not somebody else's."""
        with self.node.hurried() if isinstance(self.node, ThreadedNode) else nullcontext():
            yield

    @contextmanager
    def lasting(self, seconds: float) -> Iterator[None]:
        """Have the node wait for others so long, until the end of the block."""
        with self.node.hurried(seconds) if isinstance(self.node, ThreadedNode) else nullcontext():
            yield

    @contextmanager
    def stopped(self) -> Iterator[None]:
        """Have the node's clock stand still, for what is about a second, however busy the machine is.

        Raises:
            NeedsClock: it is the machine's.
        """
        if self.clock is None:
            raise NeedsClock
        with self.clock.stopped():
            yield

    def advance(self, **lengths: float) -> None:
        """Turn the node's clock on.

        Raises:
            NeedsClock: it is the machine's.
        """
        if self.clock is None:
            raise NeedsClock
        self.clock.ahead += timedelta(**lengths)

    # --- the owner ----------------------------------------------------------------------------------------

    def owner(self, method: str, path: str, body: object = None) -> Answer:
        """Ask the owner's API over its socket."""
        content = b"" if body is None else orjson.dumps(body)
        headers = (
            ("Host", "owner"),
            ("Content-Type", "application/json"),
            ("Content-Length", str(len(content))),
        )
        asked = Shot(f"/api/v1{path}", headers, content, method).render()
        return exchange(socket_path(self.node), asked, spent=self.node.spent)

    def asked(self, method: str, path: str, body: object = None) -> Any:
        """Ask the owner's API for something that must be given."""
        answer = self.owner(method, path, body)
        expect(answer.status in (200, 201), f"{method} {path} answers {answer.status} {answer.code}")
        return answer.json

    def cast(self, *audience: str, currency: str = "EUR", **members: Any) -> Wanted:
        """Cast an intention, in public unless it is told to somebody."""
        wish = {
            "name": "A trekking bike",
            "quantity": {"value": "1", "unit": "one"},
            "deadline": "2099-01-01T00:00:00Z",
            "currency": currency,
            "audience": list(audience) or ["public"],
            **members,
        }
        view = self.asked("POST", "/intentions", wish)
        return Wanted(view["iri"], self.ada, view["id"], currency)

    @property
    def wanted(self) -> Wanted:
        """The intention that baselines answer: a new one when the old one has had all the offers it takes."""
        if self._wanted is None or self._offers_left == 0:
            self._wanted = self.cast()
            self._offers_left = int(self.limit["offers_per_intention_per_peer"])
        self._offers_left -= 1
        return self._wanted

    # --- peers --------------------------------------------------------------------------------------------

    def stranger(
        self, document: Document | None = None, *, page: Page | None = None, **members: Any
    ) -> Party:
        """Return an actor that the node has never heard of, on the attacker's server."""
        party = Party(self.dark.origin, f"stranger{number()}", self.dark, "thief", **members)
        party.publish(document)
        if page is not None:
            self.dark.pages[party.path] = page
        return party

    def neighbour(self, of: Party) -> Party:
        """Return another actor on a party's server."""
        return Party(of.origin, f"{of.name}{number()}", of.site, "neighbour").publish()

    def offer(self, sender: Party, wanted: Wanted | None = None, **changes: Any) -> Document:
        """Write the baseline: an Offer, proved."""
        return sender.prove(sender.offer(wanted or self.wanted, now=self.now(), **changes), now=self.now())

    def baseline(self, sender: Party | None = None) -> Answer:
        """Deliver a valid Offer."""
        sender = sender or self.shop
        document = self.offer(sender)
        return self.deliver(sender, document)

    def say(self, sender: Party, document: Document, **how: Any) -> Answer:
        """Prove an activity and deliver it."""
        return self.deliver(sender, sender.prove(document, now=self.now()), **how)

    def must(self, answer: Answer, status: int = 202) -> Answer:
        """Demand that a step on the way to the attack is taken."""
        expect(answer.status == status, f"a step before the attack got {answer.status} {answer.code}")
        return answer

    def deliver(
        self, sender: Party, document: Document | bytes, *, path: str | None = None, **how: Any
    ) -> Answer:
        """Sign a document as it is and post it to the inbox."""
        return self.throw(self.shot(sender, document, path=path, **how))

    def shot(
        self,
        sender: Party,
        document: Document | bytes,
        *,
        path: str | None = None,
        method: str = "POST",
        now: datetime | None = None,
        scheme: Scheme = Scheme.RFC9421,
        key: PrivateKey | None = None,
        key_id: str | None = None,
    ) -> Shot:
        """Sign a document as it is."""
        if isinstance(document, dict):
            self.may_stand(sender, document)
        body = document if isinstance(document, bytes) else serialise(document)
        request = sender.request(self.url(path), body, method=method)
        signed = sender.headers(request, now=now or self.now(), scheme=scheme, key=key, key_id=key_id)
        return shot(request, signed, host=self.host)

    def url(self, path: str | None = None) -> str:
        """Return an address of the node: the personal inbox, unless said otherwise."""
        return f"{self.ada}/inbox" if path is None else self.node.origin + self.spell(path)

    @property
    def inbox_path(self) -> str:
        """The path of the personal inbox."""
        return f"/actors/{self.node.handle}/inbox"

    def spell(self, text: str) -> str:
        """Put the owner's handle into a text: as it is, in capitals, or with its first letter escaped."""
        handle = self.node.handle
        escaped = f"%{ord(handle[0]):x}{handle[1:]}"
        known = {"{handle}": handle, "{HANDLE}": handle.upper(), "{escaped}": escaped}
        for mark, spelled in known.items():
            text = text.replace(mark, spelled)
        return text

    def throw(self, bent: Shot | bytes, *, to_end: bool = False, source: str = "") -> Answer:
        """Send a request as it is."""
        raw = bent.render() if isinstance(bent, Shot) else bent
        answer = exchange(self.place, raw, to_end=to_end, source=source, spent=self.node.spent)
        # An ordinary node, asked more than its share.
        while answer.code == "too-many-requests" and self.clock is None:
            time.sleep(float(answer.header("Retry-After") or 1))
            answer = exchange(self.place, raw, to_end=to_end, source=source, spent=self.node.spent)
        return answer

    def fetch(self, sender: Party, iri: str, **how: Any) -> Answer:
        """Ask the node for a document, signed."""
        path = iri.removeprefix(self.node.origin)
        return self.throw(self.shot(sender, b"", path=path, method="GET", **how))

    def get(self, path: str, **headers: str) -> Answer:
        """Ask the node for something, unsigned."""
        return self.throw(Shot(path, (("Host", self.host),), method="GET").having(**headers))

    # --- a negotiation ------------------------------------------------------------------------------------

    def opened(self, sender: Party, wanted: Wanted | None = None, **changes: Any) -> Document:
        """Bring an offer to the node that it takes; return it as it was sent."""
        document = self.offer(sender, wanted or self.cast(), **changes)
        self.must(self.deliver(sender, document))
        return document

    def may_stand(self, sender: Party, document: Document) -> None:
        """Note what may be left open: an Offer that stands, and on a guest's visit an intention too."""
        if self._visit is not None:
            self._visit.note(sender, document)
        if self.is_tight and document.get("type") == "Offer" and isinstance(document.get("id"), str):
            self._standing.append((sender, document))

    def _take_back(self) -> None:
        """Withdraw what earlier cases have left standing, on a node that does not take much of it."""
        while self._standing:
            sender, document = self._standing.pop()
            undo = sender.answer(
                Event.WITHDRAW, document, now=self.now(), to=(self.ada,), answers_digest=None
            )
            self.say(sender, undo)
        while self._unanswered:
            party, offer = self._unanswered.pop()
            self.say(party, party.answer(Event.REJECT, offer, now=self.now()))

    @property
    def is_tight(self) -> bool:
        """Whether the node takes few open negotiations of one peer, as by default."""
        return int(self.limit["max_open_per_peer"]) <= _FEW

    def seen(self, document: Document) -> Any:
        """Return how the owner sees the negotiation that an offer opened."""
        for limit in (3, 100):  # the newest is first, and showing a hundred takes its time
            for item in self.asked("GET", f"/offers?limit={limit}")["items"]:
                if item["negotiation"] == document["context"]:
                    return item
        raise Missed("the offer is not in the owner's list")

    def offered(self, to: Party) -> Document:
        """Have the node make an offer to a party's intention; return the Offer as it arrived there."""
        assert to.site is not None
        proposal = to.intention(to=self.ada, now=self.now(), name=f"bike {number()}")
        self.must(self.deliver(to, to.activity("Create", proposal, self.ada)))
        listed = self.asked("GET", "/intentions?own=false&limit=3")["items"]
        [known] = [item["id"] for item in listed if item["iri"] == proposal["id"]]
        terms = {"price": [{"kind": "oneOff", "amount": "90.00", "currency": "EUR", "label": "bike"}]}
        self.asked("POST", "/offers", {"intention": known, "terms": terms})
        offer = self.received(to, "Offer", proposal["id"])
        if self.is_tight:
            self._unanswered.append((to, offer))
        return offer

    def received(self, by: Party, type: str, about: str) -> Document:
        """Return what the node sent a party: the newest activity of a type that mentions an address."""
        found: list[Document] = []

        def look() -> bool:
            assert by.site is not None
            posts: list[Hit] = by.site.posts(f"{by.path}/inbox")
            found[:] = [hit.document for hit in posts if about.encode() in hit.body]
            found[:] = [document for document in found if document["type"] == type]
            return bool(found)

        until(look)
        return found[-1]


_TYPE: Final = {"Content_Type": "application/activity+json"}


# --- everything together ------------------------------------------------------------------------------------


class Realm:
    """The sites, names and nodes of one run of the catalogue; nodes start when a case first needs them."""

    def __init__(self, folder: Path, *, given: Node | None = None) -> None:
        self._folder = folder
        self._given = given
        self._stack = ExitStack()
        self._worlds: dict[str, World] = {}

    def __enter__(self) -> Self:
        self.log = self._stack.enter_context(Log().listening())
        self.names = Names()
        self.canary = Canary()
        self._stack.callback(self.canary.close)
        self.authority = Authority(self._folder)
        self.sites = tuple(Site() for _ in range(3))
        for site in self.sites:
            self._stack.callback(site.close)
        self._known = tuple(
            Party(site.origin, name, site).publish() for name, site in zip(_NAMES, self.sites, strict=True)
        )
        return self

    def __exit__(self, *_: object) -> None:
        for world in self._worlds.values():
            self._end(world)
        self._stack.close()

    @property
    def origins(self) -> set[str]:
        """Where all its nodes are."""
        return {world.node.origin for world in self._worlds.values()}

    def folder(self, name: str) -> Path:
        """Return a path for the data folder of a node of a case's own."""
        return self._folder / f"{name}{number()}"

    def world(self, name: str) -> World:
        """Return the world of a node of this kind; one that was given is as patient as any."""
        if name == "patient" and self._given is not None:
            name = "open"
        known = self._worlds.get(name)
        if known is not None and known.turns >= _TURNS and known.node is not self._given:
            self._end(self._worlds.pop(name))
        if name not in self._worlds:
            self._worlds[name] = self._make(name)
        return self._worlds[name]

    def _end(self, world: World) -> None:
        world.close()
        if isinstance(world.node, ThreadedNode):
            world.node.stop()

    def _make(self, name: str) -> World:
        if name == "open" and self._given is not None:
            return self._around(self._given, *self._known)
        shop, rival, thief = self._known
        data = self.folder(name)
        if name in _OUTSIDE:
            # Nobody's server is within its reach; these it has dealt with before.
            shop, rival = (
                Party(origin, party.name) for origin, party in zip(_OUTSIDE[name], (shop, rival), strict=True)
            )
            _introduce(data, shop, rival)
        node = ThreadedNode(data, FLAGS[name], self.names, self.authority.trusting)
        if name == "patient":
            node.patience_seconds = TIMEOUT_SECONDS
        node.start()
        return self._around(node, shop, rival, thief)

    def _around(self, node: Node, shop: Party, rival: Party, thief: Party) -> World:
        world = World(
            node=node,
            shop=shop,
            rival=rival,
            thief=thief,
            dark=self.sites[2],
            canary=self.canary,
            names=self.names,
            log=self.log,
            sites=self.sites,
            clock=node.clock if isinstance(node, ThreadedNode) else None,
            guest=node is self._given,
            realm=self,
        )
        try:
            return world.open()
        except BaseException:
            self._end(world)
            raise


def _remember(session: Session, party: Party) -> None:
    actor = read_actor(party.document, iri=party.iri)
    save_remote_actor(session, actor, document=party.document, fetched_at=datetime.now(UTC))


def _introduce(data: Path, *parties: Party) -> None:
    """Write into a node's file whom it has dealt with before."""
    db = open_database(data / DATABASE_NAME)
    done = run_group(db, [partial(_remember, party=party) for party in parties])
    db.close()
    if errors := [each.error for each in done if each.error]:
        raise errors[0]
