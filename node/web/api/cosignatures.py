"""Second signatures: what waits for one, given or declined by another person, and above which amount."""

from datetime import timedelta
from typing import Any, Final

from node.core.cosigning import CosignState
from node.services.access import undo_times
from node.services.negotiations import cosign_showing, cosigning
from node.services.store import Session
from node.web.api.members import (
    CURRENCY,
    ID,
    ID_OR_NULL,
    MOMENT,
    MOMENT_OR_NULL,
    answered,
    items,
    or_null,
    ref,
    sent,
    text,
    word,
    yes,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.edge.authentication import Scope
from protocol.strictjson import Document


async def sign(call: ApiCall) -> Document | RawResponse:
    """Give the second signature; the first one, where the node asked by itself."""
    seen, otherwise = call.body.get("digest"), call.runtime.settings.undo_seconds

    def give(session: Session) -> dict[str, Any]:
        undo_for = undo_times.chosen(session, call.acting, otherwise=otherwise)
        return cosigning.sign(session, call.acting, call.id, seen=seen, undo_for=timedelta(seconds=undo_for))

    return await call.write(give)


async def set_limit(call: ApiCall) -> Document | RawResponse:
    """Set above which amount two sign."""
    return await call.write(lambda session: cosigning.set_limit(session, call.acting, call.body))


_AMOUNT: Final = text("Above this total of a negotiation two people sign, as a decimal.", limit=40)
COMPONENTS: Final = {
    "CosignLimit": sent(
        "Above which amount two people sign.",
        {"amount": _AMOUNT, "currency": CURRENCY},
        required=["amount", "currency"],
    ),
    "CosignLimitSet": answered(
        "Above which amount two people sign; empty if nothing needs two.",
        {"amount": _AMOUNT, "currency": CURRENCY},
        maybe=["amount", "currency"],
    ),
    "Seen": sent("What was looked at.", {"digest": text("Its fingerprint.", limit=200)}),
    "Cosignature": answered(
        "Something that waits for a second signature, or did.",
        {
            "id": ID,
            "state": word("What has become of it.", *CosignState),
            "event": text("What it would be: an offer, a counter, an acceptance."),
            "offer": {**ID_OR_NULL, "description": "The negotiation it belongs to; null if it begins one."},
            "agreement": {**ID_OR_NULL, "description": "The agreement that it would change."},
            "body": text("The exact bytes that are signed, as text.", limit=1_000_000),
            "digest": text("Their fingerprint."),
            "asked_by": text("Who stands behind it; null for the node by itself.", nullable=True),
            "asked_at": MOMENT,
            "until": MOMENT,
            "ended_by": text("Who signed or declined.", nullable=True),
            "ended_at": MOMENT_OR_NULL,
            "reason": text("Why it was declined, or the code of why it is stale.", limit=500),
            "own": yes("Whether you asked for it, so that another person has to sign."),
            "is_first": yes("Whether the node asked by itself: then two people sign, one after the other."),
            "intention": {**ID_OR_NULL, "description": "The wish that it is about."},
            "hindrance": text(
                "The code of why it cannot be signed as things stand; null if it can.", nullable=True
            ),
            "others": items("What else waits, and is stale once this took from the same stock; of one.", ID),
            "leaves_at": {
                **MOMENT_OR_NULL,
                "description": "Until when the acceptance just signed is undone.",
            },
        },
        maybe=["own", "is_first", "intention", "hindrance", "others", "leaves_at"],
    ),
    "Asked": answered("Nothing was signed; this waits.", {"cosignature": ref("Cosignature")}),
    "Cosignatures": answered(
        "What waits for a second signature, the newest first, and above which amount it does.",
        {"limit": or_null(ref("CosignLimitSet")), "items": items("What waits, or did.", ref("Cosignature"))},
    ),
}

_ONE: Final = "/cosignatures/{id}"
_SIGNING: Final[dict[str, Any]] = {"scope": Scope.WRITE, "answer": "Cosignature", "errors": (403, 404, 409)}
OPERATIONS: Final = (
    Operation(
        name="cosignatures_list",
        method="GET",
        path="/cosignatures",
        handler=Reads(cosign_showing.show_all),
        summary="Show what waits for a second signature, what became of the rest, and the limit.",
        answer="Cosignatures",
    ),
    Operation(
        name="cosignatures_set_limit",
        method="PUT",
        path="/cosignatures/limit",
        handler=set_limit,
        scope=Scope.ADMIN,
        summary="Set above which total two people sign; with none, or in another currency, they always do.",
        body="CosignLimit",
        answer="CosignLimitSet",
    ),
    Operation(
        name="cosignatures_drop_limit",
        method="DELETE",
        path="/cosignatures/limit",
        handler=Writes(cosigning.drop_limit),
        scope=Scope.ADMIN,
        summary="Let nothing need two signatures any more.",
        answer="CosignLimitSet",
    ),
    Operation(
        name="cosignatures_show",
        method="GET",
        path=_ONE,
        handler=Reads(cosign_showing.show),
        summary="Show one, with the exact bytes that would be signed.",
        answer="Cosignature",
        errors=(404,),
    ),
    Operation(
        name="cosignatures_sign",
        method="POST",
        path=f"{_ONE}/sign",
        handler=sign,
        summary="Sign what another person asked for; with its digest, only if it is still what you read.",
        body="Seen",
        body_required=False,
        **_SIGNING,
    ),
    Operation(
        name="cosignatures_decline",
        method="POST",
        path=f"{_ONE}/decline",
        handler=Writes(cosigning.decline),
        summary="Decline to sign, with or without a reason; nothing is sent.",
        body="Reason",
        body_required=False,
        **_SIGNING,
    ),
)
