"""The bridge: the loop that reads what changed in the CRM, and brings there what changed here.

Rules here:

- An actor's CRM is spoken with by one piece of work at a time, and none waits for another actor's.
- What cannot be reached rests, longer each time, and not shorter than it asks for. What waits goes on
  waiting: no negotiation waits for a CRM.
- One thing that the CRM refuses, or that trips over a defect, holds up no other; it is put before the owner.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import field, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Final, TypeVar

import structlog

from node.core import codes
from node.core.crm_mapping import read_mapping
from node.core.retries import Outcome, decide, delay_before
from node.crm import registry
from node.crm.adapter import CrmAccount
from node.crm.beginning import begin_together
from node.crm.checked import CheckedCrm
from node.crm.noticing import DEFECT, notice
from node.crm.port import CrmAmbiguous, CrmDenied, CrmError, CrmRefused, CrmUnavailable, CrmUnreadable
from node.crm.reconciling import TWO_IN_ONE, Reconciler
from node.crm.sayings import Sayings
from node.services.acting import Acting, Residents
from node.services.crm.connecting import NewConnection, note_answering, note_read, way_to
from node.services.crm.queueing import put_before_owner
from node.services.ledger.naps import sleep_until
from node.services.notices import settings
from node.services.notices.settings import zone_of
from node.storage import crm as tables
from node.storage.crm import NEWS, CallState, ConflictReason, CrmCallRow
from node.storage.errors import StorageUnavailable, Taken
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import Conflict, Unprocessable
from protocol.values import dataclass

NOTED: Final = timedelta(minutes=1)  # so often a look is written down that found nothing new
LONGEST_REST: Final = 12  # looks that are left out: a closed file is noticed in a minute, a CRM in six
LATER: Final = timedelta(seconds=30)
BATCH: Final = 50  # calls made in one turn: some seconds, in which a plan has to wait
LONGEST_TURN: Final = timedelta(seconds=20)  # for so long an owner who asks for a sync has to wait
PAGES: Final = 20  # of changes, before what waits to be written has its turn
LONGEST_WAIT_SECONDS: Final = 60.0  # a turn, with one request that the CRM is slow to answer
_TRIES: Final = 5  # of a call whose record is gone, or changes under it, before a person is asked
_STUCK: Final = "The CRM says that there are more changes, and gives the same ones again."
_NOT_INSTALLED: Final = "The adapter {} is not installed any more: install it again, or let the CRM go."
_STANDSTILL: Final = "A defect of the node keeps it from its CRM; its log says more. It is tried again."

_REASONS: Final[Mapping[type[CrmError], ConflictReason]] = {
    CrmAmbiguous: ConflictReason.AMBIGUOUS,
    CrmUnreadable: ConflictReason.UNREADABLE,
}

T = TypeVar("T")
Check = Callable[[Session], None]
"""Raises for who may do something no longer."""

log = structlog.get_logger(__name__)


def may(_session: Session) -> None:
    """Check nothing: whatever the node does by itself."""


def checked(check: Check, work: Callable[[Session], T]) -> Callable[[Session], T]:
    """Have a check stand before some work, in the same read or write."""

    def with_check(session: Session) -> T:
        check(session)
        return work(session)

    return with_check


@dataclass(frozen=True, slots=True)
class Outside:
    """What a CRM is reached with: what we call ourselves, whom we trust beside the system, and chance."""

    user_agent: str
    authorities: str
    jitter: Callable[[], float]


@dataclass(slots=True)
class Bridge:
    """Keeps the CRMs of the residents and their tables alike; `run` until cancelled."""

    store: Store
    residents: Residents
    outside: Outside
    _turns: dict[str, asyncio.Lock] = field(default_factory=dict)
    _served: dict[str, asyncio.Event] = field(default_factory=dict)  # what wakes who serves an actor
    _sayings: Sayings = field(default_factory=Sayings)
    _cautions: dict[str, str] = field(default_factory=dict)

    async def run(self) -> None:
        """Serve every actor by itself, those who move in later too; for ever."""
        news = asyncio.Event()
        unsubscribe = self.store.subscribe(lambda told: news.set() if NEWS in told else None)
        self._served.clear()
        try:
            async with asyncio.TaskGroup() as group:
                while True:
                    news.clear()
                    living = {owner.iri for owner in self.residents.owners.values()}
                    for actor in living - self._served.keys():
                        self._served[actor] = asyncio.Event()
                        group.create_task(self._serve(actor))
                    await sleep_until(None, news, now=self.residents.clock())
                    for wake in self._served.values() if news.is_set() else ():
                        wake.set()
        finally:
            unsubscribe()

    async def _serve(self, actor: str) -> None:
        """Do what is due for an actor, then sleep until more is, or there is news; while it lives here."""
        wake = self._served[actor]
        try:
            while self.residents.of(actor) is not None:
                wake.clear()
                await sleep_until(await self._due(actor), wake, now=self.residents.clock())
        finally:
            del self._served[actor]

    async def _due(self, actor: str) -> datetime | None:
        """Do what is due for an actor; return when to look again, None if its CRM is not followed."""
        row = await self.store.read(lambda session: tables.load_connection(session, actor))
        if row is None or not row.active:
            return None
        now = self.residents.clock()
        if row.rests_until is not None and row.rests_until > now:
            return row.rests_until
        try:
            await self.turn(actor)
        except Exception as error:  # whatever it is, the node goes on; it may hold what a customer wrote
            kind = type(error).__name__
            if (unsaid := self._sayings.unsaid(actor, f"failed {kind}", now=now)) is not None:
                log.error("crm.failed", error=kind, unsaid=unsaid, exc_info=error)
            await self.store.write(partial(self._rest, actor=actor, why=_STANDSTILL, wait=None))
        return await self.store.read(partial(self._next, actor=actor))

    def _next(self, session: Session, actor: str) -> datetime:
        row, call = tables.load_connection(session, actor), tables.next_call(session, actor)
        if row is None:
            return self.residents.clock() + LATER
        if row.rests_until is not None:
            return row.rests_until
        later = self.residents.clock() + look_every(row.adapter)
        return later if call is None else min(call, later)

    async def turn(self, actor: str, *, most: int | None = None, check: Check = may) -> None:
        """Read what changed in an actor's CRM, and bring there what waits, at most so much.

        Before a whole sync was asked for, only what waits is brought. Others have their turn in between. Who
        asks for `most` waits no longer than `spoken_with`; `check` raises for who may do so no longer.
        """
        async with self.lock(actor) if most is None else self.spoken_with(actor):
            way = await self.store.read(checked(check, partial(way_to, actor=actor)))
            if way is None:
                return
            try:
                async with self.reach(actor, way) as reconciler:
                    if actor not in self._cautions:  # the first turn since the node was started
                        await self.heed(reconciler)
                    await self._read_changes(reconciler)
                    await self._send(reconciler, most, check)
                if await self.store.write(partial(note_answering, actor=actor)):
                    log.info("crm.answers", adapter=way.adapter)
            except CrmError as error:  # of no one thing: what it says of those is put before the owner
                wait = error.retry_after if isinstance(error, CrmUnavailable) else None
                if await self.store.write(partial(self._rest, actor=actor, why=str(error), wait=wait)):
                    self._say_rest(actor, way.adapter, error)

    def _say_rest(self, actor: str, adapter: str, error: CrmError) -> None:
        unsaid = self._sayings.unsaid(actor, type(error).__name__, now=self.residents.clock())
        if unsaid is not None:
            log.warning("crm.rests", adapter=adapter, why=error.detail, unsaid=unsaid)

    def lock(self, actor: str) -> asyncio.Lock:
        """Return what lets one piece of work at a time speak with an actor's CRM."""
        return self._turns.setdefault(actor, asyncio.Lock())

    @asynccontextmanager
    async def spoken_with(self, actor: str) -> AsyncIterator[None]:
        """Let a piece of work that somebody waits for speak with an actor's CRM.

        Raises:
            Conflict: `crm-busy`, another one did not end in the time that anybody waits.
        """
        lock = self.lock(actor)
        try:
            async with asyncio.timeout(LONGEST_WAIT_SECONDS):
                await lock.acquire()
        except TimeoutError:
            raise Conflict(codes.CRM_BUSY) from None
        try:
            yield
        finally:
            lock.release()

    async def heed(self, reconciler: Reconciler) -> None:
        """Have an actor's CRM say that it answers, and note what it lets our key not do.

        Raises: CrmUnavailable, CrmDenied.
        """
        self.note_caution(reconciler.acting.iri, (await reconciler.crm.health()).detail)

    def note_caution(self, actor: str, caution: str) -> None:
        """Note what an actor's CRM does not let our key do, of the key that is used."""
        self._cautions[actor] = caution

    def caution(self, actor: str) -> str:
        """Return what an actor's CRM does not let our key do, as it said last; "" for nothing known."""
        return self._cautions.get(actor, "")

    @asynccontextmanager
    async def reach(self, actor: str, way: NewConnection) -> AsyncIterator[Reconciler]:
        """Open an actor's CRM; the way is read under the lock: before, another one may be connected yet.

        Raises: CrmUnavailable, CrmDenied.
        """
        try:
            registry.load(way.adapter)
        except KeyError:  # it was somebody else's package, and is installed no more
            raise CrmUnavailable(_NOT_INSTALLED.format(way.adapter)) from None
        async with self.opened(actor, way) as reconciler:
            yield reconciler

    @asynccontextmanager
    async def opened(self, actor: str, new: NewConnection) -> AsyncIterator[Reconciler]:
        """Open a CRM for an actor of this node.

        Raises:
            Unprocessable: `crm-mapping`; `crm-address`, it cannot be that of such a CRM.
            CrmUnavailable, CrmDenied.
        """
        zone = await self.store.read(lambda session: zone_of(settings.load(session, actor)))
        account = CrmAccount(
            address=new.address,
            secret=new.secret,
            options=new.options,
            clock=self.residents.clock,
            user_agent=self.outside.user_agent,
            authorities=self.outside.authorities,
            zone=zone,
        )
        async with AsyncExitStack() as stack:
            try:
                opened = await stack.enter_async_context(registry.load(new.adapter).opens(account))
            except ValueError as error:
                raise Unprocessable(codes.CRM_ADDRESS, str(error)) from None
            crm = CheckedCrm(opened)
            described = await crm.describe()
            yield Reconciler(crm, self.store, self._acting(actor), read_mapping(new.mapping), described)

    def _acting(self, actor: str) -> Acting:
        acting = self.residents.of(actor)
        if acting is None:
            raise KeyError(actor)
        return acting

    async def _goes_on(self, actor: str, *, asked: bool = False, check: Check = may) -> bool:
        """Tell whether its CRM was neither let go nor the node locked while a turn was under way."""
        spoken_with = partial(tables.is_spoken_with, actor=actor, asked=asked)
        return await self.store.read(checked(check, spoken_with))

    # --- from the CRM

    async def _read_changes(self, reconciler: Reconciler) -> None:
        """Take what changed in the CRM since the last look, in pages; nothing before a whole sync.

        Raises: CrmUnavailable, CrmDenied; CrmRefused, it does not say what changed.
        """
        actor = reconciler.acting.iri
        for _ in range(PAGES):
            row = await self.store.read(lambda session: tables.load_connection(session, actor))
            if row is None or not row.active or row.rests_until == tables.UNTIL_SYNC:
                return  # it was let go, or the node locked, meanwhile
            cursor = row.cursor
            try:
                page = await reconciler.crm.changes(cursor)
            except CrmRefused:
                if not cursor:  # it tells nobody anything
                    raise
                # A cursor of another day or make: from the beginning, which costs time only.
                await self.store.write(partial(note_read, actor=actor, cursor="", now=None, since=cursor))
                continue
            for change in page.changes:
                if not await self._goes_on(actor):
                    return
                await notice(replace(reconciler, acting=self._acting(actor)), change)
            now = self.residents.clock()
            if row.cursor != page.cursor or row.read_at is None or now - row.read_at > NOTED:
                note = partial(note_read, actor=actor, cursor=page.cursor, now=now, since=cursor)
                await self.store.write(note)
            if not page.more:
                return
            if page.cursor == cursor:
                raise CrmUnavailable(_STUCK)

    # --- to the CRM

    async def _send(self, reconciler: Reconciler, most: int | None, check: Check) -> None:
        """Bring there what waits, the longest waiting first."""
        actor, now = reconciler.acting.iri, self.residents.clock()
        limit = max(BATCH, reconciler.described.bulk) if most is None else most
        due = await self.store.read(
            checked(check, partial(tables.due_calls, actor=actor, now=now, limit=limit))
        )
        await begin_together(reconciler, [(call.kind, call.external_id) for call in due if not call.body])
        for call in due:
            is_slow = self.residents.clock() - now > LONGEST_TURN  # then a plan waits for its turn
            if is_slow or not await self._goes_on(actor, asked=most is not None, check=check):
                break
            await self._send_one(replace(reconciler, acting=self._acting(actor)), call)

    async def _send_one(self, reconciler: Reconciler, call: CrmCallRow) -> None:
        """Bring one thing there, or note why that cannot be done.

        Raises: CrmUnavailable, CrmDenied: they are of no one thing. StorageUnavailable.
        """
        try:
            try:
                await reconciler.bring(call.kind, call.external_id, call.body)
            except Taken:
                raise CrmRefused(TWO_IN_ONE) from None
        except (CrmUnavailable, CrmDenied, StorageUnavailable):
            raise
        except CrmError as error:
            await self.store.write(partial(self._put_off, acting=reconciler.acting, call=call, error=error))
        except Exception as error:  # it would fail again, and hold up all that comes behind it
            log.error("crm.passed_over", kind=call.kind.value, error=type(error).__name__, exc_info=error)
            final = CrmRefused(DEFECT)
            await self.store.write(partial(self._put_off, acting=reconciler.acting, call=call, error=final))
        else:
            await self.store.write(partial(tables.delete_call, row=call))

    def _put_off(self, session: Session, acting: Acting, call: CrmCallRow, error: CrmError) -> None:
        """Try a call again later, or put it before its owner; nothing if it was asked for anew meanwhile."""
        if tables.load_call(session, acting.iri, call.kind, call.external_id) != call:
            return
        final = isinstance(error, CrmRefused | CrmAmbiguous | CrmUnreadable) or call.attempts + 1 >= _TRIES
        if not final:
            decision = decide(
                Outcome(None, str(error)),
                attempts=call.attempts,
                created_at=call.made_at,
                now=acting.now,
                jitter=self.outside.jitter(),
            )
            due_at = decision.due_at or acting.now + LATER
            later = replace(call, attempts=decision.attempts, due_at=due_at, detail=str(error))
            tables.save_call(session, later)
            return
        tables.save_call(
            session, replace(call, state=CallState.REFUSED, attempts=call.attempts + 1, detail=str(error))
        )
        reason = _REASONS.get(type(error), ConflictReason.REFUSED)
        put_before_owner(session, acting, call.kind, reason, str(error), external_id=call.external_id)

    def _rest(self, session: Session, actor: str, why: str, wait: timedelta | None) -> bool:
        """Leave a CRM in peace for a while, longer each time; return whether that, or why, is news."""
        row = tables.load_connection(session, actor)
        if row is None or row.rests_until == tables.UNTIL_SYNC:
            return False
        delay = max(delay_before(row.failures + 2, self.outside.jitter()), wait or timedelta(0))
        longest = look_every(row.adapter) * LONGEST_REST
        rests_until = self.residents.clock() + (min(delay, longest) if wait is None else delay)
        tables.save_connection(
            session, replace(row, failures=row.failures + 1, rests_until=rests_until, trouble=why)
        )
        return row.trouble != why


def look_every(name: str) -> timedelta:
    """Return how often a kind of CRM is asked for changes, of one that is gone or broken, too."""
    try:
        return registry.load(name).look_every
    except (KeyError, CrmUnavailable):
        return LATER
