"""Agreements: read them, sign or break them, change them, end them, prove them."""

from datetime import datetime
from typing import Final

from node.services.ledger.idempotency import Shown
from node.services.negotiations import agreements, successions
from node.services.states import AGREEMENT_STATES
from node.web.api.operations import PAGE, ApiCall, Operation, RawResponse, choice
from node.web.edge.authentication import Scope
from protocol.times import read_time


async def list_(call: ApiCall) -> Shown:
    """List agreements, newest first."""
    return await call.read(lambda session: agreements.list(session, call.acting, **call.query))


async def show(call: ApiCall) -> Shown:
    """Show one agreement."""
    return await call.read(lambda session: agreements.show(session, call.acting, call.id))


async def evidence(call: ApiCall) -> RawResponse:
    """Give the documents and keys that prove an agreement to anyone, offline."""
    bundle = await call.read(lambda session: agreements.evidence(session, call.acting, call.id))
    return RawResponse(bundle)


async def countersign(call: ApiCall) -> Shown | RawResponse:
    """Countersign an acceptance of our offer."""
    return await call.write(lambda session: agreements.countersign(session, call.acting, call.id))


async def renege(call: ApiCall) -> Shown | RawResponse:
    """Say that an accepted offer of ours cannot be performed."""
    reason = call.body.get("reason", "")
    return await call.write(lambda session: agreements.renege(session, call.acting, call.id, reason=reason))


async def amend(call: ApiCall) -> Shown | RawResponse:
    """Offer other terms for an agreement in force."""
    return await call.write(
        lambda session: agreements.amend(session, call.acting, call.id, call.body["terms"])
    )


async def list_amendments(call: ApiCall) -> Shown:
    """List what was proposed to change of an agreement, newest first."""
    return await call.read(lambda session: agreements.amendments(session, call.acting, call.id, **call.query))


async def succession(call: ApiCall) -> Shown:
    """Show how an agreement stands now, against how it was agreed."""
    return await call.read(lambda session: successions.show(session, call.acting, call.id))


async def end(call: ApiCall) -> Shown | RawResponse:
    """Leave an agreement as its notice terms allow."""
    at: datetime | None = read_time(call.body["at"]) if "at" in call.body else None
    return await call.write(lambda session: agreements.end(session, call.acting, call.id, at=at))


async def confirm(call: ApiCall) -> Shown | RawResponse:
    """Confirm that an agreement was performed."""
    return await call.write(lambda session: agreements.confirm(session, call.acting, call.id))


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/agreements",
        handler=list_,
        summary="List agreements, newest first.",
        query=(choice("state", "Only in this state.", *AGREEMENT_STATES), *PAGE),
        answer="AgreementPage",
    ),
    Operation(
        method="GET",
        path="/agreements/{id}",
        handler=show,
        summary="Show an agreement.",
        answer="Agreement",
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/agreements/{id}/evidence",
        handler=evidence,
        summary="Get the signed documents and keys that prove an agreement offline.",
        answer="application/json",
        errors=(404, 409),
    ),
    Operation(
        method="POST",
        path="/agreements/{id}/countersign",
        handler=countersign,
        binds=True,
        scope=Scope.WRITE,
        summary="Countersign an acceptance of your offer: the agreement is concluded.",
        answer="Agreement",
        errors=(403, 404, 409),
    ),
    Operation(
        method="POST",
        path="/agreements/{id}/renege",
        handler=renege,
        scope=Scope.WRITE,
        summary="Say that you cannot perform an accepted offer; it stays on record.",
        body="Reason",
        body_required=False,
        answer="Agreement",
        errors=(403, 404, 409),
    ),
    Operation(
        method="POST",
        path="/agreements/{id}/amend",
        handler=amend,
        binds=True,
        scope=Scope.WRITE,
        summary="Offer other terms for an agreement in force, as a negotiation of its own.",
        body="NewTerms",
        answer="Offer",
        status=201,
        errors=(404, 409, 422),
    ),
    Operation(
        method="GET",
        path="/agreements/{id}/amendments",
        handler=list_amendments,
        summary="List what either side has proposed to change of an agreement, newest first.",
        query=PAGE,
        answer="OfferPage",
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/agreements/{id}/succession",
        handler=succession,
        summary="Show how an agreement stands now, against how it was agreed.",
        answer="Succession",
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/agreements/{id}/end",
        handler=end,
        scope=Scope.WRITE,
        summary="Leave an agreement at the earliest moment its notice terms allow, or later.",
        body="Ending",
        body_required=False,
        answer="Agreement",
        errors=(404, 409, 422),
    ),
    Operation(
        method="POST",
        path="/agreements/{id}/confirm",
        handler=confirm,
        scope=Scope.WRITE,
        summary="Confirm that an agreement was performed.",
        answer="Agreement",
        errors=(404, 409),
    ),
)
