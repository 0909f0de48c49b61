"""A table that fits a terminal without ever cutting a cell: an amount cut off reads as another amount.

Rules here: pure; columns are left out first, then long texts are folded, and where even that is too wide each
item is a card of its own with everything in it.
"""

from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import Any, Final

from node.terminal.phrases import run
from node.terminal.printing import fields, printable, width
from protocol.values import dataclass

Rows = Sequence[Sequence[str]]

# Two spaces between columns, as `aligned` puts them.
_GAP_CELLS: Final = 2
# A text folded narrower than this is harder to read than a card.
FOLDED_CELLS: Final = 12


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title, how a cell is read from an item, and on which side it stands.

    On a terminal too narrow for all, the `spare` columns are left out, the highest first; then the cells of
    the `long` ones are folded. Ids, amounts and states are neither. A cell of `lines` keeps its line breaks.
    """

    title: str
    cell: Callable[[dict[str, Any]], str]
    right: bool = False
    spare: int = 0
    long: bool = False
    lines: bool = False

    def printed(self, item: dict[str, Any]) -> list[str]:
        """Return the lines of a cell, printable; one line, unless its text may have several."""
        text = self.cell(item)
        return (
            [printable(run(line)) for line in text.splitlines() or [""]]
            if self.lines
            else [printable(run(text))]
        )


@dataclass(frozen=True, slots=True)
class Fitted:
    """A table's lines, of which the first `heading` are its heading, and the titles that are left out."""

    lines: tuple[str, ...]
    heading: int = 0
    left_out: tuple[str, ...] = ()


def printed(items: Sequence[dict[str, Any]], columns: Sequence[Column]) -> list[list[str]]:
    """Return the printable cells of items; one with line breaks goes on in rows that are empty beside it."""
    return [
        list(row)
        for item in items
        for row in zip_longest(*(column.printed(item) for column in columns), fillvalue="")
    ]


def fit(rows: Rows, columns: Sequence[Column], *, cells: int) -> Fitted:
    """Return printable `rows` as lines of at most `cells` terminal cells, or as cards."""
    kept = list(range(len(columns)))
    spare = sorted((place for place in kept if columns[place].spare), key=lambda place: columns[place].spare)
    while spare and _wide(rows, columns, kept) > cells:
        kept.remove(spare.pop())
    left_out = tuple(column.title for place, column in enumerate(columns) if place not in kept)
    chosen = [columns[place] for place in kept]
    body = [[row[place] for place in kept] for row in rows]
    room = _room(body, chosen, cells)
    if room is None:
        return Fitted(tuple(_cards(rows, columns)))
    lines = [line for row in body for line in _folded(row, chosen, room)]
    return Fitted(tuple(aligned([headings(chosen), *lines], chosen)), 1, left_out)


def _wide(rows: Rows, columns: Sequence[Column], kept: Sequence[int]) -> int:
    """Return the cells a table of the `kept` columns takes."""
    titles = headings(columns)
    widest = [max(width(row[place]) for row in [titles, *rows]) for place in kept]
    return sum(widest) + _GAP_CELLS * (len(kept) - 1)


def _room(rows: Rows, columns: Sequence[Column], cells: int) -> int | None:
    """Return to how many cells long texts are folded so that all fits, None where nothing helps."""
    places = range(len(columns))
    most = max((width(row[place]) for row in rows for place in places if columns[place].long), default=0)
    for room in range(max(min(most, cells), FOLDED_CELLS), FOLDED_CELLS - 1, -1):
        folded = [line for row in rows for line in _folded(row, columns, room)]
        if _wide(folded, columns, places) <= cells:
            return room
    return None


def _folded(row: Sequence[str], columns: Sequence[Column], room: int) -> list[list[str]]:
    """Return a row as the lines it takes when its long texts have `room` cells."""
    parts = [
        list(fold(cell, room)) if column.long else [cell] for cell, column in zip(row, columns, strict=True)
    ]
    return [list(line) for line in zip_longest(*parts, fillvalue="")]


def fold(text: str, room: int) -> Iterator[str]:
    """Yield a printable text in pieces of at most `room` cells, between words where it has any."""
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if width(joined) <= room:
            line = joined
            continue
        if line:
            yield line
        line = ""
        for character in word:
            if width(line + character) > room:
                yield line
                line = ""
            line += character
    yield line


def _cards(rows: Rows, columns: Sequence[Column]) -> Iterator[str]:
    """Yield each row as `title  value` lines with an empty line between two rows."""
    for number, row in enumerate(rows):
        if number:
            yield ""
        yield from fields((column.title or "#", cell) for column, cell in zip(columns, row, strict=True))


def headings(columns: Sequence[Column]) -> list[str]:
    """Return the heading line's cells."""
    return [column.title.upper() for column in columns]


def aligned(rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> Iterator[str]:
    """Yield `rows` of printable cells as lines with two spaces between columns."""
    widths = [max(width(row[place]) for row in rows) for place in range(len(columns))]
    for row in rows:
        cells = (
            padded(cell, to, right=column.right)
            for cell, to, column in zip(row, widths, columns, strict=True)
        )
        yield "  ".join(cells).rstrip()


def padded(cell: str, to: int, *, right: bool = False) -> str:
    """Return a printable cell filled up with spaces to `to` terminal cells; a longer one stays whole."""
    space = " " * (to - width(cell))
    return space + cell if right else cell + space
