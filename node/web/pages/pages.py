"""The pages of this node: every address that people open, in one table."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from node.web.pages.access import claim, kit, security, sign_in, undo_times
from node.web.pages.agreements import agreements, amendments
from node.web.pages.desk import desk
from node.web.pages.frame import statics, step_up, styleguide
from node.web.pages.frame.page import WebPage
from node.web.pages.frame.serving import serve
from node.web.pages.home import address, businesses, faces, more, profile, terms, today
from node.web.pages.negotiations import acceptances, counters, offers, threads
from node.web.pages.telling import calendars, devices, live, notifications
from node.web.pages.wishes import comparison, pausing, wishes

PAGES: Final = (
    *claim.PAGES,
    *live.PAGES,
    *faces.PAGES,
    *address.PAGES,
    *sign_in.PAGES,
    *step_up.PAGES,
    *today.PAGES,
    *wishes.PAGES,
    *pausing.PAGES,
    *comparison.PAGES,
    *businesses.PAGES,
    *terms.PAGES,
    *kit.PAGES,
    *security.PAGES,
    *undo_times.PAGES,
    *more.PAGES,
    *notifications.PAGES,
    *desk.PAGES,
    *offers.PAGES,
    *threads.PAGES,
    *acceptances.PAGES,
    *agreements.PAGES,
    *calendars.PAGES,
    *devices.PAGES,
    *amendments.PAGES,
    *counters.PAGES,
    *profile.PAGES,
    *styleguide.PAGES,
)


def routes(pages: Sequence[WebPage] = PAGES, *, develops: bool) -> list[web.RouteDef]:
    """Return the pages as routes, with the files that they name; `develops` adds those for developers."""
    shown = [page for page in pages if develops or not page.develops]
    made = [
        web.get(page.path, serve(page)) if page.method == "GET" else web.post(page.path, serve(page))
        for page in shown
    ]
    return [*statics.ROUTES, *made]
