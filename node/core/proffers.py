"""Proffers: which agreement about data a customer holds out to a business, and which one ring 1 takes.

Rules that hold here:

- One agreement is proffered, and never the maximum: whoever knows that asks for it.
- Nothing is proffered that the business does not say it accepts, save where nothing it accepts is allowed, or
  it says nothing: then it is the strictest that hands data over.

Sources: IEEE 7012-2025 (a closed roster, one proffer) as DPV 2.3's extension has it.
"""

from collections.abc import Iterable
from typing import Final

from protocol.policies import DutyKind
from protocol.policy_order import is_within
from protocol.rosters import RosterEntry, find_entry

_ASKED: Final = "PDC-INTENT"
_FALLBACK: Final = "SD-BASE-DP"
_LEVELS: Final = ("SD-BASE", "SD-BASE-A", "SD-BASE-AT", "SD-BASE-ATP", "SD-BASE-ATP-S3P")
_PORTABLE: Final = "-DP"


def asked_entry() -> RosterEntry:
    """Return the agreement that has to be signed for ring 1."""
    return _entry(_ASKED)


def proffered_entry(accepted: Iterable[RosterEntry] | None, maximum: RosterEntry) -> RosterEntry:
    """Return the agreement to proffer: the least that is accepted, as far as it is within the maximum.

    Of two that permit as much it is the one that hands data over. Where nothing fits, or it is not known what
    is accepted, it is the one that every business has to be able to keep. The maximum itself never travels.
    """
    fit = [
        entry
        for entry in accepted or ()
        if _level(entry) < len(_LEVELS) and is_within(entry.template, maximum.template)
    ]
    return min(fit, key=lambda entry: (_level(entry), not _hands_over(entry)), default=_entry(_FALLBACK))


def deletion_days(entry: RosterEntry) -> int:
    """Return within how many days of the end what was told under an entry is to be deleted."""
    return next((duty.days for duty in entry.template.duties if duty.kind is DutyKind.DELETE), 0)


def _level(entry: RosterEntry) -> int:
    name = entry.name.removesuffix(_PORTABLE)
    return _LEVELS.index(name) if name in _LEVELS else len(_LEVELS)


def _hands_over(entry: RosterEntry) -> bool:
    return entry.name.endswith(_PORTABLE)


def _entry(name: str) -> RosterEntry:
    found = find_entry(name)
    assert found is not None  # noqa: S101 - it is shipped with the release
    return found
