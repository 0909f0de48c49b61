"""Pictures of peers in the file: bounded, and found by what asks for them."""

from dataclasses import replace
from datetime import timedelta

from node.core.faces import EVERY, Course
from node.storage import actors, faces, offers, peers
from node.storage.peers import FollowDirection
from node.storage.sqlite.session import SqliteSession
from tests.storage.rows import NOW, SHOP, actor, at, follow, offer, peer

LOGO = "https://shop.example/logo.png"
DUE = Course(source=LOGO, due_at=NOW)
DONE = Course(source=LOGO, due_at=None, asked_at=NOW)


def keep(db: SqliteSession, number: int, course: Course = DONE, *, picture: bytes | None = b"png") -> None:
    digest = None if picture is None else f"{number:064x}"
    faces.save_face(db, f"{SHOP}/{number}", course, digest=digest, picture=picture)


def test_a_course_is_kept_and_leaves_the_picture_as_it_is(db: SqliteSession) -> None:
    keep(db, 1)
    later = replace(DONE, source=LOGO + "?2", due_at=NOW + EVERY, tries=3)
    faces.save_course(db, f"{SHOP}/1", later)
    row = faces.load_face(db, f"{SHOP}/1")
    assert row is not None
    assert (row.course, row.picture) == (later, b"png")


def test_a_course_is_read_without_the_picture(db: SqliteSession) -> None:
    keep(db, 1)
    issued: list[str] = []
    db.conn.set_trace_callback(issued.append)
    assert faces.load_course(db, f"{SHOP}/1") == DONE
    assert faces.load_course(db, f"{SHOP}/2") is None
    db.conn.set_trace_callback(None)
    assert issued
    assert [sql for sql in issued if "picture" in sql] == []


def test_what_is_due_comes_first_due_first_and_without_pictures(db: SqliteSession) -> None:
    for number, minutes in ((1, 2), (2, 1), (3, 9)):
        keep(db, number, replace(DUE, due_at=at(minutes)))
    keep(db, 4)
    found = faces.due_faces(db, at(5), limit=8)
    assert [(row.address[-1], row.picture) for row in found] == [("2", None), ("1", None)]
    assert len(faces.due_faces(db, at(5), limit=1)) == 1


def test_what_there_is_is_shown_by_address_and_found_by_digest(db: SqliteSession) -> None:
    keep(db, 1)
    keep(db, 2, DUE, picture=None)
    assert faces.shown_faces(db) == {f"{SHOP}/1": f"{1:064x}"}
    assert faces.load_picture(db, f"{1:064x}") == b"png"
    assert faces.load_picture(db, f"{2:064x}") is None


def test_what_changes_is_told_and_what_does_not_is_not(db: SqliteSession) -> None:
    keep(db, 1, DUE, picture=None)
    faces.forget_face(db, f"{SHOP}/2")
    assert db.news == [(faces.NAMED, 0)]
    keep(db, 1)
    faces.forget_face(db, f"{SHOP}/1")
    assert db.news == [(faces.NAMED, 0), *[(faces.NEWS, 0)] * 2]
    assert faces.load_face(db, f"{SHOP}/1") is None


def test_pictures_beyond_the_limit_go_but_none_of_today(db: SqliteSession) -> None:
    for number in range(6):
        keep(db, number, replace(DONE, asked_at=NOW - timedelta(hours=10 * number)))
    assert faces.trim(db, NOW, pictures=6) == 0
    assert faces.trim(db, NOW, pictures=4) == 2
    assert faces.trim(db, NOW, pictures=1) == 1
    assert sorted(faces.shown_faces(db)) == [f"{SHOP}/{number}" for number in range(3)]


def test_rows_beyond_the_limit_go_those_without_pictures_first(db: SqliteSession) -> None:
    for number in range(3):
        keep(db, number, replace(DUE, due_at=at(number)), picture=None)
    keep(db, 9)
    assert faces.trim(db, NOW, rows=4) == 0
    assert faces.trim(db, NOW, rows=2) == 2
    assert faces.load_face(db, f"{SHOP}/0") is not None
    assert faces.load_face(db, f"{SHOP}/9") is not None


def test_whom_one_follows_or_has_an_offer_with_is_dealt_with_unless_blocked(db: SqliteSession) -> None:
    actors.save_actor(db, actor())
    for number in (1, 2, 3):
        peers.save_peer(db, peer(number))
    peers.save_follow(db, follow(1))  # who follows us is a stranger as yet
    assert not any(faces.is_dealt_with(db, peer(number).address) for number in (1, 2, 3, 4))
    peers.save_follow(db, follow(1, direction=FollowDirection.FOLLOWING))
    offers.save_offer(db, offer(1, peer="peer_2"))
    assert [faces.is_dealt_with(db, peer(number).address) for number in (1, 2, 3)] == [True, True, False]
    for number in (1, 2):
        peers.save_peer(db, replace(peer(number), blocked=True))
    assert not any(faces.is_dealt_with(db, peer(number).address) for number in (1, 2))
