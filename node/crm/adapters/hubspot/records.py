"""What HubSpot answers, read as records of the port.

Properties are texts there, or null; a day is a date or a moment at its midnight, and a note is HTML. A line
is paid once, or again after a period in HubSpot's words; what it says beyond that an offer cannot say, so it
becomes a fault.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final

from node.crm.adapters.hubspot.layouts import (
    FILE_MARK,
    HUNG,
    ID,
    LAYOUTS,
    PERIODS,
    STATE,
    HubspotLayout,
    quote_state,
)
from node.crm.adapters.hubspot.requests import Json
from node.crm.foreign import reading_one, text
from node.crm.port import CrmRecord, FieldType, QuoteLine, RecordKind, RecordState
from node.crm.sums import PRICE_DECIMALS, show_price
from node.crm.versions import version_of
from protocol.hypertext import read_hypertext

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:T.*)?", re.ASCII)
_MILLISECONDS: Final = re.compile(r"\d{11,14}", re.ASCII)
_TERMS: Final = ("hs_recurring_billing_period", "hs_recurring_billing_number_of_payments")
_TERM: Final = (
    "The line {} is paid for a limited time; say in the quote how it ends, and leave its term empty."
)
_TAX: Final = "The line {} has a tax that HubSpot adds: write its price with taxes, and no tax rate."
_PERIOD: Final = "The line {} is paid again after a period that cannot be read: {}."
_NUMBER: Final = "The line {} has no price or quantity that can be read."


def kind_of_note(document: Json) -> RecordKind:
    """Return the kind of record that a note is: one of ours that carries a file is a file."""
    properties = document.get("properties")
    said = properties.get(ID) if isinstance(properties, dict) else None
    return RecordKind.FILE if str(said or "").startswith(FILE_MARK) else RecordKind.NOTE


@reading_one()
def read_record(
    kind: RecordKind, document: Json, linked: Mapping[RecordKind, Sequence[str]], stages: Json
) -> CrmRecord:
    """Return a record, without the lines of a quote; `linked` are the ids of what it belongs to.

    Raises:
        CrmUnreadable: something of it is none of HubSpot's.
    """
    layout, properties = LAYOUTS[kind], document["properties"]
    said = {name: text(properties.get(name) or "") for name in layout.asked}
    record = CrmRecord(
        kind=kind,
        id=str(int(document["id"])),
        version="",
        external_id=said[ID].removeprefix(FILE_MARK) if kind in HUNG else said[ID],
        state=_state(kind, said, stages),
        fields=_fields(layout, said),
        links={other: ids[0] for other, ids in linked.items() if ids},
        currency=said.get("hs_currency", "").upper(),
        valid_until=read_day(said.get("hs_expiration_date", "")),
        changed_at=read_moment(said[layout.dated]),
    )
    return versioned(record, {name: value for name, value in said.items() if name != layout.dated})


def versioned(record: CrmRecord, read: object) -> CrmRecord:
    """Return a record with a version that is another one if something else was read."""
    told = [record.version, {kind.value: id for kind, id in record.links.items()}, read]
    return replace(record, version=version_of(told))


@reading_one()
def with_lines(record: CrmRecord, items: Sequence[Json]) -> CrmRecord:
    """Return a quotation with its lines, and with what of them cannot be read.

    Raises:
        CrmUnreadable: a line is none of HubSpot's.
    """
    faults: list[str] = []
    said = [_said(item) for item in items]
    lines = tuple(_line(each, faults) for each in said)
    return versioned(replace(record, lines=lines, faults=tuple(faults)), said)


def read_day(value: str) -> str:
    """Return a day, however HubSpot writes it; as it stands if it is none."""
    if _MILLISECONDS.fullmatch(value):
        return (_EPOCH + timedelta(milliseconds=int(value))).date().isoformat()
    found = _DAY.fullmatch(value)
    return value if found is None else found[1]


def read_moment(value: str) -> datetime | None:
    """Return a moment; None if there is none.

    Raises: ValueError.
    """
    if not value:
        return None
    if _MILLISECONDS.fullmatch(value):
        return _EPOCH + timedelta(milliseconds=int(value))
    moment = datetime.fromisoformat(value)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _state(kind: RecordKind, said: Mapping[str, str], stages: Json) -> RecordState:
    if kind is RecordKind.QUOTATION:
        return quote_state(said["hs_status"], said[STATE])
    if kind is RecordKind.OPPORTUNITY:
        return RecordState(stages.get(said["dealstage"], {}).get("ends", "open"))
    return RecordState.NONE


def _fields(layout: HubspotLayout, said: Mapping[str, str]) -> dict[str, str]:
    fields = {each.name: said[each.name] for each in layout.fields}
    fields |= {each.name: read_day(said[each.name]) for each in layout.fields if each.type is FieldType.DATE}
    if "hs_note_body" in fields:
        fields["hs_note_body"] = read_hypertext(fields["hs_note_body"]).text
    return fields


def _said(item: Json) -> dict[str, str]:
    return {name: text(value) for name, value in item["properties"].items() if value is not None}


def _line(said: Mapping[str, str], faults: list[str]) -> QuoteLine:
    """Return a line whose quantity times its price is its amount; else one of all of it."""
    label, often = said.get("name", "").strip(), said.get("recurringbillingfrequency", "")
    if any(said.get(term) for term in _TERMS):
        faults.append(_TERM.format(label))
    if said.get("hs_tax_rate_group_id"):
        faults.append(_TAX.format(label))
    if often and often not in PERIODS:
        faults.append(_PERIOD.format(label, often))
    quantity, price = _decimal(said.get("quantity") or "1"), _decimal(said.get("price", ""))
    if quantity is None or price is None:
        faults.append(_NUMBER.format(label))
        return QuoteLine(label, "", "", per=PERIODS.get(often, ""))
    amount = _decimal(said.get("amount", ""))
    if amount is not None and amount != quantity * price:  # a discount
        exact = (amount / quantity).quantize(Decimal(1).scaleb(-PRICE_DECIMALS)) if quantity else amount
        if exact * quantity != amount:
            label, quantity, exact = f"{_plain(quantity)} {label}".strip(), Decimal(1), amount
        price = exact
    return QuoteLine(label, _plain(quantity), show_price(price), per=PERIODS.get(often, ""))


def _decimal(value: str) -> Decimal | None:
    """Return a number of at most 15 digits and 9 decimals; None if it is none."""
    return Decimal(value) if re.fullmatch(r"-?\d{1,15}(?:\.\d{1,9})?", value, re.ASCII) else None


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"
