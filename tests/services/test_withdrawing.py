"""Changing one's mind: within the time that terms about data give, the customer ends it at once."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from node.services.negotiations import agreements, leavings, offers
from protocol.errors import Conflict, Unprocessable
from protocol.times import render_time
from tests.protocol.data_terms import asked
from tests.services.parties import START, Clock, Party, check_journal, settle
from tests.services.test_agreements import agreement
from tests.services.test_data_terms import PRICE, meet
from tests.services.test_disputed import check_agreement_follows, refuse, waiting
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import cast, offer, only

YEAR = {"price": PRICE, "starts_at": render_time(START), "ends_at": "2027-05-04T12:00:00Z"}
UNTIL = START + timedelta(days=14)
SECOND = timedelta(seconds=1)


def agree(ada: Party, bikes: Party, conditions: Any = None, **terms: Any) -> None:
    """Have both agree on what cannot be left before it ends, with these conditions."""
    meet(ada, bikes)
    meet(bikes, ada)
    cast(ada, bikes)
    stated = {"policy": asked(), "roster": "SD-BASE"} | ({"conditions": conditions} if conditions else {})
    offer(bikes, ada, **(YEAR | {"terms": stated} | terms))
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)


def withdraw(party: Party, at: datetime | None = None) -> Any:
    return party.do(agreements.end, agreement(party)["id"], at=at, withdraw=True)


def notice(party: Party) -> dict[str, Any]:
    return dict(party.do(leavings.list, agreement(party)["id"])["items"][-1])


@pytest.mark.parametrize(
    ("conditions", "terms"),
    [
        (None, {}),  # what is left silent is 14 days
        ({"withdrawalPeriod": "P14D", "cancellationFee": "90.00"}, {"notice": "P3M"}),
        (None, {"ends_at": None, "starts_at": None}),  # neither a notice period nor an end
    ],
)
def test_it_ends_at_once_at_both(
    ada: Party, bikes: Party, clock: Clock, conditions: Any, terms: dict[str, Any]
) -> None:
    agree(ada, bikes, conditions, **terms)
    for party in (ada, bikes):
        assert agreement(party)["withdraws_until"] == render_time(UNTIL)
    clock.pass_time(days=13)
    left = withdraw(ada)
    assert (left["state"], left["leaves_at"]) == ("ending", render_time(clock.now))
    clock.pass_time(minutes=5)  # it is over before it arrives
    settle(ada, bikes)
    for party in (ada, bikes):
        assert notice(party)["withdrawal"]
        party.tick()
        assert agreement(party)["state"] == "ended"
        assert agreement(party)["leaves_at"] == render_time(START + timedelta(days=13))
        check_journal(party)


def test_it_ends_on_a_later_day_that_is_named(ada: Party, bikes: Party, clock: Clock) -> None:
    agree(ada, bikes)
    day = START + timedelta(days=40)
    assert withdraw(ada, day)["leaves_at"] == render_time(day)
    settle(ada, bikes)
    assert agreement(bikes)["leaves_at"] == render_time(day)


@pytest.mark.parametrize(("late", "taken"), [(-SECOND, True), (0 * SECOND, True), (SECOND, False)])
@pytest.mark.parametrize("under_way", [timedelta(0), timedelta(days=8)])
def test_both_ends_agree_at_the_last_second(
    ada: Party, bikes: Party, clock: Clock, late: timedelta, taken: bool, under_way: timedelta
) -> None:
    agree(ada, bikes)
    withdraw(ada, START + timedelta(days=30))
    leave = last(ada, "leave")
    signed = UNTIL + late
    clock.now = signed
    raw = resign(ada, leave, id=leave["id"] + "x", published=render_time(signed), endTime=render_time(signed))
    clock.now = signed + under_way
    if taken:
        assert bikes.receive(raw, ada) == 202
        assert notice(bikes)["withdrawal"]
        assert agreement(bikes)["leaves_at"] == render_time(signed)
    else:
        assert code_of(bikes, raw, ada) == "notice-too-short"


@pytest.mark.parametrize(("late", "taken"), [(-SECOND, True), (0 * SECOND, True), (SECOND, False)])
def test_the_customers_own_end_says_the_same(
    ada: Party, bikes: Party, clock: Clock, late: timedelta, taken: bool
) -> None:
    agree(ada, bikes)
    clock.now = UNTIL + late
    if not taken:
        with pytest.raises(Conflict, match=f"until {render_time(UNTIL)}"):
            withdraw(ada)
        with pytest.raises(Unprocessable, match="notice-too-short"):
            ada.do(agreements.end, agreement(ada)["id"], at=clock.now)
        assert ada.queued() == []
        return
    withdraw(ada)
    refuse(ada, waiting(ada, "leave"), 422)  # as an older node would
    assert (agreement(ada)["state"], notice(ada)["counts"]) == ("ending", True)
    check_agreement_follows(ada)


def test_it_is_too_late_after_eight_days_on_its_way(ada: Party, bikes: Party, clock: Clock) -> None:
    agree(ada, bikes)
    withdraw(ada)
    clock.pass_time(days=8, seconds=1)
    raw = resign(ada, last(ada, "leave"))
    assert code_of(bikes, raw, ada) == "notice-too-short"


@pytest.mark.parametrize("by_flag", [True, False])
def test_the_business_may_not(ada: Party, bikes: Party, by_flag: bool) -> None:
    agree(ada, bikes)
    if by_flag:
        with pytest.raises(Conflict, match="no time"):
            withdraw(bikes)
    else:
        with pytest.raises(Unprocessable, match="notice-too-short"):
            bikes.do(agreements.end, agreement(bikes)["id"], at=START + timedelta(days=1))
    assert bikes.queued() == []


def test_nobody_may_where_the_terms_give_no_time(ada: Party, bikes: Party) -> None:
    agree(ada, bikes, {"withdrawalPeriod": "P0D"})
    assert agreement(ada)["withdraws_until"] is None
    with pytest.raises(Conflict, match="no time"):
        withdraw(ada)


def test_a_day_before_the_signature_is_none(ada: Party, bikes: Party, clock: Clock) -> None:
    agree(ada, bikes)
    clock.pass_time(days=1)
    with pytest.raises(Unprocessable, match="notice-too-short"):
        withdraw(ada, START)


def test_an_agreement_that_took_the_place_of_another_gives_its_own_time(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    agree(ada, bikes)
    clock.pass_time(days=20)
    cheaper = {"price": [PRICE[0] | {"amount": "800.00"}]}
    bikes.do(agreements.amend, agreement(bikes)["id"], cheaper)
    settle(ada, bikes)
    (change,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    ada.do(offers.accept, change["id"])
    settle(ada, bikes)
    until = render_time(clock.now + timedelta(days=14))
    for party in (ada, bikes):
        assert agreement(party, state="concluded")["withdraws_until"] == until
        assert agreement(party, state="superseded")["withdraws_until"] is None


def test_one_notice_does_not_end_another_agreement(ada: Party, bikes: Party) -> None:
    """What was signed names its agreement by digest, and counts once."""
    agree(ada, bikes)
    withdraw(ada, START + timedelta(days=3))
    settle(ada, bikes)
    raw = resign(ada, last(ada, "leave"))
    assert bikes.receive(raw, ada) == 200
    assert len(bikes.do(leavings.list, agreement(bikes)["id"])["items"]) == 1
