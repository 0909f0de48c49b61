"""A load: requests made beforehand, sent over some connections, each timed from first byte to answer.

As strangers come from many places, each connection comes from a network of its own, where the loopback
interface has several: who makes a node fetch pays for it by network.
"""

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Result:
    """What a load measured: the answers by status, the seconds it took, and each request's own seconds."""

    statuses: Counter[int]
    seconds: float
    latencies: list[float]

    @property
    def rate(self) -> float:
        """Answers per second."""
        return len(self.latencies) / self.seconds

    def percentile(self, percent: float) -> float:
        """Return the time in milliseconds that this share of the requests stayed under."""
        ordered = sorted(self.latencies)
        return 1_000 * ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]


async def send(requests: Sequence[bytes], *, port: int, connections: int) -> Result:
    """Send every request once, `connections` at a time, each connection kept open."""
    waiting = iter(requests)
    statuses: Counter[int] = Counter()
    latencies: list[float] = []

    async def work(number: int) -> None:
        source = (f"127.{number}.0.1", 0) if sys.platform == "linux" else None
        reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
        for request in waiting:
            began = time.perf_counter()
            writer.write(request)
            status, closes = await _answer(reader)
            latencies.append(time.perf_counter() - began)
            statuses[status] += 1
            if closes:
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port, local_addr=source)
        writer.close()

    began = time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(1, connections + 1)))
    return Result(statuses, time.perf_counter() - began, latencies)


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bool]:
    head = await reader.readuntil(b"\r\n\r\n")
    length, closes = 0, False
    for line in head.split(b"\r\n")[1:]:
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
        elif name.lower() == b"connection":
            closes = value.strip().lower() == b"close"
    await reader.readexactly(length)
    return int(head[9:12]), closes
