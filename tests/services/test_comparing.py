"""Offers side by side, as the owner's programs get them; and answers to what is no longer what was read."""

import pytest

from node.core.weighing import Weights
from node.services.negotiations import comparing, offers
from protocol.errors import Conflict
from tests.services.parties import Party, settle
from tests.services.test_negotiation import LOWER, PRICE, cast, offer, only

LIGHT = [{"property": "weight", "value": "15", "unit": "kg"}]
HEAVY = [{"property": "weight", "value": "17", "unit": "kg"}]


def test_what_sets_offers_apart_is_said_of_each(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    offer(bikes, ada, properties=HEAVY, price=LOWER)
    offer(bikes, ada, properties=LIGHT)
    compared = ada.do(comparing.compare, id)
    light, heavy = compared["offers"]
    assert (light["judgement"], heavy["judgement"]) == ("over-limit", "misses")
    assert (light["above_limit"], heavy["above_limit"]) == ("90.00", "-51.00")
    assert (light["above_lowest"], heavy["above_lowest"]) == ("0.00", "-141.00")
    assert light["known_since"] == heavy["known_since"]
    assert heavy["difference"][0]["off"] == "1"
    assert compared["weights"] is None


def test_weights_order_and_stay_home(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    offer(bikes, ada, properties=LIGHT, price=LOWER)
    offer(bikes, ada, properties=[*LIGHT, {"property": "colour", "value": "blue"}])
    by_cost = ada.do(comparing.compare, id)
    by_fit = ada.do(comparing.compare, id, weights=Weights(fit=3))
    assert [one["total"] for one in by_cost["offers"]] == ["2249.00", "2390.00"]
    assert [one["total"] for one in by_fit["offers"]] == ["2390.00", "2249.00"]
    assert by_fit["weights"] == {"cost": 0, "fit": 3, "soon": 0}


def test_what_is_no_longer_what_was_read_is_not_answered(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    made = offer(bikes, ada)
    read = only(ada)
    bikes.do(offers.reoffer, made, {"price": LOWER})
    settle(bikes, ada)
    for service, arguments in ((offers.counter, [{"price": LOWER}]), (offers.reject, [])):
        with pytest.raises(Conflict) as refused:
            ada.do(service, read["id"], *arguments, digest=read["digest"])
        assert refused.value.code == "offer-changed"
    now = only(ada)
    assert now["digest"] != read["digest"]
    assert ada.do(offers.counter, read["id"], {"price": PRICE}, digest=now["digest"])["state"] == "countered"


def test_an_offer_is_judged_by_the_wish_of_who_got_it(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    made = offer(bikes, ada, properties=HEAVY)
    judged = ada.do(comparing.judge, only(ada)["id"])
    assert (judged["judgement"], judged["above_limit"]) == ("misses", "90.00")
    assert judged["intention"] == {
        "id": id,
        "name": "A trekking bike",
        "state": "open",
        "limit_price": "2300",
    }
    assert bikes.do(comparing.judge, made) is None
