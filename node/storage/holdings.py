"""Holdings: what a business holds of what it read under grants, and by when it has to go."""

from collections.abc import Collection
from datetime import datetime

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("holdings", TableKind.PROJECTION),)


@dataclass(frozen=True, slots=True)
class HoldingRow:
    """A field (IRI) that was read under a grant (its IRI): with which answer, when, and when it has to go.

    The value is with the entry (its number), until it is purged. `purge_due` is None while only the end of
    the agreement bounds it.
    """

    actor: str
    iri: str
    field: str
    serial: int
    entry: int
    obtained_at: datetime
    purge_due: datetime | None
    purged_at: datetime | None


_HOLDINGS = Table(HoldingRow, "holdings", key=("actor", "iri", "field"))


def save_holding(session: Session, row: HoldingRow) -> None:
    """Add what is held of a field, or replace it."""
    _HOLDINGS.save(session, row)


def load_holding(session: Session, actor: str, iri: str, field: str) -> HoldingRow | None:
    """Return what is held of a field under a grant."""
    return _HOLDINGS.load(session, actor, iri, field)


def holdings_of(session: Session, actor: str, iri: str) -> list[HoldingRow]:
    """Return all that was read under a grant, by field."""
    return _HOLDINGS.all(session, "actor = ? AND iri = ? ORDER BY field", actor, iri)


def holdings_among(session: Session, actor: str, iris: Collection[str]) -> list[HoldingRow]:
    """Return all that was read under some grants; in no order."""
    return _HOLDINGS.among(session, "iri", iris, actor=actor)


def delete_holding(session: Session, row: HoldingRow) -> None:
    """Drop a row: what it says is held under another grant now."""
    session.run(
        "DELETE FROM holdings WHERE actor = ? AND iri = ? AND field = ?", row.actor, row.iri, row.field
    )


def due_holdings(session: Session, now: datetime, *, limit: int = 100) -> list[HoldingRow]:
    """Return what has to go by now, the first due first."""
    condition = (
        "purged_at IS NULL AND purge_due IS NOT NULL AND purge_due <= ? "
        "ORDER BY purge_due, actor, iri, field LIMIT ? + 0"
    )
    return _HOLDINGS.all(session, condition, render_instant(now), limit)


def next_purge(session: Session) -> datetime | None:
    """Return when something has to go next."""
    statement = "SELECT min(purge_due) FROM holdings WHERE purged_at IS NULL AND purge_due IS NOT NULL"
    found = value(session, statement)
    return None if found is None else datetime.fromisoformat(found)
