import asyncio
import contextlib
import gc
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable
from contextvars import ContextVar
from functools import partial
from pathlib import Path

import pytest

from node.storage import journal
from node.storage.errors import StorageDamaged, StorageUnavailable
from node.storage.session import Session
from node.storage.sqlite import database
from node.storage.sqlite.database import SqliteStore, open_database
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.migrations import SchemaMismatch
from node.storage.sqlite.session import SqliteSession
from node.storage.store import News
from tests.storage.rows import entry
from tests.transactions import on_sqlite


def note(name: str) -> Callable[[Session], str]:
    def work(db: Session) -> str:
        db.run("INSERT INTO cursors VALUES ('', ?, 0)", name)
        return name

    return work


def names(db: Session) -> list[str]:
    return [name for (name,) in db.all("SELECT name FROM cursors ORDER BY name")]


class Gate:
    """A write that holds the writer until it is opened."""

    def __init__(self) -> None:
        self.entered = threading.Event()
        self.opened = threading.Event()

    def __call__(self, _db: Session) -> None:
        self.entered.set()
        self.opened.wait(5)

    async def is_entered(self) -> None:
        await asyncio.to_thread(self.entered.wait, 5)


async def test_a_write_is_durable_when_it_is_answered(store: SqliteStore, path: Path) -> None:
    assert await store.write(note("a")) == "a"
    with open_database(path) as other:
        assert names(other) == ["a"]


async def test_what_is_done_alone_shares_its_transaction_with_nobody(store: SqliteStore) -> None:
    seen: list[str] = []
    store._session.conn.set_trace_callback(seen.append)
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(store.write(gate))
        await gate.is_entered()
        for name in ("a", "b"):
            group.create_task(store.write(note(name)))
        group.create_task(store.write(note("alone"), alone=True))
        for name in ("c", "d"):
            group.create_task(store.write(note(name)))
        await asyncio.sleep(0)  # let them queue
        gate.opened.set()
    store._session.conn.set_trace_callback(None)
    shape = "".join(word[0] for statement in seen if (word := statement.split()[0]) != "PRAGMA")
    assert shape == "BC" + "BSIRSIRC" + "BIC" + "BSIRSIRC"  # begin, savepoint, insert, release, commit


async def test_what_waits_together_is_committed_together(store: SqliteStore) -> None:
    seen: list[str] = []
    store._session.conn.set_trace_callback(seen.append)
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(store.write(gate))
        await gate.is_entered()
        waiting = [group.create_task(store.write(note(str(number)))) for number in range(100)]
        await asyncio.sleep(0)  # let them queue
        gate.opened.set()
    store._session.conn.set_trace_callback(None)
    assert [task.result() for task in waiting] == [str(number) for number in range(100)]
    assert seen.count("COMMIT") == 2  # the gate's, then everybody else's


async def test_a_group_has_a_limit(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "GROUP_LIMIT", 10)
    seen: list[str] = []
    store._session.conn.set_trace_callback(seen.append)
    gate = Gate()
    async with asyncio.TaskGroup() as group:
        group.create_task(store.write(gate))
        await gate.is_entered()
        for number in range(25):
            group.create_task(store.write(note(str(number))))
        await asyncio.sleep(0)
        gate.opened.set()
    store._session.conn.set_trace_callback(None)
    assert seen.count("COMMIT") == 1 + 3
    assert len(await store.read(names)) == 25


def thread_of(_db: Session) -> str:
    return threading.current_thread().name


async def test_brief_functions_run_on_the_loop_and_others_beside_it(store: SqliteStore) -> None:
    here = threading.current_thread().name
    kinds = [True, True, False, True]
    ran = await asyncio.gather(*(store.write(thread_of, brief=brief) for brief in kinds))
    assert ran == [here, here, "writer", here]


async def test_brief_functions_are_durable_when_answered_and_grouped(store: SqliteStore, path: Path) -> None:
    seen: list[str] = []
    store._session.conn.set_trace_callback(seen.append)
    numbers = [str(number) for number in range(database.BRIEF_LIMIT + 1)]
    assert await asyncio.gather(*(store.write(note(number), brief=True) for number in numbers)) == numbers
    store._session.conn.set_trace_callback(None)
    assert seen.count("COMMIT") == 2  # one full group, and the one that was too many
    with open_database(path) as other:
        assert names(other) == sorted(numbers)


async def test_writes_take_effect_in_their_order_whatever_their_kind(store: SqliteStore) -> None:
    order: list[int] = []
    kinds = [False, True, True, False, False, True]

    def enter(_db: Session, number: int) -> None:
        order.append(number)

    works = [partial(enter, number=number) for number in range(len(kinds))]
    await asyncio.gather(*(store.write(work, brief=brief) for work, brief in zip(works, kinds, strict=True)))
    assert order == [0, 1, 2, 3, 4, 5]


async def test_a_lost_brief_group_is_told_to_everybody_in_it(store: SqliteStore) -> None:
    @on_sqlite
    def lose(db: SqliteSession) -> None:
        db.conn.execute("ROLLBACK")

    works = [note("a"), lose, note("c")]
    answers = await asyncio.gather(*(store.write(work, brief=True) for work in works), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StorageUnavailable] * 3
    assert await store.write(note("d"), brief=True) == "d"
    assert await store.read(names) == ["d"]


async def test_a_brief_function_whose_caller_left_is_not_run(store: SqliteStore) -> None:
    gate = Gate()
    first = asyncio.create_task(store.write(gate))
    await gate.is_entered()
    leaver = asyncio.create_task(store.write(note("leaver"), brief=True))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.sleep(0)
    gate.opened.set()
    await first
    assert await store.write(note("stayer"), brief=True) == "stayer"
    assert await store.read(names) == ["stayer"]


async def test_a_brief_group_leaves_waiting_for_another_program_to_the_thread(
    store: SqliteStore, path: Path
) -> None:
    await store.write(note("a"))
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        writing = asyncio.create_task(store.write(note("b"), brief=True))
        for _ in range(5):
            await asyncio.sleep(0.01)  # were the loop to wait, nobody could let go of the lock
        assert not writing.done()
        other.execute("ROLLBACK")
        assert await writing == "b"
    assert await store.write(note("c"), brief=True) == "c"


async def test_a_store_on_a_full_disk_can_be_closed(path: Path) -> None:
    store = SqliteStore.open(path)
    await store.write(note("a"))
    store._session.conn.execute("PRAGMA max_page_count = 1")
    waiting = asyncio.create_task(
        store.write(lambda db: db.run("INSERT INTO cursors VALUES ('', ?, 0)", "x" * 100_000))
    )
    await asyncio.sleep(0)
    await store.close()
    assert isinstance(waiting.exception(), StorageUnavailable)
    assert not store._writer.is_alive()
    assert [file.name for file in path.parent.iterdir()] == ["node.db"]


async def test_an_error_reaches_its_caller_only(store: SqliteStore) -> None:
    def fail(_db: Session) -> None:
        raise LookupError("mine")

    results = await asyncio.gather(
        store.write(note("a")), store.write(fail), store.write(note("b")), return_exceptions=True
    )
    assert (results[0], str(results[1]), results[2]) == ("a", "mine", "b")
    assert await store.read(names) == ["a", "b"]


async def test_whoever_leaves_before_its_turn_changes_nothing(store: SqliteStore) -> None:
    gate = Gate()
    first = asyncio.create_task(store.write(gate))
    await gate.is_entered()
    leaver, stayer = (asyncio.create_task(store.write(note(name))) for name in ("leaver", "stayer"))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.sleep(0)
    gate.opened.set()
    assert await stayer == "stayer"
    await first
    assert leaver.cancelled()
    assert await store.read(names) == ["stayer"]


async def test_whoever_leaves_during_its_turn_does_not_disturb_the_others(store: SqliteStore) -> None:
    gate = Gate()

    def slow(db: Session) -> None:
        gate(db)
        note("slow")(db)

    leaver = asyncio.create_task(store.write(slow))
    await gate.is_entered()
    other = asyncio.create_task(store.write(note("other")))
    leaver.cancel()
    await asyncio.sleep(0)
    gate.opened.set()
    assert await other == "other"
    assert await store.read(names) == ["other", "slow"]  # begun, so it took effect


async def test_whoever_leaves_after_failing_leaves_no_unread_error(store: SqliteStore) -> None:
    gate = Gate()

    def fail(db: Session) -> None:
        gate(db)
        raise LookupError

    unread: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: unread.append(context))
    leaver = asyncio.create_task(store.write(fail))
    await gate.is_entered()
    leaver.cancel()
    await asyncio.gather(leaver, return_exceptions=True)
    gate.opened.set()
    await store.write(note("next"))
    gc.collect()
    assert unread == []


async def test_a_reader_sees_one_state(store: SqliteStore) -> None:
    await store.write(note("a"))
    loop = asyncio.get_running_loop()

    def twice(db: Session) -> tuple[list[str], list[str]]:
        before = names(db)
        asyncio.run_coroutine_threadsafe(store.write(note("b")), loop).result(5)
        return before, names(db)

    assert await store.read(twice) == (["a"], ["a"])
    assert await store.read(names) == ["a", "b"]


_LOOKS = (
    "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); print(*c.execute({!r}).fetchone()); c.close()"
)


async def counted_elsewhere(path: Path) -> str:
    """Let another program open the file, count the journal's entries, and close it again."""
    look = _LOOKS.format("SELECT count(*) FROM journal")
    ran = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", look, str(path)], check=True, capture_output=True, text=True
    )
    return str(ran.stdout.strip())


async def test_no_other_program_throws_the_log_away_once_it_was_moved(store: SqliteStore, path: Path) -> None:
    await store.write(lambda session: journal.append(session, entry(1)))
    await store.checkpoint()
    assert await counted_elsewhere(path) == "1"
    assert path.with_name(f"{path.name}-wal").exists()
    await store.write(lambda session: journal.append(session, entry(2)))
    assert await counted_elsewhere(path) == "2"


async def test_it_knows_what_room_its_disk_has(store: SqliteStore, path: Path) -> None:
    free = await store.free_bytes()
    assert free is not None
    assert 0 < free <= shutil.disk_usage(path.parent).total
    path.parent.rename(path.parent.with_name("elsewhere"))
    assert await store.free_bytes() is None


async def test_a_reader_runs_in_the_context_of_who_asks(store: SqliteStore) -> None:
    language = ContextVar("language", default="en")
    language.set("de")
    assert await store.read(lambda _session: language.get()) == "de"


async def test_a_reader_cannot_write(store: SqliteStore) -> None:
    with pytest.raises(StorageUnavailable) as refused:
        await store.read(note("a"))
    assert "readonly" in str(refused.value.__cause__)
    with pytest.raises(StorageUnavailable) as refused:
        store.read_now(note("a"))
    assert "readonly" in str(refused.value.__cause__)
    assert store.read_now(names) == []  # the failed read left its connection usable


async def test_a_damaged_file_is_called_damaged(path: Path) -> None:
    store = SqliteStore.open(path)
    await store.write(note("a"))
    pages = await store.read(
        lambda db: db.all("SELECT rootpage FROM sqlite_schema WHERE tbl_name = 'cursors'")
    )
    await store.close()
    with path.open("r+b") as file:
        for (page,) in pages:
            file.seek((page - 1) * 4_096)
            file.write(bytes(4_096))
    store = SqliteStore.open(path)
    with pytest.raises(StorageDamaged):
        await store.read(names)
    with pytest.raises(StorageDamaged):
        store.read_now(names)
    for brief in (True, False):
        with pytest.raises(StorageDamaged):
            await store.write(note("b"), brief=brief)
    await store.write(lambda db: journal.append(db, entry()))  # what is whole goes on
    await store.close()


async def test_a_read_on_the_spot_sees_what_was_committed_last(store: SqliteStore) -> None:
    assert store.read_now(names) == []
    await store.write(note("a"))
    assert store.read_now(names) == ["a"]


async def test_readers_run_beside_each_other(store: SqliteStore) -> None:
    together = threading.Barrier(2, timeout=60)
    await asyncio.gather(*(store.read(lambda _db: together.wait()) for _ in range(2)))


async def told() -> None:
    """Wait until followers have been told of what is committed."""
    await asyncio.sleep(3 * database.TELL_SECONDS)


async def test_commits_in_quick_succession_are_told_of_once(store: SqliteStore) -> None:
    heard: list[News] = []
    store.subscribe(heard.append)
    for number in range(5):
        await store.write(partial(journal.append, entry=entry(number)))
    await told()
    assert heard[-1] == {"offer": 5}
    assert len(heard) < 5


async def test_followers_hear_what_the_journal_has_grown_by(store: SqliteStore) -> None:
    heard: list[News] = []
    unsubscribe = store.subscribe(heard.append)
    await store.write(lambda db: [journal.append(db, entry(number)) for number in (1, 2)])
    await store.write(lambda db: journal.append(db, entry(3, kind="counter")))
    await store.write(lambda db: db.tell("something else"))
    await store.write(note("not in the journal"))
    await told()
    assert dict(pair for news in heard for pair in news.items()) == {
        "offer": 2,
        "counter": 3,
        "something else": 0,
    }
    unsubscribe()
    heard.clear()
    await store.write(lambda db: journal.append(db, entry(4)))
    await told()
    assert heard == []


@pytest.mark.parametrize("brief", [True, False])
async def test_followers_hear_nothing_of_what_was_undone(store: SqliteStore, *, brief: bool) -> None:
    heard: list[News] = []
    store.subscribe(heard.append)

    def fail(db: Session) -> None:
        journal.append(db, entry(kind="counter"))
        raise LookupError

    def try_and_go_on(db: Session) -> None:
        assert isinstance(db.attempt(fail).error, LookupError)

    works: list[Callable[[Session], object]] = [
        fail,
        lambda db: journal.append(db, entry()),
        try_and_go_on,
    ]
    await asyncio.gather(*(store.write(work, brief=brief) for work in works), return_exceptions=True)
    await told()
    assert heard == [{"offer": 1}]


async def test_a_follower_that_fails_keeps_the_others_from_nothing(store: SqliteStore) -> None:
    failures: list[object] = []
    asyncio.get_running_loop().set_exception_handler(
        lambda _loop, context: failures.append(context["exception"])
    )

    def fail(_news: News) -> None:
        raise LookupError

    heard: list[News] = []
    store.subscribe(fail)
    store.subscribe(heard.append)
    await store.write(lambda db: journal.append(db, entry()))
    await told()
    assert heard == [{"offer": 1}]
    assert [type(failure) for failure in failures] == [LookupError]


async def test_followers_hear_nothing_of_a_failed_commit(store: SqliteStore) -> None:
    heard: list[News] = []
    store.subscribe(heard.append)

    @on_sqlite
    def lose(db: SqliteSession) -> None:
        journal.append(db, entry())
        db.conn.execute("ROLLBACK")

    with pytest.raises(StorageUnavailable):
        await store.write(lose)
    await store.write(lambda db: journal.append(db, entry()))
    await told()
    assert heard == [{"offer": 1}]


async def test_a_store_opened_again_tells_nothing_old(path: Path) -> None:
    first = SqliteStore.open(path)
    await first.write(lambda db: journal.append(db, entry()))
    await first.close()
    second = SqliteStore.open(path)
    heard: list[News] = []
    second.subscribe(heard.append)
    await second.write(note("a"))
    await told()
    assert heard == []
    await second.close()


async def test_too_much_waiting_is_refused(store: SqliteStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "QUEUE_LIMIT", 3)
    gate = Gate()
    first = asyncio.create_task(store.write(gate))
    await gate.is_entered()
    waiting = [asyncio.create_task(store.write(note(str(number)))) for number in range(3)]
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable, match="waiting"):
        await store.write(note("late"))
    gate.opened.set()
    await asyncio.gather(first, *waiting)
    assert await store.write(note("later")) == "later"


async def test_closing_finishes_what_waits_and_refuses_the_rest(path: Path) -> None:
    store = SqliteStore.open(path)
    gate = Gate()
    first = asyncio.create_task(store.write(gate))
    await gate.is_entered()
    waiting = [asyncio.create_task(store.write(note(str(number)))) for number in range(5)]
    await asyncio.sleep(0)
    closing = asyncio.create_task(store.close())
    await asyncio.sleep(0)
    with pytest.raises(StorageUnavailable, match="closed"):
        await store.write(note("late"))
    gate.opened.set()
    assert await asyncio.gather(*waiting) == ["0", "1", "2", "3", "4"]
    await asyncio.gather(first, closing)
    await store.close()  # a second time is nothing
    assert [file.name for file in path.parent.iterdir()] == ["node.db"]  # no WAL is left behind
    with open_database(path) as db:
        assert names(db) == ["0", "1", "2", "3", "4"]


async def test_closing_an_idle_store(path: Path) -> None:
    store = SqliteStore.open(path)
    await store.close()
    assert not store._writer.is_alive()


def test_a_loop_that_ends_before_its_store_is_no_accident(path: Path) -> None:
    gate = Gate()

    async def leave() -> SqliteStore:
        store = SqliteStore.open(path)
        asyncio.create_task(store.write(gate))  # noqa: RUF006  # abandoned on purpose
        await gate.is_entered()
        return store

    store = asyncio.run(leave())
    gate.opened.set()
    store._tasks.put(None)
    store._writer.join(5)
    assert not store._writer.is_alive()  # and the warning filter shows that the thread did not fail
    store._pool.shutdown()
    store._session.close()


def test_a_file_that_cannot_be_migrated_is_closed_again(path: Path) -> None:
    path.parent.mkdir()
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE diary (day TEXT)")
    other.close()
    with pytest.raises(SchemaMismatch):
        open_database(path)
    assert [file.name for file in path.parent.iterdir()] == ["node.db"]
