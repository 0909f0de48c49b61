"""Negotiate over a bad network: whatever it does, both ends agree, and nothing happens twice.

Two real nodes reach each other through proxies that delay, drip, tear, reset, half-close, repeat and cut off
what passes (`link.Fault`). Negotiations of every kind are played to their end; then both ends must tell the
same story.

    python -m tests.faults.proxy --negotiations 1000
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from node.sandbox.nodes import Node
from protocol.documents import Document
from tests.faults import ends
from tests.faults.link import Network, Weather
from tests.faults.trade import Haste, Played, Trade, wait_until_quiet

SHARE = 0.2  # of all requests meet a fault; five in a row, which make a node rest, still happen
SETTLE_SECONDS = 600.0
BRIEF = timedelta(seconds=12)  # so long that some arrive in time and some do not
# The business's owner decides alone; two clocks of one machine are not off.
BUSINESS = {"COUNTERSIGN": "ask", "CLOCK_SKEW_SECONDS": "1"}
CUSTOMER = {"CLOCK_SKEW_SECONDS": "1"}

# How a negotiation of each kind may end.
ENDS = {
    "accept": {"concluded"},
    "counter met": {"concluded"},
    "reject": {"rejected"},
    "withdraw": {"withdrawn"},
    "renege": {"reneged"},
    "expire": {"expired"},
    "message": {"concluded"},
    "cross": {"withdrawn", "concluded"},
}


@dataclass
class Report:
    """What a run came to; `faults` is empty if all is well."""

    negotiations: int
    states: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    attempts: int = 0
    orders: int = 0
    requests: int = 0
    dealt: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


def run(
    folder: Path, *, negotiations: int, seed: int = 1, share: float = SHARE, brief: timedelta = BRIEF
) -> Report:
    """Play so many negotiations, let everything settle, compare, and report.

    What is to expire stands for a `brief` time.
    """
    weather, report, began = Weather(share, seed), Report(negotiations), time.monotonic()
    with Network(weather) as network:
        customer = ends.remote(folder, "ada", "person", network, settings=CUSTOMER)
        business = ends.remote(folder, "bikes", "organization", network, settings=BUSINESS)
        nodes = (customer, business)
        with ends.running(*nodes):
            haste, trade = Haste(*nodes), Trade(customer, business, brief=brief)
            haste.start()
            trade.play(negotiations)
            if not wait_until_quiet(lambda: ends.is_quiet(*nodes), SETTLE_SECONDS):
                report.faults.append("something is still on its way")
            haste.end()
            _wait_for_the_clocks(*nodes, brief=brief)
            report.faults += trade.played.failures
            _examine(report, nodes, trade.played)
            report.orders = haste.orders
        report.faults += ends.check_activities(*nodes) + ends.check_activities(business, customer)
    report.requests, report.dealt = weather.requests, Counter(weather.dealt)
    report.seconds = time.monotonic() - began
    return report


def _wait_for_the_clocks(*nodes: Node, brief: timedelta) -> None:
    """Wait until no offer stands that is to expire."""

    def have_expired() -> bool:
        return not any(node.api.get("/offers", state="offered", limit=1)["items"] for node in nodes)

    wait_until_quiet(have_expired, brief.total_seconds() + 30)


def _examine(report: Report, nodes: Sequence[Node], played: Played) -> None:
    """Compare both ends with each other and with what was played."""
    customer, business = nodes
    mine, theirs = (ends.histories(node) for node in nodes)
    report.states = Counter(end["state"] for end in theirs.values())
    deliveries = [item for node in nodes for item in ends.everything(node, "/deliveries")]
    report.deliveries = Counter(item["state"] for item in deliveries)
    report.attempts = sum(item["attempts"] for item in deliveries)
    refused = {item["activity"] for item in deliveries if item["state"] == "refused"}
    report.faults += ends.compare(mine, _arrived(theirs, played, refused))
    report.faults += ends.compare_agreements(customer, business)
    report.faults += [
        f"{kind} ended {theirs[iri]['state']}"
        for iri, kind in played.kinds.items()
        if theirs[iri]["state"] not in ENDS[kind]
    ]
    for iri in [iri for iri, kind in played.kinds.items() if kind == "message"]:
        offers = [(customer, str(mine[iri]["offer"])), (business, str(theirs[iri]["offer"]))]
        report.faults += _compare_messages(offers, played.written)
    for node in nodes:
        report.faults += ends.check_journal(node)


def _arrived(theirs: Mapping[str, Document], played: Played, refused: Collection[str]) -> dict[str, Document]:
    """Leave out the offers that came when they had expired: the customer refused them and knows of none."""

    def was_late(iri: str, end: Document) -> bool:
        return played.kinds.get(iri) == "expire" and end["moves"][0]["activity"] in refused

    return {iri: end for iri, end in theirs.items() if not was_late(iri, end)}


def _compare_messages(offers: Sequence[tuple[Node, str]], written: Mapping[str, list[str]]) -> list[str]:
    """Check that each message is at both ends, once, in the order in which it was written."""
    faults = []
    for node, offer in offers:
        kept = ends.everything(node, f"/offers/{offer}/messages")
        for sender, own in offers:
            found = [item["content"] for item in kept if item["sender"] == sender.actor]
            if found != written[own]:
                faults.append(f"{node.handle} has other messages than {sender.handle} wrote: {found}")
    return faults


def show(report: Report) -> None:
    """Print what a run came to."""
    print(f"{report.negotiations} negotiations in {report.seconds:.0f} s; by state: {dict(report.states)}")
    print(f"{sum(report.dealt.values())} of {report.requests} requests met a fault:")
    for fault, count in sorted(report.dealt.items()):
        print(f"  {count:6}  {fault}")
    settled = sum(report.deliveries.values())
    print(
        f"{settled} deliveries in {report.attempts} attempts, {report.attempts - settled} of them repeated "
        f"({report.orders} by the owner's order); settled: {dict(report.deliveries)}"
    )


def main() -> int:
    """Run the long form and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--negotiations", type=int, default=1000)
    parser.add_argument("--share", type=float, default=SHARE, help="of all requests that meet a fault")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="freehold-proxy-") as folder:
        report = run(Path(folder), negotiations=chosen.negotiations, seed=chosen.seed, share=chosen.share)
    show(report)
    return ends.verdict(report.faults)


if __name__ == "__main__":
    sys.exit(main())
