"""Policies: what the business may do with data about the customer, as values, and how they are written.

Rules that hold here:

- What a policy does not permit is prohibited. There are no prohibitions, no alternatives and no exceptions,
  and every cell (action, purpose, field) lies in at most one permission: two that overlap are not read.
- The constraints of a permission hold together. One that is absent is no bound of its kind.
- Time is counted in whole days, because months are not of one length and could not be compared.
- Why a permission is wanted, how much it matters and which credential would do are no limits: they change
  nothing of what is permitted.

Sources: ODRL Information Model 2.2 §2 (Set, Permission, Duty, Constraint), ODRL Vocabulary & Expression 2.2;
`schemas/vocabularies/policy-profile.ttl`.
"""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import Final

from protocol.canonical import canonicalise
from protocol.prices import amount_string
from protocol.registries import DPV, FREEHOLD, actions, fields, places, purposes
from protocol.specifications import Necessity
from protocol.strictjson import Document, Json
from protocol.times import render_time
from protocol.values import dataclass

PROFILE_IRI: Final = f"{FREEHOLD.removesuffix('#')}/policy/1"
ODRL: Final = "http://www.w3.org/ns/odrl/2/"

PURPOSE: Final = f"{ODRL}purpose"
RECIPIENT: Final = f"{ODRL}recipient"
ELAPSED_TIME: Final = f"{ODRL}elapsedTime"
TIME_AFTER_END: Final = f"{FREEHOLD}timeAfterEnd"
DATE_TIME: Final = f"{ODRL}dateTime"
COUNT: Final = f"{ODRL}count"
SPATIAL: Final = f"{ODRL}spatial"

IS_ANY_OF: Final = f"{ODRL}isAnyOf"
LTEQ: Final = f"{ODRL}lteq"
LT: Final = f"{ODRL}lt"


class RecipientKind(StrEnum):
    """On whose behalf somebody else gets data: the business's, or their own."""

    PROCESSOR = "DataProcessor"
    THIRD_PARTY = "ThirdParty"


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who else may get data: one party by its IRI, or with "" anybody of the kind."""

    kind: RecipientKind
    party: str = ""

    def covers(self, other: "Recipient") -> bool:
        """Tell whether whoever may share with this one may share with the other."""
        return self == other or (not self.party and self.kind is other.kind)


@dataclass(frozen=True, slots=True)
class Bounds:
    """The bounds of a permission; None where there is none."""

    recipients: frozenset[Recipient] | None = None
    places: int | None = None  # a set of `registries.places`: where the bytes are
    days: int | None = None  # since they were obtained
    days_after_end: int | None = None  # since the agreement ended, or for a wish's data the wish
    until: datetime | None = None  # only before then
    uses: int | None = None  # disclosures


@dataclass(frozen=True, slots=True)
class Permission:
    """A box of cells, as sets of the registries, with the bounds that hold in it."""

    actions: int
    purposes: int  # with all narrower ones
    fields: int
    limits: Bounds = Bounds()
    necessity: Necessity | None = None
    content: str = ""
    credential_type: str = ""


class DutyKind(StrEnum):
    """What a business may be obliged to within so many days; the value is the action's IRI."""

    DELETE = f"{ODRL}delete"  # delete and attest it, from what ends the right to keep
    INFORM = f"{ODRL}inform"  # say what was done with the data, so often
    PORT = f"{FREEHOLD}port"  # hand over what is held, from being asked


COMPENSATE: Final = f"{ODRL}compensate"


class Rhythm(StrEnum):
    """What a compensation is paid for."""

    USE = "use"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Duty:
    """To do something within so many days, at the latest."""

    kind: DutyKind
    days: int


@dataclass(frozen=True, slots=True)
class Compensation:
    """To pay the customer for the data."""

    currency: str
    per: Rhythm
    amount: Decimal


@dataclass(frozen=True, slots=True)
class DataPolicy:
    """What is permitted, and what it obliges to: each kind of duty once, each currency and rhythm once."""

    permissions: tuple[Permission, ...] = ()
    duties: tuple[Duty, ...] = ()
    compensations: tuple[Compensation, ...] = ()


def write_policy(policy: DataPolicy) -> Document:
    """Write a policy in its canonical form, which does not depend on how it was spelled."""
    document: Document = {"type": "Set", "policyProfile": PROFILE_IRI}
    if policy.permissions:
        document["permission"] = write_permissions(policy.permissions)
    if policy.duties or policy.compensations:
        duties = [_write_duty(each) for each in policy.duties]
        document["obligation"] = _sorted([*duties, *map(_write_compensation, policy.compensations)])
    return document


def write_permissions(permissions: Iterable[Permission]) -> list[Document]:
    """Write permissions in their canonical form and order."""
    return [_write_permission(each) for each in sorted(permissions, key=_place)]


def in_order(policy: DataPolicy) -> DataPolicy:
    """Return a policy with its parts in the order in which they are written: equal if they come out alike."""
    return DataPolicy(
        tuple(sorted(policy.permissions, key=_place)),
        tuple(sorted(policy.duties, key=lambda each: each.kind.value)),
        tuple(sorted(policy.compensations, key=lambda each: (each.currency, each.per.value))),
    )


@lru_cache(maxsize=256)  # a policy is ordered when it is read, when its texts are made and when it is written
def _place(permission: Permission) -> bytes:
    """Return what a permission is ordered by: its canonical form."""
    return canonicalise(_write_permission(permission))


def _write_permission(permission: Permission) -> Document:
    document: Document = {
        "type": "Permission",
        "processing": list(actions().spell(permission.actions)),
        "fields": list(fields().spell(permission.fields)),
        "constraint": _write_constraints(permission),
    }
    if permission.necessity is not None:
        document["necessity"] = permission.necessity.value
    if permission.content:
        document["content"] = permission.content
    if permission.credential_type:
        document["credentialType"] = permission.credential_type
    return document


def _write_constraints(permission: Permission) -> list[Document]:
    limits = permission.limits
    written = [_constraint(PURPOSE, IS_ANY_OF, _ids(purposes().spell(permission.purposes)))]
    if limits.recipients is not None:
        written.append(_constraint(RECIPIENT, IS_ANY_OF, _write_recipients(limits.recipients)))
    if limits.places is not None:
        written.append(_constraint(SPATIAL, IS_ANY_OF, _ids(places().spell(limits.places))))
    if limits.days is not None:
        written.append(_constraint(ELAPSED_TIME, LTEQ, render_days(limits.days)))
    if limits.days_after_end is not None:
        written.append(_constraint(TIME_AFTER_END, LTEQ, render_days(limits.days_after_end)))
    if limits.until is not None:
        written.append(_constraint(DATE_TIME, LT, render_time(limits.until)))
    if limits.uses is not None:
        written.append(_constraint(COUNT, LTEQ, limits.uses))
    return sorted(written, key=lambda constraint: str(constraint["leftOperand"]))


def _write_recipients(recipients: Iterable[Recipient]) -> list[Document]:
    parties = [{"id": each.party, "type": each.kind.value} for each in recipients if each.party]
    classes = [{"id": class_iri(each.kind)} for each in recipients if not each.party]
    return sorted([*parties, *classes], key=lambda written: (written["id"], written.get("type", "")))


def class_iri(kind: RecipientKind) -> str:
    """Return the IRI that stands for anybody of a kind."""
    return f"{DPV}{kind.value}"


def render_days(days: int) -> str:
    """Write a number of whole days as an XML Schema duration."""
    return f"P{days}D"


def _write_duty(duty: Duty) -> Document:
    term = _constraint(ELAPSED_TIME, LTEQ, render_days(duty.days))
    return {"type": "Duty", "processing": [duty.kind.value], "constraint": [term]}


def _write_compensation(compensation: Compensation) -> Document:
    return {
        "type": "Duty",
        "processing": [COMPENSATE],
        "amount": amount_string(compensation.amount, currency=compensation.currency),
        "currency": compensation.currency,
        "per": compensation.per.value,
    }


def _constraint(operand: str, operator: str, bound: Json) -> Document:
    return {"type": "Constraint", "leftOperand": operand, "operator": operator, "rightOperand": bound}


def _ids(iris: Iterable[str]) -> list[Json]:
    return [{"id": iri} for iri in iris]


def _sorted(documents: Iterable[Document]) -> list[Document]:
    return sorted(documents, key=canonicalise)
