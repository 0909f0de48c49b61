"""Customers on the desk: the urgent first, what was agreed and said, and their own words stay text."""

import re
from urllib.parse import quote

import pytest

from tests.web.browsing import Browser
from tests.web.house import Answer, House
from tests.web.pages.desk.dealing import HOSTILE, Dealing, familiar, holes

pytestmark = pytest.mark.asyncio(loop_scope="module")

_HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)">')
_ABOUT = re.compile(r'<option value="(of_[^"]+)">([^<]+)</option>')


async def at(deal: Dealing, customer: House) -> str:
    """Return the address of a customer's page."""
    listed = (await deal.dealer.owner("GET", "/customers")).json["items"]
    (id,) = (one["id"] for one in listed if one["peer"]["iri"] == customer.iri)
    return f"/desk/customers/{id}"


async def test_nobody_yet(fresh: Dealing) -> None:
    page = (await fresh.desk.get("/desk/customers")).body.decode()
    assert "<h1>You deal with nobody at the moment.</h1>" in page
    assert '<div class="empty">' in page
    assert (await fresh.desk.get("/desk/customers/peer_nobody")).status == 404


async def test_who_waits_stands_first(deal: Dealing) -> None:
    wish = await deal.ask(deal.ada, "Hybrid")
    offer = await deal.wait_for(deal.ada, wish["id"], "offered")
    said = await deal.ada.owner("POST", f"/offers/{offer['id']}/messages", {"content": HOSTILE})
    assert said.status == 201
    await deal.ask(deal.jonas, "Seven-seater")
    await deal.stands(answer=1, offered=1)
    await deal.rests()
    page = (await deal.desk.get("/desk/customers")).body.decode()
    assert "<h1>You deal with two customers.</h1>" in page
    assert page.index("Jonas Meier") < page.index("Ada Brandt")
    shown = await deal.desk.get("/desk/customers", Accept="application/json")
    assert shown.json == (await deal.dealer.owner("GET", "/customers")).json


async def test_a_customer_with_what_was_said_and_agreed(deal: Dealing) -> None:
    ada = await at(deal, deal.ada)
    page = (await deal.desk.get(ada)).body.decode()
    assert "It is the turn of <bdi>Ada Brandt</bdi>." in page
    assert "&lt;img src=x" in page
    assert holes(page) == []
    item = (await deal.pipeline(stage="offered"))["items"][0]
    assert item["written_at"]
    wish = f"/desk/wishes/{item['intention']}?offer={item['offer']}"
    led = f'href="{ada}#ta">They have written to you</a>'
    for path in ("/desk", wish):
        assert led in (await deal.desk.get(path)).body.decode(), path
    assert "About <bdi>Toyota Yaris, 2022</bdi>" in page
    ((about, thing),) = _ABOUT.findall(page)
    assert (about, thing) == (item["offer"], "Toyota Yaris, 2022")
    fields = dict(_HIDDEN.findall(page)) | {"offer": about, "content": "It stands in the yard."}
    for _ in range(2):  # the same form sends it once
        assert (await deal.desk.send_form(ada, fields)).headers["Location"] == ada
    assert (await deal.desk.get(ada)).body.decode().count("It stands in the yard.") == 1
    for path in ("/desk", wish):
        assert led not in (await deal.desk.get(path)).body.decode(), path
    empty = await deal.desk.send_form(ada, fields | {"content": " ", "form_key": "other"})
    assert empty.status == 303
    (offer,) = (await deal.ada.owner("GET", "/offers")).json["items"]
    assert (await deal.ada.owner("POST", f"/offers/{offer['id']}/accept")).status == 200
    await deal.stands(sign=1)
    page = (await deal.desk.get(ada)).body.decode()
    assert "Ada Brandt</bdi> waits for your answer." in page
    assert "None yet." in page
    assert "nothing accepted so far" in page  # it is not decided yet
    (due,) = (await deal.pipeline(stage="sign"))["items"]
    assert (await deal.dealer.owner("POST", f"/agreements/{due['agreement']}/countersign")).status == 200
    await deal.rests()  # the receipt of it has come
    page = (await deal.desk.get(ada)).body.decode()
    assert "Agreed with <bdi>Ada Brandt</bdi>." in page
    assert '€18,990<span class="ct">.00</span>' in page
    seen = page.partition("How they see you</h2>")[2]
    assert re.search(r"half of them within \d+ minutes?", seen)  # of a machine that may be slow
    assert re.search(r"Kept of what was accepted</dt><dd>1 of 1</dd>", seen)
    theirs = (await signed_in(deal.ada, f"/businesses/one?iri={quote(deal.dealer.iri)}")).body.decode()
    assert "How they have dealt with you</h2>" in theirs
    assert re.search(r"Offers taken back</dt><dd>0 of 1</dd>", theirs)
    shown = await deal.desk.get(ada, Accept="application/json")
    assert shown.json == (await deal.dealer.owner("GET", ada.removeprefix("/desk"))).json
    (agreement,) = shown.json["agreements"]
    assert f'href="/agreements/{agreement["id"]}/evidence" download' in page
    assert "has written about what is agreed" not in (await deal.desk.get("/desk")).body.decode()
    said = await deal.ada.owner("POST", f"/offers/{offer['id']}/messages", {"content": "It squeaks."})
    assert said.status == 201
    await deal.rests()
    first = (await deal.desk.get("/desk")).body.decode()
    assert "<bdi>Ada Brandt</bdi> has written about what is agreed." in first
    assert f'<a href="{ada}#ta">Read it, and answer</a>' in first
    sold = (await deal.desk.get(f"/agreements/{agreement['id']}")).body.decode()
    assert f'href="{ada}#ta"' in sold


async def signed_in(house: House, path: str) -> Answer:
    """Look at a page of a customer's own node."""
    browser = Browser(house)
    await browser.sign_in()
    return await browser.get(path)


async def test_what_is_public_of_the_business_is_shown_with_its_customers(deal: Dealing) -> None:
    waiting = (await deal.pipeline())["stages"]["answer"]
    await deal.ask(deal.jonas, "Seven-seater")
    await deal.stands(answer=waiting + 1)
    said = {"name": HOSTILE, "telephone": "0761 1234"}
    assert (await deal.dealer.owner("PUT", "/profile", said)).status == 200
    assert (
        await deal.dealer.owner("PUT", "/profile/public", {"members": ["telephone", "name"]})
    ).status == 200
    page = (await deal.desk.get(await at(deal, deal.jonas))).body.decode()
    assert "0761 1234" in page.partition("How they see you</h2>")[2]
    assert holes(page) == []


async def test_german_is_spoken_to_sie(deal: Dealing) -> None:
    for path in ("/desk/customers", await at(deal, deal.ada), await at(deal, deal.jonas)):
        german = await deal.desk.get(path, **{"Accept-Language": "de"})
        assert familiar(german.body.decode()) == []
