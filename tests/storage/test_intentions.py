from typing import Any

from node.core.intentions import IntentionState
from node.storage import intentions, offers
from node.storage.sqlite.session import SqliteSession
from protocol.negotiation import State
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW, THEM, at


def test_an_intention_is_found_by_id_and_by_iri_for_its_actor_only(db: SqliteSession) -> None:
    intentions.save_intention(db, mine := rows.intention())
    assert intentions.load_intention(db, ADA, "int_1") == mine
    assert intentions.load_intention_by_iri(db, ADA, mine.iri) == mine
    assert intentions.load_intention(db, BOB, "int_1") is None
    assert intentions.load_intention_by_iri(db, BOB, mine.iri) is None


def test_two_actors_know_the_same_intention_apart(db: SqliteSession) -> None:
    intentions.save_intention(db, mine := rows.intention())
    intentions.save_intention(db, cast := rows.intention(id="int_2", actor=BOB, own=False, private={}))
    assert intentions.load_intention_by_iri(db, BOB, mine.iri) == cast
    assert intentions.load_own_intention(db, mine.iri) == mine


def test_the_intention_of_another_is_not_served_here(db: SqliteSession) -> None:
    intentions.save_intention(db, theirs := rows.intention(own=False, peer=THEM))
    assert intentions.load_own_intention(db, theirs.iri) is None


def test_intentions_are_listed_by_whose_and_state(db: SqliteSession) -> None:
    own, theirs = rows.intention(1), rows.intention(2, own=False, private={})
    closed = rows.intention(3, state=IntentionState.AWARDED)
    for row in (own, theirs, closed, rows.intention(4, actor=BOB)):
        intentions.save_intention(db, row)
    assert intentions.list_intentions(db, ADA).items == [closed, theirs, own]
    assert intentions.list_intentions(db, ADA, own=False).items == [theirs]
    assert intentions.list_intentions(db, ADA, own=True, state=IntentionState.OPEN).items == [own]


def test_pages_continue_where_the_last_one_ended(db: SqliteSession) -> None:
    for number in range(3):
        intentions.save_intention(db, rows.intention(number))
    first = intentions.list_intentions(db, ADA, limit=2)
    second = intentions.list_intentions(db, ADA, limit=2, cursor=first.next)
    assert [[row.id for row in page.items] for page in (first, second)] == [["int_2", "int_1"], ["int_0"]]
    assert (first.next, second.next) == ("int_1", None)


def test_the_open_intentions_of_a_proposer_are_counted(db: SqliteSession) -> None:
    theirs: dict[str, Any] = {"peer": THEM, "own": False}
    changed: list[dict[str, Any]] = [{}, {}, {"state": IntentionState.EXPIRED}, {"actor": BOB}]
    changed += [{"peer": "peer_2"}, {"peer": None}]
    for number, changes in enumerate(changed):
        row = rows.intention(number, **theirs | changes)
        intentions.save_intention(db, row)
    assert intentions.count_open_of(db, ADA, THEM) == 2


def test_what_waits_is_known_without_reading_it(db: SqliteSession) -> None:
    theirs = [rows.intention(number, own=False, private={}) for number in range(4)]
    gone = rows.intention(5, own=False, private={}, state=IntentionState.EXPIRED)
    for row in (*theirs, gone, rows.intention(6), rows.intention(7, actor=BOB, own=False)):
        intentions.save_intention(db, row)
    offers.save_offer(db, rows.offer(1, intention=theirs[2].iri, state=State.WITHDRAWN))
    offers.save_offer(db, rows.offer(2, intention=theirs[1].iri, actor=BOB))
    newest = [("int_3", False), ("int_2", True), ("int_1", False)]
    assert intentions.newest_of_others(db, ADA, limit=3) == newest
    assert intentions.newest_of_others(db, ADA, limit=9) == [*newest, ("int_0", False)]
    assert intentions.intentions_by_id(db, ADA, ["int_0", "int_3", "int_7"]) == [theirs[3], theirs[0]]


def test_open_intentions_come_due_at_their_deadline(db: SqliteSession) -> None:
    assert intentions.next_deadline(db) is None
    soon, later = rows.intention(1, deadline=at(5)), rows.intention(2, deadline=at(9), actor=BOB)
    for row in (
        later,
        soon,
        rows.intention(3, deadline=None),
        rows.intention(4, deadline=at(1), state=IntentionState.WITHDRAWN),
    ):
        intentions.save_intention(db, row)
    assert intentions.next_deadline(db) == at(5)
    assert intentions.due_intentions(db, NOW) == []
    assert intentions.due_intentions(db, at(5)) == [soon]
    assert intentions.due_intentions(db, at(60)) == [soon, later]
    assert intentions.due_intentions(db, at(60), limit=1) == [soon]
