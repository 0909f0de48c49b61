"""One parcel, one attempt: in the envelope of its kind, and in one sentence how it went.

Rules here:

- Whatever goes wrong is an outcome, a mistake of our own included.
- What is sent is read just before, in one look for all that may go at that moment: the look also tells
  whether each delivery is still to be sent, for while it waited its recipient may have been blocked.
- Before that it is on record that it may have left: whoever cancels it later, or finds it after a crash, is
  not told that it was never sent.
"""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TypeAlias

import structlog

from node.core.retries import Outcome
from node.delivery.client import Client
from node.delivery.envelopes.kinds import Envelope, Kinds, outcome_of
from node.delivery.parcels import Parcel
from node.delivery.settlements import LIMIT_BRIEF
from node.storage.deliveries import DeliveryRow, mark_tried, still_waiting
from node.storage.session import Session
from node.storage.store import Store
from protocol.errors import ProtocolError

log = structlog.get_logger(__name__)

Sealed: TypeAlias = Envelope | Exception | None
"""An envelope, what kept us from making it, or None if there is nothing to send any more."""


class Carrier:
    """Carries parcels to where they go."""

    def __init__(self, store: Store, client: Client, kinds: Kinds) -> None:
        self._store = store
        self._client = client
        self._kinds = kinds
        self._unsealed: list[tuple[Parcel, asyncio.Future[Sealed]]] = []
        self._sealing: asyncio.Task[None] | None = None

    def bundle(self, session: Session, rows: Sequence[DeliveryRow]) -> list[Parcel]:
        """Make parcels of deliveries, by kind; runs on a reader's thread.

        A kind that is not known here bundles nothing; sending it will fail and say so.
        """
        by_kind: dict[str, list[DeliveryRow]] = {}
        for row in rows:
            by_kind.setdefault(row.envelope, []).append(row)
        parcels: list[Parcel] = []
        for name, group in by_kind.items():
            kind = self._kinds.get(name)
            parcels += [Parcel((row,)) for row in group] if kind is None else kind.bundle(session, group)
        return parcels

    async def carry(self, parcel: Parcel) -> Outcome | None:
        """Send a parcel; whatever happens is an outcome. None if there is nothing to send any more."""
        try:
            envelope = await self._sealed(parcel)
            if isinstance(envelope, Exception):
                raise envelope
            return None if envelope is None else await envelope.send(self._client)
        except ProtocolError as error:
            return outcome_of(error)
        except Exception:
            log.exception("a delivery failed here", delivery=parcel.rows[0].id, origin=parcel.origin)
            return Outcome(None, "This node could not send it; its log says why.")

    def _sealed(self, parcel: Parcel) -> "asyncio.Future[Sealed]":
        """Have an envelope made with the next look, which serves all that ask before it begins."""
        waiter: asyncio.Future[Sealed] = asyncio.get_running_loop().create_future()
        self._unsealed.append((parcel, waiter))
        if self._sealing is None or self._sealing.done():
            self._sealing = asyncio.create_task(self._seal_waiting())
        return waiter

    async def _seal_waiting(self) -> None:
        while self._unsealed:
            batch, self._unsealed = self._unsealed, []
            parcels = [parcel for parcel, _ in batch]
            try:
                await self._mark_tried(parcels)
                sealed = await self._store.read(partial(self._seal, parcels=parcels))
            except Exception as error:  # the file cannot be used, which is each one's outcome
                sealed = [error] * len(batch)
            for (_, waiter), envelope in zip(batch, sealed, strict=True):
                if not waiter.done():
                    waiter.set_result(envelope)

    async def _mark_tried(self, parcels: Sequence[Parcel]) -> None:
        untried = [row.id for parcel in parcels for row in parcel.rows if not row.tried]
        if untried:
            work = partial(mark_tried, ids=untried)
            await self._store.write(work, brief=len(untried) <= LIMIT_BRIEF)

    def _seal(self, session: Session, parcels: Sequence[Parcel]) -> list[Sealed]:
        """Make envelopes for those that are still to be sent; runs on a reader's thread."""
        waiting = still_waiting(session, [row for parcel in parcels for row in parcel.rows])
        wanted: dict[str, list[Parcel]] = {}
        for parcel in parcels:
            if any(row.id in waiting for row in parcel.rows):
                wanted.setdefault(parcel.rows[0].envelope, []).append(parcel)
        sealed: dict[str, Sealed] = {}
        for name, group in wanted.items():
            envelopes = self._seal_kind(session, name, group)
            sealed |= {parcel.rows[0].id: one for parcel, one in zip(group, envelopes, strict=True)}
        return [sealed.get(parcel.rows[0].id) for parcel in parcels]

    def _seal_kind(self, session: Session, name: str, parcels: Sequence[Parcel]) -> Sequence[Sealed]:
        try:
            return self._kinds[name].seal(session, parcels)
        except Exception as error:
            if len(parcels) == 1:
                return [error]
            # One that cannot be made keeps no other from being sent.
            return [self._seal_kind(session, name, [parcel])[0] for parcel in parcels]
