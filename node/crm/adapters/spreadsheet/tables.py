"""One CSV file as a table: read whatever a person's editor saved, and written whole or not at all.

Rules here:

- While an editor holds a file nothing is written into it: it would be lost, or the person's own work would.
- What somebody saved between our look and our writing is not written over.
- A file that was saved just now is read two seconds later: it may still be written.
- Columns and rows that are not ours stay as they are, in their order.
- A file has at most `LIMIT_ROWS` rows; whoever has more customers than that has another CRM. What we write
  leaves room for what people add: a file that is too long is not read, and nothing goes on.
"""

import csv
import io
import os
import stat
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import field
from pathlib import Path
from typing import Final

from node.core import spreadsheets
from node.core.spreadsheets import DELIMITERS
from node.crm.adapters.spreadsheet.cells import clean, meant, neutral
from node.crm.port import CrmUnavailable
from protocol.errors import Malformed
from protocol.values import dataclass

LIMIT_ROWS: Final = 20_000
LIMIT_FILE_BYTES: Final = 33_554_432  # of 20,000 rows with a long description each
TICK_NS: Final = 2_000_000_000  # two seconds: the coarsest clock of a file system (FAT)
ID: Final = "id"
_OPEN_QUOTE: Final = "{} cannot be read: a double quote in it is open."

TableRow = dict[str, str]
"""A row's texts by column; a column that the row lacks is empty."""


@dataclass(slots=True)
class CsvTable:
    """A table in memory: its columns in order, its rows, and the bytes it was read from."""

    path: Path
    columns: list[str]
    rows: list[TableRow] = field(default_factory=list)
    delimiter: str = ","
    content: bytes = b""


def read_table(path: Path, columns: Sequence[str]) -> CsvTable:
    """Read a table; one that is not there yet is empty and has these columns.

    Columns of these that the file lacks are added behind its own.

    Raises:
        CrmUnavailable: it is no CSV that can be read, has no `id` or too many rows.
    """
    content = _content(path)
    text = _decoded(path, content)
    if not text.strip():
        return CsvTable(path, list(columns), content=content)
    delimiter = _delimiter(text.partition("\n")[0])
    try:
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:
        raise CrmUnavailable(_OPEN_QUOTE.format(path.name)) from None
    header = _header(path, cells[0])
    if len(cells) > LIMIT_ROWS:
        raise CrmUnavailable(f"{path.name} has more than {LIMIT_ROWS} rows.")
    rows = [{name: meant(clean(cell)) for name, cell in zip(header, row, strict=False)} for row in cells[1:]]
    found = [row for row in rows if any(row.values())]
    return CsvTable(path, _with(columns, header), found, delimiter, content)


def read_columns(path: Path, columns: Sequence[str]) -> list[str]:
    """Return what columns `read_table` gives a table, without reading its rows: that takes a while.

    Raises: as `read_table`, for what is wrong with the first row.
    """
    text = _decoded(path, _content(path))
    if not text.strip():
        return list(columns)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text.partition("\n")[0]))
    try:
        first = next(reader, [])
    except csv.Error:
        raise CrmUnavailable(_OPEN_QUOTE.format(path.name)) from None
    return _with(columns, _header(path, first))


def _decoded(path: Path, content: bytes) -> str:
    try:
        return spreadsheets.decode(content)
    except Malformed as error:
        raise CrmUnavailable(f"{path.name} cannot be read. {error.detail}") from None


def _header(path: Path, cells: Sequence[str]) -> list[str]:
    header = [cell.strip() for cell in cells]
    if ID not in header or len(set(header)) != len(header):
        raise CrmUnavailable(f"{path.name} needs a first row with a column `id`, and each name in it once.")
    return header


def _with(columns: Sequence[str], header: list[str]) -> list[str]:
    return header + [name for name in columns if name not in header]


def write_table(table: CsvTable) -> None:
    """Write a table in place of the file it was read from.

    Raises:
        CrmUnavailable: an editor holds the file, or it has changed since, or it cannot be written.
    """
    check_free(table.path)
    content = _rendered(table)
    if content == table.content:
        return
    if _content(table.path) != table.content:
        raise CrmUnavailable(f"{table.path.name} was saved by somebody in the same moment.")
    write_whole(table.path, content)
    table.content = content


def check_free(path: Path) -> None:
    """Check that no editor holds a file.

    Raises:
        CrmUnavailable: one does.
    """
    for sign in (f".~lock.{path.name}#", f"~${path.name}"):
        if path.with_name(sign).exists():
            raise CrmUnavailable(
                f"{path.name} is open in somebody's editor; nothing is written into it before it is closed "
                f"(if nobody has it open, remove the file {sign})."
            )


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that it holds all of this or what it held before.

    Raises:
        CrmUnavailable: the disk is full, or we may not.
    """
    beside = path.with_name(f".{path.name}.new")
    try:
        beside.unlink(missing_ok=True)  # of a write that a crash cut off, or a link that leads elsewhere
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            beside.chmod(path.stat().st_mode & 0o777)
        saved = time.time_ns() - 2 * TICK_NS  # whole when it appears: nobody has to wait until it rests
        os.utime(beside, ns=(saved, saved))
        beside.replace(path)
    except OSError as error:
        with suppress(OSError):
            beside.unlink()
        raise CrmUnavailable(f"{path.name} cannot be written: {error.strerror}.") from None


def _content(path: Path) -> bytes:
    if path.is_symlink():
        raise CrmUnavailable(f"{path.name} is a link: put the file itself there.")
    try:
        # Whoever may write into the folder may put a pipe there, which is opened for ever, or a device.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK), "rb") as file:
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise CrmUnavailable(f"{path.name} is no file.")
            content = file.read(LIMIT_FILE_BYTES + 1)
    except FileNotFoundError:
        return b""
    except OSError as error:
        raise CrmUnavailable(f"{path.name} cannot be read: {error.strerror}.") from None
    if len(content) > LIMIT_FILE_BYTES:
        raise CrmUnavailable(f"{path.name} is too large to be read.")
    return content


def _delimiter(header: str) -> str:
    """Return the sign between which a header has a column `id`."""

    def has_id(sign: str) -> bool:
        return ID in {cell.strip().strip('"') for cell in header.split(sign)}

    return next((sign for sign in DELIMITERS if sign in header and has_id(sign)), ",")


def _rendered(table: CsvTable) -> bytes:
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=table.delimiter, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.rows:
        writer.writerow([neutral(row.get(name, "")) for name in table.columns])
    # With a mark, or Excel takes every letter beyond ASCII for two others.
    return b"\xef\xbb\xbf" + written.getvalue().encode()
