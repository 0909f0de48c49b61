"""Every IRI, media type and context array of the protocol, written down once.

Rules that hold here:

- An array in this file is what goes over the wire, member for member: a signature covers it, so a change is a
  change of the protocol.
- Terms that other software defines keep their namespace; only what nobody else names is in ours.
- Money is named on the wire by the Wikidata item of its ISO 4217 code, and the table is data
  (`schemas/currencies.json`), held by a test.

Sources: ActivityStreams 2.0, FEP-0837, FEP-844e, VC Data Integrity, Controlled Identifiers, schema.org.
"""

import re
from functools import lru_cache
from types import MappingProxyType
from typing import Any, Final

import schemas
from protocol import codes
from protocol.errors import Unprocessable

# Namespaces: what the prefixes of the contexts below stand for.
ACTIVITYSTREAMS: Final = "https://www.w3.org/ns/activitystreams#"
FREEHOLD: Final = "https://w3id.org/freehold#"
OM2: Final = "http://www.ontology-of-units-of-measure.org/resource/om-2/"
SCHEMA: Final = "http://schema.org/"
SECURITY: Final = "https://w3id.org/security#"
VALUEFLOWS: Final = "https://w3id.org/valueflows/ont/vf#"
XSD: Final = "http://www.w3.org/2001/XMLSchema#"

# Contexts: each is shipped in schemas/contexts and never fetched.
ACTIVITYSTREAMS_CONTEXT: Final = "https://www.w3.org/ns/activitystreams"
CID_CONTEXT: Final = "https://www.w3.org/ns/cid/v1"
DATA_INTEGRITY_CONTEXT: Final = "https://w3id.org/security/data-integrity/v2"
SECURITY_CONTEXT: Final = "https://w3id.org/security/v1"
TERMS_CONTEXT: Final = "https://w3id.org/freehold/terms/v1"

PUBLIC: Final = ACTIVITYSTREAMS + "Public"
# ActivityPub §5.6: a compacting sender may write either of these for the same collection.
PUBLIC_ALIASES: Final = frozenset({PUBLIC, "as:Public", "Public"})

# Media types.
ACTIVITY_JSON: Final = "application/activity+json"
LD_JSON: Final = "application/ld+json"
LD_JSON_ACTIVITYSTREAMS: Final = f'{LD_JSON}; profile="{ACTIVITYSTREAMS_CONTEXT}"'
JSON: Final = "application/json"
JRD_JSON: Final = "application/jrd+json"
PROBLEM_JSON: Final = "application/problem+json"
VCARD: Final = "text/vcard"
NODEINFO_SCHEMA: Final = "http://nodeinfo.diaspora.software/ns/schema/2.1"
NODEINFO_JSON: Final = f'application/json; profile="{NODEINFO_SCHEMA}#"'

# What an actor's server implements, after FEP-844e's registry.
RFC9421: Final = "https://datatracker.ietf.org/doc/html/rfc9421"
RFC9421_ED25519: Final = "https://datatracker.ietf.org/doc/html/rfc9421#name-eddsa-using-curve-edwards25"
DATA_TERMS: Final = "https://w3id.org/freehold/terms/1"
IMPLEMENTS: Final = MappingProxyType(
    {
        RFC9421: "RFC-9421: HTTP Message Signatures",
        RFC9421_ED25519: "RFC-9421 signatures using the Ed25519 algorithm",
        DATA_TERMS: "Freehold: terms about data, version 1",
    }
)

_WIKIDATA: Final = re.compile(r"https?://www\.wikidata\.org/(?:wiki|entity)/(Q[1-9][0-9]*)")

# The unit of a plain count, and of money once its currency is named (FEP-0837).
UNIT_ONE: Final = "one"

LEAD_TIME: Final = "deliveryLeadTime"
"""The property of an offer that says how long its delivery takes, by schema.org's name."""

# Prefixes and terms are one inline object after two published contexts: the published ones are cached by
# every peer, and no peer has to fetch ours. `satisfies` and `resourceConformsTo` are coerced to IRIs, which
# FEP-0837's literal context forgets and which Fedify refuses to read otherwise.
ACTIVITY_CONTEXT: Final[list[Any]] = [
    ACTIVITYSTREAMS_CONTEXT,
    DATA_INTEGRITY_CONTEXT,
    {
        "vf": VALUEFLOWS,
        "om2": OM2,
        "sec": SECURITY,
        "schema": SCHEMA,
        "fh": FREEHOLD,
        # FEP-0837: proposals, agreements and what they promise.
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
        # Security vocabulary: what is answered, and whose key promised it.
        "digestMultibase": {"@id": "sec:digestMultibase", "@type": "sec:multibase"},
        "publicKeyMultibase": {"@id": "sec:publicKeyMultibase", "@type": "sec:multibase"},
        "verificationMethod": {"@id": "sec:verificationMethod", "@type": "@id"},
        # schema.org: what is specified, and when it is wanted.
        "PropertyValue": "schema:PropertyValue",
        "additionalProperty": {"@id": "schema:additionalProperty", "@container": "@set"},
        "propertyID": "schema:propertyID",
        "value": "schema:value",
        "minValue": "schema:minValue",
        "maxValue": "schema:maxValue",
        "unitText": "schema:unitText",
        "availabilityStarts": {"@id": "schema:availabilityStarts", "@type": "xsd:dateTime"},
        "availabilityEnds": {"@id": "schema:availabilityEnds", "@type": "xsd:dateTime"},
        # Ours: prices, parties and the life of an agreement.
        "PriceLine": "fh:PriceLine",
        "Party": "fh:Party",
        "amount": "fh:amount",
        "count": "fh:count",
        "currency": "fh:currency",
        "estimate": "fh:estimate",
        "kind": "fh:kind",
        "label": "fh:label",
        "necessity": "fh:necessity",
        "noticePeriod": {"@id": "fh:noticePeriod", "@type": "xsd:duration"},
        "offer": {"@id": "fh:offer", "@type": "@id"},
        "parties": {"@id": "fh:parties", "@container": "@set"},
        "paused": "fh:paused",
        "per": "fh:per",
        "price": {"@id": "fh:price", "@container": "@set"},
        "resumes": {"@id": "fh:resumes", "@type": "xsd:dateTime"},
        "role": "fh:role",
        "salt": "fh:salt",
        "supersedes": {"@id": "fh:supersedes", "@type": "@id"},
        "unit": "fh:unit",
        "until": {"@id": "fh:until", "@type": "xsd:dateTime"},
    },
]

# The same for what has data terms in it: these words would be 3 KB more in every document, so they are at an
# address, and documents without them stay as they were.
TERMS_ACTIVITY_CONTEXT: Final[list[Any]] = [*ACTIVITY_CONTEXT, TERMS_CONTEXT]

USUAL_CONTEXTS: Final = (ACTIVITY_CONTEXT, TERMS_ACTIVITY_CONTEXT, ACTIVITYSTREAMS_CONTEXT)
"""Contexts under which every key of ours means what we take it for.

All are made of text alone, so what equals one is that one, with no number in it.
"""

# `multikey/v1` alone does not define `assertionMethod`, hence `cid/v1`. The two last terms are not in any
# published context that peers already hold, so they are given inline.
ACTOR_CONTEXT: Final[list[Any]] = [
    ACTIVITYSTREAMS_CONTEXT,
    SECURITY_CONTEXT,
    CID_CONTEXT,
    DATA_INTEGRITY_CONTEXT,
    {
        "implements": {"@id": "https://w3id.org/fep/844e/implements", "@type": "@id", "@container": "@list"},
        "manuallyApprovesFollowers": "as:manuallyApprovesFollowers",
    },
]

# What an actor says of itself beyond its name, as other servers write and show it. Only where there is some.
STATEMENT_CONTEXT: Final[dict[str, str]] = {
    "schema": "http://schema.org#",
    "PropertyValue": "schema:PropertyValue",
    "value": "schema:value",
}


# What a business says it accepts of the roster of terms about data.
ACCEPTS_CONTEXT: Final[dict[str, Any]] = {
    "accepts": {"@id": FREEHOLD + "accepts", "@type": "@id", "@container": "@list"}
}


def activity_context(*, with_terms: bool) -> list[Any]:
    """Return the context of an activity of ours, or of an object of one, with or without data terms."""
    return TERMS_ACTIVITY_CONTEXT if with_terms else ACTIVITY_CONTEXT


def currency_iri(code: str) -> str:
    """Return the Wikidata item that names the currency with this ISO 4217 code on the wire.

    Raises:
        Unprocessable: `unknown-currency`, if the code is not in `schemas/currencies.json` to the letter.
    """
    return _known(code)[0]


def minor_units(code: str) -> int:
    """Return how many decimals an amount in this currency may have (2 for EUR, 0 for JPY).

    Raises:
        Unprocessable: `unknown-currency`, as for `currency_iri`.
    """
    return _known(code)[1]


def currency_code(iri: str) -> str:
    """Return the ISO 4217 code of the currency that this Wikidata item names.

    The page's address (FEP-0837's examples) and the entity's (Wikidata's own linked data) name the same item,
    with either scheme.

    Raises:
        Unprocessable: `unknown-currency`, if no currency of the table has the item.
    """
    item = _WIKIDATA.fullmatch(iri)
    try:
        return _codes()[item.group(1) if item else ""]
    except KeyError:
        raise Unprocessable(codes.UNKNOWN_CURRENCY, at="resourceConformsTo") from None


def _known(code: str) -> tuple[str, int]:
    try:
        return _currencies()[code]
    except KeyError:
        raise Unprocessable(codes.UNKNOWN_CURRENCY) from None


@lru_cache(maxsize=1)
def _currencies() -> dict[str, tuple[str, int]]:
    """Read the table once: code -> (item's IRI, minor unit digits)."""
    return {code: (entry["item"], entry["minor_units"]) for code, entry in schemas.currencies().items()}


@lru_cache(maxsize=1)
def _codes() -> dict[str, str]:
    return {iri.rpartition("/")[2]: code for code, (iri, _) in _currencies().items()}
