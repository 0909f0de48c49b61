"""The undo time on Security: for how long an acceptance made on a page waits before it leaves.

Rules here: a shorter time makes a slip binding sooner, so whoever changes it shows that it is them.
"""

import re
from collections.abc import Mapping
from typing import Final

from aiohttp import web

from node.core import codes
from node.services.access import undo_times
from node.services.acting import Acting
from node.services.store import Session
from node.web.edge.forms import PASSWORD
from node.web.pages.frame.page import PageCall, View, WebPage, see_other
from node.web.pages.frame.step_up import proof_of, require_step_up
from node.web.pages.wording.languages import gettext as _
from protocol.errors import Forbidden, Unprocessable

HERE: Final = "/security/undo"
_SECONDS: Final = re.compile(r"[0-9]{1,5}")  # a day has so many


def undo_seconds(session: Session, call: PageCall, acting: Acting) -> int:
    """Return for how many seconds an acceptance of whoever looks waits."""
    return undo_times.chosen(session, acting, otherwise=call.runtime.settings.undo_seconds)


async def ask(call: PageCall) -> View:
    """Show for how long an acceptance can be undone, and ask for how long it is to be."""
    return await _ask(call, {})


async def _ask(call: PageCall, errors: Mapping[str, str]) -> View:
    otherwise, typed = call.runtime.settings.undo_seconds, _typed(call)
    answer = await call.read(lambda session: undo_times.show(session, call.acting, otherwise=otherwise))
    beside = {
        "typed": answer["undo_seconds"] if typed is None else typed,
        "proof": await proof_of(call),
        "errors": errors,
    }
    return View(template="undo_time.html", answer=answer, beside=beside, status=403 if errors else 200)


def _typed(call: PageCall) -> int | None:
    """Return what was chosen, None for what is no number of seconds."""
    typed = call.form.one("seconds")
    return int(typed) if _SECONDS.fullmatch(typed) else None


async def choose(call: PageCall) -> View | web.Response:
    """Choose for how long.

    Raises:
        Unprocessable: `invalid-shape`, this is none of the choices.
    """
    acting, seconds, otherwise = call.acting, _typed(call), call.runtime.settings.undo_seconds
    try:
        if asked := await require_step_up(call):
            return asked
    except Forbidden:
        return await _ask(call, {PASSWORD: _("That is not right.")})
    if seconds is None:
        raise Unprocessable(codes.INVALID_SHAPE)
    await call.write(lambda session: undo_times.choose(session, acting, seconds, otherwise=otherwise))
    return see_other("/security")


PAGES: Final = (
    WebPage(path=HERE, handler=ask),
    WebPage(path=HERE, handler=choose, method="POST"),
)
