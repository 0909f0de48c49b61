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
    """An offer (`activity`, its IRI) as it came, with the peer (its id) and the key that proved it.

    What came after it in its `negotiation` is here, too, and does not open that: another offer, or a message,
    which has the message's own address as `activity` and is proved by no key.
    """

    id: str
    actor: str
    activity: str
    peer: str
    origin: str
    intention: str
    negotiation: str
    opens: bool
    currency: str
    raw: bytes
    digest: str
    key_id: str
    key: str
    at: datetime


_QUARANTINE = Table(QuarantinedRow, "quarantine", key=("actor", "id"))
_OLDEST = "SELECT id FROM quarantine WHERE actor = ? AND origin = ? AND opens ORDER BY at LIMIT 1"
_CROWDED = (
    "SELECT origin FROM quarantine WHERE actor = ? AND opens GROUP BY origin ORDER BY count(*) DESC LIMIT 1"
)


def add_quarantined(session: Session, row: QuarantinedRow) -> None:
    """Keep an offer apart, or what came after it; the oldest offer beyond a limit goes."""
    _QUARANTINE.insert(session, row)
    if not row.opens:
        return
    if count_quarantined(session, row.actor, origin=row.origin) > LIMIT_PER_ORIGIN:
        _drop_oldest(session, row.actor, row.origin)
    if count_quarantined(session, row.actor) > LIMIT:
        _drop_oldest(session, row.actor, str(value(session, _CROWDED, row.actor)))


def _drop_oldest(session: Session, actor: str, origin: str) -> None:
    delete_quarantined(session, actor, str(value(session, _OLDEST, actor, origin)))


def count_quarantined(session: Session, actor: str | None = None, *, origin: str | None = None) -> int:
    """Count the offers that are kept apart: for all actors, or for one, of one origin if given."""
    if actor is None:
        return int(value(session, "SELECT count(*) FROM quarantine WHERE opens"))
    if origin is None:
        return int(value(session, "SELECT count(*) FROM quarantine WHERE actor = ? AND opens", actor))
    statement = "SELECT count(*) FROM quarantine WHERE actor = ? AND origin = ? AND opens"
    return int(value(session, statement, actor, origin))


def count_quarantined_of(
    session: Session, actor: str, peer: str, *, intention: str, besides: str
) -> tuple[int, int]:
    """Count the offers of a peer (its id) that are kept apart: in all, and about an intention (its IRI).

    `besides` is a negotiation (its IRI) that is not counted.
    """
    statement = (
        "SELECT count(*), coalesce(sum(intention = ?), 0) FROM quarantine "
        "WHERE actor = ? AND peer = ? AND opens AND negotiation <> ?"
    )
    found = session.one(statement, intention, actor, peer, besides)
    return (0, 0) if found is None else (int(found[0]), int(found[1]))


def has_quarantined(session: Session, actor: str, *, origin: str, intention: str) -> bool:
    """Tell whether something of an origin about an intention (its IRI) is kept apart."""
    statement = "SELECT 1 FROM quarantine WHERE actor = ? AND origin = ? AND intention = ? LIMIT 1"
    return session.one(statement, actor, origin, intention) is not None


def load_quarantined(session: Session, actor: str, id: str) -> QuarantinedRow | None:
    """Return what is kept apart under an id."""
    return _QUARANTINE.load(session, actor, id)


def holds_any(session: Session, actor: str) -> bool:
    """Tell whether anything is kept apart for an actor."""
    return bool(value(session, "SELECT EXISTS (SELECT 1 FROM quarantine WHERE actor = ?)", actor))


def load_quarantined_by_activity(session: Session, actor: str, activity: str) -> QuarantinedRow | None:
    """Return the offer, or the message, with this IRI, if it is kept apart."""
    return _QUARANTINE.first(session, "actor = ? AND activity = ?", actor, activity)


def quarantined_negotiation(session: Session, actor: str, negotiation: str) -> list[QuarantinedRow]:
    """Return what is kept apart of a negotiation (its IRI): the offer that opens it, and what came after."""
    return _QUARANTINE.all(session, "actor = ? AND negotiation = ? ORDER BY rowid", actor, negotiation)


def list_quarantined(
    session: Session, actor: str, *, cursor: str | None = None, limit: int = 50
) -> Page[QuarantinedRow]:
    """List the offers that are kept apart for an actor, newest first."""
    return _QUARANTINE.page(session, {"actor": actor, "opens": 1}, newest="at", cursor=cursor, limit=limit)


def delete_quarantined_of(session: Session, actor: str, peer: str) -> int:
    """Drop all of a peer (its id) that is kept apart; return how much it was."""
    return session.run("DELETE FROM quarantine WHERE actor = ? AND peer = ?", actor, peer)


def delete_quarantined(session: Session, actor: str, id: str) -> bool:
    """Drop the offer that is kept apart under an id, and what came after; tell whether there was one."""
    statement = (
        "DELETE FROM quarantine WHERE actor = ? AND negotiation = "
        "(SELECT negotiation FROM quarantine WHERE actor = ? AND id = ?)"
    )
    return session.run(statement, actor, actor, id) > 0


def delete_quarantined_message(session: Session, row: QuarantinedRow) -> None:
    """Drop a message that is kept apart, and nothing else of its negotiation."""
    session.run("DELETE FROM quarantine WHERE actor = ? AND id = ?", row.actor, row.id)
