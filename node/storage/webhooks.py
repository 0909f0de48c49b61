"""Webhooks: addresses at which an actor's programs are told of events, their keys, and what is on its way.

Rules here: an event on its way is a delivery in an envelope of its own kind, whose recipient is
`{webhook}/{place}`, so that each waits for none before it, and the list of a webhook is a range of an index.
"""

from collections.abc import Sequence
from dataclasses import field
from datetime import datetime
from typing import Final

from node.core.entries import render_instant
from node.core.webhooks import HookState
from node.storage.deliveries import DELIVERIES, NEWS, DeliveryRow, DeliveryState
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Table, chunks
from protocol.values import dataclass
from protocol.webhooks import HookAlgorithm

TABLES = (Declared("webhooks", TableKind.KEPT), Declared("webhook_keys", TableKind.KEPT))

ENVELOPE: Final = "webhook"
"""The envelope of an event on its way to a webhook."""
_DIGITS: Final = 16  # of a place; every reader of JSON counts to 2^53
_PAGE: Final = 101  # a page, and whether there is more


@dataclass(frozen=True, slots=True)
class WebhookRow:
    """One webhook.

    `events` are the kinds it is told of, none for all; `place` is how far into the actor's journal it has
    been given them. `arrived_at` is when something last arrived, `failed_at` when something last did not and
    `trouble` why, empty for nothing.
    `tried_at` is when its owner last sent it a test.
    """

    actor: str
    id: str
    url: str
    events: tuple[str, ...]
    algorithm: HookAlgorithm
    state: HookState
    place: int
    added_at: datetime
    arrived_at: datetime | None = None
    failed_at: datetime | None = None
    trouble: str = ""
    tried_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class WebhookKeyRow:
    """One secret of a webhook, in order of their making; `ends_at` is when one that was replaced is over."""

    hook: str
    number: int
    raw: bytes = field(repr=False)
    made_at: datetime
    ends_at: datetime | None = None


_WEBHOOKS = Table(WebhookRow, "webhooks", key=("actor", "id"))
_KEYS = Table(WebhookKeyRow, "webhook_keys", key=("hook", "number"))


def save_webhook(session: Session, row: WebhookRow) -> None:
    """Add a webhook, or change it."""
    _WEBHOOKS.save(session, row)
    session.tell(NEWS)  # there may be room for more, or something to be given anew


def load_webhook(session: Session, actor: str, id: str) -> WebhookRow | None:
    """Return a webhook by its id."""
    return _WEBHOOKS.load(session, actor, id)


def list_webhooks(session: Session, actor: str) -> list[WebhookRow]:
    """Return an actor's webhooks, the first added first; they are few."""
    return _WEBHOOKS.all(session, "actor = ? ORDER BY added_at, id", actor)


def active_webhooks(session: Session) -> list[WebhookRow]:
    """Return every actor's webhooks that are sent to."""
    return _WEBHOOKS.all(session, "state = ? ORDER BY actor, id", str(HookState.ACTIVE))


def delete_webhook(session: Session, actor: str, id: str) -> None:
    """Drop a webhook with its secrets, and all that was on its way or is in its list."""
    session.run("DELETE FROM webhooks WHERE actor = ? AND id = ?", actor, id)
    session.run("DELETE FROM webhook_keys WHERE hook = ?", id)
    session.run(f"DELETE FROM deliveries WHERE {_HOOKED}", *_range(id))


def note_arrival(session: Session, actor: str, id: str, *, at: datetime) -> None:
    """Note that something arrived at a webhook."""
    statement = (
        "UPDATE webhooks SET arrived_at = ?, failed_at = NULL, trouble = '' WHERE actor = ? AND id = ?"
    )
    session.run(statement, render_instant(at), actor, id)
    session.tell(NEWS)


def note_trouble(session: Session, actor: str, id: str, trouble: str, *, at: datetime) -> None:
    """Note that something did not arrive, and why."""
    statement = "UPDATE webhooks SET failed_at = ?, trouble = ? WHERE actor = ? AND id = ?"
    session.run(statement, render_instant(at), trouble, actor, id)


# --- keys --------------------------------------------------------------------------------------------


def keys_of(session: Session, hook: str) -> list[WebhookKeyRow]:
    """Return the secrets of a webhook that are not deleted, the newest first."""
    return _KEYS.all(session, "hook = ? ORDER BY number DESC", hook)


def save_key(session: Session, row: WebhookKeyRow) -> None:
    """Add a secret, or give it an end."""
    _KEYS.save(session, row)


def drop_key(session: Session, row: WebhookKeyRow) -> None:
    """Delete a secret."""
    session.run("DELETE FROM webhook_keys WHERE hook = ? AND number = ?", row.hook, row.number)


def next_key_end(session: Session) -> datetime | None:
    """Return when the next secret is over."""
    found = value(session, "SELECT min(ends_at) FROM webhook_keys WHERE ends_at IS NOT NULL")
    return None if found is None else datetime.fromisoformat(found)


def drop_ended_keys(session: Session, now: datetime) -> None:
    """Delete the secrets that are over."""
    session.run("DELETE FROM webhook_keys WHERE ends_at <= ?", render_instant(now))


# --- what is on its way ------------------------------------------------------------------------------

_HOOKED: Final = "recipient > ? AND recipient < ? AND envelope = 'webhook'"


def recipient_of(hook: str, place: int) -> str:
    """Return what stands for the event at a place of the journal on its way to a webhook."""
    return f"{hook}/{place:0{_DIGITS}d}"


def read_recipient(recipient: str) -> tuple[str, int]:
    """Return the webhook's id, and the place of the event."""
    hook, _, place = recipient.partition("/")
    return hook, int(place)


def _range(hook: str) -> tuple[str, str]:
    return f"{hook}/", f"{hook}0"  # the character behind the slash


def count_waiting(session: Session, hook: str, *, most: int) -> int:
    """Count what is on its way to a webhook, as far as `most`."""
    waiting = f"SELECT 1 FROM deliveries WHERE {_HOOKED} AND state IN ('queued') LIMIT ? + 0"
    return int(value(session, f"SELECT count(*) FROM ({waiting})", *_range(hook), most))


def first_waiting(session: Session, hook: str) -> int | None:
    """Return the place of the first event that is on its way to a webhook."""
    statement = f"SELECT min(recipient) FROM deliveries WHERE {_HOOKED} AND state IN ('queued')"
    found = value(session, statement, *_range(hook))
    return None if found is None else read_recipient(found)[1]


def forget_waiting(session: Session, hook: str) -> None:
    """Let nothing be on its way to a webhook; the journal has it still."""
    session.run(f"DELETE FROM deliveries WHERE {_HOOKED} AND state IN ('queued')", *_range(hook))


def forget_ended(session: Session, hook: str, *, after: int) -> None:
    """Forget what was sent or given up of the events behind a place."""
    begin, end = recipient_of(hook, after), _range(hook)[1]
    session.run(f"DELETE FROM deliveries WHERE {_HOOKED} AND settled_at IS NOT NULL", begin, end)


def events_known(session: Session, hook: str, places: Sequence[int]) -> set[str]:
    """Return the recipients of those events that are on their way to a webhook, or in its list."""
    wanted = [recipient_of(hook, place) for place in places]
    statement = f"SELECT recipient FROM deliveries WHERE recipient IN {MARKS} AND envelope = 'webhook'"
    return {found for some in chunks(wanted) for (found,) in session.all(statement, *some)}


def list_sent(
    session: Session,
    hook: str,
    *,
    state: DeliveryState | None = None,
    before: int | None = None,
    limit: int = 50,
) -> list[DeliveryRow]:
    """Return what is on its way to a webhook or was, the newest event first, before a place."""
    begin, end = _range(hook)
    end = end if before is None else recipient_of(hook, before)
    size = max(1, min(limit, _PAGE))
    order = "ORDER BY recipient DESC LIMIT ? + 0"
    if state is None:
        return DELIVERIES.all(session, f"{_HOOKED} {order}", begin, end, size)
    return DELIVERIES.all(session, f"{_HOOKED} AND state IN (?) {order}", begin, end, str(state), size)


def list_given_up(session: Session, hook: str) -> list[DeliveryRow]:
    """Return the events that a webhook's list says were given up."""
    return DELIVERIES.all(session, f"{_HOOKED} AND state IN ('refused', 'gone')", *_range(hook))


def find_event(session: Session, actor: str, hook: str, event: str) -> DeliveryRow | None:
    """Return an event (its id) that is on its way to a webhook, or in its list."""
    condition = f"actor = ? AND activity = ? AND {_HOOKED}"
    return DELIVERIES.first(session, condition, actor, event, *_range(hook))


def send_anew(session: Session, row: DeliveryRow, *, now: datetime) -> None:
    """Begin anew with an event, as if it had not been sent."""
    statement = (
        "UPDATE deliveries SET state = 'queued', attempts = 0, due_at = ?, created_at = ?, "
        "settled_at = NULL, last_status = NULL, last_error = NULL WHERE id = ?"
    )
    session.run(statement, render_instant(now), render_instant(now), row.id)
    session.tell(NEWS)


def trim_sent(session: Session, hook: str, *, keep: int) -> None:
    """Forget what a webhook's list has shown longest, beyond so many."""
    statement = (
        f"SELECT recipient FROM deliveries WHERE {_HOOKED} AND settled_at IS NOT NULL "
        "ORDER BY recipient DESC LIMIT 1 OFFSET ? + 0"
    )
    found = session.one(statement, *_range(hook), keep)
    if found is not None:
        session.run(
            f"DELETE FROM deliveries WHERE {_HOOKED} AND settled_at IS NOT NULL",
            _range(hook)[0],
            f"{found[0]}!",
        )
