"""Data terms: who may do what with whose data, and on which conditions, as they stand in what is signed.

Rules that hold here:

- The first party is the customer and the second the business, whoever of them offers. What stands between
  anybody else is refused.
- A claim of the roster is checked wherever it is read: the policy is within its entry, or the terms are
  refused.
- Two terms are equal if they mean the same: order, defaults and spellings of one entry make no difference.
- The plain text is not sent. Its digest is, and whoever reads the terms makes the text again.
- Whose terms do not have their context, by its one address and in the document itself, has not said what the
  words mean, and they are not read.

Sources: IEEE 7012-2025 (parties, roster) as DPV 2.3's extension has it; `schemas/shapes/terms.ttl`.
"""

from dataclasses import replace
from enum import StrEnum
from typing import Final

from protocol import codes
from protocol.conditions import Conditions, read_conditions, write_conditions
from protocol.errors import Unprocessable
from protocol.members import (
    missing,
    read_choice,
    read_list,
    read_object,
    read_required_iri,
    read_required_text,
    read_within,
)
from protocol.policies import DataPolicy, in_order, write_policy
from protocol.policy_reading import read_policy
from protocol.rosters import RosterEntry, check_claim, read_claim, write_claim
from protocol.strictjson import Document, Json
from protocol.values import dataclass

TEXTS_LIMIT: Final = 4  # two languages in two editions
_EDITION_LIMIT: Final = 20  # characters
_DIGEST_LIMIT: Final = 64  # "z" and a SHA-256 multihash in base58 are 47 or 48

_TERMS: Final = frozenset(
    {"type", "firstParty", "secondParty", "roster", "policy", "conditions", "plainText"}
)
_TEXT: Final = frozenset({"type", "inLanguage", "edition", "digestMultibase"})
_PROFFER: Final = frozenset({"type", "firstParty", "roster", "asks"})


class TermsLanguage(StrEnum):
    """A language that plain texts are made in."""

    ENGLISH = "en"
    GERMAN = "de"


@dataclass(frozen=True, slots=True)
class PlainText:
    """The plain text of some terms, by what made it and its digest."""

    language: TermsLanguage
    edition: str  # of the generator
    digest: str  # a multibase, of the text's bytes in UTF-8


@dataclass(frozen=True, slots=True)
class DataTerms:
    """What a customer and a business agree on about data, and on which conditions they deal at all.

    Policy and texts are in the order in which they are written.
    """

    first_party: str  # the customer
    second_party: str  # the business
    policy: DataPolicy
    plain_texts: tuple[PlainText, ...]  # one to four
    conditions: Conditions = Conditions()
    roster: RosterEntry | None = None  # None: the business's own terms

    @property
    def parties(self) -> tuple[str, str]:
        """The customer and the business."""
        return self.first_party, self.second_party


@dataclass(frozen=True, slots=True)
class Proffer:
    """The agreement about data that a customer holds out beside a wish, and what must be signed to see it."""

    first_party: str
    roster: RosterEntry
    asks: RosterEntry | None = None


def read_data_terms(json: Json, *, currency: str) -> DataTerms:
    """Read the terms of an agreement whose price is in `currency`.

    Raises:
        Unprocessable: `unknown-language`, `missing-member`, or as `read_unsealed`.
    """
    texts = _read_texts(read_object(json, type="Terms", known=_TERMS))
    return replace(read_unsealed(json, currency=currency), plain_texts=texts)


def read_unsealed(json: Json, *, currency: str) -> DataTerms:
    """Read what terms say and between whom, but not in which texts: there are none, so that they can be made.

    Raises:
        Unprocessable: `parties-mismatch`, `missing-member`, or as `read_unaddressed`.
    """
    document = read_object(json, type="Terms", known=_TERMS)
    first, second = (read_required_iri(document, member) for member in ("firstParty", "secondParty"))
    if first == second:
        raise Unprocessable(codes.PARTIES_MISMATCH, "Someone cannot agree with themselves.")
    unaddressed = read_unaddressed(document, currency=currency)
    return replace(unaddressed, first_party=first, second_party=second)


def read_unaddressed(json: Json, *, currency: str) -> DataTerms:
    """Read what terms say, but not between whom, nor in which texts: there are none, and the parties are "".

    Raises:
        Unprocessable: `policy-exceeds-roster`, or as `policy_reading.read_policy`,
            `conditions.read_conditions` and `rosters.read_claim`.
    """
    document = read_object(json, type="Terms", known=_TERMS)
    roster, conditions = document.get("roster"), document.get("conditions")
    terms = DataTerms(
        first_party="",
        second_party="",
        policy=in_order(read_within("policy", read_policy, document.get("policy"))),
        plain_texts=(),
        conditions=Conditions()
        if conditions is None
        else read_within("conditions", lambda each: read_conditions(each, currency=currency), conditions),
        roster=None if roster is None else read_within("roster", read_claim, roster),
    )
    if terms.roster is not None:
        check_claim(terms.policy, terms.roster)
    return terms


def write_data_terms(terms: DataTerms, *, currency: str) -> Document:
    """Write terms in their canonical form, without what is as it is by default."""
    document: Document = {
        "type": "Terms",
        "firstParty": terms.first_party,
        "secondParty": terms.second_party,
        "policy": write_policy(terms.policy),
        "plainText": [_write_text(text) for text in terms.plain_texts],
    }
    if terms.roster is not None:
        document["roster"] = write_claim(terms.roster)
    if terms.conditions != Conditions():
        document["conditions"] = write_conditions(terms.conditions, currency=currency)
    return document


def check_parties(terms: DataTerms, *, customer: str, business: str) -> None:
    """Check that terms are between these two, each in its place.

    Raises:
        Unprocessable: `parties-mismatch`.
    """
    if terms.parties != (customer, business):
        raise parties_mismatch()


def parties_mismatch() -> Unprocessable:
    """Make the error for terms between others than those who deal."""
    said = "The terms about data are not between the customer, first, and the business, second."
    return Unprocessable(codes.PARTIES_MISMATCH, said, at="terms")


def read_proffer(json: Json) -> Proffer:
    """Read what a customer holds out beside an intention.

    Raises:
        Unprocessable: `missing-member`, or as `rosters.read_claim` and `members.read_object`.
    """
    document = read_object(json, type="Proffer", known=_PROFFER)
    first = read_required_iri(document, "firstParty")
    if document.get("roster") is None:
        raise missing("roster")
    asks = document.get("asks")
    return Proffer(
        first,
        read_within("roster", read_claim, document["roster"]),
        None if asks is None else read_within("asks", read_claim, asks),
    )


def write_proffer(proffer: Proffer) -> Document:
    """Write what a customer holds out beside an intention."""
    document: Document = {
        "type": "Proffer",
        "firstParty": proffer.first_party,
        "roster": write_claim(proffer.roster),
    }
    return document if proffer.asks is None else document | {"asks": write_claim(proffer.asks)}


def _read_texts(document: Document) -> tuple[PlainText, ...]:
    texts = {
        read_within("plainText", _read_text, text)
        for text in read_list(document, "plainText", limit=TEXTS_LIMIT)
    }
    if not texts:
        raise missing("plainText")
    return tuple(sorted(texts, key=lambda text: (text.language.value, text.edition, text.digest)))


def _read_text(json: Json) -> PlainText:
    document = read_object(json, type="PlainText", known=_TEXT)
    language = read_choice(document, "inLanguage", TermsLanguage, codes.UNKNOWN_LANGUAGE)
    if language is None:
        raise missing("inLanguage")
    return PlainText(
        language,
        read_required_text(document, "edition", limit=_EDITION_LIMIT),
        read_required_text(document, "digestMultibase", limit=_DIGEST_LIMIT),
    )


def _write_text(text: PlainText) -> Document:
    return {
        "type": "PlainText",
        "inLanguage": text.language.value,
        "edition": text.edition,
        "digestMultibase": text.digest,
    }
