"""Data terms as the owner's programs state them and as a node takes them: between whom, and in which text.

Rules that hold here:

- A policy and conditions stand as on the wire, an entry of the roster may be named by its name alone. Parties
  and plain texts are the node's to fill in: what the owner says of them is passed over.
- Who states what stands already states nothing new: the terms stay as the other end wrote them.
"""

from dataclasses import replace
from typing import Any

from node.core import codes
from protocol import codes as wire
from protocol.condition_order import worsened
from protocol.conditions import Conditions
from protocol.errors import Unprocessable
from protocol.offers import Draft, change, is_same
from protocol.plain_texts import EDITION, are_verified, check_texts, text_digest
from protocol.policies import DataPolicy, Permission
from protocol.policy_order import is_within
from protocol.rosters import find_entry, write_claim
from protocol.specifications import Necessity
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
        raise Unprocessable(wire.WRONG_SHAPE, "Data terms are not an object.")
    stated = {member: value for member, value in json.items() if member not in _FILLED_IN}
    if isinstance(stated.get("roster"), str):
        stated["roster"] = _claim(stated["roster"])
    if isinstance(stated.get("conditions"), dict):
        stated["conditions"] = {"type": "Conditions", **stated["conditions"]}
    return read_unaddressed({"type": "Terms", **stated}, currency=currency)


def _claim(name: str) -> Document:
    entry = find_entry(name)
    if entry is None:
        raise Unprocessable(wire.ROSTER_UNKNOWN)
    return write_claim(entry)


def keep(before: DataTerms | None, stated: DataTerms | None) -> DataTerms | None:
    """Return the terms that stood before if what is stated is the same, else what is stated."""
    return before if before is not None and _unaddressed(before) == stated else stated


def _unaddressed(terms: DataTerms) -> DataTerms:
    return replace(terms, first_party="", second_party="", plain_texts=())


def widens(draft: Draft, before: Draft) -> bool:
    """Tell whether terms about data take more from the customer than those that they follow.

    They do if they permit more, oblige to less, have a condition that is worse, or are not there any more.
    What follows no terms at all follows a policy that permits nothing, and conditions as they are by default.
    """
    held = before.terms
    if draft.terms is None:
        return held is not None
    policy, conditions = (DataPolicy(), Conditions()) if held is None else (held.policy, held.conditions)
    same_currency = draft.currency == before.currency
    return not is_within(draft.terms.policy, policy) or bool(
        worsened(draft.terms.conditions, conditions, same_currency=same_currency)
    )


def is_met(wanted: Draft, offered: Draft, *, narrower: bool) -> bool:
    """Tell whether what is offered is to the letter what was asked for.

    With `narrower` it may permit less about data than that, in the same words, and be the same in all else:
    for the customer, who loses nothing by it. Plain texts follow from the terms, if they can be made again.
    """
    if is_same(offered, wanted):
        return True
    asked, given = wanted.terms, offered.terms
    if not narrower or asked is None or given is None or widens(offered, wanted) or not are_verified(given):
        return False
    if not all(_is_said_within(each, asked.policy) for each in given.policy.permissions):
        return False
    same = replace(given, policy=asked.policy, plain_texts=asked.plain_texts)
    return is_same(change(offered, {"terms": same}), wanted)


def _is_said_within(permission: Permission, policy: DataPolicy) -> bool:
    """Tell whether a policy has one permission for all of this, for the same reason and as necessary.

    Neither is a limit, and both are read by whoever signs.
    """
    return any(
        _reason(permission) == _reason(each) and is_within(DataPolicy((permission,)), DataPolicy((each,)))
        for each in policy.permissions
    )


def _reason(permission: Permission) -> tuple[Necessity | None, str, str]:
    return permission.necessity, permission.content, permission.credential_type


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


def check_data_terms(draft: Draft, ends: tuple[str, str], before: Draft | None = None) -> None:
    """Check that data terms, if there are any, are between these ends, and that their texts say just them.

    `ends` are the customer and the business; `before` is what the draft follows or would replace.

    Raises:
        Unprocessable: `parties-mismatch`, `fee-currency`, `text-mismatch`, `text-unknown`.
    """
    if draft.terms is not None:
        customer, business = ends
        check_parties(draft.terms, customer=customer, business=business)
        if before is not None and before.terms is not None and before.currency != draft.currency:
            _check_fee(draft.terms, before.terms)
        check_texts(draft.terms)


def _check_fee(terms: DataTerms, before: DataTerms) -> None:
    """Check that a fee for leaving is another one where it is in another currency: no text says which."""
    fee = terms.conditions.cancellation_fee
    if fee and fee == before.conditions.cancellation_fee:
        raise Unprocessable(codes.FEE_CURRENCY, at="terms.conditions.cancellationFee")


def view(draft: Draft) -> Document | None:
    """Show the data terms of a draft as they stand on the wire; null if it has none."""
    return None if draft.terms is None else write_data_terms(draft.terms, currency=draft.currency)
