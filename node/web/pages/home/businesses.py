"""Businesses: whom the reader has dealt with, whom they block, whose keys they know; and what is held back.

Rules here: nothing that others say is trusted because it is shown; a key is confirmed by its letters, beside
whose it claims to be, by who shows that it is them: whatever is signed with it counts from then on. Saying no
is easier.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.negotiations import conducting, quarantine, releasing
from node.services.negotiations.conducting import ConductShown
from node.services.people import peers
from node.services.store import Session
from node.web.edge.forms import PASSWORD
from node.web.edge.problems import Refusal
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import AskedProof, proof_of, require_step_up
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden
from protocol.negotiation import Party

_A_PAGE: Final = 25
ONE: Final = "/businesses/one"


async def list_(call: PageCall) -> View:
    """List everybody the reader has dealt with, or only who asks to follow them."""
    if call.asked("follower") == "requested":
        asking = await call.read(lambda session: peers.list_asking(session, call.acting, limit=_A_PAGE))
        return View(
            template="businesses.html", answer={"items": asking, "next": None}, beside={"asking": True}
        )
    cursor = call.asked("cursor") or None
    found = await call.read(lambda session: peers.list(session, call.acting, cursor=cursor, limit=_A_PAGE))
    return View(template="businesses.html", answer=found, beside={"asking": False})


async def show(call: PageCall) -> View:
    """Show one of them: `iri` names it."""
    return await _one(call, call.asked("iri"), {})


async def _one(call: PageCall, iri: str, errors: Mapping[str, str]) -> View:
    def look(session: Session) -> tuple[dict[str, Any], ConductShown]:
        shown = peers.show(session, call.acting, iri)
        return shown, conducting.show_of(session, call.acting, iri, maker=Party.OFFEREE)

    found, conduct = await call.read(look)
    is_held = any(key["state"] == "held" for key in found["keys"])
    beside = {
        "proof": await proof_of(call) if is_held else AskedProof(),
        "errors": errors,
        "conduct": conduct,
    }
    return View(template="business.html", answer=found, beside=beside, status=403 if errors else 200)


async def change(call: PageCall) -> View | web.StreamResponse:
    """Block or unblock somebody, let them follow or not, or say what is thought of their new keys.

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
            case "approve":
                return peers.approve(session, call.acting, iri)
            case "dismiss":
                return peers.dismiss(session, call.acting, iri)
            case "unfollow":
                return peers.unfollow(session, call.acting, iri)
            case "confirm" | "refuse":
                return peers.judge_keys(session, call.acting, iri, named, confirmed=what == "confirm")
            case _unknown:
                raise Refusal(422, codes.INVALID_SHAPE)

    try:
        if what == "confirm" and (asked := await require_step_up(call)):
            return asked
    except Forbidden:
        return await _one(call, iri, {PASSWORD: _("That is not right.")})
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
