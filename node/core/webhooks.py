"""Webhooks: which events they tell, what they say of one, and when one is tried again: as pure decisions.

Rules that hold here:

- What leaves says that something happened, to which thing, and where to read it: ids, words of ours and an
  address of the owner's API. No text of anybody's, no name, no price.
- An event has one id for ever, made from the link of its journal entry: however often, and to however many,
  it is sent, its receiver takes it once.
- An attempt succeeds with 2xx. 410 ends the webhook; whatever else, and no answer, is tried again, ten times
  in all within four days. `Retry-After` can lengthen a wait, up to a day, and never shorten one.
- What a webhook has given up while nothing else arrived either ends it too; one event that its receiver
  cannot take does not.

Time and chance are arguments: `now` is aware UTC, `jitter` lies in [0, 1).

Sources: CloudEvents 1.0.2; Standard Webhooks 1.0.0 (retry schedule, 410).
"""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from node.core import codes
from node.core.entries import render_instant
from node.core.identifiers import write_id
from node.core.retries import Fate, Outcome, RetryDecision
from protocol.documents import Document
from protocol.errors import Unprocessable
from protocol.negotiation import Event

TYPE_PREFIX: Final = "org.w3id.freehold."
"""How the type of every event begins, as CloudEvents asks for: the name of the vocabulary, reversed."""
TRIAL: Final = "test"
"""The kind of the event that is sent to try a webhook."""
API_PREFIX: Final = "/api/v1"

_MOVES: Final = frozenset(
    {
        Event.OFFER,
        Event.REOFFER,
        Event.COUNTER,
        Event.RECANT,
        Event.REJECT,
        Event.ACCEPT,
        Event.WITHDRAW,
        Event.COUNTERSIGN,
        Event.RENEGE,
        Event.REVOKE,
        Event.ACKNOWLEDGE,
        Event.LEAVE,
    }
)
KINDS: Final = frozenset(
    {
        *[str(move) for move in _MOVES],
        "acceptance.lapsed",
        "acceptance.revoked",
        "agreement.concluded",
        "agreement.confirmed",
        "agreement.ended",
        "intention.amended",
        "intention.cast",
        "intention.expired",
        "intention.noted",
        "intention.received",
        "intention.resumed",
        "intention.withdrawn",
        "message",
        "message.deleted",
        "move.refused",
        "notice.refused",
        "notice.unanswered",
        "notice.undelivered",
        "offer.expired",
        "offer.quarantined",
        "offer.refused",
    }
)
"""The kinds of journal entries that webhooks tell: what happens to wishes, offers, agreements, messages."""

_THINGS: Final = {"agreement": "agreements", "offer": "offers", "intention": "intentions"}

DELAYS: Final = (
    timedelta(seconds=5),
    timedelta(minutes=5),
    timedelta(minutes=30),
    timedelta(hours=2),
    timedelta(hours=5),
    timedelta(hours=10),
    timedelta(hours=14),
    timedelta(hours=20),
    timedelta(hours=24),
)
"""The waits behind each attempt but the last, as Standard Webhooks proposes them: 76 hours in all."""
WINDOW: Final = timedelta(days=4)
"""How long an event is tried at most: a receiver that rests is asked more seldom than the schedule has it."""
JITTER: Final = 0.2
"""By how much of itself a wait may grow, so that what failed together does not come back together."""

QUEUE_LIMIT: Final = 1_000
"""Events on their way to one webhook; the journal keeps the rest until there is room."""
KEPT: Final = 1_000
"""Events that were sent, or given up, which a webhook's list still shows."""
MOST: Final = 20
"""Webhooks of one actor: each costs a row for every event."""
OVERLAP: Final = timedelta(hours=24)
"""How long a secret that was replaced is signed with beside the new one."""
LONGEST_OVERLAP: Final = timedelta(days=7)


class HookState(StrEnum):
    """Whether a webhook is sent to."""

    ACTIVE = "active"
    PAUSED = "paused"
    DISABLED = "disabled"


def read_kinds(words: Iterable[str]) -> tuple[str, ...]:
    """Read which kinds of events a webhook is to tell; none means all of them.

    Raises:
        Unprocessable: `webhook-event`, a word is not one of them.
    """
    wanted = sorted(set(words))
    unknown = [word for word in wanted if word not in KINDS]
    if unknown:
        raise Unprocessable(codes.WEBHOOK_EVENT)
    return tuple(wanted)


def read_overlap(hours: int | None) -> timedelta:
    """Read for how many hours a secret that is replaced goes on; None is as long as usual.

    Raises:
        Unprocessable: `webhook-overlap`.
    """
    if hours is None:
        return OVERLAP
    if not 0 <= hours <= LONGEST_OVERLAP // timedelta(hours=1):
        raise Unprocessable(codes.WEBHOOK_OVERLAP)
    return timedelta(hours=hours)


def event_id(link: bytes) -> str:
    """Return the id of the event of the entry behind which an actor's chain has this link."""
    return write_id("evt", int.from_bytes(link[:16], "big"))


def render_event(
    *,
    id: str,
    source: str,
    origin: str,
    kind: str,
    at: datetime,
    direction: str,
    place: int,
    told: Mapping[str, Any],
) -> Document:
    """Return an event as CloudEvents has it; `told` is what its noun lets an event tell of the entry."""
    members = {name: value for name, value in sorted(told.items()) if isinstance(value, str | bool | int)}
    name = next((name for name in _THINGS if isinstance(members.get(name), str)), None)
    about: Document = {}
    where: Document = {}
    if name is not None:
        about = {"subject": members[name]}
        where = {"read": f"{origin}{API_PREFIX}/{_THINGS[name]}/{members[name]}"}
    return {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": TYPE_PREFIX + kind,
        "time": render_instant(at),
        "datacontenttype": "application/json",
        **about,
        "data": {"kind": kind, "direction": direction, "place": place, **members, **where},
    }


def decide(
    outcome: Outcome, *, attempts: int, created_at: datetime, now: datetime, jitter: float
) -> RetryDecision:
    """Decide what becomes of an event after an attempt; `attempts` counts those before it."""
    tried, status, detail = attempts + 1, outcome.status, outcome.detail
    fate = _fate(outcome)
    if fate is not Fate.QUEUED:
        return RetryDecision(fate, tried, status, detail)
    if tried > len(DELAYS) or now >= created_at + WINDOW:
        return RetryDecision(Fate.EXPIRED, tried, status, f"given up after {tried} attempts; last: {detail}")
    delay = DELAYS[attempts] * (1 + JITTER * jitter)
    wait = max(delay, outcome.wait or timedelta(0))
    return RetryDecision(Fate.QUEUED, tried, status, detail, min(now + wait, created_at + WINDOW))


def _fate(outcome: Outcome) -> Fate:
    """Return what an outcome means by itself, however long the event has been tried: never `EXPIRED`."""
    if outcome.hopeless:
        return Fate.REFUSED
    if outcome.status is None:
        return Fate.QUEUED
    if 200 <= outcome.status < 300:
        return Fate.DELIVERED
    return Fate.GONE if outcome.status == 410 else Fate.QUEUED


def ends_hook(decision: RetryDecision, *, created_at: datetime, arrived_at: datetime | None) -> bool:
    """Tell whether a webhook is not sent to any more; `arrived_at` is when something last arrived there."""
    if decision.fate is Fate.GONE:
        return True
    return decision.fate is Fate.EXPIRED and (arrived_at is None or arrived_at < created_at)
