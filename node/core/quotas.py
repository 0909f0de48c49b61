"""Quotas: how much of what a peer sends is kept, so that nobody fills the disk by being polite.

Rules that hold here:

- What is counted is what stays: the bytes that taking an activity adds to the journal, ours in answer to it
  too. An entry weighs at least `LEAST_BYTES`, so a number of bytes bounds the number of entries as well.
- What was counted drains evenly over `PERIOD`. As long as there is any room an activity is taken whole.
- Whom nobody here has answered has little, and shares it with its origin and with all other strangers, since
  actors cost nothing to make. With whom there is an agreement has much, and shares a sum of its own kind with
  the others of its origin that have one: a rule concludes with actors that cost nothing either.

Source: decision 42.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from node.core import codes
from node.core.entries import Entry
from protocol.canonical import write_plain
from protocol.errors import Limited
from protocol.values import dataclass

PERIOD: Final = timedelta(days=30)
"""The time in which a whole allowance drains."""

LEAST_BYTES: Final = 2_048
"""What an entry costs in rows and indexes beside its bytes, rounded up: measured with the smallest."""

RECEIPT_BYTES: Final = 256
"""What an activity costs that changes nothing here: its receipt."""

_SOONEST: Final = timedelta(minutes=1)
_LATEST: Final = timedelta(days=1)  # the owner may answer, or raise the limit, long before it has drained


class Acquaintance(StrEnum):
    """What there is between us and a peer."""

    STRANGER = "stranger"
    ANSWERED = "answered"
    PARTNER = "partner"


class Extent(StrEnum):
    """Whose allowance it is: the peer's own, that of its origin, of partners there, or of all strangers."""

    PEER = "peer"
    ORIGIN = "origin"
    PARTNERS = "partners"
    STRANGERS = "strangers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Quotas:
    """Allowances in bytes for each `PERIOD`: of one peer as we know it, of one origin, of all strangers.

    `partners` is that of all partners at one origin, `origin` that of all others there.
    """

    stranger: int
    answered: int
    partner: int
    origin: int
    partners: int
    strangers: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """An allowance that an activity counts against; `who` is the peer's id, its origin, or empty."""

    scope: Extent
    who: str
    allowance: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """What counted against a share when it was last looked at, in bytes; and when the owner was told."""

    bytes: float
    at: datetime
    told_at: datetime | None = None


class QuotaSpent(Limited):
    """Nothing more of a peer is kept for now, because this share of it is used up."""

    def __init__(self, share: Share, *, retry_seconds: int) -> None:
        super().__init__(codes.QUOTA_SPENT, _SENTENCES[share.scope], retry_seconds=retry_seconds)
        self.share = share


_SENTENCES: Final[Mapping[Extent, str]] = {
    Extent.PEER: "This node keeps no more of what you send for now. Try again later.",
    Extent.ORIGIN: "This node keeps no more of what your server sends for now. Try again later.",
    Extent.PARTNERS: "This node keeps no more of what it gets from your server for now. Try again later.",
    Extent.STRANGERS: "This node takes nothing more from newcomers for now. Try again later.",
}


def shares(known: Acquaintance, quotas: Quotas, *, peer: str, origin: str) -> tuple[Share, ...]:
    """Return the allowances that what a peer (its id) at an origin sends counts against."""
    if known is Acquaintance.PARTNER:
        return (
            Share(scope=Extent.PEER, who=peer, allowance=quotas.partner),
            Share(scope=Extent.PARTNERS, who=origin, allowance=quotas.partners),
        )
    of_origin = Share(scope=Extent.ORIGIN, who=origin, allowance=quotas.origin)
    if known is Acquaintance.ANSWERED:
        return (Share(scope=Extent.PEER, who=peer, allowance=quotas.answered), of_origin)
    return (
        Share(scope=Extent.PEER, who=peer, allowance=quotas.stranger),
        of_origin,
        Share(scope=Extent.STRANGERS, who="", allowance=quotas.strangers),
    )


def weigh(entry: Entry) -> int:
    """Return what an entry weighs in bytes: its body and its decision, and no less than `LEAST_BYTES`."""
    return max(LEAST_BYTES, len(entry.body) + len(write_plain(dict(entry.decision))))


def drained(share: Share, use: Use, *, now: datetime) -> float:
    """Return the bytes that still count against a share; a clock that was set back drains nothing."""
    passed = max(timedelta(0), now - use.at) / PERIOD
    return max(0.0, use.bytes - share.allowance * passed)


def check_room(wanted: Sequence[Share], uses: Mapping[Extent, Use], *, now: datetime) -> None:
    """Check that there is room in each of these shares; one of whose extent is no use has not been touched.

    Raises:
        QuotaSpent: `quota-spent`, of the first share that has none.
    """
    for share in wanted:
        use = uses.get(share.scope)
        over = 0.0 if use is None else drained(share, use, now=now) - share.allowance
        if use is not None and over >= 0:
            raise QuotaSpent(share, retry_seconds=_wait(share, over))


def charge(share: Share, use: Use | None, weight: int, *, now: datetime) -> Use:
    """Return the use of a share after so many bytes more were kept."""
    if use is None:
        return Use(bytes=float(weight), at=now)
    return Use(bytes=drained(share, use, now=now) + weight, at=now, told_at=use.told_at)


def is_told(use: Use, *, now: datetime) -> bool:
    """Tell whether the owner knows already that a share is used up: it is said once in each period."""
    return use.told_at is not None and now - use.told_at < PERIOD


def _wait(share: Share, over: float) -> int:
    until = PERIOD * min(1.0, over / share.allowance)
    return int(min(_LATEST, max(_SOONEST, until)) / timedelta(seconds=1))
