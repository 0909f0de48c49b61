"""Wishes: what was asked for and what came of it; a new one, with what leaves and what stays; changes.

Rules here: what is sent is what was shown. A wish that was changed after it was looked at is shown again
before it is sent.
"""

from collections.abc import Mapping
from typing import Any, Final

import orjson
from aiohttp import web

from node.core.intentions import EVERYBODY, FOLLOWERS
from node.services import today
from node.services.intentions import casting, ending, reaching, showing
from node.services.intentions.addressing import addressed
from node.services.negotiations import comparing, quarantine
from node.services.people import peers
from node.services.store import Session
from node.web.pages import charts, wish_forms
from node.web.pages.page import PageCall, View, WebPage, see_other
from node.web.pages.refusals import words_of
from node.web.pages.wish_forms import WishForm, WishPoint
from protocol.errors import ProtocolError

_A_PAGE: Final = 25
_NEWEST: Final = 3
_KNOWN: Final = 25


async def list_(call: PageCall) -> View:
    """List wishes, newest first."""
    cursor = call.asked("cursor") or None

    def look(session: Session) -> View:
        wishes = showing.list(session, call.acting, own=True, cursor=cursor, limit=_A_PAGE)
        choices = today.choices(session, call.acting, wishes["items"])
        return View(template="wishes.html", answer=wishes, beside={"choices": choices})

    return await call.read(look)


async def show(call: PageCall) -> View:
    """Show one wish: its offers, whom it has reached, what is held back."""

    def look(session: Session) -> View:
        row = showing.load_own(session, call.acting, call.id)
        compared = comparing.compare(session, call.acting, row.id)
        held = quarantine.list(session, call.acting, limit=100)["items"]
        wish = compared["intention"]
        beside = {
            "compared": compared["offers"],
            "newest": sorted(compared["offers"], key=lambda offer: str(offer["opened_at"]), reverse=True)[
                :_NEWEST
            ],
            "chart": charts.of_offers(compared["offers"], wish["private"]["limit_price"]),
            "reach": reaching.show(session, call.acting, row.id),
            "position": call.position(session),
            "held": sum(one["intention"] == row.iri for one in held),
        }
        return View(template="wish.html", answer=wish, beside=beside)

    return await call.read(look)


# --- a new one ----------------------------------------------------------------------------------------------


async def begin(call: PageCall) -> View:
    """Show the form of a new wish."""
    return await _form(call, WishForm(points=[WishPoint()]), begin=call.asked("begin"))


async def make(call: PageCall) -> View | web.StreamResponse:
    """Look at a new wish, or send one that was looked at."""
    form = wish_forms.read(call.form)
    if _edit_points(call, form):
        return await _form(call, form)
    form.points = wish_forms.without_empty(form.points)
    wish = form.wish()
    if form.errors:
        return await _form(call, form)
    try:
        wish["audience"] = await addressed(wish["audience"], lookup=call.runtime.directory.lookup)
        if call.form.has("send") and call.form.one("looked_at") == wish_forms.digest(wish):
            return await _cast(call, wish)
        seen = await call.read(lambda session: casting.preview(session, call.acting, wish))
    except ProtocolError as error:
        form.refuse("name", words_of(error.code, error.detail).text)
        return await _form(call, form)
    return await _form(
        call, form, preview=seen, looked_at=wish_forms.digest(wish), again=call.form.has("send")
    )


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
        "sends": "" if preview is None else _pretty(preview["sends"]),
        "looked_at": looked_at,
        "again": again,
        "begin": begin,
        "currencies": wish_forms.CURRENCIES,
        "known": [peer for peer in known if not peer["blocked"]],
        "many": {"followers": FOLLOWERS, "public": EVERYBODY},
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


def _pretty(document: Any) -> str:
    return orjson.dumps(document, option=orjson.OPT_INDENT_2).decode()


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

    digest = wish_forms.digest(changes)
    try:
        if call.form.has("send") and call.form.one("looked_at") == digest:
            await call.write(amend)
            return see_other(f"/wishes/{call.id}")
        tried = await call.try_(amend)
    except ProtocolError as error:
        form.refuse("name", words_of(error.code, error.detail).text)
        return _changing(wish, form)
    return _changing(wish, form, preview=tried, looked_at=digest, again=call.form.has("send"))


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
    WebPage(path="/wishes/{id}", handler=show),
    WebPage(path="/wishes/{id}/change", handler=reconsider),
    WebPage(path="/wishes/{id}/change", handler=change, method="POST"),
    WebPage(path="/wishes/{id}/withdraw", handler=leave),
    WebPage(path="/wishes/{id}/withdraw", handler=withdraw, method="POST"),
)
