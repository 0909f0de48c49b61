"""Queueing: what the journal tells is put on its way to webhooks, as much as there is room for.

Rules here: the journal is the queue. A webhook has a place in it, and of what comes behind that so much is on
its way as `QUEUE_LIMIT` says; a receiver that takes nothing costs the file no more than that, and misses
nothing when it is back. What is paused waits in the journal too.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Final

from node.core.webhooks import KEPT, KINDS, QUEUE_LIMIT, HookState, event_id
from node.services.acting import Acting, Residents
from node.services.ledger.chapters import Clock
from node.services.outbox.chapter import LONG_AGO
from node.storage import journal, webhooks
from node.storage.deliveries import DeliveryRow, DeliveryState, queue_delivery
from node.storage.journal import Recorded
from node.storage.origins import origin_of
from node.storage.session import Session
from node.storage.webhooks import ENVELOPE, WebhookRow

STEP: Final = 100
"""Events that are put on their way in one write."""
_KINDS: Final = sorted(KINDS)


def _next_due(session: Session, residents: Residents) -> datetime | None:
    """Return when there is something to be put on its way: at once, or when a secret is over."""
    behind = any(
        _unsent(session, row, limit=1)
        for owner in residents.owners.values()
        for row in webhooks.list_webhooks(session, owner.iri)
    )
    return LONG_AGO if behind else webhooks.next_key_end(session)


def _turn(session: Session, residents: Residents, now: datetime) -> bool:
    """Put some of what there is on its way; tell whether there is more."""
    webhooks.drop_ended_keys(session, now)
    more = False
    for handle in residents.owners:
        acting = residents.at(handle)
        for row in webhooks.list_webhooks(session, acting.iri):
            numbers = _unsent(session, row, limit=STEP)
            if numbers:
                entries = journal.load_entries(session, numbers)
                _queue(session, acting, row, [entries[number] for number in numbers])
                more = more or len(numbers) == STEP
    return more


def _unsent(session: Session, row: WebhookRow, *, limit: int) -> list[int]:
    """Return the numbers of the next entries that a webhook has not been given, if there is room for them."""
    if row.state is not HookState.ACTIVE:
        return []
    room = QUEUE_LIMIT - webhooks.count_waiting(session, row.id, most=QUEUE_LIMIT)
    kinds = [*row.events] or _KINDS
    return journal.next_numbers(session, row.actor, after=row.place, limit=min(limit, room), kinds=kinds)


def _queue(session: Session, acting: Acting, row: WebhookRow, entries: Sequence[Recorded]) -> None:
    known = webhooks.events_known(session, row.id, [recorded.place for recorded in entries])
    for recorded in entries:
        if webhooks.recipient_of(row.id, recorded.place) not in known:
            queue_delivery(session, _delivery(acting, row, recorded))
    webhooks.trim_sent(session, row.id, keep=KEPT)
    webhooks.save_webhook(session, replace(row, place=entries[-1].place))


def _delivery(acting: Acting, row: WebhookRow, recorded: Recorded) -> DeliveryRow:
    return DeliveryRow(
        id=acting.new_id("dlv"),
        actor=row.actor,
        activity=event_id(recorded.hash),
        entry=recorded.number,
        recipient=webhooks.recipient_of(row.id, recorded.place),
        inbox=row.url,
        origin=origin_of(row.url),
        state=DeliveryState.QUEUED,
        attempts=0,
        due_at=acting.now,
        last_status=None,
        last_error=None,
        created_at=acting.now,
        settled_at=None,
        envelope=ENVELOPE,
    )


QUEUEING: Final = Clock(next_due=_next_due, turn=_turn)
