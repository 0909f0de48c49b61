"""Reminders: dates of agreements that an actor is to be told of ahead."""

from datetime import datetime

from node.core.entries import render_instant
from node.core.notices import NoticeKind
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("reminders", TableKind.KEPT),)


@dataclass(frozen=True, slots=True)
class ReminderRow:
    """One date of an agreement (its id), and when its owner is told of it."""

    actor: str
    kind: NoticeKind
    agreement: str
    due_at: datetime


_REMINDERS = Table(ReminderRow, "reminders", key=("actor", "kind", "agreement"))


def save_reminder(session: Session, row: ReminderRow) -> None:
    """Set when an actor is reminded of something."""
    _REMINDERS.save(session, row)


def drop_reminder(session: Session, row: ReminderRow) -> None:
    """Drop a reminder that has been taken up."""
    statement = "DELETE FROM reminders WHERE actor = ? AND kind = ? AND agreement = ?"
    session.run(statement, row.actor, str(row.kind), row.agreement)


def due_reminders(session: Session, now: datetime, *, limit: int) -> list[ReminderRow]:
    """Return what any actor is to be reminded of by now, the longest overdue first."""
    return _REMINDERS.all(session, "due_at <= ? ORDER BY due_at LIMIT ? + 0", render_instant(now), limit)


def next_reminder(session: Session) -> datetime | None:
    """Return when somebody is to be reminded of something next."""
    found = value(session, "SELECT min(due_at) FROM reminders")
    return None if found is None else datetime.fromisoformat(found)
