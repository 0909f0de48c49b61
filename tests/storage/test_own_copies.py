"""What is to be asked for at its address, and what was."""

from node.storage import own_copies as subject
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA, at


def test_what_is_due_comes_the_longest_due_first(db: SqliteSession) -> None:
    for number in (3, 1, 2, 9):
        subject.save_own_copy(db, rows.own_copy(number))
    subject.save_own_copy(db, rows.own_copy(4, due_at=None))
    assert [row.tries for row in subject.due_own_copies(db, at(5), limit=9)] == [1, 2, 3]
    assert len(subject.due_own_copies(db, at(5), limit=2)) == 2


def test_each_intention_has_one_row_and_is_counted_by_its_server(db: SqliteSession) -> None:
    first = rows.own_copy(1)
    subject.save_own_copy(db, first)
    subject.save_own_copy(db, rows.own_copy(1, tries=7))
    subject.save_own_copy(db, rows.own_copy(2, origin="https://b.example"))
    found = subject.load_own_copy(db, ADA, first.intention)
    assert found is not None
    assert found.tries == 7
    assert [subject.count_own_copies(db, of) for of in (None, first.origin, "https://c.example")] == [2, 1, 0]
    subject.delete_own_copy(db, first)
    assert subject.load_own_copy(db, ADA, first.intention) is None


def test_what_is_wanted_is_told_and_what_is_done_is_forgotten(db: SqliteSession) -> None:
    for number in (1, 2, 3):
        subject.save_own_copy(db, rows.own_copy(number, due_at=None))
    assert db.news == []
    subject.save_own_copy(db, rows.own_copy(4))
    assert db.news == [(subject.WANTED, 0)]
    assert subject.forget_own_copies(db, before=at(3)) == 2
    assert subject.count_own_copies(db) == 2
