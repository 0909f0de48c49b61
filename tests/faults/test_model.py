"""Two ends over a lossy network against the model: whatever their owners, the network and the clocks do.

Every move of the protocol is a rule, and so is what a network can do to it, a restart, and a clock that is
wrong. After everything has settled both ends must tell one story, which the model (`model`) holds possible,
with its effects there once; and no step on the way may do what the table does not allow.
"""

import json
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from node.services.intentions import casting, ending, showing
from node.services.ledger import journals
from node.services.negotiations import agreements, messages, offers
from node.services.outbox import deliveries
from node.settings import Settings
from node.storage import journal
from node.storage.sqlite.database import open_database
from protocol.actors import ActorKind
from protocol.documents import Document
from protocol.errors import Remote
from protocol.evidence import verify_evidence
from tests.faults.model import (
    FREE,
    LIVING,
    OFFERER,
    OPEN,
    SIGNED_BY_BOTH,
    TABLE,
    Story,
    Told,
    tell,
    tell_undone,
)
from tests.services.parties import START, Clock, Party, check_journal, deliver, settle
from tests.whole import LEDGER

BOTH = st.integers(0, 1)
WHICH = st.integers(0, 1)
SKEW = timedelta(seconds=Settings().clock_skew_seconds)
AMOUNTS = st.integers(80, 120)


def price(amount: int) -> list[Document]:
    return [{"kind": "oneOff", "amount": f"{amount}.00", "currency": "EUR", "label": "it"}]


def sent(party: Party, *, after: int = 0) -> list[Told]:
    """Return the moves that a party has sent, in order; an Undo is told by what it undoes."""
    bodies = [
        entry.entry.body for entry in journal.entries(party.db, after=after) if entry.entry.direction == "out"
    ]
    return tell_undone([told for body in bodies if (told := tell(json.loads(body))) is not None])


class TwoEnds(RuleBasedStateMachine):
    """A customer and a business, with one intention between them and whatever follows from it."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.now = START
        path = Path(self.folder.name)
        self.customer = Party("ada", path, Clock())
        self.business = Party("bikes", path, Clock(), kind=ActorKind.ORGANIZATION)
        self.parties = (self.customer, self.business)
        self.taken: list[tuple[Party, bytes]] = []
        self.over: dict[tuple[str, str], int] = {}
        self.latest = self.now

    @initialize(countersigns=st.booleans(), holds_hours=st.sampled_from([1, 72]))
    def begin(self, countersigns: bool, holds_hours: int = 72) -> None:
        self.business.countersigns = countersigns
        for party in self.parties:
            party.acceptance_holds = timedelta(hours=holds_hours)
        wish = {"name": "a bike", "currency": "EUR", "audience": [self.business.iri]}
        self.customer.do(casting.cast, wish)
        settle(*self.parties)
        self.open(100)
        settle(*self.parties)

    # --- what owners do -----------------------------------------------------------------------------------

    def attempt(self, party: Party, service: Callable[..., Any], *arguments: Any, **options: Any) -> None:
        """Do something that may not be allowed now: then nothing may have changed."""
        before = {item["negotiation"]: item for item in party.do(offers.list)["items"]}
        last = journal.last_number(party.db)
        with suppress(Remote):
            party.do(service, *arguments, **options)
        made = {told.iri for told in sent(party, after=last)}
        for told in sent(party) if made else []:
            if told.iri in made:
                known = before.get(told.document["context"], {"state": "none", "role": OFFERER})
                assert (known["state"], known["role"], told.what) in TABLE

    def pick(self, party: Party, which: int) -> str:
        found = party.do(offers.list)["items"]
        return str(found[which % len(found)]["id"]) if found else "of_none"

    def later(self, hours: int) -> str:
        return (self.now + timedelta(hours=hours)).isoformat()

    @rule(amount=AMOUNTS)
    def open(self, amount: int) -> None:
        known = self.business.do(showing.list)["items"][0]["id"]
        terms = {"price": price(amount), "notice": "P1D", "expires_at": self.later(72)}
        self.attempt(self.business, offers.make, known, terms)

    @rule(party=BOTH, which=WHICH, amount=AMOUNTS, on_met=st.sampled_from(["accept", "ask"]))
    def counter(self, party: int, which: int, amount: int, on_met: str) -> None:
        who = self.parties[party]
        terms = {"price": price(amount), "expires_at": self.later(48)}
        self.attempt(who, offers.counter, self.pick(who, which), terms, on_met=on_met)

    @rule(party=BOTH, which=WHICH)
    def reject(self, party: int, which: int) -> None:
        who = self.parties[party]
        self.attempt(who, offers.reject, self.pick(who, which))

    @rule(party=BOTH, which=WHICH)
    def accept(self, party: int, which: int) -> None:
        who = self.parties[party]
        self.attempt(who, offers.accept, self.pick(who, which))

    @rule(party=BOTH, which=WHICH, amount=AMOUNTS, meet=st.booleans())
    def reoffer(self, party: int, which: int, amount: int, meet: bool) -> None:
        who = self.parties[party]
        terms = {"meet": True} if meet else {"price": price(amount), "expires_at": self.later(72)}
        self.attempt(who, offers.reoffer, self.pick(who, which), terms)

    @rule(party=BOTH, which=WHICH)
    def withdraw(self, party: int, which: int) -> None:
        who = self.parties[party]
        self.attempt(who, offers.withdraw, self.pick(who, which))

    @rule(party=BOTH, what=st.sampled_from(["countersign", "renege", "end", "confirm"]))
    def act_on_agreements(self, party: int, what: str) -> None:
        who = self.parties[party]
        for agreement in who.do(agreements.list)["items"]:
            self.attempt(who, getattr(agreements, what), agreement["id"])

    @rule(party=BOTH, hours=st.sampled_from([24, 60]))
    def leave_later(self, party: int, hours: int) -> None:
        who = self.parties[party]
        for agreement in who.do(agreements.list)["items"]:
            at = who.clock.now + timedelta(hours=hours)
            self.attempt(who, agreements.end, agreement["id"], at=at)

    @rule(party=BOTH, amount=AMOUNTS)
    def amend(self, party: int, amount: int) -> None:
        who = self.parties[party]
        for agreement in who.do(agreements.list, state="concluded")["items"][:1]:
            terms = {"price": price(amount), "expires_at": self.later(72)}
            self.attempt(who, agreements.amend, agreement["id"], terms)

    @rule(party=BOTH, which=WHICH)
    def write(self, party: int, which: int) -> None:
        who = self.parties[party]
        self.attempt(who, messages.write, self.pick(who, which), "hello")

    @rule(party=BOTH)
    def retry(self, party: int) -> None:
        who = self.parties[party]
        for delivery in who.do(deliveries.list)["items"][:3]:
            self.attempt(who, deliveries.retry, delivery["id"])

    @rule()
    def take_the_intention_back(self) -> None:
        (intention,) = self.customer.do(showing.list)["items"]
        self.attempt(self.customer, ending.withdraw, intention["id"])

    # --- what both do at one time -------------------------------------------------------------------------

    @rule(
        which=WHICH,
        asked=st.sampled_from(["counter", "reject", "withdraw", "accept"]),
        offered=st.sampled_from(["reoffer", "withdraw"]),
        first=BOTH,
        fate=st.sampled_from(["arrives", "acknowledgement lost"]),
    )
    def cross(self, which: int, asked: str, offered: str, first: int, fate: str) -> None:
        """Let the two ends of a negotiation move before either has heard of the other's move."""
        settle(*self.parties)
        for party, who in enumerate(self.parties):
            found = {item["id"]: item["role"] for item in who.do(offers.list)["items"]}
            what = asked if found.get(self.pick(who, which)) == "offeree" else offered
            amount = 90 + party
            if what == "counter":
                self.counter(party, which, amount, "ask")
            elif what == "reoffer":
                self.reoffer(party, which, amount, meet=False)
            else:
                self.attempt(who, getattr(offers, what), self.pick(who, which))
        self.carry(first, fate)

    @rule(party=BOTH, which=WHICH, seconds=st.sampled_from([-60, 0, 60]))
    def accept_around_the_end(self, party: int, which: int, seconds: int) -> None:
        self.wait_for_the_end(party, which, seconds)
        self.accept(party, which)

    # --- what the network does ----------------------------------------------------------------------------

    @rule(party=BOTH, fate=st.sampled_from(["arrives", "acknowledgement lost", "twice", "overtakes"]))
    def carry(self, party: int, fate: str) -> None:
        sender, receiver = self.parties[party], self.parties[1 - party]
        rows = sender.queued()
        if not rows:
            return
        row = rows[-1] if fate == "overtakes" else rows[0]
        recorded = journal.load_entry(sender.db, row.entry)
        assert recorded is not None
        if fate != "arrives" and self.receive(receiver, recorded.entry.body, sender):
            self.taken.append((sender, recorded.entry.body))
        if fate != "acknowledgement lost":
            deliver(sender, row, (receiver,))

    @rule(place=st.integers(0, 50))
    def echo(self, place: int) -> None:
        """Let something arrive once more that was taken long ago.

        A request that was refused would be refused again: its signature has been used.
        """
        if self.taken:
            sender, body = self.taken[place % len(self.taken)]
            assert self.receive(self.customer if sender is self.business else self.business, body, sender)

    def receive(self, receiver: Party, raw: bytes, sender: Party) -> bool:
        """Let bytes arrive; say whether they were taken."""
        try:
            receiver.receive(raw, sender)
        except Remote:
            return False
        return True

    # --- what else can happen -----------------------------------------------------------------------------

    @rule(party=BOTH)
    def restart(self, party: int) -> None:
        who = self.parties[party]
        path = who.folder / f"{who.handle}.db"
        who.db.close()
        who.db = open_database(path)
        who.forget_owner()
        assert who.write(lambda db: journals.rebuild(db, LEDGER))["unchanged"]

    @rule(hours=st.sampled_from([1, 30, 100]))
    def pass_time(self, hours: float) -> None:
        self.now += timedelta(hours=hours)
        for party in self.parties:
            party.clock.pass_time(hours=hours)
        self.tick()

    @rule(party=BOTH, which=WHICH, seconds=st.sampled_from([-60, 0, 60, 180]))
    def wait_for_the_end(self, party: int, which: int, seconds: int) -> None:
        """Let time pass until an offer or its acceptance ends: just before, while clocks differ, or after."""
        ends = self.ends(self.parties[party])
        if ends:
            wait = ends[which % len(ends)] + timedelta(seconds=seconds) - self.now
            if wait > timedelta(0):
                self.pass_time(hours=wait / timedelta(hours=1))

    def ends(self, party: Party) -> list[datetime]:
        """Return when what waits at one end is over."""
        found = party.do(offers.list)["items"]
        dates = [self.date(item) for item in found if item["state"] in (*OPEN, "accepted")]
        return [date for date in dates if date is not None]

    def date(self, item: Document) -> datetime | None:
        """Return when an offer that waits for somebody is over by itself."""
        text = item["holds_until" if item["state"] == "accepted" else "expires_at"]
        return None if text is None else datetime.fromisoformat(text)

    @rule(party=BOTH, hours=st.sampled_from([-2, 0, 2]))
    def set_clock(self, party: int, hours: int) -> None:
        """Set one end's clock: right, or two hours off."""
        self.parties[party].clock.now = self.now + timedelta(hours=hours)
        self.tick()

    def tick(self) -> None:
        self.latest = max(self.latest, *(party.clock.now for party in self.parties))
        for party in self.parties:
            party.tick()

    # --- what must hold at any time -----------------------------------------------------------------------

    @invariant()
    def one_agreement_lives_for_the_intention(self) -> None:
        """The business may have more for a while: what has lapsed by the customer's clock, not by its own."""
        found = self.customer.do(agreements.list)["items"]
        living = [item for item in found if item["state"] in LIVING and item["supersedes"] is None]
        assert len(living) <= 1

    @invariant()
    def nothing_comes_back_by_itself(self) -> None:
        """What is over stays so, unless the end it had was said by a move that was taken back."""
        for party in self.parties:
            for item in party.do(offers.list)["items"]:
                key = (party.handle, item["negotiation"])
                if item["state"] in ("expired", "lapsed") and key not in self.over:
                    self.over[key] = self.void(party, item["id"])
                elif item["state"] in OPEN and key in self.over:
                    assert self.void(party, item["id"]) > self.over.pop(key)

    @invariant()
    def whoever_waits_has_a_way_out_or_a_date(self) -> None:
        for party in self.parties:
            for item in party.do(offers.list)["items"]:
                state, role = item["state"], item["role"]
                own = {after for (before, who, _), after in TABLE.items() if (before, who) == (state, role)}
                dated = state in (*OPEN, "accepted") and self.date(item) is not None
                assert state in FREE or own - {state} or dated or state == "ending"
            leaving = party.do(agreements.list, state="ending")["items"]
            assert all(item["leaves_at"] for item in leaving)

    def void(self, party: Party, offer: str) -> int:
        return sum(move["status"] == "void" for move in party.do(offers.history, offer)["moves"])

    # --- what must hold in the end ------------------------------------------------------------------------

    def teardown(self) -> None:
        # What ended by a clock that was ahead ends at the other end when its clock has come so far.
        self.now = self.latest
        for party in self.parties:
            party.clock.now = self.now
        self.settle()
        while self.is_ending():
            self.pass_time(hours=SKEW / timedelta(hours=1))
            self.settle()
        try:
            if self.customer.do(offers.list)["items"]:
                Verdict(*self.parties, now=self.now).check()
            self.fall_silent()
            for party in self.parties:
                check_journal(party)
        finally:
            for party in self.parties:
                party.db.close()
            self.folder.cleanup()

    def settle(self) -> None:
        for _ in range(2):  # what was taken back may be due by now
            settle(*self.parties)
            self.tick()

    def is_ending(self) -> bool:
        """Say whether something is at its end, where by what clocks may differ one end may have closed it."""
        moments = [moment for party in self.parties for moment in self.ends(party)]
        return any(self.now - SKEW < moment <= self.now for moment in moments)

    def fall_silent(self) -> None:
        """Let nothing be said or heard any more: time alone sets everybody free."""
        self.pass_time(hours=24 * 10)
        for party in self.parties:
            waiting = {item["state"] for item in party.do(offers.list)["items"]} - FREE
            assert waiting <= {"concluded"}


class Verdict:
    """The comparison of two ends that have settled, with each other and with the model.

    No clock has ever shown a later time than `now`.
    """

    def __init__(self, customer: Party, business: Party, *, now: datetime) -> None:
        self.parties = (customer, business)
        self.now = now
        self.told = [sent(party) for party in self.parties]
        self.wire = {told.iri: told for moves in self.told for told in moves}
        self.ends = [self._ends(party) for party in self.parties]
        self.shared = self.ends[0].keys() & self.ends[1].keys()

    def _ends(self, party: Party) -> dict[str, Document]:
        return {
            item["negotiation"]: item | party.do(offers.history, item["id"])
            for item in party.do(offers.list)["items"]
        }

    def check(self) -> None:
        """Check everything."""
        stories = {iri: self._story(iri) for iri in self.shared}
        replaced = {
            story.amends for story in stories.values() if story.amends and story.state() in SIGNED_BY_BOTH
        }
        for iri, story in stories.items():
            here, there = self.ends[0][iri], self.ends[1][iri]
            assert here["state"] == there["state"]
            possible = story.outcomes(self.now, SKEW, replaced=story.agreement in replaced)
            assert here["state"] in possible
            self._check_accounted(iri, story)
            self._check_agreement(iri, story)
        self._check_strays()
        self._check_intention()
        self._check_once()

    def _story(self, iri: str) -> Story:
        """Return the story that both ends tell of a negotiation."""
        here, there = self.ends[0][iri], self.ends[1][iri]
        assert here["chain"] == there["chain"]
        named = {move["digest"]: move["activity"] for move in here["moves"] if move["digest"]}
        return Story([self.wire[named[digest]] for digest in here["chain"]], here["chain"])

    def _check_accounted(self, iri: str, story: Story) -> None:
        """Check that each move of a negotiation counts at both ends or at neither."""
        counting = {move.iri for move in story.moves}
        for end in (self.ends[0][iri], self.ends[1][iri]):
            for move in end["moves"]:
                if not move["digest"]:
                    continue  # the clock's
                assert (move["status"] == "applied") == (move["activity"] in counting)
                if move["event"] == "accept" and move["activity"] not in counting:
                    self._check_late(self.wire[move["activity"]], story)

    def _check_late(self, acceptance: Told, story: Story) -> None:
        """Check that an acceptance which does not count may have come after its end, or that of the offer.

        Against all else it wins, because its maker had seen nothing else. An amendment is different: what it
        would replace may be in force no more.
        """
        ends_at = acceptance.moment("endTime")
        assert ends_at is not None
        assert story.amends or ends_at < self.now

    def _check_agreement(self, iri: str, story: Story) -> None:
        """Check that both hold the agreement of the story, if any, and prove it with the same bytes."""
        proofs, leavings = [], set()
        for party, end in zip(self.parties, (self.ends[0][iri], self.ends[1][iri]), strict=True):
            found = party.do(agreements.list)["items"]
            living = [item for item in found if item["offer"] == end["id"] and item["state"] != "void"]
            assert [item["iri"] for item in living] == ([story.agreement] if story.agreement else [])
            assert all(item["state"] == end["state"] for item in living)
            proofs += [party.do(agreements.evidence, item["id"]) for item in living]
            leavings |= {item["leaves_at"] for item in living}
        assert len(set(proofs)) <= 1
        assert len(leavings) <= 1
        for proof in proofs[:1]:
            assert verify_evidence(proof).state in ("accepted", "concluded")

    def _check_strays(self) -> None:
        """Check that what one end alone knows never began: its first offer was refused, or taken back."""
        for ends in self.ends:
            for iri in ends.keys() - self.shared:
                assert ends[iri]["state"] in ("expired", "refused", "withdrawn")

    def _check_intention(self) -> None:
        for party, ends in zip(self.parties, self.ends, strict=True):
            signed = [end for end in ends.values() if end["state"] in SIGNED_BY_BOTH & LIVING]
            assert len([end for end in signed if end["amends"] is None]) <= 1
            met = any(end["state"] in SIGNED_BY_BOTH for end in ends.values() if end["amends"] is None)
            (intention,) = party.do(showing.list)["items"]
            assert not (intention["state"] == "awarded" and not met)
            assert not (intention["state"] == "open" and met)

    def _check_once(self) -> None:
        """Check that each activity took effect once, messages and confirmations too."""
        for party, other in (self.parties, self.parties[::-1]):
            taken = Counter(
                recorded.entry.subject
                for recorded in journal.entries(party.db)
                if recorded.entry.direction == "in"
            )
            assert set(taken.values()) <= {1}
            rows = self._deliveries(other)
            assert not any(row["state"] == "queued" for row in rows)
            lost = {
                row["activity"] for row in rows if row["state"] == "delivered" and row["kind"] == "message"
            }
            assert lost <= set(taken)

    def _deliveries(self, party: Party) -> list[Document]:
        page = party.do(deliveries.list, limit=100)
        rows = list(page["items"])
        while page["next"] is not None:
            page = party.do(deliveries.list, limit=100, cursor=page["next"])
            rows += page["items"]
        return rows


@pytest.mark.parametrize("fate", [pytest.param("arrives", marks=pytest.mark.slow), "acknowledgement lost"])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("offered", ["reoffer", "withdraw"])
@pytest.mark.parametrize("asked", ["counter", "reject", "accept"])
def test_any_two_moves_that_cross(asked: str, offered: str, first: int, fate: str) -> None:
    ends = TwoEnds()
    ends.begin(countersigns=True)
    ends.cross(0, asked, offered, first, fate)
    ends.teardown()


def test_an_acceptance_shows_that_the_offer_arrived_whose_acknowledgement_was_lost() -> None:
    ends = TwoEnds()
    ends.begin(countersigns=True)
    ends.cross(0, "counter", "reoffer", 1, "acknowledgement lost")
    ends.accept(0, 1)
    ends.withdraw(1, 1)
    ends.cross(1, "accept", "withdraw", 0, "acknowledgement lost")
    ends.teardown()


@pytest.mark.parametrize("fate", [pytest.param("arrives", marks=pytest.mark.slow), "acknowledgement lost"])
@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize(("asked", "offered"), [("reject", "reoffer"), ("withdraw", "reoffer")])
def test_a_counter_taken_back_crosses_an_offer(asked: str, offered: str, first: int, fate: str) -> None:
    ends = TwoEnds()
    ends.begin(countersigns=True)
    ends.counter(0, 0, 90, "accept")
    ends.cross(0, asked, offered, first, fate)
    ends.teardown()


def test_a_counter_and_its_end_cross_an_offer_together() -> None:
    ends = TwoEnds()
    ends.begin(countersigns=True)
    ends.counter(0, 0, 90, "accept")
    ends.cross(0, "reject", "reoffer", 1, "acknowledgement lost")
    ends.teardown()


@pytest.mark.parametrize("seconds", [-60, 0, 60, 180])
def test_an_acceptance_around_the_end_of_an_offer(seconds: int) -> None:
    ends = TwoEnds()
    ends.begin(countersigns=True)
    ends.accept_around_the_end(0, 0, seconds)
    ends.teardown()


@pytest.mark.parametrize(
    "hours", [pytest.param(-2, marks=pytest.mark.slow), 0, pytest.param(2, marks=pytest.mark.slow)]
)
@pytest.mark.parametrize("seconds", [-60, 0, 60, 180])
@pytest.mark.parametrize("what", ["countersign", "renege"])
def test_a_last_word_around_the_end_of_an_acceptance(what: str, seconds: int, hours: int) -> None:
    ends = TwoEnds()
    ends.begin(countersigns=False)
    ends.accept(0, 0)
    settle(*ends.parties)
    ends.wait_for_the_end(1, 0, -300)
    ends.act_on_agreements(1, what)  # and it does not arrive before
    ends.wait_for_the_end(0, 0, seconds)
    ends.set_clock(0, hours)
    ends.teardown()


@pytest.mark.parametrize("fate", ["arrives", "acknowledgement lost"])
def test_an_acceptance_that_is_on_its_way_for_longer_than_it_holds(fate: str) -> None:
    ends = TwoEnds()
    ends.begin(countersigns=True, holds_hours=1)
    ends.accept(0, 0)
    if fate != "arrives":
        ends.carry(0, fate)
    ends.pass_time(hours=30)
    ends.teardown()


# The profile says how hard to try: in a night two hundred times as many runs, and longer ones.
RUNS = min(settings().max_examples // 2, 6_000)

TestTwoEnds = pytest.mark.slow(TwoEnds.TestCase)
TestTwoEnds.settings = settings(
    max_examples=RUNS, stateful_step_count=25 if RUNS < 100 else 50, deadline=None
)
