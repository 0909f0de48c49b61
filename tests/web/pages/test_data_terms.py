"""Data terms where they are compared, read and signed: the whole of the text that the signature is for."""

import re
from typing import Any

import pytest

from tests.protocol.data_terms import asked
from tests.web.house import House, Peer
from tests.web.pages.market import FAIR, offered, once, reoffer
from tests.web.pages.test_comparison import page, plain, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")

CAR: dict[str, Any] = {"name": "Octavia", "price": [once("13900.00")], "properties": FAIR}
STATED: dict[str, Any] = {"policy": asked(), "roster": "SD-BASE"}


async def test_all_that_is_signed_about_data_is_shown(market: House, shop: Peer) -> None:
    _, (id,) = await offered(market, shop, CAR | {"terms": STATED})
    browser = await signed_in(market)
    for address in (f"/offers/{id}", f"/offers/{id}/accept"):
        text = await page(browser, address)
        (shown,) = re.findall(r'<div class="lines">(.*?)</div>', text, re.DOTALL)
        for words in (market.iri, shop.iri, "SD-BASE", "What the business may do with your data"):
            assert words in shown, (address, words)


async def test_offers_are_told_apart_by_their_terms(market: House, shop: Peer) -> None:
    wish, _ = await offered(
        market,
        shop,
        CAR | {"terms": STATED},
        CAR | {"name": "Superb", "terms": {"policy": asked()}},
        CAR | {"name": "Fabia"},
    )
    said = plain(await page(await signed_in(market), f"/wishes/{wish}/compare"))
    for words in ("SD-BASE", "own terms", "says nothing"):
        assert words in said, words


async def test_a_change_of_terms_is_told(market: House, shop: Peer) -> None:
    _, (id,) = await offered(market, shop, CAR)
    browser = await signed_in(market)
    await reoffer(market, shop, id, CAR | {"terms": STATED})
    assert "Data says nothing SD-BASE" in plain(await page(browser, f"/offers/{id}/thread"))
    await reoffer(market, shop, id, CAR | {"terms": STATED | {"policy": asked(days=20)}})
    assert "SD-BASE, written anew" in plain(await page(browser, f"/offers/{id}/thread"))
