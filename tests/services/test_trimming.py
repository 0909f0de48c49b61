"""Deliveries that ended long ago are forgotten, all of them and no others."""

import asyncio
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest

from node.services.outbox import trimming
from node.storage import deliveries, offers
from node.storage.deliveries import DeliveryState
from node.storage.moves import save_move
from node.storage.sqlite.database import SqliteStore, open_database
from protocol.negotiation import State
from tests.storage import rows
from tests.storage.rows import NOW


def test_what_tells_that_a_move_never_arrived_stays_while_the_negotiation_goes_on(tmp_path: Path) -> None:
    at = NOW - timedelta(days=40)
    move = rows.move(1)
    with open_database(tmp_path / "node.db") as db:
        offers.save_offer(db, rows.offer())
        save_move(db, move)
        deliveries.queue_delivery(db, rows.delivery(1, activity=move.iri))
        deliveries.settle_delivery(db, "dlv_1", DeliveryState.GONE, at=at)
        assert deliveries.trim_deliveries(db, before=NOW, limit=9) == 0
        offers.save_offer(db, rows.offer(state=State.REJECTED))
        assert deliveries.trim_deliveries(db, before=NOW, limit=9) == 1


def test_what_ended_before_is_forgotten_in_steps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trimming, "STEP", 2)

    async def run() -> tuple[list[str], dict[str, int]]:
        store = SqliteStore.open(tmp_path / "node.db")
        try:
            for number in range(6):
                await store.write(partial(deliveries.queue_delivery, delivery=rows.delivery(number)))
            for number, days in ((0, 40), (1, 31), (2, 35), (3, 29)):
                at = NOW - timedelta(days=days)
                settle = partial(
                    deliveries.settle_delivery, id=f"dlv_{number}", state=DeliveryState.DELIVERED
                )
                await store.write(partial(settle, at=at))
            await trimming.trim(store, NOW, days=30)
            listed = await store.read(lambda db: deliveries.list_deliveries(db, rows.ADA).items)
            return [row.id for row in listed], await store.read(deliveries.count_deliveries)
        finally:
            await store.close()

    ids, counts = asyncio.run(run())
    assert sorted(ids) == ["dlv_3", "dlv_4", "dlv_5"]
    assert counts == {"delivered": 1, "queued": 2}
