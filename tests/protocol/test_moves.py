"""The activities of a negotiation."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from protocol import jsonld
from protocol.errors import Unprocessable
from protocol.moves import Event, Move, check_holds, holds_until, read_move, render_move, resolve
from protocol.negotiation import TRANSITIONS, Party
from protocol.offers import render_draft
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.protocol.market import AGREEMENT, BUSINESS, CUSTOMER, DRAFT, NEGOTIATION, NOW, concluded

OFFER = "https://business.example/activities/act_1"
DIGEST = "zQmWvQxTqbG2Z9HPJgG57jjwR154cKhbtJenbyYTWkjgF3e"

FINAL = concluded().final
BASE = Move(Event.OFFER, OFFER, BUSINESS, (CUSTOMER,), NEGOTIATION, published=NOW)
ANSWER = replace(BASE, iri="https://customer.example/activities/act_2", actor=CUSTOMER, to=(BUSINESS,))
LATER = NOW + timedelta(days=30)

MOVES = {
    "offer": replace(BASE, draft=DRAFT, ends_at=LATER),
    "offer without expiry": replace(BASE, draft=DRAFT, published=None),
    "reoffer": replace(
        BASE, event=Event.REOFFER, draft=DRAFT, answers=ANSWER.iri, answers_digest=DIGEST, content="Cheaper."
    ),
    "counter": replace(
        ANSWER, event=Event.COUNTER, answers=OFFER, answers_digest=DIGEST, draft=DRAFT, ends_at=LATER
    ),
    "reject": replace(ANSWER, event=Event.REJECT, answers=OFFER, answers_digest=DIGEST, content="Too small."),
    "withdraw": replace(BASE, event=Event.WITHDRAW, answers=OFFER, answers_digest=DIGEST),
    "accept": replace(
        ANSWER, event=Event.ACCEPT, answers=OFFER, answers_digest=DIGEST, agreement=FINAL, ends_at=LATER
    ),
    "acknowledge": replace(ANSWER, event=Event.ACKNOWLEDGE, answers=OFFER, answers_digest=DIGEST),
    "countersign": replace(BASE, event=Event.COUNTERSIGN, answers=AGREEMENT, answers_digest=DIGEST),
    "leave": replace(BASE, event=Event.LEAVE, answers=AGREEMENT, answers_digest=DIGEST, ends_at=LATER),
}


@pytest.mark.parametrize("name", MOVES)
def test_a_move_survives_the_round_trip(name: str) -> None:
    document = render_move(MOVES[name])
    assert jsonld.read(document) is document  # every key of ours is plain in our context
    assert read_move(document) == MOVES[name]


def test_every_move_a_party_can_make_has_a_wire_form() -> None:
    events = {event for _, party, event in TRANSITIONS if party is not Party.CLOCK}
    # Some look like a rejection or a withdrawal until it is known what they answer.
    assert {move.event for move in MOVES.values()} | {Event.RENEGE, Event.REVOKE, Event.RECANT} == events


def test_an_offer_on_the_wire() -> None:
    assert render_move(MOVES["offer"]) == {
        "@context": ACTIVITY_CONTEXT,
        "id": OFFER,
        "type": "Offer",
        "actor": BUSINESS,
        "to": [CUSTOMER],
        "context": NEGOTIATION,
        "object": render_draft(DRAFT),
        "published": "2026-03-14T12:30:00Z",
        "endTime": "2026-04-13T12:30:00Z",
    }


def test_a_counter_is_a_rejection_with_a_proposal() -> None:
    document = render_move(MOVES["counter"])
    assert (document["type"], document["object"], document["result"]) == (
        "Reject",
        OFFER,
        render_draft(DRAFT),
    )
    assert document["digestMultibase"] == DIGEST


def test_an_acceptance_carries_the_agreement_as_it_is() -> None:
    assert render_move(MOVES["accept"])["result"] == FINAL


def test_a_renouncement_looks_like_a_rejection_until_it_is_known_what_it_answers() -> None:
    reneges = replace(MOVES["countersign"], event=Event.RENEGE, content="The car is gone.")
    read = read_move(render_move(reneges))
    assert read == replace(reneges, event=Event.REJECT)
    assert resolve(read, AGREEMENT) == reneges
    assert resolve(read, None) == read


def test_an_offer_that_names_an_agreement_opens_an_amendment() -> None:
    amends = replace(MOVES["reoffer"], answers=AGREEMENT)
    assert resolve(amends, AGREEMENT) == replace(amends, event=Event.OFFER)
    assert resolve(amends, None) == amends


@pytest.mark.parametrize(
    ("name", "agreement_iri"),
    [
        ("countersign", None),  # an Accept of an offer without a result
        ("countersign", "https://customer.example/agreements/agr_2"),
        ("leave", None),
        ("withdraw", OFFER),  # an Undo of an agreement
        ("accept", OFFER),
        ("counter", OFFER),
    ],
)
def test_an_activity_that_answers_what_it_cannot_is_refused(name: str, agreement_iri: str | None) -> None:
    with pytest.raises(Unprocessable, match="wrong-object"):
        resolve(MOVES[name], agreement_iri)


def test_an_acceptance_without_its_agreement_is_told_what_it_lacks() -> None:
    with pytest.raises(Unprocessable, match="carries the final agreement as its result"):
        resolve(MOVES["countersign"], None, answered=Event.OFFER)


@pytest.mark.parametrize("name", sorted(MOVES))
def test_resolving_twice_is_resolving_once(name: str) -> None:
    move = MOVES[name]
    agreement = AGREEMENT if move.answers == AGREEMENT else None
    answered = Event.COUNTERSIGN if move.event is Event.ACKNOWLEDGE else None
    once = resolve(move, agreement, answered=answered)
    assert resolve(once, agreement, answered=answered) == once


def test_an_undo_of_an_acceptance_revokes_it_and_one_of_a_counter_recants() -> None:
    undo = MOVES["withdraw"]
    assert resolve(undo, AGREEMENT, answered=Event.ACCEPT) == replace(undo, event=Event.REVOKE)
    assert resolve(undo, AGREEMENT, answered=Event.COUNTER) == replace(undo, event=Event.RECANT)
    for answered in (Event.OFFER, Event.REOFFER, Event.COUNTERSIGN, None):
        assert resolve(undo, AGREEMENT, answered=answered) == undo


@pytest.mark.parametrize("answered", [Event.OFFER, Event.ACCEPT, Event.LEAVE, None])
def test_a_read_of_anything_but_a_countersignature_is_refused(answered: Event | None) -> None:
    with pytest.raises(Unprocessable, match="wrong-object"):
        resolve(MOVES["acknowledge"], AGREEMENT, answered=answered)


class TestHolds:
    ACCEPT = MOVES["accept"]
    BARE = replace(ACCEPT, ends_at=None)

    @pytest.mark.parametrize(
        ("acceptance", "offer_ends_at", "until"),
        [
            (ACCEPT, None, LATER),
            (ACCEPT, LATER + timedelta(days=1), LATER),
            (ACCEPT, LATER - timedelta(days=1), LATER - timedelta(days=1)),
            (BARE, None, NOW + timedelta(days=3)),
            (BARE, NOW + timedelta(days=1), NOW + timedelta(days=1)),
            (replace(BARE, published=None), None, NOW + timedelta(days=3)),
            (replace(BARE, published=LATER), None, NOW + timedelta(days=3)),  # made before it was written
            (replace(BARE, published=NOW - timedelta(days=1)), None, NOW + timedelta(days=2)),
        ],
    )
    def test_until_its_date_and_no_longer_than_the_offer(
        self, acceptance: Move, offer_ends_at: datetime | None, until: datetime
    ) -> None:
        assert holds_until(acceptance, made_at=NOW, offer_ends_at=offer_ends_at) == until

    def test_no_calendar_has_that_day(self) -> None:
        end = datetime.max.replace(tzinfo=UTC)
        late = replace(self.BARE, published=end)
        with pytest.raises(Unprocessable, match="time-out-of-range"):
            holds_until(late, made_at=end, offer_ends_at=None)

    @pytest.mark.parametrize("offer_ends_at", [None, LATER, LATER + timedelta(days=1)])
    def test_as_long_as_the_offer(self, offer_ends_at: datetime | None) -> None:
        check_holds(self.ACCEPT, offer_ends_at=offer_ends_at)
        check_holds(self.BARE, offer_ends_at=offer_ends_at)

    def test_longer_than_the_offer(self) -> None:
        with pytest.raises(Unprocessable, match="holds-too-long"):
            check_holds(self.ACCEPT, offer_ends_at=LATER - timedelta(seconds=1))


def document(name: str, **changes: Any) -> Document:
    rendered = render_move(MOVES[name]) | changes
    return {member: value for member, value in rendered.items() if value is not None}


def test_a_plain_peer_s_offer_is_its_own_negotiation() -> None:
    plain = document("offer", context=None, endTime=None, published=None, to=CUSTOMER)
    read = read_move(plain)
    assert (read.event, read.negotiation, read.ends_at) == (Event.OFFER, OFFER, None)
    assert read.to == (CUSTOMER,)


def test_a_plain_peer_s_answer_shows_the_offer() -> None:
    plain = document("reject", context=None, digestMultibase=None, object={"id": OFFER, "type": "Offer"})
    read = read_move(plain)
    assert (read.negotiation, read.answers, read.answers_digest) == (OFFER, OFFER, None)


def test_a_plain_peer_s_price_is_in_the_intention_s_currency() -> None:
    draft = render_draft(DRAFT)
    reciprocal = {
        name: value for name, value in draft["stipulatesReciprocal"].items() if name != "resourceConformsTo"
    }
    plain = {"type": "Agreement", "stipulates": draft["stipulates"], "stipulatesReciprocal": reciprocal}
    read = read_move(document("offer", object=plain), currency="CHF")
    assert read.draft is not None
    assert (read.draft.total, read.draft.currency) == (DRAFT.total, "CHF")
    counter = read_move(document("counter", result=plain), currency="CHF")
    assert counter.draft == read.draft


def test_members_of_an_activity_that_we_do_not_know_are_ignored() -> None:
    assert read_move(document("reject", summary="No", attributedTo=CUSTOMER)) == MOVES["reject"]


@pytest.mark.parametrize(
    ("activity", "code"),
    [
        (document("offer", type="Create"), "unknown-activity"),
        (document("offer", type=None), "unknown-activity"),
        (document("offer", type=["Offer", "Accept"]), "single-value-expected"),
        (document("offer", id=None), "missing-member"),
        (document("offer", id=7), "reference-expected"),
        (document("offer", id="_:b0"), "iri-invalid"),
        (document("offer", actor=None), "missing-member"),
        (document("offer", actor=[BUSINESS, CUSTOMER]), "single-value-expected"),
        (document("offer", attributedTo=CUSTOMER), "attribution-mismatch"),
        (document("offer", object=None), "wrong-shape"),
        (document("offer", object="https://business.example/agreements/1"), "wrong-shape"),
        (document("offer", to=["everyone"]), "iri-invalid"),
        (document("offer", to=[CUSTOMER] * 17), "too-many"),
        (document("offer", context="thread 1"), "iri-invalid"),
        (document("offer", endTime="soon"), "malformed-time"),
        (document("offer", digestMultibase="z" * 65), "text-too-long"),
        (document("reject", object=None), "missing-member"),
        (document("reject", content="x" * 10_001), "text-too-long"),
        (document("counter", result={"type": "Agreement"}), "missing-member"),
        (document("accept", result=AGREEMENT), "wrong-shape"),
        (document("accept", result={"type": "Agreement"}), "agreement-incomplete"),
        (document("accept", result={"type": "Agreement", "id": [AGREEMENT]}), "agreement-incomplete"),
        (document("accept", result={"type": "Agreement", "id": {"id": AGREEMENT}}), "agreement-incomplete"),
        (document("accept", result={"type": "Note", "id": AGREEMENT}), "wrong-type"),
        (document("leave", endTime=None), "missing-member"),
    ],
)
def test_any_other_activity_is_refused(activity: Document, code: str) -> None:
    with pytest.raises(Unprocessable, match=code):
        read_move(activity)


def test_a_foreign_spelling_is_the_same_move() -> None:
    """What a JSON-LD library writes: every ValueFlows term in full, every quantity typed."""
    vf, om2 = (
        "https://w3id.org/valueflows/ont/vf#",
        "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    )

    def commitment(satisfies: str, number: str) -> Document:
        quantity = {
            om2 + "hasUnit": "one",
            om2 + "hasNumericalValue": {
                "@value": number,
                "@type": "http://www.w3.org/2001/XMLSchema#decimal",
            },
        }
        return {
            "@type": vf + "Commitment",
            vf + "satisfies": {"@id": satisfies},
            vf + "resourceQuantity": quantity,
        }

    foreign = {
        "@context": "https://www.w3.org/ns/activitystreams",
        "id": OFFER,
        "type": "Offer",
        "actor": BUSINESS,
        "to": CUSTOMER,
        "object": {
            "@type": vf + "Agreement",
            vf + "stipulates": commitment(DRAFT.satisfies_primary, "1"),
            vf + "stipulatesReciprocal": commitment(DRAFT.satisfies_reciprocal, "30"),
        },
    }
    read = read_move(jsonld.read(foreign), currency="EUR")
    assert read.draft is not None
    assert (read.draft.satisfies_primary, read.draft.total) == (DRAFT.satisfies_primary, Decimal(30))
