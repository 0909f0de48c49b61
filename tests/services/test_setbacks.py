"""An owner whose clock is set back in the middle of things."""

from datetime import timedelta

import pytest

from node.services.intentions import casting, showing
from node.services.negotiations import offers
from protocol.actors import ActorKind
from protocol.errors import Unprocessable
from tests.services.parties import Clock, Party, check_journal, settle

BACK = timedelta(hours=2)
PRICE = [{"kind": "oneOff", "amount": "100.00", "currency": "EUR", "label": "it"}]


def begin(ada: Party, bikes: Party) -> str:
    wish = {"name": "a bike", "currency": "EUR", "audience": [bikes.iri]}
    cast = str(ada.do(casting.cast, wish)["id"])
    settle(ada, bikes)
    return cast


def test_a_change_of_an_intention_is_news_also_after_the_clock_was_set_back(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    cast = begin(ada, bikes)
    for name in ("a red bike", "a blue bike"):
        clock.now -= BACK
        ada.do(casting.amend, cast, {"name": name})
        settle(ada, bikes)
        assert bikes.do(showing.list)["items"][0]["name"] == name
    for party in (ada, bikes):
        check_journal(party)


def test_an_acceptance_dated_before_its_offer_says_that_a_clock_is_wrong(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    folder = tmp_path_factory.mktemp("ends")
    ada, bikes = Party("ada", folder, Clock()), Party("bikes", folder, Clock(), kind=ActorKind.ORGANIZATION)
    begin(ada, bikes)
    bikes.do(offers.make, bikes.do(showing.list)["items"][0]["id"], {"price": PRICE})
    settle(bikes, ada)
    offer = ada.do(offers.list)["items"][0]["id"]
    ada.clock.now -= BACK
    with pytest.raises(Unprocessable, match="times-reversed") as caught:
        ada.do(offers.accept, offer)
    assert "clock" in caught.value.detail
    assert ada.do(offers.show, offer)["state"] == "offered"
    ada.clock.now += BACK
    ada.do(offers.accept, offer)
    settle(ada, bikes)
    assert bikes.do(offers.list)["items"][0]["state"] == "concluded"
