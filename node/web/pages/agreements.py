"""Agreements: what holds, what is owed and until when; one of them with its proof; leaving it.

Rules here: what is said of an agreement is made from what both have signed. What follows from leaving stands
before the button that does it, and the button signs just that day. At the same address a peer finds the
document (`otherwise`), as before.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, Final

from aiohttp import web

from node.services import disclosure
from node.services.negotiations import agreements, reconsidering
from node.services.negotiations.showing import AgreementShown
from node.services.store import Session
from node.web.federation import documents
from node.web.pages import labels, sentences
from node.web.pages.languages import gettext as _
from node.web.pages.offers import lines_of, terms_of
from node.web.pages.page import PageCall, View, WebPage, see_other
from node.web.pages.step_up import PASSWORD, proof_of, require_step_up
from protocol.errors import Forbidden, Unprocessable
from protocol.negotiation import Party
from protocol.times import read_time

_A_PAGE: Final = 25
_HOLDING: Final = frozenset({"concluded", "ending"})
_WAITING: Final = frozenset({"accepted"})


async def list_(call: PageCall) -> View:
    """List agreements: what holds with its dates, what waits for a signature, what is over."""
    cursor = call.asked("cursor") or None
    page = await call.read(
        lambda session: agreements.list(session, call.acting, cursor=cursor, limit=_A_PAGE)
    )
    items: list[AgreementShown] = page["items"]
    holding = [item for item in items if item["state"] in _HOLDING]
    waiting = [item for item in items if item["state"] in _WAITING]
    beside = {
        "holding": holding,
        "waiting": waiting,
        "over": [item for item in items if item not in holding and item not in waiting],
        "monthly": _monthly([item for item in holding if item["role"] is Party.OFFEREE]),
        "dates": _dates(holding),
    }
    return View(template="agreements.html", answer=page, beside=beside)


def _monthly(items: Sequence[AgreementShown]) -> list[tuple[str, str]]:
    """Add up what is paid by the month, for each currency."""
    sums: dict[str, Decimal] = {}
    for item in items:
        if item["monthly"] is not None:
            sums[item["currency"]] = sums.get(item["currency"], Decimal(0)) + Decimal(item["monthly"])
    return [(f"{amount:f}", currency) for currency, amount in sorted(sums.items()) if amount]


def _dates(items: Sequence[AgreementShown]) -> list[tuple[str, str, AgreementShown]]:
    """Return what happens when to agreements that hold, the soonest first: the day, what, and to which."""
    dated = [
        (day, kind, item)
        for item in items
        for kind, day in (("left", item["leaves_at"]), ("ends", item["ends_at"]))
        if day is not None and not (kind == "ends" and item["leaves_at"] is not None)
    ]
    return sorted(dated, key=lambda one: one[0])


async def show(call: PageCall) -> View:
    """Show one agreement."""
    return await _view(call)


async def confirm(call: PageCall) -> web.StreamResponse:
    """Confirm that an agreement was performed."""
    await call.write(lambda session: agreements.confirm(session, call.acting, call.id))
    return see_other(f"/agreements/{call.id}")


async def answer(call: PageCall) -> View | web.StreamResponse:
    """Sign what somebody accepted of the owner's offers, or say that it cannot be done."""

    def give(session: Session) -> AgreementShown:
        if call.form.one("do") == "sign":
            return agreements.countersign(session, call.acting, call.id)
        return agreements.renege(session, call.acting, call.id, reason=call.form.one("reason").strip())

    try:
        away = await require_step_up(call) if call.form.one("do") == "sign" else None
    except Forbidden:
        return await _view(call, errors={PASSWORD: _("That is not right.")})
    if away is not None:
        return away
    await call.write(give)
    return see_other(f"/agreements/{call.id}")


async def _view(call: PageCall, *, errors: Mapping[str, str] | None = None) -> View:
    def look(session: Session) -> tuple[AgreementShown, bool]:
        shown = agreements.show(session, call.acting, call.id)
        return shown, _is_undoable(session, call, shown)

    agreement, undoable = await call.read(look)
    beside = {
        **_beside(agreement),
        "undoable": undoable,
        "proof": await proof_of(call),
        "errors": errors or {},
    }
    return View(template="agreement.html", answer=agreement, beside=beside, status=403 if errors else 200)


def _is_undoable(session: Session, call: PageCall, agreement: AgreementShown) -> bool:
    if agreement["state"] not in _WAITING or agreement["role"] is not Party.OFFEREE:
        return False
    until = reconsidering.undoable_until(session, call.acting, agreement["offer"])
    return until is not None and until > call.runtime.clock()


def _beside(agreement: AgreementShown) -> dict[str, Any]:
    paying = agreement["role"] is Party.OFFEREE
    return {
        "sentence": sentences.pays(agreement, paying=paying),
        "paying": paying,
        "lines": lines_of(agreement),
        "terms": [*terms_of(agreement), *_further(agreement)],
        "signed": agreement["concluded_at"] is not None,
        "can_leave": agreement["state"] in _HOLDING and agreement["leaves_earliest"] is not None,
        "can_sign": agreement["state"] in _WAITING and agreement["role"] is Party.OFFERER,
        "can_confirm": agreement["state"] == "concluded" and agreement["own_confirmed_at"] is None,
    }


def _further(agreement: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what else was promised."""
    return [
        (labels.label(one["property"]), labels.measure(one["value"], one["unit"]))
        for one in agreement["properties"]
    ]


async def evidence(call: PageCall) -> web.Response:
    """Give the file that proves an agreement to anyone, offline."""
    bundle = await call.read(lambda session: agreements.evidence(session, call.acting, call.id))
    return web.Response(
        body=bundle,
        headers={
            "Cache-Control": "no-store",
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{_file_name(call.id)}"',
        },
    )


def _file_name(id: str) -> str:
    safe = "".join(sign for sign in id if sign.isascii() and (sign.isalnum() or sign == "_"))
    return f"{safe[:40]}.json"


# --- leaving ------------------------------------------------------------------------------------------------


async def ask_leave(call: PageCall) -> View | web.StreamResponse:
    """Say what follows from leaving an agreement now."""
    return await _leaving(call)


async def leave(call: PageCall) -> View | web.StreamResponse:
    """Give notice, for the day that was read."""
    try:
        at = read_time(call.form.one("at"))
        away = await require_step_up(call)
        if away is not None:
            return away
        await call.write(lambda session: agreements.end(session, call.acting, call.id, at=at))
    except Forbidden:
        return await _leaving(call, errors={PASSWORD: _("That is not right.")})
    except (ValueError, Unprocessable):  # no day, or one that cannot be had any more
        return await _leaving(call, changed=True)
    return see_other(f"/agreements/{call.id}")


async def _leaving(
    call: PageCall, *, changed: bool = False, errors: Mapping[str, str] | None = None
) -> View | web.StreamResponse:
    agreement = await call.read(lambda session: agreements.show(session, call.acting, call.id))
    beside = _beside(agreement)
    if not beside["can_leave"]:
        return see_other(f"/agreements/{agreement['id']}")
    at = _last_moment(agreement)
    tried = await call.try_(lambda session: agreements.end(session, call.acting, call.id, at=at))
    beside |= {
        "after": tried["leaves_at"],
        "due_after": tried["still_due"],
        "proof": await proof_of(call),
        "has_changed": changed,
        "errors": errors or {},
    }
    status = 403 if errors else 409 if changed else 200
    return View(template="leave.html", answer=agreement, beside=beside, status=status)


def _last_moment(agreement: Mapping[str, Any]) -> datetime:
    """Return the end of the first day on which it can be left, so that there is time to read what follows."""
    earliest = read_time(agreement["leaves_earliest"])
    end = earliest.replace(hour=23, minute=59, second=59, microsecond=0)
    return end if agreement["ends_at"] is None else min(end, max(earliest, read_time(agreement["ends_at"])))


PAGES: Final = (
    WebPage(path="/agreements", handler=list_),
    WebPage(path="/agreements/{id}", handler=show, otherwise=documents.show(disclosure.find_agreement)),
    WebPage(path="/agreements/{id}/evidence", handler=evidence),
    WebPage(path="/agreements/{id}/answer", handler=answer, method="POST"),
    WebPage(path="/agreements/{id}/confirm", handler=confirm, method="POST"),
    WebPage(path="/agreements/{id}/leave", handler=ask_leave),
    WebPage(path="/agreements/{id}/leave", handler=leave, method="POST"),
)
