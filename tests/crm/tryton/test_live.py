"""Two real nodes and a real Tryton: the business sees nothing of Freehold but its own screen."""

import sys
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from node.sandbox.narrator import Narrator
from tests.crm.tryton.comparing import compare
from tests.crm.tryton.office import MONTHLY, TrytonOffice, opened
from tests.crm.tryton.server import TrytonServer
from tests.crm.tryton.story import TrytonStory

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tryton: TrytonServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[TrytonOffice]:
    with opened(tmp_path_factory.mktemp("nodes"), tryton) as office:
        yield office


def test_the_story_of_the_demo_holds(office: TrytonOffice, tmp_path: Path) -> None:
    """It is the first here: it counts all that is in Tryton."""
    voice = Narrator(sys.stdout)
    story = TrytonStory(office, voice)
    story.play()
    compare(story, tmp_path)
    assert voice.failed == []


def test_what_nobody_signed_is_put_back_with_a_note(office: TrytonOffice) -> None:
    wish = office.wish("Hosting")
    sale = office.quote(office.opportunity("Hosting"), note="")
    offer = office.offer(wish, state="offered")
    office.person.press("sale.sale", sale, "confirm")
    office.note(sale, "Only what both sides have signed")
    office.record("sale.sale", ["id", "=", int(sale)], ["state", "=", "quotation"])
    assert office.offer(wish, state="offered")["id"] == offer["id"]
    office.person.press("sale.sale", sale, "cancel")
    office.offer(wish, state="withdrawn")


def test_a_price_that_the_node_lowers_stands_in_the_sale(office: TrytonOffice) -> None:
    wish = office.wish("Router")
    sale = office.quote(office.opportunity("Router"), note="")
    offer = office.offer(wish, state="offered")
    offers = office.business.api.get("/offers")["items"]
    (mine,) = [each["id"] for each in offers if each["negotiation"] == offer["negotiation"]]
    price = [{"kind": "oneOff", "amount": "29.90", "currency": "EUR", "label": "Router"}]
    office.business.api.request("POST", f"/offers/{mine}/reoffer", {"terms": {"price": price}})
    written = ["sale", "=", int(sale)], ["description", "=", "Router"]
    line = office.record("sale.line", *written, fields=("unit_price",))
    assert Decimal(line["unit_price"]["decimal"]) == Decimal("29.90")
    office.record("sale.sale", ["id", "=", int(sale)], ["state", "=", "quotation"])
    office.note(sale, "29.90 EUR")
    assert office.offer(wish, state="offered", rounds=2)["total"] == "29.90"


def test_what_is_missing_is_written_back_and_nothing_goes_out(office: TrytonOffice) -> None:
    wish = office.wish("Television")
    opportunity = office.opportunity("Television")
    sale = office.person.quotation(str(opportunity["party"]), str(opportunity["id"]), MONTHLY)
    office.person.ask("PUT", f"sale.sale/{sale}", {"quotation_validity": None})
    office.person.press("sale.sale", sale, "quote")
    assert "until which day" in office.note(sale, "This did not go out as an offer.")["message"]
    assert [each for each in office.customer.api.get("/offers")["items"] if each["intention"] == wish] == []


def test_a_rejected_offer_is_cancelled_and_a_wish_taken_back_is_lost(office: TrytonOffice) -> None:
    wish = office.wish("Backup")
    opportunity = office.opportunity("Backup")
    sale = office.quote(opportunity, note="")
    offer = office.offer(wish, state="offered")
    office.customer.api.request("POST", f"/offers/{offer['id']}/reject", {"reason": "Too dear."})
    office.record("sale.sale", ["id", "=", int(sale)], ["state", "=", "cancelled"])
    office.note(sale, "Too dear.")
    # Tryton has an opportunity lost with its last quotation; why the wish ended is told all the same.
    office.record("sale.opportunity", ["id", "=", opportunity["id"]], ["state", "=", "lost"])
    office.customer.api.request("POST", f"/intentions/{wish}/withdraw")
    lost = [["state", "=", "lost"], ["lost_reason", "like", "The customer took the wish back%"]]
    office.record("sale.opportunity", ["id", "=", opportunity["id"]], *lost)


def test_a_product_that_is_renamed_changes_no_offer_that_is_out(office: TrytonOffice) -> None:
    """A line without words of its own is called what its product is called, on the day it was quoted."""
    (product,) = office.person.search("product.product", [["code", "=", "FIB500"]], "template", "default_uom")
    named = {"description": None, "product": product["id"], "unit": product["default_uom"]}
    wish = office.wish("Fibre for a shop")
    sale = office.quote(office.opportunity("Fibre for a shop"), **named)
    offer = office.offer(wish, state="offered")
    template = f"product.template/{product['template']}"
    office.person.ask("PUT", template, {"name": "Fibre 500 Plus"})
    try:
        office.say(sale, "@customer We look forward to it.")
        office.see(
            "what was said after it",
            lambda: office.customer.api.get(f"/offers/{offer['id']}/messages")["items"],
        )
        assert office.offer(wish, state="offered", rounds=1)["price"][0]["label"] == "Fibre 500"
        office.person.press("sale.sale", sale, "draft", "quote")
        assert office.offer(wish, state="offered", rounds=2)["price"][0]["label"] == "Fibre 500 Plus"
    finally:
        office.person.ask("PUT", template, {"name": "Fibre 500"})


def test_a_party_that_took_the_place_of_another_is_the_customer_from_then_on(office: TrytonOffice) -> None:
    office.wish("Webmail")
    ours = str(office.opportunity("Webmail")["party"])
    (named,) = office.person.search("party.party", [["id", "=", int(ours)]], "name")
    theirs = str(office.person.ask("POST", "party.party", {"name": named["name"]})["id"])
    office.person.replace(ours, by=theirs)
    office.wish("Mailing list")
    assert str(office.opportunity("Mailing list")["party"]) == theirs
    office.record("party.identifier", ["party", "=", int(theirs)], ["code", "like", "http%"])
    assert office.business.api.get("/crm/conflicts?reason=deleted")["items"] == []
