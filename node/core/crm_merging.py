"""What is written into a record of a CRM: field by field, against what stands there and what was agreed last.

Rules here:

- Nobody's change is written over by accident: what only one side has changed since both were looked at last
  is that side's; where both did, the field's owner decides, and where that does not tell, a person.
- The lines of a quotation are a field, too: a person decides, until the customer has signed some.
- A field that cannot be spelled for the CRM is left as it is, and said.
- A state is reached by the CRM's own verbs, step by step, and only from where they lead on.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import field, replace
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from node.core.crm_mapping import CrmMapping, FieldOwner, MappedField, Transform, write_value
from node.core.crm_quotations import say_lines
from node.core.records import CrmRecord, QuoteLine, RecordKind, RecordState, RecordVerb, Upsert
from protocol.canonical import canonicalise, digest
from protocol.values import dataclass

PRICE: Final = "#price"
"""The lines of a quotation among its fields; no field of a CRM has this name."""

LEFT: Final = "#left"
"""In the base of a record that a person left as it is: the digest of what it was to be."""

_OURS: Final = "#ours."
"""Before the name of a field: what we had in it when both sides were looked at last, if not the same."""


class FieldFate(StrEnum):
    """What becomes of one field."""

    SAME = "same"
    WRITE = "write"
    KEEP = "keep"  # what stands in the CRM
    CONFLICT = "conflict"
    UNFIT = "unfit"  # it cannot be spelled so


class Linking(StrEnum):
    """What to do for how many records of the CRM have an external id."""

    CREATE = "create"
    LINK = "link"
    QUARANTINE = "quarantine"


class FieldChoice(StrEnum):
    """Whose value of a field holds, as a person says where both sides have changed it."""

    OURS = "ours"
    THEIRS = "theirs"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedRecord:
    """What a record of ours is to be in the CRM: values by source, and the records it belongs to.

    `links` go by external id, `crm_links` by the CRM's; `aim` is the state to be reached, `reason` why.
    `lines` and what follows are what is offered, or with `signed` what the customer has signed. `forgotten`
    says that it was deleted by whoever wrote it; `changed_at` is when it last changed here.
    """

    kind: RecordKind
    external_id: str
    values: Mapping[str, str]
    links: Mapping[RecordKind, str] = field(default_factory=dict)
    crm_links: Mapping[RecordKind, str] = field(default_factory=dict)
    aim: RecordState = RecordState.NONE
    reason: str = ""
    lines: tuple[QuoteLine, ...] = ()
    currency: str = ""
    valid_until: str = ""
    signed: bool = False
    forgotten: bool = False
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class FieldVerdict:
    """One field: what we have, what stands in the CRM (None for no record), and what becomes of it."""

    field: MappedField
    ours: str | None
    theirs: str | None
    verdict: FieldFate


def wanted_digest(wanted: WantedRecord) -> str:
    """Return the digest of what a record of ours is to be in the CRM."""
    lines = [[line.label, line.quantity, line.price, line.unit, line.per] for line in wanted.lines]
    offered = [lines, wanted.currency, wanted.valid_until, wanted.signed]
    return digest(canonicalise({"values": wanted.values, "aim": wanted.aim, "offered": offered}))


def match_by(found: int) -> Linking:
    """Decide by how many records there are."""
    return Linking.QUARANTINE if found > 1 else Linking.LINK if found else Linking.CREATE


def judge(
    owner: FieldOwner,
    *,
    base: str | None,
    ours: str,
    theirs: str,
    ours_before: str | None = None,
    ours_at: datetime | None = None,
    theirs_at: datetime | None = None,
) -> FieldFate:
    """Decide whose value of a field holds.

    `base` is what stood in the CRM when both sides were looked at last, None if they never were, and
    `ours_before` what we had then, None for the same. The times are those of the records: neither side keeps
    one for each field.
    """
    if ours == theirs:
        return FieldFate.SAME
    if base is None:
        return _unagreed(owner, theirs)
    before = base if ours_before is None else ours_before
    if owner is FieldOwner.CUSTOMER:
        spelled = ours == before and theirs == base and ours.split() == theirs.split()
        return FieldFate.KEEP if spelled else FieldFate.WRITE  # what was written is so there, to the blanks
    if ours == before:
        return FieldFate.KEEP
    if not (theirs or base):
        return FieldFate.WRITE
    if theirs == base and (owner is FieldOwner.NEWEST or before == base):
        return FieldFate.WRITE
    if owner is FieldOwner.BUSINESS:
        return FieldFate.KEEP
    if owner is FieldOwner.NEWEST and ours_at is not None and theirs_at is not None and ours_at != theirs_at:
        return FieldFate.WRITE if ours_at > theirs_at else FieldFate.KEEP
    return FieldFate.CONFLICT


def _unagreed(owner: FieldOwner, theirs: str) -> FieldFate:
    """Decide about a field that may have been filled in before: it is theirs then, or a person is asked."""
    if owner is FieldOwner.CUSTOMER or not theirs:
        return FieldFate.WRITE
    return FieldFate.CONFLICT if owner is FieldOwner.MANUAL else FieldFate.KEEP


def compare(
    wanted: WantedRecord, mapping: CrmMapping, record: CrmRecord | None, base: Mapping[str, str] | None
) -> list[FieldVerdict]:
    """Return what becomes of each mapped field of a record, and of its lines.

    `base` is what `agreed_on` said of it last, None if we never wrote it.
    """
    verdicts = [_compare_field(field, wanted, record, base) for field in mapping.of(wanted.kind)]
    return [*verdicts, _compare_price(wanted, record, base)] if _takes_lines(wanted, record) else verdicts


def _compare_field(
    field: MappedField, wanted: WantedRecord, record: CrmRecord | None, base: Mapping[str, str] | None
) -> FieldVerdict:
    ours = write_value(field, wanted.values)
    theirs = None if record is None else record.fields.get(field.target, "")
    if ours is None:
        return FieldVerdict(field, None, theirs, FieldFate.UNFIT)
    if record is None or theirs is None:
        return FieldVerdict(field, ours, None, FieldFate.WRITE if ours else FieldFate.SAME)
    verdict = judge(
        field.owner,
        base=None if base is None else base.get(field.target),
        ours=ours,
        theirs=theirs,
        ours_before=None if base is None else base.get(_OURS + field.target),
        ours_at=wanted.changed_at,
        theirs_at=record.changed_at,
    )
    return FieldVerdict(field, ours, theirs, verdict)


def _takes_lines(wanted: WantedRecord, record: CrmRecord | None) -> bool:
    """Tell whether a record's lines are ours to write: a draft is its writer's, and an order stands."""
    if wanted.kind is not RecordKind.QUOTATION or not wanted.lines:
        return False
    if record is None or record.state is RecordState.QUOTED:
        return True
    return record.state is RecordState.DRAFT and wanted.aim is RecordState.CONFIRMED


def _compare_price(
    wanted: WantedRecord, record: CrmRecord | None, base: Mapping[str, str] | None
) -> FieldVerdict:
    priced = MappedField(
        sources=("price",),
        target=PRICE,
        owner=FieldOwner.CUSTOMER if wanted.signed else FieldOwner.MANUAL,
        transform=Transform.TEXT,
        purpose="to negotiate",
    )
    said = {"price": say_lines(wanted.lines, wanted.currency)}
    there = None if record is None else replace(record, fields={PRICE: _standing(record, PRICE)})
    verdict = _compare_field(priced, replace(wanted, values=said), there, base)
    is_left = (
        base is not None and base.get(_OURS + PRICE) == verdict.ours and base.get(PRICE) == verdict.theirs
    )
    # A CRM that computes prices by itself may round them: what was written is written once.
    return replace(verdict, verdict=FieldFate.KEEP) if is_left else verdict


def _standing(record: CrmRecord, target: str) -> str:
    """Return what stands in a field of a record."""
    return say_lines(record.lines, record.currency) if target == PRICE else record.fields.get(target, "")


def to_upsert(
    wanted: WantedRecord,
    verdicts: Sequence[FieldVerdict],
    record: CrmRecord | None,
    links: Mapping[RecordKind, str],
) -> Upsert | None:
    """Return what is to be written, None if nothing is; `links` are those of the record by the CRM's ids."""
    fields = {each.field.target: each.ours or "" for each in verdicts if each.verdict is FieldFate.WRITE}
    priced = fields.pop(PRICE, None) is not None
    if record is None:
        return Upsert(
            kind=wanted.kind,
            external_id=wanted.external_id,
            fields=fields,
            links=links,
            lines=wanted.lines or None,
            currency=wanted.currency,
            valid_until=wanted.valid_until,
        )
    missing = {kind: id for kind, id in links.items() if not record.links.get(kind)}
    if not fields and not missing and not priced and record.external_id == wanted.external_id:
        return None
    return Upsert(
        kind=wanted.kind,
        external_id=wanted.external_id,
        id=record.id,
        base_version=record.version,
        fields=fields,
        links=missing,
        lines=wanted.lines if priced else None,
        currency=wanted.currency if priced else "",
        valid_until=wanted.valid_until if priced else "",
    )


def agreed_on(
    verdicts: Sequence[FieldVerdict], base: Mapping[str, str] | None, record: CrmRecord
) -> dict[str, str]:
    """Return what either side has once a record stands as it does now; a conflict leaves what was."""
    agreed = {}
    left = {PRICE} - {each.field.target for each in verdicts}
    for each in verdicts:
        target = each.field.target
        if each.verdict is FieldFate.CONFLICT:
            left.add(target)
            continue
        agreed[target] = _standing(record, target)
        if each.ours is not None and each.ours != agreed[target]:
            agreed[_OURS + target] = each.ours
    was = base or {}
    return agreed | {name: was[name] for each in left for name in (each, _OURS + each) if name in was}


def chosen(
    base: Mapping[str, str], target: str, *, ours: str, theirs: str, choice: FieldChoice
) -> dict[str, str]:
    """Return what either side had, so that the value which a person chose is the newer one.

    Nothing is written by that: whatever changes after both values were shown is judged as ever.
    """
    both = {name: text for name, text in base.items() if name != _OURS + target} | {target: theirs}
    return {FieldChoice.OURS: both, FieldChoice.THEIRS: both | {_OURS + target: ours}}[choice]


_STEPS: Final[Mapping[tuple[RecordState, RecordState], RecordVerb]] = MappingProxyType(
    {
        (RecordState.OPEN, RecordState.WON): RecordVerb.WIN,
        (RecordState.OPEN, RecordState.LOST): RecordVerb.LOSE,
        (RecordState.LOST, RecordState.WON): RecordVerb.WIN,
        (RecordState.WON, RecordState.OPEN): RecordVerb.REOPEN,
        (RecordState.WON, RecordState.LOST): RecordVerb.REOPEN,
        (RecordState.DRAFT, RecordState.CONFIRMED): RecordVerb.QUOTE,
        (RecordState.QUOTED, RecordState.CONFIRMED): RecordVerb.CONFIRM,
        (RecordState.CANCELLED, RecordState.CONFIRMED): RecordVerb.REOPEN,
        (RecordState.CONFIRMED, RecordState.QUOTED): RecordVerb.REOPEN,
        (RecordState.CANCELLED, RecordState.QUOTED): RecordVerb.REOPEN,
        (RecordState.DRAFT, RecordState.CANCELLED): RecordVerb.CANCEL,
        (RecordState.QUOTED, RecordState.CANCELLED): RecordVerb.CANCEL,
        (RecordState.CONFIRMED, RecordState.CANCELLED): RecordVerb.CANCEL,
    }
)
"""The next verb from a state to an aim. What is not here stays: a draft that somebody writes is theirs, and
so is an opportunity that they gave up."""


def next_step(state: RecordState, aim: RecordState) -> RecordVerb | None:
    """Return what to do next to bring a record to a state; None if it is there, or is to be left."""
    return _STEPS.get((state, aim))


def digest_of(values: Mapping[str, str]) -> str:
    """Return the SHA-256 of some fields, in hexadecimal: equal fields are equal digests."""
    return hashlib.sha256(canonicalise(dict(values))).hexdigest()
