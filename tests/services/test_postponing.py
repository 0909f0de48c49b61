"""A deadline that its author postponed, heard of only after the old one had passed."""

import pytest

from node.services.intentions import casting, ending, showing, taking
from node.services.negotiations import agreements, offers
from protocol.canonical import canonicalise
from protocol.errors import Conflict
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_negotiation import LOWER, offer, only, wish
from tests.services.test_owner import changed

SOON = "2026-05-04T13:00:00Z"
LATER = "2026-06-01T00:00:00Z"


def cast_until(customer: Party, deadline: str, *businesses: Party) -> str:
    """Cast a wish with a deadline and return its id, once every business knows it."""
    id = customer.do(casting.cast, wish(*businesses, deadline=deadline))["id"]
    settle(customer, *businesses)
    return str(id)


def known(party: Party) -> dict[str, str]:
    (shown,) = party.do(showing.list, own=False)["items"]
    return {"state": shown["state"], "deadline": shown["deadline"]}


@pytest.fixture
def postponed(ada: Party, bikes: Party, clock: Clock) -> str:
    """Postpone a deadline while the other end is down until the old one has passed; return the id."""
    id = cast_until(ada, SOON, bikes)
    clock.pass_time(minutes=59)
    ada.do(casting.amend, id, {"deadline": LATER})
    clock.pass_time(minutes=2)
    bikes.tick()
    assert known(bikes) == {"state": "expired", "deadline": SOON}
    return id


def test_it_opens_what_expired_here(ada: Party, bikes: Party, postponed: str) -> None:
    assert carry(ada, bikes) == [("intention.told", 202)]
    assert known(bikes) == {"state": "open", "deadline": LATER}
    check_journal(bikes)
    offer(bikes, ada)
    assert only(ada)["state"] == "offered"


def test_it_expires_again_at_the_new_deadline(ada: Party, bikes: Party, clock: Clock, postponed: str) -> None:
    carry(ada, bikes)
    clock.pass_time(days=30)
    bikes.tick()
    assert known(bikes) == {"state": "expired", "deadline": LATER}
    check_journal(bikes)


def test_a_deadline_can_be_lifted(ada: Party, bikes: Party, clock: Clock) -> None:
    id = cast_until(ada, SOON, bikes)
    ada.do(casting.amend, id, {"deadline": None})
    clock.pass_time(hours=2)
    bikes.tick()
    assert carry(ada, bikes) == [("intention.told", 202)]
    assert known(bikes) == {"state": "open", "deadline": None}
    check_journal(bikes)


def test_one_that_has_passed_as_well_opens_nothing(
    ada: Party, bikes: Party, clock: Clock, postponed: str
) -> None:
    clock.pass_time(days=30)
    assert carry(ada, bikes) == [("intention.told", 409)]
    assert known(bikes) == {"state": "expired", "deadline": SOON}


def test_an_overtaken_change_opens_nothing(ada: Party, bikes: Party, clock: Clock) -> None:
    cast_until(ada, SOON, bikes)
    clock.pass_time(hours=2)
    bikes.tick()
    older = {"endTime": LATER, "updated": "2026-05-04T11:59:30Z"}
    assert bikes.receive(changed(ada, bikes, older), ada) == 200
    assert known(bikes) == {"state": "expired", "deadline": SOON}


@pytest.mark.parametrize("hours", [0, 2])
def test_a_change_that_nothing_shows_to_be_later_is_not_lost_in_silence(
    ada: Party, bikes: Party, clock: Clock, hours: int
) -> None:
    cast_until(ada, SOON, bikes)
    clock.pass_time(hours=hours)
    bikes.tick()
    before = known(bikes)
    with pytest.raises(Conflict, match=r"stale-version: .* name a later `updated`"):
        bikes.receive(changed(ada, bikes, {"endTime": LATER}), ada)
    assert known(bikes) == before


def test_a_change_of_the_date_of_one_that_changed_nothing_is_not_lost_either(
    ada: Party, bikes: Party
) -> None:
    cast_until(ada, SOON, bikes)
    later = {"updated": "2026-05-04T12:30:00Z"}
    assert bikes.receive(changed(ada, bikes, later), ada) in (200, 202)
    with pytest.raises(Conflict, match=r"stale-version: .* name a later `updated`"):
        bikes.receive(changed(ada, bikes, later | {"endTime": LATER}), ada)
    assert known(bikes)["deadline"] == SOON
    assert bikes.receive(changed(ada, bikes, later), ada) == 200  # said once more it contradicts nothing


def test_only_a_change_opens_it(ada: Party, bikes: Party, postponed: str) -> None:
    newer = {"endTime": LATER, "updated": "2026-05-04T12:59:30Z"}
    with pytest.raises(Conflict, match="intention-closed"):
        bikes.receive(changed(ada, bikes, newer, type="Create"), ada)
    assert known(bikes)["state"] == "expired"


def test_a_withdrawal_is_final_also_for_what_expired(ada: Party, bikes: Party, postponed: str) -> None:
    late = changed(ada, bikes, {"endTime": LATER, "updated": "2026-05-04T12:59:30Z"})
    ada.do(ending.withdraw, postponed)
    settle(ada, bikes)
    assert known(bikes)["state"] == "withdrawn"
    with pytest.raises(Conflict, match="intention-closed"):
        bikes.receive(late, ada)
    assert known(bikes)["state"] == "withdrawn"
    check_journal(bikes)


def test_a_withdrawal_that_overtakes_the_change_is_final(ada: Party, bikes: Party, postponed: str) -> None:
    assert bikes.receive(deletion(ada, bikes, ada.do(showing.show, postponed)["iri"]), ada) == 202
    assert known(bikes)["state"] == "withdrawn"
    assert carry(ada, bikes) == [("intention.told", 409)]
    assert known(bikes)["state"] == "withdrawn"
    check_journal(bikes)


def deletion(sender: Party, receiver: Party, iri: str) -> bytes:
    return canonicalise(
        {
            "@context": ACTIVITY_CONTEXT,
            "id": sender.acting.mint("activities", "act"),
            "type": "Delete",
            "actor": sender.iri,
            "to": [receiver.iri],
            "object": {"id": iri, "type": "Tombstone", "formerType": "Proposal"},
        }
    )


def test_what_has_its_agreement_is_not_opened(ada: Party, bikes: Party, clock: Clock) -> None:
    cast_until(ada, SOON, bikes)
    bikes.countersigns = False
    offer(bikes, ada, price=LOWER)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    clock.pass_time(hours=2)
    bikes.tick()
    bikes.do(agreements.countersign, only(bikes)["agreement"])
    newer = {"endTime": LATER, "updated": "2026-05-04T12:59:30Z"}
    with pytest.raises(Conflict, match="intention-closed"):
        bikes.receive(changed(ada, bikes, newer), ada)
    assert known(bikes)["state"] == "expired"


def test_a_peer_opens_no_more_than_it_may_have_open(
    ada: Party, bikes: Party, postponed: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(taking, "OPEN_PER_PEER", 1)
    another = {"id": f"{ada.origin}/intentions/int_2", "endTime": LATER}
    assert bikes.receive(changed(ada, bikes, another, type="Create"), ada) == 202
    assert carry(ada, bikes) == [("intention.told", 409)]
    states = [shown["state"] for shown in bikes.do(showing.list, own=False)["items"]]
    assert sorted(states) == ["expired", "open"]
    check_journal(bikes)
