"""The quarantine: offers that were one too many of their origin, or about one intention."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from node.core.conditions import Crowding
from node.services.ledger.idempotency import Shown
from node.services.negotiations import quarantine, releasing
from node.services.people import peers
from node.web.api.drafts import answered_terms
from node.web.api.members import (
    ANY_TEXT,
    CURRENCY,
    ID,
    IRI,
    MOMENT,
    MOMENT_OR_NULL,
    PROSE,
    answered,
    or_null,
    page,
    text,
    whole,
    word,
    yes,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope


async def block(call: ApiCall) -> Shown | RawResponse:
    """Block whoever made an offer; nothing of theirs stays here."""
    return await call.write(
        lambda session: peers.block(session, call.acting, quarantine.sender(session, call.acting, call.id))
    )


_QUARANTINED: Final[Mapping[str, Schema]] = {
    "id": ID,
    "at": MOMENT,
    "peer": IRI,
    "name": ANY_TEXT,
    "intention": IRI,
    "what": ANY_TEXT,
    "total": text("What it comes to, as decimal text; null if nobody can know.", nullable=True),
    "currency": CURRENCY,
    "expires_at": MOMENT_OR_NULL,
}
COMPONENTS: Final[Mapping[str, Schema]] = MappingProxyType(
    {
        "Quarantined": answered("An offer in quarantine.", _QUARANTINED),
        "QuarantinedPage": page("Quarantined"),
        "QuarantinedOffer": answered(
            "An offer in quarantine as you look at it before you decide.",
            {
                **_QUARANTINED,
                "handle": text("Handle of who made it.", nullable=True),
                "blocked": yes("Whether you have blocked them."),
                "first_seen": MOMENT_OR_NULL,
                "waiting": whole("What else of their server is in quarantine."),
                "wish": or_null(answered("Your intention that it is about.", {"id": ID, "name": ANY_TEXT})),
                "terms": or_null(answered("Its terms.", answered_terms())),
                "plain": text("What they mean, in a sentence.", limit=PROSE),
                "why": or_null(
                    word("Of whom there are too many offers about your intention now.", *Crowding)
                ),
                "refusal": or_null(
                    answered(
                        "Why it could not be taken any more.",
                        {"code": text("For programs."), "detail": ANY_TEXT},
                    )
                ),
            },
        ),
    }
)
OPERATIONS: Final = (
    Operation(
        name="quarantine_list",
        method="GET",
        path="/quarantine",
        handler=Reads(quarantine.list),
        summary="List the offers in quarantine, newest first.",
        query=PAGE,
        answer="QuarantinedPage",
    ),
    Operation(
        name="quarantine_show",
        method="GET",
        path="/quarantine/{id}",
        handler=Reads(releasing.show),
        summary="Show an offer in quarantine: who made it, why it is here, what releasing would do.",
        answer="QuarantinedOffer",
        errors=(404, 409),
    ),
    Operation(
        name="quarantine_block",
        method="POST",
        path="/quarantine/{id}/block",
        handler=block,
        scope=Scope.WRITE,
        summary="Block whoever made an offer in quarantine; nothing of theirs stays there.",
        answer="Peer",
        errors=(404, 409),
    ),
    Operation(
        name="quarantine_release",
        method="POST",
        path="/quarantine/{id}/release",
        handler=Writes(releasing.release),
        scope=Scope.WRITE,
        summary="Let an offer out of the quarantine; it is taken as if it had come now.",
        answer="Offer",
        errors=(404, 409, 422),
    ),
    Operation(
        name="quarantine_drop",
        method="DELETE",
        path="/quarantine/{id}",
        handler=Writes(quarantine.drop),
        scope=Scope.WRITE,
        summary="Drop an offer that is in quarantine; nobody is told.",
        answer="Quarantined",
        errors=(404, 409),
    ),
)
