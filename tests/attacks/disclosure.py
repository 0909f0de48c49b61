"""AC: who may see what. What is private does not exist for others, and nothing of it leaks on the way."""

import re
import subprocess
from collections.abc import Callable, Mapping
from itertools import pairwise
from pathlib import Path
from typing import Final

import orjson

from node.folder import DATABASE_NAME
from node.terminal import data_folder
from protocol.strictjson import Document
from tests.attacks.agreement import agreement_for
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.nodes import ROOT, database_path, environment, freehold, socket_path
from tests.attacks.parties import MARK, Event, Party, number, serialise
from tests.attacks.tampering import copied, edited
from tests.attacks.wire import Answer, Shot, dial
from tests.attacks.world import World, expect
from tests.whole import OPERATIONS

Reader = Callable[[World], Party | None]
Find = Callable[[World], str]

# What an owner tells nobody: a limit that is no price of anything else, and a note.
LIMIT: Final = "4242.42"
NOTE: Final = "would pay more for a belt drive"

_OFFER_EVENT: Final = re.compile(rb"event: offer\ndata: [^\n]*\n")
_ID: Final = re.compile(r"[a-z]+_[0-9a-hjkmnp-tv-z]{26}")


# --- AC-01: what is there, and for whom ---------------------------------------------------------------------


def an_intention(world: World) -> str:
    """Tell the shop alone of an intention."""
    return world.cast(world.shop.iri, limit_price=LIMIT, notes=NOTE).iri


def the_telling(world: World) -> str:
    """Return the activity that told the shop."""
    return str(world.received(world.shop, "Create", an_intention(world))["id"])


def an_offer(world: World) -> str:
    """Make the shop an offer."""
    return str(world.offered(world.shop)["id"])


def a_negotiation(world: World) -> str:
    """Return the negotiation that an offer of the node's opened."""
    return str(world.offered(world.shop)["context"])


def an_acceptance(world: World) -> str:
    """Accept an offer of the shop's."""
    return str(agreement_for(world, world.shop, world.opened(world.shop))["id"])


def an_agreement(world: World) -> str:
    """Return the agreement that an acceptance made."""
    return str(agreement_for(world, world.shop, world.opened(world.shop))["result"]["id"])


THINGS: Final[Mapping[str, Find]] = {
    "an intention": an_intention,
    "the activity that told of it": the_telling,
    "an offer": an_offer,
    "a negotiation": a_negotiation,
    "an acceptance": an_acceptance,
    "an agreement": an_agreement,
}
STRANGERS: Final[Mapping[str, Reader]] = {
    "by nobody in particular": lambda _: None,
    "by a thief": lambda world: world.thief,
    "by a rival": lambda world: world.rival,
    "by a neighbour of its reader": lambda world: world.neighbour(world.shop),
}


def read(world: World, reader: Party | None, iri: str, **headers: str) -> Answer:
    """Ask for a document, signed by somebody or by nobody."""
    path = iri.removeprefix(world.node.origin)
    if reader is None:
        return world.get(path, **headers)
    return world.throw(world.shot(reader, b"", path=path, method="GET").having(**headers))


def beside(iri: str) -> str:
    """Return an address of the same shape at which nothing is."""
    head, _, id = iri.rpartition("_")
    expect(_ID.fullmatch(iri.rpartition("/")[2]), "an id is 128 random bits")
    return f"{head}_{'0' * len(id)}"


def looking_at(path: str) -> Attack:
    """Look for something at an address as it is."""
    return lambda world: world.get(world.spell(path))


def peeking(find: Find, reader: Reader) -> Attack:
    """Ask for what is none of one's business: the answer is that for something that is not there."""

    def attack(world: World) -> Answer:
        iri, asks = find(world), reader(world)
        if asks is not None:
            world.must(world.baseline(asks))
        world.settle()
        world.hold()
        known, unknown = read(world, asks, iri), read(world, asks, beside(iri))
        expect(known.body == unknown.body, "it is answered like what does not exist")
        names = [{name for name, _ in answer.headers} for answer in (known, unknown)]
        expect(names[0] == names[1], "down to the headers")
        return known

    return attack


def reading(find: Find) -> Attack:
    """Ask for something that one is a party to."""

    def attack(world: World) -> Answer:
        answer = read(world, world.shop, find(world))
        check_kept(world, answer)
        return answer

    return attack


def guessing(find: Find) -> Attack:
    """Ask for the beginning of an id, which the owner's own API would complete."""

    def attack(world: World) -> Answer:
        iri = find(world)
        world.settle()
        world.hold()
        return read(world, world.shop, iri[:-4])

    return attack


def check_kept(_: World, answer: Answer) -> None:
    """What stays home is nowhere in an answer."""
    kept = [
        what for what in (LIMIT, NOTE, "limit_price", "limitPrice", "notes") if what.encode() in answer.raw
    ]
    expect(not kept, f"{kept} left the node")


def look_for_it_in_lists(world: World) -> Answer:
    """Look through everything that is listed for an intention which somebody else was told of."""
    iri = an_intention(world)
    world.must(world.baseline(world.thief))
    world.hold()
    answers = [
        read(world, reader, f"{world.node.origin}{path}")
        for reader in (None, world.thief)
        for path in (
            f"/actors/{world.node.handle}/outbox",
            f"/actors/{world.node.handle}/followers",
            "/metrics",
        )
    ]
    for answer in answers:
        expect(answer.status == 200, f"a list answers {answer.status}")
        expect(iri.rpartition("/")[2].encode() not in answer.raw, "it is in no list")
        check_kept(world, answer)
    return answers[0]


PROFILE_PATHS: Final = (
    "/profiles/ada",
    "/actors/{handle}/profile",
    "/actors/{handle}.vcf",
    "/vcard",
)


def an_open_door(world: World) -> Answer:
    """Ask the owner's API for what there is."""
    return world.get("/api/v1/intentions")


def ids_are_random(world: World, _: Answer) -> None:
    """No id says anything about the one after it."""
    ids = [world.cast(world.shop.iri).id for _ in range(4)]
    for one, other in pairwise(ids):
        expect(_ID.fullmatch(one), "an id is 128 random bits")
        expect(one[:10] != other[:10], "two ids do not begin alike")


# --- AC-04: asking conditionally and in part ----------------------------------------------------------------

CONDITIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "if none matches anything": {"If_None_Match": "*"},
    "if none matches a guess": {"If_None_Match": '"1", W/"2"'},
    "if it was changed since": {"If_Modified_Since": "Thu, 01 Jan 2099 00:00:00 GMT"},
    "if something matches": {"If_Match": "*"},
    "if it was not changed since": {"If_Unmodified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    "its first byte": {"Range": "bytes=0-0"},
    "bytes beyond its end": {"Range": "bytes=9999999-"},
    "a byte if it is the same": {"Range": "bytes=0-0", "If_Range": '"1"'},
    "as a web page": {"Accept": "text/html"},
    "in another language": {"Accept_Language": "de", "Accept_Encoding": "gzip, br"},
}
_PRIVACY: Final = {"Cache-Control": "private, no-store", "Vary": "Signature, Signature-Input, Authorization"}
_TELLING: Final = ("ETag", "Last-Modified", "Accept-Ranges", "Content-Range", "Age", "Expires")


def conditionally(reader: Reader, headers: Mapping[str, str]) -> Attack:
    """Ask under a condition: it changes nothing about the answer."""

    def attack(world: World) -> Answer:
        iri, asks = an_intention(world), reader(world)
        world.settle()
        world.hold()
        plain, asked = read(world, asks, iri), read(world, asks, iri, **headers)
        expect(asked.body == plain.body, "a condition changes nothing")
        expect([name for name, _ in asked.headers] == [name for name, _ in plain.headers], "not a header")
        for name in _TELLING:
            expect(not asked.header(name), f"there is no {name} to go by")
        if asked.status == 200:
            for name, value in _PRIVACY.items():
                expect(asked.header(name) == value, f"{name} is {asked.header(name)}")
        return asked

    return attack


def only_the_head(world: World) -> Answer:
    """Ask for the head alone, as a stranger and as somebody who may read."""
    iri = an_intention(world)
    world.settle()
    world.hold()
    refused = read(world, None, iri)
    for reader, status in ((None, 404), (world.thief, 404), (world.shop, 200)):
        path = iri.removeprefix(world.node.origin)
        if reader is None:
            asked = Shot(path, (("Host", world.host),), method="HEAD")
        else:
            asked = world.shot(reader, b"", path=path, method="HEAD")
        answer = world.throw(asked.also(("Connection", "close")), to_end=True)
        expect(answer.status == status, f"a HEAD is answered {answer.status}")
        expect(answer.raw.endswith(b"\r\n\r\n"), "with a head and nothing else")
    return refused


# --- AC-05: the blocked -------------------------------------------------------------------------------------


def let_in_again(world: World, _: Answer) -> None:
    """Unblock whom a case has blocked."""
    for peer in world.asked("GET", "/peers?limit=100")["items"]:
        if peer["blocked"]:
            world.asked("POST", "/peers/unblock", {"peer": peer["iri"]})


def blocked(act: Callable[[World, Party, Document], Answer], *, public: bool = False) -> Attack:
    """Block somebody who has an offer standing, and let them go on."""

    def attack(world: World) -> Answer:
        peer = world.stranger()
        opened = world.opened(peer, None if public else world.cast(peer.iri))
        world.settle()  # what is on its way arrives, whatever is decided meanwhile
        world.asked("POST", "/peers/block", {"peer": peer.iri})
        world.settle()
        world.hold()
        return act(world, peer, opened)

    return attack


def prepared(world: World, peer: Party) -> Document:
    """Write an offer; the intention it answers may have to be cast for it."""
    offer = world.offer(peer)
    world.settle()
    world.hold()
    return offer


def another_offer(world: World, peer: Party, _: Document) -> Answer:
    """Offer something else."""
    offer = prepared(world, peer)
    return world.deliver(peer, offer)


def follow(world: World, peer: Party, _: Document) -> Answer:
    """Ask to follow."""
    return world.deliver(peer, peer.activity("Follow", world.ada, world.ada))


def say_something(world: World, peer: Party, opened: Document) -> Answer:
    """Say something in a negotiation."""
    note = {
        "id": f"{peer.origin}/notes/{number()}",
        "type": "Note",
        "content": "x",
        "context": opened["context"],
    }
    return world.deliver(peer, peer.activity("Create", note, world.ada))


def take_it_back(world: World, peer: Party, opened: Document) -> Answer:
    """Withdraw the offer that stands."""
    return world.say(peer, peer.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,)))


def at_the_shared_inbox(world: World, peer: Party, _: Document) -> Answer:
    """Go in by the other door."""
    offer = prepared(world, peer)
    return world.deliver(peer, offer, path="/inbox")


def look_at_the_intention(world: World, peer: Party, opened: Document) -> Answer:
    """Read what one was told of before."""
    return read(world, peer, opened["object"]["stipulates"]["satisfies"].partition("#")[0])


def look_at_the_outbox(world: World, peer: Party, _: Document) -> Answer:
    """Read what was told to others."""
    return read(world, peer, f"{world.ada}/outbox")


def what_was_taken(world: World, peer: Party, opened: Document) -> Answer:
    """Send again what was taken before."""
    return world.deliver(peer, opened)


def by_a_friend(bend: Callable[[World, Party, Document], Document]) -> Attack:
    """Have somebody who is not blocked bring what the blocked one says."""

    def act(world: World, peer: Party, _: Document) -> Answer:
        said = bend(world, peer, prepared(world, peer))
        world.hold()
        return world.deliver(world.rival, said)

    return blocked(act)


def enclosed(type: str) -> Callable[[World, Party, Document], Document]:
    """Put what the blocked one says into something of the friend's."""

    def bend(world: World, _: Party, said: Document) -> Document:
        return world.rival.activity(type, said, world.ada)

    return bend


def in_their_name(world: World, peer: Party, _: Document) -> Document:
    """Offer something that is attributed to the blocked one."""
    offer = world.rival.offer(world.wanted, now=world.now())
    return world.rival.prove({**offer, "attributedTo": peer.iri}, now=world.now())


def accepting_the_blocked(world: World, _: Party, opened: Document) -> Answer:
    """Have the owner accept what they have offered, which would have to be told them."""
    return world.owner("POST", f"/offers/{world.seen(opened)['id']}/accept", {})


def holding_up(world: World) -> Answer:
    """Let the offer of somebody who is blocked stand in the way of the intention it answers."""
    peer, wanted = world.stranger(), world.cast()
    for sender in (peer, world.shop):
        world.opened(sender, wanted)
    world.asked("POST", "/peers/block", {"peer": peer.iri})
    answer = world.owner("POST", f"/intentions/{wanted.id}/withdraw")
    world.settle()
    others = "peer NOT IN (SELECT id FROM peers WHERE address = ?)"
    left = world.count("offers", f"intention = ? AND state = 'offered' AND {others}", wanted.iri, peer.iri)
    expect(not left, "who is blocked stands in nobody's way")
    posts = [hit for site in world.sites for hit in site.posts(f"{peer.path}/inbox")]
    expect(not posts, "who is blocked is told nothing")
    return answer


# --- AC-07, AC-10, AC-11: what leaves -----------------------------------------------------------------------


def as_previewed(world: World) -> Answer:
    """Cast what was previewed, and compare it with what arrives and what can be fetched."""
    world.must(world.baseline(world.rival))  # whoever was never heard is looked up
    world.hold()
    wish = {
        "name": "A trekking bike",
        "quantity": {"value": "1", "unit": "one"},
        "deadline": "2099-01-01T00:00:00Z",
        "currency": "EUR",
        "place": "Vienna",
        "audience": [world.shop.iri, world.rival.iri],
        "limit_price": LIMIT,
        "notes": NOTE,
    }
    seen = world.asked("POST", "/intentions/preview", wish)
    chosen = {"id": seen["id"], "published": seen["published"]}
    answer = world.owner("POST", "/intentions", {**wish, "preview": chosen})
    iri = answer.json["iri"]
    told = [world.received(party, "Create", iri) for party in (world.shop, world.rival)]
    sent = [{**activity["object"], "to": None} for activity in told]
    shown = {name: value for name, value in seen["sends"].items() if name != "@context"} | {"to": None}
    expect(sent == [shown, shown], "what is sent is what was shown")
    for activity, party, other in zip(
        told, (world.shop, world.rival), (world.rival, world.shop), strict=True
    ):
        expect(other.iri not in serialise(activity).decode(), "nobody learns who else was asked")
        fetched = read(world, party, iri)
        expect(fetched.status == 200 and other.iri.encode() not in fetched.raw, "not by asking either")
        check_kept(world, fetched)
    for site in world.sites:
        for hit in site.posts():
            expect(NOTE.encode() not in hit.body and LIMIT.encode() not in hit.body, "notes stay home")
    return answer


def told_in_events(world: World) -> Answer:
    """Listen to the owner's events while an offer comes in: they say so, what it comes to, and no more."""
    end = world.asked("GET", "/node")["journal"]
    asked = Shot(
        "/api/v1/events",
        (("Host", "owner"), ("Last-Event-ID", f"{end['edition']}.{end['place']}.{end['hash'][:8]}")),
        method="GET",
    )
    received = b""
    with dial(socket_path(world.node), seconds=10.0) as stream:
        stream.sendall(asked.render())
        answer = world.baseline()
        while not _OFFER_EVENT.search(received):
            piece = stream.recv(65_536)
            expect(piece, "the stream ended before the owner was told that an offer came")
            received += piece
    for secret in (MARK, "trekking", "proofValue"):
        expect(secret.encode() not in received, f"an event says {secret}")
    return answer


_CHANNEL: Final = {"server": "https://ntfy.example", "topic": "kept", "token": "tk_29af5b"}


def everything_it_gives(world: World) -> Answer:
    """Read all that the owner's API gives, exports and evidence too, and look for secrets in it."""
    accept = agreement_for(world, world.shop, world.opened(world.shop))
    world.asked("POST", "/tokens", {"name": "kept", "scopes": ["read"]})
    channel = world.asked("POST", "/notices/channels/ntfy", _CHANNEL)["id"]
    agreement = accept["result"]["id"].rpartition("/")[2]
    whole = [item.path for item in OPERATIONS if item.method == "GET" and item.path != "/events"]
    asked = [path.replace("{id}", agreement) for path in whole if "{id}" not in path or "agreement" in path]
    asked += [f"/profile/export?format={format}" for format in ("turtle", "n-triples")]
    answers = {path: world.owner("GET", path) for path in asked}
    for path, answer in answers.items():
        expect(answer.status in (200, 400, 404), f"{path} answers {answer.status}")
        found = [name for name, secret in secrets_of(world).items() if secret in answer.raw]
        expect(not found, f"{path} gives {found}")
    expect(answers[f"/agreements/{agreement}/evidence"].status == 200, "evidence was among it")
    world.owner("DELETE", f"/notices/channels/{channel}")
    return answers["/keys"]


def secrets_of(world: World) -> dict[str, bytes]:
    """List what never leaves a node: the body of each private key, and what tokens are known by."""
    found = {"a private key": b"PRIVATE KEY", "the token of a channel": _CHANNEL["token"].encode()}
    for id, pem in world.rows("SELECT id, private_pem FROM keys"):
        found[f"the private key of {id}"] = "".join(pem.splitlines()[1:-1])[:64].encode()
    for id, hashed in world.rows("SELECT id, hash FROM tokens"):
        found[f"what {id} is known by"] = hashed.hex().encode()
    return found


# --- AC-08: the wrong door ----------------------------------------------------------------------------------


def misdirected(to: Find, *, path: str | None = None) -> Attack:
    """Bring an offer to a door, addressed to somebody who does not live behind it."""
    return Bend(activity=lambda document, world: {**document, "to": [to(world)]}, path=path)


# --- AC-13: the record --------------------------------------------------------------------------------------

_LAST: Final = "(SELECT max(entry) FROM journal)"
_BODY: Final = "(SELECT body FROM journal WHERE body IS NOT NULL ORDER BY entry LIMIT 1)"
EDITS: Final[Mapping[str, str]] = {
    "another time": f"UPDATE journal SET at = '2001-01-01T00:00:00.000000Z' WHERE entry = {_LAST}",
    "another decision": """UPDATE journal SET decision = '{"evil":1}' WHERE entry = 2""",
    "another body": f"UPDATE payloads SET bytes = x'7b7d' WHERE digest = {_BODY}",
    "a body taken out": f"DELETE FROM payloads WHERE digest = {_BODY}",
    "the body of another": f"UPDATE journal SET body = {_BODY} WHERE entry = {_LAST}",
    "another peer": "UPDATE journal SET peer = 'http://evil.example/actors/v' WHERE entry = 2",
    "another hash": f"UPDATE journal SET hash = zeroblob(32) WHERE entry = {_LAST}",
    "another link": f"UPDATE journal SET chain = zeroblob(32) WHERE entry = {_LAST}",
    "an entry taken out": "DELETE FROM journal WHERE entry = 2",
    "the first entry taken out": "DELETE FROM journal WHERE entry = 1",
    "two entries the other way round": "UPDATE journal SET place = 9e9 WHERE entry = 1; "
    "UPDATE journal SET place = 1 WHERE entry = 2; "
    "UPDATE journal SET place = 2 WHERE entry = 1",
}


def rewritten(world: World, statements: str) -> Path:
    """Copy the node's file, rewrite the record in it, and leave the guards in it as they were."""
    assert world.realm is not None
    data = world.realm.folder("rewritten")
    path = copied(database_path(world.node), data / DATABASE_NAME)
    edited(
        path,
        statements,
        without=("journal_is_never_edited", "journal_is_never_cut", "payloads_are_never_edited"),
    )
    return data


def rewriting(statements: str) -> Attack:
    """Rewrite a copy of the record, and have the chain recomputed."""

    def attack(world: World) -> Answer:
        report = data_folder.verify_journal(rewritten(world, statements))
        expect(report["ok"] is False, "the chain is seen to be broken")
        return world.owner("POST", "/journal/verify")

    return attack


def asking_the_doctor(world: World) -> Answer:
    """Rewrite a copy of the record, and ask the doctor."""
    data = rewritten(world, EDITS["another body"])
    done = subprocess.run(
        [*freehold(data), "doctor", "--json"], cwd=ROOT, env=environment({}), capture_output=True, timeout=60
    )
    expect(done.returncode == 1, f"the doctor ends with {done.returncode}")
    [verdict] = [one["verdict"] for one in orjson.loads(done.stdout)["checks"] if one["check"] == "journal"]
    expect(verdict == "bad", f"of the journal the doctor says {verdict}")
    return world.owner("POST", "/journal/verify")


def check_whole(_: World, answer: Answer) -> None:
    """The node's own record is as it was."""
    expect(answer.json["ok"] is True, "the record of the node that was attacked holds")


CASES: Final[tuple[Case, ...]] = (
    *vectors("AC-00", {f"{name}, by its reader": reading(find) for name, find in THINGS.items()}, 200),
    *vectors(
        "AC-01",
        {
            f"{name}, {how}": peeking(find, reader)
            for name, find in THINGS.items()
            for how, reader in STRANGERS.items()
        },
        404,
        "not-found",
    ),
    *vectors("AC-01", {f"the beginning of {name}": guessing(find) for name, find in THINGS.items()}, 404),
    *vectors(
        "AC-01",
        {f"a profile at {path}": looking_at(path) for path in PROFILE_PATHS},
        404,
        "not-found",
    ),
    # A page of the owner's is there; of a node that nobody has claimed yet no page says anything.
    case("AC-01", "a profile at /profile", looking_at("/profile"), 403, "unclaimed"),
    case("AC-01", "an id after another", an_open_door, 401, "token", check=ids_are_random, still=True),
    case("AC-01", "in lists", look_for_it_in_lists, 200, still=True),
    *vectors(
        "AC-04",
        {
            f"{name}, by a thief": conditionally(lambda w: w.thief, headers)
            for name, headers in CONDITIONS.items()
        },
        404,
        "not-found",
    ),
    *vectors(
        "AC-04",
        {
            f"{name}, by nobody": conditionally(lambda _: None, headers)
            for name, headers in CONDITIONS.items()
        },
        404,
        "not-found",
    ),
    *vectors(
        "AC-04",
        {
            f"{name}, by its reader": conditionally(lambda w: w.shop, headers)
            for name, headers in CONDITIONS.items()
        },
        200,
        still=True,
    ),
    case("AC-04", "its head alone", only_the_head, 404, "not-found"),
    *vectors(
        "AC-05",
        {
            "another offer": blocked(another_offer),
            "a wish to follow": blocked(follow),
            "a message": blocked(say_something),
            "a withdrawal": blocked(take_it_back),
            "at the shared inbox": blocked(at_the_shared_inbox),
            "what was taken before": blocked(what_was_taken),
            "brought by a friend as it is": by_a_friend(lambda _, __, said: said),
        },
        401,
        ("blocked", "key-foreign"),
        check=let_in_again,
    ),
    *vectors(
        "AC-05",
        {
            "announced by a friend": by_a_friend(enclosed("Announce")),
            "in something a friend created": by_a_friend(enclosed("Create")),
            "as a friend's offer in their name": by_a_friend(in_their_name),
        },
        422,
        check=let_in_again,
    ),
    *vectors(
        "AC-05",
        {
            "reading what they were told": blocked(look_at_the_intention),
            "reading what all are told": blocked(look_at_the_intention, public=True),
            "reading the outbox": blocked(look_at_the_outbox),
        },
        401,
        check=let_in_again,
    ),
    case(
        "AC-05",
        "being accepted by mistake",
        blocked(accepting_the_blocked),
        409,
        "peer-blocked",
        check=let_in_again,
    ),
    case("AC-05", "standing in the way", holding_up, 200, fetches=1, check=let_in_again),
    case("AC-07", "what is shown before is what is sent", as_previewed, 201),
    *vectors(
        "AC-08",
        {
            "to somebody else of this node": misdirected(lambda world: f"{world.node.origin}/actors/bob"),
            "to the node itself": misdirected(lambda world: f"{world.node.origin}/actor"),
            "to somebody else, at the shared inbox": misdirected(
                lambda world: f"{world.node.origin}/actors/bob", path="/inbox"
            ),
            "to the owner in other letters": misdirected(
                lambda world: f"{world.node.origin}{world.spell('/actors/{HANDLE}')}"
            ),
            "to the owner, spelled with an escape": misdirected(
                lambda world: f"{world.node.origin}{world.spell('/actors/{escaped}')}"
            ),
        },
        422,
        "not-addressed",
    ),
    *vectors(
        "AC-08",
        {
            "at the inbox of nobody": misdirected(lambda world: world.ada, path="/actors/bob/inbox"),
            "at the inbox of the owner in other letters": misdirected(
                lambda world: world.ada, path="/actors/{HANDLE}/inbox"
            ),
            "at an outbox": misdirected(lambda world: world.ada, path="/actors/{handle}/outbox"),
        },
        (404, 405),
        fetches=0,
    ),
    case("AC-10", "an event says that an offer came and its total, and no more of it", told_in_events, 202),
    case("AC-11", "everything that the owner's API gives", everything_it_gives, 200, still=False),
    *vectors(
        "AC-13",
        {name: rewriting(statements) for name, statements in EDITS.items()},
        200,
        still=True,
        check=check_whole,
    ),
    case("AC-13", "what the doctor says", asking_the_doctor, 200, still=True, check=check_whole, quick=False),
)
