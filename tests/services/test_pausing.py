"""A wish that is paused and resumed: what its businesses hear, hold, send and see."""

from typing import Any

import pytest

from node.core.dates import DateKind
from node.core.pauses import Paused
from node.core.pipeline import NextStep, Stage
from node.services.intentions import casting, ending, showing
from node.services.negotiations import agreements, offers
from node.services.negotiations.dates import dates
from node.services.negotiations.waiting_aside import RESUMPTIONS
from node.services.trade import pipeline, pricelists, shop
from node.storage import deliveries, journal
from node.storage.deliveries import DeliveryState
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Party as Role
from tests.services.loading import load
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_negotiation import PRICE, cast, offer, only, wish
from tests.services.test_shop import BULBS, LATE, moves_of, turn

TOMORROW = "2026-05-05T12:00:00Z"


@pytest.fixture
def bulbs(bikes: Party) -> Party:
    """A shop that sells one thing, answers by itself, and is quick to lower its price."""
    bikes.do(load, pricelists.read(BULBS.encode(), "text/csv"))
    bikes.do(shop.set_rule, LATE)
    return bikes


def pause(party: Party, until: str | None = None) -> None:
    party.do(casting.amend, wish_of(party), {"pause": {"until": until}})


def resume(party: Party) -> None:
    party.do(casting.amend, wish_of(party), {"pause": None})


def wish_of(party: Party) -> str:
    return str(party.do(showing.list)["items"][0]["id"])


def shown(party: Party) -> Any:
    return party.do(showing.list)["items"][0]["pause"]


def cast_for_bulbs(ada: Party, bulbs: Party, **changes: Any) -> None:
    ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[], **changes))
    settle(ada, bulbs)


def offer_unaware(shop: Party, customer: Party, **terms: Any) -> None:
    """Offer before what the customer said last has arrived."""
    known = shop.do(showing.list, own=False)["items"][0]["id"]
    shop.do(offers.make, known, {"price": PRICE, **terms})
    assert carry(shop, customer) == [("offer", 409)]


def aside(party: Party) -> list[deliveries.DeliveryRow]:
    found = party.db.conn.execute("SELECT id FROM deliveries WHERE aside = 1 AND state = 'queued'")
    rows = [deliveries.load_delivery(party.db, id) for (id,) in found]
    return [row for row in rows if row is not None]


def test_both_ends_show_it_until_it_is_lifted(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    settle(ada, bikes)
    assert shown(ada) == shown(bikes) == {"until": TOMORROW}
    pause(ada)
    settle(ada, bikes)
    assert shown(ada) == shown(bikes) == {"until": None}
    resume(ada)
    settle(ada, bikes)
    assert shown(ada) is shown(bikes) is None
    for party in (ada, bikes):
        assert party.do(showing.list)["items"][0]["state"] == "open"
        check_journal(party)


def test_its_end_lifts_it_at_both_ends_with_no_word(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    settle(ada, bikes)
    clock.pass_time(days=1)
    for party in (ada, bikes):
        party.tick()
        party.tick()  # once
        assert shown(party) is None
        assert party.queued() == []
        kinds = [kind for (kind,) in party.db.conn.execute("SELECT kind FROM journal")]
        assert kinds.count("intention.resumed") == 1
        check_journal(party)


def test_a_change_while_it_is_paused_leaves_it_paused_and_one_after_does_not(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    ada.do(casting.amend, wish_of(ada), {"place": "Thun"})
    settle(ada, bikes)
    assert shown(bikes) == {"until": TOMORROW}
    clock.pass_time(days=2)  # the clock has not looked yet
    ada.do(casting.amend, wish_of(ada), {"place": "Bern"})
    settle(ada, bikes)
    assert shown(bikes) is None


def test_a_pause_that_says_nothing_new_is_told_to_nobody(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    settle(ada, bikes)
    for _ in range(3):
        pause(ada, TOMORROW)
    assert ada.queued() == []
    assert shown(ada) == {"until": TOMORROW}


def test_only_those_who_were_asked_hear_of_it(ada: Party, bikes: Party, wheels: Party) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    assert {row.address for row in ada.queued()} == {bikes.iri}


def test_a_wish_that_is_closed_is_not_paused(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    ada.do(ending.withdraw, wish_of(ada))
    with pytest.raises(Conflict, match="intention-closed"):
        pause(ada)
    cast(ada, bikes)
    with pytest.raises(Unprocessable, match="pause-over"):
        pause(ada, "2020-01-01T00:00:00Z")


def test_its_deadline_stands_and_a_pause_for_ever_binds_nobody(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    ada.do(casting.cast, wish(bikes, deadline=TOMORROW))
    settle(ada, bikes)
    pause(ada)
    settle(ada, bikes)
    clock.pass_time(days=1)
    for party in (ada, bikes):
        party.tick()
        assert party.do(showing.list)["items"][0]["state"] == "expired"


def test_an_older_change_does_not_pause_it_again(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    pause(ada)
    (paused,) = ada.queued()
    recorded = journal.load_entry(ada.db, paused.entry)
    assert recorded is not None
    clock.pass_time(seconds=1)
    resume(ada)
    settle(ada, bikes)
    before = bikes.db.conn.execute("SELECT count(*) FROM journal").fetchone()
    assert bikes.receive(recorded.entry.body, ada) == 200  # the same bytes, once more
    assert shown(bikes) is None
    assert bikes.db.conn.execute("SELECT count(*) FROM journal").fetchone() == before


# --- offers that come meanwhile -----------------------------------------------------------------------------


def test_a_business_that_knows_offers_nothing(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    settle(ada, bikes)
    with pytest.raises(Paused, match="intention-paused"):
        offer(bikes, ada)
    assert bikes.queued() == []


def test_one_that_crossed_it_waits_aside_and_is_taken_once_it_is_over(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    offer_unaware(bikes, ada)
    assert ada.do(offers.list)["items"] == []
    assert [row.due_at.isoformat() for row in aside(bikes)] == ["2026-05-05T12:00:00+00:00"]
    assert only(bikes)["state"] == "offered"
    settle(ada, bikes)
    bikes.follow(RESUMPTIONS)
    assert carry(bikes, ada) == []  # heard that it is paused: no reason to send
    clock.pass_time(days=1)
    assert carry(bikes, ada) == [("offer", 202)]
    assert only(ada)["state"] == "offered"
    for party in (ada, bikes):
        check_journal(party)


def test_it_is_sent_as_soon_as_the_wish_is_resumed(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada)
    offer_unaware(bikes, ada)
    settle(ada, bikes)
    resume(ada)
    settle(ada, bikes)
    bikes.follow(RESUMPTIONS)
    assert carry(bikes, ada) == [("offer", 202)]
    assert aside(bikes) == []
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(bikes)["state"] == "concluded"


def test_it_is_refused_as_soon_as_the_wish_is_closed(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada)
    offer_unaware(bikes, ada)
    ada.do(ending.withdraw, wish_of(ada))
    settle(ada, bikes)
    bikes.follow(RESUMPTIONS)
    assert carry(bikes, ada) == [("offer", 409)]
    assert only(bikes)["state"] == "refused"
    assert aside(bikes) == []


def test_what_waits_aside_keeps_nothing_else_waiting(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada)
    offer_unaware(bikes, ada)
    ada.do(casting.cast, wish(bikes, name="A helmet"))
    carry(ada, bikes)
    other = next(item for item in bikes.do(showing.list)["items"] if item["name"] == "A helmet")
    bikes.do(offers.make, other["id"], {"price": PRICE})
    assert carry(bikes, ada) == [("offer", 202)]
    assert len(aside(bikes)) == 1


def test_an_offer_that_waits_aside_can_be_taken_back_and_nobody_hears_of_it(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada)
    offer_unaware(bikes, ada)
    assert bikes.do(offers.withdraw, only(bikes)["id"])["state"] == "withdrawn"
    assert bikes.queued() == []
    resume(ada)
    settle(ada, bikes)
    assert ada.do(offers.list)["items"] == []
    check_journal(bikes)


def test_with_a_lower_price_that_waits_aside_the_offer_before_it_is_withdrawn_too(
    ada: Party, bikes: Party
) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    pause(ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"content": "Now with lights."})
    assert carry(bikes, ada) == [("reoffer", 409)]
    assert bikes.do(offers.withdraw, only(bikes)["id"])["state"] == "withdrawn"
    settle(bikes, ada)
    assert only(ada)["state"] == only(bikes)["state"] == "withdrawn"
    for party in (ada, bikes):
        check_journal(party)


def test_the_old_offer_can_be_accepted_while_the_new_one_waits_aside(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    pause(ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"content": "Now with lights."})
    carry(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    assert aside(bikes) == []
    assert ada.do(agreements.list)["items"][0]["content"] != "Now with lights."


def test_it_waits_no_longer_than_it_stands(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    pause(ada)
    offer_unaware(bikes, ada, expires_at="2026-05-06T12:00:00Z")
    clock.pass_time(days=2, minutes=3)
    bikes.tick()
    assert only(bikes)["state"] == "expired"
    carry(bikes, ada)
    assert aside(bikes) == []
    assert ada.do(offers.list)["items"] == []


def test_after_seven_days_it_is_refused_and_the_shop_is_not_bound(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    cast(ada, bikes)
    pause(ada)
    offer_unaware(bikes, ada, expires_at="2026-06-06T12:00:00Z")
    clock.pass_time(days=7)
    carry(bikes, ada)
    assert only(bikes)["state"] == "refused"
    states = bikes.db.conn.execute("SELECT state FROM deliveries WHERE last_status = 409").fetchall()
    assert states == [(DeliveryState.REFUSED.value,)]


def test_what_stands_is_accepted_and_declined_as_ever(ada: Party, bikes: Party, wheels: Party) -> None:
    cast(ada, bikes, wheels)
    offer(bikes, ada)
    offer(wheels, ada)
    pause(ada)
    settle(ada, bikes, wheels)
    first, second = ada.do(offers.list)["items"]
    ada.do(offers.reject, first["id"])
    ada.do(offers.accept, second["id"])
    settle(ada, bikes, wheels)
    assert {only(bikes)["state"], only(wheels)["state"]} == {"rejected", "concluded"}


def test_a_counter_may_be_answered(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    pause(ada)
    settle(ada, bikes)
    ada.do(offers.counter, only(ada)["id"], {"content": "With lights, please."})
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    assert carry(bikes, ada) == [("reoffer", 202)]


# --- the shop that answers by itself ------------------------------------------------------------------------


def test_the_rule_offers_nothing_while_it_is_paused_and_once_when_it_is_not(ada: Party, bulbs: Party) -> None:
    ada.do(casting.cast, wish(bulbs, name="Bulbs", specifications=[], pause={}))
    settle(ada, bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == []
    resume(ada)
    settle(ada, bulbs)
    turn(bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == [["offer applied"]]


def test_it_looks_again_when_the_time_of_the_pause_is_over(ada: Party, bulbs: Party, clock: Clock) -> None:
    cast_for_bulbs(ada, bulbs, pause={"until": TOMORROW})
    turn(bulbs)
    assert moves_of(bulbs) == []
    clock.pass_time(days=1)
    turn(bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == [["offer applied"]]
    assert carry(bulbs, ada) == [("offer", 202)]


def test_it_lowers_no_price_meanwhile_and_once_afterwards(ada: Party, bulbs: Party, clock: Clock) -> None:
    cast_for_bulbs(ada, bulbs)
    turn(bulbs)
    settle(bulbs, ada)
    pause(ada, TOMORROW)
    settle(ada, bulbs)
    clock.pass_time(seconds=61)
    turn(bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == [["offer applied"]]
    for _ in range(3):
        resume(ada)
        settle(ada, bulbs)
        turn(bulbs)
        pause(ada, "2026-05-06T12:00:00Z")
        settle(ada, bulbs)
        turn(bulbs)
    assert moves_of(bulbs) == [["offer applied", "reoffer applied"]]
    check_journal(bulbs)


def test_without_a_rule_nothing_is_lowered_afterwards(ada: Party, bulbs: Party, clock: Clock) -> None:
    cast_for_bulbs(ada, bulbs)
    turn(bulbs)
    settle(bulbs, ada)
    pause(ada)
    settle(ada, bulbs)
    clock.pass_time(seconds=61)
    bulbs.do(shop.drop_rule)
    resume(ada)
    settle(ada, bulbs)
    turn(bulbs)
    assert moves_of(bulbs) == [["offer applied"]]


def test_it_is_nothing_to_answer_until_it_is_resumed(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    pause(ada, TOMORROW)
    settle(ada, bikes)
    shown = bikes.do(pipeline.show)
    assert (shown["stages"]["answer"], shown["stages"]["offered"]) == (0, 1)
    (item,) = shown["items"]
    assert (item["stage"], item["step"], item["until"]) == (Stage.OFFERED, NextStep.PAUSED, TOMORROW)
    assert (item["pause"], item["why"]) == ({"until": TOMORROW}, None)
    assert bikes.do(pipeline.show, stage=Stage.ANSWER)["items"] == []
    assert len(bikes.do(pipeline.show, stage=Stage.OFFERED)["items"]) == 1
    resume(ada)
    settle(ada, bikes)
    (item,) = bikes.do(pipeline.show, stage=Stage.ANSWER)["items"]
    assert (item["step"], item["pause"]) == (NextStep.OFFER, None)


def test_what_stands_is_shown_with_the_pause(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    pause(ada)
    settle(ada, bikes)
    (item,) = bikes.do(pipeline.show)["items"]
    assert (item["step"], item["pause"]) == (NextStep.WAIT, {"until": None})


def test_both_have_the_end_of_it_in_their_calendar(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    pause(ada)
    settle(ada, bikes)
    assert [date.kind for date in ada.do(dates)] == []  # nobody knows when
    pause(ada, TOMORROW)
    settle(ada, bikes)
    for party, role, peer in ((ada, Role.OFFEREE, ""), (bikes, Role.OFFERER, "Ada")):
        (date,) = party.do(dates)
        assert (date.kind, date.role, date.peer) == (DateKind.RESUMES, role, peer)
        assert (date.name, date.id) == ("A trekking bike", wish_of(party))
    clock.pass_time(days=1)
    assert ada.do(dates) == []
