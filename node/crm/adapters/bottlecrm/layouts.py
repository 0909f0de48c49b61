"""Which objects of BottleCRM are which kinds of record: where they are, their fields, states and verbs."""

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from node.crm.port import CrmField, FieldType, KindDescription, RecordKind, RecordState, RecordVerb
from protocol.values import dataclass

KEY: Final = "freehold"
"""The custom field that holds an external id; people see it as *Freehold*."""

NAME_CHARACTERS: Final = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class BottleLayout:
    """One kind of record in BottleCRM.

    `path` is where it is listed and `object` its name where custom fields are defined. `rows` leads to the
    records of a list, `one` to a record that was asked for. `partly` is the method that changes some fields.
    """

    path: str
    object: str
    rows: str
    one: str
    partly: str
    fields: tuple[CrmField, ...]
    verbs: frozenset[RecordVerb]
    states: Mapping[str, RecordState] = field(default_factory=dict)

    @property
    def described(self) -> KindDescription:
        """Return what the port says of it."""
        return KindDescription(fields=self.fields, verbs=self.verbs, versioned=False)


def _fixed(name: str, type: FieldType = FieldType.TEXT) -> CrmField:
    return CrmField(name, type, writable=False)


CUSTOMER: Final = BottleLayout(
    path="api/contacts/",
    object="Contact",
    rows="results",
    one="contact_obj",
    partly="PATCH",
    fields=(
        CrmField("name", limit=NAME_CHARACTERS),
        CrmField("email", FieldType.EMAIL),
        CrmField("phone", FieldType.PHONE),
        CrmField("organization", limit=NAME_CHARACTERS),
        CrmField("title", limit=NAME_CHARACTERS),
        CrmField("address_line", limit=NAME_CHARACTERS),
        CrmField("city", limit=NAME_CHARACTERS),
        CrmField("state", limit=NAME_CHARACTERS),
        CrmField("postcode", limit=64),
        CrmField("country", FieldType.COUNTRY),
        CrmField("description"),
    ),
    verbs=frozenset({RecordVerb.FORGET}),
)

OPPORTUNITY: Final = BottleLayout(
    path="api/opportunities/",
    object="Opportunity",
    rows="opportunities",
    one="opportunity_obj",
    partly="PATCH",
    fields=(
        CrmField("name", required=True, limit=NAME_CHARACTERS),
        CrmField("description"),
        CrmField("closed_on", FieldType.DATE),
        CrmField("amount", FieldType.DECIMAL),
        _fixed("currency", FieldType.CURRENCY),
        _fixed("stage"),
    ),
    verbs=frozenset({RecordVerb.WIN, RecordVerb.LOSE, RecordVerb.REOPEN, RecordVerb.FORGET}),
    states={"open": RecordState.OPEN, "won": RecordState.WON, "lost": RecordState.LOST},
)

QUOTATION: Final = BottleLayout(
    path="api/invoices/estimates/",
    object="Estimate",
    rows="results",
    one="estimate",
    partly="PUT",
    fields=(
        CrmField("title", required=True, limit=100),
        CrmField("introduction", limit=5_000),
        CrmField("notes"),
        CrmField("terms"),
        _fixed("estimate_number"),
        _fixed("issue_date", FieldType.DATE),
        _fixed("subtotal", FieldType.DECIMAL),
        _fixed("tax_amount", FieldType.DECIMAL),
        _fixed("total_amount", FieldType.DECIMAL),
    ),
    verbs=frozenset({RecordVerb.QUOTE, RecordVerb.CONFIRM, RecordVerb.CANCEL, RecordVerb.FORGET}),
    states={
        "Draft": RecordState.DRAFT,
        "Sent": RecordState.QUOTED,
        "Viewed": RecordState.QUOTED,
        "Accepted": RecordState.CONFIRMED,
        "Declined": RecordState.CANCELLED,
        "Expired": RecordState.CANCELLED,
    },
)

LAYOUTS: Final[Mapping[RecordKind, BottleLayout]] = MappingProxyType(
    {RecordKind.CUSTOMER: CUSTOMER, RecordKind.OPPORTUNITY: OPPORTUNITY, RecordKind.QUOTATION: QUOTATION}
)

ATTACHED: Final[Mapping[RecordKind, KindDescription]] = MappingProxyType(
    {
        RecordKind.NOTE: KindDescription(
            fields=(CrmField("comment", limit=10_000),), verbs=frozenset({RecordVerb.FORGET})
        ),
        RecordKind.FILE: KindDescription(
            fields=(CrmField("file_name", required=True),), verbs=frozenset({RecordVerb.FORGET})
        ),
    }
)
"""Kinds that hang on a contact or a deal; an estimate has none."""

ESTIMATES_ALIVE: Final = frozenset({RecordState.QUOTED, RecordState.CONFIRMED})
