"""The tour: every page of the table, at addresses of a scene where there is something to see."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from node.web.pages.pages import PAGES
from tests.browser.scene import CUSTOMER, NEWCOMER, SHOP, Scene


@dataclass(frozen=True, slots=True)
class Stop:
    """One page to look at: what it is called, who opens it, where."""

    name: str
    who: str
    address: str


def _offers(scene: Scene) -> Mapping[str, str]:
    states = ("offered", "countered", "rejected", "withdrawn", "concluded")
    return {state: found[0]["id"] for state in states if (found := scene.offers(state))}


def _first(scene: Scene, who: str, path: str) -> Mapping[str, str]:
    return {"": next(iter(scene.nodes[who].api.pages(path)))["id"]}


# Whose the things behind the beginning of an address are, and what their `{id}` can be. With the first of
# several every page is shown, with the others only the page of the thing itself.
_THINGS: Final[Mapping[str, tuple[str, Callable[[Scene], Mapping[str, str]]]]] = MappingProxyType(
    {
        "/wishes/": (CUSTOMER, lambda scene: scene.wishes),
        "/offers/": (CUSTOMER, _offers),
        "/agreements/": (CUSTOMER, lambda scene: scene.agreements),
        "/businesses/": (CUSTOMER, lambda scene: _first(scene, CUSTOMER, "/peers")),
        "/desk/wishes/": (SHOP, lambda scene: _first(scene, SHOP, "/intentions")),
        "/desk/customers/": (SHOP, lambda scene: _first(scene, SHOP, "/peers")),
    }
)


def patterns() -> Sequence[str]:
    """Return the path of every page that is opened, as the table has it."""
    return list(dict.fromkeys(page.path for page in PAGES if page.method == "GET"))


def stops(scene: Scene) -> list[Stop]:
    """Return the tour."""
    return [stop for pattern in patterns() for stop in stops_at(scene, pattern)]


def stops_at(scene: Scene, pattern: str) -> Iterator[Stop]:
    """Yield the stops at which the pages of one path are looked at."""
    name = pattern.strip("/").replace("/{id}", "").replace("/", "-") or "today"
    if "{" not in pattern:
        who = SHOP if pattern.startswith("/desk") else CUSTOMER
        yield Stop(name, who, pattern)
        if NEWCOMER in scene.nodes:
            yield Stop(f"{name}-{NEWCOMER}", NEWCOMER, pattern)
        return
    begins = next((begins for begins in _THINGS if pattern.startswith(begins)), None)
    assert begins is not None, f"tests/browser/tour.py does not know what to show at {pattern}"
    who, find = _THINGS[begins]
    things = list(find(scene).items())
    for label, id in things if pattern.endswith("{id}") else things[:1]:
        yield Stop(f"{name}-{label}".rstrip("-"), who, pattern.replace("{id}", id))
