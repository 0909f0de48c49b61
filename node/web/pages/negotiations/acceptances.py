"""Accepting an offer: what it says once more, what follows, and the time in which it can be undone.

Rules here: what is accepted is the offer that was read (its digest goes with the form), and what is signed
are the bytes that were shown. It is accepted by a person who shows that it is them. It is signed at once and
leaves when the time to undo it is over, whether this page is open or not; until then it is undone with one
press, and nobody hears of it.
"""

from datetime import timedelta
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.core.drafts import view_time
from node.services.acting import Acting
from node.services.negotiations import agreements, comparing, reconsidering
from node.services.negotiations.chosen import Chosen
from node.services.negotiations.showing import AgreementShown, OfferShown
from node.services.store import Session
from node.web.edge import pages
from node.web.edge.forms import PASSWORD
from node.web.pages.access.undo_times import undo_seconds
from node.web.pages.frame import signing
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.negotiations.offers import UNDONE, lines_of, load, rivals_chosen, terms_of
from node.web.pages.wording import data_terms, judgements, labels, revisions, sentences
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Conflict, Forbidden
from protocol.negotiation import State


async def consider(call: PageCall) -> View | web.StreamResponse:
    """Show what would be accepted, and what follows."""
    return await _sheet(call)


async def accept(call: PageCall) -> View | web.StreamResponse:
    """Accept the offer that was read, with the bytes that were shown."""
    digest = call.form.one("digest")
    offer = await call.read(lambda session: load(session, call))
    try:
        away = await require_step_up(call)
        if away is not None:
            return away
        signed = await signing.sign(call, lambda session, acting: _accept(session, acting, call, digest))
    except Conflict as conflict:
        return await _not_accepted(call, conflict)
    except Forbidden as error:  # what was shown is not the person
        if error.code == codes.NOT_YOUR_MOVE:
            raise
        return await _sheet(call, errors={PASSWORD: _("That is not right.")})
    return signing.lead(signed, f"/offers/{offer['id']}/accepted")


def _accept(session: Session, acting: Acting, call: PageCall, digest: str) -> OfferShown:
    undo_for = timedelta(seconds=undo_seconds(session, call, acting))
    return reconsidering.accept(session, acting, call.id, digest=digest, undo_for=undo_for)


async def _not_accepted(call: PageCall, conflict: Conflict) -> View | web.StreamResponse:
    """Say how it stands with an offer that could not be accepted: nothing was sent."""
    if conflict.code in {codes.OFFER_CHANGED, codes.UNLIKE_SHOWN}:
        return await _sheet(call, changed=True)
    offer = await call.read(lambda session: load(session, call))
    if conflict.code == codes.ALREADY_ACCEPTED:
        return await _already(call, offer)
    if offer["state"] is not State.OFFERED:
        return see_other(_after(offer))
    raise conflict


async def _already(call: PageCall, offer: OfferShown) -> View:
    """Say when it was accepted, in another tab or by a program."""

    def look(session: Session) -> tuple[AgreementShown, Any]:
        agreement = agreements.show(session, call.acting, offer["agreement"] or "")
        return agreement, reconsidering.undoable_until(session, call.acting, offer["id"])

    agreement, until = await call.read(look)
    beside = {
        "at": agreement["accepted_at"],
        "undoable": until is not None and until > call.runtime.clock(),
        "sentence": sentences.pays(offer, paying=offer["pays"]),
    }
    return View(template="accepted_already.html", answer=offer, beside=beside, status=409)


async def _sheet(
    call: PageCall, *, changed: bool = False, errors: dict[str, str] | None = None
) -> View | web.StreamResponse:
    def look(session: Session) -> tuple[OfferShown, dict[str, Any] | None, list[Chosen], str, int]:
        offer, seconds = load(session, call), undo_seconds(session, call, call.acting)
        judged = comparing.judge(session, call.acting, offer["id"])
        taken = rivals_chosen(session, call.acting, offer)
        return offer, judged, taken, call.position(session), seconds

    offer, judged, taken, position, seconds = await call.read(look)
    if offer["state"] is not State.OFFERED:
        return see_other(_after(offer))
    if taken and pages.is_asked_for(call.request.headers.get("Accept", "")):
        return see_other(f"/offers/{offer['id']}")  # which says what was chosen, and where that is undone
    signable = await signing.look_at(
        call, lambda session, acting: _accept(session, acting, call, offer["digest"])
    )
    beside = {
        "sentence": sentences.would_pay(offer, paying=offer["pays"]),
        "lines": lines_of(offer),
        "terms": [*terms_of(offer), *labels.promised(offer["properties"], ours=True)],
        "odd": data_terms.odd(offer),
        "theirs": labels.promised(offer["properties"], ours=False),
        "changed": revisions.revisions(offer["changes"], offer["currency"]),
        "neither_holds": revisions.neither_holds(offer),
        "missed": [] if judged is None else _missed(judged["difference"]),
        "limit": None if judged is None else judgements.limit(judged["above_limit"], offer["currency"]),
        "wish": None if judged is None else judged["intention"],
        "signable": signable,
        "position": position,
        "undo_seconds": seconds,
        "signs_until": signable.answer["holds_until"],
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
        "sentence": sentences.pays(offer, paying=offer["pays"]),
    }
    return View(template="accepted.html", answer=offer, beside=beside)


async def send(call: PageCall) -> web.StreamResponse:
    """Send an acceptance that waits, without waiting any longer."""
    agreement = await call.write(lambda session: reconsidering.send(session, call.acting, call.id))
    return see_other(f"/agreements/{agreement['agreement']}")


async def undo(call: PageCall) -> View | web.StreamResponse:
    """Undo an acceptance that has not left."""
    try:
        await call.write(lambda session: reconsidering.undo(session, call.acting, call.id))
    except Conflict as conflict:
        if conflict.code != codes.LEFT_ALREADY:
            raise
        offer = await call.read(lambda session: load(session, call))
        return View(template="undone_not.html", answer=offer, status=409)
    return see_other(f"/offers/{call.id}?{UNDONE}=yes")


PAGES: Final = (
    WebPage(path="/offers/{id}/accept", handler=consider),
    WebPage(path="/offers/{id}/accept", handler=accept, method="POST"),
    WebPage(path="/offers/{id}/accepted", handler=wait),
    WebPage(path="/offers/{id}/send", handler=send, method="POST"),
    WebPage(path="/offers/{id}/undo", handler=undo, method="POST"),
)
