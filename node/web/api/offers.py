"""Negotiations: make an offer, answer one, follow it move by move, talk about it."""

from datetime import timedelta
from typing import Final

from node.services.ledger.idempotency import Shown
from node.services.negotiations import messages, offers, reconsidering
from node.web.api.operations import PAGE, ApiCall, Operation, RawResponse, choice, text
from node.web.edge.authentication import Scope
from protocol.negotiation import Party, State
from protocol.strictjson import Document


async def list_(call: ApiCall) -> Shown:
    """List negotiations, newest first."""
    return await call.read(lambda session: offers.list(session, call.acting, **call.query))


async def make(call: ApiCall) -> Shown | RawResponse:
    """Answer an intention with an offer."""
    intention, terms = call.body["intention"], call.body["terms"]
    return await call.write(lambda session: offers.make(session, call.acting, intention, terms))


async def show(call: ApiCall) -> Shown:
    """Show one negotiation."""
    return await call.read(lambda session: offers.show(session, call.acting, call.id))


async def history(call: ApiCall) -> Shown:
    """Show every move of a negotiation."""
    return await call.read(lambda session: offers.history(session, call.acting, call.id))


async def reoffer(call: ApiCall) -> Shown | RawResponse:
    """Replace our offer, or answer a counter or a rejection with a new one."""
    return await call.write(lambda session: offers.reoffer(session, call.acting, call.id, call.body["terms"]))


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


async def undo(call: ApiCall) -> Shown | RawResponse:
    """Undo our acceptance before it leaves."""
    return await call.write(lambda session: reconsidering.undo(session, call.acting, call.id))


async def reject(call: ApiCall) -> Shown | RawResponse:
    """Reject the standing offer."""
    reason, digest = call.body.get("reason", ""), call.body.get("digest")
    return await call.write(
        lambda session: offers.reject(session, call.acting, call.id, reason=reason, digest=digest)
    )


async def withdraw(call: ApiCall) -> Shown | RawResponse:
    """Take back our standing offer, or our counter."""
    return await call.write(lambda session: offers.withdraw(session, call.acting, call.id))


async def list_messages(call: ApiCall) -> Document:
    """List what was said about an offer, oldest first."""
    return await call.read(lambda session: messages.list(session, call.acting, call.id, **call.query))


async def send_message(call: ApiCall) -> Shown | RawResponse:
    """Say something about an offer."""
    return await call.write(
        lambda session: messages.write(session, call.acting, call.id, call.body["content"])
    )


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/offers",
        handler=list_,
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
        method="POST",
        path="/offers",
        handler=make,
        binds=True,
        scope=Scope.WRITE,
        summary="Answer an intention with an offer.",
        body="NewOffer",
        answer="Offer",
        status=201,
        errors=(404, 409, 422),
    ),
    Operation(
        method="GET",
        path="/offers/{id}",
        handler=show,
        summary="Show a negotiation.",
        answer="Offer",
        errors=(404,),
    ),
    Operation(
        method="GET",
        path="/offers/{id}/history",
        handler=history,
        summary="Show every move of a negotiation, each with the digest of what it answers.",
        answer="History",
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/offers/{id}/reoffer",
        handler=reoffer,
        binds=True,
        scope=Scope.WRITE,
        summary="Replace your offer, or answer a counter or a rejection with a new one.",
        body="ReofferedTerms",
        answer="Offer",
        errors=(403, 404, 409, 422),
    ),
    Operation(
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
        method="POST",
        path="/offers/{id}/undo",
        handler=undo,
        scope=Scope.WRITE,
        summary="Undo your acceptance as long as it has not left: nothing of it is sent.",
        answer="Offer",
        errors=(404, 409),
    ),
    Operation(
        method="POST",
        path="/offers/{id}/reject",
        handler=reject,
        scope=Scope.WRITE,
        summary="Reject the standing offer, also after a counter; with a digest, only if you read that one.",
        body="Rejection",
        body_required=False,
        answer="Offer",
        errors=(403, 404, 409),
    ),
    Operation(
        method="POST",
        path="/offers/{id}/withdraw",
        handler=withdraw,
        scope=Scope.WRITE,
        summary="Take back your standing offer, or your counter: what it answered stays rejected.",
        answer="Offer",
        errors=(403, 404, 409),
    ),
    Operation(
        method="GET",
        path="/offers/{id}/messages",
        handler=list_messages,
        summary="List what was said about an offer.",
        query=(text("cursor", "Where to go on: `next` of the page before.", limit=2_048), PAGE[1]),
        answer="MessagePage",
        errors=(404,),
    ),
    Operation(
        method="POST",
        path="/offers/{id}/messages",
        handler=send_message,
        scope=Scope.WRITE,
        summary="Say something about an offer. Messages are not signed as evidence.",
        body="NewMessage",
        answer="Message",
        status=201,
        errors=(404, 409),
    ),
)
