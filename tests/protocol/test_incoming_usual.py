"""What is written in the usual way is read in one walk, and comes to the same as by the three long ones."""

import json
from collections.abc import Callable
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import incoming, jsonld, proofs
from protocol.canonical import READ_CONTEXT, canonicalise, digest_of
from protocol.contexts import read_context
from protocol.errors import ProtocolError
from protocol.strictjson import LIMIT_DEPTH, LIMIT_NUMBER, Document, parse
from protocol.vocabulary import (
    ACTIVITY_CONTEXT,
    ACTIVITYSTREAMS_CONTEXT,
    SECURITY_CONTEXT,
    TERMS_ACTIVITY_CONTEXT,
    TERMS_CONTEXT,
    USUAL_CONTEXTS,
)
from tests.protocol.spellings import DOCUMENTS as EXAMPLES
from tests.protocol.spellings import OFFER

WITH_CONFLICTS = [ACTIVITYSTREAMS_CONTEXT, SECURITY_CONTEXT]  # it gives two names of ours another meaning


def outcome(work: Callable[[], Any]) -> str:
    """Return what comes out, or what is wrong, told apart by type: 1 is not True here."""
    try:
        return repr(work())
    except ProtocolError as error:
        return repr(error)


def long_way(body: bytes) -> list[str]:
    document = incoming.bare(parse(body))
    return [
        outcome(lambda: document),
        outcome(lambda: jsonld.read(document)),
        outcome(lambda: canonicalise(document)),
        outcome(lambda: digest_of(document)),
        outcome(lambda: canonicalise(without_proof(document))),
    ]


def either_way(body: bytes) -> list[str]:
    arrival = incoming.read(body)
    return [
        outcome(lambda: arrival.document),
        outcome(lambda: arrival.reading),
        outcome(lambda: arrival.canonicalise(arrival.document)),
        outcome(lambda: arrival.digest),
        outcome(lambda: arrival.unsecured or arrival.canonicalise(without_proof(arrival.document))),
    ]


def without_proof(document: Document) -> Document:
    return {name: value for name, value in document.items() if name != "proof"}


def agree(body: bytes) -> bool:
    return outcome(lambda: either_way(body)) == outcome(lambda: long_way(body))


NAMES = st.sampled_from(
    [
        *("type", "id", "actor", "object", "to", "name", "content", "price", "count", "salt", "note", ""),
        *(
            "@id",
            "@type",
            "as:name",
            "_:x",
            "\u00e9",
            "\ue000",
            "\U0001f602",
            "proof",
            "signature",
            "@context",
            '"@context',
            '","proof',
        ),
    ]
)
TEXTS = st.sampled_from(
    [
        *(
            "Offer",
            "https://a.example/1",
            "_:b0",
            "as:Offer",
            "",
            "\u00e9\U0001f602",
            "\ufffd",
            "\uffff",
            "\0",
        ),
        *("\x1f", '"', "\\", "\\u0041", "{[:,", "0.5", "^", '"@context":"^"'),
    ]
)
NUMBERS = st.sampled_from(
    [0, 1, -1, LIMIT_NUMBER, LIMIT_NUMBER + 1, -LIMIT_NUMBER - 1, 2**64, 0.5, -0.0, 1e20]
)
ALMOST_OURS = [*ACTIVITY_CONTEXT[:-1], ACTIVITY_CONTEXT[-1] | {"zz": "as:zz"}]
ALMOST_TERMS = [*ACTIVITY_CONTEXT, f"{TERMS_CONTEXT}#"]
CONTEXTS = st.sampled_from(
    [*USUAL_CONTEXTS, None, "https://a.example/", "^", ALMOST_OURS, ALMOST_TERMS, WITH_CONFLICTS]
)
VALUES = st.recursive(
    TEXTS | NUMBERS | st.none() | st.booleans() | CONTEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=8,
)
PROOF_NAMES = st.sampled_from([*sorted(proofs.MEMBERS), "nonce", "\U0001f602"])
PROOFS = st.dictionaries(PROOF_NAMES, TEXTS | CONTEXTS | NUMBERS)
NOTHING: st.SearchStrategy[Document] = st.just({})
DOCUMENTS = st.builds(
    lambda members, context, proof: members | context | proof,
    st.dictionaries(NAMES, VALUES, max_size=5),
    NOTHING | CONTEXTS.map(lambda context: {"@context": context}),
    NOTHING | PROOFS.map(lambda proof: {"proof": proof}),
)
WRITERS: list[Callable[[Document], str]] = [
    lambda document: json.dumps(document, separators=(",", ":"), ensure_ascii=False, sort_keys=True),
    lambda document: json.dumps(document, separators=(",", ":"), ensure_ascii=False),
    lambda document: json.dumps(document, separators=(",", ":")),
    json.dumps,
    lambda document: json.dumps(document, separators=(",", ":")) + "\n",
]


@given(DOCUMENTS, st.sampled_from(WRITERS))
def test_both_ways_lead_to_one_document(document: Document, write: Callable[[Document], str]) -> None:
    assert agree(write(document).encode())


@given(st.sampled_from(EXAMPLES), st.data())
def test_both_ways_refuse_the_same_bytes(document: Document, data: st.DataObject) -> None:
    body = canonicalise(document)
    begin = data.draw(st.integers(0, len(body) - 1))
    end = data.draw(st.integers(begin, min(len(body), begin + 60)))
    odd = st.sampled_from([b"", b'"', b",", b"}", b"[", b"1", b" ", b"\\", b"\xff"])
    put = data.draw(odd | st.just(body[begin:end] * 2))  # what is doubled may be a member
    assert agree(body[:begin] + put + body[end:])


@pytest.mark.parametrize("document", EXAMPLES)
def test_the_proof_is_cut_out_of_what_is_usual(document: Document) -> None:
    arrival = incoming.read(canonicalise(document))
    assert arrival.unsecured == (canonicalise(without_proof(document)) if "proof" in document else None)
    inside = incoming.read(canonicalise({"@context": ACTIVITY_CONTEXT, "object": document} | document))
    whole = {"@context": ACTIVITY_CONTEXT, "object": document} | document
    assert inside.unsecured in (None, canonicalise(without_proof(whole)))


@pytest.mark.parametrize("mark", [incoming._MARK, b'"a\\"@context":"^"', b'"a\\"@context":[]'])
def test_what_looks_like_a_mark_is_none(mark: bytes) -> None:
    assert agree(b'{"type":"Note",' + mark + b"}")
    assert agree(b'{"@context":' + canonicalise(ACTIVITY_CONTEXT) + b"," + mark + b"}")
    assert agree(b'{"a\\"@context":' + canonicalise(ACTIVITY_CONTEXT) + b"," + mark + b"}")


def test_our_context_is_one_value_however_often_it_came() -> None:
    document = incoming.read(canonicalise(OFFER)).document
    assert document["@context"] is document["proof"]["@context"] is READ_CONTEXT


@pytest.mark.parametrize("name", ["content", "to", "proof"])
def test_no_member_is_read_twice(name: str) -> None:
    twice = canonicalise({"@context": ACTIVITY_CONTEXT, name: "x"})[:-1] + f',"{name}":"x"}}'.encode()
    assert "duplicate-key" in outcome(lambda: incoming.read(twice))


@pytest.mark.parametrize(("opening", "closing"), [("[", "]"), ('{"name":', "}"), ('[{"to":', "}]")])
@pytest.mark.parametrize("depth", range(LIMIT_DEPTH // 2 - 4, LIMIT_DEPTH + 4))
def test_both_ways_end_at_one_depth(depth: int, opening: str, closing: str) -> None:
    context = orjson.dumps(ACTIVITY_CONTEXT).decode()
    for inner in ("1", f'{{"@context":{context}}}', f'{{"proof":{{"@context":{context}}}}}'):
        assert agree(f'{{"content":{opening * depth}{inner}{closing * depth}}}'.encode())


@pytest.mark.parametrize("context", [*USUAL_CONTEXTS, ALMOST_OURS])
def test_both_ways_bear_as_many_contexts(context: object) -> None:
    parts: list[Any] = [{"@context": context, "type": "Note"}] * (jsonld.LIMIT_CONTEXTS + 1)
    assert agree(canonicalise({"@context": ACTIVITY_CONTEXT, "type": "Offer", "tag": parts}))


def test_both_ways_end_at_one_size() -> None:
    body = canonicalise(OFFER)
    assert incoming.read(body, limit_bytes=len(body)).document == OFFER
    assert "body-too-large" in outcome(lambda: incoming.read(body, limit_bytes=len(body) - 1))


@pytest.mark.parametrize(
    "document",
    [
        *EXAMPLES,
        {"@context": ACTIVITYSTREAMS_CONTEXT, "content": '\U0001f602 "\n\u00e9', "count": [1, True, None]},
        {
            "@context": TERMS_ACTIVITY_CONTEXT,
            "type": "Offer",
            "object": {"terms": {"policy": {"type": "Set"}}},
        },
    ],
)
@pytest.mark.parametrize("write", WRITERS[:2], ids=["sorted", "compact"])
def test_what_a_node_lives_on_is_usual(document: Document, write: Callable[[Document], str]) -> None:
    arrival = incoming.read(write(document).encode())
    assert arrival.canonical == canonicalise(document)
    assert arrival.reading is arrival.document


@pytest.mark.parametrize(
    "members",
    [
        {"as:name": "x"},
        {"@type": "Note"},
        {"\u00e9": 1},
        {"n": 0.5},
        {"type": "as:Note"},
        {"type": ["as:Note"]},
        {"signature": {}},
        {"proof": []},
        {"proof": {"nonce": "x"}},
        {"proof": {"created": 1}},
        {"@context": WITH_CONFLICTS},
        {"tag": {"@context": WITH_CONFLICTS}},
        {"content": "\x01"},
        {"content": "\ufffd"},
    ],
)
def test_what_anyone_would_look_at_twice_is_not(members: Document) -> None:
    assert incoming.read(orjson.dumps({"type": "Note", **members})).canonical is None


@pytest.mark.parametrize("context", USUAL_CONTEXTS)
def test_under_a_usual_context_every_key_is_what_it_is_called(context: object) -> None:
    assert read_context(context).foreign == frozenset()
    assert {type(leaf) for leaf in leaves(context)} == {str}


def leaves(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return leaves(list(value.values()))
    return [leaf for member in value for leaf in leaves(member)] if isinstance(value, list) else [value]


def test_a_proof_within_is_not_taken_for_the_one_of_the_whole() -> None:
    proved = next(document for document in EXAMPLES if "proof" in document and "object" in document)
    whole = proved | {"object": {name: value for name, value in proved.items() if name != "@context"}}
    arrival = incoming.read(canonicalise(whole))
    assert arrival.canonical is not None
    assert arrival.unsecured is None
