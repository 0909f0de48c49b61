"""A wish on the desk: what is asked for, what the customer will read, and the answer.

Rules here: an offer is signed only as it was looked at, to the byte, and so is what holds firm or meets a
counter; whoever changes it looks again. What stands is named by its digest, also in the write, so that nobody
answers something else than they saw.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.acting import Acting
from node.services.intentions import signing as signing_for_more
from node.services.intentions import undertakings
from node.services.intentions.own_copies import may_tell_more
from node.services.negotiations import agreements, fair_copies
from node.services.negotiations import offers as offer_service
from node.services.negotiations.showing import OfferShown
from node.services.store import Session
from node.services.trade import answering, pipeline, setting_up, shop
from node.services.trade.answering import WishToAnswer
from node.web.pages.desk import answer_forms
from node.web.pages.desk.answer_forms import AnswerForm
from node.web.pages.desk.view import view
from node.web.pages.frame import signing
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.signing import Signable
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.negotiations.countersigning import signable
from node.web.pages.negotiations.offers import promised, stated
from node.web.pages.wording import data_terms, labels, revisions, ring_words, untaken
from node.web.pages.wording.languages import reading
from node.web.pages.wording.refusals import mistake
from node.web.pages.wording.sentences import would_pay
from protocol import codes as wire
from protocol.codes import Code
from protocol.errors import Conflict, ProtocolError
from protocol.negotiation import State


async def show(call: PageCall) -> View:
    """Show a wish, the answer under way, and what it leaves unsaid."""
    offer = call.asked("offer") or None
    wish = await call.read(lambda session: answering.show(session, call.acting, call.id, offer=offer))
    return await _view(call, wish, _form(wish))


async def answer(call: PageCall) -> View | web.StreamResponse:
    """Look at an answer, or give it.

    Raises:
        Conflict: `offer-changed`, what stands is not what was looked at.
    """
    offer = call.form.one("offer") or None
    wish = await call.read(lambda session: answering.show(session, call.acting, call.id, offer=offer))
    standing = _answered(wish)
    seen = None if standing is None else standing["digest"]
    if (seen or "") != call.form.one("digest") and await call.done_at() is None:
        raise Conflict(codes.OFFER_CHANGED)
    if call.form.one("do") in _BINDING and (asked := await require_step_up(call)):
        return asked
    if call.form.one("do") in _AT_ONCE:
        return await _at_once(call, wish)
    form = answer_forms.read(call.form)
    is_anew = standing is None and wish["offer"] is not None
    terms = form.terms(_terms(wish), until=_until(wish), currency=_currency(wish), whole=is_anew)
    if form.errors:
        return await _view(call, wish, form)

    def give(session: Session, acting: Acting) -> WishToAnswer:
        return answering.answer(session, acting, call.id, terms, offer=offer, digest=seen)

    is_signed = call.form.one("do") == "offer"
    try:
        if is_signed and (away := await _sign(call, give, f"/desk/wishes/{call.id}")):
            return away
        looked_at = await signing.look_at(call, give)
    except ProtocolError as error:
        form.errors[_FIELDS.get(error.code, "amount-0")] = mistake(error)
        return await _view(call, wish, form)
    return await _view(call, wish, form, looked_at=looked_at, again=is_signed)


async def undertake(call: PageCall) -> web.StreamResponse:
    """Sign to be told what the wish keeps back; signed already, it changes nothing."""
    if asked := await require_step_up(call):
        return asked
    await call.runtime.own_copies.ask(call.acting, call.id)
    agreement = call.form.one("agreement")  # what the button names
    await call.write(
        lambda session: signing_for_more.undertake(session, call.acting, call.id, agreement=agreement)
    )
    return see_other(f"/desk/wishes/{call.id}")


async def _sign(
    call: PageCall,
    give: Callable[[Session, Acting], Mapping[str, Any]],
    onward: str,
    *,
    copy: str = signing.COPY,
) -> web.StreamResponse | None:
    """Sign what was looked at, and lead on; None if something else would be signed by now."""
    try:
        return signing.lead(await signing.sign(call, give, copy=copy), onward)
    except Conflict as conflict:
        if conflict.code != codes.UNLIKE_SHOWN:
            raise
    return None


_FIELDS: Final[Mapping[Code, str]] = {
    wire.NO_LEAVING: "notice",
    wire.NOTICE_OUT_OF_RANGE: "notice",
    wire.NOTICE_EXCEEDS_TERM: "notice",
    wire.ENDS_BEFORE_START: "ends",
    wire.PAYMENT_AFTER_END: "ends",
    wire.MISSING_START: "starts",
    codes.ALREADY_EXPIRED: "until",
}
"""Where what was refused is said; at the price if it is none of these."""


_REPLIES: Final[Mapping[str, Mapping[str, Any]]] = {"hold": {}, "meet": {"meet": True}}
"""Answers to a counter, and on which terms."""
_CLOSED: Final = frozenset({State.WITHDRAWN, State.EXPIRED, State.REFUSED, State.LAPSED, State.RENEGED})
"""Where a negotiation is over without an agreement: another offer to the wish begins one of its own."""
_AT_ONCE: Final = frozenset({*_REPLIES, "withdraw"})
"""Answers that need no form: what they sign stands on the page."""
_BINDING: Final = frozenset({"offer", "hold", "meet"})
"""Answers that bind: whoever gives them shows that it is them."""


async def _at_once(call: PageCall, wish: WishToAnswer) -> View | web.StreamResponse:
    standing, do = _answered(wish), call.form.one("do")
    if standing is None:
        raise Conflict(codes.OFFER_CHANGED)
    id, onward = standing["id"], f"/desk/wishes/{call.id}?offer={standing['id']}"
    if do == "withdraw":
        await call.write(lambda session: offer_service.withdraw(session, call.acting, id))
        return see_other(onward)
    away = await _sign(call, _replying(standing, _REPLIES[do]), onward, copy=f"copy_{do}")
    return away or await _view(call, wish, _form(wish), changed=True)


def _replying(
    standing: OfferShown, terms: Mapping[str, Any]
) -> Callable[[Session, Acting], Mapping[str, Any]]:
    """Return the write that answers a counter on these terms, if it stands as it was seen."""

    def give(session: Session, acting: Acting) -> Mapping[str, Any]:
        return offer_service.reoffer(session, acting, standing["id"], dict(terms), digest=standing["digest"])

    return give


async def _replies(call: PageCall, wish: WishToAnswer) -> dict[str, Signable[Any] | None]:
    """Return what holding firm and meeting the counter would sign; None for what cannot be."""
    standing, found = wish["offer"], dict[str, Signable[Any] | None]()
    paper = fair_copies.new_paper(call.acting)
    for do, terms in _REPLIES.items():
        found[do] = None
        if standing is not None and standing["countered"] is not None:
            with suppress(ProtocolError):  # the round is over, or the wish: what stands says so
                found[do] = await signing.look_at(call, _replying(standing, terms), on=paper)
    return {"held": found["hold"], "met": found["meet"]}


def _answered(wish: WishToAnswer) -> OfferShown | None:
    """Return the offer that an answer takes the place of; None where it opens a negotiation of its own."""
    offer = wish["offer"]
    return None if offer is None or offer["state"] in _CLOSED else offer


def _until(wish: WishToAnswer) -> str | None:
    """Return until when our offer stands; the end of a counter is not ours, nor that of one that is over."""
    standing = _answered(wish)
    return None if standing is None or standing["countered"] is not None else standing["expires_at"]


def _form(wish: WishToAnswer) -> AnswerForm:
    return answer_forms.of(_terms(wish), wish["intention"]["specifications"], until=_until(wish))


def _terms(wish: WishToAnswer) -> Mapping[str, Any]:
    """Return the terms that an answer starts from: those that stand, or none but what is wanted."""
    return wish["offer"] or {
        "name": ring_words.wanted(wish["intention"]),
        "quantity": wish["intention"]["quantity"],
        "price": [],
        "properties": [],
        "starts_at": None,
        "ends_at": None,
        "notice": None,
        "content": "",
    }


def _currency(wish: WishToAnswer) -> str:
    standing = wish["offer"]
    return wish["intention"]["currency"] if standing is None else standing["currency"]


async def _view(
    call: PageCall,
    wish: WishToAnswer,
    form: AnswerForm,
    *,
    looked_at: Signable[WishToAnswer] | None = None,
    again: bool = False,
    changed: bool = False,
) -> View:
    preview, standing = (None if looked_at is None else looked_at.answer), wish["offer"]
    read = (preview or wish)["offer"]
    replies = await _replies(call, wish) if preview is None else {"held": None, "met": None}
    countered = None if standing is None else standing["countered"]
    return view(
        call,
        "wish.html",
        preview or wish,
        status=422 if form.errors else 409 if changed else 200,
        standing=standing,
        answered=_answered(wish),
        over=standing is not None and standing["state"] in {*_CLOSED, State.REJECTED},
        stands=wish["item"],
        form=form,
        errors={},
        **await _signable(call, standing),
        **replies,
        floor=await _floor(call, standing, preview),
        hints={one["property"]: labels.bounds(one) for one in wish["intention"]["specifications"]},
        labelled={point.property: labels.label(point.property) for point in form.points},
        charged=answer_forms.CHARGED,
        periods=answer_forms.PERIODS,
        preview=preview,
        looked_at=looked_at,
        again=again,
        changed=changed,
        currency=_currency(wish),
        has_list=await call.read(lambda session: setting_up.has_list(session, call.acting)),
        reads=_as_read(call, read),
        stated={} if read is None else stated(read),
        promised=[] if read is None else promised(read, folded=preview is None and _is_read(standing)),
        proof=await proof_of(call),
        asks=_as_read(call, countered),
        **await _changing(call, standing),
        asked=[] if countered is None or standing is None else revisions.between(standing, countered),
        asked_about_data="" if countered is None else data_terms.whole_text(countered),
        **await _kept_back(call, wish),
        untaken=_untaken(standing),
        told=" ".join(pipeline.TOLD),
        position=await call.read(call.position),
    )


async def _floor(call: PageCall, standing: OfferShown | None, preview: WishToAnswer | None) -> str | None:
    """Return the owner's floor, if what is asked for, or would be offered in its place, is below it."""
    read = standing and standing["countered"] if preview is None else preview["offer"]
    if standing is None or not read or read["total"] is None:
        return None
    id = standing["id"]
    floor = await call.read(lambda session: shop.floor_of(session, call.acting, id))
    return None if floor is None or Decimal(read["total"]) >= floor else str(floor)


async def _kept_back(call: PageCall, wish: WishToAnswer) -> dict[str, Any]:
    """Return what a wish keeps back, or may keep back, and what was signed here to be told more of it."""
    has_signed = wish["intention"]["signed"] is not None

    def look(session: Session) -> dict[str, Any]:
        signed = undertakings.list(session, call.acting, call.id)["items"] if has_signed else []
        return {
            "withheld": ring_words.parts(wish["intention"]["withheld"]),
            "may_tell_more": may_tell_more(session, call.acting, call.id),
            "undertaken": ring_words.readers(signed),
        }

    return await call.read(look)


async def _signable(call: PageCall, standing: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return what the owner's second signature would sign, where it is asked for."""
    if standing is None or standing["agreement"] is None:
        return {}
    id = standing["agreement"]
    return await signable(call, await call.read(lambda session: agreements.show(session, call.acting, id)))


async def _changing(call: PageCall, standing: OfferShown | None) -> dict[str, Any]:
    """Return what is changed of an agreement, in words, and of which (its id), where an offer amends one."""
    if standing is None or standing["amends"] is None:
        return {"changed_terms": [], "neither_holds": "", "amended": None}
    return {
        "changed_terms": revisions.revisions(standing["changes"], standing["currency"]),
        "neither_holds": revisions.neither_holds(standing),
        "amended": await call.read(lambda session: agreements.amended_by(session, call.acting, standing)),
    }


def _untaken(standing: OfferShown | None) -> str:
    """Say why what we offered was not taken there; empty without words for it."""
    sent = None if standing is None or standing["state"] != State.REFUSED else standing["delivery"]
    return untaken.said(None if sent is None else sent["last_error"])


def _is_read(standing: OfferShown | None) -> bool:
    """Tell whether what stands about data is signed nowhere on the page, or shown where it is signed."""
    if standing is None or standing["state"] == State.ACCEPTED:
        return False
    countered = standing["countered"]
    return countered is None or data_terms.whole_text(countered) == data_terms.whole_text(standing)


def _as_read(call: PageCall, terms: Mapping[str, Any] | None) -> str:
    """Return the sentence that the customer reads of these terms, in the words said to a person."""
    with reading(replace(call.reader, formal=False)):
        return "" if terms is None else would_pay(terms)


PAGES: Final = (
    WebPage(path="/desk/wishes/{id}", handler=show),
    WebPage(path="/desk/wishes/{id}", handler=answer, method="POST"),
    WebPage(path="/desk/wishes/{id}/undertake", handler=undertake, method="POST"),
)
