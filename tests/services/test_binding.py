"""Nobody is bound without end, whatever the other end refuses, keeps back, or never says."""

from datetime import timedelta

import pytest

from node.core.entries import Direction, Entry
from node.services.intentions import showing
from node.services.negotiations import agreements, offers
from node.services.negotiations.undoing import REFUSED
from node.services.outbox import deliveries
from node.services.people import peers
from node.services.trade import pricelists, shop
from node.storage.deliveries import DeliveryRow
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Conflict
from protocol.evidence import Grade, verify_evidence
from protocol.times import render_time
from tests.services.loading import load
from tests.services.parties import START, Clock, Party, arrived, carry, check_journal, deliver, settle
from tests.services.test_agreements import MONTHLY, agreement, conclude
from tests.services.test_disputed import refuse, waiting
from tests.services.test_inbox import code_of, last, resign
from tests.services.test_negotiation import LOWER, PRICE, cast, offer, only
from tests.services.test_owner import rotate
from tests.services.test_plain_terms import plain
from tests.services.test_shop import PRICE_LIST, RULE, turn

PATIENCE = timedelta(days=3)
SKEW = timedelta(minutes=2)


def tick(clock: Clock, *parties: Party, **lengths: float) -> None:
    """Let time pass, and let each do what is due and what follows from it; nothing is delivered."""
    clock.pass_time(**lengths)
    for party in parties:
        party.tick()
        party.follow()


def moves(party: Party, offer: str | None = None) -> list[tuple[str, str]]:
    """Return the moves of a negotiation, each with what it did."""
    shown = party.do(offers.history, offer or only(party)["id"])["moves"]
    return [(move["event"], move["status"]) for move in shown]


def outbox(party: Party) -> list[tuple[str, str]]:
    """Return what a party sent, oldest first, and how each delivery stands."""
    rows = party.do(deliveries.list, limit=100)["items"]
    return [(row["kind"], row["state"]) for row in reversed(rows)]


def forget(party: Party, row: DeliveryRow, *fallen: str) -> None:
    """Take back a move that a peer refused, with these that build on it (IRIs), as an earlier release did."""
    entry = Entry(
        at=party.clock.now,
        direction=Direction.LOCAL,
        kind=REFUSED,
        actor=party.iri,
        peer=row.address,
        subject=row.activity,
        decision={
            "offer": only(party)["id"],
            "moves": [row.activity, *fallen],
            "status": 409,
            "peer": row.recipient,
        },
    )
    party.write(lambda db: party.residents.record(db, entry, None))


@pytest.fixture
def accepted(ada: Party, bikes: Party) -> str:
    """Accept an offer that is not countersigned at once; return the id of the intention."""
    bikes.countersigns = False
    id = cast(ada, bikes)
    offer(bikes, ada)
    ada.do(offers.accept, only(ada)["id"])
    settle(ada, bikes)
    return id


class TestLapse:
    def test_an_acceptance_says_until_when_it_binds(self, ada: Party, bikes: Party, accepted: str) -> None:
        until = render_time(START + PATIENCE)
        assert last(ada, "accept")["endTime"] == until
        for party in (ada, bikes):
            assert only(party)["holds_until"] == agreement(party)["holds_until"] == until
        verdict = verify_evidence(bikes.do(agreements.evidence, agreement(bikes)["id"]))
        assert (verdict.grade, verdict.until) == (Grade.ACCEPTED, START + PATIENCE)

    @pytest.mark.parametrize(("hours", "until"), [(1, "2026-05-04T13:00:00Z"), (999, "2026-05-11T12:00:00Z")])
    def test_as_long_as_its_owner_says_and_never_longer_than_the_offer(
        self, ada: Party, bikes: Party, hours: int, until: str
    ) -> None:
        ada.acceptance_holds, bikes.countersigns = timedelta(hours=hours), False
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        assert only(ada)["holds_until"] == only(bikes)["holds_until"] == until

    def test_then_nobody_is_bound_any_more_and_the_market_is_as_it_was(
        self, ada: Party, bikes: Party, wheels: Party, clock: Clock
    ) -> None:
        bikes.countersigns = False
        id = cast(ada, bikes, wheels)
        offer(wheels, ada)
        offer(bikes, ada, price=LOWER)
        chosen, rival = ada.do(offers.list)["items"]  # the newest first
        ada.do(offers.accept, chosen["id"])
        settle(ada, bikes, wheels)
        assert ada.do(offers.show, rival["id"])["state"] == "offered"
        tick(clock, ada, bikes, days=3, seconds=119)
        assert only(bikes)["state"] == "accepted"
        tick(clock, ada, bikes, seconds=1)
        settle(ada, bikes, wheels)
        assert agreement(ada)["state"] == agreement(bikes)["state"] == only(bikes)["state"] == "lapsed"
        assert ada.do(showing.show, id)["state"] == bikes.do(showing.list)["items"][0]["state"] == "open"
        ada.do(offers.accept, rival["id"])
        settle(ada, bikes, wheels)
        assert only(wheels)["state"] == "concluded"
        assert ada.do(showing.show, id)["state"] == "awarded"
        for party in (ada, bikes, wheels):
            check_journal(party)

    def test_it_is_revoked_once_in_signed_words(
        self, ada: Party, bikes: Party, clock: Clock, accepted: str
    ) -> None:
        for _ in range(3):
            tick(clock, ada, bikes, days=3, minutes=3)
        settle(ada, bikes)
        acceptance, undo = last(ada, "accept"), last(ada, "revoke")
        assert (undo["type"], undo["object"]) == ("Undo", acceptance["id"])
        assert undo["digestMultibase"] == digest_of(acceptance)
        assert "proof" in undo
        for party in (ada, bikes):
            assert moves(party)[-2:] == [("lapse", "applied"), ("revoke", "applied")]
            check_journal(party)
        chains = [party.do(offers.history, only(party)["id"])["chain"] for party in (ada, bikes)]
        assert chains[0] == chains[1]
        assert [kind for kind, _ in outbox(ada)].count("revoke") == 1

    def test_the_revocation_may_come_before_the_other_clock_has_looked(
        self, ada: Party, bikes: Party, clock: Clock, accepted: str
    ) -> None:
        tick(clock, ada, days=3, minutes=2)
        settle(ada, bikes)
        assert only(bikes)["state"] == "lapsed"
        bikes.tick()
        assert moves(bikes)[-1] == ("revoke", "applied")
        check_journal(bikes)

    def test_stock_is_free_again(self, ada: Party, bikes: Party, clock: Clock) -> None:
        bikes.do(load, pricelists.read(PRICE_LIST.encode(), "text/csv"))
        bikes.do(shop.set_rule, RULE | {"countersign": "ask", "offer_valid_hours": 168})
        cast(ada, bikes)
        turn(bikes)
        settle(bikes, ada)
        (offered,) = [item for item in ada.do(offers.list)["items"] if item["name"] == "Trekking bike"]
        ada.do(offers.accept, offered["id"])
        settle(ada, bikes)
        assert bikes.do(pricelists.show)["items"][0]["available"] == 0
        tick(clock, bikes, days=3, minutes=2)
        assert bikes.do(pricelists.show)["items"][0]["available"] == 1
        check_journal(bikes)

    def test_an_amendment_that_lapses_leaves_the_agreement_in_force(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        conclude(ada, bikes)
        bikes.countersigns = False
        bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
        settle(ada, bikes)
        ada.do(offers.accept, only(ada, state="offered")["id"])
        settle(ada, bikes)
        tick(clock, ada, bikes, days=3, minutes=2)
        settle(ada, bikes)
        for party in (ada, bikes):
            assert agreement(party, state="concluded")["total"] == "597.60"
            assert agreement(party, state="lapsed")["total"] == "477.60"
            check_journal(party)

    def test_what_has_lapsed_cannot_be_accepted_again(
        self, ada: Party, bikes: Party, clock: Clock, accepted: str
    ) -> None:
        tick(clock, ada, days=3, minutes=2)
        with pytest.raises(Conflict, match="This offer is lapsed"):
            ada.do(offers.accept, only(ada)["id"])


class TestTimeIsCheckedWhereItIsDecided:
    """No clock has been looked at in any of these."""

    def test_by_who_countersigns(self, bikes: Party, clock: Clock, accepted: str) -> None:
        clock.now += PATIENCE + SKEW
        until, id = clock.now, agreement(bikes)["id"]
        clock.now += timedelta(seconds=1)
        with pytest.raises(Conflict, match="acceptance-lapsed"):
            bikes.do(agreements.countersign, id)
        clock.now = until
        bikes.do(agreements.countersign, id)
        assert only(bikes)["state"] == "concluded"

    def test_by_who_is_countersigned(self, ada: Party, bikes: Party, clock: Clock, accepted: str) -> None:
        bikes.do(agreements.countersign, agreement(bikes)["id"])
        clock.now += PATIENCE + SKEW + timedelta(seconds=1)
        assert code_of(ada, resign(bikes, last(bikes, "countersign")), bikes) == "acceptance-lapsed"
        carry(bikes, ada)  # refused, and taken back
        assert only(bikes)["state"] == "accepted"
        tick(clock, ada, bikes)
        settle(ada, bikes)
        assert only(ada)["state"] == only(bikes)["state"] == "lapsed"
        for party in (ada, bikes):
            check_journal(party)

    def test_where_it_happens_by_itself(self, ada: Party, bikes: Party, clock: Clock) -> None:
        """The acceptance arrives just before its end by our clock; nobody is there to take what we sign."""
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        clock.now += PATIENCE + SKEW
        deliver(ada, waiting(ada, "accept"), (bikes,))
        assert only(bikes)["state"] == "concluded"
        clock.now += timedelta(seconds=1)
        carry(bikes, ada)
        assert only(bikes)["state"] == "accepted"

    def test_an_acceptance_that_comes_after_its_end(self, ada: Party, bikes: Party, clock: Clock) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        tick(clock, ada, bikes, days=3, minutes=3)
        assert only(ada)["state"] == "lapsed"
        settle(ada, bikes)
        assert (
            only(ada)["state"] == only(bikes)["state"] == "offered"
        )  # it never arrived, and the offer stands
        assert moves(ada)[1:] == [("accept", "void"), ("lapse", "void"), ("revoke", "void")]
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        assert only(ada)["state"] == only(bikes)["state"] == "concluded"
        for party in (ada, bikes):
            check_journal(party)

    def test_one_that_claims_to_hold_longer_than_the_offer(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        longer = resign(ada, last(ada, "accept"), endTime="2026-05-11T12:00:01Z")
        assert code_of(bikes, longer, ada) == "holds-too-long"

    def test_one_that_names_no_end_holds_for_three_days(self, ada: Party, bikes: Party, clock: Clock) -> None:
        bikes.countersigns = False
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        bare = {name: value for name, value in last(ada, "accept").items() if name != "endTime"}
        clock.pass_time(days=1)
        assert bikes.receive(resign(ada, bare), ada) == 202
        assert only(bikes)["holds_until"] == render_time(START + PATIENCE)


class TestRefused:
    """A peer that refuses our acceptance keeps our signature under it, and nothing else."""

    def test_it_is_revoked_in_signed_words(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        acceptance = last(ada, "accept")
        refuse(ada, waiting(ada, "accept"))
        assert only(ada)["state"] == "offered"
        settle(ada, bikes)
        undo = last(ada, "acceptance.revoked")
        assert (undo["type"], undo["object"], undo["digestMultibase"]) == (
            "Undo",
            acceptance["id"],
            digest_of(acceptance),
        )
        assert outbox(ada)[-2:] == [("accept", "refused"), ("acceptance.revoked", "refused")]
        assert moves(ada) == [("offer", "applied"), ("accept", "void"), ("revoke", "void")]
        assert moves(bikes) == [("offer", "applied")]
        ada.do(offers.accept, only(ada)["id"])  # the offer stands, so it may be tried again
        settle(ada, bikes)
        assert only(ada)["state"] == only(bikes)["state"] == "concluded"
        for party in (ada, bikes):
            check_journal(party)

    def test_each_refused_acceptance_is_revoked_once(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        for _ in range(2):
            ada.do(offers.accept, only(ada)["id"])
            refuse(ada, waiting(ada, "accept"))
            ada.follow()
            carry(ada, bikes)
        assert ada.follow() is False
        assert [kind for kind, _ in outbox(ada)].count("acceptance.revoked") == 2

    def test_who_took_it_all_the_same_is_bound_as_long_as_it_says(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        bikes.countersigns = False
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        row = waiting(ada, "accept")
        bikes.receive(sent(ada, "accept"), ada)
        refuse(ada, row)
        ada.follow()
        assert carry(ada, bikes) == [("acceptance.revoked", 409)]
        assert only(bikes)["state"] == "accepted"
        assert ada.do(deliveries.list)["items"][0]["last_error"] == "acceptance-binds"
        bikes.do(agreements.countersign, agreement(bikes)["id"])  # and cannot make it an agreement alone
        settle(ada, bikes)
        assert only(bikes)["state"] == "accepted"
        tick(clock, ada, bikes, days=3, minutes=2)
        assert only(bikes)["state"] == "lapsed"
        check_journal(bikes)

    def test_a_countersignature_kept_back_proves_no_agreement_in_time(
        self, ada: Party, bikes: Party, accepted: str
    ) -> None:
        bikes.do(agreements.countersign, agreement(bikes)["id"])
        verdict = verify_evidence(bikes.do(agreements.evidence, agreement(bikes)["id"]))
        assert verdict.grade is Grade.SIGNED_BY_BOTH

    def test_who_never_got_it_is_told_nothing(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        ada.do(peers.block, bikes.iri)
        assert only(ada)["state"] == "offered"
        assert ada.follow()
        assert "acceptance.revoked" not in dict(outbox(ada))

    @pytest.mark.parametrize("lapses", [True, False])
    def test_who_is_blocked_meanwhile_is_told_nothing(
        self, ada: Party, bikes: Party, clock: Clock, *, lapses: bool
    ) -> None:
        bikes.countersigns = False
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        if lapses:
            settle(ada, bikes)
            clock.now += PATIENCE + SKEW
            ada.tick()
        else:
            refuse(ada, waiting(ada, "accept"))
        ada.do(peers.block, bikes.iri)
        ada.follow()
        assert not {"revoke", "acceptance.revoked"} & dict(outbox(ada)).keys()

    def test_an_acceptance_that_came_to_nothing_here_is_revoked_without_effect(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        bikes.countersigns = False
        cast(ada, bikes)
        offer(bikes, ada)
        bikes.do(offers.reoffer, only(bikes)["id"], {"price": LOWER})
        reoffer = waiting(bikes, "reoffer")
        ada.receive(sent(bikes, "reoffer"), bikes)
        ada.do(offers.accept, only(ada)["id"])
        carry(ada, bikes)
        forget(bikes, reoffer, last(ada, "accept")["id"])
        assert moves(bikes)[1:] == [("reoffer", "void"), ("accept", "void")]
        tick(clock, ada, days=3, minutes=2)
        assert dict(carry(ada, bikes)) == {"revoke": 202}
        assert moves(bikes)[-1] == ("revoke", "void")
        undo = last(ada, "revoke")
        digest = undo["digestMultibase"]
        for changes, code in (
            ({"digestMultibase": digest[:-1] + ("3" if digest.endswith("2") else "2")}, "digest-mismatch"),
            ({"digestMultibase": None}, "digest-required"),
        ):
            other = {**undo, "id": undo["id"] + "x", **changes}
            raw = resign(ada, {name: value for name, value in other.items() if value is not None})
            assert code_of(bikes, raw, ada) == code
        again = [resign(ada, {**undo, "id": f"{undo['id']}{number}"}) for number in range(3)]
        known = moves(bikes)
        assert [bikes.receive(raw, ada) for raw in again] == [202] * 3
        assert moves(bikes) == known
        for party in (ada, bikes):
            check_journal(party)

    def test_nobody_revokes_what_is_not_its_own(self, ada: Party, bikes: Party, accepted: str) -> None:
        assert code_of(ada, self.undoing(bikes, ada), bikes) == "illegal-transition"

    def test_nor_what_is_void(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)
        ada.do(offers.accept, only(ada)["id"])
        refuse(ada, waiting(ada, "accept"))
        assert code_of(ada, self.undoing(bikes, ada), bikes) == "stale-answer"

    def undoing(self, party: Party, other: Party) -> bytes:
        """Return a party's Undo of the other's acceptance."""
        acceptance = last(other, "accept")
        undone = {"object": acceptance["id"], "digestMultibase": digest_of(acceptance), "type": "Undo"}
        return resign(party, last(party, "offer"), id=f"{party.origin}/activities/u", **undone)


class TestReceipt:
    def test_both_ends_prove_that_it_came_in_time(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        receipt, countersignature = last(ada, "acknowledge"), last(bikes, "countersign")
        assert (receipt["type"], receipt["object"]) == ("Read", countersignature["id"])
        assert receipt["digestMultibase"] == digest_of(countersignature)
        bundles = {party.do(agreements.evidence, agreement(party)["id"]) for party in (ada, bikes)}
        (bundle,) = bundles
        assert verify_evidence(bundle).grade is Grade.RECEIVED_IN_TIME
        for party in (ada, bikes):
            assert moves(party)[-2:] == [("countersign", "applied"), ("acknowledge", "applied")]
            check_journal(party)

    def test_it_is_sent_with_what_it_acknowledges(self, ada: Party, bikes: Party, accepted: str) -> None:
        bikes.do(agreements.countersign, agreement(bikes)["id"])
        deliver(bikes, waiting(bikes, "countersign"), (ada,))
        assert next(row.activity for row in ada.queued()) == last(ada, "acknowledge")["id"]

    def test_without_it_the_other_end_proves_less(self, ada: Party, bikes: Party, accepted: str) -> None:
        bikes.do(agreements.countersign, agreement(bikes)["id"])
        deliver(bikes, waiting(bikes, "countersign"), (ada,))
        grades = [
            verify_evidence(party.do(agreements.evidence, agreement(party)["id"])).grade
            for party in (ada, bikes)
        ]
        assert grades == [Grade.RECEIVED_IN_TIME, Grade.SIGNED_BY_BOTH]

    def test_a_second_one_is_refused(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        again = last(ada, "acknowledge")
        assert code_of(bikes, resign(ada, again, id=again["id"] + "x"), ada) == "stale-answer"

    @pytest.mark.parametrize("answered", ["offer", "accept"])
    def test_nothing_else_is_acknowledged(
        self, ada: Party, bikes: Party, accepted: str, answered: str
    ) -> None:
        document = last(ada if answered == "accept" else bikes, answered)
        read = {"object": document["id"], "digestMultibase": digest_of(document), "type": "Read"}
        raw = resign(ada, last(ada, "accept"), id=f"{ada.origin}/activities/r", **read)
        assert code_of(bikes, raw, ada) == "wrong-object"

    def test_software_that_does_not_know_it_does_no_harm(
        self, ada: Party, bikes: Party, accepted: str
    ) -> None:
        bikes.do(agreements.countersign, agreement(bikes)["id"])
        deliver(bikes, waiting(bikes, "countersign"), (ada,))
        refuse(ada, waiting(ada, "acknowledge"), 422)
        assert only(ada)["state"] == "concluded"
        verdict = verify_evidence(ada.do(agreements.evidence, agreement(ada)["id"]))
        assert verdict.grade is Grade.SIGNED_BY_BOTH
        check_journal(ada)

    def test_where_the_key_is_gone_none_is_given(
        self, ada: Party, bikes: Party, clock: Clock, accepted: str
    ) -> None:
        bikes.do(agreements.countersign, agreement(bikes)["id"])
        rotate(ada, revoke=True)
        deliver(bikes, waiting(bikes, "countersign"), (ada,))
        assert only(ada)["state"] == "concluded"
        assert "acknowledge" not in dict(outbox(ada))


class TestAfterAWithdrawal:
    """Nothing is countersigned by itself unless both moves must have crossed; the owner decides the rest."""

    @pytest.fixture
    def offered(self, ada: Party, bikes: Party) -> None:
        cast(ada, bikes)
        offer(bikes, ada)

    def retract(self, bikes: Party, how: str) -> None:
        if how == "withdraw":
            bikes.do(offers.withdraw, only(bikes)["id"])
        else:
            bikes.do(offers.reoffer, only(bikes)["id"], {"price": [PRICE[0] | {"amount": "2999.00"}]})

    @pytest.mark.usefixtures("offered")
    @pytest.mark.parametrize("how", ["withdraw", "reoffer"])
    @pytest.mark.parametrize(
        ("made", "came", "state"),
        [(-30, 300, "concluded"), (-30, 301, "accepted"), (1, 2, "accepted"), (172_800, 172_801, "accepted")],
    )
    def test_an_acceptance_that_came_so_long_after(
        self, ada: Party, bikes: Party, clock: Clock, how: str, made: int, came: int, state: str
    ) -> None:
        """All the while the customer's server answers 503: our word does not get through."""
        retracted_at = clock.now = START + timedelta(minutes=1)
        if made < 0:
            clock.now = retracted_at + timedelta(seconds=made)
            ada.do(offers.accept, only(ada)["id"])
        clock.now = retracted_at
        self.retract(bikes, how)
        if made >= 0:
            clock.now = retracted_at + timedelta(seconds=made)
            ada.do(offers.accept, only(ada)["id"])
        clock.now = retracted_at + timedelta(seconds=came)
        deliver(ada, waiting(ada, "accept"), (bikes,))
        assert only(bikes)["state"] == state
        settle(ada, bikes)
        assert only(ada)["state"] == only(bikes)["state"] == state
        if state == "accepted":
            bikes.do(agreements.countersign, agreement(bikes)["id"])  # the owner may, until it lapses
            settle(ada, bikes)
            assert only(ada)["state"] == "concluded"
        for party in (ada, bikes):
            check_journal(party)

    @pytest.mark.usefixtures("offered")
    def test_a_withdrawal_that_was_refused_is_not_forgotten(
        self, ada: Party, bikes: Party, clock: Clock
    ) -> None:
        bikes.do(offers.withdraw, only(bikes)["id"])
        refuse(bikes, waiting(bikes, "withdraw"))
        assert only(bikes)["state"] == "offered"
        clock.pass_time(days=2)
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        assert only(bikes)["state"] == "accepted"
        tick(clock, ada, bikes, days=3, minutes=2)
        assert only(ada)["state"] == only(bikes)["state"] == "lapsed"

    @pytest.mark.usefixtures("offered")
    def test_a_newer_offer_is_another_matter(self, ada: Party, bikes: Party, clock: Clock) -> None:
        self.retract(bikes, "reoffer")
        settle(bikes, ada)
        clock.pass_time(days=2)
        ada.do(offers.accept, only(ada)["id"])
        settle(ada, bikes)
        assert only(bikes)["state"] == "concluded"


class TestPlain:
    """With a peer of FEP-0837 alone, which never countersigns."""

    @pytest.fixture
    def offered(self, ada: Party, bikes: Party, wheels: Party) -> str:
        """Have a plain peer offer, and a rival; return the id of the intention."""
        id = cast(ada, bikes, wheels)
        known = bikes.do(showing.list, own=False)["items"][0]["id"]
        bikes.do(offers.make, known, {"price": PRICE})
        made = last(bikes, "offer")
        assert ada.receive(resign(bikes, made, object=plain(made["object"])), bikes) == 202
        offer(wheels, ada)
        return id

    def accept(self, ada: Party, bikes: Party) -> DeliveryRow:
        offered = [item for item in ada.do(offers.list)["items"] if item["peer"]["iri"] == bikes.iri]
        ada.do(offers.accept, offered[0]["id"])
        return waiting(ada, "accept")

    def state(self, ada: Party, bikes: Party) -> str:
        (item,) = [item for item in ada.do(offers.list)["items"] if item["peer"]["iri"] == bikes.iri]
        return str(item["state"])

    def test_the_acceptance_concludes_when_it_has_arrived(
        self, ada: Party, bikes: Party, wheels: Party, offered: str
    ) -> None:
        row = self.accept(ada, bikes)
        ada.follow()
        assert self.state(ada, bikes) == "accepted"
        assert only(wheels)["state"] == "offered"
        assert last(ada, "accept")["endTime"]
        arrived(ada, row)
        assert self.state(ada, bikes) == "concluded"
        assert ada.do(showing.show, offered)["state"] == "awarded"
        ada.follow()
        carry(ada, bikes, wheels)
        assert only(wheels)["state"] == "rejected"
        assert wheels.do(showing.list)["items"][0]["state"] == "withdrawn"
        check_journal(ada)

    def test_it_is_concluded_once(self, ada: Party, bikes: Party, offered: str) -> None:
        row = self.accept(ada, bikes)
        for _ in range(2):
            arrived(ada, row)
        assert [event for event, _ in moves(ada, agreement(ada)["offer"])].count("conclude") == 1

    @pytest.mark.parametrize("by_us", [True, False])
    def test_confirmations_work_as_the_fep_says(
        self, ada: Party, bikes: Party, offered: str, *, by_us: bool
    ) -> None:
        arrived(ada, self.accept(ada, bikes))
        id = agreement(ada)["id"]
        if by_us:
            ada.do(agreements.confirm, id)
            assert last(ada, "agreement.confirmed")["object"]["context"] == agreement(ada)["iri"]
        else:
            document = {
                "id": f"{bikes.origin}/confirmations/1",
                "type": "Document",
                "name": "Confirmation",
                "context": agreement(ada)["iri"],
            }
            said = {"type": "Create", "id": f"{bikes.origin}/activities/c", "object": document}
            assert ada.receive(resign(bikes, last(bikes, "offer"), **said), bikes) == 202
        side = "own_confirmed_at" if by_us else "peer_confirmed_at"
        assert agreement(ada)[side] == "2026-05-04T12:00:00Z"
        check_journal(ada)

    def test_one_that_is_refused_turned_nobody_away(
        self, ada: Party, bikes: Party, wheels: Party, offered: str
    ) -> None:
        refuse(ada, self.accept(ada, bikes))
        ada.follow()
        assert self.state(ada, bikes) == "offered"
        ada.do(offers.accept, self.rival(ada, wheels))
        settle(ada, bikes, wheels)
        assert only(wheels)["state"] == "concluded"
        check_journal(ada)

    def rival(self, ada: Party, wheels: Party) -> str:
        (item,) = [item for item in ada.do(offers.list)["items"] if item["peer"]["iri"] == wheels.iri]
        return str(item["id"])

    def test_one_that_never_arrives_lapses_and_is_not_sent_any_more(
        self, ada: Party, bikes: Party, wheels: Party, clock: Clock, offered: str
    ) -> None:
        row = self.accept(ada, bikes)
        tick(clock, ada, days=3, minutes=2)
        assert self.state(ada, bikes) == "lapsed"
        assert outbox(ada)[-2:] == [("accept", "cancelled"), ("revoke", "queued")]
        arrived(ada, row)  # it was on its way just then
        assert self.state(ada, bikes) == "lapsed"
        ada.do(offers.accept, self.rival(ada, wheels))
        check_journal(ada)

    def test_a_plain_amendment_takes_the_place_of_the_agreement(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        arrived(ada, self.amend(ada, bikes))
        assert agreement(ada, state="superseded")["total"] == "597.60"
        assert agreement(ada, state="concluded")["total"] == "500.00"
        check_journal(ada)

    def test_of_two_amendments_one_concludes(self, ada: Party, bikes: Party) -> None:
        conclude(ada, bikes)
        row = self.amend(ada, bikes)
        bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [MONTHLY[0] | {"amount": "19.90"}]})
        carry(bikes, ada)
        ada.do(offers.accept, only(ada, state="offered")["id"])
        bikes.receive(sent(ada, "accept"), ada)
        carry(bikes, ada)
        arrived(ada, row)
        assert agreement(ada, state="concluded")["total"] == "477.60"
        assert agreement(ada, state="accepted")["total"] == "500.00"  # until it lapses
        check_journal(ada)

    def amend(self, ada: Party, bikes: Party) -> DeliveryRow:
        """Have a plain amendment accepted; return the delivery of the acceptance."""
        bikes.do(agreements.amend, agreement(bikes)["id"], {"price": [PRICE[0] | {"amount": "500.00"}]})
        made = last(bikes, "offer")
        assert ada.receive(resign(bikes, made, object=plain(made["object"])), bikes) == 202
        arrived(bikes, waiting(bikes, "offer"))
        ada.do(offers.accept, only(ada, state="offered")["id"])
        return waiting(ada, "accept")


def sent(party: Party, kind: str) -> bytes:
    """Return the bytes of the newest activity of a kind that a party sent."""
    return canonicalise(last(party, kind))
