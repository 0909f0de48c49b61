"""Records of a CRM as they are taken: bounded, and of signs that can be carried on."""

from typing import Any

import pytest

from node.core.crm_reading import LIMIT_CELL, LIMIT_ID, LIMIT_TEXT, OddRecord, take_record, take_title
from node.core.records import CrmRecord, QuoteLine, RecordKind
from protocol.prices import LINES_LIMIT


def record(**members: Any) -> CrmRecord:
    return CrmRecord(**{"kind": RecordKind.QUOTATION, "id": "7", "version": "1"} | members)


def test_an_ordinary_record_stays_as_it_is() -> None:
    line = QuoteLine("Räder", "1", "90.00", "m²", "P1M")
    whole = record(
        external_id="https://shop.example/n/1",
        fields={"text": "two\nlines"},
        links={RecordKind.CUSTOMER: "3"},
        lines=(line,),
        currency="EUR",
        valid_until="2030-01-01",
        faults=("It lacks something.",),
    )
    assert take_record(whole) == whole


def test_what_is_told_of_a_record_beside_its_texts_is_kept() -> None:
    """A field that no comparison looks at is one all the same."""
    line = QuoteLine("Fibre", "1", "39.90", named_elsewhere=True)
    told = take_record(record(lines=(line,), in_place_of="6"))
    assert (told.lines[0].named_elsewhere, told.in_place_of) == (True, "6")


@pytest.mark.parametrize("id", ["", "x" * (LIMIT_ID + 1), "a\nb", "a\u202eb", "a\0"])
@pytest.mark.parametrize("place", ["id", "version"])
def test_a_record_whose_id_cannot_be_kept_is_none(id: str, place: str) -> None:
    with pytest.raises(OddRecord):
        take_record(record(**{place: id}))


def test_a_link_that_cannot_be_kept_makes_the_record_none_and_one_that_is_blank_is_none() -> None:
    with pytest.raises(OddRecord):
        take_record(record(links={RecordKind.CUSTOMER: "x" * (LIMIT_ID + 1)}))
    assert take_record(record(links={RecordKind.CUSTOMER: ""})).links == {}


def test_an_external_id_that_nobody_can_read_is_that_of_nothing_of_ours() -> None:
    taken = take_record(record(external_id="https://shop.example/\u202e" + "x" * 5_000)).external_id
    assert taken.startswith("https://shop.example/\ufffdxxx")
    assert len(taken) == 2_048


@pytest.mark.parametrize("text", ["a\0b", "a\ufffeb", "x" * (LIMIT_TEXT + 1)])
def test_a_text_that_cannot_be_carried_is_altered_and_of_a_quotation_a_fault(text: str) -> None:
    quoted = take_record(record(fields={"title": text}))
    assert len(quoted.faults) == 1
    noted = take_record(record(kind=RecordKind.NOTE, fields={"text": text}))
    assert noted.faults == ()
    assert noted.fields["text"] in {"a\ufffdb", text[:LIMIT_TEXT]}


def test_a_line_that_cannot_be_carried_is_a_fault() -> None:
    taken = take_record(record(lines=(QuoteLine("x" * (LIMIT_CELL + 1), "1", "1"),)))
    assert (len(taken.lines[0].label), len(taken.faults)) == (LIMIT_CELL, 1)


def test_lines_without_number_are_one_too_many() -> None:
    lines = (QuoteLine("a", "1", "1"),) * 5_000
    assert len(take_record(record(lines=lines)).lines) == LINES_LIMIT + 1


def test_faults_are_as_many_as_somebody_reads() -> None:
    assert [len(fault) for fault in take_record(record(faults=("x" * 999,) * 99)).faults] == [300] * 10


def test_a_title_is_a_short_line() -> None:
    assert take_title("My\nCRM") == "My\ufffdCRM"
    assert take_title("My CRM " * 100) == ("My CRM " * 100)[:200]
