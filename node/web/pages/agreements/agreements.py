"""Agreements: what holds, what is owed and until when; one of them with its proof; leaving it.

Rules here: what is said of an agreement is made from what both have signed. What follows from leaving stands
before the button that does it, and the button signs just that day. At the same address a peer finds the
document (`otherwise`), as before.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import orjson
from aiohttp import web

from node.core import codes
from node.core.access import own_path
from node.services import disclosure
from node.services.negotiations import agreements, leavings, outgoings, reconsidering, successions
from node.services.negotiations.leavings import LeavingShown
from node.services.negotiations.outgoings import OutgoingsShown
from node.services.negotiations.showing import AgreementShown, OfferShown, PageShown
from node.services.negotiations.successions import SuccessionShown
from node.services.store import Session
from node.services.trade import customers
from node.web.edge.forms import PASSWORD
from node.web.federation import documents
from node.web.pages.agreements import amendments, spending
from node.web.pages.frame import signing
from node.web.pages.frame.page import PageCall, View, WebPage, is_business, see_other
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.negotiations.countersigning import signable
from node.web.pages.negotiations.offers import lines_of, terms_of
from node.web.pages.wording import (
    agreement_alerts,
    data_terms,
    labels,
    objections,
    revisions,
    sentences,
)
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Conflict, Forbidden, NotFound, Unprocessable
from protocol.negotiation import Party, State
from protocol.times import read_time

_A_PAGE: Final = 25
_PROPOSALS: Final = 10  # of a change of the same agreement, the newest
_HOLDING: Final = frozenset({"concluded", "ending"})
_PERFORMED: Final = _HOLDING | {"ended"}  # what is owed is often done after the notice, or after the end
_WAITING: Final = frozenset({"accepted"})
_OPEN: Final = frozenset({State.OFFERED, State.COUNTERED, State.ACCEPTED})


async def list_(call: PageCall) -> View:
    """List agreements: what holds with its dates, what waits for a signature, what is over."""
    cursor = call.asked("cursor") or None
    since, until = spending.span()

    def look(session: Session) -> tuple[PageShown, OutgoingsShown]:
        page = agreements.list(session, call.acting, cursor=cursor, limit=_A_PAGE)
        return page, outgoings.show(session, call.acting, since=since, until=until)

    page, spent = await call.read(look)
    items: list[AgreementShown] = page["items"]
    ahead = spending.ahead(spent["payments"])
    holding = [item for item in items if item["state"] in _HOLDING]
    waiting = [item for item in items if item["state"] in _WAITING]
    beside = {
        "holding": holding,
        "waiting": waiting,
        "over": [item for item in items if item not in holding and item not in waiting],
        "monthly": [(amount, currency) for currency, amount in spent["monthly"].items()],
        "holds": spent["holding"],
        "spending": spending.spending(spent["payments"]),
        "ahead": ahead,
        "dates": _dates(holding, ahead),
    }
    return View(template="agreements.html", answer=page, beside=beside)


def _dates(
    items: Sequence[AgreementShown], ahead: Sequence[Mapping[str, Any]]
) -> list[tuple[str, str, Mapping[str, Any]]]:
    """Return what happens when, the soonest first: the day, what, and which agreement or payment."""
    dated: list[tuple[str, str, Mapping[str, Any]]] = [
        (day, kind, item)
        for item in items
        for kind, day in (("left", item["leaves_at"]), ("ends", item["ends_at"]))
        if day is not None and not (kind == "ends" and item["leaves_at"] is not None)
    ]
    dated += [(payment["at"], "due", payment) for payment in ahead]
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
    is_signed = call.form.one("do") == "sign"
    try:
        away = await require_step_up(call) if is_signed else None
        if away is not None:
            return away
        if is_signed:
            signed = await signing.sign(
                call, lambda session, acting: agreements.countersign(session, acting, call.id)
            )
            return signing.lead(signed, _onward(call))
        else:
            reason = call.form.one("reason").strip()
            await call.write(lambda session: agreements.renege(session, call.acting, call.id, reason=reason))
    except Forbidden as error:  # what was shown is not the person
        if error.code == codes.NOT_YOUR_MOVE:
            raise
        return await _view(call, errors={PASSWORD: _("That is not right.")})
    except Conflict as conflict:
        if conflict.code != codes.UNLIKE_SHOWN:
            raise
        return await _view(call, changed=True)
    return see_other(_onward(call))


def _onward(call: PageCall) -> str:
    """Return where it goes on after an answer: where the form was opened."""
    return own_path(call.form.one("next") or f"/agreements/{call.id}")


async def _view(call: PageCall, *, errors: Mapping[str, str] | None = None, changed: bool = False) -> View:
    def look(
        session: Session,
    ) -> tuple[
        AgreementShown, bool, list[OfferShown], SuccessionShown, str, str, str | None, LeavingShown | None
    ]:
        shown = agreements.show(session, call.acting, call.id)
        proposals = agreements.amendments(session, call.acting, shown["id"], limit=_PROPOSALS)["items"]
        line = successions.show(session, call.acting, shown["id"])
        undoable, customer = _is_undoable(session, call, shown), _customer(session, call, shown)
        talk = _talk(session, call, shown, line)
        notice = leavings.last(session, call.acting, shown["id"])
        return shown, undoable, proposals, line, talk, call.position(session), customer, notice

    agreement, undoable, proposals, line, talk, position, customer, notice = await call.read(look)
    beside = {
        **_beside(agreement),
        **await signable(call, agreement),
        "proposals": amendments.beside(proposals),
        "awaited": " ".join(_awaited(agreement, proposals)),
        "line": line,
        "talk": talk,
        "then_and_now": revisions.revisions(line["changes"], _currency_now(agreement, line)),
        "undoable": undoable,
        "customer": customer,
        "notice": notice,
        "objection": "" if notice is None else objections.said(notice["objection"]),
        "position": position,
        "onward": _onward(call),
        "proof": await proof_of(call),
        "has_changed": changed,
        "errors": errors or {},
    }
    status = 403 if errors else 409 if changed else 200
    return View(template="agreement.html", answer=agreement, beside=beside, status=status)


def _awaited(agreement: AgreementShown, proposals: Sequence[OfferShown]) -> Iterator[str]:
    """Yield the offers whose news matters here: its own until both have signed, and changes that are open."""
    if agreement["state"] in _WAITING:
        yield agreement["offer"]
    for one in proposals:
        if one["state"] in _OPEN:
            yield one["id"]


def _talk(session: Session, call: PageCall, agreement: AgreementShown, line: SuccessionShown) -> str:
    """Return the offer that is talked about: theirs, also where a change of ours has taken its place."""
    first = (
        agreement if agreement["id"] == line["then"] else agreements.show(session, call.acting, line["then"])
    )
    offered = next((one for one in (agreement, first) if one["role"] is Party.OFFEREE), None)
    return offered["offer"] if offered else ""


def _currency_now(agreement: AgreementShown, line: SuccessionShown) -> str:
    """Return in which currency an agreement stands now."""
    changed = (one["after"] for one in line["changes"] if one["term"] == "currency")
    return str(next(changed, agreement["currency"]))


def _customer(session: Session, call: PageCall, agreement: AgreementShown) -> str | None:
    """Return to whom a business has sold it, by id: on that customer's page stands what was said."""
    if not is_business(call.runtime, call.visitor) or agreement["role"] is not Party.OFFERER:
        return None
    return customers.id_at(session, call.acting, agreement["peer"]["iri"])


def _is_undoable(session: Session, call: PageCall, agreement: AgreementShown) -> bool:
    if agreement["state"] not in _WAITING or agreement["role"] is not Party.OFFEREE:
        return False
    until = reconsidering.undoable_until(session, call.acting, agreement["offer"])
    return until is not None and until > call.runtime.clock()


def _beside(agreement: AgreementShown) -> dict[str, Any]:
    paying = agreement["pays"]
    can_leave = agreement["state"] in _HOLDING and agreement["leaves_earliest"] is not None
    until = agreement["withdraws_until"]
    may_withdraw = until is not None and READER.get().now <= read_time(until)
    properties, mine = agreement["properties"], agreement["role"] is Party.OFFERER
    promised, named = (labels.promised(properties, ours=ours) for ours in (True, False))
    about = terms_of(agreement, folded=agreement["state"] not in _WAITING)
    return {
        "known": agreement_alerts.said(agreement, can_leave=can_leave),
        "sentence": sentences.said_of(agreement, agreement["state"]),
        "paying": paying,
        "lines": lines_of(agreement),
        "terms": [*about, *promised, *(named if mine else [])],
        "odd": data_terms.odd(agreement),
        "theirs": [] if mine else named,
        "signed": agreement["concluded_at"] is not None,
        "can_leave": can_leave,
        "can_withdraw": paying and may_withdraw,
        "may_withdraw": may_withdraw,
        "can_change": agreement["state"] == "concluded",
        "can_sign": agreement["state"] in _WAITING and agreement["role"] is Party.OFFERER,
        "can_confirm": agreement["state"] in _PERFORMED and agreement["own_confirmed_at"] is None,
    }


async def evidence(call: PageCall) -> web.Response:
    """Give the file that proves an agreement to anyone, offline."""
    bundle = await call.read(lambda session: agreements.evidence(session, call.acting, call.id))
    return _file(bundle, call.id)


async def signed_notice(call: PageCall) -> web.Response:
    """Give the notice that ends an agreement, or was refused, as it was signed."""
    notice = await call.read(lambda session: leavings.last(session, call.acting, call.id))
    if notice is None or notice["document"] is None:
        raise NotFound(codes.UNKNOWN_ID)
    return _file(orjson.dumps(notice["document"]), f"notice-{call.id}")


def _file(body: bytes, name: str) -> web.Response:
    return web.Response(
        body=body,
        headers={
            "Cache-Control": "no-store",
            "Content-Type": "application/json",
            "Content-Disposition": f'attachment; filename="{_file_name(name)}"',
        },
    )


def _file_name(id: str) -> str:
    safe = "".join(sign for sign in id if sign.isascii() and (sign.isalnum() or sign in "_-"))
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
    at = last_moment(agreement)
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


# --- changing one's mind ------------------------------------------------------------------------------------


async def ask_withdraw(call: PageCall) -> View | web.StreamResponse:
    """Say what follows from withdrawing now."""
    return await _withdrawing(call)


async def withdraw(call: PageCall) -> View | web.StreamResponse:
    """Withdraw within the time for it: the agreement ends at once."""
    try:
        away = await require_step_up(call)
        if away is not None:
            return away
        await call.write(lambda session: agreements.end(session, call.acting, call.id, withdraw=True))
    except Forbidden:
        return await _withdrawing(call, errors={PASSWORD: _("That is not right.")})
    return see_other(f"/agreements/{call.id}")


async def _withdrawing(
    call: PageCall, *, errors: Mapping[str, str] | None = None
) -> View | web.StreamResponse:
    agreement = await call.read(lambda session: agreements.show(session, call.acting, call.id))
    beside = _beside(agreement)
    if not beside["can_withdraw"]:
        return see_other(f"/agreements/{agreement['id']}")
    beside |= {"proof": await proof_of(call), "errors": errors or {}}
    return View(template="withdraw.html", answer=agreement, beside=beside, status=403 if errors else 200)


def last_moment(agreement: Mapping[str, Any]) -> datetime:
    """Return the end of the first day on which it can be left, so that there is time to read what follows.

    It is a day where the reader is: the one that the agreement's page has named.
    """
    earliest = read_time(agreement["leaves_earliest"])
    here = earliest.astimezone(READER.get().zone or UTC)
    end = here.replace(hour=23, minute=59, second=59, microsecond=0).astimezone(UTC)
    return end if agreement["ends_at"] is None else min(end, max(earliest, read_time(agreement["ends_at"])))


PAGES: Final = (
    WebPage(path="/agreements", handler=list_),
    WebPage(path="/agreements/{id}", handler=show, otherwise=documents.show(disclosure.find_agreement)),
    WebPage(path="/agreements/{id}/evidence", handler=evidence),
    WebPage(path="/agreements/{id}/notice", handler=signed_notice),
    WebPage(path="/agreements/{id}/answer", handler=answer, method="POST"),
    WebPage(path="/agreements/{id}/confirm", handler=confirm, method="POST"),
    WebPage(path="/agreements/{id}/leave", handler=ask_leave),
    WebPage(path="/agreements/{id}/leave", handler=leave, method="POST"),
    WebPage(path="/agreements/{id}/withdraw", handler=ask_withdraw),
    WebPage(path="/agreements/{id}/withdraw", handler=withdraw, method="POST"),
)
