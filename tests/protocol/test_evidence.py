"""Evidence bundles: what they prove, and everything that breaks them."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from protocol import proofs
from protocol.agreements import Agreement
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Malformed, TooLarge, Unauthenticated, Unprocessable
from protocol.evidence import LIMIT_BYTES, Exhibit, Grade, Verdict, bundle, presentable, verify_evidence
from protocol.keys import ed25519_from_seed
from protocol.moves import Event
from protocol.negotiation import State
from protocol.quantities import Quantity
from protocol.strictjson import Document
from tests.protocol.market import (
    AGREEMENT,
    BUSINESS,
    CUSTOMER,
    DRAFT,
    KEYS,
    METHODS,
    MULTIBASES,
    NOW,
    TOTAL,
    Thread,
    acknowledged,
    concluded,
    sign,
    signatories,
)

OLDER = "https://customer.example/agreements/agr_0"
STRANGER = "https://stranger.example/actors/eve"
STRANGER_METHOD = f"{STRANGER}#ed25519-1"
STRANGER_KEY = ed25519_from_seed(b"stranger".ljust(32, b"-"))
OLD_KEY = ed25519_from_seed(b"the key before".ljust(32, b"-"))
OLD_METHOD = f"{BUSINESS}#ed25519-0"


def pack(thread: Thread, keys: Mapping[str, str] = MULTIBASES) -> bytes:
    return bundle(thread.documents, keys)


def haggled() -> Thread:
    """Offer, rejection, offer, counter-offer, offer, acceptance, countersignature."""
    thread = Thread()
    thread.offer()
    thread.move(Event.REJECT, actor=CUSTOMER, content="Too dear.")
    thread.offer(Event.REOFFER, draft=replace(DRAFT, notice="P3M"))
    thread.move(Event.COUNTER, actor=CUSTOMER, draft=DRAFT, ends_at=NOW + timedelta(days=1))
    thread.offer(Event.REOFFER)
    thread.accept()
    thread.countersign()
    return thread


def recanted() -> Thread:
    """Offer, counter-offer, that taken back, offer, acceptance, countersignature."""
    thread = Thread()
    thread.offer()
    thread.move(Event.COUNTER, actor=CUSTOMER, draft=replace(DRAFT, notice="P3M"))
    thread.move(Event.RECANT, actor=CUSTOMER, content="I have changed my mind.")
    thread.offer(Event.REOFFER)
    thread.accept()
    thread.countersign()
    return thread


def amended(*, countersigned: bool = True) -> Thread:
    """An amendment that the customer offers and the business accepts."""
    thread = Thread(offerer=CUSTOMER, offeree=BUSINESS)
    thread.offer(answers=OLDER, answers_digest=digest_of({}))
    thread.accept(final=thread.agreement(supersedes=OLDER))
    if countersigned:
        thread.countersign()
    return thread


def rekeyed(supersedes: str | None = OLDER, *, countersigned: bool = False) -> Thread:
    """The last round of an amendment whose earlier rounds were signed with other keys, and left out."""
    thread = Thread()
    thread.offer(answers=OLDER, answers_digest=digest_of({}))
    thread.move(Event.REJECT, actor=CUSTOMER)
    thread.offer(Event.REOFFER, supersedes=OLDER)
    thread.accept(final=thread.agreement(supersedes=supersedes))
    if countersigned:
        thread.countersign()
    del thread.documents[:2]
    return thread


def test_a_concluded_agreement_is_proved() -> None:
    thread = concluded()
    offerer, offeree = signatories()
    assert verify_evidence(pack(thread)) == Verdict(
        grade=Grade.SIGNED_BY_BOTH,
        state=State.CONCLUDED,
        until=NOW + timedelta(days=2),
        offerer=offerer,
        offeree=offeree,
        agreement=AGREEMENT,
        agreement_digest=digest_of(thread.final),
        terms=DRAFT,
        total=TOTAL,
        currency="EUR",
        supersedes=None,
        documents=tuple(
            Exhibit(document["id"], event, actor, digest_of(document), NOW + timedelta(minutes=minute))
            for document, event, actor, minute in zip(
                thread.documents,
                (Event.OFFER, Event.ACCEPT, Event.COUNTERSIGN),
                (BUSINESS, CUSTOMER, BUSINESS),
                (1, 2, 3),
                strict=True,
            )
        ),
    )


def test_without_a_countersignature_it_is_accepted() -> None:
    assert verify_evidence(bundle(concluded().documents[:2], MULTIBASES)).state is State.ACCEPTED


def test_a_counter_that_was_taken_back_is_part_of_the_history() -> None:
    verdict = verify_evidence(pack(recanted()))
    assert [exhibit.event for exhibit in verdict.documents][1:4] == [
        Event.COUNTER,
        Event.RECANT,
        Event.REOFFER,
    ]


class TestGrades:
    """How much a bundle proves, and what keeps it from proving more."""

    UNTIL = NOW + timedelta(hours=1)

    def graded(self, *, countersigned: timedelta, received: timedelta) -> Grade:
        """Grade a bundle whose acceptance holds for an hour, by how long after that the rest was signed."""
        thread = offered()
        thread.accept(ends_at=self.UNTIL)
        thread.clock = self.UNTIL + countersigned - timedelta(minutes=1)
        thread.countersign()
        thread.clock = self.UNTIL + received - timedelta(minutes=1)
        thread.acknowledge()
        verdict = verify_evidence(pack(thread))
        assert (verdict.state, verdict.until) == (State.CONCLUDED, self.UNTIL)
        return verdict.grade

    def test_an_offer_stands_alone(self) -> None:
        thread = offered()
        offer, (offerer, _) = thread.documents[0], signatories()
        verdict = verify_evidence(pack(thread, {METHODS[BUSINESS]: offerer.multibase}))
        assert (verdict.grade, verdict.state) == (Grade.OFFERED, State.OFFERED)
        assert verdict.until == NOW + timedelta(days=2)
        assert (verdict.parties, verdict.offeree, verdict.agreement) == ((offerer,), None, None)
        assert (verdict.terms, verdict.total, verdict.currency) == (DRAFT, TOTAL, "EUR")
        assert [exhibit.digest for exhibit in verdict.documents] == [digest_of(offer)]

    def test_a_later_round_stands_alone_too(self) -> None:
        thread = haggled()
        again = bundle(thread.documents[2:3], {METHODS[BUSINESS]: MULTIBASES[METHODS[BUSINESS]]})
        assert verify_evidence(again).grade is Grade.OFFERED

    def test_an_acceptance_holds_until_its_date(self) -> None:
        thread = offered()
        thread.accept(ends_at=self.UNTIL)
        verdict = verify_evidence(pack(thread))
        assert (verdict.grade, verdict.until) == (Grade.ACCEPTED, self.UNTIL)
        assert [party.actor for party in verdict.parties] == [BUSINESS, CUSTOMER]

    def test_without_a_date_for_three_days(self) -> None:
        thread = offered(ends_at=None)
        thread.accept()
        assert verify_evidence(pack(thread)).until == NOW + timedelta(days=3, minutes=2)

    def test_a_countersignature_without_a_receipt_may_have_been_kept_back(self) -> None:
        verdict = verify_evidence(pack(concluded()))
        assert (verdict.grade, verdict.until) == (Grade.SIGNED_BY_BOTH, NOW + timedelta(days=2))

    def test_a_receipt_shows_that_it_came_in_time(self) -> None:
        verdict = verify_evidence(pack(acknowledged()))
        assert verdict.grade is Grade.RECEIVED_IN_TIME
        assert verdict.documents[-1].event is Event.ACKNOWLEDGE
        assert verdict.documents[-1].actor == CUSTOMER

    def test_clocks_may_differ_there_too(self) -> None:
        late = timedelta(seconds=120)
        assert self.graded(countersigned=late, received=late) is Grade.RECEIVED_IN_TIME

    def test_a_receipt_that_came_too_late_shows_nothing(self) -> None:
        late = timedelta(seconds=121)
        assert self.graded(countersigned=timedelta(), received=late) is Grade.SIGNED_BY_BOTH

    def test_an_amendment_is_graded_alike(self) -> None:
        thread = amended()
        thread.acknowledge()
        assert verify_evidence(pack(thread)).grade is Grade.RECEIVED_IN_TIME


def test_earlier_rounds_are_verified_with_it() -> None:
    verdict = verify_evidence(pack(haggled()))
    assert [exhibit.event for exhibit in verdict.documents] == [
        Event.OFFER,
        Event.REJECT,
        Event.REOFFER,
        Event.COUNTER,
        Event.REOFFER,
        Event.ACCEPT,
        Event.COUNTERSIGN,
    ]


@pytest.mark.parametrize("start", [2, 4])
def test_earlier_rounds_may_be_left_out(start: int) -> None:
    verdict = verify_evidence(bundle(haggled().documents[start:], MULTIBASES))
    assert verdict.state is State.CONCLUDED
    assert verdict.documents[0].event is Event.OFFER


@pytest.mark.parametrize("countersigned", [True, False])
def test_an_amendment_is_proved(countersigned: bool) -> None:
    verdict = verify_evidence(pack(amended(countersigned=countersigned)))
    assert (verdict.supersedes, verdict.offerer.actor) == (OLDER, CUSTOMER)


def test_a_countersignature_vouches_for_what_is_superseded() -> None:
    """The offer that names the older agreement may have been signed with an older key and left out."""
    thread = Thread()
    thread.offer(answers=OLDER, answers_digest=digest_of({}))
    thread.move(Event.REJECT, actor=CUSTOMER)
    thread.offer(Event.REOFFER)
    thread.accept(final=thread.agreement(supersedes=OLDER))
    thread.countersign()
    assert verify_evidence(bundle(thread.documents[2:], MULTIBASES)).supersedes == OLDER
    with pytest.raises(Unprocessable, match="supersedes-mismatch"):
        verify_evidence(bundle(thread.documents[2:-1], MULTIBASES))


@pytest.mark.parametrize("countersigned", [True, False])
def test_a_later_offer_says_itself_what_is_superseded(countersigned: bool) -> None:
    assert verify_evidence(pack(rekeyed(countersigned=countersigned))).supersedes == OLDER


def test_a_document_without_a_publication_date_counts_from_its_signature() -> None:
    thread = Thread()
    thread.offer(published=None)
    thread.accept()
    assert verify_evidence(pack(thread)).state is State.ACCEPTED


def test_clocks_may_differ_by_two_minutes() -> None:
    thread = Thread()
    thread.offer(ends_at=NOW + timedelta(minutes=1))
    thread.clock -= timedelta(minutes=3)
    thread.accept()
    thread.clock = NOW + timedelta(minutes=2)
    thread.countersign()
    assert verify_evidence(pack(thread)).state is State.CONCLUDED


# What is not a bundle.

WHOLE: Document = json.loads(pack(concluded()))


@pytest.mark.parametrize(
    "changes",
    [
        {"type": "Bundle"},
        {"type": ["EvidenceBundle"]},
        {"note": "x"},
        {"keys": None},
        {"keys": {METHODS[BUSINESS]: 1}},
        {"documents": None},
        {"documents": {}},
        {"documents": ["x", "y"]},
        {"documents": []},
        {"documents": WHOLE["documents"][:1] * 65},
    ],
    ids=range(10),
)
def test_what_is_not_built_like_a_bundle_is_none(changes: Document) -> None:
    with pytest.raises(Unprocessable, match="not-evidence"):
        verify_evidence(canonicalise(WHOLE | changes))


def test_a_missing_member_is_no_bundle() -> None:
    with pytest.raises(Unprocessable, match="not-evidence"):
        verify_evidence(canonicalise({"type": "EvidenceBundle", "documents": WHOLE["documents"]}))


def test_another_file_is_no_bundle_however_it_is_spelled() -> None:
    with pytest.raises(Unprocessable, match="not-evidence"):
        verify_evidence(b'{ "name": "A touring bike" }')


@pytest.mark.parametrize("body", [b"", b"[]", b"{}x", b'{"a":1,"a":2}'])
def test_what_is_not_one_json_object_is_refused(body: bytes) -> None:
    with pytest.raises(Malformed):
        verify_evidence(body)


def test_a_bundle_has_a_limit() -> None:
    with pytest.raises(TooLarge):
        verify_evidence(b" " * (LIMIT_BYTES + 1))


@pytest.mark.parametrize(
    "respell",
    [
        lambda body: body + b"\n",
        lambda body: body.replace(b":", b": ", 1),
        lambda body: body.replace(b"EvidenceBundle", b"\\u0045videnceBundle"),
        lambda body: json.dumps(dict(reversed(json.loads(body).items())), separators=(",", ":")).encode(),
    ],
    ids=["newline", "space", "escape", "order"],
)
def test_a_bundle_has_one_spelling(respell: Callable[[bytes], bytes]) -> None:
    with pytest.raises(Unprocessable, match="not-canonical"):
        verify_evidence(respell(pack(concluded())))


# What is a bundle and proves nothing. Each of these is signed by whoever made it.


def resigned(document: Document, *, method: str, key: Any) -> Document:
    bare = {member: value for member, value in document.items() if member != "proof"}
    return proofs.attach(bare, key=key, verification_method=method, created=NOW + timedelta(minutes=1))


def offered(**changes: Any) -> Thread:
    thread = Thread()
    thread.offer(**changes)
    return thread


def accepted(thread: Thread | None = None, **changes: Any) -> Thread:
    thread = thread or offered()
    thread.accept(**changes)
    return thread


def with_final(**changes: Any) -> Thread:
    thread = offered()
    return accepted(thread, final=thread.agreement(**changes))


def whole_of_another_site() -> Thread:
    """Move an agreement with both of its commitments."""
    thread = offered()
    elsewhere, final = "https://stranger.example/agr", thread.agreement()
    moved = {
        name: final[name] | {"id": f"{elsewhere}#{name}"} for name in ("stipulates", "stipulatesReciprocal")
    }
    return accepted(thread, final=thread.agreement(id=elsewhere, **moved))


def with_party(**changes: Any) -> Thread:
    parties = concluded().final["parties"]
    return with_final(parties=[parties[0] | changes, parties[1]])


def only_rejected() -> Thread:
    thread = offered()
    thread.move(Event.REJECT, actor=CUSTOMER)
    return thread


def beginning_with_the_acceptance() -> Thread:
    thread = concluded()
    del thread.documents[0]
    return thread


def by_the_offerer_alone() -> Thread:
    thread = offered()
    thread.move(Event.ACCEPT, actor=BUSINESS, agreement=thread.agreement())
    return thread


def offered_by_the_offeree() -> Thread:
    thread = Thread(offerer=CUSTOMER, offeree=BUSINESS)
    thread.offer()
    thread.offerer, thread.offeree = BUSINESS, CUSTOMER
    return accepted(thread)


def rejected_and_accepted() -> Thread:
    return accepted(only_rejected(), final=with_final().final)


def countersigned_twice() -> Thread:
    thread = concluded()
    thread.countersign(answers=AGREEMENT)
    return thread


def reneged() -> Thread:
    thread = accepted()
    thread.move(Event.RENEGE, actor=BUSINESS)
    return thread


def left() -> Thread:
    thread = concluded()
    thread.move(Event.LEAVE, actor=CUSTOMER, answers=AGREEMENT, ends_at=NOW + timedelta(days=90))
    return thread


def countersigning_the_offer() -> Thread:
    thread = accepted()
    offer = thread.documents[0]
    thread.countersign(answers=offer["id"], answers_digest=digest_of(offer))
    return thread


def countersigning(**changes: Any) -> Thread:
    thread = accepted()
    thread.countersign(**changes)
    return thread


def answering_another_round() -> Thread:
    thread = offered()
    first = thread.documents[0]
    thread.move(Event.REJECT, actor=CUSTOMER)
    thread.offer(Event.REOFFER, answers=first["id"], answers_digest=digest_of(first))
    return accepted(thread)


def receiving(**changes: Any) -> Thread:
    thread = concluded()
    thread.acknowledge(**changes)
    return thread


def received_before_it_was_countersigned() -> Thread:
    thread = accepted()
    acceptance = thread.documents[-1]
    thread.acknowledge(answers=acceptance["id"], answers_digest=digest_of(acceptance))
    return thread


def received_by_the_offerer() -> Thread:
    thread = concluded()
    thread.move(Event.ACKNOWLEDGE, actor=BUSINESS)
    return thread


def received_twice() -> Thread:
    thread = acknowledged()
    countersignature = thread.documents[2]
    thread.acknowledge(answers=countersignature["id"], answers_digest=digest_of(countersignature))
    return thread


def revoked() -> Thread:
    thread = accepted()
    acceptance = thread.documents[-1]
    thread.move(Event.REVOKE, actor=CUSTOMER, answers=acceptance["id"], answers_digest=digest_of(acceptance))
    return thread


def countersigned_late() -> Thread:
    thread = offered()
    thread.accept(ends_at=NOW + timedelta(hours=1))
    thread.clock = NOW + timedelta(hours=1, minutes=1, seconds=1)
    thread.countersign()
    return thread


def offered_from_elsewhere() -> Thread:
    return offered(iri="https://stranger.example/activities/1")


def later(change: timedelta, **changes: Any) -> Thread:
    thread = offered(**changes)
    thread.clock += change
    return accepted(thread)


CROOKED: dict[str, tuple[Callable[[], Thread], str]] = {
    "no acceptance": (only_rejected, "acceptance-missing"),
    "acceptance of nothing": (beginning_with_the_acceptance, "acceptance-missing"),
    "accepted by the offerer": (by_the_offerer_alone, "illegal-history"),
    "offered by the offeree": (offered_by_the_offeree, "illegal-history"),
    "accepted after a rejection": (rejected_and_accepted, "illegal-history"),
    "countersigned twice": (countersigned_twice, "illegal-history"),
    "reneged": (reneged, "illegal-history"),
    "left": (left, "illegal-history"),
    "countersignature of the offer": (countersigning_the_offer, "wrong-object"),
    "countersignature of other bytes": (
        lambda: countersigning(answers_digest=digest_of({})),
        "digest-mismatch",
    ),
    "countersignature without a digest": (lambda: countersigning(answers_digest=None), "digest-mismatch"),
    "acceptance of other bytes": (lambda: accepted(answers_digest=digest_of({})), "digest-mismatch"),
    "acceptance of another offer": (lambda: accepted(answers=f"{BUSINESS}/x"), "digest-mismatch"),
    "an answer to another round": (answering_another_round, "digest-mismatch"),
    "another negotiation": (lambda: accepted(negotiation=f"{BUSINESS}/x"), "foreign-document"),
    "another addressee": (lambda: accepted(to=(STRANGER,)), "foreign-document"),
    "no parties": (lambda: with_final(parties=None), "foreign-document"),
    "no salt": (lambda: with_final(salt=None), "agreement-incomplete"),
    "an unknown term": (lambda: with_final(penalty="100 EUR"), "unknown-member"),
    "other terms": (lambda: with_final(noticePeriod="P12M"), "terms-changed"),
    "another offer": (lambda: with_final(offer=f"{BUSINESS}/x"), "offer-mismatch"),
    "another offer's digest": (lambda: with_final(digestMultibase=digest_of({})), "digest-mismatch"),
    "another author": (lambda: with_final(attributedTo=BUSINESS), "attribution-mismatch"),
    "another site's agreement": (lambda: with_final(id="https://stranger.example/agr"), "foreign-origin"),
    "all of it another site's": (whole_of_another_site, "foreign-origin"),
    "another site's activity": (lambda: accepted(iri="https://stranger.example/act"), "foreign-origin"),
    "superseding at will": (lambda: with_final(supersedes=OLDER), "supersedes-mismatch"),
    "superseding nothing of it": (lambda: rekeyed(None), "supersedes-mismatch"),
    "superseding another than was offered": (
        lambda: rekeyed(f"{OLDER}1", countersigned=True),
        "supersedes-mismatch",
    ),
    "another key for the offerer": (
        lambda: with_party(publicKeyMultibase=STRANGER_KEY.public.multibase),
        "foreign-key",
    ),
    "a key at another site for the offerer": (
        lambda: with_party(verificationMethod=STRANGER_METHOD),
        "foreign-origin",
    ),
    "accepted before it was offered": (lambda: later(timedelta(minutes=-4)), "times-reversed"),
    "published before it was offered": (
        lambda: accepted(published=NOW - timedelta(minutes=2)),
        "times-reversed",
    ),
    "accepted after it expired": (lambda: later(timedelta(days=2, minutes=3)), "offer-expired"),
    "accepted for longer than it was offered": (
        lambda: accepted(ends_at=NOW + timedelta(days=3)),
        "holds-too-long",
    ),
    "countersigned after it lapsed": (countersigned_late, "acceptance-lapsed"),
    "revoked": (revoked, "illegal-history"),
    "a receipt of other bytes": (lambda: receiving(answers_digest=digest_of({})), "digest-mismatch"),
    "a receipt without a digest": (lambda: receiving(answers_digest=None), "digest-mismatch"),
    "a receipt of the acceptance": (received_before_it_was_countersigned, "wrong-object"),
    "a receipt by the offerer": (received_by_the_offerer, "illegal-history"),
    "two receipts": (received_twice, "wrong-object"),
    "an offer of another site": (offered_from_elsewhere, "foreign-origin"),
}


@pytest.mark.parametrize("name", CROOKED)
def test_a_crooked_bundle_proves_nothing(name: str) -> None:
    make, code = CROOKED[name]
    thread = make()
    used = {document["proof"]["verificationMethod"] for document in thread.documents}
    keys = {method: multibase for method, multibase in MULTIBASES.items() if method in used}
    with pytest.raises(Unprocessable, match=f"^{code}: "):
        verify_evidence(pack(thread, keys))


def test_a_key_is_its_multibase_wherever_its_actor_publishes_it() -> None:
    thread = with_party(verificationMethod=OLD_METHOD)
    used = {document["proof"]["verificationMethod"] for document in thread.documents}
    assert OLD_METHOD not in used
    keys = {method: multibase for method, multibase in MULTIBASES.items() if method in used}
    assert verify_evidence(pack(thread, keys)).state is State.ACCEPTED


def test_a_document_without_a_proof_is_refused() -> None:
    thread = concluded()
    del thread.documents[0]["proof"]
    with pytest.raises(Unprocessable, match="proof-required"):
        verify_evidence(pack(thread))


def test_a_proof_of_another_document_is_refused() -> None:
    thread = concluded()
    thread.documents[2] = thread.documents[2] | {"proof": thread.documents[0]["proof"]}
    with pytest.raises(Unprocessable, match="proof-invalid"):
        verify_evidence(pack(thread))


@pytest.mark.parametrize(
    ("keys", "error", "code"),
    [
        ({}, Unprocessable, "foreign-key"),
        ({METHODS[BUSINESS]: MULTIBASES[METHODS[BUSINESS]]}, Unprocessable, "foreign-key"),
        (MULTIBASES | {STRANGER_METHOD: STRANGER_KEY.public.multibase}, Unprocessable, "foreign-key"),
        (MULTIBASES | {METHODS[BUSINESS]: STRANGER_KEY.public.multibase}, Unprocessable, "proof-invalid"),
        (MULTIBASES | {METHODS[BUSINESS]: "z6Mk"}, Unauthenticated, "weak-key"),
    ],
    ids=["none", "one", "one too many", "a stranger's", "broken"],
)
def test_the_keys_are_those_that_signed(keys: dict[str, str], error: type[Exception], code: str) -> None:
    with pytest.raises(error, match=code):
        verify_evidence(pack(concluded(), keys))


def test_a_key_that_only_the_bundle_names_proves_nothing() -> None:
    """Whoever packs a bundle could add rounds of their own making."""
    thread = offered()
    thread.documents[0] = resigned(thread.documents[0], method=OLD_METHOD, key=OLD_KEY)
    thread.move(Event.REJECT, actor=CUSTOMER)
    thread.offer(Event.REOFFER)
    accepted(thread)
    with pytest.raises(Unprocessable, match="foreign-key"):
        verify_evidence(pack(thread, MULTIBASES | {OLD_METHOD: OLD_KEY.public.multibase}))
    rest = presentable(thread.documents, MULTIBASES)
    assert rest == thread.documents[2:]
    assert verify_evidence(bundle(rest, MULTIBASES)).state is State.ACCEPTED


def test_a_history_in_one_key_is_presentable_whole() -> None:
    documents = haggled().documents
    assert presentable(documents, MULTIBASES) == documents
    assert presentable(documents[1:], MULTIBASES) == documents[2:]
    assert presentable(documents, [METHODS[CUSTOMER]]) == []


def test_a_stranger_has_no_part_in_it() -> None:
    thread = offered()
    final = thread.agreement()
    document = thread.move(Event.REJECT, actor=CUSTOMER)
    document = {member: value for member, value in document.items() if member != "proof"} | {
        "actor": STRANGER
    }
    thread.documents[1] = resigned(document, method=STRANGER_METHOD, key=STRANGER_KEY)
    accepted(thread, final=final)
    with pytest.raises(Unprocessable, match="foreign-document"):
        verify_evidence(pack(thread, MULTIBASES | {STRANGER_METHOD: STRANGER_KEY.public.multibase}))


def test_a_key_of_another_site_is_refused() -> None:
    thread = offered()
    elsewhere = "https://stranger.example/keys#1"
    thread.documents[0] = resigned(thread.documents[0], method=elsewhere, key=KEYS[BUSINESS])
    parties = [concluded().final["parties"][0] | {"verificationMethod": elsewhere}]
    final = thread.agreement(parties=parties + concluded().final["parties"][1:])
    accepted(thread, final=final)
    keys = {elsewhere: MULTIBASES[METHODS[BUSINESS]], METHODS[CUSTOMER]: MULTIBASES[METHODS[CUSTOMER]]}
    with pytest.raises(Unprocessable, match="foreign-origin"):
        verify_evidence(pack(thread, keys))


def test_a_sum_that_does_not_add_up_is_refused_whoever_signed_it() -> None:
    offer = {member: value for member, value in offered().documents[0].items() if member != "proof"}
    offer["object"]["stipulatesReciprocal"]["resourceQuantity"]["hasNumericalValue"] = "1"
    thread = Thread(documents=[sign(offer)])
    final = thread.agreement(
        stipulatesReciprocal=offer["object"]["stipulatesReciprocal"] | {"id": f"{AGREEMENT}#x"}
    )
    accepted(thread, final=final)
    with pytest.raises(Unprocessable, match="sum-mismatch"):
        verify_evidence(pack(thread))


def test_the_verdict_holds_the_terms() -> None:
    draft = replace(DRAFT, quantity=Quantity(Decimal("1.5"), "hour"), name="Lessons")
    thread = offered(draft=draft)
    accepted(thread)
    verdict = verify_evidence(pack(thread))
    assert verdict.terms == draft
    assert Agreement("https://business.example/agreements/1", verdict.terms).draft.total == verdict.total
