"""Naps: how a loop sleeps until something is due by the node's clock, or there is news.

Rules here: none is longer than a minute, so that a system time that is changed is noticed; none is so short
that a clock which cannot be satisfied takes a processor for itself.
"""

import asyncio
from contextlib import suppress
from datetime import datetime
from typing import Final

_LONGEST_SECONDS: Final = 60.0
_SHORTEST_SECONDS: Final = 0.05


async def sleep_until(due: datetime | None, wake: asyncio.Event, *, now: datetime) -> None:
    """Sleep until a moment or, if nothing is due, for a minute; being woken ends it sooner."""
    seconds = _LONGEST_SECONDS
    if due is not None:
        seconds = min(seconds, max(_SHORTEST_SECONDS, (due - now).total_seconds()))
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await wake.wait()
