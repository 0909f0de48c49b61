"""Unwritten: a session that reads as another does, and in which whatever is to be changed is not."""

from collections.abc import Callable
from typing import Any

from node.storage.session import Attempted, Session, Values


class Unwritten:
    """The view of another session, which may be a reader's; what is written here leaves no trace.

    So nothing that is written is found again: it serves a use case that reads, decides and then writes.
    """

    __slots__ = ("_session",)

    def __init__(self, session: Session) -> None:
        self._session = session

    def one(self, sql: str, *values: Any) -> Values | None:
        """Return the first row, or None."""
        return self._session.one(sql, *values)

    def all(self, sql: str, *values: Any) -> list[Values]:
        """Return all rows."""
        return self._session.all(sql, *values)

    def run(self, _sql: str, *_values: Any) -> int:
        """Change nothing."""
        return 0

    def tell(self, what: str, entry: int = 0) -> None:
        """Tell nobody."""

    def attempt(self, work: Callable[[Session], Any]) -> Attempted:
        """Run a function here; there is nothing to undo."""
        return Attempted(work(self))
