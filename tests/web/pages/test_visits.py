"""Visits of the ill-disposed to every page: what an address alone may do, say again, and open."""

import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from html.parser import HTMLParser
from urllib.parse import urlencode

import pytest
import pytest_asyncio

from node.folder import DATABASE_NAME
from node.web.pages.pages import PAGES
from tests.web.browsing import Browser
from tests.web.house import House, Peer, open_house, open_peer
from tests.web.pages.market import offered, once

pytestmark = pytest.mark.asyncio(loop_scope="module")

# As an address can bring it: markup, another site, a script, a template, a form that is filled in and sent.
EVIL = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{1337*1337}}//evil.example"
NAMED = (
    "q", "sort", "next", "error", "filter", "id", "cursor", "iri", "peer", "left", "right", "blind", "begin",
    "first", "before", "state", "do", "say", "undo", "cost", "fit", "soon",
)  # fmt: skip
# What is looked at by nobody, or listens for as long as it is let.
NO_PAGE = frozenset({"/events", "/agreements/{id}/evidence"})
# When somebody was seen last, and what goes on by itself meanwhile.
GOES_ON = frozenset({"web_sessions", "deliveries", "origins", "remote_actors", "faces", "replays", "cursors"})


class Links(HTMLParser):
    """Where a page leads, and what it is made of."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.handlers: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        self.addresses += [
            named[name] or "" for name in ("href", "src", "action", "formaction") if name in named
        ]
        self.handlers += [name for name in named if name.startswith("on")]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def owned(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[House, dict[str, str]]]:
    """A node that deals with a shop, and what stands in the place of ids in addresses."""
    folder = tmp_path_factory.mktemp("visits") / "n"
    async with open_house(folder, requests_burst=100_000) as house, open_peer() as shop:
        yield house, await deal(house, shop)


async def deal(house: House, shop: Peer) -> dict[str, str]:
    wish, offers = await offered(house, shop, *({"price": [once(amount)]} for amount in ("900.00", "800.00")))
    return {"/wishes/": wish, "/offers/": offers[0], "/journal/": "1"}


def addresses(ids: dict[str, str]) -> list[str]:
    """Return an address of every page that can be opened here."""
    paths = dict.fromkeys(page.path for page in PAGES if page.method == "GET" and page.path not in NO_PAGE)
    filled = [
        re.sub(
            r"\{[^/]*\}", next((id for beginning, id in ids.items() if path.startswith(beginning)), "x"), path
        )
        for path in paths
    ]
    return list(dict.fromkeys(filled))


def state(house: House) -> dict[str, list[tuple[object, ...]]]:
    """Return what is in the file of a node."""
    with closing(sqlite3.connect(house.settings.data / DATABASE_NAME)) as file:
        tables = [name for (name,) in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        kept = [name for name in tables if name not in GOES_ON]
        return {name: file.execute(f"SELECT * FROM {name}").fetchall() for name in kept}


@pytest.mark.slow
async def test_ui_01_no_address_does_anything_by_being_opened(owned: tuple[House, dict[str, str]]) -> None:
    house, ids = owned
    browser = Browser(house)
    await browser.sign_in()
    await browser.get("/")
    before = state(house)
    filled_in = {"form_token": browser.token, "form_key": "k", "do": "block", "confirm": "yes", "how": "new"}
    for address in addresses(ids):
        for method in ("GET", "HEAD"):
            headers = {"Cookie": f"freehold-{house.settings.port}={browser.secret}", "Accept": "text/html"}
            await house.request(method, f"{address}?{urlencode(filled_in)}", None, headers)
    assert len(before["journal"]) > 1
    assert state(house) == before


@pytest.mark.slow
async def test_ui_05_ui_10_no_page_says_again_what_its_address_brings_or_leads_elsewhere(
    owned: tuple[House, dict[str, str]],
) -> None:
    house, ids = owned
    browser = Browser(house)
    await browser.sign_in()
    seen = 0
    for address in addresses(ids):
        answer = await browser.get(f"{address}?{urlencode(dict.fromkeys(NAMED, EVIL))}")
        assert answer.status < 500, address
        text = answer.body.decode(errors="replace")
        assert "<script>alert" not in text, address
        assert "onerror=alert(1)>" not in text, address
        assert str(1337 * 1337) not in text, address
        links = Links(text) if "html" in answer.headers.get("Content-Type", "") else Links("")
        assert [link for link in links.addresses if not re.match(r"(/(?![/\\])|#|\?|$)", link)] == [], address
        assert links.handlers == [], address
        seen += bool(links.addresses)
    assert seen > len(addresses(ids)) / 2


async def test_ui_08_every_answer_to_a_browser_is_framed_and_kept_by_nobody(
    owned: tuple[House, dict[str, str]],
) -> None:
    house, ids = owned
    known, nobody = Browser(house), Browser(house)
    await known.sign_in()
    for browser in (known, nobody):
        for address in [*addresses(ids), "/nothing-here", "/wishes/int_0/../..", "/static/0/none.css"]:
            answer = await browser.get(address)
            policy = answer.headers["Content-Security-Policy"]
            assert "default-src 'none'" in policy, address
            assert "unsafe" not in policy, address
            assert answer.headers["X-Content-Type-Options"] == "nosniff", address
            assert answer.headers["Referrer-Policy"] == "no-referrer", address
            if answer.headers.get("Content-Type", "").startswith("text/html"):
                assert answer.headers["Cache-Control"] == "no-store", address
                assert "frame-ancestors 'none'" in policy, address
                assert "require-trusted-types-for 'script'" in policy, address


async def test_au_02_au_10_a_page_is_opened_by_its_cookie_and_nothing_else(
    owned: tuple[House, dict[str, str]],
) -> None:
    house, _ = owned
    browser = Browser(house)
    await browser.sign_in()
    name, token = f"freehold-{house.settings.port}", await house.token("admin")
    page = {"Accept": "text/html"}
    for headers in (
        {"Cookie": f"{name}={token}"},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"Bearer {browser.secret}"},
        {"Cookie": f"freehold={browser.secret}"},
        {"Cookie": f"{name}={browser.secret[:-1]}"},
        {"Cookie": f"{name}={browser.secret}x"},
        {"Cookie": f'{name}="{browser.secret[::-1]}"'},
        {"Remote-User": house.settings.handle, "X-Forwarded-User": house.settings.handle},
        {"X-Freehold-Session": browser.secret},
    ):
        answer = await house.request("GET", "/wishes", None, page | headers)
        assert (answer.status, answer.headers["Location"]) == (303, "/sign-in?next=%2Fwishes"), headers
    api = {"Authorization": f"Bearer {browser.secret}", "Cookie": f"{name}={browser.secret}"}
    assert (await house.request("GET", "/api/v1/offers", None, api)).status == 401


async def test_ui_11_a_name_that_mixes_alphabets_is_said_to(house: House, shop: Peer) -> None:
    shop.changes = {"name": "\u0410\u0440\u0440le Store \u202egnp"}
    await deal(house, shop)
    browser = Browser(house)
    await browser.sign_in()
    page = (await browser.get("/businesses")).body.decode()
    assert "letters of two alphabets" in page
    assert "hidden characters removed" in page
    assert "\u202e" not in page
    assert shop.origin.partition("://")[2] in page  # whose server it is stands beside
