"""The way to the pages: one entry of the node's table, which loads them all when somebody comes for one.

Rules here: nothing of the pages is imported with this file, since a node answers peers from its start, and
people when they come. What nobody else answers is looked for among the pages; a peer that fetches an
agreement, which has its page at the same address, loads them too.
"""

from collections.abc import Iterable

from aiohttp import web

from node.web.edge.later import Later
from node.web.edge.problems import Refusal


class Entrance(Later):
    """What is below `/` and nobody else's; `develops` adds the pages for developers."""

    def __init__(self, *, develops: bool) -> None:
        def load() -> Iterable[web.AbstractRouteDef]:
            from node.web.pages import pages

            return pages.routes(develops=develops)

        super().__init__("/", load)

    def opens(self, path: str) -> bool:
        """Tell whether there is a page at this path; before somebody came for one, there is none."""
        return self.table is not None and any(
            route.method == "GET" and route.resource is not None and _fits(route.resource, path)
            for route in self.table.routes()
        )


def _fits(resource: web.AbstractResource, path: str) -> bool:
    info = resource.get_info()
    pattern = info.get("pattern")
    return info.get("path") == path if pattern is None else pattern.fullmatch(path) is not None


def refuse(request: web.Request, refusal: Refusal) -> web.Response:
    """Return a refusal as a page."""
    from node.web.pages.frame import errors

    return errors.answer(request, refusal)
