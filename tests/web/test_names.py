"""The name under which others see an actor: changed by its owner, and told to those who know it."""

from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from node.core.codes import NAME_INVALID
from tests.web.house import House, open_house, until

pytestmark = pytest.mark.asyncio(loop_scope="module")


async def names(house: House) -> list[str]:
    return [peer["name"] for peer in (await house.owner("GET", "/peers")).json["items"]]


async def test_a_new_name_reaches_followers_and_whoever_has_something_open(tmp_path: Path) -> None:
    named: dict[str, Any] = {"kind": "organization", "name": "Velo Nord"}
    async with (
        open_house(tmp_path / "ada") as ada,
        open_house(tmp_path / "eve") as eve,
        open_house(tmp_path / "shop", **named) as shop,
    ):
        assert (await eve.owner("POST", "/peers/follow", {"peer": shop.iri})).status == 200
        await ada.cast(shop.iri)
        await until(lambda: heard(shop))
        intention = (await shop.owner("GET", "/intentions?own=false")).json["items"][0]["id"]
        price = [{"kind": "oneOff", "amount": "2249", "currency": "EUR", "label": "Bike"}]
        made = await shop.owner("POST", "/offers", {"intention": intention, "terms": {"price": price}})
        assert made.status == 201, made.body
        for house in (ada, eve):
            await until(partial(knows, house, "Velo Nord"))
            house.clock.ahead += timedelta(minutes=10)  # who just asked does not ask again at once
        renamed = await shop.owner("PUT", "/name", {"name": " Velo Süd "})
        assert (renamed.status, renamed.json) == (200, {"name": "Velo Süd", "told": 1})
        for house in (ada, eve):
            await until(partial(knows, house, "Velo Süd"))
        assert (await shop.get("/actors/me")).json["name"] == "Velo Süd"
        assert (await shop.owner("GET", "/node")).json["name"] == "Velo Süd"
        for house in (ada, eve, shop):
            assert (await house.owner("POST", "/journal/rebuild")).json["unchanged"]
    async with open_house(tmp_path / "shop", port=shop.settings.port) as again:
        assert (await again.get("/actors/me")).json["name"] == "Velo Süd"


async def heard(house: House) -> bool:
    return bool((await house.owner("GET", "/intentions?own=false")).json["items"])


async def knows(house: House, name: str) -> bool:
    return await names(house) == [name]


@pytest.mark.parametrize(
    "name",
    ["Velo \U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0645\u06cc\u200c\u062e", "1\u00a0000 Räder"],
)
async def test_a_name_is_taken_as_people_write_it(house: House, name: str) -> None:
    before = (await house.get("/actors/me")).json["name"]
    assert (await house.owner("PUT", "/name", {"name": name})).json["name"] == name
    assert (await house.get("/actors/me")).json["name"] == name
    assert (await house.owner("PUT", "/name", {"name": before})).status == 200


@pytest.mark.parametrize("name", ["", "  ", "x" * 201, "two\nlines", "a\u202eb", "a\u200db", "\u3164"])
async def test_what_is_no_name_changes_nothing(house: House, name: str) -> None:
    before = (await house.get("/actors/me")).json
    refused = await house.owner("PUT", "/name", {"name": name})
    assert (refused.status, refused.code) == (422, NAME_INVALID)
    assert (await house.get("/actors/me")).json == before
