"""Revisions: in which terms one offer differs from the one before, in words.

Rules here: no term changes unsaid, whatever it is. A price of one line that is charged once says no more than
its total, and is told by that alone; not where its currency changes, or what it is for. An amount from before
is in the currency from before. Of what others wrote is told that it is another, and not how.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from markupsafe import escape

from node.core.changeovers import neither_holds_until
from node.core.drafts import TERMS
from node.web.pages.wording import data_terms, labels, rows, sentences
from node.web.pages.wording.formats import brief, plain_moment, plain_money
from node.web.pages.wording.languages import READER
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.words import line, whole
from protocol.values import dataclass

_Terms: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Revised:
    """One term in words: what it was before, empty for nothing, and what it is now."""

    label: str
    before: str
    after: str


def neither_holds(offer: _Terms) -> str:
    """Say that neither a change which begins later nor its agreement holds until then; of others, nothing."""
    begins = neither_holds_until(offer, READER.get().now)
    if begins is None:
        return ""
    said = _(
        "It takes the place of the agreement as soon as both have signed, and begins later: until %(moment)s"
        " neither of them holds."
    )
    return said % {"moment": plain_moment(begins)}


def revisions(changes: Sequence[Mapping[str, Any]], currency: str) -> list[Revised]:
    """Return what terms change, in words, in the order in which terms are shown."""
    told: list[Revised] = []
    former = next((one["before"] for one in changes if one["term"] == "currency"), currency)
    for change in changes:
        term, before, after = change["term"], change["before"], change["after"]
        if term == "price":
            told += _lines(before, after)
        elif term == "properties":
            told += _properties(before, after)
        elif term in _SAID:
            said = _SAID[term]
            told.append(Revised(_called(term), said(before, former), said(after, currency)))
        elif term == "content":
            told.append(Revised(_called(term), "", _("written anew")))
        elif term == "terms":
            told += _data_terms(before, after, (former, currency))
    return told


def between(before: _Terms, after: _Terms) -> list[Revised]:
    """Return in which terms those of one offer differ from those of another, in words.

    Either may be shown with more than its terms, such as whose it is and since when.
    """
    changes = [
        {"term": term.name, "before": before[term.name], "after": after[term.name]}
        for term in TERMS
        if before[term.name] != after[term.name]
    ]
    return revisions(changes, before["currency"])


def of_terms(terms: _Terms) -> list[Revised]:
    """Return the terms that a negotiation begins with, in words: what it costs, and what it is called."""
    told = [Revised(_called("name"), "", whole(terms["name"]).text)]
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
        "currency": _("Currency"),
        "category": _("Category"),
        "starts_at": _("Begins"),
        "ends_at": _("Ends"),
        "notice": _("Notice"),
        "content": _("Their words"),
        "terms": _("Data"),
    }[term]


def _quantity(value: Any, _currency: str) -> str:
    if value["value"] is None:
        return "" if value["unit"] == "one" else whole(value["unit"]).text
    return labels.measure(value["value"], value["unit"])


def _data_terms(before: _Terms | None, after: _Terms | None, currencies: tuple[str, str]) -> list[Revised]:
    """Return what changes about data: which agreement it is, and each sentence that is gone or new."""
    was, becomes = data_terms.in_short(before), data_terms.in_short(after)
    told = [Revised(_called("terms"), was, becomes)] if was != becomes else []
    if before is None or after is None:
        return told
    gone, new = data_terms.changed(before, after, currencies)
    if not (told or gone or new):  # the same is said, in other texts
        return [Revised(_called("terms"), "", _("written anew"))]
    told += [Revised(_("Data: not any more"), sentence, "") for sentence in gone]
    return told + [Revised(_("Data: new"), "", sentence) for sentence in new]


def _day(value: Any, _currency: str) -> str:
    return "" if value is None else brief(value)


_SAID: Final[Mapping[str, Callable[[Any, str], str]]] = {
    "name": lambda value, _currency: whole(value).text,
    "quantity": _quantity,
    "total": lambda value, currency: _("open") if value is None else plain_money(value, currency),
    "least": lambda value, currency: "" if value is None else plain_money(value, currency),
    "currency": lambda value, _currency: str(value),
    "category": lambda value, _currency: line(value).text or _("none"),
    "starts_at": _day,
    "ends_at": _day,
    "notice": lambda value, _currency: _("none") if value is None else sentences.duration(value),
}


def _lines(before: Sequence[_Terms], after: Sequence[_Terms]) -> list[Revised]:
    """Return the lines of a price that differ, by their place, unless the total says all of it."""
    if len(before) == len(after) == 1 and _is_said_by_total(before[0], after[0]):
        return []
    told = []
    for place in range(max(len(before), len(after))):
        was = before[place] if place < len(before) else None
        becomes = after[place] if place < len(after) else None
        if was != becomes:
            told.append(_revised(was, becomes, place))
    return told


def _is_said_by_total(before: _Terms, after: _Terms) -> bool:
    """Tell whether two lines are charged once, and differ in their amount alone."""
    differing = {member for member in {*before, *after} if before.get(member) != after.get(member)}
    return differing <= {"amount"} and not {"per", "unit"} & {*before}


def _revised(was: _Terms | None, becomes: _Terms | None, place: int) -> Revised:
    """Return a line of a price as it was and as it is; what it was for stands with it, if that is another."""
    label = line_name(becomes or was or {}, place)
    before = _line(was)
    if was is not None and becomes is not None and was.get("label") != becomes.get("label"):
        before = escape("{}: {}").format(line_name(was, place), before)
    return Revised(label, before, _line(becomes) or _("left out"))


def line_name(terms: _Terms, place: int) -> str:
    """Return what a line of a price is called: its label, which is a word of others, or its place."""
    said = whole(terms.get("label", "")).text
    return labels.theirs(said) if said else _("Part %(number)s") % {"number": place + 1}


def _line(terms: _Terms | None) -> str:
    return "" if terms is None else rows.line_of(terms)


def _properties(before: Sequence[_Terms], after: Sequence[_Terms]) -> list[Revised]:
    was = {item["property"]: item for item in before}
    becomes = {item["property"]: item for item in after}
    return [
        Revised(_named(one), _stated(was.get(one)), _stated(becomes.get(one)) or _("left out"))
        for one in dict.fromkeys([*was, *becomes])
        if was.get(one) != becomes.get(one)
    ]


def _named(property: str) -> str:
    """Return what a property is called where ours and the other side's stand together."""
    said = labels.label(property)
    return said if labels.is_ours(property) else labels.theirs(said)


def _stated(item: _Terms | None) -> str:
    return "" if item is None else labels.measure(item["value"], item["unit"])
