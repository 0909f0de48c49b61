"""The four kinds of tables: what a rebuild, an export, a restore and an erasure do with each.

Every module of tables declares its own as `TABLES`. A table of no kind does not exist, and a fifth kind
neither. A tally, which triggers keep of another table, is of that table's kind, as an index is.
"""

from enum import StrEnum

from protocol.values import dataclass


class TableKind(StrEnum):
    """Where a table's rows come from and how long they must last."""

    PROJECTION = "projection"
    """Follows from the journal: a rebuild empties and fills it, an export leaves it out."""

    KEPT = "kept"
    """Follows from nothing else and must last, as the journal itself: exported, restored, never emptied."""

    PAYLOAD = "payload"
    """Bytes under their SHA-256 that the journal names and that may be erased."""

    FORGETTABLE = "forgettable"
    """Bounded, and of no consequence when it is lost."""


@dataclass(frozen=True, slots=True)
class Declared:
    """A table and its kind."""

    name: str
    kind: TableKind
