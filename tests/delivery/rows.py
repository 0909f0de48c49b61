"""Deliveries as the services would queue them."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

import orjson

from node.core.entries import Direction, Entry
from node.storage import journal
from node.storage.deliveries import DeliveryRow, DeliveryState, queue_delivery
from node.storage.origins import origin_of
from node.storage.session import Session
from node.storage.sqlite.connections import connect
from node.storage.sqlite.database import SqliteStore
from protocol.strictjson import Document
from tests.delivery.conftest import HOME, START

T = TypeVar("T")

ALICE = f"{HOME}/actors/alice"


def see(store: SqliteStore, work: Callable[[Session], T]) -> T:
    """Look into a store's file from outside, at once."""
    with connect(store._path, read_only=True) as session:
        return work(session)


def make_row(
    id: str,
    recipient: str,
    *,
    entry: int = 1,
    inbox: str | None = None,
    attempts: int = 0,
    at: datetime = START,
) -> DeliveryRow:
    """Make a delivery of alice's activity number `entry`; its inbox is the recipient's own."""
    inbox = f"{recipient}/inbox" if inbox is None else inbox
    return DeliveryRow(
        id=id,
        actor=ALICE,
        activity=f"{HOME}/activities/{entry}",
        entry=entry,
        recipient=recipient,
        inbox=inbox,
        origin=origin_of(inbox or recipient),
        state=DeliveryState.QUEUED,
        attempts=attempts,
        due_at=at,
        last_status=None,
        last_error=None,
        created_at=at,
        settled_at=None,
    )


def queue(
    db: Session,
    recipients: Sequence[str],
    *,
    at: datetime = START,
    inbox: str | None = None,
    **members: object,
) -> list[str]:
    """Record an activity and queue it for its recipients, as one write of a service does; return the ids."""
    number = journal.last_number(db) + 1
    activity: Document = {"id": f"{HOME}/activities/{number}", "type": "Note", "actor": ALICE, **members}
    activity.setdefault("to", list(recipients))
    body = orjson.dumps(activity)
    entry = Entry(at=at, direction=Direction.OUT, kind="note", actor=ALICE, subject=activity["id"], body=body)
    number = journal.append(db, entry)
    ids = [f"dlv_{number}_{count}" for count in range(len(recipients))]
    for id, recipient in zip(ids, recipients, strict=True):
        queue_delivery(db, make_row(id, recipient, entry=number, at=at, inbox=inbox))
    return ids
