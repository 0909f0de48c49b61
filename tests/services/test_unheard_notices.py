"""Notices that nobody answers, or that a proxy refuses: both ends agree, or both see that they do not."""

from dataclasses import replace
from datetime import timedelta

import pytest

from node.core.attention import Need
from node.core.deadlines import LATENESS
from node.core.notices import NoticeKind
from node.core.retries import Fate, Outcome, RetryDecision, decide
from node.services import today
from node.services.negotiations import agreements, messages
from node.services.outbox import deliveries, endings
from node.services.people import peers
from node.storage import journal
from node.storage.deliveries import (
    DeliveryRow,
    load_delivery,
    mark_tried,
    notices_behind,
    trim_deliveries,
)
from tests.services.notices.test_following import items, listen
from tests.services.parties import START, Clock, Party, carry, deliver
from tests.services.test_agreements import agreement, conclude
from tests.services.test_disputed import check_agreement_follows, refuse
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import only
from tests.services.test_refused_notices import give, notices, pass_time


def current(party: Party, row: DeliveryRow) -> DeliveryRow:
    found = load_delivery(party.db, row.id)
    assert found is not None
    return found


def unheard(party: Party, row: DeliveryRow, status: int | None = 503) -> None:
    """Have an attempt meet that nobody answers."""
    now, sent = party.clock.now, current(party, row)
    outcome = Outcome(status, "The server answered 503.")
    decision = decide(outcome, attempts=sent.attempts, created_at=sent.created_at, now=now, jitter=1)
    party.write(lambda db: endings.settle(db, [sent], decision, now=now, record=party.residents.record))


def keep_unheard(party: Party, clock: Clock, row: DeliveryRow, *, until: timedelta) -> None:
    """Try whenever the delivery is due, as a node does that is on, and never get an answer."""
    end = row.created_at + until
    while (due := current(party, row).due_at) < end:
        clock.now = max(due, clock.now)
        party.tick()
        unheard(party, row)
    clock.now = end
    party.tick()


def kinds(party: Party) -> list[str]:
    return [one.entry.kind for one in journal.entries(party.db) if one.entry.kind.startswith("notice.")]


def needs(party: Party) -> list[tuple[str, str | None]]:
    return [(one["need"], one["due"]) for one in party.do(today.show)["needs"] if "kit" not in one["need"]]


def states(*parties: Party) -> list[str]:
    for party in parties:
        check_agreement_follows(party)
    return [agreement(party)["state"] for party in parties]


class TestBothEndsAgree:
    """Whatever the transport does, as long as anybody answers while a notice can be taken."""

    @pytest.mark.parametrize("days", [1, 2, 5, 7, 8])
    def test_a_shop_that_is_back_takes_it_as_of_its_own_day(
        self, ada: Party, bikes: Party, clock: Clock, days: int
    ) -> None:
        conclude(ada, bikes)
        row = give(ada)
        keep_unheard(ada, clock, row, until=timedelta(days=days, minutes=-5))
        assert deliver(ada, current(ada, row), (bikes,)) == ("leave", 202)
        assert states(ada, bikes) == ["ending", "ending"]
        assert agreement(ada)["leaves_at"] == agreement(bikes)["leaves_at"] == "2026-06-04T12:00:00Z"

    def test_one_attempt_and_then_the_sender_was_off_for_too_long(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        conclude(ada, bikes)
        row = give(ada)
        unheard(ada, row)
        pass_time(clock, ada, bikes, days=9)
        assert deliver(ada, current(ada, row), (bikes,)) == ("leave", 422)
        assert states(ada, bikes) == ["concluded", "concluded"]
        assert notices(ada)[0]["objection"] == "notice-too-short"
        assert needs(ada) == [(Need.LEAVE_ANEW, None)]

    def test_off_for_too_long_silent_once_more_and_refused_then(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        """Silence after the time in which it could be taken shows nothing."""
        conclude(ada, bikes)
        row = give(ada)
        unheard(ada, row)
        pass_time(clock, ada, bikes, days=9)
        unheard(ada, row)
        assert kinds(ada) == ["notice.undelivered"]
        pass_time(clock, ada, bikes, days=1)
        assert deliver(ada, current(ada, row), (bikes,)) == ("leave", 422)
        assert states(ada, bikes) == ["concluded", "concluded"]

    @pytest.mark.parametrize("ahead", [-110, 0, 110])
    def test_at_the_very_limit_with_clocks_that_differ(
        self, ada: Party, bikes: Party, clock: Clock, ahead: int
    ) -> None:
        for seconds in (-180, -1, 0, 1):
            folder = ada.folder / str(seconds)
            folder.mkdir()
            watch = Clock(START)
            one, two = Party("ada", folder, watch), Party("bikes", folder, watch, countersigns=True)
            conclude(one, two)
            row = give(one)
            watch.now = START + LATENESS + timedelta(seconds=seconds)
            two.clock = Clock(watch.now + timedelta(seconds=ahead))
            deliver(one, row, (two,))
            first, second = states(one, two)
            assert first == second

    def test_nothing_ends_in_the_past(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes, notice="P1D")
        row = give(ada)
        pass_time(clock, bikes, days=1)
        assert deliver(ada, row, (bikes,)) == ("leave", 422)
        assert states(ada, bikes) == ["concluded", "concluded"]

    def test_no_period_begins_before_the_agreement(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """Whoever says that notice was given a week ago may not have agreed by then."""
        conclude(ada, bikes)
        give(ada, START + timedelta(days=60))
        early = {"published": "2026-04-28T12:00:00Z", "endTime": "2026-05-28T12:00:00Z"}
        forged = resign(ada, last(ada, "leave"), id=f"{ada.origin}/activities/early", **early)
        assert code_of(bikes, forged, ada) == "notice-too-short"


class TestWhoIsSilent:
    def test_to_the_end_has_had_it(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """A shop that lets seven days pass and then refuses keeps nobody."""
        conclude(ada, bikes)
        row = give(ada)
        keep_unheard(ada, clock, row, until=LATENESS + timedelta(days=1))
        assert kinds(ada) == ["notice.undelivered", "notice.unanswered"]
        refuse(ada, current(ada, row), 422)
        assert states(ada) == ["ending"]
        (told,) = notices(ada)
        assert (told["counts"], told["status"], told["objection"]) == (True, 422, None)
        assert told["unanswered_at"] is not None

    @pytest.mark.parametrize("late", [7 * 24, 8 * 24 - 1, 8 * 24, 8 * 24 + 1, 20 * 24])
    def test_and_refuses_in_the_end_keeps_nobody(
        self, ada: Party, bikes: Party, clock: Clock, late: int
    ) -> None:
        conclude(ada, bikes)
        row = give(ada)
        keep_unheard(ada, clock, row, until=timedelta(hours=late))
        refuse(ada, current(ada, row), 422)
        assert states(ada) == ["ending"]

    def test_to_what_comes_first_has_had_what_stands_behind_it(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        """A notice in line is never tried before its day: its owner is told, and it counts."""
        conclude(ada, bikes, notice="P3D")
        ada.do(agreements.confirm, agreement(ada)["id"])
        (first,) = ada.queued()
        ada.do(agreements.end, agreement(ada)["id"])
        (row,) = notices_behind(ada.db, first)
        keep_unheard(ada, clock, first, until=timedelta(days=1))
        assert kinds(ada) == ["notice.undelivered"]
        assert needs(ada) == [(Need.TELL_OTHERWISE, "2026-05-07T12:00:00Z")]
        keep_unheard(ada, clock, first, until=timedelta(days=4))
        assert kinds(ada) == ["notice.undelivered", "notice.unanswered"]
        assert carry(ada, bikes) == [("agreement.confirmed", 202), ("leave", 422)]
        assert states(ada, bikes) == ["ended", "concluded"]
        assert current(ada, row).tried is False

    def test_leaves_it_over_once_it_is_over(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes, notice="P1D")
        row = give(ada)
        keep_unheard(ada, clock, row, until=timedelta(days=2))
        assert states(ada) == ["ended"]
        refuse(ada, current(ada, row), 422)
        assert states(ada) == ["ended"]

    def test_both_ends_see_it_where_nothing_could_be_done(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        """The shop was away for longer than any notice waits: each end shows what the other holds."""
        conclude(ada, bikes)
        row = give(ada)
        keep_unheard(ada, clock, row, until=timedelta(days=12))
        assert deliver(ada, current(ada, row), (bikes,)) == ("leave", 422)
        assert states(ada, bikes) == ["ending", "concluded"]
        assert needs(ada) == [(Need.TELL_OTHERWISE, "2026-06-04T12:00:00Z")]


class TestAProxy:
    @pytest.mark.parametrize("status", [403, 404, 410, 422])
    def test_settles_nothing(self, ada: Party, bikes: Party, clock: Clock, status: int) -> None:
        conclude(ada, bikes)
        row = give(ada)
        refuse(ada, row, status)
        assert ada.queued() == []
        pass_time(clock, ada, bikes, days=1)
        assert carry(ada, bikes) == [("leave", 202)]
        assert states(ada, bikes) == ["ending", "ending"]
        assert notices(ada)[0]["delivery"] == "delivered"

    def test_keeps_nothing_else_waiting(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        refuse(ada, give(ada), 404)
        ada.do(agreements.confirm, agreement(ada)["id"])
        assert carry(ada, bikes) == [("agreement.confirmed", 202)]

    def test_is_asked_until_the_day_and_then_the_owner_is_told(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        conclude(ada, bikes)
        row = give(ada)
        for _ in range(31):
            assert current(ada, row).state == "queued"
            refuse(ada, current(ada, row), 404)
            pass_time(clock, ada, days=1)
        refuse(ada, current(ada, row), 404)
        assert current(ada, row).state == "refused"
        assert states(ada) == ["ended"]
        assert kinds(ada) == ["notice.refused"]

    def test_what_stands_is_cancelled_without_being_taken_back(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        row = give(ada)
        refuse(ada, row, 404)
        ada.do(deliveries.cancel, row.id)
        assert states(ada) == ["ending"]
        assert needs(ada) == []


class TestABlockedPeer:
    """Who gives notice and then wants to hear no more of a shop has left it, and the shop hears that."""

    @pytest.mark.parametrize("tried", [False, True])
    def test_is_told_that_it_is_left(self, ada: Party, bikes: Party, tried: bool) -> None:
        conclude(ada, bikes)
        row = give(ada)
        if tried:
            ada.write(lambda db: mark_tried(db, [row.id]))
            unheard(ada, row)
        ada.do(agreements.confirm, agreement(ada)["id"])
        ada.do(peers.block, bikes.iri)
        assert states(ada) == ["ending"]
        assert carry(ada, bikes) == [("leave", 202)]
        assert states(ada, bikes) == ["ending", "ending"]


class TestTheOwnerIsTold:
    def test_within_the_day(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes)
        row = give(ada)
        keep_unheard(ada, clock, row, until=timedelta(minutes=30))
        assert (kinds(ada), needs(ada)) == ([], [])
        keep_unheard(ada, clock, row, until=timedelta(hours=13))
        assert kinds(ada) == ["notice.undelivered"]
        assert needs(ada) == [(Need.TELL_OTHERWISE, "2026-06-04T12:00:00Z")]
        (told,) = notices(ada)
        assert told["undelivered_at"] is not None
        assert told["document"]["type"] == "Leave"
        deliver(ada, current(ada, row), (bikes,))
        assert needs(ada) == []

    def test_it_is_not_said_for_ever(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes)
        refuse(ada, give(ada), 404)
        assert len(needs(ada)) == 1
        pass_time(clock, ada, days=31)
        assert needs(ada) == []

    def test_but_until_its_day_where_that_is_far(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes)
        row = give(ada, START + timedelta(days=90))
        keep_unheard(ada, clock, row, until=timedelta(days=50))
        assert needs(ada) == [(Need.TELL_OTHERWISE, "2026-08-02T12:00:00Z")]

    def test_not_anew_once_it_is_forgotten_how_it_arrived(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        conclude(ada, bikes)
        row = give(ada, START + timedelta(days=90))
        keep_unheard(ada, clock, row, until=timedelta(days=2))
        deliver(ada, current(ada, row), (bikes,))
        clock.pass_time(days=8)
        ada.write(lambda db: trim_deliveries(db, before=clock.now - timedelta(days=7), limit=9))
        assert load_delivery(ada.db, row.id) is None
        assert needs(ada) == []

    def test_however_much_else_is_refused(self, ada: Party, bikes: Party, clock: Clock) -> None:
        conclude(ada, bikes, notice="P1D")
        row = give(ada)
        pass_time(clock, ada, bikes, days=9)
        assert deliver(ada, current(ada, row), (bikes,)) == ("leave", 422)
        refusal = journal.last_about(ada.db, ada.iri, row.activity, kind="move.refused")
        assert refusal is not None
        for number in range(101):  # as of counter-offers that a peer answers and refuses
            other = replace(refusal.entry, subject=f"{ada.origin}/activities/other-{number}")
            ada.write(lambda db, other=other: ada.residents.record(db, other, None))
        assert needs(ada) == [(Need.LEAVE_ANEW, None)]

    def test_of_each_end_once(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """That it does not arrive, and that it was refused; and not every day again."""
        conclude(ada, bikes)
        channel = listen(ada, timing={"undelivered": "now"})
        row = give(ada)
        keep_unheard(ada, clock, row, until=timedelta(hours=13))
        (told,) = items(ada, channel)
        assert (told.kind, told.path) == (NoticeKind.UNDELIVERED, f"/agreements/{agreement(ada)['id']}")
        clock.pass_time(minutes=11)
        refuse(ada, current(ada, row), 404)
        assert [one.kind for one in items(ada, channel)] == [NoticeKind.UNDELIVERED]
        for _ in range(3):
            clock.pass_time(hours=25)
            refuse(ada, current(ada, row), 404)
        assert items(ada, channel) == []

    def test_also_of_what_another_delivery_settles(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """The inbox of a message is gone, and with it that of the notice behind it."""
        conclude(ada, bikes)
        channel = listen(ada, timing={"undelivered": "now"})
        ada.do(messages.write, only(ada)["id"], "Goodbye.")
        ada.do(agreements.end, agreement(ada)["id"])
        (first,) = ada.queued()
        decision = RetryDecision(Fate.GONE, 1, 410, "The inbox answered 410 Gone.")
        ada.write(
            lambda db: endings.settle(db, [first], decision, now=clock.now, record=ada.residents.record)
        )
        told = items(ada, channel)
        assert {one.path for one in told} == {"/journal", f"/agreements/{agreement(ada)['id']}"}
        assert needs(ada) == [(Need.TELL_OTHERWISE, "2026-06-04T12:00:00Z")]

    def test_what_still_falls_due_until_the_last_day(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """A month's notice, a minute after the beginning: on the last day a second payment falls due."""
        conclude(ada, bikes)
        pass_time(clock, ada, bikes, minutes=1)
        left = ada.do(agreements.end, agreement(ada)["id"])
        assert (left["leaves_at"], left["still_due"]) == ("2026-06-04T12:01:00Z", "24.90")
        assert "last day, 4 June 2026. 24.90 EUR still falls due, in 1 payment." in left["plain"]
