"""The shapes: what we write conforms to them, and what breaks one of their rules does not."""

import json
from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyld import jsonld as pyld
from pyshacl import validate
from rdflib import Graph

import schemas
from protocol import jsonld
from protocol.strictjson import Document
from protocol.vocabulary import SCHEMA
from tests.schemas.faults import Change, drop, put

NAMES = sorted(file.stem for file in (Path(schemas.__file__).parent / "shapes").glob("*.ttl"))
EXAMPLES = {example.name: example.document for example in schemas.examples() if example.valid}
SHAPED = {
    "offer": ["offer", "offer-replaced", "offer-after-counter", "amendment"],
    "rejection": ["rejection", "counter-offer", "renege"],
    "acceptance": ["acceptance", "countersignature", "follow-accepted"],
    "agreement": ["acceptance"],
    "intention": ["intention", "intention-amended"],
}


@cache
def _shapes() -> Graph:
    """Parse all shapes together: they refer to each other."""
    graph = Graph()
    for name in NAMES:
        graph.parse(data=schemas.shapes(name), format="turtle")
    return graph


def _graph(document: Document) -> Graph:
    """Turn a document into statements, its proof aside, with the shipped contexts alone."""
    unsigned = {member: value for member, value in document.items() if member != "proof"}
    options = {"documentLoader": jsonld._document_loader(), "base": "", "format": "application/n-quads"}
    return Graph().parse(data=pyld.to_rdf(unsigned, options), format="nt")


def conforms(document: Document) -> bool:
    """Say whether a document conforms to the shapes."""
    return bool(validate(_graph(document), shacl_graph=_shapes())[0])


TERMS = Path(__file__).parent / "terms"
# What a shape cannot see: what needs the closure of purposes, a registry, the roster, or two parts at once.
UNSEEN = {"duty-missing", "parties-mismatch", "policy-exceeds-roster", "policy-overlap", "repeated-operand"}
UNSEEN |= {"roster-digest", "roster-unknown", "unknown-field", "unknown-purpose", "unknown-recipient"}


@pytest.mark.parametrize("name", ["offer-with-terms", "offer-flagged", "acceptance-with-terms"])
def test_terms_that_others_wrote_conform(name: str) -> None:
    assert conforms(json.loads((TERMS / f"valid/{name}.jsonld").read_bytes()))


@pytest.mark.parametrize("path", sorted(TERMS.glob("invalid/offer.*.jsonld")), ids=lambda path: path.stem)
def test_terms_that_break_a_rule_do_not_conform_where_a_shape_can_see_it(path: Path) -> None:
    fault = path.stem.removeprefix("offer.")
    assert conforms(json.loads(path.read_bytes())) is (fault in UNSEEN)


def test_each_shape_has_a_file() -> None:
    assert len(NAMES) == 7
    with pytest.raises(FileNotFoundError):
        schemas.shapes("invoice")


@pytest.mark.slow
def test_the_shapes_are_shapes() -> None:
    assert validate(Graph(), shacl_graph=_shapes(), meta_shacl=True)[0]


@pytest.mark.parametrize("name", sorted({name for names in SHAPED.values() for name in names}))
def test_what_we_write_conforms(name: str) -> None:
    document = EXAMPLES[name]
    conforming, _, text = validate(_graph(document), shacl_graph=_shapes())
    assert conforming, text


LINE = {"type": "PriceLine", "amount": "9.90", "currency": "EUR"}


@pytest.mark.parametrize(
    "line",
    [
        {"kind": "oneOff"},
        {"kind": "recurring", "per": "month"},
        {"kind": "recurring", "per": "month", "count": 12},
        {"kind": "recurring", "per": "month", "until": "2028-06-01T00:00:00Z"},
        {"kind": "discount"},
        {"kind": "discount", "per": "month", "count": 6},
        {"kind": "unitRate", "unit": "hour", "estimate": "10.5"},
        {"kind": "unitRate", "unit": "kWh", "estimate": "250", "amount": "0.321575", "per": "month"},
    ],
    ids=str,
)
def test_every_kind_of_price_line_conforms(line: Document) -> None:
    document = deepcopy(EXAMPLES["offer"])
    document["object"]["price"].append({**LINE, **line})
    assert conforms(document)


def _redraft(document: Document) -> None:
    del document["object"]["stipulates"]["resourceQuantity"]["hasUnit"]


# Each breaks one rule of the shapes, and by that shows that they look at it at all.
BREACHES: dict[str, tuple[str, Change]] = {
    "offer-without-actor": ("offer", drop("actor")),
    "offer-to-nobody": ("offer", drop("to")),
    "offer-of-nothing": ("offer", drop("object")),
    "offer-with-two-ends": ("offer", put("endTime", ["2026-05-06T00:00:00Z", "2026-05-07T00:00:00Z"])),
    "offer-answering-without-a-digest": ("offer-replaced", drop("digestMultibase")),
    "offer-with-a-digest-of-nothing": ("offer", put("digestMultibase", "z" + "1" * 46)),
    "offer-with-a-broken-digest": ("offer-replaced", put("digestMultibase", "z0OIl")),
    "draft-with-a-hidden-member": ("offer", put("object.resourceConformsTo", "https://evil.example/fee")),
    "draft-without-price": ("offer", drop("object.price")),
    "draft-without-commitment": ("offer", drop("object.stipulates")),
    "draft-of-nothing-known": ("offer", put("object.type", "Note")),
    "commitment-satisfying-nothing": ("offer", drop("object.stipulates.satisfies")),
    "commitment-in-no-currency": ("offer", drop("object.stipulatesReciprocal.resourceConformsTo")),
    "quantity-without-unit": ("offer", _redraft),
    "quantity-as-a-number": ("offer", put("object.stipulates.resourceQuantity.hasNumericalValue", 1)),
    "quantity-below-zero": ("offer", put("object.stipulates.resourceQuantity.hasNumericalValue", "-1")),
    "amount-as-a-number": ("offer", put("object.price.0.amount", 2190)),
    "amount-below-zero": ("offer", put("object.price.0.amount", "-1.00")),
    "currency-in-lower-case": ("offer", put("object.price.0.currency", "eur")),
    "kind-unheard-of": ("offer", put("object.price.0.kind", "usage")),
    "period-unheard-of": ("offer", put("object.price.1.per", "fortnight")),
    "estimate-as-a-number": (
        "offer",
        put("object.price.0", {**LINE, "kind": "unitRate", "unit": "hour", "estimate": 10}),
    ),
    "discount-for-each-unit": (
        "offer",
        put("object.price.0", {**LINE, "kind": "discount", "unit": "hour", "estimate": "10"}),
    ),
    "rate-without-unit": ("offer", put("object.price.1.kind", "unitRate")),
    "once-for-each-unit": ("offer", put("object.price.0.unit", "hour")),
    "once-by-estimate": ("offer", put("object.price.0.estimate", "3")),
    "recurring-with-two-ends": ("offer", put("object.price.1.until", "2028-06-01T00:00:00Z")),
    "recurring-without-period": ("offer", drop("object.price.1.per")),
    "once-with-a-period": ("offer", put("object.price.0.per", "month")),
    "count-of-none": ("offer", put("object.price.1.count", 0)),
    "property-without-value": ("offer", drop("object.stipulates.additionalProperty.0.value")),
    "notice-unreadable": ("offer", put("object.noticePeriod", "a month")),
    "rejection-of-nothing": ("rejection", drop("object")),
    "rejection-without-digest": ("rejection", drop("digestMultibase")),
    "counter-offer-without-price": ("counter-offer", drop("result.price")),
    "acceptance-of-nothing": ("acceptance", drop("object")),
    "acceptance-without-digest": ("acceptance", drop("digestMultibase")),
    "agreement-without-offer": ("acceptance", drop("result.offer")),
    "agreement-with-a-short-salt": ("acceptance", put("result.salt", "AAAA")),
    "agreement-with-one-party": ("acceptance", drop("result.parties.1")),
    "agreement-with-two-offerers": ("acceptance", put("result.parties.1.role", "offerer")),
    "agreement-with-a-witness": ("acceptance", put("result.parties.1.role", "witness")),
    "agreement-with-a-foreign-key": ("acceptance", put("result.parties.0.publicKeyMultibase", "z6LSbysY2")),
    "agreement-with-oneself": (
        "acceptance",
        put("result.parties.1.actor", EXAMPLES["acceptance"]["result"]["parties"][0]["actor"]),
    ),
    "intention-without-name": ("intention", drop("object.name")),
    "intention-by-nobody": ("intention", drop("object.attributedTo")),
    "intention-that-offers": ("intention", put("object.purpose", "offer")),
    "intention-that-may-be-multiplied": ("intention", put("object.unitBased", True)),
    "intention-with-its-limit-price": (
        "intention",
        put("object.reciprocal.resourceQuantity.hasNumericalValue", "2300.00"),
    ),
    "intention-giving-nothing": ("intention", drop("object.reciprocal")),
    "specification-of-nothing": ("intention", drop("object.publishes.additionalProperty.0.maxValue")),
    "specification-perhaps": ("intention", put("object.publishes.additionalProperty.0.necessity", "perhaps")),
}


@pytest.mark.parametrize("breach", BREACHES)
def test_what_breaks_a_rule_does_not_conform(breach: str) -> None:
    name, change = BREACHES[breach]
    document = deepcopy(EXAMPLES[name])
    change(document)
    assert not conforms(document)


def _profile(**members: Any) -> Document:
    return {
        "@context": {"@vocab": SCHEMA},
        "@id": "https://ada.example/actors/ada",
        "@type": "Person",
        **members,
    }


ADA = _profile(
    name="Ada Example",
    givenName="Ada",
    familyName="Example",
    email=["ada@ada.example", "a.example@work.example"],
    telephone="+41 31 000 00 00",
    birthDate="1980-02-29",
    url="https://ada.example/",
    knowsLanguage=["de-CH", "en"],
    shoeSize="39",
    address={
        "@type": "PostalAddress",
        "streetAddress": "Beispielgasse 1",
        "postalCode": "3000",
        "addressLocality": "Bern",
        "addressCountry": "Switzerland",
    },
)


@pytest.mark.parametrize("kind", ["Person", "Organization"])
def test_a_profile_conforms_with_little_and_with_much(kind: str) -> None:
    for profile in (ADA, _profile(name="Ada")):
        assert conforms({**profile, "@type": kind})
    for birth_date in ("19800229", "--0229", "--02-29"):
        assert conforms(_profile(name="Ada", birthDate=birth_date))
    for telephone in (
        "(425) 555-0123",
        "tel:+1-425-555-0123;ext=5",
        "112",
        "1-800-FLOWERS",
        "030\u00a0555\u201301",
    ):
        assert conforms(_profile(name="Ada", telephone=telephone))
    country = {"@type": "Country", "name": "Switzerland"}
    assert conforms(_profile(name="Ada", address={"@type": "PostalAddress", "addressCountry": country}))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({}, "A profile has one name"),
        ({"name": ""}, "A profile has one name"),
        ({"name": "  "}, "A profile has one name"),
        ({"name": 7}, "A profile has one name"),
        ({"name": ["Ada", "Grace"]}, "A profile has one name"),
        ({"name": "a" * 201}, "A profile has one name"),
        ({"givenName": ""}, "A given name"),
        ({"email": "ada"}, "An e-mail address"),
        ({"email": "ada@ada example"}, "An e-mail address"),
        ({"telephone": "call me"}, "A telephone number"),
        ({"telephone": "+1 2"}, "A telephone number"),
        ({"email": "ada@ada..example"}, "An e-mail address"),
        ({"birthDate": "29 February 1980"}, "A date of birth"),
        ({"birthDate": "1980-13-01"}, "A date of birth"),
        ({"birthDate": "--02-30"}, "A date of birth"),
        ({"birthDate": "1985-04-31"}, "A date of birth"),
        ({"url": "javascript:alert(1)"}, "A web address"),
        ({"knowsLanguage": "Swiss German"}, "A language"),
        ({"description": "d" * 5_001}, "A description"),
        ({"address": "Beispielgasse 1, Bern"}, "A postal address"),
        ({"address": {"@type": "PostalAddress", "postalCode": "9" * 21}}, "A postal address"),
    ],
)
def test_a_profile_that_does_not_conform_says_why(members: Document, message: str) -> None:
    document = _profile(**({"name": "Ada"} if members else {}) | members)
    conforming, _, text = validate(_graph(document), shacl_graph=_shapes())
    assert not conforming
    assert message in text
