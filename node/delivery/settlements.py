"""Writing down how attempts went: in groups, and until it is written.

Rules here:

- What becomes of a delivery is decided before it gets here, and what that means is known by the kind of its
  envelope (`settle`). This carries both into the file.
- Many settlements go into one write. If one of them fails, the others are written without it, and its
  delivery is at least closed or postponed, so that it is not sent for ever.
- What changes its own row alone costs the same however much is kept, and is written as brief writes. A
  refusal, which may undo a negotiation, an arrival that concludes one, and news of an origin, which may move
  its backlog, are not.
- While the file cannot be written nothing is let go: a delivery whose end is not on record would be sent
  again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from itertools import groupby, takewhile

import structlog

from node.core.retries import Fate, RetryDecision
from node.delivery.envelopes.kinds import Kinds
from node.services.outbox.endings import close
from node.storage.deliveries import CONCLUSION, DeliveryRow, readdress_deliveries
from node.storage.errors import StorageUnavailable
from node.storage.origins import OriginRow, save_origin
from node.storage.session import Session
from node.storage.store import Store
from protocol.values import dataclass

log = structlog.get_logger(__name__)

LIMIT_GROUP = 512  # settlements in one write: some milliseconds in which nobody else writes
LIMIT_BRIEF = 32  # settlements in one brief write: half a millisecond
PATIENCE_SECONDS = 1.0  # between tries while the file cannot be written


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a delivery that was sent to `inbox`, not always the one it was queued with."""

    row: DeliveryRow
    decision: RetryDecision
    inbox: str

    @property
    def is_brief(self) -> bool:
        """Say whether it changes its own row and no other."""
        fates = (Fate.QUEUED,) if self.row.envelope == CONCLUSION else (Fate.QUEUED, Fate.DELIVERED)
        decision = self.decision
        return decision.fate in fates and self.inbox == self.row.inbox and not decision.unconfirmed


@dataclass(frozen=True, slots=True)
class _Group:
    """Settlements for one write, and how origins fare."""

    settlements: Sequence[Settlement]
    origins: Mapping[str, OriginRow]

    @property
    def is_brief(self) -> bool:
        return not self.origins and all(settlement.is_brief for settlement in self.settlements)


class Settler:
    """Takes settlements and writes them down in the background.

    `settled` is called with each group once it is on record.
    """

    def __init__(
        self,
        store: Store,
        kinds: Kinds,
        *,
        clock: Callable[[], datetime],
        settled: Callable[[Sequence[Settlement]], object],
    ) -> None:
        self._store = store
        self._kinds = kinds
        self._clock = clock
        self._settled = settled
        self._pending: list[Settlement] = []
        self._origins: dict[str, OriginRow] = {}
        self._writing: asyncio.Task[None] | None = None

    def put(self, settlements: Iterable[Settlement], origin: OriginRow | None = None) -> None:
        """Have settlements written down soon, with how their origin fares if that changed."""
        self._pending.extend(settlements)
        if origin is not None:
            self._origins[origin.origin] = origin
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_pending())

    async def drain(self, limit_seconds: float) -> None:
        """Wait until all is written down; give up, and say so, if the file does not take it in time."""
        if self._writing is None:
            return
        _, late = await asyncio.wait([self._writing], timeout=limit_seconds)
        for task in late:
            task.cancel()
            log.error("what was sent last is not on record and will be sent again")

    async def _write_pending(self) -> None:
        while self._pending or self._origins:
            group = self._next_group()
            await self._write_group(group)
            self._settled(group.settlements)

    def _next_group(self) -> _Group:
        """Take what comes first: as much that is brief as fits, or a larger group of anything."""
        origins, self._origins = self._origins, {}
        settlements = self._pending[:LIMIT_GROUP]
        brief = [] if origins else list(takewhile(_is_brief, self._pending[:LIMIT_BRIEF]))
        if brief:
            settlements = brief
        del self._pending[: len(settlements)]
        return _Group(settlements, origins)

    async def _write_group(self, group: _Group) -> None:
        try:
            await self._write(partial(self._record_all, group=group), brief=group.is_brief)
        except Exception:
            log.exception("settlements are written one by one", count=len(group.settlements))
            with suppress(Exception):  # how origins fare is found out again
                await self._write(partial(self._record_all, group=replace(group, settlements=())))
            for settlement in group.settlements:
                await self._write_one(settlement)

    async def _write_one(self, settlement: Settlement) -> None:
        try:
            await self._write(partial(self._record, settlements=[settlement]))
        except Exception:
            log.exception("settlement kept for the delivery alone", delivery=settlement.row.id)
            await self._close(settlement)

    async def _close(self, settlement: Settlement) -> None:
        """Write down how an attempt ended for its delivery alone; without that, it is sent again."""
        row, decision, now = settlement.row, settlement.decision, self._clock()
        try:
            await self._write(lambda session: close(session, row, decision, now=now))
        except Exception:  # this task settles all that comes behind it
            log.exception("settlement not on record: it will be sent again", delivery=row.id)

    async def _write(self, work: Callable[[Session], None], *, brief: bool = False) -> None:
        while True:
            try:
                return await self._store.write(work, brief=brief)
            except StorageUnavailable as error:
                log.warning("settlements wait for the file", reason=str(error))
                await asyncio.sleep(PATIENCE_SECONDS)

    def _record_all(self, session: Session, group: _Group) -> None:
        # Origins first: opening a circuit moves what is queued there, and a delivery's own decision has the
        # last word.
        for origin in group.origins.values():
            save_origin(session, origin)
        for _, alike in groupby(group.settlements, key=_ending):
            self._record(session, list(alike))

    def _record(self, session: Session, settlements: Sequence[Settlement]) -> None:
        """Write down settlements that say the same of deliveries of one kind."""
        first = settlements[0]
        rows = [_readdressed(session, settlement) for settlement in settlements]
        self._kinds[first.row.envelope].settle(session, rows, first.decision, now=self._clock())


def _readdressed(session: Session, settlement: Settlement) -> DeliveryRow:
    row = settlement.row
    if settlement.inbox == row.inbox:
        return row
    readdress_deliveries(session, row.recipient, address=row.address, inbox=settlement.inbox)
    return replace(row, inbox=settlement.inbox)


def _ending(settlement: Settlement) -> tuple[object, ...]:
    """Return what settlements have in common that can be written down together."""
    decision = settlement.decision
    said = (
        decision.fate,
        decision.status,
        decision.detail,
        decision.due_at,
        decision.removed,
        decision.reasons,
    )
    return settlement.row.envelope, *said


def _is_brief(settlement: Settlement) -> bool:
    return settlement.is_brief
