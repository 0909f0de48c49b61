"""What a stranger's browser is shown by a node: who lives here, and that there is nothing at an address."""

import pytest

from tests.browser import axe
from tests.browser.conftest import Enter
from tests.browser.pair import Pair
from tests.browser.visits import DESK, PHONE, Screen, overhanging

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ADDRESSES = {"/": 200, "/nothing-here": 404, "/styleguide": 200, "/sign-in": 200}


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("screen", [PHONE, DESK])
async def test_it_can_be_read_by_everybody(enter: Enter, pair: Pair, screen: Screen, address: str) -> None:
    visit = await enter(pair.customer.origin, screen)
    await visit.go(address, status=ADDRESSES[address])
    assert await axe.violations(visit.page) == []
    assert await overhanging(visit.page) == []


@pytest.mark.parametrize("javascript", [True, False])
async def test_each_node_says_whose_it_is(enter: Enter, pair: Pair, javascript: bool) -> None:
    for node in (pair.customer, pair.shop):
        visit = await enter(node.origin, java_script_enabled=javascript)
        await visit.go("/")
        assert await visit.page.get_by_role("heading").inner_text() == node.name


@pytest.mark.parametrize(
    ("language", "headline"), [("en-GB", "There is nothing here."), ("de-AT", "Hier ist nichts.")]
)
async def test_what_goes_wrong_is_said_in_the_readers_language(
    enter: Enter, pair: Pair, language: str, headline: str
) -> None:
    visit = await enter(pair.customer.origin, locale=language)
    await visit.go("/nothing-here", status=404)
    assert await visit.page.get_by_role("heading").inner_text() == headline
    assert await visit.page.locator("html").get_attribute("lang") == language[:2]
