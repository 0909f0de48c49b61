"""Conditions: what is read of them, what is not written, and what each is refused for."""

from dataclasses import fields
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.conditions import (
    Conditions,
    DisputeVenue,
    PriceChanges,
    PricePublication,
    Renewal,
    ReturnCosts,
    TermChanges,
    read_conditions,
    write_conditions,
)
from protocol.errors import Unprocessable
from tests.protocol.policy_cells import LOC

DAYS = st.integers(0, 99_999)
LENGTHS = st.sampled_from(["P1M", "P1Y6M", "P2W", "P30D"])
COUNTRIES = st.sampled_from([f"{LOC}{name}" for name in ("CH", "DE", "US")])


@st.composite
def conditions(draw: st.DrawFn) -> Conditions:
    """Draw conditions that can be read."""
    renewal = draw(st.sampled_from(Renewal))
    renews, offers = renewal is Renewal.AUTOMATIC, renewal is Renewal.OFFERED
    return_days = draw(DAYS)
    payers = st.sampled_from(ReturnCosts) if return_days else st.just(ReturnCosts.SELLER)
    return Conditions(
        withdrawal_days=draw(DAYS),
        renewal=renewal,
        renewal_period=draw(LENGTHS if renews else st.none() | LENGTHS if offers else st.none()),
        renewal_notice=draw(LENGTHS if renews else st.none()),
        reminder_days=draw(st.none() | DAYS if renews else st.none()),
        term_changes=draw(st.sampled_from(TermChanges)),
        price_changes=draw(st.sampled_from(PriceChanges)),
        change_notice_days=draw(st.none() | DAYS),
        cancellation_fee=draw(st.decimals(0, 10**6, places=2)),
        return_days=return_days,
        return_costs=draw(payers),
        dispute_venue=draw(st.sampled_from(DisputeVenue)),
        dispute_body=draw(st.sampled_from(["", "https://arbitration.example/"])),
        jurisdiction=draw(st.just("") | COUNTRIES),
        price_publication=draw(st.sampled_from(PricePublication)),
    )


def stated(**members: Any) -> dict[str, Any]:
    return {"type": "Conditions", **members}


@given(conditions())
def test_conditions_are_read_as_they_were_written(value: Conditions) -> None:
    document = write_conditions(value, currency="EUR")
    assert read_conditions(document, currency="EUR") == value
    assert write_conditions(read_conditions(document, currency="EUR"), currency="EUR") == document
    # A default stands nowhere: there is a member for each field that differs, and for no other.
    other = [each for each in fields(Conditions) if getattr(value, each.name) != each.default]
    assert len(document) == 1 + len(other)


@pytest.mark.parametrize("members", [
    {},
    {
        "withdrawalPeriod": "P14D", "renewal": "none", "termChanges": "agreed", "priceChanges": "none",
        "cancellationFee": "0.00", "returnPeriod": "P14D", "returnCosts": "seller",
        "disputeVenue": "courts", "pricePublication": "free", "renewalPeriod": None, "jurisdiction": None,
    },
])  # fmt: skip
def test_what_is_not_written_is_as_the_customer_would_have_it(members: dict[str, Any]) -> None:
    assert read_conditions(stated(**members), currency="EUR") == Conditions()
    assert write_conditions(Conditions(), currency="EUR") == stated()


def test_every_condition_is_read() -> None:
    document = stated(
        withdrawalPeriod="P0D", renewal="automatic", renewalPeriod="P12M", renewalNotice="P4M",
        renewalReminder="P7D", termChanges="free", priceChanges="notified", changeNotice="P14D",
        cancellationFee="99.00", returnPeriod="P30D", returnCosts="customer", disputeVenue="arbitration",
        disputeBody="https://arbitration.example/", jurisdiction=f"{LOC}US", pricePublication="forbidden",
    )  # fmt: skip
    assert read_conditions(document, currency="EUR") == Conditions(
        0, Renewal.AUTOMATIC, "P12M", "P4M", 7, TermChanges.FREE, PriceChanges.NOTIFIED, 14, Decimal(99), 30,
        ReturnCosts.CUSTOMER, DisputeVenue.ARBITRATION, "https://arbitration.example/", f"{LOC}US",
        PricePublication.FORBIDDEN,
    )  # fmt: skip
    assert write_conditions(read_conditions(document, currency="EUR"), currency="EUR") == document


@pytest.mark.parametrize(
    ("document", "code"),
    [
        (stated(renewal="automatic"), "renewal-incomplete"),
        (stated(renewal="automatic", renewalPeriod="P1M"), "renewal-incomplete"),
        (stated(renewal="automatic", renewalNotice="P1M"), "renewal-incomplete"),
        (stated(renewalPeriod="P1M"), "condition-idle"),
        (stated(renewalNotice="P1M"), "condition-idle"),
        (stated(renewal="offered", renewalNotice="P1M"), "condition-idle"),
        (stated(renewal="offered", renewalReminder="P0D"), "condition-idle"),
        (stated(renewalReminder="P14D"), "condition-idle"),
        (stated(returnPeriod="P0D", returnCosts="customer"), "condition-idle"),
        (stated(renewal="silent"), "unknown-renewal"),
        (stated(renewal=""), "unknown-renewal"),
        (stated(renewalPeriod="P0M"), "malformed-duration"),
        (stated(renewalPeriod="PT1H"), "malformed-duration"),
        (stated(renewalNotice=""), "malformed-duration"),
        (stated(renewalNotice=1), "wrong-shape"),
        (stated(renewalReminder="P1M"), "malformed-days"),
        (stated(termChanges="whenever"), "unknown-term-changes"),
        (stated(termChanges="none"), "unknown-term-changes"),
        (stated(priceChanges="Free"), "unknown-price-changes"),
        (stated(changeNotice="P030D"), "malformed-days"),
        (stated(cancellationFee="none"), "malformed-amount"),
        (stated(cancellationFee="1.001"), "malformed-amount"),
        (stated(cancellationFee=1), "malformed-amount"),
        (stated(withdrawalPeriod=14), "malformed-days"),
        (stated(returnPeriod="P-1D"), "malformed-days"),
        (stated(returnCosts="nobody"), "unknown-return-costs"),
        (stated(disputeVenue="pistols"), "unknown-dispute-venue"),
        (stated(disputeBody="somebody"), "iri-invalid"),
        (stated(jurisdiction=f"{LOC}EU27"), "unknown-place"),
        (stated(jurisdiction="CH"), "iri-invalid"),
        (stated(jurisdiction="https://country.example/"), "unknown-place"),
        (stated(pricePublication="maybe"), "unknown-price-publication"),
        (stated(gag="all"), "unknown-member"),
        ({"type": "Terms"}, "wrong-type"),
        ("Conditions", "wrong-shape"),
    ],
)
def test_a_condition_that_is_not_understood_is_refused(document: Any, code: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        read_conditions(document, currency="EUR")
    assert refused.value.code == code
