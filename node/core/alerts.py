"""Alerts: what the owner of an agreement must know about it now, so that there is time to act.

Rules that hold here:

- They follow from the signed terms, the dates, and whether either side has said that it was done.
- A price rises where what was taken off each time ends before what is charged: nothing else in signed terms
  can make it. It is told a month before the last day on which notice still avoids it, if there is such a day,
  else a month before.
- A last day for notice, and an end where none can be given, are told when the owner is reminded of them.
- What was to be done by a day and was confirmed by nobody is told from the day after, for three months: after
  that nobody is waiting.

Sources: the price lines and the notice of docs/protocol.md.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from node.core.drafts import view_time
from node.core.obligations import Obligation
from node.core.reminders import DATE_AHEAD, last_day, last_day_before, reminded_at
from protocol.agreements import over_at
from protocol.charges import each, times_due
from protocol.drafts import Role
from protocol.errors import ProtocolError
from protocol.offers import Draft
from protocol.prices import FORMS, PriceLine, amount_string
from protocol.specifications import find
from protocol.times import Period, step
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME

RISE_AHEAD: Final = timedelta(days=30)
LATE_AFTER: Final = timedelta(days=1)  # who hands over in the evening says so the next morning
LATE_FOR: Final = timedelta(days=90)
_DAYS: Final = frozenset({"d", "day", "days"})
_MOST_DAYS: Final = 3_650  # of a delivery; more is a number that means something else


class AlertKind(StrEnum):
    """What has to be known."""

    LATE = "late"
    RISES = "rises"
    NOTICE = "notice"
    ENDS = "ends"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One thing to know: when it is, or was to be; until when notice avoids it, if that is so.

    `before` and `after` are what is charged `per` period until then and from then on, where a price rises.
    """

    kind: AlertKind
    at: datetime
    act_by: datetime | None = None
    per: Period | None = None
    before: Decimal | None = None
    after: Decimal | None = None


def alerts(obligation: Obligation, *, is_confirmed: bool, now: datetime) -> list[Alert]:
    """Return what has to be known of an agreement now, the soonest first."""
    if obligation.state not in ("concluded", "ending"):
        return []
    late = [] if is_confirmed else [*_late(obligation, now)]
    return sorted(
        [*late, *_rises(obligation, now), *_over(obligation, now)], key=lambda alert: (alert.at, alert.kind)
    )


# --- what was to be done ------------------------------------------------------------------------------------


def _late(obligation: Obligation, now: datetime) -> Iterator[Alert]:
    due = promised_by(obligation.agreement.draft, since=obligation.since)
    if due is not None and now - LATE_FOR < due <= now - LATE_AFTER:
        yield Alert(kind=AlertKind.LATE, at=due)


def promised_by(draft: Draft, *, since: datetime) -> datetime | None:
    """Return by when what is done once was to be done: so many days after the acceptance, or at its start.

    None for what goes on, which is done every day, and where the terms do not say.
    """
    if any(line.per is not None for line in draft.price):
        return None
    lead = find(draft.properties, LEAD_TIME)
    if lead is None or lead.unit not in _DAYS or not (lead.value.isascii() and lead.value.isdigit()):
        return draft.starts_at
    days = int(lead.value) if len(lead.value) <= 4 else _MOST_DAYS + 1
    return since + timedelta(days=days) if days <= _MOST_DAYS else draft.starts_at


# --- what will cost more ------------------------------------------------------------------------------------


def _rises(obligation: Obligation, now: datetime) -> Iterator[Alert]:
    """Yield the next rise of each period's price, to who pays, if it is near."""
    if obligation.role is not Role.CUSTOMER:
        return
    draft = obligation.agreement.draft
    ends_at = over_at(draft, obligation.leaves_at)
    for per in sorted({line.per for line in draft.price if line.per is not None}):
        lines = [(line, _end_of(line, draft, obligation.since)) for line in draft.price if line.per is per]
        ends = sorted({end for line, end in lines if end is not None and FORMS[line.kind].takes_off})
        coming = (end for end in ends if end > now and (ends_at is None or end < ends_at))
        for end in coming:
            before = _sum(line for line, until in lines if until is None or until >= end)
            after = _sum(line for line, until in lines if until is None or until > end)
            if after > before:
                yield from _near(obligation, end, per, before, after, now=now)
                break


def _end_of(line: PriceLine, draft: Draft, since: datetime) -> datetime | None:
    """Return from when a line that recurs is charged no more; None if it runs until the agreement ends."""
    times = times_due(line, draft.span)
    if times is None or line.per is None or (line.count is None and line.until is None):
        return None
    try:
        return step(draft.starts_at or since, line.per, times)
    except ProtocolError:  # after the year 9999
        return None


def _sum(lines: Iterator[PriceLine]) -> Decimal:
    return max(sum((each(line) for line in lines), start=Decimal(0)), Decimal(0))


def _near(
    obligation: Obligation, at: datetime, per: Period, before: Decimal, after: Decimal, *, now: datetime
) -> Iterator[Alert]:
    notice = obligation.agreement.draft.notice
    act_by = last_day_before(at, notice) if notice is not None and obligation.state == "concluded" else None
    avoids = act_by if act_by is not None and act_by > now else None
    if (act_by or at) - RISE_AHEAD <= now:
        yield Alert(kind=AlertKind.RISES, at=at, act_by=avoids, per=per, before=before, after=after)


# --- what ends ----------------------------------------------------------------------------------------------


def _over(obligation: Obligation, now: datetime) -> Iterator[Alert]:
    """Yield the last day for notice, or the end where none can be given, while there is a reminder of it."""
    ends_at = obligation.agreement.draft.ends_at
    day = last_day(obligation.agreement)
    if obligation.state != "concluded" or ends_at is None or day is None:
        return
    told = reminded_at(day, since=obligation.since, ahead=DATE_AHEAD)
    if told is None or not told <= now < day:
        return
    if day < ends_at:
        yield Alert(kind=AlertKind.NOTICE, at=ends_at, act_by=day)
    else:
        yield Alert(kind=AlertKind.ENDS, at=ends_at)


def view_alert(alert: Alert, *, currency: str) -> dict[str, Any]:
    """Show an alert as the owner's programs read it."""
    amounts = {"before": alert.before, "after": alert.after}
    return {
        "kind": alert.kind,
        "at": view_time(alert.at),
        "act_by": view_time(alert.act_by),
        "per": alert.per,
        **{
            name: None if amount is None else amount_string(amount, currency=currency)
            for name, amount in amounts.items()
        },
    }
