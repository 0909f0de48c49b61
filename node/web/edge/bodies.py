"""What a request brings: how large it may be, how slow, of which type, and all of them together.

Rules here: a body is judged by what has arrived of it, not by what it announces; it is read as it was sent,
because a digest covers that; what does not keep coming is not waited for.
"""

import asyncio
import re
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from aiohttp import web

from node.core import codes
from node.web.edge.callers import caller_of, network_of
from node.web.edge.problems import Refusal, unavailable
from protocol import codes as wire
from protocol.vocabulary import ACTIVITY_JSON, ACTIVITYSTREAMS_CONTEXT, LD_JSON

START_SECONDS: Final = 5.0  # a slow line has begun by then
SLOWEST_BYTES: Final = 1_024  # a second from then on: a tenth of what the slowest modems carried


class Budget:
    """All request bodies being received now, in bytes, under one limit.

    When there is no room, the one who holds most gives way: a network (`callers.network_of`), and in it an
    address, loses its oldest body to whoever holds less. So nobody is shut out by who sends slowly, however
    much of it, and whoever is alone may use all there is. The owner's socket is not counted.
    """

    def __init__(self, limit_bytes: int) -> None:
        self.limit_bytes = limit_bytes
        self.held_bytes = 0
        self._shares: dict[BudgetShare, None] = {}  # the oldest first

    @contextmanager
    def hold(self, address: str) -> Iterator["BudgetShare"]:
        """Give a share that grows with a body from an address, and is returned whole once it was read."""
        share = BudgetShare(self, address)
        self._shares[share] = None
        try:
            yield share
        finally:
            self.release(share)

    def release(self, share: "BudgetShare") -> None:
        """Take back what a share holds, if it holds anything still."""
        if share in self._shares:
            del self._shares[share]
            self.held_bytes -= share.held_bytes

    def make_room(self, share: "BudgetShare", more_bytes: int) -> bool:
        """Have others give way until there is room for more of a share; tell whether there is."""
        while self.held_bytes + more_bytes > self.limit_bytes:
            other = self._crowd(share, more_bytes)
            if other is None:
                return False
            other.give_way()
        return True

    def _crowd(self, share: "BudgetShare", more_bytes: int) -> "BudgetShare | None":
        """Return the oldest body of who holds most, if that is more than this share's sender would hold.

        First the networks are compared, then the addresses in the one that holds most.
        """
        networks = Counter[str]()
        for one in self._shares:
            networks[one.network] += one.held_bytes
        largest = max(networks, key=networks.__getitem__)
        if networks[largest] <= networks[share.network] + more_bytes:
            largest = share.network
        callers = Counter[str]()
        for one in self._shares:
            if one.network == largest:
                callers[one.caller] += one.held_bytes
        most = max(callers, key=callers.__getitem__)
        if largest == share.network and callers[most] <= callers[share.caller] + more_bytes:
            return None
        return next(one for one in self._shares if one.caller == most and one.held_bytes)


class BudgetShare:
    """The part of a budget that one body holds; `gone` once it had to give way."""

    __slots__ = ("_budget", "_gone", "caller", "gone", "held_bytes", "network")

    def __init__(self, budget: Budget, address: str) -> None:
        self._budget = budget
        self._gone: Callable[[], object] = lambda: None
        self.caller, self.network = caller_of(address), network_of(address)
        self.held_bytes = 0
        self.gone = False

    def grow_to(self, size_bytes: int) -> None:
        """Hold `size_bytes` in all.

        Raises:
            Refusal: 503, the budget has no room.
        """
        more = size_bytes - self.held_bytes
        if more <= 0 or not self.caller:
            return
        if not self._budget.make_room(self, more):
            raise _busy()
        self._budget.held_bytes += more
        self.held_bytes = size_bytes

    def when_gone(self, callback: Callable[[], object]) -> None:
        """Call `callback` when the share has to give way."""
        self._gone = callback

    def give_way(self) -> None:
        """Let go of everything at once, for somebody who holds less."""
        self.gone = True
        self._budget.release(self)
        self._gone()


def _busy() -> Refusal:
    refusal = unavailable(codes.BUSY, retry_seconds=1)
    refusal.close = True
    return refusal


def check_size(request: web.Request, limit_bytes: int) -> None:
    """Refuse a body that announces itself as too large.

    Raises:
        Refusal: 413.
    """
    _check_length(request.content_length or 0, limit_bytes)


async def read_body(
    request: web.Request, *, limit_bytes: int, seconds: float, budget: Budget, address: str
) -> bytes:
    """Read the whole body as it was sent, within the limit, the time and the budget of its sender's address.

    Raises:
        Refusal: 413 too large, 408 too slow, 415 compressed, 400 broken framing, 503 no room.
    """
    check_size(request, limit_bytes)
    if "Content-Encoding" in request.headers:
        # The digest covers what was sent, and a small body could become a large one.
        raise Refusal(415, codes.CONTENT_ENCODING)
    with budget.hold(address) as share:  # for what has arrived: who only announces holds up nobody (DO-02)
        try:
            if request.content.is_eof():  # all of it came with the head: no need for a timer
                body = request.content.read_nowait(-1)
                _check_length(len(body), limit_bytes)
                share.grow_to(len(body))
                return body
            return await _read_slowly(request, limit_bytes, share, seconds=seconds)
        except TimeoutError:
            if share.gone:
                raise _busy() from None
            raise Refusal(408, codes.TOO_SLOW, close=True) from None
        except (web.RequestPayloadError, ConnectionError):
            raise Refusal(400, codes.BROKEN_BODY, close=True) from None


async def _read_slowly(
    request: web.Request, limit_bytes: int, share: BudgetShare, *, seconds: float
) -> bytes:
    """Read what comes, as long as it keeps coming.

    Raises: TimeoutError: it took too long in all, fell behind `SLOWEST_BYTES` a second, or had to give way.
    """
    now = asyncio.get_running_loop().time
    began, body = now(), bytearray()
    async with asyncio.timeout_at(began + min(seconds, START_SECONDS)) as patience:
        share.when_gone(lambda: patience.reschedule(now()))
        while chunk := await request.content.readany():
            body += chunk
            _check_length(len(body), limit_bytes)
            share.grow_to(len(body))
            patience.reschedule(began + min(seconds, START_SECONDS + len(body) / SLOWEST_BYTES))
    return bytes(body)


def _check_length(size_bytes: int, limit_bytes: int) -> None:
    if size_bytes > limit_bytes:
        raise Refusal(413, wire.BODY_TOO_LARGE, close=True)


def check_media_type(request: web.Request) -> None:
    """Check that the body says it is ActivityStreams: activity+json, or JSON-LD with no other profile.

    Raises:
        Refusal: 415 (ActivityPub §3.2, §7).
    """
    types = request.headers.getall("Content-Type", [])
    if len(types) != 1 or not is_activity_type(types[0]):
        raise Refusal(
            415,
            codes.MEDIA_TYPE,
            "The body must be ActivityStreams.",
            hint=f"Send it as {ACTIVITY_JSON}.",
            headers={"Accept-Post": ACTIVITY_JSON},
        )


_PARAMETER: Final = re.compile(r"""[ \t]*;[ \t]*([A-Za-z0-9!#$%&'*+.^_`|~-]+)=(?:"([^"\\]*)"|([^\s";,]+))""")


@lru_cache(maxsize=64)
def is_activity_type(content_type: str) -> bool:
    """Say whether a Content-Type is one of the two that ActivityPub knows, or JSON-LD without a profile.

    Whose the body is, its signature shows, and what it says, its context; a profile adds nothing. One that is
    named, though, says what the body is.
    """
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
    profiles = parameters.get("profile", ACTIVITYSTREAMS_CONTEXT).split()
    return kind == ACTIVITY_JSON or (kind == LD_JSON and ACTIVITYSTREAMS_CONTEXT in profiles)
