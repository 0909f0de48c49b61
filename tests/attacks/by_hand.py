"""AG, QU: what a rule has offered and a person has changed: its floor and its shelf know no more of it."""

from typing import Any, Final

from protocol.offers import read_draft
from protocol.strictjson import Document
from tests.attacks.binding import heard, in_state, soon
from tests.attacks.cases import Attack, Case, case, vectors
from tests.attacks.parties import Event, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World

_HELD: Final = "SELECT coalesce(sum(quantity), 0) FROM reservations WHERE state = 'held' AND sku = ?"
_LINE: Final = {"currency": "EUR", "label": ""}
_FITTED: Final = {"kind": "oneOff", "currency": "EUR", "label": "Fitted", "amount": "50.00"}
_CARE: Final = {**_FITTED, "kind": "recurring", "per": "month", "count": 1_200, "amount": "0.01"}


def opens(world: World, ware: str, price: str, **rule: Any) -> None:
    """Have the node list one thing, called as nothing else that is on sale here, and sell it by a rule."""
    item = {"sku": ware, "name": ware, "price": price, "currency": "EUR", "stock": 90, "lead_days": 3}
    world.asked("PUT", "/pricelist", [item])
    world.asked("PUT", "/rule", {"currency": "EUR", "max_discount_percent": "10", **rule})


def offered(world: World, ware: str, *, any_number: bool = False) -> Document:
    """Want that thing, one or any number of it, and return the Offer that the rule makes."""
    proposal = world.rival.intention(to=world.ada, now=world.now(), name=ware)
    if any_number:
        proposal = at(proposal, "publishes", "resourceQuantity", "hasNumericalValue", put=...)
    world.must(world.deliver(world.rival, world.rival.activity("Create", proposal, world.ada)))
    return heard(world, world.rival, "Offer", proposal["id"], "the rule answers a wish")


def countered(world: World, offer: Document, *, owed: str, **members: Any) -> Answer:
    """Ask for other terms, which come to so much."""
    shown = {**offer["object"], **members}
    shown = at(shown, "stipulatesReciprocal", "resourceQuantity", "hasNumericalValue", put=owed)
    counter = world.rival.answer(Event.COUNTER, offer, now=world.now(), draft=read_draft(shown))
    return world.must(world.say(world.rival, counter))


def answered_behind(world: World, ware: str) -> None:
    """Wait until the rule has answered what came after, so that it has looked at all before."""
    offered(world, ware)
    world.settle()


# --- AG-43: a floor that knows the goods alone --------------------------------------------------------------


def around_the_floor(more: dict[str, Any], first: str, second: str, *, owed: str) -> Attack:
    """Counter an offer to which a person has added a line: at the floor of the goods alone."""

    def attack(world: World) -> Answer:
        ware = f"Lamp{number()}"
        opens(world, ware, "100.00", answers_counters="within-floor")
        offer = offered(world, ware)
        id = world.seen(offer)["id"]
        goods = {**_LINE, "kind": "oneOff", "amount": "100.00"}
        world.asked("POST", f"/offers/{id}/reoffer", {"terms": {"price": [goods, more]}})
        world.settle()
        anew = world.received(world.rival, "Offer", offer["id"])
        lines = [
            {"type": "PriceLine", **goods, "amount": first},
            {"type": "PriceLine", **more, "amount": second},
        ]
        answer = countered(world, anew, owed=owed, price=lines)
        answered_behind(world, ware)
        in_state(world, offer, "countered")
        return answer

    return attack


def under_a_dearer_list(world: World) -> Answer:
    """Counter an offer whose price the list does not have any more, so that it is made anew."""
    ware = f"Lamp{number()}"
    opens(world, ware, "100.00", answers_counters="always")
    offer = offered(world, ware)
    opens(world, ware, "300.00", answers_counters="always")
    line = {"type": "PriceLine", **_LINE, "kind": "oneOff", "amount": "1.00"}
    answer = countered(world, offer, owed="1", price=[line])
    answered_behind(world, ware)
    in_state(world, offer, "countered")
    return answer


# --- QU-11: sold, and still on the shelf --------------------------------------------------------------------


def more_than_was_held(world: World) -> Answer:
    """Ask for forty in place of one, and have a person meet that."""
    ware = f"Lamp{number()}"
    opens(world, ware, "100.00")
    offer = offered(world, ware, any_number=True)
    quantity = at(offer["object"]["stipulates"], "resourceQuantity", "hasNumericalValue", put="40")
    line = {"type": "PriceLine", **_LINE, "kind": "oneOff", "amount": "4000.00"}
    answer = countered(world, offer, owed="4000", price=[line], stipulates=quantity)
    world.asked("POST", f"/offers/{world.seen(offer)['id']}/reoffer", {"terms": {"meet": True}})
    soon(lambda: int(world.rows(_HELD, ware)[0][0]) == 40_000_000, "forty pieces are held")
    world.settle()
    return answer


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "AG-43",
        {
            "at the floor of the goods, without the work": around_the_floor(
                _FITTED, "90.00", "0.00", owed="90"
            ),
            "all of it over a hundred years": around_the_floor(_CARE, "0.00", "0.08", owed="96"),
            "under a list that is dearer by now": under_a_dearer_list,
        },
        202,
        node="bargaining",
        fetches=20,
    ),
    case("QU-11", "forty in place of one", more_than_was_held, 202, node="selling", fetches=20),
)
