"""Writing down how attempts went, on a real file."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest

from node.core.retries import Fate, RetryDecision
from node.delivery import settlements
from node.delivery.directory import Directory
from node.delivery.envelopes.activities import Activities
from node.delivery.settlements import Settlement, Settler
from node.services.ledger.recording import recorder
from node.storage.deliveries import (
    ACTIVITY,
    CONCLUSION,
    DeliveryRow,
    DeliveryState,
    load_delivery,
    queue_delivery,
    settle_delivery,
)
from node.storage.errors import StorageUnavailable
from node.storage.origins import OriginRow, load_origin
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from tests.delivery.conftest import START, Clock
from tests.delivery.rows import queue, see
from tests.whole import LEDGER

T = TypeVar("T")
PEER = "https://peer.example"
LATER = START + timedelta(minutes=1)


def load(store: SqliteStore, id: str) -> DeliveryRow:
    (row,) = load_all(store, [id])
    return row


def load_all(store: SqliteStore, ids: Iterable[str]) -> list[DeliveryRow]:
    rows = see(store, lambda db: [load_delivery(db, id) for id in ids])
    assert None not in rows
    return [row for row in rows if row is not None]


def states(store: SqliteStore, rows: Iterable[DeliveryRow]) -> set[DeliveryState]:
    return {row.state for row in load_all(store, [row.id for row in rows])}


async def queued(store: SqliteStore, count: int = 1) -> list[DeliveryRow]:
    recipients = [f"{PEER}/actors/{number}" for number in range(count)]
    ids = await store.write(lambda db: queue(db, recipients))
    return load_all(store, ids)


def settlement(row: DeliveryRow, fate: Fate, status: int | None = None, detail: str = "") -> Settlement:
    due_at = LATER if fate is Fate.QUEUED else None
    return Settlement(row, RetryDecision(fate, row.attempts + 1, status, detail, due_at), row.inbox)


class Clumsy(Activities):
    """A kind of envelope with a mistake in it: it cannot settle one delivery."""

    broken = ""

    def settle(
        self, session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime
    ) -> None:
        if self.broken in [row.id for row in rows]:
            raise RuntimeError("a mistake of ours")
        super().settle(session, rows, decision, now=now)


@pytest.fixture
def kind(directory: Directory) -> Clumsy:
    return Clumsy(directory, lambda _: None, recorder(LEDGER))


class Office:
    """A settler, and what it let go of."""

    def __init__(self, store: SqliteStore, clock: Clock, kind: Clumsy) -> None:
        self.groups: list[Sequence[Settlement]] = []
        self.settler = Settler(store, {ACTIVITY: kind}, clock=clock, settled=self.groups.append)

    async def settle(self, *settlements: Settlement, origin: OriginRow | None = None) -> None:
        self.settler.put(settlements, origin)
        await self.settler.drain(30)


async def test_each_fate_is_written_to_its_delivery(store: SqliteStore, clock: Clock, kind: Clumsy) -> None:
    rows = await queued(store, 4)
    clock.advance(seconds=5)
    await Office(store, clock, kind).settle(
        settlement(rows[0], Fate.DELIVERED, 202),
        settlement(rows[1], Fate.REFUSED, 422, "no"),
        settlement(rows[2], Fate.EXPIRED, None, "given up"),
        settlement(rows[3], Fate.QUEUED, 503, "later"),
    )
    told = [(row.state, row.attempts, row.last_status, row.last_error, row.settled_at) for row in
            load_all(store, [one.id for one in rows])]  # fmt: skip
    assert told == [
        (DeliveryState.DELIVERED, 1, 202, None, clock.now),
        (DeliveryState.REFUSED, 1, 422, "no", clock.now),
        (DeliveryState.REFUSED, 1, None, "given up", clock.now),
        (DeliveryState.QUEUED, 1, 503, "later", None),
    ]
    assert load(store, rows[3].id).due_at == LATER


@pytest.mark.parametrize("status", [404, 410])
async def test_what_else_is_queued_for_an_inbox_that_is_gone_goes_with_it(
    store: SqliteStore, clock: Clock, status: int, kind: Clumsy
) -> None:
    (first,), (second,), (other, _) = await queued(store), await queued(store), await queued(store, 2)
    assert first.inbox == second.inbox == other.inbox
    await Office(store, clock, kind).settle(settlement(first, Fate.GONE, status, "gone"))
    assert [load(store, row.id).state for row in (first, second, other)] == [DeliveryState.GONE] * 3
    assert load(store, second.id).last_status == status


async def test_what_is_queued_for_a_recipient_that_is_gone_goes_with_it_and_no_more(
    store: SqliteStore, clock: Clock, kind: Clumsy
) -> None:
    inbox = f"{PEER}/one/inbox/for/all"
    ada, bob = f"{PEER}/actors/ada", f"{PEER}/actors/bob"
    (first,) = await store.write(lambda db: queue(db, [ada], inbox=inbox))
    second, other = await store.write(lambda db: queue(db, [ada, bob], inbox=inbox))
    stranger = replace(load(store, second), id="dlv_x", actor="https://home.example/actors/carol")
    await store.write(lambda db: queue_delivery(db, stranger))
    gone = settlement(load(store, first), Fate.GONE, 410, "gone")
    await Office(store, clock, kind).settle(replace(gone, decision=replace(gone.decision, removed=True)))
    assert [load(store, id).state for id in (first, second, "dlv_x")] == [DeliveryState.GONE] * 3
    assert load(store, other).state is DeliveryState.QUEUED


async def test_a_delivery_that_went_elsewhere_takes_the_rest_of_its_line_along(
    store: SqliteStore, clock: Clock, kind: Clumsy
) -> None:
    (first,), (second,) = await queued(store), await queued(store)
    moved = f"{PEER}/new/inbox"
    await Office(store, clock, kind).settle(replace(settlement(first, Fate.DELIVERED, 202), inbox=moved))
    assert load(store, first.id).inbox == load(store, second.id).inbox == moved


async def test_a_cancelled_delivery_stays_cancelled(store: SqliteStore, clock: Clock, kind: Clumsy) -> None:
    (row,) = await queued(store)
    await store.write(lambda db: settle_delivery(db, row.id, DeliveryState.CANCELLED, at=clock.now))
    await Office(store, clock, kind).settle(settlement(row, Fate.DELIVERED, 202))
    assert load(store, row.id).state is DeliveryState.CANCELLED


async def test_how_an_origin_fares_is_written_with_it_or_alone(
    store: SqliteStore, clock: Clock, kind: Clumsy
) -> None:
    (row,) = await queued(store)
    office = Office(store, clock, kind)
    await office.settle(settlement(row, Fate.QUEUED, 503), origin=OriginRow(PEER, None, 1, None, START))
    await office.settle(origin=OriginRow(PEER, "draft-cavage-12", 5, LATER, START))
    found = see(store, lambda db: load_origin(db, PEER))
    assert found == OriginRow(PEER, "draft-cavage-12", 5, LATER, START)


@pytest.mark.parametrize(("fate", "sizes"), [(Fate.DELIVERED, [32] * 18 + [24]), (Fate.REFUSED, [512, 88])])
async def test_settlements_that_come_together_are_written_together(
    store: SqliteStore, clock: Clock, kind: Clumsy, fate: Fate, sizes: list[int]
) -> None:
    rows = await queued(store, 600)
    office = Office(store, clock, kind)
    for row in rows:
        office.settler.put([settlement(row, fate, 202)])
    await office.settler.drain(30)
    assert [len(group) for group in office.groups] == sizes
    assert states(store, rows) == {DeliveryState(fate)}


async def test_only_what_changes_its_own_row_alone_is_brief(store: SqliteStore) -> None:
    (row,) = await queued(store)
    brief = [fate for fate in Fate if settlement(row, fate).is_brief]
    assert brief == [Fate.DELIVERED, Fate.QUEUED]
    assert not replace(settlement(row, Fate.DELIVERED, 202), inbox=f"{PEER}/new/inbox").is_brief
    concluding = replace(row, envelope=CONCLUSION)
    assert [fate for fate in Fate if settlement(concluding, fate).is_brief] == [Fate.QUEUED]


async def test_what_comes_after_a_refusal_is_settled_after_it(
    store: SqliteStore, clock: Clock, kind: Clumsy
) -> None:
    rows = await queued(store, 4)
    fates = (Fate.DELIVERED, Fate.REFUSED, Fate.QUEUED, Fate.DELIVERED)
    office = Office(store, clock, kind)
    await office.settle(*(settlement(row, fate, 202) for row, fate in zip(rows, fates, strict=True)))
    assert [[one.row for one in group] for group in office.groups] == [rows[:1], rows[1:]]


@pytest.mark.parametrize("fate", [Fate.DELIVERED, Fate.QUEUED, Fate.REFUSED])
async def test_one_that_cannot_be_written_does_not_stop_the_others(
    store: SqliteStore, clock: Clock, kind: Clumsy, fate: Fate
) -> None:
    rows = await queued(store, 3)
    kind.broken = rows[1].id
    office = Office(store, clock, kind)
    origin = OriginRow(PEER, None, 1, None, START)
    await office.settle(*(settlement(row, fate, 202) for row in rows), origin=origin)
    assert {load(store, row.id).attempts for row in rows} == {1}
    assert states(store, rows) == {DeliveryState(fate)}
    assert see(store, lambda db: load_origin(db, PEER)) == origin
    assert len(office.groups) == 1


async def test_a_kind_nobody_knows_any_more_is_settled_for_the_delivery_alone(
    store: SqliteStore, clock: Clock, kind: Clumsy
) -> None:
    rows = await queued(store, 2)
    strange = replace(rows[0], envelope="pigeon")
    await Office(store, clock, kind).settle(
        settlement(strange, Fate.EXPIRED, None, "given up"), settlement(rows[1], Fate.DELIVERED, 202)
    )
    found = load(store, strange.id)
    assert (found.state, found.last_error) == (DeliveryState.REFUSED, "given up")
    assert load(store, rows[1].id).state is DeliveryState.DELIVERED


async def test_one_that_cannot_even_be_closed_holds_up_nobody(
    store: SqliteStore, clock: Clock, kind: Clumsy
) -> None:
    rows = await queued(store, 2)
    kind.broken = rows[0].id
    unwritable: Any = "no number"  # the table takes none but numbers
    office = Office(store, clock, kind)
    await office.settle(
        settlement(rows[0], Fate.REFUSED, unwritable), settlement(rows[1], Fate.DELIVERED, 202)
    )
    assert load(store, rows[0].id) == rows[0]
    assert load(store, rows[1].id).state is DeliveryState.DELIVERED
    await office.settle(settlement(rows[0], Fate.EXPIRED, None, "given up"))
    assert load(store, rows[0].id).state is DeliveryState.REFUSED
    assert len(office.groups) == 2


class FakeFullDisk(SqliteStore):
    """A file on a disk that is full for a while: a fault that cannot be had on demand."""

    failures = 0

    async def write(self, work: Callable[[Session], T], *, brief: bool = False, alone: bool = False) -> T:
        if self.failures:
            self.failures -= 1
            raise StorageUnavailable("The disk is full.")
        return await super().write(work, brief=brief, alone=alone)


async def test_nothing_is_let_go_while_the_file_cannot_be_written(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, kind: Clumsy
) -> None:
    monkeypatch.setattr(settlements, "PATIENCE_SECONDS", 0.001)
    disk = FakeFullDisk.open(tmp_path / "node.db")
    (row,) = await queued(disk)
    disk.failures = 2
    office = Office(disk, clock, kind)
    office.settler.put([settlement(row, Fate.DELIVERED, 202)])
    await asyncio.sleep(0)
    assert office.groups == []
    await office.settler.drain(30)
    assert (disk.failures, len(office.groups)) == (0, 1)
    assert load(disk, row.id).state is DeliveryState.DELIVERED
    await disk.close()


async def test_a_file_that_never_takes_it_is_given_up_on(tmp_path: Path, clock: Clock, kind: Clumsy) -> None:
    disk = FakeFullDisk.open(tmp_path / "node.db")
    (row,) = await queued(disk)
    disk.failures = 1_000_000
    office = Office(disk, clock, kind)
    office.settler.put([settlement(row, Fate.DELIVERED, 202)])
    await office.settler.drain(0.01)
    assert office.groups == []
    assert load(disk, row.id).state is DeliveryState.QUEUED
    await disk.close()


async def test_nothing_to_drain_is_drained(store: SqliteStore, clock: Clock, kind: Clumsy) -> None:
    await Office(store, clock, kind).settler.drain(5)
