"""What a business has agreed stays in its pipeline, whoever last proposed a change of it."""

from typing import Any

import pytest

from node.core.pipeline import NextStep, Stage
from node.services.negotiations import agreements, messages, offers
from node.services.trade import customers, pipeline
from protocol.times import render_time
from tests.services.parties import Clock, Party, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude
from tests.services.test_negotiation import only

CHEAPER = [MONTHLY[0] | {"amount": "19.90"}]


def amend(proposer: Party, other: Party) -> None:
    """Agree on another price."""
    proposer.do(agreements.amend, agreement(proposer)["id"], {"price": CHEAPER})
    settle(proposer, other)
    (waiting,) = [item for item in other.do(offers.list)["items"] if item["state"] == "offered"]
    other.do(offers.accept, waiting["id"])
    settle(other, proposer)


def agreed(party: Party) -> list[Any]:
    return list(party.do(pipeline.show, stage=Stage.AGREED)["items"])


@pytest.mark.parametrize("by_customer", [True, False])
def test_an_amended_agreement_stays(ada: Party, bikes: Party, by_customer: bool) -> None:
    conclude(ada, bikes)
    amend(*((ada, bikes) if by_customer else (bikes, ada)))
    (item,) = agreed(bikes)
    assert (item["step"], item["total"]) == (NextStep.PERFORM, "477.60")
    assert item["agreement"] == agreement(bikes, state="concluded")["id"]
    shown = bikes.do(pipeline.show)
    assert (shown["stages"]["agreed"], shown["stages"]["answer"], shown["items"]) == (1, 0, [])


@pytest.mark.parametrize("by_customer", [True, False])
def test_so_it_does_under_notice(ada: Party, bikes: Party, by_customer: bool) -> None:
    conclude(ada, bikes)
    amend(*((ada, bikes) if by_customer else (bikes, ada)))
    ada.do(agreements.end, agreement(ada, state="concluded")["id"])
    settle(ada, bikes)
    (item,) = agreed(bikes)
    assert (item["step"], item["until"]) == (NextStep.LEAVE, agreement(bikes, state="ending")["leaves_at"])


def test_a_receipt_changes_nothing_about_since_when_it_is_agreed(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    bikes.countersigns = False
    conclude(ada, bikes)
    clock.pass_time(hours=1)
    bikes.do(agreements.countersign, agreement(bikes)["id"])
    signed, (before,) = render_time(clock.now), agreed(bikes)
    clock.pass_time(hours=1)
    settle(bikes, ada)
    moves = bikes.do(offers.history, only(bikes)["id"])["moves"]
    assert [move["event"] for move in moves][-2:] == ["countersign", "acknowledge"]
    (after,) = agreed(bikes)
    assert before["since"] == after["since"] == signed
    (customer,) = bikes.do(customers.list_all)["items"]
    assert customer["since"] == signed


def test_its_customer_has_it_too(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    amend(ada, bikes)
    (customer,) = bikes.do(customers.list_all)["items"]
    assert customer["stages"]["agreed"] == 1
    shown = bikes.do(customers.show, customer["id"])
    assert [item["step"] for item in shown["items"]] == [NextStep.PERFORM]
    assert [one["state"] for one in shown["agreements"]] == ["concluded", "superseded"]


def test_who_writes_about_what_is_agreed_stands_before_the_desk_until_somebody_writes_back(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    conclude(ada, bikes)
    assert bikes.do(customers.writers) == []
    ada.do(messages.write, only(ada)["id"], "The bell is broken.")
    settle(ada, bikes)
    assert [one["peer"]["iri"] for one in bikes.do(customers.writers)] == [ada.iri]
    assert ada.do(customers.writers) == []
    bikes.do(messages.write, only(bikes)["id"], "Bring it by.")
    assert bikes.do(customers.writers) == []
    settle(ada, bikes)
    ada.do(messages.write, only(ada)["id"], "Thank you!")
    settle(ada, bikes)
    assert len(bikes.do(customers.writers)) == 1
    clock.pass_time(days=15)  # nobody answers thanks
    assert bikes.do(customers.writers) == []


def test_what_a_customer_agreed_and_would_change_is_in_no_pipeline_of_its_own(
    ada: Party, bikes: Party
) -> None:
    conclude(ada, bikes)
    ada.do(agreements.amend, agreement(ada)["id"], {"price": CHEAPER})
    settle(ada, bikes)
    assert agreed(ada) == ada.do(pipeline.show)["items"] == []
    assert [item["step"] for item in bikes.do(pipeline.show)["items"]] == [NextStep.ANSWER_CHANGE]
