"""The data of the protocol is what it was, complete, documented, and says where it comes from."""

import hashlib
import json
import re
from pathlib import Path

import pytest
from rdflib import RDF, RDFS, Graph, URIRef

import schemas
from protocol import vocabulary

FOLDER = Path(schemas.__file__).parent
# The first 128 bits of SHA-256 of each file.
DIGESTS = {
    "gotosocial-org-ns.jsonld": "aaa502d82a27edffa01a8a00b11208ab",
    "purl-archive-org-miscellany.jsonld": "37020ba2abfe5e3d56d3d5b3e136eaad",
    "purl-archive-org-socialweb-webfinger.jsonld": "6ef7f0b6b43832156fc96de6463b4d5e",
    "w3id-org-fep-0837.jsonld": "e7825a052772d0e14c26fd91b7bf17fc",
    "w3id-org-fep-171b.jsonld": "9a427cfd863fded982e9d9e053d98099",
    "w3id-org-fep-5711.jsonld": "739b8279e7c9e1bbcf2d6822ed93da43",
    "w3id-org-fep-7628.jsonld": "29ea6ca8055c7dc27d43dc53c7bc6c6b",
    "w3id-org-fep-844e.jsonld": "97c9482abc98938468c0f58f882a5a93",
    "w3id-org-fep-9091.jsonld": "054d7eb11f2ac01a0dc86c3a584e3976",
    "w3id-org-fep-ef61.jsonld": "d59912a76a5a2b6dcdf272aae8acadc6",
    "w3id-org-freehold-terms-v1.jsonld": "80d91f0d2a3105bb1df96b254fcbec63",
    "w3id-org-freehold.jsonld": "3b14f131fc843f1535ecbb4e162be5ca",
    "w3id-org-identity-v1.jsonld": "52ad3518d41089c31ed0dc733069cb62",
    "w3id-org-security-data-integrity-v1.jsonld": "a37bedd619c5b15f2333af561cd894da",
    "w3id-org-security-data-integrity-v2.jsonld": "8784246da420988845311c64a5078eac",
    "w3id-org-security-multikey-v1.jsonld": "cabd2ba5293e857e44528cbf1d6a3329",
    "w3id-org-security-v1.jsonld": "f42a4480e3a8f80444ad17f69769e5be",
    "www-w3-org-ns-activitystreams.jsonld": "a1172cbcaccca2f21e0f1ba5974a2775",
    "www-w3-org-ns-cid-v1.jsonld": "882b14ae3a107a9154a1b7e1063223f1",
    "www-w3-org-ns-did-v1.jsonld": "382220b1df8e6fc64e754d54a79f4ba1",
}


def test_the_contexts_are_those_that_were_frozen() -> None:
    files = {path.name: path for path in (FOLDER / "contexts").glob("*.jsonld")}
    assert {
        name: hashlib.sha256(path.read_bytes()).hexdigest()[:32] for name, path in files.items()
    } == DIGESTS
    assert set(schemas.contexts().values()) == set(files)


def test_every_context_says_where_it_comes_from() -> None:
    provenance = (FOLDER / "contexts" / "PROVENANCE.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^\| `([^`]+)` \|", provenance, re.MULTILINE)) == set(DIGESTS)


def test_a_context_is_found_by_its_address_and_no_other() -> None:
    for iri in schemas.contexts():
        assert set(schemas.context(iri)) == {"@context"}
    with pytest.raises(KeyError):
        schemas.context("https://unknown.example/")


def test_no_context_leads_to_another() -> None:
    # A context that names a further one, or imports it, could be made to fetch it.
    for iri in schemas.contexts():
        text = json.dumps(schemas.context(iri))
        assert isinstance(schemas.context(iri)["@context"], dict)
        assert '"@import"' not in text
        assert '"@context": "' not in text


def test_our_context_says_what_activities_say_inline() -> None:
    inline = vocabulary.ACTIVITY_CONTEXT[2]
    ours = schemas.context("https://w3id.org/freehold")["@context"]
    prefixes = {"fh": vocabulary.FREEHOLD, "xsd": vocabulary.XSD}
    assert prefixes.items() <= ours.items()
    assert {name: inline[name] for name in ours if name not in prefixes} == {
        name: definition for name, definition in ours.items() if name not in prefixes
    }
    assert {name for name, definition in inline.items() if "fh:" in str(definition)} == set(ours) - set(
        prefixes
    )


# What a customer proffers has words of its own, but no shape yet; a class that nothing else is needs none.
UNSHAPED = {"Proffer", "asks", "Terms", "PlainText", "Conditions"} | {
    *("Grant", "Disclosure", "agreement", "agreementDigest", "grant", "grantDigest"),
    *("delivery", "receiptPeriod", "serial"),
}


def names_of(context: str) -> set[str]:
    """Return the terms of ours that a context has words for."""
    found = {
        str(definition["@id"] if isinstance(definition, dict) else definition)
        for name, definition in schemas.context(context)["@context"].items()
        if name not in ("fh", "xsd")
    }
    return {vocabulary.FREEHOLD + name[3:] for name in found if name.startswith("fh:")}


def test_every_term_of_ours_is_documented_and_no_other() -> None:
    graph = Graph().parse(data=schemas.vocabulary(), format="turtle")
    documented = {str(term) for term in graph.subjects() if str(term) != vocabulary.FREEHOLD}
    ours = names_of("https://w3id.org/freehold")
    about_data = names_of(vocabulary.TERMS_CONTEXT)
    shapes = Graph()
    for name in ("terms", "offer"):
        shapes.parse(data=schemas.shapes(name), format="turtle")
    shaped = {str(iri) for iri in shapes.objects() if str(iri).startswith(vocabulary.FREEHOLD)}
    of_actors = {definition["@id"] for definition in vocabulary.ACCEPTS_CONTEXT.values()}
    assert documented == ours | of_actors | (
        about_data & (shaped | {vocabulary.FREEHOLD + name for name in UNSHAPED})
    )
    for term in map(URIRef, documented):
        assert len(list(graph.objects(term, RDFS.label))) == 1
        assert len(str(graph.value(term, RDFS.comment))) > 20
        (kind,) = graph.objects(term, RDF.type)
        assert kind in (RDFS.Class, RDF.Property)
        assert kind == RDFS.Class or (graph.value(term, RDFS.domain) and graph.value(term, RDFS.range))


def test_currencies_have_a_code_an_item_and_their_digits() -> None:
    table = schemas.currencies()
    assert list(table) == sorted(table)
    assert len({entry["item"] for entry in table.values()}) == len(table)
    for code, entry in table.items():
        assert re.fullmatch(r"[A-Z]{3}", code)
        assert re.fullmatch(r"https://www\.wikidata\.org/wiki/Q[1-9][0-9]*", entry["item"])
        assert entry.keys() == {"item", "minor_units", "name"}
        assert entry["name"].strip()
    # ISO 4217, list one: what has no cents, or thousandths; all others have hundredths.
    assert {code for code, entry in table.items() if entry["minor_units"] == 0} == {
        "CLP",
        "ISK",
        "JPY",
        "KRW",
        "VND",
    }
    assert {code for code, entry in table.items() if entry["minor_units"] == 3} == {"KWD", "TND"}
    assert {entry["minor_units"] for entry in table.values()} == {0, 2, 3}


def test_examples_come_with_their_names_the_valid_ones_first() -> None:
    examples = schemas.examples()
    order = [(not example.valid, example.name) for example in examples]
    assert order == sorted(order)
    assert len({name for _, name in order}) == len(order)
    assert {example.valid for example in examples} == {True, False}


def test_nothing_here_imports_what_is_ours() -> None:
    source = (FOLDER / "__init__.py").read_text(encoding="utf-8")
    assert not re.search(r"^\s*(from|import) (protocol|node|cli)", source, re.MULTILINE)
