"""Read a business's price list, CSV or JSON, into items.

Rules that hold here:

- A list is taken whole or not at all, and every mistake is told, with its place and what to write instead. No
  cell is repeated, because the list may hold what is not for a log, but for a number with two readings.
- Nothing is guessed: a number that could be two, a sign of several currencies, a letter in an unknown
  encoding are refused.
- Money and measures stay decimal strings from the file to `Decimal`; no float is ever made.
- Nothing in a cell is run: text that a spreadsheet would take for a formula is refused, because the list
  is exported again, and opened in one.

CSV after RFC 4180, in the dialects spreadsheets write (`node.core.spreadsheets`, `node.core.columns`).
The JSON form is what `items.render_item` gives: an array of items, or an object with it under `items`.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import Any, Final, TypeAlias

from node.core import codes
from node.core.advice import Advice
from node.core.cells import LIMIT_LEAD_DAYS, LIMIT_STOCK, Basics, Cells
from node.core.columns import (
    LIMIT_PROPERTIES,
    OPTIONAL,
    REQUIRED,
    ListColumn,
    numbered_column,
    price_place,
    read_header,
    read_property_name,
    score,
)
from node.core.faults import FaultPlace, Faults, FaultSpot, PlaceNoun, SpotNoun
from node.core.items import Item
from node.core.money import read_money
from node.core.spreadsheets import BrokenRow, Row, Sheet, decode, open_sheet
from protocol.errors import TooLarge, Unprocessable
from protocol.intentions import is_category
from protocol.propertynames import property_form
from protocol.specifications import Property

LIMIT_CHARACTERS: Final = 16 * 1024 * 1024  # 100,000 items with 10 properties of 10 characters, and air
LIMIT_ITEMS: Final = 100_000  # of one request; more are added to what is there

# Where an item stands, where its number does, and the item if it could be read.
_Listed: TypeAlias = tuple[FaultPlace, FaultSpot, Item | None]
_MEMBERS: Final[Mapping[str, FaultSpot]] = {
    name: FaultSpot(SpotNoun.MEMBER, name) for name in (*REQUIRED, *OPTIONAL, "items", "properties")
}
# What a list that is shown says of each item beside; it follows from what is promised, and is no news.
_COUNTED: Final = ("held", "available")

__all__ = [
    "LIMIT_CHARACTERS",
    "LIMIT_ITEMS",
    "LIMIT_LEAD_DAYS",
    "LIMIT_PROPERTIES",
    "LIMIT_STOCK",
    "read_item",
    "read_price_list",
]


def read_price_list(content: bytes, media_type: str) -> list[Item]:
    """Read a whole price list; `media_type` is `text/csv` or `application/json`, perhaps with a `charset`.

    Raises:
        Malformed: `price-list-format`, it is no text in the encoding it should be in.
        TooLarge: `price-list-too-large`, over 16 Mi characters or 100,000 items.
        Unprocessable: `price-list-invalid`, with every mistake and what to write there (`PriceListInvalid`);
            `price-list-format`, if the media type is another.
    """
    kind, _, parameters = media_type.partition(";")
    readers: Mapping[str, Callable[[str, Faults], Iterator[_Listed]]] = {
        "text/csv": _read_csv,
        "application/json": _read_json,
    }
    reader = readers.get(kind.strip().lower())
    if reader is None:
        raise Unprocessable(codes.PRICE_LIST_FORMAT, "Send the price list as text/csv or application/json.")
    text = decode(content, _charset(parameters))
    if len(text) > LIMIT_CHARACTERS:
        raise TooLarge(
            codes.PRICE_LIST_TOO_LARGE, "The price list is over 16 MB: leave out columns or split it."
        )
    faults = Faults()
    items = _distinct(reader(text, faults), faults)
    faults.refuse()
    return items


def read_item(document: Mapping[str, Any]) -> Item:
    """Read back what `items.render_item` gave.

    Raises:
        PriceListInvalid: `price-list-invalid`, as for a whole list.
    """
    faults = Faults()
    item = _json_item(FaultPlace(PlaceNoun.ONE_ITEM), document, Cells(faults, "."), faults)
    faults.refuse()
    assert item is not None  # noqa: S101 - nothing is wrong with it
    return item


def _charset(parameters: str) -> str:
    """Return what the `charset` among the parameters of a media type is; "" without one."""
    for parameter in parameters.split(";"):
        name, _, value = parameter.partition("=")
        if name.strip().lower() == "charset":
            return value.strip().strip('"')
    return ""


def _distinct(items: Iterator[_Listed], faults: Faults) -> list[Item]:
    found: dict[str, Item] = {}
    for number, (place, spot, item) in enumerate(items):
        if number == LIMIT_ITEMS:
            raise TooLarge(codes.PRICE_LIST_TOO_LARGE, f"A price list has at most {LIMIT_ITEMS:,} items.")
        if item is None:
            continue
        if item.sku in found:
            faults.add(place, spot, Advice.SAME_SKU)
        found[item.sku] = item
    return list(found.values())


# --- CSV -----------------------------------------------------------------------------------------


def _read_csv(text: str, faults: Faults) -> Iterator[_Listed]:
    if not text.strip():
        return
    sheet = open_sheet(text, score)
    header = read_header(
        FaultPlace(PlaceNoun.LINE, sheet.header.line), sheet.header.cells, faults, priced=_is_priced(sheet)
    )
    if not header.columns:
        return
    cells, spots = Cells(faults, _decimal_mark(sheet, header.columns), header.currency), header.spots()
    try:
        for row in sheet.rows():
            place = FaultPlace(PlaceNoun.LINE, row.line)
            yield place, spots["sku"], _csv_item(place, row, header.columns, spots, cells)
    except BrokenRow as broken:
        faults.refuse_at(FaultPlace(PlaceNoun.LINE, broken.line), numbered_column(1), Advice.QUOTE)


def _is_priced(sheet: Sheet) -> bool:
    """Tell whether the price in the first row is an amount with its currency."""
    first, place = next(_sound(sheet.rows()), None), price_place(sheet.header.cells)
    if first is None or place is None or place >= len(first.cells):
        return False
    money = read_money(first.cells[place])
    return money is not None and bool(money.currencies)


def _decimal_mark(sheet: Sheet, columns: tuple[ListColumn, ...]) -> str:
    """Return which mark the list has before its decimals, by the numbers that can be read in one way only.

    Where no number tells, it is the point if commas separate the cells; "" if nobody can know.
    """
    told = [column.number - 1 for column in columns if column.name not in ("", "sku", "name", "currency")]
    unseen = {".", ","}
    for row in _sound(sheet.rows()):
        for cell in (row.cells[place] for place in told if place < len(row.cells)):
            if any(mark in cell for mark in unseen):
                money = read_money(cell)
                if money is not None and not money.numeral.grouped:
                    unseen.discard(money.numeral.mark)
    if len(unseen) == 1:
        return "," if "." in unseen else "."
    return "." if unseen and sheet.delimiter == "," else ""


def _sound(rows: Iterator[Row]) -> Iterator[Row]:
    """Yield the rows up to one that is broken; whoever reads on from there says so."""
    with suppress(BrokenRow):
        yield from rows


def _csv_item(
    place: FaultPlace,
    row: Row,
    columns: tuple[ListColumn, ...],
    spots: Mapping[str, FaultSpot],
    cells: Cells,
) -> Item | None:
    given = row.cells + [""] * (len(columns) - len(row.cells))
    if any(given[len(columns) :]):
        cells.faults.add(place, numbered_column(len(columns) + 1), Advice.MORE_CELLS)
        return None
    pairs = list(zip(columns, given, strict=False))
    basics = {column.name: cell for column, cell in pairs if column.ours}
    if not is_category(basics.get("category", "")):
        basics.pop("category", None)  # a word for people; it is a property like any other
    read = cells.read_basics(place, spots, basics)
    properties: list[Property] = []
    complete = True
    for column, cell in pairs:
        if column.name in basics or not cell:
            continue
        if not column.name:
            cells.faults.add(place, column.spot, Advice.NAMELESS)
            continue
        named = (column.header if column.ours else column.name, column.unit)  # a category for people
        stated = cells.read_property(place, column.spot, named, cell)
        complete = complete and stated is not None
        properties += [] if stated is None else [stated]
    return _item(read, properties, complete=complete)


def _item(read: Basics | None, properties: list[Property], *, complete: bool) -> Item | None:
    """Return an item if all of it could be read."""
    if read is None or not complete:
        return None
    return Item(
        sku=read.sku,
        name=read.name,
        price=read.price,
        currency=read.currency,
        stock=read.stock,
        lead_days=read.lead_days,
        properties=tuple(properties),
        unit=read.unit,
        category=read.category,
        words=read.words,
    )


# --- JSON ----------------------------------------------------------------------------------------


def _read_json(text: str, faults: Faults) -> Iterator[_Listed]:
    document = _parse_json(text, faults) if text.strip() else []
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        faults.refuse_at(FaultPlace(PlaceNoun.LIST), _MEMBERS["items"], Advice.ARRAY)
    cells = Cells(faults, ".")
    for number, item in enumerate(items, 1):
        place = FaultPlace(PlaceNoun.ITEM, number)
        if isinstance(item, dict):
            yield place, _MEMBERS["sku"], _json_item(place, item, cells, faults)
        else:
            faults.add(place, _MEMBERS["sku"], Advice.MEMBERS, members=", ".join(REQUIRED))


def _parse_json(text: str, faults: Faults) -> Any:
    """Parse, keeping every number as the text it was written as."""

    def members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) != len(pairs):
            faults.refuse_at(FaultPlace(PlaceNoun.LIST), FaultSpot(SpotNoun.OBJECT), Advice.MEMBER_TWICE)
        return found

    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=members)
    except json.JSONDecodeError as error:
        place = FaultPlace(PlaceNoun.LINE, error.lineno)
        faults.refuse_at(place, FaultSpot(SpotNoun.CHARACTER, str(error.colno)), Advice.JSON)
    except RecursionError:
        faults.refuse_at(FaultPlace(PlaceNoun.LIST), _MEMBERS["items"], Advice.DEPTH)


def _json_item(place: FaultPlace, document: Mapping[str, Any], cells: Cells, faults: Faults) -> Item | None:
    unknown = len(document.keys() - {*REQUIRED, *OPTIONAL, *_COUNTED, "properties"})
    if unknown:
        faults.add(place, _MEMBERS["properties"], Advice.OWN_MEMBERS, count=unknown)
    names = [*REQUIRED, *(name for name in OPTIONAL if name in document)]
    given = {**document, "words": _joined(document.get("words"))}
    read = [_literal(place, _MEMBERS[name], given.get(name), faults) for name in names]
    basics = {name: value for name, value in zip(names, read, strict=True) if value is not None}
    if basics.get("category") and not is_category(basics["category"]):
        faults.add(place, _MEMBERS["category"], Advice.CATEGORY)
        return None
    whole = cells.read_basics(place, _MEMBERS, basics) if len(basics) == len(names) else None
    properties = document.get("properties", [])
    if not isinstance(properties, list) or len(properties) > LIMIT_PROPERTIES:
        faults.add(place, _MEMBERS["properties"], Advice.PROPERTIES, most=LIMIT_PROPERTIES)
        return None
    stated = [
        _json_property(place, FaultSpot(SpotNoun.PROPERTY, str(number)), property, cells, faults)
        for number, property in enumerate(properties, 1)
    ]
    known = [property for property in stated if property is not None]
    if len({property_form(property.name) for property in known}) != len(known):
        faults.add(place, _MEMBERS["properties"], Advice.PROPERTY_TWICE)
    return _item(whole, known, complete=not unknown and len(known) == len(stated))


def _json_property(
    place: FaultPlace, spot: FaultSpot, document: Any, cells: Cells, faults: Faults
) -> Property | None:
    members = document.keys() if isinstance(document, dict) else set()
    if not {"property", "value"} <= members <= {"property", "value", "unit"}:
        faults.add(place, spot, Advice.PROPERTY)
        return None
    named = _literal(place, spot, document["property"], faults)
    value = _literal(place, spot, document["value"], faults)
    unit = _literal(place, spot, document["unit"], faults) if "unit" in document else ""
    if named is None or value is None or unit is None:
        return None
    name = read_property_name(place, spot, f"{named} [{unit}]" if unit else named, faults)
    return cells.read_property(place, spot, name, value)


def _joined(value: Any) -> Any:
    """Return a list of texts as one with commas between them; anything else stays as it is."""
    return (
        ", ".join(value)
        if isinstance(value, list) and all(isinstance(each, str) for each in value)
        else value
    )


def _literal(place: FaultPlace, spot: FaultSpot, value: Any, faults: Faults) -> str | None:
    """Return a text or a number as it is written; None, and a fault, for anything else."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        faults.add(place, spot, Advice.LITERAL)
        return None
    return str(value).strip()
