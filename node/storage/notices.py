"""Notices: where an actor is told, what it wants to hear of, and what waits to be told.

What waits is forgettable: it is bounded, and who restores an older file is better off without it.
"""

from collections.abc import Iterable
from dataclasses import field
from datetime import datetime
from typing import Any, Final

from node.core.entries import render_instant
from node.core.notices import OF_ONE_PERSON, NoticeKind
from node.core.tidings import Trouble
from node.storage.kinds import Declared, TableKind
from node.storage.session import Session, value
from node.storage.tables import MARKS, Table, chunks
from protocol.values import dataclass

TABLES = (
    Declared("notice_channels", TableKind.KEPT),
    Declared("notice_settings", TableKind.KEPT),
    Declared("notices", TableKind.FORGETTABLE),
)

NEWS = "notices"
"""What is told to who sends notices when there is something to be sent."""


@dataclass(frozen=True, slots=True)
class ChannelRow:
    """One address at which a person (their id) of an actor is told.

    `address` is what the owner reads, `config` what it takes to send there, with its secrets. `lately` holds
    what was sent in the last day, as `<instant>/<kind>`. `failures` counts those in a row, `rests_until` is
    until when it is left in peace, `tried_at` when it was last tried and `reception` and `trouble` with what
    outcome, empty before. `lost` counts what could not be told since it last worked.
    """

    id: str
    actor: str
    person: str
    medium: str
    address: str
    config: dict[str, Any] = field(repr=False)
    added_at: datetime
    lately: tuple[str, ...] = ()
    failures: int = 0
    rests_until: datetime | None = None
    tried_at: datetime | None = None
    reception: str = ""
    trouble: str = ""
    lost: int = 0

    @property
    def is_locked(self) -> bool:
        """Whether nothing is sent there since the node was locked."""
        return self.trouble == Trouble.LOCKED


@dataclass(frozen=True, slots=True)
class NoticeSettingsRow:
    """What an actor wants to hear of, as `node.services.notices.settings` writes it."""

    actor: str
    document: dict[str, Any]
    set_at: datetime


@dataclass(frozen=True, slots=True)
class NoticeRow:
    """One thing to be told at one channel (its id).

    `event` names what happened, once for all; `about` is the id of the thing, `within` of what it belongs to,
    `peer` that of the other side, each empty for none. `begun` counts the times that sending was begun
    without knowing how it ended.
    """

    actor: str
    channel: str
    event: str
    kind: NoticeKind
    about: str
    within: str
    peer: str
    at: datetime
    due_at: datetime
    digest: bool
    begun: int = 0


_CHANNELS = Table(ChannelRow, "notice_channels", key=("actor", "id"))
_SETTINGS = Table(NoticeSettingsRow, "notice_settings", key=("actor",))
_NOTICES = Table(NoticeRow, "notices", key=("actor", "channel", "event"))


def announce(session: Session) -> None:
    """Have who sends notices look again."""
    session.tell(NEWS)


# --- channels and settings ---------------------------------------------------------------------------


def save_channel(session: Session, row: ChannelRow) -> None:
    """Add a channel, or change it."""
    _CHANNELS.save(session, row)


def load_channel(session: Session, actor: str, id: str) -> ChannelRow | None:
    """Return a channel by its id."""
    return _CHANNELS.load(session, actor, id)


def list_channels(session: Session, actor: str) -> list[ChannelRow]:
    """Return an actor's channels, the first added first; they are few."""
    return _CHANNELS.all(session, "actor = ? ORDER BY added_at, id", actor)


def all_channels(session: Session) -> list[ChannelRow]:
    """Return the channels of all actors; they are few."""
    return _CHANNELS.all(session, "1 = 1 ORDER BY actor, id")


def has_channels(session: Session, actor: str) -> bool:
    """Tell whether an actor is told anywhere."""
    return session.one("SELECT 1 FROM notice_channels WHERE actor = ? LIMIT 1", actor) is not None


def delete_channel(session: Session, actor: str, id: str) -> None:
    """Drop a channel, and what waits for it."""
    session.run("DELETE FROM notice_channels WHERE actor = ? AND id = ?", actor, id)
    session.run("DELETE FROM notices WHERE actor = ? AND channel = ?", actor, id)


def save_notice_settings(session: Session, row: NoticeSettingsRow) -> None:
    """Set what an actor wants to hear of."""
    _SETTINGS.save(session, row)


def load_notice_settings(session: Session, actor: str) -> NoticeSettingsRow | None:
    """Return what an actor wants to hear of, None before it said so."""
    return _SETTINGS.load(session, actor)


# --- what waits --------------------------------------------------------------------------------------


def add_notice(session: Session, row: NoticeRow) -> None:
    """Add what is to be told, once."""
    if _NOTICES.load(session, row.actor, row.channel, row.event) is None:
        _NOTICES.insert(session, row)
        session.tell(NEWS)


def count_notices(session: Session, actor: str, channel: str, kind: NoticeKind, *, most: int) -> int:
    """Count what waits of a kind, as far as `most`."""
    waiting = "SELECT 1 FROM notices WHERE actor = ? AND channel = ? AND kind = ? LIMIT ? + 0"
    return int(value(session, f"SELECT count(*) FROM ({waiting})", actor, channel, str(kind), most))


def begun_notices(session: Session, actor: str, channel: str) -> list[NoticeRow]:
    """Return what was being sent when the node stopped."""
    return _NOTICES.all(session, "actor = ? AND channel = ? AND begun > 0 ORDER BY at, event", actor, channel)


def due_notices(
    session: Session, actor: str, channel: str, now: datetime, *, beyond: datetime, limit: int
) -> list[NoticeRow]:
    """Return what is due, the longest overdue first; or else what is put off beyond a time."""
    overdue = "actor = ? AND channel = ? AND due_at <= ? ORDER BY due_at, event LIMIT ? + 0"
    far = "actor = ? AND channel = ? AND due_at > ? ORDER BY due_at, event LIMIT ? + 0"
    found = _NOTICES.all(session, overdue, actor, channel, render_instant(now), limit)
    return found or _NOTICES.all(session, far, actor, channel, render_instant(beyond), limit)


def next_notice(session: Session, actor: str, channel: str) -> datetime | None:
    """Return when something is due next."""
    statement = "SELECT min(due_at) FROM notices WHERE actor = ? AND channel = ?"
    found = value(session, statement, actor, channel)
    return None if found is None else datetime.fromisoformat(found)


def put_off(session: Session, actor: str, channel: str, rows: Iterable[NoticeRow]) -> None:
    """Change when, or how, things are told that still wait, or that they are being sent."""
    alike: dict[tuple[datetime, bool, int], list[str]] = {}
    for row in rows:
        alike.setdefault((row.due_at, row.digest, row.begun), []).append(row.event)
    statement = (
        "UPDATE notices SET due_at = ?, digest = ?, begun = ? "
        f"WHERE actor = ? AND channel = ? AND event IN {MARKS}"
    )
    for (due_at, digest, begun), events in alike.items():
        for some in chunks(events):
            session.run(statement, render_instant(due_at), int(digest), begun, actor, channel, *some)


def drop_told(session: Session, actor: str, channel: str, rows: Iterable[NoticeRow]) -> None:
    """Drop what is told, or need not be told any more."""
    statement = f"DELETE FROM notices WHERE actor = ? AND channel = ? AND event IN {MARKS}"
    for some in chunks(row.event for row in rows):
        session.run(statement, actor, channel, *some)


def waiting_among(session: Session, actor: str, channel: str, rows: Iterable[NoticeRow]) -> set[str]:
    """Return the events of those of these that still wait."""
    statement = f"SELECT event FROM notices WHERE actor = ? AND channel = ? AND event IN {MARKS}"
    found = (session.all(statement, actor, channel, *some) for some in chunks(row.event for row in rows))
    return {event for events in found for (event,) in events}


_ABOUT: Final = (
    "notices INDEXED BY notices_about WHERE actor = ? AND about = ?",
    "notices INDEXED BY notices_within WHERE actor = ? AND within = ?",
)
"""Where what waits about a thing is found; left alone, SQLite would read all that waits for the actor."""
_OF_ONE: Final = ", ".join(f"'{kind}'" for kind in sorted(OF_ONE_PERSON))
_SEEN_BY: Final = (
    f"(kind NOT IN ({_OF_ONE}) OR ? = (SELECT person FROM notice_channels AS at "
    "WHERE at.actor = notices.actor AND at.id = notices.channel))"
)
"""What a person has seen by looking: nobody else has seen what each of a team is told for themselves."""


def has_notices(session: Session, actor: str, about: str, *, person: str) -> bool:
    """Tell whether something about a thing (its id), or within it, waits that a person sees by looking."""
    return any(
        session.one(f"SELECT 1 FROM {found} AND {_SEEN_BY} LIMIT 1", actor, about, person) is not None
        for found in _ABOUT
    )


def drop_notices(session: Session, actor: str, about: str, *, person: str) -> None:
    """Drop what waits about a thing (its id), or within it, and that a person has seen by looking."""
    for found in _ABOUT:
        # Asked for by itself, since a DELETE alone would read all that waits for the actor.
        seen = f"SELECT actor, channel, event FROM {found} AND {_SEEN_BY}"
        session.run(f"DELETE FROM notices WHERE (actor, channel, event) IN ({seen})", actor, about, person)
