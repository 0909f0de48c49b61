"""Today: what needs the reader, by deadline. For who has no session the same address says who lives here."""

from typing import Final

from aiohttp import web

from node.services import today
from node.services.store import Session
from node.web.edge import pages
from node.web.edge.problems import not_found
from node.web.pages.desk.view import has_desk
from node.web.pages.frame.page import Needs, PageCall, View, WebPage, account_of, see_other


async def show(call: PageCall) -> View | web.StreamResponse:
    """Show the day to whose it is, a business its desk, and to others whose node this is.

    Raises:
        Refusal: 404, nobody is signed in and no page is asked for.
    """
    if not call.is_known:
        return _front(call)
    if has_desk(call) and pages.is_asked_for(call.request.headers.get("Accept", "")):
        return see_other("/desk")

    def look(session: Session) -> View:
        beside = {"position": call.position(session), "kinds": " ".join(today.TOLD)}
        return View(
            template="today.html",
            answer=today.show_counted(session, call.acting, call.runtime.counts),
            beside=beside,
        )

    return await call.read(look)


def _front(call: PageCall) -> View:
    """Say who lives here; it is public anyway, a name and an account of each owner."""
    if not pages.is_asked_for(call.request.headers.get("Accept", "")):
        raise not_found()
    owners = [owner.actor for owner in call.runtime.owners.values()]
    people = [{"name": owner.name, "account": account_of(call.runtime, owner.handle)} for owner in owners]
    return View(template="front.html", answer={"people": people})


PAGES: Final = (WebPage(path="/", handler=show, needs=Needs.NOTHING),)
