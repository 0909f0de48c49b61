"""An agreement after it is made: amended, ended, confirmed, reneged, proved."""

from datetime import timedelta
from typing import Any

import pytest

from node.services.negotiations import agreements, offers, outgoings
from protocol.errors import Conflict, Forbidden, NotFound, Remote, Unprocessable
from protocol.evidence import verify_evidence
from protocol.times import read_time
from tests.services.parties import Clock, Party, check_journal, settle
from tests.services.test_negotiation import cast, offer, only

MONTHLY = [
    {"kind": "recurring", "amount": "24.90", "currency": "EUR", "per": "month", "count": 24, "label": "line"}
]


ONCE = [{"kind": "oneOff", "amount": "1650.00", "currency": "EUR", "label": "bike"}]


def conclude(customer: Party, business: Party, **terms: Any) -> str:
    """Bring an agreement about and return its id at the customer's."""
    cast(customer, business)
    offer(business, customer, **({"price": MONTHLY, "notice": "P1M"} | terms))
    customer.do(offers.accept, only(customer)["id"])
    settle(customer, business)
    return str(only(customer)["agreement"])


def agreement(party: Party, **members: Any) -> dict[str, Any]:
    found = [
        item
        for item in party.do(agreements.list)["items"]
        if all(item[member] == value for member, value in members.items())
    ]
    (one,) = found
    return dict(one)


def test_plain_words_for_each_side(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    assert agreement(ada)["plain"].startswith("You pay 24.90 EUR a month")
    assert "paid" in agreement(bikes)["plain"] or "receive" in agreement(bikes)["plain"]


@pytest.mark.parametrize("by_customer", [True, False])
def test_amendment_supersedes_when_it_concludes(ada: Party, bikes: Party, by_customer: bool) -> None:
    conclude(ada, bikes)
    proposer, other = (ada, bikes) if by_customer else (bikes, ada)
    old = agreement(proposer)["id"]
    cheaper = [MONTHLY[0] | {"amount": "19.90"}]
    amended = proposer.do(agreements.amend, old, {"price": cheaper})
    assert amended["amends"] == agreement(proposer)["iri"]
    settle(ada, bikes)
    assert agreement(other)["state"] == "concluded"  # the old terms hold until the new ones are agreed
    (waiting,) = [item for item in other.do(offers.list)["items"] if item["state"] == "offered"]
    other.do(offers.accept, waiting["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party, state="superseded")["total"] == "597.60"
        assert agreement(party, state="concluded")["total"] == "477.60"
        check_journal(party)
    proof = ada.do(agreements.evidence, agreement(ada, state="concluded")["id"])
    assert verify_evidence(proof).state == "concluded"


def test_what_is_paid_once_counts_once_after_a_change(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes, price=ONCE)
    begun = clock.now
    for amount in ("1600.00", "1500.00"):
        clock.pass_time(days=40)
        cheaper = {"price": [ONCE[0] | {"amount": amount}]}
        bikes.do(agreements.amend, agreement(bikes, state="concluded")["id"], cheaper)
        settle(ada, bikes)
        (waiting,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
        ada.do(offers.accept, waiting["id"])
        settle(ada, bikes)
    paid = ada.do(outgoings.show, since=begun - timedelta(days=1), until=clock.now + timedelta(days=1))
    assert [(one["at"][:10], one["amount"]) for one in paid["payments"]] == [
        (begun.date().isoformat(), "1500.00")
    ]


def test_only_what_is_in_force_can_be_amended(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    conclude(ada, bikes)
    with pytest.raises(Conflict, match="accepted"):
        ada.do(agreements.amend, agreement(ada)["id"], {"content": "x"})


def test_notice_ends_it_at_both(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes)
    with pytest.raises(Unprocessable, match="notice-too-short"):
        ada.do(agreements.end, agreement(ada)["id"], at=read_time("2026-05-20T00:00:00Z"))
    leaving = ada.do(agreements.end, agreement(ada)["id"])
    assert (leaving["state"], leaving["leaves_at"]) == ("ending", "2026-06-04T12:00:00Z")
    settle(ada, bikes)
    assert agreement(bikes)["leaves_at"] == "2026-06-04T12:00:00Z"
    clock.pass_time(days=32)
    for party in (ada, bikes):
        party.tick()
        assert agreement(party)["state"] == "ended"
        check_journal(party)


def test_notices_that_cross_end_it_on_the_earlier_day(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes)
    ada.do(agreements.end, agreement(ada)["id"], at=read_time("2026-07-01T00:00:00Z"))
    clock.pass_time(minutes=1)
    bikes.do(agreements.end, agreement(bikes)["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party)["leaves_at"] == "2026-06-04T12:01:00Z"
        check_journal(party)
    histories = [party.do(offers.history, only(party)["id"]) for party in (ada, bikes)]
    assert histories[0]["chain"] == histories[1]["chain"]
    assert len(histories[0]["chain"]) == 6  # offer, acceptance, countersignature, receipt, two notices


def test_no_leaving_without_notice_or_end(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes, notice=None)
    with pytest.raises(Conflict, match="no-leaving"):
        ada.do(agreements.end, agreement(ada)["id"])


def test_countersigning_by_hand(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    conclude(ada, bikes)
    assert agreement(ada)["state"] == agreement(bikes)["state"] == "accepted"
    assert verify_evidence(ada.do(agreements.evidence, agreement(ada)["id"])).state == "accepted"
    bikes.do(agreements.countersign, agreement(bikes)["id"])
    settle(ada, bikes)
    assert agreement(ada)["state"] == "concluded"
    with pytest.raises(Conflict, match="illegal-transition"):
        bikes.do(agreements.countersign, agreement(bikes)["id"])
    with pytest.raises(Forbidden, match="not-your-move"):
        ada.do(agreements.countersign, agreement(ada)["id"])


def test_who_cannot_perform_says_so_and_it_stays_on_record(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    conclude(ada, bikes)
    bikes.do(agreements.renege, agreement(bikes)["id"], reason="sold in the shop an hour ago")
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party)["state"] == only(party)["state"] == "reneged"
        check_journal(party)


def test_confirmation_travels(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    ada.do(agreements.confirm, agreement(ada)["id"])
    with pytest.raises(Conflict, match="already-confirmed"):
        ada.do(agreements.confirm, agreement(ada)["id"])
    settle(ada, bikes)
    assert agreement(bikes)["peer_confirmed_at"] is not None
    assert agreement(bikes)["own_confirmed_at"] is None
    bikes.do(agreements.confirm, agreement(bikes)["id"])
    settle(bikes, ada)
    for party in (ada, bikes):
        check_journal(party)


def test_nothing_to_confirm_before_it_is_concluded(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    conclude(ada, bikes)
    with pytest.raises(Conflict, match="not-in-force"):
        ada.do(agreements.confirm, agreement(ada)["id"])


def test_reneged_offer_frees_the_intention(ada: Party, bikes: Party, wheels: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes, wheels)
    offer(bikes, ada)
    offer(wheels, ada)
    first, second = ada.do(offers.list)["items"]
    ada.do(offers.accept, second["id"])
    with pytest.raises(Conflict, match="Another offer for this intention was accepted"):
        ada.do(offers.accept, first["id"])
    settle(ada, bikes, wheels)
    bikes.do(agreements.renege, agreement(bikes)["id"])
    settle(ada, bikes, wheels)
    ada.do(offers.accept, first["id"])
    settle(ada, bikes, wheels)
    assert agreement(wheels)["state"] == "concluded"


def test_ids(ada: Party, bikes: Party) -> None:
    id = conclude(ada, bikes)
    assert ada.do(agreements.show, id[:-2] + id[-2:])["id"] == id
    with pytest.raises(NotFound):
        ada.do(agreements.show, "agr_nothing")


@pytest.mark.parametrize("verb", ["counter", "accept", "reject"])
def test_the_offerer_cannot_answer_itself(ada: Party, bikes: Party, verb: str) -> None:
    cast(ada, bikes)
    id = offer(bikes, ada)
    arguments = [{"content": "x"}] if verb == "counter" else []
    with pytest.raises(Forbidden, match="others answer it"):
        bikes.do(getattr(offers, verb), id, *arguments)


@pytest.mark.parametrize("verb", ["reoffer", "withdraw"])
def test_the_offeree_cannot_change_the_offer(ada: Party, bikes: Party, verb: str) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    arguments = [{"content": "x"}] if verb == "reoffer" else []
    with pytest.raises(Forbidden, match="the other side's"):
        ada.do(getattr(offers, verb), only(ada)["id"], *arguments)


def test_refused_requests_change_nothing(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    id = only(ada)["id"]
    before = ada.do(lambda db, acting: db.conn.execute("SELECT count(*) FROM journal").fetchone())
    for service, arguments, options in (
        (offers.accept, [], {"digest": "zother"}),
        (offers.counter, [{}], {}),
        (offers.counter, [{"content": "x"}], {"on_met": "perhaps"}),
        (offers.counter, [{"content": "x", "expires_at": "2026-05-01T00:00:00Z"}], {}),
        (offers.counter, [{"quantity": "2"}], {}),
    ):
        with pytest.raises(Remote):
            ada.do(service, id, *arguments, **options)
    assert ada.do(lambda db, acting: db.conn.execute("SELECT count(*) FROM journal").fetchone()) == before
