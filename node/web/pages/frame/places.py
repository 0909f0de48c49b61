"""Places: which addresses show something when they are opened, for links away from where a form was sent to.

Rules here: what a form is sent to need not be a page; whoever is led back is led to one.
"""

from typing import Protocol, runtime_checkable

from aiohttp import web

from node.core.access import own_path


@runtime_checkable
class TableOfPages(Protocol):
    """What knows all pages: an entry of the node's table, which stands above whatever asks here."""

    def opens(self, path: str) -> bool:
        """Tell whether there is a page at this path."""
        ...


def nearest(request: web.Request, path: str) -> str:
    """Return the longest beginning of a path that is a page of this node, `/` at the latest."""
    tables = [one for one in request.app.router.resources() if isinstance(one, TableOfPages)]
    path = own_path(path)
    while path != "/" and not any(one.opens(path) for one in tables):
        path = path.rpartition("/")[0] or "/"
    return path
