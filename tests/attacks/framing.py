"""HT: what is not one plain request to this node, at its one address, goes nowhere."""

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any, Final

from tests.attacks.cases import Attack, Bend, Case, case, replace, vectors
from tests.attacks.nodes import until
from tests.attacks.wire import Answer, Shot, dial, exchange, read_answer
from tests.attacks.world import World, expect

CPU_SECONDS: Final = 5.0  # of this whole process, on a machine shared with others: far above what is needed
_LIMIT_BYTES: Final = 262_144
_SPACES: Final = 300_000
_IDLE: Final = 2_000
_ELSEWHERE: Final = (
    "127.0.0.2"  # another address of this machine, for whom the first one's limits do not count
)


def headers(**named: str) -> Attack:
    """Send the baseline with headers set, after it was signed."""
    return Bend(signed=lambda shot, _: shot.having(**named))


def line(raw: bytes) -> Attack:
    """Send the baseline with a raw line among its headers."""
    return Bend(wire=lambda sent, _: sent.replace(b"\r\n", b"\r\n" + raw + b"\r\n", 1), to_end=True)


def target(spelled: str) -> Attack:
    """Send the baseline, signed for its own address, with another request target."""
    return Bend(signed=lambda shot, world: replace(shot, target=world.spell(spelled)))


def hung_up(_: World, answer: Answer) -> None:
    """After something that is not HTTP nothing more is read from the connection."""
    expect(answer.ended, "the connection is closed")


def said_once(world: World, answer: Answer) -> None:
    """What is not HTTP is one line in the log."""
    hung_up(world, answer)
    lines = [event for event in world.logged() if event["event"] == "not http"]
    expect(len(lines) == 1 or world.clock is None, f"{len(lines)} lines in the log")


# --- HT-01 to HT-10: heads ----------------------------------------------------------------------------------

HOSTS: Final[dict[str, Attack]] = {
    "a stranger's name": headers(Host="evil.example"),
    "a stranger's name with our port": Bend(
        signed=lambda shot, world: shot.having(Host=f"evil.example:{world.node.port}")
    ),
    "ours as the beginning of another": Bend(
        signed=lambda shot, world: shot.having(Host=f"{world.host}.evil.example")
    ),
    "ours as user information": Bend(signed=lambda shot, world: shot.having(Host=f"evil@{world.host}")),
    "without the port": headers(Host="127.0.0.1"),
    "empty": headers(Host=""),
    "with a path": Bend(signed=lambda shot, world: shot.having(Host=f"{world.host}/evil")),
    "two in one line": Bend(signed=lambda shot, world: shot.having(Host=f"{world.host}, evil.example")),
}


def absolute(origin: str) -> Attack:
    """Name a host in the request target; the Host header stays ours."""
    return Bend(signed=lambda shot, _: replace(shot, target=origin + shot.target))


def absolute_and_signed(request: Any, world: World) -> Any:
    """Sign for a stranger's address as well."""
    return replace(request, target_uri=f"http://evil.example{world.inbox_path}")


def length(change: Callable[[str], str]) -> Attack:
    """Send the baseline with another Content-Length."""
    return Bend(signed=lambda shot, _: shot.edit("Content-Length", change), to_end=True)


LENGTHS: Final[dict[str, Attack]] = {
    "twice the same": Bend(
        signed=lambda shot, _: shot.also(("Content-Length", str(len(shot.body)))), to_end=True
    ),
    "twice, different": Bend(
        signed=lambda shot, _: shot.also(("Content-Length", str(len(shot.body) + 1))), to_end=True
    ),
    "with a plus": length(lambda number: f"+{number}"),
    "negative": length(lambda number: f"-{number}"),
    "a list": length(lambda number: f"{number},{number}"),
    "hexadecimal": length(lambda number: hex(int(number))),
    "beside chunks": Bend(signed=lambda shot, _: shot.also(("Transfer-Encoding", "chunked")), to_end=True),
}

LINES: Final[dict[str, Attack]] = {
    "NUL": line(b"X-Evil: a\0b"),
    "bare CR": line(b"X-Evil: a\rX-Injected: b"),
    "folded": line(b"X-Evil: a\r\n b"),
    "space before the colon": line(b"X-Evil : a"),
    "no colon": line(b"X-Evil"),
}

PREFACES: Final[dict[str, bytes]] = {
    "a TLS hello": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "noise": b"\x89\x01\x02\xff\xfe evil \r\n\r\n",
}


def speak(raw: bytes) -> Attack:
    """Send bytes that are no request at all."""
    return lambda world: world.throw(raw, to_end=True)


# --- HT-11: what is sent never becomes a header of ours -----------------------------------------------------


def ask(path: str) -> Attack:
    """Ask for an address, unsigned."""
    return lambda world: world.get(path)


def nothing_injected(_: World, answer: Answer) -> None:
    names = {name.lower() for name, _ in answer.headers}
    expect(not names & {"x-injected", "location", "set-cookie"}, "no header came from the request")


# --- HT-13, HT-14, HT-16, HT-19: bodies ---------------------------------------------------------------------


def chunked(body: bytes, *, size: int = 65_536, end: bytes = b"0\r\n\r\n") -> bytes:
    """Write a body in chunks."""
    pieces = (body[start : start + size] for start in range(0, len(body), size))
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + end


def in_chunks(**how: Any) -> Callable[[Shot, World], Shot]:
    """Send the body in chunks, whose last says what `how` has."""

    def bend(shot: Shot, _: World) -> Shot:
        announced = shot.without("Content-Length").also(("Transfer-Encoding", "chunked"))
        return replace(announced, body=chunked(shot.body, **how))

    return bend


def padded(body: bytes, _: World) -> bytes:
    """Let the body grow over the limit with what JSON allows between its values."""
    return body + b" " * (_SPACES - len(body))


def drip(world: World) -> Answer:
    """Send a hundred thousand chunks of one byte, and no end."""
    spent = time.process_time()
    signed = world.shot(world.shop, world.offer(world.shop))
    world.hold()
    endless = in_chunks(size=1, end=b"1\r\n \r\n" * 100_000)(signed, world)
    answer = world.throw(endless)
    expect(time.process_time() - spent < CPU_SECONDS, "a hundred thousand chunks cost little")
    return answer


def flood(world: World) -> Answer:
    """Send chunks of one byte until the body is too large."""
    spent = time.process_time()
    signed = world.shot(world.shop, world.offer(world.shop))
    world.hold()
    answer = world.throw(in_chunks(size=1, end=b"1\r\n \r\n" * _SPACES)(signed, world))
    expect(time.process_time() - spent < 2 * CPU_SECONDS, "three hundred thousand chunks cost little")
    return answer


def trailing(world: World) -> Answer:
    """Bring the signature after the body, where nobody looks."""
    signed = world.shot(world.shop, world.offer(world.shop))
    world.hold()
    late = [(n, v) for n, v in signed.headers if n in ("Signature", "Signature-Input", "Content-Digest")]
    trailer = b"".join(f"{name}: {value}\r\n".encode() for name, value in late)
    return world.throw(
        in_chunks(end=b"0\r\n" + trailer + b"\r\n")(signed.without(*(name for name, _ in late)), world)
    )


def silence(raw: Callable[[Shot], bytes]) -> Attack:
    """Send the beginning of the baseline, and then nothing."""

    def attack(world: World) -> Answer:
        signed = world.shot(world.shop, world.offer(world.shop))
        world.hold()
        return world.throw(raw(signed))

    return attack


def head_and(count: int) -> Callable[[Shot], bytes]:
    """Keep the head and so many bytes of the body."""
    return lambda shot: replace(shot, body=b"").render() + shot.body[:count]


def one_by_one(world: World) -> Answer:
    """Send a body so slowly that it would take hours, though it never stops."""
    signed = world.shot(world.shop, world.offer(world.shop))
    world.hold()
    began = time.monotonic()
    with dial(world.place) as connection:
        connection.sendall(replace(signed, body=b"").render())
        for byte in signed.body[:100]:
            try:
                connection.sendall(bytes([byte]))
            except OSError:
                break
            connection.settimeout(0.1)
            try:
                if connection.recv(1, socket.MSG_PEEK) != b"":
                    break
            except TimeoutError:
                continue
        return read_answer(connection, began=began)


def half_a_head(world: World) -> Answer:
    """Begin a head and never end it; the node hangs up."""
    began = time.monotonic()
    with dial(world.place) as connection:
        connection.sendall(b"POST /inbox HTTP/1.1\r\nHo")
        return read_answer(connection, began=began, to_end=True)


# --- HT-20 --------------------------------------------------------------------------------------------------


def crowd(world: World) -> Answer:
    """Hold as many connections open from one address as will go, and do nothing with them."""
    signed = world.shot(world.shop, world.offer(world.shop))
    world.hold()
    with ExitStack() as stack:
        for _ in range(_IDLE):
            stack.enter_context(dial(world.place))
        inside = _inside(world)
        expect(inside <= int(world.limit["connections_per_address"]), f"{inside} of one address are inside")
        answer = world.throw(signed, source=_ELSEWHERE)
    until(lambda: _inside(world) == 0)
    return answer


def _inside(world: World) -> int:
    """Return how many connections the node counts, from an address that is not crowded out."""
    asked = Shot("/metrics", (("Host", world.host),), method="GET")
    found = exchange(world.place, asked.render(), source=_ELSEWHERE).body.decode()
    [line] = [text for text in found.splitlines() if text.startswith("freehold_connections ")]
    return int(float(line.partition(" ")[2])) - 1  # the one that asks


# --- HT-22, HT-23: methods and paths ------------------------------------------------------------------------


def method(name: str, path: str = "/actors/{handle}/inbox") -> Attack:
    """Do something else with the inbox than post to it, rightly signed."""

    def attack(world: World) -> Answer:
        signed = world.shot(world.shop, world.offer(world.shop), path=path, method=name)
        world.hold()
        return world.throw(signed.also(("X-HTTP-Method-Override", "POST")))

    return attack


def allows_post(_: World, answer: Answer) -> None:
    expect(answer.header("Allow") == "POST", "the refusal says what is allowed")
    expect(not answer.header("Access-Control-Allow-Origin"), "no other site may ask")


PATHS: Final = (
    "/inbox/", "//inbox", "/%69nbox", "/a/../inbox", "/./inbox", "/inbox;x", "/inbox%2f", "/INBOX",
    "/inbox%00", "/inbox/.", "/..", "/\\inbox", "/a%2f..%2finbox", "/actors/{handle}/../{handle}/inbox",
    "/actors//{handle}/inbox", "/actors/{handle}/inbox/", "/actors/{escaped}/inbox", "/actors/{HANDLE}/inbox",
    "/actors/{handle};x/inbox", "/actors/nobody/inbox", "/actors/{handle}%2finbox",
)  # fmt: skip


def signed_for(path: str) -> Attack:
    """Sign the baseline for a path as it is then spelled."""
    return Bend(path=path)


def no_redirect(_: World, answer: Answer) -> None:
    expect(not answer.header("Location"), "a post is never led elsewhere")


# --- HT-25: forwarding headers ------------------------------------------------------------------------------

_FORWARDED: Final = {
    "X_Forwarded_For": "198.51.100.7",
    "X_Forwarded_Host": "evil.example",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Port": "443",
    "Forwarded": "for=198.51.100.7;host=evil.example;proto=https",
    "X_Real_Ip": "198.51.100.7",
}


def forwarded(path: str) -> Attack:
    """Ask for a public document through a proxy that lies."""
    return lambda world: world.get(world.spell(path), **_FORWARDED)


def names_only_us(world: World, answer: Answer) -> None:
    said = answer.raw.decode()
    expect("evil" not in said, "what a header says gets into no address")
    expect(world.node.origin in said, "addresses are those of the settings")


def rotate(first: str, last: str) -> Attack:
    """Come again and again, each time as another client, until it is too much."""

    def attack(world: World) -> Answer:
        for turn in range(3 * int(world.limit["requests_burst"])):
            shown = ", ".join(filter(None, (first.format(turn=turn), last)))
            answer = exchange(
                world.place,
                Shot("/livez", (("Host", world.host), ("X-Forwarded-For", shown)), method="GET").render(),
                source=_ELSEWHERE,
            )
            if answer.status != 200:
                break
        return answer

    return attack


def says_when(_: World, answer: Answer) -> None:
    expect(int(answer.header("Retry-After") or 0) >= 1, "the refusal says when to come back")


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "HT-01",
        {
            "the same twice": Bend(signed=lambda shot, world: shot.also(("Host", world.host)), to_end=True),
            "a stranger's first": Bend(
                wire=lambda raw, _: raw.replace(b"\r\n", b"\r\nHost: evil.example\r\n", 1), to_end=True
            ),
            "a stranger's second": Bend(
                signed=lambda shot, _: shot.also(("Host", "evil.example")), to_end=True
            ),
        },
        400,
        "not-http",
        check=hung_up,
        fetches=0,
    ),
    case(
        "HT-02",
        "no Host",
        Bend(signed=lambda shot, _: shot.without("Host"), to_end=True),
        400,
        "not-http",
        check=hung_up,
        fetches=0,
    ),
    *vectors("HT-04", HOSTS, (421, 400), fetches=0, check=no_redirect),
    *vectors(
        "HT-05",
        {
            "a stranger's target": absolute("http://evil.example"),
            "a stranger's target and Host": Bend(
                signed=lambda shot, _: replace(shot, target="http://evil.example" + shot.target).having(
                    Host="evil.example"
                )
            ),
            "signed for the stranger's address too": Bend(
                request=absolute_and_signed,
                signed=lambda shot, world: replace(
                    shot, target=f"http://evil.example{world.inbox_path}"
                ).having(Host=world.host),
            ),
            "a target of the other scheme": Bend(
                signed=lambda shot, world: replace(shot, target=f"https://{world.host}{shot.target}")
            ),
        },
        421,
        "wrong-host",
        fetches=0,
    ),
    case(
        "HT-05",
        "our own address in absolute form is ours",
        Bend(signed=lambda shot, world: replace(shot, target=world.node.origin + shot.target)),
        202,
    ),
    *vectors("HT-07", LENGTHS, 400, "not-http", fetches=0, check=hung_up),
    *vectors(
        "HT-08",
        {
            "an unknown coding": Bend(
                signed=lambda shot, _: shot.without("Content-Length").also(("Transfer-Encoding", "xchunked"))
            ),
            "chunked not last": Bend(
                signed=lambda shot, _: shot.without("Content-Length").also(
                    ("Transfer-Encoding", "chunked, identity")
                )
            ),
            "chunked twice": Bend(
                signed=lambda shot, world: in_chunks()(shot, world).also(("Transfer-Encoding", "chunked"))
            ),
        },
        400,
        "not-http",
        fetches=0,
    ),
    *vectors("HT-10", LINES, 400, "not-http", fetches=0, check=hung_up),
    *vectors(
        "HT-11",
        {
            "in a path": ask("/evil%0d%0aX-Injected:%20yes"),
            "in a handle": ask("/actors/evil%0d%0aX-Injected:%20yes"),
            "in an id": ask("/intentions/int_%0d%0aX-Injected:%20yes"),
            "in a query": ask("/.well-known/webfinger?resource=evil%0d%0aX-Injected:%20yes"),
            "in a redirect": ask("/login?next=%0d%0aX-Injected:%20yes"),
            "in an API parameter": ask("/api/v1/offers?cursor=%0d%0aSet-Cookie:%20evil=1"),
        },
        (400, 401, 404),
        fetches=0,
        check=nothing_injected,
    ),
    *vectors(
        "HT-13",
        {
            "too large by its length": Bend(text=padded),
            "too large in chunks": Bend(text=padded, signed=in_chunks()),
        },
        413,
        "body-too-large",
        fetches=0,
    ),
    *vectors(
        "HT-13",
        {
            # What follows the promised bytes is the next request, and no HTTP.
            "a length that promises too little": Bend(
                signed=lambda shot, _: shot.edit("Content-Length", lambda n: str(int(n) - 10))
            ),
            "a chunk that is broken": Bend(signed=in_chunks(end=b"zz\r\n")),
        },
        400,
        fetches=0,
    ),
    case(
        "HT-13",
        "a length that promises too much",
        Bend(signed=lambda shot, _: shot.edit("Content-Length", lambda n: str(int(n) + 10))),
        408,
        "too-slow",
        node="hasty",
        fetches=0,
    ),
    case("HT-13", "in chunks of a decent size it is heard", Bend(signed=in_chunks(size=100)), 202),
    case("HT-14", "a hundred thousand chunks and no end", drip, (408, 413), node="hasty", fetches=0),
    case("HT-14", "three hundred thousand chunks", flood, (408, 413), node="hasty", fetches=0, quick=False),
    case("HT-16", "the signature in a trailer", trailing, 401, "signature-missing", fetches=0),
    *vectors("HT-17", {name: speak(raw) for name, raw in PREFACES.items()}, 400, "not-http", check=said_once),
    *vectors(
        "HT-19",
        {
            "two bytes of a body": silence(head_and(2)),
            "nothing of a body": silence(head_and(0)),
            "all but the last byte": silence(lambda shot: shot.render()[:-1]),
            "a byte now and then": one_by_one,
        },
        408,
        "too-slow",
        node="hasty",
        fetches=0,
    ),
    case("HT-19", "half a head", half_a_head, (0, 408), node="hasty"),
    case("HT-20", "idle connections of one address", crowd, 202, node="hasty", quick=False),
    *vectors(
        "HT-22",
        {name: method(name) for name in ("GET", "PUT", "DELETE", "PATCH", "OPTIONS")}
        | {f"{name} /inbox": method(name, "/inbox") for name in ("GET", "PUT")},
        405,
        "method-not-allowed",
        fetches=0,
        check=allows_post,
    ),
    case(
        "HT-22",
        "in lower case",
        Bend(signed=lambda shot, _: replace(shot, method="post")),
        400,
        "not-http",
        fetches=0,
    ),
    case("HT-22", "a header that says DELETE is ignored", headers(X_HTTP_Method_Override="DELETE"), 202),
    *vectors(
        "HT-23",
        {f"signed for {path}": signed_for(path) for path in PATHS},
        404,
        "not-found",
        fetches=0,
        check=no_redirect,
    ),
    *vectors(
        "HT-23",
        {path: target(path) for path in PATHS},
        404,
        "not-found",
        fetches=0,
        check=no_redirect,
    ),
    *vectors(
        "HT-25",
        {
            "an actor": forwarded("/actors/{handle}"),
            "WebFinger": lambda world: world.get(
                f"/.well-known/webfinger?resource={world.ada}", **_FORWARDED
            ),
            "NodeInfo": forwarded("/.well-known/nodeinfo"),
        },
        200,
        check=names_only_us,
        still=True,
    ),
    case("HT-25", "the inbox hears who signs, whatever a proxy says", headers(**_FORWARDED), 202),
    case(
        "HT-25",
        "signed for the host that a header names",
        Bend(
            request=lambda request, world: replace(
                request, target_uri=f"https://evil.example{world.inbox_path}"
            ),
            signed=lambda shot, world: shot.having(Host=world.host, **_FORWARDED),
        ),
        401,
        "signature-invalid",
    ),
    case(
        "HT-25",
        "another client each time, by its own word",
        rotate("198.51.100.{turn}", ""),
        429,
        "too-many-requests",
        node="rationed",
        check=says_when,
    ),
    case(
        "HT-25",
        "another left-most hop each time, behind a proxy",
        rotate("198.51.100.{turn}", "203.0.113.9"),
        429,
        "too-many-requests",
        node="proxied",
        check=says_when,
    ),
)
