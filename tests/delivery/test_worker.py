"""The worker against peers on loopback: the DL group of the attack catalogue, order, fairness, restarts.

The clock stands still unless a test moves it, so whatever is due later stays due later.
"""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import orjson
import pytest
from aiohttp import web

from node.core.retries import FIRST_DELAY, LONGEST_REST, TRIP_AFTER, WINDOW
from node.delivery import worker as worker_module
from node.delivery.client import Client
from node.delivery.directory import RETRY_AFTER, Directory
from node.delivery.envelopes.activities import Activities
from node.delivery.lanes import IN_FLIGHT_PER_NEIGHBOURHOOD, IN_FLIGHT_PER_ORIGIN
from node.delivery.worker import Worker
from node.services.acting import LocalActor
from node.services.ledger.recording import recorder
from node.storage.cache import forget_remote_actor, save_remote_actor
from node.storage.deliveries import (
    ACTIVITY,
    DeliveryRow,
    DeliveryState,
    count_deliveries,
    hold_delivery,
    load_delivery,
    queue_delivery,
    requeue_delivery,
    settle_delivery,
)
from node.storage.origins import OriginRow, end_rest, load_origin, save_origin
from node.storage.peer_keys import KeyState, PeerKeyRow, keys_of, save_key
from node.storage.peers import PeerRow, save_peer
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from node.storage.sqlite.session import SqliteSession
from protocol import signatures
from protocol.actors import Actor, ActorKey, KeyPurpose, render_actor
from protocol.keys import ed25519_from_seed
from protocol.vocabulary import PROBLEM_JSON, PUBLIC
from tests.delivery.conftest import (
    START,
    Clock,
    Peer,
    Seen,
    ServePeer,
    SpeakRaw,
    accepted,
    make_actor,
    publish,
)
from tests.delivery.rows import ALICE, make_row, queue, see
from tests.whole import LEDGER

FOLLOWERS = f"{ALICE}/followers"


class Office:
    """A worker with its file, and ways to wait for what it does."""

    def __init__(
        self, store: SqliteStore, client: Client, directory: Directory, local: LocalActor, clock: Clock
    ) -> None:
        self.store, self.client, self.directory, self.local, self.clock = (
            store,
            client,
            directory,
            local,
            clock,
        )
        self.jitter = 0.5
        self.worker = self.hire()
        self.work: asyncio.Task[None] | None = None

    def sender(self, iri: str) -> LocalActor | None:
        return self.local if iri == self.local.iri else None

    def hire(self) -> Worker:
        activities = Activities(self.directory, self.sender, recorder(LEDGER))
        return Worker(
            self.store,
            self.client,
            {ACTIVITY: activities},
            clock=self.clock,
            jitter=lambda: self.jitter,
        )

    async def queue(self, *recipients: str, inbox: str | None = None, **members: object) -> list[str]:
        at = self.clock.now
        return await self.store.write(lambda db: queue(db, recipients, at=at, inbox=inbox, **members))

    def row(self, id: str) -> DeliveryRow:
        row = see(self.store, lambda db: load_delivery(db, id))
        assert row is not None
        return row

    def counts(self) -> dict[str, int]:
        return see(self.store, count_deliveries)

    def origin(self, peer: Peer) -> OriginRow | None:
        return see(self.store, lambda db: load_origin(db, peer.origin))

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something is so, half a minute at most."""
        for _ in range(6_000):
            if true():
                return
            await asyncio.sleep(0.005)
        raise AssertionError("it did not come to pass")

    async def attempted(self, id: str, times: int = 1) -> DeliveryRow:
        """Wait until it is on record that a delivery was attempted so often, and return it."""
        await self.until(lambda: self.row(id).attempts >= times)
        return self.row(id)

    async def idle(self) -> None:
        """Let the worker do what it would do now if anything were to be done."""
        self.worker.wake()
        await asyncio.sleep(0.05)

    async def at_rest(self) -> None:
        """Wait until nothing is in flight, and what came of it is on record."""
        await self.until(lambda: len(self.worker._lanes) == 0)

    def pass_time(self, **by: float) -> None:
        self.clock.advance(**by)
        self.worker.wake()

    def begin(self) -> None:
        self.work = asyncio.create_task(self.worker.run())

    async def end(self, grace_seconds: float) -> None:
        assert self.work is not None
        await self.worker.stop(grace_seconds)
        await self.work

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        self.begin()
        try:
            yield
        finally:
            await self.end(1)


@pytest.fixture
def office(
    store: SqliteStore, client: Client, directory: Directory, local: LocalActor, clock: Clock
) -> Office:
    return Office(store, client, directory, local, clock)


async def know(store: SqliteStore, actor: Actor) -> None:
    """Have an actor's document in the file, as if it had been fetched."""
    document = render_actor(actor)
    await store.write(lambda db: save_remote_actor(db, actor, document=document, fetched_at=START))


def status(code: int, **headers: str) -> Callable[[Seen], web.Response]:
    return lambda _: web.Response(
        status=code, headers={name.replace("_", "-"): value for name, value in headers.items()}
    )


# Delivering


async def test_what_is_queued_is_delivered_and_can_be_verified(
    office: Office, peer: Peer, local: LocalActor, clock: Clock
) -> None:
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
    assert (row.state, row.last_status, row.settled_at) == (DeliveryState.DELIVERED, 202, clock.now)
    (seen,) = peer.posts()
    assert seen.target == f"{peer.origin}/actors/bob/inbox"
    assert orjson.loads(seen.body)["id"] == row.activity
    signatures.check(seen.signature(clock.now), local.rsa.key.public)


async def test_what_is_queued_while_it_works_wakes_the_worker(office: Office, peer: Peer) -> None:
    async with office.at_work():
        await office.idle()
        (id,) = await office.queue(f"{peer.origin}/actors/bob")
        assert (await office.attempted(id)).state is DeliveryState.DELIVERED


async def test_an_unknown_inbox_is_asked_for(office: Office, peer: Peer) -> None:
    bob = publish(peer, replace(make_actor(f"{peer.origin}/actors/bob"), inbox=f"{peer.origin}/in/bob"))
    (id,) = await office.queue(bob.iri, inbox="")
    async with office.at_work():
        row = await office.attempted(id)
    assert (row.state, row.inbox) == (DeliveryState.DELIVERED, bob.inbox)
    assert peer.posts()[0].target == bob.inbox


async def test_an_unknown_inbox_that_cannot_be_had_is_asked_for_again_later(
    office: Office, peer: Peer
) -> None:
    peer.answer = status(500)
    (id,) = await office.queue(f"{peer.origin}/actors/bob", inbox="")
    async with office.at_work():
        row = await office.attempted(id)
    assert (row.state, row.last_status) == (DeliveryState.QUEUED, None)
    assert row.last_error == "The other server answers with HTTP 500."


async def test_a_peer_that_speaks_ed25519_gets_it(office: Office, store: SqliteStore, peer: Peer) -> None:
    bob = make_actor(f"{peer.origin}/actors/bob", ed25519=True)
    await know(store, bob)
    (id,) = await office.queue(bob.iri)
    async with office.at_work():
        await office.attempted(id)
    assert peer.posts()[0].signature(office.clock.now).key_id == office.local.ed25519.id


# What goes wrong: DL-01, DL-02


@pytest.mark.parametrize(
    "code", [pytest.param(one, id=f"DL-01 {one}") for one in (500, 503, 504, 408, 425, 429, 302)]
)
async def test_what_may_pass_is_tried_again(office: Office, peer: Peer, code: int) -> None:
    peer.answer = status(code)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
        assert (row.state, row.last_status) == (DeliveryState.QUEUED, code)
        assert row.due_at == START + FIRST_DELAY / 2
        assert str(code) in str(row.last_error)
        peer.answer = accepted
        await office.idle()
        assert office.row(id).attempts == 1
        office.pass_time(seconds=2.5)
        assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED


async def test_dl_01_a_timeout_is_tried_again(
    office: Office, store: SqliteStore, clock: Clock, speak_raw: SpeakRaw, local: LocalActor
) -> None:
    async def silent(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(30)

    origin = await speak_raw(silent)
    async with Client(office.client.reach, clock=clock, user_agent="test", timeout_seconds=0.05) as hasty:
        directory = Directory(hasty, store, clock=clock, home="https://home.example", local=lambda _: None)
        impatient = Office(store, hasty, directory, local, clock)
        (id,) = await impatient.queue(f"{origin}/actors/bob")
        async with impatient.at_work():
            row = await impatient.attempted(id)
    assert (row.state, row.last_error) == (DeliveryState.QUEUED, "The other server did not answer in time.")


@pytest.mark.parametrize(
    ("recipient", "error"),
    [
        pytest.param("http://127.0.0.1:{}/actors/bob", "takes no connection", id="DL-01 refused"),
        pytest.param(
            "https://10.0.0.1:{}/actors/bob", "no place this node connects to", id="DL-01 out of reach"
        ),
    ],
)
async def test_a_peer_that_cannot_be_reached_is_tried_again(
    office: Office, recipient: str, error: str
) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    (id,) = await office.queue(recipient.format(port))
    async with office.at_work():
        row = await office.attempted(id)
    assert row.state is DeliveryState.QUEUED
    assert error in str(row.last_error)


async def test_dl_01_tls_that_fails_is_tried_again(office: Office, peer: Peer) -> None:
    (id,) = await office.queue(f"{peer.origin.replace('http:', 'https:')}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
    assert (row.state, row.last_error) == (
        DeliveryState.QUEUED, "The other server has no valid certificate for its name.",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("header", "due_in"),
    [
        pytest.param("600", timedelta(minutes=10), id="DL-01 Retry-After"),
        pytest.param("9999999", timedelta(hours=24), id="DL-01 capped"),
        pytest.param("-1", FIRST_DELAY / 2, id="DL-01 negative"),
        pytest.param("Wed, 21 Oct 2015 07:28:00 GMT", FIRST_DELAY / 2, id="DL-01 in the past"),
        pytest.param("soon", FIRST_DELAY / 2, id="DL-01 garbage"),
    ],
)
async def test_a_peer_is_given_the_time_it_asks_for(
    office: Office, peer: Peer, header: str, due_in: timedelta
) -> None:
    peer.answer = status(503, Retry_After=header)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        assert (await office.attempted(id)).due_at == START + due_in


@pytest.mark.parametrize(
    "code", [pytest.param(one, id=f"DL-02 {one}") for one in (400, 403, 409, 413, 415, 422)]
)
async def test_dl_02_a_refusal_is_final_and_shown(office: Office, peer: Peer, code: int) -> None:
    peer.answer = status(code)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
        office.pass_time(days=1)
        await office.idle()
    assert (row.state, row.last_status) == (DeliveryState.REFUSED, code)
    assert str(row.last_error).startswith(f"The inbox answered {code} ")
    assert len(peer.posts()) == (2 if code in (400, 403) else 1)  # the second one signed in the older way


def paused(_: Seen) -> web.Response:
    headers = {"Content-Type": PROBLEM_JSON, "Retry-After": "3600"}
    return web.Response(status=409, body=b'{"code":"intention-paused"}', headers=headers)


async def test_an_offer_to_a_paused_wish_waits_aside_and_what_comes_after_it_does_not(
    office: Office, peer: Peer
) -> None:
    peer.answer = paused
    bob = f"{peer.origin}/actors/bob"
    (offer,) = await office.queue(bob, type="Offer")
    async with office.at_work():
        row = await office.attempted(offer)
        assert (row.state, row.aside, row.due_at) == (DeliveryState.QUEUED, True, START + timedelta(hours=1))
        assert row.last_error == "The inbox answered 409 Conflict (intention-paused)."
        peer.answer = accepted
        (note,) = await office.queue(bob)
        await office.until(lambda: office.row(note).state is DeliveryState.DELIVERED)
        assert office.row(offer).state is DeliveryState.QUEUED
        office.pass_time(hours=1)
        assert (await office.attempted(offer, 2)).state is DeliveryState.DELIVERED


async def test_only_an_offer_waits_for_the_end_of_a_pause(office: Office, peer: Peer) -> None:
    peer.answer = paused
    (id,) = await office.queue(f"{peer.origin}/actors/bob", type="Accept")
    async with office.at_work():
        assert (await office.attempted(id)).state is DeliveryState.REFUSED


@pytest.mark.parametrize(
    ("content_type", "body", "error"),
    [
        (
            PROBLEM_JSON,
            b'{"code":"digest-mismatch"}',
            "The inbox answered 422 Unprocessable Entity (digest-mismatch).",
        ),
        (PROBLEM_JSON, b'{"code":"<b>\\u001b[2J"}', "The inbox answered 422 Unprocessable Entity."),
        (PROBLEM_JSON, b'{"code":7}', "The inbox answered 422 Unprocessable Entity."),
        (PROBLEM_JSON, b"[]", "The inbox answered 422 Unprocessable Entity."),
        (PROBLEM_JSON, b"{", "The inbox answered 422 Unprocessable Entity."),
        ("text/html", b'{"code":"digest-mismatch"}', "The inbox answered 422 Unprocessable Entity."),
    ],
)
async def test_a_refusal_is_shown_with_the_peers_code_and_no_other_word_of_it(
    office: Office, peer: Peer, content_type: str, body: bytes, error: str
) -> None:
    peer.answer = lambda _: web.Response(status=422, body=body, headers={"Content-Type": content_type})
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        assert (await office.attempted(id)).last_error == error


async def test_a_status_without_a_name_is_shown_by_its_number(office: Office, peer: Peer) -> None:
    peer.answer = status(499)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        assert (await office.attempted(id)).last_error == "The inbox answered 499."


async def test_dl_02_a_401_is_signed_anew_at_once_and_tried_again_later(office: Office, peer: Peer) -> None:
    peer.answer = status(401)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        row = await office.attempted(id)
        assert (row.state, row.last_status, len(peer.posts())) == (DeliveryState.QUEUED, 401, 2)
        peer.answer = accepted
        office.pass_time(seconds=10)
        assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED


@pytest.mark.parametrize("code", [pytest.param(one, id=f"DL-02 {one}") for one in (404, 410)])
async def test_dl_02_an_inbox_that_is_gone_takes_its_line_with_it(
    office: Office, peer: Peer, code: int
) -> None:
    bob = publish(peer, make_actor(f"{peer.origin}/actors/bob"))
    (first,) = await office.queue(bob.iri)
    (second,) = await office.queue(bob.iri)
    (other,) = await office.queue(f"{peer.origin}/actors/carol")
    peer.answer = lambda seen: web.Response(status=code if "bob" in seen.target else 202)
    async with office.at_work():
        await office.attempted(other)
        await office.attempted(first)
        await office.idle()
    states = [office.row(id).state for id in (first, second, other)]
    assert states == [DeliveryState.GONE, DeliveryState.GONE, DeliveryState.DELIVERED]
    assert len(peer.posts()) == 2


async def test_a_recipient_that_was_deleted_is_gone(office: Office, peer: Peer) -> None:
    peer.answer = lambda seen: web.Response(status=410 if seen.method == "GET" else 503)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        await office.attempted(id)
        office.pass_time(seconds=10)
        row = await office.attempted(id, 2)
    assert (row.state, row.last_status) == (DeliveryState.GONE, 410)
    assert len(peer.posts()) == 1


@pytest.mark.parametrize("inbox", ["", "/inbox/for/all"])
async def test_a_recipient_that_was_deleted_takes_along_nobody_elses(
    office: Office, peer: Peer, inbox: str
) -> None:
    peer.answer = lambda seen: web.Response(status=410 if seen.target.endswith("/bob") else 503)
    address = f"{peer.origin}{inbox}" if inbox else ""
    bob, other = await office.queue(f"{peer.origin}/actors/bob", f"{peer.origin}/actors/carol", inbox=address)
    async with office.at_work():
        await office.attempted(other)
        if inbox:  # it is asked first where one is known
            await office.attempted(bob)
            office.pass_time(seconds=10)
        await office.until(lambda: office.row(bob).state is not DeliveryState.QUEUED)
        await office.idle()
    assert (office.row(bob).state, office.row(other).state) == (DeliveryState.GONE, DeliveryState.QUEUED)


async def test_what_can_never_be_sent_is_refused_at_once(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    stranger = replace(make_row("dlv_a", f"{peer.origin}/actors/a"), actor="https://home.example/actors/gone")
    missing = make_row("dlv_b", f"{peer.origin}/actors/b", entry=77)
    plain = make_row("dlv_c", "http://peer.example/actors/c")
    await office.queue(f"{peer.origin}/actors/z")
    for row in (stranger, missing, plain):
        await store.write(partial(queue_delivery, delivery=row))
    async with office.at_work():
        errors = [(await office.attempted(row.id)).last_error for row in (stranger, missing, plain)]
        states = {office.row(row.id).state for row in (stranger, missing, plain)}
    assert errors == [
        "The sending actor has no keys on this node.",
        "The journal has no activity to send at this place.",
        "An address does not use https.",
    ]
    assert states == {DeliveryState.REFUSED}
    assert [seen.target for seen in peer.posts()] == [f"{peer.origin}/actors/z/inbox"]


async def test_a_mistake_of_our_own_is_an_outcome_too(
    office: Office, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    (id,) = await office.queue(f"{peer.origin}/actors/bob")

    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a mistake")

    with monkeypatch.context() as patch:
        patch.setattr(office.client, "post", broken)
        async with office.at_work():
            row = await office.attempted(id)
    assert (row.state, row.last_error) == (
        DeliveryState.QUEUED,
        "This node could not send it; its log says why.",
    )


async def test_dl_08_each_attempt_is_signed_anew_over_the_same_bytes(
    office: Office, peer: Peer, clock: Clock
) -> None:
    peer.answer = status(503)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        await office.attempted(id)
        peer.answer = accepted
        office.pass_time(days=2)
        await office.attempted(id, 2)
    first, second = peer.posts()
    assert first.body == second.body
    assert first.signature(START).created == START
    assert second.signature(clock.now).created == START + timedelta(days=2)


# Inboxes that move: DL-07


async def test_dl_07_a_retry_goes_to_where_the_inbox_is_now(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    bob = make_actor(f"{peer.origin}/actors/bob")
    await know(store, bob)
    (first,) = await office.queue(bob.iri)
    (second,) = await office.queue(bob.iri)
    peer.answer = status(503)
    async with office.at_work():
        await office.attempted(first)
        moved = publish(peer, replace(bob, inbox=f"{peer.origin}/new/bob"))
        peer.answer = accepted
        office.clock.now = START + RETRY_AFTER
        office.worker.wake()
        await office.attempted(second)
    targets = [seen.target for seen in peer.posts()]
    assert targets == [bob.inbox, moved.inbox, moved.inbox]
    assert office.row(second).inbox == moved.inbox


async def test_dl_07_an_inbox_that_is_gone_is_looked_for_before_that_is_believed(
    office: Office, peer: Peer
) -> None:
    bob = publish(peer, replace(make_actor(f"{peer.origin}/actors/bob"), inbox=f"{peer.origin}/new/bob"))
    (id,) = await office.queue(bob.iri, inbox=f"{peer.origin}/old/bob")
    peer.answer = lambda seen: web.Response(status=410 if "/old/" in seen.target else 202)
    async with office.at_work():
        row = await office.attempted(id)
    assert (row.state, row.inbox) == (DeliveryState.DELIVERED, bob.inbox)
    assert [seen.target for seen in peer.posts()] == [f"{peer.origin}/old/bob", bob.inbox]


async def test_dl_07_an_inbox_that_moved_right_after_its_actor_was_read_is_looked_for_later(
    office: Office, peer: Peer
) -> None:
    """An actor is not asked anew at once; until it is, nobody knows that it is nowhere else."""
    bob = publish(peer, make_actor(f"{peer.origin}/actors/bob"))
    await office.directory.actor(bob.iri)
    office.pass_time(seconds=3)
    moved = publish(peer, replace(bob, inbox=f"{peer.origin}/new/bob"))
    peer.answer = lambda seen: web.Response(status=202 if "/new/" in seen.target else 404)
    (id,) = await office.queue(bob.iri, inbox=bob.inbox)
    async with office.at_work():
        row = await office.attempted(id)
        assert (row.state, row.last_status) == (DeliveryState.QUEUED, None)
        assert row.due_at is not None
        assert row.due_at - office.clock.now >= timedelta(minutes=4)
        office.pass_time(minutes=6)
        row = await office.attempted(id, 2)
    assert (row.state, row.inbox) == (DeliveryState.DELIVERED, moved.inbox)


async def test_dl_07_an_inbox_is_not_gone_while_its_actor_cannot_be_read(office: Office, peer: Peer) -> None:
    iri = f"{peer.origin}/actors/bob"
    (id,) = await office.queue(iri, inbox=f"{peer.origin}/old/bob")
    peer.answer = lambda seen: web.Response(status=410 if seen.method == "POST" else 503)
    async with office.at_work():
        assert (await office.attempted(id)).state is DeliveryState.QUEUED
        bob = publish(peer, make_actor(iri))
        peer.answer = accepted
        office.pass_time(hours=1)
        assert (await office.attempted(id, 2)).inbox == bob.inbox
    assert office.row(id).state is DeliveryState.DELIVERED


async def test_dl_07_what_waits_for_a_peer_goes_where_it_has_moved(
    office: Office, store: SqliteStore, serve: ServePeer, peer: Peer
) -> None:
    old = await serve(status(503))
    bob = publish(peer, replace(make_actor(f"{peer.origin}/actors/bob"), inbox=f"{peer.origin}/in/bob"))
    known = PeerRow(ALICE, "peer_1", f"{old.origin}/actors/bob", "Bob", "Person", None, START)
    await store.write(lambda db: save_peer(db, known))
    (tried,) = await office.queue(known.id, inbox=f"{old.origin}/in/bob")
    (queued,) = await office.queue(known.id, inbox=f"{old.origin}/in/bob")
    async with office.at_work():
        assert (await office.attempted(tried)).address == known.address
        await store.write(lambda db: save_peer(db, replace(known, address=bob.iri)))
        office.worker.wake()
        await office.until(lambda: office.row(queued).state is DeliveryState.DELIVERED)
    assert {office.row(id).inbox for id in (tried, queued)} == {bob.inbox}
    assert [seen.target for seen in peer.posts()] == [bob.inbox] * 2
    assert len(old.posts()) == 1


def keyed(iri: str, *names: str, **members: Any) -> Actor:
    """Make an actor that signs with keys of these names."""
    made = [ed25519_from_seed(name.encode().ljust(32, b"-")).public for name in names]
    purposes = frozenset({KeyPurpose.HTTP, KeyPurpose.ASSERTION})
    listed = [ActorKey(f"{iri}#{key.fragment}", iri, key, purposes) for key in made]
    return replace(make_actor(iri, *listed), **members)


async def meet(store: SqliteStore, actor: Actor) -> str:
    """Know an actor as a peer by the keys it has, and where its inbox is; return the peer's id."""
    await know(store, actor)
    known = PeerRow(ALICE, "peer_1", actor.iri, "Bob", "Person", None, START)

    def keep(db: Session) -> None:
        save_peer(db, known)
        for key in actor.keys:
            save_key(db, PeerKeyRow(ALICE, known.id, key.key.fragment, KeyState.KNOWN, START))

    await store.write(keep)
    return known.id


def states(store: SqliteStore) -> dict[str, KeyState]:
    return see(store, lambda db: keys_of(db, ALICE, "peer_1"))


@pytest.mark.parametrize("answer", [503, 410])
async def test_nothing_goes_where_the_document_of_other_keys_says(
    office: Office, store: SqliteStore, peer: Peer, answer: int
) -> None:
    iri = f"{peer.origin}/actors/bob"
    bob = keyed(iri, "old")
    id = await meet(store, bob)
    taken = publish(peer, keyed(iri, "theirs", inbox=f"{peer.origin}/theirs"))
    peer.answer = status(answer)
    (first,) = await office.queue(id, inbox=bob.inbox)
    office.clock.now = START + RETRY_AFTER  # so that the document may be asked for again
    async with office.at_work():
        row = await office.attempted(first)
        peer.answer = accepted
        if answer == 503:
            assert row.last_status == answer
            office.pass_time(hours=1)
            row = await office.attempted(first, 2)
        assert (row.state, row.last_status) == (DeliveryState.QUEUED, None)
        assert "not confirmed" in str(row.last_error)
        new = taken.keys[0].key.fragment
        assert states(store)[new] is KeyState.HELD
        # The owner says that it is the same business, and it has everything.
        await store.write(lambda db: save_key(db, PeerKeyRow(ALICE, id, new, KeyState.KNOWN, START)))
        office.pass_time(hours=1)
        await office.until(lambda: office.row(first).state is DeliveryState.DELIVERED)
    assert [seen.target for seen in peer.posts()] == [bob.inbox, taken.inbox]


async def test_nothing_is_shared_with_who_came_by_other_keys(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    shared = f"{peer.origin}/inbox"
    bob, carol = (
        keyed(f"{peer.origin}/actors/{name}", name, shared_inbox=shared) for name in ("bob", "carol")
    )
    id = await meet(store, bob)
    await know(store, carol)
    await know(store, publish(peer, keyed(bob.iri, "theirs", shared_inbox=shared)))
    first, second = await office.queue(id, carol.iri, inbox=shared, to=[FOLLOWERS])
    async with office.at_work():
        row = await office.attempted(first)
        assert (await office.attempted(second)).state is DeliveryState.DELIVERED
    assert (row.state, row.last_status) == (DeliveryState.QUEUED, None)
    assert [seen.target for seen in peer.posts()] == [carol.inbox]


async def test_without_a_document_an_inbox_of_who_is_known_by_keys_is_not_believed(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    bob = keyed(f"{peer.origin}/actors/bob", "old")
    id = await meet(store, bob)
    await store.write(lambda db: forget_remote_actor(db, bob.iri))
    peer.answer = status(503)
    (first,) = await office.queue(id, inbox=f"{peer.origin}/theirs")
    async with office.at_work():
        row = await office.attempted(first)
        assert (row.state, row.last_status, peer.posts()) == (DeliveryState.QUEUED, None, [])
        publish(peer, bob)
        peer.answer = accepted
        office.pass_time(hours=1)
        await office.until(lambda: office.row(first).state is DeliveryState.DELIVERED)
    assert [seen.target for seen in peer.posts()] == [bob.inbox]


async def test_dl_07_an_inbox_on_another_origin_is_not_followed(
    office: Office, serve: ServePeer, peer: Peer
) -> None:
    thief = await serve()
    bob = make_actor(f"{peer.origin}/actors/bob")
    peer.documents[bob.iri] = {**render_actor(bob), "inbox": f"{thief.origin}/inbox"}
    peer.answer = status(503)
    (id,) = await office.queue(bob.iri)
    async with office.at_work():
        await office.attempted(id)
        peer.answer = accepted
        office.pass_time(seconds=10)
        assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED
    assert thief.seen == []


# Order, fairness, circuits


async def test_activities_for_one_recipient_arrive_in_order_whatever_happens(
    office: Office, serve: ServePeer
) -> None:
    hiccups = iter([503, 202, 202, 500, 202, 503, 503])
    peer = await serve(lambda seen: web.Response(status=next(hiccups, 202) if "bob" in seen.target else 202))
    bob, carol = f"{peer.origin}/actors/bob", f"{peer.origin}/actors/carol"
    ids = [(await office.queue(bob, carol))[0] for _ in range(6)]

    def delivered_by_now() -> bool:
        office.pass_time(seconds=30)
        return all(office.row(id).state is DeliveryState.DELIVERED for id in ids)

    async with office.at_work():
        await office.until(delivered_by_now)
    taken: dict[str, list[str]] = defaultdict(list)
    for seen in peer.posts():
        activity = orjson.loads(seen.body)["id"]
        if activity not in taken[seen.target][-1:]:
            taken[seen.target].append(activity)
    assert taken[f"{bob}/inbox"] == taken[f"{carol}/inbox"] == [office.row(id).activity for id in ids]


async def test_a_line_that_is_stuck_does_not_hold_up_the_others(office: Office, peer: Peer) -> None:
    peer.answer = lambda seen: web.Response(
        status=422 if "carol" in seen.target else 503 if "bob" in seen.target else 202
    )
    (stuck, *_), others = await office.queue(f"{peer.origin}/actors/bob"), []
    for name in ("carol", "dave", "erin"):
        others += await office.queue(f"{peer.origin}/actors/{name}", f"{peer.origin}/actors/bob")
    async with office.at_work():
        await office.attempted(stuck)
        for id in others[::2]:
            await office.attempted(id)
        await office.idle()
    assert [office.row(id).attempts for id in others[1::2]] == [0, 0, 0]
    assert office.counts() == {"queued": 4, "delivered": 2, "refused": 1}


async def test_no_origin_gets_more_than_its_share_at_once(office: Office, serve: ServePeer) -> None:
    flying, most, everywhere = Counter[str](), Counter[str](), 0
    first, others = asyncio.Event(), asyncio.Event()

    async def held_back(seen: Seen) -> web.StreamResponse:
        """Answer nobody before it is time to, and the first origin not before all others."""
        nonlocal everywhere
        origin = seen.target.partition("/actors")[0]
        flying[origin] += 1
        most[origin] = max(most[origin], flying[origin])
        everywhere = max(everywhere, flying.total())
        await (first if origin == peers[0].origin else others).wait()
        flying[origin] -= 1
        return web.Response(status=202)

    peers = [await serve(held_back) for _ in range(10)]
    for peer, count in zip(peers, (30, *[10] * 9), strict=True):
        await office.queue(*(f"{peer.origin}/actors/{number}" for number in range(count)))
    async with office.at_work():
        await office.until(lambda: flying.total() >= IN_FLIGHT_PER_NEIGHBOURHOOD)
        await office.idle()  # in which more could come
        others.set()
        await office.until(lambda: office.counts() == {"delivered": 90, "queued": 30})
        await office.idle()
        first.set()
        await office.until(lambda: office.counts() == {"delivered": 120})
    assert most[peers[0].origin] == IN_FLIGHT_PER_ORIGIN
    assert max(most.values()) == IN_FLIGHT_PER_ORIGIN
    assert everywhere == IN_FLIGHT_PER_NEIGHBOURHOOD  # all of them are at one address


async def test_a_slow_server_with_a_long_queue_keeps_nobody_else_waiting(
    office: Office, serve: ServePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "BATCH", 20)
    monkeypatch.setattr(worker_module, "LOW_WATER", 5)
    monkeypatch.setattr(worker_module, "HELD_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr("node.delivery.lanes.WAITING_PER_ORIGIN", 10)
    gate = asyncio.Event()

    async def stuck(_: Seen) -> web.StreamResponse:
        await gate.wait()
        return web.Response(status=202)

    slow, quick = await serve(stuck), await serve()
    await office.queue(*(f"{slow.origin}/actors/{number}" for number in range(100)))
    office.clock.advance(seconds=1)
    (id,) = await office.queue(f"{quick.origin}/actors/bob")
    async with office.at_work():
        assert (await office.attempted(id)).state is DeliveryState.DELIVERED
        gate.set()
        await office.until(lambda: office.counts() == {"delivered": 101})
    assert len(slow.posts()) == 100


async def test_dl_04_a_dead_server_is_left_in_peace_then_probed_and_served_in_order(
    office: Office, serve: ServePeer, clock: Clock
) -> None:
    peer = await serve(status(503))
    recipients = [f"{peer.origin}/actors/{number}" for number in range(30)]
    old = await office.queue(*recipients)
    async with office.at_work():
        await office.until(lambda: (row := office.origin(peer)) is not None and row.open_until is not None)
        await office.idle()
        asked = len(peer.posts())
        assert asked < TRIP_AFTER + IN_FLIGHT_PER_ORIGIN
        clock.now = START + timedelta(days=7, hours=12)  # half a week, then the oldest are past their time
        young = await office.queue(*recipients)
        office.worker.wake()
        await office.until(lambda: office.counts().get("refused") == len(old))
        assert all("given up after seven days; last: " in str(office.row(id).last_error) for id in old)
        failing = office.origin(peer)
        assert failing is not None
        assert failing.open_until is not None
        peer.answer = accepted
        clock.now = START + timedelta(days=8)
        office.worker.wake()
        await office.until(lambda: office.counts() == {"refused": len(old), "delivered": len(young)})
    healed = office.origin(peer)
    assert healed is not None
    assert (healed.failures, healed.open_until) == (0, None)


def has_failed_again(office: Office, peer: Peer, failures: int) -> bool:
    row = office.origin(peer)
    return row is not None and row.failures > failures


async def test_a_failed_probe_costs_one_request(office: Office, serve: ServePeer, clock: Clock) -> None:
    peer = await serve(status(503))
    await office.queue(*(f"{peer.origin}/actors/{number}" for number in range(20)))
    async with office.at_work():
        await office.until(lambda: (row := office.origin(peer)) is not None and row.open_until is not None)
        await office.at_rest()
        for _ in range(3):
            before = len(peer.posts())
            resting = office.origin(peer)
            assert resting is not None
            clock.now += LONGEST_REST
            office.worker.wake()
            await office.until(partial(has_failed_again, office, peer, resting.failures))
            await office.idle()
            assert len(peer.posts()) == before + 1


async def test_whose_server_rests_is_asked_at_once_for_what_is_sent_again_by_hand(
    office: Office, serve: ServePeer, store: SqliteStore
) -> None:
    """One probe goes; if it arrives, the rest is over for all."""
    peer = await serve(status(503))
    ids = await office.queue(*(f"{peer.origin}/actors/{number}" for number in range(20)))
    async with office.at_work():
        await office.until(lambda: (row := office.origin(peer)) is not None and row.open_until is not None)
        await office.at_rest()
        before, failures = len(peer.posts()), TRIP_AFTER - 1

        def again(session: Session) -> None:
            requeue_delivery(session, ids[-1], now=office.clock.now)
            end_rest(session, peer.origin, now=office.clock.now)

        await store.write(again)
        await office.until(partial(has_failed_again, office, peer, failures))
        await office.until(lambda: len(peer.posts()) == before + 1)
        await office.at_rest()
        assert len(peer.posts()) == before + 1  # it rests again
        peer.answer = accepted
        await store.write(again)
        await office.until(lambda: office.counts() == {"delivered": len(ids)})


async def test_how_an_origin_fares_survives_a_restart(
    office: Office, serve: ServePeer, store: SqliteStore, clock: Clock, local: LocalActor
) -> None:
    peer = await serve(lambda seen: web.Response(status=202 if not seen.header("Signature-Input") else 401))
    (first,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        await office.attempted(first)
    assert len(peer.posts()) == 2
    async with Client(office.client.reach, clock=clock, user_agent="test") as client:
        directory = Directory(client, store, clock=clock, home="https://home.example", local=lambda _: None)
        restarted = Office(store, client, directory, local, clock)
        (second,) = await restarted.queue(f"{peer.origin}/actors/bob")
        async with restarted.at_work():
            await restarted.attempted(second)
    assert len(peer.posts()) == 3


async def test_a_resting_origin_rests_after_a_restart_too(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    resting = OriginRow(peer.origin, None, TRIP_AFTER, START + timedelta(minutes=1), START)
    await office.queue(f"{peer.origin}/actors/bob")
    await store.write(lambda db: save_origin(db, resting))
    async with office.at_work():
        await office.idle()
        assert peer.seen == []
        office.pass_time(minutes=1)
        await office.until(lambda: office.counts() == {"delivered": 1})


# Shared inboxes


async def know_crowd(store: SqliteStore, peer: Peer, count: int) -> list[str]:
    actors = [
        make_actor(f"{peer.origin}/actors/{number}", shared_inbox=f"{peer.origin}/inbox")
        for number in range(count)
    ]
    for actor in actors:
        await know(store, actor)
    return [actor.iri for actor in actors]


async def test_followers_on_one_server_get_what_is_for_followers_by_one_post(
    office: Office, store: SqliteStore, serve: ServePeer, peer: Peer
) -> None:
    elsewhere = await serve()
    crowd = await know_crowd(store, peer, 50)
    ids = await office.queue(*crowd, f"{elsewhere.origin}/actors/bob", to=[FOLLOWERS, PUBLIC])
    async with office.at_work():
        for id in ids:
            assert (await office.attempted(id)).state is DeliveryState.DELIVERED
    assert [seen.target for seen in peer.posts()] == [f"{peer.origin}/inbox"]
    assert [seen.target for seen in elsewhere.posts()] == [f"{elsewhere.origin}/actors/bob/inbox"]
    assert office.row(ids[0]).inbox == f"{crowd[0]}/inbox"


@pytest.mark.parametrize("blocked", ["blocked", "actors/blocked"])
async def test_nothing_is_shared_where_somebody_is_blocked(
    office: Office, store: SqliteStore, peer: Peer, blocked: str
) -> None:
    """Nobody told them, so for their server they follow on."""
    crowd = await know_crowd(store, peer, 3)
    row = PeerRow(ALICE, "peer_b", f"{peer.origin}/{blocked}", "", "Person", None, START, blocked=True)
    await store.write(lambda db: save_peer(db, row))
    ids = await office.queue(*crowd, to=[FOLLOWERS])
    async with office.at_work():
        for id in ids:
            await office.attempted(id)
    assert sorted(seen.target for seen in peer.posts()) == [f"{iri}/inbox" for iri in crowd]


async def test_it_is_shared_where_nobody_is_blocked_whoever_is_elsewhere(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    crowd = await know_crowd(store, peer, 3)
    elsewhere = f"{peer.origin}0/actors/blocked"  # the port goes on
    row = PeerRow(ALICE, "peer_b", elsewhere, "", "Person", None, START, blocked=True)
    await store.write(lambda db: save_peer(db, row))
    ids = await office.queue(*crowd, to=[FOLLOWERS])
    async with office.at_work():
        for id in ids:
            await office.attempted(id)
    assert [seen.target for seen in peer.posts()] == [f"{peer.origin}/inbox"]


@pytest.mark.parametrize("to", [None, [PUBLIC]])
async def test_what_names_its_readers_goes_to_each_ones_own_inbox(
    office: Office, store: SqliteStore, peer: Peer, to: list[str] | None
) -> None:
    crowd = await know_crowd(store, peer, 3)
    ids = await office.queue(*crowd, to=to or crowd)
    async with office.at_work():
        for id in ids:
            await office.attempted(id)
    assert sorted(seen.target for seen in peer.posts()) == [f"{iri}/inbox" for iri in crowd]


async def test_a_shared_inbox_that_refuses_is_left_for_the_recipients_own(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    crowd = await know_crowd(store, peer, 4)
    peer.answer = lambda seen: web.Response(status=422 if seen.target == f"{peer.origin}/inbox" else 202)
    for _ in range(2):
        ids = await office.queue(*crowd, to=[FOLLOWERS])
        if _ == 0:
            office.begin()
        for id in ids:
            assert (await office.attempted(id)).state is DeliveryState.DELIVERED
    await office.end(1)
    assert Counter(seen.target == f"{peer.origin}/inbox" for seen in peer.posts()) == {True: 1, False: 8}


async def test_a_shared_inbox_that_speaks_of_a_pause_refuses_like_any_other(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    """Only an offer waits for the end of a pause; a wish that is told to many would have waited aside."""
    crowd = await know_crowd(store, peer, 3)
    peer.answer = lambda seen: paused(seen) if seen.target == f"{peer.origin}/inbox" else accepted(seen)
    ids = await office.queue(*crowd, to=[FOLLOWERS])
    async with office.at_work():
        for id in ids:
            assert (await office.attempted(id)).state is DeliveryState.DELIVERED


async def test_what_is_shared_is_retried_together(office: Office, store: SqliteStore, peer: Peer) -> None:
    crowd = await know_crowd(store, peer, 4)
    peer.answer = lambda seen: web.Response(status=503 if seen.method == "POST" else 404)
    ids = await office.queue(*crowd, to=[FOLLOWERS])
    async with office.at_work():
        await office.attempted(ids[3])
        peer.answer = accepted
        office.pass_time(seconds=10)
        for id in ids:
            assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED
    assert len(peer.posts()) == 2


async def test_one_of_a_crowd_that_was_deleted_takes_along_nobody_elses(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    crowd = await know_crowd(store, peer, 3)
    peer.answer = lambda seen: web.Response(status=503 if seen.method == "POST" else 410)
    ids = await office.queue(*crowd, to=[FOLLOWERS])
    async with office.at_work():
        await office.attempted(ids[2])
        peer.answer = lambda seen: web.Response(status=202 if seen.method == "POST" else 410)
        office.pass_time(seconds=RETRY_AFTER.total_seconds())
        for id in ids:
            assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED
    assert [seen.target for seen in peer.posts()] == [f"{peer.origin}/inbox"] * 2


async def test_a_crowd_that_cannot_be_read_is_served_one_by_one(
    office: Office, store: SqliteStore, peer: Peer
) -> None:
    recipients = [f"{peer.origin}/actors/{number}" for number in range(3)]
    rows = [make_row(f"dlv_{number}", iri, entry=99) for number, iri in enumerate(recipients)]
    for row in rows:
        await store.write(partial(queue_delivery, delivery=row))
    async with office.at_work():
        for row in rows:
            assert (await office.attempted(row.id)).state is DeliveryState.REFUSED


# Starting, stopping, looking


async def test_stopping_lets_what_is_in_flight_finish_and_puts_it_on_record(
    office: Office, serve: ServePeer
) -> None:
    asked = asyncio.Event()

    async def slowly(_: Seen) -> web.StreamResponse:
        asked.set()
        await asyncio.sleep(0.05)
        return web.Response(status=202)

    peer = await serve(slowly)
    ids = await office.queue(*(f"{peer.origin}/actors/{number}" for number in range(20)))
    office.begin()
    await asked.wait()
    await office.end(60)
    states = Counter(office.row(id).state for id in ids)
    assert states == {DeliveryState.DELIVERED: IN_FLIGHT_PER_ORIGIN, DeliveryState.QUEUED: 12}
    assert len(peer.posts()) == IN_FLIGHT_PER_ORIGIN


async def test_what_does_not_finish_in_time_stays_queued_and_is_sent_again(
    office: Office, serve: ServePeer
) -> None:
    asked, gate = asyncio.Event(), asyncio.Event()

    async def stuck(_: Seen) -> web.StreamResponse:
        asked.set()
        await gate.wait()
        return web.Response(status=202)

    peer = await serve(stuck)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    office.begin()
    await asked.wait()
    await office.end(0.01)
    assert (office.row(id).state, office.row(id).attempts) == (DeliveryState.QUEUED, 0)
    gate.set()
    office.worker = office.hire()
    async with office.at_work():
        assert (await office.attempted(id)).state is DeliveryState.DELIVERED
    assert [seen.body for seen in peer.posts()] == [peer.posts()[0].body] * 2


async def test_what_is_cancelled_while_it_waits_is_not_sent(
    office: Office, serve: ServePeer, store: SqliteStore, clock: Clock
) -> None:
    gate = asyncio.Event()

    async def stuck(_: Seen) -> web.StreamResponse:
        await gate.wait()
        return web.Response(status=202)

    peer = await serve(stuck)
    recipients = [f"{peer.origin}/actors/{number}" for number in range(IN_FLIGHT_PER_ORIGIN + 1)]
    *_, last = await office.queue(*recipients)
    async with office.at_work():
        await office.until(lambda: len(peer.posts()) == IN_FLIGHT_PER_ORIGIN)
        await store.write(lambda db: settle_delivery(db, last, DeliveryState.CANCELLED, at=clock.now))
        gate.set()
        await office.until(lambda: office.counts().get("delivered") == IN_FLIGHT_PER_ORIGIN)
        await office.idle()
    assert office.row(last).state is DeliveryState.CANCELLED
    assert len(peer.posts()) == IN_FLIGHT_PER_ORIGIN


async def test_what_is_cancelled_while_it_is_under_way_may_have_arrived(
    office: Office, serve: ServePeer, store: SqliteStore, clock: Clock
) -> None:
    gate = asyncio.Event()

    async def stuck(_: Seen) -> web.StreamResponse:
        await gate.wait()
        return web.Response(status=202)

    peer = await serve(stuck)
    [id] = await office.queue(f"{peer.origin}/actors/1")
    assert not office.row(id).tried
    async with office.at_work():
        await office.until(lambda: len(peer.posts()) == 1)
        assert (office.row(id).tried, office.row(id).attempts) == (True, 0)
        cancelled = DeliveryState.CANCELLED
        await store.write(lambda db: settle_delivery(db, id, cancelled, at=clock.now, attempted=False))
        gate.set()
        await office.idle()
    assert (office.row(id).state, office.row(id).attempts) == (cancelled, 0)


async def test_a_worker_that_never_started_can_be_stopped(office: Office) -> None:
    await office.worker.stop(0)


async def test_the_owner_can_order_a_retry(
    office: Office, peer: Peer, store: SqliteStore, clock: Clock
) -> None:
    peer.answer = status(422)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        await office.attempted(id)
        peer.answer = accepted
        await store.write(lambda db: requeue_delivery(db, id, now=clock.now))
        office.worker.wake()
        assert (await office.attempted(id, 2)).state is DeliveryState.DELIVERED


async def test_what_falls_due_is_sent_without_a_sign(office: Office, peer: Peer, clock: Clock) -> None:
    bob = f"{peer.origin}/actors/bob"
    clock.now -= timedelta(seconds=0.1)
    await office.store.write(lambda db: queue(db, [bob], at=START))
    async with office.at_work():
        await asyncio.sleep(0.02)
        assert peer.posts() == []
        clock.now = START
        await office.until(lambda: office.counts() == {"delivered": 1})


async def test_a_clock_that_is_set_ahead_during_a_look_is_noticed_with_what_happens_next(
    office: Office, peer: Peer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    read: Callable[..., Awaitable[object]] = office.store.read

    async def slow(work: Callable[[SqliteSession], object]) -> object:
        seen = await read(work)
        if isinstance(seen, worker_module._Sight):
            looks.append(clock.now)
            clock.now = START + timedelta(minutes=6)
        return seen

    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    await office.store.write(lambda db: hold_delivery(db, id, until=START + timedelta(minutes=5)))
    await asyncio.sleep(0.1)  # nobody hears of that any more
    monkeypatch.setattr(office.store, "read", slow)
    async with office.at_work():
        await office.until(lambda: looks == [START])
        await asyncio.sleep(0.05)
        assert peer.posts() == []
        await office.store.write(lambda db: queue(db, []))
        await office.until(lambda: office.counts() == {"delivered": 1})


async def test_a_look_that_fails_is_followed_by_another(
    office: Office, peer: Peer, monkeypatch: pytest.MonkeyPatch
) -> None:
    failures = iter([RuntimeError("the file is busy")])
    read: Callable[..., Awaitable[object]] = office.store.read

    async def unsteady(work: Callable[[SqliteSession], object]) -> object:
        for failure in failures:
            raise failure
        return await read(work)

    monkeypatch.setattr(worker_module, "HELD_PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(office.store, "read", unsteady)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    async with office.at_work():
        assert (await office.attempted(id)).state is DeliveryState.DELIVERED


async def test_nothing_is_sent_twice_while_much_is_settled(
    office: Office, serve: ServePeer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "BATCH", 16)
    peers = [await serve() for _ in range(4)]
    for peer in peers:
        for _ in range(3):
            await office.queue(*(f"{peer.origin}/actors/{number}" for number in range(40)))
    async with office.at_work():
        await office.until(lambda: office.counts() == {"delivered": 480})
    for peer in peers:
        assert max(Counter((seen.target, seen.body) for seen in peer.posts()).values()) == 1


@pytest.mark.parametrize("code", [202, 503])
async def test_what_a_look_shows_as_it_was_before_it_was_settled_is_not_sent_again(
    office: Office, serve: ServePeer, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    gate = asyncio.Event()

    async def held(_: Seen) -> web.StreamResponse:
        await gate.wait()
        return web.Response(status=code)

    peer = await serve(held)
    (id,) = await office.queue(f"{peer.origin}/actors/bob")
    read: Callable[..., Awaitable[object]] = office.store.read

    async def slow_read(work: Callable[[SqliteSession], object]) -> object:
        found = await read(work)
        gate.set()
        await office.attempted(id)
        await asyncio.sleep(0.01)
        return found

    async with office.at_work():
        await office.until(lambda: len(peer.posts()) == 1)
        monkeypatch.setattr(office.store, "read", slow_read)
        await office.idle()
        await office.until(lambda: office.row(id).attempts == 1)
        await office.idle()
    assert (len(peer.posts()), office.row(id).attempts) == (1, 1)


def test_the_window_is_a_week() -> None:
    assert timedelta(days=7) == WINDOW
