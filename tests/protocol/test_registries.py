"""Words of a policy stand for the sets that the vocabularies give them, and each set has one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

import schemas
from protocol.registries import (
    ANY_FIELD,
    DPV,
    Registry,
    actions,
    fields,
    places,
    purposes,
    roster_fields,
)

LISTS = {"actions": actions(), "purposes": purposes(), "fields": fields(), "places": places()}


def test_the_lists_are_as_long_as_they_were_frozen() -> None:
    assert {name: each.everything.bit_count() for name, each in LISTS.items()} == {
        "actions": 10,
        "purposes": 123,
        "fields": 28,
        "places": 249,
    }


def test_a_purpose_stands_for_itself_and_all_that_is_narrower() -> None:
    words = purposes().words
    for purpose, above in schemas.closure()["purposes"].items():
        assert {word for word in words if not words[purpose] & ~words[word]} == {purpose, *above}


def test_selling_is_not_part_of_providing_what_was_asked_for() -> None:
    words = purposes().words
    assert not words[f"{DPV}SellDataToThirdParties"] & words[f"{DPV}RequestedServiceProvision"]
    assert words[f"{DPV}SellDataToThirdParties"] & words[f"{DPV}ServiceProvision"]


def test_an_action_stands_for_itself_alone() -> None:
    assert all(meant.bit_count() == 1 for meant in actions().words.values())


def test_a_group_of_countries_stands_for_its_members() -> None:
    words = places().words
    loc = "https://w3id.org/dpv/loc#"
    assert (words[f"{loc}EU27"].bit_count(), words[f"{loc}EEA30"].bit_count()) == (27, 30)
    assert (
        words[f"{loc}EU27"] | places().set_of([f"{loc}{code}" for code in ("IS", "LI", "NO")])
        == words[f"{loc}EEA30"]
    )


def test_any_field_stands_for_every_field_and_is_a_word_of_the_roster_alone() -> None:
    assert roster_fields().words[ANY_FIELD] == fields().everything
    assert ANY_FIELD not in fields().words


@pytest.mark.parametrize("registry", LISTS.values(), ids=LISTS)
@given(data=st.data())
def test_a_set_has_one_spelling_that_stands_for_it(registry: Registry, data: st.DataObject) -> None:
    words = data.draw(st.lists(st.sampled_from(sorted(registry.words)), max_size=16))
    meant = registry.set_of(words)
    spelled = registry.spell(meant)
    assert registry.set_of(spelled) == meant
    assert len(spelled) <= len(set(words))
    assert registry.spell(registry.set_of(reversed(spelled))) == spelled == tuple(sorted(spelled))


def test_a_word_that_is_not_in_the_list_is_unknown() -> None:
    with pytest.raises(KeyError):
        purposes().set_of([f"{DPV}DeliveryOfGoods", f"{DPV}Purpose"])


def test_what_no_word_says_alone_is_left_out_of_a_spelling() -> None:
    """A list may have a word for two things and none for either of them."""
    pair = Registry({"pair": 0b011, "other": 0b100}, 0b111, wide=("pair",), narrow={0b100: "other"})
    assert pair.spell(0b111) == ("other", "pair")
    assert pair.spell(0b101) == ("other",)
