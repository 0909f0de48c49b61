"""Cells of a spreadsheet: text that no program takes for a formula, numbers and days as people write them.

Rules here:

- What is written may have come from a stranger. A cell that a spreadsheet would run gets an apostrophe before
  it, which is taken off again when it is read: what was written is what is read, whatever it begins with. So
  does a part of a cell that would be one where a program takes semicolons for what separates them, or commas.
- A number or a day with two readings is refused, not guessed: `1.250` and `03/04/2026` have two.

Sources: CWE-1236 (formulas in CSV); ISO 8601 (days).
"""

import re
from datetime import date
from typing import Final

from node.core.numerals import read_numeral

# What begins a formula in some program, full-width forms among it; behind any number of apostrophes, so that
# the one that is added can be told from those that were there.
_RUN: Final = re.compile("'*[=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20]")
# The same behind a sign at which a program of another country would end the cell, a quote or none in between.
_RUN_INSIDE: Final = re.compile("(?<=[;,\t\n])([\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_HELD_INSIDE: Final = re.compile("(?<=[;,\t\n])'([\"']*[=+\\-@\uff1d\uff0b\uff0d\uff20])")
_NUMBER: Final = re.compile(r"-\d{1,15}(?:\.\d{1,9})?", re.ASCII)
_DAY: Final = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ].*)?", re.ASCII)
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})", re.ASCII)
_SLASHED: Final = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})", re.ASCII)
_MONTHS: Final = 12


def clean(text: str) -> str:
    """Return a text as every program keeps it: without blanks around it, with one sign for a new line."""
    return text.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def neutral(text: str) -> str:
    """Return a cell that no spreadsheet runs and that `meant` reads as the text."""
    if _NUMBER.fullmatch(text):
        return text
    held = _RUN_INSIDE.sub(r"'\1", text)
    return f"'{held}" if _RUN.match(text) else held


def meant(cell: str) -> str:
    """Return the text that a cell stands for."""
    return _HELD_INSIDE.sub(r"\1", cell[1:] if cell.startswith("'") and _RUN.match(cell) else cell)


def read_decimal(cell: str) -> str | None:
    """Return a number as a decimal; None if it is none, or has two readings."""
    numeral = read_numeral(cell)
    return None if numeral is None or numeral.grouped else numeral.text


def read_day(cell: str) -> str | None:
    """Return a day as `2026-12-31`; None if it is none, or has two readings."""
    if found := _DAY.fullmatch(cell):
        return _day(found[1], found[2], found[3])
    if found := _DAY_FIRST.fullmatch(cell):
        return _day(found[3], found[2], found[1])
    found = _SLASHED.fullmatch(cell)
    if found is None:
        return None
    one, other = int(found[1]), int(found[2])
    if one == other or one > _MONTHS:
        return _day(found[3], found[2], found[1])
    return _day(found[3], found[1], found[2]) if other > _MONTHS else None


def _day(year: str, month: str, day: str) -> str | None:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        return None
