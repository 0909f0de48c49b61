"""Data terms where they are compared, read and signed: the whole of the text that the signature is for."""

import re
from typing import Any

import pytest

from node.web.pages.wording import data_terms
from node.web.pages.wording.languages import Reader, reading
from tests.protocol.data_terms import EMAIL, TEXT, asked, terms
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import duty, permission, policy
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


async def test_the_texts_that_are_signed_are_named(market: House, shop: Peer) -> None:
    _, (id,) = await offered(market, shop, CAR | {"terms": STATED})
    browser = await signed_in(market)
    for address in (f"/offers/{id}", f"/offers/{id}/accept"):
        said = plain(await page(browser, address))
        assert "This text is signed in: German, edition 1; English, edition 1." in said, address
    foreign = {"type": "PlainText", "inLanguage": "de", "edition": "99", "digestMultibase": "z1"}
    shown = {"terms": terms(plainText=[TEXT, foreign]), "currency": "EUR"}
    with reading(Reader()):
        said = plain(data_terms.whole_text(shown))
    assert "English, edition 1; German, in an edition that this node cannot read." in said


async def test_a_counter_shows_what_it_keeps_about_data(market: House, shop: Peer) -> None:
    _, (id,) = await offered(market, shop, CAR | {"terms": STATED})
    browser = await signed_in(market)
    form = await browser.get(f"/offers/{id}/counter")
    digest = re.search(r'name="digest" value="(\w+)"', form.body.decode())
    assert digest is not None
    fields = {"digest": digest[1], "amount-0": "12900", "met": "accept", "look": "1"}
    looked = await browser.post(f"/offers/{id}/counter", **fields)
    (shown,) = re.findall(r'<div class="lines">(.*?)</div>', looked.body.decode(), re.DOTALL)
    assert "What the business may do with your data" in shown


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
    said = plain(await page(browser, f"/offers/{id}/thread"))
    assert "Data: not any more Delete: once it may no longer keep data, it deletes the data within 30" in said
    assert "Data: new Delete: once it may no longer keep data, it deletes the data within 20 days" in said


async def test_what_is_odd_is_said_where_it_is_decided(market: House, shop: Peer) -> None:
    track = permission([f"{DPV}Tracking"], [EMAIL], ["PaymentManagement"])
    tracking = policy(track, duties=[duty("delete", "P30D"), duty("inform", "P365D")])
    wish, (id, _) = await offered(market, shop, CAR | {"terms": {"policy": tracking}}, CAR)
    browser = await signed_in(market)
    said = "Follows what you do. Uses terms of its own. More than you allow."
    for address in (f"/offers/{id}", f"/offers/{id}/accept"):
        text = await page(browser, address)
        assert f"Look at these terms twice {said} Read them" in plain(text), address
        assert 'href="#t"' in text
        assert 'id="t"' in text
    assert "Looks odd" in plain(await page(browser, f"/wishes/{wish}/compare"))
    offer = (await market.owner("GET", f"/offers/{id}")).json
    assert [flag["code"] for flag in offer["flags"] if flag["severity"] != "note"] == [
        "tracking",
        "no-roster",
        "beyond-maximum",
    ]
