"""Twenty acceptances at one moment: exactly one wins, the others are told why not, and both ends agree.

Two real nodes, and in each round one of these races for the customer's owner, who clicks twenty times at
once: one offer accepted twenty times; twenty offers for one intention. Then come races with a rival: one
offer that the business withdraws, replaces, or lets expire in the same moment. Those the rival may win, so
that at most one acceptance does.

    python -m tests.faults.races --rounds 100
"""

import argparse
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

from node.sandbox.nodes import Node
from node.terminal.failures import Failure
from protocol.documents import Document
from tests.faults import ends
from tests.faults.trade import Feed, wait_until_quiet

RUNNERS = 20
SKEW_SECONDS = 3
SETTINGS: Mapping[str, str] = {
    **ends.ROOMY,
    "OFFERS_PER_INTENTION_PER_PEER": "1000",
    "OFFERS_PER_INTENTION_PER_ORIGIN": "1000",
    "MAX_OPEN_PER_INTENTION": "1000",
    "CLOCK_SKEW_SECONDS": str(SKEW_SECONDS),
}
BRIEF = timedelta(seconds=1.5)  # long enough to arrive on a busy machine
HEAD_START_SECONDS = 0.06  # at most, for the rival: what it does is about as long on its way
CLOSE_SECONDS = 0.04  # to the end of an offer, on either side
SETTLE_SECONDS = 120.0

# What a loser may be told; each is a 409.
REASONS = frozenset(
    {"already-accepted", "intention-awarded", "illegal-transition", "offer-changed", "offer-expired"}
)


@dataclass
class Report:
    """What a run came to; `faults` is empty if all is well."""

    rounds: int
    rivals: int
    outcomes: Counter[str] = field(default_factory=Counter)
    contested: Counter[str] = field(default_factory=Counter)
    told: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    faults: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Lot:
    """An intention with the offers for it, as each end calls them."""

    intention: str
    mine: list[Document]
    theirs: list[Document]


class Races:
    """Runs the races between a customer and a business."""

    def __init__(self, customer: Node, business: Node, report: Report, *, seed: int) -> None:
        self.customer, self.business, self.report = customer, business, report
        self.dice = random.Random(seed)
        self.incoming = {node.handle: Feed(node) for node in (customer, business)}
        self.lots: dict[str, tuple[str, Lot, list[Document]]] = {}
        self._certain: Mapping[str, Callable[[int], None]] = {
            "one offer": self.one_offer,
            "twenty offers": self.twenty_offers,
        }
        self._contested: Mapping[str, Callable[[int], None]] = {
            "against a withdrawal": self.against_withdrawal,
            "against a new offer": self.against_reoffer,
            "against the clock": self.against_clock,
        }

    def run(self, rounds: int, rivals: int) -> None:
        """Run so many races without a rival and so many with one, of each kind in its turn."""
        for feed in self.incoming.values():
            feed.start()
        try:
            for kinds, count in ((self._certain, rounds), (self._contested, rivals)):
                for number, race in zip(range(count), cycle(kinds.values()), strict=False):
                    race(number)
        finally:
            for feed in self.incoming.values():
                feed.end()

    # --- the races ----------------------------------------------------------------------------------------

    def one_offer(self, number: int) -> None:
        lot = self._lot(number)
        self._note("one offer", lot, self._race([self._accepting(lot.mine[0])] * RUNNERS))

    def twenty_offers(self, number: int) -> None:
        lot = self._lot(number, offers=RUNNERS)
        self._note("twenty offers", lot, self._race(self._accepting(offer) for offer in lot.mine))

    def against_withdrawal(self, number: int) -> None:
        lot = self._lot(number)
        rival = self._doing(lot.theirs[0], "withdraw")
        won = self._race([self._accepting(lot.mine[0])] * RUNNERS, rival=rival)
        self._note("against a withdrawal", lot, won)

    def against_reoffer(self, number: int) -> None:
        lot = self._lot(number)
        rival = self._doing(lot.theirs[0], "reoffer", {"terms": {"price": _price(110)}})
        won = self._race([self._accepting(lot.mine[0])] * RUNNERS, rival=rival)
        self._note("against a new offer", lot, won)

    def against_clock(self, number: int) -> None:
        """Begin to accept in the hundredths of a second around the offer's end."""
        ends_at = datetime.now(UTC) + BRIEF
        lot = self._lot(number, ends_at=ends_at)
        start = ends_at + timedelta(seconds=self.dice.uniform(-CLOSE_SECONDS, CLOSE_SECONDS))
        time.sleep(max(0.0, (start - datetime.now(UTC)).total_seconds()))
        self._note("against the clock", lot, self._race([self._accepting(lot.mine[0])] * RUNNERS))

    # --- the runners --------------------------------------------------------------------------------------

    def _lot(self, number: int, *, offers: int = 1, ends_at: datetime | None = None) -> Lot:
        """Cast an intention and have it answered, so that the offers stand at the customer's."""
        wish = {"name": f"Lot {number}", "currency": "EUR", "audience": [self.business.actor]}
        cast = self.customer.api.request("POST", "/intentions", wish)
        known = self._arrived(self.business, "intention.received", cast["iri"])["decision"]["id"]
        terms: Document = {} if ends_at is None else {"expires_at": ends_at.isoformat()}
        theirs = [
            self.business.api.request(
                "POST", "/offers", {"intention": known, "terms": {**terms, "price": _price(100 + place)}}
            )
            for place in range(offers)
        ]
        ids = [
            self._arrived(self.customer, "offer", offer["negotiation"])["decision"]["offer"]
            for offer in theirs
        ]
        return Lot(cast["id"], [self.customer.api.get(f"/offers/{id}") for id in ids], theirs)

    def _arrived(self, node: Node, kind: str, about: str) -> Document:
        return self.incoming[node.handle].wait(kind, about)

    def _accepting(self, offer: Document) -> Callable[[], Document]:
        api, path, body = self.customer.api, f"/offers/{offer['id']}/accept", {"digest": offer["digest"]}
        return lambda: api.request("POST", path, body)

    def _doing(self, offer: Document, what: str, body: Document | None = None) -> Callable[[], Document]:
        api, path = self.business.api, f"/offers/{offer['id']}/{what}"
        return lambda: api.request("POST", path, body)

    def _race(
        self, runners: Iterable[Callable[[], Document]], *, rival: Callable[[], Document] | None = None
    ) -> list[Document]:
        """Let all begin at one moment, the rival a little earlier; return what the winners were told."""
        chosen = list(runners)
        gate = threading.Barrier(len(chosen) + (rival is not None))
        lag = 0.0 if rival is None else self.dice.uniform(0.0, HEAD_START_SECONDS)

        def run(runner: Callable[[], Document], lag: float) -> Document | Failure:
            gate.wait()
            time.sleep(lag)
            try:
                return runner()
            except Failure as failure:
                return failure

        with ThreadPoolExecutor(len(chosen) + 1) as pool:
            rivals = [] if rival is None else [pool.submit(run, rival, 0.0)]
            answers = list(pool.map(lambda runner: run(runner, lag), chosen))
        for answer in (*answers, *(rival.result() for rival in rivals)):
            if isinstance(answer, Failure):
                self._check_refusal(answer)
        return [answer for answer in answers if not isinstance(answer, Failure)]

    def _check_refusal(self, failure: Failure) -> None:
        problem = failure.problem
        self.report.told[str(problem.get("code"))] += 1
        if problem.get("status") != 409 or problem.get("code") not in REASONS:
            self.report.faults.append(f"a loser was told {problem}")
        elif not str(problem.get("detail")).endswith("."):
            self.report.faults.append(f"no sentence for the loser: {problem}")

    def _note(self, kind: str, lot: Lot, won: list[Document]) -> None:
        if not (kind in self._certain) <= len(won) <= 1:
            self.report.faults.append(f"{kind}: {len(won)} winners")
        self.lots[lot.intention] = (kind, lot, won)

    # --- afterwards ---------------------------------------------------------------------------------------

    def has_time_passed(self) -> bool:
        """Say whether no offer stands any more whose end has come."""
        lots = [lot for kind, lot, _ in self.lots.values() if kind == "against the clock"]
        ids = [(self.customer, lot.mine[0]["id"]) for lot in lots]
        ids += [(self.business, lot.theirs[0]["id"]) for lot in lots]
        return not any(node.api.get(f"/offers/{id}")["state"] == "offered" for node, id in ids)

    def judge(self) -> None:
        """Compare how each race came out with what its runners were told, at both ends."""
        living = [item for item in ends.everything(self.customer, "/agreements") if item["state"] != "void"]
        mine, theirs = ends.histories(self.customer), ends.histories(self.business)
        self.report.faults += ends.compare(mine, theirs)
        states = {end["offer"]: end["state"] for end in mine.values()}
        for kind, lot, won in self.lots.values():
            ids = {offer["id"] for offer in lot.mine}
            agreed = [item for item in living if item["offer"] in ids]
            reached = Counter(states[id] for id in ids)
            outcomes = self.report.outcomes if kind in self._certain else self.report.contested
            outcomes[f"{kind}: {'accepted' if agreed else _other(reached)}"] += 1
            told = [offer["agreement"] for offer in won]
            if [item["id"] for item in agreed] != told and not (kind == "against the clock" and not agreed):
                self.report.faults.append(
                    f"{kind}: told of {told}, there are {[item['id'] for item in agreed]}"
                )
            # What was accepted after the withdrawal had been made waits for the owner (or lapses).
            waits = kind == "against a withdrawal" and reached["accepted"] == 1
            if agreed and reached["concluded"] != 1 and not waits:
                self.report.faults.append(f"{kind}: agreed, and yet {dict(reached)}")


def _other(reached: Counter[str]) -> str:
    return ", ".join(sorted(reached))


def _price(amount: int) -> list[Document]:
    return [{"kind": "oneOff", "amount": f"{amount}.00", "currency": "EUR", "label": "it"}]


def run(folder: Path, *, rounds: int, rivals: int, seed: int = 1) -> Report:
    """Run so many races, and so many with a rival, let everything settle, compare, and report."""
    report, began = Report(rounds, rivals), time.monotonic()
    customer = Node(folder / "ada", "ada", "Ada", "person", settings=SETTINGS)
    business = Node(folder / "bikes", "bikes", "Bike Haus", "organization", settings=SETTINGS)
    with ends.running(customer, business):
        races = Races(customer, business, report, seed=seed)
        races.run(rounds, rivals)
        if not wait_until_quiet(lambda: ends.is_quiet(customer, business), SETTLE_SECONDS):
            report.faults.append("something is still on its way")
        wait_until_quiet(races.has_time_passed, SKEW_SECONDS + 30.0)
        races.judge()
        report.faults += ends.compare_agreements(customer, business)
        report.faults += ends.check_journal(customer) + ends.check_journal(business)
    report.faults += ends.check_activities(customer, business) + ends.check_activities(business, customer)
    report.seconds = time.monotonic() - began
    return report


def show(report: Report) -> None:
    """Print what a run came to."""
    print(f"{report.rounds} rounds of {RUNNERS} acceptances, of which exactly one is to win:")
    _show_outcomes(report.outcomes)
    print(f"{report.rivals} with a rival, where at most one wins and both ends agree:")
    _show_outcomes(report.contested)
    print(f"{sum(report.told.values())} lost, each with a 409: {dict(report.told.most_common())}")
    print(f"in {report.seconds:.0f} s")


def _show_outcomes(outcomes: Counter[str]) -> None:
    for outcome, count in sorted(outcomes.items()):
        print(f"  {count:5}  {outcome}")


def main() -> int:
    """Run the long form and print what it came to."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--rivals", type=int, default=60, help="races with a rival, on top")
    parser.add_argument("--seed", type=int, default=1)
    chosen = parser.parse_args()
    with TemporaryDirectory(prefix="freehold-races-") as folder:
        report = run(Path(folder), rounds=chosen.rounds, rivals=chosen.rivals, seed=chosen.seed)
    show(report)
    return ends.verdict(report.faults)


if __name__ == "__main__":
    sys.exit(main())
