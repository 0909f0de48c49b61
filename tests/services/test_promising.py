"""Somebody unknown cannot hold a shop's whole stock, alone or with others of its server, nor for long."""

import pytest

from node.services.intentions import casting
from node.services.negotiations import offers
from node.services.trade import pipeline, pricelists, shop
from tests.services.loading import load
from tests.services.parties import Clock, Party, check_journal, settle
from tests.services.test_negotiation import only, wish
from tests.services.test_shop import BULBS, RULE, turn


@pytest.fixture
def bulbs(bikes: Party) -> Party:
    """A shop that has a thousand bulbs, and answers counters."""
    bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"answers_counters": "always"})
    return bikes


def ask(customer: Party, bulbs: Party, quantity: str) -> None:
    customer.do(casting.cast, wish(bulbs, name="Bulb", specifications=[], quantity=quantity))
    settle(customer, bulbs)
    turn(bulbs)
    settle(customer, bulbs)


def held(bulbs: Party) -> int:
    return int(bulbs.do(pricelists.show)["items"][0]["held"])


def test_the_whole_stock_is_not_promised_to_somebody_unknown(ada: Party, bulbs: Party) -> None:
    ask(ada, bulbs, "1000")
    assert held(bulbs) == 0
    (waiting,) = bulbs.do(pipeline.show)["items"]
    assert waiting["why"] == "none-fits"
    ask(ada, bulbs, "500")
    assert held(bulbs) == 500


def test_wishes_of_one_server_share(ada: Party, wheels: Party, bulbs: Party) -> None:
    for _ in range(5):
        ask(ada, bulbs, "200")
    assert held(bulbs) == 400
    ask(wheels, bulbs, "200")
    assert held(bulbs) == 600


def test_with_an_agreement_there_is_no_such_limit(ada: Party, bulbs: Party) -> None:
    ask(ada, bulbs, "1")
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bulbs)
    ask(ada, bulbs, "900")
    assert held(bulbs) == 900
    newest = ada.do(offers.list)["items"][0]
    assert newest["expires_at"] == "2026-05-07T12:00:00Z"
    check_journal(bulbs)


def test_countering_does_not_hold_it_for_longer(ada: Party, bulbs: Party, clock: Clock) -> None:
    ask(ada, bulbs, "500")
    first = only(ada)
    assert first["expires_at"] == "2026-05-05T12:00:00Z"
    for hours in (20, 5):
        clock.pass_time(hours=hours)
        found = only(ada)
        if hours == 20:
            cheaper = [found["price"][0] | {"amount": f"{hours}.00"}]
            ada.do(offers.counter, found["id"], {"price": cheaper})
        settle(ada, bulbs)
        turn(bulbs)
        settle(ada, bulbs)
        bulbs.tick()
    assert only(bulbs)["state"] == "expired"
    assert held(bulbs) == 0
