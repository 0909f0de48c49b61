"""Origins: how the servers that things go to behaved last, and what that does to what waits for them.

Rule: an origin whose circuit is open holds back all of its deliveries (`node.storage.deliveries`).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol import iris
from protocol.values import dataclass

RESUMED: Final = "origins resumed"
"""What is told when an origin's rest was ended by hand."""

TABLES = (Declared("origins", TableKind.FORGETTABLE),)


@dataclass(frozen=True, slots=True)
class OriginRow:
    """What is known of an origin: the signature scheme it took last, failures in a row, its circuit."""

    origin: str
    scheme: str | None
    failures: int
    open_until: datetime | None
    updated_at: datetime


_ORIGINS = Table(OriginRow, "origins", key=("origin",))


def origin_of(inbox: str) -> str:
    """Name the origin an inbox belongs to, as `origins` is keyed: "https://shop.example".

    Raises: Unprocessable if the inbox is not an IRI.
    """
    return str(iris.origin(inbox))


def load_origin(session: Session, origin: str) -> OriginRow | None:
    """Return what is known of an origin."""
    return _ORIGINS.load(session, origin)


def load_origins(session: Session, origins: Iterable[str]) -> dict[str, OriginRow]:
    """Return what is known of origins, those that anything is known of."""
    return {row.origin: row for row in _ORIGINS.among(session, "origin", origins)}


def save_origin(session: Session, origin: OriginRow) -> None:
    """Remember how an origin behaved.

    Opening its circuit puts off what is queued for it until the circuit's end, so that the backlog of a dead
    origin is not searched each time something is due; closing the circuit makes that due at once. What was
    never tried and is held until a later time, so that it can be undone, is left alone by both.
    """
    known = load_origin(session, origin.origin)
    _ORIGINS.save(session, origin)
    queued, now = "origin = ? AND state = 'queued'", render_instant(origin.updated_at)
    if origin.open_until is not None:
        until = render_instant(origin.open_until)
        waits = "due_at < ? AND (attempts > 0 OR due_at <= ?)"
        session.run(
            f"UPDATE deliveries SET due_at = ? WHERE {queued} AND {waits}", until, origin.origin, until, now
        )
    elif known is not None and known.open_until is not None:
        was_until = render_instant(known.open_until)
        waits = "due_at > ? AND (attempts > 0 OR due_at = ?)"
        session.run(
            f"UPDATE deliveries SET due_at = ? WHERE {queued} AND {waits}", now, origin.origin, now, was_until
        )


def end_rest(session: Session, origin: str, *, now: datetime) -> None:
    """Let an origin that rests be asked again from now on, with a single probe."""
    instant = render_instant(now)
    statement = "UPDATE origins SET open_until = ? WHERE origin = ? AND open_until > ?"
    if session.run(statement, instant, origin, instant):
        session.tell(RESUMED)


def forget_origins(session: Session, *, before: datetime) -> int:
    """Drop origins not heard of since `before` and with nothing queued; return how many."""
    statement = (
        "DELETE FROM origins WHERE updated_at < ? AND NOT EXISTS "
        "(SELECT 1 FROM deliveries WHERE deliveries.origin = origins.origin AND deliveries.state = 'queued')"
    )
    return session.run(statement, render_instant(before))
