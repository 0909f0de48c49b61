"""The owner's keys: see the public halves, replace them. Private halves never leave the node."""

import asyncio
from typing import Final

from node.services.people import actors
from node.web.api.operations import ApiCall, Operation, RawResponse, paged
from node.web.api.parameters import PAGE
from node.web.edge.authentication import Scope
from protocol.strictjson import Document


async def list_(call: ApiCall) -> Document:
    """List the acting actor's keys, those retired too."""
    found = await call.read(lambda session: actors.list_keys(session, call.acting))
    return paged(found["items"], **call.query)


async def rotate(call: ApiCall) -> Document | RawResponse:
    """Give the acting actor new keys."""
    revoke = call.body.get("revoke", False)
    made = await asyncio.to_thread(actors.make_keys, call.runtime.generate)
    given = await call.write(lambda session: actors.rotate(session, call.acting, made, revoke=revoke))
    await call.runtime.reload_owners()
    return given


OPERATIONS: Final = (
    Operation(
        name="keys_list",
        method="GET",
        path="/keys",
        handler=list_,
        summary="List your keys, their public halves, those retired too.",
        query=PAGE,
        answer="KeyPage",
    ),
    Operation(
        name="keys_rotate",
        method="POST",
        path="/keys/rotate",
        handler=rotate,
        scope=Scope.ADMIN,
        summary="Replace your keys; what the old ones signed stays valid.",
        body="Rotation",
        body_required=False,
        answer="KeyPage",
    ),
)
