"""Customers on the desk: the urgent first, what was agreed and said, and their own words stay text."""

import re
from urllib.parse import quote

import pytest

from tests.web.house import House
from tests.web.pages.desk.dealing import HOSTILE, Dealing, familiar, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')


def at(customer: House) -> str:
    return f"/desk/customers/one?peer={quote(customer.iri, safe='')}"


async def test_nobody_yet(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/customers")).body.decode()
    assert "<h1>There is no customer yet.</h1>" in page
    assert '<div class="empty">' in page
    assert (await fresh.desk.get(at(fresh.ada))).status == 404


async def test_who_waits_stands_first(deal: Dealing) -> None:
    wish = await deal.ask(deal.ada, "Hybrid")
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    said = await deal.ada.owner("POST", f"/offers/{offer['id']}/messages", {"content": HOSTILE})
    assert said.status == 201
    await deal.ask(deal.jonas, "Seven-seater")
    await deal.stands(answer=1, offered=1)
    page = (await deal.desk.get("/desk/customers")).body.decode()
    assert "<h1>You deal with two customers.</h1>" in page
    assert page.index("Jonas Meier") < page.index("Ada Brandt")
    shown = await deal.desk.get("/desk/customers", Accept="application/json")
    assert shown.json == (await deal.dealer.owner("GET", "/customers")).json


async def test_a_customer_with_what_was_said_and_agreed(deal: Dealing) -> None:
    page = (await deal.desk.get(at(deal.ada))).body.decode()
    assert "It is the turn of <bdi>Ada Brandt</bdi>." in page
    assert "&lt;img src=x" in page
    assert holes(page) == []
    fields = dict(_HIDDEN.findall(page)) | {"content": "It stands in the yard."}
    for _ in range(2):  # the same form sends it once
        assert (await deal.desk.send_form("/desk/customers/one", fields)).headers["Location"] == at(deal.ada)
    assert (await deal.desk.get(at(deal.ada))).body.decode().count("It stands in the yard.") == 1
    empty = await deal.desk.send_form("/desk/customers/one", fields | {"content": " ", "form_key": "other"})
    assert empty.status == 303
    (offer,) = (await deal.ada.owner("GET", "/offers")).json["items"]
    assert (await deal.ada.owner("POST", f"/offers/{offer['id']}/accept")).status == 200
    await deal.stands(sign=1)
    page = (await deal.desk.get(at(deal.ada))).body.decode()
    assert "Ada Brandt</bdi> waits for you." in page
    assert "None yet." in page
    (due,) = (await deal.pipeline(stage="sign"))["items"]
    assert (await deal.dealer.owner("POST", f"/agreements/{due['agreement']}/countersign")).status == 200
    page = (await deal.desk.get(at(deal.ada))).body.decode()
    assert "Agreed with <bdi>Ada Brandt</bdi>." in page
    assert '€18,990<span class="ct">.00</span>' in page
    shown = await deal.desk.get(at(deal.ada), Accept="application/json")
    iri = quote(deal.ada.iri, safe="")
    assert shown.json == (await deal.dealer.owner("GET", f"/customers/one?peer={iri}")).json


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    for path in ("/desk/customers", at(deal.ada), at(deal.jonas)):
        german = await deal.desk.get(path, **{"Accept-Language": "de"})
        assert familiar(german.body.decode()) == []
