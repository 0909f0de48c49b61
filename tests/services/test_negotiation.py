"""A negotiation from the wish to the evidence, at both ends."""

from typing import Any

import pytest

from node.services.intentions import casting, showing
from node.services.negotiations import agreements, messages, offers
from protocol import strictjson
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.evidence import verify_evidence
from tests.services.parties import Clock, Party, check_journal, settle

BODIES = "SELECT bytes FROM journal JOIN payloads ON digest = body"
PRICE = [{"kind": "oneOff", "amount": "2390.00", "currency": "EUR", "label": "Trekking bike"}]
LOWER = [{"kind": "oneOff", "amount": "2249.00", "currency": "EUR", "label": "Trekking bike"}]


def wish(*audience: Party, **members: Any) -> dict[str, Any]:
    return {
        "name": "A trekking bike",
        "specifications": [
            {"property": "weight", "at_most": "16", "unit": "kg", "necessity": "must"},
            {"property": "colour", "value": "blue", "necessity": "should"},
        ],
        "deadline": "2026-06-01T00:00:00Z",
        "currency": "EUR",
        "limit_price": "2300.00",
        "notes": "would go higher for a belt drive",
        "audience": [party.iri for party in audience],
        **members,
    }


def cast(customer: Party, *businesses: Party, **members: Any) -> str:
    """Cast a wish and return its id, once every business knows it."""
    id = customer.do(casting.cast, wish(*businesses, **members))["id"]
    settle(customer, *businesses)
    return str(id)


def offer(business: Party, customer: Party, **terms: Any) -> str:
    """Answer the one intention a business knows; return the offer's id at the business."""
    known = business.do(showing.list, own=False)["items"][0]["id"]
    made = business.do(offers.make, known, {"price": PRICE, **terms})
    settle(business, customer)
    return str(made["id"])


def only(party: Party, **options: Any) -> dict[str, Any]:
    (item,) = party.do(offers.list, **options)["items"]
    return dict(item)


def test_accept_concludes_at_both_ends_and_proves(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada, properties=[{"property": "weight", "value": "15.2", "unit": "kg"}])
    ada.do(offers.accept, only(ada)["id"], digest=only(ada)["digest"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    agreement = only(ada)["agreement"]
    assert verify_evidence(ada.do(agreements.evidence, agreement)).state == "concluded"
    assert ada.do(agreements.evidence, agreement) == bikes.do(agreements.evidence, only(bikes)["agreement"])
    for party in (ada, bikes):
        check_journal(party)


def test_both_histories_are_one_chain(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER}, on_met="accept")
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    settle(bikes, ada)
    chains = [party.do(offers.history, only(party)["id"])["chain"] for party in (ada, bikes)]
    assert chains[0] == chains[1]
    assert len(chains[0]) == 6  # offer, counter, offer, acceptance, countersignature, receipt
    assert only(ada)["state"] == "concluded"
    assert verify_evidence(bikes.do(agreements.evidence, only(bikes)["agreement"])).total == 2249


def test_award_rejects_the_rest_without_naming_the_winner(ada: Party, bikes: Party, wheels: Party) -> None:
    cast(ada, bikes, wheels)
    offer(bikes, ada)
    offer(wheels, ada, price=LOWER)
    chosen = next(item for item in ada.do(offers.list)["items"] if item["total"] == "2249.00")
    ada.do(offers.accept, chosen["id"])
    settle(ada, bikes, wheels)
    assert only(wheels)["state"] == "concluded"
    assert only(bikes)["state"] == "rejected"
    told = bikes.do(offers.history, only(bikes)["id"])["moves"][-1]
    assert told["event"] == "reject"
    assert ada.do(showing.list)["items"][0]["state"] == "awarded"
    assert bikes.do(showing.list)["items"][0]["state"] == "withdrawn"
    assert wheels.do(showing.list)["items"][0]["state"] == "awarded"
    sent = [bytes(row[0]) for row in bikes.db.conn.execute(BODIES)]
    assert not any(wheels.iri.encode() in body or b"2249" in body for body in sent)


def test_private_parts_stay_home(ada: Party, bikes: Party, wheels: Party) -> None:
    cast(ada, bikes, wheels)
    sent = b"".join(bytes(row[0]) for row in ada.db.conn.execute(BODIES))
    assert b"2300" not in sent
    assert b"belt drive" not in sent
    received = bikes.do(showing.list)["items"][0]
    assert "private" not in received
    seen = b"".join(bytes(row[0]) for row in bikes.db.conn.execute(BODIES))
    assert wheels.iri.encode() not in seen


def test_preview_is_what_is_sent(ada: Party, bikes: Party) -> None:
    shown = ada.do(casting.preview, wish(bikes))
    ada.do(casting.cast, wish(bikes) | {"preview": {k: shown[k] for k in ("id", "published")}})
    settle(ada, bikes)
    body = ada.db.conn.execute(f"{BODIES} WHERE kind = 'intention.told'").fetchone()[0]
    assert strictjson.parse(bytes(body))["object"] == shown["sends"]


def test_accept_twice_is_refused_and_sends_nothing(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    with pytest.raises(Conflict, match="Already accepted at 12:00:00 UTC"):
        ada.do(offers.accept, only(ada)["id"])
    assert len(ada.queued()) == 1


def test_undo_that_crosses_an_accept_loses(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.withdraw, only(bikes)["id"])
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    assert (
        ada.do(offers.history, only(ada)["id"])["chain"]
        == bikes.do(offers.history, only(bikes)["id"])["chain"]
    )
    for party in (ada, bikes):
        check_journal(party)


def test_undo_that_arrives_first_wins(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.withdraw, only(bikes)["id"])
    settle(bikes, ada)
    assert only(ada)["state"] == "withdrawn"
    with pytest.raises(Conflict, match="withdrawn"):
        ada.do(offers.accept, only(ada)["id"])


def test_reoffer_that_crosses_a_counter_stands(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    ada.do(offers.counter, only(ada)["id"], {"content": "with lights"})
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "offered"
    assert only(ada)["total"] == only(bikes)["total"] == "2249.00"
    assert (
        ada.do(offers.history, only(ada)["id"])["chain"]
        == bikes.do(offers.history, only(bikes)["id"])["chain"]
    )
    for party in (ada, bikes):
        check_journal(party)


def test_messages_travel_both_ways(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(messages.write, only(ada)["id"], "Does it have lights?")
    settle(ada, bikes)
    bikes.do(messages.write, only(bikes)["id"], "It does.")
    settle(ada, bikes)
    assert [m["content"] for m in ada.do(messages.list, only(ada)["id"])["items"]] == [
        "Does it have lights?",
        "It does.",
    ]


def test_a_message_says_something(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    with pytest.raises(Unprocessable, match="missing-member"):
        ada.do(messages.write, only(ada)["id"], " \n")


def test_expired_offer_cannot_be_accepted(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada, expires_at="2026-05-04T13:00:00Z")
    clock.pass_time(hours=2)
    with pytest.raises(Conflict, match="ended"):
        ada.do(offers.accept, only(ada)["id"])


def test_acceptance_that_comes_too_late_is_taken_back(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada, expires_at="2026-05-04T13:00:00Z")
    ada.do(offers.accept, only(ada)["id"])
    clock.pass_time(hours=2)
    for party in (bikes, ada):
        party.tick()
    settle(ada, bikes)
    assert ada.do(agreements.list)["items"][0]["state"] == "void"
    assert only(ada)["agreement"] is None
    ada.tick()
    assert only(ada)["state"] == only(bikes)["state"] == "expired"
    for party in (ada, bikes):
        check_journal(party)


def test_an_offer_to_the_end_of_time_does_not_stop_the_clock(ada: Party, bikes: Party, clock: Clock) -> None:
    id = cast(ada, bikes)
    offer(bikes, ada, expires_at="9999-12-31T23:59:59Z")
    clock.pass_time(days=60)
    ada.tick()
    assert ada.do(showing.show, id)["state"] == "expired"
    bikes.do(offers.withdraw, only(bikes)["id"])
    settle(bikes, ada)
    assert only(ada)["state"] == "withdrawn"


def test_acceptance_wins_over_two_unseen_offers(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    for amount in ("2300.00", "2250.00"):
        bikes.do(offers.reoffer, only(bikes)["id"], {"price": [PRICE[0] | {"amount": amount}]})
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    assert only(bikes)["total"] == "2390.00"
    assert [move["status"] for move in bikes.do(offers.history, only(bikes)["id"])["moves"]].count(
        "void"
    ) == 2


def countered(ada: Party, bikes: Party) -> str:
    """Have a customer ask for other terms, and the shop hear of it; return the negotiation's id at hers."""
    cast(ada, bikes)
    offer(bikes, ada)
    id = str(only(ada)["id"])
    price = [{"kind": "oneOff", "amount": "80.00", "currency": "EUR"}]
    ada.do(offers.counter, id, {"price": price}, on_met="accept")
    settle(ada, bikes)
    return id


@pytest.mark.parametrize("how", ["withdraw", "reject"])
def test_a_counter_is_taken_back_and_the_offer_stays_rejected(ada: Party, bikes: Party, how: str) -> None:
    id = countered(ada, bikes)
    ada.do(getattr(offers, how), id)
    settle(ada, bikes)
    assert (only(ada)["state"], only(bikes)["state"]) == ("rejected", "rejected")
    assert only(bikes)["countered"] is None
    with pytest.raises(Conflict, match="illegal-transition"):
        ada.do(offers.accept, id)
    with pytest.raises(Conflict, match="no-counter"):
        bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    bikes.do(offers.reoffer, only(bikes)["id"], {"expires_at": "2026-05-08T12:00:00Z"})
    settle(ada, bikes)
    ada.do(offers.accept, id, digest=only(ada)["digest"])
    settle(ada, bikes)
    assert only(ada)["state"] == "concluded"
    assert (
        verify_evidence(ada.do(agreements.evidence, ada.do(offers.show, id)["agreement"])).state
        == "concluded"
    )
    check_journal(ada)
    check_journal(bikes)


def test_an_offer_that_meets_a_counter_which_was_taken_back_is_not_accepted_by_itself(
    ada: Party, bikes: Party
) -> None:
    id = countered(ada, bikes)
    ada.do(offers.withdraw, id)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    settle(bikes, ada)
    assert (only(ada)["state"], only(bikes)["state"]) == ("offered", "offered")
    assert ada.do(offers.history, id)["chain"] == bikes.do(offers.history, only(bikes)["id"])["chain"]


def test_nobody_takes_back_what_it_has_not_asked_for(ada: Party, bikes: Party) -> None:
    id = countered(ada, bikes)
    with pytest.raises(Conflict, match="illegal-transition"):
        bikes.do(offers.withdraw, only(bikes)["id"])
    ada.do(offers.withdraw, id)
    with pytest.raises(Forbidden, match="not-your-move"):
        ada.do(offers.withdraw, id)
