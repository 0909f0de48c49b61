"""Names: the system asked where a host is, on threads that do nothing else.

Rules here: names are those of strangers, who may let a name server be silent for as long as the system has
patience, and a thread that waits for it cannot be called off. So it is none of those on which the node packs
pages, checks passwords or draws pictures: whoever names slow hosts keeps names waiting, and nothing else.
"""

import asyncio
import socket
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Final

from aiohttp.abc import AbstractResolver, ResolveResult

THREADS: Final = 32  # names asked for at once; a thread is made when it is needed first
_NUMERIC: Final = socket.AI_NUMERICHOST | socket.AI_NUMERICSERV


class Names(AbstractResolver):
    """Resolves names by the system, or by what has the shape of `socket.getaddrinfo`."""

    def __init__(self, ask: Callable[..., list[tuple[Any, ...]]] = socket.getaddrinfo) -> None:
        self._ask = ask
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="names")

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_UNSPEC
    ) -> list[ResolveResult]:
        """Return the addresses of a host.

        Raises:
            OSError: the name leads nowhere, or nobody can be asked.
        """
        ask = partial(self._ask, host, port, family, socket.SOCK_STREAM, flags=socket.AI_ADDRCONFIG)
        found = await asyncio.get_running_loop().run_in_executor(self._threads, ask)
        return [
            ResolveResult(
                hostname=host, host=address[0], port=address[1], family=kind, proto=protocol, flags=_NUMERIC
            )
            for kind, _, protocol, _, address in found
        ]

    async def close(self) -> None:
        """Ask no more; what is being asked ends by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)
