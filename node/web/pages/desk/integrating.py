"""Connecting a CRM, seeing what a sync would do before it does, comparing both sides, and letting it go.

Rules here: a key is typed once and shown never again, not even in the form that was sent; what is connected
and what is let go only the owner decides, and shows that it is them. What is done over the wire cannot be in
the write that keeps a form's key: it is done so that doing it again changes nothing.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes, crm_sayings
from node.core.records import RecordKind
from node.services.crm import connecting, naming
from node.services.store import Session
from node.web.edge.problems import not_found
from node.web.pages.desk.integration import HERE, done_already, wants_page
from node.web.pages.desk.view import view
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import require_step_up
from node.web.pages.wording import crm_words
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import words_of
from protocol.errors import Conflict, NotFound, ProtocolError, Unprocessable

_SECRET: Final = "token"  # noqa: S105 - the name of a field, of which nothing is kept
_OPTION: Final = "option-"
_AT_FAULT: Final = {
    crm_sayings.NOT_LET_IN: _SECRET,
    crm_sayings.DENIED: _SECRET,
    crm_sayings.NEEDS_KEY: _SECRET,
    crm_sayings.NOT_HERE: _OPTION + "database",
    crm_sayings.NO_COMPANY: _OPTION + "company",
    crm_sayings.NO_EMPLOYEE: _OPTION + "employee",
    crm_sayings.NO_PRODUCT: _OPTION + "product",
}
"""Which field of the form a sentence is about; any other is about the address."""
_FEW: Final = 10  # records that somebody looks at before the rest follows
_PLANNED: Final = 25  # records of a plan on its page
_DIFFERING: Final = 10  # addresses of a difference, of each kind
_IN_THE_FORM: Final = frozenset(
    {codes.CRM_ADDRESS, codes.CRM_ADAPTER, codes.CRM_MAPPING, codes.CRM_UNREACHABLE}
)


# --- connecting --------------------------------------------------------------------------------------


async def choose_kind(call: PageCall) -> View | web.StreamResponse:
    """Show the kinds of CRM."""
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    answer = {"items": call.runtime.crm.adapters(), "next": None}
    return view(call, "integration_kinds.html", answer, taken=await _is_taken(call))


async def _is_taken(call: PageCall) -> bool:
    try:
        await call.runtime.crm.show(call.acting)
    except NotFound:
        return False
    return True


async def ask(call: PageCall) -> View | web.StreamResponse:
    """Ask for what one kind of CRM needs to be told."""
    call.acting.check_owner()
    return await require_step_up(call) or _form(call, await _as_it_is(call), None)


async def _as_it_is(call: PageCall) -> Mapping[str, str]:
    """Return how the CRM of this kind is reached, if it is connected: a new key is all that is typed."""
    try:
        shown = await call.runtime.crm.count(call.acting)
    except NotFound:
        return {}
    return {"address": shown["address"], **shown["options"]} if shown["adapter"] == call.id else {}


def _form(call: PageCall, typed: Mapping[str, str], wrong: ProtocolError | None) -> View:
    kind = _kind(call)
    detail = "" if wrong is None else wrong.detail
    words = crm_words.crm_said(detail)
    said = None if wrong is None else words.ours or words_of(wrong.code, detail).text
    if wrong is not None and (kind["name"], wrong.code) == ("spreadsheet", codes.CRM_UNREACHABLE):
        said = _("This folder is not there, or your node may not read it.")
    return view(
        call,
        "integration_connect.html",
        kind,
        status=200 if wrong is None else 422,
        typed=typed,
        errors={} if said is None else {_at_fault(detail): said},
        why="" if said in {None, detail} or (words.ours and not words.theirs) else detail,
        fields=[(name.removesuffix("?"), said, name.endswith("?")) for name, said in kind["options"].items()],
    )


def _at_fault(detail: str) -> str:
    """Return the name of the field that what stands in the way is about."""
    said = [one.sentence for one in crm_sayings.read_sayings(detail)[0]]
    return next((name for sentence, name in _AT_FAULT.items() if sentence in said), "address")


def _kind(call: PageCall) -> Mapping[str, Any]:
    found = next((kind for kind in call.runtime.crm.adapters() if kind["name"] == call.id), None)
    if found is None or found["fault"]:
        raise not_found()
    return found


async def connect(call: PageCall) -> View | web.StreamResponse:
    """Connect a CRM that answers."""
    call.acting.check_owner()
    kind, asked = _kind(call), await require_step_up(call)
    if asked is not None:
        return asked
    at = await call.done_at()
    if at is not None:
        return done_already(at)
    names = [name.removesuffix("?") for name in kind["options"]]
    typed = {name: call.form.one(_OPTION + name) for name in names} | {"address": call.form.one("address")}
    options = {name: typed[name] for name in names if typed[name]}
    document = {
        "adapter": kind["name"],
        "address": typed["address"],
        "options": options,
        "secret": call.form.one(_SECRET),
    }
    try:
        await call.runtime.crm.connect(call.acting, document, check=call.check_held)
    except (Unprocessable, Conflict) as error:
        if error.code not in _IN_THE_FORM:
            raise
        return _form(call, typed, error)
    return await _done(call)


async def _done(call: PageCall) -> web.StreamResponse:
    """Note that a form was done, and lead to how it stands now."""
    await call.write(lambda _session: {"done": True})
    return see_other(HERE)


# --- looking before, bringing, comparing -------------------------------------------------------------


async def _over_there(call: PageCall, ask: Callable[[], Awaitable[View]]) -> View:
    """Show what a CRM was asked for, or that it cannot be reached."""
    try:
        return await ask()
    except Conflict as error:
        if error.code != codes.CRM_UNREACHABLE or not wants_page(call):
            raise
        return view(call, "integration_away.html", {}, status=409, why=error.detail)


async def plan(call: PageCall) -> View:
    """Show what a sync would do, field by field; nothing is written."""

    async def look() -> View:
        answer = await call.runtime.crm.plan(call.acting)
        shown = await call.runtime.crm.show(call.acting)
        items = answer["items"][:_PLANNED]
        count = sum(answer["actions"].get(action, 0) for action in ("create", "update", "quarantine"))
        names = await _names(call, [(one["kind"], one["external_id"]) for one in items])
        beside = {"shown": items, "count": count, "names": names, "active": shown["active"]}
        beside |= {"health": shown["health"], "conflicts": shown["conflicts"], "few": _FEW}
        return view(call, "integration_plan.html", answer, **beside)

    return await _over_there(call, look)


async def _names(call: PageCall, things: list[tuple[str, str]]) -> Mapping[str, str]:
    def look(session: Session) -> dict[str, str]:
        return {id: naming.name_of(session, call.acting, RecordKind(kind), id) or "" for kind, id in things}

    return await call.read(look)


async def sync(call: PageCall) -> View | web.StreamResponse:
    """Bring everything there from now on, or a few records to look at them first."""
    at = await call.done_at()
    if at is not None:
        return done_already(at)
    try:
        limit = _FEW if call.form.has("few") else None
        await call.runtime.crm.sync(call.acting, limit=limit, check=call.check_held)
    except Conflict as error:
        if error.code != codes.CRM_UNREACHABLE:
            raise
        return view(call, "integration_away.html", {}, status=409, why=error.detail)
    return await _done(call)


async def verify(call: PageCall) -> View:
    """Compare both sides, kind by kind."""

    async def look() -> View:
        answer = await call.runtime.crm.verify(call.acting)
        things = [(one["kind"], id) for one in answer["items"] for id in one["differ"][:_DIFFERING]]
        return view(
            call,
            "integration_verified.html",
            answer,
            names=await _names(call, things),
            differing=sum(one["differing"] for one in answer["items"]),
            most=_DIFFERING,
        )

    return await _over_there(call, look)


# --- letting go --------------------------------------------------------------------------------------


async def ask_disconnect(call: PageCall) -> View | web.StreamResponse:
    """Say what stays in the CRM, and what is forgotten here, before it is let go."""
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    answer = await call.runtime.crm.show(call.acting)
    return view(call, "integration_leave.html", answer, stays=crm_words.records(answer["records"]))


async def disconnect(call: PageCall) -> View | web.StreamResponse:
    """Let the CRM go."""
    call.acting.check_owner()
    asked, acting = await require_step_up(call), call.acting
    if asked is not None:
        return asked
    at = await call.done_at()
    if at is not None:
        return done_already(at)
    await call.write(lambda session: connecting.disconnect(session, acting))
    return see_other(HERE)


PAGES: Final = (
    WebPage(path=HERE + "/connect", handler=choose_kind),
    WebPage(path=HERE + "/connect/{id}", handler=ask),
    WebPage(path=HERE + "/connect/{id}", handler=connect, method="POST"),
    WebPage(path=HERE + "/plan", handler=plan),
    WebPage(path=HERE + "/sync", handler=sync, method="POST"),
    WebPage(path=HERE + "/verify", handler=verify),
    WebPage(path=HERE + "/disconnect", handler=ask_disconnect),
    WebPage(path=HERE + "/disconnect", handler=disconnect, method="POST"),
)
