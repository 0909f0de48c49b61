"""AG: what has run out or is yet to come, and is to be agreed all the same."""

from datetime import timedelta
from typing import Any, Final

from protocol.offers import read_draft
from tests.attacks.agreements import amending, concluded
from tests.attacks.cases import Attack, Bend, Case, case
from tests.attacks.parties import FOREVER, MARK, Event
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_HOUR: Final = timedelta(hours=1)


# --- AG-22: counter-offers that have run out ----------------------------------------------------------------


def met(*, late: timedelta) -> Attack:
    """Meet a counter to the letter, so long after its end, before any timer of the node's has looked."""

    def attack(world: World) -> Answer:
        opened = world.opened(world.shop)
        id = world.seen(opened)["id"]
        terms: dict[str, Any] = {
            "price": [{"kind": "oneOff", "amount": "2000.00", "currency": "EUR", "label": MARK}],
            "expires_at": (world.now() + _HOUR).strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        world.asked("POST", f"/offers/{id}/counter", {"terms": terms, "on_met": "accept"})
        counter = world.received(world.shop, "Reject", opened["id"])
        world.settle()
        world.advance(seconds=(_HOUR + late).total_seconds())
        move = world.shop.answer(
            Event.REOFFER,
            counter,
            now=world.now(),
            to=(world.ada,),
            negotiation=opened["context"],
            draft=read_draft(counter["result"]),
            ends_at=FOREVER,
        )
        answer = world.must(world.say(world.shop, move))
        state = world.asked("GET", f"/offers/{id}")["state"]
        expect((state == "offered") is (late > timedelta()), f"the offer is {state}")
        world.settle()
        return answer

    return attack


# --- AG-23: what is dated ahead -----------------------------------------------------------------------------


def dated(moment: str) -> Attack:
    """Date an offer."""
    return Bend(activity=lambda document, _: {**document, "published": moment})


# --- QU-04, QU-05: over and over ----------------------------------------------------------------------------


def replaced_for_ever(world: World) -> Answer:
    """Replace an offer of the node's again and again: a negotiation holds so many, whoever makes them."""
    id = world.seen(world.offered(world.shop))["id"]
    for turn in range(int(world.limit["max_rounds"])):
        world.settle()
        world.hold()
        answer = world.owner("POST", f"/offers/{id}/reoffer", {"terms": {"content": f"version {turn}"}})
    return answer


def amended_over_and_over(world: World) -> Answer:
    """Offer to amend one agreement again and again, each time in a negotiation of its own."""
    opened, agreement = concluded(world)
    for turn in range(int(world.limit["offers_per_intention_per_peer"]) + 1):
        world.hold()
        move = amending(world, opened, agreement)
        answer = world.say(world.shop, {**move, "content": f"version {turn}"})
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("AG-22", "met when it had run out", met(late=timedelta(seconds=5)), 202),
    case("AG-22", "met in time", met(late=timedelta(seconds=-60)), 202),
    case("AG-23", "an offer of the year 2099", dated("2099-01-01T00:00:00Z"), 422, "dated-ahead"),
    case("AG-23", "an offer of the year 1999", dated("1999-01-01T00:00:00Z"), 202),
    case("QU-04", "offers of our own without end", replaced_for_ever, 409, "too-many-rounds", node="strict"),
    case("QU-05", "amendments without end", amended_over_and_over, 409, "too-many-offers", node="strict"),
)
