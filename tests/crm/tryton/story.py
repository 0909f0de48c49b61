"""The story of a deal that a business makes in its Tryton, from a customer's wish to the notice at its end.

Rules here: everybody acts where they work, and knows only what is shown there. Each step tells what happens
and checks what must hold. `make demo-crm` tells it; the tests play it.
"""

from dataclasses import dataclass, field
from typing import Any, Final

from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node, until
from protocol.documents import Document
from tests.crm.tryton.office import SOON, TrytonOffice

NAME: Final = "Fibre at home"
LIMIT_PRICE: Final = "78.37"  # no time of day ends so: it is looked for in files that are full of them
NOTES: Final = "My old contract ends in May."
WISH: Final[Document] = {
    "content": "For two who work there.",
    "specifications": [{"property": "speed", "at_least": "500", "unit": "Mbit/s"}],
    "limit_price": LIMIT_PRICE,
    "notes": NOTES,
}
QUESTION: Final = "Is there a router?"
ANSWER: Final = "Yes, it is included."
BETWEEN_US: Final = "She haggles; stay above 35."
CONFIRMED: Final = ("confirmed", "processing")  # what Tryton calls an order that both have signed
QUOTED, COUNTERED, AGREED, AMENDED = "39.90", "34.90", "35.90", "32.90"


@dataclass(slots=True)
class TrytonStory:
    """Who is in it, the voice that tells it, and what there is so far."""

    office: TrytonOffice
    voice: Narrator
    wish: str = ""
    opportunity: Document = field(default_factory=dict)
    sale: str = ""
    offer: Document = field(default_factory=dict)
    agreements: list[str] = field(default_factory=list)  # their IRIs, the one that holds last

    def play(self) -> None:
        """Play it, from two empty nodes and a furnished Tryton to a contract that was left."""
        self.ask()
        self.quote()
        self.talk()
        self.counter()
        self.accept()
        self.amend()
        self.leave()

    @property
    def customer(self) -> Node:
        """The customer's node."""
        return self.office.customer

    @property
    def business(self) -> Node:
        """The business's node."""
        return self.office.business

    # --- until both have signed -------------------------------------------------------------------

    def ask(self) -> None:
        """Wish for something; it is an opportunity in Tryton, which shows no more than was sent."""
        self.wish = self.office.wish(NAME, **WISH)
        self.voice.tell(
            f"Ada asks Meadow for “{NAME}”, at least 500 Mbit/s. What she would pay stays at home."
        )
        until(lambda: self.business.api.get("/intentions")["items"], "the wish to arrive")
        planned = self.business.run("crm", "plan")["items"]
        self.voice.tell("`freehold crm plan` at Meadow's node says what a sync would do:")
        self.voice.show(*(f"{item['action']} {item['kind']}" for item in planned))
        known = self.office.person.search("sale.opportunity", [], "description")
        self.voice.check("nothing has been written into Tryton yet", known == [])
        self.opportunity = self.office.opportunity(NAME)
        self.voice.tell("`freehold crm sync`. Meadow's people see an opportunity in Tryton:")
        self.voice.show(*self.opportunity["comment"].splitlines())
        wanted = "speed: at least 500 Mbit/s (must)"
        self.voice.check("it says what must be met", wanted in self.opportunity["comment"])

    def quote(self) -> None:
        """Write a quotation in Tryton; it is a signed offer at the customer's."""
        self.sale = self.office.quote(self.opportunity)
        self.voice.tell(f"They write a quotation there, {QUOTED} EUR a month, and press *Quote*.")
        self.offer = self.office.offer(self.wish, state="offered")
        self.voice.check("Ada has it as an offer, at that price", self.price(self.offer) == [QUOTED, "month"])
        self.voice.check("its signature holds", self.offer["proof"]["verified"])
        named = ["reference", "=", self.offer["negotiation"]]
        self.check_there("the quotation names the negotiation it belongs to", "sale.sale", self.own, named)

    def talk(self) -> None:
        """Exchange a message each way; what the people note for themselves stays theirs."""
        messages = f"/offers/{self.offer['id']}/messages"
        self.customer.api.request("POST", messages, {"content": QUESTION})
        note = self.office.note(self.sale, QUESTION)["message"]
        self.voice.tell(
            "Ada's question is a note at the quotation; one that begins with @customer answers it."
        )
        self.voice.check("the note says who asks", note.startswith("Ada ("))
        self.office.say(self.sale, BETWEEN_US)
        self.office.say(self.sale, f"@customer {ANSWER}")
        self.office.see("the answer", lambda: self.customer.api.get(messages)["items"][1:])
        said = [each["content"] for each in self.customer.api.get(messages)["items"]]
        self.voice.show(*(f"“{text}”" for text in said))
        self.voice.check("a note without that word has not left", said == [QUESTION, ANSWER])

    def counter(self) -> None:
        """Ask for less; a new price in the quotation is the next offer."""
        price = [{"kind": "recurring", "amount": COUNTERED, "currency": "EUR", "per": "month"}]
        self.customer.api.request("POST", f"/offers/{self.offer['id']}/counter", {"terms": {"price": price}})
        note = self.office.note(self.sale, f"{COUNTERED} EUR each month")["message"]
        self.voice.tell("Ada counters. A note at the quotation says so:")
        self.voice.show(*(line for line in note.splitlines() if str(COUNTERED) in line))
        self.office.revise(self.sale, AGREED)
        self.offer = self.office.offer(self.wish, state="offered", rounds=2)
        self.voice.tell("They change its price there, and press *Quote* again.")
        self.voice.check(f"Ada has a second offer, {AGREED} EUR", self.price(self.offer) == [AGREED, "month"])

    def accept(self) -> None:
        """Sign it; the order is confirmed in Tryton, with the evidence, and by no hand there."""
        self.customer.api.request("POST", f"/offers/{self.offer['id']}/accept", {})
        self.voice.tell("Ada accepts and signs, Meadow's node countersigns.")
        confirmed, won = ["state", "in", CONFIRMED], ["state", "=", "won"]
        self.check_there("the order is confirmed in Tryton", "sale.sale", self.own, confirmed)
        wish = ["id", "=", self.opportunity["id"]]
        self.check_there("the opportunity is won", "sale.opportunity", wish, won)
        evidence = ["resource", "=", f"sale.sale,{self.sale}"]
        self.check_there("the evidence is attached to the order", "ir.attachment", evidence)
        self.agreements.append(self.standing(self.customer, "concluded")["iri"])

    # --- and from then on -------------------------------------------------------------------------

    def amend(self) -> None:
        """Offer another price for what both have signed; it holds once the customer has signed that too."""
        here = self.standing(self.business, "concluded")
        line = {key: value for key, value in here["price"][0].items() if value is not None}
        terms = {"price": [line | {"amount": AMENDED}], "notice": here["notice"]}
        self.business.api.request("POST", f"/agreements/{here['id']}/amend", {"terms": terms})
        self.voice.tell(f"Later Meadow's node offers {AMENDED} EUR instead (`freehold agreement amend`).")
        there = self.standing(self.customer, "concluded")["id"]
        path = f"/agreements/{there}/amendments"
        offer = until(lambda: self.customer.api.get(path)["items"], "the amendment to arrive", seconds=SOON)[
            0
        ]
        self.customer.api.request("POST", f"/offers/{offer['id']}/accept", {})
        self.agreements.append(self.standing(self.customer, "concluded", amends=self.agreements[-1])["iri"])
        agreed = [self.standing(node, "concluded", iri=self.agreements[-1]) for node in self.nodes]
        self.voice.tell("Ada accepts that too.")
        prices = [self.price(each) for each in agreed]
        self.voice.check("at both nodes it is the new price that holds", prices == [[AMENDED, "month"]] * 2)
        before = [self.agreement(node, self.agreements[0])["state"] for node in self.nodes]
        self.voice.check("the first agreement is superseded at both", before == ["superseded"] * 2)
        told = f"Both sides have signed a change of this order: %{AMENDED} EUR each month%"
        note = self.office.note(self.sale, told)["message"]
        self.voice.tell(
            "In Tryton it is a note at the order, which stays one: a second would be invoiced, too."
        )
        self.voice.show(note.splitlines()[1])
        self.check_attached("the evidence of the change is attached to the order", "evidence-%", count=2)

    def leave(self) -> None:
        """Give notice, as the terms allow it."""
        agreement = self.standing(self.customer, "concluded")
        self.customer.api.request("POST", f"/agreements/{agreement['id']}/end", {})
        ends = [self.standing(node, "ending", iri=agreement["iri"])["leaves_at"] for node in self.nodes]
        self.voice.tell(f"Ada gives notice. Her contract ends on {ends[0][:10]}.")
        self.voice.check("both nodes say the same day", len({*ends}) == 1)
        note = self.office.note(self.sale, "The customer gave notice")["message"]
        self.voice.check("a note at the order in Tryton says that day, too", f" {ends[0][:10]}." in note)
        self.check_attached("the notice that she signed is attached to it", "notice-%", count=1)
        until(lambda: not self.business.api.get("/crm")["queued"], "all to be written", seconds=SOON)

    # --- how it stands ----------------------------------------------------------------------------

    @property
    def own(self) -> list[Any]:
        """What finds the quotation, and the order that it became, among Tryton's sales."""
        return ["id", "=", int(self.sale)]

    def check_there(self, what: str, model: str, *domain: list[Any]) -> None:
        """Wait until Tryton has such a record.

        Raises:
            MarketError: it has none in time.
        """
        self.voice.check(what, bool(self.office.record(model, *domain)))

    def check_attached(self, what: str, name: str, *, count: int) -> None:
        """Wait until so many files of such a name are attached to the order in Tryton.

        Raises:
            MarketError: they are not in time.
        """
        about = [["resource", "=", f"sale.sale,{self.sale}"], ["name", "like", name]]

        def find() -> list[Any]:
            found = self.office.person.search("ir.attachment", about, "name")
            return [found] if len(found) == count else []

        self.voice.check(what, bool(self.office.see(what, find)))

    @property
    def nodes(self) -> tuple[Node, Node]:
        """The customer's node and the business's."""
        return self.customer, self.business

    def agreement(self, node: Node, iri: str) -> Document:
        """Return an agreement as a node has it now."""
        return next(each for each in node.api.pages("/agreements") if each["iri"] == iri)

    def standing(self, node: Node, state: str, *, iri: str = "", amends: str = "") -> Document:
        """Wait until a node has an agreement in this state, of this IRI or in place of that one."""

        def find() -> list[Document]:
            return [
                each
                for each in node.api.pages("/agreements")
                if each["state"] == state and iri in {"", each["iri"]} and amends in {"", each["supersedes"]}
            ]

        return until(find, f"an agreement that is {state} at {node.name}", seconds=SOON)[0]

    @staticmethod
    def price(item: Document) -> list[Any]:
        """Return what an offer or an agreement costs, and how often."""
        return [text for line in item["price"] for text in (line["amount"], line["per"])]
