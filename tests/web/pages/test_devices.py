"""Being told in a browser, over real HTTP: asked for, told, read by that browser alone, and silenced."""

import json
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from node.core.access import STEP_UP_HOLDS
from node.services.notices import channels
from node.web.pages.telling.devices import HERE
from tests.delivery.notices.services import Posted, PushService, push_service, unpadded, vapid
from tests.web.browsing import Browser
from tests.web.house import Answer, House, open_house, until

pytestmark = pytest.mark.asyncio(loop_scope="module")

_keys = count()
PASSWORD = "correct horse battery"


@pytest_asyncio.fixture(loop_scope="module")
async def service() -> AsyncIterator[PushService]:
    async with push_service() as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def ada(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    async with open_house(tmp_path_factory.mktemp("push") / "n", requests_burst=100_000) as opened:
        yield opened


async def signed_in(house: House) -> Browser:
    browser = Browser(house)
    await browser.sign_in()
    return browser


async def shown(browser: Browser) -> Any:
    return (await browser.get(HERE, Accept="application/json")).json


async def subscribed(browser: Browser, service: PushService, name: str) -> Answer:
    page = await browser.get(HERE)
    assert page.status == 200, page.body
    key = str(next(_keys))  # as the worker makes one
    return await browser.post(HERE, subscription=service.subscription(name), form_key=key)


async def names(browser: Browser) -> list[str]:
    return [item["address"] for item in (await shown(browser))["items"]]


async def told(service: PushService, name: str) -> Posted:
    """Wait for a message to a browser of this name, and return the first."""
    await until(lambda: any(one.path == f"/p/{name}" for one in service.posted))
    return next(one for one in service.posted if one.path == f"/p/{name}")


async def test_a_worker_names_its_new_subscription_with_the_token_of_the_answer(
    ada: House, service: PushService
) -> None:
    phone = await signed_in(ada)
    await subscribed(phone, service, "old")
    tokens = [(await shown(phone))["token"] for _ in range(2)]
    assert tokens[0] != tokens[1]  # masked anew in each answer
    said = {"subscription": service.subscription("new"), "form_key": "renewed"}
    renewed = await phone.post(HERE, token=tokens[0], **said)
    assert (renewed.status, renewed.headers["Location"]) == (303, HERE), renewed.body
    await phone.post("/sign-out")


async def test_a_browser_is_told_what_the_owner_should_know(ada: House, service: PushService) -> None:
    phone, laptop = await signed_in(ada), await signed_in(ada)
    key = (await shown(phone))["key"]
    assert f'data-push="{key}"' in (await phone.get(HERE)).body.decode()
    for browser, name in ((phone, "phone"), (laptop, "laptop")):
        answer = await subscribed(browser, service, name)
        assert (answer.status, answer.headers["Location"]) == (303, HERE), answer.body
    posted = await told(service, "phone")  # that another device is told from now on
    said = service.read(posted)
    assert (said["v"], said["kind"], said["urgent"]) == (1, "security", True)
    assert re.fullmatch(r"/[a-z]*(?:/[a-z]+)*", said["path"])
    claims, of = vapid(posted)
    assert (claims["aud"], of) == (service.origin, key)
    now = ada.clock().timestamp()
    assert now < claims["exp"] <= now + 24 * 3600
    assert claims["sub"].startswith("https://127.0.0.1")
    assert await names(phone) == ["Firefox, Linux", "Firefox, Linux (2)"]
    assert "You are told on this device." in (await phone.get(HERE)).body.decode()
    assert (await shown(phone))["key"] == key


async def test_what_is_secret_about_a_subscription_is_shown_to_nobody(
    ada: House, service: PushService
) -> None:
    browser = await signed_in(ada)
    await subscribed(browser, service, "hidden")
    answers = [await browser.get(path) for path in (HERE, "/notifications")]
    answers.append(await browser.get(HERE, Accept="application/json"))
    for answer in answers:
        assert service.origin.encode() not in answer.body
        assert unpadded(service.auth).encode() not in answer.body


async def test_a_browser_has_one_subscription(ada: House, service: PushService) -> None:
    browser = await signed_in(ada)
    for name in ("first", "second", "second"):
        await subscribed(browser, service, name)
    assert await names(browser) == ["Firefox, Linux"]
    await browser.sign_in()  # anew in the same browser: it is still told
    own = await shown(browser)
    assert own["own"] == own["items"][0]["id"]
    other = await signed_in(ada)
    await subscribed(other, service, "second")  # the browser forgot its cookies, and kept its subscription
    assert await names(other) == ["Firefox, Linux"]


async def test_a_worker_renews_a_subscription_with_the_token_that_it_is_told(
    ada: House, service: PushService
) -> None:
    browser = await signed_in(ada)
    await subscribed(browser, service, "before")
    token, other = [(await shown(browser))["token"] for _ in range(2)]
    assert token != other  # each under a mask of its own, as in a page
    said = {"subscription": service.subscription("after"), "form_key": "worker"}
    assert (await browser.send_form(HERE, said, token=token)).status == 303
    await subscribed(await signed_in(ada), service, "another")
    await told(service, "after")


async def test_there_is_room_for_ten(ada: House, service: PushService) -> None:
    browsers = [await signed_in(ada) for _ in range(channels.MOST + 1)]
    answers = [await subscribed(browser, service, str(number)) for number, browser in enumerate(browsers)]
    assert [answer.status for answer in answers] == [303] * channels.MOST + [409]
    last = browsers[-1]
    ids = [item["id"] for item in (await shown(last))["items"]]
    await last.get(f"/notifications/{ids[0]}/remove")
    assert (await last.post(f"/notifications/{ids[0]}/remove")).status == 303
    assert (await subscribed(last, service, "late")).status == 303
    assert len(await names(last)) == channels.MOST


@pytest.mark.parametrize("how", ["signs out", "is signed out", "another password", "the lock"])
async def test_whoever_is_signed_out_is_told_nothing_more(how: str, ada: House, service: PushService) -> None:
    browser, other = await signed_in(ada), await signed_in(ada)
    await subscribed(browser, service, "lost")
    assert len(await names(other)) == 1
    match how:
        case "signs out":
            assert (await browser.post("/sign-out")).status == 303
        case "is signed out":
            (lost,) = [
                one["id"] for one in (await ada.owner("GET", "/sessions")).json["items"]
                if one["id"] != (await here(other))
            ]  # fmt: skip
            assert (await ada.owner("DELETE", f"/sessions/{lost}")).status == 200
        case "another password":
            await other.get("/security/password")
            assert (await other.post("/security/password", password=PASSWORD)).status == 303
        case _:
            await other.get("/security/lock")
            assert (await other.post("/security/lock")).status == 303
            other = await signed_in(ada)
    assert await names(other) == []
    await subscribed(other, service, "mine")
    await subscribed(await signed_in(ada), service, "third")
    await told(service, "mine")
    assert not [one for one in service.posted if one.path == "/p/lost"]


async def here(browser: Browser) -> str:
    """Return the id of a browser's own sign-in."""
    page = (await browser.get("/security")).body.decode()
    ends = set(re.findall(r'action="/security/sessions/([^/]+)/end"', page))
    (own,) = {one["id"] for one in (await browser.house.owner("GET", "/sessions")).json["items"]} - ends
    return str(own)


async def test_a_browser_that_is_no_more_is_forgotten(ada: House, service: PushService) -> None:
    gone = await signed_in(ada)
    await subscribed(gone, service, "gone")
    service.answers.append((410, {}))
    other = await signed_in(ada)
    await subscribed(other, service, "other")
    await told(service, "gone")

    async def is_forgotten() -> bool:
        return len(await names(other)) == 1  # and which number it has hangs on who was quicker

    await until(is_forgotten)
    assert (await shown(gone))["own"] is None


@pytest.mark.parametrize(
    "said",
    [
        "",
        "{}",
        '{"endpoint":"http://192.168.0.1/p","keys":{}}',
        json.dumps({"endpoint": "https://push.example/<script>", "keys": {"p256dh": "x", "auth": "y"}}),
    ],
)
async def test_what_is_no_subscription_is_refused(said: str, ada: House) -> None:
    browser = await signed_in(ada)
    await browser.get(HERE)
    answer = await browser.post(HERE, subscription=said)
    assert answer.status == 422
    assert b"script>" not in answer.body.partition(b"<main")[2]
    assert await names(browser) == []


async def test_nobody_else_subscribes(ada: House, service: PushService) -> None:
    stranger = Browser(ada)
    assert (await stranger.get(HERE)).status == 303
    assert (await stranger.get(HERE, Accept="application/json")).status == 401
    assert (await stranger.post(HERE, subscription=service.subscription("x"))).status in {401, 403}
    browser = await signed_in(ada)
    await browser.get(HERE)
    foreign = await browser.send_form(
        HERE, {"subscription": service.subscription("x")}, Sec_Fetch_Site="cross-site"
    )
    assert foreign.status == 403
    assert await names(browser) == []


async def test_who_sets_it_shows_that_it_is_them(ada: House, service: PushService) -> None:
    browser = await signed_in(ada)
    await browser.get("/security/password")
    assert (await browser.post("/security/password", password=PASSWORD)).status == 303
    try:
        ada.clock.ahead += STEP_UP_HOLDS
        asked = await browser.get(HERE)
        assert (asked.status, asked.headers["Location"]) == (303, f"/step-up?next={quote(HERE, safe='')}")
        refused = await browser.post(HERE, subscription=service.subscription("x"), form_key="x")
        assert (refused.status, refused.headers["Location"]) == (303, asked.headers["Location"])
        assert await names(browser) == []
        await browser.get(asked.headers["Location"])
        assert (await browser.post(asked.headers["Location"], proof_password=PASSWORD)).status == 303
        assert (await subscribed(browser, service, "x")).headers["Location"] == HERE
        ada.clock.ahead += STEP_UP_HOLDS
        renewed = await browser.post(HERE, subscription=service.subscription("y"), form_key="y")
        assert (renewed.status, renewed.headers["Location"]) == (303, HERE)  # by the worker, on its own
        assert await names(browser) == ["Firefox, Linux"]
    finally:
        ada.clock.ahead = timedelta()
