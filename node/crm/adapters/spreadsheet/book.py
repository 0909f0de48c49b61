"""The folder of tables as one: records found, written, acted on and forgotten, in memory, and then saved.

A book is read for one piece of work and thrown away. Every file is saved whole; of several the one that
others name goes first, so that a link never leads nowhere.
"""

import re
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Final

from node.crm.adapters.spreadsheet.cells import clean
from node.crm.adapters.spreadsheet.layouts import (
    CURRENCY,
    EXTERNAL_ID,
    LAYOUTS,
    LINE,
    STATE,
    VALID_UNTIL,
    Layout,
    grouped,
    line_cells,
    read_record,
)
from node.crm.adapters.spreadsheet.tables import (
    ID,
    LIMIT_FILE_BYTES,
    LIMIT_ROWS,
    CsvTable,
    TableRow,
    check_free,
    read_table,
    write_table,
    write_whole,
)
from node.crm.port import (
    CrmAmbiguous,
    CrmMissing,
    CrmRecord,
    CrmRefused,
    CrmStale,
    CrmUnavailable,
    RecordKind,
    RecordVerb,
    Upsert,
    Upserted,
)

FILES: Final = "files"
ROOM_ROWS: Final = 1_000  # for rows that people add, beside ours
_ROOM_BYTES: Final = 1_048_576
_ID_BYTES: Final = 5  # of a row's id: short enough to be read out, and never used again for another row
_ODD: Final = re.compile(r"[^A-Za-z0-9._-]+")
_NAME_CHARACTERS: Final = 80


def new_id() -> str:
    """Return an id for a row."""
    return secrets.token_hex(_ID_BYTES)


class Book:
    """All tables of a folder.

    Raises: CrmUnavailable, if one cannot be read.
    """

    def __init__(self, folder: Path, fresh: Callable[[], str] = new_id) -> None:
        self._folder = folder
        self._fresh = fresh
        self._groups: dict[RecordKind, list[list[TableRow]]] = {}
        self.tables: dict[RecordKind, CsvTable] = {}
        for kind, layout in LAYOUTS.items():
            self.tables[kind] = read_table(folder / layout.file, layout.columns)
            self._groups[kind] = grouped(self.tables[kind], layout)

    def number(self) -> bool:
        """Give an id to rows that somebody has added, or copied with the id of another.

        A file that an editor holds is left for later: its new rows are no records before. Tells whether there
        was one.
        """
        left = False
        for kind, groups in self._groups.items():
            new = _without_an_id(groups)
            if not new:
                continue
            try:
                check_free(self.tables[kind].path)
            except CrmUnavailable:
                left = True
                continue
            for rows in new:
                id = self._fresh()
                for row in rows:
                    row[ID] = id
            self._save(kind)
        return left

    def records(self, kind: RecordKind) -> list[CrmRecord]:
        """Return the records of a kind, in the order of their rows."""
        first = {rows[0].get(ID, ""): rows for rows in reversed(self._groups[kind])}
        found = [rows for rows in self._groups[kind] if rows[0].get(ID) and first[rows[0][ID]] is rows]
        return [read_record(kind, self.tables[kind], rows) for rows in found]

    def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record.

        Raises: CrmMissing.
        """
        return read_record(kind, self.tables[kind], self._rows(kind, id))

    def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id."""
        if not external_id or kind not in LAYOUTS:
            return ()
        found = (rows for rows in self._groups[kind] if rows[0].get(EXTERNAL_ID) == external_id)
        return tuple(read_record(kind, self.tables[kind], rows) for rows in found if rows[0].get(ID))

    def upsert(self, write: Upsert) -> Upserted:
        """Write a record in memory.

        Raises: as the port's `upsert`.
        """
        table, layout = self._writable(write)
        rows = self._target(write)
        created = rows is None
        if rows is None:
            self._check_room(write.kind)
            rows = [{ID: self._fresh()}]
            self._groups[write.kind].append(rows)
        elif write.base_version and write.base_version != read_record(write.kind, table, rows).version:
            raise CrmStale("The row has changed since it was read.")
        _fill(rows[0], layout, write)
        if write.lines is not None:
            rows[:] = [rows[0] | dict.fromkeys(LINE, ""), *({ID: rows[0][ID]} for _ in write.lines[1:])]
            for row, line in zip(rows, write.lines, strict=False):
                row.update(line_cells(line))
        if write.kind is RecordKind.FILE:
            self._keep_content(rows[0], write)
        return Upserted(read_record(write.kind, table, rows), created)

    def act(self, kind: RecordKind, id: str, verb: RecordVerb, reason: str) -> CrmRecord | None:
        """Do something to a record in memory.

        Raises: CrmMissing, CrmRefused.
        """
        if verb is RecordVerb.FORGET:
            self._forget(kind, id)
            return None
        layout = LAYOUTS.get(kind)
        if layout is None or verb not in layout.moves:
            raise CrmRefused(f"The spreadsheet cannot {verb} a {kind}.")
        record, rows = self.get(kind, id), self._rows(kind, id)
        sources, target = layout.moves[verb]
        if record.state is target:
            return record
        if record.state not in sources:
            raise CrmRefused(f"A {kind} that is {record.state} cannot {verb}.")
        rows[0][STATE] = target.value
        if reason and "reason" in layout.fields:
            rows[0]["reason"] = reason
        return self.get(kind, id)

    def save(self) -> None:
        """Write what has changed.

        Raises: CrmUnavailable.
        """
        for kind in self.tables:
            self._save(kind)

    def _save(self, kind: RecordKind) -> None:
        table = self.tables[kind]
        table.rows = [row for rows in self._groups[kind] for row in rows]
        if table.rows or table.content:
            write_table(table)

    def _rows(self, kind: RecordKind, id: str) -> list[TableRow]:
        found = (rows for rows in self._groups.get(kind, ()) if id and rows[0].get(ID) == id)
        rows = next(found, None)
        if rows is None:
            raise CrmMissing(f"There is no row of this {kind} any more.")
        return rows

    def _writable(self, write: Upsert) -> tuple[CsvTable, Layout]:
        layout = LAYOUTS.get(write.kind)
        if layout is None:
            raise CrmRefused(f"The spreadsheet has no file for a {write.kind}.")
        table = self.tables[write.kind]
        for name in write.fields:
            if name not in table.columns or name in layout.structure:
                raise CrmRefused(f"{layout.file} has no column {name}: add it to its first row.", field=name)
        for kind, id in write.links.items():
            if kind not in layout.links:
                raise CrmRefused(f"{layout.file} has no column {kind.value}.", field=kind.value)
            self._rows(kind, id)
        return table, layout

    def _target(self, write: Upsert) -> list[TableRow] | None:
        """Return the rows that a write is for; None if they are to be made."""
        if write.id:
            return self._rows(write.kind, write.id)
        found = self.find(write.kind, write.external_id)
        if len(found) > 1:
            raise CrmAmbiguous("Several rows are of the same.", ids=[record.id for record in found])
        return self._rows(write.kind, found[0].id) if found else None

    def _check_room(self, kind: RecordKind) -> None:
        """Check that a file takes another record of ours, and can still be read with what people add."""
        table = self.tables[kind]
        rows = sum(len(rows) for rows in self._groups[kind])
        if rows + ROOM_ROWS > LIMIT_ROWS or len(table.content) + _ROOM_BYTES > LIMIT_FILE_BYTES:
            raise CrmRefused(f"{table.path.name} is full: take out rows that you need no more, and retry.")

    def _keep_content(self, row: TableRow, write: Upsert) -> None:
        if not write.content:
            return
        folder = self._folder / FILES
        try:
            folder.mkdir(exist_ok=True)
        except OSError as error:
            raise CrmUnavailable(f"The folder for files cannot be made: {error.strerror}.") from None
        if folder.is_symlink():
            raise CrmUnavailable("The folder for files is a link: put a folder there.")
        name = _ODD.sub("_", row.get("name", ""))[-_NAME_CHARACTERS:]
        write_whole(folder / f"{row[ID]}-{name}", write.content)

    def _forget(self, kind: RecordKind, id: str) -> None:
        """Take a record's rows out, with the notes and files that belong to it."""
        for other in (RecordKind.NOTE, RecordKind.FILE):
            for record in self.records(other):
                if record.links.get(kind) == id:
                    self._remove(other, record.id)
        self._remove(kind, id)

    def _remove(self, kind: RecordKind, id: str) -> None:
        groups = self._groups.get(kind, [])
        self._groups[kind] = [rows for rows in groups if rows[0].get(ID) != id]
        kept = self._folder / FILES
        if kind is RecordKind.FILE and kept.is_dir() and not kept.is_symlink():
            for path in kept.iterdir():
                if path.name.startswith(f"{id}-"):
                    path.unlink()


def _without_an_id(groups: list[list[TableRow]]) -> list[list[TableRow]]:
    """Return the groups that have no id, or that of one above them."""
    seen, new = {""}, list[list[TableRow]]()
    for rows in groups:
        id = rows[0].get(ID, "")
        if id in seen:
            new.append(rows)
        seen.add(id)
    return new


def _fill(row: TableRow, layout: Layout, write: Upsert) -> None:
    row.update({name: clean(text) for name, text in write.fields.items()})
    row.update({kind.value: id for kind, id in write.links.items()})
    if write.external_id:
        row[EXTERNAL_ID] = write.external_id
    if len(layout.states) > 1 and not row.get(STATE):
        row[STATE] = layout.states[0].value
    if layout.has_lines:
        row.update({CURRENCY: write.currency} if write.currency else {})
        row.update({VALID_UNTIL: write.valid_until} if write.valid_until else {})
