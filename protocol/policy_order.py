"""Which of two policies permits less, and the most that both permit.

Rules that hold here:

- A is narrower than or equal to B if B permits whatever A permits and A obliges to at least what B obliges
  to. Both are exact, because the permissions of one policy never overlap: a box of A is covered if its cells
  in the boxes of B add up to all of its cells.
- Days after the end are counted from the end or from when the data were obtained, whichever is later, so a
  bound on the days since they were obtained is one on the days after the end as well.
- All is whole numbers: two policies of sixteen permissions cost 256 comparisons.

The idea of comparing closed policies by boxes is this project's; ODRL has no operator for "narrower than".
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TypeVar

from protocol.policies import Bounds, Compensation, DataPolicy, Duty, Permission, Recipient
from protocol.values import dataclass

Bound = TypeVar("Bound", int, datetime)


@dataclass(frozen=True, slots=True)
class _Box:
    """The cells that two permissions share, as sets."""

    actions: int
    purposes: int
    fields: int

    @property
    def size(self) -> int:
        return self.actions.bit_count() * self.purposes.bit_count() * self.fields.bit_count()


def overlap(one: Permission, other: Permission) -> bool:
    """Tell whether two permissions share a cell."""
    return _shared(one, other).size > 0


def is_within(narrow: DataPolicy, wide: DataPolicy) -> bool:
    """Tell whether the first policy is narrower than or equal to the second."""
    return all(_is_covered(each, wide.permissions) for each in narrow.permissions) and _obliges_as_much(
        narrow, wide
    )


def meet(one: DataPolicy, other: DataPolicy) -> DataPolicy:
    """Return the most that both policies permit, with the duties of both: the greatest policy within both.

    What is no limit (necessity, reason, credential) is that of the first.
    """
    permissions = [_meet_of(a, b) for a in one.permissions for b in other.permissions]
    return DataPolicy(
        permissions=tuple(each for each in permissions if each is not None),
        duties=_strictest(one.duties, other.duties),
        compensations=_dearest(one.compensations, other.compensations),
    )


def bounds_of_both(one: Bounds, other: Bounds) -> Bounds:
    """Return the bounds under which whatever two bounds allow is done; nobody and nowhere are empty sets."""
    return Bounds(
        recipients=_recipients_of_both(one.recipients, other.recipients),
        places=_places_of_both(one.places, other.places),
        days=_least(one.days, other.days),
        days_after_end=_least(one.days_after_end, other.days_after_end),
        until=_least(one.until, other.until),
        uses=_least(one.uses, other.uses),
    )


def _shared(one: Permission, other: Permission) -> _Box:
    return _Box(one.actions & other.actions, one.purposes & other.purposes, one.fields & other.fields)


def _is_covered(permission: Permission, by: Sequence[Permission]) -> bool:
    actions, purposes, fields = permission.actions, permission.purposes, permission.fields
    whole = actions.bit_count() * purposes.bit_count() * fields.bit_count()
    for each in by:
        in_both = (actions & each.actions, purposes & each.purposes, fields & each.fields)
        cells = in_both[0].bit_count() * in_both[1].bit_count() * in_both[2].bit_count()
        if cells and not _limits_within(permission.limits, each.limits):
            return False
        whole -= cells
    return whole == 0


def _limits_within(narrow: Bounds, wide: Bounds) -> bool:
    return (
        _is_least(narrow.days, wide.days)
        and _is_least(_least(narrow.days, narrow.days_after_end), wide.days_after_end)
        and _is_least(narrow.until, wide.until)
        and _is_least(narrow.uses, wide.uses)
        and _places_within(narrow.places, wide.places)
        and _recipients_within(narrow.recipients, wide.recipients)
    )


def _is_least(narrow: Bound | None, wide: Bound | None) -> bool:
    return wide is None or (narrow is not None and narrow <= wide)


def _least(one: Bound | None, other: Bound | None) -> Bound | None:
    if one is None or other is None:
        return other if one is None else one
    return min(one, other)


def _places_within(narrow: int | None, wide: int | None) -> bool:
    return wide is None or (narrow is not None and not narrow & ~wide)


def _recipients_within(narrow: frozenset[Recipient] | None, wide: frozenset[Recipient] | None) -> bool:
    return wide is None or (narrow is not None and len(_covered(narrow, wide)) == len(narrow))


def _covered(recipients: Iterable[Recipient], by: Iterable[Recipient]) -> frozenset[Recipient]:
    covering = tuple(by)
    return frozenset(each for each in recipients if any(one.covers(each) for one in covering))


def _meet_of(one: Permission, other: Permission) -> Permission | None:
    """Return the cells of both under the bounds of both; None if that permits nothing."""
    box = _shared(one, other)
    limits = bounds_of_both(one.limits, other.limits)
    if not box.size or limits.places == 0 or limits.recipients == frozenset():
        return None
    return Permission(
        actions=box.actions,
        purposes=box.purposes,
        fields=box.fields,
        limits=limits,
        necessity=one.necessity,
        content=one.content,
        credential_type=one.credential_type,
    )


def _places_of_both(one: int | None, other: int | None) -> int | None:
    if one is None or other is None:
        return other if one is None else one
    return one & other


def _recipients_of_both(
    one: frozenset[Recipient] | None, other: frozenset[Recipient] | None
) -> frozenset[Recipient] | None:
    if one is None or other is None:
        return other if one is None else one
    return _covered(one, other) | _covered(other, one)


def _obliges_as_much(narrow: DataPolicy, wide: DataPolicy) -> bool:
    days = {duty.kind: duty.days for duty in narrow.duties}
    paid = {(each.currency, each.per): each.amount for each in narrow.compensations}
    return all(duty.kind in days and days[duty.kind] <= duty.days for duty in wide.duties) and all(
        paid.get((each.currency, each.per), -1) >= each.amount for each in wide.compensations
    )


def _strictest(*duties: Iterable[Duty]) -> tuple[Duty, ...]:
    least: dict[str, Duty] = {}
    for duty in (each for some in duties for each in some):
        held = least.get(duty.kind)
        least[duty.kind] = duty if held is None or duty.days < held.days else held
    return tuple(least.values())


def _dearest(*compensations: Iterable[Compensation]) -> tuple[Compensation, ...]:
    most: dict[tuple[str, str], Compensation] = {}
    for each in (each for some in compensations for each in some):
        held = most.get((each.currency, each.per))
        most[each.currency, each.per] = each if held is None or each.amount > held.amount else held
    return tuple(most.values())
