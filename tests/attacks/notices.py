"""Attacks through what an owner is told away from the pages: words of others, and their number."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.attacks.cases import case
from tests.attacks.nodes import until
from tests.attacks.sites import accepted
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_BOARD: Final = "/notices/"
_LOUD: Final = {"quiet": None, "zone": "UTC", "language": "en"}
_FLOOD: Final = 8  # offers at once


Told = Callable[[], list[Any]]
"""Returns what the owner has been told so far."""


@contextmanager
def listening(world: World) -> Iterator[Told]:
    """Let the owner be told through a board on one of the servers."""
    world.advance(seconds=0)  # what plays here turns the clock, so it is no guest's visit
    site = world.sites[0]
    site.pages[_BOARD] = accepted
    before = len(site.posts(_BOARD))
    world.asked("PUT", "/notices/settings", _LOUD)
    said = {"server": site.origin + _BOARD, "topic": "ada-7d", "token": "tk_kept"}
    channel = world.asked("POST", "/notices/channels/ntfy", said)["id"]

    try:
        yield lambda: [hit.document for hit in site.posts(_BOARD)[before:]]
    finally:
        world.owner("DELETE", f"/notices/channels/{channel}")
        del site.pages[_BOARD]


def told_in_a_notice(world: World) -> Answer:
    """Let an offer come, answer it, and let another come: each is told as one, and nothing of it is said."""
    with listening(world) as told:
        answer = world.must(world.baseline())
        until(lambda: len(told()) == 1)
        offer = told()[0]["click"].rpartition("/")[2]
        expect(told()[0]["title"] == "A new offer", "that an offer came is told in words of ours")
        expect(told()[0]["message"] == "Look at it", "nothing of an offer is told")
        world.asked("POST", f"/offers/{offer}/reject", {})
        world.settle()
        until(lambda: not world.rows("SELECT 1 FROM notices"))
        world.advance(minutes=11)
        world.must(world.baseline())
        until(lambda: len(told()) == 2)
        expect(told()[1]["title"] == "A new offer", "what the owner did is not told to the owner")
    return answer


def flood(world: World) -> Answer:
    """Let many offers come at once: the first is told, the others as one message ten minutes later."""
    with listening(world) as told:
        answer = world.must(world.baseline())
        until(lambda: len(told()) == 1)
        for _ in range(_FLOOD):
            answer = world.must(world.baseline())
        world.settle()
        world.advance(minutes=11)
        world.must(world.baseline())
        until(lambda: len(told()) >= 2)
        expect(len(told()) == 2, "many offers are one message")
        expect(told()[1]["title"].endswith("new offers"), "which says how many there are")
    return answer


def after_the_lock(world: World) -> Answer:
    """Listen at an address that whoever was in has added, after the lock: it is told nothing more."""
    with listening(world) as told:
        world.must(world.baseline())
        until(lambda: len(told()) == 1)
        world.asked("POST", "/security/lock")
        world.advance(minutes=11)
        answer = world.must(world.baseline())
        world.settle()
        [known] = world.asked("GET", "/notices/channels")["items"]
        expect(known["trouble"] == "locked", f"of the address is said: {known['trouble']}")
        until(lambda: bool(world.rows("SELECT 1 FROM notices")))
        expect(len(told()) == 1, "and nothing is told there")
        world.asked("POST", f"/notices/channels/{known['id']}/test")
        until(lambda: len(told()) == 3)  # the test, and what has waited for it
    return answer


CASES: Final = (
    case("AC-23", "at an address that whoever was in has added", after_the_lock, 202, still=False),
    case("AC-10", "a notice says that an offer came, and no more of it", told_in_a_notice, 202, still=False),
    case("DO-14", "many offers at once are told as one", flood, 202, still=False),
)
