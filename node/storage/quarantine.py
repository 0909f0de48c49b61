"""Quarantine: offers that were in order and too many of their origin, or about one intention.

Kept until the owner lets them in or drops them. Bounded: of one origin, and in all, the oldest goes where
another comes, and it is the most crowded origin that gives way.
"""

from datetime import datetime
from typing import Final

from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Page, Table
from protocol.values import dataclass

TABLES = (Declared("quarantine", TableKind.KEPT),)

LIMIT: Final = 200  # moves of 128 KiB at most: 25 MB
LIMIT_PER_ORIGIN: Final = 50


@dataclass(frozen=True, slots=True)
class QuarantinedRow:
    """An offer (`activity`, its IRI) as it came, with the peer (its id) and the key that proved it."""

    id: str
    actor: str
    activity: str
    peer: str
    origin: str
    intention: str
    currency: str
    raw: bytes
    digest: str
    key_id: str
    key: str
    at: datetime


_QUARANTINE = Table(QuarantinedRow, "quarantine", key=("actor", "id"))
_OLDEST = "SELECT id FROM quarantine WHERE actor = ? AND origin = ? ORDER BY at LIMIT 1"
_CROWDED = "SELECT origin FROM quarantine WHERE actor = ? GROUP BY origin ORDER BY count(*) DESC LIMIT 1"


def add_quarantined(session: Session, row: QuarantinedRow) -> None:
    """Keep an offer apart; the oldest beyond a limit goes."""
    _QUARANTINE.insert(session, row)
    if count_quarantined(session, row.actor, origin=row.origin) > LIMIT_PER_ORIGIN:
        _drop_oldest(session, row.actor, row.origin)
    if count_quarantined(session, row.actor) > LIMIT:
        _drop_oldest(session, row.actor, str(value(session, _CROWDED, row.actor)))


def _drop_oldest(session: Session, actor: str, origin: str) -> None:
    delete_quarantined(session, actor, str(value(session, _OLDEST, actor, origin)))


def count_quarantined(session: Session, actor: str | None = None, *, origin: str | None = None) -> int:
    """Count what is kept apart: for all actors, or for one, of one origin if given."""
    if actor is None:
        return int(value(session, "SELECT count(*) FROM quarantine"))
    if origin is None:
        return int(value(session, "SELECT count(*) FROM quarantine WHERE actor = ?", actor))
    statement = "SELECT count(*) FROM quarantine WHERE actor = ? AND origin = ?"
    return int(value(session, statement, actor, origin))


def has_quarantined(session: Session, actor: str, *, origin: str, intention: str) -> bool:
    """Tell whether something of an origin about an intention (its IRI) is kept apart."""
    statement = "SELECT 1 FROM quarantine WHERE actor = ? AND origin = ? AND intention = ? LIMIT 1"
    return session.one(statement, actor, origin, intention) is not None


def load_quarantined(session: Session, actor: str, id: str) -> QuarantinedRow | None:
    """Return what is kept apart under an id."""
    return _QUARANTINE.load(session, actor, id)


def load_quarantined_by_activity(session: Session, actor: str, activity: str) -> QuarantinedRow | None:
    """Return the offer with this IRI, if it is kept apart."""
    return _QUARANTINE.first(session, "actor = ? AND activity = ?", actor, activity)


def list_quarantined(
    session: Session, actor: str, *, cursor: str | None = None, limit: int = 50
) -> Page[QuarantinedRow]:
    """List what is kept apart for an actor, newest first."""
    return _QUARANTINE.page(session, {"actor": actor}, newest="at", cursor=cursor, limit=limit)


def delete_quarantined_of(session: Session, actor: str, peer: str) -> int:
    """Drop all of a peer (its id) that is kept apart; return how much it was."""
    return session.run("DELETE FROM quarantine WHERE actor = ? AND peer = ?", actor, peer)


def delete_quarantined(session: Session, actor: str, id: str) -> bool:
    """Drop what is kept apart under an id; tell whether there was such a thing."""
    return session.run("DELETE FROM quarantine WHERE actor = ? AND id = ?", actor, id) > 0
