"""Labels: what a property is called on a page, and how a value of it is written.

Rules here: names, values and units are words of others, or were typed by the owner: shown as they were
written, made harmless, but for names that the protocol itself has or many businesses use. These are said in
the reader's language, and may be typed in it. A number is written as the reader writes numbers.

Sources: schema.org (names of properties of vehicles and products).
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from node.core import columns
from node.web.pages.wording import words
from node.web.pages.wording.formats import quantity
from node.web.pages.wording.languages import READER, ngettext
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.words import whole
from protocol.propertynames import property_form
from protocol.vocabulary import LEAD_TIME

_UNITS: Final = {
    "fuelConsumption": "l/100 km",
    "mileage": "km",
    "enginePower": "kW",
    "weight": "kg",
    "width": "cm",
    "height": "cm",
    "depth": "cm",
}
_UNIT_SIGNS: Final = frozenset("%‰°\N{PRIME}\N{DOUBLE PRIME}")  # units begin with these, or with letters
_LEAD_TIME: Final = property_form(LEAD_TIME)
# No mark of theirs ends a quotation of ours.
_QUOTING: Final = '“”„‟«»"\uff02\u2033\u02ba\u02ee\u05f4\u301d\u301e\u275d\u275e\u2e42'
_MARKS: Final = str.maketrans(dict.fromkeys(_QUOTING, "\N{RIGHT SINGLE QUOTATION MARK}"))
_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def column(name: str) -> str:
    """Return what the reader's language calls a column of a price list, as such a list may, too."""
    return columns.called(name, READER.get().language.code)


def label(property: str) -> str:
    """Return what a property is called where a line begins with it: "Fuel consumption"."""
    return capital(called(property))


def capital(text: str) -> str:
    """Return a text that begins a line."""
    return text[:1].upper() + text[1:]


def is_ours(property: str) -> bool:
    """Tell whether a property is called what we call it, and not what the other side does."""
    return property_form(property) == _LEAD_TIME or _known(property) is not None


def theirs(text: str) -> str:
    """Return what others call a line of ours, in quotation marks: "In all" would be taken for ours."""
    return _("“%(name)s”") % {"name": words.isolated(whole(text).text.translate(_MARKS))}


def promised(properties: Iterable[Mapping[str, Any]], *, ours: bool) -> list[tuple[str, str]]:
    """Return name and value of what is promised beside the terms: under names of ours, or of the other side.

    Names of the other side stand by themselves: among terms, "Notice" would be taken for ours.
    """
    return [
        (label(one["property"]), measure(one["value"], one["unit"]))
        for one in properties
        if is_ours(one["property"]) is ours
    ]


def called(property: str) -> str:
    """Return what a property is called: `fuelConsumption` is "fuel consumption"."""
    if property_form(property) == _LEAD_TIME:
        return _("delivery time")
    return _known(property) or words.called(property).text


def _known(property: str) -> str | None:
    """Return what is said in the reader's language for a property, however its name is spelled."""
    form = property_form(property)
    return next((said for name, said in _said().items() if property_form(name) == form), None)


def _said() -> Mapping[str, str]:
    """Return what is said in the reader's language, by the name that businesses use."""
    return {
        "fuelConsumption": _("fuel consumption"),
        "mileage": _("mileage"),
        "enginePower": _("engine power"),
        "modelYear": _("model year"),
        "fuelType": _("fuel type"),
        "color": _("colour"),
        "material": _("material"),
        "weight": _("weight"),
        "size": _("size"),
        "width": _("width"),
        "height": _("height"),
        "depth": _("depth"),
        "origin": _("origin"),
        "warranty": _("warranty"),
    }


def suggestions() -> list[tuple[str, str]]:
    """Return what a point of a wish can be about, each with the unit in which many businesses say it."""
    return [(capital(said), _UNITS.get(property, "")) for property, said in _said().items()]


def meant(typed: str) -> str:
    """Return the name that businesses use for what was typed, or what was typed where none is known."""
    names = {said.casefold(): property for property, said in _said().items()}
    return names.get(" ".join(typed.split()).casefold(), typed)


def typed_as(property: str) -> str:
    """Return a property as the owner may type it, so that `meant` finds it again."""
    said = label(property)
    return said if meant(said) == property else property


def measure(value: str, unit: str = "") -> str:
    """Return a value with its unit, as a reader writes it: "4.9 l", "5 days", "yes"."""
    said = whole(unit).text
    if not _NUMBER.fullmatch(value):
        truth = {"true": _("yes"), "false": _("no")}.get(value.lower())
        return " ".join(filter(None, [truth or whole(value).text, said]))
    time = _time(said, 1 if value == "1" else 2)
    if time:
        return time % {"count": quantity(value)}
    return quantity(value, "" if said == "one" else _behind(said))


def _behind(unit: str) -> str:
    """Return a unit behind a number; one that would read on in it, "000 km", in quotation marks."""
    return unit if not unit or unit[0].isalpha() or unit[0] in _UNIT_SIGNS else theirs(unit)


def _time(unit: str, count: int) -> str:
    """Return what is said for so much of a unit of time, with a hole for how much; nothing for others."""
    says = {
        "d": lambda: ngettext("%(count)s day", "%(count)s days", count),
        "wk": lambda: ngettext("%(count)s week", "%(count)s weeks", count),
        "mo": lambda: ngettext("%(count)s month", "%(count)s months", count),
        "a": lambda: ngettext("%(count)s year", "%(count)s years", count),
    }
    return says[unit]() if unit in says else ""


def wanted(point: Mapping[str, Any]) -> str:
    """Return a point of a wish with what was asked for: "Mileage, at most 90,000 km"."""
    what, bound = label(point["property"]), bounds(point)
    if point.get("value") is not None:
        return what if point["value"] == "true" else f"{what}: {bound}"
    return f"{what}, {bound}"


def bounds(point: Mapping[str, Any]) -> str:
    """Return what was asked for at one point: "at most 90,000 km"."""
    unit = point["unit"]
    if point.get("value") is not None:
        return measure(point["value"], unit)
    least, most = point.get("at_least"), point.get("at_most")
    if least is not None and most is not None:
        return _("%(least)s to %(most)s") % {"least": measure(least), "most": measure(most, unit)}
    if least is not None:
        return _("at least %(least)s") % {"least": measure(least, unit)}
    return _("at most %(most)s") % {"most": measure(most or "0", unit)}


def stated(point: Mapping[str, Any]) -> str:
    """Return what an offer says at one point; nothing where it says nothing."""
    said = point["stated"]
    return "" if said is None else measure(said["value"], said["unit"])


def beyond(point: Mapping[str, Any]) -> str:
    """Say by how much a value is too much, or too little; nothing where that cannot be said."""
    off = point["off"]
    if off is None:
        return ""
    much = measure(off.removeprefix("-"), point["unit"])
    if off.startswith("-"):
        return _("%(much)s too little") % {"much": much}
    if point["property"] == LEAD_TIME:
        return _("%(much)s too late") % {"much": much}
    return _("%(much)s too much") % {"much": much}
