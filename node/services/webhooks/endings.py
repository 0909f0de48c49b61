"""How an event on its way to a webhook ends, and what that means for the webhook.

Rules here: what is given up stays in the webhook's list, with why, and the owner is told; a webhook that is
gone, or took nothing while something was given up, is disabled, and what is on its way to it waits in the
journal until it is resumed.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from node.core.entries import render_instant
from node.core.notices import NoticeKind
from node.core.retries import Fate, RetryDecision
from node.core.webhooks import HookState, ends_hook
from node.services.notices.noting import Occasion, note
from node.storage import webhooks
from node.storage.deliveries import (
    DeliveryRow,
    DeliveryState,
    postpone_delivery,
    settle_delivered,
    settle_delivery,
)
from node.storage.session import Session
from node.storage.webhooks import WebhookRow

_ENDED = {
    Fate.REFUSED: DeliveryState.REFUSED,
    Fate.EXPIRED: DeliveryState.REFUSED,
    Fate.GONE: DeliveryState.GONE,
}


def settle(session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime) -> None:
    """Write down how attempts ended alike. Call inside a write."""
    if decision.fate is Fate.DELIVERED and decision.status is not None:
        settle_delivered(session, (row.id for row in rows), at=now, status=decision.status)
        for actor, hook in {(row.actor, _hook(row)) for row in rows}:
            webhooks.note_arrival(session, actor, hook, at=now)
        return
    for row in rows:
        webhooks.note_trouble(session, row.actor, _hook(row), decision.detail, at=now)
        if decision.fate is Fate.QUEUED:
            due_at = decision.due_at or now  # what stays queued always has one
            postpone_delivery(session, row.id, due_at=due_at, status=decision.status, error=decision.detail)
        else:
            _give_up(session, row, decision, now=now)


def _give_up(session: Session, row: DeliveryRow, decision: RetryDecision, *, now: datetime) -> None:
    state = _ENDED[decision.fate]
    ended = settle_delivery(session, row.id, state, at=now, status=decision.status, error=decision.detail)
    hook = webhooks.load_webhook(session, row.actor, _hook(row))
    if not ended or hook is None:
        return
    if ends_hook(decision, created_at=row.created_at, arrived_at=hook.arrived_at):
        disable(session, hook, now=now)
    else:
        _tell(session, row.actor, f"delivery:{row.id}:{render_instant(now)}", row.id, now=now)


def disable(session: Session, hook: WebhookRow, *, now: datetime) -> None:
    """Send nothing more to a webhook, and have its owner told, once."""
    if hook.state is not HookState.DISABLED:
        webhooks.save_webhook(session, replace(at_rest(session, hook), state=HookState.DISABLED))
        _tell(session, hook.actor, f"webhook:{hook.id}:{render_instant(now)}", hook.id, now=now)


def at_rest(session: Session, hook: WebhookRow) -> WebhookRow:
    """Leave what is on its way to a webhook to the journal; return the webhook with the place before that."""
    first = webhooks.first_waiting(session, hook.id)
    webhooks.forget_waiting(session, hook.id)
    return hook if first is None else replace(hook, place=min(hook.place, first - 1))


def _tell(session: Session, actor: str, event: str, about: str, *, now: datetime) -> None:
    note(session, actor, Occasion(kind=NoticeKind.UNDELIVERED, event=event, at=now, about=about))


def _hook(row: DeliveryRow) -> str:
    return webhooks.read_recipient(row.recipient)[0]
