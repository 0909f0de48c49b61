"""A group of writes in one transaction: each succeeds or fails alone, all become durable together.

Each function runs in its own savepoint. Its own error undoes it and nothing else. If the machine fails (disk
full, I/O error, the commit itself), SQLite undoes the whole transaction, and then the whole group is told so:
nobody is told that something was kept which was not.
"""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from sqlite_utils import Database

from node.storage.connections import BUSY_TIMEOUT_MS, sqlite3

# Primary result codes that blame the machine and not the statement (https://sqlite.org/rescode.html): BUSY,
# NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
_MACHINE_FAULTS = frozenset({5, 7, 8, 10, 11, 13, 14, 15, 26})
_BUSY = 5
_DAMAGE = frozenset({11, 26})  # CORRUPT and NOTADB: what was written is no longer there
_PRIMARY_CODE = 0xFF


class StorageUnavailable(Exception):
    """The write was not kept: disk full or failing, too many waiting, or closed; later it may work."""


class StorageDamaged(StorageUnavailable):
    """The file does not hold what was written to it; no attempt will help, a backup will."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one function: its value, or its error."""

    value: Any = None
    error: BaseException | None = None


@dataclass(frozen=True, slots=True)
class Begun:
    """A group whose functions have run; its commit is still to come, unless the transaction is `lost`."""

    answers: list[Answer]
    lost: bool = False


def run_group(db: Database, group: Sequence[Callable[[Database], Any]]) -> list[Answer]:
    """Run functions in order in one transaction, commit, and return what became of each.

    Whatever happens, the connection is left outside any transaction, ready for the next group.
    """
    begun = begin(db, group)
    assert begun is not None  # noqa: S101 - it waited
    return finish(db, begun)


def begin(db: Database, group: Sequence[Callable[[Database], Any]], *, waits: bool = True) -> Begun | None:
    """Open a transaction and run functions in it, in order; `finish` makes what they did durable.

    If another program is writing, it is waited for; or, if this must not wait, nothing is done: None.
    """
    db.conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT_MS if waits else 0}")
    try:
        db.conn.execute("BEGIN IMMEDIATE")
    except sqlite3.Error as error:
        is_busy = _primary_code(error) == _BUSY
        return None if is_busy and not waits else _lose(db, len(group), error)
    try:
        return Begun([_run(db, work) for work in group])
    except sqlite3.Error as error:
        return _lose(db, len(group), error)


def finish(db: Database, begun: Begun) -> list[Answer]:
    """Commit what the functions of a group did, and return what became of each."""
    if not begun.lost:
        try:
            db.conn.execute("COMMIT")
        except sqlite3.Error as error:
            begun = _lose(db, len(begun.answers), error)
    return begun.answers


def attempt(db: Database, work: Callable[[Database], Any]) -> Answer:
    """Run a function inside a write so that its failure undoes it alone, and the write goes on.

    Raises: `sqlite3.Error` if the whole transaction is lost with it.
    """
    return _run(db, work, savepoint="attempt")


def _run(db: Database, work: Callable[[Database], Any], *, savepoint: str = "work") -> Answer:
    """Run one function in its savepoint. Raises: `sqlite3.Error` if the transaction is lost with it."""
    db.conn.execute(f"SAVEPOINT {savepoint}")
    try:
        answer = Answer(work(db))
    except BaseException as error:
        # If the error cost the whole transaction the savepoint is gone too, and this statement says so.
        db.conn.execute(f"ROLLBACK TO {savepoint}")
        answer = Answer(error=_presentable(error))
    db.conn.execute(f"RELEASE {savepoint}")
    return answer


def is_damage(error: BaseException) -> bool:
    """Tell whether an error of SQLite means that the file is damaged."""
    return _primary_code(error) in _DAMAGE


def _primary_code(error: BaseException) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & _PRIMARY_CODE  # only errors of SQLite have one


def _presentable(error: BaseException) -> BaseException:
    if _primary_code(error) in _MACHINE_FAULTS:
        return _unavailable(error)
    if isinstance(error, StopIteration):  # a future refuses it: it would end whoever awaits
        return RuntimeError("a write ended in StopIteration")
    return error


def _unavailable(cause: BaseException) -> StorageUnavailable:
    kind = StorageDamaged if is_damage(cause) else StorageUnavailable
    error = kind("The write could not be kept.")
    error.__cause__ = cause
    return error


def _lose(db: Database, size: int, cause: BaseException) -> Begun:
    with suppress(sqlite3.Error):  # "no transaction is active" if SQLite has undone it already
        db.conn.execute("ROLLBACK")
    return Begun([Answer(error=_unavailable(cause)) for _ in range(size)], lost=True)
