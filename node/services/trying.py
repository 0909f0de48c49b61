"""Trying: a write as it would be, undone before anybody sees it ([decision 48] of the docs).

Rules here: what is tried runs as it would be done, in the same transaction and with the same checks, so that
its answer is the one that doing it would give.
"""

from collections.abc import Callable
from typing import Generic, TypeVar

from node.services.store import Session, Store

T = TypeVar("T")


class _TriedError(Exception, Generic[T]):
    """Undoes a write that was only tried, and carries what it would have answered."""

    def __init__(self, shown: T) -> None:
        super().__init__()
        self.shown = shown


async def tried(store: Store, change: Callable[[Session], T]) -> T:
    """Return what a change would answer, and change nothing."""

    def undone(session: Session) -> T:
        raise _TriedError(change(session))

    try:
        return await store.write(undone, alone=True)
    except _TriedError as error:
        shown: T = error.shown
        return shown
