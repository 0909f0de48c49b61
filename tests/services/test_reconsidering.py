"""An acceptance that waits before it leaves: undone in time nobody hears of it, later nothing is undone."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from node.services.negotiations import agreements, chosen, offers, reconsidering
from node.services.outbox import deliveries as outbox_of
from node.storage import deliveries as rows
from node.storage.clock_setbacks import forget_waits
from protocol.errors import Conflict
from tests.services.parties import Party, carry, check_journal, deliver, settle
from tests.services.test_agreements import agreement
from tests.services.test_binding import moves, outbox
from tests.services.test_negotiation import LOWER, cast, offer, only

A_WHILE = timedelta(seconds=20)


@pytest.fixture
def offered(ada: Party, bikes: Party) -> str:
    """Let bikes offer something that ada can accept; return the id of the negotiation at her end."""
    cast(ada, bikes)
    offer(bikes, ada)
    return str(only(ada)["id"])


def due(party: Party) -> list[str]:
    """Return what would be sent now."""
    return [row.activity for row in rows.due_deliveries(party.db, party.clock.now)]


def test_it_waits_and_then_leaves_by_itself(ada: Party, bikes: Party, offered: str) -> None:
    ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    assert due(ada) == []
    assert ada.do(reconsidering.undoable_until, offered) == ada.clock.now + A_WHILE
    assert rows.next_due(ada.db, ada.clock.now) == ada.clock.now + A_WHILE
    ada.clock.pass_time(seconds=20)
    assert len(due(ada)) == 1
    settle(ada, bikes)
    assert agreement(ada)["state"] == "concluded"
    assert ada.do(reconsidering.undoable_until, offered) is None
    check_journal(ada)


def moves_away(party: Party) -> None:
    (row,) = party.queued()
    there = "UPDATE peers SET address = 'https://cycles.example/actors/bikes' WHERE actor = ? AND id = ?"
    party.write(lambda session: session.run(there, party.iri, row.recipient))


def sets_the_clock_back(party: Party) -> None:
    party.clock.pass_time(seconds=-15)
    party.write(lambda session: forget_waits(session, party.clock.now))


def confirms_keys(party: Party) -> None:
    (row,) = party.queued()
    party.do(outbox_of.retry_all, row.recipient)


@pytest.mark.parametrize("happens", [moves_away, sets_the_clock_back, confirms_keys])
def test_it_leaves_at_no_other_time_than_was_shown(
    ada: Party, offered: str, happens: Callable[[Party], None]
) -> None:
    ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    until = ada.do(reconsidering.undoable_until, offered)
    ada.clock.pass_time(seconds=10)
    happens(ada)
    assert ada.do(reconsidering.undoable_until, offered) == until
    ada.clock.now = until - timedelta(microseconds=1)
    assert due(ada) == []
    ada.clock.now = until
    assert len(due(ada)) == 1


def test_sent_by_hand_it_waits_no_longer(ada: Party, offered: str) -> None:
    ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    ada.do(reconsidering.send, offered)
    moves_away(ada)
    assert len(due(ada)) == 1


def test_undone_nothing_was_sent_and_the_offer_stands(ada: Party, bikes: Party, offered: str) -> None:
    before = outbox(ada)
    accepted = ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    undone = ada.do(reconsidering.undo, offered)
    assert undone["state"] == "offered"
    settle(ada, bikes)
    assert outbox(ada) == [*before, ("accept", "cancelled")]
    assert moves(bikes, only(bikes)["id"]) == [("offer", "applied")]
    assert ada.do(agreements.show, accepted["agreement"])["state"] == "void"
    again = ada.do(offers.accept, offered)  # somebody may change their mind twice
    settle(ada, bikes)
    assert ada.do(agreements.show, again["agreement"])["state"] == "concluded"
    for party in (ada, bikes):
        check_journal(party)


def test_while_it_waits_the_business_hears_nothing_of_it(ada: Party, bikes: Party, offered: str) -> None:
    accepted = ada.do(reconsidering.accept, offered, undo_for=timedelta(days=1))
    bikes.do(offers.withdraw, only(bikes)["id"])
    assert carry(bikes, ada) == [("withdraw", 202)]
    assert only(ada)["state"] == only(bikes)["state"] == "withdrawn"
    assert ada.do(agreements.show, accepted["agreement"])["state"] == "void"
    with pytest.raises(Conflict, match="left-already"):
        ada.do(reconsidering.undo, offered)
    ada.clock.pass_time(days=2)
    settle(ada, bikes)
    assert outbox(ada)[-1] == ("accept", "cancelled")
    assert moves(bikes, only(bikes)["id"]) == [("offer", "applied"), ("withdraw", "applied")]
    for party in (ada, bikes):
        check_journal(party)


def test_another_offer_takes_the_place_of_one_whose_acceptance_waits(
    ada: Party, bikes: Party, offered: str
) -> None:
    ada.do(reconsidering.accept, offered, undo_for=timedelta(days=1))
    bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
    assert carry(bikes, ada) == [("reoffer", 202)]
    assert (only(ada)["state"], only(ada)["total"]) == ("offered", "2249.00")
    ada.do(offers.accept, offered)
    settle(ada, bikes)
    assert only(bikes)["state"] == "concluded"
    for party in (ada, bikes):
        check_journal(party)


def test_once_it_is_due_an_acceptance_beats_a_withdrawal_that_crosses_it(
    ada: Party, bikes: Party, offered: str
) -> None:
    ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    ada.clock.pass_time(seconds=20)
    bikes.do(offers.withdraw, only(bikes)["id"])
    assert carry(bikes, ada) == [("withdraw", 409)]
    assert only(ada)["state"] == "accepted"


def test_what_may_have_left_is_not_undone(ada: Party, offered: str) -> None:
    ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    ada.clock.pass_time(seconds=20)
    (row,) = rows.due_deliveries(ada.db, ada.clock.now)
    ada.write(lambda session: rows.mark_tried(session, [row.id]))
    with pytest.raises(Conflict) as refused:
        ada.do(reconsidering.undo, offered)
    assert refused.value.code == "left-already"
    assert ada.do(offers.show, offered)["state"] == "accepted"


@pytest.mark.parametrize("minutes", [1, 30, 60 * 12])
def test_an_acceptance_leaves_while_the_offer_stands_however_long_it_could_be_undone(
    ada: Party, bikes: Party, minutes: int
) -> None:
    cast(ada, bikes)
    ends_at = ada.clock.now + timedelta(minutes=minutes)
    offer(bikes, ada, expires_at=ends_at.strftime("%Y-%m-%dT%H:%M:%SZ"))
    ada.do(reconsidering.accept, only(ada)["id"], undo_for=timedelta(days=1))
    ada.clock.now = ends_at - reconsidering.IN_TIME
    assert len(due(ada)) == 1
    settle(ada, bikes)
    assert agreement(ada)["state"] == "concluded"


def test_there_is_nothing_to_undo_where_nothing_was_accepted(ada: Party, offered: str) -> None:
    with pytest.raises(Conflict):
        ada.do(reconsidering.undo, offered)


def test_without_a_while_it_is_due_at_once(ada: Party, offered: str) -> None:
    ada.do(reconsidering.accept, offered, undo_for=timedelta(0))
    assert len(due(ada)) == 1
    assert ada.do(reconsidering.undo, offered)["state"] == "offered"  # nobody has tried to send it


def test_every_acceptance_that_waits_is_found_the_next_to_leave_first(
    ada: Party, bikes: Party, wheels: Party
) -> None:
    for shop in (bikes, wheels):
        shop.countersigns = False
        cast(ada, shop)
        offer(shop, ada)
        ada.clock.pass_time(seconds=1)
    made = {one["peer"]["name"]: one["id"] for one in ada.do(offers.list)["items"]}
    ada.do(reconsidering.accept, made["Bikes"], undo_for=3 * A_WHILE)
    ada.do(reconsidering.accept, made["Wheels"], undo_for=A_WHILE)
    held = ada.do(chosen.undoable, limit=9)
    assert [one.offer for one in held] == [made["Wheels"], made["Bikes"]]
    assert [one.leaves_at for one in held] == [ada.clock.now + A_WHILE, ada.clock.now + 3 * A_WHILE]
    ada.clock.pass_time(seconds=20)
    (row,) = [one for one in ada.queued() if one.activity == due(ada)[0]]
    deliver(ada, row, (wheels,))
    (left,) = ada.do(chosen.undoable, limit=1)  # however many newer ones wait for the other side
    assert (left.offer, left.peer, left.changes) == (made["Bikes"], "Bikes", False)


def test_what_was_signed_by_a_clock_days_ahead_is_held_for_a_day_at_most(
    ada: Party, bikes: Party, offered: str
) -> None:
    ada.do(reconsidering.accept, offered, undo_for=A_WHILE)
    ada.clock.now -= timedelta(hours=20)
    ada.write(lambda session: forget_waits(session, ada.clock.now))
    until = ada.clock.now + timedelta(hours=20) + A_WHILE  # before that the other end takes it for the future
    assert ada.do(reconsidering.undoable_until, offered) == until
    ada.clock.now -= timedelta(days=30)
    ada.write(lambda session: forget_waits(session, ada.clock.now))
    (held,) = ada.do(chosen.undoable, limit=9)
    assert held.leaves_at == ada.clock.now + timedelta(days=1)
    ada.clock.pass_time(days=1)
    assert len(due(ada)) == 1
    ada.clock.pass_time(days=-1)
    ada.do(reconsidering.send, offered)  # or at once, by hand
    assert len(due(ada)) == 1
