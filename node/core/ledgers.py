"""Ledgers: by when a business has to erase what it read under a grant.

Rules that hold here:

- What may be kept is kept for as long as the permissions say that store it, and never beyond the grant. Each
  ends with its days or at its own moment, whichever is first; one whose moment has come lets nothing be kept.
- With the end of a grant goes what was read under it. Only where it was read as often as may be is there
  time left, as much as the agreement gives to delete, and never more than there was.
- What may be read and not stored is shown once, and not kept.
"""

from datetime import datetime, timedelta
from typing import Final

from protocol.grants import Grant
from protocol.policies import DataPolicy, DutyKind, Permission
from protocol.registries import STORE, actions, fields

DELETION_DAYS: Final = 30
"""Within how many days is deleted where an agreement does not say."""


def is_stored(grant: Grant, field: str, at: datetime) -> bool:
    """Tell whether a field (IRI) that is read under a grant may be kept at all at a moment."""
    return bool(_storing(grant, field, at))


def purge_due(grant: Grant, field: str, obtained_at: datetime) -> datetime | None:
    """Return by when a field that was read at a moment has to go; None while only other ends bound it."""
    known: list[datetime] = []
    for limits in (each.limits for each in _storing(grant, field, obtained_at)):
        counted = None if limits.days is None else later(obtained_at, limits.days)
        ends_at = earlier(counted, limits.until)
        if ends_at is None:
            return grant.ends_at
        known.append(ends_at)
    return earlier(max(known, default=obtained_at), grant.ends_at)


def due_after_last(policy: DataPolicy, due: datetime | None, now: datetime) -> datetime:
    """Return by when something has to go after the last reading that there may be."""
    days = next((duty.days for duty in policy.duties if duty.kind is DutyKind.DELETE), DELETION_DAYS)
    left = later(now, days)
    return left if due is None else min(due, left)


def later(moment: datetime, days: int) -> datetime:
    """Return so many days later, or the end of time."""
    try:
        return moment + timedelta(days=days)
    except OverflowError:
        return datetime.max.replace(tzinfo=moment.tzinfo, microsecond=0)


def earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    """Return the earlier of two moments, each of which may not be there."""
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _storing(grant: Grant, field: str, at: datetime) -> list[Permission]:
    wanted, stores = fields().words[field], actions().words[STORE]
    return [
        each
        for each in grant.permissions
        if each.actions & stores
        and each.fields & wanted
        and (each.limits.until is None or at < each.limits.until)
    ]
