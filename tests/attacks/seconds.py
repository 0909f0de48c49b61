"""AU-08: one person who would be two: above an amount nobody signs what they asked for themselves."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from tests.attacks.cases import Case, case
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

_LIMIT: Final = "/cosignatures/limit"


@contextmanager
def two_sign(world: World) -> Iterator[None]:
    """Have the node need two signatures for anything that costs more than a euro, for a while."""
    world.asked("PUT", _LIMIT, {"amount": "1", "currency": "EUR"})
    try:
        yield
    finally:
        world.asked("DELETE", _LIMIT)


def _asked(world: World) -> dict[str, Any]:
    """Accept an offer as the owner alone, and demand that it is not signed."""
    id = world.seen(world.opened(world.shop))["id"]
    with two_sign(world):
        answer = world.owner("POST", f"/offers/{id}/accept", {})
    expect(answer.status == 202, f"above the limit nobody signs alone, and it answers {answer.status}")
    expect(world.asked("GET", f"/offers/{id}")["state"] == "offered", "nothing was signed")
    return dict(answer.json["cosignature"])


def signing_for_two(world: World) -> Answer:
    """Give the second signature to what one has asked for."""
    waits = _asked(world)
    world.hold()
    return world.owner("POST", f"/cosignatures/{waits['id']}/sign", {"digest": waits["digest"]})


def signing_something_else(world: World) -> Answer:
    """Name other bytes than those that wait."""
    waits = _asked(world)
    world.hold()
    return world.owner("POST", f"/cosignatures/{waits['id']}/sign", {"digest": waits["digest"][::-1]})


CASES: Final[tuple[Case, ...]] = (
    case("AU-08", "both signatures by one person", signing_for_two, 403, "same-person"),
    case("AU-08", "other bytes than those that wait", signing_something_else, 409, "unlike-shown"),
)
