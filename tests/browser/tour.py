"""The tour: every page of the table, at addresses of a scene where there is something to see."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final
from urllib.parse import urlencode

from node.web.pages.pages import PAGES
from tests.browser.scene import ASKED, CUSTOMER, NEWCOMER, NOBODY, SHOP, Scene


@dataclass(frozen=True, slots=True)
class Stop:
    """One page to look at: what it is called, who opens it, where."""

    name: str
    who: str
    address: str


def _offers(scene: Scene) -> Mapping[str, str]:
    states = ("offered", "countered", "rejected", "withdrawn", "concluded")
    return {state: found[0]["id"] for state in states if (found := scene.offers(state))}


def _held(scene: Scene) -> Mapping[str, str]:
    """Return what was accepted and can still be undone, if there is something."""
    found = scene.offers("accepted")
    return {"": found[0]["id"]} if found else {}


def _first(scene: Scene, who: str, path: str, named: str = "id") -> Mapping[str, str]:
    return {"": str(next(iter(scene.nodes[who].api.pages(path)))[named])}


def _customers(scene: Scene) -> Mapping[str, str]:
    return {"": str(scene.shop.api.get("/customers")["items"][0]["id"])}


def _passkeys(scene: Scene) -> Mapping[str, str]:
    return {key["name"]: key["id"] for key in scene.customer.api.get("/security")["passkeys"]}


def _channels(scene: Scene) -> Mapping[str, str]:
    """Return the address at which the customer is told; nobody listens there."""
    api = scene.customer.api
    if not api.get("/notices/channels")["items"]:
        nowhere = {"server": "http://127.0.0.1:9", "topic": "nowhere"}
        api.request("POST", "/notices/channels/ntfy", nowhere)
    return {"": str(api.get("/notices/channels")["items"][0]["id"])}


def _team(scene: Scene) -> Mapping[str, str]:
    """Return somebody who works at the shop, beside its owner."""
    api = scene.shop.api
    people = api.get("/persons")["items"]
    bea = people[1] if len(people) > 1 else api.request("POST", "/persons", {"name": "Bea Ott"})
    return {"": str(bea["id"])}


def _cosigned(scene: Scene) -> Mapping[str, str]:
    """Return what waits at the shop for a second signature, which nothing else needs."""
    api, limit = scene.shop.api, "/cosignatures/limit"
    if not api.get("/cosignatures")["items"]:
        wish = next(one for one in api.pages("/intentions") if one["state"] == "open")
        price = {"kind": "oneOff", "amount": "90.00", "currency": wish["currency"]}
        api.request("PUT", limit, {"amount": "1", "currency": "EUR"})
        api.request("POST", "/offers", {"intention": wish["id"], "terms": {"name": "Bike", "price": [price]}})
        api.request("DELETE", limit)
    return {"": str(api.get("/cosignatures")["items"][0]["id"])}


# Whose the things behind the beginning of an address are, and what can stand in its place for them. With the
# first of several every page is shown, with the others only the page of the thing itself.
_THINGS: Final[Mapping[str, tuple[str, Callable[[Scene], Mapping[str, str]]]]] = MappingProxyType(
    {
        "/wishes/": (CUSTOMER, lambda scene: scene.wishes),
        "/offers/": (CUSTOMER, _offers),
        "/offers/{id}/accepted": (CUSTOMER, _held),
        "/agreements/": (CUSTOMER, lambda scene: scene.agreements),
        "/businesses/": (CUSTOMER, lambda scene: _first(scene, CUSTOMER, "/peers")),
        "/security/passkeys/": (CUSTOMER, _passkeys),
        "/notifications/": (CUSTOMER, _channels),
        "/desk/wishes/": (SHOP, lambda scene: _first(scene, SHOP, "/intentions")),
        "/desk/customers/": (SHOP, _customers),
        "/desk/team/": (SHOP, _team),
        "/desk/cosign/": (SHOP, _cosigned),
        "/desk/integration/connect/": (
            NEWCOMER,
            lambda _scene: {"spreadsheet": "spreadsheet", "tryton": "tryton"},
        ),
        "/terms/flags/": (CUSTOMER, lambda _scene: {"": "tracking"}),
        "/terms/roster/": (CUSTOMER, lambda _scene: {"": "SD-BASE-ATP-S3P-DP"}),
        "/journal/": (CUSTOMER, lambda scene: _first(scene, CUSTOMER, "/journal", "place")),
        "/sign-in/": (CUSTOMER, lambda _scene: {"": "not-a-link"}),
        "/claim/": (NOBODY, lambda _scene: {"": "AAAA-AAAA"}),
    }
)
# Who opens pages without one; everybody else is the customer.
_WHOSE: Final[Mapping[str, str]] = MappingProxyType({"/desk": SHOP, "/claim": NOBODY, "/step-up": ASKED})
# What comes behind the path of a page that shows nothing without it.
_ASKS: Final[Mapping[str, Callable[[Scene], str]]] = MappingProxyType(
    {
        "/businesses/one": lambda scene: urlencode({"iri": scene.shop.actor}),
        "/step-up": lambda _scene: urlencode({"next": "/security/kit"}),
    }
)
# Pages that have something else to say where there is nothing yet.
_EMPTY: Final = frozenset(
    {
        "/",
        "/wishes",
        "/agreements",
        "/businesses",
        "/held-back",
        "/journal",
        "/security",
        "/notifications",
        "/desk/integration",
        "/desk/integration/connect",
    }
)
# What is fetched by a page or a browser, or saved as a file, and looked at by nobody.
_FACE: Final = "/faces/{digest:[0-9a-f]{64}}.png"
_UNSEEN: Final = frozenset(
    {
        "/agreements/{id}/evidence",
        "/agreements/{id}/notice",
        "/calendar/{secret}.ics",
        "/desk/prices/file",
        "/events",
        _FACE,
        "/manifest.webmanifest",
        "/sw.js",
    }
)
_PLACE: Final = re.compile(r"\{\w+\}")


def patterns() -> Sequence[str]:
    """Return the path of every page that is opened, as the table has it."""
    return list(
        dict.fromkeys(page.path for page in PAGES if page.method == "GET" and page.path not in _UNSEEN)
    )


def stops(scene: Scene) -> list[Stop]:
    """Return the tour."""
    return [stop for pattern in patterns() for stop in stops_at(scene, pattern)]


def stops_at(scene: Scene, pattern: str) -> Iterator[Stop]:
    """Yield the stops at which the pages of one path are looked at."""
    name = _PLACE.sub("", pattern).strip("/").replace("//", "/").replace("/", "-") or "today"
    if "{" not in pattern:
        who = next((who for begins, who in _WHOSE.items() if pattern.startswith(begins)), CUSTOMER)
        asked = f"?{_ASKS[pattern](scene)}" if pattern in _ASKS else ""
        yield from [Stop(name, who, pattern + asked)] if who in scene.nodes else []
        if NEWCOMER in scene.nodes and pattern in _EMPTY:
            yield Stop(f"{name}-{NEWCOMER}", NEWCOMER, pattern)
        return
    begins = max((begins for begins in _THINGS if pattern.startswith(begins)), key=len, default="")
    assert begins, f"tests/browser/tour.py does not know what to show at {pattern}"
    who, find = _THINGS[begins]
    things = list(find(scene).items()) if who in scene.nodes else []
    for label, id in things if pattern.endswith("}") else things[:1]:
        which = label or ("one" if pattern.endswith("}") else "")  # the page of all of them is another
        yield Stop(f"{name}-{which}".rstrip("-"), who, _PLACE.sub(id, pattern))
