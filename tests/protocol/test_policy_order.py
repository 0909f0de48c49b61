"""Narrower or equal, and the meet, held to an evaluator that tries every use there could be."""

import json
from copy import deepcopy
from pathlib import Path
from typing import Any, Final

import pytest
from hypothesis import given

import schemas
from protocol.policies import DataPolicy, write_policy
from protocol.policy_order import is_within, meet
from protocol.policy_reading import read_policy, read_template
from tests.protocol.policy_cells import DPV, obliges_as_much, permits, trials
from tests.protocol.policy_drawing import permission, policies, policy

Drawn = tuple[dict[str, Any], DataPolicy]


@given(policies(), policies())
def test_narrower_means_that_no_use_is_permitted_that_the_other_denies(one: Drawn, other: Drawn) -> None:
    for (narrow, a), (wide, b) in ((one, other), (other, one), (one, one)):
        truly = all(permits(wide, trial) for trial in trials(narrow, wide) if permits(narrow, trial))
        assert is_within(a, b) == (truly and obliges_as_much(narrow, wide))


@given(policies(), policies())
def test_the_meet_permits_exactly_what_both_permit(one: Drawn, other: Drawn) -> None:
    (left, a), (right, b) = one, other
    both = meet(a, b)
    document = write_policy(both)
    for trial in trials(left, right):
        assert permits(document, trial) == (permits(left, trial) and permits(right, trial)), trial
    assert is_within(both, a)
    assert is_within(both, b)
    assert is_within(both, meet(b, a))


@given(policies(), policies(), policies())
def test_whatever_is_within_both_is_within_the_meet(one: Drawn, other: Drawn, third: Drawn) -> None:
    both = meet(one[1], other[1])
    for candidate in (third[1], meet(both, third[1])):
        if is_within(candidate, one[1]) and is_within(candidate, other[1]):
            assert is_within(candidate, both)


@given(policies())
def test_a_policy_has_one_canonical_form_however_it_is_spelled(drawn: Drawn) -> None:
    document, read = drawn
    canonical = write_policy(read)
    assert write_policy(read_policy(canonical)) == canonical
    turned = deepcopy(document)
    for name in ("permission", "obligation"):
        turned[name].reverse()
    for each in turned["permission"]:
        each["fields"].reverse()
        each["processing"].reverse()
        each["constraint"].reverse()
    assert write_policy(read_policy(turned)) == canonical
    assert is_within(read_policy(canonical), read)
    assert is_within(read, read_policy(canonical))


USE, SERVICE = f"{DPV}Use", "RequestedServiceProvision"
ROOT: Final = Path(__file__).parents[2]
ANSWERS: Final = json.loads((ROOT / "tests/schemas/terms/policy-order.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda each: each["name"])
def test_the_answers_that_others_try_theirs_on_hold(answer: dict[str, Any]) -> None:
    one, other = read_template(answer["one"]), read_template(answer["other"])
    assert (is_within(one, other), is_within(other, one)) == (answer["within"], answer["beyond"])


def test_two_policies_of_as_many_permissions_as_there_may_be_are_compared() -> None:
    # Sixteen permissions that split one box, each with the widest purposes, against the box as a whole.
    fields = list(schemas.fields())[:16]
    split = read_policy(policy(*(permission([USE], [field], [SERVICE, "Marketing"]) for field in fields)))
    whole = read_policy(policy(permission([USE], fields, [SERVICE, "Marketing"])))
    assert is_within(split, whole)
    assert is_within(whole, split)
    assert write_policy(meet(split, whole)) == write_policy(split)
