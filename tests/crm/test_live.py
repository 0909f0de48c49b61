"""Two real nodes, and a business that sees nothing of Freehold but rows of its spreadsheets.

The customer speaks with its node's owner API, the business with a folder of CSV files alone; only connecting
and looking are typed there.
"""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from node.core.records import RecordKind
from node.crm import registry
from node.sandbox.nodes import COMMAND, CommandError, Node, environment, until
from protocol.documents import Document
from tests.crm.editor import Cells, Editor
from tests.faults.ends import ROOMY, running
from tests.ports import steady_port

pytestmark = pytest.mark.slow

SOON = 120.0  # seconds: a look at the spreadsheet every thirty, and some for a busy machine


class Office:
    """The business's people: their folder, and the rows they see."""

    def __init__(self, folder: Path, customer: Node, business: Node) -> None:
        folder.mkdir()
        self.editor, self.folder = Editor(folder), folder
        self.customer, self.business = customer, business

    def rows(self, name: str) -> list[Cells]:
        return self.editor.read(name) if (self.folder / name).exists() else []

    def told(self, *words: str) -> str:
        """Return what a command prints for a person."""
        typed = [*COMMAND, "--data", str(self.business.folder), *words]
        ended = subprocess.run(
            typed, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )
        return ended.stdout + ended.stderr

    def row(self, name: str, **cells: str) -> Cells:
        """Wait for a row with these cells."""
        found = until(
            lambda: [row for row in self.rows(name) if cells.items() <= row.items()],
            f"a row with {cells} in {name}",
            seconds=SOON,
        )
        return found[-1]

    def change(self, name: str, id: str, **cells: str) -> None:
        rows = self.rows(name)
        self.editor.save(name, [row | cells if row["id"] == id else row for row in rows])

    def add(self, name: str, **cells: str) -> None:
        self.editor.save(name, [*self.rows(name), {"id": "", **cells}])

    def note(self, text: str) -> Cells:
        """Wait for a note in which this stands."""
        found = until(
            lambda: [row for row in self.rows("notes.csv") if text in row["text"]],
            f"a note with {text!r}",
            seconds=SOON,
        )
        return found[-1]

    def wish(self, name: str, **members: object) -> str:
        """Let the customer cast a wish; return its id there."""
        wish = {"name": name, "currency": "EUR", "audience": [self.business.actor], **members}
        return str(self.customer.api.request("POST", "/intentions", wish)["id"])

    def arrived(self, names: list[str]) -> bool:
        """Say whether wishes of these names have come to the business."""
        known = {wish["name"] for wish in self.business.api.get("/intentions", limit=100)["items"]}
        return known.issuperset(names)

    def offer(self, wish: str, state: str, **members: object) -> Document:
        """Wait until the customer has an offer to a wish that stands so."""

        def find() -> list[Document]:
            offers = self.customer.api.get("/offers")["items"]
            return [
                offer
                for offer in offers
                if (offer["intention"], offer["state"]) == (wish, state) and members.items() <= offer.items()
            ]

        return until(find, f"an offer {state} with {members}", seconds=SOON)[0]

    def quote(self, opportunity: Cells, **cells: str) -> None:
        """Write a quotation into the next free row."""
        line = {
            "customer": opportunity["customer"],
            "opportunity": opportunity["id"],
            "state": "quoted",
            "currency": "EUR",
            "valid_until": "31.12.2098",
            "label": "Fibre 500",
            "price": "39,90",
            "per": "month",
        }
        self.add("quotations.csv", **{**line, **cells})


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("crm")
    customer = Node(folder / "ada", "ada", "Ada", "person", steady_port(), settings=ROOMY)
    business = Node(folder / "fibre", "fibre", "Fibre Nord", "organization", steady_port(), settings=ROOMY)
    with running(customer, business):
        office = Office(folder / "office", customer, business)
        business.run("crm", "connect", "spreadsheet", str(office.folder))
        yield office


def test_nothing_is_written_before_a_sync_and_a_few_first(office: Office) -> None:
    office.wish("Phone")
    until(lambda: office.business.api.get("/intentions")["items"], "the wish to arrive")
    planned = office.business.run("crm", "plan")["items"]
    assert [(item["kind"], item["action"]) for item in planned] == [
        ("customer", "create"),
        ("opportunity", "create"),
    ]
    assert office.rows("opportunities.csv") == []
    office.business.run("crm", "sync", "--limit", "1")
    assert [row["name"] for row in office.rows("customers.csv")] == ["Ada"]
    assert office.rows("opportunities.csv") == []
    office.business.run("crm", "sync")
    assert office.row("opportunities.csv", title="Phone")["state"] == "open"


def test_a_wish_is_answered_countered_and_agreed_on_from_rows_alone(office: Office) -> None:
    wish = office.wish(
        "=Fibre",
        content="At home",
        specifications=[{"property": "speed", "at_least": "500", "unit": "Mbit/s"}],
        limit_price="45",
        notes="my secret",
    )
    opportunity = office.row("opportunities.csv", title="'=Fibre")
    assert "speed: at least 500 Mbit/s (must)" in opportunity["wishes"]
    written = "".join(path.read_text("utf-8") for path in office.folder.glob("*.csv"))
    assert "my secret" not in written

    office.quote(opportunity)
    offer = office.offer(wish, "offered", name="=Fibre")
    assert offer["price"] == [
        {"kind": "recurring", "amount": "39.90", "currency": "EUR", "label": "Fibre 500", "per": "month"}
    ]
    quotation = office.row("quotations.csv", freehold=offer["negotiation"], state="quoted")

    office.customer.api.request("POST", f"/offers/{offer['id']}/messages", {"content": "Is there a router?"})
    asked = office.note("Is there a router?")
    assert (asked["author"].partition(" (")[0], asked["quotation"]) == ("Ada", quotation["id"])
    office.add("notes.csv", quotation=quotation["id"], text="@customer Yes, it is included.")
    office.add("notes.csv", quotation=quotation["id"], text="She haggles.")
    messages = f"/offers/{offer['id']}/messages"
    until(lambda: len(office.customer.api.get(messages)["items"]) == 2, "the answer", seconds=SOON)
    assert office.customer.api.get(messages)["items"][1]["content"] == "Yes, it is included."

    price = [{"kind": "recurring", "amount": "34.90", "currency": "EUR", "per": "month"}]
    office.customer.api.request("POST", f"/offers/{offer['id']}/counter", {"terms": {"price": price}})
    office.note("The customer asks for other terms: 34.90 EUR each month")
    office.change("quotations.csv", quotation["id"], price="35.90")
    offer = office.offer(wish, "offered", rounds=2)
    assert offer["price"][0]["amount"] == "35.90"

    office.customer.api.request("POST", f"/offers/{offer['id']}/accept", {})
    office.row("quotations.csv", id=quotation["id"], state="confirmed")
    office.row("opportunities.csv", id=opportunity["id"], state="won")
    file = office.row("files.csv", quotation=quotation["id"])
    evidence = office.folder / "files" / f"{file['id']}-{file['name']}"
    assert office.customer.run("agreement", "verify", str(evidence))["grade"]
    assert json.loads(evidence.read_bytes())
    verified = office.business.run("crm", "verify")
    assert [item for item in verified["items"] if not item["alike"]] == []


def test_what_is_missing_is_written_back_and_nothing_goes_out(office: Office) -> None:
    wish = office.wish("Television")
    opportunity = office.row("opportunities.csv", title="Television")
    office.quote(opportunity, currency="", price="1.250", valid_until="soon")
    note = office.note("This did not go out as an offer.")
    for what in ("currency", "price", "day until which"):
        assert what in note["text"]
    (quotation,) = [row for row in office.rows("quotations.csv") if row["opportunity"] == opportunity["id"]]
    assert note["quotation"] == quotation["id"]
    conflicts = office.business.run("crm", "conflicts")["items"]
    assert [item["reason"] for item in conflicts if item["crm_id"] == quotation["id"]] == ["incomplete"]
    office.change("quotations.csv", quotation["id"], currency="eur", price="12.50", valid_until="2098-12-31")
    assert office.offer(wish, "offered")["total"] is None
    conflicts = office.business.run("crm", "conflicts")["items"]
    assert [item for item in conflicts if item["crm_id"] == quotation["id"]] == []


def test_what_nobody_signed_is_put_back_with_a_note(office: Office) -> None:
    wish = office.wish("Hosting")
    opportunity = office.row("opportunities.csv", title="Hosting")
    office.quote(opportunity, per="")
    offer = office.offer(wish, "offered")
    quotation = office.row("quotations.csv", freehold=offer["negotiation"])
    office.change("quotations.csv", quotation["id"], state="confirmed")
    assert office.note("Only what both sides have signed")["quotation"] == quotation["id"]
    office.row("quotations.csv", id=quotation["id"], state="quoted")
    assert office.offer(wish, "offered")["id"] == offer["id"]
    office.change("quotations.csv", quotation["id"], state="cancelled")
    office.offer(wish, "withdrawn")


def test_a_rejected_offer_is_cancelled_with_its_reason_and_a_wish_taken_back_is_lost(office: Office) -> None:
    wish = office.wish("Backup")
    opportunity = office.row("opportunities.csv", title="Backup")
    office.quote(opportunity, per="")
    offer = office.offer(wish, "offered")
    office.customer.api.request("POST", f"/offers/{offer['id']}/reject", {"reason": "Too dear."})
    cancelled = office.row("quotations.csv", freehold=offer["negotiation"], state="cancelled")
    assert "Too dear." in cancelled["reason"]
    office.customer.api.request("POST", f"/intentions/{wish}/withdraw")
    assert office.row("opportunities.csv", id=opportunity["id"], state="lost")["reason"]


def test_a_file_that_is_open_waits_and_says_so(office: Office) -> None:
    lock = office.folder / ".~lock.opportunities.csv#"
    lock.touch()
    office.wish("Mail")
    until(
        lambda: "opportunities.csv is open" in str(office.business.api.get("/crm")["trouble"]),
        "the trouble to be shown",
        seconds=SOON,
    )
    lock.unlink()
    office.row("opportunities.csv", title="Mail")


def test_a_node_that_is_killed_in_the_middle_writes_nothing_twice_and_loses_nothing(office: Office) -> None:
    named: list[str] = []
    for wait_seconds in (0.0, 0.3, 0.6, 0.9):
        names = [f"Lot {len(named) + number}" for number in range(5)]
        for name in names:
            office.wish(name)
        named += names
        arrived = partial(office.arrived, names)
        until(arrived, "the wishes to arrive", seconds=SOON)
        time.sleep(wait_seconds)
        assert office.business.process is not None
        office.business.process.kill()
        office.business.wait()
        office.business.start()
        office.business.wait_until_ready()
    for name in named:
        office.row("opportunities.csv", title=name)
    until(lambda: not office.business.api.get("/crm")["queued"], "all to be written", seconds=SOON)
    titles = [row["title"] for row in office.rows("opportunities.csv")]
    assert [name for name in named if titles.count(name) != 1] == []
    assert len(office.rows("customers.csv")) == 1
    assert office.business.api.get("/crm/verification")["items"][1]["differ"] == []


def test_the_kinds_are_listed_and_their_mapping_is_printed(office: Office) -> None:
    said = office.told("crm", "kinds")
    assert re.search(r"tryton +Tryton +yes +database, \[company\], ", said)
    assert re.search(r"spreadsheet +Spreadsheets +no ", said)
    assert office.told("crm", "mapping", "spreadsheet") == registry.default_mapping("spreadsheet")
    assert "crm kinds lists them" in office.told("crm", "mapping", "abacus")


def test_what_goes_on_behind_a_sync_is_said(office: Office) -> None:
    said = office.told("crm", "sync")
    assert "crm status" in said
    assert re.search(r"  1 customer, .* notes, \d+ opportunities, ", said)


def test_what_was_deleted_and_called_otherwise_is_decided_at_the_command_line(office: Office) -> None:
    business = office.business
    business.run("crm", "sync")
    rows = office.rows("opportunities.csv")
    known = partial(business.api.get, "/crm")
    until(lambda: known()["records"].get("opportunity") == len(rows), "all to be known again", seconds=SOON)
    office.editor.save("opportunities.csv", rows[2:])
    business.run("crm", "sync", "--limit", "100")
    listed = business.run("crm", "conflicts", "--reason", "deleted")["items"]
    assert len(listed) == 2
    business.run("crm", "discard", listed[0]["id"])
    decided = business.run("crm", "retry", "--all", "deleted")
    assert (decided["decided"], decided["left"]) == (1, 0)
    until(lambda: len(office.rows("opportunities.csv")) == len(rows) - 1, "one to be made anew", seconds=SOON)
    assert business.run("crm", "waiting")["items"] == []
    for words in (("retry",), ("retry", listed[0]["id"], "--all", "deleted")):
        with pytest.raises(CommandError):
            business.run("crm", *words)
    with pytest.raises(CommandError):
        business.run("crm", "choose", listed[0]["id"], "ours")


def test_letting_it_go_says_what_stays(office: Office) -> None:
    before = {path.name: path.read_bytes() for path in office.folder.glob("*.csv")}
    gone = office.business.run("crm", "disconnect")
    assert gone["left"]["customer"] == 1
    assert gone["left"]["opportunity"] == len(office.rows("opportunities.csv"))
    assert {path.name: path.read_bytes() for path in office.folder.glob("*.csv")} == before
    with pytest.raises(CommandError):
        office.business.run("crm", "status")
    assert RecordKind.CUSTOMER in gone["left"]


def test_whose_value_holds_is_chosen_at_the_command_line(office: Office, tmp_path: Path) -> None:
    """Both have a title when they are connected again, and nobody knows which is the newer one."""
    business, title = office.business, office.rows("opportunities.csv")[-1]["title"]
    id = office.row("opportunities.csv", title=title)["id"]
    mapping = registry.default_mapping("spreadsheet")
    owned = 'from = "name"\nto = "title"\nowner = "{}"'
    assert owned.format("customer") in mapping
    asks = tmp_path / "asks.toml"
    asks.write_text(mapping.replace(owned.format("customer"), owned.format("manual")))
    office.change("opportunities.csv", id, title="Theirs")
    business.run("crm", "connect", "spreadsheet", str(office.folder), "--mapping", str(asks))
    business.run("crm", "sync")

    def theirs() -> dict[str, str]:
        """Return what stands for the values, by theirs."""
        found = business.api.get("/crm/conflicts", reason="changed")["items"]
        return {item["fields"][0]["theirs"]: item["seen"] for item in found}

    until(lambda: "Theirs" in theirs(), "both titles to be shown", seconds=SOON)
    (conflict,) = business.run("crm", "conflicts", "--reason", "changed")["items"]
    listed = office.told("crm", "conflicts", "--reason", "changed")
    assert f"title: ours {title!r}, theirs 'Theirs'" in listed
    assert conflict["seen"][:12] in listed
    office.change("opportunities.csv", id, title="Theirs again")
    until(lambda: "Theirs again" in theirs(), "the newest title to be shown", seconds=SOON)
    choose = ("crm", "choose", conflict["id"], "ours", "--field", "title")
    for seen in (conflict["seen"], conflict["seen"][:12], theirs()["Theirs again"][:4]):
        assert "title" not in office.told(*choose, "--seen", seen)
    assert office.row("opportunities.csv", id=id)["title"] == "Theirs again"
    said = office.told(*choose, "--seen", theirs()["Theirs again"][:12])
    assert f"  title: {title!r} holds, not 'Theirs again'." in said.splitlines()
    office.row("opportunities.csv", id=id, title=title)
    assert theirs() == {}


def test_whoever_looks_after_the_node_is_told_that_the_crm_is_away(office: Office) -> None:
    """The doctor, and what waits without a reason of its own, say why."""
    business = office.business

    def checked() -> Document:
        found: list[Document] = [one for one in business.run("doctor")["checks"] if one["check"] == "crm"]
        return found[-1]

    business.run("crm", "sync")
    until(lambda: checked()["verdict"] == "good", "nothing to be decided", seconds=SOON)
    away = office.folder.rename(office.folder.with_name("away"))
    assert "not there" in office.told("crm", "sync")
    until(lambda: "not there" in checked()["found"], "it to be missed", seconds=SOON)
    assert "not there" in office.told("crm", "waiting")
    away.rename(office.folder)
    office.told("crm", "sync")
    until(lambda: checked()["verdict"] == "good", "the folder to be found", seconds=SOON)
