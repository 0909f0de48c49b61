"""A kind of envelope of its own: a signed webhook in small, beside activities, made here and nowhere else."""

import hmac
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256

import orjson
import pytest
from aiohttp import web

from node.core.retries import Fate, Outcome, RetryDecision, decide
from node.delivery.client import Client
from node.delivery.directory import Directory
from node.delivery.envelopes.activities import Activities
from node.delivery.envelopes.kinds import Envelope, EnvelopeKind
from node.delivery.parcels import Parcel
from node.delivery.worker import Worker
from node.services.acting import LocalActor
from node.services.ledger.recording import recorder
from node.services.outbox.endings import settle
from node.storage.deliveries import ACTIVITY, DeliveryRow, DeliveryState, queue_delivery
from node.storage.origins import load_origin
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from protocol import codes as wire
from protocol.errors import Local
from tests.delivery.conftest import START, Clock, Peer, Seen, ServePeer, accepted
from tests.delivery.rows import make_row, see
from tests.delivery.test_worker import Office
from tests.whole import LEDGER

SECRET = b"a secret that both ends know"


@dataclass(frozen=True)
class Webhook:
    """One event for one address, signed as Standard Webhooks has it."""

    row: DeliveryRow
    now: datetime

    @property
    def origin(self) -> str:
        return self.row.origin

    async def send(self, client: Client) -> Outcome:
        body = orjson.dumps({"type": "offer.accepted", "subject": self.row.activity})
        stamp = str(int(self.now.timestamp()))
        signed = b".".join((self.row.id.encode(), stamp.encode(), body))
        headers = {
            "Content-Type": "application/json",
            "webhook-id": self.row.id,
            "webhook-timestamp": stamp,
            "webhook-signature": f"v1,{b64encode(hmac.digest(SECRET, signed, sha256)).decode()}",
        }
        answer = await client.post(self.row.inbox, body=body, headers=headers)
        return Outcome(answer.status, f"The webhook answered {answer.status}.", answer.wait)


class Webhooks:
    """Webhooks as a kind: none shares an envelope, and a 410 disables the address."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.disabled: list[str] = []

    def bundle(self, session: Session, rows: Sequence[DeliveryRow]) -> list[Parcel]:
        return [Parcel((row,)) for row in rows]

    def seal(self, session: Session, parcels: Sequence[Parcel]) -> Sequence[Envelope]:
        for parcel in parcels:
            if parcel.rows[0].entry == 13:
                raise Local(wire.NOT_CANONICALISABLE, "There is no such event.")
        return [Webhook(parcel.rows[0], self.clock.now) for parcel in parcels]

    def decide(self, outcome: Outcome, row: DeliveryRow, *, now: datetime, jitter: float) -> RetryDecision:
        return decide(outcome, attempts=row.attempts, created_at=row.created_at, now=now, jitter=jitter)

    def settle(
        self, session: Session, rows: Sequence[DeliveryRow], decision: RetryDecision, *, now: datetime
    ) -> None:
        settle(session, rows, decision, now=now, record=recorder(LEDGER))
        if decision.fate is Fate.GONE:
            self.disabled += [row.inbox for row in rows]


class Exchange(Office):
    """An office that knows both kinds."""

    def hire(self) -> Worker:
        self.hooks = Webhooks(self.clock)
        kinds: dict[str, EnvelopeKind] = {
            ACTIVITY: Activities(self.directory, self.sender, recorder(LEDGER)),
            "webhook": self.hooks,
        }
        return Worker(self.store, self.client, kinds, clock=self.clock, jitter=lambda: self.jitter)

    async def call(self, address: str, *, sequence: int = 1, envelope: str = "webhook") -> str:
        row = make_row(f"dlv_hook_{sequence}", address, entry=sequence, inbox=address, at=self.clock.now)
        await self.store.write(lambda db: queue_delivery(db, replace(row, envelope=envelope)))
        return row.id


@pytest.fixture
def office(
    store: SqliteStore, client: Client, directory: Directory, local: LocalActor, clock: Clock
) -> Exchange:
    return Exchange(store, client, directory, local, clock)


def hooks(peer: Peer) -> list[Seen]:
    return [seen for seen in peer.posts() if seen.target.endswith("/hook")]


async def test_another_kind_is_delivered_beside_activities(office: Exchange, peer: Peer) -> None:
    (activity,) = await office.queue(f"{peer.origin}/actors/bob")
    hook = await office.call(f"{peer.origin}/hook")
    async with office.at_work():
        for id in (activity, hook):
            assert (await office.attempted(id)).state is DeliveryState.DELIVERED
    (seen,) = hooks(peer)
    signed = b".".join((hook.encode(), str(int(START.timestamp())).encode(), seen.body))
    expected = b64encode(hmac.digest(SECRET, signed, sha256)).decode()
    assert seen.header("webhook-signature") == f"v1,{expected}"
    assert seen.header("Content-Type") == "application/json"
    assert seen.header("Signature") is None
    assert len(peer.posts()) == 2


async def test_it_is_retried_in_order_and_shares_the_circuit_of_its_origin(
    office: Exchange, peer: Peer
) -> None:
    peer.answer = lambda _: web.Response(status=503)
    first = await office.call(f"{peer.origin}/hook", sequence=1)
    second = await office.call(f"{peer.origin}/hook", sequence=2)
    async with office.at_work():
        assert (await office.attempted(first)).last_error == "The webhook answered 503."
        await office.until(lambda: see(office.store, lambda db: load_origin(db, peer.origin)) is not None)
        assert office.row(second).attempts == 0
        peer.answer = accepted
        office.pass_time(seconds=10)
        assert (await office.attempted(second)).state is DeliveryState.DELIVERED
    assert [seen.header("webhook-id") for seen in hooks(peer)] == [first, first, second]


async def test_its_kind_knows_what_its_end_means(office: Exchange, serve: ServePeer) -> None:
    gone = await serve(lambda _: web.Response(status=410))
    first = await office.call(f"{gone.origin}/hook", sequence=1)
    second = await office.call(f"{gone.origin}/hook", sequence=2)
    async with office.at_work():
        await office.attempted(first)
        await office.until(lambda: office.row(second).state is DeliveryState.GONE)
    assert office.hooks.disabled == [f"{gone.origin}/hook"]
    assert len(gone.posts()) == 1


async def test_one_that_cannot_be_made_keeps_no_other_from_being_sent(office: Exchange, peer: Peer) -> None:
    lost = await office.call(f"{peer.origin}/lost/hook", sequence=13)
    found = await office.call(f"{peer.origin}/hook", sequence=14)
    async with office.at_work():
        assert (await office.attempted(found)).state is DeliveryState.DELIVERED
        row = await office.attempted(lost)
    assert (row.state, row.last_error) == (DeliveryState.REFUSED, "There is no such event.")


async def test_a_kind_that_this_release_does_not_know_waits_for_one_that_does(
    office: Exchange, peer: Peer
) -> None:
    id = await office.call(f"{peer.origin}/hook", envelope="pigeon")
    async with office.at_work():
        row = await office.attempted(id)
    assert (row.state, row.last_error) == (
        DeliveryState.QUEUED, "This node could not send it; its log says why.",
    )  # fmt: skip
    assert peer.posts() == []
