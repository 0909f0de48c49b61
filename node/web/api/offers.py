"""Negotiations: make an offer, answer one, follow it move by move, talk about it."""

from datetime import timedelta
from typing import Final

from node.services.ledger.idempotency import Shown
from node.services.negotiations import messages, offers, reconsidering
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice, text
from node.web.edge.authentication import Scope
from protocol.negotiation import Party, State


async def counter(call: ApiCall) -> Shown | RawResponse:
    """Say which terms we would take."""
    terms, chosen = call.body["terms"], call.body.get("on_met", call.runtime.settings.on_counter_met)
    digest = call.body.get("digest")
    return await call.write(
        lambda session: offers.counter(session, call.acting, call.id, terms, on_met=chosen, digest=digest)
    )


async def accept(call: ApiCall) -> Shown | RawResponse:
    """Accept the standing offer."""
    digest, undo_for = call.body.get("digest"), timedelta(seconds=call.body.get("undo_seconds", 0))
    return await call.write(
        lambda session: reconsidering.accept(session, call.acting, call.id, digest=digest, undo_for=undo_for)
    )


OPERATIONS: Final = (
    Operation(
        name="offers_list",
        method="GET",
        path="/offers",
        handler=Reads(offers.list),
        summary="List negotiations, newest first.",
        query=(
            text("intention", "Only about this intention, by its id."),
            choice("state", "Only in this state.", *(state for state in State if state is not State.NONE)),
            choice("role", "Only where you are at this end.", Party.OFFERER, Party.OFFEREE),
            *PAGE,
        ),
        answer="OfferPage",
    ),
    Operation(
        name="offers_make",
        method="POST",
        path="/offers",
        handler=Writes(offers.make),
        binds=True,
        scope=Scope.WRITE,
        summary="Answer an intention with an offer.",
        body="NewOffer",
        answer="Offer",
        status=201,
        errors=(404, 409, 422),
    ),
    Operation(
        name="offers_show",
        method="GET",
        path="/offers/{id}",
        handler=Reads(offers.show),
        summary="Show a negotiation.",
        answer="Offer",
        errors=(404,),
    ),
    Operation(
        name="offers_history",
        method="GET",
        path="/offers/{id}/history",
        handler=Reads(offers.history),
        summary="Show every move of a negotiation, each with the digest of what it answers.",
        answer="History",
        errors=(404,),
    ),
    Operation(
        name="offers_reoffer",
        method="POST",
        path="/offers/{id}/reoffer",
        handler=Writes(offers.reoffer),
        binds=True,
        scope=Scope.WRITE,
        summary="Replace your offer, or answer a counter or a rejection with a new one.",
        body="ReofferedTerms",
        answer="Offer",
        errors=(403, 404, 409, 422),
    ),
    Operation(
        name="offers_counter",
        method="POST",
        path="/offers/{id}/counter",
        handler=counter,
        binds=True,
        scope=Scope.WRITE,
        summary="Say which terms you would take; with the offer's digest, only if it is still what you read.",
        body="CounterOffer",
        answer="Offer",
        errors=(403, 404, 409, 422),
    ),
    Operation(
        name="offers_accept",
        method="POST",
        path="/offers/{id}/accept",
        handler=accept,
        binds=True,
        scope=Scope.WRITE,
        summary="Accept the standing offer; with its digest, only if it is still the one you read.",
        body="Acceptance",
        body_required=False,
        answer="Offer",
        errors=(403, 404, 409),
    ),
    Operation(
        name="offers_undo",
        method="POST",
        path="/offers/{id}/undo",
        handler=Writes(reconsidering.undo),
        scope=Scope.WRITE,
        summary="Undo your acceptance as long as it has not left: nothing of it is sent.",
        answer="Offer",
        errors=(404, 409),
    ),
    Operation(
        name="offers_reject",
        method="POST",
        path="/offers/{id}/reject",
        handler=Writes(offers.reject),
        scope=Scope.WRITE,
        summary="Reject the standing offer, also after a counter; with a digest, only if you read that one.",
        body="Rejection",
        body_required=False,
        answer="Offer",
        errors=(403, 404, 409),
    ),
    Operation(
        name="offers_withdraw",
        method="POST",
        path="/offers/{id}/withdraw",
        handler=Writes(offers.withdraw),
        scope=Scope.WRITE,
        summary="Take back your standing offer, or your counter: what it answered stays rejected.",
        answer="Offer",
        errors=(403, 404, 409),
    ),
    Operation(
        name="offers_list_messages",
        method="GET",
        path="/offers/{id}/messages",
        handler=Reads(messages.list),
        summary="List what was said about an offer.",
        query=(text("cursor", "Where to go on: `next` of the page before.", limit=2_048), PAGE[1]),
        answer="MessagePage",
        errors=(404,),
    ),
    Operation(
        name="offers_send_message",
        method="POST",
        path="/offers/{id}/messages",
        handler=Writes(messages.write),
        scope=Scope.WRITE,
        summary="Say something about an offer. Messages are not signed as evidence.",
        body="NewMessage",
        answer="Message",
        status=201,
        errors=(404, 409),
    ),
)
