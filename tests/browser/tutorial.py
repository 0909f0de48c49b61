"""The tutorial in the browser: somebody at the demonstration goes from a link to a deal, page by page.

    python -m tests.browser.tutorial docs/pictures

takes the pictures that docs/tutorial-in-the-browser.md shows, one of each step, as a phone shows it.
"""

import asyncio
import io
import re
import tempfile
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from PIL import Image
from playwright.async_api import Page, expect

from node.sandbox.market import make_nodes, started
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node
from node.sandbox.story import WANTED, Story
from tests.browser import shop
from tests.browser.chromium import browsing
from tests.browser.folders import folder_named
from tests.browser.hands import Pointing
from tests.browser.people import Customer
from tests.browser.visits import Visit, visiting
from tests.docs import papers

PAGE: Final = "docs/tutorial-in-the-browser.md"
WISH: Final = "A car for the family"
POINT: Final = {"What": "fuelConsumption", "Value": "8", "Unit": "l/100 km"}
LIMIT: Final = "3500"
SHOPS: Final = ("Harbour Motors", "Meadow Autos", "Northside Cars")
LAST_BEFORE_IT_LEAVES: Final = "undo"
_CONTROLS: Final = "a, button, label, summary"
_COLOURS: Final = 48  # as many as the letters' edges need; a picture has some 15 kB then


def told() -> dict[str, list[str]]:
    """Return what the tutorial says to press or fill in: the names in bold, by the picture beside them."""
    found: dict[str, list[str]] = {}
    for section in papers.prose(PAGE).split("\n## "):
        names = re.findall(r"\*\*([^*]+)\*\*", section)
        for picture in re.findall(r"\(pictures/([a-z-]+)\.png\)", section):
            found[picture] = [" ".join(name.split()) for name in names]
    return found


async def controls(page: Page) -> list[str]:
    """Return what can be pressed or filled in on a page, by name."""
    return [" ".join(name.split()) for name in await page.locator(_CONTROLS).all_inner_texts()]


async def steps(visit: Visit, node: Node) -> AsyncGenerator[str, None]:
    """Walk through it at the customer's node; yield a step's name with each page of it."""
    customer = Customer(visit, Pointing())
    await visit.go(node.sign_in_link().removeprefix(node.origin))
    yield "sign-in"
    await customer.button("Sign in here")
    yield "today"
    await customer.link("Wishes")
    yield "today"
    await customer.link("New wish")
    await customer.write("In your words", WISH)
    for label, text in POINT.items():
        await customer.write(label, text)
    await customer.write("The most you would pay", LIMIT)
    for name in SHOPS:
        await visit.page.get_by_role("checkbox", name=name).check()
    await visit.page.evaluate("scrollTo(0, 0)")
    yield "wish"
    await expect(visit.page.get_by_role("button", name="Send the wish to 3")).to_be_visible()
    await visit.page.locator(".door").scroll_into_view_if_needed()
    yield "door"
    await customer.button("Send the wish to 3")
    await visit.page.wait_for_url(lambda url: urlsplit(url).path != "/wishes/new")
    yield "offers"
    await _wait_for_offers(visit, node)
    yield "offers"
    await customer.link("All")
    yield "compare"
    await customer.link("Look closer")
    yield "offer"
    await customer.link("Accept…")
    yield "accept"
    await customer.button("Accept and pay")
    await expect(customer.headline).to_contain_text("Signed. It leaves at")
    yield LAST_BEFORE_IT_LEAVES
    await visit.page.wait_for_url("**/agreements/*")
    await _wait_for_signatures(visit)
    await visit.page.evaluate("scrollTo(0, 0)")
    yield "agreement"


async def _wait_for_offers(visit: Visit, node: Node) -> None:
    wish = urlsplit(visit.page.url).path.removeprefix("/wishes/")
    await shop.seen(lambda: len(list(node.api.pages("/offers", intention=wish))) >= WANTED, "the offers")
    await visit.page.reload()


async def _wait_for_signatures(visit: Visit) -> None:
    signed = visit.page.get_by_role("heading", name="Signed by both")
    for _ in range(240):  # a minute
        if await signed.count():
            return
        await visit.page.wait_for_timeout(250)
        await visit.page.reload()
    await expect(signed).to_be_visible()


async def picture(page: Page) -> bytes:
    """Return what a page looks like where it is, as a PNG of few colours."""
    shown = Image.open(io.BytesIO(await page.screenshot())).convert("RGB")
    made = io.BytesIO()
    shown.quantize(_COLOURS, dither=Image.Dither.NONE).save(made, "PNG", optimize=True)
    return made.getvalue()


async def _take(folder: Path, node: Node) -> None:
    async with browsing() as browser, visiting(browser, node.origin) as visit:
        async for name in steps(visit, node):  # of a step with several pages the last is kept
            (folder / f"{name}.png").write_bytes(await picture(visit.page))


def main(folder: Path) -> None:
    """Play the demonstration, walk through it, and leave the pictures in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    voice = Narrator(io.StringIO())
    with tempfile.TemporaryDirectory() as market:
        nodes = make_nodes(Path(market))
        with started(nodes, voice):
            customer, northside, harbour, meadow = nodes
            Story(customer, northside, harbour, meadow, voice, Path(market)).play()
            asyncio.run(_take(folder, customer))


if __name__ == "__main__":
    main(folder_named("Take the pictures of the tutorial in the browser."))
