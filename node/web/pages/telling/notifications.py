"""Notifications: where the owner is told that something waits, of what, when, and how much is said.

Rules here: an address is set by the owner alone, who shows that it is them, because it takes what is told out
of the house; what is secret about it is never shown again, not even in the form that was sent.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from aiohttp import web

from node.core import codes
from node.core.notice_addresses import PORTS, MailSecurity
from node.core.notices import AT_ONCE, OF_ONE_PERSON, NoticeKind
from node.services.access import persons
from node.services.notices import adding, channels
from node.services.notices import settings as settings_service
from node.services.store import Session
from node.web.pages.frame.page import PageCall, View, WebPage, is_business, see_other
from node.web.pages.frame.step_up import require_step_up
from node.web.pages.wording.refusals import mistake
from protocol.errors import ProtocolError

HERE: Final = "/notifications"
KINDS: Final = tuple(kind for kind in NoticeKind if kind not in AT_ONCE)
"""What there is a choice about, in order."""
_MAIL: Final = ("to", "from", "host", "port", "security", "user", "password")
_NTFY: Final = ("server", "topic", "token")
_SECRET: Final = frozenset({"password", "token"})
_NTFY_AT_FIRST: Final = "https://ntfy.sh"
_LONGEST_PORT: Final = 5  # digits
_FIELDS: Final[Mapping[str, str]] = {
    codes.CHANNELS_FULL: "to",
    codes.MAIL_ADDRESS: "to",
    codes.MAIL_SERVER: "host",
    codes.MAIL_PASSWORD: "password",
    codes.NTFY_TOPIC: "topic",
    codes.NTFY_TOKEN: "token",
}


async def show(call: PageCall) -> View:
    """Show where the owner is told, of what, and when."""
    return await _page(call)


async def _page(call: PageCall, *, typed: Mapping[str, Any] | None = None, mistake: str = "") -> View:
    def look(session: Session) -> tuple[dict[str, Any], frozenset[str], bool]:
        acting = call.acting
        told = {
            "settings": settings_service.show(session, acting),
            "channels": channels.list(session, acting)["items"],
        }
        return told, channels.of_others(session, acting), len(persons.team(session, acting)) == 1

    answer, of_others, is_alone = await call.read(look)
    absent = {
        *(OF_ONE_PERSON if is_alone else ()),
        *(() if is_business(call.runtime, call.visitor) else (NoticeKind.CRM,)),
    }
    kept = answer["settings"]
    zone = str(call.reader.zone or kept["zone"])
    begun = kept if answer["channels"] else kept | {"zone": zone, "language": call.reader.language.code}
    beside = {
        "kinds": [kind for kind in KINDS if kind not in absent],
        "chosen": begun if typed is None else begun | typed | {"timing": kept["timing"] | typed["timing"]},
        "of_others": of_others,
        "is_kept": call.asked("kept") == "yes",
        "errors": {"zone": mistake} if mistake else {},
        "is_owner": call.visitor.person == call.visitor.handle,
    }
    return View(template="notifications.html", answer=answer, beside=beside, status=422 if mistake else 200)


async def set_settings(call: PageCall) -> View | web.StreamResponse:
    """Set of what the owner wants to hear, when, and how much of it."""
    form, acting = call.form, call.acting
    quiet = {"from": form.one("quiet_from"), "until": form.one("quiet_until")}
    document: dict[str, Any] = {
        "zone": form.one("zone").strip(),
        "quiet": quiet if form.one("quiet") else None,
        "digest_at": form.one("digest_at"),
        "timing": {kind: form.one(f"kind-{kind}") for kind in KINDS if form.has(f"kind-{kind}")},
        "saying": form.one("saying"),
        "language": form.one("language"),
    }

    def keep(session: Session) -> dict[str, Any]:
        before = settings_service.show(session, acting)["timing"]  # of kinds that were not asked about
        return settings_service.set(session, acting, document | {"timing": before | document["timing"]})

    try:
        await call.write(keep)
    except ProtocolError as error:
        return await _page(call, typed=document, mistake=mistake(error))
    return see_other(call.link(HERE, kept="yes"))


# --- addresses ---------------------------------------------------------------------------------------


async def ask_mail(call: PageCall) -> View | web.StreamResponse:
    """Ask for a mailbox and its server."""
    call.acting.check_owner()
    return await require_step_up(call) or _mail({"security": MailSecurity.STARTTLS}, {})


async def add_mail(call: PageCall) -> View | web.StreamResponse:
    """Let the owner be told by mail."""
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    typed = _typed(call, _MAIL)
    port = typed["port"]
    is_port = port.isascii() and port.isdigit() and len(port) <= _LONGEST_PORT
    document = typed | {"port": int(port) if is_port else port or None}
    acting = call.acting
    try:
        await call.write(partial(_add, call, lambda session: adding.add_mail(session, acting, document)))
    except ProtocolError as error:
        return _mail(typed, _mistake(error))
    return see_other(HERE)


def _mail(typed: Mapping[str, str], errors: Mapping[str, str]) -> View:
    beside = {"typed": _shown(_MAIL, typed), "errors": errors, "ports": PORTS, "securities": [*MailSecurity]}
    return View(template="notify_mail.html", answer={}, beside=beside, status=422 if errors else 200)


async def ask_ntfy(call: PageCall) -> View | web.StreamResponse:
    """Ask for a topic."""
    call.acting.check_owner()
    topic = f"freehold-{call.runtime.residents.salt()}"
    return await require_step_up(call) or _ntfy({"server": _NTFY_AT_FIRST, "topic": topic}, {})


async def add_ntfy(call: PageCall) -> View | web.StreamResponse:
    """Let the owner be told through ntfy."""
    call.acting.check_owner()
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    typed, acting = _typed(call, _NTFY), call.acting
    try:
        await call.write(partial(_add, call, lambda session: adding.add_ntfy(session, acting, typed)))
    except ProtocolError as error:
        return _ntfy(typed, _mistake(error))
    return see_other(HERE)


def _ntfy(typed: Mapping[str, str], errors: Mapping[str, str]) -> View:
    beside = {"typed": _shown(_NTFY, typed), "errors": errors}
    return View(template="notify_ntfy.html", answer={}, beside=beside, status=422 if errors else 200)


def _add(call: PageCall, add: Any, session: Session) -> dict[str, Any]:
    """Add an address; with the first, clock and language are those of the browser it is added in."""
    zone, language = str(call.reader.zone or ""), call.reader.language.code
    settings_service.begin(session, call.acting, zone=zone, language=language)
    return dict(add(session))


def _typed(call: PageCall, names: tuple[str, ...]) -> dict[str, str]:
    return {name: call.form.one(name) for name in names}


def _shown(names: tuple[str, ...], typed: Mapping[str, str]) -> dict[str, str]:
    return {name: "" if name in _SECRET else typed.get(name, "") for name in names}


def _mistake(error: ProtocolError) -> dict[str, str]:
    field = _FIELDS.get(error.code)
    if field is None:
        raise error
    return {field: mistake(error)}


async def test(call: PageCall) -> web.StreamResponse:
    """Send a test, and show with the address what came of it."""
    await call.runtime.notices.test(call.acting, call.id)
    return see_other(HERE)


async def ask_remove(call: PageCall) -> View | web.StreamResponse:
    """Ask whether an address is to go."""
    asked = await require_step_up(call)
    if asked is not None:
        return asked
    shown = await call.read(lambda session: channels.show(session, call.acting, call.id))
    return View(template="notify_remove.html", answer=shown)


async def remove(call: PageCall) -> web.StreamResponse:
    """Tell nothing there any more."""
    asked, acting = await require_step_up(call), call.acting
    if asked is not None:
        return asked
    await call.write(lambda session: channels.remove(session, acting, call.id))
    return see_other(HERE)


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE, handler=set_settings, method="POST"),
    WebPage(path=HERE + "/mail", handler=ask_mail),
    WebPage(path=HERE + "/mail", handler=add_mail, method="POST"),
    WebPage(path=HERE + "/ntfy", handler=ask_ntfy),
    WebPage(path=HERE + "/ntfy", handler=add_ntfy, method="POST"),
    WebPage(path=HERE + "/{id}/test", handler=test, method="POST"),
    WebPage(path=HERE + "/{id}/remove", handler=ask_remove),
    WebPage(path=HERE + "/{id}/remove", handler=remove, method="POST"),
)
