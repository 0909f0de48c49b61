"""CR: a BottleCRM that lies, played: what answers in its place, and records that are not what they were.

It knows what the adapter asks of one, and no more; each of its paths can be bent by itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Final
from unittest import mock
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import orjson

from node.crm import surveying
from tests.attacks.cases import Attack, Case, vectors
from tests.attacks.crm_answers import drip
from tests.attacks.crms import NODE, connect, found_by_name
from tests.attacks.parties import number
from tests.attacks.sites import Hit, Page, Site, redirect, reply
from tests.attacks.wire import Answer
from tests.attacks.world import World, expect

Row = dict[str, Any]

_CONTACTS: Final = "contacts"
_DEALS: Final = "opportunities"
_OBJECTS: Final = ("Account", "Contact", "Opportunity", "Estimate")
_ONE: Final = {_CONTACTS: "contact_obj", _DEALS: "opportunity_obj", "accounts": "account_obj"}
_MOST_PAGES: Final = 20  # of a look, so that one which never ends is over soon


@dataclass
class PlayedBottle:
    """A BottleCRM with nothing in it; `bent` is what answers in place of a path below `/api/`."""

    rows: dict[str, dict[str, Row]] = field(default_factory=lambda: {name: {} for name in _ONE})
    bent: dict[str, Page] = field(default_factory=dict)

    def __call__(self, hit: Hit) -> Any:
        """Answer a request."""
        asked = urlsplit(hit.path)
        path = asked.path.partition("/api/")[2].strip("/")
        if path in self.bent:
            return self.bent[path](hit)
        name, _, id = path.partition("/")
        if name in _ONE:
            query = {key: values[0] for key, values in parse_qs(asked.query).items()}
            return self._records(hit, name, id, query)
        fields = [
            {"id": model, "key": "freehold", "target_model": model, "is_active": True} for model in _OBJECTS
        ]
        return _said(
            {
                "user_obj": {"user_details": {"email": "sales@bottle.example"}},
                "definitions": fields,
                "activities": [],
                "results": [],
            }
        )

    def _records(self, hit: Hit, name: str, id: str, query: dict[str, str]) -> Any:
        rows = self.rows[name]
        if id and id not in rows:
            return reply(status=404, media=None)
        if hit.method == "GET" and id:
            return _said({_ONE[name]: rows[id], "comments": [], "attachments": []})
        if hit.method == "GET":
            return _said(_listed(name, [*rows.values()], query))
        made = id or str(uuid4())
        given = hit.document
        if "contacts" in given:
            given["contacts"] = [{"id": each} for each in given["contacts"]]
        blank: Row = {"stage_kind": "open", "contacts": []} if name == _DEALS else {}
        rows[made] = blank | rows.get(made, {}) | given | {"id": made}
        return _said(rows[made])

    def of(self, name: str, external_id: str) -> list[Row]:
        """Return the records with an external id."""
        return [row for row in self.rows[name].values() if row["custom_fields"]["freehold"] == external_id]


def _said(document: Any) -> bytes:
    return reply(orjson.dumps(document), media="application/json")


def _listed(name: str, rows: list[Row], query: dict[str, str]) -> Row:
    wanted = query.get("cf_freehold")
    found = [row for row in rows if wanted is None or row["custom_fields"] == {"freehold": wanted}]
    begin = int(query.get("offset", "0"))
    page = found[begin : begin + int(query["limit"])]
    if name == "accounts":
        return {"active_accounts": {"open_accounts": page}, "closed_accounts": {"close_accounts": []}}
    return {"results": page, "opportunities": page}


@dataclass(frozen=True, slots=True)
class BottleOffice:
    """The business that works in it."""

    world: World
    crm: PlayedBottle

    def sync(self) -> Answer:
        """Have all of it brought there."""
        return self.world.owner("POST", "/crm/sync", {"limit": 100})

    def wish(self, name: str = "") -> Row:
        """Let the customer tell of a wish, and return the deal that it becomes."""
        world = self.world
        proposal = world.shop.intention(to=world.ada, now=world.now(), name=name or f"bike {number()}")
        world.must(world.deliver(world.shop, world.shop.activity("Create", proposal, world.ada)))
        expect(self.sync().status == 200, "BottleCRM is spoken with")
        found = self.crm.of(_DEALS, proposal["id"])
        expect(len(found) == 1, f"there is one deal of it, not {len(found)}")
        return found[0]

    def reasons(self) -> set[str]:
        """Return why the owner has to decide."""
        return {each["reason"] for each in self.world.asked("GET", "/crm/conflicts")["items"]}


@contextmanager
def working(world: World) -> Iterator[BottleOffice]:
    """Serve a BottleCRM into which everything goes."""
    crm, site = PlayedBottle(), Site()
    site.pages["/bottle*"] = crm
    try:
        with found_by_name(world), mock.patch.object(surveying, "MOST_PAGES", _MOST_PAGES):
            world.must(
                connect(world, adapter="bottlecrm", address=f"{site.origin}/bottle", secret="pat"), 201
            )
            world.must(world.owner("POST", "/crm/sync", {}), 200)
            yield BottleOffice(world, crm)
    finally:
        site.close()


def scene(play: Callable[[BottleOffice], Answer]) -> Attack:
    """Return an attack that is played with one into which everything goes, and does so afterwards."""

    def attack(world: World) -> Answer:
        with working(world) as office:
            answer = play(office)
            office.crm.bent.clear()
            expect(office.wish()["stage_kind"] == "open", "what comes afterwards goes there")
            return answer

    return attack


def bent(path: str, given: Page) -> Attack:
    """Return an attack in which something else answers at a path one day."""

    def play(office: BottleOffice) -> Answer:
        office.wish()
        office.crm.bent[path] = given
        if given is not drip:
            return office.sync()
        with office.world.hurried():
            return office.sync()

    return scene(play)


def always_more(hit: Hit) -> bytes:
    """List a hundred contacts more, whichever are asked for."""
    names = {"first_name": "A", "last_name": "B", "custom_fields": {}}
    return _said({"results": [names | {"id": str(uuid4())} for _ in range(100)]})


# --- records that lie ---------------------------------------------------------------------------------------


def another_record(office: BottleOffice) -> Answer:
    """Answer with another deal than the one that is asked for: that one is not written over."""
    first, second = office.wish("first"), office.wish("second")
    office.crm.bent[f"{_DEALS}/{first['id']}"] = lambda _: _said(
        {_ONE[_DEALS]: second, "comments": [], "attachments": []}
    )
    office.crm.rows[_DEALS][first["id"]] = first | {"name": "evil"}
    answer = office.sync()
    expect(office.crm.rows[_DEALS][second["id"]]["name"] == "second", "the other deal is untouched")
    return answer


def twice(office: BottleOffice) -> Answer:
    """Hold two contacts for one customer: neither is written, and the owner is asked."""
    contact = office.crm.rows[_CONTACTS][office.wish()["contacts"][0]["id"]]
    copy = contact | {"id": str(uuid4()), "first_name": "Mine"}
    office.crm.rows[_CONTACTS][copy["id"]] = copy
    answer = office.sync()
    expect(office.crm.rows[_CONTACTS][copy["id"]] == copy, "the second is left alone")
    expect("ambiguous" in office.reasons(), "the owner is asked")
    del office.crm.rows[_CONTACTS][copy["id"]]
    return answer


def deleted(office: BottleOffice) -> Answer:
    """Delete a deal behind our back: it is not made anew, and the owner is asked."""
    deal = office.wish()
    del office.crm.rows[_DEALS][deal["id"]]
    answer = office.sync()
    expect("deleted" in office.reasons(), "the owner is asked")
    expect(not office.crm.of(_DEALS, deal["custom_fields"]["freehold"]), "it stays gone")
    return answer


def unreadable(office: BottleOffice) -> Answer:
    """Make one deal one that cannot be read: the owner is asked about it, and the others go on."""
    deal = office.wish()
    office.crm.rows[_DEALS][deal["id"]] = deal | {"contacts": 7}
    answer = office.sync()
    office.wish()
    office.world.owner("POST", "/crm/sync", {})
    shown = office.world.asked("GET", "/crm")
    expect(shown["trouble"] is None, "it does not rest")
    office.crm.rows[_DEALS][deal["id"]] = deal
    return answer


CASES: Final[tuple[Case, ...]] = (
    *vectors(
        "CR-52",
        {
            "a page": bent("contacts", lambda _: reply(b"<!DOCTYPE html>evil", media="text/html")),
            "another address": bent("contacts", redirect("http://169.254.169.254/latest")),
            "a byte at a time": bent("opportunities", drip),
            "pages without end": bent("contacts", always_more),
            "records that are none": bent("opportunities", lambda _: _said({"opportunities": [7]})),
        },
        409,
        "crm-unreachable",
        node=NODE,
        still=False,
    ),
    *vectors(
        "CR-53",
        {
            "another deal than the one that was asked for": scene(another_record),
            "two contacts for one customer": scene(twice),
            "a deal deleted behind our back": scene(deleted),
            "a deal that cannot be read": scene(unreadable),
        },
        200,
        node=NODE,
    ),
)
