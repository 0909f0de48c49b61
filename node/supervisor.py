"""The supervisor: keeps the loops of one node running, whatever happens inside them.

Rules here: a loop runs until the node closes, so one that fails is logged and begun again after a pause,
which doubles with each failure in a row up to a minute; what happens to one loop is none of the others'
business; one that returns has done its work and is left alone.

Source: the one-for-one strategy of Erlang/OTP supervisors.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Final

import structlog

FIRST_PAUSE_SECONDS: Final = 1.0  # long enough not to spin, short enough to recover while somebody watches
LONGEST_PAUSE_SECONDS: Final = 60.0

log = structlog.get_logger(__name__)


def pause_after(failures: int, *, first_seconds: float, longest_seconds: float) -> float:
    """Return how long to wait after so many failures in a row: doubled each time, to a bound."""
    doublings = min(failures - 1, 32)  # far beyond any bound, and no number that does not fit
    return min(longest_seconds, first_seconds * 2.0**doublings)


class Supervisor:
    """The loops of one node, from `keep` until `stop`; used from one event loop.

    One that ran for the longest pause before it failed has not failed in a row: its next pause is the first.
    """

    def __init__(
        self,
        *,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
    ) -> None:
        self._first, self._longest = first_pause_seconds, longest_pause_seconds
        self._tasks: dict[str, asyncio.Task[None]] = {}

    def keep(self, name: str, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run what `loop` returns beside the rest, again and again if it fails.

        Raises:
            ValueError: a loop of this name is kept already.
        """
        if name in self._tasks:
            raise ValueError(f"There is a loop called {name}.")
        self._tasks[name] = asyncio.create_task(self._run(name, loop), name=name)

    async def stop(self) -> None:
        """Cancel all loops and wait until they have ended."""
        tasks = [*self._tasks.values()]
        self._tasks.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, name: str, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        clock, failures = asyncio.get_running_loop().time, 0
        while True:
            began = clock()
            try:
                return await loop()
            except Exception as error:  # whatever it is: nothing else would begin this loop again
                failures = 1 if clock() - began >= self._longest else failures + 1
                pause = pause_after(failures, first_seconds=self._first, longest_seconds=self._longest)
                log.error("loop failed", loop=name, failures=failures, again_in=pause, exc_info=error)
            await asyncio.sleep(pause)
