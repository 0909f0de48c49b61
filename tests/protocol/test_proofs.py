"""Proofs: the published signature with its intermediates, and every document that is not the one signed."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import keys, multibase, proofs
from protocol.canonical import canonicalise
from protocol.errors import Local, Unprocessable
from protocol.keys import PublicKey
from protocol.strictjson import Document
from tests.protocol.signing import RSA, secret_key

VECTORS = Path(__file__).parents[1] / "vectors" / "vc-di-eddsa"
SUITE = VECTORS / "eddsa-jcs-2022"

KEY = keys.ed25519_from_seed(bytes(range(32)))
METHOD = "https://business.example/actors/garage#ed25519-1"
NOW = datetime(2026, 3, 14, 12, 30, tzinfo=UTC)
OFFER: Document = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/data-integrity/v2"],
    "id": "https://business.example/activities/act_1",
    "type": "Offer",
    "actor": "https://business.example/actors/garage",
    "object": {"type": "Agreement", "name": "Inspection", "price": [{"amount": "24.90"}, {"amount": "5.00"}]},
}
SIGNED = proofs.attach(OFFER, key=KEY, verification_method=METHOD, created=NOW)


def published(name: str) -> Any:
    return json.loads((VECTORS / name).read_bytes())


def text(name: str) -> str:
    return (SUITE / name).read_text(encoding="utf-8")


def bend(**members: Any) -> Document:
    """Change members of the proof; one that is None is taken away."""
    proof = {name: value for name, value in (SIGNED["proof"] | members).items() if value is not None}
    return {**SIGNED, "proof": proof}


def refusal(document: Document, key: PublicKey = KEY.public) -> str:
    with pytest.raises(Unprocessable) as caught:
        proofs.check(document, key)
    return caught.value.code


# The published signature


def test_each_intermediate_of_the_published_signature() -> None:
    document, options = published("unsigned.json"), published("eddsa-jcs-2022/proofConfigJCS.json")
    assert canonicalise(document).decode() == text("canonDocJCS.txt")
    assert canonicalise(options).decode() == text("proofCanonJCS.txt")
    assert sha256(canonicalise(document)).hexdigest() == text("docHashJCS.txt")
    assert sha256(canonicalise(options)).hexdigest() == text("proofHashJCS.txt")
    combined = proofs.hash_input(options, document)
    assert combined.hex() == text("combinedHashJCS.txt")
    signature = secret_key(published("keyPair.json")["privateKeyMultibase"]).sign(combined)
    assert signature.hex() == text("sigHexJCS.txt")
    assert multibase.encode(signature) == text("sigBTC58JCS.txt")


def test_the_published_signature_is_made_and_checked() -> None:
    pair, signed = published("keyPair.json"), published("eddsa-jcs-2022/signedJCS.json")
    made = proofs.attach(
        published("unsigned.json"),
        key=secret_key(pair["privateKeyMultibase"]),
        verification_method=signed["proof"]["verificationMethod"],
        created=datetime(2023, 2, 24, 23, 36, 38, tzinfo=UTC),
    )
    assert made == signed
    proofs.check(signed, keys.read_multibase(pair["publicKeyMultibase"]))


def test_the_published_credential_can_be_signed_and_checked() -> None:
    pair, document = published("keyPair.json"), published("employmentAuth.json")
    key = secret_key(pair["privateKeyMultibase"])
    signed = proofs.attach(document, key=key, verification_method="did:key:x#x", created=NOW)
    proofs.check(signed, key.public)


# What we write


def test_a_proof_as_we_write_it() -> None:
    assert SIGNED["proof"] == {
        "@context": OFFER["@context"],
        "type": "DataIntegrityProof",
        "cryptosuite": "eddsa-jcs-2022",
        "created": "2026-03-14T12:30:00Z",
        "verificationMethod": METHOD,
        "proofPurpose": "assertionMethod",
        "proofValue": SIGNED["proof"]["proofValue"],
    }
    assert {name: value for name, value in SIGNED.items() if name != "proof"} == OFFER
    assert "proof" not in OFFER


def test_the_time_of_a_proof_is_in_utc_and_whole_seconds() -> None:
    created = datetime(2026, 3, 14, 14, 30, 0, 999_999, tzinfo=timezone(timedelta(hours=2)))
    signed = proofs.attach(OFFER, key=KEY, verification_method=METHOD, created=created)
    assert signed["proof"]["created"] == "2026-03-14T12:30:00Z"
    assert signed == SIGNED


def test_a_document_without_a_context_has_none_in_its_proof() -> None:
    signed = proofs.attach({"type": "Note"}, key=KEY, verification_method=METHOD, created=NOW)
    assert "@context" not in signed["proof"]
    proofs.check(signed, KEY.public)


def test_a_document_is_signed_once() -> None:
    with pytest.raises(Local) as caught:
        proofs.attach(SIGNED, key=KEY, verification_method=METHOD, created=NOW)
    assert caught.value.code == "already-proved"


def test_proofs_are_made_with_ed25519() -> None:
    with pytest.raises(Local) as caught:
        proofs.attach(OFFER, key=RSA, verification_method=METHOD, created=NOW)
    assert caught.value.code == "wrong-key"
    with pytest.raises(Unprocessable, match="not an Ed25519 key") as denied:
        proofs.check(SIGNED, RSA.public)
    assert denied.value.code == "proof-invalid"


# What we read


def test_a_proof_is_read() -> None:
    proof = proofs.read(SIGNED)
    assert (proof.verification_method, proof.created) == (METHOD, NOW)
    assert KEY.public.verifies(
        proof.signature,
        proofs.hash_input(
            {name: value for name, value in SIGNED["proof"].items() if name != "proofValue"}, OFFER
        ),
    )


@given(
    st.dictionaries(
        st.text(max_size=4).filter(lambda name: name != "proof"), st.text(max_size=6) | st.integers(-9, 9)
    ),
    st.datetimes(timezones=st.just(UTC)),
)
def test_what_is_signed_fits_and_nothing_else(document: Document, created: datetime) -> None:
    signed = proofs.attach(document, key=KEY, verification_method=METHOD, created=created)
    proofs.check(json.loads(json.dumps(signed)), KEY.public)
    assert proofs.read(signed).created == created.replace(microsecond=0)
    assert refusal({**signed, "added": 1}) == "proof-invalid"


def places(document: Any) -> list[tuple[Any, Any]]:
    """List every container in a document with each of its keys or indices."""
    if not isinstance(document, dict | list):
        return []
    keys_or_indices = list(document) if isinstance(document, dict) else list(range(len(document)))
    return [(document, place) for place in keys_or_indices] + [
        found for place in keys_or_indices for found in places(document[place])
    ]


@pytest.mark.parametrize("number", range(len(places(SIGNED))))
@pytest.mark.parametrize("change", ["remove", "replace", "wrap"])
def test_nothing_in_a_signed_document_may_change(number: int, change: str) -> None:
    bent = copy.deepcopy(SIGNED)
    container, place = places(bent)[number]
    if change == "remove":
        del container[place]
    else:
        container[place] = "x" if change == "replace" else [container[place]]
    if bent == bend(**{"@context": None}):
        proofs.check(bent, KEY.public)  # the one thing that may be left out, see "Contexts" below
    else:
        assert refusal(bent) in ("proof-required", "proof-invalid")


@given(st.integers(0, 511))
def test_no_bit_of_the_signature_may_change(bit: int) -> None:
    signature = bytearray(multibase.decode(SIGNED["proof"]["proofValue"], limit_characters=89))
    signature[bit // 8] ^= 1 << bit % 8
    assert refusal(bend(proofValue=multibase.encode(bytes(signature)))) == "proof-invalid"  # PR-02


def test_another_key_does_not_fit() -> None:
    assert refusal(SIGNED, keys.ed25519_from_seed(bytes(32)).public) == "proof-invalid"


def test_the_order_of_members_is_no_part_of_a_document() -> None:
    turned = {name: SIGNED[name] for name in reversed(SIGNED)}
    turned["proof"] = {name: SIGNED["proof"][name] for name in reversed(SIGNED["proof"])}
    proofs.check(turned, KEY.public)


def test_a_proof_is_required() -> None:
    assert refusal(OFFER) == "proof-required"  # PR-01
    assert refusal({**OFFER, "https://w3id.org/security#proof": SIGNED["proof"]}) == "proof-required"


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(lambda proof: None, id="null"),
        pytest.param(lambda proof: [], id="PR-07 none in a list"),
        pytest.param(lambda proof: [proof], id="PR-07 one in a list"),
        pytest.param(lambda proof: [proof, proof], id="PR-07 two"),
        pytest.param(lambda proof: [{**proof, "proofValue": "z1"}, proof], id="PR-07 one valid, one not"),
        pytest.param(lambda proof: [proof] * 100, id="PR-07 a hundred"),
        pytest.param(lambda proof: "https://business.example/proofs/1", id="by reference"),
        pytest.param(lambda proof: {"@graph": proof}, id="as a graph"),
    ],
)
def test_a_document_has_exactly_one_proof(make: Callable[[Document], Any]) -> None:
    assert refusal({**SIGNED, "proof": make(SIGNED["proof"])}) == "proof-invalid"


@pytest.mark.parametrize(
    "member", ["type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"]
)
@pytest.mark.parametrize("value", [None, 1, True, {}, [], ""], ids=repr)
def test_every_member_is_needed_and_a_string(member: str, value: Any) -> None:
    assert refusal(bend(**{member: value})) == "proof-invalid"


@pytest.mark.parametrize(
    ("member", "value"),
    [
        pytest.param("type", "Ed25519Signature2020", id="PR-04 type"),
        pytest.param("type", ["DataIntegrityProof"], id="PR-04 list of types"),
        pytest.param("cryptosuite", "eddsa-rdfc-2022", id="PR-04 suite"),
        pytest.param("cryptosuite", "jcs-eddsa-2022", id="PR-04 former name of the suite"),
        pytest.param("cryptosuite", ["eddsa-jcs-2022"], id="PR-04 list of suites"),
        pytest.param("proofPurpose", "authentication", id="PR-04 purpose"),
        pytest.param("proofPurpose", ["assertionMethod"], id="PR-04 list of purposes"),
        pytest.param("verificationMethod", {"id": METHOD}, id="embedded key"),
        pytest.param("expires", "2036-03-14T12:30:00Z", id="PR-08 expires"),
        pytest.param("domain", "node.example", id="PR-08 domain"),
        pytest.param("challenge", "abc", id="PR-08 challenge"),
        pytest.param("nonce", "abc", id="PR-08 nonce"),
        pytest.param("previousProof", "urn:uuid:1", id="PR-08 previousProof"),
        pytest.param("id", "urn:uuid:1", id="id"),
        pytest.param("@id", "urn:uuid:1", id="@id"),
        pytest.param("jws", "abc", id="jws"),
    ],
)
def test_what_the_profile_does_not_know_is_refused_even_if_signed(member: str, value: Any) -> None:
    options = {**SIGNED["proof"], member: value}
    del options["proofValue"]
    signature = KEY.sign(proofs.hash_input(options, OFFER))
    assert (
        refusal({**OFFER, "proof": {**options, "proofValue": multibase.encode(signature)}}) == "proof-invalid"
    )


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda value: value[1:], id="PR-02 no multibase prefix"),
        pytest.param(lambda value: "m" + value[1:], id="PR-02 base64 prefix"),
        pytest.param(lambda value: "Z" + value[1:], id="PR-02 flickr prefix"),
        pytest.param(lambda value: value[:-3], id="PR-02 short"),
        pytest.param(lambda value: value + "1", id="PR-02 long"),
        pytest.param(lambda value: "z1" + value[1:], id="PR-02 padded with zeros"),
        pytest.param(lambda value: value + " ", id="PR-02 trailing space"),
        pytest.param(lambda value: value + "=", id="PR-02 padding"),
        pytest.param(lambda value: value[:-1] + "0", id="PR-02 outside the alphabet"),
        pytest.param(lambda value: "z", id="PR-02 nothing"),
        pytest.param(lambda value: "z" + "z" * 200_000, id="PR-02 very long"),
    ],
)
def test_a_signature_has_one_spelling(change: Callable[[str], str]) -> None:
    with pytest.raises(Unprocessable) as caught:
        proofs.read(bend(proofValue=change(SIGNED["proof"]["proofValue"])))
    assert caught.value.code == "proof-invalid"


@pytest.mark.parametrize(
    "created", ["yesterday", "2026-03-14", "2026-03-14T12:30:00", "2026-02-30T12:30:00Z", "20260314T123000Z"]
)
def test_the_time_of_a_proof_is_a_time(created: str) -> None:
    assert refusal(bend(created=created)) == "proof-invalid"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda proof: [proof], "as an object and not in a list."),
        (
            lambda proof: {name: proof[name] for name in proof if name != "created"},
            "The proof lacks created.",
        ),
        (lambda proof: proof | {"domain": "a.example"}, "does not take (domain)."),
        (lambda proof: proof | {"odd": 1}, "does not take."),
        (lambda proof: proof | {"created": "2026-05-04t12:08:00z"}, "such as 2026-05-04T12:08:00Z."),
    ],
)
def test_what_is_amiss_with_a_proof_is_said(change: Callable[[Document], Any], said: str) -> None:
    with pytest.raises(Unprocessable) as refused:
        proofs.read({**SIGNED, "proof": change(SIGNED["proof"])})
    assert refused.value.detail.endswith(said)


def test_a_proof_copied_to_another_document_does_not_fit() -> None:
    other = {**OFFER, "id": "https://business.example/activities/act_2", "proof": SIGNED["proof"]}
    assert refusal(other) == "proof-invalid"  # PR-10


def test_a_proof_inside_the_document_is_signed_with_it() -> None:
    inner = proofs.attach({"type": "Agreement"}, key=KEY, verification_method=METHOD, created=NOW)
    outer = proofs.attach({**OFFER, "object": inner}, key=KEY, verification_method=METHOD, created=NOW)
    proofs.check(outer, KEY.public)
    proofs.check(outer["object"], KEY.public)
    outer["object"] = {**inner, "type": "Commitment"}  # PR-11
    assert refusal(outer) == refusal(outer["object"]) == "proof-invalid"


# Contexts


def sign_with_context(document: Document, context: Any, *, written: bool) -> Document:
    options = {
        name: value for name, value in SIGNED["proof"].items() if name not in ("@context", "proofValue")
    }
    signed_options = options if context is None else {**options, "@context": context}
    signature = multibase.encode(KEY.sign(proofs.hash_input(signed_options, document)))
    return {**document, "proof": {**(signed_options if written else options), "proofValue": signature}}


def test_a_proof_without_a_context_may_be_signed_without_or_with_the_documents() -> None:
    proofs.check(sign_with_context(OFFER, None, written=False), KEY.public)
    proofs.check(sign_with_context(OFFER, OFFER["@context"], written=False), KEY.public)
    assert refusal(sign_with_context(OFFER, ["other"], written=False)) == "proof-invalid"


@pytest.mark.parametrize(
    "context", [OFFER["@context"][:1], OFFER["@context"][0], [], {}, "", [*OFFER["@context"], {}]], ids=repr
)
def test_the_context_of_a_proof_is_that_of_the_document(context: Any) -> None:
    # The suite would allow the document's to be longer; then a term could be redefined after signing.
    assert refusal(sign_with_context(OFFER, context, written=True)) == "proof-invalid"


def test_null_in_a_proof_is_not_the_context_of_a_document_without_any() -> None:
    bare = {name: value for name, value in OFFER.items() if name != "@context"}
    signed = sign_with_context(bare, None, written=False)
    proofs.check(signed, KEY.public)
    assert refusal({**signed, "proof": {**signed["proof"], "@context": None}}) == "proof-invalid"


def test_a_context_added_after_signing_is_refused() -> None:
    longer = {**SIGNED, "@context": [*OFFER["@context"], {"amount": "https://evil.example/#amount"}]}
    assert refusal(longer) == "proof-invalid"
    bare = {name: value for name, value in OFFER.items() if name != "@context"}
    assert refusal({**bare, "proof": SIGNED["proof"]}) == "proof-invalid"


# Time


def test_a_proof_may_be_old_but_not_from_the_future() -> None:
    proof = proofs.read(SIGNED)
    for now in (NOW, NOW + timedelta(days=3650), NOW - timedelta(seconds=120)):
        proofs.check_created(proof, now=now)
    with pytest.raises(Unprocessable) as caught:
        proofs.check_created(proof, now=NOW - timedelta(seconds=121))  # PR-08
    assert caught.value.code == "proof-invalid"
