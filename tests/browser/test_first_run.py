"""The first run: a node that is nobody's becomes somebody's, in three pages on a phone."""

from collections.abc import Iterator

import pytest
from playwright.async_api import expect

from node.sandbox.nodes import Node
from tests.browser.authenticator import plug_in
from tests.browser.conftest import Enter
from tests.browser.sign_in import claim
from tests.browser.visits import PHONE

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    node = Node(tmp_path_factory.mktemp("f") / "n", "owner", "Owner", "person", host="localhost")
    node.start()
    try:
        node.wait_until_ready()
        yield node
    finally:
        node.terminate()
        node.wait()


async def test_it_is_claimed_named_and_has_a_way_back(enter: Enter, node: Node) -> None:
    stranger = await enter(node.origin, PHONE)
    await stranger.go("/wishes")
    assert stranger.page.url == f"{node.origin}/claim"

    visit = await enter(node.origin, PHONE)
    authenticator = await plug_in(visit.page)
    await claim(visit, node)
    await visit.page.get_by_label("Name", exact=True).fill("Ada")
    await visit.page.get_by_role("button", name="Make it mine").click()
    await visit.page.wait_for_url("**/security/kit?*")
    (passkey,) = await authenticator.passkeys()
    assert (passkey["userName"], passkey["userDisplayName"]) == ("Ada", "Ada")
    await visit.page.get_by_role("button", name="Show me the words").click()
    await expect(visit.page.locator("ol.pair li")).to_have_count(12)
    words = await visit.page.locator("ol.pair b").all_inner_texts()
    await visit.page.get_by_role("link", name="They are printed or written down").click()
    fields = visit.page.locator("input[name^=word-]")
    await expect(fields).to_have_count(3)
    for field in await fields.all():
        place = int((await field.get_attribute("name") or "").removeprefix("word-"))
        await field.fill(words[place - 1].upper())
    await visit.page.get_by_role("button", name="Check").click()
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("Nothing needs you.")

    await stranger.go("/wishes")
    assert "/sign-in" in stranger.page.url
