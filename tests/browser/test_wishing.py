"""A wish, from the form to the first offers: on a phone, at a desk, without script, by keyboard alone."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.browser import shop
from tests.browser.conftest import Enter
from tests.browser.hands import Pointing, Typing
from tests.browser.pair import Pair
from tests.browser.people import Customer
from tests.browser.sign_in import sign_in
from tests.browser.visits import DESK, PHONE, Screen

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.mark.parametrize("javascript", [True, False])
@pytest.mark.parametrize("screen", [PHONE, DESK])
async def test_offers_come_for_a_wish(enter: Enter, pair: Pair, screen: Screen, javascript: bool) -> None:
    visit = await enter(pair.customer.origin, screen, java_script_enabled=javascript)
    await sign_in(visit, pair.customer)
    ada = Customer(visit, Pointing())
    id = await ada.wish(pair.shop)
    await shop.offer(pair.shop, "Touring bike", "2249.00", wish=id)
    await shop.offer(pair.shop, "Touring bike", "2190.00", weight="15", wish=id)
    await shop.seen(lambda: len(list(pair.customer.api.pages("/offers", intention=id))) == 2, "two offers")
    await visit.go(f"/wishes/{id}")
    await expect(visit.page.get_by_role("heading", name="2 offers so far")).to_be_visible()
    await expect(visit.page.locator("a.offer").filter(has_text="€2,249.00")).to_contain_text(
        "Fits in every point"
    )
    await expect(visit.page.locator("a.offer").filter(has_text="€2,190.00")).to_contain_text("Misses: weight")
    await visit.go("/")
    await expect(ada.headline).to_contain_text("need")


async def test_a_wish_is_made_by_the_keyboard_alone(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, DESK)
    await sign_in(visit, pair.customer)
    await Customer(visit, Typing(visit.page)).wish(pair.shop)


async def test_what_would_leave_is_shown_as_it_is_typed(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await sign_in(visit, pair.customer)
    ada = Customer(visit, Pointing())
    await visit.go("/wishes/new")
    await ada.page.get_by_label("Everybody who looks").check()
    await ada.write("In your words", "A <b>lamp</b>")
    await ada.write("Notes to yourself", "Rather a red one.")
    await expect(ada.page.locator(".door .goes").first).to_contain_text("A <b>lamp</b>")
    await expect(ada.page.locator(".door .stays")).to_contain_text("Rather a red one.")
    await expect(ada.page.locator("[data-signed]")).to_be_hidden()
    await ada.page.get_by_label("Of which kind it is, and roughly where").check()
    await ada.page.get_by_text("If they learn little at first").click()
    await ada.page.get_by_label("What kind of thing").select_option("Household and garden")
    await expect(ada.page.locator("[data-signed]")).to_contain_text("A <b>lamp</b>")
    await expect(ada.page.locator("[data-signed]")).to_contain_text("PDC-INTENT")
    await expect(ada.page.locator(".door .goes").first).not_to_contain_text("lamp")
    await expect(ada.page.get_by_role("region", name="What may come back")).to_contain_text("SD-BASE")
    opened = await _opened_beside(ada, "Change the most you allow")
    await visit.watcher.follow(opened)
    assert "whom=https" in opened.url
    await opened.close()
    await expect(ada.page.get_by_label("In your words")).to_have_value("A <b>lamp</b>")
    await ada.page.get_by_label("All of it").check()
    await expect(ada.page.locator("[data-signed]")).to_be_hidden()
    await ada.button("Show the wish to everybody")
    await expect(ada.headline).to_contain_text("A <b>lamp</b>")
    assert "#" not in visit.page.url


async def test_a_wish_changed_after_it_was_looked_at_comes_back_where_that_is_said(
    enter: Enter, pair: Pair
) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await sign_in(visit, pair.customer)
    ada = Customer(visit, Pointing())
    await visit.go("/wishes/new")
    await ada.write("In your words", "A lamp")
    address = f"{pair.shop.handle}@localhost:{pair.shop.port}"
    await ada.write("Others, by address", address)  # looked up when pressed alone, so nothing is foreseen
    await ada.button("See what would be sent")
    await ada.write("Notes to yourself", "Rather a red one.")
    await ada.button("Send the wish to 1")
    await expect(visit.page.get_by_text("You have changed something. Look again.")).to_be_in_viewport()


async def _opened_beside(ada: Customer, link: str) -> Page:
    """Press a link that opens another page, so that what was typed stays; return that page."""
    async with ada.page.expect_popup() as popup:
        await ada.link(link)
    return await popup.value


async def test_what_was_typed_stays_where_the_node_is_out_of_reach(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await sign_in(visit, pair.customer)
    ada = Customer(visit, Pointing())
    await visit.go("/wishes/new")
    await ada.write("In your words", "A lamp")
    await visit.page.context.set_offline(True)
    await ada.button("See what would be sent")
    away = visit.page.get_by_text("This device cannot reach your node", exact=True)
    await expect(away).to_be_in_viewport()
    await expect(visit.page.get_by_label("In your words")).to_have_value("A lamp")
    await visit.page.context.set_offline(False)
    await expect(away).to_be_hidden()


async def test_where_a_wish_is_changes_while_somebody_looks(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await sign_in(visit, pair.customer)
    api, told = pair.customer.api, {"audience": [pair.shop.actor], "currency": "EUR"}
    first = api.request("POST", "/intentions", {**told, "name": "Chair"})["id"]
    await shop.seen(lambda: api.get(f"/intentions/{first}/reach")["reached"] or None, "the first to arrive")
    pair.shop.terminate()
    await asyncio.to_thread(pair.shop.wait)
    try:
        wish = api.request("POST", "/intentions", {**told, "name": "Lamp"})
        await visit.go(f"/wishes/{wish['id']}")
        where = visit.page.get_by_role("region", name="Where it is")
        rows = await where.locator("li").count()
        await expect(where).to_contain_text("It could not be reached. Next try")
        await expect(where).to_contain_text("On its way")
    finally:
        pair.shop.start()
        await asyncio.to_thread(pair.shop.wait_until_ready)
    for one in api.pages("/deliveries", state="queued"):
        api.request("POST", f"/deliveries/{one['id']}/retry")
    await expect(where).to_contain_text("1 business has it")
    await expect(where.get_by_text("Bike Haus")).to_have_text("\u2068Bike Haus\u2069 has it")
    assert await where.locator("li").count() == rows  # nothing moved
    await expect(visit.page.locator("[data-say]")).to_contain_text("has it")
