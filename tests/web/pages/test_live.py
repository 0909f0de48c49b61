"""What pages that are open are told, and what a browser keeps for when the node is out of reach."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from node.core.access import STEP_UP_HOLDS
from node.services.people.tokens import REMEMBERED_SECONDS
from node.services.store import StorageUnavailable
from node.web.edge.runtime import Check
from node.web.pages.frame import statics
from tests.web.browsing import Browser
from tests.web.house import House, Peer, open_house, until
from tests.web.pages.test_security import PASSWORD, with_password
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


async def values_of(stream: Stream) -> dict[str, str]:
    """Return what the next event beside the journal says."""
    while not (block := await stream.block()).startswith("event: values"):
        assert block, "the stream ended"
    told: dict[str, str] = json.loads(block.partition("data: ")[2])
    return told


async def test_a_page_of_a_wish_hears_whom_it_reaches(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    shop.status = 503
    wish = await house.cast(shop.iri)
    await until(lambda: shop.inbox)
    page = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    assert f'data-also="&amp;wish={wish["id"]}"' in page
    (key,) = re.findall(r'data-value="([^"]+) detail"', page)
    async with listen(house, browser, f"?wish={wish['id']}") as stream:
        said = await values_of(stream)
        while said[f"{key} mark"] != "warn":  # it is told when the first attempt was in vain
            said = await values_of(stream)
        assert said[f"{key} detail"].startswith("It could not be reached. Next try ")
        assert said["reached"] == "On its way"
        shop.status = 202
        waiting = (await house.owner("GET", "/deliveries?state=queued&limit=100")).json["items"]
        for one in waiting:
            await house.owner("POST", f"/deliveries/{one['id']}/retry")
        while said["reached"] != "1 business has it":
            said = await values_of(stream)
        assert said == {"reached": "1 business has it", "reached mark": "yes"}  # no line is left


async def test_a_page_of_a_wish_hears_that_an_offer_is_held_back(house: House, shop: Peer) -> None:
    browser = Browser(house)
    await browser.sign_in()
    wish = await house.cast(shop.iri, "public")
    await until(lambda: shop.inbox)
    page = (await browser.get(f"/wishes/{wish['id']}")).body.decode()
    after = page.partition('data-after="')[2].partition('"')[0]
    assert "offer.quarantined" in page.partition('data-kinds="')[2].partition('"')[0]
    for number in range(house.settings.offers_per_intention_per_origin + 1):
        shop.name = f"shop{number}"
        assert (await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri))).status == 202
    async with listen(house, browser, f"?after={after}") as stream:
        kind = ""
        while kind != "offer.quarantined":
            _, kind, told = await stream.event()
    assert (told["intention"], told["direction"]) == (wish["id"], "local")


async def test_only_whose_wish_it_is_hears_of_it(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    refused = await browser.get("/events?wish=int_none", Accept="application/json")
    assert (refused.status, refused.code) == (404, "unknown-id")


async def end_by_program(house: House, _other: Browser, id: str) -> None:
    assert (await house.owner("DELETE", f"/sessions/{id}")).status == 200


async def end_on_a_page(_house: House, other: Browser, id: str) -> None:
    assert (await other.post(f"/security/sessions/{id}/end")).status == 303


async def set_a_password(_house: House, other: Browser, _id: str) -> None:
    assert (await other.post("/security/password", password="seven herons on a roof")).status == 303


async def lock_the_pages(_house: House, other: Browser, _id: str) -> None:
    assert (await other.post("/security/lock")).status == 303


async def lock_by_program(house: House, _other: Browser, _id: str) -> None:
    assert (await house.owner("POST", "/security/lock")).status == 200


@pytest.mark.parametrize(
    "end", [end_by_program, end_on_a_page, set_a_password, lock_the_pages, lock_by_program]
)
async def test_a_sign_in_that_has_ended_ends_its_streams_at_once(
    tmp_path: Path, end: Callable[[House, Browser, str], Awaitable[None]]
) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=300) as house:  # nothing else wakes a stream
        browser, other = Browser(house), Browser(house)
        await browser.sign_in()
        (session,) = (await house.owner("GET", "/sessions")).json["items"]
        await other.sign_in()
        await other.get("/security")
        async with listen(house, browser) as stream:
            await stream.begin()
            await end(house, other, session["id"])
            block = await stream.block()
            assert block.startswith("event: closing")
            assert '"signed-out"' in block
            assert await stream.block() == ""


async def test_who_signs_out_in_one_window_is_out_in_the_others(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", heartbeat_seconds=300) as house:
        browser = Browser(house)
        await browser.sign_in()
        await browser.get("/security")
        async with listen(house, browser) as stream:
            await stream.begin()
            assert (await browser.post("/sign-out")).status == 303
            assert '"signed-out"' in await stream.block()


async def test_streams_of_one_sign_in_are_looked_at_together_and_end_together(house: House) -> None:
    browser, other = Browser(house), Browser(house)
    await browser.sign_in()
    (session,) = (await house.owner("GET", "/sessions")).json["items"]
    await other.sign_in()
    async with (
        listen(house, browser) as first,
        listen(house, browser) as second,
        listen(house, other) as third,
    ):
        for stream in (first, second, third):
            await stream.begin()
        await asyncio.sleep(REMEMBERED_SECONDS + 0.1)
        await house.cast("public")
        for stream in (first, second, third):
            assert (await stream.event())[1] == "intention.cast"
        checks = house.runtime.checks
        assert len(checks) == 2
        assert all(check.answer.result() and not check.has_failed for check in checks.values())
        assert (await house.owner("DELETE", f"/sessions/{session['id']}")).status == 200
        await asyncio.sleep(REMEMBERED_SECONDS + 0.1)
        await house.cast("public")
        for stream in (first, second):
            while not (block := await stream.block()).startswith("event: closing"):
                assert '"intention.told"' in block  # of the first wish; of the second nothing
            assert '"signed-out"' in block
        while (await third.event())[1] != "intention.cast":
            pass
    await until(lambda: not house.runtime.checks)


async def test_a_secret_that_is_no_more_opens_no_stream_of_the_next(house: House) -> None:
    """Who had stolen the secret of a sign-in hears nothing more once its owner has shown that it is them."""
    browser = await with_password(house)
    thief = replace(browser, cookies=dict(browser.cookies))
    house.clock.ahead += STEP_UP_HOLDS
    async with listen(house, browser), listen(house, thief) as stolen:
        await stolen.begin()
        await browser.get("/step-up?next=/")
        assert (await browser.post("/step-up?next=/", proof_password=PASSWORD)).status == 303
        async with listen(house, browser) as own:
            await own.begin()
            await asyncio.sleep(REMEMBERED_SECONDS + 0.1)
            await house.cast("public")
            assert (await own.event())[1] == "intention.cast"
            block = await stolen.block()
            assert block.startswith("event: closing"), block
            assert '"signed-out"' in block


async def test_a_look_that_failed_answers_nobody() -> None:
    answer = asyncio.get_running_loop().create_future()
    check = Check(0.0, answer)
    assert not check.has_failed
    answer.set_exception(StorageUnavailable("the disk is full"))
    assert check.has_failed


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
