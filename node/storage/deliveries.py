"""Deliveries: every activity on its way to a recipient, and the health of the origins it goes to.

Rules: per (actor, recipient) deliveries go out in order, so only the oldest unsettled one is ever due; an
origin whose circuit is open holds back all of its deliveries. A settled delivery stays on record with how it
ended.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from node.core.entries import render_instant
from node.storage.session import Session, value
from node.storage.tables import Page, Table
from protocol import iris


class DeliveryState(StrEnum):
    """Where a delivery stands; all but `QUEUED` are settled."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GONE = "gone"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One activity for one recipient; `sequence` is its place in the journal.

    `inbox` is empty until the recipient's document has been read; `origin` is then the recipient's.
    """

    id: str
    actor: str
    activity: str
    sequence: int
    recipient: str
    inbox: str
    origin: str
    state: DeliveryState
    attempts: int
    due_at: datetime
    last_status: int | None
    last_error: str | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class OriginRow:
    """What is known of an origin: the signature scheme it took last, failures in a row, its circuit."""

    origin: str
    scheme: str | None
    failures: int
    open_until: datetime | None
    updated_at: datetime


_DELIVERIES = Table(DeliveryRow, "deliveries", key=("id",))
_ORIGINS = Table(OriginRow, "origins", key=("origin",))

# A queued delivery is first in line if no queued one of the same actor and recipient comes before it, nor one
# that a fan-out has still to queue for the recipient.
_FIRST_IN_LINE = (
    "state = 'queued' AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier WHERE earlier.state = 'queued' "
    "AND earlier.actor = deliveries.actor AND earlier.recipient = deliveries.recipient "
    "AND (earlier.sequence, earlier.id) < (deliveries.sequence, deliveries.id)) "
    "AND NOT EXISTS (SELECT 1 FROM fanouts WHERE fanouts.actor = deliveries.actor "
    "AND fanouts.sequence < deliveries.sequence AND fanouts.reached < deliveries.recipient)"
)
_CIRCUIT_CLOSED = (
    "NOT EXISTS (SELECT 1 FROM origins WHERE origins.origin = deliveries.origin AND origins.open_until > ?)"
)

# Counts are kept by the tables' own triggers; a state that nothing is in has none.
_COUNT = "SELECT state, count FROM deliveries_tally WHERE actor = ? AND count > 0"
_COUNT_ALL = "SELECT state, sum(count) FROM deliveries_tally WHERE count > 0 GROUP BY state"


def queue_delivery(session: Session, delivery: DeliveryRow) -> None:
    """Add a delivery.

    Raises: Taken if the activity is already on its way to the recipient.
    """
    _DELIVERIES.insert(session, delivery)


def load_delivery(session: Session, id: str) -> DeliveryRow | None:
    """Return a delivery by id."""
    return _DELIVERIES.load(session, id)


def load_delivery_of(session: Session, actor: str, activity: str, recipient: str) -> DeliveryRow | None:
    """Return how an actor's activity stands on its way to a recipient."""
    return _DELIVERIES.first(
        session, "actor = ? AND activity = ? AND recipient = ?", actor, activity, recipient
    )


def due_deliveries(session: Session, now: datetime, *, limit: int = 100) -> list[DeliveryRow]:
    """Return what can be sent now, the longest due first: at most one per (actor, recipient)."""
    instant = render_instant(now)
    condition = f"due_at <= ? AND {_FIRST_IN_LINE} AND {_CIRCUIT_CLOSED} ORDER BY due_at, sequence LIMIT ?"
    return _DELIVERIES.all(session, condition, instant, instant, limit)


def next_due(session: Session) -> datetime | None:
    """Return when something can be sent next: an instant in the past if it can be sent already."""
    statement = (
        "SELECT min(CASE WHEN origins.open_until > due_at THEN origins.open_until ELSE due_at END) "
        f"FROM deliveries LEFT JOIN origins ON origins.origin = deliveries.origin WHERE {_FIRST_IN_LINE}"
    )
    due = value(session, statement)
    return None if due is None else datetime.fromisoformat(due)


def settle_delivery(
    session: Session,
    id: str,
    state: DeliveryState,
    *,
    at: datetime,
    status: int | None = None,
    error: str | None = None,
) -> bool:
    """Close a queued delivery as `state`; tell whether it was still queued."""
    statement = (
        "UPDATE deliveries SET state = ?, settled_at = ?, last_status = ?, last_error = ?, "
        "attempts = attempts + 1 WHERE id = ? AND state = 'queued'"
    )
    return session.run(statement, str(state), render_instant(at), status, error, id) > 0


def postpone_delivery(
    session: Session, id: str, *, due_at: datetime, status: int | None = None, error: str | None = None
) -> bool:
    """Count a failed attempt and say when the next is due; tell whether the delivery was still queued."""
    statement = (
        "UPDATE deliveries SET due_at = ?, last_status = ?, last_error = ?, attempts = attempts + 1 "
        "WHERE id = ? AND state = 'queued'"
    )
    return session.run(statement, render_instant(due_at), status, error, id) > 0


def cancel_deliveries(session: Session, actor: str, recipient: str, *, at: datetime) -> int:
    """Close unsent what an actor has queued for a recipient, as for a blocked peer; return how many."""
    statement = (
        "UPDATE deliveries SET state = 'cancelled', settled_at = ? "
        "WHERE actor = ? AND recipient = ? AND state = 'queued'"
    )
    return session.run(statement, render_instant(at), actor, recipient)


def queued_for(session: Session, actor: str, recipient: str) -> list[DeliveryRow]:
    """Return what an actor has queued for a recipient, the last first: what builds on it comes before it."""
    condition = "actor = ? AND recipient = ? AND state = 'queued' ORDER BY sequence DESC, id DESC"
    return _DELIVERIES.all(session, condition, actor, recipient)


def queued_to_inbox(session: Session, inbox: str) -> list[DeliveryRow]:
    """Return everything queued for an inbox, in order."""
    return _DELIVERIES.all(session, "inbox = ? AND state = 'queued' ORDER BY sequence, id", inbox)


def abandon_inbox(session: Session, inbox: str, *, at: datetime, status: int, error: str) -> int:
    """Close every queued delivery to an inbox that is gone (404, 410); return how many."""
    statement = (
        "UPDATE deliveries SET state = 'gone', settled_at = ?, last_status = ?, last_error = ? "
        "WHERE inbox = ? AND state = 'queued'"
    )
    return session.run(statement, render_instant(at), status, error, inbox)


def readdress_deliveries(session: Session, recipient: str, *, inbox: str) -> int:
    """Send what is queued for a recipient to its present inbox; return how many had another one."""
    statement = (
        "UPDATE deliveries SET inbox = ?, origin = ? WHERE recipient = ? AND inbox <> ? AND state = 'queued'"
    )
    return session.run(statement, inbox, origin_of(inbox), recipient, inbox)


def requeue_delivery(session: Session, id: str, *, now: datetime) -> bool:
    """Make a delivery due at once that is waiting, was refused, or found its inbox gone; tell whether it was.

    What was delivered or cancelled stays so.
    """
    statement = (
        "UPDATE deliveries SET state = 'queued', due_at = ?, settled_at = NULL "
        "WHERE id = ? AND state IN ('queued', 'refused', 'gone')"
    )
    return session.run(statement, render_instant(now), id) > 0


def count_deliveries(session: Session, actor: str | None = None) -> dict[str, int]:
    """Count deliveries by state, of one actor or of all."""
    if actor is None:
        return dict(session.all(_COUNT_ALL))
    return dict(session.all(_COUNT, actor))


def list_deliveries(
    session: Session,
    actor: str,
    *,
    state: DeliveryState | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[DeliveryRow]:
    """List an actor's deliveries, newest first."""
    wanted = {"actor": actor, "state": state or tuple(DeliveryState)}
    return _DELIVERIES.page(session, wanted, newest="created_at", cursor=cursor, limit=limit)


def trim_deliveries(session: Session, *, before: datetime, limit: int) -> int:
    """Forget the longest settled deliveries, up to a limit, if that was before then; return how many."""
    statement = (
        "DELETE FROM deliveries WHERE id IN (SELECT id FROM deliveries "
        "WHERE settled_at IS NOT NULL AND settled_at < ? ORDER BY settled_at LIMIT ?)"
    )
    return session.run(statement, render_instant(before), limit)


def origin_of(inbox: str) -> str:
    """Name the origin an inbox belongs to, as `origins` is keyed: "https://shop.example".

    Raises: Unprocessable if the inbox is not an IRI.
    """
    return str(iris.origin(inbox))


def load_origin(session: Session, origin: str) -> OriginRow | None:
    """Return what is known of an origin."""
    return _ORIGINS.load(session, origin)


def save_origin(session: Session, origin: OriginRow) -> None:
    """Remember how an origin behaved.

    Opening its circuit puts off what is queued for it until the circuit's end, so that the backlog of a dead
    origin is not searched each time something is due; closing the circuit makes that due at once.
    """
    known = load_origin(session, origin.origin)
    _ORIGINS.save(session, origin)
    queued = "origin = ? AND state = 'queued'"
    if origin.open_until is not None:
        until = render_instant(origin.open_until)
        statement = f"UPDATE deliveries SET due_at = ? WHERE {queued} AND due_at < ?"
        session.run(statement, until, origin.origin, until)
    elif known is not None and known.open_until is not None:
        now = render_instant(origin.updated_at)
        statement = f"UPDATE deliveries SET due_at = ? WHERE {queued} AND due_at > ?"
        session.run(statement, now, origin.origin, now)


def forget_origins(session: Session, *, before: datetime) -> int:
    """Drop origins not heard of since `before` and with nothing queued; return how many."""
    statement = (
        "DELETE FROM origins WHERE updated_at < ? AND NOT EXISTS "
        "(SELECT 1 FROM deliveries WHERE deliveries.origin = origins.origin AND deliveries.state = 'queued')"
    )
    return session.run(statement, render_instant(before))
