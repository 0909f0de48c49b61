"""Names: the system asked where a host is, on threads that do nothing else.

Rules here: names are those of strangers, who may let a name server be silent for as long as the system has
patience, and a thread that waits for it cannot be called off.

- It is none of those on which the node packs pages, checks passwords or draws pictures.
- A thread counts until it has ended, whoever still waits for its answer. Names of one neighbourhood have half
  of the threads at most, and one that is free is for the neighbourhood that holds fewest: whoever names slow
  hosts, however many, keeps their own names waiting and nobody else's.
- What finds no thread in the time in which any answer has to be there is not asked for any more.
"""

import asyncio
import socket
from collections import Counter, deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

from node.delivery.budgets import neighbourhood

THREADS: Final = 32  # names asked for at once; a thread is made when it is needed first
THREADS_PER_NEIGHBOURHOOD: Final = THREADS // 2
PATIENCE_SECONDS: Final = 10.0  # as long as the client waits for everything
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Names(AbstractResolver):
    """Resolves names by the system, or by what has the shape of `socket.getaddrinfo`."""

    def __init__(
        self,
        ask: Callable[..., list[tuple[Any, ...]]] = socket.getaddrinfo,
        *,
        patience_seconds: float = PATIENCE_SECONDS,
    ) -> None:
        self._ask = ask
        self._patience_seconds = patience_seconds
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")
        self._held: Counter[str] = Counter()  # threads, by neighbourhood
        self._waiting: dict[str, deque[asyncio.Future[None]]] = {}

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            OSError: the name leads nowhere, or nobody can be asked; TimeoutError, no thread was free in time.
        """
        near, loop = neighbourhood(host), asyncio.get_running_loop()
        await self._turn(near)
        ask = partial(self._ask, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        asked = self._threads.submit(ask)
        asked.add_done_callback(partial(self._ended, near, loop))
        found = await asyncio.wrap_future(asked)
        return [
            ResolveResult(
                hostname=host, host=address[0], port=address[1], family=kind, proto=protocol, flags=_NUMERIC
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Ask no more; what is being asked ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, near: str) -> None:
        """Wait until there is a thread for a name of a neighbourhood, which has it then."""
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.setdefault(near, deque()).append(turn)
        self._hand_out()
        try:
            async with asyncio.timeout(self._patience_seconds):
                await turn
        except BaseException:
            if turn.done() and not turn.cancelled():  # its turn came in the same moment
                self._let_go(near)
            raise

    def _hand_out(self) -> None:
        """Give the threads that are free to the neighbourhoods that wait and hold fewest."""
        while self._waiting and self._held.total() < THREADS:
            near = min(self._waiting, key=self._held.__getitem__)
            if self._held[near] >= THREADS_PER_NEIGHBOURHOOD:
                return
            turn = self._waiting[near].popleft()
            if not self._waiting[near]:
                del self._waiting[near]
            if not turn.done():  # who waits no more needs none
                turn.set_result(None)
                self._held[near] += 1

    def _ended(self, near: str, loop: asyncio.AbstractEventLoop, _asked: "Future[Any]") -> None:
        """Note on a thread that it is free again."""
        with suppress(RuntimeError):  # the loop was closed before: nobody waits any more
            loop.call_soon_threadsafe(self._let_go, near)

    def _let_go(self, near: str) -> None:
        self._held[near] -= 1
        if not self._held[near]:
            del self._held[near]
        self._hand_out()
