"""The trade that faults are dealt to: negotiations of every kind, each played to its end by both owners.

An owner here is as patient as one at a keyboard: what is to come from the other side is waited for in the
own journal, and what could not be delivered is sent again by hand when that seems to take long.
"""

import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from node.sandbox.nodes import MarketError, Node
from node.terminal.failures import Failure
from protocol.documents import Document

NEWS_SECONDS = 180.0  # with the worst luck the other side rests for half a minute, more than once
LOOK_SECONDS = 0.05
HURRY_SECONDS = 0.3
AT_ONCE = 16  # negotiations under way at one time
DEADLINE_AFTER = timedelta(minutes=1)  # of an intention whose offer is to expire: what stays open is bounded


class Feed(threading.Thread):
    """What enters a node's journal, for whoever waits for it."""

    def __init__(self, node: Node) -> None:
        super().__init__(name=f"feed-{node.handle}", daemon=True)
        self._api = node.api
        self._found: dict[tuple[str, str], Document] = {}
        self._news = threading.Condition()
        self._ended = threading.Event()

    def run(self) -> None:
        """Read on and on, until told to end."""
        last = None
        while not self._ended.wait(LOOK_SECONDS):
            with suppress(Failure):
                for entry in self._api.get("/journal", after=last, limit=100)["items"]:
                    self._put(entry)
                    last = entry["place"]

    def end(self) -> None:
        """Stop reading."""
        self._ended.set()
        self.join()

    def _put(self, entry: Document) -> None:
        about = _about(entry)
        with self._news:
            self._found[entry["kind"], about] = entry
            self._news.notify_all()

    def wait(self, kind: str, about: str) -> Document:
        """Return the entry of this kind about this, when it is there.

        Raises:
            MarketError: it does not come.
        """
        with self._news:
            if not self._news.wait_for(lambda: (kind, about) in self._found, NEWS_SECONDS):
                raise MarketError(f"Waited {NEWS_SECONDS:.0f} s for {kind} about {about}.")
            return self._found[kind, about]


def _about(entry: Document) -> str:
    """Return what an entry is found by: the intention, the negotiation's address, or its id at this end."""
    decision = entry["decision"]
    if "document" in decision:
        return str(decision["document"]["id"])
    if entry["kind"] == "offer":
        return str(entry["activity"]["context"])
    return str(decision.get("offer", entry["subject"]))


class Haste(threading.Thread):
    """An owner who does not wait for the next try: what failed is sent again soon, by order."""

    def __init__(self, *nodes: Node) -> None:
        super().__init__(name="haste", daemon=True)
        self._nodes = nodes
        self._ended = threading.Event()
        self.orders = 0

    def run(self) -> None:
        """Look at what waits, again and again, until told to end."""
        while not self._ended.wait(HURRY_SECONDS):
            for node in self._nodes:
                with suppress(Failure):  # settled meanwhile
                    for delivery in node.api.get("/deliveries", state="queued", limit=20)["items"]:
                        if delivery["attempts"]:
                            node.api.request("POST", f"/deliveries/{delivery['id']}/retry")
                            self.orders += 1

    def end(self) -> None:
        """Wait for nothing any more."""
        self._ended.set()
        self.join()


@dataclass(frozen=True)
class Deal:
    """A negotiation under way: the intention at the customer's, and the offer as each end calls it."""

    number: int
    intention: str
    negotiation: str
    mine: str
    theirs: str


@dataclass
class Played:
    """What was played: how each negotiation may end, by its address, and the messages each end wrote."""

    kinds: dict[str, str] = field(default_factory=dict)
    written: dict[str, list[str]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


class Trade:
    """Plays negotiations between a customer and a business, several at one time.

    Offers that are to expire stand for a `brief` time.
    """

    def __init__(self, customer: Node, business: Node, *, brief: timedelta) -> None:
        self.customer, self.business, self.brief = customer, business, brief
        self.news = {customer.handle: Feed(customer), business.handle: Feed(business)}
        self.played = Played()
        self._scripts: Mapping[str, Callable[[Deal], None]] = {
            "accept": self._accept,
            "counter met": self._counter,
            "reject": self._reject,
            "withdraw": self._withdraw,
            "renege": self._renege,
            "expire": self._expire,
            "message": self._message,
            "cross": self._cross,
        }

    def play(self, negotiations: int) -> None:
        """Play so many, each kind in its turn, and wait until each owner has made its last move."""
        for feed in self.news.values():
            feed.start()
        try:
            with ThreadPoolExecutor(AT_ONCE) as pool:
                list(pool.map(self._one, range(negotiations)))
        finally:
            for feed in self.news.values():
                feed.end()

    def _one(self, number: int) -> None:
        kind = list(self._scripts)[number % len(self._scripts)]
        try:
            deal = self._open(number, kind)
            self.played.kinds[deal.negotiation] = kind
            self._scripts[kind](deal)
        except (Failure, MarketError) as error:
            self.played.failures.append(f"{kind} {number}: {error}")

    # --- the owners' moves --------------------------------------------------------------------------------

    def _open(self, number: int, kind: str) -> Deal:
        wish: Document = {"name": f"Lot {number}", "currency": "EUR", "audience": [self.business.actor]}
        if kind == "expire":
            wish["deadline"] = (datetime.now(UTC) + self.brief + DEADLINE_AFTER).isoformat()
        cast = self.customer.api.request("POST", "/intentions", wish)
        known = self._wait(self.business, "intention.received", cast["iri"])["decision"]["id"]
        terms: Document = {"price": _price(100)}
        if kind == "expire":
            terms["expires_at"] = (datetime.now(UTC) + self.brief).isoformat()
        offer = self.business.api.request("POST", "/offers", {"intention": known, "terms": terms})
        if kind == "expire":  # it may come too late and be refused, which is as good an end
            return Deal(number, cast["id"], offer["negotiation"], "", offer["id"])
        mine = self._wait(self.customer, "offer", offer["negotiation"])["decision"]["offer"]
        return Deal(number, cast["id"], offer["negotiation"], mine, offer["id"])

    def _wait(self, node: Node, kind: str, about: str) -> Document:
        return self.news[node.handle].wait(kind, about)

    def _do(self, node: Node, offer: str, what: str, body: Document | None = None) -> Document:
        return node.api.request("POST", f"/offers/{offer}/{what}", body)

    def _close(self, deal: Deal) -> None:
        self.customer.api.request("POST", f"/intentions/{deal.intention}/withdraw")

    def _answer(self, deal: Deal, what: str) -> None:
        """Wait for the acceptance, then conclude or renege."""
        self._wait(self.business, "accept", deal.theirs)
        agreement = self.business.api.get(f"/offers/{deal.theirs}")["agreement"]
        self.business.api.request("POST", f"/agreements/{agreement}/{what}")
        self._wait(self.customer, what, deal.mine)

    def _write(self, node: Node, offer: str, deal: Deal, count: int) -> None:
        for place in range(count):
            content = f"{deal.number}.{place} from {node.handle}"
            self._do(node, offer, "messages", {"content": content})
            self.played.written.setdefault(offer, []).append(content)

    # --- the scripts --------------------------------------------------------------------------------------

    def _accept(self, deal: Deal) -> None:
        self._do(self.customer, deal.mine, "accept")
        self._answer(deal, "countersign")

    def _counter(self, deal: Deal) -> None:
        terms = {"terms": {"price": _price(90)}, "on_met": "accept"}
        self._do(self.customer, deal.mine, "counter", terms)
        self._wait(self.business, "counter", deal.theirs)
        self._do(self.business, deal.theirs, "reoffer", {"terms": {"meet": True}})
        self._answer(deal, "countersign")

    def _reject(self, deal: Deal) -> None:
        self._do(self.customer, deal.mine, "reject", {"reason": "Too dear."})
        self._close(deal)

    def _withdraw(self, deal: Deal) -> None:
        self._do(self.business, deal.theirs, "withdraw")
        self._wait(self.customer, "withdraw", deal.mine)
        self._close(deal)

    def _renege(self, deal: Deal) -> None:
        self._do(self.customer, deal.mine, "accept")
        self._answer(deal, "renege")
        self._close(deal)

    def _expire(self, deal: Deal) -> None:
        """Leave it to the clocks."""

    def _message(self, deal: Deal) -> None:
        self._write(self.business, deal.theirs, deal, 3)
        self._write(self.customer, deal.mine, deal, 2)
        self._accept(deal)

    def _cross(self, deal: Deal) -> None:
        """Withdraw and accept at the same time: whichever wins, it must win at both ends."""
        with ThreadPoolExecutor(2) as pool:
            pool.submit(self._try, self.business, deal.theirs, "withdraw")
            accepted = pool.submit(self._try, self.customer, deal.mine, "accept").result()
        if accepted:
            self._answer(deal, "countersign")
        else:
            self._close(deal)

    def _try(self, node: Node, offer: str, what: str) -> bool:
        """Do what may be too late by now; say whether it was not."""
        try:
            self._do(node, offer, what)
        except Failure:
            return False
        return True


def _price(amount: int) -> list[Document]:
    return [{"kind": "oneOff", "amount": f"{amount}.00", "currency": "EUR", "label": "it"}]


def wait_until_quiet(is_quiet: Callable[[], bool], seconds: float) -> bool:
    """Wait until nothing is on its way; say whether that came about."""
    ends = time.monotonic() + seconds
    while not is_quiet():
        if time.monotonic() > ends:
            return False
        time.sleep(0.2)
    return True
