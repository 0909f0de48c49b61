"""A browser, two real nodes, and visits to them: for a file of tests each."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from tests.browser.chromium import browsing
from tests.browser.pair import Pair, trading
from tests.browser.visits import Visit, visiting

Enter = Callable[..., Awaitable[Visit]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with browsing() as browser:
        yield browser


@pytest_asyncio.fixture(loop_scope="module")
async def enter(browser: Browser) -> AsyncIterator[Enter]:
    """Visit an origin as `visits.visiting` does; every visit is over, and was seemly, when the test is."""
    async with AsyncExitStack() as stack:
        yield lambda origin, *where, **how: stack.enter_async_context(
            visiting(browser, origin, *where, **how)
        )


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with trading(tmp_path_factory.mktemp("p"), settings={"CLAIMED": "true"}) as pair:
        yield pair
