"""Measure what the compiled modules save: the CPU of a node for each offer, compiled beside pure Python.

Two real `freehold up` of the same sources, one from the wheel that `make compiled` unpacked, one from this
tree. They take turns: each offer is the one of `inbox`, and what counts is the processor time that the
node's own process has used, not the time that passed.
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from aiohttp import web

from bench.inbox import CONNECTIONS, INTENTIONS, PEERS, SETTINGS, cast, sign
from bench.load import send
from bench.start import memory
from bench.strangers import Stranger, make_strangers, serve
from node.sandbox.nodes import Node, free_port

TREE = Path(__file__).parents[1]
COMPILED = TREE / "build" / "compiled"
ROUNDS = 21


@dataclass
class Side:
    """A node that runs one of the two cores, and the microseconds an offer took in each round."""

    core: str
    node: Node
    intentions: Sequence[str]
    microseconds: list[float] = field(default_factory=list)

    @property
    def process(self) -> int:
        """The id of the node's process."""
        assert self.node.process is not None
        return self.node.process.pid


@contextmanager
def imports_from(root: Path) -> Iterator[None]:
    """Let processes that are started meanwhile import from this folder, and not from where they stand."""
    before = dict(os.environ)
    os.environ |= {"PYTHONSAFEPATH": "1", "PYTHONPATH": str(root)}
    try:
        yield
    finally:
        os.environ.clear()
        os.environ |= before


@contextmanager
def running(folder: Path, core: str, root: Path) -> Iterator[Side]:
    """Start a node that imports from `root`, see that it runs this core, and stop it at the end.

    Raises:
        RuntimeError: it runs the other one.
    """
    node = Node(folder / core.replace(" ", "-"), "ada", "Ada", "person", settings=SETTINGS)
    with imports_from(root):
        node.start()
    node.wait_until_ready()
    try:
        if (found := node.api.request("GET", "/node")["core"]) != core:
            raise RuntimeError(f"The node from {root} runs {found}, not {core}: run `make compiled` first.")
        yield Side(core, node, cast(node, INTENTIONS))
    finally:
        node.terminate()
        node.wait()


def processor_seconds(process: int) -> float:
    """Return the processor time of a process's threads, with what the kernel did for them (Linux)."""
    threads = Path(f"/proc/{process}/task").glob("*/schedstat")
    return sum(int(thread.read_text(encoding="ascii").split()[0]) for thread in threads) / 1e9


async def measure(sides: Sequence[Side], count: int) -> None:
    """Send `count` offers to each side in each round, after a warm-up.

    Raises:
        RuntimeError: an offer was refused.
    """
    port = free_port()
    strangers = make_strangers(f"http://127.0.0.1:{port}", PEERS)
    runner = web.AppRunner(serve(strangers))
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    for side in sides:
        await take(side, strangers, PEERS)
        side.microseconds.clear()
    for number in range(ROUNDS):
        for side in sides if number % 2 else reversed(sides):
            await take(side, strangers, count)
    await runner.cleanup()


async def take(side: Side, strangers: list[Stranger], count: int) -> None:
    """Have one side take this many offers, and add what each cost it."""
    requests = sign(strangers, side.node, list(side.intentions), count)
    before = processor_seconds(side.process)
    answers = await send(requests, port=side.node.port, connections=min(CONNECTIONS, count))
    side.microseconds.append(1e6 * (processor_seconds(side.process) - before) / count)
    if answers.statuses != {202: count}:
        raise RuntimeError(f"{side.core}: {dict(answers.statuses)}")


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=250, help="offers in each round")
    count = parser.parse_args().count
    with (
        TemporaryDirectory(prefix="freehold-bench-") as folder,
        running(Path(folder), "pure Python", TREE) as pure,
        running(Path(folder), "compiled", COMPILED) as compiled,
    ):
        asyncio.run(measure((pure, compiled), count))
        held = [memory(side.process) for side in (pure, compiled)]
    for side, megabytes in zip((pure, compiled), held, strict=True):
        print(
            f"{side.core:12} {median(side.microseconds):6.0f} µs of CPU an offer"
            f" (least {min(side.microseconds):.0f})   {megabytes:.0f} MB"
        )
    pairs = [ours / theirs for ours, theirs in zip(compiled.microseconds, pure.microseconds, strict=True)]
    least = min(compiled.microseconds) / min(pure.microseconds)
    print(f"ratio        {median(pairs):6.3f} median of {ROUNDS} rounds of {count}, of the least {least:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
