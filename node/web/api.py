"""The owner's API as one table: every operation of every noun, and the description made from it."""

from functools import lru_cache
from typing import Final

import orjson
from aiohttp import web

from node.web import (
    events,
    openapi,
    owner_agreements,
    owner_deliveries,
    owner_fed,
    owner_intentions,
    owner_journal,
    owner_keys,
    owner_node,
    owner_offers,
    owner_peers,
    owner_profile,
    owner_shop,
    owner_tokens,
)
from node.web.discovery import software_version
from node.web.routes import PREFIX, Answer, Call, Operation, serve


async def description(_call: Call) -> Answer:
    """Describe this API."""
    return Answer(_description())


@lru_cache(maxsize=1)
def _description() -> bytes:
    return orjson.dumps(openapi.describe(OPERATIONS, version=software_version()))


OPERATIONS: Final[tuple[Operation, ...]] = (
    *owner_node.OPERATIONS,
    *owner_profile.OPERATIONS,
    *owner_intentions.OPERATIONS,
    *owner_offers.OPERATIONS,
    *owner_agreements.OPERATIONS,
    *owner_peers.OPERATIONS,
    *owner_deliveries.OPERATIONS,
    *owner_shop.OPERATIONS,
    *events.OPERATIONS,
    *owner_journal.OPERATIONS,
    *owner_tokens.OPERATIONS,
    *owner_keys.OPERATIONS,
    *owner_fed.OPERATIONS,
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
