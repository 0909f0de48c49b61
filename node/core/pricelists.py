"""Read a business's price list, CSV or JSON, into items.

Rules that hold here:

- Every error names the line and the column (or the item and the member) and says what to write instead.
  It never repeats a cell: the list may hold what is not for a log.
- A list is taken whole or not at all: one wrong cell and nothing changes.
- Money and measures stay decimal strings from the file to `Decimal`; no float is ever made.
- Nothing in a cell is run: text that a spreadsheet would take for a formula is refused, because the list
  is exported again, and opened in one.

CSV after RFC 4180, in the dialects spreadsheets write: comma, semicolon or tab, with or without a byte
order mark. Where the semicolon separates, a comma may be the decimal point, as in `1299,00`.
The JSON form is what `render_item` gives: an array of items, or an object with it under `items`.
"""

import csv
import json
import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, NoReturn

from node.core import codes
from protocol import vocabulary
from protocol.errors import ProtocolError, TooLarge, Unprocessable
from protocol.prices import amount_string
from protocol.specifications import Property

LIMIT_CHARACTERS: Final = 8 * 1024 * 1024  # 10,000 items with 30 properties of 20 characters, and air
LIMIT_ITEMS: Final = 10_000  # of one request, which is read whole; more are added to what is there
LIMIT_PROPERTIES: Final = 64  # of one item; an offer repeats them all, and an activity has 256 KiB
LIMIT_TEXT: Final = 200  # characters of one cell; a name longer than that is not read by anybody
LIMIT_STOCK: Final = 1_000_000_000
LIMIT_LEAD_DAYS: Final = 3650

REQUIRED: Final = ("sku", "name", "price", "currency", "stock", "lead_days")

_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,11})(\.[0-9]{1,6})?")  # the bounds of protocol.quantities
_DECIMAL_COMMA = re.compile(r"-?[0-9]{1,12},[0-9]{1,6}")
_WHOLE = re.compile(r"[0-9]{1,10}")
_PROPERTY = re.compile(r"(?P<name>[^\W\d_][\w .:/#-]{0,63}?)(?: ?\[(?P<unit>[^\[\]]{1,32})\])?")
_SKU = re.compile(r"[^\s]{1,64}")
_FORMULA_STARTS = ("=", "+", "-", "@")
# Controls, halves of surrogate pairs, line and paragraph separators: nothing a name needs.
_UNPRINTABLE_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
# Bidirectional controls can make a price read backwards.
_BIDIRECTIONAL = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a business sells: `price` for one, in major units; `stock` pieces, ready in `lead_days`."""

    sku: str
    name: str
    price: Decimal
    currency: str
    stock: int
    lead_days: int
    properties: tuple[Property, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    """Where in the file a cell stands, to say so in an error."""

    row: str
    decimal_comma: bool = False

    def refuse(self, column: str, advice: str) -> NoReturn:
        raise Unprocessable(codes.PRICE_LIST_INVALID, f"{self.row}, {column}: {advice}")


@dataclass(frozen=True, slots=True)
class _Cell:
    """One property of one item as it stands in the file."""

    column: str
    name: str
    value: str
    unit: str


def read_price_list(text: str, media_type: str) -> list[Item]:
    """Read a whole price list; `media_type` is `text/csv` or `application/json`, parameters are ignored.

    Raises:
        TooLarge: `price-list-too-large`, over 8 Mi characters or 10,000 items.
        Unprocessable: `price-list-invalid`, naming the first place that is wrong and what to do there;
            `price-list-format`, if the media type is another.
    """
    if len(text) > LIMIT_CHARACTERS:
        raise TooLarge(
            codes.PRICE_LIST_TOO_LARGE, "The price list is over 8 MB: leave out columns or split it."
        )
    match media_type.partition(";")[0].strip().lower():
        case "text/csv":
            items = _read_csv(text.removeprefix("\ufeff"))
        case "application/json":
            items = _read_json(text.removeprefix("\ufeff"))
        case _:
            raise Unprocessable(
                codes.PRICE_LIST_FORMAT, "Send the price list as text/csv or application/json."
            )
    return _distinct(items)


def render_item(item: Item) -> dict[str, Any]:
    """Return an item as JSON: what the API shows, what is stored, and what `read_item` reads back."""
    return {
        "sku": item.sku,
        "name": item.name,
        "price": amount_string(item.price, currency=item.currency),
        "currency": item.currency,
        "stock": item.stock,
        "lead_days": item.lead_days,
        "properties": [_render_property(stated) for stated in item.properties],
    }


def read_item(document: Mapping[str, Any]) -> Item:
    """Read back what `render_item` gave.

    Raises:
        Unprocessable: `price-list-invalid`, as for a whole list.
    """
    return _json_item(_Place("The item"), document)


def _render_property(stated: Property) -> dict[str, str]:
    rendered = {"property": stated.name, "value": stated.value}
    return rendered | {"unit": stated.unit} if stated.unit else rendered


def _distinct(items: Iterator[tuple[_Place, Item]]) -> list[Item]:
    found: dict[str, Item] = {}
    for place, item in items:
        if len(found) == LIMIT_ITEMS:
            raise TooLarge(codes.PRICE_LIST_TOO_LARGE, f"A price list has at most {LIMIT_ITEMS:,} items.")
        if item.sku in found:
            place.refuse("column sku", "an earlier item has the same sku; give each its own.")
        found[item.sku] = item
    return list(found.values())


# --- CSV -----------------------------------------------------------------------------------------


def _read_csv(text: str) -> Iterator[tuple[_Place, Item]]:
    delimiter = _delimiter(text)
    rows = _rows(text, delimiter)
    header_line, header = next(rows, (1, []))
    columns = _columns(_Place(f"Line {header_line}"), header)
    for line, row in rows:
        place = _Place(f"Line {line}", decimal_comma=delimiter == ";")
        if len(row) != len(columns):
            place.refuse(
                f"column {min(len(row), len(columns)) + 1}",
                f"the line has {len(row)} cells and the header {len(columns)}; "
                "put text that holds a separator in double quotes.",
            )
        cells = [
            _Cell(f"column {number}", name, cell, unit)
            for number, ((name, unit), cell) in enumerate(zip(columns, row, strict=True), 1)
        ]
        required = {cell.name: cell.value for cell in cells if cell.name in REQUIRED}
        yield place, _item(place, "column", required, [cell for cell in cells if cell.name not in REQUIRED])


def _delimiter(text: str) -> str:
    """Return the separator that occurs most often in the first line, the comma if none does."""
    header = text.lstrip().partition("\n")[0]
    return max(",;\t", key=header.count)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """Yield (number of the line it starts on, trimmed cells) of each row that is not empty."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    reader = csv.reader((f"{line}\n" for line in lines), delimiter=delimiter, strict=True)
    start = 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield start, cells
            start = reader.line_num + 1
    except csv.Error:
        _Place(f"Line {start}").refuse(
            "column 1", "a double quote in this line is open or misplaced; inside quoted text write it twice."
        )


def _columns(place: _Place, header: Sequence[str]) -> list[tuple[str, str]]:
    """Return (name, unit) of each column; the six that every list has stand there without a unit."""
    if len(header) > len(REQUIRED) + LIMIT_PROPERTIES:
        place.refuse(f"column {len(header)}", f"keep at most {LIMIT_PROPERTIES} columns of properties.")
    columns: list[tuple[str, str]] = []
    for number, cell in enumerate(header, 1):
        known = cell.lower() if cell.lower() in REQUIRED else None
        columns.append((known, "") if known else _property_header(place, f"column {number}", cell))
        if [name for name, _ in columns].count(columns[-1][0]) > 1:
            place.refuse(f"column {number}", "an earlier column has the same name; keep one of them.")
    for name in REQUIRED:
        if (name, "") not in columns:
            place.refuse(f"column {name}", f"it is missing; the header needs {', '.join(REQUIRED)}.")
    return columns


def _property_header(place: _Place, column: str, cell: str) -> tuple[str, str]:
    found = _PROPERTY.fullmatch(cell)
    if found is None:
        place.refuse(column, "name a property, and its unit in brackets, like weight [kg].")
    unit = found["unit"]
    return found["name"], "" if unit is None else _text(place, column, unit)


# --- JSON ----------------------------------------------------------------------------------------


def _read_json(text: str) -> Iterator[tuple[_Place, Item]]:
    document = _parse_json(text)
    items = document.get("items") if isinstance(document, dict) else document
    if not isinstance(items, list):
        _Place("The list").refuse("member items", "send an array of items, or an object that holds it.")
    for number, item in enumerate(items, 1):
        place = _Place(f"Item {number}")
        if not isinstance(item, dict):
            place.refuse("member sku", f"an item is an object with the members {', '.join(REQUIRED)}.")
        yield place, _json_item(place, item)


def _parse_json(text: str) -> Any:
    """Parse, keeping every number as the text it was written as."""
    try:
        return json.loads(
            text, parse_float=str, parse_int=str, parse_constant=str, object_pairs_hook=_members
        )
    except json.JSONDecodeError as error:
        _Place(f"Line {error.lineno}").refuse(
            f"character {error.colno}", "this is not JSON; correct it here."
        )
    except RecursionError:
        _Place("The list").refuse("member items", "it is nested too deeply; an item holds plain values.")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        _Place("The list").refuse("an object", "a member stands twice in it; keep one of them.")
    return members


def _json_item(place: _Place, document: Mapping[str, Any]) -> Item:
    unknown = len(document.keys() - {*REQUIRED, "properties"})
    if unknown:
        place.refuse("member properties", f"put members of your own ({unknown} here) into properties.")
    required = {name: _literal(place, f"member {name}", document.get(name)) for name in REQUIRED}
    properties = document.get("properties", [])
    if not isinstance(properties, list) or len(properties) > LIMIT_PROPERTIES:
        place.refuse("member properties", f"write an array of at most {LIMIT_PROPERTIES} properties.")
    cells = [_json_cell(place, f"property {number}", cell) for number, cell in enumerate(properties, 1)]
    if len({cell.name for cell in cells}) != len(cells):
        place.refuse("member properties", "a property stands twice in it; keep one of them.")
    return _item(place, "member", required, cells)


def _json_cell(place: _Place, column: str, document: Any) -> _Cell:
    members = document.keys() if isinstance(document, dict) else set()
    if not {"property", "value"} <= members <= {"property", "value", "unit"}:
        place.refuse(column, "write an object with the members property and value, and unit for a measure.")
    spelled = _literal(place, column, document["property"])
    if "unit" in document:
        spelled = f"{spelled} [{_literal(place, column, document['unit'])}]"
    name, unit = _property_header(place, column, spelled)
    return _Cell(column, name, _literal(place, column, document["value"]), unit)


def _literal(place: _Place, column: str, value: Any) -> str:
    """Return a text or a number as it is written."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        place.refuse(column, "it is missing, or neither a text nor a number.")
    return str(value).strip()


# --- both ----------------------------------------------------------------------------------------


def _item(place: _Place, noun: str, required: Mapping[str, str], cells: Sequence[_Cell]) -> Item:
    sku = _text(place, f"{noun} sku", required["sku"])
    if not _SKU.fullmatch(sku):
        place.refuse(f"{noun} sku", "write 1 to 64 characters without spaces.")
    currency = required["currency"]
    return Item(
        sku=sku,
        name=_text(place, f"{noun} name", required["name"]),
        price=_price(place, noun, required["price"], currency),
        currency=currency,
        stock=_whole(place, f"{noun} stock", required["stock"], LIMIT_STOCK),
        lead_days=_whole(place, f"{noun} lead_days", required["lead_days"], LIMIT_LEAD_DAYS),
        properties=tuple(_property(place, cell) for cell in cells if cell.value),
    )


def _price(place: _Place, noun: str, cell: str, currency: str) -> Decimal:
    try:
        digits = vocabulary.minor_units(currency)
    except ProtocolError:
        place.refuse(f"{noun} currency", "write a currency's three letters, such as EUR.")
    number = _number(place, cell)
    price = Decimal(number or 0)
    if price <= 0:
        place.refuse(f"{noun} price", "write a number above zero, such as 1299.00, and nothing else.")
    if len((number or "").partition(".")[2]) > digits:
        place.refuse(f"{noun} price", f"this currency has {digits} decimals; write no more than that.")
    return price


def _property(place: _Place, cell: _Cell) -> Property:
    number = _number(place, cell.value)
    if number is None and cell.unit:
        place.refuse(cell.column, "it has a unit, so write a number alone, or leave it empty.")
    return Property(cell.name, number or _text(place, cell.column, cell.value), cell.unit)


def _number(place: _Place, cell: str) -> str | None:
    """Return a number as it is written on the wire, None for what is none."""
    if place.decimal_comma and _DECIMAL_COMMA.fullmatch(cell):
        cell = cell.replace(",", ".")
    return cell if _NUMBER.fullmatch(cell) else None


def _whole(place: _Place, column: str, cell: str, limit: int) -> int:
    if not _WHOLE.fullmatch(cell) or int(cell) > limit:
        place.refuse(column, f"write a whole number from 0 to {limit}.")
    return int(cell)


def _text(place: _Place, column: str, cell: str) -> str:
    if not 0 < len(cell) <= LIMIT_TEXT:
        place.refuse(column, f"write 1 to {LIMIT_TEXT} characters.")
    if cell.startswith(_FORMULA_STARTS):
        place.refuse(column, "take the sign at its front away; a spreadsheet would run it as a formula.")
    if any(unicodedata.category(sign) in _UNPRINTABLE_CATEGORIES or sign in _BIDIRECTIONAL for sign in cell):
        place.refuse(column, "take line breaks and invisible control characters out of the text.")
    return cell
