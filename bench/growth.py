"""Does an operation take longer the more is kept? Each is timed on one node that is filled more and more.

A customer and a business trade through their inboxes; then what that left in the business's file is
multiplied, every entry hashed behind the one before, until the journal is as long as wanted. Printed is the
median of each operation at each length, in milliseconds of the processor, so that it hangs less on what else
runs; and its exponent, the slope of the logarithms: 0 is flat, 1 grows as the journal does. What looks at so
many of the newest, and no further, grows until there are so many, so the exponent is printed from 10,000
entries on, too. A write is timed inside its transaction, which is what it holds the writer for, and undone.

    python -m bench.growth --entries 100000
"""

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from bench.copies import Left, in_bulk, list_items, multiply, read_left
from node.core.intentions import IntentionState
from node.services import today
from node.services.acting import Acting
from node.services.intentions import casting
from node.services.intentions import showing as intentions
from node.services.ledger import journals, recording
from node.services.negotiations import agreements, comparing, dates, offers
from node.services.outbox import deliveries
from node.services.people import peers
from node.services.trade import customers, pipeline, pricelists, shop, undercutting
from node.storage import fanouts, journal, stock
from node.storage.agreements import AgreementState
from node.storage.deliveries import trim_deliveries
from node.storage.fanouts import Audience, FanoutRow
from node.storage.offers import count_rivals, open_rivals
from node.storage.session import Session
from protocol.actors import ActorKind
from protocol.errors import NotFound
from protocol.negotiation import Party as Side
from tests.services.parties import Clock, Party, settle
from tests.whole import LEDGER

SMALLEST: Final = 1_000  # entries at the first length; each further length has ten times as many
PERIOD: Final = 7_000  # items after which prices, colours and weights come again
ROUNDS: Final = 15  # of each operation; the median is taken
PRICE: Final = [{"kind": "oneOff", "amount": "900.00", "currency": "EUR", "label": "Bike"}]
_COLOURS = ("blue", "red", "black", "white")


@dataclass(frozen=True, slots=True)
class Market:
    """The business that is measured, its customer, and the intentions that are asked about, by name."""

    business: Party
    customer: Party
    ids: dict[str, str]
    iris: dict[str, str]

    @property
    def acting(self) -> Acting:
        """The business, acting now."""
        return self.business.acting


Operation = Callable[[Session, Market], object]


def _none(session: Session, market: Market) -> None:
    with suppress(NotFound):
        offers.show(session, market.acting, "of_zzzz")


def _step_of_fan_out(session: Session, market: Market) -> None:
    acting = market.acting
    activity = acting.mint("activities", "act")
    fanouts.save_fanout(session, FanoutRow(acting.iri, 1, activity, Audience.FOLLOWERS, "", (), acting.now))
    recording.fan_out(session, acting)


def _next_due(session: Session, market: Market) -> list[datetime | None]:
    return [clock.next_due(session, market.business.residents) for clock in LEDGER.clocks.values()]


READS: Final[dict[str, Operation]] = {
    "intention list": lambda db, market: intentions.list(db, market.acting),
    "intention list --state expired": lambda db, market: intentions.list(
        db, market.acting, state=IntentionState.EXPIRED
    ),
    "intention show": lambda db, market: intentions.show(db, market.acting, market.ids["plain"]),
    "offer list": lambda db, market: offers.list(db, market.acting),
    "offer list --role offeree": lambda db, market: offers.list(db, market.acting, role=Side.OFFEREE),
    "offer show, of none": _none,
    "intention compare": lambda db, market: comparing.compare(db, market.acting, market.ids["plain"]),
    "agreement list": lambda db, market: agreements.list(db, market.acting),
    "agreement list --state ended": lambda db, market: agreements.list(
        db, market.acting, state=AgreementState.ENDED
    ),
    "fed deliveries": lambda db, market: deliveries.list(db, market.acting),
    "fed deliveries --state refused": lambda db, market: deliveries.list(db, market.acting, state="refused"),
    "peer list": lambda db, market: peers.list(db, market.acting),
    "shop show": lambda db, market: pricelists.show(db, market.acting),
    "shop pipeline": lambda db, market: pipeline.show(db, market.acting),
    "what one server is promised of an item": lambda db, market: stock.count_held(
        db, market.acting.iri, "b1", origin=market.customer.origin
    ),
    "what one server offers to an intention": lambda db, market: count_rivals(
        db, market.acting.iri, market.iris["plain"], origin=market.customer.origin, had=10, open=100
    ),
    "choosing what is cheapest": lambda db, market: shop.choose(db, market.acting, market.iris["plain"]),
    "choosing a rare colour": lambda db, market: shop.choose(db, market.acting, market.iris["rare"]),
    "choosing a common colour": lambda db, market: shop.choose(db, market.acting, market.iris["common"]),
    "page: a wish": lambda db, market: comparing.compare(db, market.acting, market.ids["plain"], limit=25),
    "page: today": lambda db, market: today.show(db, market.acting),
    "page: the journal": lambda db, market: journals.latest(db, market.acting.iri),
    "page: the journal, older": lambda db, market: journals.latest(
        db, market.acting.iri, before=journal.head(db, market.acting.iri).place // 2
    ),
    "page: a customer who comes again": lambda db, market: customers.show(
        db, market.acting, market.ids["regular"]
    ),
    "pipeline, searched for nothing there": lambda db, market: pipeline.show(
        db, market.acting, search="submarine"
    ),
    "pipeline, searched for all": lambda db, market: pipeline.show(db, market.acting, search="bike"),
    "the calendar": lambda db, market: dates.dates(db, market.acting),
    "rivals of an offer": lambda db, market: open_rivals(
        db, market.acting.iri, market.iris["plain"], after=None, limit=2
    ),
    "page: customers": lambda db, market: customers.list_all(db, market.acting),
    "what is late next": lambda db, market: undercutting.next_late(db, market.acting),
    "what is due next": _next_due,
}
WRITES: Final[dict[str, Operation]] = {
    "cast to all followers": lambda db, market: casting.cast(db, market.acting, _wish(["followers"])),
    "a step of the fan-out": _step_of_fan_out,
    "offer make": lambda db, market: offers.make(db, market.acting, market.ids["plain"], {"price": PRICE}),
    "a step of undercutting": lambda db, market: undercutting.undercut_late(db, market.acting),
    "a step of loading a list": lambda db, market: pricelists.take(
        db, market.acting, pricelists.read(_list(range(pricelists.PART)).encode(), "text/csv", adds=True)
    ),
    "a step of trimming": lambda db, market: trim_deliveries(
        db, before=market.acting.now + timedelta(days=99), limit=500
    ),
}

RULE: Final = {"currency": "EUR", "undercut_after_seconds": 3_600, "undercut_percent": "5"}


def _wish(audience: Sequence[str], **members: Any) -> dict[str, Any]:
    return {"name": "A bike", "specifications": [], "currency": "EUR", "audience": [*audience], **members}


def _must(colour: str) -> dict[str, Any]:
    return {"specifications": [{"property": "colour", "value": colour, "necessity": "must"}]}


def _list(numbers: Sequence[int]) -> str:
    rows = [
        f"b{number},Bike {number},{900 + number % 1_000}.00,EUR,5,3,"
        f"{'violet' if number == 500 else _COLOURS[number % len(_COLOURS)]},{10 + number % 7}"
        for number in numbers
    ]
    return "\n".join(["sku,name,price,currency,stock,lead_days,colour,weight [kg]", *rows])


# --- filling ------------------------------------------------------------------------------------------------


def trade(folder: Path) -> Market:
    """Let a customer and a business trade through their inboxes; return both."""
    clock = Clock()
    customer = Party("ada", folder, clock)
    business = Party("bikes", folder, clock, kind=ActorKind.ORGANIZATION)
    customer.do(peers.follow, business.owner.actor)
    settle(customer, business)
    for agreed in (True, False):
        customer.do(casting.cast, _wish([business.iri]))
        settle(customer, business)
        asked = business.do(intentions.list)["items"][0]["id"]
        made = business.do(offers.make, asked, {"price": PRICE})
        settle(business, customer)
        if agreed:
            ours = next(item for item in customer.do(offers.list)["items"] if item["state"] == "offered")
            customer.do(offers.accept, ours["id"], digest=ours["digest"])
            settle(customer, business)
            assert business.do(offers.show, made["id"])["state"] == "concluded"
    return Market(business, customer, {}, {})


def ask(market: Market) -> None:
    """Let the customer ask for what the searches are timed with, and let the business answer by a rule."""
    market.business.clock.pass_time(hours=1)  # what is asked for now is the newest
    for name, members in {"plain": {}, "rare": _must("violet"), "common": _must("red")}.items():
        market.customer.do(casting.cast, _wish([market.business.iri], **members))
        settle(market.customer, market.business)
        (newest,) = market.business.do(intentions.list, state=IntentionState.OPEN, limit=1)["items"]
        market.ids[name], market.iris[name] = newest["id"], newest["iri"]
    (regular,) = market.business.db.all("SELECT id FROM peers WHERE address = ?", market.customer.iri)
    market.ids["regular"] = regular[0]
    market.business.do(shop.set_rule, RULE)
    market.business.clock.pass_time(hours=2)


def fill(market: Market, left: Left, *, filled: int, entries: int) -> int:
    """Fill the business's file up to so many entries, with as many items; return how many copies."""
    business = market.business
    wanted = entries // len(left.entries)
    known = business.db.one("SELECT count(*) FROM items")
    assert known is not None
    listed = pricelists.read(
        _list(range(known[0], min(entries, SMALLEST + PERIOD))).encode(), "text/csv", adds=True
    )
    while not listed.finished:
        listed = business.do(pricelists.take, listed)
    with in_bulk(business.db):
        multiply(business.db, left, copies=range(filled, wanted))
        items = range(max(known[0], SMALLEST + PERIOD), entries)
        list_items(business.db, business.acting, items, like=PERIOD)
    return wanted


# --- timing -------------------------------------------------------------------------------------------------


class _UndoneError(Exception):
    """Ends a transaction that was only timed."""


def milliseconds(market: Market, operation: Operation, *, writes: bool) -> float:
    """Return the median of some rounds."""
    taken: list[float] = []

    def timed(session: Session) -> None:
        begun = time.process_time()
        operation(session, market)
        taken.append((time.process_time() - begun) * 1_000)
        if writes:
            raise _UndoneError

    for _ in range(ROUNDS):
        if writes:
            with suppress(_UndoneError):
                market.business.write(timed)
        else:
            timed(market.business.db)
    return statistics.median(taken)


def exponent(lengths: Sequence[int], times: Sequence[float]) -> float:
    """Return the slope of the logarithms by least squares."""
    xs, ys = [math.log(length) for length in lengths], [math.log(time) for time in times]
    middle, level = statistics.fmean(xs), statistics.fmean(ys)
    rise = sum((x - middle) * (y - level) for x, y in zip(xs, ys, strict=True))
    return rise / sum((x - middle) ** 2 for x in xs)


def main() -> None:
    """Fill, time and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--entries", type=int, default=10_000, help="the greatest length of the journal")
    most = parser.parse_args().entries
    lengths = [SMALLEST * 10**power for power in range(10) if SMALLEST * 10**power <= most]
    times: dict[str, list[float]] = {name: [] for name in (*READS, *WRITES)}
    with tempfile.TemporaryDirectory() as folder:
        market = trade(Path(folder))
        left = read_left(market.business.db)
        filled = 0
        for length in lengths:
            filled = fill(market, left, filled=filled, entries=length)
            if not market.ids:
                ask(market)
            for name, operation in (*READS.items(), *WRITES.items()):
                times[name].append(milliseconds(market, operation, writes=name in WRITES))
    show(lengths, times)


def show(lengths: Sequence[int], times: Mapping[str, Sequence[float]]) -> None:
    """Print a line for each operation, with its exponents as far as there are two lengths for one."""
    slopes = [place for place in (0, 1) if len(lengths) > place + 1]
    heads = [f"from {lengths[place]:,}" for place in slopes]
    print(
        f"{'milliseconds at so many entries':42}",
        *(f"{text:>11}" for text in [*map("{:,}".format, lengths), *heads]),
    )
    for name, row in times.items():
        exponents = [exponent(lengths[place:], row[place:]) for place in slopes]
        print(f"{name:42}", *(f"{value:11.2f}" for value in [*row, *exponents]))


if __name__ == "__main__":
    main()
