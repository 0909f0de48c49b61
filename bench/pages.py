"""How long a page takes, and how much is sent when it is opened first, with a lot in the file.

The node is a real `freehold up` that keeps so many offers to one wish, each of them signed and taken by its
inbox, and so long a journal. A browser's requests, signed in, are sent one after another; beside them, in the
same run and by the same client, those to an aiohttp handler that only answers with as much text. A first load
is the page with every sheet, script and icon that it names, as compressed as they come.

    python -m bench.pages --offers 1000 --entries 100000
"""

import argparse
import asyncio
import gzip
import multiprocessing
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import aiohttp
from aiohttp import web

from bench.inbox import PEERS, SETTINGS, sign
from bench.load import Result, send
from bench.strangers import make_strangers, serve
from node.sandbox.nodes import Node, free_port
from protocol.documents import Document

OFFERS: Final = 200  # to one wish
ENTRIES: Final = 2_000  # of the journal
REQUESTS: Final = 100  # for each page
_PARTS: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_BROWSER: Final[Mapping[str, str]] = {
    "Accept": "text/html",
    "Accept-Encoding": "gzip",
    "Sec-Fetch-Site": "same-origin",
}


def plain_handler(port: int, size: int) -> None:
    """Serve an aiohttp application that answers with so many bytes of text; run in a process of its own."""
    text = "a" * size

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


async def fill(node: Node, *, offers: int, entries: int) -> Mapping[str, str]:
    """Make a wish, have it answered, lengthen the journal; return the addresses of the pages to measure."""
    wish = node.api.request("POST", "/intentions", _wish("A trekking bike"))
    port = free_port()
    strangers = make_strangers(f"http://127.0.0.1:{port}", PEERS)
    runner = web.AppRunner(serve(strangers))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        taken = await send(sign(strangers, node, [str(wish["iri"])], offers), port=node.port, connections=32)
    finally:
        await runner.cleanup()
    if taken.statuses != {202: offers}:
        raise RuntimeError(f"not every offer was taken: {dict(taken.statuses)}")
    await asyncio.to_thread(_lengthen, node, entries - offers)
    return {
        "today": "/",
        "wishes": "/wishes",
        "a wish": f"/wishes/{wish['id']}",
        "its offers": f"/wishes/{wish['id']}/compare",
        "pipeline": "/desk",
    }


def _wish(name: str) -> Document:
    return {"name": name, "currency": "EUR", "audience": ["public"], "deadline": "2099-01-01T00:00:00Z"}


def _lengthen(node: Node, entries: int) -> None:
    """Add so many entries to the journal: wishes that nobody has answered."""
    with ThreadPoolExecutor(8) as hands:
        list(hands.map(lambda n: node.api.request("POST", "/intentions", _wish(f"Bike {n}")), range(entries)))


async def sign_in(node: Node) -> str:
    """Follow a link, and return the cookie that a browser keeps."""
    link, headers = node.sign_in_link(), {**_BROWSER, "Origin": node.origin}
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.post(link, data={}, allow_redirects=False) as response,
    ):
        if response.status != 303:
            raise RuntimeError(f"not signed in: {response.status}")
        return "; ".join(f"{name}={morsel.value}" for name, morsel in response.cookies.items())


async def first_load(node: Node, path: str, cookie: str) -> tuple[int, int]:
    """Return how many bytes a page has, and how many with all that it names, as they are sent."""
    headers = {**_BROWSER, "Cookie": cookie}
    async with aiohttp.ClientSession(node.origin, headers=headers, auto_decompress=False) as session:

        async def sent(address: str) -> bytes:
            async with session.get(address) as response:
                if response.status != 200:
                    raise RuntimeError(f"{address}: {response.status}")
                body = await response.read()
                packed[address] = len(body)
                return gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body

        packed: dict[str, int] = {}
        for part in dict.fromkeys(_PARTS.findall((await sent(path)).decode())):
            await sent(part)
        return packed[path], sum(packed.values())


async def measure(port: int, path: str, cookie: str) -> Result:
    """Ask for a page again and again, over one connection, after a warm-up."""
    lines = [f"{name}: {value}" for name, value in (*_BROWSER.items(), ("Cookie", cookie))]
    request = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *lines, "", ""]).encode()
    await send([request] * 5, port=port, connections=1)
    return await send([request] * REQUESTS, port=port, connections=1)


async def measure_plain(size: int) -> Result:
    """Measure the handler that does nothing."""
    port = free_port()
    process = multiprocessing.Process(target=plain_handler, args=(port, size), daemon=True)
    process.start()
    try:
        await asyncio.sleep(2)
        return await measure(port, "/", "")
    finally:
        process.terminate()
        process.join()


async def compare(node: Node, *, offers: int, entries: int) -> None:
    """Fill the node, ask for every page, and print."""
    pages = await fill(node, offers=offers, entries=entries)
    cookie = await sign_in(node)
    loads = {name: await first_load(node, path, cookie) for name, path in pages.items()}
    plain = await measure_plain(max(page for page, _ in loads.values()))
    print(f"{offers} offers to one wish, {entries} entries")
    print(f"{'page':18} {'p50 ms':>8} {'p95 ms':>8} {'ratio':>8} {'page kB':>8} {'first load kB':>14}")
    print(f"{'only answers':18} {plain.percentile(50):8.2f} {plain.percentile(95):8.2f}")
    for name, path in pages.items():
        ours, (page, whole) = await measure(node.port, path, cookie), loads[name]
        times = f"{ours.percentile(50):8.2f} {ours.percentile(95):8.2f}"
        ratio = ours.percentile(95) / plain.percentile(95)
        print(f"{name:18} {times} {ratio:8.1f} {page / 1000:8.1f} {whole / 1000:14.1f}")


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--offers", type=int, default=OFFERS, help="offers to one wish")
    parser.add_argument("--entries", type=int, default=ENTRIES, help="the length of the journal")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        node = Node(Path(folder) / "ada", "ada", "Ada", "person", settings=SETTINGS, host="localhost")
        node.start()
        node.wait_until_ready()
        try:
            asyncio.run(compare(node, offers=asked.offers, entries=asked.entries))
        finally:
            node.terminate()
            node.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
