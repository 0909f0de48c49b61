"""The event stream of the API: what happens, for a program that listens (`node.web.edge.streams`)."""

from typing import Final

from aiohttp import web

from node.services.ledger.positions import LONGEST
from node.web.api.operations import ApiCall, Operation
from node.web.api.parameters import text
from node.web.edge.authentication import still_valid
from node.web.edge.streams import Listening
from node.web.edge.streams import stream as send_events


async def stream(call: ApiCall) -> web.StreamResponse:
    """Send what happens from now on, or since `Last-Event-ID` or `after`, until either side ends it."""
    runtime = call.runtime
    listening = Listening(
        caller=call.caller.id,
        actor=call.acting.iri,
        is_valid=lambda: still_valid(runtime, call.caller),
        watch=runtime.tokens.bell.watch,
        over="token-revoked",
    )
    return await send_events(runtime, call.request, listening, after=call.query.get("after"))


AFTER: Final = text(
    "after",
    "Position after which to begin: an event's id, or `next` of the journal's list. From now on if left out; "
    "a header `Last-Event-ID` counts before it.",
    limit=LONGEST,
)

OPERATIONS: Final = (
    Operation(
        name="events_stream",
        method="GET",
        path="/events",
        handler=stream,
        summary="Listen to what happens, as server-sent events.",
        query=(AFTER,),
        answer="text/event-stream",
        errors=(429,),
    ),
)
