"""Two real nodes and a real BottleCRM: the business sees nothing of Freehold but its own screen.

The customer speaks with its node's owner API, the business with BottleCRM alone; only connecting and looking
are typed there.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from node.crm.port import RecordKind
from node.sandbox.nodes import Node, until
from protocol.documents import Document
from tests.crm.bottle.person import BottlePerson
from tests.crm.bottle.server import BottleServer
from tests.faults.ends import ROOMY, running
from tests.ports import steady_port

pytestmark = pytest.mark.slow

SOON = 120.0  # seconds: a look every thirty, and a busy machine
MONTHLY = {"description": "per month", "quantity": "1", "unit_price": "39.90"}


class BottleOffice:
    """The business's people, what they see, and the customer at the other end."""

    def __init__(self, bottle: BottleServer, customer: Node, business: Node) -> None:
        self.person = BottlePerson(bottle)
        self.customer, self.business = customer, business

    def see(self, what: str, find: Callable[[], list[Any]]) -> Any:
        """Have the node look, and wait until something is there."""
        self.business.run("crm", "sync")
        return until(find, what, seconds=SOON)[-1]

    def deal(self, name: str, **members: str) -> Any:
        def find() -> list[Any]:
            rows = self.person.rows(RecordKind.OPPORTUNITY, name=name)
            # It shows a deal for a moment before it has written whose it is.
            return [row for row in rows if row["contacts"] and members.items() <= row.items()]

        return self.see(f"a deal {name} with {members}", find)

    def estimate(self, id: str, **members: str) -> Any:
        return self.see(
            f"an estimate with {members}",
            lambda: [each for each in [self.person.estimate(id)] if members.items() <= each.items()],
        )

    def comment(self, deal: Any, text: str) -> str:
        def find() -> list[str]:
            said = [each["comment"] for each in self.person.deal(deal["id"])["comments"]]
            return [each for each in said if text in each]

        return str(self.see(f"a comment with {text}", find))

    def wish(self, name: str, **members: object) -> str:
        wish = {"name": name, "currency": "EUR", "audience": [self.business.actor], **members}
        return str(self.customer.api.request("POST", "/intentions", wish)["id"])

    def offers(self, wish: str) -> list[Document]:
        return [each for each in self.customer.api.get("/offers")["items"] if each["intention"] == wish]

    def offer(self, wish: str, **members: object) -> Document:
        def find() -> list[Document]:
            return [each for each in self.offers(wish) if members.items() <= each.items()]

        found: Document = self.see(f"an offer with {members}", find)
        return found

    def quote(self, deal: Any, **line: str) -> str:
        """Write an estimate and send it."""
        estimate = self.person.quotation(deal["contacts"][0]["id"], deal["id"], MONTHLY | line)
        self.person.send(estimate)
        return estimate


@pytest.fixture(scope="module")
def office(bottle: BottleServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BottleOffice]:
    folder = tmp_path_factory.mktemp("nodes")
    customer = Node(folder / "ada", "ada", "Ada", "person", steady_port(), settings=ROOMY)
    business = Node(folder / "meadow", "meadow", "Meadow", "organization", steady_port(), settings=ROOMY)
    key = folder / "key"
    key.write_text(bottle.key)
    with running(customer, business):
        business.run("crm", "connect", "bottlecrm", bottle.origin, "--key-file", str(key))
        yield BottleOffice(bottle, customer, business)


def test_a_wish_is_quoted_countered_and_agreed_on_at_bottlecrms_screen(
    office: BottleOffice, tmp_path: Path
) -> None:
    speed = {"property": "speed", "at_least": "500", "unit": "Mbit/s"}
    wish = office.wish(
        "Fibre", content="At home", specifications=[speed], limit_price="45", notes="my secret"
    )
    deal = office.deal("Fibre")
    assert "speed: at least 500 Mbit/s (must)" in deal["description"]
    assert "45" not in deal["description"]
    (ada,) = office.person.rows(RecordKind.CUSTOMER)
    assert (ada["first_name"], ada["custom_fields"]["freehold"]) == ("Ada", office.customer.actor)

    first = office.quote(deal)
    offer = office.offer(wish, state="offered")
    assert offer["price"] == [
        {"kind": "recurring", "amount": "39.90", "currency": "EUR", "label": "Fibre", "per": "month"}
    ]
    office.see(
        "the estimate's external id",
        lambda: [
            each
            for each in [office.person.estimate(first)["custom_fields"].get("freehold")]
            if each == offer["negotiation"]
        ],
    )

    messages = f"/offers/{offer['id']}/messages"
    office.customer.api.request("POST", messages, {"content": "Is there a router?"})
    assert office.comment(deal, "Is there a router?").startswith("Ada (")
    for message in ("@customer Yes, it is included.", "She haggles."):
        office.person.say(deal["id"], message)
    office.see("the answer", lambda: office.customer.api.get(messages)["items"][1:])
    assert [each["content"] for each in office.customer.api.get(messages)["items"]] == [
        "Is there a router?",
        "Yes, it is included.",
    ]

    price = [{"kind": "recurring", "amount": "34.90", "currency": "EUR", "per": "month"}]
    office.customer.api.request("POST", f"/offers/{offer['id']}/counter", {"terms": {"price": price}})
    office.comment(deal, "34.90 EUR each month")
    second = office.quote(deal, unit_price="35.90")
    better = office.offer(wish, state="offered")
    assert better["price"][0]["amount"] == "35.90"

    office.customer.api.request("POST", f"/offers/{better['id']}/accept", {})
    accepted = office.estimate(second, status="Accepted")
    assert accepted["accepted_by_name"] == "Ada"
    office.deal("Fibre", stage_kind="won", amount="35.90")
    file = office.see("the evidence", lambda: office.person.deal(deal["id"])["attachments"])
    evidence = tmp_path / "evidence.json"
    evidence.write_bytes(office.person.download(file["id"]))
    assert office.customer.run("agreement", "verify", str(evidence))["grade"]
    verified = office.business.run("crm", "verify")
    assert [item for item in verified["items"] if not item["alike"]] == []
    assert office.business.run("crm", "conflicts")["items"] == []


def test_what_nobody_signed_is_put_before_the_owner(office: BottleOffice) -> None:
    wish = office.wish("Hosting")
    deal = office.deal("Hosting")
    estimate = office.quote(deal, description="")
    offer = office.offer(wish, state="offered")
    office.person.answer(estimate, "accept")
    office.comment(deal, "Only what both sides have signed")
    office.see("a conflict", lambda: office.business.run("crm", "conflicts")["items"])
    (found,) = office.business.run("crm", "conflicts")["items"]
    assert found["reason"] == "unsigned"
    assert office.offer(wish, state="offered")["id"] == offer["id"]


def test_a_rejected_offer_is_declined_and_a_wish_taken_back_is_lost(office: BottleOffice) -> None:
    wish = office.wish("Backup")
    deal = office.deal("Backup")
    estimate = office.quote(deal, description="")
    offer = office.offer(wish, state="offered")
    office.customer.api.request("POST", f"/offers/{offer['id']}/reject", {"reason": "Too dear."})
    office.estimate(estimate, status="Declined")
    office.comment(deal, "Too dear.")
    office.customer.api.request("POST", f"/intentions/{wish}/withdraw")
    office.deal("Backup", stage_kind="lost")
    office.comment(deal, "The customer took the wish back")
