"""RP: the same thing again, in another order, at another time, and across a crash."""

import subprocess
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from typing import Any, Final

import orjson

from protocol.strictjson import Document
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.nodes import (
    ROOT,
    Node,
    ProcessNode,
    actor_of,
    environment,
    freehold,
    place,
    socket_path,
    until,
)
from tests.attacks.parties import Event, Party, Wanted, at, number, serialise, shot
from tests.attacks.sites import Hit, reply
from tests.attacks.wire import Answer, Shot, dial, exchange, read_answer
from tests.attacks.world import World, expect

_AT_ONCE: Final = 50
_LOCKED: Final = 8  # the exit code for a folder that another process works in


def taken(world: World) -> tuple[Shot, Answer]:
    """Have the baseline taken; return it and its receipt."""
    sent = world.shot(world.shop, world.offer(world.shop))
    return sent, world.must(world.throw(sent))


def same_receipt(one: Answer, other: Answer) -> None:
    """Demand that two receipts are the same."""
    expect(one.body == other.body, "the receipt is the same one")


# --- RP-01, RP-02, RP-04, RP-14 -----------------------------------------------------------------------------


def again(world: World) -> Answer:
    """Send the very same bytes again."""
    sent, receipt = taken(world)
    world.hold()
    answer = world.throw(sent)
    same_receipt(receipt, answer)
    return answer


def resigned(world: World) -> Answer:
    """Send the same activity again, newly signed, as a queue does."""
    document = world.offer(world.shop)
    receipt = world.must(world.deliver(world.shop, document))
    world.hold()
    answer = world.deliver(world.shop, document, now=world.now() + timedelta(seconds=2))
    same_receipt(receipt, answer)
    return answer


def other_bytes(change: Callable[[Document, World], bytes]) -> Attack:
    """Send other bytes under an id that was received before."""

    def attack(world: World) -> Answer:
        document = world.offer(world.shop)
        world.must(world.deliver(world.shop, document))
        world.hold()
        return world.deliver(world.shop, change(document, world))

    return attack


def dearer(document: Document, world: World) -> bytes:
    """Change the price, and prove it anew."""
    bare = {name: value for name, value in document.items() if name != "proof"}
    return serialise(world.shop.prove(at(bare, "object", "name", put="Another bike"), now=world.now()))


def used_signature(world: World) -> Answer:
    """Bring a refused request again, once what it was refused for is no more."""
    sender = world.stranger()
    world.must(world.baseline(sender))
    world.asked("POST", "/peers/block", {"peer": sender.iri})
    sent = world.shot(sender, world.offer(sender))
    expect(world.throw(sent).status in (401, 403), "who is blocked is refused")
    world.asked("POST", "/peers/unblock", {"peer": sender.iri})
    world.settle()
    world.hold()
    return world.throw(sent)


def after(**lengths: float) -> Attack:
    """Send the very same bytes again, later."""

    def attack(world: World) -> Answer:
        sent, _ = taken(world)
        world.advance(**lengths)
        world.hold()
        return world.throw(sent)

    return attack


def resigned_after(**lengths: float) -> Attack:
    """Send the same activity later, newly signed."""

    def attack(world: World) -> Answer:
        document = world.offer(world.shop)
        receipt = world.must(world.deliver(world.shop, document))
        world.advance(**lengths)
        world.hold()
        answer = world.deliver(world.shop, document)
        same_receipt(receipt, answer)
        return answer

    return attack


def dated(**lengths: float) -> Attack:
    """Sign at another time than now."""
    return Bend(
        sign=lambda request, world, sender: sender.headers(request, now=world.now() + timedelta(**lengths))
    )


def at_once(world: World) -> Answer:
    """Send one activity fifty times in parallel, to the shared and to the personal inbox."""
    wanted = world.cast()
    document = world.offer(world.shop, wanted)
    paths = [None, "/inbox"] * (_AT_ONCE // 2)
    sent = [
        world.shot(world.shop, document, path=path, now=world.now() - timedelta(seconds=turn))
        for turn, path in enumerate(paths)
    ]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        answers = list(pool.map(lambda one: exchange(world.place, one.render()), sent))
    statuses = sorted(answer.status for answer in answers)
    expect(
        statuses == [200] * (_AT_ONCE - 1) + [202], f"one receipt and its repetitions, not {set(statuses)}"
    )
    count = world.asked("GET", f"/intentions/{wanted.id}")["offers"]["count"]
    expect(count == 1, f"one offer, not {count}")
    return answers[0]


def unread(world: World) -> Answer:
    """Hang up before the answer is read, and deliver again."""
    wanted = world.cast()
    document = world.offer(world.shop, wanted)
    with dial(world.place) as connection:
        connection.sendall(world.shot(world.shop, document).render())
    answer = world.deliver(world.shop, document)
    expect(world.asked("GET", f"/intentions/{wanted.id}")["offers"]["count"] == 1, "it took effect once")
    return answer


def acknowledged_in_vain(world: World) -> Answer:
    """Take what the node delivers, and break the connection instead of answering: it comes again."""
    taker = world.stranger()
    seen: list[bytes] = []

    def take(hit: Hit) -> bytes:
        seen.append(hit.body)
        return b"" if len(seen) == 1 else reply(status=200, media=None)

    world.dark.pages[f"{taker.path}/inbox"] = take
    world.cast(taker.iri)
    until(
        lambda: (
            world.count(
                "deliveries",
                "recipient = (SELECT id FROM peers WHERE address = ?) AND state = 'delivered'",
                taker.iri,
            )
            == 1
        )
    )
    expect(len(seen) == 2 and seen[0] == seen[1], "the same bytes come again")
    return world.get("/livez")


# --- RP-05 --------------------------------------------------------------------------------------------------


def one_too_many(world: World) -> Answer:
    """Make one offer more to an intention than one business may."""
    wanted = world.cast()
    for _ in range(int(world.limit["offers_per_intention_per_peer"])):
        opened = world.opened(world.shop, wanted)
        undo = world.shop.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,))
        world.must(world.say(world.shop, undo))
    document = world.offer(world.shop, wanted)
    world.hold()
    return world.deliver(world.shop, document)


def too_many_open(world: World) -> Answer:
    """Have one negotiation more open than one business may."""
    opened = [world.opened(world.rival) for _ in range(int(world.limit["max_open_per_peer"]))]
    document = world.offer(world.rival, world.cast())
    world.hold()
    answer = world.deliver(world.rival, document)
    for document in opened:
        undo = world.rival.answer(Event.WITHDRAW, document, now=world.now(), to=(world.ada,))
        expect(world.say(world.rival, undo).status == 202, "an open offer can be taken back")
    world.hold()
    return answer


def too_many_rounds(world: World) -> Answer:
    """Replace an offer once more than a negotiation has rounds."""
    wanted = world.cast()
    standing = world.opened(world.shop, wanted)
    for turn in range(int(world.limit["max_rounds"])):
        document = world.shop.prove(
            world.shop.answer(
                Event.REOFFER,
                standing,
                now=world.now(),
                to=(world.ada,),
                draft=world.shop.draft(wanted, amount=f"{100 + turn}.00"),
            ),
            now=world.now(),
        )
        world.hold()
        answer = world.deliver(world.shop, document)
        if answer.status == 202:
            standing = document
    return answer


def on_and_on(world: World) -> Answer:
    """Send the same content under new ids, faster than anybody may come."""
    turns = 3 * int(world.limit["requests_burst"])
    sent = [
        world.shot(world.shop, world.offer(world.shop, Wanted(world.ada, world.ada))) for _ in range(turns)
    ]
    world.hold()
    answers = [exchange(world.place, one.render(), source="127.0.0.3") for one in sent]
    expect(int(answers[-1].header("Retry-After") or 0) >= 1, "the refusal says when to come back")
    return answers[-1]


# --- RP-07, RP-08 -------------------------------------------------------------------------------------------


def early(make: Callable[[World, Document], Document]) -> Attack:
    """Answer an offer that the node has not got."""

    def attack(world: World) -> Answer:
        offer = world.offer(world.shop)
        document = make(world, offer)
        world.hold()
        return world.say(world.shop, document)

    return attack


def early_update(world: World) -> Answer:
    """Change an intention that the node never saw."""
    proposal = world.shop.intention(to=world.ada, now=world.now())
    world.hold()
    return world.deliver(world.shop, world.shop.activity("Update", proposal, world.ada))


def early_note(world: World) -> Answer:
    """Talk about an offer that the node has not got."""
    note = {
        "id": f"{world.shop.origin}/notes/{number()}",
        "type": "Note",
        "content": "hello",
        "context": f"{world.shop.origin}/negotiations/{number()}",
    }
    world.hold()
    return world.deliver(world.shop, world.shop.activity("Create", note, world.ada))


def early_confirmation(world: World) -> Answer:
    """Confirm an agreement that there is not."""
    document = {
        "id": f"{world.shop.origin}/confirmations/{number()}",
        "type": "Document",
        "context": f"{world.shop.origin}/agreements/{number()}",
    }
    world.hold()
    return world.say(world.shop, world.shop.activity("Create", document, world.ada))


def versions(world: World) -> tuple[Document, Callable[[int], Document]]:
    """Have an intention known; return it and the function that writes a later version of it."""
    now = world.now()
    proposal = world.shop.intention(to=world.ada, now=now, name="version 1")
    world.must(world.deliver(world.shop, world.shop.activity("Create", proposal, world.ada)))

    def version(turn: int) -> Document:
        updated = (now + timedelta(seconds=turn)).strftime("%Y-%m-%dT%H:%M:%SZ")
        changed = {**proposal, "name": f"version {turn}", "updated": updated}
        return world.shop.activity("Update", changed, world.ada)

    return proposal, version


def reversed_versions(world: World) -> Answer:
    """Let version 3 arrive before version 2."""
    proposal, version = versions(world)
    second, third = version(2), version(3)
    world.must(world.deliver(world.shop, third))
    entries = world.count("journal")
    answer = world.deliver(world.shop, second)
    expect(world.count("journal") == entries, "an overtaken version changes nothing")
    listed = world.asked("GET", "/intentions?own=false&limit=100")["items"]
    [name] = [item["name"] for item in listed if item["iri"] == proposal["id"]]
    expect(name == "version 3", "the newest version counts")
    return answer


# --- RP-10 --------------------------------------------------------------------------------------------------

ENDS: Final[dict[str, tuple[str, str]]] = {
    "the leap day": ("2028-02-29T00:00:00Z", "2028-02-29T00:00:00Z"),
    "the end of 32 bits": ("2038-01-19T03:14:08Z", "2038-01-19T03:14:08Z"),
    "a leap second": ("2098-12-31T23:59:60Z", "2099-01-01T00:00:00Z"),
    "summer time": ("2097-03-29T02:30:00+02:00", "2097-03-29T00:30:00Z"),
    "behind Greenwich": ("2097-03-29T20:30:00-05:30", "2097-03-30T02:00:00Z"),
    "the end of time": ("9999-12-31T23:59:59Z", "9999-12-31T23:59:59Z"),
    "a fraction": ("2097-01-01T00:00:00.250Z", "2097-01-01T00:00:00.250000Z"),
}
NO_TIMES: Final = (
    "2027-02-29T00:00:00Z", "2098-06-31T00:00:00Z", "2098-01-01T24:00:00Z", "2098-01-01T00:00:61Z",
    "2098-01-01T00:00:00", "2098-01-01", "20980101T000000Z", "9999-12-31T23:59:60Z",
    "9999-12-31T23:59:59-14:00",
    "2098-W01-1T00:00:00Z", "tomorrow", "4102444800", "2098-01-01T00:00:00+99:99", "0000-01-01T00:00:00Z",
)  # fmt: skip


def ending(written: str, read: str) -> Attack:
    """Let an offer end then, and look at when it does."""

    def attack(world: World) -> Answer:
        document = world.offer(world.shop, world.cast())
        bare = {name: value for name, value in document.items() if name != "proof"}
        bent = at(bare, "endTime", put=written)
        answer = world.say(world.shop, bent)
        if answer.status == 202:
            expect(world.seen(bent)["expires_at"] == read, f"it ends at {world.seen(bent)['expires_at']}")
            taken_back = world.shop.answer(
                Event.WITHDRAW, bent, now=world.now(), to=(world.ada,), answers_digest=None
            )
            world.must(world.say(world.shop, taken_back))
        return answer

    return attack


def ended(seconds: float, *, accept_after: float | None = None) -> Attack:
    """Let an offer end so many seconds from now; then perhaps accept it, later."""

    def attack(world: World) -> Answer:
        with world.stopped():
            return _ended(world, seconds, accept_after)

    return attack


def _ended(world: World, seconds: float, accept_after: float | None) -> Answer:
    ends = (world.now() + timedelta(seconds=seconds)).replace(microsecond=0)
    document = world.offer(world.shop, world.cast(), ends_at=ends)
    world.hold()
    answer = world.deliver(world.shop, document)
    if accept_after is None:
        return answer
    world.must(answer)
    id = world.seen(document)["id"]
    world.advance(seconds=accept_after)
    world.hold()
    return world.owner("POST", f"/offers/{id}/accept", {})


# --- RP-11, RP-13, RP-16: processes -------------------------------------------------------------------------


def signed_for(node: Node, sender: Party, document: Document) -> bytes:
    """Sign a document for a node of a case's own."""
    request = sender.request(f"{actor_of(node)}/inbox", serialise(document))
    headers = sender.headers(request, now=node.now())
    return shot(request, headers, host=f"127.0.0.1:{node.port}").render()


def offer_to(node: Node, sender: Party, wanted: Wanted) -> Document:
    """Write the baseline for a node of a case's own, by its clock."""
    return sender.prove(sender.offer(wanted, now=node.now()), now=node.now())


def owner_of(node: Node, method: str, path: str, body: object = None) -> Any:
    """Ask a node of a case's own."""
    content = b"" if body is None else orjson.dumps(body)
    headers = (("Host", "owner"), ("Content-Type", "application/json"), ("Content-Length", str(len(content))))
    answer = exchange(socket_path(node), Shot(f"/api/v1{path}", headers, content, method).render())
    expect(answer.status in (200, 201), f"{method} {path} answers {answer.status} {answer.code}")
    return answer.json


def wanted_at(node: Node) -> Wanted:
    """Cast an intention at a node of a case's own."""
    wish = {"name": "A bike", "deadline": "2099-01-01T00:00:00Z", "currency": "EUR", "audience": ["public"]}
    view = owner_of(node, "POST", "/intentions", wish)
    return Wanted(view["iri"], actor_of(node), view["id"])


def ends_at(written: str) -> Attack:
    """End an offer at what is written."""
    return Bend(activity=lambda document, _: at(document, "endTime", put=written))


def killed(world: World) -> Answer:
    """Kill a node while offers come in; what it acknowledged is there afterwards, once."""
    assert world.realm is not None
    flags = {
        "offers_per_intention_per_peer": "1000",
        "offers_per_intention_per_origin": "1000",
        "max_open_per_intention": "1000",
        "max_open_per_peer": "1000",
        "requests_burst": "100000",
    }
    node = ProcessNode(world.realm.folder("killed"), flags).start()
    try:
        wanted = wanted_at(node)
        documents = [offer_to(node, world.shop, wanted) for _ in range(120)]
        kept = _kill_under_load(node, world.shop, documents)
        expect(0 < len(kept) < len(documents), f"{len(kept)} of {len(documents)} were acknowledged")
        node.start()
        for document in documents:
            status = exchange(place(node), signed_for(node, world.shop, document)).status
            allowed = (200,) if document["id"] in kept else (200, 202)
            expect(status in allowed, f"{status} for what was {'' if document['id'] in kept else 'not '}kept")
        count = owner_of(node, "GET", f"/intentions/{wanted.id}")["offers"]["count"]
        expect(count == len(documents), f"{count} offers of {len(documents)}")
        expect(owner_of(node, "POST", "/journal/verify")["ok"], "the journal holds")
    finally:
        node.stop()
    return world.get("/livez")


def _kill_under_load(node: ProcessNode, sender: Party, documents: Sequence[Document]) -> set[str]:
    kept: set[str] = set()
    enough = threading.Event()

    def send(document: Document) -> None:
        with suppress(OSError):
            if exchange(place(node), signed_for(node, sender, document)).status == 202:
                kept.add(document["id"])
                if len(kept) >= len(documents) // 3:
                    enough.set()

    with ThreadPoolExecutor(4) as pool:
        for document in documents:
            pool.submit(send, document)
        expect(enough.wait(20), "the node takes offers")
        node.kill()
    return kept


def stopped(world: World) -> Answer:
    """Ask a node to stop while a body is on its way: that one ends, new ones are turned away."""
    assert world.realm is not None
    node = ProcessNode(world.realm.folder("stopped"), {"drain_seconds": "10"}).start()
    try:
        wanted = wanted_at(node)
        raw = signed_for(node, world.shop, offer_to(node, world.shop, wanted))
        with dial(place(node)) as running, dial(place(node)) as waiting:
            running.sendall(raw[:-10])
            waiting.sendall(b"GET /livez HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % node.port)
            expect(read_answer(waiting).status == 200, "a kept connection is answered")
            assert node.process is not None
            node.process.terminate()
            until(lambda: any("draining" in line for line in node.log))
            waiting.sendall(b"GET /actors/ada HTTP/1.1\r\nHost: localhost:%d\r\n\r\n" % node.port)
            turned_away = read_answer(waiting)
            expect(turned_away.status == 503, f"a new request gets {turned_away.status}")
            expect(int(turned_away.header("Retry-After") or 0) >= 1, "and is told when to come back")
            running.sendall(raw[-10:])
            expect(read_answer(running).status == 202, "what was running ends")
        expect(node.process.wait(10) == 0, "it exits 0")
    finally:
        node.stop()
    return world.get("/livez")


def second(world: World) -> Answer:
    """Start a second node in a folder that is in use."""
    done = subprocess.run(
        [*freehold(world.node.data), "--json", "up", "--dev"], cwd=ROOT, env=environment({}),
        capture_output=True, timeout=60,
    )  # fmt: skip
    expect(done.returncode == _LOCKED, f"it exits {done.returncode}")
    said = (done.stdout + done.stderr).decode()
    holder = (world.node.data / "node.lock").read_text().partition("\n")[0]
    expect(holder.isdigit() and holder in said, "it names the process that works there")
    return world.get("/livez")


CASES: Final[tuple[Case, ...]] = (
    case("RP-01", "the same bytes", again, 200, still=True),
    case("RP-01", "the same activity, newly signed", resigned, 200, still=True),
    case(
        "RP-01",
        "the same document in other bytes",
        other_bytes(lambda document, _: orjson.dumps(document, option=orjson.OPT_INDENT_2)),
        200,
        still=True,
    ),
    case("RP-01", "other terms under the same id", other_bytes(dearer), 409, "id-reused"),
    case("RP-01", "what was refused, with the same signature", used_signature, 401, "replay"),
    case(
        "RP-02",
        "after ten minutes",
        after(minutes=10),
        200,
        node="travelling",
        still=True,
        note="protocol: a signature is fresh for twelve hours; within them the same bytes are a repetition.",
    ),
    *vectors(
        "RP-02",
        {
            "after 25 hours": after(hours=25),
            "after a year": after(days=366),
            "signed 13 hours ago": dated(hours=-13),
            "signed a year ago": dated(days=-366),
            "signed in ten minutes": dated(minutes=10),
            "signed next year": dated(days=366),
        },
        401,
        "stale",
        node="travelling",
        fetches=0,
    ),
    *vectors(
        "RP-02",
        {
            "after 25 hours, newly signed": resigned_after(hours=25),
            "after a year, newly signed": resigned_after(days=366),
        },
        200,
        node="travelling",
        still=True,
        fetches=1,
    ),
    *vectors(
        "RP-02",
        {
            "signed eleven hours ago, as queues go": dated(hours=-11),
            "signed four minutes ahead, as clocks go": dated(minutes=4),
        },
        202,
    ),
    case("RP-04", "fifty at once at two inboxes", at_once, (200, 202)),
    case(
        "RP-05",
        "one offer too many to an intention",
        one_too_many,
        (409, 429),
        "too-many-offers",
        node="strict",
    ),
    case(
        "RP-05",
        "one open negotiation too many",
        too_many_open,
        (409, 429),
        "too-many-offers",
        node="strict",
        quick=False,
    ),
    case("RP-05", "one round too many", too_many_rounds, (409, 429), "too-many-rounds", node="strict"),
    case("RP-05", "faster than anybody may", on_and_on, 429, "too-many-requests", node="rationed", fetches=0),
    *vectors(
        "RP-07",
        {
            "an Undo before its Offer": early(
                lambda w, offer: w.shop.answer(Event.WITHDRAW, offer, now=w.now(), to=(w.ada,))
            ),
            "a new Offer before the first": early(
                lambda w, offer: w.shop.answer(
                    Event.REOFFER, offer, now=w.now(), to=(w.ada,), draft=w.shop.draft(w.wanted)
                )
            ),
            "a countersignature before the acceptance": early(
                lambda w, offer: w.shop.answer(Event.COUNTERSIGN, offer, now=w.now(), to=(w.ada,))
            ),
            "a Leave before the agreement": early(
                lambda w, offer: w.shop.answer(
                    Event.LEAVE, offer, now=w.now(), to=(w.ada,), ends_at=w.now() + timedelta(days=40)
                )
            ),
            "an Update before its Create": early_update,
            "a message before its offer": early_note,
            "a confirmation before its agreement": early_confirmation,
        },
        409,
        note="nothing is parked: each activity is refused, and comes again in order if its sender means it. "
        "Not with 404, which would say that the inbox is no more.",
    ),
    case("RP-08", "version 2 after version 3", reversed_versions, 200, still=False),
    *vectors("RP-10", {name: ending(*times) for name, times in ENDS.items()}, 202),
    *vectors(
        "RP-10",
        {written: ends_at(written) for written in NO_TIMES},
        422,
        "malformed-time",
    ),
    case("RP-10", "an offer that ended a second ago", ended(-1), 409, "offer-expired"),
    case("RP-10", "an offer that ends in a moment", ended(5), 202),
    case("RP-10", "accepted a second before its end", ended(60, accept_after=58), 200, node="travelling"),
    case(
        "RP-10",
        "accepted a second after its end",
        ended(60, accept_after=61),
        409,
        node="travelling",
        still=False,
    ),
    case("RP-11", "SIGKILL under load", killed, 200, fetches=3, quick=False),
    case("RP-13", "SIGTERM", stopped, 200, fetches=1, quick=False),
    case("RP-14", "the sender hangs up before the answer", unread, (200, 202)),
    case("RP-14", "the receiver hangs up instead of answering", acknowledged_in_vain, 200, fetches=1),
    case("RP-16", "two nodes in one folder", second, 200, quick=False),
)
