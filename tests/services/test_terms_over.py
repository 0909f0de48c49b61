"""An agreement whose end has come: it is over by its date, whether or not a clock has looked."""

from typing import Any

import pytest

from node.services import disclosure
from node.services.disclosure import Asked
from node.services.intentions import showing
from node.services.negotiations import agreements, offers
from node.services.negotiations.chapter import CHAPTER
from protocol.errors import Conflict, Remote
from protocol.negotiation import Event
from protocol.times import read_time
from tests.services.parties import Clock, Party, check_journal, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import cast, offer, only

TWO_YEARS = {"starts_at": "2026-06-01T00:00:00Z", "ends_at": "2028-06-01T00:00:00Z"}
AFTER = {"days": 800}


def test_the_clock_ends_it_at_both(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes, **TWO_YEARS)
    assert CHAPTER.clock is not None
    due = CHAPTER.clock.next_due(ada.db, ada.residents)
    assert due == read_time("2028-06-01T00:00:00Z")
    clock.now = due
    for party in (ada, bikes):
        party.tick()
        assert agreement(party)["state"] == only(party)["state"] == "ended"
        assert CHAPTER.clock.next_due(party.db, party.residents) is None
        check_journal(party)


def test_an_earlier_notice_ends_it_once(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes, **TWO_YEARS)
    ada.do(agreements.end, agreement(ada)["id"])
    settle(ada, bikes)
    clock.pass_time(**AFTER)  # both dates have come
    for party in (ada, bikes):
        party.tick()
        assert agreement(party)["state"] == "ended"
        check_journal(party)
    assert [move["event"] for move in only_history(ada)].count(Event.END) == 1


def only_history(party: Party) -> list[dict[str, Any]]:
    return list(party.do(offers.history, only(party)["id"])["moves"])


def test_what_is_over_is_not_amended_or_left_though_no_clock_has_looked(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    conclude(ada, bikes, **TWO_YEARS)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"content": "and a bell"})
    amendment = last(bikes, "offer")
    clock.pass_time(**AFTER)
    with pytest.raises(Conflict, match="not-in-force: This agreement is ended"):
        ada.do(agreements.amend, agreement(ada)["id"], {"content": "and a bell"})
    with pytest.raises(Conflict, match="illegal-transition"):
        ada.do(agreements.end, agreement(ada)["id"])
    assert (
        code_of(ada, resign(bikes, amendment, endTime="2029-01-01T00:00:00Z"), bikes) == "illegal-transition"
    )
    assert ada.do(agreements.confirm, agreement(ada)["id"])["own_confirmed_at"] is not None


def test_an_amendment_comes_too_late_once_the_agreement_is_over(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    conclude(ada, bikes, **TWO_YEARS)
    longer = {"ends_at": "2029-06-01T00:00:00Z", "expires_at": "2029-01-01T00:00:00Z"}
    bikes.do(agreements.amend, agreement(bikes)["id"], longer)
    settle(ada, bikes)
    (waiting,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    clock.pass_time(**AFTER)
    with pytest.raises(Conflict, match="not-in-force"):
        ada.do(offers.accept, waiting["id"])


def test_nothing_is_offered_or_signed_whose_term_is_over(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes, deadline="2030-01-01T00:00:00Z")
    with pytest.raises(Remote, match="term-over"):
        offer(bikes, ada, ends_at="2026-05-04T11:00:00Z")
    standing = {"expires_at": "2029-01-01T00:00:00Z"}
    offer(bikes, ada, price=MONTHLY, **TWO_YEARS, **standing)
    sent = last(bikes, "offer")
    clock.pass_time(**AFTER)
    fresh = {"id": f"{bikes.origin}/activities/late", "context": f"{bikes.origin}/negotiations/late"}
    assert code_of(ada, resign(bikes, sent, **fresh), bikes) == "term-over"
    with pytest.raises(Conflict, match="term-over"):
        ada.do(offers.accept, only(ada)["id"])


def test_an_amendment_does_not_end_in_the_past(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    with pytest.raises(Conflict, match="term-over"):
        bikes.do(agreements.amend, agreement(bikes)["id"], {"ends_at": "2026-05-04T11:00:00Z"})


def test_notice_is_given_three_times_at_most(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    for month in ("07", "08", "09"):
        ada.do(agreements.end, agreement(ada)["id"], at=read_time(f"2026-{month}-01T00:00:00Z"))
    with pytest.raises(Conflict, match="too-many-notices"):
        ada.do(agreements.end, agreement(ada)["id"])
    settle(ada, bikes)
    again = resign(
        ada, last(ada, "leave"), id=f"{ada.origin}/activities/more", endTime="2026-07-02T00:00:00Z"
    )
    assert code_of(bikes, again, ada) == "too-many-notices"
    bikes.do(agreements.end, agreement(bikes)["id"])  # the other side has its own
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party)["leaves_at"] == "2026-06-04T12:00:00Z"
        check_journal(party)


def test_a_met_intention_is_served_like_a_withdrawn_one(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    (met,) = ada.do(showing.list)["items"]
    assert met["state"] == "awarded"
    shown = disclosure.find_intention(ada.db, Asked(met["iri"], bikes.reader, [ada.iri]))
    assert shown is not None
    assert (shown["type"], shown["formerType"]) == ("Tombstone", "Proposal")
    assert "name" not in shown


def test_the_other_end_is_shown_moves_and_not_what_our_clock_did(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    clock.pass_time(days=30)
    bikes.tick()
    negotiation = only(bikes)["negotiation"]
    asked = Asked(negotiation, ada.reader, [bikes.iri])
    shown = disclosure.find_negotiation(bikes.db, asked)
    assert shown is not None
    (opening,) = shown["orderedItems"]
    assert (opening, shown["totalItems"]) == (last(bikes, "offer")["id"], 1)
    moves = [move["activity"] for move in only_history(bikes)]
    assert moves == [opening, f"{negotiation}#expire-1"]


def test_an_amendment_may_say_when_the_agreement_began_that_did_not(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    conclude(ada, bikes)
    began = str(agreement(bikes)["concluded_at"])
    clock.pass_time(days=90)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"starts_at": began})
    settle(bikes, ada)
    (change,) = [one for one in ada.do(offers.list)["items"] if one["state"] == "offered"]
    assert change["starts_at"] == began


def test_a_counter_to_an_amendment_may_begin_when_the_agreement_did(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    conclude(ada, bikes, **TWO_YEARS)
    clock.pass_time(days=120)
    later = {"starts_at": "2026-09-01T00:00:00Z", "ends_at": None}
    bikes.do(agreements.amend, agreement(bikes)["id"], later)
    settle(bikes, ada)
    (change,) = [one for one in ada.do(offers.list)["items"] if one["state"] == "offered"]
    ada.do(offers.counter, change["id"], {"starts_at": TWO_YEARS["starts_at"]})
    settle(ada, bikes)
    assert [one["state"] for one in bikes.do(offers.list)["items"]].count("countered") == 1
