"""Upkeep: what a node does for itself now and then: bring the log into the file, forget what has served."""

import asyncio
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import Final

from node.core.own_copies import REMEMBERED
from node.core.quotas import PERIOD
from node.services.access import sessions
from node.services.outbox.trimming import trim
from node.storage import cache, faces, own_copies, tokens
from node.storage.errors import StorageError, StorageUnavailable
from node.storage.journal import last_number
from node.storage.locks import FolderLock
from node.storage.origins import forget_origins
from node.storage.quotas import forget_uses
from node.storage.session import Session
from node.storage.store import Store
from node.web.edge.runtime import Runtime

_TIDY_EVERY_SECONDS: Final = 3_600.0
_KEEP_EVERY_SECONDS: Final = 180.0
_ANSWERS_KEPT: Final = timedelta(days=1)  # a program that repeats a request does so within minutes
_ORIGINS_KEPT: Final = timedelta(days=30)
_STEP: Final = 200  # rows forgotten in one write: some ten milliseconds


async def keep_for_ever(store: Store, lock: FolderLock) -> None:
    """Bring what is in the log into the file, so that a copy of the file alone lacks minutes at most."""
    while True:
        await asyncio.sleep(_KEEP_EVERY_SECONDS)
        with suppress(StorageError):  # whoever has something to keep will hear of it
            await keep(store, lock)


async def keep(store: Store, lock: FolderLock) -> None:
    """Bring what is in the log into the file.

    Raises:
        StorageError: it cannot be written.
    """
    reached = await store.read(last_number)  # what is committed meanwhile may not be in the file
    await store.checkpoint()
    lock.note(reached)


async def note(store: Store, lock: FolderLock) -> None:
    """Note beside the file how far its journal goes, so that an older one in its place is seen."""
    with suppress(StorageError):  # the next time says it
        lock.note(await store.read(last_number))


async def tidy_for_ever(runtime: Runtime) -> None:
    """Forget now and then what has served its time, and let keys end whose time has come."""
    while True:
        with suppress(StorageUnavailable):  # whoever has something to keep will hear of it
            await tidy(runtime.store, runtime.clock())
            await trim(runtime.store, runtime.clock(), days=runtime.settings.deliveries_kept_days)
        await asyncio.sleep(_TIDY_EVERY_SECONDS)
        await runtime.reload_owners()


async def tidy(store: Store, now: datetime) -> None:
    """Forget what has served its time; what there may be much of, some in each write, so that nobody waits.

    Raises: StorageUnavailable.
    """
    await store.write(partial(_tidy, now=now))
    for forget in (
        partial(tokens.forget_answers, before=now - _ANSWERS_KEPT, most=_STEP),
        partial(cache.purge_replays, now=now, most=_STEP),
        partial(forget_uses, before=now - PERIOD, most=_STEP),
    ):
        while await store.write(forget) == _STEP:
            pass


def _tidy(session: Session, now: datetime) -> None:
    sessions.forget(session, now=now)
    cache.trim_remote_actors(session)
    faces.trim(session, now)
    own_copies.forget_own_copies(session, before=now - REMEMBERED)
    forget_origins(session, before=now - _ORIGINS_KEPT)
