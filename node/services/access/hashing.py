"""Slow hashes for what people remember or write down: argon2id, in a thread, one at a time.

Rules here: each takes some 50 MB and two tenths of a second, so few may wait, and a crowd that guesses is
turned away before it costs anything. The parameters are OWASP's first choice; a hash names its own, so they
can be raised.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Final, TypeVar

from node.core import codes
from protocol.errors import Limited

if TYPE_CHECKING:
    from argon2 import PasswordHasher

T = TypeVar("T")

MEMORY_KIB: Final = 47_104
PASSES: Final = 1
MOST_WAITING: Final = 8  # two seconds of work
RETRY_SECONDS: Final = 5


class SlowHashes:
    """Makes and checks hashes; used from one event loop."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="hashing")
        self._waiting = 0

    async def make(self, text: str) -> str:
        """Return the hash of a text.

        Raises:
            Limited: `busy`, many others wait.
        """
        return await self._run(lambda: _hasher().hash(text))

    async def matches(self, text: str, hash: str | None) -> bool:
        """Tell whether a text has this hash; without one it takes as long. Raises: as `make`."""
        if hash is None:
            await self.make(text)
            return False
        return await self._run(lambda: _verified(text, hash))

    async def _run(self, work: Callable[[], T]) -> T:
        if self._waiting >= MOST_WAITING:
            raise Limited(codes.BUSY, retry_seconds=RETRY_SECONDS)
        self._waiting += 1
        running = self._worker.submit(work)
        # Also what nobody waits for any more takes its time.
        loop = asyncio.get_running_loop()
        running.add_done_callback(lambda _done: loop.call_soon_threadsafe(self._done))
        return await asyncio.wrap_future(running)

    def _done(self) -> None:
        self._waiting -= 1


def _hasher() -> "PasswordHasher":
    from argon2 import PasswordHasher

    return PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=1)


def _verified(text: str, hash: str) -> bool:
    from argon2.exceptions import VerifyMismatchError

    try:
        return _hasher().verify(hash, text)
    except VerifyMismatchError:
        return False
