"""Notices: what the owner is told away from the pages, when, and how much it says.

Rules that hold here:

- A notice brings nobody back for its own sake: it says that something waits, and only where the owner gave an
  address for that. What their own hand caused is not told.
- What others send costs bounded attention: of one kind there is one message in ten minutes at most, and in a
  day so many as `MOST_A_DAY`; what comes beyond that stands in the digest as a number. Of those, half are for
  what anybody may send who knows the address, so that no stranger uses up what tells of a deadline. What is
  about the owner's own safety has its own account, which nobody else can use up, and waits for no morning.
- A time that lies further ahead than any of these rules puts one was written while the clock was wrong, and
  holds nothing up.
- Quiet hours and the digest are times on the owner's clock. Where that is set back, an hour that comes twice
  is not over at its first end; where it is set forward, what would be due in the gap is due behind it.

Time and zone are arguments: `now` is aware UTC.
"""

from collections.abc import Mapping, Sequence
from dataclasses import field
from datetime import UTC, datetime, time, timedelta, tzinfo
from enum import StrEnum
from typing import Final

from protocol.values import dataclass

SPACING: Final = timedelta(minutes=10)
"""Between two messages of one kind: six in an hour, as many as can be looked at beside something else."""
MOST_A_DAY: Final = 24
"""Messages about what others did, in a day: one for each hour."""
MOST_FROM_ANYBODY: Final = MOST_A_DAY // 2
"""Of these, about what a stranger may have sent."""
DAY: Final = timedelta(days=1)
FURTHEST: Final = 2 * DAY
"""Ahead of now, that is: the next digest is a day away, or the end of quiet hours behind it."""
KEPT_TRYING: Final = DAY
"""What could not be told for a day is not news any more."""
FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=1)


class NoticeKind(StrEnum):
    """What a notice is about, the most urgent first."""

    SECURITY = "security"
    """Somebody signed in, or what lets them in, or read along, has changed."""
    TO_SIGN = "to-sign"
    """Somebody accepted an offer of ours, and our signature is asked for."""
    LAPSING = "lapsing"
    """An acceptance lapses soon."""
    TO_COSIGN = "to-cosign"
    """Another person of the team, or the node, asks for a second signature."""
    COSIGNED = "cosigned"
    """What one asked another to sign was signed, declined, or cannot be; or nobody signed it in time."""
    OFFER = "offer"
    """A new offer."""
    COUNTER = "counter"
    """Somebody asks for something else than we offered."""
    CHANGED = "changed"
    """An offer was changed or withdrawn."""
    ANSWER = "answer"
    """An answer to what we sent: signed, declined, or that it cannot be performed."""
    AGREED = "agreed"
    """Somebody accepted an offer of ours, and that is an agreement by now."""
    MESSAGE = "message"
    """Somebody wrote."""
    ENDING = "ending"
    """The other side gave notice."""
    NOTICE_DAY = "notice-day"
    """The last day for giving notice comes near."""
    KEY = "key"
    """Somebody we know shows keys that we do not."""
    CRM = "crm"
    """Something in the CRM is to be decided."""
    WISH = "wish"
    """Somebody wishes for something."""
    HELD = "held-back"
    """An offer was held back."""
    UNDELIVERED = "undelivered"
    """Something that we sent did not arrive, and is not tried again."""


class Timing(StrEnum):
    """When the owner wants to hear of a kind."""

    NOW = "now"
    DIGEST = "digest"
    NOT = "not"


class Saying(StrEnum):
    """How much a notice says; whoever sees the screen reads it."""

    THAT = "that"
    """That something came."""
    WHO = "who"
    """Also from whom."""
    AMOUNT = "amount"
    """Also the amount."""


DEFAULT_TIMING: Final[Mapping[NoticeKind, Timing]] = {
    kind: Timing.DIGEST
    if kind in {NoticeKind.WISH, NoticeKind.HELD, NoticeKind.UNDELIVERED, NoticeKind.NOTICE_DAY}
    else Timing.NOW
    for kind in NoticeKind
}
AT_ONCE: Final = frozenset({NoticeKind.SECURITY})
"""Kinds that are told at once, at any hour: who could switch them off would do so first."""
OF_ONE_PERSON: Final = frozenset({NoticeKind.TO_COSIGN, NoticeKind.COSIGNED})
"""Kinds that each person of a team is told for themselves: whom it concerns hangs on who did what."""
FROM_ANYBODY: Final = frozenset(
    {
        NoticeKind.OFFER,
        NoticeKind.CHANGED,
        NoticeKind.MESSAGE,
        NoticeKind.KEY,
        NoticeKind.CRM,
        NoticeKind.WISH,
        NoticeKind.HELD,
    }
)
"""Kinds that take nothing of the owner's to happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeSettings:
    """What the owner wants to hear of, and when; `zone` is the name of a time zone (IANA), "UTC" at first.

    `quiet_from` and `quiet_until` are wall times, both None for no quiet hours; they may lie around midnight.
    `timing` holds what differs from `DEFAULT_TIMING`. `language` is the code of a language of the pages.
    """

    zone: str = "UTC"
    quiet_from: time | None = time(22)
    quiet_until: time | None = time(7)
    digest_at: time = time(18)
    timing: Mapping[NoticeKind, Timing] = field(default_factory=dict)
    saying: Saying = Saying.THAT
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Telling:
    """One message that was sent: when, about what; None for a digest."""

    at: datetime
    kind: NoticeKind | None


def timing_of(kind: NoticeKind, settings: NoticeSettings) -> Timing:
    """Return when the owner wants to hear of a kind."""
    return Timing.NOW if kind in AT_ONCE else settings.timing.get(kind, DEFAULT_TIMING[kind])


def quiet_end(settings: NoticeSettings, *, zone: tzinfo, now: datetime) -> datetime | None:
    """Return when the quiet hours end that `now` lies in; None outside of them."""
    begins, ends = settings.quiet_from, settings.quiet_until
    if begins is None or ends is None or begins == ends:
        return None
    wall = now.astimezone(zone).time().replace(fold=0)
    over_midnight = ends < begins
    inside = (wall >= begins or wall < ends) if over_midnight else begins <= wall < ends
    return next_at(ends, zone=zone, now=now) if inside else None


def next_digest(settings: NoticeSettings, *, zone: tzinfo, now: datetime) -> datetime:
    """Return when the next digest goes; it does not break into quiet hours."""
    due = next_at(settings.digest_at, zone=zone, now=now)
    return quiet_end(settings, zone=zone, now=due) or due


def next_at(wall: time, *, zone: tzinfo, now: datetime) -> datetime:
    """Return the first instant after `now` at which a clock in `zone` shows this time.

    An hour that comes twice shows it twice; a time that a clock passes over is due when it would have been
    without that.
    """
    today = now.astimezone(zone).date()
    instants = [
        instant
        for day in (today, today + timedelta(days=1))
        for instant in _instants(datetime.combine(day, wall, zone))
        if instant > now
    ]
    return min(instants)


def _instants(local: datetime) -> list[datetime]:
    """Return when a clock shows this: once, or twice where it is set back."""
    first, second = local.replace(fold=0).astimezone(UTC), local.replace(fold=1).astimezone(UTC)
    return [first, second] if second > first else [first]


def recent(told: Sequence[Telling], *, now: datetime) -> tuple[Telling, ...]:
    """Return what of the messages sent still counts against those to come."""
    return tuple(one for one in told if now - DAY < one.at <= now + SPACING)


def free_at(kind: NoticeKind, told: Sequence[Telling], *, now: datetime) -> datetime:
    """Return when the next message of a kind may go, by what was sent of it before."""
    last = max((one.at for one in recent(told, now=now) if one.kind is kind), default=None)
    return now if last is None else max(now, last + SPACING)


def is_spent(kind: NoticeKind, told: Sequence[Telling], *, now: datetime) -> bool:
    """Tell whether so much was told in the last day that this kind goes into the digest from here on."""
    if kind in AT_ONCE:
        return False
    others = [one for one in recent(told, now=now) if one.kind not in AT_ONCE]
    anybodys = [one for one in others if one.kind in FROM_ANYBODY]
    spent = kind in FROM_ANYBODY and len(anybodys) >= MOST_FROM_ANYBODY
    return spent or len(others) >= MOST_A_DAY


def in_reach(moment: datetime, *, now: datetime) -> datetime:
    """Return when something is due, or now where that was put so far ahead that the clock was wrong."""
    return moment if moment <= now + FURTHEST else now


def rest(failures: int) -> timedelta:
    """Return how long an address is left in peace after so many failures in a row, at least one."""
    return min(FIRST_REST * (1 << min(failures - 1, 16)), LONGEST_REST)
