"""Errors as pages: what is so, whether anything was sent, what to do.

Rules here: sentences of ours, in the reader's language where there are words for it; never what a stranger
sent; code, time and the number under which the log has it stand behind "For the technically minded". Who came
too late is led to how it stands now, whose sign-in is over to the way in, and whose page is too old to that
page. The page is never stored.
"""

import re
from datetime import timedelta
from typing import Any, Final
from urllib.parse import quote

from aiohttp import web

from node.core import codes
from node.core.drafts import view_time
from node.web.edge.pages import HTML, is_led
from node.web.edge.problems import REQUEST, Refusal
from node.web.edge.visitors import SIGN_IN
from node.web.pages.frame.page import reader_of
from node.web.pages.frame.places import nearest
from node.web.pages.frame.rendering import render
from node.web.pages.wording.languages import Reader, reading
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import hint_of, words_of
from protocol.codes import Code

_SERVER: Final = 500
_CONFLICT: Final = 409
_TOO_LARGE: Final = 413
_SAID_WHOLE: Final = frozenset({404, 500})
"""Answers of which the headline says all there is to say."""
_SOON_SECONDS: Final = 90  # what is waited for at the screen; longer than that, a time says more
_LONGEST_WAIT_DIGITS: Final = 9
_THING: Final = re.compile(
    r"(?a:/(?:wishes|offers|agreements)/[a-z]{2,4}_[0-9a-z]{26}|/desk/integration)(?=/|$)"
)
"""A page that shows how a thing stands, at the beginning of the address of what is done to it."""


def answer(request: web.Request, refusal: Refusal) -> web.Response:
    """Return a refusal as a page."""
    reader = reader_of(request)
    with reading(reader):
        headline, sub = headline_of(refusal.status, refusal.code)
        is_whole = refusal.status in _SAID_WHOLE
        values = {
            "is_led": is_led(request),
            "headline": headline,
            "sub": sub,
            "detail": None if is_whole else words_of(refusal.code, refusal.detail),
            "hint": hint_of(refusal.code),
            "code": refusal.code,
            "number": refusal.members.get(REQUEST, ""),
            "thing": _thing(request.path) if refusal.status == _CONFLICT else "",
            "again": nearest(request, request.path) if _is_for_another_try(refusal) else "",
            "enter": _enter(request) if refusal.code == codes.SIGN_IN else "",
            **_wait(refusal.headers.get("Retry-After", ""), reader),
        }
        text = render("error.html", reader, values)
    response = web.Response(
        status=refusal.status, text=text, content_type=HTML, charset="utf-8", headers=refusal.headers
    )
    if refusal.close:
        response.force_close()
    return response


def _is_for_another_try(refusal: Refusal) -> bool:
    return refusal.code == codes.FORM_FOREIGN or refusal.status == _TOO_LARGE


def _thing(path: str) -> str:
    found = _THING.match(path)
    return found[0] if found else ""


def _enter(request: web.Request) -> str:
    """Return the way in that leads back to the page a form was sent from, or near it."""
    return f"{SIGN_IN}?next={quote(nearest(request, request.path), safe='')}"


def _wait(seconds: str, reader: Reader) -> dict[str, Any]:
    """Return for how long to wait, or from when on it may be tried again; nothing if nobody knows."""
    if not (seconds.isascii() and seconds.isdigit() and len(seconds) <= _LONGEST_WAIT_DIGITS):
        return {"seconds": "", "again_at": None}
    if int(seconds) <= _SOON_SECONDS:
        return {"seconds": seconds, "again_at": None}
    return {"seconds": "", "again_at": view_time(reader.now + timedelta(seconds=int(seconds)))}


def headline_of(status: int, code: Code) -> tuple[str, str]:
    """Return what is so, and whether anything was done: for a code that people often meet, or a status."""
    often = {
        codes.FORM_FOREIGN: (_("Open this page again."), _("Nothing was sent.")),
        codes.LINK_INVALID: (_("This link opens nothing any more."), words_of(code, "").text),
    }
    if code in often:
        return often[code]
    known = {
        401: (_("Sign in first."), _("Nothing was sent.")),
        403: (_("This is not yours to do."), _("Nothing was sent.")),
        404: (_("There is nothing here."), _("The address may be old, or mistyped.")),
        405: (_("This cannot be done here."), _("Nothing was sent.")),
        409: (_("Something else happened first."), _("Nothing was sent.")),
        410: (_("This is no longer here."), _("Nothing was sent.")),
        413: (_("This is too large to take."), _("Nothing was sent.")),
        421: (_("This node lives at another address."), _("Nothing was sent.")),
        422: (_("This cannot be taken as it is."), _("Nothing was sent.")),
        429: (_("Too much at once."), _("Nothing was sent.")),
        502: (_("The other side cannot be reached."), _("Nothing was sent.")),
        503: (_("The node cannot answer just now."), _("Nothing was sent.")),
    }
    if status in known:
        return known[status]
    if status >= _SERVER:
        return _("Something broke here."), _("Nothing was sent. The log of the node has the reason.")
    return _("This could not be done."), _("Nothing was sent.")
