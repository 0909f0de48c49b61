"""Every page of the table can be read by everybody: in each look, width, language and direction."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, aclosing

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser import axe, tutorial
from tests.browser.conftest import Enter
from tests.browser.scene import Scene, set_up
from tests.browser.sign_in import remembered
from tests.browser.tour import Stop, patterns, stops_at
from tests.browser.visits import (
    DESK,
    LARGE_LETTERS,
    LOOKS,
    PHONE,
    RIGHT_TO_LEFT,
    Visit,
    overhanging,
    too_small,
    visiting,
)

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

ENGLISH, OTHERS = "en-GB", ("de-DE", "en-XA")  # the last is no language: it is longer than any
LIGHT = {"light": LOOKS["light"]}
ENDS = (320, 1280)  # the narrowest and the widest page; between them nothing else happens
SMALL = ENDS[:1]  # where large letters have the least room

See = Callable[[Stop, str], Awaitable[Visit]]


@pytest.fixture(scope="module")
def scene(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Scene]:
    with set_up(tmp_path_factory.mktemp("m")) as scene:
        yield scene


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def see(browser: Browser, scene: Scene) -> AsyncIterator[See]:
    """Open a stop of the tour in a language, in the browser that is signed in there and speaks it."""
    visits: dict[tuple[str, str], Visit] = {}
    known = {who: await remembered(browser, scene, who) for who in scene.nodes}

    async def open_(stop: Stop, language: str) -> Visit:
        if (stop.who, language) not in visits:
            origin, about = scene.nodes[stop.who].origin, {"locale": language}
            visits[stop.who, language] = await stack.enter_async_context(
                visiting(browser, origin, PHONE, storage_state=known[stop.who], **about)
            )
        visit = visits[stop.who, language]
        await visit.page.set_viewport_size({"width": PHONE.width, "height": PHONE.height})
        await visit.go(stop.address)
        return visit

    async with AsyncExitStack() as stack:
        yield open_


@pytest.mark.parametrize("pattern", patterns())
async def test_it_can_be_read_by_everybody(scene: Scene, see: See, pattern: str) -> None:
    stops = list(stops_at(scene, pattern))
    assert stops
    found: list[str] = []
    for stop in stops:
        visit = await see(stop, ENGLISH)
        found += [f"{stop.name}, {wrong}" for wrong in await axe.violations(visit.page)]
        found += [f"{stop.name}, too small: {what}" for what in await too_small(visit.page)]
        await visit.page.set_viewport_size({"width": DESK.width, "height": DESK.height})
        found += [f"{stop.name}, wide, {wrong}" for wrong in await axe.violations(visit.page, LIGHT)]
        found += [f"{stop.name}, {wide}" for wide in await overhanging(visit.page)]
        await visit.page.evaluate(RIGHT_TO_LEFT)
        found += [f"{stop.name}, right to left, {wide}" for wide in await overhanging(visit.page, ENDS)]
        await visit.watcher.check()
        for language in OTHERS:
            visit = await see(stop, language)
            found += [f"{stop.name}, {language}, {wide}" for wide in await overhanging(visit.page, ENDS)]
            await visit.page.evaluate(LARGE_LETTERS)
            large = await overhanging(visit.page, SMALL)
            found += [f"{stop.name}, {language}, large letters, {wide}" for wide in large]
            await visit.watcher.check()
    assert found == []


async def test_what_two_offers_have_in_common_is_said_once(scene: Scene, see: See) -> None:
    (stop,) = stops_at(scene, "/wishes/{id}/compare")
    page = (await see(stop, ENGLISH)).page
    told, row = page.locator(".even-told"), page.locator("tr.even").last
    await expect(told).to_be_visible()
    await expect(row).to_be_hidden()
    await page.locator("label:has(#r3)").click()  # another pair, which the page was not made for
    await expect(told).to_be_hidden()
    await expect(row).to_be_visible()
    await page.locator("label:has(#r2)").click()
    await expect(row).to_be_hidden()
    await page.set_viewport_size({"width": DESK.width, "height": DESK.height})  # all of them side by side
    await expect(told).to_be_hidden()
    await expect(row).to_be_visible()


async def test_the_tutorial_can_be_followed(enter: Enter, scene: Scene) -> None:
    for offer in scene.offers("accepted"):  # what goes to the same business waits behind it
        scene.customer.api.request("POST", f"/offers/{offer['id']}/undo")
    visit, shown = await enter(scene.customer.origin, PHONE), dict[str, list[str]]()
    async with aclosing(tutorial.steps(visit, scene.customer)) as steps:
        async for name in steps:
            shown.setdefault(name, []).extend(await tutorial.controls(visit.page))
            if name == tutorial.LAST_BEFORE_IT_LEAVES:  # what follows is a page that is there already
                break
    await visit.go(f"/agreements/{scene.agreements['concluded']}")
    shown["agreement"] = await tutorial.controls(visit.page)
    told = tutorial.told()
    assert list(told) == list(shown)
    missing = {
        (step, name)
        for step, names in told.items()
        for name in names
        if not any(control.startswith(name) for control in shown[step])
    }
    assert missing == set()
