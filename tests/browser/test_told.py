"""Being told on a device: asked for by a tap, shown as text alone; a tap opens a page, and does nothing."""

import json
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from node.web.pages.telling.devices import HERE
from tests.browser.chromium import PATIENCE_SECONDS
from tests.browser.conftest import Enter
from tests.browser.hostile import PAYLOADS
from tests.browser.pair import Pair
from tests.browser.pushing import Wire, answer_subscribing, wire
from tests.browser.sign_in import sign_in
from tests.browser.visits import DESK, PHONE, Visit
from tests.delivery.notices.services import PushService, push_service
from tests.web.house import until

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]

MESSAGE = {
    "v": 1,
    "kind": "offer",
    "title": "A new offer",
    "body": "",
    "label": "Look",
    "path": "/offers/neg_1",
}


@pytest_asyncio.fixture(loop_scope="module")
async def service() -> AsyncIterator[PushService]:
    async with push_service() as opened:
        yield opened


async def told(enter: Enter, pair: Pair) -> tuple[Visit, Wire]:
    """Return somebody who is signed in and lets the node show notifications, and the way to their worker."""
    visit = await enter(pair.customer.origin, PHONE, permissions=["notifications"])
    await sign_in(visit, pair.customer)
    return visit, await wire(visit)


async def press(visit: Visit) -> None:
    await visit.page.get_by_role("button", name="Notify me on this device").click()


async def test_a_device_asks_is_told_and_shows_it(enter: Enter, pair: Pair, service: PushService) -> None:
    visit = await enter(pair.customer.origin, PHONE, permissions=["notifications"])
    await answer_subscribing(visit, service.subscription("phone"))
    await sign_in(visit, pair.customer)
    await visit.go(HERE)
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("You are not told on this device.")
    await press(visit)
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("You are told on this device.")

    other = await enter(pair.customer.origin, DESK)
    await sign_in(other, pair.customer)
    await until(lambda: any(one.path == "/p/phone" for one in service.posted), seconds=PATIENCE_SECONDS)
    said = service.read(next(one for one in service.posted if one.path == "/p/phone"))
    line = await wire(visit)
    await line.deliver(said)
    (shown,) = await line.shown()
    assert shown["title"] == said["title"] == "Something about your sign-in changed"
    assert await line.press("open") == [said["path"]]
    await visit.go(said["path"])


async def test_permission_is_asked_for_by_the_tap_alone(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, DESK)
    await visit.context.add_init_script(
        "Notification.requestPermission = async () => { window.asked = true; return 'denied'; }"
    )
    await sign_in(visit, pair.customer)
    for path in ("/", "/more", HERE):
        await visit.go(path)
        assert await visit.page.evaluate("window.asked") is None
    await press(visit)
    await expect(visit.page.get_by_text("The browser did not allow it")).to_be_visible()
    assert await visit.page.evaluate("window.asked") is True


async def test_a_browser_that_cannot_says_what_it_takes(enter: Enter, pair: Pair) -> None:
    visit = await enter(pair.customer.origin, PHONE)
    await visit.context.add_init_script("delete window.PushManager")
    await sign_in(visit, pair.customer)
    await visit.go(HERE)
    await press(visit)
    await expect(visit.page.get_by_text("put Freehold on the Home Screen first")).to_be_visible()
    plain = await enter(pair.customer.origin, PHONE, java_script_enabled=False)
    await sign_in(plain, pair.customer)
    await plain.go(HERE)
    plain.watcher.excuse(plain.origin + HERE)
    await press(plain)
    await expect(plain.page.get_by_text("This needs JavaScript")).to_be_visible()


async def test_a_newer_message_takes_the_place_of_an_older_one_of_its_kind(enter: Enter, pair: Pair) -> None:
    _, line = await told(enter, pair)
    for title in ("A new offer", "2 new offers"):
        await line.deliver({**MESSAGE, "title": title})
    await line.deliver({**MESSAGE, "kind": "message", "title": "A new message"})
    titles = sorted([one["title"] for one in await line.shown()])
    assert titles == ["2 new offers", "A new message"]


async def test_whatever_a_message_says_is_shown_as_text(enter: Enter, pair: Pair) -> None:
    visit, line = await told(enter, pair)
    for number, payload in enumerate(PAYLOADS):
        await line.deliver(
            {**MESSAGE, "kind": f"k{number}", "title": payload, "body": payload, "label": payload}
        )
    shown = await line.shown()
    plain = {re.sub(r"\s+", "", payload)[:40] for payload in PAYLOADS}
    assert {re.sub(r"\s+", "", one["title"])[:40] for one in shown} == plain
    assert {one["path"] for one in shown} == {"/offers/neg_1"}
    await visit.go("/")


ELSEWHERE = (
    "https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "offers", "", None,
    "/offers/../sign-out", "/offers/%2e%2e/x", "/offers/a?do=accept", "/offers/a#x", "/offers/a\n",
    "/sign-out", "/calendar/x.ics", "/offers/a/b/c/d", 7, {"toString": "x"},
)  # fmt: skip


async def test_a_tap_leads_nowhere_else(enter: Enter, pair: Pair) -> None:
    _, line = await told(enter, pair)
    for number, path in enumerate(ELSEWHERE):
        await line.deliver({**MESSAGE, "kind": f"k{number}", "path": path})
    shown = await line.shown()
    assert {one["path"] for one in shown} == {"/"}
    assert await line.press() == ["/"] * len(ELSEWHERE)


async def test_a_worker_of_an_older_release_shows_what_it_understands(enter: Enter, pair: Pair) -> None:
    _, line = await told(enter, pair)
    await line.deliver(
        {"v": 2, "kind": "k2", "title": "Something new", "path": "/new-page/1", "members": [{"of": "v2"}]}
    )
    (shown,) = await line.shown()
    assert (shown["title"], shown["path"], shown["actions"]) == ("Something new", "/", [])
    odd = ("", "no JSON", "null", "[1]", '"text"', '{"title": {"a": 1}, "body": 7}', '{"kind": "x"}')
    for said in odd:
        await line.deliver(said)
    others = [one for one in await line.shown() if one["tag"] != "k2"]
    assert [one["tag"] for one in others] == ["freehold", "x"]
    assert {(one["title"], one["body"], one["path"]) for one in others} == {("Freehold", "", "/")}


async def test_a_changed_subscription_is_told_to_the_node(
    enter: Enter, pair: Pair, service: PushService
) -> None:
    visit = await enter(pair.customer.origin, PHONE, permissions=["notifications"])
    await answer_subscribing(visit, service.subscription("before"))
    await sign_in(visit, pair.customer)
    await visit.go(HERE)
    await press(visit)
    await expect(visit.page.get_by_role("heading", level=1)).to_have_text("You are told on this device.")
    line = await wire(visit)
    said = service.subscription("after")
    await line.worker.evaluate(
        """async (said) => {
            const event = new Event('pushsubscriptionchange');
            Object.defineProperty(event, 'newSubscription', { value: said });
            await new Promise((resolve) => {
                event.waitUntil = (work) => resolve(work);
                dispatchEvent(event);
            });
        }""",
        json.loads(said),
    )
    other = await enter(pair.customer.origin, DESK)
    await sign_in(other, pair.customer)
    await until(lambda: any(one.path == "/p/after" for one in service.posted), seconds=PATIENCE_SECONDS)
    assert not [one for one in service.posted if one.path == "/p/before"]
