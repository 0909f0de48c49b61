import pytest

from node.core.negotiations import OPEN_STATES
from node.storage import offers
from node.storage.errors import Missing, Taken
from node.storage.offers import MoveStatus
from node.storage.sqlite.session import SqliteSession
from protocol.negotiation import Event, Party, State
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW, THEM, WISH, at


def test_a_negotiation_is_found_by_id_iri_and_any_of_its_activities(db: SqliteSession) -> None:
    offers.save_offer(db, offer := rows.offer())
    for number in (1, 2):
        offers.save_move(db, rows.move(number))
    assert offers.load_offer(db, ADA, "of_1") == offer
    assert offers.load_offer_by_negotiation(db, ADA, offer.negotiation) == offer
    assert offers.load_offer_by_move(db, ADA, rows.move(2).iri) == offer


def test_a_negotiation_is_nobody_elses(db: SqliteSession) -> None:
    offers.save_offer(db, offer := rows.offer())
    offers.save_move(db, rows.move())
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


class TestMoves:
    @pytest.fixture
    def db(self, db: SqliteSession) -> SqliteSession:
        offers.save_offer(db, rows.offer())
        return db

    def test_moves_come_in_the_order_of_the_journal(self, db: SqliteSession) -> None:
        for number in (3, 1, 2):
            offers.save_move(db, rows.move(number))
        assert offers.list_moves(db, "of_1") == [rows.move(1), rows.move(2), rows.move(3)]
        assert offers.list_moves(db, "of_2") == []

    def test_moves_are_listed_by_status(self, db: SqliteSession) -> None:
        void = rows.move(2, status=MoveStatus.VOID)
        for row in (rows.move(1), void):
            offers.save_move(db, row)
        assert offers.list_moves(db, "of_1", statuses=[MoveStatus.VOID]) == [void]
        assert offers.list_moves(db, "of_1", statuses=list(MoveStatus)) == [rows.move(1), void]

    def test_a_move_is_found_by_its_iri_and_changes_status(self, db: SqliteSession) -> None:
        offers.save_move(db, rows.move())
        offers.save_move(db, void := rows.move(status=MoveStatus.VOID))
        assert offers.load_move(db, ADA, void.iri) == void
        assert offers.load_move(db, BOB, void.iri) is None

    def test_a_move_belongs_to_an_offer(self, db: SqliteSession) -> None:
        with pytest.raises((Taken, Missing)):
            offers.save_move(db, rows.move(offer="of_9"))


def test_since_when_each_stands_as_it_does(db: SqliteSession) -> None:
    for number in (1, 2):
        offers.save_offer(db, rows.offer(number, negotiation=f"{WISH}/negotiations/{number}"))
    moves = [
        rows.move(1),
        rows.move(2, event=Event.ACCEPT),
        rows.move(3, event=Event.WITHDRAW, status=MoveStatus.VOID),
        rows.move(4, event=Event.ACKNOWLEDGE),
        rows.move(5, offer="of_2"),
    ]
    for row in moves:
        offers.save_move(db, row)
    assert offers.stand_since(db, ["of_1", "of_2"]) == {"of_1": at(2), "of_2": at(5)}
    assert offers.stand_since(db, []) == {}
