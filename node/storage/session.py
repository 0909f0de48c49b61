"""What a use case is handed to reach the tables: five verbs, the same whichever engine keeps them.

Rules: statements are SQL written by us with `?` for every value; plain SQL wherever it serves, so that
another engine fits behind the same verbs. SQLite plans a statement anew whenever a value is bound that its
plan might hang on; none of ours does, so a limit is written `LIMIT ? + 0`, and a column that partial indexes
ask for is compared as `IN (?)`. Only `node/storage` calls `one`, `all`, `run` and `tell`;
others hand a session on.
"""

from collections.abc import Callable
from typing import Any, Protocol

from protocol.values import dataclass

Values = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of one function: its value, or its error."""

    value: Any = None
    error: BaseException | None = None


class Session(Protocol):
    """One transaction's view of the tables. Not to be kept beyond the function it was handed to.

    Every verb raises `Taken` or `Missing` where a constraint is broken, and `StorageUnavailable` where the
    machine fails.
    """

    def one(self, sql: str, *values: Any) -> Values | None:
        """Return the first row, or None."""
        ...

    def all(self, sql: str, *values: Any) -> list[Values]:
        """Return all rows."""
        ...

    def run(self, sql: str, *values: Any) -> int:
        """Change rows; return how many."""
        ...

    def tell(self, what: str, entry: int = 0) -> None:
        """Have followers told, once it is durable, that there is something new: see `store.News`."""
        ...

    def attempt(self, work: Callable[["Session"], Any]) -> Attempted:
        """Run a function so that its failure undoes it alone, and the write goes on.

        Raises: StorageUnavailable if the whole transaction is lost with it.
        """
        ...


def value(session: Session, sql: str, *values: Any) -> Any:
    """Return the one value of a statement that always has one row, such as a count."""
    row = session.one(sql, *values)
    assert row is not None  # noqa: S101 - an aggregate without GROUP BY has exactly one row
    return row[0]
