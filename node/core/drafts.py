"""Drafts as the owner's programs write and read them.

Rules that hold here:

- Every term is one row of `TERMS`: how it is shown, and how it is read, unless it is computed.
- The owner's JSON is translated to the wire's spelling and read by the protocol's own readers: one set of
  checks.
- What a counter or an amendment does not mention stays as it is in the terms it changes.
- What a price comes to is always computed, never taken: all told, or, if nobody can know that, at least.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from functools import partial
from typing import Any

from node.core import codes, data_terms
from protocol import codes as wire
from protocol.decimals import decimal_string
from protocol.errors import Unprocessable
from protocol.intentions import Intention, read_category
from protocol.members import CONTENT_LIMIT, read_moment, read_text, read_within, refuse_unknown
from protocol.offers import Draft, change
from protocol.prices import PriceLine, amount_string, read_price, render_price
from protocol.quantities import Quantity, read_decimal
from protocol.specifications import Property, read_properties
from protocol.strictjson import Document
from protocol.terms import DataTerms
from protocol.times import read_duration, render_time
from protocol.validity import check_validity
from protocol.values import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnersTerm:
    """A term in the owner's spelling.

    Args:
        name: the member of the owner's JSON, and the name of the protocol's term.
        read: reads that member; None for what is computed.
        view: shows what a draft says of it.
    """

    name: str
    read: Callable[[Document, str], Any] | None
    view: Callable[[Draft], Any]


@dataclass(frozen=True, slots=True)
class ProposedTerms:
    """Terms to put on the table: a draft, and until when they stand."""

    draft: Draft
    expires_at: datetime | None


def opening_draft(intention: Intention) -> Draft:
    """Return what an offer to this intention starts from: its name, its quantity, no price yet."""
    return Draft(
        name=intention.name,
        quantity=intention.quantity,
        satisfies_primary=intention.primary_iri,
        satisfies_reciprocal=intention.reciprocal_iri,
        price=(),
    )


def read_terms(terms: Document, *, base: Draft) -> ProposedTerms:
    """Read the owner's terms on top of `base`.

    Raises:
        Unprocessable: an unknown member, or what the protocol's readers say of a known one, or of how they
            fit together.
    """
    readers = {term.name: term.read for term in TERMS if term.read is not None}
    refuse_unknown(terms, known=readers.keys() | {"expires_at"}, what="These terms")
    # What is not mentioned stays: a fee is in the currency of the price, also of one that stood before.
    whole = {"price": _view_price(base), **terms}
    read = {name: reader(whole, name) for name, reader in readers.items() if name in terms}
    draft = change(base, read)
    draft = change(draft, {"terms": data_terms.keep(base.terms, draft.terms)})
    if not draft.price:
        raise Unprocessable(wire.MISSING_PRICE, "The terms have no price: give at least one price line.")
    check_validity(draft)
    return ProposedTerms(draft=draft, expires_at=read_moment(terms, "expires_at"))


def read_owner_quantity(json: Any) -> Quantity:
    """Read `{"value": "1", "unit": "one"}`, or just a number of pieces.

    Raises:
        Unprocessable: `malformed-quantity` and what `read_decimal` says.
    """
    if isinstance(json, str | int) and not isinstance(json, bool):
        json = {"value": json}
    if not isinstance(json, dict) or not json.keys() <= {"value", "unit"}:
        raise Unprocessable(codes.MALFORMED_QUANTITY)
    value = None if json.get("value") is None else read_decimal(json["value"])
    return Quantity(value=value, unit=read_text(json, "unit") or "one")


def wire_properties(json: Any) -> Any:
    """Rename the owner's property members to schema.org's; anything else is left for the reader to refuse."""
    names = {"property": "propertyID", "unit": "unitText", "at_least": "minValue", "at_most": "maxValue"}
    if not isinstance(json, list):
        return json
    return [
        {"type": "PropertyValue", **{names.get(member, member): value for member, value in item.items()}}
        if isinstance(item, dict)
        else item
        for item in json
    ]


def _typed(json: Any, kind: str) -> Any:
    if not isinstance(json, list):
        return json
    return [{"type": kind, **item} if isinstance(item, dict) else item for item in json]


def _read_price(terms: Document, member: str) -> tuple[PriceLine, ...]:
    lines = _typed(terms[member], "PriceLine")
    if isinstance(lines, list):
        lines = [wire_amount(line) if isinstance(line, dict) else line for line in lines]
    return read_price(lines)


def wire_amount(line: Document) -> Document:
    """Write a whole number that the owner gave as an amount as the text that it is on the wire."""
    amount = line.get("amount")
    is_whole = isinstance(amount, int) and not isinstance(amount, bool)
    return {**line, "amount": str(amount)} if is_whole else line


def _read_properties(terms: Document, member: str) -> tuple[Property, ...]:
    return read_properties({"additionalProperty": wire_properties(terms[member])})


def _read_category(terms: Document, member: str) -> str:
    return read_category({"resourceConformsTo": terms[member] or None}) or ""


def _read_notice(terms: Document, member: str) -> str | None:
    notice = terms[member]
    if notice is None:
        return None
    read_duration(notice)
    return str(notice)


def _read_data_terms(terms: Document, member: str) -> DataTerms | None:
    if terms[member] is None:
        return None
    currency = _read_price(terms, "price")[0].currency
    return read_within(member, lambda json: data_terms.read_stated(json, currency=currency), terms[member])


def view_draft(draft: Draft) -> dict[str, Any]:
    """Show a draft as the owner's programs read it, with its computed total, or what is owed at least."""
    return {term.name: term.view(draft) for term in TERMS}


def view_total(draft: Draft) -> str | None:
    """Show what a draft comes to over its whole term, as decimal text; null if nobody can know."""
    total = draft.total
    return None if total is None else amount_string(total, currency=draft.currency)


def view_least(draft: Draft) -> str | None:
    """Show what is owed at least, where the total cannot be known; None where it is."""
    return None if draft.total is not None else amount_string(draft.least, currency=draft.currency)


def view_quantity(quantity: Quantity) -> dict[str, str | None]:
    """Show a quantity as `{"value", "unit"}`, the value as decimal text."""
    value = None if quantity.value is None else decimal_string(quantity.value)
    return {"value": value, "unit": quantity.unit}


def view_property(property: Property) -> dict[str, str]:
    """Show a property of an offered thing."""
    return {"property": property.name, "value": property.value, "unit": property.unit}


def view_time(moment: datetime | None) -> str | None:
    """Show a moment as RFC 3339 UTC, or nothing."""
    return None if moment is None else render_time(moment)


def _view_price(draft: Draft) -> list[Mapping[str, Any]]:
    return [_view_line(line) for line in draft.price]


def _view_line(line: PriceLine) -> Mapping[str, Any]:
    rendered = render_price([line])[0]
    return {member: value for member, value in rendered.items() if member != "type"}


# In the order in which they are shown.
TERMS: tuple[OwnersTerm, ...] = (
    OwnersTerm(name="name", read=read_text, view=lambda draft: draft.name),
    OwnersTerm(
        name="quantity",
        read=lambda terms, member: read_owner_quantity(terms[member]),
        view=lambda draft: view_quantity(draft.quantity),
    ),
    OwnersTerm(name="price", read=_read_price, view=_view_price),
    OwnersTerm(name="total", read=None, view=view_total),
    OwnersTerm(name="least", read=None, view=view_least),
    OwnersTerm(name="currency", read=None, view=lambda draft: draft.currency),
    OwnersTerm(name="category", read=_read_category, view=lambda draft: draft.category),
    OwnersTerm(
        name="properties",
        read=_read_properties,
        view=lambda draft: [view_property(property) for property in draft.properties],
    ),
    OwnersTerm(name="starts_at", read=read_moment, view=lambda draft: view_time(draft.starts_at)),
    OwnersTerm(name="ends_at", read=read_moment, view=lambda draft: view_time(draft.ends_at)),
    OwnersTerm(name="notice", read=_read_notice, view=lambda draft: draft.notice),
    OwnersTerm(
        name="content",
        read=partial(read_text, limit=CONTENT_LIMIT),
        view=lambda draft: draft.content,
    ),
    OwnersTerm(name="terms", read=_read_data_terms, view=data_terms.view),
)
