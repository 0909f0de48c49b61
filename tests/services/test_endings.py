"""How a delivery ends, from what was decided to what a negotiation makes of it."""

from datetime import timedelta

import pytest

from node.core.retries import Fate, RetryDecision
from node.services.intentions import casting, showing
from node.services.negotiations import offers
from node.services.outbox import endings
from node.storage.deliveries import DeliveryRow, DeliveryState, load_delivery
from tests.services.parties import Party, check_journal
from tests.services.test_negotiation import PRICE, cast, offer, only, wish

DETAIL = "as the peer said"


def queued_offer(bikes: Party, ada: Party) -> DeliveryRow:
    """Return the delivery of a first offer that waits to be sent."""
    cast(ada, bikes)
    known = bikes.do(showing.list, own=False)["items"][0]["id"]
    bikes.do(offers.make, known, {"price": PRICE})
    (row,) = bikes.queued()
    return row


def end(party: Party, row: DeliveryRow, fate: Fate, status: int | None) -> DeliveryRow:
    due_at = party.clock.now + timedelta(minutes=1) if fate is Fate.QUEUED else None
    decision = RetryDecision(fate, row.attempts + 1, status, DETAIL, due_at)
    party.write(
        lambda db: endings.settle(db, [row], decision, now=party.clock.now, record=party.residents.record)
    )
    found = load_delivery(party.db, row.id)
    assert found is not None
    check_journal(party)
    return found


@pytest.mark.parametrize(
    ("fate", "status", "state", "stands"),
    [
        (Fate.DELIVERED, 202, DeliveryState.DELIVERED, True),
        (Fate.QUEUED, 503, DeliveryState.QUEUED, True),
        (Fate.REFUSED, 409, DeliveryState.REFUSED, False),
        (Fate.REFUSED, None, DeliveryState.REFUSED, True),  # an address that nothing can be sent to
        (Fate.GONE, 410, DeliveryState.GONE, False),
        *(
            (Fate.EXPIRED, status, DeliveryState.REFUSED, True)  # the peer may have applied it
            for status in (None, 401, 408, 422, 425, 429, 503)
        ),
    ],
)
def test_what_an_end_means_for_the_move_it_carried(
    ada: Party, bikes: Party, fate: Fate, status: int | None, state: DeliveryState, stands: bool
) -> None:
    row = end(bikes, queued_offer(bikes, ada), fate, status)
    assert (row.state, row.last_status, row.attempts) == (state, status, 1)
    assert row.last_error == (None if fate is Fate.DELIVERED else DETAIL)
    assert (only(bikes)["state"] == "offered") is stands
    if fate is Fate.QUEUED:
        assert row.due_at == bikes.clock.now + timedelta(minutes=1)


def test_an_inbox_that_is_gone_takes_along_all_that_waits_for_it(ada: Party, bikes: Party) -> None:
    first = queued_offer(bikes, ada)
    bikes.do(offers.withdraw, only(bikes)["id"])
    end(bikes, first, Fate.GONE, 410)
    assert bikes.queued() == []


def test_a_recipient_that_was_never_reached_takes_along_nobody_elses(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    for _ in range(2):
        ada.do(casting.cast, wish(wheels))
    acceptance, told = sorted(ada.queued(), key=lambda row: row.entry)  # the first of each line
    assert (acceptance.inbox, told.inbox, told.address) == ("", "", wheels.iri)
    end(ada, told, Fate.GONE, 410)
    assert ada.queued() == [acceptance]
    assert only(ada)["state"] == "accepted"


def test_the_last_resort_closes_the_delivery_and_leaves_the_rest(ada: Party, bikes: Party) -> None:
    row = queued_offer(bikes, ada)
    decision = RetryDecision(Fate.REFUSED, 1, 409, DETAIL)
    bikes.write(lambda db: endings.close(db, row, decision, now=bikes.clock.now))
    closed = load_delivery(bikes.db, row.id)
    assert closed is not None
    assert (closed.state, closed.last_status, closed.last_error) == (DeliveryState.REFUSED, 409, DETAIL)
    assert only(bikes)["state"] == "offered"
