"""Today: what needs the owner, in words, and what it says of hostile names."""

from datetime import timedelta
from typing import Any

import pytest

from node.core.attention import Need
from tests.web.browsing import Browser
from tests.web.house import House, Peer, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

HOSTILE = '<img src=x onerror="alert(1)">\u202etxt'


async def told(shop: Peer, number: int = 0) -> Any:
    await until(lambda: len([one for one in shop.inbox if one["type"] == "Create"]) > number)
    return [one for one in shop.inbox if one["type"] == "Create"][number]["object"]


async def test_an_offer_needs_its_owner(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    await house.cast(shop.iri, name="A <b>bike</b>")
    quiet = (await browser.get("/")).body.decode()
    assert "Nothing needs you." in quiet
    assert "Under way" in quiet
    shop.changes = {"name": HOSTILE}
    assert (await shop.post(house, shop.offer(await told(shop), house.iri, amount="2249.5"))).status == 202
    page = (await browser.get("/")).body.decode()
    assert "<h1>One thing needs you.</h1>" in page
    assert "An offer for your wish: A &lt;b&gt;bike&lt;/b&gt;." in page
    assert '<span class="money">€2,249<span class="ct">.50</span></span>' in page
    assert "made an offer" in page
    assert "<img" not in page
    assert "\u202e" not in page
    day = (await house.owner("GET", "/today")).json
    assert [(need["need"], need["total"], need["fits"]) for need in day["needs"]] == [
        (Need.CHOOSE.value, "2249.50", True)
    ]
    assert [one["kind"] for one in day["happened"]] == ["offer"]
    german = (await browser.get("/", **{"Accept-Language": "de"})).body.decode()
    assert "Eine Sache braucht dich." in german
    assert '2.249<span class="ct">,50</span>\N{NO-BREAK SPACE}€' in german


async def test_what_somebody_looks_for_is_told(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    assert (
        await shop.post(house, shop.activity("Create", shop.proposal(house.iri), house.iri))
    ).status == 202
    day = (await house.owner("GET", "/today")).json
    assert (day["needs"], [one["kind"] for one in day["happened"]]) == ([], ["intention.received"])
    assert "<bdi>Shop</bdi> is looking for something" in (await browser.get("/")).body.decode()


async def test_yesterday_is_over(house: House, shop: Peer) -> None:
    await house.cast(shop.iri)
    await shop.post(house, shop.offer(await told(shop), house.iri))
    house.clock.ahead = timedelta(days=1, minutes=1)
    day = (await house.owner("GET", "/today")).json
    assert day["happened"] == []
    assert len(day["needs"]) == 1


async def test_more_than_one_thing_is_counted_in_words(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    for number in range(2):
        await house.cast(shop.iri, name=f"Wish {number}")
        assert (await shop.post(house, shop.offer(await told(shop, number), house.iri))).status == 202
    page = (await browser.get("/")).body.decode()
    assert "<h1>Two things need you.</h1>" in page
    assert page.count('class="card first"') == 1
    assert "Zwei Dinge brauchen dich." in (await browser.get("/", **{"Accept-Language": "de"})).body.decode()
