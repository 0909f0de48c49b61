"""What the tests of pages look with: each is shown a page that breaks its rule, and one that breaks none."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser import axe, bad, keyboard
from tests.browser.authenticator import plug_in
from tests.browser.conftest import Enter
from tests.browser.visits import DESK, PHONE, Screen, Visit, overhanging, visiting
from tests.browser.watcher import UnseemlyError

pytestmark = [pytest.mark.slow, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def server() -> AsyncIterator[str]:
    async with bad.serving() as origin:
        yield origin


async def rest(visit: Visit) -> None:
    """Do nothing on a page."""


async def look(
    browser: Browser, server: str, path: str, act: Callable[[Visit], Awaitable[None]] = rest
) -> None:
    """Visit one page and act there, from the first request to the watcher's last word."""
    async with visiting(browser, server) as visit:
        await visit.go(f"/{path}")
        await act(visit)


class TestTheWatcher:
    @pytest.mark.parametrize("screen", [PHONE, DESK])
    async def test_a_seemly_page_passes(self, enter: Enter, server: str, screen: Screen) -> None:
        visit = await enter(server, screen)
        await visit.go("/fine")
        await visit.go("/nothing-here", status=404)
        await visit.watcher.check()

    @pytest.mark.parametrize(
        ("path", "found"),
        [
            ("says", "console: info: hello"),
            ("throws", "thrown: broken"),
            ("inline", "issue: ContentSecurityPolicyIssue"),
            ("handler", "inline handler: button onclick"),
            ("sinks", "issue: ContentSecurityPolicyIssue"),
            ("image", "console: error: Failed to load resource"),
            ("asks", "asked elsewhere: GET http://localhost:1/"),
            ("stranger", "issue: ContentSecurityPolicyIssue"),
            ("alerts", "dialog: alert: hello"),
        ],
    )
    async def test_what_no_page_may_do_is_found(
        self, browser: Browser, server: str, path: str, found: str
    ) -> None:
        with pytest.raises(UnseemlyError, match=re.escape(found)):
            await look(browser, server, path)

    async def test_a_web_socket_is_found(self, browser: Browser, server: str) -> None:
        async def fails(visit: Visit) -> None:  # the browser tells of one with its handshake, in its own time
            await expect(visit.page).to_have_title("Closed")

        with pytest.raises(UnseemlyError, match="web socket: ws://localhost"):
            await look(browser, server, "sockets", fails)

    async def test_a_page_that_opens_another_is_found(self, browser: Browser, server: str) -> None:
        async def press(visit: Visit) -> None:
            async with visit.context.expect_page():
                await visit.page.get_by_role("button").click()

        with pytest.raises(UnseemlyError, match="opened: "):
            await look(browser, server, "opens", press)

    async def test_a_tab_that_the_test_opens_is_watched_too(self, browser: Browser, server: str) -> None:
        async def open_another(visit: Visit) -> None:
            await (await visit.another()).goto(f"{server}/says")

        with pytest.raises(UnseemlyError, match=r"^console: info: hello \(\S+\)$"):
            await look(browser, server, "fine", open_another)

    async def test_a_service_worker_is_watched_too(self, browser: Browser, server: str) -> None:
        async def wait(visit: Visit) -> None:
            await expect(visit.page).to_have_title("Served")

        with pytest.raises(UnseemlyError, match="asked elsewhere: GET http://localhost:1/"):
            await look(browser, server, "serves", wait)

    async def test_another_status_than_the_one_expected_is_found(self, enter: Enter, server: str) -> None:
        visit = await enter(server)
        with pytest.raises(AssertionError, match="/fine: 200"):
            await visit.go("/fine", status=404)


class TestAxe:
    async def test_a_good_page_passes_in_every_look(self, enter: Enter, server: str) -> None:
        visit = await enter(server)
        await visit.go("/fine")
        assert await axe.violations(visit.page) == []
        assert await visit.page.evaluate("matchMedia('(forced-colors: active)').matches")

    @pytest.mark.parametrize(
        ("path", "found"),
        [("nameless", "light: button-name: button: "), ("gloomy", "dark: color-contrast: h1: ")],
    )
    async def test_what_is_wrong_is_named(self, enter: Enter, server: str, path: str, found: str) -> None:
        visit = await enter(server)
        await visit.go(f"/{path}")
        assert found in "\n".join(await axe.violations(visit.page))

    async def test_what_is_wrong_in_one_look_is_found_in_that_one_alone(
        self, enter: Enter, server: str
    ) -> None:
        visit = await enter(server)
        await visit.go("/gloomy")
        found = await axe.violations(visit.page)
        assert {line.partition(":")[0] for line in found} == {"dark", "more contrast in the dark"}

    async def test_the_page_sees_nothing_of_it(self, enter: Enter, server: str) -> None:
        visit = await enter(server)
        await visit.go("/fine")
        await axe.violations(visit.page)
        assert await visit.page.evaluate("typeof axe") == "undefined"


class TestTheWidth:
    async def test_what_fits_passes_and_the_screen_is_as_before(self, enter: Enter, server: str) -> None:
        visit = await enter(server)
        await visit.go("/fine")
        assert await overhanging(visit.page) == []
        assert visit.page.viewport_size == {"width": PHONE.width, "height": PHONE.height}

    @pytest.mark.parametrize("screen", [PHONE, DESK])
    async def test_what_is_folded_away_is_measured_too(
        self, enter: Enter, server: str, screen: Screen
    ) -> None:
        visit = await enter(server, screen)
        await visit.go("/wide")
        found = await overhanging(visit.page)
        assert [line.partition(":")[0] for line in found] == ["320", "390"]
        assert "p.wide" in found[0]

    async def test_what_is_cut_off_is_found_where_nothing_scrolls(self, enter: Enter, server: str) -> None:
        visit = await enter(server)
        await visit.go("/cut")
        assert await overhanging(visit.page) == [f"{width}: cut off in div.clip" for width in (320, 390)]


class TestTheKeyboard:
    async def test_a_control_is_reached_and_used(self, enter: Enter, server: str) -> None:
        visit = await enter(server, DESK)
        await visit.go("/keys")
        await keyboard.reach(visit.page, visit.page.get_by_role("button", name="Second"))
        await keyboard.press(visit.page, visit.page.get_by_role("link", name="First"))
        await visit.page.wait_for_url("**/fine")

    @pytest.mark.parametrize(
        ("path", "words", "why"),
        [
            ("keys", "Third", "is not among"),
            ("bare", "Second", "does not show that it has the focus"),
            ("away", "Second", "does not show that it has the focus"),
        ],
    )
    async def test_what_cannot_be_reached_or_not_be_seen_is_found(
        self, enter: Enter, server: str, path: str, words: str, why: str
    ) -> None:
        visit = await enter(server, DESK)
        await visit.go(f"/{path}")
        with pytest.raises(keyboard.LostError, match=why):
            await keyboard.reach(visit.page, visit.page.get_by_text(words))


class TestTheAuthenticator:
    @pytest.mark.parametrize(("owner", "comes_of_it"), [(True, "Known"), (False, "NotAllowedError")])
    async def test_a_passkey_is_made_and_used_by_its_owner_alone(
        self, enter: Enter, server: str, owner: bool, comes_of_it: str
    ) -> None:
        visit = await enter(server)
        authenticator = await plug_in(visit.page)
        await authenticator.recognise(owner=owner)
        await visit.go("/passkey")
        await visit.page.get_by_role("button").click()
        await expect(visit.page).to_have_title(comes_of_it)
        assert len(await authenticator.passkeys()) == int(owner)


async def test_without_javascript_a_page_is_looked_at_all_the_same(enter: Enter, server: str) -> None:
    visit = await enter(server, java_script_enabled=False)
    await visit.go("/throws")
    assert await visit.page.get_by_role("heading").inner_text() == "A page that throws"
    assert await overhanging(visit.page) == []
