"""Webhooks as their owner handles them: added, shown without their secrets, paused, replayed, removed.

Rules here: a new webhook is told of what happens from then on. What it is to be told stays in the journal
while it is paused; resuming goes on from there, and a replay goes back. Whoever adds one is heard of.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from node.core import codes
from node.core.drafts import view_time
from node.core.hook_reach import HookReach
from node.core.webhooks import MOST, HookState, read_kinds, read_overlap
from node.services.acting import Acting
from node.services.notices.noting import alarm
from node.services.webhooks import keys
from node.services.webhooks.endings import at_rest
from node.storage import journal, webhooks
from node.storage.deliveries import DeliveryRow, DeliveryState
from node.storage.ids import resolve_id
from node.storage.session import Session
from node.storage.webhooks import WebhookRow
from protocol.documents import Document
from protocol.errors import Conflict, Malformed, NotFound
from protocol.times import read_time
from protocol.webhooks import HookAlgorithm

BETWEEN_TRIALS: Final = timedelta(seconds=10)


def add(
    session: Session, acting: Acting, *, url: str, events: Sequence[str], algorithm: str, reach: HookReach
) -> Document:
    """Add a webhook; its secret, or its public key, is in the answer.

    Raises:
        Unprocessable: `webhook-address`, `webhook-event`. Conflict: `webhooks-full`.
    """
    address, kinds = reach.check(url), read_kinds(events)
    if len(webhooks.list_webhooks(session, acting.iri)) >= MOST:
        raise Conflict(codes.WEBHOOKS_FULL)
    row = WebhookRow(
        actor=acting.iri,
        id=acting.new_id("wh"),
        url=address,
        events=kinds,
        algorithm=HookAlgorithm(algorithm),
        state=HookState.ACTIVE,
        place=journal.head(session, acting.iri).place,
        added_at=acting.now,
    )
    webhooks.save_webhook(session, row)
    handed = keys.make(session, acting, row.id, row.algorithm)
    alarm(session, acting, f"webhook:{row.id}")
    return {**view(session, row), **handed}


def list(session: Session, acting: Acting) -> Document:
    """List the acting resident's webhooks, the first added first."""
    rows = webhooks.list_webhooks(session, acting.iri)
    return {"items": [view(session, row) for row in rows], "next": None}


def show(session: Session, acting: Acting, id: str) -> Document:
    """Show one webhook.

    Raises:
        NotFound: `unknown-id`; Conflict: `ambiguous-id`.
    """
    return view(session, load(session, acting, id))


def load(session: Session, acting: Acting, id: str) -> WebhookRow:
    """Return one webhook by its id, or a beginning of it.

    Raises: as `show`.
    """
    row = webhooks.load_webhook(session, acting.iri, resolve_id(session, "webhooks", acting.iri, id))
    if row is None:
        raise NotFound(codes.UNKNOWN_ID)
    return row


def rotate(session: Session, acting: Acting, id: str, *, overlap_hours: int | None = None) -> Document:
    """Replace the secret of a webhook; the one before signs beside it for a while.

    Raises:
        Unprocessable: `webhook-overlap`. As `show`.
    """
    row = load(session, acting, id)
    overlap = read_overlap(overlap_hours)
    handed = keys.rotate(session, acting, row.id, row.algorithm, overlap=overlap)
    alarm(session, acting, f"webhook:{row.id}:{acting.now.isoformat()}")
    return {**view(session, row), **handed}


def pause(session: Session, acting: Acting, id: str) -> Document:
    """Send nothing to a webhook until it is resumed; it misses nothing.

    Raises: as `show`.
    """
    row = replace(at_rest(session, load(session, acting, id)), state=HookState.PAUSED)
    webhooks.save_webhook(session, row)
    return view(session, row)


def pause_all(session: Session) -> None:
    """Send nothing to any webhook of anybody here until it is resumed: somebody else may have added one."""
    for row in webhooks.active_webhooks(session):
        webhooks.save_webhook(session, replace(at_rest(session, row), state=HookState.PAUSED))


def resume(session: Session, acting: Acting, id: str) -> Document:
    """Send to a webhook that was paused or disabled, from where it stopped.

    Raises: as `show`.
    """
    row = replace(load(session, acting, id), state=HookState.ACTIVE)
    webhooks.save_webhook(session, row)
    return view(session, row)


def remove(session: Session, acting: Acting, id: str) -> Document:
    """Remove a webhook with its secrets and its list; return it as it was.

    Raises: as `show`.
    """
    row = load(session, acting, id)
    shown = view(session, row)
    webhooks.delete_webhook(session, acting.iri, row.id)
    return shown


def deliveries(
    session: Session,
    acting: Acting,
    id: str,
    *,
    state: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Document:
    """List what is on its way to a webhook or was, the newest event first.

    Raises:
        Malformed: `unknown-cursor`. As `show`.
    """
    if cursor is not None and not (cursor.isascii() and cursor.isdigit() and len(cursor) <= 16):
        raise Malformed(codes.UNKNOWN_CURSOR)
    row = load(session, acting, id)
    chosen = None if state is None else DeliveryState(state)
    before = None if cursor is None else int(cursor)
    rows = webhooks.list_sent(session, row.id, state=chosen, before=before, limit=limit + 1)
    shown = rows[:limit]
    kinds = journal.load_entries(session, [one.entry for one in shown])
    return {
        "items": [_sent(one, kinds.get(one.entry)) for one in shown],
        "next": str(_place(shown[-1])) if len(rows) > limit else None,
    }


def replay(
    session: Session, acting: Acting, id: str, *, since: str | None = None, event: str | None = None
) -> Document:
    """Send events to a webhook again: those since a moment, one, or all that were given up.

    They go out with the ids they had, so a receiver that took one takes it for the same.

    Raises:
        Conflict: `webhook-idle`, it is paused or disabled. NotFound: `unknown-id`, there is no such event in
            its list. As `show`.
    """
    row = load(session, acting, id)
    if row.state is not HookState.ACTIVE:
        raise Conflict(codes.WEBHOOK_IDLE)
    if since is not None:
        place = _place_before(session, acting.iri, read_time(since))
        webhooks.forget_ended(session, row.id, after=place)
        row = replace(row, place=min(row.place, place))
        webhooks.save_webhook(session, row)
        return view(session, row)
    rows = webhooks.list_given_up(session, row.id) if event is None else [_find(session, row, event)]
    for one in rows:
        webhooks.send_anew(session, one, now=acting.now)
    return view(session, row)


def begin_trial(session: Session, acting: Acting, id: str) -> WebhookRow:
    """Note that a webhook is tried now, and return it. Call inside a write.

    Raises:
        Conflict: `tried-just-now`. As `show`.
    """
    row = load(session, acting, id)
    tried_at = row.tried_at
    if tried_at is not None and abs(acting.now - tried_at) < BETWEEN_TRIALS:
        raise Conflict(codes.TRIED_JUST_NOW)
    webhooks.save_webhook(session, replace(row, tried_at=acting.now))
    return row


def _find(session: Session, row: WebhookRow, event: str) -> DeliveryRow:
    found = webhooks.find_event(session, row.actor, row.id, event)
    if found is None:
        raise NotFound(codes.UNKNOWN_ID)
    return found


def _place_before(session: Session, actor: str, moment: datetime) -> int:
    """Return the place before the first entry of an actor's journal that is not from before a moment."""
    low, high = 0, journal.head(session, actor).place
    while low < high:
        middle = (low + high + 1) // 2
        at = journal.moment_at(session, actor, middle)
        if at is not None and at < moment:
            low = middle
        else:
            high = middle - 1
    return low


def view(session: Session, row: WebhookRow) -> Document:
    """Show a webhook without its secrets."""
    newest, *older = webhooks.keys_of(session, row.id)
    shown: Document = {
        "id": row.id,
        "url": row.url,
        "events": [*row.events],
        "algorithm": str(row.algorithm),
        "state": str(row.state),
        "added_at": view_time(row.added_at),
        "arrived_at": view_time(row.arrived_at),
        "failed_at": view_time(row.failed_at),
        "trouble": row.trouble or None,
        "waiting": webhooks.count_waiting(session, row.id, most=10_000),
        "place": row.place,
        "secret_made_at": view_time(newest.made_at),
        "secret_before_ends_at": view_time(older[0].ends_at) if older else None,
    }
    if row.algorithm is HookAlgorithm.V1A:
        shown["public_key"] = keys.public_half(newest.raw)
    return shown


def _sent(row: DeliveryRow, recorded: journal.Recorded | None) -> Document:
    return {
        "id": row.id,
        "event": row.activity,
        "kind": recorded.entry.kind if recorded else "",
        "place": _place(row),
        "state": str(row.state),
        "attempts": row.attempts,
        "due_at": view_time(row.due_at) if row.state is DeliveryState.QUEUED else None,
        "last_status": row.last_status,
        "last_error": row.last_error,
        "created_at": view_time(row.created_at),
        "settled_at": view_time(row.settled_at),
    }


def _place(row: DeliveryRow) -> int:
    return webhooks.read_recipient(row.recipient)[1]
