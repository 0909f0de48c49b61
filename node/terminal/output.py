r"""Everything a command prints: data on stdout, talk on stderr, JSON when asked, no terminal controls.

Rules here: no text from a peer reaches a terminal unescaped (`printable`); JSON keeps its exact value and
only spells dangerous characters as `\u` escapes; colour only where stdout is a terminal and NO_COLOR is unset
(no-color.org); a table is fitted to a terminal and never cuts a cell (`node.terminal.tables`).
"""

import json
import re
import shutil
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TextIO

from node.terminal.failures import Failure

# A letter carries at most this many marks: no living script needs more, "zalgo" text piles up thousands.
marks_limit: Final = 8

_MARKS: Final = frozenset({"Mn", "Me"})
# Controls, formats (bidi overrides, zero-width, tags), surrogates, private and unassigned, line separators.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
_WIDE: Final = frozenset({"W", "F"})
# What `json.dumps(ensure_ascii=False)` leaves raw and a terminal may obey; it stands inside strings only.
_RAW_IN_JSON: Final = re.compile(
    "[\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)

# A command as our own sentences name it; what follows the name of the program is a noun.
_COMMAND: Final = re.compile(r"\bfreehold (?=[a-z])")


def printable(text: str) -> str:
    """Return `text` on one line with everything a terminal could obey, hide or reorder spelled out.

    Controls (C0, DEL, C1), bidi and other format characters, line separators, surrogates and unassigned
    characters become Python escapes; any space becomes a plain one; marks beyond `marks_limit` on one
    letter become one `⍰`.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_neutral(text))


def _neutral(text: str) -> Iterator[str]:
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in _MARKS else 0
        if marks > marks_limit:
            yield "⍰" if marks == marks_limit + 1 else ""
        elif category in _HIDDEN:
            yield _escape(ord(character))
        else:
            yield " " if category == "Zs" else character


def _escape(point: int) -> str:
    if point < 0x100:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def paragraphs(text: str) -> list[str]:
    """Return the lines of a longer text, each of them printable."""
    return [printable(line) for line in text.splitlines()]


def width(text: str) -> int:
    """Return how many terminal cells a printable text takes (Unicode Standard Annex 11)."""
    if text.isascii():
        return len(text)
    return sum(_cells(character) for character in text)


def _cells(character: str) -> int:
    if unicodedata.category(character) in _MARKS:
        return 0
    return 2 if unicodedata.east_asian_width(character) in _WIDE else 1


def as_json(document: Any, *, indent: int | None = None) -> str:
    """Return `document` as JSON text that is exact and still safe to show on a terminal."""
    text = json.dumps(document, ensure_ascii=False, indent=indent)
    return _RAW_IN_JSON.sub(lambda found: json.dumps(found[0])[1:-1], text)


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table: its title, how a cell is read from an item, and on which side it stands.

    On a terminal too narrow for all, the `spare` columns are left out, the highest first; then the cells of
    the `long` ones are folded. Ids, amounts and states are neither.
    """

    title: str
    cell: Callable[[dict[str, Any]], str]
    right: bool = False
    spare: int = 0
    long: bool = False


class Output:
    """Where one command prints: `out` gets data, `err` gets talk."""

    def __init__(
        self,
        out: TextIO,
        err: TextIO,
        *,
        json: bool = False,
        jsonl: bool = False,
        quiet: bool = False,
        verbose: bool = False,
        colour: bool = True,
        where: str = "",
    ) -> None:
        self._out = out
        self._err = err
        self.json = json
        self.jsonl = jsonl
        self._quiet = quiet
        self._verbose = verbose
        self._colour = colour
        self._where = where
        self.terminal = out.isatty()

    @property
    def machine(self) -> bool:
        """Whether a program reads stdout."""
        return self.json or self.jsonl

    def typed(self, text: str) -> str:
        """Return `text` with the flags that lead to this node (`where`) put into the commands it names."""
        return _COMMAND.sub(lambda found: f"{found[0]}{self._where} ", text) if self._where else text

    def say(self, sentence: str, *, even_if_quiet: bool = False) -> None:
        """Tell the person something that is not data."""
        if even_if_quiet or not self._quiet:
            print(printable(sentence), file=self._err, flush=True)

    def note(self, sentence: str) -> None:
        """Tell the person a detail they asked for with --verbose."""
        if self._verbose:
            self.say(sentence)

    def document(self, document: Any) -> None:
        """Print one JSON document: one line, or indented where a person looks at it."""
        pretty = self.terminal and not self.jsonl
        print(as_json(document, indent=2 if pretty else None), file=self._out, flush=True)

    def line(self, text: str) -> None:
        """Print one line of data."""
        print(printable(text), file=self._out, flush=True)

    def content(self, content: bytes) -> None:
        """Print a file's content: as it is into a pipe, line by line and escaped on a terminal."""
        if not self.terminal:
            self._out.write(content.decode())
            self._out.flush()
            return
        for text in content.decode().splitlines():
            self.line(text)

    def show(self, document: Any, lines: Iterable[str]) -> None:
        """Print `document` as JSON if that was asked for, else `lines`."""
        if self.machine:
            self.document(document)
            return
        for text in lines:
            self.line(text)

    def table(self, items: Sequence[dict[str, Any]], columns: Sequence[Column]) -> None:
        """Print `items` in columns."""
        rows = [[printable(column.cell(item)) for column in columns] for item in items]
        if self.terminal:
            self._fitted(rows, columns)
            return
        for text in aligned([headings(columns), *rows], columns):
            self.line(text)

    def failure(self, failure: Failure) -> None:
        """Print why the command ends: a problem object under --json, and a sentence for people."""
        if self.machine:
            self.document(failure.problem)
        for text in filter(None, (failure.detail, failure.hint)):
            print(f"  {printable(self.typed(text))}", file=self._err, flush=True)

    def _fitted(self, rows: Sequence[Sequence[str]], columns: Sequence[Column]) -> None:
        from node.terminal import tables

        fitted = tables.fit(rows, columns, cells=shutil.get_terminal_size().columns)
        head, lines = fitted.lines[: fitted.heading], fitted.lines[fitted.heading :]
        for text in head:
            print(f"\x1b[1m{text}\x1b[0m" if self._colour else text, file=self._out, flush=True)
        for text in lines:
            self.line(text)
        if fitted.left_out:
            self.say(f"  No room for: {', '.join(fitted.left_out)}. A wider terminal or --json shows them.")


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


def fields(pairs: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield `name  value` lines with the values in one column; empty values are left out."""
    shown = [(name, printable(value)) for name, value in pairs if value]
    longest = max((len(name) for name, _ in shown), default=0)
    for name, value in shown:
        yield f"  {name.ljust(longest)}  {value}"
