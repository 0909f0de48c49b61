"""The owner's API as one table: every operation of every noun, and the description made from it."""

from functools import lru_cache
from typing import Final

import orjson
from aiohttp import web

from node.web.api import (
    agreements,
    deliveries,
    events,
    fed,
    intentions,
    journal,
    keys,
    node,
    offers,
    openapi,
    peers,
    profile,
    shop,
    tokens,
)
from node.web.api.operations import PREFIX, Answer, Call, Operation, serve
from node.web.federation.discovery import software_version


async def description(_call: Call) -> Answer:
    """Describe this API."""
    return Answer(_description())


@lru_cache(maxsize=1)
def _description() -> bytes:
    return orjson.dumps(openapi.describe(OPERATIONS, version=software_version()))


OPERATIONS: Final[tuple[Operation, ...]] = (
    *node.OPERATIONS,
    *profile.OPERATIONS,
    *intentions.OPERATIONS,
    *offers.OPERATIONS,
    *agreements.OPERATIONS,
    *peers.OPERATIONS,
    *deliveries.OPERATIONS,
    *shop.OPERATIONS,
    *events.OPERATIONS,
    *journal.OPERATIONS,
    *tokens.OPERATIONS,
    *keys.OPERATIONS,
    *fed.OPERATIONS,
    Operation(
        method="GET",
        path="/openapi.json",
        handler=description,
        summary="Get this description.",
        answer="application/json",
    ),
)


def routes() -> list[web.RouteDef]:
    """Return the operations as routes; a HEAD is not answered, because a stream of events cannot be."""
    return [
        web.get(PREFIX + item.path, serve(item), allow_head=False)
        if item.method == "GET"
        else web.route(item.method, PREFIX + item.path, serve(item))
        for item in OPERATIONS
    ]
