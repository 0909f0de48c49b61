"""A use case reads each row once, however many checks look at it; a list reads once for all of its rows."""

from collections import Counter
from typing import Any

import pytest

from node.services.negotiations import agreements, offers
from node.services.trade import pipeline
from tests.services.parties import Party, settle
from tests.services.test_negotiation import LOWER, cast, offer, only
from tests.services.tracing import Trace


@pytest.fixture
def reoffered(ada: Party, bikes: Party) -> str:
    """Return the id of an offer in its second round."""
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    settle(bikes, ada)
    return str(only(ada)["id"])


def traced(party: Party, service: Any, *arguments: Any, **options: Any) -> Trace:
    trace = Trace()
    _ = party.owner  # read before, as a running node has it
    trace.run(lambda: party.do(service, *arguments, **options))
    return trace


def often(counted: Counter[tuple[str, Any]]) -> dict[tuple[str, Any], int]:
    return {row: times for row, times in counted.items() if times > 1}


def test_accept_reads_each_row_once(ada: Party, reoffered: str) -> None:
    trace = traced(ada, offers.accept, reoffered)
    assert {table for table, _ in trace.loads} == {"offers", "intentions", "peers", "moves", "journal"}
    assert often(trace.loads) == {}
    assert often(trace.projected) == {}


def test_accept_costs_no_more_than_it_did(ada: Party, reoffered: str) -> None:
    trace = traced(ada, offers.accept, reoffered)
    # Of these 75 are read so that what is wrong with one is said with its place.
    # Some 95 look for what is odd about the terms, for who reads what came of it.
    assert sum(trace.entered.values()) <= 2_650
    assert trace.count("protocol/canonical.py", "canonicalise") <= 25
    assert trace.count("protocol/strictjson.py", "parse") <= 3
    # Two offers and the acceptance, as evidence.
    assert trace.count("protocol/proofs.py", "check_signature") == 3


@pytest.mark.parametrize(
    ("service", "arguments"),
    [
        (offers.reject, ()),
        (offers.counter, ({"price": [{"kind": "oneOff", "amount": "2100.00", "currency": "EUR"}]},)),
        (offers.show, ()),
        (offers.history, ()),
    ],
    ids=["reject", "counter", "show", "history"],
)
def test_what_a_customer_does_reads_each_row_once(
    ada: Party, reoffered: str, service: Any, arguments: tuple[Any, ...]
) -> None:
    trace = traced(ada, service, reoffered, *arguments)
    assert trace.loads
    assert often(trace.loads) == {}


def test_what_a_business_does_reads_each_row_once(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    made = offer(bikes, ada)
    for service, *arguments in (
        (offers.reoffer, made, {"price": LOWER}),
        (offers.withdraw, made),
    ):
        trace = traced(bikes, service, *arguments)
        assert trace.loads
        assert often(trace.loads) == {}


def test_an_agreement_is_countersigned_and_ended_with_each_row_read_once(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    offer(bikes, ada, notice="P1M")
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    agreed = only(bikes)["agreement"]
    for service in (agreements.countersign, agreements.evidence, agreements.end):
        trace = traced(bikes, service, agreed)
        assert trace.loads
        assert often(trace.loads) == {}


def test_a_list_asks_once_for_all_of_its_rows(ada: Party, bikes: Party, wheels: Party) -> None:
    cast(ada, bikes, wheels)
    offer(bikes, ada)
    few = _asked(ada, offers.list)
    offer(wheels, ada, price=LOWER)
    bikes.do(offers.make, bikes_intention(bikes), {"price": LOWER})
    settle(bikes, ada)
    assert len(ada.do(offers.list)["items"]) == 3
    assert _asked(ada, offers.list) == few
    assert _asked(bikes, pipeline.show) == _asked(wheels, pipeline.show)


def bikes_intention(party: Party) -> str:
    (known,) = {item["intention"] for item in party.do(offers.list)["items"]}
    return str(known)


def _asked(party: Party, service: Any) -> int:
    """Count the statements of a use case."""
    trace = traced(party, service)
    return sum(trace.count("node/storage/sqlite/session.py", verb) for verb in ("one", "all", "run"))
