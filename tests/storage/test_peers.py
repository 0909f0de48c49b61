import pytest

from node.storage import peers
from node.storage.errors import Taken
from node.storage.peers import Addressee, FollowDirection, FollowState
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA, BOB, SHOP

FOLLOWER, FOLLOWING = FollowDirection.FOLLOWER, FollowDirection.FOLLOWING


def test_a_peer_is_known_to_one_actor(db: SqliteSession) -> None:
    peers.save_peer(db, rows.peer())
    peers.save_peer(db, renamed := rows.peer(name="Bike shop"))
    assert peers.load_peer(db, ADA, renamed.id) == peers.named_peer(db, ADA, renamed.id) == renamed
    assert peers.load_peer_at(db, ADA, renamed.address) == renamed
    assert peers.load_peer(db, BOB, renamed.id) is None
    assert peers.load_peer_at(db, BOB, renamed.address) is None


def test_an_address_is_that_of_one_peer_and_of_another_later(db: SqliteSession) -> None:
    peers.save_peer(db, rows.peer(1))
    with pytest.raises(Taken):
        peers.save_peer(db, rows.peer(2, address=rows.peer(1).address))
    peers.save_peer(db, moved := rows.peer(1, address="https://new.example/actors/1"))
    peers.save_peer(db, stranger := rows.peer(2, address=rows.peer(1).address))
    assert peers.load_peer_at(db, ADA, moved.address) == moved
    assert peers.load_peer_at(db, ADA, stranger.address) == stranger


def test_many_peers_are_found_at_once(db: SqliteSession) -> None:
    first, second = rows.peer(1), rows.peer(2)
    for row in (first, second, rows.peer(1, actor=BOB)):
        peers.save_peer(db, row)
    assert peers.peers_by_id(db, ADA, [first.id, second.id, "peer_9"]) == {"peer_1": first, "peer_2": second}
    assert peers.peers_at(db, ADA, [second.address, SHOP]) == {second.address: second}
    assert peers.peers_by_id(db, ADA, []) == peers.peers_at(db, ADA, []) == {}


def test_peers_are_listed_by_address(db: SqliteSession) -> None:
    for number in (2, 3, 1):
        peers.save_peer(db, rows.peer(number))
    peers.save_peer(db, rows.peer(4, actor=BOB))
    first = peers.list_peers(db, ADA, limit=2)
    assert (first.items, first.next) == ([rows.peer(1), rows.peer(2)], rows.peer(2).address)
    second = peers.list_peers(db, ADA, after=first.next or "", limit=2)
    assert (second.items, second.next) == ([rows.peer(3)], None)


def test_a_follow_is_found_by_peer_and_by_activity(db: SqliteSession) -> None:
    peers.save_follow(db, rows.follow(state=FollowState.REQUESTED))
    peers.save_follow(db, accepted := rows.follow())
    assert peers.load_follow(db, ADA, accepted.peer, FOLLOWER) == accepted
    assert peers.load_follow(db, ADA, accepted.peer, FOLLOWING) is None
    assert peers.load_follow_by_activity(db, ADA, accepted.activity) == accepted
    assert peers.load_follow_by_activity(db, BOB, accepted.activity) is None


def test_follows_are_loaded_for_many_peers_at_once(db: SqliteSession) -> None:
    accepted = rows.follow(1)
    requested = rows.follow(2, state=FollowState.REQUESTED)
    outgoing = rows.follow(1, direction=FOLLOWING)
    for row in (requested, accepted, outgoing, rows.follow(3), rows.follow(1, actor=BOB)):
        peers.save_follow(db, row)
    found = peers.load_follows(db, ADA, [accepted.peer, requested.peer])
    assert sorted(found, key=lambda row: (row.peer, row.direction)) == [accepted, outgoing, requested]
    assert peers.load_follows(db, ADA, []) == []


def test_a_follow_ends_in_one_direction(db: SqliteSession) -> None:
    peers.save_follow(db, rows.follow())
    peers.save_follow(db, rows.follow(direction=FOLLOWING))
    assert peers.delete_follow(db, ADA, rows.follow().peer, FOLLOWER)
    assert not peers.delete_follow(db, ADA, rows.follow().peer, FOLLOWER)
    assert peers.load_follow(db, ADA, rows.follow().peer, FOLLOWING)


def test_followers_are_those_accepted_and_not_blocked(db: SqliteSession) -> None:
    for number in (3, 1):
        peers.save_follow(db, rows.follow(number))
    peers.save_follow(db, rows.follow(2, state=FollowState.REQUESTED))
    peers.save_follow(db, rows.follow(4, direction=FOLLOWING))
    peers.save_follow(db, rows.follow(5, actor=BOB))
    for number in (1, 2, 3, 4):
        peers.save_peer(db, rows.peer(number))
    first, third = (Addressee(row.id, row.address) for row in (rows.peer(1), rows.peer(3)))
    assert peers.next_followers(db, ADA, limit=3) == ([first, third], None)
    assert peers.next_followers(db, ADA, limit=1) == ([first], first.id)
    assert peers.next_followers(db, ADA, after=first.id, limit=1) == ([third], third.id)
    assert peers.next_followers(db, ADA, after=third.id, limit=1) == ([], None)
    peers.save_peer(db, rows.peer(1, blocked=True))
    assert peers.next_followers(db, ADA, limit=1) == ([], first.id)  # and there is more behind


@pytest.mark.parametrize("word", ["follower", "following"])
def test_the_words_of_a_follow_are_those_of_the_schema(db: SqliteSession, word: str) -> None:
    for state in FollowState:
        peers.save_follow(db, rows.follow(direction=FollowDirection(word), state=state))
