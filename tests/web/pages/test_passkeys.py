"""Passkeys over real HTTP: added, used, and everything that is not quite one."""

import asyncio
import json
import re
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from node.core.access import CHALLENGE_HOLDS, STEP_UP_HOLDS
from node.web.edge.rates import Buckets
from node.web.edge.runtime import FAILED_AT_ONCE
from tests.web.authenticator import PRESENT, VERIFIED, Authenticator, as_text
from tests.web.browsing import Browser, asked
from tests.web.house import Answer, House, move_in, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

NEW = "/security/passkeys/new"


async def with_passkey(house: House, device: Authenticator) -> Browser:
    """Return a browser in which the owner has signed in and added a passkey."""
    browser = Browser(house, name="localhost")
    await browser.sign_in()
    answer = await add(browser, device)
    assert (answer.status, answer.headers["Location"]) == (303, "/security")
    return browser


async def add(browser: Browser, device: Authenticator, **bent: Any) -> Answer:
    origin = bent.pop("origin", browser.origin)
    made = device.create(asked(await browser.get(NEW), "create"), origin, **bent)
    return await browser.post(NEW, credential=made, name="My phone")


async def sign_in(browser: Browser, device: Authenticator, **bent: Any) -> Answer:
    origin = bent.pop("origin", browser.origin)
    said = device.get(asked(await browser.get("/sign-in"), "get"), origin, **bent)
    return await browser.post("/sign-in", credential=said)


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/security")).status == 200


async def test_a_passkey_is_added_and_signs_in(house: House) -> None:
    device = Authenticator()
    page = await (await with_passkey(house, device)).get("/security")
    assert b"My phone" in page.body
    other = Browser(house, name="localhost")
    assert not await is_signed_in(other)
    entered = await sign_in(other, device)
    assert (entered.status, entered.headers["Location"]) == (303, "/")
    assert await is_signed_in(other)
    assert [one["how"] for one in (await house.owner("GET", "/sessions")).json["items"]] == [
        "passkey",
        "link",
    ]


async def test_a_passkey_for_another_address_leads_nobody_in_a_circle(house: House) -> None:
    await with_passkey(house, Authenticator())
    browser = Browser(house)  # by its figures, for which no browser has a passkey
    await browser.sign_in()
    house.clock.ahead += STEP_UP_HOLDS
    led = await browser.get("/security/password")
    assert led.status == 303
    told = await browser.get(led.headers["Location"])
    assert (told.status, b"Your passkeys are for another address." in told.body) == (200, True)


async def test_what_is_asked_for_is_a_person_verified_on_their_own_device(house: House) -> None:
    browser = Browser(house, name="localhost")
    await browser.sign_in()
    wanted = json.loads(asked(await browser.get(NEW), "create"))
    assert wanted["rp"]["id"] == "localhost"
    assert wanted["authenticatorSelection"]["userVerification"] == "required"
    assert wanted["attestation"] == "none"
    assert house.iri not in json.dumps(wanted)
    device = Authenticator()
    await add(browser, device)
    again = json.loads(asked(await browser.get(NEW), "create"))
    assert again["excludeCredentials"] == [{"type": "public-key", "id": as_text(device.credential)}]
    shown = json.loads(asked(await Browser(house, name="localhost").get("/sign-in"), "get"))
    assert (shown["allowCredentials"], shown["userVerification"]) == ([], "required")  # names nobody's


@pytest.mark.parametrize(
    "bent",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:1"},
        {"host": "evil.example"},
        {"type": "webauthn.create"},
        {"challenge": as_text(bytes(56))},
        {"challenge": ""},
        {"signature": b"x" * 70},
    ],
)
async def test_what_was_signed_elsewhere_or_otherwise_opens_nothing(house: House, bent: Any) -> None:
    device = Authenticator()
    await with_passkey(house, device)
    browser = Browser(house, name="localhost")
    refused = await sign_in(browser, device, **bent)
    assert refused.status == 403
    assert b"passkey-refused" in refused.body
    assert not await is_signed_in(browser)
    assert (await sign_in(browser, device)).status == 303


@pytest.mark.parametrize("flags", [PRESENT, VERIFIED, 0])
async def test_a_person_who_is_not_verified_opens_nothing(house: House, flags: int) -> None:
    device = Authenticator()
    browser = await with_passkey(house, device)
    other = Browser(house, name="localhost")
    device.flags = flags
    assert (await sign_in(other, device)).status == 403
    device.credential = b"another"
    assert (await add(browser, device)).status == 403


@pytest.mark.parametrize("counts", [True, False])
async def test_an_assertion_opens_once(house: House, counts: bool) -> None:
    device = Authenticator(counts=counts)
    await with_passkey(house, device)
    first, thief = Browser(house, name="localhost"), Browser(house, name="localhost")
    said = device.get(asked(await first.get("/sign-in"), "get"), first.origin)
    answers = await asyncio.gather(
        first.post("/sign-in", credential=said), thief.post("/sign-in", credential=said)
    )
    assert sorted(answer.status for answer in answers) == [303, 403]
    assert (await thief.post("/sign-in", credential=said)).status == 403


async def test_an_authenticator_that_counts_backwards_is_a_copy(house: House) -> None:
    device = Authenticator()
    await with_passkey(house, device)
    browser = Browser(house, name="localhost")
    device.signatures = 10
    assert (await sign_in(browser, device)).status == 303
    device.signatures = 5
    assert (await sign_in(Browser(house, name="localhost"), device)).status == 403


async def test_a_challenge_is_for_its_time_and_purpose(house: House) -> None:
    device = Authenticator()
    browser = await with_passkey(house, device)
    stale = asked(await Browser(house, name="localhost").get("/sign-in"), "get")
    house.clock.ahead += CHALLENGE_HOLDS
    other = Browser(house, name="localhost")
    assert (await other.post("/sign-in", credential=device.get(stale, other.origin))).status == 403
    # What was asked for a step-up of this sign-in signs nobody in, and the other way round.
    house.clock.ahead += STEP_UP_HOLDS
    stepping = asked(await browser.get("/step-up"), "get")
    assert (await other.post("/sign-in", credential=device.get(stepping, other.origin))).status == 403
    signing = asked(await other.get("/sign-in"), "get")
    refused = await browser.post("/step-up", proof=device.get(signing, browser.origin))
    assert refused.status == 403


@pytest.mark.parametrize(
    "said",
    [
        "{",
        "[]",
        "null",
        '{"id": 1}',
        '{"id": "", "response": {}}',
        '{"id": "AA", "response": {"clientDataJSON": "AA"}}',
        '{"id": "AA", "response": {"clientDataJSON": "e30"}}',
        "[" * 10_000,
        "x" * 100_000,
    ],
)
async def test_what_is_no_answer_of_a_browser_is_refused(shared: House, said: str) -> None:
    browser = Browser(shared, name="localhost")
    shared.runtime.failures = Buckets(per_second=1.0, burst=1_000)
    assert (await browser.post("/sign-in", credential=said)).status == 403
    await browser.sign_in()
    await browser.get("/security")
    assert (await browser.post(NEW, credential=said)).status == 403


async def test_a_passkey_of_nobody_is_refused_and_guessing_is_slowed(house: House) -> None:
    await with_passkey(house, Authenticator())
    stranger, browser = Authenticator(credential=b"stranger"), Browser(house, name="localhost")
    answers = [await sign_in(browser, stranger) for _ in range(FAILED_AT_ONCE + 1)]
    assert [answer.status for answer in answers] == [403] * FAILED_AT_ONCE + [429]


async def test_a_passkey_is_added_once_and_to_its_own_sign_in(house: House) -> None:
    device, other = Authenticator(), Authenticator(credential=b"other")
    browser = await with_passkey(house, device)
    made = other.create(asked(await browser.get(NEW), "create"), browser.origin)
    thief = Browser(house, name="localhost")
    await thief.sign_in()
    await thief.get("/security")
    assert (await thief.post(NEW, credential=made)).status == 403
    assert (await browser.post(NEW, credential=made)).status == 303
    assert (await browser.post(NEW, credential=made)).status == 403
    assert (await add(browser, device)).status == 409


@pytest.mark.slow
async def test_by_its_figures_the_machine_has_no_passkeys(house: House) -> None:
    device = Authenticator()
    await with_passkey(house, device)
    browser = Browser(house)
    assert b"data-passkey" not in (await browser.get("/sign-in")).body
    await browser.sign_in()
    page = await browser.get("/security")
    assert f"http://localhost:{house.settings.port}/".encode() in page.body
    assert (await browser.get(NEW)).status == 404
    assert (await browser.post(NEW, credential="{}")).status == 404


async def test_a_passkey_is_renamed_and_removed(house: House) -> None:
    device, second = Authenticator(), Authenticator(credential=b"second")
    browser = await with_passkey(house, device)
    found = re.search(rb"/security/passkeys/(pk_\w+)", (await browser.get("/security")).body)
    assert found
    path = f"/security/passkeys/{found[1].decode()}"
    assert b"My phone" in (await browser.get(path)).body
    await browser.post(path, name="<b>Old</b> phone")
    assert b"&lt;b&gt;Old&lt;/b&gt; phone" in (await browser.get(path)).body
    for name in ("x" * 61, "a\x00b", "a\u202eb"):
        await browser.get(path)
        assert (await browser.post(path, name=name)).status == 422
    refused = await browser.post(path + "/remove")
    assert (refused.status, b"last-way-in" in refused.body) == (409, True)
    await add(browser, second)
    await browser.get(path)
    assert (await browser.post(path + "/remove")).status == 303
    assert (await browser.get(path)).status == 404
    assert (await sign_in(Browser(house, name="localhost"), device)).status == 403
    assert (await sign_in(Browser(house, name="localhost"), second)).status == 303


# --- stepping up -------------------------------------------------------------------------------------


async def test_what_opens_doors_asks_whether_it_is_still_them(house: House) -> None:
    device = Authenticator()
    browser = await with_passkey(house, device)
    house.clock.ahead += STEP_UP_HOLDS
    asks = await browser.get("/security/kit")
    assert (asks.status, asks.headers["Location"]) == (303, "/step-up?next=%2Fsecurity%2Fkit")
    page, secret = await browser.get(asks.headers["Location"]), browser.secret
    forms = browser.token
    shown = await browser.post(
        "/step-up?next=/security/kit", proof=device.get(asked(page, "get"), browser.origin)
    )
    assert (shown.status, shown.headers["Location"]) == (303, "/security/kit")
    assert browser.secret != secret  # whoever stole the one before has nothing now
    thief = Browser(house, {f"freehold-{house.settings.port}": secret}, name="localhost")
    assert not await is_signed_in(thief)
    assert (await browser.get("/security/kit")).status == 200
    browser.token = forms  # a form in another window goes on to work
    assert (await browser.get("/step-up?next=/security")).headers["Location"] == "/security"
    house.clock.ahead += STEP_UP_HOLDS
    assert (await browser.post("/security/kit")).headers["Location"] == "/step-up?next=%2Fsecurity%2Fkit"
    assert (await browser.post("/step-up")).status == 403


async def test_the_passkey_of_somebody_else_proves_nothing(house: House) -> None:
    device, stranger = Authenticator(), Authenticator(credential=b"stranger")
    browser = await with_passkey(house, device)
    house.clock.ahead += STEP_UP_HOLDS
    page = await browser.get("/step-up")
    assert (
        await browser.post("/step-up", proof=stranger.get(asked(page, "get"), browser.origin))
    ).status == 403
    assert (await browser.get("/security/kit")).status == 303


async def test_without_anything_to_show_nothing_is_asked_and_the_page_says_so(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    house.clock.ahead += STEP_UP_HOLDS + timedelta(minutes=1)
    assert (await browser.get("/security/kit")).status == 200
    assert b"Nothing proves that it is you." in (await browser.get("/security")).body
    assert (await browser.get("/step-up")).headers["Location"] == "/"


async def test_what_needs_a_step_up_leads_to_it_and_does_nothing_before(house: House) -> None:
    device = Authenticator()
    browser = await with_passkey(house, device)
    found = re.search(rb"/security/passkeys/(pk_\w+)", (await browser.get("/security")).body)
    assert found
    path = f"/security/passkeys/{found[1].decode()}"
    await browser.get(path)
    house.clock.ahead += STEP_UP_HOLDS
    assert (await browser.get(NEW)).headers["Location"] == "/step-up?next=%2Fsecurity%2Fpasskeys%2Fnew"
    for sent in (NEW, path + "/remove", "/security/password", "/security/kit"):
        led = await browser.post(sent, password="correct horse battery", credential="{}")
        assert (led.status, led.headers["Location"][:9]) == (303, "/step-up?")
    shown = (await house.owner("GET", "/security")).json
    assert (len(shown["passkeys"]), shown["password_set_at"], shown["kit_made_at"]) == (1, None, None)
    (mine,) = (await house.owner("GET", "/sessions")).json["items"]
    asks = asked(await browser.get("/step-up"), "get")
    await house.owner("DELETE", f"/sessions/{mine['id']}")
    assert (await browser.post("/step-up", proof=device.get(asks, browser.origin))).status == 401


async def test_of_two_residents_each_has_passkeys_of_their_own(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n") as house:
        await move_in(house, "bea")
        port = house.settings.port
    async with open_house(tmp_path / "n", port=port) as house:
        mine, hers = Authenticator(), Authenticator(credential=b"of bea")
        me, bea = await with_passkey(house, mine), Browser(house, name="localhost")
        made = await house.owner("POST", "/sessions/links?actor=bea")
        path = urlsplit(made.json["url"]).path
        await bea.get(path)
        assert (await bea.post(path)).status == 303
        assert (await add(bea, hers)).status == 303
        (key,) = (await house.owner("GET", "/security?actor=bea")).json["passkeys"]
        assert (await me.get(f"/security/passkeys/{key['id']}")).status == 404
        assert (await me.post(f"/security/passkeys/{key['id']}", name="x")).status == 404
        house.clock.ahead += STEP_UP_HOLDS
        asks = asked(await me.get("/step-up"), "get")
        assert (await me.post("/step-up", proof=hers.get(asks, me.origin))).status == 403
        assert (await sign_in(Browser(house, name="localhost"), hers)).status == 303
        assert {one["actor"] for one in (await house.owner("GET", "/sessions")).json["items"]} == {
            "me",
            "bea",
        }
