"""An agreement as it was agreed then and as it stands now, however often both have changed it."""

import pytest

from node.services.negotiations import agreements, offers, successions
from node.storage import agreements as rows
from protocol.errors import NotFound
from tests.services.parties import Clock, Party, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude


def change(proposer: Party, other: Party, amount: str) -> None:
    price = [MONTHLY[0] | {"amount": amount}]
    proposer.do(agreements.amend, agreement(proposer, state="concluded")["id"], {"price": price})
    settle(proposer, other)
    (waiting,) = [item for item in other.do(offers.list)["items"] if item["state"] == "offered"]
    other.do(offers.accept, waiting["id"])
    settle(other, proposer)


def test_what_was_never_changed_stands_as_it_was(ada: Party, bikes: Party) -> None:
    id = conclude(ada, bikes)
    shown = ada.do(successions.show, id)
    assert (shown["then"], shown["now"], shown["steps"], shown["changes"]) == (id, id, 0, [])


def test_the_first_is_set_against_the_last_from_wherever_it_is_looked_at(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    first = conclude(ada, bikes)
    for proposer, other, amount in ((ada, bikes, "19.90"), (bikes, ada, "21.90")):
        clock.pass_time(days=1)
        change(proposer, other, amount)
    last = agreement(ada, state="concluded")["id"]
    (middle,) = {item["id"] for item in ada.do(agreements.list)["items"]} - {first, last}
    shown = ada.do(successions.show, last)
    assert (shown["then"], shown["now"], shown["steps"]) == (first, last, 2)
    assert (shown["then_at"], shown["now_at"]) == ("2026-05-04T12:00:00Z", "2026-05-06T12:00:00Z")
    price = next(one for one in shown["changes"] if one["term"] == "price")
    assert (price["before"][0]["amount"], price["after"][0]["amount"]) == ("24.90", "21.90")
    assert ada.do(successions.show, first) == shown
    of_middle = ada.do(successions.show, middle)
    assert (of_middle["then"], of_middle["now"], of_middle["steps"]) == (middle, last, 1)


def test_a_change_that_came_to_nothing_is_no_step(ada: Party, bikes: Party) -> None:
    id = conclude(ada, bikes)
    bikes.countersigns = False
    ada.do(agreements.amend, id, {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    assert ada.do(successions.show, id)["steps"] == 0


def test_what_was_erased_breaks_the_line(ada: Party, bikes: Party) -> None:
    first = conclude(ada, bikes)
    change(ada, bikes, "19.90")
    offer = next(item["offer"] for item in ada.do(agreements.list)["items"] if item["id"] == first)
    ada.write(lambda db: rows.delete_agreements(db, ada.iri, offer))
    last = agreement(ada)["id"]
    assert ada.do(successions.show, last)["then"] == last
    with pytest.raises(NotFound):
        ada.do(successions.show, first)
