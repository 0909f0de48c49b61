"""Writing down how attempts went: in groups, and until it is written.

Rules here:

- What becomes of a delivery is decided before it gets here. This carries it into the file, through functions
  that the services replace, to let the owner know as well.
- Many settlements go into one write. If one of them fails, the others are written without it, and its
  delivery is at least closed or postponed, so that it is not sent for ever.
- While the file cannot be written nothing is let go: a delivery whose end is not on record would be sent
  again.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import structlog

from node.core.retries import GONE_STATUSES, Decision, Fate
from node.storage.deliveries import (
    DeliveryRow,
    DeliveryState,
    OriginRow,
    abandon_inbox,
    postpone_delivery,
    readdress_deliveries,
    save_origin,
    settle_delivery,
)
from node.storage.errors import StorageUnavailable
from node.storage.session import Session
from node.storage.store import Store

log = structlog.get_logger(__name__)

OnDelivered: TypeAlias = Callable[[Session, DeliveryRow, int], object]
"""Closes a delivery that the peer took with this status."""
OnRefused: TypeAlias = Callable[[Session, DeliveryRow, int | None, str], object]
"""Closes a delivery that is not tried again, after this answer (or none) and for this reason."""
OnRetry: TypeAlias = Callable[[Session, DeliveryRow, Decision], object]
"""Puts a delivery off until the decision's `due_at`."""

LIMIT_GROUP = 512  # settlements in one write: some milliseconds in which nobody else writes
PATIENCE_SECONDS = 1.0  # between tries while the file cannot be written


@dataclass(frozen=True, slots=True)
class Settlement:
    """What becomes of a delivery that was sent to `inbox`, not always the one it was queued with."""

    row: DeliveryRow
    decision: Decision
    inbox: str


@dataclass(frozen=True, slots=True)
class Books:
    """The functions that write settlements down, each inside a write."""

    delivered: OnDelivered
    refused: OnRefused
    retry: OnRetry


def plain_books(clock: Callable[[], datetime]) -> Books:
    """Return the books that keep the deliveries' own rows and tell nobody."""

    def delivered(session: Session, row: DeliveryRow, status: int) -> None:
        settle_delivery(session, row.id, DeliveryState.DELIVERED, at=clock(), status=status)

    def refused(session: Session, row: DeliveryRow, status: int | None, detail: str) -> None:
        now = clock()
        state = DeliveryState.GONE if status in GONE_STATUSES else DeliveryState.REFUSED
        settle_delivery(session, row.id, state, at=now, status=status, error=detail)
        if status in GONE_STATUSES:
            abandon_inbox(session, row.inbox, at=now, status=status, error=detail)

    def retry(session: Session, row: DeliveryRow, decision: Decision) -> None:
        due_at = decision.due_at or clock()  # what stays queued always has one
        postpone_delivery(session, row.id, due_at=due_at, status=decision.status, error=decision.detail)

    return Books(delivered, refused, retry)


class Settler:
    """Takes settlements and writes them down in the background.

    `settled` is called with each group once it is on record.
    """

    def __init__(
        self,
        store: Store,
        books: Books,
        *,
        clock: Callable[[], datetime],
        settled: Callable[[Sequence[Settlement]], object],
    ) -> None:
        self._store = store
        self._books = books
        self._last_resort = plain_books(clock)
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
            group = self._pending[:LIMIT_GROUP]
            del self._pending[:LIMIT_GROUP]
            origins, self._origins = self._origins, {}
            await self._write_group(group, origins)
            self._settled(group)

    async def _write_group(self, group: Sequence[Settlement], origins: Mapping[str, OriginRow]) -> None:
        try:
            await self._write(lambda session: _record_all(session, group, origins, self._books))
        except Exception:
            log.exception("settlements are written one by one", count=len(group))
            await self._write(lambda session: _record_all(session, (), origins, self._books))
            for settlement in group:
                await self._write_one(settlement)

    async def _write_one(self, settlement: Settlement) -> None:
        try:
            await self._write(lambda session: _record(session, settlement, self._books))
        except Exception:
            log.exception("settlement kept for the delivery alone", delivery=settlement.row.id)
            await self._write(lambda session: _record(session, settlement, self._last_resort))

    async def _write(self, work: Callable[[Session], None]) -> None:
        while True:
            try:
                return await self._store.write(work)
            except StorageUnavailable as error:
                log.warning("settlements wait for the file", reason=str(error))
                await asyncio.sleep(PATIENCE_SECONDS)


def _record_all(
    session: Session, group: Iterable[Settlement], origins: Mapping[str, OriginRow], books: Books
) -> None:
    # Origins first: opening a circuit moves what is queued there, and a delivery's own decision has the last
    # word.
    for origin in origins.values():
        save_origin(session, origin)
    for settlement in group:
        _record(session, settlement, books)


def _record(session: Session, settlement: Settlement, books: Books) -> None:
    row, decision = settlement.row, settlement.decision
    if settlement.inbox != row.inbox:
        readdress_deliveries(session, row.recipient, inbox=settlement.inbox)
        row = replace(row, inbox=settlement.inbox)
    if decision.fate is Fate.DELIVERED and decision.status is not None:
        books.delivered(session, row, decision.status)
    elif decision.fate is Fate.QUEUED:
        books.retry(session, row, decision)
    else:
        books.refused(session, row, decision.status, decision.detail)
