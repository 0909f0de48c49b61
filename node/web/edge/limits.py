"""What a request may cost before anyone reads it: where it goes, how often, how large, how slow.

Rules here: everything is decided from the head of the request and from counters in memory; a forwarded
address is believed only from a trusted proxy, and only its right-most hop that is not one; every table is
bounded. The clock is the monotonic one of the event loop, given as an argument.
"""

import asyncio
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from aiohttp import web

from node.web.edge.problems import Refusal, unavailable
from protocol.vocabulary import ACTIVITY_JSON, ACTIVITYSTREAMS_CONTEXT, LD_JSON

Network: TypeAlias = IPv4Network | IPv6Network

# Every path of ours is made of these segments. Anything else (an escape, an empty or dotted segment, a
# parameter) is another spelling, and two spellings of one address are how checks get walked around.
_CANONICAL_PATH: Final = re.compile(r"/?|(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")

_ADDRESSES_REMEMBERED: Final = 10_000  # buckets; some 2 MB, and a full bucket is forgotten first
_FORWARDED_HOPS: Final = 20  # more proxies than any real chain


def allowed_hosts(origin: str, port: int) -> frozenset[str]:
    """Return the values of Host this node answers to: its public authority, and itself by loopback.

    A page of a stranger can make a browser connect to us under the stranger's name (DNS rebinding); it
    cannot make the browser send another Host.
    """
    public = urlsplit(origin)
    default = 443 if public.scheme == "https" else 80
    names = {public.netloc}
    if public.port in {None, default}:
        names.add(f"{public.netloc.removesuffix(f':{default}')}:{default}")
    loopback = {f"{name}:{port}" for name in ("localhost", "127.0.0.1", "[::1]")}
    return frozenset(names | loopback)


def check_target(request: web.Request, *, origin: str, hosts: frozenset[str], private: bool) -> None:
    """Check that the request is addressed to this node by its one spelling.

    `private` says that it came over the owner's socket, where Host means nothing.

    Raises:
        Refusal: 421 another host (RFC 9110 §15.5.20), 404 another spelling of a path.
    """
    target = target_of(request, origin)
    if not private and request.headers.get("Host", "").lower() not in hosts:
        raise Refusal(421, "wrong-host", "This node is not the host that was asked.")
    if not _CANONICAL_PATH.fullmatch(target.partition("?")[0]):
        raise Refusal(404, "not-found", "There is nothing here for you.")


def target_of(request: web.Request, origin: str) -> str:
    """Return path and query as they were sent.

    A target in absolute form (RFC 9112 §3.2.2) names a host of its own, and that one counts.

    Raises:
        Refusal: 421, it names another host.
    """
    target = request.raw_path
    if target.startswith("/"):
        return target
    if target.lower().startswith(f"{origin}/"):
        return target[len(origin) :]
    raise Refusal(421, "wrong-host", "This node is not the host that was asked.")


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


class Budget:
    """All request bodies being received now, in bytes, under one limit."""

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0

    @contextmanager
    def hold(self) -> Iterator["Claim"]:
        """Give a claim that grows with a body and is returned whole when the body has been read."""
        claim = Claim(self)
        try:
            yield claim
        finally:
            self.held_bytes -= claim.claimed_bytes


class Claim:
    """The part of a budget that one body holds."""

    __slots__ = ("_budget", "claimed_bytes")

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.claimed_bytes = 0

    def grow_to(self, size_bytes: int) -> None:
        """Claim `size_bytes` in all.

        Raises:
            Refusal: 503, the budget has no room.
        """
        more = size_bytes - self.claimed_bytes
        if more <= 0:
            return
        if self._budget.held_bytes + more > self._budget.limit_bytes:
            raise unavailable("busy", "This node is receiving as much as it can hold.", retry_seconds=1)
        self._budget.held_bytes += more
        self.claimed_bytes = size_bytes


def check_size(request: web.Request, limit_bytes: int) -> None:
    """Refuse a body that announces itself as too large.

    Raises:
        Refusal: 413.
    """
    _check_length(request.content_length or 0, limit_bytes)


async def read_body(request: web.Request, *, limit_bytes: int, seconds: float, budget: Budget) -> bytes:
    """Read the whole body as it was sent, within the limit, the time and the budget.

    Raises:
        Refusal: 413 too large, 408 too slow, 415 compressed, 400 broken framing, 503 no room.
    """
    check_size(request, limit_bytes)
    if "Content-Encoding" in request.headers:
        # The digest covers what was sent, and a small body could become a large one.
        raise Refusal(415, "content-encoding", "Bodies must not be compressed.")
    with budget.hold() as claim:  # for what has arrived: who only announces holds up nobody (DO-02)
        try:
            if request.content.is_eof():  # all of it came with the head: no need for a timer
                body = request.content.read_nowait(-1)
                _check_length(len(body), limit_bytes)
                claim.grow_to(len(body))
                return body
            async with asyncio.timeout(seconds):
                return await _read_slowly(request, limit_bytes, claim)
        except TimeoutError:
            raise Refusal(408, "too-slow", "The body took too long to arrive.", close=True) from None
        except (web.RequestPayloadError, ConnectionError):
            raise Refusal(400, "broken-body", "The body is not framed as announced.", close=True) from None


async def _read_slowly(request: web.Request, limit_bytes: int, claim: Claim) -> bytes:
    body = bytearray()
    while chunk := await request.content.readany():
        body += chunk
        _check_length(len(body), limit_bytes)
        claim.grow_to(len(body))
    return bytes(body)


def _check_length(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise Refusal(413, "body-too-large", "The body is larger than this node reads.", close=True)


def check_media_type(request: web.Request) -> None:
    """Check that the body says it is ActivityStreams: activity+json, or JSON-LD with that profile.

    Raises:
        Refusal: 415 (ActivityPub §3.2, §7).
    """
    types = request.headers.getall("Content-Type", [])
    if len(types) != 1 or not is_activity_type(types[0]):
        raise Refusal(
            415,
            "media-type",
            "The body must be ActivityStreams.",
            hint=f"Send it as {ACTIVITY_JSON}.",
            headers={"Accept-Post": ACTIVITY_JSON},
        )


_PARAMETER: Final = re.compile(r"""[ \t]*;[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)=(?:"([^"\\]*)"|([^\s";,]+))""")


@lru_cache(maxsize=64)
def is_activity_type(content_type: str) -> bool:
    """Say whether a Content-Type is one of the two that ActivityPub knows."""
    essence, separator, rest = content_type.partition(";")
    parameters: dict[str, str] = {}
    text, position = separator + rest.rstrip(), 0
    while position < len(text):
        match = _PARAMETER.match(text, position)
        if not match or match[1].lower() in parameters:
            return False
        parameters[match[1].lower()] = match[2] if match[2] is not None else match[3]
        position = match.end()
    if parameters.get("charset", "utf-8").lower() != "utf-8":
        return False
    kind = essence.strip().lower()
    profiles = parameters.get("profile", "").split()
    return kind == ACTIVITY_JSON or (kind == LD_JSON and ACTIVITYSTREAMS_CONTEXT in profiles)
