"""What pages that are open are told, and what a browser keeps for when the node is out of reach."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from node.web.pages import statics
from tests.web.browsing import Browser
from tests.web.house import House, Peer, until
from tests.web.test_events import Stream, position

pytestmark = pytest.mark.asyncio(loop_scope="module")


@asynccontextmanager
async def listen(house: House, browser: Browser, query: str = "", **headers: str) -> AsyncIterator[Stream]:
    cookies = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    said = {"Accept": "text/event-stream", "Cookie": cookies, **headers}
    async with house.session.get(f"{house.origin}/events{query}", headers=said) as response:
        assert response.status == 200, await response.read()
        assert response.headers["Content-Type"] == "text/event-stream"
        yield Stream(response)


async def test_a_page_hears_of_offers_and_no_word_of_theirs(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    page = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    after = page.partition('data-after="')[2].partition('"')[0]
    assert f'data-about="{wish["id"]}"' in page
    assert (await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri))).status == 202
    async with listen(house, browser, f"?after={after}") as stream:
        place, kind, told = await stream.event()
        while kind != "offer":
            place, kind, told = await stream.event()
    assert (kind, told["intention"], told["direction"]) == ("offer", wish["id"], "in")
    assert (told["total"], told["currency"]) == ("2249.00", "EUR")
    assert "ike" not in str(told).lower()  # no word of anybody's: neither of the bike nor of its trekking
    async with listen(house, browser, **{"Last-Event-ID": await position(house, place - 1)}) as stream:
        assert (await stream.event())[0] == place


async def test_a_sign_in_that_has_ended_ends_its_streams(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    async with listen(house, browser) as stream:
        assert await stream.block() == "retry: 2000\n"
        (session,) = (await house.owner("GET", "/sessions")).json["items"]
        assert (await house.owner("DELETE", f"/sessions/{session['id']}")).status == 200
        await house.cast("public")
        while not (block := await stream.block(seconds=20)).startswith("event: closing"):
            assert block
        assert '"signed-out"' in block
        assert await stream.block() == ""


async def test_nobody_listens_without_a_session(shared: House) -> None:
    answer = await shared.get("/events", Accept="text/event-stream")
    assert (answer.status, answer.code) == (401, "sign-in")
    browser = Browser(shared)
    await browser.sign_in()
    assert (await browser.get("/events?after=nonsense", Accept="text/event-stream")).status == 400


async def test_a_sign_in_holds_so_many_streams(shared: House) -> None:
    browser = Browser(shared)
    await browser.sign_in()
    most = shared.settings.streams_per_token
    streams = [listen(shared, browser) for _ in range(most)]
    for stream in streams:
        await stream.__aenter__()
    assert (await browser.get("/events", Accept="text/event-stream")).status == 429
    for stream in streams:
        await stream.__aexit__(None, None, None)


async def test_what_is_kept_in_a_browser_is_nothing_of_the_owner(shared: House) -> None:
    browser = Browser(shared)
    await browser.sign_in()
    worker = await shared.get("/sw.js")
    assert worker.headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert worker.headers["Cache-Control"] == "no-cache"
    kept = worker.body.decode().partition(";")[0]
    assert statics.address("base.css") in kept
    offline = await browser.get("/offline")
    assert (offline.status, f"{shared.settings.handle}@".encode() in offline.body) == (200, False)
    manifest = (await shared.get("/manifest.webmanifest")).json
    assert (manifest["start_url"], manifest["display"]) == ("/", "standalone")
    for icon in manifest["icons"]:
        assert (await shared.get(icon["src"])).headers["Content-Type"] == "image/png"
