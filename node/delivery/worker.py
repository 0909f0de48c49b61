"""The worker: brings queued activities to their inboxes until each delivery is settled.

It is a reconciliation loop: the deliveries in the file say what is to be done, the loop does some of it,
writes down how it went, and looks again. A crash at any point loses nothing; what was under way is sent once
more, and peers take an activity once however often it arrives.

Rules here:

- In order per (actor, recipient): the file hands out only the first in each line, and the next one only when
  that one is settled. Lines run side by side (see `lanes`).
- What an attempt means is decided by the kind of envelope; nothing is dropped in silence.
- What is sent, and how, is for the kind of envelope to know (see `envelopes.kinds`). One envelope may serve
  several recipients. What is shared may overtake what waits for a retry at one recipient; what must come in
  order, as in a negotiation, names its readers and so is never shared.
- Nothing is read from the file on the event loop: a look is one read on a reader's thread.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

import structlog

from node.core.retries import WINDOW, Circuit, Gate, Outcome, RetryDecision, after, decide
from node.delivery.bounded_memory import Recent
from node.delivery.carrier import Carrier
from node.delivery.client import Client
from node.delivery.envelopes.kinds import Kinds
from node.delivery.lanes import IN_FLIGHT, Lanes
from node.delivery.parcels import Parcel
from node.delivery.settlements import Settlement, Settler
from node.storage.clock_setbacks import forget_waits, is_behind
from node.storage.deliveries import NEWS, DeliveryRow, due_deliveries, next_due
from node.storage.origins import RESUMED, OriginRow, load_origins
from node.storage.session import Session
from node.storage.store import News, Store
from protocol.values import dataclass

log = structlog.get_logger(__name__)

BATCH = 1_024  # deliveries taken up in one look: half a second's work
LOW_WATER = 2 * IN_FLIGHT  # with fewer parcels waiting than this it is time to look again
LIMIT_ORIGINS = 20_000  # as many as `lanes` knows circuits of
PAUSE_SECONDS = 60.0  # look again without any sign, since the wall clock may have been set
HELD_PAUSE_SECONDS = 1.0  # the same while something under way hides what is due next
SETTLING_SECONDS = 2.0  # that writing down takes at the end, however little grace is left
SETBACK = timedelta(seconds=10)  # a clock that is being corrected slowly loses less between two looks


@dataclass(frozen=True, slots=True)
class _Sight:
    """What one look shows: what may be sent and is not held yet, how its origins fared, and what comes next.

    `found` counts also what is held; `due` is set only if nothing was found.
    """

    parcels: Sequence[Parcel]
    origins: Mapping[str, OriginRow]
    found: int
    due: datetime | None


class Worker:
    """Delivers what is queued, from `run` to `stop`, on the event loop it runs on.

    `kinds` are the envelopes that deliveries go in; `jitter` draws from [0, 1).
    """

    def __init__(
        self,
        store: Store,
        client: Client,
        kinds: Kinds,
        *,
        clock: Callable[[], datetime],
        jitter: Callable[[], float],
    ) -> None:
        self._store = store
        self._knocks = client.knocks
        self._clock = clock
        self._jitter = jitter
        self._kinds = kinds
        self._carrier = Carrier(store, client, kinds)
        self._settler = Settler(store, kinds, clock=clock, settled=self._let_go)
        self._lanes = Lanes()
        self._recorded: Recent[str, tuple[str | None, Circuit]] = Recent(LIMIT_ORIGINS)
        self._turned_away = 0
        self._looked_at = 0.0
        self._last_reading: tuple[datetime, float] | None = None
        self._stirred = asyncio.Event()
        self._looks_at = clock()
        self._stopping = False
        self._resumed = False
        self._carrying: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Deliver until `stop`: what is due now, and more whenever something is queued or time passes."""
        unsubscribe = self._store.subscribe(self._hear)
        try:
            await self._reconcile()
        finally:
            unsubscribe()

    def wake(self) -> None:
        """Look again at once."""
        self._stirred.set()

    def _hear(self, news: News) -> None:
        # A clock that was set ahead is noticed with whatever happens next, not when the timer is over.
        self._resumed = self._resumed or RESUMED in news
        if NEWS in news or RESUMED in news or self._clock() >= self._looks_at:
            self.wake()

    async def stop(self, grace_seconds: float) -> None:
        """Take up nothing more, give what is in flight some time, and write down how it went.

        What has no answer by then stays queued.
        """
        self._stopping = True
        self.wake()
        if self._carrying:
            _, late = await asyncio.wait(self._carrying, timeout=grace_seconds)
            await _cancel(late)
        await self._settler.drain(max(grace_seconds, SETTLING_SECONDS))

    async def _reconcile(self) -> None:
        while not self._stopping:
            self._stirred.clear()
            pause, began = HELD_PAUSE_SECONDS, self._clock()  # what is set during a look counts from then
            if self._is_worth_a_look():
                try:
                    pause = await self._look()
                except Exception:
                    log.exception("the worker cannot see what is due")
            self._looks_at = began + timedelta(seconds=pause)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._stirred.wait()

    def _is_worth_a_look(self) -> bool:
        """Say whether little waits, or for a while now only what its own origin's share holds up."""
        if self._lanes.waiting < LOW_WATER:
            return True
        is_held_up = self._lanes.in_flight < IN_FLIGHT
        return is_held_up and asyncio.get_running_loop().time() >= self._looked_at + HELD_PAUSE_SECONDS

    async def _look(self) -> float:
        """Take up what is due, send what may be sent, and return in how many seconds to look again."""
        now = self._clock()
        elapsed = asyncio.get_running_loop().time()
        if await self._was_set_back(now, elapsed):
            await self._begin_anew(now)
        self._last_reading = (now, elapsed)
        # What is held or was turned away stands first in the answer again: ask for a batch beyond it.
        limit = len(self._lanes) + self._turned_away + BATCH
        self._looked_at = asyncio.get_running_loop().time()
        # As held when the look begins: what is settled meanwhile is shown as it was before.
        held = self._lanes.held()
        resumed, self._resumed = self._resumed, False
        sight = await self._store.read(lambda session: self._see(session, now, limit=limit, held=held))
        self._learn_origins(sight, now, resumed=resumed)
        taken = sum(len(parcel.rows) for parcel in sight.parcels if self._lanes.add(parcel, now))
        self._turned_away = sum(len(parcel.rows) for parcel in sight.parcels) - taken
        self._dispatch()
        if sight.found:
            return 0.0 if sight.found == limit and not taken else HELD_PAUSE_SECONDS
        return PAUSE_SECONDS if sight.due is None else min(PAUSE_SECONDS, (sight.due - now).total_seconds())

    def _see(self, session: Session, now: datetime, *, limit: int, held: frozenset[str]) -> _Sight:
        """Read all that a look needs, on a reader's thread."""
        found = due_deliveries(session, now, limit=limit)
        rows = [row for row in found if row.id not in held]
        return _Sight(
            parcels=self._carrier.bundle(session, rows),
            origins=load_origins(session, (row.origin for row in rows)),
            found=len(found),
            due=None if found else next_due(session, now),
        )

    async def _was_set_back(self, now: datetime, elapsed: float) -> bool:
        """Say whether the clock has gone back since the last look, or since the journal's last entry."""
        if self._last_reading is None:
            return await self._store.read(lambda session: is_behind(session, now + SETBACK))
        wall, steady = self._last_reading
        return now - wall + SETBACK < timedelta(seconds=elapsed - steady)

    async def _begin_anew(self, now: datetime) -> None:
        """Reckon every wait anew: by a clock that was ahead it may have been hours too long."""
        count = await self._store.write(lambda session: forget_waits(session, now))
        self._lanes.forget_circuits()
        self._recorded = Recent(LIMIT_ORIGINS)
        log.warning("the clock has been set back", deliveries_brought_forward=count)

    def _learn_origins(self, sight: _Sight, now: datetime, *, resumed: bool) -> None:
        """Take over from the file how those origins fared that memory knows nothing of.

        What memory has is the newer, unless the rest of an origin was ended by hand (`resumed`).
        """
        for origin in {parcel.origin for parcel in sight.parcels}:
            known = self._lanes.circuit(origin)
            if known is not None and not (resumed and known.gate(now) is Gate.SHUT):
                continue
            row = sight.origins.get(origin)
            circuit = Circuit(row.failures, row.open_until) if row else Circuit()
            scheme = row.scheme if row else None
            self._lanes.note(origin, circuit)
            self._knocks.recall(origin, scheme)
            self._recorded.put(origin, (scheme, circuit))

    def _dispatch(self) -> None:
        while not self._stopping and (parcel := self._lanes.take(self._clock())) is not None:
            task = asyncio.create_task(self._send(parcel))
            self._carrying.add(task)
            task.add_done_callback(self._carrying.discard)

    async def _send(self, parcel: Parcel) -> None:
        outcome = await self._carrier.carry(parcel)
        self._lanes.answered(parcel)
        if outcome is None:
            self._lanes.release(parcel.rows)
            self.wake()
        else:
            self._conclude(parcel, outcome)
        self._dispatch()

    def _conclude(self, parcel: Parcel, outcome: Outcome) -> None:
        """Decide what becomes of each delivery in the parcel, and of what waits for the same origin."""
        now, jitter = self._clock(), self._jitter()
        circuit = after(self._lanes.circuit(parcel.origin) or Circuit(), outcome, now=now, jitter=jitter)
        self._lanes.note(parcel.origin, circuit)
        if outcome.apart:
            self._lanes.release(parcel.rows)
            self.wake()
            return
        sent = [(row, outcome.address or row.inbox) for row in parcel.rows]
        overdue = [(row, row.inbox) for row in self._overdue(parcel.origin, now)]
        settlements = [
            # One draw of jitter for the whole parcel, so that what is shared stays together.
            Settlement(row, self._decide(outcome, row, now=now, jitter=jitter), inbox)
            for row, inbox in (*sent, *overdue)
        ]
        self._settler.put(settlements, self._news(parcel.origin, circuit, now))

    def _decide(self, outcome: Outcome, row: DeliveryRow, *, now: datetime, jitter: float) -> RetryDecision:
        """Ask a delivery's kind what an attempt means; one that is not known here waits as activities do."""
        kind = self._kinds.get(row.envelope)
        if kind is not None:
            return kind.decide(outcome, row, now=now, jitter=jitter)
        return decide(outcome, attempts=row.attempts, created_at=row.created_at, now=now, jitter=jitter)

    def _overdue(self, origin: str, now: datetime) -> list[DeliveryRow]:
        """Empty the lane of an origin that rests; return what must not wait until it is back."""
        circuit = self._lanes.circuit(origin)
        if circuit is None or circuit.gate(now) is not Gate.SHUT:
            return []
        waiting = self._lanes.clear(origin)
        self._lanes.release(row for row in waiting if now < row.created_at + WINDOW)
        return [row for row in waiting if now >= row.created_at + WINDOW]

    def _news(self, origin: str, circuit: Circuit, now: datetime) -> OriginRow | None:
        """Return how an origin fares if the file has it otherwise."""
        scheme = self._knocks.stored(origin)
        if self._recorded.get(origin) == (scheme, circuit):
            return None
        self._recorded.put(origin, (scheme, circuit))
        return OriginRow(origin, scheme, circuit.failures, circuit.rests_until, now)

    def _let_go(self, settlements: Sequence[Settlement]) -> None:
        """Let go of what is on record, and look who is next in line."""
        self._lanes.release(settlement.row for settlement in settlements)
        self.wake()


async def _cancel(tasks: Iterable[asyncio.Task[None]]) -> None:
    cancelled = list(tasks)
    for task in cancelled:
        task.cancel()
    await asyncio.gather(*cancelled, return_exceptions=True)
