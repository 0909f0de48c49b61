"""A customer and a shop: two real nodes, each a process of its own, for a browser to look at."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from node.sandbox.nodes import Node


@dataclass(frozen=True, slots=True)
class Pair:
    """The two, running."""

    customer: Node
    shop: Node


@contextmanager
def trading(folder: Path) -> Iterator[Pair]:
    """Run both in `folder` until the end of the block."""
    pair = Pair(
        Node(folder / "ada", "ada", "Ada", "person"),
        Node(folder / "bikes", "bikes", "Bike Haus", "organization"),
    )
    nodes = (pair.customer, pair.shop)
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait_until_ready()
        yield pair
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            node.wait()
