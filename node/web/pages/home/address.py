"""The node's own address: whether it leads here, as the node sees it that asks for itself."""

from typing import Any, Final

from aiohttp import web

from node.core.drafts import view_time
from node.web.pages.frame.page import PageCall, View, WebPage, see_other

HERE: Final = "/address"
_PATIENCE_SECONDS: Final = 12.0  # longer than the client has


async def show(call: PageCall) -> View:
    """Show what was seen at the node's own address when it was looked at last."""
    last = call.runtime.own_address.last
    answer: dict[str, Any] = {
        "address": call.runtime.settings.origin,
        "seen": None if last is None else last.sighting.value,
        "at": None if last is None else view_time(last.at),
    }
    return View(template="address.html", answer=answer, beside={"is_looked_at": last is not None})


async def look(call: PageCall) -> web.Response:
    """Look at the node's own address, and show what was seen."""
    await call.runtime.own_address.look_within(_PATIENCE_SECONDS)
    return see_other(HERE)


PAGES: Final = (
    WebPage(path=HERE, handler=show),
    WebPage(path=HERE, handler=look, method="POST"),
)
