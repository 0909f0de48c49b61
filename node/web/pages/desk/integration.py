"""Integration: the CRM in which a business works, how it stands, what waits, and what is to be decided.

Rules here: everybody of the team sees it and decides, as over the API; only the owner connects a CRM and lets
it go (`integrating`). Whose value of a field holds is decided on both values as they were shown.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.core.crm_merging import FieldChoice
from node.core.drafts import view_time
from node.services.crm import deciding, waiting
from node.services.crm.deciding import CrmDecision
from node.services.states import CRM_CALL_STATES, CRM_REASONS
from node.services.store import Session
from node.web.edge import pages
from node.web.edge.problems import Refusal
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.wording import crm_words
from protocol.errors import NotFound

HERE: Final = "/desk/integration"
TOLD: Final = "crm.conflict crm.decided crm.connected crm.active crm.disconnected"
_FIRST: Final = 10  # of what is to be decided, and of what waits: the rest has pages of its own
_A_PAGE: Final = 25
_GATHERED: Final = "deleted"
"""The reason for which there may be as many as somebody has deleted at once: they are one thing to decide."""


async def show(call: PageCall) -> View:
    """Show which CRM is connected, how it stands, what waits and what is to be decided.

    Raises:
        NotFound: `crm-missing`, to a program.
    """
    try:
        shown = await call.runtime.crm.show(call.acting)
    except NotFound:
        if not wants_page(call):
            raise
        return view(call, "integration_none.html", {}, is_owner=is_owner(call))

    def look(session: Session) -> dict[str, Any]:
        listed = _first_conflicts(session, call)
        queued = waiting.waiting(session, call.acting, state="queued", limit=_FIRST)
        return {"listed": listed, "calls": queued["items"], "position": call.position(session)}

    beside = await call.read(look)
    return view(
        call,
        "integration.html",
        shown,
        lines=crm_words.values(shown),
        told=TOLD,
        is_owner=is_owner(call),
        shut_out=crm_words.is_shut_out(shown),
        gathered=_GATHERED,
        **beside,
    )


def wants_page(call: PageCall) -> bool:
    """Tell whether a page is asked for, and not what the API answers."""
    return pages.is_asked_for(call.request.headers.get("Accept", ""))


def is_owner(call: PageCall) -> bool:
    """Tell whether it is the owner who looks."""
    return call.visitor.person == call.visitor.handle


def done_already(at: datetime) -> View:
    """Say that this very form was done before."""
    beside = {"at": view_time(at), "onward": HERE}
    return View(template="done_already.html", answer={}, beside=beside, status=409)


async def _once(call: PageCall, change: Callable[[Session], Mapping[str, Any]]) -> View | web.StreamResponse:
    at = await call.done_at()
    if at is not None:
        return done_already(at)
    await call.write(change)
    return see_other(HERE)


def _first_conflicts(session: Session, call: PageCall) -> Mapping[str, Any]:
    """Return the first of what is to be decided; of records that were deleted one, if there is only one."""
    found: list[Any] = []
    counts: Mapping[str, int] = {}
    for reason in CRM_REASONS:
        some = deciding.conflicts(session, call.acting, reason=reason, limit=_FIRST)
        counts = some["counts"]
        if reason != _GATHERED or len(some["items"]) == 1:
            found += some["items"]
    return {"items": found[:_FIRST], "counts": counts}


async def list_conflicts(call: PageCall) -> View:
    """List what is to be decided, the newest first.

    Raises:
        Refusal: 422, there is no such reason.
    """
    reason = _one_of(call.asked("reason"), CRM_REASONS)

    def look(session: Session) -> dict[str, Any]:
        cursor = call.asked("cursor") or None
        return deciding.conflicts(session, call.acting, reason=reason, cursor=cursor, limit=_A_PAGE)

    answer = await call.read(look)
    return view(call, "integration_conflicts.html", answer, chosen=reason or "", gathered=_GATHERED)


async def list_waiting(call: PageCall) -> View:
    """List what waits to be brought there, the newest first.

    Raises:
        Refusal: 422, there is no such state.
    """
    state = _one_of(call.asked("state"), CRM_CALL_STATES)

    def look(session: Session) -> dict[str, Any]:
        cursor = call.asked("cursor") or None
        return waiting.waiting(session, call.acting, state=state, cursor=cursor, limit=_A_PAGE)

    return view(call, "integration_waiting.html", await call.read(look), chosen=state or "")


def _one_of(asked: str, known: tuple[str, ...]) -> str | None:
    if asked and asked not in known:
        raise Refusal(422, codes.INVALID_SHAPE)
    return asked or None


# --- what a person decides ---------------------------------------------------------------------------


async def retry(call: PageCall) -> View | web.StreamResponse:
    """Try again; a record that was deleted there is made anew."""
    acting = call.acting
    return await _once(call, lambda session: deciding.retry(session, acting, call.id))


async def discard(call: PageCall) -> View | web.StreamResponse:
    """Leave a record as it stands there."""
    acting = call.acting
    return await _once(call, lambda session: deciding.discard(session, acting, call.id))


async def choose(call: PageCall) -> View | web.StreamResponse:
    """Say whose value of a field holds.

    Raises:
        Refusal: 422, the form says nothing of that.
    """
    choice, acting = _said(call, "choice", tuple(FieldChoice)), call.acting
    field, seen = call.form.one("field"), call.form.one("seen")
    return await _once(
        call,
        lambda session: deciding.choose(session, acting, call.id, choice=choice, seen=seen, field=field),
    )


async def decide_all(call: PageCall) -> View | web.StreamResponse:
    """Decide all that waits for one reason.

    Raises:
        Refusal: 422, the form says nothing of that.
    """
    reason, decision = _said(call, "reason", CRM_REASONS), _said(call, "decision", tuple(CrmDecision))
    acting = call.acting
    return await _once(
        call, lambda session: deciding.decide_all(session, acting, reason=reason, decision=decision)
    )


async def try_now(call: PageCall) -> View | web.StreamResponse:
    """Try now what waits."""
    acting = call.acting
    return await _once(call, lambda session: waiting.try_now(session, acting, call.id))


async def drop(call: PageCall) -> View | web.StreamResponse:
    """Do not bring there what waits."""
    acting = call.acting
    return await _once(call, lambda session: waiting.drop(session, acting, call.id))


def _said(call: PageCall, name: str, known: tuple[str, ...]) -> str:
    said = _one_of(call.form.one(name), known)
    if said is None:
        raise Refusal(422, codes.INVALID_SHAPE)
    return said


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE + "/conflicts", handler=list_conflicts),
    WebPage(path=HERE + "/conflicts", handler=decide_all, method="POST"),
    WebPage(path=HERE + "/conflicts/{id}/retry", handler=retry, method="POST"),
    WebPage(path=HERE + "/conflicts/{id}/discard", handler=discard, method="POST"),
    WebPage(path=HERE + "/conflicts/{id}/choose", handler=choose, method="POST"),
    WebPage(path=HERE + "/waiting", handler=list_waiting),
    WebPage(path=HERE + "/waiting/{id}/retry", handler=try_now, method="POST"),
    WebPage(path=HERE + "/waiting/{id}/discard", handler=drop, method="POST"),
)
