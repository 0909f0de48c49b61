"""What is read of BottleCRM's answers without one: names, lines, and what is no BottleCRM at all."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from hypothesis import given
from hypothesis import strategies as st

from node.core.crm_mapping import check_against, read_mapping
from node.crm.adapter import CrmAccount
from node.crm.adapters.bottlecrm.lines import read_lines, spell_lines
from node.crm.adapters.bottlecrm.names import join_name, mark, name_file, split_file, split_name, unmark
from node.crm.adapters.bottlecrm.records import read_note, read_record
from node.crm.port import (
    Crm,
    CrmDenied,
    CrmError,
    CrmMissing,
    CrmRefused,
    CrmUnavailable,
    CrmUnreadable,
    QuoteLine,
    RecordKind,
    RecordVerb,
    Upsert,
)
from node.crm.registry import default_mapping, load
from node.services.crm.notes import for_customer
from tests.crm.contract import ALICE, OFFER, WISH

NOW = datetime(2026, 3, 14, 12, 0, 0, tzinfo=UTC)
ID = "0f443b4e-3840-40a7-8c37-5d47dc83cc17"
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    *("custom_fields", "first_name", "last_name", "updated_at", "stage_kind", "contacts", "status"),
    *("contact", "opportunity", "currency", "expiry_date", "line_items", "tax_rate", "total_amount"),
)
Ask = Callable[[Crm], Awaitable[object]]


def account(address: str = "https://crm.example") -> CrmAccount:
    return CrmAccount(address=address, secret="k", clock=lambda: NOW, user_agent="tests")


# --- names


@pytest.mark.parametrize("name", ["", "Ada", "Ada Lovelace", "Ada King Lovelace", "文字", "a-b"])
def test_a_name_has_two_parts_there_and_comes_back_whole(name: str) -> None:
    first, last = split_name(name)
    assert first
    assert last
    assert join_name(first, last) == name


@given(st.text(max_size=300))
def test_a_name_that_is_taken_gets_a_mark_that_is_read_over(name: str) -> None:
    marked = mark(name, WISH)
    assert len(marked) <= 255
    assert unmark(marked, WISH) == name[:245]
    assert unmark(marked, OFFER) == marked
    assert unmark(marked, "") == marked


@given(st.text(min_size=1, max_size=80))
def test_a_file_is_told_by_its_name_alone(name: str) -> None:
    stored = name_file(name, OFFER)
    assert len(stored) <= 60 or "." in name
    assert set(stored).isdisjoint('"\\\r\n/\0')
    assert split_file(stored, OFFER) is not None
    assert split_file(stored, WISH) is None


def test_a_file_keeps_its_ending() -> None:
    assert name_file("evidence-7.json", OFFER).endswith(".json")
    assert split_file(name_file("evidence-7.json", OFFER), OFFER) == "evidence-7.json"


# --- lines


def estimate(
    *lines: Mapping[str, str | None], total: str, tax: str = "0.00", discount: str = "0.00"
) -> dict[str, Any]:
    return {
        "tax_rate": tax,
        "discount_amount": discount,
        "total_amount": total,
        "line_items": [{"name": "Fibre", "description": "", **line} for line in lines],
    }


@pytest.mark.parametrize(
    ("document", "lines"),
    [
        (
            estimate({"quantity": "2.00", "net_amount": "39.80", "description": "je Monat"}, total="39.80"),
            (QuoteLine("Fibre", "2", "19.90", per="P1M"),),
        ),
        (
            estimate({"quantity": "1.00", "net_amount": "33.53"}, total="39.90", tax="19.00"),
            (QuoteLine("Fibre", "1", "39.90"),),
        ),
        (
            estimate({"quantity": "3.00", "net_amount": "10.00"}, total="10.00"),
            (QuoteLine("3 Fibre", "1", "10.00"),),
        ),
        (
            estimate(
                {"quantity": "1.00", "net_amount": "100.00"}, total="107.10", tax="19.00", discount="10.00"
            ),
            (QuoteLine("Fibre", "1", "119.00"), QuoteLine("Discount", "1", "-11.90")),
        ),
        (
            estimate(
                {"quantity": "1.00", "net_amount": "0.03"},
                {"quantity": "1.00", "net_amount": "0.03"},
                total="0.07",
                tax="19.00",
            ),
            (
                QuoteLine("Fibre", "1", "0.04"),
                QuoteLine("Fibre", "1", "0.04"),
                QuoteLine("Rounding", "1", "-0.01"),
            ),
        ),
        (
            estimate(
                {"quantity": "1.00", "net_amount": "5.00", "name": "", "description": "Router"}, total="5.00"
            ),
            (QuoteLine("Router", "1", "5.00"),),
        ),
        (
            estimate(
                {"quantity": "1.00", "net_amount": "5.00", "name": "", "product_name": "Router"}, total="5.00"
            ),
            (QuoteLine("Router", "1", "5.00"),),
        ),
        (
            estimate(
                {"quantity": "1.00", "net_amount": "5.00", "name": "", "description": None}, total="5.00"
            ),
            (QuoteLine("", "1", "5.00"),),  # it is a fault of the quotation, and holds up nothing else
        ),
        (estimate(total="0.00"), ()),
    ],
)
def test_lines_add_up_to_the_total(document: dict[str, Any], lines: tuple[QuoteLine, ...]) -> None:
    assert read_lines(document) == (lines, ())


@pytest.mark.parametrize("amount", ["1E+99999", "1E-99999", "Infinity", "NaN", "1" + 20 * "0"])
@pytest.mark.parametrize("member", ["quantity", "net_amount"])
def test_an_amount_that_fills_the_memory_is_none(member: str, amount: str) -> None:
    odd = {"quantity": "1.00", "net_amount": "5.00"} | {member: amount}
    with pytest.raises((ValueError, ArithmeticError)):
        read_lines(estimate(odd, total="5.00"))


def test_a_period_that_is_not_known_is_a_fault() -> None:
    odd = {"quantity": "1.00", "net_amount": "5.00", "description": "per fortnight"}
    lines, (fault,) = read_lines(estimate(odd, total="5.00"))
    assert [line.per for line in lines] == [""]
    assert 'The description "per fortnight" of a line' in fault


def test_what_bottlecrm_cannot_keep_of_a_line_is_one_of_the_whole_amount_or_the_discount() -> None:
    spelled = spell_lines(
        (
            QuoteLine("Tea", "0.125", "8.00"),
            QuoteLine("Fibre", "1", "39.90", per="P1M"),
            QuoteLine("Hi", "1", "-5"),
        )
    )
    assert spelled == {
        "line_items": [
            {"name": "0.125 Tea", "description": "", "quantity": "1", "unit_price": "1.00"},
            {"name": "Fibre", "description": "per month", "quantity": "1", "unit_price": "39.90"},
        ],
        "discount_type": "FIXED",
        "discount_value": "5.00",
    }


@pytest.mark.parametrize("line", [QuoteLine("Tea", "1", "0.999"), QuoteLine("Tea", "many", "1")])
def test_a_line_that_it_cannot_keep_at_all_is_refused(line: QuoteLine) -> None:
    with pytest.raises(CrmRefused) as caught:
        spell_lines((line,))
    assert caught.value.field == "lines"


# --- answers


@given(
    kind=st.sampled_from(list(RecordKind)[:3]), found=st.dictionaries(st.sampled_from(MEMBERS), JSON_VALUES)
)
def test_whatever_comes_is_read_or_no_record(kind: RecordKind, found: dict[str, Any]) -> None:
    try:
        record = read_record(kind, found | {"id": 7})
    except CrmUnreadable:
        return
    assert (record.kind, record.id) == (kind, "7")


@asynccontextmanager
async def playing(handler: Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]) -> AsyncIterator[Crm]:
    """Open the adapter at something that answers in BottleCRM's place."""
    async with (
        RawTestServer(handler, host="127.0.0.1") as server,
        load("bottlecrm").opens(account(f"http://127.0.0.1:{server.port}")) as crm,
    ):
        yield crm


async def answered(answer: web.Response, ask: Ask) -> CrmError:
    async def handler(_: web.BaseRequest) -> web.Response:
        return answer

    async with playing(handler) as crm:
        with pytest.raises(CrmError) as caught:
            await ask(crm)
    return caught.value


ASKED: dict[str, Ask] = {
    "get": lambda crm: crm.get(RecordKind.CUSTOMER, ID),
    "get-note": lambda crm: crm.get(RecordKind.NOTE, f"opportunity.{ID}.{ID}"),
    "find": lambda crm: crm.find(RecordKind.CUSTOMER, ALICE),
    "changes": lambda crm: crm.changes(""),
    "look": lambda crm: crm.changes("2026-03-14T12:00:00.000000/4/0/0"),
    "health": lambda crm: crm.health(),
    "upsert": lambda crm: crm.upsert(Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE)),
    "bulk": lambda crm: crm.bulk([Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE)]),
    "act": lambda crm: crm.act(RecordKind.QUOTATION, ID, RecordVerb.QUOTE),
    "forget": lambda crm: crm.act(RecordKind.CUSTOMER, ID, RecordVerb.FORGET),
}


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize(
    "body",
    [
        b"<html>Sign in",
        b"[7]",
        b'{"results": [7], "definitions": 7}',
        b'{"contact_obj": {"id": []}}',
        b"null",
    ],
)
async def test_an_answer_that_is_none_of_bottlecrms_is_no_answer(ask: str, body: bytes) -> None:
    error = await answered(web.Response(body=body), ASKED[ask])
    assert isinstance(error, CrmUnavailable)


@pytest.mark.parametrize(("length", "is_cut"), [(9_000, False), (10_000, True)])
async def test_a_message_as_long_as_any_stands_there_with_what_it_is_found_by(
    length: int, is_cut: bool
) -> None:
    comments: list[dict[str, object]] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.method == "POST":
            comment = (await request.json())["comment"]
            comments.append({"id": ID, "comment": comment, "commented_on": NOW.isoformat()})
        return web.json_response({"comments": comments, "attachments": []})

    write = Upsert(
        kind=RecordKind.NOTE,
        external_id=ALICE,
        fields={"comment": "x" * length},
        links={RecordKind.OPPORTUNITY: ID},
    )
    async with playing(handler) as crm:
        record = (await crm.upsert(write)).record
    assert record.external_id == ALICE
    assert len(str(comments[0]["comment"])) <= 10_000
    assert record.fields["comment"].endswith("The rest stands in your node.") is is_cut


async def test_an_error_with_a_good_status_is_one() -> None:
    error = await answered(web.json_response({"error": True, "errors": "No."}), ASKED["get"])
    assert isinstance(error, CrmRefused)


async def test_a_token_that_it_does_not_take_is_said_so() -> None:
    assert isinstance(await answered(web.Response(status=401), ASKED["health"]), CrmDenied)


FIELD = {"key": "freehold", "target_model": "Contact", "id": ID}


@pytest.mark.parametrize(
    ("defined", "kind", "said"),
    [
        ([], CrmDenied, "lets administrators alone make it"),
        ([FIELD | {"is_active": False}], CrmRefused, "switched off"),
    ],
)
async def test_without_the_custom_field_nothing_is_written(
    defined: list[object], kind: type[CrmError], said: str
) -> None:
    """BottleCRM would drop the external id without a word, and the record would never be found again."""
    asked: list[str] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        asked.append(f"{request.method} {request.path}")
        if request.method == "POST":
            return web.json_response({"error": True, "errors": "Admin access required"}, status=403)
        return web.json_response({"definitions": defined})

    async with playing(handler) as crm:
        with pytest.raises(kind, match=said):
            await crm.upsert(Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE))
    assert {path.split()[1] for path in asked} == {"/api/custom-fields/"}


@pytest.mark.parametrize(
    ("kind", "id"),
    [
        (RecordKind.CUSTOMER, "../../profile"),
        (RecordKind.OPPORTUNITY, ""),
        (RecordKind.INVOICE, ID),
        (RecordKind.NOTE, ID),
        (RecordKind.NOTE, f"quotation.{ID}.{ID}"),
        (RecordKind.FILE, f"opportunity.{ID}.x"),
    ],
)
async def test_what_is_no_id_of_bottlecrm_is_not_asked_for(kind: RecordKind, id: str) -> None:
    async with load("bottlecrm").opens(account()) as crm:
        with pytest.raises(CrmMissing):
            await crm.get(kind, id)
        assert await crm.act(kind, id, RecordVerb.FORGET) is None
        assert await crm.find(RecordKind.INVOICE, ALICE) == ()


@pytest.mark.parametrize(
    "cursor", ["soon", "2026-13-14T12:00:00.000000/2/0/0", "2026-03-14T12:00:00.000000/7/0/0", "0/0/0/0"]
)
async def test_a_cursor_of_another_is_refused(cursor: str) -> None:
    async with load("bottlecrm").opens(account()) as crm:
        with pytest.raises(CrmRefused):
            await crm.changes(cursor)


async def test_another_record_than_was_asked_for_is_not_written_over() -> None:
    asked: list[str] = []
    other = {"id": ID.replace("0", "1"), "first_name": "A", "last_name": "B", "custom_fields": {}}

    async def handler(request: web.BaseRequest) -> web.Response:
        asked.append(request.method)
        if "custom-fields" in request.path:
            names = ("Account", "Contact", "Opportunity", "Estimate")
            rows = [FIELD | {"target_model": name, "is_active": True} for name in names]
            return web.json_response({"definitions": rows})
        return web.json_response({"contact_obj": other})

    write = Upsert(kind=RecordKind.CUSTOMER, id=ID, external_id=ALICE, fields={"name": "Alice"})
    async with playing(handler) as crm:
        with pytest.raises(CrmMissing, match="another"):
            await crm.upsert(write)
    assert set(asked) == {"GET"}


async def test_no_page_is_longer_than_was_asked_for() -> None:
    row = {"first_name": "A", "last_name": "B", "custom_fields": {}}
    rows = [row | {"id": str(number)} for number in range(5_000)]

    async def handler(request: web.BaseRequest) -> web.Response:
        return web.json_response({"activities": [], "results": rows})

    async with playing(handler) as crm:
        page = await crm.changes("")
        assert (len(page.changes), page.more) == (100, True)
        assert page.cursor == "1970-01-01T00:00:00.000000/0/100/0"


DEAL: dict[str, Any] = {"name": "Fibre", "contacts": [], "custom_fields": {"freehold": WISH}}
OTHER_ID = ID.replace("0", "1")


async def test_a_record_that_cannot_be_read_is_told_by_itself_at_a_whole_look() -> None:
    """The cursor goes on behind it, and the others of its list are told."""
    well = {"first_name": "A", "last_name": "B", "custom_fields": {}}
    lists: dict[str, list[dict[str, Any]]] = {
        "contacts": [{"id": ID}, well | {"id": OTHER_ID}],
        "opportunities": [{"id": ID, "name": "Fibre", "custom_fields": 7}, DEAL | {"id": OTHER_ID}],
        "estimates": [{"id": ID, "opportunity": {"id": ID}}, {"id": OTHER_ID}],
    }

    async def handler(request: web.BaseRequest) -> web.Response:
        name = request.path.strip("/").split("/")[-1]
        if name in lists:
            return web.json_response({"results": lists[name], "opportunities": lists[name]})
        if "opportunities" in request.path:
            comments = [{"id": ID, "comment": 7}, {"id": OTHER_ID, "comment": "Hi", "commented_on": "soon"}]
            return web.json_response({"comments": comments, "attachments": [{"id": ID, "file_name": None}]})
        if "estimates" in request.path:
            return web.json_response({"estimate": {"id": name}})
        return web.json_response({"activities": [{"id": ID}]})

    async with playing(handler) as crm:
        found, cursor = await changes_since(crm, "")
        assert cursor == "1970-01-01T00:00:00.000000/4/0/0"
        again, _ = await changes_since(crm, cursor)
    on = f"opportunity.{OTHER_ID}"
    assert {(kind.value, id): bool(fault) for kind, id, fault in found} == {
        ("customer", ID): True,
        ("customer", OTHER_ID): False,
        ("opportunity", ID): True,
        ("opportunity", OTHER_ID): False,
        ("note", f"{on}.{ID}"): True,
        ("note", f"{on}.{OTHER_ID}"): False,
        ("file", f"{on}.{ID}"): True,
        ("quotation", ID): True,
        ("quotation", OTHER_ID): True,
    }
    assert {(kind.value, bool(fault)) for kind, _, fault in again} >= {("note", True), ("note", False)}


async def test_an_activity_that_cannot_be_read_holds_up_no_other() -> None:
    told = [
        {"id": ID, "entity_type": "Contact", "entity_id": ID, "timestamp": "2026-03-14T11:59:00+00:00"},
        {"id": ID, "entity_type": "Contact", "entity_id": OTHER_ID, "timestamp": None},
        {"id": ID, "entity_type": ["Contact"], "entity_id": 7},
    ]

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path.endswith(f"{ID}/"):
            return web.json_response({"error": True, "errors": "No."})
        if request.path.endswith(f"{OTHER_ID}/"):
            return web.Response(status=404)
        return web.json_response({"activities": told, "results": [], "opportunities": []})

    async with playing(handler) as crm:
        page = await crm.changes("2026-03-14T11:50:00.000000/4/0/0")
    assert [(change.id, change.fault) for change in page.changes] == [
        (OTHER_ID, ""),
        (ID, "BottleCRM refuses this."),
    ]
    assert page.cursor == "2026-03-14T11:58:00.000000/4/0/0"


async def changes_since(crm: Crm, cursor: str) -> tuple[list[tuple[RecordKind, str, str]], str]:
    found: list[tuple[RecordKind, str, str]] = []
    while True:
        page = await crm.changes(cursor)
        found += [(change.kind, change.id, change.fault) for change in page.changes]
        cursor = page.cursor
        if not page.more:
            return found, cursor


async def test_an_activity_that_is_yet_to_come_hides_no_other() -> None:
    told = [
        {"id": ID, "entity_type": "Contact", "entity_id": ID, "timestamp": timestamp}
        for timestamp in ("2099-01-01T00:00:00+00:00", "2026-03-14T11:59:00+00:00", "0001-01-01T00:00:00Z")
    ]

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path.endswith(f"{ID}/"):
            return web.Response(status=404)
        return web.json_response({"activities": told, "results": [], "opportunities": []})

    async with playing(handler) as crm:
        assert (await crm.changes("")).cursor.startswith("2026-03-14T11:59")
        page = await crm.changes("2026-03-14T11:50:00.000000/4/0/0")
        assert [change.id for change in page.changes] == [ID]
        assert page.cursor == "2026-03-14T11:58:00.000000/4/0/0"


async def test_a_kind_that_it_is_not_told_of_is_refused() -> None:
    async with load("bottlecrm").opens(account()) as crm:
        with pytest.raises(CrmRefused):
            await crm.upsert(Upsert(kind=RecordKind.INVOICE, external_id=ALICE))


async def test_a_deal_that_is_given_a_name_of_another_gets_a_mark_of_its_own() -> None:
    """Without its external id every one would get the same, and none of them would be read over."""
    deal: dict[str, Any] = {"id": ID, "name": "Fibre", "contacts": [], "custom_fields": {"freehold": WISH}}
    fields = [
        {"key": "freehold", "target_model": name, "id": ID, "is_active": True}
        for name in ("Account", "Contact", "Opportunity", "Estimate")
    ]

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.method == "PATCH":
            given = await request.json()
            if given.get("name", "Hosting") == "Hosting":
                return web.json_response({"errors": {"name": "Opportunity already exists"}}, status=400)
            deal.update(given)
        return web.json_response({"definitions": fields, "opportunity_obj": deal})

    write = Upsert(kind=RecordKind.OPPORTUNITY, id=ID, external_id=WISH, fields={"name": "Hosting"}, links={})
    async with playing(handler) as crm:
        done = await crm.upsert(write)
        assert (done.record.fields["name"], deal["name"]) == ("Hosting", mark("Hosting", WISH))
        deal["name"] = "Hosting"
        with pytest.raises(CrmRefused):  # what is refused beside the name is no matter of a mark
            await crm.upsert(replace(write, fields={"description": "x"}))


async def test_it_takes_one_write_at_a_time_and_says_so() -> None:
    """Whoever says more is asked for each thing twice, and holds up a plan meanwhile."""
    async with load("bottlecrm").opens(account()) as crm:
        assert (await crm.describe()).bulk == 1


async def test_the_mapping_that_ships_fits() -> None:
    async with load("bottlecrm").opens(account()) as crm:
        check_against(read_mapping(default_mapping("bottlecrm")), await crm.describe())


@pytest.mark.parametrize("end", ["", "\n\n[https://shop.example/spring]", "\n\n[1]"])
def test_a_note_to_the_customer_may_end_in_an_address_of_its_writers(end: str) -> None:
    comment = {"id": ID, "comment": f"@customer Look at this:{end}", "commented_on": NOW.isoformat()}
    note = read_note(RecordKind.OPPORTUNITY, ID, comment)
    assert for_customer(note, read_mapping(default_mapping("bottlecrm"))) == f"Look at this:{end}"


@pytest.mark.parametrize(
    ("zone", "day"), [(UTC, "2026-03-14"), (timezone(timedelta(hours=14)), "2026-03-15")]
)
async def test_a_deal_is_closed_on_the_day_of_its_business(zone: tzinfo, day: str) -> None:
    deal = {
        "id": ID,
        "name": "Fibre",
        "contacts": [],
        "custom_fields": {},
        "stage_kind": "open",
        "pipeline": ID,
    }
    stages = [{"kind": "lost", "code": "x", "order": 1}]
    written: list[dict[str, Any]] = []

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.method == "PATCH":
            written.append(await request.json())
        if request.path.endswith("pipelines/"):
            return web.json_response({"pipelines": [{"id": ID, "stages": stages}]})
        return web.json_response({"opportunity_obj": deal})

    async with RawTestServer(handler, host="127.0.0.1") as server:
        there = replace(account(f"http://127.0.0.1:{server.port}"), zone=zone)
        async with load("bottlecrm").opens(there) as crm:
            await crm.act(RecordKind.OPPORTUNITY, ID, RecordVerb.LOSE)
    assert written == [{"stage": "x", "closed_on": day}]
