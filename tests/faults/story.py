"""One negotiation from beginning to end between two nodes that may die on the way, and what is left of it.

Whoever plays here is an owner who does not know whether a node is up: each step is asked for with a key of
its own until it is answered, and whatever ends is started again, as a service manager would.
"""

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from node.sandbox.nodes import MarketError, until
from node.terminal.failures import Failure
from protocol.documents import Document
from tests.faults.ends import (
    check_activities,
    check_journal,
    compare,
    compare_agreements,
    everything,
    histories,
)
from tests.faults.mortal import Mortal
from tests.faults.owner import Reply, insist
from tests.ports import steady_port

WATCH_SECONDS = 0.02
NEWS_SECONDS = 90.0  # a delivery that met a dead node is tried again after some seconds


@dataclass(frozen=True, slots=True)
class Step:
    """Something an owner asked for, and the answer."""

    node: Mortal
    method: str
    path: str
    body: object
    key: str
    reply: Reply

    def stands(self) -> bool:
        """Ask the same again and say whether the answer is the same."""
        try:
            again = insist(self.node, self.method, self.path, self.body, key=self.key)
        except MarketError:
            return False
        return again.body == self.reply.body


@dataclass(slots=True)
class Keeper:
    """Starts again whatever ends, until the end of the block; notes how each process ended."""

    nodes: tuple[Mortal, ...]
    ends: list[tuple[str, int]] = field(default_factory=list)
    _over: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def keeping(self) -> Iterator[None]:
        """Run the nodes."""
        thread = threading.Thread(target=self._watch, name="keeper")
        try:
            for node in self.nodes:
                node.start()
            thread.start()
            yield
        finally:
            self._over.set()
            if thread.is_alive():
                thread.join()
            for node in self.nodes:
                node.terminate()
            for node in self.nodes:
                node.wait()

    def kill(self, node: Mortal) -> None:
        """End a node's process at once, and for good."""
        self._over.set()
        assert node.process is not None
        node.process.kill()
        node.process.wait()

    def _watch(self) -> None:
        while not self._over.wait(WATCH_SECONDS):
            for node in self.nodes:
                code = node.process.poll() if node.process is not None else None
                if code is not None and not self._over.is_set():
                    self.ends.append((node.handle, code))
                    node.start()


@dataclass(frozen=True, slots=True)
class Effects:
    """What a story leaves behind: entries by kind and deliveries by state, of each node."""

    entries: dict[str, Counter[str]]
    deliveries: dict[str, Counter[str]]


class Story:
    """A customer and a shop, from the first follow to the notice that ends what they agreed."""

    def __init__(self, folder: Path) -> None:
        settings = {"LOG_LEVEL": "warning", "LOG_FORMAT": "json"}
        here, there = steady_port(), steady_port()
        self.customer = Mortal(folder / "ada", "ada", "Ada", "person", here, settings=settings)
        self.shop = Mortal(folder / "bikes", "bikes", "Bike Haus", "organization", there, settings=settings)
        self.nodes = (self.customer, self.shop)
        self.keeper = Keeper(self.nodes)
        self.steps: list[Step] = []

    def play(self) -> None:
        """Do one thing after the other, each once the one before has arrived.

        Raises:
            MarketError: it does not go on.
        """
        self.settle()
        self.ask(self.customer, "POST", "/peers/follow", {"peer": self.shop.actor})
        wanted = self.ask(
            self.customer, "POST", "/intentions",
            {"name": "Touring bike", "currency": "EUR", "limit_price": "2300", "audience": [self.shop.actor]},
        )  # fmt: skip
        seen = self.find(self.shop, "/intentions", lambda item: item["iri"] == wanted["iri"])
        bike = {"kind": "oneOff", "amount": "2249.00", "currency": "EUR", "label": "Bike"}
        care = {"kind": "recurring", "amount": "5.00", "currency": "EUR", "per": "month", "count": 12}
        offered = {"price": [bike, care | {"label": "Care"}], "notice": "P1M"}
        made = self.ask(self.shop, "POST", "/offers", {"intention": seen["id"], "terms": offered})
        offer = self.offer(self.customer, "offered")
        self.ask(self.customer, "POST", f"/offers/{offer['id']}/messages", {"content": "Is it red?"})
        self.ask(self.shop, "POST", f"/offers/{made['id']}/messages", {"content": "As red as you like."})
        lower = {"price": [bike | {"amount": "2100.00"}, care | {"label": "Care"}]}
        self.ask(self.customer, "POST", f"/offers/{offer['id']}/counter", {"terms": lower, "on_met": "ask"})
        self.offer(self.shop, "countered")
        self.ask(self.shop, "POST", f"/offers/{made['id']}/reoffer", {"terms": lower})
        self.accept(self.offer(self.customer, "offered"))
        ours, theirs = self.agreement(self.customer), self.agreement(self.shop)
        self.ask(
            self.shop, "POST", f"/agreements/{theirs['id']}/amend", {"terms": {"content": "With a bell."}}
        )
        self.accept(self.offer(self.customer, "offered"))
        self.find(self.customer, "/agreements", lambda item: item["id"] == ours["id"], state="superseded")
        amended = self.agreement(self.customer)
        self.ask(self.customer, "POST", f"/agreements/{amended['id']}/confirm")
        self.ask(self.shop, "POST", f"/agreements/{self.agreement(self.shop)['id']}/confirm")
        self.ask(self.customer, "POST", f"/agreements/{amended['id']}/end", {})
        self.find(self.shop, "/agreements", lambda _: True, state="ending")

    def ask(self, node: Mortal, method: str, path: str, body: object = None) -> Document:
        """Have an owner ask for something, and wait until all that follows has arrived."""
        key = f"step {len(self.steps) + 1}"
        reply = insist(node, method, path, body, key=key)
        self.steps.append(Step(node, method, path, body, key, reply))
        self.settle()
        return reply.document

    def accept(self, offer: Document) -> None:
        """Have the customer accept an offer, and wait for the shop's signature."""
        self.ask(self.customer, "POST", f"/offers/{offer['id']}/accept", {"digest": offer["digest"]})
        for node in self.nodes:
            self.agreement(node)

    def offer(self, node: Mortal, state: str) -> Document:
        """Return the negotiation that has come to a state."""
        return self.find(node, "/offers", lambda _: True, state=state)

    def agreement(self, node: Mortal) -> Document:
        """Return the agreement in force."""
        return self.find(node, "/agreements", lambda _: True, state="concluded")

    def find(self, node: Mortal, path: str, fits: Callable[[Document], bool], **query: object) -> Document:
        """Wait until a list has an item that fits, whether or not the node is up just now."""

        def look() -> Document | None:
            try:
                return next((item for item in everything(node, path, **query) if fits(item)), None)
            except Failure:
                return None

        return until(look, f"{node.name}: {path} {query}", seconds=NEWS_SECONDS)

    def settle(self) -> None:
        """Wait until both nodes are up and nothing is on its way."""

        def is_settled() -> bool:
            look = (*self.nodes, self.nodes[0])  # the first once more: the second may have caused something
            try:
                return not any(node.api.get("/deliveries", state="queued")["items"] for node in look)
            except Failure:
                return False

        until(is_settled, "both nodes to be quiet", seconds=NEWS_SECONDS)

    def effects(self) -> Effects:
        """Count what the nodes have on record."""
        return Effects(
            {
                node.handle: Counter(
                    f"{entry['direction']} {entry['kind']}" for entry in everything(node, "/journal")
                )
                for node in self.nodes
            },
            {
                node.handle: Counter(item["state"] for item in everything(node, "/deliveries"))
                for node in self.nodes
            },
        )

    def faults(self, expected: Effects | None) -> list[str]:
        """Say what of the story was lost, done twice, or is told differently by its two ends."""
        found = [f"the answer to {step.path} no longer stands" for step in self.steps if not step.stands()]
        effects = self.effects()
        if expected is not None and effects != expected:
            found.append(f"other effects than in peace: {effects} instead of {expected}")
        found += compare(*map(histories, self.nodes)) + compare_agreements(*self.nodes)
        for node in self.nodes:
            found += check_journal(node)
            found += [f"{node.handle} refused: {item['code']}" for item in everything(node, "/refusals")]
            found += [f"{node.handle} logged: {line}" for line in _complaints(node)]
        return found

    def faults_on_disk(self) -> list[str]:
        """Say what the files of the stopped nodes show that their owners cannot see."""
        return check_activities(self.customer, self.shop) + check_activities(self.shop, self.customer)


def _complaints(node: Mortal) -> list[str]:
    """Return what a node logged of defects of its own."""
    text = node.log.read_text(encoding="utf-8")
    return [line[:300] for line in text.splitlines() if "Traceback" in line or '"level":"error"' in line]
