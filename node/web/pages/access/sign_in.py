"""Signing in and out.

Rules here: a link signs in when its page's button is pressed, not when it is fetched: programs that look at
links before people do would use it up. Each sign-in gets a new secret. What does not let in says nothing of
why, and costs whoever tries it; only a word that is in no list of ours is named, since that list is public.
"""

from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web

from node.core import recovery
from node.core.access import device_of, own_path
from node.services.access import links, passkeys, persons, security, sessions
from node.services.access.doors import SIGNING_IN, Browser
from node.services.access.sessions import Opened
from node.web.edge.tries import client_of, count_failure, count_guess, watched
from node.web.edge.visitors import SIGN_IN, admit, dismiss, secret_of, site_for
from node.web.pages.frame.page import Needs, PageCall, View, WebPage, see_other
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden, ProtocolError, Unprocessable

RECOVER: Final = "/recover"
_LONGEST_NAME: Final = 64
_NAMED: Final = 3  # words that are none; who has more looks at all of them

log = structlog.get_logger(__name__)


async def show(call: PageCall) -> View:
    """Show the ways in, or who is in already."""
    return await _ways(call)


async def _ways(call: PageCall, *, wrong: str = "") -> View:
    runtime, site = call.runtime, site_for(call.request)
    can_sign, has_passwords, locked = await call.read(security.ways)
    is_team = await call.read(persons.has_team)
    ask = passkeys.options_to_use(site, runtime.doors.challenge(SIGNING_IN)) if site and can_sign else ""
    return View(
        template="sign_in.html",
        answer={"is_signed_in": call.is_known, "locked_at": locked},
        beside={
            "onward": own_path(call.asked("next") or "/"),
            "ask": ask,
            "has_passwords": has_passwords,
            "is_team": is_team,
            "residents": [(handle, owner.actor.name) for handle, owner in runtime.owners.items()],
            "errors": {"password": wrong} if wrong else {},
        },
        status=403 if wrong else 200,
    )


async def sign_in(call: PageCall) -> View | web.Response:
    """Let in whose passkey or password this is.

    Raises:
        Refusal: 429 too many tries. Forbidden: the passkey is refused, or the pages are locked.
    """
    doors, said = call.runtime.doors, call.form.one("credential")
    if said:
        site = site_for(call.request)
        try:
            with watched(call.request, "passkey"):
                opened = await doors.enter_by_passkey(said, site, browser_of(call)) if site else None
        except ProtocolError:
            count_failure(call.request)
            raise
        return await _ways(call) if opened is None else enter(call, opened)
    count_guess(call.request)
    try:
        password, name = call.form.one("password"), call.form.one("person")[:_LONGEST_NAME].strip()
        with watched(call.request, "password"):
            opened = await doors.enter_by_password(_who(call), password, browser_of(call), name=name)
    except Forbidden:
        return await _ways(call, wrong=_("That is not right."))
    return enter(call, opened)


def _who(call: PageCall) -> str:
    return call.form.one("who", call.runtime.first_handle)[:_LONGEST_NAME]


def browser_of(call: PageCall) -> Browser:
    """Return what comes in."""
    agent = call.request.headers.get("User-Agent", "")
    return Browser(device=device_of(agent), secret=secret_of(call.request))


def enter(call: PageCall, opened: Opened, *, onward: str = "") -> web.Response:
    """Go on, signed in."""
    log.info("signed in", device=browser_of(call).device, address=client_of(call.request))
    response = see_other(own_path(onward or call.asked("next") or "/"))
    admit(response, call.runtime.settings, opened)
    return response


# --- by recovery words -------------------------------------------------------------------------------


async def ask_words(call: PageCall) -> View:
    """Ask for the recovery words."""
    return _words(call, {})


def _words(call: PageCall, errors: dict[str, str]) -> View:
    owners = call.runtime.owners
    return View(
        template="recover.html",
        answer={},
        beside={
            "errors": errors,
            "typed": call.form.one("words") if "words" in errors else "",
            "residents": [(handle, owner.actor.name) for handle, owner in owners.items()],
        },
        status=422 if errors else 200,
    )


async def recover(call: PageCall) -> View | web.Response:
    """Let in whose recovery words these are, once, to where a new passkey is made.

    Raises:
        Refusal: 429 too many tries.
    """
    count_guess(call.request)
    words = call.form.one("words")
    try:
        with watched(call.request, "words"):
            opened = await call.runtime.doors.enter_by_words(_who(call), words, browser_of(call))
    except Unprocessable:
        return _words(call, {"words": misspelt(words)})
    except Forbidden:
        return _words(call, {"words": _("These are not the words, or they are in another order.")})
    return enter(call, opened, onward="/security")


def misspelt(words: str) -> str:
    """Say what is wrong with recovery words that can be nobody's."""
    strange, count = recovery.strange_words(words), recovery.count_words(words)
    said = [
        _("Word %(place)s, %(word)s, is none of ours: look at its spelling.") % {"place": place, "word": word}
        for place, word in strange[:_NAMED]
    ]
    if count != recovery.COUNT:
        many = {"count": count, "all": recovery.COUNT}
        said.append(_("Words so far: %(count)s of %(all)s.") % many)
    return " ".join(said)


# --- by link -----------------------------------------------------------------------------------------


async def offer_link(call: PageCall) -> View:
    """Show the button of a sign-in link, whether it holds or not."""
    onward = own_path(call.asked("next") or "/")
    action = f"{call.request.path}?next={quote(onward, safe='')}"
    return View(template="sign_in_link.html", answer={}, beside={"action": action}, secret=True)


async def follow_link(call: PageCall) -> web.Response:
    """Use a sign-in link up, and go on where it leads.

    Raises:
        NotFound: the link does not hold. Refusal: 429 too many of them did not.
    """
    browser, secret = browser_of(call), call.request.match_info["secret"]
    residents = call.runtime.residents
    try:
        with watched(call.request, "link"):
            opened = await call.runtime.store.write(
                lambda session: links.follow(
                    session, residents, secret, device=browser.device, instead_of=browser.secret
                )
            )
    except ProtocolError:
        count_failure(call.request)
        raise
    return enter(call, opened)


async def sign_out(call: PageCall) -> web.Response:
    """End this sign-in."""
    id = call.visitor.session
    await call.runtime.store.write(lambda session: sessions.revoke(session, id))
    call.runtime.sign_outs.ring()
    response = see_other(SIGN_IN)
    dismiss(response, call.runtime.settings)
    return response


PAGES: Final = (
    WebPage(path=SIGN_IN, handler=show, needs=Needs.NOTHING),
    WebPage(path=SIGN_IN, handler=sign_in, method="POST", needs=Needs.NOTHING),
    WebPage(path=SIGN_IN + "/{secret}", handler=offer_link, needs=Needs.NOTHING),
    WebPage(path=SIGN_IN + "/{secret}", handler=follow_link, method="POST", needs=Needs.NOTHING),
    WebPage(path="/sign-out", handler=sign_out, method="POST"),
    WebPage(path=RECOVER, handler=ask_words, needs=Needs.NOTHING),
    WebPage(path=RECOVER, handler=recover, method="POST", needs=Needs.NOTHING),
)
