"""A folder of CSV files as a CRM: the contract, and what editors and people do to files."""

import asyncio
import csv
import io
import os
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from node.crm.adapter import CrmAccount
from node.crm.adapters.spreadsheet.book import ROOM_ROWS
from node.crm.adapters.spreadsheet.cells import clean, meant, neutral, read_day, read_decimal
from node.crm.adapters.spreadsheet.tables import LIMIT_ROWS
from node.crm.port import (
    Crm,
    CrmRefused,
    CrmUnavailable,
    QuoteLine,
    RecordKind,
    RecordState,
    RecordVerb,
    Upsert,
)
from node.crm.registry import load
from tests.crm.contract import ALICE, OFFER, WISH, CrmContract, Ground, everything_since
from tests.crm.editor import NEW_QUOTATION, Editor


@pytest.fixture
async def crm(tmp_path: Path) -> AsyncIterator[Crm]:
    account = CrmAccount(
        address=str(tmp_path), clock=lambda: datetime(2030, 1, 1, tzinfo=UTC), user_agent="tests"
    )
    async with load("spreadsheet").opens(account) as opened:
        yield opened


@pytest.fixture
def editor(tmp_path: Path) -> Editor:
    return Editor(tmp_path)


@pytest.fixture
def ground(crm: Crm, editor: Editor) -> Ground:
    text = {
        RecordKind.CUSTOMER: "name",
        RecordKind.OPPORTUNITY: "title",
        RecordKind.NOTE: "text",
        RecordKind.FILE: "name",
    }
    return Ground(crm=crm, text=text, person=editor)


class TestSpreadsheet(CrmContract):
    """The contract."""


def customer(name: str = "Alice", external_id: str = ALICE) -> Upsert:
    return Upsert(kind=RecordKind.CUSTOMER, external_id=external_id, fields={"name": name})


def customer_wish() -> Upsert:
    return Upsert(kind=RecordKind.OPPORTUNITY, external_id=WISH, fields={"title": "Bike"})


# --- cells


@given(st.text())
def test_no_text_is_run_and_every_text_comes_back(text: str) -> None:
    cell = neutral(text)
    assert meant(cell) == text
    assert not cell.startswith(("=", "+", "@", "\t", "\r", "\uff1d"))
    assert not cell.startswith("-") or cell[1:].replace(".", "", 1).isdigit()


@given(text=st.text(alphabet="a='\"-;,\t\n "), other=st.sampled_from(";,\t"))
@example(text="Hello;=cmd|' /C calc'!A0;", other=";")
@example(text="Hello\n=A1", other=";")
@example(text='a;"=1+1&"', other=";")
def test_no_text_is_run_by_a_program_that_separates_by_another_sign(text: str, other: str) -> None:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter="," if other == ";" else ";").writerow(["r1", neutral(clean(text)), "x"])
    cells = [
        cell for row in csv.reader(io.StringIO(file.getvalue(), newline=""), delimiter=other) for cell in row
    ]
    assert not any(cell.startswith(("=", "-")) for cell in cells)


def test_a_plain_negative_number_stays_a_number() -> None:
    assert neutral("-5.00") == "-5.00"
    assert neutral("-5+1") == "'-5+1"


def test_clean_text_has_one_sign_for_a_new_line() -> None:
    assert clean(" a\r\nb\rc\0 ") == "a\nb\nc"


@pytest.mark.parametrize(
    ("cell", "number"),
    [("19.90", "19.90"), ("19,90", "19.90"), ("1.250", None), ("1.250,00", "1250.00"), ("about 5", None)],
)
def test_a_number_is_read_where_it_has_one_reading(cell: str, number: str | None) -> None:
    assert read_decimal(cell) == number


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2026-12-31", "2026-12-31"),
        ("2026-12-31T00:00:00", "2026-12-31"),
        ("31.12.2026", "2026-12-31"),
        ("1. 2.2026", "2026-02-01"),
        ("31/12/2026", "2026-12-31"),
        ("12/31/2026", "2026-12-31"),
        ("05/05/2026", "2026-05-05"),
        ("03/04/2026", None),
        ("2026-02-30", None),
        ("soon", None),
    ],
)
def test_a_day_is_read_where_it_has_one_reading(cell: str, day: str | None) -> None:
    assert read_day(cell) == day


# --- files and editors


async def test_a_new_folder_gets_a_file_with_the_first_record(
    crm: Crm, editor: Editor, tmp_path: Path
) -> None:
    assert editor.files() == []
    await crm.upsert(customer())
    assert editor.files() == ["customers.csv"]
    assert (tmp_path / "customers.csv").read_bytes().startswith(b"\xef\xbb\xbfid,freehold,name,address\r\n")


async def test_a_formula_of_a_stranger_is_text_in_the_file(crm: Crm, editor: Editor) -> None:
    await crm.upsert(customer('=HYPERLINK("http://evil.example","x")'))
    (row,) = editor.read("customers.csv")
    assert row["name"] == '\'=HYPERLINK("http://evil.example","x")'


@pytest.mark.parametrize(
    ("encoding", "delimiter"), [("utf-8", ";"), ("utf-16", "\t"), ("utf-8-sig", "|"), ("utf-8", ",")]
)
async def test_what_an_editor_saved_in_its_own_way_is_read_and_kept(
    crm: Crm, editor: Editor, encoding: str, delimiter: str
) -> None:
    await crm.upsert(customer("Zoë"))
    rows = [row | {"My remarks": "nice; really, very"} for row in editor.read("customers.csv")]
    editor.save("customers.csv", rows, encoding=encoding, delimiter=delimiter)
    (found,) = await crm.find(RecordKind.CUSTOMER, ALICE)
    assert (found.fields["name"], found.fields["My remarks"]) == ("Zoë", "nice; really, very")
    await crm.upsert(customer("Bob", "https://bob.example/actor"))
    (again,) = await crm.find(RecordKind.CUSTOMER, ALICE)
    assert again == found


async def test_a_column_of_the_persons_can_be_written(crm: Crm, editor: Editor) -> None:
    await crm.upsert(customer())
    editor.save("customers.csv", [row | {"Phone": ""} for row in editor.read("customers.csv")])
    write = Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, fields={"Phone": "+49 30 1"})
    assert (await crm.upsert(write)).record.fields["Phone"] == "+49 30 1"
    assert editor.read("customers.csv")[0]["Phone"] == "'+49 30 1"


@pytest.mark.parametrize("sign", [".~lock.customers.csv#", "~$customers.csv"])
async def test_a_file_that_somebody_has_open_is_not_written(crm: Crm, tmp_path: Path, sign: str) -> None:
    await crm.upsert(customer())
    before = (tmp_path / "customers.csv").read_bytes()
    (tmp_path / sign).touch()
    with pytest.raises(CrmUnavailable, match="open in somebody's editor"):
        await crm.upsert(customer("Other"))
    assert (tmp_path / "customers.csv").read_bytes() == before
    assert (await crm.find(RecordKind.CUSTOMER, ALICE))[0].fields["name"] == "Alice"
    (tmp_path / sign).unlink()
    assert (await crm.upsert(customer("Other"))).record.fields["name"] == "Other"


async def test_a_row_that_somebody_adds_gets_an_id_when_the_file_is_closed(
    crm: Crm, editor: Editor, tmp_path: Path
) -> None:
    editor.save("quotations.csv", [{"id": "", "opportunity": "x"} | NEW_QUOTATION] * 2)
    lock = tmp_path / ".~lock.quotations.csv#"
    lock.touch()
    assert (await everything_since(crm, ""))[0] == []
    lock.unlink()
    found, _ = await everything_since(crm, "")
    ids = {id for _, id, _ in found}
    assert len(ids) == 2
    assert {row["id"] for row in editor.read("quotations.csv")} == ids


async def test_rows_of_one_id_below_each_other_are_lines_of_one_quotation(crm: Crm, editor: Editor) -> None:
    first = {"id": "q1", "state": "Quoted"} | NEW_QUOTATION | {"quantity": "1", "price": "10"}
    second = {"id": "q1", "label": "Router", "price": "49,00"}
    elsewhere = {"id": "q1", "label": "Copied"}
    editor.save("quotations.csv", [first | {"state": " QUOTED "}, second, {"id": "q2"}, elsewhere])
    found, _ = await everything_since(crm, "")
    records = [record for _, _, record in found if record is not None]
    assert records[0].lines == (QuoteLine("Fibre", "1", "10"), QuoteLine("Router", "1", "49.00"))
    assert records[0].state is RecordState.QUOTED
    assert len({record.id for record in records}) == 3


async def test_what_cannot_be_read_is_said(crm: Crm, editor: Editor) -> None:
    row = {"id": "q1", "state": "sent off", "price": "1.250", "quantity": "some", "valid_until": "03/04/2026"}
    editor.save("quotations.csv", [row])
    record = await crm.get(RecordKind.QUOTATION, "q1")
    assert record.state is RecordState.DRAFT
    assert [fault.split()[1] for fault in record.faults] == ["state", "quantity", "price", "day"]


async def test_lines_are_written_as_rows_and_replaced_as_a_whole(crm: Crm, editor: Editor) -> None:
    lines = (QuoteLine("Fibre", "1", "19.90", per="P1M"), QuoteLine("Welcome", "1", "-5.00"))
    write = Upsert(
        kind=RecordKind.QUOTATION,
        external_id=OFFER,
        fields={"title": "Fibre"},
        lines=lines,
        currency="EUR",
        valid_until="2031-01-31",
    )
    written = await crm.upsert(write)
    assert (written.record.lines, written.record.currency) == (lines, "EUR")
    assert [row["per"] for row in editor.read("quotations.csv")] == ["month", ""]
    shorter = Upsert(kind=RecordKind.QUOTATION, external_id=OFFER, lines=lines[:1])
    assert (await crm.upsert(shorter)).record.lines == lines[:1]
    assert (
        await crm.upsert(Upsert(kind=RecordKind.QUOTATION, external_id=OFFER, lines=()))
    ).record.lines == ()


async def test_a_deleted_row_is_told(crm: Crm, editor: Editor) -> None:
    written = await crm.upsert(customer())
    _, cursor = await everything_since(crm, "")
    await editor.remove(RecordKind.CUSTOMER, written.record.id)
    assert (await everything_since(crm, cursor))[0] == [(RecordKind.CUSTOMER, written.record.id, None)]


async def test_a_changed_id_is_another_row_of_the_same_customer(crm: Crm, editor: Editor) -> None:
    written = await crm.upsert(customer())
    _, cursor = await everything_since(crm, "")
    await editor.change(RecordKind.CUSTOMER, written.record.id, "id", "K-1")
    found, _ = await everything_since(crm, cursor)
    assert [(id, record is None) for _, id, record in found] == [(written.record.id, True), ("K-1", False)]
    assert (await crm.find(RecordKind.CUSTOMER, ALICE))[0].id == "K-1"


async def test_nothing_new_is_no_change_and_many_come_in_pages(crm: Crm) -> None:
    await crm.bulk([customer(f"A{n}", f"{ALICE}/{n}") for n in range(450)])
    found, cursor = await everything_since(crm, "")
    assert len({id for _, id, _ in found}) == len(found) == 450
    assert (await everything_since(crm, cursor))[0] == []


async def test_files_that_nobody_saved_since_are_not_read_again(
    crm: Crm, editor: Editor, tmp_path: Path
) -> None:
    await crm.upsert(customer())
    _, cursor = await everything_since(crm, "")
    os.utime(tmp_path / "customers.csv", (1_700_000_000, 1_700_000_000))
    _, cursor = await everything_since(crm, cursor)
    (tmp_path / "customers.csv").write_bytes(b"no table at all")
    os.utime(tmp_path / "customers.csv", (1_700_000_000, 1_700_000_000))
    assert await everything_since(crm, cursor) == ([], cursor)
    os.utime(tmp_path / "customers.csv", (1_700_000_001, 1_700_000_001))
    with pytest.raises(CrmUnavailable):
        await crm.changes(cursor)


async def test_evidence_is_a_file_beside_and_is_forgotten_with_its_customer(
    crm: Crm, editor: Editor, tmp_path: Path
) -> None:
    written = await crm.upsert(customer())
    file = Upsert(
        kind=RecordKind.FILE,
        external_id=f"{WISH}#evidence",
        fields={"name": "../evidence 1.json", "media_type": "application/json"},
        links={RecordKind.CUSTOMER: written.record.id},
        content=b"{}",
    )
    record = (await crm.upsert(file)).record
    (name,) = editor.files("files")
    assert (name, (tmp_path / "files" / name).read_bytes()) == (f"{record.id}-.._evidence_1.json", b"{}")
    await crm.act(RecordKind.CUSTOMER, written.record.id, RecordVerb.FORGET)
    assert editor.files("files") == []
    assert await crm.find(RecordKind.FILE, f"{WISH}#evidence") == ()


async def test_two_writes_at_once_are_both_there(crm: Crm) -> None:
    await asyncio.gather(*(crm.upsert(customer(f"A{n}", f"{ALICE}/{n}")) for n in range(8)))
    found, _ = await everything_since(crm, "")
    assert len(found) == 8


@pytest.mark.parametrize(
    "content",
    [
        b"PK\x03\x04 xl/",
        b"name,freehold\r\nAlice,x\r\n",
        b"id,id\r\n1,2\r\n",
        b"id,name\r\n1,\xff\xfe\r\n",
        b"id,name\r\n" + b"1,x\r\n" * LIMIT_ROWS,
        b"id,name\r\n1," + b"x" * 200_000 + b"\r\n",
    ],
    ids=["workbook", "no id", "id twice", "no utf-8", "too many", "one endless cell"],
)
async def test_a_file_that_is_no_table_of_ours_waits_for_its_owner(
    crm: Crm, tmp_path: Path, content: bytes
) -> None:
    Editor(tmp_path).put("customers.csv", content)
    with pytest.raises(CrmUnavailable, match=r"customers\.csv"):
        await crm.health()
    assert (tmp_path / "customers.csv").read_bytes() == content


@pytest.mark.parametrize(
    "content",
    [b"id,name\r\n" + b"1,x\r\n" * (LIMIT_ROWS - ROOM_ROWS + 1), (b"id,name\r\n1," + b"x" * 99_000) * 330],
    ids=["rows", "bytes"],
)
async def test_a_file_is_not_written_so_full_that_it_is_read_no_more(
    crm: Crm, tmp_path: Path, content: bytes
) -> None:
    Editor(tmp_path).put("customers.csv", content)
    with pytest.raises(CrmRefused, match=r"customers\.csv is full"):
        await crm.upsert(customer())
    assert (await crm.upsert(customer_wish())).created


async def test_an_empty_file_with_the_mark_of_an_editor_is_an_empty_table(crm: Crm, tmp_path: Path) -> None:
    Editor(tmp_path).put("customers.csv", b"\xef\xbb\xbf")
    assert (await crm.upsert(customer())).created
    assert [record.fields["name"] for record in await crm.find(RecordKind.CUSTOMER, ALICE)] == ["Alice"]


async def test_which_columns_there_are_is_said_without_reading_rows(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    for content, columns in (
        (b"\xef\xbb\xbf", {"name"}),
        (b"id;name;colour\r\n" + b"1;x;red\r\n" * LIMIT_ROWS, {"name", "colour"}),
    ):
        Editor(tmp_path).put(path.name, content)
        fields = (await crm.describe()).kinds[RecordKind.CUSTOMER].fields
        assert columns <= {field.name for field in fields}
    with pytest.raises(CrmUnavailable, match="rows"):
        await crm.health()
    for broken in (b"name\r\n", b'id,"' + b"x" * 200_000):
        path.write_bytes(broken)
        with pytest.raises(CrmUnavailable, match=r"customers\.csv"):
            await crm.describe()


async def test_a_file_that_is_still_written_is_read_once_it_rests(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.write_bytes(b"id,freehold,name\r\n1,,Ad")
    soon = time.time() + 1.5  # by a clock that is a little ahead, so that there is time to finish
    os.utime(path, (soon, soon))
    looking = asyncio.create_task(crm.changes(""))
    await asyncio.sleep(0)
    Editor(tmp_path).put(path.name, b"id,freehold,name\r\n1,,Ada\r\n")
    (change,) = (await looking).changes
    assert change.record is not None
    assert change.record.fields["name"] == "Ada"


async def test_what_is_no_file_is_not_read(crm: Crm, tmp_path: Path) -> None:
    path = tmp_path / "customers.csv"
    path.symlink_to("/dev/zero")
    with pytest.raises(CrmUnavailable, match="is a link"):
        await crm.health()
    await asyncio.to_thread(path.unlink)
    os.mkfifo(path)
    os.utime(path, (0, 0))
    with pytest.raises(CrmUnavailable, match="is no file"):
        await crm.health()


async def test_a_link_that_was_planted_is_not_written_through(crm: Crm, tmp_path: Path) -> None:
    for name in ("customers.csv", "opportunities.csv", "quotations.csv", "files.csv"):
        (tmp_path / f".{name}.new").symlink_to(tmp_path / "elsewhere")
    assert (await crm.upsert(customer())).created
    assert not (tmp_path / "elsewhere").exists()
    (tmp_path / "files").symlink_to(tmp_path)
    with pytest.raises(CrmUnavailable, match="is a link"):
        await crm.upsert(Upsert(kind=RecordKind.FILE, external_id=OFFER, content=b"{}"))


async def test_a_folder_that_is_gone_is_said(crm: Crm, tmp_path: Path) -> None:
    await asyncio.to_thread(tmp_path.rmdir)
    with pytest.raises(CrmUnavailable, match="not there"):
        await crm.health()


async def test_a_folder_that_may_not_be_written_is_said(crm: Crm, tmp_path: Path) -> None:
    (tmp_path / ".customers.csv.new").mkdir()
    with pytest.raises(CrmUnavailable, match="cannot be written"):
        await crm.upsert(customer())


async def test_a_kind_it_has_no_file_for_is_refused(crm: Crm) -> None:
    with pytest.raises(CrmRefused):
        await crm.upsert(Upsert(kind=RecordKind.INVOICE, external_id=OFFER))
    with pytest.raises(CrmRefused):
        await crm.act(RecordKind.NOTE, "1", RecordVerb.WIN)
    link = {RecordKind.QUOTATION: "1"}
    with pytest.raises(CrmRefused):
        await crm.upsert(Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, links=link))


async def test_a_path_that_is_not_whole_is_no_folder() -> None:
    account = CrmAccount(address="crm", clock=lambda: datetime(2030, 1, 1, tzinfo=UTC), user_agent="tests")
    with pytest.raises(ValueError):
        async with load("spreadsheet").opens(account):
            pass


def test_there_is_no_adapter_of_another_name() -> None:
    with pytest.raises(KeyError):
        load("os")
