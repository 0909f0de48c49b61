"""Signing in and out, by link, over real HTTP; and what others make a browser do."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import aiohttp
import pytest

from node.web.edge.runtime import FAILED_AT_ONCE
from tests.web.browsing import Browser
from tests.web.house import House, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

UNUSED = "A" * 44


async def link(house: House) -> str:
    made = await house.owner("POST", "/sessions/links")
    assert made.status == 201
    return urlsplit(str(made.json["url"])).path


async def is_signed_in(browser: Browser) -> bool:
    return b"You are signed in" in (await browser.get("/sign-in")).body


async def test_a_link_signs_in_at_the_press_of_its_button(house: House) -> None:
    browser, path = Browser(house), await link(house)
    page = await browser.get(path)  # and however often somebody looks at it
    assert (page.status, page.headers["Cache-Control"]) == (200, "no-store")
    assert b'<form method="post"' in (await browser.get(path)).body
    assert not await is_signed_in(browser)
    entered = await browser.post(path)
    assert (entered.status, entered.headers["Location"]) == (303, "/")
    cookie = entered.headers["Set-Cookie"]
    for part in ("HttpOnly", "SameSite=Lax", "Path=/", "Max-Age=7776000"):
        assert part in cookie
    assert "Domain" not in cookie
    assert await is_signed_in(browser)
    (listed,) = (await house.owner("GET", "/sessions")).json["items"]
    assert (listed["actor"], listed["how"], listed["device"]) == ("me", "link", "Firefox, Linux")


async def test_a_link_works_once_also_for_two_at_once(house: House) -> None:
    path, browsers = await link(house), [Browser(house), Browser(house)]
    answers = await asyncio.gather(*(browser.post(path) for browser in browsers))
    assert sorted(answer.status for answer in answers) == [303, 404]
    over = await Browser(house).post(path)
    assert over.status == 404
    assert b"<h1>This link opens nothing any more.</h1>" in over.body
    assert b"freehold session link" in over.body


async def test_over_https_the_cookie_is_bound_to_this_host(tmp_path: Path) -> None:
    async with open_house(tmp_path / "n", dev=False, origin="https://node.example") as house:
        made = await house.owner("POST", "/sessions/links")
        assert made.json["url"].startswith("https://node.example/sign-in/")
        headers = {
            "Host": "node.example",
            "Origin": "https://node.example",
            "Content-Type": "application/x-www-form-urlencoded",
        }
        url = f"http://127.0.0.1:{house.settings.port}{urlsplit(made.json['url']).path}"
        async with (
            aiohttp.ClientSession() as session,
            session.post(url, headers=headers, allow_redirects=False) as entered,
        ):
            cookie = entered.headers["Set-Cookie"]
        assert cookie.startswith("__Host-freehold=")
        assert "Secure" in cookie


async def test_a_sign_in_ends_when_its_owner_says_so(house: House) -> None:
    phone, laptop = Browser(house), Browser(house)
    await phone.sign_in()
    await laptop.sign_in()
    listed = (await house.owner("GET", "/sessions")).json["items"]
    assert (await house.owner("DELETE", f"/sessions/{listed[-1]['id']}")).status == 200
    assert [await is_signed_in(phone), await is_signed_in(laptop)] == [False, True]
    assert (await laptop.post("/sign-out")).headers["Location"] == "/sign-in"
    assert laptop.secret == ""
    assert (await house.owner("GET", "/sessions")).json["items"] == []
    assert (await house.owner("DELETE", f"/sessions/{listed[-1]['id']}")).status == 404


async def test_after_signing_out_the_secret_opens_nothing(house: House) -> None:
    browser, thief = Browser(house), Browser(house)
    await browser.sign_in()
    await browser.get("/sign-in")
    thief.cookies = dict(browser.cookies)
    await browser.post("/sign-out")
    assert not await is_signed_in(thief)


async def test_a_secret_that_was_planted_before_is_not_the_one_that_signs_in(house: House) -> None:
    """Session fixation: the victim signs in with a cookie that the attacker knows."""
    attacker, victim = Browser(house), Browser(house)
    await attacker.sign_in()
    planted = attacker.secret
    for known in (planted, UNUSED):
        victim.cookies = {f"freehold-{house.settings.port}": known}
        await victim.sign_in()
        assert victim.secret not in {planted, UNUSED}
        assert await is_signed_in(victim)
    assert not await is_signed_in(attacker)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": "null"}, 303),
        ({"Origin": ""}, 303),
        ({"Sec_Fetch_Site": ""}, 303),
        ({"Sec_Fetch_Site": "cross-site", "Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": "https://evil.example"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": "null"}, 403),
        ({"Sec_Fetch_Site": "", "Origin": ""}, 403),
        ({"Content_Type": "text/plain"}, 415),
    ],
)
async def test_a_form_of_another_site_does_nothing(
    shared: House, headers: dict[str, str], status: int
) -> None:
    browser = Browser(shared)
    answer = await browser.send_form(await link(shared), {}, **headers)
    assert answer.status == status
    assert await is_signed_in(browser) is (status == 303)


async def test_a_form_needs_the_token_of_its_own_sign_in(shared: House) -> None:
    browser, other = Browser(shared), Browser(shared)
    for one in (browser, other):
        await one.sign_in()
        await one.get("/sign-in")
    assert browser.token != other.token
    for token in ("", other.token, browser.token[:-1], "ä"):
        refused = await browser.post("/sign-out", token=token)
        assert refused.status == 403
    assert await is_signed_in(browser)
    assert (await browser.post("/sign-out")).status == 303


@pytest.mark.parametrize(
    ("onward", "leads"),
    [
        ("/wishes?x=1", "/wishes?x=1"),
        ("//evil.example", "/"),
        ("https://evil.example", "/"),
        ("/\\evil.example", "/"),
        ("/x\r\nSet-Cookie: a=b", "/"),
    ],
)
async def test_a_sign_in_leads_to_our_own_pages_only(shared: House, onward: str, leads: str) -> None:
    browser = Browser(shared)
    assert (await browser.sign_in(next=onward)).headers["Location"] == leads
    page = await browser.get("/sign-in") if leads == "/" else await browser.get("/sign-in?next=/wishes")
    assert b"evil" not in page.body


@pytest.mark.slow
async def test_who_guesses_links_is_made_to_wait(house: House) -> None:
    browser = Browser(house)
    answers = [await browser.post(f"/sign-in/{UNUSED}") for _ in range(FAILED_AT_ONCE + 2)]
    assert [answer.status for answer in answers] == [404] * FAILED_AT_ONCE + [429] * 2
    assert int(answers[-1].headers["Retry-After"]) <= 31
    assert b"evil" not in answers[-1].body
    await browser.sign_in()  # whoever has the link gets in all the same


async def test_a_signed_out_form_says_to_sign_in(shared: House) -> None:
    refused = await Browser(shared).post("/sign-out")
    assert refused.status == 401


async def test_an_absurd_cookie_is_nobody(shared: House) -> None:
    browser = Browser(shared)
    for value in ("x" * 4_000, "\xe4", '"', "a b"):
        browser.cookies = {f"freehold-{shared.settings.port}": value}
        assert not await is_signed_in(browser)


async def test_what_is_no_form_is_refused(shared: House) -> None:
    path = await link(shared)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": shared.origin}
    for body in (b"a=%ff", b"\xff", b"&".join([b"a=1"] * 600)):
        answer = await shared.request("POST", path, body, headers)
        assert (answer.status, answer.code) == (422, "invalid-shape")
    both = [("Origin", shared.origin), ("Origin", "https://evil.example")]
    async with shared.session.post(shared.origin + path, headers=both) as twice:
        assert twice.status == 403


async def test_a_token_that_may_less_makes_no_link(shared: House) -> None:
    secret = await shared.token("read", "write")
    headers = {"Authorization": f"Bearer {secret}"}
    answer = await shared.request("POST", "/api/v1/sessions/links", b"", headers)
    assert (answer.status, answer.code) == (403, "scope")
