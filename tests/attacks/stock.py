"""QU: whoever has a shop hold its goods, and never means to buy them."""

from datetime import timedelta
from typing import Final

from tests.attacks.binding import soon
from tests.attacks.cases import Case, case
from tests.attacks.parties import Party, at, number
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_STOCK: Final = 100
_RULE: Final = {"currency": "EUR"}
_HELD: Final = "SELECT coalesce(sum(quantity), 0) FROM reservations WHERE state = 'held' AND sku = ?"
_ENDS: Final = (
    "SELECT max(expires_at) FROM offers JOIN reservations ON reservations.offer = offers.id WHERE sku = ?"
)


def opens_shop(world: World, name: str = "Bulb") -> str:
    """Have the node sell a hundred of something by a rule; return their article number."""
    sku = f"l{number()}"
    item = {"sku": sku, "name": name, "price": "10.00", "currency": "EUR", "stock": _STOCK, "lead_days": 3}
    world.asked("PUT", "/pricelist", [item])
    world.asked("PUT", "/rule", _RULE)
    return sku


def wishes(world: World, sender: Party, pieces: int) -> Answer:
    """Tell the shop that one wants so many."""
    proposal = sender.intention(to=world.ada, now=world.now(), name="Bulb")
    much = at(proposal, "publishes", "resourceQuantity", "hasNumericalValue", put=str(pieces))
    return world.must(world.deliver(sender, sender.activity("Create", much, world.ada)))


def holds(world: World, sku: str, pieces: int) -> None:
    """Demand that the shop comes to hold so many pieces, for whomever."""
    soon(lambda: int(world.rows(_HELD, sku)[0][0]) == pieces * 1_000_000, f"{pieces} pieces are held")
    world.settle()


def at_once(world: World) -> Answer:
    """Want all there is; a wish of somebody else is answered after that one."""
    sku = opens_shop(world)
    wishes(world, world.stranger(), _STOCK)
    answer = wishes(world, world.neighbour(world.rival), 1)
    holds(world, sku, 1)
    return answer


def in_parts(world: World) -> Answer:
    """Want all there is as one made-up actor after the other."""
    sku = opens_shop(world)
    for _ in range(10):
        wishes(world, world.stranger(), _STOCK // 10)
    answer = wishes(world, world.neighbour(world.rival), 1)
    holds(world, sku, _STOCK // 2 + 1)
    [[ends]] = world.rows(_ENDS, sku)
    expect(ends <= (world.now() + timedelta(days=1)).isoformat(), f"they are held until {ends}")
    return answer


CASES: Final[tuple[Case, ...]] = (
    case("QU-07", "all at once", at_once, 202, node="selling", fetches=20),
    case("QU-07", "in parts", in_parts, 202, node="selling", fetches=20),
)
