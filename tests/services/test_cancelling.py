"""A delivery is sent no more, because its owner says so."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from node.core.drafts import view_time
from node.services import disclosure
from node.services.disclosure import Asked
from node.services.intentions import showing
from node.services.negotiations import offers
from node.services.outbox import deliveries
from node.services.outbox.deliveries import DeliveryShown
from node.storage.deliveries import load_delivery, mark_tried, trim_deliveries
from node.storage.origins import OriginRow, save_origin
from protocol.errors import Conflict, NotFound
from tests.services.parties import Clock, Party, carry, check_journal, settle
from tests.services.test_negotiation import LOWER, cast, offer, only


def waiting(party: Party) -> str:
    (item,) = party.do(deliveries.list, state="queued")["items"]
    return str(item["id"])


def queued(party: Party) -> Sequence[DeliveryShown]:
    items: Sequence[DeliveryShown] = party.do(deliveries.list, state="queued")["items"]
    return items


def test_what_was_never_tried_never_happened(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    assert only(bikes)["total"] == "2249.00"
    shown = bikes.do(deliveries.cancel, waiting(bikes))
    assert (shown["state"], shown["last_error"], shown["tried"]) == ("cancelled", "You cancelled it.", False)
    (item,) = bikes.do(deliveries.list, state="cancelled")["items"]
    assert (item["attempts"], item["tried"]) == (0, False)
    assert (only(bikes)["state"], only(bikes)["total"]) == ("offered", "2390.00")
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    assert only(ada)["state"] == only(bikes)["state"] == "concluded"
    for party in (ada, bikes):
        check_journal(party)


def test_each_says_why_it_waits_and_what_goes_before_it(ada: Party, bikes: Party, clock: Clock) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    for amount in ("2200.00", "2100.00"):
        price = [{"kind": "oneOff", "amount": amount, "currency": "EUR"}]
        bikes.do(offers.reoffer, only(bikes)["id"], {"price": price})
    second, first = queued(bikes)
    assert (first["waits"], first["waits_for"], first["due_at"]) == ("next", None, view_time(clock.now))
    assert (second["waits"], second["waits_for"], second["due_at"]) == ("behind", first["id"], None)
    row = load_delivery(bikes.db, first["id"])
    assert row is not None
    rests = OriginRow(row.origin, None, 9, clock.now + timedelta(hours=1), clock.now)
    bikes.write(lambda db: save_origin(db, rests))
    _, first = queued(bikes)
    assert (first["waits"], first["due_at"]) == ("rests", view_time(rests.open_until))
    again = bikes.do(deliveries.retry, first["id"])
    assert (again["waits"], again["due_at"]) == ("next", view_time(clock.now))
    settle(ada, bikes)
    assert {one["waits"] for one in bikes.do(deliveries.list)["items"]} == {None}


def readable(owner: Party, reader: Party) -> list[str]:
    """Return the prices in what another party can read of the one negotiation that there is."""
    listed = disclosure.find_negotiation(
        owner.db, Asked(only(owner)["negotiation"], reader.reader, [owner.iri])
    )
    assert listed is not None
    assert listed["totalItems"] == len(listed["orderedItems"])
    found = [
        disclosure.find_activity(owner.db, Asked(iri, reader.reader, [owner.iri]))
        for iri in listed["orderedItems"]
    ]
    return [move["object"]["price"][0]["amount"] for move in found if move is not None]


def own_moves(party: Party) -> list[str]:
    return [move["activity"] for move in party.do(offers.history, only(party)["id"])["moves"]]


def test_what_has_not_left_is_there_for_nobody(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    lower = Asked(own_moves(bikes)[-1], ada.reader, [bikes.iri])
    assert readable(bikes, ada) == ["2390.00"]
    assert disclosure.find_activity(bikes.db, lower) is None
    bikes.do(deliveries.cancel, waiting(bikes))
    assert readable(bikes, ada) == ["2390.00"]
    bikes.write(lambda db: trim_deliveries(db, before=bikes.clock.now + timedelta(days=1), limit=100))
    assert disclosure.find_activity(bikes.db, lower) is None


def test_what_has_left_is_there_for_whom_it_was_sent_to(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    settle(bikes, ada)
    assert readable(bikes, ada) == ["2390.00", "2249.00"]
    bikes.write(lambda db: trim_deliveries(db, before=bikes.clock.now + timedelta(days=1), limit=100))
    assert readable(bikes, ada) == ["2390.00", "2249.00"]


def test_what_was_tried_may_have_arrived_and_stands(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.reject, only(ada)["id"])
    id = waiting(ada)
    ada.write(lambda db: mark_tried(db, [id]))
    shown = ada.do(deliveries.cancel, id)
    assert (shown["state"], shown["attempts"], shown["tried"]) == ("cancelled", 0, True)
    assert only(ada)["state"] == "rejected"
    assert ada.queued() == []


def test_what_is_settled_cannot_be_cancelled(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    (sent,) = ada.do(deliveries.list)["items"]
    with pytest.raises(Conflict, match="settled"):
        ada.do(deliveries.cancel, sent["id"])
    with pytest.raises(NotFound):
        ada.do(deliveries.cancel, "dlv_nothing")


def test_what_a_move_makes_void_was_not_tried_by_that(ada: Party, bikes: Party) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    bikes.do(offers.withdraw, only(bikes)["id"])
    ada.do(offers.accept, only(ada)["id"])
    carry(ada, bikes)
    (item,) = bikes.do(deliveries.list, state="cancelled")["items"]
    assert (item["last_error"], item["attempts"]) == ("The move was taken back.", 0)


def test_a_first_offer_that_was_never_sent_is_taken_back_and_none_that_ran_out(
    ada: Party, bikes: Party
) -> None:
    cast(ada, bikes)
    known = bikes.do(showing.list)["items"][0]["id"]
    bikes.do(offers.make, known, {"price": LOWER})
    bikes.do(deliveries.cancel, waiting(bikes))
    assert only(bikes)["state"] == "withdrawn"
    moves = bikes.do(offers.history, only(bikes)["id"])["moves"]
    assert [(move["event"], move["by"]) for move in moves] == [("offer", "offerer"), ("withdraw", "clock")]
    check_journal(bikes)
