"""Let a node's disk run full under trade: it refuses to promise, goes on reading, and recovers by itself.

A customer and a shop trade; the shop's disk is small (`tests.faults.disks`). It runs full while its owner
writes messages as fast as they are taken, stays full for a while, and gets its room back, several times.

- What cannot be kept is refused, to the owner and to peers: 503, `Retry-After`, a problem in a sentence.
- What was answered with success is there once, what was refused is not there.
- Everything can still be read, by the owner and by peers; `/readyz` says that nothing can be kept.
- The process stays the same one; with room it goes on by itself, and what peers had to hold back arrives.
- Killed while full it starts again, to be read. Where not even that has room it says so in a sentence.

    python -m tests.faults.full --rounds 20
"""

import argparse
import sys
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

from node.sandbox.nodes import MarketError, Node, command, until
from node.settings import FILE_NAME
from protocol.documents import Document
from tests.faults.disks import Disk, small_disk
from tests.faults.ends import ROOMY, check_journal, compare, everything, histories, is_quiet, running
from tests.faults.owner import Reply, insist, request
from tests.ports import steady_port

WORDS = "x" * 1_000  # in each message, so that room is used up
RETRY_AFTER = timedelta(seconds=5)  # what a 503 of a node asks for
SECONDS = 90.0
# A write-ahead log that has been copied into the database is written over from its beginning, and takes many
# megabytes until it needs room again. A node that is stopped and started has a new one.
RESTART_EVERY = 8
REFUSALS = 60  # each is a line of the log, which is on the full disk too
SLOPE_BYTES = 1_000_000  # room that is left at first, to be used up by the node itself
READS = ("/offers", "/intentions", "/agreements", "/deliveries", "/journal", "/peers", "/profile", "/node")


@dataclass(slots=True)
class Tenant(Node):
    """A node whose settings are written once, while there is room."""

    def _write_settings(self) -> None:
        if not (self.folder / FILE_NAME).exists():
            Node._write_settings(self)


@dataclass(slots=True)
class Writer:
    """An owner who writes one message after the other, and notes which of them were taken."""

    node: Node
    offer: str
    taken: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    strange: list[str] = field(default_factory=list)
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def write(self) -> Reply:
        """Write one message."""
        content = f"message {next(self._numbers)} {WORDS}"
        reply = request(self.node, "POST", f"/offers/{self.offer}/messages", {"content": content})
        (self.taken if reply.status == 201 else self.refused).append(content)
        if reply.status != 201:
            self.strange += refusal_faults(reply)
        return reply

    def write_until(self, status: int) -> None:
        """Write until one is answered with this status."""
        until(lambda: self.write().status == status, f"an answer {status}", seconds=SECONDS)

    def faults(self) -> list[str]:
        """Compare what is kept with what was answered."""
        kept = Counter(item["content"] for item in everything(self.node, f"/offers/{self.offer}/messages"))
        return [
            *self.strange,
            *(f"kept {kept[content]} times: {content[:20]}" for content in self.taken if kept[content] != 1),
            *(f"kept though refused: {content[:20]}" for content in self.refused if kept[content]),
        ]


def refusal_faults(reply: Reply) -> list[str]:
    """Say what an answer lacks of a proper refusal for want of room."""
    if reply.status != 503:
        return [f"answered {reply.status}: {reply.body.decode()[:200]}"]
    problem, faults = reply.document, []
    if not reply.headers.get("Retry-After", "").isdigit():
        faults.append("no Retry-After")
    if reply.headers.get("Content-Type") != "application/problem+json" or problem["status"] != 503:
        faults.append("no problem document")
    if problem["code"] != "storage-unavailable" or not (problem["detail"] and problem["hint"]):
        faults.append(f"a problem that says nothing: {problem}")
    return faults


def read_faults(node: Node) -> list[str]:
    """Read everything there is to read and say what was refused."""
    faults = [
        f"GET {path}: {reply.status}" for path in READS if (reply := request(node, "GET", path)).status != 200
    ]
    account = f"acct:{node.handle}@127.0.0.1:{node.port}"
    public = ("/livez", f"/actors/{node.handle}", f"/.well-known/webfinger?resource={account}")
    found = {path: fetch(node.origin + path) for path in public}
    return faults + [f"GET {path}: {status}" for path, status in found.items() if status != 200]


def fetch(url: str) -> int:
    """Return the status of a public address."""
    asked = urllib.request.Request(url, headers={"Accept": "application/activity+json, application/jrd+json"})
    try:
        with urllib.request.urlopen(asked, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code


@dataclass(slots=True)
class Trial:
    """The two nodes, and what was wrong so far."""

    customer: Node
    shop: Node
    disk: Disk
    faults: list[str] = field(default_factory=list)

    def open_negotiation(self) -> str:
        """Have the shop make an offer; return its id there."""
        wish = {"name": "A bike", "currency": "EUR", "audience": [self.shop.actor]}
        iri = self.customer.api.request("POST", "/intentions", wish)["iri"]
        wanted = until(lambda: self.received(iri), "the intention to arrive", seconds=SECONDS)
        price = [{"kind": "oneOff", "amount": "100.00", "currency": "EUR", "label": "Bike"}]
        terms = {"intention": wanted["id"], "terms": {"price": price}}
        return str(insist(self.shop, "POST", "/offers", terms).document["id"])

    def received(self, iri: str) -> Document | None:
        """Return an intention as the shop has it."""
        return next((item for item in everything(self.shop, "/intentions") if item["iri"] == iri), None)

    def round(self, writer: Writer) -> None:
        """Let the disk run full and get room again."""
        process = self.shop.process
        self.disk.fill(self.shop, leave_bytes=SLOPE_BYTES)
        writer.write_until(503)
        self.disk.fill(self.shop)
        if self.disk.is_seen:
            until(lambda: fetch(f"{self.shop.origin}/readyz") == 503, "it to say it is full", seconds=SECONDS)
        self.use_up()
        for _ in range(REFUSALS):
            writer.write()
        wish = {"name": "Held back", "currency": "EUR", "audience": [self.shop.actor]}
        iri = self.customer.api.request("POST", "/intentions", wish)["iri"]
        self.faults += self.knock_faults() + read_faults(self.shop)
        if self.received(iri) is not None:
            self.faults.append("something arrived on a full disk")
        self.disk.empty(self.shop)
        writer.write_until(201)
        until(lambda: self.received(iri), "what was held back to arrive", seconds=SECONDS)
        until(lambda: fetch(f"{self.shop.origin}/readyz") == 200, "the node to be ready", seconds=SECONDS)
        if self.shop.process is not process or not self.shop.is_running:
            self.faults.append("the process has ended")

    def use_up(self) -> None:
        """Use up what room the database's own files still have, with writes as small as there are."""
        new = {"name": "small", "scopes": ["read"]}
        until(lambda: request(self.shop, "POST", "/tokens", new).status == 503, "no room", seconds=SECONDS)

    def knock_faults(self) -> list[str]:
        """Wait until the inbox has refused the customer, and see that it did so properly."""

        def refused() -> Document | None:
            queued = self.customer.api.get("/deliveries", state="queued")["items"]
            return next((item for item in queued if item["last_status"]), None)

        delivery = until(refused, "the inbox to refuse", seconds=SECONDS)
        faults = []
        if delivery["last_status"] != 503 or "storage-unavailable" not in delivery["last_error"]:
            faults.append(f"the inbox: {delivery['last_status']} {delivery['last_error']}")
        waits = datetime.fromisoformat(delivery["due_at"]) - datetime.fromisoformat(delivery["created_at"])
        if waits < RETRY_AFTER:
            faults.append(f"the inbox asked to come back, and the customer does in {waits}")
        return faults

    def restart(self) -> None:
        """Stop the shop in order and start it again."""
        self.shop.terminate()
        self.shop.wait()
        self.shop.start()
        self.shop.wait_until_ready()

    def starts(self) -> None:
        """Start the shop on a full disk: after it was killed there, and after it was stopped in order."""
        assert self.shop.process is not None
        self.disk.fill(self.shop)
        self.shop.process.kill()
        self.shop.process.wait()
        self.shop.start()  # its files are there, with room in them for a start
        self.shop.wait_until_ready()
        self.faults += read_faults(self.shop)
        self.disk.empty(self.shop)
        self.shop.terminate()
        self.shop.wait()
        self.disk.fill(self.shop)
        code, problem = command("--data", str(self.shop.folder), "up")  # its log would have to be made anew
        if (code, problem.get("code")) != (1, "storage-unavailable"):
            self.faults.append(f"started on a full disk it ended with {code}: {problem}")
        self.disk.empty(self.shop)
        self.shop.start()
        self.shop.wait_until_ready()


def run(folder: Path, *, rounds: int, limit: bool = False) -> tuple[Counter[str], list[str]]:
    """Fill a disk `rounds` times; return figures and what was wrong. With `limit` none is mounted."""
    with small_disk(folder, mounted=not limit) as disk:
        customer = Node(folder / "ada", "ada", "Ada", "person", steady_port(), settings=ROOMY)
        home = disk.folder / "bikes"
        shop = Tenant(home, "bikes", "Bike Haus", "organization", steady_port(), settings=ROOMY)
        trial = Trial(customer, shop, disk)
        with running(customer, shop):
            writer = Writer(shop, trial.open_negotiation())
            try:
                for number in range(1, rounds + 1):
                    trial.round(writer)
                    if number % RESTART_EVERY == 0:
                        trial.restart()
                if disk.takes_starts:
                    trial.starts()
                until(lambda: is_quiet(customer, shop), "both nodes to be quiet", seconds=SECONDS)
            except MarketError as error:
                return Counter(rounds=rounds), [
                    f"{disk.name}: {fault}" for fault in (str(error), *trial.faults)
                ]
            faults = trial.faults + writer.faults() + compare(histories(customer), histories(shop))
            for node in (customer, shop):
                faults += check_journal(node)
    figures = Counter(rounds=rounds, kept=len(writer.taken), refused=len(writer.refused))
    return figures, [f"{disk.name}: {fault}" for fault in faults]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the long form on both kinds of small disk and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=20)
    rounds = parser.parse_args(arguments).rounds
    wrong = 0
    for limit in (False, True):
        with TemporaryDirectory(prefix="freehold-full-") as folder:
            figures, faults = run(Path(folder), rounds=rounds, limit=limit)
        print("size limit" if limit else "small disk", dict(figures), f"{len(faults)} faults")
        print(*(f"  FAULT {fault}" for fault in faults[:20]), sep="\n", end="\n" if faults else "")
        wrong += len(faults)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
