"""JSON-LD in every spelling: one reading for all of one document."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as pyld

import schemas
from protocol import jsonld
from protocol.actors import ActorKind
from protocol.contexts import RELIED_ON
from protocol.errors import Unprocessable
from protocol.intentions import read_intention
from protocol.moves import read_move
from protocol.offers import read_draft, render_draft
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT, PUBLIC
from tests.protocol.market import DRAFT, INTENTION
from tests.protocol.spellings import (
    AS,
    CREATION,
    DOCUMENTS,
    KINDS,
    OFFER,
    SHOP,
    SPELLINGS,
    THREAD,
    normal,
    offer,
    spell_out,
)


def expand_and_fold(document: Document) -> Document:
    """Read a document the long way, whatever its spelling."""
    return jsonld._expand_and_fold(document)


# The fast way.


@pytest.mark.parametrize("document", DOCUMENTS, ids=KINDS)
def test_a_document_in_our_words_is_returned_as_it_is(document: Document) -> None:
    before = json.dumps(document)
    assert jsonld.read(document) is document
    assert json.dumps(document) == before


@pytest.mark.parametrize(
    "context",
    [
        None,
        AS,
        [AS],
        [AS, "https://w3id.org/fep/0837"],
        [AS, "https://w3id.org/security/v1", {"toot": "http://joinmastodon.org/ns#", "Emoji": "toot:Emoji"}],
        [AS, "https://unknown.example/ns"],
        "https://unknown.example/ns",
        "http://www.w3.org/ns/activitystreams",
        [AS, {"@language": "de"}],
        [AS, {"price": "https://schema.org/price", "Offer": "https://schema.org/Offer"}],
        ["https://w3id.org/identity/v1", AS, "https://w3id.org/security/data-integrity/v1"],
        [*ACTIVITY_CONTEXT, {"ours": "https://business.example/ns#ours"}],
    ],
    ids=[
        *("none", "string", "array", "FEP-0837", "mastodon", "unknown", "unknown-alone", "http"),
        *("language", "redefined-and-not-used", "fedify", "ours-and-more"),
    ],
)
def test_plain_keys_under_a_harmless_context_are_returned_as_they_are(context: object) -> None:
    reject = {"@context": context, "id": SHOP, "type": "Reject", "content": "No.", "unheard-of": {"of": [1]}}
    document = {key: value for key, value in reject.items() if value is not None}
    assert jsonld.read(document) is document


@pytest.mark.parametrize("prefix", ["", "as:"])
def test_null_takes_all_meaning_away_and_nothing_does_not(prefix: str) -> None:
    document = {"id": "https://a.example/1", f"{prefix}actor": "https://a.example/a", "type": f"{prefix}Note"}
    plain = {"id": "https://a.example/1", "actor": "https://a.example/a", "type": "Note"}
    assert jsonld.read(document) == plain
    for nested in (document | {"@context": None}, plain | {"object": {"@context": None, "name": "x"}}):
        with pytest.raises(Unprocessable, match="context-refused"):
            jsonld.read(nested)


def test_a_context_within_that_changes_nothing_is_taken() -> None:
    for within in (ACTIVITY_CONTEXT, AS, [AS, "https://w3id.org/fep/0837"]):
        document = offer(object={"@context": within, "type": "Agreement"})
        assert jsonld.read(document) is document
    document = {"@context": AS, "type": "Note", "tag": {"@context": "https://unknown.example/ns"}}
    assert jsonld.read(document) is document


@pytest.mark.parametrize("type", ["Offer", "as:Offer"])
def test_a_context_that_every_object_repeats_is_one(type: str) -> None:
    document: Document = {"@context": ACTIVITY_CONTEXT, "type": type, "name": "0"}
    inner = document
    for depth in range(1, 9):
        inner["object"] = {"@context": ACTIVITY_CONTEXT, "type": type, "name": str(depth)}
        inner = inner["object"]
    read: Any = jsonld.read(document)
    for depth in range(9):
        assert (read["type"], read["name"]) == ("Offer", str(depth))
        read = read.get("object")


def test_the_library_is_not_even_loaded_for_a_document_in_our_words() -> None:
    script = (
        "import json, sys; from protocol import jsonld; document = json.load(sys.stdin);"
        "assert jsonld.read(document) is document; assert 'pyld' not in sys.modules"
    )
    subprocess.run(
        [sys.executable, "-c", script],
        input=json.dumps(OFFER),
        text=True,
        check=True,
        timeout=30,
        cwd=Path(schemas.__file__).parents[1],
    )


# The long way, and that both are one.


@pytest.mark.parametrize("document", DOCUMENTS, ids=KINDS)
@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_every_spelling_of_a_document_has_one_reading(document: Document, spell: Any) -> None:
    foreign = spell(document)
    reading = expand_and_fold(foreign)
    assert normal(reading) == normal(document)
    assert {key: reading[key] for key in ("@context", "proof") if key in document} == {
        key: document[key] for key in ("@context", "proof") if key in document
    }
    assert jsonld.read(reading) is reading, "what was read once is plain"


def test_the_nouns_of_the_protocol_come_out_of_a_foreign_spelling() -> None:
    for document in THREAD:
        assert read_move(jsonld.read(spell_out(document))) == read_move(document)
    assert read_intention(jsonld.read(spell_out(CREATION))["object"]) == INTENTION


_TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
_IRIS = st.from_regex(r"https://[a-z]{1,8}\.example/[a-z0-9/]{0,12}(#[a-z]{1,4})?", fullmatch=True)
_PLAIN_KEYS = [
    "name",
    "content",
    "action",
    "purpose",
    "hasUnit",
    "hasNumericalValue",
    "label",
    "currency",
    "salt",
]
_REFERENCES = ["actor", "to", "cc", "inReplyTo", "context", "satisfies", "resourceConformsTo", "offer"]
_TYPED = ["published", "endTime", "until", "availabilityStarts", "digestMultibase", "noticePeriod"]
_TYPES = st.sampled_from(
    ["Offer", "Agreement", "Commitment", "PriceLine", "PropertyValue", "Party", "Proposal"]
)
_LITERALS = st.one_of(_TEXTS, st.booleans(), st.integers(-(2**53) + 1, 2**53 - 1))


def _nodes(children: st.SearchStrategy[Any]) -> st.SearchStrategy[Document]:
    nested = st.sampled_from(["object", "result", "stipulates", "publishes", "resourceQuantity"])
    arrays = st.sampled_from(["price", "parties", "additionalProperty", "tag"])
    return st.builds(
        lambda head, *parts: {**head, **{key: value for part in parts for key, value in part.items()}},
        st.fixed_dictionaries({"type": _TYPES}, optional={"id": _IRIS}),
        st.dictionaries(st.sampled_from(_PLAIN_KEYS), _LITERALS, max_size=3),
        st.dictionaries(
            st.sampled_from(_REFERENCES), st.one_of(_IRIS, st.lists(_IRIS, max_size=3)), max_size=3
        ),
        st.dictionaries(st.sampled_from(_TYPED), _TEXTS, max_size=2),
        st.dictionaries(nested, children, max_size=2),
        st.dictionaries(arrays, st.lists(children, max_size=3), max_size=2),
    )


_TREES = st.recursive(_nodes(st.just({"type": "Party"})), _nodes, max_leaves=6)


@given(_TREES, st.sampled_from(list(SPELLINGS.values())))
def test_the_fast_way_and_the_long_way_agree_on_any_document_in_our_words(tree: Document, spell: Any) -> None:
    document = {"@context": ACTIVITY_CONTEXT, **tree}
    assert jsonld.read(document) is document
    assert normal(expand_and_fold(spell(document))) == normal(document)


_KEYS = st.one_of(
    st.sampled_from(
        [*_PLAIN_KEYS, *_REFERENCES, *_TYPED, "id", "type", "object", "price", "as:actor", "vf:x"]
    ),
    st.sampled_from(
        ["@id", "@type", "@value", "@graph", "@list", "@context", "as:to", AS + "#to", "x", "_:x"]
    ),
)
_ANY = st.recursive(
    st.one_of(st.none(), _LITERALS, _IRIS, _TYPES, st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_KEYS, inner, max_size=4)),
    max_leaves=12,
)


@given(st.dictionaries(_KEYS.filter(lambda key: key != "@context"), _ANY, max_size=5))
def test_any_document_is_read_in_full_or_refused(members: Document) -> None:
    document = {"@context": ACTIVITY_CONTEXT, **members}
    try:
        reading = jsonld.read(document)
    except Unprocessable:
        return
    assert jsonld.read(reading) == reading
    for node in _objects(reading):
        assert not [key for key in node if key.startswith("@") and key not in ("@context", "@value", "@type")]
    try:
        long_way = expand_and_fold(document)
    except Unprocessable:
        return  # of a shape that every reader refuses, such as a number for an id
    assert normal(long_way) == normal(reading)


def _objects(value: Any) -> list[Document]:
    if isinstance(value, list):
        return [node for member in value for node in _objects(member)]
    if not isinstance(value, dict):
        return []
    return [value, *(node for key, member in value.items() if key != "@context" for node in _objects(member))]


def test_no_member_we_send_is_lost_in_expansion() -> None:
    lost: list[object] = []
    for document in DOCUMENTS:
        unsigned = {key: value for key, value in document.items() if key != "proof"}
        loader = jsonld._document_loader()
        expanded = pyld.expand(
            unsigned, {"documentLoader": loader, "base": ""}, on_property_dropped=lost.append
        )
        assert not lost
        assert _count(expanded) == _count(unsigned)
        for node in _objects(expanded):
            assert all(key.startswith(("@", "https://", "http://")) for key in node)


def _count(value: Any) -> int:
    """Count the members of all objects, references and literals counting as one thing in either spelling."""
    if isinstance(value, list):
        return sum(_count(member) for member in value)
    if not isinstance(value, dict) or value.keys() <= {"@value", "@type"} or value.keys() == {"@id"}:
        return 0
    return sum(1 + _count(member) for key, member in value.items() if key != "@context")


# Spellings of the field.


def test_an_offer_of_fedify_is_read() -> None:
    # Its Offer has no terms of ValueFlows in its context, so the agreement is written out.
    vf, om2 = RELIED_ON["vf"].iri, RELIED_ON["om2"].iri

    def commitment(intent: str, amount: str) -> Document:
        return {
            "type": vf + "Commitment",
            vf + "satisfies": {"id": f"https://customer.example/intentions/int_1#{intent}"},
            vf + "resourceQuantity": {
                om2 + "hasUnit": "one",
                om2 + "hasNumericalValue": {"type": "xsd:decimal", "@value": amount},
            },
        }

    reading = jsonld.read(
        {
            "@context": ["https://w3id.org/identity/v1", AS, "https://w3id.org/security/data-integrity/v1"],
            "id": "https://business.example/activities/1",
            "type": "Offer",
            "actor": SHOP,
            "to": INTENTION.proposer,
            "object": {
                "type": vf + "Agreement",
                vf + "stipulates": commitment("primary", "1"),
                vf + "stipulatesReciprocal": commitment("reciprocal", "30"),
            },
        }
    )
    assert reading["object"]["type"] == "Agreement"
    move = read_move(reading, currency="EUR")
    assert move.draft is not None
    assert (move.draft.satisfies_primary, str(move.draft.total)) == (INTENTION.primary_iri, "30")


def test_compact_iris_and_value_objects_are_read() -> None:
    reading = jsonld.read(
        {
            "@context": [AS, {"vf": "https://w3id.org/valueflows/ont/vf#"}],
            "@id": "https://business.example/x",
            "@type": ["as:Note"],
            "as:to": [{"@id": "as:Public"}, {"id": SHOP}],
            "vf:satisfies": INTENTION.primary_iri,
            "as:totalItems": {"@value": 3, "@type": "http://www.w3.org/2001/XMLSchema#nonNegativeInteger"},
            "as:latitude": 46.5,
            "vf:unitBased": False,
            "https://business.example/ns#own": {"@value": "kept"},
            "undefined": {"x": [None, "y"]},
            "nothing": None,
            "as:tag": [],
        }
    )
    assert reading == {
        "@context": [AS, {"vf": "https://w3id.org/valueflows/ont/vf#"}],
        "id": "https://business.example/x",
        "type": "Note",
        "to": [PUBLIC, SHOP],
        "satisfies": INTENTION.primary_iri,
        "totalItems": 3,
        "latitude": 46.5,
        "unitBased": False,
        "https://business.example/ns#own": "kept",
        "undefined": {"x": "y"},
    }


def test_a_name_that_a_context_gives_to_a_thing_of_ours_is_understood() -> None:
    context = [
        AS,
        {"vf": "https://w3id.org/valueflows/ont/vf#", "clauses": "vf:stipulates", "Deal": "vf:Agreement"},
    ]
    reading = jsonld.read({"@context": context, "type": "Deal", "clauses": {"type": "Deal"}})
    assert (reading["type"], reading["stipulates"]) == ("Agreement", {"type": "Agreement"})


def test_a_shipped_context_is_read_by_its_own_meaning() -> None:
    reading = jsonld.read(
        {"@context": [AS, "https://w3id.org/security/v1"], "type": "Note", "salt": "pepper", "name": "x"}
    )
    assert "salt" not in reading
    assert reading["https://w3id.org/security#salt"] == "pepper"


def test_texts_in_languages_and_items_in_order_keep_their_keys() -> None:
    document = {
        "@context": AS,
        "@type": "Note",
        "content": "a bicycle",
        "contentMap": {"de": "ein Fahrrad", "en": ["a bicycle", "a bike"]},
        "as:name": {"@value": "Fahrrad", "@language": "de"},
        "orderedItems": ["https://b.example/1", "https://a.example/2"],
    }
    assert jsonld.read(document) == {
        "@context": AS,
        "type": "Note",
        "content": "a bicycle",
        "contentMap": {"de": "ein Fahrrad", "en": ["a bicycle", "a bike"]},
        "nameMap": {"de": "Fahrrad"},
        "orderedItems": ["https://b.example/1", "https://a.example/2"],
    }


def test_a_number_sent_as_floating_point_keeps_its_type() -> None:
    for name in ("double", "float"):
        value = {"@type": f"http://www.w3.org/2001/XMLSchema#{name}", "@value": "30"}
        reading = jsonld.read({"@context": ACTIVITY_CONTEXT, "type": "Note", "om2:hasNumericalValue": value})
        assert reading["hasNumericalValue"] == value
        draft = render_draft(DRAFT)
        draft["stipulates"]["resourceQuantity"]["hasNumericalValue"] = reading["hasNumericalValue"]
        with pytest.raises(Unprocessable, match="inexact-number"):
            read_draft(draft)


def test_proofs_are_not_read_and_that_one_is_there_is_kept() -> None:
    proof = {"type": "DataIntegrityProof", "@context": ["https://unknown.example/"], "@graph": "_:x"}
    document = {
        "@context": ACTIVITY_CONTEXT,
        "as:actor": SHOP,
        "type": "Offer",
        "proof": proof,
        "signature": {"type": "RsaSignature2017"},
        "object": {"type": "Agreement", "proof": proof, "signature": "x"},
        "result": {"type": "Agreement", "sec:proof": {"sec:created": "x"}},
    }
    assert jsonld.read(document) == {
        "@context": ACTIVITY_CONTEXT,
        "proof": proof,
        "actor": SHOP,
        "type": "Offer",
        "object": {
            "type": "Agreement",
            "urn:freehold:unread:proof": True,
            "urn:freehold:unread:signature": True,
        },
        "result": {"type": "Agreement", "urn:freehold:unread:proof": True},
    }
    plain = offer(proof=proof)
    assert jsonld.read(plain) is plain


@given(st.text(min_size=1, max_size=12) | st.sampled_from(["a b", "a\n", "schema:a b", "x:\u2028"]))
def test_no_member_is_lost_without_a_word(key: str) -> None:
    document = {"@context": ACTIVITY_CONTEXT, "as:actor": SHOP, "type": "Offer"}
    plain: dict[str, Any] = {"type": "Agreement", "name": "Bike"}
    try:
        reading = jsonld.read({**document, "object": {**plain, key: "x"}})
    except Unprocessable:
        return
    assert len(reading["object"]) == len({*plain, key})


def test_a_context_within_holds_for_its_part() -> None:
    garage, x = {"p": "https://w3id.org/valueflows/ont/vf#"}, "https://x.example/ns#"
    within = {"@context": {"clauses": "p:stipulates", "x": x + "x"}, "clauses": {"x": 1}, "name": "n"}
    document = {"@context": [AS, garage], "type": "Note", "tag": [within], "clauses": "said outside"}
    for spelled in (document, {**document, "as:name": "x"}):
        reading = jsonld.read(spelled)
        assert reading["tag"] == {"stipulates": {x + "x": 1}, "name": "n"}
        assert reading["clauses"] == "said outside"
    # A recipe as software of schema.org writes it, whose context nobody here has.
    recipe = {"@context": "https://schema.org/docs/jsonldcontext.jsonld", "@type": "Recipe", "name": "Soup"}
    note = {"@context": AS, "type": "Note", "content": "Try it", "attachment": recipe}
    assert jsonld.read(note)["attachment"] == {"type": "Recipe", "name": "Soup"}


def test_a_context_repeated_within_a_foreign_spelling_is_left_out() -> None:
    document = {"@context": AS, "as:name": "x", "type": "Note", "tag": [{"@context": AS, "type": "Note"}]}
    assert jsonld.read(document)["tag"] == {"type": "Note"}


@pytest.mark.parametrize("spell", SPELLINGS.values(), ids=SPELLINGS)
def test_a_default_language_changes_no_reading(spell: Any) -> None:
    spelled = spell({**OFFER, "@context": [*ACTIVITY_CONTEXT, {"@language": "de"}]})
    assert normal(jsonld.read(spelled)) == normal(OFFER)


def test_a_document_without_activitystreams_is_read_by_it_in_every_spelling() -> None:
    vf = {"vf": RELIED_ON["vf"].iri}
    reading = jsonld.read({"@context": [vf], "@type": "vf:Agreement", "as:name": "x", "vf:stipulates": {}})
    assert reading == {"@context": [vf], "type": "Agreement", "name": "x", "stipulates": {}}


# Shapes.


def test_of_several_types_the_one_of_ours_counts() -> None:
    assert jsonld.kind("Offer") == jsonld.kind(["Offer"]) == "Offer"
    assert jsonld.kind(["https://x.example/Deal", "Offer"]) == jsonld.kind(["Offer", "Deal", 7]) == "Offer"
    assert jsonld.kind(None) is None
    assert jsonld.kind(["Deal"]) == "Deal"
    for several in (["Offer", "Accept"], ["Deal", "Bargain"], ["Offer", "Offer"]):
        with pytest.raises(Unprocessable, match="single-value-expected"):
            jsonld.kind(several)


def test_one_takes_a_value_however_it_is_wrapped() -> None:
    assert jsonld.one(None) is None
    assert jsonld.one([]) is None
    assert jsonld.one("x") == jsonld.one(["x"]) == "x"
    assert jsonld.one({"id": "x"}) == {"id": "x"}
    with pytest.raises(Unprocessable, match="single-value-expected"):
        jsonld.one(["x", "x"])


def test_many_takes_any_number_of_values() -> None:
    assert jsonld.many(None) == []
    assert jsonld.many("x") == ["x"]
    assert jsonld.many(["x", "y"]) == ["x", "y"]
    assert jsonld.many(False) == [False]


def test_ref_takes_an_address_or_what_has_one() -> None:
    assert jsonld.ref(None) is None
    assert jsonld.ref(SHOP) == jsonld.ref([{"id": SHOP, "type": ActorKind.PERSON}]) == SHOP
    for odd in (7, {"type": "Person"}, {"id": 7}, [["x"]]):
        with pytest.raises(Unprocessable, match="reference-expected"):
            jsonld.ref(odd)
    with pytest.raises(Unprocessable, match="single-value-expected"):
        jsonld.ref([SHOP, SHOP])
