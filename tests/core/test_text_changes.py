"""What changes about data is told by the sentences of the text that is signed."""

from typing import Any

import pytest
from hypothesis import given

from node.core.text_changes import text_changes
from protocol.policies import DataPolicy
from protocol.terms import DataTerms, TermsLanguage, read_data_terms
from tests.protocol.data_terms import EMAIL, asked, terms
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import constraint, duty, permission, policies, policy
from tests.protocol.test_plain_texts import terms_of

NAME = "http://schema.org/name"
LEAD = "Data: your e-mail address. The business may: store."


def stored(days: int, *fields: str, **members: Any) -> DataTerms:
    """Terms under which these fields are stored for so many days, beside the use of a name."""
    kept = constraint("http://www.w3.org/ns/odrl/2/elapsedTime", "lteq", f"P{days}D")
    permissions = [
        permission([f"{DPV}Store"], [*fields], ["PaymentManagement"], kept),
        permission([f"{DPV}Use"], [NAME], ["DeliveryOfGoods"]),
    ]
    duties = [duty("delete", "P30D"), duty("inform", "P365D")]
    return read_data_terms(terms(policy=policy(*permissions, duties=duties), **members), currency="EUR")


def test_what_a_permission_changes_stands_behind_its_data() -> None:
    gone, new = text_changes(stored(30, EMAIL), stored(60, EMAIL), TermsLanguage.ENGLISH)
    assert gone == (f"{LEAD} How long: at most 30 days after it got the data.",)
    assert new == (f"{LEAD} How long: at most 60 days after it got the data.",)


def test_a_permission_about_other_data_is_told_whole() -> None:
    gone, new = text_changes(stored(30, EMAIL), stored(30, EMAIL, NAME), TermsLanguage.ENGLISH)
    assert len(gone) == len(new) == 1
    assert gone[0].startswith(f"{LEAD} What for: payment")
    assert new[0].startswith("Data: ")
    assert new[0].endswith("Needed: the business does not say.")


@pytest.mark.parametrize(("language", "word"), [("en", "A fee for leaving"), ("de", "Gebühr")])
def test_a_condition_is_told_in_the_readers_language(language: str, word: str) -> None:
    after = stored(30, EMAIL, conditions={"type": "Conditions", "cancellationFee": "5.00"})
    gone, new = text_changes(stored(30, EMAIL), after, TermsLanguage(language))
    assert len(gone) == len(new) == 1
    assert word in gone[0]
    assert "5" in new[0]


@given(policies(), policies())
def test_nothing_is_told_of_what_is_the_same_and_something_of_what_is_not(
    one: tuple[Any, DataPolicy], other: tuple[Any, DataPolicy]
) -> None:
    before, after = terms_of(one[1]), terms_of(other[1])
    assert text_changes(before, before, TermsLanguage.ENGLISH) == ((), ())
    told = text_changes(before, after, TermsLanguage.ENGLISH)
    back = text_changes(after, before, TermsLanguage.ENGLISH)
    assert (told.gone, told.new) == (back.new, back.gone)


def test_terms_that_came_from_elsewhere_are_told_alike() -> None:
    before = read_data_terms(terms(policy=asked(30)), currency="EUR")
    after = read_data_terms(terms(policy=asked(20)), currency="EUR")
    gone, new = text_changes(before, after, TermsLanguage.ENGLISH)
    assert [each.split(":")[0] for each in (*gone, *new)] == ["Delete", "Delete"]
