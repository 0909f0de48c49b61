"""One pure function decides the moves of both ends, from values alone: no database, no clock, no wire."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from node.core.conditions import Policy
from node.core.decisions import Decision, decide
from node.core.intentions import IntentionState, read_wish
from node.core.negotiations import Agreed, Counterpart, Crowd, Key, Made, Negotiation, Pending, Signed, Wanted
from node.core.threads import Link, Step, Thread, follow, open_thread, tick
from protocol import proofs
from protocol.agreements import Signatory, conclude
from protocol.canonical import digest_of
from protocol.errors import Conflict, ProtocolError, Unprocessable
from protocol.intentions import render_intention
from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.moves import Move, render_move
from protocol.negotiation import Event, Party, State
from protocol.offers import Draft
from tests.core.test_threads import NOON, draft

ADA, SHOP = "https://ada.example/actors/ada", "https://shop.example/actors/shop"
KEYS = {ADA: ed25519_from_seed(bytes(32)), SHOP: ed25519_from_seed(bytes([1] * 32))}
WANTED = "https://ada.example/intentions/int_1"
POLICY = Policy(
    grace=timedelta(minutes=2),
    rounds=3,
    open_offers_per_peer=5,
    offers_per_intention=2,
    offers_per_origin=4,
    open_per_intention=9,
)
WISH = {"name": "a bike", "currency": "EUR", "audience": [SHOP]}
INTENTION = render_intention(
    read_wish(WISH, iri=WANTED, proposer=ADA, now=NOON - timedelta(hours=1)).intention
)


def key_of(actor: str) -> Key:
    return Key(id=f"{actor}#key", multibase=KEYS[actor].public.multibase)


def sign(event: Event, name: str, actor: str, answers: Link | None = None, **members: Any) -> Signed:
    """Sign a move of one of the two as a node does."""
    origin, at = actor.partition("/actors")[0], members.get("published", NOON)
    move = Move(
        event=event,
        iri=f"{origin}/activities/{name}",
        actor=actor,
        to=(SHOP if actor == ADA else ADA,),
        negotiation="https://shop.example/negotiations/neg_1",
        answers=None if answers is None else answers.iri,
        answers_digest=None if answers is None else answers.digest,
        **({"published": NOON} | members),
    )
    private: PrivateKey = KEYS[actor]
    document = proofs.attach(render_move(move), key=private, verification_method=key_of(actor).id, created=at)
    party = Party.OFFERER if actor == SHOP else Party.OFFEREE
    step = Step(move=move, party=party, link=Link(move.iri, digest_of(document)), at=at)
    kept = {"agreement": "agr_1"} if event is Event.ACCEPT else {}
    return Signed(step=step, document=document, key=key_of(actor), kept=kept)


OFFER = sign(Event.OFFER, "o1", SHOP, draft=draft(), ends_at=NOON + timedelta(days=1))


def made(signed: Signed) -> Made:
    return Made(
        iri=signed.move.iri,
        event=signed.move.event,
        digest=signed.step.link.digest,
        answers=signed.move.answers,
        document=signed.document,
        key=signed.key,
    )


def wanted(**changes: Any) -> Wanted:
    members: dict[str, Any] = {"own": True, "state": IntentionState.OPEN, "deadline": None, "invited": True}
    return Wanted(id="int_1", iri=WANTED, document=INTENTION, **(members | changes))


def crowd(open: int = 0, about: int = 0, *, open_about: int = 0, taken: bool = False) -> Crowd:
    return Crowd(
        open_with_peer=open,
        about_intention=about,
        open_about_intention=open_about,
        of_origin=0,
        open_of_all=0,
        name_taken=taken,
    )


def unbegun(**changes: Any) -> Negotiation:
    """What Ada's node loads when the shop's first offer arrives."""
    members: dict[str, Any] = {"crowd": crowd(), "intention": wanted()}
    return Negotiation(
        id="of_1", actor=ADA, peer=Counterpart(id="peer_1", address=SHOP), thread=None, **(members | changes)
    )


def offered(end: str = ADA, **changes: Any) -> Negotiation:
    """What the node of either end loads while the shop's first offer stands."""
    role, peer = (Party.OFFEREE, SHOP) if end == ADA else (Party.OFFERER, ADA)
    thread = open_thread(OFFER.step, role=role, peer="peer_1", intention=WANTED, amends=None)
    members: dict[str, Any] = {
        "peer": Counterpart(id="peer_1", address=peer),
        "intention": wanted(own=end == ADA),
        "history": (made(OFFER),),
    }
    return Negotiation(id="of_1", actor=end, thread=thread, **(members | changes))


def acceptance(**changes: Any) -> Signed:
    document = conclude(
        draft(),
        iri="https://ada.example/agreements/agr_1",
        offer=OFFER.move.iri,
        offer_digest=OFFER.step.link.digest,
        parties=[
            Signatory(SHOP, Party.OFFERER, key_of(SHOP).id, key_of(SHOP).multibase),
            Signatory(ADA, Party.OFFEREE, key_of(ADA).id, key_of(ADA).multibase),
        ],
        salt="AAAAAAAAAAAAAAAAAAAAAA",
        attributed_to=ADA,
        published=NOON,
    )
    members = {name: changes.pop(name) for name in ("published", "ends_at") if name in changes}
    return sign(Event.ACCEPT, "a1", ADA, OFFER.step.link, agreement=document | changes, **members)


def take(negotiation: Negotiation, signed: Signed, **policy: Any) -> Decision:
    return decide(negotiation, signed, replace(POLICY, **policy), now=NOON)


def code(negotiation: Negotiation, signed: Signed, **policy: Any) -> str:
    with pytest.raises(ProtocolError) as refused:
        take(negotiation, signed, **policy)
    return refused.value.code


class TestOpening:
    def test_it_is_recorded_with_what_a_replay_needs(self) -> None:
        decision = take(unbegun(), OFFER)
        assert (decision.own, decision.after.state, decision.reaction) == (False, State.OFFERED, None)
        assert decision.after.peer == decision.before.peer.id
        assert decision.record == {
            "offer": "of_1",
            "party": "offerer",
            "digest": OFFER.step.link.digest,
            "key": {"id": key_of(SHOP).id, "multibase": key_of(SHOP).multibase},
            "intention": WANTED,
            "currency": "EUR",
        }

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"intention": None}, "unknown-intention"),
            ({"intention": wanted(invited=False)}, "unknown-intention"),
            ({"intention": wanted(own=False)}, "unknown-intention"),
            ({"intention": wanted(state=IntentionState.AWARDED)}, "intention-closed"),
            ({"intention": wanted(deadline=NOON)}, "intention-closed"),
            ({"crowd": crowd(open=5)}, "too-many-offers"),
            ({"crowd": crowd(about=2, open_about=2)}, "too-many-offers"),
            ({"crowd": crowd(about=20)}, "too-many-offers"),
            ({"crowd": crowd(taken=True)}, "negotiation-exists"),
        ],
    )
    def test_what_it_must_meet(self, changes: dict[str, Any], expected: str) -> None:
        assert code(unbegun(**changes), OFFER) == expected

    @pytest.mark.parametrize(("ahead", "held"), [(120, True), (121, False), (86_400 * 365 * 73, False)])
    def test_it_is_not_dated_ahead(self, ahead: int, held: bool) -> None:
        dated = sign(
            Event.OFFER, "o1", SHOP, draft=draft(), published=NOON + timedelta(seconds=ahead), ends_at=None
        )
        if held:
            assert take(unbegun(), dated).after.state is State.OFFERED
        else:
            assert code(unbegun(), dated) == "dated-ahead"

    def test_it_must_not_have_ended(self) -> None:
        assert code(unbegun(), sign(Event.OFFER, "o1", SHOP, draft=draft(), ends_at=NOON)) == "offer-expired"

    def test_ours_goes_to_a_peer_that_is_not_blocked(self) -> None:
        them = Counterpart(id="peer_2", address=ADA)
        ours = replace(unbegun(intention=wanted(own=False)), actor=SHOP, peer=them)
        assert take(ours, OFFER).own
        assert code(replace(ours, peer=replace(them, blocked=True)), OFFER) == "peer-blocked"


class TestAccepting:
    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_both_ends_decide_it_alike(self, end: str) -> None:
        decision = take(offered(end), acceptance())
        assert decision.after.state is State.ACCEPTED
        assert decision.own is (end == ADA)
        agreement = decision.negotiation.agreement
        assert agreement is not None
        assert (agreement.id, agreement.state) == ("agr_1", State.ACCEPTED)
        assert agreement.link == decision.after.agreement

    def test_deciding_changes_nothing(self) -> None:
        before = offered()
        take(before, acceptance())
        assert before == offered()

    @pytest.mark.parametrize(
        ("changes", "expected"),
        [
            ({"intention": wanted(state=IntentionState.AWARDED)}, "intention-awarded"),
            ({"intention": wanted(state=IntentionState.WITHDRAWN)}, "intention-closed"),
            ({"peer": Counterpart(id="peer_1", address=SHOP, blocked=True)}, "peer-blocked"),
        ],
    )
    def test_what_the_owner_cannot_accept(self, changes: dict[str, Any], expected: str) -> None:
        assert code(offered(**changes), acceptance()) == expected

    def test_another_offer_for_the_intention_was_accepted(self) -> None:
        living = Agreed(
            id="agr_9",
            link=Link("https://ada.example/agreements/agr_9", "z9"),
            state=State.ACCEPTED,
            document={},
            currency="EUR",
            concluded_at=NOON,
            intention=WANTED,
        )
        with pytest.raises(Conflict, match="agr_9"):
            take(offered(living=living), acceptance())

    def test_only_what_was_looked_at(self) -> None:
        assert code(offered(), acceptance(), seen="zOther") == "offer-changed"
        assert take(offered(), acceptance(), seen=OFFER.step.link.digest)

    def test_other_terms_than_offered_are_refused_by_the_offerer(self) -> None:
        assert code(offered(SHOP), acceptance(name="two bikes")) == "terms-changed"

    def test_an_address_is_an_agreements_once(self) -> None:
        assert code(offered(SHOP, agreement_exists=True), acceptance()) == "agreement-exists"

    def test_it_must_prove_what_it_is_for(self) -> None:
        forged = replace(made(OFFER), document=OFFER.document | {"content": "changed"})
        assert code(offered(history=(forged,)), acceptance()) == "unprovable"

    def test_it_is_countersigned_at_once_if_the_owner_said_so(self) -> None:
        assert take(offered(SHOP), acceptance()).reaction is None
        assert take(offered(SHOP), acceptance(), countersigns=True).reaction is Event.COUNTERSIGN

    def test_it_may_not_claim_to_hold_longer_than_the_offer(self) -> None:
        later = NOON + timedelta(days=1, seconds=1)
        assert code(offered(SHOP), acceptance(ends_at=later)) == "holds-too-long"
        assert take(offered(SHOP), acceptance(ends_at=NOON + timedelta(days=1)))

    @pytest.mark.parametrize(
        ("retracted", "made", "came", "reaction"),
        [
            (0, 0, 0, Event.COUNTERSIGN),
            (0, -60, 300, Event.COUNTERSIGN),
            (0, -60, 301, None),  # it came late: whoever sent it may have known
            (0, 1, 1, None),  # it was made afterwards
            (60, 0, 0, Event.COUNTERSIGN),
        ],
    )
    def test_after_we_retracted_the_offer_only_if_it_had_to_cross(
        self, retracted: int, made: int, came: int, reaction: Event | None
    ) -> None:
        moment = {
            name: NOON + timedelta(seconds=seconds)
            for name, seconds in (("retracted", retracted), ("made", made), ("came", came))
        }
        signed = acceptance(published=moment["made"])
        signed = replace(signed, step=replace(signed.step, at=moment["came"]))
        before = offered(SHOP, retracted_at=moment["retracted"])
        decision = take(before, signed, countersigns=True)
        assert (decision.after.state, decision.reaction) == (State.ACCEPTED, reaction)

    def test_a_plain_offer_concludes_by_its_acceptance_and_proves_nothing(self) -> None:
        terms = {name: value for name, value in OFFER.document["object"].items() if name != "price"}
        plain = replace(made(OFFER), document=OFFER.document | {"object": terms})
        decision = take(offered(history=(plain,)), acceptance())
        assert (decision.after.state, decision.concludes) == (State.ACCEPTED, True)
        assert not take(offered(SHOP, history=(plain,)), acceptance()).concludes
        assert not take(offered(), acceptance()).concludes


class TestCountersigning:
    UNTIL = NOON + timedelta(hours=1)

    def accepted(self, end: str) -> Negotiation:
        return take(offered(end), acceptance(ends_at=self.UNTIL)).negotiation

    def countersignature(self, end: str, *, at: datetime = NOON, key: str = SHOP) -> Signed:
        signed = sign(Event.COUNTERSIGN, "s1", SHOP, self.accepted(end).begun.agreement, published=at)
        return replace(signed, key=key_of(key))

    def decide(self, end: str, *, at: datetime = NOON) -> Decision:
        return decide(self.accepted(end), self.countersignature(end, at=at), POLICY, now=at)

    def test_the_offeree_acknowledges_it(self) -> None:
        assert self.decide(ADA).reaction is Event.ACKNOWLEDGE
        assert self.decide(SHOP).reaction is None

    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_both_ends_refuse_it_after_the_date(self, end: str) -> None:
        late = self.UNTIL + POLICY.grace
        assert self.decide(end, at=late).after.state is State.CONCLUDED
        with pytest.raises(Conflict, match="acceptance-lapsed"):
            self.decide(end, at=late + timedelta(seconds=1))

    def receipt(self, end: str, **changes: Any) -> Signed:
        signed = sign(Event.ACKNOWLEDGE, "k1", ADA, self.decide(end).after.head, **changes)
        return replace(signed, key=key_of(ADA))

    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_the_receipt_changes_nothing_but_the_evidence(self, end: str) -> None:
        concluded = self.decide(end).negotiation
        decision = take(concluded, self.receipt(end))
        assert (decision.after.state, decision.reaction) == (State.CONCLUDED, None)
        assert [move.event for move in decision.negotiation.history][-1] is Event.ACKNOWLEDGE

    def test_a_receipt_is_signed_with_the_key_of_the_agreement(self) -> None:
        other = replace(self.receipt(SHOP), key=key_of(SHOP))
        assert code(self.decide(SHOP).negotiation, other) == "wrong-key"

    def test_a_receipt_must_prove_what_it_is_for(self) -> None:
        early = self.receipt(SHOP, published=NOON - timedelta(minutes=3))
        assert code(self.decide(SHOP).negotiation, early) == "times-reversed"

    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_what_has_lapsed_is_revoked_and_not_accepted_again(self, end: str) -> None:
        waiting = self.accepted(end)
        lapsed = replace(waiting, thread=tick(waiting.begun, Event.LAPSE, at=self.UNTIL))
        revocation = sign(Event.REVOKE, "u2", ADA, lapsed.begun.head)
        decision = take(lapsed, revocation)
        assert decision.after.state is State.LAPSED
        assert decision.negotiation.agreement is not None
        assert decision.negotiation.agreement.state is State.LAPSED
        assert code(lapsed, acceptance()) == "illegal-transition"


class TestAnswering:
    COUNTER = sign(Event.COUNTER, "c1", ADA, OFFER.step.link, draft=draft("90"))

    def countered(self, end: str) -> Negotiation:
        before = offered(end)
        return replace(before, thread=follow(before.begun, self.COUNTER.step))

    def reoffer(self, terms: Draft) -> Signed:
        return sign(Event.REOFFER, "o2", SHOP, self.COUNTER.step.link, draft=terms)

    def test_a_counter_that_is_met_is_accepted_at_once_if_the_owner_said_so(self) -> None:
        met, other = self.reoffer(draft("90")), self.reoffer(draft("95"))
        assert take(self.countered(ADA), met).reaction is None
        assert take(self.countered(ADA), met, accepts_met=True).reaction is Event.ACCEPT
        assert take(self.countered(ADA), other, accepts_met=True).reaction is None

    @pytest.mark.parametrize("end", [ADA, SHOP])
    @pytest.mark.parametrize(
        ("event", "answered"), [(Event.REJECT, OFFER.step.link), (Event.RECANT, COUNTER.step.link)]
    )
    def test_who_countered_takes_that_back_and_the_offer_stays_rejected(
        self, end: str, event: Event, answered: Link
    ) -> None:
        taken_back = sign(event, "r1", ADA, answered)
        rejected = take(self.countered(end), taken_back).negotiation
        assert (rejected.begun.state, rejected.begun.countered) == (State.REJECTED, None)
        assert code(rejected, acceptance()) == "illegal-transition"
        met = sign(Event.REOFFER, "o2", SHOP, taken_back.step.link, draft=draft("90"))
        assert take(rejected, met, accepts_met=True).reaction is None

    def test_a_new_offer_that_crossed_it_stands_and_is_not_accepted_by_itself(self) -> None:
        before = self.countered(ADA)
        back = sign(Event.RECANT, "r1", ADA, self.COUNTER.step.link)
        pending = Pending(step=back.step, before=before.begun, moves=(back.move.iri,))
        after = replace(before, thread=follow(before.begun, back.step), pending=pending)
        decision = take(after, self.reoffer(draft("90")))
        assert (decision.after.state, decision.cancels) == (State.OFFERED, (back.move.iri,))
        assert decision.reaction is None
        assert code(replace(after, pending=None), self.reoffer(draft("90"))) == "stale-answer"
        early = replace(after, pending=replace(pending, step=self.COUNTER.step))
        assert code(early, self.reoffer(draft("90"))) == "stale-answer"

    @pytest.mark.parametrize(("seconds", "reaction"), [(1, Event.ACCEPT), (0, None), (-1, None)])
    def test_a_counter_that_has_run_out_is_not_accepted_by_itself(
        self, seconds: int, reaction: Event | None
    ) -> None:
        before = self.countered(ADA)
        ends_at = NOON + timedelta(seconds=seconds)
        met = replace(before, thread=replace(before.begun, expires_at=ends_at))
        assert take(met, self.reoffer(draft("90")), accepts_met=True).reaction is reaction

    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_a_negotiation_holds_so_many_offers_of_whomever(self, end: str) -> None:
        before = self.countered(end)
        full = replace(before, thread=replace(before.begun, rounds=POLICY.rounds))
        assert code(full, self.reoffer(draft("90"))) == "too-many-rounds"
        before = offered(end)
        full = replace(before, thread=replace(before.begun, rounds=POLICY.rounds))
        assert code(full, self.COUNTER) == "too-many-rounds"

    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_nobody_answers_for_the_other_end(self, end: str) -> None:
        assert code(offered(end), sign(Event.REJECT, "r1", SHOP, OFFER.step.link)) == "illegal-transition"

    @pytest.mark.parametrize("end", [ADA, SHOP])
    def test_other_terms_are_about_the_intention(self, end: str) -> None:
        elsewhere = replace(draft("90"), satisfies_primary=f"{WANTED}2#primary")
        strayed = sign(Event.COUNTER, "c1", ADA, OFFER.step.link, draft=elsewhere)
        with pytest.raises(Unprocessable, match="does not satisfy what the intention wants"):
            take(offered(end), strayed)

    def test_a_closed_intention_takes_no_further_offer(self) -> None:
        closed = replace(self.countered(ADA), intention=wanted(state=IntentionState.AWARDED))
        assert code(closed, self.reoffer(draft("90"))) == "intention-closed"

    def test_an_acceptance_that_crossed_a_withdrawal_makes_that_void(self) -> None:
        withdrawal = sign(Event.WITHDRAW, "u1", SHOP, OFFER.step.link)
        before = offered(SHOP)
        thread: Thread = follow(before.begun, withdrawal.step)
        pending = Pending(step=withdrawal.step, before=before.begun, moves=(withdrawal.move.iri,))
        history = (made(OFFER), made(withdrawal))
        decision = take(replace(before, thread=thread, pending=pending, history=history), acceptance())
        assert decision.after.state is State.ACCEPTED
        assert decision.cancels == (withdrawal.move.iri,)
        assert decision.record["voids"] == [withdrawal.move.iri]
        assert [move.event for move in decision.negotiation.history] == [Event.OFFER, Event.ACCEPT]
