"""Accepting an offer on a page: what it says once more, the step-up, the time to undo it, two tabs."""

import re
from datetime import datetime, timedelta

import pytest

from tests.web.house import House, Peer
from tests.web.pages.market import GOOD, once, reoffer
from tests.web.pages.test_comparison import HOSTILE, page, plain, signed_in
from tests.web.pages.test_offers import CAR, field, offer

pytestmark = pytest.mark.asyncio(loop_scope="module")


def form(sheet: str) -> dict[str, str]:
    return {"digest": field(sheet, "digest"), "form_key": field(sheet, "form_key")}


async def state_of(market: House, id: str) -> str:
    return str((await market.owner("GET", f"/offers/{id}")).json["state"])


async def deliveries(market: House, state: str) -> list[str]:
    listed = await market.owner("GET", f"/deliveries?state={state}&limit=100")
    return [item["kind"] for item in listed.json["items"]]


async def test_the_sheet_says_it_once_more_and_binds_at_its_end(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    text = await page(await signed_in(market), f"/offers/{id}/accept")
    said = plain(text)
    for words in (
        "You would pay €14,020 .00 once",
        "Your profile, your limit, your notes, and what others offer.",
        "Then you have 20 seconds to undo it, before anything leaves.",
        "The other offers to this wish are declined then.",
    ):
        assert words in said, words
    asked = await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 600})
    signs = re.search(r'They sign until</dt><dd><time datetime="([^"]+)"', text)
    assert signs  # three days, and not the five that the offer stands
    holds = datetime.fromisoformat(asked.json["holds_until"])
    await market.owner("POST", f"/offers/{id}/undo")
    assert abs(datetime.fromisoformat(signs[1]) - holds) < timedelta(minutes=2)
    button = text.index("Accept and pay €14,020.00")
    assert button > text.index("Stays home")
    assert button > text.index("Fingerprint of the offer")


async def test_it_waits_and_is_undone_without_a_word(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    fields = form(await page(browser, f"/offers/{id}/accept"))
    for _ in range(2):  # pressed twice, it is done once
        sent = await browser.post(f"/offers/{id}/accept", **fields)
        assert (sent.status, sent.headers["Location"]) == (303, f"/offers/{id}/accepted")
    waiting = await page(browser, f"/offers/{id}/accepted")
    assert "Undo, send nothing" in waiting
    assert re.search(r'data-left="(1[0-9]|20)" data-next="/agreements/agr_', waiting)
    agreement = re.search(r'href="(/agreements/agr_[^"]+)"', waiting)
    assert agreement
    before = await page(browser, agreement[1])
    assert "You have signed. They have not yet." in before
    assert f'href="/offers/{id}/accepted"' in before
    undone = await browser.post(f"/offers/{id}/undo", form_key=field(waiting, "form_key"))
    assert (undone.status, undone.headers["Location"]) == (303, f"/offers/{id}")
    assert await state_of(market, id) == "offered"
    assert "accept" not in await deliveries(market, "queued")
    assert "accept" not in await deliveries(market, "delivered")
    assert "It was never agreed." in await page(browser, agreement[1])
    again = await browser.post(f"/offers/{id}/undo", form_key="another")
    assert again.status == 409
    assert "Nothing was undone." in again.body.decode()


async def test_without_a_time_to_undo_it_leaves_at_once(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    told = await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 0})
    assert told.json["state"] == "accepted"
    browser = await signed_in(market)
    sent = await browser.get(f"/offers/{id}/accepted")
    assert sent.headers["Location"] == f"/agreements/{told.json['agreement']}"


async def test_another_tab_finds_what_the_first_did(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    first, second = [form(await page(browser, f"/offers/{id}/accept")) for _ in range(2)]
    assert (await browser.post(f"/offers/{id}/accept", **first)).status == 303
    late = await browser.post(f"/offers/{id}/accept", **second)
    assert (late.status, late.headers["Location"]) == (303, f"/offers/{id}/accepted")
    moves = (await market.owner("GET", f"/offers/{id}/history")).json["moves"]
    assert [move["event"] for move in moves].count("accept") == 1


async def test_an_offer_that_changed_is_looked_at_again(market: House, shop: Peer) -> None:
    id = await offer(market, shop)
    browser = await signed_in(market)
    fields = form(await page(browser, f"/offers/{id}/accept"))
    await reoffer(market, shop, id, {"name": "Octavia", "price": [once("13950.00")], "properties": GOOD})
    changed = await browser.post(f"/offers/{id}/accept", **fields)
    assert changed.status == 409
    assert "The offer has changed. Look again." in changed.body.decode()
    assert await state_of(market, id) == "offered"


async def test_hostile_terms_are_text_on_the_sheet(market: House, shop: Peer) -> None:
    shop.changes = {"name": HOSTILE}
    terms = {
        "name": HOSTILE,
        "price": [once("5.00", HOSTILE), once("6.00", "")],
        "content": HOSTILE,
        "properties": [{"property": HOSTILE, "value": HOSTILE, "unit": HOSTILE}, *GOOD],
    }
    id = await offer(market, shop, terms)
    browser = await signed_in(market)
    sheet = await page(browser, f"/offers/{id}/accept")
    await browser.post(f"/offers/{id}/accept", **form(sheet))
    shown = (await market.owner("GET", f"/offers/{id}")).json
    for text in (
        sheet,
        await page(browser, f"/offers/{id}/accepted"),
        await page(browser, f"/agreements/{shown['agreement']}"),
        await page(browser, "/agreements"),
    ):
        assert "<script>alert" not in text
        assert "\u202e" not in text


async def test_programs_undo_too(market: House, shop: Peer) -> None:
    id = await offer(market, shop, CAR)
    await market.owner("POST", f"/offers/{id}/accept", {"undo_seconds": 600})
    undone = await market.owner("POST", f"/offers/{id}/undo")
    assert (undone.status, undone.json["state"]) == (200, "offered")
    refused = await market.owner("POST", f"/offers/{id}/undo")
    assert (refused.status, refused.json["code"]) == (409, "left-already")
