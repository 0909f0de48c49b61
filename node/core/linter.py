"""The linter: what is odd about what a business wants with somebody's data, each in one sentence.

Rules that hold here: pure; a flag is raised by what stands in the policy and never by who wrote it; its
severity is a default, the owner's to change; the table below is the whole of it.
"""

from collections.abc import Callable, Iterable
from enum import StrEnum
from typing import Final

from protocol.policies import DataPolicy, DutyKind, Permission, RecipientKind
from protocol.registries import (
    DERIVE,
    DPV,
    PROFILE,
    SHARE,
    SHARE_ANONYMISED,
    STORE,
    TRACK,
    TRAIN,
    actions,
    purposes,
)
from protocol.specifications import Necessity
from protocol.values import dataclass

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


class Severity(StrEnum):
    """What a flag does unless its owner says otherwise."""

    REFUSE = "refuse"  # not taken at the door
    WARN = "warn"
    NOTE = "note"


@dataclass(frozen=True, slots=True)
class TermsFlag:
    """One oddity: its code, what it does by default, its sentence, and what raises it."""

    code: str
    severity: Severity
    sentence: str
    raised: Callable[[DataPolicy], bool]


def lint(policy: DataPolicy) -> tuple[TermsFlag, ...]:
    """Return the flags of a policy, in the order of the table."""
    return tuple(flag for flag in FLAGS if flag.raised(policy))


def _any(test: Callable[[Permission], bool]) -> Callable[[DataPolicy], bool]:
    return lambda policy: any(test(permission) for permission in policy.permissions)


def _does(*words: str) -> Callable[[DataPolicy], bool]:
    return _any(lambda permission: bool(permission.actions & actions().set_of(words)))


def _is_for(*names: str) -> Callable[[Permission], bool]:
    """Tell whether a permission is for one of the purposes, or for one that is narrower."""
    return lambda permission: bool(permission.purposes & _purposes(names))


def _purposes(names: Iterable[str]) -> int:
    return purposes().set_of(DPV + name for name in names)


def _passes_on(permission: Permission) -> bool:
    shared = permission.actions & actions().words[SHARE]
    recipients = permission.limits.recipients or frozenset()
    return bool(shared) and any(each.kind is RecipientKind.THIRD_PARTY for each in recipients)


def _is_open(permission: Permission) -> bool:
    return any(not each.party for each in permission.limits.recipients or ())


def _is_broad(permission: Permission) -> bool:
    named = purposes().spell(permission.purposes)
    return any(purposes().words[word].bit_count() > _BROAD for word in named)


def _is_kept_longer(permission: Permission) -> bool:
    """Tell whether what is stored is kept for longer than the least of its purposes needs."""
    if not permission.actions & actions().words[STORE]:
        return False
    named = [word.removeprefix(DPV) for word in purposes().spell(permission.purposes)]
    days, after_end = permission.limits.days, permission.limits.days_after_end
    needed = min(_KEPT.get(name, _KEPT_DAYS) for name in named)
    needed_after = min(_LEGAL_DAYS if name == "LegalCompliance" else _KEPT_AFTER_END_DAYS for name in named)
    within = (days is not None and days <= needed) or (after_end is not None and after_end <= needed_after)
    return not within


def _is_anywhere(permission: Permission) -> bool:
    moved = permission.actions & actions().set_of((STORE, SHARE, SHARE_ANONYMISED))
    return bool(moved) and permission.limits.places is None


def _is_tied(permission: Permission) -> bool:
    wanted = permission.purposes & (_purposes(_TYING) | _purposes(("Marketing",)))
    return permission.necessity is Necessity.MUST and bool(wanted)


def _no_deletion(policy: DataPolicy) -> bool:
    return not any(duty.kind is DutyKind.DELETE and duty.days <= _DELETION_DAYS for duty in policy.duties)


def _no_receipts(policy: DataPolicy) -> bool:
    return not any(duty.kind is DutyKind.INFORM for duty in policy.duties)


FLAGS: Final = (
    TermsFlag("onward-sharing", Severity.REFUSE, "Passes your data to others.", _any(_passes_on)),
    TermsFlag("open-recipients", Severity.REFUSE, "Does not say who else gets it.", _any(_is_open)),
    TermsFlag(
        "anonymised-sharing", Severity.WARN, "Passes on data without your name.", _does(SHARE_ANONYMISED)
    ),
    TermsFlag("training", Severity.REFUSE, "Trains machines with your data.", _does(TRAIN)),
    TermsFlag("profiling", Severity.WARN, "Builds a profile of you.", _does(PROFILE)),
    TermsFlag("tracking", Severity.WARN, "Follows what you do.", _does(TRACK)),
    TermsFlag("deriving", Severity.WARN, "Concludes things about you.", _does(DERIVE)),
    TermsFlag(
        "selling",
        Severity.REFUSE,
        "May sell what it knows.",
        _any(_is_for("SellDataToThirdParties", "SellInsightsFromData")),
    ),
    TermsFlag("advertising", Severity.WARN, "Wants to advertise to you.", _any(_is_for("Marketing"))),
    TermsFlag("broad-purpose", Severity.WARN, "The purpose is so wide that it says little.", _any(_is_broad)),
    TermsFlag(
        "retention-beyond-purpose",
        Severity.WARN,
        "Keeps it longer than the purpose needs.",
        _any(_is_kept_longer),
    ),
    TermsFlag("place-open", Severity.NOTE, "Does not say where it is kept.", _any(_is_anywhere)),
    TermsFlag("tied-consent", Severity.WARN, "Demands data the order does not need.", _any(_is_tied)),
    TermsFlag("no-deletion", Severity.WARN, "No promise to delete in time.", _no_deletion),
    TermsFlag("no-receipts", Severity.NOTE, "Will not report what it does.", _no_receipts),
)
"""All that a policy alone can raise."""
