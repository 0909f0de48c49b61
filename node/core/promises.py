"""Promises: how much of its goods a shop's rule holds for whom, and for how long.

Rules that hold here:

- With whom there is an agreement the rule's own terms apply. Everybody else costs nothing to make: all such
  peers of one server together are promised a share of what is on the shelf, and one piece at least.
- What they are promised ends so long after the first offer, however often it is countered and made anew.
"""

from datetime import datetime

from node.core.matching import Rule
from protocol.decimals import PARTS


def may_promise(rule: Rule, *, shelf: int | None, wanted: int, held: int | None) -> bool:
    """Tell whether so much of an item can be promised to somebody unknown; all in millionths.

    `shelf` is what there is (None: it is not counted), `held` what is promised already to others like that of
    the same server (None: to more than anybody counts).
    """
    if shelf is None:
        return True
    return held is not None and held + wanted <= max(PARTS, shelf * rule.unknown_share_percent // 100)


def stands_until(rule: Rule, *, known: bool, opened_at: datetime, now: datetime) -> datetime | None:
    """Return until when an offer that is made now stands; None if there is no time left for it."""
    until = now + rule.offer_valid_for
    if not known:
        until = min(until, opened_at + rule.unknown_valid_for)
    return until if until > now else None
