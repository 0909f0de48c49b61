"""What a file says of data: a policy, terms with one, or a whole offer with terms, read as a node reads it.

Rules here: what a node would refuse is refused with the same code and place, terms whose text is another one
among it. Terms without parties are what somebody states of an offer; they are read as the node reads those.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from node.terminal.failures import Failure, usage
from protocol.documents import Document
from protocol.values import dataclass

if TYPE_CHECKING:
    from node.core.linter import TermsFlag
    from node.terminal.call import CommandCall
    from protocol.drafts import Draft
    from protocol.policies import DataPolicy
    from protocol.rosters import RosterEntry
    from protocol.terms import DataTerms

_PARTIES: Final = frozenset({"firstParty", "secondParty"})


@dataclass(frozen=True, slots=True)
class Proposed:
    """What was read, and as much as there was around it."""

    policy: "DataPolicy"
    terms: "DataTerms | None" = None
    draft: "Draft | None" = None
    at: datetime | None = None  # when it was offered


@dataclass(frozen=True, slots=True)
class Standpoint:
    """Who looks at it: the most they allow, where they live, and what they know of the business."""

    maximum: "RosterEntry | None" = None
    country: str = ""
    published: "tuple[RosterEntry, ...] | None" = None


def read(document: Document, *, currency: str = "", textless: bool = False) -> Proposed:
    """Read what a file holds; `currency` is that of the price, for terms that come without one.

    With `textless`, terms need not state the text that is about to be made of them.

    Raises:
        Failure: it cannot be read, with the code and the place that a node would answer.
    """
    from protocol.errors import ProtocolError

    try:
        return _read(document, currency, textless=textless)
    except ProtocolError as error:
        raise Failure(error.code, error.detail) from error


def flags(proposed: Proposed, standpoint: Standpoint, now: datetime) -> "Sequence[TermsFlag]":
    """Return the flags of what was read, the heaviest first."""
    from node.core.linter import Allowance, Severity, lint, lint_policy, lint_terms

    maximum = None if standpoint.maximum is None else Allowance(standpoint.maximum)
    if proposed.draft is not None:
        at = proposed.at or now
        found = lint(proposed.draft, standpoint.published, maximum, at=at, country=standpoint.country)
    elif proposed.terms is not None:
        found = lint_terms(proposed.terms, standpoint.published, maximum, country=standpoint.country)
    else:
        found = lint_policy(proposed.policy, maximum)
    return sorted(found, key=lambda flag: list(Severity).index(flag.severity))


def show_text(call: "CommandCall", document: Document, language: str, *, currency: str) -> None:
    """Print the plain text of terms, and with JSON its digest, which both sides sign.

    Raises:
        Failure: it cannot be read, names no parties, or the language is none of a plain text.
    """
    from protocol.plain_texts import EDITION, plain_text, text_digest
    from protocol.terms import TermsLanguage

    if language not in list(TermsLanguage):
        spoken = ", ".join(TermsLanguage)
        raise usage(f"{language} is no language of a plain text.", f"The languages are: {spoken}.")
    terms = read(document, currency=currency, textless=True).terms
    if terms is None or not terms.first_party:
        raise usage("A plain text is that of terms between two parties, and this file names none.")
    chosen = TermsLanguage(language)
    text = plain_text(terms, chosen)
    if call.out.machine:
        call.out.document(
            {
                "language": language,
                "edition": EDITION,
                "digest": text_digest(terms, chosen),
                "text": text,
            }
        )
    else:
        call.out.content(text.encode())


def show_agreed_text(call: "CommandCall", deal: Mapping[str, Any], language: str) -> None:
    """Print the plain text of what an offer or an agreement says about data, and in which texts it is signed.

    Raises:
        Failure: it says nothing, or the language is none of a plain text.
    """
    from protocol.plain_texts import EDITION

    terms = deal.get("terms")
    if terms is None:
        raise usage("It says nothing about data: nothing is permitted by it, and there is no text.")
    show_text(call, terms, language, currency=str(deal["currency"]))
    texts = [
        f"{text['inLanguage']}{'' if text['edition'] == EDITION else ' (in an edition not known here)'}"
        for text in terms["plainText"]
    ]
    call.out.say(f"This text is signed in: {', '.join(texts)}.")


def check_text(proposed: Proposed) -> None:
    """Check that the texts that are stated are those of the terms.

    Raises:
        Failure: `text-mismatch`.
    """
    from protocol.errors import ProtocolError
    from protocol.plain_texts import check_texts

    try:
        if proposed.terms is not None:
            check_texts(proposed.terms)
    except ProtocolError as error:
        hint = "freehold terms lint FILE --text en --json shows the text and its digest."
        raise Failure(error.code, error.detail, hint=hint) from error


def _read(document: Document, currency: str, *, textless: bool) -> Proposed:
    from node.core.data_terms import read_stated
    from protocol.agreements import read_agreement
    from protocol.jsonld import ref
    from protocol.offers import read_draft
    from protocol.policy_reading import read_policy
    from protocol.terms import read_data_terms, read_unsealed
    from protocol.times import read_time

    kind = document.get("type")
    if kind == "Offer":
        at = read_time(document["published"]) if "published" in document else None
        draft = read_draft(document.get("object"), author=ref(document.get("actor")))
        return _around(draft.terms, draft, at)
    if kind == "Agreement":
        draft = read_agreement(document).draft if "parties" in document else read_draft(document)
        return _around(draft.terms, draft)
    if _PARTIES & document.keys():
        reader = read_unsealed if textless else read_data_terms
        return _around(reader(document, currency=currency))
    if kind == "Terms" or "policy" in document:
        return _around(read_stated(document, currency=currency))
    if kind != "Set":
        raise usage(
            "This is no policy (of type Set), no terms (Terms) and no offer (Offer).",
            "What an offer says that came: freehold offer show OFFER, and its text with --text en.",
        )
    return Proposed(read_policy(document))


def _around(terms: "DataTerms | None", draft: "Draft | None" = None, at: datetime | None = None) -> Proposed:
    from protocol.policies import DataPolicy

    return Proposed(DataPolicy() if terms is None else terms.policy, terms, draft, at)
