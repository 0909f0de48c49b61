"""Every page of the table can be read by everybody: in each look, width, language and direction."""

from collections.abc import Iterator

import pytest
import pytest_asyncio
from playwright.async_api import Browser, StorageState

from tests.browser import axe
from tests.browser.conftest import Enter
from tests.browser.scene import CUSTOMER, Scene, set_up
from tests.browser.sign_in import remembered
from tests.browser.tour import patterns, stops_at
from tests.browser.visits import DESK, LOOKS, PHONE, RIGHT_TO_LEFT, overhanging

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with set_up(tmp_path_factory.mktemp("m")) as scene:
        yield scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known(browser: Browser, scene: Scene) -> dict[str, StorageState]:
    """What a browser remembers of each node that it has been signed in at."""
    return {
        who: await remembered(browser, node, passkey=who == CUSTOMER) for who, node in scene.nodes.items()
    }


async def test_there_is_something_to_see_on_every_page(
    scene: Scene,
    known: dict[str, StorageState],  # its making leaves a passkey
) -> None:
    assert [pattern for pattern in patterns() if not list(stops_at(scene, pattern))] == []


@pytest.mark.parametrize("pattern", patterns())
async def test_axe_finds_nothing_in_any_look(
    enter: Enter, scene: Scene, known: dict[str, StorageState], pattern: str
) -> None:
    for stop in stops_at(scene, pattern):
        visit = await enter(scene.nodes[stop.who].origin, PHONE, storage_state=known[stop.who])
        await visit.go(stop.address)
        assert await axe.violations(visit.page) == [], stop
        wide = await enter(scene.nodes[stop.who].origin, DESK, storage_state=known[stop.who])
        await wide.go(stop.address)
        assert await axe.violations(wide.page, {"light": LOOKS["light"]}) == [], stop


@pytest.mark.parametrize("pattern", patterns())
@pytest.mark.parametrize("language", ["en-GB", "de-DE", "en-XA"])
async def test_nothing_sticks_out_in_any_language_and_direction(
    enter: Enter, scene: Scene, known: dict[str, StorageState], language: str, pattern: str
) -> None:
    for stop in stops_at(scene, pattern):
        about = {"storage_state": known[stop.who], "locale": language}
        visit = await enter(scene.nodes[stop.who].origin, PHONE, **about)
        await visit.go(stop.address)
        assert await overhanging(visit.page) == [], stop
        await visit.page.evaluate(RIGHT_TO_LEFT)
        assert await overhanging(visit.page) == [], stop
