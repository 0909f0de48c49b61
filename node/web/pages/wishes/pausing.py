"""Pausing a wish, and letting it take offers again.

Rules here: what is chosen is a day, where the reader is, from whose beginning the wish takes offers again; no
day means until further notice. What a pause does not stop is said before it begins.
"""

from datetime import UTC, date, datetime, time
from typing import Final

from aiohttp import web

from node.core import codes
from node.services.intentions import casting, reaching, showing
from node.services.store import Session
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from protocol.errors import Unprocessable
from protocol.strictjson import Document


async def begin(call: PageCall) -> View:
    """Say what pausing a wish does, and ask until when."""
    return await _form(call, until=call.asked("until"))


async def pause(call: PageCall) -> View | web.StreamResponse:
    """Pause a wish, or show the form again where the day is none."""
    until = call.form.one("until").strip()
    try:
        change: Document = {"pause": {"until": _beginning_of(until) if until else None}}
        await call.write(lambda session: casting.amend(session, call.acting, call.id, change))
    except (ValueError, OverflowError):  # no day, or one beyond the years there are
        return await _form(call, until=until, error=_("Choose a day that is still to come"))
    except Unprocessable as error:
        words = _("Choose a day that is still to come") if error.code == codes.PAUSE_OVER else mistake(error)
        return await _form(call, until=until, error=words)
    return see_other(f"/wishes/{call.id}")


async def resume(call: PageCall) -> web.StreamResponse:
    """Let a wish take offers again."""
    change: Document = {"pause": None}
    await call.write(lambda session: casting.amend(session, call.acting, call.id, change))
    return see_other(f"/wishes/{call.id}")


def _beginning_of(day: str) -> str:
    """Return when a day begins where the reader is.

    Raises:
        ValueError, OverflowError: it is no day.
    """
    zone = READER.get().zone or UTC
    begins = datetime.combine(date.fromisoformat(day), time.min, zone).astimezone(UTC)
    return begins.isoformat().replace("+00:00", "Z")


async def _form(call: PageCall, *, until: str, error: str = "") -> View:
    def look(session: Session) -> View:
        wish = showing.view(session, showing.load_own(session, call.acting, call.id))
        reach = reaching.show(session, call.acting, wish["id"])
        beside = {"reach": reach, "until": until, "errors": {"until": error} if error else {}}
        return View(template="wish_pause.html", answer=wish, beside=beside, status=422 if error else 200)

    return await call.read(look)


PAGES: Final = (
    WebPage(path="/wishes/{id}/pause", handler=begin),
    WebPage(path="/wishes/{id}/pause", handler=pause, method="POST"),
    WebPage(path="/wishes/{id}/resume", handler=resume, method="POST"),
)
