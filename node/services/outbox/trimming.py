"""Trimming: deliveries that ended long ago are forgotten, some in each write, so that nobody waits for it."""

from datetime import datetime, timedelta
from functools import partial
from typing import Final

from node.storage.deliveries import trim_deliveries
from node.storage.store import Store

STEP: Final = 500  # deliveries forgotten in one write: some ten milliseconds


async def trim(store: Store, now: datetime, *, days: int) -> None:
    """Forget every delivery that ended more than these days ago. Raises: StorageUnavailable."""
    before = now - timedelta(days=days)
    while await store.write(partial(trim_deliveries, before=before, limit=STEP)) == STEP:
        pass
