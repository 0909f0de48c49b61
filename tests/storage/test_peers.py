import pytest

from node.storage import peers
from node.storage.peers import FollowDirection, FollowState
from node.storage.sqlite.session import SqliteSession
from tests.storage import rows
from tests.storage.rows import ADA, BOB

FOLLOWER, FOLLOWING = FollowDirection.FOLLOWER, FollowDirection.FOLLOWING


def test_a_peer_is_known_to_one_actor(db: SqliteSession) -> None:
    peers.save_peer(db, rows.peer())
    peers.save_peer(db, noted := rows.peer(note="slow to answer"))
    assert peers.load_peer(db, ADA, noted.iri) == noted
    assert peers.load_peer(db, BOB, noted.iri) is None


def test_a_peer_is_blocked_by_one_actor(db: SqliteSession) -> None:
    iri = rows.peer().iri
    assert not peers.is_blocked(db, ADA, iri)
    peers.save_peer(db, rows.peer())
    assert not peers.is_blocked(db, ADA, iri)
    peers.save_peer(db, rows.peer(blocked=True))
    assert peers.is_blocked(db, ADA, iri)
    assert not peers.is_blocked(db, BOB, iri)


def test_peers_are_listed_by_iri(db: SqliteSession) -> None:
    for number in (2, 3, 1):
        peers.save_peer(db, rows.peer(number))
    peers.save_peer(db, rows.peer(4, actor=BOB))
    first = peers.list_peers(db, ADA, limit=2)
    assert (first.items, first.next) == ([rows.peer(1), rows.peer(2)], rows.peer(2).iri)
    second = peers.list_peers(db, ADA, after=first.next, limit=2)
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
    peers.save_peer(db, rows.peer(1))
    first, third = rows.peer(1).iri, rows.peer(3).iri
    assert peers.next_followers(db, ADA, limit=3) == ([first, third], None)
    assert peers.next_followers(db, ADA, limit=1) == ([first], first)
    assert peers.next_followers(db, ADA, after=first, limit=1) == ([third], third)
    assert peers.next_followers(db, ADA, after=third, limit=1) == ([], None)
    peers.save_peer(db, rows.peer(1, blocked=True))
    assert peers.next_followers(db, ADA, limit=1) == ([], first)  # and there is more behind


@pytest.mark.parametrize("word", ["follower", "following"])
def test_the_words_of_a_follow_are_those_of_the_schema(db: SqliteSession, word: str) -> None:
    for state in FollowState:
        peers.save_follow(db, rows.follow(direction=FollowDirection(word), state=state))
