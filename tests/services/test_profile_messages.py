"""What a person reads of a profile that does not fit: sentences of the shape, never the validator's words."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from rdflib import RDF, SH, Graph
from rdflib.term import Node

import schemas
from node.core.profiles import read_profile
from node.services.people.profiles import check
from protocol.errors import Unprocessable
from protocol.vocabulary import SCHEMA

SHAPES = Graph().parse(data=schemas.shapes("profile"), format="turtle")
MESSAGES = {str(message) for message in SHAPES.objects(None, SH.message)}
# What a shape says about itself, and not about a value.
SILENT = {RDF.type, SH.path, SH.message, SH.property, SH.targetClass}


def shapes() -> set[Node]:
    nested = {*SHAPES.objects(None, SH.property), *SHAPES.objects(None, SH.node)}
    return nested | set(SHAPES.subjects(RDF.type, SH.NodeShape))


def test_whatever_constrains_a_value_has_a_message() -> None:
    constrained = {shape for shape in shapes() if set(SHAPES.predicates(shape)) - SILENT}
    messages = {shape: list(SHAPES.objects(shape, SH.message)) for shape in shapes()}
    assert {shape for shape, stated in messages.items() if len(stated) == 1} == constrained
    assert {str(SHAPES.value(shape, SH.path)) for shape in constrained} >= {
        f"{SCHEMA}email",
        f"{SCHEMA}postalCode",
    }
    assert all(message.endswith(".") for message in MESSAGES)


MEMBERS = [
    "name",
    "givenName",
    "email",
    "telephone",
    "birthDate",
    "url",
    "jobTitle",
    "description",
    "knowsLanguage",
]
MEMBERS += ["address", "streetAddress", "postalCode", "addressLocality", "addressRegion", "addressCountry"]
JSON = st.recursive(
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
    | st.sampled_from(["Ada", "x" * 250, "PostalAddress", "3011", "https://a.example"])
    | st.integers(-9, 9)
    | st.booleans(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from([*MEMBERS, "@type"]), inner, max_size=4)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(MEMBERS), JSON, max_size=5))
def test_only_sentences_of_ours_are_said(members: dict[str, Any]) -> None:
    try:
        document, _ = read_profile(
            {"name": "Ada"} | members, iri="https://a.example/actors/ada", kind="Person"
        )
    except Unprocessable:
        return  # it does not come so far
    said = ""
    try:
        check(document)
    except Unprocessable as refused:
        said = refused.detail
    for message in sorted(MESSAGES, key=len, reverse=True):
        said = said.replace(message, "")
    assert said.strip() == ""
