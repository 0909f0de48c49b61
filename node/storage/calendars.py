"""The secret addresses of calendars, one for each resident: of the secret its SHA-256 alone."""

from datetime import datetime

from node.core.entries import render_instant
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session
from node.storage.tables import Table
from protocol.values import dataclass

TABLES = (Declared("calendars", TableKind.KEPT),)


@dataclass(frozen=True, slots=True)
class CalendarRow:
    """A resident's calendar; `hash` is `tokens.hash_token` of the secret in its address.

    `names` says whether it names anybody, `language` (BCP 47) and `zone` (of the IANA database, empty for
    UTC) are those in which it is written.
    """

    handle: str
    hash: bytes
    names: bool
    language: str
    zone: str
    made_at: datetime
    read_at: datetime | None = None


_CALENDARS = Table(CalendarRow, "calendars", key=("handle",))


def save_calendar(session: Session, row: CalendarRow) -> None:
    """Keep a resident's calendar; the address before it leads nowhere any more."""
    _CALENDARS.save(session, row)


def load_calendar(session: Session, handle: str) -> CalendarRow | None:
    """Return a resident's calendar."""
    return _CALENDARS.load(session, handle)


def find_calendar(session: Session, hash: bytes) -> CalendarRow | None:
    """Return the calendar whose secret has this hash."""
    return _CALENDARS.first(session, "hash = ?", hash)


def touch_calendar(session: Session, hash: bytes, *, at: datetime) -> None:
    """Note when a calendar was last read."""
    session.run("UPDATE calendars SET read_at = ? WHERE hash = ?", render_instant(at), hash)


def remove_calendar(session: Session, handle: str) -> None:
    """Let a resident's calendar be no more."""
    session.run("DELETE FROM calendars WHERE handle = ?", handle)


def remove_calendars(session: Session) -> None:
    """Let every calendar be no more."""
    session.run("DELETE FROM calendars")
