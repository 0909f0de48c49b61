"""What was too much and answered with 429: summed up, because a line for each would be a flood of its own.

Rules here: a line a minute at most, and none where nothing was turned away; the table of networks is bounded.
"""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog

from node.core.entries import render_instant

SUMMED_SECONDS: Final = 60.0
_NETWORKS: Final = 1_000  # that are told apart within a minute
_NAMED: Final = 5

log = structlog.get_logger(__name__)


class Floods:
    """The requests that one node turned away; used from one event loop."""

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._total = 0
        self._last_at: datetime | None = None
        self._most: Sequence[str] = ()
        self._networks: Counter[str] = Counter()
        self._why: Counter[str] = Counter()
        self._timer: asyncio.TimerHandle | None = None

    def note(self, network: str, code: str) -> None:
        """Count a request that was turned away; the minute that begins with the first is told at its end."""
        self._total += 1
        self._last_at = self._clock()
        self._why[code] += 1
        if network in self._networks or len(self._networks) < _NETWORKS:
            self._networks[network] += 1
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(SUMMED_SECONDS, self.tell)

    def tell(self) -> None:
        """Log what has come since the last time, if anything has."""
        if self._timer is None:
            return
        self._timer.cancel()
        self._timer = None
        most = dict(self._networks.most_common(_NAMED))
        log.warning("turned away", requests=self._why.total(), why=dict(self._why), most=most)
        self._most = tuple(most)
        self._networks.clear()
        self._why.clear()

    def show(self) -> Mapping[str, Any]:
        """Show how many were turned away since the start, when the last was, and which networks did most."""
        now = [network for network, _ in self._networks.most_common(_NAMED)]
        return {
            "requests": self._total,
            "last_at": self._last_at and render_instant(self._last_at),
            "networks": now or list(self._most),
        }
