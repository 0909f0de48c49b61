"""Crowds: requests that come from many networks at once, of actors that need not exist."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from tests.attacks.parties import Party
from tests.attacks.wire import Answer, Shot
from tests.attacks.world import World

_AT_ONCE: Final = 8


def network(turn: int) -> str:
    """Return an address of this machine in another network (a /24) for each of two hundred turns."""
    return f"127.0.{turn % 200 + 10}.1"


def hello(world: World, sender: Party) -> Shot:
    """Write what makes the node look its sender up."""
    activity = sender.activity("Follow", world.ada, world.ada)
    return world.shot(sender, activity, key=sender.ed25519, key_id=sender.ed25519_id)


def ghosts(origin: str, count: int, name: str = "ghost") -> Sequence[Party]:
    """Return actors of a server that has never heard of them."""
    return [Party(origin, f"{name}{turn}", None, "thief") for turn in range(count)]


def come(world: World, crowd: Sequence[Party], *, networks: int) -> Sequence[Answer]:
    """Have all of a crowd say something, from so many networks."""

    def say(turn: int) -> Answer:
        return world.throw(hello(world, crowd[turn]), source=network(turn % networks))

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return list(pool.map(say, range(len(crowd))))
