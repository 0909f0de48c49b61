from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.web.house import House, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def market(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One node for all tests of a file, to which a shop may make many offers."""
    folder = tmp_path_factory.mktemp("market") / "n"
    async with open_house(
        folder,
        requests_burst=100_000,
        max_open_per_peer=1_000,
        offers_per_intention_per_peer=50,
        offers_per_intention_per_origin=50,
    ) as opened:
        yield opened
