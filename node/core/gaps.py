"""Gaps: what an offer misses or leaves unsaid, as its customer would notice.

Rules that hold here:

- A gap is no mistake: the offer may be made all the same.
- What is said here goes to whoever makes the offer, and is part of nothing that is sent.
"""

from collections.abc import Iterator
from enum import StrEnum

from node.core.comparison import differences
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.specifications import Fit, Necessity, find
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME


class GapKind(StrEnum):
    """What an offer misses or leaves unsaid."""

    MUST_MISSED = "must-missed"  # a point that must be met is not
    POINT_OPEN = "point-open"  # nothing is said about a point
    LATE = "late"  # it begins after the time in which it is needed
    NO_DAY = "no-day"  # it is needed by a day, and nothing says when it comes
    OPEN_TOTAL = "open-total"  # nobody can know what it costs in all


@dataclass(frozen=True, slots=True)
class Gap:
    """One of them; `property` is the point that it is about, if it is about one."""

    kind: GapKind
    property: str = ""


def gaps(wish: Intention, draft: Draft) -> list[Gap]:
    """Return what an offer on these terms would miss or leave unsaid."""
    return [*_points(wish, draft), *_times(wish, draft), *_prices(draft)]


def _points(wish: Intention, draft: Draft) -> Iterator[Gap]:
    for difference in differences(wish, draft):
        name = difference.wanted.property
        if difference.fit is Fit.UNKNOWN:
            yield Gap(GapKind.POINT_OPEN, name)
        elif difference.fit is Fit.MISSED and difference.wanted.necessity is Necessity.MUST:
            yield Gap(GapKind.MUST_MISSED, name)


def _times(wish: Intention, draft: Draft) -> Iterator[Gap]:
    if wish.window_end is None:
        return
    if draft.starts_at is not None:
        if draft.starts_at > wish.window_end:
            yield Gap(GapKind.LATE)
    elif find(draft.properties, LEAD_TIME) is None:
        yield Gap(GapKind.NO_DAY)


def _prices(draft: Draft) -> Iterator[Gap]:
    if draft.price and draft.total is None:
        yield Gap(GapKind.OPEN_TOTAL)
