"""Measure how many activities a second an inbox verifies and keeps, next to doing nothing with them.

The node is a real `freehold up`. Every request is an Offer with an RSA signature over the request (RFC 9421)
and an Ed25519 proof over the object (eddsa-jcs-2022), both verified, and the answer comes after the commit is
durable. The empty aiohttp handler reads the same bytes and answers 202. One process each, the same client,
one run.
"""

import argparse
import asyncio
import multiprocessing
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from aiohttp import web

from bench.load import Result, send
from bench.strangers import Stranger, make_strangers, serve
from node.sandbox.nodes import Node, free_port
from protocol.terms import DataTerms

COUNT = 4_000  # offers in a run
CONNECTIONS = 32
PEERS = 32
INTENTIONS = 40
# Above what a run sends: the limits are not what is measured here.
SETTINGS = {
    "MAX_OPEN_PER_PEER": "10000",
    "OFFERS_PER_INTENTION_PER_ORIGIN": "1000",
    "MAX_OPEN_PER_INTENTION": "1000",
    "KEPT_PER_STRANGER_BYTES": "1000000000",
    "KEPT_PER_PEER_BYTES": "1000000000",
    "KEPT_PER_ORIGIN_BYTES": "1000000000",
    "OFFERS_PER_INTENTION_PER_PEER": "1000",
    "REQUESTS_PER_SECOND": "100000",
    "REQUESTS_BURST": "100000",
    "CONNECTIONS_PER_ADDRESS": "200",
    "LOG_LEVEL": "warning",
}


def empty_handler(port: int) -> None:
    """Serve an aiohttp application that reads a body and answers 202; run in a process of its own."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(status=202)

    app = web.Application()
    app.router.add_post("/{tail:.*}", take)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


def cast(node: Node, count: int) -> list[str]:
    """Cast this many public intentions and return their IRIs."""
    wish = {"name": "A trekking bike", "currency": "EUR", "audience": ["public"]}
    return [str(node.api.request("POST", "/intentions", wish)["iri"]) for _ in range(count)]


def sign(
    strangers: list[Stranger],
    node: Node,
    intentions: list[str],
    count: int,
    *,
    terms: Sequence[DataTerms] = (),
) -> list[bytes]:
    """Make this many requests, each an Offer of one stranger to one intention.

    Of several `terms` about data the offers have one after the other; without any they have none.
    """
    inbox = f"{node.actor}/inbox"
    made = []
    for number in range(count):
        stranger = strangers[number % len(strangers)]
        intention = intentions[number // len(strangers) % len(intentions)]
        stated = terms[number % len(terms)] if terms else None
        made.append(stranger.request(inbox, stranger.offer(node.actor, intention, terms=stated)))
    return made


@contextmanager
def running() -> Iterator[Node]:
    """Run a node in a folder of its own, and stop it."""
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        node = Node(Path(folder) / "node", "ada", "Ada", "person", settings=SETTINGS)
        node.start()
        node.wait_until_ready()
        try:
            yield node
        finally:
            node.terminate()
            node.wait()


@asynccontextmanager
async def asking() -> AsyncIterator[list[Stranger]]:
    """Serve the actors of those who make offers."""
    port = free_port()
    strangers = make_strangers(f"http://127.0.0.1:{port}", PEERS)
    runner = web.AppRunner(serve(strangers))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield strangers
    finally:
        await runner.cleanup()


async def measure(node: Node, count: int) -> tuple[Result, Result]:
    """Send the same requests to the node and to the empty handler, after a warm-up of each."""
    async with asking() as strangers:
        intentions = cast(node, INTENTIONS)
        warm_up, requests = sign(strangers, node, intentions, PEERS), sign(strangers, node, intentions, count)
        size = len(requests[0].partition(b"\r\n\r\n")[2])
        print(f"{count} offers of {size} bytes, {CONNECTIONS} connections")
        await send(warm_up, port=node.port, connections=4)
        ours = await send(requests, port=node.port, connections=CONNECTIONS)
    return ours, await measure_empty(warm_up, requests)


async def measure_empty(warm_up: list[bytes], requests: list[bytes]) -> Result:
    """Measure the handler that does nothing."""
    port = free_port()
    process = multiprocessing.Process(target=empty_handler, args=(port,), daemon=True)
    process.start()
    await asyncio.sleep(2)
    await send(warm_up, port=port, connections=4)
    result = await send(requests, port=port, connections=CONNECTIONS)
    process.terminate()
    process.join()
    return result


def memory_of(node: Node) -> float:
    """Return the most memory the node has had, in MB."""
    assert node.process is not None
    status = Path(f"/proc/{node.process.pid}/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def compare(count: int = COUNT) -> dict[str, float]:
    """Send this many offers to each side, print the figures, and return the node's share of the other's rate.

    Raises:
        RuntimeError: an offer was refused.
    """
    with running() as node:
        ours, empty = asyncio.run(measure(node, count))
        memory = memory_of(node)
    for name, result in (("inbox", ours), ("empty handler", empty)):
        print(
            f"{name:14} {result.rate:8.0f} a second   p50 {result.percentile(50):6.2f} ms   "
            f"p99 {result.percentile(99):6.2f} ms   {dict(result.statuses)}"
        )
    ratio = ours.rate / empty.rate
    print(f"ratio          {ratio:8.3f}            most memory of the node {memory:.0f} MB")
    if ours.statuses != {202: count}:
        raise RuntimeError(f"not every offer was taken: {dict(ours.statuses)}")
    return {"rate": ratio}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, help="offers to send")
    compare(parser.parse_args().count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
