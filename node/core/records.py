"""What a CRM keeps, as values that every adapter shares: records, what is to be written, what it can do.

Rules here:

- A value is text, whatever its type: "" is blank, a decimal is "34.90", a date "2026-11-29", a moment
  "2026-11-29T13:00:00Z", a choice its word, yes and no are "true" and "false". The adapter spells it for its
  CRM, and what it reads it spells so; two equal values are equal texts.
- `fields` go by the CRM's own names for them, as `CrmDescription` lists them. What is the same in every CRM
  (kind, state, lines, what belongs to what) has a member of its own instead.
- An id is the CRM's, an external id is ours: the IRI of what the record stands for.
- A version is opaque, and another one after every change of the record.
"""

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime
from enum import StrEnum

from protocol.values import dataclass


class RecordKind(StrEnum):
    """What a record stands for."""

    CUSTOMER = "customer"  # a party, contact or account; external id: the actor
    OPPORTUNITY = "opportunity"  # a lead; external id: the intention
    QUOTATION = "quotation"  # an estimate, which becomes the order; external id: the offer
    NOTE = "note"  # an activity in a record's history; external id: the message, or what it tells
    FILE = "file"  # an attachment; external id: of what is attached
    INVOICE = "invoice"
    SUBSCRIPTION = "subscription"


class RecordState(StrEnum):
    """Where a record stands, in words that every CRM's own are read as."""

    NONE = ""  # kinds without states
    OPEN = "open"  # of an opportunity
    WON = "won"
    LOST = "lost"
    DRAFT = "draft"  # of a quotation: somebody is still writing it
    QUOTED = "quoted"  # it is to go out
    CONFIRMED = "confirmed"  # it is an order
    CANCELLED = "cancelled"


class RecordVerb(StrEnum):
    """What can be done to a record beside writing its fields."""

    QUOTE = "quote"  # a draft becomes a quotation
    CONFIRM = "confirm"  # a quotation becomes an order
    CANCEL = "cancel"
    REOPEN = (
        "reopen"  # back: a confirmed quotation to quoted, where it cannot, to a draft; an opportunity to open
    )
    DRAFT = "draft"  # a quotation back to a draft: where a CRM lacks this, what nobody signed is cancelled
    WIN = "win"
    LOSE = "lose"
    FORGET = "forget"  # what is of a person is erased, the record with it where the CRM lets it go


class FieldType(StrEnum):
    """How a field's text is to be read."""

    TEXT = "text"
    DECIMAL = "decimal"
    INTEGER = "integer"
    BOOLEAN = "boolean"
    DATE = "date"
    MOMENT = "moment"
    EMAIL = "email"
    PHONE = "phone"
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    CURRENCY = "currency"  # ISO 4217
    CHOICE = "choice"


@dataclass(frozen=True, slots=True)
class CrmField:
    """One field of a kind of record; `choices` are the words of a choice, `limit` the most characters."""

    name: str
    type: FieldType = FieldType.TEXT
    required: bool = False
    writable: bool = True
    choices: tuple[str, ...] = ()
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDescription:
    """What a CRM can do with one kind of record.

    `versioned` says that an upsert with a stale `base_version` is refused by the CRM itself; without it the
    adapter compares before it writes, and two writes at once may pass each other. `singly` says that each is
    a request of its own, also where the CRM takes several records of another kind at once.
    """

    fields: tuple[CrmField, ...]
    verbs: frozenset[RecordVerb] = frozenset()
    versioned: bool = False
    singly: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmDescription:
    """What a CRM is and can do: a kind that it cannot hold is not in `kinds`.

    `bulk` is how many writes it takes at once.
    """

    title: str
    kinds: Mapping[RecordKind, KindDescription]
    bulk: int = 1


@dataclass(frozen=True, slots=True)
class QuoteLine:
    """A line of a quotation: `quantity` and `price` are decimals, `price` that of one unit, with its taxes.

    A negative price is a discount. `per` is "" for what is paid once, else the period after which it is paid
    again (ISO 8601: P1M). `named_elsewhere` says that its label is what another record is called, such as a
    product, and changes with that.
    """

    label: str
    quantity: str
    price: str
    unit: str = ""
    per: str = ""
    named_elsewhere: bool = field(default=False, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class CrmRecord:
    """A record as it stands in the CRM.

    `external_id` is "" where it has none yet, as a quotation that somebody has just written there. `links`
    name the records it belongs to by their ids: a quotation's customer and opportunity, a note's record.
    `currency` and `valid_until` (a date, the last day) are a quotation's, "" where they are not given.
    `faults` are sentences on what stands there and cannot be read. `in_place_of` is the id of another
    record that people had it take the place of, where it was asked for by that id.
    """

    kind: RecordKind
    id: str
    version: str
    external_id: str = ""
    state: RecordState = RecordState.NONE
    fields: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[RecordKind, str] = field(default_factory=dict)
    lines: tuple[QuoteLine, ...] = ()
    currency: str = ""
    valid_until: str = ""
    faults: tuple[str, ...] = ()
    changed_at: datetime | None = None
    in_place_of: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordChange:
    """That a record changed: it as it is now, or None where it was deleted there.

    `fault` is a sentence on why it cannot be read, where it is there and cannot; "" for any other.
    """

    kind: RecordKind
    id: str
    record: CrmRecord | None
    fault: str = ""


@dataclass(frozen=True, slots=True)
class ChangesPage:
    """Some changes in the order of time, where to go on, and whether there are more right now.

    A change may come twice, in this page or a later one; none is left out.
    """

    changes: tuple[RecordChange, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Upsert:
    """What is to be written: a field that is not named stays as it is, one that is "" is blanked.

    `id` names the record where it is known; otherwise it is the one with this external id, or a new one.
    `base_version` is the version that the writer saw last, "" for whichever there is. `lines` replaces all
    lines; None leaves them. `content` is that of a file.
    """

    kind: RecordKind
    external_id: str
    fields: Mapping[str, str] = field(default_factory=dict)
    links: Mapping[RecordKind, str] = field(default_factory=dict)
    id: str = ""
    base_version: str = ""
    lines: tuple[QuoteLine, ...] | None = None
    currency: str = ""
    valid_until: str = ""
    content: bytes = b""


@dataclass(frozen=True, slots=True)
class Upserted:
    """The record after a write, and whether it is a new one."""

    record: CrmRecord
    created: bool


@dataclass(frozen=True, slots=True)
class CrmHealth:
    """That a CRM answers and takes our key: who it says it is, and what the owner should know of it."""

    title: str
    detail: str = ""
