"""Functions in transactions, for tests without an event loop and for those that know the engine."""

from collections.abc import Callable
from typing import TypeVar, cast

from node.storage.session import Session
from node.storage.sqlite.session import SqliteSession
from node.storage.sqlite.transactions import run_group

T = TypeVar("T")


def on_sqlite(work: Callable[[SqliteSession], T]) -> Callable[[Session], T]:
    """Return a function that knows the engine as one that is handed any session."""

    def run(session: Session) -> T:
        assert isinstance(session, SqliteSession)
        return work(session)

    return run


def transact(session: SqliteSession, work: Callable[[Session], T]) -> T:
    """Run a function in a transaction, and return its answer.

    Raises: what the function raises, after undoing it; StorageUnavailable if it could not be kept.
    """
    (attempted,) = run_group(session, [work])
    if attempted.error is not None:
        raise attempted.error
    return cast("T", attempted.value)
