"""The settings of terms in words: what a flag does, how far an offer gets, and what a change changes."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from node.core.linter import FLAGS, Severity
from node.core.passages import Passage
from node.core.term_settings import SEVERITIES, Beyond, Requires, Undertakes
from node.web.pages.wording.languages import gettext as _
from protocol.values import dataclass


@dataclass(frozen=True, slots=True)
class FlagSaid:
    """A flag: its code, its sentence, what it does and what it did at first (as the API says it)."""

    code: str
    sentence: str
    does: str
    default: str


@dataclass(frozen=True, slots=True)
class SettingChanged:
    """A setting, in words, before and after."""

    label: str
    before: str
    after: str


def severities() -> dict[str, str]:
    """Return what flags can do."""
    return {
        Severity.REFUSE: _("Refused at the door"),
        Severity.WARN: _("You are warned"),
        Severity.NOTE: _("Only noted"),
    }


def passages() -> dict[str, str]:
    """Return how far an offer can get."""
    return {
        Passage.REFUSED: _("would be refused"),
        Passage.HELD: _("waits for you"),
        Passage.FREE: _("a rule of yours may accept it"),
    }


def beyond() -> dict[str, str]:
    """Return what can be done with what asks for more than the maximum."""
    return {Beyond.HOLD: _("It waits for you"), Beyond.REFUSE: _("It is refused")}


def required() -> dict[str, str]:
    """Return what can need terms about data."""
    return {
        Requires.FOR_DATA: _("It may come, and gets no data"),
        Requires.ALWAYS: _("It is refused"),
    }


def undertaken() -> dict[str, str]:
    """Return who can sign, for a business, to be told more of a wish."""
    return {
        Undertakes.AUTO: _("Your node, by itself"),
        Undertakes.ASK: _("A person at the desk"),
        Undertakes.NEVER: _("Nobody"),
    }


def flags(settings: Mapping[str, Any]) -> list[FlagSaid]:
    """Return all flags as they are set, in the order of the linter's table."""
    return [
        FlagSaid(flag.code, _(flag.sentence), settings["flags"].get(flag.code, flag.severity), flag.severity)
        for flag in FLAGS
    ]


def sentences(codes: Sequence[str]) -> list[str]:
    """Return what these flags say, in the order of the linter's table."""
    return [_(flag.sentence) for flag in FLAGS if flag.code in codes]


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[SettingChanged]:
    """Return what differs between two settings (as `settings.show` has them)."""
    return [one for one in _changes(before, after) if one.before != one.after]


def _changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[SettingChanged]:
    yield SettingChanged(_("At most, in general"), before["maximum"], after["maximum"])
    for kind in ("categories", "businesses"):
        for name in sorted(before[kind].keys() | after[kind].keys()):
            was, is_ = (each[kind].get(name, each["maximum"]) for each in (before, after))
            yield SettingChanged(_("At most, for %(whom)s") % {"whom": name}, was, is_)
    words = severities()
    for flag, then in zip(flags(after), flags(before), strict=True):
        yield SettingChanged(flag.sentence, words[then.does], words[flag.does])
    yield SettingChanged(_("What asks for more"), beyond()[before["beyond"]], beyond()[after["beyond"]])
    yield SettingChanged(
        _("What says nothing about data"), required()[before["require"]], required()[after["require"]]
    )


def counted(settings: Mapping[str, Any]) -> dict[str, int]:
    """Return how many flags do what."""
    does = [settings["flags"].get(code, severity) for code, severity in SEVERITIES.items()]
    return {severity: does.count(severity) for severity in Severity}
