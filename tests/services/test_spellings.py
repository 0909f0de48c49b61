"""Whatever a peer's document is spelled like: taken or refused, and a node goes on either way.

A trade is played once, and what each end held before each delivery is kept. Then any one value of what comes
is wrapped, as JSON-LD allows and as careless programs write it, signed anew by its author, and delivered to
the end as it was. What is taken goes through projectors, followers, clocks and everything an owner may look
at or do; none of it may stumble over the spelling, and a rebuild must give the same.
"""

import copy
import json
import shutil
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from node.services.intentions import casting, ending, showing
from node.services.negotiations import agreements, comparing, messages, offers
from node.services.people import peers
from node.services.trade import pricelists, shop
from node.storage import journal
from node.storage.sqlite.migrations import back_up
from protocol.actors import ActorKind
from protocol.errors import Remote
from protocol.strictjson import Document
from tests.services.loading import load
from tests.services.parties import Clock, Party, check_journal, deliver
from tests.services.test_negotiation import wish
from tests.services.test_shop import PRICE_LIST, RULE, clockwork

TERMS = {"price": [{"kind": "oneOff", "amount": "2300.00", "currency": "EUR", "label": "Trekking bike"}]}
OPEN = {"open", "offered", "countered", "accepted"}

# What may stand around a single value; the first is what most programs do.
WRAPS: dict[str, Callable[[Any], Any]] = {
    "a list of one": lambda value: [value],
    "a list of a list": lambda value: [[value]],
    "an object with an id": lambda value: {"id": value},
    "an object with @id": lambda value: {"@id": value},
    "a value object": lambda value: {"@value": value},
    "a typed value": lambda value: {"@value": value, "@type": "http://www.w3.org/2001/XMLSchema#string"},
    "a list of a value object": lambda value: [{"@value": value}],
    "twice in a list": lambda value: [value, value],
    "its only member": lambda value: value[0] if isinstance(value, list) and value else value,
}

Place = tuple[str | int, ...]


@dataclass(frozen=True)
class Moment:
    """One delivery: by whom, to whom, what, when, and where a copy of the receiver's file lies."""

    sender: Party
    receiver: Party
    document: Document
    now: datetime
    file: Path

    def places(self) -> list[Place]:
        """Every value of the document but the proof, which is made anew."""
        return [place for place in _places(self.document) if place[0] != "proof"]


def _places(value: Any, at: Place = ()) -> Iterator[Place]:
    members = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, member in members:
        yield (*at, key)
        yield from _places(member, (*at, key))


def wrapped(document: Document, place: Place, wrap: Callable[[Any], Any]) -> Document:
    """Return a copy with what stands at one place wrapped."""
    changed = copy.deepcopy(document)
    parent: Any = changed
    for key in place[:-1]:
        parent = parent[key]
    parent[place[-1]] = wrap(parent[place[-1]])
    return changed


class Story:
    """A customer and a shop that answers by itself trade, and each delivery is kept as a moment."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.clock, self.moments = folder, Clock(), list[Moment]()
        self.ada = Party("ada", folder, self.clock)
        self.bikes = Party("bikes", folder, self.clock, kind=ActorKind.ORGANIZATION)
        self.bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        self.bikes.do(shop.set_rule, RULE)
        self.bargain()
        self.turn_away()
        self.take_back()

    def bargain(self) -> None:
        """A wish, the shop's offer, a counter, an acceptance, and all that an agreement can lead to."""
        ada, bikes = self.ada, self.bikes
        bikes.do(peers.follow, ada.owner.actor)
        self.settle()
        ada.do(casting.cast, wish(bikes))
        self.settle()
        offered = next(item["id"] for item in ada.do(offers.list)["items"] if item["total"] == "2390.00")
        ada.do(offers.counter, offered, TERMS, on_met="accept")
        self.settle()
        ada.do(messages.write, offered, "When can I fetch it?")
        self.settle()
        agreement = ada.do(agreements.list)["items"][0]["id"]
        ada.do(agreements.confirm, agreement)
        recurring = {"kind": "recurring", "amount": "9.90", "currency": "EUR", "per": "month", "count": 12}
        bikes.do(
            agreements.amend,
            bikes.do(agreements.list)["items"][0]["id"],
            {"price": [*TERMS["price"], recurring], "notice": "P1M"},
        )
        self.settle()
        ada.do(offers.accept, next(item["id"] for item in ada.do(offers.list, state="offered")["items"]))
        self.settle()
        ada.do(agreements.end, ada.do(agreements.list, state="concluded")["items"][0]["id"])
        self.settle()

    def turn_away(self) -> None:
        """A wish that changes, an offer that changes, a rejection, a withdrawal."""
        ada, bikes = self.ada, self.bikes
        changing = ada.do(casting.cast, wish(bikes, name="A trekking bike", specifications=[]))["id"]
        self.settle()
        ada.do(casting.amend, changing, {"name": "A light trekking bike"})
        self.settle()
        first, second = (item["id"] for item in bikes.do(offers.list, state="offered")["items"])
        bikes.do(offers.reoffer, first, TERMS)
        bikes.do(offers.withdraw, second)
        self.settle()
        ada.do(offers.reject, next(item["id"] for item in ada.do(offers.list, state="offered")["items"]))
        ada.do(ending.withdraw, changing)
        self.settle()

    def take_back(self) -> None:
        """An acceptance that cannot be kept, and one that lapses."""
        ada, bikes = self.ada, self.bikes
        bikes.do(shop.set_rule, {**RULE, "countersign": "ask"})
        ada.do(casting.cast, wish(bikes, name="A trekking bike"))
        self.settle()
        ada.do(offers.accept, next(item["id"] for item in ada.do(offers.list, state="offered")["items"]))
        self.settle()
        bikes.do(agreements.renege, bikes.do(agreements.list, state="accepted")["items"][0]["id"])
        self.settle()
        ada.do(casting.cast, wish(bikes, name="Another trekking bike"))
        self.settle()
        ada.do(offers.accept, next(item["id"] for item in ada.do(offers.list, state="offered")["items"]))
        self.settle()
        self.clock.pass_time(days=3, minutes=2)
        self.settle()
        bikes.do(peers.unfollow, ada.iri)
        self.settle()

    def settle(self) -> None:
        """Carry everything both ways, keeping each moment, until neither has anything to say."""
        busy = True
        while busy:
            clockwork(self.bikes, lambda clock: clock.turn())
            clockwork(self.ada, lambda clock: clock.turn())
            busy = any([self.carry(self.ada, self.bikes), self.carry(self.bikes, self.ada)])

    def carry(self, sender: Party, receiver: Party) -> bool:
        rows = sender.queued()
        for row in rows:
            recorded = journal.load_entry(sender.db, row.entry)
            assert recorded is not None
            file = self.folder / f"{len(self.moments)}.db"
            back_up(receiver.db, file)
            self.moments.append(
                Moment(sender, receiver, json.loads(recorded.entry.body), self.clock.now, file)
            )
            assert deliver(sender, row, (receiver,))[1] < 300
            self.clock.pass_time(seconds=1)
        return bool(rows)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    return Story(tmp_path_factory.mktemp("story"))


def deliver_to_copy(moment: Moment, document: Document, folder: Path) -> Party | None:
    """Deliver a document, signed anew, to a copy of the receiver; None if it refuses: nothing changed."""
    shutil.copy(moment.file, folder / f"{moment.receiver.handle}.db")
    kind = moment.receiver.kind
    receiver = Party(moment.receiver.handle, folder, Clock(moment.now), kind=kind)
    receiver._owner = moment.receiver.owner
    if "proof" in document:
        bare = {key: value for key, value in document.items() if key != "proof"}
        document = replace(moment.sender.acting, now=moment.now).sign(bare)
    last = receiver.db.one("SELECT max(entry) FROM journal")
    try:
        receiver.receive(json.dumps(document).encode(), moment.sender)
    except Remote:
        assert receiver.db.one("SELECT max(entry) FROM journal") == last
        return None
    return receiver


def look(party: Party) -> None:
    """Look at all that an owner may look at; each of it is JSON."""
    shown: list[Any] = [party.do(peers.list), party.do(messages_of)]
    for own in (True, False):
        shown += [party.do(showing.show, item["id"]) for item in party.do(showing.list, own=own)["items"]]
    for item in party.do(showing.list, own=True)["items"]:
        shown.append(party.do(comparing.compare, item["id"]))
    for item in party.do(offers.list, limit=100)["items"]:
        shown += [party.do(offers.show, item["id"]), party.do(offers.history, item["id"])]
    for item in party.do(agreements.list, limit=100)["items"]:
        shown.append(party.do(agreements.show, item["id"]))
        with suppress(Remote):
            party.do(agreements.evidence, item["id"])
    json.dumps(shown)


def messages_of(session: Any, acting: Any) -> list[Any]:
    return [messages.list(session, acting, item["id"]) for item in offers.list(session, acting)["items"]]


def act(party: Party) -> None:
    """Try whatever an owner can do about what is there; it may not be allowed, and nothing worse."""
    for item in party.do(offers.list, limit=100)["items"]:
        for move in (offers.accept, offers.reject, offers.withdraw):
            with suppress(Remote):
                party.do(move, item["id"])
        with suppress(Remote):
            party.do(offers.counter, item["id"], TERMS)
    for item in party.do(agreements.list, limit=100)["items"]:
        for step in (agreements.countersign, agreements.confirm, agreements.renege, agreements.end):
            with suppress(Remote):
                party.do(step, item["id"])
    for item in party.do(showing.list, own=True)["items"]:
        with suppress(Remote):
            party.do(ending.withdraw, item["id"])


def turn(party: Party) -> None:
    """Let followers and clocks do what there is to do; none may pass anything over."""
    with capture_logs() as logs:
        clockwork(party, lambda clock: clock.turn())
    assert not [entry for entry in logs if entry["log_level"] == "error"]


def live_on(party: Party) -> None:
    """Live on with what was taken: look, act, let a year pass, and find the same by a rebuild."""
    turn(party)
    look(party)
    act(party)
    turn(party)
    look(party)
    party.clock.pass_time(days=400)
    turn(party)
    look(party)
    check_journal(party)


@pytest.mark.slow
def test_the_story_is_taken_as_it_is(story: Story, tmp_path: Path) -> None:
    kinds = {moment.document["type"] for moment in story.moments}
    assert kinds == {
        *("Follow", "Accept", "Create", "Offer", "Reject", "Leave", "Read", "Update", "Delete", "Undo")
    }
    for place, moment in enumerate(story.moments):
        folder = tmp_path / str(place)
        folder.mkdir()
        party = deliver_to_copy(moment, moment.document, folder)
        assert party is not None
        live_on(party)


@pytest.mark.slow
def test_every_value_may_be_wrapped(story: Story, tmp_path: Path) -> None:
    """Each value of each kind of document, once: taken, or refused with nothing changed."""
    kinds = {
        (moment.document["type"], _shape(moment.document, place), place): (moment, place)
        for moment in story.moments
        for place in moment.places()
        if place[0] != "@context"
    }
    assert len(kinds) > 200
    for moment, place in kinds.values():
        for wrap in ("a list of one", "an object with an id"):
            with TemporaryDirectory(dir=tmp_path) as folder:
                deliver_to_copy(moment, wrapped(moment.document, place, WRAPS[wrap]), Path(folder))


def _shape(document: Document, place: Place) -> tuple[bool, bool]:
    """Tell documents of one type apart by what they are about."""
    return isinstance(document.get("object"), dict), "result" in document


@pytest.mark.slow
@settings(max_examples=100)
@given(st.data())
def test_any_one_value_may_be_wrapped(story: Story, data: st.DataObject) -> None:
    moment = data.draw(st.sampled_from(story.moments), label="moment")
    place = data.draw(st.sampled_from(moment.places()), label="place")
    wrap = data.draw(st.sampled_from(sorted(WRAPS)), label="wrap")
    with TemporaryDirectory() as folder:
        party = deliver_to_copy(moment, wrapped(moment.document, place, WRAPS[wrap]), Path(folder))
        if party is not None:
            live_on(party)
