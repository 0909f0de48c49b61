"""A press that was meant for another site does nothing here until the page was in front for a while."""

import pytest
from playwright.async_api import Browser, expect

from tests.browser.conftest import Enter
from tests.browser.pair import Pair
from tests.browser.sign_in import sign_in
from tests.browser.visits import DESK

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# The page's own clock, which a test sets: no machine is slow by it.
_CLOCK = "performance.now = () => self.moment ?? 0"
LOCK = "/security/lock"


async def test_what_is_pressed_too_early_does_nothing_and_says_so(
    browser: Browser, enter: Enter, pair: Pair
) -> None:
    visit = await enter(pair.customer.origin, DESK)
    await sign_in(visit, pair.customer)
    await visit.go("/security")  # which does not listen, and stays as it is when the node is locked
    context = await browser.new_context(storage_state=await visit.context.storage_state())
    page = await context.new_page()
    await page.add_init_script(_CLOCK)
    await page.goto(
        f"http://127.0.0.1:{pair.shop.port}/livez"
    )  # another site: the same machine by its figures
    await page.evaluate("(address) => { location = address; }", visit.origin + LOCK)
    await page.wait_for_url(visit.origin + LOCK)
    said = page.get_by_text("Another site has led you here", exact=True)
    await expect(said).to_be_hidden()
    button = page.get_by_role("button", name="Lock the node now")
    for _ in range(3):  # a finger that goes on pressing is not waited for
        await button.click()
        await page.evaluate("() => { self.moment = (self.moment ?? 0) + 900; }")
    await expect(said).to_be_visible()
    assert page.url == visit.origin + LOCK
    await page.evaluate("() => { self.moment += 1000; }")
    await button.click()
    await page.wait_for_url(lambda url: "/sign-in" in url)
    await context.close()


async def test_who_came_by_a_page_of_ours_waits_for_nothing(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.shop.origin, DESK)
    await sign_in(visit, pair.shop)
    await visit.page.add_init_script(_CLOCK)
    await visit.page.evaluate("(address) => { location = address; }", visit.origin + LOCK)
    await visit.page.wait_for_url(visit.origin + LOCK)
    await visit.page.get_by_role("button", name="Lock the node now").click()
    await visit.page.wait_for_url(lambda url: "/sign-in" in url)
