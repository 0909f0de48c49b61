"""Granting: which grant an owner's words make under the terms of an agreement.

Rules that hold here:

- What was agreed on for a purpose is what is granted, of the fields that were named: who grants less names
  fewer fields, fewer days, fewer readings or an earlier end, and can never name more.
- Where the agreement permits to collect the fields in several permissions, the strictest bounds of these hold
  for all of them together, since a grant collects once.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from functools import reduce
from typing import Final

from node.core import codes
from node.core.facts import field_names
from protocol import codes as wire
from protocol.errors import Conflict, Unprocessable
from protocol.grants import PERMISSIONS_LIMIT, check_permissions, collects
from protocol.policies import Bounds, DataPolicy, Permission
from protocol.policy_order import bounds_of_both
from protocol.registries import STORE, actions, fields, purposes
from protocol.specifications import Necessity
from protocol.values import dataclass

_DAYS: Final = range(100_000)
_USES: Final = range(1, 1_000_001)


@dataclass(frozen=True, slots=True)
class WantedGrant:
    """What an owner wants to grant: names of fields, of none those that have to be given; for what purpose.

    `until` is the end, `uses` how often it may be read, `days` how long what was read may be kept; None where
    the agreement alone bounds it.
    """

    fields: tuple[str, ...] = ()
    purpose: str = ""
    until: datetime | None = None
    uses: int | None = None
    days: int | None = None


def check_wanted(wanted: WantedGrant, *, now: datetime) -> None:
    """Check that bounds that an owner names can be bounds.

    Raises:
        Unprocessable: `malformed-days`, `malformed-count`, `malformed-time`.
    """
    if wanted.days is not None and wanted.days not in _DAYS:
        raise Unprocessable(wire.MALFORMED_DAYS)
    if wanted.uses is not None and wanted.uses not in _USES:
        raise Unprocessable(wire.MALFORMED_COUNT)
    if wanted.until is not None and (wanted.until <= now):
        raise Unprocessable(wire.MALFORMED_TIME, "A grant ends at a moment that is still to come.")


def permissions_for(policy: DataPolicy, wanted: WantedGrant) -> tuple[Permission, ...]:
    """Return the permissions of the grant that is wanted under a policy.

    Raises:
        Unprocessable: `unknown-field`, `unknown-purpose`, `wider-than-agreement`, `too-many`.
        Conflict: `nothing-granted`, the agreement lets nothing be read for the purpose, or it is not clear
            for which of several.
    """
    purpose = _purpose_of(policy, wanted.purpose)
    agreed = [replace(each, purposes=purpose) for each in policy.permissions if not purpose & ~each.purposes]
    named = _fields_of(agreed, wanted.fields)
    within = [
        replace(each, fields=each.fields & named, necessity=None, content="", credential_type="")
        for each in agreed
        if each.fields & named
    ]
    collecting = [each for each in within if collects(each)]
    if named & ~_union(each.fields for each in collecting):
        raise Unprocessable(
            wire.WIDER_THAN_AGREEMENT, "The agreement does not let all of these fields be read for this."
        )
    permissions = tuple(_bounded(each, wanted) for each in _collected_once(collecting, within))
    if len(permissions) > PERMISSIONS_LIMIT:
        raise Unprocessable(
            wire.TOO_MANY, "What may be done with these fields differs too much. Grant fewer at one time."
        )
    check_permissions(permissions)
    return permissions


def _purpose_of(policy: DataPolicy, named: str) -> int:
    """Return the purpose that is meant: the one that is named, or the only one that something is read for."""
    if named:
        found = next((iri for iri in purposes().words if named in (iri, _last(iri))), None)
        if found is None:
            raise Unprocessable(wire.UNKNOWN_PURPOSE)
        return purposes().words[found]
    collected = {
        word for each in policy.permissions if collects(each) for word in purposes().spell(each.purposes)
    }
    if len(collected) != 1:
        known = ", ".join(sorted(map(_last, collected)))
        raise Conflict(
            codes.NOTHING_GRANTED,
            f"Say for which purpose: {known}." if known else "This agreement lets nothing be read.",
        )
    return purposes().words[collected.pop()]


def _fields_of(agreed: Sequence[Permission], named: Sequence[str]) -> int:
    """Return the fields that are named; of none those that the agreement says are needed for the purpose."""
    known = field_names()
    if {*named} - known.keys() - {*known.values()}:
        raise Unprocessable(wire.UNKNOWN_FIELD, f"What can be granted is: {', '.join(known)}.")
    if named:
        return fields().set_of(known.get(name, name) for name in named)
    needed = [each for each in agreed if collects(each) and each.necessity is Necessity.MUST]
    if not needed:
        raise Conflict(codes.NOTHING_GRANTED, "Name the fields: nothing has to be given for this purpose.")
    return _union(each.fields for each in needed) & fields().set_of(known.values())


def _collected_once(collecting: Sequence[Permission], within: Sequence[Permission]) -> list[Permission]:
    """Return one permission that collects, under the bounds of all that do, and the others as they are."""
    done = reduce(lambda one, other: one & other, (each.actions for each in collecting))
    once = replace(
        collecting[0],
        actions=done,
        fields=_union(each.fields for each in collecting),
        limits=reduce(bounds_of_both, (each.limits for each in collecting)),
    )
    rest = [replace(each, actions=each.actions & ~done) for each in collecting if each.actions & ~done]
    return [once, *rest, *(each for each in within if not collects(each))]


def _bounded(permission: Permission, wanted: WantedGrant) -> Permission:
    """Return a permission under the bounds that the owner names: days where something is stored."""
    stores = permission.actions & actions().words[STORE]
    bounds = Bounds(
        days=wanted.days if stores else None,
        until=wanted.until,
        uses=wanted.uses if collects(permission) else None,
    )
    return replace(permission, limits=bounds_of_both(permission.limits, bounds))


def _union(sets: Iterable[int]) -> int:
    return reduce(lambda one, other: one | other, sets, 0)


def _last(iri: str) -> str:
    return iri.rpartition("#")[2]


def view_purpose(iri: str) -> str:
    """Return how owners call a purpose, such as `DeliveryOfGoods`."""
    return _last(iri)
