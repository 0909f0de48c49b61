"""Signatures on requests, by both standards and both kinds of key. Ids are those of the attack catalogue."""

import contextlib
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import signatures
from protocol.errors import Unauthenticated
from protocol.keys import Algorithm, PrivateKey
from protocol.signatures import Request, Scheme
from tests.protocol.signing import (
    BODY,
    ED25519,
    INBOX,
    KEY_ID,
    NOW,
    RSA,
    header,
    request,
    signed,
    with_headers,
    with_line,
    without,
)

SCHEMES = pytest.mark.parametrize("scheme", Scheme)
KEYS = pytest.mark.parametrize("key", [RSA, ED25519], ids=["rsa", "ed25519"])

DIGEST = {Scheme.RFC9421: "content-digest", Scheme.CAVAGE: "digest"}


def verify(bent: Request, key: PrivateKey) -> None:
    signatures.check(signatures.read(bent, now=NOW), key.public)


def refusal(bent: Request, key: PrivateKey) -> str:
    with pytest.raises(Unauthenticated) as caught:
        verify(bent, key)
    return caught.value.code


@SCHEMES
@KEYS
@pytest.mark.parametrize(
    "plain",
    [
        request(),
        request(method="GET", body=b""),
        request(method="POST", body=b""),
        request(target_uri=f"{INBOX}?page=2"),
        request(target_uri="http://127.0.0.1:8420/inbox"),
        request(body=b"\xff" * 262_144),
    ],
    ids=["post", "get", "empty post", "query", "port", "large"],
)
def test_what_is_signed_is_read_and_fits(scheme: Scheme, key: PrivateKey, plain: Request) -> None:
    signature = signatures.read(signed(scheme, key, plain), now=NOW)
    signatures.check(signature, key.public)
    assert (signature.scheme, signature.key_id, signature.created) == (scheme, KEY_ID, NOW)
    assert signature.algorithm in (None, key.algorithm)


@given(
    scheme=st.sampled_from(Scheme),
    method=st.sampled_from(["GET", "POST", "PUT", "DELETE"]),
    path=st.text(st.sampled_from("ab/.~-%2F=&@:!"), max_size=20),
    body=st.binary(max_size=40),
    key_id=st.text(
        st.characters(min_codepoint=0x21, max_codepoint=0x7E, exclude_characters='"\\'),
        min_size=1,
        max_size=20,
    ),
)
def test_any_request_can_be_signed(scheme: Scheme, method: str, path: str, body: bytes, key_id: str) -> None:
    plain = request(method=method, target_uri=f"https://node.example/{path}", body=body)
    signature = signatures.read(signed(scheme, ED25519, plain, key_id=key_id), now=NOW)
    signatures.check(signature, ED25519.public)
    assert signature.key_id == key_id


@SCHEMES
@KEYS
def test_a_request_without_a_signature_is_refused(scheme: Scheme, key: PrivateKey) -> None:
    assert refusal(request(), key) == "signature-missing"  # SG-01
    assert refusal(without(signed(scheme, key), "signature"), key) == "signature-missing"


@SCHEMES
@KEYS
def test_an_empty_signature_is_refused(scheme: Scheme, key: PrivateKey) -> None:
    bent = with_headers(signed(scheme, key), {"signature": ""})
    assert refusal(bent, key) in ("signature-missing", "signature-malformed")  # SG-01


@SCHEMES
@KEYS
@given(data=st.data())
def test_no_bit_of_the_body_may_change(scheme: Scheme, key: PrivateKey, data: st.DataObject) -> None:
    body = bytearray(BODY)
    bit = data.draw(st.integers(0, len(body) * 8 - 1))
    body[bit // 8] ^= 1 << bit % 8
    assert refusal(replace(signed(scheme, key), body=bytes(body)), key) == "digest-mismatch"  # SG-02


@SCHEMES
@KEYS
def test_the_body_may_not_be_taken_away_or_added(scheme: Scheme, key: PrivateKey) -> None:
    assert refusal(replace(signed(scheme, key), body=b""), key) == "digest-mismatch"
    bodiless = signed(scheme, key, request(body=b""))
    assert refusal(replace(bodiless, body=BODY), key) == "component-missing"


@SCHEMES
@KEYS
@pytest.mark.parametrize("body", [b'{"type": "Accept"}', BODY + b" "])
def test_a_new_digest_does_not_cover_for_a_new_body(scheme: Scheme, key: PrivateKey, body: bytes) -> None:
    other = signed(scheme, ED25519, request(body=body))
    bent = with_headers(signed(scheme, key), {DIGEST[scheme]: header(other, DIGEST[scheme])})
    assert refusal(replace(bent, body=body), key) == "signature-invalid"  # SG-02


@SCHEMES
@KEYS
@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"method": "PUT"}, id="SG-02 method"),
        pytest.param({"target_uri": "https://node.example/actors/bob/inbox"}, id="SG-02 path"),
        pytest.param({"target_uri": f"{INBOX}/"}, id="SG-02 slash"),
        pytest.param({"target_uri": "https://other.example/actors/ada/inbox"}, id="SG-05 host"),
        pytest.param({"target_uri": "https://node.example:8443/actors/ada/inbox"}, id="SG-05 port"),
    ],
)
def test_method_and_target_may_not_change(scheme: Scheme, key: PrivateKey, change: dict[str, Any]) -> None:
    assert refusal(replace(signed(scheme, key), **change), key) == "signature-invalid"


@SCHEMES
@KEYS
def test_a_query_may_not_change(scheme: Scheme, key: PrivateKey) -> None:
    good = signed(scheme, key, request(target_uri=f"{INBOX}?page=2"))
    assert refusal(replace(good, target_uri=f"{INBOX}?page=3"), key) == "signature-invalid"  # SG-02
    assert refusal(replace(good, target_uri=INBOX), key) == "signature-invalid"


@SCHEMES
@KEYS
@given(data=st.data())
def test_no_character_of_the_signature_fields_may_change(
    scheme: Scheme, key: PrivateKey, data: st.DataObject
) -> None:
    good = signed(scheme, key)
    names = [
        name
        for name in ("signature", "signature-input", DIGEST[scheme], "date")
        if name in dict(good.headers)
    ]
    name = data.draw(st.sampled_from(names))
    value = header(good, name)
    place = data.draw(st.integers(0, len(value) - 1))
    character = data.draw(
        st.characters(min_codepoint=0x20, max_codepoint=0x7E).filter(lambda c: c != value[place])
    )
    bent = with_headers(good, {name: value[:place] + character + value[place + 1 :]})
    try:
        signature = signatures.read(bent, now=NOW)
        signatures.check(signature, key.public)
    except Unauthenticated:
        return
    # What is left may name the key differently, which is for `verification` to find out.
    original = signatures.read(good, now=NOW)
    assert (signature.base, signature.signature) == (original.base, original.signature)


@SCHEMES
@given(data=st.data())
def test_any_text_in_the_fields_is_read_or_refused(scheme: Scheme, data: st.DataObject) -> None:
    text = st.text(st.sampled_from('sig1=()"@method; ,:AAA=createdkyI\\\u00e9\n0'), max_size=40) | st.text(
        max_size=20
    )
    good = signed(scheme, ED25519)
    names = st.sampled_from(["signature", "signature-input", "digest", "content-digest", "date", "host"])
    bent = with_headers(good, {data.draw(names): data.draw(text)})
    with contextlib.suppress(Unauthenticated):
        verify(bent, ED25519)


@SCHEMES
@KEYS
def test_freshness_is_asked_of_the_clock_at_arrival(scheme: Scheme, key: PrivateKey) -> None:
    good = signed(scheme, key)
    for late in (timedelta(hours=12), -timedelta(minutes=5)):
        assert signatures.read(good, now=NOW + late).received == NOW + late
    for late in (timedelta(hours=12, seconds=1), -timedelta(minutes=5, seconds=1), timedelta(days=365)):
        with pytest.raises(Unauthenticated) as caught:
            signatures.read(good, now=NOW + late)  # RP-02
        assert caught.value.code == "stale"
    with pytest.raises(Unauthenticated):
        signatures.read(good, now=NOW + timedelta(seconds=61), max_age=timedelta(minutes=1))
    with pytest.raises(Unauthenticated):
        signatures.read(good, now=NOW - timedelta(seconds=2), max_skew=timedelta(seconds=1))


@SCHEMES
@KEYS
def test_another_key_does_not_fit(scheme: Scheme, key: PrivateKey) -> None:
    other = RSA if key is ED25519 else ED25519
    assert refusal(signed(scheme, key), other) in ("algorithm-mismatch", "signature-invalid")


def test_the_algorithm_is_the_keys() -> None:
    # SG-08: what the signature says can only agree.
    claimed = signatures.read(signed(Scheme.RFC9421, ED25519), now=NOW)
    assert claimed.algorithm is Algorithm.ED25519
    with pytest.raises(Unauthenticated) as caught:
        signatures.check(replace(claimed, algorithm=Algorithm.RSA), ED25519.public)
    assert caught.value.code == "algorithm-mismatch"
    signatures.check(replace(claimed, algorithm=None), ED25519.public)


@SCHEMES
@KEYS
def test_covered_fields_are_taken_as_they_mean(scheme: Scheme, key: PrivateKey) -> None:
    good = signed(scheme, key)
    name = DIGEST[scheme]
    # White space around a value is none of its meaning (RFC 9110 §5.5) …
    verify(with_headers(good, {name: f" {header(good, name)}\t"}), key)
    # … anything else is (SG-11).
    assert refusal(with_line(good, name, header(good, name)), key) in (
        "digest-mismatch",
        "signature-malformed",
    )
    assert refusal(with_headers(good, {name: f"{header(good, name)}\n "}), key) == "signature-malformed"
    assert refusal(with_headers(good, {name: f"{header(good, name)}\u00e9"}), key) == "signature-malformed"


def test_fields_that_are_not_covered_do_not_matter() -> None:
    good = signed(Scheme.RFC9421, ED25519)
    verify(with_headers(good, {"content-type": "text/plain", "x-anything": "\u00e9\n"}), ED25519)
