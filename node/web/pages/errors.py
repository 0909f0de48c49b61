"""Errors as pages: what is so, whether anything was sent, what to do.

Rules here: sentences of ours, in the reader's language where there are words for it; never what a stranger
sent; code and time stand behind "For the technically minded". The page is never stored.
"""

from typing import Final

from aiohttp import web

from node.web.edge.pages import HTML
from node.web.edge.problems import HINTS, Refusal
from node.web.pages.languages import gettext as _
from node.web.pages.languages import reading
from node.web.pages.page import reader_of
from node.web.pages.refusals import Sentence, words_of
from node.web.pages.rendering import render
from protocol.codes import Code

_SERVER: Final = 500


def answer(request: web.Request, refusal: Refusal) -> web.Response:
    """Return a refusal as a page."""
    reader = reader_of(request)
    with reading(reader):
        headline, sub = headline_of(refusal.status)
        values = {
            "headline": headline,
            "sub": sub,
            "detail": _said(refusal.code, refusal.detail if refusal.status not in _SAID_WHOLE else ""),
            "hint": refusal.hint or HINTS.get(refusal.code, ""),
            "code": refusal.code,
            "wait": refusal.headers.get("Retry-After", ""),
        }
        text = render("error.html", reader, values)
    response = web.Response(
        status=refusal.status, text=text, content_type=HTML, charset="utf-8", headers=refusal.headers
    )
    if refusal.close:
        response.force_close()
    return response


def _said(code: Code, sentence: str) -> Sentence | None:
    return words_of(code, sentence) if sentence else None


_SAID_WHOLE: Final = frozenset({404, 500})
"""Answers of which the headline says all there is to say."""


def headline_of(status: int) -> tuple[str, str]:
    """Return what is so, and whether anything was done, for a status of HTTP."""
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
        503: (_("The node cannot answer just now."), _("Nothing was sent.")),
    }
    if status in known:
        return known[status]
    if status >= _SERVER:
        return _("Something broke here."), _("Nothing was sent. The log of the node has the reason.")
    return _("This could not be done."), _("Nothing was sent.")
