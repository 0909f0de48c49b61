"""Answers before the answer: a server may send 1xx heads first, but no node listens to them for ever.

Rule: after `LIMIT_INTERIM` of them the connection is cut. The client library reads on until a final head
comes and queues what it has read, so without an end to it one stranger takes a core and the memory.

Source: RFC 9110 §15.2 (a client has to be able to read one or more of them).
"""

import asyncio
from functools import partial
from typing import Any, Final

import aiohttp
from aiohttp.client_proto import ResponseHandler

LIMIT_INTERIM: Final = 8  # a 100 and a few 103; nobody needs more
_SWITCHING: Final = 101  # the one 1xx that is final


class Attentive(ResponseHandler):
    """The client's end of a connection, which counts the interim answers before each final one."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(loop)
        self._interim = 0

    def feed_data(self, data: Any, size: int = 0) -> None:
        """Take an answer's head, unless there were too many that are none."""
        if self._interim > LIMIT_INTERIM:
            return
        code = data[0].code
        self._interim = self._interim + 1 if 100 <= code < 200 and code != _SWITCHING else 0
        if self._interim <= LIMIT_INTERIM:
            super().feed_data(data, size)
            return
        self._buffer.clear()
        self.set_exception(aiohttp.ServerDisconnectedError("too many interim answers"))
        if self.transport is not None:
            self.transport.abort()


class Connector(aiohttp.TCPConnector):
    """A connector whose connections are attentive."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        # The library has no option for it; a test notices if it makes its connections in another way.
        factory: Any = partial(Attentive, loop=self._loop)
        self._factory = factory
