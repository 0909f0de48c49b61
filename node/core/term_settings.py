"""The settings of terms: the most that an owner allows, what is not taken, what a business accepts.

Rules that hold here:

- The maximum is an entry of the roster: that for a business, else for the category of the wish, else in
  general. It is compared with and never sent, nor is the cap that an owner may set on top of it.
- What is kept is changed piece by piece, and what is left out of it is as at first.
- What is kept is read by every version of the node. What this one does not know is kept, named and ignored,
  never a reason to refuse an offer; where it bounded what is allowed, the strictest stands in its place, and
  a person decides. What is newly set has to be known.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from enum import StrEnum
from functools import cache
from typing import Any, Final, TypeAlias, TypeVar

from node.core import codes
from node.core.linter import FLAGS, Allowance, Severity
from protocol import codes as wire
from protocol.canonical import canonicalise, digest
from protocol.errors import ProtocolError, Unprocessable
from protocol.intentions import is_category
from protocol.policies import DataPolicy, write_policy
from protocol.policy_order import is_within
from protocol.policy_reading import read_policy
from protocol.rosters import RosterEntry, entries, find_entry
from protocol.strictjson import Document, Json
from protocol.values import dataclass

T = TypeVar("T")
_Pair: TypeAlias = tuple[str, str]  # the names of two entries of the roster

FIRST_MAXIMUM: Final = "SD-BASE"
MOST: Final = 1_000  # maxima by category, and as many by business
_BOUNDING: Final = "SD-BASE"  # how the names of those begin that bound what is done with data


class Beyond(StrEnum):
    """What is done with terms that ask for more than the maximum."""

    HOLD = "hold"  # shown, and for a person to decide
    REFUSE = "refuse"


class Requires(StrEnum):
    """What needs terms about data."""

    FOR_DATA = "for-data"  # an offer may be made without, nothing is granted under it
    ALWAYS = "always"


class Undertakes(StrEnum):
    """Who signs, for a business, to be told more of an intention."""

    AUTO = "auto"  # the node, if the agreement is one that the business accepts in public
    ASK = "ask"  # a person
    NEVER = "never"


SEVERITIES: Final[Mapping[str, Severity]] = {flag.code: flag.severity for flag in FLAGS}
"""How much each flag weighs at first, by its code."""


def _first() -> RosterEntry:
    return _maximum(FIRST_MAXIMUM)


@dataclass(frozen=True, slots=True, kw_only=True)
class TermSettings:
    """What an owner has set about terms.

    `maximum` holds where neither `by_category` (an IRI) nor `by_business` (the id of a peer) has another; no
    policy may go beyond `cap`. `severities` are those flags of the linter that weigh otherwise than in its
    table. `accepts` is what a business says in public that it accepts, in its order; `undertakes` is who
    signs for it to be told more of an intention. `ignored` names what is kept and not known here, member by
    member, such as `flags/tracking`.
    """

    maximum: RosterEntry = field(default_factory=_first)
    by_category: Mapping[str, RosterEntry] = field(default_factory=dict)
    by_business: Mapping[str, RosterEntry] = field(default_factory=dict)
    cap: DataPolicy | None = None
    severities: Mapping[str, Severity] = field(default_factory=dict)
    beyond: Beyond = Beyond.HOLD
    requires: Requires = Requires.FOR_DATA
    accepts: tuple[RosterEntry, ...] = ()
    undertakes: Undertakes = Undertakes.ASK
    ignored: tuple[str, ...] = ()

    def allowance(self, *, business: str, categories: Sequence[str] = ()) -> Allowance:
        """Return the most that is allowed to a business (the id of a peer) about a wish.

        `categories` are those of the wish, the exact one before the coarse one.
        """
        category = self.category_set(categories)
        general = self.maximum if category is None else self.by_category[category]
        return Allowance(self.by_business.get(business, general), self.cap)

    def category_set(self, categories: Sequence[str]) -> str | None:
        """Return the one of a wish's categories whose maximum counts; None if that in general does."""
        return next((name for name in categories if name in self.by_category), None)

    def severity(self, code: str) -> Severity:
        """Return what a flag does."""
        return self.severities.get(code, SEVERITIES[code])


# --- what is kept -------------------------------------------------------------------------------------


@cache
def first_term_settings() -> TermSettings:
    """Return what holds until an owner has set something; every offer that comes asks for it."""
    return TermSettings()


def read_term_settings(document: Mapping[str, Any]) -> TermSettings:
    """Read settings as they are kept; what is left out is as at first, what is not known is ignored."""
    reading = _Reading(document)
    cap = reading.one("cap", _cap, None, DataPolicy())
    beyond = reading.one("beyond", Beyond, Beyond.HOLD, Beyond.HOLD)
    return TermSettings(
        maximum=reading.one("maximum", _maximum, _first(), _first()),
        by_category=dict(reading.each("categories", is_category, _maximum, _first())),
        by_business=dict(reading.each("businesses", bool, _maximum, _first())),
        cap=cap,
        severities=dict(reading.each("flags", SEVERITIES.__contains__, Severity, None)),
        # Where the cap cannot be read nothing is within it: a person looks at what comes.
        beyond=Beyond.HOLD if "cap" in reading.ignored else beyond,
        requires=reading.one("require", Requires, Requires.FOR_DATA, Requires.FOR_DATA),
        accepts=tuple(dict.fromkeys(reading.items("accepts", _entry))),
        undertakes=reading.one("undertake", Undertakes, Undertakes.ASK, Undertakes.ASK),
        ignored=tuple(sorted({*reading.ignored, *(document.keys() - _MEMBERS)})),
    )


class _Reading:
    """One reading of what is kept: it notes what it does not know."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self.ignored: list[str] = []

    def one(self, member: str, read: Callable[[Any], T], first: T, unknown: T) -> T:
        """Read a member; `first` if there is none, `unknown` if it is not known."""
        if member not in self.document:
            return first
        return self._known(member, read, self.document[member], unknown)

    def each(
        self, member: str, is_key: Callable[[str], bool], read: Callable[[Any], T], unknown: T | None
    ) -> Iterator[tuple[str, T]]:
        """Yield what a member has by name; what is not known counts as `unknown`, and without that not."""
        found = self.document.get(member, {})
        if not isinstance(found, dict):
            self.ignored.append(member)
            return
        for name, value in found.items():
            if not is_key(name):
                self.ignored.append(f"{member}/{name}")
            elif (said := self._known(f"{member}/{name}", read, value, unknown)) is not None:
                yield name, said

    def items(self, member: str, read: Callable[[Any], T]) -> Iterator[T]:
        """Yield what of a list is known."""
        found = self.document.get(member, [])
        if not isinstance(found, list):
            self.ignored.append(member)
            return
        for value in found:
            if (said := self._known(f"{member}/{value}", read, value, None)) is not None:
                yield said

    def _known(self, path: str, read: Callable[[Any], T], value: Any, unknown: T) -> T:
        try:
            return read(value)
        except (TypeError, ValueError, ProtocolError):
            self.ignored.append(path)
            return unknown


def version_of(document: Mapping[str, Any]) -> str:
    """Return what tells one state of what is kept from another."""
    return digest(canonicalise(dict(document)))


def render_term_settings(settings: TermSettings) -> Document:
    """Write settings of terms as their owner reads them."""
    return {
        "maximum": settings.maximum.name,
        "categories": {category: entry.name for category, entry in settings.by_category.items()},
        "businesses": {business: entry.name for business, entry in settings.by_business.items()},
        "cap": None if settings.cap is None else write_policy(settings.cap),
        "flags": {code: severity.value for code, severity in settings.severities.items()},
        "beyond": settings.beyond.value,
        "require": settings.requires.value,
        "accepts": [entry.name for entry in settings.accepts],
        "undertake": settings.undertakes.value,
        "ignored": [*settings.ignored],
    }


# --- changing it --------------------------------------------------------------------------------------


def change_term_settings(document: Mapping[str, Any], changes: Mapping[str, Any]) -> Document:
    """Return what is kept with changes in it, in the manner of a JSON merge patch (RFC 7396).

    What they do not name stays, also what is not known here; null takes a setting back to as it was at first.
    `cap` and `accepts` are replaced as a whole.

    Raises:
        Unprocessable: `term-settings`, `roster-unknown`, or as `policy_reading.read_policy`.
    """
    changed = dict(document)
    try:
        for member, given in changes.items():
            if given is None:
                changed.pop(member, None)
            elif member in _BY_NAME:
                changed[member] = _merged(member, changed.get(member, {}), given)
            else:
                changed[member] = _WHOLE[member](given)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise Unprocessable(codes.TERM_SETTINGS) from None
    return changed


def _merged(member: str, kept: Mapping[str, Any], given: Mapping[str, Any]) -> Document:
    check_name, write = _BY_NAME[member]
    merged = dict(kept) if isinstance(kept, dict) else {}
    for name, value in given.items():
        if value is None:
            merged.pop(name, None)
        else:
            check_name(name)
            merged[name] = write(value)
    if len(merged) > MOST:
        raise Unprocessable(codes.TERM_SETTINGS, f"There are at most {MOST} maxima of a kind.")
    return merged


def lowers_protection(before: TermSettings, after: TermSettings) -> bool:
    """Tell whether something is let in or left to a rule with settings that was not with those before."""
    return (
        any(not is_within(now.template, then.template) for then, now in _pairs(before, after).values())
        or _is_looser(before.cap, after.cap)
        or any(_WEIGHS[after.severity(code)] < _WEIGHS[before.severity(code)] for code in SEVERITIES)
        or (before.beyond, after.beyond) == (Beyond.REFUSE, Beyond.HOLD)
        or (before.requires, after.requires) == (Requires.ALWAYS, Requires.FOR_DATA)
    )


_WEIGHS: Final = {Severity.NOTE: 0, Severity.WARN: 1, Severity.REFUSE: 2}


def _pairs(before: TermSettings, after: TermSettings) -> Mapping[_Pair, tuple[RosterEntry, RosterEntry]]:
    """Return the maxima before and after that any business meets about any wish, each pair of them once.

    A maximum for a business takes the place of that for the category, whichever that is.
    """
    general = {("", ""): (before.maximum, after.maximum)}
    for name in before.by_category.keys() | after.by_category.keys():
        then = before.by_category.get(name, before.maximum)
        now = after.by_category.get(name, after.maximum)
        general[then.name, now.name] = then, now
    pairs = dict(general)
    for own in {
        (before.by_business.get(name), after.by_business.get(name))
        for name in before.by_business.keys() | after.by_business.keys()
    }:
        for then, now in general.values():
            pair = own[0] or then, own[1] or now
            pairs[pair[0].name, pair[1].name] = pair
    return pairs


def _is_looser(before: DataPolicy | None, after: DataPolicy | None) -> bool:
    return before is not None and (after is None or not is_within(after, before))


def maxima() -> tuple[RosterEntry, ...]:
    """Return those entries of the roster that bound what is done with data, the strictest level first."""
    return tuple(entry for entry in entries() if entry.name.startswith(_BOUNDING))


def _maximum(text: Any) -> RosterEntry:
    entry = _entry(text)
    if not entry.name.startswith(_BOUNDING):
        raise Unprocessable(codes.TERM_SETTINGS, "This entry of the roster bounds nothing.")
    return entry


def _entry(text: Any) -> RosterEntry:
    entry = find_entry(str(text))
    if entry is None:
        raise Unprocessable(wire.ROSTER_UNKNOWN)
    return entry


def _cap(given: Any) -> DataPolicy | None:
    return None if given is None else read_policy(given)


def _accepts(given: Any) -> list[Json]:
    if not isinstance(given, list):
        raise TypeError
    return [*dict.fromkeys(_entry(each).name for each in given)]


def _check_category(name: str) -> None:
    if not is_category(name):
        raise Unprocessable(codes.TERM_SETTINGS, "A maximum is for a category, named by a URI.")


def _check_business(name: str) -> None:
    if not name:
        raise Unprocessable(codes.TERM_SETTINGS, "A maximum is for a business, named by its address.")


def _check_flag(code: str) -> None:
    if code not in SEVERITIES:
        raise Unprocessable(codes.TERM_SETTINGS, "There is no such flag.")


_WHOLE: Final[Mapping[str, Callable[[Any], Json]]] = {
    "maximum": lambda given: _maximum(given).name,
    "cap": lambda given: write_policy(read_policy(given)),
    "beyond": lambda given: Beyond(given).value,
    "require": lambda given: Requires(given).value,
    "accepts": _accepts,
    "undertake": lambda given: Undertakes(given).value,
}
_BY_NAME: Final[Mapping[str, tuple[Callable[[str], None], Callable[[Any], Json]]]] = {
    "categories": (_check_category, _WHOLE["maximum"]),
    "businesses": (_check_business, _WHOLE["maximum"]),
    "flags": (_check_flag, lambda given: Severity(given).value),
}
_MEMBERS: Final = _WHOLE.keys() | _BY_NAME.keys()
