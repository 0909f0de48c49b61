"""Which objects of HubSpot are which kinds of record: their properties, states, and what belongs to what.

HubSpot has no place for an address of ours, nor a state of a quote that says it is an order: two properties
of ours hold that. The first is unique, which HubSpot itself then keeps.

Source: HubSpot's API reference, CRM objects v3 (contacts, deals, quotes, line items, notes).
"""

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from node.crm.port import CrmField, FieldType, KindDescription, RecordKind, RecordState, RecordVerb
from protocol.values import dataclass

ID: Final = "freehold_id"
STATE: Final = "freehold_state"
FILE_MARK: Final = "file:"  # before the external id of a note that carries a file: it is no note to be read
LINE_ITEMS: Final = "line_items"
CONFIRMED: Final = "confirmed"
CANCELLED: Final = "cancelled"

DRAFT: Final = "DRAFT"
PUBLISHED: Final = "APPROVAL_NOT_NEEDED"
PUBLISHED_STATES: Final = frozenset({PUBLISHED, "APPROVED"})
"""Quotes that are out; any other is still being written, or waits for a colleague."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HubspotLayout:
    """One kind of record in HubSpot.

    `object` is its type as it stands in addresses, `dated` the property with the time of its last change.
    `reads` are further properties that are asked for, `links` the types of what it belongs to.
    """

    object: str
    fields: tuple[CrmField, ...]
    dated: str = "hs_lastmodifieddate"
    reads: tuple[str, ...] = ()
    links: Mapping[RecordKind, str] = field(default_factory=dict)
    verbs: frozenset[RecordVerb] = frozenset()

    @property
    def asked(self) -> tuple[str, ...]:
        """Return the properties that are asked for to read a record."""
        return (*(each.name for each in self.fields), *self.reads, self.dated, ID)

    @property
    def described(self) -> KindDescription:
        """Return what the port says of it; HubSpot has no lock, so a record is compared before."""
        return KindDescription(
            fields=self.fields,
            verbs=self.verbs | {RecordVerb.FORGET},
            versioned=False,
            singly=self.object != "contacts",  # the rest takes several requests, for what it belongs to
        )


_CONTACT: Final = {RecordKind.CUSTOMER: "contacts"}
_DEAL: Final = {**_CONTACT, RecordKind.OPPORTUNITY: "deals"}

CUSTOMER: Final = HubspotLayout(
    object="contacts",
    fields=(
        CrmField("firstname"),
        CrmField("lastname"),
        CrmField("email", FieldType.EMAIL),
        CrmField("phone", FieldType.PHONE),
        CrmField("mobilephone", FieldType.PHONE),
        CrmField("website"),
        CrmField("company"),
        CrmField("address"),
        CrmField("zip"),
        CrmField("city"),
        CrmField("country"),
    ),
    dated="lastmodifieddate",
)

OPPORTUNITY: Final = HubspotLayout(
    object="deals",
    fields=(
        CrmField("dealname"),
        CrmField("description"),
        CrmField("closedate", FieldType.DATE),
        CrmField("closed_lost_reason"),
        CrmField("amount", FieldType.DECIMAL, writable=False),
    ),
    reads=("pipeline", "dealstage"),
    links=_CONTACT,
    verbs=frozenset({RecordVerb.WIN, RecordVerb.LOSE, RecordVerb.REOPEN}),
)

QUOTATION: Final = HubspotLayout(
    object="quotes",
    fields=(
        CrmField("hs_title"),
        CrmField("hs_comments"),
        CrmField("hs_quote_number", writable=False),
        CrmField("hs_quote_amount", FieldType.DECIMAL, writable=False),
    ),
    reads=("hs_status", "hs_currency", "hs_expiration_date", STATE),
    links=_DEAL,
    verbs=frozenset(
        {RecordVerb.DRAFT, RecordVerb.QUOTE, RecordVerb.CONFIRM, RecordVerb.CANCEL, RecordVerb.REOPEN}
    ),
)

NOTE: Final = HubspotLayout(
    object="notes",
    fields=(CrmField("hs_note_body", limit=65_536),),
    reads=("hs_attachment_ids",),
    links=_DEAL,
)

FILE: Final = HubspotLayout(
    object="notes", fields=(CrmField("hs_note_body"),), reads=("hs_attachment_ids",), links=_DEAL
)

LAYOUTS: Final[Mapping[RecordKind, HubspotLayout]] = MappingProxyType(
    {
        RecordKind.CUSTOMER: CUSTOMER,
        RecordKind.OPPORTUNITY: OPPORTUNITY,
        RecordKind.QUOTATION: QUOTATION,
        RecordKind.NOTE: NOTE,
        RecordKind.FILE: FILE,
    }
)

HUNG: Final = (RecordKind.NOTE, RecordKind.FILE)
"""Kinds that are notes there, and hang on records of other kinds."""

LINE: Final = (
    "name",
    "quantity",
    "price",
    "amount",
    "recurringbillingfrequency",
    "hs_recurring_billing_period",
    "hs_recurring_billing_number_of_payments",
    "hs_tax_rate_group_id",
)

PERIODS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "weekly": "P1W",
        "biweekly": "P2W",
        "monthly": "P1M",
        "quarterly": "P3M",
        "per_six_months": "P6M",
        "annually": "P1Y",
        "per_two_years": "P2Y",
        "per_three_years": "P3Y",
        "per_four_years": "P4Y",
        "per_five_years": "P5Y",
    }
)
"""The words of `recurringbillingfrequency`, and after how long a line is paid again."""


def stored_id(kind: RecordKind, external_id: str) -> str:
    """Return what stands in the property of ours for an external id."""
    return f"{FILE_MARK}{external_id}" if kind is RecordKind.FILE and external_id else external_id


def quote_state(status: str, ours: str) -> RecordState:
    """Return the state of a quote, by HubSpot's word and by ours."""
    if ours == CANCELLED:
        return RecordState.CANCELLED
    if ours == CONFIRMED:
        return RecordState.CONFIRMED
    return RecordState.QUOTED if status in PUBLISHED_STATES else RecordState.DRAFT
