"""The frame of every page: landmarks, languages, policy, and what is said when something goes wrong."""

import re
from html.parser import HTMLParser

import pytest

from node.core import codes
from node.web.edge.problems import Refusal
from node.web.pages import errors, pages
from node.web.pages.languages import GERMAN, Reader, reading
from node.web.pages.refusals import Sentence, words_of
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
    assert document["hint"] in page
    assert "nope" not in page


@pytest.mark.parametrize(
    "status", [400, 401, 403, 404, 405, 409, 410, 413, 418, 421, 422, 429, 500, 503, 507]
)
async def test_every_error_has_words(status: int) -> None:
    assert all(errors.headline_of(status))


async def test_what_people_meet_is_said_in_their_words() -> None:
    with reading(Reader(language=GERMAN)):
        assert words_of(codes.UNKNOWN_ID, "x") == Sentence(
            "Unter dieser Nummer gibt es nichts, oder nichts mehr."
        )
        assert words_of(codes.DATABASE_DAMAGED, "English.") == Sentence("English.", is_translated=False)
    assert words_of(codes.DATABASE_DAMAGED, "English.") == Sentence("English.")


async def test_a_refusal_keeps_its_headers_and_is_text(shared: House) -> None:
    from aiohttp.test_utils import make_mocked_request

    request = make_mocked_request("GET", "/x", app=shared.app)
    refusal = Refusal(429, codes.TOO_MANY_STREAMS, "a < b & c", headers={"Retry-After": "3"}, close=True)
    answer = errors.answer(request, refusal)
    assert answer.text is not None
    assert "<p>a &lt; b &amp; c</p>" in answer.text
    assert "Try again in 3 seconds." in answer.text
    assert (answer.status, answer.headers["Retry-After"], answer.keep_alive) == (429, "3", False)


async def test_the_style_guide_is_for_developers() -> None:
    shown = {
        develops: {route.path for route in pages.routes(develops=develops)} for develops in (True, False)
    }
    assert shown[True] - shown[False] == {"/styleguide"}
