from typing import Any

from node.storage import cache
from node.storage.cache import InboxAddress, RemoteActorRow
from node.storage.sqlite.session import SqliteSession
from protocol.actors import read_actor
from tests.storage.rows import NOW, SHOP, at

DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": SHOP,
    "type": "Organization",
    "preferredUsername": "shop",
    "inbox": f"{SHOP}/inbox",
    "outbox": f"{SHOP}/outbox",
}


def keep(db: SqliteSession, *, iri: str = SHOP, minute: int = 0, **changes: Any) -> None:
    document = {**DOCUMENT, "id": iri, "inbox": f"{iri}/inbox", **changes}
    actor = read_actor(document, iri=iri)
    cache.save_remote_actor(db, actor, document=document, fetched_at=at(minute))


def remote(number: int) -> str:
    return f"https://b.example/actors/{number}"


def test_a_fetched_actor_is_remembered_until_it_is_fetched_again(db: SqliteSession) -> None:
    assert cache.load_remote_actor(db, SHOP) is None
    keep(db)
    keep(db, minute=1, inbox="https://b.example/in", endpoints={"sharedInbox": "https://b.example/all"})
    row = cache.load_remote_actor(db, SHOP)
    assert row is not None
    document = row.document
    assert row == RemoteActorRow(
        SHOP, "https://b.example/in", "https://b.example/all", False, "", document, at(1)
    )
    assert document["inbox"] == "https://b.example/in"


def test_an_actor_can_be_forgotten(db: SqliteSession) -> None:
    keep(db)
    assert cache.forget_remote_actor(db, SHOP)
    assert not cache.forget_remote_actor(db, SHOP)


def test_where_known_actors_are_sent_to(db: SqliteSession) -> None:
    assert cache.load_addresses(db, [SHOP]) == {}
    keep(db)
    for number in range(100):
        keep(db, iri=remote(number))
    assert cache.load_addresses(db, [SHOP]) == {
        SHOP: InboxAddress(SHOP, f"{SHOP}/inbox", None, False, frozenset())
    }
    wanted = [remote(number) for number in range(90, 110)]
    found = cache.load_addresses(db, [*wanted, SHOP])
    assert sorted(found) == sorted([*wanted[:10], SHOP])
    assert found[wanted[0]].inbox == f"{wanted[0]}/inbox"
    every = [remote(number) for number in range(100)]
    assert len(cache.load_addresses(db, every)) == 100


def test_the_longest_unfetched_actors_go_first(db: SqliteSession) -> None:
    for number in range(5):
        keep(db, iri=remote(number), minute=number)
    assert cache.trim_remote_actors(db, limit=5) == 0
    assert cache.trim_remote_actors(db, limit=3) == 2
    assert [bool(cache.load_remote_actor(db, remote(number))) for number in range(5)] == [
        False,
        False,
        True,
        True,
        True,
    ]


def test_a_signature_is_new_once(db: SqliteSession) -> None:
    assert cache.remember_replay(db, b"one", expires_at=at(10))
    assert not cache.remember_replay(db, b"one", expires_at=at(20))
    assert cache.remember_replay(db, b"two", expires_at=at(10))


def test_signatures_are_forgotten_after_their_window(db: SqliteSession) -> None:
    cache.remember_replay(db, b"one", expires_at=at(10))
    cache.remember_replay(db, b"two", expires_at=at(20))
    assert cache.purge_replays(db, at(9), most=9) == 0
    assert cache.purge_replays(db, at(10), most=9) == 1
    assert cache.remember_replay(db, b"one", expires_at=at(30))
    assert not cache.remember_replay(db, b"two", expires_at=at(30))


def test_signatures_are_bounded(db: SqliteSession) -> None:
    for number in range(10):
        cache.remember_replay(db, bytes([number]), expires_at=at(number + 1))
    assert [cache.purge_replays(db, NOW, most=4, limit=4) for _ in range(3)] == [4, 2, 0]
    assert not cache.remember_replay(db, bytes([9]), expires_at=at(99))
    assert cache.remember_replay(db, bytes([5]), expires_at=at(99))
