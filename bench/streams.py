"""How soon open pages hear what happens, with so many of them open.

The node is a real `freehold up`; each listener is a page's event stream, signed in, on its own
connection. A wish is cast again and again, and each listener notes when it hears of it; timed is from
before the request until then. Beside it, in the same run and with the same listeners, an aiohttp
application hands a text on to all its streams and does nothing else.

    python -m bench.streams --listeners 500
"""

import argparse
import asyncio
import multiprocessing
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
from aiohttp import web

from bench.inbox import SETTINGS
from bench.pages import sign_in
from node.sandbox.nodes import Node, free_port

LISTENERS: Final = 500
EVENTS: Final = 20
_SAID: Final = b'{"said": true}'
_TOLD: Final = b"event: intention.cast"
_OPENED: Final = b"\r\n\r\n"


def plain_handler(port: int) -> None:
    """Serve an application that hands what is posted to all its streams; run in a process of its own."""
    streams: list[web.StreamResponse] = []

    async def listen(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        streams.append(response)
        await asyncio.Event().wait()
        return response

    async def say(request: web.Request) -> web.Response:
        text = _TOLD + b"\ndata: " + await request.read() + b"\n\n"
        for stream in streams:
            await stream.write(text)
        return web.Response()

    app = web.Application()
    app.router.add_get("/events", listen)
    app.router.add_post("/", say)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


@dataclass(slots=True)
class Heard:
    """When one thing that happened was heard, until all have."""

    listeners: int
    times: list[float] = field(default_factory=list)
    by_all: asyncio.Event = field(default_factory=asyncio.Event)

    def note(self) -> None:
        """Note that somebody has heard it now."""
        self.times.append(time.perf_counter())
        if len(self.times) == self.listeners:
            self.by_all.set()


async def hear(port: int, cookie: str, heard: Sequence[Heard]) -> asyncio.Task[None]:
    """Open a stream; from then on each event's arrival is noted with those of the same number."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines = [f"Host: localhost:{port}", "Accept: text/event-stream", f"Cookie: {cookie}", "", ""]
    writer.write("\r\n".join(["GET /events HTTP/1.1", *lines]).encode())
    head = await reader.readuntil(_OPENED)
    if b" 200 " not in head.partition(b"\r\n")[0]:
        raise RuntimeError(head.decode())

    async def read() -> None:
        coming = iter(heard)
        try:
            while line := await reader.readline():
                if line.startswith(_TOLD):
                    next(coming).note()
        finally:
            writer.close()

    return asyncio.create_task(read())


async def measure(
    port: int, cookie: str, listeners: int, happen: Callable[[int], Awaitable[None]]
) -> list[float]:
    """Let things happen one after another; return how long each took to each listener, in milliseconds."""
    heard = [Heard(listeners) for _ in range(EVENTS)]
    tasks = [await hear(port, cookie, heard) for _ in range(listeners)]
    begun: list[float] = []
    for number, one in enumerate(heard):
        begun.append(time.perf_counter())
        await happen(number)
        await one.by_all.wait()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return [(at - start) * 1_000 for start, one in zip(begun, heard, strict=True) for at in one.times]


async def measure_node(node: Node, listeners: int) -> list[float]:
    """Measure the node: its owner casts wishes that nobody is told of."""

    async def cast(number: int) -> None:
        wish = {"name": f"Bike {number}", "currency": "EUR", "audience": ["public"]}
        await asyncio.to_thread(node.api.request, "POST", "/intentions", wish)

    return await measure(node.port, await sign_in(node), listeners, cast)


async def measure_plain(listeners: int) -> list[float]:
    """Measure the application that only hands on."""
    port = free_port()
    process = multiprocessing.Process(target=plain_handler, args=(port,), daemon=True)
    process.start()
    try:
        await asyncio.sleep(2)
        async with aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:

            async def say(_number: int) -> None:
                async with session.post("/", data=_SAID) as response:
                    await response.read()

            return await measure(port, "", listeners, say)
    finally:
        process.terminate()
        process.join()


def told(name: str, times: Sequence[float]) -> float:
    """Print the figures of one side; return its 99th percentile."""
    shares = statistics.quantiles(times, n=100)
    print(f"{name:12} p50 {shares[49]:8.1f} ms   p99 {shares[98]:8.1f} ms   {len(times)} heard")
    return shares[98]


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--listeners", type=int, default=LISTENERS, help="pages that are open")
    listeners = parser.parse_args(arguments).listeners
    room = {"STREAMS_PER_TOKEN": str(listeners), "CONNECTIONS_PER_ADDRESS": str(listeners + 50)}
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        settings = SETTINGS | room
        node = Node(Path(folder) / "ada", "ada", "Ada", "person", settings=settings, host="localhost")
        node.start()
        node.wait_until_ready()
        try:
            ours = told("pages", asyncio.run(measure_node(node, listeners)))
        finally:
            node.terminate()
            node.wait()
    plain = told("only hands on", asyncio.run(measure_plain(listeners)))
    print(f"ratio        p99 {ours / plain:8.1f}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
