"""Pausing a wish in a browser, without script: what follows is said, then it is so, and it can be lifted."""

from typing import Any

import pytest

from tests.web.house import House, Peer, until
from tests.web.pages.test_wishes import hidden, signed_in

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def told(shop: Peer, count: int) -> dict[str, Any]:
    """Wait until a shop was told so often, and return what it was told last."""
    await until(lambda: len(shop.inbox) >= count)
    return dict(shop.inbox[count - 1]["object"])


async def test_a_wish_is_paused_and_takes_offers_again(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    await told(shop, 1)
    assert (await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri))).status == 202
    path = f"/wishes/{wish['id']}"
    assert f'href="{path}/pause"' in (await browser.get(path)).body.decode()
    form = await browser.get(f"{path}/pause")
    said = form.body.decode()
    assert "1 business is told that it is paused" in said
    assert "1 open offer stands as before" in said
    done = await browser.post(f"{path}/pause", **hidden(form), until="2098-03-01")
    assert (done.status, done.headers["Location"]) == (303, path)
    assert (await told(shop, 2))["paused"] is True
    page = await browser.get(path)
    text = page.body.decode()
    assert ", paused until <time" in text
    assert "Nobody can make a new offer meanwhile. What was offered stands." in text
    assert "1 offer so far" in text
    assert "paused until" in (await browser.get("/wishes")).body.decode()
    twin = (await browser.get(path, Accept="application/json")).json
    assert twin["pause"]["until"].startswith("2098-0")
    late = await shop.post(house, shop.offer(shop.inbox[0]["object"], house.iri, amount="1.00"))
    assert (late.status, late.json["code"]) == (409, "intention-paused")
    resumed = await browser.post(f"{path}/resume", **hidden(page))
    assert (resumed.status, resumed.headers["Location"]) == (303, path)
    assert "paused" not in await told(shop, 3)
    assert "paused until" not in (await browser.get(path)).body.decode()


async def test_it_can_be_paused_without_an_end(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    path = f"/wishes/{(await house.cast(shop.iri))['id']}"
    form = await browser.get(f"{path}/pause")
    assert "There are no offers that stand" in form.body.decode()
    assert (await browser.post(f"{path}/pause", **hidden(form), until="")).status == 303
    text = (await browser.get(path)).body.decode()
    assert ", paused.</h1>" in text
    assert "While the wish is paused, none can come." in text
    assert "paused" in (await browser.get("/")).body.decode()
    await house.cast(shop.iri)
    assert "<h1>One wish is open. One wish is paused.</h1>" in (await browser.get("/wishes")).body.decode()


async def test_a_paused_wish_is_not_called_open(house: House, shop: Peer) -> None:
    browser = await signed_in(house)
    wish = await house.cast(shop.iri)
    assert "<h1>One wish is open.</h1>" in (await browser.get("/wishes")).body.decode()
    form = await browser.get(f"/wishes/{wish['id']}/pause")
    assert (await browser.post(f"/wishes/{wish['id']}/pause", **hidden(form), until="")).status == 303
    assert "<h1>One wish is paused.</h1>" in (await browser.get("/wishes")).body.decode()
    german = await browser.get("/wishes", **{"Accept-Language": "de"})
    assert "<h1>Ein Wunsch pausiert.</h1>" in german.body.decode()


@pytest.mark.parametrize("day", ["2020-01-01", "soon", "2098-13-01", "9999-99-99", "0001-01-01"])
async def test_what_is_no_day_to_come_is_said_at_its_field(house: House, shop: Peer, day: str) -> None:
    browser = await signed_in(house)
    path = f"/wishes/{(await house.cast(shop.iri))['id']}"
    form = await browser.get(f"{path}/pause")
    again = await browser.post(f"{path}/pause", **hidden(form), until=day)
    text = again.body.decode()
    assert again.status == 422
    assert "Choose a day that is still to come" in text
    assert "<title>Mistake: Pause the wish" in text
    assert "paused" not in (await browser.get(path)).body.decode().partition("Change your mind")[0]
