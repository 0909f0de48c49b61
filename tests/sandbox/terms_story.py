"""The story of a wish that is told in rings, and of four who answer it under terms about data.

One business signs to be told all, one asks for more than the customer allows, the small print of one is
refused at the door, and one knows plain FEP-0837 alone.

Rules here: everybody acts through their own node, by its command line, and knows only what that node shows.
Each step tells what happens and checks what must hold. `make demo-terms` tells it; a test plays it.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node, until
from node.sandbox.proving import check_forgeries, verify_journals
from node.terminal.phrases import amount
from protocol.documents import Document
from tests.sandbox.papers import EMAIL, LITTLE, MORE, SMALL_PRINT, TOO_MUCH

WHAT: Final = "A trekking bike with hub gears"
PLACE: Final = "Wilten, Innsbruck"
LIMIT_PRICE: Final = "1187.31"  # no time of day and no number ends so: it is looked for in files full of them
NOTES: Final = "The old one was stolen."
KIND: Final = "Vehicles and bicycles"
OFFERED: Final[Mapping[str, str]] = {"cycle": "990.00", "profile": "940.00", "renewing": "890.00"}
ASKED: Final = "960.00"
TERMS: Final[Mapping[str, Document]] = {"cycle": LITTLE, "profile": TOO_MUCH, "renewing": SMALL_PRINT}


@dataclass(slots=True)
class TermsStory:
    """Who is in it, the voice that tells it, and what there is so far; `plain` is an actor's address."""

    customer: Node
    cycle: Node
    profile: Node
    renewing: Node
    plain: str
    voice: Narrator
    folder: Path
    wish: str = ""
    offer: str = ""
    there: dict[str, str] = field(default_factory=dict)  # what each business calls the wish, then its offer

    @property
    def businesses(self) -> tuple[Node, Node, Node]:
        """Those who understand terms about data."""
        return self.cycle, self.profile, self.renewing

    def play(self) -> None:
        """Play it, from four empty nodes to an agreement whose terms a stranger verifies."""
        self.say_it_once()
        self.tell_little()
        self.sign_for_more()
        self.answer()
        self.look()
        self.widen()
        self.meet()
        self.prove()
        self.end()

    # --- telling ------------------------------------------------------------------------------------------

    def say_it_once(self) -> None:
        """Have each business say once what its offers say about data."""
        for node in self.businesses:
            shown = node.run("shop", "terms", "--file", self._written(node.handle, TERMS[node.handle]))
            if node is self.renewing:
                self.voice.check(f"{node.name} is told that it would be refused", bool(shown["refused"]))
        self.cycle.run("terms", "accepts", "SD-BASE", "PDC-INTENT")
        self.voice.tell("Three businesses say once what their offers say about data.")
        accepted = self.customer.api.get("/terms")
        self.voice.check("the customer allows what the strictest does", accepted["maximum"] == "SD-BASE")

    def tell_little(self) -> None:
        """Cast the wish in rings, and look at what everybody learns."""
        wish = [
            *("--what", WHAT, "--place", PLACE, "--currency", "EUR", "--budget", "800..1100"),
            *("--rings", "--kind", "mobility", "--region", "AT-7", "--notes", NOTES),
            *("--limit-price", f"{LIMIT_PRICE} EUR", "--deadline", "in 3 days"),
            *(word for node in self.businesses for word in ("--to", node.actor)),
            *("--to", self.plain),
        ]
        self.wish = self.customer.run("intention", "cast", *wish)["id"]
        self.voice.tell(
            "The customer wishes for a bicycle, and tells four that it is one, and roughly where."
        )
        for node in self.businesses:
            shown = self._await_wish(node)
            self.there[node.handle] = shown["id"]
            self.voice.check(f"{node.name} reads “{shown['name']}”, and no more", shown["name"] == KIND)
        self.voice.check("their files have nothing else of it", not self._told(*self.businesses))

    def sign_for_more(self) -> None:
        """Let one of them sign for the rest."""
        self.cycle.run("intention", "undertake", self.there["cycle"])
        until(lambda: self._received(self.cycle)[0]["name"] == WHAT, "what was signed for")
        self.voice.tell(f"{self.cycle.name} signs PDC-INTENT, and is told the rest.")
        self.voice.check("that is in its files now", WHAT in self._told(self.cycle))
        self.voice.check("the others still know nothing more", not self._told(self.profile, self.renewing))
        signed = self.customer.api.get(f"/intentions/{self.wish}/undertakings")["items"]
        self.voice.check(
            "the customer's node keeps who signed",
            [one["peer"]["iri"] for one in signed] == [self.cycle.actor],
        )

    # --- answering ----------------------------------------------------------------------------------------

    def answer(self) -> None:
        """Let all of them make their offers; the plain peer makes its own as soon as it hears of a wish."""
        for node in self.businesses:
            price = f"{OFFERED[node.handle]} EUR"
            made = node.run("offer", "make", self.there[node.handle], "--price", price, "--name", "Bicycle")
            self.there[node.handle] = made["id"]
        until(lambda: len(self._offers()) == 3, "three offers")
        until(lambda: self._state(self.renewing) == "refused", "the refusal")
        self.voice.tell("Each makes an offer. One is refused at the door, by the flags of its small print:")
        refusal = self.renewing.run("shop", "terms")["offers"]
        self.voice.show(", ".join(f"{code}: {count}" for code, count in sorted(refusal["codes"].items())))
        self.voice.check("it is told why", {"terms-refused", "silent-renewal"} <= refusal["codes"].keys())

    def look(self) -> None:
        """Look at what is odd about those that came."""
        self.voice.tell("Three stand, cheapest first, each with what is odd about its terms:")
        for offer in sorted(self._offers(), key=lambda one: float(one["total"])):
            odd = ", ".join(sorted(codes(offer)))
            who = offer["peer"]["name"] or "a plain peer"
            self.voice.show(f"{who:<18} {amount(offer['total'], 'EUR'):>10}  {odd}")
        by = {one["peer"]["iri"]: codes(one) for one in self._offers()}
        self.voice.check("one asks for more than is allowed", "beyond-maximum" in by[self.profile.actor])
        self.voice.check("one says nothing about data", "no-data-terms" in by[self.plain])
        within = {"beyond-maximum", "no-roster", "terms-widened"}.isdisjoint(by[self.cycle.actor])
        self.voice.check("one keeps to what is allowed", within)

    def widen(self) -> None:
        """Counter, and have the answer ask for more about data at the price that was asked for."""
        self.offer = next(one["id"] for one in self._offers() if one["peer"]["iri"] == self.cycle.actor)
        self.customer.run("offer", "counter", self.offer, "--price", f"{ASKED} EUR", "--on-met", "accept")
        until(lambda: self._state(self.cycle) == "countered", "the counter-offer")
        wider = self._written("wider", MORE)
        self.cycle.run(
            "offer", "reoffer", self.there["cycle"], "--price", f"{ASKED} EUR", "--data-terms", wider
        )
        until(lambda: self._shown()["rounds"] > 1, "the second offer")
        self.voice.tell(f"The customer asks for {amount(ASKED, 'EUR')}, to be accepted once that is met.")
        held = self._shown()
        self.voice.check(
            "the same price for an e-mail address more is held for a person",
            held["state"] == "offered" and "terms-widened" in codes(held),
        )

    def meet(self) -> None:
        """Have the business take that back: it is agreed by itself then."""
        little = self._written("little", LITTLE)
        self.customer.run(
            *("offer", "counter", self.offer, "--price", f"{ASKED} EUR", "--data-terms", little),
            *("--on-met", "accept"),
        )
        until(lambda: self._state(self.cycle) == "countered", "the counter-offer")
        self.cycle.run("offer", "reoffer", self.there["cycle"], "--meet")
        until(lambda: self._shown()["state"] == "concluded", "both signatures")
        self.voice.tell("Asked again, it offers what was asked for, and both have signed.")
        agreed = self.customer.run("agreement", "show", self._agreed()["id"])
        entry, kept = agreed["terms"]["roster"]["id"], agreed["terms"]["policy"]["permission"]
        self.voice.check(
            "what both signed keeps to the strictest agreement, and has no e-mail address in it",
            entry.endswith("#SD-BASE") and all(EMAIL not in one["fields"] for one in kept),
        )

    # --- after it -----------------------------------------------------------------------------------------

    def prove(self) -> None:
        """Let strangers verify what was agreed, its terms about data too."""
        path = (self.folder / "evidence.json").resolve()
        self.customer.run("agreement", "export", self._agreed()["id"], "--out", str(path))
        self.voice.tell(f"The evidence is in {path.name}, for whoever wants to check it:")
        forgeries = {
            "another price": (ASKED, "1" + ASKED[1:]),
            "a longer time to keep it": ("P30D", "P90D"),
            "another text": ("plainText", "plainTexts"),
        }
        check_forgeries(path, forgeries, self.voice)

    def end(self) -> None:
        """Look at what is owed now, and that nothing went where it should not."""
        signed = self.cycle.api.get(f"/intentions/{self._wish_of_cycle()}/undertakings")["items"]
        self.voice.tell("The wish is over. What was told is to be deleted, but for what was agreed:")
        self.voice.check(
            f"{self.cycle.name} knows by when", [bool(one["delete_by"]) for one in signed] == [True]
        )
        files = self._read(*self.businesses)
        self.voice.check("limit price and notes are nowhere", not files & {LIMIT_PRICE, NOTES})
        self.voice.check("nobody else was ever told the rest", not self._told(self.profile, self.renewing))
        verify_journals(self.voice, (self.customer, *self.businesses))

    # --- looking ------------------------------------------------------------------------------------------

    def _written(self, name: str, terms: Document) -> str:
        path = self.folder / f"{name}.json"
        path.write_text(json.dumps(terms), encoding="utf-8")
        return str(path)

    def _received(self, node: Node) -> list[Document]:
        return [one for one in node.api.pages("/intentions") if not one["own"]]

    def _await_wish(self, node: Node) -> Document:
        return until(lambda: self._received(node), f"the wish at {node.name}")[0]

    def _wish_of_cycle(self) -> str:
        return str(self._received(self.cycle)[0]["id"])

    def _offers(self) -> list[Document]:
        return list(self.customer.api.pages("/offers", intention=self.wish, state="offered"))

    def _shown(self) -> Document:
        return dict(self.customer.api.get(f"/offers/{self.offer}"))

    def _agreed(self) -> Document:
        return next(iter(self.customer.api.pages("/agreements")))

    def _state(self, node: Node) -> str:
        return str(node.api.get(f"/offers/{self.there[node.handle]}")["state"])

    def _told(self, *nodes: Node) -> set[str]:
        return self._read(*nodes) & {WHAT, PLACE}

    def _read(self, *nodes: Node) -> set[str]:
        """Return which of the words that are told to few stand in any file of these nodes, logs too."""
        words = (WHAT, PLACE, LIMIT_PRICE, NOTES)
        kept = [path.read_bytes() for node in nodes for path in _files(node)]
        return {word for word in words if any(word.encode() in content for content in kept)}


def _files(node: Node) -> Iterator[Path]:
    yield node.log
    yield from (path for path in node.folder.rglob("*") if path.is_file())


def codes(shown: Mapping[str, Any]) -> set[str]:
    """Return the codes of the flags of an offer."""
    return {flag["code"] for flag in shown["flags"]}
