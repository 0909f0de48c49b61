"""Places: which addresses show something when they are opened, for links away from where a form was sent to.

Rules here: what a form is sent to need not be a page; whoever is led back is led to one.
"""

from aiohttp import web

from node.core.access import own_path
from node.web.pages.entrance import Entrance


def nearest(request: web.Request, path: str) -> str:
    """Return the longest beginning of a path that is a page of this node, `/` at the latest."""
    entrances = [one for one in request.app.router.resources() if isinstance(one, Entrance)]
    path = own_path(path)
    while path != "/" and not any(one.opens(path) for one in entrances):
        path = path.rpartition("/")[0] or "/"
    return path
