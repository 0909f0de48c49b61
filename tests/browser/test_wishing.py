"""A wish, from the form to the first offers: on a phone, at a desk, without script, by keyboard alone."""

import pytest
from playwright.async_api import expect

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
    await shop.offer(pair.shop, "Touring bike", "2249.00")
    await shop.offer(pair.shop, "Touring bike", "2190.00", weight="15")
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
