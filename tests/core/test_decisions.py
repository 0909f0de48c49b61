"""One pure function decides the moves of both ends, from values alone: no database, no clock, no wire."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from node.core.conditions import Policy
from node.core.decisions import Decision, decide
from node.core.intentions import IntentionState, read_wish
from node.core.negotiations import (
    Agreed,
    Counterpart,
    Crowd,
    Key,
    Link,
    Made,
    Negotiation,
    Pending,
    Signed,
    Step,
    Thread,
    Wanted,
    follow,
    open_thread,
)
from protocol import proofs
from protocol.agreements import Signatory, conclude
from protocol.canonical import digest_of
from protocol.errors import Conflict, ProtocolError, Unprocessable
from protocol.intentions import render_intention
from protocol.keys import PrivateKey, ed25519_from_seed
from protocol.moves import Move, render_move
from protocol.negotiation import Event, Party, State
from protocol.offers import Draft
from tests.core.test_negotiations import NOON, draft

ADA, SHOP = "https://ada.example/actors/ada", "https://shop.example/actors/shop"
KEYS = {ADA: ed25519_from_seed(bytes(32)), SHOP: ed25519_from_seed(bytes([1] * 32))}
WANTED = "https://ada.example/intentions/int_1"
POLICY = Policy(grace=timedelta(minutes=2), rounds=3, open_offers_per_peer=5, offers_per_intention=2)
WISH = {"name": "a bike", "currency": "EUR", "audience": [SHOP]}
INTENTION = render_intention(
    read_wish(WISH, iri=WANTED, proposer=ADA, now=NOON - timedelta(hours=1)).intention
)


def key_of(actor: str) -> Key:
    return Key(id=f"{actor}#key", multibase=KEYS[actor].public.multibase)


def sign(event: Event, name: str, actor: str, answers: Link | None = None, **members: Any) -> Signed:
    """Sign a move of one of the two as a node does."""
    origin = actor.partition("/actors")[0]
    move = Move(
        event=event,
        iri=f"{origin}/activities/{name}",
        actor=actor,
        to=(SHOP if actor == ADA else ADA,),
        negotiation="https://shop.example/negotiations/neg_1",
        answers=None if answers is None else answers.iri,
        answers_digest=None if answers is None else answers.digest,
        published=NOON,
        **members,
    )
    private: PrivateKey = KEYS[actor]
    document = proofs.attach(
        render_move(move), key=private, verification_method=key_of(actor).id, created=NOON
    )
    party = Party.OFFERER if actor == SHOP else Party.OFFEREE
    step = Step(move=move, party=party, link=Link(move.iri, digest_of(document)), at=NOON)
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
    members = {"own": True, "state": IntentionState.OPEN, "deadline": None, "invited": True}
    return Wanted(id="int_1", iri=WANTED, document=INTENTION, **(members | changes))


def unbegun(**changes: Any) -> Negotiation:
    """What Ada's node loads when the shop's first offer arrives."""
    members = {"crowd": Crowd(open_with_peer=0, about_intention=0, name_taken=False), "intention": wanted()}
    return Negotiation(
        id="of_1", actor=ADA, peer=Counterpart(id="peer_1", address=SHOP), thread=None, **(members | changes)
    )


def offered(end: str = ADA, **changes: Any) -> Negotiation:
    """What the node of either end loads while the shop's first offer stands."""
    role, peer = (Party.OFFEREE, SHOP) if end == ADA else (Party.OFFERER, ADA)
    thread = open_thread(OFFER.step, role=role, peer="peer_1", intention=WANTED, amends=None)
    members = {
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
    return sign(Event.ACCEPT, "a1", ADA, OFFER.step.link, agreement=document | changes)


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
            ({"crowd": Crowd(open_with_peer=5, about_intention=0, name_taken=False)}, "too-many-offers"),
            ({"crowd": Crowd(open_with_peer=0, about_intention=2, name_taken=False)}, "too-many-offers"),
            ({"crowd": Crowd(open_with_peer=0, about_intention=0, name_taken=True)}, "negotiation-exists"),
        ],
    )
    def test_what_it_must_meet(self, changes: dict[str, Any], expected: str) -> None:
        assert code(unbegun(**changes), OFFER) == expected

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
