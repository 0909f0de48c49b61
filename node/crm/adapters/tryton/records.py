"""What Tryton answers, read as records of the port.

A customer's external id is its first identifier without a type that is an address. That of an opportunity
or a sale is the last word of its reference, that of a file of its description: what people wrote there
stays before it. That of a note stands in brackets at its end.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, Final

from node.crm.adapters.tryton.layouts import ATTACHED, LAYOUTS, OURS, PLACE, WAYS, TrytonLayout, kind_of
from node.crm.adapters.tryton.lines import read_lines
from node.crm.adapters.tryton.wire import Json, read_moment, read_text
from node.crm.foreign import reading_one
from node.crm.marks import split_note
from node.crm.port import CrmRecord, QuoteLine, RecordKind, RecordState
from node.crm.versions import version_of

REFERENCES: Final = {
    RecordKind.OPPORTUNITY: "reference",
    RecordKind.QUOTATION: "reference",
    RecordKind.FILE: "description",
}
"""The fields of Tryton that hold an external id."""

_IRI: Final = re.compile(r"(?:https?://|urn:)\S")


@reading_one()
def read_record(kind: RecordKind, document: Json) -> CrmRecord:
    """Return a record as the port has it; `document` has all that its layout asks for.

    Raises:
        CrmUnreadable: something of it is none of Tryton's.
    """
    layout = LAYOUTS[kind]
    lines: tuple[QuoteLine, ...] = ()
    faults: tuple[str, ...] = ()
    if kind is RecordKind.QUOTATION:
        lines, faults = read_lines(document)
    return CrmRecord(
        kind=kind,
        id=str(document["id"]),
        version=version_of(document),
        external_id=_external_id(kind, document),
        state=layout.states.get(document.get("state") or "", RecordState.NONE),
        fields=_fields(kind, layout, document),
        links=_links(kind, document),
        lines=lines,
        currency=(document.get("currency") or {}).get("code") or "",
        valid_until=read_text(document.get("quotation_expire")),
        faults=faults,
        changed_at=changed_at(layout, document),
    )


def changed_at(layout: TrytonLayout, document: Json) -> datetime:
    """Return when a record, or a part of it that is dated by itself, changed last."""
    stamps = [_stamp(document)]
    stamps += [_stamp(part) for member, _, _ in layout.children for part in document.get(member) or ()]
    return max(stamps)


def split_reference(text: str) -> tuple[str, str]:
    """Return what people wrote as a reference, and the external id behind it."""
    theirs, _, last = text.rpartition(" ")
    return (theirs, last) if _IRI.match(last) else (text, "")


def our_way(document: Json, type: str) -> Json | None:
    """Return the contact mechanism of a type that the customer gave."""
    ways: list[Json] = document.get("contact_mechanisms") or []
    return next((way for way in ways if way.get("type") == type and way.get("name") == OURS), None)


def first_address(document: Json) -> Json | None:
    """Return the address that is the customer's."""
    return next(iter(document.get("addresses") or ()), None)


def addresses_of(document: Json) -> Iterator[Json]:
    """Return the identifiers of a party that are addresses: its external ids."""
    for found in document.get("identifiers") or ():
        if not found.get("type") and _IRI.match(found.get("code") or ""):
            yield found


def _stamp(document: Json) -> datetime:
    moments = [read_moment(document.get(name)) for name in ("create_date", "write_date")]
    return max((moment for moment in moments if moment), default=datetime.min.replace(tzinfo=UTC))


def _external_id(kind: RecordKind, document: Json) -> str:
    match kind:
        case RecordKind.CUSTOMER:
            return next((found["code"] for found in addresses_of(document)), "")
        case RecordKind.NOTE:
            return split_note(document.get("message") or "")[1]
        case _:
            return split_reference(document.get(REFERENCES[kind]) or "")[1]


def _fields(kind: RecordKind, layout: TrytonLayout, document: Json) -> dict[str, str]:
    fields = {name: read_text(document.get(name)) for name in layout.names}
    if kind is RecordKind.CUSTOMER:
        fields |= {type: read_text((our_way(document, type) or {}).get("value")) for type in WAYS}
        address = first_address(document) or {}
        fields |= {name: read_text(address.get(name)) for name in PLACE}
        fields["country"] = read_text((address.get("country") or {}).get("code"))
    if kind is RecordKind.NOTE:
        fields["message"], _ = split_note(fields["message"])
    return fields


def _links(kind: RecordKind, document: Json) -> dict[RecordKind, str]:
    if kind in ATTACHED:
        return _linked(document.get("resource"))
    links = {} if document.get("party") is None else {RecordKind.CUSTOMER: str(document["party"])}
    return links | _linked(document.get("origin"))


def _linked(reference: Any) -> dict[RecordKind, str]:
    """Return what a reference (`sale.opportunity,7`) leads to, if that is of a kind of ours."""
    model, _, id = str(reference or "").partition(",")
    kind = kind_of(model)
    return {} if kind is None or not id.isdigit() else {kind: id}
