"""The bridge and a system that answers what it should not: one odd record holds up no other."""

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, cast

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from node.crm.port import ChangesPage, Crm, CrmRecord, CrmRefused, RecordChange, RecordKind
from node.crm.surveying import SHOWN, Survey
from node.services.access import security
from node.services.crm import connecting
from node.services.crm.following import FOLLOWING
from node.services.intentions import casting
from node.services.negotiations import messages, offers
from node.storage import crm as tables
from protocol.errors import Conflict
from tests.crm.connector import SECRET, Connector, Record
from tests.crm.test_bridge import Business
from tests.services.parties import settle
from tests.services.test_deletions import deletion


class Odd(Connector):
    """A system whose answers can be made odd."""

    def __init__(self) -> None:
        super().__init__()
        self.statuses: dict[str, int] = {}  # what a call is refused with
        self.same_id = ""  # what it calls every opportunity that it makes
        self.meanwhile = ""  # a price that somebody writes while a quotation is written

        self.slow: Callable[[], object] = lambda: None  # what happens while it makes an opportunity
        self.told: Callable[[], object] = lambda: None  # what happens while it says what changed
        self.turns_round = False  # whether its pages come again and again

    def on_changes(self, data: Record) -> Record:
        if self.turns_round:
            return {"changes": [], "cursor": "1" if data["cursor"] == "2" else "2", "more": True}
        answer = super().on_changes(data)
        if answer["changes"]:
            self.told()
        return answer

    async def answer(self, request: web.BaseRequest) -> web.Response:
        """Answer by a clock that stands still, which no signature of now is of."""
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
        if data["id"] == "r0":
            return {"record": self.of("opportunity")[0] | {"id": "r0"}}
        return super().on_get(data)

    def quote(self, opportunity: str, **members: Any) -> Record:
        line = {"label": "Bike", "quantity": "1", "price": "100", "unit": "", "per": ""}
        given = {"lines": [line], "currency": "EUR", "valid_until": "2030-01-01", "state": "quoted"}
        return self.add("quotation", "", links={"opportunity": opportunity}, **given | members)

    def of(self, kind: str) -> list[Record]:
        return [record for record in self.records.values() if record["kind"] == kind]


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


@pytest.fixture
async def business(odd: Odd, tmp_path: Path) -> AsyncIterator[Business]:
    server = RawTestServer(odd.answer, host="127.0.0.1")
    await server.start_server()
    try:
        made = Business(tmp_path)
        await made.connect(adapter="webhook", address=str(server.make_url("/")), secret=SECRET)
        await made.desk.sync(made.shop.acting, limit=None)
        yield made
    finally:
        await server.close()


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
    odd.told = lambda: business.shop.write(lambda db: security.lock(db, now=business.clock.now))
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


async def test_a_key_is_kept_without_the_blanks_that_were_copied_with_it(business: Business) -> None:
    """With them it would not be found in what the CRM says back, and shown to whoever reads that."""
    address = business.shop.do(connecting.disconnect)["address"]
    await business.connect(adapter="webhook", address=address, secret=f" {SECRET} \n")
    assert business.shop.write(lambda db: tables.load_key(db, business.shop.iri)) == SECRET


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
    row = business.shop.write(lambda db: tables.load_connection(db, business.shop.iri))
    async with business.bridge.reach(row) as reconciler:
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
