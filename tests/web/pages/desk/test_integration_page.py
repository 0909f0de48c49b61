"""Integration over real HTTP: which CRM is connected, how it stands, what waits, and what is decided."""

import asyncio
import os
import re
import threading
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from node.core.crm_mapping import STRANGERS
from node.core.crm_sayings import DENIED, NO_NOTES
from node.core.records import RecordKind
from node.crm.registry import default_mapping
from node.storage import crm as tables
from node.storage.session import Session
from protocol.strictjson import Document
from tests.crm.editor import Cells, Editor
from tests.web.browsing import Browser
from tests.web.house import until
from tests.web.pages.desk.dealing import HOSTILE, Dealing, dealing, familiar, holes
from tests.web.pages.test_live import listen, values_of

pytestmark = pytest.mark.asyncio(loop_scope="module")

HERE = "/desk/integration"
TITLED = 'to = "title"\nowner = "customer"'
MANUAL = default_mapping("spreadsheet").replace(TITLED, TITLED.replace("customer", "manual"))


@dataclass(frozen=True)
class Office:
    """A business whose CRM is a folder of spreadsheets, and its customers."""

    deal: Dealing
    folder: Path

    @property
    def editor(self) -> Editor:
        return Editor(self.folder)

    async def api(self, method: str, path: str, body: Document | None = None) -> Any:
        answer = await self.deal.dealer.owner(method, f"/crm{path}", body)
        assert answer.status < 300, answer.body
        return answer.json

    async def connect(self, **members: str) -> None:
        await self.api("POST", "", {"adapter": "spreadsheet", "address": str(self.folder), **members})

    async def begin(self, **members: str) -> None:
        await self.connect(**members)
        await self.api("POST", "/sync", {})

    async def page(self, path: str = HERE, **headers: str) -> str:
        answer = await self.deal.desk.get(path, **headers)
        assert answer.status == 200, answer.body
        text = answer.body.decode()
        assert holes(text) == []
        return text

    async def press(self, path: str, **fields: str) -> str:
        answer = await self.deal.desk.post(path, **fields)
        assert answer.status == 303, answer.body
        return answer.headers["Location"]

    def rows(self, name: str = "opportunities.csv") -> list[Cells]:
        return self.editor.read(name) if (self.folder / name).exists() else []

    async def arrived(self, *names: str) -> None:
        """Let a customer wish for things, and wait until they stand in the spreadsheet."""
        for name in names:
            await self.deal.ask(self.deal.ada, name)

        async def is_there() -> bool:
            shown = await self.api("GET", "")
            return not shown["queued"] and {row["title"] for row in self.rows()} >= {*names}

        await until(is_there)
        await self.look()  # so that what was written has been seen, too

    async def look(self) -> None:
        """Have the node look at the spreadsheets now, and bring there what waits."""
        await self.api("POST", "/sync", {"limit": 100})

    def delete(self, *titles: str) -> None:
        """Let somebody delete rows; the columns stay."""
        head, *lines = (self.folder / "opportunities.csv").read_text("utf-8-sig").splitlines(keepends=True)
        kept = [line for line in lines if not any(title in line for title in titles)]
        (self.folder / "opportunities.csv").write_text("".join([head, *kept]), "utf-8")

    async def wished(self, *names: str) -> list[str]:
        """Let a customer wish for things, and wait until the node has them; return their addresses."""
        made = [await self.deal.ask(self.deal.ada, name) for name in names]

        async def are_there() -> bool:
            listed = (await self.deal.dealer.owner("GET", "/intentions?limit=100")).json["items"]
            return {wish["iri"] for wish in listed} >= {wish["iri"] for wish in made}

        await until(are_there)
        return [str(wish["iri"]) for wish in made]

    async def disputed(self, title: str) -> None:
        """Let an opportunity stand in the spreadsheets under another title than the customer gave it."""
        (iri,) = await self.wished("Bike")
        row = {"id": "7", "freehold": iri, "title": title, "state": "open"}
        self.editor.save("opportunities.csv", [row])
        await self.begin(mapping=MANUAL)

    async def counts(self) -> Document:
        """How much is to be decided, by the reason."""
        await self.look()
        counts: Document = (await self.api("GET", "/conflicts"))["counts"]
        return counts


@pytest_asyncio.fixture(loop_scope="module")
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    """A business that has connected nothing yet."""
    folder = tmp_path / "office"
    folder.mkdir()
    async with dealing(tmp_path, stocked=False) as deal:
        yield Office(deal, folder)


def headline(page: str) -> str:
    """Return what a page says is so."""
    (found,) = re.findall(r"<h1[^>]*>([^<]*)</h1>", page)
    return unescape(found)


async def test_without_a_crm_the_page_says_what_one_would_do(office: Office) -> None:
    page = await office.page()
    assert headline(page) == "No CRM is connected."
    assert f'href="{HERE}/connect"' in page
    asked = await office.deal.desk.get(HERE, Accept="application/json")
    assert (asked.status, asked.json["code"]) == (404, "crm-missing")
    assert f'href="{HERE}"' in await office.page("/desk/more")


async def test_it_says_how_it_stands_and_a_program_gets_what_the_api_answers(office: Office) -> None:
    await office.connect()
    page = await office.page()
    assert headline(page) == "It is connected. Nothing has begun yet."
    assert str(office.folder) in page
    await office.api("POST", "/sync", {})
    await office.arrived(f"Bike {HOSTILE}")
    page = await office.page()
    assert headline(page) == "Both sides are kept alike."
    assert "1 customer, 1 opportunity" in page
    assert "every 5 seconds" in page
    shown = await office.deal.desk.get(HERE, Accept="application/json")
    assert shown.json == await office.api("GET", "")
    german = await office.page(**{"Accept-Language": "de"})
    assert (headline(german), familiar(german)) == ("Beide Seiten sind auf gleichem Stand.", [])


async def test_a_record_that_was_deleted_is_made_anew_or_left_away(office: Office) -> None:
    await office.begin()
    await office.arrived("Bike")
    office.delete("Bike")
    assert await office.counts() == {"deleted": 1}
    page = await office.page()
    assert headline(page) == "One thing is for you to decide."
    assert "Opportunity: <bdi>Bike</bdi>" in page
    (action,) = re.findall(rf'action="({HERE}/conflicts/[^"]*/retry)"', page)
    assert await office.press(action) == HERE
    again = await office.deal.desk.post(action)  # the same form does it once
    assert (again.status, b"Done already at " in again.body) == (409, True)
    assert await office.counts() == {}
    assert [row["title"] for row in office.rows()] == ["Bike"]
    await office.look()
    office.delete("Bike")
    assert await office.counts() == {"deleted": 1}
    (action,) = re.findall(rf'action="({HERE}/conflicts/[^"]*/discard)"', await office.page())
    assert await office.press(action) == HERE
    assert (await office.api("GET", ""))["conflicts"] == 0


async def test_many_deleted_records_are_one_thing_to_decide(office: Office) -> None:
    await office.begin()
    await office.arrived("Bike", "Tandem", "Trike")
    before = (await office.deal.dealer.owner("GET", "/journal?limit=100")).json["items"]
    office.delete("Bike", "Tandem", "Trike")
    assert await office.counts() == {"deleted": 3}
    after = (await office.deal.dealer.owner("GET", "/journal?limit=100")).json["items"]
    assert [entry["kind"] for entry in after[len(before) :]] == ["crm.conflict"]
    page = await office.page()
    assert headline(page) == "Three things are for you to decide."
    assert "3 records were deleted in the CRM" in page
    assert f'action="{HERE}/conflicts/' not in page
    one_by_one = await office.page(f"{HERE}/conflicts?reason=deleted")
    assert one_by_one.count(f'action="{HERE}/conflicts/') == 6
    assert await office.press(f"{HERE}/conflicts", reason="deleted", decision="retry") == HERE
    assert await office.counts() == {}
    assert {row["title"] for row in office.rows()} == {"Bike", "Tandem", "Trike"}
    refused = await office.deal.desk.post(f"{HERE}/conflicts", reason="moved", decision="retry")
    assert refused.status == 422


async def test_what_is_to_be_decided_comes_in_pages(office: Office) -> None:
    all_of_them = default_mapping("spreadsheet").replace(f"strangers = {STRANGERS}", 'strangers = "all"')
    await office.begin(mapping=all_of_them)
    names = [f"Bike {number}" for number in range(30)]
    await office.arrived(*names)
    office.delete(*names)
    assert await office.counts() == {"deleted": 30}
    first = await office.api("GET", "/conflicts?limit=25")
    rest = await office.api("GET", f"/conflicts?limit=25&cursor={first['next']}")
    found = [item["name"] for item in (*first["items"], *rest["items"])]
    assert (sorted(found), rest["next"]) == (sorted(names), None)
    page = await office.page(f"{HERE}/conflicts")
    (older,) = re.findall(r'href="([^"]*cursor=[^"]*)"', page)
    rest_page = await office.page(unescape(older))
    assert sorted(re.findall(r"<bdi>(Bike \d+)</bdi></h2>", page + rest_page)) == sorted(names)
    shown = await office.deal.desk.get(f"{HERE}/conflicts", Accept="application/json")
    assert shown.json == first
    assert (await office.deal.desk.get(f"{HERE}/conflicts?reason=moved")).status == 422


@pytest.mark.parametrize("choice", ["ours", "theirs"])
async def test_whose_value_holds_is_decided_on_both_as_they_were_shown(office: Office, choice: str) -> None:
    await office.disputed("Hansen")
    assert await office.counts() == {"changed": 1}
    page = await office.page()
    assert [text in page for text in ("Hansen", "Belongs to: you decide", "Both sides changed it")] == [
        True
    ] * 3
    (action,) = set(re.findall(rf'action="({HERE}/conflicts/[^"]*/choose)"', page))
    (seen,) = set(re.findall(r'name="seen" value="([^"]*)"', page))
    await office.editor.change(RecordKind.OPPORTUNITY, "7", "title", "Hansen & Co")
    await office.look()
    stale = await office.deal.desk.post(action, choice=choice, field="title", seen=seen)
    assert stale.status == 409
    assert b"See how it stands now" in stale.body
    page = await office.page()
    assert "Hansen &amp; Co" in page
    (seen,) = set(re.findall(r'name="seen" value="([^"]*)"', page))
    assert (await office.deal.desk.post(action, choice="both", field="title", seen=seen)).status == 422
    await office.page()
    assert await office.press(action, choice=choice, field="title", seen=seen) == HERE
    title = "Bike" if choice == "ours" else "Hansen & Co"
    for _ in range(2):  # and it stays so
        assert await office.counts() == {}
        assert [row["title"] for row in office.rows()] == [title]
        await office.editor.change(RecordKind.OPPORTUNITY, "7", "source", "Fair")
    chosen = (await office.deal.dealer.owner("GET", "/journal?limit=100")).json["items"][-1]
    assert (chosen["kind"], chosen["decision"]["done"]) == ("crm.decided", choice)


async def test_a_field_of_no_conflict_is_not_chosen(office: Office) -> None:
    await office.disputed("Hansen")
    assert await office.counts() == {"changed": 1}
    (item,) = (await office.api("GET", "/conflicts"))["items"]
    path = f"/crm/conflicts/{item['id']}"
    assert (await office.deal.dealer.owner("GET", path)).json == item
    choice = {"choice": "ours", "seen": item["seen"], "field": "reason"}
    refused = await office.deal.dealer.owner("POST", f"{path}/choose", choice)
    assert (refused.status, refused.json["code"]) == (422, "crm-no-choice")


async def test_a_folder_is_connected_looked_at_synced_compared_and_let_go(office: Office) -> None:
    desk = office.deal.desk
    await office.wished("Bike")
    kinds = await office.page(f"{HERE}/connect")
    assert f'href="{HERE}/connect/spreadsheet"' in kinds
    german = (await desk.get(f"{HERE}/connect", **{"Accept-Language": "de"})).body.decode()
    assert "Kontakte und Deals" in german
    assert "<span lang=" not in german
    assert (await desk.get(f"{HERE}/connect/ledger")).status == 404
    await office.page(f"{HERE}/connect/spreadsheet")
    wrong = await desk.post(f"{HERE}/connect/spreadsheet", address=str(office.folder / "nowhere"))
    assert wrong.status == 422
    said = "This folder is not there, or your node may not read it."
    assert said in wrong.body.decode()
    assert str(office.folder / "nowhere") in wrong.body.decode()
    await office.page(f"{HERE}/connect/spreadsheet")
    assert await office.press(f"{HERE}/connect/spreadsheet", address=str(office.folder)) == HERE
    again = await desk.post(f"{HERE}/connect/spreadsheet", address=str(office.folder))
    assert (again.status, b"Done already at " in again.body) == (409, True)
    assert "A CRM is connected already." in await office.page(f"{HERE}/connect")
    plan = await office.page(f"{HERE}/plan")
    assert headline(plan) == "Two records would be written."
    assert ("Belongs to: the customer" in plan, office.rows()) == (True, [])
    shown = await desk.get(f"{HERE}/plan", Accept="application/json")
    assert shown.json == await office.api("GET", "/plan")
    assert await office.press(f"{HERE}/sync") == HERE
    await until(lambda: [row["title"] for row in office.rows()] == ["Bike"])
    assert b"Done already at " in (await desk.post(f"{HERE}/sync")).body
    assert headline(await office.page(f"{HERE}/plan")) == "Nothing would be written."
    assert headline(await office.page(f"{HERE}/verify")) == "Both sides are alike."
    await office.editor.change(RecordKind.OPPORTUNITY, office.rows()[0]["id"], "title", "Tandem")
    compared = await desk.get(f"{HERE}/verify", Accept="application/json")
    assert {*compared.json} == {"alike", "items"}
    leave = await office.page(f"{HERE}/disconnect")
    assert [text in leave for text in ("1 customer", "1 opportunity", "What stays there")] == [True] * 3
    assert await office.press(f"{HERE}/disconnect") == HERE
    assert headline(await office.page()) == "No CRM is connected."
    assert len(office.rows()) == 1
    assert (await desk.get(f"{HERE}/plan")).status == 404


async def test_a_key_is_typed_once_and_shown_nowhere(office: Office) -> None:
    desk = office.deal.desk
    assert "In Tryton it stands in your Preferences" in await office.page(f"{HERE}/connect/tryton")
    typed = {"address": "http://127.0.0.1:9", "option-database": "crm", "token": "key-nobody-sees"}
    wrong = await desk.send_form(f"{HERE}/connect/tryton", typed)
    assert wrong.status == 422
    text = wrong.body.decode()
    assert "The CRM could not be reached (connection-refused): does it run, and is its address right?" in text
    assert ('value="crm"' in text, "key-nobody-sees" in text) == (True, False)
    german = await desk.get(f"{HERE}/connect/tryton", **{"Accept-Language": "de"})
    assert familiar(german.body.decode()) == []


@pytest.mark.parametrize(
    ("status", "field", "said"),
    [
        (401, "token", "Tryton nimmt den Schlüssel nicht an."),
        (404, "option-database", "Unter dieser Adresse antwortet kein Tryton mit dieser Datenbank."),
        (503, "address", "Das CRM kann gerade nicht antworten (503)."),
    ],
)
async def test_what_is_wrong_stands_at_its_field_in_the_readers_language(
    office: Office, status: int, field: str, said: str
) -> None:
    async def answer(_request: web.BaseRequest) -> web.Response:
        return web.json_response({}, status=status)

    server = RawTestServer(answer, host="127.0.0.1")
    await server.start_server()
    typed = {"address": str(server.make_url("")), "option-database": "crm", "token": "a-key"}
    german = {"Accept-Language": "de"}
    try:
        await office.page(f"{HERE}/connect/tryton")
        wrong = await office.deal.desk.send_form(f"{HERE}/connect/tryton", typed, **german)
    finally:
        await server.close()
    text = unescape(wrong.body.decode())
    assert (wrong.status, said in text, "Auf Englisch" in text) == (422, True, False)
    assert re.findall(r'<a href="#(?:f-)?([a-z-]+)"[^>]*>' + re.escape(said), text) == [field]


async def test_what_a_quotation_lacks_is_said_in_the_readers_language(office: Office) -> None:
    await office.begin()
    await office.arrived("Bike")
    (opportunity,) = office.rows()
    row = {"id": "", "opportunity": opportunity["id"], "state": "quoted", "label": "Bike"}
    office.editor.save("quotations.csv", [row])
    assert await office.counts() == {"incomplete": 1}
    german = unescape(await office.page(**{"Accept-Language": "de"}))
    assert "Das ist nicht als Angebot hinausgegangen." in german
    assert "Es sagt nicht, bis zu welchem Tag es gilt." in german
    assert "Auf Englisch" not in german


async def test_only_the_owner_connects_and_lets_go_and_everybody_decides(office: Office) -> None:
    await office.begin()
    await office.arrived("Bike")
    office.delete("Bike")
    assert await office.counts() == {"deleted": 1}
    await office.deal.dealer.owner("POST", "/persons", {"name": "Bea Ott"})
    bea = Browser(office.deal.dealer)
    await bea.sign_in(person="Bea Ott")
    page = (await bea.get(HERE)).body.decode()
    assert f"{HERE}/disconnect" not in page
    (action,) = re.findall(rf'action="({HERE}/conflicts/[^"]*/discard)"', page)
    refused = [
        (await bea.get(f"{HERE}/connect")).status,
        (await bea.post(f"{HERE}/connect/spreadsheet", address="/")).status,
        (await bea.get(f"{HERE}/disconnect")).status,
        (await bea.post(f"{HERE}/disconnect")).status,
    ]
    assert refused == [403] * 4
    await bea.get(HERE)
    assert (await bea.post(action)).status == 303
    assert "by Bea Ott" in (await bea.get("/journal")).body.decode()


async def test_a_crm_that_is_away_is_said_and_what_waits_is_tried_later_or_dropped(office: Office) -> None:
    await office.begin()
    await office.arrived("Bike")
    moved = office.folder.rename(office.folder.parent / "moved")
    await office.wished("Tandem")
    await office.deal.dealer.owner("POST", "/crm/sync", {"limit": 1})

    async def is_away() -> bool:
        shown = await office.api("GET", "")
        return bool(shown["health"] == "unreachable" and shown["queued"])

    await until(is_away)
    page = await office.page()
    assert headline(page) == "Your CRM cannot be reached."
    assert "Opportunity: <bdi>Tandem</bdi>" in page
    assert "It waits until the CRM can be reached" in page
    assert f"{HERE}/waiting/" in page
    away = await office.deal.desk.get(f"{HERE}/plan")
    assert (away.status, headline(away.body.decode())) == (409, "Your CRM cannot be reached.")
    asked = await office.deal.desk.get(f"{HERE}/verify", Accept="application/json")
    assert (asked.status, asked.json["code"]) == (409, "crm-unreachable")
    german = await office.page(**{"Accept-Language": "de"})
    assert (headline(german), familiar(german)) == ("Ihr CRM ist nicht zu erreichen.", [])
    listed = await office.api("GET", "/waiting?state=queued")
    shown = await office.deal.desk.get(f"{HERE}/waiting?state=queued", Accept="application/json")
    assert shown.json == listed
    id = next(item["id"] for item in listed["items"] if item["name"] == "Tandem")
    await office.page(f"{HERE}/waiting")
    assert await office.press(f"{HERE}/waiting/{id}/retry") == HERE
    await office.page(f"{HERE}/waiting")
    assert await office.press(f"{HERE}/waiting/{id}/discard") == HERE
    names = [item["name"] for item in (await office.api("GET", "/waiting"))["items"]]
    assert "Tandem" not in names
    moved.rename(office.folder)


async def test_a_locked_node_says_that_nothing_goes_there(office: Office) -> None:
    await office.begin()
    assert (await office.deal.dealer.owner("POST", "/security/lock")).status < 300
    await office.deal.desk.sign_in()
    page = await office.page()
    assert headline(page) == "Nothing goes into your CRM since your node was locked."
    assert "9999" not in page
    plan = await office.page(f"{HERE}/plan")
    assert "Keep both sides alike from now on" in plan
    assert await office.press(f"{HERE}/sync") == HERE
    assert headline(await office.page()) == "Both sides are kept alike."


def saved_on_and_on(path: Path, stop: threading.Event) -> None:
    """Save a file again and again, so that it does not rest until somebody says so."""
    while not stop.wait(0.1):
        os.utime(path)


@pytest.mark.parametrize("way", ["page", "token"])
async def test_what_was_begun_before_a_lock_begins_nothing_after_it(office: Office, way: str) -> None:
    """Whoever was in may have a CRM of their own answer as slowly as they like."""
    await office.connect()
    dealer, desk = office.deal.dealer, office.deal.desk
    bearer = {"Authorization": f"Bearer {await dealer.token('write')}", "Content-Type": "application/json"}
    await office.page(f"{HERE}/plan")
    customers = office.folder / "customers.csv"
    customers.write_text("id,name\n1,Walk-in\n")  # read once it rests
    slow = (
        desk.post(f"{HERE}/sync")
        if way == "page"
        else dealer.request("POST", "/api/v1/crm/sync", b"{}", bearer)
    )
    stop, saving = threading.Event(), threading.Thread(target=lambda: saved_on_and_on(customers, stop))
    saving.start()
    try:
        begun = asyncio.create_task(slow)
        await until(lambda: dealer.runtime.running > 0)
        assert (await dealer.owner("POST", "/security/lock")).status < 300
        assert not begun.done()
    finally:
        stop.set()
        saving.join()
    assert (await begun).status == 401
    shown = await office.api("GET", "")
    assert (shown["active"], shown["health"]) == (False, "unstarted")


async def test_an_open_page_hears_how_it_stands(office: Office) -> None:
    await office.begin()
    await office.arrived("Bike")
    page = await office.page()
    (also,) = re.findall(r'data-also="([^"]*)"', page)
    (after,) = re.findall(r'data-after="([^"]*)"', page)
    assert "crm.conflict" in re.findall(r'data-kinds="([^"]*)"', page)[0]
    query = f"?after={after}{unescape(also)}"
    async with listen(office.deal.dealer, office.deal.desk, query) as stream:
        assert (await values_of(stream))["conflicts"] == "0"
        office.delete("Bike")
        await office.look()
        _, kind, told = await stream.event()
        assert (kind, told["record"], told["reason"]) == ("crm.conflict", "opportunity", "deleted")
        while (values := await values_of(stream))["conflicts"] != "1":
            pass
        assert values["headline"] == "One thing is for you to decide."


async def test_a_key_that_is_taken_no_more_is_said_and_a_new_one_is_a_step_away(office: Office) -> None:
    await office.connect()  # and no more: a look that ends meanwhile would say that it answers
    dealer, form = office.deal.dealer, f"{HERE}/connect/spreadsheet"

    def shut_out(session: Session) -> None:
        row = tables.load_connection(session, dealer.iri)
        assert row is not None
        rests, trouble = dealer.clock() + timedelta(hours=1), DENIED % {"status": 401}
        tables.save_connection(session, replace(row, failures=1, rests_until=rests, trouble=trouble))

    await dealer.runtime.store.write(shut_out)
    german = await office.page(**{"Accept-Language": "de"})
    assert (headline(german), familiar(german)) == ("Ihr CRM lässt Ihr Freehold nicht ein.", [])
    assert "Ihr Knoten versucht es von selbst wieder" not in german
    assert f'href="{form}">Neuen Schlüssel geben</a>' in german
    assert f'value="{office.folder}"' in await office.page(form)


async def test_what_a_key_may_not_is_said_until_another_one_may(office: Office) -> None:
    may = {"administrator": 0}

    async def preferences(_: web.BaseRequest) -> web.Response:
        return web.json_response({"company": 1, **may})

    async with RawTestServer(preferences, host="127.0.0.1") as tryton:
        reached = {"address": f"http://127.0.0.1:{tryton.port}", "options": {"database": "crm"}}
        body = {"adapter": "tryton", "secret": "a" * 32, **reached}
        assert (await office.api("POST", "", body))["caution"] == NO_NOTES
        german = await office.page(**{"Accept-Language": "de"})
        assert "ist in Tryton kein Administrator" in german
        assert familiar(german) == []
        may["administrator"] = 1
        assert (await office.api("POST", "", body))["caution"] is None
        assert "kein Administrator" not in await office.page(**{"Accept-Language": "de"})
