"""Streams: the journal as it grows, for one who listens (server-sent events): a program, or a page.

Beside it may stand what leaves no trace there, as how far something is on its way: told whenever it is
otherwise than before, and without an id.

Rules here: an event's id is its position in the actor's journal, so a listener that was away goes on where
it stopped, and is told if the history is another by now; an event says what happened, to which thing, and how
that stands now, never what anyone wrote; what was before a listener came it reads for itself, what happens
from then on all are told by one reader (`Broadcast`); one that falls too far behind is told so and let go.

Source: HTML Living Standard §9.2.
"""

import asyncio
import math
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import lru_cache, partial
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, cast

import orjson
import structlog
from aiohttp import web

from node.core import codes
from node.core.entries import render_instant
from node.services.ledger import broadcast
from node.services.ledger.broadcast import Recorded, Told
from node.services.ledger.chapters import Ledger
from node.services.ledger.positions import Position, current_position, read_position
from node.services.people.tokens import REMEMBERED_SECONDS
from node.services.store import News, Session, StorageDamaged, StorageUnavailable
from node.web.edge.problems import SECURITY_HEADERS, Refusal
from node.web.edge.runtime import Check, Phase, Runtime
from protocol.strictjson import Document
from protocol.values import dataclass

if TYPE_CHECKING:
    from node.web.edge.connections import ClientConnection

PAGE_EVENTS: Final = 100  # some 30 KB
LAG_EVENTS: Final = 1_000  # a listener ten pages behind does not keep up; it can come back and catch up
STALL_SECONDS: Final = 20.0  # one write may take this long; more than a heartbeat, less than a minute
RETRY_MILLISECONDS: Final = 2_000
GLANCE_SECONDS: Final = 2.0  # as long as a page gathers news for; one look then serves for all of it
PASSED_OVER: Final = "passed-over"
"""The kind of the event that stands for an entry which cannot be told."""
_HEADERS: Final = MappingProxyType(
    {
        **SECURITY_HEADERS,
        "Cache-Control": "no-store",
        "Content-Type": "text/event-stream",
        "X-Accel-Buffering": "no",  # nginx would keep events back
    }
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Who listens: `caller` is whose streams are counted, `actor` the address of whose journal it is.

    `is_valid` tells whether they may still listen, and `over` is the reason that is given where they may not;
    `watch` has a function called when that may have changed, and returns what ends that.
    """

    caller: str
    actor: str
    is_valid: Callable[[], Awaitable[bool]]
    watch: Callable[[Callable[[], object]], Callable[[], None]]
    over: str
    glance: "Glance | None" = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """What is told beside the journal, as an event of this `kind`.

    It is looked at (`look` returns it) when a listener comes, and when the store has had `news` of it.
    """

    kind: str
    news: str
    look: Callable[[], Awaitable[Mapping[str, Any]]]


async def stream(
    runtime: Runtime, request: web.Request, listening: Listening, *, after: str | None = None
) -> web.StreamResponse:
    """Send what happens from now on, or since `Last-Event-ID` or `after`, until either side ends it.

    Raises:
        Refusal: 429 `too-many-streams`. As `read_position`, for a position that is none of this journal.
    """
    last = request.headers.get("Last-Event-ID")
    given, name = (after, "after") if last is None else (last, "Last-Event-ID")

    def look(session: Session) -> Position:
        if given is None:
            return current_position(session, listening.actor)
        return read_position(session, listening.actor, given, name=name)

    position = await runtime.store.read(look)
    with _counted(runtime, listening.caller):
        return await Listener(runtime, request, listening, position).listen()


@contextmanager
def _counted(runtime: Runtime, caller: str) -> Iterator[None]:
    if runtime.streams.get(caller, 0) >= runtime.settings.streams_per_token:
        raise Refusal(
            429,
            codes.TOO_MANY_STREAMS,
            headers={"Retry-After": "60"},
        )
    runtime.streams[caller] = runtime.streams.get(caller, 0) + 1
    try:
        yield
    finally:
        runtime.streams[caller] -= 1
        if not runtime.streams[caller]:
            del runtime.streams[caller]
            runtime.checks.pop(caller, None)


class Listener:
    """One open stream: where it stands in the journal, and how to wake it."""

    def __init__(
        self, runtime: Runtime, request: web.Request, listening: Listening, position: Position
    ) -> None:
        self._runtime, self._request, self._listening = runtime, request, listening
        self._actor = listening.actor
        self._render = partial(render, ledger=runtime.ledger, edition=position.edition)
        self._response = web.StreamResponse(headers=_HEADERS)
        self._place, self._begins = position.place, str(position)
        self._news = asyncio.Event()
        self._now = asyncio.get_running_loop().time
        self._valid_until = self._now() + REMEMBERED_SECONDS
        self._alive_until = self._now() + self._runtime.settings.heartbeat_seconds
        self._look_at = math.inf if listening.glance is None else self._now()
        self._glanced = b""

    async def listen(self) -> web.StreamResponse:
        """Send events until the listener leaves, falls behind, may no longer listen, or the node drains."""
        await self._response.prepare(self._request)
        leave = self._runtime.on_drain(self._news.set)
        stay = cast("ClientConnection", self._request.protocol).on_leaving(self._news.set)
        trust = self._listening.watch(self._doubt)
        deaf = self._runtime.store.subscribe(self._hear)
        try:
            # With where it begins: who is cut off before anything happens goes on from there all the same.
            await self._send(f"retry: {RETRY_MILLISECONDS}\nid: {self._begins}\n\n".encode())
            reason = await self._follow()
            await self._send(b"event: closing\ndata: " + orjson.dumps({"reason": reason}) + b"\n\n")
        except (TimeoutError, ConnectionError):
            # The listener takes nothing any more, so it can be told nothing: the connection is all there is.
            if self._request.transport is not None:
                self._request.transport.abort()
        finally:
            deaf()
            trust()
            stay()
            leave()
        return self._response

    def _doubt(self) -> None:
        """Ask before anything more is sent whether this one may still listen: somebody may not any more."""
        self._valid_until = self._now()
        self._news.set()

    def _hear(self, news: News) -> None:
        """Look soon, and once for all that there is news of until then."""
        glance = self._listening.glance
        if glance is not None and glance.news in news and self._look_at == math.inf:
            self._look_at = self._now() + GLANCE_SECONDS
            self._news.set()

    async def _tell_glance(self) -> None:
        self._look_at = math.inf
        glance = self._listening.glance
        if glance is None:
            return
        said = orjson.dumps(await glance.look())
        if said != self._glanced:
            self._glanced = said
            await self._send(b"event: %s\ndata: %s\n\n" % (glance.kind.encode(), said))

    async def _follow(self) -> str:
        """Send what was, then what happens; return why the stream ends."""
        await self._catch_up()
        with self._runtime.broadcast.join(limit=LAG_EVENTS, news=self._news.set) as feed:
            await self._catch_up()  # with what was written since the last look, before joining
            while True:
                end = await self._wait()
                if end or feed.overrun:
                    return end or "too-slow"
                self._news.clear()
                await self._show(feed.take())

    async def _catch_up(self) -> None:
        """Send page after page of the journal, until there is no more."""
        look = self._runtime.store.read
        while not await self._end() and (page := await look(self._next_page)):
            await self._show(page)

    def _next_page(self, session: Session) -> list[Told]:
        return broadcast.news_of(
            session, self._actor, render=self._render, after=self._place, limit=PAGE_EVENTS
        )

    async def _show(self, told: Sequence[Told]) -> None:
        """Send those of these that are this actor's and were not sent before."""
        fresh = [item for item in told if item.actor == self._actor and item.place > self._place]
        if fresh:
            self._place = fresh[-1].place
            await self._send(b"".join(item.line for item in fresh))

    async def _wait(self) -> str:
        """Wait for news, with a sign of life now and then; return why there will be none for this caller."""
        while not (end := await self._end()):
            if self._now() >= self._look_at:
                await self._tell_glance()
            if self._news.is_set():
                return ""
            if self._now() >= self._alive_until:
                self._alive_until = self._now() + self._runtime.settings.heartbeat_seconds
                await self._send(b": still here\n\n")
            with suppress(TimeoutError):
                async with asyncio.timeout_at(min(self._alive_until, self._look_at)):
                    await self._news.wait()
        return end

    async def _end(self) -> str:
        """Return why no more is sent, if that is so. Whatever is sent, it might be a second ago."""
        if self._request.transport is None:
            return "gone"
        if self._runtime.phase is Phase.DRAINING:
            return "draining"
        if self._now() >= self._valid_until and not await self._is_valid():
            return self._listening.over
        return ""

    async def _is_valid(self) -> bool:
        """Ask whether this caller may still listen, or hear what its other streams are told that ask now.

        An answer serves who has doubted no later than it was asked for.
        """
        checks, caller, doubted = self._runtime.checks, self._listening.caller, self._valid_until
        check = checks.get(caller)
        if check is None or check.asked_at < self._valid_until or check.has_failed:
            check = checks[caller] = Check(self._now(), asyncio.ensure_future(self._listening.is_valid()))
        is_valid = await asyncio.shield(check.answer)
        if self._valid_until == doubted:  # nobody has doubted again meanwhile
            self._valid_until = check.asked_at + REMEMBERED_SECONDS
        return is_valid

    async def _send(self, lines: bytes) -> None:
        if lines:
            async with asyncio.timeout(STALL_SECONDS):
                await self._response.write(lines)


def render(session: Session, items: Sequence[Recorded], *, ledger: Ledger, edition: str) -> list[bytes]:
    """Return entries of the journal as events.

    One that cannot be told is told of by its place alone, and in the log: it holds up none behind it. One of
    which nobody can say how its thing stands is told without that.
    """
    beside = _beside(session, items, ledger)
    return [_rendered(item, ledger.told, beside.get(item.number, {}), edition) for item in items]


def _beside(session: Session, items: Sequence[Recorded], ledger: Ledger) -> Mapping[int, Document]:
    """Return how what entries are about stands now, by the number of the entry, where that can be said."""
    try:
        return ledger.describe(session, items)
    except (StorageDamaged, StorageUnavailable):
        raise
    except Exception as error:  # such as terms that were good in an earlier release
        if len(items) == 1:
            _note("event.not_described", items[0].entry.actor, items[0].place, type(error).__name__)
            return {}
    return {number: said for item in items for number, said in _beside(session, [item], ledger).items()}


def _rendered(
    recorded: Recorded, told: Mapping[str, frozenset[str]], beside: Document, edition: str
) -> bytes:
    id = str(Position.of(edition, recorded.place, recorded.hash))
    try:
        return _event(id, recorded.entry.kind, view(recorded, told) | beside)
    except Exception as error:  # whatever it is, it would be so again
        _note("event.passed_over", recorded.entry.actor, recorded.place, type(error).__name__)
        return _event(id, PASSED_OVER, {"kind": PASSED_OVER, "place": recorded.place})


def _event(id: str, kind: str, document: Document) -> bytes:
    # One line: JSON escapes every line break.
    return b"id: %s\nevent: %s\ndata: %s\n\n" % (id.encode(), kind.encode(), orjson.dumps(document))


@lru_cache(maxsize=1_024)  # called again it does nothing: the owner is told of each entry once
def _note(event: str, actor: str, place: int, error: str) -> None:
    log.error(event, actor=actor, place=place, error=error)


def view(recorded: Recorded, told: Mapping[str, frozenset[str]]) -> Document:
    """Return what an event tells of its entry: of the decision what its noun lets it, and no documents."""
    entry = recorded.entry
    members: dict[str, Any] = {
        name: value
        for name in sorted(told.get(entry.kind, ()))
        if isinstance(value := entry.decision.get(name), str | bool | int)
    }
    return {
        **members,
        "place": recorded.place,
        "at": render_instant(entry.at),
        "kind": entry.kind,
        "direction": str(entry.direction),
        "subject": entry.subject,
        "peer": entry.peer,
    }
