"""Counter-offers: to say what one would take instead, look at it, and send it.

Rules here: what is sent is what was looked at, as an answer to the offer that was read. It is made first and
undone (`try_`), so that what is wrong is said before anything leaves; only the button at the end sends it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from aiohttp import web

from node.core import codes
from node.services.negotiations import comparing
from node.services.negotiations import offers as negotiations
from node.services.negotiations.showing import OfferShown
from node.services.store import Session
from node.web.pages import counter_forms, revisions
from node.web.pages.counter_forms import CounterForm
from node.web.pages.formats import percent, plain_money
from node.web.pages.languages import gettext as _
from node.web.pages.offers import load
from node.web.pages.page import PageCall, View, WebPage, see_other
from node.web.pages.step_up import PASSWORD, AskedProof, proof_of, require_step_up
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.negotiation import State


async def begin(call: PageCall) -> View | web.StreamResponse:
    """Show the form, filled with what is offered."""
    offer, judged = await _look(call)
    if offer["state"] is not State.OFFERED:
        return see_other(f"/offers/{offer['id']}/thread")
    return _form(offer, judged, counter_forms.of(offer))


async def make(call: PageCall) -> View | web.StreamResponse:
    """Look at a counter-offer, change it once more, or send what was looked at."""
    form, digest = counter_forms.read(call.form), call.form.one("digest")
    offer, judged = await _look(call)
    terms = form.terms(offer)
    if form.errors or call.form.has("change"):
        return _form(offer, judged, form)

    def counter(session: Session) -> OfferShown:
        return negotiations.counter(session, call.acting, call.id, terms, on_met=form.met, digest=digest)

    try:
        if call.form.has("send"):
            return await _send(call, form, counter)
        tried = await call.try_(counter)
    except Unprocessable as error:
        form.errors["amount-0"] = _(error.detail)
        return _form(offer, judged, form)
    except Conflict as conflict:
        if conflict.code != codes.OFFER_CHANGED:
            raise
        return _form(offer, judged, counter_forms.of(offer), changed=True)
    except Forbidden as error:  # what was shown is not the person
        if error.code == codes.NOT_YOUR_MOVE:
            raise
        form.errors[PASSWORD] = _("That is not right.")
        tried = await call.try_(counter)
    proof = await proof_of(call) if form.met == "accept" else AskedProof()
    return _preview(offer, judged, form, tried, proof)


async def _send(
    call: PageCall, form: CounterForm, counter: Callable[[Session], OfferShown]
) -> web.StreamResponse:
    """Send a counter-offer; whoever lets the node accept in their place shows first that it is them."""
    if form.met == "accept":
        away = await require_step_up(call)
        if away is not None:
            return away
    await call.write(counter)
    return see_other(f"/offers/{call.id}/thread")


async def _look(call: PageCall) -> tuple[OfferShown, Mapping[str, Any] | None]:
    def look(session: Session) -> tuple[OfferShown, Mapping[str, Any] | None]:
        offer = load(session, call)
        return offer, comparing.judge(session, call.acting, offer["id"])

    return await call.read(look)


def _form(
    offer: OfferShown, judged: Mapping[str, Any] | None, form: CounterForm, *, changed: bool = False
) -> View:
    beside = {
        "form": form,
        "lines": counter_forms.lines(offer),
        "preview": None,
        "has_changed": changed,
        "limit": _limit(judged, offer["currency"]),
    }
    status = 422 if form.errors else 409 if changed else 200
    return View(template="counter.html", answer=offer, beside=beside, status=status)


def _preview(
    offer: OfferShown,
    judged: Mapping[str, Any] | None,
    form: CounterForm,
    tried: OfferShown,
    proof: AskedProof,
) -> View:
    asked, offered = tried["countered"] or tried, cast("Mapping[str, object]", offer)
    changes = [
        {"term": term, "before": offered[term], "after": after}
        for term, after in asked.items()
        if term in offered and offered[term] != after and asked is not tried
    ]
    beside = {
        "form": form,
        "preview": revisions.revisions(changes, offer["currency"]),
        "less": _less(offer["total"], asked["total"]),
        "limit": _limit(judged, offer["currency"]),
        "proof": proof,
    }
    return View(template="counter.html", answer=tried, beside=beside, status=403 if form.errors else 200)


def _less(offered: str | None, asked: str | None) -> str:
    """Say how much less, or more, is asked for, in per cent; nothing where a total is open."""
    if offered is None or asked is None or Decimal(offered) == Decimal(asked):
        return ""
    ratio = 1 - Decimal(asked) / Decimal(offered)
    said = _("You ask for %(percent)s less.") if ratio > 0 else _("You offer %(percent)s more.")
    return said % {"percent": percent(abs(ratio))}


def _limit(judged: Mapping[str, Any] | None, currency: str) -> str:
    limit = None if judged is None else judged["intention"]["limit_price"]
    return "" if limit is None else plain_money(limit, currency)


PAGES = (
    WebPage(path="/offers/{id}/counter", handler=begin),
    WebPage(path="/offers/{id}/counter", handler=make, method="POST"),
)
