"""The story of the market: one intention, three businesses, one agreement, and two frauds that fail.

Rules that hold here: everybody acts through their own node, by its command line or its owner's API, and
knows only what that node shows. Each step tells what happens and checks what must hold.
"""

import json
from dataclasses import field
from decimal import Decimal
from pathlib import Path
from typing import Final

from node.sandbox import cars
from node.sandbox.frauds import Fraudster
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node, until
from node.terminal.phrases import amount
from protocol.documents import Document
from protocol.values import dataclass

WANTED: Final = 5  # offers: two from Northside, one from Harbour, two from Meadow
LIMIT_PRICE: Final = "3400.00"
NOTES: Final = "My insurance ends in May."
COUNTER_TO_NORTHSIDE: Final = "3150.00"  # its cheapest is 3,450.00, its floor ten per cent under that
COUNTER_TO_MEADOW: Final = "3000.00"

# Two offer two cars each, one offers one and comes back cheaper. Only Northside's rule answers counters.
RULES: Final[dict[str, Document]] = {
    "northside": {
        "max_offers_per_intention": 2,
        "max_discount_percent": "10",
        "answers_counters": "within-floor",
    },
    "harbour": {
        "max_offers_per_intention": 1,
        "max_discount_percent": "15",
        "undercut_after_seconds": 5,
        "undercut_percent": "14",
    },
    "meadow": {"max_offers_per_intention": 2, "answers_counters": "never"},
}


@dataclass(slots=True)
class Story:
    """The four nodes, the voice that tells it, and what the customer has in front of them so far."""

    customer: Node
    northside: Node
    harbour: Node
    meadow: Node
    voice: Narrator
    folder: Path
    intention: str = ""
    agreement: str = ""
    offers: dict[str, list[Document]] = field(default_factory=dict)

    @property
    def shops(self) -> tuple[Node, Node, Node]:
        """The three businesses."""
        return self.northside, self.harbour, self.meadow

    def play(self) -> None:
        """Play it, from four empty nodes to an agreement that anyone can verify."""
        self.stock_the_shops()
        self.cast()
        self.collect_offers()
        self.talk()
        self.counter()
        self.undercut()
        self.withdraw()
        self.defraud()
        self.accept()
        self.reject_the_rest()

    # --- asking -----------------------------------------------------------------------------------

    def stock_the_shops(self) -> None:
        """Give each shop its third of the cars, and the rule by which it answers."""
        for number, shop in enumerate(self.shops):
            goods, rule = self.folder / f"{shop.handle}.csv", self.folder / f"{shop.handle}-rule.json"
            goods.write_text(cars.price_list(number), encoding="utf-8")
            answers = {"currency": "EUR", **RULES[shop.handle]}
            rule.write_text(json.dumps(answers), encoding="utf-8")
            shop.run("shop", "load", str(goods))
            shop.run("shop", "rule", "--file", str(rule))
        self.voice.tell("The shops load their price lists: 398 real used cars at invented prices.")

    def cast(self) -> None:
        """Cast the intention, after looking at exactly what would be sent."""
        wish = [
            *("--what", "A used car, under 7 l/100 km", "--category", cars.CATEGORY),
            *("--must", "fuelConsumption<=6.9 l/100 km"),
            *("--should", "modelYear>=1980", "--should", "enginePower>=50 kW"),
            *("--deadline", "in 3 days", "--limit-price", f"{LIMIT_PRICE} EUR", "--notes", NOTES),
            *(word for shop in self.shops for word in ("--to", shop.actor)),
        ]
        preview = self.customer.run("intention", "cast", *wish, "--dry-run")
        self.intention = self.customer.run("intention", "cast", *wish)["id"]
        self.voice.tell("The customer asks all three for a used car under 7 l/100 km.")
        sent, home = json.dumps(preview["sends"]), preview["stays_home"]
        self.voice.check(
            f"the limit price ({amount(LIMIT_PRICE, 'EUR')}) and the notes stay at home",
            LIMIT_PRICE not in sent and NOTES not in sent and home["notes"] == NOTES,
        )
        reached = {shop.actor for shop in self.shops}
        self.voice.check("it goes to these three and nobody else", set(preview["reaches"]) == reached)

    def collect_offers(self) -> None:
        """Wait for the offers that the shops' rules make, and look at them side by side."""
        until(lambda: len(self.standing()) == WANTED, f"{WANTED} offers")
        for offer in sorted(self.standing(), key=lambda offer: Decimal(offer["total"])):
            self.offers.setdefault(offer["peer"]["iri"], []).append(offer)
        self.voice.tell(f"{WANTED} signed offers arrive, each made by a shop's own rule:")
        self.show_comparison()
        self.voice.check(
            "all three shops have answered", set(self.offers) == {shop.actor for shop in self.shops}
        )
        self.voice.check(
            "every signature holds", all(offer["proof"]["verified"] for offer in self.standing())
        )

    def standing(self) -> list[Document]:
        """Return the offers that the customer could accept now."""
        return list(self.customer.api.pages("/offers", intention=self.intention, state="offered"))

    def show_comparison(self) -> None:
        """Show the offers as the customer's node compares them."""
        compared = self.customer.run("offer", "compare", self.intention)["offers"]
        names = {shop.actor: shop.name for shop in self.shops}
        for offer in compared:
            facts = ", ".join(wish["offered"] or "?" for wish in offer["difference"])
            limit = "" if offer["within_limit"] else "  over the limit"
            money = f"{amount(offer['total'], offer['currency']):>13}"
            self.voice.show(f"{names[offer['peer']['iri']]:<15} {money}  {offer['name']:<26} {facts}{limit}")

    # --- negotiating ------------------------------------------------------------------------------

    def best(self, shop: Node) -> str:
        """Return the id, at the customer's node, of the cheapest offer that a shop made at first."""
        return str(self.offers[shop.actor][0]["id"])

    def offer(self, id: str) -> Document:
        """Return an offer as the customer's node has it now."""
        return self.customer.api.get(f"/offers/{id}")

    def there(self, shop: Node, id: str) -> str:
        """Return the id, at a shop's node, of what the customer knows by this id."""
        negotiation = self.offer(id)["negotiation"]
        return next(str(own["id"]) for own in shop.api.pages("/offers") if own["negotiation"] == negotiation)

    def wait(self, node: Node, offer: str, state: str) -> None:
        """Wait until a node has an offer in a state."""
        what = f"{node.name} to see the offer {state}"
        until(lambda: node.api.get(f"/offers/{offer}")["state"] == state, what)

    def talk(self) -> None:
        """Exchange two messages, which carry no proof and bind nobody."""
        here = self.best(self.northside)
        there = self.there(self.northside, here)
        self.customer.run("message", "send", here, "Does it come with winter tyres?")
        until(lambda: self.said(self.northside, there), "the question to arrive")
        self.northside.run("message", "send", there, "It does, they are in the boot.")
        until(lambda: len(self.said(self.customer, here)) == 2, "the answer to arrive")
        self.voice.tell("A question to Northside and its answer:")
        self.voice.show(*(f"“{text}”" for text in self.said(self.customer, here)))

    def said(self, node: Node, offer: str) -> list[str]:
        """Return what was said about an offer so far."""
        return [message["content"] for message in node.api.pages(f"/offers/{offer}/messages")]

    def counter(self) -> None:
        """Counter two offers: one shop's rule meets it to the letter, the other never answers."""
        met, left = self.best(self.northside), self.best(self.meadow)
        asked = {met: COUNTER_TO_NORTHSIDE, left: COUNTER_TO_MEADOW}
        for id, price in asked.items():
            self.customer.run("offer", "counter", id, "--price", f"{price} EUR", "--on-met", "ask")
        self.voice.tell("The customer counters the cheapest offers of Northside and of Meadow.")
        self.wait(self.customer, met, "offered")
        self.voice.check(
            f"Northside meets {amount(COUNTER_TO_NORTHSIDE, 'EUR')} to the letter",
            self.price(met) == Decimal(COUNTER_TO_NORTHSIDE),
        )
        self.wait(self.meadow, self.there(self.meadow, left), "countered")

    def undercut(self) -> None:
        """Wait for Harbour's rule to come back late with a lower price."""
        here = self.best(self.harbour)
        until(lambda: self.offer(here)["rounds"] > 1, "Harbour to undercut")
        self.voice.tell(
            f"Harbour's rule comes back late, and now asks {amount(self.offer(here)['total'], 'EUR')}."
        )

    def price(self, id: str) -> Decimal:
        """Return what an offer costs now."""
        return Decimal(self.offer(id)["total"])

    def withdraw(self) -> None:
        """Let Meadow take back its second offer; its first lies countered and unanswered."""
        here = str(self.offers[self.meadow.actor][1]["id"])
        self.meadow.run("offer", "withdraw", self.there(self.meadow, here))
        self.wait(self.customer, here, "withdrawn")
        self.voice.tell("Meadow withdraws its second offer, and has still not answered the counter:")
        self.show_comparison()
        left = self.offer(self.best(self.meadow))
        self.voice.check("what was countered and left cannot be accepted", left["state"] == "countered")

    def defraud(self) -> None:
        """Let Meadow try to deceive the customer and Harbour."""
        fraudster = Fraudster(self.meadow, self.customer, self.harbour, self.voice)
        wish = self.customer.api.get(f"/intentions/{self.intention}")
        fraudster.tamper(wish["iri"])
        history = self.customer.api.get(f"/offers/{self.best(self.harbour)}/history")
        fraudster.forge(history["moves"][-1])

    # --- agreeing ---------------------------------------------------------------------------------

    def accept(self) -> None:
        """Accept the lowest total; Harbour's node countersigns at once."""
        best = self.customer.run("offer", "compare", self.intention)["offers"][0]
        self.customer.run("offer", "accept", best["id"])
        self.agreement = self.offer(best["id"])["agreement"]
        until(lambda: self.agreed()["state"] == "concluded", "the countersignature")
        agreement = self.agreed()
        self.voice.tell(f"The customer accepts the lowest total. {agreement['plain'].splitlines()[0]}")
        self.voice.check("it is Harbour's late offer", best["peer"]["iri"] == self.harbour.actor)
        self.voice.check("Harbour's node has countersigned it", agreement["state"] == "concluded")

    def agreed(self) -> Document:
        """Return the agreement as the customer's node has it now."""
        return self.customer.api.get(f"/agreements/{self.agreement}")

    def reject_the_rest(self) -> None:
        """See that the other offers are rejected and that nobody learns who won, or for how much."""
        losers = [offer["id"] for offer in self.offers[self.northside.actor]]
        until(lambda: not self.standing(), "the other offers to be rejected")
        for id in losers:
            self.wait(self.northside, self.there(self.northside, id), "rejected")
        self.voice.tell("The intention is awarded; Northside gets a plain rejection for each of its offers.")
        for shop in (self.northside, self.meadow):
            known = json.dumps([*shop.api.pages("/offers"), *shop.api.pages("/journal")])
            secrets = (self.harbour.origin, self.agreement, self.agreed()["total"])
            self.voice.check(
                f"{shop.name} knows neither the winner nor the price",
                not any(word in known for word in secrets),
            )
