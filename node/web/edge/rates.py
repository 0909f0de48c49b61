"""How often a caller comes, and who counts as one caller.

Rules here: a forwarded address is believed only from a trusted proxy, and only its right-most hop that is not
one; every table is bounded. The clock is the monotonic one of the event loop, given as an argument.
"""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeAlias

Network: TypeAlias = IPv4Network | IPv6Network

_ADDRESSES_REMEMBERED: Final = 10_000  # buckets; some 2 MB, and a full bucket is forgotten first
_FORWARDED_HOPS: Final = 20  # more proxies than any real chain


def client_address(peer: str, forwarded: Sequence[str], trusted: Sequence[Network]) -> str:
    """Return the address a request came from.

    `peer` is the address of the connection, `forwarded` the X-Forwarded-For headers in order. They are read
    from the right, as far as trusted proxies wrote them; the first hop that is not trusted is the client.
    """
    if not trusted or not is_within(peer, trusted):
        return peer
    hops = [hop.strip() for header in forwarded for hop in header.split(",")][-_FORWARDED_HOPS:]
    for hop in reversed(hops):
        if not _is_address(hop):
            break
        peer = hop
        if not is_within(hop, trusted):
            break
    return peer


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def is_within(address: str, networks: Sequence[Network]) -> bool:
    """Say whether `address` is one of these networks' addresses."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)


@lru_cache(maxsize=4_096)
def caller_of(address: str) -> str:
    """Return what one caller is counted as: an IPv4 address, or the /64 that one IPv6 customer gets."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    if parsed.version == 4:
        return address
    if parsed.ipv4_mapped is not None:
        return str(parsed.ipv4_mapped)
    return str(IPv6Network((int(parsed) >> 64 << 64, 64)))


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
