"""Wishes: what was asked for and what came of it; a new one, with what leaves and what stays; changes.

Rules here: what is sent is what was shown. A wish that was changed after it was looked at is shown again
before it is sent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import orjson
from aiohttp import web

from node.core import codes
from node.core.intentions import EVERYBODY, FOLLOWERS
from node.services import today
from node.services.intentions import casting, ending, reaching, showing, undertakings
from node.services.intentions.addressing import meet
from node.services.intentions.reaching import ReachShown
from node.services.negotiations import chosen, comparing, quarantine
from node.services.negotiations import offers as negotiations
from node.services.people import peers
from node.services.store import Session
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.paging import A_PAGE
from node.web.pages.wishes import wish_forms
from node.web.pages.wishes.wish_forms import WishForm, WishPoint
from node.web.pages.wording import charts, reach_words, ring_words, words
from node.web.pages.wording.foreseeing import EMPTY, foreseen
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from protocol.errors import NotFound, ProtocolError
from protocol.negotiation import Party, State

_BEST: Final = 3  # on the page of a wish; the rest is a press away
_KNOWN: Final = 25
_PAGES_OF_THE_WEB: Final = {codes.MEDIA_TYPE_REFUSED, codes.STATUS_UNEXPECTED}
_OURS: Final = {"private", "updated_at"}  # members of a wish that nobody is told of


async def list_(call: PageCall) -> View:
    """List wishes, newest first."""
    cursor = call.asked("cursor") or None

    def look(session: Session) -> View:
        wishes = showing.list(session, call.acting, own=True, cursor=cursor, limit=A_PAGE)
        choices = today.choices(session, call.acting, wishes["items"])
        beside = {"choices": choices, "chosen": chosen.among(session, call.acting)}
        return View(template="wishes.html", answer=wishes, beside=beside)

    return await call.read(look)


async def show(call: PageCall) -> View:
    """Show one wish: its offers, what is negotiated, whom it has reached, what is held back."""

    def look(session: Session) -> tuple[View, ReachShown]:
        row = showing.load_own(session, call.acting, call.id)
        compared = comparing.compare(session, call.acting, row.id, limit=A_PAGE)
        held = quarantine.list(session, call.acting, limit=100)["items"]
        wish = compared["intention"]
        beside = {
            "compared": compared["offers"],
            "offer_count": compared["count"],
            "best": compared["offers"][:_BEST],
            "of_one_name": words.namesakes(offer["peer"] for offer in compared["offers"]),
            "asked": _asked(session, call, row.id),
            "chart": charts.of_offers(compared["offers"], wish["private"]["limit_price"]),
            "chosen": chosen.of(session, call.acting, row.iri),
            "agreement": chosen.agreed(session, call.acting, row.iri),
            "position": call.position(session),
            "readers": ring_words.readers(undertakings.list(session, call.acting, row.id)["items"]),
            "withheld": ring_words.parts(wish["withheld"]),
            "held": sum(one["intention"] == row.iri for one in held),
        }
        return View(template="wish.html", answer=wish, beside=beside), reaching.show(
            session, call.acting, row.id
        )

    seen, reach = await call.read(look)
    told = {"reached": reach_words.reached(reach), "unreached": reach_words.lines(reach)}
    return replace(seen, beside={**seen.beside, "reach": {**told, "count": reach["reached"]}})


def _asked(session: Session, call: PageCall, wish: str) -> Sequence[Mapping[str, Any]]:
    """Return the offers of which the owner asked for other terms: open, and nothing to choose yet."""
    return negotiations.list(
        session, call.acting, intention=wish, state=State.COUNTERED, role=Party.OFFEREE, limit=A_PAGE
    )["items"]


# --- a new one ----------------------------------------------------------------------------------------------


async def begin(call: PageCall) -> View:
    """Show the form of a new wish, filled like another of the owner's if that is asked for."""
    like = call.asked("like")
    if like:
        return await _form(call, await call.read(lambda session: _like(session, call, like)))
    return await _form(call, WishForm(points=[WishPoint()]), begin=call.asked("begin"))


def _like(session: Session, call: PageCall, id: str) -> WishForm:
    wish = showing.view(session, showing.load_own(session, call.acting, id))
    known = peers.list(session, call.acting, limit=_KNOWN)["items"]
    return wish_forms.anew(wish, {peer["iri"] for peer in known if not peer["blocked"]})


async def make(call: PageCall) -> View | web.StreamResponse:
    """Look at a new wish, or send one that was looked at."""
    form = wish_forms.read(call.form)
    if _edit_points(call, form):
        return await _form(call, form)
    form.points = wish_forms.without_empty(form.points)
    wish = form.wish()
    if form.errors:
        return await _form(call, form)
    wish["audience"] = await _found(call, form, wish["audience"])
    if form.errors:
        return await _form(call, form)
    try:
        seen = await call.read(lambda session: casting.preview(session, call.acting, wish))
        looked_at = _digest(wish, seen)
        if call.form.has("send") and call.form.one("looked_at") == looked_at:
            return await _cast(call, wish)
    except ProtocolError as error:
        form.refuse("name", mistake(error))
        return await _form(call, form)
    return await _form(call, form, preview=seen, looked_at=looked_at, again=call.form.has("send"))


def _digest(wish: Mapping[str, Any], seen: Mapping[str, Any]) -> str:
    """Return what stands for what was looked at: the wish, and the terms that are held out with it."""
    return wish_forms.digest({"wish": wish, "proffers": seen["proffers"]})


async def foresee(call: PageCall) -> web.StreamResponse:
    """Say as values what a wish would send, while it is typed; nothing if it cannot be said yet."""
    form = wish_forms.read(call.form)
    form.points = wish_forms.without_empty(form.points)
    wish = form.wish()
    values: dict[str, Any] = {}
    if not form.errors and not form.others:  # a name is looked up only when somebody presses
        try:
            seen = await call.read(lambda session: casting.preview(session, call.acting, wish))
            values = foreseen(seen, _digest(wish, seen), form.currency).values()
        except ProtocolError:
            values = {}
    return web.Response(
        body=orjson.dumps(values), content_type="application/json", headers={"Cache-Control": "no-store"}
    )


async def _found(call: PageCall, form: WishForm, audience: Sequence[str]) -> list[str]:
    """Return an audience with what was typed looked up; which of that leads nowhere is said at its field."""
    found: list[str] = []
    typed = {*form.addresses} - {*form.to}
    for who in audience:
        try:
            found.append((await call.runtime.directory.lookup(who)).iri if who in typed else who)
        except ProtocolError as error:
            form.refuse("others", f"{who}: {_nobody_there(error, who) or mistake(error)}")
            break
    if form.little:  # who does not know the words of rings is told no more, so that has to be known
        await meet(found, look=call.runtime.directory.actor)
    return found


def _nobody_there(error: ProtocolError, who: str) -> str:
    """Say that an address is a page of the web and no business's own; nothing if it is something else."""
    if "://" not in who or not (isinstance(error, NotFound) or error.code in _PAGES_OF_THE_WEB):
        return ""
    return _("Nobody takes wishes at this address. Their page says theirs, such as shop@shop.example.")


async def _cast(call: PageCall, wish: Mapping[str, Any]) -> web.StreamResponse:
    preview = {"id": call.form.one("preview_id"), "published": call.form.one("preview_published")}
    hints = {who: call.runtime.directory.hint(who) for who in wish["audience"]}
    known = {who: actor for who, actor in hints.items() if actor is not None}
    told = {**wish, "preview": preview}
    made = await call.write(lambda session: casting.cast(session, call.acting, told, known=known))
    return see_other(f"/wishes/{made['id']}")


async def _form(
    call: PageCall,
    form: WishForm,
    *,
    preview: Mapping[str, Any] | None = None,
    looked_at: str = "",
    again: bool = False,
    begin: str = "",
) -> View:
    known = await call.read(lambda session: peers.list(session, call.acting, limit=_KNOWN)["items"])
    beside = {
        "form": form,
        "preview": preview,
        "foreseen": EMPTY if preview is None else foreseen(preview, looked_at, form.currency),
        "empty": EMPTY,
        "again": again,
        "begin": begin,
        "currencies": wish_forms.CURRENCIES,
        "known": [peer for peer in known if not peer["blocked"]],
        "many": {"followers": FOLLOWERS, "public": EVERYBODY},
        "little": wish_forms.LITTLE,
        "kinds": ring_words.kinds(),
        "openable": ring_words.openable(),
    }
    answer = preview or {"errors": form.errors}
    return View(template="wish_new.html", answer=answer, beside=beside, status=422 if form.errors else 200)


def _edit_points(call: PageCall, form: WishForm) -> bool:
    """Add or remove a point, if that button was pressed; tell whether it was."""
    if call.form.has("add"):
        form.points.append(WishPoint())
        return True
    place = call.form.one("remove")
    if place.isascii() and place.isdigit() and int(place) < len(form.points):
        del form.points[int(place)]
        return True
    return False


# --- changes ------------------------------------------------------------------------------------------------


async def reconsider(call: PageCall) -> View:
    """Show the form of a wish that there is."""
    wish = await call.read(
        lambda session: showing.view(session, showing.load_own(session, call.acting, call.id))
    )
    return _changing(wish, wish_forms.of(wish))


async def change(call: PageCall) -> View | web.StreamResponse:
    """Look at a change of a wish, or tell it to everybody who was told of it."""
    form = wish_forms.read(call.form)
    wish = await call.read(
        lambda session: showing.view(session, showing.load_own(session, call.acting, call.id))
    )
    if _edit_points(call, form):
        return _changing(wish, form)
    form.points = wish_forms.without_empty(form.points)
    changes = form.wish(with_audience=False)
    if form.errors:
        return _changing(wish, form)

    def amend(session: Session) -> showing.IntentionShown:
        return casting.amend(session, call.acting, call.id, changes)

    try:
        tried = await call.try_(amend)
        digest = wish_forms.digest({**changes, "told": _is_told(wish, tried)})
        if call.form.has("send") and call.form.one("looked_at") == digest:
            await call.write(amend)
            return see_other(f"/wishes/{call.id}")
    except ProtocolError as error:
        form.refuse("name", mistake(error))
        return _changing(wish, form)
    return _changing(wish, form, preview=tried, looked_at=digest, again=call.form.has("send"))


def _is_told(wish: showing.IntentionShown, changed: showing.IntentionShown) -> bool:
    """Tell whether a change is another wish for those who have it, so that it is sent (`casting.amend`)."""
    before, after = (
        {member: value for member, value in one.items() if member not in _OURS} for one in (wish, changed)
    )
    return before != after


def _changing(
    wish: showing.IntentionShown,
    form: WishForm,
    *,
    preview: showing.IntentionShown | None = None,
    looked_at: str = "",
    again: bool = False,
) -> View:
    beside = {
        "form": form,
        "preview": preview,
        "is_told": preview is not None and _is_told(wish, preview),
        "looked_at": looked_at,
        "again": again,
        "currencies": wish_forms.CURRENCIES,
    }
    return View(
        template="wish_change.html",
        answer=preview or wish,
        beside={**beside, "wish": wish},
        status=422 if form.errors else 200,
    )


async def leave(call: PageCall) -> View:
    """Say what withdrawing a wish does."""

    def look(session: Session) -> View:
        wish = showing.view(session, showing.load_own(session, call.acting, call.id))
        reach = reaching.show(session, call.acting, wish["id"])
        return View(template="wish_withdraw.html", answer=wish, beside={"reach": reach})

    return await call.read(look)


async def withdraw(call: PageCall) -> web.StreamResponse:
    """Withdraw a wish."""
    await call.write(lambda session: ending.withdraw(session, call.acting, call.id))
    return see_other(f"/wishes/{call.id}")


PAGES: Final = (
    WebPage(path="/wishes", handler=list_),
    WebPage(path="/wishes/new", handler=begin),
    WebPage(path="/wishes/new", handler=make, method="POST"),
    WebPage(path="/wishes/new/preview", handler=foresee, method="POST"),
    WebPage(path="/wishes/{id}", handler=show),
    WebPage(path="/wishes/{id}/change", handler=reconsider),
    WebPage(path="/wishes/{id}/change", handler=change, method="POST"),
    WebPage(path="/wishes/{id}/withdraw", handler=leave),
    WebPage(path="/wishes/{id}/withdraw", handler=withdraw, method="POST"),
)
