"""Measure how many signed deliveries a second a node makes to 1,000 recipients.

1,000 strangers on 25 loopback addresses follow the node; it then casts one public intention, which is one
signed delivery to each. The clock runs from the cast to the last arrival. Compared, in the same run, to
posting the same bytes unsigned to the same servers with the same number of connections from a bare aiohttp
client.
"""

import argparse
import asyncio
import multiprocessing
import sys
import time
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

import aiohttp
from aiohttp import web

from bench.load import send
from bench.strangers import Stranger, make_strangers, serve, shared_rsa_key
from node.sandbox.nodes import Node, free_port

HOSTS = [f"127.0.0.{number}" for number in range(2, 27)]  # each host has a budget for looking up its actors
COUNT = 1_000  # recipients in a run
CONNECTIONS = 64  # as many deliveries as the node has under way at once
SETTINGS = {
    "REQUESTS_PER_SECOND": "100000",
    "REQUESTS_BURST": "100000",
    "CONNECTIONS_PER_ADDRESS": "500",
    "LOG_LEVEL": "warning",
}


def receive(strangers: list[list[Stranger]], port: int, arrived: "Synchronized[int]") -> None:
    """Serve the strangers' documents and count whatever is posted; run in a process of its own."""

    async def take(request: web.Request) -> web.Response:
        await request.read()
        arrived.value += 1
        return web.Response(status=202)

    async def run() -> None:
        for host, group in zip(HOSTS, strangers, strict=True):
            app = serve(group)
            app.router.add_post("/{tail:.*}", take)
            runner = web.AppRunner(app)
            await runner.setup()
            await web.TCPSite(runner, host, port).start()
        await asyncio.Event().wait()

    asyncio.run(run())


def wait_for(arrived: "Synchronized[int]", count: int, seconds: float) -> None:
    """Wait until this much has arrived."""
    ends = time.monotonic() + seconds
    while arrived.value < count:
        if time.monotonic() > ends:
            raise TimeoutError(f"{arrived.value} of {count} arrived in {seconds:.0f} s")
        time.sleep(0.002)


async def follow(strangers: list[Stranger], node: Node) -> None:
    """Let every stranger follow the node, which accepts each."""
    requests = [
        stranger.request(f"{node.actor}/inbox", stranger.follow(node.actor)) for stranger in strangers
    ]
    result = await send(requests, port=node.port, connections=16)
    if result.statuses != {202: len(strangers)}:
        raise RuntimeError(f"follows were answered with {dict(result.statuses)}")


async def post_bare(inboxes: list[str], body: bytes) -> float:
    """Post the same bytes to every inbox without a signature; return the seconds."""
    waiting = iter(inboxes)

    async def work(session: aiohttp.ClientSession) -> None:
        for inbox in waiting:
            async with session.post(inbox, data=body) as response:
                await response.read()

    connector = aiohttp.TCPConnector(limit=CONNECTIONS, limit_per_host=8)
    async with aiohttp.ClientSession(connector=connector) as session:
        began = time.perf_counter()
        await asyncio.gather(*(work(session) for _ in range(CONNECTIONS)))
        return time.perf_counter() - began


def compare(count: int = COUNT) -> dict[str, float]:
    """Cast to this many recipients, print the figures, and return the node's share of the bare client's rate.

    Raises:
        RuntimeError: a follow was refused.
        TimeoutError: not everything arrived.
    """
    port = free_port()
    groups = [make_strangers(f"http://{host}:{port}", count // len(HOSTS)) for host in HOSTS]
    strangers = [stranger for group in groups for stranger in group]
    shared_rsa_key()  # before the process is forked, so that both have the same
    arrived: Synchronized[int] = multiprocessing.Value("i", 0)
    receiver = multiprocessing.Process(target=receive, args=(groups, port, arrived), daemon=True)
    receiver.start()
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        node = Node(Path(folder) / "node", "ada", "Ada", "organization", settings=SETTINGS)
        node.start()
        node.wait_until_ready()
        try:
            asyncio.run(follow(strangers, node))
            wait_for(arrived, len(strangers), 120)  # the acceptances of the follows
            began = time.perf_counter()
            wish = {"name": "A trekking bike", "currency": "EUR", "audience": ["public"]}
            cast = node.api.request("POST", "/intentions", wish)
            wait_for(arrived, 2 * len(strangers), 120)
            ours = time.perf_counter() - began
        finally:
            node.terminate()
            node.wait()
    inboxes = [f"{stranger.iri}/inbox" for stranger in strangers]
    bare = asyncio.run(post_bare(inboxes, str(cast).encode()))
    receiver.terminate()
    print(f"{len(strangers)} recipients on {len(HOSTS)} origins, {urlsplit(node.origin).hostname}")
    print(f"signed deliveries  {len(strangers) / ours:8.0f} a second")
    print(f"bare posts         {len(strangers) / bare:8.0f} a second")
    print(f"ratio              {bare / ours:8.3f}")
    return {"rate": bare / ours}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=COUNT, help="recipients")
    compare(parser.parse_args().count)
    return 0


if __name__ == "__main__":
    sys.exit(main())
