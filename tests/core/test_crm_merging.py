"""Merging: whose value of a field holds, what is written of a record, and how a state is reached."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from node.core.crm_mapping import CrmMapping, FieldOwner, MappedField, Transform
from node.core.crm_merging import (
    FieldChoice,
    FieldFate,
    Linking,
    WantedRecord,
    agreed_on,
    chosen,
    compare,
    digest_of,
    judge,
    match_by,
    next_step,
    to_upsert,
)
from node.core.records import CrmRecord, QuoteLine, RecordKind, RecordState, RecordVerb

NOW = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)
TEXTS = st.sampled_from(["", "a", "b", "c"])


def field(owner: FieldOwner, source: str = "name", transform: Transform = Transform.TEXT) -> MappedField:
    return MappedField(
        sources=(source,),
        target=f"crm_{source}",
        owner=owner,
        transform=transform,
        purpose="p",
    )


def mapping(*fields: MappedField) -> CrmMapping:
    return CrmMapping({RecordKind.CUSTOMER: fields})


WANTED = WantedRecord(kind=RecordKind.CUSTOMER, external_id="https://a.example", values={"name": "Ada"})


def record(**fields: str) -> CrmRecord:
    return CrmRecord(
        kind=RecordKind.CUSTOMER, id="7", version="1", external_id="https://a.example", fields=fields
    )


@pytest.mark.parametrize(
    ("found", "match"), [(0, Linking.CREATE), (1, Linking.LINK), (2, Linking.QUARANTINE)]
)
def test_none_one_or_many(found: int, match: Linking) -> None:
    assert match_by(found) is match


@pytest.mark.parametrize(
    ("owner", "base", "ours", "theirs", "verdict"),
    [
        (FieldOwner.CUSTOMER, "a", "a", "b", FieldFate.WRITE),
        (FieldOwner.CUSTOMER, None, "a", "b", FieldFate.WRITE),
        (FieldOwner.BUSINESS, None, "a", "", FieldFate.WRITE),
        (FieldOwner.BUSINESS, None, "a", "b", FieldFate.KEEP),
        (FieldOwner.BUSINESS, "a", "b", "a", FieldFate.WRITE),
        (FieldOwner.BUSINESS, "a", "b", "c", FieldFate.KEEP),
        (FieldOwner.BUSINESS, "a", "b", "", FieldFate.KEEP),
        (FieldOwner.BUSINESS, "", "b", "", FieldFate.WRITE),
        (FieldOwner.NEWEST, "a", "b", "a", FieldFate.WRITE),
        (FieldOwner.NEWEST, "a", "a", "b", FieldFate.KEEP),
        (FieldOwner.NEWEST, "a", "b", "c", FieldFate.CONFLICT),
        (FieldOwner.MANUAL, "a", "b", "a", FieldFate.WRITE),
        (FieldOwner.MANUAL, "a", "a", "b", FieldFate.KEEP),
        (FieldOwner.MANUAL, "a", "b", "c", FieldFate.CONFLICT),
        (FieldOwner.MANUAL, None, "a", "b", FieldFate.CONFLICT),
        (FieldOwner.NEWEST, None, "a", "b", FieldFate.KEEP),
    ],
)
def test_whose_value_holds(
    owner: FieldOwner, base: str | None, ours: str, theirs: str, verdict: FieldFate
) -> None:
    assert judge(owner, base=base, ours=ours, theirs=theirs) is verdict


@pytest.mark.parametrize(
    ("owner", "ours_before", "base", "ours", "theirs", "verdict"),
    [
        # Theirs was kept once, and nobody has changed anything since.
        (FieldOwner.BUSINESS, "a", "b", "a", "b", FieldFate.KEEP),
        (FieldOwner.NEWEST, "a", "b", "a", "b", FieldFate.KEEP),
        (FieldOwner.MANUAL, "a", "b", "a", "b", FieldFate.KEEP),
        # Then ours changes: newest is ours, a person who kept theirs once is asked, the business's stays.
        (FieldOwner.NEWEST, "a", "b", "c", "b", FieldFate.WRITE),
        (FieldOwner.MANUAL, "a", "b", "c", "b", FieldFate.CONFLICT),
        (FieldOwner.BUSINESS, "a", "b", "c", "b", FieldFate.KEEP),
        # Then theirs changes once more.
        (FieldOwner.NEWEST, "a", "b", "a", "c", FieldFate.KEEP),
        (FieldOwner.MANUAL, "a", "b", "a", "c", FieldFate.KEEP),
        # What is the customer's is spelled their way, to the blanks, or written again.
        (FieldOwner.CUSTOMER, "a  b", "a b", "a  b", "a b", FieldFate.KEEP),
        (FieldOwner.CUSTOMER, "", "a b", "", "a b", FieldFate.WRITE),
        (FieldOwner.CUSTOMER, "a  b", "a b", "a  b", "a  c", FieldFate.WRITE),
    ],
)
def test_what_was_kept_once_is_kept_until_somebody_changes_it(
    owner: FieldOwner, ours_before: str, base: str, ours: str, theirs: str, verdict: FieldFate
) -> None:
    assert judge(owner, base=base, ours=ours, theirs=theirs, ours_before=ours_before) is verdict


@pytest.mark.parametrize("owner", [FieldOwner.BUSINESS, FieldOwner.NEWEST, FieldOwner.MANUAL])
@pytest.mark.parametrize("theirs", ["Countess", ""])
def test_a_field_that_somebody_changed_there_is_left_however_often_it_is_looked_at(
    owner: FieldOwner, theirs: str
) -> None:
    fields, base = mapping(field(owner)), agreed_on([], None, record()) | {"crm_name": "Ada"}
    there = record(crm_name=theirs)
    for _ in range(3):
        verdicts = compare(WANTED, fields, there, base)
        assert to_upsert(WANTED, verdicts, there, {}) is None
        base = agreed_on(verdicts, base, there)


LINES = (QuoteLine("Fibre", "2", "19.95", per="P1M"), QuoteLine("Welcome", "1", "-5.00"))
QUOTATION = WantedRecord(
    kind=RecordKind.QUOTATION,
    external_id="https://a.example",
    values={},
    aim=RecordState.QUOTED,
    lines=LINES,
    currency="EUR",
    valid_until="2026-12-31",
)
QUOTED = CrmRecord(
    kind=RecordKind.QUOTATION,
    id="7",
    version="1",
    external_id="https://a.example",
    state=RecordState.QUOTED,
    lines=LINES,
    currency="EUR",
)
CHEAPER = (QuoteLine("2 x Fibre", "1", "29.9", per="P1M"),)
DEARER = (QuoteLine("2 x Fibre", "1", "59.9", per="P1M"),)


def price(wanted: WantedRecord, there: CrmRecord | None, base: dict[str, str] | None) -> FieldFate | None:
    verdicts = compare(wanted, mapping(), there, base)
    write = None if there is None else to_upsert(wanted, verdicts, there, {})
    writes = write is not None and write.lines == wanted.lines
    fate = next((each.verdict for each in verdicts), None)
    assert there is None or writes is (fate is FieldFate.WRITE)
    return fate


def test_lines_follow_who_changed_them_and_a_person_decides_where_both_did() -> None:
    base = agreed_on(compare(QUOTATION, mapping(), QUOTED, None), None, QUOTED)
    lowered, raised = replace(QUOTATION, lines=CHEAPER), replace(QUOTED, lines=DEARER)
    assert price(QUOTATION, None, None) is FieldFate.WRITE
    assert price(QUOTATION, QUOTED, None) is FieldFate.SAME
    assert price(QUOTATION, QUOTED, base) is FieldFate.SAME
    assert price(lowered, QUOTED, base) is FieldFate.WRITE
    assert price(QUOTATION, raised, base) is FieldFate.KEEP
    assert price(lowered, raised, base) is FieldFate.CONFLICT
    assert price(lowered, QUOTED, None) is FieldFate.CONFLICT


def test_a_draft_is_somebodys_and_what_is_signed_is_written_into_it_before_it_is_an_order() -> None:
    base = agreed_on(compare(QUOTATION, mapping(), QUOTED, None), None, QUOTED)
    draft, signed = replace(QUOTED, state=RecordState.DRAFT, lines=DEARER), replace(QUOTATION, signed=True)
    assert price(QUOTATION, draft, base) is None
    assert agreed_on([], base, draft) == base
    assert price(replace(signed, aim=RecordState.CONFIRMED), draft, base) is FieldFate.WRITE
    assert price(signed, replace(QUOTED, lines=DEARER), base) is FieldFate.WRITE
    assert price(signed, replace(QUOTED, state=RecordState.CONFIRMED), base) is None


def test_what_a_crm_rounds_is_written_once() -> None:
    signed, rounded = replace(QUOTATION, signed=True), replace(QUOTED, lines=DEARER)
    base = agreed_on(compare(signed, mapping(), QUOTED, None), None, rounded)
    assert price(signed, rounded, base) is FieldFate.KEEP
    assert price(signed, QUOTED, base) is FieldFate.SAME
    assert price(signed, replace(QUOTED, lines=CHEAPER), base) is FieldFate.WRITE


@pytest.mark.parametrize(
    ("later", "verdict"), [(1, FieldFate.WRITE), (-1, FieldFate.KEEP), (0, FieldFate.CONFLICT)]
)
def test_the_newest_wins_where_times_tell(later: int, verdict: FieldFate) -> None:
    ours_at = NOW + timedelta(seconds=later)
    found = judge(FieldOwner.NEWEST, base="a", ours="b", theirs="c", ours_at=ours_at, theirs_at=NOW)
    assert found is verdict


@given(st.sampled_from([*FieldOwner]), st.none() | TEXTS, TEXTS, TEXTS)
def test_nobodys_change_is_written_over_by_accident(
    owner: FieldOwner, base: str | None, ours: str, theirs: str
) -> None:
    verdict = judge(owner, base=base, ours=ours, theirs=theirs)
    assert (verdict is FieldFate.SAME) is (ours == theirs)
    theirs_changed = base is not None and theirs != base
    if owner is not FieldOwner.CUSTOMER and theirs_changed and theirs:
        assert verdict is not FieldFate.WRITE


def test_a_record_that_is_not_there_gets_all_that_has_a_value() -> None:
    fields = (field(FieldOwner.BUSINESS), field(FieldOwner.CUSTOMER, "handle"))
    verdicts = compare(WANTED, mapping(*fields), None, None)
    assert [each.verdict for each in verdicts] == [FieldFate.WRITE, FieldFate.SAME]
    write = to_upsert(WANTED, verdicts, None, {})
    assert write is not None
    assert (write.id, write.fields, write.lines) == ("", {"crm_name": "Ada"}, None)


def test_a_new_quotation_takes_its_lines_along() -> None:
    line = QuoteLine("Fibre", "1", "9.90")
    wanted = WantedRecord(
        kind=RecordKind.QUOTATION,
        external_id="x",
        values={},
        lines=(line,),
        currency="EUR",
        valid_until="2026-12-31",
    )
    write = to_upsert(wanted, [], None, {RecordKind.CUSTOMER: "7"})
    assert write is not None
    assert (write.lines, write.currency, write.valid_until) == ((line,), "EUR", "2026-12-31")
    assert write.links == {RecordKind.CUSTOMER: "7"}


def test_a_record_that_is_as_it_should_be_is_not_written() -> None:
    verdicts = compare(WANTED, mapping(field(FieldOwner.CUSTOMER)), record(crm_name="Ada"), None)
    assert to_upsert(WANTED, verdicts, record(crm_name="Ada"), {}) is None


def test_only_what_differs_is_written_on_the_version_that_was_read() -> None:
    fields = (field(FieldOwner.CUSTOMER), field(FieldOwner.BUSINESS, "handle"))
    there = record(crm_name="Bob", crm_handle="theirs")
    verdicts = compare(WANTED, mapping(*fields), there, {"crm_handle": "ours"})
    write = to_upsert(WANTED, verdicts, there, {RecordKind.OPPORTUNITY: "9"})
    assert write is not None
    assert (write.id, write.base_version, write.fields) == ("7", "1", {"crm_name": "Ada"})
    assert write.links == {RecordKind.OPPORTUNITY: "9"}


def test_a_record_without_its_external_id_gets_it() -> None:
    there = CrmRecord(kind=RecordKind.CUSTOMER, id="7", version="1")
    write = to_upsert(WANTED, [], there, {})
    assert write is not None
    assert (write.external_id, write.fields) == ("https://a.example", {})


def test_a_value_that_cannot_be_spelled_is_left_as_it_is() -> None:
    fields = mapping(field(FieldOwner.CUSTOMER, transform=Transform.COUNTRY))
    for there in (None, record(crm_name="DE")):
        (verdict,) = compare(WANTED, fields, there, None)
        assert (verdict.verdict, verdict.ours) == (FieldFate.UNFIT, None)
        assert to_upsert(WANTED, [verdict], record(), {}) is None


def test_what_was_agreed_stays_where_a_person_has_to_decide() -> None:
    fields = (field(FieldOwner.MANUAL), field(FieldOwner.CUSTOMER, "handle"))
    base = {"crm_name": "Old"}
    there = record(crm_name="Theirs", crm_handle="h")
    verdicts = compare(WANTED, mapping(*fields), there, base)
    assert verdicts[0].verdict is FieldFate.CONFLICT
    after = record(crm_name="Theirs", crm_handle="")
    assert agreed_on(verdicts, base | {"#ours.crm_name": "Was"}, after) == {
        "crm_name": "Old",
        "#ours.crm_name": "Was",
        "crm_handle": "",
    }
    assert agreed_on(verdicts, None, after) == {"crm_handle": ""}


@pytest.mark.parametrize("choice", list(FieldChoice))
@pytest.mark.parametrize("owner", [FieldOwner.MANUAL, FieldOwner.NEWEST])
def test_whose_value_was_chosen_holds_and_no_later_change_is_lost(
    owner: FieldOwner, choice: FieldChoice
) -> None:
    fields, base = mapping(field(owner)), {"crm_name": "Old", "crm_handle": "h"}
    there = record(crm_name="Theirs")
    (verdict,) = compare(WANTED, fields, there, base)
    assert verdict.verdict is FieldFate.CONFLICT
    agreed = chosen(base, "crm_name", ours="Ada", theirs="Theirs", choice=choice)
    holds = {FieldChoice.OURS: FieldFate.WRITE, FieldChoice.THEIRS: FieldFate.KEEP}[choice]
    for _ in range(2):
        verdicts = compare(WANTED, fields, there, agreed)
        assert [each.verdict for each in verdicts] == [holds]
        if choice is FieldChoice.THEIRS:
            agreed = agreed_on(verdicts, agreed, there)
    later = compare(WANTED, fields, record(crm_name="Later"), agreed)
    assert later[0].verdict is not FieldFate.WRITE


def test_a_state_is_reached_and_a_persons_draft_is_left_alone() -> None:
    assert next_step(RecordState.QUOTED, RecordState.CONFIRMED) is RecordVerb.CONFIRM
    assert next_step(RecordState.DRAFT, RecordState.QUOTED) is None
    assert next_step(RecordState.LOST, RecordState.OPEN) is None
    assert next_step(RecordState.CONFIRMED, RecordState.CONFIRMED) is None


def test_equal_fields_have_equal_digests() -> None:
    assert digest_of({"a": "1", "b": "2"}) == digest_of({"b": "2", "a": "1"})
    assert digest_of({"a": "1"}) != digest_of({"a": "2"})
