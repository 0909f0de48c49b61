"""KY: keys that are not whose they say, and actors that are not what was asked for."""

import gzip
import time
from collections.abc import Callable, Iterable, Iterator
from datetime import timedelta
from typing import Any, Final

import orjson

from protocol import multibase
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_JSON, JRD_JSON
from tests.attacks.cases import Attack, Case, case, hurried, vectors
from tests.attacks.crowds import come, ghosts
from tests.attacks.parties import Party, at, fresh_ed25519, number
from tests.attacks.sites import Hit, Page, Site, page, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect
from tests.keys import rsa_key

_LIMIT_BYTES: Final = 262_144
# What a sender can push into the buffers of both ends before it notices that nobody reads any more.
_BUFFERED_BYTES: Final = 16_000_000
_NETWORKS: Final = 10  # so that no network meets its own share first
_FLOOD: Final = 300  # more actors than one origin may be asked for in a burst
_BURST: Final = 100
_PER_SECOND: Final = 5.0


def offer_by(
    make: Callable[[World], Party],
    *,
    key: Callable[[World, Party], Any] | None = None,
    key_id: Callable[[World, Party], str] | None = None,
) -> Attack:
    """Bring the baseline from somebody else, perhaps with another key or under another key id."""

    def attack(world: World) -> Answer:
        sender = make(world)
        document = world.offer(sender)
        world.hold()
        return world.deliver(
            sender,
            document,
            key=key(world, sender) if key else None,
            key_id=key_id(world, sender) if key_id else None,
        )

    return attack


def stranger(change: Callable[[World, Party], Document]) -> Callable[[World], Party]:
    """Return an actor on the attacker's server whose document is bent."""

    def make(world: World) -> Party:
        party = world.stranger()
        return party.publish(change(world, party))

    return make


def behind(answer: Callable[[World, Party], Page]) -> Callable[[World], Party]:
    """Return an actor whose server answers in its own way."""

    def make(world: World) -> Party:
        party = world.stranger()
        party.site = world.dark
        world.dark.pages[party.path] = answer(world, party)
        return party

    return make


# --- KY-01, KY-02 -------------------------------------------------------------------------------------------


def key_document(world: World, owner: Party) -> str:
    """Serve a key of the thief's on the thief's server, which says that it belongs to somebody else."""
    path = f"/keys/{number()}"
    iri = world.dark.origin + path
    world.dark.pages[path] = page(
        {
            "@context": "https://w3id.org/security/v1",
            "id": iri,
            "type": "CryptographicKey",
            "owner": owner.iri,
            "controller": owner.iri,
            "publicKeyPem": world.thief.rsa.public.pem,
        }
    )
    return iri


def in_the_name_of_the_rival(
    key_id: Callable[[World], str], key: Callable[[World], Any] | None = None
) -> Attack:
    """Say something as the rival, signed with a key of the thief's."""
    signs = key or (lambda world: world.thief.rsa)

    def attack(world: World) -> Answer:
        document = world.offer(world.rival)
        chosen = key_id(world)
        world.hold()
        return world.deliver(world.rival, document, key=signs(world), key_id=chosen)

    return attack


def as_neighbours(key_id: Callable[[Party, Party], str]) -> Attack:
    """Say something as one of two actors on one server, signed by the other."""

    def attack(world: World) -> Answer:
        victim, villain = world.stranger(), world.stranger()
        victim.owner_of_rsa = "victim"
        victim.publish()
        world.must(world.baseline(victim))
        document = world.offer(victim)
        world.hold()
        return world.deliver(victim, document, key=villain.rsa, key_id=key_id(victim, villain))

    return attack


def not_asked_again(world: World) -> Answer:
    """Come twice with a key that the actor does not list: the second time nobody is asked."""
    victim = world.stranger()
    world.deliver(victim, world.offer(victim), key_id=f"{victim.iri}#none")
    asked = len(world.dark.gets(victim.path))
    expect(asked <= 2, "the actor is asked for once, and once more since the key did not fit")
    document = world.offer(victim)
    world.hold()
    return world.deliver(victim, document, key_id=f"{victim.iri}#none")


# --- KY-04, KY-05: what was asked for and what came ---------------------------------------------------------


def reads(key_id: Callable[[World], tuple[str, Any]]) -> Attack:
    """Ask for a private intention, signed with a key that is to be found where its id says."""

    def attack(world: World) -> Answer:
        wanted = world.cast(world.rival.iri)
        world.settle()
        iri, key = key_id(world)
        world.hold()
        return world.fetch(world.rival, wanted.iri, key=key, key_id=iri)

    return attack


def foreign_key_document(world: World) -> tuple[str, Any]:
    """Serve a document at the key's address that says it is the rival, with the thief's key in it."""
    path = f"/keys/{number()}"
    bent = at(world.rival.document, "publicKey", "publicKeyPem", put=world.thief.rsa.public.pem)
    world.dark.pages[path] = page(bent)
    return world.dark.origin + path, world.thief.rsa


def renamed(world: World, party: Party) -> Document:
    """Let an actor say that it is another one, on another server."""
    return {**party.document, "id": world.rival.iri}


def pointing_elsewhere(world: World, party: Party) -> Document:
    """Let an actor say that it is another one on the same server, who is there."""
    return {**party.document, "id": world.stranger().iri}


def pointing_on_and_on(world: World, party: Party) -> Document:
    """Let an actor name an address where a third one is named."""
    second, third = world.stranger(), world.stranger()
    second.publish({**second.document, "id": third.iri})
    return {**party.document, "id": second.iri}


def under_its_key(world: World) -> Answer:
    """Ask with a key whose address leads to its actor on the same server, as GoToSocial has it."""
    reader = world.stranger()
    wanted = world.cast(reader.iri)
    world.settle()
    iri = f"{reader.iri}/main-key"
    reader.publish(at(reader.document, "publicKey", "id", put=iri))
    world.dark.pages[f"{reader.path}/main-key"] = page(
        {
            **reader.document,
            "publicKey": {"id": iri, "owner": reader.iri, "publicKeyPem": reader.rsa.public.pem},
        }
    )
    world.advance(minutes=6)
    world.hold()
    return world.fetch(reader, wanted.iri, key_id=iri)


KEY_IDS: Final[dict[str, Callable[[World, Party], Document]]] = {
    "a key of another server": lambda w, p: at(p.document, "publicKey", "id", put=f"{w.rival.iri}#rsa-1"),
    "a key of another owner": lambda w, p: at(p.document, "publicKey", "owner", put=w.rival.iri),
    "a key of two owners": lambda w, p: at(p.document, "publicKey", "owner", put=[p.iri, w.rival.iri]),
    "a key of nobody's, of another server": lambda w, p: at(
        at(p.document, "publicKey", "owner", put=...), "publicKey", "id", put=f"{w.rival.iri}#rsa-1"
    ),
    "a key of somebody without a name": lambda _, p: at(
        p.document, "publicKey", "owner", put={"type": "Person"}
    ),
    "a key whose owner and controller differ": lambda w, p: at(
        p.document, "publicKey", "controller", put=w.rival.iri
    ),
    "a key that was revoked": lambda _, p: at(p.document, "publicKey", "revoked", put="2020-01-01T00:00:00Z"),
    "a key that was revoked in no words": lambda _, p: at(p.document, "publicKey", "revoked", put=""),
    "a key that was revoked, it does not say when": lambda _, p: at(
        p.document, "publicKey", "revoked", put=False
    ),
    "a key that has expired": lambda _, p: at(p.document, "publicKey", "expires", put="2020-01-01T00:00:00Z"),
    "a key that expires some day": lambda _, p: at(p.document, "publicKey", "expires", put="some day"),
    "two keys under one id": lambda w, p: at(
        p.document,
        "publicKey",
        put=[p.document["publicKey"], {**p.document["publicKey"], "publicKeyPem": w.rival.rsa.public.pem}],
    ),
    "no key": lambda _, p: at(p.document, "publicKey", put=...),
    "a context that gives its owner another meaning": lambda _, p: at(
        p.document, "@context", put=[*p.document["@context"], {"owner": "https://evil.example/owner"}]
    ),
    "a context that gives its inbox another meaning": lambda _, p: at(
        p.document, "@context", put=[*p.document["@context"], {"inbox": "as:outbox"}]
    ),
    "a key in words": lambda _, p: at(p.document, "publicKey", "publicKeyPem", put="evil"),
    "a private key": lambda _, p: at(p.document, "publicKey", "publicKeyPem", put=p.rsa.pem),
    "an inbox elsewhere": lambda w, p: {**p.document, "inbox": f"{w.rival.iri}/inbox"},
    "no inbox": lambda _, p: at(p.document, "inbox", put=...),
}

OWN_KEYS: Final[dict[str, Callable[[World, Party], Document]]] = {
    "that names nobody": lambda _, p: at(p.document, "publicKey", "owner", put=...),
    "of null": lambda _, p: at(p.document, "publicKey", "owner", put=None),
    "of the actor as an object": lambda _, p: at(p.document, "publicKey", "owner", put={"id": p.iri}),
    "that is not revoked": lambda _, p: at(p.document, "publicKey", "revoked", put=None),
    "that does not expire": lambda _, p: at(p.document, "publicKey", "expires", put=None),
    "of an actor whose context means another place": lambda _, p: {
        **p.document,
        "@context": [*p.document["@context"], {"location": "http://schema.org/location"}],
        "location": {"type": "Place", "name": "Bern"},
    },
}

# --- KY-07, KY-08: how it was served ------------------------------------------------------------------------


def served_as(*media: str) -> Callable[[World], Party]:
    """Serve a good document under other media types, as a user's upload would be."""

    def answer(_: World, party: Party) -> Page:
        body = orjson.dumps(party.document)
        lines = [f"Content-Type: {each}" for each in media]
        return lambda _: reply(body, media=None, headers=lines)

    return behind(answer)


def written(change: Callable[[bytes], bytes], *headers: str) -> Callable[[World], Party]:
    """Serve a document whose bytes are bent."""

    def answer(_: World, party: Party) -> Page:
        body = change(orjson.dumps(party.document))
        return lambda _: reply(body, headers=headers)

    return behind(answer)


def streamed(talk: Callable[[Site, bytes], Iterable[bytes]]) -> Callable[[World], Party]:
    """Serve a document piece by piece."""

    def answer(world: World, party: Party) -> Page:
        body = orjson.dumps(party.document)
        return lambda _: talk(world.dark, body)

    return behind(answer)


_HEAD: Final = f"HTTP/1.1 200 OK\r\nContent-Type: {ACTIVITY_JSON}\r\nConnection: close\r\n".encode()


def endless(site: Site, body: bytes) -> Iterator[bytes]:
    """Never stop."""
    yield _HEAD + b"\r\n" + body
    while not site.stopped.is_set():
        yield b" " * 65_536


def endless_chunks(site: Site, body: bytes) -> Iterator[bytes]:
    """Never stop, in chunks."""
    yield _HEAD + b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%b\r\n" % (len(body), body)
    while not site.stopped.is_set():
        yield b"10000\r\n" + b" " * 65_536 + b"\r\n"


def ten_gigabytes(site: Site, body: bytes) -> Iterator[bytes]:
    """Announce ten gigabytes, and begin."""
    yield _HEAD + b"Content-Length: 10737418240\r\n\r\n" + body
    while not site.stopped.is_set():
        yield b" " * 65_536


def short_of_its_length(_: Site, body: bytes) -> Iterator[bytes]:
    """Announce more than comes."""
    yield _HEAD + b"Content-Length: %d\r\n\r\n" % (len(body) + 100) + body


def slow_body(site: Site, body: bytes) -> Iterator[bytes]:
    """Send a byte now and then."""
    yield _HEAD + b"Content-Length: %d\r\n\r\n" % len(body)
    for byte in body:
        yield bytes([byte])
        if not site.pause(0.2):
            return


def slow_head(site: Site, _: bytes) -> Iterator[bytes]:
    """Send a head that never ends."""
    yield b"HTTP/1.1 200 OK\r\n"
    while site.pause(0.2):
        yield b"X: y\r\n"


def only_hints(site: Site, _: bytes) -> Iterator[bytes]:
    """Send interim answers, and never the answer."""
    while not site.stopped.is_set():
        yield b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" * 400


def silent(site: Site, _: bytes) -> Iterator[bytes]:
    """Say nothing at all."""
    while site.pause(0.2):
        yield b""


def bomb(_: bytes) -> bytes:
    """Compress 40 MB of blanks into 40 KB."""
    return gzip.compress(b" " * 40_000_000, 9)


def pushed_little(attack: Attack) -> Attack:
    """Look at how much an endless server got rid of."""

    def bounded(world: World) -> Answer:
        before = world.dark.sent_bytes
        answer = attack(world)
        expect(world.dark.sent_bytes - before < _BUFFERED_BYTES, "nobody reads on beyond the limit")
        return answer

    return bounded


# --- KY-10, KY-11, KY-13, KY-14 -----------------------------------------------------------------------------


def update_of(whose: Callable[[World, Party], Party]) -> Attack:
    """Tell the node of new keys for somebody, signed with one's own old key, and then use them."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        world.must(world.baseline(sender))
        subject = whose(world, sender)
        rotated = at(subject.document, "publicKey", "publicKeyPem", put=world.thief.rsa.public.pem)
        answer = world.deliver(sender, sender.activity("Update", rotated, world.ada))
        expect(answer.status in (202, 403, 422), f"the Update is answered with {answer.status}")
        document = world.offer(subject)
        world.hold()
        return world.deliver(subject, document, key=fresh_rsa(), key_id=subject.rsa_id)

    return attack


def update_of_another(world: World) -> Answer:
    """Tell the node that somebody else has changed."""
    sender = world.stranger()
    world.must(world.baseline(sender))
    world.hold()
    return world.deliver(sender, sender.activity("Update", world.rival.document, world.ada))


def fresh_rsa() -> Any:
    """Return a key that no document lists."""
    return rsa_key("nobody")


def backdated(world: World) -> Answer:
    """Sign with a key that its owner ended, at a time when it still counted."""
    sender = world.stranger()
    ends = world.now().replace(microsecond=0)
    listed = at(sender.document, "publicKey", "expires", put=_in_an_hour(world))
    sender.publish(listed)
    world.must(world.baseline(sender))
    world.advance(hours=2)
    document = world.offer(sender)
    world.hold()
    return world.deliver(sender, document, now=ends)


def _in_an_hour(world: World) -> str:
    return (world.now() + timedelta(hours=1)).strftime("%Y-%m-%dT%H:%M:%SZ")


def taken_out(world: World) -> Answer:
    """Sign with a key that its owner has taken out of the document since, dated back to before that."""
    sender = world.stranger()
    world.must(world.baseline(sender))
    old, sender.owner_of_rsa = sender.rsa, "victim"
    sender.publish()
    world.advance(hours=25)
    document = world.offer(sender)
    world.hold()
    return world.deliver(sender, document, key=old, now=world.now() - timedelta(hours=11))


def many_keys(place: int) -> Attack:
    """Sign with one of a thousand keys."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        listed = [
            {
                "id": f"{sender.iri}#key-{turn}",
                "type": "Multikey",
                "controller": sender.iri,
                "publicKeyMultibase": multibase.encode(b"\xed\x01" + fresh_ed25519().public.raw)
                if turn != place
                else sender.ed25519.public.multibase,
            }
            for turn in range(1, 1_001)
        ]
        sender.publish({**sender.document, "publicKey": [], "assertionMethod": listed})
        document = world.offer(sender)
        bare = {name: member for name, member in document.items() if name != "proof"}
        proved = sender.prove(bare, now=world.now(), method=f"{sender.iri}#key-{place}")
        world.hold()
        return world.deliver(sender, proved, key=sender.ed25519, key_id=f"{sender.iri}#key-{place}")

    return attack


def many_actors(world: World) -> Answer:
    """Come as hundreds of actors of one server that do not exist: its owner is not asked for each of them."""
    site = Site({"/*": lambda _: reply(status=404, media=None)})
    try:
        began = time.monotonic()
        answers = come(world, ghosts(site.origin, _FLOOD, "nobody"), networks=_NETWORKS)
        allowed = _BURST + _PER_SECOND * (time.monotonic() - began) + 1
        expect(len(site.gets()) <= allowed, f"{len(site.gets())} fetches from one server")
        expect(len(site.gets()) >= _BURST // 2, "a server of many actors is asked at first")
        return answers[-1]
    finally:
        site.close()
        world.advance(minutes=5)  # what was spent is there again


def forging_on_and_on(world: World) -> Answer:
    """Bring one bad signature after the other: the key is looked at anew once in five minutes."""
    victim = world.stranger()
    world.must(world.baseline(victim))
    world.hold()
    for minutes in (6, 6):
        world.advance(minutes=minutes)
        before = len(world.dark.gets(victim.path))
        for _ in range(20):
            answer = world.deliver(victim, world.offer(victim), key=world.rival.rsa)
            expect(answer.status == 401, "a bad signature is refused")
        expect(len(world.dark.gets(victim.path)) - before == 1, "the actor is asked for once")
    return answer


# --- KY-16: WebFinger ---------------------------------------------------------------------------------------


def lookup(
    answer: Callable[[World, Party], Document | None], who: str = "{name}@{host}", media: str = JRD_JSON
) -> Attack:
    """Have the owner look up an account whose host answers like this."""

    def attack(world: World) -> Answer:
        party = world.stranger()
        site = Site()
        party.origin, party.site = site.origin, site
        party.publish()
        described = answer(world, party)
        if described is not None:
            site.pages["/.well-known/webfinger"] = page(described, media=media)
        host = site.origin.removeprefix("http://")
        try:
            return world.owner(
                "POST", "/fed/lookup", {"what": who.format(name=party.name, host=host, node=world.host)}
            )
        finally:
            site.close()

    return attack


def described(party: Party, *, subject: str = "", href: str = "", **members: Any) -> Document:
    """Answer about an account."""
    host = party.origin.removeprefix("http://")
    link = {"rel": "self", "type": ACTIVITY_JSON, "href": href or party.iri}
    return {"subject": subject or f"acct:{party.name}@{host}", "links": [link], **members}


def found_both_ways(_: World, answer: Answer) -> None:
    expect(answer.json["acct"] == answer.json["acct"].lower(), "the account is the one that was asked for")


def with_handle(world: World, party: Party) -> Document:
    """Let the actor that the host names go by another handle."""
    assert party.site is not None
    party.site.pages[party.path] = page({**party.document, "preferredUsername": "somebody-else"})
    return described(party)


# --- KY-17 --------------------------------------------------------------------------------------------------


def of_type(*types: str) -> Callable[[World], Party]:
    """Return an actor of other types."""
    chosen: Any = list(types) if len(types) != 1 else types[0]
    return stranger(lambda _, party: {**party.document, "type": chosen})


def gone_since(answer: Page) -> Attack:
    """Deal with an actor, let it be gone, and let somebody speak with its old key a day later."""

    def attack(world: World) -> Answer:
        sender = world.stranger()
        world.must(world.baseline(sender))
        world.dark.pages[sender.path] = answer
        world.advance(hours=25)
        document = world.offer(sender)
        world.hold()
        return world.deliver(sender, document)

    return attack


def farewell(world: World) -> Answer:
    """Tell the node of the end of an actor it never knew, whose key is gone with it."""
    gone = world.stranger(page=lambda _: reply(status=410, media=None))
    world.hold()
    return world.deliver(gone, gone.activity("Delete", gone.iri, world.ada))


def tombstone(_: Hit) -> bytes:
    """Serve a tombstone."""
    return reply(orjson.dumps({"@context": "https://www.w3.org/ns/activitystreams", "type": "Tombstone"}))


CASES: Final[tuple[Case, ...]] = (
    case(
        "KY-00", "a stranger with a good document", offer_by(lambda world: world.stranger()), 202, fetches=1
    ),
    *vectors(
        "KY-01",
        {
            "a key document that says it is the rival's": in_the_name_of_the_rival(
                lambda world: key_document(world, world.rival)
            ),
            "a key in the thief's actor": in_the_name_of_the_rival(lambda world: world.thief.rsa_id),
            "a key under the rival's name at the thief's": in_the_name_of_the_rival(
                lambda world: f"{world.dark.origin}{world.rival.path}#rsa-1"
            ),
            "a key at no address": in_the_name_of_the_rival(lambda _: "evil"),
            "a key in a DID": in_the_name_of_the_rival(
                lambda world: f"did:key:{world.thief.ed25519.public.multibase}",
                lambda world: world.thief.ed25519,
            ),
        },
        401,
        "key-foreign",
        fetches=0,
    ),
    case("KY-01", "a key nobody lists, twice", not_asked_again, 401, "key-unknown", fetches=0),
    *vectors(
        "KY-02",
        {
            "under the rival's key id": in_the_name_of_the_rival(lambda world: world.rival.rsa_id),
            "under the rival's other key id": in_the_name_of_the_rival(lambda world: world.rival.ed25519_id),
        },
        401,
        ("signature-invalid", "algorithm-mismatch"),
    ),
    *vectors(
        "KY-02",
        {
            "a neighbour's own key": as_neighbours(lambda _, villain: villain.rsa_id),
            "a key id that begins like the victim's": as_neighbours(lambda victim, _: victim.rsa_id + "0"),
            "the beginning of the victim's key id": as_neighbours(lambda victim, _: victim.rsa_id[:-1]),
            "the victim for its key": as_neighbours(lambda victim, _: victim.iri),
        },
        401,
        "key-unknown",
    ),
    *vectors(
        "KY-02",
        {
            "a longer key id than is listed": offer_by(
                lambda world: world.shop, key_id=lambda _, shop: shop.rsa_id + "0"
            ),
            "a shorter key id than is listed": offer_by(
                lambda world: world.shop, key_id=lambda _, shop: shop.rsa_id[:-1]
            ),
            "a key id in other letters": offer_by(
                lambda world: world.shop, key_id=lambda _, shop: shop.rsa_id.upper().replace("HTTP", "http")
            ),
        },
        401,
        "key-unknown",
    ),
    case("KY-04", "a key document that is the rival's", reads(foreign_key_document), 401, fetches=2),
    case("KY-04", "a key whose address leads to its actor", under_its_key, 200, fetches=3, still=True),
    *vectors(
        "KY-04",
        {name: offer_by(stranger(change)) for name, change in KEY_IDS.items()},
        401,
        ("key-unknown", "key-expired"),
        fetches=2,
    ),
    *vectors(
        "KY-04",
        {f"a key {name}": offer_by(stranger(change)) for name, change in OWN_KEYS.items()},
        202,
        fetches=1,
        note="JSON-LD: null is nothing; a key in the actor's own document is the actor's unless it says so.",
    ),
    *vectors(
        "KY-05",
        {
            "that says it is the rival": offer_by(stranger(renamed)),
            "that says it is a neighbour": offer_by(stranger(pointing_elsewhere)),
            "that leads on and on": offer_by(stranger(pointing_on_and_on)),
            "without an id": offer_by(stranger(lambda _, party: at(party.document, "id", put=...))),
            "with a list of ids": offer_by(
                stranger(lambda _, party: {**party.document, "id": [party.iri, party.iri]})
            ),
        },
        401,
        "key-unknown",
        fetches=4,
    ),
    *vectors(
        "KY-07",
        {
            name: offer_by(served_as(*media))
            for name, media in {
                "HTML": ("text/html",),
                "plain text": ("text/plain",),
                "an image": ("image/png",),
                "bytes": ("application/octet-stream",),
                "plain JSON": ("application/json",),
                "JSON-LD without a profile": ("application/ld+json",),
                "no type": (),
                "two types": ("text/html", ACTIVITY_JSON),
                "a type within a type": (f"text/html; x={ACTIVITY_JSON}",),
            }.items()
        },
        401,
        "key-unknown",
    ),
    *vectors(
        "KY-08",
        {
            "300 KB": offer_by(written(lambda body: body[:-1] + b" " * 300_000 + b"}")),
            "a thousand lists deep": offer_by(
                written(lambda body: body[:-1] + b',"x":' + b"[" * 1_000 + b"]" * 1_000 + b"}")
            ),
            "a key said twice": offer_by(written(lambda body: b'{"inbox":"evil",' + body[1:])),
            "not JSON": offer_by(written(lambda body: body[:-1])),
            "a list": offer_by(written(lambda body: b"[" + body + b"]")),
            "compressed": offer_by(written(gzip.compress, "Content-Encoding: gzip")),
            "a bomb": offer_by(written(bomb, "Content-Encoding: gzip")),
            "a bomb that says it is none": offer_by(written(bomb)),
        },
        401,
        "key-unknown",
    ),
    *vectors(
        "KY-08",
        {
            "endless": pushed_little(offer_by(streamed(endless))),
            "endless chunks": pushed_little(offer_by(streamed(endless_chunks))),
            "ten gigabytes": pushed_little(offer_by(streamed(ten_gigabytes))),
            "less than announced": offer_by(streamed(short_of_its_length)),
        },
        401,
        "key-unknown",
        fetches=2,  # a connection that breaks at once is tried once more
    ),
    case(
        "KY-08",
        "a byte now and then",
        hurried(offer_by(streamed(slow_body))),
        401,
        "key-unknown",
        node="travelling",
        fetches=2,
    ),
    *vectors(
        "KY-10",
        {
            "its own, with a key it does not list": update_of(lambda _, sender: sender),
            "a rival's": update_of(lambda world, _: world.rival),
        },
        401,
        ("signature-invalid", "key-unknown"),
        note="no statement changes a key: it counts what the actor's own document lists when it is fetched.",
    ),
    case("KY-10", "a change of somebody else", update_of_another, (403, 422)),
    case("KY-11", "a key past its end, dated back", backdated, 401, "key-expired", node="travelling"),
    case(
        "KY-11",
        "a key taken out, dated back",
        taken_out,
        401,
        ("key-unknown", "signature-invalid"),
        node="travelling",
    ),
    case("KY-13", "the first of a thousand keys", many_keys(1), 202, fetches=1),
    case("KY-13", "the sixteenth", many_keys(16), 202, fetches=1),
    *vectors(
        "KY-13",
        {"the seventeenth": many_keys(17), "the last": many_keys(1_000)},
        401,
        "key-unknown",
        fetches=2,
    ),
    case(
        "KY-13",
        "hundreds of actors of one server",
        many_actors,
        401,
        fetches=0,
        quick=False,
    ),
    case("KY-14", "one bad signature after the other", forging_on_and_on, 401, fetches=3, node="travelling"),
    case(
        "KY-16",
        "a good account",
        lookup(lambda _, p: described(p)),
        200,
        check=found_both_ways,
        fetches=0,
        still=True,
    ),
    case(
        "KY-16",
        "an answer as plain JSON",
        lookup(lambda _, p: described(p), media="application/json"),
        200,
        check=found_both_ways,
        fetches=0,
        still=True,
    ),
    *vectors(
        "KY-16",
        {
            "as plain JSON, about another account": lookup(
                lambda _, p: described(p, subject="acct:evil@evil.example"), media="application/json"
            ),
            "as plain JSON, that names an actor on another host": lookup(
                lambda w, p: described(p, href=w.rival.iri), media="application/json"
            ),
            "about another account": lookup(lambda _, p: described(p, subject="acct:evil@evil.example")),
            "about another host": lookup(lambda w, p: described(p, subject=f"acct:{p.name}@{w.host}")),
            "about an address": lookup(lambda _, p: described(p, subject=p.iri)),
            "about nothing": lookup(lambda _, p: {"links": described(p)["links"]}),
            "that names an actor on another host": lookup(lambda w, p: described(p, href=w.rival.iri)),
            "that names the owner": lookup(lambda w, p: described(p, href=w.ada)),
            "that names no actor": lookup(lambda _, p: {**described(p), "links": []}),
            "that names no address": lookup(lambda _, p: described(p, href="javascript:alert(1)")),
            "whose actor goes by another handle": lookup(with_handle),
            "of our own": lookup(lambda _, p: described(p), who="{name}@{node}"),
            "of the owner": lookup(lambda _, p: described(p), who="ada@{node}"),
        },
        422,
        fetches=0,
    ),
    *vectors(
        "KY-17",
        {
            "a Note": offer_by(of_type("Note")),
            "a Collection": offer_by(of_type("OrderedCollection")),
            "two kinds": offer_by(of_type("Person", "Organization")),
            "no kind": offer_by(of_type("https://evil.example/Actor")),
            "a tombstone": offer_by(of_type("Tombstone")),
            "a status of 410": offer_by(behind(lambda *_: lambda _: reply(status=410, media=None))),
            "a status of 404": offer_by(behind(lambda *_: lambda _: reply(status=404, media=None))),
            "a status of 500": offer_by(behind(lambda *_: lambda _: reply(status=500, media=None))),
        },
        401,
        ("key-unknown", "key-gone"),
        fetches=2,
    ),
    *vectors(
        "KY-17",
        {
            "gone since, as its server says": gone_since(lambda _: reply(status=410, media=None)),
            "gone since, as a tombstone says": gone_since(tombstone),
        },
        401,
        ("key-unknown", "key-gone"),
        node="travelling",
        fetches=2,
    ),
    case("KY-17", "the farewell of somebody unknown", farewell, 202, still=True, fetches=1),
)
