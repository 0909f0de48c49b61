"""The bridge between a business and a folder of CSV files: what it writes, takes and leaves."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import pytest
from aiohttp.test_utils import RawTestServer
from structlog.testing import capture_logs

from node.core.notices import NoticeKind
from node.core.records import RecordKind
from node.crm.adapters.spreadsheet import Spreadsheet
from node.crm.bridge import Bridge, Outside
from node.crm.desk import Desk
from node.crm.port import (
    ChangesPage,
    Crm,
    CrmDenied,
    CrmDescription,
    CrmError,
    CrmMissing,
    CrmRefused,
    CrmStale,
    CrmUnavailable,
)
from node.sandbox.nodes import until
from node.services import erasure
from node.services.access import security
from node.services.crm import connecting, deciding, queueing
from node.services.crm.following import ACTIVE, FOLLOWING
from node.services.intentions import casting, ending, showing
from node.services.negotiations import agreements, messages, offers
from node.services.notices import settings
from node.storage import crm as tables
from node.storage import journal, notices
from node.storage.session import Session
from node.storage.store import News
from protocol.actors import ActorKind
from protocol.errors import Conflict, NotFound, Unprocessable
from protocol.times import render_time
from tests.crm.connector import SECRET, Connector, reply
from tests.crm.editor import Cells, Editor
from tests.services.parties import Clock, Party, settle
from tests.services.test_deletions import deletion
from tests.services.test_erasure import holds

T = TypeVar("T")
TEN = {"database": 10, "company": "1"}  # as TOML and JSON write a number
PRICE = [{"kind": "oneOff", "amount": "90.00", "currency": "EUR", "label": "Bike"}]


class PartyStore:
    """A party's database behind the six verbs of a store."""

    def __init__(self, party: Party) -> None:
        self.party = party

    async def write(self, work: Callable[[Session], T], *, brief: bool = False, alone: bool = False) -> T:
        written: T = self.party.write(work)
        return written

    read = write

    def subscribe(self, _callback: Callable[[News], object]) -> Callable[[], None]:
        return lambda: None

    async def checkpoint(self) -> None:
        """Nothing to do."""

    async def free_bytes(self) -> int | None:
        """Nobody asks."""
        return None

    async def close(self) -> None:
        """The party closes it."""


class Business:
    """A shop with spreadsheets, and its customer."""

    def __init__(self, folder: Path) -> None:
        self.clock = Clock()
        self.folder = folder / "office"
        self.folder.mkdir()
        self.editor = Editor(self.folder)
        self.ada = Party("ada", folder, self.clock)
        self.shop = Party("shop", folder, self.clock, kind=ActorKind.ORGANIZATION)
        outside = Outside("tests", "", lambda: 0.5)
        self.bridge = Bridge(PartyStore(self.shop), self.shop.residents, outside)
        self.desk = Desk(self.bridge)

    async def connect(self, **members: object) -> Any:
        document = {"adapter": "spreadsheet", "address": str(self.folder), **members}
        return await self.desk.connect(self.shop.acting, document)

    async def begin(self) -> None:
        await self.connect()
        await self.desk.sync(self.shop.acting, limit=None)

    async def turn(self) -> None:
        """Bring the two nodes and the office up to date with each other."""
        for _ in range(3):
            settle(self.ada, self.shop)
            self.shop.follow(FOLLOWING)
            await self.bridge.turn(self.shop.iri)
        settle(self.ada, self.shop)

    async def tell(self, wish: dict[str, Any]) -> None:
        """Let the customer cast a wish, and nothing follow from that yet."""
        self.ada.do(casting.cast, wish)
        settle(self.ada, self.shop)

    async def wish(self, name: str) -> str:
        wish = {"name": name, "currency": "EUR", "audience": [self.shop.iri]}
        made = self.ada.do(casting.cast, wish)
        await self.turn()
        return str(made["id"])

    def rows(self, name: str) -> list[Cells]:
        return self.editor.read(name) if (self.folder / name).exists() else []

    def save(self, name: str, rows: list[Cells]) -> None:
        self.editor.save(name, rows)

    async def quote(self, **cells: str) -> None:
        """Answer the newest opportunity."""
        self.write_quotation(**cells)
        await self.turn()

    def write_quotation(self, **cells: str) -> None:
        """Write an answer to the newest opportunity, which nobody has looked at yet."""
        opportunity = self.rows("opportunities.csv")[-1]
        line = {"id": "", "state": "quoted", "currency": "EUR", "valid_until": "2030-01-01", "label": "Bike"}
        row = {**line, "opportunity": opportunity["id"], "price": "100", **cells}
        self.save("quotations.csv", [*self.rows("quotations.csv"), row])

    def theirs(self) -> Any:
        """Return the customer's newest offer."""
        return self.ada.do(offers.list)["items"][0]

    def way(self) -> connecting.NewConnection:
        """Return how the CRM of the shop is reached."""
        found: connecting.NewConnection | None = self.shop.write(
            lambda session: connecting.way_to(session, self.shop.iri)
        )
        assert found is not None
        return found

    def status(self) -> Any:
        return self.shop.do(connecting.show)

    def every_conflict(self) -> Any:
        page = self.shop.do(deciding.conflicts, limit=100)
        found = page["items"]
        while page["next"]:
            page = self.shop.do(deciding.conflicts, limit=100, cursor=page["next"])
            found += page["items"]
        return found

    def conflicts(self) -> Any:
        return self.shop.do(deciding.conflicts)["items"]


@pytest.fixture
def business(tmp_path: Path) -> Business:
    return Business(tmp_path)


# --- connecting


async def test_a_crm_is_connected_once_and_its_key_is_shown_to_nobody(business: Business) -> None:
    shown = await business.connect()
    assert (shown["adapter"], shown["active"], shown["records"]) == ("spreadsheet", False, {})
    with pytest.raises(Conflict, match="crm-connected"):
        await business.connect()
    gone = business.shop.do(connecting.disconnect)
    assert gone["left"] == {}
    with pytest.raises(NotFound, match="crm-missing"):
        business.status()


async def test_a_crm_that_is_connected_takes_a_new_key_and_loses_nothing(business: Business) -> None:
    new = connecting.NewConnection(
        adapter="tryton",
        address="https://erp.example",
        options={"database": "crm"},
        mapping="version = 1\n",
        secret="old",
    )
    business.shop.do(connecting.connect, new)
    business.shop.do(queueing.queue, [(RecordKind.NOTE, "urn:x:one")])
    row = business.shop.write(lambda session: tables.load_connection(session, business.shop.iri))
    rests = replace(row, active=True, failures=3, trouble="401", rests_until=business.shop.acting.now)
    business.shop.write(lambda session: tables.save_connection(session, rests))
    shown = business.shop.do(connecting.connect, replace(new, secret="new"))
    assert (shown["queued"], shown["health"], shown["rests_until"]) == (1, "well", None)
    assert business.shop.write(lambda session: tables.load_key(session, business.shop.iri)) == "new"
    for other in (replace(new, address="https://x.example"), replace(new, options={"database": "two"})):
        with pytest.raises(Conflict, match="crm-connected"):
            business.shop.do(connecting.connect, other)
    locked = replace(rests, rests_until=tables.UNTIL_SYNC)
    business.shop.write(lambda session: tables.save_connection(session, locked))
    assert business.shop.do(connecting.connect, new)["health"] == "locked"


async def test_how_much_there_is_is_counted_without_naming_what_waits(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    business.shop.do(queueing.queue, [(RecordKind.OPPORTUNITY, "urn:x:one")])
    shown = dict(await business.desk.show(business.shop.acting))
    assert (len(shown.pop("waiting")), shown["queued"], shown["records"]) == (
        1,
        1,
        {"customer": 1, "opportunity": 1},
    )
    assert await business.desk.count(business.shop.acting) == shown


@pytest.mark.parametrize(
    ("members", "code"),
    [
        ({"adapter": "abacus"}, "crm-adapter"),
        ({"address": "office"}, "crm-address"),
        ({"secret": "key"}, "crm-address"),
        ({"options": {"database": "x"}}, "crm-address"),
        (
            {"adapter": "tryton", "address": "http://127.0.0.1:9/", "secret": "k", "options": TEN},
            "crm-address",
        ),
        ({"adapter": "hubspot", "address": "http://127.0.0.1:9/", "secret": "k\nX: y"}, "crm-address"),
        ({"adapter": "hubspot", "address": "http://127.0.0.1:9/", "secret": "  "}, "crm-address"),
        ({"mapping": "version = 2"}, "crm-mapping"),
        (
            {"mapping": 'version = 1\n[[customer]]\nfrom = "name"\nto = "phone"\npurpose = "p"\n'},
            "crm-mapping",
        ),
    ],
)
async def test_what_cannot_be_connected_is_refused(
    business: Business, members: dict[str, object], code: str
) -> None:
    with pytest.raises(Unprocessable, match=code):
        await business.connect(**members)
    with pytest.raises(NotFound):
        business.status()


async def test_a_key_is_kept_without_what_was_pasted_around_it(business: Business) -> None:
    connector, pasted = Connector(), f" {SECRET}\n"
    connector.answers = [reply(connector.on_describe({})), reply(connector.on_health({}))]
    async with RawTestServer(connector.answer, host="127.0.0.1") as server:
        await business.connect(adapter="webhook", address=str(server.make_url("/")), secret=pasted)
    assert business.shop.write(lambda session: tables.load_key(session, business.shop.iri)) == SECRET


@pytest.mark.parametrize("signs", ["\r\nX-Admin: yes", "\n", "\0", "\u202e", "\ud800"])
async def test_a_key_with_signs_that_no_header_takes_is_refused(business: Business, signs: str) -> None:
    address = "http://127.0.0.1:9/"
    with pytest.raises(Unprocessable, match="nobody sees"):
        await business.connect(adapter="hubspot", address=address, secret=f"key{signs}key")


async def test_a_crm_that_does_not_answer_is_not_connected(business: Business) -> None:
    with pytest.raises(Conflict, match="crm-unreachable"):
        await business.connect(address=str(business.folder / "elsewhere"))


@pytest.mark.parametrize("defect", [KeyError("x"), ValueError("x")])
async def test_a_defect_is_not_told_as_an_account_that_is_wrong(
    business: Business, monkeypatch: pytest.MonkeyPatch, defect: Exception
) -> None:
    async def describe(_self: Spreadsheet) -> CrmDescription:
        raise defect

    monkeypatch.setattr(Spreadsheet, "describe", describe)
    with pytest.raises(type(defect)):
        await business.connect()


async def test_every_kind_of_crm_says_what_it_needs(business: Business) -> None:
    (sheet,) = [each for each in business.desk.adapters() if each["name"] == "spreadsheet"]
    assert (sheet["needs_secret"], sheet["options"]) == (False, {})
    assert "[[opportunity]]" in sheet["mapping"]
    assert [each["name"] for each in business.desk.adapters() if not each["tried"]] == []


# --- to the CRM


async def test_a_plan_writes_nothing_and_says_every_field(business: Business) -> None:
    await business.connect()
    await business.wish("Bike")
    planned = await business.desk.plan(business.shop.acting)
    assert planned["actions"] == {"create": 2}
    (name,) = [field for field in planned["items"][1]["fields"] if field["to"] == "title"]
    assert (name["ours"], name["theirs"], name["verdict"]) == ("Bike", None, "write")
    assert (name["owner"], name["purpose"]) == ("customer", "to negotiate")
    assert business.editor.files() == []


async def test_a_second_sync_writes_nothing_and_both_sides_are_alike(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    before = {name: (business.folder / name).read_bytes() for name in business.editor.files()}
    assert (await business.desk.sync(business.shop.acting, limit=10))["begun"] == 0
    await business.turn()
    assert {name: (business.folder / name).read_bytes() for name in business.editor.files()} == before
    verified = await business.desk.verify(business.shop.acting)
    assert verified["alike"]
    assert [(kind["freehold"], kind["crm"]) for kind in verified["items"]] == [(1, 1), (1, 1)]


async def test_what_was_written_before_a_crash_is_found_and_not_written_twice(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    iri = business.ada.iri
    business.shop.write(lambda db: tables.delete_record(db, business.shop.iri, RecordKind.CUSTOMER, iri))
    await business.wish("Trailer")
    assert [row["name"] for row in business.rows("customers.csv")] == ["Ada"]
    assert len(business.rows("opportunities.csv")) == 2


async def test_what_is_the_customers_is_written_back_and_what_is_the_businesss_stays(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    rows = [row | {"title": "Tandem", "source": "Fair"} for row in business.rows("opportunities.csv")]
    business.save("opportunities.csv", rows)
    await business.turn()
    (row,) = business.rows("opportunities.csv")
    assert (row["title"], row["source"]) == ("Bike", "Fair")


async def test_a_deleted_row_is_put_before_its_owner_and_made_anew_if_they_say_so(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    business.save("opportunities.csv", [{"id": "", "title": "Mine"}])
    await business.turn()
    (conflict,) = business.conflicts()
    assert (conflict["reason"], conflict["kind"]) == ("deleted", "opportunity")
    await business.turn()
    assert [row["title"] for row in business.rows("opportunities.csv")] == ["Mine"]
    business.shop.do(deciding.retry, conflict["id"])
    await business.turn()
    assert [row["title"] for row in business.rows("opportunities.csv")] == ["Mine", "Bike"]
    assert business.conflicts() == []


async def test_a_row_with_another_id_is_the_same_record(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    business.save("opportunities.csv", [row | {"id": "K-1"} for row in business.rows("opportunities.csv")])
    await business.turn()
    assert business.conflicts() == []
    await business.quote()
    assert business.theirs()["state"] == "offered"


async def test_a_copied_row_is_left_alone_and_said(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    (row,) = business.rows("customers.csv")
    business.save("customers.csv", [row, row | {"id": ""}])
    await business.turn()
    (conflict,) = business.conflicts()
    assert conflict["reason"] == "ambiguous"
    assert business.rows("customers.csv")[1]["id"] in conflict["detail"]
    assert conflict["detail"].endswith("Make them one there, then retry.")
    business.shop.do(deciding.discard, business.conflicts()[0]["id"])
    assert business.conflicts() == []


async def test_two_rows_for_one_customer_are_in_quarantine(business: Business) -> None:
    await business.connect()
    twice = [{"id": id, "freehold": business.ada.iri, "name": "Ada"} for id in ("1", "2")]
    business.save("customers.csv", twice)
    await business.desk.sync(business.shop.acting, limit=None)
    await business.wish("Bike")
    assert business.rows("opportunities.csv") == []
    assert "ambiguous" in {conflict["reason"] for conflict in business.conflicts()}
    planned = await business.desk.plan(business.shop.acting)
    assert planned["actions"] == {"quarantine": 1, "create": 1}
    business.save("customers.csv", twice[:1])
    for conflict in business.conflicts():
        business.shop.do(deciding.retry, conflict["id"])
    await business.turn()
    assert [row["title"] for row in business.rows("opportunities.csv")] == ["Bike"]


async def test_a_column_that_somebody_took_out_is_said_and_the_rest_goes_on(business: Business) -> None:
    mapping = 'version = 1\n[[customer]]\nfrom = "name"\nto = "Mine"\npurpose = "p"\n'
    business.save("customers.csv", [{"id": "1", "Mine": "x"}])
    await business.connect(mapping=mapping)
    await business.desk.sync(business.shop.acting, limit=None)
    business.save("customers.csv", [{"id": "1", "other": "x"}])
    await business.wish("Bike")
    assert business.status()["refused"] == 1
    (conflict,) = business.conflicts()
    assert "no column Mine" in conflict["detail"]
    business.shop.do(deciding.discard, conflict["id"])
    assert business.status()["refused"] == 0


async def test_a_crm_that_is_away_rests_and_nothing_is_lost(business: Business) -> None:
    await business.begin()
    office = business.folder.rename(business.folder.with_name("away"))
    await business.wish("Bike")
    status = business.status()
    assert "not there" in status["trouble"]
    assert status["rests_until"] > "2026"
    assert status["queued"] > 0
    office.rename(business.folder)
    await business.turn()
    assert [row["title"] for row in business.rows("opportunities.csv")] == ["Bike"]
    assert (business.status()["trouble"], business.status()["queued"]) == (None, 0)


async def test_the_log_says_once_that_a_crm_is_away_and_once_that_it_answers(business: Business) -> None:
    await business.begin()
    office = business.folder.rename(business.folder.with_name("away"))
    with capture_logs() as logged:
        for _ in range(2):
            await business.turn()
        office.rename(business.folder)
        for _ in range(2):
            await business.turn()
    said = [(line["log_level"], line["event"]) for line in logged if line["event"].startswith("crm.")]
    assert said == [("warning", "crm.rests"), ("info", "crm.answers")]
    assert "not there" in next(line["why"] for line in logged if line["event"] == "crm.rests")


async def test_of_what_a_crm_says_otherwise_each_time_the_log_is_told_once_in_an_hour(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    with capture_logs() as logged:
        for hours in (0, 0, 0, 1):
            business.clock.pass_time(hours=hours)
            for name in ("customers.csv", "opportunities.csv"):
                path = business.folder / name
                sound = path.read_bytes()
                path.write_text("nothing\n")
                await business.bridge.turn(business.shop.iri)
                path.write_bytes(sound)
    rests = [line for line in logged if line["event"] == "crm.rests"]
    assert [line["unsaid"] for line in rests] == [0, 5]


# --- from the CRM


async def test_a_quotation_of_something_else_is_none_of_ours(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(opportunity="")
    assert business.ada.do(offers.list)["items"] == []
    assert (business.conflicts(), business.rows("notes.csv")) == ([], [])


async def test_an_offer_is_made_once_whatever_is_read_again(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    connection = business.shop.write(lambda db: tables.load_connection(db, business.shop.iri))
    again = replace(connection, cursor="")
    business.shop.write(lambda db: tables.save_connection(db, again))
    await business.turn()
    assert len(business.ada.do(offers.list)["items"]) == 1
    assert business.theirs()["rounds"] == 1


async def test_who_rejects_before_the_quotation_is_looked_at_again_gets_it_no_second_time(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    offer = business.theirs()
    kind, iri = RecordKind.QUOTATION, business.shop.iri

    def unseen(session: Session) -> None:
        known = tables.load_record(session, iri, kind, offer["negotiation"])
        assert known is not None
        tables.save_record(session, replace(known, version=""))

    business.shop.write(unseen)
    business.ada.do(offers.reject, offer["id"])
    await business.turn()
    assert (business.theirs()["state"], business.theirs()["rounds"]) == ("rejected", 1)
    (row,) = business.rows("quotations.csv")
    assert row["state"] == "cancelled"


async def test_what_was_incomplete_is_tried_again_when_somebody_says_so(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(valid_until="")
    (conflict,) = business.conflicts()
    assert conflict["reason"] == "incomplete"
    business.shop.do(deciding.retry, conflict["id"])
    await business.turn()
    assert [conflict["reason"] for conflict in business.conflicts()] == ["incomplete"]
    assert len(business.rows("notes.csv")) == 1


async def test_what_did_not_go_out_says_so_once_it_has(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(valid_until="")
    rows = [row | {"valid_until": "2099-12-31"} for row in business.rows("quotations.csv")]
    business.save("quotations.csv", rows)
    await business.turn()
    assert (business.conflicts(), business.theirs()["state"]) == ([], "offered")
    before, after = (note["text"] for note in business.rows("notes.csv"))
    assert before.startswith("This did not go out as an offer.")
    assert after.endswith("this has gone out as an offer.")


async def test_what_a_customer_asks_for_instead_is_told_with_every_term_that_differs(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(per="month")
    business.ada.do(offers.counter, business.theirs()["id"], {"notice": "P2W"})
    await business.turn()
    (note,) = business.rows("notes.csv")
    price = "The customer asks for other terms: Bike: 100.00 EUR each month"
    assert note["text"] == f"{price}; notice: P2W (was P1M)"


async def test_an_accepted_offer_is_countersigned_by_confirming_it(business: Business) -> None:
    business.shop.countersigns = False
    business.bridge.residents = business.shop.residents
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    business.ada.do(offers.accept, business.theirs()["id"])
    await business.turn()
    assert business.shop.do(agreements.list)["items"][0]["state"] == "accepted"
    (row,) = business.rows("quotations.csv")
    assert row["state"] == "quoted"
    (signed,) = [note["text"] for note in business.rows("notes.csv") if "has signed" in note["text"]]
    until = business.shop.do(agreements.list)["items"][0]["holds_until"]
    assert f"once you sign, too: confirm it here, or sign at your desk, until {until}." in signed
    business.save("quotations.csv", [row | {"state": "confirmed"}])
    await business.turn()
    assert business.ada.do(agreements.list)["items"][0]["state"] == "concluded"
    assert business.rows("opportunities.csv")[0]["state"] == "won"
    business.save("quotations.csv", [business.rows("quotations.csv")[0] | {"state": "cancelled"}])
    await business.turn()
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    assert business.ada.do(agreements.list)["items"][0]["state"] == "concluded"


@pytest.mark.parametrize("state", ["confirmed", "quoted"])
async def test_another_price_than_was_signed_is_neither_confirmed_nor_passed_over(
    business: Business, state: str
) -> None:
    business.shop.countersigns = False
    business.bridge.residents = business.shop.residents
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    business.ada.do(offers.accept, business.theirs()["id"])
    await business.turn()
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"state": state, "price": "150"}])
    await business.turn()
    assert business.shop.do(agreements.list)["items"][0]["state"] == "accepted"
    assert business.rows("quotations.csv")[0]["state"] == "quoted"
    (conflict,) = business.conflicts()
    assert "has signed already" in conflict["detail"]
    assert any("has signed already" in note["text"] for note in business.rows("notes.csv"))
    assert business.rows("quotations.csv")[0]["price"] == "100"
    business.save("quotations.csv", [business.rows("quotations.csv")[0] | {"state": "confirmed"}])
    await business.turn()
    assert business.ada.do(agreements.list)["items"][0]["state"] == "concluded"


async def test_what_was_confirmed_too_early_is_decided_once_both_have_signed(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    await business.turn()
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"state": "confirmed"}])
    await business.turn()
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    assert business.rows("quotations.csv")[0]["state"] == "quoted"
    business.clock.pass_time(minutes=1)
    business.ada.do(offers.accept, business.theirs()["id"])
    await business.turn()
    (row,) = business.rows("quotations.csv")
    assert (row["state"], business.conflicts()) == ("confirmed", [])
    business.clock.pass_time(minutes=1)
    business.save("quotations.csv", [row | {"state": "cancelled"}])
    await business.turn()
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]


async def test_what_is_put_back_behind_the_signatures_is_not_decided_by_them(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    await business.turn()
    business.ada.do(offers.accept, business.theirs()["id"])
    settle(business.ada, business.shop)
    business.clock.pass_time(minutes=1)
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"state": "cancelled"}])
    await business.bridge.turn(business.shop.iri)  # before what was signed is followed
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    await business.turn()
    assert business.rows("quotations.csv")[0]["state"] == "confirmed"
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]


async def test_a_quotation_whose_negotiation_is_over_takes_a_new_one(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    business.clock.pass_time(days=2000)
    for party in (business.ada, business.shop):
        party.tick()
    await business.turn()
    (row,) = business.rows("quotations.csv")
    assert row["state"] == "cancelled"
    business.save("quotations.csv", [row | {"state": "quoted", "valid_until": "2090-01-01"}])
    await business.turn()
    assert "over" in business.conflicts()[0]["detail"]


async def test_a_state_that_is_none_is_said_before_and_after_an_offer(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(state="sent")
    assert business.ada.do(offers.list)["items"] == []
    (note,) = business.rows("notes.csv")
    assert "The state is none of" in note["text"]
    business.save("quotations.csv", [business.rows("quotations.csv")[0] | {"state": "quoted"}])
    await business.turn()
    business.save("quotations.csv", [business.rows("quotations.csv")[0] | {"state": "withdrawn"}])
    await business.turn()
    await business.turn()
    assert business.theirs()["state"] == "offered"
    (_, note) = business.rows("notes.csv")
    assert "The state is none of" in note["text"]


async def test_what_was_confirmed_and_never_offered_becomes_no_offer_by_being_put_back(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(state="confirmed")
    await business.turn()
    assert business.ada.do(offers.list)["items"] == []
    (row,) = business.rows("quotations.csv")
    assert row["state"] == "draft"
    (note,) = business.rows("notes.csv")
    assert "Nobody has accepted this" in note["text"]
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    business.save("quotations.csv", [row | {"state": "quoted"}])
    await business.turn()
    assert business.theirs()["state"] == "offered"
    assert business.conflicts() == []


async def test_a_new_price_that_was_confirmed_before_it_went_out_goes_out_once_it_is_quoted(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    business.ada.do(offers.counter, business.theirs()["id"], {"price": PRICE})
    await business.turn()
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"state": "confirmed", "price": "90"}])
    await business.turn()
    (row,) = business.rows("quotations.csv")
    assert (row["state"], row["price"], business.theirs()["state"]) == ("draft", "90", "countered")
    assert [conflict["reason"] for conflict in business.conflicts()] == ["unsigned"]
    assert any("never went out as an offer" in note["text"] for note in business.rows("notes.csv"))
    business.save("quotations.csv", [row | {"state": "quoted"}])
    await business.turn()
    assert (business.theirs()["state"], business.theirs()["price"][0]["amount"]) == ("offered", "90.00")
    assert business.conflicts() == []


async def test_a_quotation_for_another_customer_than_its_opportunity_goes_to_neither(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    (ada,) = business.rows("customers.csv")
    business.save("customers.csv", [ada, {"id": "bob", "name": "Bob"}])
    await business.quote(customer="bob")
    assert business.ada.do(offers.list)["items"] == []
    assert "another customer" in business.rows("notes.csv")[0]["text"]
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"customer": ada["id"]}])
    await business.turn()
    assert (business.theirs()["state"], business.conflicts()) == ("offered", [])
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"customer": "bob", "price": "150"}])
    await business.turn()
    assert business.theirs()["total"] == "100.00"


async def test_a_hundred_faulty_lines_are_said_once_each_and_no_more_than_is_read(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    opportunity = business.rows("opportunities.csv")[0]["id"]
    line = {"id": "q9", "opportunity": opportunity, "state": "quoted", "quantity": "0", "price": "a"}
    lines: list[Cells] = [line | {"label": f"Part {number}"} for number in range(100)]
    business.save("quotations.csv", lines)
    await business.turn()
    (conflict,) = business.conflicts()
    assert len(conflict["detail"]) < 4_000
    assert conflict["detail"].count("A price cannot be read in one way") == 1
    assert conflict["detail"].endswith("more.")


async def test_nobody_promises_a_quantity_that_their_quotation_does_not_say(business: Business) -> None:
    await business.begin()
    wish = {"name": "Bikes", "currency": "EUR", "audience": [business.shop.iri], "quantity": "10"}
    business.ada.do(casting.cast, wish)
    await business.turn()
    (opportunity,) = business.rows("opportunities.csv")
    assert (opportunity["wishes"], opportunity["quantity"]) == (
        "quantity: 10",
        "10",
    )  # not every CRM has both
    await business.quote(text="quantity: 10")  # copied, as many a CRM does by itself
    assert business.ada.do(offers.list)["items"] == []
    assert any("promises 10, as" in note["text"] for note in business.rows("notes.csv"))
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"quantity": "10", "state": "quoted"}])
    await business.turn()
    assert (business.theirs()["quantity"]["value"], business.theirs()["total"]) == ("10", "1000.00")
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"quantity": "5"}])
    await business.turn()
    assert business.theirs()["total"] == "1000.00"
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"quantity": "1", "label": "All 10 of them", "price": "900"}])
    await business.turn()
    assert business.theirs()["total"] == "900.00"


async def test_what_is_paid_again_and_again_until_a_day_says_when_it_starts(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(per="month", ends="2030-12-31")
    assert "on which day it starts" in business.rows("notes.csv")[0]["text"]
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"starts": "2030-01-01"}])
    await business.turn()
    assert (business.theirs()["starts_at"], business.theirs()["ends_at"]) == (
        "2030-01-01T00:00:00Z",
        "2030-12-31T23:59:59Z",
    )


async def test_a_quotation_that_somebody_still_writes_is_left_in_peace(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(state="draft", price="1.250", currency="")
    assert business.rows("notes.csv") == []


async def test_what_is_taken_out_of_a_quotation_is_taken_out_of_the_offer(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote(per="month", notice="P3M", text="With a lock.")
    assert (business.theirs()["notice"], business.theirs()["content"]) == ("P3M", "With a lock.")
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"notice": "", "text": "", "per": "", "ends": "2030-12-31"}])
    await business.turn()
    assert (business.theirs()["notice"], business.theirs()["content"]) == (None, "")
    assert business.theirs()["ends_at"] == "2030-12-31T23:59:59Z"
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"ends": ""}])
    await business.turn()
    assert business.theirs()["ends_at"] is None
    assert business.conflicts() == []


async def test_an_offer_made_elsewhere_is_a_quotation_too(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    wish = business.shop.do(showing.list, own=False)["items"][0]
    business.shop.do(offers.make, wish["id"], {"price": PRICE})
    await business.turn()
    (row,) = business.rows("quotations.csv")
    assert (row["label"], row["price"], row["state"]) == ("Bike", "90", "quoted")
    mine = business.shop.do(offers.list)["items"][0]
    business.shop.do(offers.reoffer, mine["id"], {"price": [PRICE[0] | {"amount": "80.00"}]})
    await business.turn()
    assert any("80.00 EUR" in note["text"] for note in business.rows("notes.csv"))
    (row,) = business.rows("quotations.csv")
    assert (row["price"], row["state"]) == ("80", "quoted")
    assert (business.theirs()["total"], business.theirs()["rounds"]) == ("80.00", 2)


async def test_a_price_of_so_many_times_is_not_made_endless_by_its_quotation(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    wish = business.shop.do(showing.list, own=False)["items"][0]
    care = {"kind": "recurring", "amount": "5.00", "currency": "EUR", "per": "month", "count": 12}
    business.shop.do(offers.make, wish["id"], {"price": [care]})
    await business.turn()
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"valid_until": "2026-06-30"}])
    await business.turn()
    theirs = business.theirs()
    assert (theirs["expires_at"], theirs["price"], theirs["notice"]) == ("2026-06-30T23:59:59Z", [care], None)
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"price": "4"}])
    await business.turn()
    assert business.theirs()["price"] == [care]
    (conflict,) = business.conflicts()
    assert "which these lines cannot say" in conflict["detail"]


async def reoffer(business: Business, amount: str) -> None:
    """Offer another price past the CRM."""
    mine = business.shop.do(offers.list)["items"][0]
    business.shop.do(offers.reoffer, mine["id"], {"price": [PRICE[0] | {"amount": amount}]})


async def test_a_price_that_is_lowered_before_its_record_was_looked_at_again_is_written_there(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    business.write_quotation()
    await business.bridge.turn(business.shop.iri, most=0)
    await reoffer(business, "80.00")
    await business.turn()
    assert business.rows("quotations.csv")[0]["price"] == "80"
    assert business.conflicts() == []


async def test_a_price_that_was_changed_on_both_sides_is_the_one_that_was_written_there(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    await reoffer(business, "80.00")
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"price": "90"}])
    await business.turn()
    assert (business.theirs()["total"], business.theirs()["rounds"]) == ("90.00", 3)
    assert business.rows("quotations.csv")[0]["price"] == "90"
    assert business.conflicts() == []


async def test_who_writes_what_stands_already_offers_nothing_new(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    (row,) = business.rows("quotations.csv")
    stands = business.theirs()["expires_at"]
    business.shop.do(
        offers.reoffer,
        business.shop.do(offers.list)["items"][0]["id"],
        {"price": [PRICE[0] | {"amount": "80.00"}], "expires_at": stands},
    )
    business.save("quotations.csv", [row | {"price": "80"}])
    await business.turn()
    assert (business.theirs()["total"], business.theirs()["rounds"]) == ("80.00", 2)
    assert business.conflicts() == []


@pytest.mark.parametrize("price", ["1.250", ""])
async def test_a_price_that_cannot_be_read_is_not_written_over(business: Business, price: str) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    (row,) = business.rows("quotations.csv")
    business.save("quotations.csv", [row | {"price": price}])
    await business.turn()
    assert business.rows("quotations.csv")[0]["price"] == price
    assert [conflict["reason"] for conflict in business.conflicts()] == ["incomplete"]
    await reoffer(business, "80.00")
    await business.turn()
    assert business.rows("quotations.csv")[0]["price"] == price
    assert {conflict["reason"] for conflict in business.conflicts()} == {"incomplete", "changed"}
    business.save("quotations.csv", [row | {"price": "70"}])
    await business.turn()
    assert (business.theirs()["total"], business.conflicts()) == ("70.00", [])


async def test_nobody_confirms_a_price_that_they_have_not_seen(business: Business) -> None:
    business.shop.countersigns = False
    business.bridge.residents = business.shop.residents
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    (row,) = business.rows("quotations.csv")
    await reoffer(business, "80.00")
    settle(business.ada, business.shop)
    business.ada.do(offers.accept, business.theirs()["id"])
    settle(business.ada, business.shop)
    business.save("quotations.csv", [row | {"state": "confirmed"}])
    await business.turn()
    assert business.shop.do(agreements.list)["items"][0]["state"] == "accepted"
    (row,) = business.rows("quotations.csv")
    assert (row["state"], row["price"]) == ("quoted", "80")
    business.save("quotations.csv", [row | {"state": "confirmed"}])
    await business.turn()
    assert business.ada.do(agreements.list)["items"][0]["state"] == "concluded"


async def test_other_words_than_were_signed_are_not_confirmed_however_often_they_were_looked_at(
    business: Business,
) -> None:
    business.shop.countersigns = False
    business.bridge.residents = business.shop.residents
    await business.begin()
    await business.wish("Bike")
    await business.quote(text="With a lock.")
    business.ada.do(offers.accept, business.theirs()["id"])
    await business.turn()
    for cells in ({"text": "Without a lock."}, {"state": "confirmed"}):
        (row,) = business.rows("quotations.csv")
        business.save("quotations.csv", [row | cells])
        await business.turn()
    assert business.shop.do(agreements.list)["items"][0]["state"] == "accepted"
    (row,) = business.rows("quotations.csv")
    assert row["state"] == "quoted"
    business.save("quotations.csv", [row | {"text": "With a lock.", "state": "confirmed"}])
    await business.turn()
    assert business.shop.do(agreements.list)["items"][0]["state"] == "accepted"  # another one than was seen
    business.save("quotations.csv", [business.rows("quotations.csv")[0] | {"state": "confirmed"}])
    await business.turn()
    assert business.ada.do(agreements.list)["items"][0]["state"] == "concluded"


async def test_other_terms_go_out_when_their_draft_does_however_often_it_was_looked_at(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()

    async def write(**cells: str) -> tuple[object, object]:
        rows = [row | cells for row in business.rows("quotations.csv")]
        business.save("quotations.csv", rows)
        await business.turn()
        return business.theirs()["total"], business.theirs()["rounds"]

    assert await write(state="draft") == ("100.00", 1)
    assert await write(price="70") == ("100.00", 1)  # a draft is nobody's offer
    assert await write(price="80") == ("100.00", 1)
    assert await write(state="quoted") == ("80.00", 2)
    assert await write(state="draft", price="75") == ("80.00", 2)
    assert await write(price="80") == ("80.00", 2)
    assert await write(state="quoted") == ("80.00", 2)  # what stands already
    assert business.conflicts() == []


async def test_a_note_for_the_customer_needs_an_offer_to_talk_about(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    opportunity = business.rows("opportunities.csv")[0]["id"]
    business.save("notes.csv", [{"id": "", "opportunity": opportunity, "text": "@customer Hello"}])
    await business.turn()
    assert any("It was not sent" in note["text"] for note in business.rows("notes.csv"))
    await business.quote()
    notes = business.rows("notes.csv")
    mine = {"id": "", "opportunity": opportunity, "text": "@customer Hello again"}
    business.save("notes.csv", [*notes, mine])
    await business.turn()
    said = business.ada.do(messages.list, business.theirs()["id"])["items"]
    assert [message["content"] for message in said] == ["Hello again"]
    too_long = {**mine, "text": "@customer " + "x" * 30_000}
    business.save("notes.csv", [*business.rows("notes.csv"), too_long])
    await business.turn()
    assert len(business.ada.do(messages.list, business.theirs()["id"])["items"]) == 1


async def test_a_note_for_the_customer_may_begin_a_line_of_its_own(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    opportunity = business.rows("opportunities.csv")[0]["id"]
    note = {"id": "", "opportunity": opportunity, "text": "@customer\nHello\nyou"}
    business.save("notes.csv", [*business.rows("notes.csv"), note])
    await business.turn()
    said = business.ada.do(messages.list, business.theirs()["id"])["items"]
    assert [message["content"] for message in said] == ["Hello\nyou"]


async def test_a_note_of_which_was_said_that_it_was_not_sent_is_not_sent_later(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    opportunity = business.rows("opportunities.csv")[0]["id"]
    business.save("notes.csv", [{"id": "", "opportunity": opportunity, "text": "@customer Hello"}])
    await business.turn()
    await business.quote()
    connection = business.shop.write(lambda db: tables.load_connection(db, business.shop.iri))
    anew = replace(connection, cursor="")  # as when a quotation that lacked something is tried again
    business.shop.write(lambda db: tables.save_connection(db, anew))
    await business.turn()
    assert business.ada.do(messages.list, business.theirs()["id"])["items"] == []
    rows = business.rows("notes.csv")
    edited = [row | {"text": "@customer Hello!"} if "@customer" in row["text"] else row for row in rows]
    business.save("notes.csv", edited)
    await business.turn()
    said = business.ada.do(messages.list, business.theirs()["id"])["items"]
    assert [message["content"] for message in said] == ["Hello!"]


async def test_a_message_that_was_taken_back_is_taken_out(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    said = business.ada.do(messages.write, business.theirs()["id"], "My name is on the door.")
    await business.turn()
    assert any("on the door" in note["text"] for note in business.rows("notes.csv"))
    business.shop.receive(deletion(business.ada, business.shop, said["iri"]), business.ada)
    await business.turn()
    assert not any("on the door" in note["text"] for note in business.rows("notes.csv"))
    assert not holds(business.shop, "on the door")


async def test_what_was_written_there_of_a_wish_is_not_kept_when_the_wish_is_erased(
    business: Business,
) -> None:
    await business.begin()
    wish = await business.wish("A canary")
    business.ada.do(ending.withdraw, wish)
    await business.turn()
    assert holds(business.shop, "A canary")
    (said,) = journal.entries_of(
        business.shop.db, business.shop.iri, after=0, limit=9, kinds=["intention.received"]
    )
    business.shop.do(erasure.erase, said.place, "They asked for it.")
    await business.turn()
    assert not holds(business.shop, "A canary")
    assert business.status()["queued"] == 0


async def test_what_was_written_there_of_a_negotiation_is_not_kept_when_that_is_erased(
    business: Business,
) -> None:
    """Neither what both sides had, nor what a person was to decide, nor a note that waits to be written."""
    await business.begin()
    wish = await business.wish("Bike")
    await business.quote(text="A canary of ours")
    business.ada.do(offers.reject, business.theirs()["id"])
    business.ada.do(ending.withdraw, wish)
    await business.turn()
    acting, negotiation = business.shop.acting, business.theirs()["negotiation"]
    both = {"text": {"ours": "A canary of ours", "theirs": "Another canary"}}
    changed, quotation = tables.ConflictReason.CHANGED, RecordKind.QUOTATION
    known = business.shop.write(lambda db: tables.load_record(db, acting.iri, quotation, negotiation))
    for body in ({"within": negotiation}, {"about": {"quotation": known.crm_id}}, {"within": "another"}):
        said = {**body, "text": "A canary is asked for", "author": "x", "at": "x"}
        notes = [(RecordKind.NOTE, f"urn:x:{len(said)}:{next(iter(body.values()))}")]
        business.shop.write(lambda db, n=notes, s=said: queueing.queue(db, acting, n, body=s))
    business.shop.write(
        lambda db: queueing.put_before_owner(
            db, acting, quotation, changed, "Both sides.", external_id=negotiation, fields=both
        )
    )
    for kind in ("offer", "intention.received"):
        (entry, *_) = journal.entries_of(business.shop.db, acting.iri, after=0, limit=9, kinds=[kind])
        business.shop.do(erasure.erase, entry.place, "They asked for it.")
    (left,) = business.shop.write(lambda db: tables.due_calls(db, acting.iri, acting.now, limit=9))
    assert left.body["within"] == "another"
    business.shop.write(lambda db: tables.delete_call(db, left))
    assert not holds(business.shop, "canary")
    assert business.conflicts() == []
    before = len(business.ada.do(offers.list)["items"])
    await business.turn()
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert len(business.ada.do(offers.list)["items"]) == before
    assert business.status()["trouble"] is None


async def test_a_message_whose_words_were_erased_here_is_erased_there_and_nowhere_kept(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    business.ada.do(messages.write, business.theirs()["id"], "My name is on the door.")
    await business.turn()
    assert any("on the door" in note["text"] for note in business.rows("notes.csv"))
    (said,) = journal.entries_of(business.shop.db, business.shop.iri, after=0, limit=9, kinds=["message"])
    business.shop.do(erasure.erase, said.place, "They asked for it.")
    await business.turn()
    assert not any("on the door" in note["text"] for note in business.rows("notes.csv"))
    assert not holds(business.shop, "on the door")
    assert business.status()["queued"] == 0


async def test_a_deadline_is_the_day_that_it_is_at_the_business(business: Business) -> None:
    business.shop.do(settings.set, {"zone": "Pacific/Auckland"})
    await business.begin()
    wish = {"name": "Bike", "currency": "EUR", "audience": [business.shop.iri]}
    business.ada.do(casting.cast, wish | {"deadline": "2026-06-01T13:00:00Z"})
    await business.turn()
    assert business.rows("opportunities.csv")[0]["deadline"] == "2026-06-02"
    verified = await business.desk.verify(business.shop.acting)
    assert verified["alike"]


async def test_a_wish_taken_back_before_an_offer_is_lost(business: Business) -> None:
    await business.begin()
    wish = await business.wish("Bike")
    business.ada.do(ending.withdraw, wish)
    await business.turn()
    (row,) = business.rows("opportunities.csv")
    assert (row["state"], bool(row["reason"])) == ("lost", True)


# --- a CRM that does not do as it is told


class Awkward:
    """A CRM that is asked through another, and fails as it is told before it does anything."""

    def __init__(
        self, crm: Crm, failures: list[Exception], calls: frozenset[str] = frozenset({"upsert", "act"})
    ) -> None:
        self._crm, self._failures, self._calls = crm, failures, calls

    def __getattr__(self, name: str) -> Any:
        if self._failures and name in self._calls:
            raise self._failures.pop(0)
        return getattr(self._crm, name)


async def bring(business: Business, *failures: Exception) -> None:
    """Do what waits with a CRM that fails so."""
    due = business.shop.write(lambda db: tables.due_calls(db, business.shop.iri, business.clock.now, limit=1))
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        awkward = replace(reconciler, crm=Awkward(reconciler.crm, list(failures)))
        await business.bridge._send_one(awkward, due[0])


async def test_what_was_refused_and_left_stays_so_until_either_side_changes(business: Business) -> None:
    mapping = 'version = 1\n[[customer]]\nfrom = "name"\nto = "Mine"\npurpose = "p"\n'
    business.save("customers.csv", [{"id": "1", "Mine": "x"}])
    await business.connect(mapping=mapping)
    await business.desk.sync(business.shop.acting, limit=None)
    await business.wish("Bike")
    kept = business.rows("customers.csv")
    without = [{name: text for name, text in row.items() if name != "Mine"} for row in kept]
    business.save("customers.csv", without)
    await business.turn()
    (conflict,) = business.conflicts()
    assert conflict["reason"] == "refused"
    business.shop.do(deciding.discard, conflict["id"])
    for _ in range(2):
        await business.desk.sync(business.shop.acting, limit=None)
        await business.turn()
        assert business.conflicts() == []
    business.save("customers.csv", [row | {"more": "of it"} for row in without])
    await business.turn()
    assert [each["reason"] for each in business.conflicts()] == ["refused"]
    business.save("customers.csv", kept)
    await business.turn()
    assert business.conflicts() == []


@pytest.fixture
async def waiting(business: Business) -> Business:
    """A business with one wish that waits to be brought there."""
    await business.begin()
    await business.wish("Bike")
    wish = business.shop.do(showing.list, own=False)["items"][0]["iri"]
    business.save("opportunities.csv", [row | {"title": "x"} for row in business.rows("opportunities.csv")])
    business.shop.do(queueing.queue, [(RecordKind.OPPORTUNITY, wish)])
    return business


async def test_what_changed_under_our_hands_is_tried_again_and_then_put_before_its_owner(
    waiting: Business,
) -> None:
    for attempt in range(1, 5):
        await bring(waiting, CrmStale("It changed."))
        assert waiting.status()["waiting"][0]["attempts"] == attempt
        assert waiting.conflicts() == []
        waiting.clock.pass_time(hours=1)
    await bring(waiting, CrmMissing("It is gone."))
    assert waiting.status()["refused"] == 1
    assert waiting.conflicts()[0]["detail"] == "It is gone."
    waiting.shop.do(deciding.retry, waiting.conflicts()[0]["id"])
    await waiting.turn()
    assert (waiting.status()["refused"], waiting.status()["queued"]) == (0, 0)
    assert waiting.rows("opportunities.csv")[0]["title"] == "Bike"


async def test_what_was_asked_for_anew_meanwhile_is_tried_anew_whatever_came_of_the_last_try(
    waiting: Business,
) -> None:
    (call,) = waiting.shop.write(
        lambda db: tables.due_calls(db, waiting.shop.iri, waiting.clock.now, limit=1)
    )
    waiting.clock.pass_time(seconds=1)
    waiting.shop.do(queueing.queue, [(call.kind, call.external_id)])
    refused = CrmRefused("No.")
    waiting.shop.write(lambda db: waiting.bridge._put_off(db, waiting.shop.acting, call, refused))
    assert (waiting.status()["queued"], waiting.status()["refused"]) == (1, 0)
    assert waiting.conflicts() == []
    waiting.shop.do(connecting.disconnect)
    waiting.shop.write(lambda db: waiting.bridge._put_off(db, waiting.shop.acting, call, refused))
    assert waiting.shop.write(lambda db: tables.count_calls(db, waiting.shop.iri)) == {}


async def test_a_crm_that_never_says_what_changed_is_in_trouble_and_not_asked_in_vain(
    business: Business,
) -> None:
    await business.begin()
    await business.wish("Bike")
    failures: list[Exception] = [CrmRefused(f"No {number}.") for number in range(1, 10)]
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        mute = replace(reconciler, crm=Awkward(reconciler.crm, failures, frozenset({"changes"})))
        with pytest.raises(CrmRefused, match="No 2"):  # the first may have been of the cursor
            await business.bridge._read_changes(mute)


async def test_a_change_that_trips_over_a_defect_holds_up_no_other(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    opportunity = business.rows("opportunities.csv")[-1]["id"]
    line = {"id": "", "currency": "EUR", "valid_until": "2030-01-01", "label": "Bike", "price": "100"}
    answer = {**line, "opportunity": opportunity}
    business.save("quotations.csv", [answer | {"state": "confirmed"}, answer | {"state": "quoted"}])
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        flawed = replace(reconciler, crm=Awkward(reconciler.crm, [ValueError("a defect")]))
        await business.bridge._read_changes(flawed)
    await business.turn()
    assert business.theirs()["state"] == "offered"
    said = [conflict["detail"] for conflict in business.conflicts()]
    assert any("A defect of the node" in detail for detail in said)


async def test_a_call_that_trips_over_a_defect_is_put_before_its_owner(waiting: Business) -> None:
    await bring(waiting, ValueError("a defect"))
    (call,) = waiting.status()["waiting"]
    assert (call["state"], "A defect of the node" in call["detail"]) == ("refused", True)
    waiting.shop.do(deciding.retry, waiting.conflicts()[0]["id"])
    await waiting.turn()
    assert waiting.rows("opportunities.csv")[0]["title"] == "Bike"


async def test_what_a_system_refuses_as_a_whole_is_said_in_its_words(business: Business) -> None:
    connector = Connector()
    server = RawTestServer(connector.answer, host="127.0.0.1")
    await server.start_server()
    try:
        connector.answers = [reply(connector.on_describe({})), reply(connector.on_health({}))]
        await business.connect(adapter="webhook", address=str(server.make_url("/")), secret=SECRET)
        connector.answers = [reply({}, 422)]
        await business.bridge.turn(business.shop.iri)
    finally:
        await server.close()
    assert "refuses this (422)" in business.status()["trouble"]


class BusyConnector(Connector):
    """A system that takes so long to be looked through that something happens meanwhile."""

    def __init__(self, meanwhile: Callable[[], None]) -> None:
        super().__init__()
        self._meanwhile = [meanwhile]

    def on_changes(self, data: Any) -> Any:
        while self._meanwhile:
            self._meanwhile.pop()()
        return super().on_changes(data)


async def test_a_wish_that_comes_during_the_first_sync_is_brought_too(business: Business) -> None:
    business.clock.now = datetime.now(UTC)  # what is signed is taken within minutes
    wish = {"name": "Bike", "currency": "EUR", "audience": [business.shop.iri]}
    business.ada.do(casting.cast, wish)
    connector = BusyConnector(lambda: settle(business.ada, business.shop))
    server = RawTestServer(connector.answer, host="127.0.0.1")
    await server.start_server()
    try:
        await business.connect(adapter="webhook", address=str(server.make_url("/")), secret=SECRET)
        begun = await business.desk.sync(business.shop.acting, limit=None)
        await business.turn()
    finally:
        await server.close()
    assert begun["begun"] == 2  # our side is gone through behind the CRM's
    opportunities = [each["fields"] for each in connector.records.values() if each["kind"] == "opportunity"]
    assert [fields["title"] for fields in opportunities] == ["Bike"]


async def test_the_first_sync_wakes_whoever_follows_to_what_came_during_it(business: Business) -> None:
    await business.begin()
    begun = journal.entries_of(business.shop.db, business.shop.iri, after=0, limit=100, kinds=[ACTIVE])
    assert [each.entry.kind in FOLLOWING.kinds for each in begun] == [True]


async def test_what_is_forgotten_after_somebody_deleted_it_is_forgotten(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    said = business.ada.do(messages.write, business.theirs()["id"], "My name is on the door.")
    await business.turn()
    business.shop.receive(deletion(business.ada, business.shop, said["iri"]), business.ada)
    business.shop.follow(FOLLOWING)
    await bring(business, CrmMissing("It is gone."))
    assert (business.status()["queued"], business.conflicts()) == (0, [])


async def test_what_is_refused_waits_for_its_owner_in_the_words_of_the_crm(waiting: Business) -> None:
    await bring(waiting, CrmRefused("No.", said="the field is locked"))
    (call,) = waiting.status()["waiting"]
    assert (call["state"], call["detail"]) == ("refused", "No. It said: the field is locked")


@pytest.mark.parametrize("failure", [CrmUnavailable("Away."), CrmDenied("Who are you?")])
async def test_what_is_no_fault_of_a_thing_is_not_held_against_it(
    waiting: Business, failure: CrmError
) -> None:
    with pytest.raises(type(failure)):
        await bring(waiting, failure)
    assert waiting.status()["waiting"][0]["attempts"] == 0


async def test_a_state_that_the_crm_does_not_take_is_said_and_the_record_is_known(business: Business) -> None:
    await business.begin()
    wish = await business.wish("Bike")
    business.ada.do(ending.withdraw, wish)
    settle(business.ada, business.shop)
    business.shop.follow(FOLLOWING)
    (call,) = business.shop.write(
        lambda db: tables.due_calls(db, business.shop.iri, business.clock.now, limit=5)
    )
    async with business.bridge.reach(business.shop.iri, business.way()) as reconciler:
        awkward = Awkward(reconciler.crm, [CrmRefused("Not from here.")])
        await business.bridge._send_one(replace(reconciler, crm=awkward), call)
    assert [conflict["detail"] for conflict in business.conflicts()] == ["Not from here."]
    assert business.status()["queued"] == 0


async def test_the_loop_does_what_is_due_and_sleeps_until_the_next_look(business: Business) -> None:
    await business.begin()
    settle(business.ada, business.shop)
    wish = {"name": "Bike", "currency": "EUR", "audience": [business.shop.iri]}
    business.ada.do(casting.cast, wish)
    settle(business.ada, business.shop)
    business.shop.follow(FOLLOWING)
    loop = asyncio.create_task(business.bridge.run())
    await asyncio.to_thread(until, lambda: business.rows("opportunities.csv"), "the row")
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert business.status()["queued"] == 0


async def test_a_slow_crm_holds_up_nobody_elses(business: Business, monkeypatch: pytest.MonkeyPatch) -> None:
    served, both = list[str](), asyncio.Event()
    residents = business.bridge.residents
    business.bridge.residents = replace(residents, owners={**residents.owners, "slow": business.ada.owner})

    async def due(actor: str) -> None:
        served.append(actor)
        if len(served) > 1:
            both.set()
        await asyncio.Event().wait()  # a CRM that never answers

    monkeypatch.setattr(Bridge, "_due", lambda _self, actor: due(actor))
    loop = asyncio.create_task(business.bridge.run())
    async with asyncio.timeout(30):
        await both.wait()
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop
    assert {*served} == {business.shop.iri, business.ada.iri}


async def test_who_moved_out_is_served_no_longer(business: Business) -> None:
    residents = business.bridge.residents
    loop = asyncio.create_task(business.bridge.run())
    served = business.bridge._served
    await asyncio.to_thread(until, lambda: business.shop.iri in served, "somebody to serve it")
    business.bridge.residents = replace(residents, owners={})
    served[business.shop.iri].set()
    await asyncio.to_thread(until, lambda: not served, "nobody to serve it")
    loop.cancel()
    with pytest.raises(asyncio.CancelledError):
        await loop


async def test_a_crm_that_rests_is_left_in_peace_until_then(business: Business) -> None:
    await business.begin()
    business.folder.rename(business.folder.with_name("away"))
    await business.bridge.turn(business.shop.iri)
    rests = business.status()["rests_until"]
    due = await business.bridge._due(business.shop.iri)
    assert due is not None
    assert (render_time(due), business.status()["rests_until"]) == (rests, rests)


async def test_a_defect_in_a_whole_turn_rests_the_crm_and_says_where_to_look(
    business: Business, monkeypatch: pytest.MonkeyPatch
) -> None:
    await business.begin()

    async def changes(_self: Spreadsheet, _cursor: str) -> ChangesPage:
        raise ValueError("a defect")

    monkeypatch.setattr(Spreadsheet, "changes", changes)
    due = await business.bridge._due(business.shop.iri)
    status = business.status()
    assert due is not None
    assert (render_time(due), "its log says more" in status["trouble"]) == (status["rests_until"], True)


async def test_nobodys_crm_is_looked_at_where_there_is_none(business: Business) -> None:
    assert await business.bridge._due(business.shop.iri) is None
    await business.bridge.turn(business.shop.iri)
    await business.connect()
    assert await business.bridge._due(business.shop.iri) is None


async def test_a_cursor_of_another_day_is_begun_anew(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    connection = business.shop.write(lambda db: tables.load_connection(db, business.shop.iri))
    foreign = replace(connection, cursor="none of ours")
    business.shop.write(lambda db: tables.save_connection(db, foreign))
    await business.quote()
    assert business.theirs()["state"] == "offered"


async def test_a_locked_node_speaks_with_no_crm_until_its_owner_says_so(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    business.shop.write(lambda db: security.lock(db, business.shop.acting))
    opportunity = business.rows("opportunities.csv")[0]["id"]
    business.save("notes.csv", [{"id": "", "opportunity": opportunity, "text": "@customer Pay here instead"}])
    business.ada.do(messages.write, business.theirs()["id"], "My name is on the door.")
    settle(business.ada, business.shop)
    business.shop.follow(FOLLOWING)
    business.clock.pass_time(days=30)
    due = await business.bridge._due(business.shop.iri)
    assert due is not None
    assert due > business.clock.now
    assert "locked" in business.status()["trouble"]
    assert business.status()["queued"] == 1
    assert not any("door" in note["text"] for note in business.rows("notes.csv"))
    assert len(business.ada.do(messages.list, business.theirs()["id"])["items"]) == 1
    # A turn that was under way ends it no sooner.
    await business.desk.sync(business.shop.acting, limit=1)
    assert "locked" in business.status()["trouble"]
    await business.desk.sync(business.shop.acting, limit=None)
    await business.turn()
    assert (business.status()["trouble"], business.status()["rests_until"]) == (None, None)
    assert any("door" in note["text"] for note in business.rows("notes.csv"))


async def test_who_connects_a_crm_is_heard_of(business: Business) -> None:
    phone = notices.ChannelRow(
        id="ch_1",
        actor=business.shop.iri,
        person=business.shop.handle,
        medium="push",
        address="Phone",
        config={},
        added_at=business.clock.now,
    )
    business.shop.write(lambda db: notices.save_channel(db, phone))
    await business.connect()
    heard = business.shop.write(
        lambda db: notices.count_notices(db, business.shop.iri, "ch_1", NoticeKind.SECURITY, most=9)
    )
    assert heard == 1


async def noted(business: Business, *texts: str) -> list[str]:
    """Write notes to a quotation, and return what the customer has been told."""
    quotation = business.rows("quotations.csv")[0]["id"]
    mine: list[Cells] = [{"id": "", "quotation": quotation, "text": text} for text in texts]
    business.save("notes.csv", [*business.rows("notes.csv"), *mine])
    await business.turn()
    said = business.ada.do(messages.list, business.theirs()["id"])["items"]
    return [message["content"] for message in said]


async def test_the_word_may_stand_in_a_line_of_its_own(business: Business) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    said = await noted(
        business,
        "@customer\nDear Ada,\nit is here.",
        "@customers ask",
        "to @customer",
        "@customer",
        "@customer's dog",
        "@Customer: by noon",
    )
    assert said == ["Dear Ada,\nit is here.", "by noon"]


@pytest.mark.parametrize("limit", [50, None])
async def test_who_connects_a_crm_again_sends_no_message_twice(business: Business, limit: int | None) -> None:
    await business.begin()
    await business.wish("Bike")
    await business.quote()
    told = ["Hello", "Any news?"]
    assert await noted(business, *(f"@customer {text}" for text in told)) == told
    business.shop.do(connecting.disconnect)
    business.ada.do(offers.reject, business.theirs()["id"])
    settle(business.ada, business.shop)
    await business.connect()
    await business.desk.sync(business.shop.acting, limit=limit)
    await business.desk.sync(business.shop.acting, limit=None)
    assert await noted(business) == told
    assert not any("not sent" in note["text"] for note in business.rows("notes.csv"))
    assert await noted(business, "@customer Any news?") == [*told, "Any news?"]
