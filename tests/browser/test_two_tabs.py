"""What only a browser can show: two tabs that accept at once, and the way back after signing out."""

import asyncio

import pytest
from playwright.async_api import Page, expect

from tests.browser import shop
from tests.browser.conftest import Enter
from tests.browser.hands import Pointing
from tests.browser.pair import Pair
from tests.browser.people import Customer
from tests.browser.sign_in import sign_in
from tests.browser.visits import DESK, PHONE

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


async def test_two_tabs_that_accept_at_once_are_one_acceptance(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, DESK)
    await sign_in(visit, pair.customer)
    ada = Customer(visit, Pointing())
    await ada.wish(pair.shop, "Tandem")
    await shop.offer(pair.shop, "Tandem", "1990.00", weight="18")
    await ada.take_the_news("1 ")
    (offer,) = [one for one in pair.customer.api.pages("/offers") if one["total"] == "1990.00"]
    address = f"{visit.origin}/offers/{offer['id']}/accept"

    tabs = [visit.page, await visit.another()]
    visit.watcher.excuse(address)
    await asyncio.gather(*(tab.goto(address) for tab in tabs))
    buttons = [tab.get_by_role("button", name="Accept and pay") for tab in tabs]
    await asyncio.gather(*(button.dispatch_event("click") for button in buttons))
    for tab in tabs:
        await expect(tab.get_by_role("button", name="Accept and pay")).to_have_count(0)
    said = [await words(tab) for tab in tabs]
    assert sorted("Already accepted at" in text for text in said) == [False, True], said
    agreed = list(pair.customer.api.pages("/agreements"))
    assert len(agreed) == 1, said
    sent = [
        one
        for one in pair.customer.api.get(f"/offers/{offer['id']}/history")["moves"]
        if one["event"] == "accept"
    ]
    assert len(sent) == 1


async def test_the_way_back_after_signing_out_shows_nothing(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await sign_in(visit, pair.customer)
    await visit.go("/wishes")
    await visit.go("/more")
    await visit.page.get_by_role("button", name="Sign out").click()
    await visit.page.wait_for_url(lambda url: "/more" not in url)
    for _ in range(2):
        await visit.page.go_back()
        await visit.page.wait_for_url(lambda url: "/sign-in" in url)
        assert "Wishes" not in await words(visit.page)
    other = await visit.another()
    await other.goto(f"{visit.origin}/wishes")
    assert "/sign-in" in other.url


async def words(page: Page) -> str:
    return await page.locator("body").inner_text()
