"""Notice needs nobody's consent: whoever is gone, or refuses it, keeps nobody in an agreement."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from node.core.leaving import NOTICES
from node.core.retries import Fate, RetryDecision
from node.services.negotiations import agreements, leavings, offers, reconsidering
from node.services.outbox import deliveries, endings
from node.storage.deliveries import DeliveryRow
from protocol.errors import Conflict
from protocol.times import read_time, render_time
from tests.services.parties import START, Clock, Party, arrived, carry, deliver, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude
from tests.services.test_disputed import check_agreement_follows, refuse, waiting
from tests.services.test_inbox import last
from tests.services.test_negotiation import cast, offer, only
from tests.services.tracing import Trace

MONTH = timedelta(days=31)


def notices(party: Party) -> list[dict[str, Any]]:
    """Return the notices of the party's one agreement."""
    found = party.do(agreements.list)["items"]
    return list(party.do(leavings.list, found[-1]["id"])["items"])


def give(party: Party, at: datetime | None = None) -> DeliveryRow:
    """Give notice; return its delivery."""
    party.do(agreements.end, agreement(party)["id"], at=at)
    return waiting(party, "leave")


def pass_time(clock: Clock, *parties: Party, **lengths: float) -> None:
    clock.pass_time(**lengths)
    for party in parties:
        party.tick()


def test_a_change_that_was_accepted_and_never_left_is_signed_by_nobody(ada: Party, bikes: Party) -> None:
    """Only what may have arrived keeps a refusal from being the whim of who is left."""
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    (change,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    row = give(ada)
    ada.do(reconsidering.accept, change["id"], undo_for=timedelta(days=1))
    refuse(ada, row, 409)
    (told,) = notices(ada)
    assert (told["counts"], told["objection"]) == (True, None)


@pytest.mark.parametrize("leaver", ["ada", "bikes"])
@pytest.mark.parametrize("status", [400, 403, 404, 409, 410, 422])
def test_what_a_peer_that_is_gone_or_hostile_refuses_counts(
    ada: Party, bikes: Party, clock: Clock, leaver: str, status: int
) -> None:
    conclude(ada, bikes)
    party = ada if leaver == "ada" else bikes
    row = give(party)
    day = agreement(party)["leaves_at"]
    refuse(party, row, status)
    left = agreement(party)
    assert (left["state"], left["leaves_at"]) == ("ending", day)
    (told,) = notices(party)
    assert (told["own"], told["counts"], told["leaves_at"]) == (True, True, day)
    assert (told["status"], told["said"], told["objection"]) == (status, "refused", None)
    assert told["refused_at"] == render_time(START)
    check_agreement_follows(party)
    pass_time(clock, party, days=32)
    assert agreement(party)["state"] == "ended"
    check_agreement_follows(party)


def test_an_inbox_that_is_gone_takes_no_notice_along(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes)
    for day in (START + 6 * MONTH, None):
        ada.do(agreements.end, agreement(ada)["id"], at=day)
    (due,) = ada.queued()
    decision = RetryDecision(Fate.GONE, 1, 410, "The inbox answered 410 Gone.")
    ada.write(lambda db: endings.settle(db, [due], decision, now=clock.now, record=ada.residents.record))
    assert [(one["counts"], one["delivery"]) for one in notices(ada)] == [(True, "queued"), (True, "queued")]
    assert ada.queued() == []  # they are sent again, tomorrow
    assert agreement(ada)["leaves_at"] == "2026-06-04T12:00:00Z"
    check_agreement_follows(ada)


class TestDoesNotCount:
    """What our own books would not take is taken back, and its sender is told why."""

    def test_too_late_on_its_way(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes)
        row = give(ada)
        pass_time(clock, ada, days=8, minutes=1)
        refuse(ada, row, 422)
        assert (agreement(ada)["state"], agreement(ada)["leaves_at"]) == ("concluded", None)
        (told,) = notices(ada)
        assert (told["counts"], told["objection"], told["status"]) == (False, "notice-too-short", 422)
        check_agreement_follows(ada)

    def test_what_goes_out_for_the_first_time_after_nine_days(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        """An honest shop finds that day too early, and goes on."""
        conclude(ada, bikes)
        row = give(ada)
        pass_time(clock, ada, days=9)
        assert carry(ada, bikes) == [("leave", 422)]
        for party in (ada, bikes):
            assert agreement(party)["state"] == "concluded"
        assert notices(ada)[0]["objection"] == "notice-too-short"
        assert row.attempts == 0
        check_agreement_follows(ada)

    def test_what_an_honest_clock_ahead_of_ours_refuses(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """Both ends are honest, and stay one: it is eight days and a minute later over there."""
        conclude(ada, bikes)
        row = give(ada)
        pass_time(clock, ada, days=8, minutes=-1)
        bikes.clock = Clock(clock.now + timedelta(minutes=2))
        assert deliver(ada, row, (bikes,)) == ("leave", 422)
        for party in (ada, bikes):
            assert agreement(party)["state"] == "concluded"
            check_agreement_follows(party)

    def test_more_often_than_anybody_may(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        for turn in range(NOTICES):
            give(ada, START + timedelta(days=60 - turn))
            carry(ada, bikes)
        with pytest.raises(Conflict, match="too-many-notices"):
            give(ada)

    def test_while_a_change_may_be_signed_over_there(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """The other end has signed a change, and takes that back: neither end takes the notice then."""
        conclude(ada, bikes)
        bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
        settle(ada, bikes)
        (change,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
        ada.do(offers.accept, change["id"])
        deliver(ada, waiting(ada, "accept"), (bikes,))
        ada.do(agreements.end, agreement(ada, state="concluded")["id"])
        assert deliver(ada, waiting(ada, "leave"), (bikes,)) == ("leave", 409)
        (told,) = notices(ada)
        assert (told["counts"], told["objection"]) == (False, "illegal-transition")
        refuse(bikes, waiting(bikes, "countersign"))
        for party in (ada, bikes):
            assert agreement(party, state="concluded")["total"] == "597.60"
            check_agreement_follows(party)

    def test_what_was_never_sent(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        ada.do(deliveries.cancel, give(ada).id)
        assert agreement(ada)["state"] == "concluded"
        (told,) = notices(ada)
        assert (told["counts"], told["refused_at"], told["objection"]) == (False, None, None)

    def test_with_a_countersignature_that_is_refused(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada, price=MONTHLY, notice="P1M")
        ada.do(offers.accept, only(ada)["id"])
        carry(ada, bikes)
        countersign = waiting(bikes, "countersign")
        bikes.do(agreements.end, agreement(bikes)["id"])
        iri = last(bikes, "leave")["id"]
        refuse(bikes, countersign, 410)
        assert agreement(bikes)["state"] == "accepted"
        (row,) = [item for item in bikes.do(deliveries.list)["items"] if item["activity"] == iri]
        assert row["state"] == "cancelled"
        check_agreement_follows(bikes)


def test_whose_notice_comes_too_late_gives_it_anew(ada: Party, bikes: Party, clock: Clock) -> None:
    """However often that was done: what was taken back is not counted."""
    conclude(ada, bikes)
    for _ in range(NOTICES + 1):
        row = give(ada)
        pass_time(clock, ada, days=9)
        refuse(ada, row, 422)
        assert agreement(ada)["state"] == "concluded"
    row = give(ada)
    pass_time(clock, ada, days=6)
    refuse(ada, row, 422)
    assert agreement(ada)["state"] == "ending"
    check_agreement_follows(ada)


@pytest.mark.parametrize("status", [None, 503])
def test_what_was_given_up_counts_and_its_repetition_changes_nothing(
    ada: Party, bikes: Party, clock: Clock, status: int | None
) -> None:
    conclude(ada, bikes)
    row = give(ada)
    pass_time(clock, ada, days=7)
    decision = RetryDecision(Fate.EXPIRED, 60, status, "given up after seven days")
    ada.write(lambda db: endings.settle(db, [row], decision, now=clock.now, record=ada.residents.record))
    assert agreement(ada)["state"] == "ending"
    ada.do(deliveries.retry, row.id)
    refuse(ada, waiting(ada, "leave"), 404)
    assert agreement(ada)["state"] == "ending"
    check_agreement_follows(ada)


def test_it_is_decided_once(ada: Party, bikes: Party, clock: Clock) -> None:
    conclude(ada, bikes)
    row = give(ada)
    refuse(ada, row, 403)
    first = notices(ada)
    pass_time(clock, ada, days=3)
    ada.do(deliveries.retry, row.id)
    refuse(ada, row, 422)
    (told,) = notices(ada)
    assert (told["counts"], told["status"]) == (True, 403)
    assert told["refused_at"] == first[0]["refused_at"]
    check_agreement_follows(ada)
    ada.do(deliveries.retry, row.id)
    arrived(ada, row)
    assert notices(ada)[0]["delivery"] == "delivered"


def test_who_refuses_ours_may_give_notice_for_an_earlier_day(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    refuse(ada, give(ada, START + 2 * MONTH), 403)
    row = give(bikes)
    deliver(bikes, row, (ada,))
    assert agreement(ada)["leaves_at"] == agreement(bikes)["leaves_at"] == "2026-06-04T12:00:00Z"
    assert [(one["own"], one["counts"]) for one in notices(ada)] == [(True, True), (False, True)]
    check_agreement_follows(ada)


def test_a_person_may_still_agree_on_a_change(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
    settle(ada, bikes)
    refuse(ada, give(ada), 403)
    (change,) = [item for item in ada.do(offers.list)["items"] if item["state"] == "offered"]
    ada.do(offers.accept, change["id"])
    settle(ada, bikes)
    for party in (ada, bikes):
        assert agreement(party, state="concluded")["total"] == "477.60"
        assert agreement(party, state="superseded")["total"] == "597.60"
        check_agreement_follows(party)


def test_its_own_words_prove_it(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    refuse(ada, give(ada), 410)
    (told,) = notices(ada)
    document = told["document"]
    assert (document["id"], document["type"]) == (told["activity"], "Leave")
    assert document["object"] == agreement(ada)["iri"]
    assert document["endTime"] == render_time(read_time(told["leaves_at"]))
    assert "proof" in document


def test_of_many_notices_the_one_to_be_known_alone_is_read(ada: Party, bikes: Party) -> None:
    conclude(ada, bikes)
    for turn in range(NOTICES):
        give(ada, START + timedelta(days=60 - turn))
        carry(ada, bikes)
    trace = Trace()
    told = trace.run(lambda: ada.do(leavings.last, agreement(ada)["id"]))
    assert told == notices(ada)[-1]
    assert trace.count("protocol/moves.py", "read_move") == 1
    assert trace.count("protocol/incoming.py", "read") == 1
