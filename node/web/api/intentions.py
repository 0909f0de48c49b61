"""The owner's intentions, and those that others cast: preview, cast, list, change, take back, compare."""

from typing import Final

from node.core.weighing import HEAVIEST, Weights
from node.services.intentions import casting, ending, reaching, showing
from node.services.intentions.addressing import addressed, meet
from node.services.ledger.idempotency import Shown
from node.services.negotiations import comparing
from node.services.states import INTENTION_STATES
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice, flag, whole
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
    """Return the wish with the account names in its audience replaced by the addresses they lead to.

    Whom a wish in rings is told to is looked at before: who does not know the words of rings is told no more.
    """
    directory = call.runtime.directory
    audience = await addressed(call.body["audience"], lookup=directory.lookup)
    if call.body.get("rings") is not None:
        await meet(audience, look=directory.actor)
    return {**call.body, "audience": audience}


async def amend(call: ApiCall) -> Shown | RawResponse:
    """Change an open intention and tell everyone who was told of it."""
    return await call.write(lambda session: casting.amend(session, call.acting, call.id, call.body))


async def compare(call: ApiCall) -> Shown:
    """Put the standing offers to an intention side by side."""
    over = call.query.get("over")
    weights = Weights(**{name: call.query.get(name, 0) for name in WEIGHTS})
    chosen = None if weights.are_none else weights
    return await call.read(
        lambda session: comparing.compare(
            session, call.acting, call.id, over=over, weights=chosen, skip=call.query.get("skip", 0)
        )
    )


OVER: Final = whole(
    "over",
    "For how many months you want it; the order is by what that costs then.",
    least=1,
    most=COUNT_LIMIT,
)

SKIP: Final = whole("skip", "So many of the best are left out.", least=0, most=comparing.COMPARED)
_MATTERS: Final = "How much it matters that an offer {}; the order is by weight then."
WEIGHTS: Final = {
    name: whole(name, _MATTERS.format(what), least=0, most=HEAVIEST)
    for name, what in (("cost", "costs little"), ("fit", "fits the wish"), ("soon", "is had soon"))
}

OPERATIONS: Final = (
    Operation(
        name="intentions_preview",
        method="POST",
        path="/intentions/preview",
        handler=preview,
        scope=Scope.WRITE,  # it makes the node ask others
        summary="See what casting a wish would send, to whom, and what stays home.",
        body="Wish",
        answer="Preview",
        errors=(404, 410, 422, 502),
        is_final=True,
    ),
    Operation(
        name="intentions_cast",
        method="POST",
        path="/intentions",
        handler=cast,
        scope=Scope.WRITE,
        summary="Cast an intention.",
        body="NewIntention",
        answer="Intention",
        status=201,
        errors=(404, 409, 410, 422, 502),
    ),
    Operation(
        name="intentions_list",
        method="GET",
        path="/intentions",
        handler=Reads(showing.list),
        summary="List intentions, newest first.",
        query=(
            flag("own", "Only your own, or only those of others."),
            choice("state", "Only in this state.", *INTENTION_STATES),
            *PAGE,
        ),
        answer="IntentionPage",
    ),
    Operation(
        name="intentions_show",
        method="GET",
        path="/intentions/{id}",
        handler=Reads(showing.show),
        summary="Show an intention.",
        answer="Intention",
        errors=(404,),
    ),
    Operation(
        name="intentions_amend",
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
        name="intentions_withdraw",
        method="POST",
        path="/intentions/{id}/withdraw",
        handler=Writes(ending.withdraw),
        scope=Scope.WRITE,
        summary="Take an intention back; every standing offer to it is rejected.",
        answer="Intention",
        errors=(403, 404, 409),
    ),
    Operation(
        name="intentions_reach",
        method="GET",
        path="/intentions/{id}/reach",
        handler=Reads(reaching.show),
        summary="Show whom an intention of yours has reached, and whom not and why.",
        answer="Reach",
        errors=(403, 404),
    ),
    Operation(
        name="intentions_compare",
        method="GET",
        path="/intentions/{id}/compare",
        handler=compare,
        summary="Compare the standing offers to an intention, the best first.",
        query=(OVER, SKIP, *WEIGHTS.values()),
        answer="Comparison",
        errors=(404,),
    ),
)
