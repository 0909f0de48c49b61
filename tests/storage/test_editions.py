"""Editions of the file, and how far the history of one is that of another."""

import pytest

from node.storage import editions, journal
from node.storage.errors import Taken
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import ADA, BOB, NOW, entry


def append(db: SqliteSession, count: int, *, actor: str = ADA) -> None:
    for number in range(count):
        journal.append(db, entry(number, actor=actor))


def test_a_file_has_none_before_its_first_start(db: SqliteSession) -> None:
    assert editions.current_edition(db) == ""


def test_the_last_that_began_is_the_current_one(db: SqliteSession) -> None:
    append(db, 3)
    editions.begin_edition(db, "ed_1", at=NOW)
    append(db, 2, actor=BOB)
    begun = editions.begin_edition(db, "ed_2", at=NOW)
    assert editions.current_edition(db) == "ed_2"
    assert (begun.number, begun.heads) == (2, {ADA: 3, BOB: 2})


def test_an_edition_is_another_each_time(db: SqliteSession) -> None:
    editions.begin_edition(db, "ed_1", at=NOW)
    with pytest.raises(Taken):
        editions.begin_edition(db, "ed_1", at=NOW)


@pytest.mark.parametrize(
    ("edition", "place", "common"),
    [
        ("ed_1", 2, 2),  # before the copy was made: the same history
        ("ed_1", 9, 3),  # beyond it: only what the copy had
        ("ed_2", 4, 4),
        ("ed_2", 9, 5),
        ("ed_3", 6, 6),  # the current one
        ("ed_9", 6, 0),  # nobody knows where that parted
    ],
)
def test_histories_are_the_same_up_to_where_an_edition_began(
    db: SqliteSession, edition: str, place: int, common: int
) -> None:
    editions.begin_edition(db, "ed_1", at=NOW)
    append(db, 3)
    editions.begin_edition(db, "ed_2", at=NOW)
    append(db, 2)
    editions.begin_edition(db, "ed_3", at=NOW)
    append(db, 4)
    assert editions.common_place(db, ADA, edition, place) == common
    assert editions.common_place(db, BOB, edition, 0) == 0
