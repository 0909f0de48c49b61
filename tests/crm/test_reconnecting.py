"""A CRM that is let go and connected again: the same one, and another."""

from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from node.core import codes
from node.core.crm_sayings import NO_NOTES
from node.crm.bridge import Bridge
from node.crm.desk import Desk
from node.services.crm import connecting
from node.services.negotiations import messages, offers
from node.storage.session import Session
from protocol.errors import Conflict, Forbidden
from tests.crm.test_bridge import Business, noted


@pytest.fixture
async def business(tmp_path: Path) -> Business:
    """A shop with an offer, which was talked about, and a CRM that is let go."""
    made = Business(tmp_path)
    await made.begin()
    await made.wish("Bike")
    await made.quote()
    assert await noted(made, "@customer Hello") == ["Hello"]
    made.shop.do(connecting.disconnect)
    return made


def contents(business: Business) -> dict[str, Any]:
    return {name: business.editor.read(name) for name in business.editor.files() if name.endswith(".csv")}


async def test_the_same_again_is_linked_and_nothing_is_made_offered_or_sent_twice(business: Business) -> None:
    before = contents(business)
    await business.begin()
    await business.turn()
    assert contents(business) == before
    assert business.status()["records"] == {"customer": 1, "opportunity": 1, "quotation": 1, "note": 1}
    assert (business.theirs()["rounds"], business.conflicts()) == (1, [])
    assert len(business.ada.do(messages.list, business.theirs()["id"])["items"]) == 1
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"price": "90"}])
    await business.turn()
    assert (business.theirs()["total"], business.theirs()["rounds"]) == ("90.00", 2)


@pytest.mark.parametrize("state", ["cancelled", "confirmed"])
async def test_a_state_that_was_set_meanwhile_is_put_to_what_is_so(business: Business, state: str) -> None:
    business.save("quotations.csv", [row | {"state": state} for row in business.rows("quotations.csv")])
    await business.begin()
    await business.turn()
    assert business.rows("quotations.csv")[0]["state"] == "quoted"
    assert (business.theirs()["state"], business.theirs()["rounds"]) == ("offered", 1)


async def test_a_price_that_was_changed_meanwhile_is_put_before_a_person(business: Business) -> None:
    business.save("quotations.csv", [row | {"price": "120"} for row in business.rows("quotations.csv")])
    await business.begin()
    await business.turn()
    (conflict,) = business.conflicts()
    assert (conflict["reason"], "price" in conflict["detail"]) == ("changed", True)
    assert (business.theirs()["total"], business.rows("quotations.csv")[0]["price"]) == ("100.00", "120")
    business.save("quotations.csv", [row | {"price": "110"} for row in business.rows("quotations.csv")])
    await business.turn()
    assert (business.theirs()["total"], business.conflicts()) == ("110.00", [])


async def test_what_happened_meanwhile_is_brought_there(business: Business) -> None:
    business.ada.do(offers.reject, business.theirs()["id"], reason="Too dear.")
    await business.wish("Trailer")
    assert len(business.rows("opportunities.csv")) == 1
    await business.begin()
    await business.turn()
    (row,) = business.rows("quotations.csv")
    assert (row["state"], "Too dear." in row["reason"]) == ("cancelled", True)
    assert {row["title"] for row in business.rows("opportunities.csv")} == {"Bike", "Trailer"}


async def test_a_quotation_that_was_written_meanwhile_goes_out_once(business: Business) -> None:
    await business.wish("Trailer")
    await business.begin()
    await business.turn()
    business.shop.do(connecting.disconnect)
    await business.quote(label="Trailer", price="60")
    assert len(business.ada.do(offers.list)["items"]) == 1
    for _ in range(2):
        await business.begin()
        await business.turn()
        assert sorted(offer["total"] for offer in business.ada.do(offers.list)["items"]) == [
            "100.00",
            "60.00",
        ]
        business.shop.do(connecting.disconnect)
    assert len(business.rows("quotations.csv")) == 2


async def test_another_one_gets_all_of_it_and_the_first_is_left_as_it_is(business: Business) -> None:
    before, first = contents(business), business.folder
    business.folder = first.with_name("another")
    business.folder.mkdir()
    business.editor.folder = business.folder
    await business.begin()
    await business.turn()
    (row,) = business.rows("quotations.csv")
    assert (row["freehold"], row["state"], row["price"]) == (
        business.theirs()["negotiation"],
        "quoted",
        "100",
    )
    assert [each["title"] for each in business.rows("opportunities.csv")] == ["Bike"]
    business.editor.folder = first
    assert contents(business) == before
    business.editor.folder = business.folder
    business.save("quotations.csv", [row | {"price": "95"}])
    await business.turn()
    assert (business.theirs()["total"], business.theirs()["rounds"]) == ("95.00", 2)
    assert len(business.ada.do(messages.list, business.theirs()["id"])["items"]) == 1


async def test_what_a_key_may_not_is_known_again_after_a_start(business: Business) -> None:
    async def preferences(_: web.BaseRequest) -> web.Response:
        return web.json_response({"company": 1, "administrator": 0})

    async with RawTestServer(preferences, host="127.0.0.1") as tryton:
        reached = {"address": f"http://127.0.0.1:{tryton.port}", "options": {"database": "crm"}}
        await business.connect(adapter="tryton", secret="a" * 32, **reached)
        started = Bridge(business.bridge.store, business.shop.residents, business.bridge.outside)
        desk, acting = Desk(started), business.shop.acting
        assert (await desk.show(acting))["caution"] is None
        with pytest.raises(Conflict):  # it is nothing but a key: who looks further gets no answer
            await desk.plan(acting)
        assert (await desk.show(acting))["caution"] == NO_NOTES
        again = Bridge(business.bridge.store, business.shop.residents, business.bridge.outside)
        await again.turn(business.shop.iri)
        assert (await Desk(again).show(acting))["caution"] == NO_NOTES


async def test_what_a_key_may_not_that_was_not_taken_is_not_said(business: Business) -> None:
    may = {"administrator": 1}

    async def preferences(_: web.BaseRequest) -> web.Response:
        return web.json_response({"company": 1, **may})

    def refuse(_: Session) -> None:
        raise Forbidden(codes.OWNER_ALONE)

    async with RawTestServer(preferences, host="127.0.0.1") as tryton:
        reached = {"address": f"http://127.0.0.1:{tryton.port}", "options": {"database": "crm"}}
        document = {"adapter": "tryton", "secret": "a" * 32, **reached}
        await business.connect(**document)
        may["administrator"] = 0
        with pytest.raises(Forbidden):
            await business.desk.connect(business.shop.acting, document | {"secret": "b" * 32}, check=refuse)
        assert (await business.desk.show(business.shop.acting))["caution"] is None
