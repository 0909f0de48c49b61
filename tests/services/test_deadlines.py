"""What has run out by the clock of the decision is not acted on by itself, though no timer has looked yet."""

from dataclasses import replace
from typing import Any

import pytest

from node.services.intentions import casting
from node.services.negotiations import agreements, offers
from node.services.trade import pricelists, shop
from tests.services.loading import load
from tests.services.parties import LIMITS, Clock, Party, carry, check_journal, settle
from tests.services.test_agreements import agreement, conclude
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import LOWER, cast, offer, only, wish
from tests.services.test_shop import BULBS, RULE, clockwork, moves_of, turn

IN_AN_HOUR = "2026-05-04T13:00:00Z"
MET = {"price": LOWER, "expires_at": IN_AN_HOUR}


@pytest.fixture
def bulbs(bikes: Party) -> Party:
    bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"answers_counters": "always", "offer_valid_hours": 1})
    return bikes


def answered(ada: Party, bulbs: Party) -> dict[str, Any]:
    """Have a shop answer a wish by itself; return the offer as the customer sees it."""
    ada.do(casting.cast, wish(bulbs, name="Bulb", specifications=[]))
    settle(ada, bulbs)
    turn(bulbs)
    settle(bulbs, ada)
    return only(ada)


def test_a_counter_that_has_run_out_is_not_accepted(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], MET, on_met="accept")
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    clock.pass_time(hours=1, seconds=1)
    carry(bikes, ada)
    assert only(ada)["state"] == "offered"
    assert ada.queued() == []
    check_journal(ada)


def test_a_counter_that_stands_is(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], MET, on_met="accept")
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    clock.pass_time(minutes=59)
    carry(bikes, ada)
    assert only(ada)["state"] == "accepted"


@pytest.mark.parametrize(("minutes", "sent"), [(59, 1), (61, 0)])
def test_a_shop_answers_no_counter_that_has_run_out(
    ada: Party, bulbs: Party, clock: Clock, minutes: int, sent: int
) -> None:
    found = answered(ada, bulbs)
    lower = [found["price"][0] | {"amount": "95.00"}]
    ada.do(offers.counter, found["id"], {"price": lower, "expires_at": IN_AN_HOUR})
    settle(ada, bulbs)
    # The node was down meanwhile: what follows from the counter comes before any timer has looked.
    clock.pass_time(minutes=minutes)
    turn(bulbs)
    assert len(bulbs.queued()) == sent
    assert moves_of(bulbs)[0].count("reoffer applied") == sent


def test_nothing_is_countersigned_that_was_accepted_too_late(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada, expires_at=IN_AN_HOUR)
    ada.do(offers.accept, only(ada)["id"])
    clock.pass_time(hours=1, minutes=3)
    assert carry(ada, bikes) == [("accept", 409)]
    assert only(bikes)["state"] == "offered"
    assert bikes.queued() == []


def test_a_shop_countersigns_nothing_that_has_lapsed(ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    offer(bikes, ada, expires_at=IN_AN_HOUR)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    clock.pass_time(hours=1, minutes=3)
    with pytest.raises(Exception, match="acceptance-lapsed"):
        bikes.do(agreements.countersign, agreement(bikes, state="accepted")["id"])
    assert bikes.queued() == []


def test_no_offer_is_undercut_that_has_run_out(ada: Party, bulbs: Party, clock: Clock) -> None:
    late = {"undercut_after_seconds": 3_601, "undercut_percent": "50", "offer_valid_hours": 1}
    bulbs.do(shop.set_rule, RULE | late)
    answered(ada, bulbs)
    clock.pass_time(seconds=3_602)
    clockwork(bulbs, lambda clockwork: clockwork.turn())
    assert len(moves_of(bulbs)) == 1
    assert "reoffer applied" not in moves_of(bulbs)[0]


def test_no_wish_is_answered_whose_deadline_has_passed(ada: Party, bulbs: Party, clock: Clock) -> None:
    ada.do(casting.cast, wish(bulbs, name="Bulb", specifications=[], deadline=IN_AN_HOUR))
    settle(ada, bulbs)
    clock.pass_time(hours=1, seconds=1)
    turn(bulbs)
    assert bulbs.do(offers.list)["items"] == []


def test_what_is_dated_ahead_is_refused_when_it_comes(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    opening = last(bikes, "offer")
    fresh = {"id": f"{bikes.origin}/activities/2", "context": f"{bikes.origin}/negotiations/2"}
    assert code_of(ada, resign(bikes, opening, **fresh, published="2099-01-01T00:00:00Z"), bikes) == (
        "dated-ahead"
    )
    assert code_of(ada, resign(bikes, opening, **fresh, published="2026-05-04T12:02:01Z"), bikes) == (
        "dated-ahead"
    )
    assert ada.receive(resign(bikes, opening, **fresh, published="2026-05-04T12:02:00Z"), bikes) == 202


def test_a_shop_answers_no_more_counters_than_a_negotiation_has_rounds(ada: Party, bulbs: Party) -> None:
    bulbs.limits = replace(LIMITS, rounds=1)
    found = answered(ada, bulbs)
    ada.do(offers.counter, found["id"], {"price": [found["price"][0] | {"amount": "50.00"}]})
    carry(ada, bulbs)
    turn(bulbs)
    assert only(bulbs)["rounds"] == 1
    assert bulbs.queued() == []


def test_few_amendments_of_one_agreement_stand_at_one_time(ada: Party, bikes: Party) -> None:
    ada.limits = replace(LIMITS, offers_per_intention=2)
    conclude(ada, bikes)
    old = agreement(bikes)["id"]
    statuses = []
    for number in range(4):
        bikes.do(agreements.amend, old, {"content": f"version {number}"})
        statuses += carry(bikes, ada)
    assert statuses == [("offer", 202), ("offer", 202), ("offer", 409), ("offer", 409)]
    ada.do(offers.reject, first_open(ada))
    bikes.do(agreements.amend, old, {"content": "another"})
    assert carry(bikes, ada)[-1] == ("offer", 202)


def first_open(party: Party) -> str:
    return str(party.do(offers.list, state="offered")["items"][0]["id"])
