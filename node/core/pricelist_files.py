"""Write a business's price list as a file, to be opened in a spreadsheet, changed, and loaded again.

Rules that hold here:

- What is written is read back before it is given: a CSV that would be read as another list is none. What no
  CSV says, as a property that one item has in kilograms and another in pounds, is written as JSON.
- Numbers have the decimal mark of who opens it, and semicolons stand between cells where that is the comma:
  a spreadsheet would take `13.2` for a day in February otherwise.
- A long number, or one that begins with 0, is written so that a spreadsheet leaves it whole.

CSV after RFC 4180, with a byte order mark, without which Excel takes UTF-8 for something else.
"""

import csv
import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from node.core.columns import OPTIONAL, REQUIRED, called
from node.core.items import render_item
from node.core.pricelists import read_price_list
from protocol.errors import ProtocolError
from protocol.strictjson import Document
from protocol.values import dataclass

_FRACTION: Final = re.compile(r"-?\d+\.\d+", re.ASCII)
_NUMBER_TO_KEEP: Final = re.compile(r"0\d+|\d{12,}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ListFile:
    """A file: how its name ends, its media type, and its bytes."""

    ending: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class _Lines:
    """What the writer of CSV takes for a file."""

    written: list[str]

    def write(self, line: str, /) -> None:
        self.written.append(line)


def write_price_list(items: Sequence[Document], *, language: str, decimal_mark: str) -> ListFile:
    """Write items, as `items.render_item` gives them, in the language (its code) of who opens the file."""
    content = b"\xef\xbb\xbf" + _csv(items, language, decimal_mark).encode()
    if _reads_as(content, items):
        return ListFile("csv", "text/csv; charset=utf-8", content)
    return ListFile("json", "application/json", json.dumps({"items": items}, ensure_ascii=False).encode())


def _csv(items: Sequence[Document], language: str, decimal_mark: str) -> str:
    lines = _Lines([])
    sheet = csv.writer(lines, delimiter=";" if decimal_mark == "," else ",")
    ours = [*REQUIRED, *(name for name in OPTIONAL if any(name in item for item in items))]
    properties = dict.fromkeys(_named(stated) for item in items for stated in item["properties"])
    sheet.writerow([*(called(name, language) for name in ours), *map(_header, properties)])
    for item in items:
        stated = {_named(one): one["value"] for one in item["properties"]}
        values = [
            *(_cell(name, item.get(name)) for name in ours),
            *(stated.get(one, "") for one in properties),
        ]
        sheet.writerow(_localised(str(value), decimal_mark) for value in values)
    return "".join(lines.written)


def _named(stated: Mapping[str, str]) -> tuple[str, str]:
    return stated["property"], stated.get("unit", "")


def _header(named: tuple[str, str]) -> str:
    name, unit = named
    return f"{name} [{unit}]" if unit else name


def _cell(name: str, value: Any) -> str:
    """Return a value of one of our columns as its cell."""
    if name == "words":
        return ", ".join(value or ())
    text = "" if value is None else str(value)
    return f'="{text}"' if name == "sku" and _NUMBER_TO_KEEP.fullmatch(text) else text


def _localised(text: str, decimal_mark: str) -> str:
    return text.replace(".", decimal_mark) if _FRACTION.fullmatch(text) else text


def _reads_as(content: bytes, items: Sequence[Document]) -> bool:
    """Tell whether a file is read as these items, whatever the order of what each is like."""
    try:
        read = [render_item(item) for item in read_price_list(content, "text/csv")]
    except ProtocolError:
        return False
    return list(map(_alike, read)) == list(map(_alike, items))


def _alike(item: Document) -> Document:
    return {**item, "properties": sorted(map(_stated, item["properties"]))}


def _stated(one: Mapping[str, str]) -> tuple[str, str, str]:
    return (*_named(one), one["value"])
