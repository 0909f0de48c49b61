"""What is read of Tryton's answers without one: values, and what is no Tryton at all."""

from base64 import urlsafe_b64decode
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import orjson
import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer
from hypothesis import given
from hypothesis import strategies as st

from node.core.crm_mapping import check_against, read_mapping
from node.crm.adapter import CrmAccount
from node.crm.adapters.tryton.lines import counted, kept_of, read_lines, spell_line
from node.crm.adapters.tryton.records import read_record
from node.crm.adapters.tryton.wire import read_moment, read_text, spell_moment
from node.crm.port import (
    Crm,
    CrmDenied,
    CrmError,
    CrmRefused,
    CrmUnavailable,
    CrmUnreadable,
    QuoteLine,
    RecordKind,
    RecordVerb,
    Upsert,
)
from node.crm.registry import default_mapping, load
from node.crm.sums import show_price
from tests.crm.contract import ALICE

NOW = datetime(2026, 3, 14, 12, 0, 0, 250, tzinfo=UTC)
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
MEMBERS = (
    "create_date",
    "identifiers",
    "contact_mechanisms",
    "addresses",
    "state",
    "party",
    "lines",
    "total_amount",
)
Ask = Callable[[Crm], Awaitable[object]]


def account(address: str = "https://erp.example", **options: str) -> CrmAccount:
    return CrmAccount(address=address, secret="k", options=options, clock=lambda: NOW, user_agent="tests")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, ""),
        (True, "true"),
        (False, "false"),
        (7, "7"),
        (2.0, "2"),
        (0.125, "0.125"),
        ({"__class__": "Decimal", "decimal": "34.90"}, "34.90"),
        ({"__class__": "date", "year": 2026, "month": 3, "day": 4}, "2026-03-04"),
        (spell_moment(NOW), "2026-03-14T12:00:00Z"),
        ({"__class__": "bytes", "base64": ""}, ""),
    ],
)
def test_values_are_texts(value: Any, text: str) -> None:
    assert read_text(value) == text


def test_a_moment_keeps_its_microseconds() -> None:
    assert read_moment(spell_moment(NOW)) == NOW


@pytest.mark.parametrize(
    ("price", "shown"), [("1E+2", "100.00"), ("19.9", "19.90"), ("0.1250", "0.125"), ("-10", "-10.00")]
)
def test_a_price_has_two_decimals_or_what_it_needs(price: str, shown: str) -> None:
    assert show_price(Decimal(price)) == shown


def test_titles_and_sums_are_no_lines() -> None:
    priced = {"type": "line", "quantity": 1.0, "product": {"name": "Fibre"}, "unit": {"symbol": "u"}}
    money = {name: {"__class__": "Decimal", "decimal": "5"} for name in ("unit_price", "amount")}
    document = {"lines": [{"type": "title"}, priced | money], "total_amount": money["amount"]}
    assert read_lines(document) == ((QuoteLine("Fibre", "1", "5.00", "u"),), ())


def test_a_line_without_words_of_its_own_is_named_by_its_product() -> None:
    money = {name: {"__class__": "Decimal", "decimal": "5"} for name in ("unit_price", "amount")}
    line = {"type": "line", "quantity": 1.0, "product": {"name": "Fibre"}} | money
    lines, _faults = read_lines({"lines": [line, line | {"description": "Fast"}]})
    assert [(line.label, line.named_elsewhere) for line in lines[:2]] == [("Fibre", True), ("Fast", False)]


def test_a_currency_has_its_own_smallest_coin() -> None:
    def money(text: str) -> dict[str, str]:
        return {"__class__": "Decimal", "decimal": text}

    tea = {"type": "line", "description": "Tea", "quantity": 3.0, "unit_price": money("0.333")}
    line = tea | {"amount": money("0.999")}
    dinar = {"currency": {"code": "TND", "digits": 3}, "lines": [line], "total_amount": money("0.999")}
    assert read_lines(dinar) == ((QuoteLine("Tea", "3", "0.333"),), ())


def sold(label: str, net: str, rate: str, **more: Any) -> dict[str, Any]:
    money = {name: {"__class__": "Decimal", "decimal": net} for name in ("unit_price", "amount")}
    tax = {"id": int(Decimal(rate) * 100), "type": "percentage"}
    taxes = [tax | {"rate": {"__class__": "Decimal", "decimal": rate}}]
    return {"type": "line", "description": label, "quantity": 1.0, "taxes": taxes} | money | more


OVEN = sold("Oven", "100", "0.19", product={"id": 7}, unit={"id": 1})
RACKS = sold("Rack", "0.10", "0.19", product={"id": 8}, unit={"id": 1, "symbol": "u"}, quantity=3.0)
FLOUR = sold("Flour", "50", "0.07")


@pytest.mark.parametrize(
    ("label", "named", "lines", "product", "taxes"),
    [
        ("Oven", False, [OVEN, FLOUR], 7, [19]),
        ("Oven", True, [OVEN, FLOUR], 7, [19]),
        ("Flour", False, [OVEN, FLOUR], None, [7]),
        ("3 u Rack", False, [RACKS], None, [19]),  # its quantity is one now, and would be shipped
        ("Stones", False, [OVEN, RACKS], None, [19]),
        ("Stones", False, [OVEN, FLOUR], None, None),
        ("Stones", True, [OVEN], None, None),
        ("Stones", False, [], None, None),
    ],
)
def test_a_line_keeps_what_the_line_of_its_label_had(
    label: str, named: bool, lines: list[Any], product: int | None, taxes: list[int] | None
) -> None:
    kept = kept_of(QuoteLine(label, "1", "119.00"), {"lines": lines}, named=named)
    assert (kept.get("product") or {}).get("id") == product
    assert (None if "taxes" not in kept else [tax["id"] for tax in kept["taxes"]]) == taxes


SHELF = sold("Shelf", "200", "0.19", product={"id": 9}, unit={"id": 1, "symbol": "u"}, quantity=2.0)
SHELVES = SHELF | {"amount": {"__class__": "Decimal", "decimal": "400"}}


@pytest.mark.parametrize(
    ("label", "price", "line"),
    [
        ("2 x Shelf", "440.00", QuoteLine("Shelf", "2", "220.00", "u")),
        ("2 x Shelf", "440.01", QuoteLine("Shelf", "2", "220.005", "u")),
        ("3 x Shelf", "660.00", QuoteLine("3 x Shelf", "1", "660.00")),
        ("Shelf", "440.00", QuoteLine("Shelf", "1", "440.00")),
        ("7 x Rack", "440.00", QuoteLine("7 x Rack", "1", "440.00")),  # no price of one gives that
        ("0 x Air", "1.00", QuoteLine("0 x Air", "1", "1.00")),
    ],
)
def test_what_is_offered_of_several_is_several_again(label: str, price: str, line: QuoteLine) -> None:
    racks = sold("Rack", "10", "0.19", quantity=7.0) | {"amount": {"__class__": "Decimal", "decimal": "70"}}
    lines = {"lines": [racks, SHELVES, sold("Air", "1", "0.19", quantity=0.0)]}
    found = counted(QuoteLine(label, "1", price), lines)
    assert found == line
    assert ("product" in kept_of(found, lines, named=False)) is (found.label == "Shelf")


@pytest.mark.parametrize(("quantity", "price", "is_taxed"), [("2", "49.99", True), ("1000", "0.10", False)])
def test_taxes_that_would_make_another_price_are_left_out(quantity: str, price: str, is_taxed: bool) -> None:
    spelled = spell_line(
        QuoteLine("Flour", quantity, price), unit=1, product=None, before={"taxes": OVEN["taxes"]}
    )
    assert ("taxes" in spelled) is is_taxed
    assert (Decimal(read_text(spelled["unit_price"])) == Decimal(price)) is not is_taxed


@pytest.mark.parametrize(
    ("note", "per"),
    [
        ("per month", "P1M"),
        ("/Jahr", "P1Y"),
        ("je Quartal", "P3M"),
        ("each week", "P1W"),
        ("monatlich", "P1M"),
        ("P2W", "P2W"),
        ("black, with a lock", ""),
        ("alle Farben", ""),
        ("", ""),
        ("per fortnight", None),
        ("a month", "P1M"),
        ("fortnightly", None),
        ("bi-weekly", None),
        ("halbjährlich", None),
        ("Monthly in advance", None),
        ("per month, the first one free", None),
        ("/ month plus tax", None),
        ("a router is included", ""),
        ("two years of warranty", ""),
        ("par mois", ""),
        ("per 2 months", None),
        ("every second month", None),
        ("alle 14 Tage", None),
        ("pro Stück", None),
    ],
)
def test_a_period_is_known_or_said_to_be_unknown_and_never_left_out(note: str, per: str | None) -> None:
    money = {name: {"__class__": "Decimal", "decimal": "5"} for name in ("unit_price", "amount")}
    line = {"type": "line", "description": "Fibre", "quantity": 1.0, "note": note}
    lines, faults = read_lines({"lines": [line | money], "total_amount": money["amount"]})
    assert lines[0].per == (per or "")
    assert [note in fault for fault in faults] == ([] if per is not None else [True])


@given(
    kind=st.sampled_from(list(RecordKind)[:5]), found=st.dictionaries(st.sampled_from(MEMBERS), JSON_VALUES)
)
def test_whatever_comes_is_read_or_no_record(kind: RecordKind, found: dict[str, Any]) -> None:
    try:
        record = read_record(kind, found | {"id": 7})
    except CrmUnreadable:
        return
    assert (record.kind, record.id) == (kind, "7")


async def test_what_cannot_be_an_account_is_refused() -> None:
    for odd in (
        account(),
        account(database="crm", company="one"),
        account("ftp://erp.example", database="crm"),
    ):
        with pytest.raises(ValueError, match=r"\."):
            async with load("tryton").opens(odd):
                pass


async def answered(answer: web.Response, ask: Ask) -> CrmError:
    async def handler(_: web.BaseRequest) -> web.Response:
        return answer

    async with RawTestServer(handler, host="127.0.0.1") as server:
        address = f"http://127.0.0.1:{server.port}"
        async with load("tryton").opens(account(address, database="crm", company="1")) as crm:
            with pytest.raises(CrmError) as caught:
                await ask(crm)
    return caught.value


ASKED: dict[str, Ask] = {
    "get": lambda crm: crm.get(RecordKind.CUSTOMER, "1"),
    "find": lambda crm: crm.find(RecordKind.CUSTOMER, ALICE),
    "changes": lambda crm: crm.changes(""),
    "health": lambda crm: crm.health(),
    "upsert": lambda crm: crm.upsert(Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE)),
    "bulk": lambda crm: crm.bulk([Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE)]),
    "act": lambda crm: crm.act(RecordKind.QUOTATION, "1", RecordVerb.QUOTE),
}


@pytest.mark.parametrize("ask", ASKED)
@pytest.mark.parametrize("body", [b"<html>Sign in", b"[7]", b'[{"id": "x"}]', b'"yes"', b"null"])
async def test_an_answer_that_is_none_of_trytons_is_no_answer(ask: str, body: bytes) -> None:
    error = await answered(web.Response(body=body), ASKED[ask])
    assert isinstance(error, CrmUnavailable)


async def test_a_record_that_cannot_be_read_is_told_by_itself() -> None:
    """The cursor goes on behind it, and the others are told."""
    stamp = {"create_date": spell_moment(NOW), "write_date": None}

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path.endswith("get_preferences"):
            return web.Response(body=orjson.dumps({"company": 1, "administrator": 0}))
        rows = [{"id": id, **stamp} for id in (1, 2)]
        if not request.path.endswith("party.party"):
            return web.Response(body=b"[]")
        if "identifiers" not in request.query_string:
            unwritten = request.query.get("d") is not None and "s" in request.query
            return web.Response(body=orjson.dumps(rows if unwritten and _is_by_creation(request) else []))
        return web.Response(body=orjson.dumps([rows[0] | {"identifiers": 7}, rows[1]]))

    async with RawTestServer(handler, host="127.0.0.1") as server:
        address = f"http://127.0.0.1:{server.port}"
        async with load("tryton").opens(account(address, database="crm")) as crm:
            page = await crm.changes("")
            told = {change.id: (change.record is None, bool(change.fault)) for change in page.changes}
            assert told == {"1": (True, True), "2": (False, False)}
            assert not page.more
            assert page.cursor > "2026-03-14T11"
            with pytest.raises(CrmUnreadable):
                await crm.find(RecordKind.CUSTOMER, ALICE)


def breaking_over(
    broken: set[int], *, down: bool = False
) -> Callable[[web.BaseRequest], Awaitable[web.Response]]:
    """Answer as a Tryton with thirty parties, some of which it breaks over wherever they are read."""
    stamp = {"create_date": spell_moment(NOW), "write_date": None}

    async def handler(request: web.BaseRequest) -> web.Response:
        if request.path.endswith("get_preferences"):
            return web.Response(body=orjson.dumps({"company": 1, "administrator": 0}))
        if not request.path.endswith("party.party"):
            return web.Response(body=b"[]")
        domain = orjson.loads(urlsafe_b64decode(request.query["d"]))
        named = [clause[2] for clause in domain if clause[:2] == ["id", "in"]]
        ids = named[0] if named else [*range(1, 31)]
        whole = "identifiers" in request.query_string
        if (whole and broken & {*ids}) or (down and named):
            return web.Response(status=500, body=b"{}")
        return web.Response(body=orjson.dumps([{"id": id, **stamp} for id in ids]))

    return handler


async def test_a_record_that_tryton_breaks_over_is_told_by_itself() -> None:
    """A server's error over one record rested the whole CRM, at every look anew."""
    async with RawTestServer(breaking_over({7, 29}), host="127.0.0.1") as server:
        address = f"http://127.0.0.1:{server.port}"
        async with load("tryton").opens(account(address, database="crm")) as crm:
            page = await crm.changes("")
            assert {change.id for change in page.changes} == {str(id) for id in range(1, 31)}
            assert {change.id for change in page.changes if change.fault} == {"7", "29"}
            with pytest.raises(CrmUnreadable):
                await crm.find(RecordKind.CUSTOMER, ALICE)


async def test_a_tryton_that_breaks_over_everything_rests() -> None:
    async with RawTestServer(breaking_over(set(), down=True), host="127.0.0.1") as server:
        address = f"http://127.0.0.1:{server.port}"
        async with load("tryton").opens(account(address, database="crm")) as crm:
            with pytest.raises(CrmUnavailable):
                await crm.changes("")


def _is_by_creation(request: web.BaseRequest) -> bool:
    return "create_date" in request.query.getall("f", [])


@pytest.mark.parametrize("ask", ["health", "upsert", "bulk"])
async def test_a_key_that_it_does_not_take_is_said_so(ask: str) -> None:
    error = await answered(web.Response(status=401), ASKED[ask])
    assert isinstance(error, CrmDenied)
    assert ("Validate" if ask == "health" else "is the key right") in error.detail


@pytest.mark.parametrize("status", [404, 405])
async def test_an_address_with_the_database_or_a_wrong_one_is_said_to_be_so(status: int) -> None:
    error = await answered(web.Response(status=status), ASKED["health"])
    assert isinstance(error, CrmUnavailable)
    assert "without the database's name" in error.detail


async def test_a_user_of_no_company_does_nothing() -> None:
    async def handler(_: web.BaseRequest) -> web.Response:
        return web.Response(body=orjson.dumps({"company": None, "administrator": 0}))

    async with RawTestServer(handler, host="127.0.0.1") as server:
        address = f"http://127.0.0.1:{server.port}"
        async with load("tryton").opens(account(address, database="crm")) as crm:
            health = await crm.health()
            assert (health.title, health.detail[:24]) == ("Tryton: no company", "The key's user is no adm")
            with pytest.raises(CrmUnavailable, match="works for no company"):
                await crm.get(RecordKind.CUSTOMER, "1")


async def test_a_kind_that_it_is_not_told_of_is_refused() -> None:
    async with load("tryton").opens(account(database="crm", company="1")) as crm:
        with pytest.raises(CrmRefused):
            await crm.upsert(Upsert(kind=RecordKind.INVOICE, external_id=ALICE))
        assert await crm.find(RecordKind.INVOICE, ALICE) == ()


async def test_the_mapping_that_ships_fits() -> None:
    async with load("tryton").opens(account(database="crm")) as crm:
        check_against(read_mapping(default_mapping("tryton")), await crm.describe())


@pytest.mark.parametrize(
    ("message", "external_id", "said"),
    [
        (f"Hello\n\n[Freehold: {ALICE}]", ALICE, "Hello"),
        (f"@customer Look:\n\n[{ALICE}]", "", f"@customer Look:\n\n[{ALICE}]"),  # a link of their own
        ("Hello\n\n[Freehold: urn:freehold:note:7:1]", "urn:freehold:note:7:1", "Hello"),
        ("@customer Hello\n\n[1]", "", "@customer Hello\n\n[1]"),  # a footnote of the person's own
        ("@customer Hello\n\n[later]", "", "@customer Hello\n\n[later]"),
    ],
)
def test_a_note_is_one_of_ours_by_an_address_at_its_end(message: str, external_id: str, said: str) -> None:
    record = read_record(RecordKind.NOTE, {"id": 7, "message": message, "resource": "sale.opportunity,1"})
    assert (record.external_id, record.fields["message"]) == (external_id, said)
