"""Pictures of peers on pages: from this node alone, for who is signed in."""

import re
from io import BytesIO

import pytest
from PIL import Image

from node.core.addresses import Reach
from node.delivery.client import Client
from node.delivery.faces import Faces
from tests.core.test_pictures import drawn
from tests.web.browsing import Browser
from tests.web.house import House, Peer, until
from tests.web.pages.market import offered, once

pytestmark = pytest.mark.asyncio(loop_scope="module")

LOGO = "/logo.png"


async def look(house: House) -> None:
    """Have the node look at the pictures that are due, at once."""
    reach = Reach(allow_loopback_http=True)
    async with Client(reach, clock=house.clock, user_agent="Freehold/test") as client:
        await Faces(client, house.runtime.store, clock=house.clock, home=house.origin).turn()


async def deal(house: House, shop: Peer, *, hurried: bool = True) -> None:
    """Deal with a shop that has a logo, until the node has its picture: at once, or by itself."""
    shop.files[LOGO] = ("image/png", drawn("PNG", (300, 100)))
    shop.changes = {"icon": {"type": "Image", "mediaType": "image/png", "url": shop.origin + LOGO}}
    await offered(house, shop, {"price": [once("12000.00")]})
    if hurried:
        await look(house)
    await until(lambda: house.runtime.gallery.shown)


async def test_a_logo_comes_from_the_node_beside_the_name(house: House, shop: Peer) -> None:
    await deal(house, shop, hurried=False)  # what the test has fetched too would come twice on a slow machine
    browser = Browser(house)
    await browser.sign_in()
    for _ in range(2):
        page = (await browser.get("/businesses")).body.decode()
    found = re.search(
        r'<img class="face" src="(/faces/[0-9a-f]{64}\.png)" alt="" width="36" height="36">', page
    )
    assert found
    assert "<bdi>Shop</bdi>" in page
    assert shop.origin + LOGO not in page
    picture = await browser.get(found[1])
    assert Image.open(BytesIO(picture.body)).size == (96, 96)
    assert shop.opened == [LOGO]  # once, however often the page was looked at
    headers = picture.headers
    assert headers["Content-Type"] == "image/png"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'; sandbox"
    assert headers["Cache-Control"] == "private, max-age=31536000, immutable"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["ETag"].strip('"') in found[1]


async def test_a_logo_is_nobodys_who_is_not_signed_in(house: House, shop: Peer) -> None:
    await deal(house, shop)
    (digest,) = house.runtime.gallery.shown.values()
    answer = await Browser(house).get(f"/faces/{digest}.png")
    assert (answer.status, answer.body) == (303, b"")
    assert (await Browser(house).get(f"/faces/{digest}.png", Accept="image/*")).status == 401


async def test_there_is_nothing_at_other_digests(house: House) -> None:
    browser = Browser(house)
    await browser.sign_in()
    for name in ("0" * 64, "0" * 63, "A" * 64, "../" + "0" * 61):
        assert (await browser.get(f"/faces/{name}.png")).status == 404


async def test_whoever_is_blocked_has_initials_again(house: House, shop: Peer) -> None:
    await deal(house, shop)
    browser = Browser(house)
    await browser.sign_in()
    await browser.get(f"/businesses/one?iri={shop.iri}")
    await browser.post("/businesses/one", iri=shop.iri, do="block")
    await until(lambda: not house.runtime.gallery.shown)
    page = (await browser.get("/businesses")).body.decode()
    assert '<span class="face" aria-hidden="true">S</span>' in page
