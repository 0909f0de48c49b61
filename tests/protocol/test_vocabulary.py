"""The words of the wire: contexts that lose nothing, and currencies by code and by item."""

import pytest

import schemas
from protocol import vocabulary
from protocol.contexts import read_context
from protocol.errors import Unprocessable

# As in the specification of the protocol: what a plain FEP-0837 peer has to find in every activity.
_FEP_0837 = {
    "vf": "https://w3id.org/valueflows/ont/vf#",
    "om2": "http://www.ontology-of-units-of-measure.org/resource/om-2/",
    "sec": "https://w3id.org/security#",
    "Proposal": "vf:Proposal",
    "Intent": "vf:Intent",
    "Agreement": "vf:Agreement",
    "Commitment": "vf:Commitment",
    "action": "vf:action",
    "purpose": "vf:purpose",
    "unitBased": "vf:unitBased",
    "publishes": "vf:publishes",
    "reciprocal": "vf:reciprocal",
    "stipulates": "vf:stipulates",
    "stipulatesReciprocal": "vf:stipulatesReciprocal",
    "satisfies": {"@id": "vf:satisfies", "@type": "@id"},
    "resourceConformsTo": {"@id": "vf:resourceConformsTo", "@type": "@id"},
    "resourceQuantity": "vf:resourceQuantity",
    "availableQuantity": "vf:availableQuantity",
    "minimumQuantity": "vf:minimumQuantity",
    "hasUnit": "om2:hasUnit",
    "hasNumericalValue": "om2:hasNumericalValue",
    "digestMultibase": {"@id": "sec:digestMultibase", "@type": "sec:multibase"},
}


def test_the_activity_context_is_the_protocols_and_adds_to_it() -> None:
    activitystreams, data_integrity, inline = vocabulary.ACTIVITY_CONTEXT
    assert activitystreams == "https://www.w3.org/ns/activitystreams"
    assert data_integrity == "https://w3id.org/security/data-integrity/v2"
    assert inline.items() >= _FEP_0837.items()


def test_every_published_context_we_write_is_shipped() -> None:
    for context in (vocabulary.ACTIVITY_CONTEXT, vocabulary.ACTOR_CONTEXT):
        for entry in context:
            assert isinstance(entry, dict) or entry in schemas.contexts()


def test_our_contexts_redefine_nothing_that_a_published_one_protects_or_defines() -> None:
    for context in (vocabulary.ACTIVITY_CONTEXT, vocabulary.ACTOR_CONTEXT):
        published = read_context([entry for entry in context if isinstance(entry, str)]).terms
        inline = next(entry for entry in context if isinstance(entry, dict))
        assert not inline.keys() & published.keys()


def test_the_public_collection_has_three_spellings_and_one_name() -> None:
    assert vocabulary.PUBLIC == "https://www.w3.org/ns/activitystreams#Public"
    assert {vocabulary.PUBLIC, "as:Public", "Public"} == vocabulary.PUBLIC_ALIASES


@pytest.mark.parametrize(
    ("code", "item", "digits"),
    [
        ("EUR", "Q4916", 2),
        ("USD", "Q4917", 2),
        ("GBP", "Q25224", 2),
        ("JPY", "Q8146", 0),
        ("KWD", "Q193098", 3),
    ],
)
def test_a_currency_is_known_by_its_code_and_by_its_item(code: str, item: str, digits: int) -> None:
    iri = f"https://www.wikidata.org/wiki/{item}"
    assert vocabulary.currency_iri(code) == iri
    assert vocabulary.minor_units(code) == digits
    for address in (iri, f"http://www.wikidata.org/entity/{item}", f"https://www.wikidata.org/entity/{item}"):
        assert vocabulary.currency_code(address) == code


def test_every_currency_of_the_table_survives_the_way_there_and_back() -> None:
    for code in schemas.currencies():
        assert vocabulary.currency_code(vocabulary.currency_iri(code)) == code


@pytest.mark.parametrize("code", ["", "XXX", "eur", "EUR ", "Q4916"])
def test_an_unknown_code_is_refused(code: str) -> None:
    for ask in (vocabulary.currency_iri, vocabulary.minor_units):
        with pytest.raises(Unprocessable, match="unknown-currency"):
            ask(code)


@pytest.mark.parametrize(
    "iri",
    [
        "",
        "EUR",
        "https://www.wikidata.org/wiki/Q1",
        "https://www.wikidata.org/wiki/Q04916",
        "https://www.wikidata.org/wiki/Q4916/",
        "https://www.wikidata.org/wiki/Q4916\n",
        "https://www.wikidata.org.evil.example/wiki/Q4916",
        "https://evil.example/wiki/Q4916",
    ],
)
def test_an_unknown_item_is_refused(iri: str) -> None:
    with pytest.raises(Unprocessable, match="unknown-currency"):
        vocabulary.currency_code(iri)
