"""The day: what waits for the owner of either side, and whom a wish has reached."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.attention import Need
from node.services import today
from node.services.intentions import casting, ending, reaching, showing
from node.services.negotiations import agreements, comparing, offers, reconsidering
from node.services.people import peers
from node.storage import peer_keys
from node.storage import peers as peer_rows
from node.storage.peer_keys import KeyState, PeerKeyRow
from protocol.canonical import canonicalise
from protocol.errors import Forbidden
from tests.services.parties import LIMITS, Clock, Party, carry, settle
from tests.services.test_agreements import MONTHLY, conclude
from tests.services.test_inbox import follow_of, last
from tests.services.test_negotiation import LOWER, PRICE, cast, offer, only, wish
from tests.services.test_peer_keys import changed, refused, reoffered
from tests.services.test_quarantine import Troupe


def needs(party: Party) -> list[tuple[str, str]]:
    return [(need["need"], need["peer"]) for need in party.do(today.show)["needs"]]


def test_an_offer_waits_for_the_customer_and_nobody_else(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    settle(ada, bikes)
    assert [one["id"] for one in ada.do(today.show)["under_way"]] == [id]
    offer(bikes, ada)
    (need,) = ada.do(today.show)["needs"]
    assert (need["need"], need["id"], need["count"], need["currency"]) == (Need.CHOOSE, id, 1, "EUR")
    assert ada.do(today.show)["under_way"] == []
    assert needs(bikes) == []


def test_a_wish_for_which_one_was_chosen_waits_for_nobody_until_that_is_undone(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    bikes.countersigns = False
    id = cast(ada, bikes, wheels)
    settle(ada, bikes, wheels)
    for shop in (bikes, wheels):
        offer(shop, ada)
    taken = next(one for one in ada.do(offers.list)["items"] if one["peer"]["name"] == "Bikes")
    ada.do(reconsidering.accept, taken["id"], undo_for=timedelta(seconds=20))
    (undoable,) = ada.do(today.show)["undoable"]
    assert (undoable["offer"], undoable["peer"], undoable["changes"]) == (taken["id"], "Bikes", False)
    (wish_under_way,) = ada.do(today.show)["under_way"]
    assert (wish_under_way["id"], wish_under_way["chosen"]) == (id, "Bikes")
    assert needs(ada) == []
    ada.do(reconsidering.undo, taken["id"])
    assert ada.do(today.show)["undoable"] == []
    (need,) = ada.do(today.show)["needs"]
    assert (need["need"], need["count"]) == (Need.CHOOSE, 2)


def test_a_counter_waits_for_the_shop(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    assert needs(bikes) == [(Need.ANSWER, "Ada")]
    assert needs(ada) == []


def test_an_acceptance_waits_for_the_second_signature(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    (need,) = bikes.do(today.show)["needs"]
    assert (need["need"], need["peer"], need["total"] is not None) == (Need.COUNTERSIGN, "Ada", True)
    assert need["due"] is not None
    assert needs(ada) == []


def test_a_key_that_nobody_knows_waits_for_the_owner(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    changed(bikes)
    assert refused(ada, reoffered(bikes), bikes) == "key-held"
    assert needs(ada) == [(Need.CONFIRM_KEY, "Bikes")]


def test_who_asks_to_follow_waits_as_one_thing_until_answered(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    for party in (bikes, wheels):
        ada.receive(canonicalise(follow_of(party, ada, "first")), party)
    (need,) = ada.do(today.show)["needs"]
    assert (need["need"], need["count"], need["due"]) == (Need.ANSWER_FOLLOWER, 2, None)
    ada.do(peers.dismiss, bikes.iri)
    (need,) = ada.do(today.show)["needs"]
    assert (need["id"], need["peer"], need["count"]) == (wheels.iri, "Wheels", 1)
    assert [one["iri"] for one in ada.do(peers.list_asking, limit=9)] == [wheels.iri]
    ada.do(peers.approve, wheels.iri)
    assert needs(ada) == []


def test_a_key_waits_however_many_peers_there_are(
    ada: Party, bikes: Party, monkeypatch: pytest.MonkeyPatch
) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    changed(bikes)
    assert refused(ada, reoffered(bikes), bikes) == "key-held"
    bikes_row = ada.do(lambda db, acting: peer_rows.load_peer_at(db, acting.iri, bikes.iri))
    for number in range(today.LOOKED_AT + 1):
        other = replace(bikes_row, id=f"peer_{number}", address=f"https://a{number}.example/a")
        ada.write(lambda db, other=other: peer_rows.save_peer(db, other))
    assert needs(ada) == [(Need.CONFIRM_KEY, "Bikes")]
    for number in range(today.LOOKED_AT + 1):  # whoever was blocked hides nobody, though their keys wait on
        id = f"peer_-{number}"
        gone = replace(bikes_row, id=id, address=f"https://b{number}.example/a", blocked=True)
        held = PeerKeyRow(actor=ada.iri, peer=id, fragment="k", state=KeyState.HELD, since=ada.clock.now)
        ada.write(lambda db, gone=gone: peer_rows.save_peer(db, gone))
        ada.write(lambda db, held=held: peer_keys.save_key(db, held))
    assert needs(ada) == [(Need.CONFIRM_KEY, "Bikes")]
    ada.do(peers.block, bikes.iri)
    assert needs(ada) == []


def test_what_is_held_back_waits_as_one_thing(ada: Party, bikes: Party) -> None:
    ada.limits = replace(LIMITS, offers_per_origin=3)
    ada.do(casting.cast, wish(bikes) | {"audience": [bikes.iri, "public"]})
    settle(ada, bikes)
    offer(bikes, ada)
    troupe = Troupe(bikes, last(bikes, "offer"))
    for _ in range(12):
        troupe.offer(ada)
    by_need: dict[str, Any] = {need["need"]: need for need in ada.do(today.show)["needs"]}
    assert by_need.keys() == {Need.CHOOSE, Need.LOOK_AT_HELD}
    assert by_need[Need.LOOK_AT_HELD]["count"] > 1


def test_only_the_last_day_is_told_newest_first(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    clock.now += timedelta(hours=20)
    ada.do(offers.reject, only(ada)["id"])
    settle(ada, bikes)
    assert [one["kind"] for one in bikes.do(today.show)["happened"]] == ["reject", "intention.received"]
    assert [one["kind"] for one in ada.do(today.show)["happened"]] == ["offer"]
    clock.now += timedelta(hours=5)
    assert ada.do(today.show)["happened"] == []


def test_what_happened_names_what_was_offered_to_the_owner_and_their_own_wishes(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    wished = cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"])
    settle(ada, bikes)
    abouts = [(one["offer"], one["intention"]) for one in bikes.do(today.show)["happened"]]
    assert abouts == [(None, None), (None, None)]  # their own offer, and a wish of somebody else's
    (one,) = ada.do(today.show)["happened"]
    assert (one["offer"], one["intention"]) == (only(ada)["id"], wished)
    clock.now += timedelta(days=40)
    ada.tick()
    ended = [one for one in ada.do(today.show)["happened"] if one["kind"] == "intention.expired"]
    assert [(one["offer"], one["intention"]) for one in ended] == [(None, wished)]


def test_an_offer_that_meets_what_was_asked_for_says_so(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    settle(ada, bikes)
    kinds = [(one["kind"], one["met"]) for one in ada.do(today.show)["happened"]]
    assert kinds == [("reoffer", True), ("offer", False)]
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": PRICE})
    settle(ada, bikes)
    assert not any(one["met"] for one in ada.do(today.show)["happened"])


def test_what_is_to_change_an_agreement_names_it(ada: Party, bikes: Party) -> None:
    id = conclude(ada, bikes)
    ada.do(agreements.amend, id, {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    proposed = bikes.do(today.show)["happened"][0]
    (theirs,) = bikes.do(agreements.list)["items"]
    assert (proposed["kind"], proposed["amends"]) == ("offer", theirs["id"])
    (waiting,) = [one for one in bikes.do(offers.list)["items"] if one["state"] == "offered"]
    bikes.do(offers.accept, waiting["id"])
    settle(ada, bikes)
    accepted = next(one for one in ada.do(today.show)["happened"] if one["kind"] == "accept")
    assert (accepted["amends"], accepted["offer"]) == (id, None)


def test_as_many_offers_are_looked_at_for_all_wishes_as_are_compared_for_one(
    ada: Party, bikes: Party, wheels: Party, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "COMPARED", 2)
    totals = ["2249.00", "2390.00"]

    def answered() -> None:
        cast(ada, bikes, wheels)
        for shop, price in ((bikes, LOWER), (wheels, PRICE)):
            clock.pass_time(seconds=1)
            offer(shop, ada, price=price)

    answered()
    (need,) = ada.do(today.show)["needs"]
    assert (need["count"], need["total"]) == (2, totals[0])
    answered()
    for need in ada.do(today.show)["needs"]:  # the newest of each, and how many there are
        assert (need["count"], need["total"]) == (2, totals[1])


def test_what_costs_least_is_said_by_what_the_offers_are_compared_by(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    id = cast(ada, bikes, wheels)
    monthly = {"kind": "recurring", "label": "rent", "currency": "EUR", "per": "month"}
    dear_soon = [{**monthly, "amount": "70.00", "count": 12}]
    cheap_long = [{**monthly, "amount": "60.00", "count": 24}]
    for shop, price in ((bikes, dear_soon), (wheels, cheap_long)):
        offer(shop, ada, price=price)
    (need,) = ada.do(today.show)["needs"]
    compared = ada.do(comparing.compare, id)
    assert (need["basis"], need["over"]) == (compared["basis"], compared["over"]) == ("month", None)
    assert need["total"] == compared["offers"][0]["cost"] == "60.00"  # and not 840, the lower of the totals


def test_choices_are_those_of_open_wishes(ada: Party, bikes: Party) -> None:
    id = cast(ada, bikes)
    offer(bikes, ada)
    (open,) = ada.do(showing.list)["items"]
    assert ada.do(today.choices, [open]).keys() == {id}
    ada.do(ending.withdraw, id)
    (closed,) = ada.do(showing.list)["items"]
    assert ada.do(today.choices, [closed]) == {}


def test_whom_a_wish_has_reached(ada: Party, bikes: Party, wheels: Party) -> None:
    id = cast(ada, bikes, wheels)
    (before,) = [ada.do(reaching.show, id)]
    assert before["reached"] + len(before["unreached"]) == 2
    carry(ada, bikes, wheels)
    after = ada.do(reaching.show, id)
    assert (after["reached"], after["counts"]["delivered"], after["unreached"]) == (2, 2, [])
    (theirs,) = bikes.do(showing.list)["items"]
    with pytest.raises(Forbidden):
        bikes.do(reaching.show, theirs["id"])
