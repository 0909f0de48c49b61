"""What a peer writes is shown as text on every page, and does nothing there."""

from collections.abc import Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState

from tests.browser.conftest import Enter
from tests.browser.hostile import set_up_hostile
from tests.browser.scene import Scene
from tests.browser.sign_in import remembered
from tests.browser.tour import patterns, stops_at
from tests.browser.visits import overhanging

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

# What only markup of somebody else would bring: handlers, frames, addresses that lead elsewhere; and in names
# the invisible signs that turn text round.
_INTRUDERS = """() => {
    const away = (address) => new URL(address, location).origin !== location.origin;
    const found = [...document.querySelectorAll('*')].filter((element) =>
        [...element.attributes].some(({name}) => /^(on.*|srcdoc|style)$/.test(name) &&
            !(name === 'style' && element.matches('.ring .v'))) ||  // whose time our script sets
        ['IFRAME', 'OBJECT', 'EMBED', 'BASE', 'MATH'].includes(element.tagName) ||
        (element.tagName === 'META' && element.httpEquiv) ||
        ['href', 'src', 'action', 'formaction'].some(
            (name) => element.hasAttribute(name) && away(element.getAttribute(name)))
    ).map((element) => element.outerHTML.slice(0, 200));
    const names = [...document.querySelectorAll('bdi')].map((name) => name.textContent);
    return [...found, ...names.filter((name) => /[\\u202a-\\u202e\\u2066-\\u2069\\u200b\\ufeff]/.test(name))];
}"""


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with set_up_hostile(tmp_path_factory.mktemp("h")) as scene:
        yield scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(browser: Browser, scene: Scene) -> dict[str, StorageState]:
    return {who: await remembered(browser, scene, who) for who in scene.nodes}


@pytest.mark.parametrize("pattern", patterns())
async def test_nothing_of_it_runs_leads_away_or_breaks_the_page(
    enter: Enter, scene: Scene, known: dict[str, StorageState], pattern: str
) -> None:
    for stop in stops_at(scene, pattern):
        visit = await enter(scene.nodes[stop.who].origin, storage_state=known[stop.who])
        await visit.go(stop.address)
        assert await visit.page.evaluate(_INTRUDERS) == [], stop
        assert await overhanging(visit.page, [320, 1280]) == [], stop


async def test_it_is_shown_as_it_was_written(
    enter: Enter, scene: Scene, known: dict[str, StorageState]
) -> None:
    visit = await enter(scene.customer.origin, storage_state=known["customer"])
    await visit.go(f"/wishes/{scene.wishes['open']}")
    shown = await visit.page.locator("main").inner_text()
    assert "<script>alert(1)</script>" in shown
    assert "49" not in await visit.page.get_by_role("heading", level=1).inner_text()
