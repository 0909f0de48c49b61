"""Live: what happens, told to pages that are open, and what the app on a telephone needs.

Rules here: what travels is the journal's own events, values alone, never markup and never what anyone wrote
(`node.web.edge.streams`); a sign-in that has ended ends its streams. The service worker keeps one page, the
one that says that the node cannot be reached: nothing of the owner is kept in a browser.

Sources: HTML Living Standard §9.2; Service Workers; Web Application Manifest.
"""

from typing import Final

import orjson
from aiohttp import web

from node.services.ledger.positions import LONGEST
from node.web.edge.problems import SECURITY_HEADERS
from node.web.edge.streams import Listening, stream
from node.web.edge.visitors import visitor_of
from node.web.pages import statics
from node.web.pages.languages import gettext as _
from node.web.pages.page import Needs, PageCall, View, WebPage

_WORKER: Final = "worker.js"
_KEPT: Final = ("tokens.css", "contrast.css", "base.css", "components.css", "app.js", "icon.svg")


async def events(call: PageCall) -> web.StreamResponse:
    """Send what happens from now on, or since `Last-Event-ID` or `after`, until either side ends it."""
    visitor, request = call.visitor, call.request

    async def is_valid() -> bool:
        now = await visitor_of(request)
        return now is not None and now.session == visitor.session

    listening = Listening(
        caller=f"page {visitor.session}",
        actor=call.acting.iri,
        is_valid=is_valid,
        watch=lambda _doubt: lambda: None,
        over="signed-out",
    )
    after = call.asked("after")
    return await stream(call.runtime, request, listening, after=after[: LONGEST + 1] or None)


async def offline(_call: PageCall) -> View:
    """Say that the node cannot be reached; a browser keeps this page for when that is so."""
    return View(template="offline.html", answer={})


async def worker(_call: PageCall) -> web.StreamResponse:
    """Give the service worker, with the addresses of the files that its one page names."""
    kept = orjson.dumps([statics.address(name) for name in _KEPT])
    body = b"const KEPT = " + kept + b";\n" + statics.load(_WORKER).body
    headers = {
        **SECURITY_HEADERS,
        "Cache-Control": "no-cache",
        "Content-Security-Policy": "default-src 'none'; connect-src 'self'",
        "Content-Type": "text/javascript; charset=utf-8",
    }
    return web.Response(body=body, headers=headers)


async def manifest(_call: PageCall) -> web.StreamResponse:
    """Describe the app that a telephone can put on its screen."""
    icons = [
        {
            "src": statics.address(f"icon-{size}.png"),
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size in (192, 512)
        for purpose in ("any", "maskable")
    ]
    described = {
        "name": "Freehold",
        "short_name": "Freehold",
        "description": _("Your node: businesses come to you, and you choose."),
        "id": "/",
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#f9f8f3",
        "theme_color": "#0b5a3c",
        "icons": icons,
    }
    headers = {"Cache-Control": "no-cache", "Content-Type": "application/manifest+json"}
    return web.Response(body=orjson.dumps(described), headers=headers)


PAGES: Final = (
    WebPage(path="/events", handler=events),
    WebPage(path="/offline", handler=offline, needs=Needs.NOTHING, always=True),
    WebPage(path="/sw.js", handler=worker, needs=Needs.NOTHING, always=True),
    WebPage(path="/manifest.webmanifest", handler=manifest, needs=Needs.NOTHING, always=True),
)
