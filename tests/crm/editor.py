"""A person with a program for spreadsheets."""

import csv
import io
import os
import time
from pathlib import Path

from node.crm.port import RecordKind

NEW_QUOTATION = {"state": "draft", "currency": "EUR", "valid_until": "2031-01-31", "label": "Fibre"}
Cells = dict[str, str]


class Editor:
    """A program for spreadsheets: it reads a file, changes rows, and saves it in a dialect of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, name: str) -> list[Cells]:
        text = (self.folder / name).read_bytes().decode("utf-8-sig")
        return list(csv.DictReader(io.StringIO(text, newline="")))

    def save(
        self, name: str, rows: list[Cells], *, encoding: str = "utf-8-sig", delimiter: str = ","
    ) -> None:
        columns = list(dict.fromkeys(column for row in rows for column in row))
        text = io.StringIO(newline="")
        writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
        writer.writeheader()
        writer.writerows(rows)
        self.put(name, text.getvalue().encode(encoding))

    def put(self, name: str, content: bytes) -> None:
        """Write a file as if that had been a moment ago, so that no test waits until it rests."""
        (self.folder / name).write_bytes(content)
        self.saved_before(name)

    def saved_before(self, name: str, *, seconds: float = 5.0) -> None:
        """Have a file look as if it had been saved some time ago."""
        moment = time.time() - seconds
        os.utime(self.folder / name, (moment, moment))

    def files(self, within: str = "") -> list[str]:
        return [path.name for path in (self.folder / within).iterdir()]

    def file(self, kind: RecordKind) -> str:
        return {RecordKind.OPPORTUNITY: "opportunities.csv"}.get(kind, f"{kind.value}s.csv")

    async def change(self, kind: RecordKind, id: str, field: str, text: str) -> None:
        rows = self.read(self.file(kind))
        self.save(self.file(kind), [row | {field: text} if row["id"] == id else row for row in rows])

    async def remove(self, kind: RecordKind, id: str) -> None:
        name = self.file(kind)
        lines = (self.folder / name).read_text("utf-8-sig").splitlines(keepends=True)
        self.put(name, "".join(line for line in lines if not line.startswith(id)).encode())

    async def duplicate(self, kind: RecordKind, id: str) -> None:
        rows = self.read(self.file(kind))
        self.save(self.file(kind), [*rows, *(row for row in rows if row["id"] == id)])

    async def write_quotation(self, *, customer: str, opportunity: str) -> str:
        links = {"id": "mine", "customer": customer, "opportunity": opportunity}
        line = {"quantity": "2", "price": "19.90", "per": "month"}
        self.save("quotations.csv", [links | NEW_QUOTATION | line])
        return "mine"
