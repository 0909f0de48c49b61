"""What of an intention only who signs for it is told: seen by its owner, and signed for by a business."""

from collections.abc import Mapping
from functools import partial
from typing import Final

from node.core.rings import FIELD_NAMES
from node.services.intentions import signing, undertakings
from node.services.ledger.idempotency import Shown
from node.web.api.members import IRI, MOMENT, MOMENT_OR_NULL, answered, items, ref, text, word, yes
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol.undertakings import UndertakingState

COMPONENTS: Final[Mapping[str, Schema]] = {
    "Undertaking": answered(
        "Who signed for more of an intention.",
        {
            "peer": ref("PeerName"),
            "own": yes("Whether you signed."),
            "iri": IRI,
            "roster": text("Under which agreement of the roster, such as PDC-INTENT."),
            "fields": items("For which parts.", word("One.", *FIELD_NAMES)),
            "state": word("How it stands.", *UndertakingState),
            "signed_at": MOMENT,
            "disclosed_at": MOMENT_OR_NULL,
            "ended_at": MOMENT_OR_NULL,
            "delete_by": MOMENT_OR_NULL,
        },
    ),
    "Undertakings": answered(
        "All that was signed for one intention.", {"items": items("The first first.", ref("Undertaking"))}
    ),
}


async def undertake(call: ApiCall) -> Shown | RawResponse:
    """Sign for more of an intention; what was told to many is asked for as our own copy first.

    What comes of that may ask for another agreement than whoever calls could know of: then it is shown first.
    """
    shown = await call.read(lambda session: signing.shown_agreement(session, call.acting, call.id))
    await call.runtime.own_copies.ask(call.acting, call.id)
    sign = partial(signing.undertake, acting=call.acting, id=call.id, agreement=shown)
    return await call.write(sign)


OPERATIONS: Final = (
    Operation(
        name="intentions_undertakings",
        method="GET",
        path="/intentions/{id}/undertakings",
        handler=Reads(undertakings.list),
        summary="Show who has signed for more of an intention, for what, and how that went on.",
        answer="Undertakings",
        errors=(404,),
    ),
    Operation(
        name="intentions_undertake",
        method="POST",
        path="/intentions/{id}/undertake",
        handler=undertake,
        scope=Scope.WRITE,
        summary="Sign, as a business, to be told what an intention of somebody else's keeps back.",
        answer="Intention",
        errors=(404, 409, 410, 502),
    ),
)
