"""Devices: being told in a browser, even when no page is open there.

Rules here: as with every address at which the owner is told, it is set by who shows that it is them; a
browser that is told already may name its new subscription, which is how browsers renew them. The browser is
asked for permission when its owner presses the button, and never before. It needs a script and a service
worker, and the page says so. What a worker that must subscribe anew needs for that stands in the answer to a
program, which no other site can read.
"""

from typing import Any, Final

from aiohttp import web

from node.core.access import device_of
from node.core.subscriptions import read_subscription
from node.services.notices import push, settings
from node.services.store import Session
from node.web.edge import pages
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import require_step_up
from node.web.pages.wording.languages import gettext as _

HERE: Final = "/notifications/devices"


async def show(call: PageCall) -> View | web.Response:
    """Show in which browsers the owner is told."""
    is_page = pages.is_asked_for(call.request.headers.get("Accept", ""))
    return (await _prove(call) if is_page else None) or await _view(call)


async def _prove(call: PageCall) -> web.Response | None:
    """Have the person show that it is them, unless this browser is told already."""
    acting, sign_in = call.acting, call.visitor.session
    shown = await call.read(lambda session: push.show(session, acting, sign_in))
    return None if shown["own"] else await require_step_up(call)


async def _view(call: PageCall, *, without_script: bool = False) -> View:
    acting, sign_in = call.acting, call.visitor.session
    private = await push.key(call.runtime.store, acting)
    shown = await call.read(lambda session: push.show(session, acting, sign_in))
    return View(
        template="devices.html",
        answer={**shown, "key": push.public_half(private), "token": call.masked_token()},
        beside={"without_script": without_script},
        status=422 if without_script else 200,
    )


async def subscribe(call: PageCall) -> View | web.Response:
    """Tell the owner in this browser from now on; where no script ran, say what it takes.

    Raises:
        Unprocessable: `subscription-invalid`. Conflict: `channels-full`.
    """
    if not call.form.one("subscription"):
        return await _view(call, without_script=True)
    asked = await _prove(call)
    if asked is not None:
        return asked
    acting, sign_in = call.acting, call.visitor.session
    said = read_subscription(call.form.one("subscription"), allow_http=call.runtime.settings.dev)
    device = device_of(call.request.headers.get("User-Agent", "")) or _("A browser")
    zone, language = str(call.reader.zone or ""), call.reader.language.code

    def tell(session: Session) -> dict[str, Any]:
        settings.begin(session, acting, zone=zone, language=language)
        return push.subscribe(session, acting, said, device=device, sign_in=sign_in)

    await call.write(tell)
    return see_other(HERE)


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE, handler=subscribe, method="POST"),
)
