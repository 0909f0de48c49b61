"""Whom the client trusts over TLS: the authorities of the system, read for the first peer that is asked.

Reading them takes longer than anything else at a start, and most of what a node does first needs none. Rules
here: whoever has no authorities yet trusts nobody; they are read on a thread, as it is work of the disk.
"""

import asyncio
import ssl
from collections.abc import Iterator
from contextlib import contextmanager


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


@contextmanager
def unread() -> Iterator[None]:
    """Let contexts that are made inside the block know no authority, and so refuse every certificate.

    aiohttp makes two when it is imported. The client never uses them: it names `Trust`'s with each request.
    """
    ssl.SSLContext.set_default_verify_paths = _read_none  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        del ssl.SSLContext.set_default_verify_paths  # what it hid is the method of the class below


def _read_none(_context: ssl.SSLContext) -> None:
    return None
