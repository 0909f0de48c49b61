"""Routes that are loaded with the first request for one of them."""

import asyncio
from collections.abc import Callable, Iterable

from aiohttp import web


class Later(web.PlainResource):
    """All that is below a path, as one entry of the node's table; `load` imports and returns its routes.

    `table` has them once they are loaded.
    """

    def __init__(self, path: str, load: Callable[[], Iterable[web.AbstractRouteDef]]) -> None:
        super().__init__(path)
        self._load = load
        self.table: web.UrlDispatcher | None = None

    async def resolve(self, request: web.Request) -> tuple[web.UrlMappingMatchInfo | None, set[str]]:
        """Return the route of a request, or none and the methods there are for its address."""
        if self.table is None:  # on a thread: it takes as long as many answers
            self.table = await asyncio.to_thread(self._make)
        found = await self.table.resolve(request)
        match found.http_exception:
            case None:
                return found, set()
            case web.HTTPMethodNotAllowed(allowed_methods=allowed):
                return None, allowed
        return None, set()

    def _make(self) -> web.UrlDispatcher:
        table = web.UrlDispatcher()
        table.add_routes(self._load())
        table.freeze()
        return table
