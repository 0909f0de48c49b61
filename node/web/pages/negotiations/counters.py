"""Counter-offers: to say what one would take instead, look at it, and send it.

Rules here: what is sent is what was looked at, to the byte, as an answer to the offer that was read. It is
made first and undone (`look_at`), so that what is wrong is said before anything leaves; only the button at
the end sends it.
"""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.negotiations import comparing
from node.services.negotiations import offers as negotiations
from node.services.negotiations.showing import OfferShown
from node.services.store import Session
from node.web.edge.forms import PASSWORD
from node.web.pages.frame import signing
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import AskedProof, proof_of, require_step_up
from node.web.pages.negotiations import counter_forms
from node.web.pages.negotiations.counter_forms import CounterForm
from node.web.pages.negotiations.offers import load
from node.web.pages.wording import data_terms, judgements, revisions
from node.web.pages.wording.formats import percent, plain_money
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from protocol.decimals import decimal_string
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

    def counter(session: Session, acting: Acting) -> OfferShown:
        return negotiations.counter(session, acting, call.id, terms, on_met=form.met, digest=digest)

    changed = False
    try:
        if call.form.has("send"):
            return await _send(call, form, counter)
    except Unprocessable as error:
        return _refused(offer, judged, form, error)
    except Conflict as conflict:
        if conflict.code != codes.UNLIKE_SHOWN:
            return _changed(offer, judged, conflict)
        changed = True
    except Forbidden as error:  # what was shown is not the person
        if error.code == codes.NOT_YOUR_MOVE:
            raise
        form.errors[PASSWORD] = _("That is not right.")
    return await _looked_at(call, offer, judged, form, counter, changed=changed)


async def _send(
    call: PageCall, form: CounterForm, counter: Callable[[Session, Acting], OfferShown]
) -> web.StreamResponse:
    """Send a counter-offer; whoever lets the node accept in their place shows first that it is them."""
    if form.met == "accept":
        away = await require_step_up(call)
        if away is not None:
            return away
    return signing.lead(await signing.sign(call, counter), f"/offers/{call.id}/thread")


async def _looked_at(
    call: PageCall,
    offer: OfferShown,
    judged: Mapping[str, Any] | None,
    form: CounterForm,
    counter: Callable[[Session, Acting], OfferShown],
    *,
    changed: bool,
) -> View:
    """Show what would be sent, or why it cannot be."""
    try:
        signable = await signing.look_at(call, counter)
    except Unprocessable as error:
        return _refused(offer, judged, form, error)
    except Conflict as conflict:
        return _changed(offer, judged, conflict)
    asked = signable.move["terms"] or offer
    beside = {
        "form": form,
        "about_data": data_terms.whole_text(asked),
        "preview": revisions.revisions(signable.move["changes"], offer["currency"]),
        "signable": signable,
        "has_changed": changed,
        "less": _less(offer["total"], asked["total"]),
        "limit": _limit(judged, offer["currency"]),
        "over": _over(judged, asked["total"], offer["currency"]),
        "proof": await proof_of(call) if form.met == "accept" else AskedProof(),
    }
    status = 403 if form.errors else 409 if changed else 200
    return View(template="counter.html", answer=signable.answer, beside=beside, status=status)


def _refused(
    offer: OfferShown, judged: Mapping[str, Any] | None, form: CounterForm, error: Unprocessable
) -> View:
    form.errors["amount-0"] = mistake(error)
    return _form(offer, judged, form)


def _changed(offer: OfferShown, judged: Mapping[str, Any] | None, conflict: Conflict) -> View:
    """Show the form anew if the offer is another by now.

    Raises:
        Conflict: it is something else.
    """
    if conflict.code != codes.OFFER_CHANGED:
        raise conflict
    return _form(offer, judged, counter_forms.of(offer), changed=True)


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


def _over(judged: Mapping[str, Any] | None, asked: str | None, currency: str) -> judgements.FitWords | None:
    """Say by how much more is offered than the owner would pay; None where it is not."""
    limit = None if judged is None else judged["intention"]["limit_price"]
    if limit is None or asked is None or Decimal(asked) <= Decimal(limit):
        return None
    return judgements.limit(decimal_string(Decimal(asked) - Decimal(limit)), currency)


PAGES = (
    WebPage(path="/offers/{id}/counter", handler=begin),
    WebPage(path="/offers/{id}/counter", handler=make, method="POST"),
)
