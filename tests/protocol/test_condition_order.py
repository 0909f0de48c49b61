"""Which conditions are worse for the customer: every member, in the direction in which it takes something."""

from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

import pytest
from hypothesis import given

from protocol.condition_order import worsened
from protocol.conditions import (
    Conditions,
    DisputeVenue,
    PriceChanges,
    PricePublication,
    Renewal,
    ReturnCosts,
    TermChanges,
    write_conditions,
)
from protocol.registries import LOC
from tests.protocol.test_conditions import conditions

RENEWING: Final = Conditions(
    renewal=Renewal.AUTOMATIC, renewal_period="P1M", renewal_notice="P14D", reminder_days=14
)
TOLD: Final = Conditions(term_changes=TermChanges.NOTIFIED, change_notice_days=30)
SILENT: Final = {"renewal": Renewal.AUTOMATIC, "renewal_period": "P1M", "renewal_notice": "P1M"}
ONE_WAY: Final[list[tuple[str, Conditions, dict[str, Any]]]] = [
    ("withdrawalPeriod", Conditions(), {"withdrawal_days": 13}),
    ("returnPeriod", Conditions(), {"return_days": 0}),
    ("renewal", Conditions(renewal=Renewal.OFFERED), SILENT),
    ("renewalPeriod", RENEWING, {"renewal_period": "P32D"}),
    ("renewalNotice", RENEWING, {"renewal_notice": "P15D"}),
    ("renewalReminder", RENEWING, {"reminder_days": 13}),
    ("renewalReminder", RENEWING, {"reminder_days": None}),
    ("termChanges", Conditions(), {"term_changes": TermChanges.NOTIFIED}),
    ("termChanges", TOLD, {"term_changes": TermChanges.FREE}),
    ("priceChanges", Conditions(), {"price_changes": PriceChanges.NOTIFIED}),
    ("changeNotice", TOLD, {"change_notice_days": 29}),
    ("changeNotice", TOLD, {"change_notice_days": None}),
    ("cancellationFee", Conditions(), {"cancellation_fee": Decimal(1)}),
    ("cancellationFee", Conditions(cancellation_fee=Decimal(9)), {"cancellation_fee": Decimal(10)}),
    ("returnCosts", Conditions(), {"return_costs": ReturnCosts.CUSTOMER}),
    (
        "disputeVenue",
        Conditions(dispute_venue=DisputeVenue.CHOICE),
        {"dispute_venue": DisputeVenue.ARBITRATION},
    ),
    ("pricePublication", Conditions(), {"price_publication": PricePublication.ANONYMOUS}),
]


@pytest.mark.parametrize(("member", "before", "change"), ONE_WAY)
def test_what_takes_more_is_worse_and_the_way_back_is_not(
    member: str, before: Conditions, change: dict[str, Any]
) -> None:
    after = replace(before, **change)
    assert worsened(after, before, same_currency=True) == {member}
    assert worsened(before, after, same_currency=True) == frozenset()


def test_every_member_can_be_worse() -> None:
    either_way = {"disputeBody", "jurisdiction"}
    full = replace(
        RENEWING, withdrawal_days=1, return_days=1, cancellation_fee=Decimal(1), change_notice_days=1,
        term_changes=TermChanges.FREE, price_changes=PriceChanges.FREE, return_costs=ReturnCosts.CUSTOMER,
        dispute_venue=DisputeVenue.ARBITRATION, dispute_body="https://a.example/", jurisdiction=f"{LOC}US",
        price_publication=PricePublication.FORBIDDEN,
    )  # fmt: skip
    members = {*write_conditions(full, currency="EUR")} - {"type"}
    assert {member for member, *_ in ONE_WAY} | either_way == members


@pytest.mark.parametrize(("length", "is_longer"), [("P31D", True), ("P1M", False), ("P4W", False)])
def test_lengths_are_compared_by_what_they_mean(length: str, is_longer: bool) -> None:
    found = worsened(replace(RENEWING, renewal_period=length), RENEWING, same_currency=True)
    assert found == ({"renewalPeriod"} if is_longer else set())  # in February it is
    weeks = replace(RENEWING, renewal_notice="P2W")
    assert worsened(weeks, RENEWING, same_currency=True) == frozenset()


def test_who_decides_by_which_law_is_nobodys_to_change() -> None:
    ours = Conditions(jurisdiction=f"{LOC}CH", dispute_body="https://ombud.example/")
    theirs = Conditions(jurisdiction=f"{LOC}US", dispute_body="https://arbitration.example/")
    assert worsened(theirs, ours, same_currency=True) == {"jurisdiction", "disputeBody"}
    assert worsened(theirs, Conditions(), same_currency=True) == {"jurisdiction", "disputeBody"}
    assert worsened(Conditions(), theirs, same_currency=True) == frozenset()


def test_a_fee_in_another_currency_is_another_fee() -> None:
    dear, cheap = (Conditions(cancellation_fee=Decimal(fee)) for fee in (99, 1))
    assert worsened(cheap, dear, same_currency=True) == frozenset()
    assert worsened(cheap, dear, same_currency=False) == {"cancellationFee"}
    assert worsened(Conditions(), dear, same_currency=False) == frozenset()


@given(conditions())
def test_nothing_is_worse_than_itself(value: Conditions) -> None:
    assert worsened(value, value, same_currency=True) == frozenset()
