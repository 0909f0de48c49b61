"""Kill a node again and again while it negotiates: nothing acknowledged is lost, nothing happens twice.

A customer and a shop, each a real node in a process of its own, trade without pause: intentions are cast,
the shop answers by itself, offers are accepted, messages written. Every answer that the owner's API gave is
put down in a ledger. Meanwhile one node or the other is ended with SIGKILL and started again. In the end
both must hold everything in the ledger, once, and agree about all of it; what either acknowledged to the
other must be in its journal, once.

    python -m tests.faults.kill --rounds 200
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from node.sandbox.nodes import MarketError, Node, until
from node.terminal.failures import Failure
from protocol.documents import Document
from tests.faults.ends import (
    ROOMY,
    check_activities,
    check_journal,
    compare,
    everything,
    histories,
    is_quiet,
    running,
    verdict,
)
from tests.ports import steady_port

PRICE_LIST = "sku,name,price,currency,stock,lead_days\nb1,Bike,100.00,EUR,100000,1\n"
RULE = {"currency": "EUR", "answers_counters": "always", "max_discount_percent": "50", "countersign": "auto"}
PAUSE_SECONDS = 0.02
SETTLE_SECONDS = 180.0


@dataclass
class Ledger:
    """What the nodes acknowledged to their owners: the ids of intentions, accepted offers, and messages."""

    intentions: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    messages: list[tuple[str, str]] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)

    def entries(self) -> int:
        """Return how much was acknowledged so far."""
        return len(self.intentions) + len(self.accepted) + len(self.messages)


@dataclass(frozen=True)
class Report:
    """What a run came to; `faults` is empty if all is well."""

    rounds: int
    acknowledged: Counter[str]
    states: Counter[str]
    faults: list[str]


class Trade(threading.Thread):
    """The traffic: one thread that acts for the customer until it is told to stop."""

    def __init__(self, customer: Node, shop: Node, seed: int) -> None:
        super().__init__(name="trade")
        self.customer, self.shop = customer, shop
        self.random = random.Random(seed)
        self.ledger = Ledger()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Do one thing after the other; a node that is down just now is asked something else later."""
        actions: list[Callable[[], None]] = [self.cast, self.accept, self.accept, self.counter, self.write]
        while not self.stopping.is_set():
            try:
                self.random.choice(actions)()
            except Failure as failure:
                self.ledger.refused[failure.problem.get("code", "unreachable")] += 1
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """End the traffic, if it ever began."""
        self.stopping.set()
        if self.is_alive():
            self.join()

    def wait_for_news(self) -> None:
        """Wait until one thing more is acknowledged, so that no round passes without trade."""
        before = self.ledger.entries()
        until(lambda: self.ledger.entries() > before, "trade to go on", seconds=SETTLE_SECONDS)

    def cast(self) -> None:
        if len(self.customer.api.get("/intentions", state="open", limit=100)["items"]) == 100:
            return  # what one customer may have open at a shop is bounded
        wish = {"name": "A bike", "currency": "EUR", "audience": [self.shop.actor]}
        made = self.customer.api.request("POST", "/intentions", wish)
        self.ledger.intentions.append(made["id"])

    def open_offer(self) -> Document | None:
        found = self.customer.api.get("/offers", state="offered", limit=20)["items"]
        return self.random.choice(found) if found else None

    def accept(self) -> None:
        offer = self.open_offer()
        if offer is not None:
            self.customer.api.request("POST", f"/offers/{offer['id']}/accept", {"digest": offer["digest"]})
            self.ledger.accepted.append(offer["id"])

    def counter(self) -> None:
        offer = self.open_offer()
        if offer is not None:
            price = [offer["price"][0] | {"amount": f"{self.random.randint(60, 99)}.00"}]
            terms = {"terms": {"price": price}, "on_met": self.random.choice(["accept", "ask"])}
            self.customer.api.request("POST", f"/offers/{offer['id']}/counter", terms)

    def write(self) -> None:
        found = self.customer.api.get("/offers", limit=20)["items"]
        if found:
            offer = self.random.choice(found)["id"]
            message = self.customer.api.request("POST", f"/offers/{offer}/messages", {"content": "hello"})
            self.ledger.messages.append((offer, message["iri"]))


def kill(node: Node) -> None:
    """End a node at once, and start it again."""
    assert node.process is not None
    node.process.kill()
    node.process.wait()
    node.start()
    node.wait_until_ready()


def states(node: Node) -> Counter[str]:
    """Count negotiations by their state."""
    return Counter(offer["state"] for offer in everything(node, "/offers"))


def audit(customer: Node, shop: Node, ledger: Ledger) -> list[str]:
    """Look for what was acknowledged and is not there, and for what is there twice."""
    faults: list[str] = []
    known = {intention["id"] for intention in everything(customer, "/intentions")}
    faults += [f"lost intention {id}" for id in ledger.intentions if id not in known]
    agreements = [item for item in everything(customer, "/agreements") if item["state"] != "void"]
    agreed = Counter(item["offer"] for item in agreements)
    faults += [f"lost acceptance of {id}" for id in ledger.accepted if not agreed[id]]
    faults += [f"{count} agreements for {id}" for id, count in agreed.items() if count > 1]
    received = {intention["iri"] for intention in everything(shop, "/intentions")}
    cast = {intention["iri"] for intention in everything(customer, "/intentions")}
    faults += [f"never arrived: {iri}" for iri in cast - received]
    per_intention = Counter(offer["intention"] for offer in everything(shop, "/offers"))
    faults += [f"{count} offers for {id}" for id, count in per_intention.items() if count > 1]
    for offer in {offer for offer, _ in ledger.messages}:
        kept = Counter(message["iri"] for message in everything(customer, f"/offers/{offer}/messages"))
        wanted = [iri for of, iri in ledger.messages if of == offer]
        faults += [f"message {iri} kept {kept[iri]} times" for iri in wanted if kept[iri] != 1]
    return faults + check_journal(customer) + check_journal(shop)


def run(folder: Path, *, rounds: int, seed: int = 1) -> Report:
    """Trade through `rounds` kills, let everything settle, and report."""
    customer = Node(folder / "ada", "ada", "Ada", "person", steady_port(), settings=ROOMY)
    shop = Node(folder / "bikes", "bikes", "Bike Haus", "organization", steady_port(), settings=ROOMY)
    with running(customer, shop):
        report = _play(customer, shop, rounds=rounds, seed=seed)
    report.faults.extend(check_activities(customer, shop) + check_activities(shop, customer))
    return report


def _play(customer: Node, shop: Node, *, rounds: int, seed: int) -> Report:
    """Trade and kill, and look at what the running nodes say of it."""
    chance, nodes = random.Random(seed), (customer, shop)
    trade = Trade(customer, shop, seed)
    try:
        shop.api.fetch("PUT", "/pricelist", PRICE_LIST.encode(), media_type="text/csv")
        shop.api.request("PUT", "/rule", RULE)
        trade.start()
        until(lambda: trade.ledger.accepted, "the first acceptance", seconds=SETTLE_SECONDS)
        for _ in range(rounds):
            trade.wait_for_news()
            time.sleep(chance.uniform(0.1, 0.8))
            kill(chance.choice(nodes))
        trade.stop()
        until(lambda: is_quiet(*nodes), "both nodes to be quiet", seconds=SETTLE_SECONDS)
        until(lambda: not compare(*map(histories, nodes)) or None, "both ends to agree")
    except MarketError as error:
        stuck = f"{error} Refused meanwhile: {dict(trade.ledger.refused)}"
        return Report(rounds, Counter(), states(customer), [stuck, *compare(*map(histories, nodes))])
    else:
        faults = compare(*map(histories, nodes)) + audit(*nodes, trade.ledger)
        acknowledged = Counter(
            intentions=len(trade.ledger.intentions),
            acceptances=len(trade.ledger.accepted),
            messages=len(trade.ledger.messages),
        )
        return Report(rounds, acknowledged, states(customer), faults)
    finally:
        trade.stop()


def main() -> int:
    """Run the long form and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="freehold-kill-") as folder:
        report = run(Path(folder), rounds=chosen.rounds, seed=chosen.seed)
    print(f"{report.rounds} rounds of SIGKILL; acknowledged: {dict(report.acknowledged)}")
    print(f"negotiations by state: {dict(report.states)}")
    return verdict(report.faults)


if __name__ == "__main__":
    sys.exit(main())
