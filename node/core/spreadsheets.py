"""Spreadsheets saved as text: from the bytes of a file to its rows of cells.

Rules that hold here:

- Text is read in the encoding that its first bytes or its sender name, else as UTF-8. No other is guessed:
  the same bytes are other letters in the next country.
- What is no text at all, such as a workbook, is called by its name, with the way to save it as text.
- Rows are read as often as they are wanted and never kept: a list may have a hundred thousand.

Source: RFC 4180 (CSV).
"""

import csv
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from node.core import charsets, codes
from protocol.errors import Malformed
from protocol.values import dataclass

LIMIT_ABOVE: Final = (
    25  # rows above the header: a title, an address, a date; more is another kind of document
)
DELIMITERS: Final = ",;\t|"

# What else begins so, and what it is called.
_OTHER_FORMATS: Final = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an Excel workbook (.xls)"),
    (b"%PDF-", "a PDF"),
    (b"\x1f\x8b", "a compressed file (.gz)"),
    (b"BZh", "a compressed file (.bz2)"),
    (b"7z\xbc\xaf\x27\x1c", "a compressed file (.7z)"),
    (b"{\\rtf", "a document of a word processor (.rtf)"),
)
_ZIP: Final = b"PK\x03\x04"
# Names of files that a zip archive holds at its beginning, and what it is then.
_ARCHIVES: Final = (
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"),
    (b"xl/", "an Excel workbook (.xlsx)"),
    (b"word/", "a document of a word processor (.docx)"),
    (b"[Content_Types].xml", "an Excel workbook (.xlsx)"),
    (b"Index/", "a Numbers spreadsheet (.numbers)"),
)
_MARKUP: Final = (("<!doctype html", "a web page"), ("<html", "a web page"), ("<?xml", "an XML document"))
_LOOKED_AT: Final = 4_096  # bytes at the beginning that tell what a file is; an archive tells at its end too

SAVING: Final = (
    "Save it as CSV in UTF-8: in Excel as 'CSV UTF-8 (Comma delimited)', in LibreOffice as 'Text CSV' with "
    "the character set 'Unicode (UTF-8)', in Google Sheets by File, Download, 'Comma Separated Values'."
)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that is not empty, with the number of the line it starts on, and its cells without blanks."""

    line: int
    cells: list[str]


class BrokenRow(Exception):  # noqa: N818  (named after what it is about)
    """A double quote is open or misplaced in the row that starts on `line`."""

    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a file, and how they are rows; those behind the header's are its content."""

    lines: list[str]
    delimiter: str
    header: Row

    def rows(self) -> Iterator[Row]:
        """Yield the rows behind the header.

        Raises:
            BrokenRow: a double quote is open or misplaced.
        """
        for row in read_rows(self.lines, self.delimiter):
            if row.line > self.header.line:
                yield row


# --- from bytes to text -----------------------------------------------------------------------------


def decode(content: bytes, charset: str = "") -> str:
    """Return the text of a file, without its byte order mark.

    Raises:
        Malformed: `price-list-format`, for what is no text, or not in the encoding that it says or shows.
    """
    mark, encoding = charsets.find_mark(content)
    if mark:
        return _decoded(content.removeprefix(mark), encoding)
    other = _other_format(content)
    if other:
        raise Malformed(codes.PRICE_LIST_FORMAT, f"This is {other} and no CSV. {SAVING}")
    if charset and not charsets.known(charset):
        raise Malformed(codes.PRICE_LIST_FORMAT, "The encoding that was named is none that is read here.")
    encoding = charsets.known(charset) or charsets.find_wide(content) or "utf-8"
    return _decoded(content, encoding).removeprefix("\ufeff")


def _other_format(content: bytes) -> str:
    """Return what a file is that is no text; "" if it may be one."""
    start = content[:_LOOKED_AT]
    if start.startswith(_ZIP):
        names = start + content[-_LOOKED_AT:]
        inside = (name for sign, name in _ARCHIVES if sign in names)
        return next(inside, "a compressed file (.zip)")
    binary = (name for sign, name in _OTHER_FORMATS if start.startswith(sign))
    text = start.decode("ascii", "replace").lstrip().lower()
    markup = (name for sign, name in _MARKUP if text.startswith(sign))
    return next(binary, "") or next(markup, "")


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except UnicodeDecodeError as error:
        if encoding == "utf-8":
            line = content.count(b"\n", 0, error.start) + 1
            raise Malformed(
                codes.PRICE_LIST_FORMAT,
                f"The price list is not UTF-8: line {line} has a letter in another encoding. {SAVING} Or "
                "name the encoding, such as windows-1252 for the plain CSV of Excel in western Europe: with "
                "--encoding on the command line, with charset in the Content-Type over the API.",
            ) from None
        raise Malformed(
            codes.PRICE_LIST_FORMAT, f"The price list is no {encoding.upper()}. {SAVING}"
        ) from None


# --- from text to rows ------------------------------------------------------------------------------


def open_sheet(text: str, score: Callable[[Sequence[str]], int]) -> Sheet:
    """Find out what separates the cells of a text, and which of its first rows is the header.

    `score` tells how much a row looks like one, 0 for not at all. Of equal rows the first is taken, of equal
    separators the one that occurs most often there.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tried = [_try_delimiter(lines, each, score) for each in _named_delimiter(lines[0]) or DELIMITERS]
    _, sheet = max(tried, key=lambda found: (found[0], len(found[1].header.cells)))
    return sheet


def _try_delimiter(
    lines: list[str], delimiter: str, score: Callable[[Sequence[str]], int]
) -> tuple[int, Sheet]:
    best, header = 0, Row(1, [])
    try:
        for number, row in enumerate(read_rows(lines, delimiter)):
            scored = score(row.cells)
            if number == 0 or scored > best:
                best, header = scored, row
            if number == LIMIT_ABOVE:
                break
    except BrokenRow:
        pass  # whoever reads on comes to it again, and says so
    return best, Sheet(lines, delimiter, header)


def _named_delimiter(line: str) -> str:
    """Return what Excel's first line names, as in `sep=;`; "" if that is another line."""
    named = line.strip('"')
    return named[-1] if len(named) == len("sep=;") and named.lower().startswith("sep=") else ""


def read_rows(lines: list[str], delimiter: str) -> Iterator[Row]:
    """Yield the rows that are not empty.

    Raises:
        BrokenRow: a double quote is open or misplaced.
    """
    skipped = 1 if _named_delimiter(lines[0]) else 0
    reader = csv.reader((f"{line}\n" for line in lines[skipped:]), delimiter=delimiter, strict=True)
    start = skipped + 1
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if any(cells):
                yield Row(start, cells)
            start = skipped + reader.line_num + 1
    except csv.Error:
        raise BrokenRow(start) from None
