"""The directory of actors against peers on loopback: what it fetches, what it remembers, whom it believes."""

import asyncio
from collections.abc import Callable, Generator
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from aiohttp import web

from node.delivery.budgets import BURST_PER_ORIGIN
from node.delivery.client import Client
from node.delivery.directory import FRESH_FOR, LIMIT_KEPT_BYTES, RETRY_AFTER, Directory
from node.services.acting import LocalActor
from node.storage.cache import load_addresses, load_remote_actor, save_remote_actor
from node.storage.session import Session
from node.storage.sqlite.database import SqliteStore
from protocol import signatures, verification
from protocol.actors import Actor, ActorKey, KeyPurpose, render_actor
from protocol.errors import Gone, NotFound, ProtocolError, Unauthenticated, Unprocessable
from protocol.flow import FetchActor
from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.signatures import Request, Scheme
from protocol.vocabulary import ACTIVITY_JSON, JRD_JSON
from tests.delivery.conftest import HOME, START, Clock, Peer, Seen, ServePeer, make_actor, publish
from tests.delivery.rows import see


def one_actor(iri: str, *, refresh: bool = False) -> Generator[FetchActor, Actor, Actor]:
    """Want one actor, as a flow."""
    return (yield FetchActor(iri, refresh))


def with_key(iri: str, key: PrivateKey, number: int = 1) -> Actor:
    key_id = f"{iri}#ed25519-{number}"
    return make_actor(
        iri, ActorKey(key_id, iri, key.public, frozenset({KeyPurpose.HTTP, KeyPurpose.ASSERTION}))
    )


@pytest.fixture
def bob(peer: Peer) -> Actor:
    return publish(peer, make_actor(f"{peer.origin}/actors/bob"))


async def why_not(directory: Directory, what: str) -> str:
    with pytest.raises(ProtocolError) as refusal:
        await directory.lookup(what)
    return refusal.value.code


# Fetching and remembering


async def test_an_actor_is_fetched_once_and_signed_by_the_server(
    directory: Directory, peer: Peer, bob: Actor, local: LocalActor, clock: Clock
) -> None:
    for _ in range(3):
        assert await directory.run(one_actor(bob.iri)) == bob
    (seen,) = peer.seen
    signatures.check(seen.signature(clock.now), local.rsa.key.public)


async def test_an_actor_is_known_also_while_the_disk_is_full(
    directory: Directory, store: SqliteStore, peer: Peer, bob: Actor
) -> None:
    (pages,) = store._session.conn.execute("PRAGMA page_count").fetchone()
    store._session.conn.execute(f"PRAGMA max_page_count = {pages}")
    # Larger than what is left in the pages that are there.
    peer.documents[bob.iri] = {**render_actor(bob), "summary": "x" * 15_000}
    assert (await directory.run(one_actor(bob.iri))).iri == bob.iri
    assert (await directory.run(one_actor(bob.iri))).iri == bob.iri
    assert len(peer.seen) == 1
    assert see(store, lambda db: load_remote_actor(db, bob.iri)) is None


async def test_without_a_signer_fetches_go_out_unsigned(
    client: Client, store: SqliteStore, clock: Clock, peer: Peer, bob: Actor
) -> None:
    unsigned = Directory(client, store, clock=clock, home=HOME, local=lambda _: None)
    assert await unsigned.actor(bob.iri) == bob
    assert peer.seen[0].header("Signature") is None


async def test_what_is_in_memory_is_answered_without_suspending(directory: Directory, bob: Actor) -> None:
    await directory.actor(bob.iri)
    conversation = directory.run(one_actor(bob.iri))
    with pytest.raises(StopIteration) as end:
        conversation.send(None)
    assert end.value.value == bob


async def test_an_actor_survives_a_restart_in_the_file(
    client: Client, store: SqliteStore, clock: Clock, directory: Directory, peer: Peer, bob: Actor
) -> None:
    await directory.actor(bob.iri)
    restarted = Directory(client, store, clock=clock, home=HOME, local=lambda _: None)
    assert await restarted.actor(bob.iri) == bob
    assert len(peer.seen) == 1


async def test_many_who_ask_for_it_after_a_restart_ask_nobody_else(
    client: Client, store: SqliteStore, clock: Clock, directory: Directory, peer: Peer, bob: Actor
) -> None:
    await directory.actor(bob.iri)
    restarted = Directory(client, store, clock=clock, home=HOME, local=lambda _: None)
    assert await asyncio.gather(*(restarted.actor(bob.iri) for _ in range(5))) == [bob] * 5
    assert len(peer.seen) == 1


async def test_what_memory_learns_while_the_file_is_read_counts(
    client: Client, store: SqliteStore, clock: Clock, directory: Directory, peer: Peer, bob: Actor
) -> None:
    await directory.actor(bob.iri)
    restarted = Directory(client, store, clock=clock, home=HOME, local=lambda _: None)
    clock.advance(days=2)
    publish(peer, moved := replace(bob, inbox=f"{bob.iri}/new"))
    early = asyncio.create_task(restarted.actor(bob.iri))
    assert await restarted.actor(bob.iri) == await early == moved
    assert restarted.hint(bob.iri) == moved
    assert len(peer.seen) == 2


async def test_what_is_fetched_while_the_file_is_read_is_not_of_a_time_to_come(
    directory: Directory,
    store: SqliteStore,
    clock: Clock,
    peer: Peer,
    bob: Actor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read, fetched = store.read, asyncio.Event()

    async def read_slowly(work: Callable[[Session], Any]) -> Any:
        monkeypatch.setattr(store, "read", read)  # the next one is as fast as ever
        found = await read(work)
        await fetched.wait()
        return found

    monkeypatch.setattr(store, "read", read_slowly)
    early = asyncio.create_task(directory.actor(bob.iri))
    await asyncio.sleep(0)
    clock.advance(seconds=1)
    await directory.actor(bob.iri)
    fetched.set()
    assert await early == bob
    assert len(peer.seen) == 1


async def test_do_08_a_document_that_takes_much_room_is_held_in_memory_only(
    client: Client, store: SqliteStore, clock: Clock, directory: Directory, peer: Peer, bob: Actor
) -> None:
    await directory.actor(bob.iri)
    assert see(store, lambda db: load_remote_actor(db, bob.iri)) is not None
    peer.documents[bob.iri] |= {"padding": "x" * LIMIT_KEPT_BYTES}
    clock.advance(days=1)
    assert await directory.actor(bob.iri) == bob
    assert see(store, lambda db: load_remote_actor(db, bob.iri)) is None
    assert see(store, lambda db: load_addresses(db, [bob.iri])) == {}


async def test_an_actor_counts_for_a_day(directory: Directory, peer: Peer, bob: Actor, clock: Clock) -> None:
    await directory.actor(bob.iri)
    clock.now = START + FRESH_FOR - timedelta(seconds=1)
    await directory.actor(bob.iri)
    assert len(peer.seen) == 1
    clock.now = START + FRESH_FOR
    await directory.actor(bob.iri)
    assert len(peer.seen) == 2


async def test_ky_14_a_refresh_happens_once_in_five_minutes(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    await directory.actor(bob.iri)
    for _ in range(10):
        await directory.actor(bob.iri, refresh=True)
    assert len(peer.seen) == 1
    clock.now += RETRY_AFTER
    for _ in range(10):
        await directory.actor(bob.iri, refresh=True)
    assert len(peer.seen) == 2


async def test_an_actor_that_says_that_it_changed_is_asked_at_once(
    directory: Directory, peer: Peer, ed25519_key: PrivateKey, local: LocalActor, clock: Clock
) -> None:
    iri = f"{peer.origin}/actors/bob"
    publish(peer, with_key(iri, ed25519_key))
    await directory.actor(iri)
    rotated = publish(peer, with_key(iri, ed25519_from_seed(bytes(32)), 2))
    clock.now += timedelta(seconds=1)
    for _ in range(2):  # whoever asked its server since then need not ask again
        assert await directory.changed(iri, since=clock.now) == rotated
    assert await directory.actor(iri) == rotated  # and counts from now on
    assert len(peer.seen) == 2
    assert await directory.changed(local.iri, since=clock.now) == local.actor


async def test_what_was_asked_for_before_it_changed_is_asked_for_again(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    early, asked, answers = peer.documents.pop(bob.iri), asyncio.Event(), asyncio.Event()

    async def answer_late(_: Seen) -> web.StreamResponse:
        asked.set()
        await answers.wait()
        return web.json_response(early, content_type=ACTIVITY_JSON)

    peer.answer = answer_late
    asking = asyncio.create_task(directory.actor(bob.iri))
    await asked.wait()
    rotated = publish(peer, with_key(bob.iri, ed25519_from_seed(bytes(32)), 2))
    clock.now += timedelta(seconds=1)
    changed = asyncio.create_task(directory.changed(bob.iri, since=clock.now))
    answers.set()
    assert await changed == rotated
    assert await asking == bob


async def test_ky_14_what_says_that_it_changed_is_budgeted(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    later = clock.now + timedelta(seconds=1)
    for _ in range(BURST_PER_ORIGIN):
        await directory.changed(bob.iri, since=later)
    with pytest.raises(ProtocolError, match="budget-spent"):
        await directory.changed(bob.iri, since=later)
    assert len(peer.seen) == BURST_PER_ORIGIN


async def test_a_refresh_that_fails_keeps_what_was_known(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    await directory.actor(bob.iri)
    clock.now += RETRY_AFTER
    del peer.documents[bob.iri]
    with pytest.raises(ProtocolError, match="status-unexpected"):
        await directory.actor(bob.iri, refresh=True)
    assert await directory.actor(bob.iri, refresh=True) == bob
    assert await directory.actor(bob.iri) == bob
    assert len(peer.seen) == 2


async def test_what_is_older_than_a_day_is_not_believed_though_its_server_is_silent(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    await directory.actor(bob.iri)
    clock.now += FRESH_FOR
    del peer.documents[bob.iri]
    for _ in range(2):
        with pytest.raises(ProtocolError, match="status-unexpected"):
            await directory.actor(bob.iri)
    assert len(peer.seen) == 2
    assert directory.hint(bob.iri) == bob


async def test_a_failure_is_remembered_for_five_minutes(
    directory: Directory, peer: Peer, clock: Clock, store: SqliteStore
) -> None:
    iri = f"{peer.origin}/actors/nobody"
    peer.answer = lambda _: web.Response(status=404)
    for _ in range(5):
        with pytest.raises(NotFound):
            await directory.actor(iri)
    assert len(peer.seen) == 1
    assert directory.hint(iri) is None
    assert see(store, lambda db: load_remote_actor(db, iri)) is None
    remembered = directory._known.get(iri)
    assert remembered is not None
    assert (remembered.error.__traceback__, remembered.error.__context__) == (None, None)  # DO-08
    clock.now += RETRY_AFTER
    bob = publish(peer, make_actor(iri))
    assert await directory.actor(iri) == bob


async def test_a_remembered_failure_is_a_new_error_each_time(directory: Directory, peer: Peer) -> None:
    peer.answer = lambda _: web.Response(status=404)
    errors: list[ProtocolError] = []
    for _ in range(3):
        with pytest.raises(NotFound) as refusal:
            await directory.actor(f"{peer.origin}/x")
        errors.append(refusal.value)
    assert len({id(error) for error in errors}) == 3


@pytest.mark.parametrize("way", ["410", "Tombstone"])
async def test_a_deleted_actor_is_forgotten(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock, store: SqliteStore, way: str
) -> None:
    await directory.actor(bob.iri)
    clock.now += RETRY_AFTER
    if way == "410":
        del peer.documents[bob.iri]
        peer.answer = lambda _: web.Response(status=410)
    else:
        peer.documents[bob.iri] = {
            "@context": "https://www.w3.org/ns/activitystreams", "id": bob.iri, "type": "Tombstone",
        }  # fmt: skip
    with pytest.raises(Gone):
        await directory.actor(bob.iri, refresh=True)
    assert directory.hint(bob.iri) is None
    assert see(store, lambda db: load_remote_actor(db, bob.iri)) is None


async def test_however_many_wait_an_actor_is_fetched_once(directory: Directory, serve: ServePeer) -> None:
    async def slowly(seen: Seen) -> web.StreamResponse:
        await asyncio.sleep(0.02)
        return web.json_response(render_actor(make_actor(seen.target)), content_type=ACTIVITY_JSON)

    peer = await serve(slowly)
    iri = f"{peer.origin}/actors/bob"
    waiting = [asyncio.create_task(directory.actor(iri)) for _ in range(20)]
    await asyncio.sleep(0.005)
    waiting[0].cancel()
    found = await asyncio.gather(*waiting, return_exceptions=True)
    assert isinstance(found[0], asyncio.CancelledError)
    assert found[1:] == [make_actor(iri)] * 19
    assert len(peer.seen) == 1


async def test_a_fetch_that_nobody_waits_for_any_more_fails_in_silence(
    directory: Directory, serve: ServePeer
) -> None:
    asked, left = asyncio.Event(), asyncio.Event()

    async def slowly(_: Seen) -> web.StreamResponse:
        asked.set()
        await left.wait()
        return web.Response(status=404)

    peer = await serve(slowly)
    waiting = asyncio.create_task(directory.actor(f"{peer.origin}/x"))
    await asked.wait()
    waiting.cancel()
    left.set()
    await asyncio.sleep(0.05)
    assert len(peer.seen) == 1


async def test_closing_gives_up_on_what_is_being_fetched(directory: Directory, serve: ServePeer) -> None:
    asked = asyncio.Event()

    async def never(_: Seen) -> web.StreamResponse:
        asked.set()
        await asyncio.sleep(30)
        return web.Response()

    peer = await serve(never)
    waiting = asyncio.create_task(directory.actor(f"{peer.origin}/x"))
    await asked.wait()
    await directory.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_strangers_cannot_make_us_fetch_without_end(directory: Directory, peer: Peer) -> None:
    peer.answer = lambda _: web.Response(status=404)
    codes = []
    for number in range(BURST_PER_ORIGIN + 5):
        with pytest.raises(ProtocolError) as refusal:
            await directory.actor(f"{peer.origin}/{number}")
        codes.append(refusal.value.code)
    assert codes == ["not-found"] * BURST_PER_ORIGIN + ["budget-spent"] * 5
    assert len(peer.seen) == BURST_PER_ORIGIN


async def test_a_spent_budget_is_not_remembered_as_a_failure(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    peer.answer = lambda _: web.Response(status=404)
    for number in range(BURST_PER_ORIGIN + 1):
        with pytest.raises(ProtocolError):
            await directory.actor(f"{peer.origin}/{number}")
    with pytest.raises(ProtocolError, match="budget-spent"):
        await directory.actor(bob.iri)
    clock.advance(seconds=1)
    assert await directory.actor(bob.iri) == bob


async def test_what_an_earlier_release_kept_but_this_one_cannot_read_is_fetched_anew(
    directory: Directory, store: SqliteStore, peer: Peer, bob: Actor
) -> None:
    document = {"id": bob.iri, "type": "Robot"}
    await store.write(lambda db: save_remote_actor(db, bob, document=document, fetched_at=START))
    assert await directory.actor(bob.iri) == bob
    assert len(peer.seen) == 1


# Whose word counts


async def test_our_own_actors_are_never_asked_for_over_the_network(
    directory: Directory, local: LocalActor, peer: Peer
) -> None:
    assert await directory.actor(local.iri) == directory.hint(local.iri) == local.actor
    with pytest.raises(NotFound):
        await directory.actor(f"{HOME}/actors/nobody")
    assert directory.hint(f"{HOME}/actors/nobody") is None


async def test_what_is_no_address_is_an_error_in_the_flow(directory: Directory) -> None:
    with pytest.raises(Unprocessable, match="iri-invalid"):
        await directory.run(one_actor("acct:bob@peer.example"))


async def test_ky_05_a_document_that_names_itself_elsewhere_on_its_origin_is_read_there(
    directory: Directory, peer: Peer, bob: Actor
) -> None:
    peer.documents[f"{peer.origin}/actors/bob/main-key"] = render_actor(bob)
    for _ in range(2):
        assert await directory.actor(f"{peer.origin}/actors/bob/main-key") == bob
    assert await directory.actor(bob.iri) == bob
    assert len(peer.seen) == 2


@pytest.mark.parametrize("member", ["owner", "controller"])
async def test_ky_01_a_key_that_is_a_document_leads_to_its_owner(
    directory: Directory, peer: Peer, bob: Actor, member: str
) -> None:
    iri = f"{peer.origin}/keys/1"
    peer.documents[iri] = {"id": iri, "type": "CryptographicKey", "publicKeyPem": "…", member: bob.iri}
    assert await directory.actor(iri) == bob
    assert len(peer.seen) == 2


@pytest.mark.parametrize("owner", ["https://victim.example/actors/v", 7, None])
async def test_ky_01_a_key_leads_nowhere_else(directory: Directory, peer: Peer, owner: object) -> None:
    iri = f"{peer.origin}/keys/1"
    peer.documents[iri] = {"id": iri, "type": "Multikey", "publicKeyMultibase": "z6Mk…", "controller": owner}
    with pytest.raises(Unauthenticated, match="actor-inbox"):
        await directory.actor(iri)
    assert len(peer.seen) == 1


async def test_ky_05_only_once(directory: Directory, peer: Peer) -> None:
    for number in range(5):
        peer.documents[f"{peer.origin}/{number}"] = render_actor(make_actor(f"{peer.origin}/{number + 1}"))
    with pytest.raises(Unauthenticated, match="actor-mismatch"):
        await directory.actor(f"{peer.origin}/0")
    assert len(peer.seen) == 2


@pytest.mark.parametrize("named", ["https://victim.example/actors/v", 7, None])
async def test_ky_04_a_document_of_another_origin_is_not_believed(
    directory: Directory, peer: Peer, store: SqliteStore, named: object
) -> None:
    iri = f"{peer.origin}/actors/a"
    peer.documents[iri] = {**render_actor(make_actor(iri)), "id": named}
    with pytest.raises(ProtocolError):
        await directory.actor(iri)
    assert len(peer.seen) == 1
    for one in (iri, "https://victim.example/actors/v"):
        assert directory.hint(one) is None
        assert see(store, partial(load_remote_actor, iri=one)) is None


async def test_a_key_that_cannot_be_fetched_makes_the_sender_unknown(
    directory: Directory, peer: Peer, ed25519_key: PrivateKey, clock: Clock
) -> None:
    request = signed_request(f"{peer.origin}/actors/bob", ed25519_key, clock)
    signature = signatures.read(request, now=clock.now)
    peer.answer = lambda _: web.Response(status=500)
    with pytest.raises(Unauthenticated, match="key-unknown"):
        await directory.run(verification.sender(signature, actor=None))


async def test_a_rotated_key_is_fetched_once_and_then_fits(
    directory: Directory, peer: Peer, ed25519_key: PrivateKey, clock: Clock
) -> None:
    iri = f"{peer.origin}/actors/bob"
    publish(peer, with_key(iri, ed25519_key))
    await directory.actor(iri)
    renewed = ed25519_from_seed(bytes(32))
    rotated = publish(peer, with_key(iri, renewed, 2))
    clock.now += RETRY_AFTER
    signature = signatures.read(signed_request(iri, renewed, clock, 2), now=clock.now)
    assert await directory.run(verification.sender(signature, actor=iri)) == rotated
    assert len(peer.seen) == 2


def signed_request(actor: str, key: PrivateKey, clock: Clock, number: int = 1) -> Request:
    bare = Request("POST", f"{HOME}/inbox", [], b"{}")
    key_id = f"{actor}#ed25519-{number}"
    headers = signatures.sign(bare, scheme=Scheme.RFC9421, key=key, key_id=key_id, now=clock.now)
    return Request("POST", bare.target_uri, [(name.lower(), value) for name, value in headers.items()], b"{}")


# Looking up


def webfinger(peer: Peer, subject: str | None, actor: str) -> None:
    """Have a peer answer about accounts."""
    links = [{"rel": "self", "type": ACTIVITY_JSON, "href": actor}]
    peer.answer = lambda _: web.json_response({"subject": subject, "links": links}, content_type=JRD_JSON)


def account(peer: Peer, name: str = "bob") -> str:
    return f"{name}@{peer.origin.removeprefix('http://')}"


@pytest.mark.parametrize("prefix", ["acct:", "@", ""])
async def test_an_account_is_looked_up_both_ways(
    directory: Directory, peer: Peer, bob: Actor, prefix: str
) -> None:
    webfinger(peer, f"acct:{account(peer)}", bob.iri)
    assert await directory.lookup(prefix + account(peer)) == bob
    assert len(peer.gets("/.well-known/webfinger?resource=acct%3Abob%40127.0.0.1")) == 1


async def test_an_address_is_looked_up_as_it_is(
    directory: Directory, peer: Peer, bob: Actor, local: LocalActor
) -> None:
    assert await directory.lookup(bob.iri) == bob
    assert await directory.lookup(local.iri) == local.actor


async def test_a_lookup_asks_anew(directory: Directory, peer: Peer, bob: Actor, clock: Clock) -> None:
    await directory.lookup(bob.iri)
    clock.now += RETRY_AFTER
    await directory.lookup(bob.iri)
    assert len(peer.seen) == 2


async def test_who_writes_a_server_sees_at_once_what_it_says_now(
    directory: Directory, peer: Peer, bob: Actor, clock: Clock
) -> None:
    for asked in (1, 2):
        clock.now += timedelta(seconds=1)
        assert await directory.lookup(bob.iri, afresh=True) == bob
        assert await directory.lookup(bob.iri) == bob
        assert len(peer.seen) == asked


@pytest.mark.parametrize(
    ("subject", "actor", "code"),
    [
        pytest.param(
            "acct:eve@{host}", "{origin}/actors/bob", "webfinger-mismatch", id="KY-16 other subject"
        ),
        pytest.param(None, "{origin}/actors/bob", "webfinger-mismatch", id="KY-16 no subject"),
        pytest.param(
            "acct:bob@{host}", "https://victim.example/v", "webfinger-foreign-actor", id="KY-16 other host"
        ),
        pytest.param("acct:bob@{host}", "not an address", "iri-invalid", id="KY-16 no address"),
        pytest.param("acct:bob@{host}", "{origin}/actors/eve", "acct-mismatch", id="KY-16 other handle"),
    ],
)
async def test_ky_16_an_account_that_does_not_lead_back_is_refused_with_the_reason(
    directory: Directory, peer: Peer, bob: Actor, subject: str | None, actor: str, code: str
) -> None:
    host = peer.origin.removeprefix("http://")
    publish(peer, make_actor(f"{peer.origin}/actors/eve"))
    webfinger(peer, subject and subject.format(host=host), actor.format(origin=peer.origin))
    assert await why_not(directory, account(peer)) == code


async def test_an_account_of_an_actor_without_a_handle_is_told_what_it_lacks(
    directory: Directory, peer: Peer, bob: Actor
) -> None:
    document = peer.documents[bob.iri]
    peer.documents[bob.iri] = {name: value for name, value in document.items() if name != "preferredUsername"}
    webfinger(peer, f"acct:{account(peer)}", bob.iri)
    with pytest.raises(ProtocolError, match=r"^acct-mismatch: .*\(preferredUsername\)\.$"):
        await directory.lookup(account(peer))


async def test_ky_16_an_account_of_our_own_is_not_looked_up(directory: Directory) -> None:
    assert await why_not(directory, "alice@home.example") == "acct-own"


@pytest.mark.parametrize(
    "what",
    [
        pytest.param(one, id=f"SS-14 {one}")
        for one in ("x@127.0.0.1:6379", "x@host/path?", "x@@host.example", "x#y@host.example", "x@0x7f.1",
                    "x@host.example#", "x@host.example:25", "x@user@host.example", "", "@", "x@10.0.0.1")
    ],
)  # fmt: skip
async def test_ss_14_what_is_no_account_is_refused(directory: Directory, what: str) -> None:
    assert await why_not(directory, what) in {"acct-invalid", "iri-invalid"}


async def test_ss_14_loopback_accounts_are_refused_in_production(
    production: Client, store: SqliteStore, clock: Clock
) -> None:
    directory = Directory(production, store, clock=clock, home=HOME, local=lambda _: None)
    for what in ("x@[::1]", "x@127.0.0.1", "x@localhost", "x@127.0.0.1:8420"):
        assert await why_not(directory, what) in {"acct-invalid", "iri-invalid"}


async def test_lookups_are_budgeted(directory: Directory, peer: Peer) -> None:
    peer.answer = lambda _: web.Response(status=404)
    codes = [await why_not(directory, account(peer, f"n{number}")) for number in range(BURST_PER_ORIGIN + 1)]
    assert codes[-2:] == ["not-found", "budget-spent"]
