"""A bad network: a proxy on loopback in front of a node, which deals faults to the requests that pass.

Whoever dials the proxy's port reaches the node behind it, with the same bytes, unless the dice say otherwise.
What is dealt follows from the seed; which request it meets depends on who comes first.
"""

import asyncio
import random
import socket
import struct
import threading
from collections import Counter
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Any, Self

_HEAD_LIMIT_BYTES = 65_536
_LINGER = struct.pack("ii", 1, 0)  # hang up with a reset instead of an orderly end
_DRIPS = 25  # pieces that a dripped message comes in
_DRIP_SECONDS = 0.02
_STARTS_WITHIN_SECONDS = 120.0


class Fault(StrEnum):
    """What can happen to a request on its way, or to its answer."""

    DELAY = "delayed"
    DRIP = "dripped, a few bytes at a time"
    RESET = "reset before anything arrived"
    TORN = "reset with half of the request arrived"
    HALF_CLOSED = "closed in one direction"
    TWICE = "sent twice at the same time"
    AGAIN = "sent again seconds later"
    CUT = "arrived, answer lost"
    CUT_SHORT = "arrived, answer reset half way"


@dataclass
class Weather:
    """The dice, shared by the links of a network: `share` of all requests meet a fault."""

    share: float
    seed: int
    requests: int = 0
    dealt: Counter[Fault] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)

    def deal(self) -> Fault | None:
        """Throw for one request."""
        self.requests += 1
        if self.dice.random() >= self.share:
            return None
        fault = self.dice.choice(list(Fault))
        self.dealt[fault] += 1
        return fault


@dataclass
class _Line:
    """One connection, from either side."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    @classmethod
    async def dial(cls, port: int) -> Self:
        return cls(*await asyncio.open_connection("127.0.0.1", port, limit=_HEAD_LIMIT_BYTES))

    async def send(self, message: bytes) -> None:
        self.writer.write(message)
        await self.writer.drain()

    async def drip(self, message: bytes) -> None:
        size = max(1, len(message) // _DRIPS)
        for start in range(0, len(message), size):
            await self.send(message[start : start + size])
            await asyncio.sleep(_DRIP_SECONDS)

    async def receive(self) -> bytes | None:
        """Return the next whole HTTP message; None if the other side has ended."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
            return head + await self.reader.readexactly(_length(head))
        except (asyncio.IncompleteReadError, OSError):
            return None

    def reset(self) -> None:
        sock = self.writer.get_extra_info("socket")
        if sock is not None:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER)
        self.writer.transport.abort()

    def close(self) -> None:
        self.writer.close()


def _length(head: bytes) -> int:
    """Return how long the body behind a head is; the nodes always say."""
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            return int(value)
        assert name.lower() != b"transfer-encoding", "a body without a length"
    return 0


class _Carriage:
    """One request on its way to the node and its answer on the way back, under one fault.

    Each method carries it and says whether the client's connection goes on.
    """

    def __init__(self, request: bytes, client: _Line, node: _Line, port: int, dice: random.Random) -> None:
        self.request, self.client, self.node = request, client, node
        self.port, self.dice = port, dice

    async def carry(self, fault: Fault | None) -> bool:
        ways: dict[Fault, Callable[[], Coroutine[Any, Any, bool]]] = {
            Fault.DELAY: self._delayed,
            Fault.DRIP: self._dripped,
            Fault.RESET: self._reset,
            Fault.TORN: self._torn,
            Fault.HALF_CLOSED: self._half_closed,
            Fault.TWICE: self._twice,
            Fault.CUT: self._cut,
            Fault.CUT_SHORT: self._cut_short,
        }
        way = self._plainly if fault is None else ways.get(fault, self._plainly)
        return await way()

    async def _plainly(self) -> bool:
        await self.node.send(self.request)
        answer = await self.node.receive()
        if answer is None:
            return False
        await self.client.send(answer)
        return True

    async def _delayed(self) -> bool:
        await asyncio.sleep(self.dice.uniform(0.05, 0.5))
        return await self._plainly()

    async def _dripped(self) -> bool:
        await self.node.drip(self.request)
        answer = await self.node.receive()
        if answer is None:
            return False
        await self.client.drip(answer)
        return True

    async def _reset(self) -> bool:
        self.client.reset()
        return False

    async def _torn(self) -> bool:
        await self.node.send(self.request[: len(self.request) // 2])
        await asyncio.sleep(_DRIP_SECONDS)
        self.node.reset()
        self.client.reset()
        return False

    async def _half_closed(self) -> bool:
        """Say to the node that nothing more comes while it still answers, then the same to the client."""
        await self.node.send(self.request)
        self.node.writer.write_eof()
        answer = await self.node.receive()
        if answer is not None:
            await self.client.send(answer[: self.dice.randint(0, len(answer))])
            self.client.writer.write_eof()
        return False

    async def _twice(self) -> bool:
        other = await _Line.dial(self.port)
        try:
            await asyncio.gather(other.send(self.request), self.node.send(self.request))
            # Whichever answer the client gets, it must mean the same.
            answers = await asyncio.gather(other.receive(), self.node.receive())
        finally:
            other.close()
        answer = self.dice.choice(answers)
        if answer is None:
            return False
        await self.client.send(answer)
        return True

    async def _cut(self) -> bool:
        await self.node.send(self.request)
        await self.node.receive()
        self.client.reset()
        return False

    async def _cut_short(self) -> bool:
        await self.node.send(self.request)
        answer = await self.node.receive()
        if answer is not None:
            await self.client.send(answer[: len(answer) // 2])
            await asyncio.sleep(_DRIP_SECONDS)  # let that half be read before the reset overtakes it
        self.client.reset()
        return False


class Network:
    """The proxies of a run, in a thread of their own. Use it as a context manager."""

    def __init__(self, weather: Weather) -> None:
        self.weather = weather
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="network", daemon=True)
        self._tasks: set[asyncio.Task[None]] = set()

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(_STARTS_WITHIN_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STARTS_WITHIN_SECONDS)
        self._loop.close()

    def lead_to(self, port: int) -> int:
        """Open a way to the node that listens, or will listen, on `port`; return the port to dial instead."""
        opening = asyncio.run_coroutine_threadsafe(self._open(port), self._loop)
        return opening.result(_STARTS_WITHIN_SECONDS)

    async def _open(self, port: int) -> int:
        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._keep(self._serve(_Line(reader, writer), port))

        server = await asyncio.start_server(serve, "127.0.0.1", limit=_HEAD_LIMIT_BYTES)
        self._keep(server.serve_forever())
        return int(server.sockets[0].getsockname()[1])

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a connection that broke by itself: what this network is there for

    async def _end(self) -> None:
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, client: _Line, port: int) -> None:
        node: _Line | None = None
        try:
            going_on = True
            while going_on and (request := await client.receive()) is not None:
                fault = self.weather.deal()
                if node is None or node.writer.is_closing() or node.reader.at_eof():
                    node = await _Line.dial(port)
                going_on = await _Carriage(request, client, node, port, self.weather.dice).carry(fault)
                if fault is Fault.AGAIN:
                    self._keep(self._later(request, port))
        finally:
            client.close()
            if node is not None:
                node.close()

    async def _later(self, request: bytes, port: int) -> None:
        """Send what was sent before once more, when the conversation may long have gone on."""
        await asyncio.sleep(self.weather.dice.uniform(0.5, 3.0))
        line = await _Line.dial(port)
        try:
            await line.send(request)
            await line.receive()
        finally:
            line.close()
