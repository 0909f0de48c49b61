"""How often a caller comes.

Rules here: every table is bounded. The clock is the monotonic one of the event loop, given as an argument.
"""

from typing import Final

_ADDRESSES_REMEMBERED: Final = 10_000  # buckets; some 2 MB, and a full bucket is forgotten first


class Buckets:
    """A token bucket per caller: `per_second` in the long run, `burst` at once, in bounded memory."""

    def __init__(self, *, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = float(burst)
        self._buckets: dict[str, tuple[float, float]] = {}

    def take(self, caller: str, now: float) -> float:
        """Take one token; return 0.0, or the seconds until there will be one."""
        tokens, since = self._buckets.get(caller, (self._burst, now))
        tokens = min(self._burst, tokens + (now - since) * self._per_second)
        if tokens < 1.0:
            return (1.0 - tokens) / self._per_second
        if caller not in self._buckets and len(self._buckets) >= _ADDRESSES_REMEMBERED:
            self._forget(now)
        self._buckets[caller] = (tokens - 1.0, now)
        return 0.0

    def _forget(self, now: float) -> None:
        """Drop the buckets that are full again; if none is, the half that was used longest ago."""
        kept = {
            caller: (tokens, since)
            for caller, (tokens, since) in self._buckets.items()
            if tokens + (now - since) * self._per_second < self._burst
        }
        if len(kept) >= _ADDRESSES_REMEMBERED:
            latest = sorted(kept.items(), key=lambda item: item[1][1])[len(kept) // 2 :]
            kept = dict(latest)
        self._buckets = kept
