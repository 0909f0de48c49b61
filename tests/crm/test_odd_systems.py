"""The bridge and a system that answers what it should not: one odd record holds up no other."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from standardwebhooks.webhooks import Webhook

from node.core import codes
from node.crm import bridge, surveying
from node.crm.desk import Desk
from node.crm.port import ChangesPage, Crm, CrmRecord, CrmRefused, RecordChange, RecordKind
from node.crm.registry import default_mapping
from node.crm.surveying import SHOWN, Survey
from node.services.access import security
from node.services.crm import connecting, deciding, queueing
from node.services.crm.following import FOLLOWING
from node.services.intentions import casting
from node.services.negotiations import messages, offers
from node.storage import credentials
from node.storage import crm as tables
from node.storage.credentials import AccessMark
from node.storage.crm import ConflictReason
from node.storage.session import Session
from protocol.errors import Conflict, NotFound, Unauthenticated
from tests.crm.connector import SECRET, Connector, Record
from tests.crm.test_bridge import Business, PartyStore
from tests.services.parties import settle
from tests.services.test_deletions import deletion

ANOTHER_SECRET: Final = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"

T = TypeVar("T")


class Odd(Connector):
    """A system whose answers can be made odd."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, int] = {}  # what a call is refused with
        self.same_id = ""  # what it calls every opportunity that it makes
        self.meanwhile = ""  # a price that somebody writes while a quotation is written

        self.slow: Callable[[], object] = lambda: None  # what happens while it makes an opportunity
        self.looked: Callable[[], object] = lambda: None  # what happens once while it shows a record
        self.told: Callable[[], object] = lambda: None  # what happens while it says what changed
        self.turns_round = False  # whether its pages come again and again
        self.signed_by: set[str] = set()  # the keys by which it was asked

    def on_changes(self, data: Record) -> Record:
        if self.turns_round:
            return {"changes": [], "cursor": "1" if data["cursor"] == "2" else "2", "more": True}
        answer = super().on_changes(data)
        if answer["changes"]:
            self.told()
        return answer

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer by a clock that stands still, which no signature of now is of."""
        self.signed_by |= {await signer(request)}
        event = await request.json()
        call = event["type"].rpartition(".")[2]
        self.calls.append(call)
        if call in self.statuses:
            return web.Response(status=self.statuses[call])
        try:
            return web.json_response(getattr(self, f"on_{call}")(event["data"]))
        except LookupError:
            return web.Response(status=404)
        except ValueError as error:
            return web.Response(status=int(str(error)))

    def on_upsert(self, data: Record) -> Record:
        if data["kind"] == "quotation" and self.meanwhile:
            before = self.records[data["id"]]
            self.keep(before, before | {"lines": [before["lines"][0] | {"price": self.meanwhile}]})
            self.meanwhile = ""
        if data["kind"] == "opportunity":
            self.slow()
        if data["kind"] == "note" and "quotation" in data["links"]:
            touched = self.records[data["links"]["quotation"]]
            self.keep(touched, touched | {"notes": data["external_id"]})
        answer = super().on_upsert(data | {"base_version": ""})  # whatever was there before
        if data["kind"] == "opportunity" and self.same_id:
            answer["record"] = answer["record"] | {"id": self.same_id}
        return answer

    def on_get(self, data: Record) -> Record:
        looked, self.looked = self.looked, lambda: None
        looked()
        if data["id"] == "r0":
            return {"record": self.of("opportunity")[0] | {"id": "r0"}}
        return super().on_get(data)

    def quote(self, opportunity: str, **members: Any) -> Record:
        line = {"label": "Bike", "quantity": "1", "price": "100", "unit": "", "per": ""}
        given = {"lines": [line], "currency": "EUR", "valid_until": "2030-01-01", "state": "quoted"}
        return self.add("quotation", "", links={"opportunity": opportunity}, **given | members)

    def of(self, kind: str) -> list[Record]:
        return [record for record in self.records.values() if record["kind"] == kind]


async def signer(request: web.BaseRequest) -> str:
    """Return the key by which a call is signed, at whatever time."""
    signed = datetime.fromtimestamp(int(request.headers["webhook-timestamp"]), UTC)
    id, text = request.headers["webhook-id"], (await request.read()).decode()
    keys = (SECRET, ANOTHER_SECRET)
    return next(
        key for key in keys if Webhook(key).sign(id, signed, text) == request.headers["webhook-signature"]
    )


class Slow(PartyStore):
    """A database in which others have their turn before a write."""

    async def write(self, work: Callable[[Session], T], *, brief: bool = False, alone: bool = False) -> T:
        for _ in range(100):
            await asyncio.sleep(0)
        return await super().write(work)


class Endless:
    """A CRM with another page behind each, and another record for the same thing on it."""

    async def changes(self, cursor: str) -> ChangesPage:
        number = int(cursor or "0") + 1
        record = CrmRecord(
            kind=RecordKind.CUSTOMER, id=str(number), version="1", external_id="https://a.example"
        )
        change = RecordChange(kind=RecordKind.CUSTOMER, id=str(number), record=record)
        return ChangesPage((change,), str(number), more=True)


@pytest.fixture
async def odd() -> Odd:
    return Odd()


@asynccontextmanager
async def served(odd: Odd) -> AsyncIterator[str]:
    """Have a system answer; yield its address."""
    async with RawTestServer(odd.answer, host="127.0.0.1") as server:
        yield str(server.make_url("/"))


@pytest.fixture
async def business(odd: Odd, tmp_path: Path) -> AsyncIterator[Business]:
    async with served(odd) as address:
        made = Business(tmp_path)
        await made.connect(adapter="webhook", address=address, secret=SECRET)
        await made.desk.sync(made.shop.acting, limit=None)
        yield made


async def test_a_day_that_is_none_is_said_and_the_rest_goes_on(business: Business, odd: Odd) -> None:
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    odd.quote(opportunity["id"], valid_until="until it is sold")
    odd.quote(opportunity["id"])
    await business.turn()
    assert business.status()["trouble"] is None
    assert [conflict["reason"] for conflict in business.conflicts()] == ["incomplete"]
    assert business.theirs()["state"] == "offered"


@pytest.mark.parametrize("status", [404, 409, 422])
@pytest.mark.parametrize("call", ["describe", "changes"])
async def test_a_system_that_refuses_everything_is_said_to(
    business: Business, odd: Odd, call: str, status: int
) -> None:
    odd.statuses[call] = status
    odd.calls.clear()
    await business.bridge.turn(business.shop.iri)
    assert str(status) in business.status()["trouble"]
    assert business.status()["rests_until"] is not None
    del odd.statuses[call]
    await business.wish("Bike")
    assert business.status()["trouble"] is None
    assert len(odd.of("opportunity")) == 1


async def test_what_cannot_be_a_draft_again_is_cancelled_and_no_offer(business: Business, odd: Odd) -> None:
    odd.verbs.remove("draft")
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    odd.quote(opportunity["id"], state="confirmed")
    await business.turn()
    await business.turn()
    assert [quotation["state"] for quotation in odd.of("quotation")] == ["cancelled"]
    assert business.ada.do(offers.list)["items"] == []
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]


async def test_what_cannot_be_put_back_holds_up_no_other(business: Business, odd: Odd) -> None:
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    odd.statuses["act"] = 404
    odd.quote(opportunity["id"], state="confirmed")
    odd.quote(opportunity["id"])
    await business.turn()
    assert business.status()["trouble"] is None
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    assert business.theirs()["state"] == "offered"


async def test_one_id_for_two_things_holds_up_no_other(business: Business, odd: Odd) -> None:
    odd.same_id = "r0"
    for name in ("Bike", "Boat"):
        made = {"name": name, "currency": "EUR", "audience": [business.shop.iri]}
        business.ada.do(casting.cast, made)
    await business.turn()
    assert business.status()["trouble"] is None
    odd.same_id = ""
    await business.wish("Kite")
    assert "Kite" in [record["fields"]["title"] for record in odd.of("opportunity")]
    assert business.status()["trouble"] is None


async def test_a_slow_system_is_left_after_some_minutes_and_gone_on_with(
    business: Business, odd: Odd
) -> None:
    for name in ("Bike", "Boat", "Kite"):
        await business.tell({"name": name, "currency": "EUR", "audience": [business.shop.iri]})
    business.shop.follow(FOLLOWING)
    odd.slow = lambda: business.clock.pass_time(minutes=3)
    await business.bridge.turn(business.shop.iri)
    assert len(odd.of("opportunity")) == 1
    await business.turn()
    assert len(odd.of("opportunity")) == 3


async def test_who_lets_a_crm_go_hears_nothing_more_of_it_though_it_was_just_asked(
    business: Business, odd: Odd
) -> None:
    await business.wish("Bike")
    odd.told = lambda: business.shop.do(connecting.disconnect)
    odd.quote(odd.of("opportunity")[0]["id"])
    await business.turn()
    assert business.ada.do(offers.list)["items"] == []


async def test_who_locks_the_node_hears_what_was_just_said_once_they_ask(
    business: Business, odd: Odd
) -> None:
    await business.wish("Bike")
    odd.told = lambda: business.shop.write(lambda db: security.lock(db, business.shop.acting))
    odd.quote(odd.of("opportunity")[0]["id"])
    await business.bridge.turn(business.shop.iri)
    settle(business.ada, business.shop)
    assert business.ada.do(offers.list)["items"] == []
    odd.told = lambda: None
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert business.theirs()["state"] == "offered"


async def test_nothing_goes_into_a_crm_any_more_once_it_is_let_go(business: Business, odd: Odd) -> None:
    for name in ("Bike", "Bell", "Lamp"):
        business.ada.do(casting.cast, {"name": name, "currency": "EUR", "audience": [business.shop.iri]})
    settle(business.ada, business.shop)
    business.shop.follow(FOLLOWING)
    odd.slow = lambda: business.shop.write(lambda db: tables.delete_connection(db, business.shop.iri))
    await business.bridge.turn(business.shop.iri)
    assert len(odd.of("opportunity")) == 1


@pytest.mark.parametrize("asked", ["plan", "sync", "turn"])
async def test_the_key_of_one_crm_never_goes_to_another(business: Business, odd: Odd, asked: str) -> None:
    """Who asked while one was connected waits, and another one is when they have their turn."""
    shop, another = business.shop, Odd()
    odd.calls.clear()
    asks: dict[str, Callable[[], Coroutine[Any, Any, object]]] = {
        "plan": lambda: business.desk.plan(shop.acting),
        "sync": lambda: business.desk.sync(shop.acting, limit=None),
        "turn": lambda: business.bridge.turn(shop.iri),
    }
    async with served(another) as address:
        new = replace(business.way(), address=address, secret=ANOTHER_SECRET)
        async with business.bridge.lock(shop.iri):
            waits = asyncio.ensure_future(asks[asked]())
            await asyncio.sleep(0)  # it has come as far as it does before its turn
            shop.do(connecting.disconnect)
            shop.do(connecting.connect, new)
        await waits
    assert odd.calls == []
    assert another.signed_by == {ANOTHER_SECRET}


async def test_who_waited_for_a_crm_that_is_let_go_is_told_so(business: Business, odd: Odd) -> None:
    odd.calls.clear()
    async with business.bridge.lock(business.shop.iri):
        waits = asyncio.ensure_future(business.desk.plan(business.shop.acting))
        turn = asyncio.ensure_future(business.bridge.turn(business.shop.iri))
        await asyncio.sleep(0)
        business.shop.do(connecting.disconnect)
    with pytest.raises(NotFound, match="crm-missing"):
        await waits
    await turn
    assert odd.calls == []


async def test_nothing_of_another_one_begins_for_a_sync_of_the_one_that_was_let_go(
    business: Business, odd: Odd
) -> None:
    business.bridge.store = Slow(business.shop)
    shop, desk, way, connects = business.shop, Desk(business.bridge), business.way(), asyncio.Event()

    async def connect() -> None:
        await connects.wait()
        async with business.bridge.lock(shop.iri):
            shop.do(connecting.disconnect)
            shop.do(connecting.connect, way)

    connected = asyncio.ensure_future(connect())
    odd.told = connects.set  # while it says what there is
    odd.add("customer", "")
    await desk.sync(shop.acting, limit=None)
    await connected
    assert business.status()["health"] == "unstarted"


@pytest.mark.parametrize("is_moved", [False, True])
async def test_who_takes_a_message_back_takes_no_other_note_out(
    business: Business, odd: Odd, is_moved: bool
) -> None:
    """An id that was free is another record's now, such as after an import."""
    await business.wish("Bike")
    odd.quote(odd.of("opportunity")[0]["id"])
    await business.turn()
    said = business.ada.do(messages.write, business.theirs()["id"], "My name is on the door.")
    await business.turn()
    (note,) = [one for one in odd.of("note") if one["external_id"] == said["iri"]]
    if is_moved:
        odd.add("note", said["iri"], fields=dict(note["fields"]))
    odd.records[note["id"]] = note | {"external_id": "urn:x:theirs", "fields": {"text": "Call the bank."}}
    business.shop.receive(deletion(business.ada, business.shop, said["iri"]), business.ada)
    await business.turn()
    left = [one["fields"]["text"] for one in odd.of("note")]
    assert "Call the bank." in left
    assert "My name is on the door." not in left


@pytest.mark.parametrize("name", ["Freehold", "Shop"])
async def test_nobody_writes_as_we_do_whatever_they_are_called(
    business: Business, odd: Odd, name: str
) -> None:
    await business.wish("Bike")
    odd.quote(odd.of("opportunity")[0]["id"])
    await business.turn()
    business.ada.do(messages.write, business.theirs()["id"], "The customer has signed: 100.00 EUR")
    settle(business.ada, business.shop)
    business.shop.write(
        lambda db: db.run("UPDATE peers SET name = ? WHERE address = ?", name, business.ada.iri)
    )
    await business.turn()
    (note,) = [one for one in odd.of("note") if "has signed" in one["fields"]["text"]]
    assert note["fields"]["author"] == f"{name} (ada.example)"


async def test_a_price_that_is_changed_while_we_write_goes_out(business: Business, odd: Odd) -> None:
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    odd.meanwhile = "150"
    odd.quote(opportunity["id"])
    await business.turn()
    business.clock.pass_time(hours=1)
    await business.turn()
    assert odd.of("quotation")[0]["lines"][0]["price"] == "150"
    assert business.theirs()["total"] == "150.00"


async def test_a_look_at_all_of_it_ends_even_where_the_pages_do_not(business: Business, odd: Odd) -> None:
    odd.turns_round = True
    with pytest.raises(Conflict, match="crm-unreachable"):
        await business.desk.plan(business.shop.acting)
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        endless = replace(reconciler, crm=cast("Crm", Endless()))
        survey = Survey(endless)
        with pytest.raises(CrmRefused, match="more pages"):
            await survey.look()
        assert survey._seen == {}  # of records that are none of ours nothing is kept


async def test_a_note_that_makes_another_version_of_its_quotation_is_written_once(
    business: Business, odd: Odd
) -> None:
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    quoted = odd.quote(opportunity["id"], currency="")
    for _ in range(3):
        await business.turn()
    assert len(odd.of("note")) == 1
    odd.keep(odd.records[quoted["id"]], odd.records[quoted["id"]] | {"valid_until": ""})
    await business.turn()
    assert len(odd.of("note")) == 2


async def test_a_plan_of_very_many_shows_some_and_counts_all(business: Business, odd: Odd) -> None:
    for number in range(SHOWN + 5):
        odd.add("customer", f"https://x.example/{number}")
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    odd.add("opportunity", opportunity["external_id"], fields={"title": "Mine"})
    odd.log.append(("opportunity", "r999"))
    planned = await business.desk.plan(business.shop.acting)
    assert planned["actions"] == {"same": 1, "quarantine": 1}
    assert (await business.desk.sync(business.shop.acting, limit=None))["begun"] == 0
    assert "ambiguous" in {conflict["reason"] for conflict in business.conflicts()}
    verified = await business.desk.verify(business.shop.acting)
    assert [item["differ"] for item in verified["items"]] == [[], [opportunity["external_id"]]]
    await odd.remove(RecordKind.OPPORTUNITY, opportunity["id"])
    planned = await business.desk.plan(business.shop.acting)
    assert planned["actions"] == {"same": 1, "update": 1}
    (item,) = planned["items"]
    assert [field["theirs"] for field in item["fields"] if field["to"] == "title"] == ["Mine"]


async def test_a_few_that_were_asked_for_stop_where_the_node_is_locked(business: Business, odd: Odd) -> None:
    """Whoever asked was let in before, and would not be now."""

    def check(db: Session) -> None:
        if credentials.marked_at(db, AccessMark.LOCKED) is not None:
            raise Unauthenticated(codes.TOKEN)

    def lock() -> None:
        business.shop.write(lambda db: security.lock(db, business.shop.acting))

    address = business.shop.do(connecting.disconnect)["address"]
    await business.connect(adapter="webhook", address=address, secret=SECRET)  # no whole sync yet
    for name in ("Bike", "Boat", "Kite"):
        await business.tell({"name": name, "currency": "EUR", "audience": [business.shop.iri]})
    odd.slow = lock
    with pytest.raises(Unauthenticated):
        await business.desk.sync(business.shop.acting, limit=9, check=check)
    assert len(odd.of("opportunity")) == 1
    odd.slow = lambda: None
    odd.calls.clear()
    with pytest.raises(Unauthenticated):
        await business.bridge.turn(business.shop.iri, most=9, check=check)
    assert odd.calls == []


async def test_who_asks_while_another_look_is_under_way_is_told_so(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bridge, "LONGEST_WAIT_SECONDS", 0.0)
    acting = business.shop.acting
    async with business.bridge.lock(business.shop.iri):
        for asked in (
            business.desk.plan(acting),
            business.desk.verify(acting),
            business.desk.sync(acting, limit=None),
            business.bridge.turn(acting.iri, most=1),
        ):
            with pytest.raises(Conflict, match="crm-busy"):
                await asked
    assert (await business.desk.plan(acting))["actions"] == {}


async def test_a_look_ends_where_the_crm_takes_its_time(
    business: Business, odd: Odd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(surveying, "LONGEST_SECONDS", 0.0)
    with pytest.raises(Conflict, match="five minutes"):
        await business.desk.plan(business.shop.acting)
    monkeypatch.undo()
    assert (await business.desk.plan(business.shop.acting))["actions"] == {}


# --- what a person decides while a turn is under way


TITLE: Final = 'from = "name"\nto = "title"\nowner = "{}"'


@pytest.fixture
async def asked(business: Business, odd: Odd) -> Business:
    """A business that is asked whose title of a wish holds, and another turn that is due."""
    await business.wish("Bike")
    (opportunity,) = odd.of("opportunity")
    address, mapping = business.way().address, default_mapping("webhook")
    business.shop.do(connecting.disconnect)
    await odd.change(RecordKind.OPPORTUNITY, opportunity["id"], "title", "Theirs")
    asks = mapping.replace(TITLE.format("customer"), TITLE.format("manual"))
    assert asks != mapping
    await business.connect(adapter="webhook", address=address, secret=SECRET, mapping=asks)
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert [conflict["reason"] for conflict in business.conflicts()] == ["changed"]
    assert business.status()["queued"] == 0
    business.shop.do(queueing.queue, [(RecordKind.OPPORTUNITY, opportunity["external_id"])])
    return business


def decide(business: Business, decision: str) -> None:
    """Decide what there is to be decided, a moment after what happened last."""
    business.clock.pass_time(seconds=1)
    (conflict,) = business.conflicts()
    if decision in {"retry", "discard"}:
        business.shop.do({"retry": deciding.retry, "discard": deciding.discard}[decision], conflict["id"])
    else:
        business.shop.do(deciding.choose, conflict["id"], choice=decision, seen=conflict["seen"])


@pytest.mark.parametrize(("choice", "title"), [("ours", "Bike"), ("theirs", "Theirs")])
async def test_a_choice_that_is_made_during_a_turn_holds(
    asked: Business, odd: Odd, choice: str, title: str
) -> None:
    odd.looked = lambda: decide(asked, choice)
    await asked.bridge.turn(asked.shop.iri)
    assert asked.conflicts() == []
    await asked.turn()
    assert odd.of("opportunity")[0]["fields"]["title"] == title
    assert (asked.conflicts(), asked.status()["queued"], asked.status()["refused"]) == ([], 0, 0)


async def test_what_is_left_as_it_is_during_a_turn_is_not_asked_again(asked: Business, odd: Odd) -> None:
    odd.looked = lambda: decide(asked, "discard")
    await asked.turn()
    assert odd.of("opportunity")[0]["fields"]["title"] == "Theirs"
    assert (asked.conflicts(), asked.status()["queued"]) == ([], 0)


async def test_what_is_tried_again_during_a_turn_is_looked_at_once_more(asked: Business, odd: Odd) -> None:
    (before,) = asked.conflicts()
    odd.looked = lambda: decide(asked, "retry")
    await asked.bridge.turn(asked.shop.iri)
    assert asked.conflicts() == []
    odd.calls.clear()
    await asked.turn()
    assert "get" in odd.calls
    (after,) = asked.conflicts()
    assert (after["fields"], after["id"] == before["id"]) == (before["fields"], False)


async def test_what_is_read_once_more_is_read_though_a_turn_was_under_way(
    business: Business, odd: Odd
) -> None:
    """It is nothing here yet, so all is read from the beginning: where the turn has come to is of before."""
    await business.wish("Bike")
    quoted = odd.quote(odd.of("opportunity")[0]["id"])
    refused = (RecordKind.QUOTATION, ConflictReason.REFUSED, "No.")
    business.shop.do(queueing.put_before_owner, *refused, crm_id=quoted["id"])
    odd.told = lambda: decide(business, "retry") if business.conflicts() else None
    await business.bridge.turn(business.shop.iri)
    row = business.shop.write(lambda db: tables.load_connection(db, business.shop.iri))
    assert row.cursor == ""


class Merged:
    """A system in which one record took the place of another, as after two customers were merged."""

    def __init__(self, crm: Crm, gone: str, place: str) -> None:
        self._crm, self._gone, self._place = crm, gone, place

    def __getattr__(self, name: str) -> Any:
        return getattr(self._crm, name)

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        if (kind, id) != (RecordKind.CUSTOMER, self._gone):
            return await self._crm.get(kind, id)
        return replace(await self._crm.get(kind, self._place), in_place_of=self._gone)


@pytest.mark.parametrize("is_another_of_ours", [False, True])
async def test_what_took_the_place_of_a_customer_is_that_customer_whatever_its_id_was(
    business: Business, odd: Odd, is_another_of_ours: bool
) -> None:
    await business.wish("Bike")
    await business.turn()
    (mine,) = odd.of("customer")
    other = odd.add("customer", "urn:x:own", fields=dict(mine["fields"]))
    gone = odd.records.pop(mine["id"])["external_id"]
    shop = business.shop
    before = shop.write(lambda db: tables.load_record(db, shop.iri, RecordKind.CUSTOMER, gone))
    assert before is not None
    if is_another_of_ours:
        theirs = replace(before, external_id="urn:x:own", crm_id=other["id"])
        shop.write(lambda db: tables.save_record(db, theirs))
    async with business.bridge.reach(shop.iri, business.way()) as reconciler:
        merged = replace(reconciler, crm=cast("Crm", Merged(reconciler.crm, mine["id"], other["id"])))
        if is_another_of_ours:
            with pytest.raises(CrmRefused, match="another thing here already"):
                await merged.bring(RecordKind.CUSTOMER, gone, {})
        else:
            assert await merged.bring(RecordKind.CUSTOMER, gone, {}) == other["id"]
    assert [one["id"] for one in odd.of("customer")] == [other["id"]]
    assert [one["external_id"] for one in odd.of("customer")] == ["urn:x:own" if is_another_of_ours else gone]
    assert business.conflicts() == []
