"""Signing in and out.

Rules here: a link signs in when its page's button is pressed, not when it is fetched: programs that look at
links before people do would use it up. Each sign-in gets a new secret. A link that does not hold says nothing
of why, and costs whoever tries it.
"""

import asyncio
from html import escape
from typing import Final
from urllib.parse import quote

from aiohttp import web

from node.core import codes
from node.core.access import device_of, own_path
from node.services.access import links, sessions
from node.web.edge.callers import address_of, caller_of
from node.web.edge.forms import TOKEN, read_form
from node.web.edge.pages import HTML
from node.web.edge.problems import Refusal
from node.web.edge.runtime import RUNTIME, Runtime
from node.web.edge.visitors import SIGN_IN, admit, ask_to_sign_in, dismiss, secret_of, visitor_of
from protocol.errors import NotFound

_POLICY: Final = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


async def sign_in(request: web.Request) -> web.Response:
    """Say how to sign in, or go on with who is."""
    visitor, onward = await visitor_of(request), own_path(request.query.get("next", "/"))
    if visitor is None:
        return _page("Sign in", "<p>On the machine of your node: <code>freehold session link</code></p>")
    form = (
        f'<form method="post" action="/sign-out"><input type="hidden" name="{TOKEN}" '
        f'value="{visitor.form_token}"><button>Sign out</button></form>'
    )
    return _page("You are signed in", f'<p><a href="{escape(onward)}">Go on</a></p>{form}')


async def offer_link(request: web.Request) -> web.Response:
    """Show the button of a sign-in link, whether it holds or not."""
    onward = own_path(request.query.get("next", "/"))
    action = f"{request.path}?next={quote(onward, safe='')}"
    return _page("Sign in", f'<form method="post" action="{escape(action)}"><button>Sign in</button></form>')


async def follow_link(request: web.Request) -> web.Response:
    """Use a sign-in link up, and go on where it leads.

    Raises:
        Refusal: 404 the link does not hold, 429 too many of them did not, 403 another site pressed it.
    """
    await read_form(request, None)
    runtime = request.app[RUNTIME]
    try:
        opened = await runtime.store.write(
            lambda session: links.follow(
                session,
                runtime.residents,
                request.match_info["secret"],
                device=device_of(request.headers.get("User-Agent", "")),
                instead_of=secret_of(request),
            )
        )
    except NotFound:
        count_failure(runtime, request)
        raise
    response = web.Response(status=303, headers={"Location": own_path(request.query.get("next", "/"))})
    admit(response, runtime.settings, opened)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """End this sign-in."""
    visitor = await visitor_of(request)
    if visitor is None:
        return ask_to_sign_in(request)
    await read_form(request, visitor)
    runtime = request.app[RUNTIME]
    await runtime.store.write(lambda session: sessions.revoke(session, visitor.session))
    response = web.Response(status=303, headers={"Location": SIGN_IN})
    dismiss(response, runtime.settings)
    return response


def count_failure(runtime: Runtime, request: web.Request) -> None:
    """Count a sign-in that failed.

    Raises:
        Refusal: 429, this caller had too many.
    """
    address = address_of(request, runtime.settings.trusted_proxies)
    wait = runtime.failures.take(caller_of(address), asyncio.get_running_loop().time())
    if wait > 0:
        raise Refusal(429, codes.TOO_MANY_TRIES, headers={"Retry-After": str(int(wait) + 1)})


def _page(title: str, body: str) -> web.Response:
    text = (
        f'<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<title>{title}</title>\n'
        f"<h1>{title}</h1>\n{body}\n</html>\n"
    )
    headers = {"Content-Security-Policy": _POLICY}
    return web.Response(text=text, content_type=HTML, charset="utf-8", headers=headers)


ROUTES: Final = (
    web.get(SIGN_IN, sign_in),
    web.get(SIGN_IN + "/{secret}", offer_link),
    web.post(SIGN_IN + "/{secret}", follow_link),
    web.post("/sign-out", sign_out),
)
