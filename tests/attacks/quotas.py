"""QU: more than a peer's share, of the disk, of the owner's attention, of what a shop holds."""

from collections.abc import Iterator
from itertools import cycle
from typing import Final

from protocol.moves import LIMIT_BYTES
from protocol.strictjson import Document
from tests.attacks.agreement import agreement_for
from tests.attacks.cases import Attack, Bend, Case, case
from tests.attacks.exhaustion import larger
from tests.attacks.framing import says_when
from tests.attacks.parties import Event, Party, Wanted, at
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_LONG: Final = "A wish. " * 1_200  # nearly as long as words may be
_HEAP: Final = 20  # so few that what else is kept of their senders is within what the choosy node takes
_MOST: Final = 200  # activities until a share of the frugal node is used up, with room to spare
_UPDATES: Final = 60
_IGNORED: Final = {"ignored": "x" * 200_000}


# --- QU-01: more than a share -------------------------------------------------------------------------------


def wish(world: World, sender: Party) -> Document:
    """Tell the node of an intention, in many words."""
    proposal = at(sender.intention(to=world.ada, now=world.now()), "content", put=_LONG)
    return sender.activity("Create", proposal, world.ada)


def until_refused(world: World, senders: Iterator[Party]) -> Answer:
    """Tell of intentions until one is refused, which the owner is told of, and then of another one."""
    for _, sender in zip(range(_MOST), senders, strict=False):
        answer = world.deliver(sender, wish(world, sender))
        if answer.status == 429:
            break
    told = world.count("journal", "kind = 'quota.spent'")
    world.hold()
    answer = world.deliver(sender, wish(world, sender))
    expect(told == world.count("journal", "kind = 'quota.spent'"), "the owner is told once")
    return answer


def alone(world: World) -> Answer:
    """Send as one actor."""
    stranger = world.stranger()
    return until_refused(world, iter(lambda: stranger, None))


def in_turn(world: World) -> Answer:
    """Send each time as another actor of one server."""
    return until_refused(world, iter(world.stranger, None))


def answered(world: World) -> Answer:
    """Go on when the owner has answered."""
    sender = world.stranger()
    until_refused(world, iter(lambda: sender, None))
    listed = world.asked("GET", "/intentions?own=false&limit=100")["items"]
    known = next(item["id"] for item in listed if item["proposer"] == sender.iri)
    terms = {"price": [{"kind": "oneOff", "amount": "90.00", "currency": "EUR", "label": "bike"}]}
    world.asked("POST", "/offers", {"intention": known, "terms": terms})
    return world.deliver(sender, wish(world, sender))


def customers(world: World) -> Answer:
    """Send as partners of one server, with a purchase each, until their sum is spent."""
    partners = []
    for _ in range(2):
        wanted, partner = world.cast(), world.neighbour(world.shop)
        opened = world.opened(partner, wanted)
        agreement = agreement_for(world, partner, opened)["result"]
        countersign = partner.answer(
            Event.COUNTERSIGN, agreement, now=world.now(), negotiation=opened["context"]
        )
        world.must(world.say(partner, countersign))
        partners.append(partner)
    return until_refused(world, cycle(partners))


# --- QU-02: what is not read --------------------------------------------------------------------------------


def told(world: World) -> tuple[Party, Document]:
    """Tell the node of an intention; return it."""
    sender = world.stranger()
    proposal = sender.intention(to=world.ada, now=world.now())
    world.must(world.deliver(sender, sender.activity("Create", proposal, world.ada)))
    return sender, proposal


def changed(sender: Party, proposal: Document, number: int, world: World, **members: object) -> Document:
    """Change an intention, a second later each time."""
    newer = {**proposal, "updated": f"2097-01-01T00:00:{number:02}Z", **members}
    return sender.activity("Update", newer, world.ada)


def updates_of_nothing(world: World) -> Answer:
    """Update an intention sixty times, and change only what nobody reads."""
    sender, proposal = told(world)
    world.hold()
    since = world.file_bytes()
    for number in range(_UPDATES):
        answer = world.must(world.deliver(sender, changed(sender, proposal, number, world, **_IGNORED)), 200)
    larger(world, 0.1, since)
    return answer


def updates_beside_words(world: World) -> Answer:
    """Change the name each time, and bring along what nobody reads."""
    sender, proposal = told(world)
    since = world.file_bytes()
    for number in range(_UPDATES):
        name = f"A trekking bike {number}"
        document = changed(sender, proposal, number, world, name=name, **_IGNORED)
        answer = world.must(world.deliver(sender, document))
    larger(world, 0.5, since)
    return answer


def large_message(world: World) -> Answer:
    """Say little in a message, and bring along what nobody reads."""
    opened = world.opened(world.shop)
    since = world.file_bytes()
    note = {
        "id": f"{opened['id']}#note",
        "type": "Note",
        "attributedTo": world.shop.iri,
        "context": opened["context"],
        "content": "hello",
    }
    answer = world.deliver(world.shop, {**world.shop.activity("Create", note, world.ada), **_IGNORED})
    larger(world, 0.1, since)
    return answer


# --- QU-03: moves, which are kept whole ---------------------------------------------------------------------


def padded(bytes_more: int) -> Attack:
    """Make an offer longer by a member that nobody reads."""
    return Bend(activity=lambda document, _: {**document, "ignored": "x" * bytes_more})


# --- QU-06: a troupe on one stage ---------------------------------------------------------------------------

_TROUPE: Final = 60
_MANY: Final = 200  # documents of actors that are read


def listed(world: World, wanted: Wanted) -> int:
    """Count the offers that the owner sees about an intention."""
    return int(world.asked("GET", f"/intentions/{wanted.id}")["offers"]["open"])


def troupe(world: World) -> tuple[Wanted, list[Document]]:
    """Have sixty made-up actors of one server answer one intention; return it and their offers."""
    world.advance(minutes=5)  # so that as many documents may be read again
    wanted = world.cast()
    return wanted, [world.opened(world.stranger(), wanted) for _ in range(_TROUPE)]


def sixty_actors(world: World) -> Answer:
    """Crowd one intention, and have somebody else be heard."""
    wanted, _ = troupe(world)
    room = int(world.limit["offers_per_intention_per_origin"])
    expect(listed(world, wanted) == room, f"the owner sees {listed(world, wanted)}")
    answer = world.deliver(world.rival, world.offer(world.rival, wanted))
    expect(listed(world, wanted) == room + 1, "and whoever is of another server")
    return answer


def many_servers(world: World) -> Answer:
    """Crowd one intention from more servers than one."""
    wanted, _ = troupe(world)
    for party in (world.shop, world.rival):
        for _ in range(_TROUPE // 3):
            world.opened(world.neighbour(party), wanted)
    expect(listed(world, wanted) <= int(world.limit["max_open_per_intention"]), "no more than are looked at")
    return world.owner("GET", f"/intentions/{wanted.id}")


def let_out(world: World) -> Answer:
    """Let one of them out, and accept it."""
    wanted, sent = troupe(world)
    kept = world.asked("GET", "/quarantine?limit=1")["items"][0]
    expect(sent[-1]["actor"] == kept["peer"], "the newest is first")
    out = world.asked("POST", f"/quarantine/{kept['id']}/release")
    expect(listed(world, wanted) == int(world.limit["offers_per_intention_per_origin"]) + 1, "it stands")
    return world.owner("POST", f"/offers/{out['id']}/accept", {})


def heaped(world: World) -> Answer:
    """Send offers that go to the quarantine, each as large as may be."""
    wanted = world.cast()
    for _ in range(_HEAP):
        sender = world.stranger()
        document = {**sender.offer(wanted, now=world.now()), "ignored": "x" * 120_000}
        world.hold()
        answer = world.deliver(sender, sender.prove(document, now=world.now()))
        if answer.status != 202:
            break
    expect(world.count("quarantine") > 1, "some of them are kept")
    return answer


def taken_back(world: World) -> Answer:
    """Take back what the owner has not looked at yet, as somebody else."""
    _, sent = troupe(world)
    undo = world.shop.answer(Event.WITHDRAW, sent[-1], now=world.now(), to=(world.ada,))
    world.hold()
    return world.say(world.shop, undo)


# --- QU-08: one host, as many servers -----------------------------------------------------------------------


def from_another_port(world: World) -> Answer:
    """Offer to one wish from a host of which it takes one offer, and once more from another port of that."""
    wanted = world.cast()
    world.must(world.deliver(world.shop, world.offer(world.shop, wanted)))
    answer = world.deliver(world.rival, world.offer(world.rival, wanted))
    expect(listed(world, wanted) == 1, "what comes from another port waits apart, as from the same")
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("QU-00", "a move with a member that nobody reads", padded(1_000), 202),
    case("QU-01", "one stranger", alone, 429, "quota-spent", node="frugal", check=says_when),
    case("QU-01", "one actor after the other of a server", in_turn, 429, "quota-spent", node="crowded"),
    case("QU-01", "a stranger who was answered", answered, 202, node="frugal", fetches=1),
    case(
        "QU-01",
        "partners of one server in turn",
        customers,
        429,
        "quota-spent",
        node="allied",
        check=says_when,
        fetches=4,
        still=False,
    ),
    case("QU-02", "updates that change nothing", updates_of_nothing, 200, still=True, fetches=1),
    case("QU-02", "updates that change a word", updates_beside_words, 202, fetches=1),
    case("QU-02", "a message", large_message, 202),
    case("QU-06", "sixty actors of one server", sixty_actors, 202, node="popular", fetches=_MANY),
    case("QU-06", "actors of many servers", many_servers, 200, node="popular", fetches=_MANY, still=False),
    case("QU-06", "let out and accepted", let_out, 200, node="popular", fetches=_MANY),
    case("QU-06", "large ones", heaped, 429, "quota-spent", node="choosy", fetches=_MANY, still=False),
    case(
        "QU-06",
        "taken back by somebody else",
        taken_back,
        403,
        "not-your-negotiation",
        node="popular",
    ),
    case("QU-08", "from two ports of one host", from_another_port, 202, node="ported", fetches=0),
    case("QU-03", "a move that is too large", padded(LIMIT_BYTES), 413, "move-too-large"),
)
