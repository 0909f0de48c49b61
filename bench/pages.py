"""How long each page takes, and how much is sent when it is opened first, with a lot in the file.

The nodes are real ones, `freehold up`. A customer's keeps so many offers to one wish, each of them signed and
taken by its inbox, behind a journal of so many entries, which are copies of what casting a wish leaves, each
hashed behind the one before; a business's keeps as many wishes cast to it. A browser's requests, signed in,
are sent one after another for every page of the table of pages; beside them, in the same run and by the same
client, those to an aiohttp handler that only answers with as much text. The first request to each page is
told apart: it finds nothing remembered. A first load is the page with every sheet, script and icon that it
names, as compressed as they come.

    python -m bench.pages --offers 1000 --entries 100000

Beside the times stands what the server had of the processor for one request, all threads together
(`proc ms`), which hangs less on what else runs on the machine.
"""

import argparse
import asyncio
import gzip
import multiprocessing
import re
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from bench.copies import in_bulk, multiply, read_left
from bench.inbox import PEERS, SETTINGS
from bench.load import Result, send
from bench.offer import processor_seconds
from bench.strangers import Stranger, make_strangers, serve
from node.folder import DATABASE_NAME
from node.sandbox.nodes import Node, free_port
from node.storage.sqlite.database import open_database
from node.web.pages.pages import PAGES
from protocol.documents import Document

OFFERS: Final = 200  # to one wish, and wishes at the business
ENTRIES: Final = 2_000  # of the journal
REQUESTS: Final = 60  # for each page
_REST_SECONDS: Final = 120.0
_RESTS_BELOW: Final = 0.01  # seconds of the processor, in one second
_PARTS: Final = re.compile(r'(?:href|src)="(/static/[^"]+)"')
_BROWSER: Final[Mapping[str, str]] = {
    "Accept": "text/html",
    "Accept-Encoding": "gzip",
    "Sec-Fetch-Site": "same-origin",
}
_LIMITS: Final = {"OFFERS_PER_INTENTION_PER_PEER": "100000", "OPEN_INTENTIONS_PER_PEER": "100000"}
# What is no page to look at, or needs what is not there: an agreement, a passkey, a node that is nobody's.
_LEFT_OUT: Final = re.compile(
    r"/(claim|agreements/|security/passkeys/\{|events|sw\.js|manifest|sign-in|styleguide)"
)


@dataclass(frozen=True, slots=True)
class Figures:
    """What was measured of one page: its times, processor seconds of one request, and bytes as they are sent.

    `first` is the time of the first request, in milliseconds, `loaded` the bytes of a first load.
    """

    name: str
    first: float
    result: Result
    processor: float
    sent: int
    loaded: int


def plain_handler(port: int, size: int) -> None:
    """Serve an aiohttp application that answers with so many bytes of text; run in a process of its own."""
    text = "a" * size

    async def answer(_request: web.Request) -> web.Response:
        return web.Response(text=text, content_type="text/html")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    web.run_app(app, host="127.0.0.1", port=port, print=None, access_log=None)


# --- filling ------------------------------------------------------------------------------------------------


def _wish(name: str, **members: object) -> Document:
    wish = {"name": name, "currency": "EUR", "audience": ["public"], "deadline": "2099-01-01T00:00:00Z"}
    return {**wish, **members}


def _points() -> list[Document]:
    return [
        {
            "property": f"property-{place}",
            "at_most": str(place + 1),
            "unit": "kg",
            "necessity": "must" if place < 3 else "should",
        }
        for place in range(6)
    ]


def lengthen(folder: Path, entries: int) -> None:
    """Multiply what a wish has left in the file of a node that does not run, up to so many entries."""
    with open_database(folder / DATABASE_NAME) as session:
        left = read_left(session)
        with in_bulk(session):
            multiply(session, left, copies=range(1, entries // len(left.entries)))


@asynccontextmanager
async def strangers_at_home() -> AsyncIterator[list[Stranger]]:
    """Make strangers whose documents can be fetched meanwhile."""
    port = free_port()
    strangers = make_strangers(f"http://127.0.0.1:{port}", PEERS)
    runner = web.AppRunner(serve(strangers))
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield strangers
    finally:
        await runner.cleanup()


async def deliver(node: Node, count: int, say: Callable[[Stranger, int], bytes]) -> None:
    """Let strangers say so many things to a node.

    Raises:
        RuntimeError: something was not taken.
    """
    async with strangers_at_home() as strangers:
        requests = [
            strangers[number % PEERS].request(f"{node.actor}/inbox", say(strangers[number % PEERS], number))
            for number in range(count)
        ]
        taken = await send(requests, port=node.port, connections=32)
    if taken.statuses != {202: count}:
        raise RuntimeError(f"not everything was taken: {dict(taken.statuses)}")


async def fill_customer(node: Node, *, offers: int, entries: int) -> Mapping[str, str]:
    """Fill a customer's node, and leave it running; return the addresses of its pages by their paths."""
    node.start()
    node.wait_until_ready()
    node.api.request("POST", "/intentions", _wish("A kettle"))
    node.terminate()
    node.wait()
    lengthen(node.folder, entries - offers)
    node.start()
    node.wait_until_ready()
    members = {"specifications": _points(), "limit_price": "2700.00"}
    wish = node.api.request("POST", "/intentions", _wish("A trekking bike", **members))
    await deliver(node, offers, lambda who, number: who.offer(node.actor, str(wish["iri"]), number=number))
    offer = node.api.get(f"/intentions/{wish['id']}/compare")["offers"][0]
    things = {"/wishes/{id}": wish["id"], "/offers/{id}": offer["id"], "/journal/{id}": str(entries // 2)}
    pages = addresses(things, {"/businesses/one": urlencode({"iri": offer["peer"]["iri"]})})
    found = {path: address for path, address in pages.items() if not path.startswith("/desk")}
    older = {"/journal?before=": f"/journal?before={entries // 2}"}
    weighed = {"…/compare?sort=weights": f"/wishes/{wish['id']}/compare?sort=weights&cost=3&fit=3&soon=2"}
    return {**found, **weighed, **older}


async def fill_business(node: Node, *, wishes: int) -> Mapping[str, str]:
    """Fill a business's node, and leave it running; return the addresses of its pages by their paths."""
    node.start()
    node.wait_until_ready()
    await deliver(node, wishes, lambda who, number: who.wish(node.actor, number=number))
    (wish,) = node.api.get("/intentions?limit=1")["items"]
    pages = addresses(
        {"/desk/wishes/{id}": wish["id"]}, {"/desk/customers/one": urlencode({"peer": wish["peer"]["iri"]})}
    )
    return {path: address for path, address in pages.items() if path.startswith("/desk")}


def addresses(things: Mapping[str, str], asked: Mapping[str, str]) -> Mapping[str, str]:
    """Return the address of each page of the table by its path, of those whose thing is known."""
    found = {}
    for path in dict.fromkeys(page.path for page in PAGES if page.method == "GET"):
        thing = next((id for begins, id in things.items() if path.startswith(begins)), "")
        if not _LEFT_OUT.match(path) and ("{" not in path or thing):
            found[path] = re.sub(r"\{\w+\}", thing, path) + (f"?{asked[path]}" if path in asked else "")
    return found


# --- measuring ----------------------------------------------------------------------------------------------


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
            async with session.get(address, allow_redirects=False) as response:
                if response.status != 200:
                    raise RuntimeError(f"{address}: {response.status}")
                body = await response.read()
                packed[address] = len(body)
                return gzip.decompress(body) if response.headers.get("Content-Encoding") == "gzip" else body

        packed: dict[str, int] = {}
        for part in dict.fromkeys(_PARTS.findall((await sent(path)).decode())):
            await sent(part)
        return packed[path], sum(packed.values())


async def ask(port: int, path: str, cookie: str, count: int) -> Result:
    """Ask for a page again and again, over one connection."""
    lines = [f"{name}: {value}" for name, value in (*_BROWSER.items(), ("Cookie", cookie))]
    request = "\r\n".join([f"GET {path} HTTP/1.1", f"Host: localhost:{port}", *lines, "", ""]).encode()
    return await send([request] * count, port=port, connections=1)


async def measure(port: int, pid: int, path: str, cookie: str) -> tuple[Result, float, float]:
    """Return how long a page takes, and the first time, and the processor seconds of one request."""
    first = await ask(port, path, cookie, 1)
    await ask(port, path, cookie, 3)
    before = processor_seconds(pid)
    result = await ask(port, path, cookie, REQUESTS)
    return result, first.percentile(50), (processor_seconds(pid) - before) / REQUESTS


async def come_to_rest(pid: int) -> None:
    """Wait until a process does nothing for a second: what filled it goes on to be worked on behind.

    Raises:
        TimeoutError: it does not come to rest.
    """
    async with asyncio.timeout(_REST_SECONDS):
        before = -1.0
        while (now := processor_seconds(pid)) - before > _RESTS_BELOW:
            before = now
            await asyncio.sleep(1)


async def measure_pages(node: Node, pages: Mapping[str, str]) -> list[Figures]:
    """Measure the pages of a node."""
    assert node.process is not None
    cookie = await sign_in(node)
    await come_to_rest(node.process.pid)
    found = []
    for name, path in pages.items():
        result, first, processor = await measure(node.port, node.process.pid, path, cookie)
        if result.statuses != {200: REQUESTS}:
            print(f"{name} leads elsewhere, or is not there: {dict(result.statuses)}")
            continue
        sent, loaded = await first_load(node, path, cookie)
        found.append(Figures(name, first, result, processor, sent, loaded))
    return found


async def measure_plain(size: int) -> Figures:
    """Measure the handler that does nothing."""
    port = free_port()
    process = multiprocessing.Process(target=plain_handler, args=(port, size), daemon=True)
    process.start()
    try:
        await asyncio.sleep(2)
        assert process.pid is not None
        result, first, processor = await measure(port, process.pid, "/", "")
        return Figures("only answers", first, result, processor, size, size)
    finally:
        process.terminate()
        process.join()


async def compare(folder: Path, *, offers: int, entries: int) -> None:
    """Fill two nodes, ask for every page of each, and print."""
    settings = SETTINGS | {"MAX_OPEN_PER_INTENTION": str(offers + 1)}
    customer = Node(folder / "ada", "ada", "Ada", "person", settings=settings, host="localhost")
    business = Node(folder / "bikes", "bikes", "Bikes", "organization", settings=settings, host="localhost")
    found: list[Figures] = []
    try:
        found += await measure_pages(customer, await fill_customer(customer, offers=offers, entries=entries))
        customer.terminate()
        found += await measure_pages(business, await fill_business(business, wishes=offers))
    finally:
        for node in (customer, business):
            node.terminate()
            node.wait()
    plain = await measure_plain(max(page.sent for page in found))
    print(f"{offers} offers to one wish, {offers} wishes at a business, {entries} entries")
    print(f"{'':28} {'first':>7} {'p50':>7} {'p95 ms':>7} {'ratio':>6} {'proc ms':>8} {'ratio':>6}", end="")
    print(f" {'page kB':>8} {'first load kB':>14}")
    for each in (plain, *sorted(found, key=lambda page: -page.loaded)):
        print(_line(each, plain))


def _line(page: Figures, plain: Figures) -> str:
    p50, p95 = page.result.percentile(50), page.result.percentile(95)
    ratios = p95 / plain.result.percentile(95), page.processor / plain.processor
    return (
        f"{page.name:28} {page.first:7.1f} {p50:7.1f} {p95:7.1f} {ratios[0]:6.1f}"
        f" {page.processor * 1_000:8.1f} {ratios[1]:6.1f} {page.sent / 1000:8.1f} {page.loaded / 1000:14.1f}"
    )


def main(arguments: Sequence[str]) -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--offers", type=int, default=OFFERS, help="offers to one wish")
    parser.add_argument("--entries", type=int, default=ENTRIES, help="the length of the journal")
    asked = parser.parse_args(arguments)
    with TemporaryDirectory(prefix="freehold-bench-") as folder:
        asyncio.run(compare(Path(folder), offers=asked.offers, entries=asked.entries))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
