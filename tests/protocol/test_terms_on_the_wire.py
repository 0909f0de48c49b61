"""Data terms in moves: documents that others wrote, what tells one to be refused, and which bytes stay."""

import json
from collections.abc import Callable
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given

import schemas
from node.core.data_terms import address
from protocol import proofs
from protocol.agreements import check_final, read_agreement
from protocol.canonical import canonicalise, digest_of
from protocol.errors import Unprocessable
from protocol.evidence import Grade, bundle, verify_evidence
from protocol.jsonld import read
from protocol.keys import ed25519_from_seed
from protocol.moves import Event, Move, read_move, render_move
from protocol.offers import Draft, change, read_draft, render_draft
from protocol.policy_reading import read_policy
from protocol.strictjson import Document
from protocol.terms import read_data_terms, read_proffer
from protocol.vocabulary import ACTIVITY_CONTEXT, TERMS_ACTIVITY_CONTEXT, TERMS_CONTEXT
from tests.independent import verifier
from tests.protocol.data_terms import TEXT, asked, claim, terms
from tests.protocol.market import BUSINESS, CUSTOMER, DRAFT, MULTIBASES, Thread, signatories
from tests.protocol.test_drafts import plainly
from tests.protocol.test_offers import drafts

FOLDER = Path(__file__).parents[1] / "schemas/terms"
ADA, BIKES = "https://ada.example/actors/ada", "https://bikes.example/actors/bikes"
SEEDS = {ADA: b"\2" * 32, BIKES: b"\1" * 32}
VALID = {path.stem: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("valid/*.jsonld"))}
INVALID = {path.stem: json.loads(path.read_bytes()) for path in sorted(FOLDER.glob("invalid/*.jsonld"))}
CODES = json.loads((FOLDER / "invalid/codes.json").read_bytes())
DEALS = ["offer-with-terms", "acceptance-with-terms", "countersignature"]

WITH_TERMS = replace(DRAFT, terms=read_data_terms(terms(), currency="EUR"))


def code_of(work: Callable[[], Any]) -> str:
    with pytest.raises(Unprocessable) as refused:
        work()
    return str(refused.value.code)


def move_of(name: str) -> Move:
    return read_move(read(VALID[name]))


# --- what others wrote --------------------------------------------------------------------------------------


@pytest.mark.parametrize("document", [*VALID.values(), *INVALID.values()], ids=[*VALID, *INVALID])
def test_the_proofs_of_what_others_wrote_hold(document: dict[str, Any]) -> None:
    if "proof" in document:
        key = ed25519_from_seed(SEEDS[document["actor"]]).public
        proofs.check_signature(proofs.read(document), document, key)


@pytest.mark.parametrize(
    "name",
    [name for name in VALID if name.startswith(("offer", "counter", "acceptance"))],
)
def test_moves_with_terms_are_read_and_written_again_alike(name: str) -> None:
    move = move_of(name)
    if move.draft is not None:
        assert move.draft.terms is not None
        assert move.draft.terms.parties == (ADA, BIKES)
        assert read_draft(render_draft(move.draft)) == move.draft
        assert read_move(read(render_move(move))).draft == move.draft


def test_what_was_accepted_is_what_was_offered() -> None:
    offer, acceptance = move_of("offer-with-terms"), move_of("acceptance-with-terms")
    final = read_agreement(acceptance.agreement)
    assert final.draft == offer.draft
    assert offer.draft is not None
    check_final(
        final,
        draft=offer.draft,
        offer=offer.iri,
        offer_digest=digest_of(VALID["offer-with-terms"]),
        parties=final.parties,
    )


def test_the_documents_would_be_evidence_of_another_text() -> None:
    keys = {
        proofs.read(VALID[name]).verification_method: ed25519_from_seed(
            SEEDS[VALID[name]["actor"]]
        ).public.multibase
        for name in DEALS
    }
    documents = [VALID[name] for name in DEALS]
    # All that is signed fits; but they were written before the words were frozen, and name another text.
    assert code_of(lambda: verify_evidence(bundle(documents, keys))) == "text-mismatch"


def test_a_counter_asks_for_other_terms() -> None:
    offered, narrower, paid = (
        move_of(name).draft
        for name in ("offer-with-terms", "counter-with-narrower-policy", "counter-with-compensation")
    )
    assert offered is not None
    assert narrower is not None
    assert paid is not None
    assert offered.terms != narrower.terms != paid.terms
    assert change(offered, {"terms": narrower.terms}).terms == narrower.terms


@pytest.mark.parametrize("name", [name for name in CODES if name.startswith("offer.")])
def test_an_offer_that_breaks_one_rule_is_refused_for_that(name: str) -> None:
    assert code_of(lambda: read_move(read(INVALID[name]))) == CODES[name]


def test_alternatives_are_no_constraint_of_a_policy() -> None:
    policy = INVALID["offer.logical-constraint"]["object"]["terms"]["policy"]
    assert code_of(lambda: read_policy(policy)) == "unknown-member"


def test_a_proffer_is_read_as_others_wrote_it() -> None:
    proffer = read_proffer(VALID["intention-ring-0"]["object"]["terms"])
    assert (proffer.first_party, proffer.roster.name) == (ADA, "SD-BASE-DP")
    assert proffer.asks is not None
    assert proffer.asks.name == "PDC-INTENT"
    second = INVALID["proffer.second-party"]["object"]["terms"]
    assert code_of(lambda: read_proffer(second)) == CODES["proffer.second-party"]


# --- the context --------------------------------------------------------------------------------------------


def offer(draft: Draft, **members: Any) -> dict[str, Any]:
    move = Move(Event.OFFER, f"{BUSINESS}/1", BUSINESS, (CUSTOMER,), f"{BUSINESS}/n", draft=draft)
    return render_move(move) | members


@given(drafts())
def test_what_has_no_terms_has_the_bytes_it_had(draft: Draft) -> None:
    assert offer(draft)["@context"] is ACTIVITY_CONTEXT
    assert "terms" not in offer(draft)["object"]
    with_terms = offer(replace(draft, terms=WITH_TERMS.terms))
    assert with_terms["@context"] is TERMS_ACTIVITY_CONTEXT
    del with_terms["object"]["terms"]
    assert canonicalise(with_terms | {"@context": ACTIVITY_CONTEXT}) == canonicalise(offer(draft))


@given(drafts())
def test_terms_are_read_in_every_draft(draft: Draft) -> None:
    whole = replace(draft, terms=WITH_TERMS.terms)
    document = offer(whole)
    assert read(document) is document  # nothing has to be expanded
    assert read_move(read(document)).draft == whole


INLINE = schemas.context(TERMS_CONTEXT)["@context"]


@pytest.mark.parametrize(
    ("context", "code"),
    [
        (ACTIVITY_CONTEXT, "unknown-member"),
        ([*ACTIVITY_CONTEXT, TERMS_CONTEXT.replace("https", "http")], "unknown-member"),
        ([*ACTIVITY_CONTEXT, "https://w3id.example/freehold/terms/v1"], "unknown-member"),
        ([*ACTIVITY_CONTEXT, f"{TERMS_CONTEXT}#"], "unknown-member"),
        ([*ACTIVITY_CONTEXT, INLINE], "unknown-member"),
        ([*ACTIVITY_CONTEXT, INLINE | {"policy": "https://odd.example/policy"}], "context-redefines"),
        ([*TERMS_ACTIVITY_CONTEXT, {"policy": "https://odd.example/policy"}], "context-redefines"),
        ([*ACTIVITY_CONTEXT, {"fields": "fh:fields"}, TERMS_CONTEXT], "context-redefines"),
    ],
)
def test_terms_without_their_context_to_the_letter_are_refused(context: Any, code: str) -> None:
    document = offer(WITH_TERMS) | {"@context": context}
    assert code_of(lambda: read_move(read(document))) == code


def test_a_context_within_gives_terms_no_other_meaning() -> None:
    document = offer(WITH_TERMS)
    document["object"]["@context"] = {"policy": "https://odd.example/policy"}
    assert code_of(lambda: read(document)) == "context-redefines"
    document["object"].pop("@context")
    document["object"]["terms"]["@context"] = TERMS_CONTEXT
    assert code_of(lambda: read_move(read(document))) == "unknown-member"


def test_a_word_of_theirs_for_a_word_of_terms_is_not_known() -> None:
    document = offer(WITH_TERMS) | {"@context": [*TERMS_ACTIVITY_CONTEXT, {"rules": "fh:policy"}]}
    document["object"]["terms"]["rules"] = document["object"]["terms"].pop("policy")
    assert code_of(lambda: read_move(read(document))) == "unknown-member"


# --- between whom, and unchanged ----------------------------------------------------------------------------


@pytest.mark.parametrize("other", ["firstParty", "secondParty"])
def test_terms_of_somebody_else_are_refused(other: str) -> None:
    stranger = "https://stranger.example/actors/x"
    changed = terms(**{other: stranger})
    document = offer(replace(DRAFT, terms=read_data_terms(changed, currency="EUR")))
    document["actor"] = CUSTOMER if other == "firstParty" else BUSINESS
    assert code_of(lambda: read_move(read(document))) == "parties-mismatch"


def signed(draft: Draft, **changes: Any) -> Thread:
    thread = Thread()
    thread.offer(draft=draft)
    thread.accept(final=thread.agreement(**changes))
    thread.countersign()
    return thread


def prove(thread: Thread) -> Any:
    return verify_evidence(bundle(thread.documents, MULTIBASES))


CLAIMED = replace(
    DRAFT,
    terms=read_data_terms(
        terms(
            roster=claim("SD-BASE"),
            plainText=[TEXT, TEXT | {"inLanguage": "de"}],
            conditions={"type": "Conditions", "cancellationFee": "9.90"},
        ),
        currency="EUR",
    ),
)


def worded(draft: Draft) -> Draft:
    """Return a draft whose terms name the texts that they make."""
    assert draft.terms is not None
    bare = replace(draft.terms, plain_texts=())
    return address(replace(draft, terms=bare), draft.terms.parties)


@pytest.mark.parametrize("terms", [WITH_TERMS, CLAIMED])
def test_agreed_terms_are_proved(terms: Draft) -> None:
    draft = worded(terms)
    thread = signed(draft)
    assert [document["@context"][-1] == TERMS_CONTEXT for document in thread.documents] == [True, True, False]
    assert prove(thread).terms == draft
    found = verifier.verify(bundle(thread.documents, MULTIBASES))
    assert found.grade == "signed-by-both"


@pytest.mark.parametrize(
    "changed",
    [
        None,
        terms(policy=asked(days=31)),
        terms(roster=claim("SD-BASE")),
        terms(plainText=[TEXT | {"edition": "2"}]),
        terms(conditions={"type": "Conditions", "returnPeriod": "P13D"}),
    ],
)
def test_an_acceptance_with_other_terms_or_none_proves_nothing(changed: Any) -> None:
    thread = signed(WITH_TERMS, terms=changed)
    assert code_of(lambda: prove(thread)) == "terms-changed"
    with pytest.raises(verifier.RefusedError, match="not what was offered"):
        verifier.verify(bundle(thread.documents, MULTIBASES))


@pytest.mark.parametrize("offered_only", [False, True])
@pytest.mark.parametrize("place", [0, 1])
def test_a_text_that_the_terms_do_not_make_proves_nothing_whoever_signed_it(
    place: int, offered_only: bool
) -> None:
    draft = worded(WITH_TERMS)
    assert draft.terms is not None
    texts = [*draft.terms.plain_texts]
    texts[place] = replace(texts[place], digest=texts[1 - place].digest)
    thread = signed(replace(draft, terms=replace(draft.terms, plain_texts=tuple(texts))))
    del thread.documents[1 if offered_only else len(thread.documents) :]
    keys = {method: MULTIBASES[method] for method in map(method_of, thread.documents)}
    assert code_of(lambda: verify_evidence(bundle(thread.documents, keys))) == "text-mismatch"


def test_of_a_text_of_another_edition_nothing_is_said() -> None:
    draft = worded(WITH_TERMS)
    assert draft.terms is not None
    german, english = draft.terms.plain_texts
    later = (german, replace(english, edition="2", digest=german.digest))
    thread = signed(replace(draft, terms=replace(draft.terms, plain_texts=later)))
    assert prove(thread).grade is Grade.SIGNED_BY_BOTH


def method_of(document: Document) -> str:
    return proofs.read(document).verification_method


def test_an_acceptance_that_adds_terms_proves_nothing() -> None:
    thread = signed(DRAFT, terms=terms())
    assert code_of(lambda: prove(thread)) == "terms-changed"


def test_no_plain_acceptance_is_without_the_terms() -> None:
    final = plainly(WITH_TERMS, terms=None)
    offer_iri, digest = final.offer or "", final.offer_digest or ""
    said: dict[str, Any] = {
        "draft": WITH_TERMS,
        "offer": offer_iri,
        "offer_digest": digest,
        "parties": signatories(),
    }
    with pytest.raises(Unprocessable, match=r"terms-changed.*\(terms\)"):
        check_final(final, plain=True, **said)
    check_final(plainly(WITH_TERMS, name=""), plain=True, **said)


def test_terms_between_others_prove_nothing_whoever_signed_them() -> None:
    stranger = "https://stranger.example/actors/x"
    other = replace(DRAFT, terms=read_data_terms(terms(firstParty=stranger), currency="EUR"))
    thread = signed(other)
    assert code_of(lambda: prove(thread)) == "parties-mismatch"
    with pytest.raises(verifier.RefusedError, match="between others"):
        verifier.verify(bundle(thread.documents, MULTIBASES))


def test_an_amendment_brings_terms_and_may_widen_them() -> None:
    thread = Thread()
    before = DRAFT
    for days in (30, 20):
        thread.offer(
            Event.OFFER if before is DRAFT else Event.REOFFER,
            draft=worded(
                replace(DRAFT, terms=read_data_terms(terms(policy=asked(days=days)), currency="EUR"))
            ),
        )
        before = thread.standing
    thread.accept()
    thread.countersign()
    assert prove(thread).terms == before


def test_terms_are_copied_and_not_shared() -> None:
    document = deepcopy(VALID["offer-with-terms"])
    read_move(read(document))
    assert document == VALID["offer-with-terms"]
