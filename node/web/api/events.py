"""The event stream: the journal as it grows, for one caller who listens (server-sent events).

Rules here: an event's id is its position in the actor's journal, so a listener that was away goes on where
it stopped, and is told if the history is another by now; an event says what happened and to which thing,
never what anyone wrote; a listener holds one page of events in memory, and one that falls too far behind is
told so and let go.

Source: HTML Living Standard §9.2.
"""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

import orjson
from aiohttp import web

from node.core.entries import render_instant
from node.storage import journal
from node.storage.editions import current_edition
from node.storage.journal import Recorded
from node.storage.session import Session
from node.web.api.authentication import still_valid
from node.web.api.operations import Call, Operation, text
from node.web.api.positions import LONGEST, read_position, write_position
from node.web.edge.problems import SECURITY_HEADERS, Refusal
from node.web.runtime import Phase, Runtime
from protocol.strictjson import Document

PAGE_EVENTS: Final = 100  # some 30 KB
LAG_EVENTS: Final = 1_000  # a listener ten pages behind does not keep up; it can come back and catch up
STALL_SECONDS: Final = 20.0  # one write may take this long; more than a heartbeat, less than a minute
RETRY_MILLISECONDS: Final = 2_000

# What a decision may tell a listener: ids, addresses and words of ours. Texts, prices, notes stay inside.
_TOLD: Final = ("offer", "intention", "agreement", "event", "party", "state", "own")


@dataclass(frozen=True, slots=True)
class Position:
    """Behind which entry a stream goes on, and in which edition of the file."""

    edition: str
    place: int


async def stream(call: Call) -> web.StreamResponse:
    """Send what happens from now on, or since `Last-Event-ID` or `after`, until either side ends it."""
    runtime = call.runtime
    position = await _start(call)
    with _counted(runtime, call):
        response = web.StreamResponse(
            headers={
                **SECURITY_HEADERS,
                "Cache-Control": "no-store",
                "Content-Type": "text/event-stream",
                "X-Accel-Buffering": "no",  # nginx would keep events back
            }
        )
        await response.prepare(call.request)
        await Listener(call, response, position).listen()
        return response


async def _start(call: Call) -> Position:
    """Return the position after which the stream begins."""
    actor, after = call.acting.iri, call.query.get("after")
    given, name = call.request.headers.get("Last-Event-ID", after), "Last-Event-ID"

    def look(session: Session) -> Position:
        edition = current_edition(session)
        if given is None:
            return Position(edition, journal.head(session, actor).place)
        return Position(edition, read_position(session, actor, str(given), name=name))

    return await call.read(look)


@contextmanager
def _counted(runtime: Runtime, call: Call) -> Iterator[None]:
    caller = call.caller.id
    if runtime.streams.get(caller, 0) >= runtime.settings.streams_per_token:
        raise Refusal(
            429,
            "too-many-streams",
            "This token holds as many event streams open as it may.",
            headers={"Retry-After": "60"},
        )
    runtime.streams[caller] = runtime.streams.get(caller, 0) + 1
    try:
        yield
    finally:
        runtime.streams[caller] -= 1
        if not runtime.streams[caller]:
            del runtime.streams[caller]


class Listener:
    """One open stream: where it stands in the journal, and how to wake it."""

    def __init__(self, call: Call, response: web.StreamResponse, position: Position) -> None:
        self._runtime, self._caller = call.runtime, call.caller
        self._actor = call.acting.iri
        self._request = call.request
        self._response = response
        self._edition, self._place = position.edition, position.place
        self._caught_up = False
        self._news = asyncio.Event()

    async def listen(self) -> None:
        """Send events until the listener leaves, falls behind, loses its token, or the node drains."""
        forget = self._runtime.store.subscribe(self._notice)
        leave = self._runtime.on_drain(self._news.set)
        try:
            await self._send(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            reason = await self._follow()
            await self._send(b"event: closing\ndata: " + orjson.dumps({"reason": reason}) + b"\n\n")
        except (TimeoutError, ConnectionError):
            # The listener takes nothing any more, so it can be told nothing: the connection is all there is.
            if self._request.transport is not None:
                self._request.transport.abort()
        finally:
            forget()
            leave()

    def _notice(self, _entry: int) -> None:
        self._news.set()

    async def _follow(self) -> str:
        """Send page after page; return why the stream ends."""
        while True:
            self._news.clear()
            if self._runtime.phase is Phase.DRAINING:
                return "draining"
            page, head = await self._runtime.store.read(self._next_page)
            if page:
                self._place = page[-1].place
                await self._send(b"".join(render(item, edition=self._edition) for item in page))
                if self._caught_up and head - self._place > LAG_EVENTS:
                    return "too-slow"
            else:
                self._caught_up = True
                end = await self._wait()
                if end:
                    return end

    def _next_page(self, session: Session) -> tuple[list[Recorded], int]:
        page = journal.entries_of(session, self._actor, after=self._place, limit=PAGE_EVENTS)
        return page, journal.head(session, self._actor).place

    async def _wait(self) -> str:
        """Wait for news, with a sign of life now and then; return why there will be none for this caller."""
        while not self._news.is_set():
            try:
                async with asyncio.timeout(self._runtime.settings.heartbeat_seconds):
                    await self._news.wait()
            except TimeoutError:
                if not await still_valid(self._runtime, self._caller):
                    return "token-revoked"
                await self._send(b": still here\n\n")
        return ""

    async def _send(self, lines: bytes) -> None:
        if lines:
            async with asyncio.timeout(STALL_SECONDS):
                await self._response.write(lines)


def render(recorded: Recorded, *, edition: str) -> bytes:
    """Return one entry of the journal as an event."""
    kind = recorded.entry.kind
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (
        write_position(edition, recorded.place).encode(),
        kind.encode(),
        orjson.dumps(view(recorded)),  # one line: JSON escapes every line break
    )


def view(recorded: Recorded) -> Document:
    """Return what an event tells."""
    entry = recorded.entry
    told: dict[str, Any] = {
        name: value for name in _TOLD if isinstance(value := entry.decision.get(name), str | bool | int)
    }
    return {
        **told,
        "place": recorded.place,
        "at": render_instant(entry.at),
        "kind": entry.kind,
        "direction": str(entry.direction),
        "subject": entry.subject,
        "peer": entry.peer,
    }


AFTER: Final = text("after", "Position after which to begin; from now on if left out.", limit=LONGEST)

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/events",
        handler=stream,
        summary="Listen to what happens, as server-sent events.",
        query=(AFTER,),
        answer="text/event-stream",
        errors=(429,),
    ),
)
