from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.web.pages.desk.dealing import Dealing, dealing


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def deal(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Dealing]:
    """A dealer and two customers for all tests of a file."""
    async with dealing(tmp_path_factory.mktemp("deal")) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def fresh(tmp_path: Path) -> AsyncIterator[Dealing]:
    """A dealer who has set up nothing yet, and two customers, for this test alone."""
    async with dealing(tmp_path, stocked=False) as opened:
        yield opened
