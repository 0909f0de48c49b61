"""Which models of Tryton are which kinds of record: their fields, states, buttons, and what belongs to what.

`names` are the fields of the model that are written and read as they stand; a party's ways to reach it and
its address are records of their own in Tryton, and fields of the customer here.
"""

from collections.abc import Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Final

from node.crm.port import CrmField, FieldType, KindDescription, RecordKind, RecordState, RecordVerb
from protocol.values import dataclass

WAYS: Final = ("email", "phone", "mobile", "website")
LONG: Final = frozenset({"street", "comment", "lost_reason", "message"})
"""Fields in which a text may have several lines; Tryton refuses them elsewhere."""
PLACE: Final = ("street", "postal_code", "city")
OURS: Final = (
    "Freehold"  # the name of a contact mechanism that the customer gave, beside those of the business
)

_STAMPS: Final = ("create_date", "write_date")


@dataclass(frozen=True, slots=True, kw_only=True)
class ButtonMove:
    """How a verb is done: nothing in the states `done`, in others by pressing buttons one by one."""

    done: frozenset[str]
    buttons: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrytonLayout:
    """One kind of record in Tryton.

    `children` are the parts of a record that Tryton dates by themselves: the member in which they stand,
    their model, and the field that leads back. `reads` are further fields that are asked for, `states` what
    its own words for states mean.
    """

    model: str
    fields: tuple[CrmField, ...]
    names: tuple[str, ...]
    reads: tuple[str, ...] = ()
    children: tuple[tuple[str, str, str], ...] = ()
    states: Mapping[str, RecordState] = field(default_factory=dict)
    moves: Mapping[RecordVerb, ButtonMove] = field(default_factory=dict)

    @property
    def asked(self) -> tuple[str, ...]:
        """Return all that is asked for to read a record."""
        dated = (f"{member}.{stamp}" for member, _, _ in self.children for stamp in _STAMPS)
        return (*self.names, *self.reads, *dated, *_STAMPS)

    @property
    def described(self) -> KindDescription:
        """Return what the port says of it."""
        verbs = frozenset({*self.moves, RecordVerb.FORGET})
        return KindDescription(fields=self.fields, verbs=verbs, versioned=False)


def _fixed(name: str, type: FieldType = FieldType.TEXT) -> CrmField:
    return CrmField(name, type, writable=False)


CUSTOMER: Final = TrytonLayout(
    model="party.party",
    fields=(
        CrmField("name"),
        CrmField("email", FieldType.EMAIL),
        CrmField("phone", FieldType.PHONE),
        CrmField("mobile", FieldType.PHONE),
        CrmField("website"),
        *map(CrmField, PLACE),
        CrmField("country", FieldType.COUNTRY),
        _fixed("code"),
    ),
    names=("name", "code"),
    reads=(
        "replaced_by",
        "identifiers.code",
        "identifiers.type",
        *(f"contact_mechanisms.{name}" for name in ("type", "value", "name")),
        *(f"addresses.{name}" for name in (*PLACE, "country.code")),
    ),
    children=(
        ("identifiers", "party.identifier", "party"),
        ("contact_mechanisms", "party.contact_mechanism", "party"),
        ("addresses", "party.address", "party"),
    ),
)

OPPORTUNITY: Final = TrytonLayout(
    model="sale.opportunity",
    fields=(
        CrmField("description"),
        CrmField("comment"),
        CrmField("start_date", FieldType.DATE),
        CrmField("end_date", FieldType.DATE),
        CrmField("lost_reason"),
        _fixed("number"),
    ),
    names=("description", "comment", "start_date", "end_date", "lost_reason", "number"),
    reads=("reference", "state", "party", "employee"),
    states={
        "lead": RecordState.OPEN,
        "opportunity": RecordState.OPEN,
        "converted": RecordState.OPEN,
        "won": RecordState.WON,
        "lost": RecordState.LOST,
        "cancelled": RecordState.LOST,
    },
    moves={
        RecordVerb.LOSE: ButtonMove(
            done=frozenset({"lost", "cancelled"}),
            buttons={"lead": ("lost",), "opportunity": ("lost",)},
        ),
        RecordVerb.REOPEN: ButtonMove(
            done=frozenset({"lead", "opportunity", "converted"}),
            buttons={"lost": ("lead",), "cancelled": ("lead",)},
        ),
    },
)

QUOTATION: Final = TrytonLayout(
    model="sale.sale",
    fields=(
        CrmField("description"),
        CrmField("comment"),
        _fixed("number"),
        _fixed("sale_date", FieldType.DATE),
        _fixed("untaxed_amount", FieldType.DECIMAL),
        _fixed("tax_amount", FieldType.DECIMAL),
        _fixed("total_amount", FieldType.DECIMAL),
    ),
    names=(
        "description",
        "comment",
        "number",
        "sale_date",
        "untaxed_amount",
        "tax_amount",
        "total_amount",
    ),
    reads=(
        "reference",
        "state",
        "party",
        "origin",
        "currency.code",
        "currency.digits",
        "quotation_expire",
        *(f"lines.{name}" for name in ("type", "description", "quantity", "unit_price", "amount", "note")),
        "lines.unit.symbol",
        "lines.product.name",
        "lines.taxes.type",
        "lines.taxes.rate",
    ),
    children=(("lines", "sale.line", "sale"),),
    states={
        "draft": RecordState.DRAFT,
        "quotation": RecordState.QUOTED,
        "confirmed": RecordState.CONFIRMED,
        "processing": RecordState.CONFIRMED,
        "done": RecordState.CONFIRMED,
        "cancelled": RecordState.CANCELLED,
    },
    moves={
        RecordVerb.QUOTE: ButtonMove(done=frozenset({"quotation"}), buttons={"draft": ("quote",)}),
        RecordVerb.CONFIRM: ButtonMove(
            done=frozenset({"confirmed", "processing", "done"}), buttons={"quotation": ("confirm",)}
        ),
        RecordVerb.CANCEL: ButtonMove(
            done=frozenset({"cancelled"}),
            buttons={"draft": ("cancel",), "quotation": ("cancel",), "confirmed": ("draft", "cancel")},
        ),
        # Quoting it again also tells the opportunity that it is not won.
        RecordVerb.REOPEN: ButtonMove(
            done=frozenset({"draft", "quotation"}),
            buttons={"confirmed": ("draft", "quote"), "cancelled": ("draft",)},
        ),
        RecordVerb.DRAFT: ButtonMove(
            done=frozenset({"draft"}),
            buttons={
                "quotation": ("draft",),
                "confirmed": ("draft", "quote", "draft"),
                "cancelled": ("draft",),
            },
        ),
    },
)

NOTE: Final = TrytonLayout(
    model="ir.note", fields=(CrmField("message"),), names=("message",), reads=("resource",)
)

FILE: Final = TrytonLayout(
    model="ir.attachment",
    fields=(CrmField("name", required=True), _fixed("data_size", FieldType.INTEGER)),
    names=("name", "data_size"),
    reads=("resource", "description"),
)

LAYOUTS: Final[Mapping[RecordKind, TrytonLayout]] = MappingProxyType(
    {
        RecordKind.CUSTOMER: CUSTOMER,
        RecordKind.OPPORTUNITY: OPPORTUNITY,
        RecordKind.QUOTATION: QUOTATION,
        RecordKind.NOTE: NOTE,
        RecordKind.FILE: FILE,
    }
)

ATTACHED: Final = (RecordKind.NOTE, RecordKind.FILE)
"""Kinds that hang on a record of another kind, which Tryton calls their resource."""


def kind_of(model: str) -> RecordKind | None:
    """Return the kind of a model's records; None if they are none of ours."""
    return next((kind for kind, layout in LAYOUTS.items() if layout.model == model), None)
