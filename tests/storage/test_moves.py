import pytest

from node.storage import offers
from node.storage.errors import Missing, Taken
from node.storage.moves import MoveStatus, list_moves, load_move, save_move, stand_since
from node.storage.sqlite.session import SqliteSession
from protocol.negotiation import Event
from tests.storage import rows
from tests.storage.rows import ADA, BOB, WISH, at


@pytest.fixture
def db(db: SqliteSession) -> SqliteSession:
    offers.save_offer(db, rows.offer())
    return db


def test_moves_come_in_the_order_of_the_journal(db: SqliteSession) -> None:
    for number in (3, 1, 2):
        save_move(db, rows.move(number))
    assert list_moves(db, "of_1") == [rows.move(1), rows.move(2), rows.move(3)]
    assert list_moves(db, "of_2") == []


def test_moves_are_listed_by_status(db: SqliteSession) -> None:
    void = rows.move(2, status=MoveStatus.VOID)
    for row in (rows.move(1), void):
        save_move(db, row)
    assert list_moves(db, "of_1", statuses=[MoveStatus.VOID]) == [void]
    assert list_moves(db, "of_1", statuses=list(MoveStatus)) == [rows.move(1), void]


def test_a_move_is_found_by_its_iri_and_changes_status(db: SqliteSession) -> None:
    save_move(db, rows.move())
    save_move(db, void := rows.move(status=MoveStatus.VOID))
    assert load_move(db, ADA, void.iri) == void
    assert load_move(db, BOB, void.iri) is None


def test_a_move_belongs_to_an_offer(db: SqliteSession) -> None:
    with pytest.raises((Taken, Missing)):
        save_move(db, rows.move(offer="of_9"))


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
        save_move(db, row)
    assert stand_since(db, ["of_1", "of_2"]) == {"of_1": at(2), "of_2": at(5)}
    assert stand_since(db, []) == {}
