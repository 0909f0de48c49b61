"""Businesses: whom the reader has dealt with, whom they block, whose keys they know; and what is held back.

Rules here: nothing that others say is trusted because it is shown; a key is confirmed by its letters, beside
whose it claims to be. Saying no is as easy as saying yes.
"""

from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.negotiations import quarantine, releasing
from node.services.people import peers
from node.services.store import Session
from node.web.edge.problems import Refusal
from node.web.pages.page import PageCall, View, WebPage, see_other

_A_PAGE: Final = 25
ONE: Final = "/businesses/one"


async def list_(call: PageCall) -> View:
    """List everybody the reader has dealt with."""
    cursor = call.asked("cursor") or None
    found = await call.read(lambda session: peers.list(session, call.acting, cursor=cursor, limit=_A_PAGE))
    return View(template="businesses.html", answer=found)


async def show(call: PageCall) -> View:
    """Show one of them: `iri` names it."""
    found = await call.read(lambda session: peers.show(session, call.acting, call.asked("iri")))
    return View(template="business.html", answer=found)


async def change(call: PageCall) -> web.StreamResponse:
    """Block or unblock somebody, or say what is thought of their new keys.

    Raises:
        Refusal: 422, it is none of these.
    """
    iri, what, named = call.form.one("iri"), call.form.one("do"), [*call.form.all("key")]

    def done(session: Session) -> dict[str, Any]:
        match what:
            case "block":
                return peers.block(session, call.acting, iri)
            case "unblock":
                return peers.unblock(session, call.acting, iri)
            case "confirm" | "refuse":
                return peers.judge_keys(session, call.acting, iri, named, confirmed=what == "confirm")
            case _:
                raise Refusal(422, codes.INVALID_SHAPE)

    shown = await call.write(done)
    return see_other(call.link(ONE, iri=shown["iri"]))


async def list_held(call: PageCall) -> View:
    """List offers that are held back."""
    cursor = call.asked("cursor") or None
    held = await call.read(
        lambda session: quarantine.list(session, call.acting, cursor=cursor, limit=_A_PAGE)
    )
    return View(template="held_back.html", answer=held)


async def judge_held(call: PageCall) -> web.StreamResponse:
    """Let an offer that is held back out, or drop it.

    Raises:
        Refusal: 422, it is neither.
    """
    id, what = call.form.one("id"), call.form.one("do")
    if what == "release":
        offer = await call.write(lambda session: releasing.release(session, call.acting, id))
        return see_other(f"/offers/{offer['id']}")
    if what != "drop":
        raise Refusal(422, codes.INVALID_SHAPE)
    await call.write(lambda session: quarantine.drop(session, call.acting, id))
    return see_other("/held-back")


PAGES: Final = (
    WebPage(path="/businesses", handler=list_),
    WebPage(path=ONE, handler=show),
    WebPage(path=ONE, handler=change, method="POST"),
    WebPage(path="/held-back", handler=list_held),
    WebPage(path="/held-back", handler=judge_held, method="POST"),
)
