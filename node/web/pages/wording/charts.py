"""Charts: where things stand in a drawing, worked out from amounts; the template draws it.

Rules here: a drawing is 358 units wide, as a telephone is, and grows no wider than 28rem; places have one
decimal; discs that would touch are stacked upwards, so that each can be read; what is not to be drawn to
scale, as an offer without a total, is not drawn. The template gives the figure its sentence and a table.
"""

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from node.core.standings import Judgement
from node.services.negotiations.showing import OfferCompared
from protocol.values import dataclass

LEFT: Final = 14.0
RIGHT: Final = 344.0
LEVEL: Final = 24.0
"""How much higher a stacked disc stands."""
_ROOM: Final = 22.0  # closer than this, two discs touch
_BASE: Final = 50.0
_FEW_TICKS: Final = 4
_STEPS: Final = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


@dataclass(frozen=True, slots=True)
class Disc:
    """One offer on the axis: its number, whether it misses a must, and where its middle is."""

    number: int
    misses: bool
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class AxisTick:
    """One mark of the axis; `is_named` says that its amount is written below it."""

    amount: Decimal
    x: float
    is_named: bool


@dataclass(frozen=True, slots=True)
class Drawing:
    """Totals on one axis, and where the owner's limit is, None where it is off the axis or there is none."""

    discs: tuple[Disc, ...]
    ticks: tuple[AxisTick, ...]
    limit: float | None
    lift: float
    """How much higher the drawing is for what is stacked."""


def spread(totals: Sequence[tuple[int, Decimal, bool]], limit: Decimal | None = None) -> Drawing | None:
    """Return a drawing of totals (number, amount, whether it misses a must); None if there is none."""
    if not totals:
        return None
    amounts = [amount for _, amount, _ in totals] + ([] if limit is None else [limit])
    ticks = _ticks(min(amounts), max(amounts))
    low, high = ticks[0], ticks[-1]

    def place(amount: Decimal) -> float:
        return round(LEFT + float((amount - low) / (high - low)) * (RIGHT - LEFT), 1)

    discs: list[Disc] = []
    for number, amount, misses in sorted(totals, key=lambda total: (total[1], total[0])):
        x = min(max(place(amount), LEFT + _ROOM / 2), RIGHT - _ROOM / 2)
        taken = {disc.y for disc in discs if abs(disc.x - x) < _ROOM}
        y = next(y for level in range(len(totals)) if (y := _BASE - level * LEVEL) not in taken)
        discs.append(Disc(number, misses, x, y))
    named = {0, len(ticks) - 1} | set(range(0, len(ticks) - 1, 1 if len(ticks) <= _FEW_TICKS else 2))
    return Drawing(
        discs=tuple(discs),
        ticks=tuple(AxisTick(tick, place(tick), number in named) for number, tick in enumerate(ticks)),
        limit=None if limit is None else place(limit),
        lift=_BASE - min(disc.y for disc in discs),
    )


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Return round amounts from below `low` to above `high`, some four to eight of them."""
    span = max(high - low, abs(high) / 10, Decimal(1))
    power = Decimal(10) ** (span / 5).adjusted()
    step = next(step for factor in _STEPS if (step := factor * power) * 5 >= span)
    first = (low / step).to_integral_value(ROUND_FLOOR)
    last = (high / step).to_integral_value(ROUND_CEILING)
    count = int(last - first)
    return [(first + number) * step for number in range(max(count, 1) + 1)]


def of_offers(offers: Sequence[OfferCompared], limit: str | None) -> Drawing | None:
    """Return the drawing of compared offers, of those that have a total; `limit` is the owner's, if any."""
    totals = [
        (offer["rank"], Decimal(offer["total"]), offer["judgement"] == Judgement.MISSES)
        for offer in offers
        if offer["total"] is not None
    ]
    return spread(totals, None if limit is None else Decimal(limit))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: where its left edge and its top are, how high it is, and where its amount is written."""

    x: float
    y: float
    height: float
    middle: float


BAR_WIDTH: Final = 34.0
FLOOR: Final = 128.0
"""Where bars stand."""
_TALLEST: Final = 104.0
_SLIVER: Final = 2.0  # of what is little beside much, something is seen


def bars(amounts: Sequence[Decimal]) -> tuple[Bar, ...]:
    """Return bars from nought up, side by side over the width of a drawing; none below nought."""
    most = max(amounts, default=Decimal(0)) or Decimal(1)
    room = (RIGHT - LEFT) / max(len(amounts), 1)
    drawn = []
    for number, amount in enumerate(amounts):
        height = max(round(float(amount / most) * _TALLEST, 1), _SLIVER if amount else 0.0)
        x = round(LEFT + number * room + (room - BAR_WIDTH) / 2, 1)
        drawn.append(Bar(x, round(FLOOR - height, 1), height, round(x + BAR_WIDTH / 2, 1)))
    return tuple(drawn)
