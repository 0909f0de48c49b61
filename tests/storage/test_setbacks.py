"""A clock that was set back: noticed by the journal, and every wait begun anew."""

from dataclasses import replace

from node.storage import deliveries, journal
from node.storage.clock_setbacks import forget_waits, is_behind
from node.storage.deliveries import DeliveryState
from node.storage.origins import OriginRow, load_origin, save_origin
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import NOW, at

ORIGIN = OriginRow("https://b.example", "rfc9421", 7, at(180), NOW)


def queue(db: SqliteSession, number: int, *, due: float) -> None:
    deliveries.queue_delivery(db, rows.delivery(number, due_at=at(due)))


def due_of(db: SqliteSession, number: int) -> object:
    row = deliveries.load_delivery(db, f"dlv_{number}")
    return None if row is None else row.due_at


def test_an_empty_journal_is_behind_nothing(db: SqliteSession) -> None:
    assert not is_behind(db, NOW)


def test_the_last_entry_tells_whether_the_clock_went_back(db: SqliteSession) -> None:
    journal.append(db, rows.entry(9))
    journal.append(db, rows.entry(5))
    assert is_behind(db, at(4))
    assert not is_behind(db, at(5))


def test_what_waits_is_due_at_once_and_what_is_due_stays_so(db: SqliteSession) -> None:
    queue(db, 1, due=120)
    queue(db, 2, due=-5)
    assert forget_waits(db, NOW) == 1
    assert (due_of(db, 1), due_of(db, 2)) == (NOW, at(-5))


def test_what_is_settled_keeps_its_times(db: SqliteSession) -> None:
    queue(db, 1, due=120)
    deliveries.settle_delivery(db, "dlv_1", DeliveryState.REFUSED, at=at(121), status=409)
    assert forget_waits(db, NOW) == 0
    assert due_of(db, 1) == at(120)


def test_no_origin_rests_any_longer(db: SqliteSession) -> None:
    save_origin(db, ORIGIN)
    rested = replace(ORIGIN, origin="https://c.example", open_until=at(-1))
    save_origin(db, rested)
    forget_waits(db, NOW)
    assert load_origin(db, ORIGIN.origin) == replace(ORIGIN, failures=0, open_until=None)
    assert load_origin(db, rested.origin) == rested
