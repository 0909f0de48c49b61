"""Editions of the file: a random name for the history that it holds, so that positions in another are told.

Rules: a file has an edition from its first start; whatever knows that it puts an older state in its place
begins another. A folder put back by hand begins none: that is seen by the chain's links, which positions
carry too. The heads at which an edition began are kept: up to there its history is that of the edition
before.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from node.storage.journal import chained_actors, head
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("editions", TableKind.KEPT),)


@dataclass(frozen=True, slots=True)
class EditionRow:
    """One edition; `heads` gives the place at which each actor's chain stood when it began."""

    number: int
    edition: str
    begun_at: datetime
    heads: dict[str, Any]


_EDITIONS = Table(EditionRow, "editions", key=("number",))


def begin_edition(session: Session, edition: str, *, at: datetime) -> EditionRow:
    """Begin an edition where the chains stand now. Call inside the write that changed the history.

    `edition` is a fresh random id.
    Raises: Taken if it is not.
    """
    number = value(session, "SELECT coalesce(max(number), 0) + 1 FROM editions")
    heads = {actor: head(session, actor).place for actor in chained_actors(session)}
    row = EditionRow(number, edition, at, heads)
    _EDITIONS.insert(session, row)
    return row


def current_edition(session: Session) -> str:
    """Return the edition that the file is in; empty before its first start has given it one."""
    found = session.one("SELECT edition FROM editions ORDER BY number DESC LIMIT 1")
    return "" if found is None else str(found[0])


def beginnings(session: Session) -> list[datetime]:
    """Return when each edition began, in order."""
    return [row.begun_at for row in _EDITIONS.all(session, "1 = 1 ORDER BY number")]


def common_place(session: Session, actor: str, edition: str, place: int) -> int:
    """Return up to which place an actor's history is the one that a position in another edition knew.

    That is where the edition after it began, if the position lies beyond; 0 for an edition not on record,
    whose history may have parted anywhere.
    """
    known = _EDITIONS.first(session, "edition = ?", edition)
    if known is None:
        return 0
    later = _EDITIONS.all(session, "number > ? ORDER BY number", known.number)
    heads: list[Mapping[str, Any]] = [row.heads for row in later]
    return min([place, *(int(each.get(actor, 0)) for each in heads)])
