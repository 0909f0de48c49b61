"""What is on its way and what came to nothing: deliveries, and what this node refused."""

from typing import Final

from node.core import codes
from node.services.ledger import refused
from node.services.ledger.idempotency import Shown
from node.services.outbox import deliveries
from node.services.states import DELIVERY_STATES
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice
from node.web.edge.authentication import Scope
from node.web.edge.problems import Refusal
from protocol.strictjson import Document


async def retry(call: ApiCall) -> Shown | RawResponse:
    """Send a delivery again now."""
    given = await call.write(lambda session: deliveries.retry(session, call.acting, call.id))
    call.runtime.wake()
    return given


async def list_refused(call: ApiCall) -> Document:
    """List what this actor's inbox refused, newest first."""
    cursor = call.query.pop("cursor", None)
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 16):
        raise Refusal(400, codes.UNKNOWN_CURSOR)
    before = None if cursor is None else int(cursor)
    return await call.read(lambda session: refused.list(session, call.acting, before=before, **call.query))


OPERATIONS: Final = (
    Operation(
        name="deliveries_list",
        method="GET",
        path="/deliveries",
        handler=Reads(deliveries.list),
        summary="List what is on its way or was, newest first, with the last error.",
        query=(choice("state", "Only in this state.", *DELIVERY_STATES), *PAGE),
        answer="DeliveryPage",
    ),
    Operation(
        name="deliveries_retry",
        method="POST",
        path="/deliveries/{id}/retry",
        handler=retry,
        scope=Scope.WRITE,
        summary="Send a delivery again now.",
        answer="Delivery",
        errors=(404, 409),
    ),
    Operation(
        name="deliveries_cancel",
        method="POST",
        path="/deliveries/{id}/cancel",
        handler=Writes(deliveries.cancel),
        scope=Scope.WRITE,
        summary="Send a delivery no more; a move that was never tried is taken back with it.",
        answer="Delivery",
        errors=(404, 409),
    ),
    Operation(
        name="deliveries_list_refused",
        method="GET",
        path="/refusals",
        handler=list_refused,
        summary="List what came in authentic and was refused, newest first.",
        query=PAGE,
        answer="RefusedPage",
    ),
)
