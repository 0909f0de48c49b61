"""The node's root address for who has no session: who lives here.

Rules here: what is said is public anyway, a name and an account of each owner; who asks for no page gets the
404 of every address at which there is no document.
"""

from typing import Final

from aiohttp import web

from node.web.edge import pages
from node.web.edge.problems import not_found
from node.web.pages.desk.view import has_desk
from node.web.pages.page import Needs, PageCall, View, WebPage, see_other
from protocol.discovery import acct_of


async def show(call: PageCall) -> View | web.StreamResponse:
    """Say whose node this is; a business begins at its desk.

    Raises:
        Refusal: 404, no page is asked for.
    """
    if not pages.is_asked_for(call.request.headers.get("Accept", "")):
        raise not_found()
    if call.is_known and has_desk(call):
        return see_other("/desk")
    owners = [owner.actor for owner in call.runtime.owners.values()]
    people = [{"name": owner.name, "account": str(acct_of(owner.iri, owner.handle))} for owner in owners]
    return View(template="front.html", answer={"people": people})


PAGES: Final = (WebPage(path="/", handler=show, needs=Needs.NOTHING),)
