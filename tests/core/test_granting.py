"""Granting: whatever an owner wants, what comes of it is within the agreement and is one grant."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from node.core.facts import field_names
from node.core.granting import WantedGrant, check_wanted, permissions_for, view_purpose
from protocol.errors import Conflict, ProtocolError, Unprocessable
from protocol.grants import PERMISSIONS_LIMIT, check_permissions, collects
from protocol.policies import DataPolicy
from protocol.policy_order import is_within
from protocol.policy_reading import read_policy
from protocol.registries import actions, fields
from tests.protocol.policy_cells import DPV, ODRL
from tests.protocol.policy_drawing import constraint, few, permission, policy

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
NAMES = field_names()
EMAIL, NAME, STREET = (NAMES[name] for name in ("email", "name", "streetAddress"))


def days(number: int) -> dict[str, Any]:
    return constraint(f"{ODRL}elapsedTime", "lteq", f"P{number}D")


def done(*names: str) -> list[str]:
    return [f"{DPV}{name}" for name in names]


def made(wanted: WantedGrant, *permissions: dict[str, Any]) -> tuple[Any, DataPolicy]:
    agreed = read_policy(policy(*permissions))
    return permissions_for(agreed, wanted), agreed


def test_what_is_collected_in_two_permissions_is_collected_once_under_both_bounds() -> None:
    wanted = WantedGrant(("email", "name"), "DeliveryOfGoods")
    granted, agreed = made(
        wanted,
        permission(done("Collect", "Store"), [EMAIL], ["DeliveryOfGoods"], days(30)),
        permission(done("Collect", "Store", "Use"), [NAME], ["DeliveryOfGoods"], days(60)),
    )
    (once, rest) = granted
    assert collects(once)
    assert (once.limits.days, fields().spell(once.fields)) == (30, (EMAIL, NAME))
    assert actions().spell(rest.actions) == (f"{DPV}Use",)
    assert fields().spell(rest.fields) == (NAME,)
    assert is_within(DataPolicy(granted), agreed)


def test_what_is_done_beside_collecting_is_granted_of_the_fields_that_are_named() -> None:
    granted, _ = made(
        WantedGrant(("email",), "PaymentManagement", uses=3, days=5),
        permission(done("Collect", "Use"), [EMAIL, NAME], ["PaymentManagement"]),
        permission(done("Store"), [EMAIL, STREET], ["PaymentManagement"], days(9)),
        permission(done("Profiling"), [NAME], ["PaymentManagement"]),
    )
    assert [actions().spell(each.actions) for each in granted] == [
        tuple(sorted(done("Collect", "Use"))),
        (f"{DPV}Store",),
    ]
    assert [(each.limits.uses, each.limits.days) for each in granted] == [(3, None), (None, 5)]


def test_a_narrower_purpose_is_one_of_the_agreement() -> None:
    wide = permission(done("Collect"), [EMAIL], ["RequestedServiceProvision"])
    granted, agreed = made(WantedGrant(("email",), "DeliveryOfGoods"), wide)
    assert is_within(DataPolicy(granted), agreed)
    with pytest.raises(Unprocessable, match="wider-than-agreement"):
        made(WantedGrant(("email",), "ServiceProvision"), wide)


def test_what_differs_too_much_is_not_granted_at_once() -> None:
    others = [
        permission([action], [EMAIL], ["PaymentManagement"], *bounds)
        for action, *bounds in (
            (f"{DPV}Use",), (f"{DPV}Analyse",), (f"{DPV}Profiling",), (f"{DPV}Store", days(9)),
        )
    ]  # fmt: skip
    with pytest.raises(Unprocessable, match="too-many"):
        made(
            WantedGrant(("email",), "PaymentManagement"),
            permission(done("Collect"), [EMAIL], ["PaymentManagement"]),
            *others,
        )


def test_where_nothing_may_be_read_nothing_is_granted() -> None:
    used = permission(done("Use"), [EMAIL], ["PaymentManagement"])
    with pytest.raises(Conflict, match="lets nothing be read"):
        made(WantedGrant(), used)
    with pytest.raises(Unprocessable, match="wider-than-agreement"):
        made(WantedGrant(("email",), "PaymentManagement"), used)


def test_purposes_are_called_by_their_last_part() -> None:
    assert view_purpose(f"{DPV}DeliveryOfGoods") == "DeliveryOfGoods"


@pytest.mark.parametrize(
    ("wanted", "code"),
    [
        (WantedGrant(days=100_000), "malformed-days"),
        (WantedGrant(uses=1_000_001), "malformed-count"),
        (WantedGrant(until=NOW), "malformed-time"),
    ],
)
def test_bounds_that_are_none_are_refused(wanted: WantedGrant, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        check_wanted(wanted, now=NOW)


ACTIONS = [f"{DPV}{name}" for name in ("Collect", "Use", "Store", "Profiling")]
PURPOSES = ["DeliveryOfGoods", "RequestedServiceProvision", "PaymentManagement"]


@st.composite
def agreements(draw: st.DrawFn) -> DataPolicy:
    drawn = st.builds(
        permission,
        few(ACTIONS),
        few([EMAIL, NAME, STREET]),
        few(PURPOSES),
        st.builds(days, st.integers(0, 9)),
    )
    try:
        return read_policy(policy(*draw(st.lists(drawn, min_size=1, max_size=4))))
    except Unprocessable:
        assume(False)
        raise


@given(
    agreements(),
    st.builds(
        WantedGrant,
        fields=st.lists(st.sampled_from(["email", "name", "streetAddress"]), max_size=3).map(tuple),
        purpose=st.sampled_from(["", *PURPOSES]),
        until=st.none() | st.just(NOW + timedelta(days=3)),
        uses=st.none() | st.integers(1, 9),
        days=st.none() | st.integers(0, 20),
    ),
)
def test_what_is_granted_is_never_wider_than_the_agreement(agreed: DataPolicy, wanted: WantedGrant) -> None:
    try:
        granted = permissions_for(agreed, wanted)
    except ProtocolError:
        return
    check_permissions(granted)
    assert len(granted) <= PERMISSIONS_LIMIT
    assert is_within(DataPolicy(granted, agreed.duties, agreed.compensations), agreed)
    named = {NAMES[name] for name in wanted.fields}
    (collecting,) = [each for each in granted if collects(each)]
    assert not named or {*fields().spell(collecting.fields)} == named
    assert wanted.uses is None or collecting.limits.uses == wanted.uses
