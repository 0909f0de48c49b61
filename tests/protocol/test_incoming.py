"""Arrivals: strict, and without the Linked Data Signature that some servers add."""

import json

import pytest

from protocol import incoming, proofs, strictjson
from protocol.canonical import digest_of
from protocol.errors import Malformed, TooLarge, Unprocessable
from protocol.strictjson import Document
from tests.protocol.signing import ED25519, KEY_ID, NOW

# As Fedify adds it; what is in it is never looked at.
SIGNATURE = {
    "@context": "https://w3id.org/identity/v1",
    "type": "RsaSignature2017",
    "creator": "https://business.example/actors/garage#main-key",
    "created": "2026-03-14T12:30:00.625Z",
    "signatureValue": "KFU9UuiQpQ9egMcf",
}
PROVED = proofs.attach(
    {"id": "https://business.example/activities/1", "type": "Offer"},
    key=ED25519,
    verification_method=KEY_ID,
    created=NOW,
)


def sent(document: Document) -> bytes:
    return json.dumps(document).encode()


def test_what_has_no_such_signature_is_left_as_it_came() -> None:
    assert incoming.read(sent(PROVED)).document == PROVED
    assert incoming.bare(PROVED) is PROVED


def test_the_signature_that_was_added_is_taken_off() -> None:
    arrived = incoming.read(sent(PROVED | {"signature": SIGNATURE})).document
    assert arrived == PROVED
    assert digest_of(arrived) == digest_of(PROVED)
    proofs.check(arrived, ED25519.public)


def test_nothing_else_is_taken_off() -> None:
    arrived = incoming.read(sent(PROVED | {"signature": SIGNATURE, "signatures": SIGNATURE})).document
    with pytest.raises(Unprocessable, match="proof-invalid"):
        proofs.check(arrived, ED25519.public)


def test_only_what_was_added_around_the_document_is_taken_off() -> None:
    inside = {"type": "Create", "object": {"signature": SIGNATURE}}
    assert incoming.read(sent(inside)).document == inside


def test_a_document_is_not_changed() -> None:
    document = PROVED | {"signature": SIGNATURE}
    assert incoming.bare(document) == PROVED
    assert document["signature"] == SIGNATURE


def test_reading_is_as_strict_as_ever() -> None:
    with pytest.raises(Malformed, match="duplicate-key"):
        incoming.read(b'{"signature": 1, "signature": 2}')
    with pytest.raises(Malformed, match="number-out-of-range"):
        incoming.read(b'{"type":"Note","size":9007199254740993}')
    with pytest.raises(TooLarge):
        incoming.read(sent(PROVED), limit_bytes=10)


@pytest.mark.parametrize("parts", ["[],", "{},", '{"a":[]},'])
def test_what_has_too_many_parts_is_not_walked_through(parts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def of(count: int) -> bytes:
        return f'{{"type":"Note","content":[{parts * count}0]}}'.encode()

    room = incoming.LIMIT_PARTS - 2
    pieces = parts.count("[") + parts.count("{")
    assert incoming.read(of(room // pieces)).document["type"] == "Note"
    monkeypatch.setattr(strictjson, "parse", None)
    monkeypatch.setattr(incoming, "_read_usual", None)
    with pytest.raises(Malformed, match="too-many-parts"):
        incoming.read(of(room // pieces + 1))
