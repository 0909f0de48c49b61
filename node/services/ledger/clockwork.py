"""The clockwork: what a node does by itself, driven by its journal and its clock.

Rules that hold here:

- A follower keeps its place in the journal and moves it in the transaction of what it does, so each entry is
  acted on once, also across a crash.
- One entry that cannot be acted on is noted and passed over; it does not hold up those behind it. One
  follower or clock that fails holds up no other.
- A storage that does not take anything now is no reason to pass over an entry: it is tried again.
"""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from node.services.acting import Residents
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
    """The loop that acts on journal entries and on the passing of time; `run` until cancelled."""

    def __init__(self, store: Store, residents: Residents, ledger: Ledger) -> None:
        self._store, self._residents, self._ledger = store, residents, ledger
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Act on everything due, then sleep until the next is, or until the journal grows."""
        unsubscribe = self._store.subscribe(lambda _number: self._wake.set())
        try:
            while True:
                self._wake.clear()
                await self._sleep_until(await self.turn())
        finally:
            unsubscribe()

    async def turn(self) -> datetime | None:
        """Do once whatever is due; return when the next thing is."""
        moments = [await self._tick(name, clock) for name, clock in self._ledger.clocks.items()]
        moments += [await self._follow(follower) for follower in self._ledger.followers]
        # What was done just now may have brought something nearer.
        moments += [await self._next(name, clock) for name, clock in self._ledger.clocks.items()]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _tick(self, name: str, clock: Clock) -> datetime | None:
        """Let time do what is due; without anything due nothing is written. Return when to look again."""
        now = self._residents.clock()
        due = await self._next(name, clock)
        if due is None or due > now:
            return None
        try:
            await self._store.write(lambda session: clock.turn(session, self._residents, now))
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
        entries = await self._store.read(partial(_unread, follower=follower))
        last = None
        for recorded in entries:
            last = None if await self._act(follower, recorded) else recorded
        if last is not None:
            await self._store.write(partial(_move_on, follower=follower, recorded=last))
        return len(entries) == BATCH

    async def _act(self, follower: Follower, recorded: Recorded) -> bool:
        """Act on one entry, or pass it over; tell whether the cursor was moved behind it."""
        acting = self._residents.of(recorded.entry.actor)
        if acting is None:
            return False
        try:
            found = await self._store.read(lambda session: follower.look(session, acting, recorded))
            if found is None:
                return False
            await self._store.write(partial(_act_and_move_on, follower, acting, recorded, found))
        except StorageUnavailable:
            raise
        except Exception as error:  # it would fail again, and hold up all that comes behind it
            _log.error(
                "follower.passed_over",
                follower=follower.name,
                entry=recorded.sequence,
                error=type(error).__name__,
                exc_info=error,
            )
            return False
        return True

    def _failed(self, what: str, name: str, error: Exception) -> datetime:
        _log.error(f"{what}.failed", name=name, error=type(error).__name__, exc_info=error)
        return self._residents.clock() + _PAUSE

    async def _sleep_until(self, due: datetime | None) -> None:
        seconds = _LONGEST_NAP_SECONDS
        if due is not None:
            until = (due - self._residents.clock()).total_seconds()
            seconds = min(seconds, max(_SHORTEST_NAP_SECONDS, until))
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._wake.wait()


def _unread(session: Session, *, follower: Follower) -> list[Recorded]:
    after = cursors.load_cursor(session, follower.name)
    return [*journal.entries(session, after=after, limit=BATCH, kinds=sorted(follower.kinds))]


def _act_and_move_on(
    follower: Follower, acting: Any, recorded: Recorded, found: Any, session: Session
) -> None:
    follower.act(session, acting, found)
    _move_on(session, follower=follower, recorded=recorded)


def _move_on(session: Session, *, follower: Follower, recorded: Recorded) -> None:
    cursors.save_cursor(session, follower.name, recorded.sequence)
