"""Live: what happens, told to pages that are open, and what the app on a telephone needs.

Rules here: what travels is the journal's own events, values alone, never markup and never what anyone wrote
(`node.web.edge.streams`); a sign-in that has ended ends its streams. The service worker keeps one page, the
one that says that the node cannot be reached: nothing of the owner is kept in a browser.

Sources: HTML Living Standard §9.2; Service Workers; Web Application Manifest.
"""

from collections.abc import Mapping
from functools import partial
from hashlib import sha256
from typing import Final

import orjson
from aiohttp import web

from node.services.crm.connecting import MOVED as MOVED_CRM
from node.services.intentions import reaching, showing
from node.services.intentions.reaching import MOVED, ReachShown
from node.services.ledger.positions import LONGEST
from node.services.store import Session
from node.web.edge.problems import SECURITY_HEADERS
from node.web.edge.streams import Glance, Listening, stream
from node.web.edge.visitors import secret_of, visitor_of
from node.web.pages.frame import statics
from node.web.pages.frame.page import Needs, PageCall, View, WebPage
from node.web.pages.wording import crm_words, reach_words
from node.web.pages.wording.languages import gettext as _
from protocol.errors import NotFound

_VALUES: Final = "values"
"""The kind of the event that has what stands in places of a page now, by the names of the places."""
_WORKER: Final = "worker.js"
_FINGERPRINT: Final = 16  # hex digits; of one sign-in there are few
_KEPT: Final = ("tokens.css", "contrast.css", "base.css", "components.css", "app.js", "icon.svg")


async def events(call: PageCall) -> web.StreamResponse:
    """Send what happens from now on, or since `Last-Event-ID` or `after`, until either side ends it."""
    visitor, request = call.visitor, call.request

    async def is_valid() -> bool:
        now = await visitor_of(request)
        return now is not None and now.session == visitor.session

    listening = Listening(
        caller=f"page {visitor.session} {_fingerprint(request)}",
        actor=call.acting.iri,
        is_valid=is_valid,
        watch=call.runtime.sign_outs.watch,
        over="signed-out",
        glance=await _beside(call),
    )
    after = call.asked("after")
    return await stream(call.runtime, request, listening, after=after[: LONGEST + 1] or None)


async def _beside(call: PageCall) -> Glance | None:
    """Return what stands in lines of the page now, beside the journal; None for a page without such lines."""
    if call.asked("crm"):
        return Glance(kind=_VALUES, news=MOVED_CRM, look=partial(_crm, call))
    return await _reach(call)


async def _crm(call: PageCall) -> Mapping[str, str]:
    """Return how it stands with the CRM; nothing once it is let go."""
    try:
        return crm_words.values(await call.runtime.crm.count(call.acting))
    except NotFound:
        return {}


async def _reach(call: PageCall) -> Glance | None:
    """Return how to look at where a wish is, for the page of one: what its lines say now.

    A wish that was told anew has other lines than the page.
    """
    wish = call.asked("wish")
    if not wish:
        return None

    def look(session: Session) -> tuple[int, ReachShown]:
        row = showing.load_own(session, call.acting, wish)
        return reaching.last_told(session, call.acting, row.iri), reaching.show(session, call.acting, row.id)

    first, _reach = await call.read(look)

    async def values() -> Mapping[str, str]:
        place, reach = await call.read(look)
        return reach_words.values(reach) if place == first else {}

    return Glance(kind=_VALUES, news=MOVED, look=values)


def _fingerprint(request: web.Request) -> str:
    """Tell a sign-in's secrets apart: a stream by one that is no more is not let on by who has the next."""
    return sha256(secret_of(request).encode()).hexdigest()[:_FINGERPRINT]


async def offline(_call: PageCall) -> View:
    """Say that the node cannot be reached; a browser keeps this page for when that is so."""
    return View(template="offline.html", answer={})


async def worker(_call: PageCall) -> web.StreamResponse:
    """Give the service worker, with the addresses of the files that its one page names."""
    kept = orjson.dumps([statics.address(name) for name in _KEPT])
    picture = orjson.dumps(statics.address("icon-192.png"))
    body = b"const KEPT = " + kept + b", ICON = " + picture + b";\n" + statics.load(_WORKER).body
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
