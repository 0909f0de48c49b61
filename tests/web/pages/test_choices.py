"""Two offers to choose from, where they are compared and where one of them is looked at."""

import pytest

from tests.web.house import House, Peer
from tests.web.pages.market import FAIR, move, offered, once
from tests.web.pages.test_comparison import page, plain, signed_in
from tests.web.pages.test_data_terms import CAR, STATED

pytestmark = pytest.mark.asyncio(loop_scope="module")
DEARER = CAR | {"price": [once("14300.00")], "properties": FAIR}


async def choice(market: House, shop: Peer, *terms: object) -> tuple[str, str, str]:
    """Have a shop offer a car, and the same dearer with what `terms` say; return the wish and both offers."""
    first, second = terms
    wish, (one,) = await offered(market, shop, CAR | {"terms": first})
    named = (await market.owner("GET", f"/offers/{one}/history")).json["moves"][0]["activity"]
    intention = (await market.owner("GET", f"/intentions/{wish}")).json["iri"]
    document = (await shop.fetch(market, intention)).json
    answer = await shop.post(
        market, move(shop, document, market, DEARER | {"terms": second}, alternative_to=named)
    )
    assert answer.status == 202, answer.body
    listed = (await market.owner("GET", f"/offers?intention={wish}")).json["items"]
    (other,) = [item["id"] for item in listed if item["id"] != one]
    return wish, one, other


async def test_both_prices_are_said_where_offers_are_compared(market: House, shop: Peer) -> None:
    wish, one, other = await choice(market, shop, STATED, None)
    browser = await signed_in(market)
    said = await page(browser, f"/wishes/{wish}/compare")
    assert "lets you choose With your data €13,900 .00 , without €14,300 .00 ." in plain(said)
    assert f'<a href="/offers/{one}">' in said
    assert f'<a href="/offers/{other}">' in said
    here = plain(await page(browser, f"/offers/{one}"))
    assert "This one is with your data. Without, it costs €14,300 .00" in here
    there = plain(await page(browser, f"/offers/{other}"))
    assert "This one is without your data. With it, it costs €13,900 .00" in there
    await market.owner("POST", f"/offers/{one}/reject", {})
    assert "lets you choose" not in plain(await page(browser, f"/offers/{other}"))


async def test_of_two_that_say_the_same_it_is_said_without_data(market: House, shop: Peer) -> None:
    wish, one, _ = await choice(market, shop, None, None)
    browser = await signed_in(market)
    assert "€13,900 .00 or €14,300 .00 ." in plain(await page(browser, f"/wishes/{wish}/compare"))
    assert "or another for €14,300 .00" in plain(await page(browser, f"/offers/{one}"))
