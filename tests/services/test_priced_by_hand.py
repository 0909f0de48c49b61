"""What a rule offered and a person changed: the shelf holds what is offered, and the rule answers no more."""

from typing import Any

import pytest

from node.services.intentions import casting
from node.services.negotiations import offers
from node.services.outbox import deliveries
from node.services.trade import pricelists, shop
from protocol.errors import Conflict
from tests.services.loading import load
from tests.services.parties import Party, check_journal, settle
from tests.services.test_negotiation import wish
from tests.services.test_shop import PRICE_LIST, RULE, bikes_open, turn

__all__ = ["bikes_open"]


def asks_any(ada: Party, shop_: Party) -> tuple[dict[str, Any], str]:
    """Wish for any number; return what the customer is offered, and its id at the shop."""
    ada.do(casting.cast, wish(shop_, quantity={"unit": "one"}))
    settle(ada, shop_)
    turn(shop_)
    settle(shop_, ada)
    offered = next(one for one in ada.do(offers.list)["items"] if one["name"] == "Trekking bike")
    ours = next(one for one in shop_.do(offers.list)["items"] if one["negotiation"] == offered["negotiation"])
    return dict(offered), str(ours["id"])


def wants(ada: Party, shop_: Party, offered: dict[str, Any], pieces: int) -> None:
    """Ask for so many, at the price of all of them."""
    (line,) = offered["price"]
    price = [line | {"amount": f"{2390 * pieces}.00"}]
    ada.do(offers.counter, offered["id"], {"quantity": str(pieces), "price": price})
    settle(ada, shop_)


def shelf(party: Party) -> tuple[Any, Any]:
    item = party.do(pricelists.show)["items"][0]
    return item["stock"], item["held"]


def test_who_offers_more_by_hand_holds_and_sells_that(ada: Party, bikes: Party) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.replace("EUR,1,", "EUR,9,").encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    offered, id = asks_any(ada, bikes)
    wants(ada, bikes, offered, 7)
    assert shelf(bikes) == (9, 1)
    bikes.do(offers.reoffer, id, {"meet": True})
    assert shelf(bikes) == (9, 7)
    settle(bikes, ada)
    ada.do(offers.accept, offered["id"])
    settle(ada, bikes)
    assert shelf(bikes) == (2, 0)
    check_journal(bikes)


def test_more_than_there_is_cannot_be_offered_in_its_place(ada: Party, bikes_open: Party) -> None:
    offered, id = asks_any(ada, bikes_open)
    wants(ada, bikes_open, offered, 7)
    with pytest.raises(Conflict, match="out-of-stock"):
        bikes_open.do(offers.reoffer, id, {"meet": True})
    assert shelf(bikes_open) == (1, 1)


def test_an_offer_of_more_that_was_refused_holds_what_the_one_before_did(ada: Party, bikes: Party) -> None:
    bikes.do(load, pricelists.read(PRICE_LIST.replace("EUR,1,", "EUR,9,").encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    offered, id = asks_any(ada, bikes)
    wants(ada, bikes, offered, 7)
    bikes.do(offers.reoffer, id, {"meet": True})
    (row,) = bikes.queued()
    now, record = bikes.clock.now, bikes.residents.record
    bikes.write(lambda db: deliveries.refused(db, row, now=now, record=record, status=409, detail="no"))
    assert shelf(bikes) == (9, 1)
    check_journal(bikes)


def by_hand(party: Party, offered: dict[str, Any], *more: dict[str, Any]) -> None:
    """Make an offer of the rule's anew with further lines."""
    (ours,) = [one for one in party.do(offers.list)["items"] if one["negotiation"] == offered["negotiation"]]
    party.do(offers.reoffer, ours["id"], {"price": [*offered["price"], *more]})


FITTED = {"kind": "oneOff", "amount": "900.00", "currency": "EUR", "label": "Fitted"}
CARE = {
    "kind": "recurring",
    "amount": "0.01",
    "currency": "EUR",
    "label": "Care",
    "per": "month",
    "count": 1200,
}


@pytest.mark.parametrize(("more", "first", "second"), [(FITTED, "2151.00", "0.00"), (CARE, "0.00", "2.00")])
def test_a_counter_to_what_a_person_has_priced_waits(
    ada: Party, bikes_open: Party, more: dict[str, Any], first: str, second: str
) -> None:
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    offered = next(one for one in ada.do(offers.list)["items"] if one["name"] == "Trekking bike")
    by_hand(bikes_open, offered, more)
    settle(bikes_open, ada)
    (line,) = offered["price"]
    asked = [line | {"amount": first}, more | {"amount": second}]
    ada.do(offers.counter, offered["id"], {"price": asked})
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    assert ada.do(offers.show, offered["id"])["state"] == "countered"


def test_an_old_price_is_not_offered_anew_under_a_dearer_list(ada: Party, bikes_open: Party) -> None:
    bikes_open.do(shop.set_rule, RULE | {"answers_counters": "always"})
    ada.do(casting.cast, wish(bikes_open))
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    offered = next(one for one in ada.do(offers.list)["items"] if one["name"] == "Trekking bike")
    dearer = PRICE_LIST.replace("2390.00", "3390.00")
    bikes_open.do(load, pricelists.read(dearer.encode(), "text/csv"))
    (line,) = offered["price"]
    ada.do(offers.counter, offered["id"], {"price": [line | {"amount": "1.00"}]})
    settle(ada, bikes_open)
    turn(bikes_open)
    settle(bikes_open, ada)
    shown = ada.do(offers.show, offered["id"])
    assert (shown["state"], shown["rounds"]) == ("countered", 1)
