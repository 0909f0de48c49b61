"""The clockwork: what a node does by itself, driven by its journal and its clock.

Rules that hold here:

- A follower keeps its place in the journal and moves it in the transaction of what it does, so each entry is
  acted on once, also across a crash.
- One entry that cannot be acted on is noted and passed over; it does not hold up those behind it. One
  follower or clock that fails holds up no other.
- A storage that does not take anything now is no reason to pass over an entry: it is tried again.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from node.services.acting import Acting, Residents
from node.services.ledger.chapters import Clock, Follower, Ledger
from node.storage import cursors, journal
from node.storage.errors import StorageUnavailable
from node.storage.journal import Recorded
from node.storage.session import Session
from node.storage.store import Store

BATCH: Final = 100  # entries read at once: what a busy shop gets in a second

# Without anything due the clock is looked at this often, so that a changed system time is noticed.
_LONGEST_NAP_SECONDS: Final = 60.0
# What is due but cannot be done must not make the loop spin.
_SHORTEST_NAP_SECONDS: Final = 0.05
# After a failure: long enough not to spin, short enough to recover while somebody watches.
_PAUSE: Final = timedelta(seconds=1)

_log = structlog.get_logger(__name__)


class Clockwork:
    """What acts on journal entries and on the passing of time; `run` until cancelled.

    Time and each follower have a loop of their own, so that one with much to do keeps no other waiting.
    """

    def __init__(
        self,
        store: Store,
        residents: Residents,
        ledger: Ledger,
        *,
        queued: Callable[[], object] = lambda: None,
    ) -> None:
        """Act for these residents; `queued` is called when more was queued without an entry."""
        self._store, self._residents, self._ledger = store, residents, ledger
        self._queued = queued

    async def run(self) -> None:
        """Act on everything due, then sleep until the next is, or until the journal grows; for ever."""
        async with asyncio.TaskGroup() as loops:
            loops.create_task(self._repeat(self._time))
            for follower in self._ledger.followers:
                loops.create_task(self._repeat(partial(self._follow, follower)))

    async def turn(self) -> datetime | None:
        """Do once whatever is due; return when the next thing is."""
        moments = [await self._follow(follower) for follower in self._ledger.followers]
        moments.append(await self._time())
        return min((moment for moment in moments if moment is not None), default=None)

    async def _repeat(self, step: Callable[[], Awaitable[datetime | None]]) -> None:
        wake = asyncio.Event()
        unsubscribe = self._store.subscribe(lambda _number: wake.set())
        try:
            while True:
                wake.clear()
                await self._sleep_until(await step(), wake)
        finally:
            unsubscribe()

    async def _time(self) -> datetime | None:
        """Let every clock do what is due; return when the next of them is."""
        started = self._residents.clock()
        failed = [await self._tick(name, clock) for name, clock in self._ledger.clocks.items()]
        # What was done just now may have brought something nearer; what was due before could not be done.
        moments = [await self._next(name, clock) for name, clock in self._ledger.clocks.items()]
        soonest = min((moment for moment in (*failed, *moments) if moment is not None), default=None)
        return soonest if soonest is None or soonest > started else self._residents.clock() + _PAUSE

    async def _tick(self, name: str, clock: Clock) -> datetime | None:
        """Let time do what is due; without anything due nothing is written. Return when to look again."""
        now = self._residents.clock()
        due = await self._next(name, clock)
        if due is None or due > now:
            return None
        try:
            while await self._store.write(lambda session: clock.turn(session, self._residents, now)):
                self._queued()
        except Exception as error:  # whatever it is, the others go on
            return self._failed("clock", name, error)
        return None

    async def _next(self, name: str, clock: Clock) -> datetime | None:
        try:
            return await self._store.read(lambda session: clock.next_due(session, self._residents))
        except Exception as error:
            return self._failed("clock", name, error)

    async def _follow(self, follower: Follower) -> datetime | None:
        """Let a follower act on all that is new to it; return when to try again if it could not."""
        try:
            while await self._follow_some(follower):
                pass
        except Exception as error:
            return self._failed("follower", follower.name, error)
        return None

    async def _follow_some(self, follower: Follower) -> bool:
        """Act on the next entries; tell whether there may be more."""
        actors = [owner.iri for owner in self._residents.owners.values()]
        found = [await self._follow_one(follower, actor) for actor in actors]
        return any(found)

    async def _follow_one(self, follower: Follower, actor: str) -> bool:
        entries = await self._store.read(partial(unread, follower=follower, actor=actor))
        last = None
        for recorded in entries:
            last = None if await self._act(follower, recorded) else recorded
        if last is not None:
            await self._store.write(partial(move_on, follower=follower, recorded=last))
        return len(entries) == BATCH

    async def _act(self, follower: Follower, recorded: Recorded) -> bool:
        """Act on one entry, or pass it over; tell whether the cursor was moved behind it."""
        acting = self._residents.of(recorded.entry.actor)
        if acting is None or recorded.purged:
            return False
        try:
            left = await self._store.read(lambda session: follower.look(session, acting, recorded))
            if left is None:
                return False
            while left is not None:
                left = await self._store.write(partial(act_and_move_on, follower, acting, recorded, left))
        except StorageUnavailable:
            raise
        except Exception as error:  # it would fail again, and hold up all that comes behind it
            _log.error(
                "follower.passed_over",
                follower=follower.name,
                place=recorded.place,
                error=type(error).__name__,
                exc_info=error,
            )
            return False
        return True

    def _failed(self, what: str, name: str, error: Exception) -> datetime:
        _log.error(f"{what}.failed", name=name, error=type(error).__name__, exc_info=error)
        return self._residents.clock() + _PAUSE

    async def _sleep_until(self, due: datetime | None, wake: asyncio.Event) -> None:
        seconds = _LONGEST_NAP_SECONDS
        if due is not None:
            until = (due - self._residents.clock()).total_seconds()
            seconds = min(seconds, max(_SHORTEST_NAP_SECONDS, until))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await wake.wait()


def unread(session: Session, *, follower: Follower, actor: str) -> list[Recorded]:
    """Return the next entries of an actor's journal that a follower has not looked at, at most `BATCH`."""
    after = cursors.load_cursor(session, actor, follower.name)
    return journal.entries_of(session, actor, after=after, limit=BATCH, kinds=sorted(follower.kinds))


def act_and_move_on(
    follower: Follower, acting: Acting, recorded: Recorded, found: Any, session: Session
) -> Any:
    """Act, and move the cursor if nothing is left to be done; return what is."""
    left = follower.act(session, acting, found)
    if left is None:
        move_on(session, follower=follower, recorded=recorded)
    return left


def move_on(session: Session, *, follower: Follower, recorded: Recorded) -> None:
    """Note that a follower is done with an entry, and with all before it."""
    cursors.save_cursor(session, recorded.entry.actor, follower.name, recorded.place)
