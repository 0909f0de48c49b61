"""What one request costs in steps, not in time: functions entered, statements asked, documents read.

`python -m bench.trace` runs a node in this process, sends it one offer and accepts it, and counts. The
figures do not depend on the machine, so they can be laid beside those of another checkout.
"""

import asyncio
import re
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import orjson

from tests.web.house import House, Peer, open_house, open_peer

ROOT = Path(__file__).parents[1]
OURS = tuple(str(ROOT / name) for name in ("node", "protocol", "schemas"))
WATCHED = ("parse", "canonicalise", "compact", "read_intention", "read_draft", "read_agreement", "read_price")


class Trace:
    """What was counted between two moments."""

    def __init__(self) -> None:
        self.entered: Counter[tuple[str, str]] = Counter()
        self.statements: Counter[str] = Counter()

    def enter(self, frame: FrameType, event: str, _argument: object) -> None:
        """Count a function of ours that is entered."""
        code = frame.f_code
        if event == "call" and code.co_filename.startswith(OURS):
            self.entered[code.co_filename.removeprefix(f"{ROOT}/"), code.co_name] += 1

    def asked(self, statement: str) -> None:
        """Count a statement by what it does to which table."""
        verb = statement.split(maxsplit=1)[0].lower()
        while (outer := re.sub(r"\([^()]*\)", "", statement)) != statement:
            statement = outer  # what a query within it reads is part of it
        table = re.search(r"(?:FROM|INTO|^UPDATE)\s+(?:AS\s+)?(\w+)", statement)
        if verb in {"select", "insert", "update", "delete"}:
            self.statements[f"{verb} {table[1] if table else 'of several'}"] += 1

    def show(self, title: str) -> None:
        """Print the figures."""
        watched = {name: sum(n for (_, f), n in self.entered.items() if f == name) for name in WATCHED}
        print(f"{title}")
        print(f"  functions entered   {sum(self.entered.values())}, of which different {len(self.entered)}")
        print(f"  statements          {sum(self.statements.values())}: ", end="")
        print(", ".join(f"{what} {n}" for what, n in sorted(self.statements.items())))
        print("  " + ", ".join(f"{name} {n}" for name, n in watched.items() if n))


def connection(house: House) -> Any:
    """Return the writer's connection."""
    store: Any = house.runtime.store
    return store._session.conn


@asynccontextmanager
async def traced(house: House) -> AsyncIterator[Trace]:
    """Count what happens inside, on the event loop and on the writer's thread."""
    trace = Trace()
    writer = connection(house)
    await house.runtime.store.write(lambda _session: sys.setprofile(trace.enter))
    writer.set_trace_callback(trace.asked)
    sys.setprofile(trace.enter)
    try:
        yield trace
    finally:
        sys.setprofile(None)
        writer.set_trace_callback(None)
        await house.runtime.store.write(lambda _session: sys.setprofile(None))


async def send(house: House, shop: Peer) -> tuple[str, bytes, dict[str, str]]:
    """Return the address, body and headers of an offer to a fresh intention."""
    seen = (await shop.fetch(house, (await house.cast(shop.iri))["iri"])).json
    body = orjson.dumps(shop.offer(seen, house.iri))
    return f"/actors/{house.settings.handle}/inbox", body, shop.sign(f"{house.iri}/inbox", body)


async def story(folder: Path) -> None:
    """Warm up with one offer, then trace another and its acceptance."""
    async with open_house(folder / "n") as house, open_peer() as shop:
        path, body, headers = await send(house, shop)
        assert (await house.request("POST", path, body, headers)).status == 202
        path, body, headers = await send(house, shop)
        await asyncio.sleep(1)  # let the node do what the first offer made it do by itself
        async with traced(house) as trace:
            answer = await house.request("POST", path, body, headers)
        assert answer.status == 202, answer.body
        trace.show("an offer in the inbox")
        offers = (await house.owner("GET", "/offers")).json["items"]
        await asyncio.sleep(1)
        async with traced(house) as trace:
            answer = await house.owner("POST", f"/offers/{offers[0]['id']}/accept", {})
        assert answer.status == 200, answer.body
        trace.show("offer accept")


def main() -> int:
    """Run and print."""
    with TemporaryDirectory(prefix="freehold-trace-") as folder:
        asyncio.run(story(Path(folder)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
