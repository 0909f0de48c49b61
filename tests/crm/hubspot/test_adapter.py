"""HubSpot, played: what is written there, quotes that people write, what changed, limits, and odd answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from aiohttp import web

from node.core.crm_mapping import check_against, read_mapping
from node.crm import registry
from node.crm.adapters.hubspot.looks import OVERLAP, PAGE
from node.crm.adapters.hubspot.records import read_day, read_moment
from node.crm.port import (
    Crm,
    CrmDenied,
    CrmError,
    CrmMissing,
    CrmRefused,
    CrmStale,
    CrmUnavailable,
    CrmUnreadable,
    QuoteLine,
    RecordKind,
    RecordState,
    RecordVerb,
    Upsert,
    Upserted,
)
from tests.crm.connector import reply
from tests.crm.contract import ALICE, OFFER, WISH, CrmContract, Ground, everything_since
from tests.crm.hubspot.conftest import account
from tests.crm.hubspot.played import TOKEN, Hubspot, PlayedError

CUSTOMER, QUOTATION = RecordKind.CUSTOMER, RecordKind.QUOTATION
EMPTY: dict[str, Any] = {"results": []}
RECORD: dict[str, Any] = {"id": "101", "properties": {"lastname": "Alice", "freehold_id": ALICE}}


def customer(name: str = "Alice", external_id: str = ALICE, **fields: str) -> Upsert:
    return Upsert(kind=CUSTOMER, external_id=external_id, fields={"lastname": name, **fields})


async def quote(ground: Ground) -> str:
    return (await CrmContract().quotation(ground)).id


async def test_its_mapping_works_unedited(crm: Crm) -> None:
    check_against(read_mapping(registry.default_mapping("hubspot")), await crm.describe())


# --- what is written


async def test_the_property_of_ours_is_made_with_the_first_record_and_not_before(
    crm: Crm, played: Hubspot
) -> None:
    await crm.health()
    await everything_since(crm, "")
    assert await crm.find(CUSTOMER, ALICE) == ()
    assert played.properties == {}
    await crm.upsert(customer())
    assert played.properties["contacts/freehold_id"]["hasUniqueValue"] is True


async def test_a_property_of_the_same_name_that_is_not_unique_is_not_used(crm: Crm, played: Hubspot) -> None:
    played.properties["contacts/freehold_id"] = {"name": "freehold_id", "hasUniqueValue": False}
    with pytest.raises(CrmDenied, match="not unique"):
        await crm.upsert(customer())
    assert played.objects["contacts"] == {}


async def test_another_contact_with_the_same_e_mail_is_said_and_left_alone(crm: Crm, played: Hubspot) -> None:
    theirs = played.add("contacts", lastname="Theirs", email="alice@alice.example")
    with pytest.raises(CrmRefused, match="e-mail"):
        await crm.upsert(customer(email="alice@alice.example"))
    assert [*played.objects["contacts"]] == [theirs]


async def test_what_is_so_already_is_not_written_again(crm: Crm, played: Hubspot) -> None:
    await crm.upsert(customer())
    played.calls.clear()
    await crm.upsert(customer())
    assert [call for call in played.calls if "batch/read" not in call] == []


async def test_a_quote_that_is_out_is_a_draft_while_what_it_says_changes(
    ground: Ground, played: Hubspot
) -> None:
    id = await quote(ground)
    await ground.crm.act(QUOTATION, id, RecordVerb.QUOTE)
    lines = (QuoteLine("Fibre", "1", "29.90", per="P1M"), QuoteLine("Router", "1", "49.00"))
    write = Upsert(kind=QUOTATION, external_id=OFFER, id=id, fields={"hs_title": "Fibre 2"}, lines=lines)
    record = (await ground.crm.upsert(write)).record
    assert (record.state, record.lines, record.fields["hs_title"]) == (RecordState.QUOTED, lines, "Fibre 2")
    assert len(played.objects["line_items"]) == 2
    await ground.crm.act(QUOTATION, id, RecordVerb.CONFIRM)
    with pytest.raises(CrmRefused, match="confirmed"):
        await ground.crm.upsert(Upsert(kind=QUOTATION, external_id=OFFER, id=id, fields={"hs_title": "x"}))


async def test_a_quote_of_ours_is_made_with_its_lines(crm: Crm, played: Hubspot) -> None:
    lines = (QuoteLine("Fibre", "2", "19.90", per="P1M"), QuoteLine("Welcome", "1", "-5.00"))
    write = Upsert(
        kind=QUOTATION,
        external_id=OFFER,
        fields={"hs_title": "Fibre"},
        lines=lines,
        currency="EUR",
        valid_until="2031-01-31",
    )
    record = (await crm.upsert(write)).record
    assert (record.lines, record.currency, record.valid_until) == (lines, "EUR", "2031-01-31")
    assert record.state is RecordState.DRAFT
    for odd in ({"valid_until": "soon"}, {"lines": (QuoteLine("a", "1", "1.00", per="P9D"),)}):
        with pytest.raises(CrmRefused, match=r"day|period"):
            await crm.upsert(Upsert(kind=QUOTATION, external_id=f"{OFFER}/2", **odd))
    assert len(played.objects["quotes"]) == 1


async def test_what_hubspot_needs_and_has_not_is_said(crm: Crm, played: Hubspot) -> None:
    with pytest.raises(CrmRefused, match="hs_expiration_date"):
        await crm.upsert(Upsert(kind=QUOTATION, external_id=OFFER, fields={"hs_title": "Fibre"}))
    with pytest.raises(CrmRefused, match="lastname"):
        await crm.upsert(Upsert(kind=CUSTOMER, external_id=ALICE, fields={"website": ALICE}))
    assert (played.objects["quotes"], played.objects["contacts"]) == ({}, {})


async def test_many_new_contacts_are_made_in_some_requests(crm: Crm, played: Hubspot) -> None:
    there = (await crm.upsert(customer("There", f"{ALICE}/7"))).record
    played.calls.clear()
    done = await crm.bulk([customer(f"A {number}", f"{ALICE}/{number}") for number in range(230)])
    assert len(played.objects["contacts"]) == 230
    assert len(played.calls) <= 12
    records = [one.record for one in done if not isinstance(one, CrmError)]
    assert [record.fields["lastname"] for record in records] == [f"A {number}" for number in range(230)]
    assert records[7].id == there.id


async def test_one_that_is_refused_among_many_holds_up_no_other(crm: Crm, played: Hubspot) -> None:
    played.add("contacts", lastname="Theirs", email="taken@alice.example")
    writes = [customer(f"A {number}", f"{ALICE}/{number}") for number in range(3)]
    taken = customer("B", f"{ALICE}/b", email="taken@alice.example")
    twice = customer("A 0", f"{ALICE}/0")
    deal = Upsert(kind=RecordKind.OPPORTUNITY, external_id=f"{ALICE}/1", fields={"dealname": "Fibre"})
    done = await crm.bulk([writes[0], taken, *writes[1:], twice, deal, customer("no id", "")])
    assert [type(one) for one in done] == [Upserted, CrmRefused, *[Upserted] * 5]
    assert [one.created for one in done if isinstance(one, Upserted)] == [True, True, True, False, True, True]
    assert {one["properties"].get("freehold_id") for one in played.objects["contacts"].values()} == {
        *(f"{ALICE}/{number}" for number in range(3)),
        None,
        "",
    } - {""}


async def test_what_belongs_nowhere_is_refused(crm: Crm) -> None:
    with pytest.raises(CrmRefused):
        await crm.upsert(Upsert(kind=RecordKind.INVOICE, external_id=OFFER))
    with pytest.raises(CrmRefused):
        await crm.upsert(Upsert(kind=CUSTOMER, external_id=ALICE, links={QUOTATION: "1"}))
    made = (await crm.upsert(customer())).record
    with pytest.raises(CrmRefused):
        await crm.act(CUSTOMER, made.id, RecordVerb.WIN)


async def test_a_note_about_a_quote_hangs_on_its_deal_and_is_text(ground: Ground, played: Hubspot) -> None:
    id = await quote(ground)
    text = "<b>bold</b> & two\nlines"
    write = Upsert(
        kind=RecordKind.NOTE, external_id=f"{OFFER}#1", fields={"hs_note_body": text}, links={QUOTATION: id}
    )
    record = (await ground.crm.upsert(write)).record
    (deal,) = await ground.crm.find(RecordKind.OPPORTUNITY, WISH)
    assert record.links[RecordKind.OPPORTUNITY] == deal.id
    assert record.fields["hs_note_body"] == text
    assert "<b>" not in played.objects["notes"][record.id]["properties"]["hs_note_body"]


# --- quotes that people write


@pytest.mark.parametrize(
    ("item", "line"),
    [
        ({"quantity": "3", "price": "10"}, QuoteLine("Fibre", "3", "10.00")),
        (
            {"price": "10.5", "recurringbillingfrequency": "annually"},
            QuoteLine("Fibre", "1", "10.50", per="P1Y"),
        ),
        ({"quantity": "2", "price": "10", "amount": "18"}, QuoteLine("Fibre", "2", "9.00")),
        ({"quantity": "3", "price": "10", "amount": "25"}, QuoteLine("3 Fibre", "1", "25.00")),
        ({"quantity": "0", "price": "10", "amount": "25"}, QuoteLine("0 Fibre", "1", "25.00")),
    ],
)
async def test_a_line_is_what_is_paid(
    ground: Ground, played: Hubspot, item: dict[str, str], line: QuoteLine
) -> None:
    quote = played.add("quotes", hs_title="x", hs_status="DRAFT")
    played.join("quotes", quote, "line_items", played.add("line_items", name="Fibre", **item))
    record = await ground.crm.get(QUOTATION, quote)
    assert (record.lines, record.faults) == ((line,), ())


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"price": "10", "hs_recurring_billing_period": "P12M"}, "limited time"),
        ({"price": "10", "hs_recurring_billing_number_of_payments": "12"}, "limited time"),
        ({"price": "10", "hs_tax_rate_group_id": "7"}, "tax"),
        ({"price": "10", "recurringbillingfrequency": "at full moon"}, "full moon"),
        ({"price": "about 10"}, "price"),
        ({"price": "10", "quantity": "1e9"}, "quantity"),
        ({}, "price"),
    ],
)
async def test_what_an_offer_cannot_say_is_a_fault(
    ground: Ground, played: Hubspot, item: dict[str, str], said: str
) -> None:
    quote = played.add("quotes", hs_title="x")
    played.join("quotes", quote, "line_items", played.add("line_items", name="Fibre", **item))
    (fault,) = (await ground.crm.get(QUOTATION, quote)).faults
    assert said in fault


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("", RecordState.DRAFT),
        ("DRAFT", RecordState.DRAFT),
        ("PENDING_APPROVAL", RecordState.DRAFT),
        ("REJECTED", RecordState.DRAFT),
        ("APPROVED", RecordState.QUOTED),
        ("APPROVAL_NOT_NEEDED", RecordState.QUOTED),
        ("a word of tomorrow", RecordState.DRAFT),
    ],
)
async def test_only_what_is_published_is_out(
    crm: Crm, played: Hubspot, status: str, state: RecordState
) -> None:
    assert (await crm.get(QUOTATION, played.add("quotes", hs_status=status))).state is state


def test_days_and_moments_are_read_however_they_are_written() -> None:
    assert (
        read_day("2031-01-31")
        == read_day("2031-01-31T00:00:00Z")
        == read_day("1927584000000")
        == "2031-01-31"
    )
    assert read_day("soon") == "soon"
    assert read_moment("") is None
    moment = datetime(2031, 1, 31, tzinfo=UTC)
    assert read_moment("1927584000000") == read_moment("2031-01-31T00:00:00.000Z") == moment
    assert read_moment("2031-01-31T00:00:00") == moment


# --- moving and forgetting


async def test_a_deal_that_is_lost_says_why_and_is_opened_again(ground: Ground) -> None:
    deal = await CrmContract().opportunity(ground)
    lost = await ground.crm.act(deal.kind, deal.id, RecordVerb.LOSE, reason="Too dear")
    assert lost is not None
    assert (lost.state, lost.fields["closed_lost_reason"]) == (RecordState.LOST, "Too dear")
    opened = await ground.crm.act(deal.kind, deal.id, RecordVerb.REOPEN)
    assert opened is not None
    assert opened.state is RecordState.OPEN


async def test_contacts_alone_are_made_together(crm: Crm) -> None:
    described = await crm.describe()
    assert (described.bulk, described.kinds[CUSTOMER].singly) == (100, False)
    assert all(held.singly for kind, held in described.kinds.items() if kind is not CUSTOMER)


async def test_a_deal_begins_in_the_first_pipeline_and_is_opened_again_in_its_own(
    ground: Ground, played: Hubspot
) -> None:
    deal = await CrmContract().opportunity(ground)
    stands = played.objects["deals"][deal.id]["properties"]
    assert (stands["pipeline"], stands["dealstage"]) == ("default", "appointmentscheduled")
    await played.change(deal.kind, deal.id, "pipeline", "renewals")
    for verb, stage in (
        (RecordVerb.LOSE, "renewlost"),
        (RecordVerb.REOPEN, "renewal"),
        (RecordVerb.WIN, "renewed"),
    ):
        await ground.crm.act(deal.kind, deal.id, verb)
        stands = played.objects["deals"][deal.id]["properties"]
        assert (stands["pipeline"], stands["dealstage"]) == ("renewals", stage)


@pytest.mark.parametrize("verbs", [["quote"], ["quote", "confirm"], ["quote", "cancel"], ["cancel"]])
async def test_a_quote_is_made_a_draft_from_wherever_it_is(ground: Ground, verbs: list[str]) -> None:
    id = await quote(ground)
    for verb in (*verbs, "draft", "draft"):
        record = await ground.crm.act(QUOTATION, id, RecordVerb(verb))
    assert record is not None
    assert record.state is RecordState.DRAFT


async def test_a_pipeline_without_an_end_is_said(ground: Ground, played: Hubspot) -> None:
    deal = await CrmContract().opportunity(ground)
    await played.change(deal.kind, deal.id, "pipeline", "another")
    with pytest.raises(CrmRefused, match="no stage"):
        await ground.crm.act(deal.kind, deal.id, RecordVerb.WIN)


async def test_a_contact_is_erased_and_a_deal_blanked_before_it_is_deleted(
    ground: Ground, played: Hubspot
) -> None:
    deal = await CrmContract().opportunity(ground)
    await ground.crm.act(deal.kind, deal.id, RecordVerb.FORGET)
    assert played.objects["deals"] == {}
    assert played.archived[deal.id]["properties"]["dealname"] == "Forgotten"
    who = deal.links[CUSTOMER]
    await ground.crm.act(CUSTOMER, who, RecordVerb.FORGET)
    assert played.erased == [who]


async def test_what_hangs_on_a_deal_or_a_quote_is_forgotten_with_it(ground: Ground, played: Hubspot) -> None:
    id = await quote(ground)
    (deal,) = await ground.crm.find(RecordKind.OPPORTUNITY, WISH)
    theirs = played.add("notes", hs_note_body="called Alice")
    played.join("notes", theirs, "deals", deal.id)
    await ground.crm.act(QUOTATION, id, RecordVerb.QUOTE)
    await ground.crm.act(QUOTATION, id, RecordVerb.FORGET)
    assert (played.objects["quotes"], played.objects["line_items"]) == ({}, {})
    assert theirs in played.objects["notes"]
    await ground.crm.act(deal.kind, deal.id, RecordVerb.FORGET)
    assert played.objects["notes"] == {}
    assert played.archived[theirs]["properties"]["hs_note_body"] is None


async def test_a_quote_that_is_out_is_cancelled_and_its_deal_says_why(
    ground: Ground, played: Hubspot
) -> None:
    id = await quote(ground)
    await ground.crm.act(QUOTATION, id, RecordVerb.QUOTE)
    record = await ground.crm.act(QUOTATION, id, RecordVerb.CANCEL, reason="too <late>")
    assert record is not None
    assert record.state is RecordState.CANCELLED
    (note,) = [
        record
        for _, _, record in (await everything_since(ground.crm, ""))[0]
        if record and "hs_note_body" in record.fields
    ]
    assert (note.fields["hs_note_body"], note.external_id) == ("too <late>", "")
    assert note.links[RecordKind.OPPORTUNITY] == record.links[RecordKind.OPPORTUNITY]


async def test_evidence_is_private_and_erased_with_its_note(ground: Ground, played: Hubspot) -> None:
    deal = await CrmContract().opportunity(ground)
    file = Upsert(
        kind=RecordKind.FILE,
        external_id=f"{WISH}#evidence",
        fields={"hs_note_body": '../evidence"1.json'},
        links={deal.kind: deal.id},
        content=b'{"a":\r\n1}',
    )
    record = (await ground.crm.upsert(file)).record
    assert [*played.files.values()] == [b'{"a":\r\n1}']
    assert await ground.crm.find(RecordKind.NOTE, f"{WISH}#evidence") == ()
    assert {kind for kind, _, _ in (await everything_since(ground.crm, ""))[0]} >= {RecordKind.FILE}
    with pytest.raises(CrmMissing):
        await ground.crm.get(RecordKind.NOTE, record.id)
    await ground.crm.act(RecordKind.FILE, record.id, RecordVerb.FORGET)
    assert (played.files, played.objects["notes"]) == ({}, {})


# --- what changed


async def test_what_hubspot_computes_by_itself_is_no_change(crm: Crm, played: Hubspot) -> None:
    before = (await crm.upsert(customer())).record
    played.now = lambda: datetime.now(UTC) + timedelta(minutes=1)
    played.touch("contacts", before.id)
    after = await crm.get(CUSTOMER, before.id)
    assert after.version == before.version
    assert after.changed_at != before.changed_at


async def test_many_of_one_moment_are_all_told(crm: Crm, played: Hubspot) -> None:
    then = datetime(2026, 3, 1, 12, tzinfo=UTC)
    played.now = lambda: then
    ids = {played.add("contacts", lastname=f"A {number}") for number in range(2 * PAGE + 30)}
    played.now = lambda: then + timedelta(milliseconds=1)
    ids |= {played.add("contacts", lastname="later")}
    played.now = lambda: datetime.now(UTC)
    found, cursor = await everything_since(crm, "")
    assert {id for _, id, _ in found} == ids
    assert len((await everything_since(crm, cursor))[0]) <= 2


async def test_what_changes_while_pages_are_read_slips_past_none(crm: Crm, played: Hubspot) -> None:
    begin = datetime(2026, 3, 1, 12, tzinfo=UTC)
    ids = []
    for number in range(2 * PAGE):
        played.now = lambda number=number: begin + timedelta(seconds=number)  # type: ignore[misc]
        ids.append(played.add("contacts", lastname=f"A {number}"))
    played.now = lambda: datetime.now(UTC)
    page = await crm.changes("")
    for id in ids[: PAGE // 2]:
        await played.change(CUSTOMER, id, "lastname", "changed")
    rest, _ = await everything_since(crm, page.cursor)
    assert {change.id for change in page.changes} | {id for _, id, _ in rest} == {*ids}


async def test_what_the_index_has_late_is_told_all_the_same(crm: Crm, played: Hubspot) -> None:
    late = played.add("contacts", lastname="late")
    played.behind.add(late)
    other = played.add("contacts", lastname="early")
    found, cursor = await everything_since(crm, "")
    assert [id for _, id, _ in found] == [other]
    played.behind.clear()
    found, cursor = await everything_since(crm, cursor)
    assert late in {id for _, id, _ in found}
    assert datetime.now(UTC).timestamp() * 1000 - int(cursor.split("/")[1]) >= OVERLAP / timedelta(
        milliseconds=1
    )


async def test_no_more_is_searched_in_a_second_than_hubspot_allows(crm: Crm, played: Hubspot) -> None:
    for _ in range(3):
        await everything_since(crm, "")  # the played HubSpot refuses a sixth within a second


@pytest.mark.parametrize(
    "cursor", ["9/0/0/0/0/0/0", "0/0/0/0/0/0", "0/0/0/0/0/0/0/0", "0/-1/0/0/0/0/0", "4/0/0/0/0/0/0"]
)
async def test_a_cursor_of_another_is_refused(crm: Crm, cursor: str) -> None:
    with pytest.raises(CrmRefused):
        await crm.changes(cursor)


# --- how it fails


def played_error(status: int, category: str, message: str, **more: Any) -> web.Response:
    return reply(PlayedError(status, category, message, **more).document, status)


LIMIT = {"errorType": "RATE_LIMIT"}


@pytest.mark.parametrize(
    ("answer", "error", "said"),
    [
        (lambda: played_error(401, "INVALID_AUTHENTICATION", f"{TOKEN} expired"), CrmDenied, "expired"),
        (
            lambda: played_error(403, "MISSING_SCOPES", "crm.objects.contacts.read"),
            CrmDenied,
            "contacts.read",
        ),
        (
            lambda: played_error(400, "VALIDATION_ERROR", "Property values were not valid"),
            CrmRefused,
            "not valid",
        ),
        (lambda: played_error(423, "LOCKED", "Too much at once"), CrmRefused, "at once"),
        (lambda: played_error(502, "TIMEOUT", "slow"), CrmUnavailable, "slow"),
        (lambda: web.Response(status=302, headers={"Location": "https://evil.example/"}), CrmUnavailable, ""),
        (lambda: web.Response(text="<html>sign in</html>", content_type="text/html"), CrmUnavailable, "page"),
    ],
)
async def test_it_fails_as_every_crm(
    crm: Crm, played: Hubspot, answer: Any, error: type[CrmError], said: str
) -> None:
    played.answers.append(answer())
    with pytest.raises(error) as caught:
        await crm.get(CUSTOMER, "101")
    assert said in str(caught.value)
    assert TOKEN not in str(caught.value)


@pytest.mark.parametrize(
    ("policy", "header", "wait"),
    [
        ("SECONDLY", None, timedelta(seconds=10)),
        ("TEN_SECONDLY_ROLLING", "3", timedelta(seconds=3)),
        ("DAILY", None, timedelta(hours=1)),
    ],
)
async def test_a_limit_says_when_to_try_again(
    crm: Crm, played: Hubspot, policy: str, header: str | None, wait: timedelta
) -> None:
    limited = played_error(429, "RATE_LIMITS", "You have reached your limit.", **LIMIT, policyName=policy)
    limited.headers.update({"Retry-After": header} if header else {})
    played.answers.append(limited)
    with pytest.raises(CrmUnavailable) as caught:
        await crm.changes("")
    assert caught.value.retry_after == wait
    assert ("today" in str(caught.value)) is (policy == "DAILY")


async def test_another_key_is_refused_there(address: str) -> None:
    async with registry.load("hubspot").opens(account(address, "another")) as crm:
        with pytest.raises(CrmDenied):
            await crm.health()


async def test_a_part_that_went_wrong_is_no_success(crm: Crm, played: Hubspot) -> None:
    await crm.upsert(customer())
    error = PlayedError(400, "VALIDATION_ERROR", f"bad {TOKEN}").document
    for answer in ({"results": [], "errors": [error], "numErrors": 1}, EMPTY | {"errors": [error]}):
        played.answers += [reply(EMPTY, 207), reply(answer, 207)]
        with pytest.raises(CrmRefused) as caught:
            await crm.upsert(customer(external_id=f"{ALICE}/2"))
        assert TOKEN not in str(caught.value)


WRONG: list[Any] = [
    [],
    {},
    {"results": None},
    {"results": [1]},
    {"results": [{}]},
    {"results": [RECORD | {"id": "../1"}]},
    {"results": [RECORD | {"id": None}]},
    {"results": [], "errors": [1]},
]
LINES = "line_items"
ODD: list[Any] = [None, {"lastname": 1}, {"lastmodifieddate": "yesterday"}]


@pytest.mark.parametrize("answer", WRONG)
async def test_what_cannot_be_read_is_no_record(crm: Crm, played: Hubspot, answer: Any) -> None:
    played.properties["contacts/freehold_id"] = {"hasUniqueValue": True}
    await crm.find(CUSTOMER, ALICE)
    for ask in (crm.get(CUSTOMER, "101"), crm.find(CUSTOMER, ALICE), crm.changes("")):
        played.answers.append(reply(answer))
        with pytest.raises(CrmUnavailable):
            await ask


@pytest.mark.parametrize("properties", ODD)
async def test_a_record_that_cannot_be_read_is_told_by_itself(
    crm: Crm, played: Hubspot, properties: Any
) -> None:
    played.properties["contacts/freehold_id"] = {"hasUniqueValue": True}
    await crm.find(CUSTOMER, ALICE)
    there = {"lastname": "Alice", "lastmodifieddate": "2026-03-14T12:00:00Z"}
    answer = {"results": [RECORD | {"properties": properties}, RECORD | {"id": "102", "properties": there}]}
    for ask in (crm.get(CUSTOMER, "101"), crm.find(CUSTOMER, ALICE)):
        played.answers.append(reply(answer))
        with pytest.raises(CrmUnreadable, match="Look at it there"):
            await ask
    played.answers.append(reply(answer))
    page = await crm.changes("")
    assert [(change.id, change.record is None, bool(change.fault)) for change in page.changes] == [
        ("101", True, True),
        ("102", False, False),
    ]
    _, cursor = await everything_since(crm, page.cursor)
    assert cursor != ""


async def test_a_quote_with_a_line_that_cannot_be_read_holds_up_no_other(
    crm: Crm, played: Hubspot, ground: Ground
) -> None:
    odd = await quote(ground)
    deal = await CrmContract().opportunity(ground)
    good = await played.write_quotation(customer=deal.links[CUSTOMER], opportunity=deal.id)
    (line,) = [end for _, begin, _, end in played.links if begin == odd and end in played.objects[LINES]]
    played.objects[LINES][line]["properties"]["name"] = 7
    found, _ = await everything_since(crm, "")
    told = {id: record for kind, id, record in found if kind is QUOTATION}
    assert told[odd] is None
    assert told[good] is not None


async def test_what_was_not_asked_for_is_not_found(crm: Crm, played: Hubspot) -> None:
    played.properties["contacts/freehold_id"] = {"hasUniqueValue": True}
    await crm.find(CUSTOMER, ALICE)
    others = [
        RECORD | {"properties": {"freehold_id": other}} for other in ("", "another", ALICE.upper(), None)
    ]
    played.answers.append(reply({"results": others}))
    assert await crm.find(CUSTOMER, ALICE) == ()
    played.answers.append(reply({"results": [RECORD | {"id": "102"}]}))
    with pytest.raises(CrmMissing):
        await crm.get(CUSTOMER, "101")


@pytest.mark.parametrize("date", ["Sun Nov  6 08:49:37 1994", "Sun, 06 Nov 1994 08:49:37 -0000", "soon"])
async def test_whatever_clock_it_has_looks_go_on(crm: Crm, played: Hubspot, date: str) -> None:
    played.answers.append(web.json_response(EMPTY, headers={"Date": date}))
    page = await crm.changes("")
    assert page.cursor.startswith("1/")


async def test_a_page_is_bounded(crm: Crm, played: Hubspot) -> None:
    played.answers.append(reply({"results": [RECORD] * (PAGE + 1)}))
    with pytest.raises(CrmUnavailable):
        await crm.changes("")


@pytest.mark.parametrize("id", ["", "..", "1/2", "x", "1?x", "9" * 19, "\u0661"])
async def test_an_id_is_no_way_to_another_address(crm: Crm, played: Hubspot, id: str) -> None:
    for ask in (crm.get(CUSTOMER, id), crm.act(QUOTATION, id, RecordVerb.QUOTE)):
        with pytest.raises(CrmMissing):
            await ask
    assert await crm.act(CUSTOMER, id, RecordVerb.FORGET) is None
    assert played.calls == []


async def test_associations_without_an_end_are_not_read_for_ever(crm: Crm, played: Hubspot) -> None:
    id = played.add("deals", dealname="x")
    round = {"from": {"id": id}, "to": [], "paging": {"next": {"after": "MQ"}}}
    record = {"id": id, "properties": {"dealname": "x"}}
    played.answers += [reply({"results": [record]}), *(reply({"results": [round]}) for _ in range(30))]
    with pytest.raises(CrmUnavailable, match="more contacts"):
        await crm.get(RecordKind.OPPORTUNITY, id)


async def test_what_changed_while_it_was_looked_at_is_stale(ground: Ground, played: Hubspot) -> None:
    id = await quote(ground)
    before = await ground.crm.get(QUOTATION, id)
    (item,) = played.objects["line_items"]
    played.keep("line_items", item, {"price": "99"})
    with pytest.raises(CrmStale):
        await ground.crm.upsert(Upsert(kind=QUOTATION, external_id=OFFER, id=id, base_version=before.version))
