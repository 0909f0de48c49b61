"""Terms as the owner's programs write and read them, and the same terms as a protocol draft.

Rules that hold here:

- The owner's JSON is translated to the wire's spelling and read by the protocol's own readers: one set of
  checks.
- What a counter or an amendment does not mention stays as it is in the terms it changes.
- The total is always computed, never taken.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from protocol.errors import Unprocessable
from protocol.fields import CONTENT_LIMIT, read_moment, read_text, refuse_unknown
from protocol.intentions import Intention
from protocol.offers import Draft
from protocol.prices import PriceLine, amount_string, read_price, render_price
from protocol.quantities import Quantity, decimal_string, read_decimal
from protocol.specifications import Property, read_properties
from protocol.strictjson import Document
from protocol.times import read_duration, render_time

MEMBERS = frozenset(
    {"name", "quantity", "price", "properties", "starts_at", "ends_at", "notice", "content", "expires_at"}
)


@dataclass(frozen=True, slots=True)
class Terms:
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


def read_terms(terms: Document, *, base: Draft) -> Terms:
    """Read the owner's terms on top of `base`.

    Raises:
        Unprocessable: an unknown member, or what the protocol's readers say of a known one.
    """
    refuse_unknown(terms, known=MEMBERS, what="These terms")
    draft = replace(base, **_changes(terms))
    if not draft.price:
        raise Unprocessable("missing-price", "The terms have no price: give at least one price line.")
    return Terms(draft=draft, expires_at=read_moment(terms, "expires_at"))


def _changes(terms: Document) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if "name" in terms:
        changes["name"] = read_text(terms, "name")
    if "content" in terms:
        changes["content"] = read_text(terms, "content", limit=CONTENT_LIMIT)
    if "price" in terms:
        changes["price"] = read_price(_typed(terms["price"], "PriceLine"))
    if "properties" in terms:
        changes["properties"] = read_properties({"additionalProperty": wire_properties(terms["properties"])})
    if "quantity" in terms:
        changes["quantity"] = read_owner_quantity(terms["quantity"])
    for moment in ("starts_at", "ends_at"):
        if moment in terms:
            changes[moment] = read_moment(terms, moment)
    if "notice" in terms:
        changes["notice"] = _read_notice(terms["notice"])
    return changes


def read_owner_quantity(json: Any) -> Quantity:
    """Read `{"value": "1", "unit": "one"}`, or just a number of pieces.

    Raises:
        Unprocessable: `malformed-quantity` and what `read_decimal` says.
    """
    if isinstance(json, str | int) and not isinstance(json, bool):
        json = {"value": json}
    if not isinstance(json, dict) or not json.keys() <= {"value", "unit"}:
        raise Unprocessable("malformed-quantity", 'Write a quantity as {"value": "1", "unit": "one"}.')
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


def _read_notice(json: Any) -> str | None:
    if json is None:
        return None
    read_duration(json)
    return str(json)


def view_draft(draft: Draft) -> dict[str, Any]:
    """Show a draft as the owner's programs read it, with its computed total."""
    return {
        "name": draft.name,
        "quantity": view_quantity(draft.quantity),
        "price": [_view_line(line) for line in draft.price],
        "total": amount_string(draft.total, currency=draft.currency),
        "currency": draft.currency,
        "properties": [view_property(property) for property in draft.properties],
        "starts_at": view_time(draft.starts_at),
        "ends_at": view_time(draft.ends_at),
        "notice": draft.notice,
        "content": draft.content,
    }


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


def _view_line(line: PriceLine) -> Mapping[str, Any]:
    rendered = render_price([line])[0]
    return {member: value for member, value in rendered.items() if member != "type"}
