"""What may be odd about a policy: one question for each flag that a policy raises by itself.

Rules here: what is asked is what stands in the policy; who wrote it makes no difference.
"""

from collections.abc import Callable
from functools import cache
from typing import Final

from protocol.policies import DataPolicy, DutyKind, Permission, RecipientKind
from protocol.registries import DPV, SHARE, SHARE_ANONYMISED, STORE, actions, purposes
from protocol.specifications import Necessity

_BROAD: Final = 9  # purposes in the closure of one: beyond it the one says little
_DELETION_DAYS: Final = 30
_KEPT_DAYS: Final = 365  # for a purpose without a number of its own
_KEPT_AFTER_END_DAYS: Final = 90
_LEGAL_DAYS: Final = 3_660  # ten years and leap days: what the law of most countries asks of invoices
_KEPT: Final = {
    "DeliveryOfGoods": 60,
    "AgeVerification": 1,
    "Verification": 30,
    "CommunicationForCustomerCare": 730,
    "PaymentManagement": 730,
    "LegalCompliance": _LEGAL_DAYS,
}
_TYING: Final = ("ServiceMonitoring", "ServiceOptimisation", "ServicePersonalisation")


def does(*words: str) -> Callable[[Permission], bool]:
    """Tell of a permission whether it is for one of these actions."""
    return lambda permission: bool(permission.actions & _actions(words))


def is_for(*names: str) -> Callable[[Permission], bool]:
    """Tell whether a permission is for one of the purposes, or for one that is narrower."""
    return lambda permission: bool(permission.purposes & _purposes(names))


@cache
def _actions(words: tuple[str, ...]) -> int:
    return actions().set_of(words)


@cache
def _purposes(names: tuple[str, ...]) -> int:
    return purposes().set_of(DPV + name for name in names)


def passes_on(permission: Permission) -> bool:
    """Tell whether data go to somebody who uses them on their own account."""
    return _goes_to_others(permission, _actions((SHARE,)))


def passes_on_to_others(policy: DataPolicy) -> bool:
    """Tell whether anything goes to somebody who uses it on their own account, be it without a name."""
    return any(_goes_to_others(each, _actions((SHARE, SHARE_ANONYMISED))) for each in policy.permissions)


def _goes_to_others(permission: Permission, shared: int) -> bool:
    recipients = permission.limits.recipients or ()
    return bool(permission.actions & shared) and any(
        each.kind is RecipientKind.THIRD_PARTY for each in recipients
    )


def is_open(permission: Permission) -> bool:
    """Tell whether data go to somebody who is not named."""
    return any(not each.party for each in permission.limits.recipients or ())


def is_broad(permission: Permission) -> bool:
    """Tell whether a purpose of it has so many narrower ones that it says little."""
    named = purposes().spell(permission.purposes)
    return any(purposes().words[word].bit_count() > _BROAD for word in named)


def is_kept_longer(permission: Permission) -> bool:
    """Tell whether what is stored is kept for longer than the least of its purposes needs."""
    if not permission.actions & actions().words[STORE]:
        return False
    named = [word.removeprefix(DPV) for word in purposes().spell(permission.purposes)]
    days, after_end = permission.limits.days, permission.limits.days_after_end
    needed = min(_KEPT.get(name, _KEPT_DAYS) for name in named)
    needed_after = min(_LEGAL_DAYS if name == "LegalCompliance" else _KEPT_AFTER_END_DAYS for name in named)
    within = (days is not None and days <= needed) or (after_end is not None and after_end <= needed_after)
    return not within


def is_anywhere(permission: Permission) -> bool:
    """Tell whether data are moved, and it is not said where to."""
    moved = permission.actions & _actions((STORE, SHARE, SHARE_ANONYMISED))
    return bool(moved) and permission.limits.places is None


def is_tied(permission: Permission) -> bool:
    """Tell whether what the order does not need is made a condition of it."""
    wanted = permission.purposes & (_purposes(_TYING) | _purposes(("Marketing",)))
    return permission.necessity is Necessity.MUST and bool(wanted)


def no_deletion(policy: DataPolicy) -> bool:
    """Tell whether nobody promises to delete in time."""
    return not any(duty.kind is DutyKind.DELETE and duty.days <= _DELETION_DAYS for duty in policy.duties)


def no_receipts(policy: DataPolicy) -> bool:
    """Tell whether nobody promises to say what was done."""
    return not any(duty.kind is DutyKind.INFORM for duty in policy.duties)
