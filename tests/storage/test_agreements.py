import pytest

from node.storage import agreements
from node.storage.agreements import AgreementState
from node.storage.errors import StorageError
from node.storage.offers import save_offer
from node.storage.sqlite.session import SqliteSession
from protocol.errors import Conflict
from tests.storage import rows
from tests.storage.rows import ADA, BOB, NOW, WISH, at


@pytest.fixture
def db(db: SqliteSession) -> SqliteSession:
    for number in (1, 2, 3):
        save_offer(db, rows.offer(number))
    return db


def test_an_agreement_is_found_by_id_iri_and_offer(db: SqliteSession) -> None:
    agreements.save_agreement(db, agreement := rows.agreement(starts_at=at(5), ends_at=at(500)))
    assert agreements.load_agreement(db, ADA, "agr_1") == agreement
    assert agreements.load_agreement_by_iri(db, ADA, agreement.iri) == agreement
    assert agreements.load_agreement_by_offer(db, ADA, "of_1") == agreement


def test_an_agreement_is_nobody_elses(db: SqliteSession) -> None:
    agreements.save_agreement(db, agreement := rows.agreement())
    assert agreements.load_agreement(db, BOB, "agr_1") is None
    assert agreements.load_agreement_by_iri(db, BOB, agreement.iri) is None
    assert agreements.load_agreement_by_offer(db, BOB, "of_1") is None


def test_both_parties_may_live_here(db: SqliteSession) -> None:
    agreements.save_agreement(db, ours := rows.agreement())
    save_offer(db, rows.offer(1, actor=BOB))
    agreements.save_agreement(db, theirs := rows.agreement(2, iri=ours.iri, actor=BOB, own=False))
    assert agreements.load_agreements_at(db, ours.iri) == [ours, theirs]
    assert agreements.load_agreements_at(db, "https://a.example/agreements/agr_9") == []


@pytest.mark.parametrize("state", ["accepted", "concluded", "ending"])
def test_an_intention_of_ours_has_one_living_agreement(db: SqliteSession, state: str) -> None:
    agreements.save_agreement(db, first := rows.agreement(state=AgreementState(state)))
    with pytest.raises(Conflict) as caught:
        agreements.save_agreement(db, rows.agreement(2, offer="of_2"))
    assert caught.value.code == "already-agreed"
    assert agreements.living_agreement(db, ADA, WISH) == first
    assert agreements.load_agreement(db, ADA, "agr_2") is None


@pytest.mark.parametrize("state", ["lapsed", "reneged", "superseded", "ended", "void"])
def test_after_an_agreement_has_died_there_may_be_another(db: SqliteSession, state: str) -> None:
    agreements.save_agreement(db, rows.agreement(state=AgreementState(state)))
    agreements.save_agreement(db, second := rows.agreement(2, offer="of_2"))
    assert agreements.living_agreement(db, ADA, WISH) == second


def test_a_void_agreement_is_not_what_a_negotiation_led_to(db: SqliteSession) -> None:
    # Both clocks were set back between the two: the void one seems to be the newer.
    agreements.save_agreement(db, void := rows.agreement(2, state=AgreementState.VOID))
    assert agreements.load_agreement_by_offer(db, ADA, "of_1") == void
    agreements.save_agreement(db, counts := rows.agreement(1))
    assert agreements.load_agreement_by_offer(db, ADA, "of_1") == counts


def test_an_amendment_stands_beside_what_it_amends(db: SqliteSession) -> None:
    agreements.save_agreement(db, first := rows.agreement(state=AgreementState.CONCLUDED))
    agreements.save_agreement(db, amendment := rows.agreement(2, offer="of_2", supersedes=first.iri))
    assert agreements.living_agreement(db, ADA, WISH) == first
    assert agreements.list_agreements(db, ADA).items == [amendment, first]


def test_a_wish_is_met_by_what_both_signed_first(db: SqliteSession) -> None:
    agreements.save_agreement(db, rows.agreement())
    assert agreements.met_by(db, ADA, WISH) is None  # one has signed
    agreements.save_agreement(db, first := rows.agreement(state=AgreementState.SUPERSEDED))
    agreements.save_agreement(
        db, rows.agreement(2, offer="of_2", supersedes=first.iri, state=AgreementState.CONCLUDED)
    )
    assert agreements.met_by(db, ADA, WISH) == first


def test_a_business_may_agree_with_many_on_the_intentions_of_others(db: SqliteSession) -> None:
    agreements.save_agreement(db, rows.agreement(own=False))
    agreements.save_agreement(db, rows.agreement(2, own=False, offer="of_2"))
    assert agreements.living_agreement(db, ADA, WISH) is None


def test_the_living_agreement_may_itself_change(db: SqliteSession) -> None:
    agreements.save_agreement(db, rows.agreement())
    agreements.save_agreement(db, concluded := rows.agreement(state=AgreementState.CONCLUDED))
    assert agreements.living_agreement(db, ADA, WISH) == concluded


def test_other_broken_rules_are_not_taken_for_a_second_agreement(db: SqliteSession) -> None:
    with pytest.raises(StorageError):
        agreements.save_agreement(db, rows.agreement(offer="of_9"))
    agreements.save_agreement(db, rows.agreement())
    with pytest.raises(StorageError):
        agreements.save_agreement(db, rows.agreement(offer="of_9"))


def test_agreements_are_listed_by_state_and_peer(db: SqliteSession) -> None:
    first = rows.agreement(1, own=False)
    second = rows.agreement(2, own=False, state=AgreementState.ENDED, peer="https://c.example/actors/c")
    for row in (first, second):
        agreements.save_agreement(db, row)
    assert agreements.list_agreements(db, ADA).items == [second, first]
    assert agreements.list_agreements(db, ADA, state=AgreementState.ENDED).items == [second]
    assert agreements.list_agreements(db, ADA, cursor="agr_2").items == [first]


def test_a_notice_runs_out(db: SqliteSession) -> None:
    assert agreements.next_leaving(db) is None
    leaving = rows.agreement(1, state=AgreementState.ENDING, leaves_at=at(5))
    agreements.save_agreement(db, leaving)
    agreements.save_agreement(db, rows.agreement(2, own=False, leaves_at=at(1), state=AgreementState.ENDED))
    assert agreements.next_leaving(db) == at(5)
    assert agreements.leaving_agreements(db, NOW) == []
    assert agreements.leaving_agreements(db, at(5)) == [leaving]


def test_an_acceptance_lapses(db: SqliteSession) -> None:
    assert agreements.next_lapsing(db) is None
    waiting = rows.agreement(1, state=AgreementState.ACCEPTED, holds_until=at(5))
    agreements.save_agreement(db, waiting)
    signed = rows.agreement(2, own=False, holds_until=at(1), state=AgreementState.CONCLUDED)
    agreements.save_agreement(db, signed)
    assert agreements.next_lapsing(db) == at(5)
    assert agreements.lapsing_agreements(db, NOW) == []
    assert agreements.lapsing_agreements(db, at(5)) == [waiting]


def test_what_is_owed_is_found_however_much_was_sold_since(db: SqliteSession) -> None:
    state = AgreementState.CONCLUDED
    bought = [rows.agreement(number, state=state, supersedes=f"{number}") for number in (1, 2)]
    sold = [rows.agreement(number, state=state, own=False) for number in range(3, 9)]
    for row in (*bought, *sold):
        agreements.save_agreement(db, row)
    found = agreements.owed_agreements(db, ADA, state=state, limit=5)
    assert [row.id for row in found] == ["agr_2", "agr_1"]
    assert agreements.owed_agreements(db, ADA, state=AgreementState.ENDED, limit=5) == []
