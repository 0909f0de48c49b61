"""A rule answers a counter, and not one after the other: by its answers its floor could be found."""

from decimal import Decimal
from typing import Any

import pytest

from node.services.intentions import casting
from node.services.negotiations import offers
from node.services.trade import haggling, pricelists, shop
from tests.services.loading import load
from tests.services.parties import Clock, Party, settle
from tests.services.test_negotiation import wish
from tests.services.test_shop import PRICE_LIST, RULE, turn


@pytest.fixture
def selling(bikes: Party) -> Party:
    """A shop with a price list and a rule, and plenty of all it has."""
    bikes.do(load, pricelists.read(PRICE_LIST.replace(",EUR,", ",EUR,9").encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    return bikes


def asks(customer: Party, seller: Party, **members: Any) -> str:
    """Wish for something that the shop has; return the id of its offer."""
    customer.do(casting.cast, wish(seller, deadline="2099-01-01T00:00:00Z", **members))
    settle(customer, seller)
    turn(seller)
    settle(seller, customer)
    return str(customer.do(offers.list)["items"][0]["id"])


def counters(customer: Party, seller: Party, id: str, percent: int) -> str:
    """Ask for so many hundredths of the price; return in which state the negotiation is then."""
    (line, *_) = customer.do(offers.show, id)["price"]
    amount = (Decimal(line["amount"]) * percent / 100).quantize(Decimal("0.01"))
    customer.do(offers.counter, id, {"price": [line | {"amount": str(amount)}]})
    settle(customer, seller)
    turn(seller)
    settle(seller, customer)
    return str(customer.do(offers.show, id)["state"])


@pytest.mark.parametrize("answers", ["within-floor", "always"])
def test_of_a_negotiation_one_counter_is_answered(ada: Party, selling: Party, answers: str) -> None:
    selling.do(shop.set_rule, RULE | {"answers_counters": answers})
    id = asks(ada, selling)
    assert counters(ada, selling, id, 99) == "offered"
    assert counters(ada, selling, id, 98) == "countered"


def test_of_one_server_a_few_are_answered_in_a_month(ada: Party, selling: Party, clock: Clock) -> None:
    def again() -> str:
        id = asks(ada, selling)
        state = counters(ada, selling, id, 99)
        ada.do(offers.reject, id)
        settle(ada, selling)
        return state

    assert [again() for _ in range(haggling.COUNTERS + 1)] == ["offered"] * haggling.COUNTERS + ["countered"]
    clock.pass_time(days=haggling.WITHIN.days + 1)
    assert again() == "offered"


def test_the_floor_of_all_items_is_one_so_their_counters_are_counted_together(
    ada: Party, bikes: Party
) -> None:
    named = [f"Lamp {letter}{letter}{letter}" for letter in "abcd"]
    header = "sku,name,price,currency,stock,lead_days"
    lines = [f"l{number},{name},100.00,EUR,9,3" for number, name in enumerate(named)]
    bikes.do(load, pricelists.read("\n".join([header, *lines, ""]).encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE | {"max_offers_per_intention": 1})
    states = []
    for name in named:
        id = asks(ada, bikes, name=name, specifications=[])
        assert ada.do(offers.show, id)["name"] == name
        states.append(counters(ada, bikes, id, 99))
    assert states == ["offered"] * haggling.COUNTERS + ["countered"]
