"""Data terms as the owner's programs state them and as a node takes them: between whom, and in which text.

Rules that hold here:

- A policy and conditions stand as on the wire, an entry of the roster may be named by its name alone. Parties
  and plain texts are the node's to fill in: what the owner says of them is passed over.
- Who states what stands already states nothing new: the terms stay as the other end wrote them.
"""

from dataclasses import replace
from typing import Any

from protocol import codes
from protocol.errors import Unprocessable
from protocol.offers import Draft, change
from protocol.plain_texts import EDITION, check_texts, text_digest
from protocol.rosters import NAMESPACE, entry_of, write_claim
from protocol.strictjson import Document
from protocol.terms import (
    DataTerms,
    PlainText,
    TermsLanguage,
    check_parties,
    read_unaddressed,
    write_data_terms,
)

_FILLED_IN = frozenset({"firstParty", "secondParty", "plainText"})


def read_stated(json: Any, *, currency: str) -> DataTerms | None:
    """Read `{"policy", "conditions"?, "roster"?}` as terms that are between nobody yet; None for null.

    Raises:
        Unprocessable: `wrong-shape`, `roster-unknown`, or as `terms.read_unaddressed`.
    """
    if json is None:
        return None
    if not isinstance(json, dict):
        raise Unprocessable(codes.WRONG_SHAPE, "Data terms are not an object.")
    stated = {member: value for member, value in json.items() if member not in _FILLED_IN}
    if isinstance(stated.get("roster"), str):
        stated["roster"] = _claim(stated["roster"])
    if isinstance(stated.get("conditions"), dict):
        stated["conditions"] = {"type": "Conditions", **stated["conditions"]}
    return read_unaddressed({"type": "Terms", **stated}, currency=currency)


def _claim(name: str) -> Document:
    entry = entry_of(name) or entry_of(NAMESPACE + name)
    if entry is None:
        raise Unprocessable(codes.ROSTER_UNKNOWN)
    return write_claim(entry)


def keep(before: DataTerms | None, stated: DataTerms | None) -> DataTerms | None:
    """Return the terms that stood before if what is stated is the same, else what is stated."""
    return before if before is not None and _unaddressed(before) == stated else stated


def _unaddressed(terms: DataTerms) -> DataTerms:
    return replace(terms, first_party="", second_party="", plain_texts=())


def address(draft: Draft, ends: tuple[str, str]) -> Draft:
    """Return the draft with its data terms, if newly stated, between these ends and with their plain texts.

    `ends` are the customer and the business.
    """
    terms = draft.terms
    if terms is None or terms.plain_texts:
        return draft
    addressed = replace(terms, first_party=ends[0], second_party=ends[1])
    texts = [
        PlainText(language, EDITION, text_digest(addressed, language))
        for language in sorted(TermsLanguage, key=lambda language: language.value)
    ]
    return change(draft, {"terms": replace(addressed, plain_texts=tuple(texts))})


def check_data_terms(draft: Draft, ends: tuple[str, str]) -> None:
    """Check that data terms, if there are any, are between these ends, and that their texts say just them.

    `ends` are the customer and the business.

    Raises:
        Unprocessable: `parties-mismatch`, `text-mismatch`.
    """
    if draft.terms is not None:
        customer, business = ends
        check_parties(draft.terms, customer=customer, business=business)
        check_texts(draft.terms)


def view(draft: Draft) -> Document | None:
    """Show the data terms of a draft as they stand on the wire; null if it has none."""
    return None if draft.terms is None else write_data_terms(draft.terms, currency=draft.currency)
