"""A change of the schema that a noun brings."""

from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class Migration:
    """Statements under a name that is never used again; once released neither changes.

    Plain SQL: each engine runs them as they stand.
    """

    name: str
    statements: tuple[str, ...]
