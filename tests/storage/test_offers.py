import pytest

from node.core.negotiations import OPEN_STATES
from node.storage import offers
from node.storage.errors import Missing, Taken
from node.storage.moves import save_move
from node.storage.sqlite.session import SqliteSession
from protocol.negotiation import Party, State
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW, THEM, WISH, at


def test_a_negotiation_is_found_by_id_iri_and_any_of_its_activities(db: SqliteSession) -> None:
    offers.save_offer(db, offer := rows.offer())
    for number in (1, 2):
        save_move(db, rows.move(number))
    assert offers.load_offer(db, ADA, "of_1") == offer
    assert offers.load_offer_by_negotiation(db, ADA, offer.negotiation) == offer
    assert offers.load_offer_by_move(db, ADA, rows.move(2).iri) == offer


def test_a_negotiation_is_nobody_elses(db: SqliteSession) -> None:
    offers.save_offer(db, offer := rows.offer())
    save_move(db, rows.move())
    assert offers.load_offer(db, BOB, "of_1") is None
    assert offers.load_offer_by_negotiation(db, BOB, offer.negotiation) is None
    assert offers.load_offer_by_move(db, BOB, rows.move().iri) is None
    assert offers.load_offer_by_move(db, ADA, "https://b.example/activities/act_9") is None


def test_both_ends_of_a_negotiation_may_live_here(db: SqliteSession) -> None:
    offers.save_offer(db, ours := rows.offer())
    offers.save_offer(
        db, theirs := rows.offer(2, negotiation=ours.negotiation, actor=BOB, role=Party.OFFERER)
    )
    assert offers.load_offer_by_negotiation(db, BOB, ours.negotiation) == theirs
    with pytest.raises((Taken, Missing)):
        offers.save_offer(db, rows.offer(3, negotiation=ours.negotiation))


def test_offers_are_listed_by_what_is_asked(db: SqliteSession) -> None:
    first = rows.offer(1)
    second = rows.offer(2, state=State.REJECTED, peer="https://c.example/actors/c")
    third = rows.offer(3, intention="https://c.example/intentions/int_9", role=Party.OFFERER)
    for row in (first, second, third):
        offers.save_offer(db, row)
    assert offers.list_offers(db, ADA).items == [third, second, first]
    assert offers.list_offers(db, ADA, intention=WISH).items == [second, first]
    assert offers.list_offers(db, ADA, state=State.REJECTED).items == [second]
    assert offers.list_offers(db, ADA, role=Party.OFFERER).items == [third]
    assert offers.list_offers(db, ADA, state=State.REJECTED, role=Party.OFFERER).items == []
    page = offers.list_offers(db, ADA, limit=2)
    assert offers.list_offers(db, ADA, cursor=page.next).items == [first]


def test_an_amendment_is_no_offer_to_the_wish_of_its_agreement(db: SqliteSession) -> None:
    offers.save_offer(db, rows.offer(1))
    offers.save_offer(db, rows.offer(2, amends="https://a.example/agreements/agr_1"))
    assert offers.count_offers(db, ADA, WISH) == (1, 1)
    assert offers.count_offers_of(db, ADA, [WISH]) == {WISH: (1, 1)}


def test_offers_are_counted(db: SqliteSession) -> None:
    assert offers.count_offers(db, ADA, WISH) == (0, 0)
    for number, state in enumerate([State.OFFERED, State.COUNTERED, State.REJECTED, State.ACCEPTED]):
        offers.save_offer(db, rows.offer(number, state=state))
    offers.save_offer(db, rows.offer(9, peer="peer_2", role=Party.OFFERER))
    assert offers.count_offers(db, ADA, WISH) == (5, 3)
    known, other = rows.offer(1).negotiation, rows.offer(10).negotiation
    assert offers.count_with_peer(db, ADA, THEM, intention=WISH, negotiation=known) == (2, 4, 2, True)
    assert offers.count_with_peer(db, ADA, THEM, intention=other, negotiation=other) == (2, 0, 0, False)
    assert offers.count_with_peer(db, BOB, THEM, intention=WISH, negotiation=known) == (0, 0, 0, False)
    counts = {"offered": 1, "countered": 1, "rejected": 1, "accepted": 1}
    assert offers.count_by_state(db, ADA, role=Party.OFFEREE) == counts
    assert offers.count_by_state(db, ADA, role=Party.OFFERER) == {"offered": 1}


def test_counts_follow_every_change(db: SqliteSession) -> None:
    offers.save_offer(db, rows.offer(1))
    offers.save_offer(db, rows.offer(1, rounds=2))
    assert offers.count_by_state(db, ADA, role=Party.OFFEREE) == {"offered": 1}
    offers.save_offer(db, rows.offer(1, state=State.EXPIRED))
    assert offers.count_by_state(db, ADA, role=Party.OFFEREE) == {"expired": 1}
    db.run("DELETE FROM offers")
    assert offers.count_by_state(db, ADA, role=Party.OFFEREE) == {}


def test_open_offers_run_out(db: SqliteSession) -> None:
    assert offers.next_expiry(db) is None
    soon, later = rows.offer(1, expires_at=at(5)), rows.offer(2, expires_at=at(9), state=State.COUNTERED)
    for row in (
        later,
        soon,
        rows.offer(3, expires_at=at(1), state=State.ACCEPTED),
        rows.offer(4, expires_at=None),
    ):
        offers.save_offer(db, row)
    assert offers.next_expiry(db) == at(5)
    assert offers.due_offers(db, NOW) == []
    assert offers.due_offers(db, at(5)) == [soon]
    assert offers.due_offers(db, at(60)) == [soon, later]
    assert offers.due_offers(db, at(60), limit=1) == [soon]


@pytest.mark.parametrize("state", State)
def test_the_index_of_what_runs_out_knows_the_open_states(db: SqliteSession, state: State) -> None:
    offers.save_offer(db, rows.offer(state=state))
    assert bool(offers.due_offers(db, at(60))) == (state in OPEN_STATES)
