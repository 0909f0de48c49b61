"""A wish on the desk: what is asked for, what the customer will read, and the answer.

Rules here: an offer is signed only as it was looked at; whoever changes it looks again. What stands is named
by its digest, so that nobody answers something else than they saw.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.negotiations import agreements
from node.services.negotiations import offers as offer_service
from node.services.store import Session
from node.services.trade import answering
from node.services.trade.answering import WishToAnswer
from node.web.pages.desk import answer_forms
from node.web.pages.desk.answer_forms import AnswerForm
from node.web.pages.desk.view import view
from node.web.pages.languages import gettext as _
from node.web.pages.page import PageCall, View, WebPage, see_other
from node.web.pages.sentences import would_pay
from node.web.pages.wish_forms import digest
from protocol.errors import Conflict, ProtocolError


async def show(call: PageCall) -> View:
    """Show a wish, the answer under way, and what it leaves unsaid."""
    offer = call.asked("offer") or None
    wish = await call.read(lambda session: answering.show(session, call.acting, call.id, offer=offer))
    return _view(call, wish, answer_forms.of(_terms(wish), until=_until(wish)))


async def answer(call: PageCall) -> View | web.StreamResponse:
    """Look at an answer, or give it.

    Raises:
        Conflict: `offer-changed`, what stands is not what was looked at.
    """
    offer = call.form.one("offer") or None
    wish = await call.read(lambda session: answering.show(session, call.acting, call.id, offer=offer))
    standing = wish["offer"]
    if standing is not None and standing["digest"] != call.form.one("digest"):
        raise Conflict(codes.OFFER_CHANGED)
    if call.form.one("do") in _AT_ONCE:
        return await _at_once(call, wish)
    form = answer_forms.read(call.form)
    terms = form.terms(_terms(wish), until=_until(wish), currency=_currency(wish))
    if form.errors:
        return _view(call, wish, form)
    looked_at = digest(terms)

    def give(session: Session) -> WishToAnswer:
        return answering.answer(session, call.acting, call.id, terms, offer=offer)

    is_signed = call.form.one("do") == "offer"
    try:
        if is_signed and call.form.one("looked_at") == looked_at:
            await call.write(give)
            return see_other(f"/desk/wishes/{call.id}")
        preview = await call.try_(give)
    except ProtocolError as error:
        form.errors["amount-0"] = _(error.detail)
        return _view(call, wish, form)
    return _view(call, wish, form, preview=preview, looked_at=looked_at, again=is_signed)


_AT_ONCE: Final = frozenset({"hold", "meet", "withdraw", "sign", "cannot"})
"""Answers that need no form: what they sign stands on the page."""


async def _at_once(call: PageCall, wish: WishToAnswer) -> web.StreamResponse:
    standing, do = wish["offer"], call.form.one("do")
    if standing is None:
        raise Conflict(codes.OFFER_CHANGED)
    id, agreement = standing["id"], standing["agreement"] or ""
    terms: dict[str, Any] = {"meet": True} if do == "meet" else {}

    def give(session: Session) -> Mapping[str, Any]:
        if do == "sign":
            return agreements.countersign(session, call.acting, agreement)
        if do == "cannot":
            return agreements.renege(session, call.acting, agreement, reason=call.form.one("reason").strip())
        if do == "withdraw":
            return offer_service.withdraw(session, call.acting, id)
        return offer_service.reoffer(session, call.acting, id, terms)

    await call.write(give)
    return see_other(f"/desk/wishes/{call.id}?offer={id}")


def _until(wish: WishToAnswer) -> str | None:
    """Return until when our offer stands; a counter's end is none of ours."""
    standing = wish["offer"]
    return None if standing is None or standing["countered"] is not None else standing["expires_at"]


def _terms(wish: WishToAnswer) -> Mapping[str, Any]:
    """Return the terms that an answer starts from: those that stand, or none but what is wanted."""
    return wish["offer"] or {
        "name": wish["intention"]["name"],
        "price": [],
        "starts_at": None,
        "ends_at": None,
    }


def _currency(wish: WishToAnswer) -> str:
    standing = wish["offer"]
    return wish["intention"]["currency"] if standing is None else standing["currency"]


def _view(
    call: PageCall,
    wish: WishToAnswer,
    form: AnswerForm,
    *,
    preview: WishToAnswer | None = None,
    looked_at: str = "",
    again: bool = False,
) -> View:
    read = (preview or wish)["offer"]
    countered = None if wish["offer"] is None else wish["offer"]["countered"]
    return view(
        call,
        "wish.html",
        preview or wish,
        status=422 if form.errors else 200,
        standing=wish["offer"],
        stands=wish["item"],
        form=form,
        charged=answer_forms.CHARGED,
        preview=preview,
        looked_at=looked_at,
        again=again,
        currency=_currency(wish),
        reads="" if read is None else would_pay(read),
        asks="" if countered is None else would_pay(countered),
    )


PAGES: Final = (
    WebPage(path="/desk/wishes/{id}", handler=show),
    WebPage(path="/desk/wishes/{id}", handler=answer, method="POST"),
)
