"""What an offer misses or leaves unsaid, as its customer would notice."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from node.core.gaps import Gap, GapKind, gaps
from protocol.prices import PriceLine, PriceLineKind
from protocol.specifications import Necessity, Property, Specification
from protocol.times import Period
from protocol.vocabulary import LEAD_TIME
from tests.core.test_pipeline import NOW, WISH, draft

MONTHLY = PriceLine(
    kind=PriceLineKind.RECURRING, amount=Decimal(9), currency="EUR", label="", per=Period.MONTH
)
PLAIN = replace(WISH, specifications=())


def test_points_that_are_missed_or_open() -> None:
    assert gaps(WISH, draft("1.00")) == [
        Gap(GapKind.MUST_MISSED, "frame"),
        Gap(GapKind.POINT_OPEN, "brake"),
    ]
    nice = replace(WISH, specifications=(Specification("frame", necessity=Necessity.SHOULD, value="steel"),))
    assert gaps(nice, draft("1.00")) == []


def test_when_it_comes() -> None:
    by_now = replace(PLAIN, window_end=NOW)
    offered = draft("1.00")
    assert gaps(PLAIN, offered) == []
    assert gaps(by_now, offered) == [Gap(GapKind.NO_DAY)]
    assert gaps(by_now, replace(offered, starts_at=NOW + timedelta(days=1))) == [Gap(GapKind.LATE)]
    assert gaps(by_now, replace(offered, starts_at=NOW)) == []
    soon = replace(offered, properties=(Property(LEAD_TIME, "3", "d"),))
    assert gaps(by_now, soon) == []


def test_what_it_costs() -> None:
    endless = replace(draft("1.00"), price=(MONTHLY,), notice="P1M")
    assert gaps(PLAIN, endless) == [Gap(GapKind.OPEN_TOTAL)]
    assert gaps(PLAIN, replace(endless, price=())) == []
