"""Withholding: what stands beside an intention that is told in parts, and which parts are not told yet.

Rules that hold here:

- A reader is told which fields there are that they may have by signing, and which agreement that takes. What
  is in them is in no copy that they get before.
- A `terms` that is no Proffer is somebody else's word and says nothing here, nor does what stands beside it.
- A budget is a band that its owner has chosen. The most that would be paid has no field here.

Sources: IEEE 7012-2025 (a person proffers, PDC-INTENT) as DPV 2.3's extension has it; fields are ours.
"""

from collections.abc import Iterable
from decimal import Decimal
from enum import StrEnum
from typing import Any, Final

from protocol import codes
from protocol.errors import Unprocessable
from protocol.jsonld import kind, ref
from protocol.members import read_iri, read_list, read_required_text, read_text, read_within
from protocol.prices import amount_string, read_amount
from protocol.strictjson import Document, Json
from protocol.terms import Proffer, read_proffer, write_proffer
from protocol.values import dataclass
from protocol.vocabulary import FREEHOLD, minor_units

_SALT_LIMIT: Final = 64  # characters; ours have 22


class IntentionField(StrEnum):
    """A part of an intention that may be kept back, by its IRI in the registry of fields."""

    BUDGET = f"{FREEHOLD}intentionBudgetBand"
    DESCRIPTION = f"{FREEHOLD}intentionDescription"  # name, content and the exact kind of thing
    PLACE = f"{FREEHOLD}intentionPlace"
    SPECIFICATIONS = f"{FREEHOLD}intentionSpecifications"
    WINDOW = f"{FREEHOLD}intentionWindow"


@dataclass(frozen=True, slots=True)
class BudgetBand:
    """Between which amounts somebody means to pay, in the currency of the intention."""

    least: Decimal
    most: Decimal
    currency: str


@dataclass(frozen=True, slots=True)
class Withholding:
    """What a copy of an intention says of the parts of it.

    `withheld` are those that there are and that this copy does not tell, in order. `salt` keeps the digest of
    a copy that tells more from being guessed; `undertaking` (an IRI) is what was signed for that, if it was.
    """

    proffer: Proffer
    withheld: tuple[IntentionField, ...] = ()
    budget: BudgetBand | None = None
    salt: str = ""
    undertaking: str | None = None


def read_withholding(document: Document) -> Withholding | None:
    """Read what a Proposal says of its parts; None if it proffers nothing.

    Raises:
        Unprocessable: `unknown-field`, `malformed-amount`, or as `terms.read_proffer`.
    """
    terms = document.get("terms")
    if not isinstance(terms, dict) or kind(terms.get("type")) != "Proffer":
        return None
    budget = document.get("indicativeBudget")
    return Withholding(
        proffer=read_within("terms", read_proffer, terms),
        withheld=read_fields(document, "withheld"),
        budget=None if budget is None else read_within("indicativeBudget", read_budget, budget),
        salt=read_text(document, "salt", limit=_SALT_LIMIT),
        undertaking=read_iri(document, "undertaking"),
    )


def render_withholding(withholding: Withholding | None) -> Document:
    """Write it as members of the Proposal; none leaves no member."""
    if withholding is None:
        return {}
    document: Document = {"terms": write_proffer(withholding.proffer)}
    if withholding.withheld:
        document["withheld"] = [field.value for field in withholding.withheld]
    if withholding.budget is not None:
        document["indicativeBudget"] = render_budget(withholding.budget)
    if withholding.salt:
        document["salt"] = withholding.salt
    return document | ({} if withholding.undertaking is None else {"undertaking": withholding.undertaking})


def read_fields(document: Document, member: str) -> tuple[IntentionField, ...]:
    """Read a list of parts of an intention, by their IRIs; each once, in order.

    Raises:
        Unprocessable: `unknown-field`, or as `members.read_list`.
    """
    named = {ref(each) for each in read_list(document, member)}
    if not named <= {*IntentionField}:
        raise Unprocessable(codes.UNKNOWN_FIELD, at=member)
    return in_field_order(IntentionField(iri) for iri in named if iri is not None)


def in_field_order(fields: Iterable[IntentionField]) -> tuple[IntentionField, ...]:
    """Return parts of an intention in the order in which they are written, each once."""
    return tuple(sorted({*fields}, key=lambda field: field.value))


def read_budget(json: Json) -> BudgetBand:
    """Read `{"minValue", "maxValue", "currency"}`.

    Raises:
        Unprocessable: `malformed-amount`, `unknown-currency`, or as `members.read_required_text`.
    """
    document: dict[str, Any] = json if isinstance(json, dict) else {}
    currency = read_required_text(document, "currency")
    decimals = minor_units(currency)
    least, most = (read_amount(document, decimals, member=member) for member in ("minValue", "maxValue"))
    if most < least:
        raise Unprocessable(codes.MALFORMED_AMOUNT, "The band of the budget ends below where it begins.")
    return BudgetBand(least, most, currency)


def render_budget(budget: BudgetBand) -> Document:
    """Write a budget."""
    return {
        "minValue": amount_string(budget.least, currency=budget.currency),
        "maxValue": amount_string(budget.most, currency=budget.currency),
        "currency": budget.currency,
    }
