"""What is taken is done, and what nobody could keep is not taken."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, Final

from protocol.canonical import digest_of
from protocol.signatures import Request
from protocol.strictjson import Document
from protocol.times import render_time
from tests.attacks.agreement import agreement_for
from tests.attacks.agreements import concluded, note, put
from tests.attacks.binding import in_state
from tests.attacks.cases import Attack, Bend, Case, case, vectors
from tests.attacks.handmade import Handmade
from tests.attacks.parties import Event, Party, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_TEXT: Final = "SELECT count(*) FROM payloads WHERE instr(bytes, ?) > 0"


# --- AG-08: terms that nobody could keep --------------------------------------------------------------------


def dated(start: datetime, end: datetime, **members: Any) -> Attack:
    """Put a start and an end into the terms, and other members."""

    def bend(document: Document, _: World) -> Document:
        for name, value in {"startTime": render_time(start), "endTime": render_time(end), **members}.items():
            document = at(document, "object", name, put=value)
        return document

    return Bend(activity=bend)


def monthly(count: int, start: datetime, end: datetime) -> Attack:
    """Ask for so many months within a term."""

    def bend(document: Document, _: World) -> Document:
        line = {
            **document["object"]["price"][0],
            "kind": "recurring",
            "per": "month",
            "count": count,
        }
        line["amount"] = "10.00"
        dates = {"startTime": render_time(start), "endTime": render_time(end)}
        total = ("object", "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue")
        document = at(document, "object", put={**document["object"], "price": [line], **dates})
        return at(document, *total, put=str(10 * count))

    return Bend(activity=bend)


# How often a case tries to be sooner than the clock, and what is said when it was not.
_TURNS: Final = 5
_CLOCK_HAS_LOOKED: Final = b"Only an agreement that is in force"
_BEGINS: Final = datetime.fromisoformat("2090-01-01T00:00:00+00:00")
_ENDS: Final = datetime.fromisoformat("2091-01-01T00:00:00+00:00")


# --- AG-13, AG-14: what is over, and notices ----------------------------------------------------------------


def amended_after_the_end(world: World) -> Answer:
    """Amend an agreement whose end has passed, if it can be before any clock has looked at it.

    On a full machine the clock may be sooner each time; what it refuses then is an answer too.
    """
    for _ in range(_TURNS):
        answer = _amended_after_the_end(world)
        if _CLOCK_HAS_LOOKED not in answer.body:
            break
    return answer


def _amended_after_the_end(world: World) -> Answer:
    until = (world.now() + timedelta(days=400)).replace(microsecond=0)
    document = world.shop.offer(world.cast(), now=world.now())
    document = at(document, "object", "endTime", put=render_time(until))
    opened = world.shop.prove(document, now=world.now())
    world.must(world.deliver(world.shop, opened))
    agreement = agreement_for(world, world.shop, opened)["result"]
    signed = world.shop.answer(Event.COUNTERSIGN, agreement, now=world.now(), negotiation=opened["context"])
    world.must(world.say(world.shop, signed))
    world.settle()
    turn = number()
    again = {
        **at(document, "object", "endTime", put=...),
        "id": f"{world.shop.origin}/activities/{turn}",
        "context": f"{world.shop.origin}/negotiations/{turn}",
        "inReplyTo": agreement["id"],
        "digestMultibase": digest_of(agreement),
    }
    world.hold()
    world.advance(days=401)
    answer = world.say(world.shop, {**again, "published": render_time(world.now())})
    world.cast()  # the journal grows, so the clock is looked at
    return answer


def given_notice(times: int) -> Attack:
    """Give notice again and again, each time for a later day."""

    def attack(world: World) -> Answer:
        opened, agreement = concluded(world, notice="P1M")
        for turn in range(times):
            day = (world.now() + timedelta(days=60 + turn)).replace(microsecond=0)
            leave = world.shop.answer(
                Event.LEAVE, agreement, now=world.now(), negotiation=opened["context"], ends_at=day
            )
            if turn == times - 1:
                world.settle()
                world.hold()
            answer = world.say(world.shop, leave)
        return answer

    return attack


# --- OR-04: deletions ---------------------------------------------------------------------------------------


def deleted(who: Callable[[World], Party], *, gone: bool) -> Attack:
    """Delete a message of the shop's; its words are gone afterwards, or they are not."""

    def attack(world: World) -> Answer:
        speaker, opened = who(world), world.opened(world.shop)
        told = note(world, opened, number())
        words = f"canary {number()}"
        told = at(told, "object", "content", put=words)
        world.must(world.deliver(world.shop, told))
        world.must(world.baseline(speaker))
        world.settle()
        world.hold()
        tomb = {"id": told["object"]["id"], "type": "Tombstone", "formerType": "Note"}
        answer = world.deliver(speaker, speaker.activity("Delete", tomb, world.ada))
        [[left]] = world.rows(_TEXT, words.encode())
        expect((left == 0) is gone, "the words are gone" if gone else "the words are there")
        id = world.seen(opened)["id"]
        [shown] = world.asked("GET", f"/offers/{id}/messages")["items"]
        expect((shown["content"] == "") is gone, "the owner is shown so")
        expect((shown["deleted_at"] is not None) is gone, "and that it was deleted")
        return answer

    return attack


# --- RP-07, AC-11, RP-02, LD-01 -----------------------------------------------------------------------------


def unasked(type: str) -> Attack:
    """Answer a request to follow that the node never made."""

    def attack(world: World) -> Answer:
        follow = {
            "id": f"{world.node.origin}/activities/act_{'0' * 26}",
            "type": "Follow",
            "actor": world.ada,
            "object": world.shop.iri,
        }
        world.hold()
        return world.deliver(world.shop, world.shop.activity(type, follow, world.ada))

    return attack


def negotiation_shown(world: World) -> Answer:
    """Ask for the moves of a negotiation after the node's clock has ended it."""
    offer = world.offered(world.shop)
    world.settle()
    world.advance(days=30)
    world.cast()  # the journal grows, so the clock is looked at
    world.settle()
    in_state(world, offer, "expired")
    world.hold()
    answer = world.fetch(world.shop, offer["context"])
    expect(answer.json["orderedItems"] == [offer["id"]], "the moves are shown and nothing else")
    return answer


def expires(seconds: int) -> Attack:
    """Sign by hand with an end that lies so many seconds behind the beginning."""

    def sign(request: Request, world: World, sender: Party) -> dict[str, str]:
        created = int(world.now().timestamp())
        made = Handmade(sender.rsa.sign, sender.rsa_id, created, parameters=f";expires={created + seconds}")
        return made.headers(request)

    return Bend(sign=sign)


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "AG-08",
        {
            "a notice of no length": put("object", "noticePeriod", value="P0M"),
            "a notice of centuries": put("object", "noticePeriod", value="P9999Y"),
        },
        422,
        "notice-out-of-range",
    ),
    case(
        "AG-08",
        "a notice longer than what it ends",
        dated(_BEGINS, _ENDS, noticePeriod="P2Y"),
        422,
        "notice-exceeds-term",
    ),
    case("AG-08", "a payment after the end", monthly(14, _BEGINS, _ENDS), 422, "payment-after-end"),
    case("AG-08", "payments up to the end", monthly(13, _BEGINS, _ENDS), 202),
    case(
        "AG-08",
        "terms that are over",
        put("object", "endTime", value="2020-01-01T00:00:00Z"),
        409,
        "term-over",
    ),
    case(
        "AG-13",
        "amended when it is over",
        amended_after_the_end,
        409,
        "illegal-transition",
        node="travelling",
        still=False,
    ),
    case("AG-14", "notice for the fourth time", given_notice(4), 409, "too-many-notices"),
    case("AG-14", "notice for the third time", given_notice(3), 202),
    case("OR-04", "a message deleted by a rival", deleted(lambda w: w.rival, gone=False), 403, "not-yours"),
    case("OR-04", "a message deleted by its author", deleted(lambda w: w.shop, gone=True), 202),
    *vectors(
        "RP-07",
        {
            "an acceptance of a follow that nobody asked for": unasked("Accept"),
            "a rejection of a follow that nobody asked for": unasked("Reject"),
        },
        409,
        "unknown-follow",
    ),
    case(
        "AC-11",
        "a negotiation with what the clock did",
        negotiation_shown,
        200,
        node="travelling",
        fetches=1,  # the reader's document is older than a day by then
    ),
    case("RP-02", "a signature that expired before it was made", expires(-1), 401, "stale", fetches=0),
    case("RP-02", "a signature with an end", expires(60), 202),
    case(
        "LD-01",
        "null, which takes all meaning away",
        Bend(activity=lambda document, _: at(document, "@context", put=None)),
        422,
        "context-refused",
        fetches=0,
    ),
)
