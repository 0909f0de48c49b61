"""How a side has kept to its word, at both ends of the same negotiations."""

from datetime import timedelta

import pytest

from node.services.negotiations import agreements, conducting, offers
from node.services.negotiations.conducting import ConductShown
from protocol.errors import NotFound
from protocol.negotiation import Party as Side
from tests.services.parties import Party, settle
from tests.services.test_negotiation import cast, offer, only


def of(party: Party, other: Party, maker: Side) -> ConductShown:
    shown: ConductShown = party.do(conducting.show_of, other.iri, maker=maker)
    return shown


def both(ada: Party, bikes: Party) -> ConductShown:
    """Return what both ends say of the conduct of bikes."""
    ours, theirs = of(bikes, ada, Side.OFFERER), of(ada, bikes, Side.OFFEREE)
    assert ours == theirs
    return ours


def test_both_ends_count_the_same(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    bikes.clock.now += timedelta(hours=2, minutes=3)
    offer(bikes, ada)
    counted = {"offers": 1, "withdrawn": 0, "accepted": 0, "kept": 0, "within_seconds": 3 * 3600}
    assert both(ada, bikes) == counted
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert both(ada, bikes) == counted  # it is not decided yet
    bikes.do(agreements.countersign, only(bikes)["agreement"])
    settle(bikes, ada)
    assert both(ada, bikes) == counted | {"accepted": 1, "kept": 1}
    assert of(ada, bikes, Side.OFFERER)["offers"] == 0


def test_who_backs_out_or_takes_back_has_not_kept_it(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    bikes.do(agreements.renege, only(bikes)["agreement"])
    settle(bikes, ada)
    assert both(ada, bikes)["accepted"] == 1
    assert both(ada, bikes)["kept"] == 0
    cast(ada, bikes)
    offer(bikes, ada)
    newest = bikes.do(offers.list)["items"][0]["id"]
    bikes.do(offers.withdraw, newest)
    settle(bikes, ada)
    assert both(ada, bikes)["withdrawn"] == 1


def test_nobody_is_nobody(ada: Party) -> None:
    with pytest.raises(NotFound):
        ada.do(conducting.show_of, "https://nobody.example/actors/x", maker=Side.OFFERER)
