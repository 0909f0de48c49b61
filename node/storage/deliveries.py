"""Deliveries: every activity on its way to a recipient.

Rules: per (actor, recipient) deliveries go out in order, so only the oldest unsettled one is ever due; an
origin whose circuit is open holds back all of its deliveries. A settled delivery stays on record with how it
ended. A delivery names the peer, whose address is looked up whenever it is read. What is held so that it can
be undone does not leave before the time that was shown, whatever makes all else due; only by hand.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Final

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.origins import origin_of
from node.storage.session import Session
from node.storage.tables import MARKS, Page, Table, chunks
from protocol.values import dataclass

TABLES = (Declared("deliveries", TableKind.KEPT),)

ACTIVITY = "activity"
"""The envelope that ActivityPub knows: an activity, posted to an inbox with an HTTP signature."""

CONCLUSION = "conclusion"
"""The same for an acceptance that concludes its agreement once it has arrived."""

NEWS: Final = "deliveries"
"""What is told when a delivery has been queued, or has made way for the next in its line."""
MOVED: Final = "deliveries moved"
"""What is told when one has arrived, has come to its end, or is tried later than was said."""


class DeliveryState(StrEnum):
    """Where a delivery stands; all but `QUEUED` are settled."""

    QUEUED = "queued"
    DELIVERED = "delivered"
    REFUSED = "refused"
    GONE = "gone"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class DeliveryRow:
    """One activity for one recipient, a peer by its id; `entry` is its number in the journal.

    `inbox` is empty until the recipient's document has been read; `origin` is then that of its address.
    `envelope` names the kind of envelope it goes in; what goes to no peer has an address for its recipient.
    `attempts` are those whose end is on record; `tried` says that one was begun, so that it may have arrived.
    What waits `aside` lets pass what comes after it until it is tried again; if it was not `tried`, it was
    certainly not taken.
    `held_until` is until when it is kept from leaving. `behind`, which the table keeps itself, says that
    another of its line comes before it.
    `address` is where the recipient is now, and not written.
    """

    id: str
    actor: str
    activity: str
    entry: int
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
    envelope: str = ACTIVITY
    tried: bool = False
    aside: bool = False
    held_until: datetime | None = None
    behind: bool = False
    address: str = ""


_ADDRESS = (
    "coalesce((SELECT peers.address FROM peers WHERE peers.actor = deliveries.actor "
    "AND peers.id = deliveries.recipient), deliveries.recipient)"
)
DELIVERIES = Table(DeliveryRow, "deliveries", key=("id",), looked_up=_ADDRESS)

_SETTLE = (
    "UPDATE deliveries SET state = ?, settled_at = ?, last_status = ?, last_error = ?, "
    "attempts = attempts + ? WHERE state = 'queued' AND"
)
# A queued delivery is first in line if no queued one of the same actor and recipient comes before it, nor one
# that a fan-out has still to queue for the recipient. Most of what is not is told by `behind`, which the
# table's triggers keep, so that a line which waits is not read.
_FIRST_IN_LINE = (
    "state = 'queued' AND behind = 0 AND NOT EXISTS (SELECT 1 FROM deliveries AS earlier "
    "WHERE earlier.state = 'queued' AND earlier.aside = 0 "
    "AND earlier.actor = deliveries.actor AND earlier.recipient = deliveries.recipient "
    "AND (earlier.entry, earlier.id) < (deliveries.entry, deliveries.id)) "
    "AND NOT EXISTS (SELECT 1 FROM fanouts WHERE fanouts.actor = deliveries.actor "
    "AND fanouts.entry < deliveries.entry AND fanouts.reached < deliveries.recipient)"
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
    DELIVERIES.insert(session, delivery)
    session.tell(NEWS)


def load_delivery(session: Session, id: str) -> DeliveryRow | None:
    """Return a delivery by id."""
    return DELIVERIES.load(session, id)


def still_waiting(session: Session, rows: Sequence[DeliveryRow]) -> set[str]:
    """Return the ids of those that are queued as they were read: not settled, tried or moved since."""
    statement = f"SELECT id, attempts, {_ADDRESS} FROM deliveries WHERE state = 'queued' AND id IN {MARKS}"
    queued = {found for chunk in chunks(row.id for row in rows) for found in session.all(statement, *chunk)}
    return {row.id for row in rows if (row.id, row.attempts, row.address) in queued}


def mark_tried(session: Session, ids: Iterable[str]) -> None:
    """Put on record, before anything is sent, that attempts of these deliveries are begun."""
    for chunk in chunks(ids):
        session.run(
            f"UPDATE deliveries SET tried = 1, aside = 0 WHERE state = 'queued' AND id IN {MARKS}", *chunk
        )


def deliveries_of(session: Session, actor: str, activities: Collection[str]) -> list[DeliveryRow]:
    """Return how these activities (IRIs) of an actor stand on their way, to whomever they go."""
    return DELIVERIES.among(session, "activity", activities, actor=actor)


def is_queued(session: Session, actor: str, activity: str) -> bool:
    """Tell whether an actor's activity is still on its way to anybody."""
    statement = "SELECT 1 FROM deliveries WHERE actor = ? AND activity = ? AND state = 'queued' LIMIT 1"
    return session.one(statement, actor, activity) is not None


def due_deliveries(session: Session, now: datetime, *, limit: int = 100) -> list[DeliveryRow]:
    """Return what can be sent now, the longest due first: at most one per (actor, recipient)."""
    instant = render_instant(now)
    condition = f"due_at <= ? AND {_FIRST_IN_LINE} AND {_CIRCUIT_CLOSED} ORDER BY due_at, entry LIMIT ? + 0"
    return DELIVERIES.all(session, condition, instant, instant, limit)


def next_due(session: Session, now: datetime) -> datetime | None:
    """Return when something may be sendable that is not yet: the next delivery's time, or an origin's return.

    Both are found by an index, however much waits. At that moment there may be nothing after all, as when a
    delivery falls due whose origin rests longer; then ask again.
    """
    instant = render_instant(now)
    due = session.one(
        f"SELECT due_at FROM deliveries WHERE due_at > ? AND {_FIRST_IN_LINE} ORDER BY due_at LIMIT 1",
        instant,
    )
    back = session.one(
        "SELECT open_until FROM origins WHERE open_until > ? AND EXISTS (SELECT 1 FROM deliveries "
        "WHERE deliveries.origin = origins.origin AND state = 'queued') ORDER BY open_until LIMIT 1",
        instant,
    )
    moments = [datetime.fromisoformat(row[0]) for row in (due, back) if row is not None]
    return min(moments, default=None)


def settle_delivery(
    session: Session,
    id: str,
    state: DeliveryState,
    *,
    at: datetime,
    status: int | None = None,
    error: str | None = None,
    attempted: bool = True,
) -> bool:
    """Close a queued delivery as `state`, after an attempt or without; tell whether it was still queued."""
    closed = (str(state), render_instant(at), status, error, int(attempted))
    settled = session.run(f"{_SETTLE} id = ?", *closed, id) > 0
    if settled:
        session.tell(NEWS)
        session.tell(MOVED)
    return settled


def settle_delivered(session: Session, ids: Iterable[str], *, at: datetime, status: int) -> None:
    """Close those of many deliveries that are queued as delivered, with one status."""
    delivered = (str(DeliveryState.DELIVERED), render_instant(at), status, None, 1)
    for chunk in chunks(ids):
        session.run(f"{_SETTLE} id IN {MARKS}", *delivered, *chunk)
    session.tell(MOVED)


def cancel_activities(
    session: Session, actor: str, recipient: str, activities: Collection[str], *, at: datetime, error: str
) -> None:
    """Send no more what of these activities (IRIs) is still queued for a recipient."""
    cancelled = (str(DeliveryState.CANCELLED), render_instant(at), None, error, 0)
    statement = f"{_SETTLE} actor = ? AND activity = ? AND recipient = ?"
    for activity in activities:
        if session.run(statement, *cancelled, actor, activity, recipient):
            session.tell(NEWS)
            session.tell(MOVED)


def hold_delivery(session: Session, id: str, *, until: datetime) -> None:
    """Keep a delivery that is queued from leaving before then."""
    statement = "UPDATE deliveries SET due_at = ?, held_until = ? WHERE id = ? AND state = 'queued'"
    session.run(statement, render_instant(until), render_instant(until), id)


def postpone_delivery(
    session: Session,
    id: str,
    *,
    due_at: datetime,
    status: int | None = None,
    error: str | None = None,
    aside: bool = False,
) -> bool:
    """Count a failed attempt and say when the next is due; tell whether the delivery was still queued.

    What is put aside makes way for what comes after it, and has never been taken.
    """
    statement = (
        "UPDATE deliveries SET due_at = ?, last_status = ?, last_error = ?, attempts = attempts + 1, "
        f"aside = ?{', tried = 0' if aside else ''} WHERE id = ? AND state = 'queued'"
    )
    postponed = session.run(statement, render_instant(due_at), status, error, int(aside), id) > 0
    session.tell(MOVED)
    if postponed and aside:
        session.tell(NEWS)
    return postponed


def keep_trying(session: Session, id: str, *, due_at: datetime) -> None:
    """Send again what was waiting, was refused or given up, and until then let pass what comes after it."""
    statement = (
        "UPDATE deliveries SET state = 'queued', due_at = ?, settled_at = NULL, aside = 1 "
        "WHERE id = ? AND state IN ('queued', 'refused', 'gone')"
    )
    if session.run(statement, render_instant(due_at), id):
        session.tell(NEWS)
        session.tell(MOVED)


def load_aside(session: Session, actor: str, activity: str) -> DeliveryRow | None:
    """Return the delivery of an actor's activity (IRI) that waits aside; None if none does."""
    condition = "actor = ? AND activity = ? AND state = 'queued' AND aside = 1"
    return DELIVERIES.first(session, condition, actor, activity)


def has_aside(session: Session, actor: str, recipient: str) -> bool:
    """Tell whether anything of an actor's waits aside for a recipient."""
    statement = (
        "SELECT 1 FROM deliveries WHERE actor = ? AND recipient = ? AND state = 'queued' AND aside = 1"
    )
    return session.one(f"{statement} LIMIT 1", actor, recipient) is not None


def call_in(session: Session, actor: str, recipient: str, *, now: datetime) -> None:
    """Make due what waits aside for a recipient."""
    condition = "actor = ? AND recipient = ? AND state = 'queued' AND aside = 1"
    instant = render_instant(now)
    if session.run(f"UPDATE deliveries SET due_at = ? WHERE {condition}", instant, actor, recipient):
        session.tell(NEWS)
        session.tell(MOVED)


def first_in_line(session: Session, actor: str, recipient: str) -> str | None:
    """Return the id of what goes first of all that an actor has queued for a recipient; None for nothing."""
    condition = "actor = ? AND recipient = ? AND state = 'queued' AND aside = 0 ORDER BY entry, id LIMIT 1"
    row = session.one(f"SELECT id FROM deliveries WHERE {condition}", actor, recipient)
    return None if row is None else str(row[0])


def notices_behind(session: Session, row: DeliveryRow) -> list[DeliveryRow]:
    """Return the notices that count and wait because another one of their line has not got through."""
    is_notice = (
        "EXISTS (SELECT 1 FROM moves WHERE moves.actor = deliveries.actor "
        "AND moves.iri = deliveries.activity AND moves.event = 'leave' AND moves.status = 'applied')"
    )
    condition = f"actor = ? AND recipient = ? AND state = 'queued' AND +behind = 1 AND {is_notice}"
    return DELIVERIES.all(session, f"{condition} ORDER BY entry, id", row.actor, row.recipient)


def queued_for(session: Session, actor: str, recipient: str) -> list[DeliveryRow]:
    """Return what an actor has queued for a recipient, the last first: what builds on it comes before it."""
    condition = "actor = ? AND recipient = ? AND state = 'queued' ORDER BY entry DESC, id DESC"
    return DELIVERIES.all(session, condition, actor, recipient)


def queued_to_inbox(session: Session, inbox: str) -> list[DeliveryRow]:
    """Return everything queued for an inbox, in order."""
    return DELIVERIES.all(session, "inbox = ? AND state = 'queued' ORDER BY entry, id", inbox)


def queued_to_recipient(session: Session, recipient: str) -> list[DeliveryRow]:
    """Return everything queued for a recipient, in order."""
    return DELIVERIES.all(session, "recipient = ? AND state = 'queued' ORDER BY actor, entry, id", recipient)


def readdress_deliveries(session: Session, recipient: str, *, address: str, inbox: str) -> int:
    """Send what is queued for a recipient to its present inbox; return how many had another one.

    The inbox is that of an address: nothing is changed if the recipient is not there any more.
    """
    statement = (
        "UPDATE deliveries SET inbox = ?, origin = ? "
        f"WHERE recipient = ? AND inbox <> ? AND state = 'queued' AND {_ADDRESS} = ?"
    )
    return session.run(statement, inbox, origin_of(inbox), recipient, inbox, address)


def requeue_delivery(session: Session, id: str, *, now: datetime) -> bool:
    """Make a delivery due at once that is waiting, was refused, or found its inbox gone; tell whether it was.

    What was delivered or cancelled stays so, and nothing holds it any longer.
    """
    statement = (
        "UPDATE deliveries SET state = 'queued', due_at = ?, held_until = NULL, settled_at = NULL "
        "WHERE id = ? AND state IN ('queued', 'refused', 'gone')"
    )
    due = session.run(statement, render_instant(now), id) > 0
    if due:
        session.tell(NEWS)
    return due


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
    return DELIVERIES.page(session, wanted, newest="created_at", cursor=cursor, limit=limit)


def trim_deliveries(session: Session, *, before: datetime, limit: int) -> int:
    """Forget the longest settled deliveries, up to a limit, if that was before then; return how many.

    What tells that the other end never took a move stays while its negotiation goes on.
    """
    needed = (
        "SELECT 1 FROM moves JOIN offers ON offers.actor = moves.actor AND offers.id = moves.offer "
        "WHERE moves.actor = old.actor AND moves.iri = old.activity "
        "AND offers.state IN ('offered', 'countered', 'accepted')"
    )
    statement = (
        "DELETE FROM deliveries WHERE id IN (SELECT old.id FROM deliveries AS old "
        "WHERE old.settled_at IS NOT NULL AND old.settled_at < ? "
        f"AND (old.state = 'delivered' OR NOT EXISTS ({needed})) ORDER BY old.settled_at LIMIT ? + 0)"
    )
    return session.run(statement, render_instant(before), limit)
