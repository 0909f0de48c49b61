"""A node for a file of tests, and servers of other shapes beside it."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.interop import gotosocial, mastodon, mitra
from tests.interop.foreign import Foreign, serving
from tests.web.house import House, open_house


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def house(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[House]:
    """One node for all tests of a file; each test has a foreign server of its own."""
    folder = tmp_path_factory.mktemp("house") / "n"
    async with open_house(folder, requests_burst=100_000) as opened:
        yield opened


@pytest_asyncio.fixture(loop_scope="module")
async def turtle() -> AsyncIterator[Foreign]:
    """A server shaped like GoToSocial."""
    async with serving(gotosocial.server()) as foreign:
        gotosocial.furnish(foreign)
        yield foreign


@pytest_asyncio.fixture(loop_scope="module")
async def mammoth() -> AsyncIterator[Foreign]:
    """A server shaped like Mastodon."""
    async with serving(mastodon.server()) as foreign:
        mastodon.furnish(foreign)
        yield foreign


@pytest_asyncio.fixture(loop_scope="module")
async def piconero() -> AsyncIterator[Foreign]:
    """A server shaped like Mitra."""
    async with serving(mitra.server()) as foreign:
        mitra.furnish(foreign)
        yield foreign
