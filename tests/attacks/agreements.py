"""AG: what an offer, an answer and an agreement may say, and who wins when two things happen at once."""

import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from protocol.offers import Draft, read_draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.strictjson import Document
from protocol.vocabulary import currency_iri
from tests.attacks.agreement import accepted_by, agreement_for
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.nodes import ROOT, environment, freehold
from tests.attacks.parties import FOREVER, MARK, Event, Wanted, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_AT_ONCE: Final = 50
_RACES: Final = 12  # interleavings of a run; each run draws others
_MESSAGES: Final = 150
_PAGE: Final = 100


def put(*path: str | int, value: Any) -> Attack:
    """Put a value into the Offer before it is proved."""
    return Bend(activity=lambda document, _: at(document, *path, put=value))


def terms(change: Callable[[Document], Document]) -> Attack:
    """Bend the terms of the Offer before it is proved."""
    return Bend(activity=lambda document, _: at(document, "object", put=change(document["object"])))


def agreements(world: World, wanted: Wanted) -> int:
    """Count the agreements about an intention."""
    return world.count("agreements", "intention = ?", wanted.iri)


def accepts_sent(world: World, about: str) -> int:
    """Count the acceptances the node has sent about an offer."""
    return world.count(
        "journal JOIN payloads ON payloads.digest = journal.body",
        "kind = 'accept' AND direction = 'out' AND instr(bytes, ?) > 0",
        about.encode(),
    )


# --- AG-01, AG-02, AG-04: at once ---------------------------------------------------------------------------


def accepted_by_everyone(world: World) -> Answer:
    """Accept one offer from fifty tabs and a terminal at once."""
    wanted = world.cast()
    opened = world.opened(world.shop, wanted)
    id = world.seen(opened)["id"]

    def accept(turn: int) -> Answer | subprocess.CompletedProcess[bytes]:
        if turn == 0:
            words = [*freehold(world.node.data), "--json", "--yes", "offer", "accept", id]
            return subprocess.run(words, cwd=ROOT, env=environment({}), capture_output=True, timeout=60)
        return world.owner("POST", f"/offers/{id}/accept", {})

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        done = list(pool.map(accept, range(_AT_ONCE)))
    answers = [answer for answer in done if isinstance(answer, Answer)]
    typed = [one for one in done if not isinstance(one, Answer)]
    won = [answer for answer in answers if answer.status == 200]
    lost = [answer for answer in answers if answer.status == 409]
    agreed = world.asked("GET", f"/offers/{id}")["agreement"]
    expect(len(won) + sum(one.returncode == 0 for one in typed) == 1, "exactly one of them wins")
    expect(len(won) + len(lost) == len(answers), "all others are told that it happened")
    expect(all(agreed in answer.json["detail"] for answer in lost), "and which agreement came of it")
    expect(agreements(world, wanted) == 1, "there is one agreement")
    expect(accepts_sent(world, opened["id"]) == 1, "and one acceptance was sent")
    world.settle()
    return lost[0]


def accepted_against_each_other(world: World) -> Answer:
    """Accept two competing offers at once."""
    wanted = world.cast()
    ids = [world.seen(world.opened(party, wanted))["id"] for party in (world.shop, world.rival)] * 10
    with ThreadPoolExecutor(len(ids)) as pool:
        answers = list(pool.map(lambda one: world.owner("POST", f"/offers/{one}/accept", {}), ids))
    statuses = sorted(answer.status for answer in answers)
    expect(statuses == [200] + [409] * (len(ids) - 1), f"one wins, not {statuses}")
    expect(agreements(world, wanted) == 1, "there is one agreement")
    world.settle()
    return next(answer for answer in answers if answer.status == 409)


def races(world: World) -> Answer:
    """Let the shop withdraw while the owner accepts: whoever comes first has won, and both know it."""
    for turn in range(_RACES):
        wanted = world.cast()
        opened = world.opened(world.shop, wanted)
        id = world.seen(opened)["id"]
        undo = world.shop.prove(
            world.shop.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,)), now=world.now()
        )
        steps: list[Callable[[], Answer]] = [
            partial(world.deliver, world.shop, undo),
            partial(world.owner, "POST", f"/offers/{id}/accept", {}),
        ]
        with ThreadPoolExecutor(2) as pool:
            first, other = [pool.submit(step) for step in (steps if turn % 2 else steps[::-1])]
        withdrawn, accepted = (first, other) if turn % 2 else (other, first)
        pair = (withdrawn.result().status, accepted.result().status)
        state = world.asked("GET", f"/offers/{id}")["state"]
        expect(
            (pair, state) in {((202, 409), "withdrawn"), ((409, 200), "accepted")},
            f"one of the two wins: {pair} and {state}",
        )
        expect(agreements(world, wanted) == (1 if state == "accepted" else 0), "an agreement for the winner")
    world.settle()
    return withdrawn.result() if withdrawn.result().status == 409 else accepted.result()


# --- AG-05, AG-07 -------------------------------------------------------------------------------------------


def reoffered(world: World, opened: Document, draft: Draft) -> Document:
    """Write the shop's new offer in place of a standing one, proved."""
    move = world.shop.answer(Event.REOFFER, opened, now=world.now(), to=(world.ada,), draft=draft)
    return world.shop.prove(move, now=world.now())


def changed_meanwhile(world: World) -> Answer:
    """Change an offer after the owner has looked at it, and before it is accepted."""
    wanted = world.cast()
    opened = world.opened(world.shop, wanted)
    seen = world.seen(opened)
    world.must(
        world.deliver(world.shop, reoffered(world, opened, world.shop.draft(wanted, amount="9000.00")))
    )
    world.hold()
    return world.owner("POST", f"/offers/{seen['id']}/accept", {"digest": seen["digest"]})


def met_almost(draft: Callable[[World, Draft], Draft]) -> Attack:
    """Answer a counter-offer that is to be accepted when it is met, with almost what it asked for."""

    def attack(world: World) -> Answer:
        wanted = world.cast()
        opened = world.opened(world.shop, wanted)
        id = world.seen(opened)["id"]
        lower = [{"kind": "oneOff", "amount": "2000.00", "currency": "EUR", "label": MARK}]
        world.asked("POST", f"/offers/{id}/counter", {"terms": {"price": lower}, "on_met": "accept"})
        counter = world.received(world.shop, "Reject", opened["id"])
        asked = read_draft(counter["result"])
        answer = world.say(world.shop, meeting(world, opened, counter, draft=draft(world, asked)))
        if answer.status == 202:
            shown = world.asked("GET", f"/offers/{id}")
            expect(shown["agreement"] is None and shown["state"] == "offered", "it is not accepted by itself")
            expect(
                shown["total"] != "2000.00" or shown["name"] != asked.name, "the owner sees the difference"
            )
        return answer

    return attack


def with_price(draft: Draft, amount: str) -> Draft:
    """Return terms with another amount."""
    return replace(draft, price=tuple(replace(line, amount=Decimal(amount)) for line in draft.price))


def named(draft: Draft, name: str) -> Draft:
    """Return terms with another name."""
    return replace(draft, name=name)


def counter_to_the_node(change: Callable[[Document], Document]) -> Attack:
    """Counter an offer of the node's, with terms that are bent."""

    def attack(world: World) -> Answer:
        offer = world.offered(world.shop)
        counter = world.shop.answer(
            Event.COUNTER, offer, now=world.now(), draft=read_draft(offer["object"]), content="less, please"
        )
        document = at(counter, "result", put=change(counter["result"]))
        world.hold()
        return world.say(world.shop, document)

    return attack


def reoffering(change: Callable[[Document, World], Document]) -> Attack:
    """Replace an offer of one's own, with terms that are bent."""

    def attack(world: World) -> Answer:
        wanted = world.cast()
        opened = world.opened(world.shop, wanted)
        move = world.shop.answer(
            Event.REOFFER, opened, now=world.now(), to=(world.ada,), draft=world.shop.draft(wanted)
        )
        document = at(move, "object", put=change(move["object"], world))
        world.hold()
        return world.say(world.shop, document)

    return attack


# --- AG-08, AG-10 -------------------------------------------------------------------------------------------

LINE: Final = ("object", "price", 0)
_TOTAL: Final = ("object", "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue")


def priced(amount: Any, total: str | None = None, **members: Any) -> Attack:
    """Ask for another amount; the total says the same, unless it is to say something else."""

    def bend(document: Document, _: World) -> Document:
        line = {**document["object"]["price"][0], "amount": amount, **members}
        line = {name: value for name, value in line.items() if value is not ...}
        return at(at(document, *LINE, put=line), *_TOTAL, put=str(amount) if total is None else total)

    return Bend(activity=bend)


def in_yen(amount: str) -> Attack:
    """Answer an intention in yen."""

    def attack(world: World) -> Answer:
        wanted = world.cast(currency="JPY")
        line = PriceLine(PriceLineKind.ONE_OFF, Decimal(250_000), "JPY", MARK)
        draft = replace(world.shop.draft(wanted), price=(line,))
        document = world.shop.offer(wanted, now=world.now(), draft=draft)
        document = at(at(document, *LINE, "amount", put=amount), *_TOTAL, put=amount)
        world.hold()
        return world.say(world.shop, document)

    return attack


def lines(*amounts: str, total: str) -> Attack:
    """Name several lines and a total."""
    return terms(
        lambda shown: at(
            {**shown, "price": [{**shown["price"][0], "amount": amount} for amount in amounts]},
            "stipulatesReciprocal",
            "resourceQuantity",
            "hasNumericalValue",
            put=total,
        )
    )


def shows_the_computed_total(world: World, _: Answer) -> None:
    """What the text says beside the terms is text; the total is that of the terms."""
    shown = world.asked("GET", "/offers?limit=1")["items"][0]
    expect(shown["total"] == "2249.00", "the total is the node's own sum of the lines")


# --- AG-11 --------------------------------------------------------------------------------------------------


def offered_to(make: Callable[[World], Wanted]) -> Attack:
    """Offer something to an intention."""

    def attack(world: World) -> Answer:
        document = world.offer(world.shop, make(world))
        world.settle()
        world.hold()
        return world.deliver(world.shop, document)

    return attack


def withdrawn(world: World) -> Wanted:
    """Return an intention that was taken back."""
    wanted = world.cast()
    world.asked("POST", f"/intentions/{wanted.id}/withdraw")
    return wanted


def awarded(world: World) -> Wanted:
    """Return an intention for which another offer was concluded."""
    wanted = world.cast()
    opened = world.opened(world.rival, wanted)
    accept = agreement_for(world, world.rival, opened)
    world.must(
        world.say(
            world.rival,
            world.rival.answer(
                Event.COUNTERSIGN, accept["result"], now=world.now(), negotiation=opened["context"]
            ),
        )
    )
    return wanted


_RESUMES = "2098-01-01T00:00:00Z"


def paused(world: World) -> Wanted:
    """Return an intention that takes no offers for a long time."""
    wanted = world.cast()
    world.asked("PATCH", f"/intentions/{wanted.id}", {"pause": {"until": _RESUMES}})
    return wanted


def asks_to_come_again(_: World, answer: Answer) -> None:
    """What is turned away for now says so: in how long to come again, and when it is over."""
    expect(0 < int(answer.header("Retry-After") or 0) <= 24 * 60 * 60, "it says in how long to come again")
    expect(answer.json.get("until") == _RESUMES, "it says until when")


def replaced_while_paused(world: World) -> Answer:
    """Replace an offer unasked while the wish is paused."""
    wanted = world.cast()
    opened = world.opened(world.shop, wanted)
    world.asked("PATCH", f"/intentions/{wanted.id}", {"pause": {}})
    move = reoffered(world, opened, world.shop.draft(wanted))
    world.settle()
    world.hold()
    return world.deliver(world.shop, move)


def paused_and_untold(world: World) -> Answer:
    """Offer to an intention that is paused, as somebody who was never told of it."""
    wanted = world.cast(world.rival.iri)
    world.asked("PATCH", f"/intentions/{wanted.id}", {"pause": {}})
    world.settle()
    world.hold()
    return world.deliver(world.shop, world.offer(world.shop, wanted))


def told_to_the_rival(world: World) -> Wanted:
    """Return an intention that only the rival was told of."""
    return world.cast(world.rival.iri)


def unknown_or_untold(world: World) -> Answer:
    """Compare what a stranger learns of an intention that is not there, and of one it was not told of."""
    untold = told_to_the_rival(world)
    world.settle()
    world.hold()
    answers = [
        world.deliver(world.shop, world.offer(world.shop, wanted))
        for wanted in (Wanted(f"{world.node.origin}/intentions/int_{'0' * 26}", world.ada), untold)
    ]
    expect(answers[0].body == answers[1].body, "who was not asked learns nothing")
    return answers[0]


# --- AG-13, AG-14 -------------------------------------------------------------------------------------------


def owner_twice(first: str, second: str) -> Attack:
    """Let the owner do one thing with an offer, and then another."""

    def attack(world: World) -> Answer:
        id = world.seen(world.opened(world.shop))["id"]
        world.asked("POST", f"/offers/{id}/{first}", {})
        world.settle()
        world.hold()
        return world.owner("POST", f"/offers/{id}/{second}", {})

    return attack


def shop_twice(first: Event, second: Event) -> Attack:
    """Let the shop answer an offer of the node's in two ways."""

    def attack(world: World) -> Answer:
        offer = world.offered(world.shop)
        documents = [
            accepted_by(world, world.shop, offer)
            if event is Event.ACCEPT
            else world.shop.answer(event, offer, now=world.now())
            for event in (first, second)
        ]
        world.must(world.say(world.shop, documents[0]))
        world.settle()
        world.hold()
        return world.say(world.shop, documents[1])

    return attack


def withdrawn_twice(*, same: bool) -> Attack:
    """Take an offer back twice."""

    def attack(world: World) -> Answer:
        opened = world.opened(world.shop)
        documents = [
            world.shop.prove(
                world.shop.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,)), now=world.now()
            )
            for _ in range(2)
        ]
        world.must(world.deliver(world.shop, documents[0]))
        world.hold()
        return world.deliver(world.shop, documents[0 if same else 1])

    return attack


def amending(world: World, opened: Document, agreement: Document) -> Document:
    """Write the shop's offer of the same terms as an amendment, in a negotiation of its own; unsigned."""
    return world.shop.answer(
        Event.REOFFER,
        agreement,
        now=world.now(),
        to=(world.ada,),
        draft=read_draft(opened["object"]),
        ends_at=FOREVER,
        negotiation=f"{world.shop.origin}/negotiations/{number()}",
    )


def meeting(world: World, begun: Document, counter: Document, *, draft: Draft | None = None) -> Document:
    """Write the shop's new offer of what a counter asks for, or of something else in its place; unsigned."""
    return world.shop.answer(
        Event.REOFFER,
        counter,
        now=world.now(),
        to=(world.ada,),
        negotiation=begun["context"],
        draft=draft or read_draft(counter["result"]),
    )


def concluded(world: World, *, notice: str | None = None) -> tuple[Document, Document]:
    """Conclude an agreement with the shop; return its Offer and the node's Accept."""
    wanted = world.cast()
    document = world.shop.offer(wanted, now=world.now())
    if notice is not None:
        document = at(document, "object", "noticePeriod", put=notice)
    opened = world.shop.prove(document, now=world.now())
    world.must(world.deliver(world.shop, opened))
    accept = agreement_for(world, world.shop, opened)
    countersign = world.shop.answer(
        Event.COUNTERSIGN, accept["result"], now=world.now(), negotiation=opened["context"]
    )
    world.must(world.say(world.shop, countersign))
    world.settle()
    return opened, accept["result"]


def left(who: Callable[[World], Any], *, notice: str | None, after: timedelta) -> Attack:
    """Leave a concluded agreement, so long from now."""

    def attack(world: World) -> Answer:
        speaker = who(world)
        opened, agreement = concluded(world, notice=notice)
        world.must(world.baseline(speaker))
        leave = speaker.answer(
            Event.LEAVE,
            agreement,
            now=world.now(),
            negotiation=opened["context"],
            ends_at=(world.now() + after).replace(microsecond=0),
        )
        world.hold()
        return world.say(speaker, leave)

    return attack


def reneged_after_all(world: World) -> Answer:
    """Take one's word back after the agreement is concluded."""
    opened, agreement = concluded(world)
    document = world.shop.answer(Event.RENEGE, agreement, now=world.now(), negotiation=opened["context"])
    world.hold()
    return world.say(world.shop, document)


def countersigned_with_another_key(world: World) -> Answer:
    """Countersign with another key than the one the agreement names."""
    sender = world.stranger()
    opened = world.opened(sender)
    accept = agreement_for(world, sender, opened)
    document = sender.answer(
        Event.COUNTERSIGN, accept["result"], now=world.now(), negotiation=opened["context"]
    )
    second = world.thief.ed25519
    listed = sender.document["assertionMethod"]
    more = {**listed[0], "id": f"{sender.iri}#ed25519-2", "publicKeyMultibase": second.public.multibase}
    sender.publish({**sender.document, "assertionMethod": [*listed, more]})
    world.settle()
    world.advance(minutes=6)
    proved = sender.prove(document, now=world.now(), key=second, method=f"{sender.iri}#ed25519-2")
    world.hold()  # it is the sender's, who has added it beside the other, which the agreement names
    return world.deliver(sender, proved)


# --- the agreement itself -----------------------------------------------------------------------------------


def concluding(change: Callable[[Document, World], Document]) -> Attack:
    """Accept an offer of the node's, with an agreement that is bent."""

    def attack(world: World) -> Answer:
        offer = world.offered(world.shop)
        document = accepted_by(world, world.shop, offer)
        bent = at(document, "result", put=change(document["result"], world))
        world.hold()
        return world.say(world.shop, bent)

    return attack


def other_key(agreement: Document, world: World) -> Document:
    """Put the thief's key where the node's was."""
    key = world.thief.ed25519.public.multibase
    return at(agreement, "parties", 0, "publicKeyMultibase", put=key)


def same_key(agreement: Document, _: World) -> Document:
    """Put the shop's key where the node's was."""
    key = agreement["parties"][1]["publicKeyMultibase"]
    return at(agreement, "parties", 0, "publicKeyMultibase", put=key)


# --- AG-17 --------------------------------------------------------------------------------------------------


def says_what_it_shows(world: World, _: Answer) -> None:
    """The owner reads the text that a browser would show."""
    shown = world.asked("GET", "/offers?limit=1")["items"][0]
    expect(shown["content"] == "With a bell & lights.", "marks are gone, and what they enclose is there")


def note(world: World, opened: Document, turn: int) -> Document:
    """Write a message about an offer."""
    object = {
        "id": f"{world.shop.origin}/notes/{number()}",
        "type": "Note",
        "content": f"message {turn}",
        "context": opened["context"],
        "attributedTo": world.shop.iri,
    }
    return world.shop.activity("Create", object, world.ada)


def long_thread(world: World) -> Answer:
    """Talk and talk, and read it page by page."""
    opened = world.opened(world.shop)
    for turn in range(_MESSAGES):
        world.must(world.deliver(world.shop, note(world, opened, turn)))
    id, read, cursor = world.seen(opened)["id"], [], ""
    while True:
        page = world.asked("GET", f"/offers/{id}/messages?limit={_PAGE}{cursor}")
        read += [item["content"] for item in page["items"]]
        expect(len(page["items"]) <= _PAGE, "a page has an end")
        if page["next"] is None:
            break
        cursor = f"&cursor={quote(page['next'], safe='')}"
    expect(read == [f"message {turn}" for turn in range(_MESSAGES)], "every message is read once, in order")
    return world.owner("GET", f"/offers/{id}/messages?limit=1000000000")


def too_many_messages(world: World) -> Answer:
    """Talk once more than a negotiation takes."""
    opened = world.opened(world.shop)
    for turn in range(int(world.limit["messages_per_offer"])):
        world.must(world.deliver(world.shop, note(world, opened, turn)))
    document = note(world, opened, -1)
    world.hold()
    answer = world.deliver(world.shop, document)
    undo = world.shop.answer(Event.WITHDRAW, opened, now=world.now(), to=(world.ada,))
    world.must(world.say(world.shop, undo))
    world.hold()
    return answer


CASES: Final[tuple[Case, ...]] = (
    case(
        "AG-01",
        "fifty times at once",
        accepted_by_everyone,
        409,
        ("already-accepted",),
        still=False,
        quick=False,
    ),
    case("AG-02", "two competing offers at once", accepted_against_each_other, 409, still=False),
    case("AG-04", "withdrawn while it is accepted", races, 409, still=False, quick=False),
    case("AG-05", "changed after it was looked at", changed_meanwhile, 409, "offer-changed"),
    *vectors(
        "AG-07",
        {
            "a counter met, but dearer by a cent": met_almost(lambda w, asked: with_price(asked, "2000.01")),
            "a counter met, but for another name": met_almost(lambda w, asked: named(asked, "A city bike")),
        },
        202,
    ),
    *vectors(
        "AG-07",
        {
            "a counter about another intention": counter_to_the_node(
                lambda shown: at(shown, "stipulates", "satisfies", put="https://evil.example/1#primary")
            ),
            "a counter with a member nobody knows": counter_to_the_node(
                lambda shown: {**shown, "fee": "9.00"}
            ),
            "a counter with a hidden member in a line": counter_to_the_node(
                lambda shown: at(shown, "price", 0, "fee", put="9.00")
            ),
            "a counter without a price": counter_to_the_node(
                lambda shown: at(
                    at(shown, "price", put=[]),
                    "stipulatesReciprocal",
                    "resourceQuantity",
                    "hasNumericalValue",
                    put="0",
                )
            ),
        },
        422,
    ),
    *vectors(
        "AG-07",
        {
            "a new offer for two": reoffering(
                lambda shown, _: at(shown, "stipulates", "resourceQuantity", "hasNumericalValue", put="2")
            ),
            "a new offer in another unit": reoffering(
                lambda shown, _: at(shown, "stipulates", "resourceQuantity", "hasUnit", put="kg")
            ),
            "a new offer in another currency": reoffering(
                lambda shown, _: at(
                    at(shown, "price", 0, "currency", put="CHF"),
                    "stipulatesReciprocal",
                    "resourceConformsTo",
                    put=currency_iri("CHF"),
                )
            ),
            "a new offer about another intention": reoffering(
                lambda shown, world: at(shown, "stipulates", "satisfies", put=f"{world.cast().iri}#primary")
            ),
            "a new offer that gives something else": reoffering(
                lambda shown, _: at(shown, "stipulatesReciprocal", "satisfies", put="https://evil.example/1")
            ),
        },
        422,
    ),
    *vectors(
        "AG-08",
        {
            "negative": priced("-1.00"),
            "zero": priced("0.00"),
            "a trillion": priced("1000000000000.00"),
            "10^15": priced("1000000000000000.00"),
            "three decimals": priced("1.001"),
            "no amount": priced(..., total="2249.00"),
            "an unknown currency": priced("2249.00", currency="XXX"),
            "a currency in small letters": priced("2249.00", currency="eur"),
            "no currency": priced("2249.00", currency=...),
            "a currency by its sign": priced("2249.00", currency="€"),
            "another currency than is wanted": priced("2249.00", currency="USD"),
            "a kind nobody knows": priced("2249.00", kind="perhaps"),
            "no kind": priced("2249.00", kind=...),
            "a member nobody knows": priced("2249.00", discount="100"),
            "monthly for ever": priced("10.00", kind="recurring", per="month"),
            "monthly zero times": priced("10.00", total="0", kind="recurring", per="month", count=0),
            "monthly minus once": priced("10.00", total="-10", kind="recurring", per="month", count=-1),
            "monthly half a time": priced("10.00", total="5", kind="recurring", per="month", count="0.5"),
            "ten thousand months": priced(
                "10.00", total="100000", kind="recurring", per="month", count=10_000
            ),
            "every fortnight": priced("10.00", total="20", kind="recurring", per="fortnight", count=2),
            "once, but twice": priced("10.00", total="20", count=2),
            "until a day, from no day": priced(
                "10.00", total="0", kind="recurring", per="month", until="2020-01-01T00:00:00Z"
            ),
            "until a day before it starts": terms(
                lambda shown: at(
                    {**shown, "startTime": "2097-01-02T00:00:00Z"},
                    "price",
                    0,
                    put={
                        **shown["price"][0],
                        "kind": "recurring",
                        "per": "month",
                        "until": "2097-01-01T00:00:00Z",
                    },
                )
            ),
            "monthly for a count and until a day": priced(
                "10.00", kind="recurring", per="month", count=2, until="2098-01-01T00:00:00Z"
            ),
            "a trillion in months": priced(
                "999999999999.00", total="1199999999998800", kind="recurring", per="month", count=1_200
            ),
            "no lines": terms(lambda shown: {**shown, "price": []}),
            "33 lines": lines(*["1.00"] * 33, total="33"),
            "two currencies": terms(
                lambda shown: {
                    **shown,
                    "price": [shown["price"][0], {**shown["price"][0], "currency": "CHF"}],
                }
            ),
            "a line that is none": terms(lambda shown: {**shown, "price": ["2249.00"]}),
        },
        422,
    ),
    *vectors(
        "AG-08", {"yen with decimals": in_yen("250000.50"), "yen with a point": in_yen("250000.0")}, 422
    ),
    case("AG-08", "yen without", in_yen("250000"), 202),
    *vectors(
        "AG-08",
        {
            "nothing promised": put(
                "object", "stipulates", "resourceQuantity", "hasNumericalValue", value="0"
            ),
            "less than nothing promised": put(
                "object", "stipulates", "resourceQuantity", "hasNumericalValue", value="-1"
            ),
            "something else promised": put("object", "stipulates", "type", value="Intent"),
            "no promise": put("object", "stipulates", value=...),
            "nothing in return": put("object", "stipulatesReciprocal", value=...),
            "money counted in kilograms": put(
                "object", "stipulatesReciprocal", "resourceQuantity", "hasUnit", value="kg"
            ),
            "an exponent": put(*_TOTAL, value="2249E+999999999"),
            "an agreement that ends before it starts": terms(
                lambda shown: {
                    **shown,
                    "startTime": "2097-01-02T00:00:00Z",
                    "endTime": "2097-01-01T00:00:00Z",
                }
            ),
            "a notice of hours": terms(lambda shown: {**shown, "noticePeriod": "PT1H"}),
            "a notice in words": terms(lambda shown: {**shown, "noticePeriod": "a month"}),
        },
        422,
    ),
    *vectors(
        "AG-10",
        {
            "more than the lines": lines("1000.00", "249.00", total="2249"),
            "less than the lines": lines("1000.00", "1249.00", total="1249"),
            "a cent more": lines("2249.00", total="2249.01"),
            "a total in another currency": put(
                "object", "stipulatesReciprocal", "resourceConformsTo", value=currency_iri("CHF")
            ),
            "no total": put(*_TOTAL, value=...),
        },
        422,
    ),
    case(
        "AG-10",
        "a fee in the text alone",
        put("object", "content", value="A fee of 500.00 EUR is added on delivery. Total: 2749.00 EUR"),
        202,
        check=shows_the_computed_total,
        note="no page flags it yet: what is shown, compared and agreed is the node's own sum of the lines.",
    ),
    case("AG-10", "lines that come to it", lines("1000.00", "1249.00", total="2249"), 202),
    case("AG-11", "withdrawn", offered_to(withdrawn), 409, "intention-closed"),
    case("AG-11", "awarded to another", offered_to(awarded), 409, "intention-closed"),
    case(
        "AG-11", "paused", offered_to(paused), 409, "intention-paused", check=asks_to_come_again, quick=True
    ),
    case("AG-11", "replaced unasked while it is paused", replaced_while_paused, 409, "intention-paused"),
    case("AG-11", "paused, and never told of it", paused_and_untold, (404, 409), "unknown-intention"),
    *vectors(
        "AG-11",
        {
            "unknown": offered_to(lambda w: Wanted(f"{w.node.origin}/intentions/int_{'0' * 26}", w.ada)),
            "of somebody else": offered_to(lambda w: Wanted(f"{w.rival.origin}/intentions/1", w.ada)),
            "told to others": offered_to(told_to_the_rival),
        },
        (404, 409),
        "unknown-intention",
    ),
    case("AG-11", "unknown and untold alike", unknown_or_untold, (404, 409)),
    *vectors(
        "AG-13",
        {
            "rejected, then accepted": owner_twice("reject", "accept"),
            "accepted, then rejected": owner_twice("accept", "reject"),
            "rejected twice": owner_twice("reject", "reject"),
            "accepted twice": owner_twice("accept", "accept"),
        },
        409,
    ),
    *vectors(
        "AG-13",
        {
            "rejected, then accepted, by the other end": shop_twice(Event.REJECT, Event.ACCEPT),
            "accepted, then rejected, by the other end": shop_twice(Event.ACCEPT, Event.REJECT),
            "rejected twice, by the other end": shop_twice(Event.REJECT, Event.REJECT),
            "accepted twice, by the other end": shop_twice(Event.ACCEPT, Event.ACCEPT),
        },
        409,
    ),
    case("AG-14", "taken back twice, in the same bytes", withdrawn_twice(same=True), 200, still=True),
    case(
        "AG-14",
        "taken back twice, in two activities",
        withdrawn_twice(same=False),
        409,
        "illegal-transition",
        note="protocol: what the transition table does not list is illegal, whoever does it.",
    ),
    *vectors(
        "AG-14",
        {
            "left by the thief": left(lambda w: w.thief, notice="P1M", after=timedelta(days=60)),
            "left by a neighbour": left(
                lambda w: w.neighbour(w.shop), notice="P1M", after=timedelta(days=60)
            ),
        },
        403,
    ),
    case(
        "AG-14",
        "left too early",
        left(lambda w: w.shop, notice="P1M", after=timedelta(days=7)),
        422,
        "notice-too-short",
    ),
    case(
        "AG-14",
        "left without a right to",
        left(lambda w: w.shop, notice=None, after=timedelta(days=700)),
        (409, 422),
    ),
    case(
        "AG-14",
        "left as the terms allow",
        left(lambda w: w.shop, notice="P1M", after=timedelta(days=60)),
        202,
    ),
    case("AG-14", "taken back after it was concluded", reneged_after_all, 409, "illegal-transition"),
    case(
        "AG-14", "countersigned with another key", countersigned_with_another_key, 422, "wrong-key", fetches=1
    ),
    *vectors(
        "AG-16",
        {
            "terms by their address": put("object", "url", value="https://evil.example/terms"),
            "an attachment": put(
                "object", "attachment", value=[{"type": "Document", "url": "https://evil.example"}]
            ),
            "terms of a roster": put("object", "hasPolicy", value="https://evil.example/policy"),
        },
        422,
        "unknown-member",
        note="nothing that could change after it was signed is part of an agreement yet.",
    ),
    *vectors(
        "AG-16",
        {
            "a comment in the terms": put("object", "content", value="Free.<!-- evil -->"),
            "a script in the terms": put("object", "content", value="<script>evil()</script>Free."),
            "terms in white": put("object", "content", value="<b style='color:#fff'>evil</b>"),
            "terms that are hidden": put("object", "content", value="<p HIDDEN>evil</p>"),
        },
        422,
        "hidden-text",
    ),
    case(
        "AG-16",
        "terms in hypertext",
        put("object", "content", value="<p>With a <b>bell</b> &amp; lights.</p>"),
        202,
        check=says_what_it_shows,
    ),
    case(
        "AG-16",
        "terms of somebody else",
        terms(lambda shown: {**shown, "attributedTo": "https://evil.example/actors/evil"}),
        422,
        "attribution-mismatch",
    ),
    *vectors(
        "AG-16",
        {
            "a commitment to consume": put("object", "stipulates", "action", value="consume"),
            "an action in words": put("object", "stipulatesReciprocal", "action", value="to be told"),
        },
        422,
        "unknown-action",
    ),
    case("AG-16", "a commitment to transfer", put("object", "stipulates", "action", value="transfer"), 202),
    *vectors(
        "AG-16",
        {
            "another price than was offered": concluding(
                lambda shown, _: at(
                    at(shown, "price", 0, "amount", put="9.00"),
                    "stipulatesReciprocal",
                    "resourceQuantity",
                    "hasNumericalValue",
                    put="9",
                )
            ),
            "another name": concluding(lambda shown, _: {**shown, "name": "A city bike"}),
            "another offer": concluding(
                lambda shown, w: {**shown, "offer": f"{w.node.origin}/activities/act_0"}
            ),
            "another digest": concluding(lambda shown, _: {**shown, "digestMultibase": "z" + "2" * 46}),
            "another author": concluding(lambda shown, w: {**shown, "attributedTo": w.thief.iri}),
            "another address": concluding(
                lambda shown, _: {**shown, "id": "https://evil.example/agreements/1"}
            ),
            "an address of ours": concluding(
                lambda shown, w: {**shown, "id": f"{w.node.origin}/agreements/1"}
            ),
            "its address in a list": concluding(lambda shown, _: {**shown, "id": [shown["id"]]}),
            "its address in an object": concluding(lambda shown, _: {**shown, "id": {"id": shown["id"]}}),
            "another agreement replaced": concluding(
                lambda shown, w: {**shown, "supersedes": f"{w.node.origin}/agreements/agr_0"}
            ),
            "another key for us": concluding(other_key),
            "their key for ours": concluding(same_key),
            "no parties": concluding(lambda shown, _: {**shown, "parties": []}),
            "one party": concluding(lambda shown, _: {**shown, "parties": shown["parties"][:1]}),
            "the same party twice": concluding(
                lambda shown, _: {**shown, "parties": [shown["parties"][0]] * 2}
            ),
            "no salt": concluding(lambda shown, _: at(shown, "salt", put=...)),
            "a short salt": concluding(lambda shown, _: {**shown, "salt": "AAAA"}),
            "a member nobody knows": concluding(lambda shown, _: {**shown, "fee": "9.00"}),
        },
        422,
    ),
    case(
        "AG-49",
        "an agreement of the year 9999",
        concluding(lambda shown, _: {**shown, "published": "9999-01-01T00:00:00Z"}),
        422,
        "dated-ahead",
    ),
    case(
        "AG-49",
        "an agreement of long before its offer",
        concluding(lambda shown, _: {**shown, "published": "2001-01-01T00:00:00Z"}),
        422,
        "times-reversed",
    ),
    case("AG-17", "a long thread of messages", long_thread, (200, 400), still=False, fetches=0, quick=False),
    case("AG-17", "one message too many", too_many_messages, (409, 429), "too-many-messages", node="strict"),
)
