"""What a request brings: how large it may be, how slow, of which type, and all of them together.

Rules here: a body is judged by what has arrived of it, not by what it announces; it is read as it was sent,
because a digest covers that.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Final

from aiohttp import web

from node.web.edge.problems import Refusal, unavailable
from protocol.vocabulary import ACTIVITY_JSON, ACTIVITYSTREAMS_CONTEXT, LD_JSON


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
