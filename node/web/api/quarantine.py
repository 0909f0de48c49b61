"""The quarantine: offers that were one too many of their origin, or about one intention."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.services.ledger.idempotency import Shown
from node.services.negotiations import quarantine, releasing
from node.web.api.members import ANY_TEXT, CURRENCY, ID, IRI, MOMENT, MOMENT_OR_NULL, answered, page, text
from node.web.api.operations import PAGE, ApiCall, Operation, RawResponse
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope


async def list_(call: ApiCall) -> Shown:
    """List what is in quarantine, newest first."""
    return await call.read(lambda session: quarantine.list(session, call.acting, **call.query))


async def release(call: ApiCall) -> Shown | RawResponse:
    """Let an offer out: it is taken as if it had come now."""
    return await call.write(lambda session: releasing.release(session, call.acting, call.id))


async def drop(call: ApiCall) -> Shown | RawResponse:
    """Drop an offer; nobody is told."""
    return await call.write(lambda session: quarantine.drop(session, call.acting, call.id))


COMPONENTS: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "Quarantined": answered(
            "An offer in quarantine.",
            {
                "id": ID,
                "at": MOMENT,
                "peer": IRI,
                "name": ANY_TEXT,
                "intention": IRI,
                "what": ANY_TEXT,
                "total": text("What it comes to, as decimal text; null if nobody can know.", nullable=True),
                "currency": CURRENCY,
                "expires_at": MOMENT_OR_NULL,
            },
        ),
        "QuarantinedPage": page("Quarantined"),
    }
)
OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/quarantine",
        handler=list_,
        summary="List the offers in quarantine, newest first.",
        query=PAGE,
        answer="QuarantinedPage",
    ),
    Operation(
        method="POST",
        path="/quarantine/{id}/release",
        handler=release,
        scope=Scope.WRITE,
        summary="Let an offer out of the quarantine; it is taken as if it had come now.",
        answer="Offer",
        errors=(404, 409, 422),
    ),
    Operation(
        method="DELETE",
        path="/quarantine/{id}",
        handler=drop,
        scope=Scope.WRITE,
        summary="Drop an offer that is in quarantine; nobody is told.",
        answer="Quarantined",
        errors=(404, 409),
    ),
)
