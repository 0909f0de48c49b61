"""A price list that is only rehearsed says what it would change, offers and wishes too, and does nothing."""

from typing import Any

import pytest

from node.services.intentions import casting
from node.services.negotiations import offers
from node.services.trade import pricelists, rehearsing, shop
from node.storage.journal import last_number
from node.storage.tables import PAGE_LIMIT
from tests.services.loading import load
from tests.services.parties import Party, settle
from tests.services.test_negotiation import only, wish
from tests.services.test_shop import PRICE_LIST, RULE, turn


def rehearse(party: Party, text: str, *, adds: bool = False) -> dict[str, Any]:
    rehearsal = rehearsing.begin(pricelists.read(text.encode(), "text/csv", adds=adds))
    before = party.write(last_number)
    while party.do(rehearsing.look, rehearsal):
        pass
    assert party.write(last_number) == before
    return dict(rehearsing.show(rehearsal))


def counts(shown: dict[str, Any]) -> list[int]:
    return [
        shown["unchanged"],
        *(shown[kind]["count"] for kind in ("added", "changed", "gone", "up", "down")),
    ]


@pytest.fixture
def open_shop(bikes: Party) -> Party:
    bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
    bikes.do(shop.set_rule, RULE)
    return bikes


def test_the_same_list_changes_nothing(open_shop: Party) -> None:
    assert counts(rehearse(open_shop, PRICE_LIST)) == [3, 0, 0, 0, 0, 0]


def test_a_list_is_compared_page_by_page(bikes: Party) -> None:
    (header, *_) = PRICE_LIST.splitlines()
    rows = [f"b{number:03},Bulb,10.00,EUR,5,3,,," for number in range(PAGE_LIMIT + 2)]
    bikes.do(load, pricelists.read("\n".join([header, *rows]).encode(), "text/csv"))
    cheaper = [rows[0].replace("10.00", "9.00"), *rows[1:-1], "new,Bell,9.00,EUR,5,3,,,"]
    assert counts(rehearse(bikes, "\n".join([header, *cheaper]))) == [PAGE_LIMIT, 1, 1, 1, 0, 1]


def test_standing_offers_keep_what_they_say(ada: Party, open_shop: Party) -> None:
    ada.do(casting.cast, wish(open_shop))
    settle(ada, open_shop)
    turn(open_shop)
    shown = rehearse(open_shop, PRICE_LIST.replace("2390.00", "2290.00"))
    assert shown["offers"] == {"count": 1, "first": [{"sku": "b1", "name": "Trekking bike", "count": 1}]}
    stocked = PRICE_LIST.replace("2390.00,EUR,1", "2390.00,EUR,4")
    assert rehearse(open_shop, stocked)["offers"]["count"] == 0  # what there is of it changes no offer
    (header, *_) = PRICE_LIST.splitlines()
    gone = rehearse(open_shop, header)
    assert (gone["gone"]["count"], gone["offers"]["count"]) == (3, 2)
    assert rehearse(open_shop, header, adds=True)["offers"]["count"] == 0


def test_what_was_sold_is_put_back_on_the_shelf_by_the_same_list(ada: Party, open_shop: Party) -> None:
    ada.do(casting.cast, wish(open_shop, specifications=[{"property": "colour", "value": "blue"}]))
    settle(ada, open_shop)
    turn(open_shop)
    settle(open_shop, ada)
    ada.do(offers.accept, next(o for o in ada.do(offers.list)["items"] if o["name"] == "Trekking bike")["id"])
    settle(ada, open_shop)
    (change,) = rehearse(open_shop, PRICE_LIST)["changed"]["first"]
    assert (change["sku"], change["before"]["stock"], change["after"]["stock"]) == ("b1", 0, 1)


def test_a_wish_that_waits_would_be_answered(ada: Party, open_shop: Party) -> None:
    cast = ada.do(casting.cast, wish(open_shop, name="A bell", specifications=[]))
    settle(ada, open_shop)
    turn(open_shop)
    bell = PRICE_LIST + "b9,Bell,9.00,EUR,1,3,,,bell\n"
    assert rehearse(open_shop, PRICE_LIST)["wishes"] == {"waiting": 1, "answered": 0, "first": []}
    wishes = rehearse(open_shop, bell)["wishes"]
    assert (wishes["waiting"], wishes["answered"]) == (1, 1)
    assert [first["name"] for first in wishes["first"]] == ["A bell"]
    assert open_shop.do(offers.list)["items"] == []
    open_shop.do(load, pricelists.read(bell.encode(), "text/csv"))
    turn(open_shop)
    settle(open_shop, ada)
    assert only(ada)["intention"] == cast["id"]


def test_without_a_rule_nothing_is_said_of_wishes(ada: Party, bikes: Party) -> None:
    ada.do(casting.cast, wish(bikes))
    settle(ada, bikes)
    assert rehearse(bikes, PRICE_LIST)["wishes"] is None
