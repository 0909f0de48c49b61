"""The pages of this node: every address that people open, in one table."""

from collections.abc import Sequence
from typing import Final

from aiohttp import web

from node.web.pages import (
    acceptances,
    agreements,
    businesses,
    claim,
    comparison,
    counters,
    live,
    more,
    offers,
    profile,
    security,
    sign_in,
    statics,
    step_up,
    styleguide,
    threads,
    today,
    wishes,
)
from node.web.pages.desk import desk
from node.web.pages.page import WebPage, serve

PAGES: Final = (
    *claim.PAGES,
    *live.PAGES,
    *sign_in.PAGES,
    *step_up.PAGES,
    *today.PAGES,
    *wishes.PAGES,
    *comparison.PAGES,
    *businesses.PAGES,
    *security.PAGES,
    *more.PAGES,
    *desk.PAGES,
    *offers.PAGES,
    *threads.PAGES,
    *acceptances.PAGES,
    *agreements.PAGES,
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
