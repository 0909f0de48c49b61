"""Reminding: dates of agreements, kept as they are agreed on, and told when they come near."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from node.core.notices import NoticeKind
from node.core.reminders import DATE_AHEAD, LAPSE_AHEAD, last_day, reminded_at
from node.services.acting import Acting, Residents
from node.services.ledger.chapters import Clock, Follower
from node.services.negotiations.concluding import CONCLUDED
from node.services.notices.noting import Occasion, note
from node.storage import agreements, reminders
from node.storage.agreements import AgreementRow, AgreementState
from node.storage.journal import Recorded
from node.storage.reminders import ReminderRow
from node.storage.session import Session
from protocol.agreements import read_agreement
from protocol.negotiation import Event

_STEP: Final = 100  # reminders in one write


def look(session: Session, _acting: Acting, recorded: Recorded) -> list[ReminderRow] | None:
    """Return what there is to be reminded of after an entry, as things stand now."""
    entry = recorded.entry
    row = agreements.load_agreement_by_offer(session, entry.actor, str(entry.decision.get("offer")))
    return None if row is None else _dates(row, entry.at) or None


def _dates(row: AgreementRow, since: datetime) -> list[ReminderRow]:
    if row.state is AgreementState.ACCEPTED:
        date, kind, ahead = row.holds_until, NoticeKind.LAPSING, LAPSE_AHEAD
    elif row.state is AgreementState.CONCLUDED:
        agreement = read_agreement(row.document, currency=row.currency)
        date, kind, ahead = last_day(agreement), NoticeKind.NOTICE_DAY, DATE_AHEAD
    else:
        return []
    due_at = None if date is None else reminded_at(date, since=since, ahead=ahead)
    return [] if due_at is None else [ReminderRow(row.actor, kind, row.id, due_at)]


def keep(session: Session, _acting: Acting, rows: Sequence[ReminderRow]) -> None:
    """Keep what there is to be reminded of."""
    for row in rows:
        reminders.save_reminder(session, row)


def _next_due(session: Session, _residents: Residents) -> datetime | None:
    return reminders.next_reminder(session)


def _remind(session: Session, _residents: Residents, now: datetime) -> bool:
    """Note what is due; the outbox tells it, if it is news by then."""
    rows = reminders.due_reminders(session, now, limit=_STEP)
    for row in rows:
        reminders.drop_reminder(session, row)
        agreement = agreements.load_agreement(session, row.actor, row.agreement)
        if agreement is not None:
            occasion = Occasion(
                kind=row.kind,
                event=f"{row.kind}:{row.agreement}",
                at=now,
                about=row.agreement,
                within=agreement.offer,
                peer=agreement.peer,
            )
            note(session, row.actor, occasion)
    return len(rows) == _STEP


REMINDERS: Final = Follower(
    name="reminders",
    kinds=frozenset({Event.ACCEPT.value, Event.COUNTERSIGN.value, CONCLUDED}),
    look=look,
    act=keep,
)
REMINDING: Final = Clock(next_due=_next_due, turn=_remind)
