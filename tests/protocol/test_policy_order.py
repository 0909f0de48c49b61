"""Narrower or equal, and the meet, held to an evaluator that tries every use there could be."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given

import schemas
from protocol.policies import DataPolicy, write_policy
from protocol.policy_order import is_within, meet
from protocol.policy_reading import read_policy
from tests.protocol.policy_cells import DPV, FREEHOLD, ODRL, obliges_as_much, permits, trials
from tests.protocol.policy_drawing import constraint, duty, permission, policies, policy

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


EMAIL, NAME = "http://schema.org/email", "http://schema.org/name"
USE, STORE, SHARE, PROFILE = (f"{DPV}{name}" for name in ("Use", "Store", "Share", "Profiling"))
DELIVERY, SERVICE = "DeliveryOfGoods", "RequestedServiceProvision"
SINCE_30 = constraint(f"{ODRL}elapsedTime", "lteq", "P30D")
AFTER_30 = constraint(f"{FREEHOLD}timeAfterEnd", "lteq", "P30D")
AFTER_60 = constraint(f"{FREEHOLD}timeAfterEnd", "lteq", "P60D")


def to(*recipients: dict[str, str]) -> dict[str, Any]:
    return constraint(f"{ODRL}recipient", "isAnyOf", list(recipients))


PARCEL = to({"id": "https://parcel.example/", "type": "DataProcessor"})
PROCESSORS = to({"id": f"{DPV}DataProcessor"})


USES = permission([USE], [EMAIL], [DELIVERY])
STORES_30 = permission([STORE], [EMAIL], [DELIVERY], SINCE_30)
STORES_AFTER_30 = permission([STORE], [EMAIL], [DELIVERY], AFTER_30)
STORES_BOTH = permission([STORE], [EMAIL], [DELIVERY], SINCE_30, AFTER_60)
STORES_NAME_60 = permission([STORE], [NAME], [DELIVERY], constraint(f"{ODRL}elapsedTime", "lteq", "P60D"))
TO_PARCEL = permission([SHARE], [EMAIL], [DELIVERY], PARCEL)
TO_PROCESSORS = permission([SHARE], [EMAIL], [DELIVERY], PROCESSORS)
TO_THIRD_PARTIES = permission([SHARE], [EMAIL], [DELIVERY], to({"id": f"{DPV}ThirdParty"}))


@pytest.mark.parametrize(
    ("one", "other", "within", "beyond"),
    [
        (policy(USES), policy(permission([USE], [EMAIL], [SERVICE])), True, False),
        (
            policy(permission([USE, STORE], [EMAIL], [DELIVERY], SINCE_30)),
            policy(USES, STORES_30),
            True,
            False,
        ),
        (policy(STORES_30), policy(STORES_AFTER_30), True, False),
        (policy(STORES_BOTH), policy(STORES_30), True, True),
        (policy(TO_PARCEL), policy(TO_PROCESSORS), True, False),
        (policy(TO_THIRD_PARTIES), policy(TO_PROCESSORS), False, False),
        (
            policy(permission([STORE], [EMAIL, NAME], [DELIVERY], SINCE_30)),
            policy(STORES_30, STORES_NAME_60),
            True,
            False,
        ),
        (policy(permission([PROFILE], [EMAIL], [DELIVERY])), policy(USES), False, False),
        (policy(), policy(duties=[duty("delete", "P30D")]), False, True),
        (policy(), policy(USES), True, False),
    ],
)
def test_the_order_of_worked_examples(
    one: dict[str, Any], other: dict[str, Any], within: bool, beyond: bool
) -> None:
    a, b = read_policy(one), read_policy(other)
    assert (is_within(a, b), is_within(b, a)) == (within, beyond)


def test_anywhere_is_more_than_every_country_there_is() -> None:
    everywhere = [constraint(f"{ODRL}spatial", "isAnyOf", [{"id": "https://w3id.org/dpv/loc#EEA30"}])]
    bounded = read_policy(policy(permission([USE], [EMAIL], [DELIVERY], *everywhere)))
    unbounded = read_policy(policy(permission([USE], [EMAIL], [DELIVERY])))
    assert (is_within(bounded, unbounded), is_within(unbounded, bounded)) == (True, False)


def test_two_policies_of_as_many_permissions_as_there_may_be_are_compared() -> None:
    # Sixteen permissions that split one box, each with the widest purposes, against the box as a whole.
    fields = list(schemas.fields())[:16]
    split = read_policy(policy(*(permission([USE], [field], [SERVICE, "Marketing"]) for field in fields)))
    whole = read_policy(policy(permission([USE], fields, [SERVICE, "Marketing"])))
    assert is_within(split, whole)
    assert is_within(whole, split)
    assert write_policy(meet(split, whole)) == write_policy(split)
