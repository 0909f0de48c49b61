"""Our own copy of what was told to many: asked for where we would sign, taken as if it had been sent."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from node.core.own_copies import ANEW_AFTER, MOST_OF_ALL, MOST_OF_SERVER, UNSENT_WAIT, CopyPurpose
from node.core.quotas import QuotaSpent
from node.services.intentions import casting, ending, own_copies, signing, undertakings
from node.services.intentions.own_copies import Came, Question
from node.services.people import peers
from node.services.terms import settings as terms
from node.storage import own_copies as rows
from node.storage.own_copies import OwnCopyRow
from node.storage.senders import load_sender
from protocol import incoming
from protocol.actors import ActorKind
from protocol.canonical import canonicalise
from protocol.errors import Conflict, Unprocessable
from protocol.iris import server
from protocol.rosters import find_entry, write_claim
from protocol.strictjson import Document
from tests.services.parties import LIMITS, Clock, Party, carry, check_journal, settle
from tests.services.test_inbox import last
from tests.services.test_rings import DETAILS, TITLE, acquainted, asked, known, wish

LABEL = "Vehicles and bicycles"
AUTO = {"undertake": "auto", "accepts": ["PDC-INTENT"]}


@pytest.fixture
def bikes(tmp_path: Path, clock: Clock, ada: Party) -> Party:
    """A business that follows Ada: each knows the other's document."""
    bikes = acquainted(Party("bikes", tmp_path, clock, ActorKind.ORGANIZATION), ada)
    acquainted(ada, bikes)
    bikes.do(peers.follow, ada.owner.actor)
    settle(ada, bikes)
    ada.do(peers.approve, bikes.iri)
    settle(ada, bikes)
    return bikes


def told_among_many(ada: Party, bikes: Party, *audience: str, **changes: Any) -> Document:
    made = ada.do(casting.cast, wish(*(audience or ("followers",)), **changes))
    settle(ada, bikes)
    return dict(made)


def answer(ada: Party, bikes: Party, iri: str, bend: Callable[[Document], Document] = dict) -> Any:
    """Return what Ada's node answers to a business that asks for an intention."""
    found = asked(ada, iri, bikes)
    assert found is not None
    return incoming.read(canonicalise(bend(found)))


def take(ada: Party, bikes: Party, iri: str, bend: Callable[[Document], Document] = dict) -> None:
    bikes.do(own_copies.take_copy, iri, answer(ada, bikes, iri, bend), ada.owner.actor)


def ask(ada: Party, bikes: Party, iri: str) -> None:
    """Do what the node does when a person wants to sign."""
    found = bikes.do(own_copies.question_by_hand, known(bikes)["id"])
    assert found is not None
    assert (found.intention, found.author) == (iri, ada.iri)
    take(ada, bikes, iri)


def row_of(bikes: Party, iri: str) -> OwnCopyRow | None:
    return rows.load_own_copy(bikes.db, bikes.iri, iri)


def due(bikes: Party) -> list[tuple[OwnCopyRow, Question | None]]:
    found = rows.due_own_copies(bikes.db, bikes.clock.now, limit=8)
    return [(row, bikes.write(lambda db, row=row: own_copies.question(db, row))) for row in found]


def conclude(bikes: Party, came: Came | None) -> None:
    ((row, _),) = due(bikes)
    bikes.do(own_copies.conclude, row, came)


# --- to sign ------------------------------------------------------------------------------------------------


def test_who_was_told_among_many_signs_on_a_copy_of_their_own(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    assert (known(bikes)["name"], known(bikes)["withheld"]) == (LABEL, [])
    assert bikes.do(own_copies.may_tell_more, known(bikes)["id"])
    ask(ada, bikes, made["iri"])
    assert len(known(bikes)["withheld"]) == 5
    assert not bikes.do(own_copies.may_tell_more, known(bikes)["id"])
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    assert (known(bikes)["name"], known(bikes)["signed"]["state"]) == (TITLE, "disclosed")
    assert bikes.do(own_copies.question_by_hand, known(bikes)["id"]) is None
    ada.do(casting.amend, made["id"], {"quantity": "2"})
    settle(ada, bikes)
    assert (known(bikes)["name"], known(bikes)["quantity"]["value"]) == (TITLE, "2")
    check_journal(ada)
    check_journal(bikes)


def test_the_same_answer_again_changes_nothing(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    take(ada, bikes, made["iri"])
    before = bikes.db.conn.execute("SELECT count(*) FROM journal").fetchone()
    take(ada, bikes, made["iri"])
    assert bikes.db.conn.execute("SELECT count(*) FROM journal").fetchone() == before


def test_what_many_are_told_of_the_same_date_does_not_undo_our_copy(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    ada.do(casting.amend, made["id"], {"quantity": "2"})
    take(ada, bikes, made["iri"])  # before the change has arrived
    assert carry(ada, bikes) == [("intention.told", 200)]
    assert len(known(bikes)["withheld"]) == 5
    check_journal(bikes)


def test_a_later_change_told_to_many_has_to_be_asked_for_again(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    take(ada, bikes, made["iri"])
    ada.do(casting.amend, made["id"], {"quantity": "2"})
    settle(ada, bikes)
    assert known(bikes)["quantity"]["value"] == "2"
    ask(ada, bikes, made["iri"])
    bikes.do(signing.undertake, known(bikes)["id"])
    settle(ada, bikes)
    assert known(bikes)["name"] == TITLE


def test_a_wish_that_keeps_nothing_back_is_asked_for_in_vain(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes, rings=None)
    ask(ada, bikes, made["iri"])
    with pytest.raises(Conflict, match="nothing-withheld"):
        bikes.do(signing.undertake, known(bikes)["id"])


def test_who_was_told_all_by_name_is_not_asked_for_more(ada: Party, bikes: Party) -> None:
    told_among_many(ada, bikes, bikes.iri, rings=None)
    assert not bikes.do(own_copies.may_tell_more, known(bikes)["id"])
    assert bikes.do(own_copies.question_by_hand, known(bikes)["id"]) is None


def test_whose_author_knows_no_terms_is_not_asked(tmp_path: Path, ada: Party, clock: Clock) -> None:
    plain = acquainted(Party("plain", tmp_path, clock, ActorKind.ORGANIZATION), ada)
    acquainted(ada, plain, knows_terms=False)
    told_among_many(ada, plain, plain.iri, rings=None)
    assert not plain.do(own_copies.may_tell_more, known(plain)["id"])
    assert plain.do(own_copies.question_by_hand, known(plain)["id"]) is None


def test_nobody_asks_whom_they_have_blocked_nor_where_nobody_signs(ada: Party, bikes: Party) -> None:
    told_among_many(ada, bikes)
    bikes.do(terms.change, {"undertake": "never"})
    assert not bikes.do(own_copies.may_tell_more, known(bikes)["id"])
    assert bikes.do(own_copies.question_by_hand, known(bikes)["id"]) is None
    bikes.do(terms.change, {"undertake": "ask"})
    bikes.do(peers.block, ada.iri)
    assert bikes.do(own_copies.question_by_hand, known(bikes)["id"]) is None


def another_agreement(found: Document) -> Document:
    """Return a copy that asks for an agreement with more duties than businesses sign for wishes."""
    other = find_entry("SD-BASE-DP")
    assert other is not None
    return found | {"terms": found["terms"] | {"asks": write_claim(other)}}


def test_nobody_signs_another_agreement_than_was_shown(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    id = known(bikes)["id"]
    shown = bikes.do(signing.shown_agreement, id)
    assert shown == "PDC-INTENT"
    take(ada, bikes, made["iri"], another_agreement)
    for odd in (shown, ""):
        with pytest.raises(Conflict, match="unlike-shown"):
            bikes.do(signing.undertake, id, agreement=odd)
    assert known(bikes)["signed"] is None
    bikes.do(signing.undertake, id, agreement=bikes.do(signing.shown_agreement, id))
    assert known(bikes)["signed"]["roster"] == "SD-BASE-DP"


# --- what is not believed -----------------------------------------------------------------------------------


def member(**changes: Any) -> Callable[[Document], Document]:
    return lambda found: found | changes


@pytest.mark.parametrize(
    ("bend", "code"),
    [
        (member(id="https://ada.example/intentions/int_another"), "wrong-object"),
        (member(type="Note"), "wrong-object"),
        (member(attributedTo="https://rival.example/actors/rival"), "wrong-author"),
        (member(to=["https://rival.example/actors/rival"]), "not-addressed"),
        (member(withheld=["https://w3id.org/freehold#limitPrice"]), "unknown-field"),
        (member(endTime="2026-05-01T00:00:00Z"), None),
    ],
    ids=["another", "no intention", "another's", "for another", "an unknown part", "over"],
)
def test_what_is_wrong_with_an_answer_is_refused(
    bend: Callable[[Document], Document], code: str | None, ada: Party, bikes: Party
) -> None:
    made = told_among_many(ada, bikes)
    if code is None:
        take(ada, bikes, made["iri"], bend)
        assert known(bikes)["state"] == "withdrawn"
        return
    with pytest.raises(Unprocessable) as refused:
        take(ada, bikes, made["iri"], bend)
    assert refused.value.code == code
    assert known(bikes)["withheld"] == []


def test_who_is_asked_is_who_cast_it(tmp_path: Path, ada: Party, bikes: Party, clock: Clock) -> None:
    made = told_among_many(ada, bikes, rings=None)
    rival = Party("rival", tmp_path, clock, ActorKind.ORGANIZATION)
    theirs = answer(ada, bikes, made["iri"], member(attributedTo=rival.iri, name="Another bike"))
    with pytest.raises(Unprocessable, match="wrong-author"):
        bikes.do(own_copies.take_copy, made["iri"], theirs, rival.owner.actor)


def test_nothing_is_asked_of_an_author_who_is_at_another_origin_by_now(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    take(ada, bikes, made["iri"])
    bikes.do(signing.undertake, known(bikes)["id"])
    assert bikes.do(own_copies.question_by_hand, known(bikes)["id"]) is not None
    bikes.db.conn.execute("UPDATE peers SET address = 'https://elsewhere.example/actors/ada'")
    assert bikes.do(own_copies.question_by_hand, known(bikes)["id"]) is None


def test_an_answer_counts_against_the_quota_of_its_author(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)

    def used() -> float:
        sender = load_sender(
            bikes.db, bikes.iri, ada.iri, origin=server(ada.iri), activity=made["iri"], fragment=""
        )
        return sum((use.bytes for use in sender.uses.values()), 0.0)

    before = used()
    take(ada, bikes, made["iri"])
    assert used() > before
    bikes.limits = replace(LIMITS, quotas=replace(LIMITS.quotas, answered=1, stranger=1, strangers=1))
    with pytest.raises(QuotaSpent):
        take(ada, bikes, made["iri"])


def test_what_was_taken_back_meanwhile_stays_so(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    late = answer(ada, bikes, made["iri"])
    ada.do(ending.withdraw, made["id"])
    settle(ada, bikes)
    bikes.do(own_copies.take_copy, made["iri"], late, ada.owner.actor)
    assert (known(bikes)["state"], known(bikes)["withheld"]) == ("withdrawn", [])


# --- by itself ----------------------------------------------------------------------------------------------


def test_by_itself_a_node_asks_and_signs(ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    ((row, question),) = due(bikes)
    assert question == Question(made["iri"], ada.iri)
    take(ada, bikes, made["iri"])
    bikes.do(own_copies.conclude, row, Came.ANSWER)
    assert due(bikes) == []
    bikes.follow(signing.FOLLOWER)
    settle(ada, bikes)
    assert known(bikes)["name"] == TITLE
    check_journal(bikes)


@pytest.mark.parametrize("settings", [{"undertake": "auto"}, {"undertake": "ask", "accepts": ["PDC-INTENT"]}])
def test_else_nothing_is_asked_by_itself(settings: Document, ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, settings)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    assert row_of(bikes, made["iri"]) is None


def test_what_was_told_to_us_by_name_is_not_asked_for_by_itself(ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes, bikes.iri, rings=None)
    bikes.follow(signing.FOLLOWER)
    assert row_of(bikes, made["iri"]) is None
    assert not bikes.do(own_copies.may_tell_more, known(bikes)["id"])  # nor would a page say that it may be


def test_silence_is_asked_again_a_few_times(ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    asked_for = 0
    for _ in range(100):
        if due(bikes):
            conclude(bikes, Came.SILENCE)
            asked_for += 1
        clock.pass_time(minutes=10)
    row = row_of(bikes, made["iri"])
    assert row is not None
    assert (asked_for, row.tries, row.due_at) == (4, 4, None)
    assert bikes.write(lambda db: rows.forget_own_copies(db, before=clock.now)) == 1


@pytest.mark.parametrize("came", [Came.NOTHING, Came.ANSWER])
def test_whatever_is_answered_ends_the_questions(came: Came, ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.do(terms.change, AUTO)
    told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    conclude(bikes, came)
    clock.pass_time(hours=5)
    assert due(bikes) == []


def test_the_same_intention_is_asked_for_again_after_a_while_alone(
    ada: Party, bikes: Party, clock: Clock
) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    conclude(bikes, Came.NOTHING)
    for quantity in ("2", "3"):
        clock.pass_time(minutes=1)
        ada.do(casting.amend, made["id"], {"quantity": quantity})
        settle(ada, bikes)
        bikes.follow(signing.FOLLOWER)
    assert due(bikes) == []
    clock.now += ANEW_AFTER
    assert [row.intention for row, _ in due(bikes)] == [made["iri"]]


@pytest.mark.parametrize(("most", "origin"), [(MOST_OF_SERVER, ""), (MOST_OF_ALL, "https://other{}.example")])
def test_a_crowd_makes_nobody_ask_without_bound(most: int, origin: str, ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, AUTO)

    def fill(db: Any) -> None:
        for number in range(most):
            iri, place = f"{ada.origin}/intentions/int_{number}", origin.format(number) or ada.origin
            noted = OwnCopyRow(bikes.iri, iri, "peer_x", place, CopyPurpose.SIGN, None, bikes.clock.now)
            rows.save_own_copy(db, noted)

    bikes.write(fill)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    assert row_of(bikes, made["iri"]) is None


def test_nobody_is_asked_who_is_blocked_or_has_taken_it_back_by_then(ada: Party, bikes: Party) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    ada.do(ending.withdraw, made["id"])
    settle(ada, bikes)
    ((_, question),) = due(bikes)
    assert question is None
    conclude(bikes, None)
    assert row_of(bikes, made["iri"]) is None


def test_who_was_asked_counts_although_it_was_taken_back(ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    conclude(bikes, Came.SILENCE)
    ada.do(ending.withdraw, made["id"])
    settle(ada, bikes)
    clock.pass_time(minutes=2)
    conclude(bikes, None)
    assert due(bikes) == []
    assert bikes.write(lambda db: rows.count_own_copies(db, ada.origin)) == 1
    assert bikes.write(lambda db: rows.forget_own_copies(db, before=clock.now)) == 1


# --- what was signed for and does not come ------------------------------------------------------------------


def signed_in_vain(ada: Party, bikes: Party) -> Document:
    """Have a business sign for more, and lose the Update that answers."""
    made = told_among_many(ada, bikes, bikes.iri)
    bikes.do(signing.undertake, known(bikes)["id"])
    carry(bikes, ada)
    ada.db.conn.execute("DELETE FROM deliveries WHERE state = 'queued'")
    return made


def test_a_lost_answer_is_asked_for(ada: Party, bikes: Party, clock: Clock) -> None:
    made = signed_in_vain(ada, bikes)
    assert (known(bikes)["signed"]["state"], due(bikes)) == ("signed", [])
    clock.pass_time(minutes=15)
    ((row, question),) = due(bikes)
    assert question == Question(made["iri"], ada.iri)
    take(ada, bikes, made["iri"])
    bikes.do(own_copies.conclude, row, Came.ANSWER)
    assert (known(bikes)["name"], known(bikes)["signed"]["state"]) == (TITLE, "disclosed")
    assert row_of(bikes, made["iri"]) is None
    check_journal(bikes)


def for_many(found: Document) -> Document:
    """Return what many are told, of the date of what one is told."""
    kept = {name: value for name, value in found.items() if name not in ("terms", "withheld", "undertaking")}
    return kept | {"to": ["https://ada.example/actors/ada/followers"], "name": LABEL}


def test_what_many_are_told_is_no_answer_to_a_signature(ada: Party, bikes: Party) -> None:
    made = signed_in_vain(ada, bikes)
    take(ada, bikes, made["iri"], for_many)
    assert (known(bikes)["signed"]["state"], len(known(bikes)["withheld"])) == ("signed", 5)
    check_journal(bikes)


def test_a_change_told_to_many_before_the_signature_came_is_no_answer_to_it(ada: Party, bikes: Party) -> None:
    made = told_among_many(ada, bikes)
    ask(ada, bikes, made["iri"])
    bikes.do(signing.undertake, known(bikes)["id"])
    ada.do(casting.amend, made["id"], {"quantity": "2"})
    assert carry(ada, bikes) == [("intention.told", 202)]
    assert (known(bikes)["quantity"]["value"], known(bikes)["signed"]["state"]) == ("2", "signed")
    settle(ada, bikes)  # it was signed on a copy that is no more
    assert known(bikes)["signed"]["state"] == "refused"
    check_journal(bikes)


def test_nothing_is_asked_while_the_signature_is_on_its_way(ada: Party, bikes: Party, clock: Clock) -> None:
    made = told_among_many(ada, bikes, bikes.iri)
    bikes.do(signing.undertake, known(bikes)["id"])
    clock.pass_time(minutes=15)
    ((_, question),) = due(bikes)
    assert question is None
    conclude(bikes, None)
    row = row_of(bikes, made["iri"])
    assert row is not None
    assert (row.tries, row.due_at) == (0, clock.now + UNSENT_WAIT)


def test_who_was_blocked_for_a_while_is_asked_afterwards(ada: Party, bikes: Party, clock: Clock) -> None:
    made = signed_in_vain(ada, bikes)
    bikes.do(peers.block, ada.iri)
    clock.pass_time(minutes=15)
    ((_, question),) = due(bikes)
    assert question is None
    conclude(bikes, None)
    bikes.do(peers.unblock, ada.iri)
    clock.now += UNSENT_WAIT
    ((_, question),) = due(bikes)
    assert question == Question(made["iri"], ada.iri)


@pytest.mark.parametrize("came", [Came.SILENCE, Came.NOTHING])
def test_in_the_end_a_person_is_told_that_nobody_answered(
    came: Came, ada: Party, bikes: Party, clock: Clock
) -> None:
    made = signed_in_vain(ada, bikes)
    asked_for = 0
    for _ in range(80):
        clock.pass_time(hours=1)
        if due(bikes):
            conclude(bikes, came)
            asked_for += 1
    assert (asked_for, known(bikes)["signed"]["state"]) == (4, "unanswered")
    found = bikes.do(own_copies.question_by_hand, known(bikes)["id"])
    assert found == Question(made["iri"], ada.iri, is_dispensable=True)
    check_journal(bikes)
    before = last(bikes, "undertaking.signed")["id"]
    bikes.do(signing.undertake, known(bikes)["id"])
    assert last(bikes, "undertaking.signed")["id"] != before
    assert carry(bikes, ada) == [("undertaking.signed", 200)]  # taken before, and nothing is told anew
    take(ada, bikes, made["iri"])
    assert (known(bikes)["name"], known(bikes)["signed"]["state"]) == (TITLE, "disclosed")
    assert bikes.do(signing.undertake, known(bikes)["id"])["name"] == TITLE  # changes nothing
    check_journal(bikes)


@pytest.mark.parametrize("lapsed", [False, True])
def test_the_end_of_the_wish_ends_the_waiting(lapsed: bool, ada: Party, bikes: Party, clock: Clock) -> None:
    made = signed_in_vain(ada, bikes)
    clock.pass_time(hours=1)
    while lapsed and (row := row_of(bikes, made["iri"])) is not None and row.due_at is not None:
        clock.now = row.due_at
        conclude(bikes, Came.SILENCE)
    ada.do(ending.withdraw, made["id"])
    while ada.follow():
        pass
    settle(ada, bikes)
    assert known(bikes)["signed"]["state"] == "refused"
    if not lapsed:
        conclude(bikes, None)
        assert row_of(bikes, made["iri"]) is None
    check_journal(bikes)


def test_a_late_refusal_of_what_nobody_answered_is_one(ada: Party, bikes: Party, clock: Clock) -> None:
    made = signed_in_vain(ada, bikes)
    while (row := row_of(bikes, made["iri"])) is not None and row.due_at is not None:
        clock.now = row.due_at
        conclude(bikes, Came.SILENCE)
    assert known(bikes)["signed"]["state"] == "unanswered"
    accept = last(bikes, "undertaking.signed")
    refusal = {"@context": accept["@context"], "type": "Reject", "object": accept["id"], "to": [bikes.iri]}
    refusal |= {"id": "https://ada.example/activities/act_no", "actor": ada.iri}
    assert bikes.receive(canonicalise(refusal), ada) == 202
    assert known(bikes)["signed"]["state"] == "refused"
    check_journal(bikes)


def test_what_comes_late_is_told_all_the_same(ada: Party, bikes: Party, clock: Clock) -> None:
    made = told_among_many(ada, bikes, bikes.iri)
    bikes.do(signing.undertake, known(bikes)["id"])
    carry(bikes, ada)
    while (row := row_of(bikes, made["iri"])) is not None and row.due_at is not None:
        clock.now = row.due_at
        conclude(bikes, Came.SILENCE)
    assert known(bikes)["signed"]["state"] == "unanswered"
    settle(ada, bikes)
    assert (known(bikes)["content"], known(bikes)["signed"]["state"]) == (DETAILS, "disclosed")
    (shown,) = bikes.do(undertakings.list, known(bikes)["id"])["items"]
    assert shown["state"] == "disclosed"
    check_journal(bikes)


def test_what_was_wanted_anew_meanwhile_is_not_concluded(ada: Party, bikes: Party, clock: Clock) -> None:
    bikes.do(terms.change, AUTO)
    made = told_among_many(ada, bikes)
    bikes.follow(signing.FOLLOWER)
    ((row, _),) = due(bikes)
    take(ada, bikes, made["iri"])
    bikes.follow(signing.FOLLOWER)  # signs, and wants the answer
    bikes.do(own_copies.conclude, row, Came.ANSWER)
    now = row_of(bikes, made["iri"])
    assert now is not None
    assert (now.purpose, now.due_at is None) == (CopyPurpose.ANSWER, False)
