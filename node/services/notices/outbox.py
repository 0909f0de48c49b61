"""The outbox of notices: what one address is told next, and what came of it.

Rules that hold here:

- What is noted is decided on when it is due, by the settings of then: told, put off to the end of the quiet
  hours, put into the digest, or dropped, because the owner has switched it off or because it is no news any
  more.
- What is to be done is looked up on a reader's thread, however much there is of it, and done in one write of
  a few statements; what the owner has seen in between is not told.
- That something is being sent is written before it is sent. What was being sent when the node stopped is sent
  once more, as the same message; if the node stops again, it counts as told. So nothing is told more often
  than twice.
- While an address does not take anything, it rests for longer and longer, and what has waited for a day is
  dropped and counted; the page says so.
"""

from collections.abc import Iterable, Sequence
from dataclasses import field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import chain
from typing import Any, Final

from node.core import codes
from node.core.entries import render_instant
from node.core.notices import (
    AT_ONCE,
    DAY,
    FURTHEST,
    KEPT_TRYING,
    NoticeKind,
    NoticeSettings,
    Telling,
    Timing,
    free_at,
    in_reach,
    is_spent,
    next_digest,
    quiet_end,
    recent,
    rest,
    timing_of,
)
from node.core.tidings import Gathered, Reception, Sending, Tiding
from node.services.acting import Acting
from node.services.notices import channels
from node.services.notices import settings as settings_service
from node.services.notices.noting import MORE, MOST_WAITING
from node.services.notices.tidings import tiding
from node.storage import notices
from node.storage.notices import ChannelRow, NoticeRow
from node.storage.session import Session
from protocol.errors import Conflict
from protocol.values import dataclass

LOOKED_AT: Final = MOST_WAITING * len(NoticeKind)
BETWEEN_TRIALS: Final = timedelta(seconds=10)  # a server takes so long to answer, and nobody reads faster
_DIGEST: Final = "digest"


@dataclass(frozen=True, slots=True)
class Batch:
    """A message to be sent at a channel, and the notices that it tells."""

    channel: ChannelRow
    rows: tuple[NoticeRow, ...]
    gathered: Gathered


@dataclass(slots=True)
class OutboxStep:
    """What is to be done next at a channel (its id), as it was looked up: what waits, and what is told of it.

    `put_off` are notices as they will be, `lost` are those of `dropped` that the address did not take.
    """

    channel: str
    settings: NoticeSettings
    now: datetime
    told: dict[NoticeRow, Tiding] = field(default_factory=dict)
    put_off: list[NoticeRow] = field(default_factory=list)
    dropped: list[NoticeRow] = field(default_factory=list)
    lost: int = 0

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to be done."""
        return not (self.told or self.put_off or self.dropped)


def next_due(session: Session, channel: ChannelRow, *, now: datetime) -> datetime | None:
    """Return when there may be something to be sent next at a channel."""
    due = None if channel.is_locked else notices.next_notice(session, channel.actor, channel.id)
    if due is None:
        return None
    moments = [due] if channel.rests_until is None else [due, channel.rests_until]
    return max(in_reach(moment, now=now) for moment in moments)


def look(session: Session, acting: Acting, id: str) -> OutboxStep | None:
    """Return what is to be done next at a channel (its id), None if nothing is. Reads only."""
    channel, now = notices.load_channel(session, acting.iri, id), acting.now
    if channel is None or channel.is_locked:
        return None
    if channel.rests_until is not None and in_reach(channel.rests_until, now=now) > now:
        return None
    step = OutboxStep(id, settings_service.load(session, acting.iri), now)
    rows = _unfinished(session, channel, step)
    if not rows:
        due = notices.due_notices(session, acting.iri, id, now, beyond=now + FURTHEST, limit=LOOKED_AT)
        rows = _decided(_without_lost(channel, due, step), step)
    while some := _chosen(channel, rows, step):
        saying = step.settings.saying
        step.told = {row: told for row in some if (told := tiding(session, acting, row, saying))}
        step.dropped += [row for row in some if row not in step.told]
        if step.told:
            break
        dropped = {*some}
        rows = [row for row in rows if row not in dropped]
    return None if step.is_empty else step


def begin(session: Session, acting: Acting, step: OutboxStep) -> Batch | None:
    """Do what was looked up, and return what the channel is told now, noted as being sent, or None.

    What the owner has seen since is not told. Call inside a write.
    """
    channel = notices.load_channel(session, acting.iri, step.channel)
    if channel is None or channel.is_locked:
        return None
    notices.drop_told(session, channel.actor, channel.id, step.dropped)
    notices.put_off(session, channel.actor, channel.id, step.put_off)
    if step.lost:
        channel = replace(channel, lost=channel.lost + step.lost)
        notices.save_channel(session, channel)
    waiting = notices.waiting_among(session, channel.actor, channel.id, step.told)
    told = {row: tiding for row, tiding in step.told.items() if row.event in waiting}
    if not told:
        return None
    notices.put_off(session, channel.actor, channel.id, [replace(row, begun=row.begun + 1) for row in told])
    return _batch(acting, channel, told, step.settings)


def _unfinished(session: Session, channel: ChannelRow, step: OutboxStep) -> list[NoticeRow]:
    """Return what was being sent when the node stopped, but for what that happened to before."""
    begun = notices.begun_notices(session, channel.actor, channel.id)
    step.dropped += [row for row in begun if row.begun > 1]
    return [row for row in begun if row.begun == 1]


def _without_lost(channel: ChannelRow, due: Sequence[NoticeRow], step: OutboxStep) -> Sequence[NoticeRow]:
    """Drop and count what has waited for too long at an address that takes nothing."""
    if not channel.failures:
        return due
    lost = [row for row in due if row.due_at + KEPT_TRYING <= step.now]
    step.dropped += lost
    step.lost = len(lost)
    return [row for row in due if row.due_at + KEPT_TRYING > step.now]


def _decided(due: Iterable[NoticeRow], step: OutboxStep) -> list[NoticeRow]:
    """Return what of these may be told now; put off the rest, or drop it."""
    settings, now = step.settings, step.now
    zone, left = settings_service.zone_of(settings), list[NoticeRow]()
    quiet = quiet_end(settings, zone=zone, now=now)
    digest_at = next_digest(settings, zone=zone, now=now)
    for row in due:
        timing = timing_of(row.kind, settings)
        if timing is Timing.NOT:
            step.dropped.append(row)
        elif timing is Timing.DIGEST and not row.digest:
            step.put_off.append(replace(row, digest=True, due_at=digest_at))
        elif quiet is not None and row.kind not in AT_ONCE:
            step.put_off.append(replace(row, due_at=quiet))
        else:
            left.append(row)
    return left


def _chosen(channel: ChannelRow, rows: Sequence[NoticeRow], step: OutboxStep) -> list[NoticeRow]:
    """Return what goes into the next message: what was begun, all of the most urgent kind, or the digest."""
    if begun := [row for row in rows if row.begun]:
        return begun
    told, now = _read(channel.lately), step.now
    for kind in NoticeKind:
        of_kind = [row for row in rows if row.kind is kind and not row.digest]
        if not of_kind:
            continue
        free = free_at(kind, told, now=now)
        spent = is_spent(kind, told, now=now)
        if free <= now and not spent:
            return of_kind
        zone = settings_service.zone_of(step.settings)
        due_at = next_digest(step.settings, zone=zone, now=now) if spent else free
        step.put_off += [replace(row, digest=spent, due_at=due_at) for row in of_kind]
    return [row for row in rows if row.digest]


def _batch(
    acting: Acting, channel: ChannelRow, found: dict[NoticeRow, Tiding], settings: NoticeSettings
) -> Batch:
    rows = tuple(found)
    kinds = {row.kind for row in rows}
    digest = any(row.digest for row in rows)
    events = "\n".join(chain([channel.id], sorted(row.event for row in rows)))
    gathered = Gathered(
        id=sha256(events.encode()).hexdigest()[:32],
        kind=None if digest or len(kinds) > 1 else rows[0].kind,
        items=tuple(found.values()),
        at=acting.now,
        language=settings.language,
        zone=settings.zone,
        formal=acting.owner.is_business,
        more=any(row.event.startswith(MORE) for row in rows),
    )
    return Batch(channel, rows, gathered)


def settle(session: Session, batch: Batch, sending: Sending, *, now: datetime) -> None:
    """Write down what came of sending. Call inside a write."""
    channel = notices.load_channel(session, batch.channel.actor, batch.channel.id)
    if channel is None:
        return
    if sending.reception is Reception.GONE:
        notices.delete_channel(session, channel.actor, channel.id)
        return
    after = _locked_as(channel, outcome(channel, sending, now=now))
    if sending.reception is Reception.LATER:
        notices.put_off(session, channel.actor, channel.id, batch.rows)  # as before it was begun
    else:
        notices.drop_told(session, channel.actor, channel.id, batch.rows)
    if sending.reception is Reception.REFUSED:
        after = replace(after, lost=after.lost + len(batch.rows))
    if sending.reception is Reception.TAKEN:
        told = Telling(now, batch.gathered.kind)
        after = replace(after, lately=_write((*recent(_read(channel.lately), now=now), told)))
    notices.save_channel(session, after)


def trial(session: Session, acting: Acting, id: str) -> tuple[ChannelRow, Gathered]:
    """Return a channel that is tried now, which is noted, and what to tell it. Call inside a write.

    Raises:
        NotFound: `unknown-id`. Conflict: `ambiguous-id`; `tried-just-now`, somebody writes to somebody else.
        Forbidden: `owner-alone`, the node was locked, and this has it told there again.
    """
    row, settings = channels.load(session, acting, id), settings_service.load(session, acting.iri)
    if row.is_locked:
        acting.check_owner()
    if row.tried_at is not None and abs(acting.now - row.tried_at) < BETWEEN_TRIALS:
        raise Conflict(codes.TRIED_JUST_NOW)
    row = replace(row, tried_at=acting.now)  # before it is sent: who asks meanwhile is told to wait
    notices.save_channel(session, row)
    return row, Gathered(
        id=acting.new_id("test"),
        kind=None,
        items=(),
        at=acting.now,
        language=settings.language,
        zone=settings.zone,
        formal=acting.owner.is_business,
    )


def tried(
    session: Session, acting: Acting, row: ChannelRow, sending: Sending, *, now: datetime
) -> dict[str, Any]:
    """Write down how a trial ended, and show the channel. Call inside a write.

    Raises:
        NotFound: it was removed meanwhile.
    """
    found = channels.load(session, acting, row.id)
    after = outcome(found, sending, now=now)
    if sending.reception is not Reception.TAKEN or not row.is_locked:  # it may have been locked meanwhile
        after = _locked_as(found, after)
    if sending.reception is Reception.GONE:
        notices.delete_channel(session, acting.iri, row.id)
    else:
        notices.save_channel(session, after)
    notices.announce(session)
    return channels.view(after)


def _locked_as(before: ChannelRow, after: ChannelRow) -> ChannelRow:
    """Return a channel that is locked still if it was, whatever came of sending."""
    if not before.is_locked:
        return after
    return replace(after, reception=before.reception, trouble=before.trouble, rests_until=None)


def outcome(channel: ChannelRow, sending: Sending, *, now: datetime) -> ChannelRow:
    """Return a channel after something was sent there, or could not be."""
    later = sending.reception is Reception.LATER
    failures = channel.failures + 1 if later else 0
    pause = max(rest(failures), min(sending.wait or timedelta(0), DAY)) if later else None
    return replace(
        channel,
        failures=failures,
        rests_until=None if pause is None else now + pause,
        tried_at=now,
        reception=str(sending.reception),
        trouble=str(sending.trouble),
        lost=0 if sending.reception is Reception.TAKEN else channel.lost,
    )


def _read(lately: Sequence[str]) -> tuple[Telling, ...]:
    split = [text.partition("/") for text in lately]
    return tuple(
        Telling(datetime.fromisoformat(at), None if kind == _DIGEST else NoticeKind(kind))
        for at, _, kind in split
    )


def _write(told: Iterable[Telling]) -> tuple[str, ...]:
    return tuple(f"{render_instant(one.at)}/{one.kind or _DIGEST}" for one in told)
