"""Recovery words: made and shown once, and checked whether they were written down as they stand.

Rules here: they are the owner's. The check may be put off, and asks nothing of anybody but words; what is
right is used up by nothing.
"""

from collections.abc import Sequence
from typing import Any, Final

from aiohttp import web

from node.services.access import security
from node.services.access.doors import KitRow
from node.services.store import Session
from node.web.pages.access.sign_in import misspelt
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import require_step_up
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden, Unprocessable

HERE: Final = "/security/kit"
CHECK: Final = HERE + "/check"


async def ask_kit(call: PageCall) -> View | web.Response:
    """Say what recovery words are for, and offer to make some; they are the owner's."""
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    return _kit(call, [])


async def make_kit(call: PageCall) -> View | web.Response:
    """Make recovery words, and show them this once; a form that comes again makes none.

    Otherwise whoever loads the page anew would hold words that work no more, and would not know.
    """
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    words = security.draw_words(call.acting)
    row = await call.runtime.doors.new_kit(call.visitor.handle, words)
    acting, sheet = call.acting, call.acting.salt()

    def keep(session: Session) -> dict[str, Any]:
        security.keep_kit(session, acting, row)
        return {"sheet": sheet}

    kept = await call.write(keep)
    if kept["sheet"] != sheet:
        return _kit(call, [], was_shown=True)
    call.runtime.doors.kit_checks.begin(row, words.split(), security.draw(acting))
    return _kit(call, words.split())


def _kit(call: PageCall, words: Sequence[str], *, was_shown: bool = False) -> View:
    """Show the sheet of recovery words, with which the first run ends."""
    origin, is_first = call.runtime.settings.origin, _is_first(call)
    beside = {"words": words, "origin": origin, "is_first": is_first, "was_shown": was_shown}
    return View(template="kit.html", answer={}, beside=beside, secret=True)


# --- whether they are written down -------------------------------------------------------------------


async def ask_check(call: PageCall) -> View | web.Response:
    """Ask for some of the words, or for all of them where no more is known which were shown."""
    kit, checked = await _kept(call)
    if kit is None:
        return _kit(call, [])
    return see_other(_onward(call)) if checked else _check(call, kit, {})


async def check(call: PageCall) -> View | web.Response:
    """Note that the words are written down, or say which are not."""
    kit, checked = await _kept(call)
    if kit is None:
        return _kit(call, [])
    if not checked:
        errors = await _mistakes(call, kit)
        if errors:
            return _check(call, kit, errors)
        await call.change(lambda session: security.check_kit(session, kit))
    return see_other(_onward(call))


async def _kept(call: PageCall) -> tuple[KitRow | None, bool]:
    """Return the words there are, and whether they are checked."""
    call.acting.check_owner()
    return await call.read(lambda session: security.load_kit(session, call.acting))


def _onward(call: PageCall) -> str:
    return "/" if _is_first(call) else "/security"


async def _mistakes(call: PageCall, kit: KitRow) -> dict[str, str]:
    """Return what is wrong with what was typed, by field."""
    doors, text = call.runtime.doors, call.form.one("words")
    if places := doors.kit_checks.places(kit):
        typed = {place: call.form.one(f"word-{place}") for place in places}
        wrong = doors.kit_checks.wrong(kit, typed)
        return {f"word-{place}": _("Word %(place)s is another one") % {"place": place} for place in wrong}
    try:
        await doors.check_words(kit, text)
    except Unprocessable:
        return {"words": misspelt(text)}
    except Forbidden:
        return {"words": _("These are not the words, or they are in another order.")}
    return {}


def _check(call: PageCall, kit: KitRow, errors: dict[str, str]) -> View:
    places = call.runtime.doors.kit_checks.places(kit)
    if not places and errors and "words" not in errors:  # three were asked for too often
        errors = {"words": _("These are not the words, or they are in another order.")}
    beside = {
        "places": places,
        "is_first": _is_first(call),
        "typed": call.form.one("words"),
        "typed_at": {place: call.form.one(f"word-{place}") for place in places},
        "errors": errors,
    }
    return View(
        template="kit_check.html", answer={}, beside=beside, status=422 if errors else 200, secret=True
    )


def _is_first(call: PageCall) -> bool:
    return call.asked("first") == "yes"


PAGES: Final = (
    WebPage(path=HERE, handler=ask_kit),
    WebPage(path=HERE, handler=make_kit, method="POST"),
    WebPage(path=CHECK, handler=ask_check),
    WebPage(path=CHECK, handler=check, method="POST"),
)
