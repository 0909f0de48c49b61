"""Clocks that are wrong: two hours off in either direction, and set back while the node runs.

Real nodes, each by a clock of its own (`clocked`). What a wrong clock signs is refused, and the owner can
read why; when it is right again everything goes through, and nothing that has ended begins anew.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node.sandbox.nodes import until
from node.terminal.failures import Failure
from protocol.documents import Document
from tests.faults import ends
from tests.faults.clocked import ClockedNode

HOURS = timedelta(hours=1)
SECOND = timedelta(seconds=1)
RIGHT = timedelta(0)
WAIT_SECONDS = 60.0
RULE = {"currency": "EUR", "countersign": "auto"}
PRICE = [{"kind": "oneOff", "amount": "100.00", "currency": "EUR", "label": "it"}]

pytestmark = pytest.mark.slow


class Pair:
    """A customer and a business, each by its own clock."""

    def __init__(self, folder: Path) -> None:
        settings = {**ends.ROOMY, "CLOCK_SKEW_SECONDS": "0"}
        self.customer = ClockedNode(folder / "ada", "ada", "Ada", "person", settings=settings)
        self.business = ClockedNode(folder / "bikes", "bikes", "Bikes", "organization", settings=settings)

    @contextmanager
    def running(self) -> Iterator["Pair"]:
        with ends.running(self.customer, self.business):
            yield self

    def set_clocks(self, ahead: timedelta) -> None:
        for node in (self.customer, self.business):
            node.set_clock(ahead)
            self.stir(node)

    def stir(self, node: ClockedNode) -> None:
        """Give the node something to write, so that it looks at its clock now instead of within a minute."""
        node.api.request("PUT", "/rule", RULE)

    def cast(self, name: str = "A bike") -> Document:
        wish = {"name": name, "currency": "EUR", "audience": [self.business.actor]}
        return self.customer.api.request("POST", "/intentions", wish)

    def known(self, cast: Document) -> Document:
        """Wait until the business knows of an intention."""

        def look() -> Document | None:
            found = ends.everything(self.business, "/intentions")
            return next((item for item in found if item["iri"] == cast["iri"]), None)

        return until(look, "the intention to arrive", seconds=WAIT_SECONDS)

    def make(self, cast: Document, *, lasts: timedelta = 24 * HOURS, **terms: Any) -> Document:
        ends_at = (self.business.now + lasts).isoformat()
        terms = {"price": PRICE, "expires_at": ends_at, **terms}
        body = {"intention": self.known(cast)["id"], "terms": terms}
        return self.business.api.request("POST", "/offers", body)

    def arrived(self, offer: Document) -> Document:
        """Wait until the customer has an offer."""

        def look() -> Document | None:
            found = ends.everything(self.customer, "/offers")
            return next((item for item in found if item["negotiation"] == offer["negotiation"]), None)

        return until(look, "the offer to arrive", seconds=WAIT_SECONDS)

    def in_state(self, node: ClockedNode, offer: Document, state: str) -> Document:
        def look() -> Document | None:
            found = node.api.get(f"/offers/{offer['id']}")
            return found if found["state"] == state else None

        return until(look, f"the offer to be {state}", seconds=WAIT_SECONDS)

    def settle(self) -> None:
        """Wait until nothing is on its way: what meets a stopped node is sent again a minute later."""
        until(lambda: ends.is_quiet(self.customer, self.business), "quiet", seconds=WAIT_SECONDS)

    def check(self) -> None:
        """Check that nothing waits, that both ends agree, and that the journals hold and rise."""
        self.settle()
        assert ends.compare(ends.histories(self.customer), ends.histories(self.business)) == []
        assert ends.compare_agreements(self.customer, self.business) == []
        assert ends.check_journal(self.customer) + ends.check_journal(self.business) == []


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with Pair(tmp_path_factory.mktemp("clocks")).running() as pair:
        yield pair


@pytest.fixture
def pair(nodes: Pair) -> Iterator[Pair]:
    """Two nodes with clocks that are right, whatever they were set to before."""
    nodes.set_clocks(RIGHT)
    yield nodes
    nodes.set_clocks(RIGHT)


def refused(node: ClockedNode, status: int) -> Document:
    """Wait until a delivery that still waits has had this answer, and return it."""

    def look() -> Document | None:
        waiting = ends.everything(node, "/deliveries", state="queued")
        return next((item for item in waiting if item["last_status"] == status), None)

    return until(look, f"an answer of {status}", seconds=WAIT_SECONDS)


def entries(node: ClockedNode, kind: str, subject: str) -> list[Document]:
    found = node.api.pages("/journal")
    return [entry for entry in found if (entry["kind"], entry["subject"]) == (kind, subject)]


def at(entry: Document) -> datetime:
    return datetime.fromisoformat(entry["at"])


def test_what_a_clock_ahead_has_signed_is_sent_again_when_the_clock_is_right(pair: Pair) -> None:
    pair.customer.set_clock(2 * HOURS)
    early = pair.cast("Cast two hours too soon")
    waiting = refused(pair.customer, 401)
    assert waiting["state"] == "queued"
    assert waiting["last_error"] == (
        "The inbox answered 401 Unauthorized (unauthenticated). "
        "Its clock is 2 hours behind ours: one of the two is wrong."
    )
    assert early["iri"] not in {item["iri"] for item in ends.everything(pair.business, "/intentions")}
    pair.customer.set_clock(RIGHT)
    pair.stir(pair.customer)
    pair.known(early)  # without waiting for the two hours to pass
    changed = pair.customer.api.request("PATCH", f"/intentions/{early['id']}", {"name": "Changed since"})
    until(lambda: pair.known(changed)["name"] == "Changed since", "the change", seconds=WAIT_SECONDS)
    pair.check()


def test_a_proof_from_the_future_waits_until_its_time_has_come(pair: Pair) -> None:
    cast = pair.cast()
    pair.known(cast)
    pair.business.set_clock(2 * HOURS)
    offer = pair.make(cast)
    refused(pair.business, 401)
    pair.business.set_clock(RIGHT)
    pair.stir(pair.business)
    waiting = refused(pair.business, 422)
    assert waiting["state"] == "queued"
    assert waiting["last_error"] == (
        "The inbox answered 422 Unprocessable Entity (proof-invalid). "
        "It was made 2 hours ahead of the clock there, and is sent again when that has come so far."
    )
    assert pair.business.api.get(f"/offers/{offer['id']}")["state"] == "offered"
    pair.set_clocks(2 * HOURS + 2 * SECOND)
    pair.arrived(offer)
    pair.check()


@pytest.mark.parametrize(("behind", "reaches"), [(2 * HOURS, True), (13 * HOURS, False)])
def test_a_clock_behind_sends_what_is_old_and_refuses_what_is_new(
    pair: Pair, behind: timedelta, reaches: bool
) -> None:
    first = pair.cast()
    pair.known(first)
    pair.customer.set_clock(-behind)
    offer = pair.make(first)
    said = refused(pair.business, 401)["last_error"]
    hours = behind // HOURS
    assert said.endswith(f"Its clock is {hours} hours behind ours: one of the two is wrong.")
    second = pair.cast("Cast too late")
    if reaches:
        pair.known(second)  # a signature may be half a day on its way
    else:
        said = refused(pair.customer, 401)["last_error"]
        assert said.endswith(f"Its clock is {hours} hours ahead of ours: one of the two is wrong.")
    assert offer["negotiation"] not in {
        item["negotiation"] for item in ends.everything(pair.customer, "/offers")
    }
    pair.customer.set_clock(RIGHT)
    for node in (pair.customer, pair.business):
        for delivery in ends.everything(node, "/deliveries", state="queued"):
            try:
                node.api.request("POST", f"/deliveries/{delivery['id']}/retry")
            except Failure as failure:
                if failure.code != "settled":  # it went by itself meanwhile
                    raise
    pair.known(second)
    assert pair.arrived(offer)["state"] == "offered"
    pair.check()


def test_a_clock_that_is_set_back_brings_nothing_back(pair: Pair) -> None:
    cast = pair.cast()
    brief = pair.arrived(pair.make(cast, lasts=3 * SECOND))
    pair.in_state(pair.customer, brief, "expired")
    agreed = pair.arrived(pair.make(cast))
    pair.customer.api.request("POST", f"/offers/{agreed['id']}/accept")
    pair.in_state(pair.customer, agreed, "concluded")
    pair.settle()
    pair.set_clocks(-2 * HOURS)
    for offer, code in ((brief, "illegal-transition"), (agreed, "already-accepted")):
        with pytest.raises(Failure) as caught:
            pair.customer.api.request("POST", f"/offers/{offer['id']}/accept")
        assert caught.value.problem["status"] == 409
        assert caught.value.problem["code"] in (code, "intention-awarded")
    for node in (pair.customer, pair.business):  # a start, too, takes nothing back
        node.terminate()
        node.wait()
    for node in (pair.customer, pair.business):
        node.start()
        node.wait_until_ready()
    assert pair.customer.api.get(f"/offers/{brief['id']}")["state"] == "expired"
    again = pair.arrived(pair.make(pair.cast("Another bike")))
    pair.customer.api.request("POST", f"/offers/{again['id']}/accept")
    pair.in_state(pair.customer, again, "concluded")
    assert ends.everything(pair.customer, "/offers")
    pair.check()


@pytest.mark.parametrize("ahead", [RIGHT, -2 * HOURS])
def test_offers_and_notices_end_to_the_second(pair: Pair, ahead: timedelta) -> None:
    pair.set_clocks(ahead)
    cast = pair.cast()
    brief = pair.make(cast, lasts=3 * SECOND)
    mine = pair.arrived(brief)
    for node, offer in ((pair.customer, mine), (pair.business, brief)):
        pair.in_state(node, offer, "expired")
        (expired,) = entries(node, "offer.expired", offer["id"])
        assert RIGHT <= at(expired) - datetime.fromisoformat(brief["expires_at"]) < SECOND
    agreed = pair.arrived(pair.make(cast, notice="P1D"))
    pair.customer.api.request("POST", f"/offers/{agreed['id']}/accept")
    agreement = pair.in_state(pair.customer, agreed, "concluded")["agreement"]
    given = pair.customer.api.request("POST", f"/agreements/{agreement}/end", {})
    leaves_at = datetime.fromisoformat(given["leaves_at"])
    until(lambda: ends.is_quiet(pair.customer, pair.business), "the notice to arrive", seconds=WAIT_SECONDS)
    pair.set_clocks(ahead + (leaves_at - pair.customer.now) - 2 * SECOND)
    (theirs,) = [
        item for item in ends.everything(pair.business, "/agreements") if item["iri"] == given["iri"]
    ]
    for node, known in ((pair.customer, agreement), (pair.business, theirs["id"])):
        look = partial(entries, node, "agreement.ended", known)
        (ended,) = until(look, "the agreement to end", seconds=WAIT_SECONDS)
        assert RIGHT <= at(ended) - leaves_at < SECOND
    pair.check()
