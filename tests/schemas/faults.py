"""One fault at a time in a valid example, named `<example>.<code of the rule it breaks>`."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

from protocol.strictjson import Document
from tests.schemas.scenario import resign, run

Change = Callable[[Document], Any]

_DISCOUNT = {"type": "PriceLine", "kind": "discount", "currency": "EUR"}


def put(path: str, value: Any) -> Change:
    """Set a member, named by its path: `object.price.0.amount`."""

    def change(document: Document) -> None:
        node, last = _walk(document, path)
        node[last] = value

    return change


def drop(path: str) -> Change:
    """Leave a member out."""

    def change(document: Document) -> None:
        node, last = _walk(document, path)
        del node[last]

    return change


def together(*changes: Change) -> Change:
    """Change several things."""

    def change(document: Document) -> None:
        for one in changes:
            one(document)

    return change


def rename(path: str, name: str) -> Change:
    """Give a member another name."""

    def change(document: Document) -> None:
        node, last = _walk(document, path)
        node[name] = node.pop(last)

    return change


def _walk(document: Document, path: str) -> tuple[Any, Any]:
    node: Any = document
    *steps, last = [int(step) if step.isdecimal() else step for step in path.split(".")]
    for step in steps:
        node = node[step]
    return node, last


def _redefine(term: str, meaning: str) -> Change:
    return lambda document: document["@context"].append({term: meaning})


# Faults in what is said; whoever says it signs it all the same.
SIGNED: dict[str, Change] = {
    # JSON-LD
    "offer.blank-node": put("object.stipulates.satisfies", "_:b0"),
    "offer.context-redefines": _redefine("actor", "https://evil.example/actor"),
    "offer.context-refused": lambda document: document["@context"].append(
        {"@vocab": "https://evil.example/"}
    ),
    "offer.context-unknown": lambda document: document["@context"].append("file:///etc/passwd"),
    "offer.duplicate-term": put("as:actor", "https://evil.example/actors/shop"),
    "offer.json-ld-refused": put("@graph", []),
    # What every activity has
    "offer.unknown-activity": put("type", "Announce"),
    "offer.missing-member": drop("actor"),
    "offer.single-value-expected": put(
        "actor", ["https://bikes.example/actors/bikes", "https://evil.example/"]
    ),
    "offer.reference-expected": put("actor", 7),
    "offer.iri-invalid": put("object.stipulates.satisfies", "https://127.1/intentions/int_1#primary"),
    "offer.malformed-time": put("endTime", "tomorrow"),
    # Terms
    "offer.wrong-type": put("object.type", "Proposal"),
    "offer.wrong-shape": put("object", "https://bikes.example/agreements/agr_1"),
    "offer.unknown-member": put("object.hiddenFee", "30.00"),
    "offer.sum-mismatch": put("object.stipulatesReciprocal.resourceQuantity.hasNumericalValue", "1.00"),
    "offer.inexact-number": put("object.stipulatesReciprocal.resourceQuantity.hasNumericalValue", 2427.6),
    "offer.malformed-number": put("object.stipulatesReciprocal.resourceQuantity.hasNumericalValue", "NaN"),
    "offer.number-too-long": put("object.stipulates.resourceQuantity.hasNumericalValue", "1000000000000"),
    "offer.negative-quantity": put("object.stipulates.resourceQuantity.hasNumericalValue", "-1"),
    "offer.zero-quantity": put("object.stipulates.resourceQuantity.hasNumericalValue", "0"),
    "offer.ends-before-start": put("object.endTime", "2026-05-01T00:00:00Z"),
    "offer.text-too-long": put("object.name", "a" * 201),
    "offer.repeated-property": lambda document: _repeat(
        document["object"]["stipulates"]["additionalProperty"]
    ),
    # Prices
    "offer.malformed-amount": put("object.price.0.amount", "2190.001"),
    "offer.unknown-currency": put("object.price.0.currency", "XXX"),
    "offer.mixed-currencies": put("object.price.0.currency", "USD"),
    "offer.unknown-kind": put("object.price.0.kind", "usage"),
    "offer.unknown-per": put("object.price.1.per", "fortnight"),
    "offer.malformed-recurrence": drop("object.price.1.per"),
    "offer.malformed-rate": put("object.price.0.unit", "hour"),
    "offer.no-leaving": together(
        drop("object.price.1.count"), drop("object.noticePeriod"), drop("object.endTime")
    ),
    "offer.discount-too-large": put("object.price.1", {**_DISCOUNT, "amount": "2190.00"}),
    "offer.too-many": put("object.price", [{"type": "PriceLine"}] * 33),
    # Answers
    "counter-offer.missing-member": drop("object"),
    "leave.missing-member": drop("endTime"),
    "acceptance.malformed-salt": put("result.salt", "too-short"),
    "acceptance.malformed-parties": lambda document: document["result"]["parties"].pop(),
    "acceptance.unknown-role": put("result.parties.0.role", "witness"),
    "acceptance.missing-member": drop("result.stipulates.id"),
}

# Faults in the signature itself.
UNSIGNED: dict[str, Change] = {
    "offer.proof-required": drop("proof"),
    "offer.proof-invalid": put("object.price.0.amount", "1.00"),
    "acceptance.proof-required": rename("proof", "sec:proof"),
    "countersignature.proof-invalid": put("proof.proofPurpose", "authentication"),
    # What has no proof
    "intention.unsupported-purpose": put("object.purpose", "offer"),
    "intention.missing-member": drop("object.publishes"),
    "intention.window-reversed": put("object.availabilityEnds", "2026-05-01T00:00:00Z"),
    "intention.unknown-currency": put(
        "object.reciprocal.resourceConformsTo", "https://www.wikidata.org/wiki/Q1"
    ),
    "intention-paused.wrong-shape": put("object.paused", "yes"),
    "intention-paused.malformed-time": put("object.resumes", "soon"),
    "intention.unknown-necessity": put("object.publishes.additionalProperty.0.necessity", "perhaps"),
    "intention.malformed-specification": drop("object.publishes.additionalProperty.0.maxValue"),
    "actor-organization.actor-inbox": put("inbox", "https://evil.example/inbox"),
    "actor-organization.actor-kind": put("type", "Note"),
    "actor-person.actor-gone": put("type", "Tombstone"),
}


def faulty() -> dict[str, Document]:
    """Return every invalid example by the name of its file."""
    broken: dict[str, Document] = {}
    for name, change in (SIGNED | UNSIGNED).items():
        original = run()[0][name.partition(".")[0]]
        document = deepcopy(original)
        change(document)
        broken[name] = resign(document, like=original) if name in SIGNED else document
    return broken


def _repeat(members: list[Any]) -> None:
    members.append(members[0])
