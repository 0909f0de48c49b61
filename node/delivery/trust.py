"""Whom the client trusts over TLS: the authorities of the system, read for the first peer that is asked.

Reading them takes longer than anything else at a start, which therefore lets aiohttp be imported without
(`node.absence`). Rules here: every request over TLS names this context, never aiohttp's; the authorities are
read on a thread, as it is work of the disk.
"""

import asyncio
import ssl


class Trust:
    """The context of all connections to peers; `given` replaces the system's authorities."""

    def __init__(self, given: ssl.SSLContext | None = None) -> None:
        self._context = given
        self._reading = asyncio.Lock()

    async def context(self) -> ssl.SSLContext:
        """Return the context, made with the first call."""
        async with self._reading:
            if self._context is None:
                self._context = await asyncio.to_thread(_system)
        return self._context


def _system() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.set_alpn_protocols(["http/1.1"])
    return context
