"""Whatever two parties do, and however the network repeats and delays it, both ends agree in the end."""

from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from node.services import agreements, deliveries, intentions, offers
from node.services.timers import tick
from node.storage import journal
from protocol.actors import ActorKind
from protocol.errors import Remote
from protocol.evidence import verify_evidence
from tests.services.parties import Clock, Party, check_journal, deliver, settle


def price(amount: int) -> list[dict[str, Any]]:
    return [{"kind": "oneOff", "amount": f"{amount}.00", "currency": "EUR", "label": "it"}]


class TwoEnds(RuleBasedStateMachine):
    """One negotiation between a customer and a business over a network that loses, repeats and delays."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = TemporaryDirectory()
        self.clock = Clock()
        path = Path(self.folder.name)
        self.customer = Party("ada", path, self.clock)
        self.business = Party("bikes", path, self.clock, kind=ActorKind.ORGANIZATION)

    @initialize(countersigns=st.booleans())
    def open(self, countersigns: bool) -> None:
        self.business.countersigns = countersigns
        wish = {"name": "a bike", "currency": "EUR", "audience": [self.business.iri]}
        self.customer.do(intentions.cast, wish)
        settle(self.customer, self.business)
        known = self.business.do(intentions.list)["items"][0]["id"]
        terms = {"price": price(100), "notice": "P1D", "expires_at": "2026-05-08T00:00:00Z"}
        self.business.do(offers.make, known, terms)
        settle(self.business, self.customer)

    def offer(self, party: Party) -> str:
        return str(party.do(offers.list)["items"][-1]["id"])

    def attempt(self, party: Party, service: Any, *arguments: Any, **options: Any) -> None:
        with suppress(Remote):  # not allowed now: then nothing may have changed, which the end shows
            party.do(service, *arguments, **options)

    @rule(amount=st.integers(80, 120), on_met=st.sampled_from(["accept", "ask"]))
    def counter(self, amount: int, on_met: str) -> None:
        terms = {"price": price(amount), "expires_at": "2026-05-07T00:00:00Z"}
        self.attempt(self.customer, offers.counter, self.offer(self.customer), terms, on_met=on_met)

    @rule()
    def reject(self) -> None:
        self.attempt(self.customer, offers.reject, self.offer(self.customer))

    @rule()
    def accept(self) -> None:
        self.attempt(self.customer, offers.accept, self.offer(self.customer))

    @rule(amount=st.integers(80, 120))
    def reoffer(self, amount: int) -> None:
        terms = {"price": price(amount), "expires_at": "2026-05-08T00:00:00Z"}
        self.attempt(self.business, offers.reoffer, self.offer(self.business), terms)

    @rule()
    def meet(self) -> None:
        terms = {"meet": True}
        self.attempt(self.business, offers.reoffer, self.offer(self.business), terms)

    @rule()
    def withdraw(self) -> None:
        self.attempt(self.business, offers.withdraw, self.offer(self.business))

    @rule(countersign=st.booleans())
    def conclude(self, countersign: bool) -> None:
        for agreement in self.business.do(agreements.list)["items"]:
            service = agreements.countersign if countersign else agreements.renege
            self.attempt(self.business, service, agreement["id"])

    @rule(party=st.integers(0, 1))
    def leave(self, party: int) -> None:
        who = (self.customer, self.business)[party]
        for agreement in who.do(agreements.list)["items"]:
            self.attempt(who, agreements.end, agreement["id"])

    @rule(party=st.integers(0, 1))
    def retry(self, party: int) -> None:
        who = (self.customer, self.business)[party]
        for delivery in who.do(deliveries.list)["items"][:3]:
            self.attempt(who, deliveries.retry, delivery["id"])

    @rule(hours=st.sampled_from([1, 30, 100]))
    def pass_time(self, hours: int) -> None:
        self.clock.pass_time(hours=hours)
        self.tick()

    def tick(self) -> None:
        for party in (self.customer, self.business):
            skew = timedelta(seconds=party.limits.clock_skew_seconds)
            party.write(lambda db, skew=skew: tick(db, self.clock.now, skew=skew))

    @rule(from_customer=st.booleans(), fate=st.sampled_from(["arrives", "acknowledgement lost", "twice"]))
    def carry(self, from_customer: bool, fate: str) -> None:
        sender = self.customer if from_customer else self.business
        receiver = self.business if from_customer else self.customer
        for row in sender.queued()[:1]:
            if fate == "arrives":
                deliver(sender, row, (receiver,))
                continue
            recorded = journal.load_entry(sender.db, row.sequence)
            assert recorded is not None
            for _ in range(2 if fate == "twice" else 1):
                self.receive(receiver, recorded.entry.body, sender)

    def receive(self, receiver: Party, raw: bytes, sender: Party) -> None:
        with suppress(Remote):
            receiver.receive(raw, sender)

    def teardown(self) -> None:
        settle(self.customer, self.business)
        self.tick()  # what was taken back may be due by now
        ends = [
            party.do(offers.history, self.offer(party))
            for party in (self.customer, self.business)
            if party.do(offers.list)["items"]
        ]
        if len(ends) == 2:
            assert ends[0]["state"] == ends[1]["state"]
            assert ends[0]["chain"] == ends[1]["chain"]
            self.check_agreements()
        for party in (self.customer, self.business):
            self.check_consistent(party)
            check_journal(party)
            party.db.close()
        self.folder.cleanup()

    def check_consistent(self, party: Party) -> None:
        """Agreement and intention say what the negotiation says."""
        states = {item["id"]: item["state"] for item in party.do(offers.list)["items"]}
        met = {"concluded", "ending", "ended", "superseded"}
        for agreement in party.do(agreements.list)["items"]:
            assert agreement["state"] in (states[agreement["offer"]], "void")
        (intention,) = party.do(intentions.list)["items"]
        assert (intention["state"] == "awarded") == bool(met & set(states.values()))

    def check_agreements(self) -> None:
        """Both hold the same agreement, if any, and both prove it with the same bytes."""
        live = [
            [item for item in party.do(agreements.list)["items"] if item["state"] != "void"]
            for party in (self.customer, self.business)
        ]
        assert [[item["digest"] for item in items] for items in live[:1]] == [
            [item["digest"] for item in items] for items in live[1:]
        ]
        assert len(live[0]) <= 1
        for item in live[0]:
            proof = self.customer.do(agreements.evidence, item["id"])
            assert proof == self.business.do(agreements.evidence, live[1][0]["id"])
            assert verify_evidence(proof).state in ("accepted", "concluded")
            assert item["leaves_at"] == live[1][0]["leaves_at"]


TestTwoEnds = TwoEnds.TestCase
TestTwoEnds.settings = settings(max_examples=60, stateful_step_count=20, deadline=None)
