"""Stepping up: before something that binds or opens doors, the person shows that it is them.

Rules here: a sheet's form asks for it itself (`proof_of`, and the macro `proof` of `passkey_form.html`), so
that one press is enough; where it did not, since it was opened in time and is sent too late, what was typed
waits in the page that asks. A page that asks before it shows itself has `/step-up`
ask, which leads back. It holds for five minutes. Where somebody has set up nothing that could be shown,
nothing is asked, and the page Security says that this is what is wrong.
"""

from dataclasses import replace
from typing import Final
from urllib.parse import quote, urlsplit

from aiohttp import web

from node.core import codes
from node.core.access import is_stepped_up, own_path
from node.services.access import passkeys
from node.web.edge.forms import PASSWORD, PROOF, SECRETS, TOKEN
from node.web.edge.problems import Refusal
from node.web.edge.tries import count_failure, count_guess, watched
from node.web.edge.visitors import renew, site_for
from node.web.pages.frame.page import KEY, PageCall, View, WebPage, see_other
from node.web.pages.frame.page import show as show_page
from node.web.pages.frame.places import nearest
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden
from protocol.values import dataclass

STEP_UP: Final = "/step-up"
_LATE: Final = "late"
"""What stands behind the address of a form that waited; what it says is what it said (`PageCall.write`)."""
_YES: Final = "yes"
_PROVING: Final = frozenset({TOKEN, PROOF, PASSWORD})
_ANEW: Final = _PROVING | {KEY, "credential", "subscription", "username"}
"""Fields that are no words of the reader's: what proves something, and what a browser makes by itself."""


@dataclass(frozen=True, slots=True)
class AskedProof:
    """What a form has to ask for: `ask` are the options for a passkey, as JSON; nothing if neither is so."""

    ask: str = ""
    password: bool = False


async def proof_of(call: PageCall) -> AskedProof:
    """Return what a form that needs a step-up has to ask this visitor for."""
    if is_stepped_up(call.visitor.stepped_up_at, now=call.runtime.clock()):
        return AskedProof()
    means, site = await call.runtime.doors.means(call.visitor.person), site_for(call.request)
    usable = [row for row in means.passkeys if site is not None and row.site == site.host]
    if site is None or not usable:
        return AskedProof(password=means.has_password)
    challenge = call.runtime.doors.challenge(call.visitor.session)
    return AskedProof(passkeys.options_to_use(site, challenge, usable), means.has_password)


async def require_step_up(call: PageCall) -> web.Response | None:
    """Return None if the visitor has shown lately that it is them, or shows it with this very form.

    Otherwise return the page that asks for it and has what was typed, or where it is asked for, which leads
    back to the page at this address.

    Raises:
        Forbidden: what a form that asks by itself shows is wrong. Refusal: 429, it was wrong too often.
    """
    if is_stepped_up(call.visitor.stepped_up_at, now=call.runtime.clock()):
        return None
    if await call.done_at() is not None:  # a second press: it is answered as the first was, and does nothing
        return None
    try:
        if await _is_shown(call):
            return None
    except Forbidden:
        if call.asked(_LATE) != _YES:
            raise
        return await _ask_late(call, {PASSWORD: _("That is not right.")})
    means = await call.runtime.doors.means(call.visitor.person)
    if not means.any:
        return None
    if _typed(call):
        return await _ask_late(call, {})
    return see_other(f"{STEP_UP}?next={quote(own_path(call.request.path), safe='')}")


def _typed(call: PageCall) -> list[tuple[str, str]]:
    """Return what a form says that may wait in a page; nothing if not all of it may.

    Files cannot, and what is secret never stands in a page; a form without them would say something else.
    """
    said = [(name, one) for name, every in call.form.fields.items() if name not in _ANEW for one in every]
    is_secret = any(one for name, one in said if name in SECRETS)
    return [] if call.form.files or is_secret else said


async def _ask_late(call: PageCall, errors: dict[str, str]) -> web.Response:
    """Ask within a form that has what was typed, and goes where the first one went, as the same form."""
    asked = {name: one for name, one in call.request.query.items() if name != _LATE}
    sheet = await _sheet(call, call.request.path, errors)
    late = {
        "action": call.link(call.request.path, **asked, **{_LATE: _YES}),
        "typed": [(KEY, call.form.one(KEY)), *_typed(call)],
    }
    return await show_page(call, replace(sheet, beside={**sheet.beside, **late}, status=403))


async def _is_shown(call: PageCall) -> bool:
    """Take what the form shows, and give the browser the new secret with whatever is answered."""
    doors, id = call.runtime.doors, call.visitor.session
    handle, person = call.visitor.handle, call.visitor.person
    said, password = call.form.one(PROOF), call.form.one(PASSWORD)
    if said:
        site = site_for(call.request)
        if site is None:
            return False
        try:
            with watched(call.request, "passkey"):
                renew(call.request, await doors.step_up_by_passkey(id, handle, person, said, site))
        except Forbidden:
            count_failure(call.request)
            raise
    elif password:
        count_guess(call.request)
        with watched(call.request, "password"):
            renew(call.request, await doors.step_up_by_password(id, handle, person, password))
    return bool(said or password)


async def show(call: PageCall) -> View | web.Response:
    """Ask the person to show that it is them, or say that what they have does not work at this address."""
    onward = own_path(call.asked("next") or "/")
    if is_stepped_up(call.visitor.stepped_up_at, now=call.runtime.clock()):
        return see_other(onward)
    if not (await call.runtime.doors.means(call.visitor.person)).any:
        return see_other(onward)
    return await _sheet(call, onward, {})


async def _sheet(call: PageCall, onward: str, errors: dict[str, str]) -> View:
    """Ask; who would rather not goes back to the page above, which does not ask as that one does."""
    path = urlsplit(onward).path
    return View(
        template="step_up.html",
        answer={},
        beside={
            "proof": await proof_of(call),
            "onward": onward,
            "away": nearest(call.request, path.rpartition("/")[0] or "/"),
            "errors": errors,
            "action": f"{STEP_UP}?next={quote(onward, safe='')}",
            "typed": [],
        },
        status=403 if errors else 200,
    )


async def step_up(call: PageCall) -> View | web.Response:
    """Take what was shown, and go back to what it was needed for."""
    onward = own_path(call.asked("next") or "/")
    try:
        shown = await _is_shown(call)
    except Forbidden:
        return await _sheet(call, onward, {PASSWORD: _("That is not right.")})
    if not shown:
        raise Refusal(403, codes.STEP_UP)
    return see_other(onward)


PAGES: Final = (
    WebPage(path=STEP_UP, handler=show),
    WebPage(path=STEP_UP, handler=step_up, method="POST"),
)
