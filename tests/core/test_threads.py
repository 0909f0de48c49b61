"""A thread is the fold of its moves; what may follow, and what wins when moves cross."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from node.core.crossings import admit
from node.core.negotiations import Pending, other
from node.core.threads import Link, Step, Thread, Tick, fold, follow, open_thread, tick
from protocol.canonical import digest_of
from protocol.errors import Conflict, Forbidden, Unprocessable
from protocol.moves import Move
from protocol.negotiation import Event, Party, State
from protocol.offers import Draft
from protocol.prices import PriceLine, PriceLineKind
from protocol.quantities import Quantity
from protocol.terms import read_data_terms
from tests.protocol.data_terms import EMAIL, asked, terms
from tests.protocol.policy_cells import DPV
from tests.protocol.policy_drawing import permission, policy

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
GRACE = timedelta(minutes=2)
NAME = "http://schema.org/name"
NEGOTIATION = "https://shop.example/negotiations/neg_1"
INTENTION = "https://ada.example/intentions/int_1"
AGREEMENT = {"id": "https://ada.example/agreements/agr_1", "type": "Agreement"}


def draft(amount: str = "100") -> Draft:
    return Draft(
        name="a bike",
        quantity=Quantity(Decimal(1), "one"),
        satisfies_primary=f"{INTENTION}#primary",
        satisfies_reciprocal=f"{INTENTION}#reciprocal",
        price=(PriceLine(PriceLineKind.ONE_OFF, Decimal(amount), "EUR"),),
    )


OFFEREES = {Event.ACCEPT, Event.COUNTER, Event.REJECT, Event.REVOKE, Event.ACKNOWLEDGE}


def step(event: Event, name: str, answers: Link | None = None, **members: Any) -> Step:
    party = Party.OFFEREE if event in OFFEREES else Party.OFFERER
    move = Move(
        event=event,
        iri=f"https://x.example/activities/{name}",
        actor="https://x.example/actors/x",
        to=(),
        negotiation=NEGOTIATION,
        answers=answers.iri if answers else None,
        answers_digest=answers.digest if answers else None,
        **members,
    )
    return Step(move=move, party=party, link=Link(move.iri, f"z{name}"), at=NOON)


OFFER = step(Event.OFFER, "o1", draft=draft(), ends_at=NOON + timedelta(hours=1))
O1 = OFFER.link


def opened(role: Party = Party.OFFEREE) -> Thread:
    return open_thread(OFFER, role=role, peer="peer_1", intention=INTENTION, amends=None)


def take(thread: Thread, move: Step, pending: Pending | None = None) -> Thread:
    return admit(thread, move, pending=pending, grace=GRACE, rounds=3).thread


def test_first_offer_opens() -> None:
    thread = opened()
    assert (thread.state, thread.rounds) == (State.OFFERED, 1)
    assert thread.head == thread.standing == O1
    with pytest.raises(Conflict, match="illegal-transition"):
        open_thread(step(Event.ACCEPT, "a", O1), role=Party.OFFERER, peer="", intention="", amends=None)


def test_reoffer_replaces_terms_and_clears_the_counter() -> None:
    counter = step(Event.COUNTER, "c", O1, draft=draft("90"), ends_at=NOON + timedelta(minutes=5))
    countered = follow(opened(), counter)
    assert countered.countered == draft("90")
    assert countered.expires_at == counter.move.ends_at
    again = step(Event.REOFFER, "o2", counter.link, draft=draft("95"))
    offered = follow(countered, again)
    assert (offered.draft, offered.countered, offered.rounds) == (draft("95"), None, 2)
    assert offered.standing == again.link


def about(*fields: str) -> Draft:
    """Terms under which a business may use these fields."""
    used = [permission([f"{DPV}Use"], [*fields], ["PaymentManagement"])] if fields else []
    stated = terms(policy=policy(*used, duties=asked()["obligation"]))
    return replace(draft(), terms=read_data_terms(stated, currency="EUR"))


def test_another_offer_does_not_wash_off_that_the_terms_ask_for_more() -> None:
    narrow, wide, dropped = about(EMAIL), about(EMAIL, NAME), draft()
    counter = step(Event.COUNTER, "c", O1, draft=narrow)
    thread = follow(opened(), counter)
    for number, each in enumerate((wide, wide, dropped, wide), start=2):
        thread = follow(thread, step(Event.REOFFER, f"o{number}", thread.head, draft=each))
        assert thread.exceeded == narrow
    # What she asked for herself is an answer, and so is an offer that keeps to what she had.
    asking = follow(thread, step(Event.COUNTER, "c2", thread.head, draft=wide))
    met = follow(asking, step(Event.REOFFER, "o6", asking.head, draft=wide))
    kept = follow(thread, step(Event.REOFFER, "o6", thread.head, draft=narrow))
    assert met.exceeded is kept.exceeded is None


def test_what_was_asked_for_last_is_remembered_beyond_a_rejection() -> None:
    wide, narrow = about(EMAIL, NAME), about(EMAIL)
    counter = step(Event.COUNTER, "c", O1, draft=narrow)
    met = step(Event.REOFFER, "o2", counter.link, draft=narrow)
    first, _ = fold(opened(), [counter, met])
    wider = follow(first, step(Event.REOFFER, "o3", first.head, draft=wide))
    assert wider.exceeded == narrow
    asked_less = follow(first, step(Event.COUNTER, "c2", first.head, draft=about()))
    rejected = follow(asked_less, step(Event.REJECT, "r", first.standing))
    again = follow(rejected, step(Event.REOFFER, "o3", rejected.head, draft=narrow))
    assert again.exceeded == about()


def test_counter_without_an_end_keeps_the_offers() -> None:
    assert follow(opened(), step(Event.COUNTER, "c", O1, draft=draft("90"))).expires_at == OFFER.move.ends_at


def test_accept_names_the_agreement_by_its_digest() -> None:
    accepted = follow(opened(), step(Event.ACCEPT, "a", O1, agreement=AGREEMENT))
    assert accepted.agreement == Link(AGREEMENT["id"], digest_of(AGREEMENT))


def test_folding_again_gives_the_same() -> None:
    counter = step(Event.COUNTER, "c", O1, draft=draft("90"))
    again = step(Event.REOFFER, "o2", counter.link, draft=draft("90"))
    assert fold(opened(), [counter, again]) == (follow(follow(opened(), counter), again), ())


def test_what_cannot_follow_is_left_out() -> None:
    counter = step(Event.COUNTER, "c", O1, draft=draft("90"))
    again = step(Event.REOFFER, "o2", counter.link, draft=draft("90"))
    late = Tick(event=Event.END, iri="late", at=NOON)
    early = Tick(event=Event.EXPIRE, iri="early", at=NOON)
    expired = Tick(event=Event.EXPIRE, iri="expired", at=NOON + timedelta(hours=1))
    thread, dropped = fold(opened(), [again, late, early, expired])
    assert dropped == (again.move.iri, "late", "early")
    assert thread.state is State.EXPIRED


def test_the_earlier_notice_counts() -> None:
    accepted = follow(opened(), step(Event.ACCEPT, "a", O1, agreement=AGREEMENT))
    link = accepted.agreement
    concluded = follow(accepted, step(Event.COUNTERSIGN, "s", link))
    later, sooner = NOON + timedelta(days=30), NOON + timedelta(days=9)
    leaving = follow(concluded, step(Event.LEAVE, "l", link, ends_at=later))
    assert leaving.leaves_at == later
    assert follow(leaving, step(Event.LEAVE, "m", link, ends_at=sooner)).leaves_at == sooner


def test_a_tick_is_the_clocks_only() -> None:
    assert tick(opened(), Event.EXPIRE, at=NOON).state is State.EXPIRED
    with pytest.raises(Conflict):
        tick(opened(), Event.END, at=NOON)


class TestHolding:
    UNTIL = NOON + timedelta(minutes=30)

    def accepted(self, role: Party = Party.OFFERER) -> Thread:
        return follow(opened(role), self.acceptance())

    def acceptance(self, ends_at: datetime | None = UNTIL) -> Step:
        return step(Event.ACCEPT, "a", O1, agreement=AGREEMENT, ends_at=ends_at)

    def countersignature(self, late: timedelta = timedelta()) -> Step:
        move = step(Event.COUNTERSIGN, "s", self.accepted().agreement)
        return replace(move, at=self.UNTIL + GRACE + late)

    def revocation(self, at: datetime) -> Step:
        return replace(step(Event.REVOKE, "u", self.acceptance().link), at=at)

    def test_an_acceptance_holds_until_its_date(self) -> None:
        assert self.accepted().holds_until == self.UNTIL

    def test_one_that_names_no_date_holds_as_long_as_the_offer(self) -> None:
        assert follow(opened(), self.acceptance(None)).holds_until == OFFER.move.ends_at

    def test_time_ends_it_at_its_date_and_not_before(self) -> None:
        early, due = (
            Tick(event=Event.LAPSE, iri=f"at {at}", at=at)
            for at in (self.UNTIL - timedelta(seconds=1), self.UNTIL)
        )
        thread, dropped = fold(opened(), [self.acceptance(), early, due])
        assert (thread.state, dropped) == (State.LAPSED, (early.iri,))

    def test_a_plain_acceptance_concludes_whenever_it_arrives(self) -> None:
        arrived = Tick(event=Event.CONCLUDE, iri="arrived", at=NOON)
        assert fold(opened(), [self.acceptance(), arrived])[0].state is State.CONCLUDED
        assert fold(opened(), [arrived]) == (opened(), ("arrived",))

    @pytest.mark.parametrize("late", [timedelta(), timedelta(seconds=1)])
    def test_a_late_countersignature_is_refused_though_no_clock_has_looked(self, late: timedelta) -> None:
        thread = self.accepted(Party.OFFEREE)
        if not late:
            assert take(thread, self.countersignature()) == thread
            return
        with pytest.raises(Conflict, match="acceptance-lapsed"):
            take(thread, self.countersignature(late))

    def test_an_acceptance_that_comes_after_its_date_is_refused(self) -> None:
        arrival = replace(self.acceptance(), at=self.UNTIL + GRACE)
        assert take(opened(Party.OFFERER), arrival)
        with pytest.raises(Conflict, match="acceptance-lapsed"):
            take(opened(Party.OFFERER), replace(arrival, at=arrival.at + timedelta(seconds=1)))

    def test_it_binds_until_then(self) -> None:
        with pytest.raises(Conflict, match="acceptance-binds"):
            take(self.accepted(), self.revocation(self.UNTIL - timedelta(seconds=1)))
        assert take(self.accepted(), self.revocation(self.UNTIL))
        assert follow(self.accepted(), self.revocation(self.UNTIL)).state is State.LAPSED

    def test_what_has_lapsed_is_revoked_once_whatever_the_time(self) -> None:
        lapsed = tick(self.accepted(), Event.LAPSE, at=self.UNTIL)
        revoked = follow(lapsed, self.revocation(NOON))
        assert (take(lapsed, self.revocation(NOON)), revoked.state) == (lapsed, State.LAPSED)
        with pytest.raises(Conflict, match="stale-answer"):
            take(revoked, self.revocation(NOON))

    def test_a_receipt_names_the_countersignature_also_after_a_notice(self) -> None:
        countersignature = step(Event.COUNTERSIGN, "s", self.accepted().agreement)
        concluded = follow(self.accepted(), countersignature)
        left = follow(concluded, step(Event.LEAVE, "l", concluded.agreement, ends_at=NOON))
        receipt = step(Event.ACKNOWLEDGE, "r", countersignature.link)
        for thread in (concluded, left):
            assert take(thread, receipt) == thread
            assert follow(thread, receipt).state is thread.state
        with pytest.raises(Conflict, match="stale-answer"):
            take(follow(concluded, receipt), receipt)
        with pytest.raises(Conflict, match="illegal-transition"):
            take(replace(self.accepted(), head=countersignature.link), receipt)


@pytest.mark.parametrize("party", [Party.OFFERER, Party.OFFEREE])
def test_other_end(party: Party) -> None:
    assert other(other(party)) is party


class TestAdmit:
    def test_an_answer_to_what_stands(self) -> None:
        assert take(opened(Party.OFFERER), step(Event.REJECT, "r", O1)).standing == O1

    def test_own_role_is_forbidden(self) -> None:
        with pytest.raises(Forbidden, match="not-your-move"):
            take(opened(), step(Event.ACCEPT, "a", O1))

    def test_other_offer_is_stale(self) -> None:
        with pytest.raises(Conflict, match="stale-answer"):
            take(opened(Party.OFFERER), step(Event.REJECT, "r", Link("https://x.example/other", "z")))

    def test_other_bytes_do_not_match(self) -> None:
        with pytest.raises(Conflict, match="digest-mismatch"):
            take(opened(Party.OFFERER), step(Event.REJECT, "r", Link(O1.iri, "zother")))

    def test_a_plain_peer_may_leave_the_digest_out(self) -> None:
        plain = step(Event.REJECT, "r", O1)
        take(opened(Party.OFFERER), replace(plain, move=replace(plain.move, answers_digest=None)))

    @pytest.mark.parametrize("event", [Event.ACCEPT, Event.COUNTERSIGN, Event.REVOKE])
    def test_what_makes_evidence_must_carry_it(self, event: Event) -> None:
        accept = step(Event.ACCEPT, "a", O1, agreement=AGREEMENT)
        thread, answered = opened(Party.OFFERER), O1
        if event is Event.COUNTERSIGN:
            thread, answered = follow(opened(), accept), Link(AGREEMENT["id"], digest_of(AGREEMENT))
        elif event is Event.REVOKE:
            thread, answered = follow(thread, accept), accept.link
        bare = step(event, "x", answered)
        with pytest.raises(Unprocessable, match="digest-required"):
            take(thread, replace(bare, move=replace(bare.move, answers_digest=None)))

    def test_nothing_to_countersign(self) -> None:
        with pytest.raises(Conflict, match="stale-answer"):
            take(opened(), step(Event.COUNTERSIGN, "x", O1))

    @pytest.mark.parametrize(
        ("event", "role"), [(Event.REOFFER, Party.OFFEREE), (Event.COUNTER, Party.OFFERER)]
    )
    def test_rounds_are_bounded(self, event: Event, role: Party) -> None:
        move = step(event, "o2", O1, draft=draft())
        assert take(replace(opened(role), rounds=2), move)
        with pytest.raises(Conflict, match="too-many-rounds"):
            take(replace(opened(role), rounds=3), move)

    @pytest.mark.parametrize(("late", "taken"), [(timedelta(0), True), (timedelta(seconds=1), False)])
    def test_late_acceptance(self, late: timedelta, taken: bool) -> None:
        accept = step(Event.ACCEPT, "a", O1, agreement=AGREEMENT)
        received = replace(accept, at=NOON + timedelta(hours=1) + GRACE + late)
        if taken:
            take(opened(Party.OFFERER), received)
        else:
            with pytest.raises(Conflict, match="offer-expired"):
                take(opened(Party.OFFERER), received)

    def test_an_offer_may_stand_to_the_end_of_time(self) -> None:
        thread = replace(opened(Party.OFFERER), expires_at=datetime.max.replace(tzinfo=UTC))
        take(thread, step(Event.ACCEPT, "a", O1, agreement=AGREEMENT))

    def test_late_rejection_is_taken(self) -> None:
        reject = replace(step(Event.REJECT, "r", O1), at=NOON + timedelta(days=9))
        take(opened(Party.OFFERER), reject)


class TestCrossing:
    def pending(self, own: Step, before: Thread) -> Pending:
        return Pending(step=own, before=before, moves=(own.move.iri,))

    def test_acceptance_wins_over_withdrawal(self) -> None:
        before = opened(Party.OFFERER)
        undo = step(Event.WITHDRAW, "u", O1)
        accept = step(Event.ACCEPT, "a", O1, agreement=AGREEMENT)
        admission = admit(
            follow(before, undo), accept, pending=self.pending(undo, before), grace=GRACE, rounds=3
        )
        assert admission.thread == before
        assert admission.voids == (undo.move.iri,)

    def test_new_offer_wins_over_rejection(self) -> None:
        before = opened(Party.OFFERER)
        again = step(Event.REOFFER, "o2", O1, draft=draft("90"))
        with pytest.raises(Conflict, match="stale-answer"):
            take(follow(before, again), step(Event.REJECT, "r", O1), self.pending(again, before))

    def test_nothing_pending_nothing_crosses(self) -> None:
        withdrawn = follow(opened(Party.OFFERER), step(Event.WITHDRAW, "u", O1))
        with pytest.raises(Conflict, match="illegal-transition"):
            take(withdrawn, step(Event.ACCEPT, "a", O1, agreement=AGREEMENT))

    def test_impossible_before_is_impossible_now(self) -> None:
        before = replace(opened(Party.OFFERER), state=State.REJECTED)
        again = step(Event.REOFFER, "o2", O1, draft=draft("90"))
        with pytest.raises(Conflict):
            take(
                follow(before, again),
                step(Event.ACCEPT, "a", Link("https://x.example/0", "z"), agreement=AGREEMENT),
                self.pending(again, before),
            )

    def test_what_the_clock_did_stays(self) -> None:
        before = opened(Party.OFFERER)
        expired = Tick(event=Event.EXPIRE, iri="e", at=NOON)
        pending = Pending(step=expired, before=before, moves=("e",))
        with pytest.raises(Conflict, match="illegal-transition"):
            take(
                tick(before, Event.EXPIRE, at=NOON),
                step(Event.ACCEPT, "a", O1, agreement=AGREEMENT),
                pending,
            )

    def test_a_revocation_wins_over_a_countersignature_that_has_not_arrived(self) -> None:
        accept = step(Event.ACCEPT, "a", O1, agreement=AGREEMENT, ends_at=NOON)
        before = follow(opened(Party.OFFERER), accept)
        own = step(Event.COUNTERSIGN, "s", before.agreement)
        revocation = step(Event.REVOKE, "u", accept.link)
        pending = self.pending(own, before)
        admission = admit(follow(before, own), revocation, pending=pending, grace=GRACE, rounds=3)
        assert (admission.thread, admission.voids) == (before, (own.iri,))
        with pytest.raises(Conflict, match="stale-answer"):
            take(follow(before, own), revocation)  # the countersignature was acknowledged

    def test_the_offeree_does_not_yield(self) -> None:
        before = opened()
        reject = step(Event.REJECT, "r", O1)
        with pytest.raises(Conflict):
            take(follow(before, reject), step(Event.WITHDRAW, "u", O1), self.pending(reject, before))
