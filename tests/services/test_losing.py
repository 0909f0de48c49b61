"""What came to nothing: for which reason, in whose words, how far back, and that a rebuild agrees."""

from datetime import timedelta
from typing import Any

import pytest

from node.core.losses import LossReason
from node.services.intentions import casting, ending, showing
from node.services.negotiations import agreements, offers
from node.services.outbox import deliveries
from node.services.terms import settings
from node.services.trade import customers, losses, pipeline
from node.storage.peers import load_peer_at
from protocol.errors import Malformed, NotFound
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_data_terms import PRICE, meet
from tests.services.test_disputed import refuse, waiting
from tests.services.test_negotiation import cast, offer, only, wish
from tests.services.test_terms_door import TRACKING

LOWER: Any = [PRICE[0] | {"amount": "800.00"}]


@pytest.fixture
def shop(bikes: Party) -> Party:
    """A shop that is asked before it signs."""
    bikes.countersigns = False
    return bikes


def lost(shop: Party, **asked: Any) -> list[Any]:
    """Return what the shop has lost, and hold that it is counted as it is listed."""
    shown = shop.do(losses.show, limit=100, **asked)
    if not asked:
        listed = [item["reason"] for item in shown["items"]]
        assert shown["reasons"] == {reason.value: listed.count(reason) for reason in LossReason}
        assert shop.do(pipeline.show)["lost"] == len(listed)
        for customer in {item["customer"] for item in shown["items"]}:  # there is one
            assert shop.do(losses.show, customer=customer)["reasons"] == shown["reasons"]
        check_journal(shop)
    return list(shown["items"])


def offered(ada: Party, shop: Party, **terms: Any) -> str:
    """Let Ada wish and the shop offer; return the id of the offer at hers."""
    cast(ada, shop)
    offer(shop, ada, **terms)
    return str(ada.do(offers.list)["items"][0]["id"])


def test_who_declines_is_named_with_their_words_the_article_and_its_price(ada: Party, shop: Party) -> None:
    assert shop.do(losses.show)["items"] == []
    first = offered(ada, shop, name="Trekking bike, red")
    ada.do(offers.reject, first, reason="Too heavy.")
    settle(ada, shop)
    (item,) = lost(shop)
    assert (item["reason"], item["said"], item["offered"]) == ("declined", "Too heavy.", "Trekking bike, red")
    assert (item["total"], item["peer"]["iri"], item["flags"]) == ("2390.00", ada.iri, [])
    assert item["name"] != item["offered"]
    shown = shop.do(customers.show, item["customer"])
    assert [one["offer"] for one in shown["lost"]["items"]] == [item["offer"]]


def test_what_is_offered_again_is_lost_no_more(ada: Party, shop: Party) -> None:
    ada.do(offers.reject, offered(ada, shop))
    settle(ada, shop)
    (item,) = lost(shop)
    shop.do(offers.reoffer, item["offer"], {"price": LOWER})
    assert shop.do(losses.show)["items"] == []
    refuse(shop, waiting(shop, "reoffer"))  # and is again, as that was not taken
    assert [each["reason"] for each in lost(shop)] == ["declined"]


def test_terms_that_are_refused_at_the_door_are_named_by_flag(ada: Party, shop: Party) -> None:
    meet(ada, shop)
    meet(shop, ada)
    cast(ada, shop)
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    ada.do(settings.change, {"flags": {"tracking": "refuse"}})
    shop.do(offers.make, known, {"price": PRICE, "terms": {"policy": TRACKING}})
    settle(shop, ada)
    (item,) = lost(shop)
    assert (item["reason"], item["code"]) == ("terms", "terms-refused")
    assert "tracking" in [flag["code"] for flag in item["flags"]]
    assert all(flag["sentence"] for flag in item["flags"])


@pytest.mark.parametrize(
    ("status", "reason"), [(409, "not-taken"), (410, "undelivered"), (404, "undelivered")]
)
def test_what_a_server_does_not_take_is_told_from_what_never_got_there(
    ada: Party, shop: Party, status: int, reason: str
) -> None:
    cast(ada, shop)
    shop.do(offers.make, shop.do(showing.list, own=False)["items"][0]["id"], {"price": PRICE})
    refuse(shop, waiting(shop, "offer"), status)
    assert [item["reason"] for item in lost(shop)] == [reason]


def test_a_wish_that_is_closed_there_is_over(ada: Party, shop: Party) -> None:
    made = ada.do(showing.list, own=True)["items"] or [ada.do(showing.show, cast(ada, shop))]
    shop.do(offers.make, shop.do(showing.list, own=False)["items"][0]["id"], {"price": PRICE})
    ada.do(ending.withdraw, made[0]["id"])
    carry(shop, ada)
    assert [item["reason"] for item in lost(shop)] == ["wish-over"]


@pytest.mark.parametrize(
    ("content", "hours", "reason"),
    [("", 0, "wish-over"), ("Too heavy.", 0, "declined"), ("", 2, "declined")],
)
def test_a_rejection_with_which_a_wish_ends_is_none_of_ours(
    ada: Party, shop: Party, clock: Clock, content: str, hours: int, reason: str
) -> None:
    first = offered(ada, shop)
    if content or hours:
        ada.do(offers.reject, first, reason=content)
        settle(ada, shop)
        clock.pass_time(hours=hours)
    ada.do(ending.withdraw, only(ada)["intention"])
    settle(ada, shop)
    assert [item["reason"] for item in lost(shop)] == [reason]


def test_of_two_offers_to_a_wish_one_was_chosen(ada: Party, shop: Party) -> None:
    first = offered(ada, shop)
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    shop.do(offers.make, known, {"price": LOWER})
    settle(shop, ada)
    ada.do(offers.accept, first)
    settle(ada, shop)
    assert lost(shop) == []
    (waiting_for_us,) = shop.do(agreements.list)["items"]
    shop.do(agreements.countersign, waiting_for_us["id"])
    settle(shop, ada)
    (item,) = lost(shop)
    assert (item["reason"], item["total"]) == ("chosen", "800.00")


def test_what_has_not_arrived_until_its_time_was_up_was_never_delivered(
    ada: Party, shop: Party, clock: Clock
) -> None:
    offered(ada, shop)
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    shop.do(offers.make, known, {"price": LOWER})  # and is not carried
    clock.pass_time(days=20)
    shop.tick()
    assert {item["total"]: item["reason"] for item in lost(shop)} == {
        "800.00": "undelivered",
        "2390.00": "expired",
    }


def test_what_expires_with_its_wish_is_lost_with_it(ada: Party, shop: Party, clock: Clock) -> None:
    soon = (clock.now + timedelta(hours=2)).isoformat()
    cast(ada, shop, deadline=soon)
    offer(shop, ada)
    clock.pass_time(days=20)
    shop.tick()
    assert [item["reason"] for item in lost(shop)] == ["wish-over"]


def test_what_we_take_back_before_it_leaves_or_after(ada: Party, shop: Party) -> None:
    offered(ada, shop)
    shop.do(offers.withdraw, shop.do(offers.list)["items"][0]["id"])
    settle(shop, ada)
    assert [item["reason"] for item in lost(shop)] == ["withdrawn"]
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    shop.do(offers.make, known, {"price": PRICE})
    shop.do(deliveries.cancel, waiting(shop, "offer").id)
    assert [item["reason"] for item in lost(shop)] == ["undelivered", "withdrawn"]


@pytest.mark.parametrize(("says_so", "reason"), [(True, "reneged"), (False, "lapsed")])
def test_what_was_accepted_and_not_signed(
    ada: Party, shop: Party, clock: Clock, says_so: bool, reason: str
) -> None:
    ada.do(offers.accept, offered(ada, shop))
    settle(ada, shop)
    if says_so:
        shop.do(agreements.renege, shop.do(agreements.list)["items"][0]["id"], reason="Sold.")
        settle(shop, ada)
    clock.pass_time(days=3, minutes=3)
    for party in (shop, ada):
        party.tick()
    settle(shop, ada)
    (item,) = lost(shop)
    assert (item["reason"], item["said"]) == (reason, "Sold." if says_so else "")


def test_it_is_paged_filtered_and_looked_back_for_ninety_days(ada: Party, shop: Party, clock: Clock) -> None:
    for number in range(3):
        cast(ada, shop, deadline="2027-06-01T00:00:00Z")
        offer(shop, ada, name=f"Bike {number}")
        ada.do(offers.reject, ada.do(offers.list)["items"][0]["id"], reason="No.")
        settle(ada, shop)
        clock.pass_time(days=40)
    assert [item["offered"] for item in lost(shop)] == ["Bike 2", "Bike 1"]  # the first is 120 days ago
    page = shop.do(losses.show, limit=1)
    assert [item["offered"] for item in page["items"]] == ["Bike 2"]
    rest = shop.do(losses.show, limit=1, cursor=page["next"])
    assert [item["offered"] for item in rest["items"]] == ["Bike 1"]
    last = shop.do(losses.show, limit=1, cursor=rest["next"])
    assert (last["items"], last["next"]) == ([], None)
    peer = load_peer_at(shop.db, shop.iri, ada.iri)
    assert peer is not None
    assert len(lost(shop, customer=peer.id, reason=LossReason.DECLINED)) == 2
    assert lost(shop, customer=peer.id, reason=LossReason.TERMS) == []
    assert lost(shop, reason=LossReason.EXPIRED) == []
    with pytest.raises(NotFound):
        shop.do(losses.show, customer="peer_0")
    with pytest.raises(Malformed):
        shop.do(losses.show, cursor="of_0")


def test_what_we_would_change_of_what_we_pay_for_is_no_sale(ada: Party, shop: Party) -> None:
    shop.countersigns = True
    ada.do(offers.accept, offered(ada, shop))
    settle(ada, shop)
    for proposer, other in ((ada, shop), (shop, ada)):
        (agreed,) = (one for one in proposer.do(agreements.list)["items"] if one["state"] == "concluded")
        proposer.do(agreements.amend, agreed["id"], {"price": LOWER})
        settle(proposer, other)
        (found,) = (one for one in other.do(offers.list)["items"] if one["state"] == "offered")
        other.do(offers.reject, found["id"], reason="As it is.")
        settle(other, proposer)
    assert ada.do(losses.show)["items"] == []
    assert [(item["reason"], item["amends"]) for item in lost(shop)] == [("declined", True)]


def test_a_row_of_the_pipeline_names_the_article_that_is_offered(ada: Party, shop: Party) -> None:
    ada.do(casting.cast, {**wish(shop), "name": "Something to ride"})
    settle(ada, shop)
    (item,) = shop.do(pipeline.show)["items"]
    assert (item["name"], item["offered"]) == ("Something to ride", None)
    offer(shop, ada, name="Trekking bike, red")
    (item,) = shop.do(pipeline.show)["items"]
    assert (item["name"], item["offered"]) == ("Something to ride", "Trekking bike, red")
