"""Verify an evidence bundle with nothing but this file, the standard library and `cryptography`.

Written from the protocol's text, not from the node's code, and sharing none of it: what both accept is
accepted for what it says, not for how one program reads it. It takes the protocol's own spelling only, and
JSON without fractions.

    python verifier.py FILE        exit 0 if the bundle holds, 7 if not; one sentence either way

Sources: RFC 8785 (canonical JSON), Data Integrity EdDSA Cryptosuites 1.0 (eddsa-jcs-2022), CID 1.0 (Multikey,
digestMultibase), FEP-0837 and FEP-8b32.
"""

import hashlib
import json
import re
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LIMIT_BYTES = 4 * 1024 * 1024
SKEW = timedelta(seconds=120)
HOLDS = timedelta(days=3)  # an acceptance that names no end
ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

# SHA-256 of the canonical form of the protocol's @context: with another one the same words could mean other
# things.
CONTEXT_SHA256 = "eb64efaa1ab2ea08efbd705e6625954cde5961642897d6b5dae82e7d5fa9f3a8"
# The same with the context of data terms after it: only under that do they mean anything.
TERMS_CONTEXT_SHA256 = "874f808894f11b58568eea88bfc9b60ad091ed96ce8fba5bccf83918c75a5b42"

# Who may do what when, and where it leads.
TABLE = {
    ("none", "offerer", "Offer"): "offered",
    ("offered", "offerer", "Offer"): "offered",
    ("countered", "offerer", "Offer"): "offered",
    ("rejected", "offerer", "Offer"): "offered",
    ("offered", "offeree", "Reject with result"): "countered",
    ("offered", "offeree", "Reject"): "rejected",
    ("countered", "offeree", "Undo"): "rejected",
    ("countered", "offeree", "Reject"): "rejected",
    ("offered", "offeree", "Accept with result"): "accepted",
    ("accepted", "offerer", "Accept"): "concluded",
    ("concluded", "offeree", "Read"): "received",
}

TERMS = {"id", "type", "name", "content", "stipulates", "stipulatesReciprocal", "price", "startTime"}
TERMS |= {"endTime", "noticePeriod", "mediaType", "attributedTo", "terms"}
DATA_TERMS = {"type", "firstParty", "secondParty", "roster", "policy", "conditions", "plainText"}
POLICY = {"type", "policyProfile", "permission", "obligation"}
FINAL = {"attributedTo", "salt", "parties", "offer", "digestMultibase", "published", "supersedes"}
COMMITMENT = {"id", "type", "satisfies", "resourceQuantity", "additionalProperty", "resourceConformsTo"}
COMMITMENT |= {"action"}
ACTIONS = {"transfer", "deliverService"}
LINE = {"type", "kind", "amount", "currency", "label", "per", "count", "until", "unit", "estimate"}
KINDS = {"oneOff", "recurring", "discount", "unitRate"}
PARTY = {"type", "actor", "role", "verificationMethod", "publicKeyMultibase"}
PROOF = {"type", "cryptosuite", "created", "verificationMethod", "proofPurpose", "proofValue"}


class RefusedError(Exception):
    """The bundle does not hold; the message says why."""


class Finding(NamedTuple):
    """What a bundle proves."""

    grade: str
    until: datetime | None
    offerer: str
    offeree: str | None
    agreement: str | None
    total: Decimal
    currency: str
    digests: tuple[str, ...]
    withdrawal: datetime | None = None


def verify(body: bytes) -> Finding:
    """Verify a bundle from its bytes."""
    try:
        return _verify(body)
    except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RecursionError) as error:
        raise RefusedError("it is not built like an evidence bundle") from error


def _verify(body: bytes) -> Finding:
    bundle = parse(body)
    demand(canonical(bundle) == body, "it is not in canonical form")
    demand(bundle.keys() == {"type", "documents", "keys"}, "it has other members than a bundle")
    demand(bundle["type"] == "EvidenceBundle", "it is not an evidence bundle")
    documents, keys = bundle["documents"], bundle["keys"]
    demand(1 <= len(documents) <= 64, "it has too few or too many documents")
    check_signatures(documents, keys)
    if len(documents) == 1 and documents[0]["type"] == "Offer":
        return read_offer(documents[0])
    places = [
        place for place, document in enumerate(documents) if is_accept(document) and "result" in document
    ]
    demand(bool(places) and places[0] > 0, "it has no acceptance of an offer")
    offer, acceptance = documents[places[0] - 1], documents[places[0]]
    agreement = acceptance["result"]
    parties = read_parties(agreement)
    check_signers(documents, parties, keys)
    state = check_history(documents, parties)
    check_chain(documents, agreement)
    check_times(documents, offer, acceptance)
    total = check_agreement(agreement, offer, acceptance)
    until = holds_until(offer, acceptance)
    grade = read_grade(documents, state, until)
    # A later offer says itself what it would replace; the first answers that.
    replaced, stated = agreement.get("supersedes"), "inReplyTo" in offer and offer.get("supersedes")
    vouched = state != "accepted" or replaced in (None, documents[0].get("inReplyTo"))
    demand(replaced == stated if stated else vouched, "it replaces another agreement")
    return Finding(
        grade,
        until,
        parties["offerer"]["actor"],
        parties["offeree"]["actor"],
        agreement["id"],
        total,
        agreement["price"][0]["currency"],
        tuple(digest(document) for document in documents),
        withdrawal_until(agreement),
    )


def demand(holds: bool, reason: str) -> None:
    """Refuse the bundle unless a rule holds."""
    if not holds:
        raise RefusedError(reason)


# JSON


def parse(body: bytes) -> dict[str, Any]:
    """Parse JSON that has one meaning: no member twice, no fraction, no number that a double cannot hold."""
    demand(len(body) <= LIMIT_BYTES, "it is too large")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        demand(len(dict(pairs)) == len(pairs), "an object has a member twice")
        demand(all(name.isascii() for name, _ in pairs), "a member's name is not in ASCII")
        return dict(pairs)

    def refuse(_: str) -> None:
        raise RefusedError("it has a number that is no integer")

    def integer(text: str) -> int:
        demand(len(text) <= 17 and abs(int(text)) < 2**53, "it has a number that not every reader can hold")
        return int(text)

    document = json.loads(
        body.decode(), object_pairs_hook=unique, parse_float=refuse, parse_constant=refuse, parse_int=integer
    )
    if not isinstance(document, dict):
        raise RefusedError("it is not a JSON object")
    return document


def canonical(value: Any) -> bytes:
    """Write JSON the one way RFC 8785 allows, for what `parse` lets pass: no fractions, ASCII names."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


# Keys and signatures


def encode(raw: bytes) -> str:
    """Write base58btc multibase."""
    number, text = int.from_bytes(raw), ""
    while number:
        number, digit = divmod(number, 58)
        text = ALPHABET[digit] + text
    return "z" + "1" * (len(raw) - len(raw.lstrip(b"\0"))) + text


def decode(text: str) -> bytes:
    """Read base58btc multibase, in its one spelling."""
    demand(text[:1] == "z" and len(text) < 100, "a key or signature is not in base58btc")
    number = 0
    for character in text[1:]:
        number = number * 58 + ALPHABET.index(character)
    zeros = len(text[1:]) - len(text[1:].lstrip("1"))
    raw = b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8)
    demand(encode(raw) == text, "a key or signature is not in base58btc")
    return raw


def digest(document: Any) -> str:
    """Name a document by its content: multibase of the multihash of its canonical form."""
    return encode(b"\x12\x20" + hashlib.sha256(canonical(document)).digest())


def read_key(text: str) -> Ed25519PublicKey:
    """Read an Ed25519 Multikey, unless anyone could sign with it."""
    raw = decode(text)
    demand(raw[:2] == b"\xed\x01" and len(raw) == 34, "a key is not an Ed25519 key")
    p = 2**255 - 19
    y = int.from_bytes(raw[2:], "little") % 2**255
    d = -121665 * pow(121666, -1, p)
    # The points of order 1, 2, 4 and 8 have y = 1, -1, 0 and the roots of d y^4 + 2 y^2 - 1.
    small = y in (0, 1, p - 1) or (d * y**4 + 2 * y**2 - 1) % p == 0
    demand(y < p and not small, "a key is weak")
    return Ed25519PublicKey.from_public_bytes(raw[2:])


def check_signatures(documents: list[Any], keys: dict[str, str]) -> None:
    """Check every proof with the bundle's key for it, and that no key is left over."""
    for document in documents:
        check_proof(document, read_key(keys[document["proof"]["verificationMethod"]]))
    demand(
        keys.keys() == {document["proof"]["verificationMethod"] for document in documents},
        "a key is left over",
    )


def check_signers(documents: list[Any], parties: dict[str, Any], keys: dict[str, str]) -> None:
    """Check that its actor signed each document with the key the agreement names for it."""
    for document in documents:
        party = parties[role_of(document, parties)]
        method = document["proof"]["verificationMethod"]
        demand(keys[method] == party["publicKeyMultibase"], "the bundle and the agreement name other keys")
        origins = {
            origin(method),
            origin(party["verificationMethod"]),
            origin(document["id"]),
            origin(document["actor"]),
        }
        demand(len(origins) == 1, "a document or a key is not of its actor's origin")


def check_proof(document: dict[str, Any], key: Ed25519PublicKey) -> None:
    """Check the one proof of a document."""
    proof, bare = document["proof"], {name: value for name, value in document.items() if name != "proof"}
    context = canonical(bare["@context"])
    known = [TERMS_CONTEXT_SHA256] if has_data_terms(bare) else [CONTEXT_SHA256, TERMS_CONTEXT_SHA256]
    demand(hashlib.sha256(context).hexdigest() in known, "a document has an unknown context")
    demand(PROOF <= proof.keys() <= PROOF | {"@context"}, "a proof has unknown members")
    profile = (proof["type"], proof["cryptosuite"], proof["proofPurpose"])
    demand(
        profile == ("DataIntegrityProof", "eddsa-jcs-2022", "assertionMethod"), "a proof is of another kind"
    )
    demand(proof.get("@context", bare["@context"]) == bare["@context"], "a proof has another context")
    options = {name: value for name, value in proof.items() if name != "proofValue"}
    variants = [options] if "@context" in options else [options, options | {"@context": bare["@context"]}]
    signature = decode(proof["proofValue"])
    demand(any(verifies(key, signature, variant, bare) for variant in variants), "a signature does not fit")


def has_data_terms(document: dict[str, Any]) -> bool:
    """Tell whether what a document offers, asks for or concludes has data terms."""
    parts = [document.get("object"), document.get("result")]
    return any(isinstance(part, dict) and "terms" in part for part in parts)


def verifies(key: Ed25519PublicKey, signature: bytes, options: Any, bare: Any) -> bool:
    """Try one signature over one pair of options and document."""
    message = hashlib.sha256(canonical(options)).digest() + hashlib.sha256(canonical(bare)).digest()
    try:
        key.verify(signature, message)
    except InvalidSignature:
        return False
    return True


# The negotiation


def is_accept(document: dict[str, Any]) -> bool:
    """Tell whether a document is an Accept."""
    return bool(document["type"] == "Accept")


def origin(iri: str) -> str:
    """Return scheme and host of an address."""
    match = re.match(r"https?://[^/?#]+", iri)
    demand(match is not None, "an address is no web address")
    return match[0].lower() if match else ""


def read_parties(agreement: dict[str, Any]) -> dict[str, Any]:
    """Return the two parties of an agreement by their role."""
    parties = {party["role"]: party for party in agreement["parties"]}
    demand(
        parties.keys() == {"offerer", "offeree"} and len(agreement["parties"]) == 2,
        "there are not two parties",
    )
    for party in agreement["parties"]:
        demand(party.keys() == PARTY and party["type"] == "Party", "a party has unknown members")
    for member in ("actor", "publicKeyMultibase"):
        demand(parties["offerer"][member] != parties["offeree"][member], "both parties are the same")
    return parties


def role_of(document: dict[str, Any], parties: dict[str, Any]) -> str:
    """Say in which role a document's actor acts."""
    for role, party in parties.items():
        if party["actor"] == document["actor"]:
            return role
    raise RefusedError("a document is by someone who is no party")


def check_history(documents: list[Any], parties: dict[str, Any]) -> str:
    """Run the documents through the table; return where they end."""
    state = "none"
    for document in documents:
        event = document["type"] + (" with result" if "result" in document else "")
        step = (state, role_of(document, parties), event)
        demand(step in TABLE, "the documents break the rules of a negotiation")
        state = TABLE[step]
    demand(state in ("accepted", "concluded", "received"), "the documents do not end in an agreement")
    return state


def check_chain(documents: list[Any], agreement: dict[str, Any]) -> None:
    """Check that each document answers the one before it, in one negotiation, addressed to the other side."""
    actors = {document["actor"] for document in documents}
    for before, document in zip([None, *documents], documents, strict=False):
        demand(document["context"] == documents[0]["context"], "a document is of another negotiation")
        demand(actors - {document["actor"]} <= set(document["to"]), "a document is addressed to someone else")
        if before is not None:
            answered = agreement if "result" in before and is_accept(before) else before
            named = document["inReplyTo" if document["type"] == "Offer" else "object"]
            demand(named == answered["id"], "a document answers something else")
            demand(document["digestMultibase"] == digest(answered), "a document answers other bytes")


def check_times(documents: list[Any], offer: dict[str, Any], acceptance: dict[str, Any]) -> None:
    """Check that time runs forward, and that the offer had not expired."""
    for clock in (signed_at, published_at):
        moments = [clock(document) for document in documents]
        for before, after in pairwise(moments):
            demand(after >= before - SKEW, "a document is older than the one it answers")
    if "endTime" in offer:
        demand(signed_at(acceptance) <= moment(offer["endTime"]) + SKEW, "the offer had expired")


def holds_until(offer: dict[str, Any], acceptance: dict[str, Any]) -> datetime:
    """Say by when the acceptance had to be countersigned: never later than the offer ended."""
    ends = [moment(offer["endTime"])] if "endTime" in offer else []
    if "endTime" in acceptance:
        until = moment(acceptance["endTime"])
        demand(not ends or until <= ends[0], "the acceptance holds longer than the offer")
    else:
        until = min(published_at(acceptance), signed_at(acceptance)) + HOLDS
    return min([until, *ends])


def read_grade(documents: list[Any], state: str, until: datetime) -> str:
    """Say how much the documents prove."""
    if state == "accepted":
        return "accepted"
    received = state == "received"
    countersignature = documents[-2 if received else -1]
    demand(
        signed_at(countersignature) - until <= SKEW, "it was countersigned after the acceptance had lapsed"
    )
    in_time = received and signed_at(documents[-1]) - until <= SKEW
    return "received-in-time" if in_time else "signed-by-both"


def moment(text: str) -> datetime:
    """Read a moment with its offset."""
    at = datetime.fromisoformat(text)
    demand(at.tzinfo is not None, "a time has no offset")
    return at.astimezone(UTC)


def signed_at(document: dict[str, Any]) -> datetime:
    """Say when a document was signed."""
    return moment(document["proof"]["created"])


def published_at(document: dict[str, Any]) -> datetime:
    """Say when a document was published, or signed if it does not say."""
    return moment(document.get("published", document["proof"]["created"]))


# The agreement


def read_offer(offer: dict[str, Any]) -> Finding:
    """Check an offer that stands alone; return what its signer offered."""
    terms, method = offer["object"], offer["proof"]["verificationMethod"]
    demand(
        len({origin(method), origin(offer["id"]), origin(offer["actor"])}) == 1,
        "the offer is of another origin",
    )
    demand(terms["type"] == "Agreement" and terms.keys() <= TERMS, "the offer has unknown members")
    demand(terms.get("attributedTo", offer["actor"]) == offer["actor"], "the offer is attributed to another")
    read_terms(terms)
    check_data_terms(terms, {offer["actor"]})
    check_dates(terms)
    total = add_up(terms)
    demand(read_quantity(terms["stipulatesReciprocal"])[1] == total, "the price lines do not add up")
    until = moment(offer["endTime"]) if "endTime" in offer else None
    currency = terms["price"][0]["currency"]
    return Finding("offered", until, offer["actor"], None, None, total, currency, (digest(offer),))


def check_agreement(agreement: dict[str, Any], offer: dict[str, Any], acceptance: dict[str, Any]) -> Decimal:
    """Check that the agreement is the offer, made final by its acceptance; return what it comes to."""
    demand(agreement.keys() <= TERMS | FINAL, "the agreement has unknown members")
    demand(offer["object"].keys() <= TERMS, "the offer has unknown members")
    author = offer["object"].get("attributedTo", offer["actor"])
    demand(author == offer["actor"], "the offer is attributed to another")
    demand(agreement["type"] == offer["object"]["type"] == "Agreement", "the agreement is none")
    demand(read_terms(agreement) == read_terms(offer["object"]), "the agreement is not what was offered")
    demand(agreement["offer"] == offer["id"], "the agreement names another offer")
    demand(agreement["digestMultibase"] == digest(offer), "the agreement names other bytes of the offer")
    demand(agreement["attributedTo"] == acceptance["actor"], "the agreement is not by whoever accepts")
    demand(
        origin(agreement["id"]) == origin(acceptance["actor"]), "the agreement's address is not its author's"
    )
    demand(re.fullmatch(r"[\w-]{22}", agreement["salt"], re.ASCII) is not None, "the agreement has no salt")
    demand(
        "id" in agreement["stipulates"] and "id" in agreement["stipulatesReciprocal"],
        "a commitment has no id",
    )
    check_data_terms(agreement, {offer["actor"], acceptance["actor"]})
    check_dates(agreement)
    total = add_up(agreement)
    demand(read_quantity(agreement["stipulatesReciprocal"])[1] == total, "the price lines do not add up")
    return total


def read_terms(agreement: dict[str, Any]) -> list[Any]:
    """Return the terms as values: "24.9" equals "24.90", and a moment itself in another zone."""
    primary, reciprocal = agreement["stipulates"], agreement["stipulatesReciprocal"]
    for commitment in (primary, reciprocal):
        demand(commitment["type"] == "Commitment", "a commitment is none")
        demand(commitment.keys() <= COMMITMENT, "a commitment has unknown members")
        demand(commitment.get("action", "transfer") in ACTIONS, "a commitment is to do something else")
    marked = any(sign in agreement.get("content", "") for sign in "<&")
    demand(agreement.get("mediaType") == "text/plain" or not marked, "the terms in words are hypertext")
    texts = [agreement.get(member, "") for member in ("name", "content", "noticePeriod")]
    moments = [moment(agreement[member]) for member in ("startTime", "endTime") if member in agreement]
    places = [member for member in ("startTime", "endTime") if member in agreement]
    properties = primary.get("additionalProperty", [])
    promises = [(part["satisfies"], read_quantity(part)) for part in (primary, reciprocal)]
    currency = reciprocal["resourceConformsTo"]
    return [
        texts,
        moments,
        places,
        promises,
        primary.get("resourceConformsTo", ""),
        properties,
        currency,
        [read_line(line) for line in agreement["price"]],
        agreement.get("terms"),
    ]


def check_data_terms(agreement: dict[str, Any], actors: set[str]) -> None:
    """Check that what an agreement says about data, if anything, is said by these; what it permits is not.

    Nor is the plain text made again, for which the words of its edition are needed: the digest that was
    signed is that of a text which somebody has.
    """
    if "terms" not in agreement:
        return
    terms, policy = agreement["terms"], agreement["terms"]["policy"]
    demand(terms["type"] == "Terms" and terms.keys() <= DATA_TERMS, "the data terms have unknown members")
    demand(policy["type"] == "Set" and policy.keys() <= POLICY, "the policy has unknown members")
    demand(
        policy["policyProfile"] == "https://w3id.org/freehold/policy/1", "the policy is of another profile"
    )
    named = {terms["firstParty"], terms["secondParty"]}
    demand(len(named) == 2 and actors <= named, "the data terms are between others")
    demand(1 <= len(terms["plainText"]) <= 4, "the data terms have no plain text, or too many")


def withdrawal_until(agreement: dict[str, Any]) -> datetime | None:
    """Return until when the customer may withdraw; None if the agreement gives them no time."""
    if "terms" not in agreement:
        return None
    written = agreement["terms"].get("conditions", {}).get("withdrawalPeriod", "P14D")
    demand(re.fullmatch(r"P\d{1,5}D", written, re.ASCII) is not None, "the time to withdraw is none")
    days = int(written[1:-1])
    return moment(agreement["published"]) + timedelta(days=days) if days else None


def read_quantity(commitment: dict[str, Any]) -> tuple[str, Decimal]:
    """Return unit and amount of a commitment."""
    quantity = commitment["resourceQuantity"]
    demand(quantity.keys() == {"hasUnit", "hasNumericalValue"}, "a quantity has unknown members")
    return quantity["hasUnit"], Decimal(quantity["hasNumericalValue"])


def read_line(line: dict[str, Any]) -> list[Any]:
    """Return a price line as values."""
    demand(line["type"] == "PriceLine" and line.keys() <= LINE, "a price line has unknown members")
    kind, recurs = line["kind"], "per" in line
    demand(kind in KINDS, "a price line is of an unknown kind")
    demand(
        kind not in ("oneOff", "recurring") or recurs == (kind == "recurring"), "a price line is half said"
    )
    demand(("count" in line) + ("until" in line) <= recurs, "a price line is half said")
    by_unit = kind == "unitRate"
    demand(("unit" in line) == ("estimate" in line) == by_unit, "a price for each unit is half said")
    demand(
        re.fullmatch(r"\d{1,12}(\.\d{1,6})?", line["amount"], re.ASCII) is not None, "an amount is no amount"
    )
    until = moment(line["until"]) if "until" in line else None
    estimate = Decimal(line["estimate"]) if by_unit else None
    rest = [line.get(member) for member in ("kind", "currency", "per", "count", "unit")]
    return [Decimal(line["amount"]), line.get("label", ""), until, estimate, *rest]


def add_up(agreement: dict[str, Any]) -> Decimal:
    """Add up what is owed: every due date of every line, or, where that is open, what is owed at least."""
    lines = agreement["price"]
    demand(len({line["currency"] for line in lines}) == 1, "the price is in several currencies")
    runs_on = [line for line in lines if "per" in line and not {"count", "until"} & line.keys()]
    demand(
        not runs_on or "noticePeriod" in agreement or "endTime" in agreement,
        "a price runs on without a way out",
    )
    known = not any(line["kind"] == "unitRate" for line in lines)
    known = known and not (runs_on and "noticePeriod" in agreement)
    owed = Decimal(0)
    for line in lines:
        if line["kind"] == "unitRate":
            continue
        times = times_due(line, agreement)
        if line["kind"] == "discount":
            early = 1 if "per" not in line else times_at_least(line, agreement)
            leaves = not known and "noticePeriod" in agreement
            owed -= Decimal(line["amount"]) * (min(times, early) if leaves else times)
        else:
            owed += Decimal(line["amount"]) * times
    return max(owed, Decimal(0))


def times_due(line: dict[str, Any], agreement: dict[str, Any]) -> int:
    """Count how often a line is due: its count, or every period that starts before its end."""
    if "per" not in line or "count" in line:
        return int(line.get("count", 1))
    if "until" not in line and "noticePeriod" in agreement:
        return times_at_least(line, agreement)
    end = line["until"] if "until" in line else agreement["endTime"]
    start, until, times = moment(agreement["startTime"]), moment(end), 0
    demand(start < until, "a price ends before it starts")
    while step(start, line["per"], times) < until:
        times += 1
    return times


def times_at_least(line: dict[str, Any], agreement: dict[str, Any]) -> int:
    """Count how often a line is due before whoever gives notice at the start is free: once at least."""
    if "startTime" not in agreement or "noticePeriod" not in agreement:
        return 1
    start = moment(agreement["startTime"])
    length = {unit: int(number) for number, unit in re.findall(r"(\d+)([YMWD])", agreement["noticePeriod"])}
    free = step(start, "month", length.get("Y", 0) * 12 + length.get("M", 0))
    free += timedelta(weeks=length.get("W", 0), days=length.get("D", 0))
    if "endTime" in agreement:
        free = min(free, moment(agreement["endTime"]))
    times = 1
    while step(start, line["per"], times) < free:
        times += 1
    return times


def check_dates(agreement: dict[str, Any]) -> None:
    """Check that end, notice and payments fit together."""
    years, months, weeks, days = read_notice(agreement.get("noticePeriod", "P1D"))
    length = 30 * (12 * years + months) + 7 * weeks + days
    demand(0 < length <= 3_660, "the notice period is of no length, or of a lifetime")
    if "startTime" not in agreement or "endTime" not in agreement:
        return
    start, end = moment(agreement["startTime"]), moment(agreement["endTime"])
    demand(start < end, "the agreement ends before it starts")
    if "noticePeriod" in agreement:
        later = step(start, "month", 12 * years + months) + timedelta(weeks=weeks, days=days)
        demand(later <= end, "the notice period is longer than the agreement")
    for line in agreement["price"]:
        last = step(start, line.get("per", "day"), times_due(line, agreement) - 1)
        demand(last <= end, "a payment is due after the end")


def read_notice(text: str) -> list[int]:
    """Return the years, months, weeks and days of a period."""
    found = re.fullmatch(r"P(?=\d)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?", text, re.ASCII)
    demand(found is not None, "the notice period is none")
    return [int(number or 0) for number in found.groups()] if found else []


def step(start: datetime, per: str, times: int) -> datetime:
    """Return the start of a period, on the last day of a month that has no such day."""
    if per in ("day", "week"):
        return start + timedelta(days=times * (7 if per == "week" else 1))
    months = start.year * 12 + start.month - 1 + times * {"month": 1, "year": 12}[per]
    for day in range(start.day, 27, -1):
        try:
            return start.replace(year=months // 12, month=months % 12 + 1, day=day)
        except ValueError:
            continue
    return start.replace(year=months // 12, month=months % 12 + 1)


def main(arguments: list[str]) -> int:
    """Verify the file named on the command line."""
    if len(arguments) != 2:
        print("Usage: python verifier.py FILE", file=sys.stderr)
        return 2
    try:
        found = verify(Path(arguments[1]).read_bytes())
    except OSError as error:
        print(f"Not read: {error.strerror}.", file=sys.stderr)
        return 2
    except RefusedError as refused:
        print(f"Not verified: {refused}.")
        return 7
    print(f"Verified: {describe(found)}.")
    return 0


def describe(found: Finding) -> str:
    """Say in a sentence what was found."""
    price = f"{found.total} {found.currency} in all"
    until = "" if found.until is None else f" until {found.until.isoformat()}"
    if found.agreement is None:
        return f"{found.offerer} offered {price}{until}"
    signed = {
        "accepted": f"accepted, to be countersigned{until}",
        "signed-by-both": "signed by both sides",
        "received-in-time": "signed by both sides and received in time",
    }[found.grade]
    return f"{found.offerer} and {found.offeree} agreed on {found.agreement}, {price}; {signed}"


if __name__ == "__main__":
    sys.exit(main(sys.argv))
