"""Looking for what changed: Tryton tells nobody, so its dates are asked, from a cursor that stays behind.

A record has the date of its last write, or of its making while nobody has written to it; parts of it are
dated by themselves. Each of these is a stream in the order of time, and the streams are merged. A record
that appears in several is told at its last place. A date is that of the transaction's start, so one that
was committed late would lie behind the cursor: the cursor stays `OVERLAP` behind Tryton's clock, and what
lies between is told again.

What is deleted leaves no trace that could be asked for; whoever wants it finds it missing.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Final

from node.crm.adapters.tryton.layouts import ATTACHED, LAYOUTS
from node.crm.adapters.tryton.records import read_record
from node.crm.adapters.tryton.rest import Domain, TrytonRest
from node.crm.adapters.tryton.wire import Json, foreign, read_moment, spell_moment
from node.crm.foreign import tell
from node.crm.port import LIMIT_PAGE, ChangesPage, CrmRefused, CrmUnreadable, RecordChange, RecordKind
from protocol.values import dataclass

OVERLAP: Final = timedelta(minutes=2)  # Tryton ends a request after one; an import may take longer

_READ_AT_ONCE: Final = 25  # records: with a hundred lines each they are some megabyte
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_CURSOR: Final = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6})/(\d{1,3})/(\d{1,18})", re.ASCII)
_FORM: Final = "%Y-%m-%dT%H:%M:%S.%f"


@dataclass(frozen=True, slots=True)
class Stream:
    """Dated rows: the kind of record they are or belong to, their model, and the field that leads there."""

    kind: RecordKind
    model: str
    parent: str


@dataclass(frozen=True, slots=True, order=True)
class StreamPlace:
    """A place in the merged streams; whatever is told after it is greater."""

    moment: datetime
    stream: int
    row: int

    def __str__(self) -> str:
        return f"{self.moment.strftime(_FORM)}/{self.stream}/{self.row}"


STREAMS: Final = tuple(
    Stream(kind, model, parent)
    for kind, layout in LAYOUTS.items()
    for model, parent in ((layout.model, ""), *((model, parent) for _, model, parent in layout.children))
)


async def look(rest: TrytonRest, cursor: str) -> ChangesPage:
    """Return the changes after a cursor.

    Raises:
        CrmRefused: the cursor is none of these.
    """
    after = _read_cursor(cursor)
    administrator = await rest.is_administrator()
    found: list[tuple[StreamPlace, str]] = []
    for number, stream in enumerate(STREAMS):
        # Notes and files at large are for administrators; others ask for those of one record.
        if administrator or stream.kind not in ATTACHED:
            found += await _rows(rest, number, after)
    found.sort()
    page = found[:LIMIT_PAGE]
    last = page[-1][0] if page else after
    more = len(found) > LIMIT_PAGE
    changes = await _changes(rest, page)
    return ChangesPage(tuple(changes), str(last if more else _held_back(last, rest.answered_at)), more=more)


async def _rows(rest: TrytonRest, number: int, after: StreamPlace) -> list[tuple[StreamPlace, str]]:
    """Return the next rows of a stream, each with the id of its record: one more than a page has."""
    stream = STREAMS[number]
    rows: list[tuple[StreamPlace, str]] = []
    for stamp, unwritten in (("write_date", []), ("create_date", [["write_date", "=", None]])):
        found = await rest.search(
            stream.model,
            [*unwritten, *_within(stream), _later(stamp, number, after)],
            [stamp, *([stream.parent] if stream.parent else [])],
            order=[(stamp, "ASC"), ("id", "ASC")],
            limit=LIMIT_PAGE + 1,
        )
        with foreign():
            rows += [(_place(row, stamp, number), str(int(row[stream.parent or "id"]))) for row in found]
    return sorted(rows)[: LIMIT_PAGE + 1]


def _within(stream: Stream) -> Domain:
    if stream.kind not in ATTACHED:
        return (
            [["active", "in", [True, False]]]
            if stream.kind is RecordKind.CUSTOMER and not stream.parent
            else []
        )
    models = (layout.model for kind, layout in LAYOUTS.items() if kind not in ATTACHED)
    return [["OR", *([["resource", "like", f"{model},%"]] for model in models)]]


def _later(stamp: str, number: int, after: StreamPlace) -> Domain:
    moment = spell_moment(after.moment)
    if number > after.stream:
        return [stamp, ">=", moment]
    later: Domain = [stamp, ">", moment]
    if number < after.stream:
        return later
    return ["OR", [later], [[stamp, "=", moment], ["id", ">", after.row]]]


def _place(row: Json, stamp: str, number: int) -> StreamPlace:
    return StreamPlace(read_moment(row.get(stamp)) or _BEGINNING, number, int(row["id"]))


async def _changes(rest: TrytonRest, page: list[tuple[StreamPlace, str]]) -> list[RecordChange]:
    """Return the records of a page's rows, each at its last row."""
    changes: dict[tuple[RecordKind, str], RecordChange] = {}
    records = await _records(rest, page)
    for place, id in page:
        kind = STREAMS[place.stream].kind
        told = records.get((kind, id))
        if told is None:
            continue
        changed_at = None if told.record is None else told.record.changed_at
        if told.fault or (changed_at is not None and changed_at <= place.moment):
            changes.pop((kind, id), None)
            changes[kind, id] = told
    return list(changes.values())


async def _records(
    rest: TrytonRest, page: list[tuple[StreamPlace, str]]
) -> dict[tuple[RecordKind, str], RecordChange]:
    records = dict[tuple[RecordKind, str], RecordChange]()
    for kind in LAYOUTS:
        ids = sorted({int(id) for place, id in page if STREAMS[place.stream].kind is kind})
        for start in range(0, len(ids), _READ_AT_ONCE):
            for told in await _told(rest, kind, ids[start : start + _READ_AT_ONCE]):
                records[kind, told.id] = told
    return records


async def _told(rest: TrytonRest, kind: RecordKind, ids: Sequence[int]) -> list[RecordChange]:
    """Return what is told of these records; one that Tryton breaks over is found by halves, and is apart."""
    among: Domain = [["id", "in", [*ids]]]
    if kind is RecordKind.CUSTOMER:
        among.append(["active", "in", [True, False]])
    layout, middle = LAYOUTS[kind], len(ids) // 2
    try:
        documents = await rest.search_whole(layout.model, among, layout.asked)
    except CrmUnreadable as error:
        if not middle:
            return [RecordChange(kind=kind, id=str(ids[0]), record=None, fault=error.detail)]
        return [*await _told(rest, kind, ids[:middle]), *await _told(rest, kind, ids[middle:])]
    return [tell(kind, str(each["id"]), partial(read_record, kind, each)) for each in documents]


def _held_back(last: StreamPlace, now: datetime | None) -> StreamPlace:
    """Return where to go on once all is told: behind what may still be committed."""
    return min(last, StreamPlace((now or last.moment) - OVERLAP, 0, 0))


def _read_cursor(cursor: str) -> StreamPlace:
    if not cursor:
        return StreamPlace(_BEGINNING, 0, 0)
    found = _CURSOR.fullmatch(cursor)
    try:
        if found is not None:
            moment = datetime.strptime(found[1], _FORM).replace(tzinfo=UTC)
            return StreamPlace(moment, int(found[2]), int(found[3]))
    except ValueError:
        pass
    raise CrmRefused("The cursor is none of a Tryton.")
