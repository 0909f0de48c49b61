"""How much a browser loads when it opens a page of the desk first."""

import re
from pathlib import Path

import aiohttp
import pytest

from node.web.pages.pages import PAGES
from tests.web.house import until
from tests.web.pages.desk.dealing import Dealing
from tests.web.pages.test_first_load import MOST_BYTES, NAMED, sent

pytestmark = pytest.mark.asyncio(loop_scope="module")

FILES = {"/desk/prices/file"}  # what is kept and not looked at
PATHS = [
    page.path
    for page in PAGES
    if page.method == "GET" and page.path.startswith("/desk") and page.path not in FILES
]


@pytest.mark.slow
async def test_a_first_load_is_small(deal: Dealing, tmp_path: Path) -> None:
    await deal.connect(tmp_path)
    for number in range(20):
        await deal.ask(deal.ada, f"Used estate car, {number}", content="With a tow bar, and no smoker. " * 50)

    async def all_are_there() -> bool:
        return len((await deal.pipeline())["items"]) == 20

    await until(all_are_there)
    wish = (await deal.dealer.owner("GET", "/intentions")).json["items"][0]
    (customer,) = (await deal.dealer.owner("GET", "/customers")).json["items"]
    theirs = (await deal.pipeline())["items"][0]["intention"]
    things = {
        "/desk/wishes/{id}": wish["id"],
        "/desk/customers/{id}": customer["id"],
        "/desk/integration/connect/{id}": "tryton",
        "/desk/cosign/{id}": await deal.waits(theirs),
        "/desk/team/{id}/link": (await deal.dealer.owner("POST", "/persons", {"name": "Bea"})).json["id"],
    }
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        for path in PATHS:
            address = re.sub(r"\{\w+\}", things.get(path, ""), path)
            size, page = await sent(deal.desk, session, address)
            loaded = [(await sent(deal.desk, session, part))[0] for part in {*NAMED.findall(page.decode())}]
            assert 5_000 < size + sum(loaded) < MOST_BYTES, address
