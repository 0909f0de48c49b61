"""The tray: who may hand rows in, the rows as they stand, and rows handed in by programs of the owner's."""

from collections.abc import Mapping
from typing import Any, Final

from node.core.tray import LIMIT_BYTES, LONGEST_ID, LONGEST_NAME, MOST_AT_ONCE, TrayOutcome
from node.services.tray import rows, senders
from node.web.api.members import (
    ADDRESS,
    ID,
    MOMENT,
    MOMENT_OR_NULL,
    answered,
    items,
    or_null,
    ref,
    sent,
    text,
    whole,
    word,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE
from node.web.api.parameters import whole as number
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol.strictjson import Document
from protocol.webhooks import HookAlgorithm

_KEY: Final = text(
    "What it signs with, if it has that already: a secret (whsec_), or its public key (whpk_).", limit=200
)
_NAMED: Final[Mapping[str, Schema]] = {
    "kind": text("What kind of thing it is, such as quotation.", limit=40),
    "external_id": text("What the other system calls it.", limit=LONGEST_ID),
}
_FIELDS: Final[Schema] = {"type": "object", "description": "Its fields, whole: at most 8 KB."}
COMPONENTS: Final[Mapping[str, Schema]] = {
    "NewTraySender": sent(
        "A system that may hand rows in.",
        {"name": text("What you call it.", limit=LONGEST_NAME, least=1), "key": _KEY},
        required=["name"],
    ),
    "TraySenderRotation": sent(
        "How to replace what a sender signs with.",
        {"key": _KEY, "overlap_hours": whole("How long the one before is taken beside it: 24 if left out.")},
    ),
    "TraySender": answered(
        "A system that may hand rows in, without its secret.",
        {
            "id": ID,
            "name": text("What you call it."),
            "url": text("Where it posts its webhooks.", limit=ADDRESS),
            "algorithm": word("How it signs.", *HookAlgorithm),
            "added_at": MOMENT,
            "received_at": MOMENT_OR_NULL,
            "key_made_at": MOMENT,
            "key_before_ends_at": MOMENT_OR_NULL,
            "secret": text("Its secret (whsec_); in the answer that made it, and nowhere else."),
        },
        maybe=("secret",),
    ),
    "TraySenders": answered(
        "Who may hand rows in.", {"items": items("Senders.", ref("TraySender")), "next": or_null(ID)}
    ),
    "HandedRows": sent(
        "Rows to hand in.",
        {
            "rows": items(
                "Rows, each once.",
                sent("A row.", {**_NAMED, "fields": _FIELDS}, required=["kind", "external_id", "fields"]),
                limit=MOST_AT_ONCE,
                least=1,
            )
        },
        required=["rows"],
    ),
    "TrayOutcomes": answered(
        "What became of each row, in order.",
        {
            "items": items(
                "Rows.", answered("A row.", {**_NAMED, "outcome": word("What became of it.", *TrayOutcome)})
            )
        },
    ),
    "TrayRow": answered(
        "A row as it was handed in last.",
        {
            "sender": or_null(ID),
            **_NAMED,
            "fields": _FIELDS,
            "place": whole("Grows with every change of any row."),
            "changed_at": MOMENT,
        },
    ),
    "TrayRows": answered(
        "Rows in the order of their last changes.",
        {"items": items("Rows.", ref("TrayRow")), "after": whole("Give it as `after` to go on.")},
    ),
    "NamedTrayRow": sent(
        "A row to take out.",
        {"sender": text("Its sender's id; your own programs, if left out.", limit=100), **_NAMED},
        required=["kind", "external_id"],
    ),
}


async def remove(call: ApiCall) -> Document | RawResponse:
    """Take a row out of the tray."""
    named: dict[str, Any] = {"sender": "", **call.body}
    return await call.write(lambda session: rows.remove(session, call.acting, **named))


OPERATIONS: Final = (
    Operation(
        name="tray_list",
        method="GET",
        path="/tray",
        handler=Reads(rows.list),
        summary="List the rows that changed behind a place, in the order of their last changes.",
        query=(number("after", "Only behind this place.", least=0, most=2**53 - 1), PAGE[1]),
        answer="TrayRows",
    ),
    Operation(
        name="tray_put",
        method="POST",
        path="/tray",
        handler=Writes(rows.put),
        scope=Scope.WRITE,
        summary="Hand rows in; the answer says of each whether it was created, updated or unchanged.",
        body="HandedRows",
        limit_bytes=LIMIT_BYTES,
        answer="TrayOutcomes",
        errors=(409, 422),
    ),
    Operation(
        name="tray_remove",
        method="POST",
        path="/tray/remove",
        handler=remove,
        scope=Scope.WRITE,
        summary="Take a row out of the tray.",
        body="NamedTrayRow",
        answer="TrayRow",
        errors=(404,),
    ),
    Operation(
        name="tray_list_senders",
        method="GET",
        path="/tray/senders",
        handler=Reads(senders.list),
        summary="List who may hand rows in by signed webhooks.",
        answer="TraySenders",
    ),
    Operation(
        name="tray_add_sender",
        method="POST",
        path="/tray/senders",
        handler=Writes(senders.add, withheld=("secret",)),
        scope=Scope.ADMIN,
        summary="Let a system hand rows in by signed webhooks; its secret is shown this once.",
        body="NewTraySender",
        answer="TraySender",
        status=201,
        errors=(409, 422),
    ),
    Operation(
        name="tray_rotate_sender",
        method="POST",
        path="/tray/senders/{id}/rotate",
        handler=Writes(senders.rotate, withheld=("secret",)),
        scope=Scope.ADMIN,
        summary="Replace what a sender signs with; the one before is taken beside it for a while.",
        body="TraySenderRotation",
        body_required=False,
        answer="TraySender",
        errors=(404, 409, 422),
    ),
    Operation(
        name="tray_remove_sender",
        method="DELETE",
        path="/tray/senders/{id}",
        handler=Writes(senders.remove),
        scope=Scope.ADMIN,
        summary="Let a sender hand nothing in any more; its rows stay.",
        answer="TraySender",
        errors=(404, 409),
    ),
)
