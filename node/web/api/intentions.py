"""The owner's intentions, and those that others cast: preview, cast, list, change, take back, compare."""

from typing import Final

from node.services.intentions import casting, ending, showing
from node.services.ledger.idempotency import Shown
from node.services.negotiations import offers
from node.services.states import INTENTION_STATES
from node.web.api.operations import PAGE, ApiCall, Operation, RawResponse, choice, flag, whole
from node.web.edge.authentication import Scope
from protocol.prices import COUNT_LIMIT
from protocol.strictjson import Document


async def preview(call: ApiCall) -> Shown:
    """Show exactly what casting would send, to whom, and what stays home."""
    wish = await _addressed(call)
    return await call.read(lambda session: casting.preview(session, call.acting, wish))


async def cast(call: ApiCall) -> Shown | RawResponse:
    """Cast an intention."""
    wish = await _addressed(call)
    hints = {who: call.runtime.directory.hint(who) for who in wish["audience"]}
    known = {who: actor for who, actor in hints.items() if actor is not None}
    return await call.write(lambda session: casting.cast(session, call.acting, wish, known=known))


async def _addressed(call: ApiCall) -> Document:
    """Return the wish with the account names in its audience replaced by the addresses they lead to."""
    audience = [await _address_of(call, who) for who in call.body["audience"]]
    return {**call.body, "audience": audience}


async def _address_of(call: ApiCall, who: str) -> str:
    is_account = "@" in who and "://" not in who
    return (await call.runtime.directory.lookup(who)).iri if is_account else who


async def list_(call: ApiCall) -> Shown:
    """List intentions, newest first."""
    return await call.read(lambda session: showing.list(session, call.acting, **call.query))


async def show(call: ApiCall) -> Shown:
    """Show one intention."""
    return await call.read(lambda session: showing.show(session, call.acting, call.id))


async def amend(call: ApiCall) -> Shown | RawResponse:
    """Change an open intention and tell everyone who was told of it."""
    return await call.write(lambda session: casting.amend(session, call.acting, call.id, call.body))


async def withdraw(call: ApiCall) -> Shown | RawResponse:
    """Take an intention back."""
    return await call.write(lambda session: ending.withdraw(session, call.acting, call.id))


async def compare(call: ApiCall) -> Shown:
    """Put the standing offers to an intention side by side."""
    return await call.read(lambda session: offers.compare(session, call.acting, call.id, **call.query))


OVER: Final = whole(
    "over",
    "For how many months you want it; the order is by what that costs then.",
    least=1,
    most=COUNT_LIMIT,
)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/intentions/preview",
        handler=preview,
        summary="See what casting a wish would send, to whom, and what stays home.",
        body="Wish",
        answer="Preview",
        errors=(422,),
    ),
    Operation(
        method="POST",
        path="/intentions",
        handler=cast,
        scope=Scope.WRITE,
        summary="Cast an intention.",
        body="NewIntention",
        answer="Intention",
        status=201,
        errors=(409, 422),
    ),
    Operation(
        method="GET",
        path="/intentions",
        handler=list_,
        summary="List intentions, newest first.",
        query=(
            flag("own", "Only your own, or only those of others."),
            choice("state", "Only in this state.", *INTENTION_STATES),
            *PAGE,
        ),
        answer="IntentionPage",
    ),
    Operation(
        method="GET",
        path="/intentions/{id}",
        handler=show,
        summary="Show an intention.",
        answer="Intention",
        errors=(404,),
    ),
    Operation(
        method="PATCH",
        path="/intentions/{id}",
        handler=amend,
        scope=Scope.WRITE,
        summary="Change an open intention; everyone who was told of it is told again.",
        body="WishChanges",
        answer="Intention",
        errors=(403, 404, 409, 422),
    ),
    Operation(
        method="POST",
        path="/intentions/{id}/withdraw",
        handler=withdraw,
        scope=Scope.WRITE,
        summary="Take an intention back; every standing offer to it is rejected.",
        answer="Intention",
        errors=(403, 404, 409),
    ),
    Operation(
        method="GET",
        path="/intentions/{id}/compare",
        handler=compare,
        summary="Compare the standing offers to an intention, the best first.",
        query=(OVER,),
        answer="Comparison",
        errors=(404,),
    ),
)
