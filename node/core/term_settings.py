"""The settings of terms: the most that an owner allows, what is not taken, what a business accepts.

Rules that hold here:

- The maximum is an entry of the roster: that for a business, else for the category of the wish, else in
  general. It is compared with and never sent, nor is the cap that an owner may set on top of it.
- What is left out is as at first.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from functools import cache
from typing import Any, Final

from node.core import codes
from node.core.linter import FLAGS, Allowance, Severity
from protocol import codes as wire
from protocol.errors import Unprocessable
from protocol.intentions import is_category
from protocol.policies import DataPolicy, write_policy
from protocol.policy_reading import read_policy
from protocol.rosters import RosterEntry, find_entry
from protocol.strictjson import Document
from protocol.values import dataclass

FIRST_MAXIMUM: Final = "SD-BASE"
MOST: Final = 1_000  # maxima by category, and as many by business
_MAXIMA: Final = "SD-BASE"  # how the names of those begin that bound what is done with data


class Beyond(StrEnum):
    """What is done with terms that ask for more than the maximum."""

    FLAG = "flag"  # shown, and for a person to decide
    REFUSE = "refuse"


class Requires(StrEnum):
    """What needs terms about data."""

    FOR_DATA = "for-data"  # an offer may be made without, nothing is granted under it
    ALWAYS = "always"


def _first() -> RosterEntry:
    return _maximum(FIRST_MAXIMUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSettings:
    """What an owner has set about terms.

    `maximum` holds where neither `by_category` (an IRI) nor `by_business` (the id of a peer) has another; no
    policy may go beyond `cap`. `severities` are those flags of the linter that weigh otherwise than in its
    table. `accepts` is what a business says in public that it accepts, in its order.
    """

    maximum: RosterEntry = field(default_factory=_first)
    by_category: Mapping[str, RosterEntry] = field(default_factory=dict)
    by_business: Mapping[str, RosterEntry] = field(default_factory=dict)
    cap: DataPolicy | None = None
    severities: Mapping[str, Severity] = field(default_factory=dict)
    beyond: Beyond = Beyond.FLAG
    requires: Requires = Requires.FOR_DATA
    accepts: tuple[RosterEntry, ...] = ()

    def allowance(self, *, business: str, category: str) -> Allowance:
        """Return the most that is allowed to a business (the id of a peer) about a wish of a category."""
        general = self.by_category.get(category, self.maximum)
        return Allowance(self.by_business.get(business, general), self.cap)


@cache
def first_term_settings() -> TermSettings:
    """Return what holds until an owner has set something; every offer that comes asks for it."""
    return TermSettings()


def read_term_settings(document: Mapping[str, Any]) -> TermSettings:
    """Read settings of terms; what is left out is as at first.

    Raises:
        Unprocessable: `term-settings`, `roster-unknown`, or as `policy_reading.read_policy`.
    """
    try:
        return TermSettings(
            maximum=_maximum(document.get("maximum", FIRST_MAXIMUM)),
            by_category=_maxima(_object(document, "categories"), is_key=is_category),
            by_business=_maxima(_object(document, "businesses"), is_key=bool),
            cap=None if document.get("cap") is None else read_policy(document["cap"]),
            severities={_flag(code): Severity(does) for code, does in _object(document, "flags").items()},
            beyond=Beyond(document.get("beyond", Beyond.FLAG)),
            requires=Requires(document.get("require", Requires.FOR_DATA)),
            accepts=tuple(dict.fromkeys(map(_entry, document.get("accepts", [])))),
        )
    except (TypeError, ValueError):
        raise Unprocessable(codes.TERM_SETTINGS) from None


def render_term_settings(settings: TermSettings) -> Document:
    """Write settings of terms: as they are kept, and as their owner reads them."""
    return {
        "maximum": settings.maximum.name,
        "categories": {category: entry.name for category, entry in settings.by_category.items()},
        "businesses": {business: entry.name for business, entry in settings.by_business.items()},
        "cap": None if settings.cap is None else write_policy(settings.cap),
        "flags": {code: severity.value for code, severity in settings.severities.items()},
        "beyond": settings.beyond.value,
        "require": settings.requires.value,
        "accepts": [entry.name for entry in settings.accepts],
    }


def _object(document: Mapping[str, Any], member: str) -> Mapping[str, Any]:
    found = document.get(member, {})
    if not isinstance(found, dict):
        raise TypeError
    return found


def _flag(code: str) -> str:
    if all(flag.code != code for flag in FLAGS):
        raise Unprocessable(codes.TERM_SETTINGS, "There is no such flag.")
    return code


def _maxima(document: Mapping[str, Any], *, is_key: Callable[[str], bool]) -> dict[str, RosterEntry]:
    if len(document) > MOST:
        raise Unprocessable(codes.TERM_SETTINGS, f"There are at most {MOST} maxima of a kind.")
    if not all(is_key(key) for key in document):
        raise Unprocessable(
            codes.TERM_SETTINGS, "A maximum is for a category, named by a URI, or a business."
        )
    return {str(name): _maximum(entry) for name, entry in document.items()}


def _maximum(text: Any) -> RosterEntry:
    entry = _entry(text)
    if not entry.name.startswith(_MAXIMA):
        raise Unprocessable(codes.TERM_SETTINGS, "This entry of the roster bounds nothing.")
    return entry


def _entry(text: Any) -> RosterEntry:
    entry = find_entry(str(text))
    if entry is None:
        raise Unprocessable(wire.ROSTER_UNKNOWN)
    return entry
