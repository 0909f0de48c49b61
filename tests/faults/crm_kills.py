"""Kill a node and its CRM again and again while they work: no record twice, nothing lost, both sides alike.

A customer's node, a business's node and its CRM, each a process of its own: a small one whose answers stand
in a file, or a real Tryton. Wishes are cast, somebody at the CRM's screen quotes each of them once, offers
are accepted, messages written both ways. Meanwhile the business's node, its CRM, or both at once are ended
with SIGKILL and started again. In the end each wish is one opportunity, each quotation that was written one
offer, each acceptance one order with one file of evidence, each message one note and each note for the
customer one message; and `crm verify` says that both sides are alike.

    python -m tests.faults.crm_kills --rounds 50
    python -m tests.faults.crm_kills --rounds 10 --tryton
"""

import argparse
import random
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from node.core.crm_mapping import STRANGERS
from node.crm import registry
from node.sandbox.nodes import MarketError, Node, until
from node.terminal.failures import Failure
from protocol.documents import Document
from tests.faults.crm_screens import AWAY, Screen, SmallCrm, TrytonCrm
from tests.faults.ends import ROOMY, check_journal, everything, is_quiet, running, verdict
from tests.ports import steady_port

PAUSE_SECONDS: Final = 0.05
SETTLE_SECONDS: Final = 300.0
MOST_OPEN: Final = 80


@dataclass
class Done:
    """What was acknowledged to people: wishes, quoted wishes, acceptances, messages and notes."""

    wishes: list[str] = field(default_factory=list)
    quoted: list[str] = field(default_factory=list)
    accepted: list[str] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def count(self) -> Counter[str]:
        """Count all of it."""
        return Counter({name: len(items) for name, items in vars(self).items()})


@dataclass(frozen=True)
class KillReport:
    """What a run came to; `faults` is empty if all is well."""

    rounds: Counter[str]
    done: Counter[str]
    faults: list[str]


class People(threading.Thread):
    """The customer at its node, and somebody at the CRM's screen, until they are told to stop."""

    def __init__(self, customer: Node, business: Node, screen: Screen, seed: int) -> None:
        super().__init__(name="people")
        self.customer, self.business, self.screen = customer, business, screen
        self.chance, self.done = random.Random(seed), Done()
        self.stopping = threading.Event()

    def run(self) -> None:
        """Do one thing after the other; what cannot be reached just now is asked again later."""
        actions: list[Callable[[], None]] = [
            self.cast,
            self.quote,
            self.quote,
            self.accept,
            self.say,
            self.note,
        ]
        while not self.stopping.is_set():
            try:
                self.chance.choice(actions)()
            except (*AWAY, Failure):
                pass  # whoever is asked is being started again
            time.sleep(PAUSE_SECONDS)

    def stop(self) -> None:
        """End it, if it ever began."""
        self.stopping.set()
        if self.is_alive():
            self.join()

    def wait_for_news(self) -> None:
        """Wait until one thing more is acknowledged, so that no round passes without work."""
        before = self.done.count().total()
        until(lambda: self.done.count().total() > before, "work to go on", seconds=SETTLE_SECONDS)

    def cast(self) -> None:
        """Cast a wish."""
        if len(self.customer.api.get("/intentions", state="open", limit=100)["items"]) < MOST_OPEN:
            name = f"A bike {len(self.done.wishes)}"
            wish = {"name": name, "currency": "EUR", "audience": [self.business.actor]}
            self.done.wishes.append(self.customer.api.request("POST", "/intentions", wish)["iri"])

    def quote(self) -> None:
        """Quote a wish that nobody has quoted yet."""
        found = [wish for wish in self.screen.opportunities() if wish not in self.done.quoted]
        if found:
            self.screen.quote(found[0])
            self.done.quoted.append(found[0])

    def accept(self) -> None:
        """Accept an offer."""
        found = self.customer.api.get("/offers", state="offered", limit=20)["items"]
        if found:
            offer = self.chance.choice(found)
            self.customer.api.request("POST", f"/offers/{offer['id']}/accept", {"digest": offer["digest"]})
            self.done.accepted.append(offer["negotiation"])

    def say(self) -> None:
        """Write a message to the business."""
        offer = self._offer()
        if offer is not None:
            text = {"content": f"message {len(self.done.messages)}"}
            said = self.customer.api.request("POST", f"/offers/{offer['id']}/messages", text)
            self.done.messages.append(said["iri"])

    def note(self) -> None:
        """Write a note for the customer."""
        offer = self._offer()
        if offer is not None:
            text = f"note {len(self.done.notes)} of {self.chance.random()}"
            if self.screen.note(offer["negotiation"], f"@customer {text}"):
                self.done.notes.append(text)

    def _offer(self) -> Document | None:
        found = self.customer.api.get("/offers", limit=20)["items"]
        return self.chance.choice(found) if found else None


@contextmanager
def working(business: Node, screen: Screen) -> Iterator[None]:
    """Run the CRM, connected, until the end of the block."""
    screen.start()
    mapping = business.folder.with_name("mapping.toml")
    shipped = registry.default_mapping(screen.account[0])  # who wishes so often is no stranger here
    mapping.write_text(shipped.replace(f"strangers = {STRANGERS}", 'strangers = "all"'))
    try:
        business.run("crm", "connect", *screen.account, "--mapping", str(mapping))
        business.run("crm", "sync")
        yield
    finally:
        screen.stop()


def end(business: Node, screen: Screen, what: str) -> None:
    """Kill the node, its CRM, or both in the same moment, and start them again."""
    if what != "node":
        screen.kill()
    if what != "CRM":
        assert business.process is not None
        business.process.kill()
        business.process.wait()
        business.start()
    if what != "node":
        screen.start()
    if what != "CRM":
        business.wait_until_ready()


def is_settled(customer: Node, business: Node) -> bool:
    """Have the business look, and tell whether nothing waits any more and both sides are alike."""
    try:
        shown = business.api.request("POST", "/crm/sync", {"limit": 100})
        if shown["begun"] or shown["queued"] or not is_quiet(customer, business):
            return False
        return bool(business.api.get("/crm/verification")["alike"])
    except Failure:
        return False


def audit(customer: Node, business: Node, screen: Screen, done: Done) -> list[str]:
    """Look for what was acknowledged and is not there, and for what is there twice."""
    faults: list[str] = []
    for kind, ids in screen.external_ids().items():
        faults += [f"{count} records of the {kind} {id}" for id, count in Counter(ids).items() if count > 1]
    opportunities = screen.external_ids()["opportunity"]
    faults += [f"lost wish {iri}" for iri in done.wishes if iri not in opportunities]
    offers = everything(customer, "/offers")
    iris = {wish["id"]: wish["iri"] for wish in everything(customer, "/intentions")}
    per_wish = Counter(iris.get(offer["intention"]) for offer in offers)
    faults += [f"{per_wish[iri]} offers for the quoted {iri}" for iri in done.quoted if per_wish[iri] != 1]
    orders, files = screen.orders(), screen.external_ids()["file"]
    faults += [f"no order for {iri}" for iri in done.accepted if iri not in orders]
    concluded = [offer for offer in offers if offer["state"] == "concluded"]
    if len(files) != len(concluded):
        faults.append(f"{len(files)} files of evidence for {len(concluded)} agreements")
    notes = Counter(screen.external_ids()["note"])
    faults += [f"{notes[iri]} notes of the message {iri}" for iri in done.messages if notes[iri] != 1]
    heard = Counter(
        message["content"]
        for offer in offers
        for message in everything(customer, f"/offers/{offer['id']}/messages")
        if not message["own"]
    )
    faults += [f"{heard[text]} messages of the {text}" for text in done.notes if heard[text] != 1]
    left = business.api.get("/crm/conflicts")["items"]
    faults += [f"to be decided: {each['reason']}: {each['detail']}" for each in left[:3]]
    return faults + check_journal(customer) + check_journal(business)


def run(folder: Path, *, rounds: int, tryton: bool = False, seed: int = 1) -> KillReport:
    """Work through so many kills, let everything settle, and report."""
    customer = Node(folder / "ada", "ada", "Ada", "person", steady_port(), settings=ROOMY)
    business = Node(folder / "bikes", "bikes", "Bike Haus", "organization", steady_port(), settings=ROOMY)
    screen: Screen = TrytonCrm(folder) if tryton else SmallCrm(folder)
    with running(customer, business), working(business, screen):
        return _play(customer, business, screen, rounds=rounds, seed=seed)


def _play(customer: Node, business: Node, screen: Screen, *, rounds: int, seed: int) -> KillReport:
    chance, ended = random.Random(seed), Counter[str]()
    people = People(customer, business, screen, seed)
    try:
        people.start()
        for _ in range(rounds):
            people.wait_for_news()
            time.sleep(chance.uniform(0.1, 0.8))
            what = chance.choice(("node", "CRM", "both"))
            ended[what] += 1
            end(business, screen, what)
            with suppress(subprocess.TimeoutExpired):  # a slow CRM is being written to just now
                business.run("crm", "sync")  # somebody sees that it rests, and does not wait for it
        until(lambda: people.done.accepted, "an acceptance", seconds=SETTLE_SECONDS)
        people.stop()
        until(lambda: is_settled(customer, business), "both sides to be alike", seconds=SETTLE_SECONDS)
    except MarketError as error:
        verified = business.api.get("/crm/verification")["items"]
        return KillReport(ended, people.done.count(), [str(error), *map(str, verified)])
    finally:
        people.stop()
    faults = audit(customer, business, screen, people.done)
    return KillReport(ended, people.done.count(), faults)


def main() -> int:
    """Run the long form and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--tryton", action="store_true", help="a real one in place of the small CRM")
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="freehold-kills-") as folder:
        report = run(Path(folder), rounds=chosen.rounds, tryton=chosen.tryton, seed=chosen.seed)
    print(f"{report.rounds.total()} rounds of SIGKILL: {dict(report.rounds)}")
    print(f"acknowledged: {dict(report.done)}")
    return verdict(report.faults)


if __name__ == "__main__":
    sys.exit(main())
