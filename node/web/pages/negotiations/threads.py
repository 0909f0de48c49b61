"""A negotiation: whose turn it is, how the price went, every move with what it changed, and the talk beside.

Rules here: moves are signed and framed as documents, talk is not and stands in bubbles; they stand in the
order in which they happened. What the talk says is text of whoever wrote it.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.services.negotiations import messages
from node.services.negotiations import offers as negotiations
from node.services.negotiations.chosen import Chosen
from node.services.negotiations.histories import HistoryShown, MoveShown, is_met
from node.services.negotiations.showing import OfferShown
from node.services.store import Session
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.negotiations.offers import load, rivals_chosen
from node.web.pages.wording import courses, revisions
from node.web.pages.wording.formats import plain_money, round_money
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from protocol.errors import Conflict, Unprocessable
from protocol.negotiation import Event, Party, State
from protocol.values import dataclass

SHOWN: Final = 25
"""So many moves and messages are shown at first, the newest."""
_MESSAGES_AT_ONCE: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class ThreadItem:
    """One thing that happened: a move with what it changed, or something that was said."""

    at: str
    mine: bool
    event: str
    revised: Sequence[revisions.Revised] = ()
    said: str = ""
    void: bool = False
    deleted: bool = False


async def show(call: PageCall) -> View:
    """Show a negotiation to the owner."""
    return await _view(call)


async def say(call: PageCall) -> View | web.StreamResponse:
    """Say something about an offer."""
    content = call.form.one("content").strip()
    try:
        await call.write(lambda session: messages.write(session, call.acting, call.id, content))
    except Unprocessable as error:
        return await _view(call, typed=content, error=mistake(error))
    except Conflict as conflict:
        if conflict.code != codes.PEER_BLOCKED:
            raise
        return await _view(call, typed=content, error=mistake(conflict))
    return see_other(f"/offers/{call.id}/thread#talk")


async def _view(call: PageCall, *, typed: str = "", error: str = "") -> View:
    def look(session: Session) -> tuple[OfferShown, HistoryShown, list[dict[str, Any]], list[Chosen], str]:
        offer = load(session, call)
        history = negotiations.history(session, call.acting, offer["id"])
        taken = rivals_chosen(session, call.acting, offer)
        return offer, history, _talk(session, call, offer["id"]), taken, call.position(session)

    offer, history, talk, taken, position = await call.read(look)
    moves = history["moves"]
    items = sorted([*_moves(moves, offer["currency"]), *map(_message, talk)], key=_time_of)
    shown = items if call.asked("all") == "on" else items[-SHOWN:]
    return View(
        template="thread.html",
        answer={**history, "messages": talk},
        beside={
            "position": position,
            "offer": offer,
            "chosen": taken,
            "items": shown,
            "earlier": len(items) - len(shown),
            "course": courses.course(moves),
            "whole": _whole(offer),
            "nearer": _nearer(moves, offer),
            "typed": typed,
            "errors": {"content": error} if error else {},
        },
        status=422 if error else 200,
    )


def _talk(session: Session, call: PageCall, id: str) -> list[dict[str, Any]]:
    """Return all that was said; a negotiation has a bounded number of messages."""
    said: list[dict[str, Any]] = []
    cursor: str | None = None
    while True:
        page = messages.list(session, call.acting, id, cursor=cursor, limit=_MESSAGES_AT_ONCE)
        said += page["items"]
        cursor = page["next"]
        if cursor is None:
            return said


def _time_of(item: ThreadItem) -> str:
    return item.at


def _moves(moves: Sequence[Mapping[str, Any]], currency: str) -> list[ThreadItem]:
    return [
        ThreadItem(
            at=move["at"] or "",
            mine=move["by"] is Party.OFFEREE,
            event="time"
            if move["by"] is Party.CLOCK and move["event"] != Event.CONCLUDE
            else move["event"].value,
            revised=revisions.revisions(move["changes"], currency)
            or (revisions.of_terms(move["terms"]) if move["terms"] else ()),
            said=move["reason"],
            void=move["status"].value == "void",
        )
        for move in moves
    ]


def _message(message: Mapping[str, Any]) -> ThreadItem:
    return ThreadItem(
        at=message["at"],
        mine=message["own"],
        event="talk",
        said=message["content"],
        deleted=message["deleted_at"] is not None,
    )


def _whole(offer: Mapping[str, Any]) -> str:
    """Return the total where it has no cents, short enough for a button; else nothing."""
    total = None if offer["total"] is None else Decimal(offer["total"])
    return "" if total is None or total % 1 else round_money(total.to_integral_value(), offer["currency"])


def _nearer(moves: Sequence[MoveShown], offer: Mapping[str, Any]) -> str:
    """Say how the last two offers differ in what they cost, where it is the owner's turn.

    One that meets to the letter what the owner asked for says so: it changes nothing of that.
    """
    if is_met(offer["state"], moves):
        return _("They offer exactly what you asked for.")
    totals = [
        move["terms"]["total"]
        for move in moves
        if move["event"] in (Event.OFFER, Event.REOFFER)
        and move["terms"]
        and move["status"].value == "applied"
    ][-2:]
    if offer["state"] is not State.OFFERED or len(totals) < 2 or None in totals:
        return ""
    before, after = map(Decimal, totals)
    if before == after:
        return _("The price is the same as before.")
    amount = plain_money(abs(before - after), offer["currency"])
    return (_("They came down by %(amount)s.") if after < before else _("They went up by %(amount)s.")) % {
        "amount": amount
    }


PAGES: Final = (
    WebPage(path="/offers/{id}/thread", handler=show),
    WebPage(path="/offers/{id}/thread", handler=say, method="POST"),
)
