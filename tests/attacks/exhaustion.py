"""DO: more than a node can take, of whatever it is.

What takes minutes (a thousand requests a second for half a minute, a hundred thousand hosts) is in `strain`.
"""

import json
import socket
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final

from node.delivery.budgets import BURST_PER_NEIGHBOURHOOD, RATE_PER_NEIGHBOURHOOD
from node.storage.refusals import BODY_LIMIT_BYTES, REFUSALS_LIMIT
from tests.attacks import patterns
from tests.attacks.actors import silent
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.content import placed
from tests.attacks.crowds import come
from tests.attacks.fetching import fine
from tests.attacks.framing import says_when
from tests.attacks.nodes import ProcessNode, place, until
from tests.attacks.parties import Party, Wanted, at, number, serialise
from tests.attacks.replays import offer_to, owner_of, signed_for, wanted_at
from tests.attacks.sites import Site
from tests.attacks.wire import Answer, Shot, dial, exchange, read_answer
from tests.attacks.world import World, expect

CPU_SECONDS: Final = 1.0  # of this whole process, for one request: what backtracks takes minutes
_FLOOD: Final = 200
_BODIES: Final = 150
_BODY_BYTES: Final = 262_144  # as much as a body may have; 64 of them are all that is received at once
_NETWORKS: Final = 100  # so that no network meets its own share first
_NEIGHBOURS: Final = BURST_PER_NEIGHBOURHOOD + 150
_SLOW: Final = 100
_LARGE: Final = 60
_LARGE_BYTES: Final = 200_000
_DESCRIPTORS: Final = 128
_CROWD: Final = 200
_MEGABYTE: Final = 1_000_000
_ELSEWHERE: Final = "127.0.0.4"  # another address of this machine


def resident_bytes() -> int:
    """Return how much memory this process has; 0 where the system does not say."""
    try:
        pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    except OSError:
        return 0
    return int(pages) * 4_096


# --- DO-01, DO-11: often ------------------------------------------------------------------------------------


def unsigned(world: World, **headers: str) -> bytes:
    """Write the baseline without a signature."""
    body = serialise(world.shop.offer(Wanted(world.ada, world.ada), now=world.now()))
    bare = Shot(world.inbox_path, (("Host", world.host), ("Content-Type", "application/activity+json")))
    return bare.having(**headers).carrying(body).render()


def flood(forwarded: Callable[[int], dict[str, str]] = lambda _: {}, source: str = _ELSEWHERE) -> Attack:
    """Post without a signature, as fast as it goes, and have an honest business heard meanwhile."""

    def attack(world: World) -> Answer:
        sent = [unsigned(world, **forwarded(turn)) for turn in range(_FLOOD)]
        honest = world.shot(world.shop, world.offer(world.shop)).render()
        before = resident_bytes()
        with ThreadPoolExecutor(8) as pool:
            answers = pool.map(lambda raw: exchange(world.place, raw, source=source), sent)
            heard = exchange(world.place, honest)
            found = list(answers)
        expect(heard.status == 202, f"an honest business gets {heard.status}")
        expect({answer.status for answer in found} <= {401, 429}, "nothing but refusals")
        expect(resident_bytes() - before < 20 * _MEGABYTE, "memory stays as it is")
        world.hold()
        return max(found, key=lambda answer: answer.status)  # a 429, even if the last had a token again

    return attack


def rotated(turn: int) -> dict[str, str]:
    """Say that one is another client each time, in every header that says so."""
    return {
        "X_Forwarded_For": f"198.51.100.{turn}",
        "Forwarded": f"for=198.51.100.{turn}",
        "X_Real_Ip": f"198.51.100.{turn}",
        "Cf_Connecting_Ip": f"198.51.100.{turn}",
        "True_Client_Ip": f"198.51.100.{turn}",
    }


# --- DO-02: large bodies ------------------------------------------------------------------------------------


@contextmanager
def bodies(world: World, bytes_sent: int, *, sources: Sequence[str] = (_ELSEWHERE,)) -> Iterator[list[Any]]:
    """Hold requests open, from these addresses in turn, that announce a large body and send its beginning."""
    head = Shot(
        world.inbox_path,
        (
            ("Host", world.host),
            ("Content-Type", "application/activity+json"),
            ("Content-Length", str(_BODY_BYTES)),
        ),
    ).render()
    with ExitStack() as stack:
        held = []
        for number in range(_BODIES):
            connection = stack.enter_context(dial(world.place, source=sources[number % len(sources)]))
            connection.sendall(head + b"{" * bytes_sent)
            held.append(connection)
        yield held


def all_at_once(world: World) -> Answer:
    """Send far more large bodies at once than fit, each to its last byte but one."""
    before = resident_bytes()
    with bodies(world, _BODY_BYTES - 1) as held:
        answers = [read_answer(connection) for connection in held]
    refused = [answer for answer in answers if answer.status == 503]
    room = int(world.limit["inflight_limit_bytes"]) // _BODY_BYTES
    expect(len(refused) >= _BODIES - room - 1, f"{len(refused)} of {_BODIES} are refused")
    expect({answer.status for answer in answers} <= {408, 503}, "the others are too slow")
    expect(resident_bytes() - before < 120 * _MEGABYTE, "memory is bounded")
    return refused[-1]


def all_announced(world: World) -> Answer:
    """Announce as many, and send next to nothing: that holds up nobody."""
    honest = world.shot(world.shop, world.offer(world.shop)).render()
    with bodies(world, 1):
        return exchange(world.place, honest)


def stalled(world: World) -> Answer:
    """Fill all there is with bodies from three addresses that never end: others give way to nobody."""
    honest = world.shot(world.shop, world.offer(world.shop)).render()
    with bodies(world, _BODY_BYTES - 1, sources=("127.0.1.1", "127.0.1.2", "127.0.2.1")):
        return exchange(world.place, honest)


# --- DO-04, DO-05: strangers' servers -----------------------------------------------------------------------


def neighbours(world: World) -> Answer:
    """Come each time from another name under one domain: not all of them are looked up."""
    tail = f"flood{number()}.localhost"
    began = world.now()
    asked_before = len(world.names.asked)
    senders = [
        Party(f"http://a{turn}.{tail}:{world.dark.port}", "evil", None, "thief")
        for turn in range(_NEIGHBOURS)
    ]
    answers = come(world, senders, networks=_NETWORKS)
    expect({answer.status for answer in answers} == {401}, "none of them is known")
    asked = [host for host in world.names.asked[asked_before:] if host.endswith(tail)]
    most = BURST_PER_NEIGHBOURHOOD + RATE_PER_NEIGHBOURHOOD * (world.now() - began).total_seconds()
    expect(0 < len(asked) <= most, f"{len(asked)} names are looked up")
    return answers[-1]


def stranger_after_neighbours(world: World) -> Answer:
    """Let somebody new come from elsewhere while one domain has used up its budget."""
    neighbours(world)
    return world.baseline(world.stranger())


def is_kept_waiting(connection: socket.socket) -> bool:
    """Tell whether no answer has come on a connection so far."""
    connection.setblocking(False)
    try:
        connection.recv(1, socket.MSG_PEEK)
    except BlockingIOError:
        return True
    return False


def beside(origin: Callable[[Site, int], str]) -> Attack:
    """Have strangers come whose servers never answer, and an honest business be heard meanwhile."""

    def attack(world: World) -> Answer:
        site = Site()
        tail = f"slow{number()}.localhost"
        world.names.table[f"*.{tail}"] = [["127.0.0.1"]]
        site.pages["/actors/*"] = lambda _: silent(site, b"")
        senders = [
            Party(origin(site, turn).format(tail=tail), f"slow{number()}", site, "thief")
            for turn in range(_SLOW)
        ]
        sent = [world.shot(sender, world.offer(sender), key=sender.ed25519, key_id=sender.ed25519_id).render()
                for sender in senders]  # fmt: skip
        honest = [world.shot(world.shop, world.offer(world.shop)).render() for _ in range(3)]
        with ExitStack() as stack:
            waiting = [stack.enter_context(dial(world.place)) for _ in sent]
            try:
                for connection, raw in zip(waiting, sent, strict=True):
                    connection.sendall(raw)
                until(lambda: bool(site.hits))
                heard = [exchange(world.place, raw) for raw in honest]
                expect(any(map(is_kept_waiting, waiting)), "honest businesses do not wait for strangers")
            finally:
                site.close()
            late = [read_answer(connection) for connection in waiting]
        statuses = {answer.status for answer in heard}
        expect(statuses == {202}, f"honest businesses get {statuses}")
        world.hold()
        return late[-1]

    return attack


# --- DO-07: text that slows patterns down -------------------------------------------------------------------


def every_pattern(world: World) -> Answer:
    """Match every pattern of the product against text made to slow it down."""
    for name, known in patterns.known_patterns().items():
        found = patterns.slow(known)
        expect(not found, f"{name} takes long over {found}")
    return fine(world)


def cheap(attack: Attack) -> Attack:
    """Demand that a request takes next to no time."""

    def timed(world: World) -> Answer:
        spent = time.process_time()
        answer = attack(world)
        spent = time.process_time() - spent
        expect(spent < CPU_SECONDS, f"it takes {spent:.1f} seconds of CPU")
        return answer

    return timed


def proved_by(value: str) -> Attack:
    """Put something in place of a proof's signature."""
    return Bend(proved=lambda document, _: at(document, "proof", "proofValue", put=value))


def header(name: str, value: str) -> Attack:
    """Set a header of the baseline, as long as headers may be."""
    return cheap(Bend(signed=lambda shot, _: shot.having(**{name: value})))


_LONG: Final = 50_000
_FIELD: Final = 8_000

MEMBERS: Final[dict[str, Attack]] = {
    "an address of labels": placed("id", put="https://" + "a." * _LONG),
    "an address of dots": placed("context", put="https://a.example/" + "./" * _LONG),
    "an address of escapes": placed("context", put="https://a.example/" + "%41" * 600 + "%"),
    "an address of hyphens": placed("object", "stipulates", "satisfies", put="https://xn--" + "-" * 1_000),
    "a time": placed("endTime", put="2098-01-01T00:00:00." + "1" * _LONG),
    "a duration": placed("object", "noticePeriod", put="P" + "1" * _LONG + "!"),
    "a duration of years": placed("object", "noticePeriod", put="P" + "1Y" * _LONG),
    "an amount": placed("object", "price", 0, "amount", put="1" * _LONG + "!"),
    "a total": placed(
        "object", "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue", put="1" * _LONG + "e9"
    ),
    "a currency": placed("object", "price", 0, "currency", put="E" * _LONG),
    "a digest": placed("digestMultibase", put="z" + "1" * 4 * _LONG),
    "a text of markup": placed("content", put="<a " * _LONG),
    "a label of quotes": placed("object", "price", 0, "label", put="\"'" * _LONG),
    "a type": placed("type", put="Offer" * _LONG),
}
PROOFS: Final[dict[str, Attack]] = {
    name: proved_by(value)
    for name, value in {
        "a proof of ones": "z" + "1" * 4 * _LONG,
        "a proof of twos": "z" + "2" * 4 * _LONG,
    }.items()
}
HEADERS: Final[dict[str, Attack]] = {
    "lists in Signature-Input": header("Signature_Input", "sig1=" + "(" * _FIELD),
    "quotes in Signature-Input": header("Signature_Input", 'sig1=("' + '\\"' * (_FIELD // 2)),
    "parameters in Signature-Input": header("Signature_Input", "sig1=()" + ";a" * (_FIELD // 2) + "!"),
    "labels in Signature-Input": header("Signature_Input", "a=1," * (_FIELD // 4)),
    "bytes in Signature": header("Signature", "sig1=:" + "A" * _FIELD),
    "words in an older Signature": header("Signature", "A" * _FIELD),
    "parameters in an older Signature": header("Signature", 'keyId="a",' * (_FIELD // 10) + "!"),
    "quotes in an older Signature": header("Signature", 'keyId="' + "\\" * _FIELD),
    "bytes in Content-Digest": header("Content_Digest", "sha-256=:" + "A" * _FIELD),
}
TYPES: Final[dict[str, Attack]] = {
    "a type without an end": header("Content_Type", "a" * _FIELD + "!"),
    "parameters": header("Content_Type", "application/activity+json" + "; a=b" * (_FIELD // 6) + "!"),
    "blanks": header("Content_Type", "application/activity+json" + " " * _FIELD + "!"),
    "quotes": header("Content_Type", 'application/ld+json; profile="' + "a " * (_FIELD // 2)),
}
ASKED: Final[dict[str, str]] = {
    "an account of letters": "acct:" + "a" * 1_900,
    "an account of dots": "acct:" + "a." * 900 + "@",
    "an account of hosts": "acct:a@" + "a." * 900,
    "accounts": "a@" * 900,
}


def asked(resource: str) -> Attack:
    """Ask WebFinger."""
    return cheap(lambda world: world.get(f"/.well-known/webfinger?resource={resource}"))


# --- DO-08, DO-13: what is remembered -----------------------------------------------------------------------


def larger(world: World, megabytes: float, since: int) -> None:
    """Demand that the file has not grown by more."""
    grown = (world.file_bytes() - since) / _MEGABYTE
    expect(grown < megabytes, f"the file has grown by {grown:.1f} MB")


def large_strangers(world: World) -> Answer:
    """Come as one actor after the other, each with a document as large as is read, and nothing to say."""
    world.advance(minutes=2)
    world.hold()  # once done what is due by then
    since = world.file_bytes()
    padding = {"padding": "x" * _LARGE_BYTES}
    for _ in range(_LARGE):
        sender = world.stranger()
        sender.publish(sender.document | padding)
        unknown = Wanted(f"{world.node.origin}/intentions/int_none", world.ada)
        document = sender.prove(sender.offer(unknown, now=world.now()), now=world.now())
        answer = world.deliver(sender, document, key=sender.ed25519, key_id=sender.ed25519_id)
        expect(answer.status == 409, f"the answer is {answer.status} {answer.code}")
    larger(world, 2.0, since)
    return answer


def large_refusals(world: World) -> Answer:
    """Have large activities refused, one after the other: little of each is kept, and of few."""
    since, kept = world.file_bytes(), world.count("refusals")
    unknown = Wanted(f"{world.node.origin}/intentions/int_none", world.ada)
    for _ in range(_LARGE):
        bare = {**world.shop.offer(unknown, now=world.now()), "padding": "x" * _LARGE_BYTES}
        answer = world.say(world.shop, bare)
    expect(world.count("refusals") == min(kept + _LARGE, REFUSALS_LIMIT), "each is there for the owner")
    expect(world.count("refusals", "length(body) > ?", BODY_LIMIT_BYTES) == 0, "but not all of it")
    larger(world, 2.0, since)
    longest = max(len(json.dumps(event, default=str)) for event in world.logged())
    expect(longest < BODY_LIMIT_BYTES, "no line of the log is long")
    return answer


# --- DO-10: how much at once --------------------------------------------------------------------------------

LISTS: Final = (
    "/intentions", "/offers", "/agreements", "/peers", "/deliveries", "/refusals", "/journal", "/tokens",
    "/keys",
)  # fmt: skip
ABSURD: Final = (
    "limit=1000000000", "limit=0", "limit=-1", "limit=1e3", "limit=0x10", "limit=%D9%A3", "limit=",
    "limit=1&limit=2", "limit=" + "9" * 5_000, "offset=5", "page=2", "cursor=", "cursor=%00",
    "cursor=" + "9" * 3_000,
)  # fmt: skip
FORGED: Final = ("of_forged", "999999999999999999999", "-1", "%D9%A3", "'%20OR%201=1", "None", "../x")
_ANY: Final = {"/peers"}  # its cursor is an address, and any address is a place in that list
_NUMBERED: Final = {"/refusals": "cursor=9999999999999999", "/journal": "after=9007199254740991"}


def owners(path: str) -> Attack:
    """Ask the owner's API."""
    return lambda world: world.owner("GET", path)


def messages(parameter: str) -> Attack:
    """Ask for the messages of a negotiation."""

    def attack(world: World) -> Answer:
        id = world.seen(world.opened(world.shop))["id"]
        world.hold()
        return world.owner("GET", f"/offers/{id}/messages?{parameter}")

    return attack


# --- DO-16 --------------------------------------------------------------------------------------------------


def crowded_out(world: World) -> Answer:
    """Hold so many connections open that a node with few file descriptors would have none left."""
    assert world.realm is not None
    node = ProcessNode(
        world.realm.folder("narrow"), {"connections_per_address": "1000"}, descriptors=_DESCRIPTORS
    ).start()
    taker = world.stranger()
    assert taker.site is not None
    try:
        wanted = wanted_at(node)
        with ExitStack() as stack:
            crowd = [
                stack.enter_context(dial(place(node), source=f"127.0.0.{2 + turn % 8}"))
                for turn in range(_CROWD)
            ]
            last = read_answer(crowd[-1], to_end=True)
            expect(last.ended, "who comes when it is full is let go")
            told = {
                "name": "A bike",
                "deadline": "2099-01-01T00:00:00Z",
                "currency": "EUR",
                "audience": [taker.iri],
            }
            owner_of(node, "POST", "/intentions", told)
            until(lambda: bool(taker.site and taker.site.posts(f"{taker.path}/inbox")))
        until(lambda: _hears(node, world.shop, wanted))
        assert node.process is not None
        expect(node.process.poll() is None, "the node runs")
        expect(not any('"level":"error"' in line for line in node.log), "and has no defect")
    finally:
        node.stop()
    world.hold()
    return last


def _hears(node: ProcessNode, sender: Party, wanted: Wanted) -> bool:
    raw = signed_for(node, sender, offer_to(node, sender, wanted))
    return exchange(place(node), raw).status == 202


def _each(paths: Sequence[str], parameters: Sequence[str]) -> dict[str, Attack]:
    return {f"{path}?{text[:40]}": owners(f"{path}?{text}") for path in paths for text in parameters}


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "DO-01",
        {"unsigned posts": flood()},
        429,
        "too-many-requests",
        node="rationed",
        check=says_when,
        fetches=0,
    ),
    case("DO-01", "unsigned posts, as many as one likes", flood(), 401, fetches=0, quick=False),
    case(
        "DO-02",
        "large bodies, all at once",
        all_at_once,
        503,
        "busy",
        check=says_when,
        fetches=0,
        quick=False,
    ),
    case("DO-02", "who only announces a body holds up nobody", all_announced, 202, fetches=0),
    case("DO-02", "bodies of others that never end shut nobody out", stalled, 202, fetches=0),
    case(
        "DO-04",
        "another name of one domain each time",
        neighbours,
        401,
        "key-unknown",
        fetches=0,
        quick=False,
    ),
    case("DO-04", "somebody new is heard meanwhile", stranger_after_neighbours, 202, fetches=1, quick=False),
    *vectors(
        "DO-05",
        {
            "a hundred servers": beside(lambda site, turn: f"http://s{turn}.{{tail}}:{site.port}"),
            "a hundred actors of one server": beside(lambda site, _: site.origin),
        },
        401,
        node="patient",
        quick=False,
    ),
    case("DO-07", "every pattern of the product", every_pattern, 200, still=True, quick=False),
    *vectors("DO-07", {name: cheap(attack) for name, attack in MEMBERS.items()}, (413, 422)),
    *vectors("DO-07", {name: cheap(attack) for name, attack in PROOFS.items()}, 422),
    *vectors("DO-07", HEADERS, 401),
    *vectors("DO-07", {f"in a media type: {name}": attack for name, attack in TYPES.items()}, 415),
    *vectors("DO-07", {name: asked(text) for name, text in ASKED.items()}, (400, 404)),
    *vectors(
        "DO-07",
        {
            "nine thousand members that nobody reads": cheap(
                Bend(activity=lambda document, _: document | {f"m{turn}": 1 for turn in range(9_000)})
            ),
            "a member that nobody reads, with colons": cheap(placed("a:" * _LONG, put="x")),
        },
        202,
    ),
    *vectors(
        "DO-22",
        {
            "lists": cheap(placed("parts", put=[[]] * 9_000)),
            "objects": cheap(placed("parts", put=[{}] * 9_000)),
            "lists in lists": cheap(placed("parts", put=[[[]]] * 4_500)),
        },
        400,
        "too-many-parts",
        fetches=0,
    ),
    case(
        "DO-08",
        "strangers with large documents",
        large_strangers,
        409,
        "unknown-intention",
        node="patient",
        fetches=_LARGE,
        quick=False,
    ),
    *vectors("DO-10", _each(LISTS, ABSURD), 400, fetches=0),
    *vectors(
        "DO-10",
        _each([path for path in LISTS if path not in _ANY], [f"cursor={text}" for text in FORGED]),
        400,
        ("unknown-cursor", "invalid-parameter"),
        fetches=0,
    ),
    *vectors(
        "DO-10",
        {f"messages?{text}": messages(text) for text in (*ABSURD, *(f"cursor={one}" for one in FORGED))},
        (400, 422),
        ("unknown-cursor", "invalid-parameter", "unknown-parameter"),
        fetches=0,
    ),
    *vectors(
        "DO-10",
        {f"a hundred of {path}": owners(f"{path}?limit=100") for path in LISTS}
        | {f"far in {path}": owners(f"{path}?{end}") for path, end in _NUMBERED.items()},
        200,
        still=True,
    ),
    case(
        "DO-11",
        "another client each time, by its own word",
        flood(rotated, "127.0.0.5"),
        429,
        "too-many-requests",
        node="rationed",
        check=says_when,
        fetches=0,
    ),
    case("DO-13", "large activities, refused", large_refusals, 413, "move-too-large", fetches=0, quick=False),
    case("DO-16", "no file descriptors left", crowded_out, 0, quick=False),
)
