"""Contexts of others: read by the keys of a document, by their meaning, or not at all."""

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyld import jsonld as pyld
from pyld.documentloader.frozen import FrozenDocumentLoader

import schemas
from protocol.contexts import (
    LIMIT_ENTRIES,
    LIMIT_TERMS,
    RELIED_ON,
    TermDefinition,
    canonical_iri,
    identify,
    read_context,
)
from protocol.errors import Unprocessable
from protocol.vocabulary import ACTIVITY_CONTEXT, ACTOR_CONTEXT

AS = "https://www.w3.org/ns/activitystreams"
VF = "https://w3id.org/valueflows/ont/vf#"

# What software in the field writes, as its documents and sources show it: the terms that could clash with
# ours.
FIELD = {
    "fep-0837": [AS, "https://w3id.org/fep/0837"],
    "mastodon-actor": [
        AS,
        "https://w3id.org/security/v1",
        {
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "toot": "http://joinmastodon.org/ns#",
            "featured": {"@id": "toot:featured", "@type": "@id"},
            "alsoKnownAs": {"@id": "as:alsoKnownAs", "@type": "@id"},
            "movedTo": {"@id": "as:movedTo", "@type": "@id"},
            "schema": "http://schema.org#",
            "PropertyValue": "schema:PropertyValue",
            "value": "schema:value",
            "EncryptedMessage": "toot:EncryptedMessage",
            "focalPoint": {"@container": "@list", "@id": "toot:focalPoint"},
        },
    ],
    "mitra-actor": [
        AS,
        "https://www.w3.org/ns/cid/v1",
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v2",
        {
            "mitra": "http://jsonld.mitra.social#",
            "implements": "mitra:implements",
            "proofValue": "sec:proofValue",
        },
    ],
    "gotosocial-actor": [
        "http://joinmastodon.org/ns",
        "https://w3id.org/security/v1",
        AS,
        "http://schema.org",
    ],
    "pleroma": [AS, "https://social.example/schemas/litepub-0.1.jsonld", {"@language": "und"}],
    "lemmy": [
        AS,
        "https://w3id.org/security/v1",
        {"lemmy": "https://join-lemmy.org/ns#", "sc": "http://schema.org/", "expires": "as:endTime"},
    ],
    "peertube": [
        AS,
        {
            "sc": "http://schema.org/",
            "likes": {"@id": "as:likes", "@type": "@id"},
            "fps": {"@type": "sc:Number", "@id": "sc:fps"},
        },
    ],
    "fedify-offer": ["https://w3id.org/identity/v1", AS, "https://w3id.org/security/data-integrity/v1"],
    "fedify-agreement": [
        AS,
        "https://w3id.org/security/data-integrity/v1",
        "https://gotosocial.org/ns",
        {
            "vf": VF,
            "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
            "Agreement": "vf:Agreement",
            "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
            "hasUnit": "om2:hasUnit",
        },
    ],
    "fedify-person": [
        AS,
        "https://w3id.org/fep/ef61",
        "https://w3id.org/security/v1",
        "https://w3id.org/security/data-integrity/v1",
        "https://www.w3.org/ns/did/v1",
        "https://w3id.org/security/multikey/v1",
        "https://w3id.org/fep/7aa9",
        {
            "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
            "isCat": "https://misskey-hub.net/ns#isCat",
        },
    ],
    "valueflows-quantities": [
        AS,
        {"vf": VF, "hasUnit": "vf:hasUnit", "hasNumericalValue": "vf:hasNumericalValue"},
    ],
}

# What of ours such a document could use and would have to be read by meaning for.
_BY_MEANING = {
    "mastodon-actor": {"salt"},
    "gotosocial-actor": {"salt"},
    "lemmy": {"salt", "expires", "sc"},
    "mitra-actor": {"salt"},
    "peertube": {"sc"},
    "fedify-offer": {"label"},
    "fedify-person": {"salt"},
}


@pytest.mark.parametrize("name", FIELD)
def test_the_contexts_of_the_field_are_read(name: str) -> None:
    reading = read_context(FIELD[name])
    ours = {key for key in reading.foreign if key in RELIED_ON or key == "sc"}
    assert ours == _BY_MEANING.get(name, set())


def test_our_own_contexts_leave_every_key_to_be_read_by_name() -> None:
    for context in (ACTIVITY_CONTEXT, [*ACTIVITY_CONTEXT, "https://w3id.org/freehold"]):
        assert not read_context(context).foreign
    assert not read_context(ACTOR_CONTEXT).foreign & (RELIED_ON.keys() - {"salt"})


def test_what_we_rely_on_has_an_address() -> None:
    assert all(term.iri.startswith(("https://", "http://", "@")) for term in RELIED_ON.values())
    assert RELIED_ON["id"] == TermDefinition("@id")
    assert RELIED_ON["actor"] == TermDefinition("https://www.w3.org/ns/activitystreams#actor", "@id")
    assert RELIED_ON["price"] == TermDefinition("https://w3id.org/freehold#price", None, "@set")
    assert RELIED_ON["until"] == TermDefinition(
        "https://w3id.org/freehold#until", "http://www.w3.org/2001/XMLSchema#dateTime"
    )


def test_one_context_may_be_written_as_a_list() -> None:
    assert read_context([AS]) == read_context(AS)


@pytest.mark.parametrize(
    ("key", "iri"),
    [
        ("actor", "https://www.w3.org/ns/activitystreams#actor"),
        ("as:actor", "https://www.w3.org/ns/activitystreams#actor"),
        ("https://www.w3.org/ns/activitystreams#actor", "https://www.w3.org/ns/activitystreams#actor"),
        ("stipulates", "_:stipulates"),
        ("vf:stipulates", "vf:stipulates"),
        ("id", "@id"),
        ("name:x", "name:x"),
        ("http://schema.org#value", "http://schema.org/value"),
        (VF + "hasUnit", "http://www.ontology-of-units-of-measure.org/resource/om-2/hasUnit"),
    ],
)
def test_a_key_stands_for_what_the_context_says(key: str, iri: str) -> None:
    assert identify(key, read_context(AS).terms).iri == iri


def test_schema_org_has_one_spelling_here() -> None:
    for spelling in (
        "http://schema.org/",
        "http://schema.org#",
        "https://schema.org/",
        "https://schema.org#",
    ):
        assert canonical_iri(spelling + "value") == "http://schema.org/value"
    assert canonical_iri("https://schema.org.evil.example/value") == "https://schema.org.evil.example/value"


@pytest.mark.parametrize(
    "inline",
    [
        pytest.param({"x": "https://x.example/ns#x"}, id="address"),
        pytest.param({"p": "https://x.example/ns#", "x": "p:x"}, id="compact"),
        pytest.param({"x": "p:x", "p": "https://x.example/ns#"}, id="compact-before-its-prefix"),
        pytest.param(
            {"p": {"@id": "https://x.example/ns#"}, "x": {"@id": "p:x", "@type": "@id"}}, id="object"
        ),
        pytest.param({"p": "https://x.example/ns#", "p:x": {"@type": "@id"}}, id="compact-key"),
        pytest.param({"x": {"@id": "as:x", "@type": "@vocab"}}, id="vocab-coercion"),
        pytest.param({"x": {"@id": "as:x", "@container": "@set"}}, id="set"),
        pytest.param({"actor": "as:actor"}, id="ours-without-coercion"),
        pytest.param({"actor": {"@id": "as:actor", "@type": "@id"}}, id="ours-again"),
        pytest.param({"id": "@id", "type": "@type"}, id="keywords-again"),
        pytest.param({"vf": VF, "satisfies": "vf:satisfies"}, id="FEP-0837-without-coercion"),
        pytest.param({"@version": 1.1}, id="version"),
        pytest.param({}, id="empty"),
    ],
)
def test_an_inline_context_may_add_terms_and_repeat_ours(inline: dict[str, Any]) -> None:
    reading = read_context([AS, inline])
    assert reading.entries == (AS, inline)
    assert not reading.foreign


@pytest.mark.parametrize(
    ("inline", "foreign"),
    [
        pytest.param({"vf": VF, "terms": "vf:stipulates"}, "terms", id="another-name-for-a-thing-of-ours"),
        pytest.param({"deal": {"@id": "as:Offer"}}, "deal", id="another-name-for-a-type-of-ours"),
        pytest.param({"vf": VF, "action": {"@id": "vf:action", "@type": "@id"}}, "action", id="made-an-IRI"),
        pytest.param(
            {"vf": VF, "purpose": {"@id": "vf:purpose", "@type": "@vocab"}}, "purpose", id="made-a-term"
        ),
    ],
)
def test_a_name_that_parts_from_its_meaning_is_reported(inline: dict[str, Any], foreign: str) -> None:
    assert read_context([AS, inline]).foreign == {foreign}


@pytest.mark.parametrize(
    ("inline", "name"),
    [
        pytest.param({"actor": "https://evil.example/actor"}, "actor", id="LD-02-actor"),
        pytest.param({"object": "as:target"}, "object", id="LD-02-object"),
        pytest.param({"price": "https://evil.example/price"}, "price", id="LD-02-price"),
        pytest.param({"Offer": "as:Reject"}, "Offer", id="LD-02-type-name"),
        pytest.param({"actor": {"@type": "@id"}}, "actor", id="LD-02-by-leaving-out-the-address"),
        pytest.param(
            {"actor": "actor2", "actor2": "https://evil.example/"}, "actor", id="LD-02-by-another-term"
        ),
        pytest.param({"proof": "https://evil.example/proof"}, "proof", id="LD-02-protected"),
        pytest.param({"contentMap": "as:content"}, "contentMap", id="container-left-out"),
    ],
)
def test_a_term_of_ours_that_an_inline_context_redefines_is_reported(
    inline: dict[str, Any], name: str
) -> None:
    reading = read_context([AS, inline])
    assert reading.redefined == {name}
    assert name in reading.foreign
    # Also if a later entry says again what it is: between the two, others may have been built on it.
    assert read_context([AS, inline, AS]).redefined == {name}


def test_what_the_field_redefines_is_read_by_its_meaning() -> None:
    reading = read_context([AS, "https://w3id.org/security/v1", {"expires": "as:endTime"}])
    assert not reading.redefined
    assert "expires" in reading.foreign


@pytest.mark.parametrize(
    "inline",
    [
        pytest.param({"type": "as:summary"}, id="LD-02-type"),
        pytest.param({"id": "https://evil.example/id"}, id="LD-02-id"),
        pytest.param({"id": "@type"}, id="LD-02-id-as-type"),
        pytest.param({"as": "https://evil.example/ns#"}, id="LD-02-prefix"),
        pytest.param({"vf": "https://evil.example/ns#", "stipulates": "vf:stipulates"}, id="LD-02-by-prefix"),
        pytest.param({"content": {"@id": "as:content", "@container": "@language"}}, id="container-language"),
        pytest.param({"x": "@graph"}, id="LD-04-graph-by-another-name"),
        pytest.param({"x": "@id"}, id="LD-05-id-by-another-name"),
        pytest.param({"as:actor": "https://evil.example/actor"}, id="compact-key-to-elsewhere"),
        pytest.param({"p": "as:actor", "p:x": {"@type": "@id"}}, id="compact-key-after-no-prefix"),
        pytest.param({"https://x.example/a": "https://x.example/b"}, id="address-to-elsewhere"),
    ],
)
def test_an_inline_context_may_not_redefine(inline: dict[str, Any]) -> None:
    for context in ([AS, inline], [inline, AS]):
        with pytest.raises(Unprocessable, match=r"context-re(defines|fused)"):
            read_context(context)


@pytest.mark.parametrize(
    "inline",
    [
        pytest.param({"@vocab": "https://evil.example/"}, id="vocab"),
        pytest.param({"@base": "https://evil.example/"}, id="base"),
        pytest.param({"@language": 7}, id="language-number"),
        pytest.param({"@language": ["de"]}, id="language-array"),
        pytest.param({"@direction": "rtl"}, id="LD-04-direction"),
        pytest.param({"@import": AS}, id="import"),
        pytest.param({"@propagate": False}, id="propagate"),
        pytest.param({"@protected": True}, id="protected"),
        pytest.param({"@version": 1.0}, id="version-1.0"),
        pytest.param({"@context": AS}, id="context-within"),
        pytest.param({"@id": "https://x.example/"}, id="keyword-as-name"),
        pytest.param({"": "https://x.example/"}, id="name-empty"),
        pytest.param({"actor": None}, id="decoupled"),
        pytest.param({"x": 7}, id="number"),
        pytest.param({"x": ["https://x.example/"]}, id="array"),
        pytest.param({"x": {"@id": None}}, id="address-null"),
        pytest.param({"x": {"@id": "as:x", "@type": "@json"}}, id="LD-04-json"),
        pytest.param({"x": {"@id": "as:x", "@type": "@none"}}, id="none"),
        pytest.param({"x": {"@id": "as:x", "@type": None}}, id="coercion-null"),
        pytest.param({"x": {"@id": "as:x", "@context": {}}}, id="scoped"),
        pytest.param({"x": {"@id": "as:x", "@nest": "y"}}, id="LD-04-nest"),
        pytest.param({"x": {"@reverse": "as:actor"}}, id="LD-04-reverse"),
        pytest.param({"x": {"@id": "as:x", "@protected": True}}, id="protected-term"),
        pytest.param({"x": {"@id": "as:x", "@prefix": True}}, id="prefix"),
        pytest.param({"x": {"@id": "as:x", "@language": "de"}}, id="language-of-term"),
        pytest.param({"x": {"@id": "as:x", "@container": "@graph"}}, id="LD-04-graph-container"),
        pytest.param({"x": {"@id": "as:x", "@container": "@index"}}, id="LD-04-index-container"),
        pytest.param({"x": {"@id": "as:x", "@container": ["@list"]}}, id="container-array"),
        pytest.param({"a": "b:", "b": "c:", "c": "a:"}, id="circle"),
        pytest.param({f"x{number}": "as:x" for number in range(LIMIT_TERMS + 1)}, id="too-many-terms"),
        pytest.param({"x": "https://x.example/" + "x" * 16_384}, id="too-long"),
        pytest.param({"x": 2**64}, id="number-too-large"),
    ],
)
def test_an_inline_context_may_do_no_more_than_add(inline: dict[str, Any]) -> None:
    with pytest.raises(Unprocessable, match="context-refused"):
        read_context([AS, inline])


@pytest.mark.parametrize(
    "context",
    [
        pytest.param([AS, "file:///etc/passwd"], id="LD-01-file"),
        pytest.param([AS, "data:application/ld+json,{}"], id="LD-01-data"),
        pytest.param([AS, "/contexts/ours"], id="LD-01-relative"),
        pytest.param([AS, "https://127.1/ns"], id="LD-01-shorthand"),
        pytest.param([AS, ""], id="LD-01-empty"),
    ],
)
def test_a_context_that_is_named_by_no_web_address_is_refused(context: object) -> None:
    with pytest.raises(Unprocessable, match="context-unknown"):
        read_context(context)


@pytest.mark.parametrize("context", [7, True, [AS, None], [AS, [AS]], [AS, 7], [AS] * (LIMIT_ENTRIES + 1)])
def test_a_context_of_no_known_shape_is_refused(context: object) -> None:
    with pytest.raises(Unprocessable, match="context-refused"):
        read_context(context)


@pytest.mark.parametrize(
    "unknown",
    ["https://unknown.example/ns", "http://joinmastodon.org/ns", "http://schema.org", "http://x.example/y#z"],
)
def test_an_unknown_context_adds_nothing(unknown: str) -> None:
    reading = read_context([AS, unknown, "https://w3id.org/security/v1"])
    assert reading.entries == (AS, "https://w3id.org/security/v1")
    assert read_context(unknown) == read_context(AS)


@pytest.mark.parametrize("spelled", ["http://{}", "https://{}#", "http://{}#"])
def test_a_known_context_in_another_spelling_is_that_one(spelled: str) -> None:
    security = "w3id.org/security/v1"
    reading = read_context([spelled.format(AS.removeprefix("https://")), spelled.format(security)])
    assert reading == read_context([AS, f"https://{security}"])


@pytest.mark.parametrize(
    "others",
    [
        [],
        ["https://w3id.org/fep/0837"],
        [{"x": "https://x.example/"}],
        ["https://w3id.org/security/v1", {"toot": "http://joinmastodon.org/ns#", "x": "toot:x"}],
    ],
    ids=["none", "FEP-0837", "inline", "both"],
)
def test_a_context_without_activitystreams_is_read_as_if_it_were_there(others: list[Any]) -> None:
    assert read_context(others) == read_context([AS, *others])
    with pytest.raises(Unprocessable, match="context-redefines"):  # and so it cannot be taken away
        read_context([*others, {"as": "https://evil.example/ns#"}])
    assert read_context([*others, {"actor": "https://evil.example/"}]).redefined == {"actor"}


@pytest.mark.parametrize("language", ["de", "und", "", None])
def test_the_language_of_the_texts_is_passed_over(language: object) -> None:
    reading = read_context([AS, {"@language": language, "x": "https://x.example/"}])
    assert reading == read_context([AS, {"x": "https://x.example/"}])


def test_every_shipped_context_can_be_read() -> None:
    for iri in schemas.contexts():
        assert read_context([AS, iri]).terms


_NAMESPACES = [AS + "#", VF, "http://schema.org#", "https://x.example/ns#"]
_MEANINGS = st.sampled_from(
    ["as:x", "as:name", "x", "y", "p:x", "q:name", "p:", "vf:stipulates", "https://x.example/a", *_NAMESPACES]
)
_DEFINITIONS = st.one_of(
    _MEANINGS,
    st.fixed_dictionaries(
        {},
        optional={
            "@id": _MEANINGS,
            "@type": st.sampled_from(["@id", "@vocab", "xsd:string", "x"]),
            "@container": st.sampled_from(["@list", "@set"]),
        },
    ),
)
_CONTEXTS = st.dictionaries(
    st.sampled_from(["x", "y", "p", "q", "p:x", "vf", "z"]), _DEFINITIONS, min_size=1, max_size=4
)
_KEYS = st.sampled_from(["x", "y", "p", "p:x", "q:name", "vf:stipulates", "as:name", "z", "q:z", "p:name"])


@given(_CONTEXTS, _KEYS)
def test_a_key_stands_for_what_the_library_says_it_does(inline: dict[str, Any], key: str) -> None:
    options = {"documentLoader": FrozenDocumentLoader({AS: schemas.context(AS)}), "base": ""}
    try:
        reading = read_context([AS, inline])
        (expanded,) = pyld.expand({"@context": [AS, inline], "type": "Note", key: "v"}, options)
    except (Unprocessable, pyld.JsonLdError):
        assume(False)
    (iri,) = expanded.keys() - {"@type"}
    assert canonical_iri(iri) == identify(key, reading.terms).iri
