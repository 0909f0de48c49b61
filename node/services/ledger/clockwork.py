"""The clockwork: what a node does by itself, driven by its journal and its clock.

Rules that hold here:

- A follower keeps its place in the journal and moves it in the transaction of what it does, so each entry is
  acted on once, also across a crash.
- One entry that cannot be acted on is noted and passed over; it does not hold up those behind it. One
  follower or clock that fails holds up no other.
- A storage that does not take anything now is no reason to pass over an entry: it is tried again.
- A busy inbox wakes whoever follows what it took, and no other; all clocks are looked at in one read.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import datetime, timedelta
from functools import partial
from typing import Any, Final

import structlog

from node.services.acting import Acting, Residents
from node.services.ledger.chapters import Clock, Follower, Ledger
from node.services.ledger.naps import sleep_until
from node.storage import cursors, journal
from node.storage.errors import StorageUnavailable
from node.storage.journal import Recorded
from node.storage.session import Session
from node.storage.store import News, Store

BATCH: Final = 100  # entries read at once: what a busy shop gets in a second

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
            loops.create_task(self._repeat(self._time, bool))
            for follower in self._ledger.followers:
                concerns = follower.kinds.intersection
                loops.create_task(self._repeat(partial(self._follow, follower), concerns))

    async def turn(self) -> datetime | None:
        """Do once whatever is due; return when the next thing is."""
        moments = [await self._follow(follower) for follower in self._ledger.followers]
        moments.append(await self._time())
        return _earliest(moments)

    async def _repeat(
        self, step: Callable[[], Awaitable[datetime | None]], concerns: Callable[[News], object]
    ) -> None:
        """Take a step whenever the one before asked for it, and when there is news that `concerns` it."""
        wake = asyncio.Event()
        unsubscribe = self._store.subscribe(lambda news: wake.set() if concerns(news) else None)
        try:
            while True:
                wake.clear()
                due = await step()
                await sleep_until(due, wake, now=self._residents.clock())
        finally:
            unsubscribe()

    async def _time(self) -> datetime | None:
        """Let every clock do what is due; return when the next of them is."""
        now = self._residents.clock()
        moments = await self._moments()
        due = [name for name, moment in moments.items() if moment is not None and moment <= now]
        if not due:
            return _earliest(moments.values())
        failed = [await self._tick(name, self._ledger.clocks[name], now) for name in due]
        # What was done just now may have brought something nearer; what is due still could not be done.
        moments = await self._moments()
        soonest = _earliest([*failed, *moments.values()])
        return soonest if soonest is None or soonest > now else self._residents.clock() + _PAUSE

    async def _tick(self, name: str, clock: Clock, now: datetime) -> datetime | None:
        """Let time do what is due; return when to look again if it could not."""
        try:
            while await self._store.write(lambda session: clock.turn(session, self._residents, now)):
                self._queued()
        except Exception as error:  # whatever it is, the others go on
            return self._failed("clock", name, error)
        return None

    async def _moments(self) -> dict[str, datetime | None]:
        """Return for each clock when something is due, or when to ask again if it cannot say."""
        try:
            found = await self._store.read(self._ask_clocks)
        except Exception as error:
            found = dict.fromkeys(self._ledger.clocks, error)
        return {
            name: self._failed("clock", name, moment) if isinstance(moment, Exception) else moment
            for name, moment in found.items()
        }

    def _ask_clocks(self, session: Session) -> dict[str, datetime | Exception | None]:
        """Ask every clock when something is due; one that fails keeps no other from answering."""
        found: dict[str, datetime | Exception | None] = {}
        for name, clock in self._ledger.clocks.items():
            try:
                found[name] = clock.next_due(session, self._residents)
            except Exception as error:
                found[name] = error
        return found

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
                if follower.choose is not None:
                    left = await self._store.read(partial(chosen, follower, acting, left))
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


def _earliest(moments: Iterable[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def unread(session: Session, *, follower: Follower, actor: str) -> list[Recorded]:
    """Return the next entries of an actor's journal that a follower has not looked at, at most `BATCH`."""
    if not follower.listens(session, actor):
        return []
    after = cursors.load_cursor(session, actor, follower.name)
    return journal.entries_of(session, actor, after=after, limit=BATCH, kinds=sorted(follower.kinds))


def chosen(follower: Follower, acting: Acting, found: Any, session: Session) -> Any:
    """Return what a follower acts on next, with what it chose. Reads only."""
    return found if follower.choose is None else follower.choose(session, acting, found)


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
