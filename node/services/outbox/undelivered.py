"""Undelivered: the owner is told that something does not arrive, or will not."""

from datetime import datetime

from node.core.entries import render_instant
from node.core.notices import NoticeKind
from node.services.notices.noting import Occasion, note
from node.storage.deliveries import DeliveryRow
from node.storage.session import Session


def tell(session: Session, row: DeliveryRow, *, now: datetime) -> None:
    """Note that a delivery does not arrive. Call inside a write."""
    event = f"delivery:{row.id}:{render_instant(now)}"
    kind = NoticeKind.UNDELIVERED
    note(session, row.actor, Occasion(kind=kind, event=event, at=now, about=row.id, peer=row.recipient))
