"""My terms: the most that the reader allows about their data, what they refuse, and what they accept.

Rules here: a form changes one thing and carries what all of it was made from: where something was changed
meanwhile nothing is kept, and the page says so. What protects less than before is kept once the page has said
what that would change.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.core.term_settings import SEVERITIES, maxima
from node.services.intentions import showing
from node.services.negotiations.foreseeing import ForeseenShown, foresee
from node.services.people import peers
from node.services.store import Session
from node.services.terms import settings
from node.web.edge.problems import Refusal, not_found
from node.web.pages.frame.page import PageCall, View, WebPage, is_business, see_other
from node.web.pages.wording import rosters, term_words
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.refusals import mistake
from protocol.errors import ProtocolError, Unprocessable
from protocol.rosters import RosterEntry, entries, find_entry
from protocol.strictjson import Document

HERE: Final = "/terms"
_KNOWN: Final = 100  # businesses and categories to choose from; whom else there is, is typed
_OF: Final = {"category": "categories", "business": "businesses"}
"""What a maximum can be for, and the member of the settings that has it."""
_CHOICES: Final = ("beyond", "require", "undertake")


async def show(call: PageCall) -> View:
    """Show what is allowed, what is refused, and what is accepted in public."""
    return await _overview(call)


async def _overview(call: PageCall, *, is_stale: bool = False) -> View:
    shown, version = await call.read(partial(_look, call))
    names = await call.read(lambda session: settings.names(session, call.acting))
    general = _entry(shown["maximum"])
    beside = {
        "known": version,
        "summary": rosters.summary(general),
        "names": names,
        "counted": term_words.counted(shown),
        "beyonds": term_words.beyond(),
        "requires": term_words.required(),
        "undertakes": term_words.undertaken(),
        "roster": [rosters.view(entry) for entry in entries()],
        "is_kept": call.asked("kept") == "yes",
        "is_stale": is_stale,
        "is_business": is_business(call.runtime, call.visitor),
    }
    return View(template="terms.html", answer=shown, beside=beside, status=409 if is_stale else 200)


def _look(call: PageCall, session: Session) -> tuple[dict[str, Any], str]:
    return settings.show(session, call.acting), settings.version(session, call.acting)


# --- reading ------------------------------------------------------------------------------------------


async def list_roster(_call: PageCall) -> View:
    """List the agreements of the roster."""
    answer = {"items": [rosters.view(entry) for entry in entries()]}
    return View(template="terms_roster.html", answer=answer)


async def show_entry(call: PageCall) -> View:
    """Show an agreement of the roster in full.

    Raises:
        Refusal: 404, there is none of this name.
    """
    entry = next((each for each in entries() if each.name == call.id), None)
    if entry is None:
        raise not_found()
    beside = {
        "permitted": rosters.permitted(entry.template),
        "owed": rosters.owed(entry.template),
        "bounds": entry in maxima(),
    }
    return View(template="terms_entry.html", answer=rosters.view(entry), beside=beside)


async def list_flags(call: PageCall) -> View:
    """List all that can be odd about terms, and what is done with it."""
    shown, _version = await call.read(partial(_look, call))
    beside = {
        "said": term_words.flags(shown),
        "severities": term_words.severities(),
        "is_kept": call.asked("kept") == "yes",
    }
    return View(template="terms_flags.html", answer=shown, beside=beside)


async def show_flag(call: PageCall) -> View:
    """Ask what is to be done with what raises a flag.

    Raises:
        Refusal: 404, there is no such flag.
    """
    if call.id not in SEVERITIES:
        raise not_found()
    shown, version = await call.read(partial(_look, call))
    flag = next(each for each in term_words.flags(shown) if each.code == call.id)
    beside = {"flag": flag, "severities": term_words.severities(), "known": version}
    return View(template="terms_flag.html", answer=shown, beside=beside)


# --- the maximum --------------------------------------------------------------------------------------


async def ask_maximum(call: PageCall) -> View:
    """Ask for the most that is allowed: in general, for a category of wishes, or for a business."""
    kind = call.asked("of") if call.asked("of") in _OF else ""
    return await _maximum(call, kind, call.asked("whom"))


async def _maximum(
    call: PageCall, kind: str, whom: str, *, chosen: str = "", errors: Mapping[str, str] | None = None
) -> View:
    shown, version = await call.read(partial(_look, call))
    known = await call.read(lambda session: _whom(session, call, kind))
    held = shown[_OF[kind]].get(whom) if kind else shown["maximum"]
    beside = {
        "kind": kind,
        "whom": whom,
        "is_set": held is not None,
        "known": version,
        "candidates": known,
        "chosen": chosen or held or shown["maximum"],
        "maxima": [rosters.view(entry) for entry in maxima()],
        "errors": errors or {},
    }
    return View(template="terms_maximum.html", answer=shown, beside=beside, status=422 if errors else 200)


def _whom(session: Session, call: PageCall, kind: str) -> list[tuple[str, str]]:
    """Return for whom a maximum can be chosen, with a name: categories of wishes, or businesses."""
    if kind == "category":
        own = showing.list(session, call.acting, own=True, limit=_KNOWN)["items"]
        told = [wish["category"] for wish in own] + [
            rings["category"] for wish in own if (rings := wish.get("rings")) is not None
        ]
        return [(one, one) for one in dict.fromkeys(told) if one]
    if kind == "business":
        listed = peers.list(session, call.acting, limit=_KNOWN)["items"]
        return [(peer["iri"], peer["name"] or peer["handle"] or peer["iri"]) for peer in listed]
    return []


# --- changing -----------------------------------------------------------------------------------------


async def change(call: PageCall) -> View | web.StreamResponse:
    """Keep one thing, if nothing was changed meanwhile; what protects less only once that was said.

    Raises:
        Refusal: 422, it is none of the forms.
    """
    form, known = call.form, call.form.one("known")
    changes = _changes(call)
    try:
        foreseen, (shown, version) = await call.read(
            lambda session: (foresee(session, call.acting, changes), _look(call, session))
        )
        if version != known:
            return await _overview(call, is_stale=True)
        if foreseen["widened"] and not form.has("sure"):
            return _ask(call, shown, foreseen)
        await call.write(lambda session: settings.change(session, call.acting, changes, known=known))
    except ProtocolError as error:
        return await _refused(call, error)
    if "accepts" in changes:
        await call.runtime.reload_owners()
    return see_other(call.link(f"{HERE}/flags" if "flags" in changes else HERE, kept="yes"))


def _changes(call: PageCall) -> Document:
    """Return what a form changes, as the API takes it; an empty choice is what was so at first."""
    form, what = call.form, call.form.one("set")
    value: Any = form.one("value") or None
    if what == "maximum":
        return {"maximum": value}
    if what in _OF:
        return {_OF[what]: {form.one("whom").strip(): value}}
    if what in _CHOICES:
        return {what: value}
    if what == "flag":
        flag = form.one("flag")
        return {"flags": {flag: None if value == SEVERITIES.get(flag) else value}}
    if what == "accepts":
        return {"accepts": [*form.all("value")]}
    raise Refusal(422, codes.INVALID_SHAPE)


async def _refused(call: PageCall, error: ProtocolError) -> View:
    """Show the form again where what was typed is for nobody; what was changed meanwhile, as it is now."""
    what, form = call.form.one("set"), call.form
    if error.code == codes.TERM_SETTINGS_CHANGED:
        return await _overview(call, is_stale=True)
    if what not in _OF or not isinstance(error, Unprocessable):
        raise error
    said = {
        "category": _("Write the address of a category, such as https://categories.example/bikes"),
        "business": _("Choose a business that your node knows"),
    }
    words = said[what] if error.code == codes.TERM_SETTINGS else mistake(error)
    return await _maximum(call, what, form.one("whom"), chosen=form.one("value"), errors={"whom": words})


def _ask(call: PageCall, shown: Mapping[str, Any], foreseen: ForeseenShown) -> View:
    """Say what would protect less, and what that would change about the offers that stand."""
    fields = ("set", "value", "whom", "flag", "known")
    beside = {
        "changed": term_words.changes(shown, foreseen["settings"]),
        "passages": term_words.passages(),
        "carried": [(name, value) for name in fields for value in call.form.all(name)],
        "back": f"{HERE}/flags" if call.form.one("set") == "flag" else HERE,
    }
    answer = {member: value for member, value in foreseen.items() if member != "settings"}
    return View(template="terms_sure.html", answer=answer, beside=beside)


def _entry(name: str) -> RosterEntry:
    entry = find_entry(name)
    if entry is None:
        raise not_found()
    return entry


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE, handler=change, method="POST"),
    WebPage(path=f"{HERE}/maximum", handler=ask_maximum),
    WebPage(path=f"{HERE}/roster", handler=list_roster),
    WebPage(path=f"{HERE}/roster/{{id}}", handler=show_entry),
    WebPage(path=f"{HERE}/flags", handler=list_flags),
    WebPage(path=f"{HERE}/flags/{{id}}", handler=show_flag),
)
