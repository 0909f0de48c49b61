"""A folder of CSV files as a CRM, for the many businesses whose CRM is a spreadsheet.

An intention appears as a row of `opportunities.csv`; a row of `quotations.csv` whose state is `quoted` is the
answer. A person adds rows in any program for spreadsheets and leaves the column `id` empty. The cursor of
`changes` is what was seen: ids and short versions, so that a row that was deleted is told, too.
"""

import asyncio
import time
import zlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from pathlib import Path
from typing import Final, TypeVar

import orjson

from node.crm.adapter import CrmAccount, CrmAdapter
from node.crm.adapters.spreadsheet.book import Book
from node.crm.adapters.spreadsheet.layouts import LAYOUTS
from node.crm.adapters.spreadsheet.tables import LIMIT_ROWS, TICK_NS, read_columns
from node.crm.port import (
    LIMIT_PAGE,
    ChangesPage,
    Crm,
    CrmDescription,
    CrmError,
    CrmField,
    CrmHealth,
    CrmRecord,
    CrmRefused,
    CrmUnavailable,
    KindDescription,
    RecordChange,
    RecordKind,
    RecordVerb,
    Upsert,
    Upserted,
)
from protocol.values import dataclass

T = TypeVar("T")

_SHORT: Final = 8  # signs of a version in the cursor: one change in four thousand millions is missed
_BULK: Final = 500
_LOOKS: Final = 5
_TITLE: Final = "Spreadsheets"


class Spreadsheet:
    """One folder. Work on it is done on a thread, one piece at a time."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._turn = asyncio.Lock()
        self._book: Book | None = None  # as the files stood at these times, with these sizes
        self._stood: dict[str, tuple[int, int]] = {}
        self._settled = False  # whether nobody can have saved a file in the same tick since it was read

    async def describe(self) -> CrmDescription:
        """Say which columns there are."""
        return await asyncio.to_thread(_described, self._folder)

    async def changes(self, cursor: str) -> ChangesPage:
        """Return what differs from what was seen."""
        seen = _read_cursor(cursor)
        files = await asyncio.to_thread(_settled, self._folder)
        if files and seen.files == files:
            return ChangesPage((), cursor)
        if not (files and self._settled):
            self._book = None  # whatever was saved beside us is seen here, once the latest
        page = await self._work(lambda book: _changed(book, seen, files))
        self._settled = bool(files)
        return page

    async def get(self, kind: RecordKind, id: str) -> CrmRecord:
        """Return a record."""
        return await self._work(lambda book: book.get(kind, id))

    async def find(self, kind: RecordKind, external_id: str) -> tuple[CrmRecord, ...]:
        """Return the records with an external id."""
        return await self._work(lambda book: book.find(kind, external_id))

    async def upsert(self, write: Upsert) -> Upserted:
        """Write a record."""
        return await self._work(lambda book: _saved(book, book.upsert(write)))

    async def act(self, kind: RecordKind, id: str, verb: RecordVerb, *, reason: str = "") -> CrmRecord | None:
        """Do something to a record."""
        return await self._work(lambda book: _saved(book, book.act(kind, id, verb, reason)))

    async def bulk(self, writes: Sequence[Upsert]) -> tuple[Upserted | CrmError, ...]:
        """Write several records, and each file once."""
        return await self._work(lambda book: _saved(book, tuple(_tried(book, write) for write in writes)))

    async def health(self) -> CrmHealth:
        """Say that the folder can be read."""
        return await self._work(lambda _: CrmHealth(_TITLE))

    async def _work(self, work: Callable[[Book], T]) -> T:
        async with self._turn:
            await self._rested()
            return await asyncio.to_thread(self._at_the_book, work)

    async def _rested(self) -> None:
        """Wait while a file was saved just now: it may be half written, and a price cut off in it.

        Raises:
            CrmUnavailable: they are saved again and again.
        """
        for _ in range(_LOOKS):
            seconds = await asyncio.to_thread(_unrest_seconds, self._folder)
            if not seconds:
                return
            await asyncio.sleep(seconds)
        raise CrmUnavailable("Somebody saves the spreadsheets again and again: they are read once they rest.")

    def _at_the_book(self, work: Callable[[Book], T]) -> T:
        """Do some work at a book that has what the files have; what failed may have left one half changed."""
        _check(self._folder)
        book, self._book = self._book, None
        if book is None or self._stand() != self._stood:
            self._stood, self._settled = self._stand(), False
            book = Book(self._folder)
        done = work(book)
        self._stood, self._book = self._stand(), book
        return done

    def _stand(self) -> dict[str, tuple[int, int]]:
        try:
            stats = {path.name: path.stat() for path in self._folder.glob("*.csv")}
        except OSError:  # one is being replaced
            return {}
        return {name: (stat.st_mtime_ns, stat.st_size) for name, stat in stats.items()}


def _check(folder: Path) -> None:
    if not folder.is_dir():
        raise CrmUnavailable("The folder of the spreadsheets is not there.")


def _described(folder: Path) -> CrmDescription:
    """Say which columns there are; this is asked at each look, so no rows are read for it."""
    _check(folder)
    columns = {kind: read_columns(folder / layout.file, layout.columns) for kind, layout in LAYOUTS.items()}
    kinds = {
        kind: KindDescription(
            fields=tuple(CrmField(name) for name in columns[kind] if name not in layout.structure),
            verbs=frozenset({*layout.moves, RecordVerb.FORGET}),
            versioned=True,
        )
        for kind, layout in LAYOUTS.items()
    }
    return CrmDescription(title=_TITLE, kinds=kinds, bulk=_BULK)


def _saved(book: Book, done: T) -> T:
    book.save()
    return done


def _tried(book: Book, write: Upsert) -> Upserted | CrmError:
    try:
        return book.upsert(write)
    except CrmUnavailable:
        raise
    except CrmError as error:
        return error


@dataclass(frozen=True, slots=True)
class _Seen:
    """What was seen: short versions by id and kind; and when files were saved in which nothing is left."""

    records: dict[str, dict[str, str]]
    files: dict[str, int]


def _settled(folder: Path) -> dict[str, int]:
    """Return when each file was saved last; nothing if one was just now: it may be again in the same tick."""
    try:
        saved = {path.name: path.stat().st_mtime_ns for path in folder.glob("*.csv")}
    except OSError:  # one is being replaced
        return {}
    newest = max(saved.values(), default=0)
    return saved if time.time_ns() - newest > TICK_NS else {}


def _unrest_seconds(folder: Path) -> float:
    """Return after how long nobody will have saved a file just now; a clock far from ours tells nothing."""
    now, waits = time.time_ns(), [0]
    for path in folder.glob("*.csv"):
        with suppress(OSError):  # it is being replaced
            age = now - path.stat().st_mtime_ns
            waits += [TICK_NS - age] if abs(age) < TICK_NS else []
    return max(waits) / 1_000_000_000


def _changed(book: Book, seen: _Seen, files: dict[str, int]) -> ChangesPage:
    before_all = seen.records
    left = book.number()
    changes: list[RecordChange] = []
    for kind in LAYOUTS:
        before = before_all.setdefault(kind.value, {})
        now = {record.id: record for record in book.records(kind)}
        gone = [RecordChange(kind=kind, id=id, record=None) for id in before if id not in now]
        changes += gone
        changes += [
            RecordChange(kind=kind, id=id, record=record)
            for id, record in now.items()
            if before.get(id) != record.version[:_SHORT]
        ]
    for change in changes[:LIMIT_PAGE]:
        if change.record is None:
            del before_all[change.kind.value][change.id]
        else:
            before_all[change.kind.value][change.id] = change.record.version[:_SHORT]
    more = len(changes) > LIMIT_PAGE
    cursor = _write_cursor(_Seen(before_all, {} if more or left else files))
    return ChangesPage(tuple(changes[:LIMIT_PAGE]), cursor, more)


def _write_cursor(seen: _Seen) -> str:
    return urlsafe_b64encode(zlib.compress(orjson.dumps([seen.records, seen.files]))).decode()


def _read_cursor(cursor: str) -> _Seen:
    if not cursor:
        return _Seen({}, {})
    try:
        unpacker = zlib.decompressobj()
        text = unpacker.decompress(urlsafe_b64decode(cursor), LIMIT_ROWS * len(LAYOUTS) * 64)
        records, files = orjson.loads(text)
        return _Seen({kind: dict(ids) for kind, ids in records.items()}, dict(files))
    except (ValueError, TypeError, zlib.error, AttributeError):
        raise CrmRefused("The cursor is none of a folder of spreadsheets.") from None


@asynccontextmanager
async def _opened(account: CrmAccount) -> AsyncIterator[Crm]:
    folder = Path(account.address)
    if not folder.is_absolute():
        raise ValueError("The address is the whole path, from / on, of a folder that is there.")
    yield Spreadsheet(folder)


ADAPTER: Final = CrmAdapter(
    tried="with files as several programs save them",
    title=_TITLE,
    address="the path of a folder that is there",
    needs_secret=False,
    look_every=timedelta(seconds=5),  # files of our own machine are read at no cost to anybody
    opens=_opened,
)
