"""The frame of every page: landmarks, languages, policy, and what is said when something goes wrong."""

import re
from functools import cache
from html.parser import HTMLParser
from typing import Any

import pytest
from aiohttp.test_utils import make_mocked_request
from structlog.testing import capture_logs

from node.core import codes
from node.web.edge.problems import HINTS, Refusal
from node.web.pages import pages
from node.web.pages.frame import errors
from node.web.pages.wording.languages import GERMAN, Reader, reading
from node.web.pages.wording.refusals import Sentence, hint_of, words_of
from protocol import codes as wire
from protocol.codes import MEANINGS, Code
from tests.web.browsing import Browser
from tests.web.house import House

pytestmark = pytest.mark.asyncio(loop_scope="module")

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types freehold"
)


class Outline(HTMLParser):
    """What a page is made of, as a browser reads it."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]


@pytest.mark.parametrize(
    ("site", "led"), [("cross-site", True), ("same-site", True), ("same-origin", False), ("none", False)]
)
@pytest.mark.parametrize("path", ["/", "/nope"])
async def test_a_page_to_which_another_site_has_led_says_so(
    shared: House, path: str, site: str, led: bool
) -> None:
    answer = await shared.get(path, Accept=BROWSER, **{"Sec-Fetch-Site": site})
    assert (b"hidden data-led" in answer.body) is led


@pytest.mark.parametrize("path", ["/", "/nope", "/styleguide"])
async def test_a_page_has_its_landmarks_and_nothing_inline(shared: House, path: str) -> None:
    answer = await shared.get(path, Accept=BROWSER)
    outline = Outline(answer.body.decode())
    assert answer.body.startswith(b"<!doctype html>\n")
    assert [outline.tags.count(tag) for tag in ("main", "title")] == [1, 1]
    assert outline.tags.count("h1") == (2 if path == "/styleguide" else 1)  # it shows one
    assert ("href", "#main") in outline.attributes
    assert ("id", "main") in outline.attributes
    assert ("aria-live", "polite") in outline.attributes
    assert [name for name, _ in outline.attributes if name == "style" or name.startswith("on")] == []
    assert "style" not in outline.tags
    assert not re.search(r"<script(?![^>]* src=)", answer.body.decode())
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["Cache-Control"] == "no-store"


async def test_the_readers_language_is_spoken(shared: House) -> None:
    for accept, lang, said in (
        ("de", "de", "Hier ist nichts."),
        ("en-US", "en", "There is nothing here."),
        ("en-XA", "en-XA", "[Ţĥéŕé îš ɱöţĥîɱĝ ĥéŕé."),
    ):
        text = (await shared.get("/nope", Accept=BROWSER, **{"Accept-Language": accept})).body.decode()
        assert f'<html lang="{lang}"' in text
        assert said[:5] in text
    chosen = await shared.get("/nope", Accept=BROWSER, Cookie="language=de; look=dark; zone=Europe/Berlin")
    assert b'<html lang="de" data-theme="dark">' in chosen.body
    wrong = await shared.get("/nope", Accept=BROWSER, Cookie='language="><x>; look=<x>; zone=../x')
    assert b"<x>" not in wrong.body


async def test_more_contrast_is_a_sheet(shared: House) -> None:
    text = (await shared.get("/nope", Accept=BROWSER, Cookie="look=more")).body.decode()
    assert 'media="all" data-contrast' in text


async def test_an_error_says_what_is_so_and_what_to_do(shared: House) -> None:
    page = (await shared.get("/nope", Accept=BROWSER)).body.decode()
    document = (await shared.get("/nope")).json
    assert "<h1>There is nothing here.</h1>" in page
    assert f"<code>{document['code']}</code>" in page
    assert "Look at the address again, or begin at the beginning." in page
    assert "nope" not in page


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 418, 421, 422, 429, 500, 503, 507]
)
async def test_every_error_has_words(status: int) -> None:
    assert all(errors.headline_of(status, codes.INVALID_SHAPE))


async def test_what_people_meet_is_said_in_their_words() -> None:
    with reading(Reader(language=GERMAN)):
        assert words_of(codes.UNKNOWN_ID, "x") == Sentence(
            "Unter dieser Nummer gibt es nichts, oder nichts mehr."
        )
        assert words_of(codes.NOT_ERASABLE, "English.") == Sentence("English.", is_translated=False)
    assert words_of(codes.NOT_ERASABLE, "English.") == Sentence("English.")


@cache
def nobody() -> dict[str, Any]:
    """Return the ends of a connection that leads nowhere; to make them takes longer than a page does."""
    once = make_mocked_request("GET", "/")
    return {"protocol": once.protocol, "transport": once.transport, "writer": once.writer}


def refused(house: House, refusal: Refusal, path: str = "/x", language: str = "de") -> str:
    """Return the page of a refusal."""
    spoken = {"Accept-Language": language}
    request = make_mocked_request("GET", path, headers=spoken, app=house.app, **nobody())
    text = errors.answer(request, refusal).text
    assert text is not None
    return text


@pytest.mark.parametrize("code", sorted(MEANINGS))
async def test_no_error_says_anything_in_english_to_a_german(shared: House, code: Code) -> None:
    for status in (403, 409, 422):
        page = refused(shared, Refusal(status, code))
        said, technical = page.split("<details>")
        assert 'lang="en"' not in said
        assert MEANINGS[code] not in said
        assert HINTS.get(code, "\0") not in page
        assert technical.count('lang="en"') == (not words_of_german(code))


def words_of_german(code: Code) -> bool:
    """Tell whether a code has words for people."""
    with reading(Reader(language=GERMAN)):
        return words_of(code, "English.").is_translated


async def test_every_hint_for_programs_is_one_for_people_or_none(shared: House) -> None:
    with reading(Reader(language=GERMAN)):
        said = {code: hint_of(code) for code in MEANINGS}
    assert all(hint not in HINTS.values() for hint in said.values() if hint)
    assert all(words_of_german(code) or said[code] for code in HINTS if code in MET)


# Codes with hints that a person can come by; the others are of programs, which name ids and cursors.
MET = {
    codes.DATABASE_DAMAGED, codes.IDEMPOTENCY_CONFLICT, wire.ILLEGAL_TRANSITION, codes.INTERNAL,
    codes.INVALID_SHAPE, codes.JOURNAL_BROKEN, codes.LIST_EMPTY, codes.LIST_REPLACED,
    codes.METHOD_NOT_ALLOWED, wire.NO_LEAVING, codes.NOTICE_TOO_SHORT, codes.NOT_FOUND,
    codes.OFFER_CHANGED, codes.PRICE_LIST_INVALID, codes.STORAGE_UNAVAILABLE, codes.TOO_MANY_REQUESTS,
    codes.TOO_MANY_STREAMS, codes.UNKNOWN_ID, codes.WRONG_HOST, wire.ACCT_INVALID, wire.BODY_TOO_LARGE,
    wire.DIGEST_MISMATCH, wire.MISSING_START,
}  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        ("1", "Try again in 1 seconds."),
        ("90", "Try again in 90 seconds."),
        ("600", "Try again from "),
        ("", ""),
        ("soon", ""),
        ("9" * 10, ""),
    ],
)
async def test_who_is_to_wait_is_told_until_when(shared: House, seconds: str, said: str) -> None:
    headers = {"Retry-After": seconds} if seconds else {}
    page = refused(shared, Refusal(429, codes.TOO_MANY_REQUESTS, headers=headers), language="en")
    assert said in page
    assert ("Try again" in page) is bool(said)


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        (f"/offers/of_{'0' * 26}/accept", f"/offers/of_{'0' * 26}"),
        (f"/wishes/int_{'z' * 26}", f"/wishes/int_{'z' * 26}"),
        (f"/agreements/agr_{'a' * 26}/leave", f"/agreements/agr_{'a' * 26}"),
        ("/offers/of_1/accept", ""),
        (f"/security/of_{'0' * 26}", ""),
        ("//evil.example", ""),
    ],
)
async def test_who_came_too_late_is_led_to_how_it_stands(shared: House, path: str, leads: str) -> None:
    page = refused(shared, Refusal(409, codes.OFFER_CHANGED), path=path, language="en")
    assert (f'<a class="btn primary" href="{leads}">See how it stands now</a>' in page) is bool(leads)
    assert "See how it stands now" not in refused(shared, Refusal(422, codes.OFFER_CHANGED), path=path)


@pytest.mark.parametrize(
    ("path", "leads"),
    [
        ("/wishes/new", "/wishes/new"),
        ("/offers/of_1/thread", "/offers/of_1/thread"),
        ("/notifications/ch_1/test", "/notifications"),  # where a form is sent to and nothing is shown
        ("/sign-out", "/"),
        ("//evil.example", "/"),
    ],
)
async def test_whose_form_came_too_late_is_led_back_to_its_page(shared: House, path: str, leads: str) -> None:
    await shared.get("/nope", Accept=BROWSER)  # with the first page they are all there
    old = refused(shared, Refusal(403, codes.FORM_FOREIGN), path=path, language="en")
    assert "<h1>Open this page again.</h1>" in old
    assert f'<a class="btn primary" href="{leads}">Open it again</a>' in old
    over = refused(shared, Refusal(401, codes.SIGN_IN), path=path, language="en")
    onward = leads.replace("/", "%2F")
    assert f'<a class="btn primary" href="/sign-in?next={onward}">Sign in</a>' in over
    assert "Open it again" not in refused(shared, Refusal(403, codes.STEP_UP), path=path, language="en")


async def test_a_defect_has_a_number_that_the_log_has_too(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    house.runtime.counts = None  # type: ignore[assignment]  # a defect
    with capture_logs() as logged:
        page = (await browser.get("/")).body.decode()
    assert "<h1>Something broke here.</h1>" in page
    (failed,) = [line for line in logged if line["event"] == "request failed"]
    assert f"<code>{failed['id']}</code>" in page
    problem = await house.get(
        "/", Accept="application/json", Cookie=f"freehold-{house.settings.port}={browser.secret}"
    )
    assert problem.status == 500
    assert str(problem.json["request"]).startswith("req_")


async def test_a_defect_is_logged_without_the_secret_of_its_address(house: House) -> None:
    house.runtime.clock = None  # type: ignore[assignment]  # a defect
    with capture_logs() as logged:
        answer = await house.get("/calendar/a-secret-of-somebody.ics")
    assert answer.status == 500
    (failed,) = [line for line in logged if line["event"] == "request failed"]
    assert failed["path"] == "/calendar/{secret}.ics"
    assert "a-secret-of-somebody" not in str([line for line in logged if "exc_info" not in line])


async def test_a_refusal_keeps_its_headers_and_is_text(shared: House) -> None:
    request = make_mocked_request("GET", "/x", app=shared.app)
    refusal = Refusal(429, codes.TOO_MANY_STREAMS, "a < b & c", headers={"Retry-After": "3"}, close=True)
    answer = errors.answer(request, refusal)
    assert answer.text is not None
    assert "a &lt; b &amp; c" not in answer.text  # a code that has words for people
    assert "Too many pages of this node are open at once." in answer.text
    assert "Try again in 3 seconds." in answer.text
    assert (answer.status, answer.headers["Retry-After"], answer.keep_alive) == (429, "3", False)


async def test_the_style_guide_is_for_developers() -> None:
    shown = {
        develops: {route.path for route in pages.routes(develops=develops)} for develops in (True, False)
    }
    assert shown[True] - shown[False] == {"/styleguide"}
