"""The way to the pages: one entry of the node's table, which loads them all when somebody comes for one.

Rules here: nothing of the pages is imported with this file, since a node answers programs and peers from its
start, and people when they come. What nobody else answers is looked for among the pages; a peer that fetches
an agreement, which has its page at the same address, loads them too.
"""

import asyncio

from aiohttp import web

from node.web.edge.problems import Refusal


class Entrance(web.PlainResource):
    """What is below `/` and nobody else's; `develops` adds the pages for developers."""

    def __init__(self, *, develops: bool) -> None:
        super().__init__("/")
        self._develops = develops
        self._pages: web.UrlDispatcher | None = None

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        """Return the page at an address, or none and the methods there are for that address."""
        if self._pages is None:  # on a thread: it takes as long as many answers
            self._pages = await asyncio.to_thread(self._load)
        found = await self._pages.resolve(request)
        match found.http_exception:
            case None:
                return found, set()
            case web.HTTPMethodNotAllowed(allowed_methods=allowed):
                return None, allowed
        return None, set()

    def opens(self, path: str) -> bool:
        """Tell whether there is a page at this path; before somebody came for one, there is none."""
        return self._pages is not None and any(
            route.method == "GET" and route.resource is not None and _fits(route.resource, path)
            for route in self._pages.routes()
        )

    def _load(self) -> web.UrlDispatcher:
        from node.web.pages import pages

        table = web.UrlDispatcher()
        table.add_routes(pages.routes(develops=self._develops))
        table.freeze()
        return table


def _fits(resource: web.AbstractResource, path: str) -> bool:
    info = resource.get_info()
    pattern = info.get("pattern")
    return info.get("path") == path if pattern is None else pattern.fullmatch(path) is not None


def refuse(request: web.Request, refusal: Refusal) -> web.Response:
    """Return a refusal as a page."""
    from node.web.pages.frame import errors

    return errors.answer(request, refusal)
