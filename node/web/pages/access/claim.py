"""The first run: a node that is nobody's is claimed, named, and gets what lets its owner in.

Rules here: the code opens a sign-in and is used up by that; the node is its owner's once there is a passkey
or a password. Until then every other page leads here.
"""

from collections.abc import Mapping
from typing import Final

import structlog
from aiohttp import web

from node.core import passphrases
from node.core.claims import Claimed, is_typed
from node.services.access import claims, passkeys
from node.services.access.doors import PasskeyRow, PasswordRow
from node.services.acting import Acting
from node.services.people import names
from node.web.edge.tries import client_of, count_claim, log_refused
from node.web.edge.visitors import site_for
from node.web.pages.access.sign_in import browser_of, enter
from node.web.pages.frame.page import CLAIM, Needs, PageCall, View, WebPage, is_business, see_other
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden, Unprocessable

NAME: Final = CLAIM + "/name"
KIT: Final = "/security/kit?first=yes"
_PATIENCE_SECONDS: Final = 2.0  # for a look at the own address, which takes ten where nobody answers
_NO_ERRORS: Final[Mapping[str, str]] = {}

log = structlog.get_logger(__name__)


# --- the code ----------------------------------------------------------------------------------------


async def ask_code(call: PageCall) -> View:
    """Ask for the code; the address that was scanned has it already."""
    return _ask_code(call, call.request.match_info.get("code", ""), _NO_ERRORS)


def _ask_code(call: PageCall, code: str, errors: Mapping[str, str]) -> View:
    given, now = call.runtime.claims.code, call.runtime.clock()
    until = given.until if given is not None and given.holds(now) else None
    return View(
        template="claim.html",
        answer={},
        beside={"code": code, "until": until, "errors": errors, "is_in": call.is_known},
        status=403 if errors else 200,
        secret=True,
    )


async def claim(call: PageCall) -> View | web.Response:
    """Let in who has the code, once; or say how a node is restored.

    Raises:
        Refusal: 429 too many tries from this network.
    """
    if call.form.one("how") == "restore":
        return View(template="claim_restore.html", answer={})
    acting = call.runtime.residents.at(call.runtime.first_handle)
    code = call.form.one("code")
    if is_typed(code):
        count_claim(call.request)
    taken = call.runtime.claims.take(code, now=acting.now)
    if taken is not Claimed.RIGHT:
        if taken is not Claimed.EMPTY:
            log_refused(call.request, "claim", taken.value)
        return _ask_code(call, "", {"code": _wrong(call, taken)})
    browser = browser_of(call)
    opened = await call.runtime.store.write(
        lambda session: claims.enter(session, acting, device=browser.device, instead_of=browser.secret)
    )
    call.runtime.own_address.begin()  # the next page says what was seen
    return enter(call, opened, onward=NAME)


def _wrong(call: PageCall, taken: Claimed) -> str:
    given, now = call.runtime.claims.code, call.runtime.clock()
    if taken is Claimed.EMPTY:
        return _("Type the code that the terminal shows.")
    if given is None or not given.holds(now):
        return _("This code works no more. The terminal makes a new one: freehold session claim")
    return _("That is not the code that the terminal shows.")


# --- name and key ------------------------------------------------------------------------------------


def _claiming(call: PageCall) -> str:
    """Name what a challenge for the first passkey is for."""
    return f"claim {call.visitor.session}"


async def ask_name(call: PageCall) -> View | web.Response:
    """Ask for a name, and for what is to let in from now on."""
    return await _ask_name(call, {}) if call.is_known else see_other(CLAIM)


def _name_given(acting: Acting) -> str:
    """Return the name that somebody gave; a handle that stands in for one is nobody's name."""
    actor = acting.owner.actor
    return "" if actor.name == actor.handle else actor.name


async def _ask_name(call: PageCall, errors: Mapping[str, str]) -> View:
    site, acting = site_for(call.request), call.acting
    seen = await call.runtime.own_address.look_within(_PATIENCE_SECONDS)
    ask = ""
    if site is not None:
        challenge = call.runtime.doors.challenge(_claiming(call))
        ask = await call.read(lambda session: passkeys.options_to_add(session, acting, site, challenge))
    return View(
        template="claim_name.html",
        answer={},
        beside={
            "ask": ask,
            "name": call.form.one("name") or _name_given(acting),
            "origin": call.runtime.settings.origin,
            "seen": None if seen is None else seen.sighting,
            "port": call.runtime.settings.port,
            "least": passphrases.LEAST,
            "is_business": is_business(call.runtime, call.visitor),
            "errors": errors,
        },
        status=422 if errors else 200,
    )


async def settle(call: PageCall) -> View | web.Response:
    """Make the node its owner's, or say what is amiss."""
    if not call.is_known:
        return see_other(CLAIM)
    name, acting = call.form.one("name"), call.acting
    passkey, password, errors = None, None, dict[str, str]()
    if call.form.one("way") == "password":
        password = await _password(call, name)
        if password is None:
            errors["password"] = _("This is too easily guessed: take a longer one, without your name.")
    else:
        passkey = _passkey(call)
        if passkey is None:
            errors["way"] = _("No passkey was made. Try once more, or take a password.")
    if not names.is_name(name):
        errors["name"] = _("A name has letters, and is not longer than a line.")
        if password is not None:
            errors["password"] = _("Type it once more: a page never shows a password again.")
    if errors:
        return await _ask_name(call, errors)
    await call.change(
        lambda session: claims.finish(session, acting, name=name, passkey=passkey, password=password)
    )
    call.runtime.claims.claimed = True
    log.info("claimed", address=client_of(call.request))
    await call.runtime.reload_owners()
    return see_other(KIT)


async def _password(call: PageCall, name: str) -> PasswordRow | None:
    typed, handle = call.form.one("password"), call.visitor.handle
    try:
        passphrases.check(typed, names=(name, handle))
    except Unprocessable:
        return None
    return await call.runtime.doors.new_password(handle, typed)


def _passkey(call: PageCall) -> PasskeyRow | None:
    site, said = site_for(call.request), call.form.one("credential")
    name = browser_of(call).device or _("This device")
    try:
        made = site and call.runtime.doors.new_passkey(
            said, site, _claiming(call), call.visitor.handle, name=name
        )
    except Forbidden:
        return None
    return made or None


PAGES: Final = (
    WebPage(path=CLAIM, handler=ask_code, needs=Needs.CLAIM),
    WebPage(path=CLAIM, handler=claim, method="POST", needs=Needs.CLAIM),
    WebPage(path=NAME, handler=ask_name, needs=Needs.CLAIM),
    WebPage(path=NAME, handler=settle, method="POST", needs=Needs.CLAIM),
    WebPage(path=CLAIM + "/{code}", handler=ask_code, needs=Needs.CLAIM),
)
