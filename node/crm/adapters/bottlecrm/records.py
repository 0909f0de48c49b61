"""What BottleCRM answers, read as records of the port.

A record's version is a digest of what is read of it: deals say no moment of their last change, and tell each
time how long ago they were made. A note's id names the record that it hangs on, since it is reached by that.
"""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from node.crm.adapters.bottlecrm.layouts import KEY, LAYOUTS
from node.crm.adapters.bottlecrm.lines import read_lines
from node.crm.adapters.bottlecrm.names import join_name, split_file, unmark
from node.crm.adapters.bottlecrm.rest import Json, read_moment
from node.crm.foreign import reading_one, text
from node.crm.marks import split_note
from node.crm.port import CrmRecord, RecordKind, RecordState
from node.crm.versions import version_of

_UUID: Final = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)


def is_id(id: str) -> bool:
    """Tell whether an id can be one of BottleCRM's."""
    return _UUID.fullmatch(id) is not None


@reading_one()
def read_record(kind: RecordKind, document: Json) -> CrmRecord:
    """Return a contact, a deal or an estimate as the port has it.

    Raises:
        CrmUnreadable: something of it is none of BottleCRM's.
    """
    layout = LAYOUTS[kind]
    external_id = str((document["custom_fields"] or {}).get(KEY) or "")
    fields = _fields(kind, document, external_id)
    state = layout.states.get(str(document.get(_STATES[kind])), RecordState.NONE)
    is_quotation = kind is RecordKind.QUOTATION
    lines, faults = read_lines(document) if is_quotation else ((), ())
    currency = str(document["currency"] or "") if is_quotation else ""
    valid_until = str(document["expiry_date"] or "") if is_quotation else ""
    links = _links(kind, document)
    changed = document.get("updated_at")
    return CrmRecord(
        kind=kind,
        id=str(document["id"]),
        version=version_of([external_id, state, fields, links, [*map(repr, lines)], currency, valid_until]),
        external_id=external_id,
        state=state,
        fields=fields,
        links=links,
        lines=lines,
        currency=currency,
        valid_until=valid_until,
        faults=faults,
        changed_at=None if changed is None else read_moment(changed),
    )


@reading_one()
def read_note(on: RecordKind, parent: str, comment: Json) -> CrmRecord:
    """Return a comment on a record.

    Raises:
        CrmUnreadable: something of it is none of BottleCRM's.
    """
    said, external_id = split_note(text(comment["comment"]))
    return CrmRecord(
        kind=RecordKind.NOTE,
        id=join_id(on, parent, str(comment["id"])),
        version=version_of([said, external_id]),
        external_id=external_id,
        fields={"comment": said},
        links={on: parent},
        changed_at=_moment(comment.get("commented_on")),
    )


@reading_one()
def read_file(on: RecordKind, parent: str, attachment: Json, external_id: str = "") -> CrmRecord:
    """Return a file on a record; with an external id it is one that has it (`is_file_of`).

    Raises:
        CrmUnreadable: something of it is none of BottleCRM's.
    """
    name = attachment["file_name"]
    ours = split_file(name, external_id) if external_id else name
    return CrmRecord(
        kind=RecordKind.FILE,
        id=join_id(on, parent, str(attachment["id"])),
        version=version_of([name]),
        external_id=external_id,
        fields={"file_name": text(ours)},
        links={on: parent},
        changed_at=_moment(attachment.get("created_at")),
    )


def is_file_of(attachment: Json, external_id: str) -> bool:
    """Tell whether a file's name says that it has this external id."""
    name = attachment.get("file_name")
    return isinstance(name, str) and split_file(name, external_id) is not None


def join_id(on: RecordKind, parent: str, id: str) -> str:
    """Return the id of what hangs on a record."""
    return f"{on}.{parent}.{id}"


def split_id(id: str) -> tuple[RecordKind, str, str] | None:
    """Return what a note or a file hangs on, and its own id; None if this is no id of one."""
    on, _, rest = id.partition(".")
    parent, _, own = rest.partition(".")
    if on not in (RecordKind.CUSTOMER, RecordKind.OPPORTUNITY) or not (is_id(parent) and is_id(own)):
        return None
    return RecordKind(on), parent, own


_STATES: Final[Mapping[RecordKind, str]] = {
    RecordKind.CUSTOMER: "",
    RecordKind.OPPORTUNITY: "stage_kind",
    RecordKind.QUOTATION: "status",
}


def _fields(kind: RecordKind, document: Json, external_id: str) -> dict[str, str]:
    names = [field.name for field in LAYOUTS[kind].fields]
    fields = {name: _spelled(document.get(name)) for name in names}
    if kind is RecordKind.CUSTOMER:
        fields["name"] = join_name(document["first_name"], document["last_name"])
    if kind is RecordKind.OPPORTUNITY:
        fields["name"] = unmark(fields["name"], external_id)
    return fields


def _spelled(value: Any) -> str:
    return "" if value is None else str(value)


def _moment(value: Any) -> datetime | None:
    """Return when something was hung there, None where that cannot be read: only the order goes by it."""
    try:
        return read_moment(value)
    except (TypeError, ValueError):
        return None


def _links(kind: RecordKind, document: Json) -> dict[RecordKind, str]:
    match kind:
        case RecordKind.OPPORTUNITY:
            linked = {RecordKind.CUSTOMER: next(iter(document["contacts"]), None)}
        case RecordKind.QUOTATION:
            linked = {
                RecordKind.CUSTOMER: document["contact"],
                RecordKind.OPPORTUNITY: document["opportunity"],
            }
        case _:
            linked = {}
    return {other: str(found["id"]) for other, found in linked.items() if found is not None}
