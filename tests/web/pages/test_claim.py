"""The first run over real HTTP: a node that is nobody's shows its claim and nothing else."""

import asyncio
import io
import json
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
import pytest_asyncio

from node.core.claims import CODE_HOLDS, Claimed
from node.terminal.application import tree
from node.web.edge.runtime import FAILED_AT_ONCE
from tests.logs import logging_to
from tests.web.authenticator import Authenticator
from tests.web.browsing import Browser, asked
from tests.web.house import Answer, House, hashing_held, open_house
from tests.web.pages.desk.dealing import familiar

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(tmp_path: Path) -> AsyncIterator[House]:
    """A node that is nobody's yet."""
    async with open_house(tmp_path / "n", claimed=False) as opened:
        yield opened


async def code_of(house: House) -> str:
    made = await house.owner("POST", "/claim")
    assert made.status == 201
    assert made.json["url"] == f"http://localhost:{house.settings.port}/claim/{made.json['code']}"
    return str(made.json["code"])


async def is_claimed(house: House) -> bool:
    return (await house.owner("POST", "/claim")).status == 409


async def with_code(house: House, name: str = "localhost") -> Browser:
    """Return a browser that has given the code."""
    browser, code = Browser(house, name=name), await code_of(house)
    page = await browser.get(f"/claim/{code}")
    assert f'value="{code}"'.encode() in page.body
    given = await browser.post("/claim", code=code, how="new")
    assert (given.status, given.headers["Location"]) == (303, "/claim/name")
    return browser


async def test_with_code_name_and_passkey_the_node_is_its_owners(fresh: House) -> None:
    device, browser = Authenticator(), await with_code(fresh)
    page = await browser.get("/claim/name")
    assert b'id="name" name="name" type="text" value=""' in page.body  # a handle is nobody's name
    made = device.create(asked(page, "create"), browser.origin)
    with logging_to(stream := io.StringIO()):
        settled = await browser.post("/claim/name", name="Ada", way="passkey", credential=made)
    assert ("claimed", "127.0.0.1") in [
        (line["event"], line.get("address")) for line in map(json.loads, stream.getvalue().splitlines())
    ]
    assert (settled.status, settled.headers["Location"]) == (303, "/security/kit?first=yes")
    assert b"Step 3 of 3" in (await browser.get("/security/kit?first=yes")).body
    words = await browser.post("/security/kit?first=yes")
    assert b"Step 3 of 3" in words.body
    assert (await fresh.owner("GET", "/node")).json["name"] == "Ada"
    assert await is_claimed(fresh)
    other = Browser(fresh, name="localhost")
    said = device.get(asked(await other.get("/sign-in"), "get"), other.origin)
    assert (await other.post("/sign-in", credential=said)).status == 303
    assert (await other.get("/claim")).headers["Location"] == "/"
    assert (await other.get("/claim", Accept="application/json")).status == 404


async def test_without_script_a_password_does(fresh: House) -> None:
    browser = await with_code(fresh, name="127.0.0.1")
    asking = (await browser.get("/claim/name")).body
    assert b"data-passkey" not in asking
    assert b"Password, if you take one" not in asking  # there is no other way here
    for name, password, field in (
        ("", PASSWORD, "name"),
        ("Ada", "short", "password"),
        ("a\x00", "", "name"),
    ):
        wrong = await browser.post("/claim/name", name=name, way="password", password=password)
        assert (wrong.status, f'href="#{field}"'.encode() in wrong.body) == (422, True)
        assert (await browser.get("/")).headers["Location"] == "/claim"
    again = (await browser.post("/claim/name", name="", way="password", password=PASSWORD)).body.decode()
    assert "Type it once more: a page never shows a password again." in again
    assert 'value="password" checked' in again  # the way that was chosen
    settled = await browser.post("/claim/name", name="Ada", way="password", password=PASSWORD)
    assert settled.status == 303
    other = Browser(fresh)
    await other.get("/sign-in")
    assert (await other.post("/sign-in", password=PASSWORD)).status == 303


async def test_a_passkey_that_was_not_made_claims_nothing(fresh: House) -> None:
    device, browser = Authenticator(), await with_code(fresh)
    made = device.create(asked(await browser.get("/claim/name"), "create"), "https://evil.example")
    for said in ("", "{}", made):
        wrong = await browser.post("/claim/name", name="Ada", way="passkey", credential=said)
        assert (wrong.status, b"No passkey was made." in wrong.body) == (422, True)
    assert not await is_claimed(fresh)


@pytest.mark.parametrize(
    "path", ["/", "/wishes", "/sign-in", "/recover", "/security", "/sign-in/" + "A" * 44]
)
async def test_a_node_that_is_nobodys_shows_its_claim_and_nothing_else(fresh: House, path: str) -> None:
    browser = Browser(fresh)
    led = await browser.get(path)
    assert (led.status, led.headers["Location"]) == (303, "/claim")
    told = await fresh.get(path)
    assert (told.status, told.code) == (403, "unclaimed")
    assert (await browser.post("/sign-in", password=PASSWORD)).status == 403
    assert (await browser.post("/recover", words="oak")).status == 403
    # What is not for people goes on as ever.
    assert (
        await fresh.get(f"/actors/{fresh.settings.handle}", Accept="application/activity+json")
    ).status == 200
    assert (await fresh.owner("GET", "/node")).status == 200
    assert (await browser.get("/offline")).status == 200


async def test_nobody_names_a_node_without_its_code(fresh: House) -> None:
    await code_of(fresh)
    stranger = Browser(fresh)
    assert (await stranger.get("/claim/name")).headers["Location"] == "/claim"
    for fields in ({}, {"name": "Eve", "way": "password", "password": PASSWORD}):
        assert (await stranger.post("/claim/name", **fields)).headers["Location"] == "/claim"
    assert not await is_claimed(fresh)


async def test_a_stranger_who_guesses_ends_no_code_and_learns_nothing(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", claimed=False, trusted_proxies="127.0.0.1/32") as house:
        code, browser = await code_of(house), Browser(house)

        async def tried(typed: str, address: str) -> Answer:
            return await browser.send_form("/claim", {"code": typed, "how": "new"}, X_Forwarded_For=address)

        with logging_to(stream := io.StringIO()):
            wrong = [await tried("0000-0000", f"192.0.2.{number}") for number in range(FAILED_AT_ONCE)]
        assert {answer.status for answer in wrong} == {403}
        assert len({steady_page(answer) for answer in wrong}) == 1  # nothing says how many are left
        lines = [json.loads(line) for line in stream.getvalue().splitlines()]
        refused = [line for line in lines if line["event"] == "not let in"]
        assert [(line["way"], line["address"]) for line in refused] == [
            ("claim", f"192.0.2.{number}") for number in range(FAILED_AT_ONCE)
        ]
        assert "0000" not in stream.getvalue()  # never what was typed
        over = await tried(code, "192.0.2.200")  # even the right code is not looked at
        assert (over.status, b"freehold session link" in over.body) == (429, True)
        assert (await tried(code, "198.51.100.1")).status == 303


def steady_page(answer: Answer) -> str:
    """Return a page without what differs each time: the keys of its forms, and the moment."""
    return re.sub(r'value="[^"]*"|<time .*?</time>', "", answer.body.decode())


async def test_a_code_of_which_too_many_were_tried_needs_a_new_one(fresh: House) -> None:
    code, browser = await code_of(fresh), Browser(fresh)
    assert fresh.runtime.claims.code is not None
    fresh.runtime.claims.code = replace(fresh.runtime.claims.code, tries=1)
    for typed in ("0000-0000", code):
        over = await browser.post("/claim", code=typed, how="new")
        assert (over.status, b"This code works no more." in over.body) == (403, True)
    page = (await browser.get("/claim")).body
    assert b"There is no code now." in page
    assert b"started with --data" in page  # the command without it looks in another folder
    assert (await browser.post("/claim", code=await code_of(fresh), how="new")).status == 303


async def test_a_press_with_nothing_typed_costs_no_try(fresh: House) -> None:
    code, browser = await code_of(fresh), Browser(fresh)
    for _ in range(FAILED_AT_ONCE + 1):
        empty = await browser.post("/claim", code=" ", how="new")
        assert (empty.status, b"Type the code that the terminal shows." in empty.body) == (403, True)
    assert (await browser.post("/claim", code=code, how="new")).status == 303


async def test_who_has_given_the_code_is_not_told_that_there_is_none(fresh: House) -> None:
    browser = await with_code(fresh)
    page = (await browser.get("/claim")).body
    assert b"You have given the code" in page
    assert b"There is no code now." not in page


async def test_a_code_works_once_in_its_time_and_is_the_last_that_was_made(fresh: House) -> None:
    first, second = await code_of(fresh), await code_of(fresh)
    assert (await Browser(fresh).post("/claim", code=first, how="new")).status == 403
    answers = await asyncio.gather(*(Browser(fresh).post("/claim", code=second, how="new") for _ in range(2)))
    assert sorted(answer.status for answer in answers) == [303, 403]
    late = await code_of(fresh)
    fresh.clock.ahead += CODE_HOLDS
    assert (await Browser(fresh).post("/claim", code=late, how="new")).status == 403


async def test_who_has_a_later_code_is_the_only_one_who_is_in(fresh: House) -> None:
    first, second = await with_code(fresh), await with_code(fresh)
    assert (await first.get("/claim/name")).status == 303
    assert (await second.get("/claim/name")).status == 200


async def test_a_link_from_the_terminal_puts_out_who_had_only_the_code(fresh: House) -> None:
    eve, unused = await with_code(fresh), await code_of(fresh)
    owner = Browser(fresh)
    await owner.sign_in()
    assert fresh.runtime.claims.take(unused, now=fresh.clock()) is not Claimed.RIGHT
    assert (await eve.get("/security")).headers["Location"].startswith("/sign-in")
    assert (await owner.get("/security")).status == 200


async def test_a_setting_puts_out_who_had_only_the_code(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", claimed=False) as house:
        port, eve = house.settings.port, await with_code(house)
    async with open_house(tmp_path / "n", port=port, claimed=True) as house:
        eve.house = house
        assert (await eve.get("/security")).headers["Location"].startswith("/sign-in")


@pytest.mark.parametrize("by_link", [True, False])
async def test_what_was_begun_with_an_earlier_code_claims_nothing(fresh: House, *, by_link: bool) -> None:
    eve = await with_code(fresh)
    await eve.get("/claim/name")
    async with hashing_held(fresh) as waits:
        begun = asyncio.create_task(eve.post("/claim/name", name="Eve", way="password", password=PASSWORD))
        await waits()
        await (Browser(fresh).sign_in() if by_link else with_code(fresh))
    assert (await begun).status == 401
    shown = (await fresh.owner("GET", "/security")).json
    assert (shown["password_set_at"], await is_claimed(fresh)) == (None, by_link)


async def test_another_site_claims_nothing(fresh: House) -> None:
    code = await code_of(fresh)
    headers = {"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"}
    assert (await Browser(fresh).send_form("/claim", {"code": code, "how": "new"}, **headers)).status == 403
    assert (await Browser(fresh).post("/claim", code=code, how="new")).status == 303


async def test_restoring_says_what_it_can_do_and_uses_nothing_up(fresh: House) -> None:
    code, browser = await code_of(fresh), Browser(fresh)
    page = await browser.post("/claim", how="restore", code=code)
    assert (page.status, b"A copy comes back at the machine, not here." in page.body) == (200, True)
    verbs = {
        " ".join(command.words): {
            spelling for one in command.options for spelling in one.spelling.split(", ")
        }
        for command in tree()
        if not command.group
    }
    typed = [line.split(" ") for line in re.findall("<code>(freehold .*?)</code>", page.body.decode())]
    assert len(typed) == 4
    for words in typed:
        assert words[1:3] == ["--data", "folder"]
        called = " ".join(["freehold", *(word for word in words[3:] if not word.startswith("--"))])
        assert {word for word in words[3:] if word.startswith("--")} <= verbs[called]
    assert (await browser.post("/claim", how="new", code=code)).status == 303


async def test_a_link_from_the_terminal_claims_too_and_so_does_a_setting(tmp_path: Path) -> None:
    folder = tmp_path / "n"
    async with open_house(folder, claimed=False) as house:
        port = house.settings.port
        tried = await house.owner("POST", "/sessions/links?dry_run=true")
        assert (tried.status, await is_claimed(house)) == (200, False)
        await Browser(house).sign_in()
        assert await is_claimed(house)
    async with open_house(folder, port=port, claimed=False) as house:
        assert await is_claimed(house)
    async with open_house(tmp_path / "set", claimed=True) as house:
        assert await is_claimed(house)
        port = house.settings.port
    async with open_house(tmp_path / "set", port=port, claimed=False) as house:
        assert await is_claimed(house)


async def test_at_a_name_of_its_own_the_address_is_that(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", dev=False, origin="https://node.example", claimed=False) as house:
        made = (await house.owner("POST", "/claim")).json
        assert re.fullmatch(r"https://node\.example/claim/[0-9A-Z]{4}-[0-9A-Z]{4}", made["url"])


async def test_the_page_of_the_name_says_what_answers_at_the_address(fresh: House) -> None:
    browser = await with_code(fresh)
    page = (await browser.get("/claim/name")).body.decode()
    assert "only this machine reaches it" in page
    assert "To deal with others, give it a name of its own" in page
    assert "This one is for trying things out: its address never changes" in page
    assert "This can wait" not in page
    assert fresh.runtime.own_address.last is not None


async def test_a_business_is_asked_what_customers_call_it(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", kind="organization", claimed=False) as house:
        browser = await with_code(house)
        page = (await browser.get("/claim/name")).body.decode()
        assert "As customers know you." in page
        assert 'autocomplete="organization"' in page
        german = (await browser.get("/claim/name", **{"Accept-Language": "de"})).body.decode()
        assert familiar(german) == []


async def test_a_business_is_spoken_to_as_one_from_the_door_on(tmp_path: Path) -> None:
    german = {"Accept-Language": "de"}
    for kind, words in (("organization", "Tippen Sie den Code"), ("person", "Tippe den Code")):
        async with open_house(tmp_path / kind, claimed=False, kind=kind) as house:
            page = (await Browser(house).get("/claim", **german)).body.decode()
            assert words in page
