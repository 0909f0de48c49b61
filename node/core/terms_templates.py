"""The template of a shop's terms about data: what each of its offers says, before it is addressed.

Rules that hold here:

- A template is read as terms are that an owner states of an offer: between whom, and in which texts, is
  filled in for each.
- It names no amount of money: an offer is in the currency of the wish, and a number is worth another in each.
- What a customer would see of it is judged as of one who has set nothing.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from node.core import codes
from node.core.data_terms import read_stated
from node.core.linter import FLAGS, Allowance, Severity, TermsFlag, lint_terms
from node.core.term_settings import first_term_settings
from protocol.canonical import digest_of
from protocol.drafts import Draft
from protocol.errors import Unprocessable
from protocol.offers import change
from protocol.plain_texts import plain_text
from protocol.policies import Bounds, DataPolicy, write_policy
from protocol.policy_order import is_within
from protocol.registries import SHARE, SHARE_ANONYMISED, actions
from protocol.rosters import RosterEntry, entries
from protocol.strictjson import Document
from protocol.terms import DataTerms, TermsLanguage, write_data_terms
from protocol.values import dataclass

_ADDRESSED: Final = frozenset({"firstParty", "secondParty", "plainText"})
_ANY: Final = "EUR"  # no amount is read in it
# Where a text that is shown beforehand names whoever will be the customer.
_SOMEBODY: Final = {TermsLanguage.ENGLISH: "(the customer)", TermsLanguage.GERMAN: "(Kundin oder Kunde)"}

SENT: Final = "sent"
"""Under this name it is counted how many offers were made with a template."""
REFUSING: Final = (codes.TERMS_REFUSED, codes.TERMS_TOO_WIDE)
"""The codes with which a customer takes no offer for its terms about data."""


@dataclass(frozen=True, slots=True)
class TermsTemplate:
    """Terms that are between nobody yet, and the digest by which they are told from others."""

    terms: DataTerms
    digest: str


def read_terms_template(json: Any) -> TermsTemplate:
    """Read `{"policy", "conditions"?, "roster"?}` as a template.

    Raises:
        Unprocessable: `terms-template`, or as `data_terms.read_stated`.
    """
    terms = read_stated(json, currency=_ANY)
    if terms is None:
        raise Unprocessable(codes.TERMS_TEMPLATE, "A template has a policy.")
    if terms.conditions.cancellation_fee:
        raise Unprocessable(codes.TERMS_TEMPLATE, "A template has no cancellation fee.")
    return TermsTemplate(terms, digest_of(render_terms_template(terms)))


def kept_terms_template(document: Any, digest: str) -> TermsTemplate:
    """Return a template as it was read once, with the digest that it had then."""
    terms = read_stated(document, currency=_ANY)
    assert terms is not None  # noqa: S101 - it was read before it was kept
    return TermsTemplate(terms, digest)


def render_terms_template(terms: DataTerms) -> Document:
    """Write a template: as it is kept, and as its owner reads it."""
    written = write_data_terms(terms, currency=_ANY)
    return {member: value for member, value in written.items() if member not in _ADDRESSED}


def fill_in(draft: Draft, template: TermsTemplate) -> Draft:
    """Return a draft with the terms of a template, to be addressed as what is newly stated."""
    return change(draft, {"terms": template.terms})


def is_filled_in(draft: Draft, template: TermsTemplate) -> bool:
    """Tell whether a draft, addressed or not, says what a template says."""
    said = draft.terms
    return said is not None and template.terms == replace(
        said, first_party="", second_party="", plain_texts=()
    )


def flags_for_customers(
    template: TermsTemplate, published: tuple[RosterEntry, ...] | None
) -> Sequence[TermsFlag]:
    """Return what a customer who has set nothing would see of it, the heaviest first.

    `published` is what the business says in public that it accepts, None if it says nothing.
    """
    found = lint_terms(template.terms, published, Allowance(first_term_settings().maximum))
    return sorted(found, key=lambda flag: list(Severity).index(flag.severity))


def kept_to(template: TermsTemplate) -> Sequence[str]:
    """Return the entries of the roster that allow all of it, by their names."""
    return [entry.name for entry in entries() if is_within(template.terms.policy, entry.template)]


def texts_of(template: TermsTemplate, business: str) -> dict[str, str]:
    """Return what a customer reads of it, by language; `business` is its address."""
    return {
        language.value: plain_text(
            replace(template.terms, first_party=_SOMEBODY[language], second_party=business), language
        )
        for language in TermsLanguage
    }


def compose(entry: RosterEntry, fields: int, *, days_after_end: int, places: int | None) -> Document:
    """Write a template that keeps to an entry of the roster, for these fields alone.

    All of it ends so many days after the agreement; `places` is where it is done, None if it is not said.
    Nothing is shared: with whom is to be named, and stands in a document of one's own.
    """
    shared = actions().set_of((SHARE, SHARE_ANONYMISED))
    limits = Bounds(places=places, days_after_end=days_after_end)
    permissions = [
        replace(each, fields=fields & each.fields, limits=limits)
        for each in entry.template.permissions
        if each.fields & fields and not each.actions & shared
    ]
    policy = DataPolicy(tuple(permissions), entry.template.duties)
    return {"roster": entry.name, "policy": write_policy(policy)}


def counted(reasons: Sequence[str]) -> tuple[str, ...]:
    """Return what is counted of a refusal, by what it says: a code and flags; nothing if it is for no terms.

    What the other side calls a flag and we do not know is not counted.
    """
    if not reasons or reasons[0] not in REFUSING:
        return ()
    known = {flag.code for flag in FLAGS}
    return reasons[0], *sorted(known.intersection(reasons[1:]))
