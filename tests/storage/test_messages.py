from dataclasses import replace

import pytest

from node.storage import messages
from node.storage.errors import Missing, Taken
from node.storage.offers import save_offer
from node.storage.sqlite.session import SqliteSession
from node.storage.tables import PAGE_LIMIT
from tests.storage import rows
from tests.storage.rows import ADA, BOB


@pytest.fixture
def db(db: SqliteSession) -> SqliteSession:
    save_offer(db, rows.offer())
    return db


def test_a_message_is_found_by_its_iri_for_its_actor_only(db: SqliteSession) -> None:
    messages.save_message(db, message := rows.message())
    assert messages.load_message(db, ADA, message.iri) == message
    assert messages.load_message(db, BOB, message.iri) is None


def test_messages_are_listed_as_they_were_journalled(db: SqliteSession) -> None:
    for number in (3, 1, 2):
        messages.save_message(db, rows.message(number))
    first = messages.list_messages(db, "of_1", limit=2)
    assert (first.items, first.next) == ([rows.message(1), rows.message(2)], rows.message(2).iri)
    second = messages.list_messages(db, "of_1", after=first.items[-1].entry, limit=2)
    assert (second.items, second.next) == ([rows.message(3)], None)
    assert messages.list_messages(db, "of_2").items == []
    assert messages.newest_messages(db, "of_1", limit=2) == [rows.message(2), rows.message(3)]
    assert (messages.count_messages(db, "of_1"), messages.count_messages(db, "of_2")) == (3, 0)


def test_who_wrote_last_is_told_by_what_is_left(db: SqliteSession) -> None:
    save_offer(db, rows.offer(2))
    messages.save_message(db, rows.message(1))
    messages.save_message(db, last := rows.message(2))
    assert messages.unanswered(db, ["of_1", "of_2"]) == {"of_1": last.at}
    messages.save_message(db, replace(last, deleted_at=last.at))
    assert messages.unanswered(db, ["of_1"]) == {"of_1": rows.message(1).at}
    messages.save_message(db, rows.message(3, own=True))
    assert messages.unanswered(db, ["of_1", "of_2"]) == {}
    assert messages.unanswered(db, []) == {}


@pytest.mark.parametrize(("limit", "size"), [(10**9, PAGE_LIMIT), (-1, 1)])
def test_a_page_of_messages_has_a_limit(db: SqliteSession, limit: int, size: int) -> None:
    for number in range(PAGE_LIMIT + 1):
        messages.save_message(db, rows.message(number))
    assert len(messages.list_messages(db, "of_1", after=-1, limit=limit).items) == size


def test_a_message_belongs_to_an_offer(db: SqliteSession) -> None:
    with pytest.raises((Taken, Missing)):
        messages.save_message(db, rows.message(offer="of_9"))
