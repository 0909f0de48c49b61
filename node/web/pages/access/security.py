"""Security: how one gets in here, who is in, and what to do when something is wrong.

Rules here: taking away is at once and asks nothing more; adding a way in asks the person to show that it is
them. The worst thing stands first.
"""

from collections.abc import Mapping
from typing import Any, Final

from aiohttp import web

from node.core import codes, passphrases
from node.core.access import device_of
from node.services.access import passkeys, persons, security, sessions
from node.services.access.passkeys import Site
from node.services.people import tokens
from node.services.store import Session
from node.web.edge.problems import Refusal
from node.web.edge.tries import log_done
from node.web.edge.visitors import SIGN_IN, dismiss, site_for
from node.web.pages.access.undo_times import undo_seconds
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import require_step_up
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Unprocessable

HERE: Final = "/security"


async def show(call: PageCall) -> View:
    """Show how safe the pages are, and what can be changed about it."""

    def look(session: Session) -> tuple[dict[str, Any], int]:
        return security.show(session, call.acting), undo_seconds(session, call, call.acting)

    (answer, seconds), site = await call.read(look), site_for(call.request)
    beside = {
        "undo_seconds": seconds,
        "can_add": site is not None,
        "port": call.runtime.settings.port,
        "here_id": call.visitor.session,
        "is_owner": call.visitor.person == call.visitor.handle,
        "lacks_way": _lacks_way(answer, call.visitor.session),
    }
    return View(template="security.html", answer=answer, beside=beside)


def _lacks_way(shown: Mapping[str, Any], id: str) -> bool:
    """Tell whether a sign-in (its id) is by recovery words, and nothing was set since that lets in again."""
    here = next((one for one in shown["sessions"] if one["id"] == id), None)
    if here is None or here["how"] != sessions.Way.WORDS:
        return False
    set_at: list[str] = [shown["password_set_at"] or "", *(key["added_at"] for key in shown["passkeys"])]
    return max(set_at) < str(here["opened_at"])


# --- passkeys ----------------------------------------------------------------------------------------


def _adding(call: PageCall) -> str:
    """Name what a challenge for a new passkey is for."""
    return f"add {call.visitor.session}"


async def ask_passkey(call: PageCall) -> View | web.Response:
    """Ask for the name of a new passkey."""
    asked, site = await require_step_up(call), _site(call)
    if asked is not None:
        return asked
    challenge, acting = call.runtime.doors.challenge(_adding(call)), call.acting

    def options(session: Session) -> str:
        name = persons.name_of(session, acting)
        return passkeys.options_to_add(session, acting, site, challenge, name=name)

    ask = await call.read(options)
    return View(template="passkey_new.html", answer={}, beside={"ask": ask, "device": _device(call)})


async def add_passkey(call: PageCall) -> web.Response:
    """Add the passkey that the browser has made.

    Raises:
        Forbidden: it was not made here, now, with the person verified. Conflict: it is known.
    """
    asked, site = await require_step_up(call), _site(call)
    if asked is not None:
        return asked
    name, said = _name(call, default=_device(call)), call.form.one("credential")
    acting = call.acting
    visitor = call.visitor
    made = call.runtime.doors.new_passkey(
        said, site, _adding(call), visitor.handle, person=visitor.person, name=name
    )
    await call.change(lambda session: passkeys.add(session, acting, made))
    return see_other(HERE)


async def ask_name(call: PageCall) -> View:
    """Ask what a passkey is to be called, or whether it is to go."""
    shown = await call.read(lambda session: passkeys.show(session, call.acting, call.id))
    return View(template="passkey.html", answer=shown)


async def rename_passkey(call: PageCall) -> web.Response:
    """Call a passkey something else."""
    name, acting = _name(call), call.acting
    await call.write(lambda session: passkeys.rename(session, acting, call.id, name))
    return see_other(HERE)


async def remove_passkey(call: PageCall) -> web.Response:
    """Remove a passkey.

    Raises:
        Conflict: nothing else would let the owner in.
    """
    asked, acting = await require_step_up(call), call.acting
    if asked is not None:
        return asked
    await call.write(lambda session: passkeys.remove(session, acting, call.id))
    return see_other(HERE)


def _site(call: PageCall) -> Site:
    site = site_for(call.request)
    if site is None:
        raise Refusal(404, codes.NOT_FOUND)
    return site


def _device(call: PageCall) -> str:
    return device_of(call.request.headers.get("User-Agent", ""))


def _name(call: PageCall, *, default: str = "") -> str:
    name = call.form.one("name").strip() or default or "Passkey"
    if len(name) > passkeys.NAME_LENGTH or not name.isprintable():
        raise Refusal(422, codes.NAME_INVALID)
    return name


# --- password ----------------------------------------------------------------------------------------


async def ask_password(call: PageCall) -> View | web.Response:
    """Ask for a new password."""
    return await require_step_up(call) or _password({})


def _password(errors: dict[str, str]) -> View:
    least = passphrases.LEAST
    return View(
        template="password.html",
        answer={},
        beside={"errors": errors, "least": least},
        status=422 if errors else 200,
    )


async def set_password(call: PageCall) -> View | web.Response:
    """Set a password, and sign out who else is in."""
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    actor, handle, password = call.acting.owner.actor, call.visitor.handle, call.form.one("password")
    called = await call.read(lambda session: persons.name_of(session, call.acting))
    try:
        passphrases.check(password, names=(called, actor.name, handle))
    except Unprocessable:
        return _password({"password": _("This is too easily guessed: take a longer one, without your name.")})
    row, id = await call.runtime.doors.new_password(call.visitor.person, password), call.visitor.session
    acting = call.acting
    await call.change(lambda session: security.set_password(session, acting, row, but=id))
    call.runtime.sign_outs.ring()
    return see_other(HERE)


# --- who is in ---------------------------------------------------------------------------------------


async def end_session(call: PageCall) -> web.Response:
    """Sign a browser of one's own out."""
    person = call.visitor.person
    await call.write(lambda session: sessions.revoke(session, call.id, person=person))
    call.runtime.sign_outs.ring()
    return see_other(HERE)


async def revoke_token(call: PageCall) -> web.Response:
    """Revoke a program's token."""
    acting = call.acting
    visitor = call.visitor
    whose = None if visitor.person == visitor.handle else visitor.person
    written = call.write(lambda session: tokens.revoke(session, acting, call.id, person=whose))
    await call.runtime.tokens.revoking(written)
    log_done(call.request, "token revoked", by=visitor.session, made=call.id)
    return see_other(HERE)


async def ask_lock(call: PageCall) -> View:
    """Say what locking does, and how it is undone; it is the owner's."""
    call.acting.check_owner()
    return View(template="lock.html", answer={})


async def lock(call: PageCall) -> web.Response:
    """Lock the pages: nobody is in any more, nor any program, until a link from the terminal is used."""
    acting = call.acting
    written = call.change(lambda session: security.lock(session, acting))
    await call.runtime.tokens.revoking(written)
    call.runtime.sign_outs.ring()
    log_done(call.request, "locked", by=call.visitor.session)
    response = see_other(SIGN_IN)
    dismiss(response, call.runtime.settings)
    return response


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE + "/passkeys/new", handler=ask_passkey),
    WebPage(path=HERE + "/passkeys/new", handler=add_passkey, method="POST"),
    WebPage(path=HERE + "/passkeys/{id}", handler=ask_name),
    WebPage(path=HERE + "/passkeys/{id}", handler=rename_passkey, method="POST"),
    WebPage(path=HERE + "/passkeys/{id}/remove", handler=ask_name),
    WebPage(path=HERE + "/passkeys/{id}/remove", handler=remove_passkey, method="POST"),
    WebPage(path=HERE + "/password", handler=ask_password),
    WebPage(path=HERE + "/password", handler=set_password, method="POST"),
    WebPage(path=HERE + "/sessions/{id}/end", handler=end_session, method="POST"),
    WebPage(path=HERE + "/tokens/{id}/revoke", handler=revoke_token, method="POST"),
    WebPage(path=HERE + "/lock", handler=ask_lock),
    WebPage(path=HERE + "/lock", handler=lock, method="POST"),
)
