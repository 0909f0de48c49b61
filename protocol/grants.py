"""Grants: what a customer lets a business read, for one purpose, under an agreement that both signed.

Rules that hold here:

- A grant permits some of what its agreement does, and never more. It names the agreement by its digest, so it
  is about these terms and no others.
- It has one purpose in all that it permits, and collects in one permission, of which its end and the number
  of readings are bounds. So whoever reads by it asserts that purpose and needs to say no more.
- There is no wildcard and no inheritance: fields are named one by one.
- What is over stays over. It is taken back all the same, for the other end may not know that it is; and what
  was to be replaced is replaced again, if the other end did not take the replacement.

Sources: ODRL Information Model 2.2 §2 (Permission, assigner, assignee), CID 1.0 (digestMultibase).
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from protocol import codes
from protocol.errors import Unprocessable
from protocol.jsonld import kind, many
from protocol.members import (
    missing,
    read_choice,
    read_iri,
    read_moment,
    read_object,
    read_required_iri,
    read_required_moment,
    read_required_salt,
    read_required_text,
)
from protocol.policies import DataPolicy, Permission, render_days, write_permissions
from protocol.policy_order import is_within
from protocol.policy_reading import read_days, read_permissions
from protocol.registries import COLLECT, actions, fields, purposes
from protocol.strictjson import Document
from protocol.terms import DataTerms
from protocol.times import render_time
from protocol.values import dataclass
from protocol.vocabulary import TERMS_ACTIVITY_CONTEXT, TERMS_CONTEXT

PERMISSIONS_LIMIT: Final = 4
_TYPE: Final = "Grant"
_DIGEST_LIMIT: Final = 64  # characters; ours have 47 or 48
_MEMBERS: Final = frozenset(
    {
        "id",
        "type",
        "attributedTo",
        "assigner",
        "assignee",
        "agreement",
        "agreementDigest",
        "permission",
        "delivery",
        "receiptPeriod",
        "startTime",
        "supersedes",
        "salt",
        "published",
    }
)
_TOMBSTONE: Final = frozenset({"id", "type", "formerType", "deleted"})


class Delivery(StrEnum):
    """How the business gets what is granted."""

    PULL = "pull"  # it reads, when it needs it
    ONCE = "once"  # it is sent, one time
    PUSH = "push"  # it is sent, and again when it changes


class GrantState(StrEnum):
    """What became of a grant."""

    ACTIVE = "active"
    SUPERSEDED = "superseded"  # by another grant
    REVOKED = "revoked"
    EXPIRED = "expired"
    EXHAUSTED = "exhausted"  # read as often as may be
    ENDED = "ended"  # with its agreement, or because the business did not take it, or blocked who gave it


class GrantEvent(StrEnum):
    """What happens to a grant."""

    SUPERSEDE = "supersede"  # by the customer: a Create that names it
    REVOKE = "revoke"  # by the customer
    EXPIRE = "expire"  # by the clock
    EXHAUST = "exhaust"  # by the last reading
    END = "end"  # with its agreement, or by the business, which blocks the customer
    REFUSE = "refuse"  # by the business's node


STEPS: Final[Mapping[tuple[GrantState, GrantEvent], GrantState]] = MappingProxyType(
    {
        (GrantState.ACTIVE, GrantEvent.SUPERSEDE): GrantState.SUPERSEDED,
        # Where the one that took its place was refused, another one does.
        (GrantState.SUPERSEDED, GrantEvent.SUPERSEDE): GrantState.SUPERSEDED,
        (GrantState.ACTIVE, GrantEvent.REVOKE): GrantState.REVOKED,
        (GrantState.SUPERSEDED, GrantEvent.REVOKE): GrantState.REVOKED,
        (GrantState.EXPIRED, GrantEvent.REVOKE): GrantState.REVOKED,
        (GrantState.EXHAUSTED, GrantEvent.REVOKE): GrantState.REVOKED,
        (GrantState.ENDED, GrantEvent.REVOKE): GrantState.REVOKED,
        (GrantState.ACTIVE, GrantEvent.EXPIRE): GrantState.EXPIRED,
        (GrantState.ACTIVE, GrantEvent.EXHAUST): GrantState.EXHAUSTED,
        (GrantState.ACTIVE, GrantEvent.END): GrantState.ENDED,
        (GrantState.ACTIVE, GrantEvent.REFUSE): GrantState.ENDED,
    }
)
"""All that can happen; what is not here changes nothing."""


@dataclass(frozen=True, slots=True)
class Grant:
    """What `customer` lets `business` do with facts under `agreement` (IRIs; its digest is a multibase).

    `receipt_days` is how often a report of use is wanted, `supersedes` the grant that this one replaces.
    """

    iri: str
    customer: str
    business: str
    agreement: str
    agreement_digest: str
    permissions: tuple[Permission, ...]
    salt: str
    published: datetime
    delivery: Delivery = Delivery.PULL
    receipt_days: int | None = None
    starts_at: datetime | None = None
    supersedes: str | None = None

    @property
    def collecting(self) -> Permission:
        """The one permission by which facts are read."""
        return next(each for each in self.permissions if collects(each))

    @property
    def fields(self) -> tuple[str, ...]:
        """The fields that may be read, as IRIs in order."""
        return fields().spell(self.collecting.fields)

    @property
    def purpose(self) -> str:
        """What for, as an IRI."""
        return purposes().spell(self.collecting.purposes)[0]

    @property
    def ends_at(self) -> datetime | None:
        """From when on it is over; None if it has no end of its own."""
        return self.collecting.limits.until

    @property
    def uses(self) -> int | None:
        """How often facts may be read by it; None for any number."""
        return self.collecting.limits.uses


@dataclass(frozen=True, slots=True)
class GrantRevocation:
    """The word of a customer that a grant (its IRI and digest) is over."""

    grant: str
    digest: str
    deleted: datetime


def collects(permission: Permission) -> bool:
    """Tell whether a permission is one to read facts."""
    return bool(permission.actions & actions().words[COLLECT])


def read_grant(activity: Document) -> Grant:
    """Read the grant that a Create brings, in our plain keys.

    Raises:
        Unprocessable: `unknown-member` without the context of these words, `one-purpose`, `collects-once`,
            `unknown-delivery`, `malformed-salt`, `attribution-mismatch`, `not-the-first-party`, or as
            `policy_reading.read_permissions`.
    """
    if TERMS_CONTEXT not in many(activity.get("@context")):
        raise Unprocessable(
            codes.UNKNOWN_MEMBER, f"The document brings a {_TYPE} and is without {TERMS_CONTEXT}."
        )
    document = read_object(activity.get("object"), type=_TYPE, known=_MEMBERS)
    grant = _read(document)
    check_permissions(grant.permissions)
    if read_required_iri(document, "attributedTo") != grant.customer:
        raise Unprocessable(codes.ATTRIBUTION_MISMATCH)
    if read_required_iri(activity, "actor") != grant.customer:
        raise Unprocessable(codes.NOT_THE_FIRST_PARTY)
    return grant


def read_kept_grant(document: Document) -> Grant:
    """Read a grant as it was kept: the object of the activity that brought it.

    Raises:
        Unprocessable: as `read_grant`, of what stands in the object.
    """
    return _read(document)


def _read(document: Document) -> Grant:
    receipts = document.get("receiptPeriod")
    delivery = read_choice(document, "delivery", Delivery, codes.UNKNOWN_DELIVERY)
    if delivery is None:
        raise missing("delivery")
    return Grant(
        iri=read_required_iri(document, "id"),
        customer=read_required_iri(document, "assigner"),
        business=read_required_iri(document, "assignee"),
        agreement=read_required_iri(document, "agreement"),
        agreement_digest=read_required_text(document, "agreementDigest", limit=_DIGEST_LIMIT),
        permissions=read_permissions(document, limit=PERMISSIONS_LIMIT),
        salt=read_required_salt(document),
        published=read_required_moment(document, "published"),
        delivery=delivery,
        receipt_days=None if receipts is None else read_days(receipts),
        starts_at=read_moment(document, "startTime"),
        supersedes=read_iri(document, "supersedes"),
    )


def check_permissions(permissions: tuple[Permission, ...]) -> None:
    """Check that permissions are those of one grant: one purpose, one that collects, the others within it.

    Raises:
        Unprocessable: `one-purpose`, `collects-once`.
    """
    collecting = [each for each in permissions if collects(each)]
    if len(collecting) != 1:
        raise Unprocessable(codes.COLLECTS_ONCE)
    (first,) = collecting
    if len(purposes().spell(first.purposes)) != 1 or any(
        each.purposes != first.purposes for each in permissions
    ):
        raise Unprocessable(codes.ONE_PURPOSE)
    if any(each.fields & ~first.fields for each in permissions):
        raise Unprocessable(codes.COLLECTS_ONCE)


def check_grant(grant: Grant, terms: DataTerms) -> None:
    """Check that a grant stands between the parties of some terms, and permits no more than these do.

    Raises:
        Unprocessable: `not-the-first-party`, `not-the-second-party`, `wider-than-agreement`.
    """
    if grant.customer != terms.first_party:
        raise Unprocessable(codes.NOT_THE_FIRST_PARTY)
    if grant.business != terms.second_party:
        raise Unprocessable(codes.NOT_THE_SECOND_PARTY)
    # What the business is obliged to stands in the agreement, and no grant takes it away.
    policy = DataPolicy(grant.permissions, terms.policy.duties, terms.policy.compensations)
    if not is_within(policy, terms.policy):
        raise Unprocessable(codes.WIDER_THAN_AGREEMENT)


def render_grant(grant: Grant) -> Document:
    """Write a grant in its canonical form, as the object of a Create and without a context."""
    document: Document = {
        "id": grant.iri,
        "type": _TYPE,
        "attributedTo": grant.customer,
        "assigner": grant.customer,
        "assignee": grant.business,
        "agreement": grant.agreement,
        "agreementDigest": grant.agreement_digest,
        "permission": write_permissions(grant.permissions),
        "delivery": grant.delivery.value,
        "salt": grant.salt,
        "published": render_time(grant.published),
    }
    if grant.receipt_days is not None:
        document["receiptPeriod"] = render_days(grant.receipt_days)
    if grant.starts_at is not None:
        document["startTime"] = render_time(grant.starts_at)
    if grant.supersedes is not None:
        document["supersedes"] = grant.supersedes
    return document


def render_giving(grant: Grant, *, iri: str, published: datetime) -> Document:
    """Write the Create (its address is `iri`) that brings a grant, ready to be signed."""
    head = _head(iri, "Create", grant.customer, grant.business, grant.agreement, published)
    return head | {"object": render_grant(grant)}


def render_revocation(grant: Grant, digest: str, *, iri: str, published: datetime) -> Document:
    """Write the Delete (its address is `iri`) by which a grant with this digest ends, ready to sign."""
    head = _head(iri, "Delete", grant.customer, grant.business, grant.agreement, published)
    moment = render_time(published)
    tombstone = {"id": grant.iri, "type": "Tombstone", "formerType": _TYPE, "deleted": moment}
    return head | {"digestMultibase": digest, "object": tombstone}


def _head(iri: str, type: str, customer: str, business: str, agreement: str, published: datetime) -> Document:
    return {
        "@context": TERMS_ACTIVITY_CONTEXT,
        "id": iri,
        "type": type,
        "actor": customer,
        "to": [business],
        "published": render_time(published),
        "context": agreement,
    }


def is_grant_revocation(activity: Document) -> bool:
    """Tell whether a Delete is the word that a grant is over, whatever else is wrong with it."""
    object = activity.get("object")
    return isinstance(object, dict) and kind(object.get("formerType")) == _TYPE


def read_grant_revocation(activity: Document) -> GrantRevocation:
    """Read the Delete of a grant, in our plain keys.

    Raises:
        Unprocessable: `missing-member`, `wrong-type`, `unknown-member`, `malformed-time`.
    """
    document = read_object(activity.get("object"), type="Tombstone", known=_TOMBSTONE)
    return GrantRevocation(
        grant=read_required_iri(document, "id"),
        digest=read_required_text(activity, "digestMultibase", limit=_DIGEST_LIMIT),
        deleted=read_required_moment(document, "deleted"),
    )
