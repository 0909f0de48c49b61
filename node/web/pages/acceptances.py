"""Accepting an offer: what it says once more, what follows, and the time in which it can be undone.

Rules here: what is accepted is the offer that was read (its digest goes with the form). It is accepted by a
person who shows that it is them. It is signed at once and leaves when the time to undo it is over, whether
this page is open or not; until then it is undone with one press, and nobody hears of it.
"""

from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.core.drafts import view_time
from node.services.negotiations import comparing, making, reconsidering
from node.services.negotiations.showing import OfferShown
from node.services.store import Session
from node.web.pages import judgements, sentences
from node.web.pages.languages import gettext as _
from node.web.pages.offers import lines_of, load
from node.web.pages.page import PageCall, View, WebPage, see_other
from node.web.pages.step_up import PASSWORD, proof_of, require_step_up
from protocol.errors import Conflict, Forbidden
from protocol.negotiation import State
from protocol.times import read_time


async def consider(call: PageCall) -> View | web.StreamResponse:
    """Show what would be accepted, and what follows."""
    return await _sheet(call)


async def accept(call: PageCall) -> View | web.StreamResponse:
    """Accept the offer that was read."""
    digest, undo_for = call.form.one("digest"), timedelta(seconds=call.runtime.settings.undo_seconds)
    offer = await call.read(lambda session: load(session, call))
    if offer["state"] is not State.OFFERED:
        return see_other(_after(offer))
    try:
        away = await require_step_up(call)
        if away is not None:
            return away
        await call.write(
            lambda session: reconsidering.accept(
                session, call.acting, call.id, digest=digest, undo_for=undo_for
            )
        )
    except Conflict as conflict:
        if conflict.code != codes.OFFER_CHANGED:
            raise
        return await _sheet(call, changed=True)
    except Forbidden as error:  # what was shown is not the person
        if error.code == codes.NOT_YOUR_MOVE:
            raise
        return await _sheet(call, errors={PASSWORD: _("That is not right.")})
    return see_other(f"/offers/{offer['id']}/accepted")


async def _sheet(
    call: PageCall, *, changed: bool = False, errors: dict[str, str] | None = None
) -> View | web.StreamResponse:
    def look(session: Session) -> tuple[OfferShown, dict[str, Any] | None]:
        offer = load(session, call)
        return offer, comparing.judge(session, call.acting, offer["id"])

    offer, judged = await call.read(look)
    if offer["state"] is not State.OFFERED:
        return see_other(_after(offer))
    expires_at = None if offer["expires_at"] is None else read_time(offer["expires_at"])
    beside = {
        "sentence": sentences.would_pay(offer),
        "lines": lines_of(offer),
        "missed": [] if judged is None else _missed(judged["difference"]),
        "limit": None if judged is None else judgements.limit(judged["above_limit"], offer["currency"]),
        "wish": None if judged is None else judged["intention"],
        "key": call.acting.owner.ed25519.key.public.multibase,
        "undo_seconds": call.runtime.settings.undo_seconds,
        "holds_until": view_time(making.holds_until(call.acting, expires_at)),
        "proof": await proof_of(call),
        "has_changed": changed,
        "errors": errors or {},
    }
    status = 403 if errors else 409 if changed else 200
    return View(template="accept.html", answer=offer, beside=beside, status=status)


def _missed(points: list[dict[str, Any]]) -> list[Any]:
    return [check for check in map(judgements.check, points) if check.kind != "yes"]


def _after(offer: OfferShown) -> str:
    """Return where somebody looks who finds that the offer is not open any more."""
    if offer["state"] is State.ACCEPTED:
        return f"/offers/{offer['id']}/accepted"
    return f"/agreements/{offer['agreement']}" if offer["agreement"] else f"/offers/{offer['id']}"


# --- the time to undo it ------------------------------------------------------------------------------------


async def wait(call: PageCall) -> View | web.StreamResponse:
    """Show for how long an acceptance can be undone; once it has left, the agreement."""

    def look(session: Session) -> tuple[OfferShown, Any]:
        offer = load(session, call)
        return offer, reconsidering.undoable_until(session, call.acting, offer["id"])

    offer, until = await call.read(look)
    if offer["state"] is not State.ACCEPTED:
        return see_other(_after(offer) if offer["agreement"] else f"/offers/{offer['id']}")
    now = call.runtime.clock()
    if until is None or until <= now:
        return see_other(f"/agreements/{offer['agreement']}")
    beside = {
        "until": view_time(until),
        "seconds": int((until - now).total_seconds()) + 1,
        "sentence": sentences.pays(offer, paying=True),
    }
    return View(template="accepted.html", answer=offer, beside=beside)


async def undo(call: PageCall) -> View | web.StreamResponse:
    """Undo an acceptance that has not left."""
    try:
        await call.write(lambda session: reconsidering.undo(session, call.acting, call.id))
    except Conflict as conflict:
        if conflict.code != codes.LEFT_ALREADY:
            raise
        offer = await call.read(lambda session: load(session, call))
        return View(template="undone_not.html", answer=offer, status=409)
    return see_other(f"/offers/{call.id}")


PAGES: Final = (
    WebPage(path="/offers/{id}/accept", handler=consider),
    WebPage(path="/offers/{id}/accept", handler=accept, method="POST"),
    WebPage(path="/offers/{id}/accepted", handler=wait),
    WebPage(path="/offers/{id}/undo", handler=undo, method="POST"),
)
