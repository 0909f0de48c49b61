"""Followers: what a node does by itself, driven by its journal and its clock.

Rules that hold here:

- A follower keeps its place in the journal and moves it in the transaction of what it does, so each entry is
  acted on once, also across a crash.
- One entry that cannot be acted on is noted and passed over; it does not hold up those behind it.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import structlog
from sqlite_utils import Database

from node.services import shop, timers
from node.services.desk import Desk, Desks
from node.storage import cursors, journal
from node.storage.database import Store
from node.storage.journal import Recorded
from protocol.errors import ProtocolError

SHOP = "shop"
_SHOP_KINDS = ("intention.received", "counter")
_BATCH = 100  # entries read at once: what a busy shop gets in a second

# Without anything due the clock is looked at this often, so that a changed system time is noticed.
_LONGEST_NAP_SECONDS = 60.0
# What is due but cannot be done must not make the loop spin.
_SHORTEST_NAP_SECONDS = 0.05
# After a failure of the storage: long enough not to spin, short enough to recover while somebody watches.
_PAUSE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class Clockwork:
    """The loop that acts on journal entries and on the passing of time; `run` until cancelled."""

    def __init__(self, store: Store, desks: Desks) -> None:
        self._store = store
        self._desks = desks
        self._wake = asyncio.Event()

    async def run(self) -> None:
        """Act on everything due, then sleep until the next is, or until the journal grows."""
        unsubscribe = self._store.subscribe(lambda _sequence: self._wake.set())
        try:
            while True:
                self._wake.clear()
                due = await self._turn_safely()
                await self._sleep_until(due)
        finally:
            unsubscribe()

    async def turn(self) -> datetime | None:
        """Do once whatever is due; return when the next thing is."""
        moments = [await self._tick()]
        while await self._follow_journal():
            pass
        moments += [await self._undercut(self._desks.at(handle)) for handle in self._desks.owners]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _tick(self) -> datetime | None:
        """Let the clock do what is due; without anything due nothing is written."""
        now, skew = self._desks.clock(), timedelta(seconds=self._desks.limits.clock_skew_seconds)
        due = self._store.read_now(lambda db: timers.next_due(db, skew=skew))
        if due is None or due > now:
            return due
        return await self._store.write(lambda db: timers.tick(db, now, skew=skew))

    async def _undercut(self, desk: Desk) -> datetime | None:
        if self._store.read_now(lambda db: shop.show_rule(db, desk)) is None:
            return None
        return await self._store.write(lambda db: shop.undercut_late(db, desk))

    async def _turn_safely(self) -> datetime | None:
        try:
            return await self.turn()
        except Exception as error:  # whatever it is, time goes on: nothing else would start this loop again
            _log.error("follower.failed", error=type(error).__name__, exc_info=error)
            await asyncio.sleep(_PAUSE_SECONDS)
            return self._desks.clock()

    async def _sleep_until(self, due: datetime | None) -> None:
        seconds = _LONGEST_NAP_SECONDS
        if due is not None:
            seconds = min(seconds, max(_SHORTEST_NAP_SECONDS, (due - self._desks.clock()).total_seconds()))
        try:
            async with asyncio.timeout(seconds):
                await self._wake.wait()
        except TimeoutError:
            return

    async def _follow_journal(self) -> bool:
        """Act on the next entries for the shops; tell whether there may be more."""
        entries = self._store.read_now(_unread)
        for recorded in entries:
            await self._answer(recorded)
        return len(entries) == _BATCH

    async def _answer(self, recorded: Recorded) -> None:
        desk = self._desk_of(recorded.entry.actor)
        act: Callable[[Database], object] = _nothing
        if desk is not None and recorded.entry.direction == "in":
            act = await self._decide(desk, recorded)

        def step(db: Database) -> None:
            act(db)
            cursors.save_cursor(db, SHOP, recorded.sequence)

        try:
            await self._store.write(step)
        except ProtocolError as error:
            _log.warning("shop.passed_over", sequence=recorded.sequence, code=error.code)
            await self._store.write(lambda db: cursors.save_cursor(db, SHOP, recorded.sequence))

    async def _decide(self, desk: Desk, recorded: Recorded) -> Callable[[Database], object]:
        decision = recorded.entry.decision
        if recorded.entry.kind == "counter":
            return lambda db: shop.answer_counter_offer(db, desk, decision["offer"])
        iri = decision["document"]["id"]
        matches = await self._store.read(lambda db: shop.choose(db, desk, iri))
        return (lambda db: shop.offer(db, desk, iri, matches)) if matches else _nothing

    def _desk_of(self, actor: str) -> Desk | None:
        for handle, owner in self._desks.owners.items():
            if owner.iri == actor:
                return self._desks.at(handle)
        return None


def _unread(db: Database) -> list[Recorded]:
    after = cursors.load_cursor(db, SHOP)
    return [*journal.entries(db, after=after, limit=_BATCH, kinds=_SHOP_KINDS)]


def _nothing(_db: Database) -> None:
    return None
