"""Reads policies as they stand in terms, and refuses whatever this code would not enforce.

Rules that hold here:

- A policy is closed: an object with a member we do not know is refused, and so are prohibitions,
  alternatives, refinements and inheritance, which would change what the rest means.
- Words are IRIs of the frozen registries, to the letter. A purpose or a place is a reference (`{"id": ...}`),
  since `rightOperand` makes a mere text a text.
- What is limited twice is refused and not resolved: no reader may choose the laxer of two.
- No two permissions share a cell (action, purpose, field), so every question about a use has one answer.

Sources: ODRL Information Model 2.2 §2; `schemas/vocabularies/policy-profile.ttl`.
"""

import re
from collections.abc import Callable
from datetime import datetime
from itertools import combinations
from typing import Any, Final, TypeVar

from protocol import codes
from protocol.codes import Code
from protocol.errors import Unprocessable
from protocol.jsonld import many, ref
from protocol.members import (
    literal,
    missing,
    read_choice,
    read_iri,
    read_list,
    read_object,
    read_required_iri,
    read_required_text,
    read_text,
    read_within,
    refuse_unknown,
)
from protocol.policies import (
    COMPENSATE,
    COUNT,
    DATE_TIME,
    ELAPSED_TIME,
    IS_ANY_OF,
    LT,
    LTEQ,
    PROFILE_IRI,
    PURPOSE,
    RECIPIENT,
    SPATIAL,
    TIME_AFTER_END,
    Bounds,
    Compensation,
    DataPolicy,
    Duty,
    DutyKind,
    Permission,
    Recipient,
    RecipientKind,
    Rhythm,
    class_iri,
)
from protocol.policy_order import overlap
from protocol.prices import read_amount
from protocol.registries import (
    SHARE,
    SHARE_ANONYMISED,
    STORE,
    Registry,
    actions,
    fields,
    places,
    purposes,
    roster_fields,
)
from protocol.specifications import Necessity
from protocol.strictjson import Document, Json
from protocol.times import read_time
from protocol.values import dataclass
from protocol.vocabulary import minor_units

Value = TypeVar("Value")

PERMISSIONS_LIMIT: Final = 16
DUTIES_LIMIT: Final = 8
FIELDS_LIMIT: Final = 32
WORDS_LIMIT: Final = 16  # purposes, places or recipients of a permission
USES_LIMIT: Final = 1_000_000
REASON_LIMIT: Final = 300  # characters: two lines beside what is asked for

_DAYS: Final = re.compile(r"P(0|[1-9][0-9]{0,4})D")
_SECOND: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z")

_POLICY: Final = frozenset({"type", "policyProfile", "permission", "obligation"})
_PERMISSION: Final = frozenset(
    {"type", "processing", "fields", "constraint", "necessity", "content", "credentialType"}
)
_CONSTRAINT: Final = frozenset({"type", "leftOperand", "operator", "rightOperand"})
_DUTY: Final = frozenset({"type", "processing", "constraint"})
_COMPENSATION: Final = frozenset({"type", "processing", "amount", "currency", "per"})
_PARTY: Final = frozenset({"id", "type"})
_CLASSES: Final = {class_iri(kind): kind for kind in RecipientKind}
_DUTIES: Final = {kind.value: kind for kind in DutyKind}


@dataclass(frozen=True, slots=True)
class _Operand:
    """How one kind of limit is written: its only operator, and what reads its bound."""

    operator: str
    read: Callable[[Json], Any]


def read_policy(json: Json) -> DataPolicy:
    """Read the policy of an agreement's terms.

    Raises:
        Unprocessable: `policy-profile`, `policy-overlap`, `too-many`, `unknown-…`, `malformed-…`,
            `…-required`, `recipient-misplaced`, `share-apart`, `repeated-operand`, `repeated-duty`, or as
            `members.read_object`.
    """
    return _read(json, fields(), bounded=True)


def read_template(json: Json) -> DataPolicy:
    """Read the most that an entry of the roster allows: it may say any field, and need not say for how long.

    Raises:
        Unprocessable: as `read_policy`.
    """
    return _read(json, roster_fields(), bounded=False)


def _read(json: Json, named: Registry, *, bounded: bool) -> DataPolicy:
    document = read_object(json, type="Set", known=_POLICY)
    if ref(document.get("policyProfile")) != PROFILE_IRI:
        raise Unprocessable(codes.POLICY_PROFILE)
    permissions = _read_permissions(document, named, limit=PERMISSIONS_LIMIT, bounded=bounded)
    duties = [
        read_within("obligation", _read_duty, duty)
        for duty in read_list(document, "obligation", limit=DUTIES_LIMIT)
    ]
    return _with_duties(permissions, duties)


def read_permissions(document: Document, *, limit: int) -> tuple[Permission, ...]:
    """Read the permissions of a document that is no policy itself, such as a grant: at most so many.

    Raises:
        Unprocessable: as `read_policy`.
    """
    return _read_permissions(document, fields(), limit=limit, bounded=True)


def _read_permissions(
    document: Document, named: Registry, *, limit: int, bounded: bool
) -> tuple[Permission, ...]:
    permissions = tuple(
        read_within("permission", lambda each: _read_permission(each, named, bounded=bounded), permission)
        for permission in read_list(document, "permission", limit=limit)
    )
    if any(overlap(one, other) for one, other in combinations(permissions, 2)):
        raise Unprocessable(codes.POLICY_OVERLAP)
    return permissions


def _with_duties(permissions: tuple[Permission, ...], duties: list[Duty | Compensation]) -> DataPolicy:
    policy = DataPolicy(
        permissions,
        tuple(duty for duty in duties if isinstance(duty, Duty)),
        tuple(duty for duty in duties if isinstance(duty, Compensation)),
    )
    kinds = {str(duty.kind) for duty in policy.duties}
    payments = {(each.currency, each.per) for each in policy.compensations}
    if len(kinds) + len(payments) < len(duties):
        raise Unprocessable(codes.REPEATED_DUTY)
    return policy


def _read_permission(json: Json, named: Registry, *, bounded: bool) -> Permission:
    document = read_object(json, type="Permission", known=_PERMISSION)
    done = _read_words(document, "processing", actions(), codes.UNKNOWN_ACTION, limit=len(actions().words))
    bounds = _read_constraints(document)
    if PURPOSE not in bounds:
        raise Unprocessable(codes.PURPOSE_REQUIRED)
    permission = Permission(
        actions=done,
        purposes=bounds[PURPOSE],
        fields=_read_words(document, "fields", named, codes.UNKNOWN_FIELD, limit=FIELDS_LIMIT),
        limits=Bounds(
            recipients=bounds.get(RECIPIENT),
            places=bounds.get(SPATIAL),
            days=bounds.get(ELAPSED_TIME),
            days_after_end=bounds.get(TIME_AFTER_END),
            until=bounds.get(DATE_TIME),
            uses=bounds.get(COUNT),
        ),
        necessity=read_choice(document, "necessity", Necessity, codes.UNKNOWN_NECESSITY),
        content=read_text(document, "content", limit=REASON_LIMIT),
        credential_type=read_iri(document, "credentialType") or "",
    )
    _check_sharing(permission)
    if bounded:
        _check_retention(permission)
    return permission


def _check_sharing(permission: Permission) -> None:
    """Check that who shares says with whom, and nobody else does."""
    sharing = actions().set_of((SHARE, SHARE_ANONYMISED))
    if permission.actions & sharing:
        if permission.actions & ~sharing:
            raise Unprocessable(codes.SHARE_APART)
        if permission.limits.recipients is None:
            raise Unprocessable(codes.RECIPIENT_REQUIRED)
    elif permission.limits.recipients is not None:
        raise Unprocessable(codes.RECIPIENT_MISPLACED)


def _check_retention(permission: Permission) -> None:
    limits = permission.limits
    unbounded = limits.days is None and limits.days_after_end is None
    if unbounded and permission.actions & actions().words[STORE]:
        raise Unprocessable(codes.RETENTION_REQUIRED)


def _read_words(document: Document, member: str, registry: Registry, unknown: Code, *, limit: int) -> int:
    """Read IRIs as the set they stand for together; there is at least one."""
    words = read_list(document, member, limit=limit)
    if not words:
        raise missing(member)
    return _set_of(
        [word if isinstance(word, str) else ref(word) for word in words], registry, unknown, member
    )


def _set_of(words: list[str | None], registry: Registry, unknown: Code, member: str) -> int:
    try:
        return registry.set_of([word or "" for word in words])
    except KeyError:
        raise Unprocessable(unknown, at=member) from None


def _read_constraints(document: Document) -> dict[str, Any]:
    """Read the limits of a permission, by their operand."""
    bounds: dict[str, Any] = {}
    for constraint in read_list(document, "constraint", limit=len(_OPERANDS)):
        operand, bound = read_within("constraint", _read_constraint, constraint)
        if operand in bounds:
            raise Unprocessable(codes.REPEATED_OPERAND)
        bounds[operand] = bound
    return bounds


def _read_constraint(json: Json) -> tuple[str, Any]:
    if isinstance(
        json, dict
    ):  # alternatives come as another type of constraint, and are no mistake in its name
        refuse_unknown(json, known=_CONSTRAINT, what="The constraint")
    document = read_object(json, type="Constraint")
    name = ref(document.get("leftOperand")) or ""
    operand = _OPERANDS.get(name)
    if operand is None:
        raise Unprocessable(codes.UNKNOWN_OPERAND, at="leftOperand")
    if ref(document.get("operator")) != operand.operator:
        raise Unprocessable(codes.UNKNOWN_OPERATOR, at="operator")
    return name, read_within("rightOperand", operand.read, document.get("rightOperand"))


def _read_purposes(json: Json) -> int:
    return _set_of(_references(json, codes.UNKNOWN_PURPOSE), purposes(), codes.UNKNOWN_PURPOSE, "")


def _read_places(json: Json) -> int:
    return _set_of(_references(json, codes.UNKNOWN_PLACE), places(), codes.UNKNOWN_PLACE, "")


def _references(json: Json, unknown: Code) -> list[str | None]:
    """Return the IRIs of 1 to 16 references, which have an `id` and nothing else."""
    return [ref(each) if _is_reference(each) else None for each in _few(json, unknown)]


def _is_reference(json: Json) -> bool:
    return isinstance(json, dict) and json.keys() == {"id"}


def _few(json: Json, unknown: Code) -> list[Any]:
    words = many(json)
    if not words:
        raise Unprocessable(unknown)
    if len(words) > WORDS_LIMIT:
        raise Unprocessable(codes.TOO_MANY, f"A limit names more than {WORDS_LIMIT} things.")
    return words


def _read_recipients(json: Json) -> frozenset[Recipient]:
    return frozenset(_read_recipient(each) for each in _few(json, codes.UNKNOWN_RECIPIENT))


def _read_recipient(json: Json) -> Recipient:
    if not isinstance(json, dict) or not json.keys() <= _PARTY:
        raise Unprocessable(codes.UNKNOWN_RECIPIENT)
    party = read_required_iri(json, "id")
    named = read_choice(json, "type", RecipientKind, codes.UNKNOWN_RECIPIENT)
    if named is None and party in _CLASSES:
        return Recipient(_CLASSES[party])
    # A class that is said to be a party of another kind would widen what looks narrow.
    if named is None or party in _CLASSES:
        raise Unprocessable(codes.UNKNOWN_RECIPIENT)
    return Recipient(named, party)


def read_days(json: Json) -> int:
    """Read a number of whole days.

    Raises:
        Unprocessable: `malformed-days`.
    """
    text = literal(json)
    if not isinstance(text, str) or not _DAYS.fullmatch(text):
        raise Unprocessable(codes.MALFORMED_DAYS)
    return int(text[1:-1])


def _read_until(json: Json) -> datetime:
    text = literal(json)
    if not isinstance(text, str) or not _SECOND.fullmatch(text):
        raise Unprocessable(codes.MALFORMED_TIME, "The end of a permission is not a second in UTC.")
    moment = read_time(text)
    if moment.second != int(text[-3:-1]):
        raise Unprocessable(codes.MALFORMED_TIME, "The end of a permission is a leap second.")
    return moment


def _read_uses(json: Json) -> int:
    count = literal(json)
    if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= USES_LIMIT:
        raise Unprocessable(codes.MALFORMED_COUNT)
    return count


_OPERANDS: Final = {
    PURPOSE: _Operand(IS_ANY_OF, _read_purposes),
    RECIPIENT: _Operand(IS_ANY_OF, _read_recipients),
    SPATIAL: _Operand(IS_ANY_OF, _read_places),
    ELAPSED_TIME: _Operand(LTEQ, read_days),
    TIME_AFTER_END: _Operand(LTEQ, read_days),
    DATE_TIME: _Operand(LT, _read_until),
    COUNT: _Operand(LTEQ, _read_uses),
}


def _read_duty(json: Json) -> Duty | Compensation:
    document = read_object(json, type="Duty", known=_DUTY | _COMPENSATION)
    asked = [ref(each) for each in read_list(document, "processing", limit=1)]
    if asked == [COMPENSATE]:
        return _read_compensation(read_object(document, type="Duty", known=_COMPENSATION))
    document = read_object(document, type="Duty", known=_DUTY)
    if not asked or asked[0] not in _DUTIES:
        raise Unprocessable(codes.UNKNOWN_ACTION, at="processing")
    terms = read_list(document, "constraint", limit=1)
    if not terms:
        raise missing("constraint")
    operand, days = read_within("constraint", _read_constraint, terms[0])
    if operand != ELAPSED_TIME:
        raise Unprocessable(codes.UNKNOWN_OPERAND, at="constraint")
    return Duty(_DUTIES[asked[0]], days)


def _read_compensation(document: Document) -> Compensation:
    currency = read_required_text(document, "currency")
    per = read_choice(document, "per", Rhythm, codes.UNKNOWN_PER)
    if per is None:
        raise missing("per")
    return Compensation(currency, per, read_amount(document, minor_units(currency)))
