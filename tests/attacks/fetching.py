"""SS: addresses that a peer names so that the node goes where it should not, or stays there for ever.

Most are played against a node as it runs in production, for which nothing on this machine is within reach: a
canary listens where it must not look, and what would leave the machine is noted at the cable.
"""

import subprocess
from collections.abc import Callable, Mapping
from ipaddress import IPv4Address
from typing import Any, Final

import orjson

from node.settings import SettingsError, load
from protocol.vocabulary import JRD_JSON
from tests.attacks.actors import (
    bomb,
    endless,
    only_hints,
    short_of_its_length,
    silent,
    slow_body,
    slow_head,
    ten_gigabytes,
)
from tests.attacks.cases import Attack, Case, case, hurried, vectors
from tests.attacks.nodes import ROOT, environment, freehold, until
from tests.attacks.parties import Party, number
from tests.attacks.sites import Hit, Page, Site, redirect, reply
from tests.attacks.wire import Answer
from tests.attacks.world import Missed, World, expect
from tests.cable import CABLE
from tests.ports import steady_port

_STARTS_SECONDS: Final = 15.0  # a node that has not given up by then runs
PUBLIC_ADDRESS: Final = "93.184.215.14"  # somewhere out there, where no test gets to

LOOPBACK: Final = (
    "127.0.0.1", "127.8.9.10", "0.0.0.0", "[::]", "[::1]", "localhost", "sub.localhost",
)  # fmt: skip
PRIVATE: Final = (
    "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.0.1", "169.254.169.254", "100.64.0.1",
    "192.0.0.8", "192.0.2.1", "198.18.0.1", "198.19.255.254", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255", "0.1.2.3", "192.88.99.1", "168.63.129.16",
)  # fmt: skip
PRIVATE_V6: Final = (
    "[fe80::1]", "[fc00::1]", "[fd12:3456::1]", "[ff02::1]", "[fec0::1]", "[2001:db8::1]", "[100::1]",
    "[3fff::1]", "[2001:10::1]", "[4000::1]",
)  # fmt: skip
DISGUISED: Final = (
    "127.1", "2130706433", "0x7f.1", "0x7f000001", "0177.0.0.1", "127.0.0.01", "%31%32%37.0.0.1", "①②⑦.0.0.1",
    "ⓛocalhost", "127。0。0。1", "localhost.", "127.0.0.1.", "[::1%25lo]", "[0:0::1::]", "loc\u00adalhost",
    "127.0.0.1\u3002", "\uff11\uff12\uff17.0.0.1", "lo calhost", "",
)  # fmt: skip


def embedded(address: str) -> dict[str, str]:
    """Write an IPv4 address in every way that IPv6 has for it."""
    number = int(IPv4Address(address))
    high, low = f"{number >> 16:x}", f"{number & 0xFFFF:x}"
    flipped = number ^ 0xFFFFFFFF
    return {
        "mapped": f"[::ffff:{address}]",
        "compatible": f"[::{high}:{low}]",
        "NAT64": f"[64:ff9b::{high}:{low}]",
        "NAT64 of a network's own": f"[64:ff9b:1::{high}:{low}]",
        "6to4": f"[2002:{high}:{low}::1]",
        "Teredo": f"[2001:0:5ef5:79fb:0:0:{flipped >> 16:x}:{flipped & 0xFFFF:x}]",
        "ISATAP": f"[fe80::5efe:{high}:{low}]",
    }


def thief_at(origin: str) -> Party:
    """Return somebody who says to live there."""
    return Party(origin, f"evil{number()}", None, "thief")


def lives_at(host: str, *, port: bool = True, scheme: str = "https") -> Attack:
    """Say that one's actor, with its keys, is at a host."""

    def attack(world: World) -> Answer:
        origin = f"{scheme}://{host}" + (f":{world.canary.port}" if port else "")
        sender = thief_at(origin)
        world.hold()
        return world.deliver(
            sender, sender.activity("Follow", world.ada, world.ada), key_id=_writable(world, sender.rsa_id)
        )

    return attack


def _writable(world: World, key_id: str) -> str:
    """Return a key id, or the thief's own where no header could carry it."""
    return key_id if key_id.isascii() and key_id.isprintable() else world.thief.rsa_id


def lives_at_address(address: str) -> Attack:
    """Say that one's actor is at an address, whatever that is."""

    def attack(world: World) -> Answer:
        document = {**world.thief.activity("Follow", world.ada, world.ada), "actor": address, "id": address}
        world.hold()
        return world.deliver(world.thief, document, key_id=_writable(world, f"{address}#rsa-1"))

    return attack


def key_at(address: str) -> Attack:
    """Say that one's key is at an address."""

    def attack(world: World) -> Answer:
        document = world.offer(world.shop)
        world.hold()
        return world.deliver(world.shop, document, key_id=address)

    return attack


def not_even_asked(world: World, _: Answer) -> None:
    """An address in numbers is never looked up, so no answer to a look-up can let it through."""
    expect(not any(host[0].isdigit() for host in world.names.asked), "no address is taken for a name")


# --- names --------------------------------------------------------------------------------------------------


def named(*answers: list[str]) -> Attack:
    """Say that one lives at a name, which leads to these addresses in turn."""

    def attack(world: World) -> Answer:
        host = f"turn{number()}.example"
        world.names.table[host] = [list(each) for each in answers]
        world.outside.add(PUBLIC_ADDRESS)
        answer = lives_at(host)(world)
        if PUBLIC_ADDRESS in answers[0]:
            expect(PUBLIC_ADDRESS in CABLE.attempts, "a public address is within reach")
        asked = world.names.asked.count(host)
        expect(
            asked <= 1, f"a name is looked up once and not {asked} times: what was checked is what is dialled"
        )
        return answer

    return attack


# --- redirects ----------------------------------------------------------------------------------------------


def led(make: Callable[[World, Party], Page], *, hits: int) -> Attack:
    """Have the actor's server lead elsewhere, and count how often it is asked."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        world.dark.pages[sender.path] = make(world, sender)
        document = world.offer(sender)
        world.hold()
        answer = world.deliver(sender, document)
        expect(world.since("gets") <= hits, f"{world.since('gets')} requests, not {hits}")
        return answer

    return attack


def hop(world: World, party: Party) -> Page:
    """Lead on and on, to a new address each time."""

    def lead(hit: Hit) -> bytes:
        return reply(status=302, media=None, headers=[f"Location: {hit.path}x"])

    world.dark.pages[f"{party.path}*"] = lead
    return lead


def hops(count: int) -> Callable[[World, Party], Page]:
    """Lead on so many times, and then answer."""

    def make(world: World, party: Party) -> Page:
        body = orjson.dumps(party.document)
        end = party.path + "x" * count

        def lead(hit: Hit) -> bytes:
            return (
                reply(body)
                if hit.path == end
                else reply(status=307, media=None, headers=[f"Location: {hit.path}x"])
            )

        world.dark.pages[f"{party.path}*"] = lead
        return lead

    return make


def elsewhere(address: Callable[[World], str], status: int = 302) -> Callable[[World, Party], Page]:
    """Lead to another address."""
    return lambda world, _: redirect(address(world), status=status)


def led_delivery(world: World) -> Answer:
    """Have an inbox lead what is posted to it to another server."""
    assert world.rival.site is not None
    taker = world.stranger()
    world.dark.pages[f"{taker.path}/inbox"] = redirect(f"{world.rival.iri}/inbox", status=307)
    posts = len(world.rival.site.posts())
    world.cast(taker.iri)
    until(lambda: bool(world.dark.posts(f"{taker.path}/inbox")))
    world.settle()
    expect(len(world.rival.site.posts()) == posts, "what is posted is never led elsewhere")
    world.asked("POST", "/peers/block", {"peer": taker.iri})  # nothing more is tried
    return fine(world)


def fine(world: World) -> Answer:
    """Return an answer that says that the node is there."""
    return world.get("/livez")


# --- what the owner asks for --------------------------------------------------------------------------------


def owner_looks_up(what: str) -> Attack:
    """Have the owner look somebody up, as a link on a page might suggest."""
    return lambda world: world.owner(
        "POST", "/fed/lookup", {"what": what.format(port=world.canary.port, mark="evil")}
    )


def owner_follows(who: str) -> Attack:
    """Have the owner follow somebody."""
    return lambda world: world.owner("POST", "/peers/follow", {"peer": who.format(port=world.canary.port)})


def owner_sends(inbox: str) -> Attack:
    """Have the owner post something by hand."""

    def attack(world: World) -> Answer:
        body = {"inbox": inbox.format(port=world.canary.port), "activity": {"type": "Like", "id": "x"}}
        return world.owner("POST", "/fed/send", body)

    return attack


def owner_casts_to(who: str) -> Attack:
    """Have the owner tell somebody of an intention."""

    def attack(world: World) -> Answer:
        to = who.format(port=world.canary.port)
        world.cast(to)
        until(
            lambda: (
                world.count(
                    "deliveries", "recipient = (SELECT id FROM peers WHERE address = ?) AND attempts = 0", to
                )
                == 0
            )
        )
        world.asked("POST", "/peers/block", {"peer": to})
        world.hold()
        return fine(world)

    return attack


def lookup_of(talk: Callable[[Site, bytes], Any], media: str = JRD_JSON) -> Attack:
    """Have the owner look up an account whose host answers like this."""

    def attack(world: World) -> Answer:
        site = Site()
        body = orjson.dumps({"subject": "acct:evil@evil.example", "links": []})
        site.pages["/.well-known/webfinger"] = lambda _: (
            piece.replace(b"application/activity+json", media.encode()) for piece in talk(site, body)
        )
        try:
            host = site.origin.removeprefix("http://")
            return world.owner("POST", "/fed/lookup", {"what": f"evil@{host}"})
        finally:
            site.close()

    return attack


# --- slow and encrypted -------------------------------------------------------------------------------------


def at_site(make: Callable[[World], Site], talk: Callable[[Site, bytes], Any] | None = None) -> Attack:
    """Live on a server of one's own."""

    def attack(world: World) -> Answer:
        site = make(world)
        sender = Party(site.origin, f"host{number()}", site, "thief").publish()
        if talk is not None:
            body = orjson.dumps(sender.document)
            site.pages[sender.path] = lambda _: talk(site, body)
        try:
            document = world.offer(sender)
            world.hold()
            answer = world.deliver(sender, document)
            expect(
                answer.status == 202 or not site.hits or talk is not None, "nothing was asked of that server"
            )
            return answer
        finally:
            site.close()

    return attack


def tls(host: str = "127.0.0.1", **how: bool) -> Callable[[World], Site]:
    """Serve with a certificate."""

    def make(world: World) -> Site:
        assert world.realm is not None
        return Site(tls=world.realm.authority.serving(host, **how))

    return make


def no_fallback(world: World) -> Answer:
    """Say that one lives at an https address where plain http is spoken."""
    site = Site()
    sender = Party(site.origin.replace("http:", "https:"), f"host{number()}", site, "thief").publish()
    try:
        document = world.offer(sender)
        world.hold()
        answer = world.deliver(sender, document)
        expect(not site.hits, "plain http is not tried")
        return answer
    finally:
        site.close()


# --- SS-22 --------------------------------------------------------------------------------------------------


def started(*words: str, **variables: str) -> Attack:
    """Try to start a node that opens the doors of development to others."""

    def attack(world: World) -> Answer:
        assert world.realm is not None
        command = [*freehold(world.realm.folder("refused")), "up", "--port", str(steady_port()), *words]
        try:
            done = subprocess.run(
                command, cwd=ROOT, env=environment(variables), capture_output=True, timeout=_STARTS_SECONDS
            )
        except subprocess.TimeoutExpired:
            raise Missed("it does not start") from None
        expect(done.returncode != 0, "it does not start")
        expect(b"loopback" in done.stderr or b"https" in done.stderr, "it says why")
        return fine(world)

    return attack


def settings(**flags: Any) -> Attack:
    """Settle on settings that open the doors of development to others."""

    def attack(world: World) -> Answer:
        try:
            load({"data": world.node.data, **flags}, {}, None)
        except SettingsError:
            return fine(world)
        raise Missed("such settings are refused")

    return attack


def each(hosts: Mapping[str, str] | tuple[str, ...], make: Callable[[str], Attack]) -> dict[str, Attack]:
    """Make one attack for each host."""
    named = hosts if isinstance(hosts, Mapping) else {host: host for host in hosts}
    return {name.encode("unicode_escape").decode() or "empty": make(host) for name, host in named.items()}


_PUBLIC: Final[dict[str, Any]] = {"node": "public", "fetches": 0}

CASES: Final[tuple[Case, ...]] = (
    *vectors("SS-01", each(LOOPBACK, lives_at), 401, "key-unknown", **_PUBLIC),
    *vectors(
        "SS-01",
        {f"http at {host}": lives_at(host, scheme="http") for host in LOOPBACK},
        401,
        "key-unknown",
        **_PUBLIC,
    ),
    *vectors("SS-02", each(PRIVATE, lives_at), 401, "key-unknown", **_PUBLIC),
    *vectors("SS-02", each(PRIVATE_V6, lives_at), 401, "key-unknown", **_PUBLIC),
    *vectors(
        "SS-02",
        {f"{host}, in development": lives_at(host) for host in ("10.0.0.1", "169.254.169.254", "[fe80::1]")},
        401,
        "key-unknown",
        fetches=0,
    ),
    *vectors(
        "SS-04",
        {
            f"{address}, {name}": lives_at(host)
            for address in ("127.0.0.1", "10.0.0.1", "169.254.169.254")
            for name, host in embedded(address).items()
        },
        401,
        "key-unknown",
        **_PUBLIC,
    ),
    *vectors("SS-05", each(DISGUISED, lives_at), 422, **_PUBLIC),
    *vectors(
        "SS-05",
        {f"{name}, in development": attack for name, attack in each(DISGUISED, lives_at).items()},
        422,
        fetches=0,
    ),
    *vectors(
        "SS-07",
        {
            "a name of this machine": named(["127.0.0.1"]),
            "a name of this machine, in IPv6": named(["::1"]),
            "a name of a private network": named(["10.0.0.1", "192.168.0.1"]),
            "a name of a cloud's metadata": named(["169.254.169.254"]),
            "public at first, then this machine": named([PUBLIC_ADDRESS], ["127.0.0.1"]),
            "public at first, then a private network": named([PUBLIC_ADDRESS], ["10.0.0.1"], ["::1"]),
            "public and private together": named([PUBLIC_ADDRESS, "127.0.0.1", "::1"]),
            "nothing": named([]),
        },
        401,
        "key-unknown",
        **_PUBLIC,
    ),
    *vectors(
        "SS-08",
        each(("127.0.0.1", "[::1]", "10.0.0.1"), lives_at),
        401,
        "key-unknown",
        check=not_even_asked,
        **_PUBLIC,
    ),
    *vectors(
        "SS-10",
        {
            "to itself": led(lambda _, party: redirect(party.iri), hits=3),
            "for ever": led(hop, hits=3),
            "three times": led(hops(3), hits=3),
            "to nowhere": led(lambda *_: lambda _: reply(status=302, media=None), hits=3),
            "to what is no address": led(elsewhere(lambda _: "http://[::1"), hits=1),
        },
        401,
        "key-unknown",
        fetches=3,
    ),
    case("SS-10", "twice", led(hops(2), hits=3), 202, fetches=3),
    *vectors(
        "SS-11",
        {
            f"to another server with {status}": led(elsewhere(lambda w: w.rival.iri, status), hits=1)
            for status in (301, 302, 303, 307, 308)
        }
        | {
            "to the canary": led(elsewhere(lambda w: f"http://127.0.0.1:{w.canary.port}/evil"), hits=1),
            "to the canary by name": led(
                elsewhere(lambda w: f"http://localhost:{w.canary.port}/evil"), hits=1
            ),
            "to a private network": led(elsewhere(lambda _: "https://10.0.0.1/evil"), hits=1),
            "to a file": led(elsewhere(lambda _: "file:///etc/passwd"), hits=1),
            "to the other scheme": led(
                elsewhere(lambda w: w.dark.origin.replace("http:", "https:") + "/evil"), hits=1
            ),
            "to user information": led(
                elsewhere(lambda w: w.dark.origin.replace("//", "//evil@") + "/evil"), hits=1
            ),
        },
        401,
        "key-unknown",
    ),
    case("SS-11", "a delivery", led_delivery, 200, fetches=1),
    *vectors(
        "SS-13",
        {
            f"port {port}": lives_at(f"ports.example:{port}", port=False)
            for port in (0, 22, 25, 80_000, 6379, 65_536, 6667, 3306, "0443", "-1", "443443")
        }
        | {
            "user information": lives_at_address("https://evil@shop.example/actors/x"),
            "a password": lives_at_address("https://evil:evil@shop.example/actors/x"),
            "a line break": lives_at_address("https://shop.example/\r\nX-Injected: x"),
            "a blank": lives_at_address("https://shop.example/actors/evil x"),
            "a tab": lives_at_address("https://shop.example/\tevil"),
            "a backslash": lives_at_address("https://shop.example\\@evil.example/x"),
            "four kilobytes": lives_at_address("https://shop.example/" + "x" * 4_096),
            "no host": lives_at_address("https:///evil"),
            "no scheme": lives_at_address("//shop.example/evil"),
            "another scheme": lives_at_address("gopher://shop.example/evil"),
            "a file": lives_at_address("file:///etc/passwd"),
            "dots": lives_at_address("https://shop.example/a/../evil"),
        },
        422,
        **_PUBLIC,
    ),
    *vectors(
        "SS-13",
        {
            "a key at port 22": key_at("https://shop.example:22/actors/shop#rsa-1"),
            "a key at another port": key_at("https://shop.example:8443/actors/shop#rsa-1"),
            "a key behind user information": key_at("https://evil@shop.example/actors/shop#rsa-1"),
            "a key with a blank": key_at("https://shop.example/actors/shop #rsa-1"),
            "a key of four kilobytes": key_at("https://shop.example/" + "x" * 4_096),
            "a key at another spelling": key_at("https://shop.example/./actors/shop#rsa-1"),
            "a key in plain http": key_at("http://shop.example/actors/shop#rsa-1"),
        },
        401,
        **_PUBLIC,
    ),
    *vectors(
        "SS-14",
        each(
            (
                "x@127.0.0.1:6379",
                "x@127.0.0.1:{port}",
                "x@localhost:{port}",
                "x@127.0.0.1",
                "x@localhost",
                "x@[::1]",
                "x@[::1]:{port}",
                "x@10.0.0.1",
                "x@2130706433",
                "x@0x7f.1",
                "x@evil.example/path?",
                "x@evil.example?",
                "x@evil.example#",
                "x@@evil.example",
                "x@y@evil.example",
                "acct:x#@evil.example",
                "x@evil.example:80",
                "@x",
                "x@",
                "acct:acct:x@evil.example",
                "x@%31%32%37.0.0.1",
                "x!y@evil.example",
                "x%40y@evil.example",
                "x@ⓔvil.example",
                "x@evil..example",
                "x@-evil.example",
                "javascript:alert(1)",
            ),
            owner_looks_up,
        ),
        (400, 422),
        **_PUBLIC,
    ),
    *vectors(
        "SS-14",
        {
            f"{who}, in development": owner_looks_up(who)
            for who in (
                "x@127.0.0.1:6379",
                "x@127.0.0.1/evil",
                "x@10.0.0.1:8080",
                "x@evil.example:8080",
                "x@0x7f.1:8080",
            )
        },
        422,
        fetches=0,
    ),
    *vectors(
        "SS-16",
        {
            "an endless answer about an account": lookup_of(endless),
            "ten gigabytes about an account": lookup_of(ten_gigabytes),
            "less than announced": lookup_of(short_of_its_length),
            "a bomb": lookup_of(lambda _, body: [reply(bomb(body), headers=["Content-Encoding: gzip"])]),
            "another media type": lookup_of(lambda _, body: [reply(body)], media="text/html"),
        },
        (413, 422, 502),
        fetches=0,
    ),
    *vectors(
        "SS-17",
        {
            "a head that never ends": hurried(at_site(lambda _: Site(), slow_head)),
            "a body that never ends": hurried(at_site(lambda _: Site(), slow_body)),
            "silence": hurried(at_site(lambda _: Site(), silent)),
            "silence, encrypted": hurried(at_site(tls(), silent)),
            "heads before the head without end": hurried(at_site(lambda _: Site(), only_hints)),
        },
        401,
        "key-unknown",
        node="travelling",
        fetches=2,
    ),
    *vectors(
        "SS-17",
        {
            "an account's host that says nothing": hurried(lookup_of(silent)),
            "an account's host that takes its time": hurried(lookup_of(slow_head)),
        },
        502,
        "timeout",
        node="travelling",
        fetches=0,
    ),
    case("SS-19", "a certificate that is good", at_site(tls()), 202, node="travelling", fetches=0),
    *vectors(
        "SS-19",
        {
            "by itself": at_site(tls(by_itself=True)),
            "that has expired": at_site(tls(expired=True)),
            "for another name": at_site(tls("evil.example")),
            "for another address": at_site(tls("127.0.0.9")),
        },
        401,
        "key-unknown",
        fetches=0,
    ),
    case("SS-19", "none, but plain http", no_fallback, 401, "key-unknown", node="travelling", fetches=0),
    *vectors(
        "SS-20",
        {
            "looked up at this machine": owner_looks_up("https://127.0.0.1:{port}/evil"),
            "looked up at a private network": owner_looks_up("https://10.0.0.1/evil"),
            "followed at this machine": owner_follows("https://127.0.0.1:{port}/evil"),
            "posted to this machine": owner_sends("https://127.0.0.1:{port}/evil"),
            "posted to a private network": owner_sends("https://[fd00::1]/evil"),
        },
        (422, 502),
        **_PUBLIC,
    ),
    *vectors(
        "SS-20",
        {
            "told of an intention at this machine": owner_casts_to("https://127.0.0.1:{port}/evil"),
            "told of an intention at a private network": owner_casts_to("https://192.168.0.1/evil"),
        },
        200,
        **_PUBLIC,
    ),
    *vectors(
        "SS-22",
        {
            "development on every address of IPv6": settings(dev=True, host="::"),
            "development on an address of the network": settings(dev=True, host="192.168.0.7"),
            "development for another name": settings(dev=True, origin="http://node.example"),
            "plain http without development": settings(origin="http://127.0.0.1:8420"),
            "no address at all": settings(),
        },
        200,
    ),
    *vectors(
        "SS-22",
        {
            "development on every address": started("--dev", "--host", "0.0.0.0"),
            "development by the environment": started("--host", "0.0.0.0", dev="true"),
        },
        200,
        quick=False,
    ),
)
