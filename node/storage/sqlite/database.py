"""The node's file: opened once, written in groups, one after the other, read by many.

Rules: a write is a plain function of a `Session`; it takes effect as a whole or not at all, and its caller
is answered only after the commit that makes it durable. What waits is committed as one group, so under load
one fsync serves many callers.

A group runs on the writer's thread. Two threads that compute take the interpreter lock from each other at
every statement, though, so a group of functions that are known to be brief runs on the event loop and leaves
only the commit to the thread: that is when the loop reads the next requests.
"""

import asyncio
import shutil
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from functools import partial
from pathlib import Path
from queue import SimpleQueue
from typing import Any, Self, TypeVar

from node.storage.errors import StorageUnavailable
from node.storage.schema import Migration
from node.storage.session import Attempted, Session
from node.storage.sqlite.connections import connect
from node.storage.sqlite.migrations import migrate
from node.storage.sqlite.session import SqliteSession, translated
from node.storage.sqlite.transactions import begin, finish, run_group
from node.storage.store import News
from protocol.values import dataclass

T = TypeVar("T")

GROUP_LIMIT = 256  # functions per commit: beyond this the fsync is a small part, and only the waiting grows
BRIEF_LIMIT = 32  # brief functions per commit: half a millisecond each, 2 with the largest bodies
QUEUE_LIMIT = 10_000  # waiting functions; more means that the disk has stopped, and callers should know
TELL_SECONDS = 0.01  # nobody sees a hundredth of a second; a busy inbox commits hundreds of times in one
READER_THREADS = 2  # readers share the interpreter lock; more would only queue there


def open_database(path: Path, *, more: Sequence[Migration] = ()) -> SqliteSession:
    """Open the file at `path` for writing, created or migrated to this release's schema.

    `more` are the migrations that nouns bring.
    Raises: SchemaMismatch if the schema is not ours; OSError and storage's own as `connect`.
    """
    session = connect(path)
    try:
        with translated():
            migrate(session, path, more=more)
    except BaseException:
        session.close()
        raise
    return session


def checkpoint(path: Path) -> None:
    """Move what was committed from the log of the file at `path` into it, on a connection of its own."""
    session = connect(path, again=True)
    try:
        session.run("PRAGMA wal_checkpoint(PASSIVE)")
    finally:
        session.close()


@dataclass(frozen=True, slots=True)
class _Job:
    """A function, whether it is brief, or has a transaction of its own, and who waits for it."""

    work: Callable[[Session], Any]
    brief: bool
    alone: bool
    waiter: "asyncio.Future[Any]"

    def joins(self, other: "_Job") -> bool:
        """Tell whether it may be in one group with another."""
        return self.brief == other.brief and not (self.alone or other.alone)

    def settle(self, answer: Attempted) -> None:
        """Answer the waiter, unless it has gone. Runs on the event loop."""
        if self.waiter.done():
            return
        if answer.error is None:
            self.waiter.set_result(answer.value)
        else:
            self.waiter.set_exception(answer.error)


class SqliteStore:
    """The open file of a running node; made by `SqliteStore.open` and used from one event loop."""

    def __init__(self, session: SqliteSession, path: Path) -> None:
        self._session = session
        self._path = path
        self._loop = asyncio.get_running_loop()
        self._waiting: deque[_Job] = deque()
        self._busy = False  # a group is due, running or being committed
        self._closing = False
        self._news: dict[str, int] = {}  # durable, and not told of yet
        self._subscribers: list[Callable[[News], object]] = []
        self._telling: asyncio.TimerHandle | None = None
        self._own_reader = threading.local()
        self._readers: list[SqliteSession] = []
        self._pool = ThreadPoolExecutor(READER_THREADS, thread_name_prefix="reader")
        self._tasks: SimpleQueue[Callable[[], None] | None] = SimpleQueue()  # None is their end
        self._writer = threading.Thread(target=self._work_forever, name="writer", daemon=True)
        self._writer.start()

    @classmethod
    def open(cls, path: Path, *, more: Sequence[Migration] = ()) -> Self:
        """Open or create the file at `path` and start its writer; call on the event loop that will use it.

        Raises: as `open_database`.
        """
        return cls(open_database(path, more=more), path)

    async def write(self, work: Callable[[Session], T], *, brief: bool = False, alone: bool = False) -> T:
        """Run a function in the next group and return its answer once that is durable.

        `brief` promises that it takes a millisecond at most, however much the file holds: it may then run on
        the event loop. What is done `alone` has a transaction of its own, and so may change much. If the
        caller is cancelled, a function that has not begun is dropped; one that has begun takes effect.
        Raises: what the function raises, after undoing it alone; StorageUnavailable if it could not be kept.
        """
        if self._closing:
            raise StorageUnavailable("The store is closed.")
        if len(self._waiting) >= QUEUE_LIMIT:
            raise StorageUnavailable("Too many writes are waiting.")
        return await self._enqueue(work, brief=brief, alone=alone)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Run a function on a reader thread; it sees one state of the file and cannot write.

        It runs in the caller's context, so that whoever makes words there knows in whose language.

        Raises: what the function raises; StorageUnavailable if the store is closed.
        """
        if self._closing:
            raise StorageUnavailable("The store is closed.")
        return await self._loop.run_in_executor(self._pool, copy_context().run, self.read_now, work)

    def read_now(self, work: Callable[[Session], T]) -> T:
        """Run a function on the calling thread, which is not the event loop's; see `read`.

        Raises: what the function raises; StorageDamaged if the file cannot be read.
        """
        session = self._reader()
        session.run("BEGIN")
        try:
            return work(session)
        finally:
            session.run("ROLLBACK")

    def subscribe(self, callback: Callable[[News], object]) -> Callable[[], None]:
        """Call `callback` with what is new on the event loop, soon after it has become durable.

        Commits within `TELL_SECONDS` are told of once, so that followers cost little under load.

        Returns the function that ends the subscription.
        """
        self._subscribers.append(callback)
        return lambda: self._subscribers.remove(callback)

    async def checkpoint(self) -> None:
        """Move what was committed from the log into the file; writes and reads go on meanwhile.

        What a long reader still looks at stays in the log until the next time.
        Raises: StorageError if the disk does not take it.
        """
        await self._loop.run_in_executor(self._pool, checkpoint, self._path)

    async def free_bytes(self) -> int | None:
        """Say how much room the disk of the file has for this user; None where the system cannot tell."""
        try:
            room = await self._loop.run_in_executor(self._pool, shutil.disk_usage, self._path.parent)
        except OSError:
            return None
        return room.free if room.total else None  # some disks behind a network have no size at all

    async def close(self) -> None:
        """Finish the writes that wait, refuse new ones, and close the file. A second call does nothing."""
        if self._closing:
            return
        self._closing = True
        with suppress(StorageUnavailable):  # whoever waited for something has been told
            await self._enqueue(lambda _session: None, brief=False, alone=False)  # behind all that waits
        if self._telling is not None:
            self._telling.cancel()
        self._tasks.put(None)
        await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._pool.shutdown)
        for reader in self._readers:
            reader.close()
        self._session.close()  # the last connection: SQLite moves the WAL into the file and removes it

    def _reader(self) -> SqliteSession:
        session: SqliteSession | None = getattr(self._own_reader, "session", None)
        if session is None:
            session = self._own_reader.session = connect(self._path, read_only=True)
            self._readers.append(session)
        return session

    def _enqueue(self, work: Callable[[Session], T], *, brief: bool, alone: bool) -> "asyncio.Future[T]":
        waiter: asyncio.Future[T] = self._loop.create_future()
        self._waiting.append(_Job(work, brief, alone, waiter))
        self._go_on()
        return waiter

    def _go_on(self) -> None:
        """Begin the next group soon, unless one is under way: what is ready by then joins it."""
        if self._waiting and not self._busy:
            self._busy = True
            self._loop.call_soon(self._begin)

    def _begin(self) -> None:
        jobs = self._take()
        works = [job.work for job in jobs]
        begun = begin(self._session, works, waits=False) if jobs and jobs[0].brief else None
        rest = partial(finish, self._session, begun) if begun else partial(run_group, self._session, works)
        self._tasks.put(partial(self._answer, jobs, rest))

    def _take(self) -> list[_Job]:
        """Take the next jobs that may be one group; whoever waits no more is left out."""
        jobs: list[_Job] = []
        while self._waiting and len(jobs) < (BRIEF_LIMIT if jobs and jobs[0].brief else GROUP_LIMIT):
            if self._waiting[0].waiter.done():
                self._waiting.popleft()
            elif jobs and not self._waiting[0].joins(jobs[0]):
                break
            else:
                jobs.append(self._waiting.popleft())
        return jobs

    def _work_forever(self) -> None:
        while (task := self._tasks.get()) is not None:
            task()

    def _answer(self, jobs: Sequence[_Job], work: Callable[[], list[Attempted]]) -> None:
        """Do what is left to do for a group on the writer's thread, and answer on the loop."""
        answers = work()
        news = dict(self._session.news)  # the last of each kind
        with suppress(RuntimeError):  # the loop was closed before the store: nobody waits any more
            self._loop.call_soon_threadsafe(self._settle, jobs, answers, news)

    def _settle(self, jobs: Sequence[_Job], answers: Sequence[Attempted], news: News) -> None:
        for job, answer in zip(jobs, answers, strict=True):
            job.settle(answer)
        self._news.update(news)
        if news and self._telling is None:
            self._telling = self._loop.call_later(TELL_SECONDS, self._tell)
        self._busy = False
        self._go_on()

    def _tell(self) -> None:
        self._telling = None
        news, self._news = self._news, {}
        for callback in self._subscribers:
            self._loop.call_soon(callback, news)
