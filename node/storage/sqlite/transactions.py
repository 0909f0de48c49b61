"""A group of writes in one transaction: each succeeds or fails alone, all become durable together.

Each function runs in its own savepoint. Its own error undoes it and nothing else. If the machine fails (disk
full, I/O error, the commit itself), SQLite undoes the whole transaction, and then the whole group is told so:
nobody is told that something was kept which was not.

The only function of a group needs no savepoint: the transaction is its own. In a savepoint SQLite copies each
page before it changes, and goes through the list of copies behind every statement, so what changes much
must be alone.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from node.storage.errors import StorageError, StorageUnavailable
from node.storage.session import Attempted, Session
from node.storage.sqlite.connections import BUSY_TIMEOUT_MS
from node.storage.sqlite.driver import sqlite3
from node.storage.sqlite.session import (
    BUSY,
    SqliteSession,
    presentable,
    primary_code,
    run_in_savepoint,
    translate,
)
from protocol.values import dataclass

Work = Callable[[Session], Any]


@dataclass(frozen=True, slots=True)
class Begun:
    """A group whose functions have run; its commit is still to come, unless all is undone and `over`."""

    answers: list[Attempted]
    over: bool = False


def run_group(session: SqliteSession, group: Sequence[Work]) -> list[Attempted]:
    """Run functions in order in one transaction, commit, and return what became of each.

    Whatever happens, the connection is left outside any transaction, ready for the next group.
    """
    begun = begin(session, group)
    assert begun is not None  # noqa: S101 - it waited
    return finish(session, begun)


def begin(session: SqliteSession, group: Sequence[Work], *, waits: bool = True) -> Begun | None:
    """Open a transaction and run functions in it, in order; `finish` makes what they did durable.

    If another program is writing, it is waited for; or, if this must not wait, nothing is done: None.
    """
    if session.waits is not waits:
        session.conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS if waits else 0}")
        session.waits = waits
    session.news.clear()
    try:
        session.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        is_busy = primary_code(error) == BUSY
        return None if is_busy and not waits else _lose(session, len(group), _told(error))
    if len(group) == 1:
        return _run_alone(session, group[0])
    try:
        return Begun([run_in_savepoint(session, work, savepoint="work") for work in group])
    except StorageError as error:
        return _lose(session, len(group), error)


def _run_alone(session: SqliteSession, work: Work) -> Begun:
    """Run the only function of a group: its own error undoes the transaction."""
    try:
        return Begun([Attempted(work(session))])
    except BaseException as error:
        answer = Attempted(error=presentable(error))
    try:
        session.conn.execute("ROLLBACK")
    except sqlite3.Error as error:  # the function's error cost the transaction as well
        return _lose(session, 1, _told(error))
    session.news.clear()
    return Begun([answer], over=True)


def finish(session: SqliteSession, begun: Begun) -> list[Attempted]:
    """Commit what the functions of a group did, and return what became of each."""
    if not begun.over:
        try:
            session.conn.execute("COMMIT")
        except sqlite3.Error as error:
            begun = _lose(session, len(begun.answers), _told(error))
    return begun.answers


def _told(error: sqlite3.Error) -> StorageError:
    ours = translate(error)
    ours.__cause__ = error
    return ours


def _lose(session: SqliteSession, size: int, cause: StorageError) -> Begun:
    """Undo the whole group. What cost it is the machine's fault, whatever statement noticed it first."""
    with suppress(sqlite3.Error):  # "no transaction is active" if SQLite has undone it already
        session.conn.execute("ROLLBACK")
    session.news.clear()
    return Begun([Attempted(error=_unavailable(cause)) for _ in range(size)], over=True)


def _unavailable(cause: StorageError) -> StorageUnavailable:
    """Return an error for one waiter: tracebacks are not shared."""
    kind = type(cause) if isinstance(cause, StorageUnavailable) else StorageUnavailable
    error = kind("The write could not be kept.")
    error.__cause__ = cause.__cause__ or cause
    return error
