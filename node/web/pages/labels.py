"""Labels: what a property is called on a page, and how a value of it is written.

Rules here: names, values and units are words of others, or were typed by the owner: shown as they were
written, made harmless, but for the few that the protocol itself names. A number is written as the reader
writes numbers.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

from node.web.pages import words
from node.web.pages.formats import number, quantity
from node.web.pages.languages import gettext as _
from node.web.pages.languages import ngettext
from node.web.pages.words import name
from protocol.vocabulary import LEAD_TIME

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(\.[0-9]{1,6})?")


def label(property: str) -> str:
    """Return what a property is called where a line begins with it: "Fuel consumption"."""
    return capital(called(property))


def capital(text: str) -> str:
    """Return a text that begins a line."""
    return text[:1].upper() + text[1:]


def called(property: str) -> str:
    """Return what a property is called: `fuelConsumption` is "fuel consumption"."""
    if property == LEAD_TIME:
        return _("delivery time")
    return words.called(property).text


def measure(value: str, unit: str = "") -> str:
    """Return a value with its unit, as a reader writes it: "4.9 l", "5 days", "yes"."""
    said = name(unit).text
    if not _NUMBER.fullmatch(value):
        truth = {"true": _("yes"), "false": _("no")}.get(value.lower())
        return " ".join(filter(None, [truth or name(value).text, said]))
    if said == "d":
        days = ngettext("%(count)s day", "%(count)s days", 1 if value == "1" else 2)
        return days % {"count": number(value)}
    return quantity(value, "" if said == "one" else said)


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
