"""A scene: the market after its story, with more to look at; a newcomer; a node that is nobody's.

The customer has a wish that is still open, an agreement that can be left, and has just accepted something.
One shop works in spreadsheets, where somebody has not been careful.

Rules that hold here: real nodes, each a process of its own; names, goods and amounts are the same each time,
only ids, ports and times are not.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from node.crm.registry import default_mapping
from node.sandbox import cars
from node.sandbox.market import make_nodes, started
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node, until
from node.sandbox.story import WANTED, Story
from protocol.documents import Document
from tests.crm.editor import Editor
from tests.protocol.data_terms import asked

CUSTOMER: Final = "customer"
ASKED: Final = "asked"  # the customer again, in a browser where they have to show that it is them
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

_TITLED: Final = 'to = "title"\nowner = "customer"'


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
        agreements = {"leavable": _subscribe(story), "concluded": story.agreement}
        _accept(story)
        _work_in_spreadsheets(northside, folder / "office")
        parts = {CUSTOMER: customer, ASKED: customer, SHOP: northside, NEWCOMER: newcomer, NOBODY: unclaimed}
        yield Scene(parts, wishes, agreements)


def connect_spreadsheets(shop: Node, folder: Path, *, called: str) -> Editor:
    """Let a shop work in spreadsheets where a wish is called otherwise; return who writes there."""
    folder.mkdir()
    editor, api = Editor(folder), shop.api
    (wish, *_) = api.pages("/intentions")
    mapping = default_mapping("spreadsheet").replace(_TITLED, _TITLED.replace("customer", "manual"))
    editor.save(
        "opportunities.csv", [{"id": "K-7", "freehold": wish["iri"], "title": called, "state": "open"}]
    )
    api.request("POST", "/crm", {"adapter": "spreadsheet", "address": str(folder), "mapping": mapping})
    api.request("POST", "/crm/sync", {})
    until(lambda: not api.get("/crm")["queued"], "the spreadsheets to be written")
    api.request("POST", "/crm/sync", {"limit": 1})  # so that what was written has been seen, too
    return editor


def _work_in_spreadsheets(shop: Node, folder: Path) -> None:
    """Let a shop work in spreadsheets in which rows are deleted, called otherwise, and left half written."""
    editor, api = connect_spreadsheets(shop, folder, called="Hansen, family car"), shop.api
    rows = editor.read("quotations.csv")
    unpriced = {"id": "K-8", "opportunity": rows[-1]["opportunity"], "state": "quoted", "currency": "EUR"}
    editor.save("quotations.csv", [*rows[2:], unpriced | {"label": "Estate car"}])
    api.request("POST", "/crm/sync", {"limit": 1})
    until(lambda: len(api.get("/crm/conflicts")["counts"]) > 2, "what is to be decided")


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


def _subscribe(story: Story) -> str:
    """Agree with Northside on something that can be left, and changed one's mind about; return the agreement.

    It is paid by the month, and terms about data give the time for that.
    """
    care = {"kind": "recurring", "per": "month", "count": 24, "amount": "19.90", "currency": "EUR"}
    terms = {
        "name": "Servicing and tyres",
        "price": [{**care, "label": "Care"}],
        "notice": "P1M",
        "terms": {"policy": asked(), "roster": "SD-BASE"},
    }
    offer = _offered(story, "Servicing and tyres", terms)
    story.customer.api.request("POST", f"/offers/{offer}/accept", {"undo_seconds": 0})
    until(lambda: story.customer.api.get(f"/offers/{offer}")["state"] == "concluded", "Northside to sign")
    return str(story.customer.api.get(f"/offers/{offer}")["agreement"])


def _accept(story: Story) -> None:
    """Accept an offer of Northside's, and leave a day to undo that."""
    racks = {"kind": "oneOff", "amount": "129.00", "currency": "EUR", "label": "Roof racks"}
    offer = _offered(story, "Roof racks", {"name": "Roof racks, steel", "price": [racks]})
    story.customer.api.request("POST", f"/offers/{offer}/accept", {"undo_seconds": 86_400})


def _offered(story: Story, wish: str, terms: Document) -> str:
    """Have the customer wish for something and Northside offer it; return the customer's id of the offer."""
    customer, northside = story.customer, story.northside
    to = ("--currency", "EUR", "--to", northside.actor)
    cast = customer.run("intention", "cast", "--what", wish, *to)["id"]

    def told() -> str | None:
        return next((one["id"] for one in northside.api.pages("/intentions") if one["name"] == wish), None)

    intention = until(told, f"{wish} to arrive")
    northside.api.request("POST", "/offers", {"intention": intention, "terms": terms})
    return str(until(lambda: next(customer.api.pages("/offers", intention=cast), None), wish)["id"])
