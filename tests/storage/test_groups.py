from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from node.storage.errors import StorageUnavailable, Taken
from node.storage.session import Session
from node.storage.sqlite.connections import connect
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.session import SqliteSession
from node.storage.sqlite.transactions import run_group
from tests.transactions import on_sqlite, transact

Work = Callable[[Session], object]


def note(name: str) -> Work:
    """Make a write that keeps a name."""
    insert = "INSERT INTO cursors VALUES ('', ?, 0)"
    return on_sqlite(lambda db: db.conn.execute(insert, (name,)).rowcount)


def note_and_fail(name: str, error: BaseException) -> Work:
    def work(db: Session) -> None:
        note(name)(db)
        raise error

    return work


@on_sqlite
def fill_disk(db: SqliteSession) -> None:
    db.conn.execute("INSERT INTO profiles VALUES ('big', ?, '')", ("x" * 1_000_000,))


@on_sqlite
def fill_disk_row_by_row(db: SqliteSession) -> None:
    numbers = "WITH RECURSIVE n (i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)"
    db.conn.execute(f"INSERT INTO profiles {numbers} SELECT i, ?, '' FROM n", ("x" * 1_000,))


def names(db: SqliteSession) -> list[str]:
    return [name for (name,) in db.conn.execute("SELECT name FROM cursors ORDER BY name")]


@contextmanager
def no_room(db: SqliteSession) -> Iterator[None]:
    (pages,) = db.conn.execute("PRAGMA page_count").fetchone()
    db.conn.execute(f"PRAGMA max_page_count = {pages + 2}")
    yield
    db.conn.execute("PRAGMA max_page_count = 1000000")


@contextmanager
def statements(db: SqliteSession) -> Iterator[list[str]]:
    seen: list[str] = []
    db.conn.set_trace_callback(seen.append)
    yield seen
    db.conn.set_trace_callback(None)


def test_a_group_is_one_commit(db: SqliteSession) -> None:
    with statements(db) as seen:
        answers = run_group(db, [note(str(number)) for number in range(50)])
    assert [answer.value for answer in answers] == [1] * 50
    assert [seen.count(word) for word in ("BEGIN IMMEDIATE", "COMMIT")] == [1, 1]
    assert len(names(db)) == 50


def test_a_failed_function_is_undone_alone(db: SqliteSession) -> None:
    error = KeyError("offer")
    first, second, third = run_group(db, [note("a"), note_and_fail("b", error), note("c")])
    assert (first.error, second.error, third.error) == (None, error, None)
    assert names(db) == ["a", "c"]


def test_a_broken_constraint_is_undone_alone(db: SqliteSession) -> None:
    first, second, third = run_group(db, [note("a"), note("a"), note("c")])
    assert first.error is None
    assert isinstance(second.error, Taken)
    assert third.error is None
    assert names(db) == ["a", "c"]


def test_the_only_function_of_a_group_has_no_savepoint(db: SqliteSession) -> None:
    with statements(db) as seen:
        (answer,) = run_group(db, [note("a")])
    assert answer.value == 1
    assert [statement.split()[0] for statement in seen] == ["PRAGMA", "BEGIN", "INSERT", "COMMIT"]


@pytest.mark.parametrize("error", [KeyError("offer"), KeyboardInterrupt()])
def test_the_only_function_of_a_group_is_undone(db: SqliteSession, error: BaseException) -> None:
    def work(db: Session) -> None:
        db.tell("offer")
        note_and_fail("a", error)(db)

    (answer,) = run_group(db, [work])
    assert answer.error is error
    assert (names(db), db.news, db.conn.in_transaction) == ([], [], False)
    assert run_group(db, [note("b")])[0].error is None


@pytest.mark.parametrize("statement", ["ROLLBACK", "INSERT OR ROLLBACK INTO cursors VALUES ('', 'a', 0)"])
def test_the_only_function_of_a_group_may_lose_the_transaction(db: SqliteSession, statement: str) -> None:
    @on_sqlite
    def lose(db: SqliteSession) -> None:
        note("a")(db)
        db.conn.execute(statement)

    (answer,) = run_group(db, [lose])
    assert isinstance(answer.error, StorageUnavailable)
    assert names(db) == []
    assert run_group(db, [note("b")])[0].error is None


def test_functions_may_use_sqlite_utils_and_its_savepoints(db: SqliteSession) -> None:
    @on_sqlite
    def work(db: SqliteSession) -> None:
        with db.database.atomic():
            db.database.table("cursors").insert({"actor": "", "name": "a", "place": 1})

    assert run_group(db, [work, note_and_fail("b", ValueError())])[0].error is None
    assert names(db) == ["a"]


def test_an_unfinished_query_does_not_hold_up_the_commit(db: SqliteSession) -> None:
    run_group(db, [note("a"), note("b")])
    cursor = db.conn.execute("SELECT name FROM cursors")
    cursor.fetchone()
    assert run_group(db, [note("c")])[0].error is None
    cursor.close()


def test_stop_iteration_cannot_end_whoever_waits(db: SqliteSession) -> None:
    (answer,) = run_group(db, [note_and_fail("a", StopIteration())])
    assert isinstance(answer.error, RuntimeError)
    assert names(db) == []


def test_a_full_disk_costs_the_group_and_nothing_else(db: SqliteSession) -> None:
    run_group(db, [note("before")])
    with no_room(db):
        answers = run_group(db, [note("a"), fill_disk, note("c")])
        kept = {name for name, answer in zip("abc", answers, strict=True) if answer.error is None}
        assert isinstance(answers[1].error, StorageUnavailable)
        assert names(db) == sorted({"before"} | kept)
        assert not db.conn.in_transaction
    assert run_group(db, [fill_disk, note("after")])[1].error is None
    assert "after" in names(db)


def test_a_full_disk_may_cost_its_statement_alone(db: SqliteSession) -> None:
    with no_room(db):
        first, second, third = run_group(db, [note("a"), fill_disk_row_by_row, note("c")])
    assert (first.error, third.error) == (None, None)
    assert isinstance(second.error, StorageUnavailable)  # the disk is to blame, not the caller
    assert names(db) == ["a", "c"]


def test_losing_the_transaction_costs_everybody_in_it(db: SqliteSession) -> None:
    @on_sqlite
    def lose(db: SqliteSession) -> None:
        db.conn.execute("ROLLBACK")

    answers = run_group(db, [note("a"), lose, note("c")])
    assert [type(answer.error) for answer in answers] == [StorageUnavailable] * 3
    assert len({id(answer.error) for answer in answers}) == 3  # one error each: tracebacks are not shared
    assert names(db) == []
    assert run_group(db, [note("d")])[0].error is None


def test_an_error_that_costs_the_transaction_costs_everybody_in_it(db: SqliteSession) -> None:
    @on_sqlite
    def lose(db: SqliteSession) -> None:
        db.conn.execute("INSERT OR ROLLBACK INTO cursors VALUES ('', 'a', 0)")

    answers = run_group(db, [note("a"), lose, note("c")])
    assert [type(answer.error) for answer in answers] == [StorageUnavailable] * 3
    assert names(db) == []


def test_a_failed_commit_costs_everybody_in_it(db: SqliteSession) -> None:
    @on_sqlite
    def refer_to_nothing(db: SqliteSession) -> None:
        db.conn.execute("PRAGMA defer_foreign_keys = ON")  # so that it is the commit that fails
        db.conn.execute("INSERT INTO keys VALUES ('k', 'nobody', 'rsa', '', '', NULL)")

    answers = run_group(db, [note("a"), refer_to_nothing])
    assert [type(answer.error) for answer in answers] == [StorageUnavailable] * 2
    assert answers[0].error is not None
    assert isinstance(answers[0].error.__cause__, sqlite3.IntegrityError)
    assert names(db) == []
    assert run_group(db, [note("b")])[0].error is None


def test_a_lock_held_by_another_program_costs_the_group(db: SqliteSession, path: Path) -> None:
    db.conn.execute("PRAGMA busy_timeout = 10")
    with connect(path) as other:
        other.conn.execute("BEGIN IMMEDIATE")
        (answer,) = run_group(db, [note("a")])
        other.conn.execute("ROLLBACK")
    assert isinstance(answer.error, StorageUnavailable)
    assert run_group(db, [note("a")])[0].error is None


def test_transact_returns_the_answer_or_raises(db: SqliteSession) -> None:
    assert transact(db, note("a")) == 1
    with pytest.raises(KeyError):
        transact(db, note_and_fail("b", KeyError("b")))
    assert names(db) == ["a"]
