"""A customer and a shop: two real nodes, each a process of its own, for a browser to look at."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from node.sandbox.nodes import Node


@dataclass(frozen=True, slots=True)
class Pair:
    """The two, running."""

    customer: Node
    shop: Node


@contextmanager
def trading(
    folder: Path,
    *,
    names: tuple[str, str] = ("Ada", "Bike Haus"),
    settings: Mapping[str, str] = MappingProxyType({}),
) -> Iterator[Pair]:
    """Run both in `folder` under these names, until the end of the block."""
    customer, shop = (
        Node(folder / handle, handle, name, kind, settings=settings, host="localhost")
        for handle, name, kind in zip(("ada", "bikes"), names, ("person", "organization"), strict=True)
    )
    nodes = (customer, shop)
    try:
        for node in nodes:
            node.start()
        for node in nodes:
            node.wait_until_ready()
        yield Pair(customer, shop)
    finally:
        for node in nodes:
            node.terminate()
        for node in nodes:
            node.wait()
