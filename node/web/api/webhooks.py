"""Webhooks: addresses at which programs are told of what happens, signed; and what became of each event."""

from collections.abc import Mapping
from typing import Any, Final

from node.core.webhooks import KINDS, HookState
from node.services.states import DELIVERY_STATES
from node.services.webhooks import hooks
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
    yes,
)
from node.web.api.operations import ApiCall, Operation, RawResponse, Reads, Writes
from node.web.api.parameters import PAGE, choice
from node.web.api.schemas import Schema
from node.web.edge.authentication import Scope
from protocol.strictjson import Document
from protocol.webhooks import HookAlgorithm

_KIND: Final = word("A kind of event.", *sorted(KINDS))
_HOOK: Final[Mapping[str, Schema]] = {
    "id": ID,
    "url": text("Where events are posted.", limit=ADDRESS),
    "events": items("The kinds of events that are told; all, if there are none.", text("A kind.")),
    "algorithm": word("How events are signed.", *HookAlgorithm),
    "state": word("Whether it is sent to.", *HookState),
    "added_at": MOMENT,
    "arrived_at": MOMENT_OR_NULL,
    "failed_at": MOMENT_OR_NULL,
    "trouble": text("Why something did not arrive last; null since something did.", nullable=True),
    "waiting": whole("Events on their way."),
    "place": whole("How far into your journal it has been given what happened."),
    "secret_made_at": MOMENT,
    "secret_before_ends_at": MOMENT_OR_NULL,
    "public_key": text("With v1a, the key (whpk_) that verifies its signatures."),
    "secret": text("With v1, the secret (whsec_); in the answer that made it, and nowhere else."),
}
_MAYBE: Final = ("public_key", "secret")
COMPONENTS: Final[Mapping[str, Schema]] = {
    "NewWebhook": sent(
        "A webhook to add.",
        {
            "url": text("Where events are to be posted.", limit=ADDRESS, least=1),
            "events": items("The kinds of events to tell; all, if left out.", _KIND, limit=len(KINDS)),
            "algorithm": word("How to sign: with a shared secret (v1), or with a key (v1a).", *HookAlgorithm),
        },
        required=["url"],
    ),
    "WebhookRotation": sent(
        "How to replace a webhook's secret.",
        {"overlap_hours": whole("How long the one before signs beside it: 24 if left out, 168 at most.")},
    ),
    "WebhookReplay": sent(
        "What to send again; without a member, all that was given up.",
        {
            "since": text("All that happened since this moment (RFC 3339).", limit=40),
            "event": text("One event, by its id.", limit=100),
        },
    ),
    "Webhook": answered("A webhook, without its secrets.", _HOOK, maybe=_MAYBE),
    "WebhookTrial": answered(
        "A webhook, and what came of a test.",
        {
            **_HOOK,
            "taken": yes("Whether the receiver took it."),
            "last_status": whole("What it answered.", nullable=True),
            "last_error": text("Why it did not.", nullable=True),
        },
        maybe=_MAYBE,
    ),
    "Webhooks": answered(
        "Your webhooks.", {"items": items("Webhooks.", ref("Webhook")), "next": or_null(ID)}
    ),
    "WebhookDelivery": answered(
        "One event on its way to a webhook.",
        {
            "id": ID,
            "event": text("The event's id, which is the `webhook-id` of each attempt."),
            "kind": text("What happened."),
            "place": whole("Its place in your journal."),
            "state": word("Where it stands.", *DELIVERY_STATES),
            "attempts": whole("How often it was tried."),
            "due_at": MOMENT_OR_NULL,
            "last_status": whole("What was answered last.", nullable=True),
            "last_error": text("Why it did not arrive.", nullable=True),
            "created_at": MOMENT,
            "settled_at": MOMENT_OR_NULL,
        },
    ),
    "WebhookDeliveries": answered(
        "What is on its way to a webhook or was.",
        {
            "items": items("Events, the newest first.", ref("WebhookDelivery")),
            "next": or_null(text("A cursor.")),
        },
    ),
}


async def add(call: ApiCall) -> Document | RawResponse:
    """Add a webhook; its secret is in the answer and nowhere else."""
    body, reach = call.body, call.runtime.hooks.reach
    return await call.write(
        lambda session: hooks.add(
            session,
            call.acting,
            url=body["url"],
            events=body.get("events", []),
            algorithm=body.get("algorithm", HookAlgorithm.V1),
            reach=reach,
        ),
        withheld=("secret",),
    )


async def test(call: ApiCall) -> Any:
    """Send a test to a webhook now."""
    return await call.runtime.hooks.test(call.acting, call.id)


OPERATIONS: Final = (
    Operation(
        name="webhooks_list",
        method="GET",
        path="/webhooks",
        handler=Reads(hooks.list),
        scope=Scope.ADMIN,  # an address of many receivers is itself a secret
        summary="List your webhooks, without their secrets.",
        answer="Webhooks",
    ),
    Operation(
        name="webhooks_add",
        method="POST",
        path="/webhooks",
        handler=add,
        scope=Scope.ADMIN,
        summary="Add a webhook; its secret is shown this once.",
        body="NewWebhook",
        answer="Webhook",
        status=201,
        errors=(409, 422),
    ),
    Operation(
        name="webhooks_show",
        method="GET",
        path="/webhooks/{id}",
        handler=Reads(hooks.show),
        scope=Scope.ADMIN,  # an address of many receivers is itself a secret
        summary="Show a webhook, without its secret.",
        answer="Webhook",
        errors=(404, 409),
    ),
    Operation(
        name="webhooks_remove",
        method="DELETE",
        path="/webhooks/{id}",
        handler=Writes(hooks.remove),
        scope=Scope.ADMIN,
        summary="Remove a webhook, with its secrets and its list.",
        answer="Webhook",
        errors=(404, 409),
    ),
    Operation(
        name="webhooks_rotate",
        method="POST",
        path="/webhooks/{id}/rotate",
        handler=Writes(hooks.rotate, withheld=("secret",)),
        scope=Scope.ADMIN,
        summary="Replace a webhook's secret; the one before signs beside it for a while.",
        body="WebhookRotation",
        body_required=False,
        answer="Webhook",
        errors=(404, 409, 422),
    ),
    Operation(
        name="webhooks_pause",
        method="POST",
        path="/webhooks/{id}/pause",
        handler=Writes(hooks.pause),
        scope=Scope.ADMIN,
        summary="Send nothing to a webhook until it is resumed; it misses nothing.",
        answer="Webhook",
        errors=(404, 409),
    ),
    Operation(
        name="webhooks_resume",
        method="POST",
        path="/webhooks/{id}/resume",
        handler=Writes(hooks.resume),
        scope=Scope.ADMIN,
        summary="Send to a webhook that was paused or disabled, from where it stopped.",
        answer="Webhook",
        errors=(404, 409),
    ),
    Operation(
        name="webhooks_deliveries",
        method="GET",
        path="/webhooks/{id}/deliveries",
        handler=Reads(hooks.deliveries),
        summary="List what is on its way to a webhook or was, the newest event first.",
        query=(choice("state", "Only in this state.", *DELIVERY_STATES), *PAGE),
        answer="WebhookDeliveries",
        errors=(404, 409),
    ),
    Operation(
        name="webhooks_replay",
        method="POST",
        path="/webhooks/{id}/replay",
        handler=Writes(hooks.replay),
        scope=Scope.ADMIN,
        summary="Send events again: those since a moment, one, or all that were given up.",
        body="WebhookReplay",
        body_required=False,
        answer="Webhook",
        errors=(404, 409, 422),
    ),
    Operation(
        name="webhooks_test",
        method="POST",
        path="/webhooks/{id}/test",
        handler=test,
        scope=Scope.ADMIN,
        summary="Send a test to a webhook now, and show what came of it.",
        answer="WebhookTrial",
        errors=(404, 409),
        is_final=True,
    ),
)
