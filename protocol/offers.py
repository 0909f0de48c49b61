"""Offers: the terms of an agreement that is not one yet.

Rules that hold here:

- A draft is what will be signed, so everything in it is understood or refused: in the agreement, in its
  commitments, in its price lines.
- The quantity of the reciprocal commitment is the total of the price lines; the reader adds them up itself.
- A plain FEP-0837 offer has no price lines. Its total then is the price: one line, charged once, without a
  label.
- What is not about the terms (expiry, thread, who sends it to whom) belongs to the activity, see `moves`.

Sources: FEP-0837 (Responding to a proposal, Agreements).
"""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final

from protocol.errors import Unprocessable
from protocol.fields import (
    CONTENT_LIMIT,
    missing,
    read_iri,
    read_moment,
    read_object,
    read_required_iri,
    read_text,
)
from protocol.intentions import Intention, read_currency
from protocol.prices import PriceLine, read_price, render_price, total, whole_price
from protocol.quantities import EXACT, Quantity, read_quantity, render_quantity
from protocol.specifications import Property, read_properties, render_properties
from protocol.strictjson import Document, Json
from protocol.times import read_duration, render_time
from protocol.vocabulary import UNIT_ONE, currency_iri

# FEP-0837 allows ids on a draft and on its commitments; they say nothing, because the final agreement mints
# its own.
DRAFT_MEMBERS: Final = frozenset(
    {
        "@context",  # some software serialises every object by itself; the JSON-LD reader checks it
        "id",
        "type",
        "name",
        "content",
        "stipulates",
        "stipulatesReciprocal",
        "price",
        "startTime",
        "endTime",
        "noticePeriod",
    }
)
_PRIMARY_MEMBERS = frozenset({"type", "id", "satisfies", "resourceQuantity", "additionalProperty"})
_RECIPROCAL_MEMBERS = frozenset({"type", "id", "satisfies", "resourceQuantity", "resourceConformsTo"})


@dataclass(frozen=True, slots=True)
class Draft:
    """The terms of an offer, a counter-offer or an agreement. Absent texts are ""."""

    name: str
    quantity: Quantity
    satisfies_primary: str
    satisfies_reciprocal: str
    price: tuple[PriceLine, ...]
    properties: tuple[Property, ...] = ()
    starts_at: datetime | None = None
    ends_at: datetime | None = None
    notice: str | None = None  # ISO 8601 duration, such as P1M
    content: str = ""

    @property
    def currency(self) -> str:
        """The ISO 4217 code of all its price lines."""
        return self.price[0].currency

    @property
    def total(self) -> Decimal:
        """What it costs over the whole term.

        Raises:
            Unprocessable: as `prices.total`.
        """
        return total(self.price, start=self.starts_at)


def render_draft(draft: Draft) -> Document:
    """Write the terms as an Agreement without ids.

    Raises:
        Unprocessable: as `prices.total`, if the price cannot be added up.
    """
    document: Document = {
        "type": "Agreement",
        "stipulates": _render_primary(draft),
        "stipulatesReciprocal": _render_reciprocal(draft),
        "price": render_price(draft.price),
    }
    texts = {"name": draft.name, "content": draft.content, "noticePeriod": draft.notice}
    moments = {"startTime": draft.starts_at, "endTime": draft.ends_at}
    document |= {member: text for member, text in texts.items() if text}
    return document | {
        member: render_time(moment) for member, moment in moments.items() if moment is not None
    }


def read_draft(json: Json, *, currency: str | None = None) -> Draft:
    """Read the terms of an Agreement draft.

    `currency` is the intention's. It serves only where a plain offer names neither price lines nor a
    currency.

    Raises:
        Unprocessable: `unknown-member`, `missing-member`, `zero-quantity`, `sum-mismatch` if the price lines
            do not come to the stated total, `currency-mismatch` if they are in another currency than it,
            `ends-before-start`, or as the readers of its members.
    """
    document = read_object(json, type="Agreement", known=DRAFT_MEMBERS)
    read_iri(document, "id")
    primary = read_commitment(document, "stipulates", known=_PRIMARY_MEMBERS)
    reciprocal = read_commitment(document, "stipulatesReciprocal", known=_RECIPROCAL_MEMBERS)
    draft = Draft(
        name=read_text(document, "name"),
        quantity=_read_promised_quantity(primary),
        satisfies_primary=read_required_iri(primary, "satisfies"),
        satisfies_reciprocal=read_required_iri(reciprocal, "satisfies"),
        price=_read_price(document, reciprocal, currency=currency),
        properties=read_properties(primary),
        starts_at=read_moment(document, "startTime"),
        ends_at=read_moment(document, "endTime"),
        notice=_read_notice(document),
        content=read_text(document, "content", limit=CONTENT_LIMIT),
    )
    if draft.starts_at is not None and draft.ends_at is not None and draft.ends_at <= draft.starts_at:
        raise Unprocessable("ends-before-start", "The agreement would end before it starts.")
    if draft.total != _read_stated_total(reciprocal):
        raise Unprocessable("sum-mismatch", "The price lines do not come to the stated total.")
    return draft


def read_commitment(document: Document, member: str, *, known: frozenset[str]) -> Document:
    """Read one of the two commitments of an agreement.

    Raises:
        Unprocessable: `missing-member`, `wrong-shape`, `wrong-type`, `unknown-member`, `iri-invalid`.
    """
    if document.get(member) is None:
        raise missing(member)
    commitment = read_object(document[member], type="Commitment", known=known)
    read_iri(commitment, "id")
    return commitment


def check_answers(intention: Intention, draft: Draft) -> None:
    """Check that a draft answers this intention by the rules of FEP-0837.

    Raises:
        Unprocessable: `satisfies-primary`, `satisfies-reciprocal`, `unit-mismatch`, `quantity-mismatch`,
            `price-mismatch` or `currency-mismatch`.
    """
    # "The first commitment MUST satisfy the primary intent of the proposal."
    if draft.satisfies_primary != intention.primary_iri:
        raise Unprocessable(
            "satisfies-primary", "The first commitment does not satisfy what the intention wants."
        )
    # "The second commitment MUST satisfy the reciprocal intent of the proposal" if it has one.
    if draft.satisfies_reciprocal != intention.reciprocal_iri:
        raise Unprocessable(
            "satisfies-reciprocal", "The second commitment does not satisfy what the intention gives."
        )
    # "The units specified in the agreement MUST match the units specified in the proposal."
    if draft.quantity.unit != intention.quantity.unit:
        raise Unprocessable("unit-mismatch", "The offer counts in another unit than the intention.")
    if draft.currency != intention.currency:
        raise Unprocessable("currency-mismatch", "The offer is in another currency than the intention.")
    if not _amount_fits(draft.quantity.value, intention.quantity.value, unit_based=intention.unit_based):
        raise Unprocessable(
            "quantity-mismatch", "The offer is for another amount than the intention asks for."
        )
    if not _amount_fits(draft.total, intention.stated_price, unit_based=intention.unit_based):
        raise Unprocessable("price-mismatch", "The offer is for another price than the intention states.")


def _amount_fits(promised: Decimal | None, stated: Decimal | None, *, unit_based: bool | None) -> bool:
    # "hasNumericalValue ... If not specified, arbitrary amounts can be used", and so without `unitBased`.
    if not stated or unit_based is None or promised is None:
        return True
    # "If unitBased is false, the amount ... MUST be equal"; "if true, amounts MUST be multiples".
    return EXACT.remainder(promised, stated) == 0 if unit_based else promised == stated


def _render_primary(draft: Draft) -> Document:
    commitment = _render_commitment(draft.satisfies_primary, draft.quantity)
    if draft.properties:
        commitment["additionalProperty"] = render_properties(draft.properties)
    return commitment


def _render_reciprocal(draft: Draft) -> Document:
    commitment = _render_commitment(draft.satisfies_reciprocal, Quantity(draft.total, UNIT_ONE))
    return commitment | {"resourceConformsTo": currency_iri(draft.currency)}


def _render_commitment(satisfies: str, quantity: Quantity) -> Document:
    return {"type": "Commitment", "satisfies": satisfies, "resourceQuantity": render_quantity(quantity)}


def _read_promised_quantity(commitment: Document) -> Quantity:
    quantity = read_quantity(commitment.get("resourceQuantity"))
    if quantity.value is None:
        raise missing("hasNumericalValue")
    if quantity.value == 0:
        raise Unprocessable("zero-quantity", "Nothing is promised: the quantity is zero.")
    return quantity


def _read_stated_total(commitment: Document) -> Decimal:
    quantity = read_quantity(commitment.get("resourceQuantity"))
    if quantity.value is None:
        raise missing("hasNumericalValue")
    if quantity.unit != UNIT_ONE:
        raise Unprocessable("unit-mismatch", "Money is counted in another unit than one.")
    return quantity.value


def _read_price(document: Document, reciprocal: Document, *, currency: str | None) -> tuple[PriceLine, ...]:
    stated = reciprocal.get("resourceConformsTo") is not None
    if document.get("price") is None:
        amount = _read_stated_total(reciprocal)
        return whole_price(
            amount, currency=read_currency(reciprocal) if stated or currency is None else currency
        )
    lines = read_price(document["price"])
    if stated and read_currency(reciprocal) != lines[0].currency:
        raise Unprocessable("currency-mismatch", "The price lines are in another currency than the total.")
    return lines


def _read_notice(document: Document) -> str | None:
    notice = read_text(document, "noticePeriod") or None
    if notice is not None:
        read_duration(notice)
    return notice
