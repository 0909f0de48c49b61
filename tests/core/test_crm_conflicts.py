"""What is put before a person about a record of a CRM is short, and names what they look for."""

from node.core.crm_conflicts import say_changed, say_second, say_several


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
