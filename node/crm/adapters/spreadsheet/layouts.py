"""Which file holds which kind of record, and how its rows are read.

Rules here: a quotation has a row for each of its lines, one below the other with the same id; what is said of
the whole of it stands in the first. Whatever is no column of ours is a field of the person's.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Final

import orjson

from node.crm.adapters.spreadsheet.cells import clean, read_day, read_decimal
from node.crm.adapters.spreadsheet.tables import ID, CsvTable, TableRow
from node.crm.port import CrmRecord, QuoteLine, RecordKind, RecordState, RecordVerb
from protocol.values import dataclass

EXTERNAL_ID: Final = "freehold"
STATE: Final = "state"
CURRENCY: Final = "currency"
VALID_UNTIL: Final = "valid_until"
LINE: Final = ("label", "quantity", "unit", "price", "per")
PERIODS: Final[Mapping[str, str]] = {"": "", "week": "P1W", "month": "P1M", "quarter": "P3M", "year": "P1Y"}
"""Every word of the column `per`; a duration of ISO 8601 may stand there too."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One file: its name, its links, states and fields; the first state is that of an empty cell.

    `moves` says for each verb from which states it leads to which.
    """

    file: str
    fields: tuple[str, ...]
    links: tuple[RecordKind, ...] = ()
    states: tuple[RecordState, ...] = (RecordState.NONE,)
    moves: Mapping[RecordVerb, tuple[frozenset[RecordState], RecordState]]
    has_lines: bool = False

    @property
    def structure(self) -> tuple[str, ...]:
        """The columns that are no fields."""
        states = (STATE,) if len(self.states) > 1 else ()
        lines = (CURRENCY, VALID_UNTIL, *LINE) if self.has_lines else ()
        return (ID, EXTERNAL_ID, *(kind.value for kind in self.links), *states, *lines)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns of a new file."""
        return (*self.structure, *self.fields)


_OPEN, _WON, _LOST = RecordState.OPEN, RecordState.WON, RecordState.LOST
_DRAFT, _QUOTED = RecordState.DRAFT, RecordState.QUOTED
_CONFIRMED, _CANCELLED = RecordState.CONFIRMED, RecordState.CANCELLED
_NEGOTIATED: Final = (RecordKind.CUSTOMER, RecordKind.OPPORTUNITY, RecordKind.QUOTATION)

LAYOUTS: Final[Mapping[RecordKind, Layout]] = {
    RecordKind.CUSTOMER: Layout(file="customers.csv", fields=("name", "address"), moves={}),
    RecordKind.OPPORTUNITY: Layout(
        file="opportunities.csv",
        fields=("title", "wishes", "category", "quantity", "deadline", "source", "reason"),
        links=(RecordKind.CUSTOMER,),
        states=(_OPEN, _WON, _LOST),
        moves={
            RecordVerb.WIN: (frozenset({_OPEN, _LOST}), _WON),
            RecordVerb.LOSE: (frozenset({_OPEN}), _LOST),
            RecordVerb.REOPEN: (frozenset({_WON, _LOST}), _OPEN),
        },
    ),
    RecordKind.QUOTATION: Layout(
        file="quotations.csv",
        fields=("title", "text", "starts", "ends", "notice", "reason", "agreed", "over_on"),
        links=(RecordKind.CUSTOMER, RecordKind.OPPORTUNITY),
        states=(_DRAFT, _QUOTED, _CONFIRMED, _CANCELLED),
        moves={
            RecordVerb.QUOTE: (frozenset({_DRAFT}), _QUOTED),
            RecordVerb.CONFIRM: (frozenset({_QUOTED}), _CONFIRMED),
            RecordVerb.CANCEL: (frozenset({_DRAFT, _QUOTED, _CONFIRMED}), _CANCELLED),
            RecordVerb.REOPEN: (frozenset({_CONFIRMED, _CANCELLED}), _QUOTED),
            RecordVerb.DRAFT: (frozenset({_QUOTED, _CONFIRMED, _CANCELLED}), _DRAFT),
        },
        has_lines=True,
    ),
    RecordKind.NOTE: Layout(file="notes.csv", fields=("at", "author", "text"), links=_NEGOTIATED, moves={}),
    RecordKind.FILE: Layout(file="files.csv", fields=("name", "media_type"), links=_NEGOTIATED, moves={}),
}


def grouped(table: CsvTable, layout: Layout) -> list[list[TableRow]]:
    """Return the rows of each record: those of one id that stand together, or a row by itself."""
    groups: list[list[TableRow]] = []
    for row in table.rows:
        same = groups and row.get(ID) and groups[-1][0].get(ID) == row[ID]
        if layout.has_lines and same:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


def read_record(kind: RecordKind, table: CsvTable, rows: Sequence[TableRow]) -> CrmRecord:
    """Return the record that some rows are; what cannot be read stands in its faults."""
    layout, first, faults = LAYOUTS[kind], rows[0], list[str]()
    fields = {name: first.get(name, "") for name in table.columns if name not in layout.structure}
    return CrmRecord(
        kind=kind,
        id=first.get(ID, ""),
        version=_version(rows),
        external_id=first.get(EXTERNAL_ID, ""),
        state=_state(layout, first, faults),
        fields=fields,
        links={each: first[each.value] for each in layout.links if first.get(each.value)},
        lines=tuple(_line(row, faults) for row in rows if _has_line(row)) if layout.has_lines else (),
        currency=first.get(CURRENCY, "").upper() if layout.has_lines else "",
        valid_until=_day(first, faults) if layout.has_lines else "",
        faults=tuple(faults),
    )


def line_cells(line: QuoteLine) -> TableRow:
    """Return the cells of a quotation's line."""
    words = {period: word for word, period in PERIODS.items()}
    cells = (clean(line.label), line.quantity, line.unit, line.price, words.get(line.per, line.per))
    return dict(zip(LINE, cells, strict=True))


def _version(rows: Sequence[TableRow]) -> str:
    told = [{name: cell for name, cell in row.items() if cell} for row in rows]
    return hashlib.sha256(orjson.dumps(told, option=orjson.OPT_SORT_KEYS)).hexdigest()[:16]


def _state(layout: Layout, row: TableRow, faults: list[str]) -> RecordState:
    said = row.get(STATE, "").strip().lower()
    if not said or len(layout.states) == 1:
        return layout.states[0]
    found = next((state for state in layout.states if state.value == said), None)
    if found is None:
        words = ", ".join(state.value for state in layout.states)
        faults.append(f"The state is none of: {words}.")
    return found or layout.states[0]


def _has_line(row: TableRow) -> bool:
    return any(row.get(name) for name in LINE)


def _line(row: TableRow, faults: list[str]) -> QuoteLine:
    """Return a line; without a quantity it is of one."""
    numbers = {}
    for name in ("quantity", "price"):
        cell = row.get(name, "") or ("1" if name == "quantity" else "")
        number = read_decimal(cell) if cell else ""
        if number is None:
            faults.append(f"A {name} cannot be read in one way: write it like 1250.00.")
        numbers[name] = number or ""
    said = row.get("per", "").strip()
    per = PERIODS.get(said.lower(), said)
    return QuoteLine(row.get("label", ""), numbers["quantity"], numbers["price"], row.get("unit", ""), per)


def _day(row: TableRow, faults: list[str]) -> str:
    cell = row.get(VALID_UNTIL, "")
    day = read_day(cell) if cell else ""
    if day is None:
        faults.append("The day until which it is valid cannot be read: write it like 2026-12-31.")
    return day or ""
