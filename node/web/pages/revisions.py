"""Revisions: in which terms one offer differs from the one before, in words.

Rules here: a price of one line that is charged once says no more than its total, and is told by that alone.
Of what others wrote is told that it is another, and not how.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from node.web.pages import labels, rows, sentences
from node.web.pages.formats import brief, plain_money
from node.web.pages.languages import gettext as _
from node.web.pages.words import name

_Terms: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Revised:
    """One term in words: what it was before, empty for nothing, and what it is now."""

    label: str
    before: str
    after: str


def revisions(changes: Sequence[Mapping[str, Any]], currency: str) -> list[Revised]:
    """Return what terms change, in words, in the order in which terms are shown."""
    told: list[Revised] = []
    for change in changes:
        term, before, after = change["term"], change["before"], change["after"]
        if term == "price":
            told += _lines(before, after)
        elif term == "properties":
            told += _properties(before, after)
        elif term in _SAID:
            said = _SAID[term]
            told.append(Revised(_called(term), said(before, currency), said(after, currency)))
        elif term == "content":
            told.append(Revised(_called(term), "", _("written anew")))
    return told


def of_terms(terms: _Terms) -> list[Revised]:
    """Return the terms that a negotiation begins with, in words: what it costs, and what it is called."""
    told = [Revised(_called("name"), "", name(terms["name"]).text)]
    if terms["total"] is None:
        least = _("%(amount)s at least") % {"amount": plain_money(terms["least"], terms["currency"])}
        return [*told, Revised(_called("total"), "", least)]
    return [*told, Revised(_called("total"), "", plain_money(terms["total"], terms["currency"]))]


def _called(term: str) -> str:
    return {
        "name": _("What"),
        "quantity": _("How much"),
        "total": _("In all"),
        "least": _("At least"),
        "starts_at": _("Begins"),
        "ends_at": _("Ends"),
        "notice": _("Notice"),
        "content": _("Their words"),
    }[term]


def _quantity(value: Any, _currency: str) -> str:
    return "" if value["value"] is None else labels.measure(value["value"], value["unit"])


def _day(value: Any, _currency: str) -> str:
    return "" if value is None else brief(value)


_SAID: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "name": lambda value, _currency: name(value).text,
    "quantity": _quantity,
    "total": lambda value, currency: _("open") if value is None else plain_money(value, currency),
    "least": lambda value, currency: "" if value is None else plain_money(value, currency),
    "starts_at": _day,
    "ends_at": _day,
    "notice": lambda value, _currency: _("none") if value is None else sentences.duration(value),
}


def _lines(before: Sequence[_Terms], after: Sequence[_Terms]) -> list[Revised]:
    """Return the lines of a price that differ, by their place; a single line says no more than the total."""
    if len(before) == len(after) == 1 and "per" not in before[0] and "per" not in after[0]:
        return []
    told = []
    for place in range(max(len(before), len(after))):
        was = before[place] if place < len(before) else None
        becomes = after[place] if place < len(after) else None
        if was != becomes:
            told.append(
                Revised(line_name(becomes or was or {}, place), _line(was), _line(becomes) or _("left out"))
            )
    return told


def line_name(line: _Terms, place: int) -> str:
    """Return what a line of a price is called: its label, or its place."""
    return name(line.get("label", "")).text or _("Part %(number)s") % {"number": place + 1}


def _line(line: _Terms | None) -> str:
    return "" if line is None else rows.line_of(line)


def _properties(before: Sequence[_Terms], after: Sequence[_Terms]) -> list[Revised]:
    was = {item["property"]: item for item in before}
    becomes = {item["property"]: item for item in after}
    return [
        Revised(labels.label(one), _stated(was.get(one)), _stated(becomes.get(one)) or _("left out"))
        for one in dict.fromkeys([*was, *becomes])
        if was.get(one) != becomes.get(one)
    ]


def _stated(item: _Terms | None) -> str:
    return "" if item is None else labels.measure(item["value"], item["unit"])
