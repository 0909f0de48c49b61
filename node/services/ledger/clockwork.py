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

from node.services.acting import Acting, Residents
from node.services.ledger import timers
from node.services.ledger.recording import fan_out
from node.services.trade import shop, undercutting
from node.storage import cursors, fanouts, journal
from node.storage.journal import Recorded
from node.storage.session import Session
from node.storage.store import Store
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

    def __init__(
        self, store: Store, residents: Residents, *, queued: Callable[[], object] = lambda: None
    ) -> None:
        """Act for these residents; `queued` is called when more was queued with no entry of the journal."""
        self._store = store
        self._desks = residents
        self._queued = queued
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
        for handle in self._desks.owners:
            await self._fan_out(self._desks.at(handle))
        moments = [await self._tick()]
        while await self._follow_journal():
            pass
        moments += [await self._undercut(self._desks.at(handle)) for handle in self._desks.owners]
        return min((moment for moment in moments if moment is not None), default=None)

    async def _tick(self) -> datetime | None:
        """Let the clock do what is due; without anything due nothing is written."""
        now, skew = self._desks.clock(), timedelta(seconds=self._desks.limits.clock_skew_seconds)
        due = self._store.read_now(lambda session: timers.next_due(session, skew=skew))
        if due is None or due > now:
            return due
        return await self._store.write(lambda session: timers.tick(session, now, skew=skew))

    async def _undercut(self, acting: Acting) -> datetime | None:
        """Lower what is late, a few in each write; return when the next is."""
        due = self._store.read_now(lambda session: undercutting.next_late(session, acting))
        while due is not None and due <= acting.now:
            due = await self._store.write(lambda session: undercutting.undercut_late(session, acting))
        return due

    async def _fan_out(self, acting: Acting) -> None:
        """Queue what was published for every follower, some in each write."""
        while self._store.read_now(lambda session: fanouts.next_fanout(session, acting.iri)) is not None:
            await self._store.write(lambda session: fan_out(session, acting))
            self._queued()

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
        acting = self._desk_of(recorded.entry.actor)
        act: Callable[[Session], object] = _nothing
        if acting is not None and recorded.entry.direction == "in":
            act = await self._decide(acting, recorded)

        def step(session: Session) -> None:
            act(session)
            cursors.save_cursor(session, SHOP, recorded.sequence)

        try:
            await self._store.write(step)
        except ProtocolError as error:
            _log.warning("shop.passed_over", sequence=recorded.sequence, code=error.code)
            await self._store.write(lambda session: cursors.save_cursor(session, SHOP, recorded.sequence))

    async def _decide(self, acting: Acting, recorded: Recorded) -> Callable[[Session], object]:
        decision = recorded.entry.decision
        if recorded.entry.kind == "counter":
            return lambda session: shop.answer_counter_offer(session, acting, decision["offer"])
        iri = decision["document"]["id"]
        matches = await self._store.read(lambda session: shop.choose(session, acting, iri))
        return (lambda session: shop.offer(session, acting, iri, matches)) if matches else _nothing

    def _desk_of(self, actor: str) -> Acting | None:
        for handle, owner in self._desks.owners.items():
            if owner.iri == actor:
                return self._desks.at(handle)
        return None


def _unread(session: Session) -> list[Recorded]:
    after = cursors.load_cursor(session, SHOP)
    return [*journal.entries(session, after=after, limit=_BATCH, kinds=_SHOP_KINDS)]


def _nothing(_db: Session) -> None:
    return None
