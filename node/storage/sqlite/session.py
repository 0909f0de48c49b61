"""A session over one SQLite connection, and the one place that turns SQLite's errors into ours."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Self

from node.storage.errors import Again, Missing, StorageDamaged, StorageError, StorageUnavailable, Taken
from node.storage.session import Attempted, Session, Values
from node.storage.sqlite.driver import sqlite3

if TYPE_CHECKING:
    from sqlite_utils import Database

# Primary result codes of SQLite (https://sqlite.org/rescode.html) that blame the machine and not the
# statement: BUSY, NOMEM, READONLY, IOERR, CORRUPT, FULL, CANTOPEN, PROTOCOL, NOTADB.
BUSY = 5
_MACHINE_FAULTS = frozenset({BUSY, 7, 8, 10, 11, 13, 14, 15, 26})
_DAMAGE = frozenset({11, 26})  # CORRUPT and NOTADB: what was written is no longer there
_CONSTRAINT = 19
_PRIMARY_CODE = 0xFF


class SqliteSession:
    """A connection that speaks the verbs of `Session`; `conn` is its engine, for this folder alone.

    `news` is what was told of since the transaction began, `waits` whether its beginning waits for others.
    """

    __slots__ = ("_execute", "conn", "news", "waits")

    def __init__(self, connection: sqlite3.Connection) -> None:
        self.conn = connection
        # One cursor for all: each statement is read to its end, or ended by the next, before another begins.
        self._execute = connection.cursor().execute
        self.news: list[tuple[str, int]] = []
        self.waits: bool | None = None

    @property
    def database(self) -> "Database":
        """The connection as sqlite-utils takes it: for migrations and for commands, not for each start."""
        from sqlite_utils import Database

        # Its plugins are code of others, installed for other purposes: not in this process.
        return Database(self.conn, execute_plugins=False)

    def one(self, sql: str, *values: Any) -> Values | None:
        """Return the first row, or None."""
        try:
            found: Values | None = self._execute(sql, values).fetchone()
        except sqlite3.Error as error:
            raise translate(error) from error
        return found

    def all(self, sql: str, *values: Any) -> list[Values]:
        """Return all rows."""
        try:
            return self._execute(sql, values).fetchall()
        except sqlite3.Error as error:
            raise translate(error) from error

    def run(self, sql: str, *values: Any) -> int:
        """Change rows; return how many."""
        try:
            return self._execute(sql, values).rowcount
        except sqlite3.Error as error:
            raise translate(error) from error

    def tell(self, what: str, entry: int = 0) -> None:
        """Have followers told of something new; see `Session.tell`."""
        self.news.append((what, entry))

    def attempt(self, work: Callable[[Session], Any]) -> Attempted:
        """Run a function so that its failure undoes it alone; see `Session.attempt`."""
        return run_in_savepoint(self, work, savepoint="attempt")

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()


def run_in_savepoint(session: SqliteSession, work: Callable[[Session], Any], *, savepoint: str) -> Attempted:
    """Run one function in its savepoint. Raises: StorageUnavailable if the transaction is lost with it."""
    session.run(f"SAVEPOINT {savepoint}")
    told = len(session.news)
    try:
        answer = Attempted(work(session))
    except BaseException as error:
        del session.news[told:]
        # If the error cost the whole transaction the savepoint is gone too, and this statement says so.
        session.run(f"ROLLBACK TO {savepoint}")
        answer = Attempted(error=presentable(error))
    session.run(f"RELEASE {savepoint}")
    return answer


@contextmanager
def translated() -> Iterator[None]:
    """Turn whatever SQLite says inside into an error of ours."""
    try:
        yield
    except sqlite3.Error as error:
        raise translate(error) from error


def primary_code(error: BaseException) -> int:
    """Return the primary result code of SQLite's error; 0 if it is the driver's own."""
    return int(getattr(error, "sqlite_errorcode", 0) or 0) & _PRIMARY_CODE


def translate(error: sqlite3.Error) -> StorageError:
    """Return the error of ours that an error of SQLite stands for."""
    code = primary_code(error)
    if code in _DAMAGE:
        return StorageDamaged("The file does not hold what was written to it.")
    if code == BUSY:
        return Again("Another program is writing to the file.")
    if code in _MACHINE_FAULTS:
        return StorageUnavailable("The write could not be kept.")
    return _broken(str(error)) if code == _CONSTRAINT else StorageError(str(error))


def _broken(sentence: str) -> StorageError:
    """Read which constraint SQLite says was broken: "UNIQUE constraint failed: keys.id"."""
    rule, _, columns = sentence.partition(" constraint failed")
    kind = {"UNIQUE": Taken, "PRIMARY KEY": Taken, "FOREIGN KEY": Missing}.get(rule)
    return StorageError(sentence) if kind is None else kind(columns.removeprefix(": ") or rule)


def presentable(error: BaseException) -> BaseException:
    """Return what whoever waits for a function is told of its failure."""
    if isinstance(error, sqlite3.Error):  # from the engine itself, as a migration's
        return translate(error)
    if isinstance(error, StopIteration):  # a future refuses it: it would end whoever awaits
        return RuntimeError("a write ended in StopIteration")
    return error
