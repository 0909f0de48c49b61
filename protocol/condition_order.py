"""Which of two sets of conditions is worse for the customer, member by member.

Rules that hold here:

- Whatever is not certainly as good is worse: a length that may be longer in some month, another country's
  law, another body that arbitrates, a fee in another currency.
- What has no effect is not compared: how long a renewal is matters where there is one.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from protocol.conditions import (
    Conditions,
    DisputeVenue,
    PriceChanges,
    PricePublication,
    Renewal,
    ReturnCosts,
    TermChanges,
)
from protocol.times import may_exceed, read_duration

# How much each word takes from the customer, by member and field; what is not here takes nothing.
_CHOSEN: Final[Mapping[str, tuple[str, Mapping[StrEnum, int]]]] = {
    "renewal": ("renewal", {Renewal.AUTOMATIC: 1}),
    "termChanges": ("term_changes", {TermChanges.NOTIFIED: 1, TermChanges.FREE: 2}),
    "priceChanges": ("price_changes", {PriceChanges.NOTIFIED: 1, PriceChanges.FREE: 2}),
    "returnCosts": ("return_costs", {ReturnCosts.CUSTOMER: 1}),
    "disputeVenue": ("dispute_venue", {DisputeVenue.ARBITRATION: 1}),
    "pricePublication": (
        "price_publication",
        {PricePublication.ANONYMOUS: 1, PricePublication.FORBIDDEN: 2},
    ),
}


def worsened(after: Conditions, before: Conditions, *, same_currency: bool) -> frozenset[str]:
    """Return the members, as on the wire, in which conditions are worse for the customer than others.

    `same_currency` tells whether the price, and so a fee for leaving, is in the same currency.
    """
    found = {member for member in _CHOSEN if _taken(after, member) > _taken(before, member)}
    is_dearer = after.cancellation_fee > (before.cancellation_fee if same_currency else 0)
    for member, is_worse in (
        ("withdrawalPeriod", after.withdrawal_days < before.withdrawal_days),
        ("returnPeriod", after.return_days < before.return_days),
        ("cancellationFee", is_dearer),
        ("disputeBody", after.dispute_body not in ("", before.dispute_body)),
        ("jurisdiction", after.jurisdiction not in ("", before.jurisdiction)),
        ("changeNotice", _is_told_later(after, before)),
        ("renewalPeriod", _is_longer(after.renewal_period, before.renewal_period)),
        ("renewalNotice", _is_longer(after.renewal_notice, before.renewal_notice)),
        ("renewalReminder", _is_reminded_later(after, before)),
    ):
        if is_worse:
            found.add(member)
    return frozenset(found)


def _taken(conditions: Conditions, member: str) -> int:
    field, weights = _CHOSEN[member]
    return weights.get(getattr(conditions, field), 0)


def _is_longer(after: str | None, before: str | None) -> bool:
    if after is None or before is None:
        return False  # then one of them does not renew by itself, and `renewal` says so
    return may_exceed(read_duration(after), read_duration(before))


def _is_told_later(after: Conditions, before: Conditions) -> bool:
    """Tell whether the customer has less time before a change that both let the business make."""
    both_announce = all(
        TermChanges.NOTIFIED is each.term_changes or PriceChanges.NOTIFIED is each.price_changes
        for each in (after, before)
    )
    return both_announce and (after.change_notice_days or 0) < (before.change_notice_days or 0)


def _is_reminded_later(after: Conditions, before: Conditions) -> bool:
    both_renew = after.renewal is before.renewal is Renewal.AUTOMATIC
    told, was_told = after.reminder_days, before.reminder_days
    return both_renew and was_told is not None and (told is None or told < was_told)
