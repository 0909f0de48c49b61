"""Measure how long it takes from `git clone` to the first deal in the browser, as the README leads to it.

The repository is cloned, its packages are installed as `make demo` installs them, from wherever pip gets
them, the demonstration is played, and a browser goes through the tutorial, from the link to the agreement
that both have signed, an acceptance's time to think included. A person reads besides; the browser does not.
What it is compared with is the first of it alone: clone and packages, of which a product can spare nobody.
"""

import asyncio
import io
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from node.sandbox.market import make_nodes, started
from node.sandbox.narrator import Narrator
from node.sandbox.nodes import Node
from node.sandbox.story import Story
from tests.browser.chromium import browsing
from tests.browser.tutorial import steps
from tests.browser.visits import visiting

ROOT = Path(__file__).parents[1]
INSTALLED = ".venv/.installed-run"


@contextmanager
def timed(taken: dict[str, float], what: str) -> Iterator[None]:
    began = time.perf_counter()
    yield
    taken[what] = time.perf_counter() - began


def compare() -> dict[str, float]:
    """Go the whole way once; print and return the seconds of each part."""
    taken: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="freehold-first-") as folder:
        clone, home = Path(folder, "freehold"), Path(folder, "home")
        home.mkdir()
        alone = {
            name: value for name, value in os.environ.items() if name not in {"VIRTUAL_ENV", "PYTHONPATH"}
        }
        with timed(taken, "clone"):
            subprocess.run(["git", "clone", "--quiet", ROOT, clone], check=True)
        with timed(taken, "packages"):
            command = ["make", "--silent", INSTALLED]
            subprocess.run(command, cwd=clone, env={**alone, "HOME": str(home)}, check=True)
        market = Path(folder, "market")
        nodes, voice = make_nodes(market), Narrator(io.StringIO())
        began = time.perf_counter()
        with started(nodes, voice):
            customer, northside, harbour, meadow = nodes
            Story(customer, northside, harbour, meadow, voice, market).play()
            taken["demonstration"] = time.perf_counter() - began
            with timed(taken, "deal"):
                asyncio.run(_deal(customer))
    for what, seconds in taken.items():
        print(f"{what:14} {seconds:6.1f} s")
    whole = sum(taken.values())
    print(
        f"{'whole':14} {whole:6.1f} s, {whole / (taken['clone'] + taken['packages']):.1f} times the first two"
    )
    return taken


async def _deal(node: Node) -> None:
    async with browsing() as browser, visiting(browser, node.origin) as visit:
        async for _ in steps(visit, node):
            pass


if __name__ == "__main__":
    compare()
