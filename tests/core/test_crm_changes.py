"""Changes of an order in words: every step of a negotiation about one, and the terms that differ."""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from node.core.crm_changes import say_asked, say_changes, say_step
from node.core.drafts import opening_draft
from protocol.negotiation import TRANSITIONS, Event
from protocol.prices import PriceLine, PriceLineKind
from protocol.specifications import Property
from tests.core.test_crm_quotations import WISH

PRICED = replace(
    opening_draft(WISH), price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(90), "EUR", label="Bike"),)
)
TOLD_BY_WHAT_HOLDS = {
    Event.COUNTERSIGN,
    Event.ACKNOWLEDGE,
    Event.LEAVE,
    Event.CONCLUDE,
    Event.SUPERSEDE,
    Event.END,
}


@pytest.mark.parametrize("event", [*Event])
def test_every_step_is_said_or_follows_from_what_holds(event: Event) -> None:
    assert event in {each for _, _, each in TRANSITIONS}
    said = say_step(event, ours=True, terms="x")
    assert bool(said) is (event not in TOLD_BY_WHAT_HOLDS)
    assert "{" not in said
    assert "customer" not in said


def test_who_it_was_and_what_is_to_be_done_is_said() -> None:
    assert say_step(Event.COUNTER, ours=False, terms="5 EUR") == (
        "The customer asked for other terms of the change: 5 EUR. Answer it in your node."
    )
    assert say_step(Event.REJECT, ours=False, terms="", reason="Too dear.").endswith("as it is. Too dear.")
    assert say_step(Event.END, ours=False, terms="", reason="x") == ""


def test_terms_that_differ_are_said_and_no_others() -> None:
    assert say_changes(PRICED, PRICED) == "the same terms"
    after = replace(
        PRICED,
        price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(80), "EUR", label="Bike"),),
        notice="P1M",
        starts_at=datetime(2027, 1, 1, tzinfo=UTC),
        content="x" * 300,
        properties=(Property(name="colour", value="red"), Property(name="weight", value="9", unit="kg")),
    )
    said = say_changes(PRICED, after)
    assert said.startswith("Bike: 80.00 EUR (was Bike: 90.00 EUR); ")
    assert "notice: P1M (was none)" in said
    assert "starts_at: 2027-01-01T00:00:00Z (was none)" in said
    assert "properties: colour red, weight 9 kg (was none)" in said
    assert f"content: {'x' * 200}… (was none)" in said
    assert "total" not in said


def test_what_is_asked_for_is_the_price_and_every_other_term_that_differs() -> None:
    assert say_asked(PRICED, PRICED) == "Bike: 90.00 EUR"
    assert say_asked(PRICED, replace(PRICED, notice="P2W")) == "Bike: 90.00 EUR; notice: P2W (was none)"
