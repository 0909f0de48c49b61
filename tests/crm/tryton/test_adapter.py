"""What is Tryton's own: prices without taxes, parts of a party, buttons, deletion, and its dates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from node.crm.adapters.tryton.looks import OVERLAP
from node.crm.port import (
    Crm,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    CrmUnavailable,
    QuoteLine,
    RecordKind,
    RecordState,
    RecordVerb,
    Upsert,
)
from node.crm.registry import load
from tests.crm.contract import ALICE, OFFER, WISH, everything_since
from tests.crm.tryton.person import TrytonPerson, decimal
from tests.crm.tryton.server import TrytonServer, account

pytestmark = pytest.mark.slow

REACHED = {"name": "Alice", "email": "a@alice.example", "phone": "+49301234567", "website": ALICE}
LIVES = {"street": "1 Lime St\nBack door", "postal_code": "10115", "city": "Berlin", "country": "DE"}
LINES = (
    QuoteLine("Fibre 500", "1", "39.90", "u", "P1M"),
    QuoteLine("Router", "2", "49.00", "u"),
    QuoteLine("Welcome", "1", "-10.00", "u"),
)


async def customer(crm: Crm, **fields: str) -> CrmRecord:
    write = Upsert(kind=RecordKind.CUSTOMER, external_id=ALICE, fields={"name": "Alice"} | fields)
    return (await crm.upsert(write)).record


async def opportunity(crm: Crm) -> CrmRecord:
    links = {RecordKind.CUSTOMER: (await customer(crm)).id}
    fields = {"description": "Fibre", "end_date": "2031-01-31"}
    write = Upsert(kind=RecordKind.OPPORTUNITY, external_id=WISH, fields=fields, links=links)
    return (await crm.upsert(write)).record


async def quotation(crm: Crm) -> CrmRecord:
    wish = await opportunity(crm)
    links = {RecordKind.OPPORTUNITY: wish.id, RecordKind.CUSTOMER: wish.links[RecordKind.CUSTOMER]}
    return (await crm.upsert(offer(links))).record


def offer(links: dict[RecordKind, str]) -> Upsert:
    return Upsert(
        kind=RecordKind.QUOTATION,
        external_id=OFFER,
        links=links,
        lines=LINES,
        currency="EUR",
        valid_until="2031-01-31",
    )


async def act(crm: Crm, record: CrmRecord, *verbs: RecordVerb, reason: str = "") -> CrmRecord:
    for verb in verbs:
        done = await crm.act(record.kind, record.id, verb, reason=reason)
        assert done is not None
        record = done
    return record


# --- customers


async def test_a_customer_is_reached_and_lives_somewhere(crm: Crm, person: TrytonPerson) -> None:
    alice = await customer(crm, **REACHED, **LIVES)
    assert {name: text for name, text in alice.fields.items() if name in REACHED | LIVES} == REACHED | LIVES
    blank = await customer(crm, email="", country="", street="2 Lime St")
    assert (blank.fields["email"], blank.fields["country"]) == ("", "")
    assert (blank.fields["street"], blank.fields["phone"]) == ("2 Lime St", REACHED["phone"])


async def test_what_the_business_noted_itself_is_neither_read_nor_blanked(
    crm: Crm, person: TrytonPerson
) -> None:
    alice = await customer(crm, email="a@alice.example")
    theirs = {"contact_mechanisms": [["create", [{"type": "email", "value": "other@alice.example"}]]]}
    person.ask("PUT", f"party.party/{alice.id}", theirs)
    assert (await customer(crm, email="")).fields["email"] == ""
    (left,) = person.search("party.contact_mechanism", [["party", "=", int(alice.id)]], "value")
    assert left["value"] == "other@alice.example"


@pytest.mark.parametrize(
    ("fields", "field"), [({"country": "XX"}, "country"), ({"code": "7"}, "code"), ({"lang": "de"}, "lang")]
)
async def test_what_a_party_cannot_be_is_refused_by_name(
    crm: Crm, person: TrytonPerson, fields: dict[str, str], field: str
) -> None:
    with pytest.raises(CrmRefused) as caught:
        await customer(crm, **fields)
    assert caught.value.field == field
    assert await crm.find(RecordKind.CUSTOMER, ALICE) == ()


async def test_a_text_of_several_lines_becomes_one_where_tryton_has_one(
    crm: Crm, person: TrytonPerson
) -> None:
    alice = await customer(crm, name=" Two\n\tlines\0 ", street=" Two\nlines\0 ")
    assert (alice.fields["name"], alice.fields["street"]) == ("Two lines", "Two\nlines")
    assert (await customer(crm, name="Two\nlines")).version == alice.version


async def test_what_tryton_says_of_a_refusal_is_passed_on(crm: Crm, person: TrytonPerson) -> None:
    alice = await customer(crm)
    late = replace(offer({RecordKind.CUSTOMER: alice.id}), valid_until="2020-01-31")
    with pytest.raises(CrmRefused) as caught:
        await crm.upsert(late)
    assert "Quotation Validity" in caught.value.said


async def test_a_customer_who_is_named_elsewhere_is_blanked_and_put_away(
    crm: Crm, person: TrytonPerson
) -> None:
    wish = await opportunity(crm)
    alice = await customer(crm, **REACHED, **LIVES)
    left = await crm.act(RecordKind.CUSTOMER, alice.id, RecordVerb.FORGET)
    assert left is not None
    assert {text for name, text in left.fields.items() if name != "code"} == {""}
    assert (left.external_id, left.id) == ("", alice.id)
    (shown,) = person.search("party.party", [["id", "=", int(alice.id)], ["active", "=", False]])
    assert str(shown["id"]) == alice.id
    assert (await crm.get(RecordKind.OPPORTUNITY, wish.id)).links[RecordKind.CUSTOMER] == alice.id


async def test_a_customer_whom_nothing_names_is_deleted(crm: Crm, person: TrytonPerson) -> None:
    alice = await customer(crm, **REACHED, **LIVES)
    assert await crm.act(RecordKind.CUSTOMER, alice.id, RecordVerb.FORGET) is None
    assert person.search("party.contact_mechanism", [["party", "=", int(alice.id)]]) == []


# --- opportunities


async def test_a_party_that_was_replaced_is_the_one_that_took_its_place(
    crm: Crm, person: TrytonPerson
) -> None:
    ours = await customer(crm)
    theirs = str(person.ask("POST", "party.party", {"name": "Alice"})["id"])
    person.replace(ours.id, by=theirs)
    found = await crm.get(RecordKind.CUSTOMER, ours.id)
    assert (found.id, found.external_id, found.in_place_of) == (theirs, "", ours.id)
    write = Upsert(kind=RecordKind.CUSTOMER, id=found.id, external_id=ALICE, fields={"name": "Alice"})
    assert (await crm.upsert(write)).record.external_id == ALICE
    links = {RecordKind.CUSTOMER: ours.id}
    wish = Upsert(kind=RecordKind.OPPORTUNITY, external_id=WISH, fields={"description": "x"}, links=links)
    assert (await crm.upsert(wish)).record.links[RecordKind.CUSTOMER] == theirs


async def test_an_opportunity_is_looked_after_and_can_be_quoted(crm: Crm, person: TrytonPerson) -> None:
    wish = await opportunity(crm)
    (found,) = person.search("sale.opportunity", [["id", "=", int(wish.id)]], "state", "employee.party.name")
    assert (found["state"], found["employee"]["party"]["name"]) == ("opportunity", "Robin Meadow")
    assert wish.fields["end_date"] == "2031-01-31"
    again = Upsert(kind=RecordKind.OPPORTUNITY, external_id=WISH, fields={"end_date": ""}, id=wish.id)
    assert (await crm.upsert(again)).record.fields["end_date"] == ""


async def test_a_lost_opportunity_says_why_and_is_opened_again(crm: Crm, person: TrytonPerson) -> None:
    wish = await act(crm, await opportunity(crm), RecordVerb.LOSE, reason="Expired")
    assert (wish.state, wish.fields["lost_reason"]) == (RecordState.LOST, "Expired")
    assert (await act(crm, wish, RecordVerb.REOPEN)).state is RecordState.OPEN
    (found,) = person.search("sale.opportunity", [["id", "=", int(wish.id)]], "state")
    assert found["state"] == "opportunity"


async def test_an_opportunity_with_a_quotation_is_lost_with_it(crm: Crm, person: TrytonPerson) -> None:
    sale = await act(crm, await quotation(crm), RecordVerb.QUOTE)
    wish = await crm.get(RecordKind.OPPORTUNITY, sale.links[RecordKind.OPPORTUNITY])
    assert (await act(crm, wish, RecordVerb.LOSE)).state is RecordState.LOST
    assert (await crm.get(RecordKind.QUOTATION, sale.id)).state is RecordState.CANCELLED


async def test_an_opportunity_is_not_lost_beside_an_order(crm: Crm, person: TrytonPerson) -> None:
    sale = await act(crm, await quotation(crm), RecordVerb.QUOTE, RecordVerb.CONFIRM)
    wish = await crm.get(RecordKind.OPPORTUNITY, sale.links[RecordKind.OPPORTUNITY])
    assert wish.state is RecordState.WON
    with pytest.raises(CrmRefused, match="it is won"):
        await act(crm, wish, RecordVerb.LOSE)
    reopened = await act(crm, sale, RecordVerb.REOPEN)
    assert reopened.state is RecordState.QUOTED
    assert (await crm.get(RecordKind.OPPORTUNITY, wish.id)).state is RecordState.OPEN


@pytest.mark.parametrize("state", ["opportunity", "lost", "converted"])
async def test_an_opportunity_is_deleted_unless_something_came_of_it(
    crm: Crm, person: TrytonPerson, state: str
) -> None:
    sale = await quotation(crm) if state == "converted" else None
    if sale is not None:
        await act(crm, sale, RecordVerb.QUOTE)
    wish = await opportunity(crm)
    note = Upsert(
        kind=RecordKind.NOTE, external_id=f"{WISH}#1", fields={"message": "Hi"}, links={wish.kind: wish.id}
    )
    await crm.upsert(note)
    if state == "lost":
        await act(crm, wish, RecordVerb.LOSE)
    if state == "converted":
        with pytest.raises(CrmRefused, match="neither deletes"):
            await crm.act(wish.kind, wish.id, RecordVerb.FORGET)
        assert len(await crm.find(RecordKind.NOTE, f"{WISH}#1")) == 1
    else:
        assert await crm.act(wish.kind, wish.id, RecordVerb.FORGET) is None
        assert await crm.find(RecordKind.NOTE, f"{WISH}#1") == ()


# --- quotations


async def test_an_offer_of_ours_becomes_a_quotation_whole(crm: Crm, person: TrytonPerson) -> None:
    sale = await quotation(crm)
    assert (sale.lines, sale.currency, sale.valid_until, sale.faults) == (LINES, "EUR", "2031-01-31", ())
    assert sale.fields["total_amount"] == "127.90"
    assert not (await crm.upsert(offer({}))).created
    assert (await crm.get(RecordKind.QUOTATION, sale.id)).version == sale.version
    quoted = await act(crm, sale, RecordVerb.QUOTE)
    assert quoted.fields["number"]


async def test_a_quotation_that_is_out_is_written_anew_and_out_again(crm: Crm, person: TrytonPerson) -> None:
    await act(crm, await quotation(crm), RecordVerb.QUOTE)
    cheaper = (QuoteLine("Fibre 500", "1", "34.90", "u", "P1M"),)
    revised = (await crm.upsert(replace(offer({}), lines=cheaper))).record
    assert (revised.lines, revised.state) == (cheaper, RecordState.QUOTED)
    await act(crm, revised, RecordVerb.CONFIRM)
    with pytest.raises(CrmRefused, match="confirmed"):
        await crm.upsert(replace(offer({}), lines=LINES))


async def test_why_a_quotation_was_cancelled_stands_in_a_note(crm: Crm, person: TrytonPerson) -> None:
    sale = await quotation(crm)
    for _ in range(2):
        await act(crm, sale, RecordVerb.CANCEL, reason="Withdrawn")
    (note,) = person.search("ir.note", [["resource", "=", f"sale.sale,{sale.id}"]], "message")
    assert note["message"] == "Withdrawn"


async def test_an_order_is_cancelled_and_a_quotation_forgotten(crm: Crm, person: TrytonPerson) -> None:
    sale = await act(crm, await quotation(crm), RecordVerb.QUOTE, RecordVerb.CONFIRM)
    with pytest.raises(CrmRefused, match="neither deletes"):
        await crm.act(sale.kind, sale.id, RecordVerb.FORGET)
    cancelled = await act(crm, sale, RecordVerb.CANCEL)
    assert cancelled.state is RecordState.CANCELLED
    assert await crm.act(sale.kind, sale.id, RecordVerb.FORGET) is None
    with pytest.raises(CrmMissing):
        await crm.get(sale.kind, sale.id)


@pytest.mark.parametrize(
    ("note", "per"),
    [
        ("per month", "P1M"),
        ("je Jahr", "P1Y"),
        ("/week", "P1W"),
        ("P6M", "P6M"),
        ("per customer", ""),
        ("", ""),
    ],
)
async def test_a_note_of_a_line_says_how_often(crm: Crm, person: TrytonPerson, note: str, per: str) -> None:
    wish = await opportunity(crm)
    sale = person.quotation(wish.links[RecordKind.CUSTOMER], wish.id, {"note": note})
    (line,) = (await crm.get(RecordKind.QUOTATION, sale)).lines
    assert line.per == per


def vat(person: TrytonPerson, **more: Any) -> dict[str, Any]:
    """Make a tax and return what a line says that has it."""
    (account, *_) = person.search(
        "account.account", [["type.statement", "=", "balance"], ["type", "!=", None]]
    )
    accounts = {"invoice_account": account["id"], "credit_note_account": account["id"]}
    tax = (
        {"name": "VAT", "description": "VAT", "type": "percentage", "rate": decimal("0.19")} | accounts | more
    )
    return {"taxes": [["add", [person.ask("POST", "account.tax", tax)["id"]]]]}


@pytest.mark.parametrize(
    ("nets", "quantity", "lines"),
    [
        (["33.53"], 1, [("1", "39.90")]),
        (["100.00"], 2, [("2", "119.00")]),
        (["33.53"], 100, [("100", "39.9007")]),
        (["0.0101"], 333, [("1", "4.00")]),
        (["0.03", "0.03"], 1, [("1", "0.04"), ("1", "0.04"), ("1", "-0.01")]),
    ],
)
async def test_prices_have_their_taxes_and_add_up_to_the_cent(
    crm: Crm, person: TrytonPerson, nets: list[str], quantity: int, lines: list[tuple[str, str]]
) -> None:
    wish, taxed = await opportunity(crm), vat(person)
    written = [taxed | {"unit_price": decimal(net), "quantity": quantity} for net in nets]
    id = person.quotation(wish.links[RecordKind.CUSTOMER], wish.id, *written)
    sale = await crm.get(RecordKind.QUOTATION, id)
    total = sum((Decimal(each.quantity) * Decimal(each.price) for each in sale.lines), Decimal(0))
    assert total == Decimal(sale.fields["total_amount"])
    assert [(each.quantity, each.price) for each in sale.lines] == lines


async def test_a_tax_that_is_no_percentage_is_a_fault(crm: Crm, person: TrytonPerson) -> None:
    wish = await opportunity(crm)
    line = vat(person, type="fixed", rate=None, amount=decimal("1"))
    sale = await crm.get(
        RecordKind.QUOTATION, person.quotation(wish.links[RecordKind.CUSTOMER], wish.id, line)
    )
    assert sale.faults == ("A line has a tax that is no percentage.",)


@pytest.mark.parametrize(
    ("agreed", "gross", "rounding"),
    [
        ([("Oven", "1", "4800.00"), ("Delivery", "1", "178.50")], "4978.50", []),
        ([("Oven", "2", "8700.00"), ("Stones", "1", "0.03")], "17400.03", [Decimal("-0.01")]),
    ],
)
async def test_a_price_of_ours_keeps_the_taxes_that_the_lines_had(
    crm: Crm, person: TrytonPerson, agreed: list[tuple[str, str, str]], gross: str, rounding: list[Decimal]
) -> None:
    wish, taxed = await opportunity(crm), vat(person)
    written = [taxed | {"description": name} for name in ("Oven", "Delivery")]
    id = person.quotation(wish.links[RecordKind.CUSTOMER], wish.id, *written)
    lines = tuple(QuoteLine(*line, "u") for line in agreed)
    write = Upsert(kind=RecordKind.QUOTATION, external_id=OFFER, id=id, lines=lines, currency="EUR")
    sale = (await crm.upsert(write)).record
    assert [(each.label, each.quantity, each.price) for each in sale.lines] == agreed
    assert sale.fields["total_amount"] == gross
    sold = person.search("sale.line", [["sale", "=", int(id)]], "unit_price", "taxes.rate")
    assert sum(bool(line["taxes"]) for line in sold) == len(agreed)
    assert [Decimal(line["unit_price"]["decimal"]) for line in sold if not line["taxes"]] == rounding
    again = (await crm.upsert(replace(write, lines=lines[:1]))).record
    assert [(each.label, each.price) for each in again.lines] == [("Oven", agreed[0][2])]


async def test_a_price_of_ours_for_several_delivers_several(crm: Crm, person: TrytonPerson) -> None:
    wish, taxed = await opportunity(crm), vat(person)
    product = person.search("product.product", [], "id")[0]["id"]
    unit = person.search("product.uom", [["name", "=", "Unit"]])[0]["id"]
    two = taxed | {"product": product, "unit": unit, "description": "Shelf", "quantity": 2}
    id = person.quotation(wish.links[RecordKind.CUSTOMER], wish.id, two)
    lines = (QuoteLine("2 x Shelf", "1", "540.00"),)
    write = Upsert(kind=RecordKind.QUOTATION, external_id=OFFER, id=id, lines=lines, currency="EUR")
    for _again in range(2):
        sale = (await crm.upsert(write)).record
        assert [(each.label, each.quantity, each.price) for each in sale.lines] == [("Shelf", "2", "270.00")]
    sold = person.search("sale.line", [["sale", "=", int(id)]], "quantity", "product")
    assert [(line["quantity"], line["product"]) for line in sold] == [(2, product)]
    assert sale.fields["total_amount"] == "540.00"


@pytest.mark.parametrize("fault", [{"currency": "XYZ"}, {"valid_until": "soon"}, {"links": {}}])
async def test_a_quotation_that_tryton_cannot_keep_is_not_begun(
    crm: Crm, person: TrytonPerson, fault: dict[str, Any]
) -> None:
    alice = await customer(crm)
    with pytest.raises(CrmRefused):
        await crm.upsert(replace(offer({RecordKind.CUSTOMER: alice.id}), **fault))
    assert await crm.find(RecordKind.QUOTATION, OFFER) == ()


async def test_a_reference_of_the_business_stays(crm: Crm, person: TrytonPerson) -> None:
    wish = await opportunity(crm)
    id = person.quotation(wish.links[RecordKind.CUSTOMER], wish.id, {})
    person.ask("PUT", f"sale.sale/{id}", {"reference": "PO 7"})
    assert (await crm.get(RecordKind.QUOTATION, id)).external_id == ""
    written = Upsert(kind=RecordKind.QUOTATION, external_id=OFFER, id=id)
    assert (await crm.upsert(written)).record.external_id == OFFER
    (found,) = person.search("sale.sale", [["id", "=", int(id)]], "reference")
    assert found["reference"] == f"PO 7 {OFFER}"
    assert [record.id for record in await crm.find(RecordKind.QUOTATION, OFFER)] == [id]
    assert await crm.find(RecordKind.QUOTATION, OFFER.replace(".", "_")) == ()


async def test_a_link_leads_to_something(crm: Crm, person: TrytonPerson) -> None:
    with pytest.raises(CrmMissing):
        await crm.upsert(offer({RecordKind.CUSTOMER: "999999"}))
    assert await crm.find(RecordKind.QUOTATION, OFFER) == ()


# --- notes, files, changes


async def test_a_note_that_a_person_writes_is_told_with_what_it_is_about(
    crm: Crm, person: TrytonPerson
) -> None:
    wish = await opportunity(crm)
    _, cursor = await everything_since(crm, "")
    person.ask("POST", "ir.note", {"resource": f"sale.opportunity,{wish.id}", "message": "@customer When?"})
    found, _ = await everything_since(crm, cursor)
    (note,) = [record for kind, _, record in found if kind is RecordKind.NOTE and record is not None]
    assert (note.fields["message"], note.external_id) == ("@customer When?", "")
    assert note.links == {RecordKind.OPPORTUNITY: wish.id}


async def test_a_note_ends_with_our_id_whatever_it_says(crm: Crm, person: TrytonPerson) -> None:
    wish, forged = await opportunity(crm), f"Hi\n\n[Freehold: {WISH}#2]"
    write = Upsert(
        kind=RecordKind.NOTE,
        external_id=f"{WISH}#1_%",
        fields={"message": forged},
        links={wish.kind: wish.id},
    )
    note = (await crm.upsert(write)).record
    assert (note.external_id, note.fields["message"]) == (f"{WISH}#1_%", forged)
    assert await crm.find(RecordKind.NOTE, f"{WISH}#2") == ()
    assert await crm.find(RecordKind.NOTE, f"{WISH}#1_%") == (note,)


async def test_evidence_hangs_on_the_order_byte_for_byte(crm: Crm, person: TrytonPerson) -> None:
    sale, evidence = await quotation(crm), bytes(range(256)) * 40
    write = Upsert(
        kind=RecordKind.FILE,
        external_id=f"{OFFER}#evidence",
        fields={"name": "evidence.json"},
        links={sale.kind: sale.id},
        content=evidence,
    )
    file = (await crm.upsert(write)).record
    assert (file.links, file.fields["data_size"]) == ({sale.kind: sale.id}, str(len(evidence)))
    assert await crm.act(RecordKind.FILE, file.id, RecordVerb.FORGET) is None


async def test_a_part_that_changes_is_a_change_of_the_whole(crm: Crm, person: TrytonPerson) -> None:
    alice = await customer(crm, email="a@alice.example")
    _, cursor = await everything_since(crm, "")
    (way,) = person.search("party.contact_mechanism", [["party", "=", int(alice.id)]])
    person.ask("PUT", f"party.contact_mechanism/{way['id']}", {"value": "b@alice.example"})
    found, _ = await everything_since(crm, cursor)
    (after,) = [
        record
        for _, id, record in found
        if record is not None and (record.kind, id) == (alice.kind, alice.id)
    ]
    assert after.fields["email"] == "b@alice.example"
    assert after.version != alice.version


async def test_the_cursor_stays_behind_trytons_clock(crm: Crm, person: TrytonPerson) -> None:
    """What is committed late has an earlier date, and a cursor of a clock that was ahead comes back."""
    await customer(crm)
    changes, cursor = await everything_since(crm, "")
    again, _ = await everything_since(crm, cursor)
    assert {(kind, id) for kind, id, _ in again} <= {(kind, id) for kind, id, _ in changes}
    held = datetime.fromisoformat(cursor.partition("/")[0]).replace(tzinfo=UTC)
    assert held <= datetime.now(UTC) - OVERLAP + timedelta(seconds=1)
    page = await crm.changes("2999-01-01T00:00:00.000000/0/0")
    assert (page.changes, page.more) == ((), False)
    assert page.cursor < "2999"


# --- who asks


async def test_who_sells_writes_notes_and_does_not_see_those_of_others(
    crm: Crm, person: TrytonPerson, tryton: TrytonServer
) -> None:
    groups = person.search("res.group", [["name", "in", ["Sales", "Sale Opportunity"]]])
    works = {
        "groups": [["add", [group["id"] for group in groups]]],
        "companies": [["add", [1]]],
        "company": 1,
    }
    seller = person.ask("POST", "res.user", {"name": "Robin", "login": "robin"} | works)
    key = person.ask("POST", "res.user.application", {"application": "rest", "user": seller["id"]}, f="key")[
        "key"
    ]
    async with load("tryton").opens(account(tryton, key)) as theirs:
        assert "notes that people write there are not seen" in (await theirs.health()).detail
        wish = await opportunity(theirs)
        note = Upsert(
            kind=RecordKind.NOTE,
            external_id=f"{WISH}#1",
            fields={"message": "Hi"},
            links={wish.kind: wish.id},
        )
        assert await theirs.find(note.kind, note.external_id) == ()
        assert [(await theirs.upsert(note)).created for _ in range(2)] == [True, False]
        changes, _ = await everything_since(theirs, "")
        assert {kind for kind, _, _ in changes} >= {RecordKind.CUSTOMER, RecordKind.OPPORTUNITY}
        assert RecordKind.NOTE not in {kind for kind, _, _ in changes}


@pytest.mark.parametrize(
    ("option", "there", "nowhere", "said"),
    [
        ("company", "1", "77", "does not work for the company"),
        ("employee", "Robin Meadow", "Nobody", "no employee of this name"),
        ("product", "FIB500", "none", "no product with this code"),
    ],
)
async def test_an_option_that_names_nothing_there_is_said(
    tryton: TrytonServer, option: str, there: str, nowhere: str, said: str
) -> None:
    told = account(tryton, tryton.key)
    async with load("tryton").opens(replace(told, options={**told.options, option: there})) as crm:
        assert (await crm.health()).title == "Tryton: Meadow Networks"
    async with load("tryton").opens(replace(told, options={**told.options, option: nowhere})) as crm:
        with pytest.raises(CrmUnavailable, match=said):
            await crm.health()


async def test_it_says_whose_it_is(crm: Crm, person: TrytonPerson) -> None:
    assert (await crm.health()).title == "Tryton: Meadow Networks"
    assert (await crm.health()).detail == ""
