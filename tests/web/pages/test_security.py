"""Security over real HTTP: passwords, recovery words, who is in, the lock; and what guessing costs."""

import asyncio
import io
import json
import re
from html import unescape
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from node.core.access import STEP_UP_HOLDS
from node.services.access.kit_checks import LIMIT_TRIES
from node.web.edge.rates import Buckets
from node.web.edge.runtime import FAILED_AT_ONCE, GUESSED_AT_ONCE
from tests.logs import logging_to
from tests.web.browsing import Browser
from tests.web.house import Answer, House, hashing_held, move_in, open_house

pytestmark = pytest.mark.asyncio(loop_scope="module")

PASSWORD = "correct horse battery"
FIELD = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
WORD = re.compile(r'<b lang="en" translate="no">(\w+)</b>')


async def with_password(house: House) -> Browser:
    """Return a browser in which the owner has signed in and set a password."""
    browser = Browser(house)
    await browser.sign_in()
    await browser.get("/security/password")
    assert (await browser.post("/security/password", password=PASSWORD)).status == 303
    return browser


async def words_of(browser: Browser) -> str:
    await browser.get("/security/kit")
    return " ".join(WORD.findall((await browser.post("/security/kit")).body.decode()))


async def is_signed_in(browser: Browser) -> bool:
    return (await browser.get("/security")).status == 200


# --- passwords ---------------------------------------------------------------------------------------


async def test_a_password_signs_in(house: House) -> None:
    await with_password(house)
    browser = Browser(house)
    assert b'type="password"' in (await browser.get("/sign-in?next=/security")).body
    wrong = await browser.post("/sign-in", password=PASSWORD.upper())
    assert (wrong.status, b"That is not right." in wrong.body) == (403, True)
    assert PASSWORD.upper().encode() not in wrong.body
    entered = await browser.post("/sign-in?next=/security", password=PASSWORD)
    assert (entered.status, entered.headers["Location"]) == (303, "/security")
    assert await is_signed_in(browser)


async def test_the_log_has_who_came_in_and_who_did_not_and_nothing_they_typed(house: House) -> None:
    await with_password(house)
    browser, stream = Browser(house), io.StringIO()
    with logging_to(stream):
        await browser.get("/sign-in")
        await browser.post("/sign-in", password=PASSWORD.upper())
        await browser.post("/recover", words="one two three")
        await browser.post(f"/sign-in/{'x' * 43}")
        await browser.post("/sign-in", password=PASSWORD)
    said = [json.loads(line) for line in stream.getvalue().splitlines()]
    told = [(line["event"], line.get("way")) for line in said if line.get("address") == "127.0.0.1"]
    refused = [("not let in", way) for way in ("password", "words", "link")]
    assert told == [*refused, ("signed in", None)]
    typed = (PASSWORD, PASSWORD.upper(), "one two three", "x" * 43)
    assert [secret for secret in typed if secret in stream.getvalue()] == []


async def test_a_shorter_time_to_undo_takes_a_proof(house: House) -> None:
    browser = await with_password(house)
    house.clock.ahead += STEP_UP_HOLDS
    assert b"Your password" in (await browser.get("/security/undo")).body
    asked = await browser.post("/security/undo", seconds="5", form_key="without")
    assert (asked.status, b"Show that it is still you." in asked.body) == (403, True)
    wrong = await browser.post("/security/undo", seconds="5", proof_password="no", form_key="wrong")
    assert (wrong.status, b'value="5" checked' in wrong.body) == (403, True)
    right = await browser.post("/security/undo", seconds="5", proof_password=PASSWORD, form_key="right")
    assert (right.status, right.headers["Location"]) == (303, "/security")
    shown = (await browser.get("/security/undo", Accept="application/json")).json
    assert shown["undo_seconds"] == 5


@pytest.mark.parametrize("seconds", [0, 45])
async def test_what_holds_by_the_setting_of_the_node_can_be_chosen(tmp_path: Path, seconds: int) -> None:
    async with open_house(tmp_path / "n", undo_seconds=seconds) as house:
        browser = Browser(house)
        await browser.sign_in()
        shown = (await browser.get("/security/undo")).body.decode()
        assert re.findall(r'value="(\d+)" checked>', shown) == [str(seconds)]
        kept = await browser.post("/security/undo", seconds=str(seconds))
        assert (kept.status, kept.headers["Location"]) == (303, "/security")


async def test_a_weak_password_is_not_set(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    for password in ("short", "me me me me me"):
        await browser.get("/security/password")
        refused = await browser.post("/security/password", password=password)
        assert (refused.status, b'aria-invalid="true"' in refused.body) == (422, True)
        assert password.encode() not in refused.body
    assert (await house.owner("GET", "/security")).json["password_set_at"] is None


async def test_a_new_password_signs_out_who_else_is_in(house: House) -> None:
    thief = Browser(house)
    await thief.sign_in()
    browser = await with_password(house)
    assert [await is_signed_in(browser), await is_signed_in(thief)] == [True, False]


@pytest.mark.parametrize("path", ["/security/password", "/security/kit"])
async def test_a_lock_ends_what_is_under_way(house: House, path: str) -> None:
    thief = Browser(house)
    await thief.sign_in()
    await thief.get(path)
    async with hashing_held(house) as waits:
        begun = asyncio.create_task(thief.post(path, password=PASSWORD))
        await waits()
        assert (await house.owner("POST", "/security/lock")).status == 200
    refused = await begun
    assert (refused.status, b"<b lang" in refused.body) == (401, False)
    shown = (await house.owner("GET", "/security")).json
    assert (shown["password_set_at"], shown["kit_made_at"]) == (None, None)


@pytest.mark.slow
async def test_guessing_passwords_is_slowed_for_each_and_for_all(house: House) -> None:
    await with_password(house)
    browser = Browser(house)
    await browser.get("/sign-in")
    answers = [await browser.post("/sign-in", password="wrong") for _ in range(FAILED_AT_ONCE + 1)]
    assert [answer.status for answer in answers] == [403] * FAILED_AT_ONCE + [429]
    assert (await browser.post("/sign-in", password=PASSWORD)).status == 429  # nor is a right one told
    # From everywhere at once: each new caller, and all together.
    house.runtime.failures = Buckets(per_second=1.0, burst=1_000)
    house.runtime.guesses = Buckets(per_second=0.0001, burst=2)
    house.runtime.first_tries = Buckets(per_second=0.0001, burst=1)
    statuses = [(await browser.post("/sign-in", password="wrong")).status for _ in range(3)]
    assert statuses == [403, 403, 403]  # the first of a network is counted by itself
    house.runtime.guesses = Buckets(per_second=0.1, burst=2)
    statuses = [(await browser.post("/sign-in", password="wrong")).status for _ in range(3)]
    assert statuses == [403, 403, 429]
    assert GUESSED_AT_ONCE > FAILED_AT_ONCE
    await browser.sign_in()  # the owner is not shut out by that


@pytest.mark.slow
async def test_many_guesses_at_once_leave_the_node_answering(house: House) -> None:
    await with_password(house)
    house.runtime.failures = house.runtime.guesses = Buckets(per_second=100.0, burst=1_000)
    browsers = [Browser(house) for _ in range(12)]
    guesses = [asyncio.create_task(one.post("/sign-in", password="wrong")) for one in browsers]
    assert (await house.get("/livez")).status == 200
    statuses = [answer.status for answer in await asyncio.gather(*guesses)]
    assert set(statuses) == {403, 429}


@pytest.mark.slow
async def test_a_password_steps_up(house: House) -> None:
    browser = await with_password(house)
    house.clock.ahead += STEP_UP_HOLDS
    page = await browser.get("/step-up?next=/security/kit")
    assert b'name="proof_password"' in page.body
    wrong = await browser.post("/step-up?next=/security/kit", proof_password="wrong")
    assert (wrong.status, b"That is not right." in wrong.body) == (403, True)
    right = await browser.post("/step-up?next=/security/kit", proof_password=PASSWORD)
    assert (right.status, right.headers["Location"]) == (303, "/security/kit")
    assert (await browser.get("/security/kit")).status == 200
    house.clock.ahead += STEP_UP_HOLDS
    with_it = await browser.post("/security/kit", proof_password=PASSWORD)  # or with the form itself
    assert (with_it.status, len(WORD.findall(with_it.body.decode()))) == (200, 12)
    assert await is_signed_in(browser)


async def test_what_was_typed_waits_while_it_is_asked_who_it_is(house: House) -> None:
    browser = await with_password(house)
    await browser.get("/notifications/mail")
    house.clock.ahead += STEP_UP_HOLDS
    box = {"to": "ada@mail.example", "host": 'a"<b>.example', "port": "25", "security": "none"}
    late = await browser.post("/notifications/mail", **box)
    assert late.status == 403
    assert "What you typed waits here." in late.body.decode()
    action = re.findall(r'action="([^"]+)"', late.body.decode())[-1]
    waiting = FIELD.findall(late.body.decode())
    fields = {name: unescape(value) for name, value in waiting}
    assert fields | box == fields
    wrong = await browser.post(unescape(action), **fields, proof_password="wrong")
    assert (wrong.status, b"That is not right." in wrong.body) == (403, True)
    assert FIELD.findall(wrong.body.decode())[1:] == waiting[1:]  # all but the token, which is masked anew
    refused = await browser.post(unescape(action), **fields, proof_password=PASSWORD)
    assert (refused.status, b'id="host"' in refused.body) == (422, True)  # as if it had been sent in time
    # What is secret never waits in a page, and a form without it would say something else.
    house.clock.ahead += STEP_UP_HOLDS
    secret = await browser.post("/notifications/mail", **box, user="ada", password="hunter2")
    assert (secret.status, secret.headers["Location"]) == (303, "/step-up?next=%2Fnotifications%2Fmail")


@pytest.mark.parametrize(
    ("onward", "away"),
    [("/notifications/mail", "/notifications"), ("/security/kit", "/security"), ("//evil.example", "/")],
)
async def test_who_would_rather_not_show_it_goes_back(house: House, onward: str, away: str) -> None:
    browser = await with_password(house)
    house.clock.ahead += STEP_UP_HOLDS
    page = (await browser.get(f"/step-up?next={onward}")).body.decode()
    assert f'<a href="{away}" aria-label="Back">' in page


# --- recovery words ----------------------------------------------------------------------------------


@pytest.mark.slow
async def test_recovery_words_sign_in_once(house: House) -> None:
    words = await words_of(await with_password(house))
    browser, thief = Browser(house), Browser(house)
    for said in ("", "oak", words.replace(words.split()[0], "zoo", 1) + " zoo"):
        wrong = await browser.post("/recover", words=said)
        assert (wrong.status, b'aria-invalid="true"' in wrong.body) == (422, True)
    answers = await asyncio.gather(*(one.post("/recover", words=words.upper()) for one in (browser, thief)))
    assert sorted(answer.status for answer in answers) == [303, 422]
    assert {answer.headers.get("Location") for answer in answers} == {None, "/security"}
    assert (await Browser(house).post("/recover", words=words)).status == 422


@pytest.mark.slow
async def test_who_came_in_by_words_is_led_to_a_new_way_in_until_there_is_one(house: House) -> None:
    words = await words_of(await with_password(house))
    browser = Browser(house)
    typed = words.split()
    wrong = await browser.post("/recover", words=" ".join([*typed[:6], "shool", *typed[7:]]))
    assert "Word 7, shool, is none of ours" in wrong.body.decode()
    fewer = await browser.post("/recover", words=" ".join(typed[1:]))
    assert "Words so far: 11 of 12." in fewer.body.decode()
    assert (await browser.post("/recover", words=words)).status == 303
    page = (await browser.get("/security")).body.decode()
    assert "Now make a new way in." in page
    assert '<a href="/security/password">Set a new password</a>' in page
    await browser.get("/security/password")
    new = "another long password of mine"
    assert (await browser.post("/security/password", password=new)).status == 303
    assert "Now make a new way in." not in (await browser.get("/security")).body.decode()


async def test_words_that_were_shown_hold_when_their_page_is_loaded_anew(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    await browser.get("/security/kit")
    key = browser.key
    shown = await browser.post("/security/kit", form_key=key)
    assert b"If you load this page anew, they are not shown again" in shown.body
    words = " ".join(WORD.findall(shown.body.decode()))
    anew = await browser.post("/security/kit", form_key=key)
    assert (anew.status, WORD.findall(anew.body.decode())) == (200, [])
    assert b"What you wrote down holds." in anew.body
    assert b'<a href="/security/kit/check">They are printed or written down</a>' in anew.body
    assert b"Do it later" not in anew.body
    assert (await Browser(house).post("/recover", words=words)).status == 303


def typed(page: Answer, words: str) -> dict[str, str]:
    """Return what whoever has these words types where a page asks for some of them."""
    all_words = words.split()
    asked = re.findall(r'name="word-(\d+)"', page.body.decode())
    return {f"word-{place}": f" {all_words[int(place) - 1].upper()}" for place in asked}


async def test_some_of_the_words_are_asked_for_until_they_are_right(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    for answer in (await browser.get("/security/kit/check"), await browser.post("/security/kit/check")):
        assert b"Show me the words" in answer.body  # there are none
    words = await words_of(browser)
    assert "Not checked yet" in (await browser.get("/security")).body.decode()
    assert (await house.owner("GET", "/security")).json["kit_checked"] is False
    page = await browser.get("/security/kit/check?first=yes")
    right = typed(page, words)
    assert len(right) == 3
    assert b"Do it later" in page.body
    slip = next(iter(right))
    wrong = await browser.post("/security/kit/check?first=yes", **{**right, slip: "oka"})
    assert (wrong.status, wrong.body.count(b'aria-invalid="true"')) == (422, 1)
    kept = [f'value="{word}"' in wrong.body.decode() for word in right.values()]
    assert sorted(kept) == [False, True, True]  # nobody types again what was right
    assert f'<a href="#{slip}">Word {slip.removeprefix("word-")} is another one' in wrong.body.decode()
    for _ in range(2):  # also when it is pressed twice
        assert (await browser.post("/security/kit/check?first=yes", **right)).headers["Location"] == "/"
    assert (await browser.get("/security/kit/check")).headers["Location"] == "/security"
    assert (await house.owner("GET", "/security")).json["kit_checked"] is True
    assert "Not checked yet" not in (await browser.get("/security")).body.decode()
    await words_of(browser)  # others are not checked by that
    assert (await house.owner("GET", "/security")).json["kit_checked"] is False


async def test_all_words_are_asked_for_where_three_were_not_known_or_are_no_more(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    words = await words_of(browser)
    for _ in range(LIMIT_TRIES):
        wrong = await browser.post("/security/kit/check")
        assert wrong.status == 422
    assert b'name="words"' in wrong.body
    assert b"These are not the words, or they are in another order." in wrong.body
    right = typed(wrong, words)
    assert right == {}
    for said in ("", words.partition(" ")[2], " ".join(reversed(words.split()))):
        wrong = await browser.post("/security/kit/check", words=said)
        assert (wrong.status, b'aria-invalid="true"' in wrong.body) == (422, True)
    assert (await browser.post("/security/kit/check", words=words)).headers["Location"] == "/security"
    assert (await house.owner("GET", "/security")).json["kit_checked"] is True
    assert (await Browser(house).post("/recover", words=words)).status == 303  # it has used up nothing


@pytest.mark.slow
async def test_new_words_take_the_place_of_those_before(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    before, now = await words_of(browser), await words_of(browser)
    assert before != now
    assert (await Browser(house).post("/recover", words=before)).status == 422
    assert (await Browser(house).post("/recover", words=now)).status == 303


async def test_the_file_holds_neither_words_nor_password(house: House) -> None:
    words = await words_of(await with_password(house))
    await house.runtime.store.checkpoint()
    kept = (house.settings.data / "freehold.db").read_bytes()
    assert b"$argon2id$" in kept
    assert words.encode() not in kept
    assert PASSWORD.encode() not in kept


# --- who is in ---------------------------------------------------------------------------------------


async def test_the_page_shows_the_worst_thing_first_and_the_same_to_programs(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    assert b"<h1>Nothing proves that it is you.</h1>" in (await browser.get("/security")).body
    await browser.post("/security/password", password=PASSWORD)
    assert b"<h1>Safe, until you lose your device.</h1>" in (await browser.get("/security")).body
    await words_of(browser)
    page = await browser.get("/security", **{"Accept-Language": "de"})
    assert "<h1>Sicher, solange niemand dein Passwort erfährt.</h1>" in page.body.decode()
    twin = (await browser.get("/security", Accept="application/json")).json
    assert twin == (await house.owner("GET", "/security")).json
    assert (twin["weakest"], twin["locked_at"]) == ("no-passkey", None)


async def test_a_browser_is_signed_out_from_another(house: House) -> None:
    phone, laptop = Browser(house), Browser(house)
    await phone.sign_in()
    await laptop.sign_in()
    page = (await laptop.get("/security")).body.decode()
    (path,) = re.findall(r"/security/sessions/\w+/end", page)
    assert (await laptop.post(path)).status == 303
    assert [await is_signed_in(phone), await is_signed_in(laptop)] == [False, True]


async def test_a_program_is_locked_out(house: House) -> None:
    secret, browser = await house.token("read"), Browser(house)
    await browser.sign_in()
    page = (await browser.get("/security")).body.decode()
    (path,) = re.findall(r"/security/tokens/\w+/revoke", page)
    assert (await house.get("/api/v1/node", Authorization=f"Bearer {secret}")).status == 200
    assert (await browser.post(path)).status == 303
    assert (await house.get("/api/v1/node", Authorization=f"Bearer {secret}")).status == 401
    assert "/security/tokens/" not in (await browser.get("/security")).body.decode()


@pytest.mark.parametrize(
    "path",
    [
        "/security",
        "/security/kit",
        "/security/lock",
        "/security/password",
        "/security/passkeys/new",
        "/security/passkeys/pk_1",
        "/step-up",
    ],
)
async def test_nothing_is_shown_or_done_for_who_is_not_in(shared: House, path: str) -> None:
    browser = Browser(shared)
    asks = await browser.get(path)
    assert (asks.status, asks.headers["Location"]) == (303, f"/sign-in?next={path.replace('/', '%2F')}")
    assert (await browser.get(path, Accept="application/json")).status == 401
    assert (await browser.post(path)).status in {401, 405}


@pytest.mark.slow
async def test_each_resident_has_ways_in_of_their_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("two") / "n"
    async with open_house(folder) as house:
        await move_in(house, "bea")
        port = house.settings.port
    async with open_house(folder, port=port) as house:
        me, bea = await with_password(house), Browser(house)
        assert b"<option" in (await bea.get("/sign-in")).body
        assert (await bea.post("/sign-in", who="bea", password=PASSWORD)).status == 403
        assert (await bea.post("/sign-in", who="nobody", password=PASSWORD)).status == 403
        made = await house.owner("POST", "/sessions/links?actor=bea")
        await bea.get(urlsplit(made.json["url"]).path)
        assert (await bea.post(urlsplit(made.json["url"]).path)).status == 303
        page = (await me.get("/security")).body.decode()
        assert re.findall(r"/security/sessions/\w+/end", page) == []
        (hers,) = (
            one for one in (await house.owner("GET", "/sessions")).json["items"] if one["actor"] == "bea"
        )
        assert (await me.post(f"/security/sessions/{hers['id']}/end")).status == 404


# --- the lock ----------------------------------------------------------------------------------------


@pytest.mark.slow
async def test_the_lock_ends_everything_until_a_link_from_the_terminal(house: House) -> None:
    browser = await with_password(house)
    words, secret = await words_of(browser), await house.token("admin")
    before = urlsplit((await house.owner("POST", "/sessions/links")).json["url"]).path
    assert b"freehold session link" in (await browser.get("/security/lock")).body
    locked = await browser.post("/security/lock")
    assert (locked.status, browser.secret) == (303, "")
    assert b"This node is locked." in (await browser.get("/sign-in")).body
    assert (await house.get("/api/v1/node", Authorization=f"Bearer {secret}")).status == 401
    assert (await browser.post("/sign-in", password=PASSWORD)).status == 403
    assert (await browser.post("/recover", words=words)).status == 422
    assert (await browser.post(before)).status == 404
    await browser.sign_in()
    assert (await house.owner("GET", "/security")).json["locked_at"] is None
    assert (await Browser(house).post("/recover", words=words)).status == 303  # it was not used up
