"""The supervisor: keeps the loops of one node running, whatever happens inside them.

Rules here: a loop runs until the node closes, so one that fails is logged and begun again after a pause,
which doubles with each failure in a row up to a minute; what happens to one loop is none of the others'
business; one that returns has done its work and is left alone; while one goes on failing, the node is not
ready.

Source: the one-for-one strategy of Erlang/OTP supervisors.
"""

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Final

import structlog

from protocol.values import dataclass

FIRST_PAUSE_SECONDS: Final = 1.0  # long enough not to spin, short enough to recover while somebody watches
LONGEST_PAUSE_SECONDS: Final = 60.0
SEVERAL: Final = 3  # failures in a row after which the node is not ready: by then it was no accident

log = structlog.get_logger(__name__)


def pause_after(failures: int, *, first_seconds: float, longest_seconds: float) -> float:
    """Return how long to wait after so many failures in a row: doubled each time, to a bound."""
    doublings = min(failures - 1, 32)  # far beyond any bound, and no number that does not fit
    return min(longest_seconds, first_seconds * 2.0**doublings)


@dataclass(slots=True)
class _Loop:
    """A loop that is kept: its task, how often it failed in a row, and since when it runs, if it does."""

    task: asyncio.Task[None] | None = None
    failures: int = 0
    began: float = math.inf


class Supervisor:
    """The loops of one node, from `keep` until `stop`; used from one event loop.

    One that ran for the longest pause before it failed has not failed in a row: its next pause is the first.
    `failures` counts by the loops' names how often each has failed.
    """

    def __init__(
        self,
        *,
        first_pause_seconds: float = FIRST_PAUSE_SECONDS,
        longest_pause_seconds: float = LONGEST_PAUSE_SECONDS,
    ) -> None:
        self.failures = Counter[str]()
        self._first, self._longest = first_pause_seconds, longest_pause_seconds
        self._loops: dict[str, _Loop] = {}

    def keep(self, name: str, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Run what `loop` returns beside the rest, again and again if it fails.

        Raises:
            ValueError: a loop of this name is kept already.
        """
        if name in self._loops:
            raise ValueError(f"There is a loop called {name}.")
        self.failures[name] = 0
        kept = self._loops[name] = _Loop()
        kept.task = asyncio.create_task(self._run(name, kept, loop), name=name)

    def keep_all(self, loops: Mapping[str, Callable[[], Coroutine[Any, Any, None]]]) -> None:
        """Run several, each by its name, as `keep` does."""
        for name, loop in loops.items():
            self.keep(name, loop)

    def failing(self) -> list[str]:
        """Return the loops that failed several times in a row and have not run for long since."""
        now = asyncio.get_running_loop().time()
        return [
            name
            for name, loop in self._loops.items()
            if loop.failures >= SEVERAL and now < loop.began + self._longest
        ]

    async def stop(self) -> None:
        """Cancel all loops and wait until they have ended."""
        tasks = [loop.task for loop in self._loops.values() if loop.task is not None]
        self._loops.clear()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def _run(self, name: str, kept: _Loop, loop: Callable[[], Coroutine[Any, Any, None]]) -> None:
        clock = asyncio.get_running_loop().time
        while True:
            kept.began = clock()
            try:
                await loop()
            except Exception as error:  # whatever it is: nothing else would begin this loop again
                kept.failures = 1 if clock() - kept.began >= self._longest else kept.failures + 1
                self.failures[name] += 1
                pause = pause_after(kept.failures, first_seconds=self._first, longest_seconds=self._longest)
                log.error("loop failed", loop=name, failures=kept.failures, again_in=pause, exc_info=error)
            else:
                kept.failures = 0
                return
            kept.began = math.inf
            await asyncio.sleep(pause)
