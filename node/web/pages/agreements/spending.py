"""Spending: what falls due month by month, and what is next, in words and bars.

Rules here: a month is one of the reader's, where they are; the present one is what is expected, since it is
not over. An amount is what the signed terms make fall due; what was paid in the end, nobody here knows.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final

from node.web.pages.wording import charts
from node.web.pages.wording.charts import Bar
from node.web.pages.wording.languages import READER
from protocol.values import dataclass

_MONTHS: Final = 6  # the present one among them
_AHEAD: Final = timedelta(days=62)
_NEXT: Final = 5


@dataclass(frozen=True, slots=True)
class Month:
    """What falls due in a month, by its first day; `bar` is how it is drawn, `now` that it is not over."""

    first: date
    amount: str
    bar: Bar
    now: bool

    @property
    def whole(self) -> str:
        """The amount without its cents, as it stands above its bar."""
        return f"{Decimal(self.amount):.0f}"


@dataclass(frozen=True, slots=True)
class Spending:
    """The last months in one currency, the oldest first, and the month of the most."""

    currency: str
    months: Sequence[Month]
    most: Month


def span() -> tuple[datetime, datetime]:
    """Return from when to when payments are looked at."""
    first = _firsts()[0]
    zone = READER.get().zone or UTC
    return datetime(first.year, first.month, 1, tzinfo=zone).astimezone(UTC), READER.get().now + _AHEAD


def _firsts() -> list[date]:
    """Return the first day of each month that is shown."""
    today = READER.get().now.astimezone(READER.get().zone or UTC).date()
    counted = [today.year * 12 + today.month - 1 - back for back in range(_MONTHS)]
    return [date(month // 12, month % 12 + 1, 1) for month in reversed(counted)]


def spending(payments: Sequence[Mapping[str, Any]]) -> list[Spending]:
    """Return what fell due month by month, for each currency in which something did."""
    firsts, zone = _firsts(), READER.get().zone or UTC
    sums: dict[str, dict[date, Decimal]] = {}
    for payment in payments:
        first = datetime.fromisoformat(payment["at"]).astimezone(zone).date().replace(day=1)
        if first in firsts:
            months = sums.setdefault(payment["currency"], dict.fromkeys(firsts, Decimal(0)))
            months[first] += Decimal(payment["amount"])
    return [_drawn(currency, months) for currency, months in sorted(sums.items())]


def _drawn(currency: str, sums: Mapping[date, Decimal]) -> Spending:
    drawn = charts.bars([*sums.values()])
    months = [
        Month(first, f"{amount:f}", bar, now=place == len(drawn) - 1)
        for place, ((first, amount), bar) in enumerate(zip(sums.items(), drawn, strict=True))
    ]
    return Spending(currency, months, max(months, key=lambda month: Decimal(month.amount)))


def ahead(payments: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Return what falls due next."""
    now = READER.get().now
    return [one for one in payments if datetime.fromisoformat(one["at"]) > now][:_NEXT]
