"""The owner's API: the operations of all nouns as routes, and the description made from them."""

from collections.abc import Mapping, Sequence
from functools import cache

import orjson
from aiohttp import web

from node import __version__
from node.web.api import PREFIX
from node.web.api.components import COMPONENTS
from node.web.api.operations import ApiCall, Operation, RawResponse, serve
from node.web.api.schemas import Schema


def described(operations: Sequence[Operation], components: Mapping[str, Schema]) -> tuple[Operation, ...]:
    """Return the operations with the one that describes them all."""

    @cache
    def document() -> bytes:
        from node.web.api import openapi

        return orjson.dumps(openapi.describe(everything, version=__version__, components=components))

    async def description(_call: ApiCall) -> RawResponse:
        """Describe this API."""
        return RawResponse(document())

    own = Operation(
        name="owner_description",
        method="GET",
        path="/openapi.json",
        handler=description,
        summary="Get this description.",
        answer="application/json",
    )
    everything = (*operations, own)
    return everything


def routes(operations: Sequence[Operation], more: Mapping[str, Schema]) -> list[web.RouteDef]:
    """Return operations as routes; `more` are the schemas they name beyond the common ones.

    A HEAD is not answered, because a stream of events cannot be.
    """
    components = {**COMPONENTS, **more}
    return [
        web.get(PREFIX + item.path, serve(item, components), allow_head=False)
        if item.method == "GET"
        else web.route(item.method, PREFIX + item.path, serve(item, components))
        for item in described(operations, components)
    ]
