"""The calendar: the page that makes its secret address, and what a program of the owner's reads there.

Rules here: who has the address reads dates and nothing else; who has a wrong one learns nothing. A name that
others gave themselves is made harmless as on pages before it stands in a line. What is sent depends on the
dates alone, so what has not changed is not sent again.

Sources: RFC 5545 (iCalendar), RFC 7986 §5 (its newer properties), RFC 9110 §13.1.2 (`If-None-Match`).
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from aiohttp import web

from node import __version__
from node.core.dates import Date, DateKind
from node.services.access import calendars
from node.services.negotiations.dates import dates
from node.services.store import Session
from node.services.zones import find_zone
from node.web.edge.problems import not_found
from node.web.pages.frame.page import Needs, PageCall, View, WebPage, see_other
from node.web.pages.frame.rendering import ready
from node.web.pages.frame.step_up import require_step_up
from node.web.pages.wording import languages, words
from node.web.pages.wording.languages import Reader, reading
from node.web.pages.wording.languages import gettext as _
from protocol.errors import NotFound
from protocol.negotiation import Party

if TYPE_CHECKING:
    from icalendar import Event

HERE: Final = "/calendar"
_READ_EVERY: Final = timedelta(hours=1)
_TAG_CHARACTERS: Final = 32


# --- the page ----------------------------------------------------------------------------------------


async def show(call: PageCall) -> View:
    """Show whether there is a calendar, and make or revoke its address."""
    return await _view(call, url="")


async def make(call: PageCall) -> View | web.Response:
    """Make an address for the calendar, and show it this once; the one before leads nowhere any more."""
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    names, reader, acting = call.form.one("names") == "yes", call.reader, call.acting
    language = reader.language.code if reader.language in languages.SPOKEN else languages.ENGLISH.code
    zone = "" if reader.zone is None else str(reader.zone)
    made = await call.change(
        lambda session: calendars.make(session, acting, names=names, language=language, zone=zone)
    )
    return await _view(call, url=made["url"])


async def _view(call: PageCall, *, url: str) -> View:
    def look(session: Session) -> dict[str, Any] | None:
        try:
            return calendars.show(session, call.acting)
        except NotFound:
            return None

    kept = await call.read(look)
    beside = {"url": url, "is_owner": call.visitor.person == call.visitor.handle}
    return View(template="calendar.html", answer={"calendar": kept}, beside=beside, secret=bool(url))


async def revoke(call: PageCall) -> web.Response:
    """Take the address back, at once."""
    acting = call.acting
    await call.write(lambda session: calendars.revoke(session, acting))
    return see_other(HERE)


# --- what is read there ------------------------------------------------------------------------------


async def read(call: PageCall) -> web.StreamResponse:
    """Give the dates of whose address this is, as a calendar.

    Raises:
        Refusal: 404, it is nobody's.
    """
    runtime, now = call.runtime, call.runtime.clock()
    row = await calendars.recognise(runtime.store, call.request.match_info["secret"], now=now)
    if row is None or row.handle not in runtime.owners:
        raise not_found()
    acting = runtime.residents.at(row.handle)
    found = await call.read(lambda session: dates(session, acting))
    language = languages.chosen("", wanted=row.language)
    formal = acting.owner.is_business
    said = (__version__, acting.origin, row.names, language.code, formal, row.zone, found)
    tag = sha256(repr(said).encode()).hexdigest()[:_TAG_CHARACTERS]
    headers = {"Cache-Control": "private, no-cache", "ETag": f'"{tag}"', "X-Robots-Tag": "noindex"}
    if any(one.value in {tag, "*"} for one in call.request.if_none_match or ()):
        return web.Response(status=304, headers=headers)
    await ready(language)
    reader = Reader(language=language, zone=find_zone(row.zone), now=now, formal=formal)
    with reading(reader):
        body = await asyncio.to_thread(render, found, origin=acting.origin, reader=reader, names=row.names)
    return web.Response(body=body, headers=headers | {"Content-Type": "text/calendar; charset=utf-8"})


def render(found: Sequence[Date], *, origin: str, reader: Reader, names: bool) -> bytes:
    """Write dates as a calendar, in the reader's language and with days of the reader's zone."""
    from icalendar import Calendar

    made = Calendar()
    made.add("prodid", "-//Freehold//Calendar//EN")
    made.add("version", "2.0")
    made.add("name", "Freehold")
    made.add("x-wr-calname", "Freehold")
    made.add("refresh-interval", _READ_EVERY, parameters={"VALUE": "DURATION"})
    made.add("x-published-ttl", "PT1H")
    for date in found:
        made.add_component(_event(date, origin=origin, reader=reader, names=names))
    return bytes(made.to_ical())


def _event(date: Date, *, origin: str, reader: Reader, names: bool) -> "Event":
    from icalendar import Event

    made = Event()
    beside = ".notice" if date.kind is DateKind.NOTICE else ""  # an agreement has two dates then
    made.add("uid", f"{date.id}{beside}@{urlsplit(origin).netloc}")
    made.add("dtstamp", date.changed_at.astimezone(UTC))  # it has no METHOD: "equivalent to LAST-MODIFIED"
    made.add("last-modified", date.changed_at.astimezone(UTC))
    made.add("dtstart", _start(date, reader))
    made.add("summary", _summary(date) if names else _plain_summary(date))
    made.add("url", origin + path_of(date))
    made.add("class", "PRIVATE")
    made.add("transp", "TRANSPARENT")
    return made


def _start(date: Date, reader: Reader) -> Any:
    """Return a day as the reader's zone has it, or a moment."""
    at: datetime = date.at.astimezone(reader.zone or UTC)
    return at.date() if date.kind.takes_a_day else at.astimezone(UTC)


def path_of(date: Date) -> str:
    """Return the page that a date is about."""
    if date.kind is DateKind.RESUMES:
        return f"/wishes/{date.id}" if date.role is Party.OFFEREE else f"/desk/wishes/{date.id}"
    if date.kind not in (DateKind.STANDS, DateKind.ASKED):
        return f"/agreements/{date.id}"
    return f"/offers/{date.id}" if date.role is Party.OFFEREE else "/desk"


def _summary(date: Date) -> str:
    """Say what happens, with the names that others gave."""
    own = date.role is Party.OFFERER
    match date.kind:
        case DateKind.STANDS:
            said = _("Your offer to %(who)s ends: %(what)s") if own else _("Offer of %(who)s ends: %(what)s")
        case DateKind.ASKED:
            said = (
                _("Answer what %(who)s asks: %(what)s")
                if own
                else _("Your counter-offer to %(who)s ends: %(what)s")
            )
        case DateKind.HOLDS:
            said = (
                _("Last moment to sign for %(who)s: %(what)s")
                if own
                else _("%(who)s has signed by now, or nobody is bound: %(what)s")
            )
        case DateKind.NOTICE:
            said = _("Last day to give notice: %(what)s, %(who)s")
        case DateKind.LEAVES:
            said = _("Ends, notice was given: %(what)s, %(who)s")
        case DateKind.ENDS:
            said = _("Ends by itself: %(what)s, %(who)s")
        case DateKind.RESUMES:
            said = _("%(who)s takes offers again: %(what)s") if own else _("Takes offers again: %(what)s")
    return said % {"who": words.name(date.peer).text, "what": words.name(date.name).text}


def _plain_summary(date: Date) -> str:
    """Say what happens, and nothing that anybody wrote."""
    own = date.role is Party.OFFERER
    match date.kind:
        case DateKind.STANDS:
            return _("Your offer ends") if own else _("An offer ends")
        case DateKind.ASKED:
            return _("Answer a counter-offer") if own else _("Your counter-offer ends")
        case DateKind.HOLDS:
            return _("Last moment to sign") if own else _("Signed by both by now, or nobody is bound")
        case DateKind.NOTICE:
            return _("Last day to give notice")
        case DateKind.LEAVES:
            return _("An agreement ends, notice was given")
        case DateKind.ENDS:
            return _("An agreement ends by itself")
        case DateKind.RESUMES:
            return _("A wish takes offers again")


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE, handler=make, method="POST"),
    WebPage(path=HERE + "/revoke", handler=revoke, method="POST"),
    # A program of the owner's may have made the address before anybody claimed the pages.
    WebPage(
        path=calendars.PATH + "{secret}" + calendars.SUFFIX, handler=read, needs=Needs.NOTHING, always=True
    ),
)
