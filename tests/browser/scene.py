"""A scene: the market after its story, a wish that is still open, a newcomer, and a node that is nobody's.

Rules that hold here: real nodes, each a process of its own; names, goods and amounts are the same each time,
only ids, ports and times are not.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.sandbox import cars
from node.sandbox.market import make_nodes, started
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node, until
from node.sandbox.story import WANTED, Story
from protocol.documents import Document

CUSTOMER: Final = "customer"
SHOP: Final = "shop"
NEWCOMER: Final = "newcomer"
NOBODY: Final = "nobody"
_WISH: Final = (
    *("--what", "A car for five, under 10 l/100 km", "--category", cars.CATEGORY),
    *(
        "--must",
        "fuelConsumption<=10 l/100 km",
        "--should",
        "modelYear>=1979",
        "--should",
        "enginePower>=60 kW",
    ),
    *("--deadline", "in 2 weeks", "--limit-price", "3300 EUR", "--notes", "Room for two dogs."),
)


@dataclass(frozen=True, slots=True)
class Scene:
    """Nodes by what they are in it, and the customer's wishes and agreements by how they stand."""

    nodes: Mapping[str, Node]
    wishes: Mapping[str, str]
    agreements: Mapping[str, str]

    @property
    def customer(self) -> Node:
        """Who has wished for something."""
        return self.nodes[CUSTOMER]

    @property
    def shop(self) -> Node:
        """One of those who have answered."""
        return self.nodes[SHOP]

    def offers(self, state: str) -> list[Document]:
        """Return the customer's offers in a state, those to the open wish first."""
        found = self.customer.api.pages("/offers", state=state)
        return sorted(found, key=lambda offer: offer["intention"] != self.wishes["open"])


@contextmanager
def set_up(folder: Path) -> Iterator[Scene]:
    """Play it in `folder`, and keep the nodes up until the end of the block."""
    voice = Narrator(io.StringIO())
    newcomer = Node(folder / NEWCOMER, NEWCOMER, "Robin", "person", host="localhost")
    unclaimed = Node(folder / NOBODY, "owner", "Owner", "person", host="localhost")
    nodes = [*make_nodes(folder), newcomer, unclaimed]
    with started(nodes, voice):
        customer, northside, harbour, meadow, *_ = nodes
        story = Story(customer, northside, harbour, meadow, voice, folder)
        story.play()
        assert voice.failed == []
        wishes = {"open": _wish_again(story), "awarded": story.intention}
        parts = {CUSTOMER: customer, SHOP: northside, NEWCOMER: newcomer, NOBODY: unclaimed}
        yield Scene(parts, wishes, {"concluded": story.agreement})


def _wish_again(story: Story) -> str:
    """Cast a wish that stays open, with offers that stand, one that is countered and one declined."""
    customer = story.customer
    to = [word for shop in story.shops for word in ("--to", shop.actor)]
    wish = str(customer.run("intention", "cast", *_WISH, *to)["id"])

    def offered() -> list[Document]:
        return list(customer.api.pages("/offers", intention=wish))

    until(lambda: len(offered()) == WANTED, f"{WANTED} offers")
    # Harbour comes back with a lower price by itself; what is looked at afterwards stands still.
    by_shop = {shop.handle: [o for o in offered() if o["peer"]["iri"] == shop.actor] for shop in story.shops}
    (late,) = by_shop["harbour"]
    until(lambda: customer.api.get(f"/offers/{late['id']}")["rounds"] > 1, "Harbour to undercut")
    countered, declined = by_shop["meadow"][0]["id"], by_shop["northside"][1]["id"]
    customer.run("offer", "counter", countered, "--price", "2900 EUR")
    customer.run("offer", "reject", declined)
    customer.run("message", "send", by_shop["northside"][0]["id"], "Does it have a tow bar?")
    return wish
