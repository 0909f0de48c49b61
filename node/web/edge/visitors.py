"""Who comes to the pages: a browser that is signed in, by its cookie, or anybody.

Rules here: the cookie holds a secret and nothing else; scripts cannot read it, and no form of another site
brings it. Over https its name has the prefix that keeps other hosts from setting it (RFC 6265bis §4.1.3.2);
over plain http, which is this machine alone, its name has the port, because cookies know none.
"""

from dataclasses import field
from datetime import datetime
from typing import Final
from urllib.parse import quote

from aiohttp import web

from node.core import codes
from node.core.access import SESSION_LONGEST, site_of
from node.services.access import sessions
from node.services.access.passkeys import Site
from node.services.access.sessions import Opened, WebSessionRow
from node.services.store import Session
from node.settings import Settings
from node.web.edge import pages
from node.web.edge.problems import Refusal
from node.web.edge.runtime import RUNTIME, Runtime
from protocol.values import dataclass

SIGN_IN: Final = "/sign-in"
_OPENED: Final = web.RequestKey("opened", Opened)
_LONGEST_SECRET: Final = 100  # characters; ours have 44


@dataclass(frozen=True, slots=True, kw_only=True)
class Visitor:
    """A person at a browser that is signed in.

    `session` is the id of the sign-in, `handle` the resident whose pages are shown, `person` the id of who
    signed in, `form_token` what each form carries under a mask, `stepped_up_at` when that person last showed
    that it is them.
    """

    session: str
    handle: str
    person: str
    form_token: str = field(repr=False)
    stepped_up_at: datetime | None


async def visitor_of(request: web.Request) -> Visitor | None:
    """Return who comes, or None if nobody is signed in there."""
    runtime, secret = request.app[RUNTIME], secret_of(request)
    row = await sessions.recognise(runtime.store, secret, now=runtime.clock()) if secret else None
    return _visitor(runtime, row)


async def past_visitor_of(request: web.Request) -> Visitor | None:
    """Return whose secret this was until they stepped up, a moment ago; it opens nothing."""
    runtime, secret = request.app[RUNTIME], secret_of(request)
    row = await sessions.recall(runtime.store, secret, now=runtime.clock()) if secret else None
    return _visitor(runtime, row)


def _visitor(runtime: Runtime, row: WebSessionRow | None) -> Visitor | None:
    if row is None or row.handle not in runtime.owners:
        return None
    return Visitor(
        session=row.id,
        handle=row.handle,
        person=row.person,
        form_token=row.form_token,
        stepped_up_at=row.stepped_up_at,
    )


def secret_of(request: web.Request) -> str:
    """Return the secret in the request's cookie, or nothing."""
    secret = request.cookies.get(_cookie_name(request.app[RUNTIME].settings), "")
    return secret if len(secret) <= _LONGEST_SECRET and secret.isascii() else ""


def admit(response: web.StreamResponse, settings: Settings, opened: Opened) -> None:
    """Give the browser the secret of the sign-in that has just begun."""
    response.set_cookie(
        _cookie_name(settings),
        opened.secret,
        max_age=int(SESSION_LONGEST.total_seconds()),
        path="/",
        secure=_is_encrypted(settings),
        httponly=True,
        samesite="Lax",  # a link in a mail leads to its page; only a form could do harm, and brings nothing
    )


def renew(request: web.Request, opened: Opened) -> None:
    """Have the gate give the browser its new secret, with whatever is answered."""
    request[_OPENED] = opened


def finish(request: web.Request, response: web.StreamResponse) -> None:
    """Give the browser the secret that its sign-in has got during this request, if it has got one."""
    opened = request.get(_OPENED)
    if opened is not None:
        admit(response, request.app[RUNTIME].settings, opened)


def site_for(request: web.Request) -> Site | None:
    """Return where passkeys are made and used, for who comes by this address; None if there can be none.

    It is the node's own origin. In development it may also be this machine by name, because by its figures it
    has no passkeys.
    """
    settings, host = request.app[RUNTIME].settings, request.headers.get("Host", "").lower()
    here = settings.dev and host == f"localhost:{settings.port}"
    origin = f"http://{host}" if here else settings.origin
    name = site_of(origin)
    return Site(origin, name) if name else None


def dismiss(response: web.Response, settings: Settings) -> None:
    """Take the secret away from the browser."""
    response.del_cookie(
        _cookie_name(settings), path="/", secure=_is_encrypted(settings), httponly=True, samesite="Lax"
    )


def check_signed_in(session: Session, visitor: Visitor, *, now: datetime) -> None:
    """Check in a write that the sign-in it was begun by still holds: it may have ended meanwhile.

    Raises:
        Refusal: 401.
    """
    if not sessions.is_held(session, visitor.session, now=now):
        raise _signed_out()


def ask_to_sign_in(request: web.Request) -> web.Response:
    """Lead who wants a page to the sign-in and from there back.

    Raises:
        Refusal: 401, no page is asked for, or something is to be done.
    """
    if request.method not in {"GET", "HEAD"} or not pages.is_asked_for(request.headers.get("Accept", "")):
        raise _signed_out()
    return web.Response(status=303, headers={"Location": f"{SIGN_IN}?next={quote(request.path_qs, safe='')}"})


def _signed_out() -> Refusal:
    # A 401 "MUST send a WWW-Authenticate header field" (RFC 9110 §15.5.2); cookies have none.
    return Refusal(401, codes.SIGN_IN, headers={"WWW-Authenticate": 'Cookie realm="freehold"'})


def _is_encrypted(settings: Settings) -> bool:
    return settings.origin.startswith("https:")


def _cookie_name(settings: Settings) -> str:
    return "__Host-freehold" if _is_encrypted(settings) else f"freehold-{settings.port}"
