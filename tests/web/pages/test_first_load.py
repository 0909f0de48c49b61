"""How much a browser loads when it opens a page first: the page, and all that it names, as it is sent."""

import gzip
import re
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlencode

import aiohttp
import pytest
import pytest_asyncio

from node.web.pages.pages import PAGES
from tests.web.browsing import Browser
from tests.web.house import House, open_peer
from tests.web.pages.market import FAIR, GOOD, LATE, QUIET, monthly, offered, once

pytestmark = pytest.mark.asyncio(loop_scope="module")

MOST_BYTES = 60_000
# What a browser fetches by itself, or saves; and what is led away from, or is not there in this scene.
UNSEEN = re.compile(
    r"/(events|sw\.js|manifest|claim|desk|agreements/|security/passkeys/|styleguide|step-up|faces/|calendar/)"
)
PATHS = [
    path
    for path in dict.fromkeys(page.path for page in PAGES if page.method == "GET")
    if not UNSEEN.match(path) and not path.endswith(("/accepted", "{id}/remove"))
]
NAMED = re.compile(r'(?:href|src)="(/static/[^"]+)"')
WORDS = "Serviced every year, two owners, no accident, and the tyres are new. " * 40


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(market: House) -> AsyncIterator[Mapping[str, str]]:
    """A node with a lot on every page; what stands for the things in addresses, by their beginnings."""
    async with open_peer() as shop:
        terms = {"price": [once("9000.00"), monthly("19.90", count=24)], "content": WORDS}
        kinds = (GOOD, FAIR, QUIET, LATE)
        many = [{**terms, "name": f"Car {n}", "properties": kinds[n % 4]} for n in range(40)]
        wish, ids = await offered(market, shop, *many, content=WORDS)
        for number in range(30):
            await market.cast(shop.iri, name=f"Wish {number}", content=WORDS)
        things = {"/wishes/": wish, "/offers/": ids[0], "/journal/": "40", "/sign-in/": "x", "peer": shop.iri}
        yield things | {"/terms/roster/": "SD-BASE-ATP-S3P-DP", "/terms/flags/": "tracking"}


async def sent(browser: Browser, session: aiohttp.ClientSession, path: str) -> tuple[int, bytes]:
    """Return how many bytes are sent, and what they are."""
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    headers = {"Accept": "text/html", "Accept-Encoding": "gzip, br", "Cookie": cookie}
    async with session.get(browser.house.origin + path, headers=headers, allow_redirects=False) as response:
        assert response.status == 200, (path, response.status)
        body = await response.read()
        packed = response.headers.get("Content-Encoding") == "gzip"
        return len(body), gzip.decompress(body) if packed else body


@pytest.mark.parametrize("path", PATHS)
async def test_a_first_load_is_small(market: House, filled: Mapping[str, str], path: str) -> None:
    browser = Browser(market)
    await browser.sign_in()
    thing = next((id for begins, id in filled.items() if path.startswith(begins)), "")
    address = re.sub(r"\{\w+\}", thing, path)
    if path == "/businesses/one":
        address += "?" + urlencode({"iri": filled["peer"]})
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        size, page = await sent(browser, session, address)
        named = {*NAMED.findall(page.decode())}
        assert len(named) >= 5
        loaded = [(await sent(browser, session, part))[0] for part in named]
    assert size + sum(loaded) < MOST_BYTES
    assert size + sum(loaded) > 5_000  # and something was looked at
