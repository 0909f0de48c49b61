from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.storage.plans import every_plan_checked
from tests.web.house import House, Peer, open_house, open_peer

# The tests of a file share one event loop: `pytestmark = pytest.mark.asyncio(loop_scope="module")`.


@pytest_asyncio.fixture(loop_scope="module")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    """A node of this test alone."""
    async with open_house(tmp_path / "n") as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def shop() -> AsyncIterator[Peer]:
    """A business with a server of its own."""
    async with open_peer() as opened:
        yield opened


# A file whose tests change nothing can share one node: starting one takes a third of a second.


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One node for all tests of a file."""
    async with open_house(tmp_path_factory.mktemp("shared") / "n", requests_burst=100_000) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def shared_shop() -> AsyncIterator[Peer]:
    """One business for all tests of a file."""
    async with open_peer() as opened:
        yield opened


@pytest.fixture(scope="module", autouse=True)
def plans() -> Iterator[None]:
    """No statement that these tests issue, through whatever use case, reads more as the tables grow."""
    with every_plan_checked():
        yield
