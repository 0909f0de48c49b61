"""The document that will be signed, looked at before: the same bytes, decided when it is decided."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from node.services.acting import Acting
from node.services.negotiations import agreements, fair_copies, offers
from node.services.negotiations.fair_copies import FairCopy, Paper
from node.services.negotiations.histories import show_next
from node.storage.session import Session
from protocol.canonical import digest
from protocol.errors import Conflict, ProtocolError
from tests.services.parties import Party, check_journal, settle
from tests.services.test_agreements import agreement
from tests.services.test_negotiation import cast, offer, only


class _LookedAtError(Exception):
    """Undoes what was only looked at."""


def look_at(
    party: Party, service: Any, *arguments: Any, seed: str = "", **options: Any
) -> tuple[Paper, FairCopy]:
    """Return the paper and what would be signed on it; nothing is written, and the write says the same."""
    fresh = fair_copies.new_paper(party.acting)
    paper = Paper(fresh.at, seed or fresh.seed)

    def change(session: Session, acting: Acting) -> Any:
        return service(session, acting, *arguments, **options)

    party.db.run("PRAGMA query_only = ON")
    answer, entry = fair_copies.unwritten(party.db, fair_copies.on(party.db, party.acting, paper), change)
    move, copy = show_next(party.db, entry), fair_copies.copy_of(entry.body)
    party.db.run("PRAGMA query_only = OFF")
    told = (but(answer, "delivery"), but(move, "place"), copy)
    assert told == as_undone(party, paper, change)
    return paper, copy


def as_undone(
    party: Party, paper: Paper, change: Callable[[Session, Acting], Any]
) -> tuple[Any, Any, FairCopy]:
    """Return the same by a write that is undone: the answer, the move and the copy."""
    found = []

    def write(session: Session, acting: Acting) -> None:
        writing = fair_copies.on(session, acting, paper)
        answer = change(session, writing)
        id = answer.get("offer", answer["id"])
        move = offers.history(session, writing, id)["moves"][-1]
        copy = fair_copies.written(session, writing, id)
        found.append((but(answer, "delivery"), but(move, "place"), copy))
        raise _LookedAtError

    with pytest.raises(_LookedAtError):
        party.do(write)
    return found[0]


def but(shown: Any, name: str) -> dict[str, Any]:
    """Return what is shown without what only a write gives: a place in the journal, and in the queue."""
    return {key: value for key, value in shown.items() if key != name}


def sign(party: Party, paper: Paper, copy: str, service: Any, *arguments: Any, **options: Any) -> Any:
    """Sign what was looked at."""

    def write(session: Session, acting: Acting) -> Any:
        writing = fair_copies.on(session, acting, fair_copies.read_paper(str(paper)))
        shown = service(session, writing, *arguments, **options)
        fair_copies.check_written(session, writing, shown.get("offer", shown["id"]), copy)
        return shown

    return party.do(write)


@pytest.fixture
def offered(ada: Party, bikes: Party) -> str:
    """Let bikes offer something that ada can accept; return the id of the negotiation at her end."""
    cast(ada, bikes)
    offer(bikes, ada)
    return str(only(ada)["id"])


def test_the_same_bytes_are_signed_minutes_later_and_the_other_end_takes_them(
    ada: Party, bikes: Party, offered: str
) -> None:
    paper, copy = look_at(ada, offers.accept, offered)
    assert copy.digest == digest(copy.body)
    ada.clock.pass_time(seconds=600)
    sign(ada, paper, copy.digest, offers.accept, offered)
    settle(ada, bikes)
    assert agreement(ada)["state"] == agreement(bikes)["state"] == "concluded"
    for party in (ada, bikes):
        check_journal(party)


def test_two_sheets_are_two_documents(ada: Party, offered: str) -> None:
    first, second = [look_at(ada, offers.accept, offered, seed=seed) for seed in ("one", "two")]
    assert first[1].digest != second[1].digest
    assert first[1].key == second[1].key


def test_what_ended_meanwhile_is_not_signed_though_it_stood_when_it_was_looked_at(
    ada: Party, bikes: Party
) -> None:
    cast(ada, bikes)
    ends = ada.clock.now + timedelta(minutes=5)
    offer(bikes, ada, expires_at=ends.isoformat())
    id = str(only(ada)["id"])
    paper, copy = look_at(ada, offers.accept, id)
    ada.clock.pass_time(seconds=301)
    with pytest.raises(ProtocolError) as refused:
        sign(ada, paper, copy.digest, offers.accept, id)
    assert refused.value.code in ("offer-expired", "illegal-transition")
    assert only(ada)["state"] == "offered"


@pytest.mark.parametrize("seconds", [901, -61])
def test_paper_of_another_time_is_none(ada: Party, offered: str, seconds: int) -> None:
    paper, copy = look_at(ada, offers.accept, offered)
    old = Paper(paper.at - timedelta(seconds=seconds), paper.seed)
    with pytest.raises(Conflict) as refused:
        sign(ada, old, copy.digest, offers.accept, offered)
    assert refused.value.code == "unlike-shown"


def test_other_terms_are_other_bytes(ada: Party, offered: str) -> None:
    paper, copy = look_at(ada, offers.counter, offered, {"content": "With a bell."})
    with pytest.raises(Conflict) as refused:
        sign(ada, paper, copy.digest, offers.counter, offered, {"content": "With a horn."})
    assert refused.value.code == "unlike-shown"
    assert only(ada)["state"] == "offered"
    assert sign(ada, paper, copy.digest, offers.counter, offered, {"content": "With a bell."})["state"] == (
        "countered"
    )


def test_a_second_signature_is_looked_at_too(ada: Party, bikes: Party, offered: str) -> None:
    bikes.countersigns = False
    ada.do(offers.accept, offered)
    settle(ada, bikes)
    waiting = agreement(bikes)
    assert waiting["state"] == "accepted"
    paper, copy = look_at(bikes, agreements.countersign, waiting["id"])
    signed = sign(bikes, paper, copy.digest, agreements.countersign, waiting["id"])
    assert signed["state"] == "concluded"


def test_what_would_be_refused_is_refused_when_it_is_looked_at(ada: Party, offered: str) -> None:
    def again(session: Session, acting: Acting) -> Any:
        return offers.accept(session, acting, offered)

    ada.do(offers.accept, offered)
    with pytest.raises(Conflict) as refused:
        fair_copies.unwritten(ada.db, ada.acting, again)
    assert refused.value.code == "already-accepted"


def test_a_change_is_looked_at_before_it_has_a_negotiation(ada: Party, bikes: Party, offered: str) -> None:
    ada.do(offers.accept, offered)
    settle(ada, bikes)
    id, terms = agreement(ada)["id"], {"content": "With a bell."}
    paper, copy = look_at(ada, agreements.amend, id, terms)
    proposed = sign(ada, paper, copy.digest, agreements.amend, id, terms)
    settle(ada, bikes)
    (listed,) = bikes.do(agreements.amendments, agreement(bikes)["id"])["items"]
    assert listed["digest"] == proposed["digest"]
    assert (listed["pays"], proposed["pays"]) == (False, True)
