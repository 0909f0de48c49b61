import pytest

from node.storage import cache
from node.storage.cache import RemoteActorRow
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import NOW, SHOP, at

DOCUMENT = {
    "@context": ["https://www.w3.org/ns/activitystreams"],
    "id": SHOP,
    "type": "Organization",
    "preferredUsername": "shop",
    "inbox": f"{SHOP}/inbox",
    "outbox": f"{SHOP}/outbox",
}


def remote(number: int) -> RemoteActorRow:
    return RemoteActorRow(f"https://b.example/actors/{number}", {"id": number}, at(number), None)


def test_a_fetched_actor_is_remembered_until_it_is_fetched_again(db: SqliteSession) -> None:
    assert cache.load_remote_actor(db, SHOP) is None
    cache.save_remote_actor(db, RemoteActorRow(SHOP, DOCUMENT, NOW, None))
    cache.save_remote_actor(db, failed := RemoteActorRow(SHOP, None, NOW, at(1)))
    assert cache.load_remote_actor(db, SHOP) == failed


def test_an_actor_can_be_forgotten(db: SqliteSession) -> None:
    cache.save_remote_actor(db, remote(1))
    assert cache.forget_remote_actor(db, remote(1).iri)
    assert not cache.forget_remote_actor(db, remote(1).iri)


def test_the_inbox_of_a_known_actor(db: SqliteSession) -> None:
    cache.save_remote_actor(db, RemoteActorRow(SHOP, DOCUMENT, NOW, None))
    assert cache.load_inbox(db, SHOP) == f"{SHOP}/inbox"


@pytest.mark.parametrize("document", [None, {}, DOCUMENT | {"inbox": "https://evil.example/inbox"}])
def test_an_actor_without_a_usable_document_has_no_inbox_yet(
    db: SqliteSession, document: dict[str, object]
) -> None:
    assert cache.load_inbox(db, SHOP) == ""
    cache.save_remote_actor(db, RemoteActorRow(SHOP, document, NOW, None))
    assert cache.load_inbox(db, SHOP) == ""


def test_the_longest_unfetched_actors_go_first(db: SqliteSession) -> None:
    for number in range(5):
        cache.save_remote_actor(db, remote(number))
    assert cache.trim_remote_actors(db, limit=5) == 0
    assert cache.trim_remote_actors(db, limit=3) == 2
    assert [bool(cache.load_remote_actor(db, remote(number).iri)) for number in range(5)] == [
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
    assert cache.purge_replays(db, at(9)) == 0
    assert cache.purge_replays(db, at(10)) == 1
    assert cache.remember_replay(db, b"one", expires_at=at(30))
    assert not cache.remember_replay(db, b"two", expires_at=at(30))


def test_signatures_are_bounded(db: SqliteSession) -> None:
    for number in range(10):
        cache.remember_replay(db, bytes([number]), expires_at=at(number + 1))
    assert cache.purge_replays(db, NOW, limit=4) == 6
    assert not cache.remember_replay(db, bytes([9]), expires_at=at(99))
    assert cache.remember_replay(db, bytes([5]), expires_at=at(99))
