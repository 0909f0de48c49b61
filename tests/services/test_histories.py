"""What reaches the other side's eyes: reasons, the terms of each round, and what they change."""

from typing import Any

from node.services.negotiations import agreements, offers
from tests.services.parties import Party, settle
from tests.services.test_inbox import last, resign
from tests.services.test_negotiation import LOWER, PRICE, cast, offer, only


def moves(party: Party, id: str) -> list[dict[str, Any]]:
    return [dict(move) for move in party.do(offers.history, id)["moves"]]


def total_of(move: dict[str, Any]) -> list[tuple[str, str]]:
    return [(one["before"], one["after"]) for one in move["changes"] if one["term"] == "total"]


def test_a_rejection_says_why_at_both_ends(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    assert ada.do(offers.reject, only(ada)["id"], reason="Too dear.")["reason"] == "Too dear."
    settle(ada, bikes)
    for party in (ada, bikes):
        assert only(party)["reason"] == "Too dear."
        assert moves(party, only(party)["id"])[-1]["reason"] == "Too dear."
    # A new offer is not rejected for that reason any more.
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    settle(bikes, ada)
    assert (only(ada)["state"], only(ada)["reason"]) == ("offered", "")


def test_a_reason_in_hypertext_is_read_as_its_text(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"], reason="Too dear.")
    said = {"content": "<p>Too <b>dear</b> &amp; too big.</p>", "mediaType": "text/html"}
    assert bikes.receive(resign(ada, last(ada, "reject"), **said), ada) == 202
    assert only(bikes)["reason"] == "Too dear & too big."
    assert moves(bikes, only(bikes)["id"])[-1]["reason"] == "Too dear & too big."


def test_backing_out_says_why_at_both_ends(ada: Party, bikes: Party) -> None:
    bikes.countersigns = False
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    agreed = only(bikes)["agreement"]
    assert bikes.do(agreements.show, agreed)["reason"] == ""
    assert (
        bikes.do(agreements.renege, agreed, reason="It fell off the rack.")["reason"]
        == "It fell off the rack."
    )
    settle(bikes, ada)
    for party in (ada, bikes):
        assert only(party)["reason"] == "It fell off the rack."
        (shown,) = party.do(agreements.list)["items"]
        assert (shown["state"], shown["reason"]) == ("reneged", "It fell off the rack.")


def test_each_round_shows_its_terms_and_what_they_change(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.counter, only(ada)["id"], {"price": LOWER})
    settle(ada, bikes)
    bikes.do(offers.reoffer, only(bikes)["id"], {"meet": True})
    settle(bikes, ada)
    for party in (ada, bikes):
        first, second, third = moves(party, only(party)["id"])
        assert [first["terms"]["total"], second["terms"]["total"]] == ["2390.00", "2249.00"]
        assert (first["changes"], total_of(second), third["changes"]) == ([], [("2390.00", "2249.00")], [])
        assert first["ends_at"] is not None


def test_a_move_without_effect_is_not_what_later_terms_are_compared_with(ada: Party, bikes: Party) -> None:
    """A new offer that crossed the acceptance is shown, and is not in between."""
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    told = moves(bikes, only(bikes)["id"])
    assert [(move["event"], move["status"]) for move in told[:2]] == [
        ("offer", "applied"),
        ("reoffer", "void"),
    ]
    agreed = only(bikes)["agreement"]
    bikes.do(agreements.amend, agreed, {"price": PRICE, "notice": "P1M"})
    settle(bikes, ada)
    (amendment,) = (item for item in ada.do(offers.list)["items"] if item["amends"])
    # Compared with the agreement, which has the terms that were accepted.
    assert [one["term"] for one in amendment["changes"]] == ["notice"]
    assert moves(ada, amendment["id"])[0]["changes"] == amendment["changes"]
    assert only(ada, state="concluded")["changes"] == []


def test_what_time_does_has_no_terms(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada, expires_at="2026-05-05T12:00:00Z")
    ada.clock.pass_time(days=2)
    ada.tick()
    last = moves(ada, only(ada)["id"])[-1]
    assert (last["event"], last["terms"], last["reason"]) == ("expire", None, "")
