"""A CRM of an attacked business: a small server that can be made to lie, and the business that works with it.

The system is the one that the adapter for signed events is tested with (`tests.crm.connector`), served on
loopback; each of its calls can be bent by itself. Its node is one of its own kind, so that no other case has
a CRM.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock

import orjson

from node.core.crm_mapping import STRANGERS
from node.crm import client as crm_client
from node.crm import registry
from protocol.strictjson import Document
from tests.attacks.cases import Attack
from tests.attacks.nodes import ThreadedNode
from tests.attacks.parties import number
from tests.attacks.sites import Hit, Page, Site, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect
from tests.crm.connector import SECRET, Connector, Record

NODE: Final = "office"
ALL: Final = 100  # things of one sync: more than a scene makes
MAPPING: Final = 'version = 1\n[[customer]]\nfrom = "name"\nto = "name"\npurpose = "p"\n'

Bent = Callable[[Record], Any]
"""Returns what is answered to a call, as JSON, or as the bytes that go over the wire."""


@dataclass
class HostileCrm(Connector):
    """A system whose calls can be bent, by name; what it is asked is kept."""

    bent: dict[str, Bent] = field(default_factory=dict)
    page: Page | None = None  # what answers every call in its place

    def __post_init__(self) -> None:
        super().__init__()

    def __call__(self, hit: Hit) -> Any:
        """Answer a request."""
        if self.page is not None:
            return self.page(hit)
        event = hit.document
        call, data = str(event["type"]).rpartition(".")[2], event["data"]
        self.calls.append(call)
        try:
            given = self.bent.get(call, getattr(self, f"on_{call}"))(data)
        except LookupError:
            return reply(status=404, media=None)
        except ValueError as error:
            return reply(status=int(str(error)), media=None)
        is_document = isinstance(given, dict | list)
        return reply(orjson.dumps(given), media="application/json") if is_document else given

    def of(self, kind: str) -> list[Record]:
        """Return the records of a kind."""
        return [record for record in [*self.records.values()] if record["kind"] == kind]

    def put(self, record: Record, **members: Any) -> Record:
        """Change a record as somebody at its screen does."""
        return self.keep(record, {**record, **members})


@dataclass(frozen=True, slots=True)
class Office:
    """The business with this CRM; its customer is the world's shop."""

    world: World
    crm: HostileCrm
    site: Site

    @property
    def address(self) -> str:
        """Where the CRM is."""
        return f"{self.site.origin}/crm"

    def connect(self, **members: Any) -> Answer:
        """Connect it, or try to."""
        return connect(self.world, **{"address": self.address, "secret": SECRET, **members})

    def sync(self, limit: int = ALL) -> Answer:
        """Have all of it brought there, and what changed there taken."""
        return self.world.owner("POST", "/crm/sync", {"limit": limit})

    def status(self) -> Any:
        """Return what the owner sees of the CRM."""
        return self.world.asked("GET", "/crm")

    def conflicts(self) -> list[Any]:
        """Return what the owner has to decide."""
        return list(self.world.asked("GET", "/crm/conflicts")["items"])

    def reasons(self) -> set[str]:
        """Return why the owner has to decide."""
        return {each["reason"] for each in self.conflicts()}

    def tell(self, name: str = "") -> Document:
        """Let the customer tell the business of a wish."""
        world = self.world
        proposal = world.shop.intention(to=world.ada, now=world.now(), name=name or f"bike {number()}")
        world.must(world.deliver(world.shop, world.shop.activity("Create", proposal, world.ada)))
        return proposal

    def wish(self, name: str = "") -> Record:
        """Let the customer tell of a wish, and return the opportunity that it becomes."""
        proposal = self.tell(name)
        expect(self.sync().status == 200, "the CRM is spoken with")
        return self.record("opportunity", proposal["id"])

    def record(self, kind: str, external_id: str) -> Record:
        """Return the one record that is a thing of ours."""
        found = [record for record in self.crm.of(kind) if record["external_id"] == external_id]
        expect(len(found) == 1, f"there is one {kind} of {external_id}, not {len(found)}")
        return found[0]

    def write(self, opportunity: Record, **members: Any) -> Record:
        """Write a quotation for an opportunity, and put it out."""
        line = {"label": "Bike", "quantity": "1", "price": "90.00", "unit": "", "per": ""}
        given = {"lines": [line], "currency": "EUR", "valid_until": "2097-01-31", "state": "quoted"}
        links = {"customer": opportunity["links"]["customer"], "opportunity": opportunity["id"]}
        return self.crm.add("quotation", "", **{"links": links, **given, **members})

    def quote(self, opportunity: Record, **members: Any) -> Record:
        """Write a quotation and have it taken."""
        made = self.write(opportunity, **members)
        expect(self.sync().status == 200, "the CRM is spoken with")
        return self.crm.records[made["id"]]

    def offers(self) -> int:
        """Count the negotiations."""
        return self.world.count("offers")


def connect(world: World, *, adapter: str = "webhook", **members: Any) -> Answer:
    """Connect a CRM, or try to; all that the attacker wishes for goes there, however much that is."""
    if adapter in registry.ours():
        shipped = registry.default_mapping(adapter)
        members = {"mapping": shipped.replace(f"strangers = {STRANGERS}", 'strangers = "all"'), **members}
    return world.owner("POST", "/crm", {"adapter": adapter, **members})


@contextmanager
def found_by_name(world: World) -> Iterator[None]:
    """Have CRMs looked up by the world's names, and waited for as others are."""
    assert isinstance(world.node, ThreadedNode)
    with mock.patch.object(crm_client, "Client", world.node.client):
        try:
            yield
        finally:
            world.owner("DELETE", "/crm")


@contextmanager
def served(world: World) -> Iterator[Office]:
    """Serve a CRM that is not connected yet."""
    crm, site = HostileCrm(), Site()
    site.pages["/crm*"] = crm
    try:
        with found_by_name(world):
            yield Office(world, crm, site)
    finally:
        site.close()


@contextmanager
def working(world: World, **members: Any) -> Iterator[Office]:
    """Serve a CRM into which everything goes."""
    with served(world) as office:
        world.must(office.connect(**members), 201)
        world.must(world.owner("POST", "/crm/sync", {}), 200)
        yield office


def scene(play: Callable[[Office], Answer]) -> Attack:
    """Return an attack that is played with a CRM into which everything goes."""

    def attack(world: World) -> Answer:
        with working(world) as office:
            answer = play(office)
            still_trades(office)
            return answer

    return attack


def connecting(bend: Callable[[Office], object], **members: Any) -> Attack:
    """Return an attack that bends a CRM before it is connected."""

    def attack(world: World) -> Answer:
        with served(world) as office:
            bend(office)
            answer = office.connect(**members)
            expect(world.owner("GET", "/crm").status == 404, "nothing is connected")
            return answer

    return attack


def mapped(mapping: str) -> Attack:
    """Return an attack that connects a CRM with a mapping."""
    return connecting(lambda _: None, mapping=mapping)


def answered(call: str, bent: Bent) -> Callable[[Office], Answer]:
    """Have one call answered otherwise, and sync."""

    def play(office: Office) -> Answer:
        office.tell()
        office.crm.bent[call] = bent
        answer = office.sync()
        expect(office.world.count("crm_connections") == 1, "it stays connected")
        office.crm.bent.clear()
        return answer

    return play


def still_trades(office: Office) -> None:
    """Demand that a wish becomes an opportunity once the CRM behaves."""
    office.crm.bent.clear()
    office.crm.page = None
    expect(office.wish()["state"] == "open", "what comes afterwards goes there")
