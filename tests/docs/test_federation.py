"""FEDERATION.md names what is implemented: the FEPs, the activities, the addresses."""

import re

from node.app import make_app
from node.settings import Settings
from node.web.edge.rooms import Room, room_of
from node.web.pages.pages import PAGES
from tests.docs import papers
from tests.whole import LEDGER

PAGE = "FEDERATION.md"
ITSELF = "67ff"


def section(title: str) -> str:
    (found,) = re.findall(rf"^## {title}$(.*?)^## ", papers.prose(PAGE), re.DOTALL | re.MULTILINE)
    return str(found)


def test_the_feps_are_those_the_source_implements() -> None:
    sources = [path for folder in ("node", "protocol") for path in (papers.ROOT / folder).rglob("*.py")]
    named = {
        fep for path in sources for fep in re.findall(r"FEP-([0-9a-f]{4})", path.read_text(encoding="utf-8"))
    }
    listed = set(re.findall(r"^\| \[([0-9a-f]{4})\]", section("Supported FEPs"), re.MULTILINE))
    assert listed - {ITSELF} == named


def test_the_activities_are_those_an_inbox_takes() -> None:
    rows = [line.split(" | ") for line in section("Activities").splitlines() if line.startswith("| `")]
    outer = {name for row in rows for name in re.findall(r"`(\w+)`", row[0])}
    assert outer == {kind.partition("/")[0] for kind in LEDGER.claims}
    inner = {name for row in rows for name in re.findall(r"`(\w+)`", row[1])}
    taken = {kind.partition("/")[2] for kind in LEDGER.claims}
    # An actor that changed is one of five kinds; an object may also only be named.
    assert (
        taken - inner - {"", "Follow", "Person", "Organization", "Service", "Application", "Group"} == set()
    )


def test_what_is_said_not_to_be_taken_is_not() -> None:
    (listed,) = re.findall(r"^Not taken: (.*?), posts", section("Activities"), re.DOTALL | re.MULTILINE)
    refused = set(re.findall(r"`(\w+)`", listed))
    assert refused
    assert refused & {kind.partition("/")[0] for kind in LEDGER.claims} == set()


def test_the_addresses_are_those_that_are_served() -> None:
    shared = {page.path for page in PAGES if page.otherwise is not None}  # a page, and a peer's document
    served = shared | {
        route.resource.canonical
        for route in make_app(Settings()).router.routes()
        if route.resource is not None and room_of(route.resource.canonical) is Room.FEDERATION
    }
    listed = set(re.findall(r"`(/[^`]*)`", section("Actors")))
    below = {
        f"{actor}{path}"
        for actor in ("/actors/{handle}", "/actor")
        for path in ("/inbox", "/outbox", "/followers")
    }
    assert served - below == listed - {"/", "/outbox", "/followers"}
