"""Today: what needs the owner, in words, and what it says of hostile names."""

import re
from datetime import timedelta
from typing import Any

import pytest

from node.core.attention import Need
from node.services.access import security
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
    (one,) = day["happened"]
    assert one["kind"] == "offer"
    assert f'<a href="/offers/{one["offer"]}">' in page
    german = (await browser.get("/", **{"Accept-Language": "de"})).body.decode()
    assert "Eine Sache wartet auf dich." in german
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
    assert (
        "Zwei Dinge warten auf dich." in (await browser.get("/", **{"Accept-Language": "de"})).body.decode()
    )


# --- the count on the tab ----------------------------------------------------------------------------


def count_of(page: str) -> int:
    """Return the count that the tab of a page shows; none if it is hidden."""
    shown = re.search(r'<span class="n" data-waiting="/"( hidden)?>.*?<span data-needs>(\d+)</span>', page)
    assert shown
    assert bool(shown[1]) is (shown[2] == "0")
    return int(shown[2])


async def test_the_tab_counts_what_needs_its_owner_on_every_page(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    for number in range(2):
        assert count_of((await browser.get("/wishes")).body.decode()) == number
        await house.cast(shop.iri, name=f"Wish {number}")
        assert (await shop.post(house, shop.offer(await told(shop, number), house.iri))).status == 202
    for path in ("/", "/wishes", "/more", "/businesses"):
        assert count_of((await browser.get(path)).body.decode()) == 2
    day = await browser.get("/", Accept="application/json")
    assert len(day.json["needs"]) == 2  # what the script counts


async def test_what_time_has_ended_is_counted_no_more(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    await house.cast(shop.iri, deadline=(house.clock() + timedelta(hours=1)).isoformat())
    assert (await shop.post(house, shop.offer(await told(shop), house.iri))).status == 202
    assert count_of((await browser.get("/wishes")).body.decode()) == 1
    house.clock.ahead = timedelta(days=8)
    browser = Browser(house)
    await browser.sign_in()
    await house.cast(
        shop.iri, deadline="2099-01-01T00:00:00Z"
    )  # the clock is looked at when something happens

    async def is_over() -> bool:
        return count_of((await browser.get("/wishes")).body.decode()) == 0

    await until(is_over)


async def test_recovery_words_that_were_put_off_are_asked_for(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    assert count_of((await browser.get("/wishes")).body.decode()) == 0
    runtime, handle = house.runtime, house.settings.handle
    row = await runtime.doors.new_password(handle, "correct horse battery staple")
    acting = runtime.residents.at(handle)
    await runtime.store.write(lambda session: security.set_password(session, acting, row, but=""))
    await browser.sign_in()
    page = (await browser.get("/")).body.decode()
    assert "Your way back in is not written down yet." in page
    assert 'href="/security/kit">Write it down</a>' in page
    assert count_of(page) == 1
    german = (await browser.get("/", **{"Accept-Language": "de"})).body.decode()
    assert "Dein Weg zurück ist noch nicht aufgeschrieben." in german
    kit = await runtime.doors.new_kit(handle, security.draw_words(acting))
    await runtime.store.write(lambda session: security.keep_kit(session, acting, kit))
    page = (await browser.get("/")).body.decode()
    assert (count_of(page), 'href="/security/kit/check">Check the words</a>' in page) == (1, True)
    await runtime.store.write(lambda session: security.check_kit(session, kit))
    assert count_of((await browser.get("/wishes")).body.decode()) == 0
