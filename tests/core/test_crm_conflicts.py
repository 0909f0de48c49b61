"""What is put before a person about a record of a CRM is short, and names what they look for."""

from dataclasses import replace

from node.core.crm_conflicts import say_changed, say_conflict, say_second, say_several
from node.core.crm_merging import PRICE, FieldFate, FieldVerdict, WantedRecord
from node.core.records import RecordKind
from tests.core.test_crm_quotations import QUOTATION, named


def test_of_many_records_that_are_one_a_few_are_named() -> None:
    assert say_several(["1", "2"]).startswith("Several records of the CRM are one thing here: 1, 2. ")
    said = say_several([str(number) for number in range(1, 9)])
    assert "1, 2, 3, 4, 5, and more. " in said


def test_a_long_id_is_cut() -> None:
    assert f", {'x' * 40}, has" in say_second("x" * 41)


def test_fields_are_named_as_a_person_knows_them() -> None:
    assert (
        say_changed({"name": {}, "#price": {}})
        == "Both sides changed: price, name. Choose whose value holds."
    )


def test_another_price_than_was_signed_is_said_with_both() -> None:
    aim = WantedRecord(kind=RecordKind.QUOTATION, external_id="https://a.example/1", values={}, signed=True)
    one = replace(QUOTATION, lines=QUOTATION.lines[:1])
    verdict = FieldVerdict(
        field=named(PRICE), ours="Fibre: 30.00 EUR", theirs=None, verdict=FieldFate.CONFLICT
    )
    assert (
        say_conflict(aim, one, [verdict])
        == "The customer has signed Fibre: 30.00 EUR; its lines here come to "
        "2 x Fibre: 39.9 EUR each month."
    )
