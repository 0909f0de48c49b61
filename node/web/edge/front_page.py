"""The node's root address: who lives here, for people who type it.

Rules here: what is said is public anyway, a name and an account of each owner; who asks for no page gets the
404 of every address at which there is no document.
"""

from typing import Final

from aiohttp import web

from node.web.edge import pages
from node.web.edge.problems import not_found
from node.web.edge.runtime import RUNTIME
from protocol.discovery import acct_of


async def front_page(request: web.Request) -> web.Response:
    """Say whose node this is.

    Raises:
        Refusal: 404, no page is asked for.
    """
    if not pages.is_asked_for(request.headers.get("Accept", "")):
        raise not_found()
    owners = [owner.actor for owner in request.app[RUNTIME].owners.values()]
    accounts = [f"{owner.name}: {acct_of(owner.iri, owner.handle)}" for owner in owners]
    sentences = [
        "This is a Freehold node: its owner receives signed offers here, and chooses.",
        *accounts,
        "Write to an account from a node of your own, or from any server of the fediverse.",
    ]
    return pages.page(owners[0].name, sentences)


ROUTES: Final = (web.get("/", front_page),)
