"""Disclosures: the facts that a customer's node answers a reading with.

Rules that hold here:

- It has no proof: what a person's facts were at a moment is told to one business, and is nothing to show
  around.
- It names its grant and agreement by their digests, and counts: each answer under a grant has a serial of its
  own.
- It has fields of its grant and no others. One that the customer has not filled in is left out.
- The salt keeps its digest, which both ends keep, from being guessed once the values are gone.

Sources: schema.org (PropertyValue), CID 1.0 (digestMultibase).
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final, TypeAlias

from protocol import codes
from protocol.canonical import digest_of
from protocol.errors import Unprocessable
from protocol.members import (
    missing,
    read_list,
    read_object,
    read_required_iri,
    read_required_moment,
    read_required_salt,
    read_required_text,
    read_within,
)
from protocol.registries import fields
from protocol.strictjson import Document, Json
from protocol.times import render_time
from protocol.values import dataclass

LIMIT_BYTES: Final = 65_536
SERIAL_LIMIT: Final = 2**53 - 1
_FIELDS_LIMIT: Final = 32
VALUES_LIMIT: Final = 16  # of one field, such as languages
VALUE_LIMIT: Final = 2_048  # characters
_DIGEST_LIMIT: Final = 64
_MEMBERS: Final = frozenset(
    {
        "@context",
        "id",
        "type",
        "attributedTo",
        "to",
        "grant",
        "grantDigest",
        "agreement",
        "agreementDigest",
        "serial",
        "salt",
        "published",
        "additionalProperty",
    }
)
_PROPERTY: Final = frozenset({"type", "propertyID", "value"})

FactValue: TypeAlias = str | bool | list[str]
"""What a field says: a text, an answer of yes or no, or several texts."""


@dataclass(frozen=True, slots=True)
class Disclosure:
    """Facts by their field (IRI), as they were when they were read.

    `iri` is the address that was read; grant and agreement are IRIs with their digests (multibase).
    """

    iri: str
    customer: str
    business: str
    grant: str
    grant_digest: str
    agreement: str
    agreement_digest: str
    serial: int
    salt: str
    published: datetime
    facts: Mapping[str, FactValue]


def render_disclosure(disclosure: Disclosure) -> Document:
    """Write a disclosure, without a context."""
    return {
        "id": disclosure.iri,
        "type": "Disclosure",
        "attributedTo": disclosure.customer,
        "to": [disclosure.business],
        "grant": disclosure.grant,
        "grantDigest": disclosure.grant_digest,
        "agreement": disclosure.agreement,
        "agreementDigest": disclosure.agreement_digest,
        "serial": disclosure.serial,
        "salt": disclosure.salt,
        "published": render_time(disclosure.published),
        "additionalProperty": [
            {"type": "PropertyValue", "propertyID": field, "value": disclosure.facts[field]}
            for field in sorted(disclosure.facts)
        ],
    }


def disclosure_digest(disclosure: Disclosure) -> str:
    """Return the digest that both ends keep of a disclosure: of its canonical form without a context."""
    return digest_of(render_disclosure(disclosure))


def read_disclosure(document: Document) -> Disclosure:
    """Read a disclosure, in our plain keys.

    Raises:
        Unprocessable: `proof-forbidden`, `unknown-member`, `unknown-field`, `malformed-salt`,
            `malformed-count`, `wrong-shape`, `too-many`, or as `members.read_object`.
    """
    if "proof" in document:
        raise Unprocessable(codes.PROOF_FORBIDDEN)
    read_object(document, type="Disclosure", known=_MEMBERS)
    told = read_list(document, "to", limit=1)
    if not told:
        raise missing("to")
    return Disclosure(
        iri=read_required_iri(document, "id"),
        customer=read_required_iri(document, "attributedTo"),
        business=read_required_iri({"to": told[0]}, "to"),
        grant=read_required_iri(document, "grant"),
        grant_digest=read_required_text(document, "grantDigest", limit=_DIGEST_LIMIT),
        agreement=read_required_iri(document, "agreement"),
        agreement_digest=read_required_text(document, "agreementDigest", limit=_DIGEST_LIMIT),
        serial=_read_serial(document.get("serial")),
        salt=read_required_salt(document),
        published=read_required_moment(document, "published"),
        facts=_read_facts(document),
    )


def _read_serial(json: Json) -> int:
    if isinstance(json, bool) or not isinstance(json, int) or not 1 <= json <= SERIAL_LIMIT:
        raise Unprocessable(codes.MALFORMED_COUNT, "The serial is not a whole number from 1.")
    return json


def _read_facts(document: Document) -> dict[str, FactValue]:
    facts: dict[str, FactValue] = {}
    for each in read_list(document, "additionalProperty", limit=_FIELDS_LIMIT):
        field, value = read_within("additionalProperty", _read_fact, each)
        if field in facts:
            raise Unprocessable(codes.WRONG_SHAPE, "A field is told twice.")
        facts[field] = value
    return facts


def _read_fact(json: Json) -> tuple[str, FactValue]:
    document = read_object(json, type="PropertyValue", known=_PROPERTY)
    field = read_required_text(document, "propertyID")
    if field not in fields().words:
        raise Unprocessable(codes.UNKNOWN_FIELD, at="propertyID")
    return field, _read_value(document.get("value"))


def _read_value(json: Any) -> FactValue:
    if isinstance(json, bool):
        return json
    texts = json if isinstance(json, list) else [json]
    if not 0 < len(texts) <= VALUES_LIMIT or not all(map(_is_text, texts)):
        raise Unprocessable(codes.WRONG_SHAPE, "A value is a text, yes or no, or a few texts.", at="value")
    return [*texts] if isinstance(json, list) else str(json)


def _is_text(json: Json) -> bool:
    return isinstance(json, str) and 0 < len(json) <= VALUE_LIMIT
