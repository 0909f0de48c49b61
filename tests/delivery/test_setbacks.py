"""The worker by a clock that is wrong, or that is set back while it works."""

import asyncio
from datetime import datetime, timedelta

import pytest
from aiohttp import web

from node.core.retries import LONGEST_WISH
from node.delivery import worker as worker_module
from node.delivery.budgets import BURST_PER_ORIGIN, Budgets
from node.delivery.client import Client
from node.delivery.directory import Directory
from node.services.acting import LocalActor
from node.storage import journal
from node.storage.deliveries import DeliveryState, postpone_delivery
from node.storage.origins import OriginRow, save_origin
from node.storage.sqlite.database import SqliteStore
from protocol.iris import origin
from tests.delivery.conftest import START, Clock, Peer, Seen, accepted, make_actor, publish
from tests.delivery.rows import queue, see
from tests.delivery.test_worker import Office, status

HOURS = timedelta(hours=1)


@pytest.fixture
def office(
    store: SqliteStore, client: Client, directory: Directory, local: LocalActor, clock: Clock
) -> Office:
    return Office(store, client, directory, local, clock)


class OtherClock(Clock):
    """A peer's clock that is off from ours."""

    def __init__(self, ours: Clock, ahead: timedelta) -> None:
        self.ours, self.ahead = ours, ahead

    def __call__(self) -> datetime:
        return self.ours() + self.ahead


async def postponed(office: Office, peer: Peer) -> None:
    """Queue a delivery that was tried and waits for two hours."""
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    await office.store.write(lambda db: postpone_delivery(db, id, due_at=START + 2 * HOURS))


async def test_a_refusal_names_the_clocks_if_they_differ(office: Office, peer: Peer, clock: Clock) -> None:
    peer.clock, peer.answer = OtherClock(clock, 3 * HOURS), status(409)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
    assert row.state is DeliveryState.REFUSED
    assert row.last_error == (
        "The inbox answered 409 Conflict. Its clock is 3 hours ahead of ours: one of the two is wrong."
    )


async def test_what_was_made_in_the_peers_future_waits_until_that_has_come(
    office: Office, peer: Peer, clock: Clock
) -> None:
    peer.clock, peer.answer = OtherClock(clock, -2 * HOURS), status(422)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
        assert (row.state, row.due_at) == (DeliveryState.QUEUED, clock.now + 2 * HOURS)
        assert "It was made 2 hours ahead of the clock there" in (row.last_error or "")
        peer.answer = accepted
        office.pass_time(hours=2)
        assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED


@pytest.mark.parametrize(
    ("answer", "ahead", "state"),
    [
        (404, 2 * HOURS, DeliveryState.GONE),
        (422, LONGEST_WISH + HOURS, DeliveryState.REFUSED),
        (422, timedelta(seconds=30), DeliveryState.REFUSED),
    ],
)
async def test_other_refusals_are_for_good(
    office: Office, peer: Peer, clock: Clock, answer: int, ahead: timedelta, state: DeliveryState
) -> None:
    bob = publish(peer, make_actor(f"{peer.origin}/actors/bob"))
    peer.clock, peer.answer = OtherClock(clock, -ahead), status(answer)
    (id,) = await office.queue(bob.iri)
    async with office.at_work():
        assert (await office.attempted(id)).state is state


async def test_a_refused_signature_waits_its_usual_time(office: Office, peer: Peer, clock: Clock) -> None:
    peer.clock, peer.answer = OtherClock(clock, -2 * HOURS), status(401)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
    assert row.state is DeliveryState.QUEUED
    assert row.due_at < clock.now + HOURS  # the clock may be mended before


async def test_an_answer_without_a_date_says_nothing_of_clocks(office: Office, peer: Peer) -> None:
    def undated(_: Seen) -> web.Response:
        return web.Response(status=409, headers={"Date": "some time"})

    peer.answer = undated
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        assert (await office.attempted(id)).last_error == "The inbox answered 409 Conflict."


async def test_a_clock_set_back_while_it_works_keeps_nothing_waiting(
    office: Office, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "HELD_PAUSE_SECONDS", 0.01)
    await postponed(office, peer)
    resting = OriginRow(peer.origin, None, 9, START + HOURS, START)
    await office.store.write(lambda db: save_origin(db, resting))
    async with office.at_work():
        await office.idle()
        assert peer.posts() == []
        clock.now -= HOURS
        office.worker.wake()
        await office.until(lambda: len(peer.posts()) == 1)
        await office.until(lambda: office.counts() == {"delivered": 1})


async def test_a_setback_is_not_forgotten_while_nothing_can_be_written(
    office: Office, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "HELD_PAUSE_SECONDS", 0.01)
    await postponed(office, peer)
    async with office.at_work():
        await office.idle()
        office.store._session.conn.execute("PRAGMA query_only = ON")
        clock.now -= HOURS
        office.worker.wake()
        await asyncio.sleep(0.05)
        assert peer.posts() == []
        office.store._session.conn.execute("PRAGMA query_only = OFF")
        office.worker.wake()
        await office.until(lambda: len(peer.posts()) == 1)


async def test_a_clock_set_back_while_it_was_off_keeps_nothing_waiting(
    office: Office, peer: Peer, clock: Clock
) -> None:
    bob = f"{peer.origin}/actors/bob"
    await office.store.write(lambda db: queue(db, [bob], at=START + 2 * HOURS))
    at = see(office.store, lambda db: next(iter(journal.entries(db))).entry.at)
    clock.now = at - HOURS
    async with office.at_work():
        await office.until(lambda: len(peer.posts()) == 1)


async def test_a_clock_that_goes_on_brings_nothing_forward(office: Office, peer: Peer) -> None:
    await postponed(office, peer)
    async with office.at_work():
        for _ in range(3):
            office.pass_time(minutes=30)
            await asyncio.sleep(0.02)
        assert peer.posts() == []


def test_a_clock_set_back_spends_no_budget() -> None:
    budgets, iri = Budgets(), origin("https://a.example/")
    assert budgets.spend(iri, START)
    allowed = sum(budgets.spend(iri, START - 2 * HOURS) for _ in range(1_000))
    assert allowed == BURST_PER_ORIGIN - 1
