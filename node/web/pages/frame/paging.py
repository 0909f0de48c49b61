"""Paging: of a long order a page shows some, and leads to those before and behind.

Rules here: an order that is made anew each time is counted off from its beginning, in whole pages; what
stands in the address and is no such number counts as none.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from node.web.pages.frame.page import PageCall

A_PAGE: Final = 25
_LONGEST: Final = 4  # digits: no longer order is shown


class Part(NamedTuple):
    """A page of an order: the numbers of its first and last one."""

    first: int
    last: int


def behind_of(call: PageCall) -> int:
    """Return how many of an order are passed over, by what stands in the address."""
    text = call.asked("behind")
    known = text.isascii() and text.isdigit() and len(text) <= _LONGEST
    return int(text) // A_PAGE * A_PAGE if known else 0


def parts(count: int, behind: int) -> Sequence[Part]:
    """Return the pages before and behind the one that is shown, of an order of so many."""
    firsts = [first for first in (behind - A_PAGE, behind + A_PAGE) if 0 <= first < count]
    return [Part(first + 1, min(first + A_PAGE, count)) for first in firsts]
