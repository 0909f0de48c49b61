"""Agreements: read them, sign or break them, change them, end them, prove them."""

from datetime import datetime
from typing import Final

from node.services.ledger.idempotency import Shown
from node.services.negotiations import agreements, leavings, successions
from node.services.states import AGREEMENT_STATES
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice
from node.web.edge.authentication import Scope
from protocol.times import read_time


async def evidence(call: ApiCall) -> RawResponse:
    """Give the documents and keys that prove an agreement to anyone, offline."""
    bundle = await call.read(lambda session: agreements.evidence(session, call.acting, call.id))
    return RawResponse(bundle)


async def end(call: ApiCall) -> Shown | RawResponse:
    """Leave an agreement as its notice terms allow, or within the time to withdraw."""
    at: datetime | None = read_time(call.body["at"]) if "at" in call.body else None
    withdraw = bool(call.body.get("withdraw", False))
    return await call.write(
        lambda session: agreements.end(session, call.acting, call.id, at=at, withdraw=withdraw)
    )


OPERATIONS: Final = (
    Operation(
        name="agreements_list",
        method="GET",
        path="/agreements",
        handler=Reads(agreements.list),
        summary="List agreements, newest first.",
        query=(choice("state", "Only in this state.", *AGREEMENT_STATES), *PAGE),
        answer="AgreementPage",
    ),
    Operation(
        name="agreements_show",
        method="GET",
        path="/agreements/{id}",
        handler=Reads(agreements.show),
        summary="Show an agreement.",
        answer="Agreement",
        errors=(404,),
    ),
    Operation(
        name="agreements_evidence",
        method="GET",
        path="/agreements/{id}/evidence",
        handler=evidence,
        summary="Get the signed documents and keys that prove an agreement offline.",
        answer="application/json",
        errors=(404, 409),
    ),
    Operation(
        name="agreements_countersign",
        method="POST",
        path="/agreements/{id}/countersign",
        handler=Writes(agreements.countersign),
        binds=True,
        scope=Scope.WRITE,
        summary="Countersign an acceptance of your offer: the agreement is concluded.",
        answer="Agreement",
        errors=(403, 404, 409),
    ),
    Operation(
        name="agreements_renege",
        method="POST",
        path="/agreements/{id}/renege",
        handler=Writes(agreements.renege),
        scope=Scope.WRITE,
        summary="Say that you cannot perform an accepted offer; it stays on record.",
        body="Reason",
        body_required=False,
        answer="Agreement",
        errors=(403, 404, 409),
    ),
    Operation(
        name="agreements_amend",
        method="POST",
        path="/agreements/{id}/amend",
        handler=Writes(agreements.amend),
        binds=True,
        scope=Scope.WRITE,
        summary="Offer other terms for an agreement in force, as a negotiation of its own.",
        body="NewTerms",
        answer="Offer",
        status=201,
        errors=(404, 409, 422),
    ),
    Operation(
        name="agreements_list_amendments",
        method="GET",
        path="/agreements/{id}/amendments",
        handler=Reads(agreements.amendments),
        summary="List what either side has proposed to change of an agreement, newest first.",
        query=PAGE,
        answer="OfferPage",
        errors=(404,),
    ),
    Operation(
        name="agreements_succession",
        method="GET",
        path="/agreements/{id}/succession",
        handler=Reads(successions.show),
        summary="Show how an agreement stands now, against how it was agreed.",
        answer="Succession",
        errors=(404,),
    ),
    Operation(
        name="agreements_list_leavings",
        method="GET",
        path="/agreements/{id}/leavings",
        handler=Reads(leavings.list),
        summary="List who gave notice of an agreement, for when, what became of that, and whether it counts.",
        answer="Leavings",
        errors=(404,),
    ),
    Operation(
        name="agreements_end",
        method="POST",
        path="/agreements/{id}/end",
        handler=end,
        scope=Scope.WRITE,
        summary="Leave an agreement at the earliest moment its terms allow, or later; or withdraw in time.",
        body="Ending",
        body_required=False,
        answer="Agreement",
        errors=(404, 409, 422),
    ),
    Operation(
        name="agreements_confirm",
        method="POST",
        path="/agreements/{id}/confirm",
        handler=Writes(agreements.confirm),
        scope=Scope.WRITE,
        summary="Confirm that an agreement was performed.",
        answer="Agreement",
        errors=(404, 409),
    ),
)
