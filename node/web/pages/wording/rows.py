"""Rows: a comparison as a table, offers across, what is compared down.

Rules here: whatever is judged was judged before (`node.core.standings`); here it is put in words and in rows.
A row that is the same for all is told once, below; so is, on a narrow page, one that is the same for the two
that are looked at.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from decimal import Decimal
from typing import Any, Final

from markupsafe import Markup, escape

from node.web.pages.wording import data_terms, labels, sentences
from node.web.pages.wording.formats import brief, moment, plain_money
from node.web.pages.wording.languages import gettext as _
from node.web.pages.wording.words import whole
from protocol.propertynames import property_form
from protocol.specifications import Property, Specification, find, measured
from protocol.values import dataclass
from protocol.vocabulary import LEAD_TIME

_LEAD_TIME: Final = property_form(LEAD_TIME)
_IN_DAYS: Final = Specification(LEAD_TIME, at_most=Decimal(0), unit="d")
_MARKS: Final = {"met": "yes", "missed": "no", "unknown": "ask"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedCell:
    """What one offer has in one row: lines of text, with a mark (`yes`, `no`, `ask`) or without."""

    lines: tuple[str, ...]
    mark: str = ""
    sub: str = ""
    small: bool = False
    best: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether the offer says nothing there."""
        return not any(self.lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedRow:
    """One thing that is compared, with what each offer has of it; `even` is the same for the pair."""

    label: str
    cells: tuple[ComparedCell, ...]
    even: bool = False

    @property
    def same(self) -> bool:
        """Whether it is the same for all."""
        return all(cell == self.cells[0] for cell in self.cells)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowGroup:
    """Rows under one heading."""

    label: str
    rows: Sequence[ComparedRow]


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTable:
    """All rows: those that tell offers apart by heading, and what is the same for all, and for the pair."""

    groups: Sequence[RowGroup]
    same: Sequence[ComparedRow]
    even: Sequence[ComparedRow] = field(default_factory=tuple)


def table(
    answer: Mapping[str, Any], offers: Sequence[Mapping[str, Any]], pair: tuple[int, int], *, blind: bool
) -> ComparedTable:
    """Make the table of these offers; `pair` are the places of the two that are looked at."""
    made = [
        RowGroup(label=_("Price"), rows=_price(answer, offers)),
        RowGroup(label=_("Your wish"), rows=[*_what(offers, blind=blind), *_points(offers)]),
        RowGroup(label=_("Terms"), rows=_terms(offers)),
        RowGroup(label=_("They and you"), rows=_they(answer, offers, blind=blind)),
    ]
    rows = [row for group in made for row in group.rows]
    groups = [
        RowGroup(label=group.label, rows=[_looked_at(row, pair) for row in group.rows if not row.same])
        for group in made
    ]
    groups = [group for group in groups if group.rows]
    return ComparedTable(
        groups=groups,
        same=[row for row in rows if row.same],
        even=[row for group in groups for row in group.rows if row.even and not row.cells[pair[0]].is_empty],
    )


def _looked_at(row: ComparedRow, pair: tuple[int, int]) -> ComparedRow:
    left, right = (row.cells[place] for place in pair)
    return ComparedRow(label=row.label, cells=row.cells, even=left == right)


def _row(
    label: str, offers: Sequence[Mapping[str, Any]], cell: Callable[[Mapping[str, Any]], ComparedCell]
) -> list[ComparedRow]:
    """Return a row, or none where no offer says anything."""
    cells = tuple(cell(offer) for offer in offers)
    return [] if all(one.is_empty for one in cells) else [ComparedRow(label=label, cells=cells)]


def _plain(said: str) -> ComparedCell:
    return ComparedCell(lines=(said,))


# --- price -------------------------------------------------------------------------------------------


def _price(answer: Mapping[str, Any], offers: Sequence[Mapping[str, Any]]) -> list[ComparedRow]:
    rows = _row(_("Made of"), offers, made_of)
    rows += _row(_("A month"), offers, lambda offer: _plain(_amount(offer["monthly"], offer["currency"])))
    rows += _row(_("Runs for"), offers, lambda offer: _plain(runs_for(offer)))
    if answer["basis"] == "over" and not is_by_total(offers):
        over = _("Over %(length)s") % {"length": sentences.length("month", answer["over"])}
        rows += _row(over, offers, lambda offer: _plain(_amount(offer["cost"], offer["currency"])))
    return rows + _row(_("Your limit"), offers, _limit)


def made_of(offer: Mapping[str, Any]) -> ComparedCell:
    """Return the lines of a price as lines of text, each with what it is for."""
    lines = [(whole(line.get("label", "")).text, line_of(line)) for line in offer["price"]]
    said = tuple(escape(f"{labels.theirs(label)} ") + amount if label else amount for label, amount in lines)
    return ComparedCell(lines=said, small=True)


def line_of(line: Mapping[str, Any]) -> Markup:
    """Return one line of a price: "€19.90 a month for 24 months"; what is taken off with a minus."""
    amount = plain_money(line["amount"], line["currency"], exact="unit" in line)
    if line["kind"] == "discount":
        amount = plain_money(-Decimal(line["amount"]), line["currency"])
    if "unit" in line:
        return sentences.said(line)
    return escape(amount) if "per" not in line else sentences.periodic(amount, line)


def runs_for(offer: Mapping[str, Any]) -> str:
    """Return for how long an offer binds: "24 months"; nothing for what is bought."""
    if offer["months"] is None:
        return _("until it is ended") if offer["monthly"] is not None else ""
    return sentences.length("month", Decimal(offer["months"]))


def is_by_total(offers: Sequence[Mapping[str, Any]]) -> bool:
    """Tell whether what offers are put in order by is what each costs in all."""
    return all(offer["cost"] == offer["total"] is not None for offer in offers)


def _limit(offer: Mapping[str, Any]) -> ComparedCell:
    above, currency = offer["above_limit"], offer["currency"]
    if above is None:
        return _plain("")
    amount = plain_money(above.removeprefix("-"), currency)
    if Decimal(above) > 0:
        return ComparedCell(lines=(_("%(amount)s over") % {"amount": amount},), mark="no")
    under = _("%(amount)s under") % {"amount": amount} if Decimal(above) else _("just met")
    return ComparedCell(lines=(under,), mark="yes")


def _amount(amount: str | None, currency: str) -> str:
    return "" if amount is None else plain_money(amount, currency)


# --- the wish ----------------------------------------------------------------------------------------


def _what(offers: Sequence[Mapping[str, Any]], *, blind: bool) -> list[ComparedRow]:
    rows = [] if blind else _row(_("What"), offers, lambda offer: _plain(whole(offer["name"]).text))
    return rows + _row(_("How much"), offers, lambda offer: _plain(how_much(offer)))


def how_much(offer: Mapping[str, Any]) -> str:
    """Return how much is offered, if it is not one."""
    value, unit = offer["quantity"]["value"], offer["quantity"]["unit"]
    return "" if value is None or (value, unit) == ("1", "one") else labels.measure(value, unit)


def _points(offers: Sequence[Mapping[str, Any]]) -> list[ComparedRow]:
    """Return a row for each point of the wish, those that must be first."""
    points = offers[0]["difference"]
    order = sorted(range(len(points)), key=lambda place: points[place]["necessity"] != "must")
    return [
        ComparedRow(
            label=labels.wanted(points[place]),
            cells=tuple(point_cell(offer["difference"][place]) for offer in offers),
        )
        for place in order
    ]


def point_cell(point: Mapping[str, Any]) -> ComparedCell:
    """Return what an offer says at one point of the wish, and whether that fits."""
    said = labels.stated(point) or _("not said")
    return ComparedCell(
        lines=(said,), mark=_MARKS[point["fit"]], sub=labels.beyond(point), best=point["best"]
    )


# --- terms, and they and you -------------------------------------------------------------------------


def _terms(offers: Sequence[Mapping[str, Any]]) -> list[ComparedRow]:
    rows = _row(_("Begins"), offers, lambda offer: _plain(_day(offer["starts_at"])))
    rows += _row(_("Ends"), offers, lambda offer: _plain(_day(offer["ends_at"])))
    rows += _delivery(offers)
    rows += _row(_("Notice"), offers, lambda offer: _plain(_notice(offer["notice"])))
    if any(offer["terms"] is not None for offer in offers):
        rows += _row(_("Data"), offers, lambda offer: _plain(data_terms.in_short(offer["terms"])))
    if any(data_terms.odd(offer) for offer in offers):
        rows += [ComparedRow(label=_odd_label(), cells=tuple(map(_odd, offers)))]
    return rows + _row(_("Good until"), offers, lambda offer: _plain(_moment(offer["expires_at"])))


def _odd_label() -> str:
    """Return what the row of oddities is called, and the way to where it is chosen what is one."""
    why = _("Why do I see this?")
    return Markup('{} <small><a href="/terms/flags">{}</a></small>').format(_("Looks odd"), why)


def _odd(offer: Mapping[str, Any]) -> ComparedCell:
    return ComparedCell(lines=tuple(data_terms.odd(offer)) or ("",), small=True)


def _delivery(offers: Sequence[Mapping[str, Any]]) -> list[ComparedRow]:
    """Return a row for how soon each is there, unless that is a point of the wish, which has its row."""
    if any(property_form(point["property"]) == _LEAD_TIME for point in offers[0]["difference"]):
        return []
    said = [find([_property(one) for one in offer["properties"]], LEAD_TIME) for offer in offers]
    days = [None if one is None else measured(_IN_DAYS, [one]) for one in said]
    known = {each for each in days if each is not None}
    cells = [
        ComparedCell(
            lines=("" if one is None else labels.measure(one.value, one.unit),),
            best=len(known) > 1 and took == min(known),
        )
        for one, took in zip(said, days, strict=True)
    ]
    row = ComparedRow(label=labels.label(LEAD_TIME), cells=tuple(cells))
    return [] if all(cell.is_empty for cell in cells) else [row]


def _property(said: Mapping[str, Any]) -> Property:
    return Property(said["property"], said["value"], said["unit"])


def _day(at: str | None) -> str:
    return "" if at is None else brief(at)


def _moment(at: str | None) -> str:
    return "" if at is None else moment(at)


def _notice(notice: str | None) -> str:
    return "" if notice is None else sentences.duration(notice)


def _they(
    answer: Mapping[str, Any], offers: Sequence[Mapping[str, Any]], *, blind: bool
) -> list[ComparedRow]:
    published = answer["intention"]["published"]
    known = [] if blind else _row(_("Known to you"), offers, lambda offer: _plain(_known(offer, published)))
    return [
        *known,
        *_row(_("Signature"), offers, lambda _offer: ComparedCell(lines=(_("checked"),), mark="yes")),
    ]


def _known(offer: Mapping[str, Any], published: str | None) -> str:
    since = offer["known_since"]
    if published is not None and since >= published:
        return _("First contact")
    return escape(_("Since %(day)s")) % {"day": brief(since)}
