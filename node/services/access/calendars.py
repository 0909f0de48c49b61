"""Calendars: a secret address at which a program reads the owner's dates, and nothing else.

Rules here: the secret leaves the node once, in the answer that made it; the file holds its SHA-256. It opens
one list of dates and no page, and what ends it ends it at once: another address, taking it back, the lock.
"""

import hmac
from datetime import datetime, timedelta
from typing import Any, Final

from node.core import codes
from node.core.entries import render_instant
from node.services.acting import Acting
from node.services.notices.noting import alarm
from node.services.zones import find_zone
from node.storage import calendars
from node.storage.calendars import CalendarRow
from node.storage.session import Session
from node.storage.store import Store
from node.storage.tokens import hash_token
from protocol.errors import NotFound, Unprocessable

PATH: Final = "/calendar/"
SUFFIX: Final = ".ics"
READING_NOTED_EVERY: Final = timedelta(hours=1)  # "last read" is for people; programs come every few minutes
_LONGEST_SECRET: Final = 100  # characters; ours have 44


def make(
    session: Session, acting: Acting, *, names: bool, language: str = "en", zone: str = ""
) -> dict[str, Any]:
    """Make the acting resident's calendar, in place of the one before; `url` is in the answer alone.

    Its address names no person and stays when somebody of the team goes, so it is the owner's to have made.

    Raises:
        Forbidden: `owner-alone`. Unprocessable: `zone-unknown`.
    """
    acting.check_owner()
    if zone and find_zone(zone) is None:
        raise Unprocessable(codes.ZONE_UNKNOWN)
    secret = acting.salt() + acting.salt()
    row = CalendarRow(
        handle=acting.owner.handle,
        hash=hash_token(secret),
        names=names,
        language=language,
        zone=zone,
        made_at=acting.now,
    )
    calendars.save_calendar(session, row)
    alarm(session, acting, f"calendar:{render_instant(acting.now)}")  # whoever reads along is heard of
    return {**view(row), "url": f"{acting.origin}{PATH}{secret}{SUFFIX}"}


def show(session: Session, acting: Acting) -> dict[str, Any]:
    """Show the acting resident's calendar.

    Raises:
        NotFound: there is none.
    """
    row = calendars.load_calendar(session, acting.owner.handle)
    if row is None:
        raise NotFound(codes.NO_CALENDAR)
    return view(row)


def revoke(session: Session, acting: Acting) -> dict[str, Any]:
    """Take the address back; return what it was.

    Raises:
        Forbidden: `owner-alone`. NotFound: there is none.
    """
    acting.check_owner()
    shown = show(session, acting)
    calendars.remove_calendar(session, acting.owner.handle)
    return shown


async def recognise(store: Store, secret: str, *, now: datetime) -> CalendarRow | None:
    """Return the calendar with this secret, and note now and then that it was read."""
    if len(secret) > _LONGEST_SECRET:
        return None
    given = hash_token(secret)
    row = await store.read(lambda session: calendars.find_calendar(session, given))
    if row is None or not hmac.compare_digest(row.hash, given):
        return None
    if row.read_at is None or now - row.read_at > READING_NOTED_EVERY:
        await store.write(lambda session: calendars.touch_calendar(session, given, at=now))
    return row


def view(row: CalendarRow) -> dict[str, Any]:
    """Show a calendar without its hash."""
    return {
        "actor": row.handle,
        "names": row.names,
        "language": row.language,
        "zone": row.zone,
        "made_at": render_instant(row.made_at),
        "read_at": None if row.read_at is None else render_instant(row.read_at),
    }
