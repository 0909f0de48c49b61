"""JSON-LD that plays tricks: one thing said twice, structure hidden from the reader, names of nobody."""

from typing import Any

import pytest

from protocol import jsonld
from protocol.errors import Unprocessable
from protocol.strictjson import Document
from protocol.vocabulary import ACTIVITY_CONTEXT
from tests.protocol.spellings import AS, OFFER, SHOP, offer

_KEYWORDS = {
    "graph": [{"type": "Note"}],
    "included": [{"type": "Note"}],
    "reverse": {"actor": SHOP},
    "nest": {"actor": SHOP},
    "set": [SHOP],
    "list": [SHOP],
    "index": "x",
    "json": {"x": 1},
    "direction": "rtl",
    "none": "x",
    "base": "https://evil.example/",
    "vocab": "https://evil.example/",
    "import": AS,
    "propagate": False,
    "protected": True,
    "version": 1.1,
    "container": "@list",
    "default": "x",
    "unheardof": "x",
}


@pytest.mark.parametrize("keyword", _KEYWORDS, ids=[f"LD-04-{keyword}" for keyword in _KEYWORDS])
def test_keywords_that_restructure_a_document_are_refused_at_every_depth(keyword: str) -> None:
    restructured = {"@" + keyword: _KEYWORDS[keyword]}
    for document in (
        offer(**restructured),
        offer(object={"type": "Agreement", **restructured}),
        offer(to=[restructured]),
        offer(
            object={"type": "Agreement", "stipulates": {"type": "Commitment", "satisfies": [restructured]}}
        ),
        offer(**{"unheard-of": {"of": [restructured]}}),
    ):
        with pytest.raises(Unprocessable, match="json-ld-refused"):
            jsonld.read(document)


def test_json_literals_and_arrays_within_arrays_are_refused() -> None:
    for odd in (
        {"@type": "@json", "@value": {"a": 1}},
        {"@type": ["@json"], "@value": 1},
        {"@value": {"a": 1}},
    ):
        with pytest.raises(Unprocessable, match="json-ld-refused"):
            jsonld.read(offer(content=odd))
    with pytest.raises(Unprocessable, match="json-ld-refused"):
        jsonld.read(offer(**{"as:tag": [[SHOP]]}))


@pytest.mark.parametrize(
    "extra",
    [
        pytest.param({"@id": "https://evil.example/"}, id="LD-05-@id-beside-id"),
        pytest.param({"@type": "Reject"}, id="JS-10-@type-beside-type"),
        pytest.param({"as:actor": "https://evil.example/"}, id="LD-05-compact"),
        pytest.param({AS + "#actor": {"@id": "https://evil.example/"}}, id="LD-05-full"),
        pytest.param({"as:object": {"id": "https://evil.example/"}}, id="LD-05-object"),
        pytest.param({"as:actor": SHOP}, id="LD-05-the-same-again"),
        pytest.param({"as:context": None}, id="LD-05-null"),
        pytest.param({"as:to": []}, id="LD-05-empty"),
        pytest.param({"items": ["x:y"], "orderedItems": ["x:y"], "as:cc": SHOP}, id="items-twice"),
        pytest.param({"schema:price": 1, "http://schema.org/price": 2}, id="two-spellings-of-an-unknown"),
    ],
)
def test_one_thing_said_twice_is_refused(extra: Document) -> None:
    with pytest.raises(Unprocessable, match="duplicate-term"):
        jsonld.read(offer(**extra))


def test_one_thing_said_twice_is_refused_within_and_by_other_names() -> None:
    within = {"type": "Agreement", "vf:stipulates": {}, "stipulates": {}}
    with pytest.raises(Unprocessable, match="duplicate-term"):
        jsonld.read(offer(object=within))
    context = [*ACTIVITY_CONTEXT, {"clauses": "vf:stipulates", "eur": "http://schema.org#value"}]
    doubles: tuple[Document, ...] = (
        {"clauses": {}, "stipulates": {}},
        {"eur": 1, "value": 2},
        {"eur": 1, "https://schema.org/value": 2},
    )
    for doubled in doubles:
        with pytest.raises(Unprocessable, match="duplicate-term"):
            jsonld.read({"@context": context, "type": "Agreement", **doubled})
    undefined = {
        "@context": AS,
        "type": "Offer",
        "stipulates": {},
        "https://w3id.org/valueflows/ont/vf#stipulates": {},
    }
    with pytest.raises(Unprocessable, match="duplicate-term"):
        jsonld.read(undefined)


@pytest.mark.parametrize("language", ["tlh", "", None, ["en"]])
def test_only_a_value_has_a_language(language: object) -> None:
    for document in (offer(**{"@language": language}), offer(to=[{"@language": language}])):
        with pytest.raises(Unprocessable, match="json-ld-refused"):
            jsonld.read(document)
    assert jsonld.read(offer(summary={"@value": "x", "@language": "tlh"}))["summaryMap"] == {"tlh": "x"}


@pytest.mark.parametrize("key", ["id", "actor", "object", "to", "context", "inReplyTo", "type"])
def test_blank_nodes_are_nobody(key: str) -> None:
    plain = offer(**{key: "_:b0"})
    listed = offer(**{key: ["_:b0"]})
    for document in (plain, listed, {**plain, "as:name": "x"}, {**listed, "as:name": "x"}):
        with pytest.raises(Unprocessable, match="blank-node"):
            jsonld.read(document)


def test_blank_nodes_are_nobody_within_and_as_keys() -> None:
    within = {"type": "Agreement", "stipulates": {"type": "Commitment", "satisfies": "_:b0"}}
    with pytest.raises(Unprocessable, match="blank-node"):
        jsonld.read(offer(object=within))
    with pytest.raises(Unprocessable, match="blank-node"):
        jsonld.read(offer(object={"@id": "_:b0"}))
    with pytest.raises(Unprocessable, match="json-ld-refused"):
        jsonld.read({"@context": AS, "type": "Offer", "_:actor": SHOP})
    assert jsonld.read(offer(content="_:) all the best"))["content"] == "_:) all the best"


def test_what_is_refused_is_named_where_the_standard_has_a_word_for_it() -> None:
    protected = {"digestMultibase": "https://w3id.org/security#digestMultibase"}
    own = "https://w3id.org/security/data-integrity/v1"
    for document, said in (
        ({"@context": AS, "type": "Offer", "as:name": {"@set": ["a"]}}, "not taken here (@set)."),
        ({"@context": AS, "type": "Offer", "as:name": {"@odd": ["a"]}}, "not taken here."),
        ({"@context": [AS, own, protected], "type": "as:Offer"}, "(protected term redefinition)."),
        ({"@context": [AS, {"@vocab": "https://a.example/"}], "type": "Offer"}, "to add terms (@vocab)."),
        ({"@context": [AS, {"@protected": True}], "type": "Offer"}, "to add terms (@protected)."),
        ({"@context": [AS, {"odd": {"@context": {}}}], "type": "Offer"}, "does more than to add terms."),
    ):
        with pytest.raises(Unprocessable) as refused:
            jsonld.read(document)
        assert refused.value.detail.endswith(said)


def test_a_clique_of_blank_nodes_is_refused_before_anything_is_computed() -> None:
    clique = [
        {"@id": f"_:n{one}", "as:tag": [{"@id": f"_:n{other}"} for other in range(10) if other != one]}
        for one in range(10)
    ]  # LD-10: ten nodes, each naming all others, take a canonicaliser minutes
    for document in ({"@context": AS, "@graph": clique}, {"@context": AS, "type": "Note", "tag": clique}):
        with pytest.raises(Unprocessable, match=r"json-ld-refused|blank-node"):
            jsonld.read(document)


def test_a_signed_activity_rearranged_into_a_graph_is_refused() -> None:
    # LD-07: the statements stay the same, the tree that a reader walks does not.
    unsigned = {key: value for key, value in OFFER.items() if key not in ("@context", "proof")}
    inner = {key: value for key, value in unsigned.items() if key != "object"}
    for rearranged in (
        {"@graph": [unsigned]},
        {**unsigned["object"], "@included": [inner]},
        {"id": unsigned["id"], "@nest": inner},
        {**unsigned["object"], "@reverse": {"object": inner}},
    ):
        with pytest.raises(Unprocessable, match="json-ld-refused"):
            jsonld.read({"@context": ACTIVITY_CONTEXT, "proof": OFFER["proof"], **rearranged})


@pytest.mark.parametrize(
    "context",
    [
        pytest.param(None, id="null"),
        pytest.param([AS, "file:///etc/passwd"], id="LD-01-file"),
        pytest.param([AS, {"@import": AS}], id="import"),
        pytest.param([AS, {"type": "https://evil.example/"}], id="LD-02-type"),
    ],
)
def test_a_context_that_is_refused_is_refused_in_every_spelling(context: object) -> None:
    for document in ({"type": "Note"}, {"@type": "Note"}, {"as:name": "x"}):
        with pytest.raises(Unprocessable, match="context-"):
            jsonld.read({"@context": context, **document})


@pytest.mark.parametrize(
    ("inline", "members"),
    [
        pytest.param({"actor": "https://evil.example/"}, {"actor": SHOP}, id="a-key"),
        pytest.param({"price": "as:name"}, {"object": {"type": "Agreement", "price": []}}, id="a-key-within"),
        pytest.param({"price": "as:name"}, {"unheard-of": [{"price": 1}]}, id="a-key-of-what-is-ignored"),
        pytest.param({"Offer": "as:Reject"}, {"type": "Offer"}, id="a-type"),
        pytest.param({"Offer": "as:Reject"}, {"@type": ["Offer"]}, id="a-type-by-the-keyword"),
        pytest.param({"proof": "https://evil.example/"}, {"proof": {"type": "x"}}, id="the-proof"),
        pytest.param({"name": "https://evil.example/"}, {"name:x": 1}, id="what-may-be-a-prefix"),
        pytest.param({"value": "https://evil.example/"}, {"actor": "value:x"}, id="a-prefix-of-an-address"),
        pytest.param({"value": "https://evil.example/"}, {"tag": {"@id": "value"}}, id="an-address"),
    ],
)
def test_what_a_context_redefines_is_refused_where_it_is_used(inline: Document, members: Document) -> None:
    with pytest.raises(Unprocessable, match="context-redefines"):
        jsonld.read({"@context": [AS, inline], "type": "Note", **members})
    within = {"@context": AS, "type": "Create", "object": {"@context": [AS, inline], **members}}
    with pytest.raises(Unprocessable, match="context-redefines"):
        jsonld.read(within)
    beside = {**within, "object": {"@context": [AS, inline], "type": "Note", "content": "as it is"}}
    assert jsonld.read(beside) is beside


def test_a_context_that_is_null_takes_every_meaning_away() -> None:
    for document in (
        {"@context": None, "type": "Note"},
        {"@context": AS, "type": "Note", "tag": {"@context": None}},
    ):
        with pytest.raises(Unprocessable, match="context-refused"):
            jsonld.read(document)
    assert jsonld.read({"type": "Note"}) == {"type": "Note"}


def test_a_context_within_is_not_the_place_to_change_meanings() -> None:
    part = {"type": "Note", "name": "y"}
    for within, code in (
        ([AS, {"name": "https://x.example/"}], "context-redefines"),
        ({"as": "https://x.example/"}, "context-redefines"),
        ({"x": "@graph"}, "context-redefines"),
        ({"@vocab": "https://x.example/"}, "context-refused"),
        (None, "context-refused"),
    ):
        with pytest.raises(Unprocessable, match=code):
            jsonld.read({"@context": AS, "as:name": "x", "tag": {**part, "@context": within}})
    foreign = {"@context": [AS, "https://w3id.org/security/v1"], "salt": "pepper"}
    reading = jsonld.read(offer(object=foreign))["object"]
    assert (reading.get("salt"), reading["https://w3id.org/security#salt"]) == (None, "pepper")


def test_one_thing_said_twice_by_a_name_from_within_is_refused() -> None:
    within = {"@context": {"clauses": "p:stipulates"}, "clauses": {}, "stipulates": {}}
    context = [*ACTIVITY_CONTEXT, {"p": "https://w3id.org/valueflows/ont/vf#"}]
    for document in (offer(object=within), offer(object={**within, "as:name": "x"})):
        with pytest.raises(Unprocessable, match="duplicate-term"):
            jsonld.read({**document, "@context": context})


def test_a_foreign_spelling_without_a_type_of_ours_has_no_meaning() -> None:
    for document in ({"as:name": "x"}, {"@type": "https://x.example/Thing"}, {"@type": [], "as:name": "x"}):
        with pytest.raises(Unprocessable, match="context-unknown"):
            jsonld.read({"@context": AS, **document})


def test_nothing_but_a_value_is_no_document() -> None:
    with pytest.raises(Unprocessable, match="json-ld-refused"):
        jsonld.read({"@context": AS, "@value": "x"})
    with pytest.raises(Unprocessable, match="json-ld-refused"):
        jsonld.read({"@context": AS, "@id": "https://x.example/"})


def test_what_would_take_long_to_expand_is_refused_before() -> None:
    at_the_limit = {
        "@context": AS,
        "type": "Note",
        "as:tag": [f"https://x.example/{n}" for n in range(1_900)],
    }
    assert len(jsonld.read(at_the_limit)["tag"]) == 1_900
    too_much: tuple[list[Any], ...] = (["x:y"] * 2_000, [{"x": {}}] * 1_000)
    for many in too_much:
        with pytest.raises(Unprocessable, match="json-ld-too-large"):
            jsonld.read({"@context": AS, "type": "Note", "as:tag": many})


def test_parts_with_a_context_of_their_own_are_counted() -> None:
    """Reading one takes a quarter of a millisecond, and a body holds five thousand."""
    parts = [{"@context": {f"t{number}": f"https://x.example/{number}"}} for number in range(64)]
    within = offer(attachment=parts)
    assert jsonld.read(within) is within
    for others in (
        {"tag": {"@context": {"u": "https://x.example/"}}},
        {"as:summary": "x", "tag": [parts[0]]},
    ):
        with pytest.raises(Unprocessable, match="context-refused"):
            jsonld.read(within | others)
    assert jsonld.read(within | {"tag": [{"@context": ACTIVITY_CONTEXT}] * 99})
